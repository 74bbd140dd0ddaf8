"""The service's own web application on a loopback port: as it is, with fixtures beside its tools, or with sessions."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from mcp.server.lowlevel import Server
from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp_types import JSONRPCMessage

from server import protocol
from tests import clients
from tests.interop import fixtures
from tests.worlds import World

Kind = Literal["service", "fixtures", "sessions"]
KINDS: tuple[Kind, ...] = ("service", "fixtures", "sessions")


@contextlib.contextmanager
def serve(folder: Path, kind: Kind) -> Iterator[str]:
    """Run a service on an engine with scripted tasks; return the address of its MCP endpoint.

    ``kind`` is ``service`` for what users run, ``fixtures`` for the same with fixtures, and ``sessions`` for that
    with the older era's sessions, which the service does without.
    """
    create = protocol.create_server

    world = World(folder)
    fixtures.tasks.obey_requests(world)

    def create_with_fixtures(*given: Any, **named: Any) -> Server[Any]:
        made = fixtures.add_to(create(*given, **named))
        if kind == "sessions":
            kept = {"stateless_http": False, "event_store": _Events(), "retry_interval": 100}
            app_of = made.streamable_http_app
            changed.enter_context(
                mock.patch.object(
                    made, "streamable_http_app", lambda **named: app_of(**named | kept)
                )
            )
        return made

    with contextlib.ExitStack() as changed, world.engine, world.run() as running:
        if kind != "service":
            # The application is ours to the last route: only the making of its server is stepped into.
            changed.enter_context(
                mock.patch.object(protocol, "create_server", create_with_fixtures)
            )
        with clients.listen(running, world.configure()) as address:
            yield address


class _Events(EventStore):
    """What was sent on each stream, for clients that come back."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._sent: list[tuple[int, str, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        number = next(self._numbers)
        self._sent.append((number, stream_id, message))
        return str(number)

    async def replay_events_after(
        self, last_event_id: str, send_callback: EventCallback
    ) -> str | None:
        last = int(last_event_id)
        stream = next((stream for number, stream, _ in self._sent if number == last), None)
        for number, sent_on, message in self._sent:
            if sent_on == stream and number > last and message is not None:
                await send_callback(EventMessage(message, str(number)))
        return stream
