"""Attacks on orders: where random draws find nothing, gradients, far places, touching places and lattices may."""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

import torch
from torch import Tensor

from proofread.derivations import sample, solving, traits
from proofread.derivations.claims import LOOSELY, Claim, Failure, Setting
from proofread.derivations.comparing import RTOL, STRICT, compare, locate, margins, moderate, value_at
from proofread.derivations.evaluate import Evaluator
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal
from proofread.derivations.readings import Reading
from proofread.derivations.symbols import Hypothesis, Symbols
from proofread.derivations.tensors import together

#: Times an arbitrary function, for orders; of a positive one, times its logarithm, and added to that.
SIGNED = (0.0, 100.0, -1.0, -1e4, 1e4, -0.01, 10.0)
POSITIVE = ((0.0, 0.0), (30.0, 0.0), (1.0, 20.0), (-1.0, -20.0), (10.0, 3.0), (3.0, -3.0), (0.1, 0.0))
#: How far out from the end of its range a name is moved, and whole numbers that are tried on both sides of 0.
OUT, LATTICE = 30.0, 30
#: Steps of gradient ascent by which an order is attacked.
ASCENT = 30
#: And steps by which a place is sought where the sides of a strict order touch.
TOUCH = 25
#: Times of the draws: how far out an order is tried.
FAR = (100.0, 1e4)


def drive(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, hypotheses: list[Hypothesis],
          failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try to break the orders of a claim: gradient ascent on the gap, from the draws there are."""
    loose = traits.freedom(hypotheses, setting.symbols, drawn.values)
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
            length = _norm(values[name]) / _norm(grad).clamp(min=1e-12)
            if loose[name] & {"positive", "nonnegative"}:  # along the logarithm, by so much of itself
                grad = grad * values[name]
                length = 1 / _norm(grad).clamp(min=1e-300)
            values[name] = traits.moved(values[name], 0.25 * length * grad * (0.93**turn), loose[name])


def _norm(value: Tensor) -> Tensor:
    """The length of each draw, of a family too: (draws, 1, …)."""
    return value.pow(2).sum(tuple(range(1, value.dim())), keepdim=True).sqrt()


def go_far(claim: Claim, setting: Setting, typer: Typer, drawn: sample.Sample, hypotheses: list[Hypothesis],
           failures: dict[int, Failure]) -> None:  # fmt: skip
    """Try the orders of a claim on values far larger than the draws, where t < 1000 fails, and on matrices of large
    condition. Draws that overflow are not counted, nor is equality, which rounding brings about.
    """
    loose = [*traits.freedom(hypotheses, setting.symbols, drawn.values),
             *traits.definite(hypotheses, setting.symbols, drawn.values)]
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


def try_functions(reading: Reading, typer: Typer, drawn: sample.Sample, evaluate: solving.Evaluate,
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
            met &= solving.meets(hypothesis, values, functions, drawn.draws, evaluate)
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
            values[name] = traits.moved(values[name], part, words).clamp(low, high)
            at += many


def movable(drawn: sample.Sample, hypotheses: list[Hypothesis], symbols: Symbols
            ) -> dict[str, tuple[AbstractSet[str], float, float]]:  # fmt: skip
    """Names that may move, with what is to be kept of them and the bounds between which they stay."""
    ranges = traits.room(hypotheses, symbols, drawn.values, OUT)
    found: dict[str, tuple[AbstractSet[str], float, float]] = {
        name: (frozenset(), low, high) for name, (low, high) in ranges.items()}  # fmt: skip
    for name, words in traits.freedom(hypotheses, symbols, drawn.values).items():
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
    for name in traits.definite(hypotheses, setting.symbols, drawn.values):
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
                near[name] = traits.moved(values[name], 1e-3 * wide * noise, words - {"positive", "nonnegative"})
            ev = Evaluator(typer, near, drawn.functions, drawn.draws, setting.deadline)
            both = together(*(value_at(ev, side) for side in claim.sides[step : step + 2]))
            other, _ = margins(relation, *both)
            aside = torch.maximum(aside, other.nan_to_num(0.0, 0.0, 0.0).expand_as(aside))
        even = room <= torch.maximum(STRICT * size, 1e-12 * aside)
        bad = (room < -RTOL * size) | (even & (aside > 1e-9 * size) & (aside > 1e-100))
        bad = bad & apart(values, free).reshape(-1, *(1,) * (bad.dim() - 1))
        if bool(bad.any()):
            if bad.shape[-2:] != left.shape[-2:]:
                bad = bad.reshape(*bad.shape[:-2], -1).any(-1)[..., None, None]
            failures[step] = locate(step, bad, left, right, typer.sizes, typer)
            return True
    return False


def apart(values: Mapping[str, Tensor], free: Mapping[str, tuple[AbstractSet[str], float, float]]) -> Tensor:
    """For each draw, whether names that are no 0, and matrices of full rank, are not near to being otherwise: there the
    sides may come as near each other as they like without being equal."""
    ok = torch.ones(len(next(iter(values.values()))), dtype=torch.bool)
    for name, (words, _, _) in free.items():
        value = values[name]
        if "nonzero" in words:
            ok = ok & (value.flatten(1).abs().amax(1) > 1e-3)
        if "full rank" in words:
            spectrum = torch.linalg.svdvals(value).flatten(1)
            ok = ok & (spectrum.amin(1) > 1e-3 * spectrum.amax(1).clamp(min=1.0))
    return ok


#: By which an order that holds on all draws is tried to be broken.
ATTACKS = (drive, go_far, touch, try_lattice)
