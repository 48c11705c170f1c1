"""From tokens to items: brackets, scripts, fractions, environments and rows, before anything has a meaning.

A pair of braces is invisible to the reader, so `{a+b}^2` is what it looks like: `a + b^2`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from proofread.derivations.lex import GREEK_LETTERS, Refusal, Token, tokenize, unreadable

MAX_DEPTH = 40
MAX_LENGTH = 8000

Items = tuple["Item", ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that stands in a line of a formula, with what hangs on it.

    `kind` is name, num, group, frac, sqrt, binom, env, op, func, big, nabla, partial, bar, dots, text or quad.
    """

    kind: str
    text: str = ""
    start: int = 0
    end: int = 0
    args: tuple[Items, ...] = ()
    """Content of a group, numerator and denominator, radicand and index."""
    rows: tuple[tuple[Items, ...], ...] = ()
    """Rows of cells of an environment."""
    sub: Items = ()
    sup: Items = ()
    primes: int = 0
    style: str = ""
    """`bold`, `cal`, `bb` … and accents (`hat`, `bar`), which make another name of a letter."""
    glued: bool = False
    note: Items = ()
    """What stands below or above a brace."""


STYLES = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "bf": "bold", "pmb": "bold", "symbf": "bold",
    "mathbfit": "bold", "mathrm": "rm", "rm": "rm", "mathit": "", "mathsf": "rm", "operatorname": "rm", "mathtt": "rm",
    "mathcal": "cal", "mathscr": "cal", "mathbb": "bb", "mathfrak": "frak", "mathop": "", "bold": "bold",
    "mathds": "bb", "symup": "rm", "sf": "rm", "cal": "cal",
}  # fmt: skip
ACCENTS = {
    "hat": "hat", "widehat": "hat", "bar": "bar", "overline": "bar", "tilde": "tilde", "widetilde": "tilde",
    "dot": "dot", "ddot": "ddot", "vec": "vec", "check": "check", "breve": "breve", "underline": "underline",
}  # fmt: skip
FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac"})
OPERATORS = {
    "cdot": "·", "times": "×", "ast": "*", "odot": "⊙", "circ": "∘", "otimes": "⊗", "pm": "±", "mp": "∓", "in": "∈",
    "le": "≤", "leq": "≤", "leqslant": "≤", "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠", "lt": "<",
    "gt": ">", "equiv": "≡", "coloneqq": ":=", "triangleq": ":=", "doteq": ":=", "approx": "≈", "sim": "∼",
    "propto": "∝", "succ": "≻", "succeq": "⪰", "prec": "≺", "preceq": "⪯", "succcurlyeq": "⪰", "preccurlyeq": "⪯",
    "implies": "⇒", "Rightarrow": "⇒", "Longrightarrow": "⇒", "iff": "⇔", "Leftrightarrow": "⇔",
    "Longleftrightarrow": "⇔", "to": "→", "rightarrow": "→", "longrightarrow": "→", "colon": ":", "mapsto": "↦",
    "impliedby": "⇐", "Leftarrow": "⇐", "mid": "|", "perp": "⊥", "forall": "∀", "exists": "∃", "div": "/", "ll": "≪",
    "gg": "≫", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩", "simeq": "≃", "cong": "≅",
    "oplus": "⊕", "gets": "←", "leftarrow": "←", "bullet": "∙", "star": "*", "setminus": "∖", "because": "∵",
    "therefore": "∴", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "neg": "¬", "asymp": "≍", "lesssim": "≲",
    "gtrsim": "≳", "odiv": "⊘", "oslash": "⊘", "hadamard": "⊙", "eqqcolon": "=:", "backslash": "∖", "dagger": "†",
}  # fmt: skip
RELATIONS = frozenset(
    [
        "=",
        "≤",
        "≥",
        "<",
        ">",
        "≠",
        "≡",
        ":=",
        "≈",
        "∼",
        "∝",
        "≻",
        "⪰",
        "≺",
        "⪯",
        "∈",
        "∉",
        "⊂",
        "⊆",
        "≃",
        "≅",
        "≪",
        "≫",
        "←",
        "↦",
        "⊥",
        "≍",
        "≲",
        "≳",
        "=:",
    ]
)
#: Products between two arrays, in the signs of the tree.
INFIX = {"∘": "∘", "⊙": "∘", "⊗": "⊗", "⊘": "⊘"}
DOTS = frozenset(["ldots", "cdots", "dots", "dotsc", "dotsb", "dotsm", "dotsi", "vdots", "ddots", "hdots", "iddots"])
BIG = {"sum": "sum", "prod": "prod", "int": "int", "iint": "int", "oint": "int", "lim": "lim", "limsup": "lim",
       "sup": "sup", "inf": "inf", "bigcup": "cup", "bigoplus": "oplus", "coprod": "coprod"}  # fmt: skip
#: Operator names, in the spellings people use, and the function each means.
FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh", "cosh": "cosh",
    "tanh": "tanh", "arctan": "arctan", "arcsin": "arcsin", "arccos": "arccos", "det": "det", "tr": "tr", "Tr": "tr",
    "trace": "tr", "Trace": "tr", "diag": "diag", "Diag": "diag", "vec": "vec", "softmax": "softmax",
    "Softmax": "softmax", "relu": "relu", "ReLU": "relu", "sigmoid": "sigmoid", "sgn": "sign", "sign": "sign",
    "max": "max", "min": "min", "logsumexp": "logsumexp", "LSE": "logsumexp", "lse": "logsumexp",
    "softplus": "softplus", "sech": "sech", "sec": "sec", "cot": "cot", "csc": "csc", "abs": "abs", "sqrt": "sqrt",
    "sym": "sym", "rowsum": "rowsum", "artanh": "artanh", "arctanh": "artanh", "erf": "erf", "logit": "logit",
    "Hess": "Hess", "grad": "grad", "rank": "rank", "adj": "adj", "logdet": "logdet", "silu": "silu", "SiLU": "silu",
    "logsoftmax": "logsoftmax", "unvec": "unvec", "skew": "skew", "Sym": "Sym", "sinc": "sinc", "cov": "cov",
    "Var": "Var", "var": "var", "argmax": "argmax", "argmin": "argmin", "span": "span", "dim": "dim", "arg": "arg",
    "cof": "cof", "adjugate": "adj",
}  # fmt: skip
OPEN_CLOSE = {"(": ")", "[": "]", "\\{": "\\}", "⟨": "⟩", "|": "|", "‖": "‖", "⌈": "⌉", "⌊": "⌋"}


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def peek(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def line(self, closers: tuple[str, ...], *, bar: str = "") -> Items:
        """Items until a token whose text is in `closers` (not consumed); `bar` is an open `|` or `‖`."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise unreadable("the formula is nested too deep", self.peek().start, self.peek().end)
        out: list[Item] = []
        while True:
            token = self.peek()
            if token.kind == "end" or (token.kind in ("punct", "close") and token.text in closers):
                break
            if token.kind == "cmd" and token.text in closers:
                break
            if bar and token.kind == "bar" and token.text == bar and out and _ends_operand(out[-1]):
                break
            if token.kind == "punct" and token.text in ("&", "\\\\") and token.text not in closers:
                self.next()
                out.append(Item("op", token.text, token.start, token.end))
                continue
            out.extend(self.scripted())
        self.depth -= 1
        return tuple(out)

    def scripted(self) -> list[Item]:
        """The next atom with its scripts; several items where braces or a style hold several."""
        first = self.peek()
        if first.kind == "punct" and first.text in "^_":
            atoms = [Item("group", "{}", first.start, first.start)]  # {}^\top: a script on nothing is refused later
        else:
            atoms = self.atom()
        if not atoms:
            return []
        last = atoms[-1]
        sub, sup, primes = last.sub, last.sup, last.primes
        scripts = False
        while (token := self.peek()).kind == "punct" and token.text in ("^", "_", "'"):
            self.next()
            scripts = True
            if token.text == "'":
                primes += 1
            elif token.text == "_":
                if sub:
                    raise unreadable("two subscripts on one symbol", token.start, token.end)
                sub = self.script(token)
            else:
                script = self.script(token)
                if all(item.kind == "op" and item.text == "′" for item in script):
                    primes += len(script)
                elif sup and sup[0].kind == "group":
                    sup = (*sup, *script)  # {x^{(i)}}^T
                elif sup:
                    raise unreadable("two superscripts on one symbol", token.start, token.end)
                else:
                    sup = script
        if scripts:
            end = self.tokens[self.at - 1].end
            atoms[-1] = replace(last, sub=sub, sup=sup, primes=primes, end=end)
        if atoms[-1].kind == "underbrace":
            inner = atoms.pop()
            note, other = (inner.sub, inner.sup) if inner.text == "underbrace" else (inner.sup, inner.sub)
            if other or inner.primes:
                raise unreadable("a brace bears a note and no other script: put brackets around it", inner.start,
                                 inner.end)  # fmt: skip
            atoms.append(replace(inner, kind="group", text="{}", sub=(), sup=(), note=note))
        return atoms

    def script(self, mark: Token) -> Items:
        token = self.peek()
        if token.kind == "end" or token.text in ("}", "&", "\\\\", "^", "_"):
            raise unreadable(f"nothing stands after {mark.text}", mark.start, mark.end)
        got = self.argument()
        if not got:
            raise unreadable(f"nothing stands after {mark.text}", mark.start, mark.end)
        if token.kind in ("digit", "name") and (after := self.peek()).kind == "digit" and after.glued:
            whole = f"{mark.text}{{{token.text}{after.text}}}"
            raise unreadable(f"LaTeX sets one sign after {mark.text} only: write {whole}", mark.start, after.end)
        return got

    def argument(self) -> Items:
        """One TeX argument: a braced list, or the next single atom (one digit of a number)."""
        token = self.peek()
        if token.kind == "punct" and token.text == "{":
            self.next()
            items = self.line(("}",))
            self.expect("}", token)
            return items
        if token.kind == "digit":
            self.next()
            return (Item("num", token.text, token.start, token.end),)
        if token.kind == "end" or token.kind == "close":
            raise unreadable("an argument is missing here", token.start, token.end)
        return tuple(self.atom())

    def expect(self, text: str, opener: Token) -> Token:
        token = self.next()
        if token.text != text:
            self.at -= 1
            raise unreadable(f"{opener.text} is never closed by {text}", opener.start, opener.end)
        return token

    def atom(self) -> list[Item]:
        token = self.next()
        span = token.start, token.end
        match token.kind:
            case "digit":
                text = token.text
                while self.peek().kind == "digit" or (
                    self.peek().text == "."
                    and "." not in text
                    and self.tokens[self.at + 1].kind == "digit"
                    and self.peek().glued
                    and self.tokens[self.at + 1].glued
                ):
                    text += self.next().text
                return [Item("num", text, token.start, self.tokens[self.at - 1].end)]
            case "name":
                return [Item("name", token.text, *span, glued=token.glued)]
            case "text":
                word = FUNCTIONS.get(token.text)
                return [Item("func", word, *span)] if word else [Item("text", token.text, *span)]
            case "open":
                return [self.group(token)]
            case "bigbar":
                if self.peek().text == "_":
                    return [Item("bar", token.text, *span)]
                return [self.group(token)]
            case "bar":
                if (norm := self.double_bars(token)) is not None:
                    return [norm]
                if self.peek().text == "_" and token.text == "|":
                    return [Item("bar", token.text, *span)]
                return [self.group(token)]
            case "close":
                raise unreadable(f"{token.text} closes nothing", *span)
            case "punct":
                return self.punctuation(token)
            case "cmd":
                return self.command(token)
        raise unreadable("the formula ends too early", *span)

    def double_bars(self, token: Token) -> Item | None:
        """`||x||`, typed with four single bars, as the norm it looks like; None if it is not one."""
        if token.text != "|" or not _bar(self.peek()) or not self.peek().glued:
            return None
        start, depth = self.at, self.depth
        self.next()
        try:
            items = self.line((), bar="|")
            closing = self.next(), self.next()
        except (Refusal, IndexError):
            items, closing = (), (token, token)
        if items and all(map(_bar, closing)) and closing[1].glued:
            return Item("group", "‖‖", token.start, closing[1].end, (items,))
        self.at, self.depth = start, depth
        return None

    def group(self, token: Token) -> Item:
        if token.text == ".":  # \left. … \right|_{t=0}
            items = self.line(("|", "‖", ")", "]", "\\}", "."))
            close = self.next()
            if close.kind != "close" or close.text != "|":
                raise unreadable("\\left. is only read when \\right| follows it", token.start, token.end)
            return Item("leftbar", "|", token.start, close.end, (items,))
        wanted = OPEN_CLOSE[token.text]
        explicit = token.kind == "open"
        if token.text in "|‖":
            items = self.line((wanted,), bar=token.text)
            close = self.next()
            if close.text != wanted or close.kind not in ("bar", "close", "bigbar"):
                self.at -= 1
                raise unreadable(f"the bar {token.text} is never closed", token.start, token.end)
            if not items:
                raise unreadable("nothing stands between the bars", token.start, close.end)
        else:
            closers = (")", "]") if token.text in "([" else (wanted, ".") if token.text == "\\{" else (wanted,)
            items = self.line((*closers, "}"))
            close = self.next()
            if close.kind != "close" or close.text not in closers:
                self.at -= 1
                raise unreadable(f"{token.text} is never closed", token.start, token.end)
        del explicit
        return Item("group", token.text + close.text, token.start, close.end, (items,))

    def punctuation(self, token: Token) -> list[Item]:
        span = token.start, token.end
        if token.text == "{":
            items = self.line(("}",))
            self.expect("}", token)
            return list(items) if items else []
        if token.text == "}":
            raise unreadable("a brace } closes nothing", *span)
        if token.text == ":" and self.peek().text == "=":
            return [Item("op", ":=", token.start, self.next().end)]
        if token.text == "=" and self.peek().text == ":":
            return [Item("op", "=:", token.start, self.next().end)]
        if token.text == "." and self.peek().text == "." and self.tokens[self.at + 1].text == ".":
            self.next()
            return [Item("dots", "...", token.start, self.next().end)]
        return [Item("op", token.text, *span)]

    def command(self, token: Token) -> list[Item]:
        name, span = token.text, (token.start, token.end)
        if name in FRACTIONS:
            numerator, denominator = self.argument(), self.argument()
            if not numerator or not denominator:
                raise unreadable("a fraction wants a numerator and a denominator", *span)
            return [Item("frac", "", token.start, self.tokens[self.at - 1].end, (numerator, denominator))]
        if name == "sqrt":
            index: Items = ()
            if self.peek().text == "[":
                self.next()
                index = self.line(("]",))
                self.expect("]", token)
            return [Item("sqrt", "", token.start, self.tokens[self.at].end, (self.argument(), index))]
        if name in STYLES:
            return self.styled(token)
        if name in ACCENTS:
            inner = self.argument()
            if len(inner) != 1 or inner[0].kind not in ("name", "num"):
                raise unreadable(f"\\{name} is read over one letter only", *span)
            end = self.tokens[self.at - 1].end
            return [replace(inner[0], kind="name", style=(ACCENTS[name] + " " + inner[0].style).strip(), start=span[0],
                            end=end)]  # fmt: skip
        if name == "begin":
            return [self.environment(token)]
        if name in ("underbrace", "overbrace"):
            inner = self.argument()
            return [Item("underbrace", name, span[0], self.tokens[self.at - 1].end, (inner,))]
        if name in ("boxed", "fbox", "mathord", "mathbin", "mathrel", "smash", "ensuremath"):
            return list(self.argument())
        if name in ("stackrel", "overset", "underset"):
            upper, base = self.argument(), self.argument()
            if len(base) == 1 and base[0].kind == "op" and base[0].text == "=":
                words = "".join(item.text for item in upper)
                mark = ":=" if words.lower() in ("def", "△", "δ", "记", "记作", "记为", "定义") else "="
                return [replace(base[0], text=mark)]
            raise unreadable(f"\\{name} is only read over an equals sign", *span)
        if name == "not":
            following = self.atom()
            if len(following) == 1 and following[0].text == "=":
                return [replace(following[0], text="≠")]
            raise unreadable("\\not is only read before =", *span)
        if name in OPERATORS:
            return [Item("op", OPERATORS[name], *span)]
        if name in DOTS:
            return [Item("dots", name, *span)]
        if name in BIG:
            return [Item("big", BIG[name], *span)]
        if name in FUNCTIONS:
            return [Item("func", FUNCTIONS[name], *span)]
        simple = {
            "nabla": ("nabla", ""), "partial": ("partial", ""), "quad": ("quad", ""), "top": ("op", "⊤"),
            "intercal": ("op", "⊤"), "prime": ("op", "′"), "infty": ("name", "∞"), "RR": ("name", "R"),
            "R": ("name", "R"), "dd": ("name", "d"), "mathbbm": ("name", "1"), "transpose": ("op", "⊤"),
            "T": ("op", "⊤"), "imath": ("name", "i"), "jmath": ("name", "j"), "hbar": ("name", "ℏ"),
            "square": ("name", "□"), "emptyset": ("name", "∅"), "Re": ("func", "Re"), "Im": ("func", "Im"),
        }  # fmt: skip
        if name in simple:
            kind, text = simple[name]
            style = {"RR": "bb", "R": "bb", "dd": "rm"}.get(name, "")
            return [Item(kind, text, *span, style=style)]
        if name == "operatorname":  # reached only through operatorname*
            return self.styled(token)
        raise unreadable(f"the command \\{name} is not one that is read here", *span)

    def styled(self, token: Token) -> list[Item]:
        style = STYLES[token.text]
        if token.text in ("rm", "bf", "cal", "sf"):  # {\rm softmax}: to the end of the group
            inner: Items = self.line(("}", ")", "]", "\\}", "|", "‖", "&", "\\\\"))
        else:
            inner = self.argument()
        end = self.tokens[self.at - 1].end
        word = "".join(item.text for item in inner if item.kind in ("name", "num", "op", "func"))
        bare = all(not (item.sub or item.sup or item.primes or item.args) for item in inner)
        plain = bare and all(item.kind in ("name", "num", "func") for item in inner)
        if plain and style == "rm" and word.lower() in FUNCTIONS and len(word) > 1:
            return [Item("func", FUNCTIONS.get(word, FUNCTIONS[word.lower()]), token.start, end)]
        if plain and style == "rm" and word in FUNCTIONS:
            return [Item("func", FUNCTIONS[word], token.start, end)]
        if plain and style in ("rm", "cal") and len(inner) > 1:  # one word, one name
            return [Item("name", word, token.start, end, style="rm")]
        if bare and style == "rm" and len(inner) > 1 and word.replace("-", "").replace("*", "").lower() in FUNCTIONS:
            return [Item("func", FUNCTIONS[word.replace("-", "").replace("*", "").lower()], token.start, end)]
        out = []
        for item in inner:
            if item.kind == "name" or (item.kind == "num" and style in ("bold", "bb", "rm") and style != "rm"):
                joined = " ".join(part for part in (item.style, style) if part)
                if item.text.isascii() and len(item.text) > 1:
                    joined = item.style
                out.append(replace(item, kind="name", style=joined))
            else:
                out.append(item)
        if len(out) == 1:
            out[0] = replace(out[0], start=token.start, end=end)
        return out

    def environment(self, token: Token) -> Item:
        self.expect("{", token)
        name = ""
        while self.peek().text != "}" and self.peek().kind != "end":
            name += self.next().text
        self.expect("}", token)
        if name == "array" or name in ("alignedat", "alignat"):
            self.argument()
        rows: list[tuple[Items, ...]] = []
        cells: list[Items] = []
        while True:
            cells.append(self.line(("&", "\\\\", "end")))
            stop = self.next()
            if stop.text == "&":
                continue
            rows.append(tuple(cells))
            cells = []
            if stop.kind == "end":
                raise unreadable(f"\\begin{{{name}}} is never ended", token.start, token.end)
            if stop.text == "end":
                break
        self.expect("{", stop)
        ending = ""
        while self.peek().text != "}" and self.peek().kind != "end":
            ending += self.next().text
        close = self.expect("}", stop)
        if ending != name:
            raise unreadable(f"\\begin{{{name}}} is ended by \\end{{{ending}}}", token.start, close.end)
        if rows and rows[-1] == ((),):
            rows.pop()
        return Item("env", name.rstrip("*"), token.start, close.end, rows=tuple(rows))


def _bar(token: Token) -> bool:
    """A single bar that no `\\left` or `\\big` turned."""
    return token.kind == "bar" and token.text == "|"


def _ends_operand(item: Item) -> bool:
    """Whether a bar right after `item` closes rather than opens."""
    return item.kind not in ("op", "big", "func", "nabla", "partial", "quad") or bool(
        item.kind == "op" and item.text in ("⊤", "!")
    )


def read_items(tex: str) -> Items:
    """The items of a formula; raises `Refusal` (unreadable) with the place."""
    if len(tex) > MAX_LENGTH:
        raise unreadable(f"the formula is longer than {MAX_LENGTH} characters", 0, 1)
    reader = _Reader(tokenize(tex))
    items = reader.line(())
    token = reader.peek()
    if token.kind != "end":
        raise unreadable(f"{token.text} closes nothing", token.start, token.end)
    return items


def key(items: Items) -> str:
    """A canonical spelling of some items: two are equal if and only if they look the same."""
    return "".join(
        f"{item.text}{'~' + item.style if item.style and item.style != 'rm' else ''}"
        + "".join("(" + key(arg) + ")" for arg in item.args)
        + "".join("[" + ",".join(key(cell) for cell in row) + "]" for row in item.rows)
        + ("_" + key(item.sub) if item.sub else "")
        + ("^" + key(item.sup) if item.sup else "")
        + "'" * item.primes
        for item in items
    )


def is_letter(item: Item) -> bool:
    """A single letter, Latin or Greek."""
    return item.kind == "name" and len(item.text) == 1 and (item.text.isalpha() or item.text in GREEK_LETTERS)
