"""Functions of timestamps (go-cty's stdlib/datetime.go): RFC 3339 in, other forms out."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from generator.golang import durations
from generator.hcl.functions.parameters import text
from generator.hcl.signatures import Function, FunctionError

Time: TypeAlias = datetime.datetime

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_PIECE = re.compile(r"''|'(?:[^']|'')*(?:'|\Z)|([a-zA-Z])\1*|[^a-zA-Z']+", re.DOTALL)
# Not from the calendar module: its names follow the locale.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def format_date(template: str, timestamp: str) -> str:
    time = _parse(timestamp, argument=1)
    return "".join(_format_piece(piece[0], time) for piece in _PIECE.finditer(template))


def _format_piece(piece: str, time: Time) -> str:
    if piece == "''":
        return "'"
    if piece[0] == "'":
        if len(piece) == 1 or piece[-1] != "'":
            msg = "unterminated literal '"
            raise FunctionError(msg, 0)
        return piece[1:-1].replace("''", "'")
    if not piece[0].isalpha() or not piece.isascii():
        return piece
    writers = _VERBS.get(piece[0])
    if writers is None:
        msg = f'invalid date format verb "{piece}"'
        raise FunctionError(msg, 0)
    forms, hint = writers
    if len(piece) not in forms:
        msg = f'invalid date format verb "{piece}": {hint}'
        raise FunctionError(msg, 0)
    return forms[len(piece)](time)


def _zone(time: Time, separator: str) -> str:
    offset = time.utcoffset() or datetime.timedelta()
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{separator}{abs(minutes) % 60:02}"


def _short_zone(time: Time) -> str:
    return _zone(time, ":") if time.utcoffset() else "Z"


def _named_zone(time: Time) -> str:
    return _zone(time, "") if time.utcoffset() else "UTC"


def _hour12(time: Time) -> int:
    return time.hour % 12 or 12


_Forms: TypeAlias = dict[int, Callable[[Time], str]]

# By letter: how often it may be repeated and what it is then, and what the error says otherwise.
_VERBS: Final[dict[str, tuple[_Forms, str]]] = {
    "Y": (
        {2: lambda time: f"{time.year % 100:02}", 4: lambda time: f"{time.year:04}"},
        'year must either be "YY" or "YYYY"',
    ),
    "M": (
        {
            1: lambda time: f"{time.month}",
            2: lambda time: f"{time.month:02}",
            3: lambda time: _MONTHS[time.month - 1][:3],
            4: lambda time: _MONTHS[time.month - 1],
        },
        'month must be "M", "MM", "MMM", or "MMMM"',
    ),
    "D": (
        {1: lambda time: f"{time.day}", 2: lambda time: f"{time.day:02}"},
        'day of month must either be "D" or "DD"',
    ),
    "E": (
        {
            3: lambda time: _DAYS[time.weekday()][:3],
            4: lambda time: _DAYS[time.weekday()],
        },
        'day of week must either be "EEE" or "EEEE"',
    ),
    "h": (
        {1: lambda time: f"{time.hour}", 2: lambda time: f"{time.hour:02}"},
        '24-hour must either be "h" or "hh"',
    ),
    "H": (
        {1: lambda time: f"{_hour12(time)}", 2: lambda time: f"{_hour12(time):02}"},
        '12-hour must either be "H" or "HH"',
    ),
    "A": ({2: lambda time: "PM" if time.hour >= 12 else "AM"}, 'must be "AA"'),
    "a": ({2: lambda time: "pm" if time.hour >= 12 else "am"}, 'must be "aa"'),
    "m": (
        {1: lambda time: f"{time.minute}", 2: lambda time: f"{time.minute:02}"},
        'minute must either be "m" or "mm"',
    ),
    "s": (
        {1: lambda time: f"{time.second}", 2: lambda time: f"{time.second:02}"},
        'second must either be "s" or "ss"',
    ),
    "Z": (
        {
            1: _short_zone,
            3: _named_zone,
            4: lambda time: _zone(time, ""),
            5: lambda time: _zone(time, ":"),
        },
        "timezone must be Z, ZZZZ, or ZZZZZ",
    ),
}


def add_time(timestamp: str, duration: str) -> str:
    time = _parse(timestamp)
    try:
        nanoseconds = durations.parse(duration)
    except ValueError as error:
        raise FunctionError(str(error)) from error
    try:
        moved = time + datetime.timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        msg = f'the duration "{duration}" leads out of the calendar'
        raise FunctionError(msg) from None
    return f"{moved:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + _short_zone(moved)


def _parse(timestamp: str, argument: int | None = None) -> Time:
    match = _TIMESTAMP.fullmatch(timestamp)
    if match is None:
        msg = f'not a valid RFC3339 timestamp: cannot use "{timestamp}" as year'
        raise FunctionError(msg, argument)
    *parts, _, sign, hours, minutes = match.groups()
    offset = datetime.timedelta(hours=int(hours or "0"), minutes=int(minutes or "0"))
    try:
        zone = datetime.timezone(-offset if sign == "-" else offset)
        year, month, day, hour, minute, second = map(int, parts)
        return datetime.datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        msg = f"not a valid RFC3339 timestamp: {error}"
        raise FunctionError(msg, argument) from None


FUNCTIONS: Final = {
    "formatdate": Function(format_date, (text("format"), text("time"))),
    "timeadd": Function(add_time, (text("timestamp"), text("duration"))),
}
