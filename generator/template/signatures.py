"""What a function takes: read off its Python annotations, checked as Go checks a call.

``object`` takes anything; every other annotation is a class that values.py gives a Go type.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Collection, Iterator, Mapping

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


class Table(Mapping[str, Function]):
    """Functions by names that are known before any of the functions is made."""

    _names: Collection[str]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Library(Table):
    """Functions by name, from several tables; of two with the same name the first has it.

    A table may make its functions when they are asked for: nothing but the names is read here.
    """

    def __init__(self, *tables: Mapping[str, Function]) -> None:
        self._tables = tables
        self._names = dict.fromkeys(name for table in tables for name in table)

    def __getitem__(self, name: str) -> Function:
        for table in self._tables:
            if name in table:
                return table[name]
        raise KeyError(name)


def of(function: Function) -> Signature:
    """The signature of a function."""
    try:
        return _of(function)
    except TypeError:  # Not hashable.
        return _read(function)


@functools.lru_cache(maxsize=1024)
def _of(function: Function) -> Signature:
    return _read(function)


def write(function: Function) -> str:
    """The signature as a text: the same for functions that take the same."""
    try:
        return _write(function)
    except TypeError:  # Not hashable.
        return _written(_read(function))


@functools.lru_cache(maxsize=1024)
def _write(function: Function) -> str:
    return _written(of(function))


def _written(signature: Signature) -> str:
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in signature.fixed]
    if signature.variadic is not None:
        kinds.append(f"*{signature.variadic.__module__}.{signature.variadic.__qualname__}")
    return " ".join(["frame", *kinds] if signature.takes_frame else kinds)


def _read(function: Function) -> Signature:
    fixed: list[type[object]] = []
    variadic: type[object] | None = None
    takes_frame = False
    for annotation, is_variadic in _parameters(function):
        kind = annotation if isinstance(annotation, type) else _origin(annotation)
        if getattr(kind, "is_frame", False):
            takes_frame = True
        elif is_variadic:
            variadic = kind
        else:
            fixed.append(kind)
    return Signature(tuple(fixed), variadic, takes_frame)


def _parameters(function: Function) -> Iterator[tuple[object, bool]]:
    """The annotations of the parameters that have no default, and which one is variadic."""
    bound = isinstance(function, types.MethodType)
    plain = function.__func__ if isinstance(function, types.MethodType) else function
    while hasattr(plain, "__wrapped__"):
        plain = plain.__wrapped__
    if not isinstance(plain, types.FunctionType):
        yield from _inspected(function)
        return
    code = plain.__code__
    count = code.co_argcount
    for name in code.co_varnames[bound : count - len(plain.__defaults__ or ())]:
        yield _annotation(plain, name), False
    if code.co_flags & _VARIADIC:
        yield _annotation(plain, code.co_varnames[count + code.co_kwonlyargcount]), True


_VARIADIC = 0x04  # inspect.CO_VARARGS; that module is slow to import


def _annotation(function: types.FunctionType, parameter: str) -> object:
    """What a parameter's annotation stands for; without one it takes anything."""
    annotation = function.__annotations__.get(parameter, object)
    return eval(annotation, function.__globals__) if isinstance(annotation, str) else annotation


def _inspected(function: Function) -> Iterator[tuple[object, bool]]:
    """The same of what is callable and no function, as a class or a partial is."""
    import inspect

    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        if parameter.kind is parameter.VAR_POSITIONAL or parameter.default is parameter.empty:
            annotated = parameter.annotation is not parameter.empty
            annotation = parameter.annotation if annotated else object
            yield annotation, parameter.kind is parameter.VAR_POSITIONAL


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
    values.Uint64,
}


def zero(kind: type[object]) -> object:
    """What nil becomes for a parameter that takes it; None is no zero, see ``nilable``."""
    return kind() if kind in _NILABLE else None


def nilable(kind: type[object]) -> bool:
    return kind is object or kind in _NILABLE or bool(getattr(kind, "go_interface", False))
