"""Lines of items, cut up: at commas, from their punctuation, by the index above a name."""

from __future__ import annotations

import itertools

from proofread.derivations.shape import Item, Items, key

#: Letters that books keep for indices.
INDICES = frozenset("ijklpqrst")
#: Ends the name of a family whose index stands above in brackets: `x^{(i)}`.
NUMBERED = "^()"
#: Signs above a letter that make another name of it, as in x^* and A^+.
MARKS = "*′†+"
#: Signs below a letter that do so, as in B_+.
SIGNS = frozenset(["+", "-", "*"])


def split(items: Items, separator: str) -> list[Items]:
    """The parts between the separators; a separator with a script on it is none."""
    out: list[list[Item]] = [[]]
    for item in items:
        if item.kind == "op" and item.text == separator and not item.sup and not item.sub:
            out.append([])
        elif item.kind != "quad":
            out[-1].append(item)
    return [tuple(part) for part in out]


def trimmed(items: Items) -> Items:
    """Without the comma or full stop at its end."""
    while items and items[-1].kind == "op" and items[-1].text in ",;.":
        items = items[:-1]
    return items


def numbered(item: Item) -> Items:
    """The index that stands above a name in brackets, as in `x^{(i)}` and `W^{[1]}`."""
    first = item.sup[0] if item.sup else None
    if item.kind == "name" and first is not None and first.kind == "group" and first.text in ("()", "[]") and (
        not first.sub and not first.sup):  # fmt: skip
        return first.args[0] if first.args else ()
    return ()


def flattened(items: Items) -> list[Item]:
    """All items, those in brackets too."""
    out: list[Item] = []
    for item in items:
        out.append(item)
        for arg in item.args:
            out += flattened(arg)
        for row in item.rows:
            for cell in row:
                out += flattened(cell)
    return out


def names_in(items: Items) -> set[str]:
    """The letters that items hold, in brackets, indices and powers too."""
    found: set[str] = set()
    for item in flattened(items):
        found |= ({item.text} if item.kind == "name" else set()) | names_in(item.sub) | names_in(item.sup)
    return found


def mentions(items: Items, name: Item) -> bool:
    """Whether a name with its index, if it has one, stands in some items, in brackets, indices and powers too."""
    return any(
        (each.kind == "name" and (each.text, each.style) == (name.text, name.style)
         and key(name.sub) in ("", key(each.sub))) or mentions(each.sub, name) or mentions(each.sup, name)
        for each in flattened(items)
    )  # fmt: skip


def moving_names(items: Items) -> set[str]:
    """Names x with a dx in the formula."""
    flat = flattened(items)
    return {
        after.text for before, after in itertools.pairwise(flat)
        if before.kind == "name" and before.text == "d" and after.kind == "name" and not after.sub
    }  # fmt: skip


def below_bars(items: Items) -> set[str]:
    """Names x with a ∂x below a bar, or below a ∇: a bare f beside it stands at x too."""
    flat = flattened(items)
    below = [item.args[1][1] for item in flat
             if item.kind == "frac" and len(item.args[1]) == 2 and item.args[1][0].kind == "partial"]  # fmt: skip
    below += [item.sub[0] for item in flat if item.kind == "nabla" and len(item.sub) == 1]
    return {item.text for item in below if item.kind == "name"}
