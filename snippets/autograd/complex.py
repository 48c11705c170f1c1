# --8<-- [start:modulus]
import torch

z = torch.tensor(3 + 4j, requires_grad=True)
loss = z.abs() ** 2
loss.backward()
print(loss, z.grad)
#> tensor(25., grad_fn=<PowBackward0>) tensor(6.+8.j)
# --8<-- [end:modulus]

# --8<-- [start:real]
a = torch.tensor(3., requires_grad=True)
b = torch.tensor(4., requires_grad=True)
(a ** 2 + b ** 2).backward()
print(a.grad, b.grad)
#> tensor(6.) tensor(8.)
# --8<-- [end:real]

# --8<-- [start:descent]
for direction in (z.grad, z.grad / 2, z.grad.conj()):
    moved = z.detach() - 0.1 * direction
    print(direction, moved, f"{moved.abs() ** 2:.2f}")
#> tensor(6.+8.j) tensor(2.4000+3.2000j) 16.00
#> tensor(3.+4.j) tensor(2.7000+3.6000j) 20.25
#> tensor(6.-8.j) tensor(2.4000+4.8000j) 28.80
# --8<-- [end:descent]

# --8<-- [start:holomorphic]
z = torch.tensor(1 + 2j, requires_grad=True)
y = z ** 2
y.backward()
#! RuntimeError: grad can be implicitly created only for real scalar outputs but got torch.complex64
(g,) = torch.autograd.grad(y, z, grad_outputs=torch.ones_like(y))
print(y, g, 2 * z.detach())
#> tensor(-3.+4.j, grad_fn=<PowBackward0>) tensor(2.-4.j) tensor(2.+4.j)
# --8<-- [end:holomorphic]

# --8<-- [start:pullback]
w = torch.tensor(3 - 1j)
for f, slope in [(torch.square, 2 * z), (torch.exp, z.exp()), (torch.reciprocal, -1 / z ** 2)]:
    (g,) = torch.autograd.grad(f(z), z, grad_outputs=w)
    print(g, (slope.conj() * w).detach())
#> tensor(2.-14.j) tensor(2.-14.j)
#> tensor(-5.8653-6.2840j) tensor(-5.8653-6.2840j)
#> tensor(0.2000-0.6000j) tensor(0.2000-0.6000j)
# --8<-- [end:pullback]

# --8<-- [start:parts]
parts = {
    "real": torch.real, "imag": torch.imag, "abs": torch.abs, "angle": torch.angle,
    "|z|²": lambda z: (z * z.conj()).real,
}
z = torch.tensor(3 + 4j, requires_grad=True)
for name, f in parts.items():
    print(f"{name:6}", torch.autograd.grad(f(z), z)[0].numpy())
#> real   (1+0j)
#> imag   1j
#> abs    (0.6+0.8j)
#> angle  (-0.16+0.12j)
#> |z|²   (6+8j)
# --8<-- [end:parts]

# --8<-- [start:zero]
z = torch.tensor(0j, requires_grad=True)
print(torch.autograd.grad(z.abs(), z)[0])
#> tensor(0.+0.j)
# --8<-- [end:zero]

# --8<-- [start:least-squares]
torch.manual_seed(0)
A = torch.randn(3, 2, dtype=torch.complex128)
y = torch.randn(3, dtype=torch.complex128)
x = torch.randn(2, dtype=torch.complex128, requires_grad=True)

def residual(x):
    return A @ x - y

def loss(x):
    return residual(x).abs().square().sum()

(g,) = torch.autograd.grad(loss(x), x)
for row in (g, 2 * A.mH @ residual(x), 2 * A.T @ residual(x)):
    print(row.detach().numpy().round(4))
#> [-4.3179-11.0572j  2.6133+12.393j ]
#> [-4.3179-11.0572j  2.6133+12.393j ]
#> [0.1538-8.942j  3.5988+9.8521j]
# --8<-- [end:least-squares]

# --8<-- [start:gradcheck]
print(torch.autograd.gradcheck(loss, x))
#> True
# --8<-- [end:gradcheck]

# --8<-- [start:exercise]
s = torch.tensor([1 + 1j, 2j, 1j])
target = (2 - 1j) * s
print(s, s.abs().square().sum().item())
#> tensor([1.+1.j, 0.+2.j, 0.+1.j]) 7.0

def learn(rate, steps=3):
    """学一个复数 w，使 w·s 等于目标。"""
    w = torch.tensor(0j, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        (torch.dist(w * s, target) ** 2).backward()
        optimizer.step()
    return w.detach()
# --8<-- [end:exercise]

# --8<-- [start:answer]
for rate in (1 / 28, 1 / 14, 1 / 7):
    print(learn(rate))
#> tensor(1.7500-0.8750j)
#> tensor(2.-1.j)
#> tensor(4.-2.j)
# --8<-- [end:answer]
