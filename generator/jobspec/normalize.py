"""What Nomad's parser fills in and moves once a job is read: jobspec2/parse_job.go.

A decoded job still holds ``Vault``, ``Secrets`` and ``Tasks`` where they were written; here they go
to where they count: a ``vault`` block to every task without one, secrets to every task, a task
directly under the job to a group of its own.
"""

from __future__ import annotations

import copy
from typing import cast

from generator.jobspec import tree

_FIVE_SECONDS = 5_000_000_000


def normalize_job(job: tree.Object, label: str) -> None:
    """Complete a decoded job in place; ``label`` is the job block's."""
    job.setdefault("Name", label)
    job.setdefault("ID", label)
    periodic = _object(job, "Periodic")
    if periodic is not None and ("Spec" in periodic or "Specs" in periodic):
        periodic["SpecType"] = "cron"
    vault = job.pop("Vault", None)
    secrets = _pop_objects(job, "Secrets")
    alone: list[tree.Json] = [
        {"Name": task["Name"], "Tasks": [task]} for task in _objects(job, "Tasks")
    ]
    job.pop("Tasks", None)
    if alone:
        job["TaskGroups"] = alone + cast("list[tree.Json]", job.get("TaskGroups", []))
    for group in _objects(job, "TaskGroups"):
        _normalize_group(group, vault, secrets)


def _normalize_group(
    group: tree.Object, job_vault: tree.Json, job_secrets: list[tree.Object]
) -> None:
    vault = group.pop("Vault", job_vault)
    secrets = _pop_objects(group, "Secrets")
    for network in _objects(group, "Networks"):
        _normalize_ports(network)
    for task in _objects(group, "Tasks"):
        if vault is not None and "Vault" not in task:
            task["Vault"] = dict(cast("tree.Object", vault))
        _add_secrets(task, secrets, job_secrets)
        _normalize_task(task)


def _normalize_task(task: tree.Object) -> None:
    resources = _object(task, "Resources")
    if resources is not None:
        for network in _objects(resources, "Networks"):
            _normalize_ports(network)
    for template in _objects(task, "Templates"):
        _normalize_template(template)
    vault = _object(task, "Vault")
    if vault is not None:
        vault.setdefault("Env", True)
        vault.setdefault("DisableFile", False)
        vault.setdefault("ChangeMode", "restart")
    _move_default_identity(task)


def _add_secrets(task: tree.Object, of_group: list[tree.Object], of_job: list[tree.Object]) -> None:
    """Give a task the secrets of its group and its job.

    Nomad 2.0.5 gives a task that has secrets of its own those twice, and its group's not at all.
    """
    own = _objects(task, "Secrets")
    found = own + ((own or of_group) if of_group else []) + of_job
    if found:
        task["Secrets"] = cast("list[tree.Json]", copy.deepcopy(found))


def _move_default_identity(task: tree.Object) -> None:
    """The first identity without a name, or named default, has a field of its own."""
    identities = _objects(task, "Identities")
    for identity in identities:
        if identity["Name"] in ("", "default"):
            task["Identity"] = identity
            identities.remove(identity)
            return


def _normalize_ports(network: tree.Object) -> None:
    """Ports with a number are reserved; those declared as ``reserved_ports`` then vanish."""
    ports = _objects(network, "DynamicPorts")
    if not ports:
        return
    reserved = [port for port in ports if cast("int", port["Value"]) > 0]
    dynamic = [port for port in ports if cast("int", port["Value"]) <= 0]
    for field, chosen in (("DynamicPorts", dynamic), ("ReservedPorts", reserved)):
        if chosen:
            network[field] = cast("list[tree.Json]", chosen)
        else:
            network.pop(field, None)


def _normalize_template(template: tree.Object) -> None:
    template.setdefault("ChangeMode", "restart")
    template.setdefault("Perms", "0644")
    template.setdefault("Splay", _FIVE_SECONDS)
    template.setdefault("ErrMissingKey", False)
    script = _object(template, "ChangeScript")
    if script is not None:
        script.setdefault("Args", [])
        script.setdefault("Timeout", _FIVE_SECONDS)
        script.setdefault("FailOnError", False)


def _object(parent: tree.Object, field: str) -> tree.Object | None:
    return cast("tree.Object | None", parent.get(field))


def _objects(parent: tree.Object, field: str) -> list[tree.Object]:
    return cast("list[tree.Object]", parent.get(field, []))


def _pop_objects(parent: tree.Object, field: str) -> list[tree.Object]:
    return cast("list[tree.Object]", parent.pop(field, []))
