"""A task's ``config``: options that its driver does not know, misses, or takes in another form.

The tables are the ``taskConfigSpec`` of the drivers that Nomad comes with. A driver reads its options
when it starts a task: until then nothing tells that they are wrong.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from generator import errors
from generator.checking.job import isolation, rules, task_models
from generator.checking.job.problems import Path, Problems, problem


class Form(enum.Enum):
    """What an option takes."""

    ONE = "no list"
    """A text, a number, true or false."""
    LIST = "a list"
    MAPS = "blocks"
    """Blocks, or a list of maps."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options by name; those of the blocks among them that have a table of their own."""

    forms: Mapping[str, Form]
    required: tuple[str, ...] = ()
    blocks: Mapping[str, Options] | None = None


def _options(
    *, one: str = "", lists: str = "", maps: str = "", required: str = "", **blocks: Options
) -> Options:
    forms = dict.fromkeys(one.split(), Form.ONE)
    forms |= dict.fromkeys(lists.split(), Form.LIST)
    forms |= dict.fromkeys((*maps.split(), *blocks), Form.MAPS)
    return Options(forms, tuple(required.split()), blocks)


_MOUNT = _options(
    one="type target source readonly",
    bind_options=_options(one="propagation"),
    tmpfs_options=_options(one="size mode"),
    volume_options=_options(
        one="no_copy", maps="labels", driver_config=_options(one="name", maps="options")
    ),
)
_DOCKER = _options(
    one="""image advertise_ipv6_address auth_soft_fail cgroupns command cpuset_cpus cpu_hard_limit
    cpu_cfs_period container_exists_attempts force_pull hostname init interactive ipc_mode
    ipv4_address ipv6_address isolation load mac_address memory_hard_limit network_mode oom_score_adj
    runtime pids_limit pid_mode privileged image_pull_timeout readonly_rootfs shm_size tty uts_mode
    userns_mode volume_driver work_dir""",
    lists="""args cap_add cap_drop dns_search_domains dns_options dns_servers entrypoint extra_hosts
    group_add network_aliases ports security_opt volumes""",
    maps="labels port_map storage_opt sysctl ulimit",
    required="image",
    auth=_options(one="username password email server_address"),
    devices=_options(one="host_path container_path cgroup_permissions"),
    healthchecks=_options(one="disable"),
    logging=_options(one="type driver", maps="config"),
    mount=_MOUNT,
    mounts=_MOUNT,
)
DRIVERS: Mapping[str, Options] = {
    "docker": _DOCKER,
    "exec": _options(
        one="command pid_mode ipc_mode work_dir", lists="args cap_add cap_drop", required="command"
    ),
    "raw_exec": _options(
        one="command cgroup_v2_override oom_score_adj work_dir",
        lists="args denied_envvars",
        maps="cgroup_v1_override",
        required="command",
    ),
    "java": _options(
        one="class class_path jar_path pid_mode ipc_mode work_dir",
        lists="jvm_options args cap_add cap_drop",
    ),
    "qemu": _options(
        one="image_path drive_interface accelerator graceful_shutdown guest_agent",
        lists="args",
        maps="port_map",
        required="image_path",
    ),
}


def check_task(task: task_models.Task, path: Path, *, whole: bool) -> Problems:
    """The config of a task; one that is not ``whole`` only adds to what there is."""
    options = DRIVERS.get(task.driver)
    if options is None:
        return
    at = (*path, "Config")
    if whole:
        for name in options.required:
            if task.config.get(name) in (None, ""):
                msg = f"the driver {task.driver} needs the option {name}"
                yield problem(rules.DRIVER_CONFIG, at, msg)
    yield from _check_options(task.config, options, task.driver, at)


def _check_options(
    config: Mapping[str, object], options: Options, owner: str, path: Path
) -> Problems:
    for name, value in config.items():
        at = (*path, name)
        form = options.forms.get(name)
        if form is None:
            msg = f'{owner} has no option "{name}"'
            hint = errors.suggest(name, options.forms)
            yield problem(rules.DRIVER_CONFIG, at, msg, hint)
        elif not _fits(value, form):
            msg = f'the option "{name}" of {owner} takes {form.value}'
            yield problem(rules.DRIVER_CONFIG, at, msg)
        nested = (options.blocks or {}).get(name)
        if nested is None:
            continue
        if isinstance(value, dict):
            yield from _check_options(value, nested, name, at)
        for index, inner in isolation.maps(value):
            yield from _check_options(inner, nested, name, (*at, index))


def _fits(value: object, form: Form) -> bool:
    """A map in a list of maps is one in the API as it is written; elsewhere a list is made of it."""
    match form:
        case Form.ONE:
            return not isinstance(value, list | dict)
        case Form.LIST:
            return isinstance(value, list)
        case Form.MAPS:
            return isinstance(value, list | dict)
        case _:
            assert_never(form)
