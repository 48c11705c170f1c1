"""Declarations in words: “$A$ 是 $n × n$ 对称矩阵”, “let $x$ be an $n$-dimensional vector”."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proofread.derivations import statements
from proofread.derivations.items import split
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Compare, Num, Size
from proofread.derivations.prose import TRAITS
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Items, is_letter, read_items
from proofread.derivations.symbols import Hypothesis, Shape, Symbol

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
    match = NUMBER_AFTER.match(checker.rest) or NUMBER_BEFORE.search(checker.sentence.text)
    if match is None:
        return None
    _, kind, trait = next(each for each in NUMBERS if re.fullmatch(each[0], match["number"], re.IGNORECASE))
    if re.fullmatch(INTEGER, match["number"], re.IGNORECASE) and not bounded:
        return None
    return Symbol(name, kind, traits=frozenset({trait} - {""}))


def declared(checker: Checker, items: Items) -> list[Symbol]:
    """What a supposing sentence declares of the names that a formula lists; nothing if a word of it is not known."""
    names = split(items, ",")
    if not checker.sentence.supposing or not all(len(each) == 1 and is_letter(each[0]) for each in names):
        return []
    if any(each[0].sub or each[0].sup or each[0].primes for each in names):
        return []
    resolver = Resolver(checker.symbols)
    if len(names) == 1 and resolver.lookup(names[0][0])[0] is None and at_least(checker, resolver.name(names[0][0])):
        return [checker.symbols.scopes[-1].symbols[resolver.name(names[0][0])]]
    if all(resolver.lookup(each[0])[0] is None for each in names) and (
        made := [each for name in names if (each := number(checker, resolver.name(name[0]))) is not None]):  # fmt: skip
        return made
    formulas = checker.sentence.formulas
    if match := next(filter(None, (pattern.match(checker.rest) for pattern in FOLLOWING)), None):
        size = checker.ahead[0].tex
    elif (match := next(filter(None, (p.search(checker.sentence.text) for p in PRECEDING)), None)) and formulas:
        size = formulas[-1].tex
    else:
        return []
    traits = _traits(match, "before"), _traits(match, "after")
    shape = _shape(checker, match, size)
    if shape is None or traits[0] is None or traits[1] is None:
        return []
    return [Symbol(resolver.name(each[0]), "array", shape, traits=traits[0] | traits[1]) for each in names]


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
