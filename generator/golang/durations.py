"""Go's notation of durations (``1h30m``, ``250ms``) to nanoseconds, as time.ParseDuration."""

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
