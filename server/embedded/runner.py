"""The life of one allocation: prestart tasks, main tasks, poststart, poststop; who kills whom.

Mirrors client/allocrunner: prestart tasks must succeed before main tasks start; poststart tasks start
when all main tasks run; poststop tasks run when all others are dead, even after a failure. A failed
task kills its siblings, a dead leader too; sidecars are killed when only they are left.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from server.embedded import filesystem, job, records, task, task_events, validation

LOG = logging.getLogger(__name__)
EVENT_DELAY_SECONDS = 0.05
"""Events that change no task's state wait so long for company before they are reported."""


class AllocationRunner:
    """Runs one allocation and reports each change of it."""

    def __init__(
        self,
        allocation: records.Allocation,
        directory: filesystem.AllocationDirectory,
        surroundings: task.Surroundings,
        report: Callable[[records.Allocation], None],
    ) -> None:
        self.directory = directory
        self._allocation = allocation
        self._report = report
        self._surroundings = surroundings
        self._later: asyncio.TimerHandle | None = None
        self._killers: set[asyncio.Task[None]] = set()
        self._stopping = False
        group = job.plan(allocation.job.definition, allocation.group)
        self._tasks = [
            task.TaskRunner(each, group, allocation, directory, surroundings, self._changed)
            for each in group.tasks
        ]

    async def run(self) -> None:
        """Take the allocation through its life; returns when nothing of it runs any more."""
        try:
            self.directory.build()
        except OSError:  # Each task then finds that it has no place, and says so in its events.
            LOG.exception("cannot make the directory of allocation %s", self._allocation.id)
        self._report_now()
        self._open_starts()
        await asyncio.gather(*(each.run() for each in self._tasks))
        await asyncio.gather(*self._killers)
        await self._surroundings.release(self._allocation.id)
        self._report_now()
        self.directory.drop_secrets()

    def stop(self, migrating: bool) -> None:
        """Kill all tasks but poststop ones, which then run.

        When the allocation migrates its tasks count as failed (killTasks): so it is not taken for one that
        did its work, and is placed anew also if there is no room for it right now.
        """
        if not self._stopping:
            self._stopping = True
            self._kill(self._living(), fails=migrating)

    def reconnect(self) -> None:
        """Note that the servers are heard again."""
        for each in self._tasks:
            each.emit(task_events.reconnected())
        self._report_now()

    async def destroy(self) -> None:
        """Kill everything, poststop tasks included."""
        self._stopping = True
        await asyncio.gather(*(each.kill() for each in self._tasks if not each.dead))

    def _changed(self, of_state: bool) -> None:
        """Take in that a task changed: report it, start and kill what follows from it."""
        if not of_state:
            if self._later is None:
                loop = asyncio.get_running_loop()
                self._later = loop.call_later(EVENT_DELAY_SECONDS, self._report_now)
            return
        self._kill_by_rule()
        self._open_starts()
        self._report_now()

    def _report_now(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        states = {each.task.name: each.state for each in self._tasks}
        status, description = summarize(states.values())
        current = replace(
            self._allocation,
            task_states=states,
            client_status=status,
            client_description=description,
        )
        if current != self._allocation:
            self._allocation = current
            self._report(current)

    def _living(self) -> list[task.TaskRunner]:
        return [each for each in self._tasks if not each.dead and each.task.hook != "poststop"]

    def _kill_by_rule(self) -> None:
        """Kill the living tasks when a dead one demands it (handleTaskStateUpdates)."""
        living = self._living()
        if self._stopping or not living:
            return
        reason: records.TaskEvent | None = None
        for each in self._tasks:
            if not each.dead or each.task.hook == "poststop":
                continue
            if each.state.failed:
                reason = reason or task_events.sibling_failed(each.task.name)
            elif each.task.leader:
                reason = task_events.leader_dead()
        if reason is None and all(each.task.sidecar for each in living):
            reason = task_events.main_dead()
        if reason is None:
            return
        self._stopping = True
        for each in living:
            each.emit(reason)
        self._kill(living)

    def _kill(self, living: list[task.TaskRunner], *, fails: bool = False) -> None:
        killer = asyncio.ensure_future(_kill_in_order(living, fails))
        self._killers.add(killer)

    def _open_starts(self) -> None:
        """Let every task start whose turn it is (tasklifecycle/coordinator.go)."""
        for each in self._tasks:
            if not each.may_start.is_set() and self._is_turn_of(each.task.hook):
                each.may_start.set()

    def _is_turn_of(self, hook: validation.Hook) -> bool:
        match hook:
            case "prestart":
                return True
            case "main":
                return all(
                    each.state.state == "running"
                    if each.task.sidecar
                    else each.dead and not each.state.failed
                    for each in self._tasks
                    if each.task.hook == "prestart"
                )
            case "poststart":
                return all(
                    each.state.started_at is not None
                    for each in self._tasks
                    if each.task.hook == "main"
                )
            case "poststop":
                return not self._living()


async def _kill_in_order(living: list[task.TaskRunner], fails: bool) -> None:
    """Kill the leader, then the other tasks, then the sidecars (killTasks)."""
    leaders = [each for each in living if each.task.leader]
    sidecars = [each for each in living if each.task.sidecar and not each.task.leader]
    others = [each for each in living if each not in leaders and each not in sidecars]
    for batch in (leaders, others, sidecars):
        await asyncio.gather(*(each.kill(fails=fails) for each in batch))


def summarize(states: Iterable[records.TaskState]) -> tuple[records.ClientStatus, str]:
    """Say what the allocation's status is, from its tasks' (getClientStatus)."""
    found = list(states)
    if any(state.state == "dead" and state.failed for state in found):
        return "failed", "Failed tasks"
    if any(state.state == "running" for state in found):
        return "running", "Tasks are running"
    if any(state.state == "pending" for state in found):
        return "pending", "No tasks have started"
    return "complete", "All tasks have completed"
