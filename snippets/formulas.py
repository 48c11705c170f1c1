# --8<-- [start:setup]
import torch
from torch.func import grad, hessian, jacrev, jvp

torch.set_default_dtype(torch.float64)
randn, outer, diag, eye, tr = torch.randn, torch.outer, torch.diag, torch.eye, torch.trace
det, inv, norm = torch.linalg.det, torch.linalg.inv, torch.linalg.norm
exp, power = torch.linalg.matrix_exp, torch.linalg.matrix_power

def logabsdet(X):
    return torch.linalg.slogdet(X)[1]

def compare(rows):
    """每行：编号，形状，autograd 结果的第一个元素，公式与它之差的长度。"""
    for number, (formula, autograd) in rows.items():
        shape, first = tuple(autograd.shape), autograd.flatten()[0]
        error = torch.stack([formula, autograd]).diff(dim=0).norm().item()  # 形状不同就报错
        print(f"{number:6}{str(shape):15}{first:9.4f}  {round(error, 9)}")
# --8<-- [end:setup]


# --8<-- [start:linear]
torch.manual_seed(1)
a, b, x, c, y = randn(4), randn(4), randn(4), randn(3), randn(3)
A, B, S, T = randn(3, 4), randn(4, 3), randn(4, 4), randn(4, 4)
T = T + T.T

compare({
    "1.1": [a, grad(lambda x: a @ x)(x)],
    "1.2": [A, jacrev(lambda x: A @ x)(x)],
    "1.3": [B.T, jacrev(lambda x: x @ B)(x)],
    "1.4": [A, jacrev(lambda x: A @ x + c)(x)],
    "1.5": [2 * x, grad(lambda x: x @ x)(x)],
    "1.6": [(S + S.T) @ x, grad(lambda x: x @ S @ x)(x)],
    "1.7": [2 * T @ x, grad(lambda x: x @ T @ x)(x)],
    "1.8": [T @ x - b, grad(lambda x: x @ T @ x / 2 - b @ x)(x)],
    "1.9": [2 * a * (a @ x), grad(lambda x: (a @ x) ** 2)(x)],
    "1.10": [a * (b @ x) + b * (a @ x), grad(lambda x: (a @ x) * (x @ b))(x)],
    "1.11": [2 * A.T @ A @ x, grad(lambda x: x @ A.T @ A @ x)(x)],
    "1.12": [A.T @ y, grad(lambda x: y @ A @ x)(x)],
    "1.13": [outer(y, x), grad(lambda A: y @ A @ x)(A)],
    "1.14": [2 * outer(A @ x, x), grad(lambda A: x @ A.T @ A @ x)(A)],
    "1.15": [
        a / (b @ x) - (a @ x) / (b @ x) ** 2 * b,
        grad(lambda x: (a @ x) / (b @ x))(x),
    ],
})
#> 1.1   (4,)              0.6614  0.0
#> 1.2   (3, 4)           -1.5727  0.0
#> 1.3   (3, 4)           -0.9081  0.0
#> 1.4   (3, 4)           -1.5727  0.0
#> 1.5   (4,)             -2.0552  0.0
#> 1.6   (4,)              2.6276  0.0
#> 1.7   (4,)              9.7501  0.0
#> 1.8   (4,)              5.3269  0.0
#> 1.9   (4,)             -1.2184  0.0
#> 1.10  (4,)              1.6692  0.0
#> 1.11  (4,)             -8.0501  0.0
#> 1.12  (4,)             -1.7980  0.0
#> 1.13  (3, 4)           -0.2747  0.0
#> 1.14  (3, 4)            2.8947  0.0
#> 1.15  (4,)              0.2331  0.0
# --8<-- [end:linear]

# --8<-- [start:trace]
torch.manual_seed(2)
n, k = 3, 4
A, X, B, C, D = randn(4, 2), randn(2, 3), randn(3, 4), randn(4, 3), randn(2, 4)
E, M, S, T = randn(3, 2), randn(2, 3), randn(2, 2), randn(3, 3)
F, H, Z = randn(3, 3), randn(3, 3), randn(3, 3)

compare({
    "2.1": [eye(n), grad(lambda Z: tr(Z))(Z)],
    "2.2": [E.T, grad(lambda X: tr(E @ X))(X)],
    "2.3": [M, grad(lambda X: tr(M.T @ X))(X)],
    "2.4": [A.T @ B.T, grad(lambda X: tr(A @ X @ B))(X)],
    "2.5": [D @ C, grad(lambda X: tr(C @ X.T @ D))(X)],
    "2.6": [2 * X, grad(lambda X: tr(X.T @ X))(X)],
    "2.7": [(S + S.T) @ X, grad(lambda X: tr(X.T @ S @ X))(X)],
    "2.8": [X @ (T + T.T), grad(lambda X: tr(X @ T @ X.T))(X)],
    "2.9": [S @ X @ T + S.T @ X @ T.T, grad(lambda X: tr(X.T @ S @ X @ T))(X)],
    "2.10": [(H @ Z @ F + F @ Z @ H).T, grad(lambda Z: tr(F @ Z @ H @ Z))(Z)],
    "2.11": [2 * Z.T, grad(lambda Z: tr(Z @ Z))(Z)],
    "2.12": [k * power(Z, k - 1).T, grad(lambda Z: tr(power(Z, k)))(Z)],
    "2.13": [exp(Z).T, grad(lambda Z: tr(exp(Z)))(Z)],
    "2.14": [2 * tr(Z) * eye(n), grad(lambda Z: tr(Z) ** 2)(Z)],
})
#> 2.1   (3, 3)            1.0000  0.0
#> 2.2   (2, 3)           -0.9656  0.0
#> 2.3   (2, 3)           -0.1506  0.0
#> 2.4   (2, 3)            0.7720  0.0
#> 2.5   (2, 3)            0.3186  0.0
#> 2.6   (2, 3)           -0.7838  0.0
#> 2.7   (2, 3)            2.5866  0.0
#> 2.8   (2, 3)           -0.8216  0.0
#> 2.9   (2, 3)            2.2070  0.0
#> 2.10  (3, 3)            3.7986  0.0
#> 2.11  (3, 3)           -0.6864  0.0
#> 2.12  (3, 3)           -4.6118  0.0
#> 2.13  (3, 3)            0.6072  0.0
#> 2.14  (3, 3)            0.2987  0.0
# --8<-- [end:trace]

# --8<-- [start:determinant]
torch.manual_seed(3)
X, A, B, D, S = (randn(3, 3) for _ in range(5))
a, b, Z, S = randn(3), randn(3), randn(4, 3), S @ S.T

compare({
    "3.1": [det(X) * inv(X).T, grad(lambda X: det(X))(X)],
    "3.2": [inv(X).T, grad(lambda X: logabsdet(X))(X)],
    "3.3": [-inv(X).T / det(X), grad(lambda X: det(inv(X)))(X)],
    "3.4": [k * det(X) ** k * inv(X).T, grad(lambda X: det(power(X, k)))(X)],
    "3.5": [det(A @ X @ B) * inv(X).T, grad(lambda X: det(A @ X @ B))(X)],
    "3.6": [2 * det(Z.T @ Z) * Z @ inv(Z.T @ Z), grad(lambda Z: det(Z.T @ Z))(Z)],
    "3.7": [2 * Z @ inv(Z.T @ Z), grad(lambda Z: logabsdet(Z.T @ Z))(Z)],
    "3.8": [-outer(inv(X).T @ a, inv(X) @ b), grad(lambda X: a @ inv(X) @ b)(X)],
    "3.9": [-(inv(X) @ inv(X)).T, grad(lambda X: tr(inv(X)))(X)],
    "3.10": [-(inv(X) @ B @ A @ inv(X)).T, grad(lambda X: tr(A @ inv(X) @ B))(X)],
    "3.11": [-power(inv(X + D), 2).T, grad(lambda X: tr(inv(X + D)))(X)],
    "3.12": [-torch.einsum("ri,js->rsij", inv(X), inv(X)), jacrev(lambda X: inv(X))(X)],
    "3.13": [inv(X), jacrev(lambda b: torch.linalg.solve(X, b))(b)],
    "3.14": [-outer(inv(S) @ a, inv(S) @ a), grad(lambda S: a @ inv(S) @ a)(S)],
    "3.15": [
        inv(S) - outer(inv(S) @ a, inv(S) @ a),
        grad(lambda S: logabsdet(S) + a @ inv(S) @ a)(S),
    ],
})
#> 3.1   (3, 3)            1.3172  0.0
#> 3.2   (3, 3)            1.7179  0.0
#> 3.3   (3, 3)           -2.2405  0.0
#> 3.4   (3, 3)            2.3749  0.0
#> 3.5   (3, 3)            0.3217  0.0
#> 3.6   (4, 3)            2.4204  0.0
#> 3.7   (4, 3)            0.7633  0.0
#> 3.8   (3, 3)           -0.4028  0.0
#> 3.9   (3, 3)           -2.4360  0.0
#> 3.10  (3, 3)           -1.5267  0.0
#> 3.11  (3, 3)           -0.2701  0.0
#> 3.12  (3, 3, 3, 3)     -2.9512  0.0
#> 3.13  (3, 3)            1.7179  0.0
#> 3.14  (3, 3)           -0.2710  0.0
#> 3.15  (3, 3)           -0.0533  0.0
# --8<-- [end:determinant]

# --8<-- [start:norms]
torch.manual_seed(4)
m, n, p, rate = 3, 4, 3.5, 0.1
x, a, A, b, W, S = randn(4), randn(4), randn(3, 4), randn(3), randn(3, 3), randn(4, 4)
X, M, P, Q, C, U, V = (randn(*s) for s in [(3, 4), (3, 4), (2, 3), (4, 5), (2, 5), (3, 2), (2, 4)])
S = S + S.T

compare({
    "4.1": [2 * x, grad(lambda x: norm(x) ** 2)(x)],
    "4.2": [x / norm(x), grad(lambda x: norm(x))(x)],
    "4.3": [(x - a) / norm(x - a), grad(lambda x: norm(x - a))(x)],
    "4.4": [-x / norm(x) ** 3, grad(lambda x: 1 / norm(x))(x)],
    "4.5": [
        x * x.abs() ** (p - 2) / norm(x, p) ** (p - 1),
        grad(lambda x: norm(x, p))(x),
    ],
    "4.6": [
        (eye(n) - outer(x, x) / (x @ x)) / norm(x),
        jacrev(lambda x: x / norm(x))(x),
    ],
    "4.7": [A.T @ (A @ x - b), grad(lambda x: norm(A @ x - b) ** 2 / 2)(x)],
    "4.8": [2 / m * A.T @ (A @ x - b), grad(lambda x: ((A @ x - b) ** 2).mean())(x)],
    "4.9": [A.T @ (A @ x - b) / norm(A @ x - b), grad(lambda x: norm(A @ x - b))(x)],
    "4.10": [
        A.T @ (W + W.T) @ (A @ x - b),
        grad(lambda x: (A @ x - b) @ W @ (A @ x - b))(x),
    ],
    "4.11": [
        A.T @ (A @ x - b) + rate * x,
        grad(lambda x: norm(A @ x - b) ** 2 / 2 + rate / 2 * x @ x)(x),
    ],
    "4.12": [outer(A @ x - b, x), grad(lambda A: norm(A @ x - b) ** 2 / 2)(A)],
    "4.13": [2 * X, grad(lambda X: norm(X) ** 2)(X)],
    "4.14": [X / norm(X), grad(lambda X: norm(X))(X)],
    "4.15": [
        2 * P.T @ (P @ X @ Q - C) @ Q.T,
        grad(lambda X: norm(P @ X @ Q - C) ** 2)(X),
    ],
    "4.16": [-2 * (M - U @ V) @ V.T, grad(lambda U: norm(M - U @ V) ** 2)(U)],
    "4.17": [-2 * U.T @ (M - U @ V), grad(lambda V: norm(M - U @ V) ** 2)(V)],
    "4.18": [
        2 / (x @ x) * (S @ x - (x @ S @ x) / (x @ x) * x),
        grad(lambda x: (x @ S @ x) / (x @ x))(x),
    ],
    "4.19": [
        (a / norm(a) - (a @ x) / (norm(a) * (x @ x)) * x) / norm(x),
        grad(lambda x: torch.cosine_similarity(a, x, dim=0))(x),
    ],
})
#> 4.1   (4,)             -3.2106  0.0
#> 4.2   (4,)             -0.5550  0.0
#> 4.3   (4,)             -0.6021  0.0
#> 4.4   (4,)              0.0663  0.0
#> 4.5   (4,)             -0.3518  0.0
#> 4.6   (4, 4)            0.2392  0.0
#> 4.7   (4,)              0.3543  0.0
#> 4.8   (4,)              0.2362  0.0
#> 4.9   (4,)              0.0870  0.0
#> 4.10  (4,)              9.9701  0.0
#> 4.11  (4,)              0.1938  0.0
#> 4.12  (3, 4)           -3.3839  0.0
#> 4.13  (3, 4)            3.0581  0.0
#> 4.14  (3, 4)            0.5098  0.0
#> 4.15  (3, 4)           11.1063  0.0
#> 4.16  (3, 2)            0.2094  0.0
#> 4.17  (2, 4)           -1.3126  0.0
#> 4.18  (4,)             -0.5468  0.0
#> 4.19  (4,)              0.0568  0.0
# --8<-- [end:norms]

# --8<-- [start:elementwise]
torch.manual_seed(5)
t, a, x, W, b = randn(()).abs(), randn(4), randn(4), randn(3, 4), randn(3)
A, X, sigmoid = randn(3, 4), randn(3, 4), torch.sigmoid

compare({
    "5.1": [1 / t, grad(lambda t: t.log())(t)],
    "5.2": [1 / (2 * t.sqrt()), grad(lambda t: t.sqrt())(t)],
    "5.3": [sigmoid(t) * (1 - sigmoid(t)), grad(lambda t: sigmoid(t))(t)],
    "5.4": [1 - sigmoid(t), grad(lambda t: torch.nn.functional.logsigmoid(t))(t)],
    "5.5": [1 - t.tanh() ** 2, grad(lambda t: t.tanh())(t)],
    "5.6": [sigmoid(t), grad(lambda t: torch.nn.functional.softplus(t))(t)],
    "5.7": [
        sigmoid(t) + t * sigmoid(t) * (1 - sigmoid(t)),
        grad(lambda t: torch.nn.functional.silu(t))(t),
    ],
    "5.8": [torch.ones(()), grad(lambda t: t.relu())(t)],
    "5.9": [torch.zeros(()), grad(lambda t: (-t).relu())(t)],
    "5.10": [diag(a), jacrev(lambda x: a * x)(x)],
    "5.11": [2 * diag(x), jacrev(lambda x: x * x)(x)],
    "5.12": [diag(x.exp()), jacrev(lambda x: x.exp())(x)],
    "5.13": [diag(sigmoid(x) * (1 - sigmoid(x))), jacrev(lambda x: sigmoid(x))(x)],
    "5.14": [eye(n) - diag(x.tanh() ** 2), jacrev(lambda x: x.tanh())(x)],
    "5.15": [
        diag(sigmoid(W @ x + b) * (1 - sigmoid(W @ x + b))) @ W,
        jacrev(lambda x: sigmoid(W @ x + b))(x),
    ],
    "5.16": [x.exp(), grad(lambda x: x.exp().sum())(x)],
    "5.17": [a * (1 - x.tanh() ** 2), grad(lambda x: a @ x.tanh())(x)],
    "5.18": [2 * A * A * X, grad(lambda X: (A * X).square().sum())(X)],
})
#> 5.1   ()                2.0543  0.0
#> 5.2   ()                0.7166  0.0
#> 5.3   ()                0.2358  0.0
#> 5.4   ()                0.3807  0.0
#> 5.5   ()                0.7960  0.0
#> 5.6   ()                0.6193  0.0
#> 5.7   ()                0.7341  0.0
#> 5.8   ()                1.0000  0.0
#> 5.9   ()               -0.0000  0.0
#> 5.10  (4, 4)           -0.6038  0.0
#> 5.11  (4, 4)            3.8856  0.0
#> 5.12  (4, 4)            6.9781  0.0
#> 5.13  (4, 4)            0.1096  0.0
#> 5.14  (4, 4)            0.0789  0.0
#> 5.15  (3, 4)           -0.0818  0.0
#> 5.16  (4,)              6.9781  0.0
#> 5.17  (4,)             -0.0476  0.0
#> 5.18  (3, 4)           -0.3996  0.0
# --8<-- [end:elementwise]

# --8<-- [start:losses]
from torch.nn import functional as F

torch.manual_seed(6)
n = 5
z, y, x, s, t = randn(n), randn(n).softmax(0), randn(n), randn(()), randn(())
q, c = randn(()).sigmoid(), randn(()).exp()
mu, A, w, h, one = randn(()), randn(5, 3), randn(3), randn(5), torch.ones(n)
p, r = z.softmax(0), (z / c).softmax(0)

compare({
    "6.1": [p[:, None] * (eye(n) - p), jacrev(lambda z: z.softmax(0))(z)],
    "6.2": [diag(p) - outer(p, p), jacrev(lambda z: z.softmax(0))(z)],
    "6.3": [eye(n) - outer(one, p), jacrev(lambda z: z.log_softmax(0))(z)],
    "6.4": [p, grad(lambda z: z.logsumexp(0))(z)],
    "6.5": [(z / c).softmax(0), grad(lambda z: c * (z / c).logsumexp(0))(z)],
    "6.6": [(diag(r) - outer(r, r)) / c, jacrev(lambda z: (z / c).softmax(0))(z)],
    "6.7": [p - y, grad(lambda z: F.cross_entropy(z, y))(z)],
    "6.8": [x.sum() * p - x, grad(lambda z: -x @ z.log_softmax(0))(z)],
    "6.9": [p * (x - x @ p), grad(lambda z: x @ z.softmax(0))(z)],
    "6.10": [
        s.sigmoid() - t,
        grad(lambda s: F.binary_cross_entropy_with_logits(s, t))(s),
    ],
    "6.11": [
        (q - t) / (q * (1 - q)),
        grad(lambda q: -t * q.log() - (1 - t) * (1 - q).log())(q),
    ],
    "6.12": [-t * (-t * s).sigmoid(), grad(lambda s: F.softplus(-t * s))(s)],
    "6.13": [2 / n * (x - y), grad(lambda x: F.mse_loss(x, y))(x)],
    "6.14": [
        A.T @ ((A @ w).sigmoid() - h),
        grad(lambda w: (F.softplus(A @ w) - h * (A @ w)).sum())(w),
    ],
    "6.15": [(mu - s) / c, grad(lambda mu: F.gaussian_nll_loss(mu, s, c))(mu)],
    "6.16": [
        1 / (2 * c) - (s - mu) ** 2 / (2 * c**2),
        grad(lambda c: F.gaussian_nll_loss(mu, s, c))(c),
    ],
    "6.17": [eye(n) - outer(one, one) / n, jacrev(lambda x: x - x.mean())(x)],
    "6.18": [
        n**0.5 / x.norm() * (eye(n) - outer(x, x) / (x @ x)),
        jacrev(lambda x: F.rms_norm(x, (n,), eps=0.0))(x),
    ],
})
#> 6.1   (5, 5)            0.0443  0.0
#> 6.2   (5, 5)            0.0443  0.0
#> 6.3   (5, 5)            0.9535  0.0
#> 6.4   (5,)              0.0465  0.0
#> 6.5   (5,)              0.0235  0.0
#> 6.6   (5, 5)            0.0306  0.0
#> 6.7   (5,)             -0.0352  0.0
#> 6.8   (5,)              0.1566  0.0
#> 6.9   (5,)             -0.0344  0.0
#> 6.10  ()               -0.5929  0.0
#> 6.11  ()               -0.3563  0.0
#> 6.12  ()               -0.5620  0.0
#> 6.13  (5,)             -0.0989  0.0
#> 6.14  (3,)             -4.8355  0.0
#> 6.15  ()                3.1637  0.0
#> 6.16  ()               -4.3377  0.0
#> 6.17  (5, 5)            0.8000  0.0
#> 6.18  (5, 5)            1.3416  0.0
# --8<-- [end:losses]

# --8<-- [start:chain]
torch.manual_seed(7)
W1, W2, W3, W4, M = randn(3, 4), randn(3, 4), randn(2, 3), randn(4, 4), randn(2, 5)
f, phi, g = lambda x: (W1 @ x).sin(), lambda x: (W2 @ x).tanh(), lambda y: (W3 @ y).exp()
ell, u, v = lambda y: (y**3).sum(), lambda x: x.sin() @ x, lambda x: -2 - x @ W4.T @ W4 @ x
psi, h = torch.sin, lambda Y: (M * Y.sin()).sum()
x, y, t, b, W = randn(4), randn(4), randn(()), randn(3), randn(3, 4)
A, X, B, Z = randn(2, 3), randn(3, 4), randn(4, 5), randn(5, 2)
Q, K, c = randn(2, 3), randn(5, 3), randn(()).exp()
J, Jphi, Jg = jacrev(f)(x), jacrev(phi)(x), jacrev(g)

compare({
    "7.1": [Jg(f(x)) @ J, jacrev(lambda x: g(f(x)))(x)],
    "7.2": [J.T @ grad(ell)(f(x)), grad(lambda x: ell(f(x)))(x)],
    "7.3": [Jg(W @ x + b) @ W, jacrev(lambda x: g(W @ x + b))(x)],
    "7.4": [W.T @ grad(ell)(W @ x + b), grad(lambda x: ell(W @ x + b))(x)],
    "7.5": [outer(grad(ell)(W @ x + b), x), grad(lambda W: ell(W @ x + b))(W)],
    "7.6": [grad(ell)(W @ x + b), grad(lambda b: ell(W @ x + b))(b)],
    "7.7": [grad(u)(x + t * y) @ y, grad(lambda t: u(x + t * y))(t)],
    "7.8": [grad(u)(x) + grad(v)(x), grad(lambda x: u(x) + v(x))(x)],
    "7.9": [v(x) * grad(u)(x) + u(x) * grad(v)(x), grad(lambda x: u(x) * v(x))(x)],
    "7.10": [
        (v(x) * grad(u)(x) - u(x) * grad(v)(x)) / v(x) ** 2,
        grad(lambda x: u(x) / v(x))(x),
    ],
    "7.11": [grad(psi)(u(x)) * grad(u)(x), grad(lambda x: psi(u(x)))(x)],
    "7.12": [u(x).exp() * grad(u)(x), grad(lambda x: u(x).exp())(x)],
    "7.13": [grad(v)(x) / v(x), grad(lambda x: v(x).abs().log())(x)],
    "7.14": [J.T @ phi(x) + Jphi.T @ f(x), grad(lambda x: f(x) @ phi(x))(x)],
    "7.15": [J.T @ f(x), grad(lambda x: f(x) @ f(x) / 2)(x)],
    "7.16": [u(x) * J + outer(f(x), grad(u)(x)), jacrev(lambda x: u(x) * f(x))(x)],
    "7.17": [
        phi(x)[:, None] * J + f(x)[:, None] * Jphi,
        jacrev(lambda x: f(x) * phi(x))(x),
    ],
    "7.18": [A.T @ grad(h)(A @ X @ B) @ B.T, grad(lambda X: h(A @ X @ B))(X)],
    "7.19": [grad(h)(Z.T).T, grad(lambda Z: h(Z.T))(Z)],
    "7.20": [c * grad(h)(c * Q @ K.T) @ K, grad(lambda Q: h(c * Q @ K.T))(Q)],
    "7.21": [c * grad(h)(c * Q @ K.T).T @ Q, grad(lambda K: h(c * Q @ K.T))(K)],
})
#> 7.1   (2, 4)            1.8917  0.0
#> 7.2   (4,)             -0.3597  0.0
#> 7.3   (2, 4)           -0.0374  0.0
#> 7.4   (4,)            -65.8553  0.0
#> 7.5   (3, 4)          105.3236  0.0
#> 7.6   (3,)             57.5003  0.0
#> 7.7   ()                0.4725  0.0
#> 7.8   (4,)             -4.8111  0.0
#> 7.9   (4,)            -29.2408  0.0
#> 7.10  (4,)              0.0700  0.0
#> 7.11  (4,)             -0.2604  0.0
#> 7.12  (4,)             31.5235  0.0
#> 7.13  (4,)              0.3642  0.0
#> 7.14  (4,)             -0.0011  0.0
#> 7.15  (4,)             -0.1198  0.0
#> 7.16  (3, 4)            0.5596  0.0
#> 7.17  (3, 4)            0.1321  0.0
#> 7.18  (3, 4)           -0.9520  0.0
#> 7.19  (5, 2)            0.3292  0.0
#> 7.20  (2, 3)           -0.0557  0.0
#> 7.21  (5, 3)           -0.1333  0.0
# --8<-- [end:chain]

# --8<-- [start:second]
torch.manual_seed(8)
n, rate, K, L = 4, 0.1, randn(4, 4), randn(3)
x, y, a, S, A, b, t = randn(4), randn(4), randn(4), randn(4, 4), randn(3, 4), randn(3), randn(())
u, v, w, psi = lambda x: x.sin() @ x, lambda x: (K @ x).cos().sum(), lambda r: L @ r**3, torch.sin
p, q = x.softmax(0), (A @ x).sigmoid()

compare({
    "8.1": [S + S.T, hessian(lambda x: x @ S @ x)(x)],
    "8.2": [2 * outer(a, a), hessian(lambda x: (a @ x) ** 2)(x)],
    "8.3": [A.T @ A, hessian(lambda x: (A @ x - b).square().sum() / 2)(x)],
    "8.4": [
        A.T @ A + rate * eye(n),
        hessian(lambda x: (A @ x - b).square().sum() / 2 + rate / 2 * x @ x)(x),
    ],
    "8.5": [
        (eye(n) - outer(x, x) / (x @ x)) / x.norm(),
        hessian(lambda x: x.norm())(x),
    ],
    "8.6": [diag(p) - outer(p, p), hessian(lambda x: x.logsumexp(0))(x)],
    "8.7": [(a @ x).exp() * outer(a, a), hessian(lambda x: (a @ x).exp())(x)],
    "8.8": [
        A.T @ diag(q * (1 - q)) @ A,
        hessian(lambda x: torch.nn.functional.softplus(A @ x).sum())(x),
    ],
    "8.9": [hessian(u)(x) + hessian(v)(x), hessian(lambda x: u(x) + v(x))(x)],
    "8.10": [
        v(x) * hessian(u)(x) + u(x) * hessian(v)(x) + outer(grad(u)(x), grad(v)(x)) + outer(grad(v)(x), grad(u)(x)),
        hessian(lambda x: u(x) * v(x))(x),
    ],
    "8.11": [
        -u(x).sin() * outer(grad(u)(x), grad(u)(x)) + u(x).cos() * hessian(u)(x),
        hessian(lambda x: psi(u(x)))(x),
    ],
    "8.12": [-(a @ x).sin() * outer(a, a), hessian(lambda x: psi(a @ x))(x)],
    "8.13": [A.T @ hessian(w)(A @ x + b) @ A, hessian(lambda x: w(A @ x + b))(x)],
    "8.14": [hessian(u)(x) @ y, grad(lambda x: grad(u)(x) @ y)(x)],
    "8.15": [hessian(u)(x + t * y) @ y, jvp(grad(u), (x + t * y,), (y,))[1]],
    "8.16": [y @ hessian(u)(x + t * y) @ y, grad(grad(lambda t: u(x + t * y)))(t)],
})
#> 8.1   (4, 4)           -0.5949  0.0
#> 8.2   (4, 4)            1.0725  0.0
#> 8.3   (4, 4)            0.6679  0.0
#> 8.4   (4, 4)            0.7679  0.0
#> 8.5   (4, 4)            0.4080  0.0
#> 8.6   (4, 4)            0.1394  0.0
#> 8.7   (4, 4)            0.4224  0.0
#> 8.8   (4, 4)            0.1107  0.0
#> 8.9   (4, 4)            2.9924  0.0
#> 8.10  (4, 4)           -1.6494  0.0
#> 8.11  (4, 4)           -1.7916  0.0
#> 8.12  (4, 4)            0.1268  0.0
#> 8.13  (4, 4)            2.4078  0.0
#> 8.14  (4,)             -2.5114  0.0
#> 8.15  (4,)             -2.1315  0.0
#> 8.16  ()                0.8032  0.0
# --8<-- [end:second]

# --8<-- [start:vec]
torch.manual_seed(9)
m, n = 2, 3
A, X, B, C, D = randn(4, 2), randn(2, 3), randn(3, 5), randn(2, 2), randn(5, 2)
M, x, y, S, T = randn(2, 3), randn(2), randn(3), randn(2, 2), randn(3, 3)

def kron(A, B):  # torch.kron 只收连续的张量，转置过的不收
    return torch.kron(A.contiguous(), B.contiguous())

def vec(X):
    return X.T.flatten()

def unvec(v):
    return v.reshape(3, 2).T

compare({
    "9.1": [kron(B.T, A) @ vec(X), vec(A @ X @ B)],
    "9.2": [kron(A, B.T) @ X.flatten(), (A @ X @ B).flatten()],
    "9.3": [kron(eye(n), A) @ vec(X), vec(A @ X)],
    "9.4": [kron(B.T, eye(m)) @ vec(X), vec(X @ B)],
    "9.5": [kron(y, x), vec(outer(x, y))],
    "9.6": [kron(B.T, A), jacrev(lambda v: vec(A @ unvec(v) @ B))(vec(X))],
    "9.7": [
        -kron(inv(S).T, inv(S)),
        jacrev(lambda v: vec(inv(v.reshape(2, 2).T)))(vec(S)),
    ],
    "9.8": [vec(M) @ vec(X), tr(M.T @ X)],
    "9.9": [kron(A @ C, B @ D), kron(A, B) @ kron(C, D)],
    "9.10": [kron(A.T, B.T), kron(A, B).T],
    "9.11": [kron(inv(S), inv(T)), inv(kron(S, T))],
    "9.12": [det(S) ** n * det(T) ** m, det(kron(S, T))],
    "9.13": [tr(S) * tr(T), tr(kron(S, T))],
    "9.14": [norm(A) * norm(B), norm(kron(A, B))],
    "9.15": [tr(T) * eye(m), grad(lambda S: tr(kron(S, T)))(S)],
})
#> 9.1   (20,)             0.2441  0.0
#> 9.2   (20,)             0.2441  0.0
#> 9.3   (12,)            -0.5289  0.0
#> 9.4   (10,)            -0.3264  0.0
#> 9.5   (6,)             -2.6246  0.0
#> 9.6   (20, 6)           0.0010  0.0
#> 9.7   (4, 4)           -2.2215  0.0
#> 9.8   ()               -1.9784  0.0
#> 9.9   (12, 4)          13.8231  0.0
#> 9.10  (10, 12)          0.0010  0.0
#> 9.11  (6, 6)           -2.1876  0.0
#> 9.12  ()                0.0011  0.0
#> 9.13  ()                1.0375  0.0
#> 9.14  ()                7.4000  0.0
#> 9.15  (2, 2)            1.2158  0.0
# --8<-- [end:vec]

# --8<-- [start:differential]
torch.manual_seed(10)
X, Y, V, A, B, Z, S = (randn(*s) for s in [(2, 3), (3, 4), (2, 3), (5, 2), (3, 6), (3, 3), (3, 3)])
dX, dY, dV, dZ, x, dx = (randn(*s) for s in [(2, 3), (3, 4), (2, 3), (3, 3), (3,), (3,)])
K, R = randn(2, 3), randn(2, 3)
u, f, h = lambda x: x.sin() @ x, lambda x: (R @ x).tanh(), lambda X: (K * X.sin()).sum()

def d(function, *pairs):
    """沿给定方向的微分，由前向模式算出。"""
    variables, steps = zip(*pairs, strict=True)
    return jvp(function, variables, steps)[1]

compare({
    "10.1": [dX + dV, d(lambda X, V: X + V, (X, dX), (V, dV))],
    "10.2": [A @ dX @ B, d(lambda X: A @ X @ B, (X, dX))],
    "10.3": [dX @ Y + X @ dY, d(lambda X, Y: X @ Y, (X, dX), (Y, dY))],
    "10.4": [dX.T, d(lambda X: X.T, (X, dX))],
    "10.5": [dX * V + X * dV, d(lambda X, V: X * V, (X, dX), (V, dV))],
    "10.6": [kron(dX, Y) + kron(X, dY), d(lambda X, Y: kron(X, Y), (X, dX), (Y, dY))],
    "10.7": [dX.T @ X + X.T @ dX, d(lambda X: X.T @ X, (X, dX))],
    "10.8": [dZ @ Z + Z @ dZ, d(lambda Z: Z @ Z, (Z, dZ))],
    "10.9": [dZ @ Z @ Z + Z @ dZ @ Z + Z @ Z @ dZ, d(lambda Z: Z @ Z @ Z, (Z, dZ))],
    "10.10": [-inv(Z) @ dZ @ inv(Z), d(lambda Z: inv(Z), (Z, dZ))],
    "10.11": [tr(dZ), d(lambda Z: tr(Z), (Z, dZ))],
    "10.12": [k * tr(power(Z, k - 1) @ dZ), d(lambda Z: tr(power(Z, k)), (Z, dZ))],
    "10.13": [det(Z) * tr(inv(Z) @ dZ), d(lambda Z: det(Z), (Z, dZ))],
    "10.14": [tr(inv(Z) @ dZ), d(lambda Z: logabsdet(Z), (Z, dZ))],
    "10.15": [2 * tr(X.T @ dX), d(lambda X: X.square().sum(), (X, dX))],
    "10.16": [(S + S.T) @ x @ dx, d(lambda x: x @ S @ x, (x, dx))],
    "10.17": [grad(u)(x) @ dx, d(lambda x: u(x), (x, dx))],
    "10.18": [jacrev(f)(x) @ dx, d(lambda x: f(x), (x, dx))],
    "10.19": [tr(grad(h)(X).T @ dX), d(lambda X: h(X), (X, dX))],
})
#> 10.1  (2, 3)           -2.2161  0.0
#> 10.2  (5, 6)            6.2727  0.0
#> 10.3  (2, 4)            0.7956  0.0
#> 10.4  (3, 2)           -0.8074  0.0
#> 10.5  (2, 3)            1.5581  0.0
#> 10.6  (6, 12)           1.4203  0.0
#> 10.7  (3, 3)            1.6647  0.0
#> 10.8  (3, 3)            0.2498  0.0
#> 10.9  (3, 3)            0.1517  0.0
#> 10.10 (3, 3)           -3.1549  0.0
#> 10.11 ()               -0.5912  0.0
#> 10.12 ()                3.8300  0.0
#> 10.13 ()               -0.0812  0.0
#> 10.14 ()               -0.3888  0.0
#> 10.15 ()                6.3952  0.0
#> 10.16 ()               -1.1145  0.0
#> 10.17 ()                0.9631  0.0
#> 10.18 (2,)              1.7799  0.0
#> 10.19 ()                2.6038  0.0
# --8<-- [end:differential]
