"""Every page's notebook, executed in Jupyter's own client, gives what the page says."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from proofread.check import find_pages
from proofread.faces.notebook import notebook, site_of, text
from proofread.outputs.expect import FIGURE, Ran, Script, compare, output_lines, parse
from proofread.outputs.run import Host
from proofread.page import Page, read_file

ROOT = Path(__file__).parents[2]
PAGES = [path for path in find_pages([str(ROOT / "docs")]) if any(block.runs for block in read_file(path).blocks)]
WARNING = re.compile(r"(?m)^\S.*?:\d+: (?=\w*Warning: )")


def _made(page: Page) -> Any:
    made = nbformat.reads(text(notebook(page, site_of(page.file) if page.file else None)), as_version=4)
    nbformat.validate(made)
    return made


def _executed(made: Any, folder: Path) -> Any:
    """The notebook after Jupyter ran it, with the settings under which pages run."""
    fresh = nbformat.from_dict({**made, "cells": [{**cell} for cell in made.cells]})
    for cell in fresh.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    environment = {k: v for k, v in Host().environment().items() if k not in ("PYTHONPATH", "MPLBACKEND")}
    client = NotebookClient(fresh, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env={**environment, "IPYTHONDIR": str(folder / "ipython"), "JUPYTER_NO_CONFIG": "1"})
    return fresh


def _ran(cell: Any, page_says: tuple[str, ...]) -> Ran:
    """What a cell did, in the words that pages use."""
    printed = warned = ""
    raised = None
    figures: list[str] = []
    for output in cell.outputs:
        if output.output_type == "stream" and output.name == "stdout":
            printed += output.text
        elif output.output_type == "stream":
            warned += output.text
        elif output.output_type == "execute_result":
            printed += output.data["text/plain"] + "\n"
        elif output.output_type == "error":
            # A page names an exception with its module, Jupyter without; its message may have several lines.
            heads = [line.partition(":")[0] for line in page_says]
            name = next((head for head in heads if head.rpartition(".")[2] == output.ename), output.ename)
            raised = f"{name}: {output.evalue}" if output.evalue else name
        else:
            figures += [kind for kind in output.data if kind.startswith("image/")]
    # Jupyter adds the source line of a warning, further in.
    messages = [re.sub(r"\n  \S.*\n?$", "", text).rstrip("\n") for text in WARNING.split(warned)[1:]]
    return Ran(output_lines(printed), tuple(messages), raised, tuple(figures))


def _kinds(cell: Any) -> list[str]:
    kinds = [output.output_type + (f":{output.name}" if "name" in output else "") for output in cell.outputs]
    return [kind for i, kind in enumerate(kinds) if i == 0 or kinds[i - 1] != kind]


def _differences(page: Page, made: Any, fresh: Any) -> Iterator[str]:
    """Where the run is not what the page says, or of another kind than what the notebook stores."""
    shows = iter([cell for cell in fresh.cells if cell.cell_type == "code" and cell.id != "setup"])
    for block in page.blocks:
        if not block.runs:
            continue
        script = parse(block.source)
        said = tuple(statement for statement in script.statements if statement.expected)
        ran = tuple(_ran(next(shows), statement.raised) for statement in said)
        for mismatch in compare(Script(said), ran, "approx" in block.options):
            yield f"{page.path}:{block.line}: {mismatch.text}"
        for statement, did in zip(said, ran, strict=True):
            if len(did.figures) != sum(bool(FIGURE.fullmatch(line)) for line in statement.printed):
                yield f"{page.path}:{block.line}: {len(did.figures)} figures"
        last = said[-1] if said else None
        after = block.source.split("\n")[last.end + len(last.expected) :] if last else [block.source]
        if "".join(after).strip():
            cell = next(shows)
            if cell.outputs:
                yield f"{page.path}:{block.line}: what follows the last output gives {cell.outputs}"
    if left := list(shows):
        yield f"{page.path}: {len(left)} cells belong to no block"
    for stored, now in zip(made.cells, fresh.cells, strict=True):
        if stored.cell_type != "code" or _kinds(stored) == _kinds(now):
            continue
        # Of a call that prints and gives a value a page shows one text.
        if (_kinds(stored), _kinds(now)) != (["execute_result"], ["stream:stdout", "execute_result"]):
            yield f"{page.path}: {stored.id} stores {_kinds(stored)} and gives {_kinds(now)}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page_runs_as_notebook(path: Path, tmp_path: Path) -> None:
    """The notebook of a page runs by itself and gives the page's outputs, in the cells that store them."""
    page = read_file(path)
    made = _made(page)
    assert list(_differences(page, made, _executed(made, tmp_path))) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_page_needs_nothing_of_ours(path: Path) -> None:
    """A notebook imports the standard library, torch, numpy and matplotlib, and nothing else; but the page that tells
    of the checker imports the checker."""
    source = "\n".join(
        cell.source for cell in _made(read_file(path)).cells if cell.cell_type == "code" and cell.id != "setup"
    )
    known = {*sys.stdlib_module_names, "torch", "numpy", "matplotlib"}
    known |= {"proofread"} if path.name == "check-your-notes.md" else set()
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or "."] if isinstance(node, ast.ImportFrom) else []
        assert {name.partition(".")[0] for name in names} <= known


EVERY_KIND = '''\
# Every kind of output

```python
import sys
import warnings
def say(n):
    print("n =", n)

say(3)
#> n = 3
1 + 1
#> 2
[list(range(24)), "长" * 40]
#> [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23], '长长...']
print("a", "b", sep="\\n")
#> a
#> b
warnings.warn("careful\\nplease")
#! UserWarning: careful
#! please
raise KeyError("gone")
#! KeyError: 'gone'
5;
```

```python approx
for k in range(2):
    sys.stdout.write(f" {k / 3:.6f}")
#>  0.000000 0.333334
```

```python
import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2]);
#> ![一条线](line.svg)
import json
json.decoder.JSONDecoder().decode("{")
#! json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
```
'''


def test_every_kind_of_output(tmp_path: Path) -> None:
    """Prints, echoes, long lists, warnings, exceptions, wildcards, `approx` and figures; and a wrong page is found."""
    (tmp_path / "page.md").write_text(EVERY_KIND, encoding="utf-8")
    (tmp_path / "line.svg").write_text('<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>\n', encoding="utf-8")
    page = read_file(tmp_path / "page.md")
    made = _made(page)
    fresh = _executed(made, tmp_path)
    assert list(_differences(page, made, fresh)) == []
    assert [_kinds(cell) for cell in made.cells if cell.cell_type == "code"] == [
        [],
        ["stream:stdout"],
        ["execute_result"],
        ["execute_result"],
        ["stream:stdout"],
        ["stream:stderr"],
        ["error"],
        [],
        ["stream:stdout"],
        ["display_data"],
        ["error"],
    ]
    tagged = [cell.id for cell in made.cells if "raises-exception" in cell.metadata.get("tags", [])]
    assert tagged == ["block-1-6", "block-3-2"]

    wrong = {"#> n = 3": "#> n = 4", "#> 2": "#> 3", "'gone'": "'come'", "careful\n#!": "careless\n#!", "333334": "333"}
    for old, new in wrong.items():
        (tmp_path / "page.md").write_text(EVERY_KIND.replace(old, new), encoding="utf-8")
        other = read_file(tmp_path / "page.md")
        assert len(list(_differences(other, _made(other), fresh))) == 1, new
