"""Sentences around formulas: what opens them, what concludes them, and what their words say of a name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from proofread.derivations.adjectives import DENIED, WORDS

OPENER = re.compile(
    r"^(?:[一二三四五六七八九十]+、)?(?:(?:证明|证|解|例)[：:])?"
    r"(?:又|再|并|且|现|另|首先|反之|特别地|一般地|例如|下面|这里|此处|以下)?[，, ]*(?:不妨)?"
    r"(?:其次|再次|最后|(?:now|next|finally|again|also|moreover|furthermore|in addition|conversely),?\s+)?"
    r"(设(?![计想置备施立法])|已知(?!的)|令(?![人牌])|若(?![干非])|假设(?!检验)|假定|给定|如果|记|只要|当(?![然前代中地])|"
    r"(?:Let(?!'s| us\b| me\b)|Suppose(?! not\b)|If|Assume|Given|When|Whenever|Provided)\b)", re.IGNORECASE
)  # fmt: skip
#: What makes what a sentence supposes a case: before its opener, or behind it.
CASE = re.compile(r"^(?:又|再|并|且|但|而)?(?:特别地|例如|比如|首先|其次|先|另)")
#: What opens the next of several cases.
NEXT_CASE = re.compile(
    r"^(?:其次|再次|最后)|^(?:Let|Suppose|Assume)\s+(?:next|now|second(?:ly)?|finally)\b", re.IGNORECASE
)
CASE_AFTER = re.compile(
    r"^\s*(?:(?:first|next|now|second(?:ly)?|finally)\b|for (?:now|the moment|simplicity|example)\b|先|暂[时且]|首先)",
    re.IGNORECASE,
)
#: The label of a case, which ends the case before it.
CASE_LABEL = re.compile(r"(?:情[形况]|Case)\s*[一二三四五六七八九\dIVX]", re.IGNORECASE)
#: What ends the cases.
GENERAL = re.compile(
    r"(?:但是?|而|更|再)?[，, ]*(?:一般[地的情来]|在一般|对(?:于)?一般|反之|相反|否则|另一方面|其他情|其余情)|"
    r"(?:But |And |More )?(?:in general\b|generally\b|in the general|for general|otherwise\b|conversely\b|"
    r"on the other hand|for arbitrary\b|without th(?:is|ese|at)\b)|去掉|不再",
    re.IGNORECASE,
)
CONDITIONAL = frozenset(["若", "如果", "if", "当", "只要", "when", "whenever", "provided"])
SUPPOSING = CONDITIONAL | {"设", "已知", "令", "假设", "假定", "给定", "let", "suppose", "assume", "given"}
#: What right before a formula makes it a condition, wherever in its sentence it stands.
LOCAL = re.compile(
    r"(?:(?<!且仅)(?<!仅)当|若|如果|只要|"
    r"(?<!only )(?<!exactly )(?<!except )(?<!even )\b(?:if|when|whenever|provided(?: that)?))"
    r"\s*(?:矩阵|向量|(?:the )?(?:matrix|vector))?\s*$",
    re.IGNORECASE,
)
#: And what does so where the formula is an order, ≠ or ∈: “for $x > 0$”, but not “对 $y = Ax$ 微分”.
RANGED = re.compile(
    r"(?:对于?|对任[意何]的?|对所有的?|对每一?个|任意|任给|\bfor(?: all| any| every| each)?)\s*$", re.IGNORECASE
)
#: “For positive numbers $a$ and $b$ with $a + b = 1$ we have …”
FOR_SOME = re.compile(r"\s*(?:(?:then|hence|thus|therefore|so)\b,? )?for\b[^.]*\$", re.IGNORECASE)
SUCH = re.compile(r"\b(?:with|satisfying|such that|subject to)\s*$", re.IGNORECASE)
#: And what says, behind a formula, of its names what orders they meet.
WHERE = re.compile(r"(?:其中|这里|此处|式中|\b(?:where|with|here))\s*$", re.IGNORECASE)
ALSO = re.compile(r"^\s*(?:、|与|和|且|及|或|and)\s*$", re.IGNORECASE)
CONCLUSION = re.compile(
    r"(?<![正规法准原否])则|那么|(?<![具没所含拥只还带])有(?![限理界关])|于是|故|因此|因而|从而|所以|可得|得到|得出|推出|证明|验证|"
    r"求证|试证|易知|易见|显然|可知|可见|此时|我们|(?<![同有平小何])时(?=[，,、\s]|$)|(?<!不)必(?![须要])|恒(?!等于)|成立|注意|由于|即得|"
    r"其(?:梯度|迹|行列式|转置|逆)|"
    r"\b(?:then|we have|hence|thus|therefore|so|gives|show that|prove|note|follows|one has|impl(?:y|ies)|because|since|"
    r"recall|observe|notice|we know|must|always)\b",
    re.IGNORECASE,
)
#: What joins a relation to what a sentence supposes: where none of these stands between the comma before it and the
#: relation, it is what the sentence says of it, a claim. (No list of the words that conclude would ever be whole.)
JOINING = re.compile(
    r"(?:^[\s（(]*|[（(]\s*|^\s*的(?:各个?|每个|所有)?(?:分量|元素|坐标)\s*|(?:且|和|与|及|并|即|其中|对|满足|适合|服从|使得?|同时|又|再|设|令|若|假设|假定|给定|当|方程组?|约束|条件|关系式?|进一步|"
    r"等式|不等式|分解|性质)[\s：:]*|"
    r"\b(?:and|with|where|such that|so that|satisf(?:y|ies|ying)|having|subject to|for(?: all| some)?|let|suppose|"
    r"assume|if|moreover|furthermore|in addition|that|i\.e\.,?|namely|"
    r"equations?|systems?|constraints?|conditions?|relations?|solutions? (?:of|to)|"
    r"solv(?:e|es|ing)|obey(?:s|ing)?|(?:factori[sz]|decompos)\w*)[\s:]*)$",
    re.IGNORECASE,
)
#: What in a sentence takes back what its words say of a name.
DENIAL = re.compile(
    r"不(?!妨)|未(?!知)|非(?![零负奇退])|没|错|吗|\b(?:not|never|no longer|without(?! loss)|nobody|wrong)\b|n't\b",
    re.IGNORECASE,
)
#: What says of a relation that there, and as a rule only there, the order before it is sharp.
EQUALITY = re.compile(r"等号|取等|\bequality\b|\btight\b|\bsharp\b|\battained\b", re.IGNORECASE)
#: Between two relations: each is to follow from the other.
EQUIVALENCE = re.compile(
    r"(?:当且仅当|充要条件[是为]?|等价于|\bif and only if|\biff|\bonly if|\bexactly when|\bequivalent to)\s*$",
    re.IGNORECASE,
)
BREAK = re.compile(
    r"[。！？；;!?]|(?<!\bi\.e)(?<!\be\.g)(?<!\bcf)(?<!\bresp)(?<!r\.t)\.(?=\s|$)|"
    r"\n[ \t]*\n|\n[ \t]*(?:[-*+]|\d+[.)])[ \t]|\|",
)
#: How prose goes on with the sentence of the display above it.
GOES_ON = re.compile(
    r"\s*(?:[，,、]|则|那么|时|其中|then\b|and\b|where\b|(?-i:[a-z]))", re.IGNORECASE,
)
#: How a sentence begins that says what the names of the display above it are.
HERE = re.compile(r"\s*(?:其中|这里|此处|式中|上式中|here\b|where\b)", re.IGNORECASE)
#: A word in bold or italics before a sentence: “**Exercise.** Let …”, “**题目** 设 …”.
LABEL = re.compile(r"^[\s>]*(\*\*|__|\*|_)(?=\S)[^*_\n$]{1,40}\1[\s.:：。]*")
#: A semicolon behind which the names of the formula before it are explained.
AND_HERE = re.compile(r"[；;](?=\s*(?:here|where|with|其中|这里|此处|式中)\b)", re.IGNORECASE)
LEAD = re.compile(r"^[\s>*_`#\-+\d.)(（“\"'：:，,]*")
#: A title on a line of its own: of an admonition, of a tab, or bold.
TITLE = re.compile(r"^[ \t>]*(?:(?:\?\?\?\+?|!!!|===[!+]?)[ \t]+.*|\*\*[^*\n]+\*\*[ \t]*)$", re.MULTILINE)
#: “设 $A$ 正定，即”: what follows says what a word means.
EXPLAINED = re.compile(
    rf"(?:{WORDS})(?:矩阵|方阵|阵| matrix)?[，,（(\s]*(?:即|也就是|i\.e\.,?|that is,?|namely,?)\s*$", re.IGNORECASE
)
#: “矩阵的迹满足”: a noun of its own stands before what it satisfies, and no formula.
OF_ITS_OWN = re.compile(
    r"^\s*(?!的|且|并|而|又)[^，,、$]*[^\s且并均都又它们其则也及和与，,、的](?:满足|适合)\s*$|"
    r"^\s*the [a-z ]+ satisf\w+\s*$",
    re.IGNORECASE,
)
#: What makes a declared e_i the standard basis, and not any vectors.
BASIS = re.compile(
    rf"{DENIED}(?:标准(?:正交)?(?:基|单位向量)|自然基|坐标向量|独热|第\s*\$?\s*\w?\s*个(?:标准)?单位向量|one-hot|"
    r"coordinate vectors?|"
    r"(?:standard|canonical|natural)\s+(?:unit\s+|orthonormal\s+)?(?:basis|unit vectors?))|th\s+unit\s+vector",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A formula of a sentence, and the arrays that it declares or names."""

    tex: str
    names: tuple[str, ...]


class Sentence:
    """Where in a sentence the reader is: was something supposed, and has the conclusion begun?"""

    def __init__(self) -> None:
        self.opener = ""
        self.concluded = False
        self.was_concluded = False
        self.case = False
        """What it supposes is a case, “例如，设 $n = 2$”."""
        self.labelled = False
        """It begins with the label of a case, “情形二：”."""
        self.text = ""
        self.formulas: list[Mention] = []
        self.local = ""
        """`condition`, `range` or `where`: the formula that stands here is one, by the word right before it."""
        self.also = False
        """It is so by the word before an earlier formula, to which 且, and join it."""

    def feed(self, text: str, before_display: bool) -> bool:
        """Read prose; returns whether a sentence ended in it."""
        if before_display:
            text = text.rstrip()
        text = TITLE.sub("\n", text)
        if self.opener in SUPPOSING - CONDITIONAL and not self.concluded and not CONCLUSION.search(text):
            text = re.sub("[；;]", "⁏", text)  # “设 $P ∈ …$；$R ∈ …$，$R ≻ 0$”: all of it is supposed
        pieces = BREAK.split(text)
        ended = len(pieces) > 1
        if ended:
            self.was_concluded = self.concluded or CONCLUSION.search(pieces[0]) is not None
            self.opener, self.concluded, self.text, self.formulas = "", False, "", []
        last = pieces[-1]
        if not self.text.strip():
            led = LEAD.sub("", LABEL.sub("", last, count=1), count=1)
            match = OPENER.match(led)
            if match is None and (colon := re.search(r"[：:]\s*([^：:]+)$", led)) is not None:
                led = colon.group(1)  # “…没有误差：设 …”
                match = OPENER.match(led)
            self.opener = match.group(1).lower() if match else ""
            self.labelled = CASE_LABEL.match(LEAD.sub("", last, count=1)) is not None
            self.case = match is not None and (
                self.labelled or CASE.match(led) is not None or CASE_AFTER.match(led[match.end() :]) is not None
            )
            if match:
                last = led[match.end() :]
        self.also = ALSO.match(last) is not None and self.local != ""
        if self.opener in CONDITIONAL and not self.concluded:
            self.local = ""
        elif LOCAL.search(last) or (SUCH.search(last) and FOR_SOME.match(self.text + last) and not self.concluded):
            self.local = "condition"
        elif RANGED.search(last):
            self.local = "range"
        elif WHERE.search(last) and not self.supposing:
            self.local = "where"
        elif not ALSO.match(last):
            self.local = ""
        self.text += last
        if CONCLUSION.search(last):
            self.concluded = True
        return ended

    def formula(self, mention: Mention) -> None:
        """A formula stands here."""
        self.text += "$"
        self.formulas.append(mention)

    @property
    def names(self) -> list[str]:
        """What its formulas are about, in order."""
        return [name for formula in self.formulas for name in formula.names]

    @property
    def supposing(self) -> bool:
        """Whether a relation that stands here is a hypothesis."""
        return (self.opener in SUPPOSING and not self.concluded) or self.local == "condition"

    @property
    def conditional(self) -> bool:
        """Whether what is supposed here ends with the sentence."""
        return self.local != "" or self.opener in CONDITIONAL or self.case
