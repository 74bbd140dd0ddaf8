"""What is left to do for a build that has ended: see its last task end, remove its staged image, put it away."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import generator
from server import deadlines, jobs, record
from server.config import Config
from server.errors import NomadError, NomadUnreachable
from server.nomad import Nomad
from server.record import Reason, Record
from server.store import Store

_log = logging.getLogger(__name__)

# How soon to look again whether a stopped task has ended; an event usually comes first.
_STOP_CHECK = timedelta(seconds=2)
# When the build phase failed for one of these reasons nothing can have reached the staging repository.
_NOTHING_STAGED: frozenset[Reason] = frozenset(
    {
        "git_auth",
        "git_ref_not_found",
        "git_unreachable",
        "dockerfile_missing",
        "image_pull",
        "start_failed",
        "placement_failed",
        "queue_timeout",
        "secret_unavailable",
        "step_failed",
    }
)


class Settler:
    """Settles ended builds: until a build is settled it keeps its place, so that no newer one meets its tasks."""

    def __init__(self, nomad: Nomad, store: Store, config: Config) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config

    def settle(self, build: Record) -> datetime | None:
        """Put an ended build away; return when to try again if something of it may still run."""
        now = self._nomad.clock.now()
        phase = build.phase
        until = build.of(phase).uncertain_until
        if build.failure is not None:
            job_id = build.job_of(phase)
            job = self._nomad.read_job(job_id)
            if job is not None and job.status != "dead" and not job.stopped:
                # Another replica registered it while this one gave the build up.
                self._nomad.stop_job(job_id)
            last = self._nomad.read_allocation(job_id)
            if last is not None and last.client_status in ("pending", "running"):
                return now + _STOP_CHECK
            if last is not None and last.client_status == "unknown":
                until = until or deadlines.end_of_scripts(build, phase, self._config)
        if phase == "publish" and until is not None and now < until and self._strays(build):
            # On a node that nobody hears of its task may still move tags: a newer build has to wait for that.
            return min(until, now + timedelta(seconds=self._config.resync_interval))
        if build.failure is not None and self._may_be_staged(build, build.failure.reason):
            self._clean_up(build)
        self._store.put_away(build.id)
        return None

    def _strays(self, build: Record) -> bool:
        """Tell whether an attempt to publish may still run where nobody hears of it."""
        for attempt in range(1, build.publish.attempt + 1):
            job_id = record.job_id("publish", build.id, attempt)
            last = self._nomad.read_allocation(job_id)
            if last is not None and (last.strays or last.client_status in ("unknown", "lost")):
                return True
        return False

    def _may_be_staged(self, build: Record, reason: Reason) -> bool:
        if build.phase == "plan":
            return False
        if build.phase != "build":
            return True
        return bool(build.build.allocation) and reason not in _NOTHING_STAGED

    def _clean_up(self, build: Record) -> None:
        """Have the staged image removed. It can only be left over: failing to do so fails nothing."""
        try:
            self._nomad.register_job(jobs.render_job("cleanup", build, self._config))
        except NomadUnreachable:
            raise
        except (NomadError, generator.GeneratorError) as error:
            _log.warning("the staged image of build %s stays: %s", build.id, error)
