"""Run a page: one process a page, forked from one parent that has imported torch and done nothing else with it.

Results come one block at a time, on demand: asking for block k runs the blocks above it first, once. Who says which
block is the last to be asked for gets them sooner: the page's process then runs on while results are compared. A block
that hangs, crashes or eats its machine is killed and named; the rest of the run goes on.
"""

from __future__ import annotations

import abc
import bisect
import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofread.outputs import figures, graph
from proofread.outputs.expect import Mismatch, Ran, Script, compare, output_lines, parse, visible
from proofread.page import Block, Page
from proofread.snippet import short

#: What the pages' parent process imports before it forks, if it is installed. `torch.func`, `torch.compile`, optimizers
#: and `gradcheck` import hundreds of modules on first use; a page pays for that only if its text says it may.
_LOADS = {
    "torch": "torch",
    "torch.func": "torch._functorch.apis torch._functorch.eager_transforms torch._dynamo",
    "matplotlib": "matplotlib.pyplot",
    "numpy": "numpy",
}
#: And for a page with graphs, whose recorder imports on its first use what `torch.func` does.
_DRAWS = "proofread.outputs.graph_trace proofread.outputs.graph_svg"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one block may use."""

    seconds: float = 60.0
    output: int = 1_000_000
    """Bytes on standard output."""
    memory: int = 2 << 30
    """Bytes of address space that a page may grow by."""


@dataclass(frozen=True, slots=True)
class BlockResult:
    """What came of one block."""

    block: Block
    status: str
    """passed, notest, failed (ran, and its output is not the page's) or error (did not run to its end)."""
    script: Script = field(default_factory=lambda: Script(()))
    ran: tuple[Ran, ...] = ()
    mismatches: tuple[Mismatch, ...] = ()
    problems: tuple[tuple[int | None, str], ...] = ()
    """Everything else that is wrong, each with its line in the block (from 0) if it has one."""
    stderr: str = ""

    @property
    def fault(self) -> bool:
        """Whether it must fail a build."""
        return self.status in ("failed", "error")

    def message(self, page: str) -> str:
        """What an author is told: page line and snippet line, what was expected, what was found."""
        rows = [(index, text) for index, text in self.problems]
        rows += [(mismatch.index, mismatch.text) for mismatch in self.mismatches]
        parts = [f"{self.place(page, index)}: {text}" for index, text in rows]
        if parts and self.stderr.strip():
            tail = [line[:200] for line in self.stderr.rstrip("\n").split("\n")][-20:]
            parts.append("standard error:\n" + "\n".join(f"    {line}" for line in tail))
        # Whatever a block or a page holds is text on a screen.
        return "\n".join(visible(line) for part in parts for line in part.split("\n"))

    def place(self, page: str, index: int | None) -> str:
        """Where a line of the block stands: on the page, and in its snippet if it comes from one."""
        if index is None or not self.block.lines:
            return f"{page}:{self.block.line}"
        line = self.block.lines[min(index, len(self.block.lines) - 1)]
        if os.path.abspath(line.path) == os.path.abspath(page):
            return f"{page}:{line.line}"
        return f"{page}:{line.page_line} → {short(line.path)}:{line.line}"


class HostError(Exception):
    """The parent process of the pages is gone; nothing can run in it."""


class Host:
    """The parent process of all pages. Use as a context manager; starts on first use.

    Args:
        limits: what one block may use.
        fork: whether pages are forked from it (the default where the system can) or start afresh, which is slow.
        hash_seed: PYTHONHASHSEED of the pages, which decides the order of sets.
        time_zone: TZ of the pages.
    """

    def __init__(
        self, limits: Limits | None = None, fork: bool | None = None, hash_seed: int = 0, time_zone: str = "UTC"
    ) -> None:
        self.limits = limits or Limits()
        self.fork = hasattr(os, "fork") and sys.platform != "darwin" if fork is None else fork
        self.hash_seed, self.time_zone = hash_seed, time_zone
        self._parent: _Parent | None = None
        self._next: _Forked | None = None
        """A process that waits for its page: forking takes longer than most blocks, so it is done ahead."""
        self._ended: list[_Child] = []
        """Pages' processes that were killed and not waited for yet."""

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the parent process and, with it, every page still running."""
        self._dismiss()
        self._tidy()
        if self._parent is not None:
            self._parent.close()
            self._parent = None

    def environment(self) -> dict[str, str]:
        """The environment of every page: the same on every machine, whatever the author's shell holds."""
        keep = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
        fixed = {
            "PYTHONHASHSEED": str(self.hash_seed),
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": self.time_zone,
            "COLUMNS": "80",
            "MPLBACKEND": "Agg",
            # The same kernels, hence the same last digit, on every processor.
            "OMP_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "ATEN_CPU_CAPABILITY": "default",
            "MKL_CBWR": "COMPATIBLE",
            # Large pages, where the system has them: forking copies, and a new process faults in, a page table less.
            "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        }
        return {k: os.environ[k] for k in keep if k in os.environ} | fixed

    def start(self, page: Page) -> PageRun:
        """A run of a page; nothing runs before its first block is asked for."""
        return PageRun(self, page)

    def run(self, page: Page) -> list[BlockResult]:
        """Run all blocks of a page."""
        with self.start(page) as run:
            blocks = page.blocks
            return [run.result(block.number, blocks[-1].number) for block in blocks]

    def _tidy(self) -> None:
        """See to the processes that were killed, and to their folders. Dying takes a while: others run in it."""
        while self._ended:
            with contextlib.suppress(OSError, HostError):
                self._ended.pop().bury()

    def _open(self, blocks: Sequence[Block]) -> _Child:
        """A process for a page of these blocks, in a new folder of its own."""
        source = "\n".join(block.source for block in blocks)
        wanted = {module for word, modules in _LOADS.items() if _mentions(word, source) for module in modules.split()}
        if any(block.draws for block in blocks):
            wanted |= {*_LOADS["torch.func"].split(), *_DRAWS.split()}
        wanted = {module for module in wanted if importlib.util.find_spec(module.partition(".")[0])}
        if not self.fork:
            child: _Child = _Spawned(wanted, self.environment())
            child.greet()
            return child
        if self._parent is not None and self._parent.lost:
            self.close()
        if self._parent is None:
            self._parent = _Parent(self.environment())
        if not wanted <= self._parent.loaded:
            self._dismiss()  # it would lack them
            self._parent.load(wanted)
        child, self._next = self._next or _Forked(self._parent), None
        child.greet()
        with contextlib.suppress(HostError):  # who needs it will be told
            self._next = _Forked(self._parent)
        return child

    def _dismiss(self) -> None:
        """End the process that waits."""
        child, self._next = self._next, None
        if child is not None:
            with contextlib.suppress(HostError):
                child.greet()
                child.close()
                self._ended.append(child)


def _mentions(word: str, source: str) -> bool:
    if word != "torch.func":
        return word in source
    names = "torch.func vmap jacrev jacfwd autograd.functional hessian optim gradcheck gradgradcheck"
    return any(name in source for name in names.split())


class _Died(Exception):
    """The page's process ended or had to be ended; says how."""


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "proofread.outputs.worker", *arguments]


def _in_order(modules: Collection[str]) -> list[str]:
    """torch first: what depends on it must find it whole."""
    return sorted(modules, key=lambda name: (name != "torch", name))


class _Parent:
    """The parent process of the pages, as its client sees it. What it is asked raises HostError once it is gone."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.loaded: set[str] = set()
        # Message by message: no two requests run into one.
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                _command("fork", str(theirs.fileno())),
                env=environment,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def lost(self) -> bool:
        """Whether it ended before it was told to, or was closed."""
        return self._process.poll() is not None

    def load(self, modules: Collection[str]) -> None:
        """Import these; the processes forked from now on have them."""
        self._tell({"load": _in_order(set(modules) - self.loaded)})
        self._answer()
        self.loaded.update(modules)

    def fork(self, folder: str, connection: socket.socket) -> None:
        """Fork a process, which greets on the connection. The folder is removed once the process is buried."""
        self._tell({"fork": folder}, connection.fileno())

    def wait(self, pid: int) -> int:
        """The exit status of a process, waiting for its end."""
        self._tell({"wait": pid})
        return int(self._answer()["status"])

    def bury(self, pid: int) -> None:
        """Wait for the end of a process that was killed, without making anybody here wait."""
        self._tell({"bury": pid})

    def close(self) -> None:
        """End it and the processes that it forked."""
        self._socket.close()
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _tell(self, request: dict[str, object], *descriptors: int) -> None:
        try:
            socket.send_fds(self._socket, [json.dumps(request).encode("ascii")], descriptors)
        except OSError as error:
            raise HostError(f"the process that runs the pages ended unexpectedly ({error})") from None

    def _answer(self) -> dict[str, Any]:
        try:
            answer = self._socket.recv(1 << 16)
        except OSError:
            answer = b""
        if not answer:
            raise HostError("the process that runs the pages ended unexpectedly; its message, if any, is above")
        return dict(json.loads(answer))


class _Child(abc.ABC):
    """One page's process, as its client sees it, and its folder."""

    def __init__(self, folder: str, channel: Any, source: Any) -> None:
        self.folder, self.channel, self.source = folder, channel, source
        self.pid = 0
        """Its number, and its process group's; once it has greeted."""
        self.buffer = b""
        # Not `select.select`, which knows only the first 1024 descriptors.
        self._readable = select.poll()
        self._readable.register(source.fileno(), select.POLLIN)
        self._status: int | None = None

    @abc.abstractmethod
    def _end(self) -> int:
        """Its exit status, waiting for its end."""

    def greet(self) -> None:
        """Hear its number.

        Raises:
            HostError: it did not come to be.
        """
        try:
            line = self.source.readline()
        except OSError:
            line = b""
        if not line:
            self._hang_up()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise HostError("the process of a page did not start; its message, if any, is above")
        self.pid = int(json.loads(line)["pid"])

    def wait(self) -> int:
        """The exit status, waiting for the end; minus the signal's number if one ended it."""
        if self._status is None:
            try:
                self._status = self._end()
            finally:
                shutil.rmtree(self.folder, ignore_errors=True)
        return self._status

    def bury(self) -> None:
        """See that nothing is left of it, once it was killed."""
        self.wait()

    def send(self, message: dict[str, Any]) -> None:
        try:
            self.channel.write(json.dumps(message).encode("ascii") + b"\n")
            self.channel.flush()
        except OSError:
            raise _Died(self.ending()) from None

    def receive(self, deadline: float, seconds: float) -> dict[str, Any]:
        pieces = [self.buffer]
        while b"\n" not in pieces[-1]:
            left = deadline - time.monotonic()
            if left <= 0 or not self._readable.poll(left * 1000):
                self.kill()
                raise _Died(f"did not end within {seconds:g} s and was stopped")
            try:
                piece = os.read(self.source.fileno(), 1 << 16)
            except ConnectionError:  # it ended before it had read all that was asked
                piece = b""
            if not piece:
                raise _Died(self.ending())
            pieces.append(piece)
        line, _, self.buffer = b"".join(pieces).partition(b"\n")
        return dict(json.loads(line))

    def ending(self) -> str:
        try:
            status = self.wait()
        except HostError as error:
            return f"was lost: {error}"
        if status < 0:
            try:
                name = signal.Signals(-status).name
            except ValueError:
                name = str(-status)
            why = {"SIGKILL": " (perhaps for want of memory)", "SIGSEGV": " (the interpreter crashed)"}
            return f"ended the process by signal {name}{why.get(name, '')}"
        return f"ended the process with exit status {status}"

    def kill(self) -> None:
        """End the page's process and those it started, unless its end was waited for: its number may be another's."""
        if self._status is None:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Kill it and hear no more of it; `bury` it at leisure."""
        self.kill()
        self._hang_up()

    def _hang_up(self) -> None:
        for file in (self.channel, self.source):
            with contextlib.suppress(OSError):
                file.close()


class _Forked(_Child):
    """A page's process where the system can fork."""

    def __init__(self, parent: _Parent) -> None:
        self._parent = parent
        folder = tempfile.mkdtemp(prefix="page-")
        ours, theirs = socket.socketpair()
        with ours, theirs:
            super().__init__(folder, ours.makefile("wb", buffering=0), ours.makefile("rb", buffering=0))
            try:
                parent.fork(folder, theirs)
            except HostError:
                shutil.rmtree(folder, ignore_errors=True)
                raise

    def _end(self) -> int:
        return self._parent.wait(self.pid)

    def bury(self) -> None:
        if self._status is None:
            try:
                self._parent.bury(self.pid)
            except HostError:
                shutil.rmtree(self.folder, ignore_errors=True)


class _Spawned(_Child):
    """A page's process where it cannot."""

    def __init__(self, modules: Collection[str], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            _command("page", *_in_order(modules)),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        super().__init__(tempfile.mkdtemp(prefix="page-"), self._process.stdin, self._process.stdout)

    def _end(self) -> int:
        return self._process.wait()


class PageRun:
    """The run of one page. `result(k)` runs the blocks up to k that have not run yet.

    Its results outlive `close`; asked for a later block after that, it runs the page from its top in a new process.
    """

    def __init__(self, host: Host, page: Page) -> None:
        self.host, self.page = host, page
        blocks = page.blocks
        self._blocks = [block for block in blocks if block.runs or block.draws]
        self._shown = {block.number: block for block in blocks if not (block.runs or block.draws)}
        self._results: dict[int, BlockResult] = {}
        self._child: _Child | None = None
        self._done = 0
        """How many of the blocks have run in this process, as far as its results were read."""
        self._asked = 0
        """How many of them it was asked to run."""
        self._stopped_by: Block | None = None

    def __enter__(self) -> PageRun:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the page's process; what was not asked for never runs."""
        if self._child is not None:
            self._child.close()
            self.host._ended.append(self._child)
            self._child = None
        self._done = self._asked = 0

    def result(self, number: int, last: int = 0) -> BlockResult:
        """What came of block `number` (from 1, among all blocks of the page). `last` is the last block that will be
        asked for, if that is known: the page's process then runs on to it meanwhile."""
        if number in self._shown:
            return BlockResult(self._shown[number], "notest")
        while number not in self._results:
            block = self._blocks[self._done]
            self._done += 1
            result = self._run(block, max(number, last))
            self._results.setdefault(block.number, result)
        return self._results[number]

    def _start(self) -> _Child:
        child = self._child = self.host._open(self._blocks)
        limits = self.host.limits
        child.send(
            {
                "path": self.page.path,
                "blocks": [block.source for block in self._blocks],
                "graphs": {i: block.options.get("name") for i, block in enumerate(self._blocks) if block.draws},
                "folder": child.folder,
                "output": limits.output,
                "memory": limits.memory,
            }
        )
        return child

    def _ask(self, last: int) -> _Child:
        """The page's process, asked to run the blocks up to number `last`, if it was not asked yet."""
        child = self._child or self._start()
        if self._asked < self._done:
            until = bisect.bisect(self._blocks, last, key=lambda block: block.number)
            child.send({"run": [self._done - 1, until - 1]})
            self._asked = until
            self.host._tidy()
        return child

    def _run(self, block: Block, last: int) -> BlockResult:
        script = graph.script(block.source, str(block.options.get("name"))) if block.draws else parse(block.source)
        if self._stopped_by is not None:
            first = self._stopped_by
            why = f"not run because of block {first.number} ({self.page.path}:{first.line})"
            return BlockResult(block, "error", script, problems=((None, why),))
        if not block.source.strip():
            return BlockResult(block, "error", script, problems=((None, "there is nothing to run in this block"),))
        seconds = self.host.limits.seconds
        ran: list[Ran] = []
        problems: list[tuple[int | None, str]] = [*script.faults]
        stopped = script.broken
        stderr = ""
        try:
            if not script.broken:
                child = self._ask(last)
                deadline = time.monotonic() + seconds
                while "statement" in (message := child.receive(deadline, seconds)):
                    ran.append(_ran(message["statement"]))
                end = message["block"]
                stderr = end["stderr"]
                if end.get("undrawn"):
                    script = Script(())
                    problems.append((0, f"this graph cannot be drawn: {end['undrawn']}"))
                if end["late"]:
                    late = "\n".join(output_lines(end["late"]))
                    problems.append((None, f"this block prints after its last statement is done:\n{late}"))
                if end["stopped"]:
                    stopped = True
                    trace = "".join(f"\n    in {name}: {line}" for name, line in end["stopped"]["trace"])
                    at = script.statements[max(len(ran), 1) - 1].start
                    index = end["stopped"]["index"]
                    problems.append((at if index is None else index, end["stopped"]["why"] + trace))
                problems += [(None, f"this block {text}") for text in end["hazards"]]
        except HostError as error:
            stopped = True
            problems.append((None, f"cannot run: {error}"))
        except _Died as died:
            stopped = True
            running = script.statements[len(ran)] if len(ran) < len(script.statements) else None
            what = "statement" if running else "block"
            problems.append((running.start if running else None, f"this {what} {died}"))
        # A statement that stopped the block is reported once, as what stopped it.
        finished = ran[:-1] if stopped and ran and ran[-1].raised else ran
        mismatches = [
            *compare(script, finished, "approx" in block.options),
            *figures.compare(self.page.file, script, finished),
        ]
        if stopped:
            self._stopped_by = block
            self.close()
        status = "error" if stopped else "failed" if mismatches or problems else "passed"
        return BlockResult(block, status, script, tuple(ran), tuple(mismatches), tuple(problems), stderr)


def _ran(message: dict[str, Any]) -> Ran:
    return Ran(
        output_lines(message["out"]),
        tuple("\n".join(map(visible, text.split("\n"))) for text in message["warned"]),
        None if message["raised"] is None else "\n".join(map(visible, message["raised"].split("\n"))),
        tuple(message["figures"]),
    )
