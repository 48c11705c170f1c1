"""The list of planted errors that no check can catch, because the page with them is still right."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from proofread import project
from proofread.page import Page


class Plant(Protocol):
    """An error planted in a page's code or formulas."""

    @property
    def page(self) -> Page: ...
    @property
    def original(self) -> str: ...
    @property
    def planted(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """One entry: it stands for every plant on its page that changes `original` to `planted`."""

    page: str
    """The page, relative to its project."""
    original: str
    planted: str
    reason: str

    def __contains__(self, plant: Plant) -> bool:
        # The name last: it asks the file system, and plants are thousands.
        return (self.original, self.planted) == (plant.original, plant.planted) and self.page == _name(plant.page)

    def row(self) -> dict[str, str]:
        """The entry as `--json` prints it."""
        return {name: getattr(self, name) for name in self.__slots__}


class ListError(Exception):
    """A list that cannot be read; says where and why."""


def read(path: Path) -> list[Explained]:
    """The entries of a list: a TOML file of `[[equivalent]]` tables with page, original, planted, reason.

    Raises:
        ListError: it is not such a file, or an entry has no reason or stands there twice.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ListError(f"{path}: {error}") from None
    entries: list[Explained] = []
    keys = Explained.__slots__
    for number, table in enumerate(data.pop("equivalent", []), 1):
        if set(table) != set(keys) or not all(isinstance(value, str) for value in table.values()):
            raise ListError(f"{path}: entry {number} needs these texts and no others: {', '.join(keys)}")
        entry = Explained(**table)
        if not entry.reason.strip():
            raise ListError(f"{path}: entry {number} gives no reason")
        if any((e.page, e.original, e.planted) == (entry.page, entry.original, entry.planted) for e in entries):
            raise ListError(f"{path}: entry {number} stands there twice")
        entries.append(entry)
    if data:
        raise ListError(f"{path}: unknown key {next(iter(data))!r}; write [[equivalent]]")
    return entries


def stale(entries: Sequence[Explained], pages: Sequence[Page], survivors: Sequence[Plant]) -> list[Explained]:
    """The entries of these pages that no surviving plant needs any more."""
    names = {_name(page) for page in pages}
    return [e for e in entries if e.page in names and not any(plant in e for plant in survivors)]


def _name(page: Page) -> str:
    """A page relative to its project: the same from whatever folder it was named."""
    if page.file is None:
        return page.path
    return page.file.relative_to(project.find(page.file).root).as_posix()
