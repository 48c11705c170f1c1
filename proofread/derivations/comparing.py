"""Whether the values of two sides meet a relation, up to rounding, and where they do not."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from proofread.derivations.claims import Failure
from proofread.derivations.evaluate import Evaluator
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Node
from proofread.derivations.tensors import common_shape, eigenvalues, together

RTOL = 1e-9
#: Of the largest term met on a draw: what rounding alone may leave where terms cancel.
CANCELLATION = 1e-12
#: Of the sides: a gap as small breaks a strict order, unless the values are larger than this.
STRICT = 1e-12
MODERATE = 3.5  # so that π is within


def moderate(draws: int, values: Mapping[str, Tensor]) -> Tensor:
    """The draws whose values are small enough for rounding not to make equal what differs."""
    largest = torch.zeros(draws, dtype=torch.float64)
    for value in values.values():
        largest = torch.maximum(largest, value.abs().reshape(draws, -1).amax(1))
    return largest <= MODERATE


def margins(relation: str, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """By how much a strict order holds, at every entry or eigenvalue, and the sizes of its sides there."""
    gap = left - right if relation in ">≻" else right - left
    size = left.detach().abs() + right.detach().abs()
    if relation in "≻≺" and gap.shape[-1] > 1:
        return eigenvalues(gap)[..., :1, None], size.amax((-2, -1), keepdim=True)
    return gap, size


def value_at(ev: Evaluator, side: Node) -> Tensor:
    """The value of a side on degenerate draws, nan where it has none (a case is missing, a derivative has a kink)."""
    try:
        return ev.ev(side, {})
    except Refusal as refusal:
        if refusal.kind not in ("domain", "derivative"):
            raise
    return ev.number(float("nan"))


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
