"""What a compiled template does at run time: call functions, look up fields, walk over values.

A compiled template calls the operations in ``OPERATIONS`` (Jinja filters) with its frame, the
number of the site it stands at, and values. What a site means was settled by the translator;
here its functions are found, and its errors get Go's words and place.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence, Sized

from generator import limits
from generator.golang import quoting
from generator.template import (
    costs,
    linking,
    printing,
    signatures,
    sites,
    stack,
    suggestions,
    values,
)

# What a function may raise when a template asks the impossible of it. Go's safeCall makes an error
# of any panic in a function, too; outside of a function nothing is caught.
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


def call(frame: sites.Frame, number: int, *arguments: object) -> object:
    """Call the function at a site."""
    found = frame.template.links[number]
    if found.mistake is not None:
        raise frame.fail(found.mistake)
    if found.prefix:
        arguments = found.prefix + arguments
    if found.checks:
        checked = linking.check(found, arguments)
        if isinstance(checked, sites.Failure):
            raise frame.fail(checked)
        arguments = checked
    if values.NilInterface in map(type, arguments):
        # Passed on, it is a plain nil: which interface it was of no function can see.
        nil = values.NilInterface
        arguments = tuple(None if type(each) is nil else each for each in arguments)
    meter, cost = frame.meter, found.cost
    try:
        meter.left -= costs.count(cost, arguments, meter.left) if cost.looks else cost.base
        if meter.left < 0:
            meter.refuse()
        result = (
            found.function(frame, *arguments) if found.takes_frame else found.function(*arguments)
        )
        if type(result) is not str or len(result) > costs.SHORT:
            meter.left -= costs.count_result(cost, result)
        return result
    except _FAILURES as failure:
        msg = f"error calling {found.site.name}: {_told(failure)}"
        raise frame.error(found.site.place, msg, hint=_hint(failure)) from failure


def feed(frame: sites.Frame, number: int, value: object, *arguments: object) -> object:
    """Call the function at a site with the value of the stage before as its last argument."""
    return call(frame, number, *arguments, value)


def _told(failure: BaseException) -> str:
    match failure:
        case ZeroDivisionError():
            return "runtime error: integer divide by zero"
        case RecursionError():
            return "templates, or values, are nested too deeply"
        case OSError():
            return f"{failure.filename}: {(failure.strerror or str(failure)).lower()}"
        case _:
            return str(failure)


def _hint(failure: BaseException) -> str | None:
    return failure.hint if isinstance(failure, signatures.CallError) else None


def look_up(frame: sites.Frame, number: int, receiver: object, *arguments: object) -> object:
    """The field that a path leads to, beginning at a value; its last name may be a method's."""
    site = frame.template.sites[number]
    assert isinstance(site, sites.Lookup)
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
            boxed = False  # Its type is that of the field, or what the method gives.
            continue
        if isinstance(found, dict):
            if passed:
                msg = f"{name} is not a method but has arguments"
                raise frame.error(site.place, msg)
            receiver = found[name] if name in found else values.missing(found)
        elif isinstance(found, values.NilInterface):
            raise frame.error(site.place, f"nil pointer evaluating {found.go_type}.{name}")
        else:
            kind = "interface {}" if boxed else values.type_name(found)
            msg = f"can't evaluate field {name} in type {kind}"
            raise frame.error(site.place, msg, hint=_fields(name, found))
        boxed = True
    return receiver


def _fields(name: str, value: object) -> str | None:
    """What the value has, if that is anything."""
    if isinstance(value, values.Struct):
        return suggestions.key(name, value.fields())
    if isinstance(value, list):
        return "the elements of a list are gone through with range, or taken with index LIST 0"
    return None


def _member(
    frame: sites.Frame, site: sites.Lookup, name: str, member: object, arguments: tuple[object, ...]
) -> object:
    """A field's value, or what a method gives."""
    if not callable(member):
        if arguments:
            msg = f"{name} has arguments but cannot be invoked as function"
            raise frame.error(site.place, msg)
        return member
    signature = signatures.of(member)
    miscounted = signature.miscounted(name, len(arguments), piped=False)
    if miscounted:
        raise frame.error(site.place, miscounted)
    fitted: list[object] = []
    # Only the last name of a path gets arguments: the others have none to fit.
    for index, (passed, value) in enumerate(zip(site.arguments, arguments, strict=False)):
        fit = linking.fit(passed, value, signature.parameter(index))
        if isinstance(fit, sites.Failure):
            raise frame.fail(fit)
        fitted.append(fit)
    try:
        return member(*fitted)
    except _FAILURES as failure:
        msg = f"error calling {name}: {_told(failure)}"
        raise frame.error(site.place, msg, hint=_hint(failure)) from failure


def fail(frame: sites.Frame, number: int, *_values: object) -> typing.NoReturn:
    """Fail with the mistake of a site, after the values before it were evaluated."""
    site = frame.template.sites[number]
    assert isinstance(site, sites.Failure)
    raise frame.error(site.place, site.message)


def entries(frame: sites.Frame, number: int, value: object) -> Sequence[object]:
    """What a range walks over: values, or pairs where two variables take them."""
    site = frame.template.sites[number]
    assert isinstance(site, sites.Entries)
    pairs = site.variables > 1
    if value is None:
        return []
    turns = value if isinstance(value, int) else len(value) if isinstance(value, Sized) else 0
    _spend(frame, site.place, turns * site.weight)
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=_key_order)
        return list(ordered) if pairs else [entry for _, entry in ordered]
    if isinstance(value, list | bytes):
        return list(enumerate(value)) if pairs else list(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if pairs:
            msg = f"can't use {value} to iterate over more than one variable"
            raise frame.error(site.place, msg)
        counted = range(value)
        return counted if type(value) is int else [type(value)(each) for each in counted]
    msg = f"range can't iterate over {printing.sprint(value)}"
    raise frame.error(site.place, msg)


def _spend(frame: sites.Frame, place: sites.Place, steps: int) -> None:
    try:
        frame.meter.spend(max(steps, 0))
    except limits.LimitError as limit:
        raise frame.error(place, str(limit)) from limit


def _key_order(entry: tuple[str, object]) -> bytes:
    return quoting.encode(entry[0])


def invoke(frame: sites.Frame, number: int, dot: object) -> str:
    """Execute another template of the set."""
    site = frame.template.sites[number]
    assert isinstance(site, sites.Invocation)
    template = frame.family.find(site.name)
    if template is None:
        hint = suggestions.key(site.name, frame.family.names())
        msg = f"template {quoting.quote(site.name)} not defined"
        raise frame.error(site.place, msg, hint=hint)
    if frame.depth >= stack.DEEPEST:
        msg = f"exceeded maximum template depth ({stack.DEEPEST})"
        raise frame.error(site.place, msg)
    _spend(frame, site.place, 4 + template.outline.weight)
    if frame.depth == stack.SHALLOW:
        with stack.deepened():
            return execute(template, frame.family, dot, frame.meter, frame.depth + 1)
    return execute(template, frame.family, dot, frame.meter, frame.depth + 1)


def execute(
    template: sites.Template,
    family: sites.Family,
    dot: object,
    meter: limits.Meter,
    depth: int = 0,
) -> str:
    return template.macro(dot, sites.Frame(template, family, depth, meter))


def store(frame: sites.Frame, cell: str, value: object) -> object:
    """Give a variable its value inside an expression."""
    frame.cells[cell] = value
    return value


def hold(frame: sites.Frame, cell: str, value: object) -> bool:
    """As ``store``, but true, to stand in a condition."""
    frame.cells[cell] = value
    return True


def load(frame: sites.Frame, cell: str) -> object:
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
