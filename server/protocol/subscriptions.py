"""Telling clients that builds have changed: ``subscriptions/listen`` of revision 2026-07-28.

Records are in Nomad and change there, whichever replica is at work. So each replica reads those that its own clients
listen to, when there is news of them and every few seconds, and none while nobody listens. An event says that a build
or a log is to be read again; what happened while a client was away it learns by reading, too.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import anyio
from mcp import MCPError, types
from mcp.server.mcpserver import require_client_extension
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated

from server import calls
from server.errors import BuildNotFound, NomadError, ServiceError
from server.protocol import tasks, uris
from server.protocol.requests import Context, caller_of, refusal
from server.record import Record

_log = logging.getLogger(__name__)

# Seconds between two rounds. In each the builds are read of which was heard since a moment ago: what Nomad tells all
# replicas at once, the one that looks after the build writes down within two seconds.
_PAUSE = 1.0
_FRESH = 2.0
# News may be lost: every so many rounds builds are read all the same, and those that have ended, of which only the
# webhook's call may still be noted, more seldom.
_ROUNDS = 5
_ROUNDS_FOR_ENDED = 15
# Addresses in one request, and builds that are looked at for all clients together: each costs a call of Nomad's.
ADDRESSES = 100
_BUILDS = 500


@dataclass(slots=True)
class _Watched:
    """A build that somebody listens to: as it was last seen, None once it is gone, and how many want which address."""

    owner: str | None
    seen: Record | None
    wanted: Counter[str] = field(default_factory=Counter)


class Subscriptions:
    """The clients that listen, and the builds that they listen to, of one server."""

    def __init__(self, toolbox: calls.Toolbox) -> None:
        self._builds = toolbox.builds
        self._bus = InMemorySubscriptionBus()
        self._handler = ListenHandler(self._bus)
        self._watched: dict[str, _Watched] = {}
        self._listened = anyio.Event()

    @property
    def watched(self) -> frozenset[str]:
        """The builds that are looked at."""
        return frozenset(self._watched)

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[Subscriptions]:
        """Look at builds as long as the context lasts."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch)
            try:
                yield self
            finally:
                self._handler.close()
                group.cancel_scope.cancel()

    async def listen(
        self, context: Context, parameters: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        """Tell a client of changes until it goes away; what it may not see is left out, as the answer says.

        Raises:
            MCPError: too much is listened to.
        """
        wanted = parameters.notifications
        if "taskIds" in (wanted.model_extra or {}):
            # Tasks are polled; but whoever asks to be told of them has to know what they are.
            require_client_extension(context, tasks.IDENTIFIER)
        addresses = list(dict.fromkeys(wanted.resource_subscriptions or ()))
        if len(addresses) > ADDRESSES:
            msg = f"at most {ADDRESSES} resources can be listened to by one request"
            raise MCPError(types.INVALID_PARAMS, msg)
        builds = await self._read(context, addresses)
        honored = [each for each in addresses if each in builds or not uris.read_build_uri(each)]
        parameters = parameters.model_copy(
            update={"notifications": wanted.model_copy(update={"resource_subscriptions": honored})}
        )
        with self._listening(builds, caller_of(context).owner):
            return await self._handler(context, parameters)

    async def _read(self, context: Context, addresses: Sequence[str]) -> dict[str, Record]:
        """Read the builds of addresses that the caller may see."""
        caller = caller_of(context)
        found: dict[str, Record] = {}
        for uri in addresses:
            address = uris.read_build_uri(uri)
            if address is None:
                continue
            try:
                caller.require("read", "subscriptions/listen")
                found[uri] = await self._look_at(address.job_id, caller.owner)
            except NomadError as error:
                # Whether there is such a build cannot be told: a stream without it would be silent for good.
                raise refusal(error) from error
            except ServiceError:
                continue
        return found

    @contextlib.contextmanager
    def _listening(self, builds: dict[str, Record], owner: str | None) -> Iterator[None]:
        """Have builds looked at as long as the context lasts."""
        ids = {build.id for build in builds.values()}
        if len(self._watched.keys() | ids) > _BUILDS:
            msg = "too many builds are listened to: ask waitJob instead"
            raise MCPError(types.INTERNAL_ERROR, msg)
        for uri, build in builds.items():
            watched = self._watched.setdefault(build.id, _Watched(owner, build))
            watched.wanted[uri] += 1
        if self._watched:
            self._listened.set()
        try:
            yield
        finally:
            for uri, build in builds.items():
                watched = self._watched[build.id]
                watched.wanted[uri] -= 1
                watched.wanted += Counter()  # forgets what nobody wants
                if not watched.wanted:
                    del self._watched[build.id]
            if not self._watched and self._listened.is_set():
                # One that is not set is being waited for.
                self._listened = anyio.Event()

    async def _watch(self) -> None:
        rounds = 0
        while True:
            await self._listened.wait()
            rounds += 1
            for build_id in tuple(self._watched):
                watched = self._watched.get(build_id)
                if watched is None or not self._is_due(build_id, watched, rounds):
                    continue
                try:
                    await self._tell(build_id, watched)
                except ServiceError as error:
                    _log.info("a build that is listened to cannot be read: %s", error)
                except Exception:
                    # Nothing that is wrong with one build may keep the others' listeners without news.
                    _log.exception("looking at build %s failed", build_id)
            await anyio.sleep(_PAUSE)

    def _is_due(self, build_id: str, watched: _Watched, rounds: int) -> bool:
        if watched.seen is None or watched.seen.ended:
            return rounds % _ROUNDS_FOR_ENDED == 0
        return rounds % _ROUNDS == 0 or self._builds.heard_of(build_id, _FRESH)

    async def _tell(self, build_id: str, watched: _Watched) -> None:
        """Look at a build, and tell those who listen if it has changed since."""
        try:
            now = await self._look_at(build_id, watched.owner)
        except BuildNotFound:
            now = None
        if now != watched.seen:
            watched.seen = now
            for uri in tuple(watched.wanted):
                await self._bus.publish(ResourceUpdated(uri))

    async def _look_at(self, build_id: str, owner: str | None) -> Record:
        return await calls.in_thread(lambda: self._builds.read(build_id, owner))
