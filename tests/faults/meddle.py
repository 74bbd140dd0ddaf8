"""What an operator, or bad luck, does to the job of a build whose test runs: by Nomad's API or in the engine itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import requests

from tests.faults.book import Build
from tests.faults.fleet import Engine

_SECONDS = 10.0

# Does to a build what its scenario wants; false when there was nothing to do it to.
Meddle = Callable[[Build], bool]


def nothing(build: Build) -> bool:
    """Leave all builds alone."""
    del build
    return True


def on(engine: Engine) -> Meddle:
    """Return who meddles with the builds on an engine."""

    def meddle(build: Build) -> bool:
        with contextlib.suppress(requests.RequestException):
            return _meddle(engine, build, f"test-{build.id}")
        return False

    return meddle


def _meddle(engine: Engine, build: Build, job: str) -> bool:
    running = [
        found["ID"]
        for found in requests.get(
            f"{engine.address}/v1/job/{job}/allocations", timeout=_SECONDS
        ).json()
        if found["ClientStatus"] == "running"
    ]
    if not running:
        return False
    # A replica that comes late registers once more what is not there any more.
    engine.moved.add(job)
    match build.plan.meddling:
        case "stop":
            return requests.delete(f"{engine.address}/v1/job/{job}", timeout=_SECONDS).ok
        case "purge":
            purge = {"purge": "true"}
            url = f"{engine.address}/v1/job/{job}"
            return requests.delete(url, params=purge, timeout=_SECONDS).ok
        case "move":
            url = f"{engine.address}/v1/allocation/{running[0]}/stop"
            return requests.put(url, json={}, timeout=_SECONDS).ok
        case "vanish":
            engine.tell(do="vanish", job=job)
            return True
        case "kill" | "":
            return True
