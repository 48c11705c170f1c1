"""What names stand for, and how far each is known: declarations, definitions and hypotheses, by section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from proofread.derivations.nodes import Apply, Axis, Deriv, Differential, Idx, Map, Node, Size, Var, walk

#: Letters that textbooks keep for what varies; the others are taken as constant where nothing says more.
LATE = frozenset(
    ["u", "v", "w", "x", "y", "z", "U", "V", "W", "X", "Y", "Z", "s", "t", "θ", "φ", "ϕ", "ξ", "ψ", "ω", "β"]
)
#: What stands beside x as a direction, a target or a weight, when x is the variable.
BESIDE_X = frozenset({"u", "v", "y", "s", "t"})


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows and columns as integer expressions; a scalar has neither."""

    rows: Node | None = None
    cols: Node | None = None

    @property
    def scalar(self) -> bool:
        return self.rows is None


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name and what it stands for."""

    name: str
    kind: str
    """`array`, `function` or `size` (a size letter, or a natural number)."""
    shape: Shape = Shape()
    """Of an array, or of a function's value."""
    family: tuple[str, ...] = ()
    """Index letters of a family such as `x_i ∈ ℝⁿ`."""
    traits: frozenset[str] = frozenset()
    """What its set says of it: symmetric, positive, …"""
    params: tuple[str, ...] = ()
    """Names of a defined function's arguments."""
    domain: tuple[Shape, ...] = ()
    """Shapes of the arguments of a function known by its signature, with the traits of each in `domain_traits`."""
    domain_traits: tuple[frozenset[str], ...] = ()
    definition: Node | None = None
    columns: bool = False
    """It is a family of columns, defined together as a matrix."""
    slots: tuple[str, ...] = ()
    """What a hypothesis such as `F(x(θ), θ) = 0` calls the arguments of a function."""
    point: tuple[Node, ...] = ()
    """Where that hypothesis takes the function: there it stands if nothing is said."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A relation that every sample has to meet."""

    relation: Node
    names: frozenset[str]
    source: str


@dataclass
class Scope:
    """The names of one section, above those of the section around it."""

    level: int = 0
    title: str = ""
    symbols: dict[str, Symbol] = field(default_factory=dict)
    ranges: dict[str, tuple[Node, Node]] = field(default_factory=dict)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    layout: str | None = None


class Symbols:
    """The names known at one place of a page."""

    def __init__(self, layout: str = "mixed") -> None:
        self.scopes = [Scope(layout=layout)]
        self.ended: dict[str, str] = {}
        """The titles of the sections, ended by now, that letters were last declared in."""

    def copy(self) -> Symbols:
        """An independent copy, to read a formula with names of its own."""
        new = Symbols()
        new.ended = self.ended
        new.scopes = [
            replace(scope, symbols=dict(scope.symbols), ranges=dict(scope.ranges), hypotheses=list(scope.hypotheses))
            for scope in self.scopes
        ]
        return new

    def open(self, level: int, title: str) -> None:
        """A heading: closes the sections at its level and deeper, and opens one."""
        while len(self.scopes) > 1 and self.scopes[-1].level >= level:
            scope = self.scopes.pop()
            self.ended.update((name.partition("|")[0], scope.title) for name in scope.symbols)
        self.scopes.append(Scope(level, title))

    @property
    def layout(self) -> str:
        return next(scope.layout for scope in reversed(self.scopes) if scope.layout)

    def set_layout(self, layout: str) -> None:
        self.scopes[-1].layout = layout

    def get(self, name: str) -> Symbol | None:
        """The symbol of a name, else of the same letter without its bold face (but 𝐡 is no size h), else with one."""
        bare = plain(name)
        for want in (name,) if name == bare else (name, bare):
            for scope in reversed(self.scopes):
                if want in scope.symbols and (want == name or _may_be_bold(scope.symbols[want])):
                    return scope.symbols[want]
        if name == bare:
            for scope in reversed(self.scopes):
                for other, symbol in scope.symbols.items():
                    if plain(other) == bare and other != name:
                        return symbol
        return None

    def put(self, symbol: Symbol) -> None:
        """Declare or define a name; what was supposed of an older thing of that name is forgotten."""
        for scope in self.scopes:
            scope.hypotheses = [each for each in scope.hypotheses if symbol.name not in each.names]
        self.scopes[-1].symbols[symbol.name] = symbol

    def suppose(self, hypothesis: Hypothesis) -> None:
        self.scopes[-1].hypotheses.append(hypothesis)

    def range(self, index: str) -> tuple[Node, Node] | None:
        """Declared first and last value of an index letter."""
        return next((scope.ranges[index] for scope in reversed(self.scopes) if index in scope.ranges), None)

    def set_range(self, index: str, lo: Node, hi: Node) -> None:
        self.scopes[-1].ranges[index] = (lo, hi)

    def hypotheses(self) -> Iterator[Hypothesis]:
        for scope in self.scopes:
            yield from scope.hypotheses

    def sizes(self) -> set[str]:
        return {name for scope in self.scopes for name, symbol in scope.symbols.items() if symbol.kind == "size"}

    def closure(self, roots: list[Node], without: frozenset[str] = frozenset()) -> set[str]:
        """Names that some trees depend on, through definitions too, except through `without`."""
        seen: set[str] = set()
        stack: list[Node] = list(roots)
        while stack:
            for node in walk(stack.pop()):
                if isinstance(node, Differential):
                    seen.update("d·" + moving for moving in node.names)
                name = node.name if isinstance(node, (Var, Apply, Size, Map)) else None
                if name is not None and name not in seen and name not in without:
                    seen.add(name)
                    symbol = self.get(name)
                    if symbol and symbol.definition is not None:
                        stack.append(symbol.definition)
        return seen


def _may_be_bold(symbol: Symbol) -> bool:
    """Whether a bold letter may mean it: not where it is a number."""
    return symbol.kind != "size" and not (symbol.kind == "array" and symbol.shape.scalar and not symbol.family)


def plain(name: str) -> str:
    """The name without its bold face or arrow: `x` for `bold x`."""
    head, bar, rest = name.partition("|")
    if not bar:
        return name
    styles = [style for style in rest.split() if style not in ("bold", "vec", "rm")]
    return head + ("|" + " ".join(styles) if styles else "")


def free_axes(node: Node, symbols: Symbols) -> set[Axis]:
    """Indices that a tree leaves unbound (definitions of arrays bind all of theirs)."""
    bound: set[Axis] = set()
    used: set[Axis] = set()
    for each in walk(node):
        if isinstance(each, Idx):
            used.add(each.axis)
            continue
        for name in ("axis", "axes"):
            value = getattr(each, name, None)
            bound.update(value if isinstance(value, tuple) else (value,) if isinstance(value, Axis) else ())
    return used - bound


def depends(node: Node, name: str, symbols: Symbols) -> bool:
    """Whether a tree, as written and through definitions, depends on a name."""
    return name in symbols.closure([node])


__all__ = ["Deriv", "Hypothesis", "Scope", "Shape", "Symbol", "Symbols", "Var", "depends", "free_axes", "plain"]
