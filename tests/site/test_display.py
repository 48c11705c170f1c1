"""The display gate: what the built pages show as code, output or formula is what was checked, both ways."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup, Tag
from built import DOCS, ROOT, Site

from proofread.outputs.expect import FIGURE, parse
from proofread.page import PYTHON, SHOWN, Block, Page, read_file

PAGES = sorted(DOCS.rglob("*.md"))
NOTEST_CAP = 0
"""How many blocks of all pages may go unrun. It may only fall."""


def _url(path: object) -> str:
    name = re.sub(r"\.md$", "", str(path))
    return "" if name == "index" else f"{name.removesuffix('/index')}/"


def _text(lines: list[str] | str) -> str:
    rows = (lines if isinstance(lines, str) else "\n".join(lines)).split("\n")
    return "\n".join(row.rstrip() for row in rows if row.strip())


def _code(block: Block) -> str:
    """A block without its output lines."""
    output = {e.index for statement in parse(block.source).statements for e in statement.expected}
    return _text([line for i, line in enumerate(block.source.split("\n")) if i not in output])


def _outputs(block: Block) -> str:
    """A block's output lines."""
    expected = [e for statement in parse(block.source).statements for e in statement.expected]
    return _text([e.text for e in expected if not (e.kind == ">" and FIGURE.fullmatch(e.text))])


def _read(path: object) -> Page:
    return read_file(DOCS / str(path), f"docs/{path}")


@pytest.fixture(params=[path.relative_to(DOCS).as_posix() for path in PAGES])
def shown(request: pytest.FixtureRequest, site: Site) -> tuple[Page, Tag]:
    """A page as its reader holds it, and the article that the site shows for it."""
    soup = BeautifulSoup(site.file(_url(request.param)).read_text(encoding="utf-8"), "html.parser")
    article = soup.find("article")
    assert isinstance(article, Tag)
    return _read(request.param), article


def test_every_cell_is_a_block_that_ran_and_every_block_is_a_cell(shown: tuple[Page, Tag]) -> None:
    page, article = shown
    cells = Counter(
        (
            _text([pre.get_text() for pre in cell.select(".cell-code pre")]),
            _text([pre.get_text() for pre in cell.select(".cell-output pre")]),
            str(cell["data-status"]),
        )
        for cell in article.select("figure.cell")
    )
    blocks = [block for block in page.blocks if block.language in PYTHON]
    assert cells == Counter((_code(b), _outputs(b), "passed" if b.runs else "notest") for b in blocks)


def test_everything_else_shown_as_code_is_a_fence_of_the_page(shown: tuple[Page, Tag]) -> None:
    page, article = shown
    others = Counter(_text(pre.get_text()) for pre in article.find_all("pre") if not pre.find_parent(class_="cell"))
    assert others == Counter(_text(block.source) for block in page.blocks if block.language in SHOWN)


def test_every_formula_shown_is_one_that_was_read(shown: tuple[Page, Tag]) -> None:
    page, article = shown
    typeset = Counter(" ".join(str(f["data-tex"]).split()) for f in article.select(".arithmatex"))
    assert typeset == Counter(" ".join(formula.tex.split()) for formula in page.formulas)


def test_no_fault_is_shown(shown: tuple[Page, Tag]) -> None:
    assert shown[1].select(".cell-fault, .math-fault, .page-fault") == []


def test_unrun_blocks_stay_under_their_cap() -> None:
    unrun = [
        f"{page.path}:{block.line}"
        for page in (_read(path.relative_to(DOCS)) for path in PAGES)
        for block in page.blocks
        if block.language in PYTHON and not block.runs
    ]
    assert len(unrun) <= NOTEST_CAP, unrun


def test_the_ledger_has_exactly_the_pages() -> None:
    import json

    ledger = json.loads((ROOT / "tests" / "ledger.json").read_text(encoding="utf-8"))
    assert sorted(ledger) == [f"docs/{path.relative_to(DOCS).as_posix()}" for path in PAGES]
