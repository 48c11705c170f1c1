"""Figures as expected output: `#> ![说明](name.svg)` under the statement that draws; the SVG stands beside the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from proofread.outputs.expect import FIGURE, Mismatch, Ran, Script


def expected(script: Script, ran: Sequence[Ran]) -> Iterator[tuple[int, str, str | None]]:
    """Each figure line's index in the block, its file name, and the SVG that the run drew for it, if it did."""
    for statement, did in zip(script.statements, ran, strict=False):
        lines = [(e.index, match["name"]) for e in statement.expected if (match := _figure(e.kind, e.text))]
        for k, (index, name) in enumerate(lines):
            yield index, name, did.figures[k] if k < len(did.figures) else None


def _figure(kind: str, text: str) -> dict[str, str] | None:
    match = FIGURE.fullmatch(text) if kind == ">" else None
    return match.groupdict() if match else None


def compare(page: Path | None, script: Script, ran: Sequence[Ran]) -> list[Mismatch]:
    """Hold drawn figures against the files beside the page."""
    found: list[Mismatch] = []
    for index, name, drawn in expected(script, ran):
        stored = None if page is None else page.parent / name
        if drawn is None:
            found.append(Mismatch(index, f"no figure is open for {name} after this statement"))
        elif stored is None or not stored.is_file():
            found.append(Mismatch(index, f"the figure {name} is not stored yet; `make update` stores it"))
        elif stored.read_bytes() != drawn.encode("utf-8"):
            found.append(Mismatch(index, f"the figure differs from {name}; look at it, then `make update`"))
    for statement, did in zip(script.statements, ran, strict=False):
        lines = sum(_figure(e.kind, e.text) is not None for e in statement.expected)
        if lines and len(did.figures) > lines:
            found.append(Mismatch(statement.end - 1, f"draws {len(did.figures)} figures, and the page shows {lines}"))
    return found


def drawn(page: Path, script: Script, ran: Sequence[Ran]) -> Iterator[tuple[str, str]]:
    """The figure files that a block's run would store: path and SVG. Two of one name are for the caller to refuse."""
    for _, name, svg in expected(script, ran):
        if svg is not None:
            yield str(page.parent / name), svg
