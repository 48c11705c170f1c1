# --8<-- [start:setup]
import torch

x = torch.tensor([2., 3., 5.], requires_grad=True)
v = torch.tensor([1., 10.])

def f(x):
    return torch.stack([x[0] * x[1], x[1] + x[2] ** 2])

y = f(x)
y.backward(gradient=v)
x.grad
#> tensor([  3.,  12., 100.])
# --8<-- [end:setup]

# --8<-- [start:jacobian]
from torch.func import jacrev

J = jacrev(f)(x.detach())
print(J)
#> tensor([[ 3.,  2.,  0.],
#>         [ 0.,  1., 10.]])
print(J.T @ v)
#> tensor([  3.,  12., 100.])
# --8<-- [end:jacobian]

# --8<-- [start:weighted]
x.grad = None
torch.dot(v, f(x)).backward()
x.grad
#> tensor([  3.,  12., 100.])
# --8<-- [end:weighted]

# --8<-- [start:no-gradient]
f(x).backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
# --8<-- [end:no-gradient]

# --8<-- [start:shape]
f(x).backward(gradient=torch.ones_like(x))
#! RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([3]) and output[0] has a shape of torch.Size([2]).
# --8<-- [end:shape]

# --8<-- [start:grad]
x.grad = None
(g,) = torch.autograd.grad(f(x), x, grad_outputs=v)
print(g, x.grad)
#> tensor([  3.,  12., 100.]) None
# --8<-- [end:grad]

# --8<-- [start:twice-add]
f(x).backward(v)
f(x).backward(v)
x.grad
#> tensor([  6.,  24., 200.])
# --8<-- [end:twice-add]

# --8<-- [start:several]
a = torch.tensor(2., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
h = a * b
print(torch.autograd.grad(h ** 2, [a, b, h]))
#> (tensor(36.), tensor(24.), tensor(12.))
print(torch.autograd.grad([a * b, b ** 2], [a, b]))
#> (tensor(3.), tensor(8.))
# --8<-- [end:several]

# --8<-- [start:second-time]
y = f(x)
y.backward(v)
y.backward(v)
#! RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.
# --8<-- [end:second-time]

# --8<-- [start:freed]
t = torch.tensor([1., 4.], requires_grad=True)

for name, make in {"sum": torch.sum, "dot": lambda t: torch.dot(t, t)}.items():
    t.grad = None
    result = make(t)
    result.backward()
    try:
        result.backward()
        print(name, t.grad)
    except RuntimeError:
        print(name, t.grad, "第二次报错")
#> sum tensor([2., 2.])
#> dot tensor([2., 8.]) 第二次报错
# --8<-- [end:freed]

# --8<-- [start:shared]
t = torch.tensor([1., 2.], requires_grad=True)
h = t ** 2
first, second = h.sum(), (h ** 2).sum()
# --8<-- [end:shared]

# --8<-- [start:shared-fails]
first.backward()
second.backward()
#! RuntimeError: Trying to backward through the graph a second time...
# --8<-- [end:shared-fails]

# --8<-- [start:shared-works]
def separately(first, second):
    first.backward(retain_graph=True)
    second.backward()

def together(first, second):
    (first + second).backward()

def listed(first, second):
    torch.autograd.backward([first, second])

for run in (separately, together, listed):
    t.grad = None
    h = t ** 2
    run(h.sum(), (h ** 2).sum())
    print(t.grad)
#> tensor([ 6., 36.])
#> tensor([ 6., 36.])
#> tensor([ 6., 36.])
# --8<-- [end:shared-works]

# --8<-- [start:carried]
a = torch.tensor(0.5, requires_grad=True)
s = torch.tensor(4.)
inputs = torch.tensor([1., 2., 3.])

for new in inputs:
    s = a * s + new
    (s ** 2).backward()
    print(s.detach(), a.grad)
#> tensor(3.) tensor(24.)
#! RuntimeError: Trying to backward through the graph a second time...
# --8<-- [end:carried]

# --8<-- [start:truncated]
s = torch.tensor(4.)

for new in inputs:
    s = a * s.detach() + new
    (g,) = torch.autograd.grad(s ** 2, a)
    print(s.detach(), g)
#> tensor(3.) tensor(24.)
#> tensor(3.5000) tensor(21.)
#> tensor(4.7500) tensor(33.2500)
# --8<-- [end:truncated]

# --8<-- [start:retained]
s = torch.tensor(4.)

for new in inputs:
    s = a * s + new
    (g,) = torch.autograd.grad(s ** 2, a, retain_graph=True)
    print(s.detach(), g)
#> tensor(3.) tensor(24.)
#> tensor(3.5000) tensor(35.)
#> tensor(4.7500) tensor(57.)
# --8<-- [end:retained]

# --8<-- [start:retained-step]
s = torch.tensor(4.)

for new in inputs:
    s = a * s + new
    (g,) = torch.autograd.grad(s ** 2, a, retain_graph=True)
    print(s.detach(), g)
    with torch.no_grad():
        a -= 0.01 * g
#> tensor(3.) tensor(24.)
#> tensor(2.7800) tensor(22.4624)
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation...
# --8<-- [end:retained-step]

# --8<-- [start:built-once]
w.grad = None
squared = w ** 2

for row in data:
    torch.dot(squared, row).backward()
    print(w.grad)
#> tensor([12.,  0.])
#! RuntimeError: Trying to backward through the graph a second time...
# --8<-- [end:built-once]

# --8<-- [start:built-inside]
w.grad = None

for row in data:
    torch.dot(w ** 2, row).backward()
    print(w.grad)
#> tensor([12.,  0.])
#> tensor([12., 10.])
#> tensor([16., 12.])
# --8<-- [end:built-inside]

# --8<-- [start:create-graph]
u = torch.tensor([1., 10., 100.])

(g,) = torch.autograd.grad((x ** 3).sum(), x, create_graph=True)
(Hu,) = torch.autograd.grad(g, x, grad_outputs=u)
print(g)
#> tensor([12., 27., 75.], grad_fn=<MulBackward0>)
print(Hu, torch.equal(Hu, 6 * x * u))
#> tensor([  12.,  180., 3000.]) True
# --8<-- [end:create-graph]

# --8<-- [start:no-create-graph]
(g,) = torch.autograd.grad((x ** 3).sum(), x)
print(g)
#> tensor([12., 27., 75.])
torch.autograd.grad(g, x, grad_outputs=u)
#! RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
# --8<-- [end:no-create-graph]

# --8<-- [start:implies-retain]
q = (x ** 3).sum()
for options in ({"create_graph": True}, {"retain_graph": False}, {}):
    try:
        print(torch.autograd.grad(q, x, **options))
    except RuntimeError:
        print("图的中间结果已经释放")
#> (tensor([12., 27., 75.], grad_fn=<MulBackward0>),)
#> (tensor([12., 27., 75.]),)
#> 图的中间结果已经释放
# --8<-- [end:implies-retain]

# --8<-- [start:cycle]
import weakref

def second_order(through_grad_attribute):
    """求二阶导数之后，返回参数的弱引用：函数结束，参数应当随之释放。"""
    p = torch.tensor([1., 2.], requires_grad=True)
    loss = (p ** 4).sum()
    if through_grad_attribute:
        loss.backward(create_graph=True)
    else:
        print(torch.autograd.grad(loss, p, create_graph=True)[0])
    return weakref.ref(p)

print(second_order(through_grad_attribute=False)())
#> tensor([ 4., 32.], grad_fn=<MulBackward0>)
#> None
# --8<-- [end:cycle]

# --8<-- [start:cycle-leak]
kept = second_order(through_grad_attribute=True)
#! UserWarning: Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this...
print(kept().grad.detach())
#> tensor([ 4., 32.])
kept().grad = None
print(kept())
#> None
# --8<-- [end:cycle-leak]

# --8<-- [start:inputs]
h = a * b

(h ** 2).backward(inputs=[a, h])
print(a.grad, b.grad, h.grad)
#> tensor(36.) None tensor(12.)
# --8<-- [end:inputs]

# --8<-- [start:unused]
h = a - b
torch.autograd.grad(h, [b, x])
#! RuntimeError: The differentiated Tensor at index 1 appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.
print(torch.autograd.grad(h, [b, x], allow_unused=True))
#> (tensor(-1.), None)
print(torch.autograd.grad(h, [b, x], materialize_grads=True))
#> (tensor(-1.), tensor([0., 0., 0.]))
# --8<-- [end:unused]

# --8<-- [start:sum-of-losses]
w = torch.tensor([2., 1.], requires_grad=True)
data = torch.tensor([[3., 0.], [0., 5.], [1., 1.]])
losses = (data @ w) ** 2
losses.backward(gradient=torch.ones(3))
w.grad
#> tensor([42., 56.])
# --8<-- [end:sum-of-losses]

# --8<-- [start:answer]
def network(x):
    h = x ** 2
    return torch.stack([h[0] * h[1], h[1] + h[2]])

passes = []
y = network(x)
y.register_hook(lambda g: passes.append(1))

rows = [torch.autograd.grad(y, x, e, retain_graph=True)[0] for e in torch.eye(2)]
print(torch.stack(rows), sum(passes))
#> tensor([[36., 24.,  0.],
#>         [ 0.,  6., 10.]]) 2
# --8<-- [end:answer]

# --8<-- [start:answer-batched]
passes = []
(J,) = torch.autograd.grad(y, x, grad_outputs=torch.eye(2), is_grads_batched=True)
print(J, sum(passes))
#> tensor([[36., 24.,  0.],
#>         [ 0.,  6., 10.]]) 1
# --8<-- [end:answer-batched]

# --8<-- [start:answer-jacrev]
jacrev(network)(x.detach())
#> tensor([[36., 24.,  0.],
#>         [ 0.,  6., 10.]])
# --8<-- [end:answer-jacrev]
