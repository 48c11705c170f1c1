"""`python -m proofread mutate --math`: how many wrong variants of the verified formulas the checker catches."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import torch

from proofread.check import read_pages
from proofread.derivations.mutants import Planted, Planter
from proofread.mutate import explained, trial
from proofread.mutate.explained import Explained

#: Where a project explains the variants that are as true as their formulas.
LIST = Path("tests/mutate/equivalents-math.toml")


def run(options: argparse.Namespace) -> int:
    """Run the subcommand for formulas; returns the exit status: 0 all caught or explained, 1 survivors or stale
    entries, 2 could not run.

    Raises:
        NothingToCheck: a path that holds no page. ListError: the list of equivalents cannot be read.
    """
    file = options.equivalents or (LIST if LIST.is_file() else None)
    listed = explained.read(file) if file else []
    pages = read_pages(options.paths)
    torch.set_num_threads(1)  # the tensors are small: more threads only wait for each other
    planters = {page.path: Planter(page) for page in pages}
    wrong = [f"{fault.path}:{fault.line}: {fault.message}" for page in pages for fault in page.faults]
    for planter in planters.values():
        wrong += [f"{row.path}:{row.line}: {row.message}" for row in planter.run() if row.fault]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        print("proofread: mend these first: only formulas of a page that holds are planted in", file=sys.stderr)
        return 2
    planted = [each for planter in planters.values() for each in planter.planted]
    chosen = planted
    if options.sample is not None:
        known = [each for each in planted if any(each in entry for entry in listed)]
        chosen = trial.sample(planted, options.sample, options.seed, known)
    survivors = [each for each in chosen if not planters[each.page.path].caught(each)]
    stale = explained.stale(listed, pages, survivors)
    surprising = [each for each in survivors if not any(each in entry for entry in listed)]
    counts = {
        "planted": len(planted),
        "tried": len(chosen),
        "caught": len(chosen) - len(survivors),
        "explained": len(survivors) - len(surprising),
        "survivors": len(surprising),
    }
    tried, left = (Counter(each.page.path for each in some) for some in (chosen, survivors))
    caught = {path: (tried[path] - left[path], tried[path]) for path in planters}
    if options.json:
        shares = [{"path": path, "caught": some, "tried": all_} for path, (some, all_) in caught.items()]
        rows = [_row(each, listed) for each in survivors]
        report = {"counts": counts, "pages": shares, "survivors": rows, "stale": [entry.row() for entry in stale]}
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for each in surprising:
            print(f"{each.place}: the checker does not notice this {each.kind}\n{_difference(each)}")
        for entry in stale:
            print(f"{file}: no variant on {entry.page} survives as this entry says; take it out\n{_difference(entry)}")
        for path, (some, all_) in caught.items():
            share = f" ({some / all_:.1%})" if all_ else ""
            print(f"{path}: {some} of {all_} caught{share}")
        of = f" (of {counts['planted']})" if counts["tried"] != counts["planted"] else ""
        share = f" ({counts['caught'] / counts['tried']:.1%})" if counts["tried"] else ""
        last = f"{counts['caught']} caught{share}, {counts['explained']} explained, {counts['survivors']} survive"
        print(f"{counts['tried']} wrong variants{of}: {last}")
    return 1 if surprising or stale else 0


def _row(each: Planted, listed: list[Explained]) -> dict[str, object]:
    return {
        "path": each.page.path,
        "line": each.formula.line,
        "kind": each.kind,
        "original": each.original,
        "planted": each.planted,
        "explained": next((entry.reason for entry in listed if each in entry), None),
    }


def _difference(each: Planted | Explained) -> str:
    return f"    - {each.original}\n    + {each.planted}"
