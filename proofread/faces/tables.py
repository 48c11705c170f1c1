"""Tables in the boxes in which they scroll sideways. A Python-Markdown extension.

    markdown_extensions:
      - tables
      - proofread.faces.tables

Material makes these boxes in the browser, around each table without a class; a page with long tables is then styled
and laid out twice while it loads. Here they come with the page, and the class says so.
"""

from __future__ import annotations

import xml.etree.ElementTree as etree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor


def wrap(parent: etree.Element) -> None:
    """Put each table below an element that has no class into its two boxes, in place."""
    for i, child in enumerate(list(parent)):
        if child.tag != "table" or child.get("class"):
            wrap(child)
            continue
        child.set("class", "data")
        outer = etree.Element("div", {"class": "md-typeset__scrollwrap"})
        inner = etree.SubElement(outer, "div", {"class": "md-typeset__table"})
        outer.tail, child.tail = child.tail, None
        inner.append(child)
        parent[i] = outer


class _Wrap(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        wrap(root)


class TablesExtension(Extension):
    """`proofread.faces.tables` in `markdown_extensions`."""

    def extendMarkdown(self, md: Markdown) -> None:
        # After attribute lists (8) have given tables their classes.
        md.treeprocessors.register(_Wrap(md), "proofread-tables", 4)


def makeExtension(**options: object) -> TablesExtension:
    """Python-Markdown's entry point."""
    return TablesExtension(**options)
