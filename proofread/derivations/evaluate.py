"""Values of a formula in float64: all draws and all values of all indices at once.

A value is a tensor of shape (draws, one dimension per index, rows, columns); a dimension is 1 where the value does
not depend on it, so that torch broadcasts over draws and indices, while the shapes of the arrays themselves have
been checked strictly by `infer`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from proofread.derivations.infer import Typer, size_value
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Add,
    Apply,
    At,
    Axis,
    Big,
    Block,
    Cases,
    Colon,
    Compare,
    Delta,
    Deriv,
    Differential,
    Div,
    Entry,
    Fn,
    Gather,
    Idx,
    Infix,
    Map,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    T,
    Unit,
    Var,
    show,
)  # fmt: skip
from proofread.derivations.symbols import Symbols
from proofread.derivations.tensors import (
    common_shape,
    determinant,
    elementwise,
    inverse,
    pieces,
    singular_values,
)  # fmt: skip

MAX_NUMBERS = 4_000_000


def outside(node: Node, what: str) -> Refusal:
    """A value that is not finite: a hypothesis is missing."""
    return Refusal(
        f"{what} {show(node)} is not a finite number on some draw: say where it is defined, as in “设 $\\det A > 0$”",
        kind="domain",
    )  # fmt: skip


def largest(value: Tensor) -> Tensor:
    """The largest absolute value on each draw."""
    return value.detach().abs().reshape(value.shape[0], -1).amax(1)


@dataclass
class Evaluator:
    """Evaluates nodes that a `Typer` has typed, on the values of one sample."""

    typer: Typer
    values: Mapping[str, Tensor]
    """Of each declared name: (draws, rows, columns), of a family (draws, members, rows, columns)."""
    functions: Mapping[str, random_function.Smooth]
    draws: int
    deadline: float
    check_differences: int = 0
    """Compare derivatives with central differences on so many first draws."""
    literals: Mapping[int, float] = field(default_factory=dict)
    """Other values for some numbers as written, by the identity of their nodes."""
    partial: bool = False
    """Where no case holds, or a derivative is not finite, there is no value (nan); else that is refused."""
    depth: int = 0
    magnitude: Tensor = field(init=False)
    """Largest term met, for each draw: rounding errors are measured by it."""
    difference: float = 0.0
    derivatives: int = 0

    def __post_init__(self) -> None:
        self.rank = len(self.typer.position)
        self.magnitude = torch.zeros(self.draws, dtype=torch.float64)
        self.base: dict[str, Tensor] = {}
        self.cache: dict[str, Tensor] = {}
        self._tracking = True

    @property
    def symbols(self) -> Symbols:
        return self.typer.symbols

    # -- helpers -------------------------------------------------------------------------------------------------

    def lift(self, value: Tensor) -> Tensor:
        """(draws, r, c) → (draws, 1, …, 1, r, c); of a family the members stay next to the rows."""
        return value.reshape(value.shape[0], *(1,) * self.rank, *value.shape[1:])

    def number(self, value: float) -> Tensor:
        return torch.full((1,) * (self.rank + 3), value, dtype=torch.float64)

    def steps(self, axis: Axis) -> Tensor:
        """The values of an index, along its own dimension."""
        length, first = self.typer.length(axis), self.typer.first[axis]
        values = torch.arange(first, first + length, dtype=torch.float64)
        shape = [1] * (self.rank + 3)
        shape[self.typer.position[axis]] = length
        return values.reshape(shape)

    def guard(self, *tensors: Tensor) -> None:
        if time.thread_time() > self.deadline:
            raise Refusal("this takes longer than a formula may take", kind="time")
        for tensor in tensors:
            if tensor.numel() > MAX_NUMBERS:
                raise Refusal("this formula has too many free indices to be checked at once", kind="time")

    def track(self, *terms: Tensor) -> None:
        if not self._tracking:
            return
        for term in terms:
            self.magnitude = torch.maximum(self.magnitude, largest(term))

    def env(self, name: str, env: Mapping[str, Tensor]) -> Tensor:
        if name in env:
            return env[name]
        if name in self.base:
            return self.base[name]
        symbol = self.symbols.get(name)
        if symbol is not None and symbol.definition is not None and name not in self.values:
            if not env and name in self.cache and not self.depth:
                return self.cache[name]
            value = self.ev(symbol.definition, env)
            if not env and not self.depth:
                self.cache[name] = value
            return value
        self.base[name] = self.lift(self.values[name])
        return self.base[name]

    # -- evaluation ----------------------------------------------------------------------------------------------

    def ev(self, node: Node, env: Mapping[str, Tensor]) -> Tensor:
        """The value of a node, with some names bound."""
        if self.literals and id(node) in self.literals:
            return self.number(self.literals[id(node)])
        match node:
            case Num(value):
                if value in (0, 1) and (shape := self.typer.of(node)) != (1, 1):
                    return torch.full((*(1,) * (self.rank + 1), *shape), value, dtype=torch.float64)
                return self.number(value)
            case Size(name):
                return self.number(float(self.typer.sizes[name]))
            case Idx(axis):
                return self.steps(axis)
            case Var(name):
                return self.env(name, env)
            case Entry(base, index):
                return self.take(self.ev(base, env), base, index, env)
            case Unit():
                return self.unit(node, env)
            case Delta(left, right):
                return (self.ev(left, env) == self.ev(right, env)).to(torch.float64)
            case Add(signs, terms):
                values = [self.ev(term, env) for term in terms]
                self.track(*values)
                total = values[0] if signs[0] > 0 else -values[0]
                for sign, term_value in zip(signs[1:], values[1:], strict=True):
                    total = total + term_value if sign > 0 else total - term_value
                return total
            case Mul(factors):
                live = [self.ev(factor, env) for factor in factors]
                for step, first, second in self.typer.plans[id(node)]:
                    a, b = live[first], live[second]
                    if step == "@":
                        if self._tracking:
                            self.magnitude = torch.maximum(self.magnitude, largest(a) * largest(b))
                        live.append(torch.matmul(a, b))
                    elif step == ".":
                        self.track(a * b)
                        live.append((a * b).sum(-2, keepdim=True))
                    else:
                        live.append(a * b)
                self.guard(live[-1])
                return live[-1]
            case Infix(op, left, right):
                a, b = self.ev(left, env), self.ev(right, env)
                if op == "∘":
                    return a * b
                if op == "⊘":
                    return a / b
                product = a.unsqueeze(-1).unsqueeze(-3) * b.unsqueeze(-2).unsqueeze(-4)
                return product.flatten(-4, -3).flatten(-2, -1)
            case Div(top, bottom):
                return self.ev(top, env) / self.ev(bottom, env)
            case Pow():
                return self.power(node, env)
            case T(body):
                return self.ev(body, env).transpose(-1, -2)
            case Fn(name, args):
                return self.function(node, name, args, env)
            case Apply(name, args):
                return self.apply(name, [self.ev(arg, env) for arg in args], env)
            case At(body, names, values):
                bound = {name: self.ev(each, env) for name, each in zip(names, values, strict=True)}
                return self.ev(body, {**env, **bound})
            case Map(name, body, arg, axes):
                point = self.ev(arg, env)
                if point.shape[-2:] == (1, 1):
                    return self.ev(body, {**env, name: point})
                rows, cols = (self.typer.position[axis] for axis in axes)
                spread = point.transpose(rows, -2).transpose(cols, -1)
                got = self.ev(body, {**env, name: spread})
                got = got.expand(*self._spread(got, {rows: point.shape[-2], cols: point.shape[-1]}))
                return got.transpose(cols, -1).transpose(rows, -2)
            case Deriv():
                return self.derivative(node, env)
            case Differential():
                return self.differential(node, env)
            case Big():
                return self.big(node, env)
            case Gather(axes, body, across):
                return self.gather(axes, self.ev(body, env), across)
            case Block():
                return self.block(node, env)
            case Cases(values, conds):
                return self.cases(values, conds, env)
            case Compare(op, left, right):
                return self.compare(op, self.ev(left, env), self.ev(right, env)).to(torch.float64)
        raise TypeError(type(node).__name__)

    def _spread(self, value: Tensor, want: Mapping[int, int]) -> list[int]:
        return [want.get(k, -1) if size == 1 else -1 for k, size in enumerate(value.shape)]

    def compare(self, op: str, a: Tensor, b: Tensor) -> Tensor:
        match op:
            case "=":
                return a == b
            case "≠":
                return a != b
            case "<":
                return a < b
            case ">":
                return a > b
            case "≤":
                return a <= b
            case "≥":
                return a >= b
        return (a != 0) & (b != 0)

    def unit(self, node: Unit, env: Mapping[str, Tensor]) -> Tensor:
        rows, cols = self.typer.of(node)
        lead = (1,) * (self.rank + 1)
        if node.which == "I":
            return torch.eye(rows, dtype=torch.float64).reshape(*lead, rows, cols)
        if node.which == "1":
            return torch.ones(*lead, rows, cols, dtype=torch.float64)
        if node.which == "0":
            return torch.zeros(*lead, rows, cols, dtype=torch.float64)
        assert node.index is not None
        index = self.ev(node.index, env)
        if index.min() < 1 or index.max() > rows:
            raise Refusal(f"{show(node)}: the index leaves 1…{rows}", kind="index")
        return (index == torch.arange(1, rows + 1, dtype=torch.float64).reshape(rows, 1)).to(torch.float64)

    def take(self, value: Tensor, base: Node, index: tuple[Node, ...], env: Mapping[str, Tensor]) -> Tensor:
        """Entries; of a family, members."""
        symbol = self.symbols.get(base.name) if isinstance(base, Var) else None
        if symbol is not None and symbol.family and value.dim() == self.rank + 4:
            places = (self.place(index[0], env, value.shape[-3], base, first=True)).unsqueeze(-3)
            return torch.take_along_dim(value, places, dim=-3).squeeze(-3)
        where = [-2 if value.shape[-1] == 1 else -1] if len(index) == 1 else [-2, -1]
        for dim, each in zip(where, index, strict=True):
            if isinstance(each, Colon):
                continue
            if isinstance(each, Idx) and value.shape[self.typer.position[each.axis]] == 1 and (
                each.axis.lo is None or (self.typer.first[each.axis] == 1
                                         and self.typer.length(each.axis) == value.shape[dim])
            ):  # fmt: skip
                value = value.transpose(self.typer.position[each.axis], dim)
                continue
            value = torch.take_along_dim(value, self.place(each, env, value.shape[dim], base), dim=dim)
        return value

    def place(self, index: Node, env: Mapping[str, Tensor], size: int, base: Node, first: bool = False) -> Tensor:
        start = 1
        if first and isinstance(base, Var) and (symbol := self.symbols.get(base.name)) and symbol.family:
            bounds = self.symbols.range(symbol.family[0])
            start = size_value(bounds[0], self.typer.sizes) if bounds else 1
        places = self.ev(index, {}).round().long() - start
        if places.numel() and (int(places.min()) < 0 or int(places.max()) >= size):
            raise Refusal(f"an index of {show(base)} leaves {start}…{size + start - 1}", kind="index")
        return places

    def powers(self, node: Pow, base: Tensor, exponents: Tensor) -> Tensor:
        """A^k for every value of an index k."""
        values = sorted({float(value) for value in exponents.flatten()})
        if any(value != int(value) or abs(value) > 16 for value in values):
            raise Refusal(f"{show(node)}: the power of a matrix wants a whole number up to 16", kind="notation")
        total = torch.zeros((), dtype=torch.float64)
        for value in values:
            root = base if value >= 0 else inverse(base)
            total = total + torch.linalg.matrix_power(root, abs(int(value))) * (exponents == value)
        return total

    def power(self, node: Pow, env: Mapping[str, Tensor]) -> Tensor:
        match node:
            case Pow(Fn("norm" | "norm2" | "normF" as name, (vector, *_)), Num(2 | 4 as even)):
                x = self.ev(vector, env)
                if name == "normF" or 1 in x.shape[-2:]:  # smooth at 0, where the norm itself is not
                    return (x * x).sum((-2, -1), keepdim=True) ** int(even // 2)
        base = self.ev(node.base, env)
        if base.shape[-2:] == (1, 1) or node.elementwise:
            if isinstance(node.exponent, Num) and node.exponent.value == int(node.exponent.value):
                if abs(node.exponent.value) > 1000:
                    raise Refusal(f"the exponent {node.exponent.text} is too large", kind="size")
                return base ** int(node.exponent.value)
            return torch.pow(base, self.ev(node.exponent, env))
        try:
            exponent: float = size_value(node.exponent, self.typer.sizes)
        except (Refusal, KeyError):
            value = self.ev(node.exponent, env)
            if value.numel() != 1:
                return self.powers(node, base, value)
            exponent = float(value)
        if exponent in (0.5, -0.5):
            if not torch.allclose(base, base.transpose(-1, -2), rtol=1e-9, atol=1e-9):
                raise Refusal(f"{show(node)}: the root of a matrix wants it symmetric positive definite; say so",
                              kind="domain")  # fmt: skip
            values, vectors = torch.linalg.eigh(base)
            return torch.matmul(vectors * values.pow(exponent).unsqueeze(-2), vectors.transpose(-1, -2))
        if exponent != int(exponent) or abs(exponent) > 16:
            raise Refusal(f"the power {show(node)} of a matrix is not read", status="unreadable", kind="notation")
        if exponent < 0:
            base, exponent = inverse(base), -exponent
        out = torch.eye(base.shape[-1], dtype=torch.float64) if exponent == 0 else base
        for _ in range(int(exponent) - 1):
            out = torch.matmul(out, base)
        return out.expand_as(base) if exponent == 0 else out

    def apply(self, name: str, args: list[Tensor], env: Mapping[str, Tensor]) -> Tensor:
        symbol = self.symbols.get(name)
        assert symbol is not None
        if symbol.definition is not None:
            return self.ev(symbol.definition, {**env, **dict(zip(symbol.params, args, strict=True))})
        return self.functions[name](args)

    def function(self, node: Node, name: str, args: tuple[Node, ...], env: Mapping[str, Tensor]) -> Tensor:
        values = [self.ev(arg, env) for arg in args]
        x = values[0]
        matrix = x.shape[-2] > 1 and x.shape[-1] > 1
        vector_dim = -1 if x.shape[-2] == 1 else -2
        match name:
            case "exp":
                square = matrix and x.shape[-2] == x.shape[-1]
                return torch.linalg.matrix_exp(x) if square else torch.exp(x)
            case "expentry":
                return torch.exp(x)
            case "factorial":
                if bool((x < 0).any()) or bool((x != x.round()).any()):
                    raise outside(node, "the value of")
                return torch.lgamma(x + 1).exp().round()
            case "abs":
                return self.det(x) if matrix else torch.abs(x)
            case (
                "sigmoid"
                | "sin"
                | "cos"
                | "tan"
                | "sinh"
                | "cosh"
                | "tanh"
                | "arctan"
                | "arcsin"
                | "arccos"
                | "relu"
                | ("sign" | "log" | "sqrt" | "erf" | "logit")
            ):
                return elementwise(name, x)
            case "artanh":
                return torch.atanh(x)
            case "softplus":
                return torch.logaddexp(x, torch.zeros_like(x))
            case "silu":
                return x * torch.sigmoid(x)
            case "sech":
                return 1 / torch.cosh(x)
            case "sec":
                return 1 / torch.cos(x)
            case "csc":
                return 1 / torch.sin(x)
            case "cot":
                return torch.cos(x) / torch.sin(x)
            case "det":
                return self.det(x)
            case "logdet":
                return torch.log(self.det(x))
            case "adj":
                return self.det(x) * inverse(x)
            case "tr":
                self.track(x)
                return torch.diagonal(x, dim1=-2, dim2=-1).sum(-1)[..., None, None]
            case "sym":
                return (x + x.transpose(-1, -2)) / 2
            case "skew":
                return (x - x.transpose(-1, -2)) / 2
            case "diag":
                if matrix:
                    return torch.diagonal(x, dim1=-2, dim2=-1).unsqueeze(-1)
                return torch.diag_embed(x.squeeze(-1) if x.shape[-1] == 1 else x.squeeze(-2))
            case "vec":
                return x.transpose(-1, -2).flatten(-2).unsqueeze(-1)
            case "rowsum":
                return x.sum(-1, keepdim=True)
            case "inner":
                self.track(x * values[1])
                return (x * values[1]).sum((-2, -1), keepdim=True)
            case "norm" | "norm2" if not matrix:
                return torch.sqrt((x * x).sum((-2, -1), keepdim=True))
            case "normF":
                return torch.sqrt((x * x).sum((-2, -1), keepdim=True))
            case "norm1":
                return x.abs().sum((-2, -1), keepdim=True)
            case "norminf":
                return x.abs().amax((-2, -1), keepdim=True)
            case "normp":
                return x.abs().pow(values[1]).sum((-2, -1), keepdim=True).pow(1 / values[1])
            case "norm2":
                return singular_values(x)[..., :1, None]
            case "normnuc":
                return singular_values(x).sum(-1)[..., None, None]
            case "softmax":
                return torch.softmax(x, vector_dim)
            case "logsoftmax":
                return torch.log_softmax(x, vector_dim)
            case "logsumexp":
                return torch.logsumexp(x, vector_dim, keepdim=True)
            case "max" | "min":
                if len(values) == 1:
                    return (x.amax if name == "max" else x.amin)((-2, -1), keepdim=True)
                out = values[0]
                for other in values[1:]:
                    out = (torch.maximum if name == "max" else torch.minimum)(out, other)
                return out
        raise Refusal(f"{name} is not read", status="unreadable", kind="notation")

    def det(self, x: Tensor) -> Tensor:
        self.track(x.detach().norm(dim=-1).prod(-1)[..., None, None])  # Hadamard's bound
        return determinant(x)

    def big(self, node: Big, env: Mapping[str, Tensor]) -> Tensor:
        dim = self.typer.position[node.axis]
        length = self.typer.length(node.axis)
        body = self.ev(node.body, env)
        self.guard(body)
        if body.shape[dim] == 1 and length > 1:
            body = body.expand(*self._spread(body, {dim: length}))
        if node.cond is not None:
            mask = self.ev(node.cond, env) != 0
            neutral = {"sum": 0.0, "prod": 1.0, "max": -math.inf, "min": math.inf}[node.op]
            body = torch.where(mask, body, torch.tensor(neutral, dtype=torch.float64))
        if node.op == "sum":
            self.track(body)
            return body.sum(dim, keepdim=True)
        if node.op == "max":
            return body.amax(dim, keepdim=True)
        if node.op == "min":
            return body.amin(dim, keepdim=True)
        parts = pieces(body, dim)
        out = parts[0]
        matrix = body.shape[-1] > 1
        for part in parts[1:]:
            out = torch.matmul(out, part) if matrix else out * part
        return out

    def gather(self, axes: tuple[Axis, ...], body: Tensor, across: bool) -> Tensor:
        want = {self.typer.position[axis]: self.typer.length(axis) for axis in axes}
        body = body.expand(*self._spread(body, want))
        if len(axes) == 2:
            return body.transpose(self.typer.position[axes[0]], -2).transpose(self.typer.position[axes[1]], -1)
        return body.transpose(self.typer.position[axes[0]], -1 if across else -2)

    def block(self, node: Block, env: Mapping[str, Tensor]) -> Tensor:
        rows = []
        for row in node.rows:
            cells = [self.ev(cell, env) for cell in row]
            lead = common_shape(*(cell.shape[:-2] for cell in cells))
            rows.append(torch.cat([cell.expand(*lead, *cell.shape[-2:]) for cell in cells], -1))
        lead = common_shape(*(row.shape[:-2] for row in rows))
        return torch.cat([row.expand(*lead, *row.shape[-2:]) for row in rows], -2)

    def cases(self, values: tuple[Node, ...], conds: tuple[Node | None, ...], env: Mapping[str, Tensor]) -> Tensor:
        """The first case whose condition holds; a branch that no draw takes is not evaluated."""
        taken = torch.zeros((1,) * (self.rank + 3), dtype=torch.bool)
        out: Tensor | None = None
        for value, cond in zip(values, conds, strict=True):
            mask = torch.ones_like(taken) if cond is None else self.ev(cond, env).detach() != 0
            here = mask & ~taken
            if cond is not None and out is not None and bool((mask & taken).any()):
                apart = (self.ev(value, env) - out).abs() > 1e-9 * (1 + out.abs())
                if bool((apart & mask & taken).any()):
                    raise Refusal(f"two cases hold at once with different values: {show(cond)}", kind="cases")
            if bool(here.any()):
                got = self.ev(value, env)
                out = (
                    got
                    if out is None and bool(here.all())
                    else torch.where(here, got, torch.full((), math.nan, dtype=torch.float64) if out is None else out)
                )
            taken = taken | mask
        if self.partial and not bool(taken.all()):
            blank = torch.full((), math.nan, dtype=torch.float64)
            return blank.expand_as(taken) if out is None else torch.where(taken, out, blank)
        if out is None or not bool(taken.all()):
            raise Refusal("no case holds on some draw; add “otherwise”", kind="domain")
        return out

    # -- derivatives ---------------------------------------------------------------------------------------------

    def derivative(self, node: Deriv, env: Mapping[str, Tensor]) -> Tensor:
        return derive.derivative(self, node, env)

    def differential(self, node: Differential, env: Mapping[str, Tensor]) -> Tensor:
        return derive.differential(self, node, env)


# Derivatives need the evaluator and it needs them; `random_function` is a type only.
from proofread.derivations import derive, random_function  # noqa: E402
