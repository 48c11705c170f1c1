"""The table: each way to write a block, and each hazard, with the case that holds it and what a real pytest says there.

`test_cases` compares whole cases; here a row that has no case, or whose item says something else, is missed by name.
"""

from __future__ import annotations

import re
from pathlib import Path

import golden
import pytest

_DIFFERS = "the output differs"

#: What is written: case, item, and words of what pytest says of it. Most outputs are wrong on purpose: a block that is
#: found and run says so at its line.
SYNTAX = {
    "```python": ("syntax/languages", "block-8", "languages.md:40: the output differs"),
    "```py": ("syntax/languages", "block-2", ""),
    "```python3, behind a space": ("syntax/languages", "block-3", ""),
    "~~~python": ("syntax/languages", "block-4", ""),
    "```.python": ("syntax/languages", "block-5", ""),
    "``` {.python}": ("syntax/languages", "block-6", ""),
    "four backticks": ("syntax/languages", "block-7", ""),
    "title, hl_lines, linenums": ("syntax/options", "block-1", "options.md:5: the output differs"),
    "title, hl_lines, linenums in braces, with an id": (
        "syntax/options",
        "block-2",
        "options.md:10: the output differs",
    ),
    "approx in braces": ("syntax/options", "block-3", ""),
    "a name": ("syntax/options", "block-near", _DIFFERS),
    "in an admonition": ("syntax/containers", "block-1", "containers.md:5: the output differs"),
    "in details": ("syntax/containers", "block-2", "containers.md:12: the output differs"),
    "in a tab": ("syntax/containers", "block-3", "containers.md:19: the output differs"),
    "in a second tab, with tildes": ("syntax/containers", "block-4", "containers.md:26: the output differs"),
    "in a list": ("syntax/containers", "block-5", "containers.md:33: the output differs"),
    "in a list in a list": ("syntax/containers", "block-6", "containers.md:40: the output differs"),
    "in a block quote": ("syntax/containers", "block-7", "containers.md:45: the output differs"),
    "in a quote in a quote": ("syntax/containers", "block-8", "containers.md:52: the output differs"),
    "in a footnote": ("syntax/containers", "block-9", "containers.md:61: the output differs"),
    "in a quote in a tab in a list in an admonition": ("syntax/containers", "block-10", _DIFFERS),
    "in an HTML element": ("syntax/containers", "block-11", _DIFFERS),
    "a snippet's section": ("syntax/snippets", "block-1", "snippets.md:2 → syntax/parts.txt:4: the output differs"),
    "a snippet's lines": ("syntax/snippets", "block-2", "snippets.md:8 → syntax/parts.txt:9: the output differs"),
    "two ranges of a snippet's lines": ("syntax/snippets", "block-3", "snippets.md:12 → syntax/parts.txt:12:"),
    "a snippet in a snippet": ("syntax/snippets", "block-4", "snippets.md:16 → syntax/chain.txt:4: the output differs"),
    "several snippets at once": (
        "syntax/snippets",
        "block-5",
        "snippets.md:20 → syntax/chain.txt:4: the output differs",
    ),
    "a page as a snippet": ("syntax/snippets", "block-6", "snippets.md:27 → syntax/whole.md:3: the output differs"),
    "a snippet that includes itself": ("syntax/missing-snippets", "fault-8", "includes itself"),
    "a snippet that is not there": ("syntax/missing-snippets", "fault-1", "is not there"),
    "text, console, markdown: shown and not run": ("syntax/not-python", "block-4", ""),
    "no language": ("syntax/unknown-words", "fault-1", "names no language"),
    "an unknown language": ("syntax/unknown-words", "fault-2", "unknown language 'pyhton'"),
    "an unknown option": ("syntax/unknown-words", "fault-4", "unknown option 'aprox'"),
    "an unknown option of a text fence": ("syntax/unknown-words", "fault-9", "unknown option 'approx'"),
    "notest without a reason": ("syntax/unknown-words", "fault-7", "notest needs a reason"),
    "indented code": ("syntax/indented", "fault-1", "indented.md:1: indented text is shown as code"),
    "indented code in a footnote": ("syntax/indented", "fault-6", "indented text is shown as code"),
    "raw HTML": ("syntax/indented", "fault-8", "a raw <pre> is shown as code"),
    "a fence in a comment": ("syntax/comments", "fault-1", "neither shown nor run"),
    "a fence that is never closed": ("syntax/unknown-words", "fault-17", "never closed"),
    "CRLF and a byte order mark": ("syntax/crlf-bom", "block-1", _DIFFERS),
}

HAZARDS = {
    "a block that never ends": (
        "hazards/never-ends",
        "block-1",
        "never-ends.md:3: this statement did not end within 4 s",
    ),
    "a block that calls os._exit": ("hazards/exits", "block-1", "exits.md:3: this statement ended the process"),
    "a block that crashes the interpreter": (
        "hazards/crashes",
        "block-1",
        "crashes.md:3: this statement ended the process",
    ),
    "a block that exhausts memory at once": (
        "hazards/exhausts-memory",
        "block-1",
        "exhausts-memory.md:2: unexpected Mem",
    ),
    "a block that exhausts memory bit by bit": (
        "hazards/eats-memory",
        "block-1",
        "eats-memory.md:4: unexpected Memory",
    ),
    "a block that prints 100 MB": (
        "hazards/prints-100-mb",
        "block-1",
        "prints-100-mb.md:1: this block printed more than",
    ),
    "a block that forks": ("hazards/forks", "block-1", "forks.md:1: this block forks the process"),
    "a block that reads stdin": ("hazards/reads-stdin", "block-1", "reads-stdin.md:2: unexpected EOFError"),
    "a block that changes directory": (
        "hazards/changes-directory",
        "block-1",
        "changes-directory.md:1: this block changes",
    ),
    "a block that patches print": (
        "hazards/patches-print",
        "block-1",
        "replaces built-in names for every module: print",
    ),
    "a block that leaves a thread": ("hazards/leaves-thread", "block-1", "leaves thread 'sleeper' running"),
    "a block that leaves a process": ("hazards/leaves-process", "block-1", "leaves process 'sleep' running"),
    "a process that prints after its block": (
        "hazards/process-prints-late",
        "block-1",
        "prints after its last statement",
    ),
    "a process whose parent is gone": ("hazards/process-out-of-sight", "block-1", "leaves process 'sh' running"),
    "a block that leaves a figure open": ("hazards/leaves-figure", "block-1", "leaves a figure"),
    "names, dtype, grad mode, seeds, threads, environment, directory, filters, figures of the page before": (
        "hazards/isolation-2-sees-nothing",
        "block-1",
        "",
    ),
    "the page that sets them": ("hazards/isolation-1-sets", "block-1", ""),
    "terminal escapes in an output": ("hazards/escapes", "block-1", r"\x1b[31mred\x1b[0m <b>bold</b> \u202e"),
    "terminal escapes in an error": ("hazards/escapes", "block-2", r"unexpected ValueError: \x1b[2J\x07"),
    "terminal escapes in a page": ("hazards/escapes-in-page", "block-1", r"\x1b[31mred | x"),
}

#: Hazards after which the page cannot go on; after any other its next block runs.
_ENDS = {"never-ends", "exits", "crashes", "exhausts-memory", "eats-memory", "reads-stdin"}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What one run of a real pytest says of each item of each case; nothing of those that pass."""
    run = golden.run(tmp_path_factory.mktemp("cases"))
    return {name: dict(_items(text)) for name, text in run.items()}


def _items(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"^(\S+) (passed|failed)\n((?:    .*\n|\n)*)", text, flags=re.MULTILINE)
    return [(name, "" if outcome == "passed" else message) for name, outcome, message in found]


@pytest.mark.parametrize("row", [*SYNTAX, *HAZARDS])
def test_row(row: str, said: dict[str, dict[str, str]]) -> None:
    case, item, words = (SYNTAX | HAZARDS)[row]
    assert (golden.CASES / f"{case}.md").is_file()
    if words:
        assert words in said[case][item]
    else:
        assert said[case][item] == ""


_GOES_ON = sorted(
    {case for case, item, _ in HAZARDS.values() if item == "block-1" and "\nblock-2 " in golden.expected(case)}
    - {"hazards/escapes", "hazards/isolation-1-sets"}  # both of their blocks are hazards
)


@pytest.mark.parametrize("case", _GOES_ON)
def test_after_a_hazard_the_rest_of_the_run_goes_on(case: str, said: dict[str, dict[str, str]]) -> None:
    after = said[case]["block-2"]
    assert ("not run because of block 1" in after) if Path(case).name in _ENDS else after == ""
