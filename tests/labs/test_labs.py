"""Laboratories: each notebook runs from a clean kernel and gives the outputs stored in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

LABS = sorted((Path(__file__).parents[2] / "docs" / "labs").glob("*.ipynb"))


def _shown(cell: Any) -> list[tuple[str, str]]:
    """What a reader sees under a code cell, as kind and text; a picture counts as shown, not by its bytes."""
    found: list[tuple[str, str]] = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            if found and found[-1][0] == output["name"]:
                found[-1] = (output["name"], found[-1][1] + output["text"])
            else:
                found.append((output["name"], output["text"]))
        elif output["output_type"] == "error":
            found.append(("error", f"{output['ename']}: {output['evalue']}"))
        else:
            pictures = sorted(kind for kind in output["data"] if kind.startswith("image/"))
            found.append((" ".join(pictures) or "result", "" if pictures else output["data"]["text/plain"]))
    return found


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_a_fresh_run_gives_the_stored_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    stored = [_shown(cell) for cell in notebook.cells if cell.cell_type == "code"]
    place = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute()
    assert [_shown(cell) for cell in notebook.cells if cell.cell_type == "code"] == stored


def test_there_are_laboratories() -> None:
    assert LABS
