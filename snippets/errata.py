# --8<-- [start:setup]
import torch
from torch.func import grad, jacfwd, jacrev
from torch.utils.flop_counter import FlopCounterMode

torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)
# --8<-- [end:setup]

# --8<-- [start:d2l-quadratic]
import math

x = -0.9
value = x * math.exp(-x**2)
text = (-1 - (x + 1) + (x + 1) ** 2) / math.e
code = (-1 - (x + 1) + 2 * (x + 1) ** 2) / math.e
print(f"函数 {value:.5f}  正文 {text:.5f}  代码 {code:.5f}")
#> 函数 -0.40037  正文 -0.40099  代码 -0.39731
# --8<-- [end:d2l-quadratic]

# --8<-- [start:d2l-spectral]
X, U, V = randn(4, 3), randn(4, 2), randn(2, 3)

def rest(V):
    return X - U @ V

for order in ["fro", 2]:
    G = grad(lambda V: torch.linalg.matrix_norm(rest(V), order) ** 2)(V)
    print(order, torch.allclose(G, -2 * U.T @ rest(V)))
#> fro True
#> 2 False
# --8<-- [end:d2l-spectral]

# --8<-- [start:d2l-one-by-one]
for n in [1, 3]:
    A, x = randn(n, n), randn(n)
    g = grad(lambda x: torch.einsum("i,ij,j", x, A, x))(x)
    print(n, *[f"{torch.dist(g, candidate):.2f}" for candidate in [(A + A.T) @ x, 2 * A @ x]])
#> 1 0.00 0.00
#> 3 0.00 2.68
# --8<-- [end:d2l-one-by-one]

# --8<-- [start:d2l-backwards]
f = torch.ones(3, requires_grad=True).sum()
print(f)
#> tensor(3., grad_fn=<SumBackward0>)
f.backwards()
#! AttributeError: 'Tensor' object has no attribute 'backwards'...
# --8<-- [end:d2l-backwards]

# --8<-- [start:d2l-control-flow]
def f(a):
    b = 2 * a
    while b.norm() < 1000:
        b = 2 * b
    return b if a > 0 else 100 * b

print(f(torch.tensor(0.98)), f(torch.tensor(-7.8125)))
#> tensor(1003.5200) tensor(-100000.)

equal = close = 0
for a in -torch.linspace(0.01, 5, 500):
    a.requires_grad_()
    d = f(a)
    g, = torch.autograd.grad(d, a)
    equal += (g == d / a).item()
    close += torch.allclose(g, d / a)
print(equal, close)
#> 450 500
# --8<-- [end:d2l-control-flow]

# --8<-- [start:d2l-storage]
x = torch.arange(4., requires_grad=True)
print(x.grad)
#> None

optimizer = torch.optim.SGD([x])
(2 * x @ x).backward()
print(x.grad)
#> tensor([ 0.,  4.,  8., 12.])
optimizer.zero_grad()
print(x.grad)
#> None
# --8<-- [end:d2l-storage]

# --8<-- [start:d2l-detach]
x = torch.tensor([1., 2., 3.], requires_grad=True)
u = (10 * x).detach()
(x * u).sum().backward()
print(x.grad)
#> tensor([10., 20., 30.])
# --8<-- [end:d2l-detach]

# --8<-- [start:notes-pack]
from torch.autograd.graph import saved_tensors_hooks

def pack_hook(x):
    return x if x.numel() < 1000 else tensor

def total(x):
    with saved_tensors_hooks(pack_hook, lambda x: x):
        return x.exp().sum()

small, large = (torch.ones(n, requires_grad=True) for n in [10, 1000])
print(total(small), len(large))
#> tensor(27.1828, grad_fn=<SumBackward0>) 1000
total(large)
#! NameError: name 'tensor' is not defined
# --8<-- [end:notes-pack]

# --8<-- [start:notes-in-place]
x = torch.tensor([1., 2.], requires_grad=True)
y = x.exp()
y.data.mul_(10)
y.sum().backward()
print(x.grad, x.exp().detach(), sep="\n")
#> tensor([27.1828, 73.8906])
#> tensor([2.7183, 7.3891])
# --8<-- [end:notes-in-place]

# --8<-- [start:notes-complex]
z = torch.tensor(3. + 4.j, requires_grad=True)
(z.abs() ** 2).backward()
print(z.grad)
#> tensor(6.+8.j)

real, imaginary = grad(lambda v: v @ v)(torch.tensor([3., 4.]))
print(torch.complex(real, imaginary) / 2)
#> tensor(3.+4.j)
# --8<-- [end:notes-complex]

# --8<-- [start:notes-kinks]
kinks = {
    "relu(x)": torch.relu,
    "clamp(x, min=0)": lambda x: torch.clamp(x, min=0),
    "maximum(x, 0)": lambda x: torch.maximum(x, torch.zeros(())),
}
for name, function in kinks.items():
    print(f"{name:16}", *[(t.item(), grad(function)(t).item()) for t in torch.tensor([-1., 0., 1.])])
#> relu(x)          (-1.0, 0.0) (0.0, 0.0) (1.0, 1.0)
#> clamp(x, min=0)  (-1.0, 0.0) (0.0, 1.0) (1.0, 1.0)
#> maximum(x, 0)    (-1.0, 0.0) (0.0, 0.5) (1.0, 1.0)
# --8<-- [end:notes-kinks]

# --8<-- [start:tutorial-leaf]
w = torch.tensor([1., 2.], requires_grad=True)
h = 5 * w
h.retain_grad()
(h * h).sum().backward()
print(h.grad)
#> tensor([10., 20.])
# --8<-- [end:tutorial-leaf]

# --8<-- [start:tutorial-v]
inp = torch.eye(4, 5, requires_grad=True)
out = (inp + 1).pow(2).t()
print(tuple(out.shape), out.sum())
#> (5, 4) tensor(32., grad_fn=<SumBackward0>)
out.backward(torch.ones_like(inp))
#! RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([4, 5]) and output[0] has a shape of torch.Size([5, 4])...
# --8<-- [end:tutorial-v]

# --8<-- [start:introyt-zero]
layer = torch.nn.Linear(3, 1)
(5 * layer(torch.ones(3))).backward()

def first_row():
    return layer.weight.grad[0]

print(first_row())
#> tensor([5., 5., 5.])
torch.optim.SGD(layer.parameters()).zero_grad()
first_row()
#! TypeError: 'NoneType' object is not subscriptable
# --8<-- [end:introyt-zero]

# --8<-- [start:introyt-detach]
x = torch.zeros(3, requires_grad=True)
y = x.detach()
y[0] = 7.
print(x)
#> tensor([7., 0., 0.], requires_grad=True)
# --8<-- [end:introyt-detach]

# --8<-- [start:jacobians-label]
def flops(compute):
    with FlopCounterMode(display=False) as counter:
        compute()
    return counter.get_total_flops()

for inputs, outputs in [(32, 2048), (2048, 32)]:
    W, x = torch.randn(outputs, inputs), torch.randn(inputs)
    predict = lambda x: torch.tanh(W @ x[:, None])[:, 0]
    forward, backward = (flops(lambda: jac(predict)(x)) for jac in [jacfwd, jacrev])
    print(f"{inputs} → {outputs}  jacfwd {forward:.1e}  jacrev {backward:.1e}")
#> 32 → 2048  jacfwd 4.5e+06  jacrev 2.7e+08
#> 2048 → 32  jacfwd 2.7e+08  jacrev 4.3e+06
# --8<-- [end:jacobians-label]

# --8<-- [start:jacobians-perf]
def get_perf(first, second):
    """教程的算法：相对的改变，和取了绝对值、称为「改进」的数。"""
    gain = (first - second) / first * 100
    return gain, abs(gain)

print(get_perf(2., 1.), get_perf(1., 2.))
#> (50.0, 50.0) (-100.0, 100.0)
# --8<-- [end:jacobians-perf]

# --8<-- [start:jacobians-name]
torch.func.hessiani
#! AttributeError: module 'torch.func' has no attribute 'hessiani'
# --8<-- [end:jacobians-name]

# --8<-- [start:blog]
def inv_backward(result, upstream):
    """博客的写法；transpose(-2, -1) 在 NumPy 里是「各维按原来的次序」。"""
    same = result.transpose(*range(-2, 0))
    return -(same @ (upstream @ same))

B = randn(3, 3)
for A in [B @ B.T, B]:
    result, upstream = torch.linalg.inv(A), torch.ones_like(A)
    right = torch.func.vjp(torch.linalg.inv, A)[1](upstream)[0]
    printed = torch.from_numpy(inv_backward(result.numpy(), upstream.numpy()))
    print(f"梯度的长度 {right.norm():.2f}  差 {torch.dist(printed, right):.2f}")
#> 梯度的长度 0.28  差 0.00
#> 梯度的长度 0.84  差 1.19
# --8<-- [end:blog]

# --8<-- [start:cookbook-det]
A, t = randn(3, 3), 0.1
I = torch.eye(3)

expansion = 1 + t * A.trace() + t**2 / 2 * (A.trace() ** 2 - (A @ A).trace())
with_det = expansion + torch.linalg.det(A)
print(f"行列式 {torch.linalg.det(I + t * A):.4f}  不含 det A {expansion:.4f}  式 (28) {with_det:.4f}")
#> 行列式 0.9166  不含 det A 0.9165  式 (28) 0.9756
# --8<-- [end:cookbook-det]

# --8<-- [start:cookbook-symmetric]
B, C = randn(3, 3), randn(3, 3)
S, D = B @ B.T + I, C @ C.T
G = torch.linalg.inv(S)

rate = grad(lambda t: torch.logdet(S + t * D))(torch.tensor(0.))
plain, doubled = (G * D).sum(), ((2 * G - G * I) * D).sum()
print(f"变化率 {rate:.4f}  逆矩阵 {plain:.4f}  2.8.2 节 {doubled:.4f}")
#> 变化率 3.6991  逆矩阵 3.6991  2.8.2 节 3.3426
# --8<-- [end:cookbook-symmetric]

# --8<-- [start:explained-cases]
X, y, w, b = randn(8, 3), randn(8), randn(3), 0.5

def cost(w):
    return torch.nn.functional.mse_loss(torch.relu(X @ w + b), y)

error = X @ w + b - y
active = X @ w + b > 0
print("激活的样本", active.sum().item(), "/", len(y))
#> 激活的样本 6 / 8

everyone = 2 / len(y) * error @ X
masked = 2 / len(y) * (error * active) @ X
print(grad(cost)(w), everyone, masked, sep="\n")
#> tensor([-2.5183,  1.1360, -2.0531], dtype=torch.float64)
#> tensor([-2.2354,  1.1550, -2.3786], dtype=torch.float64)
#> tensor([-2.5183,  1.1360, -2.0531], dtype=torch.float64)
# --8<-- [end:explained-cases]

# --8<-- [start:explained-shapes]
x = randn(3)
print(x, jacrev(torch.relu)(x), sep="\n")
#> tensor([ 1.0624, -1.9221,  1.2925], dtype=torch.float64)
#> tensor([[1., 0., 0.],
#>         [0., 0., 0.],
#>         [0., 0., 1.]], dtype=torch.float64)

w, row = torch.ones(3, 1), torch.tensor([[0.1, 0.2, 0.3]])
print(w - row)
#> tensor([[0.9000, 0.8000, 0.7000],
#>         [0.9000, 0.8000, 0.7000],
#>         [0.9000, 0.8000, 0.7000]])
print(torch.tensor(0.) / torch.tensor(0.))
#> tensor(nan)
# --8<-- [end:explained-shapes]

# --8<-- [start:mit]
m, n = 3, 4
i, j = torch.meshgrid(torch.arange(m) + 1, torch.arange(n) + 1, indexing="ij")
i, j = i.flatten(), j.flatten()

M, N = torch.eye(m), torch.eye(n)
found = torch.stack([torch.kron(M[a - 1], N[b - 1]).argmax() + 1 for a, b in zip(i, j)])
print("实际         ", found.tolist())
#> 实际          [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]

candidates = {"i m + j": i * m + j, "i + j n": i + j * n, "(i - 1) n + j": (i - 1) * n + j}
for name, place in candidates.items():
    print(f"{name:14}{place.tolist()}")
#> i m + j       [4, 5, 6, 7, 7, 8, 9, 10, 10, 11, 12, 13]
#> i + j n       [5, 9, 13, 17, 6, 10, 14, 18, 7, 11, 15, 19]
#> (i - 1) n + j [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
# --8<-- [end:mit]

# --8<-- [start:micrograd]
class Value:
    """每个结点都存 grad、每次反向都往上加的最小 autograd，只有乘法。"""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other))

def backward(order):
    """order 从后往前排好；起点的 grad 置 1，其余照旧累加。"""
    order[0].grad = 1.
    for node in order:
        if node.parents:
            a, b = node.parents
            a.grad += b.data * node.grad
            b.grad += a.data * node.grad

x = Value(3.)
square = x * x
fourth = square * square
for _ in range(2):
    backward([fourth, square])
print(x.grad, 2 * 4 * 3**3)
#> 324.0 216
# --8<-- [end:micrograd]

# --8<-- [start:web-add]
x = torch.tensor([1., 2.], requires_grad=True)
y = x * 2
y.add_(1)
print(y.tolist())
#> [3.0, 5.0]
y.sum().backward()
print(x.grad)
#> tensor([2., 2.])
# --8<-- [end:web-add]
