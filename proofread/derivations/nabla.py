"""How derivatives are written as operators: `∇f`, `∇_x`, `∇²`, Jacobians `J_f(x)`, `Df(x)[h]`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import calls, leibniz
from proofread.derivations.items import split
from proofread.derivations.lex import ambiguous, unreadable
from proofread.derivations.nodes import (
    Add,
    At,
    Block,
    Choice,
    Deriv,
    Entry,
    Mul,
    Node,
    Num,
    T,
    Var,
    stem,
)  # fmt: skip
from proofread.derivations.shape import Item, Items, is_letter, key
from proofread.derivations.symbols import BESIDE_X, LATE, Symbol

if TYPE_CHECKING:
    from proofread.derivations.calls import Fun
    from proofread.derivations.resolve import Resolver


def derived_function(reader: Resolver, items: Items, i: int) -> tuple[Node, int] | None:
    """`(∇g)(Ax + b)`: the bracket holds the function that the next bracket's argument goes to."""
    inner = items[i].args[0]
    following = items[i + 1] if i + 1 < len(items) else None
    if following is None or following.kind != "group" or following.text != "()" or items[i].sup or items[i].sub:
        return None
    gradient = len(inner) == 2 and inner[0].kind == "nabla" and not inner[1].sup and not inner[1].primes
    if gradient and calls.function_at(reader, inner[1])[0] is not None:
        return operator(reader, (*inner, following), 0)[0], i + 2
    if len(inner) == 1 and inner[0].kind == "name":
        function, rest = calls.function_at(reader, inner[0])
        if function is not None and not rest.sup:
            return calls.applied(reader, function, rest, (inner[0], following), 1)[0], i + 2
    return None


def operator(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """`∇f`, `∇_x f`, `∇²f`, and ∇ as an operator that reaches the factor after it."""
    item = items[i]
    order = 1
    if item.sup:
        if key(item.sup) != "2":
            raise unreadable("of the powers of ∇ only ∇² (the Hessian) is read", item.start, item.end)
        order = 2
    if item.primes:
        raise unreadable("∇ takes no prime", item.start, item.end)
    variables: list[Node] = []
    if item.sub and (node := nabla_slot(reader, items, i, order)) is not None:
        return node
    if item.sub:
        sub = item.sub
        if order == 2 and len(sub) == 2:
            variables = [leibniz.variable_of(reader, each) for each in reversed(sub)]  # ∇²_{xy}: as tall as x
        elif len(sub) == 1:
            variables = [leibniz.variable_of(reader, sub[0])] * order
        else:
            raise unreadable("∇ wants one variable below it", item.start, item.end)
    if i + 1 >= len(items):
        raise unreadable("∇ stands alone", item.start, item.end)

    def build(body: Node, at: list[Node] | None = None) -> Node:
        options = [[v] * order for v in guess(reader, body, item)] if not (at or variables) else [at or variables]
        made = []
        for option in options:
            node = Deriv(body, option[-1], reader.symbols.layout, True)
            made.append(Deriv(node, option[0], "hessian", True) if order == 2 else node)
        return made[0] if len(made) == 1 else Choice(tuple(made), "which variable ∇ is for", item.start, item.end)

    following = items[i + 1]
    function, rest_item = calls.function_at(reader, following)
    if function is not None:
        return nabla_function(reader, function, rest_item, items, i + 1, variables, order, build)
    if following.kind == "name":
        symbol, rest = reader.lookup(following)
        if symbol is not None and symbol.kind == "array" and symbol.definition is not None:
            return nabla_defined(reader, symbol, rest, items, i + 1, build)
    return leibniz.operate(reader, build, variables[-1] if variables else None, items, i + 1, item)


def nabla_slot(reader: Resolver, items: Items, i: int, order: int) -> tuple[Node, int] | None:
    """`∇_y f(t, y(t))` where y is no array that one could differentiate by, but names an argument of f."""
    sub, following = items[i].sub, items[i + 2] if i + 2 < len(items) else None
    if len(sub) != 1 or following is None or following.kind != "group" or following.text != "()" or order != 1:
        return None
    function, rest = calls.function_at(reader, items[i + 1])
    symbol = reader.lookup(sub[0])[0]
    if function is None or rest.sub or rest.sup or rest.primes or (symbol is not None and symbol.kind == "array"):
        return None
    places = split(following.args[0], ",")
    slot = leibniz.place_of(reader, function, places, sub[0]) if len(places) == function.arity and all(places) else None
    if slot is None:
        return None
    args = [reader.expr(part) for part in places]
    names = [calls.dummy(reader) for _ in args]
    body = Deriv(function.call([Var(name) for name in names]), Var(names[slot]), reader.symbols.layout, True)
    return reader.power(At(body, tuple(names), tuple(args)), following), i + 3


def nabla_defined(reader: Resolver, symbol: Symbol, item: Item, items: Items, i: int, build: Callable[[Node], Node]
                  ) -> tuple[Node, int]:  # fmt: skip
    """∇y for a name y defined without arguments: it reaches that name alone."""
    body: Node = Var(symbol.name)
    if item.sub:
        body = Entry(body, tuple(reader.indices(item.sub, two=reader.is_matrix(symbol))))
    if item.sup and not isinstance(reader.power(Num(1.0, "1"), item), T):
        raise ambiguous(f"∇{symbol.name}^… may be (∇{symbol.name})^… or ∇({symbol.name}^…): use brackets",
                        item.start, item.end)  # fmt: skip
    node = reader.power(build(body), item)
    following = items[i + 1] if i + 1 < len(items) else None
    if following is not None and following.kind == "group" and following.text == "()":
        called, j = reader.array_or_call(symbol, replace(item, sup=(), sub=()), items, i)
        if j == i + 2 and isinstance(called, (Var, T)):
            return reader.power(build(body), following), j
    if following is not None and following.kind == "name":
        other, _ = reader.lookup(following)
        if other is not None and other.definition is not None and other.shape.scalar:
            raise ambiguous("∇ may reach the first factor or the product: use brackets", item.start, item.end)
    return node, i + 1


def nabla_function(reader: Resolver, function: Fun, item: Item, items: Items, i: int, variables: list[Node], order: int,
                   build: Callable[..., Node]) -> tuple[Node, int]:  # fmt: skip
    """`∇f`, `∇f(x)`, `∇f_i(x)` of a function: the derivative first, then the point."""
    following = items[i + 1] if i + 1 < len(items) else None
    index: tuple[Node, ...] = tuple(reader.indices(item.sub)) if item.sub else ()

    def component(node: Node) -> Node:
        return Entry(node, index) if index else node

    if item.sup and not isinstance(reader.power(Num(1.0, "1"), item), T):
        raise ambiguous(f"∇{function.name}^… may be (∇{function.name})^… or ∇({function.name}^…): use brackets",
                        item.start, item.end)  # fmt: skip
    if following is not None and following.kind == "group" and following.text in ("()", "[]") and not item.sup:
        calls.introduce(reader, function, following)
        if variables:
            args = [reader.expr(part) for part in split(following.args[0], ",")]
            body = component(function.call(args))
            return reader.power(build(body), following), i + 2
        args = [reader.expr(part) for part in split(following.args[0], ",")]
        if len(args) == 1:
            node = derived_at(reader, function, args[0], component, lambda body, v: build(body, [v] * order))
        else:
            node = by_all(reader, function, args, component, build, order)
        if function.scalar and not isinstance(args[0], (Var, Num)):
            whole = build(component(function.call(args)))  # ∇g(f(x)) of a g: ℝ → ℝ is the gradient of g ∘ f
            node = Choice((node, whole), f"how far ∇ reaches before {function.name}", item.start, following.end)
        if following.sub:
            node = Entry(node, tuple(reader.indices(following.sub)))
        return reader.power(node, following), i + 2
    if function.default is not None and not (function.default == () and reader.variable is not None):
        default = list(function.default)
    elif variables and isinstance(variables[-1], Var) and function.arity == 1:
        default = [variables[-1]]
    elif reader.variable is not None and function.arity == 1:
        default = [stem(reader.variable)]
    else:
        default = [calls.moving_point(reader, function) or calls.somewhere(reader, function)]
    body = component(function.call(default))
    if variables:
        node = build(body)
    elif len(default) != 1:
        node = by_all(reader, function, default, component, build, order)
    else:
        node = build(body, [default[0]] * order)
    if following is not None and calls.function_at(reader, following)[0] is not None and not item.sup:
        raise ambiguous("∇ may reach the first function or the product: use brackets", item.start, item.end)
    return reader.power(node, replace(item, sub=())), i + 1


def guess(reader: Resolver, body: Node, item: Item) -> list[Node]:
    """The variables that an unsubscripted ∇ may be for, the likely ones only."""
    names = [
        name for name in sorted(reader.symbols.closure([body]))
        if (symbol := reader.symbols.get(name)) is not None and symbol.kind == "array" and symbol.definition is None
    ]  # fmt: skip
    families = [name for name in names if (found := reader.symbols.get(name)) and found.family]
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


def jacobian(reader: Resolver, items: Items, i: int) -> tuple[Node, int] | None:
    """`J_f(x)`, `J_{g∘f}(x)`, `J_{Ax}`, `H_f(x)`, `D f(x)`."""
    item = items[i]
    which = item.text
    following = items[i + 1] if i + 1 < len(items) else None
    if which == "D" and not item.sub and following is not None:
        if following.kind == "group" and following.text == "()" and not following.sup:
            inside = calls.composed(reader, following.args[0])
            if inside is not None:
                return derived(reader, inside, replace(item, sup=()), items, i + 2, "numerator")
        function, rest = calls.function_at(reader, following)
        if function is None:
            return None
        return derived(reader, function, rest, items, i + 2, "numerator")
    if which == "D" and len(item.sub) == 1 and item.sub[0].kind == "name" and following is not None:
        function, rest = calls.function_at(reader, following)
        place = items[i + 2] if i + 2 < len(items) else None
        if function is None and calls.function_at(reader, item.sub[0])[0] is not None:
            return jacobian(reader, (*items[:i], replace(item, text="J"), *items[i + 1 :]), i)  # D_f(x)
        if function is None or rest.sub or rest.sup or rest.primes or place is None or place.text != "()":
            return None
        calls.introduce(reader, function, place)
        return directional(reader, function, reader.expr(place.args[0]), replace(item, args=(item.sub,), sub=())), i + 3
    if which not in ("D", "J", "H") or not item.sub:
        return None
    sub = item.sub
    function, rest = calls.function_at(reader, sub[0]) if len(sub) == 1 else (None, sub[0])
    function = calls.composed(reader, sub) or function
    if function is not None and not (len(sub) == 1 and (rest.sub or rest.sup)):
        return derived(
            reader, function, replace(item, sub=()), items, i + 1, "hessian" if which == "H" else "numerator"
        )
    if all(is_letter(each) and not reader.declared(each.text) for each in sub):
        return None
    if which in "DH":
        return None
    body = reader.expr(sub[0].args[0] if len(sub) == 1 and sub[0].kind == "group" and sub[0].text == "()" else sub)
    found = guess(reader, body, item)
    made = tuple(Deriv(body, variable, "numerator") for variable in found)
    node: Node = made[0] if len(made) == 1 else Choice(made, "which variable J is for", item.start, item.end)
    j = i + 1
    if following is not None and following.kind == "group" and following.text == "()" and isinstance(node, Deriv):
        point = following.args[0]
        if len(point) == 1 and point[0].kind == "name":
            symbol, _ = reader.lookup(point[0])
            if symbol is not None and isinstance(node.var, Var) and symbol.name == node.var.name:
                return reader.power(reader.power(node, item), following), j + 1
    return reader.power(node, replace(item, sub=())), j


def derived(reader: Resolver, function: Fun, item: Item, items: Items, i: int, layout: str) -> tuple[Node, int]:
    """`J_f(x)`, `Df(x)`: the derivative of a function at a point."""
    following = items[i] if i < len(items) else None

    def make(body: Node, variable: Node) -> Node:
        if layout == "hessian":
            return Deriv(Deriv(body, variable, "mixed"), variable, "hessian")
        return Deriv(body, variable, layout)

    def everywhere(args: list[Node]) -> Node:
        order = 2 if layout == "hessian" else 1
        return by_all(reader, function, args, lambda body: body, make_all, order, across=True)

    def make_all(body: Node, by: list[Node]) -> Node:
        if layout == "hessian":
            return Deriv(Deriv(body, by[1], "mixed"), by[0], "hessian")
        return Deriv(body, by[0], layout)

    if following is not None and following.kind == "group" and following.text == "()" and not item.sup:
        calls.introduce(reader, function, following)
        args = [reader.expr(part) for part in split(following.args[0], ",")]
        if len(args) != 1:
            node = everywhere(args)
            if following.sub:
                node = Entry(node, tuple(reader.indices(following.sub)))
            return reader.power(node, following), i + 1
        after = items[i + 1] if i + 1 < len(items) else None
        if after is not None and after.kind == "group" and after.text == "[]" and not following.sup:
            return directional(reader, function, args[0], after), i + 2
        node = derived_at(reader, function, args[0], lambda body: body, make)
        if following.sub:
            node = Entry(node, tuple(reader.indices(following.sub)))
        return reader.power(node, following), i + 1
    if function.default and len(function.default) > 1:
        return reader.power(everywhere(list(function.default)), item), i
    if function.default:
        point: Node = function.default[0]
    elif reader.variable is not None:
        point = stem(reader.variable)
    else:
        point = calls.somewhere(reader, function)
    return reader.power(make(function.call([point]), point), item), i


def derived_at(reader: Resolver, function: Fun, arg: Node, component: Callable[[Node], Node],
               make: Callable[[Node, Node], Node]) -> Node:  # fmt: skip
    """The derivative of a function at a point, which need not be a bare name."""
    if isinstance(arg, Var) and (symbol := reader.symbols.get(arg.name)) and symbol.definition is None:
        return make(component(function.call([arg])), arg)
    name = calls.dummy(reader)
    return At(make(component(function.call([Var(name)])), Var(name)), (name,), (arg,))


def by_all(reader: Resolver, function: Fun, args: list[Node], component: Callable[[Node], Node],
           build: Callable[[Node, list[Node]], Node], order: int, across: bool = False) -> Node:  # fmt: skip
    """The derivative of `f(x, y)` by both: gradients below one another (Jacobians, and `across`, beside one another),
    second derivatives in blocks."""
    own = [
        arg.name if isinstance(arg, Var) and (symbol := reader.symbols.get(arg.name)) and symbol.definition is None
        else "" for arg in args
    ]  # fmt: skip
    names = tuple(calls.dummy(reader) if not name or own.count(name) > 1 else name for name in own)
    variables: list[Node] = [Var(name) for name in names]
    body = component(function.call(variables))
    symbol = reader.symbols.get(function.name)
    if order == 2:
        rows = tuple(tuple(build(body, [w, v]) for w in variables) for v in variables)
    else:
        row = tuple(build(body, [v]) for v in variables)
        beside = across or reader.symbols.layout == "numerator" or (symbol is not None and not symbol.shape.scalar)
        rows = (row,) if beside else tuple((each,) for each in row)
    moved = [(name, arg) for name, arg, given in zip(names, args, own, strict=True) if name != given]
    node: Node = Block(rows)
    return At(node, tuple(name for name, _ in moved), tuple(arg for _, arg in moved)) if moved else node


def directional(reader: Resolver, function: Fun, point: Node, group: Item) -> Node:
    """`f'(x)[v]`: the derivative of f(x + t v) at t = 0."""
    name = calls.dummy(reader)
    moved = Add((1, 1), (point, Mul((Var(name), reader.expr(group.args[0])), (False, False))))
    zero = Num(0.0, "0")
    node: Node = At(Deriv(function.call([moved]), Var(name), "mixed"), (name,), (zero,))
    return reader.scripts(node, group)
