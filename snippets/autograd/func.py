# --8<-- [start:setup]
import torch
from torch.func import grad, vmap

def loss(w, x, y):
    """一个样本的误差平方；w、x 是向量，y 是数。"""
    return (w @ x - y) ** 2

w = torch.tensor([1., 2.])
X = torch.tensor([[1., 0.], [0., 1.], [1., 1.], [2., -1.]])
y = torch.tensor([0., 0., 1., 1.])

each = vmap(grad(loss), in_dims=(None, 0, 0))(w, X, y)
print(each, each.sum(dim=0), sep="\n")
#> tensor([[ 2.,  0.],
#>         [ 0.,  4.],
#>         [ 4.,  4.],
#>         [-4.,  2.]])
#> tensor([ 2., 10.])
# --8<-- [end:setup]

# --8<-- [start:backward]
leaf = w.clone().requires_grad_()
sum(loss(leaf, a, b) for a, b in zip(X, y)).backward()
leaf.grad
#> tensor([ 2., 10.])
# --8<-- [end:backward]

# --8<-- [start:grad]
def f(t):
    return t**3 * torch.sin(t)

t = torch.tensor(2.)
print(grad(f)(t), grad(grad(f))(t), grad(grad(grad(f)))(t))
#> tensor(7.5824) tensor(-6.3503) tensor(-38.9310)
# --8<-- [end:grad]

# --8<-- [start:options]
def predict(w, x, y):
    error = w @ x - y
    return error**2, error

print(grad(loss, argnums=1)(w, X[2], y[2]))
#> tensor([4., 8.])
print(grad(loss, argnums=(0, 1))(w, X[2], y[2]))
#> (tensor([4., 4.]), tensor([4., 8.]))
print(grad(predict, has_aux=True)(w, X[2], y[2]))
#> (tensor([4., 4.]), tensor(2.))
# --8<-- [end:options]

# --8<-- [start:scalar]
grad(torch.tanh)(w)
#! RuntimeError: grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 dims...
# --8<-- [end:scalar]

# --8<-- [start:vjp]
from torch.func import jvp, vjp

A = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
x = torch.tensor([0.5, -1., 2.])

def layer(x):
    return torch.tanh(A @ x / 10)

u = torch.tensor([1., 10., 100.])
v = torch.tensor([1., -1.])

value, Ju = jvp(layer, (x,), (u,))
value, pullback = vjp(layer, x)
(Jv,) = pullback(v)
print(Ju, Jv)
#> tensor([26.3862, 31.8444]) tensor([-0.1126, -0.0791, -0.0456])
print(v @ Ju, Jv @ u)
#> tensor(-5.4582) tensor(-5.4582)
# --8<-- [end:vjp]

# --8<-- [start:table]
from torch.func import hessian, jacfwd, jacrev

rows = vmap(lambda e: pullback(e)[0])(torch.eye(2))
columns = vmap(lambda e: jvp(layer, (x,), (e,))[1], out_dims=1)(torch.eye(3))
formula = torch.diag(1 - layer(x) ** 2) @ A / 10
for J in (rows, columns, jacrev(layer)(x), jacfwd(layer)(x), formula):
    print(J)
#> tensor([[0.0822, 0.1644, 0.2466],
#>         [0.1948, 0.2435, 0.2922]])
#> tensor([[0.0822, 0.1644, 0.2466],
#>         [0.1948, 0.2435, 0.2922]])
#> tensor([[0.0822, 0.1644, 0.2466],
#>         [0.1948, 0.2435, 0.2922]])
#> tensor([[0.0822, 0.1644, 0.2466],
#>         [0.1948, 0.2435, 0.2922]])
#> tensor([[0.0822, 0.1644, 0.2466],
#>         [0.1948, 0.2435, 0.2922]])
# --8<-- [end:table]

# --8<-- [start:hessian]
def energy(x):
    return layer(x) @ layer(x)

H = hessian(energy)(x)
print(H)
#> tensor([[-0.0764, -0.0897, -0.1030],
#>         [-0.0897, -0.1006, -0.1116],
#>         [-0.1030, -0.1116, -0.1201]])
for other in (jacfwd(jacrev(energy)), jacrev(jacrev(energy)), jacfwd(grad(energy))):
    print(torch.allclose(other(x), H))
#> True
#> True
#> True
print(H @ u, jvp(grad(energy), (x,), (u,))[1])
#> tensor([-11.2784, -12.2536, -13.2288]) tensor([-11.2784, -12.2536, -13.2288])
# --8<-- [end:hessian]

# --8<-- [start:vmap]
def dot(a, b):
    print("一个样本看到的形状:", a.shape, b.shape)
    return a @ b

print(vmap(dot)(X, 10 * X))
#> 一个样本看到的形状: torch.Size([2]) torch.Size([2])
#> tensor([10., 10., 20., 50.])
print(vmap(dot, in_dims=(0, None))(X, w))
#> 一个样本看到的形状: torch.Size([2]) torch.Size([2])
#> tensor([1., 2., 3., 0.])
print(vmap(dot, in_dims=(1, 0))(X.T, X))
#> 一个样本看到的形状: torch.Size([2]) torch.Size([2])
#> tensor([1., 1., 2., 5.])
# --8<-- [end:vmap]

# --8<-- [start:chunk]
calls = 0

def counted(x):
    global calls
    calls += 1
    return x @ x

print(vmap(counted, chunk_size=3)(X), "函数执行次数:", calls)
#> tensor([1., 1., 2., 5.]) 函数执行次数: 2
# --8<-- [end:chunk]

# --8<-- [start:branch]
def absolute(t):
    return t if t > 0 else -t

row = torch.tensor([0.5, -2.])
print([absolute(t) for t in row])
#> [tensor(0.5000), tensor(2.)]
vmap(absolute)(row)
#! RuntimeError: vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow...
print(vmap(lambda t: torch.where(t > 0, t, -t))(row))
#> tensor([0.5000, 2.0000])
vmap(torch.Tensor.item)(row)
#! RuntimeError: vmap: It looks like you're calling .item() on a Tensor...
vmap(torch.nonzero)(X)
#! RuntimeError: vmap: We do not support batching operators that can output dynamic shape...
# --8<-- [end:branch]

# --8<-- [start:random]
def noisy(t):
    return t + torch.randn(())

vmap(noisy)(row)
#! RuntimeError: vmap: called random operation while in randomness error mode...
torch.manual_seed(0)
for randomness in ["different", "same"]:
    print(vmap(noisy, randomness=randomness)(row) - row)
#> tensor([ 1.5410, -0.2934])
#> tensor([-2.1788, -2.1788])
# --8<-- [end:random]

# --8<-- [start:impure]
kept = {}

def leaky(t):
    kept["t"] = t
    return t**3

print(vmap(grad(leaky))(row), kept["t"].shape)
#> tensor([ 0.7500, 12.0000]) torch.Size([])
torch.tanh(kept["t"])
#! RuntimeError: Either your tensor may have escaped from inside a function being vmapped and this is a user error...

def clean(t):
    return t**3, t

print(vmap(grad(clean, has_aux=True))(row))
#> (tensor([ 0.7500, 12.0000]), tensor([ 0.5000, -2.0000]))
# --8<-- [end:impure]

# --8<-- [start:inside]
def inner(t):
    return torch.tanh(t).backward()

grad(inner)(t)
#! RuntimeError: backward() called inside a functorch transform...
grad(w.add_)(w)
#! RuntimeError: During a grad (vjp, jvp, grad, etc) transform, the function provided attempted to call in-place operation (aten::add_.Tensor) that would mutate a captured Tensor...
vmap(w.add_)(X)
#! RuntimeError: output with shape [2] doesn't match the broadcast shape [4, 2]
print(w)
#> tensor([1., 2.])
# --8<-- [end:inside]

# --8<-- [start:no-grad]
with torch.no_grad():
    print(grad(f)(t))
#> tensor(7.5824)

def frozen(t):
    with torch.no_grad():
        c = t**2
    return c * t

print(grad(frozen)(t))
#> tensor(4.)
# --8<-- [end:no-grad]

# --8<-- [start:functional]
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
params = {name: p.detach() for name, p in model.named_parameters()}

def cost(params, x, y):
    return (functional_call(model, params, (x,)).squeeze() - y) ** 2

each = vmap(grad(cost), in_dims=(None, 0, 0))(params, X, y)
for name, g in each.items():
    print(name, tuple(g.shape))
#> 0.weight (4, 3, 2)
#> 0.bias (4, 3)
#> 2.weight (4, 1, 3)
#> 2.bias (4, 1)
# --8<-- [end:functional]

# --8<-- [start:same]
sum(cost(dict(model.named_parameters()), a, b) for a, b in zip(X, y)).backward()
print(model[0].bias.grad)
#> tensor([-1.0684,  1.2555,  0.7245])
print(each["0.bias"].sum(dim=0))
#> tensor([-1.0684,  1.2555,  0.7245])
# --8<-- [end:same]

# --8<-- [start:clip]
norms = torch.cat([g.flatten(1) for g in each.values()], dim=1).norm(dim=1)
scale = (1 / norms).clamp(max=1)
clipped = {name: torch.einsum("n,n...->...", scale, g) / len(X) for name, g in each.items()}
print(norms, clipped["0.bias"], sep="\n")
#> tensor([1.1420, 1.1669, 3.4516, 4.1906])
#> tensor([-0.1151,  0.1361,  0.0818])
# --8<-- [end:clip]

# --8<-- [start:ensemble]
from torch.func import stack_module_state

models = [nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)) for _ in range(5)]
stacked, buffers = stack_module_state(models)

def one(params, buffers, x):
    return functional_call(model, (params, buffers), (x,))

out = vmap(one, in_dims=(0, 0, None))(stacked, buffers, X)
loop = torch.stack([m(X) for m in models])
print(stacked["0.weight"].shape, out.shape, torch.allclose(out, loop))
#> torch.Size([5, 3, 2]) torch.Size([5, 4, 1]) True
print(out.mean(dim=0).squeeze().detach(), out.std(dim=0).squeeze().detach())
#> tensor([ 0.1355,  0.3918,  0.2951, -0.0628]) tensor([0.3198, 0.4458, 0.3242, 0.3933])
# --8<-- [end:ensemble]

# --8<-- [start:sum-trick]
def per_row(X):
    return torch.tanh(X @ A[:, :2] / 5)

full = jacrev(per_row)(X)
one_by_one = vmap(jacrev(per_row))(X)
trick = jacrev(lambda X: per_row(X).sum(dim=0))(X).movedim(1, 0)
print(full.shape, one_by_one.shape, trick.shape)
#> torch.Size([4, 2, 4, 2]) torch.Size([4, 2, 2]) torch.Size([4, 2, 2])
print(one_by_one[0], torch.allclose(trick, one_by_one))
#> tensor([[0.1922, 0.7688],
#>         [0.3423, 0.8556]]) True
# --8<-- [end:sum-trick]

# --8<-- [start:coupled]
def coupled(X):
    return per_row(X - X.mean(dim=0))

own = torch.stack([jacrev(coupled)(X)[i, :, i] for i in range(len(X))])
trick = jacrev(lambda X: coupled(X).sum(dim=0))(X).movedim(1, 0)
print(own[0], trick[0], sep="\n")
#> tensor([[0.1442, 0.5766],
#>         [0.2820, 0.7050]])
#> tensor([[0.0378, 0.1514],
#>         [0.0814, 0.2035]])
# --8<-- [end:coupled]

# --8<-- [start:answer-maml]
alpha = 0.1

def train(w):
    return ((X[:2] @ w - y[:2]) ** 2).sum() + (w**4).sum()

def test(w):
    return ((X[2:] @ w - y[2:]) ** 2).sum()

def meta(w):
    return test(w - alpha * grad(train)(w))

after = w - alpha * grad(train)(w)
exact = (torch.eye(2) - alpha * hessian(train)(w)) @ grad(test)(after)
print(grad(meta)(w), exact, grad(test)(after), sep="\n")
#> tensor([-0.4800, 28.8000])
#> tensor([-0.4800, 28.8000])
#> tensor([ 1.2000, -7.2000])
# --8<-- [end:answer-maml]

# --8<-- [start:answer-laplacian]
W = torch.tensor([[1., 2., -1.], [0.5, -1., 2.], [3., 0., 1.], [-1., 1., 1.]])
c = torch.tensor([1., -2., 3., 0.5])

def network(x):
    return c @ torch.tanh(W @ x / 4)

def laplacian(f, x):
    def second(e):
        """沿 e 的二阶导数：前向套前向。"""
        return jvp(lambda x: jvp(f, (x,), (e,))[1], (x,), (e,))[1]

    return vmap(second)(torch.eye(len(x))).sum()

z = torch.tanh(W @ x / 4)
formula = (c * -2 * z * (1 - z**2)) @ (W / 4).square().sum(dim=1)
print(laplacian(network, x), hessian(network)(x).trace(), formula)
#> tensor(-0.8024) tensor(-0.8024) tensor(-0.8024)
# --8<-- [end:answer-laplacian]
