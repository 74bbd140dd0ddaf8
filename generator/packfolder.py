"""The files of a pack's folder, and how far its links may lead.

Links are followed as in nomad-pack's walk (internal/pkg/loader/walk.go), but not to anywhere: a
pack from a stranger, as in a pull request that a CI renders, must not print ``/etc/passwd`` or the
token in ``.git/config`` by a link to it. Links reach as far as packs share files with each other:

- to all of the Git work tree that the pack lies in, but for ``.git`` itself;
- without a work tree, to all of the folder that the pack's folder lies in;
- from a pack in the root of the file system, nowhere but to itself.

So do the folders of dependencies. ``--allow-impure`` lifts all of this.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from generator.errors import PackError

GIT = ".git"

# What a pack's cases render, kept in its folder: of no use to a template, and many files.
SNAPSHOTS = "snapshots"


def files(folder: Path, limit: Path | None) -> Iterator[tuple[str, Path]]:
    """All files below a folder, links followed up to the limit, by name, with slashes.

    None as limit is none. The folder ``.git`` is left out, and the pack's snapshots are.
    """
    return _walk(str(folder), "", frozenset(), limit)


def limit_of(folder: Path) -> Path:
    """The folder that the pack's links must not lead out of."""
    real = _real(folder)
    for above in (real, *real.parents):
        if os.path.lexists(above / GIT):
            return above
    return real if real.parent == real.parent.parent else real.parent


def check_below(path: str | os.PathLike[str], limit: Path | None) -> None:
    """Refuse a file or folder that lies beyond the limit, links followed."""
    if limit is None:
        return
    real = _real(path)
    if not real.is_relative_to(limit) or GIT in real.relative_to(limit).parts:
        msg = f"{path}: leads out of {limit}, to {real}"
        hint = (
            "a pack reads what lies in its Git work tree, or else beside its folder;"
            " --allow-impure lifts that"
        )
        raise PackError(msg, hint=hint)


def _real(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))


def _walk(
    folder: str, prefix: str, above: frozenset[str], limit: Path | None
) -> Iterator[tuple[str, Path]]:
    real = os.path.realpath(folder)
    if real in above:
        msg = f"{folder}: a link leads back to a folder above it"
        raise PackError(msg)
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        msg = f"failed to read {folder}: {error.strerror}"
        raise PackError(msg) from error
    for entry in ordered:
        if entry.is_symlink():
            check_below(entry.path, limit)
        match _kind(entry):
            case stat.S_IFREG:
                yield prefix + entry.name, Path(entry.path)
            case stat.S_IFDIR if entry.name == GIT or (entry.name == SNAPSHOTS and not prefix):
                continue
            case stat.S_IFDIR:
                yield from _walk(entry.path, f"{prefix}{entry.name}/", above | {real}, limit)
            case _:
                msg = f'cannot load irregular file "{entry.path}"'
                raise PackError(msg)


def _kind(entry: os.DirEntry[str]) -> int:
    """What the entry is, or leads to."""
    try:
        if entry.is_file(follow_symlinks=False):  # known without asking for its status
            return stat.S_IFREG
        return stat.S_IFMT(entry.stat().st_mode)
    except OSError as error:
        reason = (
            "no such file or directory" if isinstance(error, FileNotFoundError) else error.strerror
        )
        msg = f"error evaluating symlink: {entry.path}: {reason}"
        raise PackError(msg) from error
