"""`check --twice`: what depends on chance, on time or on the order of a set is found, and only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofread.faces.command import main


def _check(code: str, *options: str) -> int:
    Path("page.md").write_text(f"```python\n{code}\n```\n", encoding="utf-8")
    return main(["check", "--code", *options, "page.md"])


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "code",
    [
        "{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}",
        "import random\nrandom.random()",
        "import time\ntime.time()",
        "import datetime\ndatetime.date.today()",
        "object()",
        "import os\nos.getcwd()",
        "import warnings, time\nwarnings.warn(str(time.time_ns()))",
        "import time\nif time.time_ns() % 1_000_000_007:\n    raise ValueError(time.time_ns())\n#! ValueError: 0",
    ],
)
def test_what_is_not_the_same_twice_is_named(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _check(code, "--twice") == 1
    out = capsys.readouterr().out
    assert (
        f"page.md:{code.split('#!')[0].strip().count(chr(10)) + 2 - ('if ' in code)}: not the same in a second run"
        in out
    )
    assert "first run" in out and "second run" in out


def test_the_order_of_a_set_that_happens_to_hold_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    names = "{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'}"
    _check(names)
    now = next(line for line in capsys.readouterr().out.splitlines() if "≠" in line).partition("| ")[2]
    code = f"{names}\n#> {now}"
    assert _check(code) == 0
    assert _check(code, "--twice") == 1
    assert capsys.readouterr().out.endswith("1 page; blocks: 1 failed\n")


@pytest.mark.parametrize(
    "code",
    [
        "print(sorted({'a', 'b', 'c'}))\n#> ['a', 'b', 'c']",
        "import time\nprint('took', time.time(), 's')\n#> took ... s",
        "import random\nrandom.seed(0)\nrandom.random()\n#> 0.8444218515250481",
        "import time\nx = time.time();",
        "1 / 0\n#! ZeroDivisionError: division by zero",
    ],
)
def test_what_is_the_same_or_declared_to_vary_holds(code: str) -> None:
    assert _check(code, "--twice") == 0


def test_a_block_that_ends_in_only_one_run_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    mark = Path("mark").resolve()
    code = f"import pathlib\nmark = pathlib.Path({str(mark)!r})\nif mark.exists():\n    1 / 0\nmark.touch()"
    assert _check(code, "--twice") == 1
    assert "not the same in a second run" in (out := capsys.readouterr().out)
    assert "≠" in out and "ZeroDivisionError: division by zero" in out


def test_a_figure_that_differs_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import matplotlib.pyplot as plt, random\nplt.plot([random.random(), 1]);\n#> ![图](chance.svg)"
    assert _check(code, "--twice") == 1
    assert "page.md:3: draws another figure in a second run" in capsys.readouterr().out
