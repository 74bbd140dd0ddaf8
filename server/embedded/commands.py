"""Running commands of the container engine: to the end, or streaming their output."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command answered."""

    code: int
    text: str
    error: str

    @property
    def error_line(self) -> str:
        """The line that says what went wrong: the daemon's, else the first."""
        lines = [line for line in self.error.splitlines() if line.strip()]
        for line in lines:
            _, found, rest = line.partition("Error response from daemon: ")
            if found:
                return f"{found}{rest}"
        return lines[0] if lines else f"exit code {self.code}"


async def run(*arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
    """Run a command; it is killed when the caller is cancelled."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        out, error = await process.communicate()
    except asyncio.CancelledError:
        await _end(process)
        raise
    code = process.returncode if process.returncode is not None else -1
    return Answer(code, out.decode("utf-8", "replace"), error.decode("utf-8", "replace"))


async def stream(
    arguments: Sequence[str], stdout: Callable[[bytes], None], stderr: Callable[[bytes], None]
) -> None:
    """Run a command and hand on its output as it comes, until it ends."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        await asyncio.gather(_pump(process.stdout, stdout), _pump(process.stderr, stderr))
        await process.wait()
    except asyncio.CancelledError:
        await _end(process)
        raise


async def _pump(reader: asyncio.StreamReader | None, write: Callable[[bytes], None]) -> None:
    if reader is None:
        return
    while chunk := await reader.read(CHUNK_BYTES):
        write(chunk)


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
