"""Where a page's project keeps its snippets and its ledger."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """The folder that a page belongs to."""

    root: Path
    snippets: tuple[Path, ...]
    """The folders that `--8<--` looks in."""
    ledger: Path | None = None
    """The committed file that counts what is checked, if the project keeps one (`[tool.proofread] ledger = "…"`
    in its `pyproject.toml`)."""

    def name(self, page: Path) -> str:
        """What the ledger calls a page: its path from the root."""
        return page.resolve().relative_to(self.root).as_posix()


def find(path: Path) -> Project:
    """The project of a page: the nearest folder above it with an `mkdocs.yml`, whose code stands in `snippets/`;
    for notes outside any project the page's own folder."""
    folder = path.resolve().parent
    for root in (folder, *folder.parents):
        if (root / "mkdocs.yml").is_file():
            return Project(root, (root / "snippets",), _ledger(root))
    return Project(folder, (folder,))


def _ledger(root: Path) -> Path | None:
    try:
        settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        return root / str(settings["tool"]["proofread"]["ledger"])
    except (OSError, KeyError, TypeError, ValueError):
        return None
