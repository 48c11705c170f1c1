"""The site: pages shown as they were checked. A Python-Markdown extension, so that it outlives the site builder.

    markdown_extensions:
      - pymdownx.superfences
      - proofread.faces.markdown

It reads the page before any other extension does, puts the snippets in place, runs the blocks and checks the formulas
(remembering unchanged pages), and shows each block with its outputs as one cell and each checked formula with a mark.
A fault is logged under `mkdocs.proofread`, so that `mkdocs build --strict` fails, and shown in red where it stands.
Formatters and validators never raise: superfences would turn the fence into inline code.
"""

from __future__ import annotations

import atexit
import functools
import html
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from proofread import ledger, project
from proofread.faces import graph, matter, place, tally
from proofread.faces.cache import Cache, key
from proofread.faces.marks import proof
from proofread.outputs.expect import FIGURE, Script, lines_of_warnings, parse
from proofread.outputs.run import Host
from proofread.page import GRAPH, PYTHON, SHOWN, Block, Heading, Page, read
from proofread.report import Finding
from proofread.snippet import SnippetError, split_lines

log = logging.getLogger("mkdocs.proofread")

_lock = threading.Lock()
_hosts: list[Host] = []


def _host() -> Host:
    """One parent process for all pages, for as long as the site is built or served."""
    if not _hosts:
        _hosts.append(Host())
        atexit.register(_hosts[0].close)
    return _hosts[0]


@dataclass(frozen=True, slots=True)
class CellResult:
    """What a cell shows of its block's run, JSON-ready."""

    status: str
    message: str = ""
    warnings: tuple[int, ...] = ()
    """For each statement how many of its `#!` lines tell of warnings; the rest tell of its exception."""


@dataclass(slots=True)
class _State:
    """What is known of the page that is being rendered."""

    page: Page
    cells: dict[int, CellResult]
    findings: list[Finding]
    waiting: list[Block]
    """Python blocks that superfences has not asked for yet."""
    shown: Counter[str] = field(default_factory=Counter)
    """Text of every `<pre>` that the page may show."""
    whole: bool = False
    """Whether the next postprocessing is that of the page, not of a heading for the table of contents."""


def _state(md: Markdown) -> _State | None:
    return getattr(md, "proofread", None)


# ---- reading and checking


class _Reader(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        page = _read(self.md, lines)
        with _lock:
            state = _State(page, _run(page), _check(page), [b for b in page.blocks if b.language in PYTHON or b.draws])
        self.md.proofread = state  # type: ignore[attr-defined, unused-ignore]  # where `_state` finds it
        for block in page.blocks:
            if block.language in SHOWN:
                state.shown[_squeeze(block.source)] += 1
        for fault in page.faults:
            log.error("%s:%s: %s", fault.path, fault.line, fault.message)
        for cell in state.cells.values():
            if cell.message:
                log.error("%s", cell.message)
        for finding in state.findings:
            if finding.fault:
                log.error("%s", finding.message)
        title = next((item.line for item in page.items if isinstance(item, Heading) and item.level == 1), None)
        body: list[str] = []
        for line in page.lines:
            write = _WRITTEN.get(line.text.strip())
            body += [line.text] if write is None else write(page)
            if line.page_line == title:
                body += _matter(page, matter.line)
        boxes = [f"{fault.path}:{fault.line}: {fault.message}" for fault in page.faults]
        boxes += [f.message for f in state.findings if f.fault and f.kind != "formula"]
        return [*(_box("page-fault", message) + "\n" for message in boxes), *body]


def _read(md: Markdown, lines: Sequence[str]) -> Page:
    """The page at hand, as the file it stands in if the site builder says which: its lines then count from the
    file's first."""
    source = place.source(md)
    if source is None:
        return read(lines, place.UNKNOWN, project.find(Path("page.md")).snippets, 1)
    name = place.name(source)
    return read(lines, name, project.find(source).snippets, _first_line(source, name, lines), file=source)


def _first_line(source: Path, name: str, lines: Sequence[str]) -> int:
    """The line of the file that the page begins at: site builders take the front matter off."""
    try:
        whole = "\n".join(split_lines(source.read_bytes(), name)).rstrip()
    except (OSError, SnippetError):
        return 1
    body = "\n".join(lines).strip()
    above = whole.removesuffix(body)
    leading = len(lines) - len("\n".join(lines).lstrip("\n").split("\n"))
    return above.count("\n") + 1 - leading if whole.endswith(body) else 1


def _matter(page: Page, write: Callable[[Page], list[str]]) -> list[str]:
    """What pages say of themselves, as Markdown."""
    try:
        return write(page)
    except (matter.MatterError, OSError, ValueError) as error:
        log.error("%s: %s", page.path, error)
        return ["", _box("page-fault", f"{page.path}: {error}"), ""]


def _tagged(page: Page) -> list[str]:
    return _matter(page, lambda page: matter.tagged(page.file) if page.file else [])


def _ledger(page: Page) -> list[str]:
    """The site's ledger as a Markdown table, for the page that asks for it."""
    home = project.find(page.file) if page.file else None
    if page.file is None or home is None or home.ledger is None:
        return [_box("page-fault", "this project keeps no ledger")]
    try:
        entries = ledger.load(home.ledger.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        log.error("%s: the ledger cannot be read: %s", page.path, error)
        return [_box("page-fault", f"the ledger cannot be read: {error}")]
    return tally.table(entries, {name: matter.title(home.root / name) for name in entries}, home.name(page.file))


#: Lines of a page in whose place something is written: the whole site's ledger, its tags with their pages.
_WRITTEN = {"<!-- ledger -->": _ledger, "<!-- tags -->": _tagged}


def _cache(page: Page) -> Cache | None:
    return None if page.file is None else Cache(project.find(page.file).root / ".cache" / "proofread")


def _run(page: Page) -> dict[int, CellResult]:
    cache, name = _cache(page), key(page, "blocks")
    known = cache.get(name) if cache else None
    if isinstance(known, dict) and set(known) == {str(block.number) for block in page.blocks}:
        try:
            return {int(n): CellResult(r["status"], r["message"], tuple(r["warnings"])) for n, r in known.items()}
        except (KeyError, TypeError):
            pass
    cells = {}
    for result in _host().run(page):
        pairs = zip(result.script.statements, result.ran, strict=False)
        warnings = tuple(lines_of_warnings(statement.raised, ran) for statement, ran in pairs)
        cells[result.block.number] = CellResult(result.status, result.message(page.path), warnings)
    if cache:
        cache.put(name, {n: asdict(cell) for n, cell in cells.items()})
    return cells


def _check(page: Page) -> list[Finding]:
    cache, name = _cache(page), key(page, "formulas")
    known = cache.get(name) if cache else None
    if isinstance(known, list):
        try:
            return [Finding(**row) for row in known]
        except TypeError:
            pass
    from proofread import derivations  # imports torch, which an unchanged site does without

    findings = derivations.check(page)
    if cache:
        cache.put(name, [asdict(finding) for finding in findings])
    return findings


# ---- cells


def validate(language: str, inputs: dict[str, Any], options: dict[str, Any], attrs: Any, md: Markdown) -> bool:
    """superfences' validator: takes every option, since the page's reader has judged them already."""
    options.update(inputs)
    return True


def fence(src: str, md: Markdown, draws: bool = False, **rest: Any) -> str:
    """superfences' formatter: a Python fence and its outputs as one cell, a graph fence (`draws`) as its picture."""
    source = src
    try:
        state = _state(md)
        if state is None:
            return _box("cell-fault", "proofread.faces.markdown has not read this page")
        waiting = (b for b in state.waiting if b.draws == draws)
        block = next((b for b in waiting if _squeeze(b.source) == _squeeze(source)), None)
        if block is None:
            log.error("%s: the site shows a Python block that the reader did not find:\n%s", state.page.path, source)
            return _box("cell-fault", f"这个代码块没有被检验：\n{source}")
        state.waiting.remove(block)
        if block.draws:
            return _graph(state.page, block, state.cells[block.number])
        return _cell(md, state, block, state.cells[block.number])
    except Exception as error:  # superfences would show the fence as inline code and lose the one after it
        log.exception("a cell cannot be shown")
        return _box("cell-fault", f"{type(error).__name__}: {error}")


def _cell(md: Markdown, state: _State, block: Block, result: CellResult) -> str:
    script = parse(block.source)
    parts = list(_segments(md, state, block, script, result))
    if result.status == "notest":
        parts.append(f'<p class="cell-note">未运行：{html.escape(block.options.get("reason") or "")}</p>')
    if result.message:
        title = "这里写的与运行结果不符" if result.status == "failed" else "这个代码块没有运行完"
        parts.append(_box("cell-fault", result.message, title))
    if result.status == "passed":
        parts.append(_ran(state.page, block))
    return f'<figure class="cell" data-status="{result.status}">{"".join(parts)}</figure>'


def _ran(page: Page, block: Block) -> str:
    """What ran and what was compared: the figure's caption, read aloud with it, seen when it is pointed at."""
    counts = ledger.entry(Page(page.path, (block,)), ()).counts
    names = {"lines": "行输出", "errors": "行报错或警告", "figures": "张图"}
    shown = "、".join(f"{counts[name]} {unit}" for name, unit in names.items() if counts.get(name))
    how = "文字与整数逐字相同，小数在印出的位数内相同" if counts.get("approx") else "逐字相同"
    if wild := counts.get("wildcards"):
        how += f"，{wild} 行里的 ... 不论"
    # What was compared first: on a phone the rest is cut off.
    facts = (f"{shown}{how}" if shown else "没有输出", f"torch {_torch()}", f"{page.path} 第 {block.number} 块")
    return f'<figcaption class="cell-ran" data-search-exclude>已运行：{html.escape(" · ".join(facts))}</figcaption>'


@functools.cache
def _torch() -> str:
    """The version of torch that blocks run with, without its build (`+cpu`)."""
    try:
        return metadata.version("torch").partition("+")[0]
    except metadata.PackageNotFoundError:
        return "未安装"


def _segments(md: Markdown, state: _State, block: Block, script: Script, result: CellResult) -> Iterator[str]:
    """The cell's parts in order: code, and under it what it prints."""
    lines = block.source.split("\n")
    at = 0
    for k, statement in enumerate(script.statements):
        if not statement.expected:
            continue
        yield _code(md, state, block, lines, at, statement.end)
        at = statement.end + len(statement.expected)
        printed = [line for line in statement.printed if not FIGURE.fullmatch(line)]
        if printed:
            yield _output(state, "cell-output", "输出", printed)
        warned = result.warnings[k] if k < len(result.warnings) else 0
        if statement.raised[:warned]:
            yield _output(state, "cell-output cell-warns", "警告", statement.raised[:warned])
        if statement.raised[warned:]:
            yield _output(state, "cell-output cell-raises", "报错", statement.raised[warned:])
        for line in statement.printed:
            if match := FIGURE.fullmatch(line):
                yield _figure(state.page, match["name"], match["alt"])
    if "\n".join(lines[at:]).strip():
        yield _code(md, state, block, lines, at, len(lines))


def _code(md: Markdown, state: _State, block: Block, lines: Sequence[str], start: int, end: int) -> str:
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    source = "\n".join(lines[start:end])
    if not source:
        return ""
    machine = md.preprocessors["fenced_code_block"]
    machine.line_count = end - start
    options: dict[str, str] = {}
    if marked := [n - start for n in _numbers(block.options.get("hl_lines")) if start < n <= end]:
        options["hl_lines"] = " ".join(map(str, marked))
    if (first := block.options.get("linenums")) is not None and first.split()[0].isdigit():
        options["linenums"] = str(int(first.split()[0]) + start)
    if start == 0 and block.options.get("title"):
        options["title"] = block.options["title"] or ""
    state.shown[_squeeze(source)] += 1
    shown = machine.highlight(src=source, language="python", options=options, md=md, classes=[], id_value="", attrs={})
    return re.sub(r'class="([^"]*\bhighlight\b)', r'class="\1 cell-code', str(shown), count=1)


def _numbers(text: str | None) -> list[int]:
    """`2 4-6` as 2, 4, 5, 6."""
    numbers: list[int] = []
    for word in (text or "").split():
        first, _, last = word.partition("-")
        if first.isdigit() and (last or first).isdigit():
            numbers += range(int(first), int(last or first) + 1)
    return numbers


def _output(state: _State, kind: str, label: str, lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    state.shown[_squeeze(text)] += 1
    return (
        f'<div class="{kind}"><span class="cell-label" aria-hidden="true">{label}</span>'
        f'<pre class="output" role="group" aria-label="{label}"><code>{html.escape(text)}</code></pre></div>'
    )


def _figure(page: Page, name: str, alt: str) -> str:
    """A stored figure, inline, so that it takes the page's text colour and fonts."""
    try:
        assert page.file is not None
        svg = (page.file.parent / name).read_text(encoding="utf-8")
    except (OSError, AssertionError):
        return _box("cell-fault", f"图 {name} 还没有生成；运行 make update")
    # matplotlib gives every figure the same ids (`axes_1`), and a page may show several.
    own = re.sub(r"\W+", "-", Path(name).stem)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}-", svg)
    svg = re.sub(r"<svg", f'<svg role="img" aria-label="{html.escape(alt)}"', svg, count=1)
    return f'<div class="cell-figure">{svg}</div>'


def _graph(page: Page, block: Block, result: CellResult) -> str:
    fault = _box("cell-fault", result.message, "这张图与运行结果不符") if result.message else ""
    return graph.figure(block, page.file.parent if page.file else None, result.status, fault)


def _box(kind: str, message: str, title: str = "") -> str:
    """A fault where it stands, in red, as text."""
    head = f"<p>{html.escape(title)}</p>" if title else ""
    body = html.escape(message).replace("\n", "&#10;")
    return f'<div class="{kind}" role="alert">{head}<code>{body}</code></div>'


# ---- the whole page


class _Whole(Treeprocessor):
    """After the table of contents has rendered the headings: what is postprocessed next is the page."""

    def run(self, root: Any) -> None:
        if (state := _state(self.md)) is not None:
            state.whole = True


_FORMULA = re.compile(r'<(span|div) class="arithmatex(?: long)?" data-tex="([^"]*)"[^>]*>.*?</math></\1>', re.DOTALL)
_MATH_FAULT = re.compile(r'<(span|div) class="math-fault"')
_PRE = re.compile(r"<pre\b[^>]*>(.*?)</pre>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


class _Gate(Postprocessor):
    """Holds what the page shows against what was checked, both ways, and marks the checked formulas."""

    def run(self, text: str) -> str:
        state = _state(self.md)
        if state is None or not state.whole:
            return text
        state.whole = False
        for block in state.waiting:
            log.error("%s:%s: this block was run but the site does not show it as a cell", state.page.path, block.line)
        for code in _PRE.findall(text):
            shown = _squeeze(html.unescape(_TAG.sub("", code)))
            if state.shown[shown] <= 0:
                why = "the site shows text as code that no fence of the page holds"
                log.error("%s: %s:\n%s", state.page.path, why, shown)
            state.shown[shown] -= 1
        return _marked(text, state) + tally.foot(state.page, state.findings)


def _marked(text: str, state: _State) -> str:
    """The page with a mark at each checked formula. Formulas pair with the reader's by TeX, in order."""
    formulas = [finding for finding in state.findings if finding.kind == "formula"]
    waiting: dict[str, list[Finding]] = {}
    for finding in formulas:
        waiting.setdefault(_tex(finding.source), []).append(finding)
    number = 0

    def mark(match: re.Match[str]) -> str:
        nonlocal number
        tex = _tex(html.unescape(match[2]))
        if not waiting.get(tex):
            log.error("%s: typeset, but the reader did not find this formula: `%s`", state.page.path, tex)
            return match[0] + _box("math-fault", f"这个公式没有被检验：{tex}")
        number += 1
        return proof(match[0], waiting[tex].pop(0), number)

    text = _FORMULA.sub(mark, text)
    lost = [finding for rows in waiting.values() for finding in rows]
    if len(lost) > len(_MATH_FAULT.findall(text)):  # those that MathJax refused are reported there
        for finding in lost:
            log.error(
                "%s:%s: this formula is not typeset as one; a display formula needs blank lines around it: `%s`",
                state.page.path,
                finding.line,
                _tex(finding.source),
            )
    return text


def _tex(tex: str) -> str:
    return " ".join(tex.split())


def _squeeze(text: str) -> str:
    """Code as compared between page and site: without trailing space and outer blank lines."""
    return "\n".join(line.rstrip() for line in text.expandtabs(4).strip("\n").split("\n")).strip()


class ProofreadExtension(Extension):
    """`proofread.faces.markdown` in `markdown_extensions`, after `pymdownx.superfences`."""

    def extendMarkdown(self, md: Markdown) -> None:
        fences = [e for e in md.registeredExtensions if hasattr(e, "extend_super_fences")]
        if not fences:
            raise ValueError("list proofread.faces.markdown after pymdownx.superfences in markdown_extensions")
        for name in sorted(PYTHON):
            fences[0].extend_super_fences(name, fence, validate, lambda md: None)
        fences[0].extend_super_fences(GRAPH, functools.partial(fence, draws=True), validate, lambda md: None)
        # Before pymdownx.snippets (32), which aborts the build at a missing file, and its kin (35).
        md.preprocessors.register(_Reader(md), "proofread", 40)
        md.treeprocessors.register(_Whole(md), "proofread-whole", -100)
        # After the formulas are typeset (5).
        md.postprocessors.register(_Gate(md), "proofread-gate", 4)


def makeExtension(**options: Any) -> ProofreadExtension:
    """Python-Markdown's entry point."""
    return ProofreadExtension(**options)
