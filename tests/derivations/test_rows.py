"""Matrices made of vectors, in the words of textbooks."""

from __future__ import annotations

import pytest
from notes import rows

SAID = [
    r"设 $X\in\mathbb R^{m\times n}$ 的第 $i$ 行是 $x_i^\top$",
    r"设 $X\in\mathbb R^{m\times n}$ 的行为 $x_1^\top,\dots,x_m^\top$",
    r"设 $X\in\mathbb R^{m\times n}$，$x_i^\top$ 是 $X$ 的第 $i$ 行",
    r"设 $X\in\mathbb R^{m\times n}$，每一行 $x_i^\top$ 是一个样本",
    r"设 $x_i\in\mathbb R^n$ 是 $X\in\mathbb R^{m\times n}$ 的第 $i$ 行",
    r"设 $x_i\in\mathbb R^n$（$i=1,\dots,m$），$X$ 的第 $i$ 行为 $x_i^\top$",
    r"设 $x_i\in\mathbb R^n$ 是第 $i$ 个样本，把它们按行排成 $X\in\mathbb R^{m\times n}$",
    r"设 $x_1,\dots,x_m\in\mathbb R^n$ 排成矩阵 $X\in\mathbb R^{m\times n}$ 的各行",
    r"设 $x_1,\dots,x_m\in\mathbb R^n$，$X = (x_1, \dots, x_m)^\top$",
    r"设 $X = [x_1, \dots, x_m]^\top\in\mathbb R^{m\times n}$",
    r"设 $X = \begin{pmatrix} x_1^\top \\ \vdots \\ x_m^\top\end{pmatrix}\in\mathbb R^{m\times n}$",
    r"Let $X\in\mathbb R^{m\times n}$ with rows $x_1^\top,\dots,x_m^\top$",
    r"Let $X\in\mathbb R^{m\times n}$ and let $x_i^\top$ be the $i$-th row of $X$",
]
COLUMNS = [
    r"设 $x_1,\dots,x_m\in\mathbb R^n$，把它们按列排成 $X\in\mathbb R^{n\times m}$",
    r"设 $x_i\in\mathbb R^n$ 是 $X\in\mathbb R^{n\times m}$ 的第 $i$ 列",
    r"设 $X = (x_1, \dots, x_m)\in\mathbb R^{n\times m}$",
    r"设 $X = [x_1, \dots, x_m]\in\mathbb R^{n\times m}$",
]


@pytest.mark.parametrize("said", SAID)
def test_rows_are_read_as_textbooks_say_them(said: str) -> None:
    claims = r"$\sum_{i=1}^m x_i x_i^\top = X^\top X$。$\sum_{i=1}^m x_i x_i^\top = X^\top X + I$。"
    *_, true, wrong = rows(f"{said}。{claims}")
    assert (true.status, wrong.status) == ("verified", "false")


@pytest.mark.parametrize("said", COLUMNS)
def test_columns_are_read_as_textbooks_say_them(said: str) -> None:
    claims = r"$\sum_{i=1}^m x_i x_i^\top = X X^\top$。$\sum_{i=1}^m x_i x_i^\top = X X^\top + I$。"
    *_, true, wrong = rows(f"{said}。{claims}")
    assert (true.status, wrong.status) == ("verified", "false")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (r"设 $x_i\in\mathbb R^k$ 是 $X\in\mathbb R^{m\times n}$ 的第 $i$ 行", "x has k entries each, and X wants n"),
        (
            r"设 $x_1,\dots,x_k\in\mathbb R^n$，把它们按行排成 $X\in\mathbb R^{m\times n}$",
            "x has k members, and X wants m",
        ),
        (r"设 $X = (x_1, \dots, x_m)^\top\in\mathbb R^{n\times m}$", "X does not lie in the set"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(said: str, told: str) -> None:
    (fault,) = [finding for finding in rows(said) if finding.fault]
    assert fault.status == "error" and told in fault.message


def test_entries_of_a_vector_are_no_rows() -> None:
    *_, last = rows(r"设 $x\in\mathbb R^n$，$x_i$ 是 $x$ 的第 $i$ 行。$\sum_i x_i^2 = x^\top x$。")
    assert last.status == "verified"


def test_a_name_of_another_section_is_said_to_hold_there_only() -> None:
    *_, last = rows("## 一\n\n设 $x\\in\\mathbb R^n$。\n\n## 二\n\n$x^\\top x = \\|x\\|^2$。")
    assert last.status == "error" and "what the section “一” says of x holds there only" in last.message
