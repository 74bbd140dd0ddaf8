"""The snapshots in a pack: ``snapshots/CASE/FILE``, read, written and removed.

A file is written beside its place and then moved there, so that no half of one is ever seen. Hidden
files, and files that lie in ``snapshots/`` itself, are the author's own and stay as they are. A
stranger's pack shows, overwrites and removes nothing else: links to files lead no farther than those
of packs do, and no folder here is a link.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from generator import packfolder, reading
from generator.errors import PackError
from generator.golang import quoting

FOLDER = packfolder.SNAPSHOTS


def names(pack: Path) -> list[str]:
    """The cases that have a snapshot."""
    folder = pack / FOLDER
    if not folder.is_dir():
        return []
    _refuse_link(folder)
    return sorted(
        path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
    )


def read(pack: Path, case: str, rendered: Collection[str] = ()) -> dict[str, str] | None:
    """The texts of a case's snapshot by their names, None if there is no snapshot.

    Hidden files count only where one of that name is ``rendered``: others are an editor's, a file
    manager's, or those of another update at the same time. Bytes that are no UTF-8 become
    characters that no rendered text has.
    """
    folder = pack / FOLDER / case
    if not folder.is_dir():
        return None
    _refuse_link(folder)
    limit = packfolder.limit_of(pack)
    texts = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _is_hidden(name) and name not in rendered:
            continue
        packfolder.check_below(path, limit)
        if path.is_dir():
            _refuse_link(path)
        elif path.is_file():
            texts[name] = reading.read_bytes(path).decode(errors="surrogateescape")
    return texts


def _refuse_link(folder: Path) -> None:
    """Refuse a link to a folder: what lies there is no snapshot, and an update would remove it."""
    if folder.is_symlink():
        msg = f"{folder}: a link is where a folder with snapshots should be"
        raise PackError(msg, hint="put a folder there: snapshots are written and removed in it")


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def write(pack: Path, case: str, texts: Mapping[str, str]) -> None:
    """Make the case's snapshot these texts; what has not changed is not touched."""
    folder = pack / FOLDER / case
    before = read(pack, case, texts.keys()) or {}
    with _told(folder):
        for name in before.keys() - texts.keys():
            (folder / name).unlink(missing_ok=True)
            _remove_empty((folder / name).parent, folder)
        for name, text in texts.items():
            if before.get(name) != text:
                _replace(folder / name, quoting.encode(text))


def remove(pack: Path, case: str) -> None:
    """Remove the snapshot of a case that is no more."""
    folder = pack / FOLDER / case
    with _told(folder):
        if folder.is_symlink():
            folder.unlink(missing_ok=True)
        while folder.is_dir():  # or another update at the same time was faster, if only with a file
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(folder)
        _remove_empty(folder.parent, folder.parent)


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"{error.filename or folder}: {error.strerror}"
        raise PackError(msg) from error


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _remove_empty(folder: Path, top: Path) -> None:
    """Remove a folder and those above it, up to and with ``top``, as far as they are empty."""
    with contextlib.suppress(OSError):
        while folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent
