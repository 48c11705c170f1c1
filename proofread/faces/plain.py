"""A page's Markdown as plain Markdown: what Jupyter, which knows none of the site's extensions, shows well.

Admonitions and folded details become block quotes under their bold titles, tabs a bold title and their content,
footnotes superscripts, inline SVG and graphs images; attribute lists, abbreviations and comments go. Formulas stay as
written.
"""

from __future__ import annotations

import base64
import html
import mimetypes
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from proofread.page import PYTHON, TOKEN, Block, Page

LARGEST = 300_000
"""Bytes of the largest image that is put into the text itself."""

_HELD = re.compile(r"\x04(\d+)\x05")
_BLOCK = re.compile(r"([ \t>]*)\x02(\d+)\x03[ \t]*")
_WORD = r"""(?:[#.][\w-]+|[\w-]+=(?:"[^"\n]*"|'[^'\n]*'|[^\s{}"']+))"""
_ATTRIBUTES = re.compile(rf"[ \t]*\{{(?::[^{{}}\n]*|[ \t]*{_WORD}(?:[ \t]+{_WORD})*[ \t]*)\}}")
_LINK = re.compile(
    r"(?P<image>!\[[^\]\n]*)?\]\([ \t]*(?P<target><[^>\n]*>|[^\s()<>]+)"
    r"(?P<title>[ \t]+(?:\"[^\"\n]*\"|'[^'\n]*'))?[ \t]*\)"
)
_REFERENCE = re.compile(r"(?m)^(?P<head>[ ]{0,3}\[(?!\^)[^\]\n]+\]:[ \t]*)(?P<target>\S+)")
_STRONG = re.compile(r"(?<![\\*])\*\*(?=[^\s*])((?:(?!\n[ \t]*\n|\*\*).)+?)(?<=[^\s*])\*\*(?!\*)", re.DOTALL)
_BOX = re.compile(r"(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[\w-]+)[^\"\n]*(?:\"(?P<title>.*)\")?[ \t]*")
_TAB = re.compile(r"===[!+]{0,2}[ \t]+\"(?P<title>.*)\"[ \t]*")
_NOTE = re.compile(r"\[\^(?P<name>[^\]\s]+)\]:[ \t]*")
_ABBREVIATION = re.compile(r"\*\[[^\]\n]+\]:.*")


def plain(page: Page, link: Callable[[str], str]) -> list[str | Block]:
    """A page as Markdown texts and the Python blocks between them, in order.

    Args:
        page: a page without faults, its graphs stored; link: gives an address in the page's links the one to write
        instead.
    """
    text, held = _held(page)
    text = _apart(text, r"(?s)<svg\b.*?</svg>", lambda match: _figure(match[0]))
    text = _apart(text, r"</?figure\b[^>\n]*>", lambda match: "")
    text = _apart(text, r"(?s)<figcaption\b[^>\n]*>\s*(.*?)\s*</figcaption>", lambda match: f"*{match[1]}*")
    text = re.sub(r"(<[a-z][^<>\n]*?)[ \t]+markdown(?:=(?:\"[^\"\n]*\"|\w+))?(?=[\s>])", r"\1", text)
    text = _ATTRIBUTES.sub("", text)
    text = _LINK.sub(lambda match: _linked(match, page.file, link), text)
    text = _REFERENCE.sub(lambda match: match["head"] + link(match["target"]), text)
    text = _STRONG.sub(_strong, text)
    notes: dict[str, int] = {}
    text = re.sub(
        r"\[\^([^\]\s]+)\](?!:)", lambda match: f"<sup>[{notes.setdefault(match[1], len(notes) + 1)}]</sup>", text
    )
    graphs = {block.number: _figure(_stored(page, block)) for block in page.blocks if block.draws}
    writer = _Writer(held, notes, {block.span[0]: block for block in page.blocks}, graphs)
    for line in text.split("\n"):
        writer.line(line)
    return writer.parts()


# ---- texts


def _held(page: Page) -> tuple[str, list[str]]:
    """The page as one text in which `\\x02 index \\x03` is a fence and `\\x04 number \\x05` a formula or a code span,
    and what these numbers hold. Comments are gone."""
    ends = {block.span[0]: block.span[1] for block in page.blocks}
    pieces: list[str] = []
    i = 0
    while i < len(page.lines):
        line = page.lines[i].text
        pieces.append(line[: len(line) - len(line.lstrip(" \t>"))] + f"\x02{i}\x03" if i in ends else line)
        i = ends.get(i, i + 1)
    text = "\n".join(pieces)
    held: list[str] = []
    out: list[str] = []
    at = 0
    while token := TOKEN.search(text, at):
        out.append(text[at : token.start()])
        at = token.end()
        quoted = text[text.rfind("\n", 0, token.start()) + 1 :].lstrip().startswith(">")
        shown = _shown(token)
        if shown is None:
            out.append("" if token["comment"] else token[0])
            continue
        held.append(re.sub(r"(?m)(?<=\n)[ \t]*>[ \t]?", "", shown) if quoted else shown)
        # The line breaks of what is held are the writer's.
        out.append(f"\x04{len(held) - 1}\x05")
    return "".join([*out, text[at:]]), held


def _shown(token: re.Match[str]) -> str | None:
    """A formula or a code span as Jupyter reads it; None for anything else."""
    if token["round"] is not None:
        return f"${token['round'].strip()}$"
    if token["square"] is not None:
        return f"$${token['square']}$$"
    if token["code"] is not None:
        # pymdownx's `#!python …` says how to colour a span.
        return re.sub(r"^(`+)(?:#!|:::)[\w+-]+[ ]+", r"\1", token[0])
    return token[0] if any(token[kind] is not None for kind in ("display", "inline", "env", "escape")) else None


def _strong(match: re.Match[str]) -> str:
    """`**…**` as HTML where CommonMark would leave the stars standing: beside a character of a word, with punctuation
    (or a formula, or a code span) inside. Python-Markdown has no such rule, nor has Chinese any space there."""
    before, after = match.string[: match.start()][-1:], match.string[match.end() :][:1]
    opens = not _mark(match[1][0]) or not before or before.isspace() or _mark(before)
    closes = not _mark(match[1][-1]) or not after or after.isspace() or _mark(after)
    return match[0] if opens and closes else f"<strong>{match[1]}</strong>"


def _mark(character: str) -> bool:
    return character in "\x04\x05" or unicodedata.category(character)[0] in "PS"


# ---- images


def _apart(text: str, pattern: str, make: Callable[[re.Match[str]], str]) -> str:
    """Replace what matches, and let it stand in a paragraph of its own, as far in as the line where it began."""

    def put(match: re.Match[str]) -> str:
        line = text[text.rfind("\n", 0, match.start()) + 1 :]
        lead = "\n\n" + line[: len(line) - len(line.lstrip(" "))]
        made = make(match)
        return lead + made + lead if made else lead

    return re.sub(pattern, put, text)


def _figure(svg: str) -> str:
    """Inline SVG as an image of its own, on white, since it no longer knows the page's colours."""
    title = re.search(r"(?s)<title\b[^>]*>(.*?)</title>", svg)
    return f"![{_alt(title[1]) if title else ''}]({data_address('image/svg+xml', on_white(svg).encode('utf-8'))})"


def stored_graph(page: Page, block: Block) -> Path | None:
    """Where the picture of a graph fence stands, if the page is a file."""
    return page.file.parent / f"{block.options.get('name')}.svg" if page.file else None


def _stored(page: Page, block: Block) -> str:
    file = stored_graph(page, block)
    return file.read_text(encoding="utf-8").strip() if file and file.is_file() else "<svg></svg>"


def on_white(svg: str) -> str:
    """An SVG that draws in `currentColor`, perhaps within HTML, as a file that is readable on any ground."""
    head, bracket, rest = svg.partition(">")
    if "xmlns=" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    colours = "background:#fff;color:#1a1a1a;"
    head = head.replace('style="', f'style="{colours}', 1) if 'style="' in head else f'{head} style="{colours}"'
    return head + bracket + rest


def data_address(kind: str, data: bytes) -> str:
    """Bytes as an address that holds them: JupyterLab shows no SVG attachment, but it shows these."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _alt(text: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", " ".join(html.unescape(text).split()))


def _linked(match: re.Match[str], page: Path | None, link: Callable[[str], str]) -> str:
    """A link or an image with its new address. One of the page's own images goes into the text."""
    target = match["target"].strip("<>")
    address = target if target.startswith("data:") else _data(target, page) if match["image"] else None
    return f"{match['image'] or ''}]({address or link(target)}{match['title'] or ''})"


def _data(target: str, page: Path | None) -> str | None:
    """A small image beside the page as an address that holds it; None for any other."""
    kind = mimetypes.guess_type(target)[0] or ""
    if page is None or not kind.startswith("image/") or re.match(r"[a-z]+:|/", target):
        return None
    try:
        data = (page.parent / target.partition("#")[0]).read_bytes()
    except OSError:
        return None
    if kind == "image/svg+xml" and b"<svg" in data:
        data = on_white(data[data.index(b"<svg") :].decode("utf-8", errors="replace")).encode("utf-8")
    return data_address(kind, data) if len(data) <= LARGEST else None


# ---- lines


@dataclass(frozen=True, slots=True)
class _Box:
    """Something whose content is indented."""

    indent: int
    """Column (from 0) at which its content begins on the page."""
    prefix: str
    """What its lines begin with in plain Markdown."""


class _Writer:
    """Takes the lines of a page and gives texts and blocks."""

    def __init__(
        self, held: list[str], notes: dict[str, int], blocks: dict[int, Block], graphs: dict[int, str]
    ) -> None:
        self.held, self.notes, self.blocks, self.graphs = held, notes, blocks, graphs
        self.out: list[str | Block] = []
        self.text: list[str] = []
        self.boxes = [_Box(0, "")]
        self.blank = False
        """Whether a blank line is due before the next."""

    def parts(self) -> list[str | Block]:
        """All that was written."""
        self._flush()
        return self.out

    def _flush(self) -> None:
        text = "\n".join(self.text).strip("\n")
        if text.strip("> \n"):
            self.out.append(text)
        self.text, self.blank = [], False

    def _write(self, text: str) -> None:
        """Lines at the place where the page is."""
        prefix = self.boxes[-1].prefix
        self._space()
        self.text += [(prefix + line).rstrip() if line.strip() else prefix.rstrip() for line in text.split("\n")]

    def _space(self) -> None:
        if self.blank:
            self.text.append(self.boxes[-1].prefix.rstrip())
        self.blank = False

    def _open(self, indent: int, mark: str, title: str) -> None:
        """Begin a box under a title."""
        self._space()
        self.boxes.append(_Box(indent, self.boxes[-1].prefix + mark))
        if title:
            self._write(f"**{self._release(title, one_line=True)}**")
            self.blank = True

    def line(self, line: str) -> None:
        """One line of the page, in which blocks, formulas and code spans are held."""
        block = _BLOCK.fullmatch(line)
        bare = line.lstrip(" ")
        if not bare.strip():
            self.blank = bool(self.text)
            return
        indent = len(line) - len(bare)
        while len(self.boxes) > 1 and indent < self.boxes[-1].indent:
            self.boxes.pop()
            self.blank = bool(self.text)
        inside = line[self.boxes[-1].indent :]
        if block:
            self._block(self.blocks[int(block[2])], block[1], indent)
        elif match := _BOX.fullmatch(bare):
            title = match["title"] if match["title"] is not None else match["kind"].capitalize()
            self._open(indent + 4, inside[: len(inside) - len(bare)] + "> ", title)
        elif match := _TAB.fullmatch(bare):
            self._open(indent + 4, "", match["title"])
        elif match := _NOTE.match(bare):
            self._write(f"<sup>[{self.notes.get(match['name'], match['name'])}]</sup> " + bare[match.end() :])
            self.boxes.append(_Box(indent + 4, self.boxes[-1].prefix))
        elif not _ABBREVIATION.fullmatch(bare) and bare.strip() != "[TOC]":
            # `:   ` begins a definition.
            inside = re.sub(r"^:[ ]{1,3}(?=\S)", "- ", inside)
            deep = indent > 0 or bare.startswith(">")
            self._write(self._release(inside, one_line=deep))

    def _block(self, block: Block, lead: str, indent: int) -> None:
        if block.runs:
            self._flush()
            self.out.append(block)
            if indent > self.boxes[-1].indent:
                # The rest of a list's item stands by itself now.
                self.boxes.append(_Box(indent, self.boxes[-1].prefix))
            return
        lead = lead[self.boxes[-1].indent :]
        if block.draws:
            self._write(lead + self.graphs[block.number])
            return
        fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", block.source))])
        language = "python" if block.language in PYTHON else block.language
        self._write("\n".join(lead + line for line in (fence + language, *block.source.split("\n"), fence)))
        if "notest" in block.options:
            self.blank = True
            self._write(f"{lead}（未运行：{block.options.get('reason') or ''}）")

    def _release(self, text: str, one_line: bool) -> str:
        """A line with what it holds. In a quote or a list a formula must not break: Jupyter would take the marks of the
        quote for part of it."""

        def put(match: re.Match[str]) -> str:
            value = self.held[int(match[1])]
            return re.sub(r"[ \t]*\n[ \t]*", " ", value) if one_line else value

        return _HELD.sub(put, text)
