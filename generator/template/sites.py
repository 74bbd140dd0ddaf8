"""The places of a compiled template that act at run time, and what a run carries along.

The translator numbers them; an operation is given the number and finds here what it means.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterable, Mapping

from generator import limits, records
from generator.golang import quoting
from generator.template import costs, mistakes, signatures


@records.record
class Place:
    """What Go names in an error: the offset of a node in its template, and the node as Go writes it."""

    offset: int
    text: str

    def __str__(self) -> str:
        return self.text


# What kind of literal an operand is, if it is one.
STRING, BOOL, NUMBER, NIL = "string", "bool", "number", "nil"


@records.record(kw_only=True)
class Argument:
    """An operand that is passed to a function: where its errors are, and how it is written.

    ``kind`` and ``value`` are a literal's, else empty. ``boxed`` tells a nil that was taken out of
    a container from no value at all.
    """

    place: Place
    text: str = ""
    kind: str = ""
    value: str | bool | int | float | complex | None = None
    boxed: bool = False

    @property
    def literal(self) -> bool:
        """Whether its value stands in the template; a number may be none that there is."""
        return self.value is not None or self.kind == NIL


@records.record(kw_only=True)
class Call:
    """A function called; ``place`` is what Go names when it fails.

    The first ``bound`` arguments are literals, which the compiled template does not pass.
    """

    place: Place
    name: str
    arguments: tuple[Argument, ...]
    piped: Argument | None
    bound: int


@records.record
class Lookup:
    """Fields looked up one after the other, beginning at a value that may be boxed.

    The last name may be a method's: then it gets the arguments.
    """

    place: Place
    path: tuple[str, ...]
    boxed: bool
    arguments: tuple[Argument, ...]


@records.record
class Failure:
    """An operand that always is a mistake, but in Go only when it is reached."""

    place: Place
    message: str
    hint: str | None = None


@records.record
class Entries:
    """The value of a range, how many variables take its entries, and what is done with each."""

    place: Place
    variables: int
    weight: int


@records.record
class Invocation:
    """Another template executed."""

    place: Place
    name: str


Site = Call | Lookup | Failure | Entries | Invocation
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
    cost: costs.Cost


@records.record(kw_only=True)
class Outline:
    """What is known of a tree when it has been compiled: its names, and that of its function.

    An ``empty`` one holds nothing but space and never replaces another; ``weight`` is how many
    statements it has.
    """

    key: str
    name: str
    empty: bool
    weight: int
    function: str


@records.record
class Template:
    """An executable tree: its compiled form, its sites, and the text that its places are in.

    ``origin`` is the name of the text, which is the tree's own unless a ``define`` gave another.
    """

    outline: Outline
    origin: str
    text: str
    file: str
    macro: Macro
    sites: Mapping[int, Site]
    links: Mapping[int, Link]


TYPE_CHECKING = False

if TYPE_CHECKING:

    class Family(typing.Protocol):
        """The templates that one can call, and the way to try out a further text among them."""

        def find(self, name: str) -> Template | None: ...

        def names(self) -> Iterable[str]: ...

        def expand(self, text: str, dot: object) -> str: ...


@records.record
class Frame:
    """One template being executed. A function that takes a Frame first is given this one."""

    is_frame: typing.ClassVar[bool] = True

    template: Template
    family: Family
    depth: int
    meter: limits.Meter
    cells: dict[str, object] = records.field(default_factory=dict)

    def error(self, place: Place, message: str, *, hint: str | None = None) -> mistakes.Mistake:
        template = self.template
        message = f"executing {quoting.quote(template.outline.name)} at <{place}>: {message}"
        mistake = mistakes.run_mistake(
            message, template.origin, template.text, place.offset, template.file
        )
        mistake.hint = hint
        return mistake

    def fail(self, failure: Failure) -> mistakes.Mistake:
        return self.error(failure.place, failure.message, hint=failure.hint)
