"""How a command ends: its exit codes, and the errors that lead to them.

Failure                  a command could not do what it was asked
 ├─ Unreachable          no service, or none that works, answers at the address
 ├─ Stranger             what answers there is something else, or a service of another version
 ├─ Refused              the service does not do this, as it was asked or for whoever asks
 ├─ NotFound             no build has the id
 └─ Busy                 the service takes no more for now
"""

from __future__ import annotations

import json
from typing import IO, Any, ClassVar

import click

OK = 0
FAILED = 1
USAGE = 2
UNREACHABLE = 3
REFUSED = 4
NOT_FOUND = 5
BUSY = 6
INTERRUPTED = 130

MEANINGS: dict[int, str] = {
    OK: "done; of watch, submit --watch and logs -f: the build SUCCEEDED",
    FAILED: "the build FAILED; of doctor: something has to be mended; of validate: the build file is wrong",
    USAGE: "the command line or a file given on it is wrong; nothing was sent",
    UNREACHABLE: "the service cannot be reached, or does not work",
    REFUSED: "the service refuses: the request is wrong, or the token may not do this",
    NOT_FOUND: "no build has this id",
    BUSY: "the service takes no more for now: try again later",
    INTERRUPTED: "interrupted with Ctrl-C; a build that was submitted goes on",
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
