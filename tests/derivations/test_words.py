"""Declarations in words."""

from __future__ import annotations

import pytest
from notes import rows

SAID = [
    (r"设 $A$ 是 $m\times n$ 矩阵，$x$ 是 $n$ 维向量", r"(Ax)^\top = x^\top A^\top", r"\|Ax\|_2 = \|x\|_2"),
    (r"设 $X$ 是 $n\times n$ 可逆矩阵", r"\nabla_X\log|\det X| = X^{-\top}", r"\nabla_X\log|\det X| = X^{-1}"),
    (r"设 $X$ 为可逆的 $n\times n$ 矩阵", r"(X^{-1})^\top = X^{-\top}", r"X^{-1} = X"),
    (r"设 $n$ 阶方阵 $A$ 与 $m\times n$ 矩阵 $B$", r"(BA)^\top = A^\top B^\top", r"\|BA\|_F = \|B\|_F"),
    (r"设 $A$ 是 $n$ 阶对称矩阵，$x$ 是 $n$ 维列向量", r"\nabla_x(x^\top Ax) = 2Ax", r"\nabla_x(x^\top Ax) = Ax"),
    (r"设 $S$ 是 $n\times n$ 对称正定矩阵", r"\det S > 0", r"\det S > 1"),
    (r"设 $x, y$ 都是 $n$ 维向量", r"x^\top y = y^\top x", r"x y^\top = y x^\top"),
    (r"Let $X$ be an invertible $n\times n$ matrix", r"\det(X^{-1})\det X = 1", r"\det X = 1"),
    (r"Let $S$ be a symmetric $n\times n$ matrix", r"S = S^\top", r"S = -S"),
    (r"Let $x$ be an $n$-dimensional vector", r"x^\top x = \|x\|_2^2", r"x^\top x = \|x\|_2"),
    (r"Suppose $A$ is an $m\times n$ real matrix", r"\operatorname{tr}(A^\top A) = \|A\|_F^2", r"A = 2A"),
]


@pytest.mark.parametrize(("said", "true", "wrong"), SAID)
def test_names_are_declared_in_words(said: str, true: str, wrong: str) -> None:
    *_, first, second = rows(f"{said}。${true}$。${wrong}$。")
    assert (first.status, second.status) == ("verified", "false")


@pytest.mark.parametrize(
    "said",
    [
        r"设 $A$ 是 $n\times n$ 稀疏矩阵",  # what nobody here knows is not passed over
        r"设 $A$ 是不对称的 $n\times n$ 矩阵",
        r"设 $A$ 是 $n\times n$ 矩阵空间的元素",
        r"设 $A$ 是 $n$ 维矩阵",
        r"Let $A$ be a Toeplitz $n\times n$ matrix",
        r"$A$ 是 $n\times n$ 矩阵",  # nothing is supposed
    ],
)
def test_other_words_declare_nothing(said: str) -> None:
    *_, last = rows(f"{said}。$A = A^\\top$。")
    assert last.status == "error" and "A is not declared" in last.message
