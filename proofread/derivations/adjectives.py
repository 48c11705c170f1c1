"""Words of traits, “symmetric”, “均为正定矩阵”, “unit vectors”: what they say, and what must stand around them."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: What before a word of a trait takes it back.
DENIED = r"(?<![不非未必A-Za-z-])(?<!不是)(?<!一定)(?<!\bnot )(?<!\bnot a )(?<!\bnot the )(?<!necessarily )"
TRAITS = [
    (r"对称正定|实对称正定|正定|symmetric positive[- ]definite|positive[- ]definite|SPD", "pd"),
    (r"对称半正定|半正定|symmetric positive semi-?definite|positive semi-?definite|PSD", "psd"),
    (r"反对称|斜对称|skew-?symmetric|antisymmetric", "skew"), (r"对称|实对称|symmetric", "symmetric"),
    (r"列正交|orthonormal columns", "orthogonal columns"),
    (r"(?:标准|规范|单位)正交|orthonormal", "orthonormal"),
    (r"正交投影|orthogonal project(?:ion|or)s?", "projection"),
    (r"正交|orthogonal|perpendicular", "orthogonal columns"),
    (r"对角|diagonal", "diagonal"), (r"下三角|lower[- ]triangular", "lower"), (r"上三角|upper[- ]triangular", "upper"),
    (r"单位(?=[列行实]?向量)|unit(?= (?:column )?vectors?)", "unit"),
    (r"非零|non-?zero", "nonzero"),
    (r"列满秩|列(?:向量)?线性无关|full column rank|linearly independent columns", "full column rank"),
    (r"行满秩|行(?:向量)?线性无关|full row rank|linearly independent rows", "full row rank"),
    (r"满秩|可逆|非奇异|full rank|invertible|non-?singular", "full rank"),
    (r"概率(?=向量)|probability(?= vectors?)", "probability"),
    (r"幂等|投影|idempotent|project(?:ion|or)s?", "idempotent"), (r"对合|involutory|involutions?", "involutory"),
    (r"可?交换|commut(?:e|es|ing)", "commuting"),
    (r"非负(?!定)|non-?negative", "nonnegative"), (r"负(?=的|(?:实|常)*数)|negative", "negative"),
    (r"正(?=的|(?:实|常)*数)|positive", "positive"),
]  # fmt: skip
#: Traits of columns, rows and ranks, which a matrix has, and is not.
OF_PARTS = frozenset({"full rank", "full column rank", "full row rank", "orthogonal columns"})
FULL_RANK = re.compile(r"满秩|full (?:column |row )?rank", re.IGNORECASE)
#: How a row tells what words or sets suppose of a matrix.
STRUCTURES = {
    "pd": "{} ≻ 0", "psd": "{} ⪰ 0", "skew": "{0} = -{0}ᵀ", "symmetric": "{0} = {0}ᵀ",
    "orthogonal columns": "{0}ᵀ·{0} = I", "diagonal": "{} diagonal", "lower": "{} lower triangular",
    "upper": "{} upper triangular", "unit": "‖{}‖ = 1", "full rank": "{} of full rank",
    "nonzero": "{} ≠ 0", "positive": "{} > 0", "nonnegative": "{} ≥ 0", "orthonormal members": "{} orthonormal",
}  # fmt: skip
WORDS = "|".join(pattern for pattern, _ in TRAITS)
#: What may stand behind words that say something of a name: the end of a clause, or its next one. Not “… or …”, “…
#: minus …”, “… 之和”, which make another thing of what stands before.
END = (
    r"(?:\s*(?:$|[。；;．.：:）)]|"
    r"[，,、（(](?!\s*(?:或|除|当且仅当|or\b|except|up to|if and only|possibly|perhaps))|且|时|满足|"
    r"(?:and|such that|satisfying|so that|where|then)\b|with\s*(?:\$|(?:rows|columns|entries)\b)))"
)
_NOUN = r"(?:的?(?:列|行|实)?(?:矩阵|方阵|阵|向量)|(?:实|常)*数|标量|的(?=\s*(?:[，,。.；;、]|且|$)))"
_NOUN_EN = r"(?: (?:square|real|column|row))?(?: (?:matri(?:x|ces)|(?:vector|number|scalar|constant|real)s?))\b"
_LIST = rf"(?:实|real )?(?:{WORDS})(?:(?:且|、|的|,? and (?:also )?|, )?(?:实|real )?(?:{WORDS}))*"
_AFTER = re.compile(
    r"[ \t]*\n?[ \t]*(?P<all>[都均皆全同]|both |all |each )?(?:[也又还]|also )?"
    r"(?P<be>是|为|be|is|are|have|has|with|being)?\s*"
    r"(?P<all_en>both |all |each )?(?:一个|两个|an? |two )?"
    r"(?:(?:real |square )?matri(?:x|ces) (?P<with>with) )?(?P<mutual>互相|相互|彼此|两两|互|(?:mutually|pairwise) )?"
    rf"(?P<words>{_LIST})(?:(?P<noun>{_NOUN_EN})|{_NOUN})?(?P<other> with (?:each other|one another))?(?={END})",
    re.IGNORECASE,
)  # fmt: skip
#: “with positive entries”, “的各分量均为正数”.
ENTRIES = re.compile(
    r"\s*(?:with|has|have) (?:strictly |all )*(?P<which>positive|non-?negative) (?:entries|components|coordinates)\b|"
    rf"\s*的(?:各个?|每个|所有)?(?:分量|元素)[都均皆]?[是为](?P<han>正|非负)(?:实?数)?(?={END})", re.IGNORECASE,
)  # fmt: skip
_BEFORE = re.compile(
    rf"{DENIED}(?P<words>{_LIST})(?:[ \t]*{_NOUN}|(?P<noun>{_NOUN_EN}))?[ \t]*$", re.IGNORECASE
)
#: What may stand before words that say something of the name behind them: “三对角矩阵 $T$” is not “对角矩阵 $T$”.
_BEGIN = re.compile(
    r"(?:^|[，,。.；;：:（(\s$]|设|有|取|给定|任[意给]|对|与|和|且|个|一切|所有|每|实|两|其中|若|当|令|是|为|的)$"
)
_BEGIN_EN = re.compile(
    r"(?:^|[,.;:(\n$]|\b(?:an?|the|any|every|all|and|let|for|given|two|three|some|real|suppose|assume|where|with|be|if|"
    r"arbitrary|each|both))\s*$", re.IGNORECASE,
)  # fmt: skip
_EACH_WORD = [(re.compile(pattern, re.IGNORECASE), trait) for pattern, trait in TRAITS]


@dataclass(frozen=True, slots=True)
class Said:
    """The traits that words name; whether they say so of several names; of each two of several."""

    traits: frozenset[str]
    many: bool = False
    end: int = 0
    mutual: bool = False


def said_after(text: str) -> Said | None:
    """What words behind a formula say of its names, “ 均为对称矩阵，”, “ are symmetric”."""
    if (entries := ENTRIES.match(text)) is not None:
        return Said(frozenset({sign(entries)}), end=entries.end())
    match = _AFTER.match(text)
    if match is None:
        return None
    noun, be, found = match["noun"] or "", (match["be"] or "").lower(), _traits(match)
    if (be in ("have", "has", "with") or match["with"]) and not found <= OF_PARTS:
        return None  # “with symmetric, positive definite square”
    if "commuting" in found and not match["other"] and re.match(r"\s*with\b", text[match.end() :]):
        return None  # “$A$ and $B$ commute with $C$”
    many = match["all"] or match["all_en"] or be == "are" or noun.endswith("s")
    return Said(found, bool(many), match.end(), bool(match["mutual"] or match["other"]))


def said_before(text: str) -> Said | None:
    """What words before a formula say of its names, “对称矩阵 ”, “symmetric matrices ”."""
    match = _BEFORE.search(text)
    if match is None:
        return None
    chinese = match["words"][0] >= "\u4e00"
    if (_BEGIN if chinese else _BEGIN_EN).search(text[: match.start()]) is None:
        return None
    one = text[: match.start()].rstrip("实 ").endswith("一个")
    return Said(_traits(match), (match["noun"] or "").endswith("s") or (chinese and not one), match.end())


def sign(match: re.Match[str]) -> str:
    """The trait that a match of `ENTRIES` names."""
    return "positive" if (match["which"] or match["han"]).lower() in ("positive", "正") else "nonnegative"


def _traits(match: re.Match[str]) -> frozenset[str]:
    """The traits that the words of a match name."""
    found: set[str] = set()
    at, end = match.span("words")
    while at < end:
        for pattern, trait in _EACH_WORD:
            word = pattern.match(match.string, at)
            if word is not None and word.end() <= end:
                found.add(trait)
                at = word.end()
                break
        else:
            at += 1  # what links the words
    return frozenset(found)
