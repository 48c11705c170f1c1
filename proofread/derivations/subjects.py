"""What words say of the names beside them: “$A$ 对称”, “$A$ 与 $B$ 均可逆”, “unit vectors $u$ and $v$”."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from proofread.derivations.adjectives import WORDS, Said, said_after, said_before
from proofread.derivations.items import INDICES, split, trimmed
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import Compare, Mul, Node, Num, T, Unit, Var, dump, show
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import key, read_items
from proofread.derivations.symbols import Hypothesis, Symbol
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker

#: What ties names to one subject, and what may, where a word behind says so.
TIE = re.compile(r"\s*(?:、|与|和|及|[，,]?\s*(?:以及|and))\s*", re.IGNORECASE)
BETWEEN = {
    re.compile(r"\s*(?:is |be |are )?(?:orthogonal|perpendicular) to\s*|\s*(?:正交|垂直)于\s*", re.IGNORECASE):
        "orthogonal columns",
    re.compile(r"\s*commutes with\s*", re.IGNORECASE): "commuting",
}  # fmt: skip
SERIAL = re.compile(r"\s*[，,]\s*")
#: What may stand before names of which the words behind them say something: the beginning of a clause, and a noun. Not
#: “the square of $A$ is symmetric”, “at least one of $A$ and $B$”, “$A$ 比 $B$ 对称”.
CLAUSE = re.compile(
    r"\bwith\s*$|(?:^|[，,。.；;：:（(\n!?！？]|且|而|但|设|若|当|令|如果|假设|假定|其中|要求|使得?|并|又|再|已知|给定|任意|一切|只要|"
    r"\b(?:let|if|that|when|whenever|suppose|assume|where|and|both|given|for|provided|all|any|every|then|moreover))"
    r"[\s*_>-]*(?:(?:the|an?|two|both|real|square|design|data|weight|given)\s+)*(?:matri(?:x|ces)|vectors?|numbers?|scalars?)?"
    rf"(?:实|列|两个|这些|{WORDS}|数据|设计|样本|系数|权重|协方差)*(?:矩阵|向量|方阵|数|参数)?\s*$",
    re.IGNORECASE,
)
#: What is supposed of each matrix as a relation, and of each two arrays.
_OF_EACH = frozenset({"idempotent", "projection", "involutory"})
OF_TWO = frozenset({"commuting", "orthogonal columns", "orthonormal"})
_NONE = (None, None)
_RANKS = frozenset({"full rank", "full column rank", "full row rank"})
#: Traits of square matrices.
_SQUARE = frozenset({"pd", "psd", "skew", "symmetric", "diagonal", "lower", "upper"})


@dataclass(frozen=True)
class Subject:
    """The arrays that a formula declares or mentions, and how prose ties it to the formula before."""

    names: tuple[str, ...]
    declares: bool
    tie: str
    """`and`, `、`, `,`, a trait of two, or nothing."""


def stand(checker: Checker, formula: Formula) -> None:
    """Note what a formula that was read just now declares or mentions."""
    declared = checker.findings[-1].details.get("declares", [])
    names = tuple(map(str, declared)) if isinstance(declared, list) else ()
    if not checker.subjects:
        checker.lead = checker.before
    found = Subject(names or mentioned(checker, formula.tex), bool(names), tied(checker.before))
    checker.subjects = [*checker.subjects, found]


def mentioned(checker: Checker, tex: str) -> tuple[str, ...]:
    """The arrays of a formula that is a name, or a list of names; () of others."""
    try:
        cells = split(trimmed(read_items(tex)), ",")
    except Refusal:
        return ()
    found = []
    for cell in cells:
        symbol, rest = Resolver(checker.symbols).lookup(cell[0]) if len(cell) == 1 and cell[0].kind == "name" else _NONE
        member = symbol is not None and symbol.family and rest is not None and key(rest.sub) in INDICES
        if symbol is None or rest is None or rest.sup or rest.primes or (rest.sub and not member):
            return ()
        found.append(symbol.name)
    return tuple(found)


def tied(text: str) -> str:
    """How prose ties two formulas; “$x$ 正交于 $y$” says a trait of both."""
    if match := next(filter(None, (pattern.fullmatch(text) for pattern in BETWEEN)), None):
        return BETWEEN[match.re]
    if TIE.fullmatch(text):
        return "、" if text.strip() == "、" else "and"
    return "," if SERIAL.fullmatch(text) else ""


def together(subjects: Sequence[Subject], collective: bool) -> list[Subject]:
    """Of some tied formulas the last ones of which words are said: “$A$、$B$”, “$A$, $B$ and $C$”, and where the words
    speak of several, “$A ∈ …$，$B ∈ …$ 都”."""
    first, listed = len(subjects) - 1, False
    while first and subjects[first].tie in ("and", "、", ","):
        tie, both = subjects[first].tie, subjects[first - 1 : first + 1]
        alone = first == len(subjects) - 1 and len(subjects[first].names) == 1
        if tie == "," and not (listed and not any(each.declares for each in both)) and not (collective and alone):
            break
        listed = listed or tie in ("and", "、")
        first -= 1
    return [*subjects[first:]]


def heard(checker: Checker, text: str, supposing: bool, conditional: bool, case: bool = False) -> None:
    """Take what the words behind a formula, or before it, say of its names and of those that are tied to them: beside a
    declaration, and where something is supposed, until the sentence ends if that is a condition, or the `case` does."""
    subjects = checker.subjects
    checker.subjects = subjects if tied(text) else []
    if not subjects:
        return
    if subjects[-1].tie in OF_TWO:
        both = Said(frozenset({subjects[-1].tie}), many=True, end=0)
        impose(checker, subjects[-2:], both, supposing, conditional, case)
        return
    group, declares = subjects[-1:], subjects[-1].declares
    said = said_after(text)
    before, lead = said_before(checker.before), said_before(checker.lead)
    if said is not None:
        group = together(subjects, said.many)
        if not declares and CLAUSE.search(checker.lead if len(group) > 1 else checker.before) is None:
            return
    elif before is not None:
        said = before
    elif lead is not None and lead.many and (subjects[-1].tie in ("and", "、") or checker.lead.rstrip()[-1:].isascii()):
        said, group = lead, [replace(group[0], names=_alike(checker, subjects[0].names, group[0].names))]
    elif (behind := said_after(text.lstrip(",， \n"))) is not None and behind.traits <= _RANKS:
        # “$X ∈ …$, where $n \\ge p$, have full column rank”
        said, group = behind, [replace(group[0], names=group[0].names or tuple(checker.sentence.names[-1:]))]
    if said is not None:
        impose(checker, group, said, supposing, conditional, case)


def _alike(checker: Checker, first: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The names that are of the kind of the first ones: “正数 $λ$ 与 $x ∈ ℝ^n$” says nothing of x."""
    kinds = {_kind(symbol) for name in first if (symbol := checker.symbols.get(name)) is not None}
    return tuple(name for name in names if (symbol := checker.symbols.get(name)) is not None and _kind(symbol) in kinds)


def _kind(symbol: Symbol) -> str:
    return "number" if symbol.shape.scalar else "vector" if _column(symbol) else "matrix"


def impose(checker: Checker, group: Sequence[Subject], said: Said, supposing: bool, conditional: bool,
           case: bool = False) -> None:  # fmt: skip
    """Suppose traits of the names of a group that are declared here or, if something is supposed, known."""
    told: list[Symbol] = []
    lasting = all(each.declares for each in group)
    for name, declares in ((name, each.declares) for each in group for name in each.names):
        symbol = checker.symbols.get(name)
        if symbol is None or symbol.kind != "array" or symbol.definition is not None:
            continue
        if declares or supposing:  # else: “Hence $A$ is symmetric”, “$A$ 不必对称”, said of A and not supposed
            told.append(symbol)
            traits = {trait for trait in said.traits if not (said.mutual and trait in OF_TWO) or _column(symbol)}
            traits = {trait for trait in traits if _suits(symbol, trait, sum(len(each.names) for each in group))}
            if new := _each(symbol, traits):
                _keep(checker, replace(symbol, traits=symbol.traits | new), declares, conditional, case)
    pairs = len(told) == 2 or said.mutual or len(group) == 1 or all(each.tie == "、" for each in group[1:])
    for relation in [*relations(told, said.traits, pairs), *_sizes(checker, told, said.traits)]:
        about = checker.symbols.closure([relation]) | {each.name for each in told}  # forgotten with what it is said of
        hypothesis = Hypothesis(relation, frozenset(about), show(relation))
        checker.symbols.suppose(hypothesis)
        if conditional and not lasting and relation.op in "=<":  # sizes are what they are
            checker.held.passing.append(hypothesis)
        elif case and relation.op == "=":
            checker.standing.append(hypothesis)


def relations(symbols: Sequence[Symbol], traits: frozenset[str], pairs: bool) -> list[Compare]:
    """What some traits suppose of matrices and of pairs, as relations; of pairs of more than two only if the words say
    so of each two: “$A$ 与 $B$、$C$ 可交换” does not say that B and C commute."""
    found: list[Compare] = []
    square = [Var(each.name) for each in symbols if _square(each) and not each.family]
    columns = [Var(each.name) for each in symbols if _column(each) and not each.family]
    for matrix in square:
        twice = _times(matrix, matrix)
        found += [Compare("=", twice, matrix)] if traits & {"idempotent", "projection"} else []
        found += [Compare("=", twice, Unit("I"))] if "involutory" in traits else []
    for first, second in itertools.combinations(square, 2) if pairs else ():
        found += [Compare("=", _times(first, second), _times(second, first))] if "commuting" in traits else []
    if pairs and traits & {"orthogonal columns", "orthonormal"} and len(columns) == len(symbols):
        found += [Compare("=", _times(T(first), second), Num(0.0, "0"))
                  for first, second in itertools.combinations(columns, 2)]  # fmt: skip
    if "negative" in traits:
        found += [Compare("<", Var(each.name), Num(0.0, "0")) for each in symbols
                  if (each.shape.scalar or _column(each)) and not each.family]  # fmt: skip
    if "probability" in traits:
        found += [Compare("=", _times(T(Unit("1")), each), Num(1.0, "1")) for each in columns]
    return found


def _sizes(checker: Checker, symbols: Sequence[Symbol], traits: frozenset[str]) -> list[Compare]:
    """What full ranks and orthonormal families suppose of sizes: full column rank wants no fewer rows than columns."""
    found = []
    for symbol in symbols:
        rows, cols = symbol.shape.rows, symbol.shape.cols
        if rows is None or cols is None:
            continue
        if "orthonormal" in traits and _column(symbol) and len(symbol.family) == 1:
            bounds = checker.symbols.range(symbol.family[0])
            found += [Compare("≤", bounds[1], rows)] if bounds is not None else []
        elif dump(rows) != dump(cols):
            tall = {"full column rank", "orthogonal columns"} & traits and not _column(symbol)
            found += [Compare("≥", rows, cols)] if tall else []
            found += [Compare("≤", rows, cols)] if "full row rank" in traits else []
    return found


def _times(first: Node, second: Node) -> Node:
    return Mul((first, second), (False, False))


def _square(symbol: Symbol) -> bool:
    rows, cols = symbol.shape.rows, symbol.shape.cols
    return rows is not None and cols is not None and dump(rows) == dump(cols)


def _column(symbol: Symbol) -> bool:
    return not symbol.shape.scalar and isinstance(symbol.shape.cols, Num) and symbol.shape.cols.value == 1


def _suits(symbol: Symbol, trait: str, many: int) -> bool:
    """Whether a trait is one of a name, of `many` of which it is said: a vector among matrices is not symmetric."""
    if trait in ("positive", "nonnegative"):
        return symbol.shape.scalar or _column(symbol)
    if many > 1 and trait in _SQUARE:
        return _square(symbol)
    return True


def _each(symbol: Symbol, traits: set[str]) -> set[str]:
    """What some traits make of a name by itself."""
    made = traits - _OF_EACH - OF_TWO - {"full column rank", "full row rank", "probability", "negative"}
    made |= {"full rank"} if traits & {"full column rank", "full row rank"} else set()
    made |= {"nonnegative"} if "probability" in traits else set()
    if traits & _OF_EACH and not _square(symbol):
        return made
    if "projection" in traits:
        made.add("symmetric")
    if traits & {"orthogonal columns", "orthonormal"} and not _column(symbol):
        made.add("orthogonal columns")
    if "orthonormal" in traits and _column(symbol):
        made.add("orthonormal members" if symbol.family else "unit")
    return made


def _keep(checker: Checker, symbol: Symbol, declared: bool, conditional: bool, case: bool) -> None:
    """Put what is told of a name: where it was declared just now; else in this section, for the sentence if that is a
    condition."""
    scopes = checker.symbols.scopes
    if declared:
        next(scope for scope in reversed(scopes) if symbol.name in scope.symbols).symbols[symbol.name] = symbol
        return
    names = scopes[-1].symbols
    if conditional:
        checker.held.worded.append((len(scopes) - 1, symbol.name, names.get(symbol.name)))
    elif case:
        checker.said_for_case.append((len(scopes) - 1, symbol.name, names.get(symbol.name)))
    names[symbol.name] = symbol
