"""Traits: hypotheses that draws can be built to meet, moved within, and tested for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import torch
from torch import Tensor

from proofread.derivations.nodes import (
    Add,
    Compare,
    Delta,
    Div,
    Entry,
    Fn,
    Idx,
    Mul,
    Node,
    Num,
    Pow,
    T,
    Unit,
    Var,
    dump,
)  # fmt: skip
from proofread.derivations.symbols import Hypothesis, Symbols
from proofread.derivations.tensors import eigenvalues

#: Traits that `moved` keeps.
KEPT = frozenset(
    {"positive", "nonnegative", "closed", "symmetric", "skew", "diagonal", "lower", "upper", "full rank", "nonzero"}
)


@dataclass
class Traits:
    """How a name is to be drawn."""

    words: set[str] = field(default_factory=set)
    low: float | None = None
    high: float | None = None


def is_zero(node: Node) -> bool:
    return (isinstance(node, Num) and node.value == 0) or (isinstance(node, Unit) and node.which == "0")


def _subject(node: Node, symbols: Symbols) -> str | None:
    """The name whose every entry a relation speaks of: `x`, `x_i`, `A_{ij}`; not `a_{ii}`, nor `x_i` from 2 on."""
    index: list[Node] = []
    while isinstance(node, Entry):
        index, node = [*node.index, *index], node.base
    axes = [each.axis for each in index if isinstance(each, Idx)]
    if not isinstance(node, Var) or len(set(axes)) != len(index):
        return None
    symbol = symbols.get(node.name)
    whole = [None, *((symbol.shape.rows, symbol.shape.cols) if symbol else ())]
    whole += [bounds[1] for letter in symbol.family if (bounds := symbols.range(letter))] if symbol else []
    ends = {dump(each) if each else "" for each in whole}
    starts = {"", dump(Num(1.0, "1"))}
    starts |= {dump(bounds[0]) for letter in symbol.family if (bounds := symbols.range(letter))} if symbol else set()
    complete = all(
        (dump(axis.lo) if axis.lo else "") in starts and (dump(axis.hi) if axis.hi else "") in ends for axis in axes
    )
    return node.name if complete else None


def _constant(node: Node) -> float | None:
    """The value of 0, -1, 2π, 1/2, 10⁻⁶ or √2; None for what is not made of numbers so."""
    if is_zero(node):
        return 0.0
    match node:
        case Num(value=value):
            return value
        case Add(signs=signs, terms=parts):
            pass
        case Mul(factors=parts):
            pass
        case Div(top=top, bottom=bottom):
            parts = (top, bottom)
        case Pow(base=Num(value=base), exponent=exponent) if (power := _constant(exponent)) is not None:
            return math.exp(power * math.log(base)) if base > 0 and abs(power) < 100 else None
        case Fn(name="sqrt", args=(Num(value=value),)):
            return math.sqrt(value) if value >= 0 else None
        case _:
            return None
    values = [number for part in parts if (number := _constant(part)) is not None]
    if len(values) < len(parts):
        return None
    if isinstance(node, Add):
        return math.fsum(sign * value for sign, value in zip(signs, values, strict=True))
    if isinstance(node, Mul):
        return math.prod(values)
    return values[0] / values[1] if values[1] else None


def traits_of(hypotheses: list[Hypothesis], symbols: Symbols) -> tuple[dict[str, Traits], list[Hypothesis]]:
    """Traits by name, and the hypotheses that are not traits."""
    traits: dict[str, Traits] = {}
    rest: list[Hypothesis] = []

    def of(name: str) -> Traits:
        return traits.setdefault(name, Traits())

    for hypothesis in hypotheses:
        relation = hypothesis.relation
        if not isinstance(relation, Compare):
            rest.append(hypothesis)
            continue
        left, right, op = relation.left, relation.right, relation.op
        if _constant(left) is not None and op in ("<", ">", "≤", "≥", "≻", "⪰", "≺", "⪯"):
            left, right = right, left
            op = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "≻": "≺", "≺": "≻", "⪰": "⪯", "⪯": "⪰"}[op]
        name, value = _subject(left, symbols), _constant(right)
        if name is not None and op in ("≻", "⪰") and value == 0:
            of(name).words.add("pd" if op == "≻" else "psd")
        elif name is not None and op in ("<", ">", "≤", "≥") and value is not None:
            trait = of(name)
            if op in (">", "≥"):
                trait.low = value if trait.low is None else max(value, trait.low)
            else:
                trait.high = value if trait.high is None else min(value, trait.high)
            if op in ("≥", "≤"):
                trait.words.add("closed")
        elif op == "=" and (word := _structure(left, right, symbols) or _structure(right, left, symbols)) is not None:
            of(word[1]).words.add(word[0])
        else:
            rest.append(hypothesis)
    return traits, rest


def _structure(left: Node, right: Node, symbols: Symbols) -> tuple[str, str] | None:
    if isinstance(left, Var):
        if isinstance(right, T) and dump(right.body) == dump(left):
            return "symmetric", left.name
        if isinstance(right, Add) and right.signs == (-1,) and dump(right.terms[0]) == dump(T(left)):
            return "skew", left.name
    if isinstance(right, Unit) and right.which == "I" and isinstance(left, Mul) and len(left.factors) == 2:
        a, b = left.factors
        if isinstance(a, T) and isinstance(a.body, Var) and dump(a.body) == dump(b):
            return "orthogonal columns", a.body.name
        if isinstance(b, T) and isinstance(b.body, Var) and dump(b.body) == dump(a):
            return "orthogonal rows", b.body.name
    if isinstance(right, Delta) and (family := _inner_of_members(left, right)) is not None:
        return "orthonormal members", family
    if isinstance(right, Num) and right.value == 1:
        if isinstance(left, Pow) and isinstance(left.exponent, Num):
            left = left.base
        if isinstance(left, Fn) and left.name in ("norm", "norm2") and isinstance(left.args[0], (Var, Entry)):
            subject = _subject(left.args[0], symbols)
            if subject:
                return "unit", subject
    if isinstance(left, T) and isinstance(left.body, Var) and isinstance(right, Pow):
        minus_one = isinstance(right.exponent, Num) and right.exponent.value == -1
        if minus_one and dump(left.body) == dump(right.base):
            return "orthogonal columns", left.body.name
    return None


def _inner_of_members(node: Node, delta: Delta) -> str | None:
    """The family v of `v_iᵀ v_j = δ_ij` or `⟨v_i, v_j⟩ = δ_ij`."""
    if isinstance(node, Mul) and len(node.factors) == 2 and isinstance(node.factors[0], T):
        pair = node.factors[0].body, node.factors[1]
    elif isinstance(node, Fn) and node.name == "inner":
        pair = node.args[0], node.args[1]
    else:
        return None
    indices = []
    for member in pair:
        if not (isinstance(member, Entry) and isinstance(member.base, Var) and len(member.index) == 1):
            return None
        index = member.index[0]
        if not isinstance(index, Idx):
            return None
        indices.append(index.axis)
    asked = [side.axis for side in (delta.left, delta.right) if isinstance(side, Idx)]
    bases = {member.base.name for member in pair if isinstance(member, Entry) and isinstance(member.base, Var)}
    if len(asked) != 2 or set(asked) != set(indices) or indices[0] is indices[1] or len(bases) != 1:
        return None
    return bases.pop()


def as_drawn(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str]) -> bool:
    """Whether some names have what is supposed of them exactly, and not but to rounding: signs, ranges, no equation."""
    traits, rest = traits_of(hypotheses, symbols)
    names = set(names)
    if any(each.names & names and not (isinstance(each.relation, Compare) and each.relation.op in "<>≤≥≠")
           for each in rest):  # fmt: skip
        return False
    exactly = {"positive", "nonnegative", "closed", "binary", "natural"}
    return all(each <= exactly for each in words_of(names, traits, symbols).values())


def words_of(names: Iterable[str], traits: Mapping[str, Traits], symbols: Symbols) -> dict[str, set[str]]:
    """All that is said of some names by their sets and by hypotheses that are traits."""
    words = {name: traits.get(name, Traits()).words | set_words(symbols, name) for name in names}
    return {name: each | {"nonnegative"} if _signed(traits.get(name)) else each for name, each in words.items()}


def set_words(symbols: Symbols, name: str) -> frozenset[str]:
    symbol = symbols.get(name.removeprefix("d·"))
    return symbol.traits if symbol is not None else frozenset()


def has(value: Tensor, word: str) -> Tensor:
    """For each draw, whether its arrays have a trait; words that are no structure are left to the hypotheses."""
    flat = value.reshape(value.shape[0], -1)
    square = value.shape[-1] == value.shape[-2]
    eye = torch.eye(value.shape[-2], value.shape[-1], dtype=torch.float64)

    def zero(gap: Tensor) -> Tensor:
        return torch.le(gap.reshape(gap.shape[0], -1).abs().amax(1), 1e-10)

    match word:
        case "symmetric" | "pd" | "psd" if square:
            least = eigenvalues(value).reshape(value.shape[0], -1).amin(1)
            sign = {"symmetric": -float("inf"), "psd": -1e-10, "pd": 1e-10}[word]
            definite: Tensor = least > sign
            return zero(value - value.mT) & definite
        case "skew":
            return zero(value + value.mT)
        case "diagonal":
            return zero(value * (1 - eye))
        case "lower":
            return zero(value.triu(1))
        case "upper":
            return zero(value.tril(-1))
        case "orthogonal" | "orthogonal columns":
            return zero(value.mT @ value - torch.eye(value.shape[-1], dtype=torch.float64))
        case "orthogonal rows":
            return zero(value @ value.mT - torch.eye(value.shape[-2], dtype=torch.float64))
        case "unit":
            return zero(value.pow(2).sum((-2, -1)) - 1)
        case "positive" | "pd":
            return (flat > 0).all(1)
        case "nonnegative" | "psd":
            return (flat >= 0).all(1)
        case "nonzero":
            return flat.abs().amax(1) > 1e-9
        case "full rank":
            spectrum = torch.linalg.svdvals(value).reshape(value.shape[0], -1)
            full: Tensor = spectrum.amin(1) > 1e-6 * spectrum.amax(1)
            return full
        case "binary":
            return ((flat == 0) | (flat == 1)).all(1)
        case "orthonormal members" | "nilpotent":
            return torch.zeros(value.shape[0], dtype=torch.bool)
    return torch.ones(value.shape[0], dtype=torch.bool)


def kept_by_moves(hypothesis: Hypothesis, symbols: Symbols) -> bool:
    """Whether a hypothesis is a trait that `moved` keeps, such as A = Aᵀ, so that nobody need solve for it."""
    traits, rest = traits_of([hypothesis], symbols)
    return not rest and all(each.words <= KEPT | {"unit", "orthogonal columns"} for each in traits.values())


def _signed(traits: Traits | None) -> bool:
    """Whether all entries of a name are supposed to have no other sign than plus."""
    return traits is not None and traits.low == 0 and traits.high is None


def freedom(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str]) -> dict[str, AbstractSet[str]]:
    """Names that can be moved step by step without leaving what is supposed of them, with the traits to keep."""
    traits, rest = traits_of(hypotheses, symbols)
    bound = {name for each in rest for name in each.names}
    out: dict[str, AbstractSet[str]] = {}
    for name in names:
        trait = traits.get(name, Traits())
        words = trait.words | set_words(symbols, name) | ({"nonnegative"} if _signed(trait) else set())
        ranged = (trait.low is not None or trait.high is not None) and not _signed(trait)
        if name not in bound and not ranged and words <= KEPT:
            out[name] = words
    return out


def definite(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str]) -> list[str]:
    """Names of which nothing is supposed but that they are positive definite."""
    traits, rest = traits_of(hypotheses, symbols)
    bound = {name for each in rest for name in each.names}
    words = words_of(names, traits, symbols)
    return [name for name, each in words.items() if "pd" in each and each <= {"pd", "symmetric"} and name not in bound]


def room(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str], far: float
         ) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Names of which nothing but a range is supposed, with the bounds, well inside it, between which they may move;
    `far` from its end where it has but one."""
    traits, rest = traits_of(hypotheses, symbols)
    bound = {name for each in rest for name in each.names}
    out = {}
    for name in names:
        trait = traits.get(name, Traits())
        words = trait.words | set_words(symbols, name)
        low = 0.0 if words & {"positive", "nonnegative"} else trait.low
        high = trait.high
        if name in bound or not words <= {"positive", "nonnegative", "closed"}:
            continue
        if low is not None and high is not None:
            margin = 0.01 * (high - low)
            out[name] = low + margin, high - margin
        else:
            margin = 0.05
            out[name] = (
                low + margin if low is not None else high - far if high is not None else -float("inf"),
                high - margin if high is not None else low + far if low is not None else float("inf"),
            )
    return out


def moved(value: Tensor, step: Tensor, words: AbstractSet[str]) -> Tensor:
    """A draw moved by a step, within what its traits allow: signs are kept by scaling, linear structures by projecting
    the step, lengths and orthonormal columns by bringing what was moved back to them."""
    if words & {"positive", "nonnegative"}:
        return value * step.clamp(-2, 2).exp()
    if words & {"symmetric", "pd", "psd"}:
        step = (step + step.transpose(-1, -2)) / 2
    if "skew" in words:
        step = (step - step.transpose(-1, -2)) / 2
    if "diagonal" in words:
        step = step * torch.eye(step.shape[-2], step.shape[-1], dtype=torch.float64)
    if "lower" in words:
        step = step.tril()
    if "upper" in words:
        step = step.triu()
    value = value + step
    if "unit" in words:
        value = value / value.pow(2).sum((-2, -1), keepdim=True).sqrt()
    if words & {"orthogonal", "orthogonal columns"} and not words & {"symmetric", "diagonal"}:
        q, r = torch.linalg.qr(value)
        value = q * torch.diagonal(r, dim1=-2, dim2=-1).sign().unsqueeze(-2)
    return value
