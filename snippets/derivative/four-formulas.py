# --8<-- [start:setup]
import torch
from torch.func import grad, jacrev

torch.manual_seed(0)
A = torch.randn(3, 4, dtype=torch.float64)
B = torch.randn(4, 3, dtype=torch.float64)
S = torch.randn(4, 4, dtype=torch.float64)
x = torch.randn(4, dtype=torch.float64)
# --8<-- [end:setup]

# --8<-- [start:linear]
J = jacrev(lambda x: A @ x)(x)
print(J.shape)
#> torch.Size([3, 4])
print(torch.allclose(J, A))
#> True
# --8<-- [end:linear]

# --8<-- [start:row]
J = jacrev(lambda x: x @ B)(x)
print(J.shape)
#> torch.Size([3, 4])
print(torch.allclose(J, B.T))
#> True
# --8<-- [end:row]

# --8<-- [start:row-square]
J = jacrev(lambda x: x @ S)(x)
print(torch.allclose(J, S))
#> False
print(torch.allclose(J, S.T))
#> True
# --8<-- [end:row-square]

# --8<-- [start:quadratic]
g = grad(lambda x: x @ S @ x)(x)
print(torch.allclose(g, (S + S.T) @ x))
#> True
print(torch.allclose(g, 2 * S @ x))
#> False
# --8<-- [end:quadratic]

# --8<-- [start:symmetric]
T = (S + S.T) / 2
g = grad(lambda x: x @ T @ x)(x)
print(torch.allclose(g, 2 * T @ x))
#> True
# --8<-- [end:symmetric]

# --8<-- [start:norm]
print(torch.allclose(grad(lambda x: x @ x)(x), 2 * x))
#> True
# --8<-- [end:norm]

# --8<-- [start:answer]
a = torch.randn(4, dtype=torch.float64)
g = grad(lambda x: (a @ x) ** 2)(x)
print(torch.allclose(g, 2 * (a @ x) * a))
#> True
# --8<-- [end:answer]
