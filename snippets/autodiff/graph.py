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

# --8<-- [start:backward]
received = []
handle = d.register_hook(received.append)

y.backward()
received, x.grad
#> ([tensor(2.)], tensor([ 4.,  4., 16., 20.]))
# --8<-- [end:backward]

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

# --8<-- [start:kink]
for name in ["abs", "relu", "sqrt"]:
    t = torch.tensor(0., requires_grad=True)
    (g,) = torch.autograd.grad(getattr(torch, name)(t), t)
    print(name, g)
#> abs tensor(0.)
#> relu tensor(0.)
#> sqrt tensor(inf)
# --8<-- [end:kink]

# --8<-- [start:answer]
for depth in [1, 10, 100]:
    def doubled(h):
        for _ in range(depth):
            h = h + h
        return h
    result, saved = measured(doubled, h)
    (g,) = torch.autograd.grad(result.sum(), h)
    print(f"深度 {depth:<4} 导数 {g.mean():.4g}  保存 {saved} 字节")
#> 深度 1    导数 2  保存 0 字节
#> 深度 10   导数 1024  保存 0 字节
#> 深度 100  导数 1.268e+30  保存 0 字节
# --8<-- [end:answer]
