"""What words say of the names beside them, one or several: they suppose it of these names and of no others."""

from __future__ import annotations

import pytest
from notes import judged, rows

AB = r"设 $A, B \in \mathbb R^{n \times n}$"
LET = r"Let $A, B \in \mathbb R^{n \times n}$"
SYMMETRIC = r"(A + B)^\top = A + B"
#: Ways to say that both A and B are symmetric.
BOTH = [
    AB + r"。设 $A$ 和 $B$ 对称。",
    AB + r"。设 $A$、$B$ 对称。",
    AB + r"。设 $A$ 与 $B$ 都是对称矩阵。",
    AB + r"。设 $A, B$ 均为对称矩阵。",
    AB + r"。若 $A$、$B$ 皆对称，则",
    AB + r"，$A$ 和 $B$ 对称。",
    AB + r" 对称。",
    AB + r" 都对称。",
    AB + r" 为对称矩阵。",
    AB + r" 为可逆的对称矩阵。",
    r"设 $A \in \mathbb R^{n \times n}$ 与 $B \in \mathbb R^{n \times n}$ 都是对称矩阵。",
    r"设 $A \in \mathbb R^{n \times n}$，$B \in \mathbb R^{n \times n}$ 均对称。",
    r"设 $x \in \mathbb R^n$，$A \in \mathbb R^{n \times n}$ 与 $B \in \mathbb R^{n \times n}$ 都是对称矩阵。",
    r"设 $A$ 与 $B$ 是 $n \times n$ 对称矩阵。",
    r"设 $A, B$ 是 $n$ 阶对称矩阵。",
    r"设 $A$、$B$ 为 $n$ 阶实对称矩阵。",
    r"设对称矩阵 $A, B \in \mathbb R^{n \times n}$。",
    r"对任意对称矩阵 $A, B \in \mathbb R^{n \times n}$，",
    r"Let $A$ and $B$ be symmetric $n \times n$ matrices.",
    LET + r" be symmetric.",
    LET + r". Suppose both $A$ and $B$ are symmetric.",
    LET + r". If $A$ and $B$ are symmetric, then",
    LET + r" with $A$ and $B$ symmetric.",
    LET + r" be symmetric and invertible.",
    r"For symmetric $A, B \in \mathbb R^{n \times n}$,",
    r"For symmetric matrices $A, B \in \mathbb R^{n \times n}$,",
]


@pytest.mark.parametrize("said", BOTH)
def test_both_names_are_meant(said: str) -> None:
    assert judged(said, SYMMETRIC) == "verified"
    assert judged(said, r"AB = BA") == "false"  # and no more is supposed


@pytest.mark.parametrize(
    "said",
    [
        AB + r"。设 $A$ 对称。",
        AB + r"，$A$ 对称。",
        AB + r"，其中 $B$ 对称。",
        AB + r"。设 $A$ 或 $B$ 对称。",
        AB + r"。$A$ 与 $B$ 都对称吗？",
        AB + r"。$A$ 与 $B$ 不必都对称。",
        AB + r"。设 $A$ 与 $B$ 不都对称。",
        AB + r"。设 $A$ 与 $B$ 相等，$A$ 对称。",
        AB + r"。于是 $A$ 与 $B$ 对称。",
        AB + r"。设一个对称矩阵 $A$ 和 $B$。",
        r"设 $B \in \mathbb R^{n \times n}$，$A \in \mathbb R^{n \times n}$ 对称。",
        r"设 $B, C \in \mathbb R^{n \times n}$，$A, D \in \mathbb R^{n \times n}$ 都对称。",
        LET + r". Suppose $A$ or $B$ is symmetric.",
        LET + r". Hence $A$ and $B$ are symmetric.",
        LET + r". Suppose $A$ and $B$ are not symmetric.",
        LET + r". Take a symmetric matrix $A$ and $B$.",
        LET + r". If $A$ and $B$ are symmetric, then $A + B = B + A$." + "\n\nNow",
    ],
)
def test_words_about_others_suppose_nothing(said: str) -> None:
    *_, found = rows(f"{said}\n\n$${SYMMETRIC}$$\n")
    assert found.status == "false"


@pytest.mark.parametrize(
    ("said", "true", "wrong"),
    [
        (AB + r"。设 $A$ 与 $B$ 可交换。", r"(A + B)^2 = A^2 + 2AB + B^2", r"(A + B)^2 = A^2 + AB + B^2"),
        (LET + r". If $A$ and $B$ commute, then", r"A^2 B = B A^2", r"A^2 B = A B^2"),
        (AB + r"。若 $A$ 幂等，则", r"(I - A)^2 = I - A", r"A = A^\top"),
        (LET + r". Suppose that $A$ is idempotent.", r"A^3 = A", r"A^2 = I"),
        (AB + r"。设 $A$ 是正交投影矩阵。", r"A = A^\top A", r"A = I"),
        (AB + r"。设 $A$ 为对合矩阵。", r"A^{-1} = A", r"A = A^\top"),
        (AB + r"。设 $A$ 与 $B$ 都是正交矩阵。", r"(AB)^\top AB = I", r"AB = BA"),
        (AB + r"。设 $A$ 与 $B$ 正定。", r"\operatorname{tr}(AB) > 0", r"\operatorname{tr}(AB) > 1"),
        (AB + r"。设 $A$ 与 $B$ 同为上三角矩阵。", r"\det(AB) = \prod_i a_{ii} \prod_i b_{ii}", r"AB = BA"),
        (AB + r"。设 $A$ 对称，$B$ 反对称。", r"\operatorname{tr}(AB) = 0", r"\operatorname{tr}(A) = 0"),
        (AB + r"。设 $A$ 对称且正交。", r"A^2 = I", r"A = I"),
        (r"设 $x, y \in \mathbb R^n$ 正交。", r"\|x + y\|^2 = \|x\|^2 + \|y\|^2", r"\|x\| = 1"),
        (r"Let $x, y, z \in \mathbb R^n$ be orthonormal.", r"\|x + y + z\|^2 = 3", r"\|x + y\|^2 = 3"),
        (r"设 $u$ 和 $v$ 是 $\mathbb R^n$ 中的单位向量。", r"\|u + v\|^2 = 2 + 2u^\top v", r"u^\top v = 0"),
        (r"设 $\mathbb R^n$ 中的向量 $u, v$。", r"u^\top v = v^\top u", r"\|u\| = \|v\|"),
        (r"Let $u$ and $v$ be vectors in $\mathbb R^n$.", r"u^\top v = v^\top u", r"\|u\| = \|v\|"),
        (r"设 $a$、$b$ 都是正数。", r"\sqrt{ab} \le \frac{a+b}{2}", r"ab \le \frac{a+b}{2}"),
        (r"Let $a$, $b$ and $c$ be positive numbers.", r"3\sqrt[3]{abc} \le a + b + c", r"abc \le a + b + c"),
        (r"Let $p \in \mathbb R^n$ with positive entries.",
         r"\frac{\partial}{\partial p_k}\sum_i \log p_i = \frac1{p_k}",
         r"p_k > 1"),
        (r"设 $p \in \mathbb R^n$ 的各分量均为正数。", r"\sum_i p_i > 0", r"\sum_i p_i > 1"),
        (r"设 $s, t \in \mathbb R$ 为正数。", r"\log(st) = \log s + \log t", r"s \le t"),
    ],
)  # fmt: skip
def test_what_words_suppose(said: str, true: str, wrong: str) -> None:
    assert (judged(said, true), judged(said, wrong)) == ("verified", "false")


def test_what_a_condition_in_words_supposes_ends_with_its_sentence() -> None:
    text = LET + r". If $A$ and $B$ commute, then $AB = BA$. We see that $A^2 B = B A^2$."
    assert [row.status for row in rows(text)][-2:] == ["verified", "false"]


@pytest.mark.parametrize("condition", [r"if $A$ and $B$ are symmetric", r"if $A$ and $B$ commute"])
def test_conditions_in_words_behind_a_claim(condition: str) -> None:
    claim = r"(AB)^\top = B A" if "symmetric" in condition else r"A^2 B = B A^2"
    *_, first, _, _, second = rows(rf"{LET}. Then ${claim}$ {condition}. So ${claim}$.")
    assert (first.status, second.status) == ("verified", "false")


@pytest.mark.parametrize(
    "text",
    [
        # said of something made of the names
        r"Let $x, y \in \mathbb R^n$. Suppose the inner product of $x$ and $y$ is nonnegative. Then $y_i \ge 0$.",
        r"Let $A \in \mathbb R^{n\times n}$. Let the symmetric part of $A$ be positive definite. Then $A = A^\top$.",
        r"Let $a, b \in \mathbb R$. Suppose the square of $a$ is positive. Then $a > 0$.",
        r"Let $a, b \in \mathbb R$. Suppose at least one of $a$ and $b$ is positive. Then $b > 0$.",
        r"设 $a, b \in \mathbb R$，$a$ 减 $b$ 为正数。则 $b > 0$。",
        r"设 $A, B \in \mathbb R^{n\times n}$，$A$ 或 $B$ 为对称矩阵。则 $B = B^\top$。",
        # the phrase goes on
        r"设 $A \in \mathbb R^{n\times n}$ 为对称矩阵与反对称矩阵之和。则 $A = A^\top$。",
        r"设 $t \in \mathbb R$ 为正数或零。则 $t > 0$。",
        r"设 $A$ 为 $n$ 阶对称矩阵 $B$ 与正交矩阵 $Q$ 之积。则 $A = A^\top$。",
        r"Let $P$ be the $n\times n$ identity matrix with two rows exchanged. Then $P = I$.",
        r"Let $A \in \mathbb R^{n\times n}$ be symmetric, or skew-symmetric. Then $A = A^\top$.",
        r"Let $A \in \mathbb R^{n\times n}$ be a matrix with symmetric, positive definite square. Then $A = A^\top$.",
        # one of each, and each of one
        r"设 $A, B$ 分别为 $n$ 阶对称矩阵与可逆矩阵。则 $B = B^\top$。",
        r"设 $A, B$ 分别为 $n$ 阶对称矩阵与 $n$ 阶可逆矩阵。则 $B = B^\top$。",
        r"设 $A$、$B$ 分别为 $n$ 阶对角矩阵与 $n$ 阶矩阵。则 $AB = BA$。",
        r"Let $A$ and $B$ be symmetric and orthogonal $n\times n$ matrices, respectively. Then $A^2 = I$.",
        r"设 $A, B, C \in \mathbb R^{n\times n}$，$A$ 与 $B$、$C$ 都可交换。则 $BC = CB$。",
        r"Let $A, B, C \in \mathbb R^{n\times n}$. If $A$ and $B$ commute with $C$, then $AB = BA$.",
        r"设 $a_1, \dots, a_n$ 为实数，$a_1$ 为正数。则 $a_i > 0$。",
        r"设正定矩阵 $A \in \mathbb R^{n\times n}$，$B \in \mathbb R^{n\times n}$。则 $\operatorname{tr}(B) > 0$。",
        r"设三对角矩阵 $T \in \mathbb R^{n\times n}$。则 $T = T^\top$。",
        r"Let $P, Q \in \mathbb R^{n\times n}$ be mutually orthogonal. Then $P^\top P = I$.",
        # what was said is over
        r"若 $B$ 为 $n$ 阶对称矩阵，则 $B^\top = B$。若 $B$ 为 $n$ 阶反对称矩阵，则 $B^\top = B$。",
        r"If $t$ is a positive number, then $\sqrt t > 0$. In general $t > 0$.",
        r"若 $p$ 是大于 $1$ 的实数，则 $p^2 > p$。一般地，$p^2 > p$。",
        r"设 $A \in \mathbb R^{n\times n}$。情形一：设 $A$ 对称。则 $A = A^\top$。"
        r"情形二：设 $A$ 正交。则 $A = A^\top$。",
        r"设 $A$ 为 $n$ 阶对称矩阵。则 $A = A^\top$。再设 $A$ 为 $n$ 阶矩阵。则 $A = A^\top$。",
        r"Let $A$ be a symmetric $n\times n$ matrix. Now let $A$ be any $n\times n$ matrix. Then $A = A^\top$.",
        r"设 $a \in \mathbb R$。设 $a$ 为正数。则 $|a| = a$。假设 $a$ 为负数，那么 $|a| = a$。",
        # described, and then defined by what is claimed
        r"设 $A \in \mathbb R^{n\times n}$，$S$ 为 $A$ 的对称部分。则 $S = A$。",
        r"Let $A$ be an $m\times n$ matrix, and let $B$ be its transpose. Then $B = A$.",
        # denied
        r"Suppose it is false that $t$ is a positive number. Then $t > 0$.",
        r"这里我们得到 $A$ 为 $n$ 阶对称矩阵。于是 $A = A^\top$。",
        # only the draws were special
        r"Let $P \in \mathbb R^{n\times n}$ be an orthogonal projection. Then $\det P = 0$.",
    ],
)
def test_words_suppose_no_more_than_they_say(text: str) -> None:
    assert any(row.fault for row in rows(text))
