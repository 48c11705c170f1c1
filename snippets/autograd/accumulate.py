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

print(x.grad is before)
#> True
print(before)
#> tensor([2., 2., 2., 2.])
# --8<-- [end:same-object]

# --8<-- [start:twice]
y = 2 * torch.dot(x, x)
y.backward()
y.backward()
#! RuntimeError: Trying to backward through the graph a second time...
# --8<-- [end:twice]

# --8<-- [start:saved]
def saved(node):
    """节点为反向计算保存的张量的名字。"""
    names = [name for name in dir(node) if name.startswith("_saved_")]
    return [name for name in names if torch.is_tensor(getattr(node, name))]

print(saved(torch.dot(x, x).grad_fn))
#> ['_saved_self', '_saved_tensor']
print(saved(x.sum().grad_fn))
#> []
# --8<-- [end:saved]

# --8<-- [start:retain]
x.grad = None
y = 2 * torch.dot(x, x)
y.backward(retain_graph=True)
y.backward()
x.grad
#> tensor([ 8.,  8., 32., 40.])
# --8<-- [end:retain]

# --8<-- [start:memory]
address = x.grad.data_ptr()
x.grad.zero_()
print(x.grad.data_ptr() == address)
#> True

x.grad = None
print(x.grad)
#> None
# --8<-- [end:memory]

# --8<-- [start:step]
def step(grad):
    """参数从 1 出发，带着给定的梯度走一步。"""
    w = torch.tensor([1.], requires_grad=True)
    w.grad = grad
    torch.optim.SGD([w], lr=1., weight_decay=0.1).step()
    return w.detach()

print(step(torch.zeros(1)))
#> tensor([0.9000])
print(step(None))
#> tensor([1.])
# --8<-- [end:step]

# --8<-- [start:zero-grad]
optimizer = torch.optim.SGD([x], lr=0.1)

z.backward()
optimizer.zero_grad()
print(x.grad)
#> None

z.backward()
optimizer.zero_grad(set_to_none=False)
print(x.grad)
#> tensor([0., 0., 0., 0.])
# --8<-- [end:zero-grad]

# --8<-- [start:after-none]
optimizer.zero_grad()
x.grad.zero_()
#! AttributeError: 'NoneType' object has no attribute 'zero_'
# --8<-- [end:after-none]

# --8<-- [start:answer]
data = torch.tensor([1., 2., 3., 4., 5.])
w = torch.tensor(1., requires_grad=True)

(w * data).mean().backward()
print("整批    ", w.grad)
#> 整批     tensor(3.)

w.grad = None
for batch in data.split([3, 2]):
    (w * batch).mean().div(2).backward()
print("均值平均", w.grad)
#> 均值平均 tensor(3.2500)

w.grad = None
for batch in data.split([3, 2]):
    (w * batch).sum().div(5).backward()
print("总和相除", w.grad)
#> 总和相除 tensor(3.)
# --8<-- [end:answer]
