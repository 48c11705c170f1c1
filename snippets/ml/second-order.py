# --8<-- [start:setup]
import torch
from torch.func import grad, hessian, jvp
from torch.utils.flop_counter import FlopCounterMode

torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)

def network(n):
    """n 维输入、两个隐藏层的标量函数。"""
    V, W = randn(n, n) / n**0.5, randn(n, n) / n**0.5
    return lambda x: torch.exp(V @ torch.tanh(W @ x[:, None])).sum()

def hvp(f, x, v):
    """黑塞矩阵乘向量。"""
    return jvp(grad(f), (x,), (v,))[1]

def flops(compute):
    """一次计算里，矩阵乘法的浮点运算次数。"""
    with FlopCounterMode(display=False) as counter:
        compute()
    return counter.get_total_flops()

for n in [10, 100, 200]:
    f, x, v = network(n), randn(n), randn(n)
    unit = flops(lambda: f(x))
    tasks = [lambda: grad(f)(x), lambda: hvp(f, x, v), lambda: hessian(f)(x)]
    print(n, unit, *[flops(task) // unit for task in tasks])
#> 10 400 2 6 24
#> 100 40000 2 6 204
#> 200 160000 2 6 404
# --8<-- [end:setup]

# --8<-- [start:taylor]
def f(z):
    x, y = z
    return x * torch.exp(-x**2 - y**2)

point = torch.tensor([-1., 0.], dtype=torch.float64)
e = torch.e

print(grad(f)(point) * e, hessian(f)(point) * e, sep="\n")
#> tensor([-1.,  0.], dtype=torch.float64)
#> tensor([[2., 0.],
#>         [0., 2.]], dtype=torch.float64)
# --8<-- [end:taylor]

# --8<-- [start:printed]
def taylor(z):
    x, y = z
    return (-1 - (x + 1) + (x + 1) ** 2 + y**2) / e

def printed(z):
    x, y = z
    return (-1 - (x + 1) + 2 * (x + 1) ** 2 + 2 * y**2) / e

for quadratic in [taylor, printed]:
    far, near = (f(point + t) - quadratic(point + t) for t in [1e-2, 1e-3])
    print(f"误差 {far:.1e} {near:.1e}  斜率 {torch.log10(far / near):.2f}")
#> 误差 9.8e-07 9.8e-10  斜率 3.00
#> 误差 -7.3e-05 -7.3e-07  斜率 1.99
# --8<-- [end:printed]

# --8<-- [start:taylor-plot]
import matplotlib.pyplot as plt

xs = torch.linspace(-2, 0.5, 60, dtype=torch.float64)
line = torch.stack([xs, torch.zeros_like(xs)])
fig, ax = plt.subplots(figsize=(5, 2.8))
curves = [(f, "函数", "0.4", "-"), (taylor, "泰勒多项式", "#0f766e", "-"), (printed, "少了二分之一", "#b45309", "--")]
for curve, name, color, style in curves:
    ax.plot(xs, curve(line), style, color=color, linewidth=1.4, label=name)
ax.plot(-1, -1 / e, "o", color="0.3", markersize=4)
ax.set_ylim(-0.6, 0.4)
ax.set_xlabel("x，沿 y = 0 的截面")
ax.legend(frameon=False, fontsize=8, loc="upper center")
ax.spines[["top", "right"]].set_visible(False)
#> ![沿 y = 0 的三条曲线：函数，泰勒多项式，少了二分之一的抛物线；三条在 x = -1 处相切，后者弯得快一倍](taylor.svg)
# --8<-- [end:taylor-plot]

# --8<-- [start:newton]
import torch.nn.functional as F

X = randn(40, 3) * torch.tensor([1., 10., 100.])
y = torch.rand(40, dtype=torch.float64).round()

def loss(w):
    return F.binary_cross_entropy_with_logits(X @ w, y)

def newton_step(f):
    """牛顿步变号：解线性方程组，不求逆矩阵。"""
    return lambda x: torch.linalg.solve(hessian(f)(x), grad(f)(x))

def sizes(step, w, times):
    """走 times 步，每步之前梯度的长度。"""
    lengths = []
    for _ in range(times):
        lengths.append(f"{grad(loss)(w).norm():.0e}")
        w = w - step(w)
    return lengths

start = torch.zeros(3, dtype=torch.float64)
print("牛顿法  ", *sizes(newton_step(loss), start, 4))
#> 牛顿法   1e+01 5e-01 3e-03 2e-07
print("梯度下降", *sizes(lambda w: 5e-4 * grad(loss)(w), start, 4))
#> 梯度下降 1e+01 4e+00 1e+00 6e-01
# --8<-- [end:newton]

# --8<-- [start:affine]
B, u = randn(3, 3), 0.01 * randn(3)
w = B @ u

def loss_u(u):
    return loss(B @ u)

print(torch.allclose(hessian(loss_u)(u), B.T @ hessian(loss)(w) @ B))
#> True
for move in [newton_step, grad]:
    print(B @ move(loss_u)(u), move(loss)(w), sep="\n")
#> tensor([-0.0734,  0.0172,  0.0038], dtype=torch.float64)
#> tensor([-0.0734,  0.0172,  0.0038], dtype=torch.float64)
#> tensor([  3.4095, -19.1066,   8.9128], dtype=torch.float64)
#> tensor([-0.0252,  0.3273,  8.3699], dtype=torch.float64)
# --8<-- [end:affine]

# --8<-- [start:saddle]
def saddle(z):
    return z[0] ** 2 / 2 - z[1] ** 2 / 2 + z[1] ** 4 / 4

z = torch.tensor([1., 0.1], dtype=torch.float64)
for _ in range(3):
    print(f"({z[0]:.0e}, {z[1]:.0e})")
    z = z - newton_step(saddle)(z)
#> (1e+00, 1e-01)
#> (0e+00, -2e-03)
#> (0e+00, 2e-08)
print(torch.linalg.eigvalsh(hessian(saddle)(z)))
#> tensor([-1.,  1.], dtype=torch.float64)
# --8<-- [end:saddle]

# --8<-- [start:hvp]
n = 6
f, x, v = network(n), randn(n), randn(n)
H = hessian(f)(x)

exact = torch.mv(H, v)
print(exact)
#> tensor([ 0.4223,  0.1364, -1.2617,  0.0635, -0.9654, -0.2896],
#>        dtype=torch.float64)

forward = jvp(grad(f), (x,), (v,))[1]
reverse = grad(lambda x: torch.dot(grad(f)(x), v))(x)

leaf = torch.clone(x).requires_grad_()
g, = torch.autograd.grad(f(leaf), leaf, create_graph=True)
twice, = torch.autograd.grad(torch.dot(g, v), leaf)

quotient = (grad(f)(x + 1e-5 * v) - grad(f)(x - 1e-5 * v)) / 2e-5

for way in [forward, reverse, twice, quotient]:
    print(torch.allclose(way, exact, rtol=0, atol=1e-13), torch.allclose(way, exact))
#> True True
#> True True
#> True True
#> False True
# --8<-- [end:hvp]

# --8<-- [start:no-graph]
g, = torch.autograd.grad(f(leaf), leaf)
torch.autograd.grad(torch.dot(g, v), leaf)
#! RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
# --8<-- [end:no-graph]

# --8<-- [start:penalty]
slope = grad(lambda x: grad(f)(x) @ grad(f)(x))(x)
print(slope, torch.mv(H, grad(f)(x)), sep="\n")
#> tensor([-0.4845, -5.2266, 10.2450, -1.7639,  4.6332, -0.3177],
#>        dtype=torch.float64)
#> tensor([-0.2423, -2.6133,  5.1225, -0.8820,  2.3166, -0.1589],
#>        dtype=torch.float64)
# --8<-- [end:penalty]

# --8<-- [start:columns]
from torch.func import jacfwd, jacrev

n = 100
f, x, v = network(n), randn(n), randn(n)
unit = flops(lambda: f(x))
units = torch.diag(torch.ones_like(x))

ways = {
    "前向套反向": lambda: jvp(grad(f), (x,), (v,))[1],
    "反向套反向": lambda: grad(lambda x: torch.dot(grad(f)(x), v))(x),
    "逐列": lambda: torch.stack([hvp(f, x, column) for column in units]),
    "先反后前": lambda: jacfwd(jacrev(f))(x),
    "hessian": lambda: hessian(f)(x),
}
for name, compute in ways.items():
    print(f"{name}  {flops(compute) / unit:.0f}")
#> 前向套反向  6
#> 反向套反向  4
#> 逐列  600
#> 先反后前  204
#> hessian  204
print(torch.allclose(ways["逐列"](), ways["hessian"]()))
#> True
# --8<-- [end:columns]

# --8<-- [start:saved]
from torch.autograd.graph import saved_tensors_hooks

def chain(depth, n=100):
    """depth 层的网络，各层 n 维。"""
    layers = [randn(n, n) for _ in range(depth)]

    def f(x):
        for W in layers:
            x = torch.tanh(torch.mv(W, x))
        return x @ x
    return f

def saved(depth, create_graph):
    """求一次梯度时，图里存了多少个数，权重不算。"""
    f, leaf, kept = chain(depth), randn(100).requires_grad_(), {}

    def pack(tensor):
        if tensor.ndim < 2:
            kept[tensor.data_ptr()] = tensor
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        torch.autograd.grad(f(leaf), leaf, create_graph=create_graph)
    return sum(tensor.numel() for tensor in kept.values())

for depth in [1, 10, 50]:
    print(f"深 {depth:2}  一阶 {saved(depth, False):5}  二阶 {saved(depth, True):5}")
#> 深  1  一阶   100  二阶   201
#> 深 10  一阶  1000  二阶  2001
#> 深 50  一阶  5000  二阶 10001
# --8<-- [end:saved]

# --8<-- [start:orders]
from torch.utils._python_dispatch import TorchDispatchMode

class Count(TorchDispatchMode):
    """数一数执行了多少次张量运算。"""
    total = 0

    def __torch_dispatch__(self, op, types, args, kwargs):
        self.total += 1
        return op(*args, **kwargs)

def derivative(order):
    t = torch.tensor(0.5, requires_grad=True)
    y = torch.exp(t * torch.sin(t))
    for _ in range(order):
        y, = torch.autograd.grad(y, t, create_graph=True)
    return y

for order in range(6):
    with Count() as counter:
        value = derivative(order)
    print(f"{order} 阶  值 {value:7.3f}  运算 {counter.total}")
#> 0 阶  值   1.271  运算 5
#> 1 阶  值   1.167  运算 13
#> 2 阶  值   2.997  运算 35
#> 3 阶  值   3.904  运算 87
#> 4 阶  值   6.484  运算 210
#> 5 阶  值 -15.804  运算 501
# --8<-- [end:orders]

# --8<-- [start:diagonal]
def elementwise(x):
    return torch.sin(x).sum()

print(torch.allclose(hvp(elementwise, x, torch.ones_like(x)), -torch.sin(x)))
#> True
# --8<-- [end:diagonal]

# --8<-- [start:gauss-newton]
from torch.func import vjp

t = torch.linspace(0, 3, 12, dtype=torch.float64)
noise = torch.sin(4 * t)

def residual(level):
    """参数到残差：用 a exp(-b t) 拟合 2 exp(-1.5 t) 加上噪声。"""
    data = 2 * torch.exp(-1.5 * t) + level * noise
    return lambda p: p[0] * torch.exp(-p[1] * t) - data

def gauss_newton_step(r):
    return lambda p: torch.linalg.lstsq(jacrev(r)(p), r(p)[:, None]).solution[:, 0]

for level in [0., 0.5]:
    r = residual(level)
    f = lambda p: r(p) @ r(p) / 2
    for name, step in [("高斯–牛顿", gauss_newton_step(r)), ("牛顿    ", newton_step(f))]:
        p, lengths = torch.ones(2, dtype=torch.float64), []
        for _ in range(5):
            lengths.append(f"{grad(f)(p).norm():.0e}")
            p = p - step(p)
        print(f"噪声 {level}  {name}", *lengths)
#> 噪声 0.0  高斯–牛顿 2e+00 3e-01 3e-02 3e-04 4e-08
#> 噪声 0.0  牛顿     2e+00 2e-01 9e-03 1e-04 2e-08
#> 噪声 0.5  高斯–牛顿 2e+00 4e-01 4e-01 2e-02 5e-03
#> 噪声 0.5  牛顿     2e+00 3e-01 9e-03 4e-05 1e-09
# --8<-- [end:gauss-newton]

# --8<-- [start:gn-split]
J, H = jacrev(r)(p), hessian(f)(p)
print(f"残差之和 {r(p).sum():.3f}")
#> 残差之和 0.564
dropped = torch.einsum("i,ijk->jk", r(p), hessian(r)(p))
print(f"距离 {torch.dist(H, J.T @ J):.4f} {torch.dist(H, J.T @ J + dropped):.4f}")
#> 距离 0.1936 0.0000
# --8<-- [end:gn-split]

# --8<-- [start:gn-product]
v = randn(2)
along = jvp(r, (p,), (v,))[1]
back = vjp(r, p)[1](along)[0]
print(torch.allclose(back, torch.mv(J.T @ J, v)))
#> True
# --8<-- [end:gn-product]

# --8<-- [start:hutchinson]
n = 6
f, x = network(n), randn(n)
H = hessian(f)(x)

signs = torch.cartesian_prod(*[torch.tensor([-1., 1.], dtype=torch.float64)] * n)
forms = torch.stack([torch.dot(v, hvp(f, x, v)) for v in signs])
off = H.square().sum() - H.diagonal().square().sum()

print(len(signs), torch.allclose(forms.mean(), H.trace()))
#> 64 True
print(torch.allclose(forms.var(correction=0), 2 * off))
#> True
# --8<-- [end:hutchinson]

# --8<-- [start:sampling]
n = 400
W, x = randn(n, n) / n**0.5, randn(n)

def f(x):
    return F.softplus(W @ x).sum()

for draws in [1, 10, 100]:
    guesses = [torch.dot(v, hvp(f, x, v)) for v in randn(draws, n).sign()]
    print(f"{draws:3} 次 HVP  {torch.stack(guesses).mean():.1f}")
#>   1 次 HVP  83.6
#>  10 次 HVP  84.5
#> 100 次 HVP  82.3
print(f"{n} 列都算  {hessian(f)(x).trace():.1f}")
#> 400 列都算  82.3
# --8<-- [end:sampling]

# --8<-- [start:answer-cg]
n = 300
X = randn(500, n)
y = (X @ randn(n) + randn(500) > 0).double()

def ridge_loss(w):
    return F.binary_cross_entropy_with_logits(X @ w, y) + 0.01 * w @ w

products = 0

def multiply(w):
    """返回函数 v ↦ Hv，顺便数次数。"""
    def product(v):
        global products
        products += 1
        return hvp(ridge_loss, w, v)
    return product

def conjugate_gradient(product, b, tolerance):
    """解 H p = b，只用到乘积 Hv；残差的长度降到 tolerance 倍为止。"""
    p, r = torch.zeros_like(b), b
    d = r
    while r.norm() > tolerance * b.norm():
        Hd = product(d)
        step = torch.dot(r, r) / torch.dot(d, Hd)
        p, after = p + step * d, r - step * Hd
        d = after + torch.dot(after, after) / torch.dot(r, r) * d
        r = after
    return p

w = torch.zeros(n, dtype=torch.float64)
for _ in range(6):
    g = grad(ridge_loss)(w)
    print(f"梯度 {g.norm():.0e}  累计 HVP {products}")
    w = w - conjugate_gradient(multiply(w), g, min(0.1, g.norm()))
#> 梯度 6e-01  累计 HVP 0
#> 梯度 1e-01  累计 HVP 4
#> 梯度 4e-02  累计 HVP 8
#> 梯度 7e-03  累计 HVP 14
#> 梯度 3e-04  累计 HVP 24
#> 梯度 9e-07  累计 HVP 39
# --8<-- [end:answer-cg]

# --8<-- [start:answer-exact]
w_newton = torch.zeros(n, dtype=torch.float64)
while grad(ridge_loss)(w_newton).norm() > 1e-9:
    w_newton = w_newton - newton_step(ridge_loss)(w_newton)
print(f"{w.sum():.6f} {torch.dist(w, w_newton):.6f}")
#> -1.790474 0.000000
# --8<-- [end:answer-exact]

# --8<-- [start:answer-product]
S, x = randn(4, 4), randn(4)

def u(x):
    return torch.sin(S @ x).sum()

def w(x):
    return torch.logsumexp(x, 0)

H = hessian(lambda x: u(x) * w(x))(x)
cross = torch.outer(grad(u)(x), grad(w)(x))
outside = w(x) * hessian(u)(x) + u(x) * hessian(w)(x)
print(f"距离 {torch.dist(H, outside):.4f} {torch.dist(H, outside + cross + cross.T):.4f}")
#> 距离 2.0128 0.0000
# --8<-- [end:answer-product]
