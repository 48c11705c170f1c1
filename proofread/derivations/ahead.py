"""What the rest of a sentence says of a formula that stands before it: “f = xᵀAx, where A ∈ …”, “…, 其中 μ = …”,
“|x| = x for x ≥ 0”, “… if A is symmetric”."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import definitions, hypotheses, rows, statements, subjects, words
from proofread.derivations.adjectives import said_after
from proofread.derivations.claims import Setting
from proofread.derivations.lex import Refusal
from proofread.derivations.prose import ALSO, CONCLUSION, LOCAL, RANGED, WHERE, Mention
from proofread.derivations.shape import read_items
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Symbols
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker

#: What may stand between a claim and its condition, and behind the condition where the sentence is over.
_JOINED = "|".join(each.pattern.removesuffix("$") for each in (LOCAL, RANGED, WHERE))
BEHIND = re.compile(rf"[\s，,（(]*(?:{_JOINED})", re.IGNORECASE)
ENDING = re.compile(r"\s*(?:时)?\s*(?:成立|holds?)?[\s)）。.，,]*(?:(?:其中|这里|where|here)\s*)?", re.IGNORECASE)
#: “… for the negative-sampling loss $L = …$”
FOR_THE = re.compile(r"\bfor (?:the|a|an) [a-z -]+$|(?:对|对于)[^$，,]*(?:函数|损失|目标)\s*$", re.IGNORECASE)


def declare(checker: Checker) -> bool:
    """Declare what is new in the rest of the sentence; returns whether anything is."""
    found = _in_words(checker)
    for part in sorted(_parts(checker), key=lambda part: part.kind != "range"):
        after = checker.symbols.copy()
        try:
            if part.kind == "declaration":
                names = statements.declare(part, after)
            elif part.kind == "range":
                names = statements.declare_range(part, after)
            elif part.kind == "chain" and part.relations == ("=", "∈"):  # x = (x_1, …, x_n)^⊤ ∈ ℝ^n
                head, _, target = part.pieces
                names = statements.declare(statements.Part("declaration", part.items, (head, target), ("∈",)), after)
            else:
                continue
        except Refusal:
            continue  # its own row will say so
        if all(checker.symbols.get(name) is None for name in names):
            checker.symbols, found = after, True
            checker.held.early.update(names)
            _said_of(checker, part, names)
    return found


def _said_of(checker: Checker, part: Part, names: list[str]) -> None:
    """“…, where $P ∈ …$ is idempotent”."""
    pieces = checker.rest.split("$")
    for k, behind in enumerate(checker.ahead):
        if read_items(behind.tex) == part.items and (said := said_after(pieces[k + 1])) is not None:
            group = [subjects.Subject(tuple(names), True, "")]
            subjects.impose(checker, group, said, supposing=True, conditional=False)


def _in_words(checker: Checker) -> bool:
    """Declare names of the rest of the sentence by the words around them, “…, 其中 $E$ 为 $n$ 阶单位矩阵”, “…, where
    $x_i^\\top$ is the $i$-th row of $X$”."""
    found = False
    for k, behind in enumerate(checker.ahead):
        known, checker.symbols = checker.symbols, checker.symbols.copy()
        with standing(checker, k):
            try:
                items = read_items(behind.tex)
                names = words.declared(checker, items)
                if not names and (made := rows.rows_or_columns(checker, Part("expression", items))) is not None:
                    declares = made.facts.get("declares")
                    names = [*map(str, declares)] if isinstance(declares, list) else []
            except Refusal:
                names = []
        checker.symbols = checker.symbols if names else known
        checker.held.early.update(names)
        found = found or bool(names)
    return found


@contextmanager
def standing(checker: Checker, k: int) -> Iterator[None]:
    """Let a checker stand at the `k`-th formula behind the one that it reads."""
    kept = checker.sentence, checker.rest, checker.ahead
    pieces = checker.rest.split("$")
    checker.sentence = copy.copy(checker.sentence)
    checker.sentence.text += "$" + "$".join(pieces[: k + 1])
    passed = [Mention(each.tex, subjects.mentioned(checker, each.tex)) for each in checker.ahead[:k]]
    checker.sentence.formulas = [*checker.sentence.formulas, Mention("", ()), *passed]
    checker.rest, checker.ahead = "$".join(pieces[k + 1 :]), checker.ahead[k + 1 :]
    try:
        yield
    finally:
        checker.sentence, checker.rest, checker.ahead = kept


def told(checker: Checker, formula: Formula, setting: Setting) -> bool:
    """Define and suppose for a formula, in the checker's symbols, what the rest of its sentence does; returns whether
    it says anything. The formulas behind it say it again, so it is taken back by `kept`."""
    known = checker.symbols.copy()
    _define(checker, formula, setting)
    _suppose(checker, setting)
    return changes(known, checker.symbols)


def changes(before: Symbols, after: Symbols) -> bool:
    """Whether something more is known."""
    return any(
        old.hypotheses != new.hypotheses or any(old.symbols.get(name) is not each for name, each in new.symbols.items())
        for old, new in zip(before.scopes, after.scopes, strict=True)
    )  # fmt: skip


def kept(known: Symbols, told: Symbols, after: Symbols) -> Symbols:
    """What is known behind a formula: what was so without what the rest of its sentence told, and what the formula
    itself says."""
    out = known.copy()
    for old, new, scope in zip(told.scopes, after.scopes, out.scopes, strict=True):
        scope.symbols |= {name: each for name, each in new.symbols.items() if old.symbols.get(name) is not each}
        scope.ranges |= {name: each for name, each in new.ranges.items() if old.ranges.get(name) != each}
        scope.hypotheses += [each for each in new.hypotheses if each not in old.hypotheses]
    return out


def _define(checker: Checker, formula: Formula, setting: Setting) -> None:
    """Definitions behind their use, “…, 其中 μ = …”, “… for the loss L = …”; nothing that the sentence concludes, and
    nothing for what it supposes but behind 其中, where."""
    where = False
    words = checker.rest.split("$")
    waiting: list[Part] = []
    for k, behind in enumerate(checker.ahead):
        where = WHERE.search(words[k]) is not None or (where and ALSO.match(words[k]) is not None)
        if CONCLUSION.search(words[k]):
            break
        if where or (not checker.sentence.supposing and FOR_THE.search(words[k])):
            parts = statements.statements(read_items(behind.tex))
            waiting += [part for part in parts if part.kind == "chain" and part.relations[0] in ("=", ":=")]
    for part in [*waiting, *waiting]:  # one may be made of one behind it
        target = definitions.defined_name(checker, part.pieces[0], part.pieces[1])
        if target is None or target.known is not None:
            continue
        before = checker.symbols.copy()
        try:
            definitions.define(checker, part, target, formula, replace(setting, symbols=checker.symbols), True)
        except Refusal:
            checker.symbols = before


def _suppose(checker: Checker, setting: Setting) -> None:
    """Conditions right behind a claim, with which its sentence ends or goes on to another clause: “… for x ≥ 0.”, “…
    if A is symmetric, and …”; and orders of numbers that are new."""
    words = [*checker.rest.split("$"), "", ""]
    many = _conditions(words)
    if many and LOCAL.search(words[0]) and (said := said_after(words[many])):
        group = [subjects.Subject(subjects.mentioned(checker, behind.tex), False, "and")
                 for behind in checker.ahead[:many]]  # fmt: skip
        subjects.impose(checker, group, said, supposing=True, conditional=False)
    for behind in checker.ahead[:many]:
        for part in statements.statements(read_items(behind.tex)):
            orders = set(part.relations) <= hypotheses.ORDERS
            if part.kind == "chain" and (orders or LOCAL.search(words[0])):
                hypotheses.drop_passing(checker, part)
                hypotheses.suppose(checker, part, replace(setting, symbols=checker.symbols))
    for behind in checker.ahead:
        for part in statements.statements(read_items(behind.tex)):
            if part.kind == "chain" and hypotheses.declares_numbers(checker, part):
                hypotheses.suppose(checker, part, replace(setting, symbols=checker.symbols))


def _conditions(words: list[str]) -> int:
    """How many formulas behind a claim are its conditions, by the words before, between and behind them."""
    if BEHIND.fullmatch(words[0]) is None:
        return 0
    many = 1
    while ALSO.fullmatch(words[many]):
        many += 1
    if ENDING.fullmatch(words[many]) or (LOCAL.search(words[0]) and _said_at_end(words[many])):
        return many
    return 1 if ALSO.fullmatch(words[1]) else 0  # the next clause begins behind the first


def _said_at_end(text: str) -> bool:
    said = said_after(text)
    return said is not None and ENDING.fullmatch(text[said.end :]) is not None


def _parts(checker: Checker) -> Iterator[Part]:
    for formula in checker.ahead:
        yield from statements.statements(read_items(formula.tex))
