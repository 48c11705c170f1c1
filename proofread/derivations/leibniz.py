"""How derivatives are written as fractions and with d: `∂f/∂x`, `d/dt`, `∂_x`, `dX`, and what they are taken by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import calls, nabla
from proofread.derivations.items import NUMBERED, numbered, split
from proofread.derivations.lex import Refusal, ambiguous, undeclared, unreadable
from proofread.derivations.nodes import (
    At,
    Choice,
    Deriv,
    Differential,
    Div,
    Entry,
    Fn,
    Mul,
    Node,
    Num,
    T,
    Var,
    stem,
)  # fmt: skip
from proofread.derivations.shape import Item, Items

if TYPE_CHECKING:
    from proofread.derivations.calls import Fun
    from proofread.derivations.resolve import Resolver


def fraction(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """A quotient, or a derivative if ∂ or d stands above and below."""
    item = items[i]
    top, bottom = item.args
    if (is_d(reader, top) and is_d(reader, bottom)) or is_leibniz(reader, top, bottom):
        return derivative(reader, top, bottom, items, i)
    return reader.scripts(Div(reader.expr(top), reader.expr(bottom)), item), i + 1


def is_d(reader: Resolver, items: Items) -> bool:
    """Whether a numerator or denominator begins with ∂ or a differential d."""
    if not items:
        return False
    first = items[0]
    if first.kind == "partial":
        return True
    return first.kind == "name" and first.text == "d" and first.style in ("", "rm") and not reader.declared("d")


def is_leibniz(reader: Resolver, top: Items, bottom: Items) -> bool:
    """`d/dt`, `d²/dt²`, `df/dt` though d is declared, as a size or (`d` alone above) a direction."""
    heads = top[:1] + bottom[:1]
    if any(each.kind != "name" or each.text != "d" or each.style not in ("", "rm") for each in heads):
        return False
    size = (symbol := reader.symbols.get("d")) is not None and symbol.kind == "size"
    return len(heads) == 2 and len(bottom) == 2 and bottom[1].kind == "name" and (
        size or len(top) == 1 or all(each.style == "rm" for each in heads))  # fmt: skip


def derivative(reader: Resolver, top: Items, bottom: Items, items: Items, i: int) -> tuple[Node, int]:
    """`∂f/∂x`, `∂²f/∂x∂y`, and the operators `∂/∂x`, `d/dt`, which reach what follows them."""
    item = items[i]
    order = int(top[0].sup[0].text) if top[0].sup and top[0].sup[0].kind == "num" else 1
    if top[0].sup and (len(top[0].sup) != 1 or top[0].sup[0].kind != "num"):
        raise unreadable("the order of a derivative is a number", top[0].start, top[0].end)
    slotted = slot_derivative(reader, top[1:], bottom, order, items, i)
    if slotted is not None:
        return slotted
    variables = denominators(reader, bottom)
    if variables:
        reader.latest = stem(variables[-1])
    if len(variables) != order:
        raise unreadable(f"the numerator says order {order}, the denominator {len(variables)}", item.start, item.end)
    if item.sub:
        raise unreadable("the subscript of this derivative is not read; put brackets around it", item.start, item.end)

    def build(body: Node) -> Node:
        node = body
        for k, variable in enumerate(reversed(variables)):
            if k and len(variables) > 1 and not entrywise(variables):
                node = Deriv(node, variable, "hessian")
            else:
                node = Deriv(node, variable, reader.symbols.layout)
        return node

    rest = top[1:]
    if rest:
        if any(each.kind == "op" and each.text in "+-" for each in rest):
            raise ambiguous("put what is differentiated in brackets", rest[0].start, rest[-1].end)
        return reader.power(build(under(reader, variables[-1], rest)), item), i + 1
    if item.sup:
        raise ambiguous("a power of a derivative operator", item.start, item.end)
    return operate(reader, build, variables[-1], items, i + 1, item)


def slot_derivative(reader: Resolver, rest: Items, bottom: Items, order: int, items: Items, i: int
                    ) -> tuple[Node, int] | None:  # fmt: skip
    """`∂f/∂y (t, y(t))`: the derivative for one argument of f, taken at a point; None if it is nothing of the kind.

    Without a point it stands where a hypothesis such as `F(x(θ), θ) = 0` takes the function, and `∂h/∂g` for a
    function g at the value of g.
    """
    if len(rest) != 1 or len(bottom) % 2:
        return None
    function, left = calls.function_at(reader, rest[0])
    if function is None or left.sup or left.primes:
        return None
    following = items[i + 1] if i + 1 < len(items) else None
    symbol = reader.symbols.get(function.name)
    places: list[Items] = []
    point = symbol.point if symbol else ()
    if following is not None and following.kind == "group" and following.text == "()":
        places = split(following.args[0], ",")
        if function.arity == 1 and not all(map(_place, places)):
            places, point = [], ()  # ∂f/∂x (x - a): a product
    point = () if places else point or inner_point(reader, function, bottom)
    if not places and not point:
        return None
    if places and (len(places) != function.arity or not all(places)):
        return None
    slots = [place_of(reader, function, places, bottom[k]) for k in range(1, len(bottom), 2)]
    if None in slots or any(bottom[k].kind not in ("partial", "name") for k in range(0, len(bottom), 2)):
        return None
    args = [reader.expr(part) for part in places] or list(point)
    names = [calls.dummy(reader) for _ in args]
    body = function.call([Var(name) for name in names])
    if left.sub:
        body = Entry(body, tuple(reader.indices(left.sub)))
    variables: list[Node] = []
    for slot, item in zip(slots, bottom[1::2], strict=True):
        assert slot is not None
        times = int(item.sup[0].text) if len(item.sup) == 1 and item.sup[0].kind == "num" else 1
        variable: Node = Var(names[slot])
        if item.sub:
            variable = Entry(variable, tuple(reader.indices(item.sub)))
        if item.sup and times == 1:
            variable = T(variable)
        variables += [variable] * times
    if len(variables) != order:
        raise unreadable(f"the numerator says order {order}, the denominator {len(variables)}", items[i].start,
                         items[i].end)  # fmt: skip
    for k, variable in enumerate(reversed(variables)):
        layout = "hessian" if k and not entrywise(variables) else reader.symbols.layout
        body = Deriv(body, variable, layout)
    node: Node = At(body, tuple(names), tuple(args))
    if places and following is not None:
        return reader.scripts(node, following), i + 2
    return reader.power(node, items[i]), i + 1


def inner_point(reader: Resolver, function: Fun, bottom: Items) -> tuple[Node, ...]:
    """The value of g, at which `∂h/∂g` and `∂²h/∂g_i∂g_j` stand if g is a function; nothing if it is none."""
    names = {(item.kind, reader.name(item)) for item in bottom[1::2]}
    inner = replace(bottom[1], sub=(), sup=())
    symbol = reader.lookup(inner)[0] if inner.kind == "name" else None
    if function.arity != 1 or len(names) != 1 or symbol is None or calls.function_at(reader, inner)[0] is None:
        return ()
    return (reader.expr((inner,)),)


def place_of(reader: Resolver, function: Fun, places: list[Items], item: Item) -> int | None:
    """Which argument of a function a denominator's name stands for."""
    if item.kind != "name":
        return None
    symbol = reader.symbols.get(function.name)
    named = list(symbol.slots or symbol.params) if symbol is not None else []
    wanted = reader.name(replace(item, sub=()))
    for k, name in enumerate(named):
        if name.partition("^")[0] == wanted:
            return k
    if function.arity == 1 and not (symbol is not None and symbol.point):
        return 0
    heads = [part[0] for part in places]
    found = [k for k, head in enumerate(heads) if head.kind == "name" and head.text == item.text]
    return found[0] if len(found) == 1 else None


def denominators(reader: Resolver, bottom: Items) -> list[Node]:
    """The variables below a derivative, each as often as it is taken."""
    out: list[Node] = []
    k = 0
    while k < len(bottom):
        first = bottom[k]
        sign = is_d(reader, bottom[k:]) or (first.kind == "name" and first.text == "d")
        if not sign or first.sup:
            raise unreadable("the denominator of a derivative reads ∂x ∂y …", bottom[k].start, bottom[k].end)
        if k + 1 >= len(bottom):
            raise unreadable("a variable is missing after ∂", bottom[k].start, bottom[k].end)
        target = bottom[k + 1]
        if target.kind == "func" and target.text == "vec" and k + 2 < len(bottom):
            out.append(vectorised(reader, bottom[k + 2]))
            k += 3
            continue
        times = 1
        if len(target.sup) == 1 and target.sup[0].kind == "num":
            times = int(target.sup[0].text)
            target = replace(target, sup=())
        out += [variable_of(reader, target)] * times
        k += 2
    return out


def vectorised(reader: Resolver, item: Item) -> Node:
    """The variable `vec X`, `vec(X)`, `vec(X)^⊤`."""
    inner = item.args[0] if item.kind == "group" else (replace(item, sup=()),)
    if len(inner) != 1:
        raise unreadable("one differentiates by vec of a name", item.start, item.end)
    node: Node = Fn("vec", (variable_of(reader, inner[0]),))
    if item.sup and not isinstance(reader.power(node, item), T):
        raise unreadable("one differentiates by vec X or its transpose", item.start, item.end)
    return T(node) if item.sup else node


def variable_of(reader: Resolver, item: Item) -> Node:
    """The variable of a derivative: a name, its transpose, an entry of it, or `vec X`."""
    if item.kind == "group" and item.text == "()" and not item.sub and not item.sup and len(item.args[0]) == 1:
        item = item.args[0][0]
    if item.kind != "name":
        raise unreadable("one differentiates by a name or an entry of it", item.start, item.end)
    numbers = numbered(item)
    known = reader.lookup(item)[0] if numbers else None
    if numbers and known is not None and known.name.endswith(NUMBERED) and len(item.sup) == 1:
        if known.kind != "array":
            raise unreadable(f"{item.text} is not a variable that one can differentiate by", item.start, item.end)
        member = reader.member(known, reader.indices(numbers), item)
        return Entry(member, tuple(reader.indices(item.sub))) if item.sub else member
    exact = known is not None and not known.name.endswith(NUMBERED)
    transposed = bool(item.sup) and not (exact and len(item.sup) == 1)
    if transposed:
        above = item.sup[1:] if exact else item.sup
        if not isinstance(reader.power(Num(1.0, "1"), replace(item, sup=above)), T):
            raise unreadable("one differentiates by a name, its transpose or an entry", item.start, item.end)
        item = replace(item, sup=item.sup[:1] if exact else ())
    symbol, rest = reader.lookup(item)
    if symbol is None and item.sub:
        swapped = reader.symbols.get(item.text.upper()) if item.text.islower() else None
        if swapped is not None and swapped.kind == "array" and reader.is_matrix(swapped):
            index = reader.indices(item.sub, two=True)
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
        node = reader.member(symbol, reader.indices(rest.sub), item)
    elif rest.sub and symbol.family:
        node = Entry(node, tuple(reader.indices(rest.sub)))
    elif rest.sub:
        node = reader.entry_of(symbol, rest)
    elif symbol.family:
        raise Refusal(f"say which member of {symbol.name}", item.start, item.end, kind="shape")
    return T(node) if transposed else node


def under(reader: Resolver, variable: Node, items: Items, *, term: bool = True) -> Node:
    """Read what is differentiated, so that a bare function stands at the variable."""
    saved, reader.variable = reader.variable, variable
    try:
        return reader.term(items) if term else reader.expr(items)
    finally:
        reader.variable = saved


def operate(reader: Resolver, build: Callable[[Node], Node], variable: Node | None, items: Items, i: int, mark: Item
            ) -> tuple[Node, int]:  # fmt: skip
    """Apply an operator to what follows: a bracket alone, else the whole product."""
    if i >= len(items):
        raise unreadable("nothing stands after the operator", mark.start, mark.end)
    saved, reader.variable = reader.variable, variable if variable is not None else reader.variable
    try:
        first = items[i]
        rest = items[i:]
        if (
            first.kind == "group"
            and first.text in ("()", "[]", "\\{\\}")
            and (
                (first.args[0][:1] and first.args[0][0].kind == "nabla")
                or calls.composed(reader, first.args[0]) is None
            )
        ):
            if (first.sup or first.sub) and mark.kind == "frac":  # d/dt (…)^{-1}: of the power, as everyone reads it
                return build(reader.factors(rest)), len(items)
            if first.sup or first.sub:
                why = ("a script after ∇(…) or ∂(…) may belong to the bracket or to the derivative: write ∇((…)^2) or "
                       "(∇(…))^2")  # fmt: skip
                if first.sub or i + 1 < len(items):
                    raise ambiguous(why, first.start, first.end)
                of_it = reader.scripts(build(reader.expr(first.args[0])), first)  # of a vector there is none
                return Choice((build(reader.factors(rest)), of_it), why, first.start, first.end), len(items)
            inside = build(reader.expr(first.args[0]))
            if i + 1 == len(items):
                return inside, i + 1
            following = items[i + 1]
            if following.kind == "op":
                return inside, i + 1
            whole = build(reader.factors(rest))
            tail = reader.factors(items[i + 1 :])
            return (
                Choice((Mul((inside, tail), (False, False)), whole), "how far the derivative reaches", mark.start,
                       rest[-1].end), len(items),
            )  # fmt: skip
        return build(reader.factors(rest)), len(items)
    finally:
        reader.variable = saved


def partial(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """`∂f/∂x` in a line, and the operators `∂_x`, `∂_{x_k}`, `∂_k`."""
    item = items[i]
    slash = next((k for k in range(i + 1, len(items)) if items[k].kind == "op" and items[k].text == "/"), None)
    if item.sub:
        if len(item.sub) == 1 and item.sub[0].kind == "name":
            symbol, _ = reader.lookup(item.sub[0])
            if symbol is not None and symbol.kind == "array":
                variable = variable_of(reader, item.sub[0])
                following = items[i + 1] if i + 1 < len(items) else None
                if following is not None and calls.function_at(reader, following)[0] is not None:
                    node, j = factor_under(reader, variable, items, i + 1)
                    return Deriv(node, variable, reader.symbols.layout), j
                layout = reader.symbols.layout
                return operate(reader, lambda body: Deriv(body, variable, layout), variable, items, i + 1, item)
            index = reader.indices(item.sub)

            def build(body: Node) -> Node:
                found = nabla.guess(reader, body, item)
                if len(found) != 1:
                    raise ambiguous("say which variable: ∂_{x_k}", item.start, item.end)
                return Deriv(body, Entry(found[0], tuple(index)), reader.symbols.layout)

            return operate(reader, build, None, items, i + 1, item)
        raise unreadable("∂ wants one variable below it", item.start, item.end)
    if (slash is None or not is_d(reader, items[slash + 1 : slash + 2])) and reader.moves(items, i):
        return differential(reader, items, i)  # ∂(X⁻¹), as the Matrix Cookbook writes
    if slash is None or not is_d(reader, items[slash + 1 : slash + 2]):
        raise unreadable("∂ stands alone", item.start, item.end)
    if slash == i + 1:
        variable = variable_of(reader, items[slash + 2])
        return operate(
            reader, lambda body: Deriv(body, variable, reader.symbols.layout), variable, items, slash + 3, item
        )
    node, j = derivative(reader, items[i:slash], items[slash + 1 : slash + 3], (replace(item, sub=(), sup=()),), 0)
    return node, slash + 3


def factor_under(reader: Resolver, variable: Node, items: Items, i: int) -> tuple[Node, int]:
    """The factor at items[i], where a bare function stands at the variable."""
    saved, reader.variable = reader.variable, variable
    try:
        return reader.factor(items, i)
    finally:
        reader.variable = saved


def differential(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """`dX`, `d(X^{-1})`, `d tr(…)`: reaches one factor, with its scripts."""
    following = items[i + 1]
    if following.kind == "group" and following.text in ("()", "[]") and (following.sup or following.sub):
        raise ambiguous("a script after d(…) may belong to the bracket or to the differential", following.start,
                        following.end)  # fmt: skip
    if following.kind == "name" and following.sup:
        transposed = isinstance(reader.power(Num(1.0, "1"), following), T)
        if not transposed and any(each.kind == "num" for each in following.sup) and following.sup[0].text != "-":
            raise ambiguous("d x^2 may be d(x^2) or (d x)^2: use brackets", following.start, following.end)
        if transposed:
            node, j = differential(reader, (*items[: i + 1], replace(following, sup=()), *items[i + 2 :]), i)
            return T(node), j
    body, j = reader.factor(items, i + 1)
    return Differential(body, ()), j


def _place(items: Items) -> bool:
    """Whether a bracket holds what a function is taken at, and not a factor: a name, a number, or a call."""
    called = len(items) == 2 and items[0].kind == "name" and items[1].kind == "group" and items[1].text == "()"
    return called or (len(items) == 1 and items[0].kind in ("name", "num"))


def entrywise(variables: list[Node]) -> bool:
    """Whether all variables are entries, so that orders commute and nothing is laid out."""
    return all(isinstance(variable, Entry) for variable in variables)
