"""The graph as torch built it: nodes, values and gradients, held against hand-written ones and against autograd."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import torch

from proofread.outputs import graph, graph_trace
from proofread.outputs.graph import Graph, GraphError, Node, lines

X = "x = torch.tensor([1., 1, 4, 5], requires_grad=True)\n"


def draw(code: str, body: str) -> tuple[Graph, dict[str, Any]]:
    """The graph of a fence under some code, and the code's names."""
    recorder = graph_trace.Recorder()
    names: dict[str, Any] = {"torch": torch}
    with recorder:
        exec(code, names)
    recorder.settle()
    request, faults = graph.read(body, "g")
    assert request is not None, faults
    return graph_trace.draw(request, names, recorder), names


def rows(drawn: Graph) -> list[tuple[object, ...]]:
    return [(n.kind, n.name, n.function, n.call, n.shape, n.value, n.gradient) for n in drawn.nodes]


def by_name(drawn: Graph) -> dict[str, Node]:
    return {node.name: node for node in drawn.nodes}


def test_seed() -> None:
    """y = 2xᵀx, as one writes it by hand: x is used twice and gets two parts of its gradient."""
    drawn, _ = draw(X + "d = torch.dot(x, x)\ny = 2 * d", "y\n平方和: d")
    part = ("(2, 2, 8, 10)",)
    assert rows(drawn) == [
        ("leaf", "x", "AccumulateGrad", "", (4,), ("(1, 1, 4, 5)",), ("(4, 4, 16, 20)",)),
        ("operation", "d", "DotBackward0", "dot(x, x)", (), ("43",), ("2",)),
        ("operation", "y", "MulBackward0", "mul(d, 2)", (), ("86",), ("1",)),
    ]
    assert [(e.source, e.target, e.passed, e.cut) for e in drawn.edges] == [
        (0, 1, part, False),
        (0, 1, part, False),
        (1, 2, ("2",), False),
    ]
    assert drawn.nodes[1].label == "平方和"


def test_detach() -> None:
    """The cut is shown with what was detached: y and its history get no gradient, u is a constant made from y."""
    drawn, _ = draw(X + "y = x * x\nu = y.detach()\nz = u * x", "z.sum()")
    assert rows(drawn) == [
        ("leaf", "x", "AccumulateGrad", "", (4,), ("(1, 1, 4, 5)",), ("(1, 1, 16, 25)",)),
        ("operation", "y", "MulBackward0", "mul(x, x)", (4,), ("(1, 1, 16, 25)",), None),
        ("constant", "u", "", "", (4,), ("(1, 1, 16, 25)",), None),
        ("operation", "z", "MulBackward0", "mul(u, x)", (4,), ("(1, 1, 64, 125)",), ("(1, 1, 1, 1)",)),
        ("operation", "z.sum()", "SumBackward0", "sum(z)", (), ("191",), ("1",)),
    ]
    assert [(e.source, e.target) for e in drawn.edges if e.cut] == [(1, 2)]
    assert [e.passed for e in drawn.edges if e.target == 3] == [None, ("(1, 1, 16, 25)",)]


def test_a_constant_made_without_a_record_has_no_cut() -> None:
    """What no_grad computed is a constant of unknown descent; a copy of a detached tensor is not the tensor."""
    drawn, _ = draw(X + "with torch.no_grad():\n    u = x * x\nz = (u * x).sum()", "z")
    assert not any(edge.cut for edge in drawn.edges)
    drawn, _ = draw(X + "y = x * x\nu = y.detach().clone()\ndel y\nw = torch.zeros(4)\nz = (u * x + w).sum()", "z")
    assert not any(edge.cut for edge in drawn.edges)


def test_values_are_those_that_went_in() -> None:
    """A constant changed later is shown as it was when the operation took it in."""
    drawn, _ = draw(X + "c = torch.ones(4)\nz = (x + c).sum()\nc[0] = 100.", "z")
    assert by_name(drawn)["c"].value == ("(1, 1, 1, 1)",)


def test_in_place() -> None:
    """An operation in place is a node of its own, and what it overwrote keeps its value."""
    drawn, _ = draw(X + "y = x * 3\ny.add_(1)\nz = y.sum()", "z")
    assert [n.call for n in drawn.nodes] == ["", "mul(x, 3)", "add_(①, 1)", "sum(y)"]
    assert [n.value[0] for n in drawn.nodes] == ["(1, 1, 4, 5)", "(3, 3, 12, 15)", "(4, 4, 13, 16)", "37"]


NETWORK = """
torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
data = torch.randn(5, 3)
target = torch.tensor([0, 1, 1, 0, 1])
hidden = net[1](net[0](data))
logits = net[2](hidden)
loss = torch.nn.functional.cross_entropy(logits, target)
"""
FUNCTION = (
    X
    + """
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, a, times):
        ctx.times = times
        return a * times
    @staticmethod
    def backward(ctx, g):
        return g * ctx.times, None
y = Twice.apply(x, 2)
z = (y * x).sum()
"""
)
GRAPHS = {
    "seed": (X + "d = torch.dot(x, x)\ny = 2 * d", "y"),
    "network": (NETWORK, "loss"),
    "own function": (FUNCTION, "z"),
    "several outputs": (X + "a, b = x.split(2)\nm, at = x.max(0)\nz = (a * b).sum() * m", "z"),
    "broadcast": (X + "b = torch.ones(1, requires_grad=True)\nM = torch.ones(3, 4) * x + b\nz = M.mean()", "z"),
    "views": (X + "A = x.view(2, 2)\nB = A.T @ A\nz = B[0, 1] + B.trace()", "z"),
    "mixed types": (X + "y = x.double() ** 2\nz = y.sum().float()", "z"),
    "unused output": (X + "u, s, v = torch.linalg.svd(torch.diag(x))\nz = s.sum()", "z"),
    "second order": (X + "y = (x ** 3).sum()\n(g,) = torch.autograd.grad(y, x, create_graph=True)\nz = g.sum()", "z"),
    "functional": (X + "z = torch.nn.functional.layer_norm(x, (4,), weight=x * 2).pow(2).sum()", "z"),
}


@pytest.mark.parametrize("case", GRAPHS)
def test_values_and_gradients_are_torchs(case: str) -> None:
    """Each named tensor's value is the page's, and its gradient is what torch.autograd.grad gives."""
    code, root = GRAPHS[case]
    drawn, names = draw(code, root)
    tensors = {n: t for n, t in graph_trace._names(names) if t.requires_grad and n in by_name(drawn)}
    assert tensors
    gradients = torch.autograd.grad(names[root], list(tensors.values()), retain_graph=True, allow_unused=True)
    for (name, tensor), gradient in zip(tensors.items(), gradients, strict=True):
        node = by_name(drawn)[name]
        assert node.value == text(tensor), name
        assert node.gradient == (None if gradient is None else text(gradient)), name
        assert node.shape == tuple(tensor.shape)
    leaves = [node for node in drawn.nodes if node.kind == "leaf"]
    assert {node.name for node in leaves} <= set(tensors)


def text(tensor: torch.Tensor) -> tuple[str, ...]:
    return lines(tuple(tensor.shape), tensor.detach().reshape(-1)[:16].tolist())


@pytest.mark.parametrize("case", GRAPHS)
def test_every_node_has_its_value(case: str) -> None:
    """Also results that nobody named were seen when the next operation took them in (but inside a Function's own)."""
    drawn, _ = draw(*GRAPHS[case])
    assert [node.name for node in drawn.nodes if not node.value] == []


def test_the_page_is_left_as_it_was() -> None:
    """No `.grad`, no hook and no saved tensor of the page notices that a graph was drawn."""
    code = X + "heard = []\nd = torch.dot(x, x)\nd.register_hook(heard.append)\ny = 2 * d"
    _, names = draw(code, "y")
    assert names["x"].grad is None and names["heard"] == []
    names["y"].backward()
    assert torch.equal(names["x"].grad, 4 * names["x"]) and names["heard"] == [torch.tensor(2.0)]


def test_recording_changes_nothing_that_a_page_prints() -> None:
    """Under the recorder a program sees the same errors, versions, hooks and identities."""
    code = X + "\n".join(
        [
            "log = []",
            "y = x.exp()",
            "u = y.detach()",
            "log.append((u.data_ptr() == y.data_ptr(), u.is_leaf, y.grad_fn is y.grad_fn, y.grad_fn.name()))",
            "u.mul_(10)",
            "try:\n    y.sum().backward()\nexcept RuntimeError as error:\n    log.append(str(error))",
            "v = x * 1\nw = v.view(2, 2)\nv.mul_(2)\nlog.append((w.grad_fn.name(), w._version))",
            "with torch.no_grad():\n    w2 = v[:2]\n    v.add_(1)\n    log.append((w2 + 1).tolist())",
            "log.append(w.grad_fn.name())",
            "from torch.func import grad, vmap",
            "log.append(vmap(grad(lambda t: t.sin().sum()))(torch.ones(2, 3)).tolist())",
            "sizes = []",
            "with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.nbytes) or t, lambda t: t):",
            "    s = (x * x).sin().sum()",
            "log.append(sizes)",
        ]
    )
    seen = []
    for watcher in (contextlib.nullcontext(), graph_trace.Recorder()):
        names: dict[str, Any] = {"torch": torch}
        with watcher:
            exec(code, names)
        seen.append(names["log"])
    assert seen[0] == seen[1]


ERRORS = {
    "q": "cannot be evaluated here: NameError: name 'q' is not defined",
    "3": "is of type int, not a tensor",
    "x": "has no grad_fn, so there is no graph to draw: it is a leaf, nothing was computed",
    "x.detach()": "it does not require a gradient",
    "x * 2": "is float32 of shape (4,); the backward sweep starts from one real number, such as `(x * 2).sum()`",
    "y\n别的: x.exp()": "`x.exp()` is not in the graph of `y`, which holds x, y",
    "long": "the graph of `long` has more than 40 nodes",
    "freed": "the graph of `freed` was freed by a backward() above",
    "stale": "ExpBackward0 of `stale` cannot go backward: one of the variables needed for gradient",
}


@pytest.mark.parametrize("body", ERRORS)
def test_errors(body: str) -> None:
    """Each fault of a fence says what is wrong."""
    code = X + "y = x.sum()\nfreed = (x * x).sum()\nfreed.backward()\nlong = x.sum()\n"
    code += "for _ in range(5000):\n    long = long + 1\nwith torch.no_grad():\n    pass\n"
    code += "e = x.exp()\nstale = e.sum()\ne.detach().mul_(2)\n"
    with pytest.raises(GraphError) as caught:
        draw(code, body)
    assert ERRORS[body] in str(caught.value)


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("", 0, "an empty graph"),
        ("x =", 0, "`x =` is none: invalid syntax"),
        ("y\nnonsense", 1, "`nonsense` is neither `alt: 说明` nor `名字: 表达式`"),
        ("y\n\n名: (", 2, "`(` is no Python expression"),
    ],
)
def test_a_body_that_cannot_be_read(body: str, line: int, message: str) -> None:
    """Faults of the fence's own lines come with their lines."""
    request, faults = graph.read(body, "g")
    assert request is None
    assert [at for at, _ in faults] == [line] and message in faults[0][1]


def test_colons() -> None:
    """A name may be told from its expression by either colon, and the expression may hold one itself."""
    request, _ = graph.read("y[0:1]\n前半：x[0:2]\nalt: 图", "g")
    assert request == graph.Request("g", "y[0:1]", (("前半", "x[0:2]"),), "图")


@pytest.mark.parametrize(
    ("tensor", "expected"),
    [
        (torch.tensor(2.5), ("2.5",)),
        (torch.tensor(3), ("3",)),
        (torch.tensor(True), ("True",)),
        (torch.tensor([1e-8, 123456.0]), ("(1e-08, 1.235e+05)",)),
        (torch.tensor([float("nan"), float("inf")]), ("(nan, inf)",)),
        (torch.arange(7.0), ("(0, 1, 2, …)",)),
        (torch.tensor([[1.0, 2.0], [3.0, 4.0]]), ("[1, 2]", "[3, 4]")),
        (torch.ones(5, 5), ("25 个数",)),
        (torch.empty(0), ("（空）",)),
        (torch.ones(2, 0), ("（空）",)),
    ],
)
def test_numbers(tensor: torch.Tensor, expected: tuple[str, ...]) -> None:
    """Numbers as a card shows them."""
    assert text(tensor) == expected


def test_told() -> None:
    """The sweeps in words: every operation once forward and once backward, sums where parts meet."""
    drawn, _ = draw(X + "y = x * x\nu = y.detach()\nz = u * x\ns = z.sum()", "s")
    told = graph.sweep(drawn)
    assert list(told.steps) == [
        "输入：叶子 x，值 (1, 1, 4, 5)。",
        "正向：y = mul(x, x)，值 (1, 1, 16, 25)，由它分离出 u。",
        "正向：z = mul(u, x)，值 (1, 1, 64, 125)。",
        "正向：s = sum(z)，值 191。",
        "反向：从 s 出发，它对自己的导数是 1。",
        "反向经过 SumBackward0：z 得到 (1, 1, 1, 1)。",
        "反向经过 MulBackward0：u 由 y 分离而来，梯度到此为止；x 得到 (1, 1, 16, 25)。",
    ]
    assert told.values == (1, 2, 2, 3, 4)
    assert told.gradients == (7, 0, 0, 6, 5)
    drawn, _ = draw(X + "y = x * x\nz = y * x\ns = z.sum()", "s")
    last = graph.sweep(drawn).steps[-1]
    assert last == "反向经过 MulBackward0：x 得到 (1, 1, 16, 25) 和 (1, 1, 16, 25)，3 份相加是 (3, 3, 48, 75)。"
