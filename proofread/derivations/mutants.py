"""Wrong variants of formulas: does the checker notice? Each plants one error that authors make."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

from proofread.derivations.check import LIMIT, Checker
from proofread.derivations.lex import GREEK_LETTERS, Refusal, Token, tokenize
from proofread.page import Formula, Page

#: Functions that are mistaken for each other.
CONFUSED = {
    "sin": "cos", "cos": "sin", "exp": "log", "log": "exp", "ln": "exp", "tanh": "tan", "max": "min", "min": "max",
    "sum": "prod", "det": "operatorname{tr}", "sinh": "cosh", "cosh": "sinh",
}  # fmt: skip
ORDERS = {"le": "ge", "leq": "geq", "ge": "le", "geq": "leq", "succeq": "preceq", "preceq": "succeq"}
SIDES = frozenset({"="} | {"≤", "≥"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong variant of a formula."""

    kind: str
    """transpose, sign, factor, index, order, function, term or exponent."""
    tex: str


@dataclass(frozen=True, slots=True)
class Planted:
    """A wrong variant put in the place of a verified formula, and what came of it."""

    line: int
    source: str
    mutant: Mutant
    status: str
    caught: bool


def mutants(tex: str) -> list[Mutant]:
    """Wrong variants of a formula, in a fixed order, without repetition; none of one that cannot be lexed.

    They are made on tokens, so that what is planted is what an author might type. Some may be equivalent to the
    formula, such as a transpose of a symmetric matrix.
    """
    try:
        tokens = tokenize(tex)
    except Refusal:
        return []
    seen = {"".join(tex.split())}
    out: list[Mutant] = []
    for kind, start, end, text in _edits(tex, tokens):
        changed = tex[:start] + text + tex[end:]
        key = "".join(changed.split())
        if key not in seen:
            seen.add(key)
            out.append(Mutant(kind, changed))
    return out


def _scripts(tokens: list[Token]) -> list[int]:
    """For each token, how deep in sub- and superscripts it stands; 100 and more inside a ∂x or a `\\begin{…}`."""
    depth, stack, out = 0, list[int](), []
    pending = 0
    for k, token in enumerate(tokens):
        before = tokens[k - 1] if k else None
        if token.text == "{" and token.kind == "punct":
            stack.append(pending)
            depth += pending
            pending = 0
            out.append(depth)
            continue
        if token.text == "}" and token.kind == "punct" and stack:
            depth -= stack.pop()
            out.append(depth)
            continue
        extra = 100 if before is not None and before.text in ("partial", "d", "begin", "end", "nabla") else 0
        out.append(depth + pending + extra)
        pending = 0
        if token.kind == "punct" and token.text in ("^", "_"):
            pending = 1
        elif token.kind == "cmd" and token.text in ("begin", "end"):
            pending = 100
    return out


def _edits(tex: str, tokens: list[Token]) -> Iterator[tuple[str, int, int, str]]:
    depths = _scripts(tokens)
    relation = next((k for k, token in enumerate(tokens) if _relation(token)), None)
    if relation is None:
        return
    for k, token in enumerate(tokens[:-1]):
        after, depth = tokens[k + 1], depths[k]
        before = tokens[k - 1] if k else None
        if token.kind == "punct" and token.text == "^":
            end = _script_end(tokens, k + 1)
            script = tex[after.start : tokens[end - 1].end].strip("{} ")
            if script in (r"\top", "T", r"\mathsf T", r"\mathsf{T}", r"\intercal"):
                yield "transpose", token.start, tokens[end - 1].end, ""
            elif script in (r"-\top", "-T"):
                yield "transpose", token.start, tokens[end - 1].end, "^{-1}"
            elif script == "-1":
                yield "exponent", token.start, tokens[end - 1].end, ""
            elif script.isdigit():
                yield "exponent", token.start, tokens[end - 1].end, f"^{{{int(script) + 1}}}"
        letter = token.kind == "name" and len(token.text) == 1 and (token.text.isalpha() or token.text in GREEK_LETTERS)
        bare = after.text not in ("^", "_", "'", "(") and not (
            before is not None and before.text == "{" and depth >= 100
        )
        if letter and depth == 0 and bare and token.text not in "deijklI" and not _inside_style(tokens, k):
            if not _alone(tokens, k):
                yield "transpose", token.end, token.end, r"^\top"
            if k > relation and after.kind == "name" and depths[k + 1] == 0:
                swap_end = _script_end(tokens, k + 1)
                yield (
                    "order",
                    token.start,
                    tokens[swap_end - 1].end,
                    f"{tex[after.start : after.end]} {tex[token.start : token.end]}",
                )
        if token.kind == "punct" and token.text in "+-" and depth == 0 and k > relation:
            yield "sign", token.start, token.end, "-" if token.text == "+" else "+"
            end = _term_end(tokens, k + 1)
            if before is not None and not _relation(before) and end > k + 1:
                yield "term", token.start, tokens[end - 1].end, ""
        if token.kind == "digit" and depth == 0 and not (before is not None and before.kind == "digit"):
            yield "factor", token.start, token.end, str(int(token.text) + 1)
        if token.kind == "cmd" and depth < 100:
            if token.text in CONFUSED and tex[token.start] == "\\":
                yield "function", token.start, token.end, "\\" + CONFUSED[token.text]
            if token.text in ORDERS:
                yield "order", token.start, token.end, "\\" + ORDERS[token.text]
        if token.kind == "punct" and token.text == "_" and after.text == "{" and k + 4 < len(tokens):
            first, second, close = tokens[k + 2], tokens[k + 3], tokens[k + 4]
            delta = before is not None and before.text == "δ"
            if not delta and first.kind == second.kind == "name" and close.text == "}" and first.text != second.text:
                swapped = tex[second.start : second.end] + " " + tex[first.start : first.end]
                yield "index", first.start, second.end, swapped
                yield "index", second.start, second.end, tex[first.start : first.end]
        if token.kind == "punct" and token.text == "=" and depth == 0 and after.text != "0":
            yield "sign", token.end, token.end, " -"
            yield "factor", token.end, token.end, " 2"


def _relation(token: Token) -> bool:
    return (token.kind == "punct" and token.text in "=<>") or (token.kind == "cmd" and token.text in ORDERS)


def _alone(tokens: list[Token], k: int) -> bool:
    """Whether a letter is all that bars, a bracket or `\\det` hold: norms and determinants ignore transposes."""
    before, after = tokens[k - 1] if k else None, tokens[k + 1]
    if before is None:
        return False
    closed = after.kind in ("bar", "close", "bigbar")
    return before.text in ("det", "tr") or (before.kind in ("bar", "open", "bigbar") and closed)


def _inside_style(tokens: list[Token], k: int) -> bool:
    """Whether a letter stands in `\\mathbf{x}` or another command's braces of its own."""
    before = tokens[k - 1] if k else None
    return before is not None and (before.text == "{" or (before.kind == "cmd" and before.text.startswith("math")))


def _script_end(tokens: list[Token], k: int) -> int:
    """The token after the script or single atom that begins at `k`."""
    if tokens[k].text != "{":
        return k + 2 if tokens[k].kind == "cmd" and tokens[k].text.startswith("math") else k + 1
    depth = 0
    while k < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[k].text, 0) if tokens[k].kind == "punct" else 0
        k += 1
        if depth == 0:
            break
    return k


def _term_end(tokens: list[Token], k: int) -> int:
    """The token at which the term that begins at `k` ends."""
    depth = 0
    while k < len(tokens) - 1:
        token = tokens[k]
        opens = token.kind == "open" or (token.kind == "punct" and token.text == "{")
        closes = token.kind == "close" or (token.kind == "punct" and token.text == "}")
        if closes and depth == 0:
            break
        if depth == 0 and (_relation(token) or (token.kind == "punct" and token.text in "+-&,.;\\\\")):
            break
        if depth == 0 and token.kind == "cmd" and token.text in ("quad", "end"):
            break
        depth += opens - closes
        k += 1
    return k


class _Mutating(Checker):
    """Checks a page, and every wrong variant of its verified formulas in its place."""

    def __init__(self, page: Page, layout: str, seed: int, limit: float) -> None:
        super().__init__(page, layout, seed, limit)
        self.hints = False
        self.planted: list[Planted] = []
        self.trying = False

    def formula(self, formula: Formula):  # type: ignore[no-untyped-def]
        if self.trying:
            return super().formula(formula)
        symbols, sentence, temporary = self.symbols.copy(), copy.deepcopy(self.sentence), list(self.temporary)
        finding = super().formula(formula)
        if finding.status != "verified":
            return finding
        done = self.symbols, self.sentence, self.temporary
        self.trying = True
        for mutant in mutants(formula.tex):
            self.symbols, self.sentence, self.temporary = symbols.copy(), copy.deepcopy(sentence), list(temporary)
            got = super().formula(replace(formula, tex=mutant.tex))
            self.planted.append(Planted(formula.line, formula.tex, mutant, got.status, got.fault))
        self.trying = False
        self.symbols, self.sentence, self.temporary = done
        return finding


def plant(page: Page, *, layout: str = "mixed", seed: int = 0, limit: float = LIMIT) -> list[Planted]:
    """Every wrong variant of every verified formula of a page, each checked in its formula's place."""
    checker = _Mutating(page, layout, seed, limit)
    checker.run()
    return checker.planted
