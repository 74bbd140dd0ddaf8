"""How the packs' scripts end: not before their log is collected, at once when told to stop, never without an end."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import generator

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
TASK = "work"


def functions() -> str:
    """What all scripts take in first."""
    values = {"build_id": "x", "staging_image": "registry/x:x"}
    job: dict[str, Any] = generator.render_job(generator.find_pack("cleanup"), values=values)
    (task,) = job["TaskGroups"][0]["Tasks"]
    (text,) = [
        each["EmbeddedTmpl"]
        for each in task["Templates"]
        if each["DestPath"] == "local/functions.sh"
    ]
    return str(text)


class Script:
    """A running script, and a log collector as slow as ``lag`` seconds."""

    def __init__(self, shell: str, folder: Path, body: str, lag: float) -> None:
        (folder / "functions.sh").write_text(functions())
        (folder / "data").mkdir()
        (folder / "logs").mkdir()
        script = folder / "script.sh"
        script.write_text(f"set -u\n. {folder}/functions.sh\n{body}\n")
        self._log = folder / "logs" / f"{TASK}.stdout.0"
        self._log.touch()
        self._lag = lag
        self._began = time.monotonic()
        command = ["busybox", "sh"] if shell == "busybox" else [shell]
        self._process = subprocess.Popen(
            [*command, str(script)],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"NOMAD_ALLOC_DIR": str(folder), "NOMAD_TASK_NAME": TASK},
            start_new_session=True,
        )
        self._seen = b""
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._collector = threading.Thread(target=self._collect)
        self._collector.start()

    def _collect(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._seen += line
                self._changed.notify_all()
            if self._over.wait(self._lag):
                continue
            with self._log.open("ab") as log:
                log.write(line)

    def wait_for(self, text: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: text.encode() in self._seen, 20), self._seen

    def tell_to_stop(self) -> None:
        self._began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)

    def wait(self) -> tuple[int, float, str]:
        """The exit code, the seconds since the start or the signal, and what was collected by the end."""
        code = self._process.wait(60)
        seconds = time.monotonic() - self._began
        collected = self._log.read_text()
        self.close()
        return code, seconds, collected

    def close(self) -> None:
        """Leave nothing running."""
        self._over.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._collector.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    @property
    def said(self) -> str:
        """All that was written so far."""
        return self._seen.decode()


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def started(shell: str, tmp_path: Path) -> Iterator[list[Script]]:
    scripts: list[Script] = []
    yield scripts
    for script in scripts:
        script.close()


def start(started: list[Script], shell: str, folder: Path, body: str, lag: float = 0) -> Script:
    script = Script(shell, folder, body, lag)
    started.append(script)
    return script


def last_line(code: int) -> str:
    return f"nomad-build: {TASK} ended with exit code {code}\n"


def test_a_script_ends_at_once_when_its_last_line_is_collected(
    started: list[Script], shell: str, tmp_path: Path
) -> None:
    code, seconds, collected = start(started, shell, tmp_path, "say hello; exit 3").wait()
    assert (code, collected) == (3, f"nomad-build: hello\n{last_line(3)}")
    assert seconds < 3


def test_a_script_stays_for_a_collector_that_is_late(
    started: list[Script], shell: str, tmp_path: Path
) -> None:
    # Later than a second without progress, and with progress longer than three.
    script = start(started, shell, tmp_path, "say one; say two; exit 3", lag=1.8)
    code, _, collected = script.wait()
    assert code == 3
    assert collected.endswith(last_line(3))


def test_a_script_does_not_stay_for_ever_where_nothing_is_collected(
    started: list[Script], shell: str, tmp_path: Path
) -> None:
    code, seconds, collected = start(started, shell, tmp_path, "exit 3", lag=60).wait()
    assert (code, collected) == (3, "")
    assert 3 < seconds < 20


def test_a_script_that_only_waits_for_its_log_keeps_its_status_when_told_to_stop(
    started: list[Script], shell: str, tmp_path: Path
) -> None:
    script = start(started, shell, tmp_path, "exit 3", lag=60)
    script.wait_for(last_line(3))
    script.tell_to_stop()
    code, seconds, _ = script.wait()
    assert code == 3
    assert seconds < 3


def test_what_runs_says_its_last_words_when_the_script_is_told_to_stop(
    started: list[Script], shell: str, tmp_path: Path
) -> None:
    work = """attend sh -c 'trap "echo goodbye; exit 0" TERM; echo begun; while :; do sleep 0.1; done'"""
    script = start(started, shell, tmp_path, f"{work}\nsay never")
    script.wait_for("begun\n")
    script.tell_to_stop()
    code, seconds, collected = script.wait()
    assert (code, collected) == (
        143,
        f"begun\nnomad-build: told to stop\ngoodbye\n{last_line(143)}",
    )
    assert seconds < 4


@pytest.mark.parametrize("attempt", range(20))
def test_what_is_only_being_started_is_told_to_stop(
    started: list[Script], shell: str, tmp_path: Path, attempt: int
) -> None:
    # The signal comes from what was started, which is often quicker than the shell that notes its number.
    work = """
hurry() {
  trap 'echo goodbye; exit 0' TERM
  kill $$
  while :; do sleep 0.1; done
}
attend hurry
"""
    code, _, collected = start(started, shell, tmp_path, work).wait()
    assert (code, collected) == (143, f"nomad-build: told to stop\ngoodbye\n{last_line(143)}")


@pytest.mark.parametrize("command", ["attend", "attend_into /dev/null"])
def test_a_script_ends_in_time_although_neither_its_work_nor_the_collector_hears(
    started: list[Script], shell: str, tmp_path: Path, command: str
) -> None:
    work = "trap '' TERM; touch begun; while :; do sleep 0.1; done"
    (tmp_path / "deaf").write_text(work.replace("begun", str(tmp_path / "begun")))
    script = start(started, shell, tmp_path, f"{command} sh {tmp_path}/deaf; say never", lag=60)
    while not (tmp_path / "begun").exists():
        time.sleep(0.01)
    script.tell_to_stop()
    code, seconds, _ = script.wait()
    assert code == 143
    assert seconds < 4
    assert "never" not in script.said


def test_what_is_attended_gives_its_status_and_its_output(
    started: list[Script], shell: str, tmp_path: Path
) -> None:
    body = f"""
attend sh -c 'echo out; echo err >&2; exit 4' || say "status $?"
attend_into {tmp_path}/file sh -c 'echo out; echo err >&2; exit 5' || say "status $?"
attend_into {tmp_path}/file2 true && say fine
"""
    code, _, collected = start(started, shell, tmp_path, body).wait()
    said = "out\nerr\nnomad-build: status 4\nnomad-build: status 5\nnomad-build: fine\n"
    assert (code, collected) == (0, said + last_line(0))
    assert (tmp_path / "file").read_text() == "out\nerr\n"
