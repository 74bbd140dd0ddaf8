"""Nomad Variables: check-and-set, lists with their indexes, and locks with a time to live."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from server.errors import NomadConflict, NomadNotFound
from server.nomad.calls import Calls


@dataclass(frozen=True, slots=True)
class Variable:
    """A Nomad Variable: its items, and the index that a check-and-set has to name."""

    path: str
    items: Mapping[str, str]
    modify_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableStub:
    """A variable as a list shows it; the creation index tells the order in which Nomad has taken variables in."""

    path: str
    create_index: int
    modify_index: int
    created_at: datetime
    modified_at: datetime


class Variables(Calls):
    """The part of the adapter that keeps records."""

    def read_variable(self, path: str) -> Variable | None:
        """Read a variable; None if there is none."""
        try:
            with self._call("read_variable"):
                found = self._client.variable.get_variable(path, self._namespace)
                return Variable(path, found["Items"], found["ModifyIndex"])
        except NomadNotFound:
            return None

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        """Write a variable if it is still at an index (0: not there); return its new index.

        Raises:
            NomadConflict: somebody else has written it.
        """
        body = {"Path": path, "Items": dict(items)}
        with self._call("write_variable"):
            written = self._client.variable.create_variable(
                path, body, self._namespace, cas=expected_index
            )
            return int(written["ModifyIndex"])

    def delete_variable(self, path: str, expected_index: int | None = None) -> None:
        """Remove a variable, with an index only if it is still at it; one that is not there counts as removed.

        Raises:
            NomadConflict: it is at another index.
        """
        with contextlib.suppress(NomadNotFound), self._call("delete_variable"):
            self._client.variable.delete_variable(path, self._namespace, cas=expected_index)

    def list_variables(self, prefix: str) -> tuple[VariableStub, ...]:
        """List the variables whose paths begin with a prefix, ordered by path."""
        with self._call("list_variables"):
            found = self._client.variables.get_variables(prefix, self._namespace)
            return tuple(_read_stub(each) for each in found)

    def acquire_lock(self, path: str, seconds: int) -> str | None:
        """Acquire a variable's lock for so many seconds (10 at least); return the lock's id, None if it is held.

        Whoever dies with it keeps it until its time is over. As ``PUT /v1/var/:path?lock-acquire``.
        """
        lock = {"TTL": f"{seconds}s", "LockDelay": "1s"}
        body = {"Path": path, "Items": {"purpose": "lock"}, "Lock": lock}
        try:
            with self._call("acquire_lock"):
                return str(self._operate_lock(path, "lock-acquire", body)["Lock"]["ID"])
        except NomadConflict:
            return None

    def renew_lock(self, path: str, lock_id: str) -> bool:
        """Hold a lock for its time once more; tell whether it was still held."""
        body = {"Path": path, "Lock": {"ID": lock_id}}
        try:
            with self._call("renew_lock"):
                self._operate_lock(path, "lock-renew", body)
        except (NomadConflict, NomadNotFound):
            return False
        return True

    def release_lock(self, path: str, lock_id: str) -> None:
        """Let a lock go; one that is not held any more counts as let go."""
        body = {"Path": path, "Lock": {"ID": lock_id}}
        with contextlib.suppress(NomadConflict, NomadNotFound), self._call("release_lock"):
            self._operate_lock(path, "lock-release", body)

    def _operate_lock(self, path: str, operation: str, body: Mapping[str, Any]) -> Any:
        params = {operation: ""} | ({"namespace": self._namespace} if self._namespace else {})
        answer = self._client.variable.request(path, params=params, json=body, method="put")
        return answer.json() if answer.content else {}


def _read_stub(data: Mapping[str, Any]) -> VariableStub:
    return VariableStub(
        path=data["Path"],
        create_index=data["CreateIndex"],
        modify_index=data["ModifyIndex"],
        created_at=datetime.fromtimestamp(data["CreateTime"] / 1e9, tz=UTC),
        modified_at=datetime.fromtimestamp(data["ModifyTime"] / 1e9, tz=UTC),
    )
