"""What commands do with the outside: read input, print results, say what is wrong and end.

Exit codes: 0 done, 1 the pack, the job or a value is wrong, 2 the command line is wrong.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import click

from generator import reading
from generator.errors import GeneratorError
from generator.golang import quoting

STANDARD_INPUT = "-"


@contextlib.contextmanager
def reported() -> Iterator[None]:
    """Show what is wrong with the input, and end with 1."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads any more: click ends without a word
    except (GeneratorError, OSError) as error:
        fail(str(error))
    except RecursionError:
        fail("the input is nested more deeply than can be read here")
    except MemoryError:
        fail("there is not enough memory for this input")


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error, and end with 1."""
    click.echo(message, err=True)
    sys.exit(1)


def read(file: str) -> str:
    """The text of a file, or of standard input for ``-``."""
    data = _standard_input() if file == STANDARD_INPUT else reading.read_bytes(file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{file}: not UTF-8 text at byte {error.start}"
        raise GeneratorError(msg) from error


def _standard_input() -> bytes:
    if sys.stdin is None:
        msg = "standard input is closed"
        raise GeneratorError(msg)
    return reading.read_stream(sys.stdin.buffer, "standard input")


def print_texts(*texts: str) -> None:
    """Texts as they are, as UTF-8 whatever the locale is; bytes that are none stay as they were."""
    for text in texts:
        click.echo(quoting.encode(text), nl=False)


def write(results: Mapping[str, str], folder: Path) -> None:
    """Each text to the file of its name below a folder, over an older one; print the files' names."""
    with reported():
        for name, text in results.items():
            if ".." in Path(name).parts or Path(name).is_absolute():
                msg = f"{name}: the pack's name leads out of the folder"
                raise GeneratorError(msg)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(quoting.encode(text))
            click.echo(path)
