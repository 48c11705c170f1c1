"""Derivatives of a function of several arguments by all of them, and powers beside an index."""

from __future__ import annotations

import pytest
from notes import judged

BANANA = r"设 $x, y\in\mathbb R$，$f(x, y) = (1-x)^2 + 100(y-x^2)^2$。"
POLAR = r"设 $r, \theta\in\mathbb R$，$g(r, \theta) = \begin{pmatrix}r\cos\theta\\ r\sin\theta\end{pmatrix}$。"
BLOCKS = r"设 $f:\mathbb R^n\times\mathbb R^m\to\mathbb R$，$x\in\mathbb R^n$，$y\in\mathbb R^m$。"
MATRIX = r"设 $A\in\mathbb R^{n\times n}$ 可逆，$X\in\mathbb R^{m\times n}$，$m\ge n$。"
TUPLE = r"设 $x = (x_1, \ldots, x_n)^\top\in\mathbb R^n$，$v = (a_1, \ldots, a_n)^\top\in\mathbb R^n$。"

CASES = [
    (BANANA, r"\nabla f(x, y) = \begin{pmatrix}-2(1-x) - 400x(y-x^2)\\ 200(y-x^2)\end{pmatrix}", "verified"),
    (BANANA, r"\nabla f = \begin{pmatrix}-2(1-x) - 400x(y-x^2)\\ 200(y-x^2)\end{pmatrix}", "verified"),
    (BANANA, r"\nabla f(x, y) = \begin{pmatrix}200(y-x^2)\\ -2(1-x) - 400x(y-x^2)\end{pmatrix}", "false"),
    (BANANA, r"\nabla f(x, y) = \begin{pmatrix}-2(1-x) - 400x(y-x^2) & 200(y-x^2)\end{pmatrix}", "false"),
    (BANANA, r"\nabla f(1, 1) = \mathbf 0", "verified"),
    (BANANA, r"\nabla f(1, 2) = \mathbf 0", "false"),
    (BANANA, r"\nabla^2 f(x, y) = \begin{pmatrix}2 - 400y + 1200x^2 & -400x\\ -400x & 200\end{pmatrix}", "verified"),
    (BANANA, r"H_f(1, 1) = \begin{pmatrix}802 & -400\\ -400 & 200\end{pmatrix}", "verified"),
    (BANANA, r"H_f(1, 1) = \begin{pmatrix}802 & 400\\ 400 & 200\end{pmatrix}", "false"),
    (POLAR, r"J_g(r, \theta) ="
            r"\begin{pmatrix}\cos\theta & -r\sin\theta\\ \sin\theta & r\cos\theta\end{pmatrix}", "verified"),
    (POLAR, r"J_g(r, \theta) ="
            r"\begin{pmatrix}\cos\theta & \sin\theta\\ -r\sin\theta & r\cos\theta\end{pmatrix}", "false"),
    (POLAR, r"\det J_g = r", "verified"),
    (BLOCKS, r"\nabla f(x, y) = \begin{pmatrix}\nabla_x f(x, y)\\ \nabla_y f(x, y)\end{pmatrix}", "verified"),
    (BLOCKS, r"\nabla^2 f(x, y) = \begin{pmatrix}\nabla_x^2 f(x, y) & \nabla_{xy}^2 f(x, y)\\ "
             r"\nabla_{yx}^2 f(x, y) & \nabla_y^2 f(x, y)\end{pmatrix}", "verified"),
    (MATRIX, r"(X^\top X)^{-1}_{jj} = \frac1{(X^\top X)_{jj}}", "false"),
    (MATRIX, r"A^{-1}_{ij} = \frac1{a_{ij}}", "false"),
    (MATRIX, r"A^{-1}_{ij} = (A^{-1})_{ij}", "verified"),
    (MATRIX, r"\|A\|_F^2 = \sum_{i,j} A_{ij}^2", "verified"),
    (MATRIX, r"A^2_{ij} = \sum_k a_{ik}a_{kj}", "unreadable"),
    (TUPLE, r"x^\top v = \sum_i a_i x_i", "verified"),
    (TUPLE, r"x^\top v = \sum_i a_i", "false"),
    (r"设 $x_1, \ldots, x_n\in\mathbb R$。令 $x = (x_1, \ldots, x_n)^\top$。", r"\|x\|_2^2 = \sum_i x_i^2", "verified"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claim", "status"), CASES)
def test_claim(text: str, claim: str, status: str) -> None:
    assert judged(text, claim) == status
