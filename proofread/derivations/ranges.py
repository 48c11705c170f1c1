"""How far an index range reaches: “$x_i > 0$ for $i = 1, …, n - 1$” says it of the formulas of its sentence, before it
and behind it; of vectors that it numbers, for good."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofread.derivations import hypotheses, statements
from proofread.derivations.items import flattened
from proofread.derivations.lex import Refusal, unreadable
from proofread.derivations.nodes import Node
from proofread.derivations.shape import is_letter, read_items
from proofread.derivations.statements import Part

if TYPE_CHECKING:
    from proofread.derivations.check import Checker
    from proofread.page import Formula

Bounds = tuple[Node, Node]
#: Words that open another clause, whose range is not of what stands before.
ANEW = re.compile(
    r"[，,]\s*(?:and\s+|so\s+|而|且)?(?:for|对于?|当|when)\s*(?:任[意何]的?|所有|每个|each|every|all)?\s*$",
    re.IGNORECASE,
)


@dataclass
class Said:
    """The ranges that one sentence says."""

    before: dict[str, tuple[int, Bounds | None]] = field(default_factory=dict)
    """The range that each of its letters had until then, and in which scope."""
    first: set[str] = field(default_factory=set)
    """Letters whose range is said before any formula uses them: “for $i = 1, …, n$, …”."""
    families: set[str] = field(default_factory=set)
    """Letters that number what the sentence declares, “$x_i ∈ ℝ^n$, $i = 1, …, m$”."""

    def copy(self) -> Said:
        return Said(dict(self.before), set(self.first), set(self.families))


def of(checker: Checker) -> dict[str, Bounds]:
    """The ranges of letters in the section at hand."""
    return dict(checker.symbols.scopes[-1].ranges)


def note(checker: Checker, tex: str, ranges: dict[str, Bounds], declared: list[str]) -> None:
    """Keep what a formula has changed of the ranges, and which families it declares."""
    said = checker.held.ranges
    number = len(checker.symbols.scopes) - 1
    spoken = {letter for each in (*(each.tex for each in checker.sentence.formulas), tex) for letter in _free(each)}
    for letter, bounds in checker.symbols.scopes[-1].ranges.items():
        if ranges.get(letter) != bounds and letter not in said.before:
            said.before[letter] = number, ranges.get(letter)
            if letter not in spoken:
                said.first.add(letter)
    for name in declared:
        symbol = checker.symbols.get(name)
        said.families.update(symbol.family if symbol is not None else ())


def end(checker: Checker, said: Said) -> None:
    """A sentence is over, and the ranges of indices with it, but for those of families."""
    symbols = [symbol for scope in checker.symbols.scopes for symbol in scope.symbols.values()]
    numbered = {letter for symbol in symbols for letter in symbol.family}
    for letter, (number, bounds) in said.before.items():
        if letter in said.families or (bounds is None and letter in numbered):
            continue
        ranges = checker.symbols.scopes[number].ranges
        if bounds is None:
            ranges.pop(letter, None)
        else:
            ranges[letter] = bounds


def ahead(checker: Checker, tex: str) -> None:
    """Give the free indices of a formula the ranges that the rest of its sentence says first."""
    letters = _free(tex) - checker.held.ranges.first
    summed = _summed(tex) if ANEW.search(checker.rest.split("$")[0]) is None else set()
    for k, formula in enumerate(checker.ahead):
        if k:
            summed = set()  # “$∑_i x_i = …$ with $i = 1, …, n - 1$”: right behind it
        for part in _parts(formula.tex):
            if part.kind != "range":
                continue
            names = {item.text for item in part.pieces[0] if item.kind == "name"}
            if names & (letters | summed):
                try:
                    statements.declare_range(part, checker.symbols)
                except Refusal:
                    return  # said at its own place
                letters -= names


def conditional(checker: Checker, part: Part, formula: Formula) -> None:
    """Refuse to define or suppose by entries what the rest of a sentence restricts to some of them.

    Raises:
        Refusal: a condition on its indices stands behind it, “$x_i = y_i$ for $i < n$”.
    """
    letters = _free(formula.tex)
    for behind in checker.ahead[:1] if letters else ():
        for other in _parts(behind.tex):
            ordered = other.kind == "chain" and set(other.relations) <= hypotheses.ORDERS
            bare = {item.text for side in other.pieces for item in side if is_letter(item) and not item.sub}
            if ordered and any(checker.symbols.get(each) is None for each in bare & letters):
                raise unreadable("the condition on indices behind this is not read: write it in the same formula, or "
                                 "as a range i = 1, …, n", part.items[0].start, part.items[-1].end)  # fmt: skip


def _parts(tex: str) -> list[Part]:
    """What a formula states; nothing if it is not read, which is said at its own place."""
    try:
        return statements.statements(read_items(tex))
    except Refusal:
        return []


def _summed(tex: str) -> set[str]:
    """Letters that sums without limits bind."""
    try:
        flat = flattened(read_items(tex))
    except Refusal:
        return set()
    return {item.sub[0].text for item in flat if item.kind == "big" and len(item.sub) == 1 and not item.sup}


def _free(tex: str) -> set[str]:
    """Letters below names that no sum of the formula binds."""
    try:
        flat = flattened(read_items(tex))
    except Refusal:
        return set()
    below = {each.text for item in flat if item.kind == "name" for each in item.sub if is_letter(each)}
    return below - {each.text for item in flat if item.kind == "big" for each in item.sub if each.kind == "name"}
