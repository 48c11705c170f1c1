"""The doc tests: every block and every formula of every page is a pytest item, on top of pytest-markdown-docs.

`--markdown-docs` switches it on. Pages become our `PageFile`, a kind of the plug-in's own collector, and blocks its own
items with our runner. A block's item runs the blocks above it first, once, in the page's own process; so any selection
and any order give the same results. Node ids name page and block (`docs/a.md::block-3`), never a line.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from pytest_markdown_docs._runners import DefaultRunner, _Runner, register_runner
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import MarkdownInlinePythonItem, MarkdownTextFile

from proofread import project
from proofread.check import block_finding, ledger_finding
from proofread.outputs.run import BlockResult, Host, Limits, PageRun
from proofread.page import Fault, Formula, Mark, Page, read_file
from proofread.report import Finding

_HOST = pytest.StashKey[Host]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("block_seconds", "Seconds that one block of a page may run.", default="60")


def _seconds(config: pytest.Config) -> float:
    text = config.getini("block_seconds")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise pytest.UsageError(f"block_seconds is a number of seconds above 0, not {text!r}")
    return seconds


def pytest_configure(config: pytest.Config) -> None:
    _seconds(config)
    config.addinivalue_line("markers", "formula: a formula of a page, checked by proofread")
    config.addinivalue_line("markers", "page: something of a page that cannot be read")


def pytest_unconfigure(config: pytest.Config) -> None:
    if host := config.stash.get(_HOST, None):
        host.close()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    """Put our collector in the place of the plug-in's for Markdown files."""
    collectors = yield
    return [
        PageFile.from_parent(parent, path=file_path) if type(collector) is MarkdownTextFile else collector
        for collector in collectors
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Note how far each page will be run: its process then runs on while pytest goes from item to item."""
    for item in session.items:
        page = item.parent
        if isinstance(page, PageFile):
            if isinstance(item, LedgerItem):
                page.last = max([page.last, *(block.number for block in page.page.blocks)])
            elif isinstance(item, MarkdownInlinePythonItem) and isinstance(item.test_definition, _BlockTest):
                page.last = max(page.last, item.test_definition.number)


class BlockFailure(Exception):
    """A block that does not do what its page says."""


@dataclass(frozen=True)
class _BlockTest(FenceTestDefinition):
    """A fence as the plug-in knows it, and where its result comes from."""

    number: int = 0
    page: PageFile | None = None


@register_runner(default=True)
class PageRunner(_Runner):
    """Runs a page's block in the page's own process; fences of docstrings as the plug-in itself would."""

    def runtest(self, test: FenceTestDefinition, args: dict[str, Any], *, asyncio_runner: Any = None) -> None:
        if not isinstance(test, _BlockTest) or test.page is None:
            DefaultRunner().runtest(test, args, asyncio_runner=asyncio_runner)
            return
        result = test.page.result(test.number)
        if result.fault:
            raise BlockFailure(result.message(test.page.page.path))

    def repr_failure(
        self, test: FenceTestDefinition, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None
    ) -> Any:
        if isinstance(excinfo.value, BlockFailure):
            return str(excinfo.value)
        return DefaultRunner().repr_failure(test, excinfo, style)


class PageFile(MarkdownTextFile):
    """A page: collects its blocks, its formulas, and what of it cannot be read."""

    last = 0
    """The last of its blocks that will be asked for."""

    @cached_property
    def page(self) -> Page:
        """The page, read."""
        return read_file(self.path, os.path.relpath(self.path))

    @cached_property
    def _run(self) -> PageRun:
        return self.config.stash.setdefault(_HOST, Host(Limits(seconds=_seconds(self.config)))).start(self.page)

    def result(self, number: int) -> BlockResult:
        """What came of a block; runs what has to run first."""
        return self._run.result(number, self.last)

    @cached_property
    def findings(self) -> list[Finding]:
        """What came of the formulas and the marks, in order."""
        from proofread.derivations import check

        return check(self.page)

    def teardown(self) -> None:
        """End the page's process when pytest goes on to another page. In a shuffled order it may come back: results
        are kept, and a block without one is run again from the page's top."""
        if "_run" in self.__dict__:
            self._run.close()

    def collect(self) -> Iterable[pytest.Item]:
        for number, fault in enumerate(self.page.faults, 1):
            yield FaultItem.from_parent(self, name=f"fault-{number}", fault=fault)
        for block in self.page.blocks:
            if block.runs or block.draws:
                test = _BlockTest(block.source, (), block.line - 1, self.path, None, number=block.number, page=self)
                yield MarkdownInlinePythonItem.from_parent(self, name=block.name, test_definition=test)
        for number, _ in enumerate(self.page.formulas, 1):
            yield FormulaItem.from_parent(self, name=f"formula-{number}", number=number)
        if any(isinstance(item, Mark | Formula) for item in self.page.items):
            yield MarksItem.from_parent(self, name="marks")
        if project.find(self.path).ledger is not None:
            yield LedgerItem.from_parent(self, name="ledger")


class FaultItem(pytest.Item):
    """Something of a page that cannot be read: always fails."""

    def __init__(self, *, fault: Fault, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.fault = fault
        self.add_marker("page")

    def runtest(self) -> None:
        raise BlockFailure(f"{self.fault.path}:{self.fault.line}: {self.fault.message}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.fault.line - 1, self.name


class _PageItem(pytest.Item):
    """Something that is asked of a page as a whole."""

    parent: PageFile

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, BlockFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


class MarksItem(_PageItem):
    """Whether the marks can be read, and whatever else the derivations' checker finds beside single formulas."""

    def runtest(self) -> None:
        faults = [finding for finding in self.parent.findings if finding.kind != "formula" and finding.fault]
        if faults:
            raise BlockFailure("\n".join(f"{finding.path}:{finding.line}: {finding.message}" for finding in faults))


class LedgerItem(_PageItem):
    """Whether the project's ledger counts a page as it is."""

    def runtest(self) -> None:
        page = self.parent.page
        blocks = [block for block in page.blocks if block.runs or block.draws]
        findings = [block_finding(page, self.parent.result(block.number)) for block in blocks]
        finding = ledger_finding(page, [*findings, *self.parent.findings])
        if finding is not None:
            raise BlockFailure(f"{finding.path}: {finding.message}")


class FormulaItem(_PageItem):
    """One formula of a page."""

    def __init__(self, *, number: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.number = number
        self.add_marker("formula")

    @property
    def formula(self) -> Formula:
        """The formula, as read."""
        return self.parent.page.formulas[self.number - 1]

    def runtest(self) -> None:
        finding = [f for f in self.parent.findings if f.kind == "formula"][self.number - 1]
        if finding.fault:
            raise BlockFailure(finding.message)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.formula.line - 1, self.name
