# --8<-- [start:forward]
import torch

x = torch.tensor([1., 1, 4, 5], requires_grad=True)
d = torch.dot(x, x)
y = 2 * d

for value in (d, y):
    print(value)
#> tensor(43., grad_fn=<DotBackward0>)
#> tensor(86., grad_fn=<MulBackward0>)
# --8<-- [end:forward]

# --8<-- [start:walk]
def walk(node, indent=""):
    print(indent + node.name())
    for child, _ in node.next_functions:
        if child is not None:
            walk(child, indent + "  ")

walk(y.grad_fn)
#> MulBackward0
#>   DotBackward0
#>     torch::autograd::AccumulateGrad
#>     torch::autograd::AccumulateGrad
# --8<-- [end:walk]

# --8<-- [start:tape]
import math

class Traced:
    """一个数。它参与的每一步运算都记进表里，每步记一行。"""

    def __init__(self, table, operation, value):
        self.table, self.value = table, value
        self.name = f"v{len(table)}"
        table.append(f"{self.name} = {operation:11} {value:.4f}")

    def step(self, operation, value):
        return Traced(self.table, operation, value)

    def __add__(self, other):
        return self.step(f"{self.name} + {other.name}", self.value + other.value)

    def __mul__(self, other):
        return self.step(f"{self.name} * {other.name}", self.value * other.value)

    def sin(self):
        return self.step(f"sin {self.name}", math.sin(self.value))

    def log(self):
        return self.step(f"log {self.name}", math.log(self.value))

    def reciprocal(self):
        return self.step(f"1 / {self.name}", 1 / self.value)

def record(f, *values):
    """执行 f，返回走过的每一步。"""
    table = []
    f(*(Traced(table, "输入", value) for value in values))
    return table

def f(s, t):
    return (s * t + s.sin()) * t

print(*record(f, 2., 3.), sep="\n")
#> v0 = 输入          2.0000
#> v1 = 输入          3.0000
#> v2 = v0 * v1     6.0000
#> v3 = sin v0      0.9093
#> v4 = v2 + v3     6.9093
#> v5 = v4 * v1     20.7279
# --8<-- [end:tape]

# --8<-- [start:tape-branch]
def g(s):
    while s.value < 10:
        s = s * s
    return s

for start in [1.5, 4.]:
    print(*record(g, start), sep="\n", end="\n\n")
#> v0 = 输入          1.5000
#> v1 = v0 * v0     2.2500
#> v2 = v1 * v1     5.0625
#> v3 = v2 * v2     25.6289
#>
#> v0 = 输入          4.0000
#> v1 = v0 * v0     16.0000
#>
# --8<-- [end:tape-branch]

# --8<-- [start:node]
dot = y.grad_fn.next_functions[0][0]
print(dot is d.grad_fn, dot._saved_self)
#> True tensor([1., 1., 4., 5.], requires_grad=True)
# --8<-- [end:node]

# --8<-- [start:backward]
received = []
handle = d.register_hook(received.append)

y.backward()
received, x.grad
#> ([tensor(2.)], tensor([ 4.,  4., 16., 20.]))
# --8<-- [end:backward]

# --8<-- [start:node-freed]
dot._saved_self
#! RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed)...
# --8<-- [end:node-freed]

# --8<-- [start:passes]
a = torch.tensor([1., 1, 4, 5])

with torch.no_grad():
    bare = 2 * torch.dot(x, x)
recorded = 2 * torch.dot(x, x)
value, slope = torch.func.jvp(lambda x: 2 * torch.dot(x, x), (a,), (torch.ones(4),))

print("正向，不记图", bare)
#> 正向，不记图 tensor(86.)
print("正向，记图  ", recorded)
#> 正向，记图   tensor(86., grad_fn=<MulBackward0>)
print("前向模式    ", value, slope)
#> 前向模式     tensor(86.) tensor(44.)
# --8<-- [end:passes]

# --8<-- [start:branch]
def f(t):
    return t * t if t > 0 else -t

for start in [0.25, -3.]:
    t = torch.tensor(start, requires_grad=True)
    f(t).backward()
    print(start, t.grad)
#> 0.25 tensor(0.5000)
#> -3.0 tensor(-1.)
# --8<-- [end:branch]

# --8<-- [start:define-and-run]
def smooth(t):
    return t * t.sin()

def branching(t):
    return t * t if t > 0 else -t

print(torch.fx.symbolic_trace(smooth).code.strip())
#> def forward(self, t):
#>     sin = t.sin()
#>     mul = t * sin;  t = sin = None
#>     return mul
torch.fx.symbolic_trace(branching)
#! torch.fx.proxy.TraceError: symbolically traced variables cannot be used as inputs to control flow
# --8<-- [end:define-and-run]

# --8<-- [start:kink]
for name in ["abs", "relu", "sqrt"]:
    t = torch.tensor(0., requires_grad=True)
    (g,) = torch.autograd.grad(getattr(torch, name)(t), t)
    print(name, g)
#> abs tensor(0.)
#> relu tensor(0.)
#> sqrt tensor(inf)
# --8<-- [end:kink]

# --8<-- [start:answer-graph]
def f(x):
    return (x * x).log() * x.sin() + x.reciprocal()

print(*record(f, 2.), sep="\n")
#> v0 = 输入          2.0000
#> v1 = v0 * v0     4.0000
#> v2 = log v1      1.3863
#> v3 = sin v0      0.9093
#> v4 = v2 * v3     1.2606
#> v5 = 1 / v0      0.5000
#> v6 = v4 + v5     1.7606

x = torch.tensor(2., requires_grad=True)
y = f(x)
print(torch.func.grad(f)(x.detach()), math.sin(2) + math.log(4) * math.cos(2) - 1 / 4)
#> tensor(0.0824) 0.08239541392249738
# --8<-- [end:answer-graph]

# --8<-- [start:vjp]
v = torch.tensor([1., -1., 0.5, 2.])

s.backward(gradient=v)
x.grad
#> tensor([ 2., -2.,  4., 20.])
# --8<-- [end:vjp]

# --8<-- [start:vjp-scalar]
x = torch.tensor([1., 1, 4, 5], requires_grad=True)
s = x * x
print(s)
#> tensor([ 1.,  1., 16., 25.], grad_fn=<MulBackward0>)
s.backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
# --8<-- [end:vjp-scalar]

# --8<-- [start:jvp]
from torch.func import jvp, vjp

a = torch.tensor([1., 1, 4, 5])
runs = 0

def f(x):
    global runs
    runs += 1
    return 2 * torch.dot(x, x)

partials = [jvp(f, (a,), (e,))[1] for e in torch.eye(4)]
print(torch.stack(partials), "函数执行次数:", runs)
#> tensor([ 4.,  4., 16., 20.]) 函数执行次数: 4
# --8<-- [end:jvp]

# --8<-- [start:pullback]
runs = 0
value, pullback = vjp(f, a)
print(pullback(torch.tensor(1.))[0], "函数执行次数:", runs)
#> tensor([ 4.,  4., 16., 20.]) 函数执行次数: 1
# --8<-- [end:pullback]

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

# --8<-- [start:flops]
from torch.utils.flop_counter import FlopCounterMode

W = [torch.randn(64, 64, requires_grad=True) for _ in range(5)]
h = torch.randn(8, 64)

with FlopCounterMode(display=False) as forward:
    for w in W:
        h = torch.tanh(h @ w)
    loss = h.sum()

with FlopCounterMode(display=False) as backward:
    loss.backward()

costs = forward.get_total_flops(), backward.get_total_flops()
print(*costs, costs[1] / costs[0])
#> 327680 589824 1.8
# --8<-- [end:flops]

# --8<-- [start:saved]
from torch.autograd.graph import saved_tensors_hooks

def measured(run, h):
    """执行 run(h)，返回结果和计算图为反向计算保存的字节数。"""
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
# --8<-- [end:saved]

# --8<-- [start:reverse-memory]
h = torch.ones(1000, dtype=torch.float64, requires_grad=True)

for depth in [1, 10, 100]:
    result, saved = measured(chain(depth), h)
    (g,) = torch.autograd.grad(result.sum(), h)
    print(f"深度 {depth:<4} 导数 {g.mean():.6f}  保存 {saved} 字节")
#> 深度 1    导数 0.540302  保存 8000 字节
#> 深度 10   导数 0.079293  保存 80000 字节
#> 深度 100  导数 0.003699  保存 800000 字节
# --8<-- [end:reverse-memory]

# --8<-- [start:forward-memory]
import torch.autograd.forward_ad as forward_ad

def tangent(depth):
    def run(h):
        with forward_ad.dual_level():
            dual = forward_ad.make_dual(h, torch.ones_like(h))
            return forward_ad.unpack_dual(chain(depth)(dual)).tangent
    return run

for depth in [1, 10, 100]:
    result, saved = measured(tangent(depth), h.detach())
    print(f"深度 {depth:<4} 导数 {result.mean():.6f}  保存 {saved} 字节")
#> 深度 1    导数 0.540302  保存 0 字节
#> 深度 10   导数 0.079293  保存 0 字节
#> 深度 100  导数 0.003699  保存 0 字节
# --8<-- [end:forward-memory]

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
(g,) = torch.autograd.grad(result.sum(), h)
print(f"导数 {g.mean():.6f}  保存 {saved} 字节  十段共执行 {runs} 次")
#> 导数 0.003699  保存 80000 字节  十段共执行 20 次
# --8<-- [end:checkpoint]
