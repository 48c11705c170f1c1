"""Inputs: what is supposed is met exactly, and nothing else is supposed."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from notes import judged, last, statuses

from proofread.derivations.nodes import Num, Size
from proofread.derivations.sample import Drawer
from proofread.derivations.symbols import Shape, Symbol, Symbols
from proofread.derivations.tensors import common_shape, together
from proofread.derivations.traits import Traits


def test_orthonormal_members_are_drawn_exactly() -> None:
    """Orthonormal to rounding, of both orientations, not merely by Newton's method."""
    symbols = Symbols()
    symbols.put(Symbol("n", "size"))
    symbols.put(Symbol("v", "array", Shape(Size("n"), Num(1.0, "1")), ("i",)))
    symbols.set_range("i", Num(1.0, "1"), Num(3.0, "3"))
    value = Drawer(symbols, {"n": 5}, 1).draw("v", Traits({"orthonormal members"}), 6).squeeze(-1)
    assert value.shape == (6, 3, 5)
    torch.testing.assert_close(value @ value.mT, torch.eye(3, dtype=torch.float64).expand(6, 3, 3), rtol=0, atol=1e-14)
    assert len({tuple(draw.flatten().tolist()) for draw in value}) == 6


@pytest.mark.parametrize("relation", [r"v_i^\top v_j = \delta_{ij}", r"\langle v_i, v_j\rangle = \delta_{ij}"])
def test_orthonormal_members(relation: str) -> None:
    """Both spellings of the hypothesis; what needs as many members as entries is false for fewer."""
    text = rf"设 $v_i \in \mathbb R^n$，$i=1,\ldots,n$，满足 ${relation}$。"
    assert last(text + "\n\n" + r"$\sum_{i=1}^n v_i v_i^\top = I$").status == "verified"
    fewer = rf"设 $v_i \in \mathbb R^n$，$i=1,\ldots,k$，$k \le n$，满足 ${relation}$。"
    assert last(fewer + "\n\n" + r"$\sum_{i=1}^k v_i v_i^\top = I$").status == "false"
    assert last(fewer + "\n\n" + r"$\|\sum_{i=1}^k v_i\|_2^2 = k$").status == "verified"


def test_more_orthonormal_members_than_entries_are_vacuous() -> None:
    text = r"设 $v_i \in \mathbb R^2$，$i=1,\ldots,3$。设 $v_i^\top v_j = \delta_{ij}$。"
    assert statuses(text)[-1] == "error"


def test_a_hypothesis_of_other_names_is_left_out() -> None:
    """Two formulas that use det are not about the same things."""
    text = r"设 $M, X \in \mathbb R^{n\times n}$，$\det M > 0$。" + "\n\n" + r"$\det(X^\top) = \det X$"
    finding = last(text)
    assert (finding.status, finding.details["hypotheses"]) == ("verified", [])


MET = [
    (r"$p\in\mathbb R^n$，$p_i > 0$，$\sum_i p_i = 1$", r"\|p\|_1 = 1"),
    (
        r"$p, q\in\mathbb R^n_{++}$，$\mathbf 1^\top p = 1$，$\mathbf 1^\top q = 1$",
        r"\sum_i p_i\log\frac{p_i}{q_i} \ge 0",
    ),
    (r"$P\in\mathbb R^{n\times n}_{++}$，$P\mathbf 1 = \mathbf 1$", r"P^2\mathbf 1 = \mathbf 1"),
    (r"$Q\in\mathbb R^{n\times n}$，$Q = Q^\top$，$Q^\top Q = I$", r"Q^2 = I"),
    (r"$D\in\mathbb R^{n\times n}$ 是对角矩阵，$D \succ 0$", r"D_{ij} = \delta_{ij} D_{ii}"),
    (r"$A\in\mathbb R^{n\times n}$ 对称，$a_{ij} > 0$", r"A = A^\top"),
    (r"$A\in\mathbb R^{n\times n}$，$a_{ii} > 0$", r"\sum_i |a_{ii}| = \operatorname{tr} A"),
    (r"$t\in[0, 1]$", r"t^2 \le t"),
    (r"$\lambda > 0$，$\lambda\in\mathbb R$", r"|\lambda| = \lambda"),
    (r"$A\in\mathbb S^n$，$x, b\in\mathbb R^n$，$Ax = b$", r"x^\top A = b^\top"),
    (r"$A\in\mathbb S^n_{++}$，$\operatorname{tr} A = 1$", r"\operatorname{tr}(A^2) \le 1"),
    (r"$L\in\mathbb R^{n\times n}$ 是下三角矩阵，$\operatorname{tr} L = 1$", r"L_{ij} = 0\quad(i < j)"),
    (r"$A, B\in\mathbb S^n_{++}$", r"\det(A + B) \ge \det A + \det B"),
    (r"$A = A^\top$，$A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$", r"\nabla_x(x^\top A x) = 2Ax"),
    (r"$U\in\mathbb R^{m\times n}$ 列正交，$x\in\mathbb R^n$，$m\ge n$", r"\|Ux\|_2 = \|x\|_2"),
    (r"$L\in\mathbb R^{n\times n}$ 是下三角矩阵", r"\det L = \prod_i L_{ii}"),
    (r"$R\in\mathbb R^{n\times n}$ 是上三角矩阵", r"R_{ij} = 0\quad(i > j)"),
    (r"$x\in\mathbb R^n$ 是单位向量", r"\|x\|_2 = 1"),
]
NOT_MORE = [
    (r"$A\in\mathbb R^{n\times n}$，$a_{ii} > 0$", r"\sum_{i,j} |a_{ij}| = \sum_{i,j} a_{ij}"),
    (r"$x\in\mathbb R^n$，$i = 2,\ldots,n$，$x_i > 0$", r"\|x\|_1 = \mathbf 1^\top x"),
    (r"$Q\in\mathbb R^{n\times n}$，$Q = Q^\top$，$Q^\top Q = I$", r"Q = I"),
    (r"$t\in[0, 1]$", r"t^2 < t"),
    (r"$\lambda > 0$。设 $\lambda\in\mathbb R$", r"|\lambda| = \lambda"),
    (r"$L\in\mathbb R^{n\times n}$ 是下三角矩阵", r"L_{ij} = 0\quad(i > j)"),
    (r"$x\in\mathbb R^n$ 是单位向量", r"\mathbf 1^\top x = 1"),
    (r"$x\in\mathbb R^n$，$x_i \ge 0$", r"\prod_i x_i > 0"),
    (r"$x\in\mathbb R^n$，$\|x\|_2 \le 1$", r"x^\top x < 1"),
]


@pytest.mark.parametrize(("supposed", "claim"), MET)
def test_hypotheses_together_are_met(supposed: str, claim: str) -> None:
    """A range with an equality, a structure with another."""
    assert judged(f"设 {supposed}。", claim) == "verified"


@pytest.mark.parametrize(("supposed", "claim"), NOT_MORE)
def test_nothing_more_is_supposed(supposed: str, claim: str) -> None:
    """Entries that nothing is said of, and the ends of closed ranges, are drawn too."""
    assert judged(f"设 {supposed}。", claim) == "false"


@pytest.mark.parametrize(
    "words",
    [
        r"nonsymmetric matrix $A$", r"a non-symmetric matrix $A$", r"an asymmetric matrix $A$",
        r"a not necessarily symmetric matrix $A$", r"不一定对称的矩阵 $A$", r"不必对称矩阵 $A$", r"非对称矩阵 $A$",
    ],
)  # fmt: skip
def test_what_words_deny_is_not_supposed(words: str) -> None:
    text = words.replace("$A$", r"$A\in\mathbb R^{n\times n}$") + "."
    assert statuses(text + "\n\n$$A = A^\\top$$\n") == ["declared", "false"]


@pytest.mark.parametrize(
    "supposed",
    [
        r"$A\in\mathbb R^{n\times n}$，$A = A^\top$，$A = -A^\top$", r"$A\in\mathbb S^n$，$A = -A^\top$",
        r"$A\in\mathbb R^{n\times n}$，$A \succ 0$，$A = -A^\top$", r"$x\in\mathbb R^n$，$\|x\| = 1$，$\|x\| = 2$",
        r"$t\in\mathbb R$，$t^2 = 0$", r"$x\in\mathbb R^n_+$，$x < 0$",
    ],
)  # fmt: skip
def test_structures_that_leave_nothing_are_refused(supposed: str) -> None:
    """Else all that follows from them would hold."""
    assert statuses(f"设 {supposed}。")[-1] == "error"


@given(st.lists(st.lists(st.sampled_from([1, 3]), max_size=4), min_size=1, max_size=4))
def test_common_shape_is_torchs(shapes: list[list[int]]) -> None:
    assert common_shape(*map(torch.Size, shapes)) == together(*map(torch.empty, shapes))[0].shape
