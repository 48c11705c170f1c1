"""From items to meaning, with the declarations at hand: what is applied, what is multiplied, how far an operator
reaches. What has two readings becomes a `Choice`, which the shapes may settle, or is refused with both."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from proofread.derivations import dots
from proofread.derivations.lex import Refusal, ambiguous, unreadable
from proofread.derivations.nodes import (
    Add,
    Apply,
    At,
    Axis,
    Big,
    Block,
    Cases,
    Choice,
    Colon,
    Compare,
    Delta,
    Deriv,
    Differential,
    Div,
    Entry,
    Fn,
    Gather,
    Idx,
    Infix,
    Map,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    T,
    Unit,
    Var,
    dump,
    show,
    walk,
)  # fmt: skip
from proofread.derivations.shape import RELATIONS, Item, Items, is_letter, key
from proofread.derivations.symbols import Symbol, Symbols, free_axes

#: Functions of one real number; on arrays they work entry by entry.
ELEMENTWISE = frozenset(
    [
        "exp",
        "log",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "arctan",
        "arcsin",
        "arccos",
        "relu",
        "sigmoid",
        "sign",
        "softplus",
        "sech",
        "sec",
        "cot",
        "csc",
        "abs",
        "sqrt",
        "artanh",
        "erf",
        "logit",
        "silu",
    ]
)
#: Functions that take the whole product after them when no bracket follows.
GREEDY = frozenset({"det", "tr", "diag", "vec", "logdet", "sym", "skew", "rowsum"})
KNOWN = ELEMENTWISE | GREEDY | {"softmax", "logsumexp", "logsoftmax", "max", "min", "adj"}
#: Letters that textbooks keep for what varies; the others are taken as constant where nothing says more.
LATE = frozenset(
    ["u", "v", "w", "x", "y", "z", "U", "V", "W", "X", "Y", "Z", "s", "t", "θ", "φ", "ϕ", "ξ", "ψ", "ω", "β"]
)
#: What stands beside x as a direction, a target or a weight, when x is the variable.
BESIDE_X = frozenset({"u", "v", "y", "s", "t"})
#: Ends the name of a family whose index stands above in brackets: `x^{(i)}`.
NUMBERED = "^()"
INFIX = {"∘": "∘", "⊙": "∘", "⊗": "⊗", "⊘": "⊘"}
MINUS_ONE = Num(-1.0, "-1")


def undeclared(name: str, start: int, end: int) -> Refusal:
    """A name that nothing declares."""
    shown = name.split("|")[0]
    return Refusal(
        f"{shown} is not declared before this place; say what it is, as in $ {shown} \\in \\mathbb{{R}}^n $",
        start, end, kind="undeclared",
    )  # fmt: skip


@dataclass(frozen=True)
class Fun:
    """A function that can be applied: how, where it stands if nothing is said, and what it takes."""

    name: str
    call: Callable[[list[Node]], Node]
    default: tuple[Node, ...] | None
    scalar: bool = False
    """It takes one real number (so an array is mapped entry by entry)."""
    arity: int = 1


class Resolver:
    """Reads the items of one formula; `free` collects its free indices, `made` the names it may define."""

    def __init__(self, symbols: Symbols) -> None:
        self.symbols = symbols
        self.free: dict[str, Axis] = {}
        self.bound: list[dict[str, Axis]] = []
        self.double: set[str] = set()
        self.variable: Node | None = None
        self.locals: set[str] = set()
        self.fresh = itertools.count(1)
        self.latest: Node | None = None
        """The variable of the derivative read last: σ in dσ/da = σ(1 - σ) stands at a."""
        self.moving: set[str] = set()
        """Names whose own differential stands in the formula."""

    # -- names ---------------------------------------------------------------------------------------------------

    def name(self, item: Item) -> str:
        style = item.style
        return item.text + (f"|{style}" if style and style != "rm" else "")

    def lookup(self, item: Item) -> tuple[Symbol | None, Item]:
        """The symbol an item names, and the item without the scripts that belong to the name."""
        name = self.name(item)
        starred = bool(item.sup) and all(each.kind == "op" and each.text in "*′†" for each in item.sup)
        tries: list[tuple[str, Item]] = []
        if number := numbered(item):
            tries.append((f"{name}^({key(number)})", replace(item, sup=item.sup[1:])))
            tries.append((name + NUMBERED, item))
        tail = (f"^{key(item.sup)}" if starred else "") + "'" * item.primes
        if item.sub:
            rest = replace(item, sub=(), primes=0, sup=() if starred else item.sup)
            tries.append((f"{name}_{key(item.sub)}{tail}", rest))
        if tail:
            tries.append((name + tail, replace(item, primes=0, sup=() if starred else item.sup)))
        if item.sub and not tail:
            tries.append((f"{name}_{key(item.sub)}", replace(item, sub=())))
        tries.append((name, item))
        for full, rest in tries:
            symbol = self.symbols.get(full)
            if symbol is not None and symbol.kind == "size" and rest.sub:
                symbol = self.symbols.get(f"{full}|bold") or symbol  # h_i, an entry of 𝐡 ∈ ℝ^h
            if symbol is not None and item.text == "e" and not item.sub and (symbol.family or symbol.columns):
                continue  # 2.718… beside vectors e_i
            if symbol is not None:
                return symbol, rest
        return None, item

    def index_axis(self, name: str) -> Axis | None:
        for scope in reversed(self.bound):
            if name in scope:
                return scope[name]
        return self.free.get(name)

    def declared(self, name: str) -> bool:
        return self.symbols.get(name) is not None

    # -- sums of terms -------------------------------------------------------------------------------------------

    def side(self, items: Items) -> Node:
        """One side of a relation, where `(a_{ij})` alone may also be the matrix of all these entries."""
        items = _bare(items)
        node = self.expr(items)
        item = items[0]
        alone = len(items) == 1 and item.text in ("()", "[]") and not (item.sub or item.sup or item.primes)
        inner = item.args[0] if alone else ()
        listed = any(each.kind == "op" and each.text in (",", ";") for each in inner)
        names = self.letters_in(inner) if inner and not listed else []
        if len(names) != 2:
            return node
        array = self.gathered(self.axes(names), inner)
        return Choice((array, node), "whether brackets hold an entry or all entries", item.start, item.end)

    def expr(self, items: Items) -> Node:
        """A whole expression."""
        items = tuple(item for item in items if item.kind != "quad" and not (item.kind == "op" and item.text == "&"))
        if not items:
            raise unreadable("an expression is missing here")
        terms: list[tuple[int, Items]] = []
        sign = 1
        current: list[Item] = []
        expecting = True
        for item in items:
            if item.kind == "op" and item.text in "+-−" and not item.sup and not item.sub:
                if current:
                    if current[-1].kind == "op" and current[-1].text in ("·", "×", "/", *INFIX):
                        raise unreadable("put a signed factor in brackets", item.start, item.end)
                    terms.append((sign, tuple(current)))
                    current, sign = [], 1
                elif (
                    (terms and not expecting)
                    or sign != 1
                    or (terms and expecting is None)
                    or (terms and getattr(self, "_signed", False))
                ):
                    raise unreadable("two signs in a row", item.start, item.end)
                if item.text != "+":
                    sign = -sign
                self._signed = True
                expecting = True
            else:
                if item.kind == "op" and item.text == "±":
                    raise unreadable("± states two things at once; write both", item.start, item.end)
                current.append(item)
                self._signed = False
                expecting = False
        if not current:
            raise unreadable("nothing stands after the sign", items[-1].start, items[-1].end)
        terms.append((sign, tuple(current)))
        return self.sum_of(terms, items)

    def sum_of(self, terms: list[tuple[int, Items]], items: Items) -> Node:
        at = next((k for k, (_, term) in enumerate(terms) if len(term) == 1 and term[0].kind == "dots"), None)
        if at is not None:
            if at == 0 or at + 1 >= len(terms):
                raise unreadable("dots in a sum want items before them and a last one", items[0].start, items[-1].end)
            signs = [s for s, _ in terms]
            dot = terms[at][1][0]
            nodes = {k: self.term(term) for k, (_, term) in enumerate(terms) if k != at}
            for many in range(min(3, at), 0, -1):
                used = list(range(at - many, at))
                if any(signs[k] != signs[at + 1] for k in [*used[1:], at]) or (
                    used[0] != 0 and signs[used[0]] != signs[at + 1]
                ) or signs[used[0]] != signs[at + 1]:  # fmt: skip
                    continue
                try:
                    name = "k" if "k" not in self.free else "κ"
                    big = dots.run("sum", [nodes[k] for k in used], nodes[at + 1], name, dot.start, dot.end)
                except Refusal:
                    if many == 1:
                        raise
                    continue
                if used[0] > 0 and alike(nodes[used[0] - 1], nodes[used[0]]):
                    raise unreadable(
                        "the dots do not continue the pattern of all items before them", dot.start, dot.end
                    )
                rest = [(signs[k], nodes[k]) for k in range(used[0])]
                rest.append((signs[at + 1], big))
                rest += [(signs[k], nodes[k]) for k in range(at + 2, len(terms))]
                return self.added(rest)
            raise unreadable("the signs around the dots do not continue a pattern", dot.start, dot.end)
        read: list[tuple[int, Node]] = []
        for sign, term in terms:
            node = self.term(term)
            for _, earlier in read:
                for inner in _outer_sums(earlier):
                    clash = [axis for axis in free_axes(node, self.symbols) if axis.name == inner.axis.name]
                    if clash and self.free.get(inner.axis.name) is clash[0]:
                        name = inner.axis.name
                        raise ambiguous(
                            f"the sum over {name} may end before this term or hold it: write "
                            f"\\sum_{name} (…) around what is summed, or rename the index of the other term",
                            term[0].start, term[-1].end,
                        )  # fmt: skip
            read.append((sign, node))
        return self.added(read)

    def added(self, terms: list[tuple[int, Node]]) -> Node:
        if len(terms) == 1:
            sign, node = terms[0]
            if sign > 0:
                return node
            if isinstance(node, Num):
                return Num(-node.value, f"-{node.text}")
        return Add(tuple(sign for sign, _ in terms), tuple(node for _, node in terms))

    # -- products ------------------------------------------------------------------------------------------------

    def term(self, items: Items) -> Node:
        """One term: factors side by side, with `·`, `∘`, `⊗` and `/` between them."""
        bar = next((k for k, item in enumerate(items) if item.kind == "bar"), None)
        if bar is not None:
            return self.barred(items, bar)
        return self.factors(items)

    def barred(self, items: Items, bar: int) -> Node:
        mark, left, right = items[bar], items[:bar], items[bar + 1 :]
        if not left:
            raise unreadable("nothing stands before the evaluation bar", mark.start, mark.end)
        # A bar reaches back to the derivative; factors before it must not hold the name.
        begin = next((k for k, item in enumerate(left) if _derivative_like(item)), 0)
        names, values = self.bindings(mark, left)
        body = self.within(names, values, lambda: self.factors(left[begin:]))
        node: Node = At(body, tuple(names), tuple(values))
        if begin:
            head = self.within(names, values, lambda: self.factors(left[:begin]))
            if any(name in self.symbols.closure([head]) for name in names):
                raise ambiguous("the evaluation bar may or may not reach the factors before the derivative: use \\left."
                                " … \\right|", mark.start, mark.end)  # fmt: skip
            node = Mul((head, node), (False, False))
        if right:
            if right[0].kind == "op" and right[0].text in ("·", "×"):
                right = right[1:]
            node = Mul((node, self.term(right)), (False, False))
        return node

    def bindings(self, mark: Item, left: Items) -> tuple[list[str], list[Node]]:
        """Names and values of `|_{t=0, s=1}`; `|_0` takes the derivative's own variable."""
        names: list[str] = []
        values: list[Node] = []
        for part in _split(mark.sub, ","):
            equals = [k for k, item in enumerate(part) if item.kind == "op" and item.text == "="]
            if len(equals) == 1:
                target, value = part[: equals[0]], part[equals[0] + 1 :]
                if len(target) != 1 or target[0].kind != "name":
                    raise unreadable("an evaluation bar binds one name", mark.start, mark.end)
                symbol, _ = self.lookup(target[0])
                names.append(symbol.name if symbol else self.name(target[0]))
                values.append(self.expr(value))
            elif not equals:
                variable = next((name for item in left for name in [_denominator(item)] if name), None)
                if variable is None:
                    raise unreadable("say which name the bar binds, as in |_{t=0}", mark.start, mark.end)
                names.append(self.name(variable))
                values.append(self.expr(part))
            else:
                raise unreadable("an evaluation bar binds one name", mark.start, mark.end)
        return names, values

    def within(self, names: list[str], values: list[Node], read: Callable[[], Node]) -> Node:
        """Read with some names known as scalars if nothing else declares them."""
        new = [name for name in names if not self.declared(name)]
        saved = self.symbols
        if new:
            self.symbols = saved.copy()
            for name in new:
                self.symbols.scopes[-1].symbols[name] = Symbol(name, "array")
        try:
            return read()
        finally:
            self.symbols = saved

    def factors(self, items: Items) -> Node:
        for outer, ring, inner in zip(items, items[1:], items[2:], strict=False):
            rings = ring.kind == "op" and ring.text == "∘"
            if rings and self.function_at(outer)[0] is not None and self.function_at(inner)[0] is not None:
                if (whole := self.composed(items)) is None:
                    raise ambiguous("∘ between functions composes them: put f ∘ g in brackets, or write ⊙ for the "
                                    "product by entries", outer.start, inner.end)  # fmt: skip
                return self.applied(whole, replace(items[0], sub=(), sup=(), primes=0), items, len(items))[0]
        parts: list[tuple[str, Node, Item]] = []
        i, op, op_item = 0, "", items[0]
        while i < len(items):
            item = items[i]
            if item.kind == "op" and (item.text in INFIX or item.text in ("·", "×", "*", "/", "∙")):
                if op or not parts:
                    raise unreadable(f"nothing stands before {item.text}", item.start, item.end)
                op, op_item = INFIX.get(item.text, "·" if item.text == "∙" else item.text), item
                if op == "*":
                    raise ambiguous("* may mean a product, an elementwise product or a convolution: write \\cdot or "
                                    "\\odot", item.start, item.end)  # fmt: skip
                i += 1
                continue
            if item.kind == "dots":
                if op in ("·", "×"):
                    op = ""
                if not parts or i + 1 >= len(items):
                    raise unreadable("dots in a product want factors before them and a last one", item.start, item.end)
                j = i + 1
                if items[j].kind == "op" and items[j].text in ("·", "×"):
                    j += 1
                last, j = self.factor(items, j)
                nodes = [node for _, node, _ in parts]
                for many in range(min(3, len(nodes)), 0, -1):
                    try:
                        big = dots.run("prod", nodes[-many:], last, "k", item.start, item.end)
                    except Refusal:
                        if many == 1:
                            raise
                        continue
                    if many < len(nodes) and alike(nodes[-many - 1], nodes[-many]):
                        raise unreadable("the dots do not continue the pattern of all items before them", item.start,
                                         item.end)  # fmt: skip
                    parts = [*parts[:-many], (parts[-many][0], big, item)]
                    break
                i = j
                continue
            node, j = self.factor(items, i)
            while j < len(items) and items[j].kind == "op" and items[j].text == "!":
                node, j = Fn("factorial", (node,)), j + 1
            if parts and not op and isinstance(node, Num) and _digits(parts[-1][1]) and _digits(node):
                raise unreadable("two numbers stand side by side", item.start, item.end)
            parts.append((op, node, op_item if op else item))
            op, i = "", j
        if op:
            raise unreadable(f"nothing stands after {op_item.text}", op_item.start, op_item.end)
        return self.combine(parts)

    def combine(self, parts: list[tuple[str, Node, Item]]) -> Node:
        # Slashes first: what stands before, over the one factor after.
        out: list[tuple[str, Node, Item]] = []
        for k, (op, node, item) in enumerate(parts):
            if op != "/":
                out.append((op, node, item))
                continue
            if k + 1 < len(parts) and parts[k + 1][0] == "":
                whole = " ".join(show(n) for _, n, _ in parts[k + 1 :])
                raise ambiguous(
                    f"after a slash it is unclear how far the denominator reaches: ({show(node)}) alone, or "
                    f"({show(node)} {whole}); write \\frac or brackets", item.start, item.end,
                )  # fmt: skip
            start = len(out)
            while start > 0 and (start == len(out) or out[start][0] in ("", "·", "×")):
                start -= 1
            run = out[start:]
            out = [*out[:start], (run[0][0], Div(self.product(run), node), item)]
        infix = [op for op, _, _ in out if op in INFIX.values()]
        if not infix:
            return self.product(out)
        if len(set(infix)) > 1:
            raise ambiguous("∘ and ⊗ stand together without brackets", out[0][2].start, out[-1][2].end)
        op = infix[0]
        runs: list[list[tuple[str, Node, Item]]] = [[]]
        for part in out:
            if part[0] == op:
                runs.append([])
            runs[-1].append(part)
        tight = self.fold(op, [self.product(run) for run in runs])
        busy = [run for run in runs if len([node for _, node, _ in run if not isinstance(node, Num)]) > 1]
        if not busy:
            return tight
        loose: list[Node] = [n for _, n, _ in runs[0][:-1]]
        pending: list[Node] = [runs[0][-1][1]]
        for run in runs[1:]:
            pending.append(run[0][1])
            if len(run) > 1:
                loose.append(self.fold(op, pending))
                loose += [node for _, node, _ in run[1:-1]]
                pending = [run[-1][1]]
        loose.append(self.fold(op, pending) if len(pending) > 1 else pending[0])
        other = Mul(tuple(loose), (False,) * len(loose)) if len(loose) > 1 else loose[0]
        return Choice((tight, other), f"which of the product and {op} binds first", out[0][2].start, out[-1][2].end)

    def fold(self, op: str, nodes: list[Node]) -> Node:
        node = nodes[0]
        for right in nodes[1:]:
            node = Infix(op, node, right)
        return node

    def product(self, parts: list[tuple[str, Node, Item]]) -> Node:
        if len(parts) == 1:
            return parts[0][1]
        return Mul(
            tuple(node for _, node, _ in parts), tuple(k > 0 and op == "·" for k, (op, _, _) in enumerate(parts))
        )

    # -- one factor ----------------------------------------------------------------------------------------------

    def factor(self, items: Items, i: int) -> tuple[Node, int]:
        """The factor that begins at items[i], and where the next begins."""
        item = items[i]
        match item.kind:
            case "num":
                return self.scripts(Num(float(item.text), item.text), item), i + 1
            case "name":
                return self.named(items, i)
            case "group":
                return self.grouped(items, i)
            case "frac":
                return self.fraction(items, i)
            case "sqrt":
                body = self.expr(item.args[0])
                if item.args[1]:
                    return self.scripts(Pow(body, Div(Num(1.0, "1"), self.expr(item.args[1]))), item), i + 1
                return self.scripts(Fn("sqrt", (body,)), item), i + 1
            case "env":
                return self.environment(item), i + 1
            case "func":
                return self.function(items, i)
            case "big":
                return self.big(items, i)
            case "nabla":
                return self.nabla(items, i)
            case "partial":
                return self.partial(items, i)
            case "leftbar":
                names, values = self.bindings(item, item.args[0])
                body = self.within(names, values, lambda: self.expr(item.args[0]))
                return At(body, tuple(names), tuple(values)), i + 1
            case "text":
                raise unreadable(f"the words “{item.text}” stand inside an expression", item.start, item.end)
        raise unreadable(f"{item.text or item.kind} is not read here", item.start, item.end)

    def named(self, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        symbol, rest = self.lookup(item)
        if symbol is not None and item.text == "d" and item.style == "rm" and self.moves(items, i):
            return self.differential(items, i)
        if symbol is not None:
            if symbol.kind == "function":
                return self.applied(self.fun_of(symbol), rest, items, i + 1)
            return self.array_or_call(symbol, rest, items, i)
        if (axis := self.index_axis(self.name(item))) and not item.sub and is_letter(item):
            return self.scripts(Idx(axis), item), i + 1
        special = self.special(items, i)
        if special is not None:
            return special
        swapped = self.symbols.get(item.text.upper()) if item.sub and item.text.islower() else None
        if swapped is not None and swapped.kind == "array" and self.is_matrix(swapped):  # a_{ij} of A
            index = self.indices(item.sub, two=True)
            if len(index) == 2:
                return self.scripts(Entry(Var(swapped.name), tuple(index)), replace(item, sub=())), i + 1
            raise Refusal(
                    f"{item.text} is not declared, and one index does not say whether a row or a column of "
                    f"{swapped.name} is meant; write {swapped.name}_{{i,:}} or {swapped.name}_{{:,j}}, or declare it",
                    item.start, item.end, kind="undeclared",
                )  # fmt: skip
        following = items[i + 1] if i + 1 < len(items) else None
        if item.text in ("O", "o", "Θ", "Ω") and following is not None and following.text == "()":
            raise Refusal(f"{item.text}(…) says how fast something shrinks, which no finite check can settle: write "
                          "the remainder out, or bound it by ≤", item.start, following.end, status="unreadable",
                          kind="asymptotic")  # fmt: skip
        raise undeclared(item.text, item.start, item.end)

    def pair(self, sub: Items) -> tuple[Node, Node] | None:
        """The two indices of an entry of I, which has a size below it otherwise."""
        letters = [item for item in sub if not (item.kind == "op" and item.text == ",")]
        if len(letters) != 2 or any(item.sub or item.sup for item in letters):
            return None
        if len(letters) == len(sub) and any(not is_letter(item) or self.declared(item.text) for item in letters):
            return None
        first, second = self.indices(sub, two=True)
        return first, second

    def moves(self, items: Items, i: int) -> bool:
        """Whether the d at items[i] is a differential's: something stands behind it that can move."""
        item, following = items[i], items[i + 1] if i + 1 < len(items) else None
        return not item.sub and not item.sup and following is not None and following.kind in (
            "name", "func", "group", "frac")  # fmt: skip

    def is_matrix(self, symbol: Symbol) -> bool:
        cols = symbol.shape.cols
        return symbol.shape.rows is not None and not (isinstance(cols, Num) and cols.value == 1)

    def special(self, items: Items, i: int) -> tuple[Node, int] | None:
        """Names that mean something by themselves when nothing declares them."""
        item = items[i]
        text, style = item.text, item.style
        if text == "d" and style in ("", "rm") and self.moves(items, i):
            return self.differential(items, i)
        if text == "d" and style in ("", "rm") and key(item.sup) in ("2", "3", "4"):
            first = (*items[:i], replace(item, sup=()), *items[i + 1 :])
            if self.moves(first, i):  # d²f: the differential of df, where that of dx is 0
                node, j = self.differential(first, i)
                for _ in range(int(key(item.sup)) - 1):
                    node = Differential(node, ())
                return node, j
        if text == "e" and not item.sub:
            if not item.sup:
                return Num(math.e, "e"), i + 1
            node = Fn("exp", (self.expr(item.sup),))
            return node, i + 1
        if text == "e" and item.sub and not item.primes:
            index = self.indices(item.sub)
            if len(index) == 1:
                return self.scripts(Unit("e", None, index[0]), replace(item, sub=())), i + 1
        if text == "π" and not item.sub:
            return self.scripts(Num(math.pi, "π"), item), i + 1
        if text == "∞":
            raise unreadable("limits and infinite sums are not checked", item.start, item.end)
        if text == "I" or (text in "10" and style in ("bold", "bb", "")):
            if text == "I" and (pair := self.pair(item.sub)) is not None:
                return self.scripts(Delta(*pair), replace(item, sub=())), i + 1
            size = self.expr(item.sub) if item.sub else None
            if text == "I" and isinstance(size, Mul):
                raise unreadable("the size of I is one number", item.start, item.end)
            return self.scripts(Unit(text, size), replace(item, sub=())), i + 1
        if text == "δ" and item.sub:
            index = self.indices(item.sub, two=True)
            if len(index) == 2:
                return self.scripts(Delta(*index), replace(item, sub=())), i + 1
        if text == "σ" and not item.sub:
            return self.applied(self.builtin("sigmoid"), item, items, i + 1)
        if text in ("J", "H", "D") and style in ("", "rm", "bold"):
            return self.jacobian(items, i)
        if text == "Δ" and not item.sub and not item.sup and i + 1 < len(items) and self.function_at(items[i + 1])[0]:
            second = replace(item, kind="nabla", text="", sup=(Item("num", "2", item.start, item.end),))
            hessian, j = self.nabla((*items[:i], second, *items[i + 1 :]), i)
            return Fn("tr", (hessian,)), j
        if text in "EP" and style == "bb":
            raise unreadable("expectations and probabilities are not checked: write the sum over the data", item.start,
                             item.end)  # fmt: skip
        return None

    def array_or_call(self, symbol: Symbol, item: Item, items: Items, i: int) -> tuple[Node, int]:
        following = items[i + 1] if i + 1 < len(items) else None
        if symbol.kind == "size":
            return self.scripts(Size(symbol.name), item), i + 1
        if (
            symbol.definition is not None and following is not None and following.kind == "group"
            and following.text == "()" and not item.sup and len(following.args[0]) >= 1
        ):  # fmt: skip
            # f was defined without arguments and is written f(x): its own variable, or a product?
            names = [self.lookup(part[0])[0] for part in _split(following.args[0], ",") if len(part) == 1
                     and part[0].kind == "name"]  # fmt: skip
            inside = self.symbols.closure([symbol.definition])
            if names and all(each is not None and each.name in inside for each in names) and symbol.shape.scalar:
                called = self.scripts(Var(symbol.name), replace(item, sup=()))
                return self.scripts(called, following), i + 2
        if item.primes:
            raise ambiguous(
                f"{symbol.name}' may be a transpose, a derivative or another name: write ^\\top, a derivative, or "
                f"declare {symbol.name}'", item.start, item.end,
            )  # fmt: skip
        node: Node = Var(symbol.name)
        if symbol.name.endswith(NUMBERED) and (number := numbered(item)):
            node = self.member(symbol, self.indices(number), item)
            item = replace(item, sup=item.sup[1:])
            if item.sub:
                node = Entry(node, tuple(self.indices(item.sub)))
            return self.scripts(node, replace(item, sub=())), i + 1
        if symbol.columns and item.sub:
            return self.scripts(self.member(symbol, self.indices(item.sub), item), replace(item, sub=())), i + 1
        if symbol.family and item.sub:
            index = self.indices(item.sub)
            many = len(symbol.family)
            if len(index) < many:
                raise unreadable(f"{symbol.name} wants {many} indices", item.start, item.end)
            node = Entry(node, tuple(index[:many]))
            if index[many:]:
                node = Entry(node, tuple(index[many:]))
            return self.scripts(node, replace(item, sub=())), i + 1
        if symbol.family:
            raise Refusal(f"{symbol.name} is a family {symbol.name}_{symbol.family[0]}: say which member",
                          item.start, item.end, kind="shape")  # fmt: skip
        if item.sub:
            node = self.entry_of(symbol, item)
            item = replace(item, sub=())
        return self.scripts(node, item), i + 1

    def member(self, symbol: Symbol, index: list[Node], item: Item) -> Node:
        """A member of a family, or an entry of one."""
        if not index or len(index) > 2:
            raise unreadable(f"{item.text} wants one index", item.start, item.end)
        if symbol.columns and not isinstance(index[0], Colon):
            node: Node = Entry(Var(symbol.name), (Colon(), index[0]))
        elif symbol.columns:
            return Entry(Var(symbol.name), tuple(index))  # as it is shown
        else:
            node = Entry(Var(symbol.name), (index[0],))
        return Entry(node, tuple(index[1:])) if index[1:] else node

    def entry_of(self, symbol: Symbol, item: Item) -> Node:
        """An entry; two indices on a vector x mean the matrix X, if there is one."""
        index = self.indices(item.sub, two=self.is_matrix(symbol))
        upper = self.symbols.get(item.text.upper()) if item.text.islower() else None
        if upper is not None and upper.kind == "array" and self.is_matrix(upper) and not self.is_matrix(symbol):
            both = self.indices(item.sub, two=True)
            if len(both) == 2:
                return Entry(Var(upper.name), tuple(both))
        return Entry(Var(symbol.name), tuple(index))

    # -- scripts -------------------------------------------------------------------------------------------------

    def indices(self, sub: Items, two: bool = False) -> list[Node]:
        """The indices of a subscript: `ij`, `i,j`, `i+1`, `1n`, `i,:`."""
        parts = list(_split(sub, ","))
        if any(not part for part in parts):
            raise unreadable("an index is missing", sub[0].start, sub[-1].end)
        if len(parts) == 1 and len(sub) > 1 and not any(item.kind == "op" and item.text in "+-" for item in sub):
            parts = [(item,) for item in sub]
        if two and len(parts) == 1 and len(parts[0]) == 1 and parts[0][0].kind == "num" and len(parts[0][0].text) == 2:
            number = parts[0][0]
            parts = [(replace(number, text=digit),) for digit in number.text]
        return [self.index(part) for part in parts]

    def index(self, items: Items) -> Node:
        if len(items) == 1 and items[0].kind == "op" and items[0].text in (":", "·", "*", "∙"):
            return Colon()
        for item in items:
            if item.kind == "name" and is_letter(item) and not item.sub and not item.sup:
                self.touch(item)
            elif not (item.kind == "num" or (item.kind == "op" and item.text in "+-")):
                raise unreadable("this subscript is not an index", item.start, item.end)
        return self.expr(items)

    def touch(self, item: Item) -> None:
        """Make an undeclared letter in index position a free index."""
        name = self.name(item)
        symbol = self.symbols.get(name)
        if self.index_axis(name) is not None:
            return
        if symbol is not None:
            if symbol.kind != "size":
                raise unreadable(f"{item.text} is declared as something else than an index", item.start, item.end)
            return
        bounds = self.symbols.range(name)
        self.free[name] = Axis(name, *(bounds or (None, None)))

    def scripts(self, node: Node, item: Item) -> Node:
        """The node with an item's subscript, primes and superscript applied."""
        if item.primes:
            raise unreadable("a prime is read on functions only", item.start, item.end)
        if item.sub:
            node = Entry(node, tuple(self.indices(item.sub)))
        return self.power(node, item)

    def power(self, node: Node, item: Item) -> Node:
        sup = item.sup
        if not sup:
            return node
        texts = [(each.kind, each.text) for each in sup]
        transposes = ("op", "⊤"), ("name", "T"), ("name", "⊤")
        signs = sup[0].kind == "op" and sup[0].text == "-"
        if texts in ([("text", "T")], [("text", "⊤")]):
            return T(node)
        if len(sup) == 1 and texts[0] in transposes and not sup[0].sup:
            return T(node)
        if signs and len(sup) == 2 and texts[1] in transposes:
            return T(Pow(node, MINUS_ONE))
        if sup[0].kind == "op" and sup[0].text in ("∘", "⊙") and len(sup) > 1:
            return Pow(node, self.expr(sup[1:]), elementwise=True)
        bad = next((each for each in sup if each.kind == "op" and each.text in ("*", "†", "⊤", "⊥", "+", "′")), None)
        if bad is not None and not (bad.text == "+" and len(sup) > 1 and bad is not sup[0]):
            raise unreadable(f"the superscript {bad.text} is not read here", bad.start, bad.end)
        if len(sup) == 1 and sup[0].kind == "group":
            raise ambiguous("a superscript in brackets may be a derivative, an iterate or a power", sup[0].start,
                            sup[0].end)  # fmt: skip
        if texts in ([("name", "H")], [("func", "H")]) and not self.declared("H"):
            raise unreadable("the conjugate transpose is not read: everything here is real", sup[0].start, sup[0].end)
        return Pow(node, self.expr(sup))

    # -- groups --------------------------------------------------------------------------------------------------

    def grouped(self, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        inner = item.args[0] if item.args else ()
        if item.text == "{}":
            if not inner:
                raise unreadable("a script stands on nothing", item.start, item.end)
            return self.scripts(self.expr(inner), item), i + 1
        if not inner:
            raise unreadable("empty brackets", item.start, item.end)
        if item.text == "‖‖":
            return self.norm(item, inner), i + 1
        if item.text == "||":
            return self.scripts(Fn("abs", (self.expr(inner),)), item), i + 1
        if item.text == "⟨⟩":
            parts = _split(inner, ",")
            if len(parts) != 2:
                raise unreadable("⟨ , ⟩ wants two items", item.start, item.end)
            node = Fn("inner", (self.expr(parts[0]), self.expr(parts[1])))
            if item.sub and key(item.sub) == "F":
                item = replace(item, sub=())
            elif item.sub:
                raise unreadable("this inner product is not read", item.start, item.end)
            return self.scripts(node, item), i + 1
        if item.text not in ("()", "[]", "\\{\\}"):
            raise unreadable(f"the brackets {item.text} are not read here", item.start, item.end)
        if item.primes and (primed := self.primed(items, i)) is not None:
            return primed
        bracketed = self.derived_function(items, i)
        if bracketed is not None:
            return bracketed
        function = self.composed(inner) if inner[0].kind != "nabla" else None
        if function is not None:
            return self.applied(function, replace(item, args=()), items, i + 1)
        if any(each.kind == "op" and each.text in (",", ";") for each in inner):
            if item.text == "\\{\\}":
                raise unreadable("a set is not a value", item.start, item.end)
            return self.scripts(self.tuple_of(item, inner), item), i + 1
        if item.text == "[]" and any(each.kind == "dots" for each in inner):
            inner = tuple(itertools.chain.from_iterable((each, Item("op", ",")) for each in inner))[:-1]
            return self.scripts(self.tuple_of(item, inner), item), i + 1
        relation = next((each for each in inner if each.kind == "op" and each.text in RELATIONS), None)
        if relation is not None:
            raise unreadable("a relation stands inside brackets", relation.start, relation.end)
        if item.sub and (array := self.by_entries(item, inner)) is not None:
            return array, i + 1
        return self.scripts(self.expr(inner), item), i + 1

    def by_entries(self, item: Item, inner: Items) -> Node | None:
        """`(a_{ij})_{ij}`, `[a_{ij}]_{m×n}`, `(x_i)_{i=1}^n`: the array of what the brackets hold, for all values of
        its indices; None if the subscript can only pick an entry. Below `_{m×n}` the rows' letter is the earlier one.
        """
        sizes = _split(item.sub, "×")
        if len(sizes) == 2:
            names = self.letters_in(inner)
            if len(names) != 2:
                raise unreadable("what stands in the brackets of an m×n array has two indices, as in (a_{ij})_{m×n}",
                                 item.start, item.end)  # fmt: skip
            axes = [Axis(name, Num(1.0, "1"), self.expr(size)) for name, size in zip(names, sizes, strict=True)]
            return self.power(self.gathered(axes, inner), item)
        if any(each.kind == "op" and each.text in RELATIONS for each in item.sub):
            above = any(each.text == "=" for each in item.sub)  # the superscript is their last value, and no power
            axes, conditions, moving = self.limits(item if above else replace(item, sup=()))
            if conditions or moving or len(axes) > 2:
                raise unreadable("an array has one or two indices, and no condition on them", item.start, item.end)
            array = self.gathered(axes, inner)
            return array if above else self.power(array, item)
        letters = [each for each in item.sub if not (each.kind == "op" and each.text == ",")]
        names = [self.name(each) for each in letters]
        plain = all(is_letter(each) and not each.sub and not each.sup and not self.declared(self.name(each))
                    for each in letters)  # fmt: skip
        outer = {name for scope in self.bound for name in scope}
        if not plain or len(letters) > 2 or len(set(names)) < len(names) or outer & set(names):
            return None
        if not set(self.letters_in(inner)) >= set(names):
            return None
        entry = self.scripts(self.expr(inner), item)
        array = self.power(self.gathered(self.axes(names), inner), item)
        return Choice((array, entry), "whether a subscript picks an entry or names indices", item.start, item.end)

    def letters_in(self, inner: Items) -> list[str]:
        """The indices that some items leave free, by alphabet."""
        saved = dict(self.free)
        outer = {axis for scope in self.bound for axis in scope.values()}
        found = sorted(axis.name for axis in free_axes(self.expr(inner), self.symbols) - outer)
        self.free = saved
        return found

    def axes(self, names: list[str]) -> list[Axis]:
        """Indices of these names, in the ranges declared for them."""
        return [Axis(name, *(self.symbols.range(name) or ())) for name in names]

    def gathered(self, axes: list[Axis], inner: Items) -> Node:
        """The array whose entries are what some items are for all values of these indices."""
        self.bound.append({axis.name: axis for axis in axes})
        try:
            return Gather(tuple(axes), self.expr(inner))
        finally:
            self.bound.pop()

    def primed(self, items: Items, i: int) -> tuple[Node, int] | None:
        """`(fg)'`, `(f/g)'(t)`, `(g ∘ h)'`: what is made of functions of one real number is another one."""
        item, following = items[i], items[i + 1] if i + 1 < len(items) else None
        called = self.composed(item.args[0])
        functions = [self.function_at(each)[0] for each in _names(item.args[0])]
        if not functions or not all(each is not None and each.scalar for each in functions) or item.sub:
            return None
        saved = self.variable, self.latest
        self.variable, self.latest = None, None
        try:
            point = self.anywhere()
            body = called.call([point]) if called is not None else self.expr(item.args[0])
        finally:
            self.variable, self.latest = saved
        for _ in range(item.primes):
            body = Deriv(body, point, "mixed")
        if following is not None and following.kind == "group" and following.text == "()" and not item.sup:
            node = At(body, (point.name,), (self.expr(following.args[0]),))
            return self.scripts(node, following), i + 2
        return self.power(body, item), i + 1

    def derived_function(self, items: Items, i: int) -> tuple[Node, int] | None:
        """`(∇g)(Ax + b)`: the bracket holds the function that the next bracket's argument goes to."""
        inner = items[i].args[0]
        following = items[i + 1] if i + 1 < len(items) else None
        if following is None or following.kind != "group" or following.text != "()" or items[i].sup or items[i].sub:
            return None
        gradient = len(inner) == 2 and inner[0].kind == "nabla" and not inner[1].sup and not inner[1].primes
        if gradient and self.function_at(inner[1])[0] is not None:
            return self.nabla((*inner, following), 0)[0], i + 2
        if len(inner) == 1 and inner[0].kind == "name":
            function, rest = self.function_at(inner[0])
            if function is not None and not rest.sup:
                return self.applied(function, rest, (inner[0], following), 1)[0], i + 2
        return None

    def norm(self, item: Item, inner: Items) -> Node:
        body = self.expr(inner)
        sub, sub_items = key(item.sub), item.sub
        item = replace(item, sub=())
        names = {"": "norm", "2": "norm2", "1": "norm1", "F": "normF", "∞": "norminf", "*": "normnuc"}
        if sub in names:
            return self.scripts(Fn(names[sub], (body,)), item)
        source = item
        symbol = self.lookup(sub_items[0])[0] if len(sub_items) == 1 and sub_items[0].kind == "name" else None
        if symbol is not None and symbol.kind == "array" and not symbol.shape.scalar:
            raise unreadable("a norm weighted by a matrix is not read; write it out", source.start, source.end)
        return self.scripts(Fn("normp", (body, self.expr(sub_items))), item)

    def tuple_of(self, item: Item, inner: Items) -> Node:
        """`(a, b)` is a column or a row as the shapes want; `[a, b]` lies across; `;` starts a new row."""
        rows = [_split(row, ",") for row in _split(inner, ";")]
        rows = [list(row) for row in rows]
        if any(not part for row in rows for part in row):
            raise unreadable("an item of the tuple is missing", item.start, item.end)
        if len(rows) > 1:
            return Block(tuple(tuple(self.expr(part) for part in row) for row in rows))
        cells = rows[0]
        dot = [k for k, part in enumerate(cells) if len(part) == 1 and part[0].kind == "dots"]
        if dot:
            if len(dot) != 1 or dot[0] == 0 or dot[0] != len(cells) - 2:
                raise unreadable("dots in a tuple want items before them and exactly one after", item.start, item.end)
            before = [self.expr(part) for part in cells[: dot[0]]]
            axis, body = dots.generalise(before, self.expr(cells[-1]), "k", item.start, item.end)
            across: Node = Gather((axis,), body, across=True)
            if item.text == "[]":
                return across
            return Choice((Gather((axis,), body), across), "whether a tuple is a column or a row", item.start, item.end)
        nodes = [self.expr(part) for part in cells]
        row = Block((tuple(nodes),))
        if item.text == "[]":
            return row
        return Choice((Block(tuple((node,) for node in nodes)), row), "whether a tuple is a column or a row",
                      item.start, item.end)  # fmt: skip

    # -- fractions and derivatives -------------------------------------------------------------------------------

    def fraction(self, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        top, bottom = item.args
        if (self.is_d(top) and self.is_d(bottom)) or self.is_leibniz(top, bottom):
            return self.derivative(top, bottom, items, i)
        return self.scripts(Div(self.expr(top), self.expr(bottom)), item), i + 1

    def is_d(self, items: Items) -> bool:
        """Whether a numerator or denominator begins with ∂ or a differential d."""
        if not items:
            return False
        first = items[0]
        if first.kind == "partial":
            return True
        return first.kind == "name" and first.text == "d" and first.style in ("", "rm") and not self.declared("d")

    def is_leibniz(self, top: Items, bottom: Items) -> bool:
        """`d/dt`, `d²/dt²`, `df/dt` though d is declared, as a size or (`d` alone above) a direction."""
        heads = top[:1] + bottom[:1]
        if any(each.kind != "name" or each.text != "d" or each.style not in ("", "rm") for each in heads):
            return False
        size = (symbol := self.symbols.get("d")) is not None and symbol.kind == "size"
        return len(heads) == 2 and len(bottom) == 2 and bottom[1].kind == "name" and (
            size or len(top) == 1 or all(each.style == "rm" for each in heads))  # fmt: skip

    def derivative(self, top: Items, bottom: Items, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        order = int(top[0].sup[0].text) if top[0].sup and top[0].sup[0].kind == "num" else 1
        if top[0].sup and (len(top[0].sup) != 1 or top[0].sup[0].kind != "num"):
            raise unreadable("the order of a derivative is a number", top[0].start, top[0].end)
        slotted = self.slot_derivative(top[1:], bottom, order, items, i)
        if slotted is not None:
            return slotted
        variables = self.denominators(bottom)
        if variables:
            self.latest = _base(variables[-1])
        if len(variables) != order:
            raise unreadable(
                f"the numerator says order {order}, the denominator {len(variables)}", item.start, item.end
            )
        if item.sub:
            raise unreadable(
                "the subscript of this derivative is not read; put brackets around it", item.start, item.end
            )

        def build(body: Node) -> Node:
            node = body
            for k, variable in enumerate(reversed(variables)):
                if k and len(variables) > 1 and not _entrywise(variables):
                    node = Deriv(node, variable, "hessian")
                else:
                    node = Deriv(node, variable, self.symbols.layout)
            return node

        rest = top[1:]
        if rest:
            if any(each.kind == "op" and each.text in "+-" for each in rest):
                raise ambiguous("put what is differentiated in brackets", rest[0].start, rest[-1].end)
            return self.power(build(self.under(variables[-1], rest)), item), i + 1
        if item.sup:
            raise ambiguous("a power of a derivative operator", item.start, item.end)
        return self.operate(build, variables[-1], items, i + 1, item)

    def slot_derivative(self, rest: Items, bottom: Items, order: int, items: Items, i: int
                        ) -> tuple[Node, int] | None:  # fmt: skip
        """`∂f/∂y (t, y(t))`: the derivative for one argument of f, taken at a point; None if it is nothing of the kind.

        Without a point it stands where a hypothesis such as `F(x(θ), θ) = 0` takes the function, and `∂h/∂g` for a
        function g at the value of g.
        """
        if len(rest) != 1 or len(bottom) % 2:
            return None
        function, left = self.function_at(rest[0])
        if function is None or left.sup or left.primes:
            return None
        following = items[i + 1] if i + 1 < len(items) else None
        symbol = self.symbols.get(function.name)
        places: list[Items] = []
        point = symbol.point if symbol else ()
        if following is not None and following.kind == "group" and following.text == "()":
            places = _split(following.args[0], ",")
            if function.arity == 1 and not all(map(_place, places)):
                places, point = [], ()  # ∂f/∂x (x - a): a product
        point = () if places else point or self.inner_point(function, bottom)
        if not places and not point:
            return None
        if places and (len(places) != function.arity or not all(places)):
            return None
        slots = [self.slot(function, places, bottom[k]) for k in range(1, len(bottom), 2)]
        if None in slots or any(bottom[k].kind not in ("partial", "name") for k in range(0, len(bottom), 2)):
            return None
        args = [self.expr(part) for part in places] or list(point)
        names = [self.dummy() for _ in args]
        body = function.call([Var(name) for name in names])
        if left.sub:
            body = Entry(body, tuple(self.indices(left.sub)))
        variables: list[Node] = []
        for slot, item in zip(slots, bottom[1::2], strict=True):
            assert slot is not None
            times = int(item.sup[0].text) if len(item.sup) == 1 and item.sup[0].kind == "num" else 1
            variable: Node = Var(names[slot])
            if item.sub:
                variable = Entry(variable, tuple(self.indices(item.sub)))
            if item.sup and times == 1:
                variable = T(variable)
            variables += [variable] * times
        if len(variables) != order:
            raise unreadable(f"the numerator says order {order}, the denominator {len(variables)}", items[i].start,
                             items[i].end)  # fmt: skip
        for k, variable in enumerate(reversed(variables)):
            layout = "hessian" if k and not _entrywise(variables) else self.symbols.layout
            body = Deriv(body, variable, layout)
        node: Node = At(body, tuple(names), tuple(args))
        if places and following is not None:
            return self.scripts(node, following), i + 2
        return self.power(node, items[i]), i + 1

    def inner_point(self, function: Fun, bottom: Items) -> tuple[Node, ...]:
        """The value of g, at which `∂h/∂g` and `∂²h/∂g_i∂g_j` stand if g is a function; nothing if it is none."""
        names = {(item.kind, self.name(item)) for item in bottom[1::2]}
        inner = replace(bottom[1], sub=(), sup=())
        symbol = self.lookup(inner)[0] if inner.kind == "name" else None
        if function.arity != 1 or len(names) != 1 or symbol is None or self.function_at(inner)[0] is None:
            return ()
        return (self.expr((inner,)),)

    def slot(self, function: Fun, places: list[Items], item: Item) -> int | None:
        """Which argument of a function a denominator's name stands for."""
        if item.kind != "name":
            return None
        symbol = self.symbols.get(function.name)
        named = list(symbol.slots or symbol.params) if symbol is not None else []
        wanted = self.name(replace(item, sub=()))
        for k, name in enumerate(named):
            if name.partition("^")[0] == wanted:
                return k
        if function.arity == 1 and not (symbol is not None and symbol.point):
            return 0
        heads = [part[0] for part in places]
        found = [k for k, head in enumerate(heads) if head.kind == "name" and head.text == item.text]
        return found[0] if len(found) == 1 else None

    def denominators(self, bottom: Items) -> list[Node]:
        out: list[Node] = []
        k = 0
        while k < len(bottom):
            first = bottom[k]
            sign = self.is_d(bottom[k:]) or (first.kind == "name" and first.text == "d")
            if not sign or first.sup:
                raise unreadable("the denominator of a derivative reads ∂x ∂y …", bottom[k].start, bottom[k].end)
            if k + 1 >= len(bottom):
                raise unreadable("a variable is missing after ∂", bottom[k].start, bottom[k].end)
            target = bottom[k + 1]
            if target.kind == "func" and target.text == "vec" and k + 2 < len(bottom):
                out.append(self.vectorised(bottom[k + 2]))
                k += 3
                continue
            times = 1
            if len(target.sup) == 1 and target.sup[0].kind == "num":
                times = int(target.sup[0].text)
                target = replace(target, sup=())
            out += [self.target(target)] * times
            k += 2
        return out

    def vectorised(self, item: Item) -> Node:
        """The variable `vec X`, `vec(X)`, `vec(X)^⊤`."""
        inner = item.args[0] if item.kind == "group" else (replace(item, sup=()),)
        if len(inner) != 1:
            raise unreadable("one differentiates by vec of a name", item.start, item.end)
        node: Node = Fn("vec", (self.target(inner[0]),))
        if item.sup and not isinstance(self.power(node, item), T):
            raise unreadable("one differentiates by vec X or its transpose", item.start, item.end)
        return T(node) if item.sup else node

    def target(self, item: Item) -> Node:
        """The variable of a derivative: a name, its transpose, an entry of it, or `vec X`."""
        if item.kind == "group" and item.text == "()" and not item.sub and not item.sup and len(item.args[0]) == 1:
            item = item.args[0][0]
        if item.kind != "name":
            raise unreadable("one differentiates by a name or an entry of it", item.start, item.end)
        numbers = numbered(item)
        known = self.lookup(item)[0] if numbers else None
        if numbers and known is not None and known.name.endswith(NUMBERED) and len(item.sup) == 1:
            if known.kind != "array":
                raise unreadable(f"{item.text} is not a variable that one can differentiate by", item.start, item.end)
            member = self.member(known, self.indices(numbers), item)
            return Entry(member, tuple(self.indices(item.sub))) if item.sub else member
        exact = known is not None and not known.name.endswith(NUMBERED)
        transposed = bool(item.sup) and not (exact and len(item.sup) == 1)
        if transposed:
            above = item.sup[1:] if exact else item.sup
            if not isinstance(self.power(Num(1.0, "1"), replace(item, sup=above)), T):
                raise unreadable("one differentiates by a name, its transpose or an entry", item.start, item.end)
            item = replace(item, sup=item.sup[:1] if exact else ())
        symbol, rest = self.lookup(item)
        if symbol is None and item.sub:
            swapped = self.symbols.get(item.text.upper()) if item.text.islower() else None
            if swapped is not None and swapped.kind == "array" and self.is_matrix(swapped):
                index = self.indices(item.sub, two=True)
                if len(index) == 2:
                    return Entry(Var(swapped.name), tuple(index))
        if symbol is None:
            raise undeclared(item.text, item.start, item.end)
        if symbol.kind == "function":
            name = item.text
            raise unreadable(f"by a function {name} one differentiates what takes its value, as in ∂h/∂{name}; or name "
                             f"the value, y = {name}(x)", item.start, item.end)  # fmt: skip
        if symbol.kind != "array":
            raise unreadable(f"{item.text} is not a variable that one can differentiate by", item.start, item.end)
        node: Node = Var(symbol.name)
        if rest.sub and symbol.columns:
            node = self.member(symbol, self.indices(rest.sub), item)
        elif rest.sub and symbol.family:
            node = Entry(node, tuple(self.indices(rest.sub)))
        elif rest.sub:
            node = self.entry_of(symbol, rest)
        elif symbol.family:
            raise Refusal(f"say which member of {symbol.name}", item.start, item.end, kind="shape")
        return T(node) if transposed else node

    def under(self, variable: Node, items: Items, *, term: bool = True) -> Node:
        """Read what is differentiated, so that a bare function stands at the variable."""
        saved, self.variable = self.variable, variable
        try:
            return self.term(items) if term else self.expr(items)
        finally:
            self.variable = saved

    def operate(self, build: Callable[[Node], Node], variable: Node | None, items: Items, i: int, mark: Item
                ) -> tuple[Node, int]:  # fmt: skip
        """Apply an operator to what follows: a bracket alone, else the whole product."""
        if i >= len(items):
            raise unreadable("nothing stands after the operator", mark.start, mark.end)
        saved, self.variable = self.variable, variable if variable is not None else self.variable
        try:
            first = items[i]
            rest = items[i:]
            if (
                first.kind == "group"
                and first.text in ("()", "[]", "\\{\\}")
                and ((first.args[0][:1] and first.args[0][0].kind == "nabla") or self.composed(first.args[0]) is None)
            ):
                if (
                    first.sup or first.sub
                ) and mark.kind == "frac":  # d/dt (…)^{-1}: of the power, as everyone reads it
                    return build(self.factors(rest)), len(items)
                if first.sup or first.sub:
                    raise ambiguous(
                        "a script after ∇(…) or ∂(…) may belong to the bracket or to the derivative: write "
                        "∇((…)^2) or (∇(…))^2", first.start, first.end,
                    )  # fmt: skip
                inside = build(self.expr(first.args[0]))
                if i + 1 == len(items):
                    return inside, i + 1
                following = items[i + 1]
                if following.kind == "op":
                    return inside, i + 1
                whole = build(self.factors(rest))
                tail = self.factors(items[i + 1 :])
                return (
                    Choice((Mul((inside, tail), (False, False)), whole), "how far the derivative reaches", mark.start,
                           rest[-1].end), len(items),
                )  # fmt: skip
            return build(self.factors(rest)), len(items)
        finally:
            self.variable = saved

    def nabla(self, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        order = 1
        if item.sup:
            if key(item.sup) != "2":
                raise unreadable("of the powers of ∇ only ∇² (the Hessian) is read", item.start, item.end)
            order = 2
        if item.primes:
            raise unreadable("∇ takes no prime", item.start, item.end)
        variables: list[Node] = []
        if item.sub and (node := self.nabla_slot(items, i, order)) is not None:
            return node
        if item.sub:
            sub = item.sub
            if order == 2 and len(sub) == 2:
                variables = [self.target(sub[0]), self.target(sub[1])]
            elif len(sub) == 1:
                variables = [self.target(sub[0])] * order
            else:
                raise unreadable("∇ wants one variable below it", item.start, item.end)
        if i + 1 >= len(items):
            raise unreadable("∇ stands alone", item.start, item.end)

        def build(body: Node, at: list[Node] | None = None) -> Node:
            options = [[v] * order for v in self.guess(body, item)] if not (at or variables) else [at or variables]
            made = []
            for option in options:
                node = Deriv(body, option[-1], self.symbols.layout, True)
                made.append(Deriv(node, option[0], "hessian", True) if order == 2 else node)
            return made[0] if len(made) == 1 else Choice(tuple(made), "which variable ∇ is for", item.start, item.end)

        following = items[i + 1]
        function, rest_item = self.function_at(following)
        if function is not None:
            return self.nabla_function(function, rest_item, items, i + 1, variables, order, build)
        if following.kind == "name":
            symbol, rest = self.lookup(following)
            if symbol is not None and symbol.kind == "array" and symbol.definition is not None:
                return self.nabla_defined(symbol, rest, items, i + 1, build)
        return self.operate(build, variables[-1] if variables else None, items, i + 1, item)

    def nabla_slot(self, items: Items, i: int, order: int) -> tuple[Node, int] | None:
        """`∇_y f(t, y(t))` where y is no array that one could differentiate by, but names an argument of f."""
        sub, following = items[i].sub, items[i + 2] if i + 2 < len(items) else None
        if len(sub) != 1 or following is None or following.kind != "group" or following.text != "()" or order != 1:
            return None
        function, rest = self.function_at(items[i + 1])
        symbol = self.lookup(sub[0])[0]
        if function is None or rest.sub or rest.sup or rest.primes or (symbol is not None and symbol.kind == "array"):
            return None
        places = _split(following.args[0], ",")
        slot = self.slot(function, places, sub[0]) if len(places) == function.arity and all(places) else None
        if slot is None:
            return None
        args = [self.expr(part) for part in places]
        names = [self.dummy() for _ in args]
        body = Deriv(function.call([Var(name) for name in names]), Var(names[slot]), self.symbols.layout, True)
        return self.power(At(body, tuple(names), tuple(args)), following), i + 3

    def nabla_defined(self, symbol: Symbol, item: Item, items: Items, i: int, build: Callable[[Node], Node]
                      ) -> tuple[Node, int]:  # fmt: skip
        """∇y for a name y defined without arguments: it reaches that name alone."""
        body: Node = Var(symbol.name)
        if item.sub:
            body = Entry(body, tuple(self.indices(item.sub, two=self.is_matrix(symbol))))
        if item.sup and not isinstance(self.power(Num(1.0, "1"), item), T):
            raise ambiguous(f"∇{symbol.name}^… may be (∇{symbol.name})^… or ∇({symbol.name}^…): use brackets",
                            item.start, item.end)  # fmt: skip
        node = self.power(build(body), item)
        following = items[i + 1] if i + 1 < len(items) else None
        if following is not None and following.kind == "group" and following.text == "()":
            called, j = self.array_or_call(symbol, replace(item, sup=(), sub=()), items, i)
            if j == i + 2 and isinstance(called, (Var, T)):
                return self.power(build(body), following), j
        if following is not None and following.kind == "name":
            other, _ = self.lookup(following)
            if other is not None and other.definition is not None and other.shape.scalar:
                raise ambiguous("∇ may reach the first factor or the product: use brackets", item.start, item.end)
        return node, i + 1

    def nabla_function(self, function: Fun, item: Item, items: Items, i: int, variables: list[Node], order: int,
                       build: Callable[..., Node]) -> tuple[Node, int]:  # fmt: skip
        following = items[i + 1] if i + 1 < len(items) else None
        index: tuple[Node, ...] = tuple(self.indices(item.sub)) if item.sub else ()

        def component(node: Node) -> Node:
            return Entry(node, index) if index else node

        if item.sup and not isinstance(self.power(Num(1.0, "1"), item), T):
            raise ambiguous(f"∇{function.name}^… may be (∇{function.name})^… or ∇({function.name}^…): use brackets",
                            item.start, item.end)  # fmt: skip
        if following is not None and following.kind == "group" and following.text in ("()", "[]") and not item.sup:
            self.introduce(function, following)
            if variables:
                args = [self.expr(part) for part in _split(following.args[0], ",")]
                body = component(function.call(args))
                return self.power_only(build(body), following), i + 2
            args = [self.expr(part) for part in _split(following.args[0], ",")]
            if len(args) != 1:
                raise ambiguous(f"say for which argument of {function.name}: ∇_x", item.start, item.end)
            node = self.derived_at(function, args[0], component, lambda body, v: build(body, [v] * order))
            if function.scalar and not isinstance(args[0], (Var, Num)):
                whole = build(component(function.call(args)))  # ∇g(f(x)) of a g: ℝ → ℝ is the gradient of g ∘ f
                node = Choice((node, whole), f"how far ∇ reaches before {function.name}", item.start, following.end)
            if following.sub:
                node = Entry(node, tuple(self.indices(following.sub)))
            return self.power_only(node, following), i + 2
        if function.default is not None and not (function.default == () and self.variable is not None):
            default = list(function.default)
        elif variables and isinstance(variables[-1], Var) and function.arity == 1:
            default = [variables[-1]]
        elif self.variable is not None and function.arity == 1:
            default = [_base(self.variable)]
        else:
            default = [self.moving_point(function) or self.somewhere(function)]
        body = component(function.call(default))
        if variables:
            node = build(body)
        elif len(default) != 1:
            raise ambiguous(f"say for which argument of {function.name}: ∇_x", item.start, item.end)
        else:
            node = build(body, [default[0]] * order)
        if following is not None and self.function_at(following)[0] is not None and not item.sup:
            raise ambiguous("∇ may reach the first function or the product: use brackets", item.start, item.end)
        return self.power(node, replace(item, sub=())), i + 1

    def power_only(self, node: Node, item: Item) -> Node:
        return self.power(node, item)

    def somewhere(self, function: Fun) -> Node:
        """The point, left unsaid, at which a function stands."""
        symbol = self.symbols.get(function.name)
        if symbol is None or len(symbol.domain) != 1:
            raise unreadable(f"say where {function.name} is taken, as in {function.name}(x)")
        shape = symbol.domain[0]
        name = "•" + "×".join(show(size) for size in (shape.rows, shape.cols) if size is not None)
        if not self.declared(name):
            self.symbols.scopes[0].symbols[name] = Symbol(name, "array", shape, traits=symbol.domain_traits[0])
        return Var(name)

    def introduce(self, function: Fun, group: Item) -> None:
        """A letter that nobody declared, as the argument of a function with a signature, is what it takes."""
        symbol = self.symbols.get(function.name)
        for k, part in enumerate(_split(group.args[0], ",")):
            if symbol is None or k >= len(symbol.domain) or len(part) != 1 or not is_letter(part[0]):
                continue
            item = part[0]
            if item.sub or item.sup or item.primes or item.text in "πe∞dI01" or self.lookup(item)[0] is not None or (
                self.index_axis(self.name(item)) is not None):  # fmt: skip
                continue
            name = self.name(item)
            traits = symbol.domain_traits[k] if symbol.domain_traits else frozenset()
            self.symbols.scopes[-1].symbols[name] = Symbol(name, "array", symbol.domain[k], traits=traits)

    def anywhere(self) -> Var:
        """A real number that nothing names."""
        if not self.declared("•"):
            self.symbols.scopes[0].symbols["•"] = Symbol("•", "array")
        return Var("•")

    def moving_point(self, function: Fun) -> Node | None:
        """In a formula with `dx`: x, if it is what the function takes."""
        symbol = self.symbols.get(function.name)
        if symbol is None or len(symbol.domain) != 1:
            return None
        wanted = dump(symbol.domain[0].rows), dump(symbol.domain[0].cols)
        found = []
        for name in sorted(self.moving):
            other = self.symbols.get(name)
            if (
                other is not None
                and other.kind == "array"
                and (dump(other.shape.rows), dump(other.shape.cols)) == wanted
            ):
                found.append(other.name)
        return Var(found[0]) if len(found) == 1 else None

    def guess(self, body: Node, item: Item) -> list[Node]:
        """The variables that an unsubscripted ∇ may be for, the likely ones only."""
        names = [
            name for name in sorted(self.symbols.closure([body]))
            if (symbol := self.symbols.get(name)) is not None and symbol.kind == "array" and symbol.definition is None
        ]  # fmt: skip
        families = [name for name in names if (found := self.symbols.get(name)) and found.family]
        names = [name for name in names if name not in families]
        late = [name for name in names if name[0] in LATE]
        chosen = names if len(names) == 1 else late
        if "x" in late and set(late) - {"x"} <= BESIDE_X:
            chosen = ["x"]
        if not names:
            raise unreadable("nothing here varies, so ∇ has no variable", item.start, item.end)
        if not chosen or len(chosen) > 4:
            raise ambiguous(f"∇ may be for any of {', '.join(names)}: write ∇_{{{names[0]}}}", item.start, item.end)
        return [Var(name) for name in chosen]

    def partial(self, items: Items, i: int) -> tuple[Node, int]:
        """`∂f/∂x` in a line, and the operators `∂_x`, `∂_{x_k}`, `∂_k`."""
        item = items[i]
        slash = next((k for k in range(i + 1, len(items)) if items[k].kind == "op" and items[k].text == "/"), None)
        if item.sub:
            if len(item.sub) == 1 and item.sub[0].kind == "name":
                symbol, _ = self.lookup(item.sub[0])
                if symbol is not None and symbol.kind == "array":
                    variable = self.target(item.sub[0])
                    following = items[i + 1] if i + 1 < len(items) else None
                    if following is not None and self.function_at(following)[0] is not None:
                        node, j = self.factor_under(variable, items, i + 1)
                        return Deriv(node, variable, self.symbols.layout), j
                    return self.operate(lambda body: Deriv(body, variable, self.symbols.layout), variable, items, i + 1,
                                        item)  # fmt: skip
                index = self.indices(item.sub)

                def build(body: Node) -> Node:
                    found = self.guess(body, item)
                    if len(found) != 1:
                        raise ambiguous("say which variable: ∂_{x_k}", item.start, item.end)
                    return Deriv(body, Entry(found[0], tuple(index)), self.symbols.layout)

                return self.operate(build, None, items, i + 1, item)
            raise unreadable("∂ wants one variable below it", item.start, item.end)
        if (slash is None or not self.is_d(items[slash + 1 : slash + 2])) and self.moves(items, i):
            return self.differential(items, i)  # ∂(X⁻¹), as the Matrix Cookbook writes
        if slash is None or not self.is_d(items[slash + 1 : slash + 2]):
            raise unreadable("∂ stands alone", item.start, item.end)
        if slash == i + 1:
            variable = self.target(items[slash + 2])
            return self.operate(
                lambda body: Deriv(body, variable, self.symbols.layout), variable, items, slash + 3, item
            )
        node, j = self.derivative(items[i:slash], items[slash + 1 : slash + 3], (replace(item, sub=(), sup=()),), 0)
        return node, slash + 3

    def factor_under(self, variable: Node, items: Items, i: int) -> tuple[Node, int]:
        saved, self.variable = self.variable, variable
        try:
            return self.factor(items, i)
        finally:
            self.variable = saved

    def differential(self, items: Items, i: int) -> tuple[Node, int]:
        """`dX`, `d(X^{-1})`, `d tr(…)`: reaches one factor, with its scripts."""
        following = items[i + 1]
        if following.kind == "group" and following.text in ("()", "[]") and (following.sup or following.sub):
            raise ambiguous("a script after d(…) may belong to the bracket or to the differential", following.start,
                            following.end)  # fmt: skip
        if following.kind == "name" and following.sup:
            transposed = isinstance(self.power(Num(1.0, "1"), following), T)
            if not transposed and any(each.kind == "num" for each in following.sup) and following.sup[0].text != "-":
                raise ambiguous("d x^2 may be d(x^2) or (d x)^2: use brackets", following.start, following.end)
            if transposed:
                node, j = self.differential((*items[: i + 1], replace(following, sup=()), *items[i + 2 :]), i)
                return T(node), j
        body, j = self.factor(items, i + 1)
        return Differential(body, ()), j

    def jacobian(self, items: Items, i: int) -> tuple[Node, int] | None:
        """`J_f(x)`, `J_{g∘f}(x)`, `J_{Ax}`, `H_f(x)`, `D f(x)`."""
        item = items[i]
        which = item.text
        following = items[i + 1] if i + 1 < len(items) else None
        if which == "D" and not item.sub and following is not None:
            if following.kind == "group" and following.text == "()" and not following.sup:
                inside = self.composed(following.args[0])
                if inside is not None:
                    return self.derived(inside, replace(item, sup=()), items, i + 2, "numerator")
            function, rest = self.function_at(following)
            if function is None:
                return None
            return self.derived(function, rest, items, i + 2, "numerator")
        if which == "D" and len(item.sub) == 1 and item.sub[0].kind == "name" and following is not None:
            function, rest = self.function_at(following)
            place = items[i + 2] if i + 2 < len(items) else None
            if function is None or rest.sub or rest.sup or rest.primes or place is None or place.text != "()":
                return None
            self.introduce(function, place)
            return self.directional(function, self.expr(place.args[0]), replace(item, args=(item.sub,), sub=())), i + 3
        if which not in ("J", "H") or not item.sub:
            return None
        sub = item.sub
        function, rest = self.function_at(sub[0]) if len(sub) == 1 else (None, sub[0])
        function = self.composed(sub) or function
        if function is not None and not (len(sub) == 1 and (rest.sub or rest.sup)):
            return self.derived(
                function, replace(item, sub=()), items, i + 1, "hessian" if which == "H" else "numerator"
            )
        if all(is_letter(each) and not self.declared(each.text) for each in sub):
            return None
        if which == "H":
            return None
        body = self.expr(sub[0].args[0] if len(sub) == 1 and sub[0].kind == "group" and sub[0].text == "()" else sub)
        found = self.guess(body, item)
        made = tuple(Deriv(body, variable, "numerator") for variable in found)
        node: Node = made[0] if len(made) == 1 else Choice(made, "which variable J is for", item.start, item.end)
        j = i + 1
        if following is not None and following.kind == "group" and following.text == "()" and isinstance(node, Deriv):
            point = following.args[0]
            if len(point) == 1 and point[0].kind == "name":
                symbol, _ = self.lookup(point[0])
                if symbol is not None and isinstance(node.var, Var) and symbol.name == node.var.name:
                    return self.power(self.power(node, item), following), j + 1
        return self.power(node, replace(item, sub=())), j

    def derived(self, function: Fun, item: Item, items: Items, i: int, layout: str) -> tuple[Node, int]:
        following = items[i] if i < len(items) else None

        def make(body: Node, variable: Node) -> Node:
            if layout == "hessian":
                return Deriv(Deriv(body, variable, "mixed"), variable, "hessian")
            return Deriv(body, variable, layout)

        if following is not None and following.kind == "group" and following.text == "()" and not item.sup:
            self.introduce(function, following)
            args = [self.expr(part) for part in _split(following.args[0], ",")]
            if len(args) != 1:
                raise unreadable("a Jacobian is for one argument", following.start, following.end)
            after = items[i + 1] if i + 1 < len(items) else None
            if after is not None and after.kind == "group" and after.text == "[]" and not following.sup:
                return self.directional(function, args[0], after), i + 2
            node = self.derived_at(function, args[0], lambda body: body, make)
            if following.sub:
                node = Entry(node, tuple(self.indices(following.sub)))
            return self.power(node, following), i + 1
        if function.default:
            point: Node = function.default[0]
        elif self.variable is not None:
            point = _base(self.variable)
        else:
            point = self.somewhere(function)
        return self.power(make(function.call([point]), point), item), i

    def derived_at(self, function: Fun, arg: Node, component: Callable[[Node], Node],
                   make: Callable[[Node, Node], Node]) -> Node:  # fmt: skip
        """The derivative of a function at a point, which need not be a bare name."""
        if isinstance(arg, Var) and (symbol := self.symbols.get(arg.name)) and symbol.definition is None:
            return make(component(function.call([arg])), arg)
        name = self.dummy()
        return At(make(component(function.call([Var(name)])), Var(name)), (name,), (arg,))

    def dummy(self) -> str:
        return f"u{next(self.fresh)}"

    def directional(self, function: Fun, point: Node, group: Item) -> Node:
        """`f'(x)[v]`: the derivative of f(x + t v) at t = 0."""
        name = self.dummy()
        moved = Add((1, 1), (point, Mul((Var(name), self.expr(group.args[0])), (False, False))))
        zero = Num(0.0, "0")
        node: Node = At(Deriv(function.call([moved]), Var(name), "mixed"), (name,), (zero,))
        return self.scripts(node, group)

    # -- functions -----------------------------------------------------------------------------------------------

    def builtin(self, name: str) -> Fun:
        return Fun(name, lambda args: Fn(name, tuple(args)), None, name in ELEMENTWISE)

    def fun_of(self, symbol: Symbol) -> Fun:
        scalar = symbol.shape.scalar and (
            (len(symbol.domain) == 1 and symbol.domain[0].scalar)
            or (
                len(symbol.params) == 1
                and ((param := self.symbols.get(symbol.params[0])) is None or (param.shape.scalar and not param.family))
            )
        )
        arity = len(symbol.domain) or len(symbol.params)

        def call(args: list[Node]) -> Node:
            if len(args) != arity:
                raise Refusal(f"{symbol.name} takes {arity} arguments, not {len(args)}", kind="shape")
            if scalar and not isinstance(args[0], Num):
                name = self.dummy()
                return Map(name, Apply(symbol.name, (Var(name),)), args[0])
            return Apply(symbol.name, tuple(args))

        default: tuple[Node, ...] | None = tuple(Var(name) for name in symbol.params) if symbol.params else None
        if symbol.point:
            return Fun(symbol.name, call, symbol.point, scalar, arity)
        if default is not None and not all(self.declared(name) for name in symbol.params):
            default = None
        return Fun(symbol.name, call, default, scalar, arity)

    def function_at(self, item: Item) -> tuple[Fun | None, Item]:
        """The function an item names, if it names one."""
        if item.kind == "func" and item.text in KNOWN and not item.sup and not item.sub:
            if item.text in ("log", "exp", "sqrt", "max", "min", "abs", "sin", "cos", "tan") or item.text in GREEDY:
                return None, item  # read as part of an expression: ∇ log f reaches the whole
            return self.builtin(item.text), item
        if item.kind != "name":
            return None, item
        symbol, rest = self.lookup(item)
        if symbol is not None:
            return (self.fun_of(symbol), rest) if symbol.kind == "function" else (None, item)
        if item.text == "σ" and not item.sub:
            return self.builtin("sigmoid"), item
        return None, item

    def derived_scalar(self, function: Fun, order: int) -> Fun:
        """f′ of a function of one real number."""

        def call(args: list[Node]) -> Node:
            name = self.dummy()
            body = _inner_call(function, name)
            for _ in range(order):
                body = Deriv(body, Var(name), "mixed")
            return Map(name, body, args[0])

        return replace(function, name=function.name + "′" * order, call=call)

    def composed(self, items: Items) -> Fun | None:
        """`g ∘ f` where both are functions, `∇f`, or None."""
        if len(items) == 2 and items[0].kind == "nabla" and not items[0].sup and not items[0].sub:
            inside, rest = self.function_at(items[1])
            if inside is None or inside.arity != 1 or rest.sub or rest.sup or rest.primes:
                return None
            layout = self.symbols.layout
            return Fun(
                f"∇{inside.name}",
                lambda args: self.derived_at(
                    inside, args[0], lambda body: body, lambda body, v: Deriv(body, v, layout, True)
                ),
                inside.default,
            )
        parts = _split(items, "∘")
        if len(parts) < 2 or any(len(part) != 1 for part in parts):
            return None
        functions = []
        for (part,) in parts:
            if part.kind == "func" and part.text in KNOWN and not part.sup and not part.sub:
                functions.append(self.builtin(part.text))
                continue
            function, rest = self.function_at(part)
            if function is None or rest.sub or rest.sup or (rest.primes and not function.scalar):
                return None
            functions.append(self.derived_scalar(function, rest.primes) if rest.primes else function)

        def call(args: list[Node]) -> Node:
            node = functions[-1].call(args)
            for function in reversed(functions[:-1]):
                node = function.call([node])
            return node

        inner = functions[-1]
        return Fun(" ∘ ".join(each.name for each in functions), call, inner.default, inner.scalar, inner.arity)

    def applied(self, function: Fun, item: Item, items: Items, i: int) -> tuple[Node, int]:
        """A function with its primes, its component index and, if a bracket follows, its arguments."""
        following = items[i] if i < len(items) else None
        bracket = following is not None and following.kind == "group" and following.text in ("()", "[]", "\\{\\}")
        if bracket and following is not None and _beside_itself(item, following):
            bracket = False  # σ(1 - σ) is a product
        if bracket and following is not None:
            self.introduce(function, following)
        index: tuple[Node, ...] = tuple(self.indices(item.sub)) if item.sub else ()
        primes = item.primes

        def value(args: list[Node]) -> Node:
            if not primes:
                node = function.call(args)
                return Entry(node, index) if index else node
            if len(args) != 1:
                raise unreadable("a prime is for functions of one argument", item.start, item.end)
            if function.scalar:
                node = self.derived_scalar(function, primes).call(args)
            else:
                if primes > 1:
                    raise unreadable("write the second derivative as ∇²", item.start, item.end)
                node = self.derived_at(function, args[0], lambda body: body,
                                       lambda body, variable: Deriv(body, variable, "numerator"))  # fmt: skip
            return Entry(node, index) if index else node

        if bracket and following is not None:
            sign_power = item.sup
            if sign_power and (key(sign_power) == "-1" or key(sign_power).startswith("(")):
                raise ambiguous(
                    f"{function.name}^{{-1}} may be the inverse function or 1/{function.name}: write one of them out",
                    item.start, item.end,
                )  # fmt: skip
            args = self.arguments(function, following)
            after = items[i + 1] if i + 1 < len(items) else None
            if primes == 1 and after is not None and after.kind == "group" and after.text == "[]" and len(args) == 1:
                return self.directional(function, args[0], after), i + 2
            node = value(args)
            if item.sup:
                node = self.elementwise_power(node, item)
            return self.scripts(node, following), i + 1
        if function.default is not None:
            args = list(function.default)
        elif self.variable is not None and function.arity == 1 and not primes:
            args = [_base(self.variable)]
        elif function.arity == 1 and self.symbols.get(function.name) is not None:
            args = [self.moving_point(function) or self.somewhere(function)]
        elif " ∘ " in function.name and function.scalar:
            args = [self.anywhere()]
        elif function.name == "sigmoid":
            args = [self.latest or self.anywhere()]
        else:
            raise unreadable(f"{function.name} stands without its argument", item.start, item.end)
        return self.power(value(args), item), i

    def arguments(self, function: Fun, group: Item) -> list[Node]:
        """The arguments in a bracket; `diag(x_1, …, x_n)` takes a tuple."""
        inner = group.args[0]
        several = any(each.kind == "op" and each.text == "," for each in inner)
        if several and function.name in ("diag", "softmax", "logsumexp", "logsoftmax"):
            column = self.tuple_of(group, inner)
            return [column.options[0] if isinstance(column, Choice) else column]
        return [self.expr(part) for part in _split(inner, ",")]

    def elementwise_power(self, node: Node, item: Item) -> Node:
        """`f^2(x)`, `\\sin^2 x`: the power of the value, entry by entry."""
        if any(each.kind == "op" for each in item.sup):
            return self.power(node, item)
        return Pow(node, self.expr(item.sup), elementwise=True)

    def function(self, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        name = item.text
        if name in ("max", "min") and item.sub:
            return self.big(items, i)
        if name in ("grad", "Hess"):
            order = (Item("num", "2", item.start, item.end),) if name == "Hess" else ()
            return self.nabla((*items[:i], replace(item, kind="nabla", text="", sup=order), *items[i + 1 :]), i)
        if name == "log" and item.sub:
            node, j = self.function((*items[:i], replace(item, sub=()), *items[i + 1 :]), i)
            return Div(node, Fn("log", (self.expr(item.sub),))), j
        if name not in KNOWN:
            raise unreadable(f"the operator {name} is not read", item.start, item.end)
        if item.sub and not (False):
            raise unreadable(f"a subscript on {name} is not read", item.start, item.end)
        if item.primes or (i + 1 < len(items) and items[i + 1].kind == "group" and items[i + 1].text in (
            "()", "[]", "\\{\\}")):  # fmt: skip
            return self.function_call(item, items, i)
        if name in ("max", "min"):
            raise unreadable(f"{name} wants its arguments in brackets", item.start, item.end)
        if item.sup and key(item.sup) in ("-1",):
            raise ambiguous(f"{name}^{{-1}} may be the inverse function or 1/{name}: write one of them out", item.start,
                            item.end)  # fmt: skip
        if i + 1 >= len(items):
            raise unreadable(f"{name} stands without its argument", item.start, item.end)
        return self.bare(item, items, i)

    def function_call(self, item: Item, items: Items, i: int) -> tuple[Node, int]:
        name = item.text
        following = items[i + 1] if i + 1 < len(items) else None
        if name in ("max", "min") and following is not None:
            dotted = any(each.kind == "dots" for each in following.args[0])
            if dotted:  # max(x_1, …, x_n)
                column = self.tuple_of(following, following.args[0])
                args: tuple[Node, ...] = (column.options[0] if isinstance(column, Choice) else column,)
            else:
                args = tuple(self.expr(part) for part in _split(following.args[0], ","))
            node: Node = Fn(name, args)
            if item.sup:
                node = self.elementwise_power(node, item)
            return self.scripts(node, following), i + 2
        if item.sup and key(item.sup) == "-1":
            raise ambiguous(f"{name}^{{-1}} may be the inverse function or 1/{name}: write one of them out", item.start,
                            item.end)  # fmt: skip
        return self.applied(self.builtin(name), item, items, i + 1)

    def bare(self, item: Item, items: Items, i: int) -> tuple[Node, int]:
        """A function without brackets: it reaches one factor, numbers before it, and maybe more."""
        name = item.text
        j = i + 1
        nodes: list[tuple[str, Node, Item]] = []
        stops: list[int] = []
        while j < len(items):
            here = items[j]
            if here.kind == "op":
                if here.text in INFIX and name in GREEDY and nodes:  # tr A ∘ B
                    pass
                break
            if nodes and here.kind == "func":
                break
            if here.kind in ("dots",):
                break
            node, j = self.factor(items, j)
            nodes.append(("", node, here))
            stops.append(j)
        if not nodes:
            raise unreadable(f"{name} stands without its argument", item.start, item.end)

        def make(count: int) -> Node:
            body = self.product(nodes[:count])
            node: Node = Fn(name, (body,))
            if item.sup:
                node = self.elementwise_power(node, item)
            if count < len(nodes):
                node = Mul((node, *(each for _, each, _ in nodes[count:])), (False,) * (len(nodes) - count + 1))
            return node

        first = next((k for k, (_, node, _) in enumerate(nodes) if not isinstance(node, Num)), len(nodes) - 1) + 1
        if first == len(nodes):
            return make(first), stops[-1]
        return Choice((make(len(nodes)), make(first)), f"how far {name} reaches", item.start, items[j - 1].end), stops[
            -1
        ]

    # -- sums over an index --------------------------------------------------------------------------------------

    def big(self, items: Items, i: int) -> tuple[Node, int]:
        item = items[i]
        op = item.text
        if op not in ("sum", "prod", "max", "min"):
            raise unreadable(f"\\{op} is not checked", item.start, item.end)
        if not item.sub:
            raise unreadable(f"\\{op} wants an index below it", item.start, item.end)
        axes, conds, moving = self.limits(item)
        if i + 1 >= len(items):
            raise unreadable(f"nothing stands after \\{op}", item.start, item.end)
        scope = {axis.name: axis for axis in axes}
        self.bound.append(scope)
        try:
            cond: Node | None = None
            for made in [*map(self.condition, conds), *moving]:
                cond = made if cond is None else Compare("and", cond, made)
            body = self.factors(items[i + 1 :])
        finally:
            self.bound.pop()
        used = {node.axis for node in walk(body) if isinstance(node, Idx)}
        for axis in axes:
            if axis not in used and axis.hi is None and cond is None:
                raise Refusal(f"what is summed does not depend on {axis.name}, an index without bounds", item.start,
                              item.end, kind="index")  # fmt: skip
        for k, axis in enumerate(reversed(axes)):
            body = Big(op, axis, body, cond if k == 0 else None)
        return body, len(items)

    def limits(self, item: Item) -> tuple[list[Axis], list[Items], list[Compare]]:
        """The indices bound below a sum, the conditions on them, and bounds that move with an outer index."""
        upper = self.expr(item.sup) if item.sup else None
        names: list[tuple[Item, Node | None]] = []
        conds: list[Items] = []
        signs = [each.text for each in item.sub if each.kind == "op" and each.text in (",", *RELATIONS)]
        common = signs[:1] == signs[-1:] == ["≤"] and set(signs[1:-1]) == {","}  # 1 ≤ i, j ≤ n
        for part in [item.sub] if common else _split(item.sub, ","):
            relations = [k for k, each in enumerate(part) if each.kind == "op" and each.text in RELATIONS]
            if not relations:
                letters = [each for each in part if is_letter(each) and not each.sub and not each.sup]
                if len(letters) != len(part):
                    raise unreadable("what is summed over is not an index", item.start, item.end)
                names += [(each, None) for each in letters]
            elif len(relations) == 1 and part[relations[0]].text == "=" and relations[0] == 1:
                lower = self.expr(part[2:])
                names = [(each, lower if low is None else low) for each, low in names]
                names.append((part[0], lower))
            elif len(relations) == 1 and part[relations[0]].text in ("≠", "<", ">", "≤", "≥"):
                sides = part[: relations[0]], part[relations[0] + 1 :]
                if any(len(side) != 1 or not is_letter(side[0]) for side in sides):
                    raise unreadable("a condition below a sum compares two indices", item.start, item.end)
                listed = {each.text for each, _ in names}
                new = [side[0] for side in sides if side[0].text not in listed and not self.index_axis(side[0].text)
                       and not self.declared(side[0].text)]  # fmt: skip
                if len(new) == 2:
                    self.double.update(each.text for each in new)
                names += [(each, None) for each in new]
                conds.append(part)
            elif len(relations) in (2, 3) and all(part[k].text in ("≤", "<") for k in relations) and upper is None:
                bounds = [part[a + 1 : b] for a, b in itertools.pairwise([-1, *relations, len(part)])]
                middle = _split(bounds[1], ",") if common else bounds[1:-1]
                if any(len(side) != 1 or not is_letter(side[0]) for side in middle):
                    raise unreadable("these bounds are not read", item.start, item.end)
                if part[relations[0]].text != "≤" or part[relations[-1]].text != "≤":
                    raise unreadable("write the outer bounds with \\le", item.start, item.end)
                lower, upper = self.expr(bounds[0]), self.expr(bounds[-1])
                names += [(side[0], lower) for side in middle]
                if len(middle) == 2 and not common:
                    conds.append(part[relations[0] + 1 : relations[-1]])
            else:
                raise unreadable("what is summed over is not read", item.start, item.end)
        axes = []
        moving: list[Compare] = []
        for each, low in names:
            if self.declared(each.text):
                raise unreadable(f"{each.text} is declared and cannot be an index of a sum", each.start, each.end)
            lo, hi = low, upper
            if hi is None and low is not None:
                raise unreadable("the sum has a first value and no last one", item.start, item.end)
            if hi is not None and lo is None:
                lo = Num(1.0, "1")
            if hi is None and (declared := self.symbols.range(each.text)) is not None:
                lo, hi = declared
            axis = Axis(each.text, lo, hi)
            for side, bound, relation in (("lo", lo, "≥"), ("hi", hi, "≤")):
                outer = _index_in(bound)
                if outer is not None and bound is not None:  # ∑_{j=1}^{i}: all j, of which those up to i count
                    moving.append(Compare(relation, Idx(axis), bound))
                    setattr(axis, side, getattr(outer, side))
            if axis.hi is None:
                axis.lo = None
            axes.append(axis)
        if not axes:
            raise unreadable("the sum binds no index", item.start, item.end)
        return axes, conds, moving

    def condition(self, items: Items) -> Node:
        """A relation between two values."""
        at = [k for k, each in enumerate(items) if each.kind == "op" and each.text in RELATIONS]
        if len(at) != 1:
            raise unreadable("a condition is one relation", items[0].start, items[-1].end)
        op = items[at[0]].text
        if op not in ("=", "≠", "<", ">", "≤", "≥"):
            raise unreadable("a condition compares two values", items[0].start, items[-1].end)
        sides = []
        for side in (items[: at[0]], items[at[0] + 1 :]):
            if len(side) == 1 and is_letter(side[0]) and not side[0].sub and not self.declared(side[0].text):
                self.touch(side[0])
            sides.append(self.expr(side))
        return Compare(op, *sides)

    # -- matrices and cases --------------------------------------------------------------------------------------

    def environment(self, item: Item) -> Node:
        name = item.text
        if name == "cases":
            return self.scripts(self.cases(item), item)
        if name not in ("pmatrix", "bmatrix", "matrix", "vmatrix", "smallmatrix", "array", "Vmatrix"):
            raise unreadable(f"the environment {name} is not read inside an expression", item.start, item.end)
        if not item.rows:
            raise unreadable("an empty matrix", item.start, item.end)
        rows: list[list[Node | str | None]] = []
        for row in item.rows:
            cells: list[Node | str | None] = []
            for cell in row:
                if not cell:
                    cells.append(None)
                elif len(cell) == 1 and cell[0].kind == "dots":
                    cells.append("ddots" if cell[0].text in ("ddots",) else cell[0].text)
                else:
                    cells.append(self.expr(cell))
            rows.append(cells)
        width = len(rows[0])
        if any(isinstance(cell, str) for row in rows for cell in row):
            node = dots.matrix(rows, item.start, item.end)
        else:
            if any(len(row) != width for row in rows):
                raise unreadable("the rows of this matrix have different lengths", item.start, item.end)
            if any(cell is None for row in rows for cell in row):
                raise unreadable("an entry of this matrix is missing; write 0", item.start, item.end)
            node = Block(tuple(tuple(cell for cell in row if isinstance(cell, Node)) for row in rows))
        if name == "vmatrix":
            node = Fn("det", (node,))
        elif name == "Vmatrix":
            raise unreadable("double bars around a matrix are not read", item.start, item.end)
        return self.scripts(node, item)

    def cases(self, item: Item) -> Node:
        values: list[Node] = []
        conds: list[Node | None] = []
        for row in item.rows:
            flat = tuple(itertools.chain.from_iterable(row))
            flat = tuple(each for each in flat if each.kind != "quad" and not (each.kind == "op" and each.text == "&"))
            cells = [cell for cell in row if cell]
            if len(cells) == 1:
                parts = _split(flat, ",")
                parts = [part for part in parts if part]
                if len(parts) == 1:
                    cut = next((k for k, each in enumerate(flat) if each.kind == "text"), len(flat))
                    parts = [flat[:cut], flat[cut:]]
                cells = [parts[0], parts[1] if len(parts) > 1 else ()]
            value, cond = _bare(cells[0]), _bare(cells[1]) if len(cells) > 1 else ()
            words = "".join(each.text for each in cond if each.kind == "text").strip("，,. ").lower()
            cond = tuple(each for each in cond if each.kind != "text")
            if cond and cond[-1].kind == "op" and cond[-1].text in ".;,":
                cond = cond[:-1]
            values.append(self.expr(value))
            if cond:
                conds.append(self.condition(cond))
            elif words in ("otherwise", "else", "其他", "否则", "其它", "其余"):
                conds.append(None)
            else:
                raise unreadable("a case wants a condition, or the word otherwise", item.start, item.end)
        if None in conds[:-1]:
            raise unreadable("“otherwise” is the last case", item.start, item.end)
        return Cases(tuple(values), tuple(conds))


def alike(first: Node, second: Node) -> bool:
    """Whether two items differ by numbers only, so that dots after them ought to continue both."""
    return dots.Pattern("k").merge(first, None, second) is not None


def _inner_call(function: Fun, name: str) -> Node:
    node = function.call([Var(name)])
    return node.body if isinstance(node, Map) and isinstance(node.arg, Var) and not function.name else node


def _split(items: Items, separator: str) -> list[Items]:
    out: list[list[Item]] = [[]]
    for item in items:
        if item.kind == "op" and item.text == separator and not item.sup and not item.sub:
            out.append([])
        elif item.kind != "quad":
            out[-1].append(item)
    return [tuple(part) for part in out]


def _bare(items: Items) -> Items:
    """Without the comma or full stop at its end."""
    while items and items[-1].kind == "op" and items[-1].text in ",;.":
        items = items[:-1]
    return items


def _beside_itself(item: Item, group: Item) -> bool:
    """Whether a function's bracket is a sum with the function itself, bare, in it."""
    inner = group.args[0]
    if item.kind != "name" or not any(each.kind == "op" and each.text in "+-" for each in inner):
        return False
    return any(
        each.kind == "name" and each.text == item.text and each.style == item.style and each.sub == item.sub
        and not (k + 1 < len(inner) and inner[k + 1].kind == "group" and inner[k + 1].text == "()")
        for k, each in enumerate(inner)
    )  # fmt: skip


def _names(items: Items) -> list[Item]:
    """The names that items hold, in fractions and brackets too."""
    return [
        name for item in items
        for name in ([item] if item.kind == "name" else [each for arg in item.args for each in _names(arg)])
    ]  # fmt: skip


def _digits(node: Node) -> bool:
    """A number in digits: 2π is a product, 2 3 a slip."""
    return isinstance(node, Num) and node.text not in ("π", "e")


def _place(items: Items) -> bool:
    """Whether a bracket holds what a function is taken at, and not a factor: a name, a number, or a call."""
    called = len(items) == 2 and items[0].kind == "name" and items[1].kind == "group" and items[1].text == "()"
    return called or (len(items) == 1 and items[0].kind in ("name", "num"))


def numbered(item: Item) -> Items:
    """The index that stands above a name in brackets, as in `x^{(i)}` and `W^{[1]}`."""
    first = item.sup[0] if item.sup else None
    if item.kind == "name" and first is not None and first.kind == "group" and first.text in ("()", "[]") and (
        not first.sub and not first.sup):  # fmt: skip
        return first.args[0] if first.args else ()
    return ()


def _base(variable: Node) -> Node:
    while isinstance(variable, (T, Entry, Fn)):
        variable = (
            variable.body if isinstance(variable, T) else variable.base if isinstance(variable, Entry)
            else variable.args[0]
        )  # fmt: skip
    return variable


def _entrywise(variables: list[Node]) -> bool:
    return all(isinstance(variable, Entry) for variable in variables)


def _index_in(bound: Node | None) -> Axis | None:
    """The index that a bound of a sum moves with."""
    return next((node.axis for node in walk(bound) if isinstance(node, Idx)), None) if bound is not None else None


def _outer_sums(node: Node) -> list[Big]:
    """Sums that stand open at the right end of a term."""
    if isinstance(node, Big):
        return [node, *_outer_sums(node.body)]
    if isinstance(node, Mul):
        return _outer_sums(node.factors[-1])
    if isinstance(node, Add) and len(node.terms) == 1:
        return _outer_sums(node.terms[0])
    return []


def _derivative_like(item: Item) -> bool:
    if item.kind in ("nabla", "partial"):
        return True
    return (
        item.kind == "frac"
        and bool(item.args[0])
        and (item.args[0][0].kind == "partial" or (item.args[0][0].kind == "name" and item.args[0][0].text == "d"))
    )


def _denominator(item: Item) -> Item | None:
    """The variable of a derivative written as a fraction."""
    if item.kind == "frac" and _derivative_like(item) and len(item.args[1]) == 2:
        return replace(item.args[1][1], sup=())
    return None


__all__ = ["ELEMENTWISE", "Cases", "Resolver", "Size", "undeclared"]
