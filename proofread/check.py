"""Check pages: run their blocks, read their formulas, and say what came of each, in page order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from proofread.outputs.run import BlockResult, Host
from proofread.page import Block, Formula, Page, read_file
from proofread.report import Finding


class NothingToCheck(Exception):
    """A path that holds no page; the message says which."""


def find_pages(paths: Iterable[str]) -> list[Path]:
    """The Markdown pages named by paths: files as they are, folders with all below them, in order.

    Raises:
        NothingToCheck: a path does not exist or has no page below it.
    """
    found: dict[Path, None] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            below = sorted(p for p in path.rglob("*.md") if not any(part.startswith(".") for part in p.parts))
            if not below:
                raise NothingToCheck(f"{name}: no Markdown page in this folder")
            found |= dict.fromkeys(below)
        elif path.is_file():
            found[path] = None
        else:
            raise NothingToCheck(f"{name}: no such file or folder")
    return list(found)


def block_finding(page: Page, result: BlockResult) -> Finding:
    """A block's result as a row of the report."""
    block = result.block
    details: dict[str, object] = {"name": block.name}
    if result.status == "notest":
        details["reason"] = block.options.get("reason") or ""
    return Finding(page.path, block.line, "block", result.status, block.source, result.message(page.path), details)


def check_page(page: Page, host: Host | None, math: bool = True) -> list[Finding]:
    """All findings of a page, in page order: what cannot be read, then one for each block and each formula.

    Args:
        host: where blocks run, or None to leave blocks out; math: whether to check formulas.
    """
    findings = [Finding(page.path, fault.line, "page", "error", "", fault.message) for fault in page.faults]
    rows: dict[int, Finding] = {}
    if host is not None:
        with host.start(page) as run:
            for block in page.blocks:
                if block.runs or "notest" in block.options:
                    rows[id(block)] = block_finding(page, run.result(block.number))
    if math:
        from proofread import derivations

        formulas = iter(page.formulas)
        for finding in derivations.check(page):
            if finding.kind == "formula":
                rows[id(next(formulas))] = finding
            else:
                findings.append(finding)
    findings += [rows[id(item)] for item in page.items if isinstance(item, Block | Formula) and id(item) in rows]
    return findings


def read_pages(paths: Iterable[str]) -> list[Page]:
    """The pages named by paths, read."""
    return [read_file(path, path.as_posix()) for path in find_pages(paths)]
