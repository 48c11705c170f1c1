# --8<-- [start:setup]
import torch
from torch.func import grad, vmap
from torch.nn.functional import mse_loss

def loss(w, x, y):
    """一个样本的误差平方；w、x 是向量，y 是数。"""
    return mse_loss(torch.dot(w, x), y)

w = torch.tensor([1., 2.])
X = torch.tensor([[1., 2.], [0., 1.], [1., 1.], [2., -1.]])
y = torch.tensor([0., 1., 2., 3.])

each = vmap(grad(loss), in_dims=(None, 0, 0))(w, X, y)
print(each, each.sum(dim=0), sep="\n")
#> tensor([[ 10.,  20.],
#>         [  0.,   2.],
#>         [  2.,   2.],
#>         [-12.,   6.]])
#> tensor([ 0., 30.])
# --8<-- [end:setup]

# --8<-- [start:backward]
leaf = w.clone().requires_grad_()
sum(loss(leaf, a, b) for a, b in zip(X, y)).backward()
leaf.grad
#> tensor([ 0., 30.])
# --8<-- [end:backward]

# --8<-- [start:grad]
def f(t):
    return t**3 * torch.sin(t)

t = torch.tensor(1.5)
print(grad(f)(t), grad(grad(f))(t), grad(grad(grad(f)))(t))
#> tensor(6.9718) tensor(6.5659) tensor(-12.5431)
# --8<-- [end:grad]

# --8<-- [start:options]
def predict(w, x, y):
    error = torch.dot(w, x) - y
    return error**2, error

print(grad(loss, argnums=1)(w, X[3], y[3]))
#> tensor([ -6., -12.])
print(grad(loss, argnums=(0, 1))(w, X[3], y[3]))
#> (tensor([-12.,   6.]), tensor([ -6., -12.]))
print(grad(predict, has_aux=True)(w, X[3], y[3]))
#> (tensor([-12.,   6.]), tensor(-3.))
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
print(torch.dot(v, Ju), torch.dot(Jv, u))
#> tensor(-5.4582) tensor(-5.4582)
# --8<-- [end:vjp]

# --8<-- [start:table]
from torch.func import hessian, jacfwd, jacrev

rows = vmap(lambda e: pullback(e)[0])(torch.eye(2))
columns = vmap(lambda e: jvp(layer, (x,), (e,))[1])(torch.eye(3)).T
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
print(torch.mv(H, u), jvp(grad(energy), (x,), (u,))[1])
#> tensor([-11.2784, -12.2536, -13.2288]) tensor([-11.2784, -12.2536, -13.2288])
# --8<-- [end:hessian]

# --8<-- [start:vmap]
def dot(a, b):
    print("一个样本看到的形状:", a.shape, b.shape)
    return torch.dot(a, b)

print(vmap(dot)(X, 10 * X))
#> 一个样本看到的形状: torch.Size([2]) torch.Size([2])
#> tensor([50., 10., 20., 50.])
print(vmap(dot, in_dims=(0, None))(X, w))
#> 一个样本看到的形状: torch.Size([2]) torch.Size([2])
#> tensor([5., 2., 3., 0.])
# --8<-- [end:vmap]

# --8<-- [start:chunk]
calls = 0

def counted(x):
    global calls
    calls += 1
    return x @ x

print(vmap(counted, chunk_size=3)(X), "函数执行次数:", calls)
#> tensor([5., 1., 2., 5.]) 函数执行次数: 2
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
#> tensor(6.9718)

def frozen(t):
    with torch.no_grad():
        c = t**2
    return c * t

print(grad(frozen)(t))
#> tensor(2.2500)
# --8<-- [end:no-grad]

# --8<-- [start:functional]
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
params = {name: p.detach() for name, p in model.named_parameters()}

def cost(params, x, y):
    return mse_loss(functional_call(model, params, (x,)).squeeze(), y)

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
#> tensor([-2.0297,  2.4244,  1.3936])
print(each["0.bias"].sum(dim=0))
#> tensor([-2.0297,  2.4244,  1.3936])
# --8<-- [end:same]

# --8<-- [start:clip]
norms = vmap(lambda g: torch.cat([p.flatten() for p in g.values()]).norm())(each)
scale = (4 / norms).clamp(max=1)
clipped = {name: torch.einsum("n,n...->...", scale, g) / len(X) for name, g in each.items()}
print(norms, scale, clipped["0.bias"], sep="\n")
#> tensor([0.9526, 3.4133, 5.9238, 9.7027])
#> tensor([1.0000, 1.0000, 0.6752, 0.4123])
#> tensor([-0.3202,  0.3755,  0.2393])
# --8<-- [end:clip]

# --8<-- [start:noise]
torch.manual_seed(0)
steps = torch.stack([clipped["0.bias"] + 0.5 * 4 / len(X) * torch.randn(3) for _ in range(1000)])
print(steps[0], steps.mean(dim=0), steps.std(dim=0), sep="\n")
#> tensor([ 0.4503,  0.2288, -0.8501])
#> tensor([-0.3230,  0.3732,  0.2570])
#> tensor([0.5049, 0.4881, 0.5002])
# --8<-- [end:noise]

# --8<-- [start:ensemble]
from torch.func import stack_module_state

models = [nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)) for _ in range(5)]
stacked, _ = stack_module_state(models)

def one(params, x):
    return functional_call(model, params, (x,))

out = vmap(one, in_dims=(0, None))(stacked, X)
loop = torch.stack([m(X) for m in models])
print(stacked["0.weight"].shape, out.shape, torch.allclose(out, loop))
#> torch.Size([5, 3, 2]) torch.Size([5, 4, 1]) True
print(out.mean(dim=0).squeeze().detach(), out.std(dim=0).squeeze().detach())
#> tensor([0.1661, 0.0284, 0.1282, 0.1296]) tensor([0.6539, 0.5087, 0.6304, 0.6791])
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
#> tensor([[0.0207, 0.0828],
#>         [0.0130, 0.0324]]) True
# --8<-- [end:sum-trick]

# --8<-- [start:coupled]
def coupled(X):
    return per_row(X - X.mean(dim=0))

own = torch.stack([jacrev(coupled)(X)[i, :, i] for i in range(len(X))])
trick = jacrev(lambda X: coupled(X).sum(dim=0))(X).movedim(1, 0)
print(own[0], trick[0], sep="\n")
#> tensor([[0.0630, 0.2520],
#>         [0.0841, 0.2103]])
#> tensor([[-0.0503, -0.2012],
#>         [-0.1313, -0.3282]])
# --8<-- [end:coupled]

# --8<-- [start:kernel]
def output(params, x):
    return functional_call(model, params, (x,)).squeeze()

rows = vmap(grad(output), in_dims=(None, 0))(params, X)
J = torch.cat([g.flatten(start_dim=1) for g in rows.values()], dim=1)
K = J @ J.T
print(J.shape)
#> torch.Size([4, 13])
print(K)
#> tensor([[2.1706, 1.3038, 1.7346, 0.8256],
#>         [1.3038, 1.2615, 1.1895, 0.7790],
#>         [1.7346, 1.1895, 1.5279, 1.0992],
#>         [0.8256, 0.7790, 1.0992, 1.8989]])

residual = output(params, X) - y
step = grad(lambda params: ((output(params, X) - y) ** 2).sum() / 2)(params)
down = {name: -g for name, g in step.items()}
print(jvp(lambda params: output(params, X), (params,), (down,))[1])
#> tensor([ 9.7459,  7.9311,  9.8990, 10.7697])
print(-torch.mv(K, residual))
#> tensor([ 9.7459,  7.9311,  9.8990, 10.7697])
# --8<-- [end:kernel]

# --8<-- [start:influence]
torch.manual_seed(0)
points = torch.randn(40, 2)
labels = points @ torch.tensor([[1.], [-2.]]) + torch.randn(40, 1)

def fit(points, labels):
    return torch.linalg.lstsq(points, labels).solution.squeeze()

def one_loss(w, point, label):
    return (torch.dot(w, point) - label.squeeze()) ** 2 / 2

def total(w):
    return vmap(one_loss, in_dims=(None, 0, 0))(w, points, labels).sum()

best = fit(points, labels)
each = vmap(grad(one_loss), in_dims=(None, 0, 0))(best, points, labels)
foreseen = torch.linalg.solve(hessian(total)(best), each.T).T
kept = [torch.arange(40) != k for k in range(40)]
retrained = torch.stack([fit(points[k], labels[k]) - best for k in kept])
most = each.norm(dim=1).argmax()
print(best, most, each[most])
#> tensor([ 0.9514, -1.9741]) tensor(10) tensor([ 1.0853, -2.8182])
print(foreseen[most], retrained[most])
#> tensor([ 0.0526, -0.0574]) tensor([ 0.0564, -0.0615])
print((retrained - foreseen).norm(dim=1).max(), retrained.norm(dim=1).max())
#> tensor(0.0125) tensor(0.0835)
# --8<-- [end:influence]

# --8<-- [start:answer-maml]
(Xa, Xb), (ya, yb) = X.split(2), y.split(2)
alpha = 0.1

def train(w):
    return mse_loss(torch.mv(Xa, w), ya) + (w**4).sum()

def test(w):
    return mse_loss(torch.mv(Xb, w), yb)

def meta(w):
    return test(w - alpha * grad(train)(w))

after = w - alpha * grad(train)(w)
exact = torch.mv(torch.eye(2) - alpha * hessian(train)(w), grad(test)(after))
print(grad(meta)(w), exact, grad(test)(after), sep="\n")
#> tensor([ 2.3000, 16.9500])
#> tensor([ 2.3000, 16.9500])
#> tensor([-5.2000, -3.7000])
# --8<-- [end:answer-maml]

# --8<-- [start:answer-laplacian]
W = torch.tensor([[1., 2., -1.], [0.5, -1., 2.], [3., 0., 1.], [-1., 1., 1.]])
c = torch.tensor([1., -2., 3., 0.5])

def network(x):
    return torch.dot(c, torch.tanh(W @ x / 4))

def laplacian(f, x):
    def second(e):
        """沿 e 的二阶导数：前向套前向。"""
        return jvp(lambda x: jvp(f, (x,), (e,))[1], (x,), (e,))[1]

    return vmap(second)(torch.eye(len(x))).sum()

z = torch.tanh(W @ x / 4)
formula = torch.dot(-2 * c * z * (1 - z**2), torch.mv(W * W / 16, torch.ones(3)))
print(laplacian(network, x), hessian(network)(x).trace(), formula)
#> tensor(-0.8024) tensor(-0.8024) tensor(-0.8024)
# --8<-- [end:answer-laplacian]
