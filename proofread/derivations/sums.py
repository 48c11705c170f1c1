"""Sums, products, maxima over an index, and how their bounds are written."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from proofread.derivations.items import split
from proofread.derivations.lex import Refusal, unreadable
from proofread.derivations.nodes import (
    Axis,
    Big,
    Compare,
    Idx,
    Node,
    Num,
    walk,
)  # fmt: skip
from proofread.derivations.shape import RELATIONS, Item, Items, is_letter

if TYPE_CHECKING:
    from proofread.derivations.resolve import Resolver


def big_operator(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """`∑`, `∏`, `\\max`, `\\min` over indices, with all that they reach."""
    item = items[i]
    op = item.text
    if op not in ("sum", "prod", "max", "min"):
        raise unreadable(f"\\{op} is not checked", item.start, item.end)
    if not item.sub:
        raise unreadable(f"\\{op} wants an index below it", item.start, item.end)
    axes, conds, moving = limits(reader, item)
    if i + 1 >= len(items):
        raise unreadable(f"nothing stands after \\{op}", item.start, item.end)
    scope = {axis.name: axis for axis in axes}
    reader.bound.append(scope)
    try:
        cond: Node | None = None
        for made in [*(condition(reader, each) for each in conds), *moving]:
            cond = made if cond is None else Compare("and", cond, made)
        end = _reach(reader, items, i, axes)
        body = reader.term(items[i + 1 : end])
    finally:
        reader.bound.pop()
    used = {node.axis for node in walk(body) if isinstance(node, Idx)}
    for axis in axes:
        if axis not in used and axis.hi is None and cond is None:
            raise Refusal(f"what is summed does not depend on {axis.name}, an index without bounds", item.start,
                          item.end, kind="index")  # fmt: skip
    for k, axis in enumerate(reversed(axes)):
        body = Big(op, axis, body, cond if k == 0 else None)
    return body, end


def _reach(reader: Resolver, items: Items, i: int, axes: list[Axis]) -> int:
    """Where what an operator reaches ends: ∏_i a_i ∏_j b_j is a product of two, for b_j does not depend on i. (Of sums
    this says nothing, for ∑_i a_i ∑_j b_j is the same either way.)"""
    for k in range(i + 2, len(items)) if items[i].text == "prod" else ():
        if items[k].kind == "big" and items[k].text in ("sum", "prod"):
            used = {node.axis for node in walk(reader.factors(items[k:])) if isinstance(node, Idx)}
            return len(items) if used & {*axes} else k
    return len(items)


def limits(reader: Resolver, item: Item) -> tuple[list[Axis], list[Items], list[Compare]]:
    """The indices bound below a sum, the conditions on them, and bounds that move with an outer index."""
    upper = reader.expr(item.sup) if item.sup else None
    names: list[tuple[Item, Node | None]] = []
    conds: list[Items] = []
    signs = [each.text for each in item.sub if each.kind == "op" and each.text in (",", *RELATIONS)]
    common = signs[:1] == signs[-1:] == ["≤"] and set(signs[1:-1]) == {","}  # 1 ≤ i, j ≤ n
    for part in [item.sub] if common else split(item.sub, ","):
        relations = [k for k, each in enumerate(part) if each.kind == "op" and each.text in RELATIONS]
        if not relations:
            letters = [each for each in part if is_letter(each) and not each.sub and not each.sup]
            if len(letters) != len(part):
                raise unreadable("what is summed over is not an index", item.start, item.end)
            names += [(each, None) for each in letters]
        elif len(relations) == 1 and part[relations[0]].text == "=" and relations[0] == 1:
            lower = reader.expr(part[2:])
            names = [(each, lower if low is None else low) for each, low in names]
            names.append((part[0], lower))
        elif len(relations) == 1 and part[relations[0]].text in ("≠", "<", ">", "≤", "≥"):
            sides = part[: relations[0]], part[relations[0] + 1 :]
            if any(len(side) != 1 or not is_letter(side[0]) for side in sides):
                raise unreadable("a condition below a sum compares two indices", item.start, item.end)
            listed = {each.text for each, _ in names}
            new = [side[0] for side in sides if side[0].text not in listed and not reader.index_axis(side[0].text)
                   and not reader.declared(side[0].text)]  # fmt: skip
            if len(new) == 2:
                reader.double.update(each.text for each in new)
            names += [(each, None) for each in new]
            conds.append(part)
        elif len(relations) in (2, 3) and all(part[k].text in ("≤", "<") for k in relations) and upper is None:
            bounds = [part[a + 1 : b] for a, b in itertools.pairwise([-1, *relations, len(part)])]
            middle = split(bounds[1], ",") if common else bounds[1:-1]
            if any(len(side) != 1 or not is_letter(side[0]) for side in middle):
                raise unreadable("these bounds are not read", item.start, item.end)
            if part[relations[0]].text != "≤" or part[relations[-1]].text != "≤":
                raise unreadable("write the outer bounds with \\le", item.start, item.end)
            lower, upper = reader.expr(bounds[0]), reader.expr(bounds[-1])
            names += [(side[0], lower) for side in middle]
            if len(middle) == 2 and not common:
                conds.append(part[relations[0] + 1 : relations[-1]])
        else:
            raise unreadable("what is summed over is not read", item.start, item.end)
    axes = []
    moving: list[Compare] = []
    for each, low in names:
        if reader.declared(each.text):
            raise unreadable(f"{each.text} is declared and cannot be an index of a sum", each.start, each.end)
        lo, hi = low, upper
        if hi is None and low is not None:
            raise unreadable("the sum has a first value and no last one", item.start, item.end)
        if hi is not None and lo is None:
            lo = Num(1.0, "1")
        if hi is None and (declared := reader.symbols.range(each.text)) is not None:
            lo, hi = declared
        axis = Axis(each.text, lo, hi)
        for side, bound, relation in (("lo", lo, "≥"), ("hi", hi, "≤")):
            outer = _index_in(bound)
            if outer is not None and bound is not None:  # ∑_{j=1}^{i}: all j, of which those up to i count
                moving.append(Compare(relation, Idx(axis), bound))
                setattr(axis, side, getattr(outer, side))
        if axis.hi is None:
            axis.lo = None
        axes.append(axis)
    if not axes:
        raise unreadable("the sum binds no index", item.start, item.end)
    return axes, conds, moving


def condition(reader: Resolver, items: Items) -> Node:
    """A relation between two values."""
    at = [k for k, each in enumerate(items) if each.kind == "op" and each.text in RELATIONS]
    if len(at) != 1:
        raise unreadable("a condition is one relation", items[0].start, items[-1].end)
    op = items[at[0]].text
    if op not in ("=", "≠", "<", ">", "≤", "≥"):
        raise unreadable("a condition compares two values", items[0].start, items[-1].end)
    sides = []
    for side in (items[: at[0]], items[at[0] + 1 :]):
        if len(side) == 1 and is_letter(side[0]) and not side[0].sub and not reader.declared(side[0].text):
            reader.touch(side[0])
        sides.append(reader.expr(side))
    return Compare(op, *sides)


def _index_in(bound: Node | None) -> Axis | None:
    """The index that a bound of a sum moves with."""
    return next((node.axis for node in walk(bound) if isinstance(node, Idx)), None) if bound is not None else None
