"""sprig's numbers: numeric.go and the arithmetic of functions.go."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping

from generator.template import numbers, printing, signatures, values
from generator.template.sprig import casting

# shopspring/decimal divides to 16 digits after the point and is exact elsewhere.
_DIVISION_DIGITS = 16
_EXACT = decimal.Context(prec=800, Emax=999999, Emin=-999999)


def atoi(text: str) -> int:
    """``strconv.Atoi`` without its error: 0, or the nearest int for what is too large."""
    sign = text[:1] in ("+", "-")
    digits = text[sign:]
    if not (digits.isascii() and digits.isdigit()):
        return 0
    digits = digits.lstrip("0")
    size = int(digits or "0") if len(digits) < 20 else numbers.MAX_INT + 1
    return max(numbers.MIN_INT, min(numbers.MAX_INT, -size if text[0] == "-" else size))


def to_int(value: object) -> int:
    return casting.to_int64(value)


def to_int64(value: object) -> values.Int64:
    return values.Int64(casting.to_int64(value))


def to_float64(value: object) -> float:
    return casting.to_float(value)


def to_decimal(value: object) -> values.Int64:
    """An octal number, as Unix writes file modes."""
    text = printing.sprint(value)
    sign = text[:1] in ("+", "-")
    digits = text[sign:]
    if not digits or digits.strip("01234567"):
        return values.Int64(0)
    parsed = int(text, 8)
    return values.Int64(parsed if numbers.MIN_INT <= parsed <= numbers.MAX_INT else 0)


def add1(value: object) -> values.Int64:
    return casting.wrap(casting.to_int64(value) + 1)


def add(*items: object) -> values.Int64:
    return casting.wrap(sum(map(casting.to_int64, items)))


def sub(first: object, other: object) -> values.Int64:
    return casting.wrap(casting.to_int64(first) - casting.to_int64(other))


def mul(first: object, *others: object) -> values.Int64:
    return casting.wrap(math.prod(map(casting.to_int64, (first, *others))))


def div(first: object, other: object) -> values.Int64:
    """Go's division cuts towards zero."""
    dividend, divisor = casting.to_int64(first), casting.to_int64(other)
    quotient = abs(dividend) // abs(divisor)
    return casting.wrap(quotient if (dividend < 0) == (divisor < 0) else -quotient)


def mod(first: object, other: object) -> values.Int64:
    """Go's remainder has the sign of the dividend."""
    dividend, divisor = casting.to_int64(first), casting.to_int64(other)
    rest = abs(dividend) % abs(divisor)
    return values.Int64(-rest if dividend < 0 else rest)


def add1f(value: object) -> float:
    return _fold(_EXACT.add, (value, 1))


def addf(*items: object) -> float:
    return _fold(_EXACT.add, (0.0, *items))


def subf(first: object, *others: object) -> float:
    return _fold(_EXACT.subtract, (first, *others))


def mulf(first: object, *others: object) -> float:
    return _fold(_EXACT.multiply, (first, *others))


def divf(first: object, *others: object) -> float:
    return _fold(_divide, (first, *others))


Operation = Callable[[decimal.Decimal, decimal.Decimal], decimal.Decimal]


def _fold(operation: Operation, items: tuple[object, ...]) -> float:
    """The items as decimal numbers, not binary ones, so that 0.1 + 0.2 is 0.3."""
    result = _decimal(items[0])
    for each in items[1:]:
        result = operation(result, _decimal(each))
    # A decimal number has no negative zero.
    return float(result) + 0.0


def _decimal(value: object) -> decimal.Decimal:
    number = casting.to_float(value)
    if not math.isfinite(number):
        msg = f"Cannot create a Decimal from {printing.sprint(number)}"
        raise signatures.CallError(msg)
    return decimal.Decimal(repr(number))


def _divide(first: decimal.Decimal, other: decimal.Decimal) -> decimal.Decimal:
    if not other:
        msg = "decimal division by 0"
        raise signatures.CallError(msg)
    unit = decimal.Decimal(1).scaleb(-_DIVISION_DIGITS)
    return _EXACT.divide(first, other).quantize(unit, decimal.ROUND_HALF_UP, _EXACT)


def floor(value: object) -> float:
    number = casting.to_float(value)
    return _whole(number, math.floor)


def _whole(number: float, cut: Callable[[float], int]) -> float:
    """A whole number with the sign of the other: there is a zero below zero."""
    return math.copysign(cut(number), number) if math.isfinite(number) else number


def ceil(value: object) -> float:
    number = casting.to_float(value)
    return _whole(number, math.ceil)


def round_(value: object, places: int, *rounding: float) -> float:
    """The value with some places; a rest from ``rounding`` (a half) on goes up."""
    limit = rounding[0] if rounding else 0.5
    power = math.pow(10, places) if abs(places) < 300 else math.inf if places > 0 else 0.0
    digit = power * casting.to_float(value)
    if not math.isfinite(digit) or not power:
        return math.nan
    rest = math.modf(digit)[0]
    return _whole(digit, math.ceil if rest >= limit else math.floor) / power


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "add": add,
    "add1": add1,
    "add1f": add1f,
    "addf": addf,
    "atoi": atoi,
    "ceil": ceil,
    "div": div,
    "divf": divf,
    "float64": to_float64,
    "floor": floor,
    "int": to_int,
    "int64": to_int64,
    "mod": mod,
    "mul": mul,
    "mulf": mulf,
    "round": round_,
    "sub": sub,
    "subf": subf,
    "toDecimal": to_decimal,
}
