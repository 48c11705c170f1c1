"""Values of a formula to 60 digits, for claims that float64 cannot tell from false ones: 1 + 10⁻¹² = 1, tanh 20 = 1.

A plain interpreter of the parts that such claims are made of, on one draw and one choice of indices; what it does not
know (derivatives, arbitrary functions, decompositions) raises `Unknown`. Numbers are those written, not their floats.
Arithmetic is mpmath's, which torch brings along.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mpmath
from torch import Tensor

from proofread.derivations.infer import Typer
from proofread.derivations.nodes import (
    Add,
    At,
    Axis,
    Big,
    Block,
    Cases,
    Compare,
    Delta,
    Div,
    Entry,
    Fn,
    Idx,
    Infix,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    T,
    Unit,
    Var,
)  # fmt: skip
from proofread.derivations.symbols import free_axes

DIGITS = 60
#: Of the largest value met: a gap larger than this is none of rounding.
ROUNDING = 1e-50
#: Values of free indices, at most, steps of the interpreter, and rows of a matrix that is inverted.
PLACES, STEPS, ROWS = 16, 5_000, 8
Matrix = list[list[Any]]
CONSTANTS = {"π": mpmath.mp.pi, "e": mpmath.mp.e}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "sinh": mpmath.sinh, "cosh": mpmath.cosh,
    "tanh": mpmath.tanh, "arctan": mpmath.atan, "arcsin": mpmath.asin, "arccos": mpmath.acos, "artanh": mpmath.atanh,
    "log": mpmath.log, "sqrt": mpmath.sqrt, "erf": mpmath.erf, "sech": mpmath.sech, "sec": mpmath.sec,
    "csc": mpmath.csc, "cot": mpmath.cot, "abs": abs, "sign": mpmath.sign, "relu": lambda x: max(x, mpmath.mpf(0)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)), "softplus": lambda x: mpmath.log(1 + mpmath.exp(x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)), "logit": lambda x: mpmath.log(x / (1 - x)),
    "factorial": mpmath.factorial, "exp": mpmath.exp, "expentry": mpmath.exp,
}  # fmt: skip


class Unknown(Exception):
    """A part that is not evaluated here."""


def gap(left: Node, right: Node, typer: Typer, values: Mapping[str, Tensor], draw: int) -> float:
    """The largest gap between two sides on a draw, of the largest value met; 0 where it is but rounding.

    Raises:
        Unknown: a side holds what is not evaluated here, or has no value.
    """
    with mpmath.workdps(DIGITS):
        axes = sorted(free_axes(left, typer.symbols) | free_axes(right, typer.symbols), key=lambda axis: axis.name)
        if not all(axis in typer.lengths for axis in axes):
            raise Unknown
        ranges = [range(typer.first[axis], typer.first[axis] + typer.length(axis)) for axis in axes]
        worst = 0.0
        for place in itertools.islice(itertools.product(*ranges), PLACES):
            interpreter = Interpreter(typer, values, draw)
            at = dict(zip(axes, place, strict=True))
            try:
                one, other = interpreter.ev(left, {}, at), interpreter.ev(right, {}, at)
            except (ArithmeticError, ValueError, TypeError):
                raise Unknown from None
            if (len(one), len(one[0])) != (len(other), len(other[0])):
                raise Unknown
            far = max(abs(a - b) for row, also in zip(one, other, strict=True) for a, b in zip(row, also, strict=True))
            worst = max(worst, float(far / interpreter.largest) if far > ROUNDING * interpreter.largest else 0.0)
        return worst


class Interpreter:
    """Evaluates nodes that a `Typer` has typed, as lists of rows."""

    def __init__(self, typer: Typer, values: Mapping[str, Tensor], draw: int) -> None:
        self.typer, self.values, self.draw = typer, values, draw
        self.largest = mpmath.mpf(10) ** -300
        self.steps = 0

    def ev(self, node: Node, env: Mapping[str, Matrix], at: Mapping[Axis, int]) -> Matrix:
        """The value of a node, with some names and indices bound."""
        self.steps += 1
        if self.steps > STEPS:
            raise Unknown
        found = self._ev(node, env, at)
        self.steps += len(found) * len(found[0])
        for value in itertools.chain.from_iterable(found):
            if not isinstance(value, mpmath.mpf) or not mpmath.isfinite(value):
                raise Unknown
            self.largest = max(self.largest, abs(value))
        return found

    def _ev(self, node: Node, env: Mapping[str, Matrix], at: Mapping[Axis, int]) -> Matrix:
        match node:
            case Num(value, text):
                rows, cols = self.typer.of(node) if id(node) in self.typer.types else (1, 1)
                number = +CONSTANTS[text] if text in CONSTANTS else mpmath.mpf(text)
                if abs(number - value) > 1e-12 * abs(value) or (number and (rows, cols) != (1, 1)):
                    raise Unknown
                return [[number] * cols for _ in range(rows)]
            case Size(name):
                return one(self.typer.sizes[name])
            case Idx(axis) if axis in at:
                return one(at[axis])
            case Var(name):
                return self.name(name, env)
            case Unit(which) if which in "I10":
                rows, cols = self.typer.of(node)
                return [[mpmath.mpf(which == "1" or (which == "I" and i == j)) for j in range(cols)]
                        for i in range(rows)]  # fmt: skip
            case Delta(left, right):
                return one(self.number(left, env, at) == self.number(right, env, at))
            case Entry(base, index):
                return self.entry(self.ev(base, env, at), index, env, at)
            case Add(signs, terms):
                values = [self.ev(term, env, at) for term in terms]
                return each(lambda *parts: sum((s * part for s, part in zip(signs, parts, strict=True)),
                                               mpmath.mpf(0)), *values)  # fmt: skip
            case Mul(factors):
                return self.product(node, [self.ev(factor, env, at) for factor in factors])
            case Infix(op, left, right) if op in "∘⊘":
                return each(lambda a, b: a * b if op == "∘" else a / b, self.ev(left, env, at), self.ev(right, env, at))
            case Div(top, bottom):
                below = self.number(bottom, env, at)
                return each(lambda a: a / below, self.ev(top, env, at))
            case Pow(base, exponent):
                return self.power(self.ev(base, env, at), self.number(exponent, env, at), node.elementwise)
            case T(body):
                return transposed(self.ev(body, env, at))
            case Fn(name, args):
                return self.function(name, [self.ev(arg, env, at) for arg in args])
            case At(body, names, values_of):
                bound = {name: self.ev(value, env, at) for name, value in zip(names, values_of, strict=True)}
                return self.ev(body, {**env, **bound}, at)
            case Big(op, axis, body, cond):
                return self.big(op, axis, body, cond, env, at)
            case Block(rows_of):
                if any(self.typer.of(cell) != (1, 1) for row in rows_of for cell in row):
                    raise Unknown
                return [[self.number(cell, env, at) for cell in row] for row in rows_of]
            case Cases(branches, conds):
                for branch, condition in zip(branches, conds, strict=True):
                    if condition is None or self.number(condition, env, at):
                        return self.ev(branch, env, at)
            case Compare(op, left, right):
                a, b = self.number(left, env, at), self.number(right, env, at)
                known = {"=": a == b, "≠": a != b, "<": a < b, ">": a > b, "≤": a <= b, "≥": a >= b}
                if op in known:
                    return one(known[op])
        raise Unknown

    def number(self, node: Node, env: Mapping[str, Matrix], at: Mapping[Axis, int]) -> Any:
        """The value of a scalar."""
        found = self.ev(node, env, at)
        if (len(found), len(found[0])) != (1, 1):
            raise Unknown
        return found[0][0]

    def name(self, name: str, env: Mapping[str, Matrix]) -> Matrix:
        if name in env:
            return env[name]
        if name in self.values:
            value = self.values[name]
            if value.dim() != 3:  # a family
                raise Unknown
            return [[mpmath.mpf(number) for number in row] for row in value[self.draw].tolist()]
        symbol = self.typer.symbols.get(name)
        if symbol is None or symbol.definition is None or symbol.params or symbol.family:
            raise Unknown
        return self.ev(symbol.definition, env, {})

    def entry(self, value: Matrix, index: tuple[Node, ...], env: Mapping[str, Matrix], at: Mapping[Axis, int]
              ) -> Matrix:  # fmt: skip
        places = [int(self.number(part, env, at)) - 1 for part in index]
        if len(places) == 1:
            value = transposed(value) if len(value) == 1 else value
            places.append(0)
            if len(value[0]) > 1:
                raise Unknown
        if not (0 <= places[0] < len(value) and 0 <= places[1] < len(value[0])):
            raise Unknown
        return [[value[places[0]][places[1]]]]

    def product(self, node: Mul, live: list[Matrix]) -> Matrix:
        for step, first, second in self.typer.plans[id(node)]:
            a, b = live[first], live[second]
            if step == "@":
                live.append(matmul(a, b))
            elif step == ".":
                live.append([[mpmath.fsum(x[0] * y[0] for x, y in zip(a, b, strict=True))]])
            elif 1 == len(a) == len(a[0]):
                live.append(each(lambda x, scale=a[0][0]: scale * x, b))
            else:
                live.append(each(lambda x, scale=b[0][0]: scale * x, a) if 1 == len(b) == len(b[0])
                            else each(lambda x, y: x * y, a, b))  # fmt: skip
        return live[-1]

    def power(self, base: Matrix, exponent: Any, elementwise: bool) -> Matrix:
        if elementwise or 1 == len(base) == len(base[0]):
            return each(lambda x: mpmath.power(x, exponent), base)
        if exponent != int(exponent) or abs(exponent) > 16 or len(base) > ROWS:
            raise Unknown
        if exponent < 0:
            base = mpmath.inverse(mpmath.matrix(base)).tolist()
        out = [[mpmath.mpf(i == j) for j in range(len(base))] for i in range(len(base))]
        for _ in range(abs(int(exponent))):
            out = matmul(out, base)
        return out

    def function(self, name: str, values: list[Matrix]) -> Matrix:
        value = values[0]
        scalar = 1 == len(value) == len(value[0])
        flat = list(itertools.chain.from_iterable(value))
        if name in FUNCTIONS and (scalar or name not in ("abs", "exp")):
            return each(FUNCTIONS[name], value)
        if name in ("det", "abs", "logdet") and len(value) == len(value[0]) <= ROWS:
            found = mpmath.det(mpmath.matrix(value))
            return [[mpmath.log(found) if name == "logdet" else found]]
        match name:
            case "tr":
                return [[mpmath.fsum(value[k][k] for k in range(len(value)))]]
            case "inner":
                other = itertools.chain.from_iterable(values[1])
                return [[mpmath.fsum(a * b for a, b in zip(flat, other, strict=True))]]
            case "norm" | "norm2" | "normF" if name == "normF" or 1 in (len(value), len(value[0])):
                return [[mpmath.sqrt(mpmath.fsum(x * x for x in flat))]]
            case "norm1":
                return [[mpmath.fsum(map(abs, flat))]]
            case "norminf":
                return [[max(map(abs, flat))]]
            case "logsumexp":
                return [[mpmath.log(mpmath.fsum(map(mpmath.exp, flat)))]]
            case "softmax" if 1 in (len(value), len(value[0])):
                total = mpmath.fsum(map(mpmath.exp, flat))
                return each(lambda x: mpmath.exp(x) / total, value)
            case "max" | "min":
                return [[(max if name == "max" else min)(itertools.chain(*itertools.chain(*values)))]]
        raise Unknown

    def big(self, op: str, axis: Axis, body: Node, cond: Node | None, env: Mapping[str, Matrix],
            at: Mapping[Axis, int]) -> Matrix:  # fmt: skip
        def terms() -> Iterator[Matrix]:
            first = self.typer.first[axis]
            for k in range(first, first + self.typer.length(axis)):
                inside = {**at, axis: k}
                if cond is None or self.number(cond, env, inside):
                    yield self.ev(body, env, inside)

        found = list(terms())
        if not found or (op != "sum" and len(found[0]) * len(found[0][0]) > 1):
            raise Unknown
        if op == "sum":
            return each(lambda *parts: mpmath.fsum(parts), *found)
        numbers = [term[0][0] for term in found]
        return [[mpmath.fprod(numbers) if op == "prod" else (max if op == "max" else min)(numbers)]]


def one(value: float) -> Matrix:
    """A scalar."""
    return [[mpmath.mpf(value)]]


def each(function: Callable[..., Any], *values: Matrix) -> Matrix:
    """A function of the entries at the same places."""
    return [[function(*cells) for cells in zip(*rows, strict=True)] for rows in zip(*values, strict=True)]


def transposed(value: Matrix) -> Matrix:
    return [list(row) for row in zip(*value, strict=True)]


def matmul(a: Matrix, b: Matrix) -> Matrix:
    columns = transposed(b)
    return [[mpmath.fsum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a]


__all__ = ["Unknown", "gap"]
