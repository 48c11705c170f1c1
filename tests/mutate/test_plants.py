"""Which errors are planted in a page, and where."""

from __future__ import annotations

from textwrap import dedent

import pytest

from proofread.mutate.plants import Plant, plants
from proofread.page import read


def planted(*blocks: str) -> list[Plant]:
    """The plants of a page of these blocks."""
    lines = [line for block in blocks for line in ("```python", *dedent(block).strip("\n").split("\n"), "```", "")]
    return plants(read(lines, "page.md"))


def of(kind: str, *blocks: str) -> list[str]:
    """What the plants of one kind put into a page."""
    return [plant.planted for plant in planted(*blocks) if plant.kind == kind]


@pytest.mark.parametrize(
    ("kind", "block", "expected"),
    [
        ("digit", "x\n#> tensor([12.5, 7])", ["#> tensor([22.5, 7])", "#> tensor([12.5, 8])"]),
        ("sign", "x\n#> -1 2", ["#> 1 2", "#> -1 -2"]),
        ("shape", "s\n#> torch.Size([2, 3])", ["Size([2, 3, 1])", "Size([3])", "Size([3, 2])"]),
        ("shape", "s\n#> tensor([[1]])", ["tensor([1]])", "tensor([[1])"]),
        ("dtype", "x\n#> tensor([a], dtype=torch.float64)", ["tensor([a], dtype=torch.float32)", "tensor([a])"]),
        ("grad_fn", "y\n#> a, grad_fn=<MulBackward0>)", ["=<AddBackward0>)", "=<MulBackward1>)", "#> a)"]),
        ("word", "x\n#> True nan", ["#> False nan", "#> True inf"]),
        ("letter", "f()\n#! E: bad", ["#! E: bxd"]),
        ("dropped line", "x\n#> a\n#> b", ["", ""]),
        ("doubled line", "x\n#> a", ["#> a\n#> a"]),
        ("swapped lines", "x\n#> a\n#> b", ["#> b\n#> a"]),
        ("constant", "x = 2", ["x = 3"]),
        ("constant", "x = True", ["x = False"]),
        ("constant", "x = 'ab'", ["x = 'ax'"]),
        ("sign", "x = -y", ["x = y"]),
        ("sign", "x = -2", ["x = 2"]),
        ("sign", "x = f(1) + a.sum(2)", ["x = f(-1) + a.sum(2)", "x = f(1) + a.sum(-2)"]),
        ("operator", "x = a @ b", ["x = a * b"]),
        ("operator", "x = (a) * (b)", ["x = (a) / (b)"]),
        ("operator", "x += 1", ["x -= 1"]),
        ("operator", "x = a and b", ["x = a or b"]),
        ("order", "x = a - b", ["x = b - a"]),
        ("comparison", "x = a is not b", ["x = a is b"]),
        ("comparison", "x = a < b < c", ["x = a >= b < c", "x = a < b >= c"]),
        ("transpose", "x = A.T", ["x = A"]),
        ("function", "x = torch.sin(y)", ["x = torch.cos(y)"]),
        ("dtype", "x = y.to(torch.float64)", ["x = y.to(torch.float32)"]),
        ("dropped call", "u = y.detach()", ["u = y"]),
        ("dropped statement", "def f():\n    g()", ["", "    pass"]),
        ("doubled statement", "y.backward()", ["y.backward()\ny.backward()"]),
        ("doubled statement", "print(1)\n#> 1", ["print(1)\nprint(1)"]),
        ("constant", "名 = '值'; b = 1", ["名 = '值'; b = 2", "名 = 'x'; b = 1"]),
    ],
)
def test_a_kind_of_error_is_planted(kind: str, block: str, expected: list[str]) -> None:
    got = of(kind, block)
    assert len(got) == len(expected)
    assert all(any(g == e or g.endswith(e) for g in got) for e in expected)


@pytest.mark.parametrize(
    ("kind", "block"),
    [
        ("constant", 'def f():\n    """A remark."""\n    return x'),  # a docstring is not shown
        ("swapped lines", "x\n#> a\n#> a"),  # equal lines
        ("shape", "s\n#> torch.Size([2, 2])\n"),  # reversed, it is itself: only the other two
        ("sign", "x = a[1]"),  # the last of two
        ("sign", "x = a.softmax(1) + b.sum(dim=1)"),
        ("sign", "x = a[-1]"),  # `a[--1]` is `a[1]`
        ("order", "x = torch.linalg.vector_norm(a - b, 3)"),  # as long one way as the other
        ("order", "x = norm(a - b)"),
        ("order", "x = tr(A @ B)"),
        ("doubled statement", "x.grad.zero_()"),  # doing it twice is doing it once
        ("doubled statement", "ax.set(xlim=(0, 1))"),
        ("doubled statement", 'Path("a").write_text("b", encoding="utf-8")'),
        ("doubled statement", "x = 1"),
        ("doubled statement", "f(x)\n#> 1"),  # there for its value
        ("sign", "x = 0"),
    ],
)
def test_what_leaves_the_program_as_it_is_is_not_planted(kind: str, block: str) -> None:
    assert len(of(kind, block)) == (2 if kind == "shape" else 0)


def test_the_same_error_is_planted_once() -> None:
    texts = [tuple(block.source for block in plant.blocks) for plant in planted("x = 1\nx\n#> 1\n#> 2")]
    assert len(texts) == len(set(texts))


def test_outputs_of_neighbours_are_exchanged_also_across_blocks() -> None:
    found = [plant for plant in planted("x\n#> 1", "y\n#> 2") if plant.kind == "swapped outputs"]
    assert [[block.source for block in plant.blocks] for plant in found] == [["x\n#> 2", "y\n#> 1"]]


def test_blocks_are_exchanged_where_their_order_matters() -> None:
    assert len(of("swapped blocks", "x = 1", "print(x)\n#> 1")) == 1
    assert of("swapped blocks", "x = 1", "y = 2", "print(x, y)\n#> 1 2")[:1] != ["y = 2"]
    assert of("swapped blocks", "print(1)\n#> 1", "print(2)\n#> 2") == []


def test_a_plant_knows_its_place_and_touches_nothing_else() -> None:
    (plant,) = [p for p in planted("x = 1\n\nx\n#> 1") if p.kind == "dropped line"]
    assert plant.place == "page.md:5"
    assert plant.page.blocks[0].source == "x = 1\n\nx\n#> 1"
    assert plant.grown().blocks[0].source == "x = 1\n\nx"
