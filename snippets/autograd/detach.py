# --8<-- [start:setup]
import torch

x = torch.tensor([1., 1, 4, 5], requires_grad=True)
x.sum().backward()
x.grad
#> tensor([1., 1., 1., 1.])
# --8<-- [end:setup]

# --8<-- [start:detach]
x.grad.zero_()
y = x * x
u = y.detach()
z = u * x
print(y)
#> tensor([ 1.,  1., 16., 25.], grad_fn=<MulBackward0>)
# --8<-- [end:detach]

# --8<-- [start:backward]
z.sum().backward()
x.grad
#> tensor([ 1.,  1., 16., 25.])
# --8<-- [end:backward]

# --8<-- [start:same-value]
torch.equal(z, y * x)
#> True
# --8<-- [end:same-value]

# --8<-- [start:leaf]
u, u.is_leaf, u.requires_grad, u.grad_fn
#> (tensor([ 1.,  1., 16., 25.]), True, False, None)
# --8<-- [end:leaf]

# --8<-- [start:still]
x.grad.zero_()
y.sum().backward()
x.grad
#> tensor([ 2.,  2.,  8., 10.])
# --8<-- [end:still]

# --8<-- [start:connected]
x.grad.zero_()
y = x * x
z = y * x
z.sum().backward()
x.grad
#> tensor([ 3.,  3., 48., 75.])
# --8<-- [end:connected]

# --8<-- [start:probe]
def probe(make):
    """由叶子 t = 3 造 w：与 t 共享内存吗，改 w 会动 t 的版本号吗，w·t 对 t 的梯度。"""
    t = torch.tensor(3., requires_grad=True)
    w = make(t)
    shared = w.data_ptr() == t.data_ptr()
    try:
        (w * t).backward()
        result = t.grad
    except RuntimeError as error:
        result = str(error)[:46]
    before = t._version
    with torch.inference_mode():
        w.zero_()
    return shared, t._version > before, result

def compute(mode):
    def make(t):
        with mode:
            return 1 * t
    return make

ways = {
    "t.detach()": lambda t: t.detach(),
    "t.clone()": lambda t: t.clone(),
    "t.detach().clone()": lambda t: t.detach().clone(),
    "t.data": lambda t: t.data,
    "t.requires_grad_(False)": lambda t: t.requires_grad_(False),
    "no_grad: 1 * t": compute(torch.no_grad()),
    "inference_mode: 1 * t": compute(torch.inference_mode()),
}
for name, make in ways.items():
    shared, counted, result = probe(make)
    print(f"{name:24} {shared!s:6} {counted!s:6} {result}")
#> t.detach()               True   True   3.0
#> t.clone()                False  False  6.0
#> t.detach().clone()       False  False  3.0
#> t.data                   True   False  3.0
#> t.requires_grad_(False)  True   True   element 0 of tensors does not require grad and
#> no_grad: 1 * t           False  False  3.0
#> inference_mode: 1 * t    False  False  Inference tensors cannot be saved for backward
# --8<-- [end:probe]

# --8<-- [start:shared]
y = 2 * x
u = y.detach()
u[0] = 100.
y, u.data_ptr() == y.data_ptr()
#> (tensor([100.,   2.,   8.,  10.], grad_fn=<MulBackward0>), True)
# --8<-- [end:shared]

# --8<-- [start:version]
y = x.exp()
u = y.detach()
u.mul_(10)
print(u.round())
#> tensor([  27.,   27.,  546., 1484.])
y.sum().backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [4]], which is output 0 of Exp, is at version 1; expected version 0 instead...
# --8<-- [end:version]

# --8<-- [start:data]
x.grad.zero_()
y = x.exp()
y.data.mul_(10)
y.sum().backward()
x.grad / x.exp().detach()
#> tensor([10., 10., 10., 10.])
# --8<-- [end:data]

# --8<-- [start:data-weight]
x.grad.zero_()
w = torch.tensor([1., 2, 3, 4], requires_grad=True)
loss = torch.dot(w, x)
w.data.mul_(3)
loss.backward()
print(x.grad, w.grad)
#> tensor([ 3.,  6.,  9., 12.]) tensor([1., 1., 4., 5.])
# --8<-- [end:data-weight]

# --8<-- [start:weight-detach]
loss = torch.dot(w, x)
print(w.detach().mul_(3))
#> tensor([ 9., 18., 27., 36.])
loss.backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation...
# --8<-- [end:weight-detach]

# --8<-- [start:no-grad]
with torch.no_grad():
    y = x * x
y, y.requires_grad, y.grad_fn
#> (tensor([ 1.,  1., 16., 25.]), False, None)
# --8<-- [end:no-grad]

# --8<-- [start:saved]
from torch.autograd.graph import saved_tensors_hooks

sizes = []

def pack(tensor):
    sizes.append(tensor.nbytes)
    return tensor

with saved_tensors_hooks(pack, lambda tensor: tensor):
    y = x.tanh().tanh()
    print(sizes)
    with torch.no_grad():
        z = x.tanh().tanh()
    print(sizes)
#> [16, 16]
#> [16, 16]
print(y.detach(), z, *torch.autograd.grad(y.sum(), x), sep="\n")
#> tensor([0.6420, 0.6420, 0.7613, 0.7616])
#> tensor([0.6420, 0.6420, 0.7613, 0.7616])
#> tensor([2.4687e-01, 2.4687e-01, 5.6370e-04, 7.6259e-05])
# --8<-- [end:saved]

# --8<-- [start:inference]
with torch.inference_mode():
    i = x * x
print(i.is_inference(), i + x, sep="\n")
#> True
#> tensor([ 2.,  2., 20., 30.], grad_fn=<AddBackward0>)
torch.dot(i, x)
#! RuntimeError: Inference tensors cannot be saved for backward...
i._version
#! RuntimeError: Inference tensors do not track version counter.
i.add_(1)
#! RuntimeError: Inplace update to inference tensor outside InferenceMode is not allowed...
i.clone() * x
#> tensor([  2.,   2.,  68., 130.], grad_fn=<MulBackward0>)
# --8<-- [end:inference]

# --8<-- [start:freeze]
x.grad = None
first, second = torch.nn.Linear(4, 3), torch.nn.Linear(3, 1)
first.requires_grad_(False)
second(first(x)).backward()
print([p.grad is None for p in (first.weight, first.bias, second.weight, second.bias)])
#> [True, True, False, False]
print(torch.allclose(x.grad, (second.weight @ first.weight)[0]))
#> True
# --8<-- [end:freeze]

# --8<-- [start:freeze-non-leaf]
x.tanh().requires_grad_(False)
#! RuntimeError: you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().
# --8<-- [end:freeze-non-leaf]

# --8<-- [start:eval]
torch.manual_seed(0)
drop = torch.nn.Dropout(0.5)

def gradient():
    return torch.autograd.grad(drop(x).sum(), x)[0]

print(gradient())
#> tensor([0., 0., 2., 0.])
drop.eval()
print(gradient())
#> tensor([1., 1., 1., 1.])
# --8<-- [end:eval]

# --8<-- [start:train-no-grad]
drop.train()
with torch.no_grad():
    y = drop(x)
print(y, y.requires_grad)
#> tensor([ 0.,  0.,  8., 10.]) False
# --8<-- [end:train-no-grad]

# --8<-- [start:answer]
x = torch.tensor(2., requires_grad=True)

for y in [
    x.detach() * x,
    (x * x).detach() * x + x * x,
    x.clone() * x.detach(),
    x - x.detach(),
    torch.exp(x - x.detach()) * 7,
]:
    print(y.item(), *torch.autograd.grad(y, x))
#> 4.0 tensor(2.)
#> 12.0 tensor(8.)
#> 4.0 tensor(2.)
#> 0.0 tensor(1.)
#> 7.0 tensor(7.)
# --8<-- [end:answer]
