"""Expected output: read `#>` and `#!` lines, compare them with what a statement did, write what it did as such lines.

Pure functions over a block's text; who runs it and where it stands is not their concern.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Expected:
    """One `#>` or `#!` line."""

    kind: str
    """`>` for a printed line, `!` for a warning or an exception."""
    text: str
    index: int
    """Its line in the block, from 0."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One top-level statement of a block and the output written under it."""

    start: int
    """First line in the block (from 0), decorators included."""
    end: int
    """Line after its last."""
    echo: bool
    """Whether it is a bare expression whose value a notebook would show."""
    expected: tuple[Expected, ...] = ()

    @property
    def printed(self) -> tuple[str, ...]:
        """The lines that the page says it prints."""
        return tuple(line.text for line in self.expected if line.kind == ">")

    @property
    def raised(self) -> tuple[str, ...]:
        """The lines that the page says its warnings and its exception read."""
        return tuple(line.text for line in self.expected if line.kind == "!")


@dataclass(frozen=True, slots=True)
class Script:
    """A block, read."""

    statements: tuple[Statement, ...]
    faults: tuple[tuple[int, str], ...] = ()
    """Lines (from 0) that cannot be read, and why."""
    broken: bool = False
    """Whether it is no Python at all."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one statement did."""

    printed: tuple[str, ...] = ()
    """Lines on standard output, an echoed value among them."""
    warned: tuple[str, ...] = ()
    """`Category: message` of each warning shown; a message may have several lines."""
    raised: str | None = None
    """The last lines of a traceback (`Type: message`), if it raised."""
    figures: tuple[str, ...] = ()
    """SVG of each matplotlib figure it left."""

    @property
    def complaints(self) -> tuple[str, ...]:
        """Warnings and exception as the lines of a page."""
        texts = [*self.warned, *([self.raised] if self.raised is not None else [])]
        return tuple(line for text in texts for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A statement whose output is not what the page says."""

    index: int
    """The line of the block (from 0) that an author must look at."""
    headline: str
    expected: tuple[str, ...] = ()
    actual: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The headline, and both outputs side by side if there are any."""
        return "\n".join([self.headline, *side_by_side(self.expected, self.actual)])


FIGURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<name>[^()\s]+\.svg)\)")


def parse(source: str) -> Script:
    """Split a block into its top-level statements and the output lines under each.

    What cannot be read is a fault with its line, never an exception.
    """
    try:
        tree = ast.parse(source)
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        comments = [token for token in tokens if token.type == tokenize.COMMENT]
    except SyntaxError as error:
        return Script((), ((max((error.lineno or 1) - 1, 0), f"SyntaxError: {error.msg}"),), broken=True)
    except (tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        return Script((), ((0, f"this block cannot be read as Python: {error}"),), broken=True)
    lines = source.split("\n")
    spans = [(_first_line(node) - 1, node) for node in tree.body]
    expected: dict[int, list[Expected]] = {}
    faults: list[tuple[int, str]] = []
    for comment in comments:
        if not comment.string.startswith(("#>", "#!")):
            continue
        row, column = comment.start[0] - 1, comment.start[1]
        marker = comment.string[:2]
        above = max((i for i, (start, _) in enumerate(spans) if start <= row), default=None)
        if above is None:
            faults.append((row, f"`{marker}` stands above every statement; write it under the one whose output it is"))
            continue
        end = spans[above][1].end_lineno or 0
        if lines[row][:column].strip():
            faults.append((row, f"`{marker}` stands behind code; write it on a line of its own under the statement"))
        elif column or row < end:
            faults.append((row, f"`{marker}` stands inside a statement; output goes under the whole statement"))
        elif row != end + len(expected.get(above, ())):
            faults.append((row, f"`{marker}` is not directly under a statement or its other output lines"))
        else:
            text = comment.string[2:]
            if text and not text.startswith(" "):
                faults.append((row, f"`{marker}` needs one space (or nothing) behind it"))
            expected.setdefault(above, []).append(Expected(marker[1], text[1:], row))
    statements = []
    for i, (start, node) in enumerate(spans):
        mine = tuple(expected.get(i, ()))
        shown = i == len(spans) - 1 or bool(mine)
        echo = isinstance(node, ast.Expr) and shown and not _silenced(lines, node)
        statements.append(Statement(start, node.end_lineno or start + 1, echo, mine))
    return Script(tuple(statements), tuple(faults))


def _first_line(node: ast.stmt) -> int:
    """A statement's first line (from 1), decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _silenced(lines: Sequence[str], node: ast.stmt) -> bool:
    """Whether a `;` follows the statement on its last line."""
    assert node.end_lineno is not None
    tail = lines[node.end_lineno - 1].encode("utf-8")[node.end_col_offset :]
    return tail.lstrip().startswith(b";")


# ---- comparing

_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w])")


@lru_cache(maxsize=4096)
def _pattern(line: str, approx: bool) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A regular expression for an expected line, and the numbers that its groups are compared with."""
    parts: list[str] = []
    numbers: list[str] = []
    for i, literal in enumerate(line.split("...")):
        if i:
            parts.append(".*?")
        if not approx:
            parts.append(re.escape(literal))
            continue
        at = 0
        for number in _NUMBER.finditer(literal):
            parts.append(_spaced(literal[at : number.start()]))
            parts.append(f"({_NUMBER.pattern})")
            numbers.append(number[0])
            at = number.end()
        parts.append(_spaced(literal[at:]))
    return re.compile("".join(parts), re.DOTALL), tuple(numbers)


def _spaced(literal: str) -> str:
    """A literal whose runs of spaces match any run: a sign or a digit more moves torch's columns."""
    return " *".join(re.escape(part) for part in re.split(" +", literal))


def line_matches(expected: str, actual: str, approx: bool = False) -> bool:
    """Whether an output line is the expected one; `...` matches anything in it.

    With `approx` the text must agree, whole numbers must be equal, and decimal numbers may differ by one
    unit of the last digit printed (the coarser of the two).
    """
    if expected == actual:
        return True
    pattern, numbers = _pattern(expected, approx)
    match = pattern.fullmatch(actual)
    if match is None:
        return False
    return all(_near(want, got) for want, got in zip(numbers, match.groups(), strict=True))


def _near(want: str, got: str) -> bool:
    decimal = [any(c in text for c in ".eE") for text in (want, got)]
    if not any(decimal):
        return int(want) == int(got)
    if not all(decimal):
        return False
    # A hair more than one unit, since the difference of two decimals is not exact in binary.
    return abs(float(want) - float(got)) <= 1.000001 * max(_unit(want), _unit(got))


def _unit(number: str) -> float:
    mantissa, _, exponent = number.lower().partition("e")
    digits = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - digits))


def lines_match(expected: Sequence[str], actual: Sequence[str], approx: bool = False) -> bool:
    """Whether output lines are the expected ones, each used once. A line `...` stands for one line or more."""

    # reach[j]: whether the expected lines so far can be the first j actual ones.
    reach = [True] + [False] * len(actual)
    for want in expected:
        if want.strip() == "...":
            first = next((j for j, ok in enumerate(reach) if ok), len(actual))
            reach = [j > first for j in range(len(actual) + 1)]
        else:
            reach = [False] + [reach[j] and line_matches(want, actual[j], approx) for j in range(len(actual))]
    return reach[-1]


def complaints_match(expected: Sequence[str], actual: Sequence[str]) -> bool:
    """As `lines_match`, but a last line that ends in `...` takes in all that follows: messages can be long."""
    if expected and expected[-1].endswith("...") and len(actual) >= len(expected):
        keep = len(expected) - 1
        actual = [*actual[:keep], "\n".join(actual[keep:])]
    return lines_match(expected, actual)


def compare(script: Script, ran: Sequence[Ran], approx: bool = False) -> list[Mismatch]:
    """Hold what the statements did against what the page says; statements that never ran are not compared.
    Figures are `figures.compare`'s."""
    mismatches: list[Mismatch] = []
    for statement, did in zip(script.statements, ran, strict=False):
        text = tuple(line for line in statement.printed if not FIGURE.fullmatch(line))
        at = statement.expected[0].index if statement.expected else statement.end - 1
        if not lines_match(text, did.printed, approx):
            first = next((e.index for e in statement.expected if e.kind == ">"), at)
            if not text:
                headline = "printed, but the page does not show it (write it under the statement as `#>`)"
            elif not did.printed:
                headline = "expected, but this statement prints nothing"
            else:
                headline = "the output differs"
                pairs = enumerate(zip(text, did.printed, strict=False))
                first += next((i for i, (a, b) in pairs if not line_matches(a, b, approx)), 0)
            mismatches.append(Mismatch(first, headline, text, did.printed))
        if not complaints_match(statement.raised, did.complaints):
            first = next((e.index for e in statement.expected if e.kind == "!"), at)
            kind = "exception" if did.raised else "warning"
            if not statement.raised:
                headline = f"{kind} that the page does not show (write it under the statement as `#!`)"
            elif not did.complaints:
                headline = "the page says this raises or warns, and it does not"
            else:
                headline = f"the {kind} differs"
            mismatches.append(Mismatch(first, headline, statement.raised, did.complaints))
    return mismatches


# ---- showing and writing


def visible(text: str) -> str:
    """Text with control characters written out (`\\x1b`, `\\r`): text on every screen and in every file."""
    if text.isprintable():
        return text
    return "".join(c if _harmless(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def _harmless(c: str) -> bool:
    return c.isprintable() or c == "\t" or unicodedata.category(c) == "Zs"


def output_lines(text: str) -> tuple[str, ...]:
    """A statement's output as lines: an unfinished last line is a line; control characters are written out."""
    if not text:
        return ()
    return tuple(visible(line) for line in text.removesuffix("\n").split("\n"))


def as_comments(ran: Ran) -> list[str]:
    """What a statement did as the lines to stand under it."""
    rows = [("#>", line) for line in ran.printed] + [("#!", line) for line in ran.complaints]
    return [f"{marker} {line}" if line else marker for marker, line in rows]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _cut(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"{text[: most - 20]}… ({len(text)} characters)"


def side_by_side(expected: Sequence[str], actual: Sequence[str]) -> list[str]:
    """Two outputs in two columns, differing rows marked; empty if both are."""
    if not expected and not actual:
        return []
    rows: list[tuple[str, str, bool]] = []
    for tag, a, b, c, d in SequenceMatcher(None, expected, actual, autojunk=False).get_opcodes():
        left, right = expected[a:b], actual[c:d]
        for i in range(max(len(left), len(right))):
            one = left[i] if i < len(left) else ""
            two = right[i] if i < len(right) else ""
            rows.append((one, two, tag == "equal" or (i < len(left) and i < len(right) and line_matches(one, two))))
    if len(rows) > 60:
        rows = [*rows[:40], (f"… {len(rows) - 50} more rows …", "", True), *rows[-10:]]
    rows = [(_cut(left), _cut(right), same) for left, right, same in rows]
    width = max(_width(row[0]) for row in rows)
    width = max(width, _width("expected"))

    def line(mark: str, left: str, right: str) -> str:
        return f"  {mark} {left}{' ' * max(width - _width(left), 0)} | {right}".rstrip()

    return [line(" ", "expected", "actual"), *(line(" " if same else "≠", a, b) for a, b, same in rows)]
