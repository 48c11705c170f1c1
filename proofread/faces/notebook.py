"""Each page as a notebook: prose and formulas in Markdown cells, code in cells with the outputs that the page shows.

It is made from the reader's page alone and runs nothing: `check` says whether the outputs are true. The notebook needs
torch and not this package; a statement that must raise carries Jupyter's tag `raises-exception`. The bytes depend on
the page, its settings and the installed versions that it names, on nothing else.

A laboratory is a notebook already: it gets the same line under its title, and its links lead to the site.
"""

from __future__ import annotations

import ast
import html
import json
import os
import posixpath
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from proofread import project
from proofread.check import find_pages
from proofread.faces.plain import data_address, on_white, plain, stored_graph
from proofread.outputs.expect import FIGURE, Statement, parse, syntax
from proofread.page import Block, Page, read, read_file

Cell = dict[str, Any]

SETUP = """\
# 显示与网页一致：单独一行的表达式按 repr 原样显示；输出不另留引用
%config PlainTextFormatter.pprint = False
get_ipython().displayhook.cache_size = 0"""
"""IPython breaks long tuples into lines, and its `Out` keeps every value alive; a page does neither."""
DRAWING = """\
# 图里的文字由浏览器排，中文不会成为方框
%matplotlib inline
%config InlineBackend.figure_formats = ["svg"]
import logging, warnings
import matplotlib
matplotlib.rcParams.update({"svg.fonttype": "none", "axes.unicode_minus": False})
warnings.filterwarnings("ignore", message="Glyph .* missing from")
logging.getLogger("matplotlib.font_manager").setLevel("ERROR")"""
"""What a page that draws needs besides."""

OURS = __name__.partition(".")[0]
JUPYTER = {"IPython"}
"""What is there wherever a notebook runs."""

METADATA: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


class NoNotebook(Exception):
    """A page that cannot become a notebook; the message says where and why, a line for each fault."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a project's pages stand and are published."""

    docs: Path
    url: str
    """Its address with a slash at the end, or nothing."""

    def address(self, name: str) -> str:
        """The address of a file of `docs` (`autograd/detach.md`) on the site."""
        stem, extension = posixpath.splitext(name)
        if extension not in (".md", ".ipynb"):
            return self.url + name
        folder, last = posixpath.split(stem)
        return self.url + (f"{folder}/" if last == "index" and folder else "" if last == "index" else f"{stem}/")


# ---- a page


def notebook(page: Page, site: Site | None = None, neighbours: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """A page as a notebook (nbformat 4.5), JSON-ready.

    Args:
        page: the page, read; site: where links to other pages lead, if it has an address;
        neighbours: for pages that become notebooks too, relative to this one's folder: where links lead without a site.

    Raises:
        NoNotebook: the page or one of its blocks cannot be read.
    """
    faults = [f"{fault.path}:{fault.line}: {fault.message}" for fault in page.faults]
    runs = [block for block in page.blocks if block.runs]
    for block in runs:
        for index, why in parse(block.source).faults:
            line = block.lines[index] if block.lines else None
            faults.append(f"{page.path}:{line.page_line if line else block.line}: {why}")
    for block in page.blocks:
        if block.draws and not ((file := stored_graph(page, block)) and file.is_file()):
            faults.append(f"{page.path}:{block.line}: this graph is not stored yet; `make update` stores it")
    if faults:
        raise NoNotebook("\n".join(faults))
    cells: list[Cell] = []
    quiet = {"print", "backward"}
    for part in plain(page, lambda target: _target(page.file, target, site, neighbours or {})):
        if isinstance(part, str):
            note = _note(page.file, [block.source for block in runs], site) if not cells else ""
            cells.append(_markdown(f"text-{len(cells) + 1}", _with_note(part, note)))
            continue
        if part is runs[0]:
            draws = any("matplotlib" in block.source for block in runs)
            cells.append(_code("setup", f"{SETUP}\n\n{DRAWING}" if draws else SETUP, [], raises=False))
        quiet |= _functions_without_value(part)
        cells += _cells(part, quiet, page)
    for count, cell in enumerate((cell for cell in cells if cell["cell_type"] == "code"), 1):
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                output["execution_count"] = count
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def text(notebook: dict[str, Any]) -> str:
    """A notebook as the text of its file, as Jupyter itself writes it."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True) if "\n" in text else [text] * bool(text)


def _markdown(name: str, source: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": _lines(source)}


def _code(name: str, source: str, outputs: list[dict[str, Any]], raises: bool) -> Cell:
    tags = {"tags": ["raises-exception"]} if raises else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": tags,
        "outputs": outputs,
        "source": _lines(source),
    }


def _note(file: Path | None, sources: Iterable[str], site: Site | None) -> str:
    """The line under a title: where the page stands, and what must be installed for its programs."""
    notes = []
    if site and site.url and file and file.is_relative_to(site.docs):
        address = site.address(file.relative_to(site.docs).as_posix())
        notes.append(f"本页的网页版：<{address}>。")
    needs = _needs(sources)
    if packages := [name for name in needs if name != OURS]:
        notes.append(f"运行前安装 `pip install {' '.join(packages)}`，单元从上到下依次运行。")
    if OURS in needs:
        notes.append(f"还要装上检验器 {OURS}，见正文。")
    return "> " + "".join(notes) if notes else ""


def _with_note(part: str, note: str) -> str:
    """The first text with the line under its title."""
    if not note:
        return part
    title, _, rest = part.partition("\n")
    return f"{title}\n\n{note}\n{rest}" if title.startswith("#") else f"{note}\n\n{part}"


def _needs(sources: Iterable[str]) -> list[str]:
    """The packages outside the standard library that programs import, with their versions here."""
    names: dict[str, None] = {}
    for source in sources:
        for node in ast.walk(syntax(source)):
            if isinstance(node, ast.Import):
                names |= dict.fromkeys(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names[node.module.partition(".")[0]] = None
    if "torch" in names:
        names["numpy"] = None  # torch warns where it is missing
    found = []
    for name in names:
        if name == OURS:
            found.append(name)  # no registry has it
        elif name not in sys.stdlib_module_names | JUPYTER:
            try:
                found.append(f"{name}=={metadata.version(name).partition('+')[0]}")
            except metadata.PackageNotFoundError:
                found.append(name)
    return found


# ---- code


def _functions_without_value(block: Block) -> set[str]:
    """The functions that a block defines and that give nothing back: a bare call of one prints and echoes nothing."""

    def gives(node: ast.AST) -> bool:
        inner = ast.FunctionDef | ast.Lambda | ast.ClassDef
        below = (child for child in ast.iter_child_nodes(node) if not isinstance(child, inner))
        here = isinstance(node, ast.Yield | ast.YieldFrom) or (isinstance(node, ast.Return) and node.value is not None)
        return here or any(map(gives, below))

    defined = [node for node in syntax(block.source).body if isinstance(node, ast.FunctionDef)]
    return {node.name for node in defined if not node.decorator_list and not gives(node)}


def _called(node: ast.stmt) -> str | None:
    """The name of the function or method that a bare expression calls."""
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return None
    function = node.value.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", None)


def _cells(block: Block, quiet: set[str], page: Page) -> Iterator[Cell]:
    """A block's cells: each ends with a statement that has output; what follows the last has a cell of its own."""
    lines = block.source.split("\n")
    nodes = syntax(block.source).body
    name = f"block-{block.number}"
    at = count = 0
    for node, statement in zip(nodes, parse(block.source).statements, strict=True):
        if statement.expected:
            count += 1
            warned, raised = _complaints(statement)
            echoes = statement.echo and _called(node) not in quiet
            outputs = list(_outputs(statement, echoes, warned, raised, page))
            yield _code(f"{name}-{count}", _source(lines, at, statement.end), outputs, raised is not None)
            at = statement.end + len(statement.expected)
    if rest := _source(lines, at, len(lines)):
        yield _code(f"{name}-{count + 1}", rest, [], raises=False)


def _source(lines: Sequence[str], start: int, end: int) -> str:
    return "\n".join(line.rstrip() for line in lines[start:end]).strip("\n")


def _complaints(statement: Statement) -> tuple[list[str], str | None]:
    """A statement's `#!` lines as its warnings and its exception, which comes last."""
    texts: list[str] = []
    for line in statement.raised:
        if not texts or re.match(r"[A-Za-z_][\w.]*(?:Warning|Error|Exception|Interrupt|Exit|Iteration)\b", line):
            texts.append(line)
        else:
            texts[-1] += "\n" + line
    if texts and not re.match(r"[\w.]*Warning\b", texts[-1]):
        return texts[:-1], texts[-1]
    return texts, None


def _outputs(
    statement: Statement, echoes: bool, warned: list[str], raised: str | None, page: Page
) -> Iterator[dict[str, Any]]:
    printed = [line for line in statement.printed if not FIGURE.fullmatch(line)]
    figures = [match for line in statement.printed if (match := FIGURE.fullmatch(line))]
    if warned:
        yield {"name": "stderr", "output_type": "stream", "text": _lines("\n".join(warned) + "\n")}
    if printed and not echoes:
        yield {"name": "stdout", "output_type": "stream", "text": _lines("\n".join(printed) + "\n")}
    if printed and echoes:
        data = {"text/plain": _lines("\n".join(printed))}
        yield {"data": data, "execution_count": None, "metadata": {}, "output_type": "execute_result"}
    for match in figures:
        yield {"data": _picture(page, match["name"], match["alt"]), "metadata": {}, "output_type": "display_data"}
    if raised is not None:
        head, _, value = raised.partition(": ")
        kind = head.rpartition(".")[2]
        yield {"ename": kind, "evalue": value, "output_type": "error", "traceback": raised.split("\n")}


def _picture(page: Page, name: str, alt: str) -> dict[str, list[str]]:
    """A stored figure as Jupyter shows it even before anyone trusts the notebook."""
    try:
        assert page.file is not None
        svg = (page.file.parent / name).read_text(encoding="utf-8")
    except (OSError, AssertionError):
        raise NoNotebook(f"{page.path}: the figure {name} is not stored yet; `make update` stores it") from None
    return {"text/html": [_image(svg, alt)], "text/plain": [alt]}


def _image(svg: str, alt: str) -> str:
    address = data_address("image/svg+xml", on_white(svg).encode("utf-8"))
    return f'<img alt="{alt.replace("&", "&amp;").replace(chr(34), "&quot;")}" src="{address}">'


# ---- a laboratory


def laboratories(folder: Path) -> list[Path]:
    """The notebooks below a folder that are pages of a site: their metadata say under `page` what they need."""
    found = []
    for file in sorted(folder.rglob("*.ipynb")):
        if not any(part.startswith(".") for part in file.relative_to(folder).parts):
            try:
                made = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue  # no page; a laboratory that cannot be read fails the site's build
            if isinstance(made, dict) and "page" in made.get("metadata", {}):
                found.append(file)
    return found


def laboratory(file: Path, site: Site | None = None, neighbours: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """A laboratory (nbformat 4.5) for those who take it away: with the line under its title, links and pictures as in
    the notebooks of pages (see `notebook`), cells and their outputs as they are.

    Raises:
        NoNotebook: it cannot be read, or code stands in its text.
    """
    try:
        made: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        cells, sources = made["cells"], ["".join(cell["source"]) for cell in made["cells"]]
        programs = [text for cell, text in zip(cells, sources, strict=True) if cell["cell_type"] == "code"]
        note = _note(file.resolve(), programs, site)
    except (OSError, ValueError, KeyError, TypeError, SyntaxError) as error:
        raise NoNotebook(f"{file}: this notebook cannot be read: {error}") from None
    for number, (cell, source) in enumerate(zip(cells, sources, strict=True), 1):
        if cell["cell_type"] == "markdown":
            page = read(source.split("\n"), file.as_posix(), file=file.resolve())
            parts = plain(page, lambda target: _target(file.resolve(), target, site, neighbours or {}))
            if len(parts) != 1 or not isinstance(parts[0], str):
                raise NoNotebook(f"{file}: cell {number} has no text, or Python in its text; code has cells of its own")
            cell["source"] = _lines(_with_note(parts[0], note if number == 1 else ""))
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if (drawn := "".join(data.get("text/html", ""))).startswith("<svg"):
                label = re.search(r'aria-label="([^"]*)"', drawn)
                data["text/html"] = [_image(drawn, html.unescape(label[1]) if label else "图")]
    return {**made, "metadata": METADATA}


# ---- links


def _target(page: Path | None, target: str, site: Site | None, neighbours: Mapping[Path, str]) -> str:
    """Where a link of a page leads from a notebook: to the site, or without one to the neighbour notebook."""
    path, mark, fragment = target.partition("#")
    if re.match(r"[A-Za-z][\w+.-]*:|/", target) or page is None:
        return target
    file = (page.parent / path).resolve() if path else page
    if site and site.url and file.is_relative_to(site.docs):
        return site.address(file.relative_to(site.docs).as_posix()) + mark + fragment
    # A notebook's headings have other names than the page's.
    return neighbours.get(file, path) if path else target


class _Settings(yaml.SafeLoader):
    """`mkdocs.yml` without its functions."""


def _environment(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """`!ENV NAME` and `!ENV [NAME, default]`."""
    names = loader.construct_sequence(node) if isinstance(node, yaml.SequenceNode) else [node.value, None]
    return next((os.environ[name] for name in names[:-1] if name in os.environ), names[-1])


_Settings.add_constructor("!ENV", _environment)
_Settings.add_multi_constructor("!", lambda loader, suffix, node: None)
_Settings.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: None)


def site_of(path: Path) -> Site | None:
    """The site that a page belongs to, or None for notes outside any.

    Raises:
        NoNotebook: its `mkdocs.yml` cannot be read.
    """
    config = project.find(path).root / "mkdocs.yml"
    if not config.is_file():
        return None
    try:
        settings = yaml.load(config.read_text(encoding="utf-8"), _Settings) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise NoNotebook(f"{config}: cannot be read: {error}") from None
    url = str(settings.get("site_url") or "")
    docs = (config.parent / str(settings.get("docs_dir") or "docs")).resolve()
    return Site(docs, url.rstrip("/") + "/" if url else "")


# ---- files


def destinations(paths: Iterable[str]) -> dict[Path, Path]:
    """The pages named by paths, laboratories in folders too, and for each the path of its notebook below the output
    folder: that of the page in its project's `docs`, or else in the folder that was named.

    Raises:
        NothingToCheck: a path that holds no page; NoNotebook: two pages would be one file.
    """
    found: dict[Path, Path] = {}
    for name in paths:
        for path in [*find_pages([name]), *laboratories(Path(name))]:
            file = path.resolve()
            site = site_of(file)
            if site and file.is_relative_to(site.docs):
                relative = file.relative_to(site.docs)
            else:
                relative = path.relative_to(name) if Path(name).is_dir() else Path(path.name)
            found[path] = relative.with_suffix(".ipynb")
    for path, relative in found.items():
        if same := [p for p in found if found[p] == relative and p.resolve() != path.resolve()]:
            raise NoNotebook(f"{path} and {same[0]} would both become {relative}; give them separately")
    return found


def write(paths: Iterable[str], folder: Path) -> tuple[int, list[str]]:
    """Write the notebooks of pages below a folder; a page that cannot be read has none, nor keeps an old one.

    Returns:
        how many were written, and what is wrong with the other pages.

    Raises:
        NothingToCheck, NoNotebook: as `destinations`; OSError: the folder cannot be written to.
    """
    pages = destinations(paths)
    where = {path.resolve(): relative for path, relative in pages.items()}
    wrong: list[str] = []
    for path, relative in pages.items():
        target = folder / relative
        neighbours = {p: posixpath.relpath(r.as_posix(), relative.parent.as_posix()) for p, r in where.items()}
        try:
            site = site_of(path)
            if path.suffix == ".ipynb":
                made = laboratory(path, site, neighbours)
            else:
                made = notebook(read_file(path, path.as_posix()), site, neighbours)
            content = text(made)
        except NoNotebook as error:
            wrong.append(str(error))
            target.unlink(missing_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")
    return len(pages) - len(wrong), wrong
