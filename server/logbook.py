"""The log as one line for each message: JSON for machines, or text for people, with the build it belongs to.

Loggers stay those of the module ``logging``, ours and the libraries'; here is how their messages are shown.
Whatever a message holds, it can neither begin another line nor move a terminal's cursor.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

Form = Literal["json", "text"]

_FIRST = ("timestamp", "level", "logger", "event", "build", "phase")
_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}


def configure(level: str, form: Form, stream: TextIO) -> None:
    """Write all messages from this level up to the stream; what an earlier call had set is replaced."""
    colours = form == "text" and stream.isatty()
    handler = _Handler(stream)
    handler.setFormatter(
        _Formatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                _describe_record,
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _TextRenderer(colours) if form == "text" else _render_json,
            ],
        )
    )
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())


@contextlib.contextmanager
def bind(*, build: str = "", phase: str | None = None, **fields: str | None) -> Iterator[None]:
    """Show a build and its phase in each line that this thread or task logs meanwhile.

    Without ``build`` the one around it stays: its phase has become known. The phase is shown as null until then.
    ``fields`` are shown as well.
    """
    with structlog.contextvars.bound_contextvars(
        **({"build": build} if build else {}), phase=phase, **fields
    ):
        yield


class _Handler(logging.StreamHandler[TextIO]):
    """A handler that ``configure`` knows for its own."""


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Shows also what cannot be put together: arguments that do not fit are a mistake, but no reason for silence."""

    def format(self, record: logging.LogRecord) -> str:
        try:
            record.getMessage()
        except Exception as error:  # a value's own __str__ may raise anything
            record = logging.makeLogRecord(record.__dict__)
            record.msg = f"{record.msg!r} with arguments that do not fit it: {type(error).__name__}"
            record.args = ()
        return super().format(record)


def _describe_record(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Add what the record says of itself."""
    record: logging.LogRecord = event["_record"]
    time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    event["timestamp"] = time.removesuffix("+00:00") + "Z"
    event["level"] = record.levelname.lower()
    event["logger"] = record.name
    if (stack := event.pop("stack_info", None)) is not None:
        event["stack"] = stack
    return event


def _in_order(event: EventDict) -> EventDict:
    ordered = {key: event.pop(key) for key in _FIRST if key in event}
    return {**ordered, **event}


def _render_json(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """Return one line of ASCII: nothing is left in it that a terminal or a parser could take otherwise."""
    line = json.dumps(_in_order(event), default=repr)
    return line.replace("\x7f", r"\u007f")  # the one control character that JSON leaves as it is


class _TextRenderer:
    """Renders for people; a traceback stands below its message, indented, so that it is no line of its own."""

    def __init__(self, colours: bool) -> None:
        self._colours = colours

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        event = _in_order(event)
        below = [str(event.pop(key)) for key in ("exception", "stack") if key in event]
        level = str(event.pop("level"))
        shown = f"{level:8}"
        if self._colours and level in _COLOURS:
            shown = f"\x1b[{_COLOURS[level]}m{shown}\x1b[0m"
        start = f"{event.pop('timestamp')} {shown} {_escape(str(event.pop('logger')))}: "
        message = _escape(str(event.pop("event")))
        rest = "".join(
            f" {key}={_escape(str(value))}" for key, value in event.items() if value is not None
        )
        lines = [line for text in below for line in re.split(r"\r?\n", text)]
        return start + message + rest + "".join(f"\n    {_escape(line)}" for line in lines)


def _escape(text: str) -> str:
    """Return a text with what cannot be printed spelled out: line ends, escapes, marks that turn the direction."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
