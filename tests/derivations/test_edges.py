"""Where random draws never are: at 0, at an entry that is 0, where two names are equal, at a kink, at no index."""

from __future__ import annotations

import pytest
from notes import judged, last

R = r"$a,b,c,x,y,t\in\mathbb R$"
CANCELLED = [
    (R, r"x^2 = x \implies x = 1"),
    (R, r"xy = x \implies y = 1"),
    (R, r"ax = ay \implies x = y"),
    (R, r"x^3 = x y^2 \implies x^2=y^2"),
    (rf"{R}，$ab = ac$", "b = c"),
    (rf"{R}，$a^2 = ab$", "a = b"),
    (rf"{R}，$x^2 = 2x$", "x = 2"),
    (r"$a\in\mathbb R$，$v,w\in\mathbb R^n$，$av = aw$", "v = w"),
    (r"$A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$", r"Ax = 0 \implies \det A = 0"),
    (r"$A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$，$\lambda\in\mathbb R$",
     r"Ax = \lambda x \implies \det(A - \lambda I) = 0"),
    (r"$P\in\mathbb S^n$，$P^2 = P$", r"\operatorname{tr} P \ge 1"),
    (r"$P\in\mathbb S^n$，$P^2 = P$", r"\|P\|_2 = 1"),
    (r"$A\in\mathbb R^{n\times n}$，$A^2 = A$", r"\|A\|_2 \ge 1"),
    (r"$x\in\mathbb R^n$，$x\odot x = x$", r"\mathbf 1^\top x \ge 1"),
]  # fmt: skip
FOLLOWS = [
    (R, r"x^2 = x \implies x^3 = x"),
    (rf"{R}，$x \ne 0$", r"x^2 = x \implies x = 1"),
    (rf"{R}，$a > 0$，$ab = ac$", "b = c"),
    (r"$A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$，$x\ne0$，$\lambda\in\mathbb R$",
     r"Ax = \lambda x \implies \det(A - \lambda I) = 0"),
    (r"$A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$，$\lambda\in\mathbb R$，$Ax = \lambda x$",
     r"\lambda = \frac{x^\top A x}{x^\top x}"),
    (r"$A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$，$\lambda\in\mathbb R$，$Ax = \lambda x$",
     r"A^2 x = \lambda^2 x"),
    (r"$P\in\mathbb S^n$，$P^2 = P$", r"\|P\|_2 \le 1"),
]  # fmt: skip
HOLDS = [
    (R, r"|x| = x\operatorname{sgn}(x)"),
    (R, r"\max(x, 0) = \frac{x + |x|}2"),
    (R, r"\max(x, y) = \frac{x + y + |x - y|}2"),
    (R, r"\frac xy + 1 = \frac{x + y}y"),
    (R, r"\frac{t^2}{1 + t^2} = 1 - \frac1{1 + t^2}"),
    (rf"{R}，$t \ne 0$", r"t\cdot\frac1t = 1"),
    (rf"{R}，$x \ne 0$，$k\in\mathbb N$", r"x^k x^{-k} = 1"),
    (rf"{R}，$k\in\mathbb N$", r"\frac{d}{dx}x^k = k x^{k-1}"),
    (rf"{R}，$k\in\mathbb N$", r"x\cdot x^{k-1} = x^k"),
    (r"$x\in\mathbb R^n$，$x \ne 0$", r"\left\|\frac x{\|x\|}\right\| = 1"),
    (r"$x\in\mathbb R^n$", r"\nabla\|x\| = \frac x{\|x\|}"),
    (r"$x\in\mathbb R^n$", r"\nabla\|x\|_1 = \operatorname{sgn}(x)"),
    (r"$x\in\mathbb R^n$", r"\mathrm d\|x\|_1 = \operatorname{sgn}(x)^\top\mathrm dx"),
    (R, r"\frac{d}{dx}|x| = \frac x{|x|}"),
    (R, r"\frac{d}{dx}\max(x, 0) = \begin{cases} 1 & x > 0 \\ 0 & x \le 0 \end{cases}"),
    (R, r"\frac{d}{dx}(x|x|)\Big|_{x=0} = 0"),
    *((r"$x\in\mathbb R^n$，$p > 1$", rf"\frac{{\partial}}{{\partial x_k}}\sum_i |x_i|^p = {text}")
      for text in (r"p x_k |x_k|^{p-2}", r"p |x_k|^{p-2} x_k")),
    (rf"{R}，$h\in\mathbb R$", r"\frac{(x + h)^2 - (x - h)^2}{2h} = \frac{d}{dx}x^2"),
    (r"$x\in\mathbb R^n$，$\bar x = \frac1n\sum_i x_i$，$s = \sqrt{\frac1n\sum_i(x_i - \bar x)^2}$",
     r"\frac1n\sum_i \frac{x_i - \bar x}s = 0"),
]  # fmt: skip
FALSE = [
    (R, r"\operatorname{sgn}(x)^2 = 1"),
    (R, r"\operatorname{sgn}(x) = \begin{cases} 1 & x \ge 0 \\ -1 & x < 0 \end{cases}"),
    (R, r"\operatorname{sgn}(x - y) = \begin{cases} 1 & x \ge y \\ -1 & x < y \end{cases}"),
]
UNDEFINED = [
    (R, r"\operatorname{sgn}(x) = \begin{cases} 1 & x > 0 \\ -1 & x < 0 \end{cases}", "x = 0"),
    (R, r"t\cdot\frac1t = 1", "t = 0"),
    (R, r"\frac{x^2 - y^2}{x - y} = x + y", "x = y"),
    (r"$x\in\mathbb R^n$", r"\left\|\frac x{\|x\|}\right\| = 1", "x = 0"),
    (r"$x\in\mathbb R^n$，$r = \|x\|$", r"\left\|\frac xr\right\| = 1", "x = 0"),
    (r"$x\in\mathbb R^n$", r"\sum_i \frac{x_i}{x_i} = n", "x"),
    (rf"{R}，$k\in\mathbb N$", r"x^k x^{-k} = 1", "x = 0"),
    (r"$x\in\mathbb R^n$", r"\frac{\partial\prod_i x_i}{\partial x_k} = \frac{\prod_i x_i}{x_k}", "x = 0"),
]
KINKS = [
    (R, r"\frac{d}{dx}|x|\,\Big|_{x=0} = 0"),
    (R, r"\frac{d}{dx}\max(x, 0)\,\Big|_{x=0} = \frac12"),
    (rf"{R}，$f(x) = |x|$", "f'(0) = 0"),
]
NO_INDEX = [
    (r"$x,y\in\mathbb R^n$", r"x_i = y_i\quad(i < 1)"),
    (r"$x,y\in\mathbb R^n$", r"x_i = y_i \text{ for } i > n"),
    (r"$A\in\mathbb R^{n\times n}$", r"a_{ij} = 0 \text{ if } i \ne i"),
]


@pytest.mark.parametrize(("supposed", "claim"), CANCELLED)
def test_cancelling_what_may_be_zero_is_refuted(supposed: str, claim: str) -> None:
    """0 meets an equation too, and the author is told what was forgotten."""
    found = last(f"设 {supposed}。\n\n$${claim}$$\n")
    assert found.status == "false"
    assert "meets the hypotheses too; say $" in found.message


@pytest.mark.parametrize(("supposed", "claim"), FOLLOWS)
def test_what_follows_at_zero_too_is_verified(supposed: str, claim: str) -> None:
    assert judged(f"设 {supposed}。", claim) == "verified"


@pytest.mark.parametrize(("supposed", "claim"), HOLDS)
def test_what_holds_wherever_it_is_defined_is_verified(supposed: str, claim: str) -> None:
    """A derivative may have a kink, both sides may have no value, a name may be supposed not to be 0."""
    assert judged(f"设 {supposed}。", claim) == "verified"


@pytest.mark.parametrize(("supposed", "claim"), FALSE)
def test_sides_that_differ_at_zero_are_refuted(supposed: str, claim: str) -> None:
    assert judged(f"设 {supposed}。", claim) == "false"


@pytest.mark.parametrize(("supposed", "claim", "where"), UNDEFINED)
def test_a_side_without_a_value_at_zero_wants_a_hypothesis(supposed: str, claim: str, where: str) -> None:
    found = last(f"设 {supposed}。\n\n$${claim}$$\n")
    assert found.status == "error"
    assert f"is not defined where {where}" in found.message


@pytest.mark.parametrize(("supposed", "claim"), KINKS)
def test_a_derivative_at_a_kink_is_refused(supposed: str, claim: str) -> None:
    """Autograd has a value there; a derivative there is none."""
    found = last(f"设 {supposed}。\n\n$${claim}$$\n")
    assert (found.status, "to the left and to the right" in found.message) == ("error", True)


@pytest.mark.parametrize(("supposed", "claim"), NO_INDEX)
def test_a_condition_that_no_index_meets_is_refused(supposed: str, claim: str) -> None:
    found = last(f"设 {supposed}。\n\n${claim}$\n")
    assert (found.status, "no index meets" in found.message) == ("error", True)


HUBER = (
    r"设 $r\in\mathbb R$，$\delta > 0$。令 $H(r) = \begin{cases}\frac12 r^2, & |r|\le\delta\\ "
    r"\delta(|r| - \frac12\delta), & |r| > \delta\end{cases}$。"
)


def test_every_part_of_the_domain_is_drawn() -> None:
    """Right on both parts but one: a few draws would miss r < -δ."""
    assert judged(HUBER, r"H'(r) = \max(-\delta, \min(r, \delta))") == "verified"
    assert judged(HUBER, r"H'(r) = \min(r, \delta)") == "false"


def test_a_premise_about_a_derivative_is_solved_for() -> None:
    """The gradient is zero just where the normal equations hold."""
    least = r"设 $A\in\mathbb R^{m\times n}$，$b\in\mathbb R^m$，$x\in\mathbb R^n$，$m\ge n$，"
    least += r"$f(x) = \frac12\|Ax-b\|^2$。"
    assert judged(least, r"\nabla f(x) = 0 \iff A^\top Ax = A^\top b") == "verified"
    assert judged(least, r"\nabla f(x) = 0 \implies A^\top Ax = 2A^\top b") == "false"


AWAY_FROM_ZERO = [
    (R, r"\operatorname{sgn}(x - 1)^2 = 1", "false"),
    (R, r"\operatorname{sgn}(x - 1) = \begin{cases} 1 & x \ge 1 \\ -1 & x < 1 \end{cases}", "false"),
    (R, r"\begin{cases} 1 & x > 2 \\ 0 & x < 2 \end{cases} = \begin{cases} 1 & x \ge 2 \\ 0 & x < 2 \end{cases}",
     "error"),
    (R, r"\frac{x^2 - 4}{x - 2} = x + 2", "error"),
    (rf"{R}，$x \ne 2$", r"\frac{x^2 - 4}{x - 2} = x + 2", "verified"),
    (R, r"\frac{x - 1}{x - 1} = 1", "error"),
    (R, r"\frac1{x^2 - 1} = \frac12\left(\frac1{x - 1} - \frac1{x + 1}\right)", "verified"),
    (R, r"\max(x, 1) = \begin{cases} x & x \ge 1 \\ 1 & x \le 1 \end{cases}", "verified"),
    (rf"{R}，$x > 1$", r"\frac{x - 1}{|x - 1|} = 1", "verified"),
]
OVERLAP = [
    (R, r"\begin{cases} 1 & x \ge 0 \\ 0 & x \le 0 \end{cases} = \begin{cases} 1 & x \ge 0 \\ 0 & x < 0 \end{cases}"),
    (R, r"\begin{cases} 1 & x \ge 1 \\ 0 & x \le 1 \end{cases} = \begin{cases} 1 & x \ge 1 \\ 0 & x < 1 \end{cases}"),
    (rf"{R}，$f(x) = \begin{{cases}} 1 & x \ge 0 \\ 0 & x \le 0 \end{{cases}}$", "f(x)^2 = f(x)"),
]


@pytest.mark.parametrize(("supposed", "claim", "status"), AWAY_FROM_ZERO)
def test_small_whole_numbers_are_tried(supposed: str, claim: str, status: str) -> None:
    """A bar is crossed at 2, a condition at 1."""
    assert judged(f"设 {supposed}。", claim) == status


@pytest.mark.parametrize(("supposed", "claim"), OVERLAP)
def test_cases_with_different_values_at_one_place_are_refused(supposed: str, claim: str) -> None:
    """Though no random draw is there."""
    found = last(f"设 {supposed}。\n\n$${claim}$$\n")
    assert (found.status, "two cases hold at once" in found.message) == ("error", True)
