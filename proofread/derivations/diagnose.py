"""What to tell the author of a formula that fails: which step, with numbers, and a change that would make it hold."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace

from proofread.derivations.claims import Claim, Setting, Verdict
from proofread.derivations.lex import Refusal
from proofread.derivations.nodes import (
    Add,
    Compare,
    Deriv,
    Differential,
    Div,
    Mul,
    Node,
    Num,
    Pow,
    T,
    Var,
    dump,
    show,
    transform,
    walk,
)  # fmt: skip
from proofread.derivations.readings import expand_choices
from proofread.derivations.shape import Items
from proofread.derivations.statements import Part
from proofread.derivations.symbols import Hypothesis
from proofread.derivations.verify import check

#: Changes that the search for a hint tries (a count, so that messages do not depend on the clock).
TRIES = 24
#: Seconds after which it gives up all the same.
BUDGET = 2.0
FACTORS = [(-1.0, "-1"), (2.0, "2"), (0.5, "1/2"), (-2.0, "-2"), (-0.5, "-1/2"), (4.0, "4"), (0.25, "1/4"), (3.0, "3")]

OTHER = {"mixed": "denominator", "denominator": "numerator", "numerator": "denominator"}


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
    if relation == "=" and number(failure.left) == number(failure.right):
        line = f"  {failure.left:.15g} {opposite} {failure.right:.15g}"
    if where:
        line += " " + ", ".join(where) if failure.entry else " for " + ", ".join(where)
    if steps > 1:
        held = [str(step + 1) for step in failure.holding]
        line += "; " + (f"step{'s' if len(held) > 1 else ''} {' and '.join(held)} hold{'' if len(held) > 1 else 's'}"
                        if held else "no other step holds")  # fmt: skip
    lines.append(line)
    lines.append(f"  read as  {show(verdict.sides[k])}  {relation}  {show(verdict.sides[k + 1])}")
    if failure.hint:
        lines.append(f"  hint: {failure.hint}")
    elif relation == "=" and setting.hints:
        step_claim = replace(claim, sides=verdict.sides[k : k + 2], relations=("=",))
        found = hint(step_claim, setting)
        if found:
            lines.append(f"  hint: {found}")
    return "\n".join(lines)


def holds(claim: Claim, setting: Setting) -> bool:
    """Whether a changed claim holds on two choices of sizes; most fail on the first, and the second is spared."""
    try:
        return all(check(claim, replace(setting, sizes=many)).holds for many in (1, 2))
    except Refusal:
        return False


def hint(claim: Claim, setting: Setting) -> str:
    """A change to one side, a hypothesis or a layout under which the step holds on all draws, or nothing."""
    stop = time.thread_time() + BUDGET
    setting = replace(setting, deadline=min(setting.deadline, stop), samples={})
    for text, changed in itertools.islice(changes(claim, setting), TRIES):
        if time.thread_time() > stop:
            return ""
        if holds(changed, setting):
            return text
    return ""


def changes(claim: Claim, setting: Setting) -> Iterator[tuple[str, Claim]]:
    """Changed claims, likely ones first, each with what to say if it holds."""
    left, right = claim.sides
    layout = setting.symbols.layout
    flipped = tuple(transform(side, lambda each: other_layout(each, layout)) for side in claim.sides)
    if any(dump(a) != dump(b) for a, b in zip(flipped, claim.sides, strict=True)):
        told = f"one side is the transpose of the other: holds with <!-- math: layout {OTHER[layout]} -->"
        yield told, replace(claim, sides=flipped)
    yield "one side is the transpose of the other", replace(claim, sides=(left, T(right)))
    for value, text in FACTORS[:5]:
        scaled = Mul((Num(value, text), right), (False, False))
        yield f"holds with the right side times {text}" if value != -1 else "the sign is wrong", replace(
            claim, sides=(left, scaled))  # fmt: skip
    seen: set[str] = set()
    for node in [each for side in claim.sides for each in walk(side)]:
        if isinstance(node, Var) and node.name not in seen:
            seen.add(node.name)
            symbol = setting.symbols.get(node.name)
            if symbol is None or symbol.kind != "array" or symbol.definition is not None or symbol.family:
                continue
            shape = symbol.shape
            if shape.rows is not None and shape.cols is not None and dump(shape.rows) == dump(shape.cols):
                relation = Compare("=", node, T(node))
                supposed = Hypothesis(relation, frozenset({node.name}), show(relation))
                yield f"holds if {node.name.split('|')[0]} is symmetric", replace(
                    claim, premises=(*claim.premises, supposed))  # fmt: skip
    targets = [node for node in walk(right) if isinstance(node, (Var, T, Mul, Pow, Div))][:10]
    for target in targets:
        if isinstance(target, T):
            swap: Node = target.body
            text = f"holds without the transpose of {show(target.body)}"
        elif isinstance(target, Var):
            symbol = setting.symbols.get(target.name)
            if symbol is None or symbol.shape.scalar:
                continue
            swap, text = T(target), f"a transpose is missing: {show(T(target))} for {show(target)}"
        elif isinstance(target, Mul) and len(target.factors) == 2:
            swap = Mul(target.factors[::-1], (False, False))
            text = f"holds with the order {show(swap)}"
        else:
            continue
        yield (
            text,
            replace(claim, sides=(left, swapped(right, target, swap))),
        )
    if isinstance(right, Add):
        for k in range(len(right.terms)):
            signs = tuple(-sign if j == k else sign for j, sign in enumerate(right.signs))
            yield f"holds with the other sign before {show(right.terms[k])}", replace(
                claim, sides=(left, Add(signs, right.terms)))  # fmt: skip
    for value, text in FACTORS[5:]:
        yield f"holds with the right side times {text}", replace(
            claim, sides=(left, Mul((Num(value, text), right), (False, False))))  # fmt: skip


def other_layout(node: Node, layout: str) -> Node:
    """A derivative in the page's layout, in the other one (Jacobians J_f have their own)."""
    return replace(node, layout=OTHER[layout]) if isinstance(node, Deriv) and node.layout == layout else node


def swapped(tree: Node, old: Node, new: Node) -> Node:
    """The tree with one node in another's place."""
    return transform(tree, lambda each: new if each is old else each)


def shape_hint(claim: Claim, setting: Setting) -> str:
    """For shapes that do not fit: a transpose or a layout under which a one-step claim holds."""
    if len(claim.sides) != 2 or claim.relations != ("=",) or not setting.hints:
        return ""
    stop = time.thread_time() + BUDGET
    setting = replace(setting, deadline=min(setting.deadline, stop), samples={})
    sides = next(expand_choices(claim.sides))
    for text, changed in itertools.islice(changes(replace(claim, sides=sides), setting), TRIES):
        if time.thread_time() > stop:
            return ""
        if "times" in text or "sign" in text:
            continue
        if holds(changed, setting):
            return text
    return ""


__all__ = ["Differential", "hint", "message", "shape_hint"]
