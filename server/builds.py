"""The service itself: what can be done with builds, whatever the protocol that asks for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime

from server import admission, deadlines, logs, pipeline
from server.admission import Limits, Verdict
from server.config import Config
from server.errors import NomadError
from server.housekeeping import Housekeeper, Removal
from server.nomad import Nomad
from server.record import Kill, Phase, Record
from server.request import BuildRequest
from server.store import Store
from server.submission import Desk

# A line of a log has seldom more; the newest lines are found within this many bytes.
_BYTES_PER_LINE = 400


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A build's place in the queue."""

    verdict: Verdict
    deadline: datetime

    @property
    def reason(self) -> str:
        """What the build waits for."""
        return pipeline.describe(self.verdict)


class Builds:
    """All builds of one Nomad cluster. Stateless: what is known is read anew for each call."""

    def __init__(
        self,
        nomad: Nomad,
        store: Store,
        config: Config,
        notify: Callable[[str], None],
        *,
        desk: Desk,
        housekeeper: Housekeeper,
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._notify = notify
        self._desk = desk
        self._housekeeper = housekeeper

    def submit(self, request: BuildRequest) -> Record:
        """Accept a request: from here on the build ends one way or another, whatever dies.

        Raises:
            InvalidRequest: the request asks for what this service does not do.
            NotPossible: the cluster cannot do it, or an older build is in the way and that is not wanted.
            LimitReached: as many builds wait as may wait.
        """
        build = self._desk.accept(request)
        self._notify(build.id)
        return build

    def read(self, build_id: str) -> Record:
        """Return what is known of a build."""
        return self._store.read(build_id).record

    def find_place(self, build: Record) -> Place | None:
        """Return the place in the queue of a build that has not started; None when it is its turn."""
        if build.ended or build.started_at is not None:
            return None
        verdicts = admission.decide(
            self._store.list_live(), Limits.of(self._config), self._store.claims
        )
        verdict = verdicts.get(build.id, admission.ADMITTED)
        if verdict.admitted:
            return None
        return Place(verdict=verdict, deadline=deadlines.turn_deadline(build, self._config))

    def read_logs(self, build_id: str, phases: tuple[Phase, ...], lines: int) -> dict[Phase, str]:
        """Return the last lines of each phase's log; Nomad's while it has them, else the record's."""
        build = self._store.read(build_id).record
        return {phase: self._read_log(build, phase, lines) for phase in phases}

    def _read_log(self, build: Record, phase: Phase, lines: int) -> str:
        known = build.of(phase)
        allocation = known.allocation
        if not allocation and known.registered_at is not None:
            found = self._nomad.read_allocation(build.job_of(phase))
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

    def kill(self, build_id: str, by: str = "", why: str = "") -> Record:
        """Ask for the end of a build; one that has ended stays as it is."""
        kill = Kill(at=self._nomad.clock.now(), by=by or "killJob", why=why)
        build = self._store.mark_killed(build_id, kill)
        if not build.ended:
            self._notify(build_id)
        return build

    def clean_up(self, build_id: str, *, dry_run: bool = False) -> tuple[Removal, ...]:
        """Remove what an ended build has left in Nomad and in staging; return what was (or would be) removed.

        Raises:
            NotPossible: the build has not ended, or its last task has not.
        """
        return self._housekeeper.clean_up_build(build_id, dry_run=dry_run)

    def clean_up_all(self, *, dry_run: bool = False) -> tuple[Removal, ...]:
        """Remove what no living build needs; return what was (or would be) removed.

        Raises:
            NotPossible: another replica is at it.
        """
        return self._housekeeper.clean_up_all(dry_run=dry_run)

    def check_nomad(self) -> str:
        """Return the address of Nomad's leader, to see that all that the service needs is there."""
        return self._nomad.read_leader()
