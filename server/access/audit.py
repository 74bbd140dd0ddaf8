"""The audit log: a line for each call that changes something, whoever made it and however it ended.

Its logger, ``server.audit``, can be routed apart, and writes whatever level the service logs at. Nothing of a call's
arguments stands in it but the build and the owner that it names, and those only if they look like such: in any other
place somebody may have put a secret.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pydantic

from server import logbook
from server.callers import Caller
from server.errors import ServiceError
from server.request.patterns import OWNER

_log = logging.getLogger("server.audit")
_log.setLevel(logging.INFO)

_BUILD = re.compile(r"[0-9a-z]{26}")
_WRAPPERS = ("jobConfig", "job_config")
_PATH_LIMIT = 100


class Entry:
    """A call that is yet to end."""

    def __init__(self, build_id: str) -> None:
        self.build_id = build_id

    def answered(self, answer: pydantic.BaseModel) -> None:
        """Note which build the call was about."""
        self.build_id = str(getattr(answer, "job_id", "") or self.build_id)


@contextlib.contextmanager
def recorded(caller: Caller, tool: str, arguments: Any) -> Iterator[Entry]:
    """Write the line when the call has ended: who, which tool, which build, and what came of it."""
    entry = Entry(_pick(arguments, _BUILD, "jobID", "job_id"))
    outcome = "cancelled"
    try:
        yield entry
        outcome = "done"
    except ServiceError as error:
        outcome = type(error).__name__
        raise
    finally:
        owner = caller.owner or _find_owner(arguments)
        _write(caller.name, outcome, tool=tool, owner=owner, build=entry.build_id)


def refused(method: str, path: str, outcome: str, caller: Caller | None = None) -> None:
    """Write a line for a request that came to no tool: what it wanted nobody has read."""
    name = "" if caller is None else caller.name
    _write(name, outcome, method=method[:20], path=path[:_PATH_LIMIT])


def _write(caller: str, outcome: str, *, build: str = "", **fields: str) -> None:
    known = {name: value or None for name, value in fields.items()}
    with logbook.bind(build=build, caller=caller or None, outcome=outcome, **known):
        _log.info("audit")


def _find_owner(arguments: Any) -> str:
    for wrapper in _WRAPPERS:
        if isinstance(arguments, Mapping) and wrapper in arguments:
            arguments = arguments[wrapper]
    return _pick(arguments, OWNER, "owner")


def _pick(arguments: Any, pattern: re.Pattern[str], *names: str) -> str:
    """Return the first of the named arguments if it is such a text, else nothing."""
    given = arguments if isinstance(arguments, Mapping) else {}
    for name in names:
        value = given.get(name)
        if isinstance(value, str):
            return value if pattern.fullmatch(value) else ""
    return ""
