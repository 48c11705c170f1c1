"""Planted errors: which there are, and that a page of identities catches them."""

from __future__ import annotations

from notes import declared, read

from proofread.derivations import check
from proofread.derivations.mutants import Known, Planter, mutants

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


def variants(tex: str, known: Known | None = None) -> set[str]:
    return {mutant.tex for mutant in mutants(tex, known)}


def test_spaces_alone_are_no_error() -> None:
    """Swapping a name with itself only moves a space."""
    assert r"\mathrm{d} f = \mathrm{d} Z Z^{-1}" not in variants(r"\mathrm{d} f = \mathrm{d} Z \, Z^{-1}")


def test_scalars_commute_and_are_their_transposes() -> None:
    """Where a letter is a scalar it is neither moved nor transposed; a script is not left behind."""
    known = Known(scalars=frozenset("t"))
    assert {r"f = A t x", r"f = t^\top A x"} & variants("f = t A x", known) == set()
    assert {r"f = A t x", r"f = t^\top A x"} <= variants("f = t A x")
    assert r"f = A t^2" in variants(r"f = t A^2", known)


def test_symmetric_matrices_are_not_transposed() -> None:
    """Nor is the transpose of one dropped; an identity is always symmetric."""
    known = Known(symmetric=frozenset("S"))
    assert variants(r"y = S x", known) == {r"y = S x^\top", "y = x S", "y = - S x", "y = 2 S x", r"y^\top = S x"}
    assert r"y = S x" not in variants(r"y = S^\top x", known)
    assert r"y = S^{-1} x" not in variants(r"y = S^{-\top} x", known)


def test_all_that_a_trace_holds_may_be_transposed() -> None:
    """A trace, a determinant and a norm of one name ignore a transpose; of a product they do not."""
    for tex in (r"\operatorname{tr}(A) = 1", r"\mathrm{tr} A = 1", r"\det(A) = 1", r"|A| = 1", r"\|A\| = 1",
                r"\operatorname{tr}(\mathrm{d} A) = 1", r"\log |\det A| = 1"):  # fmt: skip
        assert not [mutant for mutant in mutants(tex) if mutant.kind == "transpose"], tex
    assert r"\operatorname{tr}(A B^\top) = 1" in variants(r"\operatorname{tr}(A B) = 1")
    assert r"\operatorname{tr} A^\top B = 1" in variants(r"\operatorname{tr} A B = 1")
    assert r"f(X^\top) = 1" in variants("f(X) = 1")
    assert r"f(z^\top) = 1" not in variants("f(z) = 1", Known(vectors=frozenset("z")))


def test_what_a_page_says_is_known() -> None:
    """Declared scalars and vectors, and matrices supposed symmetric."""
    text = (
        r"设 $t\in\mathbb R$，$x\in\mathbb R^n$，$A, S, P\in\mathbb R^{n\times n}$，$S = S^\top$，$P \succ 0$，"
        r"$Q \in \mathbb R^{n\times n}$ 对称，$q: \mathbb R^n \to \mathbb R$。"
    )
    known = Known.at(declared(text))
    assert known.symmetric == set("SPQI")
    assert known.vectors == {"x"} and {"t", "q"} <= known.scalars and not set("AxS") & known.scalars


def test_all_are_caught() -> None:
    """On a page of identities every planted error is caught; trying them again says the same."""
    planter = Planter(read(PAGE))
    found = planter.run()
    assert [(row.status, row.source) for row in found] == [(row.status, row.source) for row in check(read(PAGE))]
    assert len(planter.planted) > 40
    assert [each.planted for each in planter.planted if not planter.caught(each)] == []
    assert [each.planted for each in reversed(planter.planted) if not planter.caught(each)] == []
