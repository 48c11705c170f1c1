"""The ledger as readers see it: at a page's foot what was checked on it, and one table for the whole site."""

from __future__ import annotations

import html
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from proofread.ledger import Entry, total
from proofread.page import PYTHON, Page
from proofread.report import Finding

#: What the table calls the counts of an entry, in its columns' order.
_COLUMNS = {
    "run": "代码块",
    "lines": "输出行",
    "errors": "报错",
    "figures": "图",
    "verified": "断言",
    "refuted": "反例",
    "unchecked": "未检验",
}


def foot(page: Page, findings: Iterable[Finding]) -> str:
    """What was checked on a page, folded, as HTML; empty for a page with nothing to check."""
    formulas = [finding for finding in findings if finding.kind == "formula"]
    counts = Counter(finding.status for finding in formulas)
    blocks = [block for block in page.blocks if block.language in PYTHON]
    rows = []
    if blocks:
        rows.append(f"{sum(block.runs for block in blocks)} 个代码块，每次构建都重新运行，输出与页面逐字比较")
        rows += [f"未运行：第 {b.line} 行，{b.options.get('reason')}" for b in blocks if not b.runs]
    if drawn := sum(block.draws for block in page.blocks):
        rows.append(f"{drawn} 幅计算图，每次构建都按实际的 grad_fn 重画，与页面上的比较")
    if counts["verified"]:
        rows.append(f"{counts['verified']} 个断言，由检验器从 LaTeX 编译，用随机数与 autograd 核对")
    if counts["refuted"]:
        rows.append(f"{counts['refuted']} 个故意写错的公式，都已找到反例")
    rows += [
        f"{'假定' if f.status == 'assumed' else '未检验'}：第 {f.line} 行，{f.details.get('reason')}"
        for f in formulas
        if f.status in ("assumed", "skipped")
    ]
    names = sorted({str(n) for f in formulas if isinstance(d := f.details.get("defines"), list | tuple) for n in d})
    if names:
        rows.append(f"定义了 {'、'.join(names)}")
    if not rows:
        return ""
    items = "".join(f"<li>{html.escape(row)}</li>" for row in rows)
    return (
        '\n<details class="page-ledger" data-search-exclude><summary>本页检验了什么</summary>'
        f"<ul>{items}</ul></details>"
    )


def table(entries: Mapping[str, Entry], titles: Mapping[str, str], here: str) -> list[str]:
    """The whole site's ledger as lines of a Markdown table.

    Args:
        entries: the ledger; titles: what its pages are called; here: the page that the table stands on.
    """
    rows = [["页面", *_COLUMNS.values()], [":--", *("--:" for _ in _COLUMNS)]]
    for name in sorted(entries):
        link = os.path.relpath(name, PurePosixPath(here).parent).replace(os.sep, "/")
        rows.append([f"[{titles[name]}]({link})", *_numbers(entries[name])])
    rows.append(["**合计**", *_numbers(total(list(entries.values())))])
    return [f"| {' | '.join(row)} |" for row in rows]


def _numbers(entry: Entry) -> list[str]:
    counts = dict(entry.counts)
    counts["unchecked"] = sum(counts.get(name, 0) for name in ("notest", "skipped", "assumed"))
    return [str(counts.get(name, 0)) for name in _COLUMNS]
