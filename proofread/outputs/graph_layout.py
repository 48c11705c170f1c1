"""A small layered layout: every node above what is computed from it, the root at the bottom.

The classic four steps (Sugiyama, Tagawa and Toda 1981): layers, order within layers by barycentres, coordinates,
routes. Graphs here are small and point to one root, so the simplest form of each step will do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]

#: Between neighbours in a layer, and what an edge passing through a layer takes.
GAP, LANE = 20.0, 30.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is, in pixels from the top left corner."""

    centres: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    """For each edge its corners, from the bottom of its source to the top of its target."""
    width: float
    height: float


@dataclass(slots=True)
class _Grid:
    """Layers of cells; a cell is a node or a place where a long edge passes. Layer 0 is the root's."""

    layers: list[list[int]] = field(default_factory=list)
    level: dict[int, int] = field(default_factory=dict)
    width: dict[int, float] = field(default_factory=dict)
    up: dict[int, list[int]] = field(default_factory=dict)
    down: dict[int, list[int]] = field(default_factory=dict)
    chains: list[list[int]] = field(default_factory=list)
    """For each edge its cells, source first."""


def place(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]], gap: float = 52.0) -> Layout:
    """Lay out a directed graph without cycles whose nodes come in topological order.

    Args:
        sizes: width and height of each node; edges: pairs of node indices, several between two nodes allowed;
        gap: between layers.
    """
    grid = _grid(sizes, edges)
    _order(grid)
    x = _columns(grid)
    heights = [max(sizes[c][1] if c < len(sizes) else 0.0 for c in layer) for layer in grid.layers]
    tops: list[float] = [0.0] * len(heights)
    for level in range(len(heights) - 2, -1, -1):
        tops[level] = tops[level + 1] + heights[level + 1] + gap
    left = min(x[c] - grid.width[c] / 2 for c in x)
    x = {cell: round(at - left, 1) for cell, at in x.items()}
    centres = [(x[i], tops[grid.level[i]] + heights[grid.level[i]] / 2) for i in range(len(sizes))]

    def port(node: int, edge: int, outgoing: bool) -> Point:
        """Where an edge leaves or enters a node: side by side, in the order of where they come from or go to."""
        end = 0 if outgoing else -1
        mine = [k for k, chain in enumerate(grid.chains) if chain[end] == node]
        mine.sort(key=lambda k: (x[grid.chains[k][1 if outgoing else -2]], k))
        width, height = sizes[node]
        step = min(40.0, (width - 24) / len(mine))
        offset = round((mine.index(edge) - (len(mine) - 1) / 2) * step, 1)
        return round(centres[node][0] + offset, 1), centres[node][1] + (height / 2 if outgoing else -height / 2)

    routes = []
    for k, chain in enumerate(grid.chains):
        # Curves only between layers: beside a card lines run straight.
        start, end = port(chain[0], k, True), port(chain[-1], k, False)
        corners = [start, (start[0], tops[grid.level[chain[0]]] + heights[grid.level[chain[0]]])]
        for cell in chain[1:-1]:
            top = tops[grid.level[cell]]
            corners += [(x[cell], top), (x[cell], top + heights[grid.level[cell]])]
        corners += [(end[0], tops[grid.level[chain[-1]]]), end]
        routes.append(tuple(dict.fromkeys(corners)))
    width = max(x[c] + grid.width[c] / 2 for c in x)
    return Layout(tuple(centres), tuple(routes), width, tops[0] + heights[0])


def _grid(sizes: Sequence[tuple[float, float]], edges: Sequence[tuple[int, int]]) -> _Grid:
    """Each node just above the highest of its users; long edges cut into cells, one a layer."""
    grid = _Grid()
    for node in reversed(range(len(sizes))):
        grid.level[node] = max((grid.level[t] + 1 for s, t in edges if s == node), default=0)
        grid.width[node] = sizes[node][0]
    cells = len(sizes)
    for source, target in edges:
        chain = [source]
        for level in range(grid.level[source] - 1, grid.level[target], -1):
            grid.level[cells], grid.width[cells] = level, LANE
            chain.append(cells)
            cells += 1
        grid.chains.append([*chain, target])
    grid.up, grid.down = {c: [] for c in range(cells)}, {c: [] for c in range(cells)}
    for chain in grid.chains:
        for above, below in pairwise(chain):
            grid.up[below].append(above)
            grid.down[above].append(below)
    grid.layers = [[] for _ in range(max(grid.level.values()) + 1)]
    # First order: from the root upwards, inputs in argument order.
    for level in range(len(grid.layers)):
        inputs = [c for below in (grid.layers[level - 1] if level else []) for c in grid.up[below]]
        mine = [c for c in range(cells) if grid.level[c] == level]
        grid.layers[level] = list(dict.fromkeys([c for c in inputs if grid.level[c] == level] + mine))
    return grid


def _order(grid: _Grid) -> None:
    """Sort layers by the mean place of their neighbours, up and down, and keep the order with the fewest crossings."""
    best, fewest = [list(layer) for layer in grid.layers], _crossings(grid)
    for turn in range(6):
        links = grid.down if turn % 2 == 0 else grid.up
        levels = range(1, len(grid.layers)) if turn % 2 == 0 else range(len(grid.layers) - 2, -1, -1)
        for level in levels:
            where = {c: i for layer in grid.layers for i, c in enumerate(layer)}
            middle = {c: sum(where[n] for n in links[c]) / len(links[c]) if links[c] else where[c]
                      for c in grid.layers[level]}  # fmt: skip
            order = {c: (middle[c], where[c]) for c in grid.layers[level]}
            grid.layers[level].sort(key=order.__getitem__)
        if (crossings := _crossings(grid)) < fewest:
            best, fewest = [list(layer) for layer in grid.layers], crossings
    grid.layers = best


def _crossings(grid: _Grid) -> int:
    where = {c: i for layer in grid.layers for i, c in enumerate(layer)}
    total = 0
    for layer in grid.layers:
        links = [(where[c], where[n]) for c in layer for n in grid.down[c]]
        total += sum((a - c) * (b - d) < 0 for i, (a, b) in enumerate(links) for c, d in links[:i])
    return total


def _columns(grid: _Grid) -> dict[int, float]:
    """Draw every cell towards its neighbours, keeping order and distance; operations weigh more, so that their chains
    stand straight and leaves stand beside them."""
    x: dict[int, float] = {}
    for layer in grid.layers:
        at = 0.0
        for cell in layer:
            x[cell] = at + grid.width[cell] / 2
            at += grid.width[cell] + GAP
    # An operation on leaves alone has the first of them straight above it.
    heavy = {cell for cell in x if grid.up[cell]}
    heavy |= {above[0] for above in grid.up.values() if above and not heavy.intersection(above)}
    weight = {cell: 20.0 if cell in heavy else 1.0 for cell in x}
    for turn in range(60):
        for layer in grid.layers if turn % 2 else grid.layers[::-1]:
            wanted = []
            for cell in layer:
                near = [*grid.up[cell], *grid.down[cell]]
                pull = sum(weight[c] for c in near)
                wanted.append(sum(weight[c] * x[c] for c in near) / pull if near else x[cell])
            apart = [(grid.width[a] + grid.width[b]) / 2 + GAP for a, b in pairwise(layer)]
            x |= zip(layer, _spread(wanted, apart, [weight[c] for c in layer]), strict=True)
    return x


def _spread(wanted: Sequence[float], apart: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Places in the given order and at least `apart`, nearest to the wanted ones in weighted squares: isotonic
    regression by pooling adjacent violators, after taking the distances off."""
    offsets = [sum(apart[:i]) for i in range(len(wanted))]
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of cells
    for want, offset, weight in zip(wanted, offsets, weights, strict=True):
        mean, total, count = want - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, heavy, cells = pools.pop()
            mean, total, count = (other * heavy + mean * total) / (heavy + total), heavy + total, cells + count
        pools.append((mean, total, count))
    flat = [mean for mean, _, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(flat, offsets, strict=True)]
