"""A task: its settings, and what it refers to in its group.

Mirrors Task.Validate and Resources.Validate in Nomad's structs.go.
"""

from __future__ import annotations

from generator.checking.job import (
    contents,
    identities,
    job_models,
    mesh,
    placement,
    policies,
    rules,
    services,
    task_models,
    volumes,
)
from generator.checking.job.problems import Path, Problems, one_of, problem
from generator.golang import durations

_HOOKS = ("prestart", "poststart", "poststop")
_PROXY = "connect-proxy:"
_PLUGINS = ("node", "controller", "monolith")
_MIN_MEMORY = 10
_NO_LIMIT = -1


def check_task(
    task: task_models.Task, group: job_models.Group, job_type: str, path: Path
) -> Problems:
    """What is wrong with a task."""
    yield from _check_settings(task, path)
    yield from _check_timeouts(task, group, job_type, path)
    yield from _check_resources(task.resources, (*path, "Resources"))
    yield from _check_logs(task.log_config, group.ephemeral_disk.size, (*path, "LogConfig"))
    yield from _check_placement(task, job_type, path)
    yield from services.check_task_services(task, group, path)
    yield from contents.check_contents(task, path)
    yield from identities.check_identities(task, path)
    yield from _check_lifecycle(task, path)
    yield from _check_proxy(task, group, path)
    for index, mount in enumerate(task.volume_mounts):
        yield from volumes.check_mount(mount, group.volumes, (*path, "VolumeMounts", index))
    if task.csi_plugin is not None:
        yield from _check_plugin(task.csi_plugin, (*path, "CSIPluginConfig"))
    if task.schedule is not None:
        msg = "a task with a schedule needs Nomad Enterprise"
        yield problem(rules.ENTERPRISE, (*path, "Schedule"), msg)
    yield from _check_consul(task, group, path)


def _check_settings(task: task_models.Task, path: Path) -> Problems:
    rule = rules.TASK
    if not task.name:
        yield problem(rule, path, "the task has no name")
    if "/" in task.name or "\\" in task.name:
        msg = f'a slash stands in the task\'s name "{task.name}"'
        yield problem(rule, (*path, "Name"), msg)
    elif "\0" in task.name:
        yield problem(rule, (*path, "Name"), "a null character stands in the task's name")
    if not task.driver:
        yield problem(rule, path, f'the task "{task.name}" has no driver', 'as driver = "docker"')


def _check_timeouts(
    task: task_models.Task, group: job_models.Group, job_type: str, path: Path
) -> Problems:
    rule = rules.TASK
    # A server takes zero for its own default.
    deadline = group.update.progress_deadline if group.update else 0
    if task.kill_timeout < 0:
        yield problem(rule, (*path, "KillTimeout"), "kill_timeout is less than zero")
    elif job_type == "service" and 0 < deadline < task.kill_timeout:
        msg = (
            f"kill_timeout {durations.write(task.kill_timeout)} is longer than the group's "
            f"progress_deadline {durations.write(deadline)}"
        )
        yield problem(rule, (*path, "KillTimeout"), msg)
    if task.shutdown_delay < 0:
        yield problem(rule, (*path, "ShutdownDelay"), "shutdown_delay is less than zero")


def _check_resources(resources: task_models.Resources, path: Path) -> Problems:
    rule = rules.RESOURCES
    cores = resources.cores or 0
    if cores > 0 and resources.mhz > 0:
        yield problem(rule, (*path, "Cores"), "cpu and cores exclude each other")
    if resources.mhz < 1 and cores == 0:
        yield problem(rule, (*path, "CPU"), f"a cpu of {resources.mhz} MHz is less than 1")
    if resources.memory < _MIN_MEMORY:
        msg = f"a memory of {resources.memory} MB is less than {_MIN_MEMORY}"
        yield problem(rule, (*path, "MemoryMB"), msg)
    if resources.memory_max not in (0, _NO_LIMIT) and resources.memory_max < resources.memory:
        msg = f"memory_max {resources.memory_max} is less than memory {resources.memory}"
        yield problem(rule, (*path, "MemoryMaxMB"), msg)
    if resources.secrets > resources.memory:
        msg = f"secrets {resources.secrets} is more than memory {resources.memory}"
        yield problem(rule, (*path, "SecretsMB"), msg)
    if resources.secrets < 0:
        yield problem(rule, (*path, "SecretsMB"), "secrets is less than zero")
    yield from _check_devices(resources, path)


def _check_devices(resources: task_models.Resources, path: Path) -> Problems:
    rule = rules.RESOURCES
    for index, device in enumerate(resources.devices):
        at = (*path, "Devices", index)
        if not device.name:
            yield problem(rule, at, "the device has no name", 'as "nvidia/gpu"')
        for number, constraint in enumerate(device.constraints):
            where = (*at, "Constraints", number)
            if constraint.operand in placement.DISTINCT:
                msg = f'a device cannot have the constraint "{constraint.operand}"'
                yield problem(rules.PLACEMENT, where, msg)
            else:
                yield from placement.check_constraint(constraint, where)
        yield from placement.check_affinities(device.affinities, at)
    numa = resources.numa
    if numa is None:
        return
    at = (*path, "NUMA")
    if numa.affinity not in ("", "none", "prefer", "require"):
        msg = f'a numa affinity is none, prefer or require, not "{numa.affinity}"'
        yield problem(rule, (*at, "Affinity"), msg)
    elif numa.affinity not in ("", "none"):
        msg = f'the numa affinity "{numa.affinity}" needs Nomad Enterprise'
        yield problem(rules.ENTERPRISE, (*at, "Affinity"), msg)


def _check_logs(logs: task_models.Logs, disk: int, path: Path) -> Problems:
    rule = rules.RESOURCES
    if logs.max_files < 1:
        yield problem(rule, (*path, "MaxFiles"), "max_files is less than 1")
    if logs.max_file_size < 1:
        yield problem(rule, (*path, "MaxFileSizeMB"), "max_file_size is less than 1")
    size = policies.as_int64(logs.max_files * logs.max_file_size)
    if disk <= size:
        msg = f"logs of {size} MB do not fit in the group's ephemeral disk of {disk} MB"
        yield problem(rule, path, msg)


def _check_placement(task: task_models.Task, job_type: str, path: Path) -> Problems:
    yield from placement.check_constraints(task.constraints, path)
    for index, constraint in enumerate(task.constraints):
        if constraint.operand in placement.DISTINCT:
            msg = f'a task cannot have the constraint "{constraint.operand}"'
            hint = "it belongs in the group or the job"
            yield problem(rules.PLACEMENT, (*path, "Constraints", index), msg, hint)
    if job_type != "system":
        yield from placement.check_affinities(task.affinities, path)
    elif task.affinities:
        yield problem(rules.JOB, (*path, "Affinities"), "a system job cannot have affinities")


def _check_lifecycle(task: task_models.Task, path: Path) -> Problems:
    if task.lifecycle is not None and task.lifecycle.hook not in _HOOKS:
        hook = task.lifecycle.hook
        msg = f'there is no hook "{hook}"' if hook else "the lifecycle block names no hook"
        yield problem(rules.LIFECYCLE, (*path, "Lifecycle", "Hook"), msg, one_of(hook, _HOOKS))


def _check_proxy(task: task_models.Task, group: job_models.Group, path: Path) -> Problems:
    """A task that says that it is a sidecar's proxy."""
    if not task.kind.startswith(_PROXY) or task.kind == _PROXY or mesh.is_native(task, group):
        return
    rule = rules.MESH
    if task.services:
        yield problem(rule, (*path, "Services"), "a proxy's task cannot have services")
    if task.leader:
        yield problem(rule, (*path, "Leader"), "a proxy's task cannot be the leader")
    name = task.kind.removeprefix(_PROXY)
    if name not in {service.name for service in group.services if service.sidecar}:
        msg = f'the group has no service "{name}" with a sidecar'
        yield problem(rule, (*path, "Kind"), msg)


def _check_plugin(plugin: task_models.CsiPlugin, path: Path) -> Problems:
    rule = rules.CSI_PLUGIN
    if not plugin.id:
        yield problem(rule, path, "the plugin has no id")
    if plugin.type not in _PLUGINS:
        msg = f'there is no type "{plugin.type}" of plugins'
        yield problem(rule, (*path, "Type"), msg, one_of(plugin.type, _PLUGINS))
    mount = plugin.mount_dir or "/csi"
    base = plugin.stage_publish_base_dir or "/local/csi"
    if base.startswith(mount):
        msg = f'stage_publish_base_dir "{base}" lies below mount_dir "{mount}"'
        yield problem(rule, (*path, "StagePublishBaseDir"), msg)


def _check_consul(task: task_models.Task, group: job_models.Group, path: Path) -> Problems:
    if task.consul is None:
        return
    if task.consul.cluster not in ("", "default"):
        msg = f'the Consul cluster "{task.consul.cluster}" needs Nomad Enterprise'
        yield problem(rules.ENTERPRISE, (*path, "Consul", "Cluster"), msg)
    of_group = group.consul.partition if group.consul else ""
    if of_group and task.consul.partition not in ("", of_group):
        msg = f'the partition "{task.consul.partition}" is not that of the group, "{of_group}"'
        yield problem(rules.SERVICE, (*path, "Consul", "Partition"), msg)
