"""Helpers of these tests: a page from a few lines, its findings, and one formula evaluated on given values."""

from __future__ import annotations

import time

import torch
from torch import Tensor

from proofread import page
from proofread.derivations import check, statements
from proofread.derivations.check import Checker
from proofread.derivations.evaluate import Evaluator
from proofread.derivations.infer import Typer
from proofread.derivations.nodes import Node
from proofread.derivations.readings import expand_choices
from proofread.derivations.resolve import Resolver
from proofread.derivations.shape import read_items
from proofread.derivations.symbols import Symbols
from proofread.page import Page
from proofread.report import Finding


def read(text: str) -> Page:
    """A page called notes.md."""
    return page.read(text.splitlines(), "notes.md")


def rows(text: str, layout: str = "mixed", seed: int = 0) -> list[Finding]:
    """The findings of a page."""
    return check(read(text), layout=layout, seed=seed)


def last(text: str) -> Finding:
    """The finding of the last formula of a page, after all others were good."""
    found = rows(text)
    for finding in found[:-1]:
        assert not finding.fault, finding
    return found[-1]


def judged(text: str, claim: str) -> str:
    """The status of a claim displayed below some sentences that hold."""
    return last(f"{text}\n\n$${claim}$$\n").status


def statuses(text: str) -> list[str]:
    return [finding.status for finding in rows(text)]


def declared(declarations: str) -> Symbols:
    """What a few `$…$` declare."""
    checker = Checker(read(declarations), "mixed", 0, 5.0)
    for finding in checker.run():
        assert not finding.fault, finding
    return checker.symbols


def parse(tex: str, symbols: Symbols) -> tuple[Node, Resolver]:
    """A formula without relation, in its first reading."""
    (part,) = statements.statements(read_items(tex))
    resolver = Resolver(symbols)
    (node,) = next(expand_choices((resolver.expr(part.items),)))
    return node, resolver


def value(tex: str, declarations: str, sizes: dict[str, int], values: dict[str, Tensor]) -> Tensor:
    """The value of a formula: scalars 0-d, free indices first (in order of appearance), then rows and columns."""
    symbols = declared(declarations)
    node, resolver = parse(tex, symbols)
    typer = Typer(symbols, sizes)
    typer.type(node, {})
    typer.settle()
    drawn = {name: array.reshape(1, *(array.shape if array.dim() else (1, 1))) for name, array in values.items()}
    evaluator = Evaluator(typer, drawn, {}, 1, time.monotonic() + 10, check_differences=1)
    got = evaluator.ev(node, {})
    full = list(got.shape)
    for axis in resolver.free.values():
        full[typer.position[axis]] = typer.length(axis)
    got = got.expand(full)
    order = [typer.position[axis] for axis in resolver.free.values()]
    others = [k for k in range(got.dim() - 2) if k not in order]
    got = got.permute(*order, *others, got.dim() - 2, got.dim() - 1)
    rows, cols = typer.of(node)
    lengths = [typer.length(axis) for axis in resolver.free.values()]
    return got.reshape([*lengths, *(() if rows == cols == 1 else (rows, cols))])


def same(got: Tensor, wanted: Tensor) -> None:
    """Equal shapes, and values to rounding."""
    assert got.shape == wanted.shape, (got.shape, wanted.shape)
    torch.testing.assert_close(got, wanted, rtol=1e-9, atol=1e-11)
