"""How a command ends: its exit codes, and the errors that lead to them.

Failure                  a command could not do what it was asked
 ├─ Unreachable          no service, or none that works, answers at the address
 ├─ Stranger             what answers there is something else, or a service of another version
 ├─ Refused              the service does not do this, as it was asked or for whoever asks
 ├─ NotFound             no build has the id
 ├─ Busy                 the service takes no more for now
 └─ NotWritten           what there is to say cannot be written
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Iterator
from typing import IO, Any, ClassVar

import click

OK = 0
FAILED = 1
USAGE = 2
UNREACHABLE = 3
REFUSED = 4
NOT_FOUND = 5
BUSY = 6
NOT_WRITTEN = 74  # EX_IOERR of sysexits.h
INTERRUPTED = 130
UNREAD = 141  # as the shell says of programs that end by SIGPIPE, 128 + 13

# What the system says of writing, and of nothing else that a command does.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)

MEANINGS: dict[int, str] = {
    OK: "done; of watch, submit --watch and logs -f: the build SUCCEEDED",
    FAILED: "the build FAILED; of doctor: something has to be mended; of validate: the build file is wrong",
    USAGE: "the command line or a file given on it is wrong; nothing was sent",
    UNREACHABLE: "the service cannot be reached, or does not work",
    REFUSED: "the service refuses: the request is wrong, or the token may not do this",
    NOT_FOUND: "no build has this id",
    BUSY: "the service takes no more for now: try again later",
    NOT_WRITTEN: "what there is to say cannot be written: standard output is closed, or the disk is full",
    INTERRUPTED: "interrupted with Ctrl-C; a build that was submitted goes on",
    UNREAD: "whoever read the output went away, as head does; a build that was submitted goes on",
}


def describe() -> str:
    """Return the table of exit codes as ``--help`` shows it."""
    return "\n".join(f"{code:>5}  {meaning}" for code, meaning in MEANINGS.items())


class Failure(click.ClickException):
    """What went wrong, and ``next_step``, a sentence on what to do; ``answer`` is what the service said."""

    exit_code: ClassVar[int] = FAILED

    def __init__(
        self, message: str, next_step: str = "", answer: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.next_step = next_step
        self.answer = answer or {"error": message, **({"nextStep": next_step} if next_step else {})}
        self.as_json = False

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it to standard error: in words, or as JSON for whoever asked for that."""
        if self.as_json:
            click.echo(json.dumps(self.answer, ensure_ascii=False), file=file, err=file is None)
            return
        click.echo(f"Error: {self.message}", file=file, err=file is None)
        if self.next_step:
            click.echo(f"  {self.next_step}", file=file, err=file is None)


class Unreachable(Failure):
    """No service answers at the address, or none that works."""

    exit_code = UNREACHABLE


class Stranger(Failure):
    """What answers is not the service that this command knows: trying again would not help."""

    exit_code = UNREACHABLE


class Refused(Failure):
    """The service does not do this."""

    exit_code = REFUSED


class NotFound(Failure):
    """No build has the id."""

    exit_code = NOT_FOUND


class Busy(Failure):
    """The service takes no more for now."""

    exit_code = BUSY


class NotWritten(Failure):
    """What there is to say reaches nobody; what was to be done may have been done."""

    exit_code = NOT_WRITTEN


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Have a command that cannot write end as is documented.

    Raises:
        NotWritten: the disk is full, or the like.
        Exit: whoever read the output went away; that needs no words.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                # What waits to be written when Python itself ends would only be told with a traceback.
                sys.stdout.flush()
    except BrokenPipeError as error:
        _give_up_output()
        raise click.exceptions.Exit(UNREAD) from error
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _give_up_output()
        msg = f"what there is to say cannot be written: {error}"
        raise NotWritten(msg) from error


def _give_up_output() -> None:
    """Let go what could not be written: Python would try it once more at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
