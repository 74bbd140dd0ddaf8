"""sprig's dates and durations: date.go.

``Local`` is UTC here: what a template gives must not depend on where it is rendered. For the same
reason there is no ``now``.
"""

from __future__ import annotations

import datetime
import zoneinfo
from collections.abc import Callable, Mapping

from generator.golang import durations
from generator.template import numbers, signatures, values
from generator.template.sprig import casting, times

_HOUR = durations.NANOSECONDS["h"]
_ROUND = (
    ("y", 365 * 24 * _HOUR),
    ("mo", 30 * 24 * _HOUR),
    ("d", 24 * _HOUR),
    *((unit, durations.NANOSECONDS[unit]) for unit in ("h", "m", "s")),
)


def must_to_date(layout: str, text: str) -> object:
    return times.parse(layout, text)


def to_date(layout: str, text: str) -> object:
    try:
        return times.parse(layout, text)
    except signatures.NotSupportedError:
        raise
    except signatures.CallError:
        return times.ZERO


def date_in_zone(layout: str, date: object, zone: str) -> str:
    return _in_zone(date, zone).format(layout)


def _in_zone(date: object, zone: str) -> times.Time:
    match date:
        case times.Time():
            moment = date.moment
        case int() if not isinstance(date, bool):
            try:
                moment = times.EPOCH + datetime.timedelta(seconds=date)
            except OverflowError as error:
                msg = f"the year of {int(date)} is out of range"
                raise signatures.CallError(msg) from error
        case _:
            msg = "only a time or a number is a date: the current time is not supported here"
            raise signatures.CallError(msg)
    try:
        found = datetime.UTC if zone in ("", "UTC", "Local") else zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        found = datetime.UTC
    return times.Time(moment.astimezone(found))


def date(layout: str, moment: object) -> str:
    return date_in_zone(layout, moment, "Local")


def html_date(moment: object) -> str:
    return date_in_zone("2006-01-02", moment, "Local")


def html_date_in_zone(moment: object, zone: str) -> str:
    return date_in_zone("2006-01-02", moment, zone)


def must_date_modify(change: str, moment: times.Time) -> object:
    try:
        nanoseconds = durations.parse(change)
    except ValueError as error:
        raise signatures.CallError(str(error)) from error
    try:
        return times.Time(moment.moment + datetime.timedelta(microseconds=nanoseconds // 1000))
    except OverflowError as error:
        msg = f"the date is out of range after {change}"
        raise signatures.CallError(msg) from error


def date_modify(change: str, moment: times.Time) -> object:
    try:
        return must_date_modify(change, moment)
    except signatures.CallError:
        return moment


def unix_epoch(moment: times.Time) -> str:
    return str(times.seconds(moment.moment))


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


def duration_round(length: object) -> str:
    """A duration in its largest unit."""
    match length:
        case str():
            try:
                total = abs(durations.parse(length))
            except ValueError:
                total = 0
        case values.Int64():
            total = abs(int(length))
        case times.Time():
            msg = "the time since a date is not supported here"
            raise signatures.CallError(msg)
        case _:
            total = 0
    return next((f"{total // size}{name}" for name, size in _ROUND if total > size), "0s")


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "date": date,
    "dateInZone": date_in_zone,
    "dateModify": date_modify,
    "date_in_zone": date_in_zone,
    "date_modify": date_modify,
    "duration": duration,
    "durationRound": duration_round,
    "htmlDate": html_date,
    "htmlDateInZone": html_date_in_zone,
    "mustDateModify": must_date_modify,
    "mustToDate": must_to_date,
    "must_date_modify": must_date_modify,
    "toDate": to_date,
    "unixEpoch": unix_epoch,
}
