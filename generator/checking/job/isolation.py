"""What weakens the isolation of a task from its node: rights, namespaces, paths and devices.

Settings are those of the drivers docker and podman, and where they have them exec and java.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from generator.checking.job import contents, rules, task_models
from generator.checking.job.problems import Path, Problems, problem

# What the drivers give a task that asks for nothing (Nomad's drivers/shared/capabilities).
_DEFAULT_CAPABILITIES = frozenset(
    (
        "audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod",
        "net_bind_service", "setfcap", "setgid", "setpcap", "setuid", "sys_chroot",
    )
)  # fmt: skip
_NAMESPACES = {
    "network_mode": "network",
    "pid_mode": "process",
    "ipc_mode": "IPC",
    "userns_mode": "user",
    "userns": "user",
    "uts_mode": "host name",
    "cgroupns": "cgroup",
}
_UNCONFINED = {
    "seccomp": ("unconfined",),
    "apparmor": ("unconfined",),
    "label": ("disable",),
    "systempaths": ("unconfined",),
}
_SOCKETS = ("docker.sock", "podman.sock", "containerd.sock", "crio.sock")
_ROOT = ("root", "0")


def check_task(task: task_models.Task, path: Path) -> Problems:
    """What a task asks for that reaches beyond it."""
    config, at = task.config, (*path, "Config")
    if task.driver == "raw_exec":
        msg = "the driver raw_exec runs the task on the node without isolation"
        yield problem(rules.RAW_EXEC, (*path, "Driver"), msg, "use exec, or a container")
    if task.user.split(":")[0] in _ROOT:
        yield problem(rules.ROOT, (*path, "User"), f'the task runs as "{task.user}"')
    if is_true(config.get("privileged")):
        msg = "privileged = true gives the task all rights on its node"
        yield problem(rules.PRIVILEGED, (*at, "privileged"), msg)
    yield from _check_capabilities(config, at)
    yield from _check_confinement(config, at)
    for name, namespace in _NAMESPACES.items():
        if config.get(name) == "host":
            msg = f'{name} = "host" shares the {namespace} namespace of the node'
            yield problem(rules.HOST_NAMESPACE, (*at, name), msg)
    yield from _check_paths(config, at)
    yield from _check_devices(config, at)


def is_true(value: object) -> bool:
    """Whether a driver takes a value for true: a text may stand for it."""
    return value is True or value in ("true", "1")


def texts(value: object) -> Iterator[tuple[int, str]]:
    """The texts in a list, with their places in it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, str):
                yield index, item


def maps(value: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The maps in a list, with their places in it."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, dict):
                yield index, item


def _check_capabilities(config: Mapping[str, object], path: Path) -> Problems:
    for index, text in texts(config.get("cap_add")):
        name = text.lower().removeprefix("cap_")
        if name not in _DEFAULT_CAPABILITIES and "${" not in name:
            msg = f'the capability "{text}" is none that a task has by default'
            yield problem(rules.CAPABILITY, (*path, "cap_add", index), msg)


def _check_confinement(config: Mapping[str, object], path: Path) -> Problems:
    for index, text in texts(config.get("security_opt")):
        kind, _, value = text.replace(":", "=", 1).partition("=")
        if value in _UNCONFINED.get(kind, ()):
            msg = f'"{text}" turns off what confines the task'
            yield problem(rules.UNCONFINED, (*path, "security_opt", index), msg)
    if config.get("apparmor_profile") == "unconfined":
        msg = 'apparmor_profile = "unconfined" turns off what confines the task'
        yield problem(rules.UNCONFINED, (*path, "apparmor_profile"), msg)


def _check_paths(config: Mapping[str, object], path: Path) -> Problems:
    for index, text in texts(config.get("volumes")):
        source, colon, _ = text.partition(":")
        if colon and not config.get("volume_driver"):
            yield from _check_path(source, (*path, "volumes", index))
    for name in ("mount", "mounts"):
        for index, mount in maps(config.get(name)):
            bound = mount.get("source")
            if mount.get("type") == "bind" and isinstance(bound, str):
                yield from _check_path(bound, (*path, name, index))


def _check_path(source: str, path: Path) -> Problems:
    """A relative path is one of the task's own folder, unless it leaves the allocation."""
    if source.startswith("${"):
        return
    if not source.startswith(("/", "~")) and not contents.escapes("task", source):
        return
    msg = f'the path "{source}" of the node is mounted'
    if posixpath.basename(source) in _SOCKETS:
        msg += ": who has the container engine's socket has the node"
    yield problem(rules.HOST_PATH, path, msg)


def _check_devices(config: Mapping[str, object], path: Path) -> Problems:
    devices = config.get("devices")
    found = list(texts(devices))
    found += [(index, str(device.get("host_path", ""))) for index, device in maps(devices)]
    for index, device in found:
        msg = f'the device "{device.split(":")[0]}" of the node is given to the task'
        yield problem(rules.HOST_DEVICE, (*path, "devices", index), msg)
