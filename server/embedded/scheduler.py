"""Placement: a group of a job, the node, what already runs -> fits, or why it does not.

The reasons and their counts are those of Nomad's AllocMetric (scheduler/feasible, structs.go), so that
a client reads from FailedTGAllocs why a job waits.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.embedded import constraints, records, resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a group fits the node, with the metrics that say why not."""

    fits: bool
    metrics: Mapping[str, records.Json]
    class_eligible: bool | None = None


def judge(
    definition: Mapping[str, records.Json],
    group: Mapping[str, records.Json],
    node: records.Node,
    used: resources.Need,
) -> Verdict:
    """Decide whether the group can be placed now, beside what is used already."""
    if not node.ready or not _in_datacenters(definition["Datacenters"], node.datacenter):
        return Verdict(fits=False, metrics=_metrics(node, in_pool=False))
    reason = _filter(definition, group, node)
    if reason is not None:
        metrics = _metrics(node) | {"NodesFiltered": 1, "ConstraintFiltered": {reason: 1}}
        # Host volumes are no part of a node's computed class, so the class stays eligible.
        eligible = reason == "missing compatible host volumes"
        return Verdict(fits=False, metrics=metrics, class_eligible=eligible)
    dimension = _exhausted(group, node, used)
    if dimension is not None:
        metrics = _metrics(node) | {
            "NodesExhausted": 1,
            "DimensionExhausted": {dimension: 1},
            "ResourcesExhausted": _shortage(group, dimension),
        }
        return Verdict(fits=False, metrics=metrics, class_eligible=True)
    return Verdict(fits=True, metrics=_metrics(node) | {"ScoreMetaData": _score(node)})


def _in_datacenters(patterns: Iterable[str], datacenter: str) -> bool:
    return any(fnmatch.fnmatchcase(datacenter, pattern) for pattern in patterns)


def _filter(
    definition: Mapping[str, records.Json], group: Mapping[str, records.Json], node: records.Node
) -> str | None:
    """Return the first reason that filters the node out, in Nomad's order of checks."""
    for constraint in definition["Constraints"] or ():
        if not constraints.fits(constraint, node):
            return constraints.describe(constraint)
    tasks = group["Tasks"]
    if any(task["Driver"] not in node.drivers for task in tasks):
        return "missing drivers"
    for holder in (group, *tasks):
        for constraint in holder["Constraints"] or ():
            if not constraints.fits(constraint, node):
                return constraints.describe(constraint)
    if not _has_volumes(group, node):
        return "missing compatible host volumes"
    if not _has_devices(group, node):
        return "missing devices"
    return None


def _has_volumes(group: Mapping[str, records.Json], node: records.Node) -> bool:
    for volume in (group["Volumes"] or {}).values():
        known = node.host_volumes.get(volume["Source"])
        if known is None or (known[1] and not volume["ReadOnly"]):
            return False
    return True


def _has_devices(group: Mapping[str, records.Json], node: records.Node) -> bool:
    wanted: dict[str, int] = {}
    for task in group["Tasks"]:
        for device in task["Resources"]["Devices"] or ():
            if count_devices(node, device["Name"], device["Constraints"] or ()) < device["Count"]:
                return False
            wanted[device["Name"]] = wanted.get(device["Name"], 0) + device["Count"]
    return all(count <= count_devices(node, name) for name, count in wanted.items())


def count_devices(
    node: records.Node, wanted: str, demands: Iterable[Mapping[str, str]] = ()
) -> int:
    """Count the node's devices that a request names and that are as it demands.

    A name is a type, vendor/type or vendor/type/model; the engine's devices have no attributes beyond that.
    """
    total = 0
    for name, count in node.devices.items():
        vendor, _, rest = name.partition("/")
        kind, _, model = rest.partition("/")
        values = {"device.vendor": vendor, "device.type": kind, "device.model": model or kind}
        meets = all(constraints.holds(demand, values) for demand in demands)
        total += count if meets and wanted in {name, f"{vendor}/{kind}", kind or name} else 0
    return total


def _exhausted(
    group: Mapping[str, records.Json], node: records.Node, used: resources.Need
) -> str | None:
    """Return the first dimension that is too small, as AllocsFit orders them."""
    need = used.plus(resources.peak(group))
    if need.cpu > node.cpu_mhz:
        return "cpu"
    if need.memory_mb > node.memory_mb:
        return "memory"
    if need.disk_mb > node.disk_mb:
        return "disk"
    return None


def _shortage(group: Mapping[str, records.Json], dimension: str) -> dict[str, records.Json] | None:
    """Say what each task asks of the exhausted dimension."""
    fields = {"cpu": "CPU", "memory": "MemoryMB"}
    if dimension not in fields:
        return None
    field = fields[dimension]
    return {
        task["Name"]: resources.legacy() | {field: task["Resources"][field]}
        for task in group["Tasks"]
    }


def _metrics(node: records.Node, *, in_pool: bool = True) -> dict[str, records.Json]:
    return {
        "AllocationTime": 0,
        "ClassExhausted": None,
        "ClassFiltered": None,
        "CoalescedFailures": 0,
        "ConstraintFiltered": None,
        "DimensionExhausted": None,
        "NodePool": "default",
        "NodesAvailable": {node.datacenter: 1} if in_pool else {},
        "NodesEvaluated": int(in_pool),
        "NodesExhausted": 0,
        "NodesFiltered": 0,
        "NodesInPool": int(in_pool),
        "QuotaExhausted": None,
        "ResourcesExhausted": None,
        "ScoreMetaData": None,
        "Scores": None,
    }


def _score(node: records.Node) -> list[records.Json]:
    return [{"NodeID": node.id, "NormScore": 1.0, "Scores": {"binpack": 1.0}}]
