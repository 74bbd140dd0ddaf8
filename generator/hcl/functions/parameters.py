"""What the functions' declarations have in common, and how arguments become Go's ints."""

from __future__ import annotations

from typing import Final

from generator.hcl import numbers, values
from generator.hcl.signatures import FunctionError, Parameter

TEXT: Final = Parameter("str", values.STRING)
NUMBER: Final = Parameter("num", values.NUMBER)
TEXTS: Final = values.List(values.STRING)

_LARGEST: Final = 2**63 - 1


def text(name: str) -> Parameter:
    return Parameter(name, values.STRING)


def number(name: str) -> Parameter:
    return Parameter(name, values.NUMBER)


def text_list(items: list[str]) -> values.TypedList:
    return values.TypedList(items, values.STRING)


def whole(value: numbers.Number, *, prefix: str = "", argument: int | None = None) -> int:
    """A number as Go's int; others are an error, in the words of gocty."""
    if isinstance(value, numbers.Float64) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and -_LARGEST - 1 <= value <= _LARGEST:
        return value
    msg = f"{prefix}value must be a whole number, between {-_LARGEST - 1} and {_LARGEST}"
    raise FunctionError(msg, argument)
