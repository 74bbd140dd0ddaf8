"""A group: its settings, its policies, and what has to hold between its tasks.

Mirrors TaskGroup.Validate in Nomad's structs.go.
"""

from __future__ import annotations

from generator.checking.job import (
    advice,
    job_models,
    jobs,
    mesh,
    networks,
    newer,
    placement,
    policies,
    rules,
    services,
    tasks,
    volumes,
)
from generator.checking.job.problems import Path, Problems, problem

_UPDATED = ("service", "system")
_MIN_DISK = 10


def check_group(group: job_models.Group, job: job_models.Job, path: Path) -> Problems:
    """What is wrong with a group and all that it holds."""
    yield from _check_settings(group, path)
    yield from placement.check_constraints(group.constraints, path)
    if job.type == "system":
        yield from jobs.check_system(group, path)
    else:
        yield from placement.check_affinities(group.affinities, path)
        yield from placement.check_spreads(group.spreads, path)
    yield from _check_policies(group, job, path)
    yield from _check_tasks(group, path)
    canaries = group.update.canary if group.update else 0
    for name, volume in group.volumes.items():
        at = (*path, "Volumes", name)
        yield from volumes.check_volume(volume, job.type, group.count, canaries, at)
    yield from networks.check_networks(group, path)
    yield from services.check_services(group, path)
    yield from mesh.check_group(group, path)
    for index, task in enumerate(group.tasks):
        yield from tasks.check_task(task, group, job.type, (*path, "Tasks", index))
    if group.networks:
        for proxy in group.mesh_proxies:
            at = (*path, "Services", proxy.service, "Connect", "SidecarTask")
            yield from tasks.check_task(proxy.task, group, job.type, at)
    yield from advice.check_group(group, path)
    yield from newer.check_group(group, job.type, path)


def _check_settings(group: job_models.Group, path: Path) -> Problems:
    if "\0" in group.name:
        yield problem(rules.JOB, (*path, "Name"), "a null character stands in the group's name")
    if group.count < 0:
        yield problem(rules.JOB, (*path, "Count"), f"the count {group.count} is less than zero")
    if group.shutdown_delay is not None and group.shutdown_delay < 0:
        yield problem(rules.JOB, (*path, "ShutdownDelay"), "shutdown_delay is less than zero")
    if group.ephemeral_disk.size < _MIN_DISK:
        msg = f"the ephemeral disk of {group.ephemeral_disk.size} MB is smaller than {_MIN_DISK} MB"
        yield problem(rules.RESOURCES, (*path, "EphemeralDisk", "SizeMB"), msg)


def _check_policies(group: job_models.Group, job: job_models.Job, path: Path) -> Problems:
    if group.disconnect is not None:
        yield from policies.check_disconnect(group.disconnect, job.type, (*path, "Disconnect"))
    yield from policies.check_restart(group.restart_policy, (*path, "RestartPolicy"))
    if group.reschedule_policy is not None:
        at = (*path, "ReschedulePolicy")
        if job.type == "system":
            msg = "a system job cannot have a reschedule block: it runs on each node anyway"
            yield problem(rules.RESCHEDULE, at, msg)
        else:
            yield from policies.check_reschedule(group.reschedule_policy, at)
    if group.update is not None:
        at = (*path, "Update")
        if job.type not in _UPDATED:
            msg = f"a {job.type} job cannot have an update block"
            yield problem(rules.UPDATE, at, msg, "remove it, or leave it out for this type")
        yield from policies.check_update(group.update, at)
    if group.migrate is not None:
        at = (*path, "Migrate")
        if job.type != "service":
            yield problem(rules.MIGRATE, at, f"a {job.type} job cannot have a migrate block")
        else:
            yield from policies.check_migrate(group.migrate, at)
    if group.scaling is not None:
        yield from policies.check_scaling(group.scaling, group.count, (*path, "Scaling"))


def _check_tasks(group: job_models.Group, path: Path) -> Problems:
    if not group.tasks and not mesh.brings_task(group):
        yield problem(rules.EMPTY, path, f'the group "{group.name}" has no task')
    seen = set()
    leaders = [index for index, task in enumerate(group.tasks) if task.leader]
    for index, task in enumerate(group.tasks):
        if task.name in seen:
            msg = f'the task "{task.name}" stands in the group twice'
            yield problem(rules.DUPLICATE, (*path, "Tasks", index, "Name"), msg)
        if task.name:
            seen.add(task.name)
    for index in leaders[1:]:
        msg = "a second task of the group is its leader"
        yield problem(rules.TASK, (*path, "Tasks", index, "Leader"), msg)
