"""Wrong variants of formulas are caught: in pages made for it, and in our own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from proofread.check import read_pages
from proofread.derivations.mutants import Known, Planter, mutants
from proofread.faces.command import main
from proofread.mutate import explained, trial

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIST = HERE / "equivalents-math.toml"
#: How many variants may be explained as no errors. This figure may only fall.
MOST = 90

WEAK = (
    r"设 $S\in\mathbb R^{n\times n}$，$x, y\in\mathbb R^n$。"
    "\n\n"
    r"$x^\top S y \ge -\|S\|_F \|x\|_2 \|y\|_2$"
    "\n"
)
STRONG = r"设 $A\in\mathbb R^{m\times n}$，$x\in\mathbb R^n$。" + "\n\n" + r"$\nabla \|Ax\|_2^2 = 2 A^\top A x$" + "\n"


def report(capsys: pytest.CaptureFixture[str], page: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the report of the subcommand on a page."""
    status = main(["mutate", "--math", "--json", *options, str(page)])
    return status, json.loads(capsys.readouterr().out)


def written(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_what_is_planted() -> None:
    """Every kind on a small formula; not what the page makes no error."""
    found = {(mutant.kind, mutant.tex) for mutant in mutants(r"y = 2 A^\top x + t b")}
    assert found >= {
        ("transpose", "y = 2 A x + t b"), ("factor", r"y = 3 A^\top x + t b"), ("sign", r"y = 2 A^\top x - t b"),
        ("term", r"y = 2 A^\top x "), ("order", r"y = 2 A^\top x + b t"),
    }  # fmt: skip
    known = {mutant.tex for mutant in mutants(r"y = 2 A^\top x + t b", Known(frozenset("t"), frozenset("A")))}
    assert {tex for _, tex in found} - known == {
        "y = 2 A x + t b", r"y = 2 A^\top x + b t", r"y = 2 A^\top x + t^\top b"}  # fmt: skip


def test_a_weak_formula_has_survivors_and_they_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = written(tmp_path, WEAK)
    status, found = report(capsys, page)
    original = r"x^\top S y \ge -\|S\|_F \|x\|_2 \|y\|_2"
    rows = found["survivors"]
    assert status == 1
    assert {"path": str(page), "line": 3, "kind": "transpose", "original": original,
            "planted": r"x^\top S^\top y \ge -\|S\|_F \|x\|_2 \|y\|_2", "explained": None} in rows  # fmt: skip
    assert found["counts"]["planted"] > found["counts"]["survivors"] == len(rows)
    assert main(["mutate", "--math", str(page)]) == 1
    out = capsys.readouterr().out
    assert f"{page}:3: the checker does not notice this transpose\n    - {original}\n    + x^\\top S^\\top y" in out


def test_a_strong_formula_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = report(capsys, written(tmp_path, STRONG))
    counts = found["counts"]
    assert isinstance(counts, dict)
    assert (status, found["survivors"], counts["caught"]) == (0, [], counts["planted"]) and counts["planted"] >= 6


def test_an_explained_survivor_is_no_fault_and_a_stale_entry_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, file = written(tmp_path, WEAK), tmp_path / "list.toml"
    _, found = report(capsys, page)
    rows = found["survivors"]
    entry = "[[equivalent]]\npage = 'page.md'\noriginal = '{original}'\nplanted = '{planted}'\nreason = 'r'\n"
    listed = "".join(entry.format(**row) for row in rows)
    options = ["--equivalents", str(file)]

    file.write_text(listed, encoding="utf-8")
    status, found = report(capsys, page, *options)
    assert (status, found["stale"], found["counts"]["explained"]) == (0, [], len(rows))

    file.write_text(listed + entry.format(original="x = y", planted="x = 2 y"), encoding="utf-8")
    assert main(["mutate", "--math", *options, str(page)]) == 1
    assert "no variant on page.md survives as this entry says; take it out\n    - x = y" in capsys.readouterr().out
    status, found = report(capsys, page, *options)
    assert status == 1 and [row["planted"] for row in found["stale"]] == ["x = 2 y"]


def test_a_sample_always_holds_the_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, file = written(tmp_path, WEAK + "\n" + STRONG), tmp_path / "list.toml"
    rows = report(capsys, page)[1]["survivors"]
    entry = "[[equivalent]]\npage = 'page.md'\noriginal = '{original}'\nplanted = '{planted}'\nreason = 'r'\n"
    file.write_text("".join(entry.format(**row) for row in rows), encoding="utf-8")
    status, found = report(capsys, page, "--sample", "3", "--seed", "5", "--equivalents", str(file))
    assert (status, found["counts"]["tried"]) == (0, len(rows) + 3)
    assert found == report(capsys, page, "--sample", "3", "--seed", "5", "--equivalents", str(file))[1]


def test_a_page_that_does_not_hold_is_not_planted_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = written(tmp_path, STRONG.replace("2 A", "3 A"))
    assert main(["mutate", "--math", str(page)]) == 2
    assert "page.md:3" in capsys.readouterr().err


def test_one_of_code_and_math_must_be_asked_for(tmp_path: Path) -> None:
    page = str(written(tmp_path, STRONG))
    for options in ([], ["--code", "--math"]):
        with pytest.raises(SystemExit) as stopped:
            main(["mutate", *options, page])
        assert stopped.value.code == 2


def test_a_sample_of_our_pages_is_caught_apart_from_the_explained() -> None:
    """All of them are tried by `make mutate`; here some, and every one that the list explains."""
    torch.set_num_threads(1)
    listed = explained.read(LIST)
    pages = read_pages([str(ROOT / "docs")])
    planters = {page.path: Planter(page) for page in pages}
    assert [row.message for planter in planters.values() for row in planter.run() if row.fault] == []
    planted = [each for planter in planters.values() for each in planter.planted]
    known = [each for each in planted if any(each in entry for entry in listed)]
    chosen = trial.sample(planted, 60, seed=1, always=known)
    survivors = [each for each in chosen if not planters[each.page.path].caught(each)]
    surprising = [each for each in survivors if each not in known]
    assert [(each.place, each.original, each.planted) for each in surprising] == []
    assert explained.stale(listed, pages, survivors) == []
    assert len(known) <= min(MOST, len(planted) // 50)
    assert {entry.page for entry in listed} <= {page.file.relative_to(ROOT).as_posix() for page in pages if page.file}
