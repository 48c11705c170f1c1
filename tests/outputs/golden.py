"""Golden cases: pages in `cases/`, and beside each what a real pytest says of it, item by item.

`python tests/outputs/golden.py` writes the `.expected` files anew; read the difference before you commit it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.relative_to(CASES).with_suffix("").as_posix() for path in CASES.glob("*/*.md"))
#: Pages that are only included by others.
NAMES.remove("syntax/whole")


def run(folder: Path, *arguments: str) -> dict[str, str]:
    """Run pytest, in a process of its own, over a copy of all cases; returns for each case its items' outcomes."""
    shutil.copytree(CASES, folder, dirs_exist_ok=True)
    (folder / "pytest.ini").write_text("[pytest]\nblock_seconds = 4\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--markdown-docs", "-p", "no:cacheprovider", "--junitxml=out.xml"]
    done = subprocess.run(
        [*command, *arguments, *(f"{name}.md" for name in NAMES)],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
    )
    if done.returncode != 1:
        raise RuntimeError(f"pytest ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    said = dict.fromkeys(NAMES, "")
    for item in ET.parse(folder / "out.xml").iter("testcase"):
        # What cannot be said in XML stands there as `#x1B`: a message with such a character would not be text.
        name = item.attrib["classname"].replace(".", "/").removesuffix("/md")
        failure = item.find("failure")
        outcome = "passed" if failure is None else f"failed\n{_indented(failure.text or '')}"
        said[name] += f"{item.attrib['name']} {outcome}\n"
    return said


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))


def expected(name: str) -> str:
    """What pytest should say of a case."""
    return CASES.joinpath(f"{name}.expected").read_text(encoding="utf-8")


def main() -> None:
    """Write all `.expected` files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in run(Path(folder)).items():
            CASES.joinpath(f"{name}.expected").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
