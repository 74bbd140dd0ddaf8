"""The event stream: what the state publishes -> newline-delimited JSON frames of one subscriber.

As nomad/stream: a buffer of the last 100 batches, replayed to whoever connects; an index that is too
old starts silently at the closest batch; a reader that falls out of the buffer is cut off.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

from server.embedded import faults, notices, records

BUFFERED_BATCHES = 100
HEARTBEAT_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of one record."""

    topic: str
    type: str
    key: str
    namespace: str
    filter_keys: tuple[str, ...] | None
    index: int
    payload: Mapping[str, records.Json]


@dataclass(frozen=True, slots=True)
class Batch:
    """All changes of one index; ``number`` counts batches without gaps."""

    number: int
    index: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Subscription:
    """Which topics and keys a subscriber wants."""

    topics: Mapping[str, tuple[str, ...]]

    def wants(self, event: Event) -> bool:
        """Tell whether the event passes, as nomad/stream/subscription.go filter."""
        keys = (*self.topics.get("*", ()), *self.topics.get(event.topic, ()))
        return any(
            key in ("*", event.key) or (event.filter_keys is not None and key in event.filter_keys)
            for key in keys
        )


def parse_topics(queries: Iterable[str]) -> Subscription:
    """Read the ``topic`` parameters of a request: ``Topic`` or ``Topic:key``."""
    topics: dict[str, tuple[str, ...]] = {}
    for query in queries:
        parts = query.split(":")
        if len(parts) > 2:
            text = (
                "Invalid topic query: error parsing topics: "
                f"Invalid key value pair for topic, topic: {query}"
            )
            raise faults.RequestFault(400, text)
        topic, key = parts if len(parts) == 2 else (parts[0], "*")
        topics[topic] = (*topics.get(topic, ()), key)
    return Subscription(topics or {"*": ("*",)})


class Broker:
    """Keeps the last batches and wakes those who wait for the next."""

    def __init__(self) -> None:
        self._batches: deque[Batch] = deque(maxlen=BUFFERED_BATCHES)
        self._next_number = 0
        self._published = notices.Notice()

    def publish(self, index: int, events: Iterable[Event]) -> None:
        """Add one index's events to the buffer."""
        self._batches.append(Batch(self._next_number, index, tuple(events)))
        self._next_number += 1
        self._published.give()

    def close(self) -> None:
        """End all streams."""
        self._published.close()

    async def follow(
        self, subscription: Subscription, index: int
    ) -> AsyncIterator[tuple[int, tuple[Event, ...]] | None]:
        """Yield what the subscriber wants from the index on; None is a heartbeat, at first at once."""
        yield None
        number = self._first_number(index)
        while not self._published.closed:
            ticket = self._published.ticket()
            pending = [batch for batch in self._batches if batch.number >= number]
            for batch in pending:
                if batch.number != number:
                    return
                number += 1
                wanted = tuple(event for event in batch.events if subscription.wants(event))
                if wanted:
                    yield batch.index, wanted
            if not pending:
                try:
                    await asyncio.wait_for(ticket.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield None

    def _first_number(self, index: int) -> int:
        """Find where a subscriber starts, as event_buffer.go StartAtClosest."""
        for batch in self._batches:
            if batch.index >= index:
                return batch.number
        return max(0, self._next_number - 1)


def frame(batch: tuple[int, tuple[Event, ...]] | None) -> dict[str, records.Json]:
    """Build the JSON of one line of the stream."""
    if batch is None:
        return {}
    index, events = batch
    return {
        "Index": index,
        "Events": [
            {
                "Topic": event.topic,
                "Type": event.type,
                "Key": event.key,
                "Namespace": event.namespace,
                "FilterKeys": None if event.filter_keys is None else list(event.filter_keys),
                "Index": event.index,
                "Payload": event.payload,
            }
            for event in events
        ],
    }
