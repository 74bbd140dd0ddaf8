"""A cache on disk: values by keys, for what is costly to make and can always be made again.

Its folder belongs to the user and nobody else can write to it: what it holds may be code. Where
that cannot be had (no folder, a folder of somebody else, a full disk), nothing is kept and nothing
fails. Files appear whole or not at all, so that processes may share the folder.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import stat
import typing
import zlib

MAX_FILES = 2000
_CHECKSUM = 4
_MODE = 0o600  # Files of a checkout can be read by others, as a rule: they are not taken for ours.


class DiskCache:
    """Plain values (what ``marshal`` takes) by plain keys, in the files of one folder.

    ``makers`` tells what makes the values; what other makers left behind is never found.
    """

    def __init__(self, folder: str, makers: str) -> None:
        self._path = folder
        self._makers = makers
        self._folder: int | None = None

    def read(self, key: typing.Any) -> typing.Any:
        """The value that was kept under the key, None if there is none."""
        written = marshal.dumps((self._makers, key))
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError):
            data = self._load(_name(written))
            if zlib.crc32(data[_CHECKSUM:]) == int.from_bytes(data[:_CHECKSUM], "big"):
                known, value = marshal.loads(data[_CHECKSUM:])
                return value if known == written else None
        return None

    def write(self, key: typing.Any, value: typing.Any) -> None:
        """Keep a value under the key."""
        written = marshal.dumps((self._makers, key))
        with contextlib.suppress(OSError, ValueError):  # A ValueError is of what has no plain form.
            data = marshal.dumps((written, value))
            self._store(_name(written), zlib.crc32(data).to_bytes(_CHECKSUM, "big") + data)

    def _open(self, *, create: bool) -> int:
        """The folder, opened: whoever renames it afterwards does not change which one is used."""
        if self._folder is not None:
            return self._folder
        try:
            opened = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except FileNotFoundError:
            if not create:
                raise
            _make(self._path)
            opened = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        about = os.fstat(opened)
        if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & 0o022:
            os.close(opened)
            msg = f"{self._path}: others can write to this folder"
            raise PermissionError(msg)
        self._folder = opened
        return opened

    def _load(self, name: str) -> bytes:
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=self._open(create=False))
        with open(opened, "rb") as file:
            about = os.fstat(opened)
            if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & ~_MODE:
                msg = f"{name}: not a file of this cache"
                raise PermissionError(msg)
            return file.read()

    def _store(self, name: str, data: bytes) -> None:
        folder = self._open(create=True)
        unfinished = f"{name}.{os.getpid()}.{os.urandom(4).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with open(os.open(unfinished, flags, _MODE, dir_fd=folder), "wb") as file:
                file.write(data)
            os.replace(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(unfinished, dir_fd=folder)
            raise
        _prune(folder)


def _name(key: bytes) -> str:
    """The file for a key; it holds the key itself, so that keys with one name are told apart."""
    return f"{zlib.crc32(key):08x}{zlib.adler32(key):08x}"


def _make(folder: str) -> None:
    """Make the folder, and the one above it; never in a folder of somebody else's but the system's."""
    above = os.path.dirname(folder)
    if not os.path.isdir(above):
        _check_owner(os.path.dirname(above))
        _make_one(above)
    _check_owner(above)
    _make_one(folder)


def _make_one(folder: str) -> None:
    with contextlib.suppress(FileExistsError):  # Another process was quicker.
        os.mkdir(folder, 0o700)


def _check_owner(folder: str) -> None:
    if os.stat(folder).st_uid not in (os.geteuid(), 0):
        msg = f"{folder}: this folder belongs to somebody else"
        raise PermissionError(msg)


def _prune(folder: int) -> None:
    """Drop the older half when there are too many files; those of processes that died go with it."""
    names = os.listdir(folder)
    if len(names) <= MAX_FILES:
        return
    ages: list[tuple[int, str]] = []
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            ages.append((os.stat(name, dir_fd=folder).st_mtime_ns, name))
    for _, name in sorted(ages)[: len(ages) // 2]:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
