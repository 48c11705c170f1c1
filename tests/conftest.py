"""For all tests: a real pytest inside pytest, and no Markdown file below `tests/` is a page of ours; and one
Chromium to read the site and its graphs with: a process can hold only one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]
collect_ignore_glob = ["*.md"]

_FIRST = tuple(
    Path(__file__).parent / name for name in ("site/test_browser.py", "zensical", "notebook", "labs", "site", "faces")
)
"""They build sites, start kernels and browsers, and wait: begun first, no worker idles beside the last of them. One
builds the site that others share."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first; otherwise as collected."""
    items.sort(key=lambda item: next((k for k, p in enumerate(_FIRST) if item.path.is_relative_to(p)), len(_FIRST)))


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class Browser:
    """Chromium, patient: how busy the machine is must not decide a test."""

    def __init__(self, chromium: Any) -> None:
        self._chromium = chromium

    def new_context(self, **options: Any) -> Any:
        context = self._chromium.new_context(**options)
        context.set_default_timeout(180_000)
        return context


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the machine. Without one the tests are skipped; in CI that is a failure."""
    path = _chromium()
    if path is None:
        message = "No Chromium on this machine: the site was not looked at in a browser (install `chromium`)."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)  # an author without Chromium may run the rest; CI never comes here
    from playwright.sync_api import sync_playwright

    quiet = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
             "disable-component-update", "disable-sync"]  # fmt: skip
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[f"--{name}" for name in quiet])
        yield Browser(chromium)
        chromium.close()
