"""Formulas typeset at build: what comes out of MathJax, and what goes onto the page."""

from __future__ import annotations

import logging
import re

import markdown
import pytest

from proofread.faces import reading
from proofread.faces.typeset import CannotTypeset, typeset

EXTENSIONS = ["tables", "admonition", "footnotes", "toc", "attr_list", "pymdownx.arithmatex", "pymdownx.details",
              "pymdownx.superfences", "pymdownx.tabbed", "proofread.faces.typeset"]  # fmt: skip
CONFIGS = {"pymdownx.arithmatex": {"generic": True}, "pymdownx.tabbed": {"alternate_style": True}}


def _convert(text: str) -> markdown.Markdown:
    md = markdown.Markdown(extensions=EXTENSIONS, extension_configs=CONFIGS)
    md.html = md.convert(text)  # type: ignore[attr-defined]  # kept beside the reader that made it
    return md


def _html(text: str) -> str:
    return str(_convert(text).html)  # type: ignore[attr-defined]  # see above


def _glyphs(page: str) -> set[str]:
    return set(re.findall(r'<path id="([^"]+)"', page))


def _uses(page: str) -> set[str]:
    return set(re.findall(r'<use[^>]* xlink:href="#([^"]+)"', page))


def test_takes_the_text_colour_and_lengths_in_em() -> None:
    """SVG in `currentColor`, sized in em of the text around it: ex depends on the reader's font."""
    svg = typeset(r"\frac{\partial f}{\partial x}").svg
    assert 'fill="currentColor"' in svg
    assert re.search(r'style="width:[\d.]+em;height:[\d.]+em;vertical-align: -[\d.]+em;"', svg)
    assert "ex;" not in svg


def test_screen_readers_get_mathml() -> None:
    assert typeset(r"\nabla f").mathml == '<math><mi mathvariant="normal">∇</mi><mi>f</mi></math>'


def test_matrices_keep_their_entries() -> None:
    """Nested groups survive: a wheel's own `tex2svg` loses them, and matrices with them."""
    found = typeset(r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", display=True)
    assert {"g-I-1D44E", "g-I-1D44F", "g-I-1D450", "g-I-1D451"} <= set(found.glyphs)
    assert len(re.findall(r"<use", found.svg)) == 6


def test_formulas_are_flat() -> None:
    """An element for each glyph and each rule and one for all together: pages of formulas are heavy enough.

    Each stands where MathJax's nested groups had put it: the numerator over the rule over the denominator.
    """
    svg = typeset(r"\frac{a_1}{b}", display=True).svg
    assert re.findall(r"<(\w+)", svg) == ["svg", "g", "use", "use", "use", "rect"]
    places = dict(re.findall(r'xlink:href="#(g-[^"]+)" (?:x="[^"]*" y=|transform="translate\([^,]*,)"?(-?\d+)', svg))
    assert int(places["g-I-1D44E"]) == 676 and int(places["g-I-1D44F"]) == -686
    assert 400 < int(places["g-N-31"]) < 676
    assert "scale(0.707)" in svg


def test_numbered_formulas_keep_their_number() -> None:
    svg = typeset(r"x = 1 \tag{3}", display=True).svg
    assert "width:100%" in svg
    assert svg.count("<svg") == svg.count("</svg>") == 3


def test_chinese_is_text_in_the_fonts_of_the_page() -> None:
    """Characters that TeX's fonts lack are text, one em wide each, in no font of MathJax's choice."""
    svg = typeset(r"\text{损失 loss}").svg
    assert re.findall(r"<text[^>]*>([^<]+)</text>", svg) == ["损", "失"]
    assert "font-family" not in svg
    assert typeset(r"\text{损失}").width == pytest.approx(2 * typeset(r"\text{损}").width)


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"\foo", r"Undefined control sequence \foo"),
        (r"\frac{1", "Missing close brace"),
        (r"\begin{aligned} x", r"Missing \end{aligned}"),
        (r"\left( x", r"missing \right"),
        (r"x^2^3", "Double exponent"),
        (r"\newcommand{\R}{x}", r"Undefined control sequence \newcommand"),
        (r"\href{https://example.org}{x}", r"Undefined control sequence \href"),
        (r"\require{mhchem}", r"Undefined control sequence \require"),
    ],
)
def test_what_cannot_be_typeset_says_why(tex: str, message: str) -> None:
    with pytest.raises(CannotTypeset) as raised:
        typeset(tex)
    assert message in str(raised.value)


def test_fault_is_logged_once_and_shown_where_it_stands(caplog: pytest.LogCaptureFixture) -> None:
    """Also in a heading, which the table of contents renders a second time."""
    with caplog.at_level(logging.ERROR, logger="mkdocs.proofread"):
        page = _html("# 标题 $\\foo$\n\n正文 $a$ 和 $\\foo<1$")
    assert [record.getMessage() for record in caplog.records] == [
        r"(page): MathJax cannot typeset `\foo`: Undefined control sequence \foo",
        r"(page): MathJax cannot typeset `\foo<1`: Undefined control sequence \foo",
    ]
    assert page.count('role="alert"') == 2
    assert r"<code>\foo&lt;1</code>" in page
    assert page.count('data-tex="') == 1


def test_formulas_do_not_depend_on_each_other() -> None:
    """The same formula gives the same result after others, and after a fault."""
    typeset.cache_clear()
    first = typeset(r"a_{ij}\label{e}", True)
    with pytest.raises(CannotTypeset):
        typeset(r"\def\x{1} \foo")
    typeset.cache_clear()
    assert typeset(r"a_{ij}\label{e}", True) == first


PLACES = """
# 题 $a$

段落 $b$，$$c$$

$$
d
$$

## 节 $e$ `代码 $n$` {#sec}

| 表 $f$ | $g$ |
| --- | --- |
| $h$ | 2 |

!!! note "注 $i$"
    $$
    j
    $$

??? tip
    $k$

=== "页 $l$"
    $m$[^1]

[^1]: 脚注 $o$

```text
$p$
```
"""


def test_formulas_everywhere_share_one_set_of_glyphs() -> None:
    """Headings, tables, admonitions, tabs, footnotes; code is left alone; each outline stands once on the page."""
    page = _html(PLACES)
    assert sorted(re.findall('data-tex="(.*?)"', page)) == list("abcdefghijklmo")
    assert page.count('<svg class="glyphs"') == 1
    assert _glyphs(page) == _uses(page)
    assert len(re.findall('<path id="g-I-1D44E"', page)) == 1
    assert "代码 $n$" in page
    assert "$p$" in page


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\nabla f(x) = A^\top x", "∇f(x) = Aᵀ x"),
        (r"\frac{\partial f}{\partial x_{ij}} \in \mathbb{R}^{m \times n}", "(∂f)/(∂xᵢⱼ) ∈ ℝ^(m × n)"),
        (r"\left\lVert X \right\rVert_F^2 \le \sum_{i=1}^n \sqrt{\lambda_i}", "‖X ‖_F² ≤ ∑_(i=1)ⁿ √λᵢ"),
        (r"\begin{aligned} a & = b \\ & = c \end{aligned}", "a = b = c"),
        (r"A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "A = …"),
        (" + ".join("abcdefghijklmn"), "a + b + c + d + e + f + g + h + i + j + k + l +…"),
        (r"\unheardof{x}", "…"),
    ],
)
def test_excerpts_of_search_show_formulas_as_text(tex: str, text: str) -> None:
    """A plain line, in which no single letter is a word that one could search for."""
    found = reading.plain(tex)
    assert found.replace(reading.INVISIBLE, "") == text
    assert not re.search(r"(?<![\w\u2062])[A-Za-z]", found)


def test_table_of_contents_shows_formulas() -> None:
    md = _convert("# 题 $A x$ **粗**\n\n## 节\n\n### 小节 $\\frac{a}{b}$ `x`")
    [top] = md.toc_tokens  # type: ignore[attr-defined]  # the toc extension sets it
    small = top["children"][0]["children"][0]["name"]
    assert top["name"].startswith('题 <span class="arithmatex" data-tex="A x"')
    assert top["name"].endswith("</span> 粗")
    assert small.startswith("小节 <span") and small.endswith("</span> x")
    assert "glyphs" not in top["name"] + small
    assert _uses(top["name"] + small) <= _glyphs(str(md.html))  # type: ignore[attr-defined]  # see above


def test_source_comes_back_unharmed() -> None:
    """`data-tex` gives the author's TeX, with its `<`, `&`, quotes and line breaks."""
    import html

    tex = 'a < b & c > "d" \\\\\n x'
    page = _html(f"$$\n\\begin{{aligned}}{tex}\\end{{aligned}}\n$$")
    [source] = re.findall('data-tex="(.*?)"', page)
    assert html.unescape(source) == f"\\begin{{aligned}}{tex}\\end{{aligned}}"


def test_no_line_begins_with_the_punctuation_after_a_formula() -> None:
    page = _html("$x$，其中")
    together = '<span class="together"><span class="arithmatex".*?</math></span><span hidden>.{2}</span>，</span>其中'
    assert re.search(together, page)
    assert "together" not in _html("$x$ 是")


def test_long_inline_formulas_are_known() -> None:
    """They scroll inside themselves on a phone."""
    assert 'class="arithmatex long"' in _html("$a + b + c + d + e + f + g + h + i + j + k + l + m + n$")
    assert 'class="arithmatex"' in _html("$a + b$")
