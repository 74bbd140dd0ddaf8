"""What a function takes: read off its Python annotations, checked as Go checks a call.

``object`` takes anything; every other annotation is a class that values.py gives a Go type.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from generator import records
from generator.template import values

Function = Callable[..., object]

_NILABLE = {list, dict, bytes}


class CallError(Exception):
    """What a function raises to fail; the template's error tells which call that was."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class NotSupportedError(CallError):
    """What Go does and this does not: where Go's function would hide an error, this one stays."""


@records.record
class Signature:
    """The classes of the fixed parameters, and that of the further ones if there may be any.

    ``takes_frame``: the first parameter is no argument, but what the call happens in.
    """

    fixed: tuple[type[object], ...]
    variadic: type[object] | None
    takes_frame: bool = False

    def miscounted(self, name: str, given: int, *, piped: bool) -> str:
        """What Go says of so many arguments, empty if that is right."""
        passed, fixed = given + piped, len(self.fixed)
        if self.variadic is None and passed != fixed:
            return f"wrong number of args for {name}: want {fixed} got {passed}"
        if passed < fixed:
            return f"wrong number of args for {name}: want at least {fixed} got {given}"
        return ""

    def parameter(self, index: int) -> type[object]:
        if index < len(self.fixed):
            return self.fixed[index]
        return self.variadic or object


def of(function: Function) -> Signature:
    """The signature of a function."""
    try:
        return _of(function)
    except TypeError:  # Not hashable.
        return _read(function)


@functools.lru_cache(maxsize=1024)
def _of(function: Function) -> Signature:
    return _read(function)


def _read(function: Function) -> Signature:
    fixed: list[type[object]] = []
    variadic: type[object] | None = None
    takes_frame = False
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        annotation = parameter.annotation
        kind = annotation if isinstance(annotation, type) else _origin(annotation)
        if getattr(kind, "is_frame", False):
            takes_frame = True
        elif parameter.kind is parameter.VAR_POSITIONAL:
            variadic = kind
        elif parameter.default is parameter.empty:
            fixed.append(kind)
    return Signature(tuple(fixed), variadic, takes_frame)


def _origin(annotation: object) -> type[object]:
    """``list`` for ``list[object]``; whatever is no class takes anything."""
    origin = getattr(annotation, "__origin__", None)
    return origin if isinstance(origin, type) else object


def accepts(kind: type[object], value: object) -> bool:
    """Whether a value may be passed as it is: Go converts nothing."""
    found = type(value)
    if found is kind or kind is object:
        return True
    if isinstance(value, values.NilInterface):
        return value.go_type == values.type_title(kind)
    # The types made of plain Python are exact, Int64 is no int; interfaces are classes of ours.
    return found not in _EXACT and kind not in _EXACT and isinstance(value, kind)


_EXACT = {
    bool,
    int,
    float,
    str,
    list,
    dict,
    bytes,
    values.Int64,
    values.Int32,
    values.Uint8,
    values.Uint32,
}


def zero(kind: type[object]) -> object:
    """What nil becomes for a parameter that takes it; None is no zero, see ``nilable``."""
    return kind() if kind in _NILABLE else None


def nilable(kind: type[object]) -> bool:
    return kind is object or kind in _NILABLE or bool(getattr(kind, "go_interface", False))
