"""The readings of a claim: one choice of meanings, what it depends on, the sizes to try, and its shapes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import replace

from proofread.derivations import sizing, traits
from proofread.derivations.claims import Claim, Setting
from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    At,
    Choice,
    Compare,
    Fn,
    Idx,
    Node,
    Num,
    Size,
    Unit,
    show,
    transform,
    walk,
)  # fmt: skip
from proofread.derivations.symbols import Hypothesis, Symbols


def expand_choices(sides: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
    """All readings, at most 64, the likeliest first; a repeated notation is read alike everywhere."""
    choices: dict[str, int] = {}
    for side in sides:
        for node in walk(side):
            if isinstance(node, Choice):
                key = node.why if "variable" not in node.why else node.why + show(node)
                choices[key] = max(choices.get(key, 0), len(node.options))
    keys = sorted(choices)
    for count, picks in enumerate(itertools.product(*(range(choices[key]) for key in keys))):
        if count == 64:
            return
        chosen = dict(zip(keys, picks, strict=True))

        def pick(node: Node, chosen: dict[str, int] = chosen) -> Node:
            if isinstance(node, Choice):
                key = node.why if "variable" not in node.why else node.why + show(node)
                number = chosen.get(key, 0)
                return node.options[min(number, len(node.options) - 1)]
            return node

        yield tuple(_resolve(side, pick) for side in sides)


def _resolve(node: Node, pick: Callable[[Node], Node]) -> Node:
    while any(isinstance(each, Choice) for each in walk(node)):
        node = transform(node, pick)
    return node


@contextmanager
def at_side(k: int) -> Iterator[None]:
    """Say of a refusal in which side of a chain it was found."""
    try:
        yield
    except Refusal as refusal:
        refusal.side = k if refusal.side < 0 else refusal.side
        raise


def type_sides(typer: Typer, sides: tuple[Node, ...], env: Mapping[str, tuple[int, int]] | None = None) -> None:
    """Type all sides and make neighbours alike; a mismatch between sides is `false`, within a side an error."""
    shapes = []
    for k, side in enumerate(sides):
        with at_side(k):
            shapes.append(typer.type(side, {}))
    known = next((shape for side, shape in zip(sides, shapes, strict=True) if not traits.is_zero(side)), shapes[0])
    for k, side in enumerate(sides):
        if isinstance(side, Num) and side.value == 0:
            typer.types[id(side)] = shapes[k] = known
    for k in range(len(sides) - 1):
        left, right = shapes[k], shapes[k + 1]
        from proofread.derivations.infer import unify

        if not (unify(left[0], right[0]) and unify(left[1], right[1])):
            raise Refusal(
                f"step {k + 1} of {len(sides) - 1}: the sides have different shapes: {show(sides[k])} is "
                f"{typer.words(left)}, {show(sides[k + 1])} is {typer.words(right)}", status="false", kind="shape",
            ).at(k + 1)  # fmt: skip


def setting_sizes(trees: list[Node], hypotheses: list[Hypothesis], setting: Setting) -> list[dict[str, int]]:
    letters = sizing.size_letters(trees, setting.symbols)
    return sizing.choose_sizes(letters, hypotheses, {*naturals(letters, setting.symbols)}, setting.seed, setting.sizes)


def naturals(letters: Iterable[str], symbols: Symbols) -> dict[str, AbstractSet[str]]:
    """The size letters that are whole numbers, such as an exponent k, and no one's length, with their traits."""
    found: dict[str, AbstractSet[str]]
    found = {name: symbol.traits for name in letters if (symbol := symbols.get(name)) and "natural" in symbol.traits}
    if found:
        shapes = [symbol.shape for scope in symbols.scopes for symbol in scope.symbols.values()]
        lengths = {node.name for shape in shapes for side in (shape.rows, shape.cols) if side is not None
                   for node in walk(side) if isinstance(node, Size)}  # fmt: skip
        found = {name: traits for name, traits in found.items() if name not in lengths}
    return found


def relevant(trees: list[Node], setting: Setting, own: tuple[Hypothesis, ...]) -> tuple[set[str], list[Hypothesis]]:
    """Names that some trees depend on, and the hypotheses about them (which may bring in more names)."""
    names = set(setting.symbols.closure(trees)) | set(sizing.size_letters(trees, setting.symbols))
    pending = [*setting.symbols.hypotheses(), *own]
    used: list[Hypothesis] = list(own)
    for each in own:
        names |= setting.symbols.closure([each.relation])
    changed = True
    while changed:
        changed = False
        for each in pending:
            if each not in used and each.names & names:
                used.append(each)
                names |= setting.symbols.closure([each.relation])
                changed = True
    return names, used


def strip_placeholders(names: set[str], symbols: Symbols) -> set[str]:
    return {name for name in names if symbols.get(name.removeprefix("d·")) is not None}


def nilpotents(sides: tuple[Node, ...], symbols: Symbols) -> list[str]:
    """Names with ε² = 0 on which some sides depend."""
    if not any("nilpotent" in symbol.traits for scope in symbols.scopes for symbol in scope.symbols.values()):
        return []
    found = [name for name in sorted(symbols.closure([*sides])) if (symbol := symbols.get(name)) is not None
             and "nilpotent" in symbol.traits]  # fmt: skip
    bound = {name for side in sides for node in walk(side) if isinstance(node, At) for name in node.names}
    return [name for name in found if name not in bound]


def sized(sides: tuple[Node, ...]) -> tuple[Node, ...] | None:
    """With the one size letter that is written for the I and 1 that nothing else gives a size: `I - 1 1ᵀ/n`."""
    letters = {node.name for side in sides for node in walk(side) if isinstance(node, Size)}
    if len(letters) != 1:
        return None
    size = Size(letters.pop())

    def give(node: Node) -> Node:
        return replace(node, size=size) if isinstance(node, Unit) and node.size is None else node

    found = tuple(transform(side, give) for side in sides)
    return found if any(a is not b for a, b in zip(found, sides, strict=True)) else None


def entrywise(node: Node) -> Node:
    """`\\exp` as a function of each entry."""
    return Fn("expentry", node.args) if isinstance(node, Fn) and node.name == "exp" else node


class Reading:
    """A claim without choices: what it depends on, the sizes to try, and its shapes for the first of them.

    Raises:
        Refusal: shapes that do not fit, hypotheses that no sizes meet.
    """

    def __init__(self, claim: Claim, setting: Setting) -> None:
        self.claim, self.setting = claim, setting
        names, self.hypotheses = relevant([*claim.sides], setting, claim.premises)
        self.names = strip_placeholders(names, setting.symbols)
        trees = [*claim.sides, *(each.relation for each in self.hypotheses)]
        self.sizes = setting_sizes(trees, self.hypotheses, setting)
        self.natural = naturals(self.sizes[0], setting.symbols)
        self.first = self.typed(self.sizes[0])

    def typed(self, sizes: dict[str, int]) -> Typer:
        """The shapes of sides and conditions for a choice of sizes."""
        typer = Typer(self.setting.symbols, sizes)
        type_sides(typer, self.claim.sides)
        for condition in self.claim.conditions:
            typer.type(condition, {})
        typer.settle()
        return typer


def free_conditions(node: Node) -> bool:
    """Whether a premise speaks of indices only."""
    return all(isinstance(each, (Compare, Idx, Num, Size)) for each in walk(node)) and any(
        isinstance(each, Idx) for each in walk(node)
    )
