"""Why types do not fit, in go-cty's words (mismatch_msg.go) and in those of HCL's conditional."""

from __future__ import annotations

from generator.hcl import unification, values
from generator.hcl.values import (
    ANY,
    BOOL,
    NUMBER,
    STRING,
    List,
    Map,
    Object,
    Primitive,
    Set,
    Tuple,
    Type,
)


def describe_mismatch(given: Type, wanted: Type) -> str:
    """Why one type does not convert to another (MismatchMessage)."""
    match given, wanted:
        case Object(), Object():
            return _describe_objects(given, wanted)
        case (Tuple(), List(element) | Set(element)) | (Object(), Map(element)) if element == ANY:
            kind = type(wanted).__name__.lower()
            return f"all {kind} elements must have the same type"
        case ((Tuple() | Object()), (List() | Set() | Map())):
            return _describe_structure(given, wanted)
        case ((List() | Set() | Map()), (List() | Set() | Map())):
            return _describe_collections(given, wanted)
        case _ if not _confusing(given, wanted):
            have = values.friendly_name(given)
            return f"{values.friendly_name(wanted)} required, but have {have}"
        case _:
            return f"{values.friendly_name(wanted, constraint=True)} required"


def _describe_objects(given: Object, wanted: Object) -> str:
    missing = sorted(wanted.attributes.keys() - given.attributes.keys() - wanted.optional)
    if len(missing) == 1:
        return f'attribute "{missing[0]}" is required'
    if missing:
        *names, last = (f'"{name}"' for name in missing)
        separator = " and " if len(names) == 1 else ", and "
        return f"attributes {', '.join(names)}{separator}{last} are required"
    for unsafe in (True, False):
        for name, attribute in sorted(wanted.attributes.items(), key=lambda item: item[0]):
            own = given.attributes.get(name, attribute)
            if own != attribute and not unification.can_convert(own, attribute, unsafe=unsafe):
                return f'attribute "{name}": {describe_mismatch(own, attribute)}'
    return "incorrect object attributes"


def _describe_structure(given: Tuple | Object, wanted: List | Set | Map) -> str:
    if isinstance(wanted, Map) != isinstance(given, Object):
        return f"{values.friendly_name(wanted, constraint=True)} required"
    if isinstance(given, Tuple):
        named = [(str(index), each) for index, each in enumerate(given.elements)]
    else:
        named = [(f'"{name}"', given.attributes[name]) for name in sorted(given.attributes)]
    for name, each in named:
        if not unification.can_convert(each, wanted.element, unsafe=True):
            return f"element {name}: {describe_mismatch(each, wanted.element)}"
    return f"all elements must be {values.friendly_name(wanted.element, constraint=True)}"


def _describe_collections(given: List | Set | Map, wanted: List | Set | Map) -> str:
    if isinstance(wanted, Map) != isinstance(given, Map):
        return f"{values.friendly_name(wanted, constraint=True)} required"
    kind = type(wanted).__name__.lower()
    return f"incorrect {kind} element type: {describe_mismatch(given.element, wanted.element)}"


def _confusing(given: Type, wanted: Type) -> bool:
    """Whether to name both types would mislead more than help (typesAreLikelyToCauseConfusion)."""
    if isinstance(given, Primitive) and isinstance(wanted, Primitive):
        return wanted != STRING and {given, wanted} != {BOOL, NUMBER}
    if isinstance(given, Primitive) or isinstance(wanted, Primitive):
        return False
    return not (isinstance(given, Tuple) and isinstance(wanted, Object))


def describe_difference(first: Type, second: Type) -> str:
    """How a conditional's two results differ (describeConditionalTypeMismatch)."""
    match first, second:
        case Object(), Object():
            difference = _object_difference(first, second)
        case Tuple(), Tuple():
            difference = _tuple_difference(first, second)
        case (List(one), List(other)) | (Set(one), Set(other)) | (Map(one), Map(other)) if (
            isinstance(one, Object | Tuple) and type(one) is type(other)
        ):
            kind = type(first).__name__.lower()
            return f"Mismatched {kind} element types: {describe_difference(one, other)}"
        case _:
            difference = ""
    if difference:
        return difference
    names = values.friendly_name(first), values.friendly_name(second)
    if names[0] == names[1]:
        return (
            "At least one deeply-nested attribute or element is not compatible across both the "
            "'true' and the 'false' value"
        )
    return f"The 'true' value is {names[0]}, but the 'false' value is {names[1]}"


def _object_difference(first: Object, second: Object) -> str:
    for name in sorted(first.attributes):
        if name not in second.attributes:
            return (
                f"The 'true' value includes object attribute \"{name}\", which is absent in the "
                "'false' value"
            )
        one, other = first.attributes[name], second.attributes[name]
        if one != other:
            difference = describe_difference(one, other)
            return f'Type mismatch for object attribute "{name}": {difference}'
    for name in sorted(second.attributes.keys() - first.attributes.keys()):
        return (
            f"The 'false' value includes object attribute \"{name}\", which is absent in the 'true' "
            "value"
        )
    return ""


def _tuple_difference(first: Tuple, second: Tuple) -> str:
    if len(first.elements) != len(second.elements):
        return (
            f"The 'true' tuple has length {len(first.elements)}, but the 'false' tuple has length "
            f"{len(second.elements)}"
        )
    for index, (one, other) in enumerate(zip(first.elements, second.elements, strict=True)):
        if one != other:
            return f"Type mismatch for tuple element {index}: {describe_difference(one, other)}"
    return ""
