"""A graph fence on a page: run with its blocks, stored beside it, compared, refreshed, reported with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proofread.faces.command import main
from proofread.outputs.run import BlockResult, Host, Limits
from proofread.page import read_file

PAGE = """# A page

```python
import torch
x = torch.tensor([1., 1, 4, 5], requires_grad=True)
y = 2 * torch.dot(x, x)
```

```graph name="seed"
y
```

```python
y.backward()
x.grad
#> tensor([ 4.,  4., 16., 20.])
```
"""


def write(folder: Path, text: str = PAGE) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host() as host:
        yield host


def run(page: Path, host: Host) -> list[BlockResult]:
    return host.run(read_file(page, "page.md"))


def test_stored_compared_refreshed(tmp_path: Path, host: Host) -> None:
    """Missing, it is a failure at its line; `update` stores it; changed by a hair, it fails again."""
    page, picture = write(tmp_path), tmp_path / "seed.svg"
    missing = run(page, host)[1]
    assert missing.fault and missing.message("page.md").startswith("page.md:10: the figure seed.svg is not stored yet")
    assert main(["update", str(page)]) == 0
    stored = picture.read_bytes()
    assert b"(4, 4, 16, 20)" in stored
    assert page.read_text(encoding="utf-8") == PAGE
    assert [result.status for result in run(page, host)] == ["passed"] * 3
    picture.write_bytes(stored.replace(b"(4, 4, 16, 20)", b"(4, 4, 16, 21)", 1))
    changed = run(page, host)[1]
    assert changed.fault and changed.message("page.md").startswith("page.md:10: the figure differs from seed.svg")
    assert main(["update", str(page)]) == 0 and picture.read_bytes() == stored


def test_same_bytes_in_every_process(tmp_path: Path, host: Host) -> None:
    """Another hash seed and a process that was not forked draw the same file."""
    page = write(tmp_path)
    pictures = {run(page, host)[1].ran[0].figures[0]}
    for other in (Host(hash_seed=4242), Host(fork=False)):
        with other:
            pictures.add(run(page, other)[1].ran[0].figures[0])
    assert len(pictures) == 1


def test_the_page_changes_the_picture(tmp_path: Path, host: Host) -> None:
    """A change in a block above shows in the graph: it is drawn from what ran."""
    page = write(tmp_path)
    (tmp_path / "seed.svg").write_text(run(page, host)[1].ran[0].figures[0], encoding="utf-8")
    assert run(page, host)[1].status == "passed"
    write(tmp_path, PAGE.replace("y = 2 *", "y = 3 *"))
    graph = run(page, host)[1]
    assert graph.status == "failed" and "(6, 6, 24, 30)" in graph.ran[0].figures[0]


def test_faults_have_places_and_the_page_goes_on(tmp_path: Path, host: Host) -> None:
    """A graph that cannot be drawn fails at its own line and is not stored; the blocks below still run."""
    fence = '\n```graph name="{}"\n{}\n```\n'
    bad = fence.format("unknown", "q") + fence.format("body", "y\nnonsense") + fence.format("freed", "y")
    page = write(tmp_path, PAGE + bad)
    lines = (PAGE + bad).split("\n")
    assert main(["update", str(page)]) == 1
    assert [path.name for path in tmp_path.glob("*.svg")] == ["seed.svg"]
    ran = run(page, host)
    results = {result.block.options.get("name"): result for result in ran}
    assert [result.status for result in ran] == ["passed", "passed", "passed", "failed", "failed", "failed"]
    for name, words in {
        "unknown": "`q` cannot be evaluated here: NameError: name 'q' is not defined",
        "body": "`nonsense` is neither",
        "freed": "was freed by a backward() above",
    }.items():
        fault_line = lines.index(f'```graph name="{name}"') + (3 if name == "body" else 2)
        message = results[name].message("page.md")
        assert message.startswith(f"page.md:{fault_line}: ") and words in message


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("graph", "a graph needs a name for its file"),
        ('graph name="../seed"', "a graph needs a name for its file"),
        ('graph name="Seed One"', "a graph needs a name for its file"),
        ('graph name="a" approx', "unknown option 'approx' on a graph"),
    ],
)
def test_options(tmp_path: Path, info: str, message: str) -> None:
    """A graph has a name that is fit for a file, and no other option."""
    page = read_file(write(tmp_path, f"# A\n\n```{info}\ny\n```\n"), "page.md")
    assert [(fault.line, message in fault.message) for fault in page.faults] == [(3, True)]


def test_a_hanging_expression_is_stopped(tmp_path: Path) -> None:
    """An expression that does not end is killed and named like any statement."""
    text = PAGE.replace('```graph name="seed"\ny\n', '```graph name="seed"\nsum(0 for _ in iter(int, 1))\n')
    with Host(Limits(seconds=20)) as host:
        _, graph, last = run(write(tmp_path, text), host)
    assert graph.status == "error" and "did not end within 20 s" in graph.message("page.md")
    assert "not run because of block 2" in last.message("page.md")
