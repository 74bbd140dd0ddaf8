"""Go's calendar: the Gregorian one for all years, negative ones too, in days from 1970."""

from __future__ import annotations

from typing import NamedTuple

DAY = 86400
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# 1970-01-01 in days from 0000-03-01, with which cycles of 400 years begin.
_EPOCH = 719468
_CYCLE = 146097


class Date(NamedTuple):
    """A day of the calendar; ``month`` from 1, ``weekday`` 0 on Sundays, ``year_day`` from 1."""

    year: int
    month: int
    day: int
    weekday: int
    year_day: int


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    return 29 if month == 2 and is_leap(year) else _LENGTHS[month - 1]


def days(year: int, month: int, day: int) -> int:
    """The days from 1970 to a date; months and days that are too large or small carry over."""
    year, month = year + (month - 1) // 12, (month - 1) % 12
    shifted = year - (month < 2)
    cycle, rest = divmod(shifted, 400)
    # Years begin with March here, so that a leap day is the last of its year.
    start = (153 * ((month + 10) % 12) + 2) // 5
    return cycle * _CYCLE + rest * 365 + rest // 4 - rest // 100 + start + day - 1 - _EPOCH


def date(day_number: int) -> Date:
    """The date so many days from 1970."""
    cycle, rest = divmod(day_number + _EPOCH, _CYCLE)
    year = (rest - rest // 1460 + rest // 36524 - rest // 146096) // 365
    in_year = rest - (365 * year + year // 4 - year // 100)
    shifted = (5 * in_year + 2) // 153
    day = in_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    year += 400 * cycle + (month <= 2)
    year_day = day_number - days(year, 1, 1) + 1
    return Date(year, month, day, (day_number + 4) % 7, year_day)
