# --8<-- [start:setup]
import torch
from torch.func import grad, hessian, jvp

def f(x):
    return x[0] * torch.exp(x[1]) + torch.sin(x[0] * x[2])

x = torch.tensor([1., 0.5, 2.], dtype=torch.float64)
v = torch.tensor([0.5, 0.3, -0.4], dtype=torch.float64)

for t in [0.1, 0.01, 0.001]:
    h = t * v
    change, linear = f(x + h) - f(x), grad(f)(x) @ h
    print(f"步长 {t:<6} 改变量 {change:.6f}  线性部分 {linear:.6f}", end="  ")
    print(f"余项 {change - linear:.1e}")
#> 步长 0.1    改变量 0.109506  线性部分 0.106929  余项 2.6e-03
#> 步长 0.01   改变量 0.010717  线性部分 0.010693  余项 2.4e-05
#> 步长 0.001  改变量 0.001070  线性部分 0.001069  余项 2.4e-07
# --8<-- [end:setup]

# --8<-- [start:slopes]
g, H = grad(f)(x), hessian(f)(x)
wrong = torch.stack([g[0], g[1], -g[2]])

def remainders(t):
    """步长为 t 时的四种误差：没有梯度、错的梯度、梯度、再加黑塞矩阵。"""
    h = t * v
    predictions = [0, wrong @ h, g @ h, g @ h + h @ H @ h / 2]
    return torch.stack([abs(f(x + h) - f(x) - guess) for guess in predictions])

def slope(errors, t=1e-2):
    """步长从 t 缩到十分之一时，误差曲线在双对数坐标里的斜率。"""
    return torch.log10(errors(t) / errors(t / 10))

names = ["没有梯度", "错的梯度", "梯度", "梯度与黑塞矩阵"]
for name, value in zip(names, slope(remainders), strict=True):
    print(f"{value:.3f}  {name}")
#> 1.001  没有梯度
#> 1.003  错的梯度
#> 2.003  梯度
#> 2.999  梯度与黑塞矩阵
# --8<-- [end:slopes]

# --8<-- [start:plot]
import matplotlib.pyplot as plt

steps = torch.logspace(-6, 0, 25, dtype=torch.float64)
curves = torch.stack([remainders(t) for t in steps])

fig, ax = plt.subplots(figsize=(5, 3.2))
labels = [f"{name}：斜率 {k}" for name, k in zip(names, [1, 1, 2, 3], strict=True)]
styles = [("0.5", "-"), ("#b45309", "--"), ("#0f766e", "-"), ("0.5", ":")]
for curve, label, (color, line) in zip(curves.T, labels, styles, strict=True):
    ax.loglog(steps, curve, line, color=color, linewidth=1.3, label=label)
ax.set_xlabel("步长")
ax.set_ylabel("误差")
ax.legend(frameon=False, fontsize=8, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
#> ![双对数坐标里的四条误差曲线：没有梯度与错的梯度，斜率 1；梯度，斜率 2；再加黑塞矩阵，斜率 3](remainder-slopes.svg)
# --8<-- [end:plot]

# --8<-- [start:jvp]
torch.manual_seed(0)
X, D = torch.randn(2, 3, 3, dtype=torch.float64)
inv = torch.linalg.inv(X)

square = jvp(lambda X: X @ X, (X,), (D,))[1]
inverse = jvp(torch.linalg.inv, (X,), (D,))[1]
print(
    torch.allclose(square, X @ D + D @ X),
    torch.allclose(inverse, -inv @ D @ inv),
)
#> True True
# --8<-- [end:jvp]

# --8<-- [start:naive]
def square_errors(t):
    """平方的改变量减去两个候选的线性部分，各取全部元素平方和的平方根。"""
    step = t * D
    change = (X + step) @ (X + step) - X @ X
    predictions = [X @ step + step @ X, 2 * X @ step]
    return torch.stack([torch.dist(change, guess) for guess in predictions])

print(square_errors(0.01))
#> tensor([0.0007, 0.0476], dtype=torch.float64)
print("{:.2f} {:.2f}".format(*slope(square_errors)))
#> 2.00 1.00
# --8<-- [end:naive]

# --8<-- [start:steepest]
M = torch.tensor([[1., 0.], [0., 4.]], dtype=torch.float64)
point = torch.tensor([2., 1.], dtype=torch.float64)
g = grad(lambda x: x @ M @ x / 2)(point)

angle = torch.linspace(0, 2 * torch.pi, 10_001, dtype=torch.float64)
circle = torch.stack([angle.cos(), angle.sin()], dim=1)
ellipse = circle / (circle @ M * circle).sum(dim=1, keepdim=True).sqrt()

natural = torch.linalg.solve(M, g)

def unit(v):
    return "({:.3f}, {:.3f})".format(*v / v.norm())

for directions, formula, speed in [
    (circle, g, g.norm()),
    (ellipse, natural, (g @ natural).sqrt()),
]:
    rates = directions @ g
    print(f"试出来 {unit(directions[rates.argmax()])} 速度 {rates.max():.3f}", end="  ")
    print(f"公式 {unit(formula)} 速度 {speed:.3f}")
#> 试出来 (0.447, 0.894) 速度 4.472  公式 (0.447, 0.894) 速度 4.472
#> 试出来 (0.894, 0.447) 速度 2.828  公式 (0.894, 0.447) 速度 2.828
# --8<-- [end:steepest]

# --8<-- [start:ellipse]
fig, ax = plt.subplots()
for radius in [1.2, 2.0, 2.83]:
    ax.plot(*(radius * ellipse[::100].T), color="0.6", linewidth=0.8)
ax.plot(0, 0, "+", color="0.4")

for direction, color, name in [
    (g, "#b45309", "普通的点积"),
    (natural, "#0f766e", "由 M 给出的内积"),
]:
    tip = point - 1.3 * direction / direction.norm()
    arrow = {"arrowstyle": "->", "color": color, "linewidth": 1.4}
    ax.annotate("", tip, point, arrowprops=arrow)
    ax.plot([], [], color=color, label=name)
ax.legend(frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, 0))
ax.set_aspect("equal")
ax.axis("off");
#> ![椭圆等高线上一点的两个最陡下降方向：按普通的点积，偏离中心；按 M 给出的内积，指向中心](steepest.svg)
# --8<-- [end:ellipse]

# --8<-- [start:partials]
def root(z):
    return (z[0] * z[1]).abs().sqrt()

print(root(torch.eye(2)))
#> tensor([0., 0.])
for t in [0.01, -0.01]:
    print(f"{t:5}  {root(torch.tensor([t, t])):.2f}")
#>  0.01  0.01
#> -0.01  0.01
print(grad(root)(torch.zeros(2)))
#> tensor([nan, nan])
# --8<-- [end:partials]

# --8<-- [start:answer]
def ratio(x, y):
    return x**2 * y / (x**4 + y**2)

for t in [1e-1, 1e-2, 1e-3]:
    print(f"{ratio(t, t):.4f}  {ratio(t, t**2):.4f}")
#> 0.0990  0.5000
#> 0.0100  0.5000
#> 0.0010  0.5000
# --8<-- [end:answer]

# --8<-- [start:answer-gram]
X, D = torch.randn(2, 4, 2)
print(jvp(lambda X: X.T @ X, (X,), (D,))[1])
#> tensor([[-1.1820, -9.0565],
#>         [-9.0565,  3.1859]])
print(X.T @ D + D.T @ X)
#> tensor([[-1.1820, -9.0565],
#>         [-9.0565,  3.1859]])
# --8<-- [end:answer-gram]
