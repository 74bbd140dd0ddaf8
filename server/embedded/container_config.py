"""A docker task's config block -> typed settings, checked as Nomad's docker driver checks it.

What Nomad's driver does not know fails the task with Nomad's words ("Failed Validation"); what it knows
and the engine has not is refused when the job is registered, see ``unsupported``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from server.embedded import durations, faults, records

Kind = Literal["string", "bool", "number", "strings", "maps", "block"]
SUPPORTED: dict[str, Kind] = {
    "image": "string",
    "args": "strings",
    "auth": "block",
    "cap_add": "strings",
    "cap_drop": "strings",
    "cgroupns": "string",
    "command": "string",
    "dns_options": "strings",
    "dns_search_domains": "strings",
    "dns_servers": "strings",
    "entrypoint": "strings",
    "extra_hosts": "strings",
    "force_pull": "bool",
    "group_add": "strings",
    "hostname": "string",
    "image_pull_timeout": "string",
    "init": "bool",
    "labels": "maps",
    "network_mode": "string",
    "pids_limit": "number",
    "privileged": "bool",
    "readonly_rootfs": "bool",
    "runtime": "string",
    "security_opt": "strings",
    "shm_size": "number",
    "sysctl": "maps",
    "ulimit": "maps",
    "volumes": "strings",
    "work_dir": "string",
}
KNOWN_TO_NOMAD = frozenset(
    {
        "advertise_ipv6_address", "auth_soft_fail", "container_exists_attempts", "cpu_cfs_period",
        "cpu_hard_limit", "cpuset_cpus", "devices", "healthchecks", "interactive", "ipc_mode",
        "ipv4_address", "ipv6_address", "isolation", "load", "logging", "mac_address",
        "memory_hard_limit", "mount", "mounts", "network_aliases", "oom_score_adj", "pid_mode",
        "port_map", "ports", "storage_opt", "tty", "userns_mode", "uts_mode", "volume_driver",
    }
)  # fmt: skip
"""Keys of Nomad's driver (drivers/docker/config.go) that the engine does not have."""
_WANTED = {
    "string": "string",
    "bool": "bool",
    "number": "number",
    "strings": "list of string",
    "maps": "list of map of string",
}
DEFAULT_PULL_TIMEOUT = "5m"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How to log in where the image comes from."""

    username: str
    password: str
    server: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A docker task's config."""

    image: str
    command: str = ""
    args: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    work_dir: str = ""
    hostname: str = ""
    auth: Credentials | None = None
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    cgroupns: str = ""
    dns_options: tuple[str, ...] = ()
    dns_search_domains: tuple[str, ...] = ()
    dns_servers: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    force_pull: bool = False
    group_add: tuple[str, ...] = ()
    image_pull_seconds: float = 300.0
    init: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    network_mode: str = ""
    pids_limit: int = 0
    privileged: bool = False
    readonly_rootfs: bool = False
    runtime: str = ""
    security_opt: tuple[str, ...] = ()
    shm_size: int = 0
    sysctl: Mapping[str, str] = field(default_factory=dict)
    ulimit: Mapping[str, str] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()


def unsupported(config: Mapping[str, records.Json]) -> list[str]:
    """List the keys that Nomad's driver has and the engine has not, where they say something."""
    return sorted(key for key in config if key in KNOWN_TO_NOMAD and config[key])


def read(config: Mapping[str, records.Json]) -> Settings:
    """Check a config and give it types."""
    problems = []
    if "image" not in config:
        problems.append(
            'Missing required argument: The argument "image" is required, '
            "but no definition was found."
        )
    for key, value in config.items():
        kind = SUPPORTED.get(key)
        if kind is None:
            if key not in KNOWN_TO_NOMAD:
                problems.append(f'Invalid label: No argument or block type is named "{key}".')
        elif not _fits(value, kind):
            problems.append(
                "Incorrect attribute value type: Inappropriate value for attribute "
                f'"{key}": {_complaint(value, kind)}.'
            )
    if problems:
        raise faults.ConfigFault(problems)
    given = {
        key: _convert(value, SUPPORTED[key]) for key, value in config.items() if key in SUPPORTED
    }
    pull_timeout = given.pop("image_pull_timeout", DEFAULT_PULL_TIMEOUT)
    image = given.pop("image").removeprefix("https://")
    if not image:
        msg = "image name required for docker driver"
        raise faults.DriverFault(msg)
    try:
        seconds = durations.parse_go(pull_timeout) / durations.NANOSECONDS["s"]
    except ValueError as error:
        msg = f"failed to parse image_pull_timeout: {error}"
        raise faults.DriverFault(msg) from error
    return Settings(image=image, image_pull_seconds=seconds, **given)


def _fits(value: records.Json, kind: Kind) -> bool:
    match kind:
        case "string":
            return isinstance(value, str | int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool) or value in ("true", "false")
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "strings":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "maps" | "block":
            return isinstance(value, dict) or (
                isinstance(value, list) and all(isinstance(item, dict) for item in value)
            )


def _complaint(value: records.Json, kind: Kind) -> str:
    wanted = _WANTED.get(kind, "object")
    if kind in ("strings", "maps"):
        names = {str: "string", bool: "bool", int: "number", float: "number", dict: "object"}
        if not isinstance(value, list):
            return f"{wanted} required, but have {names.get(type(value), 'tuple')}"
        return "element 0: string required"
    return f"{wanted} required"


def _convert(value: records.Json, kind: Kind) -> records.Json:
    match kind:
        case "string":
            return str(value)
        case "bool":
            return value in (True, "true")
        case "number":
            return int(value)
        case "strings":
            return tuple(value)
        case "maps":
            return _merge(value)
        case "block":
            given = _merge(value)
            return Credentials(
                username=given.get("username", ""),
                password=given.get("password", ""),
                server=given.get("server_address", ""),
            )


def _merge(value: records.Json) -> dict[str, str]:
    """Join a list of maps, the shape that HCL gives to ``ulimit { nofile = "1024" }``."""
    maps = value if isinstance(value, list) else [value]
    return {key: str(item) for each in maps for key, item in each.items()}
