"""What the site remembers of pages it has checked, so that an unchanged page costs nothing while serving.

Only the site reads it: pytest, the command line and so `make build`'s own check always run everything. A key holds
all that a result depends on: the page with its snippets, torch, Python and the checker's own code. What cannot be
read, or is not of our making, is as if it were not there.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

from proofread.page import Page


@functools.cache
def _checker() -> str:
    """A digest of the checker's own code and of what it stands on."""
    digest = hashlib.sha256(sys.version.encode("utf-8"))
    for name in ("torch", "numpy", "matplotlib", "pymdown-extensions"):
        try:
            digest.update(f"{name} {metadata.version(name)}\n".encode())
        except metadata.PackageNotFoundError:
            digest.update(f"{name} absent\n".encode())
    package = Path(__file__).resolve().parents[1]
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode("utf-8") + b"\0" + path.read_bytes())
    return digest.hexdigest()


def key(page: Page, kind: str) -> str:
    """What a result of this kind (`blocks`, `formulas`) for this page is filed under."""
    digest = hashlib.sha256(f"{kind}\n{_checker()}\n{page.path}\n".encode())
    for line in page.lines:
        digest.update(f"{line.page_line} {line.path} {line.line} {line.text}\n".encode())
    if page.file is not None:
        # Figures are compared with the files beside the page.
        for figure in sorted(page.file.parent.glob("*.svg")):
            digest.update(figure.name.encode("utf-8") + b"\0" + figure.read_bytes())
    return digest.hexdigest()


class Cache:
    """A folder of JSON files, one a result."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, name: str) -> Any:
        """The result filed under a key, or None."""
        try:
            entry = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return entry["value"] if isinstance(entry, dict) and entry.get("key") == name and "value" in entry else None

    def put(self, name: str, value: Any) -> None:
        """File a result; a folder that cannot be written to costs only time."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self.folder)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"key": name, "value": value}, file)
            os.replace(temporary, self.folder / f"{name}.json")
        except OSError:
            pass
