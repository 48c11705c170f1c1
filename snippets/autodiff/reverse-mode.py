# --8<-- [start:setup]
import torch
from torch.func import jvp, vjp

n = 200
x = torch.linspace(-1, 1, n, dtype=torch.float64)
runs = 0

def f(x):
    global runs
    runs += 1
    return torch.exp(torch.sin(x).sum() / n) * x.square().sum()

directions = torch.eye(n, dtype=x.dtype)
forward = torch.stack([jvp(f, (x,), (e,))[1] for e in directions])
print("前向模式，执行函数", runs, "次")
#> 前向模式，执行函数 200 次

runs = 0
value, pullback = vjp(f, x)
(reverse,) = pullback(torch.ones_like(value))
print("反向模式，执行函数", runs, "次")
#> 反向模式，执行函数 1 次
print(forward.norm(), reverse.norm(), torch.allclose(forward, reverse))
#> tensor(16.9052, dtype=torch.float64) tensor(16.9052, dtype=torch.float64) True
# --8<-- [end:setup]

# --8<-- [start:adjoint]
s = torch.tensor(2., requires_grad=True)
t = torch.tensor(3., requires_grad=True)

with torch.no_grad():
    v2 = s * t
    v3 = torch.sin(s)
    v4 = v2 + v3
    v5 = v4 * t

    v5_bar = 1.
    v4_bar = v5_bar * t
    t_bar = v5_bar * v4
    v3_bar = v4_bar
    v2_bar = v4_bar
    s_bar = v3_bar * torch.cos(s)
    s_bar += v2_bar * t
    t_bar += v2_bar * s

print(v5, s_bar, t_bar)
#> tensor(20.7279) tensor(7.7516) tensor(12.9093)

y = (s * t + torch.sin(s)) * t
y.backward()
print(y.detach(), s.grad, t.grad)
#> tensor(20.7279) tensor(7.7516) tensor(12.9093)
# --8<-- [end:adjoint]

# --8<-- [start:network]
x = torch.tensor([1., 2.])
W = torch.tensor([[1., 0.], [1., -1.]], requires_grad=True)
b = torch.tensor([1., 0.], requires_grad=True)
w = torch.tensor([3., 4.], requires_grad=True)

h = torch.relu(W @ x + b)
y = torch.dot(h, w)
loss = (y - 4) ** 2
# --8<-- [end:network]

# --8<-- [start:network-backward]
loss.backward()
W.grad, b.grad, w.grad
#> (tensor([[12., 24.],
#>         [ 0.,  0.]]), tensor([12.,  0.]), tensor([8., 0.]))
# --8<-- [end:network-backward]

# --8<-- [start:vjp-scalar]
x = torch.tensor([1., 1, 4, 5], requires_grad=True)
y = x * x
print(y)
#> tensor([ 1.,  1., 16., 25.], grad_fn=<MulBackward0>)
y.backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
# --8<-- [end:vjp-scalar]

# --8<-- [start:vjp]
v = torch.tensor([1., -1., 0.5, 2.])

y.backward(gradient=v)
x.grad
#> tensor([ 2., -2.,  4., 20.])
# --8<-- [end:vjp]

# --8<-- [start:vjp-shape]
a = torch.empty(4, 5, requires_grad=True)
b = a.T
b.backward(torch.ones_like(a))
#! RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([4, 5]) and output[0] has a shape of torch.Size([5, 4]).
b.backward(torch.ones_like(b))
print(a.grad.shape, a.grad.sum())
#> torch.Size([4, 5]) tensor(20.)
# --8<-- [end:vjp-shape]

# --8<-- [start:pairing]
torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)

A = randn(5, 3)

def g(x):
    return torch.tanh(A @ x)

x, u, v = randn(3), randn(3), randn(5)
forward = jvp(g, (x,), (u,))[1]
reverse = vjp(g, x)[1](v)[0]
J = torch.func.jacrev(g)(x)

print(f"{torch.dot(v, forward):.10f} {torch.dot(reverse, u):.10f}")
#> -2.7818613438 -2.7818613438
print(torch.allclose(forward, J @ u), torch.allclose(reverse, J.T @ v))
#> True True
# --8<-- [end:pairing]

# --8<-- [start:rules]
X, W, Y_bar = randn(4, 3), randn(3, 2), randn(4, 2)
z, v = randn(3), randn(3)
M, c = randn(3, 3), randn(3)
s, y = torch.softmax(z, 0), torch.linalg.solve(M, c)
c_bar = torch.linalg.solve(M.T, v)

rules = [
    (vjp(torch.matmul, X, W)[1](Y_bar), (Y_bar @ W.T, X.T @ Y_bar)),
    (vjp(lambda z: torch.softmax(z, 0), z)[1](v), (s * (v - torch.dot(s, v)),)),
    (vjp(torch.linalg.solve, M, c)[1](v), (-torch.outer(c_bar, y), c_bar)),
]
for by_torch, by_formula in rules:
    for one, other in zip(by_torch, by_formula, strict=True):
        print(f"{one.norm():.6f} {other.norm():.6f} {torch.allclose(one, other)}")
#> 1.264359 1.264359 True
#> 5.615781 5.615781 True
#> 0.133429 0.133429 True
#> 8.096665 8.096665 True
#> 2.111934 2.111934 True
# --8<-- [end:rules]

# --8<-- [start:flops]
from torch.utils.flop_counter import FlopCounterMode

def flops(run):
    """执行 run，返回其中矩阵乘法的浮点运算次数。"""
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()

def layers(h, weights):
    for W in weights:
        h = torch.tanh(h @ W)
    return h

print("层数  偏导数   正向     反向     反向 / 正向")
#> 层数  偏导数   正向     反向     反向 / 正向
for depth in [1, 4, 50]:
    weights = [torch.randn(64, 64, requires_grad=True) for _ in range(depth)]
    h = torch.randn(8, 64)
    forward = flops(lambda: layers(h, weights))
    output = layers(h, weights)
    backward = flops(lambda: output.backward(torch.ones_like(output)))
    count = sum(W.grad.numel() for W in weights)
    ratio = backward / forward
    print(f"{depth:3} {count:8} {forward:8} {backward:8} {ratio:6.3g}")
#>   1     4096    65536    65536      1
#>   4    16384   262144   458752   1.75
#>  50   204800  3276800  6488064   1.98
# --8<-- [end:flops]

# --8<-- [start:saved]
from torch.autograd.graph import saved_tensors_hooks

def measured(run, h):
    """执行 run(h)，返回结果和计算图为反向保存的字节数；同一块内存只算一次。"""
    kept = {}

    def pack(tensor):
        kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        result = run(h)
    return result, sum(kept.values())

def chain(depth):
    """把正弦函数复合 depth 次。"""
    def run(h):
        for _ in range(depth):
            h = torch.sin(h)
        return h
    return run

h = torch.linspace(0.5, 1.5, 1000, dtype=torch.float64, requires_grad=True)

for depth in [1, 10, 100]:
    result, saved = measured(chain(depth), h)
    (gradient,) = torch.autograd.grad(result.sum(), h)
    print(f"深度 {depth:<4} 偏导数之和 {gradient.sum():.6f}  保存 {saved} 字节")
#> 深度 1    偏导数之和 518.025495  保存 8000 字节
#> 深度 10   偏导数之和 115.084949  保存 80000 字节
#> 深度 100  偏导数之和 6.990324  保存 800000 字节
# --8<-- [end:saved]

# --8<-- [start:which]
operations = {
    "sin(h)": torch.sin,
    "exp(h)": torch.exp,
    "h * h": lambda h: h * h,
    "2 * h": lambda h: 2 * h,
    "h + h": lambda h: h + h,
    "h.sum()": torch.sum,
}
for name, operation in operations.items():
    result, saved = measured(operation, h)
    (gradient,) = torch.autograd.grad(result.sum(), h)
    print(f"{name:8} 第一个偏导数 {gradient[0]:7.4f}  保存 {saved} 字节")
#> sin(h)   第一个偏导数  0.8776  保存 8000 字节
#> exp(h)   第一个偏导数  1.6487  保存 8000 字节
#> h * h    第一个偏导数  1.0000  保存 8000 字节
#> 2 * h    第一个偏导数  2.0000  保存 0 字节
#> h + h    第一个偏导数  2.0000  保存 0 字节
#> h.sum()  第一个偏导数  1.0000  保存 0 字节
# --8<-- [end:which]

# --8<-- [start:checkpoint]
from torch.utils.checkpoint import checkpoint

runs = 0

def segment(h):
    global runs
    runs += 1
    return chain(10)(h)

def segments(h):
    for _ in range(10):
        h = checkpoint(segment, h, use_reentrant=False)
    return h

result, saved = measured(segments, h)
(gradient,) = torch.autograd.grad(result.sum(), h)
print(f"偏导数之和 {gradient.sum():.6f}  保存 {saved} 字节  十段共执行 {runs} 次")
#> 偏导数之和 6.990324  保存 80000 字节  十段共执行 20 次
# --8<-- [end:checkpoint]

# --8<-- [start:crossover]
from torch.func import jacfwd, jacrev

print("    n     m   前向   反向")
#>     n     m   前向   反向
for n, m in [(1, 1024), (16, 64), (32, 32), (64, 16), (1024, 1)]:
    first, last = torch.randn(n, 64), torch.randn(64, m)
    x = torch.randn(n)

    def network(x):
        return (torch.tanh(x[None] @ first) @ last)[0]

    once = flops(lambda: network(x))
    forward = flops(lambda: jacfwd(network)(x)) / once
    reverse = flops(lambda: jacrev(network)(x)) / once
    print(f"{n:5} {m:5} {forward:6g} {reverse:6g}")
#>     1  1024      3   1025
#>    16    64     18     65
#>    32    32     34     33
#>    64    16     66     17
#>  1024     1   1026      2
# --8<-- [end:crossover]

# --8<-- [start:tutorial]
def predict(weight, x):
    return torch.tanh(weight @ x[:, None])[:, 0]

for n, m in [(32, 2048), (2048, 32)]:
    weight, x = torch.randn(m, n), torch.randn(n)
    once = flops(lambda: predict(weight, x))
    forward = flops(lambda: jacfwd(predict, argnums=1)(weight, x)) / once
    reverse = flops(lambda: jacrev(predict, argnums=1)(weight, x)) / once
    print(f"输入 {n:4}  输出 {m:4}  前向 {forward:4g}  反向 {reverse:4g}")
#> 输入   32  输出 2048  前向   34  反向 2049
#> 输入 2048  输出   32  前向 2050  反向   33
# --8<-- [end:tutorial]

# --8<-- [start:answer-rows]
x = randn(3)
rows = [vjp(g, x)[1](e)[0] for e in torch.eye(5, dtype=x.dtype)]
columns = [jvp(g, (x,), (e,))[1] for e in torch.eye(3, dtype=x.dtype)]

print(len(rows), len(columns))
#> 5 3
print(torch.allclose(torch.stack(rows), torch.stack(columns, dim=1)))
#> True
print(torch.stack(rows).norm(), jacrev(g)(x).norm())
#> tensor(2.2636, dtype=torch.float64) tensor(2.2636, dtype=torch.float64)
# --8<-- [end:answer-rows]

# --8<-- [start:answer-depth]
for depth in [1, 10, 100]:
    def doubled(h):
        for _ in range(depth):
            h = h + h
        return h
    result, saved = measured(doubled, h)
    (gradient,) = torch.autograd.grad(result.sum(), h)
    print(f"深度 {depth:<4} 偏导数平均 {gradient.mean():.4g}  保存 {saved} 字节")
#> 深度 1    偏导数平均 2  保存 0 字节
#> 深度 10   偏导数平均 1024  保存 0 字节
#> 深度 100  偏导数平均 1.268e+30  保存 0 字节
# --8<-- [end:answer-depth]
