"""The files in which Nomad keeps what tasks say: numbered, and the oldest removed where there are too many.

``<task>.<stdout or stderr>.<number>`` in a folder that all tasks of an allocation share (client/logmon/logging,
rotator.go). Only the newest file of a stream grows; by default there are ten of 10 MiB at most. A number and an
offset within the file stay true whatever is removed, an offset over all that is left does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from server.nomad import File, Nomad

FOLDER = "alloc/logs"
Kind = Literal["stdout", "stderr"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_NAME = re.compile(r"(.+)\.(stdout|stderr)\.(0|[1-9][0-9]{0,8})")
# Bytes that are read with one call.
_CHUNK = 256 * 1024


class Position(NamedTuple):
    """A place in a stream: a file's number, and how many of its bytes come before."""

    file: int = 0
    offset: int = 0


START = Position()


@dataclass(frozen=True, slots=True)
class Stream:
    """One of the two streams of a task as it is kept now; ``files`` are numbers and sizes, the oldest first."""

    task: str
    kind: Kind
    files: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return sum(size for _, size in self.files)

    @property
    def whole(self) -> bool:
        """Whether nothing was removed of it."""
        return not self.files or self.files[0][0] == 0

    @property
    def beginning(self) -> Position:
        """Where what is kept begins."""
        return Position(self.files[0][0]) if self.files else START

    @property
    def end(self) -> Position:
        """Where what is kept ends."""
        return Position(*self.files[-1]) if self.files else START

    def locate(self, last: int) -> Position:
        """Return where the last so many bytes begin."""
        for number, size in reversed(self.files):
            if last <= size:
                return Position(number, size - last)
            last -= size
        return self.beginning

    def estimate_removed(self, since: Position) -> int:
        """Return about how many bytes after a position were removed: full files are of about one size."""
        full = max((size for _, size in self.files), default=0)
        removed = (self.beginning.file - since.file) * full - since.offset
        return max(removed, 0) if self.beginning > since else 0

    def parts(self, start: Position) -> Iterator[tuple[Position, int]]:
        """Yield where to read on from a position, and how many bytes."""
        for number, size in self.files:
            offset = start.offset if number == start.file else 0
            if number < start.file:
                continue
            while offset < size:
                length = min(size - offset, _CHUNK)
                yield Position(number, offset), length
                offset += length

    def read(self, nomad: Nomad, allocation_id: str, at: Position, size: int) -> bytes:
        """Read a part of one of the files."""
        path = f"{FOLDER}/{self.task}.{self.kind}.{at.file}"
        return nomad.read_part(allocation_id, path, at.offset, size)


Streams = dict[tuple[str, Kind], Stream]


def find_streams(listed: Iterable[File]) -> Streams:
    """Sort the files of a folder by the streams that they belong to."""
    found: dict[tuple[str, Kind], list[tuple[int, int]]] = {}
    for file in listed:
        match = _NAME.fullmatch(file.name)
        if match:
            kind: Kind = "stdout" if match[2] == "stdout" else "stderr"
            found.setdefault((match[1], kind), []).append((int(match[3]), file.size))
    return {key: Stream(*key, tuple(sorted(files))) for key, files in found.items()}


def list_streams(nomad: Nomad, allocation_id: str) -> Streams | None:
    """List the streams of an allocation; None while Nomad's client has none, or when it is collected."""
    listed = nomad.list_files(allocation_id, FOLDER)
    return None if listed is None else find_streams(listed)
