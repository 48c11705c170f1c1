# --8<-- [start:tensor]
x = tensor([[1, 2, 3], [4, 5, 6]])
print(x.data, x.shape, x.requires_grad)
#> [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] (2, 3) False
print(x, tensor([[[1, 2], [3, 4]]]))
#> tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]) tensor([[[1.0, 2.0], [3.0, 4.0]]])
tensor([x.data, [3]])
#! ValueError: expected sequence of length 6 at dim 1, got [3]
# --8<-- [end:tensor]

# --8<-- [start:record]
def square(x):
    return record([v * v for v in x.data], x.shape, (x, lambda g: [2 * v * w for v, w in zip(x.data, g)]))

x = tensor([1, 2, 3], requires_grad=True)
y = square(x)
((source, vjp),) = y.edges
print(y, source is x, vjp([1.0, 10.0, 100.0]))
#> tensor([1.0, 4.0, 9.0]) True [2.0, 40.0, 600.0]
# --8<-- [end:record]

# --8<-- [start:cut]
with no_grad():
    with no_grad():
        deep = square(x)
    inside = square(x)
u = y.detach()
u.data[0] = 7.0

for t in (y, u, square(u), deep, inside, square(x)):
    print(t, t.requires_grad, len(t.edges))
#> tensor([7.0, 4.0, 9.0]) True 1
#> tensor([7.0, 4.0, 9.0]) False 0
#> tensor([49.0, 16.0, 81.0]) False 0
#> tensor([1.0, 4.0, 9.0]) False 0
#> tensor([1.0, 4.0, 9.0]) False 0
#> tensor([1.0, 4.0, 9.0]) True 1
# --8<-- [end:cut]

# --8<-- [start:broadcast]
b = tensor([10, 20, 30])
B = expand(b, (2, 3))
a = tensor([[1], [2]])
print(places(b.shape, B.shape), places(a.shape, B.shape), B)
#> [0, 1, 2, 0, 1, 2] [0, 0, 0, 1, 1, 1] tensor([[10.0, 20.0, 30.0], [10.0, 20.0, 30.0]])
G = tensor([[1, 2, 3], [4, 5, 6]])
print(sum_to(G, (3,)), sum_to(G, (2, 1)), G.sum())
#> tensor([5.0, 7.0, 9.0]) tensor([[6.0], [15.0]]) tensor(21.0)
# --8<-- [end:broadcast]

# --8<-- [start:arithmetic]
c = a * b
print(c)
#> tensor([[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]])
add(c, tensor(a.data))
#! RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1
# --8<-- [end:arithmetic]

# --8<-- [start:seed]
x = tensor([1, 1, 4, 5], requires_grad=True)
y = 2 * (x * x).sum()
y.backward()
print(y, x.grad)
#> tensor(86.0) tensor([4.0, 4.0, 16.0, 20.0])
# --8<-- [end:seed]

# --8<-- [start:again]
before = x.grad
y.backward()
print(x.grad, x.grad is before)
#> tensor([8.0, 8.0, 32.0, 40.0]) True
# --8<-- [end:again]

# --8<-- [start:errors]
x.backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
x.backward(b)
#! RuntimeError: Mismatch in shape: grad_output[0] has a shape of (3,) and output[0] (4,)
x.detach().sum().backward()
#! RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
# --8<-- [end:errors]

# --8<-- [start:aliasing]
p, q = tensor([1, 2], requires_grad=True), tensor([3, 4], requires_grad=True)
(p + q).backward(tensor([1, 10]))
print(p.grad, q.grad)
#> tensor([1.0, 10.0]) tensor([1.0, 10.0])
(p * q).sum().backward()
print(p.grad, q.grad)
#> tensor([4.0, 14.0]) tensor([2.0, 12.0])
# --8<-- [end:aliasing]

# --8<-- [start:value]
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents
        self.push = lambda: None

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def push():
            self.grad += out.grad * other.data
            other.grad += out.grad * self.data

        out.push = push
        return out

    def backward(self):
        self.grad = 1.0
        for v in reversed(order(self)):
            v.push()

def order(v, done=()):
    """v 和它的祖先，祖先在前。"""
    if v in done:
        return done
    for parent in v.parents:
        done = order(parent, done)
    return (*done, v)
# --8<-- [end:value]

# --8<-- [start:twice]
import torch

for x, options in [
    (Value(3.0), {}),
    (tensor(3, requires_grad=True), {}),
    (torch.tensor(3., requires_grad=True), {"retain_graph": True}),
]:
    square = x * x
    y = square * square
    y.backward(**options)
    print(x.grad, end=" → ")
    y.backward()
    print(x.grad)
#> 108.0 → 324.0
#> tensor(108.0) → tensor(216.0)
#> tensor(108.) → tensor(216.)
# --8<-- [end:twice]

# --8<-- [start:chain]
def chain(x, steps):
    y = x
    for _ in range(steps):
        y = y * x
    return y

y = chain(Value(1.001), 5000)
print(y.data)
#> 148.19087899872193
y.backward()
#! RecursionError: maximum recursion depth exceeded...
x = tensor(1.001, requires_grad=True)
y = chain(x, 5000)
y.backward()
print(y, x.grad)
#> tensor(148.19087899872193) tensor(740362.2236490143)
# --8<-- [end:chain]

# --8<-- [start:functions]
x = tensor([-1, 0, 2], requires_grad=True)
for name in ["exp", "sin", "cos", "tanh", "relu"]:
    x.grad = None
    y = getattr(x, name)()
    y.sum().backward()
    print(name.ljust(4), [f"{v:.4f}" for v in x.grad.tolist()])
#> exp  ['0.3679', '1.0000', '7.3891']
#> sin  ['0.5403', '1.0000', '-0.4161']
#> cos  ['0.8415', '0.0000', '-0.9093']
#> tanh ['0.4200', '1.0000', '0.0707']
#> relu ['0.0000', '0.0000', '1.0000']
# --8<-- [end:functions]

# --8<-- [start:matmul]
A = tensor([[1, 2, 3], [4, 5, 6]], requires_grad=True)
B = tensor([[1, 0], [2, 1], [0, 3]], requires_grad=True)
C = A @ B
C.backward(tensor([[1, 10], [100, 1000]]))
for t in (C, A.grad, B.grad, A.T):
    print(t)
#> tensor([[5.0, 11.0], [14.0, 23.0]])
#> tensor([[1.0, 12.0, 30.0], [100.0, 1200.0, 3000.0]])
#> tensor([[401.0, 4010.0], [502.0, 5020.0], [603.0, 6030.0]])
#> tensor([[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]])
A @ b
#! RuntimeError: mat1 and mat2 shapes cannot be multiplied: (2, 3) and (3,)
A @ A
#! RuntimeError: mat1 and mat2 shapes cannot be multiplied: (2, 3) and (2, 3)
b.T
#! RuntimeError: T is for matrices, got shape (3,)
# --8<-- [end:matmul]

# --8<-- [start:compare]
from functools import partial

wide = partial(torch.tensor, dtype=torch.float64)

def run(f, make):
    """y = f(x, r)，损失是 y + 1 的平方和；返回 y 与两个梯度。"""
    x = make([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], requires_grad=True)
    r = make([1.0, 2.0, -3.0], requires_grad=True)
    y = f(x, r)
    ((y + 1) ** 2).sum().backward()
    return y.tolist(), x.grad.tolist(), r.grad.tolist()

cases = {
    "3 - x * r": lambda x, r: 3 - x * r,
    "(2 / r - x) / r ** 2": lambda x, r: (2 / r - x) / r**2,
    "exp、log": lambda x, r: (x.exp() + 1).log() - r,
    "sin、cos": lambda x, r: x.sin() * r.cos(),
    "tanh、relu": lambda x, r: (x * r).tanh() + (x + r).relu(),
    "(x * r) @ x.T": lambda x, r: (x * r) @ x.T,
    "r 共用四次": lambda x, r: (x + r) * r - r * r.detach(),
}
for name, f in cases.items():
    own, right = run(f, tensor), run(f, wide)
    same = [torch.allclose(wide(a), wide(b)) for a, b in zip(own, right)]
    print([f"{v:.4f}" for v in own[2]], same, name)
#> ['-11.0000', '10.2500', '-37.3750'] [True, True, True] 3 - x * r
#> ['-34.0000', '-2.6172', '-0.3501'] [True, True, True] (2 / r - x) / r ** 2
#> ['-5.3510', '1.7216', '-21.0276'] [True, True, True] exp、log
#> ['-3.5993', '1.6626', '-0.2966'] [True, True, True] sin、cos
#> ['19.4522', '10.8095', '-0.1290'] [True, True, True] tanh、relu
#> ['20.4688', '-23.0391', '-102.6016'] [True, True, True] (x * r) @ x.T
#> ['17.0000', '4.7500', '-14.3750'] [True, True, True] r 共用四次
# --8<-- [end:compare]

# --8<-- [start:train]
def train(make, steps, rate):
    """用一个 2-4-1 的网络学异或；返回几步的损失和最后的误差。"""
    x = make([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    target = make([[0.0], [1.0], [1.0], [0.0]])
    start = [[[0.5, -0.8, 0.3, 0.9], [-0.6, 0.7, 0.4, 0.8]], [0.1, -0.2, 0.3, -0.4],
             [[0.7], [-0.5], [0.2], [-0.9]], [0.1]]
    losses = []
    for _ in range(steps + 1):
        W, b, w, c = (make(v, requires_grad=True) for v in start)
        error = (x @ W + b).tanh() @ w + c - target
        loss = (error * error).sum() / 4
        loss.backward()
        losses.append(f"{loss.tolist():.6f}")
        start = [(p - rate * p.grad).tolist() for p in (W, b, w, c)]
    return losses[::100], [f"{v:.3f}" for (v,) in error.tolist()]

for make in (tensor, wide):
    print(*train(make, 300, 0.1))
#> ['0.900371', '0.148831', '0.013773', '0.000180'] ['0.011', '-0.013', '-0.013', '0.016']
#> ['0.900371', '0.148831', '0.013773', '0.000180'] ['0.011', '-0.013', '-0.013', '0.016']
# --8<-- [end:train]

# --8<-- [start:infinite]
tensor(0).log()
#! ValueError: ...
print(torch.tensor(0.).log(), torch.tensor(0.).reciprocal())
#> tensor(-inf) tensor(inf)
# --8<-- [end:infinite]

# --8<-- [start:answer]
def amax(x):
    top = max(x.data)
    ties = [float(v == top) for v in x.data]
    share = Tensor([t / sum(ties) for t in ties], x.shape)
    return record([top], (), (x, lambda g: g * share))

x = tensor([5, 0, -5], requires_grad=True)
y = x * x
amax(y).backward()
print(y, amax(y), x.grad)
#> tensor([25.0, 0.0, 25.0]) tensor(25.0) tensor([5.0, 0.0, -5.0])

t = torch.tensor([5., 0, -5], requires_grad=True)
y = t * t
y.amax().backward()
print(y.detach(), t.grad)
#> tensor([25.,  0., 25.]) tensor([ 5.,  0., -5.])
# --8<-- [end:answer]

# --8<-- [start:answer-grad]
def grad(y, x):
    return pull(y, Tensor([1.0], ()))[x]

x = tensor(2, requires_grad=True)
t = torch.tensor(2., dtype=torch.float64, requires_grad=True)
d, e = x.sin() * x**3, t.sin() * t**3
for _ in range(3):
    d = grad(d, x)
    (e,) = torch.autograd.grad(e, t, create_graph=True)
    print(f"{d.tolist():.4f}", e.detach())
#> 7.5824 tensor(7.5824, dtype=torch.float64)
#> -6.3503 tensor(-6.3503, dtype=torch.float64)
#> -38.9310 tensor(-38.9310, dtype=torch.float64)
# --8<-- [end:answer-grad]
