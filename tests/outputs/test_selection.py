"""Picking, ordering and spreading blocks: the same results, whatever runs and wherever."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

BLOCKS = """# 一页

```python
log = open({log!r}, "a", encoding="utf-8")
log.write("1");
x = 1
```

文字。

```python name="second"
log.write("2");
x += 1
x
#> 2
```

```python
log.write("3"); log.flush();
x += 1
x
#> 4
```
"""


@pytest.fixture
def page(pytester: pytest.Pytester) -> Path:
    """A page whose blocks build on each other and leave word, in `log`, of having run; its last output is wrong."""
    path = pytester.path / "page.md"
    path.write_text(BLOCKS.format(log=str(pytester.path / "log")), encoding="utf-8")
    return path


def _log(page: Path) -> str:
    return (page.parent / "log").read_text(encoding="utf-8")


def _run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    others = ("hypothesispytest", "xdist", "timeout", "platformdirs")  # each run imports them anew
    return pytester.runpytest_inprocess("--markdown-docs", *(f"-pno:{name}" for name in others), *arguments)


def _outcomes(result: pytest.RunResult) -> dict[str, str]:
    """Outcomes by node id, from `-v` output."""
    words = (line.split() for line in result.outlines if "::" in line and "%]" in line)
    return {node: outcome for node, outcome, *_ in words}


def test_a_whole_page_runs_each_block_once_in_order(pytester: pytest.Pytester, page: Path) -> None:
    result = _run(pytester, "-v")
    expected = {"page.md::block-1": "PASSED", "page.md::block-second": "PASSED", "page.md::block-3": "FAILED"}
    assert _outcomes(result) == expected
    assert _log(page) == "123"


def test_a_failure_shows_its_place_and_both_outputs_and_nothing_of_ours(pytester: pytest.Pytester, page: Path) -> None:
    result = _run(pytester)
    start = next(i for i, line in enumerate(result.outlines) if "block-3 __" in line)
    assert result.outlines[start + 1 : start + 4] == [
        "page.md:22: the output differs",
        "    expected | actual",
        "  ≠ 4        | 3",
    ]
    told = list(takewhile(lambda line: not line.startswith("==="), result.outlines[start:]))
    assert not any("Traceback" in line or "proofread" in line for line in told)


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (["-k", "block-3"], "123"),
        (["-k", "second"], ""),  # the log of a page whose process ended before it was flushed
        (["page.md::block-3"], "123"),
    ],
)
def test_a_block_picked_alone_first_runs_those_above_it_once(
    pytester: pytest.Pytester, page: Path, arguments: list[str], ran: str
) -> None:
    result = _run(pytester, "-v", *arguments)
    (outcome,) = _outcomes(result).values()
    assert outcome == ("FAILED" if ran else "PASSED")
    assert _log(page) == ran


def test_last_failed_runs_only_what_failed_and_what_it_needs(pytester: pytest.Pytester, page: Path) -> None:
    _run(pytester)
    page.with_name("log").unlink()
    result = _run(pytester, "-v", "--lf")
    assert _outcomes(result) == {"page.md::block-3": "FAILED"}
    assert _log(page) == "123"


@pytest.fixture
def pages(pytester: pytest.Pytester) -> list[str]:
    """Three pages that would disturb each other in one process, and a plug-in that shuffles all items."""
    for k in range(3):
        text = "".join(
            f"```python\nsteps = [*globals().get('steps', []), {i}]\nsteps\n#> {[*range(i + 1)]}\n```\n\n"
            for i in range(4)
        )
        (pytester.path / f"page{k}.md").write_text(text, encoding="utf-8")
    pytester.makeconftest("""
        import os, random

        def pytest_collection_modifyitems(items):
            random.Random(int(os.environ["SHUFFLE"])).shuffle(items)
    """)
    return [f"page{k}.md::block-{i + 1}" for k in range(3) for i in range(4)]


@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_gives_the_same_results(
    pytester: pytest.Pytester, pages: list[str], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHUFFLE", str(seed))
    outcomes = _outcomes(_run(pytester, "-v"))
    assert list(outcomes) != pages
    assert outcomes == dict.fromkeys(pages, "PASSED")


def test_two_workers_give_the_same_results(
    pytester: pytest.Pytester, page: Path, pages: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.path.joinpath("conftest.py").unlink()
    result = pytester.runpytest_subprocess("--markdown-docs", "-n", "2", "--dist", "loadfile", "-q")
    result.assert_outcomes(passed=len(pages) + 2, failed=1)
    assert _log(page) == "123"


def test_node_ids_do_not_change_when_prose_moves(pytester: pytest.Pytester, page: Path) -> None:
    before = [line for line in _run(pytester, "--collect-only", "-q").outlines if "::" in line]
    page.write_text(
        page.read_text(encoding="utf-8").replace("文字。", "文字。\n\n更多。\n\n- 一\n- 二\n"), encoding="utf-8"
    )
    after = [line for line in _run(pytester, "--collect-only", "-q").outlines if "::" in line]
    assert before == after == ["page.md::block-1", "page.md::block-second", "page.md::block-3"]


def test_pages_are_left_alone_without_the_switch(pytester: pytest.Pytester, page: Path) -> None:
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_docstrings_still_run_as_the_plug_in_runs_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(module='"""Doc.\n\n```python\nassert 1 == 2\n```\n"""\n')
    result = _run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])


def test_a_time_limit_that_is_none_is_refused_in_one_sentence(pytester: pytest.Pytester, page: Path) -> None:
    result = pytester.runpytest_subprocess("--markdown-docs", "-o", "block_seconds=soon")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: block_seconds is a number of seconds above 0, not 'soon'"])


def test_pages_are_named_from_where_pytest_is_started(
    pytester: pytest.Pytester, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]")
    folder = pytester.mkdir("docs")
    page.rename(folder / "page.md")
    monkeypatch.chdir(folder)
    result = _run(pytester, "-k", "block-3")
    result.stdout.fnmatch_lines(["page.md:22: the output differs"])
