"""Values and their types, as go-cty has them, on plain Python objects.

A value is None, a bool, an int or float, a str, a list or a dict. HCL makes tuples and objects of
brackets and braces, where each element has a type of its own: those are plain lists and dicts. A
list, set or map of one element type, which only conversions and functions make, is a list or dict
that knows its element type. Who does not care for the difference need not see it.
"""

from __future__ import annotations

import operator
import typing
from collections.abc import Iterable, Mapping

from generator import limits, records
from generator.hcl import numbers

Value: typing.TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"


@records.record
class Primitive:
    """string, number or bool; and "dynamic", the type of null and the constraint ``any``."""

    name: str


STRING: typing.Final = Primitive("string")
NUMBER: typing.Final = Primitive("number")
BOOL: typing.Final = Primitive("bool")
ANY: typing.Final = Primitive("dynamic")


@records.record
class List:
    element: Type


@records.record
class Set:
    element: Type


@records.record
class Map:
    element: Type


@records.record
class Tuple:
    elements: tuple[Type, ...]


@records.record
class Object:
    """Attributes by name; an optional one may be absent, and then has its default or null."""

    attributes: Mapping[str, Type]
    optional: frozenset[str] = frozenset()
    defaults: Mapping[str, Value] = records.field(default_factory=dict, compare=False)


Type: typing.TypeAlias = Primitive | List | Set | Map | Tuple | Object


class TypedList(list[Value]):
    """A list whose elements are all of one type."""

    __slots__ = ("element",)
    element: Type

    def __init__(self, items: Iterable[Value], element: Type) -> None:
        super().__init__(items)
        self.element = element


class TypedSet(list[Value]):
    """A set: no element twice, in go-cty's order. Make one with ``make_set``."""

    __slots__ = ("element",)
    element: Type

    def __init__(self, items: Iterable[Value], element: Type) -> None:
        super().__init__(items)
        self.element = element


class TypedMap(dict[str, Value]):
    """A map whose elements are all of one type."""

    __slots__ = ("element",)
    element: Type

    def __init__(self, items: Mapping[str, Value], element: Type) -> None:
        super().__init__(items)
        self.element = element

    def copy(self) -> typing.Self:
        return type(self)(self, self.element)


def type_of(value: Value) -> Type:
    """The type a value has; null has none of its own."""
    match value:
        case None:
            return ANY
        case bool():
            return BOOL
        case str():
            return STRING
        case int() | float():
            return NUMBER
        case TypedList():
            return List(value.element)
        case TypedSet():
            return Set(value.element)
        case TypedMap():
            return Map(value.element)
        case list():
            return Tuple(tuple(type_of(item) for item in value))
        case dict():
            return Object({name: type_of(item) for name, item in value.items()})
        case _:
            typing.assert_never(value)


def without_optional(type_: Type) -> Type:
    """The type that values of a constraint have: nothing is optional in it."""
    match type_:
        case Primitive():
            return type_
        case List(element):
            return List(without_optional(element))
        case Set(element):
            return Set(without_optional(element))
        case Map(element):
            return Map(without_optional(element))
        case Tuple(elements):
            return Tuple(tuple(without_optional(element) for element in elements))
        case Object(attributes):
            return Object({name: without_optional(each) for name, each in attributes.items()})
        case _:
            typing.assert_never(type_)


def friendly_name(type_: Type, *, constraint: bool = False) -> str:
    """How messages call a type (Type.FriendlyName and FriendlyNameForConstraint)."""
    match type_:
        case Primitive(name):
            return "any type" if constraint and type_ == ANY else name
        case Tuple():
            return "tuple"
        case Object():
            return "object"
        case List(element) | Set(element) | Map(element):
            kind = type(type_).__name__.lower()
            name = friendly_name(element, constraint=constraint)
            if constraint and element == ANY:
                name = "any single type"
            return f"{kind} of {name}"
        case _:
            typing.assert_never(type_)


def are_equal(left: Value, right: Value) -> bool:
    """HCL's ``==``: values of different types are never equal, and null equals only null."""
    if left is None or right is None:
        return left is None and right is None
    if isinstance(left, dict) and isinstance(right, dict):
        return (
            _same_kind(left, right)
            and left.keys() == right.keys()
            and all(are_equal(item, right[name]) for name, item in left.items())
        )
    if isinstance(left, list) and isinstance(right, list):
        return (
            _same_kind(left, right)
            and len(left) == len(right)
            and all(are_equal(first, second) for first, second in zip(left, right, strict=True))
        )
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return numbers.compare(left, right) == 0
    return isinstance(left, str) and isinstance(right, str) and left == right


def _same_kind(left: Value, right: Value) -> bool:
    """Whether two containers could be equal: collections only with the same element type."""
    if type(left) is not type(right):
        return False
    if isinstance(left, TypedList | TypedSet | TypedMap):
        return type_of(left) == type_of(right)
    return True


def make_set(items: Iterable[Value], element: Type) -> TypedSet:
    """A set of these elements, each once, in the order in which go-cty walks over it."""
    kept: list[Value] = []
    like: list[Value] = []  # the last of those kept, that sort the same
    last: object = None
    for key, item in sorted(((_set_key(item), item) for item in items), key=operator.itemgetter(0)):
        if key != last:
            last, like = key, []
        limits.spend(len(like))
        if not any(are_equal(item, other) for other in like):
            kept.append(item)
            like.append(item)
    return TypedSet(kept, element)


class _Ordered:
    """A sort key that compares numbers by their exact value."""

    __slots__ = ("value",)

    def __init__(self, value: int | float) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Ordered) and numbers.compare(self.value, other.value) == 0

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: _Ordered) -> bool:
        return numbers.compare(self.value, other.value) < 0


def _set_key(value: Value) -> tuple[bool, bool | str | _Ordered]:
    """What elements of one type are sorted by; null comes last (set_internals.go, Less)."""
    if value is None:
        return True, ""
    if isinstance(value, bool | str):
        return False, value
    if isinstance(value, int | float):
        return False, _Ordered(value)
    return False, _fingerprint(value)


def _fingerprint(value: Value) -> str:
    """What elements without an order of their own are sorted by (appendSetHashBytes)."""
    match value:
        case None:
            return "~"
        case bool():
            return "T" if value else "F"
        case int() | float():
            return numbers.render(value)
        case str():
            return f'"{value}"'
        case TypedMap():
            pairs = (f'"{name}":{_fingerprint(value[name])};' for name in sorted(value))
            return f"{{{''.join(pairs)}}}"
        case TypedList() | TypedSet():
            return f"[{''.join(f'{_fingerprint(item)};' for item in value)}]"
        case list():
            return f"<{''.join(f'{_fingerprint(item)};' for item in value)}>"
        case dict():
            return f"<{''.join(f'{_fingerprint(value[name])};' for name in sorted(value))}>"
        case _:
            typing.assert_never(value)
