"""Cron expressions as a periodic job takes them: what hashicorp/cronexpr can read."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_ALIASES = {
    "@yearly": "0 0 0 1 1 * *",
    "@annually": "0 0 0 1 1 * *",
    "@monthly": "0 0 0 1 * * *",
    "@weekly": "0 0 0 * * 0 *",
    "@daily": "0 0 0 * * * *",
    "@hourly": "0 0 * * * * *",
}
_ALIAS = re.compile("|".join(_ALIASES))
_SPACES = re.compile(r"[\t\n\f\r ]+")

_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|january|february|march|april|june|july|august"
    "|september|october|november|december"
)
_DAYS = "sun|mon|tue|wed|thu|fri|sat|sunday|monday|tuesday|wednesday|thursday|friday|saturday"
_STEP = re.compile(r"0?[0-9]|[1-5][0-9]|19[7-9][0-9]|20[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One of an expression's fields: its values, the greatest, and forms that only it has."""

    name: str
    most: int
    value: str
    more: str = "(?!)"


_SECOND = _Field(name="second", most=59, value="0?[0-9]|[1-5][0-9]")
_MINUTE = _Field(name="minute", most=59, value="0?[0-9]|[1-5][0-9]")
_HOUR = _Field(name="hour", most=23, value="0?[0-9]|1[0-9]|2[0-3]")
_DAY = _Field(
    name="day-of-month",
    most=31,
    value="0?[1-9]|[12][0-9]|3[01]",
    more="l|lw|(?:0?[1-9]|[12][0-9]|3[01])w",
)
_MONTH = _Field(name="month", most=12, value=f"0?[1-9]|1[012]|{_MONTHS}")
_WEEKDAY = _Field(
    name="day-of-week",
    most=6,
    value=f"0?[0-7]|{_DAYS}",
    more=f"(?:0?[0-7]|{_DAYS})(?:l|#[1-5])",
)
_YEAR = _Field(name="year", most=2099, value="19[789][0-9]|20[0-9]{2}")
_FIELDS = (_SECOND, _MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY, _YEAR)


def check_cron(text: str) -> str:
    """What is wrong with an expression, empty if nothing is."""
    expanded = _ALIAS.sub(lambda found: _ALIASES[found[0]], text)
    parts = [part for part in _SPACES.split(expanded) if part]
    if len(parts) < 5:
        return f"it has {len(parts)} fields instead of at least 5"
    # Five fields leave out seconds and years, six the seconds; what follows seven is ignored.
    fields = _FIELDS if len(parts) >= 7 else _FIELDS[1:]
    for part, field in zip(parts, fields, strict=False):
        entries = [entry for entry in part.split(",") if entry]
        if not entries:
            return f"there is nothing in the field {field.name}"
        for entry in entries:
            if not _is_entry(entry.lower(), field):
                return f'"{entry}" cannot stand in the field {field.name}'
    return ""


def _is_entry(entry: str, field: _Field) -> bool:
    found = _pattern(field).fullmatch(entry)
    if found is None:
        return False
    step = found["step"]
    if step is None:
        return True
    return _STEP.fullmatch(step) is not None and 1 <= int(step) <= field.most


@functools.cache
def _pattern(field: _Field) -> re.Pattern[str]:
    value = f"(?:{field.value})"
    step = r"(?:/(?P<step>[0-9]+))"
    once = rf"\?|(?:\*|{value}(?:-{value})?){step}?"
    return re.compile(rf"{once}|{field.more}", re.ASCII)
