"""`update` writes what really came out, and touches nothing else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofread.faces.command import main
from proofread.outputs import update
from proofread.outputs.run import Host
from proofread.page import read_file


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    return path


def _update(*arguments: str) -> int:
    return main(["update", *(arguments or ("page.md",))])


def _text(name: str) -> str:
    return Path(name).read_bytes().decode("utf-8")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("```python\n1 + 1\n#> 3\n```\n", "```python\n1 + 1\n#> 2\n```\n"),
        ("```python\n1 + 1\n```\n", "```python\n1 + 1\n#> 2\n```\n"),
        ("```python\nx = 1\n#> 2\n```\n", "```python\nx = 1\n```\n"),
        (
            "```python\n1 / 0\n#! ZeroDivisionError: ?\n```",
            "```python\n1 / 0\n#! ZeroDivisionError: division by zero\n```",
        ),
        ("```python\nprint('a\\n\\nb')\n#> b\n```\n", "```python\nprint('a\\n\\nb')\n#> a\n#>\n#> b\n```\n"),
        ("```python\nprint(1); print(2)\n```\n", "```python\nprint(1); print(2)\n#> 1\n#> 2\n```\n"),
        ("- list\n\n\t```python\n\t1 + 1\n\t```\n", "- list\n\n\t```python\n\t1 + 1\n\t#> 2\n\t```\n"),
        ("> > ```python\n> > 1 + 1\n> > ```\n", "> > ```python\n> > 1 + 1\n> > #> 2\n> > ```\n"),
        ("\ufeff```python\r\n1\r\n#> 0\r\n```\r\n", "\ufeff```python\r\n1\r\n#> 1\r\n```\r\n"),
        ("```python\r\n1\r\n```\n", "```python\r\n1\r\n#> 1\r\n```\n"),
        (
            "```python\nprint('<at 0x12>\\nb\\nc\\nd')\n#> <at 0x...>\n#> ...\n#> D\n```\n",
            "```python\nprint('<at 0x12>\\nb\\nc\\nd')\n#> <at 0x...>\n#> b\n#> c\n#> d\n```\n",
        ),
        (
            "```python\nprint('a 1\\nb\\nc\\nd\\n5')\n#> a ...\n#> ...\n#> d\n#> 4\n```\n",
            "```python\nprint('a 1\\nb\\nc\\nd\\n5')\n#> a ...\n#> ...\n#> d\n#> 5\n```\n",
        ),
        (
            "```python\nimport warnings\nwarnings.warn('long one'); warnings.warn('b')\n#! UserWarning: long...\n```\n",
            "```python\nimport warnings\nwarnings.warn('long one'); warnings.warn('b')\n"
            "#! UserWarning: long...\n#! UserWarning: b\n```\n",
        ),
    ],
)
def test_the_real_output_is_written_and_then_holds(before: str, after: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write("page.md", before)
    assert (_update(), _text("page.md")) == (0, after)
    assert "1 file changed" in capsys.readouterr().out
    assert (_update(), _text("page.md")) == (0, after)
    assert capsys.readouterr().out == "0 files changed\n"
    assert main(["check", "--code", "page.md"]) == 0


@pytest.mark.parametrize(("end", "now"), [("", "\r\n#> 1"), ("\n", "\n#> 1\n"), ("\r\n", "\r\n#> 1\r\n")])
def test_a_snippet_keeps_its_line_ends_and_the_end_of_its_file(end: str, now: str) -> None:
    _write("page.md", '```python\n--8<-- "code.py"\n```\n')
    _write("code.py", f"x = 1  # 注  \r\n# \t tab\r\nx{end}")
    assert _update() == 0
    assert _text("code.py") == f"x = 1  # 注  \r\n# \t tab\r\nx{now}"


def test_check_writes_nothing_and_says_what_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    page = _write("page.md", "```python\n1\n#> 2\n```\n")
    before = page.stat().st_mtime_ns
    assert _update("--check", "page.md") == 1
    assert page.stat().st_mtime_ns == before
    lines = capsys.readouterr().out.splitlines()
    assert "-#> 2" in lines and "+#> 1" in lines and lines[-1] == "1 file would change"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("print(1)\n#> 2\n1 / 0", "page.md:4: unexpected ZeroDivisionError: division by zero"),
        ("1 / 0\n#! ValueError: x", "page.md:2: unexpected ZeroDivisionError: division by zero"),
        ("print(1)\nif 1:\n    print(1)\n    #> 2", "page.md:5: `#>` stands inside a statement"),
        ("x = = 1", "page.md:2: SyntaxError: invalid syntax"),
        ("import os\nos._exit(0)", "page.md:3: this statement ended the process with exit status 0"),
        ("print('x' * 2_000_000)", "page.md:1: this block printed more than 1000000 bytes"),
        ("import os\nprint(1)\n#> 2\nos.chdir('/')", "page.md:1: this block changes the working directory"),
    ],
)
def test_a_block_that_fails_otherwise_is_left_alone(code: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = f"```python\n{code}\n```\n"
    _write("page.md", before)
    assert _update() == 1
    assert _text("page.md") == before
    assert why in capsys.readouterr().err


def test_what_two_places_share_is_written_once() -> None:
    include = '```python\n--8<-- "code.py:part"\n```\n'
    _write("one.md", include * 2)
    _write("two.md", include)
    _write("code.py", "# --8<-- [start:part]\nprint(7)\n#> 0\n# --8<-- [end:part]\n")
    assert _update("one.md", "two.md") == 0
    assert _text("code.py") == "# --8<-- [start:part]\nprint(7)\n#> 7\n# --8<-- [end:part]\n"


@pytest.mark.parametrize("pages", [["x = 0\n{}", "x = 1\n{}"], ["x = 0\n{}\n\n```python\nx = 1\n{}"]])
@pytest.mark.parametrize("now", ["0", "1", "..."])
def test_a_snippet_that_gives_two_outputs_is_refused(
    pages: list[str], now: str, capsys: pytest.CaptureFixture[str]
) -> None:
    block = '```\n\n```python\n--8<-- "code.py"\n```'
    names = [f"page{i}.md" for i in range(len(pages))]
    for name, text in zip(names, pages, strict=True):
        _write(name, "```python\n" + text.replace("{}", block) + "\n")
    code = f"x\n#> {now}\n"
    _write("code.py", code)
    status = _update(*names)
    assert _text("code.py") == code
    # Both outputs may match a wildcard; else nobody can say which is right.
    refused = "code.py:1: this statement is shown more than once and its outputs differ"
    assert (status, refused in capsys.readouterr().err) == ((0, False) if now == "..." else (1, True))


def test_lines_shown_by_number_do_not_move(capsys: pytest.CaptureFixture[str]) -> None:
    (Path() / "docs").mkdir()
    _write("mkdocs.yml", "site_name: x\n")
    _write("docs/by-section.md", '```python\n--8<-- "code.py:part"\n```\n')
    _write("docs/by-number.md", '```python\n--8<-- "code.py:5:6"\n```\n')
    code = "# --8<-- [start:part]\nprint('a\\nb')\n#> {}\n# --8<-- [end:part]\nprint(1)\n#> {}\n"
    _write("snippets/code.py", code.format("a", "0"))
    assert _update("docs/by-section.md") == 1
    assert _text("snippets/code.py") == code.format("a", "0")
    assert "snippets/code.py:2: a page shows this file by line numbers, which would move" in capsys.readouterr().err
    assert _update("docs/by-number.md") == 0
    assert _text("snippets/code.py") == code.format("a", "1")


def test_a_statement_put_together_from_two_places_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    _write("page.md", '```python\nprint(\n--8<-- "code.py"\n```\n')
    _write("code.py", "1)\n")
    assert _update() == 1
    assert (_text("page.md"), _text("code.py")) == ('```python\nprint(\n--8<-- "code.py"\n```\n', "1)\n")
    assert "code.py:1: the output of this statement does not stand right under it" in capsys.readouterr().err


def test_a_file_changed_while_its_page_ran_is_left_alone(folder: Path) -> None:
    path = _write("page.md", "```python\n1\n#> 2\n```\n")
    page = read_file(path)
    with Host() as host:
        edits = list(update.edits(page, host.run(page)))
    _write("page.md", "新的一行\n\n```python\n1\n#> 2\n```\n")
    with pytest.raises(update.UpdateError, match=r"page\.md:2: this is not the text that ran"):
        update.apply(edits[0].path, edits)


def test_a_crash_while_writing_leaves_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = "```python\n1\n#> 2\n```\n"
    _write("page.md", before)

    def crash(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    assert _update() == 2
    assert (_text("page.md"), os.listdir()) == (before, ["page.md"])


def test_a_file_that_cannot_be_written_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("page.md", "```python\n1\n#> 2\n```\n")

    def refuse(*arguments: object, **keywords: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(update.tempfile, "mkstemp", refuse)
    assert _update() == 1
    assert "page.md cannot be written: Permission denied" in capsys.readouterr().err


def test_a_link_stays_a_link_and_the_mode_stays(folder: Path) -> None:
    real = _write("real/code.py", "print(1)\n#> 2\n")
    real.chmod(0o640)
    os.symlink("real/code.py", "code.py")
    _write("page.md", '```python\n--8<-- "code.py"\n```\n\n```python\n--8<-- "real/code.py"\n```\n')
    assert _update() == 0
    assert os.path.islink("code.py") and _text("real/code.py") == "print(1)\n#> 1\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_figures_are_stored_beside_the_page_alike_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.title('损失');\n#> ![损失](loss.svg)\n"
    _write("docs/page.md", f"```python\n{code}```\n")
    assert main(["check", "--code", "docs"]) == 1
    assert "the figure loss.svg is not stored yet" in capsys.readouterr().out
    assert _update("docs") == 0
    svg = _text("docs/loss.svg")
    assert "损失" in svg and "currentColor" in svg and "<text" in svg
    assert (main(["check", "--code", "docs"]), _update("docs"), _text("docs/loss.svg")) == (0, 0, svg)
    _write("docs/loss.svg", svg.replace("损失", "其他"))
    assert main(["check", "--code", "docs"]) == 1
    assert "docs/page.md:4: the figure differs from loss.svg" in capsys.readouterr().out


def test_two_figures_of_one_name_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    draw = "plt.plot({}); plt.title('t');\n#> ![图](same.svg)\n"
    _write("page.md", f"```python\nimport matplotlib.pyplot as plt\n{draw.format([1, 2])}{draw.format([2, 1])}```\n")
    assert _update() == 1
    assert not Path("same.svg").exists()
    assert "same.svg: two different figures have this name" in capsys.readouterr().err


def test_the_command_itself(folder: Path) -> None:
    _write("page.md", "```python\nprint('中')\n#> 国\n```\n")
    command = [sys.executable, "-m", "proofread", "update", "page.md"]
    done = subprocess.run(command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert _text("page.md") == "```python\nprint('中')\n#> 中\n```\n"


# ---- any file at all

_NOISE = st.sampled_from(["", "# 注释 ", "#\t tab", "y = 0  ", "'''", "#: > no output", "#"])
_PRINTS = st.lists(st.text("ab. 0中\t\\'\"", max_size=6), max_size=3)


@st.composite
def _files(draw: st.DrawFn) -> tuple[str, str]:
    """A snippet file with stale outputs, and the same file with the right ones."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    before, after = ["# 文件"], ["# 文件"]
    for printed in draw(st.lists(_PRINTS, min_size=1, max_size=4)):
        noise = draw(st.lists(_NOISE.filter(lambda line: line != "'''"), max_size=2))
        code = [*noise, f"print({chr(10).join(printed)!r}){draw(st.sampled_from(['', ' ', '  # 注']))}"]
        stale = [f"#> {line}" for line in draw(st.lists(st.sampled_from(["x", "y z"]), max_size=3))]
        text = chr(10).join(printed)
        lines = [line.replace("\t", "\\t") for line in text.split("\n")]
        real = [f"#> {line}" if line else "#>" for line in lines]
        before += [*code, *stale]
        after += [*code, *real]
    tail = draw(st.sampled_from(["", end, end + end, end + "# the end"]))
    return end.join(before) + tail, end.join(after) + tail


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """One parent process for many small pages."""
    with Host() as host:
        yield host


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=_files())
def test_any_file_gets_its_outputs_and_keeps_every_other_byte(files: tuple[str, str], host: Host, folder: Path) -> None:
    before, after = files
    _write("page.md", '```python\n--8<-- "code.py"\n```\n')
    _write("code.py", before)
    for _ in range(2):  # the second time nothing changes
        page = read_file(folder / "page.md")
        assert page.faults == ()
        edits = list(update.edits(page, host.run(page)))
        written = update.apply(edits[0].path, edits)[1]
        Path("code.py").write_bytes(written)
        assert written.decode("utf-8") == after
