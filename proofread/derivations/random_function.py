"""Arbitrary smooth functions: sums of sines of random directions, with a quadratic part, so that no derivative of
any order vanishes and no symmetry hides a transpose."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from proofread.derivations.tensors import common_shape


@dataclass(frozen=True)
class Smooth:
    """f(x) = s (W sin(V x + b) + (U x)²), or exp(0.3 s sin(…) + c) if its values are positive; works along leading
    dimensions. s and c are 1 and 0 unless an order is to be tried with a larger or another function."""

    inner: Tensor
    shift: Tensor
    outer: Tensor
    square: Tensor
    shape: tuple[int, int]
    positive: bool = False
    scale: float = 1.0
    offset: float = 0.0

    def __call__(self, args: list[Tensor]) -> Tensor:
        """The value, (…, r, c), at arguments of shapes (…, rₖ, cₖ)."""
        lead = common_shape(*(arg.shape[:-2] for arg in args))
        flat = torch.cat([arg.expand(*lead, *arg.shape[-2:]).flatten(-2) for arg in args], -1)
        value = torch.sin(flat @ self.inner.T + self.shift) @ self.outer.T + (flat @ self.square.T) ** 2
        if self.positive:
            value = torch.exp(0.3 * self.scale * torch.sin(value) + self.offset)
        elif self.scale != 1.0:
            value = self.scale * value
        return value.reshape(*value.shape[:-1], *self.shape)


def smooth(inputs: int, shape: tuple[int, int], generator: torch.Generator, positive: bool = False) -> Smooth:
    """A random function of `inputs` numbers with values of a shape."""
    hidden, outputs = 5, shape[0] * shape[1]

    def draw(*size: int) -> Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64)

    scale = inputs**-0.5
    return Smooth(draw(hidden, inputs) * scale, draw(hidden), draw(outputs, hidden) * 0.7,
                  draw(outputs, inputs) * 0.4 * scale, shape, positive)  # fmt: skip
