"""How far a build's logs were read, as a short text from which any replica can go on. Pure.

A cursor names a phase's attempt and one allocation of its job; the streams of that one which were read to their
end; and a position in each stream that was begun. Streams are known by their number: two for each task, in the
order of ``task_names``. Only so many may be begun at once, so that a cursor is short whatever a build does.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from server.errors import InvalidRequest
from server.logs.files import Position
from server.record import ALL_PHASES, Phase

# The longest cursor in characters, and how many streams may be begun at once that it is no longer.
CURSOR_LIMIT = 200
OPEN_LIMIT = 14
# What stands for the beginning of a build's first log.
START = "start"

_VERSION = 1
_CHECK_BYTES = 3
_LEAST_BYTES = 4
_TAG_BYTES = 4
_TAG_DIGITS = 2 * _TAG_BYTES
_STREAMS_LIMIT = 256
_VARINT_LIMIT = 6  # bytes
_ENDED, _PLACED, _KEPT = 0x08, 0x10, 0x20
_PHASE_BITS = 0x07


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """What was read.

    ``placement`` is the beginning of an allocation's id, empty before the first; ``left`` is how many lines are
    to come of what the record has kept, when Nomad had the log no more. ``ended`` says that the end was told.
    """

    phase: Phase | None = None
    attempt: int = 0
    placement: str = ""
    done: frozenset[int] = frozenset()
    begun: Mapping[int, Position] = field(default_factory=dict)
    left: int | None = None
    ended: bool = False

    def place(self, allocation_id: str) -> Cursor:
        """Go over to an allocation."""
        return Cursor(phase=self.phase, attempt=self.attempt, placement=tag(allocation_id))

    def move(self, stream: int, position: Position) -> Cursor:
        """Go on in a stream. It happens with each line: this takes a third of the time of ``replace``."""
        return Cursor(
            phase=self.phase,
            attempt=self.attempt,
            placement=self.placement,
            done=self.done,
            begun={**self.begun, stream: position},
        )

    def finish(self, stream: int) -> Cursor:
        """Leave a stream that was read to its end."""
        begun = {each: position for each, position in self.begun.items() if each != stream}
        return dataclasses.replace(self, begun=begun, done=self.done | {stream})

    def keep(self, left: int) -> Cursor:
        """Go on in what the record has kept."""
        return dataclasses.replace(self, left=left)

    def end(self) -> Cursor:
        """Note that the build's end was told."""
        return Cursor(phase=self.phase, attempt=self.attempt, ended=True)


def tag(allocation_id: str) -> str:
    """Return by what a cursor knows an allocation among those of a job."""
    return allocation_id[:_TAG_DIGITS]


def encode_cursor(cursor: Cursor, build_id: str) -> str:
    """Return a cursor as the text that a reader gives back."""
    number = 0 if cursor.phase is None else ALL_PHASES.index(cursor.phase) + 1
    flags = (_ENDED if cursor.ended else 0) | (_PLACED if cursor.placement else 0)
    flags |= _KEPT if cursor.left is not None else 0
    data = bytearray((_VERSION, number | flags)) + _varint(cursor.attempt)
    if cursor.placement:
        data += bytes.fromhex(cursor.placement)
    if cursor.left is not None:
        data += _varint(cursor.left)
    bits = sum(1 << stream for stream in cursor.done)
    done = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    data += _varint(len(done)) + done
    last = 0
    for stream, position in sorted(cursor.begun.items()):
        data += _varint(stream - last) + _varint(position.offset << 1 | (position.file > 0))
        data += _varint(position.file) if position.file else b""
        last = stream
    data += _check(bytes(data), build_id)
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


def decode_cursor(text: str, build_id: str) -> Cursor:
    """Read a cursor that was made for a build.

    Raises:
        InvalidRequest: it is none, or one of another build.
    """
    if text == START:
        return Cursor()
    try:
        return _read(text, build_id)
    except ValueError as error:  # binascii's is one, too
        problem = f"cursor is none of this build's: give one as it was answered, or {START}"
        raise InvalidRequest((problem,)) from error


def _read(text: str, build_id: str) -> Cursor:
    if not 0 < len(text) <= CURSOR_LIMIT or not text.isascii():
        raise ValueError(text[:CURSOR_LIMIT])
    whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    data, check = whole[:-_CHECK_BYTES], whole[-_CHECK_BYTES:]
    if len(data) < _LEAST_BYTES or check != _check(data, build_id) or data[0] != _VERSION:
        raise ValueError(text)
    source = iter(data[1:])
    head = _next(source)
    number = head & _PHASE_BITS
    if number > len(ALL_PHASES):
        raise ValueError(text)
    cursor = Cursor(
        phase=ALL_PHASES[number - 1] if number else None,
        attempt=_read_varint(source),
        placement=_take(source, _TAG_BYTES).hex() if head & _PLACED else "",
        left=_read_varint(source) if head & _KEPT else None,
        done=_read_done(source),
        begun=dict(_read_begun(source)),
        ended=bool(head & _ENDED),
    )
    if len(cursor.begun) > OPEN_LIMIT or (cursor.phase is None) != (cursor.attempt == 0):
        raise ValueError(text)
    return cursor


def _read_done(source: Iterator[int]) -> frozenset[int]:
    bits = int.from_bytes(_take(source, _read_varint(source)), "little")
    if bits.bit_length() > _STREAMS_LIMIT:
        raise ValueError(bits)
    return frozenset(each for each in range(bits.bit_length()) if bits >> each & 1)


def _read_begun(source: Iterator[int]) -> Iterator[tuple[int, Position]]:
    stream = 0
    for first in source:
        stream += _read_varint(source, first)
        if stream >= _STREAMS_LIMIT:
            raise ValueError(stream)
        offset = _read_varint(source)
        yield stream, Position(_read_varint(source) if offset & 1 else 0, offset >> 1)


def _check(data: bytes, build_id: str) -> bytes:
    """Tell a cursor from what was cut, mistyped, or made for another build; it is no signature."""
    return hashlib.blake2b(build_id.encode() + b"\0" + data, digest_size=_CHECK_BYTES).digest()


def _varint(number: int) -> bytes:
    """Write a number with seven bits a byte, the lowest first."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _read_varint(source: Iterator[int], first: int | None = None) -> int:
    number = 0
    for place in range(_VARINT_LIMIT):
        byte = first if first is not None and place == 0 else _next(source)
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number
    raise ValueError(number)


def _take(source: Iterator[int], count: int) -> bytes:
    return bytes([_next(source) for _ in range(min(count, CURSOR_LIMIT))])


def _next(source: Iterator[int]) -> int:
    byte = next(source, None)
    if byte is None:
        msg = "it is cut"
        raise ValueError(msg)
    return byte
