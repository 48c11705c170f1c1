"""What a sentence says behind a formula counts for the formula; what its words say of numbers and names counts too."""

from __future__ import annotations

import pytest
from notes import rows

# Text before the claim; a true claim with what follows it; a wrong one.
BEHIND = [
    ("设 $x\\in\\mathbb R^m$。", r"\frac1m\sum_{i=1}^m (x_i-\mu)^2 = \frac1m\sum_{i=1}^m x_i^2-\mu^2",
     r"\frac1m\sum_{i=1}^m (x_i-\mu)^2 = \frac1m\sum_{i=1}^m x_i^2+\mu^2", r"其中 $\mu=\frac1m\sum_{i=1}^m x_i$。"),
    (r"Let $x\in\mathbb R^n$ and $A\in\mathbb R^{n\times n}$.", r"\nabla_x (x^\top A x) = 2Ax",
     r"\nabla_x (x^\top A x) = 2x^\top A", r"whenever $A = A^\top$."),
    (r"Let $x\in\mathbb R^n$ and $A\in\mathbb R^{n\times n}$.", r"\nabla_x (x^\top A x) = 2Ax",
     r"\nabla_x (x^\top A x) = Ax", "if $A$ is symmetric."),
    ("", r"\log t \le t-1", r"\log t \le t-2", "for $t > 0$."),
    (r"Let $x\in\mathbb R^n$.", r"\lambda\|x\|_2^2 \ge 0", r"\lambda\|x\|_2^2 \ge 1", r"where $\lambda > 0$."),
    ("", r"\operatorname{vec}(AXB) = (B^\top\otimes A)\operatorname{vec}(X).",
     r"\operatorname{vec}(AXB) = (A\otimes B^\top)\operatorname{vec}(X).",
     r"Here $A\in\mathbb R^{m\times n}$, $X\in\mathbb R^{n\times p}$ and $B\in\mathbb R^{p\times k}$."),
]  # fmt: skip


@pytest.mark.parametrize(("before", "true", "wrong", "behind"), BEHIND, ids=[each[3] for each in BEHIND])
def test_what_follows_a_claim_counts_for_it(before: str, true: str, wrong: str, behind: str) -> None:
    verdicts = []
    for claim in (true, wrong):
        found = rows(f"{before}\n\n$${claim}$$\n\n{behind}\n")
        verdicts.append(next(row for row in found if row.source == claim).status)
        assert not [row for row in found if row.source != claim and row.fault]
    assert verdicts[0] == "verified"
    assert verdicts[1] in ("false", "error")


def test_what_follows_a_claim_is_over_with_its_sentence() -> None:
    """A condition behind one formula is none of the next."""
    symmetric = r"$$\nabla_x (x^\top A x) = 2Ax$$"
    head = r"设 $x\in\mathbb R^n$，$A\in\mathbb R^{n\times n}$。"
    found = rows(f"{head}\n\n{symmetric}\nif $A$ is symmetric.\n\n{symmetric}\n")
    assert [row.status for row in found if row.details["display"]] == ["verified", "false"]


def test_a_row_says_what_was_supposed_behind_its_claim() -> None:
    (claim, _) = rows("$$\\log t \\le t-1$$ for $t > 0$.\n")
    assert claim.details["hypotheses"] == ["t > 0"]


def test_definitions_behind_their_use_in_one_formula() -> None:
    """Their order on the line does not matter; a definition is not turned into a claim."""
    head = r"设 $a,b\in\mathbb R^n$。"
    (*_, row) = rows(head + r" $$\|u\|_2^2 = a^\top a - 2a^\top b + b^\top b, \qquad u = a - b$$")
    assert (row.status, row.details["defines"]) == ("verified", ["u"])
    (*_, row) = rows(head + r" $$\|u\|_2^2 = a^\top a + 2a^\top b + b^\top b, \qquad u = a - b$$")
    assert row.status == "false"


# Text, a true claim, a wrong one.
NAMES = [
    (r"Let $a,y\in\mathbb R^n$, $x\in\mathbb R^m$, $W\in\mathbb R^{n\times m}$ and $e = Wx-y$.",
     r"\nabla_x\tfrac12\|e\|_2^2 = W^\top e", r"\nabla_x\tfrac12\|e\|_2^2 = -W^\top e"),
    (r"Let $A,B\in\mathbb R^{m\times n}$. Put $R = A-B$.", r"\|R\|_F^2 = \operatorname{tr}(R^\top R)",
     r"\|R\|_F^2 = \operatorname{tr}(A^\top R)"),
    (r"Given a nonzero vector $v\in\mathbb R^m$,", r"\frac{v^\top v}{\|v\|^2} = 1", r"\frac{v^\top v}{\|v\|} = 1"),
    (r"设 $v\in\mathbb R^n$ 为非零向量。", r"\frac{v^\top v}{\|v\|^2} = 1", r"\frac{v^\top v}{\|v\|} = 1"),
    (r"Let $X\in\mathbb R^{n\times p}$, where $n\ge p$, have full column rank, $D\in\mathbb R^{p\times n}$ and"
     r" $L=(X^\top X)^{-1}X^\top$. Let $DX=0$.", r"(L+D)(L+D)^\top=(X^\top X)^{-1}+DD^\top",
     r"(L+D)(L+D)^\top=(X^\top X)^{-1}-DD^\top"),
    (r"设 $p\in\mathbb R^n$，且权重满足 $\mathbf 1^\top p=1$。", r"(\mathbf 1^\top p)^2 = 1", r"p^\top p = 1"),
    (r"Let $a_0,a_1,a_2,a_3,x\in\mathbb R$.", r"\sum_{k=0}^3 a_kx^k = a_0+x(a_1+x(a_2+xa_3))",
     r"\sum_{k=0}^3 a_kx^k = a_0+x(a_1+x(a_2+a_3))"),
    (r"Let $f>0$ and $p=(x,y,z)^\top\in\mathbb R^3$ with $z>0$, $\pi(p)=\begin{pmatrix}fx/z\\ fy/z\end{pmatrix}$.",
     r"\frac{\partial\pi}{\partial p}=\begin{pmatrix}f/z&0&-fx/z^2\\0&f/z&-fy/z^2\end{pmatrix}",
     r"\frac{\partial\pi}{\partial p}=\begin{pmatrix}f/z&0&fx/z^2\\0&f/z&fy/z^2\end{pmatrix}"),
    (r"设 $y_i\in\mathbb R$，$i=1,\ldots,n$，$\mu\in\mathbb R^n$。", r"\|\mu-y\|_2^2 = \sum_{i=1}^n(\mu_i-y_i)^2",
     r"\|\mu-y\|_2^2 = \sum_{i=1}^n(\mu_i+y_i)^2"),
    (r"设 $P\in\mathbb R^{n\times n}$，$P\succ0$；$R\in\mathbb R^{m\times m}$，$R\succ0$；"
     r"$H\in\mathbb R^{m\times n}$。",
     r"HPH^\top + R \succ 0", r"HPH^\top - R \succ 0"),
    (r"Let $r,\theta\in\mathbb R$ and $f(r,\theta) = (r\cos\theta,\; r\sin\theta)^T$.", r"\det J_f(r,\theta) = r",
     r"\det J_f(r,\theta) = r^2"),
    (r"设 $l,\theta\in\mathbb R$，$p_x = l\cos\theta$，$p_y = l\sin\theta$。",
     r"p_x^2+p_y^2 = l^2", r"p_x^2+p_y^2 = l"),
    (r"Let $a,b>0$ and let $p,q>1$ with $\frac1p+\frac1q=1$.", r"ab\le\frac{a^p}p+\frac{b^q}q",
     r"ab\ge\frac{a^p}p+\frac{b^q}q"),
    (r"Let $a,y\in\mathbb R^n$ and $e = a-y$.", r"e^{a} = \exp(a)", r"e^{a} = a + e"),
    (r"设 $c,f,g\in\mathbb R^n$。新状态为 $c' = f\odot c + g$。",
     r"\frac{\partial c'}{\partial c} = \operatorname{diag}(f)",
     r"\frac{\partial c'}{\partial c} = \operatorname{diag}(g)"),
    (r"Let $B\in\mathbb R^{n\times n}$ with $B\succ0$, $s,y\in\mathbb R^n$ with $y^\top s>0$. The update is"
     r" $B_{+}=B-\frac{Bss^\top B}{s^\top Bs}+\frac{yy^\top}{y^\top s}$.", r"B_{+}s = y", r"B_{+}y = s"),
    (r"Let $A\in\mathbb R^{m\times n}$ with $m\ge n$ have full column rank. With the pseudoinverse"
     r" $A^{+} = (A^\top A)^{-1}A^\top$,", r"A^{+}A = I", r"AA^{+} = I"),
    (r"激活函数 $\sigma(z) = \max(0, z)$。设 $x\in\mathbb R^n$。", r"\sigma(x) = \operatorname{ReLU}(x)",
     r"\sigma(x) = \frac{1}{1+e^{-x}}"),
    ("", r"\sigma(t) = 1/(1+e^{-t})", r"\sigma(t) = 1/(1+e^{t})"),
    (r"Let $a\in\mathbb R^n$.", r"1 - a\odot a = \mathbf 1 - a^{\circ 2}", r"1 - a\odot a = \mathbf 1 + a^{\circ 2}"),
    (r"Let $A\in\mathbb R^{m\times n}$.", r"1 - A\odot A = -(A\odot A) + 1", r"1 - A\odot A = A\odot A"),
    (r"设 $m\ge1$，$\mathbf 1\in\mathbb R^m$。", r"\mathbf 1^\top\mathbf 1 = m", r"\mathbf 1^\top\mathbf 1 = 1"),
    (r"Let $Q\in\mathbb R^{n\times n}$ with $Q^\top Q = I$, and denote the columns of $Q$ by $q_1,\ldots,q_n$.",
     r"q_i^\top q_j = \delta_{ij}", r"q_i q_j^\top = \delta_{ij}"),
    (r"Let $A\in\mathbb R^{n\times n}$, and denote by $e_1,\ldots,e_n$ the standard basis of $\mathbb R^n$.",
     r"e_i^\top Ae_j = a_{ij}", r"e_i^\top Ae_j = a_{ji}"),
    (r"Let $A\in\mathbb R^{m\times n}$, and let $e_i\in\mathbb R^m$ and $e_j\in\mathbb R^n$ denote unit coordinate"
     r" vectors.",
     r"e_i^\top Ae_j = a_{ij}", r"e_i^\top A = a_{ij}"),
    (r"给定 $r_{ij}\in\mathbb R$，其中 $i=1,2,\dots,m$，$j=1,\dots,n$。",
     r"\sum_{i,j} r_{ij}^2 = \sum_j\sum_i r_{ij}^2",
     r"\sum_{i,j} r_{ij}^2 = \left(\sum_j\sum_i r_{ij}\right)^2"),
    (r"Let $z\in\mathbb R^n$ and $s(z) = \operatorname{softmax}(z)$.",
     r"\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} - s_j)",
     r"\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} + s_j)"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "true", "wrong"), NAMES, ids=[each[1] for each in NAMES])
def test_names_that_a_sentence_makes(said: str, true: str, wrong: str) -> None:
    found = rows(f"{said}\n\n$${true}$$\n")
    assert not [row for row in found if row.fault]
    assert found[-1].status == "verified"
    assert rows(f"{said}\n\n$${wrong}$$\n")[-1].fault


def test_e_as_a_number_is_never_two_things() -> None:
    """The power of an error e and the exponential look alike: a power that is no numeral is refused."""
    found = rows(r"设 $y,t\in\mathbb R$，$e = y-t$。$$e^2 = y^2-2ty+t^2$$ $$e^{-t} = \exp(-t)$$")
    assert [row.status for row in found[-2:]] == ["verified", "unreadable"]
    assert "\\exp" in found[-1].message


# What gives a signature and a definition; a true claim, a wrong one.
SIGNATURES = [
    (r"Let $A\in\mathbb R^{n\times n}$ and $f:\mathbb R^n\to\mathbb R$, $f(x)=x^\top Ax$.",
     r"\nabla f(x) = (A+A^\top)x", r"\nabla f(x) = 2Ax"),
    (r"Let $A\in\mathbb R^{m\times n}$ and let $F:\mathbb R^n\to\mathbb R^m$ be given by $F(x)=Ax$.", "J_F(x) = A",
     r"J_F(x) = A^\top"),
    (r"Let $\kappa:\mathbb R^n\times\mathbb R^n\to\mathbb R$, $\kappa(x,y)=\exp(-\tfrac{1}{2h^2}\|x-y\|^2)$, with"
     r" bandwidth $h>0$.", r"\nabla_x\kappa(x,y) = -\frac{x-y}{h^2}\kappa(x,y)",
     r"\nabla_x\kappa(x,y) = \frac{x-y}{h^2}\kappa(x,y)"),
    (r"Let $f:\mathbb R^n\to\mathbb R$ be smooth and $h(x)=f(x)^2$.", r"\nabla h(x) = 2f(x)\nabla f(x)",
     r"\nabla h(x) = 2\nabla f(x)"),
    (r"设 $f:\mathbb R^n\to\mathbb R$ 光滑。", r"\nabla(f(x)^2) = 2f(x)\nabla f(x)",
     r"\nabla(f(x)^2) = f(x)\nabla f(x)"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "true", "wrong"), SIGNATURES, ids=[each[1] for each in SIGNATURES])
def test_a_signature_declares_the_arguments(said: str, true: str, wrong: str) -> None:
    """Claims about f(x) are tried on all of ℝⁿ, though nothing but f's signature says where x lies."""
    found = rows(f"{said}\n\n$${true}$$\n")
    assert not [row for row in found if row.fault]
    assert found[-1].status == "verified"
    assert rows(f"{said}\n\n$${wrong}$$\n")[-1].fault


def test_an_argument_elsewhere_than_the_signature_says_is_refused() -> None:
    (*_, row) = rows(r"Let $x\in\mathbb R^m$. Let $g:\mathbb R^n\to\mathbb R$ and $g(x)=\|x\|_2^2$.")
    assert row.status == "error"
    assert "another shape than g takes" in row.message


def test_sizes_are_compared_where_nothing_is_concluded() -> None:
    head = r"The matrix $P=A(A^\top A)^{-1}A^\top$, where $A\in\mathbb R^{m\times n}$ ($m\ge n$), projects: $P^2=P$."
    assert not [row for row in rows(head) if row.fault]
    assert rows(r"Let $A\in\mathbb R^{m\times n}$. Hence $m\ge n$.")[-1].status == "false"
    ranked = r"Suppose that $X\in\mathbb R^{m\times n}$ has full column rank, so that in particular $m\ge n$."
    assert rows(ranked + r" $$X(X^\top X)^{-1}X^\top X = X$$")[-1].status == "verified"


# Text, a true claim, a wrong one.
NUMBERS = [
    ("设 $n$ 为正整数。", r"\sum_{k=1}^n k = \frac{n(n+1)}2", r"\sum_{k=1}^n k = \frac{n(n-1)}2"),
    ("Let $n$ be a positive integer.", r"1+3+5+\cdots+(2n-1) = n^2", r"1+3+5+\cdots+(2n-1) = n^2-1"),
    (r"Let $q\in\mathbb R$ with $q\ne1$ and let $n\ge1$ be an integer.", r"1+q+\cdots+q^{n-1} = \frac{1-q^n}{1-q}",
     r"1+q+\cdots+q^{n-1} = \frac{1-q^{n+1}}{1-q}"),
    (r"Let $A\in\mathbb R^{m\times m}$ and let $n\ge1$ be an integer.", r"(I-A)(I+A+A^2+\cdots+A^n) = I-A^{n+1}",
     r"(I-A)(I+A+A^2+\cdots+A^n) = I-A^n"),
    (r"设 $n$ 为正整数，$a_0,\ldots,a_n\in\mathbb R$，$x\in\mathbb R$，$p(x) = a_0+a_1x+a_2x^2+\cdots+a_nx^n$。",
     r"p'(x) = a_1+2a_2x+\cdots+na_nx^{n-1}", r"p'(x) = a_1+a_2x+\cdots+a_nx^{n-1}"),
    ("设 $n$ 为不小于 $2$ 的整数。", r"\prod_{k=2}^n\left(1-\frac1{k^2}\right)=\frac{n+1}{2n}",
     r"\prod_{k=2}^n\left(1-\frac1{k^2}\right)=\frac{n}{2n}"),
    ("设 $t$ 为实数。", r"\sin^2 t + \cos^2 t = 1", r"\sin t + \cos t = 1"),
    ("Let $c$ be a positive constant.", r"\log c^2 = 2\log c", r"\log c^2 = \log c"),
    (r"步长 $\eta > 0$ 取得足够小。", r"\eta + \frac1\eta \ge 2", r"\eta + \frac1\eta \ge 3"),
    (r"**题目** 设 $r>0$，$\theta\in\mathbb R$。", r"\sqrt{r^2\cos^2\theta + r^2\sin^2\theta} = r",
     r"\sqrt{r^2\cos^2\theta + r^2\sin^2\theta} = r^2"),
    (r"没有截断误差：设 $a,x\in\mathbb R$，$h>0$，记 $p(x)=ax^2$，则", r"p'(x) = \frac{p(x+h)-p(x-h)}{2h}",
     r"p'(x) = \frac{p(x+h)-p(x)}{h}"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "true", "wrong"), NUMBERS, ids=[each[0] for each in NUMBERS])
def test_numbers_that_words_declare(said: str, true: str, wrong: str) -> None:
    found = rows(f"{said}\n\n$${true}$$\n")
    assert not [row for row in found if row.fault]
    assert found[-1].status == "verified"
    assert rows(f"{said}\n\n$${wrong}$$\n")[-1].status == "false"


# Supposed; what follows; what does not.
LOEWNER = [
    (r"$A\succ0$，$B\succ0$，$A\succeq B$", r"B^{-1}\succeq A^{-1}", r"A^2\succeq B^2"),
    (r"$0<m\le L$，$mI\preceq A\preceq LI$", r"m\|x\|_2^2\le x^\top Ax\le L\|x\|_2^2", r"x^\top Ax\le m\|x\|_2^2"),
    (r"$A\preceq B$", r"x^\top Ax\le x^\top Bx", r"\det A\le\det B"),
]  # fmt: skip


@pytest.mark.parametrize(("supposed", "true", "wrong"), LOEWNER, ids=[each[0] for each in LOEWNER])
def test_bounds_of_matrices_are_drawn(supposed: str, true: str, wrong: str) -> None:
    head = rf"设 $A,B\in\mathbb R^{{n\times n}}$，$x\in\mathbb R^n$，{supposed}。"
    assert rows(f"{head}\n\n$${true}$$\n")[-1].status == "verified"
    assert rows(f"{head}\n\n$${wrong}$$\n")[-1].status == "false"


MENTIONS = [r"\|\cdot\|_2", r"f(\cdot)", r"\langle\cdot,\cdot\rangle", r"f_1,\ldots,f_m", r"1,2,\ldots,n"]


@pytest.mark.parametrize("tex", MENTIONS)
def test_mentions_state_nothing(tex: str) -> None:
    assert [row.status for row in rows(f"这里用到 ${tex}$。")] == ["expression"]


def test_a_condition_behind_another_clause_is_none_of_this_one() -> None:
    """Only what stands right behind a claim is its condition, and only while nothing else is said of it."""
    verdicts = {
        r"Let $x\in\mathbb R$. Then $|x|=x$, and moreover $x^2>x$ if $x>1$.": ["false", "verified"],
        r"Let $t\in\mathbb R$. Then $t^2\ge t$ for $t\ge1$ and $t^2\le t$ for $t\ge1$.": ["verified", "false"],
        r"Let $x\in\mathbb R$. We have $|x|=x$ for $x\ge0$ and $|x|=-x$ for $x<0$.": ["verified", "verified"],
        r"设 $x\in\mathbb R$。若 $x>1$，$x^2>2$，$x^3>1$。": ["false", "verified"],
        r"设 $w\in\mathbb R^n$，$\lambda\ge0$。$$\nabla_w(\lambda\|w\|^2)=\lambda w,$$ 当 $\lambda=0$ 时为零。":
            ["false"],
    }
    for text, wanted in verdicts.items():
        assert [row.status for row in rows(text) if row.status in ("verified", "false")] == wanted, text


def test_what_an_equation_behind_a_claim_makes_of_a_name_is_over_with_it() -> None:
    head = r"Let $x,y\in\mathbb R^n$. Then $\|x+y\|=2r$ when $x=y$, where $r=\|x\|$."
    found = rows(head + "\n\n" + r"In general $\|x+y\|=\|x\|+\|y\|$.")
    assert [row.status for row in found if row.source.startswith(r"\|x+y\|")] == ["verified", "false"]


def test_a_conclusion_is_no_definition_of_what_its_premise_lacks() -> None:
    found = rows(r"Let $A\in\mathbb R^{n\times n}$ be invertible and $b\in\mathbb R^n$. If $Ax=b$, then $x=A^\top b$.")
    assert next(row for row in found if row.source == "Ax=b").status == "error"


def test_cases_of_equality_are_checked() -> None:
    head = r"设 $a,b>0$。则 $a+b\ge2\sqrt{ab}$，"
    assert rows(head + r"当且仅当 $a=b$ 时取等号。")[-1].status == "verified"
    assert rows(head + r"当且仅当 $a=2b$ 时取等号。")[-1].status == "false"
    assert rows(r"设 $a,b>0$。则 $a+b\le2\sqrt{ab}$，当且仅当 $a=b$ 时取等号。")[-2].status == "false"


def test_an_equivalence_in_words_supposes_nothing() -> None:
    (_, left, right) = rows(r"Let $x\in\mathbb R$. We have $x^2>1$ if and only if $x>1$.")
    for row in (left, right):
        assert (row.status, row.message.splitlines()[-1].strip()[:5]) == ("false", "hint:")
        assert "\\iff" in row.message


# What takes for granted nothing that its words only explain; and what it says.
CLAIMED = [
    r"设 $A,B\in\mathbb R^{n\times n}$，矩阵的迹满足 $\operatorname{tr}(AB)=\operatorname{tr}A\operatorname{tr}B$。",
    r"设 $A\in\mathbb R^{n\times n}$。设 $A$ 正定，即 $a_{ij}>0$。",
    r"Let $x\in\mathbb R^n$ and $f(x)=x^\top x$, $H_f(x)=I$.",
]  # fmt: skip


@pytest.mark.parametrize("text", CLAIMED)
def test_what_a_sentence_claims_is_not_supposed(text: str) -> None:
    assert rows(text)[-1].status == "false"


@pytest.mark.parametrize(("text", "said"), [
    (r"Let $A\in\mathbb{R}^{ntimes n}$.", "without its backslash"), (r"Let $A\in\mathbb{}^{n\times n}$.", "not read"),
    (r"Let $A\in\mathbb{R}^{m\times n}$. Then $A\succ0$.", "square"),
])  # fmt: skip
def test_slips_are_told(text: str, said: str) -> None:
    assert said in rows(text)[-1].message
