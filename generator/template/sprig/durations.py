"""Durations as Go's package time reads and writes them, and sprig's functions for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from generator.template import numbers, quoting, signatures, values
from generator.template.sprig import casting, times

_UNITS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9,
    "h": 3600 * 10**9,
}  # fmt: skip
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_DURATIONS = re.compile(rf"(?:{_DURATION.pattern})+")


def nanoseconds(text: str) -> int:
    """``time.ParseDuration``."""
    sign = -1 if text.startswith("-") else 1
    unsigned = text[1:] if text[:1] in ("+", "-") else text
    if unsigned == "0":
        return 0
    if not _DURATIONS.fullmatch(unsigned):
        msg = f"time: invalid duration {quoting.quote(text)}"
        raise signatures.CallError(msg)
    total = 0
    for number, unit in _DURATION.findall(unsigned):
        whole, _, fraction = number.partition(".")
        total += int(whole or 0) * _UNITS[unit]
        total += int(fraction or 0) * _UNITS[unit] // 10 ** len(fraction)
    if total > numbers.MAX_INT:
        msg = f"time: invalid duration {quoting.quote(text)}"
        raise signatures.CallError(msg)
    return sign * total


def duration(seconds: object) -> str:
    """Seconds as Go prints a duration: ``1h1m1s``; only an int64 or a text is taken."""
    match seconds:
        case str():
            count = numbers.parse_integer(seconds.lstrip("0") or "0") or 0
        case values.Int64():
            count = int(seconds)
        case _:
            count = 0
    rest = abs(int(casting.wrap(count * 10**9)) // 10**9)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    written = f"{hours}h" if hours else ""
    written += f"{minutes}m" if hours or minutes else ""
    return f"{'-' if count < 0 else ''}{written}{rest}s"


_ROUND = (("y", 365 * 24), ("mo", 30 * 24), ("d", 24), ("h", 1))


def duration_round(length: object) -> str:
    """A duration in its largest unit."""
    match length:
        case str():
            try:
                total = abs(nanoseconds(length))
            except signatures.CallError:
                total = 0
        case values.Int64():
            total = abs(int(length))
        case times.Time():
            msg = "the time since a date is not supported here"
            raise signatures.CallError(msg)
        case _:
            total = 0
    units = [(name, hours * _UNITS["h"]) for name, hours in _ROUND]
    units += [("m", _UNITS["m"]), ("s", _UNITS["s"])]
    return next((f"{total // size}{name}" for name, size in units if total > size), "0s")


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "duration": duration,
    "durationRound": duration_round,
}
