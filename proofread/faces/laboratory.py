"""Laboratory pages: what mkdocs-jupyter makes of a notebook, in the site's own clothes.

mkdocs-jupyter brings JupyterLab's whole style sheet (0.6 MB a page), scripts from a CDN, its own cells, and formulas
that no Markdown extension sees. The theme (`overrides/main.html`) calls `laboratories` before it renders anything;
what comes out has the cells, formulas and heading ids of every other page, and asks nobody for anything.
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import get_toc
from mkdocs.utils import get_relative_url

from proofread import page as pages
from proofread.faces import matter, terms
from proofread.faces.typeset import CLOSING, Typesetter, together

log = logging.getLogger("mkdocs.proofread")

MATHEMATICS = re.compile(
    r"\$\$(?P<display>.+?)\$\$"
    r"|(?P<environment>\\begin\{(?P<name>equation|align|gather)\*?\}.+?\\end\{(?P=name)\*?\})"
    r"|(?<![\\$])\$(?!\s)(?P<inline>[^$]+?)(?<![\s\\])\$(?!\d)" + CLOSING,
    re.DOTALL,
)
WRAPPER = '<div class="jupyter-wrapper">'
NO_ALT = "No description has been provided for this image"


def laboratories(nav: Navigation) -> None:
    """Rewrite the pages that mkdocs-jupyter made, in place; a second call changes nothing.

    MkDocs renders `404.html` when the content of all pages is there and none has been indexed or rendered. So the
    first call makes the search index, too, see what readers see.
    """
    for page in nav.pages:
        if page.file.src_uri.endswith(".ipynb") and WRAPPER in (page.content or ""):
            _rewrite(page)


def _rewrite(page: Page) -> None:
    soup = BeautifulSoup(page.content or "", "html.parser")
    typesetter = Typesetter(page.file.src_uri)
    file = Path(page.file.abs_src_path or page.file.src_uri)
    known, seen = terms.of(file), set[str]()
    parts = []
    tokens: list[dict[str, Any]] = []
    # mkdocs-jupyter wraps a code cell in a second element of the same class: take the inner one.
    cells = [cell for cell in soup.select(".jp-Notebook-cell") if not cell.select(".jp-Notebook-cell")]
    for number, cell in enumerate(cells, start=1):
        prose = cell.select_one(".jp-RenderedMarkdown")
        if prose is not None:
            _typeset(soup, prose, typesetter)
            _links(prose, file)
            _headings(prose, tokens)
            _explain(soup, prose, known, seen)
            parts.append(prose.decode_contents())
        elif "jp-CodeCell" in (cell.get("class") or ()):
            parts.append(_code_cell(cell, number))
    if parts and (facts := _facts(file)):
        parts[0] = re.sub(r"(?<=</h1>)", lambda _: facts, parts[0], count=1)
    after = page.next_page
    if after is not None:
        parts.append(f'<p>下一页：<a href="{get_relative_url(after.url, page.url)}">{after.title}</a>。</p>')
    page.content = "\n".join(parts) + typesetter.glyphs()
    page.toc = get_toc(_nested(tokens))  # type: ignore[arg-type]  # MkDocs names the fields of a token, toc gives more


def _facts(file: Path) -> str:
    """The line under the title, as HTML: how long, what before, tags."""
    prose, programs = [], 0
    for cell in nbformat.read(file, as_version=4).cells:  # type: ignore[no-untyped-call, unused-ignore]  # nbformat has no types
        programs += cell.cell_type == "code"
        prose += [cell.source, ""] if cell.cell_type == "markdown" else []
    try:
        text = matter.facts(file, matter.minutes(pages.read("\n".join(prose).split("\n"), file.name), programs))
    except matter.MatterError as error:
        log.error("%s: %s", file.name, error)
        return f'<p class="page-fault" role="alert">{html.escape(str(error))}</p>'

    def link(found: re.Match[str]) -> str:
        return f'<a href="{_address(found[2])}">{found[1]}</a>'

    line = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", link, html.escape(text, quote=False))
    return f'<p class="page-facts" data-search-exclude>{line}</p>' if text else ""


def _address(link: str) -> str:
    """A link to a page as written beside the notebook, from its own page, which is one folder further down."""
    path, mark, anchor = link.partition("#")
    path = re.sub(r"(?:^|(?<=/))index\.md$", "", path)
    return f"../{re.sub(r'[.](md|ipynb)$', '/', path)}{mark}{anchor}"


def _links(prose: Tag, file: Path) -> None:
    """mkdocs-jupyter leaves links to pages as they are written; a dead one fails a strict build."""
    for link in prose.select("a[href]"):
        to = str(link["href"])
        path = to.partition("#")[0]
        if ":" in to or not path.endswith((".md", ".ipynb")):
            continue
        if not (file.parent / path).is_file():
            log.error("%s: links to %s, which is no page", file.name, to)
        link["href"] = _address(to)


def _explain(soup: BeautifulSoup, prose: Tag, known: Mapping[str, terms.Term], seen: set[str]) -> None:
    """A term's first place carries its meaning, as on every other page."""
    if not known:
        return
    for text in list(prose.find_all(string=True)):
        if text.find_parent(terms.LEFT_ALONE) or text.find_parent(class_="arithmatex"):
            continue
        pieces = list(terms.pieces(str(text), known, seen))
        if len(pieces) > 1:
            text.replace_with(
                *(
                    soup.new_tag("abbr", attrs={"title": piece.explanation}, string=piece.name)
                    if isinstance(piece, terms.Term)
                    else piece
                    for piece in pieces
                )
            )


def _typeset(soup: BeautifulSoup, prose: Tag, typesetter: Typesetter) -> None:
    for text in prose.find_all(string=MATHEMATICS):
        if text.find_parent(["code", "pre"]):
            continue
        pieces: list[str] = []
        end = 0
        for match in MATHEMATICS.finditer(text):
            tex = match["display"] or match["environment"] or match["inline"]
            formula = typesetter.formula(tex, display=match["inline"] is None)
            pieces += [html.escape(text[end : match.start()]), together(formula, match["closing"] or "")]
            end = match.end()
        pieces.append(html.escape(text[end:]))
        paragraph = text.parent
        text.replace_with(BeautifulSoup("".join(pieces), "html.parser"))
        # A `<div>` cannot stand in a `<p>`: the browser would close the paragraph before it.
        if paragraph is not None and paragraph.name == "p" and paragraph.find("div", recursive=False):
            paragraph.name = "div"
            paragraph["class"] = "paragraph"


def _headings(prose: Tag, tokens: list[dict[str, Any]]) -> None:
    """Give headings an id, which a Chinese title has not, and note them for the table of contents.

    An author names it with an empty `<a id="first-example"></a>` in the heading.
    """
    for heading in prose.select("h1, h2, h3, h4"):
        for link in heading.select(".anchor-link"):
            link.decompose()
        anchor = heading.select_one("a[id]")
        name = f"section-{len(tokens) + 1}"
        if anchor is not None:
            name = str(anchor["id"])
            anchor.decompose()
        heading["id"] = name
        title = heading.decode_contents()
        link = BeautifulSoup(f'<a class="headerlink" href="#{name}" title="本节的链接">#</a>', "html.parser")
        heading.append(link)
        tokens.append({"level": int(heading.name[1]), "id": name, "name": title, "children": []})


def _nested(tokens: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put each heading under the last one above it of a smaller level, as the toc extension does."""
    roots: list[dict[str, Any]] = []
    path: list[dict[str, Any]] = []
    for token in tokens:
        while path and path[-1]["level"] >= token["level"]:
            path.pop()
        (path[-1]["children"] if path else roots).append(token)
        path.append(token)
    return roots


def _code_cell(cell: Tag, number: int) -> str:
    code = cell.select_one(".jp-InputArea pre")
    parts = []
    if code is not None:
        source = code.decode_contents().replace("<span></span>", "").strip("\n")
        parts.append(f'<div class="highlight cell-code"><pre><span></span><code>{source}\n</code></pre></div>')
    parts += [_output(output, number) for output in cell.select(".jp-OutputArea-output")]
    return f'<figure class="cell" data-status="passed">{"".join(parts)}</figure>'


def _output(output: Tag, number: int) -> str:
    image = output.find(["img", "svg"])
    if isinstance(image, Tag):
        if image.name == "img" and image.get("alt") in (None, "", NO_ALT):
            image["alt"] = f"第 {number} 个单元画出的图"
        return f'<div class="cell-figure">{image}</div>'
    text = output.find("pre")
    if not isinstance(text, Tag):
        return f'<div class="cell-output cell-html">{output.decode_contents()}</div>'
    kind, label = "", "输出"
    if output.get("data-mime-type") == "application/vnd.jupyter.stderr":
        kind, label = " cell-warns", "警告"
    elif output.get("data-mime-type") == "application/vnd.jupyter.error":
        kind, label = " cell-raises", "错误"
    return (
        f'<div class="cell-output{kind}"><span class="cell-label" aria-hidden="true">{label}</span>'
        f'<pre class="output"><code>{text.decode_contents().rstrip()}</code></pre></div>'
    )
