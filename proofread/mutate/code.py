"""Errors in a block's code: changed constants, operators, dtypes and functions; dropped and doubled statements."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from proofread.mutate.edit import Edit
from proofread.outputs.expect import Script, syntax

_OPERATOR: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.MatMult: ("@", "*"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "&"),
}
_ORDERED = (ast.Sub, ast.Div, ast.MatMult, ast.Pow)
_COMPARISON: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Lt: ("<", ">="),
    ast.LtE: ("<=", ">"),
    ast.Gt: (">", "<="),
    ast.GtE: (">=", "<"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_PAIRS = (
    "sin cos · sum mean · max min · zeros ones · exp log · argmax argmin · relu abs · triu tril · "
    "float64 float32 · int64 int32"
)
_NAMES = {a: b for pair in _PAIRS.split(" · ") for a, b in (pair.split(), pair.split()[::-1])}
_TRANSPOSES = frozenset({"T", "mT", "H", "mH"})
#: What is done once by doing it twice.
_IDEMPOTENT = frozenset(
    {"zero_", "zero_grad", "manual_seed", "retain_grad", "requires_grad_", "fill_", "eval", "train", "clip_grad_value_"}
    | {"save_for_backward", "save_for_forward", "mark_dirty", "mark_non_differentiable"}
    | {"legend", "axis", "set", "write_text"}
)
#: Methods that take a dimension as a plain argument.
_ALONG = frozenset(
    {"sum", "mean", "prod", "any", "all", "softmax", "log_softmax", "logsumexp", "cumsum", "squeeze", "unsqueeze"}
)
#: Named arguments that count dimensions, or arguments, from either end.
_DIMENSION = frozenset({"dim", "axis", "argnums"})

Span = tuple[int, int, int, int]
"""Line (from 1) and byte of a start, line and byte of an end: as `ast` counts."""


def edits(source: str, script: Script) -> Iterator[Edit]:
    """All errors planted in a block's code, top to bottom."""
    tree = syntax(source)
    shown = {node for node, statement in zip(tree.body, script.statements, strict=True) if statement.printed}
    text = _Text(source)
    nodes = list(ast.walk(tree))
    # A bare string is a remark.
    spared: set[ast.expr] = {
        node.value for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    # `zip(…, strict=True)` is a guard against an error, and does nothing where there is none.
    spared |= {node.value for node in nodes if isinstance(node, ast.keyword) and node.arg == "strict"}
    needless = {
        "sign": {operand for node in nodes for operand in _without_sign(node)},
        "order": {operand for node in nodes for operand in _either_way(node)},
    }
    found: list[Edit] = []
    for node in nodes:
        found += _statements(node, text, shown)
        if node not in spared:
            found += (edit for edit in _expressions(node, text) if node not in needless.get(edit.kind, ()))
    yield from sorted(found, key=lambda edit: (edit.start, edit.end))


class _Text:
    """A source with replacements by `ast`'s places, which count bytes."""

    def __init__(self, source: str) -> None:
        self.lines = [line.encode("utf-8") for line in source.split("\n")]

    def cut(self, span: Span) -> str:
        """The text of a span."""
        top, left, bottom, right = span
        rows = self.lines[top - 1 : bottom]
        rows = [*rows[:-1], rows[-1][:right]]
        return b"\n".join([rows[0][left:], *rows[1:]]).decode("utf-8", "replace")

    def put(self, kind: str, span: Span, new: str) -> Edit:
        """The lines of a span with other text in its place."""
        top, left, bottom, right = span
        head, tail = self.lines[top - 1][:left], self.lines[bottom - 1][right:]
        lines = (head + new.encode("utf-8") + tail).decode("utf-8", "replace").split("\n")
        return Edit(kind, top - 1, bottom, tuple(lines))

    def token(self, kind: str, before: ast.expr, after: ast.expr, old: str, new: str) -> Iterator[Edit]:
        """An operator between two operands changed."""
        span = (before.end_lineno or 0, before.end_col_offset or 0, after.lineno, after.col_offset)
        found = re.search(r"\s+".join(map(re.escape, old.split())), between := self.cut(span))
        # In Python 3.11 the places inside an f-string are wrong; what is not found there is not planted.
        if found:
            yield self.put(kind, span, between[: found.start()] + new + between[found.end() :])


def _span(node: ast.expr | ast.stmt) -> Span:
    return (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)


def _statements(node: ast.AST, text: _Text, shown: set[ast.stmt]) -> Iterator[Edit]:
    """Statements of a body left out, and those that do something done twice."""
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if not isinstance(body, list):
            continue
        for child in body:
            if isinstance(child, ast.Pass) or (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                continue
            top, left, bottom, _ = _span(child)
            decorators: Sequence[ast.expr] = getattr(child, "decorator_list", ())
            top = min([top, *(decorator.lineno for decorator in decorators)])
            if text.lines[top - 1][:left].strip() or not _alone(child, text):
                continue  # shares its line with other code
            indent = text.lines[top - 1][:left].decode("utf-8")
            rest = (f"{indent}pass",) if len(body) == 1 and not isinstance(node, ast.Module) else ()
            yield Edit("dropped statement", top - 1, bottom, rest)
            # What shows a value is there for the value; what shows none, for what it does.
            silent = child not in shown or not isinstance(child, ast.Expr) or _prints(child)
            if silent and _accumulates(child):
                lines = tuple(line.decode("utf-8") for line in text.lines[top - 1 : bottom])
                yield Edit("doubled statement", top - 1, bottom, lines * 2)


def _alone(statement: ast.stmt, text: _Text) -> bool:
    tail = text.lines[(statement.end_lineno or 0) - 1][statement.end_col_offset or 0 :].strip()
    return not tail or tail.startswith(b"#") or tail == b";"


def _prints(statement: ast.Expr) -> bool:
    return isinstance(statement.value, ast.Call) and ast.unparse(statement.value.func) == "print"


def _accumulates(statement: ast.stmt) -> bool:
    """Whether doing it twice may differ from doing it once."""
    match statement:
        case ast.Expr(ast.Call(ast.Attribute(_, name))):
            return name not in _IDEMPOTENT and not name.startswith("set_")
        case ast.Expr(ast.Call()) | ast.AugAssign():
            return True
    return False


def _without_sign(node: ast.AST) -> Iterator[ast.expr]:
    """What of a node gets no other sign: indices and `dim=1`, since the second of two is also the last; the 2 of `-2`,
    since `--2` is what becomes of it without the sign."""
    match node:
        case ast.Subscript(slice=index):
            yield index
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Call(function, plain, named):
            along = plain if isinstance(function, ast.Attribute) and function.attr in _ALONG else []
            dimensions = (*along, *(keyword.value for keyword in named if keyword.arg in _DIMENSION))
            yield from (value for value in dimensions if isinstance(value, ast.Constant) and value.value == 1)


def _either_way(node: ast.AST) -> Iterator[ast.expr]:
    """What of a node's operands may be written in the other order: tr(AB) = tr(BA), and (a - b)² = (b - a)²."""
    match node:
        case ast.Call(ast.Attribute(ast.BinOp(op=ast.MatMult()) as product, "trace"), []):
            yield product
        case ast.Call(ast.Attribute(attr="trace") | ast.Name("tr" | "trace"), [ast.BinOp(op=ast.MatMult()) as product]):
            yield product
        case ast.Call(ast.Attribute(ast.BinOp(op=ast.Sub()) as gap, "abs" | "norm" | "square")):
            yield gap
        case ast.Call(
            ast.Name("abs" | "norm") | ast.Attribute(attr="vector_norm" | "matrix_norm"),
            [ast.BinOp(op=ast.Sub()) as gap, *_],
        ):
            yield gap
        case ast.BinOp(ast.BinOp(op=ast.Sub()) as gap, ast.Pow(), ast.Constant(2)):
            yield gap


def _expressions(node: ast.AST, text: _Text) -> Iterator[Edit]:
    """Wrong variants of one node."""
    match node:
        case ast.Constant():
            yield from _constant(node, text)
        case ast.BinOp(left, operator, right):
            yield from text.token("operator", left, right, *_OPERATOR[type(operator)])
            if isinstance(operator, _ORDERED):
                middle = (left.end_lineno or 0, left.end_col_offset or 0, right.lineno, right.col_offset)
                between = text.cut(middle)
                if between.strip() == _OPERATOR[type(operator)][0]:  # no brackets to keep in pairs
                    both = f"{text.cut(_span(right))}{between}{text.cut(_span(left))}"
                    yield text.put("order", _span(node), both)
        case ast.AugAssign(target, operator, value):
            old, new = _OPERATOR[type(operator)]
            yield from text.token("operator", target, value, f"{old}=", f"{new}=")
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield text.put("sign", _span(node), text.cut(_span(operand)))
        case ast.BoolOp(operator, values):
            old, new = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
            yield from text.token("operator", values[0], values[1], old, new)
        case ast.Compare(left, operators, comparators):
            operands = [left, *comparators]
            for sign, a, b in zip(operators, operands, comparators, strict=False):
                yield from text.token("comparison", a, b, *_COMPARISON[type(sign)])
        case ast.Attribute(value, name):
            span = (value.end_lineno or 0, value.end_col_offset or 0, node.end_lineno or 0, node.end_col_offset or 0)
            if name in _TRANSPOSES:
                yield text.put("transpose", span, "")
            elif name in _NAMES and text.cut(span) == f".{name}":
                yield text.put("dtype" if name[-1].isdigit() else "function", span, f".{_NAMES[name]}")
        case ast.Call(ast.Attribute(ast.expr() as value, _), [], []):
            # Only as a part of something: a call that is a statement is left out as one.
            if text.lines[node.end_lineno - 1 if node.end_lineno else 0][: node.col_offset].strip():
                yield text.put("dropped call", _span(node), text.cut(_span(value)))


def _constant(node: ast.Constant, text: _Text) -> Iterator[Edit]:
    span, value = _span(node), node.value
    try:
        if ast.literal_eval(text.cut(span)) != value:
            return
    except (SyntaxError, ValueError):
        return  # a part of an f-string, or one of several strings side by side
    if isinstance(value, bool):
        yield text.put("constant", span, str(not value))
    elif isinstance(value, int | float):
        yield text.put("constant", span, repr(value + 1))
        if value:
            yield text.put("sign", span, f"-{text.cut(span)}")
    elif isinstance(value, str):
        last = "x" if value[-1:] != "x" else "y"
        yield text.put("constant", span, repr(value[:-1] + last))
