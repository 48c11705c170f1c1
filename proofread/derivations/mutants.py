"""Wrong variants of formulas: does the checker notice? Each plants one error that authors make.

What cannot be an error is not planted: spaces moved about, a scalar moved past its neighbour, a transpose of a scalar,
of a matrix supposed symmetric, of all that a trace, a determinant or a norm holds, or of the S in `x^⊤ S x`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

from proofread.derivations.check import LIMIT, Checker, Held
from proofread.derivations.lex import GREEK_LETTERS, Refusal, Token, tokenize
from proofread.derivations.nodes import Num
from proofread.derivations.prose import Sentence
from proofread.derivations.symbols import Symbols
from proofread.derivations.traits import traits_of
from proofread.page import Formula, Page
from proofread.report import Finding

#: Functions that are mistaken for each other.
CONFUSED = {
    "sin": "cos", "cos": "sin", "exp": "log", "log": "exp", "ln": "exp", "tanh": "tan", "max": "min", "min": "max",
    "sum": "prod", "det": "operatorname{tr}", "sinh": "cosh", "cosh": "sinh",
}  # fmt: skip
ORDERS = {"le": "ge", "leq": "geq", "ge": "le", "geq": "leq", "succeq": "preceq", "preceq": "succeq"}
SYMMETRIC = frozenset(["symmetric", "pd", "psd", "diagonal"])
TRANSPOSES = frozenset([r"\top", "T", r"\mathsf T", r"\mathsf{T}", r"\intercal"])


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong variant of a formula."""

    kind: str
    """transpose, sign, factor, index, order, function, term or exponent."""
    tex: str


@dataclass(frozen=True, slots=True, eq=False)
class Planted:
    """A wrong variant in the place of a verified formula."""

    page: Page
    formula: Formula
    mutant: Mutant
    known: _Place

    @property
    def original(self) -> str:
        """The formula's TeX, its white space normalized."""
        return " ".join(self.formula.tex.split())

    @property
    def planted(self) -> str:
        """The variant's TeX, its white space normalized."""
        return " ".join(self.mutant.tex.split())

    @property
    def kind(self) -> str:
        return self.mutant.kind

    @property
    def place(self) -> str:
        """Page and line."""
        return f"{self.page.path}:{self.formula.line}"


@dataclass(frozen=True, slots=True)
class _Place:
    """What a checker knew when it came to a formula."""

    symbols: Symbols
    sentence: Sentence
    held: Held
    before: str
    after: tuple[str, str]
    rest: str
    ahead: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """Letters of which a page says what makes some edits no errors."""

    scalars: frozenset[str] = frozenset()
    """They commute with everything and are their own transposes."""
    symmetric: frozenset[str] = frozenset()
    """Matrices that are their own transposes."""
    vectors: frozenset[str] = frozenset()
    """Where such a letter is all that a bracket holds, functions take the row as they take the column."""

    @classmethod
    def at(cls, symbols: Symbols) -> Known:
        """What is known where these symbols are."""
        traits, _ = traits_of(list(symbols.hypotheses()), symbols)
        scalars, symmetric, vectors = set(), set(), set()
        for letter in {name[0] for scope in symbols.scopes for name in scope.symbols if len(name.split("|")[0]) == 1}:
            symbol = symbols.get(letter)
            if symbol is None or symbol.family:
                continue
            if symbol.shape.scalar:
                scalars.add(letter)
            elif symbol.kind == "function":
                continue
            elif isinstance(symbol.shape.cols, Num) and symbol.shape.cols.value == 1:
                vectors.add(letter)
            elif SYMMETRIC & (symbol.traits | (traits[symbol.name].words if symbol.name in traits else set())):
                symmetric.add(letter)
        if symbols.get("I") is None:
            symmetric.add("I")
        return cls(frozenset(scalars), frozenset(symmetric), frozenset(vectors))


def mutants(tex: str, known: Known | None = None) -> list[Mutant]:
    """Wrong variants of a formula, in a fixed order, without repetition; none of one that cannot be lexed.

    They are made on tokens, so that what is planted is what an author might type. Some may be equivalent to the
    formula, such as a transpose inside a quadratic form; what `known` says cannot be an error is left out.
    """
    try:
        tokens = tokenize(tex)
    except Refusal:
        return []
    seen = {_identity(tex)}
    out: list[Mutant] = []
    for kind, start, end, text in _edits(tex, tokens, known or Known()):
        changed = tex[:start] + text + tex[end:]
        identity = _identity(changed)
        if identity not in seen:
            seen.add(identity)
            out.append(Mutant(kind, changed))
    return out


def _identity(tex: str) -> tuple[tuple[str, str], ...]:
    """A formula's tokens: two that differ in white space or in spacing commands alone are the same formula."""
    try:
        return tuple((token.kind, token.text) for token in tokenize(tex))
    except Refusal:
        return (("raw", "".join(tex.split())),)


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


def _edits(tex: str, tokens: list[Token], known: Known) -> Iterator[tuple[str, int, int, str]]:
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
            # A symmetric matrix, a scalar and all that a trace holds may be transposed.
            same = before is not None and (
                before.text in known.symmetric | known.scalars or (k > 0 and _alone(tokens, k - 1, end, known))
                or (k > 0 and _quadratic(tokens, k - 1, end, known))
            )  # fmt: skip
            if script in TRANSPOSES and not same:
                yield "transpose", token.start, tokens[end - 1].end, ""
            elif script in (r"-\top", "-T") and not same:
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
            ignored = _alone(tokens, k, k + 1, known) or _quadratic(tokens, k, k + 1, known)
            if not ignored and token.text not in known.symmetric | known.scalars:
                yield "transpose", token.end, token.end, r"^\top"
            if k > relation and after.kind == "name" and depths[k + 1] == 0 and not _commute(tokens, k, known):
                swap_end = _script_end(tokens, k + 1)
                swapped = f"{tex[after.start : after.end]} {tex[token.start : token.end]}"
                yield "order", token.start, tokens[swap_end - 1].end, swapped
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


def _alone(tokens: list[Token], k: int, end: int, known: Known) -> bool:
    """Whether the letter at `k`, with its script up to `end`, is all that bars, `\\det` or `\\operatorname{tr}` hold,
    or a vector all that a bracket holds."""
    first = k
    if [token.text for token in tokens[max(k - 4, 0) : k]] == ["mathrm", "{", "d", "}"]:
        first = k - 4  # tr(dX) is alike
    elif k and tokens[k - 1].text in ("d", "mathbf", "boldsymbol", "bm"):
        first = k - 1
    before, after = tokens[first - 1] if first else None, tokens[end]
    if before is None:
        return False
    if before.kind in ("bar", "bigbar"):
        return after.kind in ("bar", "bigbar")
    if before.kind == "open" and after.kind == "close":
        return before.text in ("|", "‖") or tokens[k].text in known.vectors or _ignoring(tokens, first - 1)
    whole = after.kind in ("end", "punct", "close", "bar", "bigbar") or _relation(after)  # not tr A B
    return whole and _ignoring(tokens, first)


def _quadratic(tokens: list[Token], k: int, end: int, known: Known) -> bool:
    """Whether the letter at `k`, with its script up to `end`, is the S of `x^⊤ S x`: its transpose has that form."""
    script = k - 1
    if tokens[script].text == "}":
        script -= 1
    braced = script < k - 1 and tokens[script - 1].text == "{"
    hat = script - 2 if braced else script - 1
    if k < 3 or tokens[script].text not in ("top", "T", "intercal") or tokens[hat].text != "^" or hat < 1:
        return False
    left, right = tokens[hat - 1], tokens[end]
    bare = tokens[end + 1].text not in ("^", "_", "'", "(") if end + 1 < len(tokens) else True
    return left.kind == right.kind == "name" and left.text == right.text and left.text in known.vectors and bare


def _ignoring(tokens: list[Token], k: int) -> bool:
    """Whether `\\det` or a trace, in any spelling, stands just before the token at `k`."""
    words = [token.text for token in tokens[max(k - 5, 0) : k]]
    if words[-1:] == ["}"] and words[-4:-1] in (["{", "t", "r"], ["{", "T", "r"]):
        return True
    return words[-1:] in (["det"], ["tr"], ["Tr"])


def _commute(tokens: list[Token], k: int, known: Known) -> bool:
    """Whether one of the letters at `k` and after it is a scalar and neither leaves a script behind when it moves."""
    scripted = tokens[k + 2].text in ("^", "_", "'", "(")
    return bool({tokens[k].text, tokens[k + 1].text} & known.scalars) and not scripted


def _inside_style(tokens: list[Token], k: int) -> bool:
    """Whether a letter stands in `\\mathbf{x}`, in a word as in `\\operatorname{tr}`, or first in braces."""
    first = k
    while first and tokens[first - 1].kind == "name":
        first -= 1
    before = [token.text for token in tokens[max(first - 2, 0) : first]]
    if before[-1:] == ["{"] and (first == k or before[0].startswith(("operatorname", "math", "bold", "bm"))):
        return True
    return k > 0 and tokens[k - 1].kind == "cmd" and tokens[k - 1].text.startswith("math")


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


class Planter(Checker):
    """Checks a page, and then any wrong variant of its verified formulas in the formula's place."""

    def __init__(self, page: Page, *, layout: str = "mixed", seed: int = 0, limit: float = LIMIT) -> None:
        super().__init__(page, layout, seed, limit)
        self.planted: list[Planted] = []
        """After `run`: every wrong variant of every verified formula, in page order."""

    def formula(self, formula: Formula) -> Finding:
        """Check a formula of the page; if it is verified, note its variants."""
        place = _Place(
            self.symbols.copy(), copy.deepcopy(self.sentence), self.held.copy(), self.before, self.after,
            self.rest, self.ahead,
        )  # fmt: skip
        finding = super().formula(formula)
        if finding.status == "verified":
            found = mutants(formula.tex, Known.at(place.symbols))
            self.planted += [Planted(self.page, formula, mutant, place) for mutant in found]
        return finding

    def caught(self, planted: Planted) -> bool:
        """Whether the check of a variant in its formula's place is a fault."""
        place = planted.known
        self.symbols, self.sentence = place.symbols.copy(), copy.deepcopy(place.sentence)
        self.held, self.before, self.after = place.held.copy(), place.before, place.after
        self.rest, self.ahead, self.mark, self.hints = place.rest, place.ahead, None, False
        return super().formula(replace(planted.formula, tex=planted.mutant.tex)).fault
