"""Child processes: run to the end, started until ready, found again, stopped."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from server.lab import errors, process

_TRAP = "trap '' TERM; touch ready; while :; do sleep 0.1; done"


def test_a_command_gives_what_it_wrote_to_standard_output() -> None:
    assert process.run("cat", deadline=5, input=b"caf\xc3\xa9\n") == "café\n"


def test_a_failed_command_is_named_with_its_exit_code_and_last_words() -> None:
    with pytest.raises(errors.CommandFailed) as caught:
        process.run("sh", "-c", "echo what went wrong >&2; exit 7", deadline=5)

    assert "exit code 7: what went wrong" in str(caught.value)


def test_a_missing_program_is_an_error_that_names_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(errors.ProgramMissing, match=r"docker is not installed.*docker\.io"):
        process.run("docker", "info", deadline=5)


def test_daemons_are_found_also_where_a_users_path_does_not_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")

    assert process.require("chroot") == "/usr/sbin/chroot"
    assert process.run("sh", "-c", "command -v chroot", deadline=5) == "/usr/sbin/chroot\n"


def test_a_command_that_takes_too_long_is_ended() -> None:
    begun = time.monotonic()

    with pytest.raises(errors.NotReady, match="took more than"):
        process.run("sleep", "30", deadline=0.2)

    assert time.monotonic() - begun < 10


def test_a_started_process_is_ready_when_start_returns_and_gone_after_stop(tmp_path: Path) -> None:
    mark = tmp_path / "ready"
    command = ["sh", "-c", f"echo hello; touch {mark}; exec sleep 60"]

    started = process.start("part", command, folder=tmp_path, ready=mark.exists, deadline=10)

    assert mark.exists()
    assert started.alive()
    assert started.log_tail() == "hello"
    started.stop()
    assert not started.alive()
    assert process.find("part", tmp_path) is None


def test_a_process_that_ends_before_it_is_ready_is_reported_with_the_end_of_its_log(
    tmp_path: Path,
) -> None:
    command = ["sh", "-c", "echo no such volume; exit 1"]

    with pytest.raises(errors.NotReady) as caught:
        process.start("part", command, folder=tmp_path, ready=lambda: False, deadline=30)

    assert "the process ended" in str(caught.value)
    assert "no such volume" in str(caught.value)


def test_a_process_that_never_gets_ready_is_stopped_at_the_deadline(tmp_path: Path) -> None:
    with pytest.raises(errors.NotReady, match="not within 0 s"):
        process.start("part", ["sleep", "60"], folder=tmp_path, ready=lambda: False, deadline=0.3)

    assert not (tmp_path / "part.pid").exists()


def test_a_process_that_ignores_the_polite_signal_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    started = process.start(
        "deaf", ["sh", "-c", _TRAP], folder=tmp_path, ready=(tmp_path / "ready").exists, deadline=10
    )

    started.stop(deadline=0.3)

    assert not started.alive()


def test_a_later_run_finds_the_process_by_its_folder(tmp_path: Path) -> None:
    started = process.start(
        "part", ["sleep", "60"], folder=tmp_path, ready=lambda: True, deadline=5
    )

    found = process.find("part", tmp_path)

    assert found is not None
    assert (found.pid, found.adopted, started.adopted) == (started.pid, True, False)
    found.stop()
    assert not started.alive()


def test_a_stranger_with_a_reused_number_is_never_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "part.pid").write_text(json.dumps({"pid": os.getpid(), "started": 1}))

    assert process.find("part", tmp_path) is None


@pytest.mark.parametrize("content", ["", "no JSON", "{}", '{"pid": "x", "started": 1}', "[]"])
def test_a_broken_pid_file_means_that_nothing_was_left_running(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "part.pid").write_text(content)

    assert process.find("part", tmp_path) is None


def test_a_process_that_died_is_not_alive(tmp_path: Path) -> None:
    started = process.start(
        "part", ["sleep", "60"], folder=tmp_path, ready=lambda: True, deadline=5
    )
    os.kill(started.pid, signal.SIGKILL)

    process.wait_until(lambda: not started.alive(), deadline=5, waiting_for="its end")

    assert process.find("part", tmp_path) is None
