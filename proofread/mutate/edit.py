"""One small change of a block's text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from proofread.outputs.expect import parse, syntax


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines of a block to be replaced: `start` to `end` (from 0, end excluded) by `lines`."""

    kind: str
    """What sort of error it is: digit, sign, operator, dropped line …"""
    start: int
    end: int
    lines: tuple[str, ...]

    def apply(self, source: str) -> str:
        """The block's text with the change made."""
        lines = source.split("\n")
        return "\n".join([*lines[: self.start], *self.lines, *lines[self.end :]])


def program(sources: Sequence[str]) -> object:
    """What blocks say as a program: two texts with equal values differ in layout and comments only.

    Raises:
        SyntaxError: a text that is no Python.
    """
    return tuple(
        (ast.dump(syntax(source)), tuple((s.echo, s.printed, s.raised) for s in script.statements), script.faults)
        for source in sources
        for script in [parse(source)]
    )
