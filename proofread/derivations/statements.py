"""What a formula states: declarations, ranges of indices, chains of relations, implications, bare expressions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from proofread.derivations.items import INDICES, MARKS, NUMBERED, flattened, moving_names, numbered, split, trimmed
from proofread.derivations.lex import Refusal, unreadable
from proofread.derivations.nodes import Axis, Compare, Entry, Gather, Node, Num, Size, Unit, Var, dump, transform, walk
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import RELATIONS, Item, Items, is_letter, key
from proofread.derivations.symbols import Shape, Symbol, Symbols

ALIGNED = frozenset({"aligned", "align", "split", "gathered", "gather", "alignedat", "alignat", "multline", "equation",
                     "eqnarray", "flalign"})  # fmt: skip
IMPLICATIONS = ("⇒", "⇔", "⇐")
#: What joins premises, and conclusions (the comma is stripped).
JOINTS = ("", "∧", "and", "且", "与", "和", "及", "以及", "并且")
CONDITION_WORDS = ("if", "when", "若", "当", "如果", "provided", "for", "where", "其中", "whenever", "对")


@dataclass(frozen=True)
class Part:
    """One statement of a formula."""

    kind: str
    """`declaration`, `range`, `chain`, `implication`, `expression` or `condition`."""
    items: Items
    pieces: tuple[Items, ...] = ()
    """Sides of a chain; names and set of a declaration; premise and conclusion."""
    relations: tuple[str, ...] = ()


def statements(items: Items) -> list[Part]:
    """The statements of a formula, in order."""
    out: list[Part] = []
    for line in _lines(items):
        for part in conjoined(line):
            out.append(classify(part))
    return out


def _lines(items: Items) -> list[Items]:
    """Logical lines: rows of aligned environments, joined where one goes on with the one before."""
    rows: list[Items] = []
    for item in items:
        if item.kind == "env" and item.text in ALIGNED:
            if item.sub or item.sup:
                raise unreadable("a script on aligned lines", item.start, item.end)
            rows += [()] if not rows else []
            for k, cells in enumerate(item.rows):
                flat = tuple(each for cell in cells for each in cell)
                nested = [each for each in flat if each.kind == "env" and each.text in ALIGNED]
                if nested:
                    inner = _lines(flat)
                    rows += inner
                    continue
                if k == 0 and len(rows) == 1 and rows[0]:
                    rows[0] = (*rows[0], *flat)
                else:
                    rows.append(flat)
        elif item.kind == "op" and item.text == "\\\\":
            rows.append(())
        else:
            if not rows:
                rows.append(())
            rows[-1] = (*rows[-1], item)
    joined: list[Items] = []
    for line in rows:
        row: Items = tuple(item for item in line if not (item.kind == "op" and item.text == "&"))
        bare = tuple(item for item in row if item.kind != "quad")
        if not bare:
            continue
        first = bare[0]
        goes_on = first.kind == "op" and (first.text in RELATIONS or first.text in ("+", "-", "·", "×", *IMPLICATIONS))
        if joined and not goes_on:
            before = [item for item in joined[-1] if item.kind != "quad"][-1]
            goes_on = before.kind == "op" and (
                before.text in RELATIONS or before.text in ("+", "-", "·", *IMPLICATIONS)
            )
        if joined and goes_on:
            before_items = joined[-1]
            if first.kind == "op" and first.text in RELATIONS:
                before_items = trimmed(before_items)
            joined[-1] = (*before_items, *bare)
        else:
            joined.append(row)
    return joined


def _relation(items: Items) -> bool:
    return any(item.kind == "op" and (item.text in RELATIONS or item.text in IMPLICATIONS) for item in items)


def conjoined(items: Items) -> list[Items]:
    """The statements of a line. What commas or “and” join to a side of its one implication is a premise or a conclusion
    too, as in `A = Aᵀ, B = Bᵀ ⇒ …`; what `\\quad` alone sets off stands for itself."""
    at = [k for k, item in enumerate(items) if item.kind == "op" and item.text in IMPLICATIONS]
    if len(at) != 1:
        return cuts(items)
    left, right = list(_cut(items[: at[0]])), list(_cut(items[at[0] + 1 :]))
    start, end = len(left) - 1, 1
    while start > 0 and left[start][1] and not (left[start][1] == "loose" and _orders(left[start - 1][0])):
        start -= 1
    while end < len(right) and right[end][1]:
        end += 1
    (before, premise), (after, conclusion) = _apart(left[max(start, 0) :], True), _apart(right[:end], False)
    alone = [[piece for piece, _ in pieces] for pieces in (left[: max(start, 0)], right[end:])]
    return [*alone[0], *before, (*premise, items[at[0]], *conclusion), *after, *alone[1]]


def _orders(items: Items) -> bool:
    """Whether a relation is an order of expressions, `x² ≥ x`, and no range such as `x > 1`: beside an implication, and
    set off from it, that is more likely a claim."""
    part = classify(items)
    sides = [trimmed(side) for side in part.pieces]
    alone = any(len(side) == 1 and side[0].kind == "num" for side in sides) and any(
        len(side) == 1 and side[0].kind == "name" for side in sides)  # fmt: skip
    return bool(set(part.relations) & {"<", ">", "≤", "≥"}) and not alone


def _apart(pieces: list[tuple[Items, str]], premises: bool) -> tuple[list[Items], Items]:
    """Of what is joined to a side of an implication: what speaks of sets and indices, and the relations together."""
    relations = [piece for piece, _ in pieces if classify(piece).kind == "chain" and not _of_indices(piece)
                 and not (premises and piece is not pieces[-1][0] and _says_a_derivative(piece))]  # fmt: skip
    others = [piece for piece, _ in pieces if piece not in relations] if relations else []
    side: Items = ()
    for piece in relations or [piece for piece, _ in pieces]:
        side = (*side, Item("op", ",", piece[0].start, piece[0].start), *piece) if side else piece
    return others, side


def _says_a_derivative(items: Items) -> bool:
    """Whether a relation says what a derivative is, `∇f = 2x`: that is a claim, and `∇f = 0` is none."""
    left, right = classify(items).pieces[:2]
    rest = trimmed(right)
    nothing = len(rest) == 1 and rest[0].text == "0" and not rest[0].sup
    derived = any(item.kind in ("nabla", "partial") or item.primes for item in flattened(left)) or moving_names(left)
    return bool(derived) and not nothing


def _of_indices(items: Items) -> bool:
    """Whether a relation is one such as i ≠ j, i ≠ 1."""
    return len(items) == 3 and items[1].text == "≠" and all(
        item.kind == "num" or (item.text in INDICES and not item.sub) for item in items[::2])  # fmt: skip


def cuts(items: Items) -> list[Items]:
    """A line cut at `\\quad`, words, commas and semicolons that stand between statements."""
    return [piece for piece, _ in _cut(items)]


def _cut(items: Items) -> Iterator[tuple[Items, str]]:
    """The pieces between cuts, each with how it is joined to the one before: `tight` by a comma or “and”, `loose` where
    `\\quad` stands there too, or not at all."""
    pieces: list[Items] = [()]
    for k, item in enumerate(items):
        after = items[k + 1] if k + 1 < len(items) else None
        joins = (*RELATIONS, "+", "-", "·", "×", "∘", "⊙", "⊗", "/")
        if item.kind == "quad" and after is not None and after.kind == "op" and after.text in joins:
            continue
        cut = item.kind in ("quad", "text") or (item.kind == "op" and item.text in (",", ";", ".", "∧", "∴", "∵"))
        if item.kind == "op" and item.text == ":" and not item.sub:
            cut = False
        if cut and item.kind == "text" and item.text.strip("，,。. :：").lower() in CONDITION_WORDS[:8]:
            pieces.append((item,))
            pieces.append(())
        elif cut:
            if (item.kind == "op" and item.text in (",", "∧")) or item.kind in ("quad", "text"):
                pieces.append((replace(item, kind="cut", text="quad" if item.kind == "quad" else item.text),))
                pieces.append(())
            else:
                pieces.append(())
        else:
            pieces[-1] = (*pieces[-1], item)
    flat: list[Items] = [piece for piece in pieces if piece]
    joined, apart = False, False
    k = 0
    while k < len(flat):
        piece = flat[k]
        if len(piece) == 1 and piece[0].kind == "cut":
            joined = joined or piece[0].text.strip("，,。. ").lower() in JOINTS
            apart = apart or piece[0].text == "quad"
            k += 1
            continue
        # names before the relation, `x, y ∈ ℝ` or `i = 1, …, n`, belong together
        while not _relation(piece) and _comma(flat, k + 1) and k + 2 < len(flat) and not _function_sign(piece):
            following = flat[k + 2]
            if _listed(piece) and (_listed(following) or _relation(following) or _function_sign(following)):
                piece = (*piece, flat[k + 1][0], *following)
                k += 2
            else:
                break
        while _comma(flat, k + 1) and k + 2 < len(flat) and _range_goes_on(piece, flat[k + 2]):
            piece = (*piece, flat[k + 1][0], *flat[k + 2])
            k += 2
        if (end := _same_range(flat, k)) > k:
            *low, _ = piece
            names = [each[0] for each in flat[k + 2 : end : 2]]
            last, *high = flat[end]
            for name in (piece[-1], *names, last):
                yield (*low, name, *high), _joint(joined, apart)
                joined, apart = True, False
            joined = False
            k = end + 1
            continue
        whole = tuple(replace(item, kind="op", text=",") if item.kind == "cut" else item for item in piece)
        yield whole, _joint(joined, apart)
        joined, apart = False, False
        k += 1


def _joint(joined: bool, apart: bool) -> str:
    return ("loose" if apart else "tight") if joined else ""


def _function_sign(items: Items) -> bool:
    return any(item.kind == "op" and item.text == ":" for item in items)


def _comma(flat: list[Items], k: int) -> bool:
    return k < len(flat) and len(flat[k]) == 1 and flat[k][0].kind == "cut" and flat[k][0].text == ","


def _listed(items: Items) -> bool:
    """A single name, or dots."""
    rest = [item for item in items if item.kind != "cut"]
    return all(item.kind in ("name", "dots") for item in rest) and bool(rest)


def _range_goes_on(piece: Items, following: Items) -> bool:
    if not _relation(piece):
        return False
    has_equal = any(item.kind == "op" and item.text == "=" for item in piece)
    tail = piece[-1]
    number = tail.kind in ("num", "dots") or (tail.kind == "name" and is_letter(tail))
    if len(following) == 1 and (following[0].kind == "dots" or (tail.kind == following[0].kind == "num")):
        return has_equal and number
    return has_equal and piece[-1].kind == "dots" and not _relation(following)


def _same_range(flat: list[Items], k: int) -> int:
    """The place of the last piece of `0 < p, q < 1` or `0 < p, q`, which says the same of each name; else k."""
    *number, sign, name = flat[k] if len(flat[k]) > 2 else (*flat[k], *flat[k])
    constant = all(item.kind == "num" or item.text in ("-", "π") for item in number)
    if not (number and constant and _order(sign) and _listed((name,))):
        return k
    end = k
    while _comma(flat, end + 1) and end + 2 < len(flat) and _listed(flat[end + 2][:1]):
        end += 2
        following = flat[end]
        if len(following) > 1:
            return end if following[1].text == sign.text else k
    return end if end + 1 == len(flat) else k


def _order(item: Item) -> bool:
    return item.kind == "op" and item.text in ("<", "≤", ">", "≥")


def classify(items: Items) -> Part:
    """What the items of one statement are: a declaration, a range, a chain of relations, a condition, an expression."""
    ops = [(k, item.text) for k, item in enumerate(items) if item.kind == "op"]
    for k, text in ops:
        if text in IMPLICATIONS:
            if sum(1 for _, other in ops if other in IMPLICATIONS) > 1:
                raise unreadable("one implication at a time", items[k].start, items[k].end)
            left, right = items[:k], items[k + 1 :]
            if text == "⇐":
                left, right, text = right, left, "⇒"
            if not left or not right:
                raise unreadable("an implication wants both sides in one formula", items[k].start, items[k].end)
            return Part("implication", items, (left, right), (text,))
    if items[0].kind == "text":
        return Part("condition", items)
    if items[0].kind == "op" and items[0].text in ("∀", "∃"):
        if items[0].text == "∃":
            raise unreadable("that something exists is not checked", items[0].start, items[0].end)
        inner = classify(items[1:]) if len(items) > 1 else Part("expression", items)
        return replace(inner, kind="quantifier") if inner.kind == "expression" else inner
    if any(text == ":" for _, text in ops) and any(text == "→" for _, text in ops):
        cut = next(k for k, text in ops if text == ":")
        return Part("declaration", items, (items[:cut], items[cut + 1 :]), (":",))
    relations = [(k, text) for k, text in ops if text in RELATIONS]
    if relations and len(items) == 1:
        return Part("expression", items)  # $=$, $\\in$: mentions
    if any(text == "∈" for _, text in relations):
        if len(relations) > 1:
            if relations[-1][1] != "∈" or any(text == "∈" for _, text in relations[:-1]):
                raise unreadable("∈ stands last in a chain", items[relations[0][0]].start, items[relations[0][0]].end)
            cuts = [-1, *(k for k, _ in relations), len(items)]
            sides = tuple(items[a + 1 : b] for a, b in itertools.pairwise(cuts))
            if not all(sides):
                raise unreadable("one side of the relation is empty", items[0].start, items[-1].end)
            return Part("chain", items, sides, tuple(text for _, text in relations))
        at = relations[0][0]
        if at == 0 or at == len(items) - 1:
            raise unreadable("one side of ∈ is empty", items[at].start, items[at].end)
        return Part("declaration", items, (items[:at], items[at + 1 :]), ("∈",))
    if (
        len(relations) == 1 and relations[0][1] == "=" and any(item.kind == "dots" for item in items[relations[0][0] :])
        and any(text == "," for k, text in ops if k > relations[0][0])
    ):  # fmt: skip
        return Part("range", items, (items[: relations[0][0]], items[relations[0][0] + 1 :]))
    if relations:
        cuts = [-1, *(k for k, _ in relations), len(items)]
        sides = tuple(items[a + 1 : b] for a, b in itertools.pairwise(cuts))
        if [text for _, text in relations] == ["⊥"] and all(sides):  # x ⊥ y: xᵀy = 0
            mark = items[relations[0][0]]
            first, second = (Item("group", "()", side[0].start, side[-1].end, (side,)) for side in sides)
            turned = replace(first, sup=(Item("op", "⊤", mark.start, mark.end),))
            return Part("chain", items, ((turned, second), (Item("num", "0", mark.start, mark.end),)), ("=",))
        for k, side in enumerate(sides):
            if not side and len(items) != 1:
                place = items[min(cuts[k] + 1, len(items) - 1)]
                raise unreadable("one side of the relation is empty", place.start, place.end)
        return Part("chain", items, sides, tuple(text for _, text in relations))
    return Part("expression", items)


# -- declarations ------------------------------------------------------------------------------------------------------

POSITIVE = {"+": "nonnegative", "++": "positive", ">0": "positive", "≥0": "nonnegative", "*": "", "≠0": ""}
#: What the sets of whole numbers are; ℕ alone begins at 1, as an exponent or a number of terms does.
WHOLE = {
    **dict.fromkeys(["N", "N+", "N*", "N>0", "N≥1", "N1", "Z+", "Z>0", "Z≥1", "Z++"], frozenset[str]()),
    **dict.fromkeys(["N0", "N≥0", "Z≥0"], frozenset({"from zero"})),
    "Z": frozenset({"from zero", "integer"}),
}


def dimension(items: Items, symbols: Symbols) -> Node:
    """A size: a number, a letter (declared as a size by standing here), or a small expression of these."""
    for item in items:
        known = symbols.get(item.text) if item.kind == "name" else None
        if item.kind == "name" and is_letter(item) and (
            known is None or known.name == f"{item.text}|bold" or _counted(known, symbols)):  # fmt: skip
            symbols.scopes[-1].symbols[item.text] = Symbol(item.text, "size")
    letters = [item for item in items if item.kind == "name"]
    if len(letters) > 3 and len(letters) == len(items):
        raise unreadable(f"a size is the product of {len(letters)} letters here: is a \\times without its backslash?",
                         items[0].start, items[-1].end)  # fmt: skip
    resolver = Resolver(symbols)
    node = resolver.expr(items)
    for each in walk(node):
        if not isinstance(each, (Size, Num)) and type(each).__name__ not in ("Add", "Mul", "Pow", "Div"):
            raise unreadable("a dimension is made of sizes", items[0].start, items[-1].end)
    return node


ONE = Num(1.0, "1")


def _counted(symbol: Symbol, symbols: Symbols) -> bool:
    """Whether all that is said of a name are orders, “m ≥ 1”, so that it may be a size: then they speak of one."""
    said = [each for each in symbols.hypotheses() if symbol.name in each.names]
    number = symbol.kind == "array" and symbol.shape.scalar and symbol.definition is None and not symbol.family
    orders = all(
        each.names == {symbol.name} and isinstance(each.relation, Compare) and each.relation.op in "<>≤≥"
        for each in said
    )  # fmt: skip
    defined = [each.definition for scope in symbols.scopes for each in scope.symbols.values()]
    used = any(isinstance(node, Var) and node.name == symbol.name for tree in defined if tree for node in walk(tree))
    if not (number and said and orders) or used:
        return False
    size = Size(symbol.name)
    for scope in symbols.scopes:
        scope.symbols.pop(symbol.name, None)
        scope.hypotheses = [
            replace(each, relation=transform(each.relation, lambda node: size if isinstance(node, Var) else node))
            if each in said else each for each in scope.hypotheses
        ]  # fmt: skip
    return True


def read_set(items: Items, symbols: Symbols) -> tuple[Shape, frozenset[str], str] | None:
    """Shape, traits and kind (`array` or `size`) of the elements of a set, or None for one not read."""
    items = trimmed(items)
    if len(items) != 1:
        if len(items) == 2 and items[0].kind == "name" and items[0].text in ("O", "SO") and items[1].kind == "group":
            size = dimension(items[1].args[0], symbols)
            return Shape(size, size), frozenset({"orthogonal"}), "array"
        return None
    item = items[0]
    sub = key(item.sub).replace(" ", "")
    if item.kind == "name" and item.text == "R" and (item.style in ("bb", "bold", "rm", "cal", "")):
        if item.style == "" and not item.sup and symbols.get("R") is not None:
            return None
        traits = frozenset({POSITIVE[sub]} - {""}) if sub in POSITIVE else None
        if sub == "":
            traits = frozenset()
        sup = item.sup
        if sup and sup[0].kind == "op" and sup[0].text == "+" and traits == frozenset():
            traits, sup = frozenset({"nonnegative"}), ()
        if traits is None:
            return None
        if not sup:
            return Shape(), traits, "array"
        parts = split(sup, "×")
        parts = parts if len(parts) > 1 else split(sup, ",")
        if len(parts) > 2 or not all(parts):
            return None
        dims = [dimension(part, symbols) for part in parts]
        return Shape(dims[0], dims[1] if len(dims) == 2 else ONE), traits, "array"
    if (
        item.kind == "name"
        and item.text in ("S", "Sym")
        and (item.style in ("bb", "rm", "cal") or item.text == "Sym" or (item.style == "bold" and item.sup))
    ):
        words = {"": "symmetric", "+": "psd", "++": "pd"}
        sup = item.sup or (item.sub if item.text == "Sym" else ())
        if item.text == "Sym":
            sub = ""
        if sub in words and sup:
            size = dimension(sup, symbols)
            return Shape(size, size), frozenset({words[sub]}), "array"
        return None
    if item.kind == "name" and item.text in ("N", "Z") and item.style == "bb":
        traits = WHOLE.get(item.text + (sub or key(item.sup).replace(" ", "")))
        return None if traits is None or (sub and item.sup) else (Shape(), traits, "size")
    if item.kind == "group" and item.text in ("()", "[]", "(]", "[)") and len(split(item.args[0], ",")) == 2:
        return Shape(), frozenset(), "interval"
    if item.kind == "group" and item.text == "\\{\\}" and key(item.args[0]) == "0,1":
        shape = Shape()
        if item.sup:
            sizes = [dimension(part, symbols) for part in split(item.sup, "×")]
            shape = Shape(sizes[0], sizes[1] if len(sizes) == 2 else ONE)
        return shape, frozenset({"binary"}), "array"
    return None


def declare(part: Part, symbols: Symbols) -> list[str]:
    """Put the names that a declaration declares; returns them. Raises `Refusal` where it is not read."""
    names, target = part.pieces
    if part.relations == (":",):
        return _declare_function(names, target, symbols)
    targets = split(names, ",")
    if all(len(each) == 1 and each[0].kind == "name" for each in targets) and _index_set(target) is not None:
        lo, hi = (dimension(side, symbols) for side in _index_set(target) or ())
        for (each,) in targets:
            symbols.set_range(each.text, lo, hi)
        return [each[0].text for each in targets]
    found = read_set(target, symbols)
    if found is None:
        place = target[0] if target else names[-1]
        raise unreadable("the set is not read: ℝ, ℝ^n, ℝ^{m×n} (with _+ or _{++}), 𝕊^n, ℕ, intervals", place.start,
                         (target[-1] if target else place).end)  # fmt: skip
    shape, traits, kind = found
    made: list[str] = []
    if any(len(each) == 1 and each[0].kind == "dots" for each in targets):  # x_1, …, x_m ∈ ℝⁿ
        if others := [each for each in targets if len(each) == 1 and each[0].text != targets[-1][0].text
                      and each[0].kind != "dots"]:  # fmt: skip
            for other in others:  # μ, x_1, …, x_m ∈ ℝⁿ
                made += declare(replace(part, pieces=(other, target)), symbols)
            targets = [each for each in targets if each not in others]
        ends = [each[0] for each in targets if each[0].kind == "name"]
        marks = [numbered(end) or end.sub for end in ends]
        if any(not mark or end.text != ends[0].text for end, mark in zip(ends, marks, strict=True)) or (
            targets[-1][0].kind == "dots"):  # fmt: skip
            raise unreadable("the dots of this declaration have no last name", names[0].start, names[-1].end)
        name = Resolver(symbols).name(ends[0]) + (NUMBERED if numbered(ends[0]) else "")
        letter = f"i of {name}"
        symbols.set_range(letter, dimension(marks[0], symbols), dimension(marks[-1], symbols))
        symbols.put(Symbol(name, "array", shape, (letter,), traits))
        return [*made, name]
    for single in targets:
        if len(single) == 1 and single[0].kind == "num" and single[0].text == "0":
            continue  # 0 ∈ ℝⁿ: a number is a constant of any shape already
        if len(single) != 1 or single[0].kind != "name":
            place = single[0] if single else names[0]
            raise unreadable("a declaration names one thing: $ x \\in … $", place.start, place.end)
        made.append(_declare_one(single[0], shape, traits, kind, target, symbols))
    return made


def _index_set(target: Items) -> tuple[Items, Items] | None:
    """The bounds of `{1, …, n}` or `[n]`."""
    if len(target) == 1 and target[0].kind == "group" and target[0].args:
        parts = split(target[0].args[0], ",")
        if target[0].text == "\\{\\}" and any(len(part) == 1 and part[0].kind == "dots" for part in parts):
            return parts[0], parts[-1]
        if target[0].text == "[]" and len(parts) == 1 and len(parts[0]) == 1 and parts[0][0].kind == "name":
            return (Item("num", "1"),), parts[0]
    return None


def _declare_one(item: Item, shape: Shape, traits: frozenset[str], kind: str, target: Items, symbols: Symbols) -> str:
    resolver = Resolver(symbols)
    name = resolver.name(item)
    family: tuple[str, ...] = ()
    if item.primes:
        name += "'" * item.primes
    if number := numbered(item):
        if item.sub or len(item.sup) > 1:
            raise unreadable("a declared name has one index", item.start, item.end)
        if len(number) == 1 and is_letter(number[0]) and symbols.get(number[0].text) is None:
            name, family = name + NUMBERED, (number[0].text,)
        else:
            name += f"^({key(number)})"
    elif item.sup:
        if any(each.kind != "op" or each.text not in MARKS for each in item.sup):
            raise unreadable("a declared name has no power", item.start, item.end)
        name += "^" + key(item.sup)
    if item.sub:
        letters = [each for each in item.sub if not (each.kind == "op" and each.text == ",")]
        index = [each for each in letters if is_letter(each) and not each.style]
        free = [each for each in index if symbols.get(each.text) is None]
        if len(free) == len(letters) and letters and all(each.text.islower() for each in free):
            if len(letters) > 1:
                base = symbols.get(name.upper())
                if base is not None or shape.scalar:  # a_{ij} ∈ ℝ: entries of A
                    if base is None:
                        _by_entries(name, item, letters, shape, traits, symbols)
                    return name
                raise unreadable("a family has one index", item.start, item.end)
            family = tuple(each.text for each in free)
            known = symbols.get(name)
            if known is not None and known.family and known.family[0].startswith("i of ") and known.name == name:
                family = known.family  # its range is known already
            if known is not None and not known.family and shape.scalar and known.kind == "array":
                return name  # x_i ∈ ℝ says nothing new of x ∈ ℝⁿ
        else:
            name += "_" + key(item.sub)
    constant = _constant(item, shape)
    if kind == "size":
        symbols.put(Symbol(name, "size", traits=traits | {"natural"}))
    else:
        symbols.put(Symbol(name, "array", shape, family, traits, definition=constant))
        if kind == "interval":
            _interval(name, target[0], symbols)
    return name


def _by_entries(name: str, item: Item, letters: list[Item], shape: Shape, traits: frozenset[str], symbols: Symbols
                ) -> None:  # fmt: skip
    """`r_{ij} ∈ ℝ` for i = 1, …, m and j = 1, …, n: an m × n matrix r."""
    ranges = [symbols.range(each.text) for each in letters]
    if len(letters) != 2 or not shape.scalar or letters[0].text == letters[1].text or any(
        bounds is not None and dump(bounds[0]) != dump(ONE) for bounds in ranges):  # fmt: skip
        raise unreadable("a family has one index; declare the matrix instead", item.start, item.end)
    if ranges[0] is None or ranges[1] is None:
        letter = letters[ranges[0] is not None].text
        raise Refusal(f"the range of {letter} is not known: say $ {letter} = 1,\\ldots,n $, or declare the matrix",
                      item.start, item.end, kind="undeclared")  # fmt: skip
    symbols.put(Symbol(name, "array", Shape(ranges[0][1], ranges[1][1]), traits=traits))


def _constant(item: Item, shape: Shape) -> Node | None:
    """What a name is that means one thing everywhere: `\\mathbf 1 ∈ ℝⁿ`, `0 ∈ ℝⁿ`, `I ∈ ℝ^{n×n}`."""
    if item.sub or item.sup or item.primes or shape.rows is None:
        return None
    if item.text in "10" and item.style and shape.cols is ONE:
        return Unit(item.text, shape.rows)
    if item.text == "I" and item.style in ("", "bold", "rm") and dump(shape.rows) == dump(shape.cols):
        return Unit("I", shape.rows)
    return None


def bounds(group: Item, symbols: Symbols) -> list[tuple[str, Node]]:
    """What an interval says of its members: how they are related to its finite ends."""
    low, high = split(group.args[0], ",")
    return [
        (closed if bracket in "[]" else strict, Resolver(symbols).expr(side))
        for side, bracket, strict, closed in ((low, group.text[0], ">", "≥"), (high, group.text[1], "<", "≤"))
        if not side or all(each.text != "∞" for each in side)
    ]


def _interval(name: str, group: Item, symbols: Symbols) -> None:
    from proofread.derivations.nodes import Compare, Var
    from proofread.derivations.symbols import Hypothesis

    for relation, bound in bounds(group, symbols):
        node = Compare(relation, Var(name), bound)
        symbols.suppose(Hypothesis(node, frozenset({name}), f"{name} ∈ {key((group,))}"))


def _declare_function(names: Items, target: Items, symbols: Symbols) -> list[str]:
    at = next(k for k, item in enumerate(target) if item.kind == "op" and item.text == "→")
    value = read_set(target[at + 1 :], symbols)
    domains = [read_set(part, symbols) for part in split(target[:at], "×")]
    if value is None or any(domain is None for domain in domains) or value[2] == "size":
        raise unreadable("the sets of this function are not read", target[0].start, target[-1].end)
    shapes = tuple(domain[0] for domain in domains if domain is not None)
    traits = tuple(domain[1] for domain in domains if domain is not None)
    made = []
    for each in split(names, ","):
        item = each[0] if len(each) == 1 else names[0]
        starred = bool(item.sup) and all(part.kind == "op" and part.text in "*†" for part in item.sup)
        if len(each) != 1 or item.kind != "name" or (item.sup and not starred):
            raise unreadable("a function has a name", item.start, item.end)
        name = Resolver(symbols).name(item) + (f"_{key(item.sub)}" if item.sub else "")
        name += f"^{key(item.sup)}" if starred else ""
        symbols.put(Symbol(name, "function", value[0], (), value[1], (), shapes, traits))
        made.append(name)
    return made


def declare_range(part: Part, symbols: Symbols) -> list[str]:
    """`i = 1, …, m`."""
    names, values = part.pieces
    parts = [each for each in split(values, ",") if each]
    ends = [each for each in parts if not (len(each) == 1 and each[0].kind == "dots")]
    if len(ends) < 2 or len(parts) == len(ends) or parts[-1] is not ends[-1]:
        raise unreadable("a range reads i = 1, …, n", part.items[0].start, part.items[-1].end)
    lo, hi = dimension(ends[0], symbols), dimension(ends[-1], symbols)
    made = []
    for each in split(names, ","):
        if len(each) != 1 or not is_letter(each[0]):
            raise unreadable("a range is for an index", part.items[0].start, part.items[-1].end)
        if symbols.get(each[0].text) is not None:
            raise Refusal(f"{each[0].text} is declared already and cannot be an index", each[0].start, each[0].end,
                          kind="definition")  # fmt: skip
        symbols.set_range(each[0].text, lo, hi)
        made.append(each[0].text)
    return made


__all__ = ["Axis", "Entry", "Gather", "Part", "declare", "declare_range", "statements"]
