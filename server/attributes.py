"""Values of devices' attributes: numbers with units, texts, booleans, and how Nomad compares them. Pure.

Mirrors plugins/shared/structs/attribute.go and units.go, and of scheduler/feasible.go what judges a constraint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_BINARY = {f"{prefix}iB": 1024**power for power, prefix in enumerate("KMGTPE", 1)}
_DECIMAL = {
    "kB": 1000,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate("KMGTPE", 1)},
}
_BYTES = {**_BINARY, **_DECIMAL}
# Each unit belongs to a base, and only values of the same base can be compared.
_UNITS: dict[str, tuple[str, Fraction]] = {
    **{name: ("byte", Fraction(factor)) for name, factor in _BYTES.items()},
    **{f"{name}/s": ("byte rate", Fraction(factor)) for name, factor in _BYTES.items()},
    "MHz": ("hertz", Fraction(1000**2)),
    "GHz": ("hertz", Fraction(1000**3)),
    "mW": ("watt", Fraction(1, 1000)),
    "W": ("watt", Fraction(1)),
    "kW": ("watt", Fraction(1000)),
    "MW": ("watt", Fraction(1000**2)),
    "GW": ("watt", Fraction(1000**3)),
}
_LONGEST_FIRST = sorted(_UNITS, key=len, reverse=True)
# Go's ParseInt and ParseFloat also take an exponent; nobody writes 1e400, whose digits would fill a machine.
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?"
)
_BOOLEANS = {
    **dict.fromkeys(("t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("f", "F", "false", "FALSE", "False"), False),
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value; ``unit`` is empty where there is none, and always for texts and booleans."""

    value: Fraction | str | bool
    unit: str = ""

    def __str__(self) -> str:
        match self.value:
            case bool():
                return str(self.value).lower()
            case Fraction():
                number = self.value
                shown = str(number.numerator) if number.denominator == 1 else f"{float(number):g}"
                return f"{shown} {self.unit}".rstrip()
            case str():
                return self.value


def parse(text: str) -> Attribute:
    """Read a value as it stands in a constraint: ``11441``, ``20 GiB``, ``true`` or any other text."""
    unit = next((name for name in _LONGEST_FIRST if text.endswith(name)), "")
    numeric = text.removesuffix(unit).strip() if unit else text
    if _NUMBER.fullmatch(numeric):
        return Attribute(Fraction(numeric), unit)
    return Attribute(_BOOLEANS.get(text, text))


def read(data: Mapping[str, Any]) -> Attribute:
    """Read an attribute of Nomad's API: one of ``Int``, ``Float``, ``Bool`` and ``String`` is set, and ``Unit``."""
    if (flag := data.get("Bool")) is not None:
        return Attribute(bool(flag))
    if (text := data.get("String")) is not None:
        return Attribute(str(text))
    number = data["Int"] if data.get("Int") is not None else data["Float"]
    # As it is written: a float's exact binary value would be no match for the same digits in a constraint.
    return Attribute(Fraction(str(number)), data.get("Unit") or "")


def compare(left: Attribute, right: Attribute) -> int | None:
    """Return below 0, 0 or above 0; None where the two are of different kinds. Booleans are equal or not."""
    one, other = left.value, right.value
    if isinstance(one, bool) or isinstance(other, bool):
        both = isinstance(one, bool) and isinstance(other, bool)
        return int(one != other) if both else None
    if isinstance(one, str) or isinstance(other, str):
        both = isinstance(one, str) and isinstance(other, str)
        return (str(one) > str(other)) - (str(one) < str(other)) if both else None
    base, factor = _UNITS.get(left.unit, ("", Fraction(1)))
    other_base, other_factor = _UNITS.get(right.unit, ("", Fraction(1)))
    if base != other_base:
        return None
    one, other = one * factor, other * other_factor
    return (one > other) - (one < other)


def fits(have: Attribute | None, operator: str, wanted: Attribute) -> bool | None:
    """Tell whether an attribute, None where the device has none of that name, meets a constraint.

    None says that this is only for Nomad to judge: a pattern, a version, a set.
    """
    if operator in ("!=", "not"):
        if have is None:
            return True
        order = compare(have, wanted)
        return order is not None and order != 0
    judge = _ORDERS.get(operator)
    if judge is None:
        return None
    order = None if have is None else compare(have, wanted)
    return order is not None and (order > 0) - (order < 0) in judge


_ORDERS: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("=", "==", "is"), (0,)),
    "<": (-1,),
    "<=": (-1, 0),
    ">": (1,),
    ">=": (1, 0),
}
