"""What a compiled template does at run time: call functions, look up fields, walk over values.

A compiled template calls the operations in ``OPERATIONS`` (Jinja filters) with its frame, the
number of the site it stands at, and values. What a site means was settled by the translator;
here its functions are found, and its errors get Go's words and place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NoReturn, Protocol

from generator.template import mistakes, nodes, printing, quoting, signatures, values

# What a function may raise and still have a template fail in order: as Go's safeCall makes an
# error of a panic. Programming errors that no template can cause are not among them.
_FAILURES = (
    signatures.CallError,
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Argument:
    """An operand that is passed to a function: where its errors are, and how it is written."""

    place: nodes.Node
    operand: nodes.Operand | None
    boxed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function called; ``node`` is what Go names when it fails, ``name_node`` if it cannot be."""

    node: nodes.Node
    name_node: nodes.Identifier
    arguments: tuple[Argument, ...]
    piped: Argument | None

    @property
    def name(self) -> str:
        return self.name_node.name


@dataclass(frozen=True, slots=True)
class Lookup:
    """Fields looked up one after the other; ``boxed`` tells a nil in a container from no value."""

    place: nodes.Node
    path: tuple[str, ...]
    boxed: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """An operand that always is a mistake, but in Go only when it is reached."""

    place: nodes.Node
    message: str


@dataclass(frozen=True, slots=True)
class Entries:
    """The value of a range, and how many variables take its entries."""

    place: nodes.Node
    variables: int


Site = Call | Lookup | Failure | Entries | nodes.Invocation
Macro = Callable[[object, "Frame"], str]


@dataclass(frozen=True, slots=True)
class Link:
    """A call bound to the function that has its name in a set of templates."""

    site: Call
    function: signatures.Function
    checks: tuple[tuple[int, Argument, type[object]], ...]
    mistake: str
    takes_frame: bool


@dataclass(frozen=True, slots=True)
class Template:
    """An executable tree: its compiled form, its sites, and the text that its places are in.

    ``origin`` is the name of the text, which is the tree's own unless a ``define`` gave another.
    """

    name: str
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


@dataclass(frozen=True, slots=True)
class Frame:
    """One template being executed. A function that takes a Frame first is given this one."""

    is_frame: ClassVar[bool] = True

    template: Template
    family: Family
    depth: int
    cells: dict[str, object] = field(default_factory=dict)

    def error(self, place: nodes.Node, message: str) -> mistakes.Mistake:
        template = self.template
        message = f"executing {quoting.quote(template.name)} at <{place}>: {message}"
        return mistakes.run_mistake(
            message, template.origin, template.text, place.offset, template.file
        )


# Each nested template takes four of Python's 1000 stack frames; Go stops at 100000.
MAX_DEPTH = 150


def link(site: Call, function: signatures.Function) -> Link:
    """Bind a call to its function: count the arguments, and see which must be checked each time."""
    signature = signatures.of(function)
    passed = site.arguments + ((site.piped,) if site.piped else ())
    mistake = ""
    if signature.variadic is None and len(passed) != len(signature.fixed):
        mistake = f"want {len(signature.fixed)} got {len(passed)}"
    elif len(passed) < len(signature.fixed):
        mistake = f"want at least {len(signature.fixed)} got {len(site.arguments)}"
    checks = tuple(
        (index, argument, signature.parameter(index))
        for index, argument in enumerate(passed)
        if signature.parameter(index) is not object
    )
    return Link(site, function, checks, mistake, signature.takes_frame)


def call(frame: Frame, number: int, *arguments: object) -> object:
    """Call the function at a site."""
    found = frame.template.links[number]
    if found.mistake:
        msg = f"wrong number of args for {found.site.name}: {found.mistake}"
        raise frame.error(found.site.name_node, msg)
    if found.checks:
        arguments = _checked(frame, found, arguments)
    if found.takes_frame:
        arguments = (frame, *arguments)
    try:
        return found.function(*arguments)
    except _FAILURES as failure:
        msg = f"error calling {found.site.name}: {_told(failure)}"
        raise frame.error(found.site.node, msg) from failure


def feed(frame: Frame, number: int, value: object, *arguments: object) -> object:
    """Call the function at a site with the value of the stage before as its last argument."""
    return call(frame, number, *arguments, value)


def _told(failure: BaseException) -> str:
    match failure:
        case ZeroDivisionError():
            return "runtime error: integer divide by zero"
        case RecursionError():
            return "templates are nested too deeply"
        case OSError():
            return f"{failure.filename}: {(failure.strerror or str(failure)).lower()}"
        case _:
            return str(failure)


def _checked(frame: Frame, found: Link, arguments: tuple[object, ...]) -> tuple[object, ...]:
    checked = list(arguments)
    for index, argument, kind in found.checks:
        value = arguments[index]
        if type(value) is not kind:
            checked[index] = _fit(frame, argument, value, kind)
    return tuple(checked)


def _fit(frame: Frame, argument: Argument, value: object, kind: type[object]) -> object:
    """The value as the parameter takes it, as validateType does, or literals as their type asks."""
    title = values.type_title(kind)
    match argument.operand:
        case nodes.String() | nodes.Bool() | nodes.Number() as literal:
            number = _constant(value, kind) if isinstance(literal, nodes.Number) else None
            if number is None:
                msg = f"{_EXPECTED.get(kind, f'can not handle {literal} for {title}')}"
                raise frame.error(argument.place, f"{msg}; found {literal}")
            return number
        case nodes.Nil() if not signatures.nilable(kind):
            msg = f"cannot assign nil to {title}"
            raise frame.error(argument.place, msg)
    if signatures.accepts(kind, value):
        return value
    if value is None:
        if signatures.nilable(kind):
            return signatures.zero(kind)
        if not argument.boxed:
            msg = f"invalid value; expected {title}"
            raise frame.error(argument.place, msg)
    got = "interface {}" if value is None else values.type_name(value)
    msg = f"wrong type for value; expected {title}; got {got}"
    raise frame.error(argument.place, msg)


_EXPECTED = {
    str: "expected string",
    bool: "expected bool",
    int: "expected integer",
    values.Int64: "expected integer",
    float: "expected float",
}


def _constant(value: object, kind: type[object]) -> object:
    """An ideal constant as the type that is asked for, None where it cannot be that."""
    if isinstance(value, int | float) and kind is float:
        return float(value)
    if isinstance(value, int | float) and issubclass(kind, int) and kind is not bool:
        return kind(value) if value == int(value) else None
    return None


def look_up(frame: Frame, number: int, receiver: object, *arguments: object) -> object:
    """The field that a path leads to, beginning at a value; its last name may be a method's."""
    site = frame.template.sites[number]
    assert isinstance(site, Lookup)
    boxed = site.boxed
    last = len(site.path) - 1
    for index, name in enumerate(site.path):
        found = receiver
        if found is None:
            if not boxed:
                return None
            raise frame.error(site.place, f"nil pointer evaluating interface {{}}.{name}")
        passed = arguments if index == last else ()
        if isinstance(found, values.Struct) and name in (fields := found.fields()):
            receiver = _member(frame, site, name, fields[name], passed)
        elif isinstance(found, dict):
            if passed:
                msg = f"{name} is not a method but has arguments"
                raise frame.error(site.place, msg)
            receiver = found[name] if name in found else values.missing(found)
        elif isinstance(found, values.NilInterface):
            raise frame.error(site.place, f"nil pointer evaluating {found.go_type}.{name}")
        else:
            kind = "interface {}" if boxed else values.type_name(found)
            raise frame.error(site.place, f"can't evaluate field {name} in type {kind}")
        boxed = True
    return receiver


def _member(
    frame: Frame, site: Lookup, name: str, member: object, arguments: tuple[object, ...]
) -> object:
    """A field's value, or what a method gives."""
    if not callable(member):
        if arguments:
            msg = f"{name} has arguments but cannot be invoked as function"
            raise frame.error(site.place, msg)
        return member
    wanted = len(signatures.of(member).fixed)
    if len(arguments) != wanted:
        msg = f"wrong number of args for {name}: want {wanted} got {len(arguments)}"
        raise frame.error(site.place, msg)
    try:
        return member(*arguments)
    except _FAILURES as failure:
        msg = f"error calling {name}: {_told(failure)}"
        raise frame.error(site.place, msg) from failure


def fail(frame: Frame, number: int, *_values: object) -> NoReturn:
    """Fail with the mistake of a site, after the values before it were evaluated."""
    site = frame.template.sites[number]
    assert isinstance(site, Failure)
    raise frame.error(site.place, site.message)


def entries(frame: Frame, number: int, value: object) -> list[object]:
    """What a range walks over: values, or pairs where two variables take them."""
    site = frame.template.sites[number]
    assert isinstance(site, Entries)
    pairs = site.variables > 1
    if value is None:
        return []
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=_key_order)
        return list(ordered) if pairs else [entry for _, entry in ordered]
    if isinstance(value, list | bytes):
        return list(enumerate(value)) if pairs else list(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if pairs:
            msg = f"can't use {value} to iterate over more than one variable"
            raise frame.error(site.place, msg)
        return [type(value)(each) for each in range(value)]
    msg = f"range can't iterate over {printing.sprint(value)}"
    raise frame.error(site.place, msg)


def _key_order(entry: tuple[str, object]) -> bytes:
    return quoting.encode(entry[0])


def invoke(frame: Frame, number: int, dot: object) -> str:
    """Execute another template of the set."""
    site = frame.template.sites[number]
    assert isinstance(site, nodes.Invocation)
    template = frame.family.find(site.name)
    if template is None:
        raise frame.error(site, f"template {quoting.quote(site.name)} not defined")
    if frame.depth >= MAX_DEPTH:
        raise frame.error(site, f"exceeded maximum template depth ({MAX_DEPTH})")
    return execute(template, frame.family, dot, frame.depth + 1)


def execute(template: Template, family: Family, dot: object, depth: int = 0) -> str:
    return template.macro(dot, Frame(template, family, depth))


def store(frame: Frame, cell: str, value: object) -> object:
    """Give a variable its value inside an expression."""
    frame.cells[cell] = value
    return value


def hold(frame: Frame, cell: str, value: object) -> bool:
    """As ``store``, but true, to stand in a condition."""
    frame.cells[cell] = value
    return True


def load(frame: Frame, cell: str) -> object:
    return frame.cells[cell]


OPERATIONS: Mapping[str, Callable[..., object]] = {
    "call": call,
    "feed": feed,
    "look_up": look_up,
    "fail": fail,
    "entries": entries,
    "invoke": invoke,
    "store": store,
    "hold": hold,
    "load": load,
}
