"""Errors in the output lines of a block: what a slip of the pen, a stale copy or a lost line would leave there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from proofread.mutate.edit import Edit
from proofread.outputs.expect import FIGURE, Expected, Script

_NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?!\w)")
_SIZE = re.compile(r"torch\.Size\(\[([\d, ]*)\]\)")
_DTYPE = re.compile(r"\b(?:float64|float32|float16|bfloat16|int64|int32|bool|complex64|complex128)\b")
_GRAD_FN = re.compile(r"\b(\w+?)Backward(\d)")
_WORD = re.compile(r"\b(?:True|False|None|nan|inf)\b")
_OTHER_WORD = {"True": "False", "False": "True", "None": "0", "nan": "inf", "inf": "nan"}
_PART = re.compile(r", (?:grad_fn=<\w+>|dtype=torch\.\w+|requires_grad=True)")


def edits(script: Script, approx: bool = False) -> Iterator[Edit]:
    """All errors planted in a block's output lines, top to bottom.

    With `approx` a last digit may be one off; there, digits are five off.
    """
    for statement in script.statements:
        rows = statement.expected
        for i, row in enumerate(rows):
            yield Edit("dropped line", row.index, row.index + 1, ())
            yield Edit("doubled line", row.index, row.index + 1, (_line(row, row.text),) * 2)
            if i + 1 < len(rows) and rows[i + 1].kind == row.kind:
                after = rows[i + 1]
                lines = (_line(row, after.text), _line(after, row.text))
                yield Edit("swapped lines", row.index, row.index + 2, lines)
            # What stands in a figure's line is its alternative text and its file; the picture itself is compared.
            if not FIGURE.fullmatch(row.text):
                for kind, text in _texts(row.text, 5 if approx else 1):
                    yield Edit(kind, row.index, row.index + 1, (_line(row, text),))


def swapped(one: Sequence[Expected], two: Sequence[Expected]) -> tuple[Edit, Edit]:
    """The outputs of two statements exchanged, as one edit for each statement's place."""

    def put(at: Sequence[Expected], rows: Sequence[Expected]) -> Edit:
        return Edit("swapped outputs", at[0].index, at[-1].index + 1, tuple(_line(row, row.text) for row in rows))

    return put(one, two), put(two, one)


def _line(row: Expected, text: str) -> str:
    return f"#{row.kind} {text}" if text else f"#{row.kind}"


def _texts(text: str, step: int) -> Iterator[tuple[str, str]]:
    """An output line's wrong variants, each with its kind; digits are `step` off."""

    def put(match: re.Match[str], new: str, group: int = 0) -> str:
        return text[: match.start(group)] + new + text[match.end(group) :]

    for i, number in enumerate(_NUMBER.finditer(text)):
        yield "digit", put(number, _other_digit(number[0], i, step))
        yield "sign", put(number, number[0][1:] if number[0].startswith("-") else "-" + number[0])
    for size in _SIZE.finditer(text):
        sides = size[1].split(", ") if size[1] else []
        yield "shape", put(size, ", ".join([*sides, "1"]), 1)
        if sides:
            yield "shape", put(size, ", ".join(sides[1:]), 1)
        yield "shape", put(size, ", ".join(sides[::-1]), 1)
    if "[[" in text:
        yield "shape", text.replace("[[", "[", 1)
    if "]]" in text:
        yield "shape", text.replace("]]", "]", 1)
    for dtype in _DTYPE.finditer(text):
        yield "dtype", put(dtype, "float32" if dtype[0] != "float32" else "float64")
    for name in _GRAD_FN.finditer(text):
        yield "grad_fn", put(name, "Add" if name[1] != "Add" else "Mul", 1)
        yield "grad_fn", put(name, "1" if name[2] == "0" else "0", 2)
    for part in _PART.finditer(text):
        yield "grad_fn" if "grad" in part[0] else "dtype", put(part, "")
    for word in _WORD.finditer(text):
        yield "word", put(word, _OTHER_WORD[word[0]])
    letters = [i for i, c in enumerate(text) if c.isalpha()]
    if letters:
        i = letters[len(letters) // 2]
        yield "letter", text[:i] + ("x" if text[i] != "x" else "y") + text[i + 1 :]


def _other_digit(number: str, turn: int, step: int) -> str:
    """A number with one digit changed; `turn` says which, so that along a line every place has its turn."""
    places = [i for i, c in enumerate(number.partition("e")[0]) if c.isdigit()]
    at = places[turn % len(places)]
    return number[:at] + str((int(number[at]) + step) % 10) + number[at + 1 :]
