"""How a build looks as a task of the extension io.modelcontextprotocol/tasks. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mcp import types

from server import answers, tools
from server.protocol import toolcalls

# Who asked for the end of a build whose task was cancelled, as its record says.
CANCELLED_BY = "tasks/cancel"

# Up to how many seconds of its life a build is asked for how often, in milliseconds: most end within a minute or
# two, and who waits for one of an hour need not know it to the second.
POLLING = ((30, 2_000), (300, 5_000))
POLLING_LATER = 10_000


def describe(build: answers.BuildAnswer, keep_days: int) -> dict[str, Any]:
    """Return the task that a build is, as ``tasks/get`` answers it.

    A build that failed is a task that has ``completed`` without ``isError``: the call did what it is for and found
    out what is wrong, as getStatus does in the same words. ``failed`` is for errors of the protocol alone.
    """
    task = seed(build, keep_days)
    if task["status"] == "completed":
        task["result"] = result(build).model_dump(mode="json", by_alias=True, exclude_none=True)
    return task


def result(build: answers.BuildAnswer) -> types.CallToolResult:
    """Return what is found at the end of waiting: what getStatus answers."""
    return toolcalls.render(tools.TOOLS["getStatus"], build)


def seed(build: answers.BuildAnswer, keep_days: int) -> dict[str, Any]:
    """Return the task without its result; ``keep_days`` is how long a build that has ended is known."""
    return {
        # What getLogs and all other tools take, too: often it is all of the task that a model gets to see.
        "taskId": build.job_id,
        "status": _status(build),
        "statusMessage": _message(build),
        "createdAt": _iso(build.created_at),
        "lastUpdatedAt": _iso(_last_update(build)),
        "ttlMs": keep_days * 24 * 3600 * 1000,
        "pollIntervalMs": _polling(build.elapsed_seconds or 0),
    }


def _status(build: answers.BuildAnswer) -> str:
    if build.status not in ("SUCCEEDED", "FAILED"):
        return "working"
    # Whoever else had it killed is named by the result: this client did not ask for that and has to know.
    if build.status == "FAILED" and build.killed and build.killed.by == CANCELLED_BY:
        return "cancelled"
    return "completed"


def _message(build: answers.BuildAnswer) -> str:
    waiting = next((each.waiting for each in build.phases.values() if each.waiting), None)
    detail = build.error or (build.queue.reason if build.queue else None) or build.step or waiting
    return f"{build.status}: {detail}" if detail else build.status


def _last_update(build: answers.BuildAnswer) -> datetime:
    times = [build.created_at, build.ended_at, build.killed.at if build.killed else None]
    for phase in build.phases.values():
        times += [phase.registered_at, phase.started_at, phase.ended_at]
        for task in (phase.tasks or {}).values():
            times += [task.started_at, task.ended_at]
    return max(time for time in times if time is not None)


def _polling(age: float) -> int:
    return next((pause for until, pause in POLLING if age < until), POLLING_LATER)


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
