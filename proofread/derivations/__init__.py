"""Derivations that are checked: from the LaTeX on a page to autograd.

`check` gives one finding for every formula of a page and for every mark that is wrong. Modules, from the bottom up:
`lex` tokens → `shape` groups, scripts, rows → `resolve` (with `symbols`, `dots`) meaning → `nodes` → `infer` shapes →
`evaluate` and `derive` values → `sample` inputs → `verify` claims → `statements`, `check` pages → `diagnose` messages.
"""

from __future__ import annotations

import torch

from proofread.derivations.check import LIMIT, Checker
from proofread.page import Page
from proofread.report import Finding


def check(page: Page, *, layout: str = "mixed", seed: int = 0, limit: float = LIMIT) -> list[Finding]:
    """One finding per formula and per wrong mark of a page, in page order; it never raises for what a page holds.

    `layout` is `mixed` (a scalar's gradient has the variable's shape, a vector's derivative is the Jacobian),
    `denominator` or `numerator`, until a mark says otherwise; `seed` moves all draws; `limit` is the number of
    seconds one formula may take.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the tensors are small: more threads only wait for each other
    try:
        return Checker(page, layout, seed, limit).run()
    finally:
        torch.set_num_threads(threads)


__all__ = ["check"]
