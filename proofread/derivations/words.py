"""Declarations in words: “$A$ 是 $n × n$ 对称矩阵”, “let $x$ be an $n$-dimensional vector”."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from proofread.derivations import statements, subjects
from proofread.derivations.items import split, trimmed
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Compare, Num, Size
from proofread.derivations.prose import TRAITS, Said
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Items, is_letter, read_items
from proofread.derivations.symbols import Hypothesis, Shape, Symbol
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker

_HAN = r"[\u4e00-\u9fff]*"
_KIND = r"(?P<kind>矩阵|方阵|列?向量)"
_END = r"(?=[\s，,。．；;、（(且和与]|$)"
_SIZED = rf"\$\s*(?P<unit>阶|维)?的?(?P<after>{_HAN}?){_KIND}"
_SIZED_EN = (
    r"\$\s*(?P<unit>-\s*dimensional|-)?\s*(?P<after>[A-Za-z ,-]*?)\s*"
    r"(?P<kind>matrix|matrices|(?:column )?vectors?)\b"
)
#: What follows the names, and what stands before them; the `$` is the size.
FOLLOWING = (
    re.compile(rf"^\s*[都均]?[是为](?:一个|两个)?(?P<before>{_HAN}?)的?\s*{_SIZED}{_END}"),
    re.compile(rf"^\s*(?:be|is|are)\b(?P<before>[A-Za-z ,-]*?)\s*{_SIZED_EN}", re.IGNORECASE),
)
PRECEDING = (
    re.compile(rf"(?:^|[，,、\s])(?P<before>{_HAN})\s*{_SIZED}\s*$"),
    re.compile(rf"(?:^|,|\band\b|\bfor\b)(?P<before>[A-Za-z ]*?)\s*{_SIZED_EN}\s*$", re.IGNORECASE),
)
#: “$u$ 和 $v$ 是 $\\mathbb R^n$ 中的单位向量”, “vectors $x$, $y$ in $\\mathbb R^n$”; the `$` is the set.
IN_SET = (
    re.compile(rf"^\s*[都均]?[是为](?:一个|两个)?(?P<before>)\s*\$\s*[中上内]的?(?P<after>{_HAN}?)"
               rf"(?:矩阵|方阵|列?向量|点|元素?){_END}"),
    re.compile(r"^\s*(?:be|is|are)?\b(?P<before>[A-Za-z ,-]*?)\s*(?:(?:matri(?:x|ces)|(?:column )?(?:vector|point|"
               r"element)s?)\s+(?:in|of)|\bin)(?P<after>)\s*\$", re.IGNORECASE),
)  # fmt: skip
BEFORE_SET = re.compile(rf"\$\s*[中上内]的?(?P<before>{_HAN}?)(?P<after>)(?:矩阵|方阵|列?向量|点|元素?)\s*$")
#: What stands between a name and the last one of its list: “$A$、$B$ 和 $C$”.
LISTED = re.compile(r"^(?:\s*[,，、]\s*\$)*\s*(?:、|与|和|及|[，,]?\s*(?:以及|and))\s*\$", re.IGNORECASE)
#: What is true of almost every draw, or says nothing.
IDLE = re.compile(
    r"实|一般|任意|给定|一个|的|[，,、且与和\s-]|\b(?:real|general|arbitrary|square|given|any|"
    r"and|an?|the|two)\b",
    re.IGNORECASE,
)


INTEGER = r"(?:非负)?整数|(?:non-?negative )?integers?"
#: Kinds of numbers: the words, and what they make of a name.
NUMBERS = [
    (r"正整数|自然数|positive integers?|natural numbers?", "size", "natural"),
    (INTEGER, "size", "natural"),
    (r"正(?:实)?(?:常)?数|positive (?:real )?(?:numbers?|constants?|scalars?|reals?)", "array", "positive"),
    (r"非负(?:实)?(?:常)?数|non-?negative (?:real )?(?:numbers?|constants?|scalars?|reals?)", "array", "nonnegative"),
    (r"(?:实)?(?:常数|标量|数)|(?:real )?(?:numbers?|constants?|scalars?)|reals?", "array", ""),
]  # fmt: skip
_NUMBER = "|".join(pattern for pattern, _, _ in NUMBERS)
_SOME = r"(?:(?:一个|任意|给定|两个|固定|某个?|的|an?|two|some|any|fixed|given|arbitrary)\s*)*"
NUMBER_AFTER = re.compile(
    rf"^\s*(?:[都均]?[是为]|be|is|are)\s*{_SOME}(?P<number>{_NUMBER})(?=\s*(?:[，,、。.；;（(]|且|和|与|and\b|with\b|\$|$))",
    re.IGNORECASE,
)
NUMBER_BEFORE = re.compile(rf"(?<![非负正\w]){_SOME}(?P<number>{_NUMBER})\s*$", re.IGNORECASE)


#: “设 $n$ 为不小于 $2$ 的整数”.
AT_LEAST = re.compile(r"^\s*[是为]一?个?(?P<how>不小于|大于等于|不少于|至少为|大于)\s*\$\s*的(?:正?整数|自然数)")


def at_least(checker: Checker, name: str) -> bool:
    """Declare a whole number with a bound that is said in words; returns whether that is what stands here."""
    match = AT_LEAST.match(checker.rest)
    items = read_items(checker.ahead[0].tex) if match else ()
    if match is None or len(items) != 1 or items[0].kind != "num":
        return False
    checker.symbols.put(Symbol(name, "size", traits=frozenset({"natural"})))
    op = ">" if match["how"] == "大于" else "≥"
    relation = Compare(op, Size(name), Num(float(items[0].text), items[0].text))
    checker.symbols.suppose(Hypothesis(relation, frozenset({name}), f"{name} {op} {items[0].text}"))
    return True


def number(checker: Checker, name: str, bounded: bool = False) -> Symbol | None:
    """What words beside a name make of it, “$n$ 为正整数”, “a real number $t$”; None where none do. An integer is read
    where it is `bounded` from below: no negative ones are drawn."""
    match = NUMBER_AFTER.match(_behind(checker)[0]) or NUMBER_BEFORE.search(checker.sentence.text)
    if match is None:
        return None
    _, kind, trait = next(each for each in NUMBERS if re.fullmatch(each[0], match["number"], re.IGNORECASE))
    if re.fullmatch(INTEGER, match["number"], re.IGNORECASE) and not bounded:
        return None
    return Symbol(name, kind, traits=frozenset({trait} - {""}))


def _behind(checker: Checker) -> tuple[str, tuple[Formula, ...]]:
    """The rest of the sentence behind a name, and behind the new names that stand in a list with it."""
    match = LISTED.match(checker.rest)
    many = match.group().count("$") if match else 0
    for formula in checker.ahead[:many]:
        try:
            cells = split(trimmed(read_items(formula.tex)), ",")
        except Refusal:
            return checker.rest, checker.ahead
        if not all(len(cell) == 1 and is_letter(cell[0]) for cell in cells):
            return checker.rest, checker.ahead
    return checker.rest[match.end() if match else 0 :], checker.ahead[many:]


def declared(checker: Checker, items: Items) -> list[str]:
    """Declare the names that a formula lists, if its sentence supposes something and all words beside them are known;
    returns their names."""
    found, traits = _declared(checker, items)
    for symbol in found:
        if checker.symbols.get(symbol.name) is not symbol:
            checker.symbols.put(symbol)
    names = tuple(symbol.name for symbol in found)
    said = Said(traits, many=True, end=0)
    subjects.impose(checker, [subjects.Subject(names, True, "")], said, supposing=True, conditional=False)
    return [*names]


def _declared(checker: Checker, items: Items) -> tuple[list[Symbol], frozenset[str]]:
    """The symbols, and what words say of them."""
    names = split(items, ",")
    if not checker.sentence.supposing or not all(len(each) == 1 and is_letter(each[0]) for each in names):
        return [], frozenset()
    if any(each[0].sub or each[0].sup or each[0].primes for each in names):
        return [], frozenset()
    resolver = Resolver(checker.symbols)
    if len(names) == 1 and resolver.lookup(names[0][0])[0] is None and at_least(checker, resolver.name(names[0][0])):
        return [checker.symbols.scopes[-1].symbols[resolver.name(names[0][0])]], frozenset()
    if all(resolver.lookup(each[0])[0] is None for each in names) and (
        made := [each for name in names if (each := number(checker, resolver.name(name[0]))) is not None]):  # fmt: skip
        return made, frozenset()
    rest, ahead = _behind(checker)
    text, formulas = checker.sentence.text, checker.sentence.formulas
    shape, more = None, frozenset[str]()
    if match := _first(pattern.match(rest) for pattern in IN_SET):
        shape, more = _set(checker, ahead[0].tex)
    elif match := _first(pattern.match(rest) for pattern in FOLLOWING):
        shape = _shape(checker, match, ahead[0].tex)
    elif formulas and (match := BEFORE_SET.search(text)):
        shape, more = _set(checker, formulas[-1].tex)
    elif formulas and (match := _first(pattern.search(text) for pattern in PRECEDING)):
        shape = _shape(checker, match, formulas[-1].tex)
    before, after = (_traits(match, "before"), _traits(match, "after")) if match else (None, None)
    if shape is None or before is None or after is None:
        return [], frozenset()
    return [Symbol(resolver.name(each[0]), "array", shape, traits=more) for each in names], before | after


def _first(matches: Iterable[re.Match[str] | None]) -> re.Match[str] | None:
    return next(filter(None, matches), None)


def _set(checker: Checker, tex: str) -> tuple[Shape | None, frozenset[str]]:
    """Shape and traits of the elements of a set."""
    try:
        found = statements.read_set(read_items(tex), checker.symbols)
    except Refusal:
        return None, frozenset()
    return (None, frozenset()) if found is None or found[2] != "array" else found[:2]


def _traits(match: re.Match[str], group: str) -> frozenset[str] | None:
    """What the words of a group say of a matrix; None if one of them is not known."""
    at, end = match.span(group)
    found: set[str] = set()
    while at < end:
        if idle := IDLE.match(match.string, at, end):
            at = idle.end()
            continue
        for pattern, trait in TRAITS:
            word = re.compile(pattern, re.IGNORECASE).match(match.string, at)
            if word and word.end() <= end:
                found.add(trait)
                at = word.end()
                break
        else:
            return None
    return frozenset(found)


def _shape(checker: Checker, match: re.Match[str], tex: str) -> Shape | None:
    """`m × n` of a matrix, the order of a square one, or the length of a vector."""
    try:
        sizes = [statements.dimension(part, checker.symbols) for part in split(read_items(tex), "×") if part]
    except Refusal:
        return None
    vector = "向量" in match["kind"] or "vector" in match["kind"].lower()
    if len(sizes) == 2 and not vector and not match["unit"]:
        return Shape(*sizes)
    if len(sizes) == 1 and vector and match["unit"] != "阶":
        return Shape(sizes[0], statements.ONE)
    if len(sizes) == 1 and not vector and match["unit"] == "阶":
        return Shape(sizes[0], sizes[0])
    return None
