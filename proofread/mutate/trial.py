"""Run pages with errors planted in them: which are caught."""

from __future__ import annotations

import random
import threading
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from proofread.mutate.plants import Plant
from proofread.outputs.run import Host, Limits


def sample(plants: Sequence[Plant], size: int, seed: int, always: Collection[Plant] = ()) -> list[Plant]:
    """`size` plants drawn at random, and those that must not be missing, in page order."""
    kept = {id(plant) for plant in always}
    rest = [plant for plant in plants if id(plant) not in kept]
    kept |= {id(plant) for plant in random.Random(seed).sample(rest, min(size, len(rest)))}
    return [plant for plant in plants if id(plant) in kept]


def caught(host: Host, plant: Plant) -> bool:
    """Whether a page with this error in it fails; the run ends with the first block that does."""
    page = plant.grown()
    with host.start(page) as run:
        return any(run.result(block.number).fault for block in page.blocks)


def run(plants: Sequence[Plant], jobs: int = 1, seconds: float = 10.0) -> Iterator[bool]:
    """Whether each plant is caught, in order.

    Args:
        jobs: how many pages run at once; seconds: how long one block may run: a loop that never ends is caught.
    """
    # Pages run in processes of their own; these threads only wait for them.
    hosts = threading.local()
    with ExitStack() as stack, ThreadPoolExecutor(max(jobs, 1)) as pool:

        def one(plant: Plant) -> bool:
            if not hasattr(hosts, "mine"):
                hosts.mine = stack.enter_context(Host(Limits(seconds=seconds)))
            return caught(hosts.mine, plant)

        yield from pool.map(one, plants)
