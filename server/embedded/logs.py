"""Tasks' output: written to rotated files as Nomad's logmon does, read and followed by offset.

Files are ``<task>.<stream>.<number>``; the oldest are removed beyond the number that the job's logs
block allows. An offset counts from the start of the oldest file that is left, or from the end.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

FRAME_BYTES = 64 * 1024
POLL_SECONDS = 0.1
HEARTBEAT_SECONDS = 1.0


class Rotator:
    """Writes one stream of one task to numbered files."""

    def __init__(self, folder: Path, name: str, files: int, file_bytes: int) -> None:
        self._folder = folder
        self._name = name
        self._files = files
        self._file_bytes = file_bytes
        self._number = 0
        self._file = self._open(0)
        self._size = self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes) -> None:
        """Append; a chunk is split where a file is full."""
        while data:
            room = self._file_bytes - self._size
            if room <= 0:
                self._rotate()
                continue
            self._file.write(data[:room])
            self._size += min(room, len(data))
            data = data[room:]

    def close(self) -> None:
        """End writing."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        self._number += 1
        self._file = self._open(self._number)
        self._size = 0
        oldest = self._number - self._files
        if oldest >= 0:
            self._path(oldest).unlink(missing_ok=True)

    def _open(self, number: int) -> BinaryIO:
        """Open a file to append; what a task has put in its place, which leads elsewhere or would block, is removed."""
        path = self._path(number)
        while True:
            try:
                return _open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            except OSError:
                if _is_regular(path) or not os.path.lexists(path):
                    raise
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._name}.{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A piece of a file; ``offset`` is where reading goes on in that file."""

    file: str
    offset: int
    data: bytes


def _open_regular(path: Path, flags: int) -> BinaryIO:
    """Open a file of a folder that tasks may write to: no link is followed, and no pipe is waited for.

    Raises:
        OSError: there is none, or it is no regular file.
    """
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        msg = f"{path} is no regular file"
        raise OSError(msg)
    return os.fdopen(descriptor, "rb" if flags == os.O_RDONLY else "ab", buffering=0)


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def existing(folder: Path, name: str) -> list[tuple[int, Path]]:
    """Return a stream's files, the oldest first."""
    found = []
    for path in folder.glob(f"{name}.*"):
        number = path.name.removeprefix(f"{name}.")
        if number.isdigit() and _is_regular(path):
            found.append((int(number), path))
    return sorted(found)


def locate(
    files: list[tuple[int, Path]], offset: int, origin: Literal["start", "end"]
) -> tuple[int, int]:
    """Turn an offset over all files into a file's number and the offset inside it.

    From the end, offset 0 is the beginning of the last file (fs_endpoint.go findClosest).
    """
    sizes = [(number, path.stat().st_size) for number, path in files]
    if origin == "end" and offset == 0:
        return sizes[-1][0], 0
    total = sum(size for _, size in sizes)
    position = offset if origin == "start" else max(0, total - offset)
    if position < 0:
        position = max(0, total + position)
    for number, size in sizes[:-1]:
        if position < size:
            return number, position
        position -= size
    number, size = sizes[-1]
    return number, min(position, size)


async def read(
    folder: Path,
    name: str,
    *,
    offset: int,
    origin: Literal["start", "end"],
    follow: bool,
    closed: Callable[[], bool],
) -> AsyncIterator[Frame | None]:
    """Yield a stream's content from an offset on; when following, for ever, None as a heartbeat."""
    files = existing(folder, name)
    while not files:
        if not follow or closed():
            return
        await asyncio.sleep(POLL_SECONDS)
        files = existing(folder, name)
    number, position = locate(files, offset, origin)
    idle = 0.0
    while True:
        path = folder / f"{name}.{number}"
        data = _read_chunk(path, position)
        if data:
            position += len(data)
            idle = 0.0
            yield Frame(file=f"alloc/logs/{path.name}", offset=position, data=data)
            continue
        later = [other for other, _ in existing(folder, name) if other > number]
        if later:
            number, position = later[0], 0
            continue
        if not follow or closed():
            return
        await asyncio.sleep(POLL_SECONDS)
        idle += POLL_SECONDS
        if idle >= HEARTBEAT_SECONDS:
            idle = 0.0
            yield None


def _read_chunk(path: Path, position: int) -> bytes:
    try:
        with _open_regular(path, os.O_RDONLY) as file:
            file.seek(position)
            return file.read(FRAME_BYTES)
    except OSError:
        return b""
