"""The button on a page that downloads its notebook: there on a built site, and only there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup

from proofread.check import find_pages
from proofread.faces.notebook import laboratories
from proofread.page import read_file

ROOT = Path(__file__).parents[2]
NAME = "下载为 Jupyter 笔记本"


def _run(command: str, cwd: Path = ROOT, **environment: str) -> None:
    environment = {"NO_MKDOCS_2_WARNING": "1", "PYTHONUTF8": "1", **environment}
    inherited = {name: value for name, value in os.environ.items() if name != "NOTEBOOKS"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=cwd,
        env=inherited | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"


def _buttons(site: Path) -> dict[Path, list[str]]:
    """The addresses of the buttons on each page of a built site."""
    pages = {page: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser") for page in site.rglob("*.html")}
    assert pages
    return {
        page: [str(a["href"]) for a in soup.select("a") if NAME in (a.get("aria-label"), a.get("title"))]
        for page, soup in pages.items()
    }


def _recipe(target: str) -> list[str]:
    """The lines of a target of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(rf"(?m)^{target}:.*\n((?:\t.*\n)+)", text)
    assert found is not None
    return [line.strip().lstrip("@") for line in found[1].splitlines()]


def test_every_button_has_its_notebook(tmp_path: Path) -> None:
    """Built as `make build` does it, each page with a program has one button, which leads to a valid notebook."""
    # The Makefile's own lines but for the check, which other tests are, and for the folder.
    lines = [line for line in _recipe("build") if "proofread check" not in line]
    assert len(lines) == 2
    for line in lines:
        line = line.replace("$(BIN)/python", sys.executable).replace("$(BIN)/mkdocs", f"{sys.executable} -m mkdocs")
        line = re.sub(r"-o site\b", f"-o {tmp_path}", line)
        _run(line + (f" --site-dir {tmp_path}" if "mkdocs" in line else ""), SITE_URL="http://127.0.0.1:1/")
    buttons = _buttons(tmp_path)
    expected = set()
    for source in [*find_pages([str(ROOT / "docs")]), *laboratories(ROOT / "docs")]:
        name = source.relative_to(ROOT / "docs").with_suffix("")
        built = tmp_path / (name.parent if name.name == "index" else name) / "index.html"
        if source.suffix == ".ipynb" or any(block.runs for block in read_file(source).blocks):
            expected.add(built)
            (address,) = buttons[built]
            notebook = (built.parent / address).resolve()
            assert notebook == tmp_path.resolve() / name.with_suffix(".ipynb")
            made = nbformat.read(notebook, as_version=nbformat.NO_CONVERT)
            nbformat.validate(made)
            assert [cell for cell in made.cells if cell.cell_type == "code"]
    assert {page for page, found in buttons.items() if found} == expected
    for page in expected:
        button = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one(f'a[aria-label="{NAME}"]')
        assert button is not None and button.has_attr("download")


def test_no_button_without_notebooks(tmp_path: Path) -> None:
    """`mkdocs build` alone, like `mkdocs serve`, shows no button; it takes the setting that `make build` gives."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# 题 {#title}\n\n```python\n1\n#> 1\n```\n", encoding="utf-8")
    (tmp_path / "docs" / "prose.md").write_text("# 题 {#title}\n\n一段。\n", encoding="utf-8")
    (tmp_path / "snippets").mkdir()
    (tmp_path / "mkdocs.yml").write_text(
        f"INHERIT: {ROOT / 'mkdocs.yml'}\ndocs_dir: docs\nwatch: []\nplugins: []\n"
        f"theme:\n  custom_dir: {ROOT / 'overrides'}\nnav: [index.md, prose.md]\n",
        encoding="utf-8",
    )
    found = {}
    for setting in ({}, {"NOTEBOOKS": "true"}):
        _run(f"{sys.executable} -m mkdocs build --strict", tmp_path, **setting)
        buttons = _buttons(tmp_path / "site")
        found[bool(setting)] = {page.relative_to(tmp_path / "site").as_posix(): b for page, b in buttons.items() if b}
    assert found == {False: {}, True: {"index.html": ["index.ipynb"]}}
    assert not any("NOTEBOOKS" in line for line in _recipe("serve"))
