# --8<-- [start:setup]
import torch
from torch.func import grad, hessian, jacrev

torch.manual_seed(0)

def randn(*shape):
    return torch.randn(shape, dtype=torch.float64)

A, B = randn(5, 3), randn(2, 5)

def f(x):
    return torch.sin(A @ x)

def g(y):
    return torch.exp(B @ y)

x = randn(3)
whole = jacrev(lambda x: g(f(x)))(x)
product = jacrev(g)(f(x)) @ jacrev(f)(x)
print(whole)
#> tensor([[ 2.3245,  1.5107, -4.5924],
#>         [-0.6526,  1.1646,  1.1983]], dtype=torch.float64)
print(product)
#> tensor([[ 2.3245,  1.5107, -4.5924],
#>         [-0.6526,  1.1646,  1.1983]], dtype=torch.float64)
# --8<-- [end:setup]

# --8<-- [start:layer]
W, c = randn(5, 3), randn(5)

tanh = torch.tanh(W @ x)
formula = W.T @ (c * (1 - tanh * tanh))
torch.allclose(grad(lambda x: c @ torch.tanh(W @ x))(x), formula)
#> True
# --8<-- [end:layer]

# --8<-- [start:paths]
edges = {
    "w": {"a": 4, "b": 3},
    "a": {"u": 6, "v": 1},
    "b": {"u": 4, "v": 1},
    "u": {"L": 10},
    "v": {"L": 24},
}

def paths(node, product=1, name=""):
    """打印从 node 到 L 的每条路和路上偏导数的乘积，返回它们的和。"""
    name += node
    if node == "L":
        print(name, product)
        return product
    return sum(paths(after, product * d, name) for after, d in edges[node].items())

print("合计", paths("w"))
#> wauL 240
#> wavL 96
#> wbuL 120
#> wbvL 72
#> 合计 528
# --8<-- [end:paths]

# --8<-- [start:hooks]
w = torch.tensor(2., requires_grad=True)
a, b = w**2, 3 * w
u, v = a * b, a + b
L = u * v

for name, node in {"w": w, "a": a, "b": b, "u": u, "v": v}.items():
    node.register_hook(lambda bar, name=name: print(name, bar.item()))
L.backward()
#> v 24.0
#> u 10.0
#> b 64.0
#> a 84.0
#> w 528.0
# --8<-- [end:hooks]

# --8<-- [start:total]
def q(s, z):
    return s**2 * z + torch.sin(z)

s = torch.tensor(2.5)
partial = grad(q, argnums=0)(s, s**3)
total = grad(lambda s: q(s, s**3))(s)
print(partial, total, 5 * s**4 + 3 * s**2 * torch.cos(s**3), sep="\n")
#> tensor(78.1250)
#> tensor(176.6270)
#> tensor(176.6270)
# --8<-- [end:total]

# --8<-- [start:order]
from torch.utils.flop_counter import FlopCounterMode

n = 100
J1, J2, J3 = randn(n, n), randn(n, n), randn(n, n)
row, column = randn(1, n), randn(n, 1)

orders = {
    "J3 (J2 (J1 v))": lambda: J3 @ (J2 @ (J1 @ column)),
    "((w J3) J2) J1": lambda: ((row @ J3) @ J2) @ J1,
    "w ((J3 J2) J1)": lambda: row @ ((J3 @ J2) @ J1),
}
for name, multiply in orders.items():
    with FlopCounterMode(display=False) as counter:
        multiply()
    print(name, counter.get_total_flops())
#> J3 (J2 (J1 v)) 60000
#> ((w J3) J2) J1 60000
#> w ((J3 J2) J1) 4020000

_, from_left, middle_first = [multiply() for multiply in orders.values()]
torch.allclose(from_left, middle_first)
#> True
# --8<-- [end:order]

# --8<-- [start:mistakes]
W, V = randn(2, 2), randn(2, 2)

def a(z):
    return torch.sin(W @ z)

def b(y):
    return torch.exp(V @ y)

z = randn(2)
whole = jacrev(lambda z: b(a(z)))(z)
inner, outer, misplaced = jacrev(a)(z), jacrev(b)(a(z)), jacrev(b)(z)

for product in [whole, outer @ inner, inner @ outer, misplaced @ inner]:
    print(product.round(decimals=4).tolist())
#> [[-3.7232, 0.578], [-3.981, 2.3392]]
#> [[-3.7232, 0.578], [-3.981, 2.3392]]
#> [[2.5318, -0.7799], [4.495, -3.9158]]
#> [[-4.0158, 0.6234], [-1.282, 0.7533]]
# --8<-- [end:mistakes]

# --8<-- [start:answer-paths]
width, layers = 10, 8
x = torch.tensor(1., dtype=torch.float64, requires_grad=True)

h = x.expand(width)
for _ in range(layers - 1):
    h = h.sum().expand(width)
h.sum().backward()
x.grad
#> tensor(100000000., dtype=torch.float64)
# --8<-- [end:answer-paths]

# --8<-- [start:answer-hessian]
S, x = randn(3, 3), randn(3)

def q(x):
    return x @ S @ x

H = hessian(lambda x: torch.sin(q(x)))(x)
dq, ddq = grad(q)(x), hessian(q)(x)
first = -torch.sin(q(x)) * torch.outer(dq, dq)
second = torch.cos(q(x)) * ddq
print(torch.allclose(H, first + second), torch.allclose(H, second))
#> True False
# --8<-- [end:answer-hessian]
