"""The page 性能: what was measured, in tables."""

from __future__ import annotations

import importlib.metadata
import math
import platform
from collections.abc import Sequence

from engine import ENGINE, EXEC, FUNCTIONS, RUNNERS, Case, Runner, Table, exponent

_KINDS = {"tensor": "每块约 10 毫秒的张量计算", "trivial": "每块只有一次整数加法"}
_PACKAGES = ("torch", "pytest", "pytest-markdown-docs", "sybil", "pytest-examples", "nbval")


def page(table: Table, cases: Sequence[Case], cap: float) -> str:
    """The whole page in Markdown."""
    parts = [_HEAD, *(_times(table, [c for c in cases if c.kind == kind], cap) for kind in _KINDS)]
    parts += [_goals(table, cases), _growth(table, cases), _memory(table, cases), _start(table, cases), _how(cap)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


_HEAD = """# 性能 {#performance}

<!-- 本页由 `make bench` 生成，不要手改。 -->

重新运行每一个输出，要多花多少时间？下面在同一次运行里，让本站的引擎、两个下限和常用的同类工具跑**同样的代码块**。

- **下限一**：在一个进程里依次 `exec` 各块，别的什么也不做。
- **下限二**：把每块写成一个 pytest 测试函数。

两个下限都不比较输出，也不隔离页面。解释器启动、导入 torch、pytest 自身的启动都不计在内，另列一表。
所有工具只用一个线程，用同一套数值内核，即本站检验时固定的那一套。"""


def _times(table: Table, cases: Sequence[Case], cap: float) -> str:
    """Milliseconds a block, and how many times the engine's."""
    kind = cases[0].kind
    lines = [
        f"## {_KINDS[kind]} {{#{kind}}}",
        "",
        "每块的平均用时，单位毫秒；括号里是它与本站引擎的用时之比，大于 1 即比本站慢。",
        "",
        "| 总块数 | 每页块数 | " + " | ".join(runner.name for runner in RUNNERS) + " |",
        "| ---: | ---: |" + " ---: |" * len(RUNNERS),
    ]
    for case in cases:
        ours = table[ENGINE.name, case].seconds
        cells = [_cell(table[runner.name, case].seconds, case, ours, runner is ENGINE, cap) for runner in RUNNERS]
        lines.append(f"| {case.blocks} | {case.a_page} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(seconds: float, case: Case, ours: float, bare: bool, cap: float) -> str:
    if math.isinf(seconds):
        return f"超过 {cap:g} 秒"
    each = f"{seconds / case.blocks * 1000:.3g}"
    return each if bare else f"{each}（{seconds / ours:.2g}）"


def _goals(table: Table, cases: Sequence[Case]) -> str:
    """The engine against the floor that each kind of block is held to."""
    lines = ["## 与下限相比 {#floors}", "", "目标：张量块不超过下限一的 1.15 倍，加法块不超过下限二的 1.5 倍。", ""]
    lines += ["| 总块数 | 每页块数 | 张量块 ÷ 下限一 | 加法块 ÷ 下限二 |", "| ---: | ---: | ---: | ---: |"]
    for case in (c for c in cases if c.kind == "tensor"):
        other = Case("trivial", case.blocks, case.a_page)
        ratios = [
            table[ENGINE.name, c].seconds / table[floor.name, c].seconds
            for c, floor in ((case, EXEC), (other, FUNCTIONS))
        ]
        cells = " | ".join(
            f"{ratio:.2f} {'达到' if ratio <= most else '未达到'}"
            for ratio, most in zip(ratios, (1.15, 1.5), strict=True)
        )
        lines.append(f"| {case.blocks} | {case.a_page} | {cells} |")
    lines += ["", "每页只有一块时，差距来自隔离：每页都在自己的进程里运行，开一个进程和它的第一次反向传播要几十毫秒。"]
    return "\n".join(lines)


def _growth(table: Table, cases: Sequence[Case]) -> str:
    """Exponents of growth, with more pages and with longer ones."""
    more = [[c for c in cases if c.kind == kind and c.a_page == 10] for kind in _KINDS]
    longer = [[c for c in cases if c.kind == kind and c.blocks == c.a_page] for kind in _KINDS]
    lines = ["## 增长 {#growth}", "", "用时随块数的几次方增长？1 是线性，2 是平方。", ""]
    lines += [
        "| 工具 | 页数增加，张量 | 页数增加，加法 | 页变长，张量 | 页变长，加法 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for runner in RUNNERS:
        cells = [_exponent(table, runner, group) for group in (*more, *longer)]
        lines.append(f"| {runner.name} | " + " | ".join(cells) + " |")
    lines += ["", "页数增加：每页 10 块，从 1 页到 100 页。页变长：一页，从 10 块到 100 块。"]
    return "\n".join(lines)


def _exponent(table: Table, runner: Runner, cases: Sequence[Case]) -> str:
    value = exponent(table, runner, cases)
    return "—" if value is None else f"{value:.2f}"


def _memory(table: Table, cases: Sequence[Case]) -> str:
    """The size of the collecting process against pages."""
    rows = [c for c in cases if c.kind == "trivial" and c.a_page == 10]
    lines = ["## 内存 {#memory}", "", "收集与比较的那个进程的最大内存。页面自己的进程随页面结束。", ""]
    lines += ["| 页数 | 本站引擎（MB） |", "| ---: | ---: |"]
    lines += [f"| {c.blocks // c.a_page} | {table[ENGINE.name, c].memory / 1024:.0f} |" for c in rows]
    return "\n".join(lines)


def _start(table: Table, cases: Sequence[Case]) -> str:
    """What is counted apart."""
    case = min((c for c in cases if c.kind == "trivial"), key=lambda c: (c.blocks, -c.a_page))
    lines = ["## 起动 {#start}", "", "不计在上面各表里的部分：解释器、导入 torch、pytest 与插件、第一页的预热。", ""]
    lines += ["| 工具 | 起动（秒） | 比较输出 |", "| --- | ---: | --- |"]
    lines += [f"| {r.name} | {table[r.name, case].start:.1f} | {r.checks} |" for r in RUNNERS]
    lines += ["", "nbval 每个笔记本各开一个内核，各导入一次 torch；第一个之后的都计在它的用时里。"]
    return "\n".join(lines)


def _how(cap: float) -> str:
    versions = "、".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    return f"""## 如何重现 {{#reproduce}}

```console
$ make bench
```

机器：2 核、24 GiB；Python {platform.python_version()}。版本：{versions}。

每种情况轮流运行几遍，取最快的一遍；超过 5 秒的只运行一遍，超过 {cap:g} 秒的停下，不再试更大的。
用时不决定任何测试的成败。"""
