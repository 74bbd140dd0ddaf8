"""The environment of a task, and the values that ``${…}`` in it stands for (client/taskenv)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from server.embedded import interpolation, job, records

_INVALID = re.compile(r"[^a-zA-Z0-9_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a task finds its folders: inside a container, or on the host."""

    alloc: str
    local: str
    secrets: str


IN_CONTAINER = Places(alloc="/alloc", local="/local", secrets="/secrets")


def build(
    allocation: records.Allocation,
    task: job.Task,
    node: records.Node,
    places: Places,
    extra: Mapping[str, str],
) -> dict[str, str]:
    """Return a task's whole environment.

    ``extra`` comes from templates with env = true: it comes last, and what it says is not evaluated.
    """
    environment = {
        "NOMAD_ALLOC_DIR": places.alloc,
        "NOMAD_TASK_DIR": places.local,
        "NOMAD_SECRETS_DIR": places.secrets,
        "NOMAD_ALLOC_ID": allocation.id,
        "NOMAD_SHORT_ALLOC_ID": allocation.id[:8],
        "NOMAD_ALLOC_NAME": allocation.name,
        "NOMAD_ALLOC_INDEX": "0",
        "NOMAD_GROUP_NAME": allocation.group,
        "NOMAD_TASK_NAME": task.name,
        "NOMAD_JOB_ID": allocation.job.id,
        "NOMAD_JOB_NAME": allocation.job.definition["Name"],
        "NOMAD_NAMESPACE": records.NAMESPACE,
        "NOMAD_REGION": allocation.job.definition["Region"],
        "NOMAD_DC": node.datacenter,
        "NOMAD_CPU_LIMIT": str(task.cpu),
        "NOMAD_CPU_CORES": "",
        "NOMAD_MEMORY_LIMIT": str(task.reserved_memory_mb),
        "NOMAD_PARENT_CGROUP": "nomad.slice",
    }
    if task.memory_mb != task.reserved_memory_mb:
        environment["NOMAD_MEMORY_MAX_LIMIT"] = str(task.memory_mb)
    for key, value in task.meta.items():
        clean = _INVALID.sub("_", key)
        environment[f"NOMAD_META_{clean}"] = value
        environment[f"NOMAD_META_{clean.upper()}"] = value
    known = {**interpolation.node_values(node), **environment}
    own = {
        _INVALID.sub("_", key): interpolation.replace_references(value, known)
        for key, value in task.environment.items()
    }
    return environment | own | dict(extra)


def config_values(environment: Mapping[str, str], node: records.Node) -> dict[str, str]:
    """Return everything that a driver's config may refer to."""
    return {**interpolation.node_values(node), **environment}
