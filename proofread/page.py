"""What a page holds: blocks, formulas, marks, headings and the prose between them, in order, with their places.

The site, pytest, the command line and the notebooks all read pages through this module, so that what is
displayed is what is tested.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import markdown
import yaml
from markdown.blockprocessors import CodeBlockProcessor
from markdown.extensions.footnotes import FootnoteExtension
from pymdownx.superfences import RE_HL_LINES, RE_LINENUMS, SuperFencesBlockPreprocessor

from proofread import project
from proofread.snippet import Unreadable, expand, short, split_lines


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page after its snippets are in place."""

    text: str
    page_line: int
    """Line of the page (from 1) that the reader sees: for a snippet's line, that of its `--8<--`."""
    path: str
    """The file that the text stands in: the page or a snippet."""
    line: int
    """Line in that file (from 1): the one an author must edit."""
    ranged: bool = False
    """Whether the page shows it by its number (`file.py:3:7`)."""


@dataclass(frozen=True, slots=True)
class Heading:
    """`## Title`: opens a section, which is the scope of declarations."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Prose:
    """Text between two other items, verbatim; a blank line in it (`\\n\\n`) ends a paragraph.

    Code spans are kept as written; list markers, table bars and quote signs stay in the text.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Formula:
    """One piece of mathematics: `$…$` (inline) or `$$…$$` (display)."""

    tex: str
    """The LaTeX between the delimiters, verbatim (line breaks too)."""
    display: bool
    line: int
    """Page line (from 1) of the opening delimiter; line breaks in `tex` count on from here."""
    column: int
    """Column (from 1) of the first character of `tex` in its line."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`<!-- math: word reason -->`: says something of the next formula of the page (or section, for `layout`)."""

    word: str
    """skip, assume, false, layout … (whether it is known is for `derivations` to say)."""
    reason: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced code block."""

    number: int
    """From 1, among all blocks of the page."""
    language: str
    options: dict[str, str | None]
    lines: tuple[Line, ...]
    """Its content without the fences, dedented."""
    line: int
    """Page line (from 1) of its opening fence."""
    span: tuple[int, int] = (0, 0)
    """Where its fence stands in `Page.lines`: first index, and the index after the last."""

    @property
    def name(self) -> str:
        """What node ids and messages call it: stable when the prose around it moves."""
        return f"block-{self.options.get('name') or self.number}"

    @property
    def runs(self) -> bool:
        """Whether it is Python that a reader may run."""
        return self.language in PYTHON and "notest" not in self.options

    @property
    def draws(self) -> bool:
        """Whether it asks for a computation graph (`outputs.graph`), drawn by the page's process at this point."""
        return self.language == GRAPH

    @property
    def source(self) -> str:
        """The content as one text, without a final line break."""
        return "\n".join(line.text for line in self.lines)


Item = Heading | Prose | Formula | Mark | Block


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that cannot be read, with its place."""

    path: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page, read."""

    path: str
    items: tuple[Item, ...]
    faults: tuple[Fault, ...] = ()
    lines: tuple[Line, ...] = ()
    """The text after its front matter, with snippets in place: what Markdown is given."""
    file: Path | None = None
    """The file it was read from; its figures stand beside it."""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All fenced blocks, in order."""
        return tuple(item for item in self.items if isinstance(item, Block))

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """All formulas, in order."""
        return tuple(item for item in self.items if isinstance(item, Formula))


#: Languages whose blocks are run.
PYTHON = frozenset({"python", "py", "python3"})
#: The language of fences that ask for a computation graph.
GRAPH = "graph"
#: Languages whose blocks are shown as they are: what stands in them is nobody's output.
SHOWN = frozenset(
    {"text", "console", "bash", "sh", "toml", "yaml", "json", "ini", "diff", "html", "css", "javascript", "markdown"}
    | {"md", "latex", "tex", "make", "dockerfile"}
)
#: Options of a Python fence, and whether they take a value. The last four are superfences' own.
OPTIONS = {
    "approx": False,
    "notest": False,
    "reason": True,
    "name": True,
    "title": True,
    "title_mode": True,
    "hl_lines": True,
    "linenums": True,
}
_SHOWN_OPTIONS = frozenset({"title", "title_mode", "hl_lines", "linenums"})
TAB = 4


def read_file(path: Path, name: str | None = None, bases: Iterable[Path] | None = None) -> Page:
    """Read a page from a file. `name` is what reports call it; `bases` are the folders of its snippets
    (by default the `snippets` of its project, see `project.find`). A file that cannot be read is a page
    with one fault."""
    name = name or short(path)
    try:
        lines = split_lines(path.read_bytes(), name)
    except OSError as error:
        return Page(name, (), (Fault(name, 1, f"the page cannot be read: {error.strerror}"),))
    except Unreadable as error:
        return Page(name, (), (Fault(name, error.line, error.why),))
    return read(lines, name, project.find(path).snippets if bases is None else bases, file=path.resolve())


def read(
    lines: Sequence[str],
    path: str,
    bases: Iterable[Path] = (),
    first_line: int | None = None,
    file: Path | None = None,
) -> Page:
    """Read a page from its lines.

    Args:
        lines: the page's lines; path: what reports call it; bases: the folders of its snippets;
        first_line: the page line of `lines[0]` if its front matter was taken off, else None;
        file: where the page stands, if it is a file.
    """
    if first_line is None:
        first_line = 1 + _front_matter(lines)
        lines = lines[first_line - 1 :]
    located, page_lines, missing = expand(lines, path, bases, first_line)
    located = [text.put(normal(text)) for text in located]
    faults = [Fault(path, line, message) for line, message in missing]
    fences, broken = _fences(located)
    faults += [Fault(path, page_lines[i], message) for i, message in broken]
    blocks: dict[int, Block] = {}
    out: list[Line] = [Line(str(t), p, t.path, t.line, t.ranged) for t, p in zip(located, page_lines, strict=True)]
    for number, fence in enumerate(fences, 1):
        content = tuple(
            Line(text, page_lines[i], located[i].path, located[i].line, located[i].ranged)
            for i, text in enumerate(fence.content, fence.start + 1)
        )
        span = (fence.start, fence.end)
        block = Block(number, fence.language, fence.options, content, page_lines[fence.start], span)
        blocks[fence.start] = block
        faults += [Fault(path, block.line, message) for message in _wrong_options(block)]
        absent = any(block.line < line < page_lines[fence.end - 1] for line, _ in missing)
        if block.runs and not block.source.strip() and not absent:
            faults.append(Fault(path, block.line, "this block is empty"))
    names = Counter(block.name for block in blocks.values())
    for block in blocks.values():
        if names[block.name] > 1 and block.options.get("name"):
            faults.append(Fault(path, block.line, f"another block of this page is {block.name!r} too"))
    for i, first in _indented(located, fences):
        why = (
            f"indented text is shown as code, and no fence says what it is: `{first}`; write ```text, or indent it less"
        )
        faults.append(Fault(path, page_lines[i] if page_lines else 1, why))
    items, wrong = _items(located, page_lines, fences, blocks)
    faults += [Fault(path, line, message) for line, message in wrong]
    return Page(path, tuple(items), tuple(sorted(faults, key=lambda fault: fault.line)), tuple(out), file)


def normal(line: str) -> str:
    """A line as Python-Markdown's own normalization leaves it, so that what runs is what is shown."""
    line = line.translate({2: "", 3: ""}).expandtabs(TAB)
    return line if line.strip(" ") else ""


def _front_matter(lines: Sequence[str]) -> int:
    """How many lines YAML front matter takes at the head of a page. As in MkDocs it is a mapping: what stands between
    two rulers is not, and is shown."""
    if lines and re.fullmatch(r"---[ \t]*", lines[0]):
        for i, line in enumerate(lines[2:], 3):
            if re.fullmatch(r"(---|\.\.\.)[ \t]*", line):
                try:
                    return i if isinstance(yaml.safe_load("\n".join(lines[1 : i - 1])), dict) else 0
                except (yaml.YAMLError, ValueError):
                    return 0
    return 0


def _wrong_options(block: Block) -> Iterator[str]:
    """What is wrong with a block's language and options."""
    if not block.language:
        yield "this fence names no language; write ```python to run it or ```text to show it"
        return
    if block.draws:
        yield from _wrong_graph(block)
        return
    if block.language == "math":
        yield "a ```math fence is GitHub's, and is not typeset here; write the formula between $$ and $$"
        return
    if block.language not in PYTHON | SHOWN:
        yield f"unknown language {block.language!r}; known: python, {GRAPH}, {', '.join(sorted(SHOWN))}"
        return
    for key, value in block.options.items():
        if block.language in SHOWN:
            if key not in _SHOWN_OPTIONS and not key.startswith("data-"):
                yield f"unknown option {key!r} on a {block.language} fence; known: {', '.join(sorted(_SHOWN_OPTIONS))}"
        elif key not in OPTIONS:
            yield f"unknown option {key!r}; known: {', '.join(OPTIONS)}"
        elif OPTIONS[key] and value is None:
            yield f'option {key!r} needs a value: {key}="…"'
        elif not OPTIONS[key] and value is not None:
            yield f"option {key!r} takes no value"
    if block.language in PYTHON:
        if "notest" in block.options and not (block.options.get("reason") or "").strip():
            yield 'notest needs a reason: notest reason="…"'
        if "reason" in block.options and "notest" not in block.options:
            yield "a reason without notest"
        if (name := block.options.get("name")) and not re.fullmatch(r"[^\W\d][\w-]*", name):
            yield f"a name is a letter and then letters, digits, `_` or `-`, not {name!r}"
    # superfences shows a fence with a value that it cannot read as inline code.
    if (lines := block.options.get("hl_lines")) and not RE_HL_LINES.match(lines):
        yield f'hl_lines="{lines}" cannot be read; write hl_lines="2 4-6"'
    elif lines and max(map(int, re.findall(r"\d+", lines))) > len(block.lines):
        yield f'hl_lines="{lines}" goes past the {len(block.lines)} lines of this block'
    if (first := block.options.get("linenums")) and not RE_LINENUMS.match(first):
        yield f'linenums="{first}" cannot be read; write linenums="1"'


def _wrong_graph(block: Block) -> Iterator[str]:
    """What is wrong with a graph's options: its name is that of its file."""
    for key in block.options:
        if key != "name":
            yield f"unknown option {key!r} on a graph; known: name"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", block.options.get("name") or ""):
        yield 'a graph needs a name for its file, of small letters, digits and hyphens: ```graph name="seed"'


@dataclass(frozen=True, slots=True)
class _Fence:
    """A fence, by the indices of its first line and of the line after its last."""

    start: int
    end: int
    language: str
    options: dict[str, str | None]
    content: tuple[str, ...]


#: A fence that superfences does not see, and whose end it would take for a beginning.
_BEHIND = re.compile(r"[ >]*(?:[-*+:]|\d+[.)]|\[\^[^\]]*\]:)[ ]+(?:`{3,}[^`]*|~{3,}.*)$")


class _Recorder(SuperFencesBlockPreprocessor):
    """superfences' own search, recording what it would render and what it would silently leave as text."""

    def __init__(self, md: markdown.Markdown) -> None:
        super().__init__(md)
        machine = md.preprocessors["fenced_code_block"]
        self.config, self.extension = machine.config, machine.extension
        self.fence = None
        self.opened = self.at = -1
        self.found: list[_Fence] = []
        self.broken: list[tuple[int, str]] = []
        self.done = False

    def parse_whitespace(self, line: str) -> Any:
        self.at += 1
        self.opened = self.at
        if _BEHIND.match(line):
            self.broken.append((self.at, "a fence needs a line of its own, not one behind a list's or a note's sign"))
        return super().parse_whitespace(line)

    def parse_fence_line(self, line: str) -> Any:
        self.at += 1
        return super().parse_fence_line(line)

    def handle_unrecognized(self, m: re.Match[str]) -> bool:
        info = m.string[m.end("fence") :].strip()
        if m["fence"].startswith("`") and "`" in info:
            return False  # a code span: ```x```
        why = f'the words after this fence cannot be read: {info!r}; write ```python key="value"'
        self.broken.append((self.at, why))
        return bool(super().handle_unrecognized(m))

    def clear(self) -> None:
        if self.fence is not None and not self.done:
            self.broken.append((self.opened, "this fence is broken off by a line outside it before it is closed"))
        self.done = False
        super().clear()

    def process_nested_block(self, ws: str, content: str, start: int, end: int) -> None:
        options = {k: None if v in (None, True, k) else str(v) for k, v in self.options.items()}
        text = tuple(line[self.ws_virtual_len :] for line in self.code)
        self.found.append(_Fence(start, end, self.lang or "", options, text))
        self.done = True
        self.clear()


def _accept(language: str, inputs: dict[str, Any], options: dict[str, Any], attrs: Any, md: Any) -> bool:
    """A validator that lets every option through to the recorder."""
    options.update(inputs)
    return True


@functools.cache
def _machine() -> markdown.Markdown:
    fence = {"name": "*", "class": "", "format": lambda *args, **kwargs: "", "validator": _accept}
    return markdown.Markdown(
        extensions=["attr_list", "pymdownx.superfences"],
        extension_configs={"pymdownx.superfences": {"custom_fences": [fence]}},
    )


def _fences(lines: Sequence[str]) -> tuple[list[_Fence], list[tuple[int, str]]]:
    recorder = _Recorder(_machine())
    recorder.run(list(lines))
    if recorder.fence is not None:
        recorder.broken.append((recorder.opened, "this fence is never closed"))
    return recorder.found, recorder.broken


class _Indented(CodeBlockProcessor):
    """Python-Markdown's own search for indented code, recording what it finds."""

    def __init__(self, parser: Any) -> None:
        super().__init__(parser)
        self.found: list[str] = []

    def run(self, parent: Any, blocks: list[str]) -> None:
        above = self.lastChild(parent)
        if above is None or above.tag != "pre":  # else it goes on
            self.found.append(self.detab(blocks[0])[0])
        super().run(parent, blocks)


#: What may hold blocks on a page.
_CONTAINERS = (
    "admonition",
    "attr_list",
    "def_list",
    "footnotes",
    "md_in_html",
    "pymdownx.details",
    "pymdownx.tabbed",
    "tables",
)
_HELD_FENCE = "\ue000fence\ue001"


def _indented(lines: Sequence[str], fences: Sequence[_Fence]) -> list[tuple[int, str]]:
    """Text that would be shown as code because it is indented, each with the index of its first line."""
    ends = {fence.start: fence.end for fence in fences}
    rows: list[tuple[int, str]] = []
    i = 0
    while i < len(lines):
        line = str(lines[i])
        rows.append((i, line[: len(line) - len(line.lstrip(" >"))] + _HELD_FENCE if i in ends else line))
        i = ends.get(i, i + 1)
    if not any(row.startswith("    ") or ">     " in row or "\t" in row for _, row in rows):
        return []
    md = markdown.Markdown(extensions=[*_CONTAINERS], extension_configs={"pymdownx.tabbed": {"alternate_style": True}})
    code = _Indented(md.parser)
    md.parser.blockprocessors.register(code, "code", 80)
    text = [row for _, row in rows]
    for machine in md.preprocessors:
        text = machine.run(text)
    md.parser.parseDocument(text)
    for extension in md.registeredExtensions:
        if isinstance(extension, FootnoteExtension):
            for note in extension.footnotes.values():
                md.parser.parseChunk(ElementTree.Element("div"), note)
    faults: list[tuple[int, str]] = []
    for block in code.found:
        first = block.lstrip("\n").split("\n", 1)[0].strip()
        taken = {at for at, _ in faults}
        places = (at for at, row in rows if at not in taken and row.lstrip(" >") == first and row != first)
        faults.append((next(places, 0), first))
    return faults


# One paragraph's worth of anything: formulas and code spans never cross a blank line.
_IN = r"(?:\\.|(?!\n[ \t]*\n)[^\\])"
#: What is not plain prose in a page's text, each kind a named group.
TOKEN = re.compile(
    rf"""
      (?P<block>\x02\d+\x03)
    | (?P<comment><!--(?P<words>.*?)-->)
    | (?P<unclosed><!--)
    | (?P<heading>^(?P<level>\#{{1,6}})(?!\#)[ \t]*(?=\S))
    | (?P<pre><pre\b)
    | (?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`))
    | (?P<begin>^[ \t>]*(?P<env>\\begin\{{(?P<name>[a-z]+\*?)\}}{_IN}+?\\end\{{(?P=name)\}}))
    | \\\[(?P<square>{_IN}+?)\\\]
    | \\\((?P<round>{_IN}+?)\\\)
    | (?P<escape>\\.)
    | \$\$(?P<display>{_IN}+?)\$\$
    | \$(?!\$)(?P<inline>(?:\\.|(?!\n[ \t]*\n)[^\\$])+?)\$
    | (?P<dollar>\$+)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_MARK = re.compile(r"\s*math:\s*(\S*)\s*(.*?)\s*", re.DOTALL)
_ATTRIBUTES = re.compile(r"[ \t]*\{[^{}$]*\}[ \t]*$")


def _items(
    located: Sequence[str], page_lines: Sequence[int], fences: Sequence[_Fence], blocks: dict[int, Block]
) -> tuple[list[Item], list[tuple[int, str]]]:
    """Everything on a page in order, and what is wrong with its formulas."""
    ends = {fence.start: fence.end for fence in fences}
    pieces: list[str] = []
    starts: list[int] = []
    numbers: list[int] = []
    offset = i = 0
    while i < len(located):
        piece = f"\x02{i}\x03" if i in ends else str(located[i])
        pieces.append(piece)
        starts.append(offset)
        numbers.append(page_lines[i])
        offset += len(piece) + 1
        i = ends.get(i, i + 1)
    text = "\n".join(pieces)

    def place(at: int) -> tuple[int, int]:
        row = bisect.bisect_right(starts, at) - 1
        return numbers[row], at - starts[row] + 1

    items: list[Item] = []
    faults: list[tuple[int, str]] = []
    prose_from = 0

    def prose(end: int) -> None:
        if text[prose_from:end].strip():
            items.append(Prose(text[prose_from:end], place(prose_from)[0]))
        elif "\n\n" in text[prose_from:end]:
            items.append(Prose("\n\n", place(prose_from)[0]))

    at = 0
    while token := TOKEN.search(text, at):
        at = token.end()
        line, column = place(token.start())
        if token["code"] or token["escape"]:
            continue
        prose(token.start())
        prose_from = at
        if token["block"]:
            items.append(blocks[int(token["block"][1:-1])])
        elif token["comment"]:
            if "\x02" in token["comment"]:
                faults.append((line, "a fence inside an HTML comment is neither shown nor run; take it out"))
            if mark := _MARK.fullmatch(token["words"]):
                items.append(Mark(mark[1], " ".join(mark[2].split()), line))
        elif token["unclosed"]:
            faults.append((line, "this HTML comment is never closed"))
        elif token["pre"]:
            faults.append((line, "a raw <pre> is shown as code, and nobody checks it; write a fence, such as ```text"))
        elif token["heading"]:
            title = text[at:].split("\n", 1)[0]
            items.append(Heading(len(token["level"]), _ATTRIBUTES.sub("", title).rstrip("# "), line))
        elif token["dollar"]:
            faults.append((line, "a `$` without a partner; write `\\$` for the sign itself"))
        else:
            group = next(name for name in ("env", "square", "round", "display", "inline") if token[name] is not None)
            tex = token[group]
            line, column = place(token.start(group))
            if group == "inline" and tex != tex.strip():
                faults.append((line, f"`${tex}$` has a space inside its dollars; write `${tex.strip()}$`"))
            if not tex.strip():
                faults.append((line, "an empty formula"))
            if text[text.rfind("\n", 0, token.start()) + 1 :].lstrip().startswith(">"):
                tex = re.sub(r"(?m)(?<=\n)[ \t]*>[ \t]?", "", tex)
            items.append(Formula(tex, group not in ("round", "inline"), line, column))
    prose(len(text))
    return items, faults
