"""What holds but nearly: numbers that rounding, or a very small or large literal, makes equal."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from proofread.derivations import edges, exact, sample, traits
from proofread.derivations.claims import Failure, Setting
from proofread.derivations.comparing import compare, locate, value_at
from proofread.derivations.evaluate import Evaluator
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Node,
    Num,
    Pow,
    show,
)  # fmt: skip
from proofread.derivations.readings import Reading
from proofread.derivations.symbols import Symbols
from proofread.derivations.tensors import together

#: Of the largest term of a claim about numbers alone.
LAST_BITS = 64 * torch.finfo(torch.float64).eps
NEARLY = (r"if it holds but nearly, write \approx, and <!-- math: skip 理由 --> above it, for ≈ is not checked; else "
          r"give the number a name, as in “设 $\epsilon > 0$”")  # fmt: skip
#: Numbers smaller than this, or larger than its inverse, may hide a term in rounding.
TINY = 1.01e-4
#: What the squares of numbers no smaller than this change is seen in the last bits.
SEEN = 0.99e-6


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
    known = traits.as_drawn(reading.hypotheses, symbols, drawn.values)
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
