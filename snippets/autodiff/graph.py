# --8<-- [start:forward]
import torch

x = torch.tensor([1., 1, 4, 5], requires_grad=True)
d = torch.dot(x, x)
y = 2 * d

for value in (d, y):
    print(value)
#> tensor(43., grad_fn=<DotBackward0>)
#> tensor(86., grad_fn=<MulBackward0>)
# --8<-- [end:forward]

# --8<-- [start:walk]
def walk(node, indent=""):
    print(indent + node.name())
    for child, _ in node.next_functions:
        if child is not None:
            walk(child, indent + "  ")

walk(y.grad_fn)
#> MulBackward0
#>   DotBackward0
#>     torch::autograd::AccumulateGrad
#>     torch::autograd::AccumulateGrad
# --8<-- [end:walk]

# --8<-- [start:tape]
import math

class Traced:
    """一个数。它参与的每一步运算都记进表里，每步记一行。"""

    def __init__(self, table, operation, value):
        self.table, self.value = table, value
        self.name = f"v{len(table)}"
        table.append(f"{self.name} {value:9.4f}  {operation}")

    def step(self, operation, value):
        return Traced(self.table, operation, value)

    def __add__(self, other):
        operation = f"{self.name} + {other.name}"
        return self.step(operation, self.value + other.value)

    def __mul__(self, other):
        operation = f"{self.name} * {other.name}"
        return self.step(operation, self.value * other.value)

    def sin(self):
        return self.step(f"sin {self.name}", math.sin(self.value))

    def log(self):
        return self.step(f"log {self.name}", math.log(self.value))

    def reciprocal(self):
        return self.step(f"1 / {self.name}", 1 / self.value)

def record(f, *values):
    """执行 f，返回走过的每一步。"""
    table = []
    f(*(Traced(table, "输入", value) for value in values))
    return table

def f(s, t):
    return (s * t + s.sin()) * t

print(*record(f, 2., 3.), sep="\n")
#> v0    2.0000  输入
#> v1    3.0000  输入
#> v2    6.0000  v0 * v1
#> v3    0.9093  sin v0
#> v4    6.9093  v2 + v3
#> v5   20.7279  v4 * v1
# --8<-- [end:tape]

# --8<-- [start:tape-branch]
def g(s):
    while s.value < 10:
        s = s * s

for start in [1.5, 3.2]:
    print(*record(g, start), sep="\n", end="\n\n")
#> v0    1.5000  输入
#> v1    2.2500  v0 * v0
#> v2    5.0625  v1 * v1
#> v3   25.6289  v2 * v2
#>
#> v0    3.2000  输入
#> v1   10.2400  v0 * v0
#>
# --8<-- [end:tape-branch]

# --8<-- [start:node]
dot = y.grad_fn.next_functions[0][0]
print(dot is d.grad_fn, dot._saved_self)
#> True tensor([1., 1., 4., 5.], requires_grad=True)
# --8<-- [end:node]

# --8<-- [start:backward]
received = []
handle = d.register_hook(received.append)

y.backward()
received, x.grad
#> ([tensor(2.)], tensor([ 4.,  4., 16., 20.]))
# --8<-- [end:backward]

# --8<-- [start:node-freed]
dot._saved_self
#! RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed)...
# --8<-- [end:node-freed]

# --8<-- [start:passes]
a = torch.tensor([1., 1, 4, 5])

with torch.no_grad():
    bare = 2 * torch.dot(x, x)
recorded = 2 * torch.dot(x, x)
direction = torch.ones(4)
value, slope = torch.func.jvp(lambda x: 2 * torch.dot(x, x), (a,), (direction,))

print("正向，不记图", bare)
#> 正向，不记图 tensor(86.)
print("正向，记图  ", recorded)
#> 正向，记图   tensor(86., grad_fn=<MulBackward0>)
print("前向模式    ", value, slope)
#> 前向模式     tensor(86.) tensor(44.)
# --8<-- [end:passes]

# --8<-- [start:branch]
def f(t):
    return t * t if t > 0 else -t

for start in [0.25, -3.]:
    t = torch.tensor(start, requires_grad=True)
    f(t).backward()
    print(start, t.grad)
#> 0.25 tensor(0.5000)
#> -3.0 tensor(-1.)
# --8<-- [end:branch]

# --8<-- [start:define-and-run]
def smooth(t):
    return t * t.sin()

print(torch.fx.symbolic_trace(smooth).code.strip())
#> def forward(self, t):
#>     sin = t.sin()
#>     mul = t * sin;  t = sin = None
#>     return mul
torch.fx.symbolic_trace(f)
#! torch.fx.proxy.TraceError: symbolically traced variables cannot be used as inputs to control flow
# --8<-- [end:define-and-run]

# --8<-- [start:kink]
for name in ["abs", "relu", "sqrt"]:
    t = torch.tensor(0., requires_grad=True)
    (g,) = torch.autograd.grad(getattr(torch, name)(t), t)
    print(name, g)
#> abs tensor(0.)
#> relu tensor(0.)
#> sqrt tensor(inf)
# --8<-- [end:kink]

# --8<-- [start:answer-graph]
def f(x):
    return (x * x).log() * x.sin() + x.reciprocal()

print(*record(f, 3.), sep="\n")
#> v0    3.0000  输入
#> v1    9.0000  v0 * v0
#> v2    2.1972  log v1
#> v3    0.1411  sin v0
#> v4    0.3101  v2 * v3
#> v5    0.3333  1 / v0
#> v6    0.6434  v4 + v5

x = torch.tensor(3., requires_grad=True)
y = f(x)
a = x.detach()
formula = 2 / a * a.sin() + (a * a).log() * a.cos() - 1 / (a * a)
print(torch.func.grad(f)(a), formula)
#> tensor(-2.1923) tensor(-2.1923)
# --8<-- [end:answer-graph]
