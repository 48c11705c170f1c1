# --8<-- [start:setup]
import torch
import torch.nn.functional as F
from torch.func import grad, hessian, jacrev

torch.manual_seed(0)

def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)

z = torch.tensor([2., 1., -1.], dtype=torch.float64)
y = torch.tensor([0., 1., 0.])

print(torch.softmax(z, 0))
#> tensor([0.7054, 0.2595, 0.0351], dtype=torch.float64)
print(grad(lambda z: F.cross_entropy(z, y))(z))
#> tensor([ 0.7054, -0.7405,  0.0351], dtype=torch.float64)
# --8<-- [end:setup]

# --8<-- [start:sigmoid]
for t in [0., 2., 5., 10., 20.]:
    t = torch.tensor(t)
    s = torch.sigmoid(t)
    slope = grad(torch.sigmoid)(t)
    print(f"t = {t:2.0f}  σ = {s:.7f}  导数 {slope:.2e}  公式 {s * (1 - s):.2e}")
#> t =  0  σ = 0.5000000  导数 2.50e-01  公式 2.50e-01
#> t =  2  σ = 0.8807970  导数 1.05e-01  公式 1.05e-01
#> t =  5  σ = 0.9933072  导数 6.65e-03  公式 6.65e-03
#> t = 10  σ = 0.9999546  导数 4.54e-05  公式 4.54e-05
#> t = 20  σ = 1.0000000  导数 0.00e+00  公式 0.00e+00
# --8<-- [end:sigmoid]

# --8<-- [start:logsumexp]
small = torch.tensor([2., 1., 0.])

for scores in [small, small + 1000]:
    print(scores.exp().sum().log(), torch.logsumexp(scores, 0))
    print(scores.exp() / scores.exp().sum(), torch.softmax(scores, 0))
#> tensor(2.4076) tensor(2.4076)
#> tensor([0.6652, 0.2447, 0.0900]) tensor([0.6652, 0.2447, 0.0900])
#> tensor(inf) tensor(1002.4076)
#> tensor([nan, nan, nan]) tensor([0.6652, 0.2447, 0.0900])
print(torch.allclose(grad(lambda z: torch.logsumexp(z, 0))(z), torch.softmax(z, 0)))
#> True
# --8<-- [end:logsumexp]

# --8<-- [start:jacobian]
s = torch.softmax(z, 0)
J = jacrev(lambda z: torch.softmax(z, 0))(z)

print(J)
#> tensor([[ 0.2078, -0.1830, -0.0248],
#>         [-0.1830,  0.1922, -0.0091],
#>         [-0.0248, -0.0091,  0.0339]], dtype=torch.float64)
for formula in [
    torch.diag(s) - torch.outer(s, s),
    torch.diag(s * (1 - s)),
    hessian(lambda z: torch.logsumexp(z, 0))(z),
]:
    print(f"距离 {torch.dist(J, formula):.4f}")
#> 距离 0.0000
#> 距离 0.2615
#> 距离 0.0000
print(torch.linalg.matrix_rank(J))
#> tensor(2)
# --8<-- [end:jacobian]

# --8<-- [start:vjp]
g = randn(3)
through_softmax = torch.func.vjp(lambda z: torch.softmax(z, 0), z)[1](g)[0]
through_log = torch.func.vjp(lambda z: torch.log_softmax(z, 0), z)[1](g)[0]

print(
    torch.allclose(through_softmax, s * (g - torch.dot(s, g))),
    torch.allclose(through_log, g - g.sum() * s),
)
#> True True
# --8<-- [end:vjp]

# --8<-- [start:cross-entropy]
uneven = torch.tensor([0.5, 1., 1.])

def loss(z, y):
    return -(y * torch.log_softmax(z, 0)).sum()

for target in [y, uneven]:
    g = grad(loss)(z, target)
    one, general = s - target, target.sum() * s - target
    print(f"和 {target.sum():.1f}  距离 {torch.dist(g, one):.4f} {torch.dist(g, general):.4f}")
#> 和 1.0  距离 0.0000 0.0000
#> 和 2.5  距离 1.1286 0.0000
# --8<-- [end:cross-entropy]

# --8<-- [start:batch]
Z, labels = randn(5, 3), torch.tensor([0, 2, 1, 1, 0])
difference = torch.softmax(Z, 1) - F.one_hot(labels, 3)

for reduction in ["sum", "mean"]:
    g = grad(lambda Z: F.cross_entropy(Z, labels, reduction=reduction))(Z)
    print(f"{reduction:4} {torch.dist(g, difference):.4f} {torch.dist(g, difference / 5):.4f}")
#> sum  0.0000 1.3689
#> mean 1.3689 0.0000
# --8<-- [end:batch]

# --8<-- [start:twice]
sure, label = torch.tensor([[20., -20.]]), torch.tensor([0])

print(F.cross_entropy(sure, label), F.cross_entropy(torch.softmax(sure, 1), label))
#> tensor(0.) tensor(0.3133)
wrong = torch.tensor([1])
once = grad(lambda z: F.cross_entropy(z, wrong))(sure)
twice = grad(lambda z: F.cross_entropy(torch.softmax(z, 1), wrong))(sure)
print(once, f"{twice.norm():.0e}")
#> tensor([[ 1., -1.]]) 6e-18
# --8<-- [end:twice]

# --8<-- [start:log-softmax]
far = torch.tensor([0., -1000.])

print(torch.softmax(far, 0).log(), torch.log_softmax(far, 0))
#> tensor([0., -inf]) tensor([    0., -1000.])
print(grad(lambda z: torch.softmax(z, 0).log()[1])(far))
#> tensor([nan, nan])
print(grad(lambda z: torch.log_softmax(z, 0)[1])(far))
#> tensor([-1.,  1.])
# --8<-- [end:log-softmax]

# --8<-- [start:logistic]
X, w = randn(6, 3), randn(3)
y = torch.tensor([1., 0., 0., 1., 1., 0.])

def logistic(w):
    return F.binary_cross_entropy_with_logits(X @ w, y, reduction="sum")

p = torch.sigmoid(X @ w)
print(grad(logistic)(w), X.T @ (p - y), sep="\n")
#> tensor([1.8306, 1.9566, 2.0222], dtype=torch.float64)
#> tensor([1.8306, 1.9566, 2.0222], dtype=torch.float64)
print(torch.allclose(hessian(logistic)(w), X.T @ torch.diag(p * (1 - p)) @ X))
#> True
# --8<-- [end:logistic]

# --8<-- [start:saturate]
def two_steps(t):
    return F.binary_cross_entropy(torch.sigmoid(t), torch.tensor(0.))

def one_step(t):
    return F.binary_cross_entropy_with_logits(t, torch.tensor(0.))

for t in torch.tensor([10., 15., 20., 200.]):
    two, one = (f"{loss(t):8.4f} {grad(loss)(t):.4f}" for loss in [two_steps, one_step])
    print(f"t = {t:3.0f}  两步 {two}  一步 {one}")
#> t =  10  两步   9.9996 1.0000  一步  10.0000 1.0000
#> t =  15  两步  14.8438 1.0000  一步  15.0000 1.0000
#> t =  20  两步 100.0000 0.0000  一步  20.0000 1.0000
#> t = 200  两步 100.0000 0.0000  一步 200.0000 1.0000
# --8<-- [end:saturate]

# --8<-- [start:saturate-plot]
import matplotlib.pyplot as plt

scores = torch.arange(0., 24, 0.25)
fig, ax = plt.subplots(figsize=(5, 2.8))
curves = [(one_step, "一步：with_logits", "#0f766e", "-"), (two_steps, "两步：先 sigmoid", "#b45309", "--")]
for loss, name, color, line in curves:
    slopes = [grad(loss)(t) for t in scores]
    ax.plot(scores, slopes, line, color=color, linewidth=1.4, label=name)
ax.set_xlabel("打分 t，标签是 0")
ax.set_ylabel("损失的梯度")
ax.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0.05, 0.1))
ax.spines[["top", "right"]].set_visible(False)
#> ![损失的梯度随打分变化的两条曲线：一步算的升到 1 就保持不变，两步算的在打分约 17 处突然掉到 0](saturate.svg)
# --8<-- [end:saturate-plot]

# --8<-- [start:layer-norm]
x, n, eps = randn(6), 6, 1e-5
tau = (x.var(correction=0) + eps).sqrt()
hat = (x - x.mean()) / tau
eye, ones = torch.eye(n), torch.ones(n, dtype=torch.float64)

def layer(x):
    return F.layer_norm(x, (n,), eps=eps)

J = jacrev(layer)(x)
formula = (eye - torch.outer(ones, ones) / n - torch.outer(hat, hat) / n) / tau

print(f"{torch.dist(layer(x), hat):.8f} {torch.dist(J, formula):.8f} {torch.dist(J, eye / tau):.8f}")
#> 0.00000000 0.00000000 1.59400038
kept = torch.dot(hat, torch.mv(J, hat)) / torch.dot(hat, hat)
print(torch.allclose(torch.mv(J, ones), torch.zeros_like(x)), f"{kept:.0e}")
#> True 1e-05
# --8<-- [end:layer-norm]

# --8<-- [start:attention]
d = 8
Q, K, V = randn(4, d), randn(5, d), randn(5, 3)

output, pull = torch.func.vjp(F.scaled_dot_product_attention, Q, K, V)
O_bar = randn(4, 3)

P = torch.softmax(Q @ K.T / d**0.5, dim=1)
V_bar = P.T @ O_bar
P_bar = O_bar @ V.T
S_bar = P * (P_bar - (P_bar * P).sum(dim=1, keepdim=True))
Q_bar = S_bar @ K / d**0.5
K_bar = S_bar.T @ Q / d**0.5

print(torch.allclose(output, P @ V))
#> True
print(Q_bar.shape, K_bar.shape, V_bar.shape)
#> torch.Size([4, 8]) torch.Size([5, 8]) torch.Size([5, 3])
print(all(map(torch.allclose, [Q_bar, K_bar, V_bar], pull(O_bar))))
#> True
# --8<-- [end:attention]

# --8<-- [start:scale]
for d in [4, 64, 1024]:
    scores = randn(200, d) @ randn(16, d).T
    raw, scaled = (1 - torch.softmax(S, 1).square().sum(1).mean() for S in [scores, scores / d**0.5])
    print(f"d = {d:4}  打分的标准差 {scores.std():5.2f}  迹：不除 {raw:.3f}  除 {scaled:.3f}")
#> d =    4  打分的标准差  2.03  迹：不除 0.735  除 0.877
#> d =   64  打分的标准差  8.26  迹：不除 0.219  除 0.869
#> d = 1024  打分的标准差 32.38  迹：不除 0.048  除 0.862
# --8<-- [end:scale]

# --8<-- [start:answer-rms]
rho = (x.square().mean() + eps).sqrt()
hat = x / rho
J = jacrev(lambda x: F.rms_norm(x, (n,), eps=eps))(x)

print(f"{torch.dist(J, (eye - torch.outer(hat, hat) / n) / rho):.8f}")
#> 0.00000000
share = torch.dot(hat, torch.mv(J, hat)) / torch.dot(hat, hat)
print(f"{torch.mv(J, ones).norm():.0e} {share:.0e}")
#> 2e+00 1e-05
# --8<-- [end:answer-rms]

# --8<-- [start:answer-temperature]
T, target = 4., torch.tensor([0.2, 0.7, 0.1])
g = grad(lambda z: F.cross_entropy(z / T, target))(z)

print(g, (torch.softmax(z / T, 0) - target) / T, sep="\n")
#> tensor([ 0.0611, -0.0885,  0.0275], dtype=torch.float64)
#> tensor([ 0.0611, -0.0885,  0.0275], dtype=torch.float64)
# --8<-- [end:answer-temperature]

# --8<-- [start:answer-distill]
teacher = torch.tensor([-1., 3., 0.5])

for T in [10, 20, 40]:
    g = grad(lambda z: F.cross_entropy(z / T, torch.softmax(teacher / T, 0)))(z)
    print(f"T = {T}  {g.norm():.1e}  {T**2 * g.norm():.2f}")
#> T = 10  1.3e-02  1.29
#> T = 20  3.2e-03  1.30
#> T = 40  8.1e-04  1.30
# --8<-- [end:answer-distill]
