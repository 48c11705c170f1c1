"""The same blocks as every runner wants them: pages, notebooks, test functions, a plain list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent


@dataclass(frozen=True)
class Block:
    """Code, the line it prints, and the names it binds."""

    code: str
    printed: str
    binds: str


@dataclass(frozen=True)
class Case:
    """So many blocks of a kind, so many a page."""

    kind: str
    blocks: int
    a_page: int

    def pages(self) -> list[list[Block]]:
        """The blocks of each page, after a page that warms up: it imports torch and is not counted."""
        make = _trivial if self.kind == "trivial" else _tensor
        return [_warm_up(), *([make(k) for k in range(self.a_page)] for _ in range(self.blocks // self.a_page))]


def _warm_up() -> list[Block]:
    return [
        Block("import torch\n\nw = torch.ones(3, requires_grad=True)\nw.sum().backward()\nprint(1)", "1", "torch, w")
    ]


def _trivial(k: int) -> Block:
    if k == 0:
        return Block("total = 1\nprint(total)", "1", "total")
    return Block(f"total = total + {k}\nprint(total)", str(1 + k * (k + 1) // 2), "total")


def _tensor(k: int) -> Block:
    """About 10 ms of small products and their backward on one thread."""
    start = "import torch\n\nw = torch.full((128, 128), 0.01, requires_grad=True)\n" if k == 0 else "w.grad = None\n"
    code = (
        f"{start}h = w\nfor _ in range(24):\n    h = torch.tanh(h @ w)\nh.sum().backward()\nprint(tuple(w.grad.shape))"
    )
    return Block(code, "(128, 128)", "torch, w, h, _" if k == 0 else "w, h, _")


def _markdown(folder: Path, pages: Sequence[Sequence[Block]], fence: Callable[[int], str], output: bool) -> None:
    for number, blocks in enumerate(pages):
        lines = [f"# Page {number}", ""]
        for k, block in enumerate(blocks):
            shown = [f"#> {block.printed}"] if output else []
            lines += [f"Block {k}.", "", fence(k), *block.code.split("\n"), *shown, "```", ""]
        (folder / f"{_name(number)}.md").write_text("\n".join(lines), encoding="utf-8")


def _name(number: int) -> str:
    return "a_warm_up" if number == 0 else f"page_{number:04}"


def shown(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """Pages whose outputs are shown under their statements."""
    _markdown(folder, pages, lambda _: "```python", output=True)


def continued(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """Pages for pytest-markdown-docs, whose blocks go on from the block above."""
    _markdown(folder, pages, lambda k: "```python continuation" if k else "```python", output=False)


def sybil(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """Pages with the configuration that Sybil wants."""
    _markdown(folder, pages, lambda _: "```python", output=False)
    (folder / "conftest.py").write_text(
        "from sybil import Sybil\n"
        "from sybil.parsers.markdown import PythonCodeBlockParser\n\n"
        "pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=['*.md']).pytest()\n",
        encoding="utf-8",
    )


def examples(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """Pages with the test that pytest-examples wants; a page's examples share their names."""
    shown(folder, pages)
    (folder / "test_examples.py").write_text(
        "import pytest\n"
        "from pytest_examples import CodeExample, EvalExample, find_examples\n\n"
        "names = {}\n\n\n"
        f"@pytest.mark.parametrize('example', find_examples({str(folder)!r}), ids=str)\n"
        "def test_example(example: CodeExample, eval_example: EvalExample):\n"
        "    known = names.setdefault(example.path, {})\n"
        "    known.update(eval_example.run_print_check(example, module_globals=known))\n",
        encoding="utf-8",
    )


def notebooks(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """Notebooks with stored outputs, a cell a block."""
    for number, blocks in enumerate(pages):
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{k}",
                "metadata": {},
                "execution_count": k + 1,
                "source": block.code,
                "outputs": [{"output_type": "stream", "name": "stdout", "text": block.printed + "\n"}],
            }
            for k, block in enumerate(blocks)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        book = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"{_name(number)}.ipynb").write_text(json.dumps(book), encoding="utf-8")


def functions(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """A test function a block: the floor for whoever wants an item a block."""

    def lines(blocks: Sequence[Block]) -> Iterator[str]:
        for k, block in enumerate(blocks):
            yield f"def test_{k:04}():\n    global {block.binds}\n{indent(block.code, '    ')}\n\n"

    for number, blocks in enumerate(pages):
        (folder / f"test_{_name(number)}.py").write_text("\n".join(lines(blocks)), encoding="utf-8")


def plain(folder: Path, pages: Sequence[Sequence[Block]]) -> None:
    """The blocks' code alone, for `bare.py`."""
    data = [[block.code for block in blocks] for blocks in pages]
    (folder / "pages.json").write_text(json.dumps(data), encoding="utf-8")
