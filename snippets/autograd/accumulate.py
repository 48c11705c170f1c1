# --8<-- [start:setup]
import torch

x = torch.tensor([1., 1, 4, 5], requires_grad=True)
y = 2 * torch.dot(x, x)
y.backward()
x.grad
#> tensor([ 4.,  4., 16., 20.])
# --8<-- [end:setup]

# --8<-- [start:accumulate]
z = x.sum()
z.backward()
x.grad
#> tensor([ 5.,  5., 17., 21.])
# --8<-- [end:accumulate]

# --8<-- [start:zero]
x.grad.zero_()

print(x.grad)
#> tensor([0., 0., 0., 0.])
z.backward()
print(x.grad)
#> tensor([1., 1., 1., 1.])
# --8<-- [end:zero]

# --8<-- [start:same-object]
before = x.grad
z.backward()
x.grad is before, before
#> (True, tensor([2., 2., 2., 2.]))
# --8<-- [end:same-object]

# --8<-- [start:create-graph]
c = (x ** 3).sum()
c.backward(create_graph=True)
#! UserWarning: Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause a memory leak...
print(before)
#> tensor([2., 2., 2., 2.])
print(x.grad)
#> tensor([ 5.,  5., 50., 77.], grad_fn=<AddBackward0>)
# --8<-- [end:create-graph]

# --8<-- [start:twice]
x.grad = None
y = 2 * torch.dot(x, x)
y.backward()
y.backward()
#! RuntimeError: Trying to backward through the graph a second time...
print(x.grad)
#> tensor([ 4.,  4., 16., 20.])
# --8<-- [end:twice]

# --8<-- [start:saved]
def saved(node):
    """结点为反向计算保存的张量的名字。"""
    names = [name for name in dir(node) if name.startswith("_saved_")]
    return [name for name in names if torch.is_tensor(getattr(node, name))]

for value in (torch.dot(x, x), x.sum()):
    print(value.grad_fn.name(), saved(value.grad_fn))
#> DotBackward0 ['_saved_self', '_saved_tensor']
#> SumBackward0 []
# --8<-- [end:saved]

# --8<-- [start:shared]
w = torch.tensor(0.5, requires_grad=True)
data = torch.tensor([1., 2., 3., 4., 5.])

def loss(first, second):
    return (torch.sin(first * data) * second).sum()

loss(w, w).backward()

first = torch.tensor(0.5, requires_grad=True)
second = torch.tensor(0.5, requires_grad=True)
parts = torch.autograd.grad(loss(first, second), [first, second])
print(w.grad)
#> tensor(2.0762)
print(sum(parts), parts)
#> tensor(2.0762) (tensor(-1.7500), tensor(3.8262))
# --8<-- [end:shared]

# --8<-- [start:micro]
from torch.autograd.graph import saved_tensors_hooks

def gradient(batches, reduce):
    """逐批反向，返回累积的梯度，以及每一批为反向保存的字节数。"""
    w = torch.tensor(1., requires_grad=True)
    saved = []
    for batch in batches:
        sizes = []
        with saved_tensors_hooks(lambda t: sizes.append(t.nbytes) or t, lambda t: t):
            errors = (w * batch + 1) ** 2
        reduce(errors).backward()
        saved.append(sum(sizes))
    return w.grad, saved

print(gradient([data], torch.sum))
#> (tensor(140.), [40])
print(gradient(data.split(2), torch.sum))
#> (tensor(140.), [16, 16, 8])
# --8<-- [end:micro]

# --8<-- [start:memory]
address = x.grad.data_ptr()
x.grad.zero_()
print(x.grad, x.grad.data_ptr() == address)
#> tensor([0., 0., 0., 0.]) True
# --8<-- [end:memory]

# --8<-- [start:free]
import weakref

buffer = weakref.ref(x.grad.untyped_storage())
size = buffer().nbytes()
x.grad = None
size, buffer()
#> (16, None)
# --8<-- [end:free]

# --8<-- [start:step]
def two_steps(grad, **options):
    """参数从 1 出发，先以梯度 0.5 走一步，再以给定的梯度走一步；返回两步之后的参数。"""
    w = torch.nn.Parameter(torch.tensor(1.))
    optimizer = torch.optim.SGD([w], lr=1., **options)
    path = []
    for w.grad in (torch.tensor(0.5), grad):
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)

for options in ({}, {"weight_decay": 0.1}, {"momentum": 0.4}):
    print(options, two_steps(torch.tensor(0.), **options), two_steps(None, **options))
#> {} tensor([0.5000, 0.5000]) tensor([0.5000, 0.5000])
#> {'weight_decay': 0.1} tensor([0.4000, 0.3600]) tensor([0.4000, 0.4000])
#> {'momentum': 0.4} tensor([0.5000, 0.3000]) tensor([0.5000, 0.5000])
# --8<-- [end:step]

# --8<-- [start:zero-grad]
optimizer = torch.optim.SGD([x])

for options in [{}, {"set_to_none": False}]:
    z.backward()
    before = x.grad.clone()
    optimizer.zero_grad(**options)
    print(before, x.grad)
#> tensor([1., 1., 1., 1.]) None
#> tensor([1., 1., 1., 1.]) tensor([0., 0., 0., 0.])
# --8<-- [end:zero-grad]

# --8<-- [start:after-none]
optimizer.zero_grad()
x.grad.zero_()
#! AttributeError: 'NoneType' object has no attribute 'zero_'
# --8<-- [end:after-none]

# --8<-- [start:forget]
import matplotlib.pyplot as plt

def descend(zero, steps=60, rate=0.1):
    """对 w²/2 做梯度下降，返回各步的参数。"""
    w = torch.tensor(1., requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate)
    path = []
    for _ in range(steps):
        path.append(w.item())
        if zero:
            optimizer.zero_grad()
        (w ** 2 / 2).backward()
        optimizer.step()
    return path

cleared, forgotten = descend(zero=True), descend(zero=False)
for name, path in {"清零": cleared, "不清零": forgotten}.items():
    print(name, [round(path[step], 3) for step in (0, 1, 2, 10, 20, 40)])
#> 清零 [1.0, 0.9, 0.81, 0.349, 0.122, 0.015]
#> 不清零 [1.0, 0.9, 0.71, -0.994, 0.987, 0.969]
# --8<-- [end:forget]

# --8<-- [start:forget-figure]
plt.rcParams["axes.spines.top"] = plt.rcParams["axes.spines.right"] = False
figure, axes = plt.subplots(figsize=(5, 2.8), subplot_kw={"xlabel": "步", "ylabel": "参数"})
axes.axhline(0, color="0.5", linewidth=0.6)
for path, name, color in [(cleared, "清零", "#0f766e"), (forgotten, "不清零", "#b45309")]:
    axes.plot(path, color=color, linewidth=1.3)
    axes.text(len(path), path[-1], name, color=color, va="center")
#> ![对 w²/2 做梯度下降：清零的一条降到 0，不清零的一条一直振荡](forget-zero.svg)
# --8<-- [end:forget-figure]

# --8<-- [start:order]
def train(order):
    """按给定的次序执行清零、反向、更新，重复三步，返回参数。"""
    w = torch.tensor(8., requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    for _ in range(3):
        for name in order.split():
            if name == "zero_grad":
                optimizer.zero_grad()
            elif name == "backward":
                (w ** 2 / 2).backward()
            else:
                optimizer.step()
    return w.detach()

for order in ["zero_grad backward step", "backward step zero_grad", "backward zero_grad step", "backward step"]:
    print(f"{order:<24}", train(order))
#> zero_grad backward step  tensor(1.)
#> backward step zero_grad  tensor(1.)
#> backward zero_grad step  tensor(8.)
#> backward step            tensor(-7.)
# --8<-- [end:order]

# --8<-- [start:uneven]
batches = data.split([3, 2])

whole, _ = gradient([data], torch.mean)
means, _ = gradient(batches, lambda errors: torch.mean(errors) / 2)
sums, _ = gradient(batches, lambda errors: torch.sum(errors) / 5)
print(whole, means, sums)
#> tensor(28.) tensor(31.6667) tensor(28.)
# --8<-- [end:uneven]

# --8<-- [start:uneven-parts]
first, second = [gradient([batch], torch.mean)[0] for batch in batches]
print(first, second)
#> tensor(13.3333) tensor(50.)
print((first + second) / 2, 3 / 5 * first + 2 / 5 * second)
#> tensor(31.6667) tensor(28.)
# --8<-- [end:uneven-parts]

# --8<-- [start:exercise]
import torch.nn.functional as F

torch.manual_seed(0)
words, width = 4, 3
hidden = torch.randn(3, 5, width, dtype=torch.float64)
targets = torch.tensor([[1, 3, 0, 2, 1], [2, 0, -100, -100, -100], [3, 1, 2, -100, -100]])
W = torch.randn(words, width, dtype=torch.float64, requires_grad=True)

def cross_entropy(hidden, targets, reduction):
    """各个位置的交叉熵；目标是 -100 的位置是补齐用的，不算。"""
    logits = hidden @ W.T
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction=reduction)

(full,) = torch.autograd.grad(cross_entropy(hidden, targets, "mean"), W)
print(full)
#> tensor([[ 0.3600,  0.1387,  0.2522],
#>         [ 0.1631,  0.0092,  0.1374],
#>         [-0.0183, -0.1386, -0.0091],
#>         [-0.5047, -0.0093, -0.3805]], dtype=torch.float64)
# --8<-- [end:exercise]

# --8<-- [start:answer]
def accumulated(loss_of):
    """三个句子各成一批，返回累积的梯度。"""
    W.grad = None
    for i in range(len(targets)):
        loss_of(hidden[i : i + 1], targets[i : i + 1]).backward()
    return W.grad

total = (targets != -100).sum()
wrong = accumulated(lambda h, t: cross_entropy(h, t, "mean") / 3)
right = accumulated(lambda h, t: cross_entropy(h, t, "sum") / total)

print(wrong[0], right[0], sep="\n")
#> tensor([0.3653, 0.1704, 0.1560], dtype=torch.float64)
#> tensor([0.3600, 0.1387, 0.2522], dtype=torch.float64)
print(total, torch.allclose(right, full))
#> tensor(10) True
# --8<-- [end:answer]

# --8<-- [start:answer-padded]
padded = accumulated(lambda h, t: cross_entropy(h, t, "sum") / targets.numel())
print(full[0] / padded[0], 15 / total)
#> tensor([1.5000, 1.5000, 1.5000], dtype=torch.float64) tensor(1.5000)
# --8<-- [end:answer-padded]
