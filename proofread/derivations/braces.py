"""What stands below a brace: `\\underbrace{A + A^⊤}_{= 2A}` states an equality, `_{=: B}` gives a name; other notes
state nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proofread.derivations import definitions, statements
from proofread.derivations.claims import Claim, Setting
from proofread.derivations.items import flattened
from proofread.derivations.outcome import Outcome
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import RELATIONS, Item, Items
from proofread.derivations.statements import Part
from proofread.page import Formula

if TYPE_CHECKING:
    from proofread.derivations.check import Checker


def notes(items: Items) -> list[tuple[Item, Part]]:
    """The braces of some items whose notes hold a relation, with what it states of what stands in the brace."""
    out = []
    for item in flattened(items):
        if not any(each.kind == "op" and each.text in (*RELATIONS, "=:") for each in item.note):
            continue
        inner = replace(item, text="()", note=())
        note = tuple(replace(each, text=":=" if each.text == "=:" else each.text) for each in item.note)
        out.append((inner, statements.classify((inner, *note) if note[0].text in RELATIONS else note)))
    return out


def stated(checker: Checker, part: Part, formula: Formula, setting: Setting) -> list[Outcome]:
    """What the notes below the braces of a statement come to, after the statement itself.

    Raises:
        Refusal: a note is not read, or is a relation that is not checked.
    """
    out = []
    for inner, note in notes(part.items):
        if note.kind == "declaration":  # ∈ ℝ^n
            chain = Part("chain", note.items, ((inner,), (inner,), note.pieces[1]), ("=", "∈"))
            out.append(definitions.with_set(checker, chain, formula, setting, False))
            continue
        name = note.pieces[-1]
        told = Part("chain", note.items, (name, (inner,)), ("=",))
        single = note.relations in (("=",), (":=",), ("≡",)) and len(name) == 1 and name[0].kind == "name"
        if single and Resolver(checker.symbols).lookup(name[0])[0] is None and (
            target := definitions.defined_name(checker, *told.pieces)
        ):
            out.append(definitions.define(checker, told, target, formula, setting, False))
            continue
        resolver = Resolver(checker.symbols)
        sides = tuple(resolver.side(side) for side in note.pieces)
        relations = tuple("=" if each == ":=" else each for each in note.relations)
        out.append(checker.verdict(Claim(sides, relations), formula, setting, [], note))
    return out
