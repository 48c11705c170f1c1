# --8<-- [start:gate]
import torch

x = torch.tensor(3., requires_grad=True)
a, b = x ** 2, x ** 3
y = a + (b - a).detach()
y.backward()
print(y.item(), x.grad)
#> 27.0 tensor(6.)
# --8<-- [end:gate]

# --8<-- [start:td]
phi, psi = torch.tensor([1., 0., 2.]), torch.tensor([0., 1., 1.])
r, gamma = 1., 0.5

def td(stop):
    """一步 TD(0) 损失对权重的梯度。"""
    w = torch.tensor([1., 2., 0.], requires_grad=True)
    target = r + gamma * torch.dot(psi, w)
    if stop:
        target = target.detach()
    loss = (target - torch.dot(phi, w)) ** 2 / 2
    return torch.autograd.grad(loss, w)[0]

print(td(True), td(False), sep="\n")
#> tensor([-1., -0., -2.])
#> tensor([-1.0000,  0.5000, -1.5000])
# --8<-- [end:td]

# --8<-- [start:chain]
def learn(stop):
    """A、B、C 三个状态的价值，走 200 步梯度下降。"""
    V = torch.zeros(3, requires_grad=True)
    for _ in range(200):
        A, B, C = V
        after_b, after_c = (B.detach(), C.detach()) if stop else (B, C)
        loss = ((after_b - A) ** 2 + (after_c - A) ** 2 + (1 - B) ** 2 + (0 - C) ** 2) / 2
        (g,) = torch.autograd.grad(loss, V)
        with torch.no_grad():
            V -= 0.3 * g
    return V.detach()

print(learn(True), learn(False), sep="\n")
#> tensor([0.5000, 1.0000, 0.0000])
#> tensor([0.5000, 0.7500, 0.2500])
# --8<-- [end:chain]

# --8<-- [start:target]
w = torch.tensor([1., 2., 0.], requires_grad=True)
slow = torch.tensor([0., 0., 4.])
with torch.no_grad():
    slow.lerp_(w, 0.25)
print(slow)
#> tensor([0.2500, 0.5000, 3.0000])
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
    """学一个整数权重，使 w = 3；走 8 步。"""
    w = torch.tensor(0.2, requires_grad=True)
    for _ in range(8):
        loss = (quantize(w) - 3) ** 2
        (g,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w -= 0.1 * g
    return round(w.item(), 4), quantize(w).item()

print(fit(torch.round), fit(ste), sep="\n")
#> (0.2, 0.0)
#> (2.6, 3.0)
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
    mean = p.detach() @ rows
    variance = p.detach() @ (rows - mean) ** 2
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

one, two = torch.tensor([3., 4.]), torch.tensor([4., 3.])

def views(stop):
    """两个视图的表示 z 和预测 2z，各自得到的梯度。"""
    z = [view.clone().requires_grad_() for view in (one, two)]
    targets = [t.detach() for t in z] if stop else z
    predictions = [2 * t for t in z]
    loss = -cosine_similarity(predictions[0], targets[1], dim=0)
    return torch.autograd.grad(loss, z, allow_unused=True)

print(views(True), views(False), sep="\n")
#> (tensor([-0.0448,  0.0336]), None)
#> (tensor([-0.0448,  0.0336]), tensor([ 0.0336, -0.0448]))
# --8<-- [end:simsiam]

# --8<-- [start:log]
def nodes(tensor):
    """从张量出发能走到的计算图节点有多少个。"""
    seen, waiting = set(), [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [child for child, _ in node.next_functions]
    return len(seen)

w = torch.tensor(0.5, requires_grad=True)
total, logged, count = torch.tensor(0.), 0., []
for step in range(1, 4):
    loss = (w * step).exp()
    total += loss
    logged += loss.item()
    count.append(nodes(total))
print(total, logged, count)
#> tensor(8.8487, grad_fn=<AddBackward0>) 8.848691940307617 [4, 7, 10]
# --8<-- [end:log]

# --8<-- [start:log-detach]
total, count = torch.tensor(0.), []
for step in range(1, 4):
    loss = (w * step).exp()
    total += loss.detach()
    count.append(nodes(total))
print(total, count)
#> tensor(8.8487) [0, 0, 0]
# --8<-- [end:log-detach]

# --8<-- [start:exercise]
theta = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

def derivatives(f):
    """f(θ) 的值、一阶和二阶导数。"""
    y = f(theta)
    (first,) = torch.autograd.grad(y, theta, create_graph=True)
    (second,) = torch.autograd.grad(first, theta)
    return [round(number.item(), 6) for number in (y, first, second)]

def exact(theta):
    p = torch.sigmoid(theta)
    return 5 * p + 2 * (1 - p)

def surrogate(theta):
    p = torch.sigmoid(theta)
    return p.detach() * 5 * p.log() + (1 - p).detach() * 2 * (1 - p).log()

print(derivatives(exact), derivatives(surrogate), sep="\n")
#> [3.867378, 0.705011, -0.17267]
#> [-2.210976, 0.705011, -0.908848]
# --8<-- [end:exercise]

# --8<-- [start:answer]
def box(tau):
    return torch.exp(tau - tau.detach())

def dice(theta):
    p = torch.sigmoid(theta)
    return p.detach() * 5 * box(p.log()) + (1 - p).detach() * 2 * box((1 - p).log())

print(derivatives(dice))
#> [3.867378, 0.705011, -0.17267]
# --8<-- [end:answer]
