"""What commands do with the outside: read input, print results, say what is wrong and end.

Exit codes: 0 done, 1 the pack, the job or a value is wrong, 2 the command line is wrong, 141 nobody
reads on (as a shell tells of a program that ends by SIGPIPE).
"""

from __future__ import annotations

import contextlib
import os
import sys
import typing
from collections.abc import Iterator, Mapping

from generator import errors, reading
from generator.errors import GeneratorError
from generator.golang import quoting

STANDARD_INPUT = "-"


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Show what is wrong with the input, and end with 1."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads any more: there is nobody to tell
    except GeneratorError as error:
        fail(str(error))
    except OSError as error:
        fail(describe(error))
    except RecursionError:
        fail("the input is nested more deeply than can be read here")
    except MemoryError:
        fail("there is not enough memory for this input")


def describe(error: OSError) -> str:
    """What the system says, and of which file."""
    said = error.strerror or str(error)
    return f"{os.fsdecode(error.filename)}: {said}" if error.filename else said


def fail(message: str) -> typing.NoReturn:
    """Say what is wrong on standard error, and end with 1."""
    with contextlib.suppress(OSError):  # Nobody reads this either: the exit code has to do.
        sys.stderr.write(f"{errors.printable(message)}\n")
        sys.stderr.flush()
    sys.exit(1)


def read(file: str) -> str:
    """The text of a file, or of standard input for ``-``."""
    data = _standard_input() if file == STANDARD_INPUT else reading.read_bytes(file)
    return reading.decode(data, file)


def _standard_input() -> bytes:
    if sys.stdin is None:
        msg = "standard input is closed"
        raise GeneratorError(msg)
    return reading.read_stream(sys.stdin.buffer, "standard input")


def print_texts(*texts: str) -> None:
    """Texts as they are, as UTF-8 whatever the locale is; bytes that are none stay as they were."""
    with delivered():
        for text in texts:
            left = memoryview(quoting.encode(text))
            while left:  # With PYTHONUNBUFFERED it takes as much as there is room for.
                left = left[sys.stdout.buffer.write(left) or 0 :]
        sys.stdout.buffer.flush()


@contextlib.contextmanager
def delivered() -> Iterator[None]:
    """End the program where standard output takes no more: quietly if its reader has gone."""
    try:
        if sys.stdout is None:
            fail("cannot write to standard output: it is closed")
        yield
    except BrokenPipeError:
        _forget_output()
        sys.exit(_BROKEN_PIPE)
    except OSError as error:
        _forget_output()
        fail(f"cannot write to standard output: {error.strerror}")


_BROKEN_PIPE = 128 + 13


def _forget_output() -> None:
    """Let what is still in the buffer go nowhere, or Python complains of it at the end."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def finish(code: str | int | None) -> int:
    """Deliver what is still waiting to be printed; the process's exit code."""
    if isinstance(code, str):
        fail(code)
    try:
        if sys.stdout is not None or not code:  # else it is said already what is wrong
            with delivered():
                sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except OSError:
        pass
    return code or 0


def write(results: Mapping[str, str], folder: str) -> None:
    """Each text to the file of its name below a folder, over an older one; print the files' names.

    All files are there under other names before the first gets its own: of a disk that is full or
    a folder that cannot be made nothing is left behind.
    """
    from generator.commands import files

    with reported():
        written = files.write(results, folder)
    print_texts(*(f"{path}\n" for path in written))
