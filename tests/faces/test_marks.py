"""What the mark beside a formula opens: how it was read, under which conditions, what varied, and how it was tried."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from proofread.derivations import check
from proofread.faces.marks import proof
from proofread.page import read_file

HEAD = r"设 $A \in \mathbb{R}^{n \times n}$，$S \in \mathbb{R}^{n \times n}$，$S = S^\top$，$x \in \mathbb{R}^n$。"


def opened(folder: Path, text: str) -> tuple[str, dict[str, str]]:
    """The sign of the last formula's mark, and the terms and texts that it opens."""
    page = folder / "page.md"
    page.write_text(f"{HEAD}\n\n{text}\n", encoding="utf-8")
    finding = check(read_file(page))[-1]
    soup = BeautifulSoup(proof("<div>公式</div>", finding, 1), "html.parser")
    sign, note = soup.select_one(".proof-mark"), soup.select_one(".proof")
    assert sign is not None and note is not None
    assert sign["popovertarget"] == note["id"]
    return sign.text, {term.text: said.text for term, said in zip(note.select("b"), note.select("i"), strict=True)}


@pytest.mark.parametrize(
    ("tex", "varied"),
    [
        (r"d(x^\top A x) = x^\top (A + A^\top) \, dx", "dx；其余不变"),
        (r"d(x^\top A x) = x^\top (A + A^\top) \, dx + x^\top (dA) x", "dA，dx；其余不变"),
        (r"\nabla_x (x^\top A x) = (A + A^\top) x", None),
    ],
)
def test_a_differential_says_what_varied(tmp_path: Path, tex: str, varied: str | None) -> None:
    sign, facts = opened(tmp_path, f"$$\n{tex}\n$$")
    assert (sign, facts["结论"]) == ("✓", "已检验")
    assert facts.get("变化") == varied


def test_conditions_reading_and_draws_are_told(tmp_path: Path) -> None:
    _, facts = opened(tmp_path, "$$\n\\nabla_x (x^\\top S x) = 2 S x\n$$")
    assert list(facts) == ["结论", "读作", "条件", "大小", "取样", "最大误差"]
    assert "S" in facts["条件"] and "n = " in facts["大小"] and "组随机数，float64" in facts["取样"]


def test_a_refuted_claim_shows_its_counterexample(tmp_path: Path) -> None:
    sign, facts = opened(tmp_path, "<!-- math: false 只对对称的矩阵成立 -->\n\n$$\n\\nabla_x (x^\\top A x) = 2 A x\n$$")
    assert (sign, facts["结论"], facts["理由"]) == ("✗", "已证明是错的", "只对对称的矩阵成立")
    assert "≠" in facts["反例"] and "最大误差" not in facts


def test_a_skipped_claim_shows_its_reason(tmp_path: Path) -> None:
    # The mark is what is tested here; nothing of ours is skipped by it.
    sign, facts = opened(tmp_path, "<!-- math: skip 记号超出范围 -->\n\n$$\nA x = x\n$$")
    assert (sign, facts) == ("○", {"结论": "未检验", "理由": "记号超出范围"})
