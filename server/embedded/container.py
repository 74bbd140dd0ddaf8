"""One container: started with its output attached, waited for, killed, removed.

The output comes from the attached command, not from a log of the container engine: nothing is lost that
way, neither the last line without its end nor what a rotated log would have dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from typing import Any

from server.embedded import commands, drivers, faults

LOG = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"""So often a start is looked for, should its event get lost."""
NEVER = "0001-01-01T00:00:00Z"


class Container:
    """A container that was created."""

    def __init__(self, cli: str, container_id: str, launch: drivers.Launch) -> None:
        self._cli = cli
        self._id = container_id
        self._stderr = _HeldBack(launch.stderr.write)
        self._stdout = launch.stdout.write
        self._attached: asyncio.Task[None] | None = None

    async def start(self, told: asyncio.Event) -> None:
        """Start the container and return when it runs, or has run; DriverFault if it cannot."""
        arguments = (self._cli, "start", "--attach", self._id)
        attached = asyncio.create_task(commands.stream(arguments, self._stdout, self._stderr.write))
        self._attached = attached
        event = asyncio.create_task(told.wait())
        try:
            while not told.is_set():
                await asyncio.wait(
                    (attached, event), timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if told.is_set() or _has_started(await self._look()):
                    break
                if attached.done():
                    answer = commands.Answer(1, "", self._stderr.text)
                    msg = f"Failed to start container {self._id}: {answer.error_line}"
                    raise faults.DriverFault(msg)
        except BaseException:
            await self._detach()
            raise
        finally:
            event.cancel()
        self._stderr.release()

    async def wait(self) -> drivers.Exit:
        """Wait for the end, all output included."""
        if self._attached is not None:
            await asyncio.wait((self._attached,))
        state = await self._look()
        if state.get("Running"):
            LOG.warning("the output of container %s broke off", self._id)
            await commands.run(self._cli, "wait", self._id)
            state = await self._look()
        if not state:
            return drivers.Exit(code=1, message="the container is gone")
        code = int(state["ExitCode"])
        killed = bool(state.get("OOMKilled"))
        message = f"Docker container exited with non-zero exit code: {code}" if code else ""
        return drivers.Exit(
            code=code, oom_killed=killed, message="OOM Killed" if killed else message
        )

    async def kill(self, signal: str, timeout_seconds: float) -> None:
        """Stop the container as handle.go Kill: with its own stop signal, or the task's."""
        if not signal:
            seconds = str(int(timeout_seconds))
            await commands.run(self._cli, "stop", "--time", seconds, self._id)
            return
        await commands.run(self._cli, "kill", "--signal", signal, self._id)
        waiting = asyncio.create_task(commands.run(self._cli, "wait", self._id))
        done, _ = await asyncio.wait((waiting,), timeout=timeout_seconds)
        if not done:
            await commands.run(self._cli, "kill", self._id)
            await waiting

    async def destroy(self) -> None:
        """Remove the container and its anonymous volumes."""
        await commands.run(self._cli, "rm", "--force", "--volumes", self._id)
        await self._detach()

    async def _look(self) -> dict[str, Any]:
        """Return the container's state, or nothing when it is gone."""
        found = await commands.run(
            self._cli, "inspect", "--type=container", "--format={{json .State}}", self._id
        )
        state: dict[str, Any] = json.loads(found.text) if found.code == 0 else {}
        return state

    async def _detach(self) -> None:
        if self._attached is not None:
            self._attached.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._attached


class _HeldBack:
    """Keeps what is written until it is known to be the task's, and no error of the start."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._held = b""
        self._released = False

    @property
    def text(self) -> str:
        """What is held back."""
        return self._held.decode("utf-8", "replace")

    def write(self, data: bytes) -> None:
        """Take some output."""
        if self._released:
            self._write(data)
        else:
            self._held += data

    def release(self) -> None:
        """Hand on what was held back, and all that comes."""
        self._released = True
        if self._held:
            self._write(self._held)


def _has_started(state: dict[str, Any]) -> bool:
    """Tell whether a container has ever run; podman writes the same times in another form."""
    started = str(state.get("StartedAt", NEVER))
    return not started.startswith(NEVER[:10]) and not state.get("Error")
