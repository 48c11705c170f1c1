"""Notation that once was misread or refused: each is read as its authors mean it, or refused with both readings."""

from __future__ import annotations

import pytest
from notes import judged, last, rows

N = r"设 $x, v\in\mathbb R^n$，$f:\mathbb R^n\to\mathbb R$。"
PAIR = r"设 $f:\mathbb R\times\mathbb R^n\to\mathbb R$，$y:\mathbb R\to\mathbb R^n$，$t\in\mathbb R$。"
IMPLICIT = (
    r"设 $F:\mathbb R^n\times\mathbb R^p\to\mathbb R^n$，$x:\mathbb R^p\to\mathbb R^n$，$\theta\in\mathbb R^p$，"
    r"满足 $F(x(\theta), \theta) = 0$。"
)
FIXED = (
    r"设 $f:\mathbb R^n\times\mathbb R^p\to\mathbb R^n$，$z^*:\mathbb R^p\to\mathbb R^n$，$\theta\in\mathbb R^p$，"
    r"满足 $z^*(\theta) = f(z^*(\theta), \theta)$。"
)
DATA = r"设 $x^{(i)}\in\mathbb R^n$，$y^{(i)}\in\mathbb R$，$i=1,\ldots,m$，$w\in\mathbb R^n$。令 $h(x) = w^\top x$。"
LAYERS = (
    r"设 $W^{(1)}\in\mathbb R^{h\times d}$，$W^{(2)}\in\mathbb R^{q\times h}$，$x\in\mathbb R^d$。"
    r"令 $z^{(1)} = W^{(1)}x$，$o = W^{(2)}\tanh(z^{(1)})$。"
)
COLUMNS = r"设 $A\in\mathbb R^{m\times n}$，$x\in\mathbb R^n$。令 $u_j = A e_j$。"
CENTRE = r"设 $x\in\mathbb R^n$，令 $C = I - \mathbf 1\mathbf 1^\top/n$。"
NORMALISED = (
    r"设 $x\in\mathbb R^n$，$\mu = \frac1n\sum_{i=1}^n x_i$，$\sigma^2 = \frac1n\sum_{i=1}^n(x_i-\mu)^2$，"
    r"$\hat x = \frac{x-\mu\mathbf 1}{\sigma}$。"
)
BLOCKS = r"设 $A\in\mathbb R^{m\times n}$，$b\in\mathbb R^m$，$x\in\mathbb R^n$，$\lambda > 0$。"
STACKED = (
    r"\left\|\begin{bmatrix} A \\ \sqrt\lambda I \end{bmatrix} x - "
    r"\begin{bmatrix} b \\ 0 \end{bmatrix}\right\|_2^2"
)
A = r"设 $a, b\in\mathbb R$。"
SIZE = r"设 $x\in\mathbb R^d$，$t\in\mathbb R$。"
SQUARE = r"Let $X, Y\in\mathbb R^{n\times n}$ with $\det X > 0$."
SCALAR = r"设 $f:\mathbb R^n\to\mathbb R$，$g, h:\mathbb R\to\mathbb R$，$x\in\mathbb R^n$，$t\in\mathbb R$。"
DUAL = r"设 $a, b, c, d\in\mathbb R$，$f:\mathbb R\to\mathbb R$，$A, B\in\mathbb R^{n\times n}$，$\varepsilon^2 = 0$。"
BASIS = r"设 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$，$e_i\in\mathbb R^n$ 是第 $i$ 个标准基向量。"
ZERO = r"设 $A\in\mathbb R^{m\times n}$，$x, \mathbf 0\in\mathbb R^n$。"
ENTRIES = (
    r"设 $A = (a_{ij})\in\mathbb R^{m\times n}$，$B = (b_{ij})_{n\times p}$，$S\in\mathbb R^{n\times n}$，"
    r"$x, v\in\mathbb R^n$。"
)
INNER = (
    r"设 $f, g:\mathbb R^n\to\mathbb R$，$u:\mathbb R^n\to\mathbb R^m$，$h:\mathbb R^m\to\mathbb R$，"
    r"$q:\mathbb R\to\mathbb R$，$x\in\mathbb R^n$，$S\in\mathbb R^{n\times n}$，$t\in\mathbb R$。"
)
LAYERED = r"W^{(2)}\operatorname{diag}(\mathbf 1 - \tanh^2(z^{(1)}))W^{(1)}"

TRUE = [
    (r"设 $f:\mathbb R^n\to\mathbb R$，$x, v\in\mathbb R^n$。",
     r"\left.\frac{\mathrm d}{\mathrm dt}\right|_{t=0} f(x + tv) = \nabla f(x)^\top v"),
    (r"设 $z, y\in\mathbb R^n$。令 $L = \frac12\|z - y\|^2$，$\delta_2 = \frac{\partial L}{\partial z}$。",
     r"\delta_2 = z - y"),
    (r"设 $A\in\mathbb R^{m\times n}$，$b\in\mathbb R^m$，$x\in\mathbb R^n$。令 $f(x) = \|Ax - b\|_2^2$。",
     r"\nabla^2 f(x) = 2A^\top A \succeq 0"),
    (r"设 $X = [x_1, \ldots, x_n]\in\mathbb R^{d\times n}$，$w\in\mathbb R^d$。", r"(X^\top w)_i = x_i^\top w"),
    (r"设 $X = (x_1, x_2, \ldots, x_N)^\top\in\mathbb R^{N\times d}$。", r"X^\top X = \sum_{i=1}^N x_i x_i^\top"),
    (
        r"设 $\mu, x_1, \ldots, x_N\in\mathbb R^d$。",
        r"\nabla_\mu \sum_{i=1}^N \|x_i - \mu\|_2^2 = 2\sum_{i=1}^N (\mu - x_i)",
    ),
    (r"Let $X = [x_1,\ldots,x_n]\in\mathbb R^{d\times n}$ with columns $x_i$.", r"(X^\top X)_{ij} = x_i^\top x_j"),
    (
        r"设 $\mathbf W\in\mathbb R^{h\times d}$，$\mathbf x\in\mathbb R^d$，$\phi:\mathbb R\to\mathbb R$。"
        r"令 $\mathbf h = \phi(\mathbf W\mathbf x)$。",
        r"\frac{\partial\mathbf h}{\partial\mathbf x} = \operatorname{diag}(\phi'(\mathbf W\mathbf x))\mathbf W",
    ),
    (r"设 $\mathbf h\in\mathbb R^h$。", r"\sum_{i=1}^h h_i = \mathbf 1^\top\mathbf h"),
    (ENTRIES, r"A = (a_{ij})"),
    (ENTRIES, r"A = [a_{ij}]_{m\times n}"),
    (ENTRIES, r"A^\top = (a_{ji})_{n\times m}"),
    (ENTRIES, r"A^\top = (a_{ij})_{ji}"),
    (ENTRIES, r"AB = \left(\sum_k a_{ik}b_{kj}\right)_{m\times p}"),
    (ENTRIES, r"\left(\sum_k a_{ik}b_{kj}\right)_{ij}^\top = B^\top A^\top"),
    (ENTRIES, r"xv^\top = (x_i v_j)_{1\le i,j\le n}"),
    (ENTRIES, r"x = (x_i)_{i=1}^n"),
    (ENTRIES, r"(Sx)_i = \sum_j s_{ij}x_j"),
    (ENTRIES, r"(s_{ij}S)_{ij} = s_{ij}^2"),
    (ENTRIES, r"((a_{ij})_{ij})_{kl} = a_{kl}"),
    (ENTRIES, r"\sum_{1\le i,j\le n} s_{ij}x_i x_j = x^\top S x"),
    (ENTRIES + r"令 $C = (s_{ij}x_j)_{n\times n}$。", r"C = S\operatorname{diag}(x)"),
    (ENTRIES + r"令 $C = (s_{ij}x_j)$。", r"C = S\operatorname{diag}(x)"),
    (r"设 $A\in\mathbb R^{m\times n}$，$A = (a_{ij})$。", r"(A^\top)_{ij} = a_{ji}"),
    (INNER, r"\nabla^2 f(x) = \left(\frac{\partial^2 f}{\partial x_i\partial x_j}\right)_{ij}"),
    (INNER, r"\nabla^2 f(x) = \left[\frac{\partial^2 f(x)}{\partial x_i\partial x_j}\right]_{n\times n}"),
    (INNER, r"J_u(x) = \left(\frac{\partial u_i}{\partial x_j}\right)"),
    (
        INNER,
        r"\frac{\partial h(u(x))}{\partial x_j}"
        r" = \sum_i \frac{\partial h}{\partial u_i}\frac{\partial u_i}{\partial x_j}",
    ),
    (INNER, r"\nabla_x\, h(u(x)) = \left(\frac{\partial u}{\partial x}\right)^\top\frac{\partial h}{\partial u}"),
    (INNER, r"\nabla_x\, q(f(x)) = \frac{dq}{df}\nabla f(x)"),
    (
        INNER,
        r"\frac{\partial^2 h(u(x))}{\partial x_j\partial x_k} = \sum_{i,l}\frac{\partial^2 h}{\partial u_i\partial u_l}"
        r"\frac{\partial u_i}{\partial x_j}\frac{\partial u_l}{\partial x_k}"
        r" + \sum_i \frac{\partial h}{\partial u_i}\frac{\partial^2 u_i}{\partial x_j\partial x_k}",
    ),
    (INNER, r"\mathrm d^2 f = \mathrm dx^\top\nabla^2 f(x)\,\mathrm dx"),
    (INNER, r"d^2(x^\top S x) = 2\,dx^\top S\,dx"),
    (INNER, r"\mathrm d^3(t^3) = 6(\mathrm dt)^3"),
    (
        INNER,
        r"\mathrm d^2(f(x)g(x)) = g(x)\,\mathrm d^2 f(x) + 2\,\mathrm df(x)\,\mathrm dg(x)"
        r" + f(x)\,\mathrm d^2 g(x)",
    ),
    (SCALAR, r"(gh)' = g'h + gh'"),
    (SCALAR, r"\left(\frac gh\right)'(t) = \frac{g'(t)h(t) - g(t)h'(t)}{h(t)^2}"),
    (SCALAR, r"(g \circ h)' = (g' \circ h)\,h'"),
    (SCALAR, r"(gh)'' = g''h + 2g'h' + gh''"),
    (SCALAR, r"g \circ h = (g \circ h)"),
    (SCALAR, r"\nabla g(f(x)) \circ x = x \circ \nabla g(f(x))"),
    (SCALAR, r"\nabla g(f(x)) = g'(f(x))\nabla f(x)"),
    (DUAL, r"(a + b\varepsilon)(c + d\varepsilon) = ac + (ad + bc)\varepsilon"),
    (DUAL, r"f(a + b\varepsilon) = f(a) + bf'(a)\varepsilon"),
    (DUAL, r"(A + \varepsilon B)^2 = A^2 + \varepsilon(AB + BA)"),
    (BASIS, r"e_i^\top A e_j = a_{ij}"),
    (BASIS, r"x = \sum_i x_i e_i"),
    (BASIS, r"e^{e_1^\top x} = e^{x_1}"),
    (r"Let $e_1, \ldots, e_n\in\mathbb R^n$ be the standard basis and $x\in\mathbb R^n$.", r"e_1^\top x = x_1"),
    (ZERO, r"x + \mathbf 0 = x"),
    (N, r"\sum_{i=1}^n\sum_{j=1}^i x_j = \sum_{j=1}^n (n-j+1)x_j"),
    (N, r"\sum_{i=1}^{n-1}\sum_{j=i+1}^n x_i x_j = \sum_{i<j} x_i x_j"),
    (
        N + r"令 $y_i = \sum_{j=1}^i x_j$。",
        r"\frac{\partial y_i}{\partial x_j} = \begin{cases} 1 & j\le i \\ 0 & j>i \end{cases}",
    ),
    (N, r"x^\top v = v^\top x \quad\blacksquare"),
    (r"设 $A\in\mathbb R^{m\times n}$。", r"A\mathbf 0 = \mathbf 0_m"),
    (r"设 $f:\mathbb R^n\to\mathbb R$，$x\in\mathbb R^n$。", r"J_{\nabla f}(x) = \nabla^2 f(x)"),
    (
        r"设 $f_1:\mathbb R^n\to\mathbb R^n$，$f_3:\mathbb R^n\to\mathbb R^m$，$x\in\mathbb R^n$。",
        r"J_{f_3 \circ f_1}(x) = J_{f_3}(f_1(x)) J_{f_1}(x)",
    ),
    (BLOCKS, STACKED + r" = \|Ax-b\|_2^2 + \lambda\|x\|_2^2"),
    (COLUMNS, r"Ax = \sum_{j=1}^n x_j u_j"),
    (COLUMNS, r"u_j^\top u_k = (A^\top A)_{jk}"),
    (COLUMNS, r"(u_j)_i = a_{ij}"),
    (
        PAIR,
        r"\frac{\mathrm d}{\mathrm dt} f(t, y(t)) = \frac{\partial f}{\partial t}(t, y(t)) + "
        r"\nabla_y f(t, y(t))^\top y'(t)",
    ),
    (
        r"设 $f(x, y) = x^2 y$，$x, y\in\mathbb R$。",
        r"\frac{\partial f}{\partial x}(y, x) = 2xy",
    ),
    (N, r"\frac{\partial f}{\partial x_i}(v) = \nabla f(v)_i"),
    (N, r"\frac{\partial f}{\partial x}^\top(x - v) = \nabla f(x)^\top x - \nabla f(x)^\top v"),
    (N, r"\mathrm d f = \nabla f^\top\,\mathrm dx = \sum_{i=1}^n \frac{\partial f}{\partial x_i}\mathrm dx_i"),
    (r"设 $f, g:\mathbb R^n\to\mathbb R$。", r"\mathrm d(fg) = g\,\mathrm df + f\,\mathrm dg"),
    (r"设 $f:\mathbb R^n\to\mathbb R$，$f(z) > 0$。", r"\nabla_z \log f(z) = \frac{\nabla f(z)}{f(z)}"),
    (SIZE, r"\mathrm d (x^\top x) = 2 x^\top \mathrm d x"),
    (SIZE, r"\frac{d}{dt}\left(\frac{t^2}{\sqrt d}\right) = \frac{2t}{\sqrt d}"),
    (N.replace("v", "d"), r"\frac{\mathrm d^2}{\mathrm dt^2} f(x+td)\Big|_{t=0} = d^\top\nabla^2 f(x) d"),
    (r"设 $\mathbf 1\in\mathbb R^w$，$x\in\mathbb R^w$。", r"\mathbf 1^\top x = \sum_i x_i"),
    (r"设 $I\in\mathbb R^{n\times n}$，$A\in\mathbb R^{n\times n}$。", r"AI = A"),
    (CENTRE, r"C^\top C = C"),
    (CENTRE, r"Cx = x - \tfrac1n\mathbf 1\mathbf 1^\top x"),
    (
        r"设 $n\in\mathbb N$。",
        r"\left(I - \frac1n\mathbf 1\mathbf 1^\top\right)^2 = I - \frac1n\mathbf 1\mathbf 1^\top",
    ),
    (
        r"设 $A\in\mathbb R^{m\times n}$，$b\in\mathbb R^m$，$\lambda>0$。"
        r"令 $x_\lambda = (A^\top A+\lambda I)^{-1}A^\top b$。",
        r"A^\top (A x_\lambda - b) + \lambda x_\lambda = 0",
    ),
    (r"设 $k\in\mathbb N$。", r"(k+1)! = (k+1)\,k!"),
    (NORMALISED, r"\frac{\partial\hat x}{\partial x} = \frac1\sigma\left(I - \frac1n\mathbf 1\mathbf 1^\top - "
                 r"\frac1n\hat x\hat x^\top\right)"),
    (IMPLICIT, r"\frac{\partial F}{\partial x}\frac{\partial x}{\partial\theta} + \frac{\partial F}{\partial\theta}"
               r" = 0"),
    (
        IMPLICIT,
        r"\frac{\partial x}{\partial\theta} = -\left(\frac{\partial F}{\partial x}\right)^{-1}"
        r"\frac{\partial F}{\partial\theta}",
    ),
    (
        FIXED,
        r"\frac{\partial z^*}{\partial\theta} = \left(I - \frac{\partial f}{\partial z}\right)^{-1}"
        r"\frac{\partial f}{\partial\theta}",
    ),
    (DATA, r"\frac{\partial}{\partial w_j}\sum_{i=1}^m (h(x^{(i)}) - y^{(i)})^2 = "
           r"2\sum_{i=1}^m (h(x^{(i)}) - y^{(i)})x^{(i)}_j"),
    (DATA, r"\sum_{i=1}^m {x^{(i)}}^\top x^{(i)} = \sum_i ||x^{(i)}||_2^2"),
    (DATA, r"\nabla_{x^{(k)}} \sum_{i=1}^m w^\top x^{(i)} = w"),
    (LAYERS, rf"\frac{{\partial o}}{{\partial x}} = {LAYERED}"),
    (LAYERS, r"\frac{\partial o}{\partial z^{(1)}} = W^{(2)}\operatorname{diag}(\mathbf 1 - \tanh^2(z^{(1)}))"),
    (r"Let $x^{[1]}, \ldots, x^{[m]} \in\mathbb R^n$ and $\mu = \frac1m\sum_{i=1}^m x^{[i]}$.",
     r"\sum_{i=1}^m (x^{[i]} - \mu) = 0"),
    (A, r"||a|-|b|| \le |a-b|"),
    (A, r"|a||b| = |ab|"),
    (A, r"\sigma' = \sigma(1-\sigma)"),
    (A, r"\frac{\mathrm d\sigma}{\mathrm da} = \sigma(1-\sigma)"),
    (r"设 $a\in\mathbb R$，令 $s(a) = \frac1{1+e^{-a}}$。", r"s' = s(1-s)"),
    (SQUARE, r"\partial(XY) = (\partial X)Y + X(\partial Y)"),
    (SQUARE, r"\partial(\ln\det X) = \operatorname{tr}(X^{-1}\partial X)"),
    (r"设 $A\in\mathbb R^{n\times n}$，$t\in\mathbb R$。", r"\frac{\mathrm d}{\mathrm dt}\exp(tA) = A\exp(tA)"),
    (r"设 $S\in\mathbb R^{m\times n}$。", r"\exp(S)_{ij} = e^{s_{ij}}"),
    (r"设 $f: x\mapsto 2x$，$x\in\mathbb R$。", r"f(f(x)) = 4x"),
    (r"设 $y\in\mathbb R^K$。", r"\frac{\partial y_i}{\partial y_j} = I_{ij}"),
    (N, r"D_v f(x) = \nabla f(x)^{\text{T}}v"),
    (N, r"\operatorname{grad} f(x) = \nabla f(x),\quad \operatorname{Hess} f(x) = \nabla^2 f(x)"),
    (N, r"\Delta f(x) = \operatorname{tr}\nabla^2 f(x)"),
    (N, r"\nabla f = \sum_i \frac{\partial f}{\partial x_i}\mathbf e_i"),
    (N, r"\operatorname{diag}(x_1,\ldots,x_n)\,v = x\odot v"),
    (r"设 $t>0$。", r"\log_2 t = \frac{\log t}{\log 2}"),
    (
        r"设 $X\in\mathbb R^{m\times n}$，$A\in\mathbb R^{n\times p}$。",
        r"\frac{\partial\operatorname{vec}(XA)}{\partial\operatorname{vec}(X)^\top} = A^\top\otimes I",
    ),
]  # fmt: skip

WRONG = [
    (r"设 $f:\mathbb R^n\to\mathbb R$，$x, v\in\mathbb R^n$。",
     r"\left.\frac{\mathrm d}{\mathrm dt}\right|_{t=0} f(x + 2tv) = \nabla f(x)^\top v"),
    (r"设 $z, y\in\mathbb R^n$。令 $L = \frac12\|z - y\|^2$，$\delta_2 = \frac{\partial L}{\partial z}$。",
     r"\delta_2 = y - z"),
    (r"设 $X = [x_1, \ldots, x_n]\in\mathbb R^{d\times n}$。", r"\|x_i\|_2 = (X^\top X)_{ii}"),
    (r"设 $X = [x_1, \ldots, x_n]\in\mathbb R^{d\times n}$。", r"X X^\top = \sum_{i=1}^{n-1} x_i x_i^\top"),
    (r"设 $\mathbf h\in\mathbb R^h$。", r"\mathbf h^\top\mathbf h = h"),
    (ENTRIES, r"A = (a_{ji})"),
    (ENTRIES, r"A = (a_{ij})_{ji}"),
    (ENTRIES, r"A = (a_{ij})_{n\times m}"),
    (ENTRIES, r"S = (s_{ji})_{n\times n}"),
    (ENTRIES, r"xv^\top = (x_j v_i)_{n\times n}"),
    (ENTRIES, r"xv^\top = (x_j v_i)"),
    (ENTRIES, r"xv^\top = (x_i v_j)_{ij}^\top"),
    (ENTRIES, r"x = 2(x_i)_{i=1}^n"),
    (ENTRIES, r"(s_{ij}S)_{ij} = s_{ij}s_{ji}"),
    (ENTRIES, r"\sum_{1\le i,j\le n} x_i x_j = x^\top x"),
    (ENTRIES + r"令 $C = (s_{ij}x_j)_{n\times n}$。", r"C = \operatorname{diag}(x)S"),
    (INNER, r"\nabla^2 f(x) = \left(\frac{\partial f}{\partial x_i}\frac{\partial f}{\partial x_j}\right)_{ij}"),
    (INNER, r"J_u(x)^\top = \left(\frac{\partial u_i}{\partial x_j}\right)"),
    (INNER, r"\frac{\partial h(u(x))}{\partial x_j} = \sum_i \frac{\partial u_i}{\partial x_j}"),
    (INNER, r"\nabla_x\, h(u(x)) = \left(\frac{\partial h}{\partial u}\right)^\top\frac{\partial u}{\partial x}"),
    (INNER, r"\nabla_x\, q(f(x)) = \frac{dq}{df}(t)\nabla f(x)"),
    (INNER, r"\mathrm d^2 f = 2\,\mathrm dx^\top\nabla^2 f(x)\,\mathrm dx"),
    (INNER, r"\mathrm d^2 f = (\mathrm df)^2"),
    (INNER, r"\mathrm d^2(f(x)g(x)) = g(x)\,\mathrm d^2 f(x) + \mathrm df(x)\,\mathrm dg(x) + f(x)\,\mathrm d^2 g(x)"),
    (SCALAR, r"(gh)' = g'h - gh'"),
    (SCALAR, r"(g \circ h)' = (g' \circ h)\,g'"),
    (SCALAR, r"g \circ h = h \circ g"),
    (SCALAR, r"\nabla g(f(x)) = g'(f(x)) f(x)\nabla f(x)"),
    (DUAL, r"(a + b\varepsilon)(c + d\varepsilon) = ac + (ad - bc)\varepsilon"),
    (DUAL, r"f(a + b\varepsilon) = f(a) + f'(a)\varepsilon"),
    (DUAL, r"\varepsilon = 0"),
    (DUAL, r"a + \varepsilon b = c + \varepsilon b"),
    (BASIS, r"e_i^\top A e_j = a_{ji}"),
    (ZERO, r"x + \mathbf 0 = \mathbf 0"),
    (N, r"\sum_{i=1}^n\sum_{j=1}^i x_j = \sum_{j=1}^n (n-j)x_j"),
    (N, r"\sum_{i=1}^n\sum_{j=i}^n x_i x_j = \sum_{i<j} x_i x_j"),
    (BLOCKS, STACKED + r" = \|Ax-b\|_2^2 - \lambda\|x\|_2^2"),
    (COLUMNS, r"Ax = 2\sum_{j=1}^n x_j u_j"),
    (COLUMNS, r"\|u_j\|_2^2 = \sum_i a_{ij}"),
    (
        PAIR.replace(r"\mathbb R^n", r"\mathbb R"),
        r"\frac{\mathrm d}{\mathrm dt} f(t, y(t)) = \frac{\partial f}{\partial t}(t, y(t)) + "
        r"\frac{\partial f}{\partial t}(t, y(t)) y'(t)",
    ),
    (N, r"\frac{\partial f}{\partial x_i}(v) = \nabla f(x)_i"),
    (N, r"\mathrm d f = \nabla f^\top x"),
    (r"设 $W\in\mathbb R^{d\times d}$，$x\in\mathbb R^d$。", r"\mathrm d (Wx) = W\,\mathrm dx"),
    (SIZE, r"\mathrm d (x^\top x) = x^\top \mathrm d x"),
    (r"设 $\mathbf 1\in\mathbb R^w$，$x\in\mathbb R^w$。", r"\mathbf 1^\top x = \sum_i x_i^2"),
    (CENTRE, r"C^\top C = I"),
    (r"设 $k\in\mathbb N$。", r"(k+1)! = k\,k!"),
    (NORMALISED, r"\frac{\partial\hat x}{\partial x} = \frac1\sigma\left(I - \frac1n\mathbf 1\mathbf 1^\top\right)"),
    (
        IMPLICIT,
        r"\frac{\partial x}{\partial\theta} = \left(\frac{\partial F}{\partial x}\right)^{-1}"
        r"\frac{\partial F}{\partial\theta}",
    ),
    (IMPLICIT, r"\frac{\partial F}{\partial\theta} = 0"),
    (DATA, r"\nabla_{x^{(k)}} \sum_{i=1}^m w^\top x^{(i)} = m w"),
    (DATA, r"\nabla_w \sum_{i=1}^m w^\top x^{(i)} = m x^{(1)}"),
    (LAYERS, rf"\frac{{\partial o}}{{\partial x}} = ({LAYERED})^\top"),
    (A, r"\frac{\mathrm d\sigma}{\mathrm da} = \sigma(1+\sigma)"),
    (A, r"||a|-|b|| \ge |a-b|"),
    (SQUARE, r"\partial(XY) = (\partial X)(\partial Y)"),
    (r"设 $A\in\mathbb R^{n\times n}$，$t\in\mathbb R$。", r"\frac{\mathrm d}{\mathrm dt}\exp(tA) = A^\top\exp(tA)"),
    (r"设 $y\in\mathbb R^K$。", r"\frac{\partial y_i}{\partial y_j} = I_{ij} + 1"),
    (N, r"D_v f(x) = \nabla f(v)^\top x"),
    (N, r"\Delta f(x) = \sum_{i=1}^n\sum_{j=1}^n (\nabla^2 f(x))_{ij}"),
    (
        r"设 $X\in\mathbb R^{m\times n}$，$A\in\mathbb R^{n\times p}$。",
        r"\frac{\partial\operatorname{vec}(XA)}{\partial\operatorname{vec}(X)^\top} = I\otimes A^\top",
    ),
]  # fmt: skip

REFUSED = [
    (r"设 $X = [x_1, \ldots, x_n]\in\mathbb R^{n\times d}$。", "X = X", "X does not lie in the set"),
    (r"设 $X = [x_2, \ldots, x_n]\in\mathbb R^{d\times n}$。", "X = X", "X does not lie in the set"),
    (ENTRIES, r"A = (2)_{m\times n}", "has two indices, as in (a_{ij})_{m×n}"),
    (ENTRIES, r"A = (a_{ij})_{i\ne j}", "no condition on them"),
    (ENTRIES, r"(x_i)_{ij} = A", "is a scalar and has no entries"),
    (ENTRIES + r"令 $D = (x_i v_k)_{ij}$。", r"D = D", "the index i is free on the right side only"),
    (r"设 $A = (a_{ji})\in\mathbb R^{m\times n}$。", "A = A", "a is not declared"),
    (INNER, r"\frac{\partial h(u(x))}{\partial u_i} = 0", "or name the value, y = u(x)"),
    (INNER, r"\mathrm d^2 x = 0", "does not depend on anything that varies"),
    (
        r"设 $A\in\mathbb R^{n\times n}$，$e_i\in\mathbb R^n$。",
        r"e_i^\top A e_j = a_{ij}",
        "or the standard basis, for which it holds",
    ),
    (DUAL, r"a + \varepsilon \ge a", "ε^{2} = 0 is read in equalities"),
    (SCALAR, r"\nabla g(2t) = 2g'(2t)", "the readings disagree"),
    (SCALAR, r"2\,g \circ h = 2\,h \circ g", "put f ∘ g in brackets"),
    (
        r"设 $f: \mathbb{R}^n \to \mathbb{R}$，$x \in \mathbb{R}^n$。",
        r"\nabla_x (\nabla f(x) e_j) = \nabla^2 f(x) e_j",
        "e_{j} would have a single entry",
    ),
    (r"设 $S\in\mathbb R^{n\times n}$。", r"\exp(S)_{ij} = e^{s_{ij}}", "for which this fails, or entry"),
    (
        r"设 $Q\in\mathbb R^{N\times d}$，$K\in\mathbb R^{M\times d}$。",
        r"\operatorname{softmax}(QK^\top)\mathbf 1 = \mathbf 1",
        "along its rows or along its columns",
    ),
    (r"设 $h\in\mathbb R$。", r"\sin(h) = h + O(h^3)", "says how fast something shrinks"),
    (r"设 $x\in\mathbb R^n$。", r"2x \mapsto x", "↦ is read in f: x ↦ … only"),
    (r"设 $X\in\mathbb R^{m\times n}$。", r"v_i = x_{ij} X^\top X", "the index j is free on the right side only"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "claim"), TRUE)
def test_read(text: str, claim: str) -> None:
    assert judged(text, claim) == "verified"


@pytest.mark.parametrize(("text", "claim"), WRONG)
def test_wrong(text: str, claim: str) -> None:
    assert judged(text, claim) == "false"


@pytest.mark.parametrize(("text", "claim", "words"), REFUSED)
def test_refused(text: str, claim: str, words: str) -> None:
    finding = next(row for row in rows(f"{text}\n\n$${claim}$$\n") if row.fault)
    assert finding.status in ("unreadable", "error") and words in finding.message


def test_entries_of_other_sizes_than_declared() -> None:
    """`A = (a_{ij})_{m×n} ∈ ℝ^{n×m}` declares nothing that can be relied on."""
    (finding,) = rows(r"设 $A = (a_{ij})_{m\times n}\in\mathbb R^{n\times m}$。")
    assert finding.status == "false" and "the sides have different shapes" in finding.message


@pytest.mark.parametrize(
    "before",
    [
        '??? note "提示"\n    ',
        "## 一\n",
        "!!! tip\n    ",
        '=== "甲"\n    ',
        "**练习**\n",
        "三、",
        "证明：",
        "例如，",
        "下面",
    ],
)
def test_a_sentence_may_stand_right_under_a_title(before: str) -> None:
    """A title is no part of the sentence that supposes."""
    found = rows(before + r"设 $\lambda > 0$，$x\in\mathbb R^n$。此时 $\|\lambda x\|_2 = \lambda\|x\|_2$。")
    assert [row.status for row in found] == ["declared", "declared", "verified"]


def test_an_undeclared_name_in_a_displayed_expression_is_an_error() -> None:
    """In a sentence it is a mention; displayed, it says something of what nobody knows."""
    text = r"设 $x\in\mathbb R^n$。"
    assert rows(text + "\n\n$$x^\\top Q x$$\n")[-1].status == "error"
    assert "Q is not declared" in rows(text + "\n\n$$x^\\top Q x$$\n")[-1].message
    mention = rows(text + r"考虑 $x^\top Q x$。")[-1]
    assert (mention.status, mention.details["undeclared"]) == ("expression", ["Q"])


def test_a_derivative_by_a_defined_name_of_a_layer() -> None:
    """What crashed once: differentials of names that are defined."""
    text = (
        r"设 $X\in\mathbb R^{N\times n}$，$W\in\mathbb R^{k\times n}$，$f:\mathbb R^{N\times k}\to\mathbb R$。"
        r"令 $Y = XW^\top$，$L = f(XW^\top)$，$\bar Y = \nabla f(XW^\top)$。"
    )
    claim = r"$\mathrm dL = \operatorname{tr}(\bar Y^\top\mathrm dY) = \langle\bar Y, \mathrm dY\rangle$"
    good = last(text + "\n\n" + claim)
    assert (good.status, good.details["varying"], good.details["names"]) == ("verified", ["W", "X"], ["W", "X", "f"])
    assert last(text + "\n\n" + r"$\mathrm dL = 2\operatorname{tr}(\bar Y^\top\mathrm dY)$").status == "false"


AHEAD = [
    r"Let $f(x) = x^\top A x$, where $A\in\mathbb R^{n\times n}$ and $x\in\mathbb R^n$. "
    r"Then $\nabla f(x) = (A+A^\top)x$.",
    r"设 $f(w) = \|Xw-y\|^2$，$X\in\mathbb R^{m\times n}$，$w\in\mathbb R^n$，$y\in\mathbb R^m$。"
    r"$\nabla f(w) = 2X^\top(Xw-y)$",
    "$$\\nabla(x^\\top A x) = (A+A^\\top)x$$\n\n其中 $A\\in\\mathbb R^{n\\times n}$，$x\\in\\mathbb R^n$。",
]


@pytest.mark.parametrize("text", AHEAD)
def test_the_rest_of_a_sentence_may_declare(text: str) -> None:
    found = rows(text)
    assert [row.message for row in found if row.fault] == []
    assert "verified" in [row.status for row in found]


def test_another_sentence_does_not_declare() -> None:
    """What comes after the full stop comes too late; and a name that is known keeps its shape."""
    late = r"$\nabla(x^\top A x) = (A+A^\top)x$。这里 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$。"
    assert rows(late)[0].status == "error"
    known = r"设 $A\in\mathbb R^{m\times n}$，$x\in\mathbb R^n$。" + "\n\n"
    again = r"$\nabla(x^\top A x) = (A+A^\top)x$，其中 $A\in\mathbb R^{n\times n}$。"
    assert rows(known + again)[2].status in ("error", "false")
