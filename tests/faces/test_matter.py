"""Terms of the glossary, the line under a page's title, the page of tags."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from markdown import Markdown

from proofread.faces import matter, terms
from proofread.page import read_file

GLOSSARY = """# 术语 {#glossary}

| 中文 | 英文 | 意思 |
| --- | --- | --- |
| 梯度 | gradient | 偏导数排成的表 |
| 雅可比矩阵 | Jacobian matrix | 行是输出，列是输入 |
| 可微 | differentiable | 能分出线性部分 |
| 迹 | trace | 对角元之和 |
"""
EXTENSIONS = ["admonition", "attr_list", "pymdownx.arithmatex", "pymdownx.superfences", "proofread.faces.markdown",
              "proofread.faces.typeset", "proofread.faces.terms"]  # fmt: skip


class Site:
    """A project with a glossary, rendered as MkDocs would."""

    def __init__(self, folder: Path) -> None:
        self.docs = folder / "docs"
        (self.docs / "part").mkdir(parents=True)
        (folder / "snippets").mkdir()
        (folder / "mkdocs.yml").write_text("site_name: t\n", encoding="utf-8")
        self.write("glossary.md", GLOSSARY)

    def write(self, name: str, text: str) -> Path:
        (self.docs / name).write_text(text, encoding="utf-8")
        return self.docs / name

    def render(self, name: str, text: str) -> str:
        file = self.write(name, text)
        md = Markdown(extensions=EXTENSIONS, extension_configs={"pymdownx.arithmatex": {"generic": True}})
        place = SimpleNamespace(file=SimpleNamespace(abs_src_path=str(file), src_uri=name), run=lambda root: None)
        md.treeprocessors.register(place, "relpath", 0)
        return md.convert(re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def errors() -> Iterator[list[str]]:
    told: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]  # logging's way to listen
    logging.getLogger("mkdocs.proofread").addHandler(handler)
    yield told
    logging.getLogger("mkdocs.proofread").removeHandler(handler)


def test_a_term_explains_itself_where_it_first_stands(site: Site, errors: list[str]) -> None:
    html = site.render("a.md", "先说梯度，再说雅可比矩阵。\n\n又是梯度。\n")
    assert html.count("<abbr") == 2
    assert '先说<abbr title="gradient：偏导数排成的表">梯度</abbr>，再说<abbr' in html
    assert "又是梯度。" in html
    assert errors == []


@pytest.mark.parametrize("text", ["## 梯度", "[梯度](a.md)", "`梯度`", "$\\text{梯度}$", '!!! note "梯度"\n    正文'])
def test_headings_links_code_and_formulas_are_left_alone(site: Site, text: str) -> None:
    html = site.render("a.md", f"{text}\n\n接着说**梯度**。\n")
    assert html.count("<abbr") == 1
    assert "<strong><abbr" in html


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("矩阵的迹是和", ["迹"]),
        ("轨迹，痕迹，迹象", []),
        ("取 迹，", ["迹"]),
        ("处处不可微", []),
        ("可微", ["可微"]),
    ],
)
def test_a_part_of_another_word_is_no_term(text: str, marked: list[str]) -> None:
    found = [piece.name for piece in terms.pieces(text, terms.read(GLOSSARY), set()) if isinstance(piece, terms.Term)]
    assert found == marked


def test_cutting_loses_nothing() -> None:
    text = "梯度和雅可比矩阵的迹都可微，梯度。"
    parts = terms.pieces(text, terms.read(GLOSSARY), set())
    assert "".join(part.name if isinstance(part, terms.Term) else part for part in parts) == text


def test_the_glossary_does_not_explain_itself(site: Site) -> None:
    assert "<abbr" not in site.render("glossary.md", GLOSSARY + "\n梯度。\n")


def test_a_page_says_how_long_it_takes_and_what_it_needs(site: Site, errors: list[str]) -> None:
    site.write("first.md", "# 第一页 {#first}\n")
    html = site.render("part/b.md", "---\nneeds: [../first.md]\ntags: [梯度]\n---\n# B {#b}\n\n正文。\n")
    line = re.search(r'</h1>\s*<p class="page-facts"[^>]*>(.*?)</p>', html)
    assert line is not None
    assert line[1] == (
        '约 1 分钟 · 先读：<a href="../first.md">第一页</a> · 标签：<a href="../tags.md#gradient">梯度</a>'
    )
    assert errors == []


def test_a_page_that_does_not_say_gets_no_line(site: Site) -> None:
    assert "page-facts" not in site.render("a.md", "# A {#a}\n\n正文。\n")


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("needs: [gone.md]", "`needs` names gone.md, which is no page"),
        ("needs: [glossary]", "`needs` names glossary, which is no page"),
        ("needs: glossary.md", "is a list of names"),
        ("needs: []\ntags: [导数]", "the tag '导数' is no term of the glossary"),
    ],
)
def test_front_matter_that_cannot_be_shown_is_an_error(site: Site, errors: list[str], front: str, message: str) -> None:
    html = site.render("a.md", f"---\n{front}\n---\n# A {{#a}}\n")
    assert len(errors) == 1 and errors[0].startswith("docs/a.md: ") and message in errors[0]
    assert 'class="page-fault"' in html


def test_the_page_of_tags_lists_every_page_under_its_tags(site: Site, errors: list[str]) -> None:
    site.write("a.md", "---\ntags: [梯度, 雅可比矩阵]\n---\n# 甲 {#a}\n")
    site.write("part/b.md", "---\ntags: [梯度]\n---\n# 乙 {#b}\n")
    html = site.render("tags.md", "# 标签 {#tags}\n\n<!-- tags -->\n")
    assert re.findall(r'<h2 id="([^"]*)"', html) == ["gradient", "jacobian-matrix"]
    assert re.findall(r'<a href="([^"]*)">(.)</a>', html) == [("a.md", "甲"), ("part/b.md", "乙"), ("a.md", "甲")]
    assert errors == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("字" * 900, 3),
        ("$x$ " * 100, 5),
        ("```python\nx = 1\n```\n\n" * 10, 5),
        ("字" * 8000, 25),
    ],
)
def test_minutes_grow_with_words_formulas_and_code(site: Site, text: str, expected: int) -> None:
    assert matter.minutes(read_file(site.write("a.md", text))) == expected


def test_a_title_is_read_again_once_its_page_has_changed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    for title in ("一", "一、二"):
        page.write_text(f"# {title}\n", encoding="utf-8")
        assert matter.title(page) == title
    page.unlink()
    assert matter.title(page) == "page"
