"""Properties: the lexer loses nothing, what is printed reads back as the same tree, shapes follow the rules of matrix
algebra, and no damaged LaTeX makes the checker raise or run away."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notes import declared, read

from proofread.derivations import check
from proofread.derivations.infer import Typer, find
from proofread.derivations.lex import Refusal, tokenize
from proofread.derivations.nodes import (
    Add,
    Axis,
    Big,
    Delta,
    Deriv,
    Div,
    Entry,
    Fn,
    Idx,
    Infix,
    Mul,
    Node,
    Num,
    Pow,
    Size,
    T,
    Var,
    dump,
    show,
)  # fmt: skip
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import read_items
from proofread.page import Formula, Page

NAMES = (
    r"$A\in\mathbb R^{m\times n}$，$S, Q\in\mathbb R^{n\times n}$，$x, y\in\mathbb R^n$，"
    r"$b\in\mathbb R^m$，$t, c\in\mathbb R$"
)
SYMBOLS = declared(NAMES)
SIZES = {"m": 3, "n": 4}
GOLD = Path(__file__).parent / "gold" / "open_true.md"
FORMULAS = re.findall(r"\$\$?([^$]+)\$\$?", GOLD.read_text(encoding="utf-8"))
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

# -- lexer -------------------------------------------------------------------------------------------------------------


@given(st.sampled_from(FORMULAS))
def test_tokens_lie_in_order(tex: str) -> None:
    """Tokens do not overlap, and what lies between them is spacing or a command without ink."""
    at = 0
    for token in tokenize(tex):
        assert at <= token.start <= token.end <= len(tex)
        between = re.sub(r"\\(left|right|[bB]igg?[lrm]?|[,;:! >]|[a-z]+)|%.*|~", "", tex[at : token.start])
        assert not between.strip(), between
        at = token.end


@given(st.lists(st.sampled_from(["x", "12", r"\alpha", "+", "{", "}", "^", "_", r"\frac", "(", "]", "|", r"\|", "&"])))
def test_spaces_change_no_token(parts: list[str]) -> None:
    """Tokens are the same however much space stands between them."""

    def kinds(text: str) -> list[tuple[str, str]]:
        return [(token.kind, token.text) for token in tokenize(text)]

    assert kinds(" ".join(parts)) == kinds("   ".join(parts)) == kinds(" \n ".join(parts))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_lexer_refuses_and_never_raises(text: str) -> None:
    """Any text becomes tokens or a refusal with a place in it."""
    try:
        assert tokenize(text)[-1].kind == "end"
    except Refusal as refusal:
        assert 0 <= refusal.start <= len(text)


# -- print and read again ----------------------------------------------------------------------------------------------

I_AXIS, J_AXIS = Axis("i"), Axis("j")


def _leaves(indexed: bool = True) -> st.SearchStrategy[Node]:
    names: list[Node] = [Var(name) for name in ("A", "S", "Q", "x", "y", "b", "t", "c")]
    numbers: list[Node] = [Num(float(k), str(k)) for k in (2, 3, 10)]
    entries: list[Node] = [Entry(Var("x"), (Idx(I_AXIS),)), Entry(Var("A"), (Idx(I_AXIS), Idx(J_AXIS))), Size("n"),
                           Entry(Var("x"), (Num(1.0, "1"),)), Delta(Idx(I_AXIS), Idx(J_AXIS))]  # fmt: skip
    return st.sampled_from([*names, *numbers, *(entries if indexed else [])])


def _grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def two(make: Callable[[Node, Node], Node]) -> st.SearchStrategy[Node]:
        return st.builds(make, inner, inner)

    def no_numbers(node: Node) -> bool:
        return not isinstance(node, Num)

    plain = inner.filter(no_numbers)
    signs = st.lists(st.sampled_from([1, -1]), min_size=1, max_size=2)
    return st.one_of(
        st.builds(lambda s, terms: Add((1, *s), tuple(terms)), signs, st.lists(plain, min_size=3, max_size=3)).map(
            lambda node: Add(node.signs, node.terms[: len(node.signs)])),
        two(lambda a, b: Mul((a, b), (False, True))),
        st.builds(lambda a, b: Infix("∘", a, b), plain, plain),
        st.builds(lambda a, b: Infix("⊗", a, b), plain, plain),
        two(Div),
        st.builds(Pow, plain, st.sampled_from([Num(2.0, "2"), Num(-1.0, "-1"), Var("t")])),
        st.builds(T, plain),
        st.builds(lambda a: Fn("exp", (a,)), inner),
        st.builds(lambda a: Fn("tr", (a,)), inner),
        st.builds(lambda a: Fn("abs", (a,)), inner),
        st.builds(lambda a: Fn("norm2", (a,)), inner),
        st.builds(lambda a: Fn("sqrt", (a,)), inner),
        st.builds(lambda a, b: Fn("inner", (a, b)), inner, inner),
        st.builds(lambda a, name: Deriv(a, Var(name)), plain, st.sampled_from(["x", "A", "t"])),
        st.builds(lambda a: Big("sum", Axis("k", Num(1.0, "1"), Size("n")), a), inner),
    )  # fmt: skip


TREES = st.recursive(_leaves(), _grow, max_leaves=8)
ARRAYS = st.recursive(_leaves(indexed=False), _grow, max_leaves=6)


@settings(suppress_health_check=SLOW, deadline=None, max_examples=150)
@given(TREES)
def test_printed_formula_reads_back(tree: Node) -> None:
    """What a verdict shows as its reading is read back as the same tree."""
    text = show(tree)
    assert dump(Resolver(SYMBOLS).expr(read_items(text))) == dump(tree), text


# -- shapes ------------------------------------------------------------------------------------------------------------


def _shape(node: Node) -> tuple[int, int] | None:
    typer = Typer(SYMBOLS, SIZES)
    try:
        typer.type(node, {})
        typer.settle()
    except Refusal:
        return None
    rows, cols = (find(each) for each in typer.types[id(node)])
    assert isinstance(rows, int) and isinstance(cols, int)
    return rows, cols


@settings(suppress_health_check=SLOW, deadline=None, max_examples=100)
@given(ARRAYS, ARRAYS)
def test_shape_rules(left: Node, right: Node) -> None:
    """Transposes swap, sums want equal shapes, products inner ones; nothing is broadcast."""
    a, b = _shape(left), _shape(right)
    if a is not None:
        if a != (1, 1):  # a bare number is not transposed
            assert _shape(T(left)) == (a[1], a[0])
        assert _shape(Mul((Var("t"), left))) == a
        assert _shape(Fn("tr", (left,))) == ((1, 1) if a[0] == a[1] else None)
    if a is None or b is None:
        assert _shape(Add((1, 1), (left, right))) is None
        return
    assert _shape(Add((1, 1), (left, right))) == (a if a == b else None)
    assert _shape(Infix("∘", left, right)) == (a if a == b else None)
    assert _shape(Infix("⊗", left, right)) == (a[0] * b[0], a[1] * b[1])
    product = _shape(Mul((left, right)))
    if (1, 1) in (a, b):
        assert product == (b if a == (1, 1) else a)
    elif not isinstance(left, Mul) and not isinstance(right, Mul):
        assert product == ((a[0], b[1]) if a[1] == b[0] else None)


# -- damaged LaTeX -----------------------------------------------------------------------------------------------------

PIECES = [
    *r"{}^_()[]|&$\.,:;+-=<>'12xAtSijn", r"\frac", r"\sum_{i", r"\left(", r"\right|", r"\begin{pmatrix}",
    r"\end{cases}",
    r"\nabla", r"\partial", r"\operatorname{tr}", r"\mathbb R", r"\in", r"\ldots", r"\vdots", "^\\top", "^{-1}",
    r"\implies",     r"\|", r"\big|_{t=0}", r"\mathrm d", r"\quad", r"\text{若}", "中", r"\\", r"\sqrt", "^{99999}",
    r"\prod_{i=1}^{9999999}", "'",
]  # fmt: skip


def _page(tex: str) -> Page:
    first = read("设 " + NAMES.replace("，", " ") + "。")
    return Page("damaged.md", (*first.items, Formula(tex, True, 9, 1)))


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A true formula with some characters dropped, doubled, swapped or replaced."""
    tex: str = draw(st.sampled_from(FORMULAS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(tex) - 1)))
        end = min(len(tex), at + draw(st.integers(0, 6)))
        tex = tex[:at] + draw(st.sampled_from(["", "", tex[at:end] * 2, *PIECES])) + tex[end:]
    return tex


@settings(suppress_health_check=SLOW, deadline=None, max_examples=200)
@given(st.one_of(damaged(), st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)))
def test_damaged_formulas(tex: str) -> None:
    """Damaged LaTeX gets a row with a status and a message; nothing of ours escapes, nothing runs away."""
    started = time.monotonic()
    finding = check(_page(tex), limit=1.0)[-1]
    assert finding.source == tex
    assert finding.status in {"verified", "defined", "declared", "expression", "false", "unreadable", "error"}
    assert not finding.fault or finding.message.startswith("damaged.md:")
    assert "the checker itself failed" not in finding.message, finding.message
    assert time.monotonic() - started < 6.0


def test_time_limit() -> None:
    """A formula that would take too long is stopped, and says so."""
    names = ",".join("ijklpqrs")
    tex = rf"\sum_{{{names}}} x_i x_j x_k x_l x_p x_q x_r x_s = (\sum_i x_i)^8"
    started = time.monotonic()
    finding = check(_page(tex), limit=1.0)[-1]
    assert finding.status == "error" and finding.details["fault"] == "time", finding
    assert time.monotonic() - started < 3.0
