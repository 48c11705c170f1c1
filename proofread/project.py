"""Where a page's project keeps its snippets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Project:
    """The folder that a page belongs to."""

    root: Path
    snippets: tuple[Path, ...]
    """The folders that `--8<--` looks in."""


def find(path: Path) -> Project:
    """The project of a page: the nearest folder above it with an `mkdocs.yml`, whose code stands in `snippets/`;
    for notes outside any project the page's own folder."""
    folder = path.resolve().parent
    for root in (folder, *folder.parents):
        if (root / "mkdocs.yml").is_file():
            return Project(root, (root / "snippets",))
    return Project(folder, (folder,))
