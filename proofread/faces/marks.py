"""The mark at a checked formula: a quiet button that opens what was checked. HTML alone; only its button that
copies the TeX needs a script (`docs/assets/site.js`), and is not shown without."""

from __future__ import annotations

import html
from collections.abc import Iterator

from proofread.report import Finding

#: For each status that carries a mark: the sign, what a screen reader says, and the class of its colour.
_SIGNS = {
    "verified": ("✓", "已检验"),
    "refuted": ("✗", "已证明是错的"),
    "assumed": ("○", "假定，未检验"),
    "skipped": ("○", "未检验"),
    "false": ("✗", "检验不通过"),
    "unreadable": ("?", "检验器读不懂"),
    "error": ("!", "检验时出错"),
}

_COPY = '<button class="proof-copy" type="button">复制 TeX</button>'


def proof(formula: str, finding: Finding, number: int) -> str:
    """A typeset formula (HTML) with its mark, if it says anything that can be right or wrong.

    Everything in it is phrasing content and none of it is named `span` or `div`, so that it may stand in a
    paragraph and Material's search leaves it out with the formula.
    """
    if finding.status not in _SIGNS:
        return formula
    sign, label = _SIGNS[finding.status]
    name = f"proof-{number}"
    body = "".join(f"<b>{html.escape(term)}</b><i>{html.escape(text)}</i>" for term, text in _facts(finding, label))
    mark = (
        f'<button class="proof-mark" type="button" data-status="{finding.status}" popovertarget="{name}" '
        f'aria-label="{label}：看检验了什么" data-search-exclude>{sign}</button>'
        f'<small class="proof" id="{name}" popover data-search-exclude>{body}{_COPY}</small>'
    )
    fault = ""
    if finding.fault:
        message = html.escape(finding.message).replace("\n", "&#10;")
        fault = f'<span class="math-fault" role="alert"><code>{message}</code></span>'
    if formula.startswith("<div"):
        return f'<div class="checked" data-status="{finding.status}">{formula}{mark}{fault}</div>'
    # Together, so that no line begins with the mark.
    return f'<span class="together">{formula}{mark}</span>{fault}'


def _name(name: object) -> str:
    """A name of the checker's as a reader knows it: `y|hat` is ŷ, `x^()` one of many x."""
    letter, _, styles = str(name).partition("|")
    letter, styles = letter.removesuffix("^()"), styles.removesuffix("^()")
    accents = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307"}
    return letter + "".join(accents.get(style, "") for style in styles.split())


def _facts(finding: Finding, label: str) -> Iterator[tuple[str, str]]:
    """What the mark opens: pairs of a term and a text."""
    details = finding.details
    steps = details.get("steps")
    yield "结论", label + (f"，{steps} 步" if isinstance(steps, int) and steps > 1 else "")
    if reason := details.get("reason"):
        yield "理由", str(reason)
    if read_as := details.get("read_as"):
        yield "读作", str(read_as)
    if isinstance(hypotheses := details.get("hypotheses"), list | tuple) and hypotheses:
        yield "条件", "；".join(map(str, hypotheses))
    if isinstance(varying := details.get("varying"), list | tuple) and varying:
        yield "变化", "，".join(f"d{_name(name)}" for name in varying) + "；其余不变"
    if isinstance(sizes := details.get("sizes"), list | tuple) and any(sizes):
        yield "大小", "；".join("，".join(f"{letter} = {size}" for letter, size in one.items()) for one in sizes)
    if draws := details.get("draws"):
        names = details.get("names")
        of = "，".join(map(_name, names)) + "：" if isinstance(names, list | tuple) and names else ""
        yield "取样", f"{of}{draws} 组随机数，float64"
    if isinstance(error := details.get("max_error"), float) and finding.status == "verified":
        yield "最大误差", f"{error:.0e}" if error else "0"
    if finding.status == "refuted" and (counter := details.get("counterexample")):
        # Its first line names the place and the step in the source; the reader sees both.
        yield "反例", "\n".join(line.strip() for line in str(counter).split("\n")[1:] if "read as" not in line)
