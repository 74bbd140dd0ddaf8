"""Template blocks: consul-template's text with the functions that the engine has -> files.

A variable that does not exist (yet) keeps the task pending, with the event that Nomad writes then; the
templates are rendered when it appears. What can never be rendered kills the task. A file of secrets may
stand in for Vault; Consul is not there, and says so.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import ClassVar, Protocol

from generator import TemplateError, template
from server.embedded import (
    envfile,
    faults,
    filesystem,
    gojson,
    interpolation,
    job,
    notices,
    records,
    task_events,
    vault,
)

_ELSEWHERE = {
    "Vault": ("secrets", "pkiCert"),
    "Consul": (
        "key", "keyExists", "keyOrDefault", "ls", "safeLs", "tree", "safeTree", "service",
        "services", "connect", "caRoots", "caLeaf", "node", "nodes", "datacenters",
    ),
    "Nomad services": ("nomadService", "nomadServices"),
}  # fmt: skip


class Variables(Protocol):
    """The variables that a workload reads."""

    changed: notices.Notice

    def find(self, path: str) -> Mapping[str, str] | None:
        """Return a variable's items."""

    def paths(self, prefix: str) -> list[str]:
        """Return the paths below a prefix."""

    def secret(self, path: str) -> Mapping[str, records.Json] | None:
        """Return a secret as Vault answers it; ValueError where there is none to ask."""


class _Items(dict[str, object]):
    """The items of a variable: a field that is not there is an empty text, as a NomadVarItem is."""

    absent: ClassVar[object] = ""


async def render_all(
    blocks: tuple[job.Template, ...],
    directory: filesystem.TaskDirectory,
    environment: Mapping[str, str],
    variables: Variables,
    emit: Callable[[records.TaskEvent], None],
    *,
    has_vault: bool,
) -> dict[str, str]:
    """Write all files of a task, when all can be written; return what ``env = true`` ones define.

    Without a ``vault`` block Nomad asks Vault in vain, again and again; here a task has to say that it ``has_vault``.
    """
    announced: frozenset[str] = frozenset()
    while True:
        ticket = variables.changed.ticket()
        missing: set[str] = set()
        texts = [
            _render(block, environment, variables, missing, has_vault=has_vault) for block in blocks
        ]
        if not missing:
            break
        if missing != announced:
            announced = frozenset(missing)
            emit(task_events.template_missing(sorted(missing)))
        # Nobody tells that a file has changed.
        looks = any(each.startswith("vault.") for each in missing)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(vault.SECONDS_BETWEEN_LOOKS if looks else None):
                await ticket.wait()
        if variables.changed.closed:
            await asyncio.Event().wait()
    defined: dict[str, str] = {}
    for block, text in zip(blocks, texts, strict=True):
        _write(block, text, directory, environment)
        if block.as_environment:
            defined |= _read_environment(block, text, directory, environment)
    return defined


def _render(
    block: job.Template,
    environment: Mapping[str, str],
    variables: Variables,
    missing: set[str],
    *,
    has_vault: bool,
) -> str:
    functions = _functions(environment, variables, missing, has_vault=has_vault)
    templates = template.TemplateSet(functions, left=block.left, right=block.right)
    try:
        templates.add("", block.text, "")
    except TemplateError as error:
        # text/template names no column when it parses, and counts columns from 0 when it executes.
        line = error.position.line if error.position else 1
        msg = f"(dynamic): parse: template: :{line}: {error.message}"
        raise faults.TemplateFault(msg) from error
    try:
        return templates.execute("", None)
    except TemplateError as error:
        place = f"{error.position.line}:{error.position.column - 1}: " if error.position else ""
        msg = f"(dynamic): execute: template: :{place}{error.message}"
        raise faults.TemplateFault(msg) from error


def _functions(
    environment: Mapping[str, str], variables: Variables, missing: set[str], *, has_vault: bool
) -> dict[str, Callable[..., object]]:
    """Return consul-template's functions for one rendering."""

    def nomad_var(path: str) -> object:
        items = variables.find(path)
        if items is None:
            missing.add(f"nomad.var.block({path}@{records.NAMESPACE}.global)")
            return _Items()
        return _Items(items)

    def nomad_var_exists(path: str) -> bool:
        return variables.find(path) is not None

    def nomad_var_list(prefix: str) -> list[object]:
        return [{"Path": path} for path in variables.paths(prefix)]

    def secret(path: str, *data: str) -> object:
        if data:
            msg = "the embedded engine's Vault cannot be written to"
            raise ValueError(msg)
        found = variables.secret(path)
        if found is not None and has_vault:
            return found
        missing.add(f"vault.read({path})")
        return None

    def env(name: str) -> str:
        return environment.get(name, "")

    return {
        **_unsupported(),
        "base64Decode": _base64_decode,
        "base64Encode": _base64_encode,
        "env": env,
        "nomadVar": nomad_var,
        "nomadVarExists": nomad_var_exists,
        "nomadVarList": nomad_var_list,
        "secret": secret,
        "sprig_fail": _fail,
        "toJSON": gojson.dump,
        "toLower": _to_lower,
        "toUpper": _to_upper,
        "trimSpace": _trim_space,
    }


def _unsupported() -> dict[str, Callable[..., object]]:
    """Return functions that only say that they are not there."""

    def refusing(name: str, source: str) -> Callable[..., object]:
        def refuse(*arguments: object) -> str:
            del arguments
            msg = f"the embedded engine has no {source}: {name} is not supported"
            raise ValueError(msg)

        return refuse

    return {name: refusing(name, source) for source, names in _ELSEWHERE.items() for name in names}


def _base64_decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    except binascii.Error as error:
        alphabet = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        data = text.encode()
        place = next((i for i, byte in enumerate(data) if byte not in alphabet), len(data))
        msg = f"base64Decode: illegal base64 data at input byte {place}"
        raise ValueError(msg) from error


def _base64_encode(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def _fail(message: str) -> str:
    raise ValueError(message)


def _to_lower(text: str) -> str:
    return text.lower()


def _to_upper(text: str) -> str:
    return text.upper()


def _trim_space(text: str) -> str:
    return text.strip()


def _write(
    block: job.Template,
    text: str,
    directory: filesystem.TaskDirectory,
    environment: Mapping[str, str],
) -> None:
    """Write a rendered file with its owner and permissions, whole or not at all."""
    target = locate(block.destination, directory, environment)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.tmp")
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), block.permissions)
            if block.uid is not None or block.gid is not None:
                os.fchown(
                    file.fileno(),
                    -1 if block.uid is None else block.uid,
                    -1 if block.gid is None else block.gid,
                )
            file.write(text.encode("utf-8", "surrogateescape"))
        fresh.replace(target)
    except OSError as error:
        msg = f"(dynamic): render: {error}"
        raise faults.TemplateFault(msg) from error


def locate(
    destination: str, directory: filesystem.TaskDirectory, environment: Mapping[str, str]
) -> Path:
    """Turn a destination into a path on disk, as taskenv ClientPath."""
    folders = {
        **environment,
        "NOMAD_ALLOC_DIR": str(directory.shared),
        "NOMAD_TASK_DIR": str(directory.local),
        "NOMAD_SECRETS_DIR": str(directory.secrets),
    }
    replaced = interpolation.replace_references(destination, folders)
    path = Path(os.path.normpath(replaced))
    allocation = directory.root.parent
    if not path.is_absolute() or not path.is_relative_to(allocation):
        relative = PurePosixPath(replaced.lstrip("/"))
        path = Path(os.path.normpath(directory.root / relative))
    if not path.is_relative_to(allocation):
        msg = f"template destination escapes alloc directory: {destination}"
        raise faults.TemplateFault(msg)
    return path


def _read_environment(
    block: job.Template,
    text: str,
    directory: filesystem.TaskDirectory,
    environment: Mapping[str, str],
) -> dict[str, str]:
    """Read the variables in a rendered file, as loadTemplateEnv."""
    try:
        return envfile.parse(text)
    except ValueError as error:
        path = locate(block.destination, directory, environment)
        msg = f'error parsing env template "{path}": {error}'
        raise faults.EnvironmentFault(msg) from error
