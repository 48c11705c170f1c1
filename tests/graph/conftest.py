"""Two graphs written by hand: y = 2xᵀx, and a product with a detached factor."""

from __future__ import annotations

import pytest

from proofread.outputs.graph import Edge, Graph, Node

_PART = ("(2, 2, 8, 10)",)
_SEED = Graph(
    (
        Node("leaf", "x", "AccumulateGrad", "", "", (4,), ("(1, 1, 4, 5)",), ("(4, 4, 16, 20)",)),
        Node("operation", "d", "DotBackward0", "dot(x, x)", "平方和", (), ("43",), ("2",)),
        Node("operation", "y", "MulBackward0", "mul(d, 2)", "", (), ("86",), ("1",)),
    ),
    (Edge(0, 1, _PART), Edge(0, 1, _PART), Edge(1, 2, ("2",))),
)
_CUT = Graph(
    (
        Node("leaf", "x", "AccumulateGrad", "", "", (), ("3",), ("9",)),
        Node("operation", "y", "MulBackward0", "mul(x, x)", "", (), ("9",), None),
        Node("constant", "u", "", "", "", (), ("9",), None),
        Node("operation", "z", "MulBackward0", "mul(u, x)", "", (), ("27",), ("1",)),
    ),
    (Edge(0, 1), Edge(0, 1), Edge(1, 2, None, True), Edge(2, 3), Edge(0, 3, ("9",))),
)


@pytest.fixture(scope="session")
def seed() -> Graph:
    return _SEED


@pytest.fixture(scope="session")
def cut() -> Graph:
    return _CUT
