"""The other end of `run`: a process that has imported torch and done nothing else, and its children, one a page.

A page's blocks run here, statement by statement, in a module of their own. What they print is caught at the file
descriptor, so that nothing written from C or from a thread is lost. Nothing here compares anything.

Protocol, in JSON. To the parent process, an object a message: `{"load": [modules]}`, answered `{}`; `{"fork": folder}`
with a socket, not answered; `{"wait": pid}`, answered `{"status": n}`; `{"bury": pid}`, not answered. With a page's
process, an object a line: it begins with `{"pid": n}`, is told `{"path", "blocks": [source…], "output", "memory", …}`,
and then `{"run": [first, last]}` again and again, answered for each of these blocks that is not empty by one
`{"statement": {…}}` for each statement and one `{"block": {…}}`. It runs on without waiting for anybody to read that,
and ends after a block that stops the page.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import ctypes
import gc
import io
import json
import linecache
import operator
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
import types
import warnings
from typing import IO, Any

from proofread.outputs import drawing, graph
from proofread.outputs.expect import FIGURE, Script, Statement, foresees, parse

_FUTURE = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}
_FORKED = [False]


class _NoInput(io.TextIOBase):
    """Standard input for blocks: there is nobody to type."""

    def readable(self) -> bool:
        return True

    def _refuse(self, *args: object) -> Any:
        raise EOFError("a block reads standard input; there is nobody to answer, so give the value in the code")

    read = readline = readlines = __next__ = fileno = _refuse


class _Capture:
    """A file descriptor pointed at a file, and what was written there since the last look."""

    def __init__(self, descriptor: int) -> None:
        import fcntl

        self.file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 — lives as long as the process
        # Whoever writes, writes at the end: subprocesses and C share the descriptor.
        fcntl.fcntl(self.file, fcntl.F_SETFL, fcntl.fcntl(self.file, fcntl.F_GETFL) | os.O_APPEND)
        self.descriptor, self.seen, self.limit = descriptor, 0, 0
        self.point()

    def point(self) -> None:
        """Point the descriptor at the file (again)."""
        os.dup2(self.file.fileno(), self.descriptor)

    @property
    def astray(self) -> bool:
        """Whether the descriptor was closed or points elsewhere."""
        try:
            return not os.path.sameopenfile(self.file.fileno(), self.descriptor)
        except OSError:
            return True

    def take(self) -> tuple[str, bool]:
        """The text written since, cut at the limit, and whether it was cut."""
        end = os.fstat(self.file.fileno()).st_size
        start, self.seen = self.seen, end
        size = min(max(end - start, 0), self.limit)
        data = os.pread(self.file.fileno(), size, start) if size else b""
        return data.decode("utf-8", errors="backslashreplace"), end - start > size


def _stream(descriptor: int) -> io.TextIOWrapper:
    file = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", write_through=True)


def _unbuffer_c() -> None:
    """Have what C prints written at once: in its place among Python's lines, and before the next look."""
    for name in ("stdout", "__stdoutp"):
        with contextlib.suppress(OSError, AttributeError, ValueError):
            c = ctypes.CDLL(None)
            c.setvbuf(ctypes.c_void_p.in_dll(c, name), None, 2, ctypes.c_size_t(0))  # 2: _IONBF


class _Program:
    """A page as one program: its blocks share this module and run in order."""

    def __init__(self, channel: IO[bytes]) -> None:
        """What is the same for every page."""
        self.channel = channel
        self.module = types.ModuleType("__main__")
        sys.modules["__main__"] = self.module
        self.flags = 0
        self.out, self.err = _Capture(1), _Capture(2)
        sys.stdin = _NoInput()
        # What is written must not wait in a buffer, nor may Python's own overtake C's.
        _unbuffer_c()
        self.streams = {"stdout": _stream(1), "stderr": _stream(2)}
        self._restore_streams()
        self.warned: list[str] = []
        vars(warnings)["showwarning"] = self._showwarning
        self.unheard: list[str] = []
        threading.excepthook = self._unheard_in_thread
        sys.unraisablehook = self._unheard
        self.builtins = dict(vars(builtins))
        self.threads: set[threading.Thread] = set(threading.enumerate())
        _adopt()

    def begin(self, setup: dict[str, Any]) -> None:
        """Be this page."""
        os.chdir(setup["folder"])
        self.folder = os.getcwd()
        self.blocks: list[str] = setup["blocks"]
        self.graphs: dict[int, str] = {int(number): name for number, name in setup["graphs"].items()}
        self.recorder: Any = None
        if self.graphs:
            from proofread.outputs.graph_trace import Recorder  # imports torch

            self.recorder = Recorder()
        # Each block has lines of its own, so that `warn once per line` and tracebacks tell blocks apart.
        self.filename = f"<{setup['path']}>"
        self.offsets: list[int] = []
        lines: list[str] = []
        for source in self.blocks:
            self.offsets.append(len(lines))
            lines += [line + "\n" for line in source.split("\n")]
        linecache.cache[self.filename] = (sum(map(len, lines)), None, lines, self.filename)
        self.out.limit = self.err.limit = setup["output"]
        _limit_memory(setup["memory"])

    def _restore_streams(self) -> None:
        for name, stream in self.streams.items():
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)

    def _showwarning(self, message: Warning | str, category: type[Warning], *rest: object) -> None:
        self.warned.append(f"{category.__name__}: {message}")

    def _unheard_in_thread(self, args: Any) -> None:
        if not issubclass(args.exc_type, SystemExit):
            name = args.thread.name if args.thread else "?"
            self.unheard.append(f"has an exception in thread {name!r}: {args.exc_type.__name__}: {args.exc_value}")

    def _unheard(self, args: Any) -> None:
        self.unheard.append(f"has an exception that nobody hears: {args.exc_type.__name__}: {args.exc_value}")

    def send(self, **message: object) -> None:
        self.channel.write(json.dumps(message).encode("ascii") + b"\n")
        self.channel.flush()

    def run(self, number: int) -> bool:
        """Run block `number` (from 0) and send what it did; returns whether the page goes on."""
        stopped: dict[str, Any] | None = None
        hazards: list[str] = []
        if self.out.take()[0]:
            hazards.append("finds text that an earlier block printed after its end; wait for what prints it")
        undrawn = self._draw(number) if number in self.graphs else ""
        script = Script(()) if number in self.graphs else parse(self.blocks[number])
        _FORKED[0] = False
        if script.broken:
            index, why = script.faults[0]
            stopped = {"index": index, "why": why, "trace": []}
        elif script.statements:
            nodes, noticed = self._parse(number)
            shown = max((k for k, statement in enumerate(script.statements) if statement.printed), default=-1)
            carried = ""
            for k, (node, statement) in enumerate(zip(nodes, script.statements, strict=True)):
                self.warned += noticed.get(k, [])
                error = self._execute(node, statement.echo)
                if self.recorder is not None:
                    self.recorder.settle()
                done, error = self._collect(statement, error, hazards)
                done["out"], carried = carried + done["out"], ""
                if k < shown and not statement.printed and error is None:
                    # An unfinished line goes on: it stands where the page shows it.
                    finished, end, carried = done["out"].rpartition("\n")
                    done["out"] = finished + end
                if error is not None:
                    done["raised"] = _tell(error)
                    if statement.joined or not foresees(statement, done["raised"]):
                        why = f"unexpected {done['raised']}"
                        stopped = {"index": self._where(error, number), "why": why, "trace": self._trace(error)}
                self.send(statement=done)
                del error
                if stopped:
                    break
        if not stopped:
            hazards += self._hazards()
        late, _ = self.out.take()
        stderr = self.err.take()[0]
        self.send(block={"stopped": stopped, "hazards": hazards, "stderr": stderr, "late": late, "undrawn": undrawn})
        return not stopped

    def _draw(self, number: int) -> str:
        """Draw the graph that a fence asks for, as the figure of its one statement; or say why it cannot be drawn."""
        from proofread.outputs import graph_svg, graph_trace

        name = self.graphs[number]
        request, _ = graph.read(self.blocks[number], name)
        if request is None:
            return ""
        try:
            svg = graph_svg.render(graph_trace.draw(request, vars(self.module), self.recorder), name, request.title)
        except graph.GraphError as error:
            return str(error)
        finally:
            if number == max(self.graphs):
                self.recorder = None
        self.send(statement={"out": "", "warned": [], "raised": None, "figures": [svg]})
        return ""

    def _parse(self, number: int) -> tuple[list[ast.stmt], dict[int, list[str]]]:
        """A block's statements, with line numbers of their own, and what the parser warned of in each."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            # Below as many empty lines as there are above it in the program.
            nodes = ast.parse("\n" * self.offsets[number] + self.blocks[number]).body
        noticed: dict[int, list[str]] = {}
        for warning in caught:
            at = max((k for k, node in enumerate(nodes) if node.lineno <= warning.lineno), default=0)
            noticed.setdefault(at, []).append(f"{warning.category.__name__}: {warning.message}")
        return nodes, noticed

    def _execute(self, node: ast.stmt, echo: bool) -> BaseException | None:
        try:
            if echo and isinstance(node, ast.Expr):
                code = compile(ast.Expression(node.value), self.filename, "eval", self.flags, dont_inherit=True)
                with self.recorder or contextlib.nullcontext():
                    value = eval(code, vars(self.module))
                if value is not None:
                    sys.stdout.write(repr(value) + "\n")
            else:
                code = compile(ast.Module([node], []), self.filename, "exec", self.flags, dont_inherit=True)
                self.flags |= sum(flag for flag in _FUTURE.values() if code.co_flags & flag)
                with self.recorder or contextlib.nullcontext():
                    exec(code, vars(self.module))
        except BaseException as error:  # SystemExit and KeyboardInterrupt are results like any other
            return error
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
        return None

    def _collect(
        self, statement: Statement, error: BaseException | None, hazards: list[str]
    ) -> tuple[dict[str, Any], BaseException | None]:
        """What a statement printed, warned of and drew; and its error, which may come of the drawing."""
        if isinstance(error, MemoryError):
            _lift_memory()
        done: dict[str, Any] = {"out": "", "warned": [], "raised": None, "figures": []}
        if statement.joined and error is None:
            return done, None  # the next statement on this line shows it all
        done["out"], cut = self.out.take()
        if cut:
            hazards.append(f"printed more than {self.out.limit} bytes")
        if any(e.kind == ">" and FIGURE.fullmatch(e.text) for e in statement.expected):
            try:
                done["figures"] = drawing.take()
            except Exception as failure:
                error = error or failure
        done["warned"] = self.warned[:]
        self.warned.clear()
        return done, error

    def _frames(self, error: BaseException) -> list[traceback.FrameSummary]:
        return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == self.filename]

    def _where(self, error: BaseException, number: int) -> int | None:
        """The line of block `number` (from 0) that the exception passed last, if it passed one."""
        first, size = self.offsets[number], self.blocks[number].count("\n") + 1
        lines = [(frame.lineno or 0) - 1 - first for frame in self._frames(error)]
        if isinstance(error, SyntaxError) and error.filename == self.filename:
            lines.append((error.lineno or 0) - 1 - first)
        return next((line for line in reversed(lines) if 0 <= line < size), None)

    def _trace(self, error: BaseException) -> list[tuple[str, str]]:
        """Function and source line of each frame in the page's own code, outermost first."""
        frames = [(frame.name, frame.line or "") for frame in self._frames(error)]
        return frames if len(frames) <= 8 else [*frames[:4], ("…", "and so on"), *frames[-4:]]

    def _hazards(self) -> list[str]:
        """What the block did to its process that no page may do; mended, so that the next block is not hit too."""
        found = [*self._running(), *self._processes(), *self.unheard]
        self.unheard.clear()
        if _FORKED[0]:
            found.append("forks the process; a page is one process")
        try:
            moved = os.getcwd() != self.folder
        except OSError:
            moved = True
        if moved:
            found.append("changes the working directory and leaves it changed")
            with contextlib.suppress(OSError):
                os.chdir(self.folder)
        now = vars(builtins)
        # By identity: quick for the block that changes nothing, and no `__eq__` of the page's runs.
        same = len(now) == len(self.builtins) and all(map(operator.is_, now.values(), self.builtins.values()))
        names = () if same else {*now, *self.builtins} - {"_"}
        changed = sorted(name for name in names if now.get(name) is not self.builtins.get(name))
        if changed:
            found.append(f"replaces built-in names for every module: {', '.join(changed)}")
            now.clear()
            now.update(self.builtins)
        for name, capture in (("stdout", self.out), ("stderr", self.err)):
            stream = self.streams[name]
            if getattr(sys, name) is not stream or stream.closed or capture.astray:
                found.append(f"replaces or closes sys.{name}, or its descriptor, and leaves it so")
                capture.point()
                self.streams[name] = _stream(capture.descriptor) if stream.closed else stream
        self._restore_streams()
        if left := drawing.close():
            figures = "a figure" if left == 1 else f"{left} figures"
            found.append(f"leaves {figures} that the page does not show; write `#> ![说明](name.svg)` or close it")
        return found

    def _running(self) -> list[str]:
        """Threads that the block leaves running. A daemon of a library's own is the library's affair."""
        found = []
        deadline = time.monotonic() + 2.0
        for thread in threading.enumerate():
            if thread in self.threads or isinstance(thread, threading._DummyThread):
                continue
            target = getattr(thread, "_target", None) or type(thread)
            of_page = isinstance(target, types.BuiltinFunctionType) or target.__module__ == "__main__"
            if thread.daemon and not of_page:
                continue
            thread.join(max(deadline - time.monotonic(), 0.0))
            if thread.is_alive():
                self.threads.add(thread)
                found.append(f"leaves thread {thread.name!r} running; join it")
        return found

    def _processes(self) -> list[str]:
        """Processes that the block leaves running, ended: what they print later would be another block's, or nobody's.
        The one that `multiprocessing` keeps for itself ends with the page."""
        tracker = getattr(sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None)
        own = getattr(tracker, "_pid", None)
        deadline = time.monotonic() + 2.0
        while (left := [name for pid, name in _children() if pid != own]) and time.monotonic() < deadline:
            time.sleep(0.02)
        deadline = time.monotonic() + 2.0
        # Again and again: what they leave in turn becomes ours.
        while left and (more := [pid for pid, _ in _children() if pid != own]) and time.monotonic() < deadline:
            for pid in more:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)
        return [f"leaves process {name!r} running; wait for it" for name in left]


def _children() -> list[tuple[int, str]]:
    """Number and name of each process below this one that runs."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except (AttributeError, ChildProcessError):  # the usual case, at the price of one call
        return []
    found: list[tuple[int, str]] = []
    for entry in os.scandir("/proc") if os.path.isdir("/proc") else ():
        with contextlib.suppress(OSError):
            if entry.name.isdigit():
                with open(f"/proc/{entry.name}/stat", encoding="utf-8", errors="replace") as file:
                    head, _, tail = file.read().rpartition(")")
                state, parent = tail.split()[:2]
                if int(parent) == os.getpid() and state != "Z":
                    found.append((int(entry.name), head.partition("(")[2]))
    return found


def _adopt() -> None:
    """Become the parent of what the page's processes leave behind (where the system can): it stays in sight."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _tell(error: BaseException) -> str:
    """`Type: message`, as at the end of a traceback; of a syntax error without the place, which is the page's."""
    lines = traceback.format_exception_only(error)
    if isinstance(error, SyntaxError):
        lines = [line for line in lines if not line.startswith(" ")]
    return "".join(lines).rstrip("\n")


def _limit_memory(extra: int) -> None:
    """Let this process grow by `extra` bytes of address space and no more (where the system can)."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:
            size = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + extra, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass


def _lift_memory() -> None:
    """Let this process grow again: what went wrong must be told."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _load(names: list[str]) -> None:
    """Import modules, if they are there; what a page needs and cannot have, its own import says."""
    for name in names:
        with contextlib.suppress(ImportError):
            __import__(name)


def _serve(source: IO[bytes], channel: IO[bytes]) -> None:
    """Be one page's process: prepare, then run the page's blocks as they are asked for, until the asking ends."""
    if hasattr(os, "register_at_fork"):
        # A copy of the page ends at once; that one was made is the block's failure.
        os.register_at_fork(after_in_parent=lambda: _FORKED.__setitem__(0, True), after_in_child=lambda: os._exit(0))
    if "torch" in sys.modules:
        # One thread: sums in the same order on every machine.
        sys.modules["torch"].set_num_threads(1)
    drawing.prepare()
    program = _Program(channel)
    program.send(pid=os.getpid())
    setup = source.readline()
    if not setup:
        return
    program.begin(json.loads(setup))
    while line := source.readline():
        first, last = json.loads(line)["run"]
        try:
            if not all(program.run(k) for k in range(first, last + 1) if program.blocks[k].strip()):
                return
        except Exception as error:  # a block that breaks the interpreter under us: a tiny recursion limit, say
            why = f"breaks what runs it: {type(error).__name__}: {error}"
            program.send(
                block={"stopped": {"index": None, "why": why, "trace": []}, "hazards": [], "stderr": "", "late": ""}
            )
            return


def _page(descriptor: int) -> None:
    import socket

    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    connection = socket.socket(fileno=descriptor)
    _serve(connection.makefile("rb"), connection.makefile("wb"))


def _host(descriptor: int) -> None:
    """Be the parent process: load modules, fork pages, say how they ended. Ends when its client does."""
    import socket

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the client to decide on
    connection = socket.socket(fileno=descriptor)
    alive: dict[int, str] = {}

    def bury(pid: int) -> int:
        # While the page is a zombie its number is nobody else's: end what it has started.
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        shutil.rmtree(alive.pop(pid), ignore_errors=True)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 1)
        if not data:
            break
        request = json.loads(data)
        answer: dict[str, int] | None = None
        if "load" in request:
            _load(request["load"])
            # What is here stays: the pages' garbage collectors need not look at it, nor copy its memory to do so.
            gc.freeze()
            answer = {}
        elif "fork" in request:
            pid = os.fork()
            if pid == 0:
                status = 1
                try:
                    connection.close()
                    _page(descriptors[0])
                    status = 0
                except BaseException:
                    traceback.print_exc()
                finally:
                    os._exit(status)
            os.close(descriptors[0])
            alive[pid] = request["fork"]
        elif "wait" in request:
            answer = {"status": bury(request["wait"])}
        else:
            bury(request["bury"])
        if answer is not None:
            connection.sendall(json.dumps(answer).encode("ascii"))
    # The client is gone, and may have had no time to tidy up.
    for pid in [*alive]:
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)  # it may have no group of its own yet
        bury(pid)


def main() -> None:
    """`worker fork N`: be the parent process on socket N. `worker page MODULE…`: be one page on standard input and
    output, which has imported these."""
    sys.path[:] = [entry for entry in sys.path if entry != os.environ.get("PYTHONPATH")]
    os.environ.pop("PYTHONPATH", None)
    if sys.argv[1] == "fork":
        _host(int(sys.argv[2]))
    else:
        source, channel = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        _load(sys.argv[2:])
        _serve(source, channel)


if __name__ == "__main__":
    main()
