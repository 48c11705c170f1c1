"""Claims at the places that random draws avoid: where a name is 0, two are equal, or a formula may break."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor

from proofread.derivations import edges, sample, solving, traits
from proofread.derivations.attacks import lattice
from proofread.derivations.claims import LOOSELY, Failure
from proofread.derivations.comparing import compare, locate, moderate, value_at
from proofread.derivations.evaluate import Evaluator
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Compare,
    show,
)  # fmt: skip
from proofread.derivations.readings import Reading
from proofread.derivations.tensors import together

NUMBERS = 6.0


def try_edges(reading: Reading, typer: Typer, drawn: sample.Sample, evaluate: solving.Evaluate,
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


def try_numbers(reading: Reading, typer: Typer, drawn: sample.Sample, evaluate: solving.Evaluate,
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
        for word in traits.words_of([name], traits.traits_of(reading.hypotheses, reading.setting.symbols)[0],
                                    reading.setting.symbols)[name]:  # fmt: skip
            keep &= traits.has(values[name], word)
        for hypothesis in reading.hypotheses:
            if name in hypothesis.names:
                keep &= solving.meets(hypothesis, values, drawn.functions, len(points), evaluate)
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
