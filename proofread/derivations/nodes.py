"""What a formula means, as a tree, and how it is shown: fully parenthesised, in signs that can be read again.

Every value is a scalar or an r×c array (a vector is n×1). Indices are `Axis` objects: a free index, or one bound
by a sum, is an axis of its own along which the evaluator works for all values at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any


class Axis:
    """An index: free, or bound by a sum. Identity matters, the name is what the author wrote."""

    __slots__ = ("hi", "lo", "name")

    def __init__(self, name: str, lo: Node | None = None, hi: Node | None = None) -> None:
        self.name, self.lo, self.hi = name, lo, hi

    def __repr__(self) -> str:
        return f"Axis({self.name})"


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A part of a formula. Nodes are compared by `dump`, and identified by themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Num(Node):
    value: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Size(Node):
    """A size letter such as n, or a natural number such as k."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Var(Node):
    """A declared or defined array, a family of arrays, or a bound argument."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Idx(Node):
    """The value (from 1) of an index."""

    axis: Axis


@dataclass(frozen=True, slots=True, eq=False)
class Colon(Node):
    """The whole of a dimension, in `A_{i,:}`."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Node):
    """Entry `base_{index…}`; of a family, its member."""

    base: Node
    index: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Unit(Node):
    """`I`, the ones `1`, the zero `0` or a basis vector `e`; the size may be left to the context."""

    which: str
    size: Node | None = None
    index: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Delta(Node):
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Add(Node):
    signs: tuple[int, ...]
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Mul(Node):
    """A product; scalars scale, arrays multiply as matrices; `dots` marks the factors that follow a `·`."""

    factors: tuple[Node, ...]
    dots: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Infix(Node):
    """Elementwise `∘` (also `⊘`) and Kronecker `⊗` products."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Div(Node):
    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True, eq=False)
class Pow(Node):
    base: Node
    exponent: Node
    elementwise: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class T(Node):
    body: Node


@dataclass(frozen=True, slots=True, eq=False)
class Fn(Node):
    """A function every textbook knows, by its canonical name."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Apply(Node):
    """An arbitrary smooth function, known by its signature only, at a point."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class At(Node):
    """`body` with names bound to values: application of a defined function, or an evaluation bar."""

    body: Node
    names: tuple[str, ...]
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Map(Node):
    """A function of one real number, `name ↦ body`, at each entry of `arg`."""

    name: str
    body: Node
    arg: Node
    axes: tuple[Axis, Axis] = field(default_factory=lambda: (Axis("·"), Axis("·")))


@dataclass(frozen=True, slots=True, eq=False)
class Deriv(Node):
    """Derivative of `body` for `var` (a name, its transpose, or an entry of it) in a layout."""

    body: Node
    var: Node
    layout: str = "mixed"
    nabla: bool = False
    axis: Axis = field(default_factory=lambda: Axis("·"))


@dataclass(frozen=True, slots=True, eq=False)
class Differential(Node):
    """`d(body)`: the derivative at t = 0 when each of `names` moves by t times its own differential."""

    body: Node
    names: tuple[str, ...]
    axis: Axis = field(default_factory=lambda: Axis("·"))


@dataclass(frozen=True, slots=True, eq=False)
class Big(Node):
    """`sum`, `prod`, `max` or `min` over an index, on the values where `cond` holds."""

    op: str
    axis: Axis
    body: Node
    cond: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Gather(Node):
    """The array made of `body` for all values of its indices: a column (one axis, scalars), the columns of a
    matrix (`across`, one axis), its stacked rows, or a matrix of scalars (two axes)."""

    axes: tuple[Axis, ...]
    body: Node
    across: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Block(Node):
    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Cases(Node):
    values: tuple[Node, ...]
    conds: tuple[Node | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Node):
    """A relation, as a condition."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Node):
    """Two readings of one notation; the shapes may leave only one, else the formula is refused."""

    options: tuple[Node, ...]
    why: str
    start: int = -1
    end: int = -1


def children(node: Node) -> Iterator[Node]:
    """The nodes directly under a node (bounds of its axis too)."""
    for name in _BRANCHES[type(node)]:
        value = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            for part in value:
                if isinstance(part, Node):
                    yield part
                elif isinstance(part, tuple):
                    yield from (each for each in part if isinstance(each, Node))
    axes = [node.axis] if isinstance(node, Big) else node.axes if isinstance(node, Gather) else ()
    for axis in axes:
        yield from (bound for bound in (axis.lo, axis.hi) if bound is not None)


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes under it."""
    stack = [node]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(children(here))


def transform(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with `change` applied to every node, from the leaves up."""

    def visit(value: Any) -> Any:
        if isinstance(value, Node):
            return transform(value, change)
        if isinstance(value, tuple):
            parts = tuple(visit(part) for part in value)
            return parts if any(new is not old for new, old in zip(parts, value, strict=True)) else value
        return value

    changed = {}
    for name in _BRANCHES[type(node)]:
        old = getattr(node, name)
        new = visit(old)
        if new is not old:
            changed[name] = new
    return change(replace(node, **changed) if changed else node)


def dump(node: Any) -> Any:
    """The tree as nested tuples: equal exactly if two trees are equal up to the identity of indices."""
    if isinstance(node, Node):
        return (type(node).__name__, *(dump(getattr(node, name)) for name in _FIELDS[type(node)]))
    if isinstance(node, tuple):
        return tuple(dump(part) for part in node)
    if isinstance(node, Axis):
        return (node.name, dump(node.lo), dump(node.hi))
    return node


def stem(variable: Node) -> Node:
    """The name under the transposes, entries and functions of a variable that one differentiates by."""
    while isinstance(variable, (T, Entry, Fn)):
        variable = (
            variable.body if isinstance(variable, T) else variable.base if isinstance(variable, Entry)
            else variable.args[0]
        )  # fmt: skip
    return variable


_FIELDS = {_class: tuple(part.name for part in fields(_class)) for _class in Node.__subclasses__()}
#: Those fields that hold nodes: trees are walked so often that looking at the others shows.
_BRANCHES = {_class: tuple(part.name for part in fields(_class) if "Node" in str(part.type)) for _class in _FIELDS}

ELEMENTWISE = {"∘": "⊙", "⊗": "⊗", "⊘": "⊘"}
NORMS = {"norm": "", "norm1": "_{1}", "norm2": "_{2}", "normF": "_{F}", "norminf": "_{∞}", "normnuc": "_{*}"}


def show(node: Node) -> str:
    """How a formula was read: every bracket that matters, no other; it can be read again, to the same tree."""
    return _show(node)[0]


def _wrap(node: Node) -> str:
    text, atomic = _show(node)
    return text if atomic else f"({text})"


def _under_script(node: Node) -> str:
    """As the base of a superscript: nothing that has one already stands bare."""
    text, atomic = _show(node)
    scripted = isinstance(node, (T, Pow)) or "^" in text
    return text if atomic and not scripted else f"({text})"


def _index(index: tuple[Node, ...]) -> str:
    return "_{" + ",".join(_show(part)[0] for part in index) + "}"


def _axis(axis: Axis, cond: Node | None = None) -> str:
    if axis.lo is not None and axis.hi is not None:
        where = f", {_show(cond)[0]}" if cond else ""
        return f"_{{{axis.name}={_show(axis.lo)[0]}{where}}}^{{{_show(axis.hi)[0]}}}"
    return f"_{{{_show(cond)[0] if cond else axis.name}}}"


def _show(node: Node) -> tuple[str, bool]:
    """The text, and whether it can stand as a factor without brackets."""
    match node:
        case Num(_, text):
            return text, not text.startswith("-")
        case Size(name) | Var(name):
            return name, True
        case Idx(axis):
            return axis.name, True
        case Colon():
            return ":", True
        case Entry(Var(name), (index,)) if name.endswith("^()"):
            return f"{name[:-3]}^{{({_show(index)[0]})}}", True
        case Entry(base, index):
            return (_show(base)[0] if isinstance(base, Var) else f"({_show(base)[0]})") + _index(index), True
        case Unit(which, size, index):
            sign = {"I": "I", "1": r"\mathbf{1}", "0": "0", "e": "e"}[which]
            if index is not None:
                return f"{sign}_{{{_show(index)[0]}}}", True
            return sign + (f"_{{{_show(size)[0]}}}" if size is not None else ""), True
        case Delta(left, right):
            return f"δ_{{{_show(left)[0]},{_show(right)[0]}}}", True
        case Add(signs, terms):
            out = ""
            for plus, term in zip(signs, terms, strict=True):
                text = _wrap(term)
                out += f" {'+' if plus > 0 else '-'} {text}" if out else ("-" if plus < 0 else "") + text
            return out, False
        case Mul(factors):
            return " · ".join(map(_wrap, factors)), False
        case Infix(op, left, right):
            return f"{_wrap(left)} {ELEMENTWISE[op]} {_wrap(right)}", False
        case Div(top, bottom):
            return f"\\frac{{{_show(top)[0]}}}{{{_show(bottom)[0]}}}", True
        case Pow(base, exponent, elementwise):
            return f"{_under_script(base)}^{{{'∘' if elementwise else ''}{_show(exponent)[0]}}}", False
        case T(body):
            return f"{_under_script(body)}ᵀ", True
        case Fn("sqrt", (body,)):
            return f"√{{{_show(body)[0]}}}", True
        case Fn("abs", (body,)):
            inside = _show(body)[0]
            return (f"|({inside})|" if inside.startswith("|") else f"|{inside}|"), True  # not ||x||, a norm
        case Fn("inner", (left, right)):
            return f"⟨{_show(left)[0]}, {_show(right)[0]}⟩", True
        case Fn("normp", (body, p)):
            return f"‖{_show(body)[0]}‖_{{{_show(p)[0]}}}", True
        case Fn(name, (body,)) if name in NORMS:
            return f"‖{_show(body)[0]}‖{NORMS[name]}", True
        case Fn(name, args):
            return f"\\operatorname{{{name}}}({', '.join(_show(arg)[0] for arg in args)})", True
        case Apply(name, args):
            return f"{name}({', '.join(_show(arg)[0] for arg in args)})", True
        case At(body, names, values):
            binds = ", ".join(f"{name}={_show(value)[0]}" for name, value in zip(names, values, strict=True))
            return f"\\left.{_wrap(body)}\\right|_{{{binds}}}", True
        case Map(name, body, arg):
            return f"[{name} ↦ {_show(body)[0]}]({_show(arg)[0]})", True
        case Deriv(body, var):
            return f"\\frac{{∂{_wrap(body)}}}{{∂{_wrap(var)}}}", True
        case Differential(body):
            return f"\\mathrm{{d}}{_wrap(body)}", True
        case Big(op, axis, body, cond):
            sign = {"sum": "∑", "prod": "∏"}.get(op, "\\" + op)
            return f"{sign}{_axis(axis, cond)} {_wrap(body)}", False
        case Gather(axes, body, across):
            inside = _show(body)[0]
            return f"[{inside}]_{{{','.join(axis.name for axis in axes)}}}" + ("ᶜ" if across else ""), True
        case Block(rows):
            return "[" + "; ".join(", ".join(_show(cell)[0] for cell in row) for row in rows) + "]", True
        case Cases(values, conds):
            parts = [
                f"{_show(value)[0]} if {_show(cond)[0]}" if cond else f"{_show(value)[0]} otherwise"
                for value, cond in zip(values, conds, strict=True)
            ]
            return "{" + "; ".join(parts) + "}", True
        case Compare(op, left, right):
            return f"{_show(left)[0]} {op} {_show(right)[0]}", False
        case Choice(options):
            return " or ".join(_wrap(option) for option in options), False
    raise TypeError(type(node).__name__)
