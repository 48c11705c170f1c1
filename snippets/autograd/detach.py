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

# --8<-- [start:no-grad]
with torch.no_grad():
    y = x * x
y, y.requires_grad, y.grad_fn
#> (tensor([ 1.,  1., 16., 25.]), False, None)
# --8<-- [end:no-grad]

# --8<-- [start:clone]
y = x * x
copy, snapshot = y.clone(), y.detach().clone()
y.detach()[0] = 100.
print(y, copy, snapshot, sep="\n")
#> tensor([100.,   1.,  16.,  25.], grad_fn=<MulBackward0>)
#> tensor([ 1.,  1., 16., 25.], grad_fn=<CloneBackward0>)
#> tensor([ 1.,  1., 16., 25.])
# --8<-- [end:clone]

# --8<-- [start:round]
x = torch.tensor([0.2, 1.7], requires_grad=True)
y = torch.round(x)
y.sum().backward()
y, x.grad
#> (tensor([0., 2.], grad_fn=<RoundBackward0>), tensor([0., 0.]))
# --8<-- [end:round]

# --8<-- [start:answer]
y = x + (torch.round(x) - x).detach()
y.sum().backward()
y.detach(), x.grad
#> (tensor([0., 2.]), tensor([1., 1.]))
# --8<-- [end:answer]
