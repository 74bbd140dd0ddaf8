"""The desk where requests become builds: checked, given an id and a place in the queue, and stored.

A request that is repeated, with its ``requestId``, meets the build that it became: on any replica, also when the
first answer was lost or the first replica died at any line of this module.
"""

from __future__ import annotations

import hashlib

from ulid import ULID

from server import admission
from server.admission import Entry, Limits, Verdict
from server.config import Config
from server.errors import (
    BuildNotFound,
    InvalidRequest,
    LimitReached,
    NomadUnreachable,
    NotPossible,
    ServiceError,
)
from server.metrics import Metrics, Submission
from server.nomad import Nomad
from server.policy import Policy
from server.record import Record
from server.request import BuildRequest
from server.store import Store

# Seconds after which a caller that met a limit may ask again.
_RETRY_AFTER = 30


class Desk:
    """Takes requests in."""

    def __init__(self, nomad: Nomad, store: Store, config: Config, metrics: Metrics) -> None:
        self._nomad = nomad
        self._store = store
        self._config = config
        self._metrics = metrics
        self._policy = Policy(nomad, config)

    def accept(self, request: BuildRequest) -> Record:
        """Store a build, or return the one that this request became before.

        Raises:
            InvalidRequest: the request asks for what this service does not do.
            NotPossible: the cluster cannot do it, or an older build is in the way and that is not wanted.
            LimitReached: as many builds wait as may wait.
        """
        try:
            self._policy.check(request)
            known = self._find_repeated(request)
            build = known or self._store_new(request)
        except ServiceError as error:
            self._metrics.submitted(_result(error))
            raise
        self._metrics.submitted("repeated" if known else "accepted")
        return build

    def knows(self, request: BuildRequest) -> bool:
        """Tell whether a request of this name became a build before."""
        return self._find_named(request) is not None

    def _find_repeated(self, request: BuildRequest) -> Record | None:
        known = self._find_named(request)
        return None if known is None else _require_same(known, request)

    def _find_named(self, request: BuildRequest) -> Record | None:
        if not request.request_id:
            return None
        try:
            return self._store.read(_id_of(request)).record
        except BuildNotFound:
            return None

    def _store_new(self, request: BuildRequest) -> Record:
        # What a build file is yet to say decides where the build can run.
        choice = None if request.file_path else self._policy.choose_variant(request)
        now = self._nomad.clock.now()
        build = Record(
            id=_id_of(request) if request.request_id else str(ULID.from_datetime(now)).lower(),
            request=request,
            variant=choice.variant if choice else "cpu",
            variant_reason=choice.why if choice else "the build file is not read yet",
            created_at=now,
        )
        index = self._store.announce(build)
        try:
            self._check_queue(build)
        except ServiceError:
            # Of an announcement that was there before somebody else may make a build.
            if index is not None:
                self._store.withdraw(build, index)
            raise
        return _require_same(self._create(build), request)

    def _create(self, build: Record) -> Record:
        try:
            return self._store.create(build).record
        except NomadUnreachable:
            # Only the answer may have been lost: then the build is there.
            try:
                return self._store.read(build.id).record
            except BuildNotFound:
                pass
            raise

    def _check_queue(self, build: Record) -> None:
        """Refuse a build that would wait behind too many, or at all if that is not wanted."""
        entries = self._store.list_live()
        known = {build.id: build.claims}
        verdicts = admission.decide(
            entries,
            Limits.of(self._config),
            lambda each: known.get(each) or self._store.claims(each),
        )
        # A list that has the build's own marker has those of all older builds, too.
        if build.id not in verdicts:
            msg = "the server of Nomad that was asked lags behind"
            raise NomadUnreachable(msg)
        verdict = verdicts[build.id]
        if verdict.admitted:
            return
        if verdict.blockers and build.request.on_conflict == "reject":
            msg = f"build {verdict.blockers[-1]}, which is older, publishes to the same tag"
            raise NotPossible(
                msg,
                next_step="Wait for it with getStatus, or submit with onConflict queue or supersede",
            )
        self._check_limits(build, entries, verdicts)

    def _check_limits(
        self, build: Record, entries: tuple[Entry, ...], verdicts: dict[str, Verdict]
    ) -> None:
        waiting, of_owner = admission.queued_before(build.id, entries, verdicts)
        owner = build.request.owner
        for count, limit, whose in (
            (waiting, self._config.max_queued, "in all"),
            (of_owner, self._config.max_queued_per_owner, f"of owner {owner}"),
        ):
            if count >= limit:
                msg = f"{count} builds {whose} wait already, as many as may wait"
                next_step = "Wait until some have ended (getStatus), or kill those you need no more (killJob)"
                raise LimitReached(msg, next_step=next_step, retry_after=_RETRY_AFTER)


def _id_of(request: BuildRequest) -> str:
    """Return the id of the build that this owner's request of this name becomes, whoever asks."""
    text = f"{request.owner}\0{request.request_id}"
    return str(ULID.from_bytes(hashlib.sha256(text.encode()).digest()[:16])).lower()


def _require_same(build: Record, request: BuildRequest) -> Record:
    if (build.asked or build.request) == request:
        return build
    problem = f"requestID: build {build.id} was submitted with this requestID and other fields"
    raise InvalidRequest((problem,), next_step="Give each request an id of its own")


def _result(error: ServiceError) -> Submission:
    match error:
        case InvalidRequest():
            return "invalid"
        case LimitReached():
            return "limit"
        case NotPossible():
            return "conflict"
        case _:
            return "failed"
