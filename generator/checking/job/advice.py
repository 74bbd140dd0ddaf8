"""What Nomad takes but warns of, and what cannot work though it does not say so.

The warnings are those of the ``Warnings`` methods in Nomad's structs.go and workload_id.go.
"""

from __future__ import annotations

from generator.checking.job import (
    identities,
    isolation,
    job_models,
    models,
    policies,
    rules,
    services,
    task_models,
)
from generator.checking.job.problems import Path, Problems, problem

_WITH_PORTS = ("docker", "podman")


def check_repeated(repeated: tuple[Path, ...]) -> Problems:
    """Blocks with a label that stands there already: nobody sees the first."""
    for path in repeated:
        msg = f'another block before has the label "{path[-1]}" too: only this one counts'
        yield problem(rules.ADVICE, path, msg)


def check_job(job: job_models.Job) -> Problems:
    """Settings of the job, and those that all groups should share."""
    if job.periodic is not None and job.periodic.spec:
        msg = "cron is deprecated"
        yield problem(rules.DEPRECATED, ("Periodic", "Spec"), msg, 'use crons = ["…"]')
    updates = [(index, group.update) for index, group in enumerate(job.task_groups) if group.update]
    if any(update.auto_promote for _, update in updates):
        for index, update in updates:
            if update.canary and not update.auto_promote:
                msg = "auto_promote has to be true for all groups, or canaries wait for a person"
                yield problem(rules.ADVICE, ("TaskGroups", index, "Update"), msg)


def check_group(group: job_models.Group, path: Path) -> Problems:
    """Settings of a group and its tasks."""
    yield from _check_deprecated(group, path)
    yield from _check_update(group, path)
    yield from _check_ports(group, path)
    yield from _check_hooks(group, path)
    for index, task in enumerate(group.tasks):
        yield from _check_task(task, group, (*path, "Tasks", index))


def _check_deprecated(group: job_models.Group, path: Path) -> Problems:
    rule = rules.DEPRECATED
    for field, old, new, given in (
        (
            "MaxClientDisconnect",
            "max_client_disconnect",
            "lost_after",
            group.max_client_disconnect is not None,
        ),
        (
            "StopAfterClientDisconnect",
            "stop_after_client_disconnect",
            "stop_on_client_after",
            group.stop_after_client_disconnect is not None,
        ),
        (
            "PreventRescheduleOnLost",
            "prevent_reschedule_on_lost",
            "replace",
            group.prevent_reschedule_on_lost,
        ),
    ):
        if given:
            msg = f"{old} is deprecated and ignored"
            yield problem(rule, (*path, field), msg, f"use {new} in a disconnect block")
    if group.networks and group.networks[0].mbits > 0:
        yield problem(rule, (*path, "Networks", 0, "MBits"), "mbits is deprecated and ignored")


def _check_update(group: job_models.Group, path: Path) -> Problems:
    update = group.update
    if update is None:
        return
    if 1 < group.count < update.max_parallel:
        msg = (
            f"max_parallel {update.max_parallel} is more than the group's count {group.count}: "
            "an update would replace all allocations at once"
        )
        yield problem(rules.ADVICE, (*path, "Update", "MaxParallel"), msg)
    if 0 < group.count < update.canary:
        msg = f"{update.canary} canaries are more than the group's count {group.count}"
        yield problem(rules.ADVICE, (*path, "Update", "Canary"), msg)


def _check_ports(group: job_models.Group, path: Path) -> Problems:
    """Ports of the group's services and of its containers."""
    known = {port.label for network in group.networks for port in network.ports}
    known |= {
        port.label
        for task in group.tasks
        for network in task.resources.networks
        for port in network.ports
    }
    for index, service in enumerate(group.services):
        at = (*path, "Services", index)
        yield from _check_port(service.port_label, known, (*at, "PortLabel"))
        for number, check in enumerate(service.checks):
            yield from _check_port(check.port_label, known, (*at, "Checks", number, "PortLabel"))
    for index, task in enumerate(group.tasks):
        if task.driver in _WITH_PORTS:
            for number, label in isolation.texts(task.config.get("ports")):
                where = (*path, "Tasks", index, "Config", "ports", number)
                yield from _check_port(label, known, where)


def _check_port(label: str, known: set[str], path: Path) -> Problems:
    if label and "${" not in label and label not in known and not services.is_integer(label):
        yield services.no_port(rules.UNRESOLVED_PORT, label, known, path)


def _check_hooks(group: job_models.Group, path: Path) -> Problems:
    """Sidecars run beside main tasks, and end with the last of them."""
    if not all(task.lifecycle for task in group.tasks):
        return
    for index, task in enumerate(group.tasks):
        if task.lifecycle and task.lifecycle.sidecar:
            msg = f'the sidecar "{task.name}" never runs: its group has no main task'
            yield problem(rules.ADVICE, (*path, "Tasks", index, "Lifecycle"), msg)


def _check_task(task: task_models.Task, group: job_models.Group, path: Path) -> Problems:
    yield from _check_task_deprecated(task, path)
    hook = task.lifecycle
    if hook and hook.sidecar and hook.hook == "poststop":
        msg = "a task that runs after all others cannot be a sidecar"
        yield problem(rules.ADVICE, (*path, "Lifecycle", "Sidecar"), msg)
    if task.restart_policy != group.restart_policy:
        # Nomad looks at the group's settings only.
        for found in policies.check_restart(task.restart_policy, (*path, "RestartPolicy")):
            yield problem(rules.ADVICE, found.path, found.message, found.hint)
    for identity in task.identities:
        yield from _check_identity(identity, (*path, "Identities", identity.name))
        if task.vault is None and identity.name.startswith("vault_"):
            msg = f'the identity "{identity.name}" is for Vault, but the task has no vault block'
            yield problem(rules.ADVICE, (*path, "Identities", identity.name), msg)


def _check_task_deprecated(task: task_models.Task, path: Path) -> Problems:
    rule = rules.DEPRECATED
    if task.resources.iops:
        msg = "iops is deprecated and ignored"
        yield problem(rule, (*path, "Resources", "IOPS"), msg)
    if task.resources.disk:
        msg = "a task cannot ask for disk: this is ignored"
        hint = "the group's ephemeral_disk is for all its tasks"
        yield problem(rule, (*path, "Resources", "DiskMB"), msg, hint)
    if task.resources.networks:
        msg = "a network of a task is deprecated"
        hint = "move it to the group, and name its ports in the driver's config"
        yield problem(rule, (*path, "Resources", "Networks"), msg, hint)
    for index, template in enumerate(task.templates):
        if template.vault_grace:
            msg = "vault_grace is deprecated and ignored"
            yield problem(rule, (*path, "Templates", index, "VaultGrace"), msg)
    if task.vault is not None and task.vault.policies:
        msg = "policies are ignored since Nomad 1.10: a token's come with its role"
        yield problem(rule, (*path, "Vault", "Policies"), msg, 'use role = "…"')


def _check_identity(identity: models.Identity, path: Path) -> Problems:
    rule = rules.ADVICE
    if identity.name in ("", identities.DEFAULT):
        return
    name = identity.name
    if not identity.audience:
        yield problem(rule, path, f'the identity "{name}" without aud is good for any service')
    elif len(identity.audience) > 1:
        msg = f'the identity "{name}" is for several services at once: better one for each'
        yield problem(rule, (*path, "Audience"), msg)
    if identity.ttl == 0:
        yield problem(rule, path, f'the identity "{name}" never expires', 'as ttl = "1h"')
    if identity.env and identity.change_mode != "restart":
        msg = f'the task keeps an old identity "{name}" in its environment when it is renewed'
        yield problem(rule, (*path, "Env"), msg, 'set change_mode = "restart"')
