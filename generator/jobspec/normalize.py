"""What Nomad's parser fills in and moves once a job is read: jobspec2/parse_job.go.

A decoded job still holds ``Vault`` and ``Tasks`` where they were written; here they go to where they
count: a ``vault`` block to every task without one, a task directly under the job to a group of its
own.
"""

from __future__ import annotations

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
    alone: list[tree.Json] = [
        {"Name": task["Name"], "Tasks": [task]} for task in _objects(job, "Tasks")
    ]
    job.pop("Tasks", None)
    if alone:
        job["TaskGroups"] = alone + cast("list[tree.Json]", job.get("TaskGroups", []))
    for group in _objects(job, "TaskGroups"):
        _normalize_group(group, vault)


def _normalize_group(group: tree.Object, job_vault: tree.Json) -> None:
    vault = group.pop("Vault", job_vault)
    for network in _objects(group, "Networks"):
        _normalize_ports(network)
    for task in _objects(group, "Tasks"):
        if vault is not None and "Vault" not in task:
            task["Vault"] = dict(cast("tree.Object", vault))
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
