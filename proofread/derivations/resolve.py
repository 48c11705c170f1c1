"""From items to meaning, with the declarations at hand: what is applied, what is multiplied, how far an operator
reaches. What has two readings becomes a `Choice`, which the shapes may settle, or is refused with both."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import replace

from proofread.derivations import brackets, calls, dots, leibniz, nabla, sums
from proofread.derivations.items import MARKS, NUMBERED, numbered, split, trimmed
from proofread.derivations.lex import Refusal, ambiguous, undeclared, unreadable
from proofread.derivations.nodes import (
    Add,
    At,
    Axis,
    Big,
    Block,
    Choice,
    Colon,
    Delta,
    Differential,
    Div,
    Entry,
    Fn,
    Gather,
    Idx,
    Infix,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    T,
    Unit,
    Var,
    show,
)  # fmt: skip
from proofread.derivations.shape import INFIX, Item, Items, is_letter, key
from proofread.derivations.symbols import Shape, Symbol, Symbols, free_axes

MINUS_ONE = Num(-1.0, "-1")


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
        starred = bool(item.sup) and all(each.kind == "op" and each.text in MARKS for each in item.sup)
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
        items = trimmed(items)
        node = self.expr(items)
        item = items[0]
        alone = len(items) == 1 and item.text in ("()", "[]") and not (item.sub or item.sup or item.primes)
        inner = item.args[0] if alone else ()
        listed = any(each.kind == "op" and each.text in (",", ";") for each in inner)
        names = brackets.letters_in(self, inner) if inner and not listed else []
        if len(names) != 2:
            return node
        array = brackets.gathered(self, brackets.axes_of(self, names), inner)
        return Choice((array, node), "whether brackets hold an entry or all entries", item.start, item.end)

    def expr(self, items: Items) -> Node:
        """A whole expression."""
        items = tuple(item for item in items if item.kind != "quad" and not (item.kind == "op" and item.text == "&"))
        if not items:
            raise unreadable("an expression is missing here")
        items = calls.spread(self, items)
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
            if sign < 0 and _braced_sum(term[0]):
                raise unreadable("a sum under a brace after a minus is typeset without brackets: put them around it, "
                                 "\\underbrace{(a + b)}", term[0].start, term[0].end)  # fmt: skip
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
        if bar is not None and all(item.kind != "big" for item in items[:bar]):  # ∑_i takes the bar with what it sums
            return self.barred(items, bar)
        for k, item in enumerate(items[:-1]):
            if item.kind == "leftbar" and item.args[0] and _operator_alone(item.args[0][-1]):
                # \left.\frac{d}{dt}\right|_{t=0} f: the bar binds what the operator is applied to.
                return self.factors((*items[:k], replace(item, args=((*item.args[0], *items[k + 1 :]),))))
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
        for part in split(mark.sub, ","):
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
            if (
                rings
                and calls.function_at(self, outer)[0] is not None
                and calls.function_at(self, inner)[0] is not None
            ):
                if (whole := calls.composed(self, items)) is None:
                    raise ambiguous("∘ between functions composes them: put f ∘ g in brackets, or write ⊙ for the "
                                    "product by entries", outer.start, inner.end)  # fmt: skip
                return calls.applied(self, whole, replace(items[0], sub=(), sup=(), primes=0), items, len(items))[0]
        if len(items) > 1 and (braced := next(filter(_braced_sum, items), None)) is not None:
            raise unreadable("a sum under a brace is typeset without brackets: put them around it, "
                             "\\underbrace{(a + b)}", braced.start, braced.end)  # fmt: skip
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
            before = items[i - 1]
            if item.kind == "num" and i and before.kind == "name" and before.end == item.start:
                raise unreadable(f"a number is glued to {before.text}: write {before.text}_{item.text}, {before.text}^"
                                 f"{item.text} or the number first", before.start, item.end)  # fmt: skip
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
                return brackets.in_brackets(self, items, i)
            case "frac":
                return leibniz.fraction(self, items, i)
            case "sqrt":
                body = self.expr(item.args[0])
                if item.args[1]:
                    return self.scripts(Pow(body, Div(Num(1.0, "1"), self.expr(item.args[1]))), item), i + 1
                return self.scripts(Fn("sqrt", (body,)), item), i + 1
            case "env":
                return brackets.environment(self, item), i + 1
            case "func":
                return calls.known(self, items, i)
            case "big":
                return sums.big_operator(self, items, i)
            case "nabla":
                return nabla.operator(self, items, i)
            case "partial":
                return leibniz.partial(self, items, i)
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
            return leibniz.differential(self, items, i)
        if symbol is not None and item.text == "e" and not item.sub and not _script_of_array(item.sup):
            if symbol.shape.scalar:
                raise ambiguous("e is declared here, so this may be its power or the exponential: write \\exp(…), or "
                                "name the other one anew", item.start, item.end)  # fmt: skip
            symbol = None  # an array has no such power: 2.718…
        if symbol is not None:
            if symbol.kind == "function":
                return calls.applied(self, calls.fun_of(self, symbol), rest, items, i + 1)
            return self.array_or_call(symbol, rest, items, i)
        if (axis := self.index_axis(self.name(item))) and not item.sub and is_letter(item):
            return self.scripts(Idx(axis), item), i + 1
        if (derived := calls.dotted(self, item)) is not None:
            return self.named((*items[:i], derived, *items[i + 1 :]), i)
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
        if (member := self.numbered_member(item)) is not None:
            return self.scripts(member, replace(item, sub=())), i + 1
        following = items[i + 1] if i + 1 < len(items) else None
        if item.text in ("O", "o", "Θ", "Ω") and following is not None and following.text == "()":
            raise Refusal(f"{item.text}(…) says how fast something shrinks, which no finite check can settle: write "
                          "the remainder out, or bound it by ≤", item.start, following.end, status="unreadable",
                          kind="asymptotic")  # fmt: skip
        raise undeclared(item.text, item.start, item.end)

    def numbered_member(self, item: Item) -> Node | None:
        """The a_k of numbers a_0, a_1, a_2 that are declared one by one; None if that is not what an item is."""
        if len(item.sub) != 1 or not is_letter(item.sub[0]):
            return None
        stem = self.name(item) + "_"
        found = {int(name.removeprefix(stem)): symbol for scope in self.symbols.scopes
                 for name, symbol in scope.symbols.items()
                 if name.startswith(stem) and name.removeprefix(stem).isdigit()}  # fmt: skip
        first = min(found, default=0)
        if len(found) < 2 or sorted(found) != list(range(first, first + len(found))) or any(
            symbol.kind != "array" or symbol.shape != Shape() for symbol in found.values()):  # fmt: skip
            return None
        (index,) = self.indices(item.sub)
        if isinstance(index, Idx) and index.axis.lo is None:
            index.axis.lo, index.axis.hi = (Num(float(end), str(end)) for end in (first, first + len(found) - 1))
        shift = Num(float(abs(1 - first)), str(abs(1 - first)))
        place = index if first == 1 else Add((1, 1 if first < 1 else -1), (index, shift))
        return Entry(Block(tuple((Var(found[k].name),) for k in sorted(found))), (place,))

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
            return leibniz.differential(self, items, i)
        if text == "d" and style in ("", "rm") and key(item.sup) in ("2", "3", "4"):
            first = (*items[:i], replace(item, sup=()), *items[i + 1 :])
            if self.moves(first, i):  # d²f: the differential of df, where that of dx is 0
                node, j = leibniz.differential(self, first, i)
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
            if text == "I" and isinstance(size, Mul) and not all(isinstance(each, Size) for each in size.factors):
                raise unreadable("the size of I is one number", item.start, item.end)
            return self.scripts(Unit(text, size), replace(item, sub=())), i + 1
        if text == "δ" and item.sub:
            index = self.indices(item.sub, two=True)
            if len(index) == 2:
                return self.scripts(Delta(*index), replace(item, sub=())), i + 1
        if text == "σ" and not item.sub:
            return calls.applied(self, calls.builtin(self, "sigmoid"), item, items, i + 1)
        if text in ("J", "H", "D") and style in ("", "rm", "bold"):
            return nabla.jacobian(self, items, i)
        if (
            text == "Δ"
            and not item.sub
            and not item.sup
            and i + 1 < len(items)
            and calls.function_at(self, items[i + 1])[0]
        ):
            second = replace(item, kind="nabla", text="", sup=(Item("num", "2", item.start, item.end),))
            hessian, j = nabla.operator(self, (*items[:i], second, *items[i + 1 :]), i)
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
            names = [self.lookup(part[0])[0] for part in split(following.args[0], ",") if len(part) == 1
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
        bounds = self.symbols.range(symbol.family[0]) if len(symbol.family) == 1 and symbol.shape.scalar else None
        if bounds is not None and not symbol.name.endswith(NUMBERED):  # y beside numbers y_1, …, y_n: the vector
            axis = Axis(f"{symbol.family[0]}′", *bounds)
            return self.scripts(Gather((axis,), Entry(node, (Idx(axis),))), item), i + 1
        if symbol.family:
            raise Refusal(f"{symbol.name} is a family {symbol.name}_{symbol.family[0]}: say which member",
                          item.start, item.end, kind="shape")  # fmt: skip
        if item.sub:
            entry = self.entry_of(symbol, item)
            if item.text.isupper():
                return self.of_entry(entry.base, entry, item), i + 1
            return self.power(entry, item), i + 1
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

    def entry_of(self, symbol: Symbol, item: Item) -> Entry:
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
        parts = list(split(sub, ","))
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
            return self.of_entry(node, Entry(node, tuple(self.indices(item.sub))), item)
        return self.power(node, item)

    def of_entry(self, whole: Node, entry: Entry, item: Item) -> Node:
        """An entry with the power beside its index: `A_{ij}^2` is of the entry, `A^{-1}_{ij}` an entry of the inverse,
        and `A^2_{ij}` may be either."""
        of_it = self.power(entry, item)
        if not item.sup or len(entry.index) != 2 or not isinstance(of_it, Pow) or item.sub[0].start < item.sup[0].start:
            return of_it
        of_whole = Entry(self.power(whole, item), entry.index)
        if key(item.sup) == "-1":
            return of_whole
        return Choice((of_whole, of_it), "whether a power is of the matrix or of its entry", item.start, item.end)

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


def _braced_sum(item: Item) -> bool:
    """A sum below a brace, which looks as if it had no brackets."""
    inner = item.args[0][1:] if item.kind == "group" and item.text == "{}" and item.args else ()
    return any(each.kind == "op" and each.text in ("+", "-", "−") for each in inner)


def alike(first: Node, second: Node) -> bool:
    """Whether two items differ by numbers only, so that dots after them ought to continue both."""
    return dots.Pattern("k").merge(first, None, second) is not None


def _script_of_array(sup: Items) -> bool:
    """Whether a superscript, if there is one, is a transpose, a number or an elementwise power."""
    return not sup or sup[0].kind == "num" or sup[0].text in ("⊤", "T", "∘", "⊙", "*", "†", "′", "+")


def _digits(node: Node) -> bool:
    """A number in digits: 2π is a product, 2 3 a slip."""
    return isinstance(node, Num) and node.text not in ("π", "e")


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


def _operator_alone(item: Item) -> bool:
    """Whether this is `d/dt` with nothing in its numerator."""
    return _derivative_like(item) and item.kind == "frac" and len(item.args[0]) == 1


def _denominator(item: Item) -> Item | None:
    """The variable of a derivative written as a fraction."""
    if item.kind == "frac" and _derivative_like(item) and len(item.args[1]) == 2:
        return replace(item.args[1][1], sup=())
    return None
