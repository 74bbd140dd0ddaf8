"""Calling a tool: the one way in for all doors, where it is asked who may, and where it is written down who did."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import pydantic

from server import errors
from server.access import audit
from server.builds import Builds
from server.callers import Caller
from server.tools import TOOLS, Progress, Tool

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

# Calls that are at work at the same time; those that wait for a build's end hold none of these while they wait.
_THREADS = 64

# Takes seconds since the call began, and a sentence.
Report = Callable[[float, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What is called, and whether anything may be changed by it at all."""

    builds: Builds
    read_only: bool = False

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The tools that can be called."""
        return tuple(tool for tool in TOOLS.values() if tool.read_only or not self.read_only)


async def call(
    toolbox: Toolbox,
    name: str,
    arguments: Any,
    caller: Caller,
    report: Report | None = None,
) -> pydantic.BaseModel:
    """Call a tool in a caller's name; ``report`` hears how far it has come.

    Raises:
        ServiceError: whatever went wrong, in words for the caller.
    """
    tool = TOOLS.get(name)
    if tool is None:
        msg = f"there is no tool {name[:100]}"
        names = ", ".join(each.name for each in toolbox.tools)
        raise errors.UnknownTool(msg, next_step=f"Tools are {names}")
    if tool.read_only:
        return await _run(toolbox, tool, arguments, caller, report)
    with audit.recorded(caller, name, arguments) as entry:
        answer = await _run(toolbox, tool, arguments, caller, report)
        entry.answered(answer)
    return answer


async def _run(
    toolbox: Toolbox, tool: Tool, arguments: Any, caller: Caller, report: Report | None
) -> pydantic.BaseModel:
    caller.require(tool.scope, tool.name)
    if toolbox.read_only and not tool.read_only:
        msg = f"{tool.name} cannot be called: this service is read-only"
        raise errors.PermissionDenied(msg, next_step="Call another replica, or ask an operator")
    try:
        work = await in_thread(lambda: tool.call(toolbox.builds, arguments, caller))
        return await _finish(work, report) if isinstance(work, Iterator) else work
    except errors.ServiceError:
        raise
    except Exception as error:
        # Nothing of the inside may reach the caller; the operator finds it in the log.
        _log.exception("tool %s failed", tool.name)
        raise errors.InternalError from error


async def _finish(
    work: Iterator[Progress | pydantic.BaseModel], report: Report | None
) -> pydantic.BaseModel:
    while True:
        look = await in_thread(lambda: next(work))
        if isinstance(look, pydantic.BaseModel):
            return look
        if report is not None and look.message:
            await report(look.seconds, look.message)
        await anyio.sleep(look.pause)


async def in_thread(work: Callable[[], _T]) -> _T:
    """Do what may wait for Nomad in a thread of the calls' own."""
    return await anyio.to_thread.run_sync(work, limiter=_limiter())


_LIMITERS: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("_LIMITERS")


def _limiter() -> anyio.CapacityLimiter:
    """Return the event loop's own limiter."""
    try:
        return _LIMITERS.get()
    except LookupError:
        limiter = anyio.CapacityLimiter(_THREADS)
        _LIMITERS.set(limiter)
        return limiter
