# --8<-- [start:nine]
import torch
from torch.func import grad, hessian, jacfwd, jacrev, jvp, vmap

torch.manual_seed(0)

def randn(*shape):
    return torch.randn(shape, dtype=torch.float64)

def sines(x, C):
    """每个输出都是各个 sin(x) 的加权和，权重是 C。"""
    return torch.tensordot(C, torch.sin(x), dims=x.ndim)

sums = torch.zeros(3, dtype=torch.float64)
for out_shape in [(), (5,), (6, 7)]:
    row = []
    for x in [randn(), randn(4), randn(2, 3)]:
        C = randn(*out_shape, *x.shape)
        J = jacrev(sines)(x, C)
        row.append(f"{tuple(J.shape)}")
        others = [jacfwd(sines)(x, C), C * torch.cos(x)]
        sums += torch.stack([array.sum() for array in [J, *others]])
    print("{:10}{:12}{}".format(*row))
#> ()        (4,)        (2, 3)
#> (5,)      (5, 4)      (5, 2, 3)
#> (6, 7)    (6, 7, 4)   (6, 7, 2, 3)
print(sums)
#> tensor([-2.3869, -2.3869, -2.3869], dtype=torch.float64)
# --8<-- [end:nine]

# --8<-- [start:gradient]
def g(y):
    return y[0] ** 2 * y[1] + torch.sin(y[1] * y[2])

y = torch.tensor([1., 2., 0.])
grad(g)(y)
#> tensor([4., 1., 2.])
# --8<-- [end:gradient]

# --8<-- [start:polar]
def c(u):
    return torch.stack([u[0] * torch.cos(u[1]), u[0] * torch.sin(u[1])])

u = torch.tensor([2., torch.pi / 6])
J = jacrev(c)(u)
print(J, torch.linalg.det(J), sep="\n")
#> tensor([[ 0.8660, -1.0000],
#>         [ 0.5000,  1.7321]])
#> tensor(2.)
# --8<-- [end:polar]

# --8<-- [start:one-output]
x = randn(4)

for f in [lambda x: x @ x, lambda x: (x @ x).unsqueeze(0)]:
    print(tuple(jacrev(f)(x).shape))
#> (4,)
#> (1, 4)
# --8<-- [end:one-output]

# --8<-- [start:hessian]
H = hessian(g)(y)
print(H, torch.equal(H, jacrev(grad(g))(y)), sep="\n")
#> tensor([[4., 2., 0.],
#>         [2., 0., 1.],
#>         [0., 1., 0.]])
#> True
# --8<-- [end:hessian]

# --8<-- [start:hessian-vector]
print(tuple(hessian(c)(u).shape))
#> (2, 2, 2)
# --8<-- [end:hessian-vector]

# --8<-- [start:clairaut]
def p(x, y):
    return x * y * (x**2 - y**2) / (x**2 + y**2)

p_x, p_y = grad(p, argnums=0), grad(p, argnums=1)
zero = torch.tensor(0.)
for h in torch.tensor([-0.01, 0.01]):
    print(p_x(zero, h), p_y(h, zero))
#> tensor(0.0100) tensor(-0.0100)
#> tensor(-0.0100) tensor(0.0100)
# --8<-- [end:clairaut]

# --8<-- [start:flatten]
def h(X):
    return torch.sin(X).sum()

X = randn(2, 3)
G = grad(h)(X)
flat = grad(lambda v: h(v.reshape(2, 3)))(X.flatten())
print(G)
#> tensor([[0.7626, 1.0000, 0.9508],
#>         [0.8032, 0.9999, 0.9491]], dtype=torch.float64)
print(flat)
#> tensor([0.7626, 1.0000, 0.9508, 0.8032, 0.9999, 0.9491], dtype=torch.float64)
# --8<-- [end:flatten]

# --8<-- [start:four-index]
A, X, D = randn(2, 3), randn(3, 6), randn(3, 6)

J = jacrev(lambda X: A @ X)(X)
formula = torch.einsum("ik,jl->ijkl", A, torch.eye(6))
print(tuple(J.shape), torch.equal(J, formula))
#> (2, 6, 3, 6) True
print(f"{(J == 0).sum()} / {J.numel()}")
#> 180 / 216

moved = jvp(lambda X: A @ X, (X,), (D,))[1]
print(
    torch.allclose(moved, torch.einsum("ijkl,kl->ij", J, D)),
    torch.allclose(moved, A @ D),
)
#> True True
# --8<-- [end:four-index]

# --8<-- [start:batch]
W, batch = randn(2, 4), randn(10, 4)

def layer(x):
    return torch.tanh(x @ W.T)

whole = jacrev(layer)(batch)
each = vmap(jacrev(layer))(batch)
print(tuple(whole.shape), tuple(each.shape))
#> (10, 2, 10, 4) (10, 2, 4)

blocks = torch.einsum("bibj->bij", whole)
print(f"零占 {(whole == 0).double().mean():.0%}", torch.allclose(blocks, each))
#> 零占 90% True
# --8<-- [end:batch]

# --8<-- [start:answer-gram]
X, I = randn(2, 3), torch.eye(2)

J = jacrev(lambda X: X @ X.T)(X)
formula = torch.einsum("ik,jl->ijkl", I, X)
formula = formula + torch.einsum("il,jk->ijkl", X, I)
print(tuple(J.shape), torch.allclose(J, formula))
#> (2, 2, 2, 3) True
# --8<-- [end:answer-gram]

# --8<-- [start:answer-grad]
A = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
x = torch.ones(3, requires_grad=True)
x.grad = A
#! RuntimeError: attempting to assign a gradient of size '[2, 3]' to a tensor of size '[3]'...
# --8<-- [end:answer-grad]

# --8<-- [start:answer-backward]
y = A @ x
y.backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
# --8<-- [end:answer-backward]

# --8<-- [start:answer-rows]
rows = [
    torch.autograd.grad(y[i], x, retain_graph=True)[0]
    for i in range(2)
]
torch.stack(rows)
#> tensor([[1., 2., 3.],
#>         [4., 5., 6.]])
# --8<-- [end:answer-rows]
