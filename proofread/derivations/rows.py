"""Matrices made of the vectors that are their rows or columns, as the prose beside them says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import statements
from proofread.derivations.items import split
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Axis, Entry, Gather, Idx, Node, Num, T, Var, dump, show
from proofread.derivations.outcome import Outcome
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Item, Items, is_letter, read_items
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Shape, Symbol

if TYPE_CHECKING:
    from proofread.derivations.check import Checker

_EACH = r"(?:第\s*\$\s*个?|各|诸|每一?)?\s*"
#: “the rows of $X$ are …”, “$X$ 的第 $i$ 行是 …”: what stands before the vectors.
BEFORE = re.compile(
    r"(?:的|whose|with|the|第\s*\$\s*个?|各|诸)?\s*(?P<word>行向量|列向量|行|列|rows?|columns?)"
    r"(?:依次|分别|们)?\s*(?:of\s*\$\s*)?(?:记为|记作|写作|写成|为|是|are|is|be|(?:are |is )?(?:denoted )?by)?\s*$",
    re.IGNORECASE,
)  # fmt: skip
#: “… is the $i$-th row of $X$”, “… 是 $X$ 的第 $i$ 行”: what stands after them.
AFTER = (
    re.compile(
        r"^\s*(?:(?:be|is|are|denotes?)\s+)?the\s+(?:\S+\s+)?(?P<word>rows?|columns?)\s+of\s*(?P<matrix>\$)", re.I
    ),
    re.compile(rf"^\s*(?:是|为|表示)\s*(?P<matrix>\$)\s*的\s*{_EACH}(?P<word>行|列)"),
)
_KIND = r"\s*(?:数据|设计|样本)?(?:矩阵)?\s*$"
#: “$x_i ∈ ℝ^n$ 是 $X ∈ …$ 的第 $i$ 行”: what stands around the matrix, whose vectors are declared just before.
AROUND = (re.compile(r"\$\s*(?:是|为|(?:排|堆|拼|组|构)成)" + _KIND), re.compile(rf"^\s*的\s*{_EACH}(?P<word>行|列)"))
#: “把它们按行排成 $X ∈ …$”.
STACKED = re.compile(r"按(?P<word>行|列)(?:依次)?(?:排列?|堆叠?|拼|组)成" + _KIND)


def rows_or_columns(checker: Checker, part: Part) -> Outcome | None:
    """“$A$ 的各行为 $a_1^\\top, …, a_m^\\top$”, “$a_i^\\top$ 是 $A$ 的第 $i$ 行”: A is made of these vectors."""
    cells = [each for each in split(part.items, ",") if each]
    named = [each[0] for each in cells if len(each) == 1 and each[0].kind == "name"]
    dotted = any(len(each) == 1 and each[0].kind == "dots" for each in cells)
    if not named or any(not each.sub or each.text != named[0].text for each in named) or (
        len(cells) != 1 and not (dotted and len(named) + 1 == len(cells))):  # fmt: skip
        return None
    name = Resolver(checker.symbols).name(named[0])
    if match := BEFORE.search(checker.sentence.text):
        spoken = map(checker.symbols.get, checker.sentence.names)
        matrices = [each for each in spoken if each is not None and _is_matrix(each)]
        matrix = matrices[-1] if matrices else _as_large_as(checker, match, name)
    else:
        match = next(filter(None, (pattern.match(checker.rest) for pattern in AFTER)), None)
        if match is None:
            return None
        matrix = _named(checker, checker.ahead[checker.rest.count("$", 0, match.start("matrix"))].tex)
    if matrix is None or matrix.definition is not None or not _is_matrix(matrix):
        return None
    rows = _are_rows(match)
    lo: Node = Num(1.0, "1")
    hi = matrix.shape.rows if rows else matrix.shape.cols
    if len(cells) > 1:
        lo, hi = (statements.dimension(named[k].sub, checker.symbols) for k in (0, -1))
    elif len(named[0].sub) != 1 or not is_letter(named[0].sub[0]):
        return None
    assert hi is not None
    return _make(checker, matrix, name, lo, hi, rows)


def stacked(checker: Checker, names: list[str]) -> Outcome | None:
    """“$x_i ∈ ℝ^n$ 是 $X ∈ …$ 的第 $i$ 行”, “把它们按行排成 $X ∈ …$”, read at an X that its formula names alone."""
    matrix = checker.symbols.get(names[0]) if len(names) == 1 else None
    text, formulas = checker.sentence.text, checker.sentence.formulas
    if matrix is None or not formulas or not _is_matrix(matrix) or matrix.definition is not None:
        return None
    if AROUND[0].search(text) and (match := AROUND[1].match(checker.rest)):
        spoken = formulas[-1].names
    elif match := STACKED.search(text):
        spoken = tuple(checker.sentence.names)
    else:
        return None
    families = [each for each in map(checker.symbols.get, spoken) if each and each.family and not each.shape.scalar]
    if not families:
        return None
    rows = _are_rows(match)
    hi = matrix.shape.rows if rows else matrix.shape.cols
    assert hi is not None
    return _make(checker, matrix, families[-1].name, Num(1.0, "1"), hi, rows)


def declare_members(checker: Checker, head: Items, side: Items, shape: Shape) -> None:
    """`X = (x_1, …, x_m)^⊤ ∈ ℝ^{m×n}` of an x that nothing declares: m vectors, as long as the set says; numbers where
    the tuple is a vector, but for `x = (x_1, …, x_n)^⊤`, whose x_i are entries of x."""
    named = _tuple(side)
    if not named or shape.rows is None or shape.cols is None:
        return
    bare = replace(named[0], sub=(), sup=())
    if len(head) == 1 and head[0].text == bare.text:
        return
    first, last = (statements.dimension(named[k].sub, checker.symbols) for k in (0, -1))
    size = {repr(dump(shape.cols)): shape.rows, repr(dump(shape.rows)): shape.cols}.get(repr(dump(last)))
    resolver = Resolver(checker.symbols)
    if size is not None and resolver.lookup(bare)[0] is None:
        _family(checker, resolver.name(bare), first, last, size)


def vector_of_members(checker: Checker, part: Part) -> list[str] | None:
    """`x = (x_1, …, x_n)^⊤` of numbers x_i declared before: they are the entries of the vector x from here on."""
    if part.relations not in (("=",), (":=",)):
        return None
    (head, named) = part.pieces[0], _tuple(part.pieces[1])
    if named and (made := _new_vector(checker, head, named)):
        return made
    symbol = Resolver(checker.symbols).lookup(head[0])[0] if len(head) == 1 and head[0].kind == "name" else None
    if not named or symbol is None or len(symbol.family) != 1 or not symbol.shape.scalar or head[0].sub:
        return None
    bounds = checker.symbols.range(symbol.family[0])
    ends = [statements.dimension(named[k].sub, checker.symbols) for k in (0, -1)]
    if named[0].text != head[0].text or bounds is None or [*map(dump, ends)] != [*map(dump, bounds)]:
        return None
    supposed = [each for each in checker.symbols.hypotheses() if symbol.name in each.names]
    checker.symbols.put(replace(symbol, shape=Shape(bounds[1], statements.ONE), family=()))
    for each in supposed:
        checker.symbols.suppose(each)
    return [symbol.name]


def numbers_on_diagonal(checker: Checker, side: Items) -> None:
    """Declare the λ_i of `Λ = diag(λ_1, …, λ_n)`, of which nothing is declared: numbers."""
    named = _tuple(side[1:2]) if len(side) == 2 and (side[0].kind, side[0].text) == ("func", "diag") else []
    if not named:
        return
    resolver, bare = Resolver(checker.symbols), replace(named[0], sub=())
    if not (bare.sup or bare.primes) and resolver.lookup(bare)[0] is None and resolver.lookup(named[0])[0] is None:
        first, last = (statements.dimension(named[k].sub, checker.symbols) for k in (0, -1))
        name = resolver.name(bare)
        checker.symbols.set_range(f"i of {name}", first, last)
        checker.symbols.put(Symbol(name, "array", Shape(), (f"i of {name}",)))


def _new_vector(checker: Checker, head: Items, named: list[Item]) -> list[str]:
    """Declare the x of `x = (x_1, …, x_n)^⊤` of which nothing is declared: it has n entries."""
    resolver = Resolver(checker.symbols)
    first, last = named[0], named[-1]
    alike = len(head) == 1 and head[0].kind == "name" and not (head[0].sub or head[0].sup or head[0].primes) and (
        head[0].text == first.text)  # fmt: skip
    new = [replace(head[0], style=style) for style in (head[0].style, first.style)] if alike else []
    one = [each.text for each in first.sub] == ["1"]
    if not new or not one or any(resolver.lookup(each)[0] is not None for each in new):
        return []
    name = resolver.name(head[0])
    checker.symbols.put(Symbol(name, "array", Shape(statements.dimension(last.sub, checker.symbols), statements.ONE)))
    return [name]


def _tuple(side: Items) -> list[Item]:
    """The named members of `(x_1, …, x_n)`, which all have one name; [] of anything else."""
    if len(side) != 1 or side[0].kind not in ("group", "env"):
        return []
    (item,) = side
    cells = split(item.args[0], ",") if item.args else [cell for row in item.rows for cell in row]
    named = [cell[0] for cell in cells if len(cell) == 1 and cell[0].kind == "name" and cell[0].sub]
    dotted = any(len(cell) == 1 and cell[0].kind == "dots" for cell in cells)
    alike = len({(each.text, each.style) for each in named}) == 1
    return named if dotted and alike and len(named) + 1 == len(cells) else []


def _are_rows(match: re.Match[str]) -> bool:
    return match.group("word").lower() in ("行", "row", "rows", "行向量")


def _is_matrix(symbol: Symbol) -> bool:
    columns = symbol.shape.cols
    return symbol.kind == "array" and not symbol.family and columns is not None and columns is not statements.ONE


def _single(tex: str) -> Item | None:
    """The name that a formula is."""
    try:
        items = read_items(tex)
    except Refusal:
        return None
    return items[0] if len(items) == 1 and items[0].kind == "name" else None


def _named(checker: Checker, tex: str) -> Symbol | None:
    item = _single(tex)
    return Resolver(checker.symbols).lookup(item)[0] if item is not None else None


def _as_large_as(checker: Checker, match: re.Match[str], name: str) -> Symbol | None:
    """“$X$ 的第 $i$ 行为 $x_i^\\top$” of vectors that are declared and an X that is not: as large as they make it."""
    place = match.string.count("$", 0, match.start()) - 1
    known = checker.symbols.get(name)
    bounds = checker.symbols.range(known.family[0]) if known is not None and known.family else None
    item = _single(checker.sentence.formulas[place].tex) if place >= 0 else None
    if known is None or bounds is None or item is None or known.shape.rows is None:
        return None
    resolver = Resolver(checker.symbols)
    if resolver.lookup(item)[0] is not None:
        return None
    sizes = (bounds[1], known.shape.rows)
    return Symbol(resolver.name(item), "array", Shape(*(sizes if _are_rows(match) else sizes[::-1])))


def _family(checker: Checker, name: str, lo: Node, hi: Node, size: Node) -> None:
    letter = f"i of {name}"
    checker.symbols.set_range(letter, lo, hi)
    shape = Shape() if size is statements.ONE else Shape(size, statements.ONE)
    checker.symbols.put(Symbol(name, "array", shape, (letter,)))


def _make(checker: Checker, matrix: Symbol, name: str, lo: Node, hi: Node, rows: bool) -> Outcome:
    """Let a matrix be made of a family of vectors.

    Raises:
        Refusal: their number or size is said already, and is not the matrix's.
    """
    size = matrix.shape.cols if rows else matrix.shape.rows
    assert size is not None
    known = checker.symbols.get(name)
    supposed = f"{name}_i is {'row' if rows else 'column'} i of {matrix.name}"
    told = Outcome("declared", facts={"declares": [name], "supposes": [supposed]})
    bound = matrix.traits or any(matrix.name in each.names for each in checker.symbols.hypotheses())
    if (known is None or not known.family) and bound and dump(lo) == dump(Num(1.0, "1")):
        whole: Node = Var(matrix.name)  # what is supposed of it stays
        shape = Shape(matrix.shape.cols, matrix.shape.rows) if rows else matrix.shape
        checker.symbols.put(Symbol(name, "array", shape, definition=T(whole) if rows else whole, columns=True))
        return told
    if known is None or not known.family:
        _family(checker, name, lo, hi, size)
    else:
        bounds = checker.symbols.range(known.family[0])
        for said, wanted, what in ((bounds and bounds[1], hi, "members"), (known.shape.rows, size, "entries each")):
            if said is not None and dump(said) != dump(wanted):
                raise Refusal(
                    f"{name} has {show(said)} {what}, and {matrix.name} wants {show(wanted)} of them", kind="shape"
                )
        checker.symbols.set_range(f"i of {name}", lo, hi)
        checker.symbols.put(replace(known, family=(f"i of {name}",)))
    axis = Axis("i", lo, hi)
    member: Node = Entry(Var(name), (Idx(axis),))
    body = Gather((axis,), T(member)) if rows else Gather((axis,), member, across=True)
    checker.symbols.put(replace(matrix, definition=body, traits=frozenset()))
    return told
