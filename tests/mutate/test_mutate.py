"""The errors planted in pages are caught: in cases made for it, and in our own pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proofread.check import read_pages
from proofread.faces.command import main
from proofread.mutate import explained, trial
from proofread.mutate.plants import plants
from proofread.outputs.run import Host

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIST = HERE / "equivalents.toml"
#: How many plants may be explained as no errors, and at most 2 % of those tried. Only a new page may need more.
MOST = 100
#: Pages whose blocks start programs: each plant there costs seconds, and `make mutate` tries them. Of all others every
#: plant has been tried, and is caught or explained.
SLOW = {"docs/about.md", "docs/check-your-notes.md"}


def mutate(capsys: pytest.CaptureFixture[str], name: str, *options: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the report of the subcommand on a case."""
    status = main(["mutate", "--code", "--json", "--jobs", "1", *options, str(HERE / "cases" / name)])
    return status, json.loads(capsys.readouterr().out)


def test_a_weak_page_has_survivors_and_they_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    status, report = mutate(capsys, "weak.md")
    rows = report["survivors"]
    assert status == 1
    assert {(row["line"], row["original"], row["planted"]) for row in rows} >= {
        (4, "numbers = [3, 1, 2]", "numbers = [4, 1, 2]"),
        (5, "doubled = [2 * n for n in numbers]", "doubled = [3 * n for n in numbers]"),
    }


def test_a_strong_page_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    status, report = mutate(capsys, "strong.md")
    assert (status, report["survivors"]) == (0, [])
    assert report["counts"]["caught"] == report["counts"]["planted"] > 20


@pytest.mark.parametrize("name", ["weak.md", "strong.md", "raises.md"])
def test_comparing_says_what_running_says(name: str) -> None:
    (page,) = read_pages([str(HERE / "cases" / name)])
    results = trial.run([page])[page.path]
    known = [(plant, trial.caught_by_comparing(plant, results)) for plant in plants(page)]
    known = [(plant, caught) for plant, caught in known if caught is not None]
    assert len(known) >= 4
    with Host() as host:
        assert [caught for _, caught in known] == [trial.caught_by_running(plant, host) for plant, _ in known]


def test_an_endless_loop_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    status, report = mutate(capsys, "loop.md", "--seconds", "0.5")
    assert (status, report["survivors"]) == (0, [])


def test_an_explained_survivor_is_no_fault_and_a_stale_entry_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, file = tmp_path / "page.md", tmp_path / "list.toml"
    page.write_text("```python\nmax([1, 2])\n#> 2\n```\n", encoding="utf-8")
    entry = '[[equivalent]]\npage = "page.md"\noriginal = "max([1, 2])"\nplanted = "max([{}, 2])"\nreason = "r"\n'
    arguments = ["mutate", "--code", "--equivalents", str(file), str(page)]

    file.write_text(entry.format(2) + entry.format(-1), encoding="utf-8")
    assert main(arguments) == 0
    assert "2 explained, 0 survive" in capsys.readouterr().out

    file.write_text(entry.format(2) + entry.format(-1) + entry.format(7), encoding="utf-8")
    assert main(arguments) == 1
    assert "no plant on page.md survives as this entry says" in capsys.readouterr().out

    file.write_text(entry.format(2), encoding="utf-8")
    assert main(arguments) == 1
    assert "page.md:2: no check notices this sign\n    - max([1, 2])\n    + max([-1, 2])" in capsys.readouterr().out


def test_a_page_that_does_not_hold_is_not_planted_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\n1 + 1\n#> 3\n```\n", encoding="utf-8")
    assert main(["mutate", "--code", str(page)]) == 2
    assert "page.md:3: the output differs" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[equivalent]]\npage = 'a'", "entry 1 needs these texts and no others: page, original, planted, reason"),
        ("[[equivalent]]\npage='a'\noriginal='b'\nplanted='c'\nreason=' '", "entry 1 gives no reason"),
        ("[[equivalent]]\npage='a'\noriginal='b'\nplanted='c'\nreason='d'\n" * 2, "entry 2 stands there twice"),
        ("[equivalents]", "unknown key 'equivalents'; write [[equivalent]]"),
        ("=", "list.toml: "),
    ],
)
def test_a_list_that_cannot_be_read_says_why(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "list.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(explained.ListError, match=r"list\.toml: ") as caught:
        explained.read(file)
    assert message in str(caught.value)


def test_a_sample_of_our_pages_is_caught_apart_from_the_explained() -> None:
    """`make mutate` tries all of them; here some, and those that the list explains."""
    listed = explained.read(LIST)
    every = {page.file.relative_to(ROOT).as_posix(): page for page in read_pages([str(ROOT / "docs")]) if page.file}
    assert every.keys() > SLOW
    pages = [page for name, page in every.items() if name not in SLOW]
    planted = [plant for page in pages for plant in plants(page)]
    known = [plant for plant in planted if any(plant in entry for entry in listed)]
    chosen = trial.sample(planted, 40, seed=1, always=known)
    runs = trial.run({plant.page.path: plant.page for plant in chosen}.values())
    survivors = [plant for plant, caught in zip(chosen, trial.caught(chosen, runs, jobs=2), strict=True) if not caught]
    surprising = [plant for plant in survivors if plant not in known]
    assert [(plant.place, plant.original, plant.planted) for plant in surprising] == []
    assert explained.stale(listed, pages, survivors) == []
    # An entry also stands for plants that are caught, where a page says the same twice; those need no explanation.
    assert len(survivors) <= min(MOST, len(planted) // 50)
    assert {entry.page for entry in listed} <= every.keys() - SLOW
