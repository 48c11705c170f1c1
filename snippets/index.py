# --8<-- [start:taste]
import torch

A = torch.tensor([[1., 2.], [3., 4.]])
x = torch.tensor([1., 1.], requires_grad=True)

y = x @ A @ x
y.backward()

with torch.no_grad():
    print("autograd ", x.grad)
    print("(A + Aᵀ)x", (A + A.T) @ x)
    print("2Ax      ", 2 * A @ x)
#> autograd  tensor([ 7., 13.])
#> (A + Aᵀ)x tensor([ 7., 13.])
#> 2Ax       tensor([ 6., 14.])
# --8<-- [end:taste]
