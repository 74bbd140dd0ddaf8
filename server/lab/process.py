"""Child processes of the lab: run one to its end, or start one and wait until it is ready.

A started process writes to a log file and is remembered in a pid file together with its start time, so that a later
run finds it again and never takes a stranger with a reused number for its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from server.lab import errors

_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25

# Names a package where Debian calls it differently from the program.
_PACKAGES = {
    "docker": "docker.io",
    "dockerd": "docker.io",
    "nomad": "nomad (from HashiCorp)",
}


def require(program: str) -> str:
    """The path of a program, or an error that says which package has it."""
    path = shutil.which(program, path=_with_daemons(os.environ)["PATH"])
    if path is None:
        package = _PACKAGES.get(program, program)
        msg = f"{program} is not installed: run `sudo .ci/install`, or install {package}"
        raise errors.ProgramMissing(msg)
    return path


def run(
    *command: str,
    deadline: float,
    environment: Mapping[str, str] | None = None,
    input: bytes | None = None,
) -> str:
    """Run a program to its end and give what it wrote to standard output."""
    path = require(command[0])
    try:
        done = subprocess.run(
            (path, *command[1:]),
            check=False,
            capture_output=True,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            env=_with_daemons(os.environ if environment is None else environment),
            timeout=deadline,
        )
    except subprocess.TimeoutExpired as slow:
        msg = f"`{' '.join(command[:3])} …` took more than {deadline:.0f} s"
        raise errors.NotReady(msg) from slow
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip() or "nothing on standard error"
        msg = f"`{' '.join(command)}` ended with exit code {done.returncode}: {_last_lines(said)}"
        raise errors.CommandFailed(msg)
    return done.stdout.decode(errors="replace")


def wait_until(
    condition: Callable[[], bool],
    *,
    deadline: float,
    waiting_for: str,
    alive: Callable[[], bool] = lambda: True,
    explain: Callable[[], str] = lambda: "",
) -> None:
    """Ask again and again, at growing intervals, until the condition holds; end early when nothing is alive."""
    end = time.monotonic() + deadline
    pause = _FIRST_PAUSE
    while not condition():
        if not alive():
            msg = f"{waiting_for}: the process ended{_because(explain)}"
            raise errors.NotReady(msg)
        if time.monotonic() > end:
            msg = f"{waiting_for}: not within {deadline:.0f} s{_because(explain)}"
            raise errors.NotReady(msg)
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that runs in the background, with its log; ``adopted`` if an earlier run started it."""

    name: str
    pid: int
    started: int
    log: Path
    pid_file: Path
    adopted: bool = False

    def alive(self) -> bool:
        """Whether this very process still runs (and not another one with its number)."""
        _reap(self.pid)
        return _start_time(self.pid) == self.started

    def stop(self, deadline: float = 15.0) -> None:
        """Ask the process to end; kill it when it has not at the deadline."""
        if self.alive():
            descriptor = os.pidfd_open(self.pid)
            try:
                signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                if not _ended(descriptor, deadline):
                    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                    _ended(descriptor, deadline)
            except ProcessLookupError:
                pass  # It ended between the question and the signal.
            finally:
                os.close(descriptor)
            _reap(self.pid)
        self.pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the process at once, giving it no chance to put anything in order."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            wait_until(
                lambda: not self.alive(), deadline=15.0, waiting_for=f"{self.name} to be gone"
            )
        self.pid_file.unlink(missing_ok=True)

    def log_tail(self, lines: int = 15) -> str:
        """The last lines that the process wrote."""
        if not self.log.exists():
            return ""
        return _last_lines(self.log.read_text(errors="replace"), lines)


def start(
    name: str,
    command: Sequence[str],
    *,
    folder: Path,
    ready: Callable[[], bool],
    deadline: float,
    environment: Mapping[str, str] | None = None,
) -> Process:
    """Start a program in a session of its own and wait until it is ready.

    ``folder`` takes ``<name>.log`` and ``<name>.pid``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    log.write_bytes(b"")
    pid = os.posix_spawn(
        require(command[0]),
        list(command),
        _with_daemons(os.environ if environment is None else environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_APPEND, 0),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,  # An interrupt typed at the terminal is for us: we stop the parts in order.
    )
    process = Process(
        name=name,
        pid=pid,
        started=_start_time(pid) or 0,
        log=log,
        pid_file=folder / f"{name}.pid",
    )
    process.pid_file.write_text(json.dumps({"pid": pid, "started": process.started}))
    try:
        wait_until(
            ready,
            deadline=deadline,
            waiting_for=f"waiting for {name}",
            alive=process.alive,
            explain=lambda: f"its log ({log}) ends with:\n{process.log_tail()}",
        )
    except BaseException:
        process.stop()
        raise
    return process


def find(name: str, folder: Path) -> Process | None:
    """The process of that name that an earlier run left running in ``folder``, if there is one."""
    pid_file = folder / f"{name}.pid"
    try:
        noted = json.loads(pid_file.read_text())
        process = Process(
            name=name,
            pid=int(noted["pid"]),
            started=int(noted["started"]),
            log=folder / f"{name}.log",
            pid_file=pid_file,
            adopted=True,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return process if process.alive() else None


def _with_daemons(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with Debian's folders of daemons on PATH, which a plain user's may not have."""
    path = environment.get("PATH", os.defpath)
    return {**environment, "PATH": f"{path}:/usr/sbin:/sbin"}


def _start_time(pid: int) -> int | None:
    """Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), or None when the process is gone or only a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in {"Z", "X"} else int(fields[19])


def _reap(pid: int) -> None:
    """Take the exit status of our own child, so that it does not stay as a zombie."""
    with contextlib.suppress(ChildProcessError):  # Not our child when an earlier run started it.
        os.waitpid(pid, os.WNOHANG)


def _ended(descriptor: int, deadline: float) -> bool:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    return bool(poller.poll(deadline * 1000))


def _last_lines(text: str, count: int = 15) -> str:
    return "\n".join(text.splitlines()[-count:])


def _because(explain: Callable[[], str]) -> str:
    reason = explain()
    return f"; {reason}" if reason else ""
