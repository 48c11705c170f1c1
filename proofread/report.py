"""What a check found: one finding for every block and every formula, also those that hold."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Statuses of a formula or a block that are faults; every other status is good news or neutral.
FAULTS = frozenset({"failed", "error", "false", "unreadable"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of a report."""

    path: str
    """The page, as the author named it."""
    line: int
    """Page line (from 1) where the formula or block begins; of a formula's failing step, see `message`."""
    kind: str
    """`formula`, `block`, `mark` or `page`."""
    status: str
    """Of a formula: verified, refuted, defined, declared, expression, assumed, skipped, or a fault: false,
    unreadable, error. Of a block: passed, notest, or a fault: failed, error. Of a page or a mark: error."""
    source: str
    """What was checked, as the author wrote it (TeX without its dollars, or the block's code)."""
    message: str = ""
    """For a fault: where, what was expected, what was found, what to do. Several lines are allowed."""
    details: dict[str, object] = field(default_factory=dict)
    """Facts for the faces, JSON-ready: how a formula was read, sizes, draws, largest error, names defined …"""

    @property
    def fault(self) -> bool:
        """Whether this row must fail a build."""
        return self.status in FAULTS

    def row(self) -> dict[str, object]:
        """The row as `--json` prints it."""
        return {
            "path": self.path,
            "line": self.line,
            "kind": self.kind,
            "status": self.status,
            "source": self.source,
            "message": self.message,
            **self.details,
        }
