"""Implications: which statements are premises and conclusions, and what can be solved for."""

from __future__ import annotations

import pytest
from notes import judged, rows

MATRICES = r"设 $A, B, C \in \mathbb R^{n \times n}$，$u \in \mathbb R^n$，$x, y \in \mathbb R$。"
COMMUTING = r"AB = BA,\ A^\top = A,\ B^\top = B"
RIDGE = r"\nabla_W (\|XW - Y\|_F^2 + \lambda \|W\|_F^2)"
APART = r"A^2 = A, B^2 = B, AB = 0, BA = 0"


@pytest.mark.parametrize(
    ("true", "wrong"),
    [
        (r"A^2 = A,\; AB = 0 \implies A^2B = 0, ABB = 0", r"A^2 = A,\; AB = 0 \implies AB = 0, BA = 0"),
        (r"A^2 = A \land AB = 0 \implies A^2B = 0", r"A^2 = A \land AB = 0 \implies B = 0"),
        (r"x > 0 \text{ and } y > 0 \implies xy > 0", r"x > 0 \text{ 且 } y < 0 \implies xy > 0"),
        (r"0 < x, y < 1 \implies xy < 1", r"0 < x, y < 1 \implies x + y < 1"),
        (r"A^\top A = I \implies \|Au\| = \|u\|, |\det A| = 1", r"A^\top A = I \implies \|Au\| = \|u\|, \det A = 1"),
        (r"u_i > 0, i = 1, \ldots, n \implies \sum_i u_i > 0", r"u_i > 0, i = 1, \ldots, n \implies \sum_i u_i > 1"),
        (r"i \ne j, u_i = u_j \implies u_i^2 = u_j^2", r"u_i = u_j \implies u_i = 0"),
        (r"A^\top A = I \iff A A^\top = I, A^{-1} = A^\top", r"A^\top A = I \iff A A^\top = I, A = A^\top"),
    ],
)
def test_what_commas_join_to_an_implication(true: str, wrong: str) -> None:
    assert (judged(MATRICES, true), judged(MATRICES, wrong)) == ("verified", "false")


def test_what_a_quad_alone_sets_off_is_a_claim_of_its_own() -> None:
    *_, found = rows(MATRICES + "\n\n" + r"$$A^2 = A\quad AB = 0 \implies A^2B = 0$$")
    assert found.status == "false" and "`A^2` = `A` fails" in found.message


def test_premises_that_nothing_meets_are_refused() -> None:
    *_, found = rows(MATRICES + "\n\n" + r"$$x > 1, x < 0 \implies x = 7$$")
    assert found.status == "error" and "no number lies between" in found.message


@pytest.mark.parametrize(
    ("declared", "true", "wrong"),
    [
        # so many equations that those which draws meet anyway must not count
        (MATRICES, COMMUTING + r" \implies (AB)^\top = AB", COMMUTING + r" \implies (AB)^\top = A"),
        (MATRICES, APART + r" \implies (A + B)^2 = A + B", APART + r" \implies (A + B)^2 = A - B"),
        # Newton's steps leave the domain of the logarithm on some draws
        (r"设 $S, X \in \mathbb R^{n \times n}$，$S \succ 0$，$X \succ 0$。",
         r"\nabla_X (\log\det X - \operatorname{tr}(SX)) = 0 \implies X = S^{-1}",
         r"\nabla_X (\log\det X - \operatorname{tr}(SX)) = 0 \implies X = S"),
        (r"设 $X \in \mathbb R^{m \times n}$，$W \in \mathbb R^{n \times p}$，$Y \in \mathbb R^{m \times p}$，"
         r"$\lambda > 0$。",
         RIDGE + r" = 0 \implies W = X^\top (XX^\top + \lambda I)^{-1} Y",
         RIDGE + r" = 0 \implies W = X^\top (XX^\top - \lambda I)^{-1} Y"),
    ],
)  # fmt: skip
def test_premises_are_solved_for(declared: str, true: str, wrong: str) -> None:
    assert (judged(declared, true), judged(declared, wrong)) == ("verified", "false")
