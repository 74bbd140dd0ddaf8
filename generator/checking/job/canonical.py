"""What a part of the job takes over from those above it, and the defaults that depend on its type.

Mirrors the ``Canonicalize`` and ``Merge`` methods of Nomad's package api (jobs.go, tasks.go,
services.go). Defaults that depend on nothing stand in the models.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from generator.checking.job import models
from generator.jobspec import tree

_VARIABLE = re.compile(r"\$\{([a-zA-Z0-9_\-.]+)\}")
_FOREVER_RUNNING = ("service", "system")

_RESTART: tree.Object = {
    "Delay": 15 * models.SECOND,
    "Attempts": 2,
    "Interval": 30 * models.MINUTE,
    "Mode": "fail",
}
_BATCH_RESTART: tree.Object = _RESTART | {"Attempts": 3, "Interval": 24 * models.HOUR}

_NO_RESCHEDULE: tree.Object = {
    "Attempts": 0,
    "Interval": 0,
    "Delay": 0,
    "DelayFunction": "",
    "MaxDelay": 0,
    "Unlimited": False,
}
_RESCHEDULE: Mapping[str, tree.Object] = {
    "service": _NO_RESCHEDULE
    | {
        "Delay": 30 * models.SECOND,
        "DelayFunction": "exponential",
        "MaxDelay": models.HOUR,
        "Unlimited": True,
    },
    "batch": _NO_RESCHEDULE
    | {
        "Attempts": 1,
        "Interval": 24 * models.HOUR,
        "Delay": 5 * models.SECOND,
        "DelayFunction": "constant",
    },
}

_UPDATE = cast("tree.Object", models.Update().model_dump(by_alias=True))


def complete_job(job: tree.Object) -> tree.Object:
    """The job as the server takes it, with what its groups, tasks and services take over."""
    groups = [_complete_group(group, job) for group in _objects(job, "TaskGroups")]
    return job | {"TaskGroups": cast("list[tree.Json]", groups)}


def _type(job: tree.Object) -> str:
    return cast("str", job.get("Type", "service"))


def _complete_group(group: tree.Object, job: tree.Object) -> tree.Object:
    type_ = _type(job)
    default = _RESTART if type_ in _FOREVER_RUNNING else _BATCH_RESTART
    restart = default | _object(group, "RestartPolicy")
    scaling = _object(group, "Scaling")
    completed = group | {
        "Name": group.get("Name", ""),
        "Count": group.get("Count", scaling.get("Min", 1)),
        "RestartPolicy": restart,
        "EphemeralDisk": _object(group, "EphemeralDisk"),
        "Tasks": cast(
            "list[tree.Json]",
            [_complete_task(task, restart, group, job) for task in _objects(group, "Tasks")],
        ),
        "Services": _complete_services(group, _Names(job, group, "")),
    }
    completed["MeshProxies"] = _mesh_proxies(group, restart)
    for field, value in (
        ("Update", _update(group, job)),
        ("ReschedulePolicy", _reschedule(group, job)),
        ("Migrate", _migrate(group, job)),
    ):
        completed.pop(field, None)
        if value is not None:
            completed[field] = value
    return completed


def _update(group: tree.Object, job: tree.Object) -> tree.Object | None:
    own = cast("tree.Object | None", group.get("Update"))
    above = cast("tree.Object | None", job.get("Update"))
    if above is None and _type(job) != "service":
        return own
    inherited = _UPDATE | (above or {})
    if own is not None:
        return inherited | own
    return inherited if any(inherited.values()) else None


def _reschedule(group: tree.Object, job: tree.Object) -> tree.Object | None:
    default = _RESCHEDULE.get(_type(job), _NO_RESCHEDULE)
    if "Reschedule" not in job and "ReschedulePolicy" not in group and _type(job) == "system":
        return None
    return default | _object(job, "Reschedule") | _object(group, "ReschedulePolicy")


def _migrate(group: tree.Object, job: tree.Object) -> tree.Object | None:
    if "Migrate" not in job and "Migrate" not in group and _type(job) != "service":
        return None
    return _object(job, "Migrate") | _object(group, "Migrate")


def _complete_task(
    task: tree.Object, restart: tree.Object, group: tree.Object, job: tree.Object
) -> tree.Object:
    names = _Names(job, group, cast("str", task.get("Name", "")))
    return task | {
        "RestartPolicy": restart | _object(task, "RestartPolicy"),
        "Resources": _object(task, "Resources"),
        "LogConfig": _object(task, "LogConfig"),
        "Services": _complete_services(task, names),
    }


def _mesh_proxies(group: tree.Object, restart: tree.Object) -> list[tree.Json]:
    """What is run for services with a ``sidecar_task`` (SidecarTask.MergeIntoTask)."""
    found: list[tree.Json] = []
    for index, service in enumerate(_objects(group, "Services")):
        task = _object(_object(service, "Connect"), "SidecarTask")
        if task:
            found.append({"Service": index, "Task": _mesh_proxy(task, restart)})
    return found


def _mesh_proxy(task: tree.Object, restart: tree.Object) -> tree.Json:
    # What is not merged into the proxy's task is forgotten.
    task = {name: value for name, value in task.items() if name != "Identities"}
    resources = {
        name: value for name, value in _object(task, "Resources").items() if name != "NUMA"
    }
    cpu = resources.get("CPU", 0 if "Cores" in resources else 100)
    logs = _object(task, "LogConfig")
    return task | {
        "Name": task.get("Name") or "connect-proxy",
        "Driver": task.get("Driver") or "docker",
        "RestartPolicy": restart,
        "Resources": resources
        | {"CPU": cpu or 250, "MemoryMB": resources.get("MemoryMB", 300) or 128},
        "LogConfig": logs | _positive(logs, "MaxFiles") | _positive(logs, "MaxFileSizeMB"),
    }


def _positive(logs: tree.Object, field: str) -> tree.Object:
    return {field: max(cast("int", logs.get(field, 10)), 0) or 2}


def _complete_services(parent: tree.Object, names: _Names) -> list[tree.Json]:
    return [_complete_service(service, names) for service in _objects(parent, "Services")]


class _Names:
    """What a service is called where it says nothing, and what its name may refer to."""

    def __init__(self, job: tree.Object, group: tree.Object, task: str) -> None:
        above = (str(job["Name"]), str(group.get("Name", "")))
        self.default = "-".join((*above, task) if task else above)
        self._values = {
            "JOB": above[0],
            "TASKGROUP": above[1],
            "TASK": task or "group",
            "BASE": "-".join((*above, task or "group")),
        }

    def fill(self, name: str) -> str:
        return _VARIABLE.sub(lambda found: self._values.get(found[1], found[0]), name)


def _complete_service(service: tree.Object, names: _Names) -> tree.Object:
    on_update = service.get("OnUpdate") or "require_healthy"
    completed = service | {
        "Name": names.fill(cast("str", service.get("Name") or names.default)),
        "AddressMode": service.get("AddressMode") or "auto",
        "Provider": service.get("Provider") or "consul",
        "OnUpdate": on_update,
    }
    restart = cast("tree.Object | None", service.get("CheckRestart"))
    checks: list[tree.Json] = []
    for check in _objects(service, "Checks"):
        merged = check | {"OnUpdate": check.get("OnUpdate") or on_update}
        own = cast("tree.Object | None", check.get("CheckRestart"))
        if restart is not None:
            merged["CheckRestart"] = _merge_check_restart(restart, own or {})
        checks.append(merged)
    return completed | {"Checks": checks}


def _merge_check_restart(above: tree.Object, own: tree.Object) -> tree.Object:
    """A value of zero is none here: the service's stands."""
    return above | {name: value for name, value in own.items() if value or name == "Grace"}


def _object(parent: tree.Object, field: str) -> tree.Object:
    return cast("tree.Object", parent.get(field, {}))


def _objects(parent: tree.Object, field: str) -> list[tree.Object]:
    return cast("list[tree.Object]", parent.get(field, []))
