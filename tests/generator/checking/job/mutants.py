"""Jobs that are almost right: one value changed, taken out, doubled or added by the schema's tables."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from generator.jobspec.schema import fields
from generator.jobspec.schema import job as job_schema
from generator.jobspec.schema.fields import Form, Kind, Repeat

Job = dict[str, Any]

_SECOND = 1_000_000_000
_NUMBERS = (
    -1, 0, 1, 2, 3, 9, 10, 99, 100, 101, 300, 65535, 65536, 5 * _SECOND, 15 * _SECOND,
    300 * _SECOND, 600 * _SECOND, 86400 * _SECOND,
)  # fmt: skip
# The server counts up to a number of attempts, however large it is.
_ATTEMPTS = (-1, 0, 1, 2, 5, 10, 99)
_SMALL = (0, 1, 50, 100, 101, 127)
_TEXTS = (
    "", "x", "X y", "default", "host", "bridge", "nomad", "consul", "service", "batch", "system",
    "sysbatch", "fail", "delay", "http", "tcp", "grpc", "script", "signal", "restart", "noop",
    "constant", "exponential", "fibonacci", "regexp", "version", "semver", "is_set", "=", "<",
    "distinct_hosts", "distinct_property", "set_contains", ">= 1.2", "~> 1.2", "[", "1", "0", "-1",
    "driver", "alloc", "auto", "ignore", "ignore_warnings", "csi", "../../../x", "/", "a/b",
    "single-node-writer", "multi-node-single-writer", "block-device", "prestart", "poststop",
    "SIGHUP", "0644", "999", "task_states", "manual", "checks", "${x}", "web", "private", "z",
    "node", "monolith", "connect-proxy:web", "best_score", "GET", "/health", "http://x/y",
    "passing", "*/5 * * * *", "@daily", "60 * * * *", "0 0 31 2 MON#3", "Europe/Berlin",
    "Nowhere/City", "required", "sha256:00", "any", "file", "require", "none", "STRICT_DNS", "*",
)  # fmt: skip
_LABELS = ("web", "http", "nvidia/gpu", "x")

# What the parser gives, a cluster decides, or no rule looks at.
_KEPT = frozenset(
    (
        "ID", "Namespace", "NodePool", "Region", "SpecType", "Config", "Env", "Meta", "Policy",
        "Vault", "Multiregion", "Schedule", "Secrets", "SidecarTask", "Tasks", "TaskGroups",
        "ReservedPorts", "ExtraClaims", "MaxRunDuration", "ScalingPolicies", "ModifyIndex", "CreateIndex",
    )
)  # fmt: skip


def mutate(job: Job, chance: random.Random) -> Job:
    """A job that differs from another in one or two places."""
    mutant = copy.deepcopy(job)
    for _ in range(chance.choice((1, 1, 2))):
        if chance.random() < 0.6:
            _add(mutant, chance)
        else:
            _change(mutant, chance)
    return mutant


def _change(job: Job, chance: random.Random) -> None:
    parent, name = chance.choice(list(_values(job)))
    value = parent[name]
    match value:
        case bool():
            parent[name] = not value
        case int() | float():
            parent[name] = chance.choice(_ATTEMPTS if name == "Attempts" else _NUMBERS)
        case str():
            parent[name] = chance.choice(_TEXTS)
        case list() if value and chance.random() < 0.5:
            value.append(copy.deepcopy(chance.choice(value)))
        case _:
            del parent[name]


def _values(part: Job | list[Any]) -> Iterator[tuple[Any, Any]]:
    items = part.items() if isinstance(part, dict) else enumerate(part)
    for name, value in items:
        if name in _KEPT and name not in ("Tasks", "TaskGroups"):
            continue
        if name not in _KEPT:
            yield part, name
        if isinstance(value, dict | list):
            yield from _values(value)


def _add(job: Job, chance: random.Random) -> None:
    part, schema = chance.choice(list(_blocks(job, job_schema.JOB)))
    attributes = [each for each in schema.attributes.values() if _is_free(each.field)]
    blocks = [each for each in schema.blocks.values() if _is_free(each.field)]
    candidates: list[fields.Attribute | fields.Nested] = [*attributes, *blocks]
    if not candidates:
        return
    chosen = chance.choice(candidates)
    if isinstance(chosen, fields.Attribute):
        _set(part, chosen, chance)
    else:
        _put(part, chosen, chance, 0)


def _is_free(field: str) -> bool:
    return field not in _KEPT and field[0].isupper()


def _blocks(part: Job, schema: fields.Schema) -> Iterator[tuple[Job, fields.Schema]]:
    yield part, schema
    for nested in schema.blocks.values():
        found = part.get(nested.field)
        match nested.repeat:
            case Repeat.LIST:
                children = found or []
            case Repeat.BY_LABEL:
                children = list((found or {}).values())
            case _:
                children = [] if found is None else [found]
        for child in children:
            if nested.schema.form in (Form.STRUCT, Form.GROUP, Form.TASK):
                yield from _blocks(child, nested.schema)


def _set(part: Job, attribute: fields.Attribute, chance: random.Random) -> None:
    value: object
    match attribute.kind:
        case Kind.TEXT:
            value = chance.choice(_TEXTS)
        case Kind.FLAG:
            value = chance.random() < 0.6
        case Kind.INT | Kind.DURATION:
            value = chance.choice(_ATTEMPTS if attribute.field == "Attempts" else _NUMBERS)
        case Kind.TEXTS:
            value = [chance.choice(_TEXTS) for _ in range(chance.choice((0, 1, 1, 2)))]
        case Kind.PORTS | Kind.TEXT_MAP:
            return
        case _:
            value = chance.choice(_SMALL)
    part[attribute.field] = value


def _put(part: Job, nested: fields.Nested, chance: random.Random, depth: int) -> None:
    made: Job = dict(nested.schema.preset)
    for attribute in nested.schema.attributes.values():
        wanted = attribute.required or chance.random() < 0.5
        if wanted and _is_free(attribute.field):
            _set(made, attribute, chance)
    if nested.label and nested.label != fields.LABEL:
        made[nested.label] = chance.choice(_LABELS)
    for inner in nested.schema.blocks.values():
        if depth < 3 and _is_free(inner.field) and chance.random() < 0.35:
            _put(made, inner, chance, depth + 1)
    match nested.repeat:
        case Repeat.LIST:
            part.setdefault(nested.field, []).append(made)
        case Repeat.BY_LABEL:
            part.setdefault(nested.field, {})[made[nested.label or ""]] = made
        case _:
            part[nested.field] = made
