"""Whether a chain of relations holds: on several random sizes, for every draw and every value of every free index."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import torch
from torch import Tensor

from proofread.derivations import edges, exact, sample, sizing
from proofread.derivations.attacks import ATTACKS, try_functions
from proofread.derivations.claims import CHECKED, ORDERS, Claim, Failure, Setting, Verdict
from proofread.derivations.comparing import compare, locate, moderate
from proofread.derivations.evaluate import MAX_NUMBERS, Evaluator, outside
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal, ambiguous
from proofread.derivations.nodes import (
    At,
    Axis,
    Big,
    Deriv,
    Differential,
    Fn,
    Idx,
    Mul,
    Node,
    Num,
    Var,
    show,
    transform,
    walk,
)  # fmt: skip
from proofread.derivations.places import try_edges
from proofread.derivations.random_function import Smooth
from proofread.derivations.readings import Reading, at_side, entrywise, expand_choices, nilpotents, sized, type_sides
from proofread.derivations.rounding import apart, look_closer
from proofread.derivations.symbols import LATE, Symbols
from proofread.derivations.tensors import together

DRAWS = 8
MANY_DRAWS = 60
#: For larger arrays: so many as have all the special ones among them.
FEW_DRAWS = 16


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
            other = tuple(transform(side, entrywise) for side in verdict.sides)
            if any(a is not b for a, b in zip(other, verdict.sides, strict=True)) and _holds(
                replace(claim, sides=other), setting):  # fmt: skip
                raise ambiguous(r"\exp of a matrix may be the matrix exponential, for which this fails, or entrywise, "
                                r"for which it holds: write e^{A} or the entries e^{a_{ij}}")  # fmt: skip
    if len({verdict.holds for verdict in verdicts}) > 1:
        texts = [" = ".join(map(show, verdict.sides)) for verdict in verdicts[:3]]
        raise ambiguous("this can be read in more than one way, and the readings disagree: " + "; or ".join(texts))
    return verdicts[0]


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


def _holds(claim: Claim, setting: Setting) -> bool:
    try:
        return check_reading(Reading(claim, setting)).holds
    except Refusal:
        return False


def check_reading(reading: Reading) -> Verdict:
    """Check one reading of a claim on all choices of sizes."""
    orders = any(relation in ORDERS for relation in reading.claim.relations)
    verdict = Verdict(reading.claim.sides)
    failures: dict[int, Failure] = {}
    branches = edges.branching([*reading.claim.sides], reading.setting.symbols)
    for number, sizes in enumerate(reading.sizes):
        try_sizes(reading, sizes, number, MANY_DRAWS if orders or branches else DRAWS, verdict, failures)
        if len(failures) == len(reading.claim.relations):
            break  # all steps fail: further sizes say no more
    if orders and not failures and (sizes := sizing.enlarged(reading.sizes[0], reading.hypotheses, reading.natural)):
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
    further = sizing.further_sizes(reading.sizes, reading.hypotheses, reading.natural, alone, shortest)
    for number, sizes in enumerate(further, len(reading.sizes) + 1):
        try:
            try_sizes(reading, sizes, number, 1 if alone else FEW_DRAWS if orders else DRAWS, verdict, failures)
        except Refusal as refusal:
            given = {name: sizes[name] for name in reading.natural}
            wanted = ("domain", "index") if min(given.values(), default=0) < 0 else ("domain",)
            if refusal.kind in wanted and given and max(given.values()) <= sizing.SMALL:
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
        ev = Evaluator(typers[sides], values, functions, many, setting.deadline, partial=True)
        # Where a hypothesis is solved for, derivatives in it stay differentiable.
        ev.depth = int(any(value.requires_grad for value in values.values()))
        return [ev.ev(node, {}) for node in nodes]

    extreme = (2 if strict else 1) if orders else 0
    key = (frozenset(reading.names), tuple(hypotheses), tuple(sizes.items()), draws, number, extreme)
    drawn = (setting.samples or {}).get(key) or sample.make(
        reading.names, hypotheses, setting.symbols, sizes, draws, setting.seed + number, evaluate, extreme)
    if setting.samples is not None:
        setting.samples[key] = drawn
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


def deadline(seconds: float) -> float:
    return time.thread_time() + seconds
