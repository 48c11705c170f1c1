"""What a notebook's file holds, and what the command says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from proofread.check import find_pages
from proofread.faces.command import main
from proofread.faces.notebook import NoNotebook, laboratories, laboratory, notebook, site_of, text
from proofread.outputs.expect import parse
from proofread.page import read, read_file

ROOT = Path(__file__).parents[2]
PAGES = find_pages([str(ROOT / "docs")])
LABS = laboratories(ROOT / "docs")

BLOCK = """\
# 题 {#title}

一段[文](other.md#there)。

```python
x = 1

x + 1
#> 2
y = 2
if y:
    print(y)
    print(3)
#> 2
#> 3

# 完
y
```
"""


def _cells(source: str) -> list[tuple[str, str]]:
    made = notebook(read(source.split("\n"), "page.md"))
    return [(cell["id"], "".join(cell["source"])) for cell in made["cells"]]


def test_one_cell_for_each_statement_with_output() -> None:
    """Expected lines leave the code and become outputs; what follows the last output is a cell of its own."""
    page = read(BLOCK.split("\n"), "page.md")
    assert [name for name, _ in _cells(BLOCK)] == ["text-1", "setup", "block-1-1", "block-1-2", "block-1-3"]
    first, second, third = (source for name, source in _cells(BLOCK) if name.startswith("block"))
    assert first == "x = 1\n\nx + 1"
    assert second == "y = 2\nif y:\n    print(y)\n    print(3)"
    assert third == "# 完\ny"
    echoed, printed = (cell["outputs"] for cell in notebook(page)["cells"][2:4])
    assert echoed == [
        {"data": {"text/plain": ["2"]}, "execution_count": 2, "metadata": {}, "output_type": "execute_result"}
    ]
    assert printed == [{"name": "stdout", "output_type": "stream", "text": ["2\n", "3\n"]}]


def test_no_setup_without_code() -> None:
    assert _cells("# 题\n\n一段。") == [("text-1", "# 题\n\n一段。")]
    assert _cells('```python notest reason="慢"\nf()\n```') == [("text-1", "```python\nf()\n```\n\n（未运行：慢）")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page_is_a_valid_notebook(path: Path) -> None:
    """nbformat 4.5, the same bytes each time, all formulas as written, no output line left in the code."""
    page = read_file(path)
    site = site_of(path)
    content = text(notebook(page, site))
    assert content == text(notebook(read_file(path), site))
    made = nbformat.reads(content, as_version=nbformat.NO_CONVERT)
    nbformat.validate(made)
    assert (made.nbformat, made.nbformat_minor, made.metadata.kernelspec.name) == (4, 5, "python3")
    assert content == nbformat.writes(made) + "\n"
    prose = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    scripts = [parse(cell.source) for cell in made.cells if cell.cell_type == "code" and cell.id != "setup"]
    assert not any(script.faults or any(s.expected for s in script.statements) for script in scripts)
    flat = " ".join(prose.replace("\n> ", " ").split())
    for formula in page.formulas:
        mark = "$$" if formula.display else "$"
        tex = " ".join(formula.tex.split())
        assert f"{mark}{tex}{mark}" in flat or f"{mark} {tex} {mark}" in flat or tex.startswith("\\begin")
    for left in ("--8<--", "<!--", "{#", "!!! ", "??? ", "<svg"):
        assert left not in re.sub(r"(?s)```.*?```|`[^`\n]*`", "", prose)


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_laboratory_can_be_taken_away(path: Path) -> None:
    """A valid notebook whose programs are the laboratory's own, which says what to install, leads to the site, and
    shows its pictures also to who does not trust it yet; it is no laboratory itself."""
    here, made = nbformat.read(path, as_version=4), laboratory(path, site_of(path))
    taken = nbformat.reads(text(made), as_version=nbformat.NO_CONVERT)
    nbformat.validate(taken)
    assert "page" not in taken.metadata
    assert [cell.source for cell in taken.cells if cell.cell_type == "code"] == [
        cell.source for cell in here.cells if cell.cell_type == "code"
    ]
    title, note = taken.cells[0].source.split("\n")[0:3:2]
    assert title == here.cells[0].source.split("\n")[0]
    assert re.fullmatch(r"> 本页的网页版：<http\S+/>。运行前安装 `pip install [^`]*torch==[^`]*numpy==.*", note)
    assert "ipython" not in note.lower()
    prose = "\n".join(cell.source for cell in taken.cells if cell.cell_type == "markdown")
    assert not re.search(r"\]\((?!https?:)", prose) and "](http" in prose
    drawn, shown = (
        [
            output.data["text/html"]
            for cell in made.cells
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        ]
        for made in (here, taken)
    )
    assert [picture.startswith("<svg") for picture in drawn] == [
        picture.startswith('<img alt="') and 'src="data:image/svg+xml;base64,' in picture for picture in shown
    ]


def test_laboratories_are_known_by_what_they_say(tmp_path: Path) -> None:
    """A notebook that says nothing of itself as a page is none, nor is one that Jupyter hid, nor what is no notebook;
    Python in a cell of text is refused with its place."""
    for name, content in {
        "lab": {"metadata": {"page": {"needs": []}}, "cells": []},
        "other": {"metadata": {}, "cells": []},
        ".ipynb_checkpoints/lab": {"metadata": {"page": {}}, "cells": []},
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    assert laboratories(tmp_path) == [tmp_path / "lab.ipynb"]
    cell = {"cell_type": "markdown", "source": ["# 题\n", "\n", "```python\n", "1\n", "```"]}
    (tmp_path / "lab.ipynb").write_text(json.dumps({"metadata": {"page": {}}, "cells": [cell]}), encoding="utf-8")
    with pytest.raises(NoNotebook, match=r"lab\.ipynb: cell 1 has no text, or Python in its text"):
        laboratory(tmp_path / "lab.ipynb")
    with pytest.raises(NoNotebook, match=r"broken\.ipynb: this notebook cannot be read"):
        laboratory(tmp_path / "broken.ipynb")


def _project(folder: Path) -> Path:
    (folder / "mkdocs.yml").write_text(
        'site_name: s\nsite_url: !ENV [WHERE, "https://e.org/sub"]\nextra:\n  f: !!python/name:os.getcwd\n',
        encoding="utf-8",
    )
    (folder / "docs" / "a").mkdir(parents=True)
    (folder / "docs" / "a" / "b.md").write_text(
        "# 题\n\n[甲](../c.md#x)，[乙](index.md)，[丙](#y)，[丁](d.png)，[戊](https://f.org/c.md)。\n\n"
        "```python\nimport torch, os\n```\n",
        encoding="utf-8",
    )
    (folder / "docs" / "a" / "index.md").write_text("# 甲\n", encoding="utf-8")
    (folder / "docs" / "c.md").write_text("# 乙\n", encoding="utf-8")
    return folder / "docs"


def _source(file: Path) -> str:
    return "".join(json.loads(file.read_text(encoding="utf-8"))["cells"][0]["source"])


def test_links_lead_to_the_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Notebooks stand where their pages do, links lead to the site, a line under the title says what is needed."""
    docs = _project(tmp_path)
    assert main(["notebook", str(docs / "a"), "-o", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == f"2 notebooks written to {tmp_path / 'out'}\n"
    source = _source(tmp_path / "out" / "a" / "b.ipynb")
    assert "[甲](https://e.org/sub/c/#x)，[乙](https://e.org/sub/a/)，[丙](https://e.org/sub/a/b/#y)" in source
    assert "[丁](https://e.org/sub/a/d.png)，[戊](https://f.org/c.md)" in source
    assert source.startswith("# 题\n\n> 本页的网页版：<https://e.org/sub/a/b/>。运行前安装 `pip install torch==")
    monkeypatch.setenv("WHERE", "http://x/")
    assert main(["notebook", str(docs), "-o", str(tmp_path / "out")]) == 0
    assert "[乙](http://x/a/)" in _source(tmp_path / "out" / "a" / "b.ipynb")
    assert sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.ipynb")) == [
        "a/b.ipynb",
        "a/index.ipynb",
        "c.ipynb",
    ]


def test_links_lead_to_neighbours(tmp_path: Path) -> None:
    """Notes of anyone, outside a site: links between them lead from notebook to notebook."""
    docs = _project(tmp_path)
    (tmp_path / "mkdocs.yml").unlink()
    assert main(["notebook", str(docs), "-o", str(tmp_path / "out")]) == 0
    source = _source(tmp_path / "out" / "a" / "b.ipynb")
    assert "[甲](../c.ipynb)，[乙](index.ipynb)，[丙](#y)，[丁](d.png)，[戊](https://f.org/c.md)" in source


def test_a_page_that_cannot_be_read(tmp_path: Path, capsys: Any) -> None:
    """Its faults are said with their lines, it leaves no notebook, not even an old one; the others are written."""
    (tmp_path / "good.md").write_text("# 好\n", encoding="utf-8")
    bad = tmp_path / "bad.md"
    bad.write_text("# 坏\n", encoding="utf-8")
    assert main(["notebook", str(tmp_path), "-o", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "bad.ipynb").is_file()
    bad.write_text("# 坏\n\n$x\n\n```python\n1 +\n```\n\n```python\nx\n#> ![图](none.svg)\n```\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["notebook", str(tmp_path), "-o", str(tmp_path / "out")]) == 1
    said = capsys.readouterr()
    assert said.out == f"1 notebook written to {tmp_path / 'out'}\n"
    assert f"{bad}:3: a `$` without a partner" in said.err and f"{bad}:6: SyntaxError" in said.err
    assert not (tmp_path / "out" / "bad.ipynb").exists()
    bad.write_text('```python\ny = 1\n```\n\n```graph name="none"\ny\nalt: 图\n```\n', encoding="utf-8")
    with pytest.raises(NoNotebook, match=r"bad\.md:5: this graph is not stored yet"):
        notebook(read_file(bad))
    bad.write_text("```python\nx\n#> ![图](none.svg)\n```\n", encoding="utf-8")
    with pytest.raises(NoNotebook, match=r"the figure none\.svg is not stored yet"):
        notebook(read_file(bad))


def test_bad_paths(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for name in "ab":
        (tmp_path / name / "x.md").write_text("# 题\n", encoding="utf-8")
    files = [str(tmp_path / name / "x.md") for name in "ab"]
    out = ["-o", str(tmp_path / "out")]
    assert main(["notebook", *files, *out]) == 2
    assert "would both become x.ipynb" in capsys.readouterr().err
    assert main(["notebook", str(tmp_path / "none"), *out]) == 2
    assert "no such file or folder" in capsys.readouterr().err
    assert main(["notebook", files[0], "-o", files[0]]) == 2
    assert files[0] in capsys.readouterr().err


def test_makes_notebooks_without_torch(tmp_path: Path) -> None:
    """Making notebooks runs nothing: torch is not even imported."""
    code = "import sys; from proofread.faces import notebook as n; n.write(['docs'], n.Path(sys.argv[1])); "
    code += "sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
