# --8<-- [start:setup]
import torch
from torch.func import grad, jacrev

X = torch.tensor([[1, 2, 3], [4, 5, 6]])
print(X.flatten().tolist(), X.T.flatten().tolist())
#> [1, 2, 3, 4, 5, 6] [1, 4, 2, 5, 3, 6]
# --8<-- [end:setup]

# --8<-- [start:axb]
torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)

def vec(X):
    """按列展平。"""
    return X.T.flatten()

A, X, B = randn(4, 2), randn(2, 3), randn(3, 5)

torch.kron(B.T, A)
#! RuntimeError: view size is not compatible with input ... size and stride (at least one dimension ...)...
# --8<-- [end:axb]

# --8<-- [start:kron]
def kron(A, B):
    return torch.kron(A.contiguous(), B.contiguous())

product = A @ X @ B
print(product[0])
#> tensor([ 1.5648, -1.8498,  1.7220,  0.2015,  0.7754], dtype=torch.float64)
torch.allclose(vec(product), kron(B.T, A) @ vec(X))
#> True
# --8<-- [end:kron]

# --8<-- [start:axb-rows]
print(
    torch.allclose(product.flatten(), kron(A, B.T) @ X.flatten()),
    torch.allclose(product.flatten(), kron(B.T, A) @ X.flatten()),
)
#> True False
# --8<-- [end:axb-rows]

# --8<-- [start:jacobian]
J = jacrev(lambda X: A @ X @ B)(X)
flat = J.reshape(20, 6)

print(J.shape, torch.allclose(flat, kron(A, B.T)), torch.allclose(flat, kron(B.T, A)))
#> torch.Size([4, 5, 2, 3]) True False
# --8<-- [end:jacobian]

# --8<-- [start:numbers]
n = 100
print(f"A 与 B 共 {2 * n**2:,} 个数，它们的克罗内克积有 {n**4:,} 个")
#> A 与 B 共 20,000 个数，它们的克罗内克积有 100,000,000 个
# --8<-- [end:numbers]

# --8<-- [start:commutation]
def commutation(m, n):
    """K vec(X) = vec(Xᵀ)，X 是 m×n。"""
    position = torch.arange(m * n).reshape(n, m).T
    return torch.eye(m * n, dtype=torch.float64)[position.flatten()]

K = commutation(2, 3)
print(K.int(), torch.equal(K @ vec(X), vec(X.T)), torch.equal(K, K.T), sep="\n")
#> tensor([[1, 0, 0, 0, 0, 0],
#>         [0, 0, 1, 0, 0, 0],
#>         [0, 0, 0, 0, 1, 0],
#>         [0, 1, 0, 0, 0, 0],
#>         [0, 0, 0, 1, 0, 0],
#>         [0, 0, 0, 0, 0, 1]], dtype=torch.int32)
#> True
#> False
# --8<-- [end:commutation]

# --8<-- [start:swap]
P, Q = randn(2, 4), randn(3, 5)

torch.allclose(kron(Q, P), commutation(2, 3).T @ kron(P, Q) @ commutation(4, 5))
#> True
# --8<-- [end:swap]

# --8<-- [start:hadamard]
a, x, M = randn(3), randn(3), randn(2, 3)

print(
    torch.allclose(jacrev(lambda x: a * x)(x), torch.diag(a)),
    torch.allclose(grad(lambda X: ((M * X) ** 2).sum())(X), 2 * M * M * X),
    a * x, kron(a, x), sep="\n",
)
#> True
#> True
#> tensor([-1.0240, -4.1499, -0.1159], dtype=torch.float64)
#> tensor([-1.0240, -1.6549, -0.7266, -2.5678, -4.1499, -1.8220, -0.1633, -0.2639,
#>         -0.1159], dtype=torch.float64)
# --8<-- [end:hadamard]

# --8<-- [start:einsum]
S, T = randn(4, 4), randn(4, 4)
u, v = randn(4), randn(4)

examples = {
    "ij,jk->ik": ((S, T), S @ T),
    "ij->ji": ((S,), S.T),
    "ii->": ((S,), S.trace()),
    "ij->i": ((S,), S.sum(1)),
    "i,j->ij": ((u, v), torch.outer(u, v)),
    "ij,ij->ij": ((S, T), S * T),
    "ij,ij->": ((S, T), (S.T @ T).trace()),
    "i,ij,j->": ((u, S, v), u @ S @ v),
}
for equation, (operands, expected) in examples.items():
    print(f"{equation:10}", torch.allclose(torch.einsum(equation, *operands), expected))
#> ij,jk->ik  True
#> ij->ji     True
#> ii->       True
#> ij->i      True
#> i,j->ij    True
#> ij,ij->ij  True
#> ij,ij->    True
#> i,ij,j->   True
# --8<-- [end:einsum]

# --8<-- [start:vjp]
def einsum_vjp(equation, operands, upstream):
    """einsum 对每个操作数的梯度：把输出的下标与该操作数的下标对调。"""
    inputs, output = equation.split("->")
    names = inputs.split(",")
    grads = []
    for k, name in enumerate(names):
        others = names[:k] + names[k + 1:]
        swapped = ",".join([output, *others]) + "->" + name
        grads.append(torch.einsum(swapped, upstream, *operands[:k], *operands[k + 1:]))
    return grads

def agrees(equation, *operands):
    """与 autograd 比较，起点取随机的上游梯度。"""
    operands = [operand.requires_grad_() for operand in operands]
    value = torch.einsum(equation, *operands)
    upstream = torch.randn_like(value)
    expected = torch.autograd.grad(value, operands, upstream)
    return all(map(torch.allclose, einsum_vjp(equation, operands, upstream), expected))

for equation in ["ij,jk->ik", "i,j->ij", "ij,ij->ij", "i,ij,j->"]:
    print(f"{equation:10}", agrees(equation, *examples[equation][0]))
#> ij,jk->ik  True
#> i,j->ij    True
#> ij,ij->ij  True
#> i,ij,j->   True
# --8<-- [end:vjp]

# --8<-- [start:vjp-limit]
agrees("ij->i", S)
#! RuntimeError: einsum(): output subscript j does not appear in the equation for any input operand
# --8<-- [end:vjp-limit]

# --8<-- [start:vjp-ones]
ones = torch.ones(4, dtype=torch.float64)

print(torch.allclose(torch.einsum("ij,j->i", S, ones), S.sum(1)), agrees("ij,j->i", S, ones))
#> True True
# --8<-- [end:vjp-ones]

# --8<-- [start:vjp-diagonal]
grad(lambda S: torch.einsum("ii->", S))(torch.ones(2, 2))
#> tensor([[1., 0.],
#>         [0., 1.]])
# --8<-- [end:vjp-diagonal]

# --8<-- [start:answer]
A, B = randn(7, 2, 3).requires_grad_(), randn(7, 3, 4).requires_grad_()

C = torch.einsum("bij,bjk->bik", A, B)
upstream = torch.randn_like(C)
gA, gB = torch.autograd.grad(C, [A, B], upstream)

print(gA.shape, gB.shape)
#> torch.Size([7, 2, 3]) torch.Size([7, 3, 4])
print(
    torch.allclose(gA, torch.einsum("bik,bjk->bij", upstream, B)),
    torch.allclose(gB, torch.einsum("bik,bij->bjk", upstream, A)),
    torch.allclose(gA, upstream @ B.mT),
    torch.allclose(gB, A.mT @ upstream),
)
#> True True True True
# --8<-- [end:answer]

# --8<-- [start:answer-scale]
b, X, a = randn(2), randn(2, 3), randn(3)
M = torch.outer(b, a)
g = grad(lambda X: ((torch.diag(b) @ X @ torch.diag(a)) ** 2).sum())(X)

torch.allclose(g, 2 * M * M * X)
#> True
# --8<-- [end:answer-scale]
