"""Nomad Variables: paths, check-and-set, writing where a lock is, lists by prefix, the limit of 64 KiB.

The checks, their order and their texts follow nomad/structs/variables.go and variables_endpoint.go.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from server.embedded import durations, faults, records, state

MAX_BYTES = 64 * 1024
_PATH = re.compile(r"[a-zA-Z0-9\-_~/]{1,128}")
_RESERVED = "nomad/"
DEFAULT_LOCK_TTL = 15 * durations.NANOSECONDS["s"]
DEFAULT_LOCK_DELAY = 15 * durations.NANOSECONDS["s"]


class Conflict(Exception):
    """A check-and-set did not match; carries what is there, or an empty variable."""

    def __init__(self, current: records.Variable) -> None:
        super().__init__(current.path)
        self.current = current


@dataclass(frozen=True, slots=True)
class Draft:
    """What a request wants to write; a lock's times are 0 and its id empty where it does not say them."""

    items: dict[str, str] | None
    lock: records.Lock | None


def parse(body: object) -> Draft:
    """Read a request's body."""
    if not isinstance(body, dict):
        kind = "array" if isinstance(body, list) else "string"
        text = f"json: cannot unmarshal {kind} into Go value of type structs.VariableDecrypted"
        raise faults.RequestFault(400, text)
    namespace = body.get("Namespace") or records.NAMESPACE
    if namespace != records.NAMESPACE:
        text = f'the embedded engine has the namespace "default" only, not "{namespace}"'
        raise faults.RequestFault(400, text)
    return Draft(_parse_items(body.get("Items")), _parse_lock(body.get("Lock")))


def _parse_items(items: object) -> dict[str, str] | None:
    if items is None:
        return None
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


def _parse_lock(lock: object) -> records.Lock | None:
    """Read a lock, whose times are Go's durations or nanoseconds (VariableLock.UnmarshalJSON)."""
    if lock is None:
        return None
    if not isinstance(lock, dict):
        kinds = {bool: "bool", int: "number", float: "number", str: "string"}
        text = (
            f"json: cannot unmarshal {kinds.get(type(lock), 'array')} into Go struct field "
            "VariableDecrypted.VariableMetadata.Lock of type struct { TTL interface {}; "
            "LockDelay interface {}; *structs.Alias }"
        )
        raise faults.RequestFault(400, text)
    try:
        times = [
            durations.parse_go(value) if isinstance(value, str) and value else int(value or 0)
            for value in (lock.get("TTL"), lock.get("LockDelay"))
        ]
    except ValueError as error:
        raise faults.RequestFault(400, str(error)) from error
    return records.Lock(id=str(lock.get("ID") or ""), ttl=times[0], delay=times[1])


def complete_lock(lock: records.Lock) -> records.Lock:
    """Fill in what a lock does not say (VariableLock.Canonicalize)."""
    return records.Lock(
        id=lock.id or str(uuid.uuid4()),
        ttl=lock.ttl or DEFAULT_LOCK_TTL,
        delay=lock.delay or DEFAULT_LOCK_DELAY,
    )


def put(
    store: state.State, path: str, draft: Draft, expected: int | None = None
) -> records.Variable:
    """Write a variable; with an expected index only when the variable stands at it (0: is absent).

    Who names the id of the lock that is on the variable may write, and so resets the times that are shown of
    it to their defaults, as in Nomad.
    """
    if not draft.items:
        raise faults.RequestFault(400, "variable missing required Items object")
    lock = draft.lock
    if lock is not None and (lock.ttl or lock.delay):
        text = "RPC Error:: 400,RPC Error:: 400,variable should not contain lock definition"
        raise faults.RequestFault(400, text, index=0)
    check(path, draft)
    return write(store, path, draft, expected, lock and complete_lock(lock))


def check(path: str, draft: Draft) -> None:
    """Hold a variable to the rules of its path and its size."""
    _check_path(path)
    items = draft.items or {}
    size = sum(len(key.encode()) + len(value.encode()) for key, value in items.items())
    if size > MAX_BYTES:
        text = "RPC Error:: 400,variables are limited to 64KiB in total size"
        raise faults.RequestFault(400, text, index=0)


def write(
    store: state.State,
    path: str,
    draft: Draft,
    expected: int | None,
    lock: records.Lock | None,
) -> records.Variable:
    """Write a variable that was checked, if its index is as expected and no other lock is on it."""
    with store.transaction("VariableUpserted") as transaction:
        current = store.variables.get(path)
        _check_expected(current, path, expected)
        check_lock(current, lock.id if lock else "")
        return transaction.put_variable(
            records.Variable(
                path=path,
                items=draft.items or {},
                lock=lock,
                create_index=current.create_index if current else 0,
                create_time=current.create_time if current else 0,
            )
        )


def delete(store: state.State, path: str, expected: int | None) -> int:
    """Delete a variable, under the same condition; return the index of the deletion."""
    with store.transaction("VariableDeleted") as transaction:
        current = store.variables.get(path)
        _check_expected(current, path, expected)
        check_lock(current, "")
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


def check_lock(current: records.Variable | None, lock_id: str) -> None:
    """Refuse what does not name the lock that is on the variable, and show nothing of it."""
    if current is not None and current.lock is not None and current.lock.id != lock_id:
        raise Conflict(records.Variable(path=current.path, items={}))


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
