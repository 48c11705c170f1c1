"""What running pages costs: this engine, two floors and the tools that people use today, on the same blocks in one run.

    python bench/engine.py [--quick] [--write docs/performance.md]

Run it with an environment that has `requirements.txt` and `bench/requirements.txt`. Nothing here decides a test.
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

import pages  # noqa: E402 — found beside this file
from pages import Block, Case  # noqa: E402

from proofread.outputs.run import Host  # noqa: E402 — found above it

Writer = Callable[[Path, Sequence[Sequence[Block]]], None]


@dataclass(frozen=True)
class Runner:
    """Something that runs pages."""

    name: str
    write: Writer
    options: tuple[str, ...] = ()
    """Of pytest; a runner without options is `bare.py`."""
    checks: str = "否"
    """Whether it compares what a block prints with what the page shows."""


_MARKDOWN = ("-p", "pytest_markdown_docs.plugin", "--markdown-docs")
RUNNERS = (
    Runner("本站引擎", pages.shown, (*_MARKDOWN, "-p", "proofread.faces.pytest"), "是"),
    Runner("`exec`（下限一）", pages.plain),
    Runner("pytest 函数（下限二）", pages.functions, ("-p", "no:doctest")),
    Runner("pytest-markdown-docs", pages.continued, _MARKDOWN),
    Runner("Sybil", pages.sybil, ("-p", "no:doctest")),
    Runner("pytest-examples", pages.examples, ("-p", "pytest_examples"), "是"),
    Runner("nbval", pages.notebooks, ("-p", "nbval.plugin", "--nbval"), "是"),
)
ENGINE, EXEC, FUNCTIONS = RUNNERS[:3]
CASES = tuple(
    Case(kind, blocks, a_page)
    for kind in ("tensor", "trivial")
    for blocks, a_page in ((10, 1), (10, 10), (100, 1), (100, 10), (100, 100), (1000, 1), (1000, 10), (1000, 100))
)


@dataclass(frozen=True)
class Measured:
    """One run of one case."""

    seconds: float
    """What the counted pages took; infinite if the run had to be stopped."""
    start: float = 0.0
    """What everything else took: the interpreter, imports, pytest itself, the page that warms up."""
    memory: int = 0
    """The largest size of the process that collects and compares, in KiB."""


class Failed(Exception):
    """A runner that did not run what it was given."""


def measure(runner: Runner, case: Case, cap: float) -> Measured:
    """Run a case once; at most `cap` seconds.

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
        try:
            output, _ = process.communicate(timeout=cap + 20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Measured(math.inf)
        whole = time.perf_counter() - begin
        if process.returncode:
            raise Failed(f"{runner.name}, {case}:\n{output[-3000:]}")
        data = json.loads(result.read_text(encoding="utf-8") if runner.options else output)
        if data.get("items", case.blocks) != case.blocks:
            raise Failed(f"{runner.name}, {case}: ran {data['items']} blocks of {case.blocks}")
        seconds = float(data["seconds"])
        return Measured(seconds if seconds <= cap else math.inf, whole - seconds, data.get("memory", 0))


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
    """Every runner on every case: the fastest of some rounds, since what else the machine does only adds.

    A runner that one case stops is not given a larger one of its kind and layout. Slow cases run once.
    """
    table: Table = {}
    for case in cases:
        for number in range(repeats):
            for runner in RUNNERS:
                key = (runner.name, case)
                if number and table[key].seconds > 5.0:
                    continue
                smaller = [
                    c for c in cases if (c.kind, c.a_page) == (case.kind, case.a_page) and c.blocks < case.blocks
                ]
                stopped = any(math.isinf(table[runner.name, c].seconds) for c in smaller)
                new = Measured(math.inf) if stopped else measure(runner, case, cap)
                table[key] = min(table.get(key, new), new, key=lambda run: run.seconds)
        for runner in RUNNERS:
            print(f"{case.kind} {case.blocks} {case.a_page} {runner.name} {table[runner.name, case]}", file=sys.stderr)
    return table


def exponent(table: Table, runner: Runner, cases: Sequence[Case]) -> float | None:
    """The slope of log seconds against log blocks, by least squares; None unless all cases ended."""
    points = [(math.log(case.blocks), table[runner.name, case].seconds) for case in cases]
    if len(points) < 2 or any(math.isinf(seconds) for _, seconds in points):
        return None
    logs = [(x, math.log(seconds)) for x, seconds in points]
    x0, y0 = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    return sum((x - x0) * (y - y0) for x, y in logs) / sum((x - x0) ** 2 for x, _ in logs)


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="small cases only, once each")
    parser.add_argument("--cap", type=float, default=60.0, help="seconds after which a run is stopped (default 60)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each case; the fastest counts (default 3)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="the page to write (default: print it)")
    options = parser.parse_args()
    from report import page

    cases = [case for case in CASES if case.blocks <= 100] if options.quick else list(CASES)
    text = page(run(cases, options.cap, 1 if options.quick else options.repeats), cases, options.cap)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
