# --8<-- [start:three]
import torch

def gradient(f, *numbers):
    """f 在这一点的梯度。"""
    t = torch.tensor(numbers if len(numbers) > 1 else numbers[0], requires_grad=True)
    return torch.autograd.grad(f(t), t)[0]

zero = torch.tensor(0.)
ways = {
    "relu(t)": torch.relu,
    "maximum(t, 0)": lambda t: torch.maximum(t, zero),
    "clamp(t, min=0)": lambda t: t.clamp(min=0),
}
points = (-2., 0., 2.)
print(f"{'t':15}", *(f"{at:5}" for at in points))
#> t                -2.0   0.0   2.0
for name, f in ways.items():
    print(f"{name:15}", *(f"{gradient(f, at):5.1f}" for at in points))
#> relu(t)           0.0   0.0   1.0
#> maximum(t, 0)     0.0   0.5   1.0
#> clamp(t, min=0)   0.0   1.0   1.0
# --8<-- [end:three]

# --8<-- [start:figure]
import matplotlib.pyplot as plt

t = torch.linspace(-1, 1, 41)
fig, ax = plt.subplots(figsize=(5, 2.8))
ax.plot(t, torch.relu(t), color="#0f766e", linewidth=2)
for slope in (0, 0.5, 1):
    ax.plot(t, slope * t, color="#b45309", linewidth=0.8, linestyle="--")
    ax.text(1.02, slope, f"斜率 {slope}", va="center", color="#b45309")
ax.text(-0.95, 0.08, "max(t, 0)", color="#0f766e")
ax.set_ylim(-1, 1.1)
ax.spines[["top", "right"]].set_visible(False)
#> ![折点处有许多条支撑直线](subgradients.svg)
# --8<-- [end:figure]

# --8<-- [start:branch]
def f(t, c):
    return torch.where(t > c, t * t, -t)

t = torch.tensor([0.5, 3.], requires_grad=True)
c = torch.tensor(1., requires_grad=True)
y = f(t, c)
print(y, *torch.autograd.grad(y.sum(), (t, c), allow_unused=True))
#> tensor([-0.5000,  9.0000], grad_fn=<WhereBackward0>) tensor([-1.,  6.]) None
# --8<-- [end:branch]

# --8<-- [start:threshold]
def soft(t, c):
    return t * torch.sigmoid(4 * (t - c))

torch.autograd.grad(soft(t, c).sum(), (t, c))
#> (tensor([0.3292, 1.0037]), tensor(-0.2140))
# --8<-- [end:threshold]

# --8<-- [start:d2l]
def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    return b if a > 0 else 100 * b

for number in (62.53125, -62.53125, 3000.):
    print(number, f(torch.tensor(number)).item(), gradient(f, number).item())
#> 62.53125 1000.5 16.0
#> -62.53125 -100050.0 1600.0
#> 3000.0 6000.0 2.0
# --8<-- [end:d2l]

# --8<-- [start:agree]
def agree(numbers):
    """两种比较各有几次成立。"""
    exact = close = 0
    for a in numbers:
        d = f(a.requires_grad_())
        (g,) = torch.autograd.grad(d, a)
        exact += (g == d / a).item()
        close += torch.allclose(g, d / a)
    return exact, close

numbers = torch.linspace(0.01, 5, 500)
print(agree(numbers), agree(-numbers))
#> (500, 500) (450, 500)
# --8<-- [end:agree]

# --8<-- [start:rules]
def show(f, *points):
    """每行是点、值、梯度。"""
    for at in points:
        t = torch.tensor(at, requires_grad=True)
        y = f(t)
        print(at, y.item(), torch.autograd.grad(y, t)[0].item())

show(torch.exp, 2.)
#> 2.0 7.389056205749512 7.389056205749512
show(torch.abs, 0., -2.)
#> 0.0 0.0 0.0
#> -2.0 2.0 -1.0
show(lambda t: -torch.abs(t), 0., -2.)
#> 0.0 -0.0 -0.0
#> -2.0 -2.0 1.0
show(torch.sqrt, 0., -2.)
#> 0.0 0.0 inf
#> -2.0 nan nan
show(torch.log, -2.)
#> -2.0 nan -0.5
# --8<-- [end:rules]

# --8<-- [start:random]
for f in (torch.bernoulli, lambda t: torch.binomial(t, t)):
    show(f, 1.)
#> 1.0 1.0 0.0
#! RuntimeError: derivative for aten::binomial is not implemented...
# --8<-- [end:random]

# --8<-- [start:scalar-table]
import torch.nn.functional as F

table = {
    "relu": (torch.relu, 0.),
    "leaky_relu, 0.1": (lambda t: F.leaky_relu(t, 0.1), 0.),
    "elu": (F.elu, 0.),
    "abs": (torch.abs, 0.),
    "sign": (torch.sign, 0.),
    "clamp(min=0)": (lambda t: t.clamp(min=0), 0.),
    "clamp(max=1)": (lambda t: t.clamp(max=1), 1.),
    "hardtanh": (F.hardtanh, 1.),
    "relu6": (F.relu6, 6.),
    "hardswish": (F.hardswish, 3.),
    "maximum(t, 0)": (lambda t: torch.maximum(t, zero), 0.),
    "round": (torch.round, 0.5),
    "floor": (torch.floor, 1.),
    "frac": (torch.frac, 1.),
    "sqrt": (torch.sqrt, 0.),
    "t ** 0.5": (lambda t: t ** 0.5, 0.),
    "log": (torch.log, 0.),
    "asin": (torch.asin, 1.),
    "xlogy(t, t)": (lambda t: torch.xlogy(t, t), 0.),
    "vector_norm": (torch.linalg.vector_norm, 0.),
}
for name, (f, at) in table.items():
    slopes = [gradient(f, at + step) for step in (-0.25, 0., 0.25)]
    print(f"{name:16} {at:4}", *(f"{slope:8.4g}" for slope in slopes))
#> relu              0.0        0        0        1
#> leaky_relu, 0.1   0.0      0.1      0.1        1
#> elu               0.0   0.7788        1        1
#> abs               0.0       -1        0        1
#> sign              0.0        0        0        0
#> clamp(min=0)      0.0        0        1        1
#> clamp(max=1)      1.0        1        1        0
#> hardtanh          1.0        1        0        0
#> relu6             6.0        1        0        0
#> hardswish         3.0    1.417        1        1
#> maximum(t, 0)     0.0        0      0.5        1
#> round             0.5        0        0        0
#> floor             1.0        0        0        0
#> frac              1.0        1        1        1
#> sqrt              0.0      nan      inf        1
#> t ** 0.5          0.0      nan      inf        1
#> log               0.0       -4      inf        4
#> asin              1.0    1.512      inf      nan
#> xlogy(t, t)       0.0      nan      nan  -0.3863
#> vector_norm       0.0       -1        0        1
# --8<-- [end:scalar-table]

# --8<-- [start:vector-table]
pairs = {
    "max()": (torch.max, (1., 1.)),
    "amax(0)": (lambda t: t.amax(0), (1., 1.)),
    "max(0).values": (lambda t: t.max(0).values, (1., 1.)),
    "median()": (torch.median, (1., 1.)),
    "sort()[0]": (lambda t: t.sort().values[0], (1., 1.)),
    "max_pool1d": (lambda t: F.max_pool1d(t[None], 2), (1., 1.)),
    "maximum(a, b)": (lambda t: torch.maximum(t[0], t[1]), (1., 1.)),
    "vector_norm": (torch.linalg.vector_norm, (0., 0.)),
    "sqrt(sum(t*t))": (lambda t: (t * t).sum().sqrt(), (0., 0.)),
    "hypot(a, b)": (lambda t: torch.hypot(t[0], t[1]), (0., 0.)),
    "std()": (torch.std, (2., 2.)),
}
for name, (f, (a, b)) in pairs.items():
    print(f"{name:15} {a, b}", gradient(f, a, b).numpy(), gradient(f, a + 3, b + 4).numpy().round(4))
#> max()           (1.0, 1.0) [0.5 0.5] [0. 1.]
#> amax(0)         (1.0, 1.0) [0.5 0.5] [0. 1.]
#> max(0).values   (1.0, 1.0) [1. 0.] [0. 1.]
#> median()        (1.0, 1.0) [0.5 0.5] [1. 0.]
#> sort()[0]       (1.0, 1.0) [1. 0.] [1. 0.]
#> max_pool1d      (1.0, 1.0) [1. 0.] [0. 1.]
#> maximum(a, b)   (1.0, 1.0) [0.5 0.5] [0. 1.]
#> vector_norm     (0.0, 0.0) [0. 0.] [0.6 0.8]
#> sqrt(sum(t*t))  (0.0, 0.0) [nan nan] [0.6 0.8]
#> hypot(a, b)     (0.0, 0.0) [nan nan] [0.6 0.8]
#> std()           (2.0, 2.0) [0. 0.] [-0.7071  0.7071]
# --8<-- [end:vector-table]

# --8<-- [start:compose]
def identity(t):
    return torch.relu(t) - torch.relu(-t)

show(identity, -2., 0., 2.)
#> -2.0 -2.0 1.0
#> 0.0 0.0 0.0
#> 2.0 2.0 1.0
# --8<-- [end:compose]

# --8<-- [start:gradcheck]
from torch.autograd import gradcheck

try:
    passed = gradcheck(torch.relu, torch.zeros(1, dtype=torch.float64, requires_grad=True))
except RuntimeError as error:
    print(str(error).strip())
#> Jacobian mismatch for output 0 with respect to input 0,
#> numerical:tensor([[0.5000]], dtype=torch.float64)
#> analytical:tensor([[0.]], dtype=torch.float64)
# --8<-- [end:gradcheck]

# --8<-- [start:argmax]
z = torch.tensor([1., 2., 0.], requires_grad=True)
v = torch.tensor([10., 20., 40.])

print(*torch.autograd.grad(z.round(), z, v))
#> tensor([0., 0., 0.])
choice = z.argmax()
print(choice)
#> tensor(1)
choice.backward()
#! RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
# --8<-- [end:argmax]

# --8<-- [start:straight]
s = torch.softmax(z, 0)
hard = F.one_hot(z.argmax(), 3)
choice = hard + (s - s.detach())
(g,) = torch.autograd.grad(torch.dot(v, choice), z)
print(choice.detach(), g, s.detach() * (v - torch.dot(s, v).detach()), sep="\n")
#> tensor([0., 1., 0.])
#> tensor([-2.2890,  0.4302,  1.8588])
#> tensor([-2.2890,  0.4302,  1.8588])
# --8<-- [end:straight]

# --8<-- [start:gumbel]
torch.manual_seed(0)
samples = F.gumbel_softmax(z.expand(10000, 3), tau=0.5, hard=True)
print(samples[:3].detach())
#> tensor([[0., 1., 0.],
#>         [0., 1., 0.],
#>         [0., 1., 0.]])
print(samples.mean(0).detach(), s.detach())
#> tensor([0.2364, 0.6710, 0.0926]) tensor([0.2447, 0.6652, 0.0900])
# --8<-- [end:gumbel]

# --8<-- [start:gumbel-grad]
(exact,) = torch.autograd.grad(torch.dot(v, z.softmax(0)), z)
(estimate,) = torch.autograd.grad(torch.dot(v, samples.mean(0)), z)
print(exact, estimate, sep="\n")
#> tensor([-2.2890,  0.4302,  1.8588])
#> tensor([-2.2044,  0.1840,  2.0204])
# --8<-- [end:gumbel-grad]

# --8<-- [start:lasso]
b = torch.tensor([2., 0.3, -1.5])
weight, step = 0.5, 0.4

w = torch.zeros(3, requires_grad=True)
for _ in range(20):
    loss = F.mse_loss(w, b, reduction="sum") / 2 + weight * w.abs().sum()
    (g,) = torch.autograd.grad(loss, w)
    with torch.no_grad():
        w -= step * g
print(w)
#> tensor([ 1.5000, -0.0163, -1.0000], requires_grad=True)
# --8<-- [end:lasso]

# --8<-- [start:answer]
def shrink(u, amount):
    """软阈值：向零收缩 amount，不够减就取零。"""
    return u.sign() * (u.abs() - amount).clamp(min=0)

w = torch.zeros(3, requires_grad=True)
for _ in range(20):
    (g,) = torch.autograd.grad(F.mse_loss(w, b, reduction="sum") / 2, w)
    w = shrink(w.detach() - step * g, step * weight).requires_grad_()
print(w)
#> tensor([ 1.4999,  0.0000, -1.0000], requires_grad=True)
print(shrink(b, weight))
#> tensor([ 1.5000,  0.0000, -1.0000])
# --8<-- [end:answer]

# --8<-- [start:hinge]
def push(u, step):
    """合页损失的近端：不到 1 就向 1 推 step，至多推到 1。"""
    return torch.where(u < 1, torch.minimum(u + step, torch.ones(())), u)

u = torch.tensor([0.2, 0.9, 1.5])
m = push(u, 0.25)
print(m, (m - u) / 0.25)
#> tensor([0.4500, 1.0000, 1.5000]) tensor([1.0000, 0.4000, 0.0000])
# --8<-- [end:hinge]
