"""`python -m proofread mutate`: how many of the errors planted in pages the checks catch, and which they miss."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from proofread.check import read_pages
from proofread.faces import mutate_math
from proofread.mutate import explained, trial
from proofread.mutate.explained import Explained
from proofread.mutate.plants import Plant, plants
from proofread.page import Page

#: Where a project explains the plants that leave its pages right.
LIST = Path("tests/mutate/equivalents.toml")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand to the command line."""
    parser = commands.add_parser(
        "mutate", help="plant errors in pages, in memory; exit 0 if all are caught, 1 if some survive, 2 could not run"
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a Markdown page, or a folder with all pages below it")
    part = parser.add_mutually_exclusive_group(required=True)
    part.add_argument("--code", action="store_true", help="plant in blocks and in the outputs under them")
    part.add_argument("--math", action="store_true", help="plant in the formulas that are verified")
    parser.add_argument("--sample", type=int, metavar="N", help="only N plants drawn at random, and the explained ones")
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default 0)")
    parser.add_argument("--jobs", type=int, default=2, help="pages that run at once (default 2)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long one block may run (default 10)")
    parser.add_argument(
        "--equivalents", type=Path, metavar="FILE", help=f"the plants explained as no errors (default {LIST}, if there)"
    )
    parser.add_argument("--json", action="store_true", help="one object, a row for every plant that survives")


def run(options: argparse.Namespace) -> int:
    """Run the subcommand; returns the exit status.

    Raises:
        NothingToCheck: a path that holds no page. ListError: the list of equivalents cannot be read.
    """
    if options.math:
        return mutate_math.run(options)
    file = options.equivalents or (LIST if LIST.is_file() else None)
    listed = explained.read(file) if file else []
    pages = read_pages(options.paths)
    runs = trial.run(pages, options.seconds)
    wrong = [f"{fault.path}:{fault.line}: {fault.message}" for page in pages for fault in page.faults]
    wrong += [result.message(path) for path, results in runs.items() for result in results if result.fault]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print("proofread: mend these first: what is planted in a failing page always fails", file=sys.stderr)
        return 2
    planted = [plant for page in pages for plant in plants(page)]
    chosen = planted
    if options.sample is not None:
        known = [plant for plant in planted if any(plant in entry for entry in listed)]
        chosen = trial.sample(planted, options.sample, options.seed, known)
    results = trial.caught(chosen, runs, options.jobs, options.seconds)
    survivors = [plant for plant, caught in zip(chosen, results, strict=True) if not caught]
    stale = explained.stale(listed, pages, survivors)
    surprising = [plant for plant in survivors if not any(plant in entry for entry in listed)]
    counts = {
        "planted": len(planted),
        "tried": len(chosen),
        "caught": len(chosen) - len(survivors),
        "explained": len(survivors) - len(surprising),
        "survivors": len(surprising),
    }
    if options.json:
        rows = [_row(plant, listed) for plant in survivors]
        report = {"counts": counts, "survivors": rows, "stale": [entry.row() for entry in stale]}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for plant in surprising:
            print(f"{plant.place}: no check notices this {plant.kind}\n{_difference(plant)}")
        for entry in stale:
            print(f"{file}: no plant on {entry.page} survives as this entry says; take it out\n{_difference(entry)}")
        print(_summary(pages, chosen, survivors, counts))
    return 1 if surprising or stale else 0


def _row(plant: Plant, listed: Sequence[Explained]) -> dict[str, object]:
    reason = next((entry.reason for entry in listed if plant in entry), None)
    return {
        "path": plant.page.path,
        "line": plant.line.page_line,
        "file": plant.line.path,
        "file_line": plant.line.line,
        "kind": plant.kind,
        "original": plant.original,
        "planted": plant.planted,
        "explained": reason,
    }


def _difference(plant: Plant | Explained) -> str:
    new = plant.planted.split("\n") if plant.planted else []
    rows = [("-", line) for line in plant.original.split("\n")] + [("+", line) for line in new]
    return "\n".join(f"    {mark} {line}".rstrip() for mark, line in rows)


def _summary(pages: Sequence[Page], chosen: Sequence[Plant], survivors: Sequence[Plant], counts: dict[str, int]) -> str:
    tried, left = (Counter(plant.page.path for plant in some) for some in (chosen, survivors))
    lines = [f"{page.path}: {tried[page.path] - left[page.path]} of {tried[page.path]} caught" for page in pages]
    of = f" (of {counts['planted']})" if counts["tried"] != counts["planted"] else ""
    share = f" ({counts['caught'] / counts['tried']:.1%})" if counts["tried"] else ""
    last = f"{counts['caught']} caught{share}, {counts['explained']} explained, {counts['survivors']} survive"
    return "\n".join([*lines, f"{counts['tried']} planted errors{of}: {last}"])
