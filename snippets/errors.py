# --8<-- [start:setup]
import torch

w = torch.tensor([1., 2.], requires_grad=True)
x = torch.tensor([3., 5.])
M = torch.tensor([[1., 0.], [0., 2.], [3., 4.]])

def loss(w):
    return torch.dot(w, x) ** 2

def grad(y, *inputs):
    """标量 y 对各个输入的梯度。"""
    return torch.autograd.grad(y, inputs)

grad(loss(w), w)
#> (tensor([ 78., 130.]),)
# --8<-- [end:setup]

# --8<-- [start:no-graph]
with torch.no_grad():
    value = loss(w)
value.backward()
#! RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn
# --8<-- [end:no-graph]

# --8<-- [start:no-graph-fixed]
value = loss(w)
print(value.requires_grad, grad(value, w))
#> True (tensor([ 78., 130.]),)
# --8<-- [end:no-graph-fixed]

# --8<-- [start:scalar]
errors = (M @ w) ** 2
errors.backward()
#! RuntimeError: grad can be implicitly created only for scalar outputs
# --8<-- [end:scalar]

# --8<-- [start:scalar-fixed]
print(errors.detach(), grad(errors.mean(), w))
#> tensor([  1.,  16., 121.]) (tensor([22.6667, 34.6667]),)
# --8<-- [end:scalar-fixed]

# --8<-- [start:shape]
y = M @ w
y.backward(gradient=torch.ones_like(w))
#! RuntimeError: Mismatch in shape: grad_output[0] has a shape of torch.Size([2]) and output[0] has a shape of torch.Size([3]).
# --8<-- [end:shape]

# --8<-- [start:shape-fixed]
torch.autograd.grad(y, w, grad_outputs=torch.tensor([1., 10., 100.]))
#> (tensor([301., 420.]),)
# --8<-- [end:shape-fixed]

# --8<-- [start:second-time]
value = loss(w)
value.backward()
value.backward()
#! RuntimeError: Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors after calling backward.
# --8<-- [end:second-time]

# --8<-- [start:second-time-fixed]
loss(w).backward()
w.grad
#> tensor([156., 260.])
# --8<-- [end:second-time-fixed]

# --8<-- [start:unused]
b = x.clone().requires_grad_()
grad(loss(w), w, b)
#! RuntimeError: The differentiated Tensor at index 1 appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.
# --8<-- [end:unused]

# --8<-- [start:unused-fixed]
torch.autograd.grad(loss(w), [w, b], allow_unused=True)
#> (tensor([ 78., 130.]), None)
# --8<-- [end:unused-fixed]

# --8<-- [start:not-required]
grad(loss(w), x)
#! RuntimeError: One of the differentiated Tensors does not require grad
# --8<-- [end:not-required]

# --8<-- [start:not-required-fixed]
grad(torch.dot(w, b) ** 2, b)
#> (tensor([26., 52.]),)
# --8<-- [end:not-required-fixed]

# --8<-- [start:nan]
target = torch.tensor([1., 2.])
gap = torch.sub(w, target)
distance = torch.dot(gap, gap).sqrt()
print(distance, grad(distance, w))
#> tensor(0., grad_fn=<SqrtBackward0>) (tensor([nan, nan]),)

with torch.autograd.set_detect_anomaly(True):
    g = grad(torch.dot(gap, gap).sqrt(), w)
#! UserWarning: Error detected in DotBackward0. Traceback of forward call that caused the error:...
#! RuntimeError: Function 'DotBackward0' returned nan values in its 0th output.
# --8<-- [end:nan]

# --8<-- [start:nan-fixed]
grad(torch.linalg.vector_norm(gap), w)
#> (tensor([0., 0.]),)
# --8<-- [end:nan-fixed]

# --8<-- [start:non-leaf]
w.grad = None
scaled = w * x
loss(scaled).backward()
print(w.grad)
#> tensor([1062., 2950.])
scaled.grad is None
#> True
#! UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor...
# --8<-- [end:non-leaf]

# --8<-- [start:non-leaf-fixed]
scaled = w * x
scaled.retain_grad()
loss(scaled).backward()
scaled.grad
#> tensor([354., 590.])
# --8<-- [end:non-leaf-fixed]

# --8<-- [start:none]
w.grad = None
w.grad[:]
#! TypeError: 'NoneType' object is not subscriptable
w - w.grad
#! TypeError: unsupported operand type(s) for -: 'Tensor' and 'NoneType'
w.grad.norm()
#! AttributeError: 'NoneType' object has no attribute 'norm'
# --8<-- [end:none]

# --8<-- [start:none-fixed]
loss(w).backward()
w.grad[:], (w - w.grad).detach(), w.grad.norm()
#> (tensor([ 78., 130.]), tensor([ -77., -128.]), tensor(151.6048))
# --8<-- [end:none-fixed]

# --8<-- [start:dtype]
torch.arange(len(x), requires_grad=True)
#! RuntimeError: Only Tensors of floating point and complex dtype can require gradients
x.long().requires_grad_()
#! RuntimeError: only Tensors of floating point dtype can require gradients
# --8<-- [end:dtype]

# --8<-- [start:dtype-fixed]
t = torch.arange(len(x), dtype=torch.float32, requires_grad=True)
print(t, grad(loss(t), t))
#> tensor([0., 1.], requires_grad=True) (tensor([30., 50.]),)
# --8<-- [end:dtype-fixed]

# --8<-- [start:flags]
h = w * x
h.requires_grad_(False)
#! RuntimeError: you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().
# --8<-- [end:flags]

# --8<-- [start:flags-fixed]
fixed = h.detach()
print(grad(torch.dot(fixed, w), w), grad(torch.dot(h, w), w))
#> (tensor([ 3., 10.]),) (tensor([ 6., 20.]),)
# --8<-- [end:flags-fixed]

# --8<-- [start:deepcopy]
import copy

h = w * x
copy.deepcopy(h)
#! RuntimeError: Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment...
# --8<-- [end:deepcopy]

# --8<-- [start:deepcopy-fixed]
c = h.clone()
copy.deepcopy(h.detach()), c, grad(loss(c), w)
#> (tensor([ 3., 10.]), tensor([ 3., 10.], grad_fn=<CloneBackward0>), (tensor([1062., 2950.]),))
# --8<-- [end:deepcopy-fixed]

# --8<-- [start:optimize]
product = w * x
torch.optim.SGD([product])
#! ValueError: can't optimize a non-leaf Tensor
# --8<-- [end:optimize]

# --8<-- [start:optimize-fixed]
p = torch.nn.Parameter(product)
optimizer = torch.optim.SGD([p], lr=0.01)
loss(p).backward()
optimizer.step()
p.grad, p.detach()
#> (tensor([354., 590.]), tensor([-0.5400,  4.1000]))
# --8<-- [end:optimize-fixed]

# --8<-- [start:in-place]
y = torch.sigmoid(w)
y *= x
total = y.sum()
print(total)
#> tensor(6.5972, grad_fn=<SumBackward0>)
total.backward()
#! RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: [torch.FloatTensor [2]], which is output 0 of Sigmoid, is at version 1; expected version 0 instead. Hint: enable anomaly detection to find the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True, check_nan=False).
# --8<-- [end:in-place]

# --8<-- [start:in-place-fixed]
y = torch.sigmoid(w)
y = y * x
grad(y.sum(), w)
#> (tensor([0.5898, 0.5250]),)
# --8<-- [end:in-place-fixed]

# --8<-- [start:leaf]
p = w.detach().clone().requires_grad_()
p.add_(x)
#! RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.
# --8<-- [end:leaf]

# --8<-- [start:leaf-fixed]
with torch.no_grad():
    p.add_(x)
print(p, grad(loss(p), p))
#> tensor([4., 7.], requires_grad=True) (tensor([282., 470.]),)
# --8<-- [end:leaf-fixed]

# --8<-- [start:leaf-view]
i = 0
p[i] = x[i]
#! RuntimeError: a view of a leaf Variable that requires grad is being used in an in-place operation.
# --8<-- [end:leaf-view]

# --8<-- [start:leaf-view-fixed]
q = torch.where(torch.arange(len(p)) == i, x, p)
print(q.detach(), grad(loss(q), p))
#> tensor([3., 7.]) (tensor([  0., 440.]),)
# --8<-- [end:leaf-view-fixed]

# --8<-- [start:unbind]
first, second = w * x
first.mul_(second)
#! RuntimeError: Output 0 of Unbind is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.
# --8<-- [end:unbind]

# --8<-- [start:unbind-fixed]
first = first.mul(second)
grad(first, w)
#> (tensor([30., 15.]),)
# --8<-- [end:unbind-fixed]

# --8<-- [start:inference]
with torch.inference_mode():
    features = x * x
torch.dot(w, features)
#! RuntimeError: Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`.
# --8<-- [end:inference]

# --8<-- [start:inference-fixed]
grad(torch.dot(w, features.clone()), w)
#> (tensor([ 9., 25.]),)
# --8<-- [end:inference-fixed]

# --8<-- [start:numpy]
loss(w).numpy()
#! RuntimeError: Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.
# --8<-- [end:numpy]

# --8<-- [start:numpy-fixed]
value = loss(w)
value.detach().numpy(), grad(value, w)
#> (array(169., dtype=float32), (tensor([ 78., 130.]),))
# --8<-- [end:numpy-fixed]

# --8<-- [start:copy-construct]
copied = torch.tensor(w * x)
#! UserWarning: To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).
print(copied)
#> tensor([ 3., 10.])
# --8<-- [end:copy-construct]

# --8<-- [start:copy-construct-fixed]
copied = (w * x).clone()
print(copied, grad(loss(copied), w))
#> tensor([ 3., 10.], grad_fn=<CloneBackward0>) (tensor([1062., 2950.]),)
# --8<-- [end:copy-construct-fixed]

# --8<-- [start:multiply]
M @ M
#! RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x2 and 3x2)
# --8<-- [end:multiply]

# --8<-- [start:multiply-fixed]
A = M.clone().requires_grad_()
print(A.shape, A.T.shape)
#> torch.Size([3, 2]) torch.Size([2, 3])
grad((A @ A.T).sum(), A)
#> (tensor([[ 8., 12.],
#>         [ 8., 12.],
#>         [ 8., 12.]]),)
# --8<-- [end:multiply-fixed]

# --8<-- [start:broadcast]
c = torch.tensor([1., 10., 100.])
torch.mul(A, c)
#! RuntimeError: The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 1
# --8<-- [end:broadcast]

# --8<-- [start:broadcast-fixed]
grad(torch.mul(A, c[:, None]).sum(), A)
#> (tensor([[  1.,   1.],
#>         [ 10.,  10.],
#>         [100., 100.]]),)
# --8<-- [end:broadcast-fixed]

# --8<-- [start:same-dtype]
layer = torch.nn.Linear(2, 1)
layer(M.double())
#! RuntimeError: mat1 and mat2 must have the same dtype, but got Double and Float
# --8<-- [end:same-dtype]

# --8<-- [start:same-dtype-fixed]
print(grad(layer(M).sum(), layer.weight))
#> (tensor([[4., 6.]]),)
print(grad(layer.double()(M.double()).sum(), layer.weight))
#> (tensor([[4., 6.]], dtype=torch.float64),)
# --8<-- [end:same-dtype-fixed]

# --8<-- [start:device]
torch.dot(x.to("meta"), w)
#! RuntimeError: Tensor on device cpu is not on the expected device meta!
# --8<-- [end:device]

# --8<-- [start:device-fixed]
grad(torch.dot(x.to(w.device), w), w)
#> (tensor([3., 5.]),)
# --8<-- [end:device-fixed]

# --8<-- [start:labels]
import torch.nn.functional as F

labels = torch.tensor([0., 1., 1.])
F.cross_entropy(A, labels)
#! RuntimeError: expected target dtype to be Long or Byte, but got Float
# --8<-- [end:labels]

# --8<-- [start:labels-fixed]
grad(F.cross_entropy(A, labels.long()), A)
#> (tensor([[-0.0896,  0.0896],
#>         [ 0.0397, -0.0397],
#>         [ 0.0896, -0.0896]]),)
# --8<-- [end:labels-fixed]

# --8<-- [start:target-size]
predictions = (M @ w)[:, None]
targets = torch.tensor([2., 4., 11.])
wrong = F.mse_loss(predictions, targets)
#! UserWarning: Using a target size (torch.Size([3])) that is different to the input size (torch.Size([3, 1])). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.
print(wrong.detach(), grad(wrong, w))
#> tensor(32.5556) (tensor([ 7.5556, 12.0000]),)
# --8<-- [end:target-size]

# --8<-- [start:target-size-fixed]
right = F.mse_loss(M @ w, targets)
print(right.detach(), grad(right, w))
#> tensor(0.3333) (tensor([-0.6667,  0.0000]),)
# --8<-- [end:target-size-fixed]

# --8<-- [start:invalid-gradient]
class Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx, matrix, vector):
        ctx.save_for_backward(matrix, vector)
        return matrix @ vector

    @staticmethod
    def backward(ctx, g):
        matrix, vector = ctx.saved_tensors
        return torch.outer(g, vector), g

grad(torch.dot(Product.apply(M, w), c), w)
#! RuntimeError: Function ProductBackward returned an invalid gradient at index 1 - got [3] but expected shape compatible with [2]
# --8<-- [end:invalid-gradient]

# --8<-- [start:invalid-gradient-fixed]
class FixedProduct(Product):
    @staticmethod
    def backward(ctx, g):
        matrix, vector = ctx.saved_tensors
        return torch.outer(g, vector), matrix.T @ g

grad(torch.dot(FixedProduct.apply(A, w), c), A, w)
#> (tensor([[  1.,   2.],
#>         [ 10.,  20.],
#>         [100., 200.]]), tensor([301., 420.]))
# --8<-- [end:invalid-gradient-fixed]

# --8<-- [start:jacobian]
from torch.autograd import gradcheck

class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * x

a = torch.tensor([1., 3.], dtype=torch.float64, requires_grad=True)
gradcheck(Square.apply, a)
#! torch.autograd.gradcheck.GradcheckError: Jacobian mismatch for output 0 with respect to input 0,
#! numerical:tensor([[2.0000, 0.0000],
#!         [0.0000, 6.0000]], dtype=torch.float64)
#! analytical:tensor([[1., 0.],
#!         [0., 3.]], dtype=torch.float64)...
# --8<-- [end:jacobian]

# --8<-- [start:jacobian-fixed]
class FixedSquare(Square):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * g * x

print(gradcheck(FixedSquare.apply, a), grad(FixedSquare.apply(a).sum(), a))
#> True (tensor([2., 6.], dtype=torch.float64),)
# --8<-- [end:jacobian-fixed]

# --8<-- [start:vmap]
from torch.func import vmap

def half(row):
    return row if row.sum() > 6 else row / 2

def weigh(row):
    return row * row.sum().item()

print(torch.stack([half(row) for row in M]))
#> tensor([[0.5000, 0.0000],
#>         [0.0000, 1.0000],
#>         [3.0000, 4.0000]])
print(torch.stack([weigh(row) for row in M]))
#> tensor([[ 1.,  0.],
#>         [ 0.,  4.],
#>         [21., 28.]])
vmap(half)(M)
#! RuntimeError: vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet, please file an issue at https://github.com/pytorch/pytorch/issues .
vmap(weigh)(M)
#! RuntimeError: vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please file a bug report.
# --8<-- [end:vmap]

# --8<-- [start:vmap-fixed]
def half(row):
    return torch.where(row.sum() > 6, row, row / 2)

def weigh(row):
    return row * row.sum()

print(vmap(half)(M))
#> tensor([[0.5000, 0.0000],
#>         [0.0000, 1.0000],
#>         [3.0000, 4.0000]])
print(vmap(weigh)(M))
#> tensor([[ 1.,  0.],
#>         [ 0.,  4.],
#>         [21., 28.]])
print(grad(vmap(weigh)(A).sum(), A))
#> (tensor([[ 2.,  2.],
#>         [ 4.,  4.],
#>         [14., 14.]]),)
# --8<-- [end:vmap-fixed]

# --8<-- [start:func-scalar]
torch.func.grad(lambda w: M @ w)(w)
#! RuntimeError: grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with 1 dims. Maybe you wanted to use the vjp or jacrev APIs instead?
# --8<-- [end:func-scalar]

# --8<-- [start:func-scalar-fixed]
torch.func.grad(loss)(x), torch.func.jacrev(lambda w: M @ w)(x)
#> (tensor([204., 340.]), tensor([[1., 0.],
#>         [0., 2.],
#>         [3., 4.]]))
# --8<-- [end:func-scalar-fixed]

# --8<-- [start:silent-term]
penalty = torch.dot(w, w)
for term in (penalty.item(), penalty):
    total = loss(w) + term
    print(total, grad(total, w))
#> tensor(174., grad_fn=<AddBackward0>) (tensor([ 78., 130.]),)
#> tensor(174., grad_fn=<AddBackward0>) (tensor([ 80., 134.]),)
# --8<-- [end:silent-term]

# --8<-- [start:silent-broadcast]
for predictions in ((M @ w)[:, None], M @ w):
    differences = predictions - targets
    print(differences.detach(), grad((differences ** 2).mean(), w))
#> tensor([[ -1.,  -3., -10.],
#>         [  2.,   0.,  -7.],
#>         [  9.,   7.,   0.]]) (tensor([ 7.5556, 12.0000]),)
#> tensor([-1.,  0.,  0.]) (tensor([-0.6667,  0.0000]),)
# --8<-- [end:silent-broadcast]

# --8<-- [start:silent-softmax]
print(grad(F.cross_entropy(A.softmax(1), labels.long()), A))
#> (tensor([[-0.0507,  0.0507],
#>         [ 0.0223, -0.0223],
#>         [ 0.0507, -0.0507]]),)
print(grad(F.cross_entropy(A, labels.long()), A))
#> (tensor([[-0.0896,  0.0896],
#>         [ 0.0397, -0.0397],
#>         [ 0.0896, -0.0896]]),)
# --8<-- [end:silent-softmax]
