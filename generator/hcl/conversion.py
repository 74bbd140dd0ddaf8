"""Conversion of values between types, and the type that several types have in common.

Mirrors go-cty's convert package. A conversion is "safe" when it succeeds for every value of the
type, as number to string does; only then may two types be unified without looking at values.
"""

from __future__ import annotations

import typing

from generator.hcl import mismatches, numbers, unification, values
from generator.hcl.values import Type, Value


class ConversionError(Exception):
    """Why a value is not of a type and cannot become so, in go-cty's words."""


def convert(value: Value, wanted: Type) -> Value:
    """The value as one of the wanted type; raises ConversionError."""
    given = values.type_of(value)
    if given == values.without_optional(wanted):
        return value
    if not unification.can_convert(given, wanted, unsafe=True):
        raise ConversionError(mismatches.describe_mismatch(given, wanted))
    return _convert(value, wanted)


def _convert(value: Value, wanted: Type) -> Value:
    """The conversion itself, after the types were found to allow it."""
    if value is None or wanted == values.ANY:
        return value
    match wanted:
        case values.Primitive():
            return _to_primitive(value, wanted)
        case values.List(element):
            return _to_list(_items(value), element)
        case values.Set(element):
            return _to_set(_items(value), element)
        case values.Map(element):
            return _to_map(value, element)
        case values.Tuple(elements):
            items = _items(value)
            return [_convert(item, element) for item, element in zip(items, elements, strict=True)]
        case values.Object():
            return _to_object(value, wanted)
        case _:
            typing.assert_never(wanted)


def _to_primitive(value: Value, wanted: values.Primitive) -> Value:
    if values.type_of(value) == wanted:
        return value
    if wanted == values.STRING:
        return to_text(value)
    assert isinstance(value, str)
    if wanted == values.NUMBER:
        number = numbers.parse(value)
        if number is None:
            msg = "a number is required"
            raise ConversionError(msg)
        return number
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    msg = "a bool is required"
    if value.lower() in ("true", "false"):
        msg = f'a bool is required; to convert from string, use lowercase "{value.lower()}"'
    raise ConversionError(msg)


def to_text(value: Value) -> str:
    """A primitive value as string; raises ConversionError for all others and for null."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return numbers.render(value)
        case _:
            raise ConversionError(
                mismatches.describe_mismatch(values.type_of(value), values.STRING)
            )


def _items(value: Value) -> list[Value]:
    assert isinstance(value, list)
    return value


def _to_list(items: list[Value], element: Type) -> values.TypedList:
    if not items:
        own = items.element if isinstance(items, values.TypedList | values.TypedSet) else None
        if element == values.ANY and own is not None:
            element = own
        return values.TypedList([], values.without_optional(element))
    converted = _convert_all(items, element)
    if isinstance(items, values.TypedList | values.TypedSet):
        return values.TypedList(converted, _common_type(converted, element, "list"))
    common = unification.unify([*map(values.type_of, converted)], unsafe=True)
    if common is None:
        msg = "cannot find a common base type for all elements"
        raise ConversionError(msg)
    unified = [convert(item, common) for item in converted]
    return values.TypedList(unified, _common_type(unified, element, "list"))


def _to_set(items: list[Value], element: Type) -> values.TypedSet:
    if not items:
        return values.make_set([], _to_list(items, element).element)
    converted = _convert_all(items, element)
    return values.make_set(converted, _common_type(converted, element, "set"))


def _convert_all(items: list[Value], element: Type) -> list[Value]:
    """Elements made one type: the wanted one or, for ``any``, the one that suits all."""
    if element == values.ANY:
        common = unification.unify([values.type_of(item) for item in items], unsafe=True)
        element = common if common is not None else element
    return [_convert(item, element) for item in items]


def _common_type(items: list[Value], wanted: Type, kind: str) -> Type:
    """The type that converted elements have: exact also where the wanted one holds ``any``."""
    if not _has_any(wanted):
        return values.without_optional(wanted)
    found = [each for each in map(values.type_of, items) if each != values.ANY]
    if not found:
        return values.without_optional(wanted)
    if any(each != found[0] for each in found):
        msg = f"element types must all match for conversion to {kind}"
        raise ConversionError(msg)
    return found[0]


def _has_any(type_: Type) -> bool:
    match type_:
        case values.Primitive():
            return type_ == values.ANY
        case values.List(element) | values.Set(element) | values.Map(element):
            return _has_any(element)
        case values.Tuple(elements):
            return any(map(_has_any, elements))
        case values.Object(attributes):
            return any(map(_has_any, attributes.values()))
        case _:
            typing.assert_never(type_)


def _to_map(value: Value, element: Type) -> values.TypedMap:
    assert isinstance(value, dict)
    if not value:
        if element == values.ANY and isinstance(value, values.TypedMap):
            element = value.element
        return values.TypedMap({}, values.without_optional(element))
    converted = _convert_all([*value.values()], element)
    if isinstance(element, values.List | values.Set | values.Map | values.Object):
        unified = unification.unify([*map(values.type_of, converted)], unsafe=True)
        if unified is None:
            msg = "cannot find a common base type for all elements"
            raise ConversionError(msg)
        converted = [convert(item, unified) for item in converted]
    common = _common_type(converted, element, "map")
    return values.TypedMap(dict(zip(value, converted, strict=True)), common)


def _to_object(value: Value, wanted: values.Object) -> dict[str, Value]:
    assert isinstance(value, dict)
    result: dict[str, Value] = {}
    for name, type_ in wanted.attributes.items():
        if name in value:
            result[name] = _convert_attribute(value, name, type_)
        elif name in wanted.optional:
            result[name] = None
        else:
            msg = f'map has no element for required attribute "{name}"'
            raise ConversionError(msg)
    return result


def _convert_attribute(value: dict[str, Value], name: str, wanted: Type) -> Value:
    item = value[name]
    given = value.element if isinstance(value, values.TypedMap) else values.type_of(item)
    if not unification.can_convert(given, wanted, unsafe=True):
        mismatch = mismatches.describe_mismatch(given, wanted)
        msg = f'map element type is incompatible with attribute "{name}": {mismatch}'
        raise ConversionError(msg)
    return _convert(item, wanted)
