"""torch's untyped helpers, typed, in one place: what mypy is told to pass over below has no annotations there."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor


def common_shape(*shapes: torch.Size) -> torch.Size:
    """The shape that some shapes broadcast to (torch's own function imports SymPy first, which takes a second)."""
    longest = max(map(len, shapes))
    aligned = [(1,) * (longest - len(shape)) + tuple(shape) for shape in shapes]
    out = []
    for sizes in zip(*aligned, strict=True):
        wanted = set(sizes) - {1}
        if len(wanted) > 1:
            raise ValueError(f"shapes that do not broadcast: {shapes}")
        out.append(wanted.pop() if wanted else 1)
    return torch.Size(out)


def together(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors broadcast to their common shape."""
    return tuple(torch.broadcast_tensors(*tensors))  # type: ignore[no-untyped-call]


def pieces(value: Tensor, dim: int) -> tuple[Tensor, ...]:
    """The slices of a tensor along a dimension, which stays with size 1."""
    return tuple(value.split(1, dim))  # type: ignore[no-untyped-call]


def inverse(value: Tensor) -> Tensor:
    """The inverses of square matrices."""
    return cast(Tensor, torch.linalg.inv(value))


def determinant(value: Tensor) -> Tensor:
    """The determinants of square matrices, 1×1."""
    return cast(Tensor, torch.linalg.det(value)[..., None, None])


def singular_values(value: Tensor) -> Tensor:
    """Singular values, largest first, along the last dimension."""
    return cast(Tensor, torch.linalg.svdvals(value))


def elementwise(name: str, value: Tensor) -> Tensor:
    """torch's elementwise function of a name."""
    return cast(Tensor, getattr(torch, name)(value))
