"""The first floor: `exec` of every block in one process, and nothing else. Prints the seconds that it took."""

import contextlib
import io
import json
import sys
import time
from pathlib import Path


def main(folder: Path) -> float:
    """Run the blocks of `pages.json`; the first page warms up and is not counted."""
    first, *pages = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):
        exec("\n".join(first), {})
        start = time.perf_counter()
        for blocks in pages:
            names: dict[str, object] = {}
            for code in blocks:
                exec(compile(code, "<block>", "exec"), names)
        return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps({"seconds": main(Path(sys.argv[1]))}))
