# --8<-- [start:setup]
import torch
from torch.func import grad

def f(x):
    return x * x * x / (1 + x * x)

def derivative(x):
    """手工求出的导数。"""
    return (x**4 + 3 * x**2) / (1 + x**2) ** 2

x = torch.tensor(2., dtype=torch.float64)

for h in [1e-2, 1e-6, 1e-14]:
    quotient = (f(x + h) - f(x)) / h
    print(f"差商 {quotient:.12f}  步长 {h:.0e}")
#> 差商 1.119838892085  步长 1e-02
#> 差商 1.119999984089  步长 1e-06
#> 差商 1.132427485118  步长 1e-14
print(f"手工 {derivative(x):.12f}\n自动 {grad(f)(x):.12f}")
#> 手工 1.120000000000
#> 自动 1.120000000000
# --8<-- [end:setup]

# --8<-- [start:model]
points = 1 + torch.arange(200, dtype=torch.float64) / 100

def forward(h):
    return (f(points + h) - f(points)) / h

def central(h):
    return (f(points + h) - f(points - h)) / (2 * h)

def error(method, h):
    """200 个点上误差的平均。"""
    return torch.nn.functional.l1_loss(method(h), derivative(points))

d2 = torch.func.vmap(grad(grad(f)))(points).abs()
d3 = torch.func.vmap(grad(grad(grad(f))))(points).abs()
rounding = 2**-52 * f(points)

print("步长      前向    中心")
#> 步长      前向    中心
for h in [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12]:
    print(f"{h:.0e}    {error(forward, h):.0e}   {error(central, h):.0e}")
#> 1e-02    4e-04   5e-06
#> 1e-04    4e-06   5e-10
#> 1e-06    4e-08   1e-10
#> 1e-08    2e-08   1e-08
#> 1e-10    1e-06   8e-07
#> 1e-12    2e-04   1e-04
best = (2 * rounding / d2).sqrt().mean(), (3 * rounding / d3).pow(1 / 3).mean()
print(f"预计最好  {best[0]:.0e}   {best[1]:.0e}")
#> 预计最好  1e-07   3e-05
# --8<-- [end:model]

# --8<-- [start:plot]
import matplotlib.pyplot as plt

steps = [10.0 ** (-k / 2) for k in range(31)]
fig, ax = plt.subplots(figsize=(5, 3.2))
models = [
    (forward, "#b45309", lambda h: d2 * h / 2 + rounding / h),
    (central, "#0f766e", lambda h: d3 * h**2 / 6 + rounding / h),
]
for method, color, model in models:
    measured = [error(method, h) for h in steps]
    expected = [model(h).mean() for h in steps]
    ax.loglog(steps, measured, "o", color=color, markersize=3)
    ax.loglog(steps, expected, "-", color=color, linewidth=0.9)
ax.text(3e-7, 3e-4, "前向差商", color="#b45309", fontsize=8, va="top")
ax.text(1e-3, 1e-9, "中心差商", color="#0f766e", fontsize=8, va="top")
ax.set_xlabel("步长")
ax.set_ylabel("误差")
ax.spines[["top", "right"]].set_visible(False)
#> ![双对数坐标里的两条 V 形曲线：圆点是量出的误差，细线是预计的误差，圆点落在细线上或稍低。前向差商谷底在一千万分之一附近，中心差商谷底在十万分之一附近，低两三个数量级](difference-errors.svg)
# --8<-- [end:plot]

# --8<-- [start:complex]
for h in [1e-2, 1e-4, 1e-6, 1e-200]:
    step = torch.tensor(h, dtype=torch.float64)
    print(f"步长 {h:.0e}  {f(torch.complex(x, step)).imag / h:.14f}")
#> 步长 1e-02  1.12000111992512
#> 步长 1e-04  1.12000000011200
#> 步长 1e-06  1.12000000000001
#> 步长 1e-200  1.12000000000000
# --8<-- [end:complex]

# --8<-- [start:kinks]
h = 1e-9

cases = [(torch.relu, 0.), (torch.abs, 0.), (torch.abs, 1e-10), (torch.round, 0.5)]
for g, place in cases:
    x = torch.tensor(place, dtype=torch.float64)
    quotient = (g(x + h) - g(x - h)) / (2 * h)
    print(f"{g.__name__:5} 在 {place:g} 处", end="  ")
    print(f"中心差商 {quotient:.4g}  torch {grad(g)(x):.4g}")
#> relu  在 0 处  中心差商 0.5  torch 0
#> abs   在 0 处  中心差商 0  torch 0
#> abs   在 1e-10 处  中心差商 0.1  torch 1
#> round 在 0.5 处  中心差商 5e+08  torch 0
# --8<-- [end:kinks]

# --8<-- [start:single]
x = torch.tensor(2.)

for h in [1e-2, 1e-4, 1e-6, 1e-8]:
    print(f"步长 {h:.0e}  差商 {(f(x + h) - f(x)) / h:.4f}")
#> 步长 1e-02  差商 1.1198
#> 步长 1e-04  差商 1.1182
#> 步长 1e-06  差商 1.0729
#> 步长 1e-08  差商 0.0000
print(f"自动微分 {grad(f)(x):.4f}")
#> 自动微分 1.1200
# --8<-- [end:single]

# --8<-- [start:symbolic]
def add(a, b):
    return b if a == 0 else a if b == 0 else ("+", a, b)

def mul(a, b):
    return 0 if 0 in (a, b) else b if a == 1 else a if b == 1 else ("*", a, b)

def d(e):
    """表达式 e 对 x 的导数，仍是表达式。"""
    if not isinstance(e, tuple):
        return 1 if e == "x" else 0
    op, a, b = e
    da, db = d(a), d(b)
    return {"+": add(da, db), "*": add(mul(da, b), mul(a, db))}[op]

d(("+", ("*", 3, ("*", "x", "x")), "x"))
#> ('+', ('*', 3, ('+', 'x', 'x')), 1)
# --8<-- [end:symbolic]

# --8<-- [start:swell]
def parts(e):
    """e 里的全部子式，e 自己也在内，重复的也算。"""
    return [e] + parts(e[1]) + parts(e[2]) if isinstance(e, tuple) else [e]

def value(e, x):
    if not isinstance(e, tuple):
        return x if e == "x" else e
    op, a, b = e[0], value(e[1], x), value(e[2], x)
    return {"+": a + b, "*": a * b}[op]

def repeated(x, k):
    for _ in range(k):
        x = x * (x + 1)
    return x

print("次数  函数    导数  不同的子式  在 0.1 处的导数：符号、自动")
#> 次数  函数    导数  不同的子式  在 0.1 处的导数：符号、自动
start = torch.tensor(0.1, dtype=torch.float64)
for k in [1, 2, 5, 10]:
    e = "x"
    for _ in range(k):
        e = mul(e, add(e, 1))
    de = d(e)
    print(f"{k:4} {len(parts(e)):5} {len(parts(de)):7}", end=" ")
    print(f"{len(set(parts(de))):11}  {value(de, 0.1):.10f}", end=" ")
    print(f"{grad(lambda x: repeated(x, k))(start):.10f}")
#>    1     5       5           4  1.2000000000 1.2000000000
#>    2    13      25           9  1.4640000000 1.4640000000
#>    5   125     577          24  3.0436478939 3.0436478939
#>   10  4093   38913          49  27.3637470039 27.3637470039
# --8<-- [end:swell]

# --8<-- [start:auto]
from fractions import Fraction

x = Fraction(2)
a, da = x * x, 2 * x
b, db = x * a, a + x * da
c, dc = 1 + a, da
y, dy = b / c, (db * c - b * dc) / c**2

h = Fraction(1, 1000)
print("自动", y, dy)
#> 自动 8/5 28/25
print("差商", (f(x + h) - f(x)) / h)
#> 差商 5604401/5004001
# --8<-- [end:auto]

# --8<-- [start:loop]
rounds = []

def root(a):
    """牛顿法求平方根。"""
    r = a
    while r * r - a > 1e-12:
        r = (r + a / r) / 2
        rounds.append(r)
    return r

a = torch.tensor(4., dtype=torch.float64)
print(f"{grad(root)(a):.12f} {1 / 4:.12f}  循环 {len(rounds)} 次")
#> 0.250000000000 0.250000000000  循环 5 次
# --8<-- [end:loop]

# --8<-- [start:answer-five]
def five(h):
    near = f(points + h) - f(points - h)
    far = f(points + 2 * h) - f(points - 2 * h)
    return (8 * near - far) / (12 * h)

for h in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5]:
    print(f"步长 {h:.0e}  中心 {error(central, h):.0e}  五点 {error(five, h):.0e}")
#> 步长 1e-01  中心 5e-04  五点 5e-06
#> 步长 1e-02  中心 5e-06  五点 5e-10
#> 步长 1e-03  中心 5e-08  五点 1e-13
#> 步长 1e-04  中心 5e-10  五点 2e-12
#> 步长 1e-05  中心 1e-11  五点 1e-11
# --8<-- [end:answer-five]

# --8<-- [start:answer-sides]
def sides(g, h):
    """零点右边与左边的差商之差。"""
    zero = torch.tensor(0., dtype=torch.float64)
    return (g(zero + h) - g(zero)) / h - (g(zero) - g(zero - h)) / h

functions = {
    "relu": torch.relu,
    "x relu(x)": lambda x: x * torch.relu(x),
    "exp": torch.exp,
}
for name, g in functions.items():
    print(name, *(f"{sides(g, h):.0e}" for h in [1e-2, 1e-4, 1e-6]))
#> relu 1e+00 1e+00 1e+00
#> x relu(x) 1e-02 1e-04 1e-06
#> exp 1e-02 1e-04 1e-06
# --8<-- [end:answer-sides]
