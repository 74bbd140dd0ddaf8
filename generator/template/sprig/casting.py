"""How sprig reads a value as a number or a text: spf13/cast, and sprig's own strval."""

from __future__ import annotations

import math

from generator import patterns
from generator.golang import quoting
from generator.template import numbers, printing, signatures, values, verbs

_ZERO_DECIMAL = patterns.later(r"\.0+\Z")
_NO_NUMBER = patterns.later(r"(?i)[+-]?(?:inf|infinity|nan)")


def wrap(value: int) -> values.Int64:
    """An int64: what does not fit goes round."""
    return values.Int64((value + 2**63) % 2**64 - 2**63)


def to_int64(value: object) -> int:
    """``cast.ToInt64``: what is no number is 0."""
    match value:
        case values.Named() if value.go_kind != "int":  # A duration, but no month.
            return 0
        case int():
            return int(value)
        case float():
            whole = math.isfinite(value) and -(2.0**63) <= value < 2.0**63
            return int(value) if whole else numbers.MIN_INT
        case str():
            return _text_to_int64(value)
        case _:
            return 0


def _text_to_int64(text: str) -> int:
    parsed = numbers.parse_integer(_ZERO_DECIMAL.sub("", text))
    if parsed is None or not numbers.MIN_INT <= parsed <= numbers.MAX_INT:
        return 0
    return parsed


def to_float(value: object) -> float:
    """``cast.ToFloat64``: what is no number is 0."""
    match value:
        case values.Named() if value.go_kind != "int":
            return 0.0
        case int() | float():
            return float(value)
        case str() if _NO_NUMBER.fullmatch(value):
            return float(value)
        case str():
            return numbers.parse_float(value) or 0.0
        case _:
            return 0.0


def to_text(value: object) -> str:
    """Sprig's ``strval``."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return quoting.decode(value)
    return printing.format_value(value, "v", verbs.PLAIN)


def to_texts(value: object) -> values.Strings:
    """Sprig's ``strslice``: the elements of a list as texts, without those that are nil."""
    match value:
        case None:
            return values.Strings()
        case values.Strings():
            return value
        case list() | bytes():
            return values.Strings(to_text(each) for each in value if each is not None)
        case _:
            return values.Strings([to_text(value)])


def elements(value: object, doing: str) -> list[object]:
    """The elements of a list; ``doing`` begins the complaint about what is none."""
    match value:
        case list() | bytes():
            return list(value)
        case None:
            msg = "runtime error: invalid memory address or nil pointer dereference"
        case _:
            msg = f"{doing} {values.kind_name(value)}"
    raise signatures.CallError(msg)


def equal(first: object, other: object) -> bool:
    """``reflect.DeepEqual``: types count, to every depth."""
    if type(first) is not type(other):
        return False
    if isinstance(first, list) and isinstance(other, list):
        return len(first) == len(other) and all(map(equal, first, other))
    if isinstance(first, dict) and isinstance(other, dict):
        return first.keys() == other.keys() and all(equal(first[key], other[key]) for key in first)
    return first == other
