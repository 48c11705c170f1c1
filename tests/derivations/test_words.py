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
    (r"设 $A$、$B$ 皆为 $n$ 阶半正定矩阵", r"\det(A + B) \ge \det A + \det B", r"\det(A + B) = \det A + \det B"),
    (r"设 $A$、$B$ 分别为 $m\times n$ 与 $n\times m$ 矩阵", r"\operatorname{tr}(AB) = \operatorname{tr}(BA)",
     r"AB = BA"),
    (r"设 $A$ 和 $x$ 分别为 $n$ 阶对称矩阵与 $n$ 维向量", r"\nabla_x(x^\top Ax) = 2Ax", r"\nabla_x(x^\top Ax) = Ax"),
    (r"设 $A$、$B$ 分别为 $m\times n$ 矩阵与 $n\times m$ 矩阵", r"\operatorname{tr}(AB) = \operatorname{tr}(BA)",
     r"\operatorname{tr}(AB) = 0"),
    (r"Let $A$ and $B$ be $m\times n$ and $n\times p$ matrices, respectively", r"(AB)^\top = B^\top A^\top",
     r"\|AB\|_F = \|A\|_F\|B\|_F"),
    (r"设 $A$、$B$ 分别为 $m\times n$ 与 $n\times m$ 矩阵，且 $I_m + AB$ 可逆",
     r"A(I_n + BA)^{-1} = (I_m + AB)^{-1}A", r"A(I_n + BA)^{-1} = A"),
    (r"设 $u$ 为 $n$ 维单位列向量", r"(I - 2uu^\top)^2 = I", r"(I - uu^\top)^2 = I"),
    (r"设 $A = (a_{ij})$ 是 $n$ 阶对称矩阵", r"a_{ij} = a_{ji}", r"a_{ij} = a_{ii}"),
    (r"设 $x = (x_1, \ldots, x_n)^\top$", r"x^\top x = \sum_{i=1}^n x_i^2", r"x^\top x = \sum_{i=1}^n x_i"),
    (r"设 $D = \operatorname{diag}(d_1, \ldots, d_n)$", r"\det D = \prod_{i=1}^n d_i", r"\det D = \sum_{i=1}^n d_i"),
    (r"设 $a_1, \dots, a_n$ 与 $b_1, \dots, b_n$ 都是正数", r"\sum_{i=1}^n \frac{a_i}{b_i} > 0",
     r"\sum_{i=1}^n \frac{a_i}{b_i} > 1"),
    (r"设 $A$ 为 $n$ 阶可逆方阵，$E$ 为单位矩阵", r"AA^{-1} = E", r"A^2 = E"),
    (r"设 $A$ 为 $n$ 阶方阵，$O$ 为 $n$ 阶零矩阵", r"A - A = O", r"A^2 = O"),
    (r"设 $A$ 与 $B$ 是两个同阶的正定矩阵", r"\operatorname{tr}(AB) > 0", r"AB = BA"),
    (r"Let $A$ be an $n$ by $n$ matrix and $B$ a matrix of the same size",
     r"\operatorname{tr}(AB) = \operatorname{tr}(BA)", r"AB = BA"),
    (r"Let $A$ be a symmetric matrix and $B$ an invertible matrix, both of order $n$", r"(ABB^{-1})^\top = A",
     r"B = B^\top"),
    (r"Let $A$ be a symmetric matrix of size $n\times n$", r"A = A^\top", r"A = I"),
    (r"Let $p$ be a real number greater than one", r"p^2 > p", r"p > 2"),
    (r"设 $p, q$ 是大于 $1$ 的实数，且 $\frac1p + \frac1q = 1$", r"p + q = pq", r"p = q"),
    (r"设 $a, b$ 为正实数，$E$ 为 $n$ 阶单位矩阵", r"aE + bE = (a + b)E", r"aE = bE"),
    (r"Let $\lambda$ be a nonzero eigenvalue", r"\lambda\lambda^{-1} = 1", r"\lambda > 0"),
    (r"Let $x$ lie in $\mathbb R^n$", r"\|2x\| = 2\|x\|", r"\|x\| = 1"),
    (r"设 $f$ 是 $\mathbb R^n$ 上的二次连续可微函数", r"\nabla^2 f(x) = \nabla^2 f(x)^\top", r"\nabla^2 f(x) = 0"),
    (r"Let $f$ and $g$ be differentiable functions of one variable", r"(fg)'(t) = f'(t)g(t) + f(t)g'(t)",
     r"(fg)'(t) = f'(t)g'(t)"),
    (r"Let $X \in \mathbb R^{m\times n}$ have linearly independent columns",
     r"(X^\top X)^{-1}X^\top X = I", r"X(X^\top X)^{-1}X^\top = I"),
    (r"设 $m\times n$ 矩阵 $A$ 行满秩", r"AA^\top(AA^\top)^{-1} = I", r"A^\top(AA^\top)^{-1}A = I"),
    (r"设 $A \in \mathbb R^{m\times n}$，$\operatorname{rank}(A) = n$", r"(A^\top A)^{-1}A^\top A = I",
     r"A(A^\top A)^{-1}A^\top = I"),
    (r"Let $Q \in \mathbb R^{m\times n}$ be a matrix with orthonormal columns", r"Q^\top Q = I", r"QQ^\top = I"),
    (r"Let $q_1, \ldots, q_k \in \mathbb R^n$ be orthonormal vectors", r"\|\sum_{i=1}^k q_i\|^2 = k",
     r"\|\sum_{i=1}^k q_i\| = k"),
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


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (r"设 $A$ 为 $n$ 阶可逆矩阵。则 ${}$，其中 $E$ 为 $n$ 阶单位矩阵。", r"AA^{-1} = E"),
        (r"即 ${}$，其中 $U$、$V$ 分别为 $m$ 阶与 $n$ 阶正交矩阵。", r"(U \otimes V)^\top(U \otimes V) = I_{mn}"),
        (r"We have ${}$, where $x$ and $y$ are vectors in $\mathbb R^n$ and $Q$ is a positive definite matrix of order"
         r" $n$.",
         r"2x^\top y \le x^\top Qx + y^\top Q^{-1}y"),
        (r"Then ${}$, where $P \in \mathbb R^{n\times n}$ is idempotent.", r"(I - P)^2 = I - P"),
        (r"设 $X \in \mathbb R^{m\times n}$，$w \in \mathbb R^n$。则 ${}$，其中 $x_i^\top$ 是 $X$ 的第 $i$ 行。",
         r"\|Xw\|^2 = \sum_{i=1}^m (x_i^\top w)^2"),
        (r"For positive numbers $a$, $b$ and $c$ with $a + b + c = 1$ we have ${}$.", r"abc \le \frac1{27}"),
        (r"对任意正实数 $a$、$b$，有 ${}$。", r"2\sqrt{ab} \le a + b"),
        (r"已知 $a, b > 0$，$a + b = 2$，求证 ${}$。", r"ab \le 1"),
    ],
)
def test_words_of_the_sentence_around(text: str, claim: str) -> None:
    """True as it stands, and false without what the words say."""
    found = rows(text.replace("{}", claim))
    assert not any(row.fault for row in found) and any(row.status == "verified" for row in found)
    wrong = claim.replace(r"\le", ">").replace("= I", "= 2I").replace("= E", "= 2E").replace("= \\sum", "= 2\\sum")
    assert "false" in {row.status for row in rows(text.replace("{}", wrong))}


@pytest.mark.parametrize(
    "text",
    [
        r"$(I - P)^2 = I - P$ holds where $P \in \mathbb R^{n\times n}$ is idempotent. "
        r"Let $Q \in \mathbb R^{n\times n}$. Then $(I - Q)^2 = I - Q$.",
        r"$AA^{-1} = E$，其中 $E$ 为单位矩阵，$A$ 是 $n$ 阶可逆矩阵。于是 $A = E$。",
        r"设 $A$ 是 $n$ 阶矩阵。$A$ 是不是对称矩阵？我们断言 $A = A^\top$。",
        r"Let $A$ be an $n\times n$ matrix that is not symmetric. Then $A = A^\top$.",
        r"Let $A$ and $B$ be $n\times n$ matrices, of which $A$ is symmetric. Then $B = B^\top$.",
        r"设 $a$、$b$ 为实数，其中 $a$ 为正数。则 $ab > 0$。",
    ],
)
def test_what_words_say_of_one_is_not_said_of_another(text: str) -> None:
    assert any(row.fault for row in rows(text))
