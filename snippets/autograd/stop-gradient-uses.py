# --8<-- [start:gate]
import torch

x = torch.tensor(2., requires_grad=True)
a, b = x ** 2, x ** 3
y = a + (b - a).detach()
y.backward()
print(y.item(), x.grad)
#> 8.0 tensor(4.)
# --8<-- [end:gate]

# --8<-- [start:td]
from torch.nn.functional import mse_loss

phi, psi = torch.tensor([1., 0., 2.]), torch.tensor([0., 1., 1.])
r, gamma = 2., 0.5

def td(stop):
    """一步 TD(0) 损失对权重的梯度。"""
    w = torch.tensor([1., 2., 0.], requires_grad=True)
    target = r + gamma * torch.dot(psi, w)
    if stop:
        target = target.detach()
    loss = mse_loss(torch.dot(phi, w), target) / 2
    return torch.autograd.grad(loss, w)[0]

print(td(True), td(False), sep="\n")
#> tensor([-2., -0., -4.])
#> tensor([-2.,  1., -3.])
# --8<-- [end:td]

# --8<-- [start:chain]
def slope(V, stop):
    """价值为 V 时，四次转移 A→B、A→C、B→终点、C→终点的损失的梯度。"""
    V = torch.tensor(V, requires_grad=True)
    A, B, C = V
    goal = V.detach() if stop else V
    before = torch.stack([A, A, B, C])
    after = torch.cat([goal[1:], torch.tensor([1., 0.])])
    return torch.autograd.grad(mse_loss(before, after), V)[0]

for V in ([0.5, 1., 0.], [0.5, 0.75, 0.25]):
    print(V, slope(V, True), slope(V, False))
#> [0.5, 1.0, 0.0] tensor([0., 0., 0.]) tensor([ 0.0000,  0.2500, -0.2500])
#> [0.5, 0.75, 0.25] tensor([ 0.0000, -0.1250,  0.1250]) tensor([0., 0., 0.])
# --8<-- [end:chain]

# --8<-- [start:target]
w = torch.tensor([1., 2., 0.], requires_grad=True)
slow = torch.tensor([0., 0., 4.])
with torch.no_grad():
    slow.lerp_(w, 0.25)
print(slow, w)
#> tensor([0.2500, 0.5000, 3.0000]) tensor([1., 2., 0.], requires_grad=True)
# --8<-- [end:target]

# --8<-- [start:round]
def ste(x):
    return x + (torch.round(x) - x).detach()

for quantize in (torch.round, ste):
    x = torch.tensor([0.2, 1.7], requires_grad=True)
    y = quantize(x)
    y.backward(torch.tensor([3., 5.]))
    print(y.detach(), x.grad)
#> tensor([0., 2.]) tensor([0., 0.])
#> tensor([0., 2.]) tensor([3., 5.])
# --8<-- [end:round]

# --8<-- [start:quantized]
def fit(quantize):
    """学一个整数权重，使它等于 3；返回 9 步里走过的权重。"""
    w = torch.tensor(0.2, requires_grad=True)
    path = []
    for _ in range(9):
        loss = mse_loss(quantize(w), torch.tensor(3.))
        (g,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w -= 0.1 * g
        path.append(f"{w:.2f}")
    return path

print(*fit(torch.round))
#> 0.20 0.20 0.20 0.20 0.20 0.20 0.20 0.20 0.20
print(*fit(ste))
#> 0.80 1.20 1.60 1.80 2.00 2.20 2.40 2.60 2.60
# --8<-- [end:quantized]

# --8<-- [start:reinforce]
theta = torch.tensor([0., 1., -1.], dtype=torch.float64, requires_grad=True)
R = torch.tensor([10., 12., 11.], dtype=torch.float64)

p = torch.softmax(theta, 0)
(exact,) = torch.autograd.grad(torch.dot(p, R), theta)

def estimates(baseline):
    """每个动作给出的梯度估计，一行一个。"""
    p = torch.softmax(theta, 0)
    surrogate = (R - baseline(p)) * p.log()
    return torch.stack([torch.autograd.grad(s, theta, retain_graph=True)[0] for s in surrogate])

def report(rows):
    """按动作的概率求平均，再求方差之和。"""
    q = p.detach()
    mean = q @ rows
    variance = q @ rows.square() - mean.square()
    print(mean.numpy().round(4), round(variance.sum().item(), 4))

print(exact.numpy().round(4))
#> [-0.3476  0.3855 -0.0379]
report(estimates(lambda p: 0))
#> [-0.3476  0.3855 -0.0379] 56.4608
report(estimates(lambda p: torch.dot(p, R).detach()))
#> [-0.3476  0.3855 -0.0379] 0.2947
# --8<-- [end:reinforce]

# --8<-- [start:forgot]
report(estimates(lambda p: torch.dot(p, R)))
#> [-0.637   0.7064 -0.0694] 0.5692
# --8<-- [end:forgot]

# --8<-- [start:simsiam]
from torch.nn.functional import cosine_similarity

def views(stop):
    """两个视图的表示各自得到的梯度；第二个当目标。"""
    z = [torch.tensor(view, requires_grad=True) for view in ([3., 4.], [4., 3.])]
    target = z[1].detach() if stop else z[1]
    loss = -cosine_similarity(z[0], target, dim=0)
    return torch.autograd.grad(loss, z, allow_unused=True)

print(views(True), views(False), sep="\n")
#> (tensor([-0.0448,  0.0336]), None)
#> (tensor([-0.0448,  0.0336]), tensor([ 0.0336, -0.0448]))
# --8<-- [end:simsiam]

# --8<-- [start:collapse]
from torch.nn import Identity, Linear
from torch.nn.functional import normalize

def spread(head, stop):
    """每训练 20 步之前的离散程度，共四次。"""
    torch.manual_seed(0)
    X = torch.randn(100, 6)
    encoder = Linear(6, 6)
    predictor = Linear(6, 6) if head else Identity()
    optimizer = torch.optim.SGD([*encoder.parameters(), *predictor.parameters()], lr=0.7)
    path = []
    for _ in range(4):
        unit = normalize(encoder(X))
        path.append(f"{unit.var(dim=0, correction=0).sum():.3f}")
        for _ in range(20):
            z = [encoder(X + 0.5 * torch.randn_like(X)) for _ in range(2)]
            target = z[1].detach() if stop else z[1]
            loss = -cosine_similarity(predictor(z[0]), target).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return path

for head, stop in [(True, True), (True, False), (False, True), (False, False)]:
    print(head, stop, *spread(head, stop))
#> True True 0.734 0.838 0.879 0.925
#> True False 0.734 0.054 0.001 0.000
#> False True 0.734 0.218 0.026 0.002
#> False False 0.734 0.026 0.000 0.000
# --8<-- [end:collapse]

# --8<-- [start:log]
def nodes(node):
    """从一个结点出发能走到的全部结点。"""
    if node is None:
        return set()
    return {node}.union(*(nodes(child) for child, _ in node.next_functions))

w = torch.tensor(0.5, requires_grad=True)
total, logged, count = torch.tensor(0.), 0., []
for step in range(1, 4):
    loss = (w * step).exp()
    total += loss
    logged += loss.item()
    count.append(len(nodes(total.grad_fn)))
print(total, logged, count)
#> tensor(8.8487, grad_fn=<AddBackward0>) 8.848691940307617 [4, 7, 10]
# --8<-- [end:log]

# --8<-- [start:log-detach]
total, count = torch.tensor(0.), []
for step in range(1, 4):
    loss = (w * step).exp()
    total += loss.detach()
    count.append(len(nodes(total.grad_fn)))
print(total, count)
#> tensor(8.8487) [0, 0, 0]
# --8<-- [end:log-detach]

# --8<-- [start:exercise]
theta = torch.tensor(0.5, requires_grad=True)

def derivatives(f):
    """f(θ) 的值、一阶和二阶导数。"""
    y = f(theta)
    (first,) = torch.autograd.grad(y, theta, create_graph=True)
    (second,) = torch.autograd.grad(first, theta)
    return [f"{number:.4f}" for number in (y, first, second)]

def exact(theta):
    p = torch.sigmoid(theta)
    return 5 * p + 2 * (1 - p)

def surrogate(theta):
    p = torch.sigmoid(theta)
    return p.detach() * 5 * p.log() + (1 - p).detach() * 2 * (1 - p).log()

print(*derivatives(exact))
#> 3.8674 0.7050 -0.1727
print(*derivatives(surrogate))
#> -2.2110 0.7050 -0.9088
# --8<-- [end:exercise]

# --8<-- [start:answer]
def box(tau):
    return torch.exp(tau - tau.detach())

def dice(theta):
    p = torch.sigmoid(theta)
    return p.detach() * 5 * box(p.log()) + (1 - p).detach() * 2 * box((1 - p).log())

print(*derivatives(dice))
#> 3.8674 0.7050 -0.1727
# --8<-- [end:answer]
