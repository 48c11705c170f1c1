"""Derivatives by a symmetric matrix, on which textbooks differ, pass only where they are symmetric."""

from __future__ import annotations

import pytest
from notes import last

SAID = r"设 $X\in\mathbb S^n$，$A\in\mathbb R^{n\times n}$，$x,y\in\mathbb R^n$。则 "
CLAIMS = [
    (r"\frac{\partial}{\partial X}\operatorname{tr}((A+A^\top)X) = A+A^\top",
     r"\frac{\partial}{\partial X}\operatorname{tr}(AX) = A^\top"),
    (r"\nabla_X(x^\top Xx) = xx^\top", r"\nabla_X(x^\top Xy) = xy^\top"),
    (r"\frac{\partial\operatorname{tr}X}{\partial x_{ij}} = \delta_{ij}",
     r"\frac{\partial x_{ij}}{\partial x_{kl}} = \delta_{ik}\delta_{jl}"),
]  # fmt: skip


@pytest.mark.parametrize(("agreed", "disputed"), CLAIMS)
def test_a_lopsided_derivative_by_a_symmetric_matrix_is_refused(agreed: str, disputed: str) -> None:
    assert last(f"{SAID}${agreed}$。").status == "verified"
    found = last(f"{SAID}${disputed}$。")
    assert found.status == "unreadable" and "books differ" in found.message
    free = SAID.replace("S^n", r"R^{n\times n}")
    assert last(f"{free}${disputed}$。").status == "verified"


def test_a_hypothesis_makes_it_symmetric_too() -> None:
    said = SAID.replace("S^n", r"R^{n\times n}").replace("。则", r"，$X = X^\top$。则")
    assert last(f"{said}${CLAIMS[0][0]}$。").status == "verified"
    assert last(f"{said}${CLAIMS[0][1]}$。").status == "unreadable"


def test_differentials_by_a_symmetric_matrix_hold() -> None:
    assert last(SAID + r"$\mathrm d\operatorname{tr}(AX) = \operatorname{tr}(A\,\mathrm dX)$。").status == "verified"


def test_a_derivative_that_a_definition_hides_is_refused_too() -> None:
    hidden = r"$f(X) = \operatorname{tr}(AX)$，$G = \nabla f(X)$。于是 $G = A^\top$。"
    assert last(SAID.replace("则 ", "令 ") + hidden).status == "unreadable"
