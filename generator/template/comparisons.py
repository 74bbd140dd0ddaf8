"""How Go templates compare: ``eq`` and its like, by the basic kind of the values."""

from __future__ import annotations

from collections.abc import Mapping

from generator.golang import quoting
from generator.template import printing, signatures, values

_KINDS: Mapping[type[object], str] = {
    bool: "bool",
    float: "float",
    complex: "complex",
    str: "string",
}


def _kind(value: object) -> str:
    """The basic kind of a value, empty for what has none."""
    found = _KINDS.get(type(value))
    if found:
        return found
    if isinstance(value, int):
        return "uint" if isinstance(value, values.Unsigned) else "int"
    return "string" if isinstance(value, str) else ""


def equal(first: object, *others: object) -> bool:
    if not others:
        msg = "missing argument for comparison"
        raise signatures.CallError(msg)
    return any(_same(first, other) for other in others)


def _same(first: object, other: object) -> bool:
    first, other = _inside(first), _inside(other)
    kinds = _kind(first), _kind(other)
    if kinds[0] != kinds[1]:
        if set(kinds) == {"int", "uint"}:
            return first == other
        if first is not None and other is not None:
            raise _incompatible(first, other)
        return False
    if kinds[0]:
        return first == other
    if first is None or other is None:
        return first is other
    shown = printing.sprintf("%s", first), printing.sprintf("%s", other)
    names = values.type_name(first), values.type_name(other)
    if values.kind_name(first) != values.kind_name(other):
        # Go names the second one's type before it shows the value, here with %v.
        value = printing.sprint(other)
        msg = f"non-comparable types {shown[0]}: {names[0]}, {names[1]}: {value}"
        raise signatures.CallError(msg)
    if isinstance(other, list | dict | bytes):
        msg = f"non-comparable type {shown[1]}: {names[1]}"
        raise signatures.CallError(msg)
    return first == other


def _inside(value: object) -> object:
    """What an interface holds: of one that holds nothing, nil (indirectInterface)."""
    return None if isinstance(value, values.NilInterface) else value


def _incompatible(first: object, other: object) -> signatures.CallError:
    names = values.type_name(first), values.type_name(other)
    return signatures.CallError(f"incompatible types for comparison: {names[0]} and {names[1]}")


def not_equal(first: object, other: object) -> bool:
    return not _same(first, other)


def less(first: object, other: object) -> bool:
    kinds = _kind(first), _kind(other)
    if not all(kinds):
        msg = "invalid type for comparison"
        raise signatures.CallError(msg)
    if kinds[0] != kinds[1] and set(kinds) != {"int", "uint"}:
        raise _incompatible(first, other)
    match first, other:
        case str(), str():
            return quoting.encode(first) < quoting.encode(other)
        case (int() | float(), int() | float()) if kinds[0] != "bool":
            return first < other
    msg = "invalid type for comparison"
    raise signatures.CallError(msg)


def less_or_equal(first: object, other: object) -> bool:
    return less(first, other) or _same(first, other)


def greater(first: object, other: object) -> bool:
    return not less_or_equal(first, other)


def greater_or_equal(first: object, other: object) -> bool:
    return not less(first, other)
