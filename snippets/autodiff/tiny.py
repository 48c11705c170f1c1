# --8<-- [start:tensor]
"""一个小 torch：只用标准库的张量与反向模式自动求导。"""
import contextlib
import itertools
import math

numbers = itertools.count()

class Tensor:
    def __init__(self, data, shape, requires_grad=False, edges=()):
        self.data, self.shape = data, shape  # 数按行排成一列，形状另记
        self.requires_grad, self.grad = requires_grad, None
        self.edges = edges  # 每条边：(输入, 把输出的梯度变成输入的梯度的函数)
        self.number = next(numbers)  # 第几个造出来的

    def tolist(self):
        rows = self.data[:]
        for d in range(len(self.shape) - 1, 0, -1):
            n = self.shape[d]
            rows = [rows[i * n : (i + 1) * n] for i in range(math.prod(self.shape[:d]))]
        return rows if self.shape else rows[0]

    def __repr__(self):
        return f"tensor({self.tolist()})"

def tensor(values, requires_grad=False):
    shape, data = (), [values]
    while data and isinstance(data[0], list):
        n = len(data[0])
        for wrong in [row for row in data if not isinstance(row, list) or len(row) != n]:
            raise ValueError(f"expected sequence of length {n} at dim {len(shape)}, got {wrong}")
        shape, data = (*shape, n), [x for row in data for x in row]
    return Tensor([float(x) for x in data], shape, requires_grad)
# --8<-- [end:tensor]
# --8<-- [start:record]
recording = True

def record(data, shape, *edges):
    """一次运算的结果。只记通向需要梯度的输入的边；一条也没有，结果就不需要梯度。"""
    edges = [edge for edge in edges if recording and edge[0].requires_grad]
    return Tensor(data, shape, bool(edges), edges)

@contextlib.contextmanager
def no_grad():
    global recording
    before, recording = recording, False
    try:
        yield
    finally:
        recording = before

Tensor.detach = lambda x: Tensor(x.data, x.shape)  # 同一块内存
# --8<-- [end:record]
# --8<-- [start:broadcast]
def places(small, large):
    """large 的每个位置，读的是 small 的第几个数。"""
    extra = len(large) - len(small)
    found = [0] * math.prod(large[:extra])
    for m, n in zip(small, large[extra:]):
        found = [p * m + i % m for p in found for i in range(n)]
    return found

def expand(x, shape):
    return record([x.data[p] for p in places(x.shape, shape)], shape, (x, lambda g: sum_to(g, x.shape)))

def sum_to(x, shape):
    data = [0.0] * math.prod(shape)
    for p, value in zip(places(shape, x.shape), x.data):
        data[p] += value
    return record(data, shape, (x, lambda g: expand(g, x.shape)))

Tensor.sum = lambda x: sum_to(x, ())
# --8<-- [end:broadcast]
# --8<-- [start:arithmetic]
def together(a, b):
    """把两个操作数铺成同一个形状。"""
    b = b if isinstance(b, Tensor) else tensor(b)
    sizes = list(itertools.zip_longest(a.shape[::-1], b.shape[::-1], fillvalue=1))  # 从末一维对齐
    for d, (m, n) in enumerate(sizes, 1):
        if m != n and 1 not in (m, n):
            at = f"at non-singleton dimension {len(sizes) - d}"
            raise RuntimeError(f"The size of tensor a ({m}) must match the size of tensor b ({n}) {at}")
    shape = tuple(n if m == 1 else m for m, n in sizes[::-1])
    return [t if t.shape == shape else expand(t, shape) for t in (a, b)]

def add(a, b):
    a, b = together(a, b)
    return record([p + q for p, q in zip(a.data, b.data)], a.shape, (a, lambda g: g), (b, lambda g: g))

def mul(a, b):
    a, b = together(a, b)
    return record([p * q for p, q in zip(a.data, b.data)], a.shape, (a, lambda g: g * b), (b, lambda g: g * a))

def power(x, k):
    return record([math.pow(v, k) for v in x.data], x.shape, (x, lambda g: g * (k * x ** (k - 1))))

Tensor.__add__ = Tensor.__radd__ = add
Tensor.__mul__ = Tensor.__rmul__ = mul
Tensor.__pow__ = power
Tensor.__neg__ = lambda x: mul(x, -1)
Tensor.__sub__ = lambda x, other: x + -other
Tensor.__rsub__ = lambda x, other: -x + other
Tensor.__truediv__ = lambda x, other: x * other**-1
Tensor.__rtruediv__ = lambda x, other: x**-1 * other
# --8<-- [end:arithmetic]
# --8<-- [start:backward]
def pull(root, g):
    """把 root 的梯度 g 送到每个叶子，返回 {叶子: 梯度}。"""
    waiting, leaves = {root: g}, {}
    while waiting:
        node = max(waiting, key=lambda x: x.number)  # 最后造出来的：用到它的都已走过，它的梯度收齐了
        g = waiting.pop(node)
        for x, vjp in node.edges:
            waiting[x] = waiting[x] + vjp(g) if x in waiting else vjp(g)
        if not node.edges:
            leaves[node] = g
    return leaves

def backward(x, gradient=None):
    if not x.requires_grad:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    if gradient is None and len(x.data) != 1:
        raise RuntimeError("grad can be implicitly created only for scalar outputs")
    gradient = gradient or Tensor([1.0], x.shape)
    if gradient.shape != x.shape:
        raise RuntimeError(f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] {x.shape}")
    with no_grad():
        for leaf, g in pull(x, gradient).items():
            leaf.grad = leaf.grad or Tensor([0.0] * len(leaf.data), leaf.shape)
            leaf.grad.data[:] = [p + q for p, q in zip(leaf.grad.data, g.data)]  # 原地相加

Tensor.backward = backward
# --8<-- [end:backward]
# --8<-- [start:functions]
def elementwise(f, derivative):
    """逐元素的函数，导数用张量运算写出。"""
    return lambda x: record([f(v) for v in x.data], x.shape, (x, lambda g: g * derivative(x)))

Tensor.exp = elementwise(math.exp, lambda x: x.exp())
Tensor.log = elementwise(math.log, lambda x: x**-1)
Tensor.sin = elementwise(math.sin, lambda x: x.cos())
Tensor.cos = elementwise(math.cos, lambda x: -x.sin())
Tensor.tanh = elementwise(math.tanh, lambda x: 1 - x.tanh() ** 2)
Tensor.relu = elementwise(lambda v: max(v, 0.0), lambda x: Tensor([float(v > 0) for v in x.data], x.shape))
# --8<-- [end:functions]
# --8<-- [start:matmul]
def transpose(x):
    if len(x.shape) != 2:
        raise RuntimeError(f"T is for matrices, got shape {x.shape}")
    return record([v for j in range(x.shape[1]) for v in x.data[j :: x.shape[1]]], x.shape[::-1], (x, lambda g: g.T))

def matmul(a, b):
    if len(a.shape) != 2 or len(b.shape) != 2 or a.shape[1] != b.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied: {a.shape} and {b.shape}")
    (m, k), (_, n) = a.shape, b.shape
    rows, columns = [a.data[i * k : i * k + k] for i in range(m)], [b.data[j::n] for j in range(n)]
    data = [math.fsum(map(float.__mul__, row, column)) for row in rows for column in columns]
    return record(data, (m, n), (a, lambda g: g @ b.T), (b, lambda g: a.T @ g))

Tensor.T = property(transpose)
Tensor.__matmul__ = matmul
# --8<-- [end:matmul]
