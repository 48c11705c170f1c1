"""Write real outputs back under the statements that gave them. The only module that writes into pages and snippets.

Every other byte stays: line ends, tabs, comments, trailing spaces. A file is replaced whole or not at all.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofread.outputs.expect import FIGURE, Ran, Statement, as_comments, merge, merge_messages, visible
from proofread.outputs.run import BlockResult
from proofread.page import Line, Page, normal
from proofread.snippet import short


@dataclass(frozen=True, slots=True)
class Edit:
    """The output lines under one statement: what stands there, and what is to stand there."""

    path: str
    start: int
    """Line of the file (from 0) after the statement."""
    lines: tuple[str, ...]
    """The output lines to stand there, with what stands before them in the file (indentation, quote signs)."""
    old: tuple[str, ...]
    """The statement's last line and the output lines now under it, as the page's reader sees them."""
    ranged: bool = False
    """Whether a page shows these lines by their numbers."""

    @property
    def end(self) -> int:
        """Line of the file (from 0) after the old output lines."""
        return self.start + len(self.old) - 1


class UpdateError(Exception):
    """An output that cannot be written back; says where and why."""


def edits(page: Page, results: Iterable[BlockResult]) -> Iterator[Edit]:
    """The output lines of all statements, also those that hold: a snippet shown twice must suit both places.

    Lines that still match (wildcards too) stay as they are. A block that is wrong in any other way than by its output
    is left alone.

    Raises:
        UpdateError: an output does not stand right under its statement in one file.
    """
    for result in results:
        if result.status not in ("passed", "failed") or result.problems or result.block.draws:
            continue
        approx = "approx" in result.block.options
        for statement, ran in zip(result.script.statements, result.ran, strict=True):
            if not statement.joined:
                yield from _edit(page, result, statement, _comments(statement, ran, approx))


def _comments(statement: Statement, ran: Ran, approx: bool) -> list[str]:
    """The output lines to stand under a statement; as they are if they say the same."""
    figures = [line for line in statement.printed if FIGURE.fullmatch(line)]
    text = [line for line in statement.printed if not FIGURE.fullmatch(line)]
    printed = merge(text, ran.printed, approx)
    raised = merge_messages(statement.raised, ran.messages)
    if printed == text and raised == list(statement.raised):
        return [f"#{line.kind} {line.text}" if line.text else f"#{line.kind}" for line in statement.expected]
    return [*as_comments("#>", printed), *as_comments("#>", figures), *as_comments("#!", raised)]


def _edit(page: Page, result: BlockResult, statement: Statement, comments: Sequence[str]) -> Iterator[Edit]:
    block = result.block.lines
    first, last = block[statement.start], block[statement.end - 1]
    rows = [last, *(block[e.index] for e in statement.expected)]
    in_one_place = all(row.path == last.path and row.line == last.line + i for i, row in enumerate(rows))
    if not in_one_place or first.path != last.path:
        if comments != [row.text for row in rows[1:]]:
            place = f"{short(last.path)}:{last.line}"
            raise UpdateError(f"{place}: the output of this statement does not stand right under it in the same file")
        return
    path = _file(page, last)
    indent = _indent(path, first.line)
    lines = tuple(indent + line for line in comments)
    yield Edit(path, last.line, lines, tuple(row.text for row in rows), any(row.ranged for row in rows))


def _file(page: Page, line: Line) -> str:
    """The file that a line stands in; one name for each file, however it is reached."""
    return os.path.realpath(page.file if page.file is not None and line.path == page.path else line.path)


def _indent(path: str, line: int) -> str:
    """What stands before a statement in its file: the fence's indentation, a block quote's `> `."""
    raw = Path(path).read_bytes().split(b"\n")[line - 1].decode("utf-8-sig")
    return raw[: len(raw) - len(raw.lstrip(" \t>"))]


def apply(path: str, changes: Iterable[Edit], numbered: Collection[str] = ()) -> tuple[bytes, bytes]:
    """A file's bytes before and after its edits, which may come in any order and more than once.

    Args:
        numbered: files that some page shows by line numbers.

    Raises:
        UpdateError: two edits want different lines in one place (a snippet shown twice with different outputs); the
            file is no longer the one that ran; or lines would move that a page shows by their numbers.
    """
    before = Path(path).read_bytes()
    rows = [_split(row) for row in re.findall(rb"[^\n]*\n|[^\n]+", before)]
    default = next((ending for _, ending in rows if ending), b"\n")
    places: dict[int, Edit] = {}
    for edit in changes:
        if places.setdefault(edit.start, edit).lines != edit.lines:
            place = f"{short(path)}:{edit.start}"
            raise UpdateError(f"{place}: this statement is shown more than once and its outputs differ")
    for start, edit in sorted(places.items(), reverse=True):
        now = [_read(content) for content, _ in rows[start - 1 : edit.end]]
        if len(now) != len(edit.old) or not all(map(_stands, now, edit.old)):
            raise UpdateError(f"{short(path)}:{start}: this is not the text that ran; run the update again")
        new = [line.encode("utf-8") for line in edit.lines]
        if new == [content for content, _ in rows[start : edit.end]]:
            continue
        if len(new) != edit.end - start and (edit.ranged or path in numbered):
            why = "a page shows this file by line numbers, which would move; make it a section"
            raise UpdateError(f"{short(path)}:{start}: {why} (`# --8<-- [start:name]`)")
        above, ending = rows[start - 1]
        last = rows[edit.end - 1][1]
        if new:
            rows[start - 1] = above, ending or default
        rows[start : edit.end] = [
            (line, last if i == len(new) - 1 and not last else ending or default) for i, line in enumerate(new)
        ]
    return before, b"".join(content + ending for content, ending in rows)


def _split(row: bytes) -> tuple[bytes, bytes]:
    """A line's content and its end."""
    content = row.removesuffix(b"\n").removesuffix(b"\r") if row.endswith(b"\n") else row
    return content, row[len(content) :]


def _read(content: bytes) -> str:
    return normal(content.decode("utf-8-sig", "replace"))


def _stands(now: str, old: str) -> bool:
    """Whether a line of a file is a block's line behind its indentation."""
    return now.endswith(old) and not now[: len(now) - len(old)].strip(" >")


def difference(path: str, before: bytes, after: bytes) -> str:
    """A unified diff of a file, as text for a screen."""
    if path.endswith(".svg"):
        return f"{path}: drawn {'again' if before else 'for the first time'}"
    old, new = (
        data.decode("utf-8", "replace").removesuffix("\n").replace("\r\n", "\n").split("\n") for data in (before, after)
    )
    return "\n".join(map(visible, difflib.unified_diff(old, new, path, path, lineterm="", n=2)))


def write(path: str, data: bytes) -> None:
    """Replace a file at one stroke: a crash leaves the old one. A link stays a link.

    Raises:
        UpdateError: the file cannot be written.
    """
    target = Path(path).resolve()
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, target.stat().st_mode & 0o7777 if target.exists() else 0o644)
        os.replace(temporary, target)
    except BaseException as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError):
            raise UpdateError(f"{short(path)} cannot be written: {error.strerror}") from None
        raise
