"""A formula as a line of plain text, for places that hold nothing else: the excerpts of search results.

It is to be glanced at, not to be found: in front of every word stands an invisible sign (U+2062), so that who seeks
`x` is led to a text about x, not to all formulas with an x in them.
"""

from __future__ import annotations

import re

LONGEST = 48
"""In characters; what is longer is cut."""
INVISIBLE = "\u2062"
CUT = "…"

_SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
    "nabla": "∇", "partial": "∂", "infty": "∞", "sum": "∑", "prod": "∏", "int": "∫", "forall": "∀", "exists": "∃",
    "cdot": "·", "times": "×", "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "circ": "∘", "pm": "±", "oslash": "⊘",
    "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "equiv": "≡", "sim": "∼",
    "ll": "≪", "gg": "≫", "propto": "∝", "succ": "≻", "succeq": "⪰", "prec": "≺", "preceq": "⪯", "mid": "|",
    "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩", "to": "→", "rightarrow": "→", "mapsto": "↦",
    "leftarrow": "←", "Rightarrow": "⇒", "implies": "⇒", "iff": "⇔", "ldots": "…", "cdots": "⋯", "dots": "…",
    "vdots": "⋮", "ddots": "⋱", "top": "⊤", "perp": "⊥", "langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖",
    "Vert": "‖", "|": "‖", "lvert": "|", "rvert": "|", "lfloor": "⌊", "rfloor": "⌋", "{": "{", "}": "}", "prime": "′",
    "quad": " ", "qquad": " ", ",": "", ";": " ", ":": " ", "!": "", " ": " ", "\\": " ", "&": "&", "_": "_", "%": "%",
}  # fmt: skip
_SUPER = dict(zip("0123456789+-()nijk⊤T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱʲᵏᵀᵀ", strict=True))
_SUB = dict(zip("0123456789+-()ijkmnptx", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₘₙₚₜₓ", strict=True))
_RELATIONS = "≤≥≠≈≡∼∈∉→↦⇒⇔⊙⊗×≻⪰≺⪯≪≫∝∪∩⊂"
_BLACKBOARD = {"R": "ℝ", "C": "ℂ", "N": "ℕ", "Z": "ℤ", "Q": "ℚ", "E": "𝔼"}
_GROUP = r"\{([^{}]*)\}"
_SIZES = re.compile(
    r"\\(?:left|right|middle|[bB]igg?[lrm]?|limits|nolimits|displaystyle|textstyle|mathstrut)(?![A-Za-z])\.?"
)
_NAMES = re.compile(
    r"\\(?:mathrm|mathbf|boldsymbol|mathcal|mathsf|mathit|operatorname\*?|text|textbf|mbox|underbrace|overbrace|boxed)\s*"
    + _GROUP
)
_ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7"}
_FUNCTION = re.compile(
    r"\\(log|ln|exp|sin|cos|tan|tanh|det|max|min|sup|inf|lim|arg|ker|dim|deg|gcd|Pr|argmin|argmax)(?![A-Za-z])"
)


def plain(tex: str) -> str:
    """`\\nabla f(x) = A^\\top x` → `∇f(x) = Aᵀx`; what has no such form, like a matrix, is an ellipsis."""
    text = re.sub(r"\\(?:begin|end)\{(?:aligned|align|gathered|split)\*?\}|(?<!\\)&", "", tex)
    text = re.sub(r"\\begin\{(\w+)\*?\}.*?\\end\{\1\*?\}", CUT, text, flags=re.DOTALL)
    text = re.sub(r"\\(?:tag|label)\{[^{}]*\}", "", _SIZES.sub("", text))
    before = None
    while before != text:  # from the innermost groups outwards
        before = text
        text = _NAMES.sub(r"\1", text)
        text = re.sub(r"\\mathbb\s*\{?(\w)\}?", lambda m: _BLACKBOARD.get(m[1], m[1]), text)
        text = re.sub(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}", lambda m: f"{_whole(m[1])}/{_whole(m[2])}", text)
        text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"\1/\2", text)
        text = re.sub(rf"\\sqrt\s*{_GROUP}", lambda m: f"√{_whole(m[1])}", text)
        text = re.sub(
            rf"\\({'|'.join(_ACCENTS)})\s*(?:{_GROUP}|(\w))", lambda m: (m[2] or m[3] or "") + _ACCENTS[m[1]], text
        )
        text = re.sub(rf"([_^])\s*{_GROUP}", lambda m: _script(m[1], _signs(m[2])), text)
    text = _signs(re.sub(r"([_^])\s*(\\[A-Za-z]+|[^\\{}\s(])", lambda m: _script(m[1], _signs(m[2])), text))
    text = " ".join(re.sub(r"[{}]", "", text).split())
    if "\\" in text or "$" in text:
        return CUT
    text = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + CUT
    return re.sub(r"(?<![^\W_])(?=[^\W_])", INVISIBLE, text)


def _whole(part: str) -> str:
    part = part.strip()
    return part if re.fullmatch(r"\\?\w+|\S", part) else f"({part})"


def _signs(text: str) -> str:
    text = _FUNCTION.sub(r"\1 ", text)
    text = re.sub(r"\\([A-Za-z]+|[^A-Za-z])\s?", lambda m: _SIGNS.get(m[1], m[0]), text)
    return re.sub(rf"\s*([{_RELATIONS}])\s*", r" \1 ", text)


def _script(mark: str, inside: str) -> str:
    letters = _SUPER if mark == "^" else _SUB
    inside = inside.strip()
    if inside and all(letter in letters for letter in inside):
        return "".join(letters[letter] for letter in inside)
    return f"{mark}{inside}" if len(inside) == 1 else f"{mark}({inside})" if inside else ""
