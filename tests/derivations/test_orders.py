"""Orders: those that hold are verified though they come near equality, those that fail somewhere are refuted though no
generic draw meets the place: where both sides touch, far out, at the edge of a range, or in more dimensions."""

from __future__ import annotations

import pytest
from notes import judged

TRUE = [
    (r"$z\in\mathbb R^n$", r"0 < \operatorname{softmax}(z)_i < 1"),
    (r"$t\in\mathbb R$", r"\sigma(t) < 1"),
    (r"$t\in\mathbb R$", r"|\tanh t| < 1"),
    (r"$t\in\mathbb R$", r"\log(1 + e^t) > t"),
    (r"$t\in\mathbb R$", r"\cosh t > \sinh t"),
    (r"$t\in\mathbb R$", r"\sigma'(t) > 0"),
    (r"$w, x\in\mathbb R^n$", r"0 < \sigma(w^\top x) < 1"),
    (r"$\lambda > 0$", r"1+\lambda > 1"),
    (r"$\lambda > 0$", r"e^{-\lambda} < 1"),
    (r"$t\in\mathbb R$", r"\sqrt{1+t^2} > |t|"),
    (r"$t\in\mathbb R$", r"\tanh t < 1"),
    (r"$t\in\mathbb R$", r"e^t > t"),
    (r"$t\in\mathbb R$", r"\sin t \le 1"),
    (r"$a,b>0$", r"\sqrt{ab} \le \frac{a+b}2"),
    (r"$t\in\mathbb R$", r"t^2+1>0"),
    (r"$\lambda>0$，$X\in\mathbb R^{m\times n}$", r"\det(X^\top X+\lambda I) > 0"),
    (r"$x\in\mathbb R^n$，$x\ne 0$", r"\|x\|_2 > 0"),
    (r"$x,y\in\mathbb R^n$", r"\|x+y\| < \|x\|+\|y\|+1"),
    (r"$t\in\mathbb R$", r"\sigma(t)(1-\sigma(t)) > 0"),
    (r"$0<p<1$", r"p(1-p) < 1"),
    (r"$\lambda,\mu > 0$", r"\frac{\lambda}{\lambda+\mu} < 1"),
    (r"$A\in\mathbb S^n_{++}$，$x\in\mathbb R^n$，$x\ne0$", r"x^\top A x > 0"),
    (r"$\lambda>0$", r"\lambda + \frac1\lambda > 1"),
    (r"$0<p<1$", r"-\log p > 0"),
    (r"$0<p<1$", r"p^2 < p"),
    (r"$\lambda>0$", r"\log(1+\lambda) > 0"),
    (r"$\lambda>0$", r"\log(1+\lambda) < \lambda"),
    (r"$\lambda>0$", r"\cosh\lambda > 1"),
    (r"$0<p<1$", r"-p\log p \le e^{-1}"),
    (r"$0<p,q<1$", r"p\log\frac pq + (1-p)\log\frac{1-p}{1-q} \ge 0"),
    (r"$-1<\rho<1$", r"1-\rho^2 > 0"),
    (r"$0<p<1$", r"\log p + \log(1-p) < -1"),
    (r"$0<p<1$", r"(1-p)^{10}>0"),
    (r"$0<\beta<1$", r"\frac{1}{1-\beta} > 1+\beta"),
    (r"$x>0$", r"\log x \le x-1"),
    (r"$x>0$", r"\sqrt x < x+1"),
    (r"$x>0$", r"x^x > 0"),
    (r"$t\in\mathbb R$", r"\log(1+e^t) - t > 0"),
    (r"$x\in\mathbb R^n$", r"\log\sum_i e^{x_i} \ge \max_i x_i"),
    (r"$x\in\mathbb R^n$", r"\log\sum_i e^{x_i} \le \max_i x_i + \log n"),
    (r"$x\in\mathbb R^n$", r"\|x\|_1 \le \sqrt n\|x\|_2"),
    (r"$X\in\mathbb R^{m\times n}$，$\lambda>0$", r"\det(X^\top X+\lambda I) > 0"),
    (r"$a,b\in\mathbb R^n$", r"\|a\|^2\|b\|^2 - (a^\top b)^2 \ge 0"),
    (r"$u,v\in\mathbb R^n$", r"\det(I + uu^\top) \ge 1"),
    (r"$t\in\mathbb R$", r"t^2 - 2t + 1 \ge 0"),
    (r"$t\in\mathbb R$", r"\frac{t^2}{1+t^2} < 1"),
    (r"$t\in\mathbb R$", r"\tanh(t)^2 < 1"),
    (r"$t\in\mathbb R$", r"|\sin t| \le |t|"),
    (r"$\lambda>0$，$x\in\mathbb R^n$", r"\frac{\|x\|^2}{\|x\|^2+\lambda} < 1"),
    (r"$x>0$", r"x+\frac1x\ge 2"),
    (r"$\alpha>0$", r"(1+\alpha)^3 > 1+3\alpha"),
    (r"$0<t<\pi$", r"\sin t > 0"),
    (r"$0 \le t \le 1$", r"t^2 \le t"),
    (r"$0<t<1$", r"t^2 < t"),
    (r"$x,y\in\mathbb R^n$, $0\le t\le1$", r"\|tx+(1-t)y\|^2 \le t\|x\|^2+(1-t)\|y\|^2"),
]
WRONG = [
    (r"$t\in\mathbb R$", r"\sin t < 1"),
    (r"$t\in\mathbb R$", r"\cos t > -1"),
    (r"$t\in\mathbb R$", r"t(1 - t) < \frac14"),
    (r"$s, t\in\mathbb R$", r"\sin s + \cos t < 2"),
    (r"$t\in\mathbb R$", r"e^t > 1 + t"),
    (r"$x, y\in\mathbb R^n$", r"\|x + y\|_2 < \|x\|_2 + \|y\|_2"),
    (r"$t\in\mathbb R$", r"1 < 1 + t - t"),
    (r"$a > 0$", r"\log a < a - 1"),
    (r"$a > 0$", r"a + \frac4a \ge 4.0005"),
    (r"$x\in\mathbb R^n_{++}$", r"\sum_i (x_i + \frac9{x_i}) \ge 6n + 0.001"),
    (r"$S\in\mathbb S^n$", r"\|S - 2I\|_F^2 + 1 \ge 1.001"),
    (r"$S\in\mathbb S^n$", r"S^2 \succ 0"),
    (r"$A, B\in\mathbb S^n_+$", r"\operatorname{tr}(AB) > 0"),
    (r"$A\in\mathbb S^n_{++}$", r"\det A < \prod_i a_{ii}"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p = 1$", r"-\sum_i p_i\log p_i < \log n"),
    (r"$A\in\mathbb R^{m\times n}$，$m \ge n$", r"\|A\|_F \le 0.99\sqrt n\|A\|_2"),
    (r"$a,b\in\mathbb R$", r"2ab < a^2+b^2"),
    (r"$t\in\mathbb R$", r"t e^{-t} < e^{-1}"),
    (r"$t\in\mathbb R$", r"\sigma'(t) < \frac14"),
    (r"$\lambda>0$", r"\lambda+\frac1\lambda > 2"),
    (r"$x,y\in\mathbb R^n$", r"|x^\top y| < \|x\|\|y\|"),
    (r"$t\in\mathbb R$", r"\sin t + \cos t < \sqrt 2"),
    (r"$0<p<1$", r"p(1-p) < \frac14"),
    (r"$t\in\mathbb R$", r"t<1000"),
    (r"$x\in\mathbb R^n$", r"\|x\|_1 < \sqrt n\|x\|_2"),
    (r"$a,b>0$", r"\sqrt{ab} < \frac{a+b}2"),
    (r"$x,y\in\mathbb R^n$", r"\|x+y\| < \|x\|+\|y\|"),
    (r"$0<p<1$", r"-p\log p < e^{-1}"),
    (r"$0<p<1$", r"p(1-p) < 0.2"),
    (r"$x>0$", r"\log x < x-1"),
    (r"$x>0$", r"x e^{-x} < e^{-1}"),
    (r"$x>0$", r"\frac{\log x}{x} < e^{-1}"),
    (r"$x\in\mathbb R^n$", r"\|x\| \le 1000"),
    (r"$x\in\mathbb R^n$", r"\|x\|_2^2 \le 100\|x\|_1"),
    (r"$t\in\mathbb R$", r"t^2 \le 1000 + |t|"),
    (r"$x>0$", r"x^2 < 500x"),
    (r"$x>0$", r"\log x<8"),
    (r"$0<p,q<1$", r"p\log\frac pq + (1-p)\log\frac{1-p}{1-q} > 0"),
    (r"$-1<\rho<1$", r"1-\rho^2 < 1"),
    (r"$0<t<\pi$", r"\sin t < 1"),
    (r"$0<t<1$", r"t - t^3 < \frac{2}{3\sqrt3}"),
    (r"$x\in\mathbb R^n$", r"\|x\|_1\le 2\|x\|_2"),
    (r"$x\in\mathbb R^n$", r"\|x\|_1\le 3\|x\|_2"),
    (r"$0\le p\le1$", r"p(1-p)<\frac14"),
    (r"$x\in\mathbb R^n$", r"\sum_i x_i \le n"),
    (r"$x,y\in\mathbb R^n$, $0<t<1$", r"\|tx+(1-t)y\|^2 < t\|x\|^2+(1-t)\|y\|^2"),
]


@pytest.mark.parametrize(("supposed", "claim"), TRUE)
def test_order_that_holds_is_verified(supposed: str, claim: str) -> None:
    """Rounding, overflow and the edge of a range refute nothing."""
    assert judged(f"设 {supposed}。", claim) == "verified"


@pytest.mark.parametrize(("supposed", "claim"), WRONG)
def test_order_that_fails_somewhere_is_refuted(supposed: str, claim: str) -> None:
    """A place where it fails is sought and found."""
    assert judged(f"设 {supposed}。", claim) == "false"


@pytest.mark.parametrize("supposed", [r"$0 < p, q < 1$", r"$0 < p, q$，$p, q < 1$", r"$0 < p < 1$，$0 < q < 1$"])
def test_a_range_is_supposed_of_each_name_in_it(supposed: str) -> None:
    """`0 < p, q < 1` says of both that they are between 0 and 1."""
    assert judged(f"设 {supposed}。", "pq < p") == "verified"
    assert judged(f"设 {supposed}。", "p + q < 1") == "false"
    assert judged(f"设 {supposed}。", "0 < p, q < 1") == "verified"
    assert judged(f"设 {supposed}。", r"0 < p, q < \frac12") == "false"


def test_pi_in_a_range_is_the_number() -> None:
    """A supposition about π does not declare it."""
    assert judged(r"设 $0 < t < \pi$。", r"\sin t > 0") == "verified"
    assert judged(r"设 $0 < t < \pi$。", r"\cos t > 0") == "false"


LEAST = r"$A\in\mathbb R^{m\times n}$，$m\ge n$，$b\in\mathbb R^m$，$x\in\mathbb R^n$，$\hat x=(A^\top A)^{-1}A^\top b$"
INVERSES = [
    (LEAST, r"\|b - A\hat x\|_2 \le \|b - Ax\|_2", "verified"),
    (LEAST, r"\|b - A\hat x\|_2 \ge \|b - Ax\|_2", "false"),
    (LEAST, r"\|b - A\hat x\|_2 < \|b - Ax\|_2", "false"),
    (r"$A\in\mathbb R^{n\times n}$", r"\|A\|_2\|A^{-1}\|_2 \ge 1", "verified"),
    (r"$A\in\mathbb R^{n\times n}$", r"\|A\|_2\|A^{-1}\|_2 > 1", "false"),
    (r"$A\in\mathbb R^{n\times n}$", r"\det(A)\det(A^{-1}) > 0", "verified"),
    (r"$A\in\mathbb R^{n\times n}$", r"\det(A^{-1}) > 0", "false"),
    (r"$X\in\mathbb R^{m\times n}$，$m < n$，$x\in\mathbb R^n$", r"x^\top (X^\top X)^{-1} x \ge 0", "error"),
    (r"$x\in\mathbb R^n$", r"\operatorname{tr}((xx^\top)^{-1}xx^\top) \ge n", "error"),
    (r"$A\in\mathbb R^{n\times n}$", r"\log\det A \le \operatorname{tr} A - n", "error"),
    (r"$x\in\mathbb R$", r"\frac{x^2}{x^2} > 0", "error"),
]


@pytest.mark.parametrize(("supposed", "claim", "status"), INVERSES)
def test_special_draws_without_a_value_are_left_out(supposed: str, claim: str, status: str) -> None:
    """A = 0 says nothing about A⁻¹; what no ordinary draw has a value of stays refused."""
    assert judged(f"设 {supposed}。", claim) == status


#: Places far from 0, kinks, and matrices.
TOUCHING = [
    (r"$x,y\in\mathbb R$", r"x^2 + y^2 - 6x - 8y > -25"),
    (r"$x\in\mathbb R$", r"x^2 + 49 > 14x"),
    (r"$x\in\mathbb R$", r"(x-20)^2 > 0"),
    (r"$x\in\mathbb R$", r"|x-3| > 0"),
    (r"$x\in\mathbb R$", r"|x-3| + 1 > 1"),
    (r"$x\in\mathbb R$", r"\frac1{1+(x-20)^2} < 1"),
    (r"$x\in\mathbb R^n$", r"\|x\|^2+25n > 10\sum_i x_i"),
    (r"$x\in\mathbb R$", r"e^x > e^5(x-4)"),
    (r"$A\in\mathbb{S}^n$", r"A^2 + 4I \succ 4A"),
    (r"$A\in\mathbb{S}^n$", r"A^2 + A + \frac14 I\succ0"),
    (r"$X\in\mathbb{S}^n_{++}$", r"X + 4X^{-1}\succ 4I"),
    (r"$X\in\mathbb{S}^n_{++}$", r"\log\det X < \frac12\operatorname{tr}X - n + n\log2"),
    (r"$x,y\in\mathbb R$", r"|x-3|+|y-4| > 0"),
    (r"$x,y\in\mathbb R$", r"|x-y| > 0"),
    (r"$x\in\mathbb R$", r"x^2 + 10000 > 200x"),
    (r"$x>0$", r"x + \frac{100}{x} > 20"),
    (r"$x>0$", r"\log x < \frac{x}{10} - 1 + \log 10"),
    (r"$x\in\mathbb R$", r"\max(x,5) > 5"),
    (r"$x\in\mathbb R^n$", r"\|x\|_\infty + 4 > 4"),
    (r"$x\in\mathbb R$", r"\lvert x - \frac12\rvert > 0"),
    (r"$x\in\mathbb R$", r"\sin x < 1"),
    (r"$x\in\mathbb R$", r"\cos(x-10) < 1"),
    (r"$x,a\in\mathbb R^n$", r"\|x-a\|^2 > 0"),
    (r"$x,a\in\mathbb R^n$", r"\|x\|^2+\|a\|^2 > 2a^\top x"),
    (r"$A\in\mathbb R^{n\times n}$", r"\|A-3I\|_F > 0"),
    (r"$A\in\mathbb S^n$", r"e^{A} \succ I + A"),
    (r"$x\in\mathbb R^n$", r"\log\sum_i e^{x_i} > \max_i x_i + 1"),
    (r"$x\in\mathbb R$", r"x^2+x+\frac14>0"),
    (r"$x\in\mathbb R$", r"(x^2-4)^2 > 0"),
    (r"$0<p<1$", r"|p-\frac14| > 0"),
    (r"$0<p,q<1$", r"|p-\frac14| + |q-\frac23| > 0"),
    (r"$0\le p\le 1$", r"|2p-1| + 1 > 1"),
    (r"$-1<\rho<1$", r"|\rho| > 0"),
    (r"$x\le -1$", r"|x+4| > 0"),
]
APART = [
    (r"$A\in\mathbb S^n$", r"e^{A} \succ 0"),
    (r"$A\in\mathbb S^n$", r"A^2 + I \succ 0"),
    (r"$A\in\mathbb S^n$", r"A^2 + 5I \succ 4A"),
    (r"$X\in\mathbb S^n_{++}$", r"X + X^{-1} \succ I"),
    (r"$X\in\mathbb S^n_{++}$", r"X \succ 0"),
    (r"$X\in\mathbb S^n_{++}$，$\lambda>0$", r"X+\lambda I \succ 0"),
    (r"$X,Y\in\mathbb S^n_{++}$", r"X+Y \succ 0"),
    (r"$x\in\mathbb R$", r"x^2+50 > 14x"),
    (r"$x\in\mathbb R$", r"|x-3|+1 > 0"),
    (r"$x\in\mathbb R$", r"e^{-x^2} > 0"),
    (r"$x\in\mathbb R$", r"e^x > 0"),
    (r"$x\in\mathbb R$", r"\tanh x<1"),
    (r"$x\in\mathbb R$", r"1-e^{-x^2} < 1"),
    (r"$x\in\mathbb R$", r"\sqrt{1+x^2} > |x|"),
    (r"$x\in\mathbb R$", r"\sqrt{1+x^2} > x"),
    (r"$x\in\mathbb R$", r"\cosh x > \sinh x"),
    (r"$x\in\mathbb R$", r"\cosh x > |\sinh x|"),
    (r"$x\in\mathbb R$", r"\log(1+e^x) > 0"),
    (r"$x\in\mathbb R$", r"\log(1+e^x) > x"),
    (r"$x\in\mathbb R$", r"\log(1+e^x) > \max(x,0)"),
    (r"$x\in\mathbb R$", r"\sigma(x)(1-\sigma(x)) > 0"),
    (r"$x\in\mathbb R$", r"\arctan x < \frac\pi2"),
    (r"$x\in\mathbb R$", r"\frac{x}{\sqrt{1+x^2}} < 1"),
    (r"$x\in\mathbb R$", r"|\operatorname{erf}(x)| < 1"),
    (r"$x>0$", r"\log(1+x) < x"),
    (r"$x>0$", r"\frac{x}{1+x} < \log(1+x)"),
    (r"$x>0$", r"\frac{x}{1+x} < 1"),
    (r"$x>0$", r"\sin x < x"),
    (r"$x>0$", r"e^x > 1+x"),
    (r"$x>0$", r"e^{-x} < 1"),
    (r"$x>0$", r"\frac1x > 0"),
    (r"$x>0$", r"x^2 > 0"),
    (r"$x>1$", r"x^2 > x"),
    (r"$x>1$", r"\log x > 0"),
    (r"$x,y>0$", r"\frac{x}{x+y} < 1"),
    (r"$x,y>0$", r"(x+y)^2 > x^2+y^2"),
    (r"$x\in\mathbb R^n$", r"\log\sum_i e^{x_i} > x_i"),
    (r"$w,x\in\mathbb R^n$", r"\sigma(w^\top x) > 0"),
    (r"$x\in\mathbb R^n$", r"\|x\|^2+1 > 0"),
    (r"$x\in\mathbb R^n$", r"\|x\|^2 + 1 > \|x\|"),
    (r"$x,y\in\mathbb R^n$，$\lambda>0$", r"\|x-y\|^2+\lambda > 0"),
    (r"$x,y\in\mathbb R^n$", r"e^{-\|x-y\|^2} > 0"),
    (r"$X\in\mathbb R^{m\times n}$，$\lambda>0$", r"X^\top X+\lambda I\succ0"),
    (r"$A\in\mathbb S^n_{++}$", r"\det A > 0"),
    (r"$A\in\mathbb S^n_{++}$", r"\operatorname{tr} A > 0"),
    (r"$A\in\mathbb S^n_{++}$", r"a_{ii} > 0"),
    (r"$A\in\mathbb S^n_{++}$", r"\det(I+A) > 1"),
    (r"$A\in\mathbb S^n_{++}$", r"\det(I+A) > 1+\operatorname{tr}A"),
    (r"$0<p<1$", r"-p\log p-(1-p)\log(1-p) > 0"),
    (r"$-1<\rho<1$", r"\frac{1}{1-\rho^2} \ge 1"),
    (r"$x\in\mathbb R$", r"x^4 - x^2 + 1 > 0"),
    (r"$x\in\mathbb R$", r"x^2+x+1>0"),
    (r"$x\in\mathbb R$，$x\ne0$", r"x^2>0"),
    (r"$x\in\mathbb R$，$x\ne3$", r"|x-3|>0"),
    (r"$x\in\mathbb R$，$x\ne7$", r"x^2+49>14x"),
    (r"$x\in\mathbb R^n$，$x\ne0$", r"\|x\|_1>0"),
    (r"$x,y\in\mathbb R$，$x\ne y$", r"x^2+y^2>2xy"),
    (r"$x,y\in\mathbb R$，$x<y$", r"e^x < e^y"),
    (r"$x,y\in\mathbb R$，$x<y$", r"x^3 < y^3"),
    (r"$a>b>0$", r"\sqrt a > \sqrt b"),
    (r"$a > 0$", r"a^{10} > 0"),
    (r"$0<a<1$", r"a^{100} > 0"),
    (r"$0<a<1$", r"a^{100} < 1"),
    (r"$0<p,q<1$", r"pq < p"),
    (r"$x\le -1$", r"|x| > 0"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x)^2+1 > 0"),
]


@pytest.mark.parametrize(("supposed", "claim"), TOUCHING)
def test_strict_order_whose_sides_touch_somewhere_is_refuted(supposed: str, claim: str) -> None:
    """Far out, at a kink, at one matrix."""
    assert judged(f"设 {supposed}。", claim) == "false"


@pytest.mark.parametrize(("supposed", "claim"), APART)
def test_strict_order_whose_sides_come_near_is_verified(supposed: str, claim: str) -> None:
    """Sides that rounding alone makes equal are equal a little aside too."""
    assert judged(f"设 {supposed}。", claim) == "verified"


BOUNDED = [
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x) \ge -10"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x) \ge -1000"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x) \le 1000"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"|f(x)| \le 10"),
    (r"$g:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"g(x) \ge -2"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x) \le x^2+10"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f''(x) \ge -20"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$", r"\|\nabla f(x)\| > 0"),
    (r"$f:\mathbb R^n\to\mathbb R^m$，$x\in\mathbb R^n$", r"\|f(x)\| > 0"),
    (r"$f:\mathbb R^n\to\mathbb R^m$，$x\in\mathbb R^n$", r"\|f(x)\| \le 100"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$", r"f(x)^2 > 0"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x,y\in\mathbb R^n$", r"|f(x)-f(y)| \le 100\|x-y\|"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x,y\in\mathbb R^n$", r"f(y) \ge f(x)+\nabla f(x)^\top(y-x)"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x,y\in\mathbb R^n$", r"f(y) \le f(x)+\nabla f(x)^\top(y-x) + 50\|y-x\|^2"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"p(x)\le2"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"p(x)\le 100"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"p(x)\ge 0.01"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"p(x)^2\le2p(x)"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"|\log p(x)|\le p(x)"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x,y\in\mathbb R^n$", r"p(x)\le2p(y)"),
    (r"$f,g:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"|f(x)g(x)| < \frac12(f(x)^2+g(x)^2)"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x) < f(x+1)"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$", r"\nabla f(x) \ne 0 \implies \|\nabla f(x)\| > 0.1"),
]
UNBOUNDED = [
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"p(x) > 0"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"\nabla\log p(x) = \frac{\nabla p(x)}{p(x)}"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"\log p(x) \le p(x) - 1"),
    (r"$p:\mathbb{R}^n\to\mathbb{R}_{++}$，$x\in\mathbb R^n$", r"\log p(x) < p(x)"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x)^2 \ge 0"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"e^{f(x)} > 0"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"\sigma(f(x)) < 1"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"f(x)^2+1 > f(x)"),
    (r"$f:\mathbb R^n\to\mathbb R^m$，$x,y\in\mathbb R^n$", r"\|f(x)+f(y)\| \le \|f(x)\|+\|f(y)\|"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$", r"-\|\nabla f(x)\|^2 \le 0"),
    (r"$f:\mathbb R^n\to\mathbb R^m$，$x,v\in\mathbb R^n$", r"\|J_f(x)v\| \le \|J_f(x)\|_F\|v\|"),
    (r"$f,g:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"|f(x)g(x)| \le \frac12(f(x)^2+g(x)^2)"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$", r"|\sin f(x)| \le 1"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$", r"\log(1+e^{f(x)}) > f(x)"),
    (r"$f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$", r"\nabla f(x) \ne 0 \implies -\|\nabla f(x)\|^2 < 0"),
    (r"$f:\mathbb R\to\mathbb R$，$x\in\mathbb R$，$f(x) > 0$", r"f(x)^2 > 0"),
]


@pytest.mark.parametrize(("supposed", "claim"), BOUNDED)
def test_an_arbitrary_function_has_no_bound_and_may_be_zero(supposed: str, claim: str) -> None:
    assert judged(f"设 {supposed}。", claim) == "false"


@pytest.mark.parametrize(("supposed", "claim"), UNBOUNDED)
def test_what_holds_for_all_functions_is_verified(supposed: str, claim: str) -> None:
    """However large, and for those alone of which something is supposed."""
    assert judged(f"设 {supposed}。", claim) == "verified"


ENDS = [
    (r"$0<p<1$", r"p(1-p) \le 0.2499", "false"),
    (r"$0<p<1$", r"p \le 0.99", "false"),
    (r"$0<p<1$", r"-\log p \le 9", "false"),
    (r"$-1<\rho<1$", r"\frac1{1-\rho^2} \le 20", "false"),
    (r"$0<p<1$", r"p(1-p) \le \frac14", "verified"),
    (r"$0<p,q<1$", r"p\log\frac pq + (1-p)\log\frac{1-p}{1-q} \ge 2(p-q)^2", "verified"),
    (r"$A,B\in\mathbb R^{n\times n}$", r"\|AB - BA\|_F \le \sqrt2\|A\|_F\|B\|_F", "verified"),
    (r"$A,B\in\mathbb R^{n\times n}$", r"\|AB - BA\|_F \le 1.4\|A\|_F\|B\|_F", "false"),
]


@pytest.mark.parametrize(("supposed", "claim", "status"), ENDS)
def test_orders_are_tried_all_over_a_range(supposed: str, claim: str, status: str) -> None:
    """In its middle and very near its ends; and at the matrices whose commutator is largest."""
    assert judged(f"设 {supposed}。", claim) == status


WIDE = [
    (r"$A\in\mathbb S^n_{++}$", r"A \preceq 100 I", "false"),
    (r"$A\in\mathbb S^n_{++}$", r"\operatorname{tr}(A^{-1})\operatorname{tr}(A) \le 1000", "false"),
    (r"$A\in\mathbb S^n_{++}$", r"\|A\|_2\|A^{-1}\|_2 \le 500", "false"),
    (r"$A\in\mathbb R^{n\times n}$", r"\|A\|_F \le 1000", "false"),
    (r"$A\in\mathbb R^{n\times n}$", r"\|A\|_2\|A^{-1}\|_2 \le 1000", "false"),
    (r"$A\in\mathbb R^{n\times n}$", r"\det A \le 10^6", "false"),
    (r"$A\in\mathbb S^n$", r"A \preceq 1000I", "false"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"p_i\le0.95", "false"),
    (r"$p,q\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$，$\mathbf 1^\top q=1$",
     r"\sum_i p_i\log\frac{p_i}{q_i} \le 5", "false"),
    (r"$p,q\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$，$\mathbf 1^\top q=1$",
     r"\sum_i p_i\log\frac{p_i}{q_i} \ge 0", "verified"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"p_i\le1", "verified"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"p_i<1", "verified"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"-\sum_i p_i\log p_i > 0", "verified"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"-\sum_i p_i\log p_i \le \log n", "verified"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"\|p\|_2 \le 1", "verified"),
    (r"$p\in\mathbb R^n_{++}$，$\mathbf 1^\top p=1$", r"\operatorname{diag}(p)-pp^\top \succeq 0", "verified"),
    (r"$P\in\mathbb R^{n\times n}_{++}$，$P\mathbf 1=\mathbf 1$，$x\in\mathbb R^n$",
     r"\|Px\|_\infty\le\|x\|_\infty", "verified"),
    (r"$X\in\mathbb R^{m\times n}$，$\lambda>0$", r"\det(X^\top X+\lambda I)>0", "verified"),
    (r"$X\in\mathbb R^{m\times n}$", r"X^\top X \succeq 0", "verified"),
    (r"$X\in\mathbb R^{m\times n}$，$\lambda>0$", r"X^\top X+\lambda I \succ 0", "verified"),
    (r"$X\in\mathbb R^{m\times n}$", r"\det(X^\top X)\ge0", "verified"),
    (r"$A\in\mathbb S^n_{++}$", r"\det A>0", "verified"),
    (r"$A\in\mathbb S^n_{++}$", r"\det A \le \prod_i a_{ii}", "verified"),
    (r"$A,B\in\mathbb S^n_{++}$", r"\det(A+B)\ge\det A+\det B", "verified"),
    (r"$A,B\in\mathbb S^n_{++}$", r"\operatorname{tr}(AB) > 0", "verified"),
    (r"$A,B\in\mathbb S^n_{++}$", r"\operatorname{tr}(AB) \le \operatorname{tr}(A)\operatorname{tr}(B)", "verified"),
    (r"$A\in\mathbb S^n_{++}$", r"\log\det A\le\operatorname{tr}A-n", "verified"),
    (r"$A\in\mathbb S^n_{++}$", r"A+A^{-1}\succeq 2I", "verified"),
    (r"$A\in\mathbb S^n_{++}$", r"A^{-1}\succ 0", "verified"),
    (r"$A,B\in\mathbb R^{m\times n}$", r"\operatorname{tr}(A^\top B)^2\le\|A\|_F^2\|B\|_F^2", "verified"),
    (r"$A\in\mathbb R^{m\times n}$", r"\|A\|_2\le\|A\|_F", "verified"),
    (r"$A\in\mathbb R^{m\times n}$，$B\in\mathbb R^{n\times p}$", r"\|AB\|_F\le\|A\|_F\|B\|_F", "verified"),
    (r"$A\in\mathbb R^{m\times n}$，$B\in\mathbb R^{n\times p}$", r"\|AB\|_F\le\|A\|_2\|B\|_F", "verified"),
    (r"$A\in\mathbb R^{n\times n}$", r"(\operatorname{tr}A)^2\le n\|A\|_F^2", "verified"),
    (r"$A\in\mathbb R^{n\times n}$", r"|\det A|\le\prod_{i}\sqrt{\sum_j a_{ij}^2}", "verified"),
    (r"$A\in\mathbb S^n_{+}$，$x\in\mathbb R^n$", r"x^\top Ax\ge0", "verified"),
    (r"$A\in\mathbb S^n$，$x\in\mathbb R^n$", r"|x^\top Ax|\le\|A\|_2\|x\|^2", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$x,y\in\mathbb R^n$", r"(x^\top y)^2\le (x^\top Ax)(y^\top A^{-1}y)", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$b,x\in\mathbb R^n$，$f(x)=\frac12x^\top Ax-b^\top x$",
     r"f(x)\ge -\frac12b^\top A^{-1}b", "verified"),
    (r"$X\in\mathbb R^{m\times n}$，$y\in\mathbb R^m$，$w\in\mathbb R^n$，$\lambda>0$，"
     r"$\hat w=(X^\top X+\lambda I)^{-1}X^\top y$",
     r"\|X\hat w-y\|^2+\lambda\|\hat w\|^2 \le \|Xw-y\|^2+\lambda\|w\|^2", "verified"),
    (r"$A,B\in\mathbb R^{n\times n}$", r"\|A+B\|_2\le\|A\|_2+\|B\|_2", "verified"),
    (r"$A\in\mathbb R^{n\times n}$", r"\|A\|_*\ge\|A\|_F", "verified"),
    (r"$A,B\in\mathbb S^n_{++}$", r"\log\det(A+B)>\log\det A", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$u\in\mathbb R^n$", r"\det(A+uu^\top)\ge\det A", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$t\in[0,1]$，$B\in\mathbb S^n_{++}$",
     r"\log\det(tA+(1-t)B)\ge t\log\det A+(1-t)\log\det B", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$t\in[0,1]$，$B\in\mathbb S^n_{++}$",
     r"(tA+(1-t)B)^{-1}\preceq tA^{-1}+(1-t)B^{-1}", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$B\in\mathbb S^n_{++}$", r"(A+B)^{-1}\preceq A^{-1}", "verified"),
    (r"$A\in\mathbb S^n_{++}$，$B\in\mathbb S^n_{++}$", r"(A+B)^{-1}\prec A^{-1}", "verified"),
]


@pytest.mark.parametrize(("supposed", "claim", "status"), WIDE)
def test_orders_are_tried_on_large_and_lopsided_values(supposed: str, claim: str, status: str) -> None:
    """Large matrices, those of large condition, and weights that nearly all lie on one entry."""
    assert judged(f"设 {supposed}。", claim) == status


@pytest.mark.parametrize(
    ("claim", "status"),
    [
        (r"x^\top S x > 0", "verified"),
        (r"\|Ax\|^2 > 0", "verified"),
        (r"\|x\| > 0.01", "false"),
        (r"\|x - \mathbf 1\| > 0", "false"),
        (r"x^\top A x > 0", "false"),
    ],
)
def test_orders_that_touch_only_where_a_trait_said_in_words_ends(claim: str, status: str) -> None:
    said = r"设 $x \in \mathbb R^n$ 是非零向量，$A$ 是 $n$ 阶可逆矩阵，$S$ 是 $n$ 阶正定矩阵。"
    assert judged(said, claim) == status
