"""A computation graph as SVG: in the page's text colour, with its sweeps told to screen readers and to the script.

Colours of presentation attributes fit light and dark, for those who open the file itself; on the site the style sheet
says more. Each thing that appears during the sweeps carries its step in `data-at`; the sentences stand in `data-steps`.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from proofread.outputs.graph import Edge, Graph, Node, Sweep, size, sweep
from proofread.outputs.graph_layout import Layout, Point, place

_PAD, _ROW, _HEAD = 12.0, 19.0, 22.0
_MARGIN = 8.0
_SANS = "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
_MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
#: Fallbacks that can be read on white and on black.
_VALUE, _GRADIENT, _MUTED = "#2f7fc1", "#c4622d", "#7a828c"
_APART = 8.0
"""How far the way back stands from the way there."""


_KINDS = {"operation": "", "leaf": "叶子", "constant": "常数"}


def _wide(text: str, em: float = 12.0) -> float:
    """The width of text in the widest of the usual monospaced faces."""
    return sum(em if unicodedata.east_asian_width(c) in "WF" else 0.62 * em for c in text)


def _size(node: Node) -> tuple[float, float]:
    """Width and height of a node's card."""
    head = _wide(node.name, 13.5) + (_wide(f" = {node.call}") if node.call else _wide(_KINDS[node.kind], 11) + 18)
    rows = [head, _wide(node.function, 11) + _wide(size(node.shape), 11) + 14, _wide(node.label, 13)]
    height = _HEAD + _ROW + (_HEAD if node.label else 0)
    if node.gradient is not None and _one_row(node):
        rows.append(_wide(node.value[0]) + _wide(node.gradient[0]) + 2 * 30 + 20)
        height += _ROW
    else:
        rows += [_wide(line) + 34 for line in (*node.value, *(node.gradient or ()))]
        height += _ROW * (len(node.value) + len(node.gradient or ()))
    return round(max(84.0, *rows) + 2 * _PAD), height + 12


def _one_row(node: Node) -> bool:
    """Whether value and gradient fit side by side."""
    return len(node.value) == 1 == len(node.gradient or ()) and len(node.value[0] + (node.gradient or ("",))[0]) <= 9


def render(graph: Graph, name: str, title: str) -> str:
    """The picture of a graph.

    Args:
        graph: what to draw; name: unique on the page, for ids; title: what the picture is called.
    """
    told = sweep(graph)
    sizes = [_size(node) for node in graph.nodes]
    several = any(len(graph.out_of(edge.source)) > 1 for edge in graph.edges)
    layout = place(sizes, [(edge.source, edge.target) for edge in graph.edges], 60.0 if several else 44.0)
    body = [*_edges(graph, told, layout), *_cards(graph, told, layout, sizes)]
    left, right = _overhang(graph, layout)
    width, height = round(layout.width + left + right + 2 * _MARGIN), round(layout.height + 2 * _MARGIN)
    steps = escape(json.dumps(told.steps, ensure_ascii=False))
    described = " ".join(told.steps)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="graph-svg" width="{width}" height="{height}" '
            f'viewBox="{-_MARGIN - left:g} {-_MARGIN:g} {width} {height}" style="--natural:{width}px" role="img" '
            f'fill="none" stroke="none" '
            f'aria-labelledby="graph-{name}-title" aria-describedby="graph-{name}-desc" data-steps="{steps}">',
            f'<title id="graph-{name}-title">{escape(title)}</title>',
            f'<desc id="graph-{name}-desc">{escape(described)}</desc>',
            *body,
            "</svg>\n",
        ]
    )


def _cards(graph: Graph, told: Sweep, layout: Layout, sizes: Sequence[tuple[float, float]]) -> Iterator[str]:
    for i, node in enumerate(graph.nodes):
        (x, y), (width, height) = layout.centres[i], sizes[i]
        yield from _card(node, told.values[i], told.gradients[i], x - width / 2, y - height / 2, width, height)


def _card(node: Node, seen: int, complete: int, left: float, top: float, width: float, height: float) -> Iterator[str]:
    """A node: what it is called, how it was made, its shape, its value and its gradient."""
    yield f'<g class="graph-node graph-{node.kind}" fill="currentColor" font-family="{_MONO}" font-size="12">'
    dashes = ' stroke-dasharray="5 4"' if node.kind == "constant" else ""
    radius = 6 if node.kind == "operation" else min(16, height / 2)
    yield (
        f'<rect class="graph-box" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
        f'fill="none" stroke="currentColor" stroke-opacity=".55" stroke-width="1.2"{dashes}/>'
    )
    y = top + _HEAD
    inner, outer = left + _PAD, left + width - _PAD
    if node.label:
        at = f'class="graph-label" x="{inner:g}" y="{y:g}" font-family="{_SANS}" font-size="13"'
        yield f"<text {at}>{escape(node.label)}</text>"
        y += _HEAD - 2
    call = f'<tspan font-size="12" font-weight="400"> = {escape(node.call)}</tspan>' if node.call else ""
    at = f'class="graph-name" x="{inner:g}" y="{y:g}" font-size="13.5" font-weight="700"'
    yield f"<text {at}>{escape(node.name)}{call}</text>"
    muted = f'class="graph-muted" fill="{_MUTED}" font-size="11"'
    if node.kind != "operation":
        kind = f'x="{outer:g}" y="{y:g}" text-anchor="end" font-family="{_SANS}"'
        yield f'<g {muted}><text class="graph-key" {kind}>{_KINDS[node.kind]}</text></g>'
    y += _ROW - 1
    yield (
        f'<g {muted}><text x="{inner:g}" y="{y:g}">{escape(node.function)}</text>'
        f'<text x="{outer:g}" y="{y:g}" text-anchor="end">{escape(size(node.shape))}</text></g>'
    )
    y += _ROW + 1
    if node.value:
        indent = 18 if node.gradient is None or _one_row(node) else 29
        yield _numbers("值", "graph-value", _VALUE, node.value, inner, y, indent, seen)
    if node.gradient is not None:
        if _one_row(node):
            inner = outer - _wide(node.gradient[0]) - 29
        else:
            y += _ROW * len(node.value)
        yield _numbers("梯度", "graph-gradient", _GRADIENT, node.gradient, inner, y, 29, complete)
    yield "</g>"


def _numbers(word: str, kind: str, colour: str, text: Sequence[str], x: float, y: float, indent: float, at: int) -> str:
    rows = "".join(
        f'<text x="{x + indent:g}" y="{y + _ROW * i:g}">{escape(line)}</text>' for i, line in enumerate(text)
    )
    key = f'<text class="graph-key" x="{x:g}" y="{y:g}" font-family="{_SANS}" font-size="11">{word}</text>'
    return f'<g class="{kind}" fill="{colour}" data-at="{at}">{key}{rows}</g>'


def _edges(graph: Graph, told: Sweep, layout: Layout) -> Iterator[str]:
    """Lines forward in the text colour, dashed lines back, cuts with two strokes through them."""
    for edge, route in zip(graph.edges, layout.routes, strict=True):
        back = edge.passed is not None
        there = _moved(route, -_APART / 2 if back else 0)
        if edge.cut:
            yield _cut(route, graph.nodes[edge.source].name)
            continue
        yield (
            f'<g class="graph-edge" stroke="currentColor" stroke-opacity=".75" stroke-width="1.3" fill="currentColor" '
            f'data-at="{told.values[edge.target]}"><path d="{_path(there)}" fill="none"/>'
            f"{_tip(there[-1], down=True)}</g>"
        )
        if back:
            here = _moved(route, _APART / 2)[::-1]
            yield (
                f'<g class="graph-back" stroke="{_GRADIENT}" stroke-width="1.3" fill="{_GRADIENT}" '
                f'data-at="{told.backwards[edge.target]}"><path d="{_path(here)}" fill="none" stroke-dasharray="4 3"/>'
                f"{_tip(here[-1], down=False)}{_part(graph, edge, layout)}</g>"
            )


def _part(graph: Graph, edge: Edge, layout: Layout) -> str:
    """Where several parts of a gradient meet, each is written at its edge, outside."""
    if not _labelled(graph, edge):
        return ""
    x, y, end = _beside(graph, edge, layout)
    anchor = ' text-anchor="end"' if end else ""
    text = (edge.passed or ("",))[0] if len(edge.passed or ()) == 1 else "…"
    return (
        f'<text class="graph-part" x="{x:g}" y="{y:g}"{anchor} stroke="none" font-family="{_MONO}" '
        f'font-size="11">{escape(text)}</text>'
    )


def _labelled(graph: Graph, edge: Edge) -> bool:
    return edge.passed is not None and len(graph.out_of(edge.source)) > 1


def _beside(graph: Graph, edge: Edge, layout: Layout) -> tuple[float, float, bool]:
    """Where an edge's text stands, near its source: left of the leftmost edge, right of the others."""
    route = layout.routes[graph.edges.index(edge) if graph.edges.count(edge) == 1 else _same(graph, edge)]
    starts = sorted(layout.routes[k][0][0] for k, e in enumerate(graph.edges) if e.source == edge.source)
    left = route[0][0] == starts[0]
    x, y = route[0]
    return (x - 9 if left else x + 11), y + 19, left


def _same(graph: Graph, edge: Edge) -> int:
    return next(k for k, e in enumerate(graph.edges) if e is edge)


def _overhang(graph: Graph, layout: Layout) -> tuple[float, float]:
    """How far texts at edges stand out on the left and on the right."""
    left = right = 0.0
    for edge in graph.edges:
        if _labelled(graph, edge):
            x, _, end = _beside(graph, edge, layout)
            width = _wide((edge.passed or ("",))[0], 11)
            left, right = max(left, width - x if end else 0.0), max(right, 0.0 if end else x + width - layout.width)
    return round(left), round(right)


def _cut(route: Sequence[Point], name: str) -> str:
    """The way from a tensor to the one detached from it: no edge of the graph."""
    x, y = (route[0][0] + route[-1][0]) / 2, (route[0][1] + route[-1][1]) / 2
    strokes = "".join(f"M{x - 8:g} {y + d + 4:g}L{x + 8:g} {y + d - 4:g}" for d in (-3, 4))
    return (
        f'<g class="graph-cut" stroke="{_MUTED}" stroke-width="1.3"><path d="{_path(route)}" stroke-dasharray="2 4"/>'
        f'<path d="{strokes}" stroke="currentColor" stroke-width="2.2"/><text x="{x + 16:g}" y="{y + 4:g}" '
        f'stroke="none" fill="currentColor" font-family="{_MONO}" font-size="11">detach</text></g>'
    )


def _moved(route: Sequence[Point], by: float) -> tuple[Point, ...]:
    return tuple((x + by, y) for x, y in route)


def _path(route: Sequence[Point]) -> str:
    """A curve through the corners, upright at each."""
    x, y = route[0]
    parts = [f"M{x:g} {y:g}"]
    for nx, ny in route[1:]:
        middle = (y + ny) / 2
        curve = "" if abs(nx - x) < 0.5 else f"C{x:g} {middle:g} {nx:g} {middle:g} "
        parts.append(f"{curve or 'L'}{nx:g} {ny:g}")
        x, y = nx, ny
    return "".join(parts)


def _tip(at: Point, down: bool) -> str:
    x, y = at
    tail = y - 7 if down else y + 7
    return f'<path d="M{x - 3.5:g} {tail:g}L{x + 3.5:g} {tail:g}L{x:g} {y:g}Z" stroke="none"/>'
