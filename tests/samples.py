"""Requests, records and allocations for tests; allocations are read from JSON in the shape that Nomad 1.10.5 gives."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

from server import cluster, nodes, record, request

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BUILD_ID = "01kb9x3m4v0000000000000000"
DIGEST = "sha256:" + "ab" * 32
COMMIT = "c0ffee" + "0" * 34

# The settings by which the hosts below are allowed without being looked up: what a name server answers, and when,
# would be another thing that tests depend on.
HOSTS = {
    "NOMAD_BUILD_GIT_HOSTS": "github.com",
    "NOMAD_BUILD_REGISTRY_HOSTS": "registry.cluster",
}

FIELDS: dict[str, Any] = {
    "owner": "claude-test",
    "repoURL": "https://github.com/geraldthewes/bd",
    "gitRef": "main",
    "dockerfilePath": "Dockerfile",
    "imageTags": ["test"],
    "registryURL": "registry.cluster:5000/bdtemp",
    "testCommands": ["echo test"],
}


def make_request(**changes: Any) -> request.BuildRequest:
    """Return a checked request: the one of the README with some fields changed, in camelCase."""
    return request.parse_request(FIELDS | changes)


def make_record(**changes: Any) -> record.Record:
    """Return the record of a build that was just submitted, with some fields changed."""
    values: dict[str, Any] = {
        "id": BUILD_ID,
        "request": make_request(),
        "variant": "cpu",
        "created_at": NOW,
    }
    return record.Record(**values | changes)


def make_running(phase: record.Phase, *, started: datetime = NOW, **changes: Any) -> record.Record:
    """Return the record of a build whose first job was registered at ``started``, and that of a phase now."""
    build = make_record(status=record.RUNNING[phase], **changes)
    return build.with_phase("build", registered_at=started).with_phase(phase, registered_at=NOW)


def event(
    kind: str, display: str = "", details: dict[str, str] | None = None, after: float = 0
) -> dict[str, Any]:
    """Return a task event; it happened ``after`` seconds from now."""
    time = NOW + timedelta(seconds=after)
    return {
        "Type": kind,
        "DisplayMessage": display,
        "Message": "",
        "Details": details or {},
        "Time": int(time.timestamp() * 1e9),
    }


RECEIVED = event("Received", "Task received by client")
SETUP = event("Task Setup", "Building Task Directory", {"message": "Building Task Directory"})
STARTED = event("Started", "Task started by client")
NOT_RESTARTING = event(
    "Not Restarting",
    "Policy allows no restarts",
    {"restart_reason": "Policy allows no restarts", "fails_task": "true"},
)
KILLING = event(
    "Killing", "Sent interrupt. Waiting 5s before force killing", {"kill_timeout": "5s"}
)
KILLED = event("Killed", "Task successfully killed")


def terminated(exit_code: int, *, out_of_memory: bool = False) -> dict[str, Any]:
    """Return the event of a task that has run and ended."""
    details = {
        "exit_code": str(exit_code),
        "signal": "0",
        "oom_killed": str(out_of_memory).lower(),
    }
    return event("Terminated", f"Exit Code: {exit_code}", details)


def sibling_failed(name: str) -> dict[str, Any]:
    """Return the event of a task that is stopped because another one failed."""
    return event("Sibling Task Failed", f"Task's sibling {name!r} failed", {"failed_sibling": name})


def task(
    *events: dict[str, Any],
    state: str = "dead",
    failed: bool = False,
    started: str = "2026-11-23T12:00:01.135029012Z",
    finished: str = "2026-11-23T12:00:09.5Z",
) -> dict[str, Any]:
    """Return the state of a task."""
    return {
        "State": state,
        "Failed": failed,
        "StartedAt": started or None,
        "FinishedAt": finished or None,
        "Events": list(events),
    }


def succeeded() -> dict[str, Any]:
    """Return the state of a task that ended well."""
    return task(RECEIVED, SETUP, STARTED, terminated(0))


def failed(exit_code: int, **details: Any) -> dict[str, Any]:
    """Return the state of a task that ended with an exit code."""
    return task(
        RECEIVED, SETUP, STARTED, terminated(exit_code, **details), NOT_RESTARTING, failed=True
    )


def not_started(kind: str, message: str) -> dict[str, Any]:
    """Return the state of a task that failed before it ran."""
    return task(RECEIVED, SETUP, event(kind, message), NOT_RESTARTING, failed=True, started="")


def skipped(sibling: str) -> dict[str, Any]:
    """Return the state of a task whose turn never came because a prestart task failed."""
    return task(RECEIVED, sibling_failed(sibling), KILLING, started="")


def running(*events: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a task that runs."""
    return task(RECEIVED, SETUP, STARTED, *events, state="running", finished="")


def pending(*events: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a task that has not started."""
    return task(RECEIVED, *events, state="pending", started="", finished="")


def make_allocation(
    status: str,
    *,
    description: str = "",
    desired: str = "run",
    modified: datetime | None = None,
    **tasks: Any,
) -> cluster.Allocation:
    """Return an allocation; the other keyword arguments are its tasks' states."""
    return cluster.read_allocation(
        {
            "ID": "5b1f3c2e-0000-4000-8000-000000000000",
            "JobID": f"build-{BUILD_ID}",
            "NodeID": "8a7e5d2c-0000-4000-8000-000000000000",
            "NodeName": "worker-1",
            "ClientStatus": status,
            "ClientDescription": description,
            "DesiredStatus": desired,
            "CreateIndex": 11,
            "ModifyTime": int(modified.timestamp() * 1e9) if modified else 0,
            "TaskStates": tasks or None,
        }
    )


def make_devices(name: str, count: int, *, healthy: int | None = None, **attributes: Any) -> Any:
    """Return graphics processors of one model, as a list of nodes shows them."""
    return {
        "Vendor": "nvidia",
        "Type": "gpu",
        "Name": name,
        "Instances": [
            {"ID": f"{name}-{number}", "Healthy": healthy is None or number < healthy}
            for number in range(count)
        ],
        "Attributes": attributes,
    }


def make_node(
    *,
    docker: bool = True,
    runtimes: str | None = None,
    volumes: tuple[str, ...] = ("buildah-cache",),
    devices: list[Any] | None = None,
    eligibility: str = "eligible",
    bridge: bool | None = None,
    CPU: int = 4000,
    MemoryMB: int = 8192,
    **changes: Any,
) -> nodes.Node:
    """Return a node as ``GET /v1/nodes?resources=true`` shows it, with some fields changed."""
    attributes = {"driver.docker": "true"}
    if runtimes is not None:
        attributes["driver.docker.runtimes"] = runtimes
    read_only = {"read-only": {"Name": "read-only", "ReadOnly": True}}
    node = nodes.read_node(
        {
            "ID": "8a7e5d2c-0000-4000-8000-000000000000",
            "Name": "worker-1",
            "Datacenter": "dc1",
            "NodePool": "default",
            "Status": "ready",
            "SchedulingEligibility": eligibility,
            "Drivers": {
                "docker": {"Detected": True, "Healthy": docker, "Attributes": attributes},
                "exec": {"Detected": False, "Healthy": False, "Attributes": None},
            },
            "HostVolumes": read_only
            | {name: {"Name": name, "ReadOnly": False} for name in volumes},
            "NodeResources": {
                "Cpu": {"CpuShares": CPU},
                "Memory": {"MemoryMB": MemoryMB},
                "Disk": {"DiskMB": 50000},
                "Devices": devices,
            },
            "ReservedResources": {
                "Cpu": {"CpuShares": 500},
                "Memory": {"MemoryMB": 256},
                "Disk": {"DiskMB": 100},
            },
            "ModifyIndex": 10,
            **changes,
        }
    )
    return dataclasses.replace(node, bridge=bridge)
