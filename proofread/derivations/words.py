"""Declarations in words: “$A$、$B$ 为 $n$ 阶对称矩阵”, “let $x$ be a vector in $\\mathbb R^n$”.

A phrase is read whole or not at all: of “$n × n$ 稀疏矩阵”, which holds a word that nobody here knows, nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from proofread.derivations import statements, subjects
from proofread.derivations.adjectives import DENIED, END, ENTRIES, TRAITS, Said, said_after, sign
from proofread.derivations.items import split, trimmed
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Compare, Node, Size, Unit, Var, show
from proofread.derivations.prose import CONCLUSION, DENIAL, SUPPOSING
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import RELATIONS, Item, Items, is_letter, read_items
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Hypothesis, Shape, Symbol

if TYPE_CHECKING:
    from proofread.derivations.check import Checker

#: Words of a phrase, with what they say; the first that fits is taken. `$` stands for a formula.
VOCABULARY = [(re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in [
    (r"\s+|的|-|个", "idle"),
    (r"(?:标准|自然)?单位(?:矩阵|方阵|阵)|identity(?: matrix)?\b", "I"),
    (r"零(?:矩阵|方阵|阵)|zero matrix\b", "0"),
    (r"(?:元素)?全\s*[1一]\s*(?:列)?向量|(?:all-ones|ones) (?:column )?vector\b", "1"),
    (r"互异|不同|一个|两个|三个|[几若]干?个?|任意|任给|给定|固定|已知|实(?!数|常|标)|一般|普通|相应|"
     r"(?:an?|two|three|some|any|arbitrary|distinct|different|given|fixed|general|real|the)\b"
     r"(?! (?:number|scalar|constant)s?\b|\s*$)",
     "idle"),
    (r"同阶|(?:of )?the same (?:size|order)\b", "alike"),
    (r"不小于|不少于|大于等于|至少为|not less than|at least", "≥"), (r"大于|greater than|larger than", ">"),
    (r"小于(?!等)|less than|smaller than", "<"),
    (r"(?:(?:二|三)[次阶])?(?:连续)?可[微导]|光滑|(?:(?:twice|continuously|infinitely) )*differentiable\b|"
     r"smooth\b|scalar(?=-)|real-valued|实值|标量(?=(?:值)?函数)|值(?=函数)", "idle"),
    (r"从\s*\$\s*(?:到|映到)\s*\$|from\s+\$\s+(?:in)?to\s+\$", "map"),
    (r"\$\s*上(?=的)|on\s+\$", "on"), (r"of (?:one|a single) (?:real )?variable", "of one"), (r"一元", "of one"),
    (r"函数|functions?\b", "function"),
    (r"\$\s*[中上内](?=的|\s*(?:矩阵|方阵|列?向量|点|元素|单位))|(?:in|from|of)\s+\$", "set"),
    (r"\$\s*阶|(?:of )?order\s+\$", "order"),
    (r"\$\s*维|\$\s*-?\s*dimensional\b|of (?:dimension|length)\s+\$", "length"),
    (r"\$\s*-?(?:by|乘)-?\s*\$", "by"), (r"of (?:size|dimensions?)\s+\$|\$", "size"),
    (r"正整数|自然数|positive integers?\b|natural numbers?\b", "natural"),
    (r"(?:非负)?整数|(?:non-?negative )?integers?\b", "integer"),
    (r"方阵|square matri(?:x|ces)\b", "square"), (r"矩阵|matri(?:x|ces)\b", "matrix"),
    (r"(?:列)?向量|(?:column )?vectors?\b", "vector"), (r"点|元素?|points?\b|elements?\b", "member"),
    (r"(?:实)?(?:常数|标量|数)|(?:real )?(?:numbers?|constants?|scalars?)\b|reals\b|real(?=\s*$)|特征值|eigenvalues?\b",
     "number"),
    (r"positive(?=\s*$)", "positive number"),
    (r"[且、,]|与|和|and\b|also\b", "link"),
    *((pattern, "trait " + trait) for pattern, trait in TRAITS),
]]  # fmt: skip
NOUNS = frozenset({"function", "I", "0", "1", "natural", "integer", "square", "matrix", "vector", "member", "number"})
#: What may stand behind a phrase.
BEHIND = re.compile(END, re.IGNORECASE)
#: And behind one that tells sizes: what goes on to say more, which may be left unread (less is supposed then).
MORE = re.compile(
    r"\s*(?:which|that|whose|each|both|having|belonging|with (?:\w+ ){0,2}(?:mean|rows?|columns?|entries|elements|"
    r"diagonal|norm|components?|determinant|trace))\b", re.IGNORECASE,
)  # fmt: skip
#: “$A$ be a symmetric matrix and $B$ a diagonal matrix, both of order $n$”
BOTH = re.compile(r"[^.。]*?\b(?:both|all) (?:of (?P<order>order|size)\s*)?\$", re.IGNORECASE)
#: “…matrices which commute”, “…matrices with orthonormal columns”.
ALSO = re.compile(r"\s*(?:which|that|(?=with\b))\s*", re.IGNORECASE)
WORTH = {"zero": "0", "one": "1", "two": "2", "零": "0", "一": "1"}
#: What may stand before a phrase that stands before its names.
START = re.compile(
    r"(?:^|[，,、；;\s（(]|且|和|与|[对由取给]|任[意给]|一切|所有|每个?|\b(?:let|and|for|any|all|every|the|an?)\b)\s*",
    re.IGNORECASE,
)
COPULA = re.compile(
    r"\s*(?:[都均皆全同也]|both\b|all\b|each\b)?\s*(?P<each>分别|依次|respectively\b)?\s*(?:[是为]|be\b|is\b|are\b|being\b|denotes?\b|(?<=\s)(?=an?\s))"
    r"\s*(?P<each2>分别|依次|respectively\b)?", re.IGNORECASE,
)  # fmt: skip
#: “$x$ in $\\mathbb R^n$”, “$x$ 属于 $\\mathbb R^n$”
BELONGS = re.compile(r"\s*(?:be |are |is |lie |lies )?in\s+\$|\s*[都均]?属于\s*\$", re.IGNORECASE)
#: What stands between a name and the last one of its list: “$A$、$B$ 和 $C$”.
LISTED = re.compile(r"^(?:\s*[,，、]\s*\$)*\s*(?:[、,，]|与|和|及|[，,]?\s*(?:以及|and))\s*\$", re.IGNORECASE)
#: The names of a list that stand before one.
TIED = re.compile(r"(?:\$\s*(?:、|与|和|及|[,，]|[，,]?\s*(?:以及|and))\s*)+$", re.IGNORECASE)
#: What says of names that nothing declares what they are, though nothing is supposed: “其中”, “for all”.
TELLING = re.compile(
    r"(?:其中|这里|此处|式中|\b(?:where|here)\b).*$|(?:[（(]|对(?:于)?(?:任[意何给]|一切|所有|每[一个]*)(?:的)?|"
    r"\bfor(?: all| any| every| each)?\b)[^，,]*(?:\$\s*(?:[，,、]|与|和|及|and\b)?\s*)*$",
    re.IGNORECASE,
)  # fmt: skip


#: “the square of $a$ is positive”, “$a$ 减 $b$ 为正数”: what the words are said of is not the name.
PART_OF = re.compile(
    r"\b(?:of|between|from|minus|plus|times|over|or|nor)\s*$|(?:减|加|乘|除|比|或)[以去上]?\s*$", re.IGNORECASE
)
#: What makes a claim of what follows “where”, “其中”.
CONCLUDED = re.compile(CONCLUSION.pattern + r"|\b(?:shows?|concludes?|fact|that)\b|得到|哪些", re.IGNORECASE)


@dataclass(frozen=True)
class Around:
    """What stands before and behind a formula in its sentence, formulas as `$`."""

    before: str
    earlier: tuple[str, ...]
    rest: str
    ahead: tuple[str, ...]


@dataclass
class Phrase:
    """What a phrase says of names: a noun, sizes, traits, a bound."""

    noun: str = ""
    sizes: list[tuple[str, str]] = field(default_factory=list)
    """Of what kind, and the TeX."""
    traits: set[str] = field(default_factory=set)
    bound: tuple[str, str] | None = None
    alike: bool = False
    shared: bool = True
    """Traits stand behind all sizes, “$m$ 阶与 $n$ 阶正交矩阵”, so that they are of each name."""
    own: tuple[Phrase, ...] = ()
    """What is said of each name by itself: “分别为 $m × n$ 矩阵与 $n$ 维向量”."""


def around(checker: Checker) -> Around:
    """Of the formula that is read."""
    formulas = tuple(each.tex for each in checker.sentence.formulas)
    return Around(checker.sentence.text, formulas, checker.rest, tuple(each.tex for each in checker.ahead))


def phrase(text: str, formulas: Sequence[str], whole: bool = True) -> tuple[Phrase, int] | None:
    """The phrase that a text begins with, and where it ends; None where a word of it is not known, or if it is to be
    `whole` and goes on."""
    found, at, used, end = Phrase(), 0, 0, -1
    while at < len(text):
        match, kind = next(((match, kind) for pattern, kind in VOCABULARY if (match := pattern.match(text, at))),
                           (None, ""))  # fmt: skip
        if match is None or used + match.group().count("$") > len(formulas):
            break
        after = kind in ("idle", "size", "set", "order", "length", "alike") and "of" in match.group().lower()
        if found.noun and not (kind == "idle" or after or kind in ("≥", ">", "<", "set", "by", "map", "on", "of one")):
            break
        taken, used = formulas[used : used + match.group().count("$")], used + match.group().count("$")
        if kind in ("≥", ">", "<"):
            value = re.compile(rf"\s*(\$|{'|'.join(WORTH)})", re.IGNORECASE).match(text, match.end())
            if value is None or (value[1] == "$" and used >= len(formulas)):
                break
            found.bound = kind, formulas[used] if value[1] == "$" else WORTH[value[1].lower()]
            used, at = used + (value[1] == "$"), value.end()
            end = at if found.noun else end
            continue
        if kind == "positive number":
            found.noun = "number"
            found.traits.add("positive")
        elif kind in NOUNS:
            found.noun = kind
        elif kind.startswith("trait "):
            found.traits.add(kind.removeprefix("trait "))
        elif kind == "alike":
            found.alike = True
        elif kind == "link" and found.traits and not found.noun:
            found.shared = False  # “对称、正交矩阵”
        elif kind == "of one":
            found.sizes.append(("on", r"\mathbb R"))
        elif taken:
            found.shared = found.shared and not found.traits
            between = r" \to " if kind == "map" else r" \times "
            found.sizes.append(("size" if kind == "by" else kind, between.join(taken)))
        at = match.end()
        end = at if found.noun and match.group().strip() else end
    if end < 0 or found.noun == "":
        return None
    if not whole:
        return found, end
    if (entries := ENTRIES.match(text, end)) is not None:
        found.traits.add(sign(entries))
        end = entries.end()
    if (also := ALSO.match(text, end)) is not None and (said := said_after(text[also.end() :])) is not None:
        found.traits |= said.traits
        return found, also.end() + said.end
    more = MORE.match(text, end) if found.sizes or found.noun == "number" else None
    if more is not None and (found.traits or found.noun in "I10") and (
            "with" in more.group() or DENIAL.search(re.split("[,.，。]", text[more.end() :])[0])):  # fmt: skip
        return None  # “the identity matrix with two rows exchanged”
    return (found, end) if more is not None or BEHIND.match(text, end) else None


def _one_each(text: str, formulas: Sequence[str]) -> Phrase | None:
    """“$m × n$ 矩阵与 $n$ 维向量”: phrases of which each name has its own."""
    parts: list[Phrase] = []
    at = 0
    while (found := phrase(text[at:], formulas[text.count("$", 0, at) :], whole=False)) is not None:
        parts.append(found[0])
        at += found[1]
        if (link := re.compile(r"\s*(?:与|和|、|,? and\b|,)\s*").match(text, at)) is None:
            break
        at = link.end()
    return Phrase("each", own=tuple(parts)) if len(parts) > 1 and BEHIND.match(text, at) else None


def behind(place: Around) -> tuple[Phrase, bool] | None:
    """What the words behind some names say of them, and whether of each its own."""
    if BELONGS.match(place.rest):
        return Phrase("member", [("set", place.ahead[0])]), False
    copula = COPULA.match(place.rest)
    if copula is None or PART_OF.search(TIED.sub("", place.before)):
        return None
    text = place.rest[copula.end() :]
    if (copula["each"] or copula["each2"]) and (several := _one_each(text, place.ahead)) is not None:
        return several, True
    found = phrase(text, place.ahead)
    if found is not None and not found[0].sizes and (both := BOTH.match(text, found[1])):
        kind = "order" if both["order"] else "size"
        found[0].sizes.append((kind, place.ahead[text.count("$", 0, both.end()) - 1]))
    if found is None:
        return None
    each = copula["each"] or copula["each2"] or re.match(r"\s*,?\s*respectively\b", text[found[1] :], re.IGNORECASE)
    if each and found[0].traits and not (found[0].shared and len(found[0].sizes) > 1):
        return None  # “分别为 $n$ 阶对称、正交矩阵”: one of each
    return found[0], bool(each or len(found[0].sizes) > 1)


def before(place: Around) -> Iterator[Phrase]:
    """What the words before a name or its list may say of it: the phrases that end there, the longest first."""
    text = TIED.sub("", place.before)
    earlier = place.earlier[: text.count("$") - place.before.count("$") or None]
    for start in START.finditer(text):
        tail = text[start.end() :]
        many = tail.count("$")
        found = phrase(tail, earlier[len(earlier) - many :]) if tail.strip() else None
        if found is not None and not tail[found[1] :].strip() and re.search(DENIED + "$", text[: start.end()]):
            yield found[0]


def _options(place: Around) -> Iterator[tuple[Phrase, bool]]:
    """What the words around a name may say of it, each with whether it is said of each name of a list by itself: “$n$
    阶方阵 $A$ 为对合矩阵” says two things of A."""
    after = behind(place)
    if after is not None and (after[0].sizes or after[0].noun not in ("matrix", "square", "vector")):
        yield after
    for said in before(place):
        if after is None:
            yield said, False
        elif said.noun in ("matrix", "square", "vector"):
            yield replace(said, traits=said.traits | after[0].traits), False
    if after is not None and not after[0].sizes:
        yield after


def number(checker: Checker, name: str, bounded: bool = False) -> Symbol | None:
    """What words beside a name make of it, “$n$ 为正整数”, “a real number $t$”; None where none do. An integer is read
    where it is `bounded` from below: no negative ones are drawn."""
    place = _behind_list(around(checker))
    options = [said for said, _ in _options(place) if not said.sizes]
    return next(filter(None, (_number(name, said, bounded) for said in options)), None)


def _number(name: str, said: Phrase, bounded: bool) -> Symbol | None:
    if said.traits - {"positive", "nonnegative", "nonzero", "negative"}:
        return None
    if said.noun == "natural" or (said.noun == "integer" and bounded):
        return Symbol(name, "size", traits=frozenset({"natural"}))
    traits = said.traits & {"positive", "nonnegative", "nonzero"}
    return Symbol(name, "array", traits=frozenset(traits)) if said.noun == "number" else None


def describes(checker: Checker, items: Items) -> str:
    """The new name that a supposing sentence describes, “$S$ 为 $A$ 的对称部分”, or nothing."""
    names = split(trimmed(items), ",")
    if not checker.sentence.supposing or len(names) != 1 or not _plain(names[0]) or COPULA.match(checker.rest) is None:
        return ""
    resolver = Resolver(checker.symbols)
    return resolver.name(names[0][0]) if resolver.lookup(names[0][0])[0] is None else ""


def declared(checker: Checker, items: Items) -> list[str]:
    """Declare the names that a formula lists, if its sentence supposes something and all words beside them are known;
    returns their names."""
    place = around(checker)
    telling = None if checker.sentence.supposing else TELLING.search(place.before)
    if not checker.sentence.supposing and (telling is None or CONCLUDED.search(telling.group())):
        return []
    clause = telling.group() if telling else re.split("[，,；;]", place.before)[-1]
    if DENIAL.search(clause) or re.search(r"\bfalse\b", clause) or "?" in place.rest or "？" in place.rest:
        return []
    cells = split(trimmed(items), ",")
    families = _families(cells)
    if not all(cells):
        return []
    names = [(cell[0], None) for cell in cells] if families is None else families
    resolver = Resolver(checker.symbols)
    if families is None and not all(_plain(cell) and cell[0].text not in "I10" for cell in cells):
        return []  # I means one thing everywhere
    position, place = _listed(place)
    known = [resolver.lookup(replace(item, sub=()) if last else item)[0] for item, last in names]
    if any(each is not None for each in known) and not _anew(checker, known, place):
        return []
    for said, each in _options(place):
        if said.noun == "function" and families is None and (functions := _functions(checker, items, said)):
            return functions
        if said.own:
            if position + len(names) > len(said.own) or families is not None:
                return []
            symbols = [_symbol(checker, resolver.name(item), own, None)
                       for (item, _), own in zip(names, said.own[position:], strict=False)]  # fmt: skip
            if any(symbol is None for symbol in symbols):
                return []
            return [name for symbol, own in zip(symbols, said.own[position:], strict=False) if symbol is not None
                    for name in _put(checker, [symbol], own)]  # fmt: skip
        made = [_symbol(checker, resolver.name(item), said, position + k if each else None)
                for k, (item, _) in enumerate(names)]  # fmt: skip
        found = [symbol for symbol in made if symbol is not None]
        if len(found) == len(names):
            before = [name for tex in place.earlier[len(place.earlier) - position :]
                      for name in subjects.mentioned(checker, tex)]  # fmt: skip
            return _put(checker, [_family(checker, symbol, *last) if last else symbol
                                  for symbol, (_, last) in zip(found, names, strict=True)], said, before)  # fmt: skip
    return []


def _functions(checker: Checker, items: Items, said: Phrase) -> list[str]:
    """Declare functions of which words say where they are defined, “$f$ 是 $\\mathbb R^n$ 上的可微函数”."""
    if len(said.sizes) != 1 or said.sizes[0][0] not in ("on", "map") or said.traits:
        return []
    kind, sets = said.sizes[0]
    target = read_items(sets if kind == "map" else rf"{sets} \to \mathbb R")
    try:
        return statements.declare(Part("declaration", items, (trimmed(items), target), (":",)), checker.symbols)
    except Refusal:
        return []


def _put(checker: Checker, made: list[Symbol], said: Phrase, before: Sequence[str] = ()) -> list[str]:
    """Put what a phrase makes of some names, with all that it says of them, and of pairs with those `before` them."""
    for symbol in made:
        number = symbol.kind == "array" and symbol.shape.scalar and symbol.definition is None
        checker.symbols.put(replace(symbol, traits=frozenset()) if number else symbol)  # they are imposed below
        if said.bound is not None:
            _bound(checker, symbol, said.bound)
    conditional = checker.sentence.conditional
    group = [subjects.Subject(tuple(symbol.name for symbol in made), not conditional, "")]
    subjects.impose(checker, group, Said(frozenset(said.traits), many=True, end=0), True, conditional)
    if pairs := subjects.OF_TWO & said.traits:
        group = [subjects.Subject((*before, *(symbol.name for symbol in made)), not conditional, "")]
        subjects.impose(checker, group, Said(pairs, many=True, end=0), True, conditional)
    return [symbol.name for symbol in made]


def _anew(checker: Checker, known: Sequence[Symbol | None], place: Around) -> bool:
    """Whether known names are declared anew, “Now let $A$ be any $n × n$ matrix”: what was said of them is over."""
    said = behind(place)
    numbers = all(each is not None and each.shape.scalar for each in known)  # “其中 $A$ 为常数” keeps a matrix
    return said is not None and bool(said[0].sizes or (said[0].noun == "number" and numbers)) and (
        checker.sentence.opener in SUPPOSING and not checker.sentence.conditional and not checker.sentence.concluded
        and subjects.CLAUSE.search(TIED.sub("", place.before)) is not None
        and all(each is not None and each.kind == "array" and each.definition is None and not each.family
                and each.name not in checker.held.early for each in known))  # fmt: skip


def described(checker: Checker) -> tuple[Shape, frozenset[str]] | None:
    """Shape and traits that words around a formula give the one name that it defines by entries, “$A = (a_{ij})$ 为 $n$
    阶方阵”."""
    for said, _ in _options(around(checker)):
        symbol = _symbol(checker, "A", said, None)
        if symbol is not None and not symbol.shape.scalar and symbol.definition is None:
            return symbol.shape, frozenset(said.traits)
    return None


def entries(checker: Checker, name: str) -> list[str] | None:
    """Declare a name that is defined by its entries, “$A = (a_{ij})$ 为 $n$ 阶方阵”; None without its size."""
    found = described(checker)
    if found is None:
        return None
    return _put(checker, [Symbol(name, "array", found[0])], Phrase(traits={*found[1]}))


def _plain(cell: Items) -> bool:
    return len(cell) == 1 and is_letter(cell[0]) and not (cell[0].sub or cell[0].sup or cell[0].primes)


def _families(cells: Sequence[Items]) -> list[tuple[Item, tuple[Items, Items] | None]] | None:
    """The name of `a_1, …, a_n`, with its first and last index; None for another list."""
    named = [cell[0] for cell in cells if len(cell) == 1 and cell[0].kind == "name" and cell[0].sub]
    dots = [cell for cell in cells if len(cell) == 1 and cell[0].kind == "dots"]
    if len(dots) != 1 or len(named) + 1 != len(cells) or len({(each.text, each.style) for each in named}) != 1:
        return None
    if any(each.sup or each.primes for each in named):
        return None
    return [(named[0], (named[0].sub, named[-1].sub))]


def _listed(place: Around) -> tuple[int, Around]:
    """The place behind the last name of a list, and the position of the name in the list that ends there."""
    after = _behind_list(place)
    ties = TIED.search(place.before)
    return (ties.group().count("$") if ties else 0), after


def _behind_list(place: Around) -> Around:
    """The place behind the last of the new names that stand in a list with a name."""
    match = LISTED.match(place.rest)
    many = match.group().count("$") if match else 0
    for tex in place.ahead[:many]:
        try:
            cells = split(trimmed(read_items(tex)), ",")
        except Refusal:
            return place
        told = any(item.kind == "op" and item.text in RELATIONS for cell in cells for item in cell)
        if told or not (cells[0] and (_families(cells) or cells[0][0].kind == "name")):
            return place
    return replace(place, rest=place.rest[match.end() if match else 0 :], ahead=place.ahead[many:])


def _symbol(checker: Checker, name: str, said: Phrase, position: int | None) -> Symbol | None:
    """The symbol that a phrase makes of a name; the `position`-th of its sizes is this name's own."""
    if said.noun in ("natural", "integer", "number"):
        bounded = said.bound is not None and said.bound[0] in (">", "≥")
        return _number(name, said, bounded) if not said.sizes else None
    if said.noun in ("I", "0", "1"):
        shape = _shape(checker, said, 0) if said.sizes else None
        size = shape.rows if shape is not None and said.noun != "0" else None
        return Symbol(name, "array", shape or Shape(), definition=Unit(said.noun, size))
    if position is not None and len(said.sizes) > 1:
        if position >= len(said.sizes):
            return None
    elif len(said.sizes) > 1:
        return None
    if said.alike and not said.sizes:
        known = [symbol.shape for each in checker.sentence.names if (symbol := checker.symbols.get(each)) is not None
                 and symbol.shape.cols is not None and symbol.shape.cols is not statements.ONE]  # fmt: skip
        square = Shape(Size("·"), Size("·"))
        return Symbol(name, "array", known[-1] if known else square) if said.noun in ("matrix", "square") else None
    kind = said.sizes[(position or 0) if len(said.sizes) > 1 else 0][0] if said.sizes else ""
    if kind == "set":
        found = statements.read_set(read_items(said.sizes[0][1]), checker.symbols)
        return Symbol(name, found[2], found[0], traits=found[1]) if found and found[2] == "array" else None
    shape = _shape(checker, said, (position or 0) if len(said.sizes) > 1 else 0) if said.sizes else None
    return Symbol(name, "array", shape) if shape is not None else None


def _shape(checker: Checker, said: Phrase, k: int) -> Shape | None:
    """`m × n` of a matrix, the order of a square one, or the length of a vector."""
    kind, tex = said.sizes[k]
    try:
        sizes = [statements.dimension(part, checker.symbols) for part in split(read_items(tex), "×") if part]
    except Refusal:
        return None
    vector = said.noun in ("vector", "1")
    if len(sizes) == 2 and not vector and kind == "size":
        return Shape(*sizes)
    if len(sizes) == 1 and vector and kind in ("length", "size"):
        return Shape(sizes[0], statements.ONE)
    if len(sizes) == 1 and not vector and (kind == "order" or said.noun in ("I", "0")):
        return Shape(sizes[0], sizes[0])
    return None


def _family(checker: Checker, symbol: Symbol, first: Items, last: Items) -> Symbol:
    letter = f"i of {symbol.name}"
    checker.symbols.set_range(letter, *(statements.dimension(each, checker.symbols) for each in (first, last)))
    return replace(symbol, family=(letter,))


def _bound(checker: Checker, symbol: Symbol, bound: tuple[str, str]) -> None:
    op, tex = bound
    left: Node = Size(symbol.name) if symbol.kind == "size" else Var(symbol.name)
    relation = Compare(op, left, Resolver(checker.symbols).expr(trimmed(read_items(tex))))
    hypothesis = Hypothesis(relation, frozenset({symbol.name}), show(relation))
    checker.symbols.suppose(hypothesis)
    if checker.sentence.conditional:
        checker.held.passing.append(hypothesis)


