"""What a formula makes of names that nothing else declares: by their entries, rows, columns or sets, or defined."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from proofread.derivations import calls, claims, diagnose, meanings, readings, rows, statements, words
from proofread.derivations.claims import Claim, Setting
from proofread.derivations.infer import Typer, find
from proofread.derivations.items import INDICES, MARKS, NUMBERED, SIGNS, flattened, names_in, numbered, split, trimmed
from proofread.derivations.lex import Refusal, unreadable
from proofread.derivations.nodes import (
    Apply,
    Differential,
    Entry,
    Fn,
    Gather,
    Mul,
    Node,
    Num,
    T,
    Unit,
    Var,
    dump,
    show,
    walk,
)  # fmt: skip
from proofread.derivations.outcome import Outcome
from proofread.derivations.prose import BASIS
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Item, Items, is_letter, key, read_items
from proofread.derivations.statements import ONE, Part
from proofread.derivations.symbols import Shape, Symbol, Symbols, free_axes
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker


#: What before σ(z) = … makes it another function than the logistic one.
ACTIVATION = re.compile(r"激活|非线性|activation|non-?linearity", re.IGNORECASE)


@dataclass(frozen=True)
class Definition:
    """What an equality defines."""

    name: str
    params: tuple[str, ...]
    index: Items
    known: Symbol | None
    squared: bool = False
    """Its square is given: it is the root."""
    in_set: bool = False
    """Its shape is known by the set in which it lies, `y = Ax ∈ ℝ^m`."""


def make_basis(checker: Checker, name: str, before: Symbol | None = None) -> None:
    """Let e_i, declared as vectors, be the columns of I; `before` is what the letter stood for."""
    head = name.partition("_")[0]
    for scope in checker.symbols.scopes:
        symbol = scope.symbols.get(name)
        if symbol is not None and symbol.kind == "array" and symbol.shape.cols is statements.ONE:
            del scope.symbols[name]
            size = symbol.shape.rows
            if before is not None and before.columns and dump(before.shape.rows) != dump(size):
                scope.symbols.pop(head, None)  # e_i ∈ ℝ^m and e_j ∈ ℝ^n: what stands beside each says how long it is
                return
            scope.symbols[head] = Symbol(head, "array", Shape(size, size), definition=Unit("I", size), columns=True)


def standard_basis(checker: Checker, items: Items) -> str | None:
    """`e_1, …, e_n`, or the `e_i` of “the i-th standard basis vector of ℝⁿ”, that nothing declares: columns of I."""
    cells = [each for each in split(trimmed(items), ",") if each]
    named = [each[0] for each in cells if len(each) == 1 and each[0].kind == "name"]
    dotted = any(len(each) == 1 and each[0].kind == "dots" for each in cells)
    alike = all(each.text == "e" and each.sub and not each.sup for each in named)
    if not named or len(named) + dotted != len(cells) or not alike:
        return None
    name = Resolver(checker.symbols).name(named[0])
    if not BASIS.search(checker.sentence.text + "$" + checker.rest) or checker.symbols.get(name) is not None:
        return None
    size: Node | None = statements.dimension(named[-1].sub, checker.symbols) if dotted else None
    if size is None:
        of = re.search(r"(?:\bof\b|\bin\b|for)\s*\$", checker.rest) or re.search(r"\$\s*(?:中|的|空间)", checker.rest)
        place = checker.rest.count("$", 0, of.start() + 1) - (of.group()[0] == "$") if of else -1
        found = statements.read_set(read_items(checker.ahead[place].tex), checker.symbols) if place >= 0 else None
        size = found[0].rows if found else None
    if size is None:
        return None
    checker.symbols.put(Symbol(name, "array", Shape(size, size), definition=Unit("I", size), columns=True))
    return name


def nilpotent(checker: Checker, part: Part) -> str | None:
    """The ε of `ε² = 0`: nothing but 0 among the real numbers, so it is what dual numbers have."""
    left, *right = part.pieces
    alone = len(left) == 1 and is_letter(left[0]) and not left[0].sub and not left[0].primes
    if not alone or key(left[0].sup) != "2" or part.relations != ("=",) or key(trimmed(right[0])) != "0":
        return None
    if checker.sentence.concluded:
        return None  # a claim
    resolver = Resolver(checker.symbols)
    return resolver.name(left[0]) if resolver.lookup(left[0])[0] is None else None


def declared_by_entries(checker: Checker, part: Part) -> list[str] | None:
    """Declare the A of `A = (a_{ij})_{m×n}`, if nothing else does."""
    if part.relations not in (("=",), (":=",)) or not names_entries(checker, *part.pieces):
        return None
    (head,), (group,) = part.pieces
    sizes = split(group.sub, "×")
    name = Resolver(checker.symbols).name(head)
    if group.sup or group.primes:
        return None
    if len(sizes) == 2:
        rows, cols = (statements.dimension(size, checker.symbols) for size in sizes)
        checker.symbols.put(Symbol(name, "array", Shape(rows, cols)))
    return [name] if len(sizes) == 2 else words.entries(checker, name)


def names_entries(checker: Checker, left: Items, right: Items) -> bool:
    """Whether a relation reads `A = (a_{ij})` of an A that nothing declares, whatever hangs on the bracket."""
    brackets = len(right) == 1 and right[0].kind == "group" and right[0].text in ("()", "[]")
    inner = right[0].args[0] if brackets else ()
    if len(left) != 1 or len(inner) != 1 or left[0].sub or left[0].sup or left[0].primes:
        return False
    head, entry = left[0], inner[0]
    letters = [each for each in entry.sub if not (each.kind == "op" and each.text == ",")]
    resolver = Resolver(checker.symbols)
    return (
        head.kind == entry.kind == "name" and head.text.isupper() and entry.text == head.text.lower()
        and not entry.sup and not entry.primes and len(letters) == 2 and all(map(is_letter, letters))
        and letters[0].text < letters[1].text
        and all(resolver.lookup(each)[0] is None for each in (head, replace(entry, sub=())))
    )  # fmt: skip


def mapping(checker: Checker, part: Part, formula: Formula, setting: Setting, assume: bool) -> Outcome:
    """`f: x ↦ body` defines f; `x ↦ body` alone says nothing that could be wrong."""
    left, body = part.pieces
    if len(left) > 2 and left[0].kind == "name" and left[1].kind == "op" and left[1].text == ":":
        group = Item("group", "()", left[2].start, left[-1].end, (left[2:],))
        told = Part("chain", part.items, ((left[0], group), body), ("=",))
        if (target := defined_name(checker, *told.pieces)) is not None:
            return define(checker, told, target, formula, setting, assume)
    if len(left) == 1 and left[0].kind == "name":
        return checker.expression(Part("expression", body), setting)
    raise unreadable("↦ is read in f: x ↦ … only, which defines f; write f(x) = …", left[0].start, left[-1].end)


def with_set(checker: Checker, part: Part, formula: Formula, setting: Setting, assume: bool) -> Outcome:
    """`y = Ax ∈ ℝ^m`: the relation, and the shape it states."""
    head, target = part.pieces[0], part.pieces[-1]
    rest = replace(part, pieces=part.pieces[:-1], relations=part.relations[:-1])
    found = statements.read_set(target, checker.symbols)
    if found is None:
        raise unreadable("the set is not read", target[0].start, target[-1].end)
    rows.declare_members(checker, head, rest.pieces[-1], found[0])
    if (names := coordinates(checker, head, rest, found)) is not None:
        return Outcome("declared", facts={"declares": names})
    known = Resolver(checker.symbols).lookup(head[0])[0] if len(head) == 1 and head[0].kind == "name" else None
    unknown = len(head) == 1 and head[0].kind == "name" and (known is None or known.name in checker.held.early)
    entries = len(rest.pieces) == 2 and names_entries(checker, *rest.pieces)
    if unknown and (entries or any(
        item.kind == "name" and item.text == head[0].text for side in rest.pieces[1:] for item in flattened(side)
    )):  # fmt: skip
        names = statements.declare(Part("declaration", part.items, (head, target), ("∈",)), checker.symbols)
        if entries:  # A = (a_{ij})_{m×n} ∈ ℝ^{m×n}: nothing is supposed, and the sizes must agree
            sides = tuple(map(Resolver(checker.symbols).side, rest.pieces))
            outcome = checker.verdict(Claim(sides, ("=",)), formula, setting, [], rest)
        else:
            outcome = checker.chain(rest, formula, setting, assume, [])
        return replace(outcome, status="declared" if outcome.status == "verified" else outcome.status,
                       facts={**outcome.facts, "declares": names})  # fmt: skip
    made = defined_name(checker, *rest.pieces[:2]) if unknown and rest.relations == ("=",) else None
    if made is not None and made.known is None and not made.index:
        wanted = Symbol(made.name, "array", found[0])
        outcome = define(checker, rest, replace(made, known=wanted, in_set=True), formula, setting, assume)
    else:
        outcome = checker.chain(rest, formula, setting, assume, [])
    resolver = Resolver(checker.symbols)
    # A tuple may be a row or a column; what it has defined is one of them.
    node = resolver.expr(trimmed(head if unknown else rest.pieces[-1]))
    if made is None or not made.known:
        for sizes in readings.setting_sizes([node, *(e for e in (found[0].rows, found[0].cols) if e)], [], setting):
            typer = Typer(checker.symbols, sizes)
            (reading, *_) = list(readings.expand_choices((node,)))
            typer.same(typer.shape(found[0]), typer.type(reading[0], {}), f"{show(node)} does not lie in the set")
    if assume:
        return outcome
    for claim in members(checker, node, found, target):
        stated = checker.verdict(claim, formula, setting, [], part)
        if stated.status != "verified":
            left, right = (diagnose.source(formula.tex, each) for each in part.pieces[-2:])
            _, _, lines = stated.message.partition("\n")
            message = f"{checker.place(formula, target[0].start)}  `{left}` ∈ `{right}` fails\n{lines}"
            return replace(stated, message=message)
        told = {
            label: outcome.facts[label] if label == "defines" else stated.facts[label]
            for label in {**outcome.facts, **stated.facts} if label in stated.facts or label == "defines"
        }  # fmt: skip
        for label in ("steps", "draws"):
            told[label] = int(str(stated.facts[label])) + int(str(outcome.facts.get(label, 0)))
        if "read_as" in outcome.facts:
            told["read_as"] = f"{outcome.facts['read_as']}; {stated.facts['read_as']}"
        outcome = Outcome("verified", facts=told)
    return outcome


def members(checker: Checker, node: Node, found: tuple[Shape, frozenset[str], str], target: Items) -> list[Claim]:
    """What a set says of something known beside its shape.

    Raises:
        Refusal: it is a set of integers.
    """
    _, traits, kind = found
    if kind == "size" or "binary" in traits:
        raise unreadable("whether something known is an integer is not checked", target[0].start, target[-1].end)
    zero = Num(0.0, "0")
    said: list[tuple[str, Node, Node]] = []
    if traits & {"symmetric", "psd", "pd"}:
        said.append(("=", node, T(node)))
    if "orthogonal" in traits:
        said.append(("=", Mul((T(node), node), (False, False)), Unit("I", None)))
    orders = {"psd": "⪰", "pd": "≻", "nonnegative": "≥", "positive": ">"}
    said += [(orders[trait], node, zero) for trait in sorted(traits & orders.keys())]
    if kind == "interval":
        for relation, bound in statements.bounds(target[0], checker.symbols):
            said.append((relation, node, bound))
    return [Claim((left, right), (relation,)) for relation, left, right in said]


def coordinates(
    checker: Checker, head: Items, part: Part, found: tuple[Shape, frozenset[str], str]
) -> list[str] | None:
    """`p = (x, y, z)^⊤ ∈ ℝ³` of names that nothing declares: a vector p, and names for its entries."""
    side = part.pieces[-1]
    group = side[0] if len(side) == 1 and part.relations == ("=",) and len(head) == 1 else None
    if group is None or group.kind != "group" or group.text not in ("()", "[]"):
        return None
    if not is_letter(head[0]) or head[0].sub:
        return None
    cells = split(group.args[0], ",")
    resolver = Resolver(checker.symbols)
    names = [resolver.name(each[0]) for each in cells if len(each) == 1 and is_letter(each[0]) and not each[0].sub]
    new = [*names, resolver.name(head[0])]
    size = found[0].rows
    if len(names) != len(cells) or len(set(new)) != len(new) or found[0].cols is not ONE:
        return None
    if not isinstance(size, Num) or size.value != len(names) or any(map(checker.symbols.get, new)):
        return None
    whole = Symbol(new[-1], "array", found[0], traits=found[1])
    checker.symbols.put(whole)
    for k, name in enumerate(names, 1):
        entry = Entry(Var(whole.name), (Num(float(k), str(k)),))
        checker.symbols.put(Symbol(name, "array", definition=entry))
    return new


def redefines(checker: Checker, part: Part) -> bool:
    """Whether the left side is a name that has a definition: what is said of it again is a claim."""
    head = part.pieces[0]
    if part.relations[0] not in ("=", ":=", "≡") or not head or head[0].kind != "name" or len(head) > 2:
        return False
    symbol, _ = Resolver(checker.symbols).lookup(head[0])
    return symbol is not None and symbol.definition is not None


def defined_name(checker: Checker, left: Items, right: Items) -> Definition | None:
    """What an equality defines if its left side is an undeclared name (with arguments or indices), or None."""
    left = tuple(item for item in left if item.kind != "quad")
    if not left or left[0].kind != "name" or len(left) > 2:
        return None
    item = left[0]
    resolver = Resolver(checker.symbols)
    symbol, rest = resolver.lookup(item)
    if key(item.sub) in SIGNS | {"0"} and rest.sub and symbol is not None and not symbol.family:
        symbol = None  # B_+ and x_0 are no entries of B and x
    if calls.dotted(resolver, item) is not None and not meanings.names(checker):
        return None
    if item.primes and (item.text == "σ" if symbol is None else symbol.kind == "function" and symbol.definition):
        return None  # the derivative of a function that is known
    starred = bool(item.sup) and all(each.kind == "op" and each.text in MARKS for each in item.sup)
    number = numbered(item)
    if len(item.sup) == 1 and number and symbol is None and len(left) == 1 and not item.sub and not item.primes:
        full = resolver.name(item)
        if len(number) == 1 and is_letter(number[0]) and checker.symbols.get(number[0].text) is None:
            return Definition(full + NUMBERED, (), number, None)
        return Definition(f"{full}^({key(number)})", (), (), None)
    squared = len(left) == 1 and key(item.sup) == "2" and not item.sub and not item.primes
    if squared and (symbol is None) and is_letter(item) and item.text not in "eπδI" and not any(
        each.kind == "name" and each.text == item.text for each in flattened(right)):  # fmt: skip
        return Definition(resolver.name(item), (), (), None, squared=True)
    if item.sup and not starred:
        return None
    given = checker.sentence.supposing
    if item.primes and symbol is not None and symbol.kind == "array" and symbol.definition is not None:
        given = given and meanings.named_here(checker)  # p = σ(x), p' = …: a derivative, unless words name it
        if symbol.shape.scalar and not given:
            return None
    if item.primes and symbol is not None and not given:
        # x' may be a transpose: only “令 x' = …” makes it a name, or a right side that is a column as x is.
        column = symbol.kind == "array" and symbol.shape.cols is not None and dump(symbol.shape.cols) == dump(ONE)
        if not column or symbol.family or len(left) > 1 or item.sup or item.sub or not rest.primes:
            return None
        primed = Symbol(symbol.name + "'" * item.primes, "array", symbol.shape)
        return Definition(primed.name, (), (), primed if symbol.definition is None else None)
    name = resolver.name(item) + (f"^{key(item.sup)}" if starred else "") + "'" * item.primes
    if len(left) == 2:
        group = left[1]
        if group.kind != "group" or group.text != "()" or group.sup or group.sub or item.primes:
            return None
        args = split(group.args[0], ",")
        if not all(len(each) == 1 and each[0].kind == "name" and not each[0].sup for each in args):
            return None
        if symbol is not None and (symbol.kind != "function" or symbol.definition is not None):
            return None
        if symbol is None and item.text in ("D", "J", "H") and of_function(resolver, item.sub):
            return None
        logistic = any(each.text in ("σ", "e", "exp", "tanh") for each in flattened(right))
        told = checker.sentence.supposing or ACTIVATION.search(checker.sentence.text)
        if symbol is None and item.text == "σ" and (logistic or not told):
            return None  # said of the logistic function
        if symbol is not None and (item.text in names_in(right) or not meanings.may_define(checker, symbol)):
            return None
        params = []
        for (each,) in args:
            found, remainder = resolver.lookup(each)
            if found is not None and (found.kind != "array" or remainder.sub):
                return None
            above = checker.symbols.get(resolver.name(each) + NUMBERED) if found is None else None
            new = resolver.name(each) + (f"_{key(each.sub)}" if each.sub else "")
            params.append(above.name if above else found.name if found else new)
        index: Items = ()
        full = name
        if item.sub:
            if symbol is None and all(is_letter(each) and checker.symbols.get(each.text) is None for each in item.sub):
                index = item.sub
            else:
                full = f"{name}_{key(item.sub)}"
        return Definition(full if symbol is None else symbol.name, tuple(params), index, symbol)
    if symbol is not None:
        if not starred and not item.primes and not (symbol.name != name and item.sub):
            return None
        if symbol.name in (name, f"{name}_{key(item.sub)}"):
            return None
        if not starred and not item.primes:
            return None
    if item.sub:
        letters = [each for each in item.sub if not (each.kind == "op" and each.text == ",")]
        if (
            checker.symbols.get(item.text.upper()) is not None
            and item.text.islower()
            and len(letters) == 2
            and symbol is None
        ):
            return None  # a_{ij} of a declared A
        kept = {"e": len(letters) != 2, "I": True, "δ": len(letters) == 2, "1": bool(item.style)}
        if kept.get(item.text):
            return None
        indices = all(is_letter(each) and checker.symbols.get(each.text) is None for each in letters)
        if item.text in ("J", "H") and not indices:
            return None
        if item.text in ("D", "J", "H") and of_function(resolver, item.sub):
            return None
        small = indices and all(each.text.islower() for each in letters)
        if small and (len(letters) > 1 or letters[0].text in INDICES or letters[0].text in names_in(right)):
            return Definition(name, (), tuple(letters), None)  # but p_x = l cos θ is a name
        if any(each.kind == "op" for each in item.sub) and key(item.sub) not in SIGNS:
            return None
        return Definition(f"{name}_{key(item.sub)}", (), (), None)
    if item.text == "σ":
        return Definition(name, (), (), None) if all(each.text != "σ" for each in flattened(right)) else None
    if item.text in "eR" and not item.primes and not item.style and len(right) > 1:  # e = Wx - y: an error
        names = [each for each in flattened(right) if each.kind == "name" and each.text != item.text]
        resolved = (resolver.lookup(each)[0] for each in names)
        return Definition(name, (), (), None) if any(each is not None for each in resolved) else None
    if item.text in ("π", "∞", "R", "d") or (item.text in ("e", "I") and not item.primes) or (
        item.text in "01" and item.style):  # fmt: skip
        return None
    return Definition(name, (), (), None)


def define(
    checker: Checker, part: Part, target: Definition, formula: Formula, setting: Setting, assume: bool
) -> Outcome:
    """Define what stands left of an equality; what follows in its chain is a claim about it."""
    declare_params(checker, part, target)
    rows.numbers_on_diagonal(checker, part.pieces[1])
    resolver = Resolver(checker.symbols)
    for letter in target.index:
        resolver.touch(letter)
    known = {name: checker.symbols.get(name) for name in target.params}
    local = [name for name, symbol in known.items() if symbol is None or symbol.family]
    saved = checker.symbols
    if local:  # an argument is a number where nothing says more, a member where a family has its name
        resolver.symbols = saved.copy()
        for name in local:
            taken = arguments(part.pieces[1], resolver).get(name.removesuffix(NUMBERED), Shape())
            shape = symbol.shape if (symbol := known[name]) is not None else taken
            resolver.symbols.scopes[-1].symbols[name.removesuffix(NUMBERED)] = Symbol(name, "array", shape)
    sides = [resolver.side(side) for side in part.pieces[1:]]
    if any(each != "=" for each in part.relations[1:]) and any(
        each not in claims.CHECKED for each in part.relations[1:]):  # fmt: skip
        raise unreadable(f"the relation {part.relations[1]} is not checked")
    left = part.pieces[0]
    if part.relations[0] != ":=" and not assume and target.name in checker.described and checker.sentence.concluded:
        raise unreadable(f"what the words before say of {target.name} is not read, so that this would but define it: "
                         "write := where it is introduced", left[0].start, left[-1].end)  # fmt: skip
    if part.relations[0] != ":=" and not assume:
        meanings.refuse(checker, left, part.pieces[1], sides[0], replace(setting, symbols=resolver.symbols))
    if any(isinstance(node, Differential) for node in walk(sides[0])):
        raise unreadable("a definition by differentials is not read", left[0].start, left[-1].end)
    names = {item.text for item in target.index}
    options = [sides[0], *(reading for (reading,) in readings.expand_choices((sides[0],)))]
    extra = [{axis.name for axis in free_axes(reading, checker.symbols)} - names for reading in options]
    if all(extra):
        raise Refusal(f"the index {sorted(extra[0])[0]} is free on the right side only", left[0].start,
                      left[-1].end, kind="index")  # fmt: skip
    body = options[extra.index(set())]
    if target.index:
        if len(names) != len(target.index) or len(names) > 2:
            raise unreadable("a definition by entries has one or two different indices", left[0].start, left[-1].end)
        body = Gather(tuple(resolver.free[item.text] for item in target.index), body)
    if target.squared:
        body = Fn("sqrt", (body,))
    base = Symbol(target.name, "function" if target.params else "array", params=target.params)
    used = replace(setting, symbols=resolver.symbols)
    if target.known is not None and checker.symbols.get(target.name) == target.known:
        checker.give(target.known)
    misfit = "{} does not lie in the set" if target.in_set else "{} was declared with another shape"
    if target.known is not None and target.name.endswith("'"):
        misfit = "{} is no name of something shaped like its right side: write ^\\top for a transpose"
    try:
        put_definition(checker, target.name, base, body, used, misfit, wanted=target.known, params=target.params)
    except Refusal as refusal:
        if not isinstance(body, Gather) or len(body.axes) != 1 or refusal.kind != "shape":
            raise
        columns = replace(base, columns=True)  # v_i = V e_i: the columns of a matrix
        put_definition(checker, target.name, columns, replace(body, across=True), used, misfit, wanted=target.known)
    made = checker.symbols.get(target.name)
    assert made is not None and made.definition is not None
    facts: dict[str, object] = {"defines": [target.name.replace("|", " ")], "read_as": show(made.definition)}
    if len(sides) > 1 and not assume:
        reader = Resolver(resolver.symbols if local else checker.symbols)
        if local:
            reader.symbols.scopes[-1].symbols[target.name] = made
        reader.free = dict(resolver.free)
        head: Node = Apply(target.name, tuple(Var(p) for p in target.params)) if target.params else reader.expr(left)
        rest = [head, *sides[1:]]
        claim = Claim(tuple(rest), part.relations[1:])
        outcome = checker.verdict(claim, formula, replace(setting, symbols=reader.symbols), [], part)
        outcome.facts = {**outcome.facts, "defines": facts["defines"]}
        return outcome
    return Outcome("defined", facts=facts)


def arguments(items: Items, resolver: Resolver) -> dict[str, Shape]:
    """Names that stand alone as arguments of functions known by their signature, with the shapes that these take:
    the x of f(x), for f: ℝⁿ → ℝ."""
    found: dict[str, Shape] = {}
    for item, group in itertools.pairwise(flattened(items)):
        if item.kind != "name" or group.kind != "group" or group.text != "()":
            continue
        symbol = resolver.lookup(item)[0]
        cells = split(group.args[0], ",")
        if symbol is not None and len(symbol.domain) == len(cells):
            alone = [(each[0], shape) for each, shape in zip(cells, symbol.domain, strict=True) if len(each) == 1]
            found |= {resolver.name(each): shape for each, shape in alone if is_letter(each) and not each.sub}
    return found


def declare_params(checker: Checker, part: Part, target: Definition) -> None:
    """Let the arguments of a function known by its signature, “f: ℝⁿ → ℝ, f(x) = xᵀAx”, lie where it says.

    Raises:
        Refusal: an argument is declared with another shape.
    """
    if target.known is None or not target.known.domain:
        return
    if len(target.params) != len(target.known.domain):
        left = part.pieces[0]
        raise Refusal(f"{target.name} was declared with {len(target.known.domain)} arguments", left[0].start,
                      left[-1].end, kind="shape")  # fmt: skip
    for name, shape, traits in zip(target.params, target.known.domain, target.known.domain_traits, strict=True):
        symbol = checker.symbols.get(name)
        if symbol is None:
            checker.symbols.put(Symbol(name, "array", shape, traits=traits))
        elif symbol.kind == "array" and symbol.definition is None and not symbol.family and (
            [dump(each) if each else None for each in (symbol.shape.rows, symbol.shape.cols)]
            != [dump(each) if each else None for each in (shape.rows, shape.cols)]):  # fmt: skip
            left = part.pieces[0]
            raise Refusal(f"{name.split('|')[0]} is declared with another shape than {target.name} takes",
                          left[0].start, left[-1].end, kind="shape")  # fmt: skip


def put_definition(
    checker: Checker, name: str, base: Symbol, body: Node, setting: Setting,
    misfit: str = "{} was declared with another shape", *, wanted: Symbol | None = None, params: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Type a definition, choose its reading by its shapes, and put it; `misfit` is said where none has those wanted."""
    first: Refusal | None = None
    options = [reading for (reading,) in readings.expand_choices((body,))]
    options += [each for reading in options for each in readings.sized((reading,)) or ()]
    for reading in options:
        try:
            trees: list[Node] = [reading, *(Var(param) for param in params)]
            _, hypotheses = readings.relevant(trees, setting, ())
            extra = [each for each in (wanted.shape.rows, wanted.shape.cols) if each] if wanted else []
            sizes = readings.setting_sizes([*trees, *extra, *(h.relation for h in hypotheses)], hypotheses, setting)[0]
            typer = Typer(setting.symbols, sizes)
            env = {param: typer.var(param, {}) for param in params}
            shape = typer.type(reading, env)
            first = None  # what is said of a reading whose own shapes fit tells more
            if wanted is not None:
                typer.same(typer.shape(wanted.shape), shape, misfit.format(name))
            typer.settle()
        except Refusal as refusal:
            first = first or refusal
            continue
        rows, cols = (each if isinstance(each, int) else 2 for each in map(find, shape))
        rough = Shape() if rows == cols == 1 else Shape(Num(rows, str(rows)), Num(cols, str(cols)))
        if base.kind == "function":
            rough = Shape() if rows == cols == 1 else rough
        if wanted is not None and wanted.kind == "array":
            rough = wanted.shape
        checker.symbols.put(replace(base, shape=rough, definition=reading, domain=(), traits=frozenset()))
        return
    assert first is not None
    raise first


def of_function(resolver: Resolver, sub: Items) -> bool:
    """Whether a subscript names a function, as in J_f or J_{g∘f}."""
    if not sub:
        return False
    return calls.composed(resolver, sub) is not None or (
        len(sub) == 1 and calls.function_at(resolver, sub[0])[0] is not None
    )


def sized_name(items: Items, symbols: Symbols, supposing: bool) -> Symbol | None:
    """`A_{m × n}` alone declares A, as many textbooks write.

    Raises:
        Refusal: A has another shape, and nothing supposes a new A.
    """
    if len(items) != 1 or items[0].kind != "name" or items[0].sup or not items[0].sub:
        return None
    parts = split(items[0].sub, "×")
    if len(parts) != 2 or not all(parts):
        return None
    rows, cols = (statements.dimension(part, symbols) for part in parts)
    name = Resolver(symbols).name(items[0])
    known = symbols.get(name)
    if known is not None and known.kind == "array" and not supposing:
        if dump(known.shape.rows) != dump(rows) or dump(known.shape.cols) != dump(cols):
            raise Refusal(f"{items[0].text} is declared with another shape already: 设 or let declares it anew",
                          items[0].start, items[0].end, kind="shape")  # fmt: skip
        return known
    return Symbol(name, "array", Shape(rows, cols))
