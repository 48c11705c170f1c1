"""Write real outputs back under the statements that gave them. The only module that writes into pages and snippets.

Every other byte stays: line ends, tabs, comments, trailing spaces. A file is replaced whole or not at all.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofread.outputs.expect import FIGURE, Ran, Statement, as_comments, complaints_match, lines_match
from proofread.outputs.run import BlockResult


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines of one file to be replaced: `start` to `end` (from 0, end excluded) by `lines`."""

    path: str
    start: int
    end: int
    lines: tuple[str, ...]


class UpdateError(Exception):
    """An output that cannot be written back; says where and why."""


def edits(results: Iterable[BlockResult]) -> list[Edit]:
    """What has to change in which files for the blocks' outputs to be the real ones.

    Lines that still match (wildcards too) stay as they are. A block that did not run to its end changes nothing.

    Raises:
        UpdateError: an output stands in several files, or under a line range that would move.
    """
    found: list[Edit] = []
    for result in results:
        if result.status != "failed" or result.script.faults:
            continue
        approx = "approx" in result.block.options
        for statement, ran in zip(result.script.statements, result.ran, strict=True):
            lines = _lines(statement, ran, approx)
            if lines is not None:
                found.append(_edit(result, statement, lines))
    return found


def _lines(statement: Statement, ran: Ran, approx: bool) -> list[str] | None:
    """The output lines to stand under a statement, or None if those there still hold."""
    figures = [line for line in statement.printed if FIGURE.fullmatch(line)]
    text = [line for line in statement.printed if not FIGURE.fullmatch(line)]
    same_text = lines_match(text, ran.printed, approx)
    same_complaints = complaints_match(statement.raised, ran.complaints)
    if same_text and same_complaints:
        return None
    kept = Ran(
        tuple(text) if same_text else ran.printed,
        () if same_complaints else ran.warned,
        None if same_complaints else ran.raised,
    )
    complaints = [f"#! {line}" for line in statement.raised] if same_complaints else []
    return [*as_comments(kept), *(f"#> {line}" for line in figures), *complaints]


def _edit(result: BlockResult, statement: Statement, lines: Sequence[str]) -> Edit:
    block = result.block.lines
    first, last = block[statement.start], block[statement.end - 1]
    under = [block[e.index] for e in statement.expected]
    numbers = [last.line, *(line.line for line in under)]
    if any(line.path != last.path for line in under) or numbers != list(range(last.line, last.line + len(numbers))):
        place = f"{last.path}:{last.line}"
        raise UpdateError(f"{place}: the output of this statement does not stand right under it in the same file")
    indent = _indent(first.path, first.line)
    return Edit(last.path, last.line, last.line + len(under), tuple(indent + line for line in lines))


def _indent(path: str, line: int) -> str:
    """What stands before a statement in its file: the fence's indentation, a block quote's `> `."""
    raw = Path(path).read_bytes().split(b"\n")[line - 1].decode("utf-8-sig")
    return raw[: len(raw) - len(raw.lstrip(" \t>"))]


def apply(path: str, changes: Sequence[Edit]) -> tuple[bytes, bytes]:
    """A file's bytes before and after its edits, which may come in any order and more than once.

    Raises:
        UpdateError: two edits want different lines in one place (a snippet shown twice with different outputs).
    """
    before = Path(path).read_bytes()
    lines = before.split(b"\n")
    places: dict[tuple[int, int], Edit] = {}
    for edit in changes:
        if places.setdefault((edit.start, edit.end), edit).lines != edit.lines:
            raise UpdateError(f"{path}:{edit.start + 1}: this snippet is shown more than once and its outputs differ")
    for (start, end), edit in sorted(places.items(), reverse=True):
        ending = b"\r" if start and lines[start - 1].endswith(b"\r") else b""
        lines[start:end] = [line.encode("utf-8") + ending for line in edit.lines]
    return before, b"\n".join(lines)


def difference(path: str, before: bytes, after: bytes) -> str:
    """A unified diff of a file."""
    old, new = (data.decode("utf-8", "replace").split("\n") for data in (before, after))
    return "\n".join(difflib.unified_diff(old, new, path, path, lineterm="", n=2))


def write(path: str, data: bytes) -> None:
    """Replace a file at one stroke: a crash leaves the old one."""
    target = Path(path).resolve()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(temporary, target.stat().st_mode & 0o7777)
        else:
            os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


