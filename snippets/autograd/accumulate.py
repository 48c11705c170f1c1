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

# --8<-- [start:twice]
y = 2 * torch.dot(x, x)
y.backward()
y.backward()
#! RuntimeError: Trying to backward through the graph a second time...
y
#> tensor(86., grad_fn=<MulBackward0>)
# --8<-- [end:twice]

# --8<-- [start:saved]
def saved(node):
    """节点为反向计算保存的张量的名字。"""
    names = [name for name in dir(node) if name.startswith("_saved_")]
    return [name for name in names if torch.is_tensor(getattr(node, name))]

for value in (torch.dot(x, x), x.sum()):
    print(value.grad_fn.name(), saved(value.grad_fn))
#> DotBackward0 ['_saved_self', '_saved_tensor']
#> SumBackward0 []
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
def step(grad):
    """参数从 1 出发，带着给定的梯度走一步。"""
    w = torch.tensor([1.], requires_grad=True)
    w.grad = grad
    torch.optim.SGD([w], lr=1., weight_decay=0.1).step()
    return w

print(step(torch.zeros(1)), step(None), sep="\n")
#> tensor([0.9000], requires_grad=True)
#> tensor([1.], requires_grad=True)
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

# --8<-- [start:answer]
def gradient(loss, *batches):
    """逐批反向，返回累积的梯度。"""
    w = torch.tensor(1., requires_grad=True)
    for batch in batches:
        loss((w * batch + 1) ** 2).backward()
    return w.grad

data = torch.tensor([1., 2., 3., 4., 5.])
batches = data.split([3, 2])

whole = gradient(lambda e: e.mean(), data)
means = gradient(lambda e: e.mean() / 2, *batches)
sums = gradient(lambda e: e.sum() / 5, *batches)
whole, means, sums
#> (tensor(28.), tensor(31.6667), tensor(28.))
# --8<-- [end:answer]
