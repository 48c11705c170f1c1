"""Laboratories: each notebook runs from a clean kernel and gives the outputs stored in it; its formulas hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from proofread import derivations, page

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


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_formulas_of_the_prose_hold(path: Path) -> None:
    """Laboratories do not pass through the checker of pages; their prose is read here as one page."""
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    read = page.read("\n\n".join(prose).split("\n"), path.name)
    assert not read.faults
    assert [finding.message for finding in derivations.check(read) if finding.fault] == []


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_outputs_are_fit_to_show(path: Path) -> None:
    """Pictures follow the page's text colour and say what they show; no warning is stored; ids are for good."""
    for cell in nbformat.read(path, as_version=4).cells:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell.id) and not re.fullmatch(r"[0-9a-f]{8}", cell.id)
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", output["text"]
            assert output["output_type"] != "error"
            data = output.get("data", {})
            images = [kind for kind in data if kind.startswith("image/")]
            assert not images, "shown as an <img>, which has neither the text colour nor a label"
            if picture := data.get("text/html"):
                head = picture[: picture.index(">")]
                assert head.startswith("<svg ") and 'role="img"' in head
                assert re.search(r'aria-label="[^"]{10,}"', head)
                assert "currentColor" in picture and "#010203" not in picture and "<style" not in picture


def test_there_are_laboratories() -> None:
    assert LABS
