"""The command line: what it checks, its exit status, and bad input in one clear sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofread.faces.command import main

GOOD = "```python\n1 + 1\n#> 2\n```\n"
BAD = "```python\n1 + 1\n#> 3\n```\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "status", "last"), [(GOOD, 0, "1 passed"), (BAD, 1, "1 failed"), ("词\n", 0, "nothing")]
)
def test_the_exit_status_says_whether_all_holds(
    text: str, status: int, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("page.md", text)
    assert main(["check", "--code", "page.md"]) == status
    assert last in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere.md", "nowhere.md: no such file or folder"),
        ("empty", "empty: no Markdown page in this folder"),
        ("code.py", "code.py: not a Markdown page; its name must end in .md"),
    ],
)
@pytest.mark.parametrize("command", ["check", "update"])
def test_a_path_without_a_page_is_one_sentence(
    command: str, name: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    _write("code.py", "")
    assert main([command, name]) == 2
    assert capsys.readouterr().err == f"proofread: {why}\n"


def test_a_folder_means_all_pages_below_it_but_hidden_ones_each_once(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("docs/b.md", "docs/deep/a.md", "docs/.hidden/c.md"):
        _write(name, BAD)
    Path("docs/deep/beside").mkdir()
    os.chdir("docs/deep/beside")
    assert main(["check", "--code", "..", "../../b.md", "../../../docs"]) == 1
    out = capsys.readouterr().out
    assert out.count("the output differs") == 2
    assert out.endswith("2 pages; blocks: 2 failed\n")


def test_json_has_a_row_for_every_block_and_nothing_else_is_printed(folder: Path) -> None:
    _write(
        "page.md",
        GOOD
        + "\n"
        + BAD
        + '\n```python notest reason="slow"\n1\n```\n\n```python\nimport os\nos.write(2, b"x");\n```\n',
    )
    command = [sys.executable, "-m", "proofread", "check", "--json", "--code", "page.md"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    report = json.loads(done.stdout)
    assert [(row["line"], row["status"], row["name"]) for row in report["findings"]] == [
        (1, "passed", "block-1"),
        (6, "failed", "block-2"),
        (11, "notest", "block-3"),
        (15, "passed", "block-4"),
    ]
    assert report["ledger"] == {"page.md": {"block": {"failed": 1, "notest": 1, "passed": 2}}}


def test_one_bad_page_leaves_the_results_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    _write("docs/a.md", "```python\nimport os\nos.abort()\n```\n")
    Path("docs/b.md").write_bytes(b"\xff\n")
    _write("docs/c.md", GOOD)
    assert main(["check", "--code", "docs"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "docs/a.md:3: this statement ended the process by signal SIGABRT",
        "docs/b.md:1: byte 0xff is not UTF-8; save the file as UTF-8",
        "3 pages; blocks: 1 error, 1 passed; pages: 1 error",
    ]


def test_a_page_that_may_not_be_read_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("page.md", GOOD)

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert main(["check", "--code", "page.md"]) == 1
    assert capsys.readouterr().out.startswith("page.md:1: the page cannot be read: Permission denied\n")


def test_a_time_limit_holds_for_each_block(capsys: pytest.CaptureFixture[str]) -> None:
    _write("page.md", "```python\nimport time\ntime.sleep(30)\n```\n")
    assert main(["check", "--code", "--seconds", "0.5", "page.md"]) == 1
    assert "page.md:3: this statement did not end within 0.5 s and was stopped" in capsys.readouterr().out


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_limit_that_is_none_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["check", "--seconds", seconds, "page.md"])
    assert end.value.code == 2
    assert f"argument --seconds: not a number of seconds above 0: '{seconds}'" in capsys.readouterr().err
