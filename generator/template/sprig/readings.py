"""Texts read as dates by a layout: Go's ``time.Parse``, with its refusals."""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Mapping

from generator import records
from generator.golang import quoting
from generator.template import signatures
from generator.template.sprig import calendar, layouts, times, zones

_FRACTION = re.compile(r"[.,](?:0+|9+)(?![0-9])")
_DIGITS_AFTER = re.compile(r"[.,][0-9]+")
_SPACES = re.compile(r" +")
_MONTH_NAMES = "|".join(calendar.MONTHS)
_SHORT_MONTHS = "|".join(name[:3] for name in calendar.MONTHS)
_DAY_NAMES = "|".join(calendar.WEEKDAYS)
_SHORT_DAYS = "|".join(name[:3] for name in calendar.WEEKDAYS)
_HOURS = r"[+-]0*(?:1?[0-9]|2[0-3])(?![0-9])"
# An abbreviation has three letters, four with a T at the end, or five; some have a sign.
_ABBREVIATION = (
    rf"UTC|ChST|MeST|GMT(?:{_HOURS})?|{_HOURS}"
    r"|[A-Z]{4}T(?![A-Z])|(?:[A-Z]{3}T|WITA)(?![A-Z])|[A-Z]{3}(?![A-Z])"
)

# What a part of a layout takes, and the field of a date that it fills.
_READ: Mapping[str, tuple[str, str]] = {
    "2006": ("year", r"[0-9]{4}"),
    "06": ("short_year", r"[0-9+-][0-9]"),
    "January": ("month_name", f"(?i:{_MONTH_NAMES})"),
    "Jan": ("month_name", f"(?i:{_SHORT_MONTHS})"),
    "01": ("month", r"[0-9]{2}"),
    "1": ("month", r"[0-9]{1,2}"),
    "Monday": ("", f"(?i:{_DAY_NAMES})"),
    "Mon": ("", f"(?i:{_SHORT_DAYS})"),
    "02": ("day", r"[0-9]{2}"),
    "_2": ("day", r" ?[0-9]{1,2}"),
    "2": ("day", r"[0-9]{1,2}"),
    "002": ("year_day", r"[0-9]{3}"),
    "__2": ("year_day", r" {0,2}[0-9]{1,3}"),
    "15": ("hour", r"[0-9]{1,2}"),
    "03": ("hour12", r"[0-9]{2}"),
    "3": ("hour12", r"[0-9]{1,2}"),
    "04": ("minute", r"[0-9]{2}"),
    "4": ("minute", r"[0-9]{1,2}"),
    "05": ("second", r"[0-9]{2}"),
    "5": ("second", r"[0-9]{1,2}"),
    "PM": ("half", r"AM|PM"),
    "pm": ("half", r"am|pm"),
    "MST": ("abbreviation", _ABBREVIATION),
}
# What Go checks as soon as it has read it, and what it calls it.
_LIMITS = {
    "month": ("month", 1, 12),
    "hour": ("hour", 0, 23),
    "hour12": ("hour", 0, 12),
    "minute": ("minute", 0, 59),
    "second": ("second", 0, 59),
}
_OFFSET_LIMITS = (("hour", 24), ("minute", 60), ("second", 60))


@functools.lru_cache(maxsize=64)
def _reading(part: str) -> re.Pattern[str]:
    """What a part of a layout takes."""
    if part in _READ:
        name, pattern = _READ[part]
        return re.compile(f"(?P<{name}>{pattern})" if name else pattern)
    if part[0] in ".,":
        if part[1] == "9":
            return re.compile("(?P<fraction>[.,][0-9]+)?")
        return re.compile(f"(?P<fraction>[.,][0-9]{{{len(part) - 1}}})")
    colon = ":" if ":" in part else ""
    smaller = f"{colon}[0-9]{{2}}" * (len(part.replace(":", "")[1:]) // 2 - 1)
    return re.compile(f"(?P<offset>{'Z|' if part[0] == 'Z' else ''}.[0-9]{{2}}{smaller})")


def parse(layout: str, text: str) -> times.Time:
    """A text read by a layout: ``time.Parse``."""
    reader = _Reader(layout, text, text)
    position = 0
    for part in layouts.PARTS.finditer(layout):
        reader.skip(layout[position : part.start()])
        reader.read(part[0], layout, part.end())
        position = part.end()
    reader.skip(layout[position:])
    if reader.rest:
        reader.complain(f"extra text: {quoting.quote_in_time(reader.rest)}")
    return reader.time()


@records.record(frozen=False)
class _Reader:
    """A text being read: what is left of it, and the fields that were found."""

    layout: str
    text: str
    rest: str
    found: dict[str, str] = records.field(default_factory=dict)

    def skip(self, literal: str) -> None:
        """What stands between the parts; any number of spaces for some, or none at the end."""
        rest = self.rest
        for piece in re.findall(r" +|[^ ]", literal):
            if piece[0] == " ":
                if rest and rest[0] != " ":
                    self.refuse(rest, literal)
                rest = rest.lstrip(" ")
            elif rest.startswith(piece):
                rest = rest[1:]
            else:
                self.refuse(rest, literal)
        self.rest = rest

    def read(self, part: str, layout: str, after: int) -> None:
        match = _reading(part).match(self.rest)
        if match is None:
            self.refuse(self.rest, part)
        before, self.rest = self.rest, self.rest[match.end() :]
        groups = {name: value for name, value in match.groupdict().items() if value}
        self.found |= groups
        if "hour12" in groups or "hour" in groups:
            self.found["clock"] = groups.get("hour") or groups["hour12"]
        for name, value in groups.items():
            self.check(name, value)
        offset = groups.get("offset", "+")
        if offset == "Z":
            self.found["utc"] = offset
        elif offset[0] not in "+-":
            self.refuse(before, part)
        if part in ("05", "5") and not _FRACTION.match(layout, after):
            # A fraction may follow seconds though the layout has none.
            fraction = _DIGITS_AFTER.match(self.rest)
            if fraction:
                self.found["fraction"] = fraction[0]
                self.rest = self.rest[fraction.end() :]

    def check(self, name: str, value: str) -> None:
        if name in _LIMITS:
            title, low, high = _LIMITS[name]
            if not low <= int(value) <= high:
                self.complain(f"{title} out of range")
        if name == "offset" and value != "Z":
            amounts = re.findall(r"[0-9]{2}", value)
            for (title, high), amount in zip(_OFFSET_LIMITS, amounts, strict=False):
                if int(amount) > high:
                    self.complain(f"time zone offset {title} out of range")

    def time(self) -> times.Time:
        year = self.year()
        month, day = self.month_and_day(year)
        hour = int(self.found.get("clock", 0))
        half = self.found.get("half", "").upper()
        if half == "PM" and hour < 12:
            hour += 12
        elif half == "AM" and hour == 12:
            hour = 0
        second = hour * 3600 + self.number("minute") * 60 + self.number("second")
        nanosecond = int(self.found.get("fraction", ".")[1:10].ljust(9, "0"))
        date, zone = (year, month, day), self.zone()
        if "offset" in self.found:
            return times.at(date, second, nanosecond, zone)
        # An abbreviation alone tells Go where the moment is shown, not when it is.
        return times.at(date, second, nanosecond, zones.UTC).within(zone)

    def number(self, name: str) -> int:
        return int(self.found.get(name, 0))

    def year(self) -> int:
        short = self.found.get("short_year")
        if short is None:
            return self.number("year")
        return int(short) + (1900 if int(short) >= 69 else 2000)

    def month_and_day(self, year: int) -> tuple[int, int]:
        month, day = self.month(), self.found.get("day")
        if "year_day" in self.found:
            found = self.number("year_day")
            if not 1 <= found <= 365 + calendar.is_leap(year):
                self.complain("day-of-year out of range")
            date = calendar.date(calendar.days(year, 1, 1) + found - 1)
            if month not in (None, date.month):
                self.complain("day-of-year does not match month")
            if day is not None and int(day) != date.day:
                self.complain("day-of-year does not match day")
            return date.month, date.day
        if not 1 <= int(day or 1) <= calendar.month_length(year, month or 1):
            self.complain("day out of range")
        return month or 1, int(day or 1)

    def month(self) -> int | None:
        name = self.found.get("month_name")
        if name is None:
            return int(self.found["month"]) if "month" in self.found else None
        folded = name[:3].lower()
        return next(at for at, full in enumerate(calendar.MONTHS, 1) if full[:3].lower() == folded)

    def zone(self) -> zones.Zone:
        offset, abbreviation = self.found.get("offset"), self.found.get("abbreviation", "")
        if "utc" in self.found or abbreviation == "UTC":
            return zones.UTC
        if offset is not None:
            hours, minutes, seconds = (*map(int, re.findall(r"[0-9]{2}", offset)), 0, 0)[:3]
            total = (hours * 60 + minutes) * 60 + seconds
            if not total and not abbreviation:
                return zones.LOCAL
            return zones.fixed(abbreviation, -total if offset[0] == "-" else total)
        if not abbreviation:
            return zones.LOCAL
        known = abbreviation.startswith("GMT") and len(abbreviation) > 3
        return zones.fixed(abbreviation, int(abbreviation[3:]) * 3600 if known else 0)

    def refuse(self, rest: str, part: str) -> typing.NoReturn:
        quoted = [quoting.quote_in_time(each) for each in (self.text, self.layout, rest, part)]
        msg = "parsing time {} as {}: cannot parse {} as {}".format(*quoted)
        raise signatures.CallError(msg)

    def complain(self, what: str) -> typing.NoReturn:
        msg = f"parsing time {quoting.quote_in_time(self.text)}: {what}"
        raise signatures.CallError(msg)
