"""What a page says of itself in its front matter, as readers see it: a line under its title, and the page of tags.

    ---
    needs: [conventions.md]   # pages to read before, as links from here; [] if none
    tags: [梯度, 雅可比矩阵]     # terms of the glossary
    ---

A laboratory (a notebook) says the same in its metadata, under `page`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from proofread import project
from proofread.faces import terms
from proofread.page import Block, Formula, Heading, Page, Prose, read_file

#: Where a project keeps its page of tags.
TAGS = "docs/tags.md"
_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_LETTER = re.compile(r"[\u4e00-\u9fff]|[A-Za-z0-9_]+")


class MatterError(Exception):
    """Front matter that says something which cannot be shown; the message tells what to do."""


@dataclass(frozen=True, slots=True)
class Matter:
    """The part of a page's front matter that is ours."""

    needs: tuple[str, ...] | None = None
    """None if the page does not say: then nothing is shown under its title."""
    tags: tuple[str, ...] = ()


def read(file: Path) -> Matter:
    """A page's front matter, or a notebook's metadata. A page without any has an empty one.

    Raises:
        MatterError: it is not YAML, or what it says has the wrong form.
    """
    if file.suffix == ".ipynb":
        said = _notebook(file).get("metadata", {}).get("page")
        return Matter(_names(said, "needs"), _names(said, "tags") or ()) if isinstance(said, dict) else Matter()
    found = _MATTER.match(file.read_text(encoding="utf-8"))
    try:
        data = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError as error:
        raise MatterError(f"the front matter is not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        return Matter()
    needs = _names(data, "needs")
    return Matter(needs, _names(data, "tags") or ())


def _notebook(file: Path) -> dict[str, Any]:
    try:
        notebook = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise MatterError(f"{file.name} is no notebook: {error}") from None
    return notebook if isinstance(notebook, dict) else {}


def _names(data: dict[str, Any], key: str) -> tuple[str, ...] | None:
    names = data.get(key)
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise MatterError(f"`{key}` in the front matter is a list of names, like `{key}: [a, b]`, not {names!r}")
    return tuple(names)


def minutes(page: Page, programs: int = 0) -> int:
    """How long a page takes to read, in minutes: at least 1, from 20 on in fives.

    An estimate: 300 Chinese characters (or as many English words) a minute, 3 seconds for a formula in a line, 20 for
    one of its own, 30 for a block of code (and for each of `programs`, cells of code that are not in the page's text).
    """
    letters = sum(len(_LETTER.findall(item.text)) for item in page.items if isinstance(item, Prose | Heading))
    formulas = sum(20 if item.display else 3 for item in page.items if isinstance(item, Formula))
    blocks = 30 * (programs + sum(isinstance(item, Block) for item in page.items))
    total = letters / 300 + (formulas + blocks) / 60
    return max(1, round(total)) if total < 20 else 5 * round(total / 5)


def line(page: Page) -> list[str]:
    """The line under a page's title, as lines of Markdown; none if the page does not say what it needs.

    Raises:
        MatterError: a page that it needs is not there, or a tag is no term of the glossary.
    """
    text = facts(page.file, minutes(page)) if page.file is not None else ""
    return ["", text, '{: .page-facts data-search-exclude="" }', ""] if text else []


def facts(file: Path, time: int) -> str:
    """What a page says of itself as Markdown in one line; empty if it does not say what it needs.

    Args:
        file: the page; time: how long it takes, in minutes.

    Raises:
        MatterError: see `line`.
    """
    matter = read(file)
    if matter.needs is None:
        return ""
    root = project.find(file).root
    parts = [f"约 {time} 分钟"]
    if matter.needs:
        parts.append("先读：" + "、".join(_needed(file, name) for name in matter.needs))
    if matter.tags:
        to = os.path.relpath(root / TAGS, file.parent).replace(os.sep, "/")
        known = {tag: _anchor(file, tag) for tag in matter.tags}
        parts.append("标签：" + "、".join(f"[{tag}]({to}#{anchor})" for tag, anchor in known.items()))
    return " · ".join(parts)


def tagged(file: Path) -> list[str]:
    """The page of tags: under each tag its pages, as lines of Markdown. `file` is the page that this stands on.

    Raises:
        MatterError: see `line`; the message begins with the page at fault.
    """
    docs = project.find(file).root / Path(TAGS).parent
    pages: dict[str, list[Path]] = {}
    for other in sorted(
        one for one in docs.rglob("*") if one.suffix in (".md", ".ipynb") and one.parent.name[:1] != "."
    ):
        try:
            for tag in read(other).tags:
                pages.setdefault(tag, []).append(other)
        except MatterError as error:
            raise MatterError(f"{other.name}: {error}") from None
    lines = []
    for tag in sorted(pages, key=lambda tag: (-len(pages[tag]), _anchor(file, tag))):
        lines += ["", f"## {tag} {{#{_anchor(file, tag)}}}", ""]
        lines += [f"- [{title(one)}]({os.path.relpath(one, file.parent).replace(os.sep, '/')})" for one in pages[tag]]
    return lines


def _anchor(file: Path, tag: str) -> str:
    term = terms.of(file).get(tag)
    if term is None:
        raise MatterError(f"the tag {tag!r} is no term of the glossary: use one of its terms, or add it there")
    return term.anchor


def title(file: Path) -> str:
    """A page's first heading, without its attributes; its file name if it has none or is gone."""
    try:
        state = file.stat()
    except OSError:
        return file.stem
    return _title(file, (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=1024)
def _title(file: Path, state: tuple[int, int]) -> str:
    """The same for a file in this state: pages name each other often, and to read one takes long."""
    if file.suffix == ".ipynb":
        texts = ("".join(cell.get("source", "")) for cell in _notebook(file).get("cells", []))
        return next((found[1].strip() for text in texts if (found := re.match(r"# (.+)", text))), file.stem)
    return next((item.text for item in read_file(file).items if isinstance(item, Heading)), file.stem)


def _needed(file: Path, name: str) -> str:
    """A page that another one needs, as a link from there."""
    if not (file.parent / name).is_file() or not name.endswith(".md"):
        raise MatterError(f"`needs` names {name}, which is no page; write it as a link from here, like ../index.md")
    return f"[{title(file.parent / name)}]({name})"
