"""Computation graphs: what a `graph` fence asks for, what a drawn graph holds, and the sweeps told step by step.

    ```graph name="seed"
    y
    平方和: d
    alt: y = 2xᵀx 的计算图
    ```

The first line is the root tensor, a Python expression of the page at that point; it must hold one number. Further
lines name tensors of the graph in Chinese; `alt:` is the picture's title. The picture is drawn in the page's own
process from the root's real `grad_fn` (`graph_trace`), stored beside the page as `name.svg` and compared like any
figure. Nothing here imports torch.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proofread.outputs.expect import READING, Expected, Script, Statement

#: More nodes than these are no picture any more.
MOST = 40


class GraphError(Exception):
    """A graph that cannot be drawn; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """A `graph` fence, read."""

    name: str
    root: str
    """The expression of the root tensor."""
    labels: tuple[tuple[str, str], ...] = ()
    """Chinese names and the expressions of the tensors that they name."""
    alt: str = ""

    @property
    def title(self) -> str:
        """What the picture is called."""
        return self.alt or f"{self.root} 的计算图"


@dataclass(frozen=True, slots=True)
class Node:
    """A result of the program: of an operation, a leaf that wants a gradient, or a constant."""

    kind: str
    """operation, leaf or constant."""
    name: str
    """What the page calls it, else ①②…"""
    function: str = ""
    """What torch calls its node: `MulBackward0`, `AccumulateGrad`."""
    call: str = ""
    """The operation as it was called: `mul(d, 2)`."""
    label: str = ""
    shape: tuple[int, ...] = ()
    value: tuple[str, ...] = ()
    """Lines; empty if it was not seen."""
    gradient: tuple[str, ...] | None = None
    """Of the root with respect to it; None if none reaches it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The result of node `source` goes into the operation of node `target` (indices into `Graph.nodes`)."""

    source: int
    target: int
    passed: tuple[str, ...] | None = None
    """The part of the source's gradient that comes back along this edge."""
    cut: bool = False
    """Whether it is no edge of the graph at all: `detach` made the target from the source."""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes, inputs before what is computed from them, the root last; each node's incoming edges in argument order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def into(self, node: int) -> list[Edge]:
        """The edges that end in a node."""
        return [edge for edge in self.edges if edge.target == node]

    def out_of(self, node: int) -> list[Edge]:
        """The edges along which gradient comes back to a node."""
        return [edge for edge in self.edges if edge.source == node and edge.passed is not None]


_LABEL = re.compile(r"\s*([^:：]+?)\s*[:：]\s*(.+?)\s*")


def read(source: str, name: str) -> tuple[Request | None, list[tuple[int, str]]]:
    """A fence's body as a request, and what is wrong with it, each with its line (from 0)."""
    lines = [(i, line.strip()) for i, line in enumerate(source.split("\n")) if line.strip()]
    if not lines:
        return None, [(0, "an empty graph; its first line is the expression of a tensor, such as `y`")]
    faults: list[tuple[int, str]] = []
    (first, root), *rest = lines
    if why := _not_an_expression(root):
        faults.append((first, f"the first line of a graph is the expression of a tensor; `{root}` is none: {why}"))
    labels: list[tuple[str, str]] = []
    alt = ""
    for i, line in rest:
        match = _LABEL.fullmatch(line)
        if match is None:
            faults.append((i, f"`{line}` is neither `alt: 说明` nor `名字: 表达式`"))
        elif match[1] == "alt":
            alt = match[2]
        elif why := _not_an_expression(match[2]):
            faults.append((i, f"`{match[2]}` is no Python expression: {why}"))
        else:
            labels.append((match[1], match[2]))
    return (None if faults else Request(name, root, tuple(labels), alt)), faults


def _not_an_expression(text: str) -> str:
    try:
        with READING:
            ast.parse(text, mode="eval")
    except (SyntaxError, ValueError) as error:
        return getattr(error, "msg", None) or str(error)
    return ""


def script(source: str, name: str) -> Script:
    """A fence as one statement that leaves a figure, so that it is compared, stored and refreshed like one."""
    request, faults = read(source, name)
    if request is None:
        return Script((), tuple(faults))
    alt = re.sub(r"[\[\]]", "", request.title)
    figure = Expected(kind=">", text=f"![{alt}]({name}.svg)", index=0)
    return Script((Statement(start=0, end=source.count("\n") + 1, echo=False, expected=(figure,)),))


# ---- numbers as text


def number(value: complex | bool) -> str:
    """Four significant digits: `43`, `0.7616`, `1e-08`; whole numbers in full."""
    return f"{value:.4g}" if isinstance(value, float | complex) else str(value)


def lines(shape: Sequence[int], head: Sequence[complex]) -> tuple[str, ...]:
    """A tensor's numbers as lines of text: scalars and short vectors in one, small matrices row by row.

    Args:
        shape: the tensor's; head: its first numbers, at least 16 if it has so many.
    """
    size = 1
    for n in shape:
        size *= n
    text = [number(value) for value in head]
    if not shape:
        return (text[0],)
    if size == 0:
        return ("（空）",)
    if len(shape) == 1:
        return (f"({', '.join(text)})",) if size <= 6 else (f"({', '.join(text[:3])}, …)",)
    if len(shape) == 2 and shape[0] <= 4 and shape[1] <= 4:
        rows = [text[i : i + shape[1]] for i in range(0, size, shape[1])]
        return tuple(f"[{', '.join(row)}]" for row in rows)
    return (f"{size} 个数",)


def size(shape: Sequence[int]) -> str:
    """A shape in words."""
    return "标量" if not shape else "×".join(map(str, shape)) if len(shape) > 1 else f"{shape[0]} 维"


def inline(text: Sequence[str]) -> str:
    """Lines of numbers in one."""
    return ", ".join(text)


# ---- the sweeps


@dataclass(frozen=True, slots=True)
class Sweep:
    """When what is seen: the forward sweep, then the backward sweep, one operation a step, from step 1."""

    steps: tuple[str, ...]
    """What happens in each step, a Chinese sentence."""
    values: tuple[int, ...]
    """For each node the step that its value appears in."""
    gradients: tuple[int, ...]
    """For each node the step that its gradient is complete in; 0 if none reaches it."""
    backwards: tuple[int, ...]
    """For each node the step that its operation passes gradients on in; 0 if it does not."""


def sweep(graph: Graph) -> Sweep:
    """The graph played: inputs, each operation in order, the root's own gradient, each operation in reverse."""
    nodes, root = graph.nodes, len(graph.nodes) - 1
    given = [i for i, node in enumerate(nodes) if node.kind != "operation" and not graph.into(i)]
    steps = ["输入：" + "；".join(_given(graph, i) for i in given) + "。"]
    values = [1] * len(nodes)
    for i, node in enumerate(nodes):
        if node.kind == "operation":
            steps.append(f"正向：{node.name} = {node.call}，{_value(node)}{_detached(graph, i)}。")
            values[i] = len(steps)
        elif incoming := graph.into(i):
            values[i] = values[incoming[0].source]
    steps.append(f"反向：从 {nodes[root].name} 出发，它对自己的导数是 {inline(nodes[root].gradient or ())}。")
    gradients, backwards = [0] * len(nodes), [0] * len(nodes)
    gradients[root] = len(steps)
    for i in range(root, -1, -1):
        if nodes[i].kind == "operation" and nodes[i].gradient is not None:
            steps.append(f"反向经过 {nodes[i].function}：{'；'.join(_passes(graph, i))}。")
            backwards[i] = len(steps)
            for edge in graph.into(i):
                if edge.passed is not None:
                    gradients[edge.source] = len(steps)  # the last one to pass completes it
    return Sweep(tuple(steps), tuple(values), tuple(gradients), tuple(backwards))


def _given(graph: Graph, node: int) -> str:
    it = graph.nodes[node]
    kind = "叶子" if it.kind == "leaf" else "常数"
    return f"{kind} {it.name}，{_value(it)}{_detached(graph, node)}"


def _value(node: Node) -> str:
    return f"值 {inline(node.value)}" if node.value else f"形状 {size(node.shape)}"


def _detached(graph: Graph, node: int) -> str:
    made = [graph.nodes[edge.target].name for edge in graph.edges if edge.cut and edge.source == node]
    return f"，由它分离出 {'、'.join(made)}" if made else ""


def _passes(graph: Graph, node: int) -> Iterator[str]:
    """What an operation's inputs get in its backward step, in words."""
    incoming = graph.into(node)
    for source in dict.fromkeys(edge.source for edge in incoming):
        to = graph.nodes[source]
        parts = [edge.passed for edge in incoming if edge.source == source and edge.passed is not None]
        if parts:
            every = graph.out_of(source)
            complete = len(every) > 1 and min(edge.target for edge in every) == node
            total = f"，{len(every)} 份相加是 {inline(to.gradient or ())}" if complete else ""
            yield f"{to.name} 得到 {' 和 '.join(map(inline, parts))}{total}"
        elif to.kind == "constant":
            cut = [graph.nodes[edge.source].name for edge in graph.into(source)]
            yield f"{to.name} 由 {cut[0]} 分离而来，梯度到此为止" if cut else f"{to.name} 是常数，没有梯度"
        else:
            yield f"{to.name} 没有得到梯度"
