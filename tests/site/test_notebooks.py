"""The button on a page that downloads its notebook: on the built site, each leads to one."""

from __future__ import annotations

import nbformat
from bs4 import BeautifulSoup
from built import DOCS, Site, recipe

from proofread.check import find_pages
from proofread.faces.notebook import laboratories
from proofread.page import read_file

LABEL = "下载为 Jupyter 笔记本"
BUTTON = f'a[aria-label="{LABEL}"]'


def test_every_button_has_its_notebook(site: Site) -> None:
    """Each page with a program, and each laboratory, has one button, which leads to a valid notebook; no other has."""
    pages = {page: page.read_text(encoding="utf-8") for page in site.directory.rglob("*.html")}
    buttons = {page: BeautifulSoup(html, "html.parser").select(BUTTON) for page, html in pages.items() if LABEL in html}
    expected = set()
    for source in [*find_pages([str(DOCS)]), *laboratories(DOCS)]:
        name = source.relative_to(DOCS).with_suffix("")
        if source.suffix == ".ipynb" or any(block.runs for block in read_file(source).blocks):
            page = site.file("" if name.as_posix() == "index" else f"{name.as_posix().removesuffix('/index')}/")
            expected.add(page)
            (button,) = buttons[page]
            assert button.has_attr("download")
            notebook = (page.parent / str(button["href"])).resolve()
            assert notebook == site.directory.resolve() / name.with_suffix(".ipynb")
            made = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
            nbformat.validate(made)
            assert [cell for cell in made.cells if cell.cell_type == "code"]
    assert set(buttons) == expected


def test_serving_makes_no_notebooks() -> None:
    assert not any("NOTEBOOKS" in line for line in recipe("serve"))
