"""A pytest plug-in: what the counted items and the collection take, on the clock and of the processors.

What an import, pytest's own start or a warm-up page takes is not in them.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest


def used_by(pid: int) -> float:
    """Processor seconds of a process and of all that it has started."""
    used = 0.0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it ended meanwhile: its parent has its time
            times = process.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


@dataclass(frozen=True)
class Moment:
    """The clock, and the processor time of this process and of all it has started, in seconds."""

    clock: float
    processor: float

    @staticmethod
    def now() -> Moment:
        return Moment(time.perf_counter(), used_by(os.getpid()))

    def since(self, start: Moment) -> Moment:
        return Moment(self.clock - start.clock, self.processor - start.processor)


_times: dict[str, Moment] = {}
_items = {"count": 0}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Time what collection takes."""
    start = Moment.now()
    result = yield
    _times["collection"] = Moment.now().since(start)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note when the first item that is not warming up begins."""
    if "warm_up" not in item.nodeid:
        if "first" not in _times:
            _times["first"] = Moment.now()
        _items["count"] += 1
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write what was measured where the benchmark looks for it."""
    end = Moment.now()
    run = end.since(_times.get("first", end))
    measured = {
        "seconds": _times["collection"].clock + run.clock,
        "processor": _times["collection"].processor + run.processor,
        "items": _items["count"],
        "status": int(exitstatus),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(measured), encoding="utf-8")
