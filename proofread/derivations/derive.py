"""Gradients, Jacobians, Hessians and differentials by autograd, each compared with central differences.

A variable is spread along every index that its function depends on, and along one more dimension for the entries of
an array-valued function: then one backward pass gives all derivatives at once, and passes nest.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from proofread.derivations.evaluate import Evaluator, outside
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Axis, Deriv, Differential, Entry, Fn, Node, T, Var, show
from proofread.derivations.symbols import free_axes
from proofread.derivations.tensors import together

STEP = 1e-5
#: Largest gap between autograd and central differences, relative to the sizes involved.
GAP = 1e-4
#: Largest gap between forward and backward differences, likewise, that is not looked at more closely.
KINK = 1e-3


def base_of(variable: Node) -> tuple[Var, tuple[Node, ...], bool]:
    """The name, the entry and whether it is transposed."""
    transposed = False
    index: tuple[Node, ...] = ()
    while not isinstance(variable, Var):
        if isinstance(variable, T):
            transposed, variable = not transposed, variable.body
        elif isinstance(variable, Fn) and variable.name == "vec":
            variable = variable.args[0]  # stacked when it is put in place
        elif isinstance(variable, Entry):
            index = (*variable.index, *index)
            variable = variable.base
        else:
            raise Refusal(f"one cannot differentiate by {show(variable)}", status="unreadable", kind="notation")
    return variable, index, transposed


def derivative(ev: Evaluator, node: Deriv, env: Mapping[str, Tensor]) -> Tensor:
    """The derivative of `node.body` for `node.var`, in the node's layout."""
    variable, index, transposed = base_of(node.var)
    name = variable.name
    if name not in ev.symbols.closure([node.body]):
        raise Refusal(f"{show(node.body)} does not depend on {name.split('|')[0]} as written", kind="dependence")
    rows, cols = ev.typer.of(node.body)
    count = rows * cols
    value = ev.env(name, env)
    spread = spread_shape(ev, value, node.body, env)
    dim = 0
    if count > 1:
        dim = ev.typer.position[node.axis]
        spread[dim] = count
    at = value.expand(spread)
    if not at.requires_grad:
        at = at.detach().requires_grad_()
    ev.guard(at)
    outer = ev.depth > 0
    ev.depth += 1
    ev.derivatives += 1
    try:
        with torch.enable_grad():
            body = ev.ev(node.body, {**env, name: at})
            if not (ev.partial or bool(torch.isfinite(body).all())):
                raise outside(node.body, "the value of")
            picked = body if count == 1 else body * mask(ev, dim, rows, cols)
            if body.requires_grad:
                got = torch.autograd.grad(picked.sum(), at, create_graph=outer, allow_unused=True)[0]
            else:
                got = None
        grad = torch.zeros_like(at) if got is None else got
    finally:
        ev.depth -= 1
    if not (ev.partial or bool(torch.isfinite(grad).all())):
        raise outside(node, "the derivative")
    if ev.check_differences and not outer:
        compare_differences(ev, node, name, at.detach(), grad.detach(), picked.detach(), env, dim)
    return arrange(ev, node, grad, variable, index, transposed, dim, env)


def spread_shape(ev: Evaluator, value: Tensor, body: Node, env: Mapping[str, Tensor]) -> list[int]:
    """The shape along which a variable must vary independently: draws, free indices, indices of bound values."""
    shape = list(value.shape)
    shape[0] = max(shape[0], ev.draws)
    for axis in free_axes(body, ev.symbols):
        if axis in ev.typer.position:
            shape[ev.typer.position[axis]] = ev.typer.length(axis)
    for bound in env.values():
        for k in range(1, ev.rank + 1):
            shape[k] = max(shape[k], bound.shape[k])
    return shape


def mask(ev: Evaluator, dim: int, rows: int, cols: int) -> Tensor:
    """Picks, at place k of dimension `dim`, entry k of an array."""
    shape = [1] * (ev.rank + 3)
    shape[dim], shape[-2], shape[-1] = rows * cols, rows, cols
    return torch.eye(rows * cols, dtype=torch.float64).reshape(shape)


def arrange(ev: Evaluator, node: Deriv, grad: Tensor, variable: Var, index: tuple[Node, ...], transposed: bool,
            dim: int, env: Mapping[str, Tensor]) -> Tensor:  # fmt: skip
    """Entries picked, the function's entries brought back into place, and the layout applied."""
    symbol = ev.symbols.get(variable.name)
    if index and symbol is not None and symbol.family:
        members = len(symbol.family)
        grad = ev.take(grad, variable, index[:members], env)
        index = index[members:]
    if index:
        grad = ev.take(grad, Entry(variable, ()), index, env)
    elif _stacked(node.var):
        grad = grad.transpose(-1, -2).flatten(-2).unsqueeze(-1)
        grad = grad.transpose(-1, -2) if transposed else grad
    elif transposed:
        grad = grad.transpose(-1, -2)
    rows, cols = ev.typer.of(node.body)
    if rows * cols == 1:
        if node.layout == "numerator":
            return grad.transpose(-1, -2)
        return grad
    if grad.shape[-2:] == (1, 1):
        out = grad.transpose(dim, -1)
        out = out.reshape(*out.shape[:-2], rows, cols)
        return out.transpose(-1, -2) if node.layout == "denominator" and 1 in (rows, cols) else out
    jacobian = grad.transpose(dim, -1 if grad.shape[-1] == 1 else -2)
    if grad.shape[-1] == 1:  # (…, n, K)
        jacobian = jacobian.transpose(-1, -2)
    return jacobian.transpose(-1, -2) if node.layout == "denominator" else jacobian


def _stacked(variable: Node) -> bool:
    """Whether the variable is `vec X`."""
    while isinstance(variable, T):
        variable = variable.body
    return isinstance(variable, Fn)


def compare_differences(ev: Evaluator, node: Deriv, name: str, at: Tensor, grad: Tensor, here: Tensor,
                        env: Mapping[str, Tensor], dim: int) -> None:  # fmt: skip
    """Raise `Refusal` where autograd and central differences along a random direction disagree, or forward and
    backward differences do: at a kink autograd has a convention, and no derivative exists. `here` is the value."""
    generator = torch.Generator().manual_seed(12345)
    direction = torch.randn(at.shape, generator=generator, dtype=torch.float64)
    rows, cols = ev.typer.of(node.body)
    saved, ev.check_differences = ev.check_differences, 0
    tracking, ev._tracking = ev._tracking, False

    middle = here.sum((-2, -1), keepdim=True)

    def slope(step: float) -> tuple[Tensor, Tensor, Tensor]:
        """Along the direction, half of what it changes there, and the size of the values."""
        sides = []
        for sign in (1.0, -1.0):
            body = ev.ev(node.body, {**env, name: at + sign * step * direction})
            if rows * cols > 1:
                body = body * mask(ev, dim, rows, cols)
            sides.append(body.sum((-2, -1), keepdim=True))
        return (sides[0] - sides[1]) / (2 * step), (sides[0] + sides[1] - 2 * middle) / (2 * step), sides[0].abs()

    core = tuple(range(ev.rank + 1, grad.dim()))
    try:
        with torch.no_grad():
            found, bend, size = slope(STEP)
            wanted = (grad * direction).sum(core).reshape(*grad.shape[: ev.rank + 1], 1, 1)
            keep = saved if wanted.shape[0] > 1 else 1
            found, wanted, bend, size = (each[:keep] for each in together(found, wanted, bend, size))
            scale = 1e-3 + wanted.abs().amax() + size.amax()
            gap = (found - wanted).abs()
            if bool((gap / scale > GAP).any()):  # a steep third derivative: by so much the differences themselves vary
                twice, *_ = slope(2 * STEP)
                gap = (gap - (twice[:keep] - found).abs()).clamp(min=0)
            kink = bool((bend.abs() > KINK * scale).any()) and kinked(bend, slope(STEP / 10)[1][:keep], scale)
    finally:
        ev.check_differences, ev._tracking = saved, tracking
    if kink:
        raise no_derivative(node)
    worst = float((gap / scale).max()) if gap.numel() else 0.0
    if not worst <= GAP:
        raise Refusal(
            f"autograd and central differences disagree on {show(node)} (by {worst:.1e}): is it differentiable there?",
            kind="derivative",
        )
    ev.difference = max(ev.difference, worst)


def kinked(bend: Tensor, closer: Tensor, scale: Tensor) -> bool:
    """Whether slopes ahead and back differ by as much a tenth as far from a place: those of what is smooth do not."""
    return bool(((bend.abs() > KINK * scale) & (closer.abs() > 0.5 * bend.abs())).any())


def no_derivative(node: Node) -> Refusal:
    return Refusal(f"{show(node)}: the slopes to the left and to the right are different, so that there is no "
                   "derivative at this place", kind="derivative")  # fmt: skip


def differential(ev: Evaluator, node: Differential, env: Mapping[str, Tensor]) -> Tensor:
    """d(body): the derivative at t = 0 when every varying name moves by t times its differential."""
    rows, cols = ev.typer.of(node.body)
    count = rows * cols
    shape = spread_shape(ev, ev.number(0.0), node.body, env)
    dim = 0
    if count > 1:
        dim = ev.typer.position[node.axis]
        shape[dim] = count
    time = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    outer = ev.depth > 0
    ev.depth += 1
    ev.derivatives += 1

    def moved(t: Tensor) -> Tensor:
        bound = dict(env)
        for name in node.names:
            bound[name] = ev.env(name, env) + t * ev.env("d·" + name, env)
        return ev.ev(node.body, bound)

    try:
        with torch.enable_grad():
            body = moved(time)
            if not (ev.partial or bool(torch.isfinite(body).all())):
                raise outside(node.body, "the value of")
            picked = body if count == 1 else body * mask(ev, dim, rows, cols)
            got = None
            if body.requires_grad:
                got = torch.autograd.grad(picked.sum(), time, create_graph=outer, allow_unused=True)[0]
        grad = torch.zeros(shape, dtype=torch.float64) if got is None else got
    finally:
        ev.depth -= 1
    if not (ev.partial or bool(torch.isfinite(grad).all())):
        raise outside(node, "the differential")
    if ev.check_differences and not outer:
        saved, ev.check_differences = ev.check_differences, 0
        pick = 1.0 if count == 1 else mask(ev, dim, rows, cols)

        def sides(step: float) -> tuple[Tensor, Tensor]:
            """The sum and the difference of the values a step ahead and a step back, by two steps."""
            plus, minus = (moved(torch.full(shape, sign * step, dtype=torch.float64)) * pick for sign in (1.0, -1.0))
            bend, slope = ((each / (2 * step)).sum((-2, -1), keepdim=True)
                           for each in (plus + minus - 2 * picked, plus - minus))  # fmt: skip
            return bend, slope

        try:
            with torch.no_grad():
                bend, slope = sides(STEP)
                scale = 1e-3 + grad.abs().amax() + picked.abs().amax()
                gap = (slope - grad).abs()[:saved]
                if bool((gap / scale > GAP).any()):  # steep: by so much the differences themselves vary
                    gap = (gap - (sides(2 * STEP)[1] - slope).abs()[:saved]).clamp(min=0)
                kink = bool((bend[:saved].abs() > KINK * scale).any()) and kinked(bend, sides(STEP / 10)[0], scale)
        finally:
            ev.check_differences = saved
        if kink:
            raise no_derivative(node)
        worst = float((gap / scale).max())
        if not worst <= GAP:
            raise Refusal(f"autograd and central differences disagree on {show(node)} (by {worst:.1e})",
                          kind="derivative")  # fmt: skip
        ev.difference = max(ev.difference, worst)
    if count == 1:
        return grad
    out = grad.transpose(dim, -1)
    return out.reshape(*out.shape[:-2], rows, cols)


__all__ = ["Axis", "derivative", "differential"]
