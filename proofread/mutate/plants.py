"""All errors that can be planted in a page's code and outputs, in page order."""

from __future__ import annotations

import dis
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from types import CodeType

from proofread.mutate import code, printed
from proofread.mutate.edit import Edit, program
from proofread.outputs.expect import parse
from proofread.page import Block, Line, Page
from proofread.snippet import short


@dataclass(frozen=True, slots=True)
class Plant:
    """One error in a page."""

    page: Page
    """The page without it."""
    kind: str
    original: str
    """The lines that it changes …"""
    planted: str
    """… and what stands there instead."""
    line: Line
    """The first of the changed lines, for its places on the page and in the snippet."""
    blocks: tuple[Block, ...]
    """The blocks that it changes, changed."""

    @property
    def place(self) -> str:
        """Page line, and snippet line if the code comes from one."""
        if os.path.abspath(self.line.path) == os.path.abspath(self.page.path):
            return f"{self.page.path}:{self.line.line}"
        return f"{self.page.path}:{self.line.page_line} → {short(self.line.path)}:{self.line.line}"

    def grown(self) -> Page:
        """The page with the error in it; no file is touched."""
        changed = {block.number: block for block in self.blocks}
        items = tuple(changed[i.number] if isinstance(i, Block) and i.number in changed else i for i in self.page.items)
        return replace(self.page, items=items)


def plants(page: Page) -> list[Plant]:
    """Every error that can be planted in a page, each once; what leaves the program as it is is not planted.

    Raises:
        SyntaxError: a block is no Python; run the page without plants first.
    """
    found: dict[tuple[tuple[int, str], ...], Plant] = {}
    sources = {block.number: block.source for block in page.blocks}
    for plant in _all(page):
        try:
            before = program([sources[block.number] for block in plant.blocks])
            if program([block.source for block in plant.blocks]) == before:
                continue
        except SyntaxError:
            continue  # no Python any more: not an error that could hide
        found.setdefault(tuple((block.number, block.source) for block in plant.blocks), plant)
    return list(found.values())


def _all(page: Page) -> Iterator[Plant]:
    blocks = [block for block in page.blocks if block.runs]
    scripts = {block.number: parse(block.source) for block in blocks}
    for block in blocks:
        script = scripts[block.number]
        for edit in (*code.edits(block.source, script), *printed.edits(script, "approx" in block.options)):
            yield _plant(page, [(block, edit)])
    shown = [(block, s.expected) for block in blocks for s in scripts[block.number].statements if s.expected]
    for (one, ones), (two, twos) in pairwise(shown):
        if [(row.kind, row.text) for row in ones] != [(row.kind, row.text) for row in twos]:
            first, second = printed.swapped(ones, twos)
            yield _plant(page, [(one, first), (two, second)])
    for i, (one, two) in enumerate(pairwise(blocks)):
        later = set().union(*(_Names.of(block.source).read for block in blocks[i + 2 :]))
        if _depend(one.source, two.source, later):
            whole = [Edit("swapped blocks", 0, len(a.lines), tuple(b.source.split("\n"))) for a, b in _both(one, two)]
            yield _plant(page, [(one, whole[0]), (two, whole[1])])


def _both(one: Block, two: Block) -> tuple[tuple[Block, Block], tuple[Block, Block]]:
    return (one, two), (two, one)


def _plant(page: Page, changes: list[tuple[Block, Edit]]) -> Plant:
    grown: dict[int, Block] = {}
    # From below, so that the edits of one block do not move each other.
    for block, edit in reversed(changes):
        old = grown.get(block.number, block).lines
        place = old[min(edit.start, len(old) - 1)]
        new = tuple(
            replace(old[min(edit.start + i, edit.end - 1)] if edit.end > edit.start else place, text=text)
            for i, text in enumerate(edit.lines)
        )
        grown[block.number] = replace(block, lines=(*old[: edit.start], *new, *old[edit.end :]))
    block, edit = changes[0]
    return Plant(
        page,
        edit.kind,
        "\n".join(line.text for line in block.lines[edit.start : edit.end]),
        "\n".join(edit.lines),
        block.lines[edit.start],
        tuple(grown[number] for number in sorted(grown)),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that a block reads from the page before binding them itself, and those that it binds."""

    read: frozenset[str]
    bound: frozenset[str]

    @staticmethod
    def of(source: str) -> _Names:
        """The names of a block, as the compiler sees them; functions read what they name when they are defined."""
        read: set[str] = set()
        bound: set[str] = set()

        def visit(code: CodeType) -> None:
            for step in dis.get_instructions(code):
                if step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in bound:
                    read.add(step.argval)
                elif step.opname in ("STORE_NAME", "STORE_GLOBAL"):
                    bound.add(step.argval)
                elif isinstance(step.argval, CodeType):
                    visit(step.argval)

        visit(compile(source, "<block>", "exec", dont_inherit=True))
        return _Names(frozenset(read), frozenset(bound))


def _depend(one: str, two: str, later: set[str]) -> bool:
    """Whether the order of two blocks matters by the names they bind: otherwise exchanging them is no error."""
    a, b = _Names.of(one), _Names.of(two)
    return bool(a.bound & b.read or a.read & b.bound or a.bound & b.bound & later)
