# --8<-- [start:where]
import torch

x = torch.tensor([0., 4.], requires_grad=True)
root = x.sqrt()
y = torch.where(x > 0, root, 0)
y.sum().backward()
print(y, x.grad)
#> tensor([0., 2.], grad_fn=<WhereBackward0>) tensor([   nan, 0.2500])
# --8<-- [end:where]

# --8<-- [start:product]
incoming = torch.tensor([0., 1.])
local = 1 / (2 * torch.sqrt(torch.tensor([0., 4.])))
print(incoming, local, incoming * local, sep="\n")
#> tensor([0., 1.])
#> tensor([   inf, 0.2500])
#> tensor([   nan, 0.2500])
# --8<-- [end:product]

# --8<-- [start:again]
root = x.sqrt()
y = torch.where(x > 0, root, 0)
# --8<-- [end:again]

# --8<-- [start:double-where]
def safe_sqrt(x):
    inside = torch.where(x > 0, x, 9)
    return torch.where(x > 0, inside.sqrt(), 0)

y = safe_sqrt(x)
y, torch.autograd.grad(y.sum(), x)[0]
#> (tensor([0., 2.], grad_fn=<WhereBackward0>), tensor([0.0000, 0.2500]))
# --8<-- [end:double-where]

# --8<-- [start:show]
def show(f, *numbers):
    """f 在这一点的值和梯度；f 的输出求和之后再反向。"""
    t = torch.tensor(numbers, requires_grad=True)
    y = f(t)
    (g,) = torch.autograd.grad(y.sum(), t)
    print(y.detach().numpy(), g.numpy())

counts = torch.tensor([0., 2., 4.])
seen = counts > 0

show(lambda t: t / counts, 0., 6., 8.)
#> [nan  3.  2.] [ inf 0.5  0.25]
show(lambda t: (t / counts)[seen], 0., 6., 8.)
#> [3. 2.] [ nan 0.5  0.25]
show(lambda t: torch.where(seen, t / counts, 5), 0., 6., 8.)
#> [5. 3. 2.] [ nan 0.5  0.25]
show(lambda t: torch.nan_to_num(t / counts, 5), 0., 6., 8.)
#> [5. 3. 2.] [ nan 0.5  0.25]
# --8<-- [end:show]

# --8<-- [start:divide]
show(lambda t: t / torch.where(seen, counts, 1), 0., 6., 8.)
#> [0. 3. 2.] [1.   0.5  0.25]
show(lambda t: torch.where(seen, t / torch.where(seen, counts, 1), 5), 0., 6., 8.)
#> [5. 3. 2.] [0.   0.5  0.25]
# --8<-- [end:divide]

# --8<-- [start:lse]
show(lambda t: t.exp().sum().log(), 1., 2.)
#> 2.3132617 [0.2689414 0.7310586]
show(lambda t: t.exp().sum().log(), 1001., 1002.)
#> inf [nan nan]
show(lambda t: t.logsumexp(0), 1001., 1002.)
#> 1002.31323 [0.2689493 0.73108  ]
# --8<-- [end:lse]

# --8<-- [start:stable]
import torch.nn.functional as F

rows = [
    ("log(sigmoid(t))", lambda t: t.sigmoid().log(), -200.),
    ("logsigmoid(t)", F.logsigmoid, -200.),
    ("log(1 + exp(t))", lambda t: (1 + t.exp()).log(), 200.),
    ("softplus(t)", F.softplus, 200.),
    ("log(1 - exp(t))", lambda t: (1 - t.exp()).log(), -1e-9),
    ("log(-expm1(t))", lambda t: (-t.expm1()).log(), -1e-9),
]
for name, f, at in rows:
    t = torch.tensor(at, requires_grad=True)
    y = f(t)
    (g,) = torch.autograd.grad(y, t)
    print(f"{name:16} {at:6} {y.item():8.4g} {g.item():8.4g}")
#> log(sigmoid(t))  -200.0     -inf      nan
#> logsigmoid(t)    -200.0     -200        1
#> log(1 + exp(t))   200.0      inf      nan
#> softplus(t)       200.0      200        1
#> log(1 - exp(t))  -1e-09     -inf     -inf
#> log(-expm1(t))   -1e-09   -20.72   -1e+09
# --8<-- [end:stable]

# --8<-- [start:mask]
masks = torch.tensor([[0., 0., -torch.inf], [-torch.inf, -torch.inf, -torch.inf]])
values = torch.tensor([10., 20., 30.])
z = torch.tensor([[1., 2., 3.], [1., 2., 3.]], requires_grad=True)
out = (z + masks).softmax(1) @ values
print(out, torch.autograd.grad(out.sum(), z)[0], sep="\n")
#> tensor([17.3106,     nan], grad_fn=<MvBackward0>)
#> tensor([[-1.9661,  1.9661,  0.0000],
#>         [    nan,     nan,     nan]])
# --8<-- [end:mask]

# --8<-- [start:mask-fixed]
alive = (masks == 0).any(1)
out = torch.where(alive, (z + torch.where(alive[:, None], masks, 0)).softmax(1) @ values, 0)
print(out, torch.autograd.grad(out.sum(), z)[0], sep="\n")
#> tensor([17.3106,  0.0000], grad_fn=<WhereBackward0>)
#> tensor([[-1.9661,  1.9661,  0.0000],
#>         [ 0.0000,  0.0000,  0.0000]])
# --8<-- [end:mask-fixed]

# --8<-- [start:anomaly]
def loss(x):
    distance = (x - x.mean()).square().sum().sqrt()
    return 3 * distance

x = torch.tensor([2., 2.], requires_grad=True)
loss(x).backward()
print(loss(x), x.grad)
#> tensor(0., grad_fn=<MulBackward0>) tensor([nan, nan])
with torch.autograd.detect_anomaly():
    loss(x).backward()
#! UserWarning: Anomaly Detection has been enabled...
#! UserWarning: Error detected in PowBackward0. Traceback of forward call that caused the error:...
#! RuntimeError: Function 'PowBackward0' returned nan values in its 0th output.
# --8<-- [end:anomaly]

# --8<-- [start:trace]
import warnings

with warnings.catch_warnings(record=True) as caught, torch.autograd.detect_anomaly():
    loss(x).backward()
#! RuntimeError: Function 'PowBackward0' returned nan values in its 0th output.
print(str(caught[-1].message).splitlines()[-2])
#>     distance = (x - x.mean()).square().sum().sqrt()
# --8<-- [end:trace]

# --8<-- [start:watch]
trail = []

def watch(name, tensor):
    """记下传到这个张量的梯度。"""
    tensor.register_hook(lambda g: trail.append((name, g.tolist())))
    return tensor

a = watch("a = x - 平均", x - x.mean())
b = watch("b = a²", a.square())
c = watch("c = b 的和", b.sum())
d = watch("d = √c", c.sqrt())
(3 * d).backward()
for name, g in trail:
    print(f"{name:12} {g}")
#> d = √c       3.0
#> c = b 的和     inf
#> b = a²       [inf, inf]
#> a = x - 平均   [nan, nan]
# --8<-- [end:watch]

# --8<-- [start:ranges]
print(torch.tensor([88., 89.]).exp())
#> tensor([1.6516e+38,        inf])
print(torch.tensor([6e-8, 2e-8, 65504., 65520.], dtype=torch.float16))
#> tensor([5.9605e-08, 0.0000e+00, 6.5504e+04,        inf], dtype=torch.float16)
print(torch.tensor([2e-8, 65520., 3e38], dtype=torch.bfloat16))
#> tensor([2.0023e-08, 6.5536e+04, 3.0041e+38], dtype=torch.bfloat16)
# --8<-- [end:ranges]

# --8<-- [start:half]
def half_gradient(scale):
    """放大 scale 倍的损失在半精度下的梯度，和在单精度里除回去的结果。"""
    w = torch.tensor(1., dtype=torch.float16, requires_grad=True)
    loss = w * 2e-4 * 1e-4
    (loss.float() * scale).backward()
    return w.grad.item(), w.grad.item() / scale

for scale in (1, 2 ** 10, 2 ** 20):
    print(scale, *half_gradient(scale))
#> 1 0.0 0.0
#> 1024 2.0503997802734375e-05 2.0023435354232788e-08
#> 1048576 inf inf
# --8<-- [end:half]

# --8<-- [start:bfloat]
w = torch.tensor(1., dtype=torch.bfloat16, requires_grad=True)
(w * 2e-4 * 1e-4).backward()
print(w.grad.item())
#> 2.0023435354232788e-08
# --8<-- [end:bfloat]

# --8<-- [start:scaler]
p = torch.nn.Parameter(torch.tensor([1.]))
optimizer = torch.optim.SGD([p], lr=0.25)
scaler = torch.amp.GradScaler("cpu", init_scale=1024., growth_interval=2)

for slope in (2., float("inf"), 2., 2.):
    optimizer.zero_grad()
    scaler.scale((slope * p).sum()).backward()
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
p = torch.nn.Parameter(torch.zeros(3))

def clip(*g):
    p.grad = torch.tensor(g)
    norm = torch.nn.utils.clip_grad_norm_([p], 1.)
    print(norm.item(), p.grad)

clip(0.6, 0., 0.)
#> 0.6000000238418579 tensor([0.6000, 0.0000, 0.0000])
clip(3., 4., 12.)
#> 13.0 tensor([0.2308, 0.3077, 0.9231])
clip(3., 4., float("inf"))
#> inf tensor([0., 0., nan])
clip(3., 4., float("nan"))
#> nan tensor([nan, nan, nan])
# --8<-- [end:clip]

# --8<-- [start:clip-value]
p.grad = torch.tensor([3., 4., 12.])
torch.nn.utils.clip_grad_value_([p], 1.)
print(p.grad)
#> tensor([1., 1., 1.])
# --8<-- [end:clip-value]

# --8<-- [start:clip-strict]
p.grad = torch.tensor([3., 4., torch.nan])
torch.nn.utils.clip_grad_norm_([p], 1., error_if_nonfinite=True)
#! RuntimeError: The total norm of order 2.0 for gradients from `parameters` is non-finite, so it cannot be clipped...
# --8<-- [end:clip-strict]

# --8<-- [start:exercise]
n = torch.tensor([0., 2.])

broken = [
    (lambda t: torch.where(t > 0, t.log(), 0), (0., 2.)),
    (lambda t: (t.softmax(0) * t.softmax(0).log()).sum(), (0., -200.)),
    (lambda t: (t - t[0]).square().sum().sqrt(), (2., 2., 2.)),
    (lambda t: (t.exp() / t.exp().sum())[0], (100., 101.)),
    (lambda t: (t / n)[n > 0], (3., 4.)),
    (lambda t: ((t - t.mean()) / t.std())[0], (2., 2.)),
]
for f, at in broken:
    show(f, *at)
#> [0.        0.6931472] [nan 0.5]
#> nan [nan nan]
#> 0.0 [nan nan nan]
#> nan [nan nan]
#> [2.] [nan 0.5]
#> nan [nan nan]
# --8<-- [end:exercise]

# --8<-- [start:answer]
fixed = [
    lambda t: torch.where(t > 0, torch.where(t > 0, t, 1).log(), 0),
    lambda t: (t.softmax(0) * t.log_softmax(0)).sum(),
    lambda t: torch.linalg.vector_norm(t - t[0]),
    lambda t: t.softmax(0)[0],
    lambda t: t / torch.where(n > 0, n, 1) * (n > 0),
    lambda t: ((t - t.mean()) / (t.std() + 1e-3))[0],
]
for f, (_, at) in zip(fixed, broken, strict=True):
    show(f, *at)
#> [0.        0.6931472] [0.  0.5]
#> 0.0 [0. 0.]
#> 0.0 [0. 0. 0.]
#> 0.26894143 [ 0.19661194 -0.19661194]
#> [0. 2.] [0.  0.5]
#> 0.0 [ 499.99997 -499.99997]
# --8<-- [end:answer]
