"""The node -> the JSON of Nomad's API."""

from __future__ import annotations

from server.embedded import config, records, resources, wire


def stub(record: records.Node) -> dict[str, records.Json]:
    """Encode the node as one line of GET /v1/nodes."""
    return {
        "ID": record.id,
        "Name": record.name,
        "Address": record.http_address.rpartition(":")[0],
        "Datacenter": record.datacenter,
        "NodeClass": "",
        "NodePool": "default",
        "Version": config.NOMAD_VERSION,
        "Drain": False,
        "LastDrain": _last_drain(record),
        "SchedulingEligibility": "eligible" if record.eligible else "ineligible",
        "Status": record.status,
        "StatusDescription": "",
        "Drivers": {
            name: {
                "Attributes": dict(attributes),
                "Detected": True,
                "Healthy": True,
                "HealthDescription": "Healthy",
                "UpdateTime": wire.timestamp(record.updated_at),
            }
            for name, attributes in record.drivers.items()
        },
        "HostVolumes": {
            name: {"ID": "", "Name": name, "Path": path, "ReadOnly": read_only}
            for name, (path, read_only) in record.host_volumes.items()
        }
        or None,
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
    }


def full(record: records.Node) -> dict[str, records.Json]:
    """Encode the node as GET /v1/node answers it."""
    encoded = stub(record)
    del encoded["Address"], encoded["Version"]
    return encoded | {
        "Attributes": dict(record.attributes),
        "CSIControllerPlugins": {},
        "CSINodePlugins": {},
        "CgroupParent": "",
        "ComputedClass": resources.NODE_CLASS,
        "DrainStrategy": None,
        "Events": [],
        "GCVolumesOnNodeGC": False,
        "HTTPAddr": record.http_address,
        "HostNetworks": None,
        "LastAllocUpdateIndex": 0,
        "LastMissedHeartbeatIndex": 0,
        "Links": {},
        "Meta": dict(record.meta),
        "NodeMaxAllocs": 0,
        "NodeResources": resources.node_total(record),
        "Reserved": resources.legacy(),
        "ReservedResources": {
            "Cpu": {"CpuShares": 0, "ReservedCpuCores": None},
            "Disk": {"DiskMB": 0},
            "Memory": {"MemoryMB": 0},
            "Networks": {"ReservedHostPorts": ""},
        },
        "Resources": resources.legacy(),
        "SecretID": "",
        "StatusUpdatedAt": record.updated_at // 1_000_000_000,
        "TLSEnabled": False,
    }


def _last_drain(record: records.Node) -> dict[str, records.Json] | None:
    """Encode the last drain, which was complete at once: its deadline was the moment it began."""
    if record.drained_at is None:
        return None
    second = wire.timestamp(record.drained_at // 1_000_000_000 * 1_000_000_000)
    return {
        "AccessorID": "token:acls-disabled",
        "Meta": None,
        "StartedAt": second,
        "Status": "complete",
        "UpdatedAt": second,
    }
