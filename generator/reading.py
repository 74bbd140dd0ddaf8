"""Files to bytes, whatever a name leads to: none is read without end, and none is waited for.

A device like /dev/zero never ends, and a pipe that nobody writes to never begins.
"""

from __future__ import annotations

import errno
import os
import stat
import typing

from generator import errors, limits


def read_bytes(file: str | os.PathLike[str]) -> bytes:
    """What is in a file or a pipe; raises OSError, or LimitError where it is too much."""
    name = os.fspath(file)
    if "\0" in name:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), name)
    opened = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(opened, "rb", buffering=0) as stream:  # noqa: PTH123 - it is open already
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        try:
            data = stream.read(limits.MAX_FILE + 1)
        except OSError as error:
            raise OSError(error.errno, error.strerror, name) from error
        os.set_blocking(opened, True)
        # A pipe gives what is in it by now, or None where its writer has not begun.
        while (data is None or len(data) <= limits.MAX_FILE) and (more := stream.read(2**16)):
            data = (data or b"") + more
    return limits.check_file(data or b"", name)


def read_text(file: str | os.PathLike[str]) -> str:
    """What is in a file, as ``decode`` takes it."""
    return decode(read_bytes(file), os.fspath(file))


def decode(data: bytes, name: str) -> str:
    """The text that bytes are in UTF-8, without a mark of their order; an error names the file."""
    try:
        return strip_mark(data.decode())
    except UnicodeDecodeError as error:
        msg = f"{name}: not UTF-8 text at byte {error.start}"
        raise errors.GeneratorError(msg) from error


def strip_mark(text: str) -> str:
    """The text without the mark: Python's codec for that takes longer to import than to decode."""
    return text.removeprefix("\ufeff")


def is_below(path: str, folder: str) -> bool:
    """Whether a path is the folder's or leads into it; both without links, ``.`` and ``..``."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def read_stream(stream: typing.BinaryIO, name: str) -> bytes:
    """All that a stream still holds."""
    return limits.check_file(stream.read(limits.MAX_FILE + 1), name)
