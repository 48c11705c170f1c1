"""A computation graph as torch built it: followed from a tensor's `grad_fn`, with values and gradients.

Runs in the page's process. A `Recorder` watches the page's statements, because a graph keeps neither the values of
intermediate results nor the constants that went into them. Gradients come from the graph's own nodes, called one by
one in reverse order: `.grad`, hooks and the saved tensors of the page stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from proofread.outputs.graph import MOST, Edge, Graph, GraphError, Node, Request, lines

_HEAD = 16
"""How many numbers of a tensor are kept to be shown."""

Key = tuple[Any, int]
"""A result of the program: its autograd node and which of its outputs; a tensor and -1 for leaves and constants.
Tensors stand as `_Same`, since `==` on tensors is not identity."""


@dataclass(frozen=True, slots=True)
class _Same:
    tensor: torch.Tensor = field(compare=False)
    identity: int

    @staticmethod
    def of(tensor: torch.Tensor) -> _Same:
        return _Same(tensor, id(tensor))


@dataclass(frozen=True, slots=True)
class _Seen:
    """A tensor as it was when an operation took it in."""

    shape: tuple[int, ...]
    head: torch.Tensor

    @staticmethod
    def of(tensor: torch.Tensor) -> _Seen:
        return _Seen(tuple(tensor.shape), tensor.detach().reshape(-1)[:_HEAD].clone())

    @property
    def text(self) -> tuple[str, ...]:
        return lines(self.shape, self.head.tolist())


@dataclass(frozen=True, slots=True)
class _Call:
    """An operation as it was called."""

    function: str
    arguments: tuple[Any, ...]
    """Keys of tensors, other arguments as they are."""
    seen: Mapping[Key, _Seen]
    """The tensors among them as they were."""
    constants: frozenset[Key]
    """The tensors among them that want no gradient."""


def _key(tensor: torch.Tensor) -> Key:
    if tensor.requires_grad and tensor.grad_fn is not None:
        return tensor.grad_fn, int(tensor.output_nr)
    return _Same.of(tensor), -1


def _home(tensor: torch.Tensor) -> tuple[Any, int]:
    """What a tensor shares with the one it was detached from, and with no later one: storage and place in it."""
    weakly: Any = StorageWeakRef
    return weakly(tensor.untyped_storage()), tensor.data_ptr()


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch gives it no types
    """Watches operations that extend a graph, on ordinary tensors, and changes nothing."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # nor this
        self.calls: dict[Any, _Call] = {}
        """By the node of their result."""
        self.cuts: list[tuple[tuple[Any, int], Key]] = []
        """Detached tensors and what they were detached from, oldest first."""
        self._pending: list[tuple[_Call, list[torch.Tensor]]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.settle()
        leaves = tree_leaves((args, kwargs or {}))
        tensors = [a for a in leaves if isinstance(a, torch.Tensor)]
        plain = all(type(t) in (torch.Tensor, torch.nn.Parameter) and t.layout == torch.strided for t in tensors)
        watched = plain and torch.is_grad_enabled() and any(t.requires_grad for t in tensors)
        if watched:
            keys = [_key(a) if isinstance(a, torch.Tensor) else a for a in leaves]
            seen = {k: _Seen.of(t) for k, t in zip(keys, leaves, strict=True) if isinstance(t, torch.Tensor)}
        result = func(*args, **(kwargs or {}))
        if watched:
            # Only above here does torch tie the result to the graph: look at it before the next operation.
            results = [r for r in tree_leaves(result) if isinstance(r, torch.Tensor)]
            if func is torch.ops.aten.detach.default:
                self.cuts.append((_home(results[0]), keys[0]))
            constants = frozenset(_key(t) for t in tensors if not t.requires_grad)
            self._pending.append((_Call(func.overloadpacket.__name__, tuple(keys), seen, constants), results))
        return result

    def settle(self) -> None:
        """File the operations whose results torch has tied to the graph by now. Call it after each statement too."""
        for call, results in self._pending:
            for result in results:
                if result.requires_grad and result.grad_fn is not None:
                    self.calls.setdefault(result.grad_fn, call)
        self._pending.clear()


def draw(request: Request, namespace: dict[str, Any], recorder: Recorder) -> Graph:
    """The graph that a fence asks for, from the page's names at this point.

    Raises:
        GraphError: no such tensor, no graph, a graph too large or freed, a root of more than one number.
    """
    with recorder:
        root = _evaluate(request.root, namespace)
    recorder.settle()
    if not root.requires_grad or root.grad_fn is None:
        why = "it is a leaf, nothing was computed" if root.requires_grad else "it does not require a gradient"
        raise GraphError(f"`{request.root}` has no grad_fn, so there is no graph to draw: {why}")
    if root.numel() != 1 or root.is_complex():
        sum_of = request.root if request.root.isidentifier() else f"({request.root})"
        raise GraphError(
            f"`{request.root}` is {str(root.dtype).removeprefix('torch.')} of shape {tuple(root.shape)}; "
            f"the backward sweep starts from one real number, such as `{sum_of}.sum()`"
        )
    labels = {_key(_evaluate(expression, namespace)): (label, expression) for label, expression in request.labels}
    return _Tracer(request, namespace, recorder, root).graph(labels)


def _evaluate(expression: str, namespace: dict[str, Any]) -> torch.Tensor:
    try:
        value = eval(compile(expression, "<graph>", "eval"), namespace)
    except Exception as error:
        raise GraphError(f"`{expression}` cannot be evaluated here: {type(error).__name__}: {error}") from None
    if not isinstance(value, torch.Tensor):
        raise GraphError(f"`{expression}` is of type {type(value).__name__}, not a tensor")
    return value


def _names(namespace: Mapping[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors that the page has a name for, itself or by one step: `W`, `W[0]`, `net.0.weight`."""
    public = [(name, value) for name, value in namespace.items() if not name.startswith("_")]
    yield from ((name, value) for name, value in public if isinstance(value, torch.Tensor))
    for name, value in public:
        if isinstance(value, torch.nn.Module):
            yield from ((f"{name}.{inner}", parameter) for inner, parameter in value.named_parameters())
        elif isinstance(value, list | tuple):
            yield from ((f"{name}[{i}]", item) for i, item in enumerate(value) if isinstance(item, torch.Tensor))
        elif isinstance(value, dict):
            yield from ((f"{name}[{k!r}]", item) for k, item in value.items() if isinstance(item, torch.Tensor))


class _Tracer:
    """One graph, followed from its root. A point of it is an autograd node (an operation's) or a `_Same` (a tensor)."""

    def __init__(self, request: Request, namespace: Mapping[str, Any], recorder: Recorder, root: torch.Tensor) -> None:
        self.request, self.recorder, self.root = request, recorder, root
        self.named: dict[Key, str] = {}
        self.tensors: dict[Key, torch.Tensor] = {}
        for name, tensor in _names(namespace):
            self.named.setdefault(_key(tensor), name)
            self.tensors.setdefault(_key(tensor), tensor)
        self.named.setdefault(_key(root), request.root)
        self.tensors[_key(root)] = root
        self.inputs: dict[Any, list[tuple[Key, int | None]]] = {}
        """For each point where its inputs come from: a key, and its place in `next_functions` if it is there."""
        self.order: list[Any] = []
        self._follow(root.grad_fn)
        self.seen: dict[Key, _Seen] = {}
        for point in self.order:
            if point in recorder.calls:
                self.seen |= recorder.calls[point].seen
        self.used: dict[Any, list[int]] = {}
        for key in (_key(root), *(key for keys in self.inputs.values() for key, _ in keys)):
            self.used.setdefault(key[0], [])
            if key[1] not in self.used[key[0]]:
                self.used[key[0]].append(key[1])

    def _follow(self, start: Any) -> None:
        """All points, inputs first, without recursion: a page may build a chain of any length."""
        stack: list[tuple[Any, bool]] = [(start, False)]
        while stack:
            point, done = stack.pop()
            if done:
                self.order.append(point)
            elif point not in self.inputs:
                self.inputs[point] = self._inputs(point)
                if len(self.inputs) > MOST:
                    raise GraphError(
                        f"the graph of `{self.request.root}` has more than {MOST} nodes; draw a smaller one"
                    )
                stack.append((point, True))
                stack += [(key[0], False) for key, _ in reversed(self.inputs[point]) if key[0] not in self.inputs]

    def _inputs(self, point: Any) -> list[tuple[Key, int | None]]:
        if isinstance(point, _Same):
            source = None if point.tensor.requires_grad else self._detached_from(point)
            return [] if source is None else [(source, None)]
        found: list[tuple[Key, int | None]] = []
        for slot, (function, number) in enumerate(point.next_functions):
            if function is not None:
                leaf = getattr(function, "variable", None)
                found.append(((_Same.of(leaf), -1) if leaf is not None else (function, number), slot))
        call = self.recorder.calls.get(point)
        if call is None:
            return found
        # In the order of the call, constants in their places; the edges themselves are torch's.
        keys = [a for a in call.arguments if _is_key(a)]
        differentiable = [key for key in keys if key not in call.constants]
        constants: list[tuple[Key, int | None]] = [(key, None) for key in keys if key in call.constants]
        if Counter(differentiable) != Counter(key for key, _ in found):
            return found + constants
        by_key: dict[Key, list[tuple[Key, int | None]]] = {}
        for entry in found:
            by_key.setdefault(entry[0], []).append(entry)
        return [(key, None) if key in call.constants else by_key[key].pop(0) for key in keys]

    def _detached_from(self, point: _Same) -> Key | None:
        home = _home(point.tensor)
        return next((source for made, source in reversed(self.recorder.cuts) if made == home), None)

    def graph(self, labels: Mapping[Key, tuple[str, str]]) -> Graph:
        """Nodes and edges, with values and gradients; `labels` are Chinese names and whence they came, by key."""
        passed, gradients = self._backward()
        index = {point: i for i, point in enumerate(self.order)}
        names = self._all_names()
        nodes = [self._node(point, names, gradients) for point in self.order]
        for (point, _), (label, expression) in labels.items():
            if point not in index:
                known = ", ".join(names.values())
                raise GraphError(f"`{expression}` is not in the graph of `{self.request.root}`, which holds {known}")
            nodes[index[point]] = replace(nodes[index[point]], label=label)
        edges = []
        for point in self.order:
            for key, slot in self.inputs[point]:
                back = passed.get((point, slot)) if slot is not None else None
                cut = isinstance(point, _Same)
                edges.append(Edge(index[key[0]], index[point], None if back is None else _Seen.of(back).text, cut))
        return Graph(tuple(nodes), tuple(edges))

    def _all_names(self) -> dict[Any, str]:
        """What to call each point: its name on the page, else a number in a circle."""
        names, numbers = {}, iter(range(1, MOST + 2))
        for point in self.order:
            own = [self.named[(point, nr)] for nr in sorted(self.used[point]) if (point, nr) in self.named]
            names[point] = ", ".join(own) or _circled(next(numbers))
        return names

    def _node(self, point: Any, names: Mapping[Any, str], gradients: Mapping[Key, torch.Tensor]) -> Node:
        outputs = sorted(self.used[point])
        keys = [(point, nr) for nr in outputs]
        if isinstance(point, _Same):
            leaf = point.tensor.requires_grad
            seen = self.seen.get(keys[0]) or _Seen.of(point.tensor)
            kind, function, call = ("leaf", "AccumulateGrad", "") if leaf else ("constant", "", "")
            shape, value = seen.shape, seen.text
        else:
            kind, function = "operation", point.name().rpartition("::")[2]
            call = self._call(point, names)
            shape = tuple(int(n) for n in point._input_metadata[outputs[0]].shape)
            value = self._text({nr: self._seen((point, nr)) for nr in outputs})
        reached = {nr: _Seen.of(gradients[(point, nr)]) for nr in outputs if (point, nr) in gradients}
        gradient = self._text(reached) if reached else None
        return Node(kind, names[point], function, call, "", shape, value, gradient)

    def _seen(self, key: Key) -> _Seen | None:
        if key not in self.seen and key in self.tensors:
            return _Seen.of(self.tensors[key])
        return self.seen.get(key)

    @staticmethod
    def _text(outputs: Mapping[int, _Seen | None]) -> tuple[str, ...]:
        """One output's numbers; of several, each with its number in front."""
        if len(outputs) == 1:
            (seen,) = outputs.values()
            return seen.text if seen else ()
        return tuple(f"输出 {nr}：{line}" for nr, seen in outputs.items() if seen for line in seen.text)

    def _call(self, point: Any, names: Mapping[Any, str]) -> str:
        """The operation as it was called, tensors by their names; if nobody saw it, as its node tells."""
        call = self.recorder.calls.get(point)
        if call is None:
            word = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", re.sub(r"Backward\d*$", "", point.name().rpartition("::")[2]))
            return f"{word.lower()}({', '.join(names[key[0]] for key, _ in self.inputs[point])})"
        words = []
        for argument in call.arguments:
            if _is_key(argument):
                words.append(names.get(argument[0], "…"))
            elif isinstance(argument, int | float | str) and not isinstance(argument, bool):
                words.append(f"{argument:g}" if isinstance(argument, float) else str(argument))
        text = f"{call.function.lstrip('_')}({', '.join(words)})"
        return text if len(text) <= 28 else f"{call.function.lstrip('_')}({', '.join(words[:2])}, …)"

    def _backward(self) -> tuple[dict[tuple[Any, int], torch.Tensor], dict[Key, torch.Tensor]]:
        """The reverse sweep: what each operation passes on along each of its edges, and the sums at each result."""
        passed: dict[tuple[Any, int], torch.Tensor] = {}
        sums: dict[Key, torch.Tensor] = {_key(self.root): torch.ones_like(self.root).detach()}
        with torch.no_grad():
            for point in reversed(self.order):
                outputs = [] if isinstance(point, _Same) else range(len(point._input_metadata))
                if not any((point, nr) in sums for nr in outputs):
                    continue
                results = self._apply(point, [sums.get((point, nr)) for nr in outputs])
                for key, slot in self.inputs[point]:
                    result = results[slot] if slot is not None else None
                    if slot is None or result is None:
                        continue
                    part = passed[(point, slot)] = _fitted(result, *point.next_functions[slot])
                    sums[key] = sums[key] + part if key in sums else part
        return passed, sums

    def _apply(self, node: Any, gradients: list[torch.Tensor | None]) -> tuple[torch.Tensor | None, ...]:
        """An operation's backward step, without its hooks; an output that nobody used has no gradient."""
        try:
            if callable(node):
                results = node(*gradients)
            else:  # of a Function of one's own, which gets zeros instead
                results = node.apply(*(_zeros(node, nr) if g is None else g for nr, g in enumerate(gradients)))
        except Exception as error:
            if "backward through the graph a second time" in str(error):
                raise GraphError(
                    f"the graph of `{self.request.root}` was freed by a backward() above; draw it before that, "
                    f"or keep it with retain_graph=True"
                ) from None
            reason = str(error).split("\n")[0]
            raise GraphError(f"{node.name()} of `{self.request.root}` cannot go backward: {reason}") from None
        results = results if isinstance(results, tuple) else (results,)
        places = len(node.next_functions)
        if len(results) != places:  # a Function of one's own also answers for arguments that are no tensors
            results = tuple(r for r in results if r is not None)
        if len(results) != places:
            raise GraphError(f"{node.name()} of `{self.request.root}` returns {len(results)} gradients, not {places}")
        return results


def _is_key(argument: Any) -> bool:
    return isinstance(argument, tuple)


def _zeros(node: Any, number: int) -> torch.Tensor:
    about = node._input_metadata[number]
    return torch.zeros(tuple(about.shape), dtype=about.dtype, device=about.device)


def _fitted(part: torch.Tensor, node: Any, number: int) -> torch.Tensor:
    """A part of a gradient in its receiver's shape and type, as torch's engine makes it: summed where broadcast."""
    about = node._input_metadata[number]
    return part.detach().sum_to_size(tuple(about.shape)).to(about.dtype)


def _circled(number: int) -> str:
    return chr(0x2460 + number - 1) if number <= 20 else f"({number})"
