"""The button on a page that downloads its notebook is there only if notebooks are made. (`tests/site` looks at the real
site's.)"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bs4 import BeautifulSoup

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
