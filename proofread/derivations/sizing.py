"""Choices of sizes: distinct and at least 3 where nothing says otherwise, short and long ones where it matters."""

from __future__ import annotations

import itertools
import random
from collections.abc import Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from proofread.derivations.infer import size_value
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Add,
    Big,
    Compare,
    Gather,
    Idx,
    Mul,
    Node,
    Num,
    Size,
    walk,
)  # fmt: skip
from proofread.derivations.symbols import Hypothesis, Symbols

#: By how much larger sizes are for an order.
MORE = 9
#: Further choices of sizes, at most, and whole numbers that an author has in mind.
MOST, SMALL = 64, 8


def size_letters(roots: Iterable[Node], symbols: Symbols) -> list[str]:
    """Size letters on which some trees depend."""
    found: set[str] = set()
    trees = list(roots)
    for name in sorted(symbols.closure(trees)):
        symbol = symbols.get(name.removeprefix("d·"))
        if symbol is None:
            continue
        if symbol.kind == "size":
            found.add(symbol.name)
        shapes = [symbol.shape, *symbol.domain]
        trees += [node for shape in shapes for node in (shape.rows, shape.cols) if node is not None]
        if symbol.definition is not None:
            trees.append(symbol.definition)
        for letter in symbol.family:
            bounds = symbols.range(letter)
            if bounds is None:
                found.add(f"#{symbol.name}{letter}")
            else:
                trees += bounds
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Size):
                found.add(node.name)
            axes = node.axes if isinstance(node, Gather) else (node.axis,) if isinstance(node, (Big, Idx)) else ()
            for axis in axes:
                for bound in (axis.lo, axis.hi):
                    if bound is not None:
                        found.update(each.name for each in walk(bound) if isinstance(each, Size))
    return sorted(found)


def about_sizes(relation: Node) -> bool:
    """Whether a hypothesis speaks of sizes alone."""
    return all(isinstance(node, (Compare, Size, Num, Add, Mul)) for node in walk(relation))


def choose_sizes(letters: list[str], hypotheses: list[Hypothesis], natural: set[str], seed: int, many: int
                 ) -> list[dict[str, int]]:  # fmt: skip
    """Some choices of sizes, all at least 3 (natural numbers at least 2) and distinct where nothing says otherwise."""
    rng = random.Random(seed)
    about = [each for each in hypotheses if about_sizes(each.relation)]
    about = [each for each in about if {n.name for n in walk(each.relation) if isinstance(n, Size)} <= set(letters)]
    dims = [letter for letter in letters if letter not in natural]
    out: list[dict[str, int]] = []
    pool = list(range(3, 3 + max(3, len(dims) + 1)))
    for attempt in range(600):
        values = [rng.choice(range(1, 8)) for _ in dims] if about and attempt > 200 else rng.sample(pool, len(dims))
        sizes = dict(zip(dims, values, strict=True))
        whole = range(2, 5) if attempt <= 200 else range(1, 13)
        sizes |= {letter: rng.choice(whole) for letter in letters if letter in natural}
        if sizes in out and attempt < 100 and sizes:
            continue
        if all(holds_for_sizes(each.relation, sizes) for each in about):
            out.append(sizes)
            if len(out) == many or not letters:
                return out
    if not out:
        text = "; ".join(each.source for each in about)
        raise Refusal(f"no sizes from 1 to 7 meet the hypotheses {text}", kind="vacuous")
    return out


def further_sizes(tried: list[dict[str, int]], hypotheses: list[Hypothesis], natural: Mapping[str, AbstractSet[str]],
                  alone: bool, shortest: int) -> Iterator[dict[str, int]]:  # fmt: skip
    """Choices of sizes for what fails only for small or large whole numbers, or for lengths from `shortest` on (0: the
    lengths stay as they are); `alone`, where nothing but sizes is spoken of, all small ones together."""
    about = [each for each in hypotheses if about_sizes(each.relation)]
    letters = [letter for letter in tried[0] if not letter.startswith("#")]

    def whole(letter: str) -> list[int]:
        """From the smallest number on that the set of a letter or a hypothesis admits."""
        words = natural[letter]
        zero = "from zero" in words or any(_from_zero(each.relation, letter) for each in about)
        return [*([-3, -2, -1] if "integer" in words else []), *([0] if zero else []), 1, 2, 3, 5, 8]

    choices: list[dict[str, int]] = []
    if alone:
        pools = [sorted({*whole(letter), 4, 6, 13, 100} if letter in natural else {1, 2, 3, 4, 6, 13, 100})
                 for letter in letters]  # fmt: skip
        if len(letters) > 1:
            pools = [[size for size in pool if size not in (4, 6, 100)] for pool in pools]
        if len(letters) > 2:
            pools = [[size for size in pool if size in (-2, 0, 1, 2, 13)] for pool in pools]
        choices = [dict(zip(letters, sizes, strict=True)) for sizes in itertools.product(*pools)]
    else:
        names = [letter for letter in letters if letter in natural]
        several = [[size for size in whole(letter) if size in (-2, 0, 1, 5) or (size == -1 and len(names) == 1)]
                   for letter in names]  # fmt: skip
        if names:
            choices += [{**tried[0], **dict(zip(names, sizes, strict=True))} for sizes in itertools.product(*several)]
        lengths = [letter for letter in letters if letter not in natural]
        if shortest and lengths:
            pairs = [{**tried[0], **dict(zip(lengths, sizes, strict=True))}
                     for sizes in itertools.product((shortest, shortest + 1), repeat=min(len(lengths), 6))
                     if len(lengths) <= 6]  # fmt: skip
            pairs = [sizes for sizes in pairs if all(holds_for_sizes(each.relation, sizes) for each in about)]
            choices += [pairs[0], *pairs[1:][-1:]] if pairs and shortest == 1 else pairs[:1]
    known = [{**sizes} for sizes in tried]
    for sizes in itertools.islice(choices, MOST):
        full = {**tried[0], **sizes}
        if full not in known and all(holds_for_sizes(each.relation, full) for each in about):
            known.append(full)
            yield full


def _from_zero(relation: Node, letter: str) -> bool:
    """Whether a hypothesis is `k ≥ 0` or `0 ≤ k`."""
    match relation:
        case Compare(op="≥", left=Size(name=name), right=Num(value=0)):
            return name == letter
        case Compare(op="≤", left=Num(value=0), right=Size(name=name)):
            return name == letter
    return False


def enlarged(sizes: dict[str, int], hypotheses: list[Hypothesis], natural: Container[str]) -> dict[str, int]:
    """Sizes in the teens, where ‖x‖₁ ≤ 3‖x‖₂ fails; {} if there are none or the hypotheses do not admit them."""
    large = {letter: size if letter in natural else size + MORE for letter, size in sizes.items()}
    about = [each for each in hypotheses if about_sizes(each.relation)]
    fit = large != sizes and all(holds_for_sizes(each.relation, large) for each in about)
    return large if fit else {}


def holds_for_sizes(relation: Node, sizes: Mapping[str, int]) -> bool:
    if not isinstance(relation, Compare):
        return True
    a, b = size_value(relation.left, sizes), size_value(relation.right, sizes)
    return {"=": a == b, "≠": a != b, "<": a < b, ">": a > b, "≤": a <= b, "≥": a >= b}.get(relation.op, True)
