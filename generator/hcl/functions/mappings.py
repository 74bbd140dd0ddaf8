"""Functions of maps, objects and sets (go-cty's stdlib/collection.go, set.go)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Final

from generator import limits
from generator.hcl import conversion, unification, values
from generator.hcl.functions import sequences
from generator.hcl.functions.parameters import TEXTS, text
from generator.hcl.signatures import Function, FunctionError, Parameter
from generator.hcl.values import Type, TypedList, TypedMap, TypedSet, Value

_ANY_SET: Final = values.Set(values.ANY)


def take_keys(mapping: Value) -> Value:
    if not isinstance(mapping, dict):
        msg = "must have map or object type"
        raise FunctionError(msg, 0)
    names: list[Value] = [*sorted(mapping)]
    return TypedList(names, values.STRING) if isinstance(mapping, TypedMap) else names


def take_values(mapping: Value) -> Value:
    if not isinstance(mapping, dict):
        msg = "values() requires a map as the first argument"
        raise FunctionError(msg)
    items = [mapping[name] for name in sorted(mapping)]
    return TypedList(items, mapping.element) if isinstance(mapping, TypedMap) else items


def look_up(mapping: Value, key: str, default: Value) -> Value:
    if not isinstance(mapping, dict):
        msg = "lookup() requires a map as the first argument"
        raise FunctionError(msg, 0)
    if not isinstance(mapping, TypedMap):
        return mapping.get(key, default)
    try:
        converted = conversion.convert(default, mapping.element)
    except conversion.ConversionError:
        msg = "the default value must have the same type as the map elements"
        raise FunctionError(msg, 2) from None
    return mapping.get(key, converted)


def merge(*mappings: Value) -> Value:
    """All keys; of several values for one key the last. Maps of one type stay a map."""
    merged: dict[str, Value] = {}
    given = [each for each in mappings if each is not None]
    for each in given:
        if not isinstance(each, dict):
            name = values.friendly_name(values.type_of(each))
            msg = f'arguments must be maps or objects, got "{name}"'
            raise FunctionError(msg)
        merged.update(each)
    first = given[0] if given else None
    if isinstance(first, TypedMap) and len(given) == len(mappings):
        same = all(values.type_of(each) == values.type_of(first) for each in given)
        return TypedMap(merged, first.element) if same else merged
    return merged


def zip_map(keys: TypedList, items: Value) -> Value:
    if not isinstance(items, list) or isinstance(items, TypedSet):
        msg = "values argument must be a list or tuple value"
        raise FunctionError(msg)
    if len(keys) != len(items):
        msg = f"number of keys ({len(keys)}) does not match number of values ({len(items)})"
        raise FunctionError(msg)
    result: dict[str, Value] = {}
    for index, (key, item) in enumerate(zip(keys, items, strict=True)):
        if not isinstance(key, str):
            msg = f"keys list has null value at index {index}"
            raise FunctionError(msg)
        result[key] = item
    return TypedMap(result, items.element) if isinstance(items, TypedList) else result


def unite_sets(*sets: TypedSet) -> TypedSet:
    return _combine(sets, lambda one, other: [*one, *other])


def intersect_sets(*sets: TypedSet) -> TypedSet:
    return _combine(
        sets,
        _find_shared,
    )


def _find_shared(one: list[Value], other: list[Value]) -> list[Value]:
    limits.spend(6 * len(one) * len(other))
    return [item for item in one if any(values.are_equal(item, each) for each in other)]


def _combine(
    sets: tuple[TypedSet, ...],
    combine: Callable[[list[Value], list[Value]], list[Value]],
) -> TypedSet:
    element = _common_element(sets)
    converted = [_as_set(each, element, index) for index, each in enumerate(sets)]
    result: list[Value] = [*converted[0]]
    for each in converted[1:]:
        result = combine(result, each)
    return values.make_set(result, element)


def _common_element(sets: tuple[TypedSet, ...]) -> Type:
    known = [each.element for each in sets if each or each.element != values.ANY]
    if not known:
        return values.ANY
    common = unification.unify(known, unsafe=True)
    if common is None:
        msg = "given sets must all have compatible element types"
        raise FunctionError(msg)
    return common


def _as_set(given: TypedSet, element: Type, index: int) -> TypedSet:
    try:
        converted = conversion.convert(given, values.Set(element))
    except conversion.ConversionError as error:
        raise FunctionError(str(error), index) from None
    assert isinstance(converted, TypedSet)
    return converted


def multiply_sets(*sets: Value) -> Value:
    """All tuples with one element of each; in order, if none of the arguments is a set."""
    if len(sets) < 2:
        msg = "at least two arguments are required"
        raise FunctionError(msg)
    factors: list[list[Value]] = []
    elements: list[Type] = []
    for index, each in enumerate(sets):
        if not isinstance(each, list):
            msg = "a set or a list is required"
            raise FunctionError(msg, index)
        common = sequences.element_type(each)
        if common is None:
            msg = "all elements must be of the same type"
            raise FunctionError(msg, index)
        factors.append([conversion.convert(item, common) for item in each])
        elements.append(common)
    count = math.prod(map(len, factors))
    limits.check_items(count)
    limits.spend(count * (2 + len(factors)))
    products: list[Value] = [[*each] for each in itertools.product(*factors)]
    element = values.Tuple(tuple(elements))
    if any(isinstance(each, TypedSet) for each in sets):
        return values.make_set(products, element)
    return TypedList(products, element)


FUNCTIONS: Final = {
    "keys": Function(take_keys, (Parameter("inputMap"),)),
    "lookup": Function(look_up, (Parameter("inputMap"), text("key"), Parameter("default"))),
    "merge": Function(merge, variadic=Parameter("maps", nullable=True)),
    "setintersection": Function(
        intersect_sets, (Parameter("first_set", _ANY_SET),), Parameter("other_sets", _ANY_SET)
    ),
    "setproduct": Function(multiply_sets, variadic=Parameter("sets")),
    "setunion": Function(
        unite_sets, (Parameter("first_set", _ANY_SET),), Parameter("other_sets", _ANY_SET)
    ),
    "values": Function(take_values, (Parameter("mapping"),)),
    "zipmap": Function(zip_map, (Parameter("keys", TEXTS), Parameter("values"))),
}
