"""Gauss–Newton: draws moved onto the equalities that are supposed, and whether they meet what is supposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

import torch
from torch import Tensor

from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Compare,
    Node,
)  # fmt: skip
from proofread.derivations.random_function import Smooth
from proofread.derivations.sizing import about_sizes
from proofread.derivations.symbols import Hypothesis
from proofread.derivations.tensors import eigenvalues
from proofread.derivations.traits import moved

#: Equations that are solved for.
MOST = 100

Evaluate = Callable[[list[Node], dict[str, Tensor], dict[str, Smooth], int], list[Tensor]]


def residuals(hypotheses: list[Hypothesis], values: dict[str, Tensor], functions: dict[str, Smooth], draws: int,
              evaluate: Evaluate) -> Tensor:  # fmt: skip
    """Left side minus right side of some equalities, flattened: (draws, numbers)."""
    parts = []
    for hypothesis in hypotheses:
        relation = hypothesis.relation
        assert isinstance(relation, Compare)
        left, right = evaluate([relation.left, relation.right], values, functions, draws)
        gap = left - right
        parts.append(gap.expand(draws, *gap.shape[1:]).reshape(draws, -1))
    return torch.cat(parts, 1)


def solve(hypotheses: list[Hypothesis], values: dict[str, Tensor], names: list[str], functions: dict[str, Smooth],
          draws: int, evaluate: Evaluate, words: Mapping[str, AbstractSet[str]]) -> None:  # fmt: skip
    """Gauss–Newton: moves the draws, as little as possible and within their traits, onto the equalities (in place).

    A draw rests one step after it meets them, once rounding lets it come no nearer, and once three steps in a row
    bring it nowhere nearer: it stands where they are missed by least."""
    involved = [name for name in names if any(name in each.names for each in hypotheses)]
    moving = torch.arange(draws)
    last = torch.full((draws,), torch.inf, dtype=torch.float64)
    idle = torch.zeros(draws)
    for _ in range(30 if involved else 0):
        here = {name: value[moving] for name, value in values.items()}
        gap = residuals(hypotheses, here, functions, len(moving), evaluate)
        size = gap.abs().nan_to_num(1e9).amax(1)
        idle = torch.where(size > 0.99 * last, idle + 1, 0)
        going = (size > 0) & (last >= 1e-13) & ((size >= 1e-9) | (size <= last / 2)) & (idle < 3)
        if gap.shape[1] > MOST or not bool(going.any()):
            return
        moving, last, idle = moving[going], size[going], idle[going]
        here = {name: value[going] for name, value in here.items()}
        steps = newton(hypotheses, here, involved, functions, gap[going], evaluate, words)
        if not steps:
            return  # nothing that may move is in them
        for name, step in steps.items():
            values[name] = values[name].index_copy(0, moving, moved(here[name], step, words[name]))


def newton(hypotheses: list[Hypothesis], values: dict[str, Tensor], names: list[str], functions: dict[str, Smooth],
           gap: Tensor, evaluate: Evaluate, words: Mapping[str, AbstractSet[str]]) -> dict[str, Tensor]:  # fmt: skip
    """For each name the least step that closes the gaps (draws, numbers) to first order; {} where nothing can."""
    draws, count = gap.shape
    # Every draw once for each equation: one backward pass gives all rows of the Jacobian. (torch's own batched
    # gradients import SymPy first, which takes a second.)
    copies = {name: value.repeat_interleave(count, 0) for name, value in values.items()}
    live = {name: torch.zeros_like(copies[name]).requires_grad_() for name in names}
    with torch.enable_grad():
        here = {name: moved(copies[name], step, words[name]) for name, step in live.items()}
        gaps = residuals(hypotheses, {**copies, **here}, functions, draws * count, evaluate)
        if not gaps.requires_grad:
            return {}
        own = torch.eye(count, dtype=torch.float64).repeat(draws, 1)
        grads = torch.autograd.grad((gaps * own).sum(), list(live.values()), materialize_grads=True)
    jacobian = torch.cat([grad.reshape(draws, count, -1) for grad in grads], 2).nan_to_num(0.0)
    gram = jacobian @ jacobian.mT
    # Damped a little: equalities may repeat each other (A = Aᵀ states each twice).
    damping = 1e-12 * (1.0 + torch.diagonal(gram, dim1=-2, dim2=-1).amax(-1))[:, None, None]
    gram = gram + damping * torch.eye(count, dtype=torch.float64)
    weights = torch.linalg.solve_ex(gram, gap.nan_to_num(0.0).unsqueeze(-1))[0].nan_to_num(0.0)
    step = -(jacobian.mT @ weights).squeeze(-1)
    parts = step.split([values[name][0].numel() for name in names], 1)
    return {name: part.reshape(values[name].shape) for name, part in zip(names, parts, strict=True)}


def meets(hypothesis: Hypothesis, values: dict[str, Tensor], functions: dict[str, Smooth], draws: int,
          evaluate: Evaluate) -> Tensor:  # fmt: skip
    """For each draw, whether a hypothesis holds."""
    relation = hypothesis.relation
    assert isinstance(relation, Compare)
    if about_sizes(relation):
        return torch.ones(draws, dtype=torch.bool)
    left, right = evaluate([relation.left, relation.right], values, functions, draws)
    return holds(relation.op, left, right, draws, 1e-10)


def holds(op: str, left: Tensor, right: Tensor, draws: int, tolerance: float) -> Tensor:
    """For each draw, whether a relation holds for all entries and indices (equality up to `tolerance`)."""
    gap = left - right
    gap = gap.expand(draws, *gap.shape[1:])
    size = torch.maximum(left.abs().amax(), right.abs().amax()).clamp(min=1.0)
    slack = tolerance * size
    if op in ("≻", "⪰", "≺", "⪯"):
        if gap.shape[-1] == 1:
            flat = gap.reshape(draws, -1)
        else:
            even = torch.allclose(gap, gap.transpose(-1, -2), rtol=0, atol=float(slack) + 1e-12)
            flat = eigenvalues(gap).reshape(draws, -1)
            if not even:
                return torch.zeros(draws, dtype=torch.bool)
        op = {"≻": ">", "⪰": "≥", "≺": "<", "⪯": "≤"}[op]
    else:
        flat = gap.reshape(draws, -1)
    match op:
        case "=":
            ok = flat.abs() <= slack
        case "≠":
            ok = flat.abs() > slack
        case ">":
            ok = flat > slack
        case "<":
            ok = flat < -slack
        case "≥":
            ok = flat >= -slack
        case "≤":
            ok = flat <= slack
        case _:
            raise Refusal(f"the relation {op} is not checked", status="unreadable", kind="notation")
    return ok.all(1)
