# --8<-- [start:problem]
import torch

x = torch.tensor([-2., 0., 1000.], requires_grad=True)
y = torch.log(1 + torch.exp(x))
y.sum().backward()
print(y, x.grad, sep="\n")
#> tensor([0.1269, 0.6931,    inf], grad_fn=<LogBackward0>)
#> tensor([0.1192, 0.5000,    nan])
# --8<-- [end:problem]

# --8<-- [start:softplus]
from torch.autograd import Function

class Softplus(Function):
    @staticmethod
    def forward(x):
        return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))

    @staticmethod
    def setup_context(ctx, inputs, output):
        (x,) = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.sigmoid(x)

x.grad = None
y = Softplus.apply(x)
y.backward(torch.tensor([1., 10., 100.]))
print(y, x.grad, sep="\n")
#> tensor([1.2693e-01, 6.9315e-01, 1.0000e+03], grad_fn=<SoftplusBackward>)
#> tensor([  0.1192,   5.0000, 100.0000])
# --8<-- [end:softplus]

# --8<-- [start:kink]
zero = torch.zeros((), requires_grad=True)
for f in (Softplus.forward, Softplus.apply):
    print(torch.autograd.grad(f(zero), zero))
#> (tensor(1.),)
#> (tensor(0.5000),)
# --8<-- [end:kink]

# --8<-- [start:scale]
class Scale(Function):
    """k 倍的 x 的 p 次方；p 是 Python 的数。"""

    @staticmethod
    def forward(x, k, p):
        return k * x**p

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, k, ctx.p = inputs
        ctx.save_for_backward(x, k)

    @staticmethod
    def backward(ctx, g):
        base, factor = ctx.saved_tensors
        need_x, need_k, _ = ctx.needs_input_grad
        print("需要:", need_x, need_k)
        gx = g * factor * ctx.p * base ** (ctx.p - 1) if need_x else None
        gk = g * base**ctx.p if need_k else None
        return gx, gk, None

x = torch.tensor([1., 2., 3.], requires_grad=True)
k = torch.tensor(10., requires_grad=True)
y = Scale.apply(x, k, 3)
y.sum().backward()
#> 需要: True True
print(y.detach(), x.grad, k.grad)
#> tensor([ 10.,  80., 270.]) tensor([ 30., 120., 270.]) tensor(36.)

x.grad = k.grad = None
Scale.apply(x.detach(), k, 3).sum().backward()
#> 需要: False True
print(x.grad, k.grad)
#> None tensor(36.)
# --8<-- [end:scale]

# --8<-- [start:count]
class Short(Scale):
    backward = staticmethod(lambda ctx, g: g)

Short.apply(k, k, k).backward()
#! RuntimeError: function ShortBackward returned an incorrect number of gradients (expected 3, got 1)
# --8<-- [end:count]

# --8<-- [start:shape]
class Wide(Scale):
    backward = staticmethod(lambda ctx, g: (k.repeat(2), None, None))

Wide.apply(x, k, k).backward(x)
#! RuntimeError: Function WideBackward returned an invalid gradient at index 0 - got [2] but expected shape compatible with [3]
# --8<-- [end:shape]

# --8<-- [start:gradcheck]
import inspect
from torch.autograd import gradcheck, gradgradcheck

print("步长:", inspect.signature(gradcheck).parameters["eps"].default)
#> 步长: 1e-06
x = torch.tensor([-0.5, 0.25, 2.], dtype=torch.float64, requires_grad=True)
print(gradcheck(Softplus.apply, (x,)), gradgradcheck(Softplus.apply, (x,)))
#> True True
# --8<-- [end:gradcheck]

# --8<-- [start:lost]
class Lost(Softplus):
    """softplus 的平方，反向丢了因子 2。"""

    @staticmethod
    def forward(x):
        return torch.log1p(torch.exp(x)) ** 2

    @staticmethod
    def backward(ctx, g):
        (point,) = ctx.saved_tensors
        return g * torch.log1p(torch.exp(point)) * torch.sigmoid(point)

gradcheck(Lost.apply, (x,))
#! torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,
#! numerical:tensor([[0.3580, 0.0000, 0.0000],
#!         [0.0000, 0.9286, 0.0000],
#!         [0.0000, 0.0000, 3.7468]], dtype=torch.float64)
#! analytical:tensor([[0.1790, 0.0000, 0.0000],
#!         [0.0000, 0.4643, 0.0000],
#!         [0.0000, 0.0000, 1.8734]], dtype=torch.float64)...
# --8<-- [end:lost]

# --8<-- [start:float32]
single = torch.tensor(x.tolist(), requires_grad=True)
gradcheck(torch.tanh, (single,))
#! UserWarning: Input #0 requires gradient and is not a double precision floating point or complex...
#! torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,...
gradcheck(torch.tanh, (single.double(),))
#> True
# --8<-- [end:float32]

# --8<-- [start:kinks]
origin = torch.zeros(2, dtype=torch.float64, requires_grad=True)
gradcheck(torch.relu, (origin,))
#! torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,
#! numerical:tensor([[0.5000, 0.0000],
#!         [0.0000, 0.5000]], dtype=torch.float64)
#! analytical:tensor([[0., 0.],
#!         [0., 0.]], dtype=torch.float64)...
gradcheck(torch.abs, (origin,))
#> True
# --8<-- [end:kinks]

# --8<-- [start:fast]
class Count(Softplus):
    @staticmethod
    def forward(x):
        Count.calls += 1
        return Softplus.forward(x)

many = torch.eye(10, dtype=torch.float64, requires_grad=True)
for fast in [False, True]:
    Count.calls = 0
    print(gradcheck(Count.apply, (many,), fast_mode=fast), Count.calls)
#> True 202
#> True 4
# --8<-- [end:fast]

# --8<-- [start:double]
import numpy

def first(f, x):
    """x f(x) 的导数，还能再求导。"""
    return torch.autograd.grad((x * f(x)).sum(), x, create_graph=True)[0]

class Exp(Function):
    @staticmethod
    def forward(x):
        return torch.from_numpy(numpy.exp(x.numpy()))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g.detach() * y.detach()

for f in (torch.exp, Exp.apply):
    d = first(f, x)
    print(d.detach(), torch.autograd.grad(d.sum(), x)[0])
#> tensor([ 0.3033,  1.6050, 22.1672], dtype=torch.float64) tensor([ 0.9098,  2.8891, 29.5562], dtype=torch.float64)
#> tensor([ 0.3033,  1.6050, 22.1672], dtype=torch.float64) tensor([0.6065, 1.2840, 7.3891], dtype=torch.float64)
# --8<-- [end:double]

# --8<-- [start:once]
from torch.autograd.function import once_differentiable

class Once(Exp):
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return torch.from_numpy(g.numpy() * y.numpy())

d = first(Once.apply, x)
print(torch.autograd.grad(d.sum(), x)[0])
#> tensor([0.6065, 1.2840, 7.3891], dtype=torch.float64)
d.backward(x)
#! RuntimeError: trying to differentiate twice a function that was marked with @once_differentiable
# --8<-- [end:once]

# --8<-- [start:gradgradcheck]
print(gradcheck(Exp.apply, (x,)), gradcheck(Once.apply, (x,)))
#> True True
gradgradcheck(Exp.apply, (x,))
#! torch.autograd.gradcheck.GradcheckError: Numerical gradient for function expected to be zero
gradgradcheck(Once.apply, (x,))
#! torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,...
# --8<-- [end:gradgradcheck]

# --8<-- [start:old]
class Old(Function):
    """旧写法：forward 带着 ctx。"""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, g):
        (base,) = ctx.saved_tensors
        return 3 * g * base**2

from torch.func import grad, vjp

a = x.detach()
y = Old.apply(x)
print(y.detach(), torch.autograd.grad(y, x, grad_outputs=x))
#> tensor([-0.1250,  0.0156,  8.0000], dtype=torch.float64) (tensor([-0.3750,  0.0469, 24.0000], dtype=torch.float64),)
vjp(Old.apply, a)
#! RuntimeError: In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the setup_context staticmethod. For more details, please see https://pytorch.org/docs/main/notes/extending.func.html
# --8<-- [end:old]

# --8<-- [start:func]
from torch.func import jvp, vmap

print(grad(lambda t: Softplus.apply(t).sum())(a))
#> tensor([0.3775, 0.5622, 0.8808], dtype=torch.float64)
jvp(Softplus.apply, (a,), (a,))
#! NotImplementedError: You must implement the jvp function for custom autograd.Function to use it with forward mode AD.
vmap(Softplus.apply)(a)
#! RuntimeError: You tried to vmap over Softplus, but it does not have vmap support...
# --8<-- [end:func]

# --8<-- [start:full]
class Full(Softplus):
    generate_vmap_rule = True

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def jvp(ctx, t):
        (x,) = ctx.saved_tensors
        return torch.sigmoid(x) * t

print(jvp(Full.apply, (a,), (a,))[1])
#> tensor([-0.1888,  0.1405,  1.7616], dtype=torch.float64)
print(vmap(grad(Full.apply))(a))
#> tensor([0.3775, 0.5622, 0.8808], dtype=torch.float64)
# --8<-- [end:full]

# --8<-- [start:forward-check]
class Wrong(Full):
    jvp = staticmethod(lambda ctx, t: t)

print(gradcheck(Wrong.apply, (x,)))
#> True
for F in (Full, Wrong):
    print(F.__name__, gradcheck(F.apply, (x,), check_forward_ad=True))
#> Full True
#! torch.autograd.gradcheck.GradcheckError: Jacobian computed with forward mode mismatch for output 0 with respect to input 0,...
# --8<-- [end:forward-check]

# --8<-- [start:vmap]
class Batched(Softplus):
    @staticmethod
    def vmap(info, in_dims, x):
        print("批量:", info.batch_size, "批量维:", in_dims, "形状:", x.shape)
        return Batched.apply(x), in_dims[0]

print(vmap(Batched.apply, in_dims=1)(a.repeat(1, 2, 1)))
#> 批量: 2 批量维: (1,) 形状: torch.Size([1, 2, 3])
#> tensor([[[0.4741, 0.8259, 2.1269]],
#>
#>         [[0.4741, 0.8259, 2.1269]]], dtype=torch.float64)
# --8<-- [end:vmap]

# --8<-- [start:marks]
class Clip(Function):
    """截到 -1 与 1 之间，梯度直通；另返回被截的比例。"""

    @staticmethod
    def forward(x):
        return x.clamp(-1, 1), (x.abs() > 1).to(x.dtype).mean()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx, g, _):
        return g

clipped, share = Clip.apply(x * 4)
(gx,) = torch.autograd.grad(clipped @ clipped, x)
print(clipped.detach(), gx, share)
#> tensor([-1.,  1.,  1.], dtype=torch.float64) tensor([-8.,  8.,  8.], dtype=torch.float64) tensor(0.6667, dtype=torch.float64)
# --8<-- [end:marks]

# --8<-- [start:dirty]
class Triple_(Function):
    @staticmethod
    def forward(x):
        return x.mul_(3)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(*inputs)

    @staticmethod
    def backward(ctx, g):
        return 3 * g

y = x * x
z = Triple_.apply(y)
(gx,) = torch.autograd.grad(y, x, grad_outputs=x)
print(z is y, y.detach(), gx)
#> True tensor([ 0.7500,  0.1875, 12.0000], dtype=torch.float64) tensor([ 1.5000,  0.3750, 24.0000], dtype=torch.float64)
# --8<-- [end:dirty]

# --8<-- [start:answer]
class Implicit(Function):
    """解 a = W tanh(a) + b，返回 a。W 要小，迭代才收敛。"""

    @staticmethod
    def forward(W, b):
        a, last = b, torch.zeros_like(b)
        while not torch.allclose(a, last, rtol=0, atol=1e-13):
            a, last = W @ torch.tanh(a) + b, a
        return a

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output)

    @staticmethod
    def backward(ctx, g):
        W, a = ctx.saved_tensors
        z = torch.tanh(a)
        D = torch.diag(1 - z * z)
        u = torch.linalg.solve(torch.eye(len(a), dtype=a.dtype) - D @ W.T, g)
        return torch.outer(u, z), u

torch.manual_seed(0)
W = 0.3 * torch.randn(3, 3, dtype=torch.float64)
b = torch.randn(3, dtype=torch.float64)
W.requires_grad_()
b.requires_grad_()
a = Implicit.apply(W, b)
a.backward(b)
print(torch.allclose(a, W @ torch.tanh(a) + b), b.grad, W.grad, sep="\n")
#> True
#> tensor([-0.5873, -0.3555,  0.5882], dtype=torch.float64)
#> tensor([[ 0.3190,  0.2848,  0.0027],
#>         [ 0.1932,  0.1724,  0.0016],
#>         [-0.3195, -0.2853, -0.0027]], dtype=torch.float64)
print(gradcheck(Implicit.apply, (W, b)), gradgradcheck(Implicit.apply, (W, b)))
#> True True
# --8<-- [end:answer]

# --8<-- [start:answer-memory]
from torch.autograd.graph import saved_tensors_hooks

for f in (Implicit.forward, Implicit.apply):
    sizes = []

    def pack(t):
        sizes.append(t.nbytes)
        return t

    with saved_tensors_hooks(pack, lambda t: t):
        a = f(W, b)
    (gb,) = torch.autograd.grad(a.sum(), b)
    print(gb, "保存", sum(sizes), "字节")
#> tensor([ 1.5716,  0.6766, -0.2559], dtype=torch.float64) 保存 3120 字节
#> tensor([ 1.5716,  0.6766, -0.2559], dtype=torch.float64) 保存 96 字节
# --8<-- [end:answer-memory]
