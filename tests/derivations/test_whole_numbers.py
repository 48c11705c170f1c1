"""Whole numbers from the smallest on, negative ones too, and short lengths: what fails only for k = 1, k = 5, n = 2."""

from __future__ import annotations

import pytest
from notes import judged, last

A = r"$A\in\mathbb R^{m\times n}$"
HOLDS = [
    (r"$k\in\mathbb Z$", r"k^2 \ge k"),
    (r"$k\in\mathbb Z$", r"|k|^2 = k^2"),
    (r"$k\in\mathbb Z$，$x\in\mathbb R$", r"\cos(x + k\pi) = (-1)^k\cos x"),
    (r"$k\in\mathbb Z$，$x > 0$", r"\frac{d}{dx}x^k = kx^{k-1}"),
    (r"$k\in\mathbb N$", r"k \ge 1"),
    (r"$k\in\mathbb N$", r"k! \le k^k"),
    (r"$k\in\mathbb N_0$", r"\sum_{i=0}^k 2^i = 2^{k+1} - 1"),
    (r"$k\in\mathbb Z_+$", r"k \ge 1"),
    (r"$n\in\mathbb N$", r"\sum_{i=1}^n \frac1i \ge \log n"),
    (r"$k\in\mathbb N$，$k \ge 5$", r"2^k > k^2"),
    (r"$k\in\mathbb N$，$x \ge -1$", r"(1 + x)^k \ge 1 + kx"),
    (r"$k\in\mathbb N$，$X\in\mathbb R^{n\times n}$", r"\nabla_X\operatorname{tr}(X^k) = k(X^{k-1})^\top"),
    (r"$k\in\mathbb N$，$k \ge 2$，$x\in\mathbb R$", r"\frac x{k - 1} = \frac1{k-1}x"),
    (A, r"mn \ge m"),
    (rf"{A}，$m > n$", r"m \ge n + 1"),
    (r"$x\in\mathbb R^n$", r"\|x\|_1 \le n\|x\|_2"),
    (r"$z\in\mathbb R^n$", r"0 < \operatorname{softmax}(z)_i < 1"),
    (r"$x\in\mathbb R^n$", r"x_1^2 + x_3^2 \le \|x\|^2"),
    (r"$A, B\in\mathbb S^n_{++}$", r"|A + B| \ge |A| + |B|"),
]
WRONG = [
    (r"$k\in\mathbb Z$", r"k \ge 0"),
    (r"$k\in\mathbb Z$", r"|k| = k"),
    (r"$k\in\mathbb Z$", r"k^2 > 0"),
    (r"$k\in\mathbb Z$，$x\in\mathbb R^n$", r"\|kx\| = k\|x\|"),
    (r"$k\in\mathbb N$", r"k \ge 2"),
    (r"$k\in\mathbb N$", r"k^3 - 9k^2 + 26k - 24 = 0"),
    (r"$k\in\mathbb N$", r"k! \le 2^{k+1}"),
    (r"$k\in\mathbb N_0$", r"k \ge 1"),
    (r"$k\in\mathbb N$，$k \ge 0$", r"k > 0"),
    (r"$k\in\mathbb N$，$k \ge 5$", r"k \ge 6"),
    (r"$n\in\mathbb N$", r"\sum_{i=1}^n \frac1i \le 4"),
    (r"$p, q\in\mathbb N$", r"p \le q"),
    (r"$p, q\in\mathbb N$", r"p \ge q"),
    (r"$k\in\mathbb N$，$x \ge 0$", r"(1 + x)^k \ge 1 + kx + x^2"),
    (A, r"n \ge 2"),
    (A, r"n^2 > n"),
    (A, r"\frac1n < \frac12"),
    (A, r"m \ge n"),
    (rf"{A}，$m\ge n$", r"m \ge n + 1"),
    (r"$x\in\mathbb R^n$", r"\|x\|_1 \le \frac n{\sqrt3}\|x\|_2"),
]


@pytest.mark.parametrize(("supposed", "claim"), HOLDS)
def test_what_holds_for_all_whole_numbers_is_verified(supposed: str, claim: str) -> None:
    assert judged(f"设 {supposed}。", claim) == "verified"


@pytest.mark.parametrize(("supposed", "claim"), WRONG)
def test_what_fails_for_some_whole_number_is_refuted(supposed: str, claim: str) -> None:
    assert judged(f"设 {supposed}。", claim) == "false"


def test_a_value_that_is_missing_for_one_whole_number_wants_a_hypothesis() -> None:
    """1/(k - 1) has none for k = 1."""
    found = last(r"设 $k\in\mathbb N$，$x\in\mathbb R$。" + "\n\n" + r"$$\frac x{k - 1} = \frac1{k-1}x$$" + "\n")
    assert (found.status, "for k = 1: " in found.message) == ("error", True)
