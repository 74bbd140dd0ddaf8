"""What Nomad says about its client nodes, as frozen data; reading it from API JSON is pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server import attributes
from server.attributes import Attribute

# Nomad asks for this attribute itself wherever a job has a network of its own (nomad/job_endpoint_hooks.go).
_BRIDGE = "plugins.cni.version.bridge"
_RUNTIMES = "driver.docker.runtimes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """Devices of one vendor, type and name on a node; ``healthy`` is how many of them work."""

    vendor: str
    type: str
    name: str
    healthy: int
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A client node, as far as placing a build depends on it.

    ``cpu`` is in MHz, ``memory`` and ``disk`` are in MiB: all that jobs may use, also when others use it now.
    ``ready`` says that it takes jobs now; of ``host_volumes`` it has those that can be written to. ``runtimes`` are
    Docker's, None where the node does not tell; ``bridge`` says whether it can give jobs a network of their own,
    None where that was not asked for.
    """

    id: str
    name: str
    ready: bool
    datacenter: str
    pool: str
    host_volumes: frozenset[str]
    docker: bool
    runtimes: frozenset[str] | None
    devices: tuple[Devices, ...]
    cpu: int
    memory: int
    disk: int
    bridge: bool | None = None
    modify_index: int = 0


def read_node(data: Mapping[str, Any]) -> Node:
    """Read an element of ``GET /v1/nodes?resources=true``."""
    docker: Mapping[str, Any] = (data.get("Drivers") or {}).get("docker") or {}
    runtimes: str | None = (docker.get("Attributes") or {}).get(_RUNTIMES)
    total: Mapping[str, Any] = data.get("NodeResources") or {}
    reserved: Mapping[str, Any] = data.get("ReservedResources") or {}

    def usable(part: str, unit: str) -> int:
        return _read_amount(total, part, unit) - _read_amount(reserved, part, unit)

    return Node(
        id=data["ID"],
        name=data.get("Name", ""),
        ready=data.get("Status") == "ready" and data.get("SchedulingEligibility") == "eligible",
        datacenter=data.get("Datacenter", ""),
        pool=data.get("NodePool") or "default",
        host_volumes=frozenset(
            name
            for name, volume in (data.get("HostVolumes") or {}).items()
            if not volume.get("ReadOnly")
        ),
        docker=bool(docker.get("Detected") and docker.get("Healthy")),
        runtimes=None if runtimes is None else frozenset(runtimes.split(",")),
        devices=tuple(_read_devices(each) for each in total.get("Devices") or ()),
        cpu=usable("Cpu", "CpuShares"),
        memory=usable("Memory", "MemoryMB"),
        disk=usable("Disk", "DiskMB"),
        modify_index=data.get("ModifyIndex", 0),
    )


def read_bridge(data: Mapping[str, Any]) -> bool:
    """Read from ``GET /v1/node/:id`` whether jobs can have a network of their own: the list does not tell."""
    return bool((data.get("Attributes") or {}).get(_BRIDGE))


def _read_devices(data: Mapping[str, Any]) -> Devices:
    return Devices(
        vendor=data.get("Vendor", ""),
        type=data.get("Type", ""),
        name=data.get("Name", ""),
        healthy=sum(bool(each.get("Healthy")) for each in data.get("Instances") or ()),
        attributes={
            name: attributes.read(value) for name, value in (data.get("Attributes") or {}).items()
        },
    )


def _read_amount(resources: Mapping[str, Any], part: str, unit: str) -> int:
    return int((resources.get(part) or {}).get(unit) or 0)
