"""The tables of the page 性能."""

from __future__ import annotations

import importlib.metadata
import math
import os
import platform
from collections.abc import Sequence

import psutil
from engine import ENGINE, EXEC, FOR_PEERS, FUNCTIONS, KINDS, PEERS, RUNNERS, Case, Measured, Runner, Table, exponent
from live import Live

_TITLES = {"tensor": "每块约 10 毫秒的张量计算", "trivial": "每块只有一次整数加法"}
_NAMES = {"tensor": "张量", "trivial": "加法"}
_GOALS = {"tensor": (EXEC, 1.15), "trivial": (FUNCTIONS, 1.5)}
"""Against which floor each kind of block is held, and how many times its time the engine may take."""
_PACKAGES = ("torch", "pytest", "pytest-markdown-docs", "sybil", "pytest-examples", "nbval", "mkdocs")


def tables(table: Table, cases: Sequence[Case], cap: float, live: Live, took: float) -> str:
    """All tables in Markdown, each under its heading."""
    parts = [_goals(table, cases), *(_times(table, [c for c in cases if c.kind == kind], cap) for kind in KINDS)]
    parts += [_growth(table, cases), _memory(table, cases), _start(table, cases), _live(live), _machine(took)]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _goals(table: Table, cases: Sequence[Case]) -> list[str]:
    """The engine against the floor that each kind of block is held to."""
    lines = ["## 与下限相比 {#floors}", ""]
    lines += ["引擎的用时是下限的几倍？「时钟」是等待的时间，「处理器」是所有进程占用处理器的时间之和。", ""]
    lines += [
        "| 代码块 | 总块数 | 每页块数 | 下限 | 目标 | 时钟 | 处理器 |",
        "| --- | ---: | ---: | --- | ---: | ---: | ---: |",
    ]
    for case in cases:
        floor, most = _GOALS[case.kind]
        ours, least = table[ENGINE.name, case], table[floor.name, case]
        if math.isinf(ours.seconds) or math.isinf(least.seconds):
            continue  # stopped: the tables below say so
        clock, processor = ours.seconds / least.seconds, ours.processor / max(least.processor, 1e-9)
        cells = (_NAMES[case.kind], case.blocks, case.a_page, floor.name, f"≤ {most:g}", _met(clock, most))
        lines.append(f"| {' | '.join(map(str, cells))} | {processor:.2f} |")
    return lines


def _met(ratio: float, most: float) -> str:
    return f"**{ratio:.2f}**" if ratio <= most else f"{ratio:.2f}"


def _times(table: Table, cases: Sequence[Case], cap: float) -> list[str]:
    """Milliseconds a block, on the clock and of the processors, and how many times the engine's."""
    kind = cases[0].kind
    lines = [f"## {_TITLES[kind]} {{#{kind}}}", ""]
    lines += [
        "每块的平均用时，单位毫秒；括号里是它与本站引擎之比，大于 1 即比本站慢。「—」：没有测；「停下」：超过时限。",
        "",
    ]
    for title, figure in (("时钟：", "seconds"), ("处理器：", "processor")):
        lines += [title, "", "| 总块数 | 每页块数 | " + " | ".join(runner.name for runner in RUNNERS) + " |"]
        lines += ["| ---: | ---: |" + " ---: |" * len(RUNNERS)]
        for case in cases:
            cells = [_cell(table, runner, case, cap, figure) for runner in RUNNERS]
            lines.append(f"| {case.blocks} | {case.a_page} | " + " | ".join(cells) + " |")
        lines.append("")
    return lines[:-1]


def _cell(table: Table, runner: Runner, case: Case, cap: float, figure: str) -> str:
    done = table.get((runner.name, case))
    if done is None:
        return "—"
    seconds, ours = getattr(done, figure), getattr(table[ENGINE.name, case], figure)
    if math.isinf(seconds):
        # Runs are stopped by the processors' time: what the clock would have said is not known.
        return f"超过 {_short(cap / case.blocks * 1000)}" if figure == "processor" else "停下"
    each = _short(seconds / case.blocks * 1000)
    return each if runner is ENGINE or math.isinf(ours) else f"{each}（{seconds / ours:.2g}）"


def _short(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def _growth(table: Table, cases: Sequence[Case]) -> list[str]:
    """Exponents of growth, with more pages and with longer ones."""
    more = [[c for c in cases if c.kind == kind and c.a_page == 10] for kind in KINDS]
    longer = [[c for c in cases if c.kind == kind and c.blocks == c.a_page] for kind in KINDS]
    lines = ["## 增长 {#growth}", "", "用时随块数的几次方增长？1 是线性，2 是平方。", ""]
    lines += ["| 工具 | 页数增加，张量 | 页数增加，加法 | 页变长，张量 | 页变长，加法 |"]
    lines += ["| --- | ---: | ---: | ---: | ---: |"]
    for runner in RUNNERS:
        cells = [_exponent(table, runner, group) for group in (*more, *longer)]
        lines.append(f"| {runner.name} | " + " | ".join(cells) + " |")
    most = max(c.blocks for c in cases if c.a_page == 10)
    lines += [
        "",
        f"页数增加：每页 10 块，从 1 页到 {most // 10} 页（同类工具到 10 页）。页变长：一页，从 10 块到 100 块。",
    ]
    return lines


def _exponent(table: Table, runner: Runner, cases: Sequence[Case]) -> str:
    value = exponent(table, runner, cases)
    return "—" if value is None else f"{value:.2f}"


def _memory(table: Table, cases: Sequence[Case]) -> list[str]:
    """The size of the collecting process against pages."""
    rows = [c for c in cases if c.kind == "trivial" and c.a_page == 10]
    lines = ["## 内存 {#memory}", "", "收集与比较的那个进程的最大内存。页面自己的进程随页面结束。", ""]
    lines += ["| 页数 | 引擎，MB | pytest 函数，MB |", "| ---: | ---: | ---: |"]
    for case in rows:
        ours, floor = (table[runner.name, case].memory / 1024 for runner in (ENGINE, FUNCTIONS))
        lines.append(f"| {case.blocks // case.a_page} | {ours:.0f} | {floor:.0f} |")
    return lines


def _start(table: Table, cases: Sequence[Case]) -> list[str]:
    """What is counted apart."""
    at = [c for c in cases if c.kind == "trivial" and (c.blocks, c.a_page) in FOR_PEERS]
    lines = ["## 启动 {#start}", "", "不计在上面各表里的部分：解释器、导入 torch、pytest 与插件、预热的一页。", ""]
    lines += ["| 工具 | 启动，秒 |", "| --- | ---: |"]
    for runner in RUNNERS:
        runs: list[Measured] = [table[runner.name, c] for c in at if (runner.name, c) in table]
        starts = [run.start for run in runs if not math.isinf(run.seconds)]
        lines.append(f"| {runner.name} | {f'{min(starts):.1f}' if starts else '—'} |")
    if PEERS:
        lines += ["", "nbval 给每个笔记本各开一个内核，各导入一次 torch；第一个之后的都计在它的用时里。"]
    return lines


def _live(live: Live) -> list[str]:
    """What `mkdocs serve` takes."""
    lines = ["## 边写边看 {#live}", ""]
    lines += [f"一个 {live.pages} 页的小网站，`mkdocs serve` 开着。改一处，多久以后页面上看得到？单位秒。", ""]
    lines += ["| 改什么 | 用时 | 比 MkDocs 本身多 |", "| --- | ---: | ---: |"]
    rows = [
        ("一句话，不用本站的扩展（MkDocs 本身）", live.plain),
        ("一句话", live.words),
        ("代码，第一次：哪一行输出过期", live.first),
        ("代码，以后：哪一行输出过期", live.output),
        ("公式：哪一步不成立", live.formula),
    ]
    return lines + [f"| {what} | {took:.2f} | {took - live.plain:+.2f} |" for what, took in rows]


def _machine(took: float) -> list[str]:
    versions = "、".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    cores, memory = os.cpu_count(), psutil.virtual_memory().total / (1 << 30)
    return [
        "## 机器与版本 {#machine}",
        "",
        f"{platform.system()}，{platform.machine()}，{cores} 核，{memory:.0f} GiB 内存；共测 {took / 60:.0f} 分钟，"
        f"测完时的平均负载 {os.getloadavg()[2]:.1f}（15 分钟，{cores} 即满）。",
        "",
        f"Python {platform.python_version()}；{versions}。",
    ]
