"""What the built files hold, without a browser."""

from __future__ import annotations

import json
import posixpath
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from built import DOCS, Site, page_urls

from proofread.faces import matter
from proofread.page import Heading, read_file

PAGES = page_urls()
FETCHED = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
"""Attributes that make a browser ask for something; `href` does on <link> and in SVG."""


class _Requests(HTMLParser):
    """Addresses that a browser would ask for while it shows a page, or that its style sheets name."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            asks = name in FETCHED or (name in ("href", "xlink:href") and tag not in ("a", "area"))
            if value and asks and not (tag == "link" and dict(attrs).get("rel") in ("canonical", "next", "prev")):
                self.found.append(value)
            if value and name == "style":
                self.found += re.findall(r"url\(([^)]*)\)", value)

    def handle_data(self, data: str) -> None:
        self.text += data


def _foreign(address: str) -> bool:
    return re.match(r"\s*['\"]?(https?:)?//", address) is not None


@pytest.mark.parametrize("url", [*PAGES, "404.html"])
def test_page_names_no_foreign_resource(site: Site, url: str) -> None:
    file = site.directory / url if url == "404.html" else site.file(url)
    text = file.read_text(encoding="utf-8")
    reader = _Requests()
    reader.feed(text)
    own = (site.origin,)
    assert [address for address in reader.found if _foreign(address) and not address.startswith(own)] == []
    for script in re.findall(r"<(?:script|style)\b[^>]*>(.*?)</", text, re.DOTALL):
        foreign = re.findall(r"https?://(?!www\.w3\.org/)[^\s\"'`)]+", script)
        assert [address for address in foreign if not address.startswith(own)] == []


def test_inline_code_keeps_the_mark_of_errors(site: Site) -> None:
    """`#! ValueError` in a sentence is our syntax, and names no language to highlight it in."""
    shown = {}
    for path in DOCS.rglob("*.md"):
        if marks := re.findall(r"`(#![^`]*)`", path.read_text(encoding="utf-8")):
            name = path.relative_to(DOCS).with_suffix("").as_posix()
            soup = BeautifulSoup(site.file(f"{name}/").read_text(encoding="utf-8"), "html.parser")
            shown[name] = set(marks) - {code.text for code in soup.find_all("code")}
    assert shown and not any(shown.values()), shown


def test_style_sheets_name_no_foreign_resource(site: Site) -> None:
    sheets = list(site.directory.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        for address in re.findall(r"url\(([^)]*)\)|@import\s+([^;]+)", sheet.read_text(encoding="utf-8")):
            assert not _foreign("".join(address)), f"{sheet.name}: {address}"


@pytest.mark.parametrize("url", PAGES)
def test_no_formula_is_left_as_text(site: Site, url: str) -> None:
    """No dollars, no `\\(`, no LaTeX command in what is read."""
    text = site.file(url).read_text(encoding="utf-8")
    article = re.search(r"<article.*?</article>", text, re.DOTALL)
    assert article is not None
    # `small.proof` tells how a formula was read, and may quote it.
    prose = re.sub(r"<(pre|code|script|style|small)\b.*?</\1>", "", article[0], flags=re.DOTALL)
    reader = _Requests()
    reader.feed(prose)
    assert re.findall(r"\$[^$\n]{0,40}|\\[(\[)\]]|\\[a-z]{2,}", reader.text) == []


@pytest.mark.parametrize("url", PAGES)
def test_heading_ids_are_stable(site: Site, url: str) -> None:
    """Ids are English words, given by the author, once each: a renamed Chinese title breaks no link."""
    text = site.file(url).read_text(encoding="utf-8")
    article = text[text.index("<article") : text.index("</article>")]
    ids = re.findall(r'<h[2-4][^>]*\bid="([^"]*)"', article)
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []
    every = re.findall(r'\bid="([^"]+)"', article)
    assert sorted(set(every)) == sorted(every)


SOURCES = [pytest.param(path, id=path.relative_to(DOCS).as_posix()) for path in sorted(DOCS.rglob("*.md"))]


LABORATORIES = [pytest.param(path, id=path.relative_to(DOCS).as_posix()) for path in sorted(DOCS.glob("labs/*.ipynb"))]


@pytest.mark.parametrize("path", SOURCES)
def test_every_heading_names_its_id(path: Path) -> None:
    """`## 标题 {#english-id}`: no id is left to be made from a title, of whatever level."""
    headings = [item for item in read_file(path).items if isinstance(item, Heading)]
    lines = path.read_text(encoding="utf-8").splitlines()
    written = [lines[heading.line - 1] for heading in headings]
    assert written
    assert [line for line in written if not re.search(r"\{#[a-z0-9]+(-[a-z0-9]+)*\}$", line)] == []


BARE = {"index.md", "about.md", "ledger.md", "tags.md", "glossary.md", "performance.md"}
"""Pages about the site itself: they need no tags."""


@pytest.mark.parametrize("path", [*SOURCES, *LABORATORIES])
def test_every_page_says_what_it_needs_and_treats(path: Path) -> None:
    """Front matter (a notebook's metadata) names pages to read before and tags; both exist, and the line shows."""
    said = matter.read(path)
    assert said.needs is not None, "say `needs:`, [] if none"
    if path.relative_to(DOCS).as_posix() not in BARE:
        assert said.tags, "say `tags:`"
    assert matter.facts(path, 5).startswith("约 5 分钟")


def test_laboratories_are_pages_like_others(site: Site) -> None:
    """How long, what before, tags, terms explained, the next page; no link is left as it is written in the notebook."""
    for path in (Path(str(case.values[0])) for case in LABORATORIES):
        article = BeautifulSoup(site.file(f"labs/{path.stem}/").read_text(encoding="utf-8"), "html.parser").article
        assert article is not None
        facts = article.select_one("h1 + .page-facts")
        assert facts is not None and "标签" in facts.get_text()
        assert article.select("abbr[title]")
        assert "下一页：" in article.get_text()
        for link in article.select("a[href]"):
            target = str(link["href"]).partition("#")[0]
            assert not target.endswith((".md", ".ipynb")) or link.has_attr("download")
            if target.startswith("../"):
                assert (site.file(f"labs/{path.stem}/").parent / target).resolve().exists(), target


def test_every_page_leads_on_and_back(site: Site) -> None:
    """Previous and next join all pages into one chain, which begins at the first page."""
    text = {url: site.file(url).read_text(encoding="utf-8") for url in PAGES}

    def neighbour(url: str, which: str) -> str | None:
        found = re.search(rf'<a href="([^"]*)" class="md-footer__link md-footer__link--{which}"', text[url])
        return found and posixpath.normpath(posixpath.join("/", url, found[1])).strip("/")

    chain = [""]
    while (after := neighbour(chain[-1], "next")) is not None and len(chain) <= len(PAGES):
        after = f"{after}/"
        assert f"{neighbour(after, 'prev')}/".lstrip("/") == chain[-1]
        chain.append(after)
    assert sorted(chain) == sorted(PAGES)


def test_the_theme_s_colours_are_not_loaded(site: Site) -> None:
    """Its sheet of them has a rule for everything on a page, which is then styled anew twice while it loads."""
    sheets = BeautifulSoup(site.file("").read_text(encoding="utf-8"), "html.parser").select("link[rel=stylesheet]")
    names = [str(sheet["href"]).removeprefix("assets/") for sheet in sheets]
    assert [re.sub(r"\.\w+\.min", "", name) for name in names] == [
        "stylesheets/main.css",
        "site.css",
        "proof.css",
        "graph.css",
    ]


@pytest.mark.parametrize("url", page_urls())
def test_tables_come_in_their_boxes(site: Site, url: str) -> None:
    """Material's script finds no table to move into a box: that would lay the page out again while it loads."""
    article = BeautifulSoup(site.file(url).read_text(encoding="utf-8"), "html.parser").article
    assert article is not None
    assert article.select("table:not([class])") == []
    for table in article.select("table.data"):
        box = table.parent
        assert box is not None and box["class"] == ["md-typeset__table"]
        assert box.parent is not None and box.parent["class"] == ["md-typeset__scrollwrap"]


@pytest.mark.parametrize("url", PAGES)
def test_terms_are_explained_in_prose_once(site: Site, url: str) -> None:
    """A term carries its meaning at one place of a page, never inside a heading, a link, code or a formula."""
    article = BeautifulSoup(site.file(url).read_text(encoding="utf-8"), "html.parser").article
    assert article is not None
    marked = [abbr.get_text() for abbr in article.find_all("abbr")]
    assert len(set(marked)) == len(marked)
    assert article.select(":is(h1, h2, h3, h4, a, code, .arithmatex) abbr") == []
    if url in ("derivative/shapes/", "autodiff/graph/"):
        assert len(marked) > 5


def _index(site: Site) -> list[dict[str, str]]:
    data = json.loads((site.directory / "search" / "search_index.json").read_text(encoding="utf-8"))
    docs: list[dict[str, str]] = data["docs"]
    return docs


def test_search_index_holds_words_and_no_mathematics(site: Site) -> None:
    docs = _index(site)
    prose = [re.sub(r"<(pre|code)>.*?</\1>", "", doc["title"] + doc["text"], flags=re.DOTALL) for doc in docs]
    assert not [text for text in prose if re.search(r"\\[a-z]{2,}|\$", text)]
    for url in PAGES:
        assert any(doc["location"].split("#")[0] == url for doc in docs), f"{url or 'index'} cannot be found"


def test_terms_are_whole_words_of_the_index(site: Site) -> None:
    """The user dictionary keeps the field's terms together: jieba alone cuts 雅可比 into pieces."""
    words = {word for doc in _index(site) for word in re.split(r"[\u200b\s<>/]+", doc["title"] + " " + doc["text"])}
    assert {"雅可比矩阵", "梯度", "计算图", "清零"} <= words


def test_every_term_of_the_glossary_is_in_the_dictionary() -> None:
    glossary = (DOCS / "glossary.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|\s*([\u4e00-\u9fff]+)\s*\|", glossary, re.MULTILINE)
    terms = {line.split()[0] for line in (DOCS / "assets" / "terms.txt").read_text(encoding="utf-8").splitlines()}
    assert len(rows) > 20
    assert set(rows) - terms - {"中文"} == set(), "add these to docs/assets/terms.txt"


def test_author_s_dictionary_stays_at_home(site: Site) -> None:
    assert not list(Path(site.directory).rglob("terms.txt"))
