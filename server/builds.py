"""The service itself: what can be done with builds, whatever the protocol that asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ulid import ULID

from server import jobs, logs, record, variants
from server.config import Config
from server.errors import InvalidRequest, NomadError, NotPossible
from server.nomad import Nomad
from server.record import PHASES, Phase, Record
from server.request import BuildRequest
from server.store import Store

# A line of a log has seldom more; the newest lines are found within this many bytes.
_BYTES_PER_LINE = 400


class Builds:
    """All builds of one Nomad cluster. Stateless: what is known is read anew for each call."""

    def __init__(
        self,
        nomad: Nomad,
        store: Store,
        config: Config,
        notify: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._notify = notify
        self._now = now

    def submit(self, request: BuildRequest) -> Record:
        """Accept a request: from here on the build ends one way or another, whatever dies.

        Raises:
            InvalidRequest: the request asks for what this service does not do.
            NotPossible: the cluster cannot do it.
        """
        if request.protocol not in self._config.git_protocols:
            allowed = ", ".join(self._config.git_protocols)
            problem = (
                f"repoURL: the protocol {request.protocol} is not allowed here, only {allowed}"
            )
            raise InvalidRequest((problem,))
        nodes = () if request.cache == "off" else self._nomad.list_nodes()
        build = Record(
            id=str(ULID.from_datetime(self._now())).lower(),
            request=request,
            variant=variants.choose_variant(request, nodes, self._config.cache_volume),
            created_at=self._now(),
        )
        stored = self._store.create(build)
        self._notify(build.id)
        return stored.record

    def read(self, build_id: str) -> Record:
        """Return what is known of a build."""
        return self._store.read(build_id).record

    def read_logs(self, build_id: str, phases: tuple[Phase, ...], lines: int) -> dict[Phase, str]:
        """Return the last lines of each phase's log; Nomad's while it has them, else the record's."""
        build = self._store.read(build_id).record
        return {phase: self._read_log(build, phase, lines) for phase in phases}

    def _read_log(self, build: Record, phase: Phase, lines: int) -> str:
        known = build.of(phase)
        allocation = known.allocation
        if not allocation and known.registered_at is not None:
            found = self._nomad.read_allocation(record.job_id(phase, build.id))
            allocation = found.id if found else ""
        text = ""
        if allocation:
            try:
                text = logs.read_log(self._nomad, allocation, phase, lines * _BYTES_PER_LINE)
            except NomadError:
                # The node may be gone; of an ended phase the record has the end.
                if known.log_tail is None:
                    raise
        return "\n".join(logs.tail_lines(text or known.log_tail or "", lines))

    def kill(self, build_id: str) -> Record:
        """Ask for the end of a build; one that has ended stays as it is."""
        while True:
            stored = self._store.read(build_id)
            build = stored.record
            if build.ended or build.kill_requested_at is not None:
                return build
            marked = build.model_copy(update={"kill_requested_at": self._now()})
            if (updated := self._store.update(stored, marked)) is not None:
                self._notify(build_id)
                return updated.record

    def clean_up(self, build_id: str) -> tuple[str, ...]:
        """Remove what an ended build has left in Nomad and in staging; return the removed jobs' ids.

        Raises:
            NotPossible: the build has not ended, or its last task has not.
        """
        build = self._store.read(build_id).record
        if not build.ended:
            msg = f"build {build_id} is {build.status}"
            raise NotPossible(msg, next_step="Wait until it has ended, or call killJob first")
        if build.status == "FAILED" and self._store.is_unfinished(build_id):
            # Its task may still push, and with the job Nomad would forget that it runs.
            msg = f"build {build_id} has FAILED, but its last task may still run"
            raise NotPossible(msg, next_step="Call cleanup again in a few seconds")
        removed = []
        for phase in PHASES:
            job_id = record.job_id(phase, build_id)
            if self._nomad.read_job(job_id) is not None:
                self._nomad.stop_job(job_id, purge=True)
                removed.append(job_id)
        if build.status == "FAILED":
            self._remove_staged(build)
        return tuple(removed)

    def _remove_staged(self, build: Record) -> None:
        """Have a build's staged image removed, unless that is done already or under way."""
        job_id = record.job_id("cleanup", build.id)
        job = self._nomad.read_job(job_id)
        if job is not None:
            last = self._nomad.read_allocation(job_id)
            if job.status != "dead" or (last is not None and last.client_status == "complete"):
                return
            self._nomad.stop_job(job_id, purge=True)
        self._nomad.register_job(jobs.render_job("cleanup", build, self._config))

    def clean_up_all(self) -> tuple[str, ...]:
        """Remove what all ended builds have left in Nomad; return the removed jobs' ids."""
        # Of a job whose name only begins like ours there is no record: it is somebody else's.
        ended = set(self._store.list_builds()) - set(self._store.list_unfinished())
        removed: list[str] = []
        for phase in PHASES:
            for job_id in self._nomad.list_job_ids(f"{phase}-"):
                if job_id.removeprefix(f"{phase}-") in ended:
                    self._nomad.stop_job(job_id, purge=True)
                    removed.append(job_id)
        return tuple(removed)

    def check_nomad(self) -> str:
        """Return the address of Nomad's leader, to see that all that the service needs is there."""
        return self._nomad.read_leader()
