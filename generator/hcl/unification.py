"""What can be said of types alone: which converts to which, and what several have in common.

Mirrors go-cty's convert package (conversion.go, unify.go, compare_types.go).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from generator import limits
from generator.hcl import values
from generator.hcl.values import (
    ANY,
    STRING,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
)


def can_convert(given: Type, wanted: Type, *, unsafe: bool) -> bool:
    """Whether values of a type convert to another: all of them, or with ``unsafe`` perhaps."""
    if wanted == ANY or given == values.without_optional(wanted):
        return True
    if given == ANY:
        return unsafe
    match given, wanted:
        case Primitive(), Primitive():
            return wanted == STRING or (unsafe and given == STRING)
        case Object(), Object():
            return _object_converts(given, wanted, unsafe=unsafe)
        case Tuple(given_elements), Tuple(wanted_elements):
            return len(given_elements) == len(wanted_elements) and all(
                can_convert(one, other, unsafe=unsafe)
                for one, other in zip(given_elements, wanted_elements, strict=True)
            )
        case (List(one) | Set(one), List(other)) | (Set(one), Set(other)) | (Map(one), Map(other)):
            return can_convert(one, other, unsafe=unsafe)
        case List(one), Set(other):
            return unsafe and can_convert(one, other, unsafe=unsafe)
        case Tuple(elements), List(other) | Set(other):
            return _all_convert(elements, other, unsafe=unsafe)
        case Object(attributes), Map(other):
            return _all_convert([*attributes.values()], other, unsafe=unsafe)
        case Map(one), Object(attributes, optional):
            return unsafe and all(
                name in optional or can_convert(one, attribute, unsafe=True)
                for name, attribute in attributes.items()
            )
        case _:
            return False


def _object_converts(given: Object, wanted: Object, *, unsafe: bool) -> bool:
    return all(
        can_convert(given.attributes[name], attribute, unsafe=unsafe)
        if name in given.attributes
        else name in wanted.optional
        for name, attribute in wanted.attributes.items()
    )


def _all_convert(types: Sequence[Type], wanted: Type, *, unsafe: bool) -> bool:
    """Whether elements of these types convert to one; for ``any``, to whatever they have in common."""
    if wanted == ANY and types:
        common = unify(types, unsafe=unsafe)
        if common is None or (common == ANY and any(each != ANY for each in types)):
            return False
        wanted = common
    return all(can_convert(each, wanted, unsafe=unsafe) for each in types)


def unify(types: Sequence[Type], *, unsafe: bool) -> Type | None:
    """The type that all of these convert to, or None; ``any`` for none at all."""
    if not types:
        return None
    types = _distinct(types)
    kinds = {type(each) for each in types if each != ANY}
    has_any = any(each == ANY for each in types)
    if kinds and Primitive not in kinds:
        if has_any and len(kinds) == 1:
            return ANY
        if Object in kinds and Tuple in kinds:
            return None
        unified = _unify_containers(types, kinds, unsafe=unsafe)
        if unified is not None or len(kinds) == 1:
            return unified
    for wanted in _by_generality(types):
        if all(each == wanted or can_convert(each, wanted, unsafe=unsafe) for each in types):
            return wanted
    return None


def _distinct(types: Sequence[Type]) -> list[Type]:
    """Each type once: thousands of elements mostly are of few types."""
    kept: list[Type] = []
    for each in types:
        limits.spend(len(kept))
        if each not in kept:
            kept.append(each)
    limits.spend(len(kept) ** 2)
    return kept


def _unify_containers(
    types: Sequence[Type], kinds: set[type[Type]], *, unsafe: bool
) -> Type | None:
    if kinds == {Map} or kinds == {List} or kinds == {Set}:
        (make,) = kinds
        return _unify_elements(types, make, unsafe=unsafe)
    if kinds == {Object}:
        return _unify_objects([each for each in types if isinstance(each, Object)], unsafe=unsafe)
    if kinds == {Tuple}:
        return _unify_tuples([each for each in types if isinstance(each, Tuple)], unsafe=unsafe)
    if kinds == {Map, Object}:
        objects = [each for each in types if isinstance(each, Object)]
        common = _to_collection(objects, Map, unsafe=unsafe)
        others = [common if isinstance(each, Object) else each for each in types]
    elif kinds == {List, Tuple}:
        tuples = [each for each in types if isinstance(each, Tuple)]
        common = _to_collection(tuples, List, unsafe=unsafe)
        others = [common if isinstance(each, Tuple) else each for each in types]
    else:
        return None
    known = [each for each in others if each is not None]
    return unify(known, unsafe=unsafe) if len(known) == len(types) else None


def _unify_elements(types: Sequence[Type], make: type[Type], *, unsafe: bool) -> Type | None:
    elements = [each.element for each in types if isinstance(each, List | Set | Map)]
    common = unify(elements, unsafe=unsafe)
    if common is None:
        return None
    constructors: dict[type[Type], Callable[[Type], Type]] = {List: List, Set: Set, Map: Map}
    return constructors[make](common)


def _unify_objects(types: Sequence[Object], *, unsafe: bool) -> Type | None:
    first = types[0].attributes
    if any(each.attributes.keys() != first.keys() for each in types):
        return _to_collection(types, Map, unsafe=unsafe)
    attributes: dict[str, Type] = {}
    for name in first:
        common = unify([each.attributes[name] for each in types], unsafe=unsafe)
        if common is None:
            return None
        attributes[name] = common
    return Object(attributes)


def _unify_tuples(types: Sequence[Tuple], *, unsafe: bool) -> Type | None:
    size = len(types[0].elements)
    if any(len(each.elements) != size for each in types):
        return _to_collection(types, List, unsafe=unsafe)
    elements: list[Type] = []
    for index in range(size):
        common = unify([each.elements[index] for each in types], unsafe=unsafe)
        if common is None:
            return None
        elements.append(common)
    return Tuple(tuple(elements))


def _to_collection(
    types: Sequence[Object | Tuple], make: Callable[[Type], Type], *, unsafe: bool
) -> Type | None:
    """A map or list that takes all attributes or elements of these, if they have a common type."""
    elements: list[Type] = []
    for each in types:
        elements += each.attributes.values() if isinstance(each, Object) else each.elements
    common = unify(elements, unsafe=unsafe)
    if common is None:
        return None
    wanted = make(common)
    return wanted if all(can_convert(each, wanted, unsafe=unsafe) for each in types) else None


def _by_generality(types: Sequence[Type]) -> list[Type]:
    """The most general first: none comes after one that it is more general than (sortTypes)."""
    rest, ordered = [*types], list[Type]()
    while rest:
        free = [one for one in rest if not any(_compare(other, one) < 0 for other in rest)]
        chosen = free or rest[:1]
        ordered += chosen
        rest = [each for each in rest if not any(each is one for one in chosen)]
    return ordered


def _compare(one: Type, other: Type) -> int:
    """Negative when the first type is the more general one, zero when neither is (compareTypes)."""
    if one == ANY or other == ANY:
        return (one == ANY) - (other == ANY)
    match one, other:
        case Primitive(), Primitive():
            return (other == STRING) - (one == STRING)
        case (List(first), List(second)) | (Set(first), Set(second)) | (Map(first), Map(second)):
            return _compare(first, second)
        case (Tuple() | List(), Set()) | (List(), Tuple()) | (Map(), Object()):
            return -1
        case (Set(), Tuple() | List()) | (Tuple(), List()) | (Object(), Map()):
            return 1
        case Object(), Object() if one.attributes.keys() == other.attributes.keys():
            pairs = [(one.attributes[name], other.attributes[name]) for name in one.attributes]
            return _compare_all(pairs)
        case Tuple(), Tuple() if len(one.elements) == len(other.elements):
            return _compare_all([*zip(one.elements, other.elements, strict=True)])
        case _:
            return 0


def _compare_all(pairs: Sequence[tuple[Type, Type]]) -> int:
    results = [_compare(first, second) for first, second in pairs]
    first_wins, second_wins = any(each < 0 for each in results), any(each > 0 for each in results)
    return second_wins - first_wins
