"""Our own pages: every section of every snippet is shown, and no digit of any output can be wrong."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from proofread.faces.command import main
from proofread.outputs.expect import FIGURE, Ran, Statement, compare, parse
from proofread.page import Page, read_file

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
SNIPPETS = sorted((ROOT / "snippets").rglob("*.py"))


@pytest.fixture(scope="module")
def pages() -> dict[str, Page]:
    """All pages, read."""
    return {path.relative_to(ROOT).as_posix(): read_file(path) for path in PAGES}


def test_no_page_has_a_fault(pages: dict[str, Page]) -> None:
    assert [fault for page in pages.values() for fault in page.faults] == []


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.relative_to(ROOT / "snippets").as_posix())
def test_every_line_of_a_snippet_file_is_shown_on_some_page(path: Path, pages: dict[str, Page]) -> None:
    shown = {(os.path.realpath(line.path), line.line) for page in pages.values() for line in page.lines}
    lines = path.read_text(encoding="utf-8").split("\n")
    sections = re.compile(r"#\s*--8<--\s*\[(start|end):")
    hidden = [i for i, line in enumerate(lines, 1) if line.strip() and not sections.search(line)]
    missing = [f"{i}: {lines[i - 1]}" for i in hidden if (os.path.realpath(path), i) not in shown]
    assert missing == []


def _as_written(statement: Statement) -> Ran:
    """A run that gives a statement's output as its page says (the doc tests see to it that it does)."""
    printed = (line for line in statement.printed if not FIGURE.fullmatch(line))
    raised = "\n".join(statement.raised).replace("...", "…")
    return Ran(tuple(line.replace("...", "…") for line in printed), (), raised or None)


@pytest.mark.parametrize("name", [path.relative_to(ROOT).as_posix() for path in PAGES])
def test_every_changed_digit_of_an_output_is_found_on_its_line(name: str, pages: dict[str, Page]) -> None:
    tried = 0
    for block in pages[name].blocks:
        if not block.runs:
            continue
        lines = block.source.split("\n")
        script = parse(block.source)
        ran = [_as_written(statement) for statement in script.statements]
        assert compare(script, ran) == []
        for row in (e for statement in script.statements for e in statement.expected):
            for digit in re.finditer(r"\d", "" if FIGURE.fullmatch(row.text) else lines[row.index]):
                other = str((int(digit[0]) + 1) % 10)
                changed = lines[row.index][: digit.start()] + other + lines[row.index][digit.end() :]
                wrong = parse("\n".join([*lines[: row.index], changed, *lines[row.index + 1 :]]))
                found = compare(wrong, ran, "approx" in block.options)
                assert [mismatch.index for mismatch in found] == [row.index], changed
                tried += 1
    assert tried or not any(re.search(r"(?m)^#[>!].*\d", block.source) for block in pages[name].blocks)


def _recipe(target: str) -> list[str]:
    """The commands of a target of the Makefile."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return text.partition(f"\n{target}:")[2].partition("\n\n")[0].split("\n\t")[1:]


def test_make_build_checks_the_pages_before_it_builds_and_builds_strictly() -> None:
    """`mkdocs build --strict` alone would trust the site's cache, and Zensical's `--strict` no log at all."""
    recipe = _recipe("build")
    assert recipe[0].endswith("python -m proofread check docs")
    assert recipe[1].endswith("/mkdocs build --strict")
    assert not any(line.lstrip("@").startswith("-") or "|| true" in line for line in recipe)


def test_only_serving_remembers_what_laboratories_printed_and_only_until_it_starts_again() -> None:
    *_, forgets, serves = _recipe("serve")
    assert forgets == "@rm -rf .cache/labs"
    assert serves.startswith("LABS_CACHE=true ")
    assert (ROOT / "Makefile").read_text(encoding="utf-8").count("LABS_CACHE") == 1
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "cache: !ENV [LABS_CACHE, false]\n      cache_dir: .cache/labs\n" in settings


def test_the_page_that_the_readme_shows_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    files = re.findall(
        r"`((?:docs|snippets)/\S+\.(?:md|py))`[^`]*\n\n(`{3,})(?:markdown|python)\n(.*?)\n\2\n", readme, re.DOTALL
    )
    assert [name for name, *_ in files] == ["docs/derivative/quadratic.md", "snippets/derivative/quadratic.py"]
    for name, _, text in files:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["check", "docs"]) == 0


def test_the_check_names_the_line_of_a_changed_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mkdocs.yml", "docs/autograd/first-example.md", "snippets/autograd/first-example.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    snippet = tmp_path / "snippets/autograd/first-example.py"
    lines = snippet.read_text(encoding="utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if re.match(r"#> .*\d", line))
    lines[at] = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), lines[at], count=1)
    snippet.write_text("\n".join(lines), encoding="utf-8", newline="\n")
    assert main(["check", "--code", "docs/autograd/first-example.md"]) == 1
    out = capsys.readouterr().out
    assert re.search(
        rf"^docs/autograd/first-example\.md:\d+ → snippets/autograd/first-example\.py:{at + 1}: the output", out
    )
