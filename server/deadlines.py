"""When what a build waits for is given up: times from its record and the configuration. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.config import Config
from server.record import Phase, Record

# How long a phase's job may go on after its own scripts should have ended it.
_GRACE = timedelta(seconds=60)


def turn_deadline(record: Record, config: Config) -> datetime:
    """Return when a build that waits for its turn is given up."""
    return record.created_at + timedelta(seconds=config.turn_timeout)


def phase_deadline(record: Record, phase: Phase, config: Config) -> datetime | None:
    """Return when a registered phase is given up: its scripts' time, the wait for a place and a grace, but
    never later than the whole build.
    """
    deadline = end_of_scripts(record, phase, config)
    return min(deadline, last_moment(record, config)) if deadline else None


def end_of_scripts(record: Record, phase: Phase, config: Config) -> datetime | None:
    """Return when the scripts of a registered phase have stopped its task at the latest, whoever hears of it."""
    registered_at = record.of(phase).registered_at
    if registered_at is None:
        return None
    seconds = {
        "build": config.source_timeout + config.build_timeout,
        "test": config.test_timeout,
        "publish": config.publish_timeout,
    }[phase]
    return registered_at + timedelta(seconds=seconds + config.queue_timeout) + _GRACE


def last_moment(record: Record, config: Config) -> datetime:
    """Return when a build is given up whatever it does: counted from its first job."""
    started_at = record.started_at or record.created_at
    return started_at + timedelta(seconds=config.total_timeout)
