"""Go's types for the values that templates handle.

Plain Python stands for the types that variables have: None is nil, bool bool, int int, float
float64, str string, list ``[]interface {}`` and dict ``map[string]interface {}``. What functions
make of other Go types is a subclass that carries the type's name; it behaves as its base does.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping


class Int64(int):
    """What sprig's arithmetic gives; ``typeOf`` and ``printf "%T"`` tell it from an int."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "int64"


class Int32(int):
    __slots__ = ()
    go_type: typing.ClassVar[str] = "int32"


class Named(int):
    """A number that prints as a name, as a month does."""

    __slots__ = ()
    go_kind: typing.ClassVar[str] = "int"


class Unsigned(int):
    """A number that is never negative; ``bits`` is how much of it is kept."""

    __slots__ = ()
    bits: typing.ClassVar[int] = 64


class Uint8(Unsigned):
    """A byte, as ``index`` takes it out of a string."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "uint8"
    bits: typing.ClassVar[int] = 8


class Uint32(Unsigned):
    __slots__ = ()
    go_type: typing.ClassVar[str] = "uint32"
    bits: typing.ClassVar[int] = 32


class Uint64(Unsigned):
    __slots__ = ()
    go_type: typing.ClassVar[str] = "uint64"


class Strings(list[object]):
    go_type: typing.ClassVar[str] = "[]string"


class NilList(list[object]):
    """A slice that was never made: as empty as others, but null in JSON."""

    go_type: typing.ClassVar[str] = "[]interface {}"


class NilStrings(Strings):
    """A ``[]string`` that was never made."""


class Ints(list[object]):
    go_type: typing.ClassVar[str] = "[]int"


class Lists(list[object]):
    go_type: typing.ClassVar[str] = "[][]interface {}"


class MapList(list[object]):
    """A list of objects: what nomad-pack makes of a variable whose elements all are objects."""

    go_type: typing.ClassVar[str] = "[]map[string]interface {}"


class StringMap(dict[str, object]):
    go_type: typing.ClassVar[str] = "map[string]string"
    absent: typing.ClassVar[object] = ""


def missing(mapping: dict[str, object]) -> object:
    """What a map gives for a key that it does not have: the zero value of its elements."""
    return getattr(mapping, "absent", None)


class Struct:
    """A Go struct, or a map with methods: ``fields`` are what a template may read or call of it."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "struct {}"

    def fields(self) -> Mapping[str, object]:
        raise NotImplementedError


class Textual(Struct):
    """A struct that writes itself as a text in JSON, and as Go's source for ``%#v``."""

    __slots__ = ()

    def as_text(self) -> str:
        raise NotImplementedError

    def as_go(self) -> str:
        raise NotImplementedError


class Record(Struct):
    """A struct of which only the fields matter."""

    __slots__ = ("_fields", "go_type")

    def __init__(self, go_type: str, fields: Mapping[str, object]) -> None:
        self.go_type = go_type  # type: ignore[misc]
        self._fields = fields

    def __str__(self) -> str:
        return f"&{{{' '.join(map(str, self._fields.values()))}}}"

    def fields(self) -> Mapping[str, object]:
        return self._fields


class NilInterface:
    """A nil of an interface that has methods: it prints ``<nil>``, and nothing can be asked of it."""

    __slots__ = ("go_type",)

    def __init__(self, go_type: str) -> None:
        self.go_type = go_type

    def __bool__(self) -> bool:
        return False


_TYPES = {
    bool: "bool",
    int: "int",
    float: "float64",
    complex: "complex128",
    str: "string",
    bytes: "[]uint8",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


def type_name(value: object) -> str:
    """The Go type of a value, ``<nil>`` for nil, as ``printf "%T"`` gives it."""
    match value:
        case None:
            return "<nil>"
        case NilInterface() | Record():
            return value.go_type
        case _:
            return type_title(type(value))


def type_title(kind: type[object]) -> str:
    """How Go writes the type that a Python class stands for."""
    if kind is object:
        return "interface {}"
    return _TYPES.get(kind) or str(getattr(kind, "go_type", kind.__name__))


def kind_name(value: object) -> str:
    """The value's ``reflect.Kind``, as sprig's ``kindOf`` names it."""
    match value:
        case None:
            return "invalid"
        case str():
            return "string"
        case bool():
            return "bool"
        case int() | float() | complex():
            return value.go_kind if isinstance(value, Named) else type_name(value)
        case list() | bytes():
            return "slice"
        case dict() | Mapping():
            return "map"
        case NilInterface():
            return "interface"
        case _:
            return "func" if callable(value) else str(getattr(value, "go_kind", "struct"))
