"""Whose turn it is: which live builds may run, and what the others wait for. Pure.

The order is that in which Nomad has taken in the builds' markers, so that no clock and no leader is needed: every
replica that sees the same list decides the same. Whoever is admitted once stays so: only older builds count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from server.config import Config

Obstacle = Literal["", "limit", "owner_limit", "same_image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A live build, as its marker shows it; ``owner`` and ``repositories`` are keys that only tell who is the same."""

    build_id: str
    owner: str = ""
    repositories: tuple[str, ...] = ()
    create_index: int
    modify_index: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many builds may run at the same time."""

    builds: int
    builds_per_owner: int

    @classmethod
    def of(cls, config: Config) -> Limits:
        """Return the limits that an operator has set."""
        return cls(builds=config.max_builds, builds_per_owner=config.max_builds_per_owner)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``position`` is 0 for a build that may run; ``blockers`` are older builds that want one of its images."""

    position: int = 0
    obstacle: Obstacle = ""
    blockers: tuple[str, ...] = ()

    @property
    def admitted(self) -> bool:
        """Whether the build may run."""
        return self.position == 0


ADMITTED = Verdict()


def decide(
    entries: Iterable[Entry], limits: Limits, claims: Callable[[str], frozenset[str] | None]
) -> dict[str, Verdict]:
    """Say for every live build whether it may run.

    ``claims`` gives the names of the images that a build wants to publish, None while nobody knows; it is
    asked only where two builds publish to one repository.
    """
    verdicts: dict[str, Verdict] = {}
    older: defaultdict[str, list[str]] = defaultdict(list)
    running, queued = 0, 0
    owners: Counter[str] = Counter()
    for entry in sorted(entries, key=lambda each: each.create_index):
        rivals = {rival: None for each in entry.repositories for rival in older[each]}
        blockers = _blockers(entry.build_id, list(rivals), claims)
        for repository in entry.repositories:
            older[repository].append(entry.build_id)
        obstacle: Obstacle = ""
        if blockers:
            obstacle = "same_image"
        elif running >= limits.builds:
            obstacle = "limit"
        elif entry.owner and owners[entry.owner] >= limits.builds_per_owner:
            obstacle = "owner_limit"
        if obstacle:
            queued += 1
            verdicts[entry.build_id] = Verdict(
                position=queued, obstacle=obstacle, blockers=blockers
            )
        else:
            running += 1
            owners[entry.owner] += 1
            verdicts[entry.build_id] = ADMITTED
    return verdicts


def queued_before(
    build_id: str, entries: Iterable[Entry], verdicts: dict[str, Verdict]
) -> tuple[int, int]:
    """Count the older builds that wait: all of them, and those of the same owner."""
    entries = list(entries)
    own = next(each for each in entries if each.build_id == build_id)
    waiting = [
        each
        for each in entries
        if each.create_index < own.create_index and not verdicts[each.build_id].admitted
    ]
    return len(waiting), sum(each.owner == own.owner for each in waiting)


def _blockers(
    build_id: str, rivals: list[str], claims: Callable[[str], frozenset[str] | None]
) -> tuple[str, ...]:
    if not rivals:
        return ()
    wanted = claims(build_id)
    if wanted is None:
        return tuple(rivals)
    blockers = []
    for rival in rivals:
        taken = claims(rival)
        if taken is None or taken & wanted:
            blockers.append(rival)
    return tuple(blockers)
