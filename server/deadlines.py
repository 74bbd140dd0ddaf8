"""When what a build waits for is given up: times from its record and the configuration. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.config import Config
from server.record import Phase, Record
from server.request import BuildRequest

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
    seconds = script_seconds(record.request, phase, config)
    return registered_at + timedelta(seconds=seconds + config.queue_timeout) + _GRACE


def script_seconds(request: BuildRequest, phase: Phase, config: Config) -> int:
    """Return how long the scripts of a phase may run together."""
    match phase:
        case "plan":
            return task_seconds(request, phase, config)
        case "build":
            # Without a network another task pushes, when the one that builds has ended.
            tasks = 2 if request.build_network == "off" else 1
            return config.source_timeout + tasks * task_seconds(request, phase, config)
        case "test":
            services = max((each.ready_timeout for each in request.services), default=0)
            return services + task_seconds(request, phase, config)
        case "publish":
            # With a list of what is in the image there are two tasks, one after the other.
            tasks = 2 if request.sbom else 1
            return tasks * task_seconds(request, phase, config)


def task_seconds(request: BuildRequest, phase: Phase, config: Config) -> int:
    """Return how long one task of a phase may run: what the request says, else what the operator has set."""
    match phase:
        case "plan":
            return config.source_timeout
        case "build":
            return request.build_resources.timeout or config.build_timeout
        case "test":
            return request.test_resources.timeout or config.test_timeout
        case "publish":
            return request.publish_resources.timeout or config.publish_timeout


def last_moment(record: Record, config: Config) -> datetime:
    """Return when a build is given up whatever it does: counted from its first job."""
    started_at = record.started_at or record.plan.registered_at or record.created_at
    return started_at + timedelta(seconds=config.total_timeout)
