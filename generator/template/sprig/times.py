"""Moments and durations as Go's package time has them, with their methods."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from generator import records
from generator.golang import durations
from generator.template import values
from generator.template.sprig import calendar, casting, layouts, zones

_SECOND = durations.NANOSECONDS["s"]
_LARGEST = 2**63 - 1
# From the year 1, where Go's time begins, to 1970.
_BEFORE_EPOCH = 62135596800
# Go's calendar begins here, and goes on after its end.
_BEGINNING = calendar.days(-292277022400, 3, 1) * calendar.DAY


class Month(values.Named):
    """A month prints as its name."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "time.Month"

    def __str__(self) -> str:
        return calendar.MONTHS[self - 1] if 1 <= self <= 12 else f"%!Month({int(self)})"


class Weekday(values.Named):
    """A day of the week prints as its name; Sunday is 0."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "time.Weekday"

    def __str__(self) -> str:
        return calendar.WEEKDAYS[self] if 0 <= self <= 6 else f"%!Weekday({int(self)})"


class Duration(values.Named, values.Struct):
    """Nanoseconds, printed as ``1h2m3s``."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "time.Duration"
    go_kind: typing.ClassVar[str] = "int64"

    def __str__(self) -> str:
        return durations.write(self)

    def fields(self) -> Mapping[str, object]:
        nanoseconds = int(self)

        def rounded(unit: Duration) -> Duration:
            return Duration(durations.to_multiple(nanoseconds, unit))

        def truncated(unit: Duration) -> Duration:
            return Duration(durations.truncate(nanoseconds, unit))

        return {
            "Abs": lambda: Duration(min(abs(nanoseconds), _LARGEST)),
            "Hours": lambda: _part(nanoseconds, "h"),
            "Microseconds": lambda: values.Int64(_whole(nanoseconds, "us")),
            "Milliseconds": lambda: values.Int64(_whole(nanoseconds, "ms")),
            "Minutes": lambda: _part(nanoseconds, "m"),
            "Nanoseconds": lambda: values.Int64(nanoseconds),
            "Round": rounded,
            "Seconds": lambda: _part(nanoseconds, "s"),
            "String": lambda: str(self),
            "Truncate": truncated,
        }


def _whole(nanoseconds: int, unit: str) -> int:
    """How many whole units there are, cut towards zero."""
    count = abs(nanoseconds) // durations.NANOSECONDS[unit]
    return -count if nanoseconds < 0 else count


def _part(nanoseconds: int, unit: str) -> float:
    """The units as a fraction; whole ones and the rest are divided apart, as Go does."""
    whole = _whole(nanoseconds, unit)
    size = durations.NANOSECONDS[unit]
    return float(whole) + float(nanoseconds - whole * size) / float(size)


@records.record(eq=False)
class Time(values.Textual):
    """A moment in a time zone: seconds from 1970, and nanoseconds."""

    go_type: typing.ClassVar[str] = "time.Time"

    seconds: int
    nanoseconds: int = 0
    zone: zones.Zone = zones.UTC

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Time) and self.order == other.order

    def __hash__(self) -> int:
        return hash(self.order)

    def __str__(self) -> str:
        return self.format("2006-01-02 15:04:05.999999999 -0700 MST")

    @property
    def order(self) -> tuple[int, int]:
        return self.seconds, self.nanoseconds

    def as_text(self) -> str:
        return self.format("2006-01-02T15:04:05.999999999Z07:00")

    def as_go(self) -> str:
        clock = self.clock()
        year, month, day = clock.date[:3]
        hour, minute, second = clock.second // 3600, clock.second // 60 % 60, clock.second % 60
        parts = f"{day}, {hour}, {minute}, {second}, {clock.nanosecond}"
        return f"time.Date({year}, time.{Month(month)}, {parts}, {self.zone.as_go()})"

    def format(self, layout: str) -> str:
        return layouts.write(layout, self.clock())

    def clock(self) -> layouts.Clock:
        """What calendar and clock on the wall show in the zone."""
        abbreviation, offset = self.zone.at(self.seconds)
        seconds = (self.seconds + offset - _BEGINNING) % 2**64 + _BEGINNING
        day, second = divmod(seconds, calendar.DAY)
        return layouts.Clock(
            date=calendar.date(day),
            second=second,
            nanosecond=self.nanoseconds,
            abbreviation=abbreviation,
            offset=offset,
        )

    def within(self, zone: zones.Zone) -> Time:
        return records.replace(self, zone=zone)

    def plus(self, nanoseconds: int) -> Time:
        carried, rest = divmod(self.nanoseconds + nanoseconds, _SECOND)
        return Time(_wrapped(self.seconds + carried), rest, self.zone)

    def fields(self) -> Mapping[str, object]:
        return {**_parts(self), **_relations(self), **_changes(self)}


ZERO = Time(-_BEFORE_EPOCH)


def _wrapped(seconds: int) -> int:
    """Go counts from the year 1 in an int64, which goes round."""
    internal = seconds + _BEFORE_EPOCH
    return (internal + 2**63) % 2**64 - 2**63 - _BEFORE_EPOCH


def from_seconds(seconds: int) -> Time:
    return Time(_wrapped(seconds), zone=zones.LOCAL)


def at(date: tuple[int, int, int], second: int, nanosecond: int, zone: zones.Zone) -> Time:
    """``time.Date``: what shows on calendar and clock in a zone."""
    seconds = calendar.days(*date) * calendar.DAY + second
    if zone.region is not None:
        # The offset that holds there, looked up twice around changes of the clock.
        offset = zone.at(seconds)[1]
        return Time(seconds - zone.at(seconds - offset)[1], nanosecond, zone)
    return Time(seconds - zone.offset, nanosecond, zone)


def between(start: Time, end: Time) -> int:
    """The nanoseconds from one moment to another, at most what an int64 holds."""
    length = (end.seconds - start.seconds) * _SECOND + end.nanoseconds - start.nanoseconds
    return max(-_LARGEST - 1, min(_LARGEST, length))


def _parts(time: Time) -> Mapping[str, object]:
    """What is read off a moment."""
    clock = time.clock()
    date, second = clock.date, clock.second
    total = time.seconds * _SECOND + time.nanoseconds

    def formatted(layout: str) -> str:
        return time.format(layout)

    return {
        "Day": lambda: date.day,
        "Format": formatted,
        "Hour": lambda: second // 3600,
        "IsDST": lambda: time.zone.saves_daylight(time.seconds),
        "IsZero": lambda: time == ZERO,
        "Location": lambda: time.zone,
        "Minute": lambda: second // 60 % 60,
        "Month": lambda: Month(date.month),
        "Nanosecond": lambda: time.nanoseconds,
        "Second": lambda: second % 60,
        "String": lambda: str(time),
        "Unix": lambda: values.Int64(time.seconds),
        "UnixMicro": lambda: casting.wrap(total // 1000),
        "UnixMilli": lambda: casting.wrap(total // 1000000),
        "UnixNano": lambda: casting.wrap(total),
        "Weekday": lambda: Weekday(date.weekday),
        "Year": lambda: date.year,
        "YearDay": lambda: date.year_day,
    }


def _relations(time: Time) -> Mapping[str, object]:
    """How a moment stands to another."""

    def after(other: Time) -> bool:
        return time.order > other.order

    def before(other: Time) -> bool:
        return time.order < other.order

    def compare(other: Time) -> int:
        return (time.order > other.order) - (time.order < other.order)

    def equal(other: Time) -> bool:
        return time == other

    def sub(other: Time) -> Duration:
        return Duration(between(other, time))

    return {"After": after, "Before": before, "Compare": compare, "Equal": equal, "Sub": sub}


def _changes(time: Time) -> Mapping[str, object]:
    """The moments that others are made of."""

    def add(length: Duration) -> Time:
        return time.plus(length)

    def add_date(years: int, months: int, days: int) -> Time:
        clock = time.clock()
        year, month, day = clock.date[:3]
        date = (year + years, month + months, day + days)
        return at(date, clock.second, time.nanoseconds, time.zone)

    # Multiples are counted from the year 1.
    total = (time.seconds - ZERO.seconds) * _SECOND + time.nanoseconds

    def rounded(unit: Duration) -> Time:
        rest = total % unit if unit > 0 else 0
        return time.plus(unit - rest if rest and 2 * rest >= unit else -rest)

    def truncated(unit: Duration) -> Time:
        return time.plus(-(total % unit) if unit > 0 else 0)

    return {
        "Add": add,
        "AddDate": add_date,
        "Local": lambda: time.within(zones.LOCAL),
        "Round": rounded,
        "Truncate": truncated,
        "UTC": lambda: time.within(zones.UTC),
    }
