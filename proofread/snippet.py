"""Put snippets in place with pymdownx's own machine, and keep for each line the file and line it stands in.

Using the machine that the site uses means that what is tested cannot drift from what is shown; what it passes
over in silence (a cycle, an unclosed `--8<--`) is an error here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, SupportsIndex

import markdown
from pymdownx.snippets import SnippetExtension, SnippetMissingError, SnippetPreprocessor


class Located(str):
    """A line of text that remembers where it stands, through what pymdownx does to a line."""

    path: str
    line: int
    ranged: bool
    """Whether a page shows it by its number (`file.py:3:7`), so that its file must not grow above it."""

    def __new__(cls, text: str, path: str, line: int, ranged: bool = False) -> Located:
        self = super().__new__(cls, text)
        self.path, self.line, self.ranged = path, line, ranged
        return self

    def put(self, text: str) -> Located:
        """Another text in this place."""
        return Located(text, self.path, self.line, self.ranged)

    def __radd__(self, indent: str) -> Located:
        return self.put(indent + str(self))

    def __add__(self, tail: str) -> Located:
        return self.put(str(self) + tail)

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> Located:
        """As `str.replace`: pymdownx takes the `;` off an escaped marker this way."""
        return self.put(str(self).replace(old, new, count))


class SnippetError(Exception):
    """A snippet that cannot be put in place; the message says which and what to do."""


class Unreadable(SnippetError):
    """A line of a file that is no text."""

    def __init__(self, name: str, line: int, why: str) -> None:
        super().__init__(f"{name}:{line}: {why}")
        self.line, self.why = line, why


class _Located(SnippetPreprocessor):
    """pymdownx's preprocessor, reading located lines and refusing what it would pass over."""

    def read_lines(self, path: str) -> list[Located]:
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise SnippetError(f"snippet {short(path)} cannot be read: {error.strerror}") from None
        return [Located(text, path, i) for i, text in enumerate(split_lines(data, short(path)), 1)]

    def get_snippet_path(self, path: str) -> str | None:
        if path.lower().startswith(("http://", "https://")):
            raise SnippetError(f"snippet {path!r} is an address; snippets come from files only")
        found: str | None = super().get_snippet_path(path)
        if found is None:
            bases = ", ".join(short(base) for base in self.base_path)
            raise SnippetError(f"snippet file {path!r} is not there (looked in {bases})")
        if not os.path.isfile(found):
            raise SnippetError(f"snippet {path!r} is not a file")
        if found in self.seen:
            raise SnippetError(f"snippet {path!r} includes itself")
        return found

    def match_section(self, line: str) -> Any:
        match = super().match_section(line)
        # An escaped marker's line is put together from the match's parts: let the first remember the place.
        return _Escaped(match, line) if match and match["escape"] and isinstance(line, Located) else match

    def extract_section(self, section: str, lines: list[str]) -> Any:
        markers = [(m["name"], m["type"]) for line in lines if (m := self.match_section(line)) and not m["escape"]]
        where = short(getattr(lines[0], "path", "?")) if lines else "?"
        mine = [type_ for name, type_ in markers if name == section]
        if "start" not in mine:
            have = ", ".join(sorted({name for name, _ in markers})) or "none"
            raise SnippetError(f"snippet {where} has no section {section!r}; it has: {have}")
        if mine != ["start", "end"]:
            why = f"has {mine.count('start')} starts and {mine.count('end')} ends of section {section!r}"
            raise SnippetError(f"snippet {where} {why}; it needs one start and after it one end")
        found = super().extract_section(section, lines)
        if not any(line.strip() for line in found):
            raise SnippetError(f"section {section!r} of snippet {where} is empty")
        return found

    def extract_lines(self, start: list[int | None], end: list[int | None], lines: list[str]) -> Any:
        found = super().extract_lines(start, end, lines)
        size = len(lines) - (lines[-1] == "")
        # pymdownx counts the first line from 0 by now, unless it is counted from the end.
        asked = [n + 1 if n >= 0 else n for n in start if n is not None] + [n for n in end if n is not None]
        if not all(0 < abs(n) <= size for n in asked) or not any(line.strip() for line in found):
            where = short(getattr(lines[0], "path", "?"))
            raise SnippetError(f"snippet {where} has {size} lines; the lines asked for are not all there, or are empty")
        return [Located(text, text.path, text.line, ranged=True) for text in found]


class _Escaped:
    """The match of an escaped section marker whose first part is located."""

    def __init__(self, match: re.Match[str], line: Located) -> None:
        self.match, self.line = match, line

    def __getitem__(self, name: str) -> str:
        return self.line.put(self.match[name]) if name == "pre" else self.match[name]

    group = __getitem__


def short(path: str | os.PathLike[str]) -> str:
    """A path as an author names it: relative to the working directory if it lies below."""
    path = os.fspath(path)
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def split_lines(data: bytes, name: str) -> list[str]:
    """The lines of a UTF-8 file without their ends; only `\\n` and `\\r\\n` end a line.

    Raises:
        Unreadable: a byte is not UTF-8, or a `\r` stands within a line (to Python and to browsers it ends one);
            names file, line and byte.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = f"0x{data[error.start]:02x}"
        raise Unreadable(name, line, f"byte {byte} is not UTF-8; save the file as UTF-8") from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if broken := next((i for i, line in enumerate(lines, 1) if "\r" in line), None):
        raise Unreadable(name, broken, "a carriage return (0x0d) that ends no line; end lines with \\n or \\r\\n")
    return lines


def expand(
    lines: Sequence[str], path: str, bases: Iterable[Path], first_line: int = 1
) -> tuple[list[Located], list[int], list[tuple[int, str]]]:
    """Put the snippets of a page in place.

    Args:
        lines: the page's lines; path: the page; bases: folders that snippets are looked for in;
        first_line: the page line of `lines[0]`.

    Returns:
        the lines, each with the place it stands in; for each of them the page line that the reader sees;
        and for each snippet that could not be put in place its page line and what is wrong.
    """
    md = markdown.Markdown()
    extension = SnippetExtension(base_path=[str(base) for base in bases], check_paths=True, restrict_base_path=True)
    machine = _Located(extension.getConfigs(), md)
    located = [Located(text, path, i) for i, text in enumerate(lines, first_line)]
    out: list[Located] = []
    page_lines: list[int] = []
    faults: list[tuple[int, str]] = []
    i = 0
    while i < len(located):
        group = [located[i]]
        marker = machine.RE_ALL_SNIPPETS.match(located[i])
        if marker and marker["block_marker"] and not marker["escape"]:
            # The block form: everything up to the next marker belongs to it.
            markers = ((j, machine.RE_ALL_SNIPPETS.match(located[j])) for j in range(i + 1, len(located)))
            end = next((j for j, m in markers if m and m["block_marker"]), None)
            if end is None:
                faults.append((located[i].line, "this `--8<--` is not closed by a second one"))
                break
            group = located[i : end + 1]
        i += len(group)
        machine.seen = set()
        machine.bases = None
        try:
            new = machine.parse_snippets(group)
        except (SnippetError, SnippetMissingError) as error:
            faults.append((group[0].line, str(error)))
            continue
        for text in new:
            out.append(text if isinstance(text, Located) else Located(text, path, group[0].line))
            page_lines.append(group[0].line)
    return out, page_lines, faults
