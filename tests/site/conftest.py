"""The real site, built once, and served at its own origin."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))  # `built`, however pytest imports its files

from built import ORIGIN, Site, build, serve


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The built site. Workers of one run share it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        directory = tmp_path_factory.mktemp("site")
        build(directory)
        return Site(directory, ORIGIN)
    shared = tmp_path_factory.getbasetemp().parent
    directory, done = shared / "site", shared / "site-is-built"
    with FileLock(shared / "site.lock"):
        if not done.exists():
            build(directory)
            done.touch()
    return Site(directory, ORIGIN)


@pytest.fixture(scope="session")
def served(site: Site) -> Iterator[Site]:
    """The site, served."""
    with serve(site) as reachable:
        yield reachable
