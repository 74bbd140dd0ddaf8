"""Single values under a printf verb with its flags, as Go's fmt/format.go writes them."""

from __future__ import annotations

import decimal
import fractions
import math

from generator import records
from generator.golang import letters, quoting


@records.record(kw_only=True)
class Flags:
    """What stands between the percent sign and the verb."""

    plus: bool = False
    minus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    go_syntax: bool = False
    plus_value: bool = False
    width: int | None = None
    precision: int | None = None


PLAIN = Flags()


class Formatter:
    """A value that says itself how it is printed: Go's ``fmt.Formatter``."""

    def format(self, verb: str, flags: Flags) -> str:
        raise NotImplementedError


_DIGITS = {"d": 10, "v": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}
_PREFIXES = {"b": "0b", "x": "0x", "X": "0X"}


def pad(text: str, flags: Flags, *, zeros: bool | None = None) -> str:
    if not flags.width:
        return text
    if flags.minus:
        return text.ljust(flags.width)
    return text.rjust(flags.width, "0" if (flags.zero if zeros is None else zeros) else " ")


def format_bool(value: bool, verb: str, flags: Flags) -> str | None:
    return pad("true" if value else "false", flags) if verb in "tv" else None


def format_integer(value: int, verb: str, flags: Flags) -> str | None:
    if verb == "c":
        valid = 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF
        return pad(chr(value) if valid else "\ufffd", flags)
    if verb == "q":
        quoted = quoting.quote_rune(value)
        if flags.plus and not quoted.isascii():
            quoted = f"'{quoting.quote_ascii(quoted[1:-1])[1:-1]}'"
        return pad(quoted, flags)
    if verb == "U":
        code = value % 2**64
        shown = f"U+{code:0{max(flags.precision or 0, 4)}X}"
        if flags.sharp and code <= 0x10FFFF and letters.is_printable(chr(code)):
            shown += f" '{chr(code)}'"
        return pad(shown, flags, zeros=False)
    base = _DIGITS.get(verb)
    if base is None:
        return None
    return _in_base(value, base, verb, flags)


def _in_base(value: int, base: int, verb: str, flags: Flags) -> str:
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    minimum = 0
    if flags.precision is not None:
        minimum = flags.precision
        if minimum == 0 and value == 0:
            return " " * (flags.width or 0)
    elif flags.zero and not flags.minus and flags.width:
        minimum = flags.width - len(sign)
    kind = {10: "d", 2: "b", 8: "o", 16: "x"}[base]
    digits = format(abs(value), "X" if verb == "X" else kind).rjust(minimum, "0")
    if flags.sharp:
        if base == 8:
            digits = digits if digits.startswith("0") else f"0{digits}"
        digits = _PREFIXES.get(verb, "") + digits
    if verb == "O":
        digits = f"0o{digits}"
    return pad(sign + digits, flags, zeros=False)


def format_float(value: float, verb: str, flags: Flags) -> str | None:
    if verb not in ("v", "b", "e", "E", "f", "F", "g", "G", "x", "X"):
        return None
    if not math.isfinite(value):
        shown = "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
        if shown == "+Inf" and not flags.plus:
            shown = " Inf" if flags.space else "+Inf"
        elif shown == "NaN" and (flags.plus or flags.space):
            shown = "+NaN" if flags.plus else " NaN"
        return pad(shown, flags, zeros=False)
    sign = "-" if math.copysign(1, value) < 0 else "+" if flags.plus else " " if flags.space else ""
    digits = _digits(abs(value), verb, flags)
    if flags.zero and not flags.minus and flags.width:
        return sign + digits.rjust(flags.width - len(sign), "0")
    return pad(sign + digits, flags, zeros=False)


def _binary(value: float) -> str:
    """A float as a whole number and a power of two."""
    fraction, exponent = math.frexp(value)
    # Numbers too small for a leading one all have the same exponent.
    bits = 53 if value and exponent > -1021 else 53 + min(exponent + 1021, 0)
    mantissa = int(math.ldexp(fraction, bits))
    return f"{mantissa}p{exponent - bits if value else -1074:+d}"


def _with_point(shown: str) -> str:
    """At least six digits and a point."""
    digits, mark, exponent = shown.partition("e")
    significant = len(digits.replace(".", "").lstrip("0")) or 1
    point = "" if "." in digits else "."
    return digits + point + "0" * (6 - significant) + mark + exponent


def _hexadecimal(value: float, precision: int | None, *, sharp: bool) -> str:
    """``0x1.8p+01``: a leading one and as many hexadecimal digits as wanted or needed."""
    mantissa, exponent = math.frexp(value)
    whole, power = int(math.ldexp(mantissa, 53)), exponent - 1
    digits = 13
    if precision is not None and precision < digits:
        # To the nearest, from the middle to the even one; that may carry into the exponent.
        unit = 1 << 4 * (digits - precision)
        whole, digits = round(fractions.Fraction(whole, unit)), precision
        if whole >= 2 << 4 * digits:
            whole, power = whole >> 1, power + 1
    shown = f"{whole & ((1 << 4 * digits) - 1):0{digits}x}" if digits else ""
    shown = shown.rstrip("0") if precision is None else shown.ljust(precision, "0")
    point = "." if shown or sharp else ""
    return f"0x{1 if value else 0}{point}{shown}p{power if value else 0:+03d}"


def _digits(value: float, verb: str, flags: Flags) -> str:
    precision = flags.precision
    match verb:
        case "b":
            return _binary(value)
        case "x" | "X":
            hexadecimal = _hexadecimal(value, precision, sharp=flags.sharp)
            return hexadecimal.upper() if verb == "X" else hexadecimal
        case "e" | "E" | "f" | "F":
            wanted = 6 if precision is None else precision
            return f"{value:{'#' if flags.sharp else ''}.{wanted}{verb}}"
        case _ if precision is None:
            shortest = shortest_float(value)
            if flags.sharp:
                shortest = _with_point(shortest)
            return shortest.upper() if verb == "G" else shortest
        case _:
            kind = "G" if verb == "G" else "g"
            return f"{value:{'#' if flags.sharp else ''}.{max(precision, 1)}{kind}}"


def shortest_float(value: float, low: int = -4, high: int = 6) -> str:
    """The fewest digits that give the float again, with an exponent outside of the limits.

    The limits are those of ``strconv.FormatFloat(value, 'g', -1, 64)``; JSON has others.
    """
    sign, mantissa, power = decimal.Decimal(repr(value)).normalize().as_tuple()
    assert isinstance(power, int)
    digits = "".join(map(str, mantissa))
    exponent = len(digits) - 1 + power if value else 0
    if value and not low <= exponent < high:
        rest = f".{digits[1:]}" if len(digits) > 1 else ""
        shown = f"{digits[0]}{rest}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    elif exponent < 0:
        shown = "0." + "0" * (-exponent - 1) + digits
    else:
        whole, rest = digits[: exponent + 1], digits[exponent + 1 :]
        shown = whole.ljust(exponent + 1, "0") + (f".{rest}" if rest else "")
    return f"-{shown}" if sign else shown


def format_string(text: str, verb: str, flags: Flags) -> str | None:
    if verb == "v" and flags.go_syntax:
        return pad(quoting.quote(_cut(text, flags)), flags)
    if verb in ("v", "s"):
        return pad(_cut(text, flags), flags)
    if verb == "q":
        cut = _cut(text, flags)
        if flags.sharp and "`" not in cut and _can_backquote(cut):
            return pad(f"`{cut}`", flags)
        return pad(quoting.quote_ascii(cut) if flags.plus else quoting.quote(cut), flags)
    if verb in ("x", "X"):
        return format_bytes(quoting.encode(text), verb, flags)
    return None


def _cut(text: str, flags: Flags) -> str:
    return text if flags.precision is None else text[: flags.precision]


def _can_backquote(text: str) -> bool:
    return all(
        (each >= " " or each == "\t")
        and each not in "\x7f\ufeff"
        and not "\udc80" <= each <= "\udcff"
        for each in text
    )


def format_bytes(data: bytes, verb: str, flags: Flags) -> str:
    """Bytes in hexadecimal."""
    if flags.precision is not None:
        data = data[: flags.precision]
    if not data:
        return pad("", flags)
    prefix = f"0{verb}" if flags.sharp else ""
    shown = prefix + (data.hex(" ").replace(" ", f" {prefix}") if flags.space else data.hex())
    return pad(shown.upper() if verb == "X" else shown, flags)
