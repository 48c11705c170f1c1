"""What a page holds: blocks, formulas, marks, headings and the prose between them, in order, with their places.

The site, pytest, the command line and the notebooks all read pages through this module, so that what is
displayed is what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page after its snippets are in place."""

    text: str
    page_line: int
    """Line of the page (from 1) that the reader sees: for a snippet's line, that of its `--8<--`."""
    path: str
    """The file that the text stands in: the page or a snippet."""
    line: int
    """Line in that file (from 1): the one an author must edit."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`## Title`: opens a section, which is the scope of declarations."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Prose:
    """Text between two other items, verbatim; a blank line in it (`\\n\\n`) ends a paragraph.

    Code spans are kept as written; list markers, table bars and quote signs stay in the text.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Formula:
    """One piece of mathematics: `$…$` (inline) or `$$…$$` (display)."""

    tex: str
    """The LaTeX between the delimiters, verbatim (line breaks too)."""
    display: bool
    line: int
    """Page line (from 1) of the opening delimiter; line breaks in `tex` count on from here."""
    column: int
    """Column (from 1) of the first character of `tex` in its line."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`<!-- math: word reason -->`: says something of the next formula of the page (or section, for `layout`)."""

    word: str
    """skip, assume, false, layout … (whether it is known is for `derivations` to say)."""
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced code block."""

    number: int
    """From 1, among all blocks of the page."""
    language: str
    options: dict[str, str | None]
    lines: tuple[Line, ...]
    """Its content without the fences, dedented."""
    line: int
    """Page line (from 1) of its opening fence."""

    @property
    def source(self) -> str:
        """The content as one text, without a final line break."""
        return "\n".join(line.text for line in self.lines)


Item = Heading | Prose | Formula | Mark | Block


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be read, with its place."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page, read."""

    path: str
    items: tuple[Item, ...]
    faults: tuple[Fault, ...] = ()
