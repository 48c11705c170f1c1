"""What `…` stands for: a pattern is generalised from its first item (and second) and its last, or refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from proofread.derivations.lex import unreadable
from proofread.derivations.nodes import (
    _FIELDS,
    Add,
    Axis,
    Big,
    Fn,
    Gather,
    Idx,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    Unit,
    dump,
)  # fmt: skip


def linear(node: Node) -> dict[str, float] | None:
    """An index expression as coefficients of its sizes and indices (constant under ""), or None."""
    match node:
        case Num(value):
            return {"": value}
        case Size(name):
            return {name: 1.0}
        case Idx(axis):
            return {f"#{id(axis)}": 1.0}
        case Add(signs, terms):
            out: dict[str, float] = {}
            for sign, term in zip(signs, terms, strict=True):
                part = linear(term)
                if part is None:
                    return None
                for name, value in part.items():
                    out[name] = out.get(name, 0.0) + sign * value
            return {name: value for name, value in out.items() if value}
        case Mul((Num(value), other)):
            part = linear(other)
            return None if part is None else {name: value * each for name, each in part.items()}
    return None


def _minus(left: Node, right: Node) -> dict[str, float] | None:
    a, b = linear(left), linear(right)
    if a is None or b is None:
        return None
    out = {name: a.get(name, 0.0) - b.get(name, 0.0) for name in {*a, *b}}
    return {name: value for name, value in out.items() if value}


def _may_step(first: Node, last: Node) -> bool:
    """Whether 2 + … + 2n, 1 + … + (2n - 1) may go by steps of 2: one item before the dots does not say."""
    span, begin = _minus(last, first) or {}, linear(first)
    steps = math.gcd(*(int(value) for name, value in span.items() if name))
    return bool(begin) and steps > 1 and all(value % steps == 0 for value in span.values())


def _times(count: int, node: Node) -> Node:
    return node if count == 1 else Mul((Num(float(count), str(count)), node), (False, False))


class Pattern:
    """The running index of one `…`: from the first item's number to the last item's."""

    def __init__(self, name: str) -> None:
        self.axis = Axis(name)

    def merge(self, first: Node, second: Node | None, last: Node) -> Node | None:
        """The tree with the running index in it, or None if the items do not follow one pattern."""
        if dump(first) == dump(last) and (second is None or dump(second) == dump(first)):
            return first
        if (first_line := linear(first)) is not None and linear(last) is not None:
            return self._number(first, second, last, first_line)
        if type(first) is not type(last) or (second is not None and type(second) is not type(first)):
            return None
        changes: dict[str, Any] = {}
        for field in _FIELDS[type(first)]:
            old, end = getattr(first, field), getattr(last, field)
            mid = getattr(second, field) if second is not None else None
            if isinstance(old, Axis) or (isinstance(old, tuple) and old and isinstance(old[0], Axis)):
                if dump(old) != dump(end):
                    return None
                continue
            if isinstance(old, Node):
                got = self.merge(old, mid, end) if isinstance(end, Node) else None
                if got is None:
                    return None
                changes[field] = got
            elif isinstance(old, tuple):
                if len(old) != len(end) or (mid is not None and len(mid) != len(old)):
                    return None
                parts = []
                for i, part in enumerate(old):
                    if isinstance(part, Node):
                        merged = self.merge(part, mid[i] if mid is not None else None, end[i])
                        if merged is None:
                            return None
                        parts.append(merged)
                    elif part != end[i] or (mid is not None and part != mid[i]):
                        return None
                    else:
                        parts.append(part)
                changes[field] = tuple(parts)
            elif old != end or (mid is not None and mid != old):
                return None
        return replace(first, **changes)

    def _number(self, first: Node, second: Node | None, last: Node, start: dict[str, float]) -> Node | None:
        if set(start) - {""}:
            return None
        if second is None and _may_step(first, last):
            return None
        step = _minus(second, first) if second is not None else {"": 1.0}
        if step is None or set(step) != {""} or step[""] != int(step[""]) or step[""] < 1:
            return None
        begin = start.get("", 0.0)
        if step[""] > 1:
            return self._by_steps(begin, step[""], first, last)
        if self.axis.lo is None or self.axis.hi is None:
            self.axis.lo, self.axis.hi = Num(begin, f"{begin:g}"), last
            return Idx(self.axis)
        shift = _minus(first, self.axis.lo)
        if shift is None or shift != _minus(last, self.axis.hi):
            return None
        offset = shift.get("", 0.0)
        if not offset:
            return Idx(self.axis)
        return Add((1, 1 if offset > 0 else -1), (Idx(self.axis), Num(abs(offset), f"{abs(offset):g}")))

    def _by_steps(self, begin: float, step: float, first: Node, last: Node) -> Node | None:
        """1, 3, …, 2n - 1: 1 + 2k for k from 0 to n - 1."""
        span = _minus(last, first)
        if span is None or any(value % step for value in span.values()) or self.found():
            return None
        terms = [(int(value // step), name) for name, value in sorted(span.items(), reverse=True)]
        parts = tuple(Num(abs(count), str(abs(count))) if not name else _times(abs(count), Size(name))
                      for count, name in terms)  # fmt: skip
        self.axis.lo = Num(0.0, "0")
        self.axis.hi = Add(tuple(1 if count > 0 else -1 for count, _ in terms), parts)
        return Add((1, 1), (Num(begin, f"{begin:g}"), _times(int(step), Idx(self.axis))))

    def found(self) -> bool:
        return self.axis.lo is not None


def generalise(before: list[Node], last: Node, name: str, start: int, end: int) -> tuple[Axis, Node]:
    """The index and the general item of `before[0], before[1], …, last`; raises `Refusal` where there is none."""
    pattern = Pattern(name)
    before, last = powers(before, last)
    second = before[1] if len(before) > 1 else None
    body = pattern.merge(before[0], second, last)
    if body is None or not pattern.found():
        raise unreadable("the dots do not continue a pattern from the items before them to the last one", start, end)
    for i, item in enumerate(before[2:], 3):  # three or more items: each must fit
        check = Pattern(name)
        if check.merge(before[i - 2], item, last) is None:
            raise unreadable(f"item {i} before the dots does not fit the pattern", start, end)
    return pattern.axis, body


def powers(before: list[Node], last: Node) -> tuple[list[Node], Node]:
    """The items with 1, x, a_0 and a_1 x written as x^0, x^1, a_0 x^0 and a_1 x^1, if the last is x^n or a_n x^n."""
    factors = last.factors if isinstance(last, Mul) else (last,)
    *head, power = factors
    if not isinstance(power, Pow) or isinstance(power.exponent, Num) or power.elementwise:
        return before, last
    base = dump(power.base)

    def of(node: Node, exponent: float) -> Node:
        return replace(power, base=node, exponent=Num(exponent, f"{exponent:g}"))

    def written(item: Node) -> Node:
        *first, rest = item.factors if isinstance(item, Mul) else (item,)
        if dump(rest) == base:
            made = [*first, of(rest, 1.0)]
        elif isinstance(rest, Pow) and dump(rest.base) == base:
            made = [*first, rest]
        elif (isinstance(rest, Num) and rest.value == 1) or (isinstance(rest, Unit) and rest.which == "I"):
            made = [*first, *([rest] if head else []), of(power.base, 0.0)]
        elif head:
            made = [*first, rest, of(power.base, 0.0)]
        else:
            return item
        made = [*[Num(1.0, "1")] * (len(factors) - len(made)), *made]
        return Mul(tuple(made), (False,) * len(made)) if len(made) > 1 else made[0]

    return [*map(written, before)], Mul((*head, power), (False,) * len(factors)) if head else last


def run(op: str, before: list[Node], last: Node, name: str, start: int, end: int) -> Node:
    """A sum or product written with dots."""
    axis, body = generalise(before, last, name, start, end)
    return Big(op, axis, body)


def is_zero(node: Node | None) -> bool:
    """An empty cell or a zero."""
    return node is None or (isinstance(node, Num) and node.value == 0) or (isinstance(node, Unit) and node.which == "0")


def matrix(rows: list[list[Node | str | None]], start: int, end: int) -> Node:
    """A matrix with dots; a cell is a node, None (empty) or the kind of its dots."""
    height, width = len(rows), max(map(len, rows))
    grid = [row + [None] * (width - len(row)) for row in rows]

    def node_at(i: int, j: int) -> Node | None:
        cell = grid[i][j]
        return cell if isinstance(cell, Node) else None

    diagonal = any(cell == "ddots" for row in grid for cell in row)
    if diagonal and height == width:
        off = [grid[i][j] for i in range(height) for j in range(width) if i != j]
        middle = (
            next(i for i in range(height) if grid[i][i] == "ddots")
            if any(grid[i][i] == "ddots" for i in range(height))
            else -1
        )
        if middle > 0 and all(isinstance(cell, str) or is_zero(cell) for cell in off):
            before = [node for i in range(middle) if (node := node_at(i, i)) is not None]
            last = node_at(height - 1, width - 1)
            if len(before) == middle and last is not None and middle == height - 2:
                axis, body = generalise(before, last, "k", start, end)
                return Fn("diag", (Gather((axis,), body),))
    dot_rows = [i for i, row in enumerate(grid) if all(isinstance(cell, str) or cell is None for cell in row)]
    dot_cols = [j for j in range(width) if all(isinstance(row[j], str) or row[j] is None for row in grid)]
    if len(dot_rows) > 1 or len(dot_cols) > 1 or not (dot_rows or dot_cols):
        raise unreadable("the dots of this matrix follow no pattern that is read here", start, end)
    if (dot_rows and dot_rows[0] != height - 2) or (dot_cols and dot_cols[0] != width - 2):
        raise unreadable("exactly one item may follow the dots of a matrix", start, end)
    live_rows = [i for i in range(height) if i not in dot_rows]
    live_cols = [j for j in range(width) if j not in dot_cols]
    cells = [[node_at(i, j) for j in live_cols] for i in live_rows]
    if any(cell is None for row in cells for cell in row):
        raise unreadable("an entry of this matrix is missing", start, end)
    full = [[cell for cell in row if cell is not None] for row in cells]
    if dot_rows and not dot_cols:
        if len(full[0]) != 1:
            raise unreadable("a matrix whose rows are dotted must be dotted along its columns too", start, end)
        axis, body = generalise([row[0] for row in full[:-1]], full[-1][0], "i", start, end)
        return Gather((axis,), body)
    if dot_cols and not dot_rows:
        if len(full) != 1:
            raise unreadable("a matrix whose columns are dotted must be dotted along its rows too", start, end)
        axis, body = generalise(full[0][:-1], full[0][-1], "j", start, end)
        return Gather((axis,), body, across=True)
    across = [generalise(row[:-1], row[-1], "j", start, end) for row in full]
    axis_j = across[0][0]
    bodies = [_rename(body, axis, axis_j) for axis, body in across]
    if any(dump(axis) != dump(axis_j) for axis, _ in across):
        raise unreadable("the rows of this matrix have different lengths", start, end)
    axis_i, body = generalise(bodies[:-1], bodies[-1], "i", start, end)
    return Gather((axis_i, axis_j), body)


def _rename(node: Node, old: Axis, new: Axis) -> Node:
    from proofread.derivations.nodes import transform

    return transform(node, lambda each: Idx(new) if isinstance(each, Idx) and each.axis is old else each)
