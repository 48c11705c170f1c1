"""The autograd of the page 从零实现 autograd against torch: thousands of random graphs, and its errors."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from proofread.page import read_file

ROOT = Path(__file__).parents[1]
FILE = ROOT / "snippets/autodiff/tiny.py"
PAGE = ROOT / "docs/autodiff/from-scratch.md"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tiny", FILE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tiny = _load()


def test_it_is_at_most_150_lines_and_needs_only_the_standard_library() -> None:
    lines = [line for line in FILE.read_text(encoding="utf-8").split("\n")[:-1] if "--8<--" not in line]
    assert len(lines) <= 150
    imports = [node for node in ast.walk(ast.parse("\n".join(lines))) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    assert all(isinstance(node, ast.Import) for node in imports)
    assert names and names <= sys.stdlib_module_names


def test_the_blocks_of_the_page_put_together_are_the_module() -> None:
    shown = [line.text for block in read_file(PAGE).blocks for line in block.lines if Path(line.path).name == FILE.name]
    own = [line for line in FILE.read_text(encoding="utf-8").split("\n") if "--8<--" not in line]
    assert [line for line in shown if line] == [line for line in own if line]


# A random graph, built by the same calls in both libraries.

SHAPES: list[tuple[int, ...]] = [(), (1,), (3,), (1, 3), (2, 1), (2, 3), (3, 2), (2, 1, 3), (4, 2, 3), (1, 1), (0,)]
FUNCTIONS = ["exp", "log", "sin", "cos", "tanh", "relu", "sum", "detach", "neg", "square", "cube", "inverse", "root"]


def _nested(flat: list[float], shape: tuple[int, ...]) -> Any:
    return torch.tensor(flat, dtype=torch.float64).reshape(shape).tolist()


def _leaf(library: Any, values: Any, requires_grad: bool) -> Any:
    if library is torch:
        return torch.tensor(values, dtype=torch.float64, requires_grad=requires_grad)
    return tiny.tensor(values, requires_grad=requires_grad)


def _function(name: str, x: Any) -> Any:
    """A function with its argument moved to where its value stays small and its derivative smooth."""
    match name:
        case "exp":
            return x.tanh().exp()
        case "log":
            return (x * x + 1).log()
        case "neg":
            return -x
        case "square":
            return x.sin() ** 2
        case "cube":
            return x.cos() ** 3.0
        case "inverse":
            return (1.5 + x.sin()) ** -1
        case "root":
            return (x * x + 0.5) ** 0.5
    return getattr(x, name)()


def _binary(name: str, a: Any, b: Any) -> Any:
    match name:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a.tanh() * b
        case "/":
            return a / (b.sin() + 2)
        case "@":
            return a.cos() @ b
    raise AssertionError(name)


class Graph:
    """Leaves and steps drawn once; run in one library or the other."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)
        self.leaves: list[tuple[Any, bool]] = []
        shapes: list[tuple[int, ...]] = []
        for i in range(draw.randint(1, 4)):
            shape = draw.choice(SHAPES)
            flat = [draw.choice([0.0, 1.0, -1.0]) if draw.random() < 0.1 else draw.gauss(0, 1) for _ in range(60)]
            self.leaves.append((_nested(flat[: torch.Size(shape).numel()], shape), i == 0 or draw.random() < 0.8))
            shapes.append(shape)
        self.steps: list[tuple[Any, ...]] = []
        for _ in range(draw.randint(1, 12)):
            step, shape = self._step(draw, shapes)
            self.steps.append(step)
            shapes.append(shape)
        self.root = draw.randrange(max(0, len(shapes) - 3), len(shapes))
        size = torch.Size(shapes[self.root]).numel()
        given = draw.random() < 0.8 and size > 0  # nested lists cannot tell (0,) from (0, 0)
        self.gradient = _nested([draw.gauss(0, 1) for _ in range(size)], shapes[self.root]) if given else None
        self.passes = draw.randint(1, 3)

    @staticmethod
    def _step(draw: random.Random, shapes: list[tuple[int, ...]]) -> tuple[tuple[Any, ...], tuple[int, ...]]:
        no_grad = draw.random() < 0.07
        while True:
            i, j = draw.randrange(len(shapes)), draw.randrange(len(shapes))
            kind = draw.choice(["function", "binary", "binary", "scalar", "matmul", "T"])
            if kind == "function":
                name = draw.choice(FUNCTIONS)
                return (kind, no_grad, name, i), () if name == "sum" else shapes[i]
            if kind == "scalar":
                number, side = draw.choice([-2, 0.5, 3.0]), draw.random() < 0.5
                return (kind, no_grad, draw.choice("+-*/"), i, number, side), shapes[i]
            if kind == "T" and len(shapes[i]) == 2:
                # Not under no_grad: there, torch's views say that they require a gradient and have no grad_fn.
                return (kind, False, i), shapes[i][::-1]
            if kind == "matmul" and len(shapes[i]) == len(shapes[j]) == 2 and shapes[i][1] == shapes[j][0]:
                return ("binary", no_grad, "@", i, j), (shapes[i][0], shapes[j][1])
            if kind == "binary":
                with contextlib.suppress(RuntimeError):
                    shape = tuple(torch.broadcast_shapes(shapes[i], shapes[j]))
                    if torch.Size(shape).numel() <= 60:
                        return (kind, no_grad, draw.choice("+-*/"), i, j), shape

    def run(self, library: Any) -> tuple[list[Any], list[bool], str, list[Any]]:
        """Values, who needs a gradient, the error if there is one, and all gradients after some passes."""
        leaves = [_leaf(library, *leaf) for leaf in self.leaves]
        values = list(leaves)
        for kind, no_grad, *rest in self.steps:
            with library.no_grad() if no_grad else contextlib.nullcontext():
                values.append(self._value(kind, rest, values))
        root, error, grads = values[self.root], "", []
        try:
            for _ in range(self.passes):
                extra = {} if library is tiny else {"retain_graph": True}
                root.backward(None if self.gradient is None else _leaf(library, self.gradient, False), **extra)
                grads.append([None if leaf.grad is None else leaf.grad.tolist() for leaf in leaves])
        except RuntimeError as raised:
            error = str(raised)
        return [v.tolist() for v in values], [v.requires_grad for v in values], error, grads

    @staticmethod
    def _value(kind: str, rest: list[Any], values: list[Any]) -> Any:
        match kind, rest:
            case "function", [name, i]:
                return _function(name, values[i])
            case "T", [i]:
                return values[i].T
            case "scalar", [sign, i, number, left]:
                x = values[i] if sign != "/" or not left else values[i].sin() + 2
                a, b = (number, x) if left else (x, number)
                return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[sign]()
            case "binary", [sign, i, j]:
                return _binary(sign, values[i], values[j])
        raise AssertionError(kind)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return a is b is None or (isinstance(a, float) and abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b)))


def _differs(seed: int, module: Any) -> str:
    """In what a graph's two runs differ, or nothing."""
    graph = Graph(seed)
    values, needs, error, grads = graph.run(module)
    right = graph.run(torch)
    if not _same(values, right[0]):
        return "values"
    if needs != right[1]:
        return "requires_grad"
    if error != right[2]:
        return f"errors: {error!r}, torch {right[2]!r}"
    return "" if _same(grads, right[3]) else f"gradients: {grads}, torch {right[3]}"


PARTS, EACH = 8, 500


@pytest.mark.parametrize("part", range(PARTS))
def test_random_graphs_give_what_torch_gives(part: int) -> None:
    seeds = range(EACH * part, EACH * (part + 1))
    assert {seed: found for seed in seeds if (found := _differs(seed, tiny))} == {}


def test_the_random_graphs_try_what_the_page_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"随机造了 {PARTS * EACH} 个计算图" in text
    assert "故意改坏十三处" in text and len(PLANTED) == 13
    graphs = [Graph(seed) for seed in range(500)]
    runs = [graph.run(torch) for graph in graphs]
    ended = [i for i, run in enumerate(runs) if not run[2]]
    twice = [i for i in ended if graphs[i].passes > 1]
    steps = [step for i in ended for step in graphs[i].steps]
    uses = [[x for step in graphs[i].steps for x in step[3:] if step[0] == "binary"] for i in ended]
    assert len(ended) > 250 and len(twice) > 150 and len(runs) - len(ended) > 50
    assert sum(len(set(used)) < len(used) for used in uses) > 100  # shared nodes
    assert sum(step[1] for step in steps) > 50  # no_grad
    for name in [*FUNCTIONS, "@", *"+-*/"]:
        assert sum(name in step[2:3] for step in steps) > 10, name


#: An error, and what it makes of the module.
PLANTED = {
    "the gradient of a stretched operand is not summed": (
        "(x, lambda g: sum_to(g, x.shape)))",
        "(x, lambda g: Tensor(g.data[: len(x.data)], x.shape)))",
    ),
    "a shared node keeps only its last gradient": ("waiting[x] + vjp(g) if x in waiting else vjp(g)", "vjp(g)"),
    "interior gradients are kept": (
        "g = waiting.pop(node)",
        "g = node.kept = waiting.pop(node) + (getattr(node, 'kept', 0.0) if node.edges else 0.0)",
    ),
    "a leaf takes the gradient's own memory": (
        "leaf.grad = leaf.grad or Tensor([0.0] * len(leaf.data), leaf.shape)",
        "if leaf.grad is None:\n                leaf.grad = g\n                continue",
    ),
    "the last gradient replaces the others": ("[p + q for p, q in zip(leaf.grad.data, g.data)]", "g.data"),
    "nodes in the wrong order": ("max(waiting, key=lambda x: x.number)", "next(iter(waiting))"),
    "detach goes on": ("lambda x: Tensor(x.data, x.shape)  #", "lambda x: x  #"),
    "no_grad records": ("recording, False", "recording, True"),
    "matmul without a transpose": ("g @ b.T", "(b @ g.T).T if b.shape[0] == b.shape[1] else g @ b.T"),
    "a product's own factor": ("(b, lambda g: g * a)", "(b, lambda g: g * b)"),
    "a power's exponent": ("x ** (k - 1)", "x ** k"),
    "tanh": ("1 - x.tanh() ** 2", "1 - x.tanh()"),
    "the kink of relu": ("float(v > 0)", "float(v >= 0)"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_random_graphs_find_a_planted_error(name: str) -> None:
    old, new = PLANTED[name]
    source = FILE.read_text(encoding="utf-8")
    assert source.count(old) == 1
    wrong = ModuleType("wrong")
    exec(compile(source.replace(old, new), "wrong", "exec"), wrong.__dict__)
    assert any(_broken(seed, wrong) for seed in range(1500))


def _broken(seed: int, module: ModuleType) -> bool:
    try:
        return bool(_differs(seed, module))
    except Exception:
        return True  # a wrong module may fail in any way


def test_a_chain_of_a_hundred_thousand_steps_needs_no_recursion() -> None:
    x = y = tiny.tensor(2.0, requires_grad=True)
    for _ in range(100_000):
        y = y + 1
    (y * y).backward()
    assert x.grad.tolist() == 2 * 100_002.0


def test_the_gradient_stays_the_same_object_and_shares_no_memory() -> None:
    a, b = tiny.tensor([1.0, 2.0], requires_grad=True), tiny.tensor([3.0, 4.0], requires_grad=True)
    given = tiny.tensor([1.0, 10.0])
    (a + b).backward(given)
    before = a.grad
    (a + b).backward(given)
    assert a.grad is before
    assert (a.grad.tolist(), b.grad.tolist(), given.tolist()) == ([2.0, 20.0], [2.0, 20.0], [1.0, 10.0])


def _errors(library: Any) -> dict[str, Any]:
    x, m = _leaf(library, [1.0, 2.0, 3.0], True), _leaf(library, [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], True)
    return {
        "non-scalar": lambda: (x * x).backward(),
        "nothing requires grad": lambda: x.detach().sum().backward(),
        "under no_grad": lambda: _without(library, x).backward(),
        "gradient of another shape": lambda: x.backward(_leaf(library, [1.0, 2.0], False)),
        "shapes that do not broadcast": lambda: x + _leaf(library, [1.0, 2.0], False),
        "nor do these": lambda: m * m.T,
        "matmul": lambda: m @ m,
    }


def _without(library: Any, x: Any) -> Any:
    with library.no_grad():
        return x.sum()


@pytest.mark.parametrize("name", _errors(tiny))
def test_errors_say_what_torch_says(name: str) -> None:
    with pytest.raises(RuntimeError) as own:
        _errors(tiny)[name]()
    with pytest.raises(RuntimeError) as right:
        _errors(torch)[name]()
    start = 40 if name == "gradient of another shape" else len("mat1 and mat2 shapes cannot be multiplied")
    end = None if name not in ("gradient of another shape", "matmul") else start
    assert str(own.value)[:end] == str(right.value)[:end]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([[1.0, 2.0], [3.0]], r"expected sequence of length 2 at dim 1, got \[3.0\]"),
        ([[1.0], 2.0], "expected sequence of length 1 at dim 1, got 2.0"),
    ],
)
def test_ragged_lists_are_refused(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny.tensor(values)


def test_an_exception_inside_no_grad_leaves_recording_on() -> None:
    x = tiny.tensor(1.0, requires_grad=True)
    with contextlib.suppress(ZeroDivisionError), tiny.no_grad():
        with tiny.no_grad():
            assert not (x * x).requires_grad
        assert not (x * x).requires_grad
        raise ZeroDivisionError
    assert (x * x).requires_grad
