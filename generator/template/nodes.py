"""The tree that the parser makes of a Go template; ``str`` of an expression is as Go writes it.

Error messages quote what failed (``executing "x" at <.a.b>``): expressions and invocations. Their
``__str__`` follows the ``String`` methods of Go's text/template/parse to the letter, with ``{{ }}``
whatever the delimiters were.
"""

from __future__ import annotations

from generator import records
from generator.golang import quoting


@records.record
class Dot:
    offset: int

    def __str__(self) -> str:
        return "."


@records.record
class Nil:
    offset: int

    def __str__(self) -> str:
        return "nil"


@records.record
class Bool:
    offset: int
    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@records.record
class Number:
    """A constant: its value where no type is asked for, or None when that overflows an int."""

    offset: int
    text: str
    value: int | float | complex | None

    def __str__(self) -> str:
        return self.text


@records.record
class String:
    offset: int
    quoted: str
    text: str

    def __str__(self) -> str:
        return self.quoted


@records.record
class Identifier:
    """The name of a function."""

    offset: int
    name: str

    def __str__(self) -> str:
        return self.name


@records.record
class Field:
    """``.a.b``: names looked up one after the other, beginning at dot."""

    offset: int
    path: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(f".{name}" for name in self.path)


@records.record
class Variable:
    """``$x.a.b``: the variable's name with its dollar sign, and names looked up in its value."""

    offset: int
    name: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.name, *self.path))


@records.record
class Chain:
    """``(…).a.b`` or ``function.a.b``."""

    offset: int
    operand: Operand
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((_written(self.operand), *self.path))


@records.record
class Command:
    """One stage of a pipeline: an operand, or a function with its arguments."""

    offset: int
    operands: tuple[Operand, ...]

    def __str__(self) -> str:
        return " ".join(map(_written, self.operands))


@records.record
class Pipe:
    """Commands, each fed with the value of the one before; the last value may go to variables."""

    offset: int
    variables: tuple[Variable, ...]
    assigns: bool
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        written = " | ".join(map(str, self.commands))
        if not self.variables:
            return written
        names = ", ".join(map(str, self.variables))
        return f"{names} {'=' if self.assigns else ':='} {written}"


Operand = Dot | Nil | Bool | Number | String | Identifier | Field | Variable | Chain | Pipe


def _written(operand: Operand) -> str:
    return f"({operand})" if isinstance(operand, Pipe) else str(operand)


@records.record
class Text:
    offset: int
    text: str


@records.record
class Action:
    """A pipeline for its value, which is printed unless it goes to variables."""

    offset: int
    pipe: Pipe


@records.record
class If:
    offset: int
    pipe: Pipe
    body: Body
    otherwise: Body | None


@records.record
class Range:
    """A loop; ``weight`` is how many statements stand in it, to every depth."""

    offset: int
    pipe: Pipe
    body: Body
    otherwise: Body | None
    weight: int = records.field(default_factory=int, compare=False)


@records.record
class With:
    offset: int
    pipe: Pipe
    body: Body
    otherwise: Body | None


@records.record
class Break:
    offset: int


@records.record
class Continue:
    offset: int


@records.record
class Invocation:
    """``{{template "name" pipeline}}``."""

    offset: int
    name: str
    pipe: Pipe | None

    def __str__(self) -> str:
        argument = f" {self.pipe}" if self.pipe else ""
        return f"{{{{template {quoting.quote(self.name)}{argument}}}}}"


Statement = Text | Action | If | Range | With | Break | Continue | Invocation
Body = tuple[Statement, ...]
Node = Operand | Command | Invocation


@records.record
class Tree:
    """What one name stands for: a whole text, or the body of a ``define`` or ``block``.

    ``cells`` names the variables that get values inside parentheses, where no statement can stand;
    ``weight`` is how many statements there are, to every depth.
    """

    name: str
    body: Body
    cells: frozenset[str] = frozenset()
    weight: int = records.field(default_factory=int, compare=False)

    @property
    def empty(self) -> bool:
        """Whether nothing but space is in it; such a tree never replaces another."""
        return all(isinstance(node, Text) and not node.text.strip() for node in self.body)
