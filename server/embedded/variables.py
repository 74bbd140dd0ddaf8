"""Nomad Variables: paths, check-and-set, lists by prefix, the limit of 64 KiB.

The checks, their order and their texts follow nomad/structs/variables.go and variables_endpoint.go.
"""

from __future__ import annotations

import re

from server.embedded import faults, records, state

MAX_BYTES = 64 * 1024
_PATH = re.compile(r"[a-zA-Z0-9\-_~/]{1,128}")
_RESERVED = "nomad/"


class Conflict(Exception):
    """A check-and-set did not match; carries what is there, or an empty variable."""

    def __init__(self, current: records.Variable) -> None:
        super().__init__(current.path)
        self.current = current


def parse_items(body: object) -> dict[str, str]:
    """Read the items of a request's body."""
    if not isinstance(body, dict):
        kind = "array" if isinstance(body, list) else "string"
        text = f"json: cannot unmarshal {kind} into Go value of type structs.VariableDecrypted"
        raise faults.RequestFault(400, text)
    namespace = body.get("Namespace") or records.NAMESPACE
    if namespace != records.NAMESPACE:
        text = f'the embedded engine has the namespace "default" only, not "{namespace}"'
        raise faults.RequestFault(400, text)
    if body.get("Lock") is not None:
        raise faults.RequestFault(400, "Lock: the embedded engine does not support variable locks")
    items = body.get("Items")
    if not items:
        raise faults.RequestFault(400, "variable missing required Items object")
    if not isinstance(items, dict):
        text = (
            "json: cannot unmarshal array into Go struct field VariableDecrypted.Items "
            "of type structs.VariableItems"
        )
        raise faults.RequestFault(400, text)
    for value in items.values():
        if not isinstance(value, str):
            kinds = {bool: "bool", int: "number", float: "number", list: "array"}
            text = (
                f"json: cannot unmarshal {kinds.get(type(value), 'object')} "
                "into Go struct field VariableDecrypted.Items of type string"
            )
            raise faults.RequestFault(400, text)
    return items


def put(
    store: state.State, path: str, items: dict[str, str], expected: int | None
) -> records.Variable:
    """Write a variable; with an expected index only when the variable stands at it (0: is absent)."""
    _check_path(path)
    size = sum(len(key.encode()) + len(value.encode()) for key, value in items.items())
    if size > MAX_BYTES:
        text = "RPC Error:: 400,variables are limited to 64KiB in total size"
        raise faults.RequestFault(400, text, index=0)
    with store.transaction("VariableUpserted") as transaction:
        current = store.variables.get(path)
        _check_expected(current, path, expected)
        return transaction.put_variable(
            records.Variable(
                path=path,
                items=items,
                create_index=current.create_index if current else 0,
                create_time=current.create_time if current else 0,
            )
        )


def delete(store: state.State, path: str, expected: int | None) -> int:
    """Delete a variable, under the same condition; return the index of the deletion."""
    with store.transaction("VariableDeleted") as transaction:
        _check_expected(store.variables.get(path), path, expected)
        transaction.delete_variable(path)
        return transaction.index


def matching(store: state.State, prefix: str) -> list[records.Variable]:
    """Return the variables below a prefix, in the order of their paths."""
    return [store.variables[path] for path in sorted(store.variables) if path.startswith(prefix)]


def _check_expected(current: records.Variable | None, path: str, expected: int | None) -> None:
    if expected is None:
        return
    if (current.modify_index if current else 0) != expected:
        raise Conflict(current or records.Variable(path=path, items={}))


def _check_path(path: str) -> None:
    if _PATH.fullmatch(path) is None:
        raise faults.RequestFault(400, f'RPC Error:: 400,invalid path "{path}"', index=0)
    allowed = ("nomad/jobs", "nomad/job-templates")
    below = tuple(f"{each}/" for each in allowed)
    if path == "nomad" or (
        path.startswith(_RESERVED) and path not in allowed and not path.startswith(below)
    ):
        text = (
            'RPC Error:: 400,only paths at "nomad/jobs" or "nomad/job-templates" and below are '
            'valid paths under the top-level "nomad" directory'
        )
        raise faults.RequestFault(400, text, index=0)
