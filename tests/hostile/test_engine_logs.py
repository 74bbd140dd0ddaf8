"""What a task puts in the place of a log leads the engine nowhere: it shares the folder with all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from server.embedded import logs

TRAPS: dict[str, Callable[[Path, Path], object]] = {
    "link": lambda log, elsewhere: log.symlink_to(elsewhere),
    "link to nothing": lambda log, elsewhere: log.symlink_to(elsewhere.with_name("absent")),
    "pipe": lambda log, _: os.mkfifo(log),
    "folder": lambda log, _: (log / "x").mkdir(parents=True),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the logs, beside a file of the host."""
    (tmp_path / "host").write_bytes(b"of the host")
    made = tmp_path / "logs"
    made.mkdir()
    return made


def read(folder: Path) -> bytes:
    async def collect() -> bytes:
        found = b""
        with anyio.fail_after(10):
            async for frame in logs.read(
                folder, "t.stdout", offset=0, origin="start", follow=False, closed=lambda: True
            ):
                found += frame.data if frame else b""
        return found

    return anyio.run(collect)


@pytest.mark.parametrize("trap", TRAPS)
def test_a_task_s_output_goes_into_no_other_file(trap: str, folder: Path) -> None:
    TRAPS[trap](folder / "t.stdout.0", folder.parent / "host")
    log = logs.Rotator(folder, "t.stdout", files=3, file_bytes=4)
    TRAPS[trap](folder / "t.stdout.1", folder.parent / "host")
    log.write(b"12345678")
    log.close()

    assert read(folder) == b"12345678"
    assert (folder.parent / "host").read_bytes() == b"of the host"
    assert not (folder.parent / "absent").exists()


@pytest.mark.parametrize("trap", TRAPS)
def test_nothing_but_a_log_is_read_as_one(trap: str, folder: Path) -> None:
    (folder / "t.stdout.0").write_bytes(b"1234")
    TRAPS[trap](folder / "t.stdout.1", folder.parent / "host")

    assert read(folder) == b"1234"
