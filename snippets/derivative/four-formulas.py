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
J.shape, torch.allclose(J, A)
#> (torch.Size([3, 4]), True)
# --8<-- [end:linear]

# --8<-- [start:row]
J = jacrev(lambda x: x @ B)(x)
J.shape, torch.allclose(J, B.T)
#> (torch.Size([3, 4]), True)
# --8<-- [end:row]

# --8<-- [start:row-square]
J = jacrev(lambda x: x @ S)(x)
torch.allclose(J, S), torch.allclose(J, S.T)
#> (False, True)
# --8<-- [end:row-square]

# --8<-- [start:quadratic]
g = grad(lambda x: x @ S @ x)(x)
print(g, (S + S.T) @ x, 2 * S @ x, sep="\n")
#> tensor([-0.7725,  0.3999,  2.7581, -2.1588], dtype=torch.float64)
#> tensor([-0.7725,  0.3999,  2.7581, -2.1588], dtype=torch.float64)
#> tensor([-1.9815,  1.4440,  1.9179, -1.7694], dtype=torch.float64)
# --8<-- [end:quadratic]

# --8<-- [start:symmetric]
T = (S + S.T) / 2
print(grad(lambda x: x @ T @ x)(x), 2 * T @ x, sep="\n")
#> tensor([-0.7725,  0.3999,  2.7581, -2.1588], dtype=torch.float64)
#> tensor([-0.7725,  0.3999,  2.7581, -2.1588], dtype=torch.float64)
# --8<-- [end:symmetric]

# --8<-- [start:norm]
torch.allclose(grad(lambda x: x @ x)(x), 2 * x)
#> True
# --8<-- [end:norm]

# --8<-- [start:answer]
a = torch.randn(4, dtype=torch.float64)
g = grad(lambda x: torch.dot(a, x) ** 2)(x)
torch.allclose(g, 2 * torch.dot(a, x) * a)
#> True
# --8<-- [end:answer]
