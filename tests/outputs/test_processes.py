"""Pages' processes: what is asked of them runs once, and nothing of them is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from proofread.outputs.run import Host, Limits
from proofread.page import Page, read


def _page(*blocks: str) -> Page:
    return read("\n\n".join(f"```python\n{code}\n```" for code in blocks).split("\n"), "page.md")


def _wait(until: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if until():
            return True
        time.sleep(0.02)
    return until()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files; nothing may be left in it, no process, no open file."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    me = psutil.Process()
    descriptors = me.num_fds()
    children = set(me.children())
    yield tmp_path
    # What was there before, a browser for one, may start processes of its own at any time.
    assert _wait(lambda: set(me.children()) <= children), f"left: {set(me.children()) - children}"
    assert me.num_fds() == descriptors
    assert list(tmp_path.iterdir()) == []


def _parent(host: Host) -> psutil.Process:
    """The parent process of a host's pages; other hosts and browsers may run beside it."""
    assert host._parent is not None
    return psutil.Process(host._parent.pid)


def _running(host: Host) -> list[psutil.Process]:
    """What runs below a host's parent process."""
    running = []
    for process in _parent(host).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                running.append(process)
    return running


ENDINGS = {
    "ends": "x = 1",
    "raises": "1 / 0",
    "exits": "import os\nos._exit(1)",
    "crashes": "import os\nos.abort()",
    "never ends": "while True: pass",
    "leaves a process": "import subprocess\nsubprocess.Popen(['sleep', '60']);",
    "leaves a file": "open('left.txt', 'w', encoding='utf-8').close()",
}


@pytest.mark.parametrize("fork", [True, False])
def test_nothing_is_left_of_pages_however_they_end(temporary: Path, fork: bool) -> None:
    with Host(Limits(seconds=2.0 if fork else 5.0), fork=fork) as host:
        for code in ENDINGS.values() if fork else [ENDINGS["exits"], ENDINGS["never ends"]]:
            statuses = [result.status for result in host.run(_page(code, "print('next')\n#> next"))]
            assert statuses in (["passed", "passed"], ["failed", "passed"], ["error", "error"])
            if fork:
                assert _wait(lambda: len(_running(host)) == 1)  # the one that waits for the next page


def test_a_process_that_its_block_leaves_is_ended_wherever_it_hides() -> None:
    start = "subprocess.Popen(['sh', '-c', 'sleep 61 & echo $!; exec sleep 61'], {})"
    options = "stdout=subprocess.PIPE, text=True, start_new_session=True"
    code = f"import subprocess\np = {start.format(options)}\np.pid, int(p.stdout.readline())\n#> ..."
    with Host() as host:
        (result,) = host.run(_page(code))
    assert result.status == "failed" and "leaves process 'sleep' running; wait for it" in result.message("page.md")
    pids = [int(pid) for pid in result.ran[-1].printed[0].strip("()").split(",")]
    assert len(pids) == 2
    assert _wait(lambda: not any(psutil.pid_exists(pid) for pid in pids))


def test_a_page_runs_the_same_where_there_is_no_fork() -> None:
    page = _page("import os\nx = 1\nprint(x)\n#> 1", "x + 1\n#> 3", "1 / 0", "x")
    results = {}
    for fork in (True, False):
        with Host(fork=fork) as host:
            results[fork] = [(result.status, result.message("page.md")) for result in host.run(page)]
    assert results[True] == results[False]
    assert [status for status, _ in results[True]] == ["passed", "failed", "error", "error"]


def test_a_run_left_early_leaves_nothing(temporary: Path) -> None:
    with Host() as host, host.start(_page("x = 1", "x = 2")) as run:
        assert run.result(1).status == "passed"


def test_results_outlive_the_process_and_later_blocks_run_in_a_new_one(temporary: Path) -> None:
    log = temporary / "log"
    note = f"open({str(log)!r}, 'a', encoding='utf-8').write('{{}}');"
    page = _page(*(f"{note.format(k)}\nsteps = [*globals().get('steps', []), {k}]\nsteps\n#> ..." for k in (1, 2, 3)))
    with Host() as host, host.start(page) as run:
        first = run.result(1)
        run.close()
        assert run.result(1) is first
        assert log.read_text(encoding="utf-8") == "1"
        assert run.result(3).ran[-1].printed == ("[1, 2, 3]",)
        assert run.result(2).ran[-1].printed == ("[1, 2]",)
    assert log.read_text(encoding="utf-8") == "1123"
    log.unlink()


def test_when_the_parent_process_is_killed_its_page_fails_and_the_next_one_runs(temporary: Path) -> None:
    with Host(Limits(seconds=5.0)) as host:
        with host.start(_page("import os\nos.getpid()\n#> ...", "while True: pass")) as run:
            page = psutil.Process(int(run.result(1).ran[-1].printed[0]))
            parent = _parent(host)
            parent.kill()
            parent.wait()
            page.kill()
            assert run.result(2).status == "error"
            assert "this statement was lost" in run.result(2).message("page.md")
        assert [result.status for result in host.run(_page("x = 1"))] == ["passed"]


def test_when_the_checker_is_killed_its_pages_end(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    write = f"pathlib.Path({str(mark)!r}).write_text(str(os.getpid()), encoding='utf-8');"
    code = f"import os, pathlib\n{write}\nwhile True: pass"
    (tmp_path / "page.md").write_text(f"```python\n{code}\n```\n", encoding="utf-8")
    command = [sys.executable, "-m", "proofread", "check", "--code", str(tmp_path / "page.md")]
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    checker = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(temporary)})
    assert _wait(lambda: mark.exists() and mark.read_text(encoding="utf-8") != "", 30.0)
    page = psutil.Process(int(mark.read_text(encoding="utf-8")))
    checker.kill()
    checker.wait()
    assert _wait(lambda: not page.is_running() and not any(temporary.iterdir()))


def test_an_interrupted_check_says_so_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("```python\nprint('x')\nwhile True: pass\n```\n", encoding="utf-8")
    checker = subprocess.Popen(
        [sys.executable, "-m", "proofread", "check", "--code", "page.md"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        # Whatever runs in a shell's background is deaf to Ctrl-C, and so is what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    process = psutil.Process(checker.pid)
    # The pages' parent, this page and the process that waits for the next.
    assert _wait(lambda: len(process.children(recursive=True)) == 3, 30.0)
    children = process.children(recursive=True)
    checker.send_signal(signal.SIGINT)
    out, error = checker.communicate(timeout=20)
    assert (checker.returncode, out, error) == (2, b"", b"proofread: interrupted\n")
    assert _wait(lambda: not any(child.is_running() for child in children))
    assert [path.name for path in tmp_path.iterdir()] == ["page.md"]


def test_a_page_that_has_no_group_yet_ends_with_its_client(tmp_path: Path) -> None:
    """An interruption may come between the fork of a page and its first step."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    slow = "import os, time; os.setsid = lambda: time.sleep(60)\nfrom proofread.outputs import worker; worker._host({})"
    with theirs:
        parent = subprocess.Popen([sys.executable, "-c", slow.format(theirs.fileno())], pass_fds=(theirs.fileno(),))
    page, its = socket.socketpair()
    (tmp_path / "folder").mkdir()
    with page, its:
        request = json.dumps({"fork": str(tmp_path / "folder")}).encode("ascii")
        socket.send_fds(ours, [request], [its.fileno()])
        assert _wait(lambda: len(psutil.Process(parent.pid).children()) == 1, 30.0)
        (child,) = psutil.Process(parent.pid).children()
        ours.close()
        assert parent.wait(20) == 0
    assert not child.is_running()
    assert not [*tmp_path.iterdir()]


def test_the_authors_shell_does_not_reach_the_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PYTHONWARNINGS": "error",
        "PYTHONHASHSEED": "7",
        "PYTHONPATH": "/elsewhere",
        "PYTHONSTARTUP": "/elsewhere/start.py",
        "TZ": "Asia/Shanghai",
        "LANG": "zh_CN.GB18030",
        "COLUMNS": "20",
        "OMP_NUM_THREADS": "7",
        "SECRET": "x",
    }.items():
        monkeypatch.setenv(name, value)
    shows = "import os, sys, time, warnings\nwarnings.warn('only shown')\n#! UserWarning: only shown\n"
    shows += "'/elsewhere' in sys.path, 'SECRET' in os.environ, time.tzname[0], hash('a') == hash('a')\n"
    shows += "#> (False, False, 'UTC', True)\n"
    shows += "sys.stdout.encoding, sys.flags.hash_randomization, os.get_terminal_size.__name__\n"
    shows += "#> ('utf-8', 0, 'get_terminal_size')"
    with Host() as host:
        (result,) = host.run(_page(shows))
    assert result.message("page.md") == ""


def test_fifty_pages_do_not_grow_the_parent_process() -> None:
    page = _page("x = bytes(1_000_000)\nlen(x)\n#> 1000000")
    with Host() as host:
        host.run(page)
        parent = _parent(host)
        memory, files = parent.memory_info().rss, 0
        for k in range(50):
            assert host.run(page)[0].status == "passed"
            files = max(files, parent.num_fds()) if k < 5 else files  # more while it forks the next process ahead
        assert parent.memory_info().rss < memory + 2_000_000
        assert _wait(lambda: parent.num_fds() <= files)
