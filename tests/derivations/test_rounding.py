"""Equalities that hold but nearly: float64 cannot tell them from those that hold, 60 digits or other numbers can."""

from __future__ import annotations

import pytest
from notes import judged, last

DIFFERENCE = r"\frac{\sin(t + h) - \sin(t - h)}{2h}"
NEARLY = [
    ("", r"\pi = 3.1415926535"),
    ("", r"\sqrt2 = 1.4142135624"),
    ("", r"\log 2 = 0.693147180559945"),
    ("", r"\tanh 20 = 1"),
    ("", r"e^{-30} + 1 = 1"),
    ("", r"\sum_{k=0}^{15}\frac1{k!} = e"),
    ("", r"\sqrt{10^{20} + 1} = 10^{10}"),
    (r"$x\in\mathbb R$", r"x + 10^{-12} = x"),
    (r"$x\in\mathbb R$", r"\frac{10^{16} + x}{10^{16}} = 1"),
    (r"$x\in\mathbb R$", r"\sum_{k=0}^{20}\frac{x^k}{k!} = e^x"),
    (r"$t\ge 20$", r"\log(1 + e^t) = t"),
    (r"$0\le x\le10^{-6}$", r"\sin x = x"),
    (r"$h = 10^{-6}$，$t\in\mathbb R$", rf"{DIFFERENCE} = \cos t"),
    (r"$A\in\mathbb R^{n\times n}$", r"\det(A + 10^{-14}I) = \det A"),
    (r"$\epsilon = 10^{-12}$，$x\in\mathbb R^n$，$x\ne0$", r"\frac{x}{\sqrt{x^\top x + \epsilon}} = \frac x{\|x\|}"),
    (r"$\epsilon = 10^{-8}$，$x\in\mathbb R^n$", r"\sqrt{\|x\|^2 + \epsilon^2} = \|x\|"),
]
HOLDS = [
    ("", r"\cos\frac\pi2 = 0"),
    ("", r"\sqrt2\cdot\sqrt2 = 2"),
    ("", r"0.1 + 0.2 = 0.3"),
    ("", r"1.1^{10} = 2.5937424601"),
    ("", r"2^{20} = 1048576"),
    ("", r"\frac1{10^5} = 0.00001"),
    ("", r"\sigma'(0) = \frac14"),
    ("", r"\begin{pmatrix}2 & 1\\ 1 & 3\end{pmatrix}^{-1} = \frac15\begin{pmatrix}3 & -1\\ -1 & 2\end{pmatrix}"),
    (r"$k\in\mathbb N$", r"\sin(k\pi) = 0"),
    (r"$x\in\mathbb R$", r"\frac x{100000} = 0.00001x"),
    (r"$x\in\mathbb R$", r"\sin^2 x + \cos^2 x = 1"),
    (r"$0 < p < 1$，$z = \log\frac p{1 - p}$", r"\sigma(z) = p"),
    (r"$h = 10^{-6}$，$t\in\mathbb R$", r"\frac{(t + h)^2 - (t - h)^2}{2h} = 2t"),
    (r"$\epsilon = 10^{-5}$，$x\in\mathbb R^n$",
     r"\nabla\sqrt{\|x\|^2 + \epsilon} = \frac x{\sqrt{\|x\|^2 + \epsilon}}"),
    (r"$\eta = 10^{-5}$，$w\in\mathbb R^n$", r"w - \eta\nabla_w\|w\|^2 = (1 - 2\eta)w"),
    (r"$\eta = 0.00001$，$w\in\mathbb R^n$", r"w - \eta\nabla_w\|w\|^2 = 0.99998w"),
]


@pytest.mark.parametrize(("supposed", "claim"), NEARLY)
def test_what_holds_but_nearly_is_refuted(supposed: str, claim: str) -> None:
    assert judged(f"设 {supposed}。" if supposed else "", claim) == "false"


@pytest.mark.parametrize(("supposed", "claim"), HOLDS)
def test_what_holds_with_numbers_in_it_is_verified(supposed: str, claim: str) -> None:
    """Also where float64 has a rest that is large beside 0."""
    assert judged(f"设 {supposed}。" if supposed else "", claim) == "verified"


def test_a_derivative_taken_for_a_difference_is_refused() -> None:
    """There is no derivative to 60 digits, so that h gets another value instead; the author is told what to write."""
    found = last(r"设 $h = 10^{-6}$，$t\in\mathbb R$，$f(t) = \sin t$。" + "\n\n"
                 r"$$\frac{f(t + h) - f(t - h)}{2h} = f'(t)$$" + "\n")  # fmt: skip
    assert (found.status, r"write \approx" in found.message) == ("error", True)


def test_numbers_that_look_alike_are_printed_to_their_last_digits() -> None:
    found = last(r"$$\pi = 3.1415926535$$" + "\n")
    assert "3.14159265358979 ≠ 3.1415926535\n" in found.message
    assert "differ by 3e-11 of the largest term" in found.message


@pytest.mark.parametrize(
    ("supposed", "claim", "status"),
    [
        ("", r"\pi < 3.1415926535898", "verified"),
        ("", r"\pi < 3.1415926535897", "false"),
        ("", r"e > 2.71828182845904", "verified"),
        (r"设 $x\in\mathbb R$。", r"x < x + 10^{-14}", "verified"),
        (r"设 $x\in\mathbb R$。", r"x + 10^{-14} < x", "false"),
        (r"设 $x\in\mathbb R$。", r"1 < 1 + x - x", "false"),
        (r"设 $\rho\in(0, 1)$，$k\in\mathbb N$。", r"\sum_{i=0}^{k-1}\rho^i < \frac1{1 - \rho}", "verified"),
        (r"设 $\rho\in(0, 1)$，$k\in\mathbb N$。", r"\sum_{i=0}^{k-1}\rho^i < \frac{1 - \rho^k}{1 - \rho}", "false"),
    ],
)
def test_strict_orders_are_decided_to_60_digits(supposed: str, claim: str, status: str) -> None:
    """Where float64 has both sides equal."""
    assert judged(supposed, claim) == status
