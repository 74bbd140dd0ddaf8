"""The places of a compiled template that act at run time, and what a run carries along.

The translator numbers them; an operation is given the number and finds here what it means.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Protocol

from generator import records
from generator.golang import quoting
from generator.template import mistakes, nodes, signatures


@records.record
class Argument:
    """An operand that is passed to a function: where its errors are, and how it is written.

    ``boxed`` tells a nil that was taken out of a container from no value at all.
    """

    place: nodes.Node
    operand: nodes.Operand | None
    boxed: bool

    @property
    def literal(self) -> bool:
        """Whether its value stands in the template."""
        match self.operand:
            case nodes.String() | nodes.Bool() | nodes.Nil():
                return True
            case nodes.Number(value=value):
                return value is not None
            case _:
                return False


@records.record(kw_only=True)
class Call:
    """A function called; ``node`` is what Go names when it fails, ``name_node`` if it cannot be.

    The first ``bound`` arguments are literals, which the compiled template does not pass.
    """

    node: nodes.Node
    name_node: nodes.Identifier
    arguments: tuple[Argument, ...]
    piped: Argument | None
    bound: int

    @property
    def name(self) -> str:
        return self.name_node.name


@records.record
class Lookup:
    """Fields looked up one after the other, beginning at a value that may be boxed.

    The last name may be a method's: then it gets the arguments.
    """

    place: nodes.Node
    path: tuple[str, ...]
    boxed: bool
    arguments: tuple[Argument, ...]


@records.record
class Failure:
    """An operand that always is a mistake, but in Go only when it is reached."""

    place: nodes.Node
    message: str


@records.record
class Entries:
    """The value of a range, and how many variables take its entries."""

    place: nodes.Node
    variables: int


Site = Call | Lookup | Failure | Entries | nodes.Invocation
Macro = Callable[[object, "Frame"], str]


@records.record(kw_only=True)
class Link:
    """A call bound to the function that has its name in a set of templates.

    ``prefix`` are the bound arguments, ``checks`` what must be seen to each time; a call that can
    never succeed has a mistake, and the node where it is.
    """

    site: Call
    function: signatures.Function
    takes_frame: bool
    prefix: tuple[object, ...]
    checks: tuple[tuple[int, Argument, type[object]], ...]
    mistake: Failure | None


@records.record
class Template:
    """An executable tree: its compiled form, its sites, and the text that its places are in.

    ``origin`` is the name of the text, which is the tree's own unless a ``define`` gave another.
    """

    tree: nodes.Tree
    origin: str
    text: str
    file: str
    macro: Macro
    sites: tuple[Site, ...]
    links: Mapping[int, Link]


class Family(Protocol):
    """The templates that one can call, and the way to try out a further text among them."""

    def find(self, name: str) -> Template | None: ...

    def expand(self, text: str, dot: object) -> str: ...


@records.record
class Frame:
    """One template being executed. A function that takes a Frame first is given this one."""

    is_frame: ClassVar[bool] = True

    template: Template
    family: Family
    depth: int
    cells: dict[str, object] = records.field(default_factory=dict)

    def error(
        self, place: nodes.Node, message: str, *, hint: str | None = None
    ) -> mistakes.Mistake:
        template = self.template
        message = f"executing {quoting.quote(template.tree.name)} at <{place}>: {message}"
        mistake = mistakes.run_mistake(
            message, template.origin, template.text, place.offset, template.file
        )
        mistake.hint = hint
        return mistake
