"""Functions of lists, tuples and sets (go-cty's stdlib/collection.go, sequence.go, general.go)."""

from __future__ import annotations

from typing import Final

from generator import limits
from generator.hcl import conversion, numbers, unification, values
from generator.hcl.functions.parameters import TEXTS, number, whole
from generator.hcl.signatures import Function, FunctionError, Parameter
from generator.hcl.values import Type, TypedList, TypedMap, TypedSet, Value

_ANY_LIST: Final = Parameter("list", values.List(values.ANY))
_VALUES: Final = Parameter("vals", nullable=True)


def split_into_chunks(items: TypedList, size: numbers.Number) -> TypedList:
    amount = whole(size, prefix="invalid size: ")
    if amount < 0:
        msg = "the size argument must be positive"
        raise FunctionError(msg)
    step = amount or max(len(items), 1)
    chunks: list[Value] = [
        TypedList(items[start : start + step], items.element)
        for start in range(0, len(items), step)
    ]
    return TypedList(chunks, values.List(items.element))


def coalesce(*given: Value) -> Value:
    """The first that is not null, as the type that all have in common."""
    wanted = unification.unify([values.type_of(each) for each in given], unsafe=True)
    if wanted is None:
        msg = "all arguments must have the same type"
        raise FunctionError(msg)
    for each in given:
        if each is not None:
            try:
                return conversion.convert(each, wanted)
            except conversion.ConversionError as error:
                raise FunctionError(str(error)) from None
    msg = "no non-null arguments"
    raise FunctionError(msg)


def coalesce_list(*given: Value) -> Value:
    if not given:
        msg = "at least one argument is required"
        raise FunctionError(msg)
    if not all(_is_sequence(each) for each in given):
        msg = "coalescelist arguments must be lists or tuples"
        raise FunctionError(msg)
    for each in given:
        if each:
            return each
    msg = "no non-null arguments"
    raise FunctionError(msg)


def compact(items: TypedList) -> TypedList:
    return TypedList([item for item in items if item], items.element)


def concatenate(*given: Value) -> Value:
    if not given:
        msg = "at least one argument is required"
        raise FunctionError(msg)
    if all(isinstance(each, TypedList) for each in given):
        wanted = unification.unify([values.type_of(each) for each in given], unsafe=True)
        if isinstance(wanted, values.List):
            parts = [conversion.convert(each, wanted) for each in given]
            return TypedList(_chain(*parts), wanted.element)
    return _chain(*given)


def _chain(*given: Value) -> list[Value]:
    result: list[Value] = []
    for index, each in enumerate(given):
        if not isinstance(each, list) or isinstance(each, TypedSet):
            name = values.friendly_name(values.type_of(each))
            msg = f"all arguments must be lists or tuples; got {name}"
            raise FunctionError(msg, index)
        result += each
    return result


def contains(items: Value, value: Value) -> bool:
    if not isinstance(items, list):
        msg = "argument must be list, tuple, or set"
        raise FunctionError(msg)
    return any(values.are_equal(item, value) for item in items)


def make_distinct(items: TypedList) -> TypedList:
    texts: set[str] = set()
    kept: list[Value] = []
    others: list[Value] = []
    for item in items:
        if isinstance(item, str):
            if item not in texts:
                kept.append(item)
            texts.add(item)
            continue
        limits.spend(4 * len(others))
        if not any(values.are_equal(item, other) for other in others):
            kept.append(item)
            others.append(item)
    return TypedList(kept, items.element)


def take_element(items: Value, index: numbers.Number) -> Value:
    """The element at an index, which starts again at the end."""
    if not _is_sequence(items):
        msg = f"cannot read elements from {values.friendly_name(values.type_of(items))}"
        raise FunctionError(msg)
    place = whole(index, prefix="invalid index: ")
    assert isinstance(items, list)
    if not items:
        msg = "cannot use element function with an empty list"
        raise FunctionError(msg)
    return items[place % len(items)]


def flatten(items: Value) -> list[Value]:
    if not isinstance(items, list):
        msg = "can only flatten lists, sets and tuples"
        raise FunctionError(msg)
    result: list[Value] = []
    for item in items:
        result += flatten(item) if isinstance(item, list) else [item]
    return result


def take_index(collection: Value, key: Value) -> Value:
    if isinstance(collection, TypedMap):
        if not isinstance(key, str):
            msg = "key for map must be string"
            raise FunctionError(msg)
        if key in collection:
            return collection[key]
    elif isinstance(collection, list) and not isinstance(collection, TypedSet):
        kind = "list" if isinstance(collection, TypedList) else "tuple"
        if isinstance(key, bool) or not isinstance(key, int | float):
            msg = f"key for {kind} must be number"
            raise FunctionError(msg)
        if isinstance(key, int) and 0 <= key < len(collection):
            return collection[key]
        if kind == "tuple":
            whole(key, prefix="invalid key for tuple: ")
            msg = f"key must be between 0 and {len(collection)} inclusive"
            raise FunctionError(msg)
    else:
        msg = "collection must be a list, a map or a tuple"
        raise FunctionError(msg)
    msg = "invalid index"
    raise FunctionError(msg)


def take_length(collection: Value) -> int:
    if isinstance(collection, list | TypedMap):
        return len(collection)
    msg = "collection must be a list, a map or a tuple"
    raise FunctionError(msg)


def take_slice(items: Value, start: numbers.Number, end: numbers.Number) -> Value:
    if isinstance(items, TypedSet):
        msg = (
            "cannot slice a set, because its elements do not have indices; explicitly convert to a "
            "list if the ordering of the result is not important"
        )
        raise FunctionError(msg, 0)
    if not isinstance(items, list):
        msg = "must be a list or tuple value"
        raise FunctionError(msg, 0)
    first = _bound(items, start, 1, "start")
    last = _bound(items, end, 2, "end")
    if first > last:
        msg = "start index must not be greater than end index"
        raise FunctionError(msg, 1)
    piece = items[first:last]
    return TypedList(piece, items.element) if isinstance(items, TypedList) else piece


def _bound(items: list[Value], index: numbers.Number, argument: int, name: str) -> int:
    place = whole(index, prefix=f"invalid {name} index: ", argument=argument)
    if place < 0:
        msg = f"{name} index must not be less than zero"
        raise FunctionError(msg, argument)
    if place > len(items):
        msg = f"{name} index must not be greater than the length of the list"
        raise FunctionError(msg, argument)
    return place


def sort(items: TypedList) -> TypedList:
    texts: list[str] = []
    for index, item in enumerate(items):
        if not isinstance(item, str):
            msg = f"given list element {index} is null; a null string cannot be sorted"
            raise FunctionError(msg)
        texts.append(item)
    return TypedList(sorted(texts), values.STRING)


def _is_sequence(value: Value) -> bool:
    """Whether a value is a list or tuple; null of unknown type is neither."""
    return isinstance(value, list) and not isinstance(value, TypedSet)


def element_type(value: list[Value]) -> Type | None:
    """The type of a sequence's or set's elements; for a tuple, the one they have in common."""
    if isinstance(value, TypedList | TypedSet):
        return value.element
    if not value:
        return values.ANY
    return unification.unify([values.type_of(item) for item in value], unsafe=True)


FUNCTIONS: Final = {
    "chunklist": Function(split_into_chunks, (_ANY_LIST, number("size"))),
    "coalesce": Function(coalesce, variadic=_VALUES),
    "coalescelist": Function(coalesce_list, variadic=_VALUES),
    "compact": Function(compact, (Parameter("list", TEXTS),)),
    "concat": Function(concatenate, variadic=Parameter("seqs")),
    "contains": Function(contains, (Parameter("list"), Parameter("value", nullable=True))),
    "distinct": Function(make_distinct, (_ANY_LIST,)),
    "element": Function(take_element, (Parameter("list"), number("index"))),
    "flatten": Function(flatten, (Parameter("list"),)),
    "index": Function(take_index, (Parameter("collection"), Parameter("key"))),
    "length": Function(take_length, (Parameter("collection"),)),
    "slice": Function(take_slice, (Parameter("list"), number("start_index"), number("end_index"))),
    "sort": Function(sort, (Parameter("list", TEXTS),)),
}
