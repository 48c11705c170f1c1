"""A computation graph on the site: the stored picture, inline, and the controls that play its sweeps.

Without scripts the picture stands complete and the controls are not shown (`graph.css`); with them, `graph.js` plays.
"""

from __future__ import annotations

import html
from pathlib import Path

from proofread.outputs import graph
from proofread.page import Block

_CONTROLS = (
    '<div class="graph-play" role="group" aria-label="逐步播放，也可用左右方向键">'
    '<button type="button" data-go="back">上一步</button>'
    '<button type="button" data-go="on">下一步</button>'
    '<button type="button" data-go="again">重来</button>'
    '<p class="graph-say" role="status" aria-live="polite">一步一步看：先正向，再反向。</p></div>'
)
_LEGEND = (
    '<span class="graph-legend"><span class="graph-there">正向：值</span>'
    '<span class="graph-here">反向：梯度</span></span>'
)


def figure(block: Block, folder: Path | None, status: str, fault: str = "") -> str:
    """A graph fence as a figure.

    Args:
        block: the fence; folder: where its page and so its picture stand; status: of its run; fault: what is wrong
        with it, as HTML. A picture that is not there yet is left out: `fault` then says so.
    """
    name = block.options.get("name") or ""
    request, _ = graph.read(block.source, name)
    try:
        svg = (folder / f"{name}.svg").read_text(encoding="utf-8") if folder and name else ""
    except OSError:
        svg = ""
    parts = [fault]
    if svg and request is not None:
        caption = f"<figcaption>{html.escape(request.title)}{_LEGEND}</figcaption>"
        parts = [caption, f'<div class="graph-scroll">{svg}</div>', _CONTROLS, fault]
    return f'<figure class="graph" data-status="{status}" data-search-exclude>{"".join(parts)}</figure>'
