"""What really happened on the engine, whatever the service believes: each launch, each end, each tag that moved.

Pure: entries -> what must never be among them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

PHASES = ("plan", "build", "test", "publish")
# Of each phase the task that does its work.
MAIN_TASKS = {"plan": "source", "build": "build", "test": "test-1", "publish": "publish"}
Kind = Literal["launched", "ended", "published"]
_JOB = re.compile(r"(?P<phase>[a-z]+)-(?P<build>[0-9a-z]{26})(?:-(?P<attempt>[0-9]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger.

    ``at`` is in seconds of the machine's monotonic clock, which all of its processes share. ``digest`` is the image
    that a build made, a test ran in, a publish moved ``name`` (IMAGE:TAG) to.
    """

    kind: Kind
    job: str
    task: str
    allocation: str
    at: float = 0.0
    digest: str = ""
    name: str = ""
    exit_code: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobName:
    """What a job's id tells."""

    phase: str
    build: str
    attempt: int


def parse_job(job: str) -> JobName | None:
    """Read a job's id: ``publish-<id>-2`` is the second attempt; None for somebody else's job."""
    match = _JOB.fullmatch(job)
    if match is None:
        return None
    return JobName(phase=match["phase"], build=match["build"], attempt=int(match["attempt"] or "1"))


def find_builds(entries: Iterable[Entry]) -> set[str]:
    """Return the ids of all builds that ever had a task."""
    return {name.build for entry in entries if (name := parse_job(entry.job))}


def find_repeated(entries: Iterable[Entry]) -> list[str]:
    """Return the phases' jobs that ran more than once; what removes a staged image may do so again."""
    allocations: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        name = parse_job(entry.job)
        if name is not None and name.phase in PHASES:
            allocations[entry.job].add(entry.allocation)
    return sorted(job for job, found in allocations.items() if len(found) > 1)


def find_untested(entries: Sequence[Entry], without_tests: Container[str]) -> list[Entry]:
    """Return what was published without a test that had ended well in that very image before."""
    good: set[tuple[str, str, str]] = set()
    images: dict[str, str] = {}
    wrong = []
    for entry in entries:
        name = parse_job(entry.job)
        if name is None:
            continue
        if entry.kind == "launched":
            images[f"{entry.allocation}/{entry.task}"] = entry.digest
        elif entry.kind == "ended" and entry.exit_code == 0:
            image = images.get(f"{entry.allocation}/{entry.task}", "")
            good.add((name.build, entry.task, image))
        elif entry.kind == "published":
            phase = "build" if name.build in without_tests else "test"
            if (name.build, MAIN_TASKS[phase], entry.digest) not in good:
                wrong.append(entry)
    return wrong


def find_overtaken(entries: Iterable[Entry], is_older: Callable[[str, str], bool]) -> list[Entry]:
    """Return what was published under a name that a newer build had before."""
    holders: dict[str, list[str]] = defaultdict(list)
    wrong = []
    for entry in entries:
        name = parse_job(entry.job)
        if entry.kind != "published" or name is None:
            continue
        if any(is_older(name.build, holder) for holder in holders[entry.name]):
            wrong.append(entry)
        holders[entry.name].append(name.build)
    return wrong
