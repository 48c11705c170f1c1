"""Markdown of the site as Markdown that Jupyter shows."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from proofread.faces.plain import plain
from proofread.page import Block, read

CASES = {
    "attribute lists go": (
        "# 标题 {#id}\n\n一段。\n{: .lead }\n\n[链接](a.md){ .md-button }",
        "# 标题\n\n一段。\n\n[链接](a.md)",
    ),
    "formulas stay": (
        "设 $a_{ij}$，$\\{x\\}$。\n\n$$\n\\begin{aligned}\na &= b \\\\\n&= c\n\\end{aligned}\n$$",
        "设 $a_{ij}$，$\\{x\\}$。\n\n$$\n\\begin{aligned}\na &= b \\\\\n&= c\n\\end{aligned}\n$$",
    ),
    "brackets become dollars": ("甲 \\(x\\)。\n\n\\[\ny\n\\]", "甲 $x$。\n\n$$\ny\n$$"),
    "an admonition becomes a quote": (
        '!!! warning "看 $x$"\n    一。\n\n    $$\n    a\n    = b\n    $$\n\n    - 二\n\n三。',
        "> **看 $x$**\n>\n> 一。\n>\n> $$ a = b $$\n>\n> - 二\n\n三。",
    ),
    "an admonition without a title": ("!!! note\n    一。", "> **Note**\n>\n> 一。"),
    "an admonition with an empty title": ('!!! note inline end ""\n    一。', "> 一。"),
    "two admonitions stay two": ('!!! a "甲"\n    1\n\n!!! b "乙"\n    2', "> **甲**\n>\n> 1\n\n> **乙**\n>\n> 2"),
    "details, nested": (
        '???+ tip "甲"\n    一。\n\n    ??? tip "乙"\n        二。\n\n    三。',
        "> **甲**\n>\n> 一。\n>\n> > **乙**\n> >\n> > 二。\n>\n> 三。",
    ),
    "tabs": ('=== "甲"\n\n    一。\n\n=== "乙"\n\n    二。', "**甲**\n\n一。\n\n**乙**\n\n二。"),
    "footnotes": (
        "一[^b]，二[^a]，再[^b]。\n\n[^a]: 甲\n[^b]: 乙\n\n    又。",
        "一<sup>[1]</sup>，二<sup>[2]</sup>，再<sup>[1]</sup>。\n\n<sup>[2]</sup> 甲\n\n<sup>[1]</sup> 乙\n\n又。",
    ),
    "abbreviations go": ("HTML 是。\n\n*[HTML]: 超文本", "HTML 是。"),
    "comments and marks go": ("一。\n\n<!-- math: skip 理由 -->\n\n二<!-- 注 -->三。", "一。\n\n二三。"),
    "comments in code stay": ("`<!-- x -->` 与 `{.y}`。", "`<!-- x -->` 与 `{.y}`。"),
    "definition lists": ("词\n:   意思", "词\n- 意思"),
    "coloured code spans": ("`#!python f(x)`", "`f(x)`"),
    "HTML with Markdown inside": ('<div class="a" markdown>\n\n一。\n\n</div>', '<div class="a">\n\n一。\n\n</div>'),
    "stars beside a character": (
        "甲**「乙」**丙，甲**`乙`**丙，**丁**。",
        "甲<strong>「乙」</strong>丙，甲<strong>`乙`</strong>丙，**丁**。",
    ),
    "other fences stay": ('```console title="终端"\n$ ls {.x}\n```', "```console\n$ ls {.x}\n```"),
    "fences in a quote": (
        '!!! note "甲"\n    ```text\n    a\n\n    b\n    ```',
        "> **甲**\n>\n> ```text\n> a\n>\n> b\n> ```",
    ),
    "blocks that do not run": ('```python notest reason="慢"\nf()\n```', "```python\nf()\n```\n\n（未运行：慢）"),
    "a table": ("| $a$ | b |\n| --- | --- |\n| `x|y` | 1 |", "| $a$ | b |\n| --- | --- |\n| `x|y` | 1 |"),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    source, expected = CASES[name]
    page = read(source.split("\n"), "page.md")
    assert page.faults == ()
    assert plain(page, lambda target: target) == [expected]


def _shape(source: str) -> list[str]:
    page = read(source.split("\n"), "page.md")
    assert page.faults == ()
    return [part.source if isinstance(part, Block) else part for part in plain(page, lambda target: target)]


def test_blocks_split_what_they_stand_in() -> None:
    """A block is a cell also inside admonitions and lists; what follows it is no indented code."""
    quoted = '!!! note "甲"\n    一。\n\n    ```python\n    x = 1\n    ```\n\n    二。\n\n三。'
    assert _shape(quoted) == ["> **甲**\n>\n> 一。", "x = 1", "> 二。\n\n三。"]
    listed = "1. 一：\n\n    ```python\n    x = 1\n    ```\n\n    二。\n\n2. 三。"
    assert _shape(listed) == ["1. 一：", "x = 1", "二。\n\n2. 三。"]
    assert _shape("> 一：\n>\n> ```python\n> x = 1\n> ```\n>\n> 二。") == ["> 一：\n>", "x = 1", ">\n> 二。"]


def test_links_are_asked_for() -> None:
    page = read(["[`a` 与 $b$](x.md#y)，[c](<z w.md> \"题\")，![f](g.png)。", "", "[d]: e.md"], "page.md")
    asked = []

    def link(target: str) -> str:
        asked.append(target)
        return "new"

    assert plain(page, link) == ['[`a` 与 $b$](new)，[c](new "题")，![f](new)。\n\n[d]: new']
    assert asked == ["x.md#y", "z w.md", "g.png", "e.md"]


def test_pictures_go_into_the_text(tmp_path: Path) -> None:
    """SVG in the page and small files beside it become addresses that hold them, readable on any ground."""
    svg = '<svg viewBox="0 0 1 1" fill="currentColor"><path d="M0 0"/></svg>'
    (tmp_path / "a.svg").write_text(f"<?xml version='1.0'?>\n{svg}", encoding="utf-8")
    source = f'!!! note "甲"\n    <figure>\n    {svg.replace("<path", "<title>一条[线]</title><path")}\n'
    source += "    <figcaption>线 $x$</figcaption>\n    </figure>\n\n![图](a.svg){ width=300 }\n\n![远](http://e.org/b.png)"
    page = read(source.split("\n"), "page.md", file=tmp_path / "page.md")
    (text,) = plain(page, lambda target: f"site/{target}")
    assert isinstance(text, str)
    first, caption, second, far = (line for line in text.split("\n") if "](" in line or line.startswith("> *线"))
    head = "data:image/svg+xml;base64,"
    assert first.startswith(f"> ![一条\\[线\\]]({head}")
    assert caption == "> *线 $x$*"
    assert second.startswith(f"![图]({head}") and second.endswith(")")
    assert far == "![远](site/http://e.org/b.png)"
    for line in (first, second):
        drawn = base64.b64decode(line.partition(head)[2].removesuffix(")")).decode("utf-8")
        assert drawn.startswith("<svg") and 'style="background:#fff;color:#1a1a1a;"' in drawn.partition(">")[0]
    assert 'xmlns="http://www.w3.org/2000/svg"' in base64.b64decode(first.partition(head)[2][:-1]).decode("utf-8")


def test_graphs_are_pictures(tmp_path: Path) -> None:
    (tmp_path / "seed.svg").write_text("<svg><title>图</title></svg>\n", encoding="utf-8")
    lines = ["一：", "", '```graph name="seed"', "y", "alt: 图", "```", "", "二。"]
    page = read(lines, "page.md", file=tmp_path / "page.md")
    assert page.faults == ()
    (text,) = plain(page, lambda target: target)
    assert isinstance(text, str)
    first, picture, last = text.split("\n\n")
    assert (first, last) == ("一：", "二。")
    assert picture.startswith("![图](data:image/svg+xml;base64,")
