"""Durations as Go reads and writes them: nanoseconds <-> "1m30s"."""

from __future__ import annotations

import re

NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def parse_go(text: str) -> int:
    """Nanoseconds of a Go duration; ValueError, worded as time.ParseDuration, when it is none."""
    negative = text.startswith("-")
    rest = text.lstrip("+-") if text[:1] in "+-" else text
    if rest == "0":
        return 0
    position = 0
    total = 0.0
    while position < len(rest):
        part = _PART.match(rest, position)
        if part is None:
            break
        total += float(part[1]) * NANOSECONDS[part[2]]
        position = part.end()
    if not rest or position != len(rest):
        msg = f'time: invalid duration "{text}"'
        raise ValueError(msg)
    return -round(total) if negative else round(total)


def format_go(nanoseconds: int) -> str:
    """A duration as Go's String method writes it."""
    if nanoseconds == 0:
        return "0s"
    sign = "-" if nanoseconds < 0 else ""
    rest = abs(nanoseconds)
    if rest < 1_000_000_000:
        for unit in ("ms", "µs", "ns"):
            if rest >= NANOSECONDS[unit]:
                return f"{sign}{_trim(rest / NANOSECONDS[unit])}{unit}"
    hours, rest = divmod(rest, NANOSECONDS["h"])
    minutes, rest = divmod(rest, NANOSECONDS["m"])
    seconds = _trim(rest / NANOSECONDS["s"])
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}s"
    if minutes:
        return f"{sign}{minutes}m{seconds}s"
    return f"{sign}{seconds}s"


def _trim(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
