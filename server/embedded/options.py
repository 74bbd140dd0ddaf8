"""A docker task's settings and place -> the options of ``docker create``.

As createContainerConfig in Nomad's drivers/docker/driver.go: limits, mounts, capabilities, environment.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from server.embedded import container_config, drivers, environment, faults, networks

ALLOWED_CAPABILITIES = frozenset(
    {
        "audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod",
        "net_bind_service", "setfcap", "setgid", "setpcap", "setuid", "sys_chroot",
    }
)  # fmt: skip
"""The plugin's allow_caps at its default (capabilities.HCLSpecLiteral): docker's, without net_raw."""
ALLOWED_RUNTIMES = frozenset({"runc", "nvidia"})
_OF_THE_CLI = (
    "PATH",
    "HOME",
    "DOCKER_",
    "CONTAINER",
    "XDG_",
    "HTTP",
    "NO_PROXY",
    "LD_",
    "SSL_",
    "TMP",
)


def build(
    settings: container_config.Settings,
    launch: drivers.Launch,
    image_id: str,
    network: networks.Network | None,
) -> tuple[list[str], dict[str, str]]:
    """Return the options with image and command, and the environment to run the CLI in.

    Values of the task's environment are handed to the CLI in its own environment, not on its command
    line, where every user of the machine could read them.
    """
    prefix = (
        f'Failed to create container configuration for image "{settings.image}" ("{image_id}"): '
    )
    try:
        limits = _limits(settings, launch)
    except ValueError as error:
        msg = f"{prefix}{error}"
        raise faults.DriverFault(msg) from error
    named, passed = _environment(launch)
    entrypoint, command = _command(settings)
    arguments = [
        *limits,
        *_mounts(launch),
        *(_join(network, launch) if network else _network(settings)),
        *named,
        *_flags("--user", [launch.task.user] if launch.task.user else []),
        *_flags("--workdir", [settings.work_dir] if settings.work_dir else []),
        *_flags("--hostname", [settings.hostname] if settings.hostname else []),
        *_flags("--label", [f"{key}={value}" for key, value in settings.labels.items()]),
        # The engine reads the output itself, from the first byte on, and keeps it.
        "--log-driver=none",
        *entrypoint,
        settings.image,
        *command,
    ]
    return arguments, passed


def _flags(name: str, values: Iterable[str]) -> list[str]:
    return [f"{name}={value}" for value in values]


def _limits(settings: container_config.Settings, launch: drivers.Launch) -> list[str]:
    """Return what bounds the container; ValueError where Nomad's agent refuses."""
    if settings.privileged:
        msg = "Docker privileged mode is disabled on this Nomad agent"
        raise ValueError(msg)
    for volume in settings.volumes:
        source = volume.partition(":")[0]
        if source.startswith("/"):
            msg = f'volumes are not enabled; cannot mount host paths: "{volume}"'
            raise ValueError(msg)
    if settings.runtime and settings.runtime not in ALLOWED_RUNTIMES:
        msg = f'requested runtime "{settings.runtime}" is not allowed'
        raise ValueError(msg)
    memory = f"{launch.task.memory_mb}m"
    arguments = [
        f"--memory={memory}",
        f"--memory-swap={memory}",
        f"--cpu-shares={max(2, launch.task.cpu)}",
        "--cap-drop=ALL",
        *_flags("--cap-add", _capabilities(settings)),
        *_flags("--security-opt", settings.security_opt),
        *_flags("--ulimit", [f"{key}={value}" for key, value in settings.ulimit.items()]),
        *_flags("--sysctl", [f"{key}={value}" for key, value in settings.sysctl.items()]),
        *_flags("--group-add", settings.group_add),
    ]
    if settings.pids_limit:
        arguments.append(f"--pids-limit={settings.pids_limit}")
    if settings.shm_size:
        arguments.append(f"--shm-size={settings.shm_size}")
    if settings.runtime:
        arguments.append(f"--runtime={settings.runtime}")
    if settings.cgroupns:
        arguments.append(f"--cgroupns={settings.cgroupns}")
    if settings.readonly_rootfs:
        arguments.append("--read-only")
    if settings.init:
        arguments.append("--init")
    return arguments


def _capabilities(settings: container_config.Settings) -> list[str]:
    """Return the capabilities that the task ends up with (capabilities.Calculate)."""
    added = {_normalize(name) for name in settings.cap_add}
    dropped = {_normalize(name) for name in settings.cap_drop}
    missing = sorted(added - ALLOWED_CAPABILITIES)
    if missing:
        msg = f"driver does not allow the following capabilities: {', '.join(missing)}"
        raise ValueError(msg)
    kept = frozenset() if "all" in dropped else ALLOWED_CAPABILITIES - dropped
    return sorted(kept | added)


def _normalize(name: str) -> str:
    return name.lower().removeprefix("cap_")


def _mounts(launch: drivers.Launch) -> list[str]:
    """Bind the task's folders, the volumes it mounts, and relative paths of ``volumes``."""
    inside = environment.IN_CONTAINER
    mounts = [
        _mount(str(launch.directory.shared), inside.alloc),
        _mount(str(launch.directory.local), inside.local),
        _mount(str(launch.directory.secrets), inside.secrets),
    ]
    for volume in launch.config.get("volumes") or ():
        source, _, rest = volume.partition(":")
        target, _, mode = rest.partition(":")
        mounts.append(_mount(str(launch.directory.root / source), target, mode == "ro"))
    for mount in launch.task.mounts:
        read_only = mount.read_only or launch.group.volumes[mount.volume].read_only
        mounts.append(_mount(launch.volumes[mount.volume], mount.destination, read_only))
    return mounts


def _mount(source: str, target: str, read_only: bool = False) -> str:
    line = io.StringIO()
    fields = ["type=bind", f"source={source}", f"target={target}"]
    csv.writer(line, lineterminator="").writerow([*fields, "readonly"] if read_only else fields)
    return f"--mount={line.getvalue()}"


def _network(settings: container_config.Settings) -> list[str]:
    return [
        *_flags("--network", [settings.network_mode] if settings.network_mode else []),
        *_flags("--dns", settings.dns_servers),
        *_flags("--dns-search", settings.dns_search_domains),
        *_flags("--dns-option", settings.dns_options),
        *_flags("--add-host", settings.extra_hosts),
    ]


def _join(network: networks.Network, launch: drivers.Launch) -> list[str]:
    """Use the network of the allocation, with the hosts that it knows."""
    hosts = _mount(str(launch.directory.hosts), "/etc/hosts")
    return [f"--network=container:{network.container_id}", hosts]


def _environment(launch: drivers.Launch) -> tuple[list[str], dict[str, str]]:
    """Name each variable; its value goes by the CLI's environment unless the CLI would obey it."""
    named: list[str] = []
    passed: dict[str, str] = {}
    for key, value in sorted(launch.environment.items()):
        if key.upper().startswith(_OF_THE_CLI):
            named.append(f"--env={key}={value}")
        else:
            named.append(f"--env={key}")
            passed[key] = value
    return named, passed


def _command(settings: container_config.Settings) -> tuple[list[str], list[str]]:
    """Split entrypoint and command as the CLI takes them: one word, the rest as arguments."""
    command = [settings.command, *settings.args] if settings.command else list(settings.args)
    if not settings.entrypoint:
        return [], command
    first, *rest = settings.entrypoint
    return [f"--entrypoint={first}"], [*rest, *command]
