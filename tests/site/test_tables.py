"""Tables as the extension writes them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree

import pytest
from markdown import markdown

from proofread.faces.tables import wrap

TABLE = "| $x$ | b |\n| --- | --: |\n| 1 | 2 |\n"
BOXES = '<div class="md-typeset__scrollwrap"><div class="md-typeset__table">'
BOXED = rf'{BOXES}<table class="data">.*?</table></div></div>'


@pytest.mark.parametrize(
    "source",
    [
        f"一。\n\n{TABLE}\n二。",
        f'!!! note "题"\n\n    {TABLE.replace(chr(10), chr(10) + "    ")}',
        f"- 一\n\n    {TABLE.replace(chr(10), chr(10) + '    ')}",
    ],
    ids=["page", "admonition", "list"],
)
def test_a_table_stands_in_two_boxes(source: str) -> None:
    """Wherever it stands; what comes after it stays after the boxes."""
    html = re.sub(r"\n\s*", "", markdown(source, extensions=["tables", "admonition", "proofread.faces.tables"]))
    assert len(re.findall(BOXED, html)) == html.count("<table") == 1
    assert "二。" not in source or html.endswith("</div></div><p>二。</p>")
    assert '<td style="text-align: right;">2</td>' in html


def test_a_table_with_a_class_is_somebody_else_s() -> None:
    """Another extension's, which knows how it wants to be shown; a table within it is one like any other."""
    root = etree.fromstring('<div><table class="theirs"><tr><td><table/></td></tr></table></div>')
    wrap(root)
    outer, inner = root.iter("table")
    assert [outer.get("class"), inner.get("class")] == ["theirs", "data"]
    assert outer in list(root)
