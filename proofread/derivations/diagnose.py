"""What to tell the author of a formula that fails: which step, with numbers, and a change that would make it hold."""

from __future__ import annotations

from proofread.derivations.nodes import show
from proofread.derivations.shape import Items
from proofread.derivations.statements import Part
from proofread.derivations.verify import Claim, Setting, Verdict


def number(value: float) -> str:
    """A value as short as tells it from another."""
    return f"{value:.4g}"


def source(tex: str, items: Items) -> str:
    """The TeX of some items, on one line."""
    if not items:
        return ""
    return " ".join(tex[items[0].start : items[-1].end].split())


def message(place: str, claim: Claim, verdict: Verdict, setting: Setting, tex: str, part: Part) -> str:
    """Place, failing step, values at an entry, reading, hint."""
    failure = verdict.failure
    assert failure is not None
    steps = len(claim.relations)
    sides = [side for side in part.pieces if side]
    shift = len(sides) - len(claim.sides)
    k = failure.step
    texts = [source(tex, side) for side in sides]
    left = texts[k + shift] if 0 <= k + shift < len(texts) else show(claim.sides[k])
    right = texts[k + 1 + shift] if k + 1 + shift < len(texts) else show(claim.sides[k + 1])
    relation = claim.relations[k]
    lines = [f"{place}  step {k + 1} of {steps}: `{left}` {relation} `{right}` fails"]
    where = []
    if failure.entry:
        where.append(f"at entry ({failure.entry[0]},{failure.entry[1]})")
    where += [f"{name} = {value}" for name, value in {**failure.indices, **failure.sizes}.items()]
    opposite = {"=": "≠", "≤": ">", "≥": "<", "<": "≥", ">": "≤"}.get(relation, "vs")
    line = f"  {number(failure.left)} {opposite} {number(failure.right)}"
    if where:
        line += " " + ", ".join(where) if failure.entry else " for " + ", ".join(where)
    if steps > 1:
        held = [str(step + 1) for step in failure.holding]
        line += "; " + (f"step{'s' if len(held) > 1 else ''} {', '.join(held)} hold{'' if len(held) > 1 else 's'}"
                        if held else "no other step holds")  # fmt: skip
    lines.append(line)
    reading = f"  read as  {show(verdict.sides[k])}  {relation}  {show(verdict.sides[k + 1])}"
    lines.append(reading)
    return "\n".join(lines)


def shape_hint(claim: Claim, setting: Setting) -> str:
    return ""
