"""Random inputs: distinct sizes of at least 3, generic draws in antithetic pairs at several scales, hypotheses met
exactly. A hypothesis that no draw meets, or that only 0 meets, is refused: what follows from it says nothing."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from proofread.derivations.infer import SCALAR, Type, Typer, find, size_value
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Add,
    Axis,
    Big,
    Compare,
    Delta,
    Div,
    Entry,
    Fn,
    Gather,
    Idx,
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
from proofread.derivations.random_function import Smooth, smooth
from proofread.derivations.symbols import Hypothesis, Symbols
from proofread.derivations.tensors import eigenvalues

SCALES = (1.0, 0.5, 2.0, 1.0, 5.0, 0.2)
ROUNDS = 40
#: By how much larger sizes are for an order.
MORE = 9
#: Further choices of sizes, at most, and whole numbers that an author has in mind.
MOST, SMALL = 64, 8
#: Traits that `moved` keeps.
KEPT = frozenset(
    {"positive", "nonnegative", "closed", "symmetric", "skew", "diagonal", "lower", "upper", "full rank", "nonzero"}
)


@dataclass
class Sample:
    """Values for one choice of sizes."""

    sizes: dict[str, int]
    values: dict[str, Tensor]
    functions: dict[str, Smooth]
    draws: int
    ordinary: dict[str, Tensor] = field(default_factory=dict)
    """The values before some were replaced by special ones, such as 0; {} where none were."""


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


# -- traits: hypotheses that a draw can be built to meet ---------------------------------------------------------------


@dataclass
class Traits:
    """How a name is to be drawn."""

    words: set[str] = field(default_factory=set)
    low: float | None = None
    high: float | None = None


def is_zero(node: Node) -> bool:
    return (isinstance(node, Num) and node.value == 0) or (isinstance(node, Unit) and node.which == "0")


def _subject(node: Node, symbols: Symbols) -> str | None:
    """The name whose every entry a relation speaks of: `x`, `x_i`, `A_{ij}`; not `a_{ii}`, nor `x_i` from 2 on."""
    index: list[Node] = []
    while isinstance(node, Entry):
        index, node = [*node.index, *index], node.base
    axes = [each.axis for each in index if isinstance(each, Idx)]
    if not isinstance(node, Var) or len(set(axes)) != len(index):
        return None
    symbol = symbols.get(node.name)
    whole = [None, *((symbol.shape.rows, symbol.shape.cols) if symbol else ())]
    whole += [bounds[1] for letter in symbol.family if (bounds := symbols.range(letter))] if symbol else []
    ends = {dump(each) if each else "" for each in whole}
    starts = {"", dump(Num(1.0, "1"))}
    starts |= {dump(bounds[0]) for letter in symbol.family if (bounds := symbols.range(letter))} if symbol else set()
    complete = all(
        (dump(axis.lo) if axis.lo else "") in starts and (dump(axis.hi) if axis.hi else "") in ends for axis in axes
    )
    return node.name if complete else None


def _constant(node: Node) -> float | None:
    """The value of 0, -1, 2π, 1/2, 10⁻⁶ or √2; None for what is not made of numbers so."""
    if is_zero(node):
        return 0.0
    match node:
        case Num(value=value):
            return value
        case Add(signs=signs, terms=parts):
            pass
        case Mul(factors=parts):
            pass
        case Div(top=top, bottom=bottom):
            parts = (top, bottom)
        case Pow(base=Num(value=base), exponent=exponent) if (power := _constant(exponent)) is not None:
            return math.exp(power * math.log(base)) if base > 0 and abs(power) < 100 else None
        case Fn(name="sqrt", args=(Num(value=value),)):
            return math.sqrt(value) if value >= 0 else None
        case _:
            return None
    values = [number for part in parts if (number := _constant(part)) is not None]
    if len(values) < len(parts):
        return None
    if isinstance(node, Add):
        return math.fsum(sign * value for sign, value in zip(signs, values, strict=True))
    if isinstance(node, Mul):
        return math.prod(values)
    return values[0] / values[1] if values[1] else None


def traits_of(hypotheses: list[Hypothesis], symbols: Symbols) -> tuple[dict[str, Traits], list[Hypothesis]]:
    """Traits by name, and the hypotheses that are not traits."""
    traits: dict[str, Traits] = {}
    rest: list[Hypothesis] = []

    def of(name: str) -> Traits:
        return traits.setdefault(name, Traits())

    for hypothesis in hypotheses:
        relation = hypothesis.relation
        if not isinstance(relation, Compare):
            rest.append(hypothesis)
            continue
        left, right, op = relation.left, relation.right, relation.op
        if _constant(left) is not None and op in ("<", ">", "≤", "≥", "≻", "⪰", "≺", "⪯"):
            left, right = right, left
            op = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "≻": "≺", "≺": "≻", "⪰": "⪯", "⪯": "⪰"}[op]
        name, value = _subject(left, symbols), _constant(right)
        if name is not None and op in ("≻", "⪰") and value == 0:
            of(name).words.add("pd" if op == "≻" else "psd")
        elif name is not None and op in ("<", ">", "≤", "≥") and value is not None:
            trait = of(name)
            if op in (">", "≥"):
                trait.low = value if trait.low is None else max(value, trait.low)
            else:
                trait.high = value if trait.high is None else min(value, trait.high)
            if op in ("≥", "≤"):
                trait.words.add("closed")
        elif op == "=" and (word := _structure(left, right, symbols) or _structure(right, left, symbols)) is not None:
            of(word[1]).words.add(word[0])
        else:
            rest.append(hypothesis)
    return traits, rest


def _structure(left: Node, right: Node, symbols: Symbols) -> tuple[str, str] | None:
    if isinstance(left, Var):
        if isinstance(right, T) and dump(right.body) == dump(left):
            return "symmetric", left.name
        if isinstance(right, Add) and right.signs == (-1,) and dump(right.terms[0]) == dump(T(left)):
            return "skew", left.name
    if isinstance(right, Unit) and right.which == "I" and isinstance(left, Mul) and len(left.factors) == 2:
        a, b = left.factors
        if isinstance(a, T) and isinstance(a.body, Var) and dump(a.body) == dump(b):
            return "orthogonal columns", a.body.name
        if isinstance(b, T) and isinstance(b.body, Var) and dump(b.body) == dump(a):
            return "orthogonal rows", b.body.name
    if isinstance(right, Delta) and (family := _inner_of_members(left, right)) is not None:
        return "orthonormal members", family
    if isinstance(right, Num) and right.value == 1:
        if isinstance(left, Pow) and isinstance(left.exponent, Num):
            left = left.base
        if isinstance(left, Fn) and left.name in ("norm", "norm2") and isinstance(left.args[0], (Var, Entry)):
            subject = _subject(left.args[0], symbols)
            if subject:
                return "unit", subject
    if isinstance(left, T) and isinstance(left.body, Var) and isinstance(right, Pow):
        minus_one = isinstance(right.exponent, Num) and right.exponent.value == -1
        if minus_one and dump(left.body) == dump(right.base):
            return "orthogonal columns", left.body.name
    return None


def _inner_of_members(node: Node, delta: Delta) -> str | None:
    """The family v of `v_iᵀ v_j = δ_ij` or `⟨v_i, v_j⟩ = δ_ij`."""
    if isinstance(node, Mul) and len(node.factors) == 2 and isinstance(node.factors[0], T):
        pair = node.factors[0].body, node.factors[1]
    elif isinstance(node, Fn) and node.name == "inner":
        pair = node.args[0], node.args[1]
    else:
        return None
    indices = []
    for member in pair:
        if not (isinstance(member, Entry) and isinstance(member.base, Var) and len(member.index) == 1):
            return None
        index = member.index[0]
        if not isinstance(index, Idx):
            return None
        indices.append(index.axis)
    asked = [side.axis for side in (delta.left, delta.right) if isinstance(side, Idx)]
    bases = {member.base.name for member in pair if isinstance(member, Entry) and isinstance(member.base, Var)}
    if len(asked) != 2 or set(asked) != set(indices) or indices[0] is indices[1] or len(bases) != 1:
        return None
    return bases.pop()


# -- draws -------------------------------------------------------------------------------------------------------------


class Drawer:
    """Draws values of names for one choice of sizes; with `ends`, also at the ends of closed ranges."""

    def __init__(self, symbols: Symbols, sizes: dict[str, int], seed: int, ends: bool = False) -> None:
        self.symbols, self.sizes, self.ends = symbols, sizes, ends
        self.typer = Typer(symbols, sizes)
        self.generator = torch.Generator().manual_seed(seed)

    def randn(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.generator, dtype=torch.float64)

    def rand(self, *shape: int) -> Tensor:
        return torch.rand(*shape, generator=self.generator, dtype=torch.float64)

    def shape(self, name: str) -> tuple[int, ...]:
        """Members of a family first, then rows and columns."""
        base = name.removeprefix("d·")
        symbol = self.symbols.get(base)
        assert symbol is not None
        members = [self.typer.family_size(symbol, letter) for letter in symbol.family]
        return (*members, *self.typer.shape(symbol.shape))

    def draw(self, name: str, traits: Traits, draws: int) -> Tensor:
        shape = self.shape(name)
        rows, cols = shape[-2:]
        words = set(traits.words)
        symbol = self.symbols.get(name.removeprefix("d·"))
        if symbol is not None:
            words |= symbol.traits
        value = self.randn(draws, *shape)
        scale = torch.tensor([SCALES[(k // 2) % len(SCALES)] for k in range(draws)], dtype=torch.float64)
        scale = scale.reshape(draws, *(1,) * len(shape))
        pairs = draws // 2
        if rows == cols and rows > 1:  # flip a row: the sign of the determinant changes
            value[1 : 2 * pairs : 2] = value[0 : 2 * pairs : 2]
            value[1 : 2 * pairs : 2, ..., 0, :] *= -1
        else:
            value[1 : 2 * pairs : 2] = -value[0 : 2 * pairs : 2]
        value = value * scale
        square = rows == cols and rows > 1
        if words & {"pd", "psd", "symmetric", "skew"} and not square and rows > 1 and cols > 1:
            raise Refusal(f"{name} is {rows}×{cols} and cannot be symmetric", kind="shape")
        eye = torch.eye(rows, dtype=torch.float64)
        if words & {"pd", "psd"}:
            self.together(name, words, {"pd", "psd", "symmetric", "diagonal"})
            if cols == 1:
                return self.between(draws, shape, 0.0, None, False) * scale.sqrt()
            root = self.randn(draws, *shape)
            if "pd" in words:
                value = (root @ root.transpose(-1, -2) / rows + 0.3 * eye) * scale.clamp(max=2.0)
            else:
                root[1::2, ..., 0] = 0.0  # every other draw is singular
                value = root @ root.transpose(-1, -2) / rows * scale
            if "diagonal" in words:
                value = value * eye
                if "pd" not in words:
                    value[1::2, ..., 0, 0] = 0.0
            return value
        if "symmetric" in words:
            value = (value + value.transpose(-1, -2)) / 2
        if "skew" in words:
            self.together(name, words, {"skew"})
            value = (value - value.transpose(-1, -2)) / 2
        if "diagonal" in words:
            value = value * eye
        if words & {"lower", "upper"}:
            self.together(name, words, {"lower", "upper"})
            value = value.tril() if "lower" in words else value
            value = value.triu() if "upper" in words else value
        if words & {"orthogonal columns", "orthogonal rows", "orthogonal"}:
            tall = "orthogonal rows" not in words
            if (tall and rows < cols) or (not tall and rows > cols):
                raise Refusal(f"no {rows}×{cols} {name} has orthonormal {'columns' if tall else 'rows'}; say m ≥ n",
                              kind="vacuous")  # fmt: skip
            source = self.randn(draws, *shape)
            q, r = torch.linalg.qr(source if tall else source.transpose(-1, -2))
            q = q * torch.sign(torch.diagonal(r, dim1=-2, dim2=-1)).unsqueeze(-2)
            q[1::2, ..., 0] *= -1
            value = q if tall else q.transpose(-1, -2)
            if words & {"symmetric", "diagonal"}:  # eigenvalues ±1, the first two unlike
                signs = torch.sign(self.randn(draws, *shape[:-1]))
                signs[..., 0], signs[..., 1] = 1.0, -1.0
                q = torch.eye(rows, dtype=torch.float64) if "diagonal" in words else q
                value = (q * signs.unsqueeze(-2)) @ q.transpose(-1, -2)
        if "orthonormal members" in words:
            members, length = shape[0], rows * cols
            if len(shape) != 3 or members > length:
                raise Refusal(f"no {members} vectors {name} of {length} entries are orthonormal; say m ≥ n",
                              kind="vacuous")  # fmt: skip
            q, r = torch.linalg.qr(self.randn(draws, length, members))
            q = q * torch.sign(torch.diagonal(r, dim1=-2, dim2=-1)).unsqueeze(-2)
            q[1::2, ..., 0] *= -1
            value = q.transpose(-1, -2).reshape(draws, *shape)
        if traits.low is not None or traits.high is not None:
            value = self.between(draws, shape, traits.low, traits.high, "closed" in words)
        if "positive" in words:
            value = self.between(draws, shape, 0.0, None, False) * scale.sqrt()
        if "nonnegative" in words:
            value = self.between(draws, shape, 0.0, None, True)
        if "binary" in words:
            value = (self.rand(draws, *shape) > 0.5).to(torch.float64)
        if "symmetric" in words and square:  # entries in a range, the same on both sides
            value = value.triu() + value.triu(1).transpose(-1, -2)
        if "unit" in words:
            value = value / value.pow(2).sum((-2, -1), keepdim=True).sqrt()
        return value

    def together(self, name: str, words: set[str], fit: set[str]) -> None:
        """Raise `Refusal` where one trait leaves nothing but 0, or nothing at all, of another."""
        matrix = {"pd", "psd", "symmetric", "skew", "diagonal", "lower", "upper", "orthogonal", "orthogonal columns",
                  "orthogonal rows"}  # fmt: skip
        if others := sorted((words & matrix) - fit):
            raise Refusal(f"{name.split('|')[0]} is supposed {' and '.join(sorted(words & fit))} and {others[0]}: no "
                          "sample with nonzero entries is drawn of that", kind="vacuous")  # fmt: skip

    def between(
        self, draws: int, shape: tuple[int, ...], low: float | None, high: float | None, closed: bool
    ) -> Tensor:
        if low is not None and high is not None:
            if low >= high:
                raise Refusal(f"no number lies between {low:g} and {high:g}", kind="vacuous")
            value = low + (high - low) * (0.03 + 0.94 * self.rand(draws, *shape))
            return self.at_ends(value, low, high) if closed else value
        spread = self.randn(draws, *shape).abs() + 0.05
        spread[1::3] *= 3.0
        if closed and shape == (1, 1) and draws > 4:
            spread[4] = 0.0
        value = low + spread if low is not None else (high or 0.0) - spread
        return self.at_ends(value, low, high) if closed else value

    def at_ends(self, value: Tensor, low: float | None, high: float | None) -> Tensor:
        """With `ends`, some draws whose first entry, or all entries, lie at an end of their range."""
        for place, end in ((0, low), (1, high)):
            if self.ends and end is not None:
                value[2 + place :: 8, ..., :1, :1] = end
                value[4 + place :: 8] = end
        return value

    def function(self, name: str) -> Smooth:
        symbol = self.symbols.get(name)
        assert symbol is not None
        shapes = [self.typer.shape(each) for each in symbol.domain]
        inputs = sum(rows * cols for rows, cols in shapes)
        return smooth(inputs, self.typer.shape(symbol.shape), self.generator, "positive" in symbol.traits)


Evaluate = Callable[[list[Node], dict[str, Tensor], dict[str, Smooth], int], list[Tensor]]


def make(names: set[str], hypotheses: list[Hypothesis], symbols: Symbols, sizes: dict[str, int], draws: int, seed: int,
         evaluate: Evaluate, extreme: int = 0) -> Sample:  # fmt: skip
    """Values of `names` that meet all hypotheses; raises `Refusal` (vacuous) if none are found.

    For orders (`extreme`), names that nothing is supposed of also take the values at which orders are sharp; with
    `extreme` 2 (strict orders) also 0.
    """
    drawer = Drawer(symbols, sizes, seed, ends=extreme > 1)
    traits, rest = traits_of(hypotheses, symbols)
    arrays = sorted(
        name for name in names
        if (symbol := symbols.get(name.removeprefix("d·"))) and symbol.kind == "array" and symbol.definition is None
    )  # fmt: skip
    functions = {
        name: drawer.function(name) for name in sorted(names)
        if (symbol := symbols.get(name)) and symbol.kind == "function" and symbol.definition is None
    }  # fmt: skip
    live = [each for each in hypotheses if each.names & set(names)]
    rest = [each for each in rest if each in live]
    words = words_of(arrays, traits, symbols)
    equalities = [each for each in rest if isinstance(each.relation, Compare) and each.relation.op == "="]
    # Where moving all names spoils most draws (DX = 0 takes the rank of both), one name alone is moved.
    groups = [arrays, *([name] for name in reversed(arrays) if any(name in each.names for each in equalities))]
    pool: dict[str, list[Tensor]] = {name: [] for name in arrays}
    count, shrunk = 0, False
    batch = draws if not rest else 3 * draws
    for turn in range(ROUNDS):
        if equalities and turn == len(groups) + 3 and not count:
            break  # Newton's method finds no zero from any of many starts
        values = {name: drawer.draw(name, traits.get(name, Traits()), batch) for name in arrays}
        for name in arrays if extreme and equalities else []:  # weights that nearly all lie on one entry
            if words[name] & {"positive", "nonnegative"}:
                values[name][3::8] **= 3
                values[name][7::8] **= 8
        collapsed = torch.zeros(batch, dtype=torch.bool)
        built = build_ordered(rest, values, functions, batch, evaluate, drawer)
        if equalities:
            before = {name: values[name].reshape(batch, -1).norm(dim=1) for name in arrays}
            all_equal = [each for each in live if isinstance(each.relation, Compare) and each.relation.op == "="]
            solve(all_equal, values, groups[turn % len(groups)], functions, batch, evaluate, words)
            for name in arrays:
                if any(name in each.names for each in equalities):
                    collapsed |= values[name].reshape(batch, -1).norm(dim=1) < 1e-3 * before[name]
        keep = ~collapsed
        shrunk = shrunk or bool(collapsed.any())
        for name in arrays if equalities else built:
            for word in _words(symbols, name):
                keep &= has(values[name], word)
        for hypothesis in live:
            keep &= meets(hypothesis, values, functions, batch, evaluate)
        index = torch.nonzero(keep).flatten()
        for name in arrays:
            pool[name].append(values[name][index])
        count += len(index)
        if count >= draws:
            break
    if count < draws:
        if count < 2:
            text = "; ".join(each.source for each in live)
            if shrunk:
                raise Refusal(f"only 0 meets the hypotheses {text}: nothing follows from them", kind="vacuous")
            raise Refusal(f"no sample meets the hypotheses {text}: nothing follows from them", kind="vacuous")
        draws = count
    got = {name: torch.cat(parts)[:draws] for name, parts in pool.items()}
    for hypothesis in rest if extreme > 1 and draws >= 16 else []:  # strict orders may fail only at the edge
        relation = hypothesis.relation
        if not isinstance(relation, Compare) or relation.op not in ("≤", "≥") or about_sizes(relation):
            continue
        values = {name: drawer.draw(name, traits.get(name, Traits()), 8) for name in arrays}
        edge = replace(hypothesis, relation=Compare("=", relation.left, relation.right))
        solve([*equalities, edge], values, arrays, functions, 8, evaluate, words)
        keep = torch.stack([meets(each, values, functions, 8, evaluate) for each in live]).all(0)
        index = torch.nonzero(keep).flatten()[:4]
        for name in arrays:
            got[name][: len(index)] = values[name][index]
    ordinary = dict(got) if extreme else {}
    if extreme:
        sharp = {name: value.clone() for name, value in got.items()}
        special(sharp, zero=extreme > 1)
        fit = {name: torch.stack([has(sharp[name], word) for word in words[name]] or [torch.ones(draws) > 0]).all(0)
               for name in arrays}  # fmt: skip
        tried = {name: _rows(fit[name], sharp[name], got[name]) for name in arrays}
        together = torch.ones(draws, dtype=torch.bool)
        for hypothesis in live:
            together &= meets(hypothesis, tried, functions, draws, evaluate)
        bound = {name for each in live for name in each.names}
        got = {name: _rows(together, tried[name], got[name]) if name in bound else tried[name] for name in arrays}
    return Sample(sizes, got, functions, draws, ordinary)


def as_drawn(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str]) -> bool:
    """Whether some names have what is supposed of them exactly, and not but to rounding: signs, ranges, no equation."""
    traits, rest = traits_of(hypotheses, symbols)
    names = set(names)
    if any(each.names & names and not (isinstance(each.relation, Compare) and each.relation.op in "<>≤≥≠")
           for each in rest):  # fmt: skip
        return False
    exactly = {"positive", "nonnegative", "closed", "binary", "natural"}
    return all(each <= exactly for each in words_of(names, traits, symbols).values())


def build_ordered(hypotheses: list[Hypothesis], values: dict[str, Tensor], functions: dict[str, Smooth], draws: int,
                  evaluate: Evaluate, drawer: Drawer) -> list[str]:  # fmt: skip
    """Make draws (in place) meet hypotheses such as A ⪰ B, P ⪰ mI and mI ⪯ A ⪯ LI: what is larger is drawn as the
    other side and something definite, what lies between two as a mean of both; returns what was made so."""
    bounds: dict[str, dict[str, tuple[Compare, bool]]] = {}
    for each in hypotheses:
        relation = each.relation
        if not isinstance(relation, Compare) or relation.op not in ("≻", "⪰", "≺", "⪯"):
            continue
        difference = relation.left
        if is_zero(relation.right) and isinstance(difference, Add) and difference.signs == (1, -1):  # A - B ⪰ 0
            relation = Compare(relation.op, *difference.terms)
        sides = (relation.left, relation.right)
        for name in [side.name for side in sides if isinstance(side, Var) and side.name in values]:
            value = values[name]
            if value.shape[-1] == value.shape[-2]:
                values[name] = (value + value.mT) / 2  # what is ordered so is symmetric
        larger_left = relation.op in ("≻", "⪰")
        large, small = (relation.left, relation.right)[:: 1 if larger_left else -1]
        for side, other, end in ((large, small, "low"), (small, large, "high")):
            if isinstance(side, Var) and side.name in values and side.name not in drawer.symbols.closure([other]):
                bounds.setdefault(side.name, {})[end] = relation, (end == "low") == larger_left
                break
    for name, ends in bounds.items():
        shape = tuple(values[name].shape)
        if len(shape) != 3 or shape[-1] != shape[-2] or shape[-1] == 1:
            continue
        found: dict[str, Tensor] = {}
        for end, (relation, on_right) in ends.items():
            both = evaluate([relation.left, relation.right], values, functions, draws)
            found[end] = both[on_right].expand(draws, *shape[1:]).reshape(shape)
        low, high = found.get("low"), found.get("high")
        strict = any(relation.op in "≻≺" for relation, _ in ends.values())
        if low is not None and high is not None:
            share, root = torch.linalg.eigh(high - low)
            weights = 0.05 + 0.9 * drawer.rand(draws, shape[-1])
            turned = torch.linalg.qr(drawer.randn(*shape))[0]
            root = root * share.clamp(min=0.0).sqrt().unsqueeze(-2) @ root.mT
            values[name] = low + root @ (turned * weights.unsqueeze(-2)) @ turned.mT @ root
        else:
            more = drawer.draw(name, Traits({"pd" if strict else "psd"}), draws)
            thin = drawer.randn(*shape[:-1], 1)
            more[::2] = (thin @ thin.mT)[::2] + (1e-3 * more[::2] if strict else 0.0)  # nearly of rank one
            values[name] = low + more if low is not None else found["high"] - more
        values[name] = (values[name] + values[name].mT) / 2
    return [*bounds]


def words_of(names: Iterable[str], traits: Mapping[str, Traits], symbols: Symbols) -> dict[str, set[str]]:
    """All that is said of some names by their sets and by hypotheses that are traits."""
    words = {name: traits.get(name, Traits()).words | _words(symbols, name) for name in names}
    return {name: each | {"nonnegative"} if _signed(traits.get(name)) else each for name, each in words.items()}


def _words(symbols: Symbols, name: str) -> frozenset[str]:
    symbol = symbols.get(name.removeprefix("d·"))
    return symbol.traits if symbol is not None else frozenset()


def _rows(mask: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Draws of one where the mask holds, of the other elsewhere."""
    mask = mask.reshape([-1] + [1] * (first.dim() - 1))
    return torch.where(mask, first, second)


def has(value: Tensor, word: str) -> Tensor:
    """For each draw, whether its arrays have a trait; words that are no structure are left to the hypotheses."""
    flat = value.reshape(value.shape[0], -1)
    square = value.shape[-1] == value.shape[-2]
    eye = torch.eye(value.shape[-2], value.shape[-1], dtype=torch.float64)

    def zero(gap: Tensor) -> Tensor:
        return torch.le(gap.reshape(gap.shape[0], -1).abs().amax(1), 1e-10)

    match word:
        case "symmetric" | "pd" | "psd" if square:
            least = eigenvalues(value).reshape(value.shape[0], -1).amin(1)
            sign = {"symmetric": -float("inf"), "psd": -1e-10, "pd": 1e-10}[word]
            definite: Tensor = least > sign
            return zero(value - value.mT) & definite
        case "skew":
            return zero(value + value.mT)
        case "diagonal":
            return zero(value * (1 - eye))
        case "lower":
            return zero(value.triu(1))
        case "upper":
            return zero(value.tril(-1))
        case "orthogonal" | "orthogonal columns":
            return zero(value.mT @ value - torch.eye(value.shape[-1], dtype=torch.float64))
        case "orthogonal rows":
            return zero(value @ value.mT - torch.eye(value.shape[-2], dtype=torch.float64))
        case "unit":
            return zero(value.pow(2).sum((-2, -1)) - 1)
        case "positive" | "pd":
            return (flat > 0).all(1)
        case "nonnegative" | "psd":
            return (flat >= 0).all(1)
        case "nonzero":
            return flat.abs().amax(1) > 1e-9
        case "full rank":
            spectrum = torch.linalg.svdvals(value).reshape(value.shape[0], -1)
            full: Tensor = spectrum.amin(1) > 1e-6 * spectrum.amax(1)
            return full
        case "binary":
            return ((flat == 0) | (flat == 1)).all(1)
        case "orthonormal members" | "nilpotent":
            return torch.zeros(value.shape[0], dtype=torch.bool)
    return torch.ones(value.shape[0], dtype=torch.bool)


def _signed(traits: Traits | None) -> bool:
    """Whether all entries of a name are supposed to have no other sign than plus."""
    return traits is not None and traits.low == 0 and traits.high is None


def freedom(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str]) -> dict[str, AbstractSet[str]]:
    """Names that can be moved step by step without leaving what is supposed of them, with the traits to keep."""
    traits, rest = traits_of(hypotheses, symbols)
    bound = {name for each in rest for name in each.names}
    out: dict[str, AbstractSet[str]] = {}
    for name in names:
        trait = traits.get(name, Traits())
        words = trait.words | _words(symbols, name) | ({"nonnegative"} if _signed(trait) else set())
        ranged = (trait.low is not None or trait.high is not None) and not _signed(trait)
        if name not in bound and not ranged and words <= KEPT:
            out[name] = words
    return out


def definite(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str]) -> list[str]:
    """Names of which nothing is supposed but that they are positive definite."""
    traits, rest = traits_of(hypotheses, symbols)
    bound = {name for each in rest for name in each.names}
    words = words_of(names, traits, symbols)
    return [name for name, each in words.items() if "pd" in each and each <= {"pd", "symmetric"} and name not in bound]


def room(hypotheses: list[Hypothesis], symbols: Symbols, names: Iterable[str], far: float
         ) -> dict[str, tuple[float, float]]:  # fmt: skip
    """Names of which nothing but a range is supposed, with the bounds, well inside it, between which they may move;
    `far` from its end where it has but one."""
    traits, rest = traits_of(hypotheses, symbols)
    bound = {name for each in rest for name in each.names}
    out = {}
    for name in names:
        trait = traits.get(name, Traits())
        words = trait.words | _words(symbols, name)
        low = 0.0 if words & {"positive", "nonnegative"} else trait.low
        high = trait.high
        if name in bound or not words <= {"positive", "nonnegative", "closed"}:
            continue
        if low is not None and high is not None:
            margin = 0.01 * (high - low)
            out[name] = low + margin, high - margin
        else:
            margin = 0.05
            out[name] = (
                low + margin if low is not None else high - far if high is not None else -float("inf"),
                high - margin if high is not None else low + far if low is not None else float("inf"),
            )
    return out


def moved(value: Tensor, step: Tensor, words: AbstractSet[str]) -> Tensor:
    """A draw moved by a step, within what its traits allow: signs are kept by scaling, structures by projection."""
    if words & {"positive", "nonnegative"}:
        return value * step.clamp(-2, 2).exp()
    if words & {"symmetric", "pd", "psd"}:
        step = (step + step.transpose(-1, -2)) / 2
    if "skew" in words:
        step = (step - step.transpose(-1, -2)) / 2
    if "diagonal" in words:
        step = step * torch.eye(step.shape[-2], step.shape[-1], dtype=torch.float64)
    if "lower" in words:
        step = step.tril()
    if "upper" in words:
        step = step.triu()
    return value + step


def special(values: dict[str, Tensor], zero: bool) -> None:
    """Overwrite the last draws with ones, units, equal shares, equal and opposite arrays, rank one, small and zero."""
    first: dict[tuple[int, ...], Tensor] = {}
    for value in values.values():
        draws, shape = value.shape[0], tuple(value.shape[1:])
        if draws < 16:
            return
        value[-1] = 1.0
        value[-2] = 0.0
        value[(-2, *(0,) * len(shape))] = 1.0
        if shape[-1] > 1 and shape[-2] > 1:
            value[-3] = torch.eye(shape[-2], shape[-1], dtype=torch.float64)
        value[-4] *= 1e-3
        value[-5] = value[-5][..., :1] * (1.0 if shape[-1] == 1 else value[-5][..., :1, :].clone())
        value[-10] = 0.0
        partner = first.setdefault(shape, value)
        if partner is not value:
            value[-6], value[-7], value[-8] = partner[-6], -partner[-7], 2.0 * partner[-8]
        value[(-10, *((0,) if partner is value else (-1,)) * len(shape))] = 1.0
        value[-11] = 1.0 / (shape[-2] if shape[-1] == 1 else shape[-1])
        if len(shape) == 2 and min(shape) > 1:  # the commutator of these is as large as one may be
            value[-12] = 0.0
            value[(-12, *((0, 1) if partner is value else (1, 0)))] = 1.0
        if zero:
            value[-9] = 0.0


def residuals(hypotheses: list[Hypothesis], values: dict[str, Tensor], functions: dict[str, Smooth], draws: int,
              evaluate: Evaluate) -> Tensor:  # fmt: skip
    """Left side minus right side of some equalities, flattened: (draws, numbers)."""
    parts = []
    for hypothesis in hypotheses:
        relation = hypothesis.relation
        assert isinstance(relation, Compare)
        left, right = evaluate([relation.left, relation.right], values, functions, draws)
        gap = left - right
        parts.append(gap.expand(draws, *gap.shape[1:]).reshape(draws, -1))
    return torch.cat(parts, 1)


def solve(hypotheses: list[Hypothesis], values: dict[str, Tensor], names: list[str], functions: dict[str, Smooth],
          draws: int, evaluate: Evaluate, words: Mapping[str, AbstractSet[str]]) -> None:  # fmt: skip
    """Gauss–Newton: moves the draws, as little as possible and within their traits, onto the equalities (in place)."""
    involved = [name for name in names if any(name in each.names for each in hypotheses)]
    if not involved:
        return
    for _ in range(30):
        gap = residuals(hypotheses, values, functions, draws, evaluate)
        count = gap.shape[1]
        if count > 64 or float(gap.abs().nan_to_num(1e9).max()) < 1e-13:
            return
        # Every draw once for each equation: one backward pass gives all rows of the Jacobian. (torch's own batched
        # gradients import SymPy first, which takes a second.)
        copies = {name: value.repeat_interleave(count, 0) for name, value in values.items()}
        live = {name: torch.zeros_like(copies[name]).requires_grad_() for name in involved}
        with torch.enable_grad():
            here = {name: moved(copies[name], step, words[name]) for name, step in live.items()}
            gaps = residuals(hypotheses, {**copies, **here}, functions, draws * count, evaluate)
            if not gaps.requires_grad:
                return  # nothing that may move is in them
            own = torch.eye(count, dtype=torch.float64).repeat(draws, 1)
            grads = torch.autograd.grad((gaps * own).sum(), list(live.values()), materialize_grads=True)
        jacobian = torch.cat([grad.reshape(draws, count, -1) for grad in grads], 2).nan_to_num(0.0)
        gram = jacobian @ jacobian.transpose(-1, -2)
        # Damped a little: equalities may repeat each other (A = Aᵀ states each twice).
        damping = 1e-12 * (1.0 + torch.diagonal(gram, dim1=-2, dim2=-1).amax(-1))[:, None, None]
        gram = gram + damping * torch.eye(count, dtype=torch.float64)
        weights = torch.linalg.solve_ex(gram, gap.nan_to_num(0.0).unsqueeze(-1))[0].nan_to_num(0.0)
        step = jacobian.transpose(-1, -2) @ weights
        at = 0
        for name in involved:
            size = values[name][0].numel()
            values[name] = moved(values[name], -step[:, at : at + size, 0].reshape(values[name].shape), words[name])
            at += size


def meets(hypothesis: Hypothesis, values: dict[str, Tensor], functions: dict[str, Smooth], draws: int,
          evaluate: Evaluate) -> Tensor:  # fmt: skip
    """For each draw, whether a hypothesis holds."""
    relation = hypothesis.relation
    assert isinstance(relation, Compare)
    if about_sizes(relation):
        return torch.ones(draws, dtype=torch.bool)
    left, right = evaluate([relation.left, relation.right], values, functions, draws)
    return holds(relation.op, left, right, draws, 1e-10)


def holds(op: str, left: Tensor, right: Tensor, draws: int, tolerance: float) -> Tensor:
    """For each draw, whether a relation holds for all entries and indices (equality up to `tolerance`)."""
    gap = left - right
    gap = gap.expand(draws, *gap.shape[1:])
    size = torch.maximum(left.abs().amax(), right.abs().amax()).clamp(min=1.0)
    slack = tolerance * size
    if op in ("≻", "⪰", "≺", "⪯"):
        if gap.shape[-1] == 1:
            flat = gap.reshape(draws, -1)
        else:
            even = torch.allclose(gap, gap.transpose(-1, -2), rtol=0, atol=float(slack) + 1e-12)
            flat = eigenvalues(gap).reshape(draws, -1)
            if not even:
                return torch.zeros(draws, dtype=torch.bool)
        op = {"≻": ">", "⪰": "≥", "≺": "<", "⪯": "≤"}[op]
    else:
        flat = gap.reshape(draws, -1)
    match op:
        case "=":
            ok = flat.abs() <= slack
        case "≠":
            ok = flat.abs() > slack
        case ">":
            ok = flat > slack
        case "<":
            ok = flat < -slack
        case "≥":
            ok = flat >= -slack
        case "≤":
            ok = flat <= slack
        case _:
            raise Refusal(f"the relation {op} is not checked", status="unreadable", kind="notation")
    return ok.all(1)


__all__ = ["SCALAR", "Axis", "Sample", "Type", "find", "show"]
