"""The life of one task: received -> set up -> started -> terminated -> dead, with Nomad's events.

Mirrors client/allocrunner/taskrunner: which events are written in which order, which of them fail the
task, and that a task that is killed before it starts is dead without ever having been killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from server.embedded import (
    drivers,
    durations,
    environment,
    faults,
    filesystem,
    interpolation,
    job,
    logs,
    records,
    task_events,
    templates,
)

LOG = logging.getLogger(__name__)
MEBIBYTE = 1024 * 1024
MAX_KILL_TIMEOUT = 30 * durations.NANOSECONDS["s"]
"""The client's max_kill_timeout, at its default."""
Result = TypeVar("Result")


class TaskRunner:
    """Runs one task of an allocation, once."""

    def __init__(
        self,
        task: job.Task,
        group: job.Group,
        allocation: records.Allocation,
        directory: filesystem.AllocationDirectory,
        surroundings: Surroundings,
        changed: Callable[[bool], None],
    ) -> None:
        self.task = task
        self.state = records.TaskState(events=(task_events.received(),))
        self.may_start = asyncio.Event()
        self._group = group
        self._allocation = allocation
        self._directory = directory
        self._around = surroundings
        self._changed = changed
        self._kill = asyncio.Event()
        self._dead = asyncio.Event()

    @property
    def dead(self) -> bool:
        """The task will not run any more."""
        return self.state.state == "dead"

    def emit(self, event: records.TaskEvent) -> None:
        """Write an event into the task's history; the oldest ones are dropped."""
        events = (*self.state.events, event)[-task_events.KEPT :]
        failed = self.state.failed or event.fields.get("FailsTask") is True
        self.state = replace(self.state, events=events, failed=failed)
        self._changed(False)

    async def kill(self, *, fails: bool = False) -> None:
        """End the task, however far it is, and wait until it is dead; perhaps as one that failed."""
        if not self.dead and not self._kill.is_set():
            fails = fails and not self.state.failed
            self.emit(task_events.killing(self._kill_timeout, fails=fails))
        self._kill.set()
        await self._dead.wait()

    async def run(self) -> None:
        """Take the task through its life."""
        try:
            await self._run()
        except _Killed:
            LOG.debug("task %s of %s was killed early", self.task.name, self._allocation.id)
        except faults.ConfigFault as fault:
            self._fail(task_events.failed_validation(str(fault)))
        except faults.DriverFault as fault:
            self._fail(task_events.driver_failure(str(fault)))
        except faults.SetupFault as fault:
            self._fail(task_events.setup_failure(str(fault)))
        except faults.TemplateFault as fault:
            self.emit(task_events.template_failed(f"Template failed: {fault}"))
        except faults.EnvironmentFault as fault:
            text = f"Template failed to read environment variables: {fault}"
            self.emit(task_events.template_failed(text))
        except Exception as error:  # The border of one task: it fails, and the engine goes on.
            LOG.exception("task %s of %s", self.task.name, self._allocation.id)
            self._fail(task_events.driver_failure(f"the embedded engine failed: {error}"))
        finally:
            self._set_state("dead")
            self._dead.set()

    @property
    def _kill_timeout(self) -> int:
        return min(self.task.kill_timeout, MAX_KILL_TIMEOUT)

    def _fail(self, event: records.TaskEvent) -> None:
        self.emit(event)
        self.emit(task_events.not_restarting())

    def _set_state(self, state: records.TaskStatus) -> None:
        now = time.time_ns()
        self.state = replace(
            self.state,
            state=state,
            started_at=now if state == "running" else self.state.started_at,
            finished_at=now if state == "dead" else self.state.finished_at,
        )
        self._changed(True)

    async def _run(self) -> None:
        await self._unless_killed(self.may_start.wait())
        self.emit(task_events.setup("Building Task Directory"))
        directory = self._directory.task(self.task.name)
        driver = self._around.driver(self.task.driver)
        places = _places(driver, directory)
        try:
            directory.build()
        except OSError as error:
            msg = f"failed to build task directory: {error}"
            raise faults.SetupFault(msg) from error
        base = environment.build(self._allocation, self.task, self._around.node, places, {})
        rendered = await self._unless_killed(
            templates.render_all(
                self.task.templates,
                directory,
                base,
                self._around.variables,
                self.emit,
                has_vault=self.task.has_vault,
            )
        )
        values = environment.build(self._allocation, self.task, self._around.node, places, rendered)
        streams = [self._open_stream(stream) for stream in ("stdout", "stderr")]
        try:
            await self._drive(driver, directory, values, *streams)
        finally:
            for stream in streams:
                stream.close()

    async def _drive(
        self,
        driver: drivers.Driver,
        directory: filesystem.TaskDirectory,
        values: dict[str, str],
        stdout: logs.Rotator,
        stderr: logs.Rotator,
    ) -> None:
        """Start the task by its driver and stay with it to its end."""
        references = environment.config_values(values, self._around.node)
        launch = drivers.Launch(
            allocation=self._allocation,
            group=self._group,
            task=self.task,
            directory=directory,
            environment=values,
            config=interpolation.evaluate_config(dict(self.task.config), references),
            volumes=self._volumes(),
            stdout=stdout,
            stderr=stderr,
            emit=self.emit,
        )
        running = await self._unless_killed(driver.start(launch))
        try:
            self.state = replace(self.state, events=(*self.state.events, task_events.started()))
            self._set_state("running")
            ended = await self._stay(running)
        finally:
            await running.destroy()
        self.emit(task_events.terminated(ended.code, ended.signal, ended.oom_killed, ended.message))
        if self._kill.is_set():
            self.emit(task_events.killed())
        elif self.task.sidecar or not ended.successful:
            # A sidecar is to run as long as the others: its end is a failure however it ended (restarts.go).
            self.emit(task_events.not_restarting())

    async def _stay(self, running: drivers.Running) -> drivers.Exit:
        """Wait for the end of a running task, and hurry it when it is to be killed."""
        ended = asyncio.ensure_future(running.wait())
        kill = asyncio.ensure_future(self._kill.wait())
        try:
            await asyncio.wait((ended, kill), return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                seconds = self._kill_timeout / durations.NANOSECONDS["s"]
                await running.kill(self.task.kill_signal, seconds)
            return await ended
        finally:
            kill.cancel()

    async def _unless_killed(self, step: Awaitable[Result]) -> Result:
        """Do a step, but give it up when the task is to be killed."""
        work = asyncio.ensure_future(step)
        kill = asyncio.ensure_future(self._kill.wait())
        try:
            await asyncio.wait((work, kill), return_when=asyncio.FIRST_COMPLETED)
            if self._kill.is_set():
                work.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    started = await work
                    if hasattr(started, "destroy"):
                        await started.destroy()
                raise _Killed
            return work.result()
        finally:
            kill.cancel()

    def _open_stream(self, stream: str) -> logs.Rotator:
        return logs.Rotator(
            self._directory.logs,
            f"{self.task.name}.{stream}",
            self.task.log_files,
            self.task.log_file_mb * MEBIBYTE,
        )

    def _volumes(self) -> dict[str, str]:
        """Map each volume of the group to its folder on the host."""
        known = self._around.node.host_volumes
        return {name: known[volume.source][0] for name, volume in self._group.volumes.items()}


class Surroundings:
    """What all tasks of the engine share: the node, the drivers, the variables."""

    def __init__(
        self,
        node: Callable[[], records.Node],
        drivers_by_name: dict[str, drivers.Driver],
        variables: templates.Variables,
    ) -> None:
        self._node = node
        self._drivers = drivers_by_name
        self.variables = variables

    @property
    def node(self) -> records.Node:
        """The node as it is now."""
        return self._node()

    async def release(self, allocation_id: str) -> None:
        """Remove what the tasks of an allocation shared."""
        for driver in self._drivers.values():
            await driver.release(allocation_id)

    def driver(self, name: str) -> drivers.Driver:
        """Return a driver; the scheduler has made sure that the node has it."""
        return self._drivers[name]


class _Killed(Exception):
    """The task was killed before it ran."""


def _places(driver: drivers.Driver, directory: filesystem.TaskDirectory) -> environment.Places:
    if driver.in_container:
        return environment.IN_CONTAINER
    return environment.Places(
        alloc=str(directory.shared), local=str(directory.local), secrets=str(directory.secrets)
    )
