"""Moments as Go's package time reads and writes them: a layout spells out a reference date."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from generator.golang import quoting
from generator.template import signatures, values

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

# The parts of a layout, longest first where one begins another (time.nextStdChunk).
_LAYOUT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|02|01|03|04|05|06|002|__2|_2(?!006)|_2006"
    r"|15|PM|pm|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07"
    r"|[.,]0+(?![0-9])|[.,]9+(?![0-9])|1|2|3|4|5"
)


_FRACTION = re.compile(r"[.,](?:0+|9+)(?![0-9])")
_DIGITS_AFTER = re.compile(r"[.,][0-9]+")


class Month(values.Named):
    """A month prints as its name."""

    __slots__ = ()
    go_type: ClassVar[str] = "time.Month"

    def __str__(self) -> str:
        return _MONTHS[self - 1]


class Weekday(values.Named):
    """A day of the week prints as its name; Sunday is 0."""

    __slots__ = ()
    go_type: ClassVar[str] = "time.Weekday"

    def __str__(self) -> str:
        return _DAYS[self - 1]


@dataclass(frozen=True, slots=True)
class Time(values.Struct):
    """A moment in a time zone, to the microsecond."""

    go_type: ClassVar[str] = "time.Time"

    moment: datetime.datetime

    def __str__(self) -> str:
        return self.format("2006-01-02 15:04:05.999999999 -0700 MST")

    def format(self, layout: str) -> str:
        return _LAYOUT.sub(lambda part: _formatted(part[0], self.moment), layout)

    def fields(self) -> Mapping[str, object]:
        moment = self.moment

        def formatted(layout: str) -> str:
            return self.format(layout)

        return {
            "Year": lambda: moment.year,
            "Month": lambda: Month(moment.month),
            "Day": lambda: moment.day,
            "Hour": lambda: moment.hour,
            "Minute": lambda: moment.minute,
            "Second": lambda: moment.second,
            "Nanosecond": lambda: moment.microsecond * 1000,
            "Weekday": lambda: Weekday(moment.isoweekday() % 7),
            "YearDay": lambda: moment.timetuple().tm_yday,
            "Unix": lambda: values.Int64(seconds(moment)),
            "UTC": lambda: Time(moment.astimezone(datetime.UTC)),
            "String": lambda: str(self),
            "Format": formatted,
        }


ZERO = Time(datetime.datetime(1, 1, 1, tzinfo=datetime.UTC))
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def seconds(moment: datetime.datetime) -> int:
    return (moment - EPOCH) // datetime.timedelta(seconds=1)


def _formatted(part: str, moment: datetime.datetime) -> str:
    simple = _SIMPLE.get(part)
    if simple:
        return simple(moment)
    if part[0] in ".,":
        digits = f"{moment.microsecond * 1000:09d}"[: len(part) - 1].ljust(len(part) - 1, "0")
        digits = digits.rstrip("0") if part[1] == "9" else digits
        return part[0] + digits if digits else ""
    return _offset(part, moment)


def _offset(part: str, moment: datetime.datetime) -> str:
    offset = moment.utcoffset() or datetime.timedelta()
    if part[0] == "Z" and not offset:
        return "Z"
    total = int(offset.total_seconds())
    hours, rest = divmod(abs(total), 3600)
    colon = ":" if ":" in part else ""
    written = f"{'-' if total < 0 else '+'}{hours:02d}"
    fields = len(part.replace(":", "")[1:]) // 2
    written += f"{colon}{rest // 60:02d}" if fields > 1 else ""
    return written + (f"{colon}{rest % 60:02d}" if fields > 2 else "")


def _hour12(moment: datetime.datetime) -> int:
    return moment.hour % 12 or 12


def _zone_name(moment: datetime.datetime) -> str:
    if isinstance(moment.tzinfo, datetime.timezone) and moment.tzinfo is not datetime.UTC:
        return _offset("-0700", moment)
    return moment.tzname() or "UTC"


_SIMPLE: Mapping[str, Callable[[datetime.datetime], str]] = {
    "January": lambda moment: _MONTHS[moment.month - 1],
    "Jan": lambda moment: _MONTHS[moment.month - 1][:3],
    "01": lambda moment: f"{moment.month:02d}",
    "1": lambda moment: str(moment.month),
    "Monday": lambda moment: _DAYS[moment.weekday()],
    "Mon": lambda moment: _DAYS[moment.weekday()][:3],
    "02": lambda moment: f"{moment.day:02d}",
    "_2": lambda moment: f"{moment.day:2d}",
    "2": lambda moment: str(moment.day),
    "002": lambda moment: f"{moment.timetuple().tm_yday:03d}",
    "__2": lambda moment: f"{moment.timetuple().tm_yday:3d}",
    "2006": lambda moment: f"{moment.year:04d}",
    "_2006": lambda moment: f"_{moment.year:04d}",
    "06": lambda moment: f"{moment.year % 100:02d}",
    "15": lambda moment: f"{moment.hour:02d}",
    "03": lambda moment: f"{_hour12(moment):02d}",
    "3": lambda moment: str(_hour12(moment)),
    "04": lambda moment: f"{moment.minute:02d}",
    "4": lambda moment: str(moment.minute),
    "05": lambda moment: f"{moment.second:02d}",
    "5": lambda moment: str(moment.second),
    "PM": lambda moment: "AM" if moment.hour < 12 else "PM",
    "pm": lambda moment: "am" if moment.hour < 12 else "pm",
    "MST": _zone_name,
}

# What a part of a layout takes, and the field of a date that it fills.
_READ: Mapping[str, tuple[str, str]] = {
    "2006": ("year", r"[0-9]{4}"),
    "06": ("short_year", r"[0-9]{2}"),
    "January": ("month_name", "|".join(_MONTHS)),
    "Jan": ("month_name", "|".join(name[:3] for name in _MONTHS)),
    "01": ("month", r"[0-9]{2}"),
    "1": ("month", r"[0-9]{1,2}"),
    "Monday": ("", "|".join(_DAYS)),
    "Mon": ("", "|".join(name[:3] for name in _DAYS)),
    "02": ("day", r"[0-9]{2}"),
    "_2": ("day", r" ?[0-9]{1,2}"),
    "2": ("day", r"[0-9]{1,2}"),
    "002": ("year_day", r"[0-9]{3}"),
    "__2": ("year_day", r" {0,2}[0-9]{1,3}"),
    "15": ("hour", r"[0-9]{2}"),
    "03": ("hour12", r"[0-9]{2}"),
    "3": ("hour12", r"[0-9]{1,2}"),
    "04": ("minute", r"[0-9]{2}"),
    "4": ("minute", r"[0-9]{1,2}"),
    "05": ("second", r"[0-9]{2}"),
    "5": ("second", r"[0-9]{1,2}"),
    "PM": ("half", r"AM|PM"),
    "pm": ("half", r"am|pm"),
    "MST": ("zone", r"UTC|[A-Z]{3,4}|[+-][0-9]{2}"),
}


@functools.lru_cache(maxsize=64)
def _reading(part: str) -> re.Pattern[str]:
    """What a part of a layout takes."""
    if part in _READ:
        name, pattern = _READ[part]
        return re.compile(f"(?P<{name}>{pattern})" if name else pattern)
    if part[0] in ".,":
        digits = "[0-9]+" if part[1] == "9" else f"[0-9]{{{len(part) - 1}}}"
        return re.compile(f"(?P<fraction>[.,]{digits}){'?' if part[1] == '9' else ''}")
    if part[0] in "-Z":
        colon = ":" if ":" in part else ""
        minutes = f"{colon}[0-9]{{2}}" * (len(part.replace(":", "")[1:]) // 2 - 1)
        return re.compile(f"(?P<offset>[+-][0-9]{{2}}{minutes}{'|Z' if part[0] == 'Z' else ''})")
    return re.compile(re.escape(part))


def parse(layout: str, text: str) -> Time:
    """A text read by a layout: ``time.Parse``."""
    read: dict[str, str | None] = {}
    rest, position = text, 0
    for part in _LAYOUT.finditer(layout):
        rest = _skip(layout[position : part.start()], rest, layout, text)
        match = _reading(part[0]).match(rest)
        if match is None:
            _refuse(layout, text, rest, part[0])
        read |= match.groupdict()
        rest, position = rest[match.end() :], part.end()
        if part[0] in ("05", "5") and not _FRACTION.match(layout, position):
            # A fraction may follow seconds though the layout has none.
            fraction = _DIGITS_AFTER.match(rest)
            if fraction:
                read["fraction"] = fraction[0]
                rest = rest[fraction.end() :]
    rest = _skip(layout[position:], rest, layout, text)
    quoted = quoting.quote_in_time(text)
    if rest:
        msg = f"parsing time {quoted}: extra text: {quoting.quote_in_time(rest)}"
        raise signatures.CallError(msg)
    try:
        return Time(_moment(read))
    except (ValueError, OverflowError) as error:
        field = str(error).split(" ", 1)[0]
        msg = f"parsing time {quoted}: {field} out of range"
        raise signatures.CallError(msg) from error


def _skip(literal: str, rest: str, layout: str, text: str) -> str:
    if not rest.startswith(literal):
        _refuse(layout, text, rest, literal)
    return rest[len(literal) :]


def _refuse(layout: str, text: str, rest: str, part: str) -> NoReturn:
    parsing = f"parsing time {quoting.quote_in_time(text)} as {quoting.quote_in_time(layout)}"
    msg = f"{parsing}: cannot parse {quoting.quote_in_time(rest)} as {quoting.quote_in_time(part)}"
    raise signatures.CallError(msg)


def _moment(read: Mapping[str, str | None]) -> datetime.datetime:
    year = int(read.get("year") or 0)
    short = read.get("short_year")
    if short:
        year = int(short) + (1900 if int(short) >= 69 else 2000)
    if year == 0:
        msg = "dates without a year are not supported by this generator"
        raise signatures.NotSupportedError(msg)
    month = int(read.get("month") or 1)
    name = read.get("month_name")
    if name:
        month = next(at for at, full in enumerate(_MONTHS, start=1) if full.startswith(name))
    hour = int(read.get("hour") or 0)
    if read.get("hour12"):
        hour = int(read["hour12"] or 0)
    half = (read.get("half") or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    fraction = (read.get("fraction") or "")[1:]
    day = int(read.get("day") or 1)
    days = int(read.get("year_day") or 0)
    if days:
        first = datetime.date(year, 1, 1) + datetime.timedelta(days=days - 1)
        if (read.get("month") and month != first.month) or (read.get("day") and day != first.day):
            msg = "day-of-year does not match"
            raise ValueError(msg)
        month, day = first.month, first.day
    return datetime.datetime(
        year,
        month,
        day,
        hour,
        int(read.get("minute") or 0),
        int(read.get("second") or 0),
        int(fraction.ljust(6, "0")[:6] or 0),
        tzinfo=_read_offset(read.get("offset") or ""),
    )


def _read_offset(text: str) -> datetime.tzinfo:
    digits = text.replace(":", "")
    if digits in ("", "Z"):
        return datetime.UTC
    hours, minutes, seconds = int(digits[1:3]), int(digits[3:5] or 0), int(digits[5:7] or 0)
    offset = datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not offset:
        return datetime.UTC
    return datetime.timezone(-offset if digits[0] == "-" else offset)
