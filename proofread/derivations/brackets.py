"""What stands in brackets: groups, norms, tuples, arrays by their entries, matrices and cases."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import calls, dots, nabla, sums
from proofread.derivations.items import split, trimmed
from proofread.derivations.lex import unreadable
from proofread.derivations.nodes import (
    Axis,
    Block,
    Cases,
    Choice,
    Fn,
    Gather,
    Node,
    Num,
)  # fmt: skip
from proofread.derivations.shape import RELATIONS, Item, Items, is_letter, key
from proofread.derivations.symbols import free_axes

if TYPE_CHECKING:
    from proofread.derivations.resolve import Resolver


def in_brackets(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """What a bracket at items[i] is: a factor, an array, a function that is called, a norm."""
    item = items[i]
    inner = item.args[0] if item.args else ()
    if item.text == "{}":
        if not inner:
            raise unreadable("a script stands on nothing", item.start, item.end)
        return reader.scripts(reader.expr(inner), item), i + 1
    if not inner:
        raise unreadable("empty brackets", item.start, item.end)
    if item.text == "‖‖":
        return norm(reader, item, inner), i + 1
    if item.text == "||":
        return reader.scripts(Fn("abs", (reader.expr(inner),)), item), i + 1
    if item.text == "⟨⟩":
        parts = split(inner, ",")
        if len(parts) != 2:
            raise unreadable("⟨ , ⟩ wants two items", item.start, item.end)
        node = Fn("inner", (reader.expr(parts[0]), reader.expr(parts[1])))
        if item.sub and key(item.sub) == "F":
            item = replace(item, sub=())
        elif item.sub:
            raise unreadable("this inner product is not read", item.start, item.end)
        return reader.scripts(node, item), i + 1
    if item.text not in ("()", "[]", "\\{\\}"):
        raise unreadable(f"the brackets {item.text} are not read here", item.start, item.end)
    if item.primes and (primed := calls.primed(reader, items, i)) is not None:
        return primed
    bracketed = nabla.derived_function(reader, items, i)
    if bracketed is not None:
        return bracketed
    function = calls.composed(reader, inner) if inner[0].kind != "nabla" else None
    if function is not None:
        return calls.applied(reader, function, replace(item, args=()), items, i + 1)
    if any(each.kind == "op" and each.text in (",", ";") for each in inner):
        if item.text == "\\{\\}":
            raise unreadable("a set is not a value", item.start, item.end)
        return reader.scripts(tuple_of(reader, item, inner), item), i + 1
    if item.text == "[]" and any(each.kind == "dots" for each in inner):
        inner = tuple(itertools.chain.from_iterable((each, Item("op", ",")) for each in inner))[:-1]
        return reader.scripts(tuple_of(reader, item, inner), item), i + 1
    relation = next((each for each in inner if each.kind == "op" and each.text in RELATIONS), None)
    if relation is not None:
        raise unreadable("a relation stands inside brackets", relation.start, relation.end)
    if item.sub and (array := by_entries(reader, item, inner)) is not None:
        return array, i + 1
    return reader.scripts(reader.expr(inner), item), i + 1


def by_entries(reader: Resolver, item: Item, inner: Items) -> Node | None:
    """`(a_{ij})_{ij}`, `[a_{ij}]_{m×n}`, `(x_i)_{i=1}^n`: the array of what the brackets hold, for all values of
    its indices; None if the subscript can only pick an entry. Below `_{m×n}` the rows' letter is the earlier one.
    """
    sizes = split(item.sub, "×")
    if len(sizes) == 2:
        names = letters_in(reader, inner)
        if len(names) != 2:
            raise unreadable("what stands in the brackets of an m×n array has two indices, as in (a_{ij})_{m×n}",
                             item.start, item.end)  # fmt: skip
        axes = [Axis(name, Num(1.0, "1"), reader.expr(size)) for name, size in zip(names, sizes, strict=True)]
        return reader.power(gathered(reader, axes, inner), item)
    if any(each.kind == "op" and each.text in RELATIONS for each in item.sub):
        above = any(each.text == "=" for each in item.sub)  # the superscript is their last value, and no power
        axes, conditions, moving = sums.limits(reader, item if above else replace(item, sup=()))
        if conditions or moving or len(axes) > 2:
            raise unreadable("an array has one or two indices, and no condition on them", item.start, item.end)
        array = gathered(reader, axes, inner)
        return array if above else reader.power(array, item)
    letters = [each for each in item.sub if not (each.kind == "op" and each.text == ",")]
    names = [reader.name(each) for each in letters]
    plain = all(is_letter(each) and not each.sub and not each.sup and not reader.declared(reader.name(each))
                for each in letters)  # fmt: skip
    outer = {name for scope in reader.bound for name in scope}
    if not plain or len(letters) > 2 or len(set(names)) < len(names) or outer & set(names):
        return None
    if not set(letters_in(reader, inner)) >= set(names):
        return None
    entry = reader.scripts(reader.expr(inner), item)
    array = reader.power(gathered(reader, axes_of(reader, names), inner), item)
    return Choice((array, entry), "whether a subscript picks an entry or names indices", item.start, item.end)


def letters_in(reader: Resolver, inner: Items) -> list[str]:
    """The indices that some items leave free, by alphabet."""
    saved = dict(reader.free)
    outer = {axis for scope in reader.bound for axis in scope.values()}
    found = sorted(axis.name for axis in free_axes(reader.expr(inner), reader.symbols) - outer)
    reader.free = saved
    return found


def axes_of(reader: Resolver, names: list[str]) -> list[Axis]:
    """Indices of these names, in the ranges declared for them."""
    return [Axis(name, *(reader.symbols.range(name) or ())) for name in names]


def gathered(reader: Resolver, axes: list[Axis], inner: Items) -> Node:
    """The array whose entries are what some items are for all values of these indices."""
    reader.bound.append({axis.name: axis for axis in axes})
    try:
        return Gather(tuple(axes), reader.expr(inner))
    finally:
        reader.bound.pop()


def norm(reader: Resolver, item: Item, inner: Items) -> Node:
    """`‖x‖`, `‖x‖_1`, `‖A‖_F`, `‖x‖_p`."""
    body = reader.expr(inner)
    sub, sub_items = key(item.sub), item.sub
    item = replace(item, sub=())
    names = {"": "norm", "2": "norm2", "1": "norm1", "F": "normF", "∞": "norminf", "*": "normnuc"}
    if sub in names:
        return reader.scripts(Fn(names[sub], (body,)), item)
    source = item
    symbol = reader.lookup(sub_items[0])[0] if len(sub_items) == 1 and sub_items[0].kind == "name" else None
    if symbol is not None and symbol.kind == "array" and not symbol.shape.scalar:
        raise unreadable("a norm weighted by a matrix is not read; write it out", source.start, source.end)
    return reader.scripts(Fn("normp", (body, reader.expr(sub_items))), item)


def tuple_of(reader: Resolver, item: Item, inner: Items) -> Node:
    """`(a, b)` is a column or a row as the shapes want; `[a, b]` lies across; `;` starts a new row."""
    rows = [split(row, ",") for row in split(inner, ";")]
    rows = [list(row) for row in rows]
    if any(not part for row in rows for part in row):
        raise unreadable("an item of the tuple is missing", item.start, item.end)
    if len(rows) > 1:
        return Block(tuple(tuple(reader.expr(part) for part in row) for row in rows))
    cells = rows[0]
    dot = [k for k, part in enumerate(cells) if len(part) == 1 and part[0].kind == "dots"]
    if dot:
        if len(dot) != 1 or dot[0] == 0 or dot[0] != len(cells) - 2:
            raise unreadable("dots in a tuple want items before them and exactly one after", item.start, item.end)
        before = [reader.expr(part) for part in cells[: dot[0]]]
        axis, body = dots.generalise(before, reader.expr(cells[-1]), "k", item.start, item.end)
        across: Node = Gather((axis,), body, across=True)
        if item.text == "[]":
            return across
        return Choice((Gather((axis,), body), across), "whether a tuple is a column or a row", item.start, item.end)
    nodes = [reader.expr(part) for part in cells]
    row = Block((tuple(nodes),))
    if item.text == "[]":
        return row
    column = Block(tuple((node,) for node in nodes))
    if key(item.sup) in ("⊤", "T", "ᵀ"):  # (a, b)^⊤ is a column, as a rule
        return Choice((row, column), "whether a transposed tuple is a row or a column", item.start, item.end)
    return Choice((column, row), "whether a tuple is a column or a row", item.start, item.end)


def environment(reader: Resolver, item: Item) -> Node:
    """A matrix, a determinant between bars, or cases."""
    name = item.text
    if name == "cases":
        return reader.scripts(cases(reader, item), item)
    if name not in ("pmatrix", "bmatrix", "matrix", "vmatrix", "smallmatrix", "array", "Vmatrix"):
        raise unreadable(f"the environment {name} is not read inside an expression", item.start, item.end)
    if not item.rows:
        raise unreadable("an empty matrix", item.start, item.end)
    rows: list[list[Node | str | None]] = []
    for row in item.rows:
        cells: list[Node | str | None] = []
        for cell in row:
            if not cell:
                cells.append(None)
            elif len(cell) == 1 and cell[0].kind == "dots":
                cells.append("ddots" if cell[0].text in ("ddots",) else cell[0].text)
            else:
                cells.append(reader.expr(cell))
        rows.append(cells)
    width = len(rows[0])
    if any(isinstance(cell, str) for row in rows for cell in row):
        node = dots.matrix(rows, item.start, item.end)
    else:
        if any(len(row) != width for row in rows):
            raise unreadable("the rows of this matrix have different lengths", item.start, item.end)
        if any(cell is None for row in rows for cell in row):
            raise unreadable("an entry of this matrix is missing; write 0", item.start, item.end)
        node = Block(tuple(tuple(cell for cell in row if isinstance(cell, Node)) for row in rows))
    if name == "vmatrix":
        node = Fn("det", (node,))
    elif name == "Vmatrix":
        raise unreadable("double bars around a matrix are not read", item.start, item.end)
    return reader.scripts(node, item)


def cases(reader: Resolver, item: Item) -> Node:
    """The values of `cases`, each with its condition or the word “otherwise”."""
    values: list[Node] = []
    conds: list[Node | None] = []
    for row in item.rows:
        flat = tuple(itertools.chain.from_iterable(row))
        flat = tuple(each for each in flat if each.kind != "quad" and not (each.kind == "op" and each.text == "&"))
        cells = [cell for cell in row if cell]
        if len(cells) == 1:
            parts = split(flat, ",")
            parts = [part for part in parts if part]
            if len(parts) == 1:
                cut = next((k for k, each in enumerate(flat) if each.kind == "text"), len(flat))
                parts = [flat[:cut], flat[cut:]]
            cells = [parts[0], parts[1] if len(parts) > 1 else ()]
        value, cond = trimmed(cells[0]), trimmed(cells[1]) if len(cells) > 1 else ()
        words = "".join(each.text for each in cond if each.kind == "text").strip("，,. ").lower()
        cond = tuple(each for each in cond if each.kind != "text")
        if cond and cond[-1].kind == "op" and cond[-1].text in ".;,":
            cond = cond[:-1]
        values.append(reader.expr(value))
        if cond:
            conds.append(sums.condition(reader, cond))
        elif words in ("otherwise", "else", "其他", "否则", "其它", "其余"):
            conds.append(None)
        else:
            raise unreadable("a case wants a condition, or the word otherwise", item.start, item.end)
    if None in conds[:-1]:
        raise unreadable("“otherwise” is the last case", item.start, item.end)
    return Cases(tuple(values), tuple(conds))
