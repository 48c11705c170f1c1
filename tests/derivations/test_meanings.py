"""What a name means already is not defined anew by an equality: it is checked, or refused with what to write."""

from __future__ import annotations

import pytest
from notes import last, rows, statuses

DERIVATIVES = [
    (r"Let $t\in\mathbb R$ and $x(t)=e^{3t}$. Then", r"\dot x(t) = 3x(t)", r"\dot x(t) = 2x(t)"),
    (r"Let $t\in\mathbb R$ and $x(t)=e^{3t}$. Then", r"\dot x = 3x", r"\dot x = 2x"),
    (r"Let $t\in\mathbb R$ and $x(t)=e^{3t}$. Then", r"\ddot x = 9x", r"\ddot x = 6x"),
    (r"Let $x\in\mathbb R$ and $s=\sigma(x)$. Then", r"\sigma' = \sigma(1-\sigma)", r"\sigma' = s(1+s)"),
    (r"设 $x\in\mathbb R$，$f(x)=x^2$。令", "f' = 2x", "f' = 3x"),
    (r"设 $x\in\mathbb R$，$f(x)=x^2$，则", "f'' = 2", "f'' = 3"),
    (r"Let $c,x\in\mathbb R^n$ and $f(x)=c^\top x$. Then", r"D_f(x) = c^\top", r"D_f(x) = 0"),
    (r"Let $c,x\in\mathbb R^n$ and $f(x)=c^\top x$. Then", r"D_f = c^\top", r"D_f = c"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "true", "wrong"), DERIVATIVES)
def test_a_derivative_of_a_known_function_is_checked(said: str, true: str, wrong: str) -> None:
    assert statuses(f"{said} ${true}$.")[-1] == "verified"
    assert statuses(f"{said} ${wrong}$.")[-1] == "false"


def test_a_dot_above_what_depends_on_t_is_refused_unless_words_name_it() -> None:
    said = r"Let $t\in\mathbb R$ and $x = e^{3t}$. "
    assert last(said + r"Then $\dot x = 2x$.").status == "unreadable"
    assert last(said + r"We write $\dot x = 3x$ for its derivative.").status == "defined"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (r"设 $x\in\mathbb R^n$，$A\in\mathbb R^{n\times n}$，切向量", r"\dot x = Ax"),
        (r"Let $x\in\mathbb R^n$. The adjoint is", r"\bar x = 2x"),
        (r"设 $X\in\mathbb R^{m\times n}$，$y\in\mathbb R^m$。最优解为", r"w^* = (X^\top X)^{-1}X^\top y"),
        (r"设 $X,W\in\mathbb R^{n\times n}$，$Y\in\mathbb R^{n\times k}$。最优解为", r"W^* = X^{-1}Y"),
        (r"设 $x\in\mathbb R^n$。下一步", r"\hat x = x - 2x"),
        (r"设 $x\in\mathbb R$。令", r"x' = 2x"),
    ],
)
def test_a_decorated_name_is_a_name(said: str, name: str) -> None:
    assert last(f"{said} ${name}$。").status == "defined"


@pytest.mark.parametrize(
    ("true", "wrong"),
    [
        (r"A^* = A^\top", "A^* = A^{-1}"),
        (r"A^* = \det(A)A^{-1}", r"A^* = A^{-1}"),
        (r"A^\dagger = A^{-1}", r"A^\dagger = A^\top"),
        (r"A^+ = (A^\top A)^{-1}A^\top", r"A^+ = A^\top"),
        (r"A^+ = A + I", r"A^+ = A^\top"),
    ],
)
def test_an_operation_on_a_matrix_is_what_it_is(true: str, wrong: str) -> None:
    said = r"Let $A\in\mathbb R^{n\times n}$ with $\det A\ne 0$. "
    assert last(f"{said}Then ${true}$.").status == "defined"
    found = last(f"{said}Then ${wrong}$.")
    assert found.status == "unreadable" and "记 …, let …, or :=" in found.message
    assert last(f"{said}We write ${wrong}$ here.").status == "defined"


@pytest.mark.parametrize(
    "claim",
    [r"\lambda_{\max}(A) = \|A\|_2", r"\operatorname{cond}(A) = 1", r"\operatorname{mean}(x) = \sum_i x_i",
     r"\rho(A) = \|A\|_2", r"\mathbb{E}(x) = x", r"\operatorname{rank}(A) = n"],
)  # fmt: skip
def test_an_operator_of_the_textbooks_is_no_definition(claim: str) -> None:
    said = r"Let $A\in\mathbb R^{n\times n}$ and $x\in\mathbb R^n$. "
    assert last(f"{said}Then ${claim}$.").status == "unreadable"


@pytest.mark.parametrize("said", ["其中", "记", "We define", "Here we write"])
def test_words_define_an_operator(said: str) -> None:
    text = rf"Let $x\in\mathbb R^n$. {said} $\operatorname{{mean}}(x) = \frac1n\sum_i x_i$."
    assert last(text).status == "defined"
    assert statuses(text + r" Then $\operatorname{mean}(2x) = 2\operatorname{mean}(x)$.")[-1] == "verified"


@pytest.mark.parametrize(
    "words", ["So", "Hence", "Therefore", "We conclude", "By the theorem,", "故", "因此", "由此可见"]
)
def test_a_conclusion_about_a_declared_function_is_a_claim(words: str) -> None:
    said = r"Let $f,g:\mathbb R\to\mathbb R$ and $x\in\mathbb R$. "
    assert last(f"{said}{words} $f(x) = g(x)$.").status == "false"
    assert last(f"{said}{words} $f(x) - f(x) = 0$.").status == "verified"


def test_a_declared_function_is_defined_before_anything_is_claimed_of_it() -> None:
    said = r"Let $f:\mathbb R^n\to\mathbb R$ and $c,x\in\mathbb R^n$. "
    claimed = said + r"By the chain rule $\nabla_x f(2x) = 2\nabla f(2x)$. "
    value, gradient = r"Its value is $f(x) = c^\top x$. ", r"Then $\nabla f(x) = c$."
    assert statuses(said + value + gradient)[-2:] == ["defined", "verified"]
    assert statuses(claimed + value + gradient)[-2:] == ["false", "false"]
    assert statuses(claimed + r"Take $f(x) = c^\top x$. " + gradient)[-2:] == ["defined", "verified"]


ENDS = [
    (r"Let $x,y\in\mathbb R$. If $y = x$, then", "xy = x^2", "In general"),
    (r"设 $A,B\in\mathbb R^{n\times n}$。当 $B = A^{-1}$ 时", "AB = I", "一般地"),
    (r"Let $f:\mathbb R\to\mathbb R$ and $x\in\mathbb R$. If $f(x) = x^2$, then", "f'(x) = 2x", "In general"),
    (r"设 $x,y\in\mathbb R$，$y > 3$。若 $x = y^2$，则", "x = y^2", "一般地"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "claim", "general"), ENDS)
def test_what_a_condition_says_a_name_is_ends_with_it(said: str, claim: str, general: str) -> None:
    found = [row.status for row in rows(f"{said} ${claim}$. {general} ${claim}$.")]
    assert found[-2:] == ["verified", "false"]


def test_what_was_supposed_of_a_name_holds_again_after_a_condition() -> None:
    said = r"设 $x,y\in\mathbb R$，$x > 1$。若 $x = y^2 + 2$，则 $x \ge 2$。一般地 "
    assert statuses(said + "$x \\ge 1$。")[-1] == "verified"
    assert statuses(said + "$x \\ge 2$。")[-1] == "false"


MEMBERS = [
    (r"A\in\mathbb R^{n\times n}", r"S = A + A^\top \in\mathbb S^n", r"S = A \in\mathbb S^n"),
    (r"A\in\mathbb R^{n\times n}", r"S = A^\top A \in\mathbb S^n_+", r"S = A + A^\top \in\mathbb S^n_+"),
    (r"A\in\mathbb R^{n\times n}", r"S = A^\top A + I \in\mathbb S^n_{++}", r"S = A^\top A \in\mathbb S^n_{++}"),
    (r"Q\in O(n)", r"P = Q^\top \in O(n)", r"P = 2Q \in O(n)"),
    (r"x\in\mathbb R", r"s = \sigma(x) \in (0,1)", r"s = \sigma(x) \in (0,\frac12)"),
    (r"x\in\mathbb R", r"x^2 + 1 = 1 + x^2 \in [1,\infty)", r"x^2 + 1 = 1 + x^2 \in [2,\infty)"),
    (r"x\in\mathbb R^n", r"p = \operatorname{softmax}(x) \in\mathbb R^n_{++}",
     r"p = \frac{x}{1 + \|x\|} \in\mathbb R^n_{++}"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "true", "wrong"), MEMBERS)
def test_what_lies_in_a_set_meets_its_conditions(declared: str, true: str, wrong: str) -> None:
    assert last(f"Let ${declared}$. Put ${true}$.").status == "verified"
    found = last(f"Let ${declared}$. Put ${wrong}$.")
    assert found.status == "false" and "` ∈ `" in found.message


@pytest.mark.parametrize("chain", [r"s = \frac k2\in\mathbb N", r"k^2 = k\cdot k\in\mathbb Z", r"s = k\in\{0,1\}"])
def test_that_something_is_an_integer_is_refused(chain: str) -> None:
    found = last(rf"Let $k\in\mathbb N$. Then ${chain}$.")
    assert found.status == "unreadable" and "integer" in found.message


def test_a_prime_on_a_defined_number_is_no_name_unless_words_say_so() -> None:
    said = r"设 $x\in\mathbb R$，$p = \sigma(x)$，"
    assert last(said + "导数为 $p' = p(1+p)$。").status == "unreadable"
    assert last(said + "记 $p' = p(1+p)$。").status == "defined"


def test_a_matrix_is_not_declared_anew_by_other_sizes_below_it() -> None:
    said = r"Let $A_{m\times n}$ be given. "
    assert last(said + r"Then $A_{n\times m}$.").status == "error"
    assert last(said + r"Let $A_{n\times m}$.").status == "declared"


@pytest.mark.parametrize("reason", ["由结合律，", "展开，", "by associativity, "])
def test_what_stands_behind_a_reason_is_a_claim(reason: str) -> None:
    said = rf"设 $A,B\in\mathbb R^{{n\times n}}$，{reason}"
    assert last(said + "$AB = BA$。").status == "false"
    assert last(said + "$A + B = B + A$。").status == "verified"


@pytest.mark.parametrize("words", ["Then for", "Then with", "因此对"])
def test_words_right_before_define_a_declared_function(words: str) -> None:
    said = rf"Let $f:\mathbb R\to\mathbb R$ and $x\in\mathbb R$. {words} $f(x)=x^2$ we have "
    assert statuses(said + "$f'(x)=2x$.")[-1] == "verified"
    assert statuses(said + "$f'(x)=3x$.")[-1] == "false"
