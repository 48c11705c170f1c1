"""The page of formulas: what its column of torch expressions shows is what its blocks run."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def normal(expression: str) -> str:
    return ast.unparse(ast.parse(expression, mode="eval"))


def shown() -> dict[str, str]:
    """Number of each row → the expression in its last column."""
    page = (ROOT / "docs/formulas.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[?(\d+\.\d+)\b.*\| `([^`]+)` \|$", page, re.MULTILINE)
    return {number: normal(expression) for number, expression in rows}


def run() -> dict[str, str]:
    """Number of each row → the expression that `compare` gets first."""
    tree = ast.parse((ROOT / "snippets/formulas.py").read_text(encoding="utf-8"))
    return {
        ast.literal_eval(number): ast.unparse(pair.elts[0])
        for table in ast.walk(tree)
        if isinstance(table, ast.Dict)
        for number, pair in zip(table.keys, table.values, strict=True)
        if number is not None and isinstance(pair, ast.List)
    }


def test_each_torch_expression_on_the_page_is_the_one_that_runs() -> None:
    assert shown() == run()


def test_there_are_at_least_eighty_identities() -> None:
    assert len(shown()) >= 80
