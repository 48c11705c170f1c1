"""The comparer, for any lines at all."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proofread.outputs import expect
from proofread.outputs.expect import (
    Ran,
    as_comments,
    compare,
    line_matches,
    lines_match,
    merge,
    merge_messages,
    messages_match,
    output_lines,
    parse,
    side_by_side,
    visible,
)

LINE = st.text(st.sampled_from("ab01.-+e [](),中 '"), max_size=12)
LINES = st.lists(LINE, max_size=6)
TEXT = st.text(max_size=30)


@given(LINES, st.booleans())
def test_every_output_matches_itself(lines: list[str], approx: bool) -> None:
    assert lines_match(lines, lines, approx)


@given(LINES, LINES)
def test_without_dots_and_approx_only_equal_lines_match(expected: list[str], actual: list[str]) -> None:
    assume(not any("..." in line for line in expected))
    assert lines_match(expected, actual) == (expected == actual)


@given(LINES, LINES, st.booleans())
def test_each_expected_line_is_used_once(expected: list[str], actual: list[str], approx: bool) -> None:
    assume(not any(line.strip() == "..." for line in expected))
    assert len(expected) == len(actual) or not lines_match(expected, actual, approx)


@given(LINE, LINE, LINE)
def test_dots_match_anything_within_a_line_and_nothing_beside(before: str, between: str, after: str) -> None:
    assume("..." not in before + between + after and not between.startswith(".") and not between.endswith("."))
    assume(before and after and not before.endswith(".") and not after.startswith("."))
    assume(not before.startswith("|") and not after.endswith("|"))
    pattern = f"{before}...{after}"
    assert line_matches(pattern, before + between + after)
    assert not line_matches(pattern, f"{before}{between}{after}|")
    assert not line_matches(pattern, f"|{before}{between}{after}")


@given(LINES, st.lists(LINE, min_size=1, max_size=3), LINES)
def test_a_line_of_dots_matches_one_line_or_more(before: list[str], between: list[str], after: list[str]) -> None:
    assume("..." not in [*before, *between, *after])
    assert lines_match([*before, "...", *after], [*before, *between, *after])
    assert not lines_match(["..."], [])


NUMBER = st.floats(-1e6, 1e6).map(lambda x: f"{x:.4f}")


@given(st.lists(NUMBER, min_size=1, max_size=4), st.data())
def test_approx_lets_the_last_digit_move_and_nothing_else(numbers: list[str], data: st.DataObject) -> None:
    line = f"tensor([{', '.join(numbers)}])"
    i = data.draw(st.integers(0, len(numbers) - 1))
    for step, same in ((1, True), (-1, True)):
        other = [*numbers]
        other[i] = f"{float(numbers[i]) + step * 1e-4:.4f}"
        assert line_matches(line, f"tensor([{', '.join(other)}])", approx=True) == same
    other = [*numbers]
    other[i] = f"{float(numbers[i]) + max(abs(float(numbers[i])) * 1e-4, 1e-3):.4f}"
    assert not line_matches(line, f"tensor([{', '.join(other)}])", approx=True)
    assert not line_matches(line, f"Tensor([{', '.join(numbers)}])", approx=True)


@given(st.integers(), st.integers(), st.text(string.ascii_letters, min_size=1, max_size=3))
def test_approx_takes_whole_numbers_exactly(a: int, b: int, word: str) -> None:
    assert line_matches(f"{word} {a}", f"{word} {b}", approx=True) == (a == b)


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("4.", "5.", False),
        ("4.", "4.0000", True),
        ("0.5", "0.6", False),
        ("0.5", "0.50000001", True),
        ("1e-05", "2e-05", False),
        ("1.0000e-05", "1.0001e-05", True),
        ("3", "3.0", False),
        ("-0.0000", "0.0000", True),
        ("nan", "1.0", False),
        ("inf", "-inf", False),
        ("1e999", "1e998", False),
        ("[1, 2]", "[12]", False),
        ("a b", "ab", False),
        ("0x1f", "0x2f", False),
        ("2.13.0", "2.14.0", False),
        ("x1.5", "x1.6", False),
        ("9" * 5000, "8" * 5000, False),
    ],
)
def test_approx_row(expected: str, actual: str, same: bool) -> None:
    assert line_matches(expected, actual, approx=True) == same


@given(LINES, LINES, st.booleans())
def test_what_is_merged_matches_and_keeps_only_lines_of_either(
    expected: list[str], actual: list[str], approx: bool
) -> None:
    merged = merge(expected, actual, approx)
    assert lines_match(merged, actual, approx)
    assert set(merged) <= {*expected, *actual}
    assert merge(merged, actual, approx) == merged
    if lines_match(expected, actual, approx):
        assert merged == expected


MESSAGE = st.lists(st.sampled_from(["A: x", "B: y", "z", "B: y and more"]), min_size=1, max_size=2).map("\n".join)


@given(st.lists(st.sampled_from(["A: x", "B: y", "B: y...", "..."]), max_size=4), st.lists(MESSAGE, max_size=3))
def test_merged_messages_match(expected: list[str], messages: list[str]) -> None:
    merged = merge_messages(expected, messages)
    assert messages_match(merged, messages)
    if messages_match(expected, messages):
        assert merge_messages(merged, messages) == merged


def test_messages_that_still_match_stay_as_they_are() -> None:
    expected = ["ValueError: a", "...", "d"]
    assert merge_messages(expected, ["ValueError: a\nb\nc\nd"]) == expected


def test_a_wildcard_of_one_message_never_swallows_the_next() -> None:
    assert messages_match(["UserWarning: a..."], ["UserWarning: a\nb\nc"])
    assert not messages_match(["UserWarning: a..."], ["UserWarning: a", "RuntimeError: b"])
    assert not messages_match(["..."], ["UserWarning: a", "RuntimeError: b"])
    assert not messages_match(["UserWarning: a"], [])


@given(TEXT)
def test_output_written_as_comments_reads_back_as_the_same_output(text: str) -> None:
    lines = output_lines(text)
    assume(not any("..." in line for line in lines))
    script = parse("\n".join(["print()", *as_comments("#>", lines)]))
    assert script.faults == ()
    assert script.statements[0].printed == lines
    assert compare(script, [Ran(lines)]) == []


@given(TEXT)
def test_text_made_visible_has_no_control_characters(text: str) -> None:
    shown = visible(text)
    assert all(c.isprintable() or c in "\u3000\xa0\u2003" or c.isspace() for c in shown)
    assert not {"\x1b", "\r", "\n", "\t", "\x07", "\u202e", "\x9b"} & set(shown)
    assert visible(shown) == shown


@given(LINES, LINES)
def test_differing_rows_are_marked_and_equal_ones_are_not(expected: list[str], actual: list[str]) -> None:
    rows = side_by_side(expected, actual)
    assert any("≠" in row for row in rows) == (not lines_match(expected, actual) and expected != actual)


@given(st.text(max_size=60))
def test_any_text_at_all_is_read_or_refused_with_a_line(source: str) -> None:
    script = parse(source)
    assert not script.broken or script.faults
    assert all(0 <= line <= source.count("\n") for line, _ in script.faults)


_PIECES = [
    "x = 1",
    "f(",
    ")",
    "#> 1",
    "#! E: 1",
    " #> 1",
    "x  #> 1",
    "# > 1",
    "#＞ 1",
    "#",
    "'#> 1'",
    '"""',
    "if x:",
    "\\",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=8).map("\n".join))
def test_output_lines_found_without_the_tokenizer_are_those_it_finds(source: str) -> None:
    quick = parse(source)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expect, "_plain_comments", lambda source, spans: None)
        slow = parse(source)
    assert quick == slow or slow.broken  # the tokenizer refuses a few things that Python takes


def test_long_outputs_are_compared_and_shown_in_linear_time() -> None:
    actual = tuple(str(i % 7) for i in range(200_000))
    assert not lines_match(("0", "...", "x"), actual)
    (mismatch,) = compare(parse("f()\n#> 0\n#> ...\n#> x"), [Ran(actual)])
    assert len(mismatch.text.split("\n")) < 70
