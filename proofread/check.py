"""Check pages: run their blocks, read their formulas, and say what came of each, in page order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from proofread import ledger, project
from proofread.outputs.run import BlockResult, Host
from proofread.page import Block, Formula, Page, read_file
from proofread.report import Finding


class NothingToCheck(Exception):
    """A path that holds no page; the message says which."""


def find_pages(paths: Iterable[str]) -> list[Path]:
    """The Markdown pages named by paths: files as they are, folders with all below them, in order,
    each once.

    Raises:
        NothingToCheck: a path does not exist, is no page, or has no page below it.
    """
    found: dict[Path, Path] = {}
    for name in paths:
        path = Path(name)
        if path.is_dir():
            below = sorted(p for p in path.rglob("*.md") if not _hidden(p.relative_to(path)))
            if not below:
                raise NothingToCheck(f"{name}: no Markdown page in this folder")
        elif path.is_file():
            if path.suffix not in (".md", ".markdown"):
                raise NothingToCheck(f"{name}: not a Markdown page; its name must end in .md")
            below = [path]
        else:
            raise NothingToCheck(f"{name}: no such file or folder")
        for page in below:
            found.setdefault(page.resolve(), page)
    return list(found.values())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def block_finding(page: Page, result: BlockResult) -> Finding:
    """A block's result as a row of the report."""
    block = result.block
    details: dict[str, object] = {"name": block.name}
    if result.status == "notest":
        details["reason"] = block.options.get("reason") or ""
    return Finding(page.path, block.line, "block", result.status, block.source, result.message(page.path), details)


def check_page(
    page: Page, host: Host | None, math: bool = True, results: Sequence[BlockResult] | None = None
) -> list[Finding]:
    """All findings of a page, in page order: what cannot be read, then one for each block and each formula.

    Args:
        host: where blocks run, or None to leave blocks out; math: whether to check formulas;
        results: what came of all its blocks, if they have run already.
    """
    findings = [Finding(page.path, fault.line, "page", "error", "", fault.message) for fault in page.faults]
    rows: dict[int, Finding] = {}
    if results is None and host is not None:
        results = host.run(page)
    for result in results or ():
        if result.block.runs or result.block.draws or "notest" in result.block.options:
            rows[id(result.block)] = block_finding(page, result)
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


def ledger_finding(page: Page, findings: Iterable[Finding]) -> Finding | None:
    """What the project's ledger has against a page, all of whose findings are given; None if it agrees or there is
    no ledger."""
    if page.file is None or (file := (home := project.find(page.file)).ledger) is None:
        return None
    findings = list(findings)
    if any(finding.fault for finding in findings):
        return None  # what is wrong is said already, and counts mean nothing until it is mended
    name = file.relative_to(home.root).as_posix()
    try:
        known = ledger.load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Finding(page.path, 1, "page", "error", "", f"the ledger {name} cannot be read: {error}")
    now = ledger.entry(page, findings)
    before = known.get(home.name(page.file))
    if before is None:
        return Finding(page.path, 1, "page", "error", "", f"this page is not in the ledger {name}; run `make update`")
    if not (differences := ledger.changes(before, now)):
        return None
    accept = " with --accept" if ledger.losses(before, now) else ""
    message = (
        f"the ledger {name} counts otherwise: {'; '.join(differences)}. "
        f"If that is on purpose, run `python -m proofread update {page.path}`{accept}"
    )
    return Finding(page.path, 1, "page", "error", "", message)


def read_pages(paths: Iterable[str]) -> list[Page]:
    """The pages named by paths, read."""
    return [read_file(path, path.as_posix()) for path in find_pages(paths)]
