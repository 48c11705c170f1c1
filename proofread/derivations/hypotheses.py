"""What is supposed: hypotheses of a sentence, premises of a claim, and what an implication states under them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import claims, definitions, readings, statements, subjects, verify, words
from proofread.derivations.adjectives import FULL_RANK, Said
from proofread.derivations.claims import Claim, Setting
from proofread.derivations.infer import Typer
from proofread.derivations.items import INDICES, flattened, moving_names, split, trimmed
from proofread.derivations.lex import Refusal, ambiguous, unreadable
from proofread.derivations.nodes import (
    Add,
    Apply,
    At,
    Compare,
    Differential,
    Map,
    Node,
    Num,
    Var,
    dump,
    show,
    walk,
)  # fmt: skip
from proofread.derivations.outcome import RANK, Outcome
from proofread.derivations.prose import (
    BREAK,
    CONCLUSION,
    CONDITIONAL,
    DENIAL,
    EQUALITY,
    EXPLAINED,
    JOINING,
    OF_ITS_OWN,
)  # fmt: skip
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import Item, is_letter, key
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Hypothesis, Shape, Symbol, free_axes
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker


ORDERS = frozenset("<>≤≥≠≻⪰≺⪯")


def supposes(checker: Checker, part: Part, formula: Formula) -> bool:
    """Whether a relation is a hypothesis: it stands in a supposing sentence, says nothing of derivatives (but for
    dA = 0), and, if it is displayed, a conclusion follows it in its sentence; or an order follows “for”."""
    local = checker.sentence.local in ("range", "where") and not formula.display and set(part.relations) <= ORDERS
    if local and (not checker.sentence.also or bare(part)):
        return True
    if not checker.sentence.supposing and not formula.display and (
        declares_numbers(checker, part) or compares_sizes(checker, part)):  # fmt: skip
        return True
    if not checker.sentence.supposing or concludes(checker, formula) or not joined(checker, part, formula):
        return False
    flat = flattened(part.items)
    constant = part.items[0].text == "d" and len(part.pieces) == 2 and key(part.pieces[1]) == "0"
    if any(item.kind in ("nabla", "partial") for item in flat) or (moving_names(part.items) and not constant):
        return False
    if any(item.kind == "frac" and item.args[0] and item.args[0][0].text == "d" for item in flat):
        return False
    resolver = Resolver(checker.symbols)
    if any(item.text in ("J", "H", "D") and item.sub and definitions.of_function(resolver, item.sub) for item in flat):
        return False
    return not formula.display or CONCLUSION.search(BREAK.split(checker.after[0].lstrip())[0]) is not None


def bare(part: Part) -> bool:
    """Whether each side of a relation is a name, a number or a list of these, as in `0 < x, y < 1`."""
    cells = [each for side in part.pieces for each in split(trimmed(side), ",")]
    return all(
        (len(each) == 1 and each[0].kind == "name" and not each[0].sup and not each[0].primes)
        or all(item.kind == "num" or item.text in ("-", "π") for item in each) for each in cells
    )  # fmt: skip


def declares_numbers(checker: Checker, part: Part) -> bool:
    """Whether an order says where numbers lie that nothing declares, “步长 $\\eta > 0$”, in a sentence that concludes
    nothing."""
    if checker.sentence.concluded or DENIAL.search(checker.sentence.text) or not set(part.relations) <= set("<>≤≥"):
        return False
    resolver = Resolver(checker.symbols)
    cells = [each for side in part.pieces for each in split(trimmed(side), ",")]
    names = [each[0] for each in cells if len(each) == 1 and is_letter(each[0]) and each[0].text not in "πe∞"
             and not each[0].sup and not each[0].primes]  # fmt: skip
    numbers = [each for each in cells if all(item.kind == "num" or item.text in ("-", "π") for item in each)]
    new = [(symbol := resolver.lookup(each)[0]) is None or symbol.name in checker.held.early for each in names]
    return bool(names) and len(names) + len(numbers) == len(cells) and all(new)


def compares_sizes(checker: Checker, part: Part) -> bool:
    """Whether an order is between letters of sizes, “A ∈ ℝ^{m×n} ($m \\ge n$)”, in a sentence that concludes nothing,
    or concludes it from a full rank: of sizes that may be any, no such thing follows."""
    text = checker.sentence.text
    told = not checker.sentence.concluded or FULL_RANK.search(text)
    if not told or DENIAL.search(text) or not set(part.relations) <= set("<>≤≥"):
        return False
    letters = [side[0] for side in map(trimmed, part.pieces) if len(side) == 1 and is_letter(side[0])]
    symbols = [Resolver(checker.symbols).lookup(each)[0] for each in letters]
    return len(letters) == len(part.pieces) and all(each is not None and each.kind == "size" for each in symbols)


def joined(checker: Checker, part: Part, formula: Formula) -> bool:
    """Whether the words before a relation make it one of the things that its sentence supposes; a range is so of a name
    that nothing declares, “步长 $\\eta > 0$”."""
    if checker.sentence.local:
        return True
    *_, before = checker.sentence.text.split("$")
    if EXPLAINED.search(before) and "≠" not in part.relations:
        return False  # “设 $A$ 正定，即 $a_{ij} > 0$”: what the word comes to
    if formula.display and not before.strip() and "$" in checker.sentence.text:
        return False
    resolver = Resolver(checker.symbols)
    heads = [side[0] for side in map(trimmed, part.pieces) if len(side) == 1 and side[0].kind == "name"]
    known = [resolver.lookup(each)[0] for each in heads]
    if set(part.relations) <= ORDERS and any(each is None or each.name in checker.held.early for each in known):
        return True
    if before.rstrip().endswith("⁏"):
        return False  # a new clause, which declares nothing
    *between, clause = re.split("[，,、]", before)
    between = between[1:] if "$" in checker.sentence.text else between  # “$A$ 对称，由结合律，$AB = BA$”
    if any(each.strip() and JOINING.search(each) is None for each in between):
        return False
    if clause.strip() or not re.search("[，,、]", before):
        return JOINING.search(clause) is not None and not OF_ITS_OWN.search(clause)
    if checker.sentence.opener in CONDITIONAL and not bare(part) and not CONCLUSION.search(checker.rest):
        return False  # “若 $x > 1$，$x^2 > 2$，$x^3 > 1$。”
    return not any(each.definition is not None for each in known if each is not None)


def concludes(checker: Checker, formula: Formula) -> bool:
    """Whether a formula is what a sentence opened by 若, If, 当, When comes to though no word says so: the last one,
    after a comma, “If $x > 0$, $|x| = x$”."""
    sentence = checker.sentence
    if sentence.opener not in CONDITIONAL or sentence.local or sentence.concluded or checker.ahead:
        return False
    after_comma = re.search(r"[，,]\s*$", checker.before) is not None
    return after_comma and bool(sentence.formulas) and CONCLUSION.search(checker.rest) is None


def equal_indices(checker: Checker, part: Part) -> bool:
    """Whether a relation makes two index letters equal that nothing declares, `i = j`."""
    letters = [side[0] for side in map(trimmed, part.pieces) if len(side) == 1 and is_letter(side[0])]
    return part.kind == "chain" and part.relations == ("=",) and len(letters) == 2 and all(
        not each.sub and each.text in INDICES and checker.symbols.get(each.text) is None for each in letters
    )  # fmt: skip


def about_indices(checker: Checker, part: Part) -> bool:
    """Whether a relation is between index letters that nothing declares, or such and sizes: `i ≠ j`, `1 ≤ k < n`."""
    if part.kind != "chain" or not set(part.relations) <= frozenset("<>≤≥≠"):
        return False
    letters = sizes = 0
    if sum(any(is_letter(item) for item in side) for side in part.pieces) < 2:
        return False  # p, q > 1: of numbers
    for item in (item for side in part.pieces for item in trimmed(side)):
        symbol = checker.symbols.get(item.text) if item.kind == "name" else None
        free = is_letter(item) and symbol is None and not item.sub and item.text in INDICES
        size = symbol is not None and symbol.kind == "size"
        if not (free or size or item.kind == "num" or item.text in ",+-"):
            return False
        letters, sizes = letters + free, sizes + size
    return letters > 1 or (letters == 1 and sizes > 0)


def premises_of(
    checker: Checker, parts: list[Part], resolver: Resolver
) -> tuple[tuple[Hypothesis, ...], tuple[Node, ...], list[str]]:
    """Conditions on free indices and hypotheses that a formula carries itself."""
    own: list[Hypothesis] = []
    conditions: list[Node] = []
    texts: list[str] = []
    for part in parts:
        for k, relation in enumerate(part.relations):
            sides = []
            for side in (part.pieces[k], part.pieces[k + 1]):
                if (
                    len(side) == 1
                    and is_letter(side[0])
                    and checker.symbols.get(side[0].text) is None
                    and not side[0].sub
                ):
                    resolver.touch(side[0])
                sides.append(resolver.expr(trimmed(side)))
            node = Compare(relation, *sides)
            texts.append(show(node))
            if readings.free_conditions(node):
                conditions.append(node)
            else:
                own.append(about(checker, node))
    return tuple(own), tuple(conditions), texts


def about(checker: Checker, node: Compare) -> Hypothesis:
    """A relation with the names it is about."""
    return Hypothesis(node, frozenset(checker.symbols.closure([node])), show(node))


def equality_case(checker: Checker, part: Part) -> Part | None:
    """“a + b ≥ 2√(ab)，当且仅当 $a = b$ 时取等号”: that where the relation holds, both sides of the claim before are
    equal. That they are so nowhere else is not checked: no draws find all places where an order is sharp."""
    words = checker.sentence.text.rpartition("$")[2], re.split("[，,。.]", checker.rest, maxsplit=1)[0]
    claim = checker.claimed
    if claim is None or not (EQUALITY.search(words[0]) or EQUALITY.search(words[1])) or claim.relations[-1] not in "≤≥":
        return None
    left, right = claim.pieces[-2:]
    place = left[-1].end
    equal = (*left, Item("op", "=", place, place), *trimmed(right))
    return Part("implication", part.items, (part.items, equal), ("⇒",))


def drop_passing(checker: Checker, part: Part) -> None:
    """“|x| = x for x ≥ 0 and |x| = -x for x < 0”: the condition of one clause is none of the next."""
    names = {symbol.name for each in flattened(part.items) if each.kind == "name"
             and (symbol := Resolver(checker.symbols).lookup(each)[0]) is not None}  # fmt: skip
    over = [each for each in checker.held.passing if each.names & names]
    for scope in checker.symbols.scopes:
        scope.hypotheses = [each for each in scope.hypotheses if each not in over]
    checker.held.passing = [each for each in checker.held.passing if each not in over]


def suppose(checker: Checker, part: Part, setting: Setting) -> Outcome:
    """A relation in a supposing sentence."""
    if (ranked := full_rank(checker, part)) is not None:
        return ranked
    if checker.sentence.local and checker.findings and checker.findings[-1].status in ("verified", "false"):
        drop_passing(checker, part)
    sides_items = [trimmed(side) for side in part.pieces]
    if any(relation in ("<", ">", "≤", "≥", "≠") for relation in part.relations):
        for side in sides_items:  # 设 λ, μ > 0: declares real numbers
            names = split(side, ",")
            if all(len(each) == 1 and is_letter(each[0]) for each in names):
                for (each,) in names:
                    symbol, _ = Resolver(checker.symbols).lookup(each)
                    if each.text in "πe∞" and not each.sub and not each.primes:
                        continue
                    if symbol is None and not each.sup and (not each.sub or not is_letter(each.sub[0])):
                        name = Resolver(checker.symbols).name(each) + (f"_{key(each.sub)}" if each.sub else "")
                        checker.symbols.put(words.number(checker, name, _from_zero(part)) or Symbol(name, "array"))
                        checker.held.early.add(name)
    made: list[str] = []
    for k, relation in enumerate(part.relations):
        lefts, rights = split(sides_items[k], ","), split(sides_items[k + 1], ",")
        if len(rights) > 1:
            raise unreadable("a list stands to the right of the relation", sides_items[k + 1][0].start,
                             sides_items[k + 1][-1].end)  # fmt: skip
        for left_items in lefts:
            resolver = Resolver(checker.symbols)
            left, right = resolver.side(left_items), resolver.side(rights[0])
            one_hypothesis(checker, relation, left, right, setting)
            made.append(f"{show(left)} {relation} {show(right)}")
    return Outcome("declared", facts={"supposes": made, "read_as": "; ".join(made)})


def full_rank(checker: Checker, part: Part) -> Outcome | None:
    """`rank(A) = n` of an m × n matrix A supposes full column rank; None of another relation.

    Raises:
        Refusal: a rank that is neither the number of rows nor that of columns.
    """
    left = trimmed(part.pieces[0])
    if part.relations != ("=",) or len(left) != 2 or (left[0].kind, left[0].text) != ("func", "rank"):
        return None
    named = left[1].args[0] if left[1].kind == "group" else left[1:]
    symbol = Resolver(checker.symbols).lookup(named[0])[0] if len(named) == 1 and named[0].kind == "name" else None
    rank = dump(Resolver(checker.symbols).expr(trimmed(part.pieces[1])))
    shape = symbol.shape if symbol is not None and not symbol.family else Shape()
    words = {dump(side): word for side, word in ((shape.rows, "row"), (shape.cols, "column")) if side is not None}
    if rank not in words:
        raise unreadable("a rank is read as a hypothesis where it is the number of rows or columns", left[0].start,
                         left[1].end)  # fmt: skip
    assert symbol is not None
    said = Said(frozenset({f"full {words[rank]} rank"}), many=False, end=0)
    subjects.impose(checker, [subjects.Subject((symbol.name,), False, "")], said, True, checker.sentence.conditional)
    return Outcome("declared", facts={"supposes": [f"rank({symbol.name}) full"]})


def _from_zero(part: Part) -> bool:
    """Whether an order keeps a name from being negative: n ≥ 0, k > 2, 1 ≤ k."""
    low = part.pieces[-1] if part.relations[0] in "≥>" else part.pieces[0]
    return len(low) == 1 and low[0].kind == "num"


def one_hypothesis(checker: Checker, relation: str, left: Node, right: Node, setting: Setting) -> None:
    """Suppose one relation; raises `Refusal` if no sample meets it, or only 0."""
    if relation in (":=", "≡"):
        relation = "="
    if relation not in claims.CHECKED and relation != "≠":
        raise unreadable(f"the relation {relation} is not read as a hypothesis")
    if relation == "=" and isinstance(left, Var):
        symbol = checker.symbols.get(left.name)
        plain = symbol is not None and symbol.definition is None and not symbol.family
        closed = left.name not in checker.symbols.closure([right]) and not free_axes(right, checker.symbols)
        supposed = any(left.name in each.names for each in checker.symbols.hypotheses())
        if symbol is not None and plain and closed and not supposed and not isinstance(right, Num):
            checker.give(symbol)
            definitions.put_definition(
                checker, left.name, replace(symbol, definition=None), right, setting, wanted=symbol
            )
            return
    if relation == "=" and vanishes(checker, left, right):
        return
    node = Compare(relation, left, right)
    options = list(readings.expand_choices((left, right)))
    if len(options) > 1:
        options = [each for each in options if fits(checker, each, setting)]
        if len(options) != 1:
            raise ambiguous(f"the hypothesis {show(node)} has more than one reading")
        left, right = options[0]
        node = Compare(relation, left, right)
    if relation == "=" and already(checker, left, right, setting):
        return
    hypothesis = about(checker, node)
    if isinstance(left, Differential):
        checker.symbols.suppose(hypothesis)
        return
    if hypothesis in checker.symbols.hypotheses():
        return
    checker.symbols.suppose(hypothesis)
    new = checker.sentence.local == "where" and hypothesis.names & checker.held.early
    if checker.sentence.local and not new:  # “…, where λ > 0” of a new λ is what λ is
        checker.held.passing.append(hypothesis)
    elif checker.sentence.conditional:
        checker.held.temporary.append(hypothesis)
    try:
        sized = [side for side in (left, right) if any(
            isinstance(each, Var) and (symbol := checker.symbols.get(each.name)) and not symbol.shape.scalar
            for each in walk(side))]  # fmt: skip
        side = (sized or [left])[0]  # mI alone has no size
        verify.check(Claim((side, side), ("=",), (hypothesis,)), replace(setting, sizes=1))  # some sample meets it
    except Refusal:
        checker.symbols.scopes[-1].hypotheses.remove(hypothesis)
        for kept in (checker.held.temporary, checker.held.passing):
            if hypothesis in kept:
                kept.remove(hypothesis)
        raise


def vanishes(checker: Checker, left: Node, right: Node) -> bool:
    """`F(x(θ), θ) = 0`, `z(θ) = f(z(θ), θ)`, `f(0) = 0` of an arbitrary function: it is drawn so that they hold.

    With G drawn freely, F(u, θ) = G(u, θ) - G(x(θ), θ) meets the first for every θ.
    """
    for side, other in ((left, right), (right, left)):
        symbol = checker.symbols.get(side.name) if isinstance(side, Apply) else None
        if not isinstance(side, Apply) or symbol is None or symbol.definition is not None or not symbol.domain:
            continue
        if all(isinstance(arg, Var) for arg in side.args) or symbol.name in checker.symbols.closure(
            [other, *side.args]):  # fmt: skip
            continue
        free = replace(symbol, name=symbol.name + "°")
        params = tuple(f"{symbol.name}·{k}" for k in range(len(side.args)))
        for param, shape in zip(params, symbol.domain, strict=True):
            checker.symbols.put(Symbol(param, "array", shape))
        moved = {arg.name: Var(param) for arg, param in zip(side.args, params, strict=True) if isinstance(arg, Var)}

        def at(node: Node, moved: dict[str, Var] = moved) -> Node:
            fixed = not moved or isinstance(node, Num)
            return node if fixed else At(node, tuple(moved), tuple(moved.values()))

        body = Add((1, -1, 1), (Apply(free.name, tuple(map(Var, params))), at(Apply(free.name, side.args)),
                                at(other)))  # fmt: skip
        checker.symbols.put(free)
        checker.symbols.put(replace(symbol, domain=(), domain_traits=(), params=params, definition=body,
                                 slots=tuple(map(_called, side.args)), point=side.args))  # fmt: skip
        return True
    return False


def fits(checker: Checker, sides: tuple[Node, ...], setting: Setting) -> bool:
    """Whether the shapes of two sides fit."""
    try:
        typer = Typer(setting.symbols, readings.setting_sizes([*sides], [], setting)[0])
        readings.type_sides(typer, sides)
    except Refusal:
        return False
    return True


def already(checker: Checker, left: Node, right: Node, setting: Setting) -> bool:
    """Whether an equality holds anyway, such as f = (f_1, …, f_m)ᵀ, so that it supposes nothing."""
    try:
        return verify.check(Claim((left, right), ("=",)), replace(setting, sizes=1)).holds
    except Refusal:
        return False


def implication(checker: Checker, part: Part, formula: Formula, setting: Setting, assume: bool) -> Outcome:
    """What `P ⇒ Q` comes to: Q, under P; of `P ⇔ Q`, both directions."""
    outcomes = []
    for premise_items, conclusion_items in (
        [part.pieces] if part.relations == ("⇒",) else [part.pieces, part.pieces[::-1]]
    ):
        saved, checker.symbols = checker.symbols, checker.symbols.copy()
        opener, concluded = checker.sentence.opener, checker.sentence.concluded
        local = replace(setting, symbols=checker.symbols)
        try:
            checker.sentence.opener, checker.sentence.concluded = "设", False
            for piece in statements.cuts(premise_items):
                inner = statements.classify(piece)
                if inner.kind == "chain":
                    equality = inner.relations[0] in ("=", ":=")
                    target = definitions.defined_name(checker, inner.pieces[0], inner.pieces[1]) if equality else None
                    if target is not None:
                        definitions.define(checker, inner, target, formula, local, True)
                    else:
                        suppose(checker, inner, local)
                elif inner.kind == "declaration":
                    statements.declare(inner, checker.symbols)
                else:
                    raise unreadable("this premise cannot be sampled", piece[0].start, piece[-1].end)
            checker.sentence.concluded = True
            for piece in statements.cuts(conclusion_items):
                inner = statements.classify(piece)
                if inner.kind != "chain":
                    raise unreadable("the conclusion of an implication is a relation", piece[0].start, piece[-1].end)
                resolver = Resolver(checker.symbols)
                sides = tuple(resolver.side(side) for side in inner.pieces)
                if assume:
                    outcomes.append(Outcome("assumed"))
                    continue
                outcomes.append(checker.verdict(Claim(sides, inner.relations), formula, local, [], inner))
        finally:
            checker.symbols = saved
            checker.sentence.opener, checker.sentence.concluded = opener, concluded
    return max(outcomes, key=lambda each: RANK.index(each.status))


def _called(arg: Node) -> str:
    """What a hypothesis calls an argument: θ, and x where it is x(θ)."""
    arg = arg.body if isinstance(arg, Map) else arg
    return arg.name if isinstance(arg, (Var, Apply)) else ""
