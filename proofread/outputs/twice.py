"""A page run twice: what is not the same both times depends on chance, on time, or on the order of a set.

The second run has another hash seed, another parent process (other addresses) and the date of another time zone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from proofread.outputs.expect import FIGURE, Ran, Statement, lines_match, messages_match, side_by_side, visible
from proofread.outputs.run import BlockResult, Host, Limits
from proofread.page import Page
from proofread.report import Finding


def host(limits: Limits) -> Host:
    """The parent process of second runs."""
    # Twelve hours or more from UTC, on the side where it is another day.
    other_day = "WEST+12" if time.gmtime().tm_hour < 12 else "EAST-14"
    return Host(limits, hash_seed=4242, time_zone=other_day)


def differences(page: Page, first: Sequence[BlockResult], second: Sequence[BlockResult]) -> dict[str, str]:
    """By the names of blocks: how their runs differ in what the page does not declare to vary (`...`, `approx`)."""
    found = {}
    for one, two in zip(first, second, strict=True):
        if text := _difference(page, one, two):
            found[one.block.name] = "\n".join(map(visible, text.split("\n")))
    return found


def told(findings: Iterable[Finding], differences: Mapping[str, str]) -> list[Finding]:
    """A page's findings, with the differences among them."""
    rows = []
    for row in findings:
        name = row.details.get("name")
        if row.kind == "block" and isinstance(name, str) and name in differences:
            message = "\n".join(filter(None, [row.message, differences[name]]))
            row = replace(row, status=row.status if row.fault else "failed", message=message)
        rows.append(row)
    return rows


def _difference(page: Page, one: BlockResult, two: BlockResult) -> str:
    approx = "approx" in one.block.options
    for statement, a, b in zip(one.script.statements, one.ran, two.ran, strict=False):
        if a == b or (_as_written(statement, a, approx) and _as_written(statement, b, approx)):
            continue
        if a.figures != b.figures and a.printed == b.printed and a.messages == b.messages:
            return f"{one.place(page.path, statement.start)}: draws another figure in a second run"
        headline = (
            f"{one.place(page.path, statement.start)}: not the same in a second run (chance, time, order of a set)"
        )
        rows = side_by_side(
            (*a.printed, *a.complaints), (*b.printed, *b.complaints), approx, ("first run", "second run")
        )
        return "\n".join([headline, *rows])
    if one.status != two.status:
        what = f"{one.status} in the first run, {two.status} in a second"
        return f"{one.place(page.path, None)}: {what}\n{two.message(page.path) or one.message(page.path)}"
    return ""


def _as_written(statement: Statement, ran: Ran, approx: bool) -> bool:
    """Whether a statement did what the page says, figures apart."""
    text = [line for line in statement.printed if not FIGURE.fullmatch(line)]
    return not ran.figures and lines_match(text, ran.printed, approx) and messages_match(statement.raised, ran.messages)
