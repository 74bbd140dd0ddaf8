"""Resources in the shapes that Nomad's API has for them: of a task, an allocation, the node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.embedded import records

NODE_CLASS = "v1:1"
"""The computed class of the one node; Nomad's is a hash of its attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a group needs at its peak."""

    cpu: int
    memory_mb: int
    disk_mb: int

    def plus(self, other: Need) -> Need:
        """Add two needs."""
        return Need(
            cpu=self.cpu + other.cpu,
            memory_mb=self.memory_mb + other.memory_mb,
            disk_mb=self.disk_mb + other.disk_mb,
        )

    def minus(self, other: Need) -> Need:
        """Take away what was added before."""
        return Need(
            cpu=self.cpu - other.cpu,
            memory_mb=self.memory_mb - other.memory_mb,
            disk_mb=self.disk_mb - other.disk_mb,
        )


NOTHING = Need(cpu=0, memory_mb=0, disk_mb=0)


def find_group(definition: Mapping[str, records.Json], name: str) -> Mapping[str, records.Json]:
    """Return the group of a canonical job by its name."""
    group: Mapping[str, records.Json] = next(
        group for group in definition["TaskGroups"] if group["Name"] == name
    )
    return group


def peak(group: Mapping[str, records.Json]) -> Need:
    """Say what the group's allocation needs, as AllocatedResources.Comparable.

    Prestart tasks, main tasks and poststop tasks follow one another, so that the largest of the three
    counts; sidecars run beside all of them.
    """
    phases = {"prestart": NOTHING, "main": NOTHING, "poststop": NOTHING, "sidecar": NOTHING}
    for task in group["Tasks"]:
        lifecycle = task["Lifecycle"]
        phase = "main"
        if lifecycle is not None and lifecycle["Hook"] == "prestart":
            phase = "sidecar" if lifecycle["Sidecar"] else "prestart"
        elif lifecycle is not None and lifecycle["Hook"] == "poststop":
            phase = "poststop"
        wanted = task["Resources"]
        phases[phase] = phases[phase].plus(
            Need(cpu=wanted["CPU"], memory_mb=wanted["MemoryMB"], disk_mb=0)
        )
    ordered = (phases["prestart"], phases["main"], phases["poststop"])
    return Need(
        cpu=max(need.cpu for need in ordered) + phases["sidecar"].cpu,
        memory_mb=max(need.memory_mb for need in ordered) + phases["sidecar"].memory_mb,
        disk_mb=group["EphemeralDisk"]["SizeMB"],
    )


class Occupied:
    """What the allocations on the node need together, kept as they come and go."""

    def __init__(self) -> None:
        self._needs: dict[str, Need] = {}
        self.total = NOTHING

    def take(self, allocation: records.Allocation) -> None:
        """Count an allocation as it is now: not any more when nothing of it runs."""
        if allocation.client_terminal:
            self.free(allocation.id)
        elif allocation.id not in self._needs:
            need = peak(find_group(allocation.job.definition, allocation.group))
            self._needs[allocation.id] = need
            self.total = self.total.plus(need)

    def free(self, allocation_id: str) -> None:
        """Count an allocation no more."""
        self.total = self.total.minus(self._needs.pop(allocation_id, NOTHING))

    def of(self, allocation_id: str) -> Need:
        """Return what an allocation occupies."""
        return self._needs.get(allocation_id, NOTHING)


def legacy(
    cpu: int = 0, memory_mb: int = 0, disk_mb: int = 0, memory_max_mb: int = 0
) -> dict[str, records.Json]:
    """Build the old Resources object."""
    return {
        "CPU": cpu,
        "Cores": 0,
        "Devices": None,
        "DiskMB": disk_mb,
        "IOPS": 0,
        "MemoryMB": memory_mb,
        "MemoryMaxMB": memory_max_mb,
        "NUMA": None,
        "Networks": None,
        "SecretsMB": 0,
    }


def allocated(group: Mapping[str, records.Json]) -> dict[str, records.Json]:
    """Build the four descriptions of an allocation's resources that the API answers."""
    tasks = group["Tasks"]
    disk = group["EphemeralDisk"]["SizeMB"]
    memory = sum(task["Resources"]["MemoryMB"] for task in tasks)
    return {
        "AllocatedResources": {
            "Shared": {"DiskMB": disk, "Networks": None, "Ports": None},
            "TaskLifecycles": {task["Name"]: task["Lifecycle"] for task in tasks},
            "Tasks": {
                task["Name"]: {
                    "Cpu": {"CpuShares": task["Resources"]["CPU"], "ReservedCores": None},
                    "Devices": None,
                    "Memory": {
                        "MemoryMB": task["Resources"]["MemoryMB"],
                        "MemoryMaxMB": task["Resources"]["MemoryMaxMB"],
                    },
                    "Networks": None,
                }
                for task in tasks
            },
        },
        "Resources": legacy(
            cpu=sum(task["Resources"]["CPU"] for task in tasks),
            memory_mb=memory,
            disk_mb=disk,
            memory_max_mb=sum(
                task["Resources"]["MemoryMaxMB"] or task["Resources"]["MemoryMB"] for task in tasks
            ),
        ),
        "SharedResources": legacy(disk_mb=disk),
        "TaskResources": {task["Name"]: task["Resources"] for task in tasks},
    }


def node_total(node: records.Node) -> dict[str, records.Json]:
    """Build the node's NodeResources."""
    return {
        "Cpu": {
            "CpuShares": node.cpu_mhz,
            "ReservableCpuCores": list(range(node.cores)),
            "TotalCpuCores": node.cores,
        },
        "Devices": [
            {
                "Vendor": name.split("/")[0],
                "Type": name.split("/")[1],
                "Name": name.split("/")[-1],
                "Attributes": None,
                "Instances": [
                    {"ID": f"{name}-{number}", "Healthy": True, "HealthDescription": "",
                     "Locality": None}
                    for number in range(count)
                ],
            }
            for name, count in node.devices.items()
        ]
        or None,
        "Disk": {"DiskMB": node.disk_mb},
        "MaxDynamicPort": 32000,
        "Memory": {"MemoryMB": node.memory_mb},
        "MinDynamicPort": 20000,
        "Networks": [
            {"CIDR": "127.0.0.1/32", "Device": "lo", "IP": "127.0.0.1", "MBits": 1000,
             "Mode": "host"}
        ],
        "NodeNetworks": None,
        "Processors": {"Topology": None},
    }  # fmt: skip
