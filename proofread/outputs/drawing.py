"""Figures that a statement leaves: the same bytes on every machine, in the page's own text colour and fonts."""

from __future__ import annotations

import io
import re
import sys
import warnings
from typing import Any

#: What text, axes and ticks are drawn in; the site's text colour takes its place, so that light and dark both fit.
_INK = "#010203"
_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "proofread",
    "font.family": ["sans-serif"],
    # Comes with matplotlib, so that labels are measured alike on every machine.
    "font.sans-serif": ["DejaVu Sans"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.unicode_minus": False,
} | dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), _INK)


def prepare() -> None:
    """Make matplotlib draw as pages show figures. Call once, after it is imported and before a page draws."""
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rcParams.update(_SETTINGS)


def close() -> int:
    """Close every open figure; returns how many there were."""
    if "matplotlib.pyplot" not in sys.modules:
        return 0
    plt: Any = sys.modules["matplotlib.pyplot"]
    left = len(plt.get_fignums())
    plt.close("all")
    return left


def take() -> list[str]:
    """The SVG of every open figure, oldest first; closes them."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    plt: Any = sys.modules["matplotlib.pyplot"]
    pictures = []
    for number in plt.get_fignums():
        target = io.StringIO()
        with plt.rc_context(_SETTINGS), warnings.catch_warnings():
            # Chinese labels are text in the SVG, set in the page's fonts: matplotlib's own need not have them.
            warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font", category=UserWarning)
            metadata = {"Date": None, "Creator": None}
            plt.figure(number).savefig(target, format="svg", metadata=metadata, bbox_inches="tight")
        pictures.append(_clean(target.getvalue()))
    plt.close("all")
    return pictures


def _clean(svg: str) -> str:
    """Without prologue and metadata, in `currentColor`."""
    svg = re.sub(r"^.*?(?=<svg)", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg.replace(_INK, "currentColor")
    return "\n".join(line.rstrip() for line in svg.rstrip().split("\n")) + "\n"
