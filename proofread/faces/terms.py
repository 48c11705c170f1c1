"""The glossary across the site: a term's first place on a page explains it. A Python-Markdown extension.

    markdown_extensions:
      - proofread.faces.terms

The terms are the rows of the tables of `docs/glossary.md`: 中文, English, what it means. Headings, links, code and
formulas are left alone, and so is the glossary itself.
"""

from __future__ import annotations

import functools
import logging
import re
import xml.etree.ElementTree as etree
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from proofread import project
from proofread.faces import place

log = logging.getLogger("mkdocs.proofread")

#: Where a project keeps its glossary.
GLOSSARY = "docs/glossary.md"
_ROW = re.compile(r"^\|\s*([\u4e00-\u9fff]+)\s*\|\s*([A-Za-z][^|$]*?)\s*\|\s*([^|$]+?)\s*\|\s*$", re.MULTILINE)
#: What stands in these is a name or a place to go, or no prose at all.
LEFT_ALONE = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "a", "abbr", "code", "pre", "th", "summary", "button", "script", "style"}
    | {"svg", "math"}
)
_CLASSES_LEFT_ALONE = frozenset({"arithmatex", "admonition-title", "page-facts"})


@dataclass(frozen=True, slots=True)
class Term:
    """One row of the glossary."""

    name: str
    english: str
    meaning: str

    @property
    def anchor(self) -> str:
        """Its English name as the id of a heading: `jacobian-matrix`."""
        return re.sub(r"[^a-z0-9]+", "-", self.english.split(",")[0].lower()).strip("-")

    @property
    def explanation(self) -> str:
        """What is shown to who points at it."""
        return f"{self.english}：{self.meaning}"


def read(text: str) -> dict[str, Term]:
    """The terms of a glossary page (Markdown), by their Chinese names."""
    return {row[0]: Term(*row) for row in _ROW.findall(text)}


def of(file: Path) -> dict[str, Term]:
    """The terms of the project that a page belongs to; none if it keeps no glossary."""
    glossary = project.find(file).root / GLOSSARY
    try:
        return dict(_read_file(glossary, glossary.stat().st_mtime_ns))
    except OSError:
        return {}


@functools.lru_cache(maxsize=4)
def _read_file(path: Path, changed: int) -> Mapping[str, Term]:
    return read(path.read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=4)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Finds names, longest first. One of a single character counts only where it is a word: 矩阵的迹是, not 轨迹."""
    whole = [re.escape(name) for name in sorted(names, key=len, reverse=True) if len(name) > 1]
    single = [name for name in names if len(name) == 1]
    if single:
        before, after = r"(?:(?<=的)|(?<![\u4e00-\u9fff]))", r"(?:(?=[是为的在与和对])|(?![\u4e00-\u9fff]))"
        whole.append(f"{before}[{''.join(single)}]{after}")
    return re.compile(f"(?<!不)(?:{'|'.join(whole)})")


def pieces(text: str, terms: Mapping[str, Term], seen: set[str]) -> Iterator[str | Term]:
    """A text cut at the terms that it is the first to hold; `seen` grows by them."""
    at = 0
    for match in _pattern(tuple(terms)).finditer(text):
        if match[0] not in seen:
            seen.add(match[0])
            yield text[at : match.start()]
            yield terms[match[0]]
            at = match.end()
    yield text[at:]


class _Explain(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        file = place.source(self.md)
        if file is None or file.resolve() == project.find(file).root / GLOSSARY:
            return
        if terms := of(file):
            _explain(root, terms, set())


def _explain(element: etree.Element, terms: Mapping[str, Term], seen: set[str]) -> None:
    children = list(element)
    element.text, added = _marked(element.text, terms, seen)
    for abbr in reversed(added):
        element.insert(0, abbr)
    for child in children:
        if child.tag not in LEFT_ALONE and not _CLASSES_LEFT_ALONE & set(child.get("class", "").split()):
            _explain(child, terms, seen)
        child.tail, added = _marked(child.tail, terms, seen)
        at = list(element).index(child) + 1
        for abbr in reversed(added):
            element.insert(at, abbr)


def _marked(text: str | None, terms: Mapping[str, Term], seen: set[str]) -> tuple[str | None, list[etree.Element]]:
    """A text up to its first term, and each term as an element whose tail goes on to the next."""
    if not text or isinstance(text, AtomicString):
        return text, []
    first, *rest = pieces(text, terms, seen)
    added: list[etree.Element] = []
    for piece in rest:
        if isinstance(piece, Term):
            abbr = etree.Element("abbr", {"title": piece.explanation})
            abbr.text = AtomicString(piece.name)
            added.append(abbr)
        else:
            added[-1].tail = piece
    return str(first), added


class TermsExtension(Extension):
    """`proofread.faces.terms` in `markdown_extensions`."""

    def extendMarkdown(self, md: Markdown) -> None:
        # After inline patterns (20) have made formulas, links and code elements; before the table of contents (5).
        md.treeprocessors.register(_Explain(md), "proofread-terms", 15)


def makeExtension(**options: object) -> TermsExtension:
    """Python-Markdown's entry point."""
    return TermsExtension(**options)
