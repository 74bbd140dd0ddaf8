"""Workload identities and Vault: names, and what is done when a token changes.

Mirrors WorkloadIdentity.Validate in Nomad's workload_id.go and Vault.Validate in its structs.go.
"""

from __future__ import annotations

import re

from generator.checking.job import models, rules, task_models
from generator.checking.job.problems import Path, Problems, problem

DEFAULT = "default"
_NAME = re.compile(r"[a-zA-Z0-9\-_]{1,128}", re.ASCII)


def check_identities(task: task_models.Task, path: Path) -> Problems:
    """The default identity, those with names, and Vault's."""
    if task.identity is not None:
        yield from _check_identity(task.identity, (*path, "Identities", DEFAULT))
    for identity in task.identities:
        name = identity.name or DEFAULT
        at = (*path, "Identities", name)
        if name == DEFAULT and task.identity is not None:
            yield problem(rules.IDENTITY, at, "the task has two default identities")
        yield from _check_identity(identity, at)
    if task.vault is not None:
        yield from _check_vault(task.vault, (*path, "Vault"))


def _check_identity(identity: models.Identity, path: Path) -> Problems:
    rule = rules.IDENTITY
    name = identity.name or DEFAULT
    if not _NAME.fullmatch(name):
        msg = f'an identity\'s name has letters, digits, "-" and "_" only, unlike "{name}"'
        yield problem(rule, (*path, "Name"), msg)
    if name != DEFAULT and "" in identity.audience:
        yield problem(rule, (*path, "Audience"), "an audience is empty")
    if identity.change_mode not in ("", "noop", "restart", "signal"):
        msg = f'there is no change_mode "{identity.change_mode}" for identities'
        yield problem(rule, (*path, "ChangeMode"), msg, "one of noop, restart, signal")
    elif identity.change_mode == "signal":
        if not identity.change_signal:
            yield problem(rule, path, 'change_mode = "signal" needs a change_signal')
    elif identity.change_signal:
        msg = 'change_signal has no effect without change_mode = "signal"'
        yield problem(rule, (*path, "ChangeSignal"), msg)
    if identity.ttl > 0 and name == DEFAULT:
        yield problem(rule, (*path, "TTL"), "the default identity cannot have a ttl")
    if identity.ttl < 0:
        yield problem(rule, (*path, "TTL"), "ttl is less than zero")
    if identity.filepath and not identity.file:
        yield problem(rule, (*path, "Filepath"), "filepath needs file = true")


def _check_vault(vault: task_models.Vault, path: Path) -> Problems:
    if vault.change_mode not in ("noop", "restart", "signal"):
        msg = f'there is no change_mode "{vault.change_mode}" for Vault\'s token'
        yield problem(rules.IDENTITY, (*path, "ChangeMode"), msg, "one of noop, restart, signal")
    if vault.change_mode == "signal" and vault.change_signal == "":
        msg = 'change_mode = "signal" needs a change_signal'
        yield problem(rules.IDENTITY, (*path, "ChangeSignal"), msg)
    if vault.cluster not in ("", DEFAULT):
        msg = f'the Vault cluster "{vault.cluster}" needs Nomad Enterprise'
        yield problem(rules.ENTERPRISE, (*path, "Cluster"), msg)
