"""Tokens of a formula, and the one exception by which every stage refuses what it cannot vouch for.

The lexer knows spelling only: which commands are spacing, which are letters, what `\\left` does to the sign
after it. It reads the Unicode signs of mathematics too, so that what the printer prints can be read again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


class Refusal(Exception):
    """A formula that cannot be vouched for: what is wrong, where, and under which status it is reported.

    `status` is `unreadable`, `error` or `false`; `kind` names the reason for machines (`shape`, `undeclared`,
    `ambiguous`, `domain`, `vacuous`, …); `start` and `end` are offsets in the TeX, or -1 if unknown; `side` is the side
    of a chain, from 0, in which it was found.
    """

    side: int = -1

    def __init__(self, message: str, start: int = -1, end: int = -1, *, status: str = "error", kind: str = "") -> None:
        super().__init__(message)
        self.message, self.start, self.end, self.status, self.kind = message, start, end, status, kind

    def at(self, side: int) -> Refusal:
        """The same, found in a side of a chain."""
        self.side = side
        return self


def unreadable(message: str, start: int = -1, end: int = -1) -> Refusal:
    """Notation that the checker does not read."""
    return Refusal(message, start, end, status="unreadable", kind="notation")


def ambiguous(message: str, start: int = -1, end: int = -1) -> Refusal:
    """Notation that has two readings; `message` offers both."""
    return Refusal(message, start, end, status="unreadable", kind="ambiguous")


def undeclared(name: str, start: int, end: int) -> Refusal:
    """A name that nothing declares."""
    shown = name.split("|")[0]
    return Refusal(
        f"{shown} is not declared before this place; say what it is, as in $ {shown} \\in \\mathbb{{R}}^n $",
        start, end, kind="undeclared",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is digit, name, cmd, punct, open, close, bar, text or end."""

    kind: str
    text: str
    start: int
    end: int
    glued: bool = False
    """No white space stands before it."""


GREEK = dict(
    re.findall(
        r"(\w+):(\w)",
        "alpha:α beta:β gamma:γ delta:δ epsilon:ε varepsilon:ε zeta:ζ eta:η theta:θ vartheta:ϑ iota:ι kappa:κ lambda:λ "
        "mu:μ nu:ν xi:ξ pi:π varpi:ϖ rho:ρ varrho:ϱ sigma:σ varsigma:ς tau:τ upsilon:υ phi:φ varphi:ϕ chi:χ psi:ψ "
        "omega:ω Gamma:Γ Delta:Δ Theta:Θ Lambda:Λ Xi:Ξ Pi:Π Sigma:Σ Upsilon:Υ Phi:Φ Psi:Ψ Omega:Ω ell:ℓ",
    )
)
GREEK_LETTERS = frozenset(GREEK.values())

#: Commands that only move ink about, or end a proof.
SPACING = frozenset(
    [
        r",",
        r";",
        r":",
        r"!",
        r">",
        r"thinspace",
        r"medspace",
        r"thickspace",
        r"negthinspace",
        r"enspace",
        r"displaystyle",
        r"textstyle",
        r"scriptstyle",
        r"limits",
        r"nolimits",
        r"nonumber",
        r"notag",
        r"hfill",
        r"allowbreak",
        r"relax",
        r"mathstrut",
        r"strut",
        r"null",
        r"qed",
        r"qedhere",
        r"blacksquare",
        r"square",
        r"Box",
    ]
) | {" ", "\n", "\t"}
#: Commands whose argument is not mathematics to be checked.
SILENT = frozenset(["label", "tag", "phantom", "hphantom", "vphantom", "hspace", "vspace", "color", "eqref", "ref"])
TEXT = frozenset(["text", "textrm", "textit", "textbf", "textsf", "textnormal", "mbox", "hbox"])
SIZED = frozenset(f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))

UNICODE = {
    "∇": "nabla", "∂": "partial", "∑": "sum", "∏": "prod", "∈": "in", "≤": "le", "≥": "ge", "≠": "ne", "×": "times",
    "·": "cdot", "⋅": "cdot", "∘": "circ", "⊙": "odot", "⊗": "otimes", "√": "sqrt", "∞": "infty", "→": "to",
    "⇒": "implies", "⟹": "implies", "⇔": "iff", "≻": "succ", "⪰": "succeq", "≺": "prec", "⪯": "preceq", "…": "ldots",
    "⋯": "cdots", "≈": "approx", "±": "pm", "≡": "equiv", "∀": "forall", "⊤": "top", "ℝ": "RR", "∣": "mid",
}  # fmt: skip
OPENERS = {"(": "(", "[": "[", "lbrace": "\\{", "langle": "⟨", "lVert": "‖", "lvert": "|", "lbrack": "[", "lceil": "⌈",
           "lfloor": "⌊", "⟨": "⟨"}  # fmt: skip
CLOSERS = {")": ")", "]": "]", "rbrace": "\\}", "rangle": "⟩", "rVert": "‖", "rvert": "|", "rbrack": "]", "rceil": "⌉",
           "rfloor": "⌋", "⟩": "⟩"}  # fmt: skip
BARS = {"|": "|", "vert": "|", "mid": "|", "Vert": "‖", "‖": "‖", "‖‖": "‖"}

_COMMAND = re.compile(r"\\([A-Za-z]+\*?|\\|.|\n)", re.DOTALL)
#: Words that people type without `\operatorname`, told from products of letters by the bracket after them.
_WORD = re.compile(r"(tr|Tr|det|diag|vec|softmax|sigmoid|relu|ReLU|exp|log|ln|sin|cos|tanh)(?=\s*(?:\\left)?\()")


def _argument(tex: str, at: int) -> tuple[str, int]:
    """The raw text of the braced argument at `at`, and the offset after it."""
    while at < len(tex) and tex[at].isspace():
        at += 1
    if at >= len(tex) or tex[at] != "{":
        return tex[at : at + 1], min(at + 1, len(tex))
    depth, i = 0, at
    while i < len(tex):
        if tex[i] == "\\":
            i += 2
            continue
        depth += {"{": 1, "}": -1}.get(tex[i], 0)
        if depth == 0:
            return tex[at + 1 : i], i + 1
        i += 1
    raise unreadable("a brace { is never closed", at, at + 1)


def tokenize(tex: str) -> list[Token]:
    """The tokens of a formula, ending with one of kind `end`; raises `Refusal` (unreadable) with the place."""
    out: list[Token] = []
    at, size, glued = 0, "", False

    def emit(kind: str, text: str, start: int, end: int) -> None:
        nonlocal size, glued
        if size:  # \left, \right or \big stood before: it says which way a bar faces
            if text == "." and size in ("left", "right"):
                kind, text = ("open" if size == "left" else "close"), "."
            elif kind == "bar" or text in ("|", "‖"):
                sides = {"left": "open", "right": "close"}
                kind = sides.get(size, "open" if size.endswith("l") else "close" if size.endswith("r") else "bigbar")
            elif kind not in ("open", "close"):
                raise unreadable(f"\\{size} wants a bracket or a bar after it", start, end)
            size = ""
        out.append(Token(kind, text, start, end, glued))
        glued = True

    while at < len(tex):
        char = tex[at]
        if char.isspace() or char == "~":
            at, glued = at + 1, False
        elif char == "%":
            line_end = tex.find("\n", at)
            at = len(tex) if line_end < 0 else line_end
        elif char == "\\":
            match = _COMMAND.match(tex, at)
            if not match:
                raise unreadable("a backslash ends the formula", at, at + 1)
            name, end = match.group(1), match.end()
            star = name.rstrip("*")
            if name == "\\":
                if (
                    tex[end : end + 1] == "["
                    and (close := tex.find("]", end)) > 0
                    and tex[end + 1 : close].strip("0123456789.- ptexmcn") == ""
                ):
                    end = close + 1  # \\[2pt]
                emit("punct", "\\\\", at, end)
            elif name in SPACING:
                glued = False
            elif star in SILENT:
                _, end = _argument(tex, end)
            elif star in TEXT:
                text, end = _argument(tex, end)
                emit("text", text.strip(), at, end)
            elif name in ("left", "right", "middle") or name in SIZED:
                if size:
                    raise unreadable(f"\\{size} wants a bracket or a bar after it", at, end)
                size = name
            elif name == "{":
                emit("open", "\\{", at, end)
            elif name == "}":
                emit("close", "\\}", at, end)
            elif name == "|":
                emit("bar", "‖", at, end)
            elif name in BARS:
                emit("bar", BARS[name], at, end)
            elif name in OPENERS:
                emit("open", OPENERS[name], at, end)
            elif name in CLOSERS:
                emit("close", CLOSERS[name], at, end)
            elif star in GREEK:
                emit("name", GREEK[star], at, end)
            elif name in ("quad", "qquad"):
                emit("cmd", "quad", at, end)
            elif not star.isalpha():
                raise unreadable(f"the command \\{name} is not one that is read here", at, end)
            else:
                emit("cmd", star, at, end)
            at = end
        elif char.isdigit() and char.isascii():
            emit("digit", char, at, at + 1)
            at += 1
        elif (word := _WORD.match(tex, at)) and not (at and tex[at - 1].isalpha()):
            emit("cmd", word.group(1), at, word.end())
            at = word.end()
        elif (char.isascii() and char.isalpha()) or char in GREEK_LETTERS:
            emit("name", char, at, at + 1)
            at += 1
        elif char in "ᵀ′":
            if char == "ᵀ":
                emit("punct", "^", at, at + 1)
                emit("cmd", "top", at, at + 1)
            else:
                emit("punct", "'", at, at + 1)
            at += 1
        elif char in UNICODE:
            emit("cmd", UNICODE[char], at, at + 1)
            at += 1
        elif char in BARS:
            emit("bar", BARS[char], at, at + 1)
            at += 1
        elif char in OPENERS:
            emit("open", OPENERS[char], at, at + 1)
            at += 1
        elif char in CLOSERS:
            emit("close", CLOSERS[char], at, at + 1)
            at += 1
        elif char in "−–":
            emit("punct", "-", at, at + 1)
            at += 1
        elif char in "，；：。、":
            emit("punct", {"，": ",", "；": ";", "：": ":", "。": ".", "、": ","}[char], at, at + 1)
            at += 1
        elif char in "+-=<>,;:!/*'.&^_{}":
            emit("punct", char, at, at + 1)
            at += 1
        else:
            raise unreadable(f"the character {char!r} is not mathematics that is read here", at, at + 1)
    if size:
        raise unreadable(f"\\{size} wants a bracket or a bar after it", len(tex) - 1, len(tex))
    out.append(Token("end", "", len(tex), len(tex)))
    return out
