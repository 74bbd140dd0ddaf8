"""sprig's dates and durations: date.go.

``Local`` is UTC here: what a template gives must not depend on where it is rendered. What is no
date means the current time; that is the clock's, which refuses in a pure render.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.golang import durations
from generator.template import signatures, values
from generator.template.sprig import arithmetic, casting, readings, times, zones

Clock = Callable[[], times.Time]

_HOUR = durations.NANOSECONDS["h"]
_SECOND = durations.NANOSECONDS["s"]
_ROUND = (
    ("y", 365 * 24 * _HOUR),
    ("mo", 30 * 24 * _HOUR),
    ("d", 24 * _HOUR),
    *((unit, durations.NANOSECONDS[unit]) for unit in ("h", "m", "s")),
)


_SECONDS = (int, values.Int64, values.Int32)


def must_to_date(layout: str, text: str) -> object:
    return readings.parse(layout, text)


def to_date(layout: str, text: str) -> object:
    try:
        return readings.parse(layout, text)
    except signatures.CallError:
        return times.ZERO


def _date(date: object, clock: Clock) -> times.Time:
    match date:
        case times.Time():
            return date
        case int() if type(date) in _SECONDS:
            return times.from_seconds(date)
        case _:
            return clock()


def must_date_modify(change: str, moment: times.Time) -> object:
    try:
        nanoseconds = durations.parse(change)
    except ValueError as error:
        raise signatures.CallError(str(error)) from error
    return moment.plus(nanoseconds)


def date_modify(change: str, moment: times.Time) -> object:
    try:
        return must_date_modify(change, moment)
    except signatures.CallError:
        return moment


def unix_epoch(moment: times.Time) -> str:
    return str(moment.seconds)


def duration(seconds: object) -> str:
    """Seconds as Go prints a duration: ``1h1m1s``; only an int64 or a text is taken."""
    match seconds:
        case str():
            count = arithmetic.atoi(seconds)
        case values.Int64():
            count = int(seconds)
        case _:
            count = 0
    return durations.write(casting.wrap(count * _SECOND))


def _length(length: object, clock: Clock) -> int:
    """The nanoseconds of a duration, or since a date."""
    match length:
        case str():
            try:
                return durations.parse(length)
            except ValueError:
                return 0
        case values.Int64():
            return int(length)
        case times.Time():
            return times.between(length, clock())
        case _:
            return 0


def functions(clock: Clock) -> Mapping[str, Callable[..., object]]:
    """The functions that may ask for the current time."""

    def ago(date: object) -> str:
        start, end = _date(date, clock), clock()
        return durations.write(durations.to_multiple(times.between(start, end), _SECOND))

    def date_in_zone(layout: str, date: object, zone: str) -> str:
        return _date(date, clock).within(zones.find(zone)).format(layout)

    def date(layout: str, moment: object) -> str:
        return date_in_zone(layout, moment, "Local")

    def html_date(moment: object) -> str:
        return date_in_zone("2006-01-02", moment, "Local")

    def html_date_in_zone(moment: object, zone: str) -> str:
        return date_in_zone("2006-01-02", moment, zone)

    def duration_round(length: object) -> str:
        total = abs(_length(length, clock))
        return next((f"{total // size}{name}" for name, size in _ROUND if total > size), "0s")

    return {
        "ago": ago,
        "date": date,
        "dateInZone": date_in_zone,
        "date_in_zone": date_in_zone,
        "durationRound": duration_round,
        "htmlDate": html_date,
        "htmlDateInZone": html_date_in_zone,
        "now": clock,
    }


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "dateModify": date_modify,
    "date_modify": date_modify,
    "duration": duration,
    "mustDateModify": must_date_modify,
    "mustToDate": must_to_date,
    "must_date_modify": must_date_modify,
    "toDate": to_date,
    "unixEpoch": unix_epoch,
}
