# --8<-- [start:setup]
import torch
from torch.func import grad, jacrev, jvp

M = torch.tensor([[3., 1.], [2., 4.]])
grad(torch.linalg.det)(M)
#> tensor([[ 4.0000, -2.0000],
#>         [-1.0000,  3.0000]])
# --8<-- [end:setup]

# --8<-- [start:inverse]
torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)

X, a, b = randn(4, 4), randn(4), randn(4)
inv = torch.linalg.inv(X)

J = jacrev(torch.linalg.inv)(X)
formula = -torch.einsum("ki,jl->klij", inv, inv)
print(J.shape, torch.allclose(J, formula))
#> torch.Size([4, 4, 4, 4]) True
# --8<-- [end:inverse]

# --8<-- [start:bilinear]
g = grad(lambda X: a @ torch.linalg.inv(X) @ b)(X)
print(f"长度 {g.norm():.4f}", torch.allclose(g, -inv.T @ torch.outer(a, b) @ inv.T))
#> 长度 14.7014 True
# --8<-- [end:bilinear]

# --8<-- [start:solve]
A = randn(4, 4).requires_grad_()
b = randn(4).requires_grad_()

x = torch.linalg.solve(A, b)
x.retain_grad()
torch.sin(x).prod().backward()

b_bar = torch.linalg.solve(A.mT, x.grad)
print(b.grad, b_bar.detach(), torch.allclose(A.grad, -torch.outer(b_bar, x)), sep="\n")
#> tensor([-1.6478, -1.0164,  0.1033,  0.9342], dtype=torch.float64)
#> tensor([-1.6478, -1.0164,  0.1033,  0.9342], dtype=torch.float64)
#> True
# --8<-- [end:solve]

# --8<-- [start:det]
Z = randn(5, 3)

print(
    torch.allclose(grad(torch.linalg.det)(X), torch.linalg.det(X) * inv.T),
    torch.allclose(grad(lambda X: torch.linalg.slogdet(X).logabsdet)(X), inv.T),
    torch.allclose(grad(lambda Z: torch.logdet(Z.T @ Z))(Z), 2 * Z @ torch.linalg.inv(Z.T @ Z)),
)
#> True True True
# --8<-- [end:det]

# --8<-- [start:singular-matrix]
N = torch.tensor([[1., 2.], [2., 4.]])

print(torch.linalg.det(N) == 0, grad(torch.linalg.det)(N), sep="\n")
#> tensor(True)
#> tensor([[ 4.0000, -2.0000],
#>         [-2.0000,  1.0000]])
# --8<-- [end:singular-matrix]

# --8<-- [start:logdet]
N = torch.diag(torch.tensor([-1., 2., 3.])).requires_grad_()

value = torch.logdet(N)
value.backward()
print(value.item(), N.grad, sep="\n")
#> nan
#> tensor([[-0., -0., -0.],
#>         [0., 0., 0.],
#>         [0., 0., 0.]])
# --8<-- [end:logdet]

# --8<-- [start:slogdet]
grad(lambda N: torch.linalg.slogdet(N).logabsdet)(N)
#> tensor([[-1.0000, -0.0000, -0.0000],
#>         [ 0.0000,  0.5000,  0.0000],
#>         [ 0.0000,  0.0000,  0.3333]], grad_fn=<LinalgSolveExBackward0>)
# --8<-- [end:slogdet]

# --8<-- [start:orders]
A = randn(4, 4)
I4 = torch.eye(4)
tr, tr2 = A.trace(), (A @ A).trace()

def orders(t):
    """保留到零次、一次、二次项的近似值。"""
    first = 1 + t * tr
    return torch.stack([torch.ones_like(t), first, first + t**2 / 2 * (tr**2 - tr2)])

t = torch.logspace(-4, -2, 5, dtype=torch.float64)
exact = torch.linalg.det(I4 + t[:, None, None] * A)
errors = (orders(t) - exact).abs()

slopes = (errors[:, 1] / errors[:, 0]).log() / (t[1] / t[0]).log()
print([round(slope, 2) for slope in slopes.tolist()])
#> [1.0, 2.0, 3.0]
# --8<-- [end:orders]

# --8<-- [start:orders-plot]
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(5, 3))
cookbook = orders(t)[2] + torch.linalg.det(A) - exact
curves = [
    (errors[0], "零次：斜率 1", "0.5", "-"),
    (errors[1], "一次：斜率 2", "0.5", "--"),
    (errors[2], "二次：斜率 3", "#0f766e", "-"),
    (cookbook, "多出 det A：斜率 0", "#b45309", "-"),
]

for error, name, color, line in curves:
    ax.loglog(t, error, line, color=color, linewidth=1.2)
    ax.annotate(name, (t[-1], error[-1]), (6, 0), textcoords="offset points", color=color, va="center", fontsize=9)

ax.set_xlabel("t")
ax.set_ylabel("误差")
ax.spines[["top", "right"]].set_visible(False)
#> ![行列式的展开：保留的项越多，误差随 t 下降得越快；多出一项 det A 的公式误差不下降](det-expansion.svg)
# --8<-- [end:orders-plot]

# --8<-- [start:symmetric]
L = randn(3, 3)
S = L @ L.T + torch.eye(3)
D = torch.tensor([[1., -2., 0.5], [-2., 3., 4.], [0.5, 4., -1.]])

inv = torch.linalg.inv(S)
doubled = 2 * inv - torch.diag(inv.diagonal())

actual = (torch.logdet(S + 1e-6 * D) - torch.logdet(S - 1e-6 * D)) / 2e-6
for number in [actual, (inv * D).sum(), (doubled * D).sum()]:
    print(f"{number:.4f}")
#> 4.3760
#> 4.3760
#> 6.0128
# --8<-- [end:symmetric]

# --8<-- [start:coordinates]
lower = torch.tril_indices(3, 3)

def fill(s):
    """由下三角的六个数填出对称矩阵。"""
    S = torch.zeros(3, 3, dtype=s.dtype)
    S = S.index_put((lower[0], lower[1]), s)
    return S + S.tril(-1).T

s = S[lower[0], lower[1]]
partials = grad(lambda s: torch.logdet(fill(s)))(s)
torch.allclose(partials, doubled[lower[0], lower[1]])
#> True
# --8<-- [end:coordinates]

# --8<-- [start:symmetric-torch]
a, b = randn(3), randn(3)

functions = {
    "cholesky": (lambda S: 2 * torch.linalg.cholesky(S).diagonal().log().sum(), inv),
    "eigvalsh": (lambda S: torch.linalg.eigvalsh(S).log().sum(), inv),
    "a @ S @ b": (lambda S: a @ S @ b, torch.outer(a, b)),
}
for name, (f, formula) in functions.items():
    g = grad(f)(S)
    print(f"{name:10} 与转置的距离 {torch.dist(g, g.T):.3f}  与公式的距离 {torch.dist(g, formula):.3f}")
#> cholesky   与转置的距离 0.000  与公式的距离 0.000
#> eigvalsh   与转置的距离 0.000  与公式的距离 0.000
#> a @ S @ b  与转置的距离 1.821  与公式的距离 0.000
# --8<-- [end:symmetric-torch]

# --8<-- [start:eigen]
A, D = randn(4, 4), randn(4, 4)
A, D = A + A.T, D + D.T

(lam, V), (dlam, dV) = jvp(torch.linalg.eigh, (A,), (D,))

C = V.T @ D @ V
gap = lam[None, :] - lam[:, None]
K = torch.where(gap == 0, 0., C / gap)
print(dlam, C.diagonal(), sep="\n")
#> tensor([ 1.1159, -3.8008,  1.1848, -1.6177], dtype=torch.float64)
#> tensor([ 1.1159, -3.8008,  1.1848, -1.6177], dtype=torch.float64)
print(f"{dV.norm():.4f}", torch.allclose(dV, V @ K))
#> 1.6232 True
# --8<-- [end:eigen]

# --8<-- [start:gap]
Q = torch.linalg.qr(randn(3, 3)).Q

def component(A):
    """特征向量的一个分量。"""
    return torch.linalg.eigh(A).eigenvectors[0, 0]

for gap in [1e-1, 1e-3, 1e-5]:
    A = Q @ torch.diag(torch.tensor([1., 1. + gap, 3.], dtype=torch.float64)) @ Q.T
    g = grad(component)(A)
    print(f"间隔 {gap:.0e}  梯度的范数 × 间隔 {gap * g.norm():.5f}")
#> 间隔 1e-01  梯度的范数 × 间隔 0.24524
#> 间隔 1e-03  梯度的范数 × 间隔 0.24517
#> 间隔 1e-05  梯度的范数 × 间隔 0.24517
# --8<-- [end:gap]

# --8<-- [start:degenerate]
I3 = torch.eye(3, dtype=torch.float64)
print(grad(lambda A: torch.linalg.eigh(A).eigenvalues.sum())(I3), grad(component)(I3), sep="\n")
#> tensor([[1., 0., 0.],
#>         [0., 1., 0.],
#>         [0., 0., 1.]], dtype=torch.float64)
#> tensor([[nan, nan, nan],
#>         [nan, nan, nan],
#>         [nan, nan, nan]], dtype=torch.float64)
# --8<-- [end:degenerate]

# --8<-- [start:one-eigenvalue]
def smallest(A):
    return torch.linalg.eigvalsh(A)[0]

D = torch.outer(torch.tensor([1., 2., 3.]), torch.tensor([2., -1., 1.]))
D = D + D.T

predicted = (grad(smallest)(I3) * D).sum()
actual = (smallest(I3 + 1e-6 * D) - smallest(I3)) / 1e-6
print(f"预测 {predicted:.3f}  实际 {actual:.3f}")
#> 预测 4.000  实际 -6.165
# --8<-- [end:one-eigenvalue]

# --8<-- [start:singular]
Y = randn(5, 3)
U, s, Vh = torch.linalg.svd(Y, full_matrices=False)

nuclear = grad(lambda Y: torch.linalg.matrix_norm(Y, "nuc"))(Y)
spectral = grad(lambda Y: torch.linalg.matrix_norm(Y, 2))(Y)
print(s, torch.allclose(nuclear, U @ Vh), torch.allclose(spectral, torch.outer(U[:, 0], Vh[0])))
#> tensor([2.9688, 2.5825, 0.5978], dtype=torch.float64) True True
# --8<-- [end:singular]

# --8<-- [start:tie]
print(
    grad(lambda Y: torch.linalg.matrix_norm(Y, 2))(torch.diag(torch.tensor([2., 2., 1.]))),
    grad(lambda Y: torch.linalg.matrix_norm(Y, "nuc"))(torch.zeros(2, 2)),
    sep="\n",
)
#> tensor([[0.5000, 0.0000, 0.0000],
#>         [0.0000, 0.5000, 0.0000],
#>         [0.0000, 0.0000, 0.0000]])
#> tensor([[1., 0.],
#>         [0., 1.]])
# --8<-- [end:tie]

# --8<-- [start:answer]
def log_likelihood(Sigma):
    return -(torch.logdet(Sigma) + torch.linalg.solve(Sigma, S).trace()) / 2

Sigma = torch.diag(torch.tensor([1., 2., 3.], dtype=torch.float64))
inv = torch.linalg.inv(Sigma)

g = grad(log_likelihood)(Sigma)
print(f"{log_likelihood(Sigma):.4f}", torch.allclose(g, (inv @ S @ inv - inv) / 2))
#> -2.3195 True
print(torch.allclose(grad(log_likelihood)(S), torch.zeros_like(S)))
#> True
# --8<-- [end:answer]

# --8<-- [start:answer-power]
g = grad(lambda X: torch.linalg.det(X @ X @ X))(X)

torch.allclose(g, 3 * torch.linalg.det(X) ** 3 * torch.linalg.inv(X).T)
#> True
# --8<-- [end:answer-power]
