"""A reverse proxy between one replica and Nomad, that disturbs what passes.

What it does not disturb it passes on byte for byte. Calls that change something can be watched: a function is called
before and after each, and may end the caller exactly there.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tests.faults import dice, wire
from tests.faults.dice import Fault

_EVENTS = "/v1/event/stream"
_CHANGES = ("/v1/var/", "/v1/job/", "/v1/jobs")
_HOUSEKEEPING = ("/v1/var/nomad-build/replicas/", "/v1/var/nomad-build/locks/")
_READ_LIMIT = 4 * 1024 * 1024
_REMEMBERED_LINES = 20

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of Nomad's API; ``replica`` is who calls."""

    replica: str
    method: str
    path: str
    body: bytes

    @property
    def changes(self) -> bool:
        """Whether it changes jobs or variables."""
        return (
            self.method in ("PUT", "POST", "DELETE")
            and self.path.startswith(_CHANGES)
            and not self.path.startswith("/v1/jobs/parse")
        )

    @property
    def belongs_to_a_build(self) -> bool:
        """Whether it is more than a replica's word that it is there, or what one of them does at a time."""
        return not self.path.startswith(_HOUSEKEEPING)


# Called at each boundary of a call that changes something; true when its caller is no more.
Boundary = Callable[[Call, When], bool]


def ignore(call: Call, when: When) -> bool:
    """Let all calls pass."""
    del call, when
    return False


class Proxy:
    """One replica's way to Nomad."""

    def __init__(
        self, replica: str, target: tuple[str, int], faults: dice.Dice, boundary: Boundary = ignore
    ) -> None:
        self.replica = replica
        self.dice = faults
        self._target = target
        self._boundary = boundary
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()  # asyncio itself holds tasks weakly

    async def start(self) -> str:
        """Begin to listen; return the address."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, limit=_READ_LIMIT, backlog=512
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self, reader, writer)
        own = asyncio.current_task()
        assert own
        self._serving.add(own)
        try:
            await connection.serve()
        except (wire.Broken, OSError, asyncio.CancelledError):
            pass  # One of the two sides is gone, or the run is over: so is the connection to the other.
        finally:
            await connection.close()
            self._serving.discard(own)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection to Nomad."""
        return await asyncio.open_connection(*self._target, limit=_READ_LIMIT)

    def passes(self, call: Call, when: When) -> bool:
        """Tell whether the caller lives on after a boundary."""
        return not (call.changes and self._boundary(call, when))


class _Connection:
    """One connection of the replica's, and the one to Nomad that belongs to it."""

    def __init__(
        self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._proxy = proxy
        self._dice = proxy.dice
        self._reader = reader
        self._writer = writer
        self._far: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def serve(self) -> None:
        """Pass on call after call until one of the sides ends."""
        while (head := await wire.read_head(self._reader)) is not None:
            body = await wire.read_body(self._reader, head, is_answer=False)
            method, target, _ = head.start.decode("latin-1").split(" ", 2)
            call = Call(replica=self._proxy.replica, method=method, path=target, body=body)
            # Whoever packs its answers hides their lines.
            head = head.with_header(b"Accept-Encoding", b"identity")
            if target.startswith(_EVENTS):
                await self._stream(head)
                return
            if not await self._pass(call, head) or head.closes:
                return

    async def close(self) -> None:
        """End both sides."""
        await _close(self._writer)
        await self._leave()

    async def _leave(self) -> None:
        """End the connection to Nomad."""
        if self._far is not None:
            _, writer = self._far
            self._far = None
            await _close(writer)

    async def _pass(self, call: Call, head: wire.Head) -> bool:
        """Pass one call on and its answer back; false when the connection is to be cut."""
        fault = self._dice.for_call()
        if fault in (Fault.REFUSE, Fault.THROTTLE, Fault.CUT_BEFORE):
            return await self._refuse(fault)
        if fault is Fault.DELAY:
            self._dice.count(fault)
            await asyncio.sleep(self._dice.delay())
        if not self._proxy.passes(call, "before"):
            return False
        answer, content = await self._ask(call, head)
        if not self._proxy.passes(call, "after"):
            return False
        if fault in (Fault.CUT_AFTER, Fault.REFUSE_LATE):
            return await self._lose(fault)
        if fault is Fault.TRUNCATE and b"json" in answer.get(b"content-type") and len(content) > 1:
            await self._truncate(answer, content)
            return False
        if answer.chunked:
            await self._send(answer.raw + wire.encode_chunk(content) * bool(content))
            await self._send(wire.encode_chunk(b""))
        else:
            await self._send(answer.raw + content)
        return not answer.closes

    async def _ask(self, call: Call, head: wire.Head) -> tuple[wire.Head, bytes]:
        """Have Nomad answer. What is asked for by a connection that it had closed is asked again."""
        while True:
            if self._far is not None and self._far[0].at_eof():
                await self._leave()
            fresh = self._far is None
            if self._far is None:
                self._far = await self._proxy.connect()
            reader, writer = self._far
            request = head.without(b"Transfer-Encoding") if head.chunked else head
            if head.chunked:
                request = request.with_header(b"Content-Length", str(len(call.body)).encode())
            writer.write(request.raw + call.body)
            answer = await wire.read_head(reader)
            if answer is None and call.method == "GET" and not fresh:
                await self._leave()
                continue
            if answer is None:
                raise wire.Broken
            return answer, await wire.read_body(reader, answer, is_answer=True)

    async def _refuse(self, fault: Fault) -> bool:
        """Keep a call from Nomad."""
        self._dice.count(fault)
        if fault is Fault.THROTTLE:
            await self._send(wire.encode_answer(429, "Too Many Requests", dice.THROTTLED))
        elif fault is Fault.REFUSE:
            text = self._dice.random.choice(dice.REFUSALS)
            await self._send(wire.encode_answer(500, "Internal Server Error", text))
        return False

    async def _lose(self, fault: Fault) -> bool:
        """Keep the answer from a caller whose call was done."""
        self._dice.count(fault)
        if fault is Fault.REFUSE_LATE:
            text = self._dice.random.choice(dice.LATE_REFUSALS)
            await self._send(wire.encode_answer(500, "Internal Server Error", text))
        return False

    async def _truncate(self, answer: wire.Head, content: bytes) -> None:
        """Send the beginning of a body: as if it were whole, or as a connection breaks."""
        self._dice.count(Fault.TRUNCATE)
        kept = content[: self._dice.random.randrange(1, len(content))]
        length = len(kept) if self._dice.random.random() < 0.5 else len(content)
        head = answer.without(b"Transfer-Encoding").with_header(b"Connection", b"close")
        head = head.with_header(b"Content-Length", str(length).encode())
        await self._send(head.raw + kept)

    async def _stream(self, head: wire.Head) -> None:
        """Pass the event stream on line by line; one is lost, one comes again, one is the last."""
        reader, writer = self._far = await self._proxy.connect()
        writer.write(head.raw)
        answer = await wire.read_head(reader)
        if answer is None:
            return
        await self._send(answer.raw)
        if not answer.chunked:
            await self._send(await wire.read_body(reader, answer, is_answer=True))
            return
        earlier: deque[bytes] = deque(maxlen=_REMEMBERED_LINES)
        async for line in wire.read_lines(reader):
            is_event = line.strip() not in (b"", b"{}")
            fault = self._dice.for_event() if is_event else None
            if fault is not None:
                self._dice.count(fault)
            if fault is Fault.CUT_STREAM:
                return
            if fault is Fault.DROP_EVENT:
                continue
            await self._send(wire.encode_chunk(line))
            if is_event:
                earlier.append(line)
            if fault is Fault.REPEAT_EVENT:
                await self._send(wire.encode_chunk(self._dice.random.choice(earlier)))
        await self._send(wire.encode_chunk(b""))

    async def _send(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass  # The other side was quicker.
    except asyncio.CancelledError:
        writer.transport.abort()
