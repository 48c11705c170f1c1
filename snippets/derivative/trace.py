# --8<-- [start:setup]
import torch
from torch.func import grad

torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)

A, X, B = randn(2, 3), randn(3, 4), randn(4, 2)
g = grad(lambda X: torch.trace(A @ X @ B))(X)
print(g.shape, torch.allclose(g, A.T @ B.T))
#> torch.Size([3, 4]) True
# --8<-- [end:setup]

# --8<-- [start:cyclic]
P, Q, R = randn(3, 3), randn(3, 3), randn(3, 3)

for product in [P @ Q @ R, Q @ R @ P, R @ P @ Q, P @ R @ Q]:
    print(f"{torch.trace(product):.6f}")
#> 1.736557
#> 1.736557
#> 1.736557
#> -0.340940
# --8<-- [end:cyclic]

# --8<-- [start:read-off]
def h(X):
    return torch.sin(X).prod() + torch.logdet(X @ X.T)

step = 1e-6 * randn(3, 4)
predicted = torch.trace(grad(h)(X).T @ step)
actual = h(X + step) - h(X)
print(f"预测 {predicted:.6e}  实际 {actual:.6e}")
#> 预测 2.661825e-06  实际 2.661836e-06
# --8<-- [end:read-off]

# --8<-- [start:linear]
E, C, D = randn(4, 3), randn(2, 4), randn(3, 2)

def verdict(f, X, formula):
    """f 在 X 处的梯度与公式的距离；形状不同时说形状。"""
    g = grad(f)(X)
    return f"{torch.dist(g, formula):.4f}" if g.shape == formula.shape else "形状不符"

print(
    verdict(lambda X: torch.trace(E @ X), X, E.T),
    verdict(lambda X: torch.trace(C @ X.T @ D), X, D @ C),
    verdict(lambda X: torch.trace(E @ X), X, E),
    sep="\n",
)
#> 0.0000
#> 0.0000
#> 形状不符
# --8<-- [end:linear]

# --8<-- [start:quadratic]
S, T = randn(3, 3), randn(4, 4)

print(
    verdict(lambda X: torch.trace(X.T @ S @ X), X, (S + S.T) @ X),
    verdict(lambda X: torch.trace(X.T @ S @ X @ T), X, S @ X @ T + S.T @ X @ T.T),
    verdict(lambda X: torch.trace(X.T @ S @ X @ T), X, 2 * S @ X @ T),
    sep="\n",
)
#> 0.0000
#> 0.0000
#> 6.6964
# --8<-- [end:quadratic]

# --8<-- [start:factorize]
M, U, V = randn(5, 4), randn(5, 2), randn(2, 4)
F = M - U @ V

def loss(U, V):
    return ((M - U @ V) ** 2).sum()

gU, gV = grad(lambda pair: loss(*pair))((U, V))
print(torch.allclose(gU, -2 * F @ V.T), torch.allclose(gV, -2 * U.T @ F))
#> True True
# --8<-- [end:factorize]

# --8<-- [start:power]
Z = randn(3, 3)

for k in [2, 3, 7]:
    power = torch.linalg.matrix_power
    print(k, verdict(lambda Z: torch.trace(power(Z, k)), Z, k * power(Z, k - 1).T))
#> 2 0.0000
#> 3 0.0000
#> 7 0.0000
# --8<-- [end:power]

# --8<-- [start:exp]
print(
    verdict(lambda Z: torch.trace(torch.linalg.matrix_exp(Z)), Z, torch.linalg.matrix_exp(Z).T),
    verdict(lambda Z: torch.trace(torch.exp(Z)), Z, torch.exp(Z).T),
    sep="\n",
)
#> 0.0000
#> 5.1054
# --8<-- [end:exp]

# --8<-- [start:exp-differential]
from torch.func import jvp

direction = randn(3, 3)
moved = jvp(torch.linalg.matrix_exp, (Z,), (direction,))[1]
naive = torch.linalg.matrix_exp(Z) @ direction

print(f"{torch.dist(moved, naive):.4f}  {moved.trace():.4f}  {naive.trace():.4f}")
#> 4.6284  -5.3126  -5.3126
# --8<-- [end:exp-differential]

# --8<-- [start:answer]
layer = torch.nn.Linear(3, 2, dtype=torch.float64)
X = randn(5, 3).requires_grad_()

Y = layer(X)
Y.retain_grad()
torch.sin(Y).sum().backward()

W, b = layer.weight, layer.bias

print(
    torch.allclose(X.grad, Y.grad @ W),
    torch.allclose(b.grad, Y.grad.T @ torch.ones(5, dtype=torch.float64)),
)
#> True True
print(W.grad, Y.grad.T @ X.detach(), sep="\n")
#> tensor([[-2.0830, -4.4093, -0.5362],
#>         [-1.8751, -4.7980, -0.0695]], dtype=torch.float64)
#> tensor([[-2.0830, -4.4093, -0.5362],
#>         [-1.8751, -4.7980, -0.0695]], dtype=torch.float64)
# --8<-- [end:answer]

# --8<-- [start:answer-affine]
A, X, B, C = randn(2, 3), randn(3, 4), randn(4, 5), randn(2, 5)

print(verdict(lambda X: ((A @ X @ B - C) ** 2).sum(), X, 2 * A.T @ (A @ X @ B - C) @ B.T))
#> 0.0000
# --8<-- [end:answer-affine]
