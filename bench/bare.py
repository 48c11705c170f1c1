"""The first floor: `exec` of every block in one process, and nothing else. Prints the seconds that it took."""

import contextlib
import io
import json
import sys
import time
from pathlib import Path


def main(folder: Path) -> dict[str, float]:
    """Run the blocks of `pages.json`; the first page warms up and is not counted."""
    first, *pages = json.loads((folder / "pages.json").read_text(encoding="utf-8"))
    with contextlib.redirect_stdout(io.StringIO()):
        exec("\n".join(first), {})
        clock, processor = time.perf_counter(), time.process_time()
        for blocks in pages:
            names: dict[str, object] = {}
            for code in blocks:
                exec(compile(code, "<block>", "exec"), names)
        return {"seconds": time.perf_counter() - clock, "processor": time.process_time() - processor}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
