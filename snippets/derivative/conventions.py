# --8<-- [start:jacobian]
import torch
from torch.func import jacrev

A = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
x = torch.tensor([1., 0., 2.])

print(A @ x, jacrev(lambda x: A @ x)(x), sep="\n")
#> tensor([ 7., 16.])
#> tensor([[1., 2., 3.],
#>         [4., 5., 6.]])
# --8<-- [end:jacobian]

# --8<-- [start:leaf-shape]
for value in [5., [1., 2., 3.], [[1., 2., 3.], [4., 5., 6.]]]:
    v = torch.tensor(value, requires_grad=True)
    (v * v).sum().backward()
    print(v.grad)
#> tensor(10.)
#> tensor([2., 4., 6.])
#> tensor([[ 2.,  4.,  6.],
#>         [ 8., 10., 12.]])
# --8<-- [end:leaf-shape]

# --8<-- [start:onto]
B = torch.tensor([[2., 1.], [1., 1.]])
target = torch.tensor([5., 3.])

torch.linalg.solve(B, target)
#> tensor([2., 1.])
# --8<-- [end:onto]

# --8<-- [start:row]
w = torch.tensor([[1.], [2.], [3.]])
row = torch.tensor([[0.5, 1., 2.]])

print(w - row.T, w - row, sep="\n")
#> tensor([[0.5000],
#>         [1.0000],
#>         [1.0000]])
#> tensor([[ 0.5000,  0.0000, -1.0000],
#>         [ 1.5000,  1.0000,  0.0000],
#>         [ 2.5000,  2.0000,  1.0000]])
# --8<-- [end:row]

# --8<-- [start:answer]
B = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
x = torch.tensor([1., 2.])

print(x @ B, jacrev(lambda x: x @ B)(x), sep="\n")
#> tensor([ 9., 12., 15.])
#> tensor([[1., 4.],
#>         [2., 5.],
#>         [3., 6.]])
# --8<-- [end:answer]
