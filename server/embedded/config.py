"""What an engine is started with."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

NOMAD_VERSION = "1.10.5"
"""The Nomad whose API and behaviour the engine mirrors; clients see it as the node's version."""

DEFAULT_INFRA_IMAGE = "registry.k8s.io/pause:3.3"
"""Nomad's own default is the same image, with the architecture in its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostVolume:
    """A directory of this machine that jobs may mount by name; the engine never changes its owner."""

    path: Path
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One engine: its address, its place on disk, and the node that it pretends to be."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    region: str = "global"
    datacenter: str = "dc1"
    node_name: str = field(default_factory=socket.gethostname)
    host_volumes: Mapping[str, HostVolume] = field(default_factory=dict)
    devices: Mapping[str, int] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)
    container_cli: str | None = None
    infra_image: str = DEFAULT_INFRA_IMAGE
    """What holds the network of a group, the plugin's infra_image: an image that runs until it is stopped."""
    vault_secrets: Path | None = None
    """A file of secrets that stands in for Vault; see ``server.embedded.vault``."""
    cpu_mhz: int | None = None
    memory_mb: int | None = None
    disk_mb: int | None = None
    kept_allocations: int = 200
    """So many finished allocations keep their directories, as Nomad's gc_max_allocs."""


def measure_cpu() -> tuple[int, int]:
    """Number of cores and the MHz of all of them, as Nomad's fingerprint of the CPU."""
    cores = os.cpu_count() or 1
    speed = 1000.0
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("cpu MHz"):
                speed = float(line.partition(":")[2])
                break
    return cores, int(speed) * cores


def measure_memory() -> int:
    """MiB of memory of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1024 * 1024)


def measure_disk(folder: Path) -> int:
    """MiB that are free where allocation directories are made."""
    usage = os.statvfs(folder)
    return usage.f_bavail * usage.f_frsize // (1024 * 1024)
