"""Go's durations in nanoseconds, read and written as ``1h30m`` or ``250ms``: time.Duration."""

from __future__ import annotations

import re

from generator.golang import quoting

NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_LARGEST = 2**63 - 1
_SIGN = re.compile(r"[-+]?")
_AMOUNT = re.compile(r"([0-9]*)(?:\.([0-9]*))?")
_UNIT = re.compile(r"[^.0-9]*")


def parse(text: str) -> int:
    """The nanoseconds of a duration; ValueError says in Go's words what is wrong with it."""
    sign = _SIGN.match(text)
    position = sign.end() if sign else 0
    rest = text[position:]
    if rest == "0":
        return 0
    total = 0
    while position < len(text):
        amount = _AMOUNT.match(text, position)
        if amount is None or not (amount[1] or amount[2]):
            raise ValueError(_invalid(text))
        unit = _UNIT.match(text, amount.end())
        name = unit[0] if unit else ""
        total += _nanoseconds(amount[1] or "0", amount[2] or "", name, text)
        position = amount.end() + len(name)
    if not rest or total > _LARGEST + text.startswith("-"):
        raise ValueError(_invalid(text))
    return -total if text.startswith("-") else total


def _nanoseconds(whole: str, fraction: str, unit: str, text: str) -> int:
    if not unit:
        msg = f"time: missing unit in duration {quoting.quote_in_time(text)}"
        raise ValueError(msg)
    if unit not in NANOSECONDS:
        msg = f"time: unknown unit {quoting.quote_in_time(unit)} in duration {quoting.quote_in_time(text)}"
        raise ValueError(msg)
    size = NANOSECONDS[unit]
    amount = int(whole) * size
    if fraction:
        # Go computes the fraction as a float; so do we, to the same nanosecond.
        digits = fraction[:18]
        amount += int(float(int(digits)) * (float(size) / float(10 ** len(digits))))
    return amount


def _invalid(text: str) -> str:
    return f"time: invalid duration {quoting.quote_in_time(text)}"


_SMALL = (("ms", 1_000_000), ("µs", 1_000), ("ns", 1))


def write(nanoseconds: int) -> str:
    """As ``time.Duration.String``: the largest unit leads, zeros at the end fall away."""
    sign = "-" if nanoseconds < 0 else ""
    rest = abs(nanoseconds)
    if rest == 0:
        return "0s"
    if rest < NANOSECONDS["s"]:
        unit, size = next(entry for entry in _SMALL if rest >= entry[1])
        return f"{sign}{_decimal(rest, size)}{unit}"
    minutes, rest = divmod(rest, NANOSECONDS["m"])
    hours, minutes = divmod(minutes, 60)
    written = f"{hours}h" if hours else ""
    written += f"{minutes}m" if hours or minutes else ""
    return f"{sign}{written}{_decimal(rest, NANOSECONDS['s'])}s"


def _decimal(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    fraction = str(rest).rjust(len(str(unit)) - 1, "0").rstrip("0") if rest else ""
    return f"{whole}.{fraction}" if fraction else str(whole)


def truncate(nanoseconds: int, unit: int) -> int:
    """The multiple of a unit next to a duration on the side of zero; any duration of no unit."""
    if unit <= 0:
        return nanoseconds
    rest = abs(nanoseconds) % unit
    return nanoseconds + rest if nanoseconds < 0 else nanoseconds - rest


def to_multiple(nanoseconds: int, unit: int) -> int:
    """The nearest multiple of a unit, from the middle away from zero."""
    if unit <= 0:
        return nanoseconds
    rest = abs(nanoseconds) % unit
    size = abs(nanoseconds) - rest + (unit if 2 * rest >= unit else 0)
    return max(-_LARGEST - 1, min(_LARGEST, -size if nanoseconds < 0 else size))
