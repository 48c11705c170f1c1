"""Functions, and what they are applied to: by name or by signature, composed, primed, with or without brackets."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from proofread.derivations import brackets, nabla, sums
from proofread.derivations.items import split, trimmed
from proofread.derivations.lex import Refusal, ambiguous, unreadable
from proofread.derivations.nodes import (
    Apply,
    At,
    Choice,
    Deriv,
    Div,
    Entry,
    Fn,
    Map,
    Mul,
    Node,
    Num,
    Pow,
    Var,
    dump,
    show,
    stem,
)  # fmt: skip
from proofread.derivations.shape import INFIX, Item, Items, is_letter, key
from proofread.derivations.symbols import Symbol

if TYPE_CHECKING:
    from proofread.derivations.resolve import Resolver

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


@dataclass(frozen=True)
class Fun:
    """A function that can be applied: how, where it stands if nothing is said, and what it takes."""

    name: str
    call: Callable[[list[Node]], Node]
    default: tuple[Node, ...] | None
    scalar: bool = False
    """It takes one real number (so an array is mapped entry by entry)."""
    arity: int = 1


def primed(reader: Resolver, items: Items, i: int) -> tuple[Node, int] | None:
    """`(fg)'`, `(f/g)'(t)`, `(g ∘ h)'`: what is made of functions of one real number is another one."""
    item, following = items[i], items[i + 1] if i + 1 < len(items) else None
    called = composed(reader, item.args[0])
    functions = [function_at(reader, each)[0] for each in _names(item.args[0])]
    if not functions or not all(each is not None and each.scalar for each in functions) or item.sub:
        return None
    saved = reader.variable, reader.latest
    reader.variable, reader.latest = None, None
    try:
        point = anywhere(reader)
        body = called.call([point]) if called is not None else reader.expr(item.args[0])
    finally:
        reader.variable, reader.latest = saved
    for _ in range(item.primes):
        body = Deriv(body, point, "mixed")
    if following is not None and following.kind == "group" and following.text == "()" and not item.sup:
        node = At(body, (point.name,), (reader.expr(following.args[0]),))
        return reader.scripts(node, following), i + 2
    return reader.power(body, item), i + 1


def somewhere(reader: Resolver, function: Fun) -> Node:
    """The point, left unsaid, at which a function stands."""
    symbol = reader.symbols.get(function.name)
    if symbol is None or len(symbol.domain) != 1:
        raise unreadable(f"say where {function.name} is taken, as in {function.name}(x)")
    shape = symbol.domain[0]
    name = "•" + "×".join(show(size) for size in (shape.rows, shape.cols) if size is not None)
    if not reader.declared(name):
        reader.symbols.scopes[0].symbols[name] = Symbol(name, "array", shape, traits=symbol.domain_traits[0])
    return Var(name)


def introduce(reader: Resolver, function: Fun, group: Item) -> None:
    """A letter that nobody declared, as the argument of a function with a signature, is what it takes."""
    symbol = reader.symbols.get(function.name)
    for k, part in enumerate(split(group.args[0], ",")):
        if symbol is None or k >= len(symbol.domain) or len(part) != 1 or not is_letter(part[0]):
            continue
        item = part[0]
        if item.sub or item.sup or item.primes or item.text in "πe∞dI01" or reader.lookup(item)[0] is not None or (
            reader.index_axis(reader.name(item)) is not None):  # fmt: skip
            continue
        name = reader.name(item)
        traits = symbol.domain_traits[k] if symbol.domain_traits else frozenset()
        reader.symbols.scopes[-1].symbols[name] = Symbol(name, "array", symbol.domain[k], traits=traits)


def anywhere(reader: Resolver) -> Var:
    """A real number that nothing names."""
    if not reader.declared("•"):
        reader.symbols.scopes[0].symbols["•"] = Symbol("•", "array")
    return Var("•")


def moving_point(reader: Resolver, function: Fun) -> Node | None:
    """In a formula with `dx`: x, if it is what the function takes."""
    symbol = reader.symbols.get(function.name)
    if symbol is None or len(symbol.domain) != 1:
        return None
    wanted = dump(symbol.domain[0].rows), dump(symbol.domain[0].cols)
    found = []
    for name in sorted(reader.moving):
        other = reader.symbols.get(name)
        if other is not None and other.kind == "array" and (dump(other.shape.rows), dump(other.shape.cols)) == wanted:
            found.append(other.name)
    return Var(found[0]) if len(found) == 1 else None


def dummy(reader: Resolver) -> str:
    """A new name for the argument of a function."""
    return f"u{next(reader.fresh)}"


def builtin(reader: Resolver, name: str) -> Fun:
    """A function every textbook knows."""
    return Fun(name, lambda args: Fn(name, tuple(args)), None, name in ELEMENTWISE)


def fun_of(reader: Resolver, symbol: Symbol) -> Fun:
    """A declared or defined function, with how it is applied."""
    scalar = symbol.shape.scalar and (
        (len(symbol.domain) == 1 and symbol.domain[0].scalar)
        or (
            len(symbol.params) == 1
            and ((param := reader.symbols.get(symbol.params[0])) is None or (param.shape.scalar and not param.family))
        )
    )
    arity = len(symbol.domain) or len(symbol.params)

    def call(args: list[Node]) -> Node:
        if len(args) != arity:
            raise Refusal(f"{symbol.name} takes {arity} arguments, not {len(args)}", kind="shape")
        if scalar and not isinstance(args[0], Num):
            name = dummy(reader)
            return Map(name, Apply(symbol.name, (Var(name),)), args[0])
        return Apply(symbol.name, tuple(args))

    default: tuple[Node, ...] | None = tuple(Var(name) for name in symbol.params) if symbol.params else None
    if symbol.point:
        return Fun(symbol.name, call, symbol.point, scalar, arity)
    if default is not None and not all(reader.declared(name) for name in symbol.params):
        default = None
    return Fun(symbol.name, call, default, scalar, arity)


def function_at(reader: Resolver, item: Item) -> tuple[Fun | None, Item]:
    """The function an item names, if it names one."""
    if item.kind == "func" and item.text in KNOWN and not item.sup and not item.sub:
        if item.text in ("log", "exp", "sqrt", "max", "min", "abs", "sin", "cos", "tan") or item.text in GREEDY:
            return None, item  # read as part of an expression: ∇ log f reaches the whole
        return builtin(reader, item.text), item
    if item.kind != "name":
        return None, item
    symbol, rest = reader.lookup(item)
    if symbol is not None:
        return (fun_of(reader, symbol), rest) if symbol.kind == "function" else (None, item)
    if item.text == "σ" and not item.sub:
        return builtin(reader, "sigmoid"), item
    return None, item


def derived_scalar(reader: Resolver, function: Fun, order: int) -> Fun:
    """f′ of a function of one real number."""

    def call(args: list[Node]) -> Node:
        name = dummy(reader)
        body = _inner_call(function, name)
        for _ in range(order):
            body = Deriv(body, Var(name), "mixed")
        return Map(name, body, args[0])

    return replace(function, name=function.name + "′" * order, call=call)


def dotted(reader: Resolver, item: Item) -> Item | None:
    """`ẋ`, `ẍ` of a function, as the primes that they mean; None of another name, such as a tangent `ẋ` of a vector."""
    styles = item.style.split()
    order = styles.count("dot") + 2 * styles.count("ddot")
    if not order or item.primes or reader.symbols.get(reader.name(item)) is not None:
        return None
    bare = replace(item, primes=order, style=" ".join(each for each in styles if each not in ("dot", "ddot")))
    symbol = reader.lookup(bare)[0]
    return bare if symbol is not None and symbol.kind == "function" else None


def composed(reader: Resolver, items: Items) -> Fun | None:
    """`g ∘ f` where both are functions, `∇f`, or None."""
    if len(items) == 2 and items[0].kind == "nabla" and not items[0].sup and not items[0].sub:
        inside, rest = function_at(reader, items[1])
        if inside is None or inside.arity != 1 or rest.sub or rest.sup or rest.primes:
            return None
        layout = reader.symbols.layout
        return Fun(
            f"∇{inside.name}",
            lambda args: nabla.derived_at(
                reader, inside, args[0], lambda body: body, lambda body, v: Deriv(body, v, layout, True)
            ),
            inside.default,
        )
    parts = split(items, "∘")
    if len(parts) < 2 or any(len(part) != 1 for part in parts):
        return None
    functions = []
    for (part,) in parts:
        if part.kind == "func" and part.text in KNOWN and not part.sup and not part.sub:
            functions.append(builtin(reader, part.text))
            continue
        function, rest = function_at(reader, part)
        if function is None or rest.sub or rest.sup or (rest.primes and not function.scalar):
            return None
        functions.append(derived_scalar(reader, function, rest.primes) if rest.primes else function)

    def call(args: list[Node]) -> Node:
        node = functions[-1].call(args)
        for function in reversed(functions[:-1]):
            node = function.call([node])
        return node

    inner = functions[-1]
    return Fun(" ∘ ".join(each.name for each in functions), call, inner.default, inner.scalar, inner.arity)


def spread(reader: Resolver, items: Items) -> Items:
    """`(f + g)(x)`, `(fg)(x)` as `(f(x) + g(x))`, `(f(x)g(x))`: what functions of the same arguments make is applied by
    applying each. Of what ∇ stands before, only at a name, for `∇(fg)(Ax)` is another thing than `∇(f(Ax)g(Ax))`."""
    for k, (item, point) in enumerate(itertools.pairwise(items)):
        if not (item.kind == point.kind == "group" and item.text == point.text == "()") or item.sub or item.primes:
            continue
        inner, place = item.args[0], trimmed(point.args[0])
        functions = [each for each in inner if each.kind == "name" and function_at(reader, each)[0] is not None]
        others = [each for each in inner if each not in functions]
        if len(inner) < 2 or not functions or point.sup:
            continue
        if any(each.sub or each.sup or each.primes for each in functions):
            continue
        if any(not (each.kind == "num" or (each.kind == "op" and each.text in "+-·/") or (
                each.kind == "name" and (symbol := reader.lookup(each)[0]) is not None and symbol.shape.scalar
                and not symbol.family)) for each in others):  # fmt: skip
            continue
        before = items[k - 1] if k else None
        moved = before is not None and before.kind in ("nabla", "frac", "partial")
        if moved and not (len(place) == 1 and is_letter(place[0])):
            continue
        flat = (each for one in inner for each in ((one, replace(point, sup=())) if one in functions else (one,)))
        return spread(reader, (*items[:k], replace(item, args=(tuple(flat),)), *items[k + 2 :]))
    return items


def applied(reader: Resolver, function: Fun, item: Item, items: Items, i: int) -> tuple[Node, int]:
    """A function with its primes, its component index and, if a bracket follows, its arguments."""
    following = items[i] if i < len(items) else None
    bracket = following is not None and following.kind == "group" and following.text in ("()", "[]", "\\{\\}")
    if bracket and following is not None and _beside_itself(item, following):
        bracket = False  # σ(1 - σ) is a product
    if bracket and following is not None:
        introduce(reader, function, following)
    index: tuple[Node, ...] = tuple(reader.indices(item.sub)) if item.sub else ()
    primes = item.primes

    def value(args: list[Node]) -> Node:
        if not primes:
            node = function.call(args)
            return Entry(node, index) if index else node
        if len(args) != 1:
            raise unreadable("a prime is for functions of one argument", item.start, item.end)
        if function.scalar:
            node = derived_scalar(reader, function, primes).call(args)
        else:
            if primes > 2:
                raise unreadable("more than two primes are read on functions of numbers only", item.start, item.end)

            def derive(body: Node, variable: Node) -> Node:
                once = Deriv(body, variable, "numerator")
                return once if primes == 1 else Deriv(once, variable, "numerator")

            node = nabla.derived_at(reader, function, args[0], lambda body: body, derive)
        return Entry(node, index) if index else node

    if bracket and following is not None:
        sign_power = item.sup
        if sign_power and (key(sign_power) == "-1" or key(sign_power).startswith("(")):
            raise ambiguous(
                f"{function.name}^{{-1}} may be the inverse function or 1/{function.name}: write one of them out",
                item.start, item.end,
            )  # fmt: skip
        args = arguments(reader, function, following)
        after = items[i + 1] if i + 1 < len(items) else None
        if primes == 1 and after is not None and after.kind == "group" and after.text == "[]" and len(args) == 1:
            return nabla.directional(reader, function, args[0], after), i + 2
        node = value(args)
        if item.sup:
            node = elementwise_power(reader, node, item)
        return reader.scripts(node, following), i + 1
    if function.default is not None:
        args = list(function.default)
    elif reader.variable is not None and function.arity == 1 and not primes:
        args = [stem(reader.variable)]
    elif function.arity == 1 and reader.symbols.get(function.name) is not None:
        args = [moving_point(reader, function) or somewhere(reader, function)]
    elif " ∘ " in function.name and function.scalar:
        args = [anywhere(reader)]
    elif function.name == "sigmoid":
        args = [reader.latest or anywhere(reader)]
    else:
        raise unreadable(f"{function.name} stands without its argument", item.start, item.end)
    return reader.power(value(args), item), i


def arguments(reader: Resolver, function: Fun, group: Item) -> list[Node]:
    """The arguments in a bracket; `diag(x_1, …, x_n)` takes a tuple."""
    inner = group.args[0]
    several = any(each.kind == "op" and each.text == "," for each in inner)
    if several and function.name in ("diag", "softmax", "logsumexp", "logsoftmax"):
        column = brackets.tuple_of(reader, group, inner)
        return [column.options[0] if isinstance(column, Choice) else column]
    return [reader.expr(part) for part in split(inner, ",")]


def elementwise_power(reader: Resolver, node: Node, item: Item) -> Node:
    """`f^2(x)`, `\\sin^2 x`: the power of the value, entry by entry."""
    if any(each.kind == "op" for each in item.sup):
        return reader.power(node, item)
    return Pow(node, reader.expr(item.sup), elementwise=True)


def known(reader: Resolver, items: Items, i: int) -> tuple[Node, int]:
    """`\\exp`, `\\det`, `\\operatorname{tr}` … at items[i], with or without brackets."""
    item = items[i]
    name = item.text
    if name in ("max", "min") and item.sub:
        return sums.big_operator(reader, items, i)
    if name in ("grad", "Hess"):
        order = (Item("num", "2", item.start, item.end),) if name == "Hess" else ()
        return nabla.operator(reader, (*items[:i], replace(item, kind="nabla", text="", sup=order), *items[i + 1 :]), i)
    if name == "log" and item.sub:
        node, j = known(reader, (*items[:i], replace(item, sub=()), *items[i + 1 :]), i)
        return Div(node, Fn("log", (reader.expr(item.sub),))), j
    if name not in KNOWN:
        raise unreadable(f"the operator {name} is not read", item.start, item.end)
    if item.sub and not (False):
        raise unreadable(f"a subscript on {name} is not read", item.start, item.end)
    if item.primes or (i + 1 < len(items) and items[i + 1].kind == "group" and items[i + 1].text in (
        "()", "[]", "\\{\\}")):  # fmt: skip
        return known_call(reader, item, items, i)
    if name in ("max", "min"):
        raise unreadable(f"{name} wants its arguments in brackets", item.start, item.end)
    if item.sup and key(item.sup) in ("-1",):
        raise ambiguous(f"{name}^{{-1}} may be the inverse function or 1/{name}: write one of them out", item.start,
                        item.end)  # fmt: skip
    if i + 1 >= len(items):
        raise unreadable(f"{name} stands without its argument", item.start, item.end)
    return unbracketed(reader, item, items, i)


def known_call(reader: Resolver, item: Item, items: Items, i: int) -> tuple[Node, int]:
    """Such a function with a bracket behind it."""
    name = item.text
    following = items[i + 1] if i + 1 < len(items) else None
    if name in ("max", "min") and following is not None:
        dotted = any(each.kind == "dots" for each in following.args[0])
        if dotted:  # max(x_1, …, x_n)
            column = brackets.tuple_of(reader, following, following.args[0])
            args: tuple[Node, ...] = (column.options[0] if isinstance(column, Choice) else column,)
        else:
            args = tuple(reader.expr(part) for part in split(following.args[0], ","))
        node: Node = Fn(name, args)
        if item.sup:
            node = elementwise_power(reader, node, item)
        return reader.scripts(node, following), i + 2
    if item.sup and key(item.sup) == "-1":
        raise ambiguous(f"{name}^{{-1}} may be the inverse function or 1/{name}: write one of them out", item.start,
                        item.end)  # fmt: skip
    return applied(reader, builtin(reader, name), item, items, i + 1)


def unbracketed(reader: Resolver, item: Item, items: Items, i: int) -> tuple[Node, int]:
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
        node, j = reader.factor(items, j)
        nodes.append(("", node, here))
        stops.append(j)
    if not nodes:
        raise unreadable(f"{name} stands without its argument", item.start, item.end)

    def make(count: int) -> Node:
        body = reader.product(nodes[:count])
        node: Node = Fn(name, (body,))
        if item.sup:
            node = elementwise_power(reader, node, item)
        if count < len(nodes):
            node = Mul((node, *(each for _, each, _ in nodes[count:])), (False,) * (len(nodes) - count + 1))
        return node

    first = next((k for k, (_, node, _) in enumerate(nodes) if not isinstance(node, Num)), len(nodes) - 1) + 1
    if first == len(nodes):
        return make(first), stops[-1]
    return Choice((make(len(nodes)), make(first)), f"how far {name} reaches", item.start, items[j - 1].end), stops[-1]


def _inner_call(function: Fun, name: str) -> Node:
    """The value of a function of one real number at a name."""
    node = function.call([Var(name)])
    return node.body if isinstance(node, Map) and isinstance(node.arg, Var) and not function.name else node


def _beside_itself(item: Item, group: Item) -> bool:
    """Whether a function's bracket is a sum with the function itself, bare, in it."""
    inner = group.args[0]
    if item.kind != "name" or not any(each.kind == "op" and each.text in "+-" for each in inner):
        return False
    return any(
        each.kind == "name" and each.text == item.text and each.style == item.style
        and (each.sub == item.sub or bool(item.sub and each.sub))  # s_i (δ_ij - s_j): components of one function
        and not (k + 1 < len(inner) and inner[k + 1].kind == "group" and inner[k + 1].text == "()")
        for k, each in enumerate(inner)
    )  # fmt: skip


def _names(items: Items) -> list[Item]:
    """The names that items hold, in fractions and brackets too."""
    return [
        name for item in items
        for name in ([item] if item.kind == "name" else [each for arg in item.args for each in _names(arg)])
    ]  # fmt: skip
