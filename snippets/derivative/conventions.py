# --8<-- [start:jacobian]
import torch
from torch.func import jacrev

A = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
x = torch.tensor([1., 1., 1.])

jacrev(lambda x: A @ x)(x)
#> tensor([[1., 2., 3.],
#>         [4., 5., 6.]])
# --8<-- [end:jacobian]

# --8<-- [start:leaf-shape]
for shape in [(), (3,), (2, 3)]:
    v = torch.ones(shape, requires_grad=True)
    (v * v).sum().backward()
    print(v.shape == v.grad.shape)
#> True
#> True
#> True
# --8<-- [end:leaf-shape]

# --8<-- [start:onto]
B = torch.tensor([[2., 1.], [1., 1.]])
target = torch.tensor([5., 3.])

torch.linalg.solve(B, target)
#> tensor([2., 1.])
# --8<-- [end:onto]

# --8<-- [start:row]
w = torch.tensor([[1.], [2.], [3.]])
row = torch.tensor([[0.5, 0.5, 0.5]])

(w - row.T).shape, (w - row).shape
#> (torch.Size([3, 1]), torch.Size([3, 3]))
# --8<-- [end:row]

# --8<-- [start:answer]
B = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
x = torch.tensor([1., 1.])

torch.equal(jacrev(lambda x: x @ B)(x), B.T)
#> True
# --8<-- [end:answer]
