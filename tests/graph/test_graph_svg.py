"""The picture: structure, text alternatives, steps, and a layout in which nothing lies on anything else."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofread.outputs import graph_svg
from proofread.outputs.graph import Graph
from proofread.outputs.graph_layout import place

SVG = "{http://www.w3.org/2000/svg}"
PART = "(2, 2, 8, 10)"


def drawn(graph: Graph, title: str = "一张图") -> ElementTree.Element:
    return ElementTree.fromstring(graph_svg.render(graph, "g", title))


def texts(element: ElementTree.Element) -> list[str]:
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def groups(svg: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [g for g in svg.iter(f"{SVG}g") if kind in (g.get("class") or "").split()]


def test_cards(seed: Graph) -> None:
    """Each node is a card that says its name, how it was made, torch's name, shape, value and gradient."""
    cards = groups(drawn(seed), "graph-node")
    assert [texts(card) for card in cards] == [
        ["x", "叶子", "AccumulateGrad", "4 维", "值", "(1, 1, 4, 5)", "梯度", "(4, 4, 16, 20)"],
        ["平方和", "d = dot(x, x)", "DotBackward0", "标量", "值", "43", "梯度", "2"],
        ["y = mul(d, 2)", "MulBackward0", "标量", "值", "86", "梯度", "1"],
    ]


def test_edges(seed: Graph, cut: Graph) -> None:
    """Edges forward, dashed ones back with their parts where several meet, and cuts that are no edges."""
    svg = drawn(seed)
    assert len(groups(svg, "graph-edge")) == 3
    assert [texts(g) for g in groups(svg, "graph-back")] == [[PART], [PART], []]
    assert groups(svg, "graph-cut") == []
    svg = drawn(cut)
    assert len(groups(svg, "graph-edge")) == 4
    assert len(groups(svg, "graph-back")) == 1
    assert [texts(g) for g in groups(svg, "graph-cut")] == [["detach"]]


def test_steps(seed: Graph) -> None:
    """What appears in the sweeps carries its step: values downwards, then gradients upwards."""
    svg = drawn(seed)
    at = {kind: [int(g.get("data-at", 0)) for g in groups(svg, kind)] for kind in
          ("graph-value", "graph-edge", "graph-back", "graph-gradient")}  # fmt: skip
    assert at == {
        "graph-value": [1, 2, 3],
        "graph-edge": [2, 2, 3],
        "graph-back": [6, 6, 5],
        "graph-gradient": [6, 5, 4],
    }
    assert len(json.loads(svg.attrib["data-steps"])) == 6


@pytest.mark.parametrize("name", ["seed", "cut"])
def test_told_to_screen_readers(name: str, request: pytest.FixtureRequest) -> None:
    """The picture is an image with a title and a description of every step; its ids are those of its name."""
    svg = drawn(request.getfixturevalue(name), "a < b & c")
    assert svg.get("role") == "img"
    title, description = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None and description is not None
    assert title.text == "a < b & c" and title.get("id") == svg.get("aria-labelledby") == "graph-g-title"
    assert description.get("id") == svg.get("aria-describedby") == "graph-g-desc"
    assert description.text == " ".join(json.loads(svg.attrib["data-steps"]))


def test_only_the_text_colour_and_fallbacks(seed: Graph) -> None:
    """Lines and names are drawn in the page's text colour, so that light and dark both fit."""
    svg = drawn(seed)
    colours = {e.get(k) for e in svg.iter() for k in ("fill", "stroke")} - {None}
    assert colours == {"currentColor", "none", graph_svg._VALUE, graph_svg._GRADIENT, graph_svg._MUTED}
    for colour in (graph_svg._VALUE, graph_svg._GRADIENT, graph_svg._MUTED):
        assert min(contrast(colour, "#ffffff"), contrast(colour, "#14181e")) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast ratio of two `#rrggbb` colours."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_on_the_site() -> None:
    """On cards and on paper every text colour of the style sheets has a contrast of 4.5 or more, light and dark."""
    assets = Path(__file__).parents[2] / "docs" / "assets"
    sheet = "".join((assets / name).read_text(encoding="utf-8") for name in ("site.css", "graph.css"))
    for scheme in ("default", "slate"):
        rules = [rule for rule in sheet.split("}") if f'[data-md-color-scheme="{scheme}"] {{' in rule]
        words = " ".join(rules).replace("{", ";").split(";")
        colours = {k.strip(): v.strip() for k, _, v in (word.partition(":") for word in words) if k.strip()[:2] == "--"}
        for text in ("--ink", "--muted", "--graph-value", "--graph-gradient"):
            for ground in ("--paper", "--raised"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (scheme, text, ground)


def test_same_bytes(seed: Graph) -> None:
    """The same graph is the same file."""
    assert graph_svg.render(seed, "g", "t") == graph_svg.render(seed, "g", "t")


@st.composite
def _graphs(draw: st.DrawFn) -> tuple[list[tuple[float, float]], list[tuple[int, int]]]:
    """Directed graphs in topological order in which the last node can be reached from every other."""
    count = draw(st.integers(2, 12))
    sizes = [(float(draw(st.integers(84, 220))), float(draw(st.integers(60, 140)))) for _ in range(count)]
    edges = [(i, draw(st.integers(i + 1, count - 1))) for i in range(count - 1)]
    for _ in range(draw(st.integers(0, 6))):
        source = draw(st.integers(0, count - 2))
        edges.append((source, draw(st.integers(source + 1, count - 1))))
    return sizes, edges


@settings(max_examples=150, deadline=None)
@given(_graphs())
def test_layout(case: tuple[list[tuple[float, float]], list[tuple[int, int]]]) -> None:
    """No card lies on another, all lie inside, every edge runs downwards from its source's bottom to its target's top,
    and no corner of an edge lies on a card."""
    sizes, edges = case
    layout = place(sizes, edges)
    boxes = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for (x, y), (w, h) in zip(layout.centres, sizes, strict=True)]
    for i, (left, top, right, bottom) in enumerate(boxes):
        assert left >= -0.1 and right <= layout.width + 0.1 and top >= -0.1 and bottom <= layout.height + 0.1
        for l2, t2, r2, b2 in boxes[:i]:
            assert left >= r2 - 0.2 or right <= l2 + 0.2 or top >= b2 or bottom <= t2
    for (source, target), route in zip(edges, layout.routes, strict=True):
        (x1, y1), (x2, y2) = route[0], route[-1]
        assert y1 == pytest.approx(boxes[source][3]) and boxes[source][0] <= x1 <= boxes[source][2]
        assert y2 == pytest.approx(boxes[target][1]) and boxes[target][0] <= x2 <= boxes[target][2]
        assert all(a[1] <= b[1] for a, b in pairwise(route))
        for x, y in route[1:-1]:
            assert not any(left < x < right and top < y < bottom for left, top, right, bottom in boxes)
