"""Calls bound to functions: each argument fitted to its parameter.

As in text/template/exec.go (evalCall, evalArg, validateType): nothing is converted but literals,
which take the type that is asked for.
"""

from __future__ import annotations

import functools

from generator.template import costs, functions, signatures, sites, values

_EXPECTED = {
    str: "expected string",
    bool: "expected bool",
    int: "expected integer",
    values.Int64: "expected integer",
    float: "expected float",
}


def link(site: sites.Call, function: signatures.Function) -> sites.Link:
    """Bind a call to its function, as far as that can be done once for all."""
    signature = signatures.of(function)
    passed = site.arguments + ((site.piped,) if site.piped else ())
    mistake: sites.Failure | None = None
    prefix: list[object] = []
    checks: list[tuple[int, sites.Argument, type[object]]] = []
    for index, argument in enumerate(passed):
        kind = signature.parameter(index)
        if index < site.bound:
            fitted = fit(argument, argument.value, kind)
            mistake = mistake or (fitted if isinstance(fitted, sites.Failure) else None)
            prefix.append(fitted)
        elif kind is not object or _may_be_interface(argument, site):
            checks.append((index, argument, kind))
    if function is functions.call_unnamed:
        named = site.arguments[0].text if site.arguments else "value"
        function = functools.partial(functions.call, named)
    return sites.Link(
        site=site,
        function=function,
        takes_frame=signature.takes_frame,
        prefix=tuple(prefix),
        checks=tuple(checks),
        mistake=mistake,
        cost=costs.of(site.name),
    )


def _may_be_interface(argument: sites.Argument, site: sites.Call) -> bool:
    """Whether what no dependency is called may come this way: as a field, by a variable or a pipe."""
    return argument.boxed or argument.text.startswith("$") or argument is site.piped


def check(found: sites.Link, arguments: tuple[object, ...]) -> tuple[object, ...] | sites.Failure:
    """The arguments as the parameters take them, or why one of them does not fit."""
    checked: list[object] | None = None
    for index, argument, kind in found.checks:
        value = arguments[index]
        if type(value) is kind:
            continue
        if kind is object:  # takes what an interface holds: of one without value, nil
            if type(value) is not values.NilInterface:
                continue
            fitted: object = None
        else:
            fitted = fit(argument, value, kind)
        if isinstance(fitted, sites.Failure):
            return fitted
        if fitted is not value:
            checked = checked or list(arguments)
            checked[index] = fitted
    return arguments if checked is None else tuple(checked)


def fit(argument: sites.Argument, value: object, kind: type[object]) -> object:
    """The value as a parameter of that class takes it, or why it does not."""
    title = values.type_title(kind)
    match argument.kind:
        case sites.STRING | sites.BOOL if not signatures.accepts(kind, value):
            return _unexpected(argument, kind)
        case sites.NUMBER if kind is not object:
            number = _constant(value, kind)
            return _unexpected(argument, kind) if number is None else number
        case sites.NIL:
            if signatures.nilable(kind):
                return signatures.zero(kind)
            return sites.Failure(argument.place, f"cannot assign nil to {title}")
        case _:
            pass
    if signatures.accepts(kind, value):
        return value
    if value is not None:
        got = values.type_name(value)
    elif argument.boxed:
        got = "interface {}"
    elif signatures.nilable(kind):
        return signatures.zero(kind)
    else:
        return sites.Failure(argument.place, f"invalid value; expected {title}")
    message = f"wrong type for value; expected {title}; got {got}"
    return sites.Failure(argument.place, message, getattr(kind, "advice", None))


def _unexpected(argument: sites.Argument, kind: type[object]) -> sites.Failure:
    expected = _EXPECTED.get(kind)
    if expected is None and issubclass(kind, int):
        unsigned = issubclass(kind, values.Unsigned)
        expected = "expected unsigned integer" if unsigned else "expected integer"
    if expected:
        return sites.Failure(argument.place, f"{expected}; found {argument.text}")
    title = values.type_title(kind)
    message = f"can't handle {argument.text} for arg of type {title}"
    return sites.Failure(argument.place, message)


def _constant(value: object, kind: type[object]) -> object:
    """An ideal constant as the type that is asked for, None where it cannot be that."""
    if not isinstance(value, int | float):
        return None
    if kind is float:
        return float(value)
    if issubclass(kind, values.Unsigned):
        whole = value == int(value) and value >= 0
        return kind(int(value) % 2**kind.bits) if whole else None
    if issubclass(kind, int) and kind is not bool:
        return kind(value) if value == int(value) else None
    return None
