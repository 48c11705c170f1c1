"""What is supposed for a case, in an admonition or below a brace: how far it holds, and what it claims."""

from __future__ import annotations

import pytest
from notes import last, statuses

BOX = "设 $x\\in\\mathbb R$。\n\n{title}\n    设 $x>0$。则 $|x|=x$。\n\n{after}"


@pytest.mark.parametrize("title", ['??? note "特例"', "!!! example", '=== "甲"'])
@pytest.mark.parametrize("after", ["于是 ${}$。", "$${}$$"])
def test_a_hypothesis_ends_with_its_box(title: str, after: str) -> None:
    text = BOX.format(title=title, after=after)
    assert statuses(text.replace("{}", "|x|=x"))[-2:] == ["verified", "false"]
    inside = text.replace("\n\n于是", "\n\n    于是").replace("\n\n$$", "\n\n    $$")
    assert statuses(inside.replace("{}", "|x|=x"))[-1] == "verified"


def test_a_theorem_is_supposed_in_the_proof_behind_it() -> None:
    assert statuses(BOX.format(title="!!! theorem", after="证：$|x|=x$。"))[-1] == "verified"


def test_what_a_box_declares_anew_stands_for_the_old_again() -> None:
    text = '设 $x\\in\\mathbb R$，$x>0$。\n\n!!! tip\n    设 $x\\in\\mathbb R$。则 $x^2\\ge0$。\n\n于是 $|x|=x$。'
    assert statuses(text)[-1] == "verified"


def test_names_that_a_box_makes_stay() -> None:
    text = "设 $x\\in\\mathbb R$。\n\n!!! tip\n    设 $y\\in\\mathbb R$，$y>0$。令 $z = x+y$。\n\n"
    assert statuses(text + "于是 $z > x$。")[-1] == "verified"
    assert statuses(text + "于是 $z < x$。")[-1] == "false"


def test_a_box_ends_with_its_section() -> None:
    text = "## 一\n\n设 $x\\in\\mathbb R$。\n\n!!! tip\n    设 $x>0$。则 $|x|=x$。\n\n## 二\n\n"
    text += "设 $x, y\\in\\mathbb R$。则 $xy = yx$。"
    assert statuses(text)[-1] == "verified"


@pytest.mark.parametrize(
    "case",
    ["例如，设 $x>0$，则 ${}$。", "例如，设 $x>0$。则 ${}$。", "特别地，设 $x>0$，则 ${}$。", "首先设 $x>0$，则 ${}$。",
     "Suppose first that $x>0$. Then ${}$.", "If $x>0$. Then ${}$."],
)  # fmt: skip
@pytest.mark.parametrize("general", ["一般地", "In general"])
def test_a_case_is_over_where_the_general_is_said(case: str, general: str) -> None:
    text = f"Let $x\\in\\mathbb R$. {case} {general} ${{}}$."
    assert statuses(text.replace("{}", "|x|=x"))[-2:] == ["verified", "false"]
    assert statuses(text.replace("{}", "|x|^2=x^2"))[-2:] == ["verified", "verified"]


NOTES = [
    (r"A\in\mathbb S^n", r"2A = \underbrace{(A + A^\top)}_{= 2A}", r"2A = \underbrace{(A + A^\top)}_{= A}"),
    (r"a,b\in\mathbb R", r"\underbrace{a^2 + b^2}_{\ge 0} = b^2 + a^2", r"\underbrace{a + b}_{\ge 0} = b + a"),
    (r"a,b\in\mathbb R", r"\overbrace{a + b}^{= b + a} = b + a", r"\overbrace{a + b}^{= 2a} = b + a"),
    (r"x\in\mathbb R^n", r"f(x) = \underbrace{x^\top x}_{= \|x\|^2}", r"f(x) = \underbrace{x^\top x}_{= \|x\|}"),
    (r"x\in\mathbb R^n", r"\sum_i\underbrace{(x_i + x_i)}_{= 2x_i} = 2\mathbf 1^\top x",
     r"\sum_i\underbrace{(x_i + x_i)}_{= x_i} = 2\mathbf 1^\top x"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "true", "wrong"), NOTES)
def test_a_relation_below_a_brace_is_a_claim(declared: str, true: str, wrong: str) -> None:
    assert last(f"Let ${declared}$. Then ${true}$.").status == "verified"
    assert last(f"Let ${declared}$. Then ${wrong}$.").status == "false"


def test_the_set_below_a_brace_is_checked() -> None:
    said = r"Let $A\in\mathbb R^{m\times n}$ and $x\in\mathbb R^n$. Then "
    assert last(said + r"$\underbrace{Ax}_{\in\mathbb R^m} = Ax$.").status == "verified"
    assert last(said + r"$\underbrace{Ax}_{\in\mathbb R^n} = Ax$.").status == "error"


def test_a_name_below_a_brace_is_defined() -> None:
    said = r"Let $a,b\in\mathbb R$. Then $2\underbrace{(a + b)}_{=: c} = 2a + 2b$. So "
    assert last(said + "$c = a + b$.").status == "verified"
    assert last(said + "$c = a - b$.").status == "false"


@pytest.mark.parametrize("note", [r"\text{sum}", "c", r"m\times n", "S"])
def test_other_notes_state_nothing(note: str) -> None:
    assert last(rf"Let $a,b\in\mathbb R$. Then $\underbrace{{(a + b)}}_{{{note}}} = b + a$.").status == "verified"


REFUSED = [
    (r"x-\underbrace{a+b}_{c} = x-a-b", "brackets"), (r"2\underbrace{a+b}_{c} = 2a+2b", "brackets"),
    ("x^10 = x", "^{10}"), ("x_12 = x", "_{12}"), ("2x3 = 6x", "glued"), ("(a=b)", "relation"),
    (r"[a\le b]", "relation"),
    (r"2+\cdots+2n = n(n+1)", "dots"), (r"1+\cdots+(2n-1) = n^2", "dots"), (r"a\times b\to 0", "tends"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "word"), REFUSED)
def test_what_has_two_readings_is_refused(formula: str, word: str) -> None:
    found = last(rf"Let $a,b,x\in\mathbb R$ and $n\in\mathbb N$. Then ${formula}$.")
    assert found.status == "unreadable" and word in found.message


@pytest.mark.parametrize(
    "claim",
    [r"x+\underbrace{a+b}_{c} = a+b+x", r"x-\underbrace{(a+b)}_{c} = x-a-b", r"x^{10} = x^5x^5",
     r"1+\cdots+n = \frac{n(n+1)}2", r"2+4+\cdots+2n = n(n+1)", r"\frac x2 = \frac12x", r"\sqrt4 = 2"],
)  # fmt: skip
def test_what_has_one_reading_is_read(claim: str) -> None:
    assert last(rf"Let $a,b,x\in\mathbb R$ and $n\in\mathbb N$. Then ${claim}$.").status == "verified"


def test_a_bold_letter_is_no_number() -> None:
    assert last(r"Let $x\in\mathbb R$. Then $\mathbf x = x$.").status == "defined"
    assert last(r"Let $x\in\mathbb R^n$. Then $\mathbf x = x$.").status == "verified"


@pytest.mark.parametrize(
    "cases", ["- 情形一：设 $x>0$。则 $|x|=x$。\n- 情形二：", "Case 1: let $x>0$. Then $|x|=x$. Case 2: "]
)
def test_a_case_is_over_where_the_next_begins(cases: str) -> None:
    text = f"Let $x\\in\\mathbb R$.\n\n{cases}"
    assert statuses(text + "$|x|=x$。")[-2:] == ["verified", "false"]
    assert statuses(text + "设 $x<0$。则 $|x|=-x$。")[-1] == "verified"
