"""Planted errors: which there are, and that a page of identities catches them."""

from __future__ import annotations

from notes import read

from proofread.derivations.mutants import mutants, plant

PAGE = r"""设 $A\in\mathbb R^{m\times n}$，$S\in\mathbb R^{n\times n}$，$x, a\in\mathbb R^n$，$t\in\mathbb R$。

$$\nabla_x (x^\top S x) = Sx + S^\top x$$

$\frac{\partial (Ax)_i}{\partial x_j} = A_{ij}$，$\nabla_x \|Ax\|^2 = 2A^\top A x$，$\frac{d}{dt}\sin t = \cos t$，
$\nabla_S (a^\top S x) = a x^\top$，$(a^\top x)^2 = \sum_{i,j} a_i a_j x_i x_j$
"""


def test_kinds() -> None:
    """Each kind of error is planted, one at a time, and never the formula itself."""
    tex = r"\nabla f(x) = 2 A^\top B x - x^2 \sin t + A_{ij}"
    found = mutants(tex)
    assert {mutant.kind for mutant in found} == {
        "transpose", "sign", "factor", "index", "order", "function", "term", "exponent"}  # fmt: skip
    assert r"\nabla f(x) = 2 A B x - x^2 \sin t + A_{ij}" in [mutant.tex for mutant in found]
    assert r"\nabla f(x) = 2 A^\top B x + x^2 \sin t + A_{ij}" in [mutant.tex for mutant in found]
    assert r"\nabla f(x) = 2 A^\top B x - x^2 \cos t + A_{ij}" in [mutant.tex for mutant in found]
    assert len({mutant.tex for mutant in found} | {tex}) == len(found) + 1


def test_no_relation_no_mutant() -> None:
    """Mentions and what cannot be lexed have none."""
    assert mutants(r"\nabla f") == mutants(r"x = \left") == []


def test_all_are_caught() -> None:
    """On a page of identities every planted error is caught, and the page's own findings stay what they were."""
    planted = plant(read(PAGE))
    assert len(planted) > 40
    # S for its transpose inside a quadratic form is the same function
    survivors = {each.mutant.tex for each in planted if not each.caught}
    assert survivors == {r"\nabla_x (x^\top S^\top x) = Sx + S^\top x"}
