"""The design's traps (sections 1, 3, 4, 7): ways in which a checker of formulas passes what is wrong."""

from __future__ import annotations

import pytest
from notes import last, rows, statuses

HEAD = (
    r"设 $A, B\in\mathbb R^{m\times n}$，$C\in\mathbb R^{n\times p}$，$S, Q\in\mathbb R^{n\times n}$，"
    r"$x, y\in\mathbb R^n$，"
    r"$t, s\in\mathbb R$，$b\in\mathbb R^m$，$f:\mathbb R^n\to\mathbb R$，$F:\mathbb R^n\to\mathbb R^m$。"
    "\n\n"
)

WRONG = [
    # generic draws: sizes distinct, nothing symmetric, all signs, several scales
    (r"\nabla_x (x^\top S x) = 2Sx", "false"),
    (r"\nabla_x (x^\top S x) = (S+S)x", "false"),
    (r"S^\top = S", "false"),
    (r"|t| = t", "false"),
    (r"|ts| = ts", "false"),
    (r"\sqrt{t^2} = t", "false"),
    (r"|\det S| = \det S", "false"),
    (r"\operatorname{ReLU}(x) = x", "false"),
    (r"\max(t, s) = t", "false"),
    (r"\|x\|_1 = \|x\|_2", "false"),
    (r"x_i = x_1", "false"),
    (r"t^2 = t", "false"),
    (r"SQ = QS", "false"),
    (r"S\otimes Q = Q\otimes S", "false"),
    (r"\operatorname{tr}(S Q S) = \operatorname{tr}(S)\operatorname{tr}(QS)", "false"),
    (r"\frac{\partial (Ax)_i}{\partial x_j} = A_{i1}", "false"),
    # strict shapes, no broadcasting
    (r"x + t = x + t", "error"),
    (r"x + y^\top = x + y^\top", "error"),
    (r"\nabla_x (Ax) = A^\top", "false"),
    (r"x^\top y = xy^\top", "false"),
    (r"x^\top = x", "false"),
    (r"x = \mathbf 1^\top x", "false"),
    # the primal must be finite; domains are never narrowed silently
    (r"\nabla_S \log\det S = S^{-\top}", "error"),
    (r"\frac{d}{dt}\log t = \frac1t", "error"),
    (r"\frac{d}{dt} t^{1/2} = \frac12 t^{-1/2}", "error"),
    (r"\sqrt{t}^2 = t", "error"),
    # dependence
    (r"\nabla_y (x^\top S x) = 0", "error"),
    (r"\frac{\partial (b^\top A x)}{\partial C} = 0", "error"),
    (r"\mathrm d(AC) = A\,\mathrm dC", "false"),
    (r"\mathrm d(AC) = \mathrm dA\,C", "false"),
    # what must not become a definition
    (r"e^S = S", "false"),
    (r"x = y", "false"),
    (r"e = t", "false"),
    (r"\pi = t", "false"),
    (r"\sigma(t) = t", "false"),
    (r"f(x) = x^\top f(x) x", "false"),
    # transposes of variables
    (r"\frac{\partial \operatorname{tr}(B^\top A)}{\partial A^\top} = B", "false"),
    # dots: signs, last items, steps
    (r"x_1 + x_2 + \cdots + x_{n-1} = \mathbf 1^\top x", "false"),
    (r"x_1 - x_2 + \cdots + x_n = \mathbf 1^\top x", "unreadable"),
    (r"x_1 + x_3 + \cdots + x_n = \mathbf 1^\top x", "unreadable"),
    (r"x_1 + 2x_2 + \cdots + x_n = \mathbf 1^\top x", "unreadable"),
    (r"\nabla_x (x^\top x) = (2x_1, 2x_2, \ldots, x_n)^\top", "unreadable"),
    # undeclared names
    (r"\nabla_x (x^\top z) = z", "error"),
    (r"Wx = Wx", "error"),
    # ambiguity is refused with both readings
    (r"\nabla_t (t^2)^2 = 4 t^3", "unreadable"),
    (r"\frac12 = 1/2 t", "unreadable"),
    (r"\sin^{-1}(t) = 1/\sin(t)", "unreadable"),
    (r"\sin^{-1} t = \arcsin t", "unreadable"),
    (r"\sum_i x_i + y_i = \sum_i (x_i + y_i)", "unreadable"),
    (r"\nabla(x^\top S y) = Sy", None),
    (r"|x| = \|x\|", "unreadable"),
    (r"\|A\| = \|A\|_F", "unreadable"),
    (r"x' = x^\top", "error"),
    # relations that samples cannot establish, and other notation that is not read
    (r"\det S \ne 0", "unreadable"),
    (r"t \approx t", "unreadable"),
    (r"\int_0^1 t\,dt = \frac12", "unreadable"),
    (r"\lim_{t\to 0} \frac{\sin t}{t} = 1", "unreadable"),
    (r"\sum_{k=1}^\infty \frac{1}{k^2} = \frac{\pi^2}{6}", "unreadable"),
    (r"x^\top x > 0", "false"),
    (r"x^\top y < \|x\|\|y\|", "false"),
    (r"S S^\top \succ 0", None),
    (r"\|x\|_1 \le 0.99\sqrt n\|x\|_2", "false"),
    (r"\|AC\|_F \le 0.9\|A\|_F\|C\|_F", "false"),
    (r"f(x+y) = f(x) + f(y)", "false"),
    (r"\nabla^2 f(x) = 0", "false"),
    (r"J_F(x) = F(x)", "false"),
    # what would take the machine's memory
    (r"I_{100000} = I_{100000}", "error"),
    (r"S\otimes S\otimes S\otimes S\otimes S = 0", "error"),
]  # fmt: skip


@pytest.mark.parametrize(("tex", "status"), [case for case in WRONG if case[1]], ids=[c[0] for c in WRONG if c[1]])
def test_wrong(tex: str, status: str) -> None:
    """A trap is refuted or refused, with the status that says why, and a message with its place."""
    finding = last(HEAD + f"检查 ${tex}$。")
    assert finding.status == status, finding.message
    assert finding.message.startswith("notes.md:3")


RIGHT = [
    r"\nabla_x (x^\top S x) = (S+S^\top)x",
    r"|t| = \sqrt{t^2}",
    r"|ts| = |t||s|",
    r"\nabla_S \log|\det S| = S^{-\top}",
    r"\nabla (Ax) = A",
    r"\nabla Ax = A",
    r"\nabla_x x^\top S x = (S+S^\top)x",
    r"\mathrm d(AC) = A\,\mathrm dC + \mathrm dA\,C",
    r"\frac{\partial \operatorname{tr}(B^\top A)}{\partial A^\top} = B^\top",
    r"x_1 + x_2 + \cdots + x_n = \mathbf 1^\top x",
    r"-x_1 - x_2 - \cdots - x_n = -\mathbf 1^\top x",
    r"\nabla^2 (b^\top A x) = 0",
    r"\nabla f(x)^\top y = \frac{d}{dt} f(x+ty)\big|_{t=0}",
    r"S S^\top \succeq 0",
    r"\frac{\partial F_i(x)}{\partial x_j} = (J_F(x))_{ij}",
    r"p_i(x) = x_i",
]


@pytest.mark.parametrize("tex", RIGHT[:-1])
def test_right(tex: str) -> None:
    """What stands beside a trap and is true is verified: the traps are not shut by refusing everything."""
    finding = last(HEAD + f"检查 ${tex}$。")
    assert finding.status == "verified", finding.message


def test_product_or_application() -> None:
    """p_i(δ_ij − p_j) is a product, unless p is declared a function."""
    softmax = r"设 $z\in\mathbb R^n$，令 $p=\operatorname{softmax}(z)$。"
    softmax += r"$\frac{\partial p_i}{\partial z_j}=p_i(\delta_{ij}-p_j)$"
    assert last(softmax).status == "verified"
    function = r"设 $p:\mathbb R\to\mathbb R^n$，$q\in\mathbb R$。有 $p_i(q) = q p_i(1)$"
    assert last(function).status == "false"


def test_hypotheses_only_where_supposed() -> None:
    """A relation is a hypothesis in a sentence opened by 设 or its like before its conclusion, else a claim."""
    head = r"设 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$。"
    claim = r"$\nabla_x (x^\top A x) = 2Ax$。"
    assert statuses(head + r"注意 $A = A^\top$。" + claim) == ["declared", "declared", "false", "false"]
    assert statuses(head + r"设 $A = A^\top$。" + claim)[2:] == ["declared", "verified"]
    assert statuses(head + r"若 $A = A^\top$，则 " + claim)[2:] == ["declared", "verified"]
    assert statuses(head + r"若 $x = x$，则 $A = A^\top$。")[-1] == "false"
    after = statuses(head + r"若 $A = A^\top$，则 " + claim + "一般地，" + claim)
    assert after[2:] == ["declared", "verified", "false"]
    english = r"Let $A\in\mathbb R^{n\times n}$ and $x\in\mathbb R^n$. "
    assert statuses(english + r"Suppose $A = A^\top$. Then " + claim)[2:] == ["declared", "verified"]
    assert statuses(english + r"We see $A = A^\top$. ")[2:] == ["false"]


@pytest.mark.parametrize(
    "hypothesis",
    [
        r"A = A^\top",
        r"A = -A^\top",
        r"A \succ 0",
        r"A^\top A = I",
        r"\det A > 0",
        r"A^2 = A",
        r"\operatorname{tr} A = 0",
    ],
)
def test_hypotheses_are_met_exactly(hypothesis: str) -> None:
    """Under a hypothesis, the hypothesis itself is verified; a stronger relation is not."""
    head = rf"设 $A\in\mathbb R^{{n\times n}}$，${hypothesis}$。"
    finding = last(head + f"于是 ${hypothesis}$。")
    assert finding.status == "verified", finding.message
    assert rows(head + "于是 $A = I$。")[-1].status == "false"


@pytest.mark.parametrize(
    ("declared", "hypothesis"),
    [
        (r"x\in\mathbb R^n", r"\|x\| < 0"), (r"x\in\mathbb R^n", r"x^\top x = 0"),
        (r"x\in\mathbb R^n", r"x^\top x = -1"),
        (r"t\in\mathbb R", r"t^2 < 0"), (r"t\in\mathbb R", "3 < t < 2"), (r"A\in\mathbb R^{m\times n}", "m < m"),
        (r"A\in\mathbb R^{n\times n}", r"A A^\top = -I"),
    ],
)  # fmt: skip
def test_vacuous_hypotheses(declared: str, hypothesis: str) -> None:
    """What no sample meets, or only 0, is an error where it is supposed."""
    found = rows(f"设 ${declared}$，${hypothesis}$。于是 $1 = 2$。")
    assert found[1].status == "error", found[1]


def test_displays_in_supposing_sentences() -> None:
    """A display after “设 …：” is a claim; it is a hypothesis only where its sentence goes on to a conclusion."""
    head = r"设 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$"
    for stop in ("：", "，", "。", ""):
        assert statuses(head + stop + "\n\n$$x^\\top A x = 2 x^\\top A x$$\n")[-1] == "false", stop
        assert statuses(head + stop + r"$\nabla_x (x^\top A x) = 2 A x$")[-1] == "false", stop
    claim = r"$\nabla_x (x^\top A x) = 2Ax$"
    text = head + "。\n\n若\n\n$$A = A^\\top,$$\n\n则 " + claim + "。此后 " + claim + "。\n"
    assert statuses(text)[2:] == ["declared", "verified", "false"]


def test_layouts() -> None:
    """The layout decides between a Jacobian and its transpose, a column and a row; a mark holds for its section."""
    text = r"设 $A\in\mathbb R^{m\times n}$，$x, a\in\mathbb R^n$。"
    text += r"$\frac{\partial Ax}{\partial x}=A$；$\nabla_x(a^\top x)=a$"
    assert statuses(text)[-2:] == ["verified", "verified"]
    assert [each.status for each in rows(text, layout="denominator")][-2:] == ["false", "verified"]
    assert [each.status for each in rows(text, layout="numerator")][-2:] == ["verified", "false"]
    text = (
        "# 甲\n\n设 $A\\in\\mathbb R^{m\\times n}$，$x\\in\\mathbb R^n$。\n\n## 乙\n\n"
        "<!-- math: layout denominator -->\n\n"
        "$\\frac{\\partial Ax}{\\partial x}=A^\\top$\n\n## 丙\n\n$\\frac{\\partial Ax}{\\partial x}=A$\n"
    )
    assert statuses(text)[-2:] == ["verified", "verified"]


def test_sections_are_scopes() -> None:
    """A name lives in its section and those below it."""
    text = "# 甲\n\n## 乙\n\n设 $x\\in\\mathbb R^n$。$x^\\top x = \\|x\\|^2$\n\n### 丙\n\n$x = x$\n\n## 丁\n\n$x = x$\n"
    assert statuses(text) == ["declared", "verified", "verified", "error"]


def test_definitions() -> None:
    """An undeclared left side is defined; said again, it is a claim; a typo's claim shows as a definition."""
    head = r"设 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$。"
    assert statuses(head + r"$f(x) = x^\top A x$，$f(x) = x^\top A x$，$f(x) = 2x^\top A x$")[2:] == [
        "defined", "verified", "false"]  # fmt: skip
    entries = r"$y = Ax$，$\frac{\partial y}{\partial x} = A$，$\frac{\partial y_i}{\partial x_j}=A_{ij}$"
    assert statuses(head + entries)[2:] == [
        "defined", "verified", "verified"]  # fmt: skip
    found = last(head + r"$g = x^\top x$")
    assert found.status == "defined" and found.details["defines"] == ["g"]
    assert statuses(head + r"$r = r + 1$")[2:] == ["error"]


def test_implications() -> None:
    """P ⇒ Q samples P; both directions of ⇔ want a premise that can be sampled."""
    head = r"设 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$，$t\in\mathbb R$。"
    assert last(head + r"$A = A^\top \implies \nabla_x(x^\top A x) = 2Ax$").status == "verified"
    assert last(head + r"$A = -A^\top \implies \nabla_x(x^\top A x) = 2Ax$").status == "false"
    assert last(head + r"$t > 0 \implies |t| = t$").status == "verified"
    assert last(head + r"$t > 0 \iff t^3 > 0$").status == "verified"
    assert last(head + r"$t > 1 \iff t > 0$").status == "false"
    assert last(head + r"$t^2 < 0 \implies t = 1$").status == "error"


def test_marks() -> None:
    """Marks need their reasons and do what they say; `false` wants a counterexample."""
    head = r"设 $A\in\mathbb R^{n\times n}$，$x\in\mathbb R^n$。" "\n\n"

    def marked(mark: str, tex: str) -> str:
        return rows(head + f"<!-- math: {mark} -->\n\n$${tex}$$")[-1].status

    assert marked("skip 读不懂", r"\foo{") == "skipped"
    assert marked("assume 谱定理", r"A = 2A") == "assumed"
    assert marked("false 少了转置", r"\nabla_x (x^\top A x) = 2Ax") == "refuted"
    assert marked("false 并不对", r"\nabla_x (x^\top A x) = (A+A^\top)x") == "error"
    assert marked("false 形状不合", r"\nabla_x (x^\top A x) = x^\top(A + A^\top)") == "refuted"
    assert marked("false 不对", r"\nabla_x (x^\top A x) = x^\top(A + A^\top)") == "error"
    assert marked("false 读不懂", r"A \foo x = 1") == "error"
    for wrong in ("skip", "false", "assume", "sikp 因为", "layout sideways"):
        found = rows(head + f"<!-- math: {wrong} -->\n\n$$A = A$$")
        assert [(each.kind, each.status) for each in found[2:]] == [("mark", "error"), ("formula", "verified")], wrong
    dangling = rows(head + "<!-- math: skip 后面没有公式 -->\n")
    assert [(each.kind, each.status) for each in dangling[2:]] == [("mark", "error")]


def test_every_formula_has_a_row() -> None:
    """Mentions too: no formula of a page is passed over."""
    text = "符号 $=$、$\\nabla$、$m\\times n$、$\\partial$、$x$ 与 $f(x)$。"
    assert statuses(text) == ["expression"] * 6


def test_same_page_same_verdicts() -> None:
    """Draws depend on the page and the seed alone."""
    text = HEAD + r"$\nabla_x (x^\top S x) = 2Sx$，$\nabla_x (x^\top S x) = (S+S^\top)x$"

    first, again, other = rows(text), rows(text), rows(text, seed=1)
    assert first == again
    assert first != other
    assert [each.status for each in first] == [each.status for each in other]


def test_autograd_is_cross_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A derivative rule that is wrong cannot agree with itself: central differences disagree with it."""
    import torch

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, value: torch.Tensor) -> torch.Tensor:
            return value.sin()

        @staticmethod
        def backward(ctx: object, *grads: torch.Tensor) -> torch.Tensor:
            return grads[0] * 2.0

    monkeypatch.setattr(torch, "sin", Wrong.apply)
    finding = last(r"设 $t\in\mathbb R$。有 $\frac{d}{dt}\sin t = 2$。")
    assert finding.status == "error" and "central differences" in finding.message


def test_gradients_are_compared_with_differences_on_every_claim() -> None:
    """The gap is among the facts of each claim of a formula, where it has a derivative."""
    finding = last(HEAD + r"$\nabla_x (x^\top S x) = (S+S^\top)x,\quad x = x$")
    claims = finding.details["claims"]
    assert isinstance(claims, list) and [each.get("derivatives") for each in claims] == [1, None]
    assert 0 < claims[0]["derivative_gap"] < 1e-4 and claims[0]["max_error"] < 1e-12
