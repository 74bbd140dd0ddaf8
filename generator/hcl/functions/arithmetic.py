"""Functions of numbers (go-cty's stdlib/number.go and RangeFunc)."""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from typing import Final

from generator.hcl import numbers, values
from generator.hcl.functions.parameters import NUMBER, number, whole
from generator.hcl.numbers import Number
from generator.hcl.signatures import Function, FunctionError, Parameter
from generator.hcl.values import Value

_LONGEST_RANGE: Final = 1024
_MOST_DIGITS: Final = 4_000
_EXACT: Final = 2**53
_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_L1: Final = 6.666666666666735130e-01
_L2: Final = 3.999999999940941908e-01
_L3: Final = 2.857142874366239149e-01
_L4: Final = 2.222219843214978396e-01
_L5: Final = 1.818357216161805012e-01
_L6: Final = 1.531383769920937332e-01
_L7: Final = 1.479819860511658591e-01
_DIGITS: Final = string.digits + string.ascii_lowercase + string.ascii_uppercase


def take_absolute(value: Number) -> Number:
    return numbers.negate(value) if numbers.is_negative(value) else value


def round_up(value: Number) -> int:
    return -numbers.floor(numbers.negate(value))


def take_logarithm(value: Number, base: Number) -> Number:
    return _float(lambda: _log(value) / _log(base))


def _log(value: float) -> float:
    """The natural logarithm as Go computes it, which C's library does not always agree with.

    After FreeBSD's __ieee754_log: x = f * 2**k, and a polynomial for log(1 + f).
    """
    if value == 0:
        return -math.inf
    if value < 0:
        return math.nan
    mantissa, power = math.frexp(value)
    if mantissa < math.sqrt(2) / 2:
        mantissa, power = mantissa * 2, power - 1
    rest = mantissa - 1
    s = rest / (2 + rest)
    s2 = s * s
    s4 = s2 * s2
    odd = s2 * (_L1 + s4 * (_L3 + s4 * (_L5 + s4 * _L7)))
    even = s4 * (_L2 + s4 * (_L4 + s4 * _L6))
    half = 0.5 * rest * rest
    return power * _LN2_HIGH - ((half - (s * (half + odd + even) + power * _LN2_LOW)) - rest)


def raise_to_power(value: Number, power: Number) -> Number:
    return _float(lambda: _pow(float(value), float(power)))


def _pow(value: float, power: float) -> float:
    """Go's math.Pow, whose last digits are not those of C's library: squares, one after the other."""
    if power == 0 or value == 1:
        return 1.0
    if value == 0:
        return math.inf if power < 0 else 0.0
    if abs(power) == 0.5:
        return math.sqrt(value) ** (1 if power > 0 else -1)
    fraction, whole_part = math.modf(abs(power))
    if (fraction and value < 0) or whole_part >= 2**63:
        return math.pow(value, power)
    result, exponent = 1.0, 0
    if fraction:
        if fraction > 0.5:
            fraction, whole_part = fraction - 1, whole_part + 1
        result = math.exp(fraction * _log(value))
    square, square_exponent = math.frexp(value)
    left = int(whole_part)
    while left:
        if abs(square_exponent) > 1 << 12:
            exponent += square_exponent
            break
        if left & 1:
            result, exponent = result * square, exponent + square_exponent
        square, square_exponent = square * square, square_exponent * 2
        if square < 0.5:
            square, square_exponent = square * 2, square_exponent - 1
        left >>= 1
    return math.ldexp(1 / result, -exponent) if power < 0 else math.ldexp(result, exponent)


def _float(calculate: Callable[[], float]) -> Number:
    """A result in Go's float64; what is no number there is an error here."""
    try:
        result = calculate()
    except (ValueError, ZeroDivisionError, OverflowError):
        result = math.nan
    if not math.isfinite(result):
        msg = "the result is not a finite number"
        raise FunctionError(msg)
    is_exact = result.is_integer() and abs(result) < _EXACT
    return int(result) if is_exact else numbers.Float64(result)


def take_sign(value: Number) -> int:
    size = whole(value)
    return (size > 0) - (size < 0)


def take_maximum(*given: Number) -> Number:
    return _choose(given, 1)


def take_minimum(*given: Number) -> Number:
    return _choose(given, -1)


def _choose(given: tuple[Number, ...], sign: int) -> Number:
    if not given:
        msg = "must pass at least one number"
        raise FunctionError(msg)
    best = given[0]
    for each in given[1:]:
        if numbers.compare(each, best) * sign > 0:
            best = each
    return best


def parse_integer(text: Value, base: Number) -> int:
    if not isinstance(text, str):
        name = values.friendly_name(values.type_of(text))
        msg = f"first argument must be a string, not {name}"
        raise FunctionError(msg, 0)
    radix = whole(base, argument=1)
    if not 2 <= radix <= 62:
        msg = "base must be a whole number between 2 and 62 inclusive"
        raise FunctionError(msg, 1)
    digits = text.removeprefix("-") if text.startswith("-") else text.removeprefix("+")
    if len(digits) > _MOST_DIGITS:
        msg = f"a number of more than {_MOST_DIGITS} digits is not read"
        raise FunctionError(msg, 0)
    alphabet = _DIGITS[:radix]
    folded = digits.lower() if radix <= 36 else digits
    if not folded or any(digit not in alphabet for digit in folded):
        msg = f'cannot parse "{text}" as a base {radix} integer'
        raise FunctionError(msg, 0)
    result = 0
    for digit in folded:
        result = result * radix + alphabet.index(digit)
    return -result if text.startswith("-") else result


def make_range(*given: Number) -> values.TypedList:
    start, end, step = _range_bounds(given)
    sign = -1 if step < 0 else 1
    if numbers.compare(end, start) * sign < 0:
        which, kind = ("greater", "positive") if sign > 0 else ("less", "negative")
        msg = f"end must be {which} than start when step is {kind}"
        raise FunctionError(msg, 1)
    items: list[Value] = []
    current = start
    while numbers.compare(current, end) * sign < 0:
        if len(items) >= _LONGEST_RANGE:
            msg = (
                f"more than {_LONGEST_RANGE} values were generated; either decrease the difference "
                "between start and end or use a smaller step"
            )
            raise FunctionError(msg)
        items.append(current)
        current = numbers.add(current, step)
    return values.TypedList(items, values.NUMBER)


def _range_bounds(given: tuple[Number, ...]) -> tuple[Number, Number, Number]:
    match given:
        case (end,):
            return 0, end, -1 if end < 0 else 1
        case (start, end):
            return start, end, -1 if numbers.compare(end, start) < 0 else 1
        case (start, end, step):
            return start, end, step
        case _:
            msg = "must have one, two, or three arguments"
            raise FunctionError(msg)


FUNCTIONS: Final = {
    "abs": Function(take_absolute, (NUMBER,)),
    "ceil": Function(round_up, (NUMBER,)),
    "floor": Function(numbers.floor, (NUMBER,)),
    "log": Function(take_logarithm, (NUMBER, number("base"))),
    "max": Function(take_maximum, variadic=number("numbers")),
    "min": Function(take_minimum, variadic=number("numbers")),
    "parseint": Function(parse_integer, (Parameter("number"), number("base"))),
    "pow": Function(raise_to_power, (NUMBER, number("power"))),
    "range": Function(make_range, variadic=number("params")),
    "signum": Function(take_sign, (NUMBER,)),
}
