# --8<-- [start:setup]
import torch
from torch.func import grad, hessian, jacrev

torch.manual_seed(0)
t = torch.linspace(0, 1, 6, dtype=torch.float64)
A = torch.stack([torch.ones_like(t), t], dim=1)
b = 1 + 2 * t + 0.3 * torch.randn(6)

def f(x):
    return ((A @ x - b) ** 2).sum() / 2

x = torch.tensor([0.5, -1.], dtype=torch.float64)
print(grad(f)(x), A.T @ (A @ x - b), sep="\n")
#> tensor([-11.1462,  -7.2434], dtype=torch.float64)
#> tensor([-11.1462,  -7.2434], dtype=torch.float64)
# --8<-- [end:setup]

# --8<-- [start:solve]
normal = torch.linalg.solve(A.T @ A, A.T @ b)
library = torch.linalg.lstsq(A, b).solution

z = torch.randn(2, dtype=torch.float64)
print(
    normal,
    torch.allclose(normal, library),
    torch.allclose(hessian(f)(x), A.T @ A),
    torch.allclose(grad(f)(normal), torch.zeros_like(normal)),
    torch.allclose(f(z), f(normal) + ((A @ z - A @ normal) ** 2).sum() / 2),
)
#> tensor([1.1646, 1.3861], dtype=torch.float64) True True True True
# --8<-- [end:solve]

# --8<-- [start:condition]
grid = torch.linspace(0, 1, 50, dtype=torch.float64)
for degree in [1, 3, 5, 7]:
    V = torch.stack([grid**k for k in range(degree + 1)], dim=1)
    direct, normal_matrix = torch.linalg.cond(V), torch.linalg.cond(V.T @ V)
    print(f"{degree} 次  cond(V) {direct:.1e}  cond(VᵀV) {normal_matrix:.1e}")
#> 1 次  cond(V) 4.3e+00  cond(VᵀV) 1.9e+01
#> 3 次  cond(V) 1.2e+02  cond(VᵀV) 1.4e+04
#> 5 次  cond(V) 3.5e+03  cond(VᵀV) 1.3e+07
#> 7 次  cond(V) 1.1e+05  cond(VᵀV) 1.2e+10
# --8<-- [end:condition]

# --8<-- [start:reduction]
import torch.nn.functional as F

X, W, Y = (torch.randn(*shape, dtype=torch.float64) for shape in [(5, 3), (3, 2), (5, 2)])

for reduction in ["sum", "mean"]:
    g = grad(lambda W: F.mse_loss(X @ W, Y, reduction=reduction))(W)
    ratio = g / (X.T @ (X @ W - Y))
    print(f"{reduction:5} {ratio.mean():.4f} {ratio.std():.4f}")
#> sum   2.0000 0.0000
#> mean  0.2000 0.0000
# --8<-- [end:reduction]

# --8<-- [start:broadcast]
target = torch.arange(5.)
prediction = target[:, None]

print(prediction.shape, target.shape)
#> torch.Size([5, 1]) torch.Size([5])
print(((prediction - target) ** 2).mean(), F.mse_loss(prediction.squeeze(1), target))
#> tensor(4.) tensor(0.)
loss = F.mse_loss(prediction, target)
#! UserWarning: Using a target size (torch.Size([5])) that is different to the input size (torch.Size([5, 1]))...
# --8<-- [end:broadcast]

# --8<-- [start:ridge]
lam = 0.4
eye = torch.eye(2)

def ridge(x):
    return f(x) + lam / 2 * (x @ x)

closed = torch.linalg.solve(A.T @ A + lam * eye, A.T @ b)
tall = torch.cat([A, lam**0.5 * eye])
padded = torch.cat([b, torch.zeros(2)])

print(
    torch.allclose(grad(ridge)(x), A.T @ (A @ x - b) + lam * x),
    torch.allclose(closed, torch.linalg.lstsq(tall, padded).solution),
)
#> True True
print(f"长度 {normal.norm():.3f} 收缩到 {closed.norm():.3f}")
#> 长度 1.810 收缩到 1.649
# --8<-- [end:ridge]

# --8<-- [start:wide]
wide, c = torch.randn(3, 5, dtype=torch.float64), torch.randn(3, dtype=torch.float64)

gram = wide.T @ wide
long = torch.linalg.solve(gram + lam * torch.eye(5), wide.T @ c)
short = wide.T @ torch.linalg.solve(wide @ wide.T + lam * torch.eye(3), c)
print(torch.linalg.matrix_rank(gram), torch.allclose(long, short))
#> tensor(3) True
# --8<-- [end:wide]

# --8<-- [start:decay]
eta = 0.1
w = x.clone().requires_grad_()
f(w).backward()
torch.optim.SGD([w], lr=eta, weight_decay=lam).step()

print(w.detach(), x - eta * grad(ridge)(x), (1 - eta * lam) * x - eta * grad(f)(x), sep="\n")
#> tensor([ 1.5946, -0.2357], dtype=torch.float64)
#> tensor([ 1.5946, -0.2357], dtype=torch.float64)
#> tensor([ 1.5946, -0.2357], dtype=torch.float64)
# --8<-- [end:decay]

# --8<-- [start:descent]
H = torch.diag(torch.tensor([1., 12.], dtype=torch.float64))
start = torch.tensor([5., 1.], dtype=torch.float64)
L = 12

def path(eta, steps):
    """从 start 出发的梯度下降，目标是 xᵀHx / 2，返回经过的点。"""
    points = [start]
    for _ in range(steps):
        points.append(points[-1] - eta * H @ points[-1])
    return torch.stack(points)

for multiple in [0.5, 1.0, 24 / 13, 1.99, 2.0, 2.01]:
    end = path(multiple / L, 200)[-1]
    print(f"步长 {multiple:.2f}/L  两个分量 {end[0]:.0e} {end[1]:.0e}")
#> 步长 0.50/L  两个分量 1e-03 6e-61
#> 步长 1.00/L  两个分量 1e-07 0e+00
#> 步长 1.85/L  两个分量 2e-14 3e-15
#> 步长 1.99/L  两个分量 9e-16 1e-01
#> 步长 2.00/L  两个分量 7e-16 1e+00
#> 步长 2.01/L  两个分量 6e-16 7e+00
# --8<-- [end:descent]

# --8<-- [start:valley]
import matplotlib.pyplot as plt

angle = torch.linspace(0, 2 * torch.pi, 80, dtype=torch.float64)
fig, axes = plt.subplots(3, figsize=(5, 4.2))
for ax, multiple, color in zip(axes, [0.5, 1.8, 2.03], ["0.4", "#0f766e", "#b45309"], strict=True):
    for level in [1.5, 3, 4.5]:
        ax.plot(level * angle.cos(), level * angle.sin() / 12**0.5, color="0.75", linewidth=0.7)
    points = path(multiple / L, 10)
    ax.plot(*points.T, color=color, marker=".", markersize=4, linewidth=1.1)
    ax.set_title(f"步长 {multiple}/L", fontsize=9, color=color)
    ax.set(xlim=(-5, 5.5), ylim=(-1.4, 1.4), aspect="equal")
    ax.axis("off")
fig.subplots_adjust(hspace=0.3)
#> ![椭圆等高线的窄谷，各走十步：步长 0.5/L 先下谷底再慢慢爬；1.8/L 来回渐小；2.03/L 来回渐大](valley.svg)
# --8<-- [end:valley]

# --8<-- [start:norm]
v = torch.randn(4, dtype=torch.float64)
n2 = v.norm()
unit = v / n2
J = jacrev(lambda v: v / v.norm())(v)
eye = torch.eye(4)

g = grad(torch.linalg.vector_norm)(v)
print(f"{torch.dist(g, unit):.4f} {torch.dist(g, 2 * v):.4f}")
#> 0.0000 2.0135
print(f"{torch.dist(J, (eye - torch.outer(unit, unit)) / n2):.4f} {torch.dist(J, eye / n2):.4f}")
#> 0.0000 0.6637
# --8<-- [end:norm]

# --8<-- [start:norm-p]
for p in [1.5, 2, 3, 7]:
    g = grad(lambda v: torch.linalg.vector_norm(v, p))(v)
    formula = v * v.abs() ** (p - 2) / torch.linalg.vector_norm(v, p) ** (p - 1)
    print(p, torch.allclose(g, formula))
#> 1.5 True
#> 2 True
#> 3 True
#> 7 True
print(torch.equal(grad(lambda v: torch.linalg.vector_norm(v, 1))(v), v.sign()))
#> True
# --8<-- [end:norm-p]

# --8<-- [start:norm-zero]
zero, elsewhere = torch.zeros(3), torch.tensor([3., 0., 4.])
functions = {
    "vector_norm(x)": torch.linalg.vector_norm,
    "x.norm()": lambda x: x.norm(),
    "vector_norm(x, 1)": lambda x: torch.linalg.vector_norm(x, 1),
    "(x * x).sum().sqrt()": lambda x: (x * x).sum().sqrt(),
    "(x * x).sum()": lambda x: (x * x).sum(),
}
for name, function in functions.items():
    print(f"{name:21}", grad(function)(zero).numpy(), grad(function)(elsewhere).numpy())
#> vector_norm(x)        [0. 0. 0.] [0.6 0.  0.8]
#> x.norm()              [0. 0. 0.] [0.6 0.  0.8]
#> vector_norm(x, 1)     [0. 0. 0.] [1. 0. 1.]
#> (x * x).sum().sqrt()  [nan nan nan] [0.6 0.  0.8]
#> (x * x).sum()         [0. 0. 0.] [6. 0. 8.]
# --8<-- [end:norm-zero]

# --8<-- [start:rayleigh]
R = torch.randn(4, 4, dtype=torch.float64)
S = R + R.T

def rho(x):
    return x @ S @ x / (x @ x)

g = grad(rho)(v)
print(torch.allclose(g, 2 * (torch.mv(S, v) - rho(v) * v) / (v @ v)), torch.allclose(torch.dot(v, g), v.new_zeros(())))
#> True True

y = v
for step in range(0, 20, 5):
    print(f"{step:2} {rho(y):.6f}")
    for _ in range(5):
        y = y + 0.05 * grad(rho)(y)
        y = y / y.norm()
#>  0 -2.642462
#>  5 6.500538
#> 10 6.510286
#> 15 6.510290
print(f"最大 {torch.linalg.eigvalsh(S)[-1]:.6f}")
#> 最大 6.510290
# --8<-- [end:rayleigh]

# --8<-- [start:answer-matrix]
A, B = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 2, dtype=torch.float64)

def objective(W):
    return ((A @ W - B) ** 2).sum() / 2 + lam / 2 * (W * W).sum()

best = torch.linalg.solve(A.T @ A + lam * torch.eye(3), A.T @ B)
print(torch.allclose(grad(objective)(W), A.T @ (A @ W - B) + lam * W))
#> True
print(torch.allclose(grad(objective)(best), torch.zeros(3, 2, dtype=torch.float64)))
#> True
# --8<-- [end:answer-matrix]

# --8<-- [start:answer-threshold]
def threshold(c, lam):
    return c.sign() * (c.abs() - lam).clamp(min=0)

candidates = torch.linspace(-3, 3, 61)
for c in torch.tensor([-2., -0.6, 0.3, 1.5]):
    values = (candidates - c) ** 2 / 2 + lam * candidates.abs()
    found = candidates[values.argmin()]
    print(f"c = {c:4.1f}  试出来 {found:5.2f}  公式 {threshold(c, lam):5.2f}")
#> c = -2.0  试出来 -1.60  公式 -1.60
#> c = -0.6  试出来 -0.20  公式 -0.20
#> c =  0.3  试出来  0.00  公式  0.00
#> c =  1.5  试出来  1.10  公式  1.10
# --8<-- [end:answer-threshold]

# --8<-- [start:answer-lasso]
D = torch.randn(30, 7, dtype=torch.float64)
truth = torch.tensor([3., 0., -2., 0., 0., 0.5, 0.], dtype=torch.float64)
y = D @ truth + 0.1 * torch.randn(30, dtype=torch.float64)
lam = 4.0
step = 1 / torch.linalg.eigvalsh(D.T @ D)[-1]

def lasso(x):
    return ((D @ x - y) ** 2).sum() / 2 + lam * x.abs().sum()

proximal = subgradient = torch.ones(7, dtype=torch.float64)
for _ in range(1000):
    proximal = threshold(proximal - step * D.T @ (D @ proximal - y), step * lam)
    subgradient = subgradient - step * grad(lasso)(subgradient)

print([f"{value + 0:.3f}" for value in proximal])
#> ['2.889', '0.000', '-1.812', '0.000', '0.000', '0.450', '0.000']
print([f"{value:.3f}" for value in subgradient])
#> ['2.885', '0.046', '-1.789', '-0.078', '-0.003', '0.438', '0.006']
print("第一行恰好为零的个数", (proximal == 0).sum().item())
#> 第一行恰好为零的个数 4
print([f"{value:.3f}" for value in D.T @ (y - D @ proximal) / lam])
#> ['1.000', '-0.101', '-1.000', '-0.325', '0.472', '1.000', '-0.259']
# --8<-- [end:answer-lasso]
