"""Admonitions and tabs: what one supposes of a name known outside ends with it; the names that it makes stay."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofread.derivations.symbols import Symbols
from proofread.page import Formula

#: The line that opens an admonition or a tab.
OPENING = re.compile(r"^(?P<indent> *)(?:\?\?\?\+?|!!!|===[!+]?)[ \t]+(?P<kind>[\w-]*)")
#: Those that what follows them, such as a proof, goes on from.
THEOREMS = frozenset(["theorem", "lemma", "proposition", "corollary", "definition", "assumption", "notation"])


@dataclass(frozen=True)
class Box:
    """An open admonition: how far its title is indented, and what was known when it was opened."""

    indent: int
    lasting: bool
    symbols: Symbols


def walk(symbols: Symbols, open_boxes: list[Box], text: str, following: Formula | None, at_start: bool) -> list[Box]:
    """The boxes that are open behind some prose, and at the formula that follows it, if one does; `at_start` says
    whether the prose begins on a line of its own. What ends is taken back in `symbols`."""
    boxes = list(open_boxes)
    lines = text.split("\n")
    for k, line in enumerate(lines):
        if k == 0 and not at_start:
            continue
        indent = len(line) - len(line.lstrip(" "))
        if not line.strip():
            if k < len(lines) - 1 or following is None:
                continue
            indent = following.column - (3 if following.display else 2)  # less its dollar signs
        while boxes and indent <= boxes[-1].indent:
            close(symbols, boxes.pop())
        if opening := OPENING.match(line):
            boxes.append(Box(indent, opening["kind"].lower() in THEOREMS, symbols.copy()))
    return boxes


def close(symbols: Symbols, box: Box) -> None:
    """Forget what a box supposed of names known before it, and restore those that it declared anew."""
    before = box.symbols
    if box.lasting:
        return
    kept = [*before.hypotheses()]
    for old, scope in zip(before.scopes, symbols.scopes, strict=True):
        for name in [*scope.symbols]:
            was = before.get(name)
            if was is None or was.name != name:
                continue
            if name in old.symbols:
                scope.symbols[name] = old.symbols[name]
            else:
                del scope.symbols[name]
        own = [each for each in scope.hypotheses if each not in kept and not any(map(before.get, each.names))]
        scope.hypotheses = [*old.hypotheses, *own]
