"""The service itself: what can be done with builds, whatever the protocol that asks for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime

from server import admission, deadlines, logs, pipeline
from server.admission import Verdict
from server.config import Config
from server.errors import BuildNotFound, InvalidRequest, NotPossible
from server.history import History, Page, Wanted
from server.housekeeping import Housekeeper, Removal
from server.news import News
from server.nomad import Nomad
from server.progress import Progress
from server.record import Kill, Phase, Record
from server.request import BuildRequest
from server.store import Store
from server.submission import Desk
from server.turns import Turns


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
    """All builds of one Nomad cluster. Stateless: what is known is read anew for each call.

    What takes an ``owner`` knows only that one's builds: another's is not found, as if it did not exist. Without an
    owner it knows all, unless ``NOMAD_BUILD_REQUIRE_OWNER`` is set.
    """

    def __init__(
        self,
        nomad: Nomad,
        store: Store,
        config: Config,
        notify: Callable[[str], None],
        *,
        desk: Desk,
        housekeeper: Housekeeper,
        news: News,
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._notify = notify
        self._turns = Turns(store, config)
        self._desk = desk
        self._housekeeper = housekeeper
        self._news = news
        self._progress = Progress(nomad)
        self._history = History(store)

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

    def knows(self, request: BuildRequest) -> bool:
        """Tell whether a request of this name, by its ``request_id``, became a build before."""
        return self._desk.knows(request)

    def read(self, build_id: str, owner: str | None = None) -> Record:
        """Return what is known of a build.

        Raises:
            BuildNotFound: there is no such build, or it is another owner's.
            InvalidRequest: the owner has to be given here, and is not.
        """
        if owner is None and self._config.require_owner:
            problem = "owner is missing: here it must be given with each jobID"
            raise InvalidRequest((problem,))
        build = self._store.read(build_id).record
        if owner is not None and build.request.owner != owner:
            raise BuildNotFound(build_id)
        return build

    def list_builds(self, wanted: Wanted, limit: int, cursor: str = "") -> Page:
        """Return a page of the builds that fit, the newest first.

        Raises:
            InvalidRequest: the owner has to be given here, and is not.
        """
        if wanted.owner is None and self._config.require_owner:
            raise InvalidRequest(("owner is missing: here it must be given",))
        return self._history.page(wanted, limit, cursor)

    def heard_of(self, build_id: str, seconds: float) -> bool:
        """Tell whether there was news of a build within so many seconds; none is no promise that nothing changed."""
        return self._news.heard_since(build_id, seconds)

    def now(self) -> datetime:
        """Return the time by Nomad's clock, as records have it."""
        return self._nomad.clock.now()

    def find_step(self, build: Record) -> str:
        """Return the step of the Dockerfile that a build is at, as Buildah writes it; empty when that is not known."""
        return self._progress.find_step(build)

    def find_place(self, build: Record) -> Place | None:
        """Return the place in the queue of a build that has not started; None when it is its turn."""
        if build.ended or build.started_at is not None:
            return None
        verdicts = self._turns.decide(self._store.list_live())
        verdict = verdicts.get(build.id, admission.ADMITTED)
        if verdict.admitted:
            return None
        return Place(verdict=verdict, deadline=deadlines.turn_deadline(build, self._config))

    def read_logs(self, build_id: str, wanted: logs.Wanted, owner: str | None = None) -> logs.Pages:
        """Yield a page of a build's logs, perhaps after pauses; Nomad's while it has them, else what the record has.

        Raises:
            BuildNotFound: there is no such build, or it is another owner's.
            InvalidRequest: the cursor is none of this build's, or the pattern is none.
        """
        build = self.read(build_id, owner)
        return logs.read_page(self._nomad, lambda: self.read(build_id, owner), build, wanted)

    def follow_logs(
        self,
        build_id: str,
        cursor: str = "",
        *,
        phase: Phase | None = None,
        task: str = "",
        owner: str | None = None,
    ) -> logs.Followed:
        """Follow a build's logs from a cursor on, or from their beginning; of one phase or task only if it is given.

        Raises:
            BuildNotFound: there is no such build, or it is another owner's.
            InvalidRequest: the cursor is none of this build's.
        """
        build = self.read(build_id, owner)
        follower = logs.Follower(
            self._nomad,
            lambda: self.read(build_id, owner),
            logs.decode_cursor(cursor or logs.START, build_id),
            build=build,
            phase=phase,
            task=task,
        )
        return logs.follow(follower)

    def kill(self, build_id: str, by: str = "", why: str = "", owner: str | None = None) -> Record:
        """Ask for the end of a build; one that has ended stays as it is."""
        self._require_known(build_id, owner)
        kill = Kill(at=self._nomad.clock.now(), by=by or "killJob", why=why)
        build = self._store.mark_killed(build_id, kill)
        if not build.ended:
            self._notify(build_id)
        return build

    def _require_known(self, build_id: str, owner: str | None) -> None:
        """Spare the caller that names no owner, and need not, a second look at the record."""
        if owner is not None or self._config.require_owner:
            self.read(build_id, owner)

    def clean_up(
        self, build_id: str, *, dry_run: bool = False, owner: str | None = None
    ) -> tuple[Removal, ...]:
        """Remove what an ended build has left in Nomad and in staging; return what was (or would be) removed.

        Raises:
            NotPossible: the build has not ended, or its last task has not.
        """
        self._require_known(build_id, owner)
        return self._housekeeper.clean_up_build(build_id, dry_run=dry_run)

    def clean_up_all(self, *, dry_run: bool = False) -> tuple[Removal, ...]:
        """Remove what no living build needs; return what was (or would be) removed.

        Raises:
            NotPossible: another replica is at it, or callers may only reach for one owner's builds.
        """
        if self._config.require_owner:
            msg = (
                "all cleans up after every owner's builds, which callers of this service may not do"
            )
            next_step = "Give jobID and owner; what is left over goes by itself every so often"
            raise NotPossible(msg, next_step=next_step)
        return self._housekeeper.clean_up_all(dry_run=dry_run)

    def check_nomad(self) -> str:
        """Return the address of Nomad's leader, to see that all that the service needs is there."""
        return self._nomad.read_leader()
