"""The step-through in a real browser: buttons, keys, what is said, and what is there without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proofread.faces import graph
from proofread.outputs import graph_svg
from proofread.outputs.graph import Graph
from proofread.page import Block, Line

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
LAST = "第 6 步，共 6 步。反向经过 DotBackward0：x 得到 (2, 2, 8, 10) 和 (2, 2, 8, 10)，2 份相加是 (4, 4, 16, 20)。"


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory, seed: Graph, cut: Graph) -> str:
    """A page with two graphs in the site's own clothes."""
    folder = tmp_path_factory.mktemp("graphs")
    figures = []
    for name, drawn in (("seed", seed), ("cut", cut)):
        (folder / f"{name}.svg").write_text(graph_svg.render(drawn, name, name), encoding="utf-8")
        block = Block(1, "graph", {"name": name}, (Line("y", 1, "page.md", 1),), 1)
        figures.append(graph.figure(block, folder, "passed"))
    sheets = "".join((ASSETS / name).read_text(encoding="utf-8") for name in ("site.css", "graph.css"))
    script = (ASSETS / "graph.js").read_text(encoding="utf-8")
    body = f'<body data-md-color-scheme="default"><article class="md-typeset">{"".join(figures)}</article></body>'
    head = f'<meta charset="utf-8"><title>t</title><style>{sheets}</style><script>{script}</script>'
    return f'<!doctype html><html lang="zh">{head}{body}</html>'


@pytest.fixture
def page(browser: Any, html: str, tmp_path: Path) -> Iterator[Any]:
    yield from _opened(browser, html, tmp_path)


def _opened(browser: Any, html: str, folder: Path, **options: Any) -> Iterator[Any]:
    (folder / "page.html").write_text(html, encoding="utf-8")
    context = browser.new_context(viewport={"width": 900, "height": 900}, **options)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((folder / "page.html").as_uri())
    yield page
    assert said == []
    context.close()


def seen(page: Any, number: int = 0) -> list[str]:
    """The numbers of a graph's cards that can be seen, in the order of its nodes."""
    script = """figure => Array.from(figure.querySelectorAll(".graph-value, .graph-gradient"))
        .filter(group => !group.classList.contains("graph-later")).map(group => group.textContent)"""
    return list(page.locator("figure.graph").nth(number).evaluate(script))


def button(page: Any, name: str, number: int = 0) -> Any:
    return page.locator("figure.graph").nth(number).get_by_role("button", name=name)


ALL = ["值(1, 1, 4, 5)", "梯度(4, 4, 16, 20)", "值43", "梯度2", "值86", "梯度1"]


def test_plays_both_sweeps(page: Any) -> None:
    """From the whole picture to the first step, forward, then back, and what is said at each step."""
    say = page.locator(".graph-say").first
    assert seen(page) == ALL
    shown = []
    for _ in range(6):
        button(page, "下一步").click()
        shown.append(seen(page))
    assert shown == [
        ["值(1, 1, 4, 5)"],
        ["值(1, 1, 4, 5)", "值43"],
        ["值(1, 1, 4, 5)", "值43", "值86"],
        ["值(1, 1, 4, 5)", "值43", "值86", "梯度1"],
        ["值(1, 1, 4, 5)", "值43", "梯度2", "值86", "梯度1"],
        ALL,
    ]
    assert say.inner_text() == LAST
    button(page, "上一步").click()
    assert seen(page) == shown[4]
    assert say.inner_text() == "第 5 步，共 6 步。反向经过 MulBackward0：d 得到 2。"
    button(page, "重来").click()
    assert seen(page) == [] and say.inner_text() == "从头开始，共 6 步。按「下一步」。"
    assert seen(page, 1) == ["值3", "梯度9", "值9", "值9", "值27", "梯度1"]


def test_hidden_things_cannot_be_seen(page: Any) -> None:
    """What is still to come is really invisible, and what just came stands out on its card."""
    button(page, "重来").click()
    button(page, "下一步").click()
    page.wait_for_timeout(400)
    opacity = "e => getComputedStyle(e).opacity"
    assert page.locator(".graph-value").first.evaluate(opacity) == "1"
    assert page.locator(".graph-value").nth(1).evaluate(opacity) == "0"
    assert page.locator(".graph-back").first.evaluate(opacity) == "0"
    widths = [page.locator(".graph-box").nth(i).evaluate("e => getComputedStyle(e).strokeWidth") for i in (0, 1)]
    assert float(widths[0].removesuffix("px")) > float(widths[1].removesuffix("px"))


def test_keys_alone(page: Any) -> None:
    """The keyboard reaches the buttons, their focus is visible, arrows play, and the ends keep the focus."""
    button(page, "上一步").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "下一步"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert seen(page) == ["值(1, 1, 4, 5)"]
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    assert seen(page) == ALL
    assert button(page, "下一步").get_attribute("aria-disabled") == "true"
    assert page.evaluate("document.activeElement.textContent") == "下一步"
    page.keyboard.press("ArrowLeft")
    assert button(page, "下一步").get_attribute("aria-disabled") == "false"
    page.keyboard.press("Home")
    assert seen(page) == []
    assert button(page, "上一步").get_attribute("aria-disabled") == "true"


def test_said_aloud(page: Any) -> None:
    """The steps are announced politely, and the controls are a named group."""
    say = page.locator(".graph-say").first
    assert (say.get_attribute("role"), say.get_attribute("aria-live")) == ("status", "polite")
    assert page.get_by_role("group", name="逐步播放，也可用左右方向键").count() == 2
    assert page.get_by_role("img", name="seed").count() == 1


def test_without_scripts(browser: Any, html: str, tmp_path: Path) -> None:
    """Without JavaScript everything is visible and there are no buttons that do nothing."""
    for page in _opened(browser, html, tmp_path, java_script_enabled=False):
        assert page.locator(".graph-play").first.is_hidden()
        assert page.locator(".graph-later").count() == 0
        assert page.locator(".graph-gradient").first.is_visible()


def test_without_motion(browser: Any, html: str, tmp_path: Path) -> None:
    """A reader who wants less motion gets none."""
    for page in _opened(browser, html, tmp_path, reduced_motion="reduce"):
        duration = "e => getComputedStyle(e).transitionDuration + getComputedStyle(e).transitionProperty"
        assert "opacity" not in page.locator(".graph-value").first.evaluate(duration)


def test_playing_moves_nothing(page: Any) -> None:
    """The page under the graph stays where it is while the graph plays."""
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<p id=below>下文</p>')")
    tops = set()
    for _ in range(6):
        button(page, "下一步").click()
        tops.add(page.evaluate("document.querySelector('#below').offsetTop"))
    assert len(tops) == 1


def test_instant_navigation(page: Any, html: str) -> None:
    """On a page that instant navigation brings, the script is told through `document$` and plays there too."""
    page.add_init_script("window.document$ = {listeners: [], subscribe(f) { this.listeners.push(f); f(); }}")
    page.reload()
    page.evaluate("article => { document.querySelector('article').outerHTML = article }", html)
    page.evaluate("document$.listeners.forEach(listener => listener())")
    page.evaluate("document$.listeners.forEach(listener => listener())")
    button(page, "下一步").click()
    assert seen(page) == ["值(1, 1, 4, 5)"]


def test_narrow(browser: Any, html: str, tmp_path: Path) -> None:
    """On a phone a wide graph scrolls in its own box, which the keyboard can reach; the page stays in place."""
    for page in _opened(browser, html.replace("--natural:", "--natural:1000px;--unused:"), tmp_path):
        page.set_viewport_size({"width": 360, "height": 800})
        page.evaluate("dispatchEvent(new Event('resize'))")
        assert page.locator(".graph-scroll").first.get_attribute("tabindex") == "0"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_small() -> None:
    """The script is under 10 KB."""
    assert (ASSETS / "graph.js").stat().st_size < 10_000
