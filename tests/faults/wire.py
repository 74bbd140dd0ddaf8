"""HTTP/1.1 messages as they stand on the wire: read whole and kept byte for byte, to be passed on as they came.

Only as much is understood as telling where a message ends takes: the head, Content-Length and chunks.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

_LINE_END = b"\r\n"
_BODILESS = (204, 304)


class Broken(Exception):
    """A connection ended in the middle of a message."""


@dataclass(frozen=True, slots=True)
class Head:
    """A start line with its headers; ``raw`` is all of it with the empty line that ends it."""

    raw: bytes

    @property
    def start(self) -> bytes:
        """The request line or status line."""
        return self.raw.split(_LINE_END, 1)[0]

    def get(self, name: bytes) -> bytes:
        """Return a header's value in lower case; empty when there is none."""
        found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r]*)", self.raw, re.IGNORECASE)
        return found[1].strip().lower() if found else b""

    def with_header(self, name: bytes, value: bytes) -> Head:
        """Return the head with a header set, in place of the one that it has."""
        without = re.sub(rb"\r\n" + name + rb":[^\r]*", b"", self.raw, flags=re.IGNORECASE)
        return Head(without[:-2] + name + b": " + value + _LINE_END * 2)

    def without(self, name: bytes) -> Head:
        """Return the head without a header."""
        return Head(re.sub(rb"\r\n" + name + rb":[^\r]*", b"", self.raw, flags=re.IGNORECASE))

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return self.get(b"transfer-encoding") == b"chunked"

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start.split(b" ", 2)[1])

    @property
    def closes(self) -> bool:
        """Whether no other message follows on this connection."""
        return self.get(b"connection") == b"close" or b"HTTP/1.0" in self.start


async def read_head(reader: asyncio.StreamReader) -> Head | None:
    """Read up to the empty line; None when the other side has closed between two messages."""
    try:
        return Head(await reader.readuntil(_LINE_END * 2))
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise Broken from error


async def read_body(reader: asyncio.StreamReader, head: Head, *, is_answer: bool) -> bytes:
    """Read the body that follows a head, decoded where it comes in chunks."""
    try:
        if is_answer and head.status in _BODILESS:
            return b""
        if head.chunked:
            return b"".join([part async for part in read_chunks(reader)])
        length = head.get(b"content-length")
        if length:
            return await reader.readexactly(int(length))
        return await reader.read() if is_answer else b""
    except asyncio.IncompleteReadError as error:
        raise Broken from error


async def read_chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the content of each chunk until the last."""
    try:
        while size := int((await reader.readuntil(_LINE_END)).split(b";")[0], 16):
            yield (await reader.readexactly(size + 2))[:-2]
        while await reader.readuntil(_LINE_END) != _LINE_END:
            pass  # a trailer
    except (asyncio.IncompleteReadError, ValueError) as error:
        raise Broken from error


async def read_lines(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield the lines, each with its end, of a body that comes in chunks."""
    rest = b""
    async for part in read_chunks(reader):
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line + b"\n"
    if rest:
        yield rest


def encode_chunk(content: bytes) -> bytes:
    """Return one chunk of a body; an empty one is the last."""
    return f"{len(content):x}".encode() + _LINE_END + content + _LINE_END


def encode_answer(status: int, reason: str, body: str) -> bytes:
    """Return a whole answer in plain text, after which the connection is closed."""
    content = body.encode()
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(content)}",
        "Connection: close",
    ]
    return _LINE_END.join([*(line.encode() for line in lines), b"", content])
