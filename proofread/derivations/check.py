"""A page's formulas, in order: what each states, and whether it holds.

Declarations count wherever they stand; hypotheses only in a sentence opened by 设, 令, 若, 假设, 给定 (Let, Suppose,
If, Assume, Given) and before its conclusion; an equality whose left side is an undeclared name defines it; any other
relation is a claim.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from proofread.derivations import (
    ahead,
    boxes,
    braces,
    definitions,
    diagnose,
    hypotheses,
    ranges,
    readings,
    rows,
    statements,
    subjects,
    symmetric,
    verify,
    words,
)
from proofread.derivations.adjectives import STRUCTURES
from proofread.derivations.claims import Claim, Setting, Verdict
from proofread.derivations.infer import Typer
from proofread.derivations.items import INDICES, below_bars, flattened, mentions, moving_names, names_in, split, trimmed
from proofread.derivations.lex import Refusal, ambiguous, unreadable
from proofread.derivations.nodes import (
    Differential,
    Node,
    Unit,
    show,
    walk,
)  # fmt: skip
from proofread.derivations.outcome import RANK, Outcome
from proofread.derivations.prose import (
    AND_HERE,
    BASIS,
    BREAK,
    CASE_LABEL,
    DENIAL,
    EQUIVALENCE,
    GENERAL,
    GOES_ON,
    HERE,
    LEAD,
    NEXT_CASE,
    Mention,
    Sentence,
)
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import RELATIONS, Items, is_letter, read_items
from proofread.derivations.statements import Part
from proofread.derivations.subjects import Subject
from proofread.derivations.symbols import Hypothesis, Shape, Symbol, Symbols, plain
from proofread.page import Formula, Heading, Mark, Page, Prose
from proofread.report import Finding

#: Seconds that one formula may take.
LIMIT = 10.0
LAYOUTS = {"denominator": "denominator", "numerator": "numerator", "mixed": "mixed"}
MARKS = frozenset({"skip", "assume", "false"})
#: `‖·‖`, `f(·)`, `⟨·, ·⟩`: a mention of what has an argument; and what makes a formula more than a mention.
PLACEHOLDER = re.compile(
    r"(?:[(\[|,]|\\\||\\[lr]?[vV]ert|\\langle)\s*\\cdot\s*(?:[)\]|,;]|\\\||\\[lr]?[vV]ert|\\rangle|\\right)"
)
SIGN = re.compile(r"[=<>]|\\(?:[lg]eq?|[lg]eqslant|neq?|in|to|equiv|approx|succ\w*|prec\w*|implies|iff|coloneqq)\b")
#: Kinds of faults that the rest of the sentence may mend.
MENDED_AHEAD = frozenset({"undeclared", "shape", "size", "value", "domain", "vacuous"})


@dataclass
class Held:
    """What holds until its sentence ends."""

    temporary: list[Hypothesis] = field(default_factory=list)
    """What “若 …，则 …” supposes."""
    passing: list[Hypothesis] = field(default_factory=list)
    """What “当 $x > 0$ 时”, “for $x > 0$” suppose in the middle of a sentence."""
    conditions: list[Part] = field(default_factory=list)
    """What is said of indices, such as i ≠ j."""
    worded: list[tuple[int, str, Symbol | None]] = field(default_factory=list)
    """What names stood for, in which scope, before words said more of them."""
    given: list[tuple[Symbol, list[tuple[int, Hypothesis]], bool]] = field(default_factory=list)
    """What names stood for, with what was supposed of them, before “若 $y = x^2$，则 …” said what they are; and whether
    it said so in the middle of a sentence."""
    ranges: ranges.Said = field(default_factory=ranges.Said)
    """What letters ranged over before the sentence said it anew."""
    early: set[str] = field(default_factory=set)
    """Names that are spoken of before they are declared: what was supposed of them stays."""
    cases: set[str] = field(default_factory=set)
    """Index letters of which the case that they are equal is spoken of too."""

    def copy(self) -> Held:
        return Held([*self.temporary], [*self.passing], [*self.conditions], [*self.worded], [*self.given],
                    self.ranges.copy(), {*self.early}, {*self.cases})  # fmt: skip


class Checker:
    """Walks a page and keeps what its names stand for."""

    def __init__(self, page: Page, layout: str, seed: int, limit: float) -> None:
        self.page, self.seed, self.limit = page, seed, limit
        self.symbols = Symbols(layout)
        self.sentence = Sentence()
        self.held = Held()
        self.findings: list[Finding] = []
        self.mark: Mark | None = None
        self.hints = True
        self.spoken: set[str] = set()
        """Functions known by their signatures of which something was claimed."""
        self.claimed: Part | None = None
        """The claim that was read last in the section."""
        self.subjects: list[Subject] = []
        """The arrays that the last formula, and those tied to it, named or declared."""
        self.lead = ""
        """The prose before the first of these."""
        self.boxes: list[boxes.Box] = []
        """The admonitions and tabs that are open here."""
        self.said_for_case: list[tuple[int, str, Symbol | None]] = []
        """What names stood for, in which scope, before words said more of them for a case."""
        self.described: set[str] = set()
        """Names of which words say in the section what they are, in words that are not read."""
        self.in_case = False
        """A case was opened by its label, “情形一”, and no other has been since, nor “一般地”."""
        self.standing: list[Hypothesis] = []
        """What was supposed for a case, “例如，设 n = 2。”, until it is said that it is over, “一般地，…”."""
        self.before = ""
        self.after: tuple[str, str] = ("", "")
        self.rest = ""
        """What the sentence goes on to say, formulas as `$`."""
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
                    while self.boxes:
                        boxes.close(self.symbols, self.boxes.pop())
                    self.standing, self.said_for_case, self.in_case = [], [], False
                    self.described = set()
                    self.symbols.open(item.level, item.text)
                    self.claimed = None
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
                    supposing, said = before.supposing, before.text
                    conditional, local, case = before.conditional, before.local, before.case
                    if ended := self.sentence.feed(text, display):
                        self.end_sentence(before.was_concluded)
                    formula = following if isinstance(following, Formula) else None
                    at_start = not isinstance(previous, Formula)
                    self.boxes = boxes.walk(self.symbols, self.boxes, item.text, formula, at_start)
                    general = GENERAL.match(LEAD.sub("", self.sentence.text)) is not None
                    following_case = NEXT_CASE.match(LEAD.sub("", re.split(BREAK, text)[-1])) is not None
                    if self.sentence.labelled or general or following_case or CASE_LABEL.search(text):
                        self.end_cases()
                        self.in_case = not (general or following_case)
                    if self.in_case and self.sentence.opener:
                        self.sentence.case = True
                    if DENIAL.search(said) or (local and ended):
                        supposing = False  # “…, if $A$ is symmetric.” was for what stands before
                    subjects.heard(self, item.text, supposing, conditional and not ended, case and ended)
                case Mark():
                    self.read_mark(item)
                case Formula():
                    self.look_around(k)
                    known = ranges.of(self)
                    self.findings.append(self.formula(item))
                    names = self.named(item)
                    subjects.stand(self, item)
                    ranges.note(self, item.tex, known, names)
                    self.speak(item)
                    self.stacked(item, names)
                    self.sentence.formula(Mention(item.tex, tuple(names)))
                    if item.display and re.search(r"[.。]\s*$", item.tex):
                        self.end_sentence(self.sentence.concluded)
                        self.sentence = Sentence()
        if self.mark is not None:
            self.fault(self.mark, f"no formula follows the mark {self.mark.word}")
        return self.findings

    def end_sentence(self, concluded: bool = True) -> None:
        """What “若 …，则 …” supposed is over with its sentence; what “若 …。” supposed stays."""
        held, self.held = self.held, Held()
        self.standing += [] if concluded else held.temporary
        ranges.end(self, held.ranges)
        for hypothesis in [*held.passing, *(held.temporary if concluded else [])]:
            for scope in self.symbols.scopes:
                if hypothesis in scope.hypotheses:
                    scope.hypotheses.remove(hypothesis)
        for known, supposed, passing in reversed(held.given):
            if not (passing or concluded):
                continue
            self.symbols.scopes[-1].symbols[known.name] = known
            for k, each in supposed:
                if each not in self.symbols.scopes[k].hypotheses:
                    self.symbols.scopes[k].hypotheses.append(each)
        self.put_back(held.worded)

    def end_cases(self) -> None:
        """“一般地，…”, “In general, …”: what was supposed for a case is over."""
        for scope in self.symbols.scopes:
            scope.hypotheses = [each for each in scope.hypotheses if each not in self.standing]
        self.put_back(self.said_for_case)
        self.standing, self.said_for_case = [], []

    def put_back(self, said: list[tuple[int, str, Symbol | None]]) -> None:
        """Let names stand for what they did before words said more of them."""
        for number, name, symbol in reversed(said):
            names = self.symbols.scopes[number].symbols
            if symbol is None:
                names.pop(name, None)
            else:
                names[name] = symbol

    def give(self, known: Symbol) -> None:
        """Keep what a name stands for, if what defines it here ends with its sentence."""
        if self.sentence.conditional and (self.sentence.local or self.sentence.supposing):
            supposed = [(k, each) for k, scope in enumerate(self.symbols.scopes) for each in scope.hypotheses
                        if known.name in each.names]  # fmt: skip
            self.held.given.append((known, supposed, self.sentence.local != ""))

    def named(self, formula: Formula) -> list[str]:
        """The arrays that a formula declares or, being one name, mentions."""
        declared = self.findings[-1].details.get("declares", [])
        names = [str(name) for name in declared] if isinstance(declared, list) else []
        bare = self.symbols.get(formula.tex.strip().lstrip("\\").removeprefix("mathbf").strip("{} "))
        names += [bare.name] if bare is not None and bare.name not in names else []
        return names

    def speak(self, formula: Formula) -> None:
        """Keep of which functions something was claimed since they were declared."""
        details = self.findings[-1].details
        self.spoken -= {*_listed(details, "declares"), *_listed(details, "defines")}
        if "steps" in details:
            letters = names_in(read_items(formula.tex))
            self.spoken |= {
                name for scope in self.symbols.scopes for name, symbol in scope.symbols.items()
                if symbol.kind == "function" and symbol.definition is None and plain(name).partition("_")[0] in letters
            }  # fmt: skip

    def stacked(self, formula: Formula, names: list[str]) -> None:
        """Read what the prose around a formula makes of its matrix."""
        try:
            outcome = rows.stacked(self, names)
        except Refusal as refusal:
            outcome = self.refused(formula, refusal)
        if outcome is not None:
            finding = self.findings[-1]
            details = {**finding.details, "supposes": outcome.facts.get("supposes", [])}
            status = max(finding.status, outcome.status, key=RANK.index)
            self.findings[-1] = replace(finding, status=status, message=outcome.message, details=details)

    # -- marks ---------------------------------------------------------------------------------------------------

    def fault(self, mark: Mark, message: str) -> None:
        self.findings.append(
            Finding(self.page.path, mark.line, "mark", "error", f"<!-- math: {mark.word} {mark.reason} -->", message)
        )

    def read_mark(self, mark: Mark) -> None:
        """Keep a mark for the formula that follows, or set the layout of the section."""
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
            ranges.ahead(self, formula.tex)
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
        if kinds := MENDED_AHEAD & {each.kind for each in outcomes}:
            outcomes = self.again(formula, before, mark, kinds) or outcomes
        if any(each.kind in ("value", "shape", "index") for each in outcomes) and mark is None:
            outcomes = self.for_basis_only(formula, before) or outcomes
        around = self.sentence.text.rpartition("$")[2], self.rest.partition("$")[0]
        if any(EQUIVALENCE.search(words) for words in around):
            for each in (each for each in outcomes if each.kind == "value"):
                each.message += "\n  hint: an equivalence in words is not read; write \\iff"
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

    def again(
        self, formula: Formula, before: Symbols, mark: Mark | None, first: frozenset[str]
    ) -> list[Outcome] | None:
        """What a formula comes to with what the rest of its sentence declares, defines and supposes, “f(x) = x^⊤Ax,
        where A ∈ …”, and with the arguments of functions defined before; None if that mends none of its faults."""
        left, held = self.symbols, self.held.copy()
        self.symbols = before.copy()
        setting = Setting(self.symbols, self.seed, verify.deadline(self.limit), hints=self.hints)
        arguments = False
        known = told = self.symbols
        try:
            declared, arguments = ahead.declare(self), self.declare_arguments(formula)
            known = self.symbols.copy()
            if not (ahead.told(self, formula, setting) or declared or arguments):
                raise unreadable("nothing more is said")
            told = self.symbols.copy()
            outcomes = self.read(formula, assume=mark is not None and mark.word == "assume")
        except Refusal as refusal:
            outcomes = [self.refused(formula, refusal)]
        except RecursionError:
            outcomes = []
        early, self.held = self.held.early, held
        self.held.early |= early
        kinds = {each.kind for each in outcomes}
        worse = {"undeclared", "shape", "notation"}
        if first & {"value", "domain", "vacuous"}:
            worse |= MENDED_AHEAD
        if outcomes and not kinds & worse:
            self.symbols = ahead.kept(known, told, self.symbols)
            return outcomes
        self.symbols = left
        return outcomes if arguments and "undeclared" in kinds else None  # another name is not declared

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
                definitions.make_basis(self, name)
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

    def declare_arguments(self, formula: Formula) -> bool:
        """Declare the numbers that a formula takes over from the definition of a function, “g(t) = t². So g'(t) = 2t”,
        or that σ(t) = 1/(1+e^{-t}) is about, and the arguments of functions known by their signature; returns whether
        there are any."""
        items = read_items(formula.tex)
        used = names_in(items)
        defined = [symbol for scope in self.symbols.scopes for symbol in scope.symbols.values() if symbol.params]
        found = {
            name for symbol in defined if any(plain(each) in used for each in (symbol.name, *symbol.params))
            for name in symbol.params if self.symbols.get(name) is None
        }  # fmt: skip
        if len(items) > 2 and items[0].text == "σ" and items[1].text == "()" and items[2].text in RELATIONS:
            found |= {each.text for each in items[1].args[0] if is_letter(each) and self.symbols.get(each.text) is None}
        shapes = definitions.arguments(items, Resolver(self.symbols))
        indices = INDICES & names_in(tuple(each for item in flattened(items) for each in item.sub))
        found |= {name for name in shapes if self.symbols.get(name) is None and name not in indices}
        for name in sorted(found):
            self.symbols.put(Symbol(name, "array", shapes.get(name, Shape())))
        return bool(found)

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
        letter = refusal.message.split()[0] if refusal.kind == "undeclared" else ""
        if letter in self.symbols.ended:
            message += f"\n  hint: what the section “{self.symbols.ended[letter]}” says of {letter} holds there only: "
            message += "say it here again, or above the first section"
        return Outcome(refusal.status, message, {"fault": refusal.kind}, refusal.kind)

    def summary(self, outcomes: list[Outcome]) -> dict[str, object]:
        """The facts of all statements of a formula, as one."""
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
        if PLACEHOLDER.search(formula.tex) and not SIGN.search(formula.tex):
            return [Outcome("expression")]
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
                known, basis = self.known_members(part), self.symbols.get("e")
                names = statements.declare(part, self.symbols)
                self.held.worded += known
                if known:
                    new = [each for each in self.symbols.scopes[-1].hypotheses if each not in supposed]
                    (self.held.passing if self.sentence.local else self.held.temporary).extend(new)
                kept = set(self.symbols.hypotheses())
                for hypothesis in supposed:
                    anew = hypothesis.names & set(names)
                    if hypothesis not in kept and anew and anew <= self.held.early:
                        self.symbols.suppose(hypothesis)
                if BASIS.search(self.sentence.text + "$" + self.rest):
                    for name in names:
                        if plain(name.partition("_")[0]) == "e":
                            definitions.make_basis(self, name, basis)
                out.append(Outcome("declared", facts={"declares": names}))
            elif part.kind == "range":
                out.append(Outcome("declared", facts={"declares": statements.declare_range(part, self.symbols)}))
            elif not formula.display and len(parts) == 1 and hypotheses.equal_indices(self, part):
                self.held.cases |= names_in(part.items)  # “once for i = j, once for i ≠ j”: all cases count
                self.held.conditions = [each for each in self.held.conditions
                                        if not names_in(each.items) <= self.held.cases]  # fmt: skip
                out.append(Outcome("expression"))
            elif hypotheses.about_indices(self, part) and names_in(part.items) <= self.held.cases:
                out.append(Outcome("expression"))
            elif hypotheses.about_indices(self, part) and len(parts) > 1:
                premises.append(part)
            elif hypotheses.about_indices(self, part) and (self.sentence.supposing or self.sentence.local):
                self.held.conditions.append(part)
                out.append(Outcome("declared", facts={"supposes": [formula.tex.strip()]}))
            elif part.kind == "condition" and k + 1 < len(parts) and parts[k + 1].kind == "chain" and waiting:
                following = parts[k + 1]
                if (
                    definitions.defined_name(self, following.pieces[0], following.pieces[1])
                    and following.relations[0] == "="
                ):
                    waiting.insert(0, following)  # … where r = Ax - b
                else:
                    premises.append(following)
                k += 1
            elif part.kind == "condition":
                pass
            elif part.kind == "expression" and (inner := _bracketed_relation(part)) is not None and waiting:
                if inner.kind == "declaration":
                    out.append(Outcome("declared", facts={"declares": statements.declare(inner, self.symbols)}))
                else:
                    premises.append(inner)
            elif part.kind == "quantifier":
                pass
            else:
                waiting.append(part)
            k += 1
        for part in self.definitions_first(waiting):
            held = [each for each in self.held.conditions if names_in(part.items) & names_in(each.items)]
            out.append(self.statement(part, formula, stop, assume, [*held, *premises], len(parts)))
            if not assume and out[-1].status in ("verified", "defined", "expression"):
                setting = Setting(self.symbols, self.seed + zlib.crc32(formula.tex.encode()), stop, hints=self.hints)
                out += braces.stated(self, part, formula, setting)
        return out

    def definitions_first(self, parts: list[Part]) -> list[Part]:
        """The statements of a formula with each definition before the first use of its name, “(x - μ)², μ = …”."""
        out: list[Part] = []
        for part in parts:
            at = len(out)
            if part.kind == "chain" and part.relations[0] in ("=", ":=") and len(part.pieces[0]) == 1:
                target = definitions.defined_name(self, part.pieces[0], part.pieces[1])
                if target is not None and target.known is None:
                    at = next((k for k, each in enumerate(out) if mentions(each.items, part.pieces[0][0])), at)
            out.insert(at, part)
        return out

    def known_members(self, part: Part) -> list[tuple[int, str, Symbol | None]]:
        """What the names of a declaration stood for, if it is a condition, “若 $x \\in [0, 1]$，则 …”: they stand
        for it again when that is over.

        Raises:
            Refusal: it says of a defined name, or more of a known one, what nobody supposes here: that is a claim.
        """
        if part.relations != ("∈",):
            return []
        conditional = self.sentence.local != "" or (self.sentence.supposing and self.sentence.conditional)
        before = []
        for each in split(part.pieces[0], ","):
            item = each[0] if len(each) == 1 else None
            if item is None or item.kind != "name" or item.sub or item.sup or item.primes:
                continue
            symbol = Resolver(self.symbols).lookup(item)[0]
            found = statements.read_set(part.pieces[1], self.symbols) if symbol is not None else None
            if symbol is None or found is None or symbol.kind != "array" or symbol.family or (
                isinstance(symbol.definition, Unit) or symbol.name in self.held.early):  # fmt: skip
                continue
            if conditional:
                number = len(self.symbols.scopes) - 1
                before.append((number, symbol.name, self.symbols.scopes[number].symbols.get(symbol.name)))
            elif not self.sentence.supposing and symbol.name in self.symbols.scopes[-1].symbols:
                more = found[1] - symbol.traits or found[2] == "interval"
                if symbol.definition is not None or more:
                    raise unreadable(f"{item.text} is known here: what a set says of it is a claim, which is read as a "
                                     "relation only (A = A^\\top, A \\succ 0, 0 \\le x \\le 1); 设 or let declares it "
                                     "anew", item.start, part.items[-1].end)  # fmt: skip
        return before

    def statement(self, part: Part, formula: Formula, stop: float, assume: bool, premises: list[Part], many: int
                  ) -> Outcome:  # fmt: skip
        """What one statement comes to, within the time that is left."""
        setting = Setting(self.symbols, self.seed + zlib.crc32(formula.tex.encode()), stop, hints=self.hints)
        try:
            if part.kind == "implication":
                return hypotheses.implication(self, part, formula, setting, assume)
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
        if (made := rows.rows_or_columns(self, part)) is not None:
            return made
        if (basis := definitions.standard_basis(self, part.items)) is not None:
            return Outcome("declared", facts={"declares": [basis]})
        if names := [] if display else words.declared(self, part.items):
            return Outcome("declared", facts={"declares": names})
        if not display and (name := words.describes(self, part.items)):
            self.described.add(name)
        if (found := definitions.sized_name(part.items, self.symbols, self.sentence.supposing)) is not None:
            self.symbols.put(found)
            return Outcome("declared", facts={"declares": [found.name]})
        if not display and ("dots",) in [tuple(each.kind for each in cell) for cell in split(part.items, ",")]:
            return Outcome("expression")  # a list: f_1, …, f_m
        if any(item.text == "," for item in part.items) and _mention(part.items):
            return Outcome("expression")
        plain = all(item.kind in ("op", "nabla", "partial", "num", "quad", "dots", "big", "func") or (
            item.kind == "name" and self.symbols.get(item.text) is None) for item in part.items)  # fmt: skip
        tends = any(item.text == "→" for item in part.items) and all(item.style != "bb" for item in part.items)
        if tends and not plain:
            raise unreadable("→ is read in f: A → B only: what something tends to is not checked", part.items[0].start,
                             part.items[-1].end)  # fmt: skip
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
            if "relation stands" in refusal.message:
                raise
            if "stand" in refusal.message or "family" in refusal.message or "one index" in refusal.message:
                return Outcome("expression")
            raise
        if any(isinstance(each, Differential) for each in walk(node)):
            return Outcome("expression", facts={"read_as": show(node)})
        last: Refusal | None = None
        for reading in readings.expand_choices((node,)):
            try:
                sizes = readings.setting_sizes([*reading], [], setting)[0]
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
        """What a chain of relations comes to: a declaration, a definition, a hypothesis or a claim."""
        if all(not side for side in part.pieces):
            return Outcome("expression")
        if part.relations == ("↦",):
            return definitions.mapping(self, part, formula, setting, assume)
        if part.relations[-1] == "∈":
            return definitions.with_set(self, part, formula, setting, assume)
        if (case := hypotheses.equality_case(self, part)) is not None:
            return hypotheses.implication(self, case, formula, setting, assume)
        if (name := definitions.nilpotent(self, part)) is not None:
            self.symbols.put(Symbol(name, "array", traits=frozenset({"nilpotent"})))
            return Outcome("declared", facts={"declares": [name], "supposes": [f"{name}^{{2}} = 0"]})
        names = definitions.declared_by_entries(self, part) or rows.vector_of_members(self, part)
        if names is not None:
            return Outcome("declared", facts={"declares": names})
        if part.relations[0] in ("=", ":=", "≡") and (
            target := definitions.defined_name(self, part.pieces[0], part.pieces[1])
        ):
            if premises:
                raise unreadable("a definition under a condition is not read: write cases, or suppose the condition "
                                 "before", premises[0].items[0].start, premises[0].items[-1].end)  # fmt: skip
            ranges.conditional(self, part, formula)
            return definitions.define(self, part, target, formula, setting, assume)
        if hypotheses.supposes(self, part, formula) and not premises and not definitions.redefines(self, part):
            ranges.conditional(self, part, formula)
            return hypotheses.suppose(self, part, setting)
        resolver = Resolver(self.symbols)
        resolver.moving = moving_names(part.items) | below_bars(part.items)
        sides = tuple(resolver.side(side) for side in part.pieces)
        own, conditions, texts = hypotheses.premises_of(self, premises, resolver)
        self.double_indices(resolver)
        if assume:
            return Outcome("assumed", facts={"read_as": _reading(sides, part.relations)})
        claim = Claim(sides, tuple("=" if each == ":=" else each for each in part.relations), own, conditions)
        self.claimed = part
        return self.verdict(claim, formula, setting, texts, part)

    def double_indices(self, resolver: Resolver) -> None:
        clash = resolver.double & set(resolver.free)
        if clash:
            name = sorted(clash)[0]
            raise ambiguous(
                f"{name} is summed over below a sum and free elsewhere: write \\sum_{{i,j: …}} or rename it"
            )

    def verdict(self, claim: Claim, formula: Formula, setting: Setting, texts: list[str], part: Part) -> Outcome:
        """Check a claim: verified, or false with a message."""
        try:
            verdict = verify.check(claim, setting)
        except Refusal as refusal:
            k = max(refusal.side, 1)
            step = replace(claim, sides=claim.sides[k - 1 : k + 1], relations=claim.relations[k - 1 : k])
            hint = diagnose.shape_hint(step, setting) if refusal.kind == "shape" else ""
            raise self.told(refusal, claim, part, hint) from None
        facts = self.facts(verdict, claim, setting, texts)
        if verdict.holds:
            symmetric.refuse(replace(claim, sides=verdict.sides), setting)
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
        """What the faces tell of a checked claim, JSON-ready."""
        names, used = readings.relevant([*verdict.sides], setting, claim.premises)
        found = {name: self.symbols.get(name) for name in names if name[0] not in "•"}
        facts: dict[str, object] = {
            "read_as": _reading(verdict.sides, claim.relations), "steps": len(claim.relations), "sizes": verdict.sizes,
            "draws": verdict.draws, "max_error": verdict.error,
            "hypotheses": sorted({each.source for each in used} | set(texts) | {
                f"{name}^{{2}} = 0" for name in readings.nilpotents(verdict.sides, self.symbols)} | {
                STRUCTURES[trait].format(name.partition("|")[0]) for name, symbol in found.items()
                if symbol is not None for trait in symbol.traits & STRUCTURES.keys()}),
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

    # -- what the prose around a formula says ----------------------------------------------------------------------

    def look_around(self, k: int) -> None:
        """The prose before a formula, and the prose and formula after it."""
        items = self.page.items
        before = items[k - 1] if k else None
        after = items[k + 1] if k + 1 < len(items) else None
        beyond = items[k + 2] if k + 2 < len(items) else None
        following: list[Formula] = []
        self.rest = ""
        for place in range(k + 1, len(items)):
            item = items[place]
            if isinstance(item, Formula):
                following.append(item)
                self.rest += "$"
                continue
            text = item.text if isinstance(item, Prose) else "\n\n"
            last = items[place - 1]
            if isinstance(last, Formula) and last.display and (GOES_ON.match(text) or HERE.match(text)):
                text = text.lstrip()
            pieces = BREAK.split(AND_HERE.sub("，", text))
            self.rest += pieces[0]
            if len(pieces) > 1:
                break
        self.ahead = tuple(following)
        self.before = before.text if isinstance(before, Prose) else ""
        self.after = (after.text if isinstance(after, Prose) else "", beyond.tex if isinstance(beyond, Formula) else "")


def _mention(items: Items) -> bool:
    """One name with what hangs on it, or several between commas: such as $x_i$, $f(x)$, $A^\\top$."""
    for part in split(items, ","):
        if len(part) > 2 or any(each.kind not in ("name", "dots", "group") for each in part):
            return False
        if len(part) == 2 and (part[0].kind != "name" or part[1].kind != "group"):
            return False
    return True


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
        inner = statements.classify(items[0].args[0]) if items[0].args[0] else None
        if inner is not None and inner.kind in ("chain", "declaration"):
            return inner
    return None
