# --8<-- [start:setup]
import torch

x = torch.tensor([1., -2., 3.])
W = torch.tensor([[1., 0., 2.], [-1., 1., 0.]], requires_grad=True)

h = W @ x
L = torch.dot(h, h) / 2
# --8<-- [end:setup]

# --8<-- [start:flags]
for name, t in {"x": x, "W": W, "h": h, "L": L}.items():
    print(name, t.is_leaf, t.requires_grad, t.grad_fn)
#> x True False None
#> W True True None
#> h False True <MvBackward0 object at 0x...>
#> L False True <DivBackward0 object at 0x...>
# --8<-- [end:flags]

# --8<-- [start:backward]
print(W.grad)
#> None
L.backward()
print(W.grad)
#> tensor([[  7., -14.,  21.],
#>         [ -3.,   6.,  -9.]])
print(x.grad)
#> None
# --8<-- [end:backward]

# --8<-- [start:middle]
h.grad is None
#> True
#! UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor...
# --8<-- [end:middle]

# --8<-- [start:retain]
h = W @ x
h.retain_grad()
L = torch.dot(h, h) / 2
L.backward()
print(h.grad)
#> tensor([ 7., -3.])
# --8<-- [end:retain]

# --8<-- [start:returned]
h = W @ x
L = torch.dot(h, h) / 2
torch.autograd.grad(L, [h, W])
#> (tensor([ 7., -3.]), tensor([[  7., -14.,  21.],
#>         [ -3.,   6.,  -9.]]))
# --8<-- [end:returned]

# --8<-- [start:spread]
a = torch.tensor(2.)
b = torch.tensor(3., requires_grad=True)

for t in (a * a, a * b, b > a, torch.stack([b, a]).argmax()):
    print(t)
#> tensor(4.)
#> tensor(6., grad_fn=<MulBackward0>)
#> tensor(True)
#> tensor(0)
# --8<-- [end:spread]

# --8<-- [start:late]
before = a * a
a.requires_grad_()
after = a * a
print(before, after)
#> tensor(4.) tensor(4., grad_fn=<MulBackward0>)
print(torch.autograd.grad(after, a))
#> (tensor(4.),)
# --8<-- [end:late]

# --8<-- [start:memory]
huge = torch.tensor([7.]).expand(10**17)
huge.requires_grad_()
total = huge[:2].sum()
print(total.detach(), huge.grad, huge.untyped_storage().nbytes())
#> tensor(14.) None 4
total.backward()
#! RuntimeError: ...DefaultCPUAllocator: can't allocate memory: you tried to allocate 400000000000000000 bytes...
# --8<-- [end:memory]

# --8<-- [start:dtype]
for dtype in (torch.float64, torch.bfloat16, torch.complex64):
    t = torch.tensor(3., dtype=dtype, requires_grad=True)
    (t * t).real.backward()
    print(t.grad)
#> tensor(6., dtype=torch.float64)
#> tensor(6., dtype=torch.bfloat16)
#> tensor(6.+0.j)
torch.tensor(len(x), requires_grad=True)
#! RuntimeError: Only Tensors of floating point and complex dtype can require gradients
# --8<-- [end:dtype]

# --8<-- [start:scaled]
w = torch.tensor([1., 2.], requires_grad=True) * 3
torch.dot(w, w).backward()
print(w)
#> tensor([3., 6.], grad_fn=<MulBackward0>)
w.grad is None
#> True
#! UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed...
(lost, _), _ = w.grad_fn.next_functions
print(lost.variable.grad)
#> tensor([18., 36.])
# --8<-- [end:scaled]

# --8<-- [start:fixed]
w = (torch.tensor([1., 2.]) * 3).requires_grad_()
torch.dot(w, w).backward()
print(w)
#> tensor([3., 6.], requires_grad=True)
print(w.grad)
#> tensor([ 6., 12.])
# --8<-- [end:fixed]

# --8<-- [start:to]
for dtype in (torch.float32, torch.float64):
    start = torch.tensor([1., 2.], requires_grad=True)
    moved = start.to(dtype)
    torch.dot(moved, moved).backward()
    print(moved.is_leaf, start.grad)
#> True tensor([2., 4.])
#> False tensor([2., 4.])
# --8<-- [end:to]

# --8<-- [start:index]
print(w.grad[1])
#> tensor(12.)
w[1].grad is None
#> True
#! UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed...
# --8<-- [end:index]

# --8<-- [start:cut]
w = torch.tensor([1., 4., 5.], requires_grad=True)
loss = torch.dot(w, w)
number = torch.tensor(loss.item())
print(loss, number, sep="\n")
#> tensor(42., grad_fn=<DotBackward0>)
#> tensor(42.)
number.backward()
#! RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
# --8<-- [end:cut]

# --8<-- [start:rewrapped]
copied = torch.tensor(loss)
#! UserWarning: To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).
print(copied)
#> tensor(42.)
# --8<-- [end:rewrapped]

# --8<-- [start:numpy]
loss.numpy()
#! RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.
loss.detach().numpy()
#> array(42., dtype=float32)
# --8<-- [end:numpy]

# --8<-- [start:stack]
parts = [w[0] * w[1], w[1] * w[2]]
right = torch.stack(parts).sum()
wrong = torch.tensor([part.item() for part in parts]).sum()
print(right, wrong, sep="\n")
#> tensor(24., grad_fn=<SumBackward0>)
#> tensor(24.)
print(torch.autograd.grad(right, w))
#> (tensor([4., 6., 4.]),)
# --8<-- [end:stack]

# --8<-- [start:module]
model = torch.nn.Module()
model.known = torch.nn.Parameter(torch.tensor([2., 3.]))
model.unknown = torch.tensor([5., 7.], requires_grad=True)

product = model.known * model.unknown
torch.dot(product, torch.tensor([1., -2.])).backward()
print(model.known.grad, model.unknown.grad)
#> tensor([  5., -14.]) tensor([ 2., -6.])

torch.optim.SGD(model.parameters(), lr=0.1).step()
print(model.known.detach(), model.unknown.detach())
#> tensor([1.5000, 4.4000]) tensor([5., 7.])
# --8<-- [end:module]

# --8<-- [start:parameter]
scaled = torch.nn.Parameter(w * 3)
torch.dot(scaled, scaled).backward()
print(scaled.is_leaf, scaled.grad, w.grad)
#> True tensor([ 6., 24., 30.]) None
# --8<-- [end:parameter]

# --8<-- [start:freeze]
first = torch.tensor(2., requires_grad=True)
middle = torch.tensor(3.)
last = torch.tensor(5., requires_grad=True)

(first * middle * last).backward()
print(first.grad, middle.grad, last.grad)
#> tensor(15.) None tensor(6.)
# --8<-- [end:freeze]

# --8<-- [start:why]
def why(t, loss):
    """在 loss.backward() 之前问：之后 t.grad 里会有什么，没有又是为什么。"""
    if not loss.requires_grad:
        return "损失与图断开了"
    if not t.requires_grad:
        return "它不需要梯度"
    (g,) = torch.autograd.grad(loss, t, retain_graph=True, allow_unused=True)
    if g is None:
        return "损失没有用到它"
    return f"会有 {g}" if t.is_leaf else f"它不是叶子；用 retain_grad() 能留住 {g}"
# --8<-- [end:why]

# --8<-- [start:why-run]
data = torch.tensor([1., 2.])
used = torch.tensor([3., 4.], requires_grad=True)
unused = used.detach().requires_grad_()
product = used * data
loss = torch.dot(product, product)

for name, t in {"used": used, "data": data, "product": product, "unused": unused}.items():
    print(name, why(t, loss))
#> used 会有 tensor([ 6., 32.])
#> data 它不需要梯度
#> product 它不是叶子；用 retain_grad() 能留住 tensor([ 6., 16.])
#> unused 损失没有用到它
print("used", why(used, loss.detach()))
#> used 损失与图断开了
# --8<-- [end:why-run]

# --8<-- [start:exercise]
p = torch.tensor([1., 2.], requires_grad=True)

cases = {
    "p": lambda: p,
    "p * 3": lambda: p * 3,
    "p.unsqueeze(0)": lambda: p.unsqueeze(0),
    "p.clone()": lambda: p.clone(),
    "p.detach()": lambda: p.detach(),
    "p.detach().requires_grad_()": lambda: p.detach().requires_grad_(),
    "p.to(torch.float32)": lambda: p.to(torch.float32),
    "p.to(torch.float64)": lambda: p.to(torch.float64),
    "p.argmax()": lambda: p.argmax(),
    "torch.full_like(p, 4.)": lambda: torch.full_like(p, 4.),
    "torch.nn.Parameter(p * 3)": lambda: torch.nn.Parameter(p * 3),
    "torch.nn.Parameter(p).data": lambda: torch.nn.Parameter(p).data,
}
# --8<-- [end:exercise]

# --8<-- [start:answer]
import warnings

with warnings.catch_warnings(action="ignore"):
    for code, make in cases.items():
        p.grad = None
        t = make()
        if t.requires_grad:
            (t * t).sum().backward()
        print(f"{code:<27}", t.tolist(), t.is_leaf, t.requires_grad, t.grad, p.grad)
#> p                           [1.0, 2.0] True True tensor([2., 4.]) tensor([2., 4.])
#> p * 3                       [3.0, 6.0] False True None tensor([18., 36.])
#> p.unsqueeze(0)              [[1.0, 2.0]] False True None tensor([2., 4.])
#> p.clone()                   [1.0, 2.0] False True None tensor([2., 4.])
#> p.detach()                  [1.0, 2.0] True False None None
#> p.detach().requires_grad_() [1.0, 2.0] True True tensor([2., 4.]) None
#> p.to(torch.float32)         [1.0, 2.0] True True tensor([2., 4.]) tensor([2., 4.])
#> p.to(torch.float64)         [1.0, 2.0] False True None tensor([2., 4.])
#> p.argmax()                  1 True False None None
#> torch.full_like(p, 4.)      [4.0, 4.0] True False None None
#> torch.nn.Parameter(p * 3)   [3.0, 6.0] True True tensor([ 6., 12.]) None
#> torch.nn.Parameter(p).data  [1.0, 2.0] True False None None
# --8<-- [end:answer]
