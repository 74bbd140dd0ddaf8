"""How much one input may cost: whoever wrote it, nothing runs for ever or takes all memory.

Go's tools have few limits: a template that counts to a billion fills the machine. Here each has a
name, and going over it is an error that says which one it was. What costs is counted in steps, not
in seconds, so that the same input is refused everywhere or nowhere. A step is what a machine of
today does in less than half a microsecond; functions spend in proportion to what they make.
"""

from __future__ import annotations

import contextlib
import contextvars
import typing
from collections.abc import Iterator

from generator import errors

MAX_STEPS: typing.Final = 2_000_000
"""What one operation (a pack rendered, a job file parsed) may do: about a second."""
MAX_TEXT: typing.Final = 8 * 2**20
"""Characters of one text that is made. Nomad takes job files of up to a megabyte."""
MAX_ITEMS: typing.Final = 1_000_000
"""Elements of one list that is made."""
MAX_FILE: typing.Final = 4 * 2**20
"""Bytes of one file that is read."""
MAX_SOURCE: typing.Final = 2**20
"""Characters of one HCL text. Nomad's agents take job files of a megabyte (job_max_source_size)."""
MAX_TOKENS: typing.Final = 200_000
"""Words and signs of one HCL text that is read."""
MAX_FORMATTED: typing.Final = 350_000
"""Words and signs of one HCL text that is put in canonical format: a hundred thousand lines."""
MAX_NESTING: typing.Final = 250
"""Levels of lists and maps in one another, in a value that is gone through as a whole."""
EACH: typing.Final = 3
"""Steps for each element of a value that is gone through as a whole."""


class LimitError(errors.GeneratorError, OverflowError):
    """An input costs more than it may; the message names the limit.

    To who computes it is what a number too large would be; to all others an error of the input.
    """


class Meter:
    """The steps that are left to an operation, and the texts that it has paid for already."""

    __slots__ = ("left", "texts")

    def __init__(self) -> None:
        self.left = MAX_STEPS
        self.texts: set[str] = set()

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            self.refuse()

    def refuse(self) -> typing.NoReturn:
        raise LimitError(_TOO_LONG)


_TOO_LONG = f"it takes more than {MAX_STEPS} steps, which is as many as an input may take"
_METER: contextvars.ContextVar[Meter | None] = contextvars.ContextVar("meter", default=None)


@contextlib.contextmanager
def metered() -> Iterator[Meter]:
    """Count the steps of all that happens inside; an operation inside of another is part of it."""
    meter = _METER.get()
    if meter is not None:
        yield meter
        return
    meter = Meter()
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)


def spend(steps: int) -> None:
    """Take steps off what the operation under way may still do."""
    meter = _METER.get()
    if meter is not None:
        meter.spend(steps)


def seen(text: str) -> bool:
    """Whether the operation under way has met that text before; from now on it has."""
    meter = _METER.get()
    if meter is None:
        return False
    known = text in meter.texts
    meter.texts.add(text)
    return known


def weigh(value: object, most: int, depth: int = 0) -> int:
    """How much there is in a value: its elements to every depth, and its texts.

    An element that is in it several times counts each time, as whoever prints it sees it each time.
    """
    if not isinstance(value, dict | list | tuple):
        return 1 + (len(value) >> 5) if isinstance(value, str | bytes) else 1
    if depth > MAX_NESTING:
        msg = f"a value is nested too deeply: more than {MAX_NESTING} levels"
        raise LimitError(msg)
    weight = 1 + len(value)
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, str):
            weight += len(item) >> 5
        elif isinstance(item, dict | list | tuple | bytes):
            weight += weigh(item, most - weight, depth + 1)
        if weight > most:
            raise LimitError(_TOO_LONG)
    return weight


def spend_on(value: object) -> None:
    """Spend what it takes to make something of all that is in a value."""
    meter = _METER.get()
    if meter is not None:
        meter.spend(EACH * weigh(value, meter.left // EACH))


def check_text(size: int) -> None:
    """Refuse a text of so many characters, before it is made."""
    if size > MAX_TEXT:
        msg = f"a text of more than {MAX_TEXT} characters would be made, which is the most there may be"
        raise LimitError(msg)


def check_replacement(text: str, old: str, new: str) -> None:
    """Refuse what ``text.replace(old, new)`` would make, if it is too long."""
    if len(new) > len(old):
        check_text(len(text) + text.count(old) * (len(new) - len(old)))


def check_file(data: bytes, name: str) -> bytes:
    """The bytes of a file, unless they are too many."""
    if len(data) > MAX_FILE:
        msg = f"{name}: larger than {MAX_FILE} bytes, which is the most that is read of a file"
        raise LimitError(msg)
    return data


def check_source(text: str, file: str) -> None:
    """Refuse an HCL text that is too long to be read."""
    if len(text) > MAX_SOURCE:
        msg = f"{file}: more than {MAX_SOURCE} characters, which is the most that is read as HCL"
        raise LimitError(msg)


def check_tokens(count: int, most: int) -> None:
    """Refuse an HCL text of so many words and signs."""
    if count > most:
        msg = f"the text has more than {most} words and signs, which is the most there may be"
        raise LimitError(msg)


def check_items(count: int) -> None:
    """Refuse a list of so many elements, before it is made."""
    if count > MAX_ITEMS:
        msg = f"a list of more than {MAX_ITEMS} elements would be made, which is the most there may be"
        raise LimitError(msg)
