"""What a statement came to."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Statuses from the best to the worst: a formula has the worst of its statements.
RANK = [
    "verified",
    "refuted",
    "defined",
    "declared",
    "assumed",
    "expression",
    "skipped",
    "unreadable",
    "error",
    "false",
]


@dataclass
class Outcome:
    """What one statement of a formula came to."""

    status: str
    message: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    kind: str = ""
