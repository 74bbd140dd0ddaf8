"""Two jobs of the same name -> what Nomad does to the allocations of the one when it gets the other.

As its scheduler decides (scheduler/util.go ``tasksUpdated``, reconcile.go), and its job endpoint
refuses (nomad/job_endpoint.go ``validateJobUpdate``). What only a cluster knows, whether a changed
constraint still holds where an allocation runs, is said as such and not guessed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from generator.comparison import canonical
from generator.jobspec import tree


class Fate(enum.Enum):
    """What becomes of a job."""

    SAME = "nothing changes"
    UPDATED = "updated"
    REFUSED = "refused"
    ANOTHER = "another job"
    LATER = "from the next launch"


class Effect(enum.Enum):
    """What becomes of a group's allocations."""

    NONE = "not touched"
    IN_PLACE = "updated in place"
    REPLACED = "replaced"
    STARTED = "started"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEffect:
    """One group: what is done, which parts ask for it, and the tasks that are others now.

    ``moves`` says that what decides about nodes has changed: an allocation whose node no longer
    fits is replaced, though all else could be updated in place. ``count`` is old and new.
    """

    name: str
    effect: Effect
    reasons: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    moves: bool = False
    count: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEffect:
    """The job as a whole, and each of its groups; ``reason`` says why Nomad refuses it.

    ``reruns`` is for a batch job: whatever has changed, allocations that have ended run again.
    """

    fate: Fate
    reason: str = ""
    reruns: bool = False
    groups: tuple[GroupEffect, ...] = ()


# Parts of a group and of a task that cannot be changed while it runs.
_GROUP_PARTS = ("EphemeralDisk", "Volumes")
_TASK_PARTS = (
    "Driver", "User", "Config", "Env", "Artifacts", "Vault", "Templates", "CSIPluginConfig",
    "VolumeMounts", "Identity", "Identities",
)  # fmt: skip
_RESOURCES = ("CPU", "Cores", "MemoryMB", "MemoryMaxMB", "NUMA", "SecretsMB")
_NETWORK_PARTS = ("Mode", "MBits", "Hostname", "DNS", "CNI")
_NODE_PARTS = ("Datacenters", "NodePool", "Constraints", "KillSignal")


def of(old: tree.Object, new: tree.Object) -> JobEffect:
    """What registering the new job does where the old one runs."""
    before, after = canonical.fill(old), canonical.fill(new)
    if before == after:
        return JobEffect(fate=Fate.SAME)
    for key, name in (("ID", "ID"), ("Namespace", "namespace"), ("Region", "region")):
        if before.get(key) != after.get(key):
            reason = f"its {name} is another: the old job runs on until it is stopped"
            return JobEffect(fate=Fate.ANOTHER, reason=reason)
    if refusal := _refusal(before, after):
        return JobEffect(fate=Fate.REFUSED, reason=refusal)
    groups = tuple(_groups(before, after))
    if any(key in after for key in ("Periodic", "ParameterizedJob")):
        return JobEffect(fate=Fate.LATER, groups=groups)
    return JobEffect(fate=Fate.UPDATED, reruns=after.get("Type") == "batch", groups=groups)


def _refusal(before: tree.Object, after: tree.Object) -> str:
    old, new = before.get("Type"), after.get("Type")
    if old != new:
        return f'Nomad does not update a job from type "{old}" to "{new}"'
    for key, kind in (("Periodic", "periodic"), ("ParameterizedJob", "parameterized")):
        if (key in before) != (key in after):
            verb = "be" if key in after else "be no longer"
            return f"Nomad does not update a job to {verb} {kind}"
    return ""


def _groups(before: tree.Object, after: tree.Object) -> Iterator[GroupEffect]:
    old, new = _by_name(before.get("TaskGroups")), _by_name(after.get("TaskGroups"))
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield GroupEffect(name=name, effect=Effect.STOPPED, count=(_count(old[name]), 0))
        elif name not in old:
            yield GroupEffect(name=name, effect=Effect.STARTED, count=(0, _count(new[name])))
        else:
            yield _group((before, old[name]), (after, new[name]))


def _group(
    old: tuple[tree.Object, tree.Object], new: tuple[tree.Object, tree.Object]
) -> GroupEffect:
    """A group that both jobs have; each is given with its job."""
    reasons = tuple(_reasons(old, new))
    (old_job, old_group), (new_job, new_group) = old, new
    before, after = _by_name(old_group.get("Tasks")), _by_name(new_group.get("Tasks"))
    names = [*before, *(name for name in after if name not in before)]
    return GroupEffect(
        name=str(new_group.get("Name")),
        effect=Effect.REPLACED if reasons else Effect.IN_PLACE,
        reasons=reasons,
        tasks=tuple(name for name in names if before.get(name) != after.get(name)),
        moves=_places(old_job, old_group) != _places(new_job, new_group),
        count=(_count(old_group), _count(new_group)),
    )


def _reasons(
    old: tuple[tree.Object, tree.Object], new: tuple[tree.Object, tree.Object]
) -> Iterator[str]:
    """The parts for which allocations are replaced (``tasksUpdated``)."""
    (old_job, old_group), (new_job, new_group) = old, new
    for part in _GROUP_PARTS:
        if old_group.get(part) != new_group.get(part):
            yield part
    if _networks(old_group.get("Networks")) != _networks(new_group.get("Networks")):
        yield "Networks"
    yield from _consul(old_group, new_group)
    yield from _connect(old_group, new_group)
    if _renders(old_group) != _renders(new_group):
        yield "RestartPolicy.RenderTemplates"
    before, after = _by_name(old_group.get("Tasks")), _by_name(new_group.get("Tasks"))
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            yield f"task {name} is gone"
        elif name not in before:
            yield f"task {name} is new"
        else:
            for part in _task(before[name], after[name]):
                yield f"{part} of task {name}"
            owners = (before[name], old_group, old_job), (after[name], new_group, new_job)
            if _meta(*owners[0]) != _meta(*owners[1]):
                yield f"Meta, as task {name} sees it"


def _task(old: tree.Object, new: tree.Object) -> Iterator[str]:
    for part in _TASK_PARTS:
        if old.get(part) != new.get(part):
            yield part
    before, after = _object(old.get("Resources")), _object(new.get("Resources"))
    for part in _RESOURCES:
        if before.get(part) != after.get(part):
            yield f"Resources.{part}"
    if _devices(before) != _devices(after):
        yield "Resources.Devices"
    if _networks(before.get("Networks")) != _networks(after.get("Networks")):
        yield "Resources.Networks"
    if _object(old.get("LogConfig")).get("Disabled") != _object(new.get("LogConfig")).get(
        "Disabled"
    ):
        yield "LogConfig.Disabled"
    if _renders(old) != _renders(new):
        yield "RestartPolicy.RenderTemplates"
    yield from _consul(old, new)


def _consul(old: tree.Object, new: tree.Object) -> Iterator[str]:
    before, after = old.get("Consul"), new.get("Consul")
    if _object(before).get("Namespace") != _object(after).get("Namespace"):
        yield "Consul.Namespace"
    if isinstance(before, dict) and isinstance(after, dict):
        for part in ("Cluster", "Partition"):
            if before.get(part) != after.get(part):
                yield f"Consul.{part}"


def _connect(old: tree.Object, new: tree.Object) -> Iterator[str]:
    """Services of a mesh: Nomad adds a task for each proxy (connect hook), and compares their parts."""
    before, after = _by_name(old.get("Services")), _by_name(new.get("Services"))
    proxies = [
        {name for name, each in side.items() if _has_proxy(each)} for side in (before, after)
    ]
    for name in sorted(proxies[0] ^ proxies[1]):
        yield f"Connect of service {name}"
    for name, service in after.items():
        other = before.get(name)
        if other is None or "Connect" not in service or name in proxies[0] ^ proxies[1]:
            continue
        if _mesh(service) != _mesh(other):
            yield f"Connect of service {name}"


def _mesh(service: tree.Object) -> object:
    connect = _object(service.get("Connect"))
    sidecar = connect.get("SidecarService")
    parts = [connect.get(part) for part in ("Native", "Gateway", "SidecarTask")]
    place = [service.get(part) for part in ("PortLabel", "Cluster")]
    return [*parts, "SidecarService" in connect, _object(sidecar).get("Port"), *place]


def _has_proxy(service: tree.Object) -> bool:
    connect = _object(service.get("Connect"))
    return "SidecarService" in connect or "Gateway" in connect


def _networks(networks: tree.Json) -> list[object]:
    """What of the networks counts: a dynamic port has no number yet."""
    return [
        [[each.get(part) for part in _NETWORK_PARTS],
         [[port.get(part) for part in ("Label", "Value", "To", "HostNetwork")]
          for port in _objects(each.get("ReservedPorts"))],
         [[port.get(part) for part in ("Label", "To", "HostNetwork")]
          for port in _objects(each.get("DynamicPorts"))]]
        for each in _objects(networks)
    ]  # fmt: skip


def _devices(resources: tree.Object) -> list[str]:
    """The devices in any order."""
    return sorted(repr(sorted(each.items())) for each in _objects(resources.get("Devices")))


def _renders(owner: tree.Object) -> bool:
    return bool(_object(owner.get("RestartPolicy")).get("RenderTemplates"))


def _meta(*owners: tree.Object) -> tree.Object:
    """A task's metadata: its own, its group's, its job's (``CombinedTaskMeta``)."""
    combined: tree.Object = {}
    for owner in reversed(owners):
        combined |= _object(owner.get("Meta"))
    return combined


def _places(job: tree.Object, group: tree.Object) -> list[object]:
    """What decides which nodes an allocation of the group may be on."""
    owners = (job, group, *_objects(group.get("Tasks")))
    # A node has to know each of the signals and providers (nomad/job_endpoint_hooks.go).
    providers = {
        (str(service.get("Provider")), str(service.get("Cluster")))
        for owner in owners
        for service in _objects(owner.get("Services"))
    }
    return [sorted(providers), *(owner.get(part) for owner in owners for part in _NODE_PARTS)]


def _count(group: tree.Object) -> int:
    count = group.get("Count", 0)
    return count if isinstance(count, int) else 0


def _by_name(value: tree.Json) -> dict[str, tree.Object]:
    return {str(each.get("Name")): each for each in _objects(value)}


def _objects(value: tree.Json) -> list[tree.Object]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _object(value: tree.Json) -> tree.Object:
    return value if isinstance(value, dict) else {}
