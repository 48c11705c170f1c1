# --8<-- [start:where]
import torch

x = torch.tensor([0., 0.64], requires_grad=True)
root = x.sqrt()
y = torch.where(x > 0, root, 0)
print(y, *torch.autograd.grad(y.sum(), x))
#> tensor([0.0000, 0.8000], grad_fn=<WhereBackward0>) tensor([   nan, 0.6250])
# --8<-- [end:where]

# --8<-- [start:product]
incoming = torch.tensor([0., 1.])
local = 1 / (2 * torch.sqrt(torch.tensor([0., 0.64])))
print(incoming, local, incoming * local, sep="\n")
#> tensor([0., 1.])
#> tensor([   inf, 0.6250])
#> tensor([   nan, 0.6250])
# --8<-- [end:product]

# --8<-- [start:again]
root = x.sqrt()
y = torch.where(x > 0, root, 0)
y
#> tensor([0.0000, 0.8000], grad_fn=<WhereBackward0>)
# --8<-- [end:again]

# --8<-- [start:double-where]
inside = torch.where(x > 0, x, 9)
y = torch.where(x > 0, inside.sqrt(), 0)
print(inside, y, *torch.autograd.grad(y.sum(), x), sep="\n")
#> tensor([9.0000, 0.6400], grad_fn=<WhereBackward0>)
#> tensor([0.0000, 0.8000], grad_fn=<WhereBackward0>)
#> tensor([0.0000, 0.6250])
# --8<-- [end:double-where]

# --8<-- [start:show]
def show(f, *numbers):
    """值和梯度；f 的输出求和之后再反向。"""
    t = torch.tensor(numbers, requires_grad=True)
    y = f(t)
    (g,) = torch.autograd.grad(y.sum(), t)
    print(y.detach().numpy(), g.numpy())

counts = torch.tensor([0., 1., 4.])
seen = counts > 0

for f in [
    lambda t: t / counts,
    lambda t: (t / counts)[seen],
    lambda t: torch.where(seen, t / counts, 5),
    lambda t: torch.nan_to_num(t / counts, 5),
]:
    show(f, 0., 6., 8.)
#> [nan  6.  2.] [ inf 1.   0.25]
#> [6. 2.] [ nan 1.   0.25]
#> [5. 6. 2.] [ nan 1.   0.25]
#> [5. 6. 2.] [ nan 1.   0.25]
# --8<-- [end:show]

# --8<-- [start:divide]
safe = torch.where(seen, counts, 1)

for f in [lambda t: t / safe, lambda t: torch.where(seen, t / safe, 5)]:
    show(f, 2., 6., 8.)
#> [2. 6. 2.] [1.   1.   0.25]
#> [5. 6. 2.] [0.   1.   0.25]
# --8<-- [end:divide]

# --8<-- [start:lse]
for at in [(1., 2.), (1001., 1002.)]:
    show(lambda t: t.exp().sum().log(), *at)
    show(lambda t: t.logsumexp(0), *at)
#> 2.3132617 [0.2689414 0.7310586]
#> 2.3132617 [0.2689414  0.73105854]
#> inf [nan nan]
#> 1002.31323 [0.2689493 0.73108  ]
# --8<-- [end:lse]

# --8<-- [start:stable]
import torch.nn.functional as F

rows = [
    ("log(sigmoid(t))", lambda t: t.sigmoid().log(), -2., -200.),
    ("logsigmoid(t)", F.logsigmoid, -2., -200.),
    ("log(1 + exp(t))", lambda t: (1 + t.exp()).log(), 2., 200.),
    ("softplus(t)", F.softplus, 2., 200.),
    ("log(1 - exp(t))", lambda t: (1 - t.exp()).log(), -2., -1e-9),
    ("log(-expm1(t))", lambda t: (-t.expm1()).log(), -2., -1e-9),
]
for name, f, *points in rows:
    print(f"{name:15}", end="")
    for at in points:
        t = torch.tensor(at, requires_grad=True)
        y = f(t)
        print(f" | {at:6} {y:8.4g} {torch.autograd.grad(y, t)[0]:8.4g}", end="")
    print()
#> log(sigmoid(t)) |   -2.0   -2.127   0.8808 | -200.0     -inf      nan
#> logsigmoid(t)   |   -2.0   -2.127   0.8808 | -200.0     -200        1
#> log(1 + exp(t)) |    2.0    2.127   0.8808 |  200.0      inf      nan
#> softplus(t)     |    2.0    2.127   0.8808 |  200.0      200        1
#> log(1 - exp(t)) |   -2.0  -0.1454  -0.1565 | -1e-09     -inf     -inf
#> log(-expm1(t))  |   -2.0  -0.1454  -0.1565 | -1e-09   -20.72   -1e+09
# --8<-- [end:stable]

# --8<-- [start:mask]
hidden = -torch.inf
masks = torch.tensor([[0., 0., 0.], [0., 0., hidden], [hidden, hidden, hidden]])
values = torch.tensor([10., 20., 40.])

z = (values / 10).repeat(3, 1).requires_grad_()
out = (z + masks).softmax(1) @ values
print(out, *torch.autograd.grad(out.sum(), z), sep="\n")
#> tensor([36.4558, 17.3106,     nan], grad_fn=<MvBackward0>)
#> tensor([[-1.1114, -1.8792,  2.9906],
#>         [-1.9661,  1.9661,  0.0000],
#>         [    nan,     nan,     nan]])
# --8<-- [end:mask]

# --8<-- [start:mask-fixed]
alive = (masks == 0).any(1)
scores = z + torch.where(alive[:, None], masks, 0)
out = torch.where(alive, scores.softmax(1) @ values, 0)
print(scores, out, *torch.autograd.grad(out.sum(), z), sep="\n")
#> tensor([[1., 2., 4.],
#>         [1., 2., -inf],
#>         [1., 2., 4.]], grad_fn=<AddBackward0>)
#> tensor([36.4558, 17.3106,  0.0000], grad_fn=<WhereBackward0>)
#> tensor([[-1.1114, -1.8792,  2.9906],
#>         [-1.9661,  1.9661,  0.0000],
#>         [ 0.0000,  0.0000,  0.0000]])
# --8<-- [end:mask-fixed]

# --8<-- [start:anomaly]
def loss(x):
    return 3 * (x - x.mean()).square().sum().sqrt()

x = torch.tensor([2., 2.], requires_grad=True)
print(loss(x), *torch.autograd.grad(loss(x), x))
#> tensor(0., grad_fn=<MulBackward0>) tensor([nan, nan])
with torch.autograd.detect_anomaly():
    g = torch.autograd.grad(loss(x), x)
#! UserWarning: Anomaly Detection has been enabled...
#! UserWarning: Error detected in PowBackward0. Traceback of forward call that caused the error:...
#! RuntimeError: Function 'PowBackward0' returned nan values in its 0th output.
# --8<-- [end:anomaly]

# --8<-- [start:trace]
import warnings

with warnings.catch_warnings(record=True) as caught, torch.autograd.detect_anomaly():
    g = torch.autograd.grad(loss(x), x)
#! RuntimeError: Function 'PowBackward0' returned nan values in its 0th output.
print(str(caught[-1].message).splitlines()[-2])
#>     return 3 * (x - x.mean()).square().sum().sqrt()
# --8<-- [end:trace]

# --8<-- [start:watch]
trail = []

def watch(name, tensor):
    """记下传到这个张量的梯度。"""
    tensor.register_hook(lambda g: trail.append((name, g.tolist())))
    return tensor

a = watch("a", x - x.mean())
b = watch("b", torch.dot(a, a))
c = watch("c", b.sqrt())
(3 * c).backward()
print(*trail, sep="\n")
#> ('c', 3.0)
#> ('b', inf)
#> ('a', [nan, nan])
# --8<-- [end:watch]

# --8<-- [start:ranges]
powers = torch.tensor([88., 89.])
print(powers, powers.exp())
#> tensor([88., 89.]) tensor([1.6516e+38,        inf])
top = torch.finfo(torch.float16).max
print(torch.tensor([6e-8, 2e-8, top, top + top], dtype=torch.float16))
#> tensor([5.9605e-08, 0.0000e+00, 6.5504e+04,        inf], dtype=torch.float16)
print(torch.tensor([2e-8, top + top], dtype=torch.bfloat16))
#> tensor([2.0023e-08, 1.3107e+05], dtype=torch.bfloat16)
# --8<-- [end:ranges]

# --8<-- [start:half]
def half_gradient(scale):
    """放大 scale 倍的损失在半精度下的梯度，和在单精度里除回去的结果。"""
    w = torch.tensor(1., dtype=torch.float16, requires_grad=True)
    loss = w.square() * 1e-4 * 1e-4
    (loss * scale).backward()
    return w.grad.item(), w.grad.item() / scale

for scale in (1, 2 ** 10, 2 ** 20):
    print(scale, *half_gradient(scale))
#> 1 0.0 0.0
#> 1024 2.0503997802734375e-05 2.0023435354232788e-08
#> 1048576 inf inf
# --8<-- [end:half]

# --8<-- [start:bfloat]
w = torch.tensor(1., dtype=torch.bfloat16, requires_grad=True)
(w.square() * 1e-4 * 1e-4).backward()
print(w.grad.item())
#> 2.0023435354232788e-08
# --8<-- [end:bfloat]

# --8<-- [start:scaler]
p = torch.nn.Parameter(torch.tensor(1.))
optimizer = torch.optim.SGD([p], lr=0.25)
scaler = torch.amp.GradScaler("cpu", init_scale=1024., growth_interval=2)

for slope in (2., float("inf"), 2., 2.):
    optimizer.zero_grad()
    scaler.scale(slope * p).backward()
    scaled = p.grad.item()
    scaler.step(optimizer)
    scaler.update()
    print(scaled, p.grad.item(), p.item(), scaler.get_scale())
#> 2048.0 2.0 0.5 1024.0
#> inf inf 0.5 512.0
#> 1024.0 2.0 0.0 512.0
#> 1024.0 2.0 -0.5 1024.0
# --8<-- [end:scaler]

# --8<-- [start:clip]
p = torch.nn.Parameter(torch.empty(3))
limit = 1.

def clip(g):
    p.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_([p], limit)
    print(norm.item(), p.grad)

g = torch.tensor([3., 4., 12.])
clip(g / 26)
#> 0.5 tensor([0.1154, 0.1538, 0.4615])
clip(g)
#> 13.0 tensor([0.2308, 0.3077, 0.9231])
# --8<-- [end:clip]

# --8<-- [start:clip-value]
p.grad = g.clone()
torch.nn.utils.clip_grad_value_([p], limit)
print(g, p.grad)
#> tensor([ 3.,  4., 12.]) tensor([1., 1., 1.])
# --8<-- [end:clip-value]

# --8<-- [start:clip-nan]
for bad in (float("inf"), float("nan")):
    g[2] = bad
    clip(g)
#> inf tensor([0., 0., nan])
#> nan tensor([nan, nan, nan])

torch.nn.utils.clip_grad_norm_([p], limit, error_if_nonfinite=True)
#! RuntimeError: The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped...
# --8<-- [end:clip-nan]

# --8<-- [start:exercise]
n = torch.tensor([0., 1., 4.])

broken = [
    (lambda t: torch.where(t > 0, t.log(), 0), (0.5, 3.), (0., 3.)),
    (lambda t: (t.softmax(0) * t.softmax(0).log()).sum(), (1., 2.), (1., 200.)),
    (lambda t: (t - t[0]).square().sum().sqrt(), (1., 2., 4.), (2., 2., 2.)),
    (lambda t: (t.exp() / t.exp().sum())[0], (1., 2.), (100., 101.)),
    (lambda t: (t / n)[n > 0], (1., 2., 6.), (3., 2., 6.)),
    (lambda t: ((t - t.mean()) / t.std())[0], (1., 2.), (2., 2.)),
]

def try_all(functions):
    for number, (f, (_, good, bad)) in enumerate(zip(functions, broken, strict=True), 1):
        for at in (good, bad):
            print(number, at, end=" ")
            show(f, *at)

try_all([f for f, *_ in broken])
#> 1 (0.5, 3.0) [-0.6931472  1.0986123] [2.         0.33333334]
#> 1 (0.0, 3.0) [0.        1.0986123] [       nan 0.33333334]
#> 2 (1.0, 2.0) -0.5822031 [-0.19661193  0.19661194]
#> 2 (1.0, 200.0) nan [nan nan]
#> 3 (1.0, 2.0, 4.0) 3.1622777 [-1.264911    0.31622776  0.94868326]
#> 3 (2.0, 2.0, 2.0) 0.0 [nan nan nan]
#> 4 (1.0, 2.0) 0.2689414 [ 0.19661191 -0.19661193]
#> 4 (100.0, 101.0) nan [nan nan]
#> 5 (1.0, 2.0, 6.0) [2.  1.5] [ nan 1.   0.25]
#> 5 (3.0, 2.0, 6.0) [2.  1.5] [ nan 1.   0.25]
#> 6 (1.0, 2.0) -0.70710677 [0. 0.]
#> 6 (2.0, 2.0) nan [nan nan]
# --8<-- [end:exercise]

# --8<-- [start:answer]
try_all([
    lambda t: torch.where(t > 0, t, 1).log(),
    lambda t: (t.softmax(0) * t.log_softmax(0)).sum(),
    lambda t: torch.linalg.vector_norm(t - t[0]),
    lambda t: t.softmax(0)[0],
    lambda t: (t / n.clamp(min=1))[n > 0],
    lambda t: ((t - t.mean()) / (t.std() + 1e-3))[0],
])
#> 1 (0.5, 3.0) [-0.6931472  1.0986123] [2.         0.33333334]
#> 1 (0.0, 3.0) [0.        1.0986123] [0.         0.33333334]
#> 2 (1.0, 2.0) -0.5822031 [-0.19661193  0.19661194]
#> 2 (1.0, 200.0) 0.0 [0. 0.]
#> 3 (1.0, 2.0, 4.0) 3.1622777 [-1.264911    0.31622776  0.94868326]
#> 3 (2.0, 2.0, 2.0) 0.0 [0. 0. 0.]
#> 4 (1.0, 2.0) 0.26894143 [ 0.19661194 -0.19661194]
#> 4 (100.0, 101.0) 0.26894143 [ 0.19661194 -0.19661194]
#> 5 (1.0, 2.0, 6.0) [2.  1.5] [0.   1.   0.25]
#> 5 (3.0, 2.0, 6.0) [2.  1.5] [0.   1.   0.25]
#> 6 (1.0, 2.0) -0.7061082 [ 0.00099719 -0.00099719]
#> 6 (2.0, 2.0) 0.0 [ 499.99997 -499.99997]
# --8<-- [end:answer]
