"""Rotated log files: what is written, what is left, what is read from an offset."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from server.embedded import logs

FILE_BYTES = 10


def write(folder: Path, chunks: list[bytes], files: int) -> None:
    rotator = logs.Rotator(folder, "t.stdout", files, FILE_BYTES)
    for chunk in chunks:
        rotator.write(chunk)
    rotator.close()


def read(folder: Path, offset: int, origin: Literal["start", "end"] = "start") -> bytes:
    async def collect() -> bytes:
        frames = logs.read(
            folder, "t.stdout", offset=offset, origin=origin, follow=False, closed=lambda: False
        )
        return b"".join([frame.data async for frame in frames if frame is not None])

    return asyncio.run(collect())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=35), max_size=6),
    st.integers(min_value=1, max_value=4),
    st.integers(min_value=0, max_value=60),
)
def test_the_newest_output_is_kept_and_read_from_any_offset(
    chunks: list[bytes], files: int, offset: int
) -> None:
    whole = b"".join(chunks)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, chunks, files)
        left = logs.existing(folder, "t.stdout")
        assert len(left) <= files
        kept = b"".join(path.read_bytes() for _, path in left)
        assert whole.endswith(kept)
        assert all(path.stat().st_size <= FILE_BYTES for _, path in left)
        assert read(folder, offset) == kept[offset:]
        expected = kept[-offset:] if offset else left[-1][1].read_bytes()
        assert read(folder, offset, "end") == expected


def test_nothing_is_read_where_nothing_was_written(tmp_path: Path) -> None:
    assert read(tmp_path, 0) == b""


def test_frames_name_the_file_and_where_to_go_on(tmp_path: Path) -> None:
    write(tmp_path, [b"0123456789abc"], 3)

    async def collect() -> list[logs.Frame | None]:
        return [
            frame
            async for frame in logs.read(
                tmp_path,
                "t.stdout",
                offset=8,
                origin="start",
                follow=False,
                closed=lambda: False,
            )
        ]

    assert asyncio.run(collect()) == [
        logs.Frame(file="alloc/logs/t.stdout.0", offset=10, data=b"89"),
        logs.Frame(file="alloc/logs/t.stdout.1", offset=3, data=b"abc"),
    ]


def test_a_follower_ends_when_the_engine_does(tmp_path: Path) -> None:
    write(tmp_path, [b"x"], 1)

    async def collect() -> bytes:
        frames = logs.read(
            tmp_path, "t.stdout", offset=0, origin="start", follow=True, closed=lambda: True
        )
        return b"".join([frame.data async for frame in frames if frame is not None])

    assert asyncio.run(collect()) == b"x"
