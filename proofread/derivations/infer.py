"""Shapes of every part of a formula for one choice of sizes: strict, no broadcasting.

A shape is (rows, columns), a scalar (1, 1). What leaves its size to the context (`I`, `1`, `e_i`, an index without
bounds) gets an unknown `Dim`, settled by unification; what stays unknown is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proofread.derivations.calls import ELEMENTWISE
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Add,
    Apply,
    At,
    Axis,
    Big,
    Block,
    Cases,
    Choice,
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
    walk,
)  # fmt: skip
from proofread.derivations.symbols import Shape, Symbol, Symbols

MAX_RANGE = 2000


class Dim:
    """A size not known yet."""

    __slots__ = ("ref",)

    def __init__(self) -> None:
        self.ref: int | Dim | None = None


Extent = int | Dim
Type = tuple[Extent, Extent]
SCALAR: Type = (1, 1)


def find(dim: Extent) -> Extent:
    """The known size, or the unknown that stands for it."""
    while isinstance(dim, Dim) and dim.ref is not None:
        dim = dim.ref
    return dim


def unify(a: Extent, b: Extent) -> bool:
    """Make two sizes equal if they can be."""
    a, b = find(a), find(b)
    if a is b or a == b:
        return True
    if isinstance(a, Dim):
        a.ref = b
        return True
    if isinstance(b, Dim):
        b.ref = a
        return True
    return False


def could(a: Extent, b: Extent) -> bool:
    """Whether two sizes may be equal."""
    a, b = find(a), find(b)
    return isinstance(a, Dim) or isinstance(b, Dim) or a == b


def is_scalar(shape: Type) -> bool:
    return find(shape[0]) == 1 and find(shape[1]) == 1


def size_value(node: Node, sizes: Mapping[str, int]) -> int:
    """An integer expression in sizes; raises `Refusal`."""
    match node:
        case Num(value):
            if value == int(value):
                return int(value)
        case Size(name):
            return sizes[name]
        case Add(signs, terms):
            return sum(sign * size_value(term, sizes) for sign, term in zip(signs, terms, strict=True))
        case Mul(factors):
            out = 1
            for factor in factors:
                out *= size_value(factor, sizes)
            return out
        case Pow(base, exponent):
            power = size_value(exponent, sizes)
            if 0 <= power <= 8:
                return int(size_value(base, sizes) ** power)
        case Div(top, bottom):
            value, rest = divmod(size_value(top, sizes), size_value(bottom, sizes) or 1)
            if rest == 0:
                return value
    raise Refusal(f"{show(node)} is not a size or a bound: bounds are integers made of sizes", kind="size")


@dataclass
class Typer:
    """Shapes and products' groupings of all nodes of a claim, for one choice of sizes."""

    symbols: Symbols
    sizes: Mapping[str, int]
    types: dict[int, Type] = field(default_factory=dict)
    plans: dict[int, list[tuple[str, int, int]]] = field(default_factory=dict)
    lengths: dict[Axis, Extent] = field(default_factory=dict)
    first: dict[Axis, int] = field(default_factory=dict)
    position: dict[Axis, int] = field(default_factory=dict)
    """Dimension of each index in every value's tensor (the draws are dimension 0)."""
    deltas: list[tuple[Node, Node]] = field(default_factory=list)
    """Indices that are compared, by a Kronecker delta or a condition."""
    dims: list[tuple[Dim, Node]] = field(default_factory=list)
    sums: list[tuple[Dim, list[Extent]]] = field(default_factory=list)
    products: list[tuple[Dim, Extent, Extent]] = field(default_factory=list)
    keep: list[Node] = field(default_factory=list)
    memo: dict[str, Type] = field(default_factory=dict)
    active: set[str] = field(default_factory=set)

    # -- words ---------------------------------------------------------------------------------------------------

    def word(self, dim: Extent) -> str:
        dim = find(dim)
        if isinstance(dim, Dim):
            return "?"
        for name, value in self.sizes.items():
            if value == dim and dim > 1 and not name.startswith("#"):
                return name
        return str(dim)

    def words(self, shape: Type) -> str:
        if is_scalar(shape):
            return "a scalar"
        return f"{self.word(shape[0])}×{self.word(shape[1])}"

    def fail(self, message: str) -> Refusal:
        return Refusal(message, kind="shape")

    # -- axes ----------------------------------------------------------------------------------------------------

    def axis(self, axis: Axis) -> Extent:
        """The number of values of an index; registers it."""
        if axis not in self.lengths:
            self.position[axis] = len(self.position) + 1
            if axis.lo is not None and axis.hi is not None:
                lo, hi = size_value(axis.lo, self.sizes), size_value(axis.hi, self.sizes)
                if hi - lo + 1 > MAX_RANGE:
                    raise Refusal(f"the index {axis.name} has {hi - lo + 1} values; at most {MAX_RANGE} are tried",
                                  kind="size")  # fmt: skip
                if hi < lo:
                    raise Refusal(f"the index {axis.name} runs from {lo} to {hi}", kind="index")
                self.lengths[axis], self.first[axis] = hi - lo + 1, lo
            else:
                self.lengths[axis], self.first[axis] = Dim(), 1
        return self.lengths[axis]

    def own(self, axis: Axis, length: int) -> None:
        """Register an axis of the evaluator's own."""
        if axis not in self.lengths:
            self.position[axis] = len(self.position) + 1
        self.lengths[axis], self.first[axis] = length, 1

    def index(self, node: Node, extent: Extent, base: Node) -> None:
        """An index into a dimension: without bounds it runs over the whole of it."""
        if isinstance(node, Idx) and (node.axis.lo is None or node.axis.hi is None):
            length = self.axis(node.axis)
            if not unify(length, extent):
                raise self.fail(
                    f"the index {node.axis.name} has {self.word(length)} values elsewhere, but {show(base)} has "
                    f"{self.word(extent)} entries along it"
                )
            self.types[id(node)] = SCALAR
        elif not isinstance(node, Colon) and not is_scalar(self.type(node, {})):
            raise self.fail(f"{show(node)} is not an index")

    # -- shapes --------------------------------------------------------------------------------------------------

    def shape(self, shape: Shape) -> tuple[int, int]:
        """The rows and columns of a declared shape."""
        if shape.rows is None or shape.cols is None:
            return 1, 1
        rows, cols = size_value(shape.rows, self.sizes), size_value(shape.cols, self.sizes)
        if rows < 1 or cols < 1:
            raise Refusal(f"a size is {min(rows, cols)} for {dict(self.sizes)}", kind="size")
        return rows, cols

    def family_size(self, symbol: Symbol, letter: str) -> int:
        """The number of members of a family."""
        bounds = self.symbols.range(letter)
        if bounds is None:
            return self.sizes[f"#{symbol.name}{letter}"]
        return size_value(bounds[1], self.sizes) - size_value(bounds[0], self.sizes) + 1

    def type(self, node: Node, env: Mapping[str, Type]) -> Type:
        """The shape of a node; raises `Refusal` of kind `shape` where parts do not fit."""
        shape = self._type(node, env)
        self.types[id(node)] = shape
        self.keep.append(node)
        return shape

    def fresh(self, node: Node) -> Dim:
        dim = Dim()
        self.dims.append((dim, node))
        return dim

    def var(self, name: str, env: Mapping[str, Type]) -> Type:
        if name in env:
            return env[name]
        if name.startswith("d·"):
            return self.var(name[2:], {})
        symbol = self.symbols.get(name)
        if symbol is None:
            raise Refusal(f"{name} is not declared", kind="undeclared")
        if symbol.definition is None:
            return self.shape(symbol.shape)
        if name not in self.memo:
            if name in self.active:
                raise Refusal(f"{name} is defined by itself", kind="definition")
            self.active.add(name)
            self.memo[name] = self.type(symbol.definition, {})
            self.active.discard(name)
        return self.memo[name]

    def same(self, shape: Type, other: Type, what: str) -> None:
        if not (unify(shape[0], other[0]) and unify(shape[1], other[1])):
            hint = ""
            if is_scalar(shape) != is_scalar(other):
                hint = "; a number is not added to an array (write \\mathbf{1} or I)"
            raise self.fail(f"{what}: {self.words(shape)} and {self.words(other)}{hint}")

    def alike(self, nodes: tuple[Node, ...], env: Mapping[str, Type], what: str) -> Type:
        """The common shape of some nodes; a bare 0 fits any."""
        shape: Type | None = None
        for node in nodes:
            if isinstance(node, Num) and node.value == 0 and len(nodes) > 1:
                continue
            here = self.type(node, env)
            if shape is not None:
                self.same(shape, here, what)
            shape = shape or here
        shape = shape or SCALAR
        for node in nodes:
            if isinstance(node, Num) and node.value == 0:
                self.types[id(node)] = shape
                self.keep.append(node)
        return shape

    def _type(self, node: Node, env: Mapping[str, Type]) -> Type:
        match node:
            case Num() | Size():
                return SCALAR
            case Idx(axis):
                self.axis(axis)
                return SCALAR
            case Var(name):
                return self.var(name, env)
            case Entry():
                return self.entry(node, env)
            case Unit():
                return self.unit(node, env)
            case Delta(left, right):
                for side in (left, right):
                    self.type(side, env)
                self.deltas.append((left, right))
                return SCALAR
            case Add(_, terms):
                what = f"the terms of {show(node)} have different shapes"
                ones = [each for each in terms if isinstance(each, Num) and each.value == 1]
                rest = tuple(each for each in terms if each not in ones)
                if not ones or not rest:
                    return self.alike(terms, env, what)
                shape = self.alike(rest, env, what)
                if not is_scalar(shape) and not self.entrywise(rest, shape):
                    self.same(shape, SCALAR, what)
                for one in ones:
                    self.types[id(one)] = shape
                    self.keep.append(one)
                return shape
            case Mul():
                return self.product(node, env)
            case Infix(op, left, right):
                a, b = self.type(left, env), self.type(right, env)
                if op != "⊗":
                    if is_scalar(a) != is_scalar(b):
                        raise self.fail(f"{show(node)}: an elementwise product of {self.words(a)} and {self.words(b)}")
                    self.same(a, b, f"{show(node)}: an elementwise product wants equal shapes")
                    return a
                return self.times(a[0], b[0]), self.times(a[1], b[1])
            case Div(top, bottom):
                a, b = self.type(top, env), self.type(bottom, env)
                if not is_scalar(b):
                    raise self.fail(f"{show(bottom)} is {self.words(b)}; one divides by scalars only (write ⊘)")
                return a
            case Pow():
                return self.power(node, env)
            case T(body):
                a = self.type(body, env)
                if is_scalar(a) and (isinstance(body, (Var, Entry, Apply)) or self.only_numbers(body)):
                    raise self.fail(f"{show(body)} is a scalar and is not transposed")
                return a[1], a[0]
            case Fn():
                return self.function(node, env)
            case Apply(name, args):
                return self.apply(node, name, args, env)
            case At(body, names, values):
                inner = dict(env)
                for name, value in zip(names, values, strict=True):
                    shape = self.type(value, env)
                    symbol = self.symbols.get(name)
                    if isinstance(value, Num) and value.value == 0 and symbol is not None:
                        shape = self.var(name, env)
                        self.types[id(value)] = shape
                    elif symbol is not None and symbol.kind == "array":
                        self.same(self.var(name, env), shape, f"{name} and the value put in its place")
                    inner[name] = shape
                return self.type(body, inner)
            case Map(name, body, arg, axes):
                shape = self.type(arg, env)
                if not is_scalar(shape):
                    rows, cols = self.known(shape, arg)
                    self.own(axes[0], rows)
                    self.own(axes[1], cols)
                if not is_scalar(self.type(body, {**env, name: SCALAR})):
                    raise self.fail(f"{show(body)} is not a number when {name} is one")
                return shape
            case Deriv():
                return self.derivative(node, env)
            case Differential(body, _, axis):
                shape = self.type(body, env)
                if not is_scalar(shape):
                    rows, cols = self.known(shape, body)
                    self.own(axis, rows * cols)
                return shape
            case Big(op, axis, body, cond):
                self.axis(axis)
                shape = self.type(body, env)
                if cond is not None:
                    self.type(cond, env)
                if op == "prod" and not is_scalar(shape):
                    self.same(shape, (shape[1], shape[0]), "a product over an index wants square factors")
                if op in ("max", "min") and not is_scalar(shape):
                    raise self.fail(f"the {op} over {axis.name} wants scalars, not {self.words(shape)}")
                return shape
            case Gather():
                return self.gather(node, env)
            case Block():
                return self.block(node, env)
            case Cases(values, conds):
                shape = self.alike(values, env, "the cases have different shapes")
                for cond in conds:
                    if cond is not None:
                        self.type(cond, env)
                return shape
            case Compare(op, left, right):
                a, b = self.type(left, env), self.type(right, env)
                if op != "and" and not (is_scalar(a) and is_scalar(b)):
                    raise self.fail(f"the condition {show(node)} compares arrays")
                self.deltas.append((left, right))  # what is compared runs over the same range, if nothing else says
                return SCALAR
            case Choice(_, why):
                raise Refusal(f"two readings: {show(node)} ({why})", node.start, node.end, status="unreadable",
                              kind="ambiguous")  # fmt: skip
        raise TypeError(type(node).__name__)

    def only_numbers(self, node: Node) -> bool:
        """Whether no array stands anywhere in a node that has been typed."""
        return all(is_scalar(self.types[id(each)]) for each in walk(node) if id(each) in self.types)

    def entrywise(self, terms: tuple[Node, ...], shape: Type) -> bool:
        """Whether a 1 beside these terms can only be one for every entry: 1 - a of a vector, 1 - A ⊙ A; but 1 - A of a
        square matrix may be I - A."""
        made = (Infix, Fn, Pow)
        return 1 in (find(shape[0]), find(shape[1])) or any(
            isinstance(each, made) and ((isinstance(each, Infix) and each.op != "⊗") or (isinstance(each, Pow)
                                        and each.elementwise) or (isinstance(each, Fn) and each.name in ELEMENTWISE
                                        and each.name != "exp")) for each in terms)  # fmt: skip

    def known(self, shape: Type, node: Node) -> tuple[int, int]:
        """Sizes that must be known already."""
        rows, cols = find(shape[0]), find(shape[1])
        if isinstance(rows, Dim) or isinstance(cols, Dim):
            raise Refusal(f"the size of {show(node)} is not known here; write it, as in I_n", kind="size")
        return rows, cols

    def entry(self, node: Entry, env: Mapping[str, Type]) -> Type:
        base, index = node.base, node.index
        symbol = self.symbols.get(base.name) if isinstance(base, Var) and base.name not in env else None
        if isinstance(base, Var) and base.name in env and (found := self.symbols.get(base.name)) and found.family:
            symbol = found
        shape = self.type(base, env)
        if symbol is not None and symbol.family:
            for each, letter in zip(index, symbol.family, strict=False):
                self.index(each, self.family_size(symbol, letter), base)
                if not isinstance(each, Idx):
                    self.type(each, env)
            return shape
        rows, cols = find(shape[0]), find(shape[1])
        if is_scalar(shape):
            raise self.fail(f"{show(base)} is a scalar and has no entries")
        if len(index) == 1:
            if rows == 1 or cols == 1:
                self.index(index[0], cols if rows == 1 else rows, base)
                if isinstance(index[0], Colon):
                    return shape
                return SCALAR
            raise self.fail(f"{show(base)} is {self.words(shape)}: {show(node)} wants two indices")
        if len(index) != 2:
            raise self.fail(f"{show(node)} has {len(index)} indices")
        if (rows == 1 or cols == 1) and not any(isinstance(each, (Colon, Num)) for each in index):
            raise self.fail(f"{show(base)} is {self.words(shape)}: {show(node)} has too many indices")
        self.index(index[0], rows, base)
        self.index(index[1], cols, base)
        return (rows if isinstance(index[0], Colon) else 1), (cols if isinstance(index[1], Colon) else 1)

    def unit(self, node: Unit, env: Mapping[str, Type]) -> Type:
        size: Extent = size_value(node.size, self.sizes) if node.size is not None else self.fresh(node)
        match node.which:
            case "I":
                return size, size
            case "1":
                return size, 1
            case "0":
                return (size, 1) if node.size is not None else (size, self.fresh(node))
        assert node.index is not None
        self.index(node.index, size, node)
        if isinstance(node.index, Idx):
            self.type(node.index, env)
        return size, 1

    def product(self, node: Mul, env: Mapping[str, Type]) -> Type:
        shapes = [self.type(factor, env) for factor in node.factors]
        marks = node.dots or (False,) * len(shapes)
        for order in ("left", "inner"):
            plan = self.grouping(shapes, marks, order)
            if plan is not None:
                steps, shape = plan
                self.plans[id(node)] = steps
                return shape
        parts = ", ".join(
            f"{show(factor)} is {self.words(shape)}" for factor, shape in zip(node.factors, shapes, strict=True)
        )
        raise self.fail(f"the product {show(node)} does not fit: {parts}")

    def grouping(self, shapes: list[Type], marks: tuple[bool, ...], order: str
                 ) -> tuple[list[tuple[str, int, int]], Type] | None:  # fmt: skip
        """Steps (operation, left, right) over a growing list of values, or None if the shapes do not fit."""
        live = list(range(len(shapes)))
        shapes = list(shapes)
        steps: list[tuple[str, int, int]] = []

        def join(k: int) -> bool:
            left, right = live[k], live[k + 1]
            a, b = shapes[left], shapes[right]
            if is_scalar(a) or is_scalar(b):
                step, shape = "*", b if is_scalar(a) else a
            elif could(a[1], b[0]):
                unify(a[1], b[0])
                step, shape = "@", (a[0], b[1])
            elif right < len(marks) and marks[right] and find(a[1]) == 1 == find(b[1]) and could(a[0], b[0]):
                unify(a[0], b[0])
                step, shape = ".", SCALAR
            else:
                return False
            steps.append((step, left, right))
            shapes.append(shape)
            live[k : k + 2] = [len(shapes) - 1]
            return True

        if order == "inner":  # A (xᵀy): inner products first
            k = 0
            while k + 1 < len(live):
                a, b = shapes[live[k]], shapes[live[k + 1]]
                row_column = find(a[0]) == 1 and find(b[1]) == 1 and not is_scalar(a) and not is_scalar(b)
                if row_column and could(a[1], b[0]) and join(k):
                    continue
                k += 1
        while len(live) > 1:
            if not join(0):
                return None
        return steps, shapes[live[0]]

    def power(self, node: Pow, env: Mapping[str, Type]) -> Type:
        shape = self.type(node.base, env)
        if not is_scalar(self.type(node.exponent, env)):
            raise self.fail(f"the exponent {show(node.exponent)} is not a scalar")
        if is_scalar(shape) or node.elementwise:
            return shape
        if not could(shape[0], shape[1]):
            what = "⊘ or ^{\\circ k}" if 1 in (find(shape[0]), find(shape[1])) else "a square matrix"
            raise self.fail(
                f"{show(node.base)} is {self.words(shape)}: a power wants a scalar or a square matrix ({what})"
            )
        unify(shape[0], shape[1])
        return shape

    def function(self, node: Fn, env: Mapping[str, Type]) -> Type:
        name = node.name
        if name in ("max", "min") and len(node.args) > 1:
            shapes = [self.type(arg, env) for arg in node.args]
            array = next((shape for shape in shapes if not is_scalar(shape)), SCALAR)
            for arg, shape in zip(node.args, shapes, strict=True):
                if is_scalar(shape) and not is_scalar(array) and isinstance(arg, Num):
                    continue
                self.same(array, shape, f"the arguments of {name}")
            return array
        shapes = [self.type(arg, env) for arg in node.args]
        if name == "inner":
            self.same(shapes[0], shapes[1], f"the two sides of {show(node)}")
            return SCALAR
        if len(node.args) != (2 if name == "normp" else 1):
            raise self.fail(f"{name} takes one argument, not {len(node.args)}")
        shape = shapes[0]
        rows, cols = find(shape[0]), find(shape[1])
        vector = rows == 1 or cols == 1
        square = could(rows, cols)
        if name == "abs":
            if is_scalar(shape):
                return SCALAR
            if vector or not square:
                raise Refusal(f"{show(node)}: bars around {self.words(shape)} may be a norm or entrywise: write \\|",
                              status="unreadable", kind="ambiguous")  # fmt: skip
            unify(rows, cols)
            return SCALAR
        if name in ("det", "tr", "logdet", "sym", "skew", "adj"):
            if is_scalar(shape) and name in ("det", "tr"):
                return SCALAR
            if not square or vector:
                raise self.fail(f"{name} wants a square matrix; {show(node.args[0])} is {self.words(shape)}")
            unify(rows, cols)
            return SCALAR if name in ("det", "tr", "logdet") else shape
        if name == "exp" or name == "log":
            if not vector and square:
                unify(rows, cols)
                if name == "log":
                    raise Refusal(f"{show(node)}: the log of a matrix may be entrywise or not", status="unreadable",
                                  kind="ambiguous")  # fmt: skip
            return shape
        if name in ELEMENTWISE:
            if name == "sqrt" and not vector:
                raise Refusal(f"{show(node)}: the root of a matrix may be entrywise or not; write ^{{1/2}}",
                              status="unreadable", kind="ambiguous")  # fmt: skip
            return shape
        if name in ("softmax", "logsumexp", "logsoftmax"):
            if not vector:
                raise Refusal(f"{show(node)}: {name} of a matrix may go along its rows or along its columns; write its "
                              r"entries, e^{s_{ij}} over \sum_k e^{s_{ik}} or over \sum_k e^{s_{kj}}",
                              status="unreadable", kind="ambiguous")  # fmt: skip
            if is_scalar(shape):
                raise self.fail(f"{name} wants a vector; {show(node.args[0])} is {self.words(shape)}")
            return SCALAR if name == "logsumexp" else shape
        if name in ("max", "min"):
            if not vector:
                raise self.fail(f"{name} wants a vector or several numbers")
            return SCALAR
        if name == "factorial":
            if not is_scalar(shape):
                raise self.fail(f"the factorial of {self.words(shape)}")
            return SCALAR
        if name == "expentry":
            return shape
        if name == "diag":
            if is_scalar(shape):
                raise self.fail("diag of a scalar")
            if vector:
                size = cols if rows == 1 else rows
                return size, size
            if not square:
                raise self.fail(f"diag wants a vector or a square matrix, not {self.words(shape)}")
            unify(rows, cols)
            return rows, 1
        if name == "vec":
            if isinstance(rows, Dim) or isinstance(cols, Dim):
                raise Refusal(f"the size of {show(node.args[0])} is not known", kind="size")
            return rows * cols, 1
        if name == "rowsum":
            return rows, 1
        if name in ("norm", "norm1", "norm2", "norminf", "normp", "normF", "normnuc"):
            if name == "normp" and not is_scalar(shapes[1]):
                raise self.fail("the p of a norm is a scalar")
            if not vector and name in ("norm", "norm1", "norminf", "normp"):
                raise Refusal(f"{show(node)}: which norm of a matrix? write _F or _2", status="unreadable",
                              kind="ambiguous")  # fmt: skip
            return SCALAR
        raise Refusal(f"{name} is not read", status="unreadable", kind="notation")

    def apply(self, node: Apply, name: str, args: tuple[Node, ...], env: Mapping[str, Type]) -> Type:
        symbol = self.symbols.get(name)
        if symbol is None:
            raise Refusal(f"{name} is not declared", kind="undeclared")
        shapes = [self.type(arg, env) for arg in args]
        if symbol.domain:
            if len(shapes) != len(symbol.domain):
                raise self.fail(f"{name} takes {len(symbol.domain)} arguments")
            for arg, shape, wanted in zip(args, shapes, symbol.domain, strict=True):
                self.same(self.shape(wanted), shape, f"{name} wants another shape than {show(arg)} has")
            return self.shape(symbol.shape)
        inner: dict[str, Type] = {}
        for param, arg, shape in zip(symbol.params, args, shapes, strict=True):
            declared = self.symbols.get(param)
            wanted_type = self.shape(declared.shape) if declared and declared.kind == "array" else SCALAR
            self.same(wanted_type, shape, f"{name} wants another shape than {show(arg)} has")
            inner[param] = wanted_type
        if name not in self.memo:
            if name in self.active:
                raise Refusal(f"{name} is defined by itself", kind="definition")
            assert symbol.definition is not None
            self.active.add(name)
            self.memo[name] = self.type(symbol.definition, inner)
            self.active.discard(name)
        return self.memo[name]

    def derivative(self, node: Deriv, env: Mapping[str, Type]) -> Type:
        body = self.type(node.body, env)
        variable = self.type(node.var, env)
        base = node.var
        while isinstance(base, (T, Entry, Fn)):
            base = base.body if isinstance(base, T) else base.base if isinstance(base, Entry) else base.args[0]
            if id(base) not in self.types:
                self.type(base, env)
        if is_scalar(body):
            if is_scalar(variable) or node.layout != "numerator":
                return variable
            return variable[1], variable[0]
        rows, cols = self.known(body, node.body)
        self.own(node.axis, rows * cols)
        if is_scalar(variable):
            return (cols, rows) if node.layout == "denominator" and 1 in (rows, cols) else body
        if 1 in (rows, cols) and 1 in (find(variable[0]), find(variable[1])):
            size = find(variable[1]) if find(variable[0]) == 1 else find(variable[0])
            return (size, rows * cols) if node.layout == "denominator" else (rows * cols, size)
        raise Refusal(
            f"the derivative of {self.words(body)} by {self.words(variable)} has more than two indices; write it by "
            "entries, or with vec or differentials", status="unreadable", kind="notation",
        )  # fmt: skip

    def gather(self, node: Gather, env: Mapping[str, Type]) -> Type:
        lengths = [self.axis(axis) for axis in node.axes]
        shape = self.type(node.body, env)
        if len(node.axes) == 2:
            if not is_scalar(shape):
                raise self.fail(f"the entries {show(node.body)} are not scalars")
            return lengths[0], lengths[1]
        if is_scalar(shape):
            return (1, lengths[0]) if node.across else (lengths[0], 1)
        if node.across and find(shape[1]) == 1:
            return shape[0], lengths[0]
        if not node.across and find(shape[0]) == 1:
            return lengths[0], shape[1]
        raise self.fail(
            f"items of {self.words(shape)} cannot stand {'side by side' if node.across else 'in rows'} here"
        )

    def block(self, node: Block, env: Mapping[str, Type]) -> Type:
        heights: list[Extent] = [Dim() for _ in node.rows]
        widths: list[Extent] = [Dim() for _ in node.rows[0]]
        for i, row in enumerate(node.rows):
            if len(row) != len(widths):
                raise self.fail("the rows of this matrix have different lengths")
            for j, cell in enumerate(row):
                if isinstance(cell, Num) and cell.value == 0:
                    continue
                shape = self.type(cell, env)
                if not (unify(heights[i], shape[0]) and unify(widths[j], shape[1])):
                    raise self.fail(f"the block {show(cell)} ({self.words(shape)}) does not fit those beside it")
        total = [self.total(heights), self.total(widths)]
        for i, row in enumerate(node.rows):
            for j, cell in enumerate(row):
                if isinstance(cell, Num) and cell.value == 0:
                    self.types[id(cell)] = heights[i], widths[j]
                    self.keep.append(cell)
        return total[0], total[1]

    def total(self, parts: list[Extent]) -> Extent:
        """The sum of some sizes; if blocks of 0 leave one to the context, so is the sum."""
        known = [size for part in parts if isinstance(size := find(part), int)]
        if len(known) == len(parts):
            return sum(known)
        whole = Dim()
        self.sums.append((whole, parts))
        return whole

    def times(self, first: Extent, second: Extent) -> Extent:
        """The product of two sizes; an I in a Kronecker product leaves it to the context."""
        a, b = find(first), find(second)
        if isinstance(a, int) and isinstance(b, int):
            return a * b
        whole = Dim()
        self.products.append((whole, first, second))
        return whole

    def settle_products(self) -> None:
        """The size of an I in a Kronecker product, from the size of the whole."""
        for whole, first, second in self.products:
            size, known, open_ = find(whole), find(first), second
            if not isinstance(known, int):
                known, open_ = find(second), first
            if isinstance(size, int) and isinstance(known, int):
                if size % known or not unify(open_, size // known):
                    raise self.fail(f"no size times {self.word(known)} is {self.word(size)}")
            elif isinstance(a := find(first), int) and isinstance(b := find(second), int):
                unify(whole, a * b)

    def settle_sums(self) -> None:
        """The sizes of blocks of 0, from the size of the whole; 1 where nothing says more."""
        for whole, parts in self.sums:
            open_ = [part for part in parts if isinstance(find(part), Dim)]
            known = sum(size for part in parts if isinstance(size := find(part), int))
            size = find(whole)
            if isinstance(size, int) and open_:
                for part in open_[:-1]:
                    unify(part, 1)
                if size - known - len(open_) + 1 < 1:
                    raise self.fail(f"no room is left for a block of 0: {size} = {known} + …")
                unify(open_[-1], size - known - len(open_) + 1)
            for part in open_:
                if isinstance(find(part), Dim):
                    unify(part, 1)
            found = sum(size for part in parts if isinstance(size := find(part), int))
            if not unify(whole, found):
                raise self.fail(f"blocks of {found} do not make {self.word(whole)}")

    # -- the end -------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Raise `Refusal` for what is still unknown; give deltas and indices their ranges."""
        self.settle_sums()
        self.settle_products()
        for left, right in self.deltas:
            if isinstance(left, Idx) and isinstance(right, Idx):
                a, b = find(self.axis(left.axis)), find(self.axis(right.axis))
                if isinstance(a, Dim) or isinstance(b, Dim):
                    unify(a, b)
        for axis, length in self.lengths.items():
            if isinstance(find(length), Dim):
                raise Refusal(f"the range of the index {axis.name} is not known; say $ {axis.name} = 1,\\ldots,n $",
                              kind="index")  # fmt: skip
        for dim, node in self.dims:
            zero = isinstance(node, Unit) and node.which == "0"
            if zero and isinstance(find(dim), Dim) and not isinstance(find(self.types[id(node)][0]), Dim):
                unify(dim, 1)  # a zero of so many rows is a column
            if isinstance(find(dim), Dim):
                raise Refusal(f"the size of {show(node)} is not known here; write {show(node)}_n", kind="size")
            if isinstance(node, Unit) and node.which in "e1" and find(dim) == 1:
                # Its product with a column would be that column: a forgotten transpose would hold.
                raise self.fail(f"{show(node)} would have a single entry here; is a transpose missing?")

    def length(self, axis: Axis) -> int:
        length = find(self.lengths[axis])
        assert isinstance(length, int)
        return length

    def of(self, node: Node) -> tuple[int, int]:
        """The settled shape of a node."""
        rows, cols = (find(each) for each in self.types[id(node)])
        assert isinstance(rows, int) and isinstance(cols, int)
        return rows, cols
