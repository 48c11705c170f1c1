"""Expected output: read `#>` and `#!` lines, compare them with what a statement did, write what it did as such lines.

Pure functions over a block's text; who runs it and where it stands is not their concern.
"""

from __future__ import annotations

import ast
import bisect
import io
import re
import threading
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
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
    joined: bool = False
    """Whether the next statement begins on its last line (`a; b`): what both print stands under the latter."""
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
    def messages(self) -> tuple[str, ...]:
        """Each warning and the exception, in order; each may have several lines."""
        return (*self.warned, *([self.raised] if self.raised is not None else []))

    @property
    def complaints(self) -> tuple[str, ...]:
        """Warnings and exception as the lines of a page."""
        return tuple(line for text in self.messages for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A statement whose output is not what the page says."""

    index: int
    """The line of the block (from 0) that an author must look at."""
    headline: str
    expected: tuple[str, ...] = ()
    actual: tuple[str, ...] = ()
    approx: bool = False

    @property
    def text(self) -> str:
        """The headline, and both outputs side by side if there are any."""
        return "\n".join([self.headline, *side_by_side(self.expected, self.actual, self.approx)])


#: A figure among the expected lines. Its file stands beside the page: a name, not a path.
FIGURE = re.compile(r"!\[(?P<alt>[^\]]*)\]\((?P<name>\w[\w.-]*\.svg)\)")
#: Comments that were surely meant as output lines: reformatted (`# >`) or typed in full-width mode.
_SPOILT = re.compile(r"#[ \t]+[>!](?=[ \t]|$)|[#＃][＞！]|＃[>!]")
#: What a line holds that may be an output line or meant as one.
_DOUBTFUL = re.compile(rf"#[>!]|^(?:{_SPOILT.pattern})")


READING = threading.Lock()
"""Threads read one at a time: Python 3.11 counts the depth of all its parsers in one place (gh-106905), and the filters
of warnings are everybody's."""


def syntax(source: str) -> ast.Module:
    """The syntax tree of a block's code; what the parser warns of is the block's own, shown when it runs.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as `ast.parse`.
    """
    with READING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def parse(source: str) -> Script:
    """Split a block into its top-level statements and the output lines under each.

    What cannot be read is a fault with its line, never an exception.
    """
    if "\r" in source:  # a line's end to `ast`, and to nobody else
        return Script(
            (), ((source.count("\n", 0, source.index("\r")), "a carriage return (0x0d) in a line"),), broken=True
        )
    try:
        tree = syntax(source)
        spans = [(_first_line(node) - 1, node) for node in tree.body]
        comments = _plain_comments(source, spans)
        if comments is None:
            comments = _comments(source)
    except SyntaxError as error:
        return Script((), ((max((error.lineno or 1) - 1, 0), f"SyntaxError: {error.msg}"),), broken=True)
    except (tokenize.TokenError, ValueError, RecursionError, MemoryError) as error:
        why = f"this block cannot be read as Python: {type(error).__name__} {error}".rstrip()
        return Script((), ((0, why),), broken=True)
    lines = source.split("\n")
    starts = [start for start, _ in spans]
    expected: dict[int, list[Expected]] = {}
    faults: list[tuple[int, str]] = []
    for row, column, comment in comments:
        if not comment.startswith(("#>", "#!")):
            if not column and _SPOILT.match(comment):
                faults.append((row, f"`{comment[:3].strip()}` is no output line; write `#>` or `#!`"))
            continue
        marker = comment[:2]
        above = bisect.bisect_right(starts, row) - 1
        if above < 0:
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
            text = comment[2:]
            if text and not text.startswith(" "):
                faults.append((row, f"`{marker}` needs one space (or nothing) behind it"))
            expected.setdefault(above, []).append(Expected(marker[1], text[1:], row))
    statements = []
    for i, (start, node) in enumerate(spans):
        mine = tuple(expected.get(i, ()))
        shown = i == len(spans) - 1 or bool(mine)
        echo = isinstance(node, ast.Expr) and shown and not _silenced(lines, node)
        end = node.end_lineno or start + 1
        joined = i + 1 < len(spans) and spans[i + 1][0] < end
        statements.append(Statement(start, end, echo, joined, mine))
    return Script(tuple(statements), tuple(faults))


def _comments(source: str) -> list[tuple[int, int, str]]:
    """All comments: row and column (from 0) and text.

    Raises:
        SyntaxError, tokenize.TokenError: the tokenizer cannot read the source.
    """
    tokens = tokenize.generate_tokens(io.StringIO(source, newline="\n").readline)
    return [(t.start[0] - 1, t.start[1], t.string) for t in tokens if t.type == tokenize.COMMENT]


def _plain_comments(source: str, spans: Sequence[tuple[int, ast.stmt]]) -> list[tuple[int, int, str]] | None:
    """The comments that may be meant as output lines, where there is no doubt about any: each has a line of its own
    outside all statements. None where only the tokenizer, which is slow, can tell a comment from a text."""
    rows = [(row, line) for row, line in enumerate(source.split("\n")) if _DOUBTFUL.search(line)]
    inside = {row for start, node in spans for row in range(start, node.end_lineno or 0)} if rows else ()
    if any(row in inside or not line.startswith("#") for row, line in rows):
        return None
    return [(row, 0, line) for row, line in rows]


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

_NUMBER = re.compile(r"(?<![\w.])[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?!\w|\.\d)")


def line_matches(expected: str, actual: str, approx: bool = False) -> bool:
    """Whether an output line is the expected one; `...` matches anything in it.

    Where the output itself prints `...` (torch and numpy shorten long arrays so), as many of them as expected are
    no wildcards. With `approx` text and whole numbers must agree, and decimal numbers nearly, see `_near`.
    """
    if expected == actual:
        return True
    wild = expected.count("...") > actual.count("...")
    if not approx:
        return wild and _contains(expected.split("..."), actual)
    pattern, numbers = _pattern(expected, wild)
    match = pattern.fullmatch(actual)
    if match is None:
        return False
    return all(_near(want, got) for want, got in zip(numbers, match.groups(), strict=True))


def _contains(parts: Sequence[str], actual: str) -> bool:
    """Whether a text is these parts in order with anything between them. Linear in its length."""
    first, *middle, last = parts
    if len(actual) < len(first) + len(last) or not (actual.startswith(first) and actual.endswith(last)):
        return False
    at, end = len(first), len(actual) - len(last)
    for part in middle:
        found = actual.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


@lru_cache(maxsize=4096)
def _pattern(line: str, wild: bool) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """A regular expression for an expected line, and the numbers that its groups are compared with."""
    parts: list[str] = []
    numbers: list[str] = []
    for i, literal in enumerate(line.split("...") if wild else [line]):
        if i:
            parts.append(".*?")
        at = 0
        for number in _NUMBER.finditer(literal):
            before = literal[at : number.start()]
            parts.append(_spaced(before.rstrip(" ")))
            # A sign or a digit more moves torch's columns; after a word there is a space in any case.
            parts.append(" +" if before.endswith(" ") and re.search(r"\w *$", before) else " *")
            parts.append(f"({_NUMBER.pattern})")
            numbers.append(number[0])
            at = number.end()
        parts.append(_spaced(literal[at:]))
    return re.compile("".join(parts), re.DOTALL), tuple(numbers)


def _spaced(literal: str) -> str:
    """A literal whose runs of spaces match any run."""
    return " +".join(re.escape(part) for part in re.split(" +", literal))


#: How far two decimal numbers may be apart in relation to their size: what single precision leaves of a sum.
_RELATIVE = 1e-5


def _near(want: str, got: str) -> bool:
    """Whether two numbers agree: whole ones exactly; decimal ones within 1e-5 of their size, or one unit of the last
    digit if both print four decimals or more (`4.` and `0.5` are whole values to torch and to Python: one unit of
    their last digit would be anything)."""
    if want == got:
        return True
    if not all(any(c in text for c in ".eE") for text in (want, got)):
        return False
    a, b = float(want), float(got)
    if abs(a) == float("inf") or abs(b) == float("inf"):
        return False
    (one, decimals), (other, more) = _unit(want), _unit(got)
    # A hair more than one unit, since the difference of two decimals is not exact in binary.
    unit = 1.000001 * max(one, other) if min(decimals, more) >= 4 else 0.0
    return abs(a - b) <= max(unit, _RELATIVE * max(abs(a), abs(b)))


def _unit(number: str) -> tuple[float, int]:
    """One unit of the last digit, and how many decimals there are."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - decimals)), decimals


def lines_match(expected: Sequence[str], actual: Sequence[str], approx: bool = False) -> bool:
    """Whether output lines are the expected ones, each used once. A line `...` stands for one line or more, unless
    the output prints that very line."""
    if not any(_many(want, actual) for want in expected):
        return len(expected) == len(actual) and all(
            line_matches(want, got, approx) for want, got in zip(expected, actual, strict=True)
        )
    *_, last = _reach(expected, actual, approx)
    return last[-1]


def _reach(expected: Sequence[str], actual: Sequence[str], approx: bool) -> Iterator[list[bool]]:
    """After each expected line and for each j: whether the expected lines so far can be the first j actual ones."""
    reach = [True] + [False] * len(actual)
    for want in expected:
        if _many(want, actual):
            first = next((j for j, ok in enumerate(reach) if ok), len(actual))
            reach = [j > first for j in range(len(actual) + 1)]
        else:
            reach = [False] + [reach[j] and line_matches(want, actual[j], approx) for j in range(len(actual))]
        yield reach


def _many(want: str, actual: Sequence[str]) -> bool:
    """Whether an expected line stands for any number of lines."""
    return want.strip() == "..." and want not in actual


def messages_match(expected: Sequence[str], messages: Sequence[str]) -> bool:
    """Whether `#!` lines are those of these warnings and this exception, each message's in its turn. A last line of a
    message that ends in `...` takes in the rest of that message, for they can be long; never the next one."""
    ends = {0}
    for message in messages:
        lines = message.split("\n")
        ends = {
            end
            for start in ends
            for end in range(start + 1, len(expected) + 1)
            if _message_matches(expected[start:end], lines)
        }
    return len(expected) in ends


def lines_of_warnings(expected: Sequence[str], ran: Ran) -> int:
    """How many of a statement's `#!` lines, counted from the first, tell of its warnings; the rest tell of its
    exception. Where they do not match, as many as the warnings have."""
    raised = [] if ran.raised is None else [ran.raised]
    splits = range(len(expected) + 1)
    told = (n for n in splits if messages_match(expected[:n], ran.warned) and messages_match(expected[n:], raised))
    return next(told, min(len(expected), sum(text.count("\n") + 1 for text in ran.warned)))


def _message_matches(expected: Sequence[str], lines: Sequence[str]) -> bool:
    keep = len(expected) - 1
    if expected[-1].endswith("...") and len(lines) > keep:
        lines = [*lines[:keep], "\n".join(lines[keep:])]
    return lines_match(expected, lines)


def foresees(statement: Statement, exception: str) -> bool:
    """Whether a statement's `#!` lines speak of an exception of this type (`Type: message`)."""
    name = _type(exception)
    return any(line_matches(_type(line), name) for line in statement.raised)


def _type(message: str) -> str:
    return message.split("\n", 1)[0].partition(":")[0]


def compare(script: Script, ran: Sequence[Ran], approx: bool = False) -> list[Mismatch]:
    """Hold what the statements did against what the page says; statements that never ran are not compared.
    Figures are `figures.compare`'s."""
    mismatches: list[Mismatch] = []
    for statement, did in zip(script.statements, ran, strict=False):
        text = tuple(line for line in statement.printed if not FIGURE.fullmatch(line))
        at = statement.expected[0].index if statement.expected else statement.end - 1
        if not lines_match(text, did.printed, approx):
            rows = [e.index for e in statement.expected if e.kind == ">" and not FIGURE.fullmatch(e.text)]
            first = rows[0] if rows else at
            if not text:
                headline = "printed, but the page does not show it (write it under the statement as `#>`)"
            elif not did.printed:
                headline = "expected, but this statement prints nothing"
            else:
                headline = "the output differs"
                first = rows[_first_difference(text, did.printed, approx)]
            mismatches.append(Mismatch(first, headline, text, did.printed, approx))
        if not messages_match(statement.raised, did.messages):
            rows = [e.index for e in statement.expected if e.kind == "!"]
            first = rows[0] if rows else at
            kind = "exception" if did.raised else "warning"
            if not statement.raised:
                headline = f"{kind} that the page does not show (write it under the statement as `#!`)"
            elif not did.complaints:
                headline = "the page says this raises or warns, and it does not"
            else:
                headline = f"the {kind} differs"
                first = rows[_first_difference(statement.raised, did.complaints)]
            mismatches.append(Mismatch(first, headline, statement.raised, did.complaints))
    return mismatches


def _first_difference(expected: Sequence[str], actual: Sequence[str], approx: bool = False) -> int:
    """The expected line (from 0) that an author must look at: the first that cannot be met, after those that are."""
    if any(_many(want, actual) for want in expected):
        missed = (i for i, reach in enumerate(_reach(expected, actual, approx)) if not any(reach))
    else:
        pairs = enumerate(zip(expected, actual, strict=False))
        missed = (i for i, (want, got) in pairs if not line_matches(want, got, approx))
    return next(missed, min(len(expected) - 1, len(actual)))


def merge(expected: Sequence[str], actual: Sequence[str], approx: bool = False) -> list[str]:
    """The lines to write for an output: its own, but where an expected line still matches (a wildcard), that one."""
    if len(expected) * len(actual) > 250_000:
        return list(actual)
    # kept[i][j]: how many of expected[i:] can be kept against actual[j:]; ties go to what is written word for word.
    rows, columns = len(expected), len(actual)
    kept = [[0] * (columns + 1) for _ in range(rows + 1)]
    same = [[not _many(want, actual) and line_matches(want, got, approx) for got in actual] for want in expected]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            here = kept[i + 1][j + 1] + 1 if same[i][j] else 0
            kept[i][j] = max(here, kept[i + 1][j], kept[i][j + 1])
    merged: list[str] = []
    i = j = 0
    while i < rows or j < columns:
        gap_i, gap_j = i, j
        while i < rows and j < columns and not (same[i][j] and kept[i][j] == kept[i + 1][j + 1] + 1):
            if kept[i + 1][j] == kept[i][j]:
                i += 1
            else:
                j += 1
        if i == rows or j == columns:
            i, j = rows, columns
        # Between two kept lines a lone `...` still stands for what is there.
        between = list(expected[gap_i:i])
        whole = len(between) == 1 and _many(between[0], actual) and j > gap_j
        merged += between if whole else actual[gap_j:j]
        if i < rows and j < columns:
            merged.append(expected[i])
            i, j = i + 1, j + 1
    return merged if lines_match(merged, actual, approx) else list(actual)


def merge_messages(expected: Sequence[str], messages: Sequence[str]) -> list[str]:
    """As `merge`, for `#!` lines: a message that some of them still tell keeps those."""
    if messages_match(expected, messages):
        return list(expected)  # a shortest part that tells a message may be less than the author wrote
    merged: list[str] = []
    at = 0
    for message in messages:
        lines = message.split("\n")
        spans = ((i, k) for i in range(at, len(expected)) for k in range(i + 1, len(expected) + 1))
        span = next((s for s in spans if _message_matches(expected[s[0] : s[1]], lines)), None)
        merged += expected[span[0] : span[1]] if span else lines
        at = span[1] if span else at
    return merged if messages_match(merged, messages) else [line for m in messages for line in m.split("\n")]


# ---- showing and writing


def visible(text: str) -> str:
    """Text with control characters written out (`\\x1b`, `\\r`, `\\t`): text on every screen and in every file.

    A tab too: a page's tabs are spaces by the time it is read.
    """
    if text.isprintable():
        return text
    return "".join(c if _harmless(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def _harmless(c: str) -> bool:
    return c.isprintable() or unicodedata.category(c) == "Zs"


def output_lines(text: str) -> tuple[str, ...]:
    """A statement's output as lines: an unfinished last line is a line; control characters are written out."""
    if not text:
        return ()
    return tuple(visible(line) for line in text.removesuffix("\n").split("\n"))


def as_comments(marker: str, lines: Sequence[str]) -> list[str]:
    """Output as the lines to stand under a statement; the marker is `#>` or `#!`."""
    return [f"{marker} {line}" if line else marker for line in lines]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


_MOST = 100
_ROWS = 60


def _window(left: str, right: str) -> tuple[str, str]:
    """Two long lines cut down to where they first differ."""
    if max(len(left), len(right)) <= _MOST:
        return left, right
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    start = max(at - _MOST // 2, 0)
    end = start + _MOST - 20

    def cut(text: str) -> str:
        return ("…" if start else "") + text[start:end] + ("…" if len(text) > end else "")

    return cut(left), cut(right)


def _ending(text: str) -> str:
    """A line whose trailing spaces can be seen."""
    bare = text.rstrip(" ")
    return bare + "␠" * (len(text) - len(bare))


def side_by_side(
    expected: Sequence[str],
    actual: Sequence[str],
    approx: bool = False,
    titles: tuple[str, str] = ("expected", "actual"),
) -> list[str]:
    """Two outputs in two columns, differing rows marked; empty if both are."""
    if not expected and not actual:
        return []
    rows: list[tuple[str, str, bool]] = []
    # Rows that are not shown are not compared either: outputs can be long.
    pairs = SequenceMatcher(None, expected[: 4 * _ROWS], actual[: 4 * _ROWS], autojunk=False).get_opcodes()
    for tag, a, b, c, d in pairs:
        left, right = expected[a:b], actual[c:d]
        for i in range(max(len(left), len(right))):
            one = left[i] if i < len(left) else ""
            two = right[i] if i < len(right) else ""
            both = i < len(left) and i < len(right)
            rows.append((one, two, tag == "equal" or (both and line_matches(one, two, approx))))
    rows = [(one, two, True) if same else (_ending(one), _ending(two), False) for one, two, same in rows]
    more = max(len(expected), len(actual)) - 4 * _ROWS
    if len(rows) > _ROWS:
        more = max(more, 0) + len(rows) - _ROWS
        rows = [*rows[: _ROWS - 10], (f"… {more} more rows …", "", True), *rows[-10:]]
    rows = [(*_window(visible(left), visible(right)), same) for left, right, same in rows]
    width = max(_width(row[0]) for row in rows)
    width = max(width, _width(titles[0]))

    def line(mark: str, left: str, right: str) -> str:
        return f"  {mark} {left}{' ' * max(width - _width(left), 0)} | {right}".rstrip()

    return [line(" ", *titles), *(line(" " if same else "≠", a, b) for a, b, same in rows)]
