"""The evaluator against hand-written torch, construct by construct: both sides of a claim share one evaluator, so a
misreading common to both would pass every other test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from notes import same, value
from torch import Tensor
from torch.func import hessian, jacrev

from proofread.derivations.tensors import inverse

M, N, P = 3, 4, 5
_generator = torch.Generator().manual_seed(7)


def _draw(*shape: int) -> Tensor:
    return torch.randn(shape, generator=_generator, dtype=torch.float64)


A, B, C, S = _draw(M, N), _draw(N, P), _draw(M, N), _draw(N, N)
x, y, b, v = _draw(N, 1), _draw(N, 1), _draw(M, 1), _draw(N, 1)
t, c = _draw(), _draw()
U = _draw(M, N, 1)
DECLARED = r"""
$A, C \in \mathbb{R}^{m\times n}$, $B\in\mathbb{R}^{n\times p}$, $S\in\mathbb{R}^{n\times n}$, $x, y, v\in\mathbb{R}^n$,
$b\in\mathbb{R}^m$, $t, c\in\mathbb{R}$, $u_r\in\mathbb{R}^n$, $r=1,\ldots,m$, $K\in\mathbb{N}$, $q\in\mathbb{R}$
"""
VALUES = {"A": A, "B": B, "C": C, "S": S, "x": x, "y": y, "v": v, "b": b, "t": t, "c": c, "u": U,
          "q": torch.tensor(3.0, dtype=torch.float64)}  # fmt: skip
SIZES = {"m": M, "n": N, "p": P, "K": 3}
I_n, ones = torch.eye(N, dtype=torch.float64), torch.ones(N, 1, dtype=torch.float64)
inv, det = torch.linalg.inv, torch.linalg.det


def quadratic(z: Tensor) -> Tensor:
    return (z.T @ S @ z).squeeze()


def softmax(z: Tensor) -> Tensor:
    return torch.softmax(z, 0)


CASES: list[tuple[str, Callable[[], Tensor]]] = [
    # products, sums, powers, transposes
    (r"Ax", lambda: A @ x),
    (r"A x + 2b - \frac{1}{2} b", lambda: A @ x + 1.5 * b),
    (r"x^\top y", lambda: (x.T @ y).squeeze()),
    (r"x y^\top", lambda: x @ y.T),
    (r"x\cdot y", lambda: (x * y).sum()),
    (r"A x^\top y", lambda: A * (x.T @ y)),
    (r"3 t x", lambda: 3 * t * x),
    (r"x^{\mathsf T} S^T y", lambda: (x.T @ S.T @ y).squeeze()),
    (r"S^{-1}", lambda: inv(S)),
    (r"S^{-\top}", lambda: inv(S).T),
    (r"S^2 + S^K", lambda: S @ S + S @ S @ S),
    (r"(S^\top S)^{1/2}(S^\top S)^{1/2}", lambda: S.T @ S),
    (r"t^3 / (1+t^2)", lambda: t**3 / (1 + t**2)),
    (r"-t^2", lambda: -(t**2)),
    (r"A \circ C", lambda: A * C),
    (r"A \odot C", lambda: A * C),
    (r"x^{\circ 2}", lambda: x**2),
    (r"A \otimes B", lambda: torch.kron(A, B)),
    (r"\frac{A x}{\|x\|}", lambda: A @ x / x.norm()),
    (r"{\bf x}^\top {\bf x}", lambda: (x * x).sum()),
    # units
    (r"S + 2 I", lambda: S + 2 * I_n),
    (r"I_n - \frac{1}{n} \mathbf 1\mathbf 1^\top", lambda: I_n - ones @ ones.T / N),
    (r"\mathbf{1}^\top x", lambda: x.sum()),
    (r"A e_2", lambda: A[:, 1:2]),
    # entries and indices
    (r"x_i", lambda: x[:, 0]),
    (r"a_{ij} x_j", lambda: A * x[:, 0]),
    (r"A_{23}", lambda: A[1, 2]),
    (r"(Ax)_i", lambda: (A @ x)[:, 0]),
    (r"(S^{-1})_{kl}", lambda: inv(S)),
    (r"A_{i,:}", lambda: A.reshape(M, 1, N)),
    (r"A_{:,j}", lambda: A.T.reshape(N, M, 1)),
    (r"\delta_{ij} x_i y_j", lambda: torch.diag((x * y)[:, 0])),
    (r"\sum_j a_{ij} x_j", lambda: (A @ x)[:, 0]),
    (r"\sum_{i,j} S_{ij} x_i y_j", lambda: (x.T @ S @ y).squeeze()),
    (r"\sum_{i\ne j} S_{ij}", lambda: S.sum() - S.trace()),
    (r"\sum_{i<j} S_{ij}", lambda: S.triu(1).sum()),
    (r"\sum_{i=1}^{n-1} x_i x_{i+1}", lambda: (x[:-1] * x[1:]).sum()),
    (r"\sum_{j=2}^n j x_j", lambda: (torch.arange(2, N + 1).double() * x[1:, 0]).sum()),
    (r"\sum_{j=1}^n c", lambda: N * c),
    (r"\prod_{i=1}^n x_i", lambda: x.prod()),
    (r"\max_i x_i - \min_i x_i", lambda: x.max() - x.min()),
    (r"\sum_{r=1}^m u_r", lambda: U.sum(0)),
    (r"u_2^\top x", lambda: (U[1].T @ x).squeeze()),
    (r"u_{ij}", lambda: U[:, :, 0]),
    (r"x_1 + x_2 + \cdots + x_n", lambda: x.sum()),
    (r"x_1 x_2 \cdots x_n", lambda: x.prod()),
    (r"x_1^2 - x_2^2", lambda: x[0, 0] ** 2 - x[1, 0] ** 2),
    # functions
    (r"\|x\|_2^2 + \|x\|_1 + \|x\|_\infty", lambda: x.norm() ** 2 + x.abs().sum() + x.abs().max()),
    (r"\|x\|_q", lambda: (x.abs() ** 3).sum() ** (1 / 3)),
    (r"\lVert A\rVert_F", lambda: (A**2).sum().sqrt()),
    (r"\|A\|_2", lambda: torch.linalg.matrix_norm(A, 2)),
    (r"\|A\|_*", lambda: torch.linalg.matrix_norm(A, "nuc")),
    (r"|t| + |S|", lambda: t.abs() + det(S)),
    (r"\det S", lambda: det(S)),
    (r"\log|\det S|", lambda: det(S).abs().log()),
    (r"\operatorname{tr} S + \mathrm{tr}(S^2)", lambda: S.trace() + (S @ S).trace()),
    (r"\operatorname{diag}(x)", lambda: torch.diag(x[:, 0])),
    (r"\operatorname{diag}(S)", lambda: torch.diagonal(S).reshape(N, 1)),
    (r"\operatorname{vec}(A)", lambda: A.T.reshape(-1, 1)),
    (r"\langle A, C\rangle", lambda: (A * C).sum()),
    (r"e^{t} + e^{-t^2}", lambda: t.exp() + (-(t**2)).exp()),
    (r"e^{x}", lambda: x.exp()),
    (r"e^{S}", lambda: torch.linalg.matrix_exp(S)),
    (r"\sqrt{1 + \|x\|^2}", lambda: (1 + (x * x).sum()).sqrt()),
    (r"\sin^2 t + \cos 2t", lambda: t.sin() ** 2 + (2 * t).cos()),
    (r"\sin t \cos t", lambda: t.sin() * t.cos()),
    (r"\tanh(x) + \sigma(x)", lambda: x.tanh() + x.sigmoid()),
    (r"\operatorname{softmax}(x)", lambda: softmax(x)),
    (r"\operatorname{softmax}(x)_2", lambda: softmax(x)[1, 0]),
    (r"\operatorname{ReLU}(x)", lambda: x.clamp(min=0)),
    (r"\max(0, x)", lambda: x.clamp(min=0)),
    (r"\max\{t, c\}", lambda: torch.maximum(t, c)),
    (r"\operatorname{sgn}(x)", lambda: x.sign()),
    (r"\log\sum_j e^{x_j}", lambda: torch.logsumexp(x, 0).squeeze()),
    (r"\ln\det S^\top S", lambda: det(S.T @ S).log()),
    # arrays written out
    (r"\begin{pmatrix} t & c\\ 1 & 0\end{pmatrix}", lambda: torch.tensor([[t, c], [1.0, 0.0]], dtype=torch.float64)),
    (r"\begin{bmatrix} S & x\\ y^\top & 1\end{bmatrix}",
     lambda: torch.cat([torch.cat([S, x], 1), torch.cat([y.T, torch.ones(1, 1).double()], 1)])),
    (r"\begin{pmatrix} S & 0 \\ 0 & I_m\end{pmatrix}",
     lambda: torch.cat([torch.nn.functional.pad(S, (0, M)), torch.nn.functional.pad(torch.eye(M).double(), (N, 0))])),
    (r"\begin{bmatrix} x_1 \\ \vdots \\ x_n\end{bmatrix}", lambda: x),
    (r"[u_1, \ldots, u_m]", lambda: U[:, :, 0].T),
    (r"\begin{bmatrix} u_1^\top \\ \vdots \\ u_m^\top\end{bmatrix}", lambda: U[:, :, 0]),
    (r"\begin{pmatrix} a_{11} & \cdots & a_{1n}\\ \vdots & \ddots & \vdots\\ a_{m1} & \cdots & a_{mn}\end{pmatrix}",
     lambda: A),
    (r"\begin{pmatrix} x_1 & & \\ & \ddots & \\ & & x_n\end{pmatrix}", lambda: torch.diag(x[:, 0])),
    (r"(2x_1, \ldots, 2x_n)", lambda: 2 * x),
    (r"\begin{cases} x_i & i = j \\ S_{ij} & i\ne j\end{cases}",
     lambda: S - torch.diag(S.diag()) + torch.diag(x[:, 0])),
    (r"\begin{cases} t^2 & t > 0 \\ -t & \text{otherwise}\end{cases}", lambda: t**2 if t > 0 else -t),
    # derivatives
    (r"\nabla_x (x^\top S x)", lambda: jacrev(quadratic)(x)),
    (r"\nabla_x^2 (x^\top S x)", lambda: hessian(quadratic)(x).reshape(N, N)),
    (r"\frac{\partial Ax}{\partial x}", lambda: A),
    (r"\frac{\partial\, \operatorname{softmax}(x)}{\partial x}", lambda: jacrev(softmax)(x).reshape(N, N)),
    (r"\frac{\partial (x^\top S x)}{\partial x_k}", lambda: jacrev(quadratic)(x)[:, 0]),
    (r"\frac{\partial^2 (x^\top S x)}{\partial x_k \partial x_l}", lambda: S + S.T),
    (r"\frac{\partial (S^{-1})_{kl}}{\partial S_{ij}}", lambda: jacrev(inv)(S).permute(2, 3, 0, 1)),
    (r"\frac{\partial x_i}{\partial x_j}", lambda: I_n),
    (r"\nabla_A \|A x - b\|^2", lambda: 2 * (A @ x - b) @ x.T),
    (r"\frac{\partial \operatorname{tr}(C^\top A)}{\partial A^\top}", lambda: C.T),
    (r"\frac{d}{dt} e^{tS}", lambda: S @ torch.linalg.matrix_exp(t * S)),
    (r"\frac{d}{dt}\|x + tv\|^2 \Big|_{t=0}", lambda: 2 * (x * v).sum()),
    (r"\left.\frac{\partial \sin(c y)}{\partial c}\right|_{c=t}", lambda: y * (t * y).cos()),
    (r"\partial t^3/\partial t", lambda: 3 * t**2),
    (r"\sigma'(t)", lambda: t.sigmoid() * (1 - t.sigmoid())),
    (r"\sum_i \frac{\partial (x_i^3)}{\partial x_i}", lambda: 3 * (x**2).sum()),
    (r"J_{\operatorname{softmax}}(x)", lambda: jacrev(softmax)(x).reshape(N, N)),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "wanted"), CASES, ids=[tex for tex, _ in CASES])
def test_value(tex: str, wanted: Callable[[], Tensor]) -> None:
    """A construct has the value that torch, written by hand, gives it."""
    same(value(tex, DECLARED, SIZES, VALUES), wanted())


def test_a_singular_matrix_has_no_inverse_and_the_others_of_its_batch_have() -> None:
    """nan for it, also where only rounding hides that it is singular; derivatives of the others stay."""
    thin = torch.tensor([[1.0], [0.1], [0.7]], dtype=torch.float64)
    batch = torch.stack([torch.eye(3, dtype=torch.float64) * 2, thin @ thin.T]).requires_grad_()
    found = inverse(batch)
    assert torch.equal(found[0], torch.eye(3, dtype=torch.float64) / 2) and bool(found[1].isnan().all())
    (grad,) = torch.autograd.grad(found[0].sum(), batch)
    torch.testing.assert_close(grad[0], torch.full((3, 3), -0.25, dtype=torch.float64))
