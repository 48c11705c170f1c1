# --8<-- [start:create]
import torch

x = torch.tensor([1., 1, 4, 5], requires_grad=True)
x.grad is None
#> True
# --8<-- [end:create]

# --8<-- [start:integers]
n = torch.tensor([1, 1, 4, 5])
print(n, n.dtype)
#> tensor([1, 1, 4, 5]) torch.int64
n.requires_grad_()
#! RuntimeError: only Tensors of floating point dtype can require gradients
# --8<-- [end:integers]

# --8<-- [start:forward]
y = 2 * torch.dot(x, x)
y
#> tensor(86., grad_fn=<MulBackward0>)
# --8<-- [end:forward]

# --8<-- [start:leaf]
for t in (x, y):
    print(t.is_leaf, t.requires_grad, t.grad_fn is None)
#> True True True
#> False True False
# --8<-- [end:leaf]

# --8<-- [start:still-none]
x.grad is None
#> True
# --8<-- [end:still-none]

# --8<-- [start:backward]
y.backward()
x.grad
#> tensor([ 4.,  4., 16., 20.])
# --8<-- [end:backward]

# --8<-- [start:exact]
torch.equal(x.grad, 4 * x)
#> True
# --8<-- [end:exact]

# --8<-- [start:numeric]
def f(x):
    return 2 * torch.dot(x, x)

def slopes(f, a, h=1e-8):
    """沿每个坐标轴左右各走一步 h 的差商。"""
    steps = h * torch.eye(len(a), dtype=a.dtype)
    return torch.stack([(f(a + e) - f(a - e)) / (2 * h) for e in steps])

a = torch.tensor([1., 1, 4, 5], dtype=torch.float64)
print(slopes(f, a), slopes(f, a.float()), sep="\n")
#> tensor([ 4.0000,  4.0000, 16.0000, 20.0000], dtype=torch.float64)
#> tensor([0., 0., 0., 0.])
# --8<-- [end:numeric]

# --8<-- [start:gradcheck]
torch.autograd.gradcheck(f, a.requires_grad_())
#> True
# --8<-- [end:gradcheck]

# --8<-- [start:equals]
x.grad == None, x.grad is None, x.grad == 4
#> (False, False, tensor([ True,  True, False, False]))
# --8<-- [end:equals]

# --8<-- [start:nonleaf]
leaf = torch.tensor([1., 1, 4, 5], requires_grad=True)
w = leaf * 3
torch.dot(w, w).backward()
w, w.is_leaf, leaf.grad
#> (tensor([ 3.,  3., 12., 15.], grad_fn=<MulBackward0>), False, tensor([18., 18., 72., 90.]))
# --8<-- [end:nonleaf]

# --8<-- [start:nonleaf-grad]
w.grad is None
#> True
#! UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed...
# --8<-- [end:nonleaf-grad]

# --8<-- [start:retain-grad]
w = leaf * 3
w.retain_grad()
torch.dot(w, w).backward()
w.grad
#> tensor([ 6.,  6., 24., 30.])
# --8<-- [end:retain-grad]

# --8<-- [start:hessian]
(g,) = torch.autograd.grad(f(a), a, create_graph=True)
rows = [torch.autograd.grad(g[i], a, retain_graph=True)[0] for i in range(4)]
torch.stack(rows)
#> tensor([[4., 0., 0., 0.],
#>         [0., 4., 0., 0.],
#>         [0., 0., 4., 0.],
#>         [0., 0., 0., 4.]], dtype=torch.float64)
# --8<-- [end:hessian]

# --8<-- [start:answer]
x = torch.tensor([1., 1, 4, 5], requires_grad=True)
y = torch.dot(x, x) ** 2
y.backward()
x.grad, 4 * 43 * x.detach()
#> (tensor([172., 172., 688., 860.]), tensor([172., 172., 688., 860.]))
# --8<-- [end:answer]
