"""Numbers as go-cty has them: binary floats of 512 bits, so that 0.1 + 0.7 is 0.8.

In values a number is an ``int`` when it is integral, else a ``Fraction``: a float that remembers
the bits which Python's own float has no room for. Whoever takes it for a float loses only those.
Only what Go's math functions give is a ``Float64``, integral or not.
"""

from __future__ import annotations

import typing

from generator import patterns

Number: typing.TypeAlias = int | float

PRECISION: typing.Final = 512  # bits, as cty.ParseNumberVal
_LARGEST_EXPONENT: typing.Final = 1000  # decimal; far beyond what JSON's readers take for a number
_LARGEST_BITS: typing.Final = 4 * _LARGEST_EXPONENT

_DECIMAL = patterns.later(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")


class Fraction(float):
    """A number that is not integral: ``mantissa * 2 ** exponent`` with an odd mantissa."""

    __slots__ = ("exponent", "mantissa")
    mantissa: int
    exponent: int

    def __new__(cls, mantissa: int, exponent: int) -> typing.Self:
        self = super().__new__(cls, mantissa / (1 << -exponent))
        self.mantissa = mantissa
        self.exponent = exponent
        return self

    def __getnewargs__(self) -> tuple[int, int]:  # type: ignore[override]
        """What a copy is made of."""
        return self.mantissa, self.exponent


class Float64(float):
    """A number of 53 bits, and written as such: with fewer digits than one of 512 needs."""

    __slots__ = ()


class _NegativeZero(int):
    """The zero that ``-0`` is: a 0 like the other, but for how it is written."""


NEGATIVE_ZERO: typing.Final = _NegativeZero()


def parse(text: str) -> Number | None:
    """The number that a decimal text stands for, or None (cty.ParseNumberVal)."""
    if text.isascii() and text.isdecimal() and len(text) < 100:
        return int(text)
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match[2] or match[3]) or len(text) > 4 * _LARGEST_EXPONENT:
        return None
    digits, fraction = match[2] or "", match[3] or ""
    mantissa = int(digits + fraction)
    exponent_text = match[4] or "0"
    if mantissa == 0:
        return NEGATIVE_ZERO if match[1] == "-" else 0
    exponent = int(exponent_text) if len(exponent_text) < 9 else 10**9
    exponent -= len(fraction)
    if abs(exponent + len(str(mantissa))) > _LARGEST_EXPONENT or abs(exponent) > _LARGEST_BITS:
        return None
    if match[1] == "-":
        mantissa = -mantissa
    if exponent >= 0:
        return make(mantissa * 10**exponent, 0)
    return quotient(mantissa, 10**-exponent, 0)


def make(mantissa: int, exponent: int) -> Number:
    """``mantissa * 2 ** exponent``, rounded to the precision; half to even."""
    excess = mantissa.bit_length() - PRECISION
    if excess > 0:
        half = 1 << (excess - 1)
        low = mantissa & ((1 << excess) - 1)
        mantissa >>= excess
        exponent += excess
        if low > half or (low == half and mantissa & 1):
            mantissa += 1
    if mantissa == 0:
        return 0
    zeros = (mantissa & -mantissa).bit_length() - 1
    mantissa >>= zeros
    exponent += zeros
    if abs(exponent) > _LARGEST_BITS:
        msg = "the number is too large or too small"
        raise OverflowError(msg)
    return mantissa << exponent if exponent >= 0 else Fraction(mantissa, exponent)


def quotient(dividend: int, divisor: int, exponent: int) -> Number:
    """``dividend / divisor * 2 ** exponent``, rounded once."""
    shift = max(0, PRECISION + 2 + divisor.bit_length() - dividend.bit_length())
    whole, rest = divmod(dividend << shift, divisor)
    # One bit more that says "and a little": it keeps the rounding from seeing a tie that is none.
    return make(whole << 1 | (rest != 0), exponent - shift - 1)


def split(value: Number) -> tuple[int, int]:
    """The mantissa and the exponent of any number; a plain float counts as its shortest decimal."""
    if isinstance(value, int):
        return value, 0
    if isinstance(value, Float64):
        dividend, divisor = value.as_integer_ratio()
        return dividend, 1 - divisor.bit_length()
    if not isinstance(value, Fraction):
        exact = parse(repr(float(value)))
        if exact is None:
            msg = "the number is too large or too small"
            raise OverflowError(msg)
        return split(exact)
    return value.mantissa, value.exponent


def _align(left: Number, right: Number) -> tuple[int, int, int]:
    """Both mantissas for one common exponent."""
    first, first_exponent = split(left)
    second, second_exponent = split(right)
    exponent = min(first_exponent, second_exponent)
    return first << (first_exponent - exponent), second << (second_exponent - exponent), exponent


def add(left: Number, right: Number) -> Number:
    if isinstance(left, _NegativeZero) and isinstance(right, _NegativeZero):
        return NEGATIVE_ZERO
    first, second, exponent = _align(left, right)
    return make(first + second, exponent)


def subtract(left: Number, right: Number) -> Number:
    return add(left, negate(right))


def multiply(left: Number, right: Number) -> Number:
    first, first_exponent = split(left)
    second, second_exponent = split(right)
    if first == 0 or second == 0:
        return NEGATIVE_ZERO if is_negative(left) != is_negative(right) else 0
    return make(first * second, first_exponent + second_exponent)


def divide(left: Number, right: Number) -> Number:
    """The quotient; the divisor is not zero."""
    first, second, _ = _align(left, right)
    negative = is_negative(left) != is_negative(right)
    result = quotient(abs(first), abs(second), 0)
    return negate(result) if negative else result


def modulo(left: Number, right: Number) -> Number:
    """The remainder, with the sign of the dividend."""
    whole = truncate(divide(left, right))
    return subtract(left, multiply(right, whole))


def negate(value: Number) -> Number:
    mantissa, exponent = split(value)
    if mantissa == 0:
        return 0 if isinstance(value, _NegativeZero) else NEGATIVE_ZERO
    return make(-mantissa, exponent)


def is_negative(value: Number) -> bool:
    """Whether there is a minus before the number, be it zero."""
    return split(value)[0] < 0 or isinstance(value, _NegativeZero)


def truncate(value: Number) -> int:
    """Towards zero."""
    mantissa, exponent = split(value)
    size = abs(mantissa) >> -exponent if exponent < 0 else abs(mantissa) << exponent
    return -size if mantissa < 0 else size


def floor(value: Number) -> int:
    mantissa, exponent = split(value)
    return mantissa >> -exponent if exponent < 0 else mantissa << exponent


def compare(left: Number, right: Number) -> int:
    """Negative, zero or positive, as the left number is less, equal or greater."""
    first, second, _ = _align(left, right)
    return (first > second) - (first < second)


def render(value: Number) -> str:
    """The shortest decimal that is this number in its precision, never with an exponent."""
    if isinstance(value, _NegativeZero):
        return "-0"
    if isinstance(value, Float64):
        value = float(value)
    mantissa, exponent = split(value)
    if exponent >= 0 and mantissa.bit_length() <= PRECISION:
        return str(mantissa << exponent)
    sign = "-" if mantissa < 0 else ""
    digits, point = _shortest_digits(abs(mantissa), exponent)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _shortest_digits(mantissa: int, exponent: int) -> tuple[str, int]:
    """The digits and the place of the decimal point, as math/big's roundShortest finds them."""
    # The mantissa with one bit more than the precision: its last bit is half a unit.
    shift = PRECISION + 1 - mantissa.bit_length()
    mantissa = mantissa << shift if shift >= 0 else mantissa >> -shift
    exponent -= shift
    inclusive = mantissa & 2 == 0
    lower, exact, upper = (_exact_digits(mantissa + step, exponent) for step in (-1, 0, 1))
    point = exact[1]
    width = max(len(lower[0]), len(exact[0]), len(upper[0])) + 1
    low = _aligned(lower, point, width)
    middle = exact[0]
    up = _aligned(upper, point, width)
    lower_length, upper_length = len(low.rstrip("0")), len(up.rstrip("0"))
    for index, digit in enumerate(middle):
        below, above = low[index], up[index]
        down = below != digit or (inclusive and index + 1 == lower_length)
        rising = digit != above and (
            inclusive or int(digit) + 1 < int(above) or index + 1 < upper_length
        )
        if down or rising:
            kept = middle[: index + 1]
            rest = middle[index + 1 :]
            if down and rising:
                half = "5"
                rising = rest > half or (rest == half and int(digit) % 2 == 1)
            if rising:
                raised = str(int(kept) + 1)
                return raised.rstrip("0"), point + len(raised) - len(kept)
            return kept.rstrip("0"), point
    return middle, point


def _exact_digits(mantissa: int, exponent: int) -> tuple[str, int]:
    if exponent >= 0:
        digits = str(mantissa << exponent)
        return digits.rstrip("0"), len(digits)
    digits = str(mantissa * 5**-exponent)
    return digits.rstrip("0"), len(digits) + exponent


def _aligned(number: tuple[str, int], point: int, width: int) -> str:
    digits, own_point = number
    return ("0" * (point - own_point) + digits).ljust(width + abs(point - own_point), "0")
