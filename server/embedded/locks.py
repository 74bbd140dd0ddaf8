"""Locks on Nomad Variables: acquire, renew, release, and what happens when nobody renews.

The checks, their order and their texts follow nomad/variables_endpoint.go and state_store_variables.go, the
timers nomad/locks.go: a lock lives for twice its TTL after it was acquired or renewed, then for its delay it
can neither be renewed nor acquired, then it is gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from server.embedded import durations, faults, records, state, variables

MIN_TTL = 10 * durations.NANOSECONDS["s"]
MAX_TTL = 24 * durations.NANOSECONDS["h"]
_HELD = "attempting to modify locked variable"
_NOT_HELD = "variable doesn't hold a lock"
_ABSENT = "variable doesn't exist"


class Locks:
    """The locks of all variables, with a timer for each that is held."""

    def __init__(self, store: state.State) -> None:
        self._store = store
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def acquire(self, path: str, draft: variables.Draft) -> records.Variable:
        """Write a variable, its items included, and put a lock on it."""
        lock = variables.complete_lock(draft.lock or records.Lock(id="", ttl=0, delay=0))
        variables.check(path, draft)
        _check_times(lock)
        written = variables.write(self._store, path, draft, None, lock)
        if lock.id not in self._timers:
            self._start(path, lock)
        return written

    def renew(self, path: str, draft: variables.Draft) -> records.Variable:
        """Let a lock's time begin again; nothing is written."""
        lock_id = draft.lock.id if draft.lock else ""
        if not lock_id:
            raise faults.RequestFault(500, faults.multierror(["missing lock ID"]))
        current = self._store.variables.get(path)
        if current is None:
            raise faults.RequestFault(404, _ABSENT)
        if current.lock is None:
            raise faults.RequestFault(409, _NOT_HELD)
        if current.lock.id != lock_id or lock_id not in self._timers:
            raise faults.RequestFault(409, _HELD)
        self._timers.pop(lock_id).cancel()
        self._start(path, current.lock)
        return current

    def release(self, path: str, draft: variables.Draft) -> records.Variable:
        """Take a lock off its variable, whose items stay."""
        if draft.lock is None or not draft.lock.id:
            raise faults.RequestFault(400, "RPC Error:: 400,missing lock information", index=0)
        if draft.items is not None:
            text = "RPC Error:: 400,lock release operation doesn't take variable items"
            raise faults.RequestFault(400, text, index=0)
        current = self._store.variables.get(path)
        if current is None:
            raise faults.RequestFault(500, _ABSENT, index=0)
        if current.lock is None:
            raise faults.RequestFault(500, _NOT_HELD, index=0)
        variables.check_lock(current, draft.lock.id)
        timer = self._timers.pop(draft.lock.id, None)
        if timer is not None:
            timer.cancel()
        return self._take_off(current)

    def close(self) -> None:
        """End all timers."""
        for timer in self._timers.values():
            timer.cancel()

    def _start(self, path: str, lock: records.Lock) -> None:
        """Let a lock live for twice its TTL: the client's clock and the network may be late."""
        loop = asyncio.get_running_loop()
        seconds = 2 * lock.ttl / durations.NANOSECONDS["s"]
        self._timers[lock.id] = loop.call_later(seconds, self._expire, path, lock)

    def _expire(self, path: str, lock: records.Lock) -> None:
        del self._timers[lock.id]
        seconds = lock.delay / durations.NANOSECONDS["s"]
        asyncio.get_running_loop().call_later(seconds, self._invalidate, path)

    def _invalidate(self, path: str) -> None:
        """Take off the lock that is on the variable now.

        Nomad does not look whose it is (invalidateVariableLock): when a holder released its expired lock in
        the delay and another acquired one, this takes the other's.
        """
        current = self._store.variables.get(path)
        if current is not None and current.lock is not None:
            self._take_off(current)

    def _take_off(self, current: records.Variable) -> records.Variable:
        with self._store.transaction("VariableUpserted") as transaction:
            modified = current.modify_time
            return transaction.put_variable(replace(current, lock=None), modified)


def _check_times(lock: records.Lock) -> None:
    problems = []
    if lock.ttl < 0 or lock.delay < 0:
        problems.append("Lock delay and TTL must be positive")
    if not MIN_TTL <= lock.ttl <= MAX_TTL:
        problems.append("TTL must be between 10 seconds and 24 hours")
    if problems:
        text = f"RPC Error:: 400,{faults.multierror(problems)}"
        raise faults.RequestFault(400, text, index=0)
