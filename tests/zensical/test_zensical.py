"""The same `mkdocs.yml` also builds with Zensical: cells, formulas, search, and faults where they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from proofread.check import find_pages
from proofread.outputs.expect import FIGURE, parse
from proofread.page import PYTHON, Page, read_file

ROOT = Path(__file__).parents[2]
PAGES = find_pages([str(ROOT / "docs")])


def _build(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "NOTEBOOKS"}
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--clean"],
        cwd=folder,
        env={**environment, "PYTHONUTF8": "1", "SITE_URL": "http://127.0.0.1:1/"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    done.stdout, done.stderr = (re.sub(r"\x1b\[[\d;]*m", "", text) for text in (done.stdout, done.stderr))
    return done


@dataclass(frozen=True, slots=True)
class Built:
    site: Path
    said: str

    def page(self, source: Path) -> BeautifulSoup:
        """What became of a page of `docs`."""
        name = source.relative_to(ROOT / "docs").with_suffix("")
        file = self.site / (name.parent if name.name == "index" else name) / "index.html"
        return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """This repository's site, built in a copy of it."""
    folder = tmp_path_factory.mktemp("zensical")
    (folder / "tests").mkdir()
    for name in ("mkdocs.yml", "pyproject.toml", "tests/ledger.json"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("docs", "snippets", "overrides"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    done = _build(folder)
    assert done.returncode == 0, f"zensical build failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return Built(folder / "site", done.stdout + done.stderr)


def _texts(page: Page) -> list[str]:
    """The code of each Python block, without its output lines and blank ones."""
    texts = []
    for block in (block for block in page.blocks if block.language in PYTHON):
        outputs = {line.index for statement in parse(block.source).statements for line in statement.expected}
        lines = [text.rstrip() for i, text in enumerate(block.source.split("\n")) if i not in outputs]
        texts.append("\n".join(filter(None, lines)))
    return texts


def _outputs(page: Page) -> list[str]:
    """All output lines of a page but blank ones and figures."""
    statements = [s for block in page.blocks if block.runs for s in parse(block.source).statements]
    return [text for s in statements for text in (*s.printed, *s.raised) if text and not FIGURE.fullmatch(text)]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page_has_its_cells_and_formulas(built: Built, path: Path) -> None:
    """Each block is a cell with its code and outputs; each formula is SVG with MathML; there is no fault."""
    page, soup = read_file(path), built.page(path)
    cells = soup.select("figure.cell")
    code = ["\n".join(part.get_text().rstrip("\n") for part in cell.select(".cell-code code")) for cell in cells]
    shown = ["\n".join(line.rstrip() for line in text.split("\n") if line.strip()) for text in code]
    assert shown == _texts(page)
    assert {str(cell["data-status"]) for cell in cells} <= {"passed", "notest"}
    told = "\n".join(part.get_text() for part in soup.select("figure.cell pre.output")).split("\n")
    assert [line for line in told if line] == _outputs(page)
    formulas = soup.select(".md-content .arithmatex")
    assert [" ".join(str(f["data-tex"]).split()) for f in formulas] == [" ".join(f.tex.split()) for f in page.formulas]
    assert all(f.find("svg") and f.find("math") for f in formulas)
    assert soup.select(".math-fault, .cell-fault, .page-fault") == []
    # Each glyph that a formula uses is on the page.
    outlines = {str(path["id"]) for path in soup.select("svg.glyphs path[id]")}
    used = {str(use.get("xlink:href") or use["href"]).lstrip("#") for use in soup.select(".arithmatex use")}
    assert used <= outlines


def test_says_nothing(built: Built) -> None:
    """No fault is logged: with Zensical that would not fail the build."""
    assert "No issues found" in built.said
    assert not re.search(r"Traceback|docs/\S+\.md:\d+|(?i:error|warning)", built.said)


def _index(built: Built) -> list[dict[str, Any]]:
    index = json.loads((built.site / "search.json").read_text(encoding="utf-8"))
    assert index["config"]["lang"] == ["zh"]
    return list(index["items"])


@pytest.mark.parametrize(
    ("word", "address"),
    [
        ("detach", "autograd/detach/"),
        ("requires_grad", "autograd/first-example/"),
        ("雅可比矩阵", "derivative/conventions/"),
    ],
)
def test_search_knows(built: Built, word: str, address: str) -> None:
    """The index holds the words of prose, titles and code, with the address of their section."""
    found = [i["location"] for i in _index(built) if word in i["title"] + re.sub(r"<[^>]*>", "", i["text"])]
    assert any(location.startswith(address) for location in found)


def test_search_holds_no_tex(built: Built) -> None:
    """No formula is indexed, nor what the marks beside formulas say; every page is."""
    items = _index(built)
    for item in items:
        prose = re.sub(r"(?s)<code>.*?</code>", "", item["text"])
        assert "\\frac" not in prose and "\\nabla" not in prose
        assert not re.search(r"<(svg|math|button)\b|data-tex", item["text"])
    urls = {item["location"].partition("#")[0] for item in items}
    names = [path.relative_to(ROOT / "docs").with_suffix("").as_posix() for path in PAGES]
    assert urls == {"" if name == "index" else name.removesuffix("/index") + "/" for name in names}


def test_what_differs(built: Built) -> None:
    """What the README says of Zensical: laboratories are files to download, and no page has a notebook's button."""
    assert (built.site / "labs" / "notes.ipynb").is_file()
    assert not (built.site / "labs" / "notes" / "index.html").exists()
    home = built.page(ROOT / "docs" / "index.md")
    assert "none" not in [entry.get_text().strip() for entry in home.select(".md-nav__link")]
    assert [a for a in home.select("a") if str(a.get("href", "")).endswith("labs/notes.ipynb")]
    assert home.select('a[aria-label="下载为 Jupyter 笔记本"]') == []
    missing = BeautifulSoup((built.site / "404.html").read_text(encoding="utf-8"), "html.parser")
    content = missing.select_one(".md-content")
    assert isinstance(content, Tag)
    assert "/autograd/detach/" in [a.get("href") for a in content.select("a")]


FAULTY = """\
---
title: 题
---

# 题 {#title}

设 $x \\in \\mathbb{R}^n$。$\\nosuchcommand x$

```python
1 + 1
#> 3
```

```python
--8<-- "none.py:a"
```
"""


def test_faults_are_seen(tmp_path: Path) -> None:
    """Zensical builds on, so a fault is in red on its page and told with the place in the page's file."""
    (tmp_path / "docs" / "a").mkdir(parents=True)
    (tmp_path / "snippets").mkdir()
    (tmp_path / "docs" / "a" / "b.md").write_text(FAULTY, encoding="utf-8")
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    extensions = settings[settings.index("markdown_extensions:") : settings.index("\nnav:")]
    (tmp_path / "mkdocs.yml").write_text(f"site_name: s\ntheme: {{name: material}}\n{extensions}\n", encoding="utf-8")
    done = _build(tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "docs/a/b.md:11: " in said and "docs/a/b.md:15: " in said
    assert "docs/a/b.md" in said[: said.index("MathJax cannot typeset")].rpartition("\n")[2]
    text = (tmp_path / "site" / "a" / "b" / "index.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(text, "html.parser")
    assert [box.get_text() for box in soup.select(".cell-fault") if "docs/a/b.md:11" in box.get_text()]
    assert [box.get_text() for box in soup.select(".page-fault") if "docs/a/b.md:15" in box.get_text()]
    assert soup.select(".math-fault")
