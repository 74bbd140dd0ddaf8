"""The builds of a run: what was asked for and when, how each ended."""

from __future__ import annotations

import json
import random
import threading
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.faults import ledger, scenarios

_IMAGES = 20
# How often builds want to take the place of older ones, or to be refused when there are any.
_ON_CONFLICT = {"queue": 93, "supersede": 4, "reject": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """When something that builds need was taken away, and for which reasons those may end that needed it then."""

    since: float
    until: float
    reasons: frozenset[str]


@dataclass(slots=True, kw_only=True)
class Build:
    """One build. Times are seconds of one clock: ``began`` of the first attempt to submit, ``accepted`` or
    ``refused`` of its answer.

    ``end`` is the first final answer of getStatus, noted at ``ended``; ``seen`` the last one of all.
    """

    number: int
    scenario: str
    request: dict[str, Any]
    id: str = ""
    began: float = 0.0
    accepted: float = 0.0
    refused: float = 0.0
    ended: float = 0.0
    end: dict[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict)
    moved: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def plan(self) -> scenarios.Scenario:
        """What is to become of it."""
        return scenarios.SCENARIOS[self.scenario]

    def __str__(self) -> str:
        return f"build {self.number} ({self.scenario}) {self.id or 'never accepted'}"


def make_build(number: int, scenario: str, image: str) -> Build:
    """Return a build that is yet to be submitted."""
    request: dict[str, Any] = {
        "owner": f"owner-{number % 7}",
        "repoURL": "https://git.example/faults/app",
        "gitRef": f"{scenarios.PREFIX}{scenario}",
        "imageName": image,
        "imageTags": ["latest", f"b{number}"],
    }
    plan = scenarios.SCENARIOS[scenario]
    if not plan.file:
        request["registryURL"] = scenarios.REGISTRY
        request["testCommands"] = ["true"] if plan.tested else []
    return Build(number=number, scenario=scenario, request=ask(request))


def ask(request: dict[str, Any]) -> dict[str, Any]:
    """Return a request with an id of its own, by which it can be repeated when its answer was lost."""
    return request | {"requestID": str(uuid.uuid4())}


def make_builds(count: int, dice: random.Random) -> list[Build]:
    """Return builds of all scenarios; several of them want the same name for their image."""
    builds = []
    for number in range(count):
        build = make_build(number, scenarios.choose(dice), f"app-{dice.randrange(_IMAGES)}")
        wish = dice.choices(list(_ON_CONFLICT), list(_ON_CONFLICT.values()))[0]
        build.request["onConflict"] = wish
        builds.append(build)
    return builds


def names(build: Build) -> list[str]:
    """Return the names that a build's image is to have."""
    request = build.request
    registry = request.get("registryURL", scenarios.REGISTRY)
    return [f"{registry}/{request['imageName']}:{tag}" for tag in request["imageTags"]]


class Book:
    """All builds of a run."""

    def __init__(self, builds: list[Build]) -> None:
        self.builds = builds
        self.lock = threading.Lock()

    def open_builds(self) -> list[Build]:
        """Return the builds that were accepted and have not ended."""
        return [build for build in self.builds if build.id and not build.end]

    @property
    def done(self) -> bool:
        """Whether all builds have ended."""
        return all(build.end for build in self.builds)


def save(folder: Path, builds: Sequence[Build], entries: Sequence[ledger.Entry]) -> None:
    """Keep what is known of a run beside its logs."""
    for name, items in (("builds", builds), ("ledger", entries)):
        rows = [asdict(item) for item in items]
        (folder / f"{name}.json").write_text(json.dumps(rows, indent=1))
