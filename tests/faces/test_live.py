"""While writing: an edit of a page, or of its snippet, shows on the served page what no longer holds.

How long that takes is for `bench/live.py` to say: time decides no test.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))
import live  # found by the line above


@pytest.fixture(scope="module")
def site() -> Iterator[live.Site]:
    """A served site of one page."""
    with live.served(live.OURS, pages=1) as site:
        yield site


def test_an_edited_snippet_shows_the_expected_and_the_actual_output(site: live.Site) -> None:
    assert "cell-fault" not in site.page()
    site.edit("snippets/code0.py", "2 * x", "3 * x", lambda html: "cell-fault" in html)
    assert "tensor([ 4.,  8., 12.]) | tensor([ 6., 12., 18.])" in site.page()
    site.edit("snippets/code0.py", "3 * x", "2 * x", lambda html: "cell-fault" not in html)


def test_an_edited_output_shows_the_expected_and_the_actual_one(site: live.Site) -> None:
    site.edit("docs/page0.md", "#> tensor([ 4.", "#> tensor([ 5.", lambda html: "cell-fault" in html)
    assert "tensor([ 5.,  8., 12.]) | tensor([ 4.,  8., 12.])" in site.page()
    site.edit("docs/page0.md", "#> tensor([ 5.", "#> tensor([ 4.", lambda html: "cell-fault" not in html)


def test_an_edited_formula_shows_that_it_is_false(site: live.Site) -> None:
    site.edit("docs/page0.md", "= 2 A^", "= 3 A^", lambda html: "math-fault" in html)
    assert "fails" in site.page()
    site.edit("docs/page0.md", "= 3 A^", "= 2 A^", lambda html: "math-fault" not in html)
