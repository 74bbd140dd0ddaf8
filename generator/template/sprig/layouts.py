"""Go's layouts of dates: a layout spells out a reference moment, Mon Jan 2 15:04:05 MST 2006."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from generator import records
from generator.template.sprig import calendar

# The parts of a layout, longest first where one begins another (time.nextStdChunk). The
# underscore of _2006 is only an underscore.
PARTS = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|02|01|03|04|05|06|002|__2|_2(?!006)"
    r"|15|PM|pm|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07"
    r"|[.,]0+(?![0-9])|[.,]9+(?![0-9])|1|2|3|4|5"
)


@records.record(kw_only=True)
class Clock:
    """A moment as calendar and clock show it in a zone: the second is that of the day."""

    date: calendar.Date
    second: int
    nanosecond: int
    abbreviation: str
    offset: int


def write(layout: str, clock: Clock) -> str:
    """A moment spelled out by a layout."""
    return PARTS.sub(lambda part: _written(part[0], clock), layout)


def _written(part: str, clock: Clock) -> str:
    simple = _SIMPLE.get(part)
    if simple:
        return simple(clock)
    if part[0] in ".,":
        digits = f"{clock.nanosecond:09d}"[: len(part) - 1].ljust(len(part) - 1, "0")
        digits = digits.rstrip("0") if part[1] == "9" else digits
        return part[0] + digits if digits else ""
    return _offset(part, clock.offset)


def _offset(part: str, offset: int) -> str:
    """An offset from UTC: hours, and as many smaller fields as the part has."""
    if part[0] == "Z" and not offset:
        return "Z"
    # The sign is that of the whole minutes.
    minutes = abs(offset) // 60
    colon = ":" if ":" in part else ""
    written = f"{'-' if offset <= -60 else '+'}{minutes // 60:02d}"
    fields = len(part.replace(":", "")[1:]) // 2
    written += f"{colon}{minutes % 60:02d}" if fields > 1 else ""
    return written + (f"{colon}{abs(offset) % 60:02d}" if fields > 2 else "")


def _year(year: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04d}"


def _hour12(clock: Clock) -> int:
    return clock.second // 3600 % 12 or 12


_SIMPLE: Mapping[str, Callable[[Clock], str]] = {
    "January": lambda clock: calendar.MONTHS[clock.date.month - 1],
    "Jan": lambda clock: calendar.MONTHS[clock.date.month - 1][:3],
    "01": lambda clock: f"{clock.date.month:02d}",
    "1": lambda clock: str(clock.date.month),
    "Monday": lambda clock: calendar.WEEKDAYS[clock.date.weekday],
    "Mon": lambda clock: calendar.WEEKDAYS[clock.date.weekday][:3],
    "02": lambda clock: f"{clock.date.day:02d}",
    "_2": lambda clock: f"{clock.date.day:2d}",
    "2": lambda clock: str(clock.date.day),
    "002": lambda clock: f"{clock.date.year_day:03d}",
    "__2": lambda clock: f"{clock.date.year_day:3d}",
    "2006": lambda clock: _year(clock.date.year),
    "06": lambda clock: f"{abs(clock.date.year) % 100:02d}",
    "15": lambda clock: f"{clock.second // 3600:02d}",
    "03": lambda clock: f"{_hour12(clock):02d}",
    "3": lambda clock: str(_hour12(clock)),
    "04": lambda clock: f"{clock.second // 60 % 60:02d}",
    "4": lambda clock: str(clock.second // 60 % 60),
    "05": lambda clock: f"{clock.second % 60:02d}",
    "5": lambda clock: str(clock.second % 60),
    "PM": lambda clock: "AM" if clock.second < 43200 else "PM",
    "pm": lambda clock: "am" if clock.second < 43200 else "pm",
    "MST": lambda clock: clock.abbreviation or _offset("-0700", clock.offset),
}
