"""Frozen classes with slots, as ``dataclass(frozen=True, slots=True)`` makes them, made in less time.

The standard decorator writes and compiles six methods of every class while its module is imported:
0.4 ms a class, most of what a short command would spend on its imports. Here all classes share
those methods but the constructor, and that is compiled when several instances are made.

The rule: a class that ``packgen render`` or ``parse`` may import is a record. All else (checking,
comparison, snapshots, the commands for these) takes a second anyway, and has ``dataclass``: what
everybody knows is better where nothing is gained by another way.
"""

from __future__ import annotations

import operator
import typing
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    Class = typing.TypeVar("Class", bound=type)
    Instance = typing.TypeVar("Instance")

_ABSENT = object()
_FEW = 8  # instances of a class for which no constructor is compiled


class _Field:
    """What a class says of a field beside its type."""

    __slots__ = ("compare", "default_factory", "repr")

    def __init__(self, default_factory: Callable[[], object] | None, *, repr: bool, compare: bool):
        self.default_factory = default_factory
        self.repr = repr
        self.compare = compare


def field(
    *,
    default_factory: Callable[[], typing.Any] | None = None,
    repr: bool = True,
    compare: bool = True,
) -> typing.Any:
    """A field with a default that is made anew each time, or left out of ``repr`` or ``==``."""
    return _Field(default_factory, repr=repr, compare=compare)


if TYPE_CHECKING:

    @typing.overload
    @typing.dataclass_transform(frozen_default=True, field_specifiers=(field,))
    def record(made: Class, /) -> Class: ...
    @typing.overload
    def record(
        *, kw_only: bool = False, eq: bool = True, frozen: bool = True
    ) -> Callable[[Class], Class]: ...


def record(
    made: type | None = None, /, *, kw_only: bool = False, eq: bool = True, frozen: bool = True
) -> object:
    """Make a class with annotated names one with slots, a constructor, and equality by value."""

    def decorate(plain: type) -> type:
        return _make(plain, kw_only=kw_only, eq=eq, frozen=frozen)

    return decorate if made is None else decorate(made)


def fields(of: object) -> tuple[str, ...]:
    """The names of the fields of a record or its class, in the constructor's order."""
    names: tuple[str, ...] = tuple(of._record_fields)  # type: ignore[attr-defined]
    return names


def replace(old: Instance, **changes: object) -> Instance:
    """The same with other values for some fields."""
    values = {name: getattr(old, name) for name in fields(old)}
    return type(old)(**{**values, **changes})


def _make(plain: type, *, kw_only: bool, eq: bool, frozen: bool) -> type:
    body = dict(plain.__dict__)
    own = [
        name for name, hint in body.get("__annotations__", {}).items() if not _is_class_var(hint)
    ]
    known: dict[str, object] = {}
    positional: list[str] = []
    for base in reversed(plain.__mro__[1:]):
        known |= base.__dict__.get("_record_fields", {})
        positional += base.__dict__.get("__match_args__", ())
    known |= {name: body.pop(name, _ABSENT) for name in own}
    if not kw_only:
        positional += own
    del body["__dict__"], body["__weakref__"]
    body["__slots__"] = tuple(own)
    body["_record_fields"] = known
    body["__match_args__"] = tuple(positional)
    body.setdefault("__repr__", _repr)
    body["__reduce__"] = _reduce
    if frozen:
        body["__setattr__"] = body["__delattr__"] = _refuse
    if eq:
        body["__eq__"] = _equals
        body["_record_key"] = staticmethod(_key(known))
        body["__hash__"] = _hash if frozen else None
    made: type = type(plain)(plain.__name__, plain.__bases__, body)

    instances = 0

    def construct(self: object, *arguments: object, **named: object) -> None:
        nonlocal instances
        instances += 1
        if instances > _FEW or not _fill(made, self, arguments, named):
            made.__init__ = _constructor(made, frozen=frozen)  # type: ignore[misc]
            made.__init__(self, *arguments, **named)  # type: ignore[misc]

    made.__init__ = construct  # type: ignore[misc]
    return made


def _is_class_var(hint: object) -> bool:
    return isinstance(hint, str) and hint.startswith(("ClassVar", "typing.ClassVar"))


def _key(known: dict[str, object]) -> Callable[[object], object]:
    compared = [
        name for name, about in known.items() if not isinstance(about, _Field) or about.compare
    ]
    return operator.attrgetter(*compared) if compared else _nothing


def _nothing(_self: object) -> object:
    return None


def _fill(
    made: type, self: object, arguments: tuple[object, ...], named: dict[str, object]
) -> bool:
    """Do what the constructor would, which takes longer to compile; False if that would refuse."""
    values = dict(zip(made.__match_args__, arguments, strict=False))  # type: ignore[attr-defined]
    values |= named
    if len(values) < len(arguments) + len(named):
        return False
    for name, about in made._record_fields.items():  # type: ignore[attr-defined]
        if name in values:
            value = values.pop(name)
        elif isinstance(about, _Field):
            if about.default_factory is None:
                return False
            value = about.default_factory()
        elif about is _ABSENT:
            return False
        else:
            value = about
        getattr(made, name).__set__(self, value)
    return not values


def _constructor(made: type, *, frozen: bool) -> Callable[..., None]:
    """Compile ``__init__``, with defaults as its parameters' and slots set past ``__setattr__``."""
    positional: tuple[str, ...] = made.__match_args__  # type: ignore[attr-defined]
    known: dict[str, object] = made._record_fields  # type: ignore[attr-defined]
    scope: dict[str, typing.Any] = {}
    parameters: list[str] = []
    named: list[str] = []
    body: list[str] = []
    for index, (name, about) in enumerate(known.items()):
        scope[f"_set{index}"] = getattr(made, name).__set__
        value, default = name, ""
        if isinstance(about, _Field):
            if about.default_factory is not None:
                scope[f"_make{index}"] = about.default_factory
                scope["_absent"] = _ABSENT
                default = "=_absent"
                value = f"_make{index}() if {name} is _absent else {name}"
        elif about is not _ABSENT:
            scope[f"_default{index}"] = about
            default = f"=_default{index}"
        (parameters if name in positional else named).append(name + default)
        body.append(f"    _set{index}(self, {value})" if frozen else f"    self.{name} = {value}")
    if named:
        named.insert(0, "*")
    head = f"def __init__({', '.join(['self', *parameters, *named])}):"
    exec("\n".join([head, *(body or ["    pass"])]), scope)
    constructor: Callable[..., None] = scope["__init__"]
    return constructor


# --- the methods that all classes share ----------------------------------------------------------


def _equals(self: typing.Any, other: typing.Any) -> typing.Any:
    if type(self) is not type(other):
        return NotImplemented
    key = self._record_key
    return key(self) == key(other)


def _hash(self: typing.Any) -> int:
    return hash(self._record_key(self))


def _repr(self: typing.Any) -> str:
    shown = ", ".join(
        f"{name}={getattr(self, name)!r}"
        for name, about in self._record_fields.items()
        if not isinstance(about, _Field) or about.repr
    )
    return f"{type(self).__qualname__}({shown})"


def _reduce(self: typing.Any) -> tuple[object, ...]:
    """What ``copy`` and ``pickle`` make another of."""
    return _rebuild, (type(self), {name: getattr(self, name) for name in self._record_fields})


def _rebuild(made: type, values: dict[str, object]) -> object:
    return made(**values)


def _refuse(self: object, name: str, *_value: object) -> typing.NoReturn:
    msg = f"cannot change field {name!r} of {type(self).__name__}"
    raise AttributeError(msg)
