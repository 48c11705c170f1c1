"""Places that no random draw meets: a number or a vector that is 0, an entry that is, two names that are equal.

Random draws avoid them, and so does Newton's method where it solves what is supposed; but that is where cancelling a
factor (x² = x, so x = 1), dividing (t · 1/t = 1) and the convention of a sign (sgn(x)² = 1) go wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from proofread.derivations import sample, solving, traits
from proofread.derivations.nodes import (
    Add,
    Apply,
    Big,
    Cases,
    Compare,
    Deriv,
    Differential,
    Div,
    Fn,
    Infix,
    Map,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    Var,
    stem,
    walk,
)  # fmt: skip
from proofread.derivations.symbols import Hypothesis, Symbols

#: Functions that are not smooth everywhere, or not defined everywhere.
BROKEN = frozenset(["sign", "relu", "abs", "max", "min", "normp", "norminf", "sec", "csc", "cot", "tan"])
BRANCHES = frozenset(["sign", "relu", "abs", "max", "min"])
#: Draws of each place.
DRAWS = 4
#: Pairs of names that are made equal, at most.
PAIRS = 6


@dataclass(frozen=True)
class Edge:
    """Draws on which something usual fails to be so, and which meet all hypotheses."""

    where: str
    """As an author would say it: `x = 0`."""
    cure: str
    """What excludes it: `x \\ne 0`."""
    values: dict[str, Tensor]
    draws: int
    solved: bool
    """What is supposed are equations about this name, so that its place is one of their solutions."""
    names: frozenset[str]
    twin: dict[str, Tensor]
    """With ones for the zeros of a vector: what is undefined there too is so for equal entries, as 1/(λ_i - λ_j)."""


def parts(roots: list[Node], symbols: Symbols) -> Iterator[Node]:
    """All nodes of some trees and of the definitions that they use."""
    for root in roots:
        yield from walk(root)
    for name in symbols.closure(roots):
        symbol = symbols.get(name)
        if symbol is not None and symbol.definition is not None:
            yield from walk(symbol.definition)


def holds_derivative(root: Node, symbols: Symbols) -> bool:
    """Whether a side holds a derivative or a differential, through definitions too."""
    return any(isinstance(node, (Deriv, Differential)) for node in parts([root], symbols))


def varied(roots: list[Node], symbols: Symbols) -> set[str]:
    """The names that some derivatives are taken by: h of a difference quotient is none."""
    names: set[str] = set()
    for node in parts(roots, symbols):
        if isinstance(node, Deriv) and isinstance(variable := stem(node.var), Var):
            names.add(variable.name)
        elif isinstance(node, Differential):
            names.update(node.names)
        elif isinstance(node, Map) and isinstance(node.arg, Var) and any(
            isinstance(each, Deriv) for each in walk(node.body)):  # fmt: skip
            names.add(node.arg.name)
    return names


def fragile(roots: list[Node], symbols: Symbols) -> bool:
    """Whether some trees hold what is not smooth or not defined everywhere: a division by what varies, a power that is
    no natural number, a sign or an absolute value, cases, a condition."""
    return any(_fragile(node) for node in parts(roots, symbols))


def off_zero(roots: list[Node], symbols: Symbols) -> bool:
    """Whether what some trees hold may be not smooth, or not defined, elsewhere than at 0: x - 2 below a fraction bar,
    a condition."""
    def shifted(node: Node) -> bool:
        return any(isinstance(each, Add) and any(isinstance(term, Num) for term in each.terms) for each in walk(node))

    for node in parts(roots, symbols):
        match node:
            case Div(bottom=inner) | Infix(op="⊘", right=inner):
                pass
            case Fn(name=name, args=(inner, *_)) if name in BROKEN:
                pass
            case Pow(base=inner) if _fragile(node):
                pass
            case Cases() | Compare():
                return True
            case _:
                continue
        if shifted(inner):
            return True
    return False


def branching(roots: list[Node], symbols: Symbols) -> bool:
    """Whether some trees have other formulas on other parts of their domain: few draws may miss one of the parts."""
    return any(
        isinstance(node, (Cases, Compare)) or (isinstance(node, Fn) and node.name in BRANCHES)
        or (isinstance(node, Big) and node.op in ("max", "min")) for node in parts(roots, symbols)
    )  # fmt: skip


def _fragile(node: Node) -> bool:
    match node:
        case Div(bottom=bottom) | Infix(op="⊘", right=bottom):
            return any(isinstance(each, (Var, Apply)) for each in walk(bottom))
        case Pow(exponent=Num(value=value)):
            return value < 0 or value != int(value)
        case Pow(exponent=exponent):
            return any_power(node) or lowered(exponent)
        case Fn(name=name):
            return name in BROKEN
        case Big(op=op):
            return op in ("max", "min")
    return isinstance(node, (Cases, Compare))


def lowered(exponent: Node) -> bool:
    """Whether something is subtracted in an exponent, as in x^{-k}, which may make it negative."""
    return any((isinstance(each, Add) and min(each.signs) < 0) or (isinstance(each, Num) and each.value < 0)
               for each in walk(exponent))  # fmt: skip


def any_power(node: Node) -> bool:
    """Whether a node is a power with an exponent that varies: x|x|^{p-2} is 0 at 0 to every author, though for p < 2
    it has no value there as written."""
    return isinstance(node, Pow) and any(isinstance(each, (Var, Apply)) for each in walk(node.base)) and not all(
        isinstance(each, (Size, Num, Add, Mul, Div)) for each in walk(node.exponent))  # fmt: skip


def edges(drawn: sample.Sample, hypotheses: list[Hypothesis], symbols: Symbols, evaluate: solving.Evaluate,
          everywhere: bool) -> Iterator[Edge]:  # fmt: skip
    """The places that meet all hypotheses: 0 for each name in a supposed equation, the others solved for again; and,
    `everywhere`, 0 for each other number and vector, an entry of it, and pairs of names made equal."""
    known, rest = traits.traits_of(hypotheses, symbols)
    live = [each for each in hypotheses if each.names & set(drawn.values)]
    equations = [each for each in rest if each in live and isinstance(each.relation, Compare)
                 and each.relation.op == "="]  # fmt: skip
    bound = {name for each in equations for name in each.names}
    many = min(DRAWS, drawn.draws)
    base = {name: value[:many] for name, value in drawn.values.items()}
    drawer = sample.Drawer(symbols, drawn.sizes, len(bound))
    fresh = {name: drawer.draw(name, known.get(name, traits.Traits()), many) for name in sorted(bound & set(base))}
    words = traits.words_of(base, known, symbols)

    def edge(name: str, where: str, cure: str, change: dict[str, Tensor], twin: Tensor | None = None
             ) -> Iterator[Edge]:  # fmt: skip
        solved = name in bound  # those drawn were solved for a place that is no edge
        values = {**base, **(fresh if solved else {}), **change}
        if solved:
            others = [each for each in fresh if each not in change]
            solving.solve(equations, values, others, drawn.functions, many, evaluate, words)
            for other in others:
                small = values[other].reshape(many, -1).norm(dim=1) < 1e-3 * fresh[other].reshape(many, -1).norm(dim=1)
                values[other][small] = 0.0
        keep = torch.ones(many, dtype=torch.bool)
        for other in {*change, *fresh} if solved else change:
            for word in words[other]:
                keep &= traits.has(values[other], word)
        for hypothesis in live:
            if hypothesis.names & set(change) or solved:
                keep &= solving.meets(hypothesis, values, drawn.functions, many, evaluate)
        index = torch.nonzero(keep).flatten()
        if len(index):
            values = {each: value[index] for each, value in values.items()}
            yield Edge(where, cure, values, len(index), solved, frozenset(change),
                       {**values, name: twin[index]} if twin is not None else {})  # fmt: skip

    names = [name for name in sorted(base) if not name.startswith("d·")]
    flat = [name for name in names if base[name].shape[-1] == 1] if everywhere else []
    for name in names:
        if name in flat or name in bound:
            said = name.split("|")[0]
            twin = torch.ones_like(base[name]) if base[name][0].numel() > 1 else None
            yield from edge(name, f"{said} = 0", f"{said} \\ne 0", {name: torch.zeros_like(base[name])}, twin)
    for name in flat:
        if base[name][0].numel() > 1 and name not in bound:
            value, said = base[name].clone(), name.split("|")[0]
            value[:, 0] = 0.0
            yield from edge(name, f"{said}_1 = 0", f"{said}_i \\ne 0", {name: value})
    pairs = ((one, two) for one, two in itertools.combinations(flat, 2)
             if base[one].shape == base[two].shape and not {one, two} & bound)  # fmt: skip
    for one, two in itertools.islice(pairs, PAIRS):
        said, other = one.split("|")[0], two.split("|")[0]
        yield from edge(two, f"{said} = {other}", f"{said} \\ne {other}", {two: base[one]})
