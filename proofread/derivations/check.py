"""A page's formulas, in order: what each states, and whether it holds.

Declarations count wherever they stand; hypotheses only in a sentence opened by 设, 令, 若, 假设, 给定 (Let, Suppose,
If, Assume, Given) and before its conclusion; an equality whose left side is an undeclared name defines it; any other
relation is a claim.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from proofread.derivations import calls, diagnose, statements, verify
from proofread.derivations.infer import Typer, find
from proofread.derivations.items import NUMBERED, numbered, split, trimmed
from proofread.derivations.lex import Refusal, ambiguous, undeclared, unreadable
from proofread.derivations.nodes import (
    Add,
    Apply,
    At,
    Axis,
    Compare,
    Differential,
    Entry,
    Fn,
    Gather,
    Idx,
    Map,
    Node,
    Num,
    Size,
    T,
    Unit,
    Var,
    show,
    walk,
)  # fmt: skip
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Item, Items, is_letter, key, read_items
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Hypothesis, Shape, Symbol, Symbols, free_axes, plain
from proofread.derivations.verify import Claim, Setting, Verdict
from proofread.page import Formula, Heading, Mark, Page, Prose
from proofread.report import Finding

#: Seconds that one formula may take.
LIMIT = 10.0
OPENER = re.compile(
    r"^(?:[一二三四五六七八九十]+、)?(?:(?:证明|证|解|例)[：:])?"
    r"(?:又|再|并|且|现|另|首先|反之|特别地|一般地|例如|下面|这里|此处|以下)?[，, ]*"
    r"(设|令|若|假设|假定|给定|如果|记|Let|Suppose|If|Assume|Given)", re.IGNORECASE
)  # fmt: skip
SUPPOSING = frozenset(["设", "令", "若", "假设", "假定", "给定", "如果", "let", "suppose", "if", "assume", "given"])
CONDITIONAL = frozenset(["若", "如果", "if"])
CONCLUSION = re.compile(
    r"则|那么|(?<![具没所含])有|于是|故|因此|因而|从而|所以|可得|得到|得出|推出|证明|验证|求证|试证|易知|易见|显然|可知|可见|此时|我们|"
    r"\b(?:then|we have|hence|thus|therefore|so|gives|show that|prove|note|follows|one has)\b",
    re.IGNORECASE,
)
BREAK = re.compile(r"[。！？；;!?]|\.(?=\s|$)|\n[ \t]*\n|\n[ \t]*(?:[-*+]|\d+[.)])[ \t]|\|")
GOES_ON = re.compile(r"\s*(?:[，,、]|则|那么|时|其中|then\b|and\b|where\b)", re.IGNORECASE)
LEAD = re.compile(r"^[\s>*_`#\-+\d.)(（“\"'：:，,]*")
#: A title on a line of its own: of an admonition, of a tab, or bold.
TITLE = re.compile(r"^[ \t>]*(?:(?:\?\?\?\+?|!!!|===[!+]?)[ \t]+.*|\*\*[^*\n]+\*\*[ \t]*)$", re.MULTILINE)
LAYOUTS = {"denominator": "denominator", "numerator": "numerator", "mixed": "mixed"}
MARKS = frozenset({"skip", "assume", "false"})
#: What before a word of a trait takes it back.
DENIED = r"(?<![不非未必A-Za-z-])(?<!不是)(?<!一定)(?<!\bnot )(?<!\bnot a )(?<!\bnot the )(?<!necessarily )"
TRAITS = [
    (r"对称正定|实对称正定|正定|symmetric positive[- ]definite|positive[- ]definite|SPD", "pd"),
    (r"对称半正定|半正定|symmetric positive semi-?definite|positive semi-?definite|PSD", "psd"),
    (r"反对称|斜对称|skew-?symmetric|antisymmetric", "skew"), (r"对称|实对称|symmetric", "symmetric"),
    (r"列正交|orthonormal columns", "orthogonal columns"), (r"正交|orthogonal", "orthogonal columns"),
    (r"对角|diagonal", "diagonal"), (r"下三角|lower[- ]triangular", "lower"), (r"上三角|upper[- ]triangular", "upper"),
    (r"单位(?=向量)|unit(?= vectors?)", "unit"),
]  # fmt: skip
_WORDS = "|".join(pattern for pattern, _ in TRAITS)
TRAIT_AFTER = re.compile(
    r"^[ \t]*(?:是|为|be|is|have|has|with)?[ \t]*(?:一个|an?)?[ \t]*"
    rf"(?P<word>实?对称正定|实?对称半正定|实对称|{_WORDS})"
    r"(?=矩阵|方阵|阵|(?<=单位)向量|[ \t]*(?:matrix|(?<=unit )vectors?|[，,。.；;、]|且|$)|[ \t]*and\b)", re.IGNORECASE,
)  # fmt: skip
TRAIT_BEFORE = re.compile(
    rf"{DENIED}(?P<word>{_WORDS})[ \t]*(?:矩阵|方阵|阵|(?<=单位)向量|matrix|(?<=unit )vectors?)[ \t]*$",
    re.IGNORECASE,
)
ROWS_BEFORE = re.compile(
    r"(?:的|whose|with|the|第\s*\$\s*个?|各|诸)?\s*(?P<word>行向量|列向量|行|列|rows?|columns?)"
    r"(?:依次|分别|们)?\s*(?:of\s*\$\s*)?(?:记为|记作|写作|写成|为|是|are|is|be)?\s*$", re.IGNORECASE,
)  # fmt: skip
ROWS_AFTER = re.compile(
    r"^\s*(?:be|is|are|denotes?)\s+the\s+(?:\S+\s+)?(?P<word>rows?|columns?)\s+of\s*$", re.IGNORECASE
)
#: What makes a declared e_i the standard basis, and not any vectors.
BASIS = re.compile(
    rf"{DENIED}(?:标准(?:正交)?(?:基|单位向量)|自然基|坐标向量|独热|第\s*\$?\s*\w?\s*个(?:标准)?单位向量|one-hot|"
    r"coordinate vectors?|"
    r"(?:standard|canonical|natural)\s+(?:unit\s+|orthonormal\s+)?(?:basis|unit vectors?))|th\s+unit\s+vector",
    re.IGNORECASE,
)
RANK = [
    "verified",
    "refuted",
    "defined",
    "declared",
    "assumed",
    "expression",
    "skipped",
    "unreadable",
    "error",
    "false",
]


@dataclass
class Outcome:
    """What one statement of a formula came to."""

    status: str
    message: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    kind: str = ""


class Sentence:
    """Where in a sentence the reader is: was something supposed, and has the conclusion begun?"""

    def __init__(self) -> None:
        self.opener = ""
        self.concluded = False
        self.was_concluded = False
        self.text = ""
        self.names: list[str] = []

    def feed(self, text: str, before_display: bool) -> bool:
        """Read prose; returns whether a sentence ended in it."""
        if before_display:
            text = text.rstrip()
        text = TITLE.sub("\n", text)
        pieces = BREAK.split(text)
        ended = len(pieces) > 1
        if ended:
            self.was_concluded = self.concluded or CONCLUSION.search(pieces[0]) is not None
            self.opener, self.concluded, self.text, self.names = "", False, "", []
        last = pieces[-1]
        if not self.text.strip():
            match = OPENER.match(LEAD.sub("", last, count=1))
            self.opener = match.group(1).lower() if match else ""
            if match:
                last = LEAD.sub("", last, count=1)[match.end() :]
        self.text += last
        if CONCLUSION.search(last):
            self.concluded = True
        return ended

    def formula(self, names: list[str]) -> None:
        """A formula stands here, about some names."""
        self.text += "$"
        self.names += names

    @property
    def supposing(self) -> bool:
        return self.opener in SUPPOSING and not self.concluded


class Checker:
    """Walks a page and keeps what its names stand for."""

    def __init__(self, page: Page, layout: str, seed: int, limit: float) -> None:
        self.page, self.seed, self.limit = page, seed, limit
        self.symbols = Symbols(layout)
        self.sentence = Sentence()
        self.temporary: list[Hypothesis] = []
        self.findings: list[Finding] = []
        self.mark: Mark | None = None
        self.hints = True
        self.latest: str = ""
        """The array that the last formula named or declared."""
        self.before = ""
        self.after: tuple[str, str] = ("", "")
        self.rest = ""
        """What the sentence goes on to say, formulas as `$`."""
        self.early: set[str] = set()
        """Names that this sentence speaks of before it declares them: what was supposed of them stays."""
        self.ahead: tuple[Formula, ...] = ()
        """The formulas after this one in its sentence: they may declare what it speaks of."""

    def run(self) -> list[Finding]:
        """All findings of the page, in order."""
        items = self.page.items
        for k, item in enumerate(items):
            match item:
                case Heading():
                    self.end_sentence()
                    self.sentence = Sentence()
                    self.symbols.open(item.level)
                case Prose():
                    following = items[k + 1] if k + 1 < len(items) else None
                    display = isinstance(following, Formula) and following.display
                    before = self.sentence
                    text = item.text
                    previous = items[k - 1] if k else None
                    if isinstance(previous, Heading) and text.startswith(previous.text):
                        text = text.partition("\n")[2]
                    if isinstance(previous, Formula) and previous.display and GOES_ON.match(text):
                        text = text.lstrip()  # “若 $$…$$ 则 …”: one sentence around a display
                    if self.sentence.feed(text, display):
                        self.end_sentence(before.was_concluded)
                    self.traits_after(item.text)
                case Mark():
                    self.read_mark(item)
                case Formula():
                    self.look_around(k)
                    self.findings.append(self.formula(item))
                    self.sentence.formula(self.named(item))
                    if item.display and re.search(r"[.。]\s*$", item.tex):
                        self.end_sentence(self.sentence.concluded)
                        self.sentence = Sentence()
        if self.mark is not None:
            self.fault(self.mark, f"no formula follows the mark {self.mark.word}")
        return self.findings

    def end_sentence(self, concluded: bool = True) -> None:
        """What “若 …，则 …” supposed is over with its sentence; what “若 …。” supposed stays."""
        for hypothesis in self.temporary if concluded else []:
            for scope in self.symbols.scopes:
                if hypothesis in scope.hypotheses:
                    scope.hypotheses.remove(hypothesis)
        self.temporary, self.early = [], set()

    def named(self, formula: Formula) -> list[str]:
        """The arrays that a formula declares or, being one name, mentions."""
        declared = self.findings[-1].details.get("declares", [])
        names = [str(name) for name in declared] if isinstance(declared, list) else []
        bare = self.symbols.get(formula.tex.strip().lstrip("\\").removeprefix("mathbf").strip("{} "))
        names += [bare.name] if bare is not None and bare.name not in names else []
        self.latest = names[0] if len(names) == 1 else ""
        return names

    # -- marks ---------------------------------------------------------------------------------------------------

    def fault(self, mark: Mark, message: str) -> None:
        self.findings.append(
            Finding(self.page.path, mark.line, "mark", "error", f"<!-- math: {mark.word} {mark.reason} -->", message)
        )

    def read_mark(self, mark: Mark) -> None:
        if mark.word == "layout":
            layout = LAYOUTS.get(mark.reason.strip().split()[0] if mark.reason.strip() else "")
            if layout is None:
                self.fault(mark, f"layout is denominator, numerator or mixed, not {mark.reason!r}")
            else:
                self.symbols.set_layout(layout)
            return
        if mark.word not in MARKS:
            self.fault(mark, f"unknown mark {mark.word!r}: there are skip, assume, false, layout denominator, layout "
                             "numerator")  # fmt: skip
            return
        if not mark.reason.strip():
            self.fault(mark, f"the mark {mark.word} wants a reason after it")
            return
        if self.mark is not None:
            self.fault(mark, f"two marks stand before one formula ({self.mark.word} and {mark.word})")
            return
        self.mark = mark

    # -- formulas ------------------------------------------------------------------------------------------------

    def formula(self, formula: Formula) -> Finding:
        """The finding of one formula; whatever goes wrong inside the checker becomes an error, never a pass."""
        mark, self.mark = self.mark, None

        def finding(status: str, message: str = "", /, **details: object) -> Finding:
            if mark is not None:
                details |= {"mark": mark.word, "reason": mark.reason}
            return Finding(self.page.path, formula.line, "formula", status, formula.tex, message,
                           {"column": formula.column, "display": formula.display, **details})  # fmt: skip

        if mark is not None and mark.word == "skip":
            return finding("skipped")
        before = self.symbols.copy()
        try:
            outcomes = self.read(formula, assume=mark is not None and mark.word == "assume")
        except Refusal as refusal:
            outcomes = [self.refused(formula, refusal)]
            self.symbols = before
        except RecursionError:
            outcomes = [
                Outcome("unreadable", self.place(formula, 0) + "  the formula is nested too deep", kind="notation")
            ]
            self.symbols = before
        except Exception as fault:
            name = type(fault).__name__
            message = (
                f"{self.place(formula, 0)}  the checker itself failed on this formula ({name}: {fault}); report it"
            )
            outcomes = [Outcome("error", message, kind="internal")]
            self.symbols = before
        if any(each.kind in ("undeclared", "shape") for each in outcomes):
            outcomes = self.again(formula, before, mark) or outcomes
        if any(each.kind in ("value", "shape", "index") for each in outcomes) and mark is None:
            outcomes = self.for_basis_only(formula, before) or outcomes
        details = self.summary(outcomes)
        worst = max(outcomes, key=lambda each: RANK.index(each.status), default=Outcome("expression"))
        status, message = worst.status, worst.message
        faults = [each for each in outcomes if each.status in ("unreadable", "error", "false")]
        if len(faults) > 1:
            message = "\n".join(dict.fromkeys(each.message for each in faults))
        if mark is not None and mark.word == "assume":
            return finding("assumed", **details)
        if mark is not None and mark.word == "false":
            return self.expected_false(formula, mark, outcomes, details, finding)
        if not faults and any(each.status == "verified" for each in outcomes):
            status = "verified"  # a claim was checked; what else the formula says is in the details
        return finding(status, message, **details)

    def again(self, formula: Formula, before: Symbols, mark: Mark | None) -> list[Outcome] | None:
        """What a formula comes to with the names that the rest of its sentence declares, “f(x) = x^⊤Ax, where A ∈ …”;
        None if that mends nothing."""
        left = self.symbols
        self.symbols = before.copy()
        try:
            if not self.declare_ahead():
                raise unreadable("nothing is declared ahead")
            outcomes = self.read(formula, assume=mark is not None and mark.word == "assume")
        except (Refusal, RecursionError):
            outcomes = []
        if outcomes and not any(each.kind in ("undeclared", "shape", "notation") for each in outcomes):
            return outcomes
        self.symbols = left
        return None

    def for_basis_only(self, formula: Formula, before: Symbols) -> list[Outcome] | None:
        """A refusal if a formula about declared vectors e_i fails for any and holds for the standard basis."""
        names = [
            name for scope in before.scopes for name, symbol in scope.symbols.items()
            if plain(name.partition("_")[0]) == "e" and (symbol.family or "_" in name) and symbol.definition is None
        ]  # fmt: skip
        if not names:
            return None
        left = self.symbols
        self.symbols = before.copy()
        try:
            for name in names:
                self.make_basis(name)
            outcomes = self.read(formula, assume=False)
        except (Refusal, RecursionError):
            return None
        finally:
            self.symbols = left
        if not all(each.status in ("verified", "declared") for each in outcomes):
            return None
        return [self.refused(formula, ambiguous(
            "e_i may be any vectors, as declared, for which this fails, or the standard basis, for which it holds: say "
            "which beside the declaration (标准基, standard basis)"))]  # fmt: skip

    def make_basis(self, name: str) -> None:
        """Let e_i, declared as vectors, be the columns of I."""
        head = name.partition("_")[0]
        for scope in self.symbols.scopes:
            symbol = scope.symbols.get(name)
            if symbol is not None and symbol.kind == "array" and symbol.shape.cols is statements.ONE:
                del scope.symbols[name]
                size = symbol.shape.rows
                scope.symbols[head] = Symbol(head, "array", Shape(size, size), definition=Unit("I", size), columns=True)

    def declare_ahead(self) -> bool:
        """Declare what is new in the rest of the sentence; returns whether anything is."""
        found = False
        for formula in self.ahead:
            for part in statements.statements(read_items(formula.tex)):
                after = self.symbols.copy()
                if part.kind == "declaration":
                    names = statements.declare(part, after)
                elif part.kind == "range":
                    names = statements.declare_range(part, after)
                else:
                    continue
                if all(self.symbols.get(name) is None for name in names):
                    self.symbols, found = after, True
                    self.early.update(names)
        return found

    def expected_false(self, formula: Formula, mark: Mark, outcomes: list[Outcome], details: dict[str, object],
                       make: Callable[..., Finding]) -> Finding:  # fmt: skip
        """The finding of a formula marked false: it wants a counterexample."""
        faults = [each for each in outcomes if each.status in ("unreadable", "error", "false")]
        for fault in faults:
            if fault.status == "false" and fault.kind != "shape":
                return make("refuted", "", counterexample=fault.message, **details)
            if fault.kind == "shape":
                if re.search(
                    r"形状|维|尺寸|转置|布局|shape|dimension|size|transpose|layout", mark.reason, re.IGNORECASE
                ):
                    return make("refuted", "", counterexample=fault.message, **details)
                said = "marked false; its shapes do not fit, and the reason must name that (形状, shape)"
                return make("error", f"{self.place(formula, 0)}  {said}:\n{fault.message}", **details)
        if faults:
            return make("error", f"{self.place(formula, 0)}  marked false, but it is not refuted: it cannot be "
                                 f"checked.\n{faults[0].message}", **details)  # fmt: skip
        return make("error", f"{self.place(formula, 0)}  marked false, but it holds", **details)

    def place(self, formula: Formula, offset: int) -> str:
        """`path:line` of an offset in the TeX."""
        return f"{self.page.path}:{formula.line + formula.tex.count(chr(10), 0, max(offset, 0))}"

    def refused(self, formula: Formula, refusal: Refusal) -> Outcome:
        """A refusal as an outcome, with the line, a caret and the column."""
        offset = max(refusal.start, 0)
        message = f"{self.place(formula, offset)}  {refusal.message}"
        if refusal.start >= 0 and refusal.end >= 0:
            line_start = formula.tex.rfind("\n", 0, offset) + 1
            line_end = formula.tex.find("\n", offset)
            line = formula.tex[line_start : line_end if line_end >= 0 else len(formula.tex)]
            column = offset - line_start + (formula.column if line_start == 0 else 1)
            width = max(1, min(refusal.end, line_start + len(line)) - offset)
            message += f" (column {column})\n  {line}\n  {' ' * (offset - line_start)}{'^' * width}"
        return Outcome(refusal.status, message, {"fault": refusal.kind}, refusal.kind)

    def summary(self, outcomes: list[Outcome]) -> dict[str, object]:
        details: dict[str, object] = {}
        claims = [each.facts for each in outcomes if "steps" in each.facts or "read_as" in each.facts]
        texts = [str(each["read_as"]) for each in claims if "read_as" in each]
        if texts:
            details["read_as"] = "; ".join(texts)
        checked = [each for each in claims if "steps" in each]
        if checked:
            details["steps"] = sum(int(str(each["steps"])) for each in checked)
            details["sizes"] = checked[0].get("sizes", [])
            details["draws"] = sum(int(str(each.get("draws", 0))) for each in checked)
            details["max_error"] = max(float(str(each.get("max_error", 0.0))) for each in checked)
            details["hypotheses"] = sorted({text for each in checked for text in _listed(each, "hypotheses")})
            details["names"] = sorted({name for each in checked for name in _listed(each, "names")})
            if moving := sorted({name for each in checked for name in _listed(each, "varying")}):
                details["varying"] = moving
        for label in ("defines", "declares", "supposes", "undeclared"):
            names = [name for each in outcomes for name in _listed(each.facts, label)]
            if names:
                details[label] = names
        if len(checked) > 1:
            details["claims"] = [{"status": each.status, **each.facts} for each in outcomes if "steps" in each.facts]
        faults = [each.kind for each in outcomes if each.kind]
        if faults:
            details["fault"] = faults[0]
        return details

    # -- statements ----------------------------------------------------------------------------------------------

    def read(self, formula: Formula, assume: bool) -> list[Outcome]:
        """The outcomes of the statements of a formula."""
        stop = verify.deadline(self.limit)
        items = read_items(formula.tex)
        if not items:
            raise unreadable("the formula is empty", 0, 0)
        parts = statements.statements(items)
        out: list[Outcome] = []
        waiting: list[Part] = []
        premises: list[Part] = []
        k = 0
        while k < len(parts):
            part = parts[k]
            if part.kind == "declaration":
                supposed = list(self.symbols.hypotheses())
                names = statements.declare(part, self.symbols)
                kept = set(self.symbols.hypotheses())
                for hypothesis in supposed:
                    if hypothesis not in kept and hypothesis.names & set(names) <= self.early:
                        self.symbols.suppose(hypothesis)
                if BASIS.search(self.sentence.text + "$" + self.rest):
                    for name in names:
                        if plain(name.partition("_")[0]) == "e":
                            self.make_basis(name)
                out.append(Outcome("declared", facts={"declares": names}))
            elif part.kind == "range":
                out.append(Outcome("declared", facts={"declares": statements.declare_range(part, self.symbols)}))
            elif part.kind == "condition" and k + 1 < len(parts) and parts[k + 1].kind == "chain" and waiting:
                following = parts[k + 1]
                if self.defined_name(following.pieces[0], following.pieces[1]) and following.relations[0] == "=":
                    waiting.insert(0, following)  # … where r = Ax - b
                else:
                    premises.append(following)
                k += 1
            elif part.kind == "condition":
                pass
            elif part.kind == "expression" and (inner := _bracketed_relation(part)) is not None and waiting:
                premises.append(inner)
            elif part.kind == "quantifier":
                pass
            else:
                waiting.append(part)
            k += 1
        for part in waiting:
            out.append(self.statement(part, formula, stop, assume, premises, len(parts)))
        return out

    def statement(self, part: Part, formula: Formula, stop: float, assume: bool, premises: list[Part], many: int
                  ) -> Outcome:  # fmt: skip
        setting = Setting(self.symbols, self.seed + zlib.crc32(formula.tex.encode()), stop, hints=self.hints)
        try:
            if part.kind == "implication":
                return self.implication(part, formula, setting, assume)
            if part.kind == "chain":
                return self.chain(part, formula, setting, assume, premises)
            return self.expression(part, setting, formula.display)
        except Refusal as refusal:
            if many == 1:
                raise
            return self.refused(formula, refusal)

    def expression(self, part: Part, setting: Setting, display: bool = False) -> Outcome:
        """A formula without a relation: read, and type-checked where its names are known. In a sentence it may be
        about names that nobody declared, such as $\\log(1 + e^x)$: it states nothing that could be wrong, and its row
        says which name is `undeclared`. Displayed, it may not."""
        if (made := self.rows_or_columns(part)) is not None:
            return made
        if (found := _subscript_declaration(part.items, self.symbols)) is not None:
            self.symbols.put(found)
            return Outcome("declared", facts={"declares": [found.name]})
        plain = all(item.kind in ("op", "nabla", "partial", "num", "quad", "dots", "big", "func") or (
            item.kind == "name" and self.symbols.get(item.text) is None) for item in part.items)  # fmt: skip
        if plain or any(item.kind == "op" and item.text == "×" for item in part.items):
            return Outcome("expression")  # a mention, such as $\nabla$, $=$ or $m \times n$
        resolver = Resolver(self.symbols)
        try:
            node = resolver.expr(trimmed(part.items))
        except Refusal as refusal:
            if refusal.kind == "undeclared" and display and not _mention(part.items):
                raise
            if refusal.kind == "undeclared":
                return Outcome("expression", facts={"undeclared": [refusal.message.split()[0]]})
            if refusal.kind == "asymptotic" or (
                refusal.kind == "notation" and "without its argument" in refusal.message
            ):
                return Outcome("expression")
            if "stand" in refusal.message or "family" in refusal.message or "one index" in refusal.message:
                return Outcome("expression")
            raise
        if any(isinstance(each, Differential) for each in walk(node)):
            return Outcome("expression", facts={"read_as": show(node)})
        last: Refusal | None = None
        for reading in verify.expand_choices((node,)):
            try:
                sizes = verify.setting_sizes([*reading], [], setting)[0]
                typer = Typer(self.symbols, sizes)
                typer.type(reading[0], {})
                return Outcome("expression", facts={"read_as": show(reading[0])})
            except Refusal as refusal:
                last = refusal
        assert last is not None
        if last.kind in ("shape", "dependence"):
            raise last
        return Outcome("expression", facts={"read_as": show(node)})

    def chain(self, part: Part, formula: Formula, setting: Setting, assume: bool, premises: list[Part]) -> Outcome:
        if all(not side for side in part.pieces):
            return Outcome("expression")
        if part.relations == ("↦",):
            return self.mapping(part, formula, setting, assume)
        if part.relations[-1] == "∈":
            return self.with_set(part, formula, setting, assume)
        if (name := self.nilpotent(part)) is not None:
            self.symbols.put(Symbol(name, "array", traits=frozenset({"nilpotent"})))
            return Outcome("declared", facts={"declares": [name], "supposes": [f"{name}^{{2}} = 0"]})
        if (names := self.declared_by_entries(part)) is not None:
            return Outcome("declared", facts={"declares": names})
        if part.relations[0] in ("=", ":=", "≡") and (target := self.defined_name(part.pieces[0], part.pieces[1])):
            return self.define(part, target, formula, setting, assume)
        if self.supposes(part, formula) and not premises and not self.redefines(part):
            return self.suppose(part, setting)
        resolver = Resolver(self.symbols)
        resolver.moving = _moving(part.items) | _denominated(part.items)
        sides = tuple(resolver.side(side) for side in part.pieces)
        own, conditions, texts = self.premises(premises, resolver)
        self.double_indices(resolver)
        if assume:
            return Outcome("assumed", facts={"read_as": _reading(sides, part.relations)})
        claim = Claim(sides, tuple("=" if each == ":=" else each for each in part.relations), own, conditions)
        return self.verdict(claim, formula, setting, texts, part)

    def nilpotent(self, part: Part) -> str | None:
        """The ε of `ε² = 0`: nothing but 0 among the real numbers, so it is what dual numbers have."""
        left, *right = part.pieces
        alone = len(left) == 1 and is_letter(left[0]) and not left[0].sub and not left[0].primes
        if not alone or key(left[0].sup) != "2" or part.relations != ("=",) or key(trimmed(right[0])) != "0":
            return None
        resolver = Resolver(self.symbols)
        return resolver.name(left[0]) if resolver.lookup(left[0])[0] is None else None

    def declared_by_entries(self, part: Part) -> list[str] | None:
        """Declare the A of `A = (a_{ij})_{m×n}`, if nothing else does."""
        if part.relations not in (("=",), (":=",)) or not self.names_entries(*part.pieces):
            return None
        (head,), (group,) = part.pieces
        sizes = split(group.sub, "×")
        if len(sizes) != 2 or group.sup or group.primes:
            return None
        rows, cols = (statements.dimension(size, self.symbols) for size in sizes)
        name = Resolver(self.symbols).name(head)
        self.symbols.put(Symbol(name, "array", Shape(rows, cols)))
        return [name]

    def names_entries(self, left: Items, right: Items) -> bool:
        """Whether a relation reads `A = (a_{ij})` of an A that nothing declares, whatever hangs on the bracket."""
        brackets = len(right) == 1 and right[0].kind == "group" and right[0].text in ("()", "[]")
        inner = right[0].args[0] if brackets else ()
        if len(left) != 1 or len(inner) != 1 or left[0].sub or left[0].sup or left[0].primes:
            return False
        head, entry = left[0], inner[0]
        letters = [each for each in entry.sub if not (each.kind == "op" and each.text == ",")]
        resolver = Resolver(self.symbols)
        return (
            head.kind == entry.kind == "name" and head.text.isupper() and entry.text == head.text.lower()
            and not entry.sup and not entry.primes and len(letters) == 2 and all(map(is_letter, letters))
            and letters[0].text < letters[1].text
            and all(resolver.lookup(each)[0] is None for each in (head, replace(entry, sub=())))
        )  # fmt: skip

    def mapping(self, part: Part, formula: Formula, setting: Setting, assume: bool) -> Outcome:
        """`f: x ↦ body` defines f; `x ↦ body` alone says nothing that could be wrong."""
        left, body = part.pieces
        if len(left) > 2 and left[0].kind == "name" and left[1].kind == "op" and left[1].text == ":":
            group = Item("group", "()", left[2].start, left[-1].end, (left[2:],))
            told = Part("chain", part.items, ((left[0], group), body), ("=",))
            if (target := self.defined_name(*told.pieces)) is not None:
                return self.define(told, target, formula, setting, assume)
        if len(left) == 1 and left[0].kind == "name":
            return self.expression(Part("expression", body), setting)
        raise unreadable("↦ is read in f: x ↦ … only, which defines f; write f(x) = …", left[0].start, left[-1].end)

    def with_set(self, part: Part, formula: Formula, setting: Setting, assume: bool) -> Outcome:
        """`y = Ax ∈ ℝ^m`: the relation, and the shape it states."""
        head, target = part.pieces[0], part.pieces[-1]
        rest = replace(part, pieces=part.pieces[:-1], relations=part.relations[:-1])
        found = statements.read_set(target, self.symbols)
        if found is None:
            raise unreadable("the set is not read", target[0].start, target[-1].end)
        unknown = len(head) == 1 and head[0].kind == "name" and Resolver(self.symbols).lookup(head[0])[0] is None
        entries = len(rest.pieces) == 2 and self.names_entries(*rest.pieces)
        if unknown and (entries or any(
            item.kind == "name" and item.text == head[0].text for side in rest.pieces[1:] for item in _flat(side)
        )):  # fmt: skip
            names = statements.declare(Part("declaration", part.items, (head, target), ("∈",)), self.symbols)
            if entries:  # A = (a_{ij})_{m×n} ∈ ℝ^{m×n}: nothing is supposed, and the sizes must agree
                sides = tuple(map(Resolver(self.symbols).side, rest.pieces))
                outcome = self.verdict(Claim(sides, ("=",)), formula, setting, [], rest)
            else:
                outcome = self.chain(rest, formula, setting, assume, [])
            return replace(outcome, status="declared" if outcome.status == "verified" else outcome.status,
                           facts={**outcome.facts, "declares": names})  # fmt: skip
        outcome = self.chain(rest, formula, setting, assume, [])
        resolver = Resolver(self.symbols)
        node = resolver.expr(trimmed(rest.pieces[-1]))
        for sizes in verify.setting_sizes(
            [node, *(each for each in (found[0].rows, found[0].cols) if each)], [], setting
        ):
            typer = Typer(self.symbols, sizes)
            (reading, *_) = list(verify.expand_choices((node,)))
            typer.same(typer.shape(found[0]), typer.type(reading[0], {}), f"{show(node)} does not lie in the set")
        return outcome

    def supposes(self, part: Part, formula: Formula) -> bool:
        """Whether a relation is a hypothesis: it stands in a supposing sentence, says nothing of derivatives (but for
        dA = 0), and, if it is displayed, a conclusion follows it in its sentence."""
        if not self.sentence.supposing:
            return False
        flat = _flat(part.items)
        constant = part.items[0].text == "d" and len(part.pieces) == 2 and key(part.pieces[1]) == "0"
        if any(item.kind in ("nabla", "partial") for item in flat) or (_moving(part.items) and not constant):
            return False
        if any(item.kind == "frac" and item.args[0] and item.args[0][0].text == "d" for item in flat):
            return False
        return not formula.display or CONCLUSION.search(BREAK.split(self.after[0].lstrip())[0]) is not None

    def redefines(self, part: Part) -> bool:
        """Whether the left side is a name that has a definition: what is said of it again is a claim."""
        head = part.pieces[0]
        if part.relations[0] not in ("=", ":=", "≡") or not head or head[0].kind != "name" or len(head) > 2:
            return False
        symbol, _ = Resolver(self.symbols).lookup(head[0])
        return symbol is not None and symbol.definition is not None

    def premises(
        self, parts: list[Part], resolver: Resolver
    ) -> tuple[tuple[Hypothesis, ...], tuple[Node, ...], list[str]]:
        """Conditions on free indices and hypotheses that a formula carries itself."""
        own: list[Hypothesis] = []
        conditions: list[Node] = []
        texts: list[str] = []
        for part in parts:
            for k, relation in enumerate(part.relations):
                sides = []
                for side in (part.pieces[k], part.pieces[k + 1]):
                    if (
                        len(side) == 1
                        and is_letter(side[0])
                        and self.symbols.get(side[0].text) is None
                        and not side[0].sub
                    ):
                        resolver.touch(side[0])
                    sides.append(resolver.expr(trimmed(side)))
                node = Compare(relation, *sides)
                texts.append(show(node))
                if verify.free_conditions(node):
                    conditions.append(node)
                else:
                    own.append(self.hypothesis(node))
        return tuple(own), tuple(conditions), texts

    def hypothesis(self, node: Compare) -> Hypothesis:
        return Hypothesis(node, frozenset(self.symbols.closure([node])), show(node))

    def double_indices(self, resolver: Resolver) -> None:
        clash = resolver.double & set(resolver.free)
        if clash:
            name = sorted(clash)[0]
            raise ambiguous(
                f"{name} is summed over below a sum and free elsewhere: write \\sum_{{i,j: …}} or rename it"
            )

    def verdict(self, claim: Claim, formula: Formula, setting: Setting, texts: list[str], part: Part) -> Outcome:
        try:
            verdict = verify.check(claim, setting)
        except Refusal as refusal:
            k = max(refusal.side, 1)
            step = replace(claim, sides=claim.sides[k - 1 : k + 1], relations=claim.relations[k - 1 : k])
            hint = diagnose.shape_hint(step, setting) if refusal.kind == "shape" else ""
            raise self.told(refusal, claim, part, hint) from None
        facts = self.facts(verdict, claim, setting, texts)
        if verdict.holds:
            return Outcome("verified", facts=facts)
        message = diagnose.message(
            self.place(formula, _offset(part, verdict)), claim, verdict, setting, formula.tex, part
        )
        return Outcome("false", message, facts, "value")

    def told(self, refusal: Refusal, claim: Claim, part: Part, hint: str) -> Refusal:
        """A refusal with the step and the line of the side in which it was found, and with a hint."""
        message, start = refusal.message, refusal.start
        sides = [side for side in part.pieces if side]
        k = len(sides) - len(claim.sides) + refusal.side
        if start < 0 <= refusal.side and 0 <= k < len(sides):
            start = sides[k][0].start
            steps = len(claim.relations)
            if steps > 1 and not message.startswith("step "):
                message = f"step {max(refusal.side, 1)} of {steps}: {message}"
        message += f"\n  hint: {hint}" if hint else ""
        return Refusal(message, start, refusal.end, status=refusal.status, kind=refusal.kind)

    def facts(self, verdict: Verdict, claim: Claim, setting: Setting, texts: list[str]) -> dict[str, object]:
        names, used = verify.relevant([*verdict.sides], setting, claim.premises)
        found = {name: self.symbols.get(name) for name in names if name[0] not in "•"}
        facts: dict[str, object] = {
            "read_as": _reading(verdict.sides, claim.relations), "steps": len(claim.relations), "sizes": verdict.sizes,
            "draws": verdict.draws, "max_error": verdict.error,
            "hypotheses": sorted({each.source for each in used} | set(texts) | {
                f"{name}^{{2}} = 0" for name in verify.nilpotents(verdict.sides, self.symbols)}),
            "names": sorted(name for name, symbol in found.items() if symbol is not None and symbol.name == name
                            and symbol.kind != "size" and symbol.definition is None and "·" not in name),
        }  # fmt: skip
        if verdict.derivatives:
            facts["derivatives"] = verdict.derivatives
            facts["derivative_gap"] = verdict.derivative_gap
        moving = sorted({name for side in verdict.sides for node in walk(side) if isinstance(node, Differential)
                         for name in node.names})  # fmt: skip
        if moving:
            facts["varying"] = moving
        return facts

    # -- hypotheses and definitions ------------------------------------------------------------------------------

    def suppose(self, part: Part, setting: Setting) -> Outcome:
        """A relation in a supposing sentence."""
        sides_items = [trimmed(side) for side in part.pieces]
        if any(relation in ("<", ">", "≤", "≥", "≠") for relation in part.relations):
            for side in sides_items:  # 设 λ, μ > 0: declares real numbers
                names = split(side, ",")
                if all(len(each) == 1 and is_letter(each[0]) for each in names):
                    for (each,) in names:
                        symbol, _ = Resolver(self.symbols).lookup(each)
                        if symbol is None and not each.sup and (not each.sub or not is_letter(each.sub[0])):
                            name = Resolver(self.symbols).name(each) + (f"_{key(each.sub)}" if each.sub else "")
                            self.symbols.put(Symbol(name, "array"))
                            self.early.add(name)
        made: list[str] = []
        for k, relation in enumerate(part.relations):
            lefts, rights = split(sides_items[k], ","), split(sides_items[k + 1], ",")
            if len(rights) > 1:
                raise unreadable("a list stands to the right of the relation", sides_items[k + 1][0].start,
                                 sides_items[k + 1][-1].end)  # fmt: skip
            for left_items in lefts:
                resolver = Resolver(self.symbols)
                left, right = resolver.side(left_items), resolver.side(rights[0])
                self.one_hypothesis(relation, left, right, setting)
                made.append(f"{show(left)} {relation} {show(right)}")
        return Outcome("declared", facts={"supposes": made, "read_as": "; ".join(made)})

    def one_hypothesis(self, relation: str, left: Node, right: Node, setting: Setting) -> None:
        if relation in (":=", "≡"):
            relation = "="
        if relation not in verify.CHECKED and relation != "≠":
            raise unreadable(f"the relation {relation} is not read as a hypothesis")
        if relation == "=" and isinstance(left, Var):
            symbol = self.symbols.get(left.name)
            plain = symbol is not None and symbol.definition is None and not symbol.family
            closed = left.name not in self.symbols.closure([right]) and not free_axes(right, self.symbols)
            supposed = any(left.name in each.names for each in self.symbols.hypotheses())
            if symbol is not None and plain and closed and not supposed and not isinstance(right, Num):
                self.put_definition(left.name, replace(symbol, definition=None), right, setting, wanted=symbol)
                return
        if relation == "=" and self.vanishes(left, right):
            return
        node = Compare(relation, left, right)
        readings = list(verify.expand_choices((left, right)))
        if len(readings) > 1:
            readings = [each for each in readings if self.fits(each, setting)]
            if len(readings) != 1:
                raise ambiguous(f"the hypothesis {show(node)} has more than one reading")
            left, right = readings[0]
            node = Compare(relation, left, right)
        if relation == "=" and self.already(left, right, setting):
            return
        hypothesis = self.hypothesis(node)
        if isinstance(left, Differential):
            self.symbols.suppose(hypothesis)
            return
        self.symbols.suppose(hypothesis)
        if self.sentence.opener in CONDITIONAL:
            self.temporary.append(hypothesis)
        try:
            claim = Claim((left, left), ("=",), (hypothesis,)) if not isinstance(left, Num) else Claim(
                (right, right), ("=",), (hypothesis,))  # fmt: skip
            verify.check(claim, replace(setting, sizes=1))  # some sample meets it
        except Refusal:
            self.symbols.scopes[-1].hypotheses.remove(hypothesis)
            if hypothesis in self.temporary:
                self.temporary.remove(hypothesis)
            raise

    def vanishes(self, left: Node, right: Node) -> bool:
        """`F(x(θ), θ) = 0`, `z(θ) = f(z(θ), θ)`, `f(0) = 0` of an arbitrary function: it is drawn so that they hold.

        With G drawn freely, F(u, θ) = G(u, θ) - G(x(θ), θ) meets the first for every θ.
        """
        for side, other in ((left, right), (right, left)):
            symbol = self.symbols.get(side.name) if isinstance(side, Apply) else None
            if not isinstance(side, Apply) or symbol is None or symbol.definition is not None or not symbol.domain:
                continue
            if all(isinstance(arg, Var) for arg in side.args) or symbol.name in self.symbols.closure(
                [other, *side.args]):  # fmt: skip
                continue
            free = replace(symbol, name=symbol.name + "°")
            params = tuple(f"{symbol.name}·{k}" for k in range(len(side.args)))
            for param, shape in zip(params, symbol.domain, strict=True):
                self.symbols.put(Symbol(param, "array", shape))
            moved = {arg.name: Var(param) for arg, param in zip(side.args, params, strict=True) if isinstance(arg, Var)}

            def at(node: Node, moved: dict[str, Var] = moved) -> Node:
                fixed = not moved or isinstance(node, Num)
                return node if fixed else At(node, tuple(moved), tuple(moved.values()))

            body = Add((1, -1, 1), (Apply(free.name, tuple(map(Var, params))), at(Apply(free.name, side.args)),
                                    at(other)))  # fmt: skip
            self.symbols.put(free)
            self.symbols.put(replace(symbol, domain=(), domain_traits=(), params=params, definition=body,
                                     slots=tuple(map(_called, side.args)), point=side.args))  # fmt: skip
            return True
        return False

    def fits(self, sides: tuple[Node, ...], setting: Setting) -> bool:
        """Whether the shapes of two sides fit."""
        try:
            typer = Typer(setting.symbols, verify.setting_sizes([*sides], [], setting)[0])
            verify.type_sides(typer, sides)
        except Refusal:
            return False
        return True

    def already(self, left: Node, right: Node, setting: Setting) -> bool:
        """Whether an equality holds anyway, such as f = (f_1, …, f_m)ᵀ, so that it supposes nothing."""
        try:
            return verify.check(Claim((left, right), ("=",)), replace(setting, sizes=1)).holds
        except Refusal:
            return False

    # -- what the prose around a formula says ----------------------------------------------------------------------

    def look_around(self, k: int) -> None:
        """The prose before a formula, and the prose and formula after it."""
        items = self.page.items
        before = items[k - 1] if k else None
        after = items[k + 1] if k + 1 < len(items) else None
        beyond = items[k + 2] if k + 2 < len(items) else None
        ahead: list[Formula] = []
        self.rest = ""
        for place in range(k + 1, len(items)):
            item = items[place]
            if isinstance(item, Formula):
                ahead.append(item)
                self.rest += "$"
                continue
            text = item.text if isinstance(item, Prose) else "\n\n"
            last = items[place - 1]
            if isinstance(last, Formula) and last.display and GOES_ON.match(text):
                text = text.lstrip()
            pieces = BREAK.split(text)
            self.rest += pieces[0]
            if len(pieces) > 1:
                break
        self.ahead = tuple(ahead)
        self.before = before.text if isinstance(before, Prose) else ""
        self.after = (after.text if isinstance(after, Prose) else "", beyond.tex if isinstance(beyond, Formula) else "")

    def traits_after(self, text: str) -> None:
        """“$A ∈ …$ 对称正定”, “对称矩阵 $A ∈ …$”: what words right beside a declaration suppose."""
        name, self.latest = self.latest, ""
        match = TRAIT_AFTER.match(text) or TRAIT_BEFORE.search(self.before)
        symbol = self.symbols.get(name) if name else None
        if match is None or symbol is None or symbol.kind != "array" or symbol.definition is not None:
            return
        trait = next(
            value for pattern, value in TRAITS
            if (found := re.compile(pattern, re.IGNORECASE).match(match.string, match.start("word"))) is not None
            and found.end() == match.end("word")
        )  # fmt: skip
        for scope in reversed(self.symbols.scopes):
            if symbol.name in scope.symbols:
                scope.symbols[symbol.name] = replace(symbol, traits=symbol.traits | {trait})
                return

    def rows_or_columns(self, part: Part) -> Outcome | None:
        """“$A$ 的各行为 $a_1^\\top, …, a_m^\\top$”, “第 $i$ 行为 $a_i^\\top$”: A is made of these rows or columns."""
        cells = [each for each in split(part.items, ",") if each]
        named = [each[0] for each in cells if len(each) == 1 and each[0].kind == "name"]
        dotted = any(len(each) == 1 and each[0].kind == "dots" for each in cells)
        if not named or any(not each.sub or each.text != named[0].text for each in named) or (
            len(cells) != 1 and not (dotted and len(named) + 1 == len(cells))):  # fmt: skip
            return None
        context = self.sentence.text
        match = ROWS_BEFORE.search(context)
        matrix: Symbol | None = None
        if match:
            names = [self.symbols.get(name) for name in self.sentence.names]
            matrices = [each for each in names if each and not each.shape.scalar and each.kind == "array"]
            matrix = matrices[-1] if matrices else None
            word = match.group("word")
        else:
            match = ROWS_AFTER.match(self.after[0])
            if match is None:
                return None
            word = match.group("word")
            try:
                items = read_items(self.after[1])
            except Refusal:
                return None
            matrix = Resolver(self.symbols).lookup(items[0])[0] if items and items[0].kind == "name" else None
        resolver = Resolver(self.symbols)
        if matrix is None or matrix.definition is not None or matrix.shape.rows is None or matrix.shape.cols is None:
            return None
        rows = word in ("行", "row", "rows", "行向量")
        name = resolver.name(named[0])
        lo: Node = Num(1.0, "1")
        hi: Node = matrix.shape.rows if rows else matrix.shape.cols
        if len(cells) > 1:
            ends = [statements.dimension(named[k].sub, self.symbols) for k in (0, -1)]
            lo, hi = ends
        elif len(named[0].sub) != 1 or not is_letter(named[0].sub[0]):
            return None
        self.make_rows(matrix, name, lo, hi, rows)
        return Outcome("declared", facts={"declares": [name], "supposes": [
            f"{name}_i is {'row' if rows else 'column'} i of {matrix.name}"]})  # fmt: skip

    def make_rows(self, matrix: Symbol, name: str, lo: Node, hi: Node, rows: bool) -> None:
        """Let a matrix be made of a family of vectors."""
        letter = f"i of {name}"
        self.symbols.set_range(letter, lo, hi)
        size = matrix.shape.cols if rows else matrix.shape.rows
        known = self.symbols.get(name)
        if known is None or not known.family:
            self.symbols.put(Symbol(name, "array", Shape(size, statements.ONE), (letter,)))
        else:
            self.symbols.put(replace(known, family=(letter,)))
        axis = Axis("i", lo, hi)
        member: Node = Entry(Var(name), (Idx(axis),))
        body = Gather((axis,), T(member)) if rows else Gather((axis,), member, across=True)
        self.symbols.put(replace(matrix, definition=body, traits=frozenset()))

    def implication(self, part: Part, formula: Formula, setting: Setting, assume: bool) -> Outcome:
        outcomes = []
        for premise_items, conclusion_items in (
            [part.pieces] if part.relations == ("⇒",) else [part.pieces, part.pieces[::-1]]
        ):
            saved, self.symbols = self.symbols, self.symbols.copy()
            opener, concluded = self.sentence.opener, self.sentence.concluded
            local = replace(setting, symbols=self.symbols)
            try:
                self.sentence.opener, self.sentence.concluded = "设", False
                for piece in statements._parts(premise_items):
                    inner = statements._classify(piece)
                    if inner.kind == "chain":
                        if any(each in ("=", ":=") for each in inner.relations[:1]) and self.defined_name(
                            inner.pieces[0], inner.pieces[1]):  # fmt: skip
                            self.define(
                                inner, self.defined_name(inner.pieces[0], inner.pieces[1]), formula, local, True
                            )
                        else:
                            self.suppose(inner, local)
                    elif inner.kind == "declaration":
                        statements.declare(inner, self.symbols)
                    else:
                        raise unreadable("this premise cannot be sampled", piece[0].start, piece[-1].end)
                self.sentence.concluded = True
                for piece in statements._parts(conclusion_items):
                    inner = statements._classify(piece)
                    if inner.kind != "chain":
                        raise unreadable(
                            "the conclusion of an implication is a relation", piece[0].start, piece[-1].end
                        )
                    resolver = Resolver(self.symbols)
                    sides = tuple(resolver.side(side) for side in inner.pieces)
                    if assume:
                        outcomes.append(Outcome("assumed"))
                        continue
                    outcomes.append(self.verdict(Claim(sides, inner.relations), formula, local, [], inner))
            finally:
                self.symbols = saved
                self.sentence.opener, self.sentence.concluded = opener, concluded
        return max(outcomes, key=lambda each: RANK.index(each.status))

    def defined_name(self, left: Items, right: Items) -> Definition | None:
        """What an equality defines if its left side is an undeclared name (with arguments or indices), or None."""
        left = tuple(item for item in left if item.kind != "quad")
        if not left or left[0].kind != "name" or len(left) > 2:
            return None
        item = left[0]
        resolver = Resolver(self.symbols)
        symbol, _rest = resolver.lookup(item)
        starred = bool(item.sup) and all(each.kind == "op" and each.text in "*′†" for each in item.sup)
        number = numbered(item)
        if len(item.sup) == 1 and number and symbol is None and len(left) == 1 and not item.sub and not item.primes:
            full = resolver.name(item)
            if len(number) == 1 and is_letter(number[0]) and self.symbols.get(number[0].text) is None:
                return Definition(full + NUMBERED, (), number, None)
            return Definition(f"{full}^({key(number)})", (), (), None)
        squared = len(left) == 1 and key(item.sup) == "2" and not item.sub and not item.primes
        if squared and (symbol is None) and is_letter(item) and item.text not in "eπδI" and not any(
            each.kind == "name" and each.text == item.text for each in _flat(right)):  # fmt: skip
            return Definition(resolver.name(item), (), (), None, squared=True)
        if item.sup and not starred:
            return None
        if item.primes and symbol is not None and not self.sentence.supposing:
            return None  # x' may be a transpose: only “令 x' = …” makes it a name
        name = resolver.name(item) + (f"^{key(item.sup)}" if starred else "") + "'" * item.primes
        if len(left) == 2:
            group = left[1]
            if group.kind != "group" or group.text != "()" or group.sup or group.sub or item.primes:
                return None
            args = split(group.args[0], ",")
            if not all(len(each) == 1 and each[0].kind == "name" and not each[0].sup for each in args):
                return None
            if symbol is not None and (symbol.kind != "function" or symbol.definition is not None):
                return None
            if symbol is None and (item.text == "σ" or (item.text in ("J", "H") and _of_function(resolver, item.sub))):
                return None
            if symbol is not None and any(
                each.kind == "name" and resolver.lookup(each)[0] is symbol for each in _flat(right)
            ):
                return None
            params = []
            for (each,) in args:
                found, remainder = resolver.lookup(each)
                if found is not None and (found.kind != "array" or remainder.sub):
                    return None
                above = self.symbols.get(resolver.name(each) + NUMBERED) if found is None else None
                new = resolver.name(each) + (f"_{key(each.sub)}" if each.sub else "")
                params.append(above.name if above else found.name if found else new)
            index: Items = ()
            full = name
            if item.sub:
                if symbol is None and all(is_letter(each) and self.symbols.get(each.text) is None for each in item.sub):
                    index = item.sub
                else:
                    full = f"{name}_{key(item.sub)}"
            return Definition(full if symbol is None else symbol.name, tuple(params), index, symbol)
        if symbol is not None:
            if not starred and not item.primes and not (symbol.name != name and item.sub):
                return None
            if symbol.name in (name, f"{name}_{key(item.sub)}"):
                return None
            if not starred and not item.primes:
                return None
        if item.sub:
            letters = [each for each in item.sub if not (each.kind == "op" and each.text == ",")]
            if (
                self.symbols.get(item.text.upper()) is not None
                and item.text.islower()
                and len(letters) == 2
                and symbol is None
            ):
                return None  # a_{ij} of a declared A
            if item.text in ("δ", "e", "I") or (item.text == "1" and item.style):
                return None
            indices = all(is_letter(each) and self.symbols.get(each.text) is None for each in letters)
            if item.text in ("J", "H") and (_of_function(resolver, item.sub) or not indices):
                return None
            if all(is_letter(each) and each.text.islower() and self.symbols.get(each.text) is None for each in letters):
                return Definition(name, (), tuple(letters), None)
            if any(each.kind == "op" for each in item.sub):
                return None
            return Definition(f"{name}_{key(item.sub)}", (), (), None)
        if item.text == "σ":
            return Definition(name, (), (), None) if all(each.text != "σ" for each in _flat(right)) else None
        if item.text in ("π", "∞", "R", "d") or (item.text in ("e", "I") and not item.primes) or (
            item.text in "01" and item.style):  # fmt: skip
            return None
        return Definition(name, (), (), None)

    def define(
        self, part: Part, target: Definition | None, formula: Formula, setting: Setting, assume: bool
    ) -> Outcome:
        assert target is not None
        resolver = Resolver(self.symbols)
        for letter in target.index:
            resolver.touch(letter)
        known = {name: self.symbols.get(name) for name in target.params}
        local = [name for name, symbol in known.items() if symbol is None or symbol.family]
        saved = self.symbols
        if local:  # an argument is a number where nothing says more, a member where a family has its name
            resolver.symbols = saved.copy()
            for name in local:
                shape = symbol.shape if (symbol := known[name]) is not None else Shape()
                resolver.symbols.scopes[-1].symbols[name.removesuffix(NUMBERED)] = Symbol(name, "array", shape)
        sides = [resolver.side(side) for side in part.pieces[1:]]
        if any(each != "=" for each in part.relations[1:]) and any(
            each not in verify.CHECKED for each in part.relations[1:]):  # fmt: skip
            raise unreadable(f"the relation {part.relations[1]} is not checked")
        left = part.pieces[0]
        if any(isinstance(node, Differential) for node in walk(sides[0])):
            raise unreadable("a definition by differentials is not read", left[0].start, left[-1].end)
        names = {item.text for item in target.index}
        readings = [sides[0], *(reading for (reading,) in verify.expand_choices((sides[0],)))]
        extra = [{axis.name for axis in free_axes(reading, self.symbols)} - names for reading in readings]
        if all(extra):
            raise Refusal(f"the index {sorted(extra[0])[0]} is free on the right side only", left[0].start,
                          left[-1].end, kind="index")  # fmt: skip
        body = readings[extra.index(set())]
        if target.index:
            if len(names) != len(target.index) or len(names) > 2:
                raise unreadable(
                    "a definition by entries has one or two different indices", left[0].start, left[-1].end
                )
            body = Gather(tuple(resolver.free[item.text] for item in target.index), body)
        if target.squared:
            body = Fn("sqrt", (body,))
        base = Symbol(target.name, "function" if target.params else "array", params=target.params)
        used = replace(setting, symbols=resolver.symbols)
        try:
            self.put_definition(target.name, base, body, used, wanted=target.known, params=target.params)
        except Refusal as refusal:
            if not isinstance(body, Gather) or len(body.axes) != 1 or refusal.kind != "shape":
                raise
            columns = replace(base, columns=True)  # v_i = V e_i: the columns of a matrix
            self.put_definition(target.name, columns, replace(body, across=True), used, wanted=target.known)
        made = self.symbols.get(target.name)
        assert made is not None and made.definition is not None
        facts: dict[str, object] = {"defines": [target.name.replace("|", " ")], "read_as": show(made.definition)}
        if len(sides) > 1 and not assume:
            reader = Resolver(resolver.symbols if local else self.symbols)
            if local:
                reader.symbols.scopes[-1].symbols[target.name] = made
            reader.free = dict(resolver.free)
            head: Node = (
                Apply(target.name, tuple(Var(p) for p in target.params)) if target.params else reader.expr(left)
            )
            rest = [head, *sides[1:]]
            claim = Claim(tuple(rest), part.relations[1:])
            outcome = self.verdict(claim, formula, replace(setting, symbols=reader.symbols), [], part)
            outcome.facts = {**outcome.facts, "defines": facts["defines"]}
            return outcome
        return Outcome("defined", facts=facts)

    def put_definition(self, name: str, base: Symbol, body: Node, setting: Setting, *, wanted: Symbol | None = None,
                       params: tuple[str, ...] = ()) -> None:  # fmt: skip
        """Type a definition, choose its reading by its shapes, and put it."""
        first: Refusal | None = None
        readings = [reading for (reading,) in verify.expand_choices((body,))]
        readings += [each for reading in readings for each in verify.sized((reading,)) or ()]
        for reading in readings:
            try:
                trees: list[Node] = [reading, *(Var(param) for param in params)]
                _, hypotheses = verify.relevant(trees, setting, ())
                extra = [each for each in (wanted.shape.rows, wanted.shape.cols) if each] if wanted else []
                sizes = verify.setting_sizes([*trees, *extra, *(h.relation for h in hypotheses)], hypotheses, setting)[
                    0
                ]
                typer = Typer(setting.symbols, sizes)
                env = {param: typer.var(param, {}) for param in params}
                shape = typer.type(reading, env)
                if wanted is not None:
                    typer.same(typer.shape(wanted.shape), shape, f"{name} was declared with another shape")
                typer.settle()
            except Refusal as refusal:
                first = first or refusal
                continue
            rows, cols = (each if isinstance(each, int) else 2 for each in map(find, shape))
            rough = Shape() if rows == cols == 1 else Shape(Num(rows, str(rows)), Num(cols, str(cols)))
            if base.kind == "function":
                rough = Shape() if rows == cols == 1 else rough
            self.symbols.put(replace(base, shape=rough, definition=reading, domain=(), traits=frozenset()))
            return
        assert first is not None
        raise first


@dataclass(frozen=True)
class Definition:
    """What an equality defines."""

    name: str
    params: tuple[str, ...]
    index: Items
    known: Symbol | None
    squared: bool = False
    """Its square is given: it is the root."""


def _called(arg: Node) -> str:
    """What a hypothesis calls an argument: θ, and x where it is x(θ)."""
    arg = arg.body if isinstance(arg, Map) else arg
    return arg.name if isinstance(arg, (Var, Apply)) else ""


def _mention(items: Items) -> bool:
    """One name with what hangs on it, or several between commas: such as $x_i$, $f(x)$, $A^\\top$."""
    for part in split(items, ","):
        if len(part) > 2 or any(each.kind not in ("name", "dots", "group") for each in part):
            return False
        if len(part) == 2 and (part[0].kind != "name" or part[1].kind != "group"):
            return False
    return True


def _of_function(resolver: Resolver, sub: Items) -> bool:
    """Whether a subscript names a function, as in J_f or J_{g∘f}."""
    if not sub:
        return False
    return calls.composed(resolver, sub) is not None or (
        len(sub) == 1 and calls.function_at(resolver, sub[0])[0] is not None
    )


def _flat(items: Items) -> list[Item]:
    """All items, those in brackets too."""
    out: list[Item] = []
    for item in items:
        out.append(item)
        for arg in item.args:
            out += _flat(arg)
        for row in item.rows:
            for cell in row:
                out += _flat(cell)
    return out


def _moving(items: Items) -> set[str]:
    """Names x with a dx in the formula."""
    flat = _flat(items)
    return {
        after.text for before, after in itertools.pairwise(flat)
        if before.kind == "name" and before.text == "d" and after.kind == "name" and not after.sub
    }  # fmt: skip


def _denominated(items: Items) -> set[str]:
    """Names x with a ∂x below a bar, or below a ∇: a bare f beside it stands at x too."""
    flat = _flat(items)
    below = [item.args[1][1] for item in flat
             if item.kind == "frac" and len(item.args[1]) == 2 and item.args[1][0].kind == "partial"]  # fmt: skip
    below += [item.sub[0] for item in flat if item.kind == "nabla" and len(item.sub) == 1]
    return {item.text for item in below if item.kind == "name"}


def _listed(facts: Mapping[str, object], label: str) -> list[str]:
    """What facts list under a label; nothing if they have no such label."""
    listed = facts.get(label)
    return listed if isinstance(listed, list) else []


def _reading(sides: tuple[Node, ...], relations: tuple[str, ...]) -> str:
    out = show(sides[0])
    for relation, side in zip(relations, sides[1:], strict=True):
        out += f"  {relation}  {show(side)}"
    return out


def _offset(part: Part, verdict: Verdict) -> int:
    """Where, in the TeX, the failing step's right side begins."""
    if verdict.failure is None:
        return 0
    sides = [side for side in part.pieces if side]
    k = len(sides) - len(verdict.sides) + verdict.failure.step + 1
    return sides[k][0].start if 0 <= k < len(sides) and sides[k] else 0


def _bracketed_relation(part: Part) -> Part | None:
    """`(i ≠ j)` behind a formula, as the condition it is."""
    items = tuple(item for item in part.items if item.kind != "quad")
    if len(items) == 1 and items[0].kind == "group" and items[0].text == "()" and items[0].args:
        inner = statements._classify(items[0].args[0]) if items[0].args[0] else None
        if inner is not None and inner.kind == "chain":
            return inner
    return None


def _subscript_declaration(items: Items, symbols: Symbols) -> Symbol | None:
    """`A_{m × n}` alone declares A, as many textbooks write."""
    if len(items) != 1 or items[0].kind != "name" or items[0].sup or not items[0].sub:
        return None
    parts = split(items[0].sub, "×")
    if len(parts) != 2 or not all(parts):
        return None
    rows, cols = (statements.dimension(part, symbols) for part in parts)
    return Symbol(Resolver(symbols).name(items[0]), "array", Shape(rows, cols))


__all__ = ["LIMIT", "Checker", "Item", "Size", "undeclared"]
