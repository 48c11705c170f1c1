"""Formulas typeset when the site is built: MathJax, run in V8 inside Python, puts SVG and MathML into the page.

The reader's browser then runs no mathematics program, nothing moves while the page loads, and a formula that
cannot be typeset is an error of the build instead of red text that nobody sees. The extension works on the
HTML that arithmatex (`generic: true`) leaves, so it is the same under MkDocs and Zensical:

    <span class="arithmatex" data-tex="\\nabla f"><svg …/><math …/></span>

`data-tex` is what the reader copies (`docs/assets/site.js`). The search index leaves the formula out; a plain reading
of it (`reading.py`), not shown on the page, stands in. Each glyph is drawn once a page, in one hidden
`<svg class="glyphs">` at its end, and used by reference.
"""

from __future__ import annotations

import atexit
import functools
import html
import json
import logging
import math
import re
import xml.etree.ElementTree as etree
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor

from proofread.faces import place, reading

# Under `mkdocs` so that a strict build fails on what is logged here.
log = logging.getLogger("mkdocs.proofread")

SCALE = 1.1
"""Size of mathematics relative to the text around it: TeX's letters are small beside Chinese characters."""
EM = 17.0
"""Font size of the text in px; it matters only to formulas with `\\tag`, which MathJax lays out in px."""
X_HEIGHT = 0.442
"""Height of x in MathJax's TeX font, in em: MathJax measures in ex of the surrounding text."""
SECONDS = 20
"""Time limit for one formula."""
LONG = 17.0
"""Width in em from which an inline formula does not fit into a line of a phone."""

CLOSING = r"(?P<closing>[，。、；：！？）」』”’,.;:!?)\]]*)"
FORMULA = re.compile(
    r'<(span|div) class="arithmatex">\s*\\([(\[])(.*?)\\[)\]]\s*</\1>' + CLOSING,
    re.DOTALL,
)
TYPESET = re.compile(r'<span class="arithmatex[ "].*?</math></span>', re.DOTALL)
READING = re.compile(r"<span hidden>.*?</span>")
TAG = re.compile(r"<[^>]*>")
NEEDLESS = re.compile(
    r" (?:data-mml-node|data-c|data-variant|data-mjx-[\w-]+|data-latex|xmlns|xmlns:xlink|role|focusable"
    r'|font-family|id)="[^"]*"'
)


class CannotTypeset(ValueError):
    """MathJax refused a formula; the text is MathJax's own message."""


@dataclass(frozen=True, slots=True)
class Typeset:
    """One formula, ready for a page."""

    svg: str
    """`<svg>` in `currentColor`, with `<use>` for its glyphs; its lengths are in em."""
    mathml: str
    """The same for screen readers, which do not see the SVG."""
    glyphs: dict[str, str]
    """Outlines of the glyphs that `svg` uses: id → path data."""
    width: float
    """Width in em of the surrounding text; 0 where the formula takes the whole line (`\\tag`)."""


class _MathJax:
    """MathJax's bundle in V8, in a thread of its own: V8 is not to be met by two threads, nor by an event loop.

    Made at the first formula, which costs a quarter of a second.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mathjax")
        self._context = self._thread.submit(self._load).result()
        # Left to the interpreter's own end, V8's event loop is sometimes waited for when it can no longer run.
        atexit.register(self._context.close)

    @staticmethod
    def _load() -> Any:
        from py_mini_racer import MiniRacer

        context = MiniRacer()
        # The bundle only: the wheel's own `tex2svg` drops nested SVGs, so matrices vanish from it.
        context.eval(resources.files("latex").joinpath("build/mathjax_bundle.js").read_text(encoding="utf-8"))
        context.eval(resources.files(__package__).joinpath("typeset.js").read_text(encoding="utf-8"))
        return context

    def __call__(self, *arguments: object) -> dict[str, Any]:
        """What `typeset` in `typeset.js` answers."""
        answer = self._thread.submit(self._context.call, "typeset", *arguments, timeout_sec=SECONDS).result()
        return dict(json.loads(answer))


_mathjax = functools.cache(_MathJax)


@functools.lru_cache(maxsize=50_000)
def typeset(tex: str, display: bool = False) -> Typeset:
    """Typeset `tex` (without its dollars).

    Raises CannotTypeset with MathJax's message (unknown command, missing brace …).
    """
    answer = _mathjax()(tex, display, EM, X_HEIGHT * SCALE * EM)
    if "error" in answer:
        raise CannotTypeset(answer["error"])
    svg, width = _compact(answer["svg"])
    glyphs = {_glyph_id(name): path for name, path in answer["glyphs"].items()}
    return Typeset(svg, _compact_mathml(answer["mathml"]), glyphs, width)


def _glyph_id(name: str) -> str:
    return name.replace("MJX-TEX-", "g-")


def _em(match: re.Match[str]) -> str:
    return f"{float(match[1]) * X_HEIGHT * SCALE:.3f}".rstrip("0").rstrip(".") + "em"


def _compact(svg: str) -> tuple[str, float]:
    """Drop what a page does not need, and turn ex, which depends on the reader's font, into em."""
    svg = NEEDLESS.sub("", svg)
    # `xlink:href` stays: Material's instant navigation writes to whatever has an `href`, which a <use> does not bear.
    svg = svg.replace("</use>", "").replace("#MJX-TEX-", "#g-")
    svg = _flat(re.sub(r"<use([^>]*)>", r"<use\1/>", svg))
    opening, bracket, rest = svg.partition(">")
    opening = re.sub(r"(-?[\d.]+)ex", _em, opening)
    # Lengths go into the style: any rule of a theme beats the attributes.
    size = "".join(f"{name}:{value};" for name, value in re.findall(r' (width|height)="([^"]*)"', opening))
    opening = re.sub(r' (?:width|height)="[^"]*"', "", opening).replace('style="', f'style="{size}')
    opening = opening.replace("<svg", '<svg aria-hidden="true"', 1)
    width = re.match(r"width:([\d.]+)em", size)
    return opening + bracket + rest, float(width[1]) if width else 0.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part is drawn: (x, y) ↦ (a·x + c·y + e, b·x + d·y + f), as in SVG's `matrix`."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def then(self, transform: str) -> _Place:
        """This place, and inside it what an SVG `transform` says."""
        place = self
        for name, arguments in re.findall(r"(\w+)\(([^)]*)\)", transform):
            values = [float(value) for value in re.split(r"[\s,]+", arguments.strip())]
            if name == "translate":
                values = [1, 0, 0, 1, *(*values, 0)[:2]]
            elif name == "scale":
                values = [values[0], 0, 0, values[-1], 0, 0]
            elif name == "rotate":
                cosine, sine = math.cos(math.radians(values[0])), math.sin(math.radians(values[0]))
                x, y = (*values[1:], 0, 0)[:2]
                around = (x - cosine * x + sine * y, y - sine * x - cosine * y)
                values = [cosine, sine, -sine, cosine, *around]
            place = place._times(*values)
        return place

    def _times(self, a: float, b: float, c: float, d: float, e: float, f: float) -> _Place:
        return _Place(
            self.a * a + self.c * b,
            self.b * a + self.d * b,
            self.a * c + self.c * d,
            self.b * c + self.d * d,
            self.a * e + self.c * f + self.e,
            self.b * e + self.d * f + self.f,
        )

    @property
    def moves(self) -> bool:
        """Whether it does nothing but move."""
        return (self.a, self.b, self.c, self.d) == (1, 0, 0, 1)

    def __str__(self) -> str:
        a, b, c, d, x, y = map(_number, (self.a, self.b, self.c, self.d, self.e, self.f))
        if (b, c) != ("0", "0"):
            return f"matrix({a},{b},{c},{d},{x},{y})"
        move = f"translate({x},{y})" if (x, y) != ("0", "0") else ""
        size = f"scale({a})" if a == d else f"scale({a},{d})"
        return f"{move} {size if (a, d) != ('1', '1') else ''}".strip()


def _number(value: float) -> str:
    return f"{value:.6g}" if abs(value) >= 1e-4 else "0"


def _flat(svg: str) -> str:
    """Glyphs without the groups around them: MathJax nests one for every part of a formula, half of all elements."""
    root = etree.fromstring(svg.replace("xlink:href", "href"))
    _flatten(root)
    return etree.tostring(root, encoding="unicode").replace(" href=", " xlink:href=").replace(" />", "/>")


def _flatten(element: etree.Element) -> None:
    children = list(_unwrapped(element, _Place()))
    for child in list(element):
        element.remove(child)
    element.extend(children)


def _unwrapped(parent: etree.Element, place: _Place) -> Iterator[etree.Element]:
    """What a group draws, each part with its own place."""
    for child in parent:
        inner = place.then(child.attrib.pop("transform", ""))
        if child.tag == "g" and not child.attrib:
            yield from _unwrapped(child, inner)
            continue
        _flatten(child)
        if child.tag == "svg" and str(inner):  # its own size and view come after the place
            group = etree.Element("g", {"transform": str(inner)})
            group.append(child)
            yield group
            continue
        if child.tag == "use" and inner.moves:
            child.attrib |= {n: _number(v) for n, v in (("x", inner.e), ("y", inner.f)) if _number(v) != "0"}
        elif str(inner):
            child.set("transform", str(inner))
        yield child


def _compact_mathml(mathml: str) -> str:
    mathml = re.sub(r">\s+<", "><", mathml)
    # A browser gives a displayed formula a line of its own, also where it is not to be seen.
    mathml = NEEDLESS.sub("", mathml).replace('<math display="block">', "<math>")
    # Entities of other scripts become characters; those of markup stay.
    return re.sub(r"&#x([0-9A-F]{3,6});", lambda match: chr(int(match[1], 16)), mathml)


class Typesetter:
    """Typesets the formulas of one page: gathers the glyphs that they use, reports each fault once."""

    def __init__(self, page: str | None = None) -> None:
        self.page = page
        """The page as its author names it; the extension learns it late, so it may be set later."""
        self._glyphs: dict[str, str] = {}
        self._reported: set[str] = set()

    def formula(self, tex: str, display: bool) -> str:
        """HTML of one formula, or of the fault in its place."""
        # No element inside has the name of the outer one: Material's search indexer would lose count.
        tag = "div" if display else "span"
        try:
            found = typeset(tex, display)
        except CannotTypeset as error:
            if tex not in self._reported:  # the toc extension renders headings once more
                self._reported.add(tex)
                log.error("%s: MathJax cannot typeset `%s`: %s", self.page, " ".join(tex.split()), error)
            return (
                f'<{tag} class="math-fault" role="alert"><code>{html.escape(tex.strip())}</code> '
                f"{html.escape(str(error))}</{tag}>"
            )
        self._glyphs |= found.glyphs
        long = " long" if not display and found.width > LONG else ""
        source = html.escape(tex.strip()).replace("\n", "&#10;")
        return (
            f'<{tag} class="arithmatex{long}" data-tex="{source}" data-search-exclude="1">'
            f"{found.svg}{found.mathml}</{tag}><span hidden>{html.escape(reading.plain(tex))}</span>"
        )

    def glyphs(self) -> str:
        """HTML that must stand once on the page: the outlines of all glyphs used so far."""
        if not self._glyphs:
            return ""
        paths = "".join(f'<path id="{name}" d="{self._glyphs[name]}"/>' for name in sorted(self._glyphs))
        return f'\n<svg class="glyphs" aria-hidden="true" width="0" height="0"><defs>{paths}</defs></svg>'


def _title(rendered: str) -> str:
    """A heading for the table of contents: plain text and typeset formulas, without the page's other markup."""
    parts, end = [], 0
    rendered = READING.sub("", rendered)
    for formula in TYPESET.finditer(rendered):
        parts += [TAG.sub("", rendered[end : formula.start()]), formula[0]]
        end = formula.end()
    return ("".join(parts) + TAG.sub("", rendered[end:])).strip()


def together(formula: str, closing: str) -> str:
    """HTML of a formula, kept together with punctuation that would else begin the next line."""
    return f'<span class="together">{formula}{closing}</span>' if closing else formula


class _Typesetting(Postprocessor):
    def __init__(self, md: Markdown) -> None:
        super().__init__(md)
        self.typesetter = Typesetter()

    def run(self, text: str) -> str:
        self.typesetter.page = place.name(place.source(self.md))
        text = FORMULA.sub(self.replace, text)
        _typeset_titles(getattr(self.md, "toc_tokens", ()))
        return text + self.typesetter.glyphs()

    def replace(self, match: re.Match[str]) -> str:
        """Typeset what arithmatex left."""
        return together(self.typesetter.formula(html.unescape(match[3]), match[2] == "["), match["closing"])


def _typeset_titles(tokens: Iterable[dict[str, Any]]) -> None:
    """Put the formulas of headings, already rendered by the toc extension, into its titles, in place."""
    for token in tokens:
        if TYPESET.search(token["html"]):
            token["name"] = _title(token["html"])
        _typeset_titles(token["children"])


class TypesetExtension(Extension):
    """`proofread.faces.typeset` in `markdown_extensions`; needs `pymdownx.arithmatex` with `generic: true`."""

    def extendMarkdown(self, md: Markdown) -> None:
        # After raw HTML (30) and `&` (20) are back in place, so that formulas in any block are seen.
        md.postprocessors.register(_Typesetting(md), "proofread-typeset", 5)


def makeExtension(**options: Any) -> TypesetExtension:
    """Python-Markdown's entry point."""
    return TypesetExtension(**options)
