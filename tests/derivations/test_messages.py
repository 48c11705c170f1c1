"""What an author is told: place, step, numbers, reading, hint; and what the faces are given."""

from __future__ import annotations

import re

import pytest
from notes import last, read

from proofread.derivations import check

HEAD = r"设 $A\in\mathbb R^{n\times n}$，$B\in\mathbb R^{m\times n}$，$x\in\mathbb R^n$，$y\in\mathbb R^m$。" "\n\n"


def test_a_failing_step_is_told_as_the_design_shows() -> None:
    """Place of the step, its number, both sides as typed, values, sizes, the steps that hold, reading, hint."""
    message = last(
        HEAD + "$$\n\\begin{aligned}\n\\nabla_x (x^\\top A x) &= A^\\top x + A x \\\\\n&= (A + A) x\n\\end{aligned}\n$$"
    ).message
    lines = message.splitlines()
    assert lines[0] == r"notes.md:6  step 2 of 2: `A^\top x + A x` = `(A + A) x` fails"
    assert re.fullmatch(r"  -?[\d.e-]+ ≠ -?[\d.e-]+ at entry \(\d,1\), n = \d; step 1 holds", lines[1])
    assert lines[2] == "  read as  (Aᵀ · x) + (A · x)  =  (A + A) · x"
    assert lines[3] == "  hint: holds if A is symmetric"


HINTS = [
    (r"\nabla_x (x^\top A x) = 2Ax", "holds if A is symmetric"),
    (r"\nabla_x (x^\top A x) = -(A+A^\top)x", "the sign is wrong"),
    (r"\nabla_x \tfrac12\|Bx\|^2 = 2B^\top Bx", "times 1/2"),
    (r"\nabla_x \|Bx\|^2 = B^\top Bx", "times 2"),
    (r"\frac{\partial Bx}{\partial x} = B^\top", "holds with <!-- math: layout denominator -->"),
    (r"x = x = 2x - x^\top", None),
    (r"\nabla_x (y^\top B x) = \nabla_x (x^\top B^\top y) = B y", "a transpose is missing: Bᵀ for B"),
    (r"\nabla_A (x^\top A x)  = A x x^\top", None),
    (r"\nabla_B (y^\top B x) = xy^\top", "transpose"),
    (r"\nabla_x (y^\top B x) = B y", "transpose"),
    (r"\operatorname{tr}(A) = 3\operatorname{tr}(A)", None),
    (r"(AA^\top A)^\top = A A^\top A", "transpose"),
]


@pytest.mark.parametrize(("tex", "hint"), HINTS)
def test_hints(tex: str, hint: str | None) -> None:
    """A hint names a change under which the step holds on all draws; there is none where none is known."""
    message = last(HEAD + f"检查 ${tex}$。").message
    if hint is not None:
        assert "hint: " in message and hint in message.split("hint: ")[1], message


@pytest.mark.parametrize(
    ("tex", "words", "caret"),
    [
        (r"A x = \foo x", r"the command \foo", r"\foo"), (r"Ax = (A x", "( is never closed", "("),
        (r"Ax = A^{", "{ is never closed by }", None), (r"A x = z", "z is not declared", "z"),
        (r"x + 中 = x", "the character '中'", "中"), (r"\frac{A}{} = A", "numerator and a denominator", r"\frac"),
        (r"x = x + ", "nothing stands after the sign", "+"), (r"1/2 x = x", "how far the denominator reaches", "/"),
        (r"A = = A", "one side of the relation is empty", None),
    ],
)  # fmt: skip
def test_refusals_point_at_the_place(tex: str, words: str, caret: str | None) -> None:
    """What cannot be read is told in a sentence with line, column and a caret under it."""
    finding = last(HEAD + f"检查 ${tex}$。")
    assert finding.status in ("unreadable", "error") and words in finding.message, finding.message
    if caret is not None:
        head, source, marks = finding.message.split("\n")[:3]
        place = marks.index("^")
        assert source[place : place + len(caret)] == caret
        match = re.search(r"column (\d+)", head)
        assert match and int(match.group(1)) == 5 + place - 2  # “检查 $” stands before, two spaces before the source


@pytest.mark.parametrize(
    ("last_line", "words"),
    [
        (r"B B x", "step 3 of 3: the product B · B · x does not fit"),
        (r"x^\top B^\top B", "step 3 of 3: the sides have different shapes"),
        (r"e^{\log x}", "step 3 of 3: the value of"),
    ],
)
def test_a_step_that_cannot_be_evaluated_has_its_line(last_line: str, words: str) -> None:
    """Its line and its number, not those of the formula."""
    lines = (r"\nabla_x\tfrac12\|Bx\|^2 &= \nabla_x\tfrac12 x^\top B^\top Bx", "&= B^\\top Bx", f"&= {last_line}")
    text = "$$\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n$$"
    message = last(HEAD + text).message
    assert message.startswith("notes.md:7  ") and words in message, message


def test_a_fence_of_mathematics_is_told_what_to_become() -> None:
    """GitHub typesets it, this site does not: nothing in it goes unchecked unseen."""
    (fault,) = read("```math\nx = 2x\n```\n").faults
    assert fault.line == 1 and "write the formula between $$ and $$" in fault.message


def test_shapes_are_named_by_sizes() -> None:
    """A product that does not fit is told with the letters that the author declared."""
    finding = last(HEAD + "检查 $Bx = Ax + By$。")
    assert finding.status == "error" and "B is m×n" in finding.message and "y is m×1" in finding.message


def test_details() -> None:
    """A verified claim says how it was read, on what sizes and draws, and its largest error."""
    details = last(
        r"设 $A\in\mathbb R^{n\times n}$，$A = A^\top$，$x\in\mathbb R^n$。有 $\nabla_x(x^\top Ax) = 2Ax$。"
    ).details
    assert details["read_as"] == r"\frac{∂(xᵀ · A · x)}{∂x}  =  2 · A · x"
    assert details["steps"] == 1 and details["hypotheses"] == ["A = Aᵀ"]
    sizes = details["sizes"]
    assert isinstance(sizes, list) and len(sizes) == 3 and all(each["n"] >= 3 for each in sizes)
    assert details["draws"] == 24 and isinstance(details["max_error"], float) and details["max_error"] < 1e-13
    assert details["column"] == 65 and details["display"] is False


def test_the_worst_claim_of_a_display_counts() -> None:
    """A display with several claims is one finding, with the facts of each."""
    finding = last(HEAD + r"$$x^\top x = \|x\|^2, \qquad x^\top x = 2\|x\|^2$$")
    assert finding.status == "false"
    claims = finding.details["claims"]
    assert isinstance(claims, list) and [claim["status"] for claim in claims] == ["verified", "false"]


def test_a_bug_of_the_checker_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong inside shows as an error on its formula; the page goes on."""
    from proofread.derivations import verify

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(verify, "check_reading", broken)
    found = check(read(HEAD + "$x = x$，$\\nabla$"))
    assert [finding.status for finding in found[4:]] == ["error", "expression"]
    assert "ZeroDivisionError" in found[4].message
