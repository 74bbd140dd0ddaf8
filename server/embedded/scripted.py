"""Scripted tasks: what a task does is written down, and nothing is really run.

Nomad's own ``mock_driver`` with its config keys, so that the same job runs on a dev agent; and a
``Script``, with which a test says what the docker tasks of certain jobs do.
"""

from __future__ import annotations

import asyncio
import fnmatch
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from server.embedded import drivers, durations, faults, records

_KEYS: dict[str, type] = {
    "run_for": str,
    "exit_code": int,
    "exit_signal": int,
    "exit_err_msg": str,
    "stdout_string": str,
    "stdout_repeat": int,
    "stdout_repeat_duration": str,
    "stderr_string": str,
    "stderr_repeat": int,
    "stderr_repeat_duration": str,
    "start_error": str,
    "start_error_recoverable": bool,
    "start_block_for": str,
    "kill_after": str,
}
_TYPE_NAMES = {str: "string", int: "number", bool: "bool"}


class Gate:
    """Holds scripted tasks until a test opens it; may be opened from any thread, once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def open(self) -> None:
        """Let the tasks end."""
        with self._lock:
            self._open = True
            waiting, self._waiting = self._waiting, []
        for loop, event in waiting:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Wait until the gate is open."""
        event = asyncio.Event()
        with self._lock:
            if self._open:
                return
            self._waiting.append((asyncio.get_running_loop(), event))
        await event.wait()


class Voice:
    """Has a scripted task say what a test wants, when it wants it; may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: list[tuple[str, bytes]] = []
        self._speaker: tuple[asyncio.AbstractEventLoop, drivers.Launch] | None = None

    def say(self, words: bytes, stream: Literal["stdout", "stderr"] = "stdout") -> None:
        """Write into a stream of the task; returns when it is written, or at once if the task has not started."""
        with self._lock:
            self._words.append((stream, words))
            speaker = self._speaker
        if speaker is not None:
            loop, launch = speaker
            asyncio.run_coroutine_threadsafe(self._speak(launch), loop).result()

    async def attach(self, launch: drivers.Launch) -> None:
        """Become the voice of a task that starts."""
        with self._lock:
            self._speaker = (asyncio.get_running_loop(), launch)
        await self._speak(launch)

    async def _speak(self, launch: drivers.Launch) -> None:
        with self._lock:
            words, self._words = self._words, []
        for stream, text in words:
            (launch.stdout if stream == "stdout" else launch.stderr).write(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scripted task does.

    ``files`` are written when it starts, their names relative to the task's directory (``local/x``) or,
    beginning with ``alloc/``, to the shared one. It runs for ``seconds`` and until ``gate`` is open;
    ``kill_seconds`` is how long it ignores being killed. What its ``voice`` is given is said meanwhile. A byte of
    ``stdout`` that is none of UTF-8 is written as a surrogate, as Python does (``surrogateescape``). What is said again
    is ``numbered`` by what stands in place of ``{number}``, from 0.
    """

    seconds: float = 0.0
    gate: Gate | None = None
    voice: Voice | None = None
    exit_code: int = 0
    signal: int = 0
    oom_killed: bool = False
    message: str = ""
    stdout: str = ""
    stderr: str = ""
    repeat: int = 0
    repeat_seconds: float = 0.0
    numbered: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    start_error: str = ""
    start_seconds: float = 0.0
    kill_seconds: float = 0.0


Answer = Outcome | Callable[[drivers.Launch], Outcome]


class Script:
    """Rules of what docker tasks do: a pattern of job ids, a task's name -> an outcome.

    The rule added last wins. A rule may be a function of the launch, to look at the task's environment,
    config or rendered files.
    """

    def __init__(self, rules: Mapping[tuple[str, str], Answer] | None = None) -> None:
        self._rules = dict(rules or {})

    def set(self, jobs: str, task: str, answer: Answer) -> None:
        """Add a rule; both names may be patterns such as ``build-*`` and ``*``."""
        self._rules.pop((jobs, task), None)
        self._rules[(jobs, task)] = answer

    def find(self, launch: drivers.Launch) -> Outcome | None:
        """Return what a task does, or None when no rule speaks of it."""
        for (jobs, task), answer in reversed(self._rules.items()):
            if fnmatch.fnmatchcase(launch.allocation.job.id, jobs) and fnmatch.fnmatchcase(
                launch.task.name, task
            ):
                return answer if isinstance(answer, Outcome) else answer(launch)
        return None


class MockDriver:
    """Nomad's mock_driver."""

    in_container = False
    attributes: Mapping[str, str] = MappingProxyType({})

    async def start(self, launch: drivers.Launch) -> drivers.Running:
        """Start a task that does what its config says."""
        return await perform(_read_config(launch.config), launch)

    async def release(self, allocation_id: str) -> None:
        """Nothing is shared by tasks that only say what they do."""


class ScriptedDriver:
    """A driver some of whose tasks are scripted; the others go to the real driver."""

    def __init__(self, script: Script, real: drivers.Driver) -> None:
        self._script = script
        self._real = real
        self.in_container = real.in_container
        self.attributes = real.attributes

    async def start(self, launch: drivers.Launch) -> drivers.Running:
        """Perform the script, or start the task."""
        outcome = self._script.find(launch)
        if outcome is None:
            return await self._real.start(launch)
        return await perform(outcome, launch)

    async def release(self, allocation_id: str) -> None:
        """Remove what the tasks shared that were really run."""
        await self._real.release(allocation_id)


async def perform(outcome: Outcome, launch: drivers.Launch) -> drivers.Running:
    """Start a scripted task."""
    if outcome.start_seconds:
        await asyncio.sleep(outcome.start_seconds)
    if outcome.start_error:
        raise faults.DriverFault(outcome.start_error)
    for name, content in outcome.files.items():
        root = launch.directory.shared.parent if name.startswith("alloc/") else None
        path = (root or launch.directory.root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content)
    return _Performance(outcome, launch)


class _Performance:
    """A scripted task while it runs."""

    def __init__(self, outcome: Outcome, launch: drivers.Launch) -> None:
        self._outcome = outcome
        self._launch = launch
        self._killed = asyncio.Event()

    async def wait(self) -> drivers.Exit:
        """Write the output, then wait for the time, the gate or the kill."""
        outcome = self._outcome
        play = asyncio.ensure_future(self._play())
        kill = asyncio.ensure_future(self._killed.wait())
        await asyncio.wait((play, kill), return_when=asyncio.FIRST_COMPLETED)
        killed = not play.done()
        for future in (play, kill):
            future.cancel()
        if killed:
            return drivers.Exit()
        return drivers.Exit(
            code=outcome.exit_code,
            signal=outcome.signal,
            oom_killed=outcome.oom_killed,
            message=outcome.message,
        )

    async def kill(self, signal: str, timeout_seconds: float) -> None:
        """End the task, late if it is scripted to resist, but never later than the timeout."""
        del signal
        await asyncio.sleep(min(self._outcome.kill_seconds, timeout_seconds))
        self._killed.set()

    async def destroy(self) -> None:
        """Nothing is left of a scripted task."""

    async def _play(self) -> None:
        outcome = self._outcome
        self._say(0)
        if outcome.voice is not None:
            await outcome.voice.attach(self._launch)
        for number in range(1, outcome.repeat + 1):
            await asyncio.sleep(outcome.repeat_seconds)
            self._say(number)
        await asyncio.sleep(outcome.seconds)
        if outcome.gate is not None:
            await outcome.gate.wait()

    def _say(self, number: int) -> None:
        out, err = self._outcome.stdout, self._outcome.stderr
        if self._outcome.numbered:
            out, err = (text.replace("{number}", str(number)) for text in (out, err))
        self._launch.stdout.write(out.encode("utf-8", "surrogateescape"))
        self._launch.stderr.write(err.encode())


def _read_config(config: Mapping[str, records.Json]) -> Outcome:
    """Read a mock_driver config."""
    problems = []
    for key, value in config.items():
        wanted = _KEYS.get(key)
        if wanted is None:
            problems.append(f'Invalid label: No argument or block type is named "{key}".')
        elif not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            problems.append(
                "Incorrect attribute value type: Inappropriate value for attribute "
                f'"{key}": {_TYPE_NAMES[wanted]} required.'
            )
    if problems:
        raise faults.ConfigFault(problems)
    return Outcome(
        seconds=_seconds(config, "run_for"),
        exit_code=config.get("exit_code", 0),
        signal=config.get("exit_signal", 0),
        message=config.get("exit_err_msg", ""),
        stdout=config.get("stdout_string", ""),
        stderr=config.get("stderr_string", ""),
        repeat=config.get("stdout_repeat", 0),
        repeat_seconds=_seconds(config, "stdout_repeat_duration"),
        start_error=config.get("start_error", ""),
        start_seconds=_seconds(config, "start_block_for"),
        kill_seconds=_seconds(config, "kill_after"),
    )


def _seconds(config: Mapping[str, records.Json], key: str) -> float:
    text = config.get(key)
    if not text:
        return 0.0
    try:
        return durations.parse_go(text) / durations.NANOSECONDS["s"]
    except ValueError as error:
        problem = f"{key} {text} not a valid duration: {error}"
        raise faults.DriverFault(problem) from error
