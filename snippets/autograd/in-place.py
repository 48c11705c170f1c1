# --8<-- [start:two]
import torch

x = torch.tensor([1., 2., 3.], requires_grad=True)
ones = torch.ones(3)

y = x * 2
y.add_(1)
print(y.detach())
#> tensor([3., 5., 7.])
y.backward(ones)
print(x.grad)
#> tensor([2., 2., 2.])

y = x.exp()
y.add_(1)
print(y.detach())
#> tensor([ 3.7183,  8.3891, 21.0855])
y.backward(ones)
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation...
# --8<-- [end:two]

# --8<-- [start:saved]
def saved(y):
    """算出 y 的运算为反向保存的张量：是输入 x、输出 y，还是别的。"""
    names = {x.data_ptr(): "输入", y.data_ptr(): "输出"}
    node = y.grad_fn
    kept = [getattr(node, name) for name in dir(node) if name.startswith("_saved_")]
    return sorted({names.get(k.data_ptr(), "常数") for k in kept if torch.is_tensor(k)}) or ["不保存"]

operations = {
    "exp": torch.exp, "tanh": torch.tanh, "sigmoid": torch.sigmoid,
    "sqrt": torch.sqrt, "relu": torch.relu, "1 / t": torch.reciprocal,
    "t ** 2": lambda t: t ** 2, "t * t": lambda t: t * t, "sin": torch.sin, "log": torch.log, "abs": torch.abs,
    "t * 2": lambda t: t * 2, "t + t": lambda t: t + t, "-t": torch.neg, "sum": torch.sum,
    "prod": torch.prod, "max": torch.max,
}
for name, f in operations.items():
    y = f(x)
    (g,) = torch.autograd.grad(y, x, torch.ones_like(y), retain_graph=True)
    print(f"{name:8} {g[2]:7.4f}", *saved(y))
#> exp      20.0855 输出
#> tanh      0.0099 输出
#> sigmoid   0.0452 输出
#> sqrt      0.2887 输出
#> relu      1.0000 输出
#> 1 / t    -0.1111 输出
#> t ** 2    6.0000 输入
#> t * t     6.0000 输入
#> sin      -0.9900 输入
#> log       0.3333 输入
#> abs       1.0000 输入
#> t * 2     2.0000 常数
#> t + t     2.0000 不保存
#> -t       -1.0000 不保存
#> sum       1.0000 不保存
#> prod      2.0000 输入 输出
#> max       1.0000 输入 输出
# --8<-- [end:saved]

# --8<-- [start:version]
y = x.exp()
print(y._version, y.grad_fn._saved_result._version)
#> 0 0
y.add_(1)
y.sub_(1)
print(y._version, torch.equal(y, x.exp()))
#> 2 True
y.backward(ones)
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [3]], which is output 0 of Exp, is at version 2; expected version 0 instead...
# --8<-- [end:version]

# --8<-- [start:fix]
x.grad = None
y = x.exp()
z = y + 1
z.backward(ones)
print(z, x.grad)
#> tensor([ 3.7183,  8.3891, 21.0855], grad_fn=<AddBackward0>) tensor([ 2.7183,  7.3891, 20.0855])

y = x.exp()
z = y.clone().mul_(5)
z.backward(ones)
print(z, x.grad)
#> tensor([ 13.5914,  36.9453, 100.4277], grad_fn=<MulBackward0>) tensor([ 16.3097,  44.3343, 120.5132])
# --8<-- [end:fix]

# --8<-- [start:allow]
x.grad = None
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x.exp()
    y.mul_(5)
    y.backward(ones)
print(x.grad / x.exp().detach())
#> tensor([5., 5., 5.])
# --8<-- [end:allow]

# --8<-- [start:view]
x.grad = None
whole = x.clone()
v = whole[1:]
print(v._is_view(), v._base is whole, v.grad_fn.name())
#> True True SliceBackward0

v.mul_(10)
print(whole, whole._version)
#> tensor([ 1., 20., 30.], grad_fn=<CopySlices>) 1
print(v.grad_fn.name(), [node.name() for node, _ in whole.grad_fn.next_functions if node])
#> AsStridedBackward0 ['CloneBackward0']
# --8<-- [end:view]

# --8<-- [start:view-grad]
whole.backward(ones)
print(x.grad)
#> tensor([ 1., 10., 10.])
# --8<-- [end:view-grad]

# --8<-- [start:unbind]
parts = whole.unbind()
parts[0].zero_()
#! RuntimeError: Output 0 of Unbind is a view and is being modified inplace...
# --8<-- [end:unbind]

# --8<-- [start:leaf]
x.zero_()
#! RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
part = x[1]
print(part)
#> tensor(2., grad_fn=<SelectBackward0>)
part.zero_()
#! RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.
with torch.no_grad():
    x.add_(1)
x, x.is_leaf, x._version
#> (tensor([2., 3., 4.], requires_grad=True), True, 1)
# --8<-- [end:leaf]

# --8<-- [start:step]
w = torch.tensor([1., 2., 3.], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.25)

first, second = torch.dot(w, w), torch.dot(w, x)
first.backward()
optimizer.step()
print(w)
#> tensor([0.5000, 1.0000, 1.5000], requires_grad=True)
second.backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [3]] is at version 1; expected version 0 instead...
# --8<-- [end:step]

# --8<-- [start:step-fixed]
w = torch.tensor([1., 2., 3.], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.25)

first, second = torch.dot(w, w), torch.dot(w, x)
(first + second).backward()
print(w.grad)
#> tensor([ 4.,  7., 10.])
optimizer.step()
print(w)
#> tensor([0.0000, 0.2500, 0.5000], requires_grad=True)
# --8<-- [end:step-fixed]

# --8<-- [start:function]
class Careless(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.result = x.exp()
        return ctx.result

    @staticmethod
    def backward(ctx, g):
        return g * ctx.result

class Careful(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y
# --8<-- [end:function]

# --8<-- [start:careless]
x = torch.tensor([1., 2., 3.], requires_grad=True)
print(*torch.autograd.grad(Careless.apply(x), x, ones), *torch.autograd.grad(Careful.apply(x), x, ones))
#> tensor([ 2.7183,  7.3891, 20.0855]) tensor([ 2.7183,  7.3891, 20.0855])

y = Careless.apply(x)
y.mul_(3)
y.backward(ones)
print(y.detach(), x.grad)
#> tensor([ 8.1548, 22.1672, 60.2566]) tensor([ 24.4645,  66.5015, 180.7698])

y = Careful.apply(x)
y.mul_(3)
print(y.detach())
#> tensor([ 8.1548, 22.1672, 60.2566])
y.backward(ones)
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation...
# --8<-- [end:careless]

# --8<-- [start:numpy]
x.grad = None
y = x.exp()
array = y.detach().numpy()
array *= 3
y.backward(ones)
print(y._version, x.grad)
#> 0 tensor([ 8.1548, 22.1672, 60.2566])
# --8<-- [end:numpy]

# --8<-- [start:exercise]
cases = [
    "y = x * 2; y.add_(1)",
    "y = x.exp(); y.mul_(2)",
    "y = x ** 2; y.mul_(2)",
    "a = x * 1; y = a ** 2; a.mul_(2)",
    "a = x * 1; y = a.exp(); a.zero_()",
    "a = x.sigmoid(); y = a + 1; a.zero_()",
    "a = x * 1; y = a.sin(); a[0] = 5",
    "a = x * 1; y = a * 2; a.detach().zero_()",
    "a = x * 1; a[0] = 5; y = a.sin()",
    "y = x; y.add_(1)",
]
# --8<-- [end:exercise]

# --8<-- [start:answer]
def outcome(code):
    """执行 code，再从 y 反向：得到的梯度，或者报错的开头。"""
    x = torch.tensor([1., 2., 3.], requires_grad=True)
    try:
        exec(code + "; y.sum().backward()", {"x": x})
        return str(x.grad)
    except RuntimeError as error:
        return str(error)[:31]

for number, code in enumerate(cases, 1):
    print(f"{number:2}", outcome(code))
#>  1 tensor([2., 2., 2.])
#>  2 one of the variables needed for
#>  3 tensor([ 4.,  8., 12.])
#>  4 one of the variables needed for
#>  5 tensor([ 2.7183,  7.3891, 20.0855])
#>  6 one of the variables needed for
#>  7 one of the variables needed for
#>  8 tensor([2., 2., 2.])
#>  9 tensor([ 0.0000, -0.4161, -0.9900])
#> 10 a leaf Variable that requires g
# --8<-- [end:answer]
