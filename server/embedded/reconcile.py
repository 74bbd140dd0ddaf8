"""A job, its allocations and the node -> what to stop, what to call unknown, what to place.

Mirrors scheduler/reconcile.go and reconcile_util.go for batch jobs whose groups have a count of one and
reschedule nothing: an allocation that failed by itself stays the group's only one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from server.embedded import records, resources

NOT_NEEDED = "alloc not needed due to job update"
UPDATING = "alloc is being updated due to job update"
MIGRATING = "alloc is being migrated"
LOST = "alloc is lost since its node is down"
UNKNOWN = "alloc is unknown since its node is disconnected"
Fate = Literal["untainted", "migrate", "lost", "disconnecting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """An allocation is not wanted any more; ``lost`` when nobody will report its end."""

    allocation: records.Allocation
    description: str
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A group needs an allocation, perhaps in place of a previous one."""

    group: Mapping[str, records.Json]
    previous_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What brings a job's allocations to what its definition says."""

    stops: Sequence[Stop] = ()
    unknown: Sequence[records.Allocation] = ()
    placements: Sequence[Placement] = ()


def reconcile(
    job: records.Job | None, allocations: Sequence[records.Allocation], node: records.Node
) -> Changes:
    """Compare a job with its allocations; None is a job that was removed."""
    if job is None or job.stop:
        return Changes(stops=[*_unheard(allocations, node), *_stop_all(allocations, node)])
    stops, unknown = list(_unheard(allocations, node)), list[records.Allocation]()
    placements: list[Placement] = []
    groups = {group["Name"]: group for group in job.definition["TaskGroups"]}
    stops += _stop_all([each for each in allocations if each.group not in groups], node)
    for name, group in groups.items():
        changes = _reconcile_group(
            job, group, [each for each in allocations if each.group == name], node
        )
        stops += changes.stops
        unknown += changes.unknown
        placements += changes.placements
    return Changes(stops=stops, unknown=unknown, placements=placements)


def _reconcile_group(
    job: records.Job,
    group: Mapping[str, records.Json],
    allocations: Sequence[records.Allocation],
    node: records.Node,
) -> Changes:
    """Compare one group with its allocations, as computeGroup."""
    fates: dict[Fate, list[records.Allocation]] = {
        "untainted": [], "migrate": [], "lost": [], "disconnecting": []
    }  # fmt: skip
    outdated = []
    for each in allocations:
        older = each.job.version < job.version or each.job.create_index < job.create_index
        if older and each.terminal:
            continue
        fate = _judge(each, node)
        if older and fate == "untainted":
            outdated.append(each)
        else:
            fates[fate].append(each)
    stops = [Stop(allocation=each, description=UPDATING) for each in outdated]
    stops += [Stop(allocation=each, description=MIGRATING) for each in fates["migrate"]]
    stops += [Stop(allocation=each, description=LOST, lost=True) for each in fates["lost"]]
    existing = sum(_counts(each) for each in fates["untainted"])
    # An allocation that is called unknown right now counts only if it has a time to come back in; without
    # lost_after Nomad places another one, whatever "replace" says, as soon as there is a node for it.
    if _disconnect(group)["LostAfter"]:
        existing += len(fates["disconnecting"])
    placements = [Placement(group=group, previous_id=each.id) for each in fates["migrate"]]
    room = max(0, 1 - existing - len(placements))
    placements += [Placement(group=group, previous_id=each.id) for each in fates["lost"][:room]]
    placements += [Placement(group=group)] * max(0, 1 - existing - len(placements))
    return Changes(stops=stops, unknown=fates["disconnecting"], placements=placements)


def _judge(allocation: records.Allocation, node: records.Node) -> Fate:
    """Say what becomes of an allocation on the node as it is, as filterByTainted."""
    if allocation.terminal:
        return "untainted"
    policy = _disconnect(resources.find_group(allocation.job.definition, allocation.group))
    running = allocation.client_status == "running"
    if node.status == "disconnected":
        if policy["LostAfter"]:
            if running:
                return "disconnecting"
            if allocation.client_status == "pending":
                return "lost"
        elif policy["Replace"]:
            return "lost"
        elif running:
            return "disconnecting"
    if allocation.migrate:
        return "migrate"
    if node.status == "down" and allocation.client_status != "unknown":
        return "disconnecting" if running and not policy["Replace"] else "lost"
    return "untainted"


def _counts(allocation: records.Allocation) -> bool:
    """Tell whether the group has its allocation in this one, as filterByRescheduleable."""
    if allocation.next_id and allocation.terminal:
        return False
    return allocation.desired_status == "run" or allocation.successful


def _stop_all(allocations: Iterable[records.Allocation], node: records.Node) -> Iterable[Stop]:
    for each in allocations:
        if not each.terminal:
            lost = _judge(each, node) == "lost"
            yield Stop(allocation=each, description=LOST if lost else NOT_NEEDED, lost=lost)


def _unheard(allocations: Iterable[records.Allocation], node: records.Node) -> Iterable[Stop]:
    """Call lost what was told to stop and can not tell that it did (updateNonTerminalAllocsToLost)."""
    for each in allocations:
        if (
            node.status == "down"
            and each.desired_status == "stop"
            and each.client_status in ("pending", "running")
        ):
            yield Stop(allocation=each, description=LOST, lost=True)


def _disconnect(group: Mapping[str, records.Json]) -> Mapping[str, records.Json]:
    policy: Mapping[str, records.Json] = group["Disconnect"] or {"LostAfter": 0, "Replace": True}
    return policy


def may_reconnect(allocation: records.Allocation) -> bool:
    """Tell whether an allocation has a time to come back in after its node was lost."""
    group = resources.find_group(allocation.job.definition, allocation.group)
    return not allocation.terminal and bool(_disconnect(group)["LostAfter"])
