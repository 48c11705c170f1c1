"""The ledger: what is checked less than before is noticed, and let through only on purpose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proofread.faces.command import main

CODE = "```python\nx = 1\nprint(x)\n#> 1\n```\n"
MATH = "设 $x \\in \\mathbb{R}^n$，$f(x) = x^\\top x$。\n\n$$\n\\nabla f = 2x\n$$\n"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one page, counted."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: t\n", encoding="utf-8")
    settings = '[tool.proofread]\nledger = "ledger.json"\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    _write(CODE + "\n" + MATH)
    assert main(["update", "docs"]) == 0
    return tmp_path


def _write(text: str) -> None:
    Path("docs/page.md").write_text(text, encoding="utf-8")


def _counts() -> dict[str, Any]:
    return dict(json.loads(Path("ledger.json").read_text(encoding="utf-8"))["docs/page.md"])


def test_it_counts_what_is_checked() -> None:
    assert _counts() == {"declared": 1, "defined": 1, "defines": ["f"], "lines": 1, "run": 1, "verified": 1}
    assert main(["check", "docs"]) == 0


LOSSES = {
    "a block turned notest": (CODE.replace("```python", '```python notest reason="r"') + "\n" + MATH, "notest: 0 → 1"),
    "an output turned wildcard": (CODE.replace("#> 1", "#> ...") + "\n" + MATH, "wildcards: 0 → 1"),
    "a block turned approx": (CODE.replace("```python", "```python approx") + "\n" + MATH, "approx: 0 → 1"),
    "an output line gone": (CODE.replace("print(x)\n#> 1\n", "") + "\n" + MATH, "lines: 1 → 0"),
    "a block gone": (MATH, "run: 1 → 0"),
    "a claim skipped": (CODE + "\n" + MATH.replace("$$\n\\n", "<!-- math: skip 理由 -->\n$$\n\\n"), "verified: 1 → 0"),
    "a claim that is a definition": (CODE + "\n" + MATH.replace("\\nabla f =", "g ="), "newly defined: g"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_found_and_needs_to_be_accepted(loss: str, capsys: pytest.CaptureFixture[str]) -> None:
    page, counted = LOSSES[loss]
    before = Path("ledger.json").read_bytes()
    _write(page)
    assert main(["check", "docs"]) == 1
    out = capsys.readouterr().out
    assert "docs/page.md:1: the ledger ledger.json counts otherwise" in out and "--accept" in out
    assert main(["update", "docs"]) == 1
    error = capsys.readouterr().err
    assert counted in error and "if that is on purpose, add --accept" in error
    assert Path("ledger.json").read_bytes() == before
    assert main(["update", "--check", "--accept", "docs"]) == 1
    assert Path("ledger.json").read_bytes() == before
    assert main(["update", "--accept", "docs"]) == 0
    assert Path("ledger.json").read_bytes() != before
    assert main(["check", "docs"]) == 0


def test_more_that_is_checked_needs_an_update_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    _write(CODE + "\n" + CODE + "\n" + MATH)
    assert main(["check", "docs"]) == 1
    assert "--accept" not in capsys.readouterr().out
    assert main(["update", "docs"]) == 0
    assert (_counts()["run"], main(["check", "docs"])) == (2, 0)


def test_a_page_that_is_gone_needs_to_be_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("docs/page.md").rename("docs/other.md")
    assert main(["update", "docs"]) == 1
    assert "docs/page.md: the ledger has this page and it is gone" in capsys.readouterr().err
    assert main(["update", "--accept", "docs"]) == 0
    assert list(json.loads(Path("ledger.json").read_text(encoding="utf-8"))) == ["docs/other.md"]


def test_a_page_with_faults_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("ledger.json").read_bytes()
    _write(CODE + "\n```python\n1 / 0\n```\n\n" + MATH)
    assert main(["update", "--accept", "docs"]) == 1
    assert "docs/page.md: not counted, for it has faults" in capsys.readouterr().err
    assert Path("ledger.json").read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", "{", '{"docs/page.md": {"run": "x"}}'])
def test_a_ledger_that_is_none_is_one_sentence(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("ledger.json").write_text(text, encoding="utf-8")
    assert main(["check", "docs"]) == 1
    assert "docs/page.md:1: the ledger ledger.json cannot be read: this is not a ledger" in capsys.readouterr().out


def test_pytest_holds_a_page_against_its_ledger(
    project: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    _write(LOSSES["an output turned wildcard"][0])
    result = pytester.runpytest_subprocess("--markdown-docs", "-q", "docs")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*the ledger ledger.json counts otherwise: wildcards: 0 ? 1*"])
