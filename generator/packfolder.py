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

import errno
import os
import stat
from collections.abc import Iterator

from generator import reading, records
from generator.errors import PackError

GIT = ".git"

# What a pack's cases render, kept in its folder: of no use to a template, and many files.
SNAPSHOTS = "snapshots"

_MOST_LINKED = 10_000


def limit_of(folder: str | os.PathLike[str]) -> str:
    """The folder that the pack's links must not lead out of."""
    above = real = os.path.realpath(folder)
    while not os.path.lexists(f"{above}/{GIT}"):
        inner, above = above, os.path.dirname(above)
        if above == inner:  # the root, and no work tree on the way
            parent = os.path.dirname(real)
            return real if parent == os.path.dirname(parent) else parent
    return above


def join(folder: str, name: str) -> str:
    """A file in a folder, as messages write it."""
    return name if folder == os.curdir else os.path.join(folder, name)


def check_below(path: str | os.PathLike[str], limit: str | None, real: str | None = None) -> None:
    """Refuse a file or folder that lies, links followed, beyond the limit; None is no limit."""
    if limit is None:
        return
    found = real or _followed(path)
    if not reading.is_below(found, limit) or GIT in found[len(limit) :].split("/"):
        msg = f"{path}: leads out of {limit}, to {found}"
        hint = (
            "a pack reads what lies in its Git work tree, or else beside its folder;"
            " --allow-impure lifts that"
        )
        raise PackError(msg, hint=hint)


def _followed(path: str | os.PathLike[str], real: str | None = None) -> str:
    """Where a path leads, as the kernel follows it.

    Links can be strung together to a way that is too long to be written down, which the kernel
    goes all the same; what ``realpath`` then makes of it is wrong unless it is strict.
    """
    try:
        return os.path.realpath(real or path, strict=True)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return os.path.realpath(real or path)  # It leads to nothing, which others tell.
        msg = f"{path}: leads by links to a path that is too long"
        raise PackError(msg) from error


@records.record(kw_only=True)
class _Place:
    """A folder that is looked at: its name in the pack, what it really is, and what lies above."""

    prefix: str
    real: str
    above: frozenset[str]
    linked: bool


class Explorer:
    """Finds the files of a pack and of its dependencies, where links lead no further than allowed."""

    def __init__(self, limit: str | None) -> None:
        self.limit = limit
        self.linked = 0

    def files(self, folder: str) -> Iterator[tuple[str, str]]:
        """All files below a folder, links followed, by name, with slashes.

        ``.git`` is left out, and the pack's snapshots are.
        """
        real = os.path.realpath(folder)
        top = _Place(prefix="", real=real, above=frozenset(), linked=False)
        return self._files(folder, top)

    def _files(self, folder: str, place: _Place) -> Iterator[tuple[str, str]]:
        if place.real in place.above:
            msg = f"{_inner(folder, place)}: a link leads back to a folder above it"
            raise PackError(msg)
        for entry in _entries(place.real, _inner(folder, place)):
            name = place.prefix + entry.name
            path = join(folder, name)
            is_link = entry.is_symlink()
            real = _followed(path, entry.path) if is_link else entry.path
            if is_link:
                check_below(path, self.limit, real)
            self._count(path, linked=is_link or place.linked)
            kind = _kind(entry, path)
            if kind == stat.S_IFREG:
                yield name, path
            elif kind != stat.S_IFDIR:
                msg = f'cannot load irregular file "{path}"'
                raise PackError(msg)
            elif entry.name != GIT and name != SNAPSHOTS:
                inner = _Place(
                    prefix=f"{name}/",
                    real=real,
                    above=place.above | {place.real},
                    linked=is_link or place.linked,
                )
                yield from self._files(folder, inner)

    def _count(self, path: str, *, linked: bool) -> None:
        """Stop where links to folders with links in them multiply."""
        self.linked += linked
        if self.linked > _MOST_LINKED:
            msg = f"{path}: links lead to more than {_MOST_LINKED} files and folders"
            raise PackError(msg)


def _inner(folder: str, place: _Place) -> str:
    return join(folder, place.prefix[:-1]) if place.prefix else folder


def _entries(real: str, path: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(real) as entries:
            return sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        msg = f"failed to read {path}: {error.strerror}"
        raise PackError(msg) from error


def _kind(entry: os.DirEntry[str], path: str) -> int:
    """What the entry is, or leads to."""
    try:
        if entry.is_file(follow_symlinks=False):  # known without asking for its status
            return stat.S_IFREG
        if entry.is_dir(follow_symlinks=False):
            return stat.S_IFDIR
        return stat.S_IFMT(entry.stat().st_mode)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        reason = "no such file or directory" if missing else error.strerror
        msg = f"error evaluating symlink: {path}: {reason}"
        raise PackError(msg) from error
