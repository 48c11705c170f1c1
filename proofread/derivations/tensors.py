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


#: Condition (in the Frobenius norm) from which on a matrix counts as singular but for rounding.
SINGULAR = 1e13


def inverse(value: Tensor) -> Tensor:
    """The inverses of square matrices, nan for a singular one."""
    found, fault = torch.linalg.inv_ex(value)
    size = (value.detach().square().sum((-2, -1)) * found.detach().square().sum((-2, -1))).sqrt()
    regular = (fault == 0) & (size < SINGULAR)
    if bool(regular.all()):
        return cast(Tensor, found)
    return torch.where(regular[..., None, None], found, torch.full((), float("nan"), dtype=value.dtype))


def determinant(value: Tensor) -> Tensor:
    """The determinants of square matrices, 1×1."""
    return cast(Tensor, torch.linalg.det(value)[..., None, None])


def singular_values(value: Tensor) -> Tensor:
    """Singular values, largest first, along the last dimension; nan for a matrix that is not finite."""
    known, safe = finite_matrices(value)
    found = cast(Tensor, torch.linalg.svdvals(safe))
    return found if safe is value else torch.where(known[..., None], found, torch.full((), float("nan")).to(found))


def eigenvalues(value: Tensor) -> Tensor:
    """Eigenvalues of the symmetric part, smallest first, along the last dimension; nan where it is not finite."""
    known, safe = finite_matrices((value + value.mT) / 2)
    found = cast(Tensor, torch.linalg.eigvalsh(safe))
    return found if bool(known.all()) else torch.where(known[..., None], found, torch.full((), float("nan")).to(found))


def finite_matrices(value: Tensor) -> tuple[Tensor, Tensor]:
    """Which matrices are finite, and all of them with 0 for those that are not (LAPACK fails on nan)."""
    known = torch.isfinite(value).all(-1).all(-1)
    if bool(known.all()):
        return known, value
    return known, torch.where(known[..., None, None], value, torch.zeros((), dtype=value.dtype))


def elementwise(name: str, value: Tensor) -> Tensor:
    """torch's elementwise function of a name."""
    return cast(Tensor, getattr(torch, name)(value))
