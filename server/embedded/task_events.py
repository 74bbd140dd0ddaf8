"""The lines of a task's history, worded as nomad/structs TaskEvent.PopulateEventDisplayMessage does."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from server.embedded import durations, records

KEPT = 10
"""Nomad keeps so many events of a task (task_runner.go, maxEvents)."""


def _make(
    kind: str,
    message: str,
    details: Mapping[str, str] | None = None,
    **fields: str | int | bool,
) -> records.TaskEvent:
    return records.TaskEvent(
        type=kind,
        time=time.time_ns(),
        display_message=message,
        details=details or {},
        fields=fields,
    )


def received() -> records.TaskEvent:
    """The client has the allocation."""
    return _make("Received", "Task received by client")


def setup(message: str) -> records.TaskEvent:
    """A step before the driver starts."""
    return _make("Task Setup", message, {"message": message}, Message=message)


def setup_failure(error: str) -> records.TaskEvent:
    """Directories or mounts could not be made."""
    return _make("Setup Failure", error, {"setup_error": error}, SetupError=error)


def failed_validation(error: str) -> records.TaskEvent:
    """The driver config is wrong."""
    return _make("Failed Validation", error, {"validation_error": error}, ValidationError=error)


def driver_message(message: str, annotations: Mapping[str, str]) -> records.TaskEvent:
    """The driver tells what it does, such as an image pull."""
    return _make("Driver", message, annotations, DriverMessage=message)


def driver_failure(error: str) -> records.TaskEvent:
    """The driver could not start the task."""
    return _make("Driver Failure", error, {"driver_error": error}, DriverError=error)


def started() -> records.TaskEvent:
    """The task runs."""
    return _make("Started", "Task started by client")


def terminated(
    exit_code: int, signal: int, oom_killed: bool, exit_message: str
) -> records.TaskEvent:
    """The task ended."""
    parts = [f"Exit Code: {exit_code}"]
    details = {
        "exit_code": str(exit_code),
        "signal": str(signal),
        "oom_killed": "true" if oom_killed else "false",
    }
    if signal:
        parts.append(f"Signal: {signal}")
    if exit_message:
        quoted = exit_message.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        parts.append(f'Exit Message: "{quoted}"')
        details["exit_message"] = exit_message
    return _make(
        "Terminated",
        ", ".join(parts),
        details,
        ExitCode=exit_code,
        Signal=signal,
        Message=exit_message,
    )


def not_restarting() -> records.TaskEvent:
    """The task failed and will not be started again."""
    reason = "Policy allows no restarts"
    return _make(
        "Not Restarting",
        reason,
        {"restart_reason": reason, "fails_task": "true"},
        RestartReason=reason,
        FailsTask=True,
    )


def killing(timeout: int, *, fails: bool = False) -> records.TaskEvent:
    """The task is told to end within so many nanoseconds; perhaps it counts as failed by that."""
    text = durations.format_go(timeout)
    message = (
        f"Sent interrupt. Waiting {text} before force killing" if timeout else "Sent interrupt"
    )
    if fails:
        details = {"kill_timeout": text, "fails_task": "true"}
        return _make("Killing", message, details, KillTimeout=timeout, FailsTask=True)
    return _make("Killing", message, {"kill_timeout": text}, KillTimeout=timeout)


def reconnected() -> records.TaskEvent:
    """The client is heard of again after its node was lost."""
    return _make("Reconnected", "Client reconnected")


def killed() -> records.TaskEvent:
    """The task ended because it was told to."""
    return _make("Killed", "Task successfully killed")


def sibling_failed(name: str) -> records.TaskEvent:
    """Another task of the group failed, so this one is killed."""
    return _make(
        "Sibling Task Failed",
        f'Task\'s sibling "{name}" failed',
        {"failed_sibling": name},
        FailedSibling=name,
    )


def leader_dead() -> records.TaskEvent:
    """The group's leader ended, so this task is killed."""
    return _make("Leader Task Dead", "Leader Task in Group dead")


def main_dead() -> records.TaskEvent:
    """Only sidecars were left, so this task is killed."""
    return _make("Main Tasks Dead", "Main tasks in the group died")


def template_missing(dependencies: Sequence[str]) -> records.TaskEvent:
    """Templates wait for these (template.go: at most three are named)."""
    listed = sorted(dependencies)
    if len(listed) > 3:
        listed = [*listed[:3], f"and {len(listed) - 3} more"]
    return _make("Template", f"Missing: {', '.join(listed)}")


def template_failed(error: str) -> records.TaskEvent:
    """A template can never be rendered, or is no environment."""
    return _make("Killing", error, {"fails_task": "true"}, FailsTask=True)
