"""The command line: `python -m proofread check|update|notebook|mutate PATH…`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from proofread import ledger, project
from proofread.check import NothingToCheck, check_page, find_pages, ledger_finding, read_pages
from proofread.faces import mutate
from proofread.mutate.explained import ListError
from proofread.outputs import figures, twice, update
from proofread.outputs.run import Host, Limits
from proofread.page import read_file
from proofread.report import Finding
from proofread.snippet import short


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"not a number of seconds above 0: {text!r}")
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m proofread", description="Re-run the outputs and re-check the formulas of Markdown pages."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check pages; exit 0 all hold, 1 findings, 2 could not run")
    check.add_argument("paths", nargs="+", metavar="PATH", help="a Markdown page, or a folder with all pages below it")
    check.add_argument("--json", action="store_true", help="one object, a row for every block and formula")
    part = check.add_mutually_exclusive_group()
    part.add_argument("--code", action="store_true", help="only the blocks")
    part.add_argument("--math", action="store_true", help="only the formulas")
    check.add_argument(
        "--twice", action="store_true", help="run again with another hash seed: finds outputs of order, chance or time"
    )
    check.add_argument("--seconds", type=_seconds, default=60.0, help="how long one block may run (default 60)")

    writer = commands.add_parser("update", help="write real outputs under the statements that gave them")
    writer.add_argument("paths", nargs="+", metavar="PATH")
    writer.add_argument("--accept", action="store_true", help="let the ledger count less that is checked than before")
    writer.add_argument("--check", action="store_true", help="write nothing; exit 1 if something would change")
    writer.add_argument("--seconds", type=_seconds, default=60.0, help=argparse.SUPPRESS)

    notebooks = commands.add_parser("notebook", help="write each page as a Jupyter notebook")
    notebooks.add_argument("paths", nargs="+", metavar="PATH")
    notebooks.add_argument("-o", "--output", required=True, metavar="DIR", help="the folder they are written below")

    mutate.add_parser(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        run = {"check": _check, "update": _update, "notebook": _notebook, "mutate": mutate.run}
        return run[options.command](options)
    except (NothingToCheck, update.UpdateError, ListError) as error:
        print(f"proofread: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("proofread: interrupted", file=sys.stderr)
        return 2


def _check(options: argparse.Namespace) -> int:
    findings: list[Finding] = []
    pages = read_pages(options.paths)
    limits = Limits(seconds=options.seconds)
    with Host(limits) as host, twice.host(limits) if options.twice else nullcontext() as again:
        for page in pages:
            results = None if options.math else host.run(page)
            found = check_page(page, None, not options.code, results)
            if not (options.math or options.code) and (finding := ledger_finding(page, found)):
                found.insert(0, finding)
            if results and again:
                found = twice.told(found, twice.differences(page, results, again.run(page)))
            findings += found
    faults = [finding for finding in findings if finding.fault]
    if options.json:
        report = {"findings": [finding.row() for finding in findings], "ledger": _counts(findings)}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for finding in faults:
            place = f"{finding.path}:{finding.line}"
            print(finding.message if finding.message.startswith(finding.path) else f"{place}: {finding.message}")
        print(_summary(len(pages), findings))
    return 1 if faults else 0


def _counts(findings: Sequence[Finding]) -> dict[str, dict[str, dict[str, int]]]:
    """How many blocks and formulas of each status each page has."""
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for finding in findings:
        counts[finding.path][finding.kind][finding.status] += 1
    return {path: {kind: dict(sorted(c.items())) for kind, c in kinds.items()} for path, kinds in counts.items()}


def _summary(pages: int, findings: Sequence[Finding]) -> str:
    words = []
    for kind in ("block", "formula", "page"):
        count = Counter(finding.status for finding in findings if finding.kind == kind)
        if count:
            words.append(f"{kind}s: " + ", ".join(f"{n} {status}" for status, n in sorted(count.items())))
    return f"{pages} page{'s' * (pages != 1)}; " + ("; ".join(words) or "nothing to check")


def _update(options: argparse.Namespace) -> int:
    failed: list[str] = []
    changes: dict[str, list[update.Edit]] = defaultdict(list)
    pictures: dict[str, set[str]] = defaultdict(set)
    paths = find_pages(options.paths)
    with Host(Limits(seconds=options.seconds)) as host:
        for path in paths:
            page = read_file(path, path.as_posix())
            failed += [f"{fault.path}:{fault.line}: {fault.message}" for fault in page.faults]
            if page.faults or page.file is None:
                continue
            results = host.run(page)
            for result in results:
                if result.problems:
                    failed.append(result.message(page.path))
                    continue
                for name, svg in figures.drawn(page.file, result.script, result.ran):
                    pictures[name].add(svg)
            try:
                for edit in update.edits(page, results):
                    changes[edit.path].append(edit)
            except update.UpdateError as error:
                failed.append(str(error))
        # All pages have run: what they share is written once, and only if it suits them all.
        changed = _write(options, changes, pictures, _numbered(paths), failed)
        news, lost = _update_ledgers(options, host)
        changed += news
        failed += lost
    for message in failed:
        print(message, file=sys.stderr)
    if failed:
        print("proofread: nothing was written for these; mend them by hand", file=sys.stderr)
    verb = "would change" if options.check else "changed"
    print(f"{changed} file{'s' * (changed != 1)} {verb}")
    return 1 if failed or (options.check and changed) else 0


def _write(
    options: argparse.Namespace,
    changes: Mapping[str, Sequence[update.Edit]],
    pictures: Mapping[str, Collection[str]],
    numbered: Collection[str],
    failed: list[str],
) -> int:
    """Write what can be written; returns how many files changed, and adds to `failed` what was refused."""
    files: dict[str, tuple[bytes, bytes]] = {}
    for name, edits in changes.items():
        try:
            files[name] = update.apply(name, edits, numbered)
        except (update.UpdateError, OSError) as error:
            failed.append(str(error))
    for name, drawings in pictures.items():
        if len(drawings) > 1:
            failed.append(f"{short(name)}: two different figures have this name; name one of them otherwise")
            continue
        old = Path(name).read_bytes() if Path(name).is_file() else b""
        files[name] = old, next(iter(drawings)).encode("utf-8")
    changed = 0
    for name, (before, after) in files.items():
        if before == after:
            continue
        try:
            if not options.check:
                update.write(name, after)
        except update.UpdateError as error:
            failed.append(str(error))
            continue
        changed += 1
        print(update.difference(short(name), before, after))
    return changed


def _numbered(paths: Sequence[Path]) -> set[str]:
    """The files that some page of these pages' projects shows by line numbers."""
    pages = {path.resolve() for path in paths}
    for root in {project.find(path).root for path in paths}:
        pages |= {path.resolve() for path in (root / "docs").rglob("*.md")}
    read = (read_file(path) for path in sorted(pages))
    return {os.path.realpath(line.path) for page in read for line in page.lines if line.ranged}


def _update_ledgers(options: argparse.Namespace, host: Host) -> tuple[int, list[str]]:
    """Refresh the ledgers of the pages; returns how many files changed, and what was refused and why."""
    pages: dict[project.Project, list[Path]] = defaultdict(list)
    for path in find_pages(options.paths):
        pages[project.find(path)].append(path)
    changed, refused = 0, []
    for home, paths in pages.items():
        if home.ledger is None:
            continue
        before = home.ledger.read_bytes() if home.ledger.is_file() else b""
        entries = ledger.load(before.decode("utf-8")) if before else {}
        for name in [name for name in entries if not (home.root / name).is_file()]:
            if options.accept:
                del entries[name]
            else:
                refused.append(f"{name}: the ledger has this page and it is gone; if that is on purpose, add --accept")
        for path in paths:
            page = read_file(path, path.as_posix())
            findings = check_page(page, host)
            if any(finding.fault for finding in findings):
                refused.append(f"{page.path}: not counted, for it has faults: see `python -m proofread check`")
                continue
            now, name = ledger.entry(page, findings), home.name(path)
            lost = ledger.losses(entries[name], now) if name in entries else []
            if lost and not options.accept:
                refused.append(f"{page.path}: {'; '.join(lost)}; if that is on purpose, add --accept")
            else:
                entries[name] = now
        after = ledger.dump(entries).encode("utf-8")
        if after != before:
            changed += 1
            print(update.difference(short(str(home.ledger)), before, after))
            if not options.check:
                update.write(str(home.ledger), after)
    return changed, refused


def _notebook(options: argparse.Namespace) -> int:
    from proofread.faces import notebook

    try:
        written, wrong = notebook.write(options.paths, Path(options.output))
    except (notebook.NoNotebook, OSError) as error:
        print(f"proofread: {error}", file=sys.stderr)
        return 2
    for message in wrong:
        print(message, file=sys.stderr)
    print(f"{written} notebook{'s' * (written != 1)} written to {options.output}")
    return 1 if wrong else 0
