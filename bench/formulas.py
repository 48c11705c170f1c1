"""What checking formulas costs: on the golden collections and on our pages, and how it grows.

    python bench/formulas.py [PATH…]

Times are those of one core, after imports and a first page that warms up. Nothing here decides a test.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(ROOT))

import torch

from proofread import page as reader
from proofread.check import read_pages
from proofread.derivations import sizing
from proofread.derivations.check import LIMIT, Checker
from proofread.derivations.symbols import Hypothesis
from proofread.page import Formula, Page
from proofread.report import Finding

#: Milliseconds a claim, and seconds that a page of 40 formulas may take.
MEDIAN, P95, MOST, PAGE = 10.0, 60.0, 1000.0, 1.0
CLAIMS = frozenset(["verified", "refuted", "false"])
DECLARED = (
    r"设 $A\in\mathbb R^{m\times n}$，$X\in\mathbb R^{n\times p}$，$S\in\mathbb R^{n\times n}$，"
    r"$x, a\in\mathbb R^n$，$b\in\mathbb R^p$。$Z\in\mathbb R^{n\times n}$ 可逆。"
)
INDICES = {
    1: r"(Ax)_i = \sum_j a_{ij} x_j",
    2: r"(AX)_{ij} = \sum_k a_{ik} x_{kj}",
    3: r"\frac{\partial (Xb)_i}{\partial x_{kl}} = \delta_{ik} b_l",
    4: r"\frac{\partial (AX)_{ij}}{\partial x_{kl}} = a_{ik} \delta_{jl}",
}
SIZES = {
    "Gradient": r"\nabla_X \operatorname{tr}(X^\top S X) = (S + S^\top) X",
    "Jacobian": r"\frac{\partial (Sx)}{\partial x} = S",
    "Hessian": r"\nabla_x^2 (x^\top S x) = S + S^\top",
    "inverse": r"\mathrm{d} (Z^{-1}) = -Z^{-1} (\mathrm{d} Z) Z^{-1}",
}
FACTORS = (1, 2, 4)


@dataclass
class Timed(Checker):
    """A checker that notes how long each formula takes."""

    page: Page
    formulas: int = 0
    times: list[float] = field(default_factory=list)
    """Seconds of each claim."""
    total: float = 0.0

    def __post_init__(self) -> None:
        super().__init__(self.page, "mixed", 0, LIMIT)

    def formula(self, formula: Formula) -> Finding:
        """The finding, timed."""
        start = time.process_time()
        finding = super().formula(formula)
        spent = time.process_time() - start
        self.formulas += 1
        self.total += spent
        if finding.status in CLAIMS:
            self.times.append(spent)
        return finding


def timed(page: Page) -> Timed:
    """A page, checked."""
    checker = Timed(page)
    checker.run()
    return checker


def one(tex: str) -> float:
    """Milliseconds that one claim takes: the median of five.

    Raises:
        ValueError: it is not verified, so that its time says nothing.
    """
    text = f"{DECLARED}\n\n$${tex}$$\n"
    runs = [timed(reader.read(text.splitlines(), "bench.md")) for _ in range(5)]
    if any(row.status != "verified" for row in runs[0].findings[-1:]) or len(runs[0].times) != 1:
        raise ValueError(f"not verified: {tex}\n{runs[0].findings[-1].message}")
    return 1000 * statistics.median(run.times[0] for run in runs)


@contextmanager
def larger(factor: int) -> Iterator[None]:
    """All sizes that are drawn, times a factor."""
    ordinary = sizing.choose_sizes

    def scaled(
        letters: list[str], hypotheses: list[Hypothesis], natural: set[str], seed: int, many: int
    ) -> list[dict[str, int]]:
        drawn = ordinary(letters, hypotheses, natural, seed, many)
        return [{name: size if name in natural else factor * size for name, size in sizes.items()} for sizes in drawn]

    sizing.choose_sizes = scaled
    try:
        yield
    finally:
        sizing.choose_sizes = ordinary


def row(name: str, formulas: int, times: Sequence[float], total: float) -> str:
    """A line of the table of pages."""
    if not times:
        return f"{name:44} {formulas:8} {0:6} {'':>8} {'':>8} {'':>8} {total:8.2f}"
    each = sorted(1000 * t for t in times)
    p95 = each[min(len(each) - 1, int(0.95 * len(each)))]
    figures = f"{statistics.median(each):8.1f} {p95:8.1f} {each[-1]:8.1f}"
    return f"{name:44} {formulas:8} {len(each):6} {figures} {total:8.2f} {40 * total / formulas:12.2f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Time the checking of formulas.")
    ours = [str(ROOT / "tests" / "derivations" / "gold"), str(ROOT / "docs")]
    parser.add_argument("paths", nargs="*", default=ours, metavar="PATH", help="pages (default: collections and docs)")
    pages = read_pages(parser.parse_args(arguments).paths)
    torch.set_num_threads(1)
    one(SIZES["Gradient"])
    print(f"{'page':44} formulas claims   median      p95      max  seconds  40 formulas   (ms a claim)")
    times: list[float] = []
    formulas, total = 0, 0.0
    for page in pages:
        checker = timed(page)
        if not checker.formulas:
            continue
        file = Path(page.path).resolve()
        shown = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else page.path
        print(row(shown, checker.formulas, checker.times, checker.total), flush=True)
        times += checker.times
        formulas += checker.formulas
        total += checker.total
    print(row("all", formulas, times, total))
    print(f"goals: median {MEDIAN:g} ms, p95 {P95:g} ms, max {MOST:g} ms, {PAGE:g} s for 40 formulas\n")
    print("free indices, ms a claim:  " + "   ".join(f"{count}: {one(tex):.1f}" for count, tex in INDICES.items()))
    print("\nsizes times                " + "".join(f"{factor:>9}" for factor in FACTORS))
    for name, tex in {**SIZES, "four indices": INDICES[4]}.items():
        cells = []
        for factor in FACTORS:
            with larger(factor):
                cells.append(f"{one(tex):9.1f}")
        print(f"{name:26} " + "".join(cells), flush=True)


if __name__ == "__main__":
    main()
