"""An index range holds for the formulas of its sentence, before it and behind it, and not for those of others."""

from __future__ import annotations

import pytest
from notes import last, statuses

NARROW = [
    r"For $i=1,\ldots,n-1$ we have $e_n^\top e_i=0$.",
    r"We have $e_n^\top e_i=0$ for $i=1,\ldots,n-1$.",
    r"设 $i,j\in\{1,\ldots,n-1\}$，则 $x_ix_j = x_jx_i$。",
]


@pytest.mark.parametrize("said", NARROW)
def test_a_range_ends_with_its_sentence(said: str) -> None:
    text = rf"Let $x\in\mathbb R^n$. {said} Then "
    assert statuses(text + r"$\sum_i x_i = \mathbf 1^\top x$.")[-1] == "verified"
    assert statuses(text + r"$\sum_i x_i = \mathbf 1^\top x - x_n$.")[-1] == "false"


@pytest.mark.parametrize(
    "said",
    [r"设 $x_i\in\mathbb R^n$，$i=1,\ldots,m$。", r"设 $x_i\in\mathbb R^n$。下标 $i=1,\ldots,m$。",
     r"设 $x_i\in\mathbb R^n$，$i=1,\ldots,m$。对 $i=1,\ldots,m-1$，$x_i = x_i$。"],
)  # fmt: skip
def test_the_range_of_a_family_stays(said: str) -> None:
    assert statuses(said + r"于是 $\sum_i x_i = \sum_{i=1}^m x_i$。")[-1] == "verified"
    assert statuses(said + r"于是 $\sum_i x_i = \sum_{i=1}^{m-1} x_i$。")[-1] == "false"


def test_a_definition_by_entries_takes_the_range_behind_it() -> None:
    text = r"Let $x\in\mathbb R^n$. Put $y_i = x_i$ for $i=1,\ldots,n-1$. Then "
    assert statuses(text + "$y_1 = x_1$.")[-1] == "verified"
    assert statuses(text + "$y_n = x_n$.")[-1] == "error"


def test_a_hypothesis_takes_the_range_behind_it() -> None:
    text = r"Let $x\in\mathbb R^n$ with $x_i > 0$ for $i=1,\ldots,n-1$. Then "
    assert statuses(text + "$x_1 > 0$.")[-1] == "verified"
    assert statuses(text + "$x_n > 0$.")[-1] == "false"


def test_each_formula_takes_its_own_range() -> None:
    before = r"设 $x,y\in\mathbb R^n$，$x_i = 0$，$i=1,\ldots,n-1$，$y_i = 0$，$i=2,\ldots,n$。则 "
    after = r"Let $x,y\in\mathbb R^n$. For $i=1,\ldots,n-1$ we have $e_i^\top e_n = 0$ and $e_n^\top e_i = 0$. Then "
    assert statuses(before + "$x = x_n e_n$, $y = y_1 e_1$.")[-2:] == ["verified", "verified"]
    assert statuses(before + "$x_n = 0$, $y_1 = 0$.")[-2:] == ["false", "false"]
    assert statuses(after + r"$x^\top y = y^\top x$.")[-3:] == ["verified"] * 3


@pytest.mark.parametrize("condition", [r"for $i\ne j$", "for $i > 1$", "（$i < j$）"])
def test_a_condition_on_indices_behind_a_supposition_is_refused(condition: str) -> None:
    """Else it would be supposed, or defined, of all entries."""
    said = r"Let $A\in\mathbb R^{n\times n}$"
    for text in (rf"{said} with $a_{{ij}} = 0$ {condition}.", rf"{said}. Put $b_{{ij}} = a_{{ij}}$ {condition}."):
        assert statuses(text)[1] == "unreadable"
    assert last(rf"{said}. Put $b_{{ij}} = a_{{ij}}$.").status == "defined"


def test_the_range_right_behind_a_sum_is_the_range_of_the_sum() -> None:
    said = r"Let $x\in\mathbb R^n$. Then "
    behind, anew = r" with $i=1,\ldots,n-1$.", r", for $i=1,\ldots,n-1$ we have $e_i^\top e_n=0$."
    assert statuses(said + r"$\sum_i x_i = \mathbf 1^\top x - x_n$" + behind)[1] == "verified"
    assert statuses(said + r"$\sum_i x_i = \mathbf 1^\top x$" + behind)[1] == "false"
    assert statuses(said + r"$\sum_i x_i = \mathbf 1^\top x$" + anew)[1] == "verified"


def test_a_formula_behind_that_is_not_read_leaves_those_before_it() -> None:
    found = statuses(r"Let $x\in\mathbb R^n$. Then $x_i = e_i^\top x$ for $i = \foo$.")
    assert found[1:] == ["verified", "unreadable"]
