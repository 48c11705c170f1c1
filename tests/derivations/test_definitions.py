"""Names that definitions introduce: the arguments of a function are known in what follows it."""

from __future__ import annotations

import pytest
from notes import rows, statuses

SAID = [
    (r"设 $g(t) = t^2$。", r"g'(t) = 2t", r"g'(t) = t"),
    (r"令 $f(x, y) = x^2 y$。", r"\frac{\partial f}{\partial x} = 2xy", r"\frac{\partial f}{\partial x} = x^2"),
    (r"Define $\phi(t) = f(a + tv)$ for $f:\mathbb R^n\to\mathbb R$ and $a, v\in\mathbb R^n$.",
     r"\phi''(t) = v^\top\nabla^2 f(a + tv)v", r"\phi''(t) = v^\top\nabla^2 f(a)v"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "true", "wrong"), SAID)
def test_arguments_of_a_function_are_numbers_after_its_definition(said: str, true: str, wrong: str) -> None:
    assert statuses(f"{said}\n\n$${true}$$\n")[-1] == "verified"
    assert statuses(f"{said}\n\n$${wrong}$$\n")[-1] == "false"


def test_other_names_stay_undeclared() -> None:
    found = rows("设 $g(t) = t^2$。\n\n$$g'(t) = 2t + s$$\n")[-1]
    assert found.status == "error" and "s is not declared" in found.message


def test_arguments_end_with_the_section_of_the_function() -> None:
    found = rows("# 一\n\n设 $g(t) = t^2$。\n\n# 二\n\n$$(t^2)' = 2t$$\n")[-1]
    assert found.status == "error" and "t is not declared" in found.message


@pytest.mark.parametrize(
    "definition", [r"f(t) = t\quad(t > 0)", r"f(t) = 2t \text{ where } t = 3", r"f(t) = t \text{ for } t > 0"]
)
def test_a_definition_under_a_condition_is_refused(definition: str) -> None:
    """Else f would be so without the condition too."""
    found = rows(f"设 $t\\in\\mathbb R$。令 ${definition}$。")[-1]
    assert found.status == "unreadable" and "under a condition" in found.message
