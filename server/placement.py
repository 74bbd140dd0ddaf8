"""Where jobs can be placed at all: what they need, held against what nodes have in total. Pure.

What is free at the moment does not count, for it changes. What no node can ever offer is worth a sentence at
once, as Nomad would let the job wait for ever.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from server import attributes
from server.nodes import Devices, Node

# What Nomad puts where a job says nothing (nomad/structs: DefaultResources, DefaultEphemeralDisk).
_CPU, _MEMORY, _DISK = 100, 300, 300
_DEVICE_FACTS: dict[str, Callable[[Devices], str]] = {
    "device.vendor": lambda devices: devices.vendor,
    "device.type": lambda devices: devices.type,
    "device.model": lambda devices: devices.name,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """What a device has to be like; ``attribute`` is a name as ``memory`` or ``model``, or as in jobs."""

    attribute: str
    operator: str
    value: str

    def __str__(self) -> str:
        name = self.key.removeprefix("device.").removeprefix("attr.")
        return f"{name} {self.operator} {self.value}"

    @property
    def key(self) -> str:
        """The attribute as jobs name it between the braces of ``${...}``: ``device.model``, ``device.attr.memory``."""
        name = self.attribute.removeprefix("${").removesuffix("}")
        if name.startswith("device."):
            return name
        known = name in ("ids", *(each.removeprefix("device.") for each in _DEVICE_FACTS))
        return f"device.{name}" if known else f"device.attr.{name}"

    def may_fit(self, devices: Devices) -> bool:
        """Tell whether devices meet it; what only Nomad can judge may well fit."""
        if self.key == "device.ids":
            return True
        if (fact := _DEVICE_FACTS.get(self.key)) is not None:
            have: attributes.Attribute | None = attributes.Attribute(fact(devices))
        else:
            have = devices.attributes.get(self.key.removeprefix("device.attr."))
        return attributes.fits(have, self.operator, attributes.parse(self.value)) is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpus:
    """Graphics processors that one task wants, all of one model; ``name`` is as in a job's device block."""

    count: int
    constraints: tuple[Constraint, ...] = ()
    name: str = "nvidia/gpu"

    def __str__(self) -> str:
        demands = " and ".join(map(str, self.constraints))
        noun = "GPU" if self.count == 1 else "GPUs"
        return f"{self.count} {noun}" + (f" with {demands}" if demands else "")

    def may_be(self, devices: Devices) -> bool:
        """Tell whether devices are of the kind that is wanted, however many there are."""
        parts = (devices.vendor, devices.type, devices.name)
        wanted = self.name.split("/", 2)
        named = parts[1:2] if len(wanted) == 1 else parts[: len(wanted)]
        return tuple(wanted) == named and all(each.may_fit(devices) for each in self.constraints)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the job of a phase needs of a node: ``cpu`` in MHz, ``memory`` and ``disk`` in MiB.

    An empty ``node_pool`` is the default one. ``runtimes`` are Docker's, ``bridge`` is a network of the job's own.
    """

    phase: Literal["build", "test", "publish"]
    cpu: int = 0
    memory: int = 0
    disk: int = 0
    datacenters: tuple[str, ...] = ("*",)
    node_pool: str = ""
    volumes: frozenset[str] = frozenset()
    gpus: tuple[Gpus, ...] = ()
    runtimes: frozenset[str] = frozenset()
    bridge: bool = False


def read_needs(phase: Literal["build", "test", "publish"], job: Mapping[str, Any]) -> Needs:
    """Read what a job of one group needs from its JSON, added up as Nomad does (AllocatedResources.Comparable)."""
    (group,) = job["TaskGroups"]
    tasks: Sequence[Mapping[str, Any]] = group["Tasks"]
    resources = [each.get("Resources") or {} for each in tasks]
    devices = [device for each in resources for device in each.get("Devices") or ()]
    networks = group.get("Networks") or ()
    return Needs(
        phase=phase,
        cpu=_add_up(tasks, "CPU", _CPU),
        memory=_add_up(tasks, "MemoryMB", _MEMORY),
        disk=(group.get("EphemeralDisk") or {}).get("SizeMB") or _DISK,
        datacenters=tuple(job.get("Datacenters") or ("*",)),
        node_pool=job.get("NodePool") or "",
        volumes=frozenset(
            each["Source"]
            for each in (group.get("Volumes") or {}).values()
            if each.get("Type") == "host"
        ),
        gpus=tuple(_read_gpus(each) for each in devices),
        runtimes=frozenset(
            each["Config"]["runtime"] for each in tasks if (each.get("Config") or {}).get("runtime")
        ),
        bridge=any(each.get("Mode") == "bridge" for each in networks),
    )


def _read_gpus(device: Mapping[str, Any]) -> Gpus:
    constraints = tuple(
        Constraint(attribute=each["LTarget"], operator=each["Operand"], value=each["RTarget"])
        for each in device.get("Constraints") or ()
    )
    return Gpus(name=device["Name"], count=device.get("Count") or 1, constraints=constraints)


def _add_up(tasks: Iterable[Mapping[str, Any]], unit: str, default: int) -> int:
    """Add up what runs side by side; tasks before and after the main ones take the same place in turn."""
    sums = {"before": 0, "beside": 0, "main": 0, "after": 0}
    for task in tasks:
        lifecycle: Mapping[str, Any] = task.get("Lifecycle") or {}
        match lifecycle.get("Hook"), bool(lifecycle.get("Sidecar")):
            case "prestart", True:
                place = "beside"
            case "prestart", False:
                place = "before"
            case "poststop", _:
                place = "after"
            case _:
                place = "main"
        sums[place] += (task.get("Resources") or {}).get(unit) or default
    return sums["beside"] + max(sums["before"], sums["main"], sums["after"])


def find_obstacle(needs: Needs, nodes: Iterable[Node]) -> str | None:
    """Say why none of the nodes can ever take a job, counting each by the first thing that it lacks.

    None when one of them can, also one that is not ready now, and when there are no nodes to judge by.
    """
    known = tuple(nodes)
    lacks = [(node, _find_lack(node, needs)) for node in known]
    if not known or any(lack is None for _, lack in lacks):
        return None
    parts = []
    for lack in _LACKS:
        without = [node for node, found in lacks if found is lack]
        if without:
            parts.append(f"{len(without)} {lack.describe(needs, without)}")
    noun = "node" if len(known) == 1 else "nodes"
    return f"of {len(known)} {noun}: {', '.join(parts)}"


def can_take(node: Node, needs: Needs) -> bool:
    """Tell whether a node could take a job if it were idle and ready."""
    return _find_lack(node, needs) is None


@dataclass(frozen=True, slots=True)
class _Lack:
    """One thing that a node may lack, and how several nodes that lack it are described."""

    of: Callable[[Node, Needs], bool]
    describe: Callable[[Needs, Sequence[Node]], str]


def _find_lack(node: Node, needs: Needs) -> _Lack | None:
    return next((lack for lack in _LACKS if lack.of(node, needs)), None)


def _outside(node: Node, needs: Needs) -> bool:
    return not any(_matches(pattern, node.datacenter) for pattern in needs.datacenters)


def _matches(pattern: str, name: str) -> bool:
    """Match as Nomad does for datacenters, where ``*`` alone is special."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def _lacks_pool(node: Node, needs: Needs) -> bool:
    return needs.node_pool != "all" and node.pool != (needs.node_pool or "default")


def _lacks_runtime(node: Node, needs: Needs) -> bool:
    return node.runtimes is not None and not needs.runtimes <= node.runtimes


def _lacks_gpus(node: Node, needs: Needs) -> bool:
    """Give each task its devices, as many as it wants from one group (scheduler/feasible.go, hasDevices)."""
    left = {index: devices.healthy for index, devices in enumerate(node.devices)}
    for gpus in sorted(needs.gpus, key=lambda each: -each.count):
        fitting = [
            index
            for index, devices in enumerate(node.devices)
            if left[index] >= gpus.count and gpus.may_be(devices)
        ]
        if not fitting:
            return True
        # From the smallest group that will do, so that the large ones stay for others.
        left[min(fitting, key=lambda index: left[index])] -= gpus.count
    return False


def _have(nodes: Sequence[Node]) -> str:
    return "has" if len(nodes) == 1 else "have"


def _are(nodes: Sequence[Node]) -> str:
    return "is" if len(nodes) == 1 else "are"


_JOBS = {"build": "builds", "test": "tests", "publish": "publishing"}


def _amount(field: Literal["cpu", "memory", "disk"], unit: str) -> _Lack:
    def describe(needs: Needs, nodes: Sequence[Node]) -> str:
        largest = max(getattr(node, field) for node in nodes)
        found = f"it has {largest}" if len(nodes) == 1 else f"the largest has {largest}"
        wanted = f"{getattr(needs, field)} {unit} for {_JOBS[needs.phase]}"
        return f"{_have(nodes)} less than {wanted} ({found})"

    return _Lack(lambda node, needs: getattr(node, field) < getattr(needs, field), describe)


def _describe_gpus(needs: Needs, nodes: Sequence[Node]) -> str:
    lack = "lacks" if len(nodes) == 1 else "lack"
    wanted = " and ".join(
        f"{gpus}" if tasks == 1 else f"{gpus} for each of {tasks} tasks"
        for gpus, tasks in Counter(needs.gpus).items()
    )
    return f"{lack} the {wanted} that {_JOBS[needs.phase]} ask for"


_LACKS = (
    _Lack(
        _outside,
        lambda needs, nodes: f"{_are(nodes)} in no datacenter of {', '.join(needs.datacenters)}",
    ),
    _Lack(
        _lacks_pool,
        lambda needs, nodes: f"{_are(nodes)} not in the node pool {needs.node_pool or 'default'}",
    ),
    _Lack(lambda node, _: not node.docker, lambda _, nodes: f"{_have(nodes)} no docker driver"),
    _Lack(
        lambda node, needs: not needs.volumes <= node.host_volumes,
        lambda needs, nodes: f"{_have(nodes)} no host volume {', '.join(sorted(needs.volumes))}",
    ),
    _Lack(_lacks_gpus, _describe_gpus),
    _Lack(
        _lacks_runtime,
        lambda needs, nodes: (
            f"{_have(nodes)} no docker runtime {', '.join(sorted(needs.runtimes))}"
        ),
    ),
    _Lack(
        lambda node, needs: needs.bridge and node.bridge is False,
        lambda needs, nodes: (
            f"{_have(nodes)} no CNI plugins for the network of {_JOBS[needs.phase]}"
        ),
    ),
    _amount("cpu", "MHz of CPU"),
    _amount("memory", "MiB of memory"),
    _amount("disk", "MiB of disk"),
)


def with_volume(needs: Needs, volume: str) -> Needs:
    """Return needs with a host volume."""
    return dataclasses.replace(needs, volumes=needs.volumes | {volume})
