"""A pytest plug-in: the seconds from the first counted item to the end, and those of collection.

What an import, pytest's own start or a warm-up page takes is not in them.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_times: dict[str, float] = {}
_items = {"count": 0}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Time what collection takes."""
    start = time.perf_counter()
    result = yield
    _times["collection"] = time.perf_counter() - start
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note when the first item that is not warming up begins."""
    if "warm_up" not in item.nodeid:
        _times.setdefault("first", time.perf_counter())
        _items["count"] += 1
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write what was measured where the benchmark looks for it."""
    end = time.perf_counter()
    measured = {
        "seconds": _times["collection"] + end - _times.get("first", end),
        "items": _items["count"],
        "status": int(exitstatus),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
    Path(os.environ["BENCH_RESULT"]).write_text(json.dumps(measured), encoding="utf-8")
