"""What running pages costs: this engine, two floors and the tools that people use today, on the same blocks in one run.

    python bench/engine.py [--quick] [--write docs/performance.md]

`make bench` runs it, with an environment that has `requirements.txt` and `bench/requirements.txt`. What else the
machine does disturbs the clock: runners take turns, the fastest of some rounds counts, and processor time is measured
beside it. Nothing here decides a test.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent))

import pages
from clock import used_by
from pages import Block, Case

from proofread.outputs.run import Host

Writer = Callable[[Path, Sequence[Sequence[Block]]], None]


@dataclass(frozen=True)
class Runner:
    """Something that runs pages."""

    name: str
    write: Writer
    options: tuple[str, ...] = ()
    """Of pytest; a runner without options is `bare.py`."""


_MARKDOWN = ("-p", "pytest_markdown_docs.plugin", "--markdown-docs")
RUNNERS = (
    Runner("本站引擎", pages.shown, (*_MARKDOWN, "-p", "proofread.faces.pytest")),
    Runner("`exec`", pages.plain),
    Runner("pytest 函数", pages.functions, ("-p", "no:doctest")),
    Runner("pytest-markdown-docs", pages.continued, _MARKDOWN),
    Runner("Sybil", pages.sybil, ("-p", "no:doctest")),
    Runner("pytest-examples", pages.examples, ("-p", "pytest_examples")),
    Runner("nbval", pages.notebooks, ("-p", "nbval.plugin", "--nbval")),
)
ENGINE, EXEC, FUNCTIONS, *PEERS = RUNNERS
KINDS = ("tensor", "trivial")
LAYOUTS = ((10, 1), (10, 10), (100, 1), (100, 10), (100, 100), (1000, 10), (1000, 100))
"""Blocks in all, and blocks a page."""
CASES = tuple(Case(kind, blocks, a_page) for kind in KINDS for blocks, a_page in LAYOUTS)
FOR_PEERS = frozenset({(10, 10), (100, 10), (100, 100), (1000, 100)})
"""The layouts that the peers run too: some of them are slow."""


@dataclass(frozen=True)
class Measured:
    """One run of one case."""

    seconds: float
    """What the counted pages took; infinite if the run had to be stopped."""
    processor: float = 0.0
    """Processor seconds of all processes meanwhile."""
    start: float = 0.0
    """What everything else took: the interpreter, imports, pytest itself, the page that warms up."""
    memory: int = 0
    """The largest size of the process that collects and compares, in KiB."""


_STARTS = 10.0
"""Processor seconds that a runner may take to start."""


class Failed(Exception):
    """A runner that did not run what it was given."""


def measure(runner: Runner, case: Case, cap: float) -> Measured:
    """Run a case once; at most `cap` seconds of the processors, which a busy machine does not stretch.

    Raises:
        Failed: the runner failed, or ran another number of blocks.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, result = Path(name, "pages"), Path(name, "result.json")
        folder.mkdir()
        runner.write(folder, case.pages())
        command = [sys.executable, str(HERE / "bare.py"), str(folder)]
        if runner.options:
            (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-p",
                "clock",
                *runner.options,
                ".",
            ]
        environment = _environment() | {"BENCH_RESULT": str(result)}
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )
        while True:
            try:
                output, _ = process.communicate(timeout=1.0)
                break
            except subprocess.TimeoutExpired:
                if used_by(process.pid) > cap + _STARTS or time.perf_counter() - begin > 20 * (cap + _STARTS):
                    os.killpg(process.pid, signal.SIGKILL)
                    process.communicate()
                    return Measured(math.inf, math.inf)
        whole = time.perf_counter() - begin
        if process.returncode:
            raise Failed(f"{runner.name}, {case}:\n{output[-3000:]}")
        data = json.loads(result.read_text(encoding="utf-8") if runner.options else output)
        if data.get("items", case.blocks) != case.blocks:
            raise Failed(f"{runner.name}, {case}: ran {data['items']} blocks of {case.blocks}")
        seconds, processor = float(data["seconds"]), float(data["processor"])
        if processor > cap:
            return Measured(math.inf, math.inf)
        return Measured(seconds, processor, whole - seconds, data.get("memory", 0))


def _environment() -> dict[str, str]:
    """One thread and the same kernels for all, those of the engine: what differs is what running pages costs."""
    return os.environ | {
        **Host().environment(),
        "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "",
    }


Table = dict[tuple[str, Case], Measured]


def run(cases: Sequence[Case], cap: float, repeats: int) -> Table:
    """Every runner on its cases: the fastest of some rounds, since what else the machine does only adds. Runs of more
    than 5 seconds are not repeated, nor are peers, nor the smallest cases; a run that the next smaller one of its kind
    shows to be hopeless is taken as stopped."""
    table: Table = {}
    for case in cases:
        for number in range(repeats if case.blocks > 10 else 1):
            for runner in RUNNERS:
                key = (runner.name, case)
                peer = runner in PEERS
                if (peer and (case.blocks, case.a_page) not in FOR_PEERS) or (
                    number and (peer or table[key].processor > 5.0)
                ):
                    continue
                new = (
                    Measured(math.inf, math.inf) if _hopeless(table, runner, case, cap) else measure(runner, case, cap)
                )
                old = table.get(key, new)
                # Each figure is the least that was seen: rounds disturb the clock and the processors differently.
                table[key] = Measured(
                    min(old.seconds, new.seconds),
                    min(old.processor, new.processor),
                    min(old.start, new.start),
                    max(old.memory, new.memory),
                )
        for runner in RUNNERS:
            if (runner.name, case) in table:
                print(case.kind, case.blocks, case.a_page, runner.name, table[runner.name, case], file=sys.stderr)
    return table


def _hopeless(table: Table, runner: Runner, case: Case, cap: float) -> bool:
    """Whether a case, growing no faster than its blocks, takes twice the time that it is given."""
    smaller = [
        (c.blocks, done.processor)
        for (name, c), done in table.items()
        if name == runner.name and c.kind == case.kind and c.blocks < case.blocks and c.a_page <= case.a_page
    ]
    return any(seconds / blocks * case.blocks > 2 * cap for blocks, seconds in smaller)


def exponent(table: Table, runner: Runner, cases: Sequence[Case]) -> float | None:
    """The slope of log seconds against log blocks, by least squares; None unless two cases ended that took 10 ms or
    more (less is chance)."""
    runs = [(case.blocks, table[runner.name, case].seconds) for case in cases if (runner.name, case) in table]
    points = [(math.log(blocks), seconds) for blocks, seconds in runs if 0.01 <= seconds < math.inf]
    if len(points) < 2:
        return None
    logs = [(x, math.log(seconds)) for x, seconds in points]
    x0, y0 = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    return sum((x - x0) * (y - y0) for x, y in logs) / sum((x - x0) ** 2 for x, _ in logs)


_MARKS = ("<!-- bench -->", "<!-- /bench -->")


def written(page: str, tables: str) -> str:
    """A page with tables between its marks.

    Raises:
        ValueError: it has no such marks, or has them twice.
    """
    start, end = _MARKS
    if page.count(start) != 1 or page.count(end) != 1 or page.index(end) < page.index(start):
        raise ValueError(f"the page needs one line `{start}` and below it one line `{end}`")
    return f"{page.partition(start)[0]}{start}\n\n{tables.strip()}\n\n{end}{page.partition(end)[2]}"


def main() -> None:
    """Measure, and print or write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="no case of more than 100 blocks, each once")
    parser.add_argument("--cap", type=float, default=40.0, help="processor seconds that a run may take (default 40)")
    parser.add_argument("--repeats", type=int, default=2, help="runs of each case; the least counts (default 2)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write them between the marks of this page")
    options = parser.parse_args()
    import live
    from report import tables

    page = options.write.read_text(encoding="utf-8") if options.write else "\n".join(_MARKS)
    written(page, "")  # a page without marks is found out before an hour is spent
    cases = [case for case in CASES if case.blocks <= 100 or not options.quick]
    began = time.perf_counter()
    measured = run(cases, options.cap, 1 if options.quick else options.repeats)
    seen = live.measure(pages=5 if options.quick else 20, edits=3)
    text = tables(measured, cases, options.cap, seen, time.perf_counter() - began)
    if options.write:
        options.write.write_text(written(page, text), encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
