"""Go's number constants: what a literal in a template is worth.

As in text/template/parse newNumber, a literal is an ideal constant: ``1.0`` may serve as an int
and ``1`` as a float where a function's parameter asks for it; alone, its spelling decides.
"""

from __future__ import annotations

from generator import patterns
from generator.golang import quoting

MAX_INT = 2**63 - 1
MIN_INT = -(2**63)

_LONGEST = 100
_INTEGER = patterns.later(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|0|[1-9](?:_?[0-9])*)"
)
_HEX_FLOAT = patterns.later(r"[+-]?0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?[pP][+-]?[0-9]+")
_DIGITS = r"[0-9](?:_?[0-9])*"
_FLOAT = patterns.later(
    rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?"
)


class NumberInvalid(ValueError):
    """A literal that is no number."""


def parse_integer(text: str) -> int | None:
    """``strconv.ParseInt(text, 0, …)`` without a limit: base by prefix, underscores allowed."""
    if not _INTEGER.fullmatch(text):
        return None
    digits = text.lstrip("+-").replace("_", "").lower()
    if digits.startswith(("0x", "0o", "0b")):
        value = int(digits, 0)
    else:
        # Python reads no longer numbers; that it is larger than any int is all that matters.
        digits = digits if digits[0] == "0" or len(digits) <= _LONGEST else "9" * _LONGEST
        value = int(digits, 8) if digits[0] == "0" else int(digits)
    return -value if text[0] == "-" else value


def parse_float(text: str) -> float | None:
    """``strconv.ParseFloat`` of a literal; an infinite result is no number there."""
    if _HEX_FLOAT.fullmatch(text):
        try:
            return float.fromhex(text.replace("_", ""))
        except (ValueError, OverflowError):
            return None
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text)
    return None if value in (float("inf"), float("-inf")) else value


def parse_number(text: str) -> int | float | complex | None:
    """The value of a number literal, None where it is an integer above the largest int."""
    if text.endswith("i"):
        imaginary = parse_float(text[:-1])
        if imaginary is not None:
            return complex(0, imaginary)
    integer = parse_integer(text)
    if integer is not None:
        if MIN_INT <= integer <= MAX_INT:
            return integer
        if 0 <= integer <= 2 * MAX_INT + 1 and text[0] not in "+-":
            return None
    value = parse_float(text)
    if value is None:
        msg = f"illegal number syntax: {quoting.quote(text)}"
        raise NumberInvalid(msg)
    if not any(mark in text for mark in ".eEpP"):
        msg = f"integer overflow: {quoting.quote(text)}"
        raise NumberInvalid(msg)
    return value


def parse_complex(text: str) -> complex:
    """The value of a literal such as ``1+2i``."""
    split = max(text.rfind("+"), text.rfind("-"))
    if text[split - 1 : split] in ("e", "E", "p", "P"):
        split = max(text.rfind("+", 0, split), text.rfind("-", 0, split))
    real, imaginary = parse_float(text[:split]), parse_float(text[split:-1])
    if real is None or imaginary is None:
        msg = f"illegal number syntax: {quoting.quote(text)}"
        raise NumberInvalid(msg)
    return complex(real, imaginary)
