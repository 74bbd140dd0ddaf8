"""What came after Nomad 1.10: an older server refuses it, a newer one has rules of its own for it.

Mirrors Secret.Validate and Task.Validate in structs.go of Nomad 2.0.
"""

from __future__ import annotations

import re

from generator.checking.job import job_models, rules, task_models
from generator.checking.job.problems import Path, Problems, problem

_SECRET = re.compile(r"[a-zA-Z0-9_]{1,128}", re.ASCII)
_BUILT_IN = ("nomad", "vault")


def check_group(group: job_models.Group, job_type: str, path: Path) -> Problems:
    """What a group and its tasks have that is new, or may not have from then on."""
    if group.max_run_duration is not None:
        msg = "max_run_duration needs Nomad 1.11 or newer"
        yield problem(rules.NEWER, (*path, "MaxRunDuration"), msg)
    if job_type == "sysbatch" and _is_rescheduled(group):
        msg = "newer versions of Nomad refuse a reschedule block in a sysbatch job"
        yield problem(rules.DEPRECATED, (*path, "ReschedulePolicy"), msg)
    for index, task in enumerate(group.tasks):
        yield from _check_task(task, (*path, "Tasks", index))


def _is_rescheduled(group: job_models.Group) -> bool:
    policy = group.reschedule_policy
    return policy is not None and bool(policy.attempts or policy.unlimited or policy.interval)


def _check_task(task: task_models.Task, path: Path) -> Problems:
    if task.name == "alloc":
        msg = 'newer versions of Nomad refuse a task with the name "alloc"'
        yield problem(rules.DEPRECATED, (*path, "Name"), msg)
    for identity in (*task.identities, *((task.identity,) if task.identity else ())):
        if identity.extra_claims:
            at = (*path, "Identities", identity.name or "default", "ExtraClaims")
            yield problem(rules.NEWER, at, "extra_claims need Nomad 1.11 or newer")
    seen: set[str] = set()
    for index, secret in enumerate(task.secrets):
        at = (*path, "Secrets", index)
        yield problem(rules.NEWER, at, "a secret block needs Nomad 1.11 or newer")
        if secret.name in seen:
            yield problem(rules.SECRET, at, f'the secret "{secret.name}" stands in the task twice')
        seen.add(secret.name)
        yield from _check_secret(secret, task, at)


def _check_secret(secret: task_models.Secret, task: task_models.Task, path: Path) -> Problems:
    rule = rules.SECRET
    if not _SECRET.fullmatch(secret.name):
        msg = f'a secret\'s name has letters, digits and "_" only, unlike "{secret.name}"'
        yield problem(rule, (*path, "Name"), msg)
    if not secret.provider:
        yield problem(rule, path, f'the secret "{secret.name}" has no provider')
    if not secret.path:
        yield problem(rule, path, f'the secret "{secret.name}" has no path')
    if secret.provider in _BUILT_IN and secret.env:
        msg = f"a secret of the provider {secret.provider} has no env block"
        yield problem(rule, (*path, "Env"), msg)
    if secret.provider not in _BUILT_IN and secret.config:
        msg = "a secret of a plugin has an env block in place of a config block"
        yield problem(rule, (*path, "Config"), msg)
    if secret.provider == "vault" and task.vault is None:
        msg = f'the secret "{secret.name}" is Vault\'s, but the task has no vault block'
        yield problem(rule, path, msg)
