"""One row for each way to write a block, each way for its output to be wrong, and each hazard: what pytest says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import golden
import pytest


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the cases."""
    return tmp_path_factory.mktemp("cases")


@pytest.fixture(scope="module")
def said(cases: Path) -> dict[str, str]:
    """What one run of a real pytest says of each case."""
    return golden.run(cases)


@pytest.mark.parametrize("name", golden.NAMES)
def test_pytest_says_of_the_case_what_is_expected(name: str, said: dict[str, str]) -> None:
    assert said[name] == golden.expected(name)


@pytest.fixture(scope="module")
def rows(cases: Path, said: dict[str, str]) -> list[dict[str, object]]:
    """What the command line says of all cases together, in a run of its own."""
    command = [sys.executable, "-m", "proofread", "check", "--code", "--json", "--seconds", "4", "outputs", "syntax"]
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(command, cwd=cases, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert (done.returncode, done.stderr) == (1, "")
    return list(json.loads(done.stdout)["findings"])


def test_the_command_line_says_the_same_as_pytest(rows: list[dict[str, object]]) -> None:
    said: dict[str, str] = dict.fromkeys(golden.NAMES, "")
    faults: dict[str, int] = dict.fromkeys(golden.NAMES, 0)
    for row in rows:
        page = str(row["path"]).removesuffix(".md")
        if page not in said or row["status"] == "notest":
            continue
        if row["kind"] == "page":
            faults[page] += 1
            name, message = f"fault-{faults[page]}", f"{row['path']}:{row['line']}: {row['message']}"
        else:
            name, message = str(row["name"]), str(row["message"])
        passed = row["status"] == "passed"
        said[page] += f"{name} passed\n" if passed else f"{name} failed\n{golden._indented(message)}\n"
    expected = {name: golden.expected(name) for name in golden.NAMES if not name.startswith("hazards/")}
    assert {name: said[name] for name in expected} == expected
