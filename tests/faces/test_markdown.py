"""The site's extension: cells, faults where they stand, and the cache that is never trusted."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from markdown import Markdown

from proofread.faces import cache
from proofread.faces.command import main
from proofread.page import read_file

EXTENSIONS = [
    "admonition",
    "attr_list",
    "footnotes",
    "md_in_html",
    "tables",
    "toc",
    "pymdownx.arithmatex",
    "pymdownx.details",
    "pymdownx.highlight",
    "pymdownx.snippets",
    "pymdownx.superfences",
    "pymdownx.tabbed",
    "proofread.faces.markdown",
    "proofread.faces.typeset",
]


class Project:
    """A small site of one page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "mkdocs.yml").write_text("site_name: t\n", encoding="utf-8")
        (folder / "docs").mkdir()
        (folder / "snippets").mkdir()

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def render(self, text: str) -> str:
        """The page as MkDocs would have it rendered: front matter taken off, the file known."""
        self.write("docs/page.md", text)
        md = Markdown(extensions=EXTENSIONS, extension_configs={"pymdownx.arithmatex": {"generic": True}})
        file = SimpleNamespace(abs_src_path=str(self.folder / "docs" / "page.md"), src_uri="page.md")

        class RelPath:
            def __init__(self) -> None:
                self.file = file

            def run(self, root: object) -> None:
                return None

        md.treeprocessors.register(RelPath(), "relpath", 0)
        body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
        return md.convert(body)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


class _Messages(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What a strict build would fail on."""
    handler = _Messages()
    logger = logging.getLogger("mkdocs.proofread")
    logger.addHandler(handler)
    yield handler.messages
    logger.removeHandler(handler)


def test_a_block_is_a_cell_of_code_and_output(project: Project, errors: list[str]) -> None:
    html = project.render("```python\nx = 1\nx + 1\n#> 2\n```\n")
    assert '<figure class="cell" data-status="passed">' in html
    assert html.count("<pre") == 2
    code, output = re.findall(r"<pre.*?</pre>", html, flags=re.DOTALL)
    assert "#&gt;" not in html and "x" in code and ">2</code>" in output
    assert errors == []


def test_a_stale_output_is_shown_and_logged_with_both_places(project: Project, errors: list[str]) -> None:
    project.write("snippets/a.py", "# --8<-- [start:s]\nx = 1\nx\n#> 3\n# --8<-- [end:s]\n")
    html = project.render('---\ntitle: t\n---\n# T\n\n```python\n--8<-- "a.py:s"\n```\n')
    assert 'data-status="failed"' in html and 'class="cell-fault" role="alert"' in html
    assert len(errors) == 1
    assert re.search(r"^docs/page\.md:7 → .*a\.py:4: the output differs", errors[0])


def test_every_block_below_a_broken_one_says_why_it_did_not_run(project: Project, errors: list[str]) -> None:
    html = project.render("```python\n1/0\n```\n\n```python\nprint(1)\n#> 1\n```\n")
    assert html.count('data-status="error"') == 2
    assert "ZeroDivisionError" in errors[0]
    assert "not run because of block 1 (docs/page.md:1)" in errors[1]


def test_errors_and_warnings_are_marked_as_such(project: Project, errors: list[str]) -> None:
    code = "import warnings\nwarnings.warn('w')\n#! UserWarning: w\n1/0\n#! ZeroDivisionError: ..."
    html = project.render(f"```python\n{code}\n```\n")
    assert 'class="cell-output cell-warns"' in html and 'class="cell-output cell-raises"' in html
    assert errors == []


@pytest.mark.parametrize(
    ("shown", "warnings", "errors_"),
    [
        ("#! UserWarning: a...\n#! ValueError: b", ["UserWarning: a..."], ["ValueError: b"]),
        (
            "#! UserWarning: a\n#! more\n#! and more\n#! ValueError: b",
            ["UserWarning: a\nmore\nand more"],
            ["ValueError: b"],
        ),
        ("#! UserWarning: a...\n#! ValueError...", ["UserWarning: a..."], ["ValueError..."]),
    ],
)
def test_a_shortened_warning_takes_no_line_of_the_exception(
    project: Project, errors: list[str], shown: str, warnings: list[str], errors_: list[str]
) -> None:
    code = "import warnings\ndef f():\n    warnings.warn('a\\nmore\\nand more'); raise ValueError('b')\n\nf()\n"
    html = project.render(f"```python\n{code}{shown}\n```\n")
    assert re.findall(r'aria-label="警告"><code>(.*?)</code>', html, flags=re.DOTALL) == warnings
    assert re.findall(r'aria-label="报错"><code>(.*?)</code>', html, flags=re.DOTALL) == errors_
    assert errors == []


@pytest.mark.parametrize(
    ("block", "compared"),
    [
        ("```python\n1\n#> 1\n2\n#> 2\n```", "2 行输出逐字相同 · torch"),
        ("```python approx\n1.25\n#> 1.2500001\n```", "1 行输出文字与整数逐字相同，小数在印出的位数内相同 · "),
        ("```python\nobject()\n#> <object object at 0x...>\n```", "1 行输出逐字相同，1 行里的 ... 不论 · "),
        ("```python\n1\n#> 1\n1/0\n#! ZeroDivisionError: ...\n```", "1 行输出、1 行报错或警告逐字相同，1 行里的"),
        ("```python\nx = 1\n```", "没有输出 · "),
    ],
)
def test_a_cell_says_what_was_compared(project: Project, errors: list[str], block: str, compared: str) -> None:
    html = project.render(f"```python\nx = 0\n```\n\n{block}\n")
    notes = re.findall(r'<figcaption class="cell-ran"[^>]*>(.*?)</figcaption>', html)
    assert notes[1].startswith(f"已运行：{compared}") and notes[1].endswith("docs/page.md 第 2 块")
    assert errors == []


def test_a_cell_that_was_not_compared_does_not_say_so(project: Project) -> None:
    html = project.render('```python notest reason="r"\nx\n```\n\n```python\n1\n#> 2\n```\n')
    assert "cell-ran" not in html


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('```python\n--8<-- "gone.py"\n```\n', r"page\.md:2: snippet file 'gone.py' is not there"),
        ("```python wrong\nx = 1\n```\n", r"page\.md:1: unknown option 'wrong'"),
        ("```pyhton\nx = 1\n```\n", r"page\.md:1: unknown language 'pyhton'"),
        ("```python\nx = 1\n", r"page\.md:1: this fence is never closed"),
        ("a $ x $ b\n", r"page\.md:1: .*space inside its dollars"),
        ("a\n\n    x = 1\n", r"shows text as code that no fence of the page holds"),
        ("<pre>tensor([1.])</pre>\n", r"shows text as code that no fence of the page holds"),
        ("a\n$$\nx\n$$\nb\n", r"not typeset|space inside|did not find"),
        ("$\\nosuchcommand{x}$\n", r"cannot typeset|unreadable|nosuchcommand"),
    ],
)
def test_what_cannot_be_held_against_the_reader_is_an_error(
    project: Project, errors: list[str], text: str, message: str
) -> None:
    project.render(text)
    assert any(re.search(message, error) for error in errors), errors


def test_text_of_a_block_stays_text(project: Project, errors: list[str]) -> None:
    code = "print('<script>alert(1)</script>')\n#> <script>alert(1)</script>\nprint('\\x1b[31m')\n#> \\x1b[31m"
    html = project.render(f"```python\n{code}\n```\n")
    assert "<script>" not in html and "&lt;script&gt;" in html and "\x1b" not in html
    assert errors == []


def test_blocks_in_admonitions_tabs_lists_and_footnotes_are_cells(project: Project, errors: list[str]) -> None:
    block = "    ```python\n    {n}\n    #> {n}\n    ```\n"
    html = project.render(
        "!!! note\n" + block.format(n=1) + '\n=== "tab"\n' + block.format(n=2) + "\n- item\n\n" + block.format(n=3)
        + "\n??? note\n" + block.format(n=4) + "\ntext[^1]\n\n[^1]: foot\n\n" + block.format(n=5)
    )  # fmt: skip
    assert html.count('<figure class="cell" data-status="passed">') == 5
    assert errors == []


def test_an_unchanged_page_is_not_run_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = project.render("```python\nx = 1\nx\n#> 1\n```\n")
    monkeypatch.setattr("proofread.faces.markdown._host", lambda: pytest.fail("the page was run again"))
    assert project.render("```python\nx = 1\nx\n#> 1\n```\n") == first


def test_a_broken_or_foreign_cache_is_as_if_not_there(project: Project, errors: list[str]) -> None:
    text = "```python\nx = 1\nx\n#> 2\n```\n"
    project.render(text)
    folder = project.folder / ".cache" / "proofread"
    page = read_file(project.folder / "docs" / "page.md", "docs/page.md")
    entry = folder / f"{cache.key(page, 'blocks')}.json"
    assert entry.is_file()
    foreign = json.dumps({"key": entry.stem, "value": {"1": {"status": 0}}})
    for content in ["{", "[]", '{"key": "other", "value": {"1": {}}}', foreign]:
        entry.write_text(content, encoding="utf-8")
        assert 'data-status="failed"' in project.render(text), content


def test_the_cache_knows_page_snippet_and_checker(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("snippets/a.py", "x = 1\n")
    project.write("docs/page.md", '```python\n--8<-- "a.py"\n```\n')
    path = project.folder / "docs" / "page.md"
    keys = [cache.key(read_file(path), "blocks")]
    project.write("snippets/a.py", "x = 2\n")
    keys.append(cache.key(read_file(path), "blocks"))
    project.write("docs/page.md", 'a\n\n```python\n--8<-- "a.py"\n```\n')
    keys.append(cache.key(read_file(path), "blocks"))
    monkeypatch.setattr(cache, "_checker", lambda: "another")
    keys.append(cache.key(read_file(path), "blocks"))
    assert len(set(keys)) == 4


@pytest.mark.parametrize("package", ["torch", "numpy", "matplotlib", "pymdown-extensions"])
def test_the_cache_knows_the_versions_that_a_result_stands_on(
    project: Project, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    project.write("docs/page.md", "```python\nx = 1\n```\n")
    page = read_file(project.folder / "docs" / "page.md")
    real = cache.metadata.version
    before = cache.key(page, "blocks")
    monkeypatch.setattr(cache.metadata, "version", lambda name: "0" if name == package else real(name))
    cache._checker.cache_clear()
    try:
        assert cache.key(page, "blocks") != before
    finally:
        cache._checker.cache_clear()


def test_neither_pytest_nor_the_command_line_reads_the_cache(
    project: Project, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("docs/page.md", "```python\nx = 1\nx\n#> 2\n```\n")
    monkeypatch.chdir(project.folder)
    page = read_file(project.folder / "docs" / "page.md", "docs/page.md")
    store = cache.Cache(project.folder / ".cache" / "proofread")
    store.put(cache.key(page, "blocks"), {"1": {"status": "passed", "message": "", "warnings": []}})
    store.put(cache.key(page, "formulas"), [])
    assert 'data-status="passed"' in project.render("```python\nx = 1\nx\n#> 2\n```\n")  # the site does
    assert main(["check", "docs/page.md"]) == 1
    pytester.runpytest_subprocess("--markdown-docs", "-q", "docs").assert_outcomes(failed=1)


def test_a_strict_build_fails_on_a_stale_output_and_an_ordinary_one_shows_it(project: Project) -> None:
    lines = [f"  - {name}" for name in EXTENSIONS if name != "toc"]
    arithmatex = "  - pymdownx.arithmatex: {generic: true}"
    lines = [arithmatex if line.endswith("arithmatex") else line for line in lines]
    project.write("mkdocs.yml", "site_name: t\nmarkdown_extensions:\n" + "\n".join(lines) + "\n")
    project.write("docs/index.md", "# T\n\n```python\nx = 1\nx\n#> 2\n```\n")

    def build(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mkdocs", "build", *arguments]
        return subprocess.run(command, cwd=project.folder, capture_output=True, text=True, encoding="utf-8")

    strict = build("--strict")
    assert strict.returncode == 1 and "docs/index.md:6: the output differs" in strict.stderr
    assert build().returncode == 0
    assert "cell-fault" in (project.folder / "site" / "index.html").read_text(encoding="utf-8")
