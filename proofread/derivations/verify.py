"""Whether a chain of relations holds: on several random sizes, for every draw and every value of every free index."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from proofread.derivations import edges, exact, sample
from proofread.derivations.evaluate import MAX_NUMBERS, Evaluator, outside
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal, ambiguous
from proofread.derivations.nodes import (
    At,
    Axis,
    Big,
    Cases,
    Choice,
    Compare,
    Deriv,
    Differential,
    Fn,
    Idx,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    Unit,
    Var,
    show,
    transform,
    walk,
)  # fmt: skip
from proofread.derivations.random_function import Smooth
from proofread.derivations.symbols import LATE, Hypothesis, Symbols
from proofread.derivations.tensors import common_shape, eigenvalues, together

RTOL = 1e-9
#: Of the largest term met on a draw: what rounding alone may leave where terms cancel.
CANCELLATION = 1e-12
#: Of the largest term of a claim about numbers alone.
LAST_BITS = 64 * torch.finfo(torch.float64).eps
NEARLY = (r"if it holds but nearly, write \approx, and <!-- math: skip 理由 --> above it, for ≈ is not checked; else "
          r"give the number a name, as in “设 $\epsilon > 0$”")  # fmt: skip
#: Numbers smaller than this, or larger than its inverse, may hide a term in rounding.
TINY = 1.01e-4
#: Times an arbitrary function, for orders; of a positive one, times its logarithm, and added to that.
SIGNED = (0.0, 100.0, -1.0, -1e4, 1e4, -0.01, 10.0)
POSITIVE = ((0.0, 0.0), (30.0, 0.0), (1.0, 20.0), (-1.0, -20.0), (10.0, 3.0), (3.0, -3.0), (0.1, 0.0))
#: What the squares of numbers no smaller than this change is seen in the last bits.
SEEN = 0.99e-6
#: Of the sides: a gap as small breaks a strict order, unless the values are larger than this.
STRICT = 1e-12
MODERATE = 3.5  # so that π is within
#: How far out from the end of its range a name is moved, and whole numbers that are tried on both sides of 0.
OUT, LATTICE = 30.0, 30
NUMBERS = 6.0
SIZES = 3
DRAWS = 8
MANY_DRAWS = 60
#: For larger arrays: so many as have all the special ones among them.
FEW_DRAWS = 16
#: Steps of gradient ascent by which an order is attacked.
ASCENT = 30
#: And steps by which a place is sought where the sides of a strict order touch.
TOUCH = 25
#: Times of the draws: how far out an order is tried.
FAR = (100.0, 1e4)
ORDERS = frozenset(["<", ">", "≤", "≥", "≻", "⪰", "≺", "⪯"])
LOOSELY = {"<": "≤", ">": "≥", "≺": "⪯", "≻": "⪰"}
CHECKED = ORDERS | {"=", "≡"}


@dataclass
class Claim:
    """A chain `sides[0] relations[0] sides[1] …` under premises of its own."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    premises: tuple[Hypothesis, ...] = ()
    conditions: tuple[Node, ...] = ()
    """Conditions on free indices, such as i ≠ j."""


@dataclass
class Failure:
    """Where a chain fails."""

    step: int
    """From 0, among the relations."""
    sizes: dict[str, int]
    left: float
    right: float
    entry: tuple[int, int] | None
    indices: dict[str, int]
    holding: tuple[int, ...] = ()
    """Steps that hold."""
    hint: str = ""
    """What an author may have forgotten."""


@dataclass
class Verdict:
    """What checking a claim gave."""

    sides: tuple[Node, ...]
    failure: Failure | None = None
    sizes: list[dict[str, int]] = field(default_factory=list)
    draws: int = 0
    error: float = 0.0
    derivative_gap: float = 0.0
    derivatives: int = 0
    holds: bool = False
    met: bool = False
    """Some values of the free indices meet the conditions on them, for some sizes."""


@dataclass(frozen=True)
class Setting:
    """What a claim is checked under."""

    symbols: Symbols
    seed: int
    deadline: float
    sizes: int = SIZES
    hints: bool = True


def expand_choices(sides: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    """All readings, at most 64, the likeliest first; a repeated notation is read alike everywhere."""
    choices: dict[str, int] = {}
    for side in sides:
        for node in walk(side):
            if isinstance(node, Choice):
                key = node.why if "variable" not in node.why else node.why + show(node)
                choices[key] = max(choices.get(key, 0), len(node.options))
    keys = sorted(choices)
    for count, picks in enumerate(itertools.product(*(range(choices[key]) for key in keys))):
        if count == 64:
            return
        chosen = dict(zip(keys, picks, strict=True))

        def pick(node: Node, chosen: dict[str, int] = chosen) -> Node:
            if isinstance(node, Choice):
                key = node.why if "variable" not in node.why else node.why + show(node)
                number = chosen.get(key, 0)
                return node.options[min(number, len(node.options) - 1)]
            return node

        yield tuple(_resolve(side, pick) for side in sides)


def _resolve(node: Node, pick: Callable[[Node], Node]) -> Node:
    while any(isinstance(each, Choice) for each in walk(node)):
        node = transform(node, pick)
    return node


@contextmanager
def at_side(k: int) -> Iterator[None]:
    """Say of a refusal in which side of a chain it was found."""
    try:
        yield
    except Refusal as refusal:
        refusal.side = k if refusal.side < 0 else refusal.side
        raise


def type_sides(typer: Typer, sides: tuple[Node, ...], env: Mapping[str, tuple[int, int]] | None = None) -> None:
    """Type all sides and make neighbours alike; a mismatch between sides is `false`, within a side an error."""
    shapes = []
    for k, side in enumerate(sides):
        with at_side(k):
            shapes.append(typer.type(side, {}))
    known = next((shape for side, shape in zip(sides, shapes, strict=True) if not sample.is_zero(side)), shapes[0])
    for k, side in enumerate(sides):
        if isinstance(side, Num) and side.value == 0:
            typer.types[id(side)] = shapes[k] = known
    for k in range(len(sides) - 1):
        left, right = shapes[k], shapes[k + 1]
        from proofread.derivations.infer import unify

        if not (unify(left[0], right[0]) and unify(left[1], right[1])):
            raise Refusal(
                f"step {k + 1} of {len(sides) - 1}: the sides have different shapes: {show(sides[k])} is "
                f"{typer.words(left)}, {show(sides[k + 1])} is {typer.words(right)}", status="false", kind="shape",
            ).at(k + 1)  # fmt: skip


def setting_sizes(trees: list[Node], hypotheses: list[Hypothesis], setting: Setting) -> list[dict[str, int]]:
    letters = sample.size_letters(trees, setting.symbols)
    return sample.choose_sizes(letters, hypotheses, {*naturals(letters, setting.symbols)}, setting.seed, setting.sizes)


def naturals(letters: Iterable[str], symbols: Symbols) -> dict[str, AbstractSet[str]]:
    """The size letters that are whole numbers, such as an exponent k, and no one's length, with their traits."""
    found: dict[str, AbstractSet[str]]
    found = {name: symbol.traits for name in letters if (symbol := symbols.get(name)) and "natural" in symbol.traits}
    if found:
        shapes = [symbol.shape for scope in symbols.scopes for symbol in scope.symbols.values()]
        lengths = {node.name for shape in shapes for side in (shape.rows, shape.cols) if side is not None
                   for node in walk(side) if isinstance(node, Size)}  # fmt: skip
        found = {name: traits for name, traits in found.items() if name not in lengths}
    return found


def relevant(trees: list[Node], setting: Setting, own: tuple[Hypothesis, ...]) -> tuple[set[str], list[Hypothesis]]:
    """Names that some trees depend on, and the hypotheses about them (which may bring in more names)."""
    names = set(setting.symbols.closure(trees)) | set(sample.size_letters(trees, setting.symbols))
    pending = [*setting.symbols.hypotheses(), *own]
    used: list[Hypothesis] = list(own)
    for each in own:
        names |= setting.symbols.closure([each.relation])
    changed = True
    while changed:
        changed = False
        for each in pending:
            if each not in used and each.names & names:
                used.append(each)
                names |= setting.symbols.closure([each.relation])
                changed = True
    return names, used


def strip_placeholders(names: set[str], symbols: Symbols) -> set[str]:
    return {name for name in names if symbols.get(name.removeprefix("d·")) is not None}


def check(claim: Claim, setting: Setting) -> Verdict:
    """Check a claim under each reading that its shapes allow; raises `Refusal` where it cannot be vouched for."""
    for relation in claim.relations:
        if relation not in CHECKED:
            raise Refusal(f"the relation {relation} is not checked", status="unreadable", kind="notation")
    if names := nilpotents(claim.sides, setting.symbols):
        return check_dual(claim, names, setting)
    sides = differentials(claim.sides, setting.symbols)
    readings: list[Reading] = []
    first: Refusal | None = None
    for chosen in expand_choices(sides):
        try:
            readings.append(Reading(replace(claim, sides=chosen), setting))
        except Refusal as refusal:
            if first is None or (first.kind != "shape" and refusal.kind == "shape"):
                first = refusal
    if not readings:
        assert first is not None
        if first.kind == "size" and (told := sized(claim.sides)) is not None:
            return check(replace(claim, sides=told), setting)
        raise first
    verdicts = [check_reading(reading) for reading in readings]
    if not any(verdict.holds for verdict in verdicts):
        for verdict in verdicts:
            other = tuple(transform(side, _entrywise) for side in verdict.sides)
            if any(a is not b for a, b in zip(other, verdict.sides, strict=True)) and _holds(
                replace(claim, sides=other), setting):  # fmt: skip
                raise ambiguous(r"\exp of a matrix may be the matrix exponential, for which this fails, or entrywise, "
                                r"for which it holds: write e^{A} or the entries e^{a_{ij}}")  # fmt: skip
    if len({verdict.holds for verdict in verdicts}) > 1:
        texts = [" = ".join(map(show, verdict.sides)) for verdict in verdicts[:3]]
        raise ambiguous("this can be read in more than one way, and the readings disagree: " + "; or ".join(texts))
    return verdicts[0]


def nilpotents(sides: tuple[Node, ...], symbols: Symbols) -> list[str]:
    """Names with ε² = 0 on which some sides depend."""
    if not any("nilpotent" in symbol.traits for scope in symbols.scopes for symbol in scope.symbols.values()):
        return []
    found = [name for name in sorted(symbols.closure([*sides])) if (symbol := symbols.get(name)) is not None
             and "nilpotent" in symbol.traits]  # fmt: skip
    bound = {name for side in sides for node in walk(side) if isinstance(node, At) for name in node.names}
    return [name for name in found if name not in bound]


def check_dual(claim: Claim, names: list[str], setting: Setting) -> Verdict:
    """Check a claim about dual numbers: both sides agree at ε = 0, and so do their derivatives for ε there."""
    if len(names) > 1 or any(relation not in ("=", "≡") for relation in claim.relations):
        raise Refusal(f"{names[0]}^{{2}} = 0 is read in equalities, and one such name at a time", status="unreadable",
                      kind="notation")  # fmt: skip
    name, zero = names[0], Num(0.0, "0")

    def slope(side: Node) -> Node:
        if name not in setting.symbols.closure([side]):
            return Mul((zero, side), (False, False))
        return At(Deriv(side, Var(name), "mixed"), (name,), (zero,))

    value = check(replace(claim, sides=tuple(At(side, (name,), (zero,)) for side in claim.sides)), setting)
    if not value.holds:
        return value
    verdict = check(replace(claim, sides=tuple(map(slope, claim.sides))), setting)
    if verdict.holds:
        return replace(verdict, sides=claim.sides, draws=value.draws + verdict.draws,
                       error=max(value.error, verdict.error))  # fmt: skip
    return verdict


def sized(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """With the one size letter that is written for the I and 1 that nothing else gives a size: `I - 1 1ᵀ/n`."""
    letters = {node.name for side in sides for node in walk(side) if isinstance(node, Size)}
    if len(letters) != 1:
        return None
    size = Size(letters.pop())

    def give(node: Node) -> Node:
        return replace(node, size=size) if isinstance(node, Unit) and node.size is None else node

    found = tuple(transform(side, give) for side in sides)
    return found if any(a is not b for a, b in zip(found, sides, strict=True)) else None


def _entrywise(node: Node) -> Node:
    """`\\exp` as a function of each entry."""
    return Fn("expentry", node.args) if isinstance(node, Fn) and node.name == "exp" else node


def _holds(claim: Claim, setting: Setting) -> bool:
    try:
        return check_reading(Reading(claim, setting)).holds
    except Refusal:
        return False


class Reading:
    """A claim without choices: what it depends on, the sizes to try, and its shapes for the first of them.

    Raises:
        Refusal: shapes that do not fit, hypotheses that no sizes meet.
    """

    def __init__(self, claim: Claim, setting: Setting) -> None:
        self.claim, self.setting = claim, setting
        names, self.hypotheses = relevant([*claim.sides], setting, claim.premises)
        self.names = strip_placeholders(names, setting.symbols)
        trees = [*claim.sides, *(each.relation for each in self.hypotheses)]
        self.sizes = setting_sizes(trees, self.hypotheses, setting)
        self.natural = naturals(self.sizes[0], setting.symbols)
        self.first = self.typed(self.sizes[0])

    def typed(self, sizes: dict[str, int]) -> Typer:
        """The shapes of sides and conditions for a choice of sizes."""
        typer = Typer(self.setting.symbols, sizes)
        type_sides(typer, self.claim.sides)
        for condition in self.claim.conditions:
            typer.type(condition, {})
        typer.settle()
        return typer


def check_reading(reading: Reading) -> Verdict:
    """Check one reading of a claim on all choices of sizes."""
    orders = any(relation in ORDERS for relation in reading.claim.relations)
    verdict = Verdict(reading.claim.sides)
    failures: dict[int, Failure] = {}
    branches = edges.branching([*reading.claim.sides], reading.setting.symbols)
    for number, sizes in enumerate(reading.sizes):
        try_sizes(reading, sizes, number, MANY_DRAWS if orders or branches else DRAWS, verdict, failures)
    if orders and not failures and (sizes := sample.enlarged(reading.sizes[0], reading.hypotheses, reading.natural)):
        with suppress(Refusal):  # arrays too large to be tried
            try_sizes(reading, sizes, len(reading.sizes), FEW_DRAWS, verdict, failures)
    if not failures:
        try_further_sizes(reading, verdict, failures)
    if not verdict.met:
        text = ", ".join(map(show, reading.claim.conditions))
        raise Refusal(f"no index meets the condition {text}: nothing is said of any", kind="vacuous")
    if failures:
        step = min(failures)
        verdict.failure = failures[step]
        verdict.failure.holding = tuple(k for k in range(len(reading.claim.relations)) if k not in failures)
    verdict.holds = not failures
    return verdict


def try_further_sizes(reading: Reading, verdict: Verdict, failures: dict[int, Failure]) -> None:
    """Check whole numbers from the smallest on, the shortest lengths for orders, and both for claims about sizes alone.

    Raises:
        Refusal: a side has no value for a whole number that nothing excludes.
    """
    symbols, relations = reading.setting.symbols, reading.claim.relations
    alone = not any((symbol := symbols.get(name)) and symbol.kind != "size" and symbol.definition is None
                    for name in reading.names)  # fmt: skip
    orders = any(relation in ORDERS for relation in relations)
    shortest = (2 if any(relation in "<>≻≺" for relation in relations) else 1) if orders else 0
    if shortest == 1 and any(isinstance(node, Fn) and node.name == "abs" for node in
                             edges.parts([*reading.claim.sides], symbols)):  # fmt: skip
        shortest = 2  # |A| of a 1×1 matrix is no determinant any more
    further = sample.further_sizes(reading.sizes, reading.hypotheses, reading.natural, alone, shortest)
    for number, sizes in enumerate(further, len(reading.sizes) + 1):
        try:
            try_sizes(reading, sizes, number, 1 if alone else FEW_DRAWS if orders else DRAWS, verdict, failures)
        except Refusal as refusal:
            given = {name: sizes[name] for name in reading.natural}
            wanted = ("domain", "index") if min(given.values(), default=0) < 0 else ("domain",)
            if refusal.kind in wanted and given and max(given.values()) <= sample.SMALL:
                text = ", ".join(f"{name} = {value}" for name, value in given.items())
                raise Refusal(f"for {text}: {refusal.message}", kind=refusal.kind).at(refusal.side) from None
        if failures:
            return


def try_sizes(reading: Reading, sizes: dict[str, int], number: int, draws: int, verdict: Verdict,
              failures: dict[int, Failure]) -> None:  # fmt: skip
    """Check one reading of a claim on one choice of sizes, the first of which (number 0) is tried hardest."""
    claim, setting, hypotheses = reading.claim, reading.setting, reading.hypotheses
    orders = any(relation in ORDERS for relation in claim.relations)
    strict = any(relation in "<>≻≺" for relation in claim.relations)
    typer = reading.typed(sizes) if number else reading.first
    _limit(typer, claim.sides, draws)
    typers: dict[tuple[Node, ...], Typer] = {}

    def evaluate(nodes: list[Node], values: dict[str, Tensor], functions: dict[str, Smooth], many: int
                 ) -> list[Tensor]:  # fmt: skip
        sides = tuple(nodes)
        if sides not in typers:  # a hypothesis is evaluated many times over
            typers[sides] = Typer(setting.symbols, sizes)
            type_sides(typers[sides], sides)
            typers[sides].settle()
        ev = Evaluator(typers[sides], values, functions, many, setting.deadline)
        # Where a hypothesis is solved for, derivatives in it stay differentiable.
        ev.depth = int(any(value.requires_grad for value in values.values()))
        return [ev.ev(node, {}) for node in nodes]

    drawn = sample.make(reading.names, hypotheses, setting.symbols, sizes, draws, setting.seed + number, evaluate,
                        extreme=(2 if strict else 1) if orders else 0)  # fmt: skip
    try:
        ev, values = finite_values(claim, typer, drawn, setting, 4 if number == 0 else 0)
    except Refusal as refusal:
        if refusal.kind not in ("domain", "derivative", "cases") or not drawn.ordinary:
            raise
        drawn = without_undefined(claim, typer, drawn, setting)
        ev, values = finite_values(claim, typer, drawn, setting, 4 if number == 0 else 0)
    numbers = not drawn.values and not drawn.functions  # sizes aside, nothing varies
    mask = None
    for condition in claim.conditions:
        here = ev.ev(condition, {}) != 0
        mask = here if mask is None else mask & here
    verdict.met = verdict.met or mask is None or bool(mask.any())
    ties = moderate(drawn.draws, drawn.values) if strict else None
    if ties is not None and not bool(ties.any()):
        ties = ~ties
    for step, relation in enumerate(claim.relations):
        left, right = together(values[step], values[step + 1])
        bad, error = compare(relation, left, right, ev.magnitude, mask, ties)
        verdict.error = max(verdict.error, error)
        if bool(bad.any()) and numbers and relation == "=" and mask is None:
            with suppress(exact.Unknown):  # cos(π/2) is no more than nearly 0 in float64
                bad = bad & (exact.gap(claim.sides[step], claim.sides[step + 1], typer, {}, 0) > 0)
        if bool(bad.any()) and relation in "<>" and mask is None and apart(
                relation, claim.sides[step], claim.sides[step + 1], bad, typer, drawn):  # fmt: skip
            bad = torch.zeros_like(bad)
        if bool(bad.any()) and step not in failures:
            failures[step] = locate(step, bad, left, right, sizes, typer)
    for attack in ATTACKS if orders and number == 0 else ():
        if not failures:
            attack(claim, setting, typer, drawn, hypotheses, failures)
    if orders and number == 0 and drawn.functions and not failures:
        try_functions(reading, typer, drawn, evaluate, failures)
    if not failures and number < (len(reading.sizes) if numbers else 1):
        look_closer(reading, typer, drawn, values, ev.magnitude, failures)
    if number == 0 and not failures:
        try_edges(reading, typer, drawn, evaluate, failures)
    verdict.sizes.append({name: size for name, size in sizes.items() if not name.startswith("#")})
    verdict.draws += drawn.draws
    verdict.derivatives = max(verdict.derivatives, ev.derivatives)
    verdict.derivative_gap = max(verdict.derivative_gap, ev.difference)


def finite_values(claim: Claim, typer: Typer, drawn: sample.Sample, setting: Setting, differences: int
                  ) -> tuple[Evaluator, list[Tensor]]:  # fmt: skip
    """The values of all sides. Raises `Refusal` where one is not finite on some draw."""
    ev = Evaluator(typer, drawn.values, drawn.functions, drawn.draws, setting.deadline, check_differences=differences)
    values = []
    for k, side in enumerate(claim.sides):
        with at_side(k):
            values.append(ev.ev(side, {}))
            if not bool(torch.isfinite(values[-1]).all()):
                raise outside(side, "the value of")
    return ev, values


def without_undefined(claim: Claim, typer: Typer, drawn: sample.Sample, setting: Setting) -> sample.Sample:
    """With ordinary draws for the special ones on which a side has no value: A = 0 says nothing about an inverse."""
    kept = dict(drawn.values)
    for k in range(drawn.draws):
        one = {name: value[k : k + 1] for name, value in drawn.values.items()}
        if all(torch.equal(value, drawn.ordinary[name][k : k + 1]) for name, value in one.items()):
            continue
        try:
            finite_values(claim, typer, replace(drawn, values=one, draws=1), setting, 0)
        except Refusal as refusal:
            if refusal.kind not in ("domain", "derivative", "cases"):
                raise
            for name, value in drawn.ordinary.items():
                kept[name] = torch.cat([kept[name][:k], value[k : k + 1], kept[name][k + 1 :]])
    return replace(drawn, values=kept)


def apart(relation: str, left: Node, right: Node, bad: Tensor, typer: Typer, drawn: sample.Sample) -> bool:
    """Whether a strict order that fails in float64 holds to 60 digits: 1 + ρ + ρ² + ρ³ < 1/(1 - ρ) for small ρ."""
    places = bad.reshape(len(bad), -1).any(1).nonzero().flatten().tolist() if drawn.values else [0]
    less, more = (left, right) if relation == "<" else (right, left)
    try:
        return all(each < 0 for k in places for each in exact.excesses(less, more, typer, drawn.values, k))
    except exact.Unknown:
        return False


def look_closer(reading: Reading, typer: Typer, drawn: sample.Sample, values: list[Tensor], magnitude: Tensor,
                failures: dict[int, Failure]) -> None:  # fmt: skip
    """Tell equalities that hold from those that hold but nearly, as 1 + 10⁻¹² = 1 does: to 60 digits where the sides
    are numbers, or hold very small or very large ones; where that cannot be done, numbers must agree to the last bits,
    and such a literal is replaced by a moderate one.

    Raises:
        Refusal: an equality holds for the literal only.
    """
    claim, symbols = reading.claim, reading.setting.symbols
    steps = [step for step, relation in enumerate(claim.relations) if relation in ("=", "≡")]
    if not steps or claim.conditions:
        return
    numbers = not drawn.values and not drawn.functions
    written = extreme_literals([*claim.sides], symbols)
    literals = {place: moderate_value(value) for place, value in written.items()}
    if not numbers and not literals and any(value[0].numel() > 1 for value in drawn.values.values()):
        return
    known = sample.as_drawn(reading.hypotheses, symbols, drawn.values)
    for step in steps:
        left, right = values[step], values[step + 1]
        pair = claim.sides[step], claim.sides[step + 1]
        try:
            if not known:
                raise exact.Unknown
            draws = range(0, drawn.draws, 2)[:3]  # of three scales
            gap = max(exact.gap(*pair, typer, drawn.ordinary or drawn.values, draw) for draw in draws)
        except exact.Unknown:
            left, right = together(left, right)
            apart = (left - right).abs() > LAST_BITS * torch.maximum(magnitude.amax(), left.abs())
            seen = (bool(apart.any()) if numbers or all(SEEN <= abs(value) <= 1 / SEEN for value in written.values())
                    else bool(written))  # fmt: skip
            if seen and not (literals and holds_for_others(pair, literals, typer, drawn, reading.setting)):
                raise nearly(*pair).at(step + 1) from None
            continue
        if gap:
            left, right = together(left, right)
            failures[step] = locate(step, torch.ones_like(left, dtype=torch.bool), left, right, typer.sizes, typer)
            failures[step].hint = f"the sides differ by {gap:.0e} of the largest term, which is not rounding; {NEARLY}"


def nearly(left: Node, right: Node) -> Refusal:
    return Refusal(f"{show(left)} = {show(right)} holds but up to rounding, for the very small or large numbers "
                   f"that are written; {NEARLY}", kind="rounding")


def extreme_literals(roots: list[Node], symbols: Symbols) -> dict[int, float]:
    """The very small and very large numbers written in some trees and their definitions, by the identity of nodes."""
    found = {}
    for node in edges.parts(roots, symbols):
        match node:
            case Num(value=value):
                pass
            case Pow(base=Num(value=base), exponent=Num(value=exponent)) if base > 0 and abs(exponent) < 300:
                value = base**exponent
            case _:
                continue
        if value and not TINY <= abs(value) <= 1 / TINY:
            found[id(node)] = value
    return found


def moderate_value(literal: float) -> float:
    """Another number of the same sign: equal ones for equal ones, reciprocal ones for reciprocal ones."""
    power = math.log10(abs(literal))
    found = 0.2 + 0.6 * (round(abs(power), 9) * 0.618 % 1)
    return math.copysign(found if power < 0 else 1 / found, literal)


def holds_for_others(pair: tuple[Node, Node], literals: dict[int, float], typer: Typer, drawn: sample.Sample,
                     setting: Setting) -> bool:  # fmt: skip
    """Whether two sides are equal, where both have a value, with other numbers for some literals."""
    ev = Evaluator(typer, drawn.ordinary or drawn.values, drawn.functions, drawn.draws, setting.deadline,
                   literals=literals)  # fmt: skip
    left, right = together(*(value_at(ev, side) for side in pair))
    known = torch.isfinite(left) & torch.isfinite(right)
    bad, _ = compare("=", left, right, ev.magnitude, known)
    return bool(known.any()) and not bool(bad.any())


def moderate(draws: int, values: Mapping[str, Tensor]) -> Tensor:
    """The draws whose values are small enough for rounding not to make equal what differs."""
    largest = torch.zeros(draws, dtype=torch.float64)
    for value in values.values():
        largest = torch.maximum(largest, value.abs().reshape(draws, -1).amax(1))
    return largest <= MODERATE


def drive(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, hypotheses: list[Hypothesis],
          failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try to break the orders of a claim: gradient ascent on the gap, from the draws there are."""
    loose = sample.freedom(hypotheses, setting.symbols, drawn.values)
    if not loose or not all(relation in "≤≥<>" for relation in claim.relations) or claim.conditions:
        return
    values = dict(drawn.values)
    for turn in range(ASCENT):
        live = {name: values[name].detach().requires_grad_() for name in loose}
        ev = Evaluator(typer, {**values, **live}, drawn.functions, drawn.draws, setting.deadline)
        ev.depth = 1  # derivatives in the claim stay differentiable
        with torch.enable_grad():
            sides = [ev.ev(side, {}) for side in claim.sides]
            goal = torch.zeros((), dtype=torch.float64)
            for step, relation in enumerate(claim.relations):
                left, right = together(sides[step], sides[step + 1])
                bad, _ = compare(relation, left.detach(), right.detach(), ev.magnitude, None)
                if not bool(torch.isfinite(left).all() and torch.isfinite(right).all()):
                    return
                if bool(bad.any()):
                    failures[step] = locate(step, bad, left.detach(), right.detach(), typer.sizes, typer)
                    return
                size = left.detach().abs() + right.detach().abs() + 1e-12
                goal = goal + ((left - right) / size).sum() * (1 if relation in "≤<" else -1)
        if not goal.requires_grad or turn == ASCENT - 1:
            return
        grads = torch.autograd.grad(goal, list(live.values()), allow_unused=True)
        for name, grad in zip(loose, grads, strict=True):
            if grad is None or not bool(torch.isfinite(grad).all()):
                continue
            core = tuple(range(1, grad.dim()))
            length = values[name].norm(dim=core, keepdim=True) / grad.norm(dim=core, keepdim=True).clamp(min=1e-12)
            if loose[name] & {"positive", "nonnegative"}:  # along the logarithm, by so much of itself
                grad = grad * values[name]
                length = 1 / grad.norm(dim=core, keepdim=True).clamp(min=1e-300)
            values[name] = sample.moved(values[name], 0.25 * length * grad * (0.93**turn), loose[name])


def go_far(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, hypotheses: list[Hypothesis],
           failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try the orders of a claim on values far larger than the draws, where t < 1000 fails, and on matrices of large
    condition. Draws that overflow are not counted, nor is equality, which rounding brings about.
    """
    loose = [*sample.freedom(hypotheses, setting.symbols, drawn.values),
             *sample.definite(hypotheses, setting.symbols, drawn.values)]
    for factor in FAR if loose and not claim.conditions else ():
        values = dict(drawn.values)
        for name in loose:
            scale = torch.tensor(factor, dtype=torch.float64)
            if values[name].shape[-1] > 1:  # of every other draw the first row and column alone
                scale = scale.sqrt().expand(drawn.draws, *values[name].shape[1:-1]).clone()
                scale[::2, ..., 1:] = 1.0
                other = scale[..., :1].expand(*scale.shape[:-1], values[name].shape[-1]).clone()
                other[::2, ..., 1:] = 1.0
                scale = scale.unsqueeze(-1) * other.unsqueeze(-2)
            values[name] = values[name] * scale
        ev = Evaluator(typer, values, drawn.functions, drawn.draws, setting.deadline)
        try:
            sides = [ev.ev(side, {}) for side in claim.sides]
        except Refusal:  # overflow inside
            return
        for step, relation in enumerate(claim.relations):
            left, right = together(sides[step], sides[step + 1])
            known = torch.isfinite(left) & torch.isfinite(right)
            bad, _ = compare(LOOSELY.get(relation, relation), left, right, ev.magnitude, known)
            if bool(bad.any()) and step not in failures:
                failures[step] = locate(step, bad, left, right, typer.sizes, typer)


def try_functions(reading: Reading, typer: Typer, drawn: sample.Sample, evaluate: sample.Evaluate,
                  failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try the orders of a claim with other functions for the arbitrary ones: larger, of the other sign, and 0."""
    claim, about = reading.claim, [each for each in reading.hypotheses if each.names & set(drawn.functions)]
    if claim.conditions:
        return
    values = drawn.ordinary or drawn.values
    for turn in range(len(SIGNED)):
        functions = {}
        for k, (name, function) in enumerate(sorted(drawn.functions.items())):
            scale = SIGNED[(turn * (k + 1)) % len(SIGNED)]
            exponent, offset = POSITIVE[(turn * (k + 1)) % len(POSITIVE)]
            functions[name] = replace(function, scale=exponent if function.positive else scale, offset=offset)
        met = torch.ones(drawn.draws, dtype=torch.bool)
        for hypothesis in about:
            met &= sample.meets(hypothesis, values, functions, drawn.draws, evaluate)
        if not bool(met.any()):
            continue
        ev = Evaluator(typer, values, functions, drawn.draws, reading.setting.deadline)
        sides = [value_at(ev, side) for side in claim.sides]
        ties = moderate(drawn.draws, values) if turn == 0 else None
        for step, relation in enumerate(claim.relations):
            left, right = together(sides[step], sides[step + 1])
            known = torch.isfinite(left) & torch.isfinite(right) & met.reshape(-1, *(1,) * (left.dim() - 1))
            bad, _ = compare(relation if turn == 0 else LOOSELY.get(relation, relation), left, right, ev.magnitude,
                             known, ties)  # fmt: skip
            if bool(bad.any()):
                failures[step] = locate(step, bad, left, right, typer.sizes, typer)
                failures[step].hint = (r"it fails for some function: say what is supposed of it, as in "
                                       r"“\nabla f(x) \ne 0 \implies …”")  # fmt: skip
                return


def touch(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, hypotheses: list[Hypothesis],
          failures: dict[int, Failure]) -> None:  # fmt: skip
    """Seek a place where the sides of a strict order are equal, as those of sin t < 1 are at π/2: ascent on the gap by
    the steps of Barzilai and Borwein (IMA J. Numer. Anal. 8, 1988), which come near enough for that.

    A name in a range stays well inside it: p² < p comes near equality at 1, where p may not be.
    """
    free = movable(drawn, hypotheses, setting.symbols)
    strict = [k for k, relation in enumerate(claim.relations) if relation in "<>≻≺"]
    if not free or not strict or claim.conditions:
        return
    values = dict(drawn.values)
    before: tuple[Tensor, Tensor] | None = None
    for _ in range(TOUCH):
        live = {name: values[name].detach().requires_grad_() for name in free}
        ev = Evaluator(typer, {**values, **live}, drawn.functions, drawn.draws, setting.deadline)
        ev.depth = 1  # derivatives in the claim stay differentiable
        goal = torch.zeros((), dtype=torch.float64)
        with torch.enable_grad():
            sides = [ev.ev(side, {}) for side in claim.sides]
            lost = torch.zeros(drawn.draws, dtype=torch.bool)
            for step in strict:
                rooms = margins(claim.relations[step], *together(sides[step], sides[step + 1]))[0]
                lost = lost | ~torch.isfinite(rooms).reshape(rooms.shape[0], -1).all(1)
                goal = goal - rooms.nan_to_num(0.0, 0.0, 0.0).sum()
        if bool(lost.any()) and before is None:
            return
        if touches(claim, setting, typer, drawn, values, free, [side.detach() for side in sides], failures):
            return
        if not goal.requires_grad:
            return
        grads = torch.autograd.grad(goal, list(live.values()), allow_unused=True)
        place = torch.cat([values[name].reshape(drawn.draws, -1) for name in free], 1)
        slope = torch.cat([(torch.zeros_like(values[name]) if grad is None else grad).reshape(drawn.draws, -1)
                           for name, grad in zip(free, grads, strict=True)], 1)  # fmt: skip
        if before is None:
            length = 0.1 / slope.norm(dim=1, keepdim=True).clamp(min=1e-12)
        else:
            moved, turned = place - before[0], slope - before[1]
            length = moved.square().sum(1, True) / (moved * turned).sum(1, True).abs().clamp(min=1e-300)
        stride = torch.nan_to_num(length * slope)
        longest = 1.0 + 0.3 * place.norm(dim=1, keepdim=True)
        stride = stride / (stride.norm(dim=1, keepdim=True) / longest).clamp(min=1.0)
        if before is not None:  # where there is no value, half the way back
            stride = torch.where(lost[:, None], (before[0] - place) / 2, stride)
        before = place, slope
        at = 0
        for name, (words, low, high) in free.items():
            many = values[name][0].numel()
            part = stride[:, at : at + many].reshape(values[name].shape)
            values[name] = sample.moved(values[name], part, words).clamp(low, high)
            at += many


def movable(drawn: sample.Sample, hypotheses: list[Hypothesis], symbols: Symbols
            ) -> dict[str, tuple[AbstractSet[str], float, float]]:  # fmt: skip
    """Names that may move, with what is to be kept of them and the bounds between which they stay."""
    ranges = sample.room(hypotheses, symbols, drawn.values, OUT)
    found: dict[str, tuple[AbstractSet[str], float, float]] = {
        name: (frozenset(), low, high) for name, (low, high) in ranges.items()}  # fmt: skip
    for name, words in sample.freedom(hypotheses, symbols, drawn.values).items():
        if name not in found and not words & {"positive", "nonnegative"}:
            found[name] = words, -math.inf, math.inf
    return found


def try_lattice(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, hypotheses: list[Hypothesis],
                failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try orders at small whole numbers and halves c, at vectors of c and at matrices cI, one name (of two
    numbers, both) at a time: |x - 3| > 0 fails at a kink, and X + 4X⁻¹ ≻ 4I at 2I, where X may not be moved to."""
    if claim.conditions:
        return
    free = movable(drawn, hypotheses, setting.symbols)
    for name in sample.definite(hypotheses, setting.symbols, drawn.values):
        free[name] = frozenset({"pd"}), 0.05, math.inf
    numbers = [name for name in free if drawn.values[name][0].numel() == 1]
    places: list[dict[str, Tensor]] = []
    near: list[dict[str, Tensor]] = []
    for name, (words, low, high) in free.items():
        rows, cols = drawn.values[name].shape[-2:]
        if drawn.values[name].dim() > 3 or (cols > 1 and rows != cols) or "skew" in words:
            continue
        inside = lattice(low, high, 0.5).reshape(-1, 1, 1)
        if high - low < 4:  # very near the ends of a short range, but never equal there
            width = (high - low) / 0.98
            ends = low + width * (torch.tensor([1e-6, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-6], dtype=torch.float64) - 0.01)
            near.append({name: ends.reshape(-1, 1, 1).expand(-1, rows, cols)})
        places.append({name: inside * (torch.ones(rows, 1).to(inside) if cols == 1 else torch.eye(rows).to(inside))})
    if len(numbers) == 2:
        some = [lattice(max(free[name][1], -12.0), min(free[name][2], 12.0), 1.0) for name in numbers]
        pairs = torch.cartesian_prod(*some)
        places.append({name: pairs[:, k].reshape(-1, 1, 1) for k, name in enumerate(numbers)})
    for number, place in enumerate([*places, *near]):
        many = len(next(iter(place.values())))
        index = torch.arange(many) % drawn.draws
        values = {name: value[index] for name, value in (drawn.ordinary or drawn.values).items()} | place
        ev = Evaluator(typer, values, drawn.functions, many, setting.deadline)
        sides = [value_at(ev, side) for side in claim.sides]
        moved = {name: free[name] for name in place}
        for step, relation in enumerate(claim.relations):
            left, right = together(sides[step], sides[step + 1])
            known = torch.isfinite(left) & torch.isfinite(right)
            bad, _ = compare(LOOSELY.get(relation, relation), left, right, ev.magnitude, known)
            if bool(bad.any()):
                failures[step] = locate(step, bad, left, right, typer.sizes, typer)
                return
        wide = replace(drawn, draws=many)
        if number < len(places) and touches(claim, setting, typer, wide, values, moved, sides, failures):
            return


def lattice(low: float, high: float, step: float) -> Tensor:
    """Multiples of a step between two bounds; in a short range, its halves, thirds, fourths, … instead."""
    if high - low < 4:
        width = (high - low) / 0.98  # the bounds of `room` are a hundredth inside
        return low + width * (torch.arange(1, 24, dtype=torch.float64) / 24 - 0.01)
    found = torch.arange(-LATTICE, LATTICE + step, step, dtype=torch.float64)
    return found[(found >= low) & (found <= high)]


def touches(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, values: Mapping[str, Tensor],
            free: Mapping[str, tuple[AbstractSet[str], float, float]], sides: list[Tensor],
            failures: dict[int, Failure]) -> bool:  # fmt: skip
    """Whether strict orders fail at some values; where the sides are equal, if a little aside they are not: those of
    tanh t < 1, which only rounding makes equal for large t, are there too."""
    for step, relation in enumerate(claim.relations):
        if relation not in "<>≻≺":
            continue
        left, right = together(sides[step], sides[step + 1])
        room, size = margins(relation, left, right)
        candidates = (room <= 1e-9 * size) | (room < 1e-10 * room.amax())
        if not bool(candidates.any()):
            continue
        aside = torch.zeros_like(room)
        generator = torch.Generator().manual_seed(1)
        for sign in (1.0, -1.0):
            near = dict(values)
            for name, (words, low, high) in free.items():
                noise = sign * torch.randn(values[name].shape, generator=generator, dtype=torch.float64)
                wide = values[name].abs() if words & {"pd"} or low > -math.inf or high < math.inf else (
                    values[name].abs() + 1.0)  # fmt: skip
                near[name] = sample.moved(values[name], 1e-3 * wide * noise, words - {"positive", "nonnegative"})
            ev = Evaluator(typer, near, drawn.functions, drawn.draws, setting.deadline)
            both = together(*(value_at(ev, side) for side in claim.sides[step : step + 2]))
            other, _ = margins(relation, *both)
            aside = torch.maximum(aside, other.nan_to_num(0.0, 0.0, 0.0).expand_as(aside))
        even = room <= torch.maximum(STRICT * size, 1e-12 * aside)
        bad = (room < -RTOL * size) | (even & (aside > 1e-9 * size) & (aside > 1e-100))
        if bool(bad.any()):
            if bad.shape[-2:] != left.shape[-2:]:
                bad = bad.reshape(*bad.shape[:-2], -1).any(-1)[..., None, None]
            failures[step] = locate(step, bad, left, right, typer.sizes, typer)
            return True
    return False


def margins(relation: str, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """By how much a strict order holds, at every entry or eigenvalue, and the sizes of its sides there."""
    gap = left - right if relation in ">≻" else right - left
    size = left.detach().abs() + right.detach().abs()
    if relation in "≻≺" and gap.shape[-1] > 1:
        return eigenvalues(gap)[..., :1, None], size.amax((-2, -1), keepdim=True)
    return gap, size


def try_edges(reading: Reading, typer: Typer, drawn: sample.Sample, evaluate: sample.Evaluate,
              failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try a claim that holds on all draws at the places that they avoid: where a name is 0, or two are equal.

    Raises:
        Refusal: a side has no value there and another has, so that a hypothesis is missing.
    """
    claim, symbols = reading.claim, reading.setting.symbols
    fragile = edges.fragile([*claim.sides], symbols)
    if not fragile and not any(isinstance(each.relation, Compare) and each.relation.op == "="
                               for each in reading.hypotheses):  # fmt: skip
        return
    derived = [edges.holds_derivative(side, symbols) for side in claim.sides]
    if fragile and not any(derived) and edges.off_zero([*claim.sides], symbols):
        try_numbers(reading, typer, drawn, evaluate, failures)
        if failures:
            return
    varied = edges.varied([*claim.sides], symbols)
    for edge in edges.edges(drawn, reading.hypotheses, symbols, evaluate, fragile):
        ev = Evaluator(typer, edge.values, drawn.functions, edge.draws, reading.setting.deadline,
                       check_differences=edge.draws if any(derived) else 0)  # fmt: skip
        values = [value_at(ev, side) for side in claim.sides]
        finite = [torch.isfinite(value) for value in values]
        mask = torch.ones((), dtype=torch.bool)
        for condition in claim.conditions:
            mask = mask & (ev.ev(condition, {}) != 0)
        if not edge.solved and (edge.names <= varied or not any(derived)):
            k = undefined(finite, derived, mask)
            if k is not None and any(derived) and any(map(edges.any_power, edges.parts([claim.sides[k]], symbols))):
                k = None
            if k is not None and edge.twin:
                ev = Evaluator(typer, edge.twin, drawn.functions, edge.draws, reading.setting.deadline)
                k = k if bool(torch.isfinite(value_at(ev, claim.sides[k])).any()) else None
            if k is not None:
                raise Refusal(f"{show(claim.sides[k])} is not defined where {edge.where}: say ${edge.cure}$",
                              kind="domain").at(k)  # fmt: skip
        for step, relation in enumerate(claim.relations):
            if not edge.solved and (any(derived) or relation not in ("=", "≡", "≤", "≥")):
                continue
            left, right = together(values[step], values[step + 1])
            both = torch.isfinite(left) & torch.isfinite(right) & mask
            ties = moderate(edge.draws, edge.values)
            known = 1e4 if edge.solved else 1.0  # what is solved for holds but to rounding, however small it is
            bad, _ = compare(relation, left, right, ev.magnitude.clamp(min=known), both, ties)
            if bool(bad.any()):
                failures[step] = locate(step, bad, left, right, typer.sizes, typer)
                too = f", which meets the hypotheses too; say ${edge.cure}$" if edge.solved else ""
                failures[step].hint = f"it fails where {edge.where}{too}"
                return


def try_numbers(reading: Reading, typer: Typer, drawn: sample.Sample, evaluate: sample.Evaluate,
                failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try a claim without derivatives where a number of it is a small whole number or a half: (x² - 4)/(x - 2) has no
    value at 2, and there sgn(x - 2)² is not 1.

    Raises:
        Refusal: a side has no value there and its neighbour has, or two of its cases hold with different values.
    """
    claim = reading.claim
    for name in sorted(name for name, value in drawn.values.items() if value[0].numel() == 1)[:3]:
        points = lattice(-NUMBERS, NUMBERS, 0.5)
        index = torch.arange(len(points)) % drawn.draws
        values = {each: value[index] for each, value in drawn.values.items()}
        values[name] = points.reshape(-1, *(1,) * (values[name].dim() - 1))
        keep = torch.ones(len(points), dtype=torch.bool)
        for word in sample.words_of([name], sample.traits_of(reading.hypotheses, reading.setting.symbols)[0],
                                    reading.setting.symbols)[name]:  # fmt: skip
            keep &= sample.has(values[name], word)
        for hypothesis in reading.hypotheses:
            if name in hypothesis.names:
                keep &= sample.meets(hypothesis, values, drawn.functions, len(points), evaluate)
        if not bool(keep.any()):
            continue
        values = {each: value[keep] for each, value in values.items()}
        ev = Evaluator(typer, values, drawn.functions, int(keep.sum()), reading.setting.deadline, partial=True)
        sides = [value_at(ev, side) for side in claim.sides]
        mask = torch.ones((), dtype=torch.bool)
        for condition in claim.conditions:
            mask = mask & (ev.ev(condition, {}) != 0)
        said = name.split("|")[0]
        for step, relation in enumerate(claim.relations):
            left, right = together(sides[step], sides[step + 1])
            for k, (one, other) in enumerate(((left, right), (right, left))):
                lost = torch.isfinite(one) & ~torch.isfinite(other) & mask
                if bool(lost.any()) and not bool(lost.reshape(len(lost), -1).any(1).all()):
                    at = float(values[name].flatten()[int(lost.reshape(len(lost), -1).any(1).nonzero()[0])])
                    raise Refusal(f"{show(claim.sides[step + 1 - k])} is not defined where {said} = {at:g}: say "
                                  f"${said} \\ne {at:g}$", kind="domain").at(step + 1 - k)  # fmt: skip
            bad, _ = compare(LOOSELY.get(relation, relation), left, right, ev.magnitude.clamp(min=1.0),
                             torch.isfinite(left) & torch.isfinite(right) & mask)  # fmt: skip
            if bool(bad.any()):
                at = float(values[name].flatten()[int(bad.reshape(len(bad), -1).any(1).nonzero()[0])])
                failures[step] = locate(step, bad, left, right, typer.sizes, typer)
                failures[step].hint = f"it fails where {said} = {at:g}"
                return


def undefined(finite: list[Tensor], derived: list[bool], mask: Tensor) -> int | None:
    """A side without a value where its neighbour has one; of a claim with derivatives, where all of these have."""
    if any(derived):
        known = mask
        for has_value, derivative in zip(finite, derived, strict=True):
            known = known & has_value if derivative else known
        return next((k for k, here in enumerate(finite) if bool((known & ~here).any())), None)
    for k, (left, right) in enumerate(itertools.pairwise(finite)):
        if bool((mask & left & ~right).any()):
            return k + 1
        if bool((mask & right & ~left).any()):
            return k
    return None


def value_at(ev: Evaluator, side: Node) -> Tensor:
    """The value of a side on degenerate draws, nan where it has none (a case is missing, a derivative has a kink)."""
    try:
        return ev.ev(side, {})
    except Refusal as refusal:
        if refusal.kind not in ("domain", "derivative"):
            raise
    return ev.number(float("nan"))


#: By which an order that holds on all draws is tried to be broken.
ATTACKS = (drive, go_far, touch, try_lattice)


def _limit(typer: Typer, sides: tuple[Node, ...], draws: int) -> None:
    """Raise `Refusal` for arrays and ranges of indices too large to be tried."""
    axes: set[Axis] = set()
    for node in (node for side in sides for node in walk(side)):
        rows, cols = typer.of(node) if id(node) in typer.types else (1, 1)
        if rows * cols * draws > MAX_NUMBERS:
            raise Refusal(f"{show(node)} has {rows}×{cols} entries, too many to be checked", kind="time")
        if isinstance(node, (Idx, Big)):
            axes.add(node.axis)
    total = 1
    for axis in axes:
        if axis in typer.lengths and axis.name != "·":
            total *= typer.length(axis)
    if total > 300_000:
        raise Refusal("this formula has too many indices to be checked for all their values", kind="time")


def compare(relation: str, left: Tensor, right: Tensor, magnitude: Tensor, mask: Tensor | None,
            ties: Tensor | None = None) -> tuple[Tensor, float]:  # fmt: skip
    """Where a relation fails, (draws or 1, …), and the largest relative error of an equality.

    `ties` are the draws on which equal sides break a strict order: on large values tanh t is 1 by rounding alone.
    """
    lead = (-1, *(1,) * (left.dim() - 1))
    flat_left, flat_right = left.reshape(left.shape[0], -1), right.reshape(right.shape[0], -1)
    size = torch.maximum(flat_left.abs().amax(1), flat_right.abs().amax(1))
    big = magnitude if left.shape[0] > 1 else magnitude.amax(0, keepdim=True)
    slack = (RTOL * size + CANCELLATION * big).reshape(lead)
    gap = left - right
    if mask is not None:
        gap, mask = together(gap, mask)
    if relation in ("=", "≡"):
        bad = gap.abs() > slack
        if mask is not None:
            bad = bad & mask
        relative = (gap.abs().reshape(gap.shape[0], -1).amax(1) / torch.maximum(size, big).clamp(min=1e-300)).amax()
        return bad, float(relative)
    if relation in ("≻", "⪰", "≺", "⪯") and gap.shape[-1] > 1:
        if gap.shape[-1] != gap.shape[-2]:
            raise Refusal(f"{relation} orders square matrices; these are {gap.shape[-2]}×{gap.shape[-1]}",
                          status="false", kind="shape")  # fmt: skip
        skew = (gap - gap.transpose(-1, -2)).abs().amax((-2, -1), keepdim=True) > slack
        least = eigenvalues(gap).unsqueeze(-1)
        if relation in ("≺", "⪯"):
            least = -least
        bad = (least < -slack) | skew
        if relation in ("≻", "≺"):
            even = least <= slack
            bad = bad | (even if ties is None else even & ties.reshape(lead))
        return bad.any(-2, keepdim=True).expand(*gap.shape[:-2], 1, 1), 0.0
    table = {"≻": ">", "⪰": "≥", "≺": "<", "⪯": "≤"}
    relation = table.get(relation, relation)
    if relation in ("<", ">"):
        wrong = gap if relation == "<" else -gap
        tie = STRICT * (left.abs() + right.abs())
        bad = wrong > tie
        if ties is not None:
            bad = bad | ((wrong >= -tie) & ties.reshape(lead))
    else:
        bad = gap > slack if relation == "≤" else gap < -slack
    return (bad if mask is None else bad & mask), 0.0


def locate(step: int, bad: Tensor, left: Tensor, right: Tensor, sizes: Mapping[str, int], typer: Typer) -> Failure:
    """The failing entry with the largest gap."""
    shape = bad.shape
    left, right = left.expand(*common_shape(left.shape, shape)), right.expand(
        *common_shape(right.shape, shape))  # fmt: skip
    bad = bad.expand(left.shape)
    gap = torch.where(bad, (left - right).abs(), torch.full((), -1.0, dtype=torch.float64))
    place: list[int] = []
    flat = int(gap.argmax())
    for size in reversed(gap.shape):
        flat, k = divmod(flat, size)
        place.insert(0, k)
    array = left.shape[-2] > 1 or left.shape[-1] > 1
    indices = {
        axis.name: typer.first[axis] + place[position]
        for axis, position in typer.position.items()
        if axis.name != "·" and left.shape[position] > 1
    }
    return Failure(step, {name: size for name, size in sizes.items() if not name.startswith("#")},
                   float(left[tuple(place)]), float(right[tuple(place)]),
                   (place[-2] + 1, place[-1] + 1) if array else None, indices)  # fmt: skip


# -- differentials -----------------------------------------------------------------------------------------------------


def differentials(sides: tuple[Node, ...], symbols: Symbols) -> tuple[Node, ...]:
    """Say for every `d(…)` which names vary: those whose own differential is written, the arguments of a function, and
    the letters kept for variables; without any of these, all names. What is supposed to have d = 0 is constant."""
    found = [node for side in sides for node in walk(side) if isinstance(node, Differential) and not node.names]
    if not found:
        return sides
    constant = {
        node.body.name for each in symbols.hypotheses() for node in [getattr(each.relation, "left", None)]
        if isinstance(node, Differential) and isinstance(node.body, Var)
    }  # fmt: skip
    base: set[str] = set()
    explicit: set[str] = set()
    params: set[str] = set()
    for node in found:
        names = {
            name for name in symbols.closure([node.body])
            if (symbol := symbols.get(name)) and symbol.kind == "array" and not (symbol.definition or symbol.family)
        }  # fmt: skip
        base |= names
        if isinstance(node.body, Var) and node.body.name in names:
            explicit.add(node.body.name)
        for each in walk(node.body):
            name = getattr(each, "name", None)
            symbol = symbols.get(name) if isinstance(name, str) else None
            if symbol is not None and symbol.params:
                params |= set(symbol.params) & names
    late = {name for name in base if name[0] in LATE}
    varying = (explicit | (params or late) if params or late else base) - constant

    def fill(node: Node) -> Node:
        if isinstance(node, Differential) and not node.names:
            inside = symbols.closure([node.body])
            if isinstance(node.body, Var) and node.body.name in varying:
                return Var("d·" + node.body.name)
            names = tuple(sorted(varying & inside))
            if not names:
                raise Refusal(f"{show(node.body)} does not depend on anything that varies", kind="dependence")
            return replace(node, names=names, axis=Axis("·"))
        return node

    return tuple(transform(side, fill) for side in sides)


def free_conditions(node: Node) -> bool:
    """Whether a premise speaks of indices only."""
    return all(isinstance(each, (Compare, Idx, Num, Size)) for each in walk(node)) and any(
        isinstance(each, Idx) for each in walk(node)
    )


def deadline(seconds: float) -> float:
    return time.thread_time() + seconds


__all__ = ["Cases", "Claim", "Deriv", "Failure", "Setting", "Unit", "Verdict", "check", "free_conditions"]
