from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from generator import diskcache

KEY = ("name", "text", ("[[", "]]"))


def cache_in(folder: Path) -> diskcache.DiskCache:
    return diskcache.DiskCache(str(folder), "v1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not there yet: the first value that is kept makes it."""
    return tmp_path / "caches" / "packgen"


def test_a_value_is_found_by_another_process_under_its_key_alone(folder: Path) -> None:
    assert cache_in(folder).read(KEY) is None
    cache_in(folder).write(KEY, (1, "a", None))

    assert cache_in(folder).read(KEY) == (1, "a", None)
    assert cache_in(folder).read((*KEY, "more")) is None


def test_what_another_version_kept_is_not_found(folder: Path) -> None:
    cache_in(folder).write(KEY, 1)
    assert diskcache.DiskCache(str(folder), "v2").read(KEY) is None


def test_folder_and_files_are_the_users_alone(folder: Path) -> None:
    cache_in(folder).write(KEY, 1)
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(folder: Path, mode: int) -> None:
    cache_in(folder).write(KEY, 1)
    folder.chmod(mode)
    assert cache_in(folder).read(KEY) is None
    cache_in(folder).write(("other",), 2)
    assert len(list(folder.iterdir())) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("mode", [0o644, 0o664, 0o700])
def test_a_file_that_was_not_written_as_here_is_not_used(folder: Path, mode: int) -> None:
    """A cache folder in a checkout may come with files, and these with code."""
    cache_in(folder).write(KEY, 1)
    (file,) = folder.iterdir()
    file.chmod(mode)
    assert cache_in(folder).read(KEY) is None

    cache_in(folder).write(KEY, 2)
    assert cache_in(folder).read(KEY) == 2


def test_a_folder_of_somebody_else_is_not_used_nor_is_one_made_in_it(folder: Path) -> None:
    cache_in(folder).write(KEY, 1)
    os.chown(folder, 12345, 12345)
    assert cache_in(folder).read(KEY) is None
    cache_in(folder / "inner").write(KEY, 1)
    assert not (folder / "inner").exists()


def test_a_link_is_not_followed_to_a_folder(folder: Path, tmp_path: Path) -> None:
    cache_in(folder).write(KEY, 1)
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert cache_in(link).read(KEY) is None


@pytest.mark.parametrize("damage", [b"", b"\0\0\0\0", b"\1\2\3", b"x" * 1000])
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(folder: Path, damage: bytes) -> None:
    cache_in(folder).write(KEY, 1)
    (file,) = folder.iterdir()
    file.write_bytes(damage)
    assert cache_in(folder).read(KEY) is None
    cache_in(folder).write(KEY, 1)
    assert cache_in(folder).read(KEY) == 1


def test_one_changed_byte_is_noticed(folder: Path) -> None:
    cache_in(folder).write(KEY, "value")
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for index in range(len(whole)):
        file.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
        assert cache_in(folder).read(KEY) is None


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    for place in (file, file / "inner", tmp_path / "a" / "b" / "c"):
        cache_in(place).write(KEY, 1)
        assert cache_in(place).read(KEY) is None


def test_writers_at_the_same_time_leave_whole_files_and_no_others(folder: Path) -> None:
    def work() -> None:
        for number in range(20):
            cache_in(folder).write(("k", number), "x" * 10_000)
            assert cache_in(folder).read(("k", number)) == "x" * 10_000

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(folder.iterdir())) == 20


def test_the_older_half_is_dropped_when_there_are_too_many(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diskcache, "MAX_FILES", 10)
    cache = cache_in(folder)
    for number in range(11):
        cache.write(("k", number), number)
        for index, file in enumerate(
            sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime_ns)
        ):
            os.utime(file, ns=(index, index))
    kept = [number for number in range(11) if cache_in(folder).read(("k", number)) is not None]
    assert kept[-1] == 10
    assert 5 <= len(kept) <= 6
