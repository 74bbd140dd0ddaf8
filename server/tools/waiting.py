"""waitJob: looking at a build until it has ended or gone into its next phase, or the time is over."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pydantic

from server import descriptions
from server.builds import Builds
from server.glances import WaitArguments
from server.tools.tool import Progress

# Seconds between two looks, at what this replica has heard.
_PAUSE = 0.5
# What Nomad tells all replicas at once, the one that looks after the build writes down within these seconds.
_FRESH = 2.0
# The record is read as often in any case: news may be lost.
_READ_SECONDS = 5.0
# Clients take a call without any news for one that hangs; some forget it after ten seconds.
_NEWS_SECONDS = 5.0


def wait(
    builds: Builds, given: WaitArguments, owner: str | None
) -> Iterator[Progress | pydantic.BaseModel]:
    """Look at a build; the last look is the answer."""
    begin = time.monotonic()
    build = before = builds.read(given.job_id, owner)
    told_at, read_at = -_NEWS_SECONDS, 0.0
    while True:
        waited = time.monotonic() - begin
        if build.ended or build.status != before.status or waited >= given.seconds:
            step = "" if build.ended else builds.find_step(build)
            yield descriptions.describe_wait(build, builds.now(), step, builds.find_place(build))
            return
        message = ""
        if waited - told_at >= _NEWS_SECONDS:
            told_at, message = waited, f"{build.status} {builds.find_step(build)}".strip()
        yield Progress(
            seconds=waited, message=message, pause=min(_PAUSE, max(given.seconds - waited, 0))
        )
        waited = time.monotonic() - begin
        last = waited >= given.seconds
        if last or waited - read_at >= _READ_SECONDS or builds.heard_of(build.id, _FRESH):
            build, read_at = builds.read(given.job_id, owner), waited
            if (before.status, build.status) == ("PENDING", "BUILDING"):
                # That a build has begun at all is nothing that anybody can act on.
                before = build
