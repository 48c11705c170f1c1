"""What names mean by themselves or by what hangs on them: no equality alone defines these anew, words do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import verify
from proofread.derivations.claims import Claim, Setting
from proofread.derivations.items import flattened
from proofread.derivations.lex import Refusal, unreadable
from proofread.derivations.nodes import Fn, Mul, Node, T, Var
from proofread.derivations.prose import CONCLUSION
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Items, key
from proofread.derivations.symbols import Symbol

if TYPE_CHECKING:
    from proofread.derivations.check import Checker

#: Words between the formula before and this one, or after it, by which an author gives something a name, even where he
#: concludes.
NAMING = re.compile(
    r"[记令设]|取(?!得|值|到)|选|定义|(?<!对)称|[写叫][成作为做]|其中|这里|例如|比如|考[虑察]|引入|表示|[简缩]写|给定|"
    r"\b(?:let|(?<!the )set|put|take|choose|pick|define[ds]?|definition|denot\w*|(?<!can )write|writing|abbreviat\w*|"
    r"call(?:ed)?|where|with(?=\s*$)|consider\w*|introduc\w*|for example|e\.g\.)(?!\w)",
    re.IGNORECASE,
)
#: And nouns that do so where nothing is concluded.
NOUNS = re.compile(
    r"(?:函数|损失|目标|映射)(?:是|为)?\s*$|\b(?:function|loss|objective|map)(?: is)?\s*$", re.IGNORECASE
)
NAMED = re.compile(
    r"^\s*(?:称为|叫[做作]|记[作为]|定义为|表示|就是.{0,6}定义|\(by definition\)|by definition|"
    r"(?:is|are) (?:called|defined|denoted)|denotes?\b|being\b|stands? for)", re.IGNORECASE)
#: What announces a claim, beside the words that conclude.
CLAIMING = re.compile(
    r"定理|引理|推论|命题|性质|结论|总之|必然|\b(?:conclude|conclusion|theorem|lemma|corollary|proposition)",
    re.IGNORECASE,
)
#: Operators that every textbook knows and the checker does not.
WORDS = frozenset(
    ["mean", "avg", "average", "median", "var", "Var", "std", "Std", "cov", "Cov", "corr", "cond", "rank",
     "null", "ker", "im", "range", "span", "dim", "nnz", "argmax", "argmin", "sum", "cumsum", "prod", "trace",
     "grad", "Grad", "Hess", "Hessian", "div", "curl", "rot", "vech", "eig", "spec", "cof", "sup", "inf", "erfc"]
)  # fmt: skip
#: Letters that are such operators on matrices, or below `max` and `min`.
SPECTRAL = frozenset("κρ")
EIGENVALUES = frozenset("λσs")


def named_here(checker: Checker) -> bool:
    """Whether words right before a formula or behind it say that it gives something a name."""
    *earlier, clause = checker.sentence.text.split("$")
    opened = not earlier and checker.sentence.supposing  # the opener stands right before
    return opened or NAMING.search(clause) is not None or NAMED.match(checker.rest) is not None


def names(checker: Checker) -> bool:
    """Whether the words around a formula say that it gives something a name."""
    *_, clause = checker.sentence.text.split("$")
    if NAMING.search(clause) or NAMED.match(checker.rest) or checker.sentence.local:
        return True
    naming = checker.sentence.supposing or checker.sentence.opener == "记" or NOUNS.search(clause) is not None
    return naming and not claims(checker)


def claims(checker: Checker) -> bool:
    """Whether the words before a formula announce or conclude something."""
    text = checker.sentence.text
    return checker.sentence.concluded or CONCLUSION.search(text) is not None or CLAIMING.search(text) is not None


def may_define(checker: Checker, symbol: Symbol) -> bool:
    """Whether an equality says what a function, known by its signature, is: it is the first that is said of it and
    concludes nothing, or words give it; else it is a claim about any such function."""
    return names(checker) or not (claims(checker) or symbol.name in checker.spoken)


def refuse(checker: Checker, left: Items, right: Items, body: Node, setting: Setting) -> None:
    """Refuse to define what means something already, unless words do it.

    Raises:
        Refusal: the left side is an operator of matrices or statistics, a derivative by t, or an operation on a known
            matrix, A^* or A^†, and the right side is not what it means.
    """
    item = left[0]
    if names(checker):
        return
    resolver = Resolver(checker.symbols)
    known = resolver.lookup(left[1].args[0][0])[0] if len(left) > 1 and left[1].args[0] else None
    matrix = known is not None and known.kind == "array" and resolver.is_matrix(known)
    extreme = item.text in EIGENVALUES and key(item.sub) in ("max", "min")
    expectation = item.text in ("E", "P") and item.style == "bb"
    if item.text in WORDS or expectation or extreme or (item.text in SPECTRAL and matrix and claims(checker)):
        shown = item.text + (f"_{key(item.sub)}" if item.sub else "")
        raise unreadable(f"{shown} means something by itself that is not read here, so that this is a claim which "
                         "is not checked; if it is your definition, say so: 记 …, define …, or :=", item.start,
                         left[-1].end)  # fmt: skip
    if "dot" in item.style.split() or "ddot" in item.style.split():
        moving = resolver.lookup(replace(item, style=item.style.replace("ddot", "").replace("dot", "").strip()))[0]
        if moving is not None and moving.definition is not None and "t" in checker.symbols.closure([moving.definition]):
            raise unreadable(f"a dot above {moving.name}, which depends on t, may be d{moving.name}/dt or a name of "
                             "yours: write \\frac{d}{dt}, or say 记 …, let …", item.start, item.end)  # fmt: skip
    mark = key(item.sup)
    updates = mark == "+" and any(each.kind == "op" and each.text in "+-" for each in right)  # A^+ = A + …
    if mark not in ("*", "†", "+") or updates or item.sub or item.primes:
        return
    base = resolver.lookup(replace(item, sup=()))[0]
    if base is None or base.kind != "array" or not resolver.is_matrix(base) or (
        mark != "†" and all(each.text != item.text for each in flattened(right))):  # fmt: skip
        return  # W^*, the best of all W
    a = Var(base.name)
    if mark in ("†", "+"):
        one, other = _product(a, body), _product(body, a)  # E. H. Moore, R. Penrose
        right_one = _hold(
            setting, (_product(a, other), a), (_product(body, one), body), (T(one), one), (T(other), other)
        )
    else:
        right_one = any(_hold(setting, (body, meant)) for meant in (T(a), Fn("adj", (a,))))
    if not right_one:
        what = "pseudoinverse" if mark in ("†", "+") else "adjoint (the transpose) or adjugate"
        raise unreadable(f"{item.text}^{mark} is the {what} of {item.text}, which this is not for all "
                         f"{item.text}; if it is a name of yours, say so: 记 …, let …, or :=", item.start,
                         left[-1].end)  # fmt: skip


def _product(*factors: Node) -> Node:
    return Mul(factors, (False,) * len(factors))


def _hold(setting: Setting, *equalities: tuple[Node, Node]) -> bool:
    """Whether some equalities hold as claims do."""
    try:
        return all(verify.check(Claim(sides, ("=",)), setting).holds for sides in equalities)
    except Refusal:
        return False
