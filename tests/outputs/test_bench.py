"""The benchmark: every runner runs the blocks that it is given, and the page gets its tables. Times decide nothing."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))
import engine
import report
from engine import CASES, ENGINE, FOR_PEERS, PEERS, RUNNERS, Case, Measured
from live import Live

#: The others stand in an environment of their own.
HERE = [runner for runner in RUNNERS if runner.name in ("本站引擎", "`exec`", "pytest 函数", "pytest-markdown-docs")]


@pytest.mark.parametrize(("runner", "kind"), [*zip(HERE, ["tensor", "tensor", "trivial", "trivial"], strict=True)])
def test_a_runner_runs_every_block_once(runner: engine.Runner, kind: str) -> None:
    done = engine.measure(runner, Case(kind, 4, 2), cap=120.0)
    assert 0.0 < done.seconds < 120.0 and done.start > 0.0


def test_a_runner_that_runs_too_few_blocks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = engine.Runner("lazy", lambda folder, pages: engine.pages.functions(folder, pages[:2]), HERE[2].options)
    with pytest.raises(engine.Failed, match="ran 2 blocks of 4"):
        engine.measure(lazy, Case("trivial", 4, 2), cap=120.0)


def test_a_runner_that_is_too_slow_is_stopped() -> None:
    assert engine.measure(HERE[1], Case("tensor", 20, 20), cap=0.001).seconds == math.inf


_NEVER = Measured(math.inf, math.inf)


def _linear(cases: list[Case], endless: engine.Runner = PEERS[-1]) -> engine.Table:
    """Every runner takes 2 ms a block, 3 ms of the processors; one of them never ends."""
    return {
        (runner.name, case): _NEVER if runner is endless else Measured(case.blocks * 0.002, case.blocks * 0.003, 1.0)
        for case in cases
        for runner in RUNNERS
        if runner not in PEERS or (case.blocks, case.a_page) in FOR_PEERS
    }


def test_growth_is_the_exponent() -> None:
    cases = [case for case in CASES if case.kind == "trivial" and case.a_page == 10]
    table = {("x", case): Measured(0.001 * case.blocks**2) for case in cases}
    runner = engine.Runner("x", engine.pages.plain)
    assert engine.exponent(table, runner, cases) == pytest.approx(2.0)
    assert engine.exponent(table, runner, cases[:1]) is None


def test_the_tables_are_written_between_the_marks_and_nothing_else_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_PACKAGES", ("pytest",))
    page = Path(__file__).parents[2].joinpath("docs", "performance.md").read_text(encoding="utf-8")
    for cases in (list(CASES), [case for case in CASES if case.blocks <= 100]):
        text = report.tables(_linear(cases), cases, 20.0, Live(20, 1.0, 1.1, 2.0, 1.2, 1.3), 60.0)
        new = engine.written(page, text)
        assert new.partition("<!-- bench -->")[0] == page.partition("<!-- bench -->")[0]
        assert new.partition("<!-- /bench -->")[2] == page.partition("<!-- /bench -->")[2]
        assert engine.written(new, text) == new
        assert "| 张量 | 100 | 100 | `exec` | ≤ 1.15 | **1.00** | 1.00 |" in new and "超过 200" in new


def test_nothing_is_held_against_an_engine_that_was_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_PACKAGES", ("pytest",))
    cases = [case for case in CASES if case.blocks <= 100]
    text = report.tables(_linear(cases, ENGINE), cases, 20.0, Live(20, 1.0, 1.1, 2.0, 1.2, 1.3), 60.0)
    assert "| 100 | 1 | 停下 | 2 | 2 | — | — | — | — |" in text
    assert "| 100 | 1 | 超过 200 | 3 | 3 | — | — | — | — |" in text
    assert "| 本站引擎 | — | — | — | — |" in text


@pytest.mark.parametrize("page", ["", "<!-- bench -->", "<!-- /bench -->\n<!-- bench -->", "<!-- bench -->" * 2])
def test_a_page_without_marks_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="the page needs one line"):
        engine.written(page, "")
