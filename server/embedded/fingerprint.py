"""The node that the engine is: what this machine has, named as Nomad's fingerprints name it."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from server.embedded import config as configs
from server.embedded import drivers, records

_CNI_VERSION = "v1.6.1"


async def measure(
    config: configs.Config, address: str, node_id: str, known: Mapping[str, drivers.Driver]
) -> records.Node:
    """Describe this machine as a node."""
    cores, measured_mhz = configs.measure_cpu()
    cpu_mhz = config.cpu_mhz or measured_mhz
    memory_mb = config.memory_mb or configs.measure_memory()
    disk_mb = config.disk_mb or configs.measure_disk(config.data_dir)
    release = platform.freedesktop_os_release() if platform.system() == "Linux" else {}
    machine = platform.machine()
    http_address = address.removeprefix("http://")
    attributes = {
        "cpu.arch": {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine),
        "cpu.numcores": str(cores),
        "cpu.totalcompute": str(cpu_mhz),
        "cpu.usablecompute": str(cpu_mhz),
        "kernel.arch": machine,
        "kernel.name": platform.system().lower(),
        "kernel.version": platform.release(),
        "memory.totalbytes": str(memory_mb * 1024 * 1024),
        "nomad.version": configs.NOMAD_VERSION,
        "os.name": release.get("ID", platform.system().lower()),
        "os.version": release.get("VERSION_ID", ""),
        "unique.advertise.address": http_address,
        "unique.hostname": config.node_name,
        "unique.network.ip-address": http_address.rpartition(":")[0],
        "unique.storage.bytesfree": str(disk_mb * 1024 * 1024),
    }
    if "docker" in known:
        # The container engine itself gives a group its network, where Nomad's client has a plugin for it.
        attributes["plugins.cni.version.bridge"] = _CNI_VERSION
    descriptions: dict[str, dict[str, str]] = {}
    for name, driver in known.items():
        attributes[f"driver.{name}"] = "1"
        described = dict(driver.attributes)
        attributes |= described
        descriptions[name] = {f"driver.{name}": "true", **described}
    return records.Node(
        id=node_id,
        name=config.node_name,
        region=config.region,
        datacenter=config.datacenter,
        http_address=http_address,
        attributes=attributes,
        meta=dict(config.meta),
        drivers=descriptions,
        host_volumes={
            name: (str(volume.path), volume.read_only)
            for name, volume in config.host_volumes.items()
        },
        devices=dict(config.devices),
        cores=cores,
        cpu_mhz=cpu_mhz,
        memory_mb=memory_mb,
        disk_mb=disk_mb,
        status="ready",
    )
