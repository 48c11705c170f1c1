"""What a sentence supposes, for how long, and what it claims."""

from __future__ import annotations

import pytest
from notes import last, rows

SQUARE = r"设 $A, B\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$。"
NUMBER = r"设 $t\in\mathbb R$。"


def final(text: str) -> str:
    return rows(text)[-1].status


@pytest.mark.parametrize(
    "text",
    [
        r"设 $A, B\in\mathbb R^{n\times n}$，展开得 $(A+B)^2 = A^2 + 2AB + B^2$。",
        r"设 $A, B\in\mathbb R^{n\times n}$，直接计算得" + "\n\n$$(A+B)^2 = A^2 + 2AB + B^2$$\n\n因此它成立。",
        r"设 $x\in\mathbb R$，不难发现 $x^2\ge x$。",
        r"设 $x\in\mathbb R$，令 $y=x^2$，$y\ge x$。",
        r"Let $x\in\mathbb R$, clearly $x^2\ge x$.",
        r"Let $A\in\mathbb R^{n\times n}$, which implies $A=A^\top$.",
        NUMBER + r" Let us verify $t = -t$.",
        NUMBER + r" If $t > 0$, $|t| = -t$.",
        NUMBER + r"若干步之后，$t = -t$。",
        r"Let $A\in\mathbb R^{n\times n}$ and $B\in\mathbb R^{n\times n}$. If $A$ is symmetric, $AB = BA$.",
    ],
)
def test_what_no_word_joins_to_a_supposition_is_a_claim(text: str) -> None:
    assert any(row.status == "false" for row in rows(text))


@pytest.mark.parametrize(
    "text",
    [
        r"设 $A\in\mathbb R^{n\times n}$ 满足 $A = A^\top$。$x^\top A = (Ax)^\top$，其中 $x\in\mathbb R^n$。",
        r"Let $x\in\mathbb R^n$ be a solution of $Ax = b$, where $A\in\mathbb R^{m\times n}$ and $b\in\mathbb R^m$. "
        r"Then $\|Ax\|_2 = \|b\|_2$.",
        NUMBER + r"正则化系数 $t$ 不限。设步长 $\eta > 0$。$|\eta| = \eta$。",
        NUMBER + r"当 $t > 0$ 时，$|t| = t$。",
        NUMBER + r"When $t < 0$, $|t| = -t$.",
        NUMBER + r"For $t > 0$ we have $|t| = t$.",
        NUMBER + r"于是 $t^2\ge 0$，而当 $t > 0$ 时 $|t| = t$。",
    ],
)
def test_what_is_joined_is_supposed(text: str) -> None:
    assert last(text).status in ("verified", "declared")
    assert "verified" in [row.status for row in rows(text)]


@pytest.mark.parametrize(
    "condition", [r"当 $t > 0$ 时，$|t| = t$。", r"若 $t > 0$，则 $|t| = t$。", r"For $t > 0$ we have $|t| = t$."]
)
def test_a_condition_ends_with_its_sentence(condition: str) -> None:
    assert final(NUMBER + condition + r" 一般地，$|t| = t$。") == "false"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (r"当 $A$ 对称时，$x^\top A = (Ax)^\top$。", "verified"),
        (r"若 $A$ 对称，则 $x^\top A = (Ax)^\top$。", "verified"),
        (r"设 $A$ 是对称矩阵。$x^\top A = (Ax)^\top$。", "verified"),
        (r"不妨设 $A$ 对称。$x^\top A = (Ax)^\top$。", "verified"),
        (r"若 $A$ 对称，则 $A = A^\top$。一般地 $x^\top A = (Ax)^\top$。", "false"),
        (r"这里不要求 $A$ 对称。于是 $x^\top A = (Ax)^\top$。", "false"),
        (r"因此 $A$ 是对称矩阵。于是 $x^\top A = (Ax)^\top$。", "false"),
    ],
)
def test_words_beside_a_name_suppose_where_something_is_supposed(said: str, status: str) -> None:
    assert final(SQUARE + said) == status


def test_what_words_suppose_is_told() -> None:
    found = last(SQUARE + r"若 $A$ 对称，则 $x^\top A = (Ax)^\top$。")
    assert found.details["hypotheses"] == ["A = Aᵀ"]


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (r"设 $x\in\mathbb R^n$。对 $i\ne j$ 有 $\frac{\partial x_i}{\partial x_j} = 0$。", "verified"),
        (r"设 $x\in\mathbb R^n$。若 $i\ne j$，则 $\frac{\partial x_i}{\partial x_j} = 0$。", "verified"),
        (r"设 $x\in\mathbb R^n$。若 $i\ne j$，则 $\frac{\partial x_i}{\partial x_j} = 1$。", "false"),
        (r"设 $x\in\mathbb R^n$。" + "\n\n" + r"$$\frac{\partial x_i}{\partial x_j} = 0,\quad i\ne j$$", "verified"),
        (r"设 $x\in\mathbb R^n$。若 $i\ne j$，则 $x_i = x_i$。又 $\frac{\partial x_i}{\partial x_j} = 0$。", "false"),
    ],
)
def test_conditions_on_indices(text: str, status: str) -> None:
    assert final(text) == status


@pytest.mark.parametrize(
    "text",
    [
        r"Let $A\in\mathbb R^{m\times n}$, $x\in\mathbb R^n$, $y = Ax$. Then $y\in\mathbb R^n$.",
        r"设 $A\in\mathbb R^{n\times n}$，$B = A + A^\top$。因此 $B\in\mathbb S^n_{++}$。",
        r"设 $A\in\mathbb R^{n\times n}$。于是 $A\in\mathbb S^n$。",
        r"设 $x\in\mathbb R$，$y = x^3$。因此 $y\in\mathbb R_+$。",
    ],
)
def test_membership_of_what_is_known_is_no_declaration(text: str) -> None:
    found = rows(text)[-1]
    assert found.status == "unreadable" and "is a claim" in found.message


@pytest.mark.parametrize(
    ("text", "general"),
    [
        (r"设 $x\in\mathbb R$。若 $x\in[0, 1]$，则 $x^2\le x$。", r"$x^2\le x$"),
        (r"设 $x\in\mathbb R$。当 $x\in[0, 1]$ 时 $x^2\le x$。", r"$x^2\le x$"),
        (r"设 $A\in\mathbb R^{n\times n}$。若 $A\in\mathbb S^n_{++}$，则 $\det A > 0$。", r"$\det A > 0$"),
    ],
)
def test_a_set_in_a_condition_ends_with_its_sentence(text: str, general: str) -> None:
    assert final(text) == "verified"
    assert final(f"{text}一般地，{general}。") == "false"
