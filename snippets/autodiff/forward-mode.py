# --8<-- [start:dual]
import math

class Dual:
    """对偶数 a + bε：a 是值，b 是导数。"""

    def __init__(self, a, b=0.):
        self.a, self.b = a, b

    def __repr__(self):
        return f"{self.a:.4f} + {self.b:.4f}ε"

    def __add__(self, other):
        other = dual(other)
        return Dual(self.a + other.a, self.b + other.b)

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.a * other.a, self.a * other.b + self.b * other.a)

    def __truediv__(self, other):
        other = dual(other)
        numerator = self.b * other.a - self.a * other.b
        return Dual(self.a / other.a, numerator / other.a**2)

    def __rtruediv__(self, other):
        return dual(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def sin(self):
        return Dual(math.sin(self.a), self.b * math.cos(self.a))

    def exp(self):
        return Dual(math.exp(self.a), self.b * math.exp(self.a))

    def log(self):
        return Dual(math.log(self.a), self.b / self.a)

    def __lt__(self, other):
        return self.a < dual(other).a

def dual(x):
    return x if isinstance(x, Dual) else Dual(x)

Dual(2., 1.) * Dual(2., 1.), Dual(2., 1.).sin()
#> (4.0000 + 4.0000ε, 0.9093 + -0.4161ε)
# --8<-- [end:dual]

# --8<-- [start:program]
import torch

def f(x):
    """又有循环又有分支，没有一个公式。"""
    while x < 5:
        x = x * x + 1 / x
    return 2 * (x / 3).sin() * x.log() + (1 + (1 / x).exp()) * 0.5 + 1

x = torch.tensor(1.2, dtype=torch.float64)
ours = f(Dual(1.2, 1.))
print(f"{ours.a:.10f} {ours.b:.10f}")
#> 5.3934616018 -0.1202041672
print(f"{f(x):.10f} {torch.func.grad(f)(x):.10f}")
#> 5.3934616018 -0.1202041672
# --8<-- [end:program]

# --8<-- [start:compare]
starts = [1.1 + k / 20 for k in range(100)]
ours = [f(Dual(start, 1.)).b for start in starts]
tensors = [torch.tensor(start, dtype=torch.float64) for start in starts]
theirs = [torch.func.grad(f)(tensor) for tensor in tensors]

print(f"{sum(ours):.10f} {sum(theirs):.10f}")
#> 55.0391967262 55.0391967262
print(all(map(math.isclose, ours, theirs)))
#> True
# --8<-- [end:compare]

# --8<-- [start:table]
def g(s, t):
    v2 = s * t
    v3 = s.sin()
    v4 = v2 + v3
    v5 = v4 * t
    return v2, v3, v4, v5

for name, ds, dt in [("沿 s", 1., 0.), ("沿 t", 0., 1.)]:
    print(name, *g(Dual(2., ds), Dual(3., dt)), sep="\n  ")
#> 沿 s
#>   6.0000 + 3.0000ε
#>   0.9093 + -0.4161ε
#>   6.9093 + 2.5839ε
#>   20.7279 + 7.7516ε
#> 沿 t
#>   6.0000 + 2.0000ε
#>   0.9093 + -0.0000ε
#>   6.9093 + 2.0000ε
#>   20.7279 + 12.9093ε
s = torch.tensor(2., requires_grad=True)
t = torch.tensor(3., requires_grad=True)
g(s, t)[-1].backward()
print(s.grad, t.grad)
#> tensor(7.7516) tensor(12.9093)
# --8<-- [end:table]

# --8<-- [start:rules]
from torch.func import jvp

torch.manual_seed(0)
X, dX, W, dW, A, dA = torch.randn(6, 3, 3, dtype=torch.float64)
z, u, b = torch.randn(3, 3, dtype=torch.float64)
s, x = torch.softmax(z, 0), torch.linalg.solve(A, b)

by_torch = [
    jvp(torch.matmul, (X, W), (dX, dW))[1],
    jvp(lambda z: torch.softmax(z, 0), (z,), (u,))[1],
    jvp(torch.linalg.solve, (A, b), (dA, u))[1],
]
by_formula = [
    dX @ W + X @ dW,
    s * (u - torch.dot(s, u)),
    torch.linalg.solve(A, u - dA @ x),
]
for one, other in zip(by_torch, by_formula, strict=True):
    print(f"{one.norm():.6f} {other.norm():.6f} {torch.allclose(one, other)}")
#> 7.764563 7.764563 True
#> 0.132942 0.132942 True
#> 1.198131 1.198131 True
# --8<-- [end:rules]

# --8<-- [start:api]
import torch.autograd.forward_ad as forward_ad

x = torch.tensor([1., 1, 4, 5])
u = torch.tensor([1., 2, -1, 0.5])

with forward_ad.dual_level():
    pair = forward_ad.make_dual(x, u)
    y = 2 * torch.dot(pair, pair)
    value, tangent = forward_ad.unpack_dual(y)
    untouched = forward_ad.unpack_dual(x).tangent
print(value, tangent, untouched, y.grad_fn)
#> tensor(86.) tensor(6.) None None
# --8<-- [end:api]

# --8<-- [start:api-jvp]
def loss(x):
    return 2 * torch.dot(x, x)

jvp(loss, (x,), (u,))
#> (tensor(86.), tensor(6.))
# --8<-- [end:api-jvp]

# --8<-- [start:api-errors]
forward_ad.make_dual(x, u)
#! RuntimeError: Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first.
jvp(loss, (x,), (u[:3],))
#! RuntimeError: Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor is of size [4] while the given forward gradient is of size [3].
# --8<-- [end:api-errors]

# --8<-- [start:nested]
with forward_ad.dual_level(), forward_ad.dual_level():
    pass
#! RuntimeError: Nested forward mode AD is not supported at the moment
# --8<-- [end:nested]

# --8<-- [start:no-formula]
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x

    @staticmethod
    def backward(ctx, gradient):
        return 2 * gradient

x.requires_grad_()
y = Double.apply(x)
print(y, *torch.autograd.grad(y, x, u))
#> tensor([ 2.,  2.,  8., 10.], grad_fn=<DoubleBackward>) tensor([ 2.,  4., -2.,  1.])
with forward_ad.dual_level():
    y = Double.apply(forward_ad.make_dual(x, u))
#! NotImplementedError: You must implement the jvp function for custom autograd.Function to use it with forward mode AD.
# --8<-- [end:no-formula]

# --8<-- [start:passes]
from torch.func import jacfwd, jacrev
from torch.utils.flop_counter import FlopCounterMode

torch.manual_seed(0)
A, B = torch.randn(50, 50) / 50, torch.randn(50, 50) / 50

def flops(run):
    """run 里矩阵乘法的浮点运算次数。"""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()

print("输入  算一次  前向 / 一次  反向 / 一次  梯度之和：前向、反向")
#> 输入  算一次  前向 / 一次  反向 / 一次  梯度之和：前向、反向
for n in [1, 10, 50]:
    x = torch.randn(n)

    def network(x):
        return (torch.tanh(torch.tanh(x[None] @ A[:n]) @ B)).sum()

    once = flops(lambda: network(x))
    forward = flops(lambda: jacfwd(network)(x)) / once
    reverse = flops(lambda: jacrev(network)(x)) / once
    print(f"{n:4} {once:7} {forward:9.3g} {reverse:9.3g}", end="   ")
    print(f"{jacfwd(network)(x).sum():.6f} {jacrev(network)(x).sum():.6f}")
#>    1    5100         3         2   -0.027361 -0.027361
#>   10    6000        12         2   0.016969 0.016969
#>   50   10000        52         2   -0.028023 -0.028023
# --8<-- [end:passes]

# --8<-- [start:memory]
from torch.autograd.graph import saved_tensors_hooks

def measured(run, h):
    """执行 run(h)，返回结果和为反向计算保存的字节数。"""
    sizes = []

    def pack(tensor):
        sizes.append(tensor.nbytes)
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        result = run(h)
    return result, sum(sizes)

def chain(depth):
    """把正弦函数复合 depth 次。"""
    def run(h):
        for _ in range(depth):
            h = torch.sin(h)
        return h
    return run

h = torch.linspace(0.5, 1.5, 1000, dtype=torch.float64)

def tangent_of(run):
    return lambda h: jvp(run, (h,), (torch.ones_like(h),))[1]

leaf = h.clone().requires_grad_()

for depth in [1, 10, 100]:
    tangent, saved = measured(tangent_of(chain(depth)), h)
    print(f"深度 {depth:<4} 前向 {tangent.mean():.6f} 保存 {saved} 字节", end="  ")
    result, saved = measured(chain(depth), leaf)
    (gradient,) = torch.autograd.grad(result.sum(), leaf)
    print(f"反向 {gradient.mean():.6f} 保存 {saved} 字节")
#> 深度 1    前向 0.518025 保存 0 字节  反向 0.518025 保存 8000 字节
#> 深度 10   前向 0.115085 保存 0 字节  反向 0.115085 保存 80000 字节
#> 深度 100  前向 0.006990 保存 0 字节  反向 0.006990 保存 800000 字节
# --8<-- [end:memory]

# --8<-- [start:mistake]
x = torch.tensor([1., 1, 4, 5])
ones = torch.ones(4)

print(jvp(loss, (x,), (ones,))[1], torch.func.grad(loss)(x))
#> tensor(44.) tensor([ 4.,  4., 16., 20.])
# --8<-- [end:mistake]

# --8<-- [start:confusion]
def derivative(f, x):
    return f(Dual(x, 1.)).b

def derivative_by_torch(f, x):
    return jvp(f, (torch.tensor(x),), (torch.tensor(1.),))[1]

for D in [derivative, derivative_by_torch]:
    print(D(lambda x: x * x, 3.), D(lambda x: x * D(lambda y: x * y, 1.), 3.))
#> 6.0 4.0
#> tensor(6.) tensor(6.)
# --8<-- [end:confusion]

# --8<-- [start:answer-unit]
def unit(x):
    return x / x.norm()

for direction in [x, ones]:
    print(f"{jvp(unit, (x,), (direction,))[1].norm():.4f}")
#> 0.0000
#> 0.1661
# --8<-- [end:answer-unit]

# --8<-- [start:answer-second]
class Taylor:
    """a + bε + cε²，ε 的立方是零。"""

    def __init__(self, a, b, c):
        self.a, self.b, self.c = a, b, c

    def __mul__(self, other):
        return Taylor(
            self.a * other.a,
            self.a * other.b + self.b * other.a,
            self.a * other.c + self.b * other.b + self.c * other.a,
        )

x = Taylor(2., 1., 0.)
square = x * x
fourth = square * square
fourth.a, fourth.b, 2 * fourth.c
#> (16.0, 32.0, 48.0)
# --8<-- [end:answer-second]
