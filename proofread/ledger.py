"""The ledger: how much of each page is checked. One committed file, so that checking less is always done on purpose.

A page's entry counts its blocks, output lines and formulas by what becomes of them, and lists the names that its
formulas define (a slip on a left side must not quietly turn a claim into a definition).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proofread.outputs.expect import FIGURE, parse
from proofread.page import PYTHON, Block, Page
from proofread.report import Finding

#: Counts of things that are checked: fewer of them is a loss.
_CHECKED = frozenset({"run", "lines", "errors", "figures", "verified", "refuted"})
#: Counts of things that are not: more of them is a loss.
_UNCHECKED = frozenset({"notest", "approx", "wildcards", "skipped", "assumed"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What one page holds."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Blocks: run, notest, approx. Their outputs: lines, wildcards (lines with `...`), errors (`#!` lines), figures.
    Formulas by status: verified, refuted, defined, declared, expression, assumed, skipped."""
    defines: tuple[str, ...] = ()
    """Names that formulas define, sorted; a name defined in several sections stands several times."""

    def row(self) -> dict[str, Any]:
        """The entry as the file holds it."""
        return {**dict(sorted(self.counts.items())), "defines": list(self.defines)}


def entry(page: Page, findings: Iterable[Finding]) -> Entry:
    """A page's entry, from its blocks as written and its formulas as found."""
    counts: Counter[str] = Counter()
    names: list[str] = []
    for block in page.blocks:
        counts.update(_block(block))
    for finding in findings:
        if finding.kind == "formula" and not finding.fault:
            counts[finding.status] += 1
        if finding.kind == "formula" and isinstance(defined := finding.details.get("defines"), list | tuple):
            names += map(str, defined)
    return Entry({k: n for k, n in counts.items() if n}, tuple(sorted(names)))


def _block(block: Block) -> Counter[str]:
    counts: Counter[str] = Counter()
    if block.draws:
        return Counter(figures=1)
    if block.language not in PYTHON:
        return counts
    if not block.runs:
        return Counter(notest=1)
    counts["run"] = 1
    counts["approx"] = int("approx" in block.options)
    for statement in parse(block.source).statements:
        for line in statement.expected:
            figure = line.kind == ">" and FIGURE.fullmatch(line.text)
            counts["figures" if figure else "errors" if line.kind == "!" else "lines"] += 1
            counts["wildcards"] += "..." in line.text and not figure
    return counts


def losses(before: Entry, now: Entry) -> list[str]:
    """What is checked less than before, in words; empty if nothing is."""
    found = []
    for name in sorted(_CHECKED | _UNCHECKED):
        old, new = before.counts.get(name, 0), now.counts.get(name, 0)
        if (new < old) if name in _CHECKED else (new > old):
            found.append(f"{name}: {old} → {new}")
    added = Counter(now.defines) - Counter(before.defines)
    if added:
        found.append(f"newly defined: {', '.join(sorted(added))} (or is it a claim with a slip on its left side?)")
    return found


def changes(before: Entry, now: Entry) -> list[str]:
    """Every difference, in words."""
    names = sorted({*before.counts, *now.counts})
    found = [
        f"{name}: {before.counts.get(name, 0)} → {now.counts.get(name, 0)}"
        for name in names
        if before.counts.get(name, 0) != now.counts.get(name, 0)
    ]
    if before.defines != now.defines:
        found.append(f"defines: {', '.join(before.defines) or 'nothing'} → {', '.join(now.defines) or 'nothing'}")
    return found


def load(text: str) -> dict[str, Entry]:
    """A ledger file's entries by page.

    Raises:
        ValueError: the text is not a ledger.
    """
    try:
        rows = json.loads(text)
        return {
            page: Entry({k: int(n) for k, n in row.items() if k != "defines"}, tuple(row["defines"]))
            for page, row in rows.items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is not a ledger ({error}); restore it from version control") from None


def dump(entries: Mapping[str, Entry]) -> str:
    """A ledger file: one line a page, in order, so that a change reads well in a diff."""
    rows = [
        f" {json.dumps(page, ensure_ascii=False)}: {json.dumps(entries[page].row(), ensure_ascii=False)}"
        for page in sorted(entries)
    ]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def total(entries: Sequence[Entry]) -> Entry:
    """All pages together."""
    counts: Counter[str] = Counter()
    for one in entries:
        counts.update(one.counts)
    return Entry(counts)
