"""Numbers as decimal text in the forms of Go's ``%f``, ``%e`` and ``%g``."""

from __future__ import annotations

from typing import Final

from generator.hcl import numbers
from generator.hcl.numbers import Number

# From these exponents on, %g writes one; the upper is for a number with all its digits.
_LEAST_EXPONENT: Final = -4
_LARGE_EXPONENT: Final = 6


def fixed(value: Number, places: int) -> str:
    """``%f`` of a number that is not negative: rounded to decimal places, half to even."""
    digits = str(_scale(value, places)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits


def scientific(value: Number, places: int) -> str:
    """``%e`` of a number that is not negative: one digit, decimal places, an exponent."""
    return _with_exponent(*_round_digits(value, places + 1))


def general(value: Number, precision: int | None) -> str:
    """``%g``: the shorter of the two; without a precision, all digits that count."""
    if value < 0:
        return f"-{general(numbers.negate(value), precision)}"
    if precision is None:
        digits, exponent = _all_digits(value)
        limit = _LARGE_EXPONENT
    else:
        limit = precision or 1
        digits, exponent = _round_digits(value, limit)
        digits = digits.rstrip("0") or "0"
        limit = len(digits) if limit > len(digits) > exponent else limit
    if exponent < _LEAST_EXPONENT or exponent >= limit:
        return _with_exponent(digits, exponent)
    if exponent < 0:
        return f"0.{'0' * (-exponent - 1)}{digits}"
    whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{whole}.{rest}" if rest else whole


def _with_exponent(digits: str, exponent: int) -> str:
    point = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{point}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _all_digits(value: Number) -> tuple[str, int]:
    """The significant digits, and the exponent of the first of them."""
    whole, _, fraction = numbers.render(value).partition(".")
    if whole != "0":
        return (whole + fraction).rstrip("0"), len(whole) - 1
    digits = fraction.lstrip("0")
    return digits or "0", len(digits) - len(fraction) - 1 if digits else 0


def _round_digits(value: Number, count: int) -> tuple[str, int]:
    """As many digits of the exact value, rounded half to even, and the exponent of the first."""
    if value == 0:
        return "0" * count, 0
    exponent = _all_digits(value)[1]
    digits = str(_scale(value, count - 1 - exponent))
    if len(digits) > count:  # 9.99 became 10.0
        return digits[:count], exponent + 1
    return digits, exponent


def _scale(value: Number, places: int) -> int:
    """``value * 10 ** places``, rounded half to even."""
    mantissa, exponent = numbers.split(value)
    above = mantissa << max(exponent, 0)
    below = 1 << max(-exponent, 0)
    if places >= 0:
        above *= 10**places
    else:
        below *= 10**-places
    whole, rest = divmod(above, below)
    return whole + (2 * rest > below or (2 * rest == below and whole % 2 == 1))
