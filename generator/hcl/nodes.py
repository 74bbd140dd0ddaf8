"""The syntax tree of HCL's native syntax: what the parser makes and the evaluator reads.

The node kinds are those of hclsyntax (expression.go, expression_template.go, structure.go), so that
a reader of either finds his way in the other. Two things are simpler here: a template without any
sequence in it is a ``Literal``, and a bare name as an object's key is a ``Literal`` too. Every node
knows its span in the source text. Spans do not take part in comparisons.
"""

from __future__ import annotations

import bisect
from typing import TypeAlias

from generator import records
from generator.errors import HclError, Position

LiteralValue: TypeAlias = bool | int | float | str | None


@records.record
class Source:
    """A text and its name: what spans point into. A byte order mark is not part of the text."""

    file: str
    text: str
    line_starts: tuple[int, ...]

    def position(self, offset: int) -> Position:
        line = bisect.bisect_right(self.line_starts, offset)
        return Position(self.file, line, offset - self.line_starts[line - 1] + 1)

    def range(self, start: int, end: int) -> str:
        """The span as HCL writes it in messages: ``file:line,column-column``."""
        first, last = self.position(start), self.position(end)
        until = f"{last.column}" if first.line == last.line else f"{last.line},{last.column}"
        return f"{self.file}:{first.line},{first.column}-{until}"

    def error(self, offset: int, summary: str, detail: str) -> HclError:
        """An error at a place of this text, worded as HCL's diagnostics: summary; detail."""
        return HclError(f"{summary}; {detail}", self.position(offset), source=self.text)


@records.record(kw_only=True)
class Node:
    """What all nodes have: the source and the span in it, ``end`` exclusive."""

    source: Source = records.field(repr=False, compare=False)
    start: int = records.field(repr=False, compare=False)
    end: int = records.field(repr=False, compare=False)

    @property
    def position(self) -> Position:
        return self.source.position(self.start)

    @property
    def text(self) -> str:
        """The source text of the node, as it was written."""
        return self.source.text[self.start : self.end]

    def error(self, summary: str, detail: str) -> HclError:
        return self.source.error(self.start, summary, detail)


# --- structure -----------------------------------------------------------------------------------


@records.record(kw_only=True)
class Attribute(Node):
    """``name = expression``. The span is the whole definition; it starts with the name."""

    name: str
    expression: Expression


@records.record(kw_only=True)
class Label(Node):
    """A block's label, quoted or bare; the value is without quotes."""

    value: str


@records.record(kw_only=True)
class Block(Node):
    """``type "label" … { body }``. The span is from the type to the closing brace."""

    type: str
    label_nodes: tuple[Label, ...]
    body: Body
    open_brace: int = records.field(repr=False, compare=False)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label.value for label in self.label_nodes)


@records.record(kw_only=True)
class Body(Node):
    """The content of a file or of a block, in source order; attribute names are unique in it."""

    items: tuple[Attribute | Block, ...]

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        return tuple(item for item in self.items if isinstance(item, Attribute))

    @property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(item for item in self.items if isinstance(item, Block))


# --- expressions ---------------------------------------------------------------------------------


@records.record(kw_only=True)
class Literal(Node):
    """A number, ``true``, ``false``, ``null``, or a string without template sequences."""

    value: LiteralValue


@records.record(kw_only=True)
class Template(Node):
    """A string with template sequences: the parts' values, as strings, joined."""

    parts: tuple[Expression, ...]


@records.record(kw_only=True)
class TemplateWrap(Node):
    """``"${expression}"`` and nothing else: the value itself, of whatever type."""

    expression: Expression


@records.record(kw_only=True)
class TemplateJoin(Node):
    """A template's ``%{ for }``: the tuple's elements, as strings, joined."""

    items: For


@records.record(kw_only=True)
class Parentheses(Node):
    """``(expression)``: needed apart where a bare name would mean itself, as an object's key."""

    expression: Expression


@records.record(kw_only=True)
class Tuple(Node):
    """``[a, b]``"""

    items: tuple[Expression, ...]


@records.record(kw_only=True)
class ObjectItem(Node):
    """``key = value`` or ``key : value``; the key is a Literal when it was a bare name."""

    key: Expression
    value: Expression


@records.record(kw_only=True)
class Object(Node):
    """``{ a = 1, b = 2 }``"""

    items: tuple[ObjectItem, ...]


@records.record(kw_only=True)
class GetAttribute(Node):
    """A step ``.name`` of a traversal."""

    name: str


@records.record(kw_only=True)
class GetIndex(Node):
    """A step ``[0]``, ``["key"]`` or ``.0`` of a traversal: the key is a constant."""

    key: LiteralValue


Step: TypeAlias = GetAttribute | GetIndex


@records.record(kw_only=True)
class Traversal(Node):
    """``root.name[0]``: a variable of the scope and constant steps into it."""

    root: str
    steps: tuple[Step, ...]


@records.record(kw_only=True)
class RelativeTraversal(Node):
    """Constant steps into the value of any other expression, as in ``f(x).name``."""

    origin: Expression
    steps: tuple[Step, ...]


@records.record(kw_only=True)
class Index(Node):
    """``collection[key]`` where the key is not a constant."""

    collection: Expression
    key: Expression


@records.record(kw_only=True)
class SplatItem(Node):
    """Stands in a splat's ``each`` for the element at hand."""


@records.record(kw_only=True)
class Splat(Node):
    """``origin[*].name`` or ``origin.*.name``: ``each`` for every element of the origin."""

    origin: Expression
    each: Expression


@records.record(kw_only=True)
class Call(Node):
    """``name(a, b...)``; with ``expand_final`` the last argument is spread."""

    name: str
    arguments: tuple[Expression, ...]
    expand_final: bool


@records.record(kw_only=True)
class Unary(Node):
    """``-operand`` or ``!operand``."""

    operator: str
    operand: Expression


@records.record(kw_only=True)
class Binary(Node):
    """``left operator right``."""

    operator: str
    left: Expression
    right: Expression


@records.record(kw_only=True)
class Conditional(Node):
    """``condition ? positive : negative``, and a template's ``%{ if }``."""

    condition: Expression
    positive: Expression
    negative: Expression


@records.record(kw_only=True)
class For(Node):
    """``[for k, v in items : value if condition]``, or with a key ``{for …: key => value}``."""

    key_variable: str | None
    value_variable: str
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    group: bool


Expression: TypeAlias = (
    Literal
    | Template
    | TemplateWrap
    | TemplateJoin
    | Parentheses
    | Tuple
    | Object
    | Traversal
    | RelativeTraversal
    | Index
    | SplatItem
    | Splat
    | Call
    | Unary
    | Binary
    | Conditional
    | For
)


def start_of(expression: Expression) -> int:
    """Where HCL says that an expression starts in its messages: a string, inside of its quotes."""
    match expression:
        case Literal(value=str()) if expression.text.startswith('"'):
            return expression.start + 1
        case Literal(value=str()) if expression.text.startswith("<<"):
            return expression.start + expression.text.index("\n") + 1
        case Template(parts=(first, *_)):
            return start_of(first)
        case Conditional(condition=first) | Binary(left=first) | Parentheses(expression=first):
            return start_of(first)
        case Index(collection=first) | Splat(origin=first):
            return first.end
        case _:
            return expression.start
