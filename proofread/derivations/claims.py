"""What is checked, under what, and what came of it: claims, settings, verdicts and failures."""

from __future__ import annotations

from dataclasses import dataclass, field

from proofread.derivations.nodes import Node
from proofread.derivations.sample import Sample
from proofread.derivations.symbols import Hypothesis, Symbols

SIZES = 3
ORDERS = frozenset(["<", ">", "≤", "≥", "≻", "⪰", "≺", "⪯"])
LOOSELY = {"<": "≤", ">": "≥", "≺": "⪯", "≻": "⪰"}
CHECKED = ORDERS | {"=", "≡"}


@dataclass
class Claim:
    """A chain `sides[0] relations[0] sides[1] …` under premises of its own."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    premises: tuple[Hypothesis, ...] = ()
    conditions: tuple[Node, ...] = ()
    """Conditions on free indices, such as i ≠ j."""


@dataclass
class Failure:
    """Where a chain fails."""

    step: int
    """From 0, among the relations."""
    sizes: dict[str, int]
    left: float
    right: float
    entry: tuple[int, int] | None
    indices: dict[str, int]
    holding: tuple[int, ...] = ()
    """Steps that hold."""
    hint: str = ""
    """What an author may have forgotten."""


@dataclass
class Verdict:
    """What checking a claim gave."""

    sides: tuple[Node, ...]
    failure: Failure | None = None
    sizes: list[dict[str, int]] = field(default_factory=list)
    draws: int = 0
    error: float = 0.0
    derivative_gap: float = 0.0
    derivatives: int = 0
    holds: bool = False
    met: bool = False
    """Some values of the free indices meet the conditions on them, for some sizes."""


@dataclass(frozen=True)
class Setting:
    """What a claim is checked under."""

    symbols: Symbols
    seed: int
    deadline: float
    sizes: int = SIZES
    hints: bool = True
    samples: dict[object, Sample] | None = None
    """Those drawn already, by what they are of, while changes of one claim are tried; None: each is drawn anew."""
