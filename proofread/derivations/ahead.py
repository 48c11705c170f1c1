"""What the rest of a sentence says of a formula that stands before it: “f = xᵀAx, where A ∈ …”, “…, 其中 μ = …”,
“|x| = x for x ≥ 0”, “… if A is symmetric”."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from proofread.derivations import definitions, hypotheses, statements
from proofread.derivations.items import trimmed
from proofread.derivations.lex import Refusal
from proofread.derivations.prose import DENIAL, LOCAL, RANGED, TRAIT_AFTER, WHERE, trait_of
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import read_items
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Hypothesis, Symbol, Symbols
from proofread.derivations.verify import Setting
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker


def declare(checker: Checker) -> bool:
    """Declare what is new in the rest of the sentence; returns whether anything is."""
    found = False
    for part in sorted(_parts(checker), key=lambda part: part.kind != "range"):
        after = checker.symbols.copy()
        try:
            if part.kind == "declaration":
                names = statements.declare(part, after)
            elif part.kind == "range":
                names = statements.declare_range(part, after)
            else:
                continue
        except Refusal:
            continue  # its own row will say so
        if all(checker.symbols.get(name) is None for name in names):
            checker.symbols, found = after, True
            checker.held.early.update(names)
    return found


@dataclass
class Told:
    """What is defined and supposed for one formula only: the formulas behind it say it again."""

    defined: list[str] = field(default_factory=list)
    supposed: list[Hypothesis] = field(default_factory=list)
    worded: list[Symbol] = field(default_factory=list)
    """Names as they were before words said more of them."""

    def __bool__(self) -> bool:
        return bool(self.defined or self.supposed or self.worded)

    def take_back(self, symbols: Symbols) -> None:
        """Forget it."""
        names = symbols.scopes[-1].symbols
        for name in self.defined:
            names.pop(name, None)
        for symbol in self.worded:
            names[symbol.name] = symbol
        for scope in symbols.scopes:
            scope.hypotheses = [each for each in scope.hypotheses if each not in self.supposed]


def told(checker: Checker, formula: Formula, setting: Setting) -> Told:
    """Define and suppose for a formula, in the checker's symbols, what the rest of its sentence does."""
    out = Told()
    defined(checker, formula, setting, out)
    supposed(checker, setting, out)
    return out


def defined(checker: Checker, formula: Formula, setting: Setting, out: Told) -> None:
    """Definitions behind their use, “…, 其中 μ = …”."""
    waiting = [part for part in _parts(checker) if part.kind == "chain" and part.relations[0] in ("=", ":=")]
    for part in [*waiting, *waiting]:  # one may be made of one behind it
        target = definitions.defined_name(checker, part.pieces[0], part.pieces[1])
        if target is None or target.known is not None:
            continue
        before = checker.symbols.copy()
        try:
            definitions.define(checker, part, target, formula, replace(setting, symbols=checker.symbols), True)
            out.defined.append(target.name)
        except Refusal:
            checker.symbols = before


def supposed(checker: Checker, setting: Setting, out: Told) -> None:
    """Conditions behind a claim, “… for x ≥ 0”, “… if A is symmetric”."""
    words = checker.rest.split("$")
    known = [*checker.symbols.hypotheses()]
    for k, formula in enumerate(checker.ahead):
        said, after = words[k], words[k + 1] if k + 1 < len(words) else ""
        if DENIAL.search(said):
            break
        conditional = LOCAL.search(said) is not None
        ranged = RANGED.search(said) is not None or WHERE.search(said) is not None
        if conditional and (match := TRAIT_AFTER.match(after)) and not DENIAL.search(after):
            _worded(checker, formula.tex, trait_of(match), out)
        for part in statements.statements(read_items(formula.tex)):
            orders = set(part.relations) <= hypotheses.ORDERS
            if part.kind == "chain" and (
                conditional or (ranged and orders) or hypotheses.declares_numbers(checker, part)):  # fmt: skip
                hypotheses.suppose(checker, part, replace(setting, symbols=checker.symbols))
    out.supposed += [each for each in checker.symbols.hypotheses() if each not in known]


def _worded(checker: Checker, tex: str, trait: str, out: Told) -> None:
    items = trimmed(read_items(tex))
    symbol = Resolver(checker.symbols).lookup(items[0])[0] if len(items) == 1 and items[0].kind == "name" else None
    if symbol is not None and symbol.kind == "array" and symbol.definition is None:
        out.worded.append(symbol)
        checker.symbols.scopes[-1].symbols[symbol.name] = replace(symbol, traits=symbol.traits | {trait})


def _parts(checker: Checker) -> Iterator[Part]:
    for formula in checker.ahead:
        yield from statements.statements(read_items(formula.tex))
