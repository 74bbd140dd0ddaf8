"""Time zones as Go's time.Location knows them: by name, or by an offset alone."""

from __future__ import annotations

import datetime
import typing
import zoneinfo

from generator import records
from generator.golang import quoting

# The Gregorian calendar repeats after 400 years, weekdays included.
_CYCLE = 146097 * 86400
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_FIRST = -62_000_000_000
_LAST = 250_000_000_000


@records.record
class Zone:
    """A zone: one offset in seconds with its abbreviation, or a region where both change."""

    go_type: typing.ClassVar[str] = "*time.Location"
    go_kind: typing.ClassVar[str] = "ptr"

    title: str
    abbreviation: str = ""
    offset: int = 0
    region: zoneinfo.ZoneInfo | None = None

    def __str__(self) -> str:
        return self.title

    def as_go(self) -> str:
        known = self.title in ("UTC", "Local")
        return f"time.{self.title}" if known else f"time.Location({quoting.quote(self.title)})"

    def at(self, seconds: int) -> tuple[str, int]:
        """Abbreviation and offset at a moment; without abbreviation the offset stands for it."""
        if self.region is None:
            return self.abbreviation, self.offset
        moment = self._moment(seconds)
        offset = moment.utcoffset() or datetime.timedelta()
        return moment.tzname() or "", int(offset.total_seconds())

    def saves_daylight(self, seconds: int) -> bool:
        return self.region is not None and bool(self._moment(seconds).dst())

    def _moment(self, seconds: int) -> datetime.datetime:
        """The moment, in years that Python's calendar has: before them a zone knows one offset."""
        if seconds > _LAST:
            seconds -= -((_LAST - seconds) // _CYCLE) * _CYCLE
        seconds = max(seconds, _FIRST)
        return (_EPOCH + datetime.timedelta(seconds=seconds)).astimezone(self.region)


UTC = Zone("UTC", "UTC")
# Where a render takes place must not show in what it gives.
LOCAL = Zone("Local", "UTC")


def fixed(abbreviation: str, offset: int) -> Zone:
    return Zone(abbreviation, abbreviation, offset)


def find(name: str) -> Zone:
    """The zone of that name, UTC for what is none, as sprig has it."""
    if name in ("", "UTC"):
        return UTC
    if name == "Local":
        return LOCAL
    try:
        return Zone(name, region=zoneinfo.ZoneInfo(name))
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
