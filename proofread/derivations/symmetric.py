"""Derivatives by a symmetric matrix, on which textbooks differ: here its entries are varied one by one, as if it were
any matrix. Where that gives something that is not symmetric, no convention for symmetric ones gives the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from proofread.derivations import readings, verify
from proofread.derivations.claims import Claim, Setting
from proofread.derivations.lex import Refusal, ambiguous
from proofread.derivations.nodes import Apply, Deriv, Entry, Node, T, Var, walk
from proofread.derivations.traits import traits_of

SYMMETRIC = frozenset(["symmetric", "psd", "pd"])


def refuse(claim: Claim, setting: Setting) -> None:
    """Refuse a claim that holds, but only if a symmetric variable is varied as if it were none.

    Raises:
        Refusal: a derivative by a symmetric matrix, or by an entry of it, is not symmetric.
    """
    for node in dict.fromkeys(_derivatives(claim.sides, setting)):
        matrix = node.var.base if isinstance(node.var, Entry) else node.var
        if not isinstance(matrix, Var) or not _symmetric(matrix, claim, setting):
            continue
        if _lopsided(replace(node, var=matrix), claim, setting):
            name = matrix.name.partition("|")[0]
            raise ambiguous(f"{name} is symmetric, and books differ on a derivative by it: differentiate by any "
                            f"{name} ∈ ℝ^{{n×n}}, and put the symmetric one in after that, or write the differential")


def _derivatives(sides: tuple[Node, ...], setting: Setting) -> Iterator[Deriv]:
    """The derivatives by a matrix or one of its entries, in definitions too."""
    found = [setting.symbols.get(name) for name in sorted(setting.symbols.closure([*sides]))]
    for root in (*sides, *(symbol.definition for symbol in found if symbol is not None and symbol.definition)):
        for node in walk(root):
            if isinstance(node, Deriv) and isinstance(node.var, (Var, Entry)):
                yield node


def _symmetric(matrix: Var, claim: Claim, setting: Setting) -> bool:
    symbol = setting.symbols.get(matrix.name)
    if symbol is None or symbol.shape.scalar or symbol.definition is not None:
        return False
    _, used = readings.relevant([matrix], setting, claim.premises)
    traits, _ = traits_of([*used, *claim.premises], setting.symbols)
    words = traits[matrix.name].words if matrix.name in traits else set()
    return bool(SYMMETRIC & (symbol.traits | words))


def _lopsided(node: Deriv, claim: Claim, setting: Setting) -> bool:
    """Whether the derivative of a number is not symmetric; those of functions known by their signatures are let be."""
    if any(isinstance(each, Apply) and (symbol := setting.symbols.get(each.name)) is not None and symbol.domain
           for each in walk(node)):  # fmt: skip
        return False
    turned = replace(claim, sides=(node, T(node)), relations=("=",))
    try:
        return not verify.check(turned, replace(setting, sizes=1)).holds
    except Refusal:
        return False
