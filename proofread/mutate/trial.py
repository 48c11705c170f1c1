"""Hold pages with errors planted in them against what they do: which errors are caught."""

from __future__ import annotations

import ast
import random
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TypeVar

from proofread.mutate.plants import Plant
from proofread.outputs import figures
from proofread.outputs.expect import FIGURE, Script, compare, parse, syntax
from proofread.outputs.run import BlockResult, Host, Limits
from proofread.page import Block, Page

P = TypeVar("P")
Runs = Mapping[str, Sequence[BlockResult]]
"""What each page, by its path, does without plants."""


def sample(plants: Sequence[P], size: int, seed: int, always: Collection[P] = ()) -> list[P]:
    """`size` plants drawn at random, and those that must not be missing, in page order."""
    kept = {id(plant) for plant in always}
    rest = [plant for plant in plants if id(plant) not in kept]
    kept |= {id(plant) for plant in random.Random(seed).sample(rest, min(size, len(rest)))}
    return [plant for plant in plants if id(plant) in kept]


def run(pages: Iterable[Page], seconds: float = 10.0) -> dict[str, list[BlockResult]]:
    """Run pages without plants: what `caught` starts from, and whether they hold at all."""
    with Host(Limits(seconds=seconds)) as host:
        return {page.path: host.run(page) for page in pages}


def caught(plants: Iterable[Plant], runs: Runs, jobs: int = 1, seconds: float = 10.0) -> Iterator[bool]:
    """Whether each plant is caught, in order.

    Args:
        runs: of the pages without plants; jobs: how many pages run at once;
        seconds: how long one block may run: a loop that never ends is caught.
    """
    # Pages run in processes of their own; these threads only wait for them.
    hosts = threading.local()
    with ExitStack() as stack, ThreadPoolExecutor(max(jobs, 1)) as pool:

        def one(plant: Plant) -> bool:
            known = caught_by_comparing(plant, runs[plant.page.path])
            if known is not None:
                return known
            if not hasattr(hosts, "mine"):
                hosts.mine = stack.enter_context(Host(Limits(seconds=seconds)))
            return caught_by_running(plant, hosts.mine)

        yield from pool.map(one, plants)


def caught_by_running(plant: Plant, host: Host) -> bool:
    """Whether a page with this error in it fails; the run ends with the first block that does."""
    page, first = plant.grown(), plant.blocks[0].number
    # The blocks above do what they always do, so their figures, which take longest, need not be drawn.
    items = tuple(_undrawn(item) if isinstance(item, Block) and item.number < first else item for item in page.items)
    with host.start(replace(page, items=items)) as run:
        return any(run.result(block.number, len(page.blocks)).fault for block in page.blocks[first - 1 :])


def _undrawn(block: Block) -> Block:
    """The same without the lines that ask for figures, which the end of the block then closes."""
    return replace(block, lines=tuple(line for line in block.lines if not _asks_for_figure(line.text)))


def _asks_for_figure(line: str) -> bool:
    return line.startswith("#> ") and bool(FIGURE.fullmatch(line[3:]))


def caught_by_comparing(plant: Plant, results: Sequence[BlockResult]) -> bool | None:
    """The same without a run, for an error in output lines alone: the page does what it did without it.

    None if the error changes what runs.
    """
    found = False
    for block in plant.blocks:
        before = results[block.number - 1]
        script = parse(block.source)
        if _what_runs(script, block.source) != _what_runs(before.script, before.block.source):
            return None
        found |= bool(
            script.faults
            or compare(script, before.ran, "approx" in block.options)
            or figures.compare(plant.page.file, script, before.ran)
        )
    return found


def _what_runs(script: Script, source: str) -> object:
    """All of a block that the process of its page heeds."""
    heeded = [
        (s.echo, s.joined, s.raised, any(FIGURE.fullmatch(line) for line in s.printed)) for s in script.statements
    ]
    return ast.dump(syntax(source)), heeded
