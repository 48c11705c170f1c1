# --8<-- [start:taste]
import torch

A = torch.tensor([[1., 2.], [3., 4.]])
x = torch.tensor([1., 1.], requires_grad=True)

y = x @ A @ x
y.backward()

print("autograd   ", x.grad)
#> autograd    tensor([ 7., 13.])
print("(A + Aᵀ) x ", (A + A.T) @ x.detach())
#> (A + Aᵀ) x  tensor([ 7., 13.])
print("2 A x      ", 2 * A @ x.detach())
#> 2 A x       tensor([ 6., 14.])
# --8<-- [end:taste]
