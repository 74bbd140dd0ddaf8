"""Removes what no living build needs: by itself every so often on one replica at a time, and when asked.

What there is comes from lists; what of it goes is decided before anything is touched, so that a dry run shows the
same. Nothing of a live build is ever among it.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import generator
from server import jobs, record, store
from server.cluster import JobStub
from server.config import Config
from server.errors import (
    BuildNotFound,
    NomadUnreachable,
    NotPossible,
    RecordUnreadable,
    ServiceError,
)
from server.leases import Lease
from server.metrics import Metrics
from server.nomad import Nomad, VariableStub
from server.record import ALL_PHASES, Record
from server.store import Store

_log = logging.getLogger(__name__)

Kind = Literal["job", "record", "staging", "cache"]
_LOCK = "nomad-build/locks/housekeeping"
_PRUNE_JOB = re.compile(r"prune-[0-9a-f]{8}-[0-9]{8}")
# A staged image that the registry does not let go is asked for so many times.
_CLEANUP_ATTEMPTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One thing that is removed: its kind, its name, why nothing needs it, and the build that it is of, if any."""

    kind: Kind
    name: str
    why: str
    build_id: str = ""
    index: int = 0


class Housekeeper:
    """Plans and removes."""

    def __init__(self, nomad: Nomad, store: Store, config: Config, metrics: Metrics) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._metrics = metrics
        self._looked_at = 0

    def clean_up_build(self, build_id: str, *, dry_run: bool) -> tuple[Removal, ...]:
        """Remove what one ended build has left.

        Raises:
            NotPossible: the build has not ended, or its last task has not.
        """
        build = self._store.read(build_id).record
        if not build.ended:
            msg = f"build {build_id} is {build.status}"
            raise NotPossible(msg, next_step="Wait until it has ended, or call killJob first")
        if self._store.is_live(build_id):
            # Its task may still push, and with the job Nomad would forget that it runs.
            msg = f"build {build_id} has {build.status}, but its last task may still run"
            raise NotPossible(msg, next_step="Call cleanup again in a few seconds")
        removals = [
            Removal(kind="job", name=stub.id, why="its build has ended")
            for phase in ALL_PHASES
            for stub in self._nomad.list_jobs(record.job_id(phase, build_id))
        ]
        staged = build.status == "FAILED" and build.phase != "plan"
        if staged and not self._ended_well(record.job_id("cleanup", build_id)):
            removals.append(_staging(build, "its build has failed"))
        if not dry_run:
            self._remove(removals)
        return tuple(removals)

    def clean_up_all(self, *, dry_run: bool, automatic: bool = False) -> tuple[Removal, ...]:
        """Remove all that no living build needs; by itself it leaves the jobs of ended builds to Nomad, for their logs.

        Raises:
            NotPossible: another replica is at it.
        """
        if dry_run:
            return tuple(self._plan(automatic=automatic))
        with Lease(self._nomad, _LOCK) as lease:
            if not lease.held:
                msg = "another replica is cleaning up"
                raise NotPossible(msg, next_step="Call cleanup again in a minute")
            self._recall_lost()
            removals = tuple(self._plan(automatic=automatic))
            self._remove(removals, lease)
        return removals

    def _list_builds(self) -> tuple[tuple[VariableStub, ...], set[str]]:
        """List all records, and which of them are live.

        The records come first: a marker is written before its record, so that none of a listed one is overlooked.
        """
        records = self._store.list_records()
        return records, {entry.build_id for entry in self._store.list_live()}

    def _recall_lost(self) -> None:
        """Give a build that has not ended its marker back, when that was lost; each record is looked at once."""
        records, live = self._list_builds()
        for stub in records:
            build_id = store.build_of(stub)
            if stub.modify_index > self._looked_at and build_id not in live:
                with self._left_alone():
                    self._recall(self._find(build_id))
        self._looked_at = max((stub.modify_index for stub in records), default=0)

    def _recall(self, build: Record | None) -> bool:
        if build is None or build.ended:
            return False
        _log.warning("build %s had lost its marker", build.id)
        self._store.announce(build)
        return True

    def _plan(self, *, automatic: bool) -> Iterator[Removal]:
        records, live = self._list_builds()
        yield from self._plan_records(records, live)
        ended = {store.build_of(stub) for stub in records} - live
        yield from self._plan_jobs(ended, automatic=automatic)
        yield from self._plan_staging(ended)
        yield from self._plan_caches()

    def _plan_records(self, records: tuple[VariableStub, ...], live: set[str]) -> Iterator[Removal]:
        """Old records go, and of young ones the oldest that are too many."""
        ended = [stub for stub in records if store.build_of(stub) not in live]
        oldest = self._nomad.clock.now() - timedelta(days=self._config.keep_days)
        surplus = len(ended) - self._config.keep_builds
        for position, stub in enumerate(ended):
            build_id = store.build_of(stub)
            if stub.modified_at < oldest:
                why = f"older than {self._config.keep_days} days"
            elif position < surplus:
                why = f"one of the oldest of more than {self._config.keep_builds} builds"
            else:
                continue
            yield Removal(
                kind="record", name=build_id, why=why, build_id=build_id, index=stub.modify_index
            )

    def _plan_jobs(self, ended: set[str], *, automatic: bool) -> Iterator[Removal]:
        for stub in self._phase_jobs(alive=automatic):
            build_id = record.build_of(stub.id)
            # Of a job whose name only looks like ours there is no record: it is somebody else's.
            if build_id in ended:
                yield Removal(kind="job", name=stub.id, why="its build has ended")

    def _phase_jobs(self, *, alive: bool) -> Iterator[JobStub]:
        for phase in ALL_PHASES:
            yield from self._nomad.list_jobs(f"{phase}-", alive=alive)

    def _plan_staging(self, ended: set[str]) -> Iterator[Removal]:
        """See what became of the jobs that remove staged images: what failed is tried again."""
        for stub in self._nomad.list_jobs("cleanup-"):
            build_id = stub.id.removeprefix("cleanup-")
            if stub.status != "dead" or build_id not in ended:
                continue
            if self._ended_well(stub.id):
                yield Removal(kind="job", name=stub.id, why="it has done its work")
                continue
            with self._left_alone():
                build = self._find(build_id)
                if build is not None and build.cleanup_attempts < _CLEANUP_ATTEMPTS:
                    yield _staging(build, "it could not be removed before")

    def _plan_caches(self) -> Iterator[Removal]:
        """The layer cache of each node is looked through once a day, by a job that waits for no build."""
        known = self._nomad.list_jobs("prune-")
        today = self._today()
        for stub in known:
            if stub.status == "dead" and _PRUNE_JOB.fullmatch(stub.id) and today not in stub.id:
                yield Removal(kind="job", name=stub.id, why="it has done its work")
        done = {stub.id for stub in known}
        for node in self._nomad.list_nodes():
            job_id = record.job_id("prune", _prune_run(node.id, today))
            if node.ready and self._config.cache_volume in node.host_volumes and job_id not in done:
                why = "killed builds leave working containers"
                yield Removal(kind="cache", name=node.id, why=why)

    def _remove(self, removals: Iterable[Removal], lease: Lease | None = None) -> None:
        for removal in removals:
            if lease is not None:
                lease.renew()
            try:
                self._remove_one(removal)
            except NomadUnreachable:
                raise
            except (ServiceError, generator.GeneratorError) as error:
                _log.warning("%s %s stays: %s", removal.kind, removal.name, error)

    def _remove_one(self, removal: Removal) -> None:
        match removal.kind:
            case "job":
                self._nomad.stop_job(removal.name, purge=True)
                self._metrics.removed("job")
            case "record":
                self._remove_record(removal)
            case "staging":
                self._remove_staged(removal.build_id)
            case "cache":
                run_id = _prune_run(removal.name, self._today())
                self._nomad.register_job(jobs.render_prune_job(run_id, removal.name, self._config))
                self._metrics.removed("working_container")

    def _remove_record(self, removal: Removal) -> None:
        """Remove an ended build's record; one that has not ended has lost its marker, and gets it back."""
        with self._left_alone():
            if self._recall(self._find(removal.build_id)):
                return
            self._store.delete(removal.build_id, removal.index)
            self._metrics.removed("record")

    def _remove_staged(self, build_id: str) -> None:
        """Have a build's staged image removed, unless that is under way."""
        stored = self._store.read(build_id)
        build = stored.record
        job_id = record.job_id("cleanup", build_id)
        job = self._nomad.read_job(job_id)
        if job is not None:
            if job.status != "dead" or self._ended_well(job_id):
                return
            self._nomad.stop_job(job_id, purge=True)
        attempts = {"cleanup_attempts": build.cleanup_attempts + 1}
        if self._store.update(stored, build.model_copy(update=attempts)) is not None:
            self._nomad.register_job(jobs.render_job("cleanup", build, self._config))
            self._metrics.removed("staging_repository")

    def _today(self) -> str:
        return f"{self._nomad.clock.now():%Y%m%d}"

    def _ended_well(self, job_id: str) -> bool:
        last = self._nomad.read_allocation(job_id)
        return last is not None and last.client_status == "complete"

    @contextlib.contextmanager
    def _left_alone(self) -> Iterator[None]:
        """Leave a record that this version cannot read to those that can: what is in it is not known."""
        try:
            yield
        except RecordUnreadable as error:
            _log.warning("%s", error)

    def _find(self, build_id: str) -> Record | None:
        try:
            return self._store.read(build_id).record
        except BuildNotFound:
            return None


def _prune_run(node_id: str, day: str) -> str:
    """Name the one run of a day on a node: whoever plans it and whoever registers it mean the same job."""
    return f"{node_id[:8]}-{day}"


def _staging(build: Record, why: str) -> Removal:
    return Removal(kind="staging", name=build.staging_repository, why=why, build_id=build.id)
