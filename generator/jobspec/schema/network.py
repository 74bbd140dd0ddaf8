"""Networks and resources: api/resources.go."""

from __future__ import annotations

from generator.jobspec.schema import fields, placement
from generator.jobspec.schema.fields import Kind, many, once, optional, plain

_PORT = fields.table(
    plain("static", "Value", Kind.INT),
    plain("to", "To", Kind.INT),
    plain("host_network", "HostNetwork", Kind.TEXT),
    plain("ignore_collision", "IgnoreCollision", Kind.FLAG),
)

NETWORK = fields.table(
    plain("mode", "Mode", Kind.TEXT),
    plain("device", "Device", Kind.TEXT),
    plain("cidr", "CIDR", Kind.TEXT),
    plain("ip", "IP", Kind.TEXT),
    plain("hostname", "Hostname", Kind.TEXT),
    optional("mbits", "MBits", Kind.INT),
    once(
        "dns",
        "DNS",
        fields.table(
            optional("servers", "Servers", Kind.TEXTS),
            optional("searches", "Searches", Kind.TEXTS),
            optional("options", "Options", Kind.TEXTS),
        ),
    ),
    once("cni", "CNI", fields.table(optional("args", "Args", Kind.TEXT_MAP))),
    many("reserved_ports", "ReservedPorts", _PORT, label="Label"),
    many("port", "DynamicPorts", _PORT, label="Label"),
)

RESOURCES = fields.table(
    optional("cpu", "CPU", Kind.INT),
    optional("cores", "Cores", Kind.INT),
    optional("memory", "MemoryMB", Kind.INT),
    optional("memory_max", "MemoryMaxMB", Kind.INT),
    optional("disk", "DiskMB", Kind.INT),
    optional("secrets", "SecretsMB", Kind.INT),
    optional("iops", "IOPS", Kind.INT),
    many("network", "Networks", NETWORK),
    many(
        "device",
        "Devices",
        fields.table(
            optional("count", "Count", Kind.UINT64),
            many("constraint", "Constraints", placement.CONSTRAINT),
            many("affinity", "Affinities", placement.AFFINITY),
        ),
        label="Name",
    ),
    once(
        "numa",
        "NUMA",
        fields.table(
            plain("affinity", "Affinity", Kind.TEXT),
            optional("devices", "Devices", Kind.TEXTS),
        ),
    ),
)
