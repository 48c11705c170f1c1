"""Random inputs: generic draws in antithetic pairs at several scales, which meet all hypotheses. A hypothesis that no
draw meets, or that only 0 meets, is refused: what follows from it says nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from proofread.derivations.infer import Typer
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Add,
    Compare,
    Var,
)  # fmt: skip
from proofread.derivations.random_function import Smooth, smooth
from proofread.derivations.sizing import about_sizes
from proofread.derivations.solving import Evaluate, meets, solve
from proofread.derivations.symbols import Hypothesis, Symbols
from proofread.derivations.traits import Traits, has, is_zero, kept_by_moves, set_words, traits_of, words_of

SCALES = (1.0, 0.5, 2.0, 1.0, 5.0, 0.2)
ROUNDS = 40


@dataclass
class Sample:
    """Values for one choice of sizes."""

    sizes: dict[str, int]
    values: dict[str, Tensor]
    functions: dict[str, Smooth]
    draws: int
    ordinary: dict[str, Tensor] = field(default_factory=dict)
    """The values before some were replaced by special ones, such as 0; {} where none were."""


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
        for name in arrays if equalities and turn < len(groups) else []:  # projections and involutions may be ±I
            value = values[name]
            if value.dim() == 3 and value.shape[-1] == value.shape[-2] > 1 and batch > 6:
                value[5], value[6] = torch.eye(value.shape[-1]), -torch.eye(value.shape[-1])
        collapsed = torch.zeros(batch, dtype=torch.bool)
        built = build_ordered(rest, values, functions, batch, evaluate, drawer)
        if equalities:
            before = {name: values[name].reshape(batch, -1).norm(dim=1) for name in arrays}
            all_equal = [each for each in live if isinstance(each.relation, Compare) and each.relation.op == "="
                         and not kept_by_moves(each, symbols)]  # fmt: skip
            solve(all_equal, values, groups[turn % len(groups)], functions, batch, evaluate, words)
            for name in arrays:
                if any(name in each.names for each in equalities):
                    collapsed |= values[name].reshape(batch, -1).norm(dim=1) < 1e-3 * before[name]
        keep = ~collapsed
        shrunk = shrunk or bool(collapsed.any())
        for name in arrays if equalities else built:
            for word in set_words(symbols, name):
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


def _rows(mask: Tensor, first: Tensor, second: Tensor) -> Tensor:
    """Draws of one where the mask holds, of the other elsewhere."""
    mask = mask.reshape([-1] + [1] * (first.dim() - 1))
    return torch.where(mask, first, second)


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
