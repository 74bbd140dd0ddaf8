"""What stands between the servers and the node's client: while it is cut, neither side hears the other.

What the servers decide in the meantime reaches the client when it is heard of again, and so does the last
that the client has to say of each allocation; in between, its tasks go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from server.embedded import records


class Client(Protocol):
    """The client at the other end."""

    def run(self, allocation: records.Allocation) -> None:
        """Start an allocation."""

    def stop(self, allocation: records.Allocation) -> None:
        """Let an allocation's tasks be killed."""

    def forget(self, allocation_id: str) -> None:
        """Kill what still runs of an allocation and remove its directory."""

    def reconnect(self, allocation_id: str) -> None:
        """Note in an allocation's tasks that the servers are heard again, and report it."""


class Servers(Protocol):
    """The servers at this end."""

    def update(self, allocation: records.Allocation) -> None:
        """Take in what the client reports of an allocation."""


class Link:
    """Passes the servers' wishes to the client, and the client's reports to the servers."""

    def __init__(self) -> None:
        self.connected = True
        self._ends: tuple[Servers, Client] | None = None
        self._unsent: dict[str, records.Allocation] = {}
        self._unstopped: dict[str, records.Allocation] = {}
        self._unforgotten: dict[str, None] = {}

    def attach(self, servers: Servers, client: Client) -> None:
        """Put the servers at one end and the client at the other."""
        self._ends = servers, client

    def run(self, allocation: records.Allocation) -> None:
        """Start an allocation; none is placed on a node that is not heard of."""
        self._client.run(allocation)

    def stop(self, allocation: records.Allocation) -> None:
        """Let an allocation's tasks be killed."""
        if self.connected:
            self._client.stop(allocation)
        else:
            self._unstopped[allocation.id] = allocation

    def forget(self, allocation_id: str) -> None:
        """Kill what still runs of an allocation and remove its directory."""
        if self.connected:
            self._client.forget(allocation_id)
        else:
            self._unforgotten[allocation_id] = None

    def report(self, allocation: records.Allocation) -> None:
        """Take in what the client says of an allocation."""
        if self.connected:
            self._servers.update(allocation)
        else:
            self._unsent[allocation.id] = allocation

    def cut(self) -> None:
        """Let nothing through any more."""
        self.connected = False

    def restore(self, unknown: Iterable[str]) -> None:
        """Let through what waited; the client reports the unknown allocations in any case."""
        self.connected = True
        unsent, self._unsent = self._unsent, {}
        unstopped, self._unstopped = self._unstopped, {}
        unforgotten, self._unforgotten = self._unforgotten, {}
        for allocation in unsent.values():
            self._servers.update(allocation)
        for allocation_id in unknown:
            self._client.reconnect(allocation_id)
        for allocation in unstopped.values():
            self._client.stop(allocation)
        for allocation_id in unforgotten:
            self._client.forget(allocation_id)

    @property
    def _servers(self) -> Servers:
        return self._both()[0]

    @property
    def _client(self) -> Client:
        return self._both()[1]

    def _both(self) -> tuple[Servers, Client]:
        if self._ends is None:
            msg = "nothing is attached to the link yet"
            raise RuntimeError(msg)
        return self._ends
