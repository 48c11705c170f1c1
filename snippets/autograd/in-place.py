# --8<-- [start:two]
import torch

x = torch.tensor([1., 2., 3.], requires_grad=True)

y = x * 2
y.add_(1)
y.sum().backward()
print(x.grad)
#> tensor([2., 2., 2.])

y = x.exp()
y.add_(1)
y.sum().backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation...
# --8<-- [end:two]

# --8<-- [start:saved]
def saved(f):
    """f 为反向保存的张量：是输入、输出，还是别的。"""
    t = torch.tensor([1., 2., 3.], requires_grad=True)
    y = f(t)
    names = {t.data_ptr(): "输入", y.data_ptr(): "输出"}
    node = y.grad_fn
    kept = [getattr(node, name) for name in dir(node) if name.startswith("_saved_")]
    return sorted({names.get(k.data_ptr(), "常数") for k in kept if torch.is_tensor(k)})

operations = {
    "exp": torch.exp, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "softmax": lambda t: t.softmax(0),
    "sqrt": torch.sqrt, "relu": torch.relu, "1 / t": torch.reciprocal,
    "t ** 2": lambda t: t ** 2, "t * t": lambda t: t * t, "sin": torch.sin, "log": torch.log, "abs": torch.abs,
    "t * 2": lambda t: t * 2, "t + 1": lambda t: t + 1, "t - 1": lambda t: t - 1, "sum": torch.sum,
    "prod": torch.prod, "max": torch.max,
}
for name, f in operations.items():
    print(f"{name:8}", *saved(f) or ["不保存"])
#> exp      输出
#> tanh     输出
#> sigmoid  输出
#> softmax  输出
#> sqrt     输出
#> relu     输出
#> 1 / t    输出
#> t ** 2   输入
#> t * t    输入
#> sin      输入
#> log      输入
#> abs      输入
#> t * 2    常数
#> t + 1    不保存
#> t - 1    不保存
#> sum      不保存
#> prod     输入 输出
#> max      输入 输出
# --8<-- [end:saved]

# --8<-- [start:version]
y = x.exp()
print(y._version, y.grad_fn._saved_result._version)
#> 0 0
y.add_(1)
y.sub_(1)
print(y._version, torch.equal(y, x.exp()))
#> 2 True
y.sum().backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [3]], which is output 0 of Exp, is at version 2; expected version 0 instead...
# --8<-- [end:version]

# --8<-- [start:fix]
x.grad = None
y = x.exp()
z = y + 1
z.sum().backward()
print(x.grad)
#> tensor([ 2.7183,  7.3891, 20.0855])

y = x.exp()
z = y.clone().mul_(5)
z.sum().backward()
print(x.grad)
#> tensor([ 16.3097,  44.3343, 120.5132])
# --8<-- [end:fix]

# --8<-- [start:allow]
x.grad = None
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    y = x.exp()
    y.mul_(5)
    y.sum().backward()
print(x.grad / x.exp().detach())
#> tensor([5., 5., 5.])
# --8<-- [end:allow]

# --8<-- [start:view]
x.grad = None
y = x * 1
v = y[1:]
print(v._is_view(), v._base is y, y._version)
#> True True 0
v.mul_(10)
print(y, y._version)
#> tensor([ 1., 20., 30.], grad_fn=<CopySlices>) 1
# --8<-- [end:view]

# --8<-- [start:view-grad]
y.sum().backward()
print(x.grad)
#> tensor([ 1., 10., 10.])
# --8<-- [end:view-grad]

# --8<-- [start:walk]
y = x * 1
v = y[1:]
print(v.grad_fn.name())
#> SliceBackward0
v.mul_(10)
print(v.grad_fn.name())
#> AsStridedBackward0
print(y.grad_fn.name(), [node.name() for node, _ in y.grad_fn.next_functions if node])
#> torch::autograd::CopySlices ['MulBackward0']
# --8<-- [end:walk]

# --8<-- [start:unbind]
y = x * 1
parts = y.unbind()
parts[0].mul_(10)
#! RuntimeError: Output 0 of Unbind is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.
# --8<-- [end:unbind]

# --8<-- [start:leaf]
x.add_(1)
#! RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
x[0] = 5.
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
with torch.no_grad():
    w.copy_(torch.tensor([1., 2., 3.]))
optimizer.zero_grad()

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
right = 3 * x.detach().exp()

y = Careless.apply(x)
y.mul_(3)
y.sum().backward()
print(x.grad / right)
#> tensor([3., 3., 3.])

y = Careful.apply(x)
y.mul_(3)
y.sum().backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation...
# --8<-- [end:careless]

# --8<-- [start:numpy]
x.grad = None
y = x.exp()
array = y.detach().numpy()
array *= 3
y.sum().backward()
print(y._version, x.grad / x.detach().exp())
#> 0 tensor([3.0000, 3.0000, 3.0000])
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
    "y = x; y += 1",
]
# --8<-- [end:exercise]

# --8<-- [start:answer]
def outcome(code):
    """执行 code，再从 y 反向：得到的梯度，或者报错的开头。"""
    x = torch.tensor([1., 2., 3.], requires_grad=True)
    scope = {"x": x}
    try:
        exec(code, scope)
        scope["y"].sum().backward()
        return str(x.grad)
    except RuntimeError as error:
        return str(error)[:32]

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
#> 10 a leaf Variable that requires gr
# --8<-- [end:answer]
