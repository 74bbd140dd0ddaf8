"""``REV:PATH`` -> that folder or file as it was at a revision, copied out of the Git repository.

Only Git's objects are read (by dulwich): no program runs, no work tree is touched. Symbolic links
are followed inside of the revision, and become what they lead to: packs share files by links.
"""

from __future__ import annotations

import os
import posixpath
import re
import stat
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator import pack, packfolder
from generator.errors import GeneratorError, PackError, suggest

if TYPE_CHECKING:
    from dulwich import objects, repo

# As many links as Linux follows.
_LINKS = 40

# The kind of a folder's member that is a commit of another repository.
_SUBMODULE = 0o160000

# What may stand behind the name of a tag for the commit that it leads to.
_COMMIT = re.compile(r"\^\{(?:commit)?\}")

# More than any folder of packs has; of a few objects Git can make a folder without end.
_FILES = 5_000
_BYTES = 200_000_000
_DEPTH = 100


def place_of(argument: str, target: Path) -> Path:
    """Where the copy of what ``REV:PATH`` names lies below a folder: under its own name."""
    path = argument.partition(":")[2]
    return target / (posixpath.basename(path.rstrip("/")).strip(".") or "root")


def copy(argument: str, target: Path) -> Path:
    """Copy what ``REV:PATH`` names below a folder; where it lies there.

    As in Git the path starts at the repository's root, or here if it begins with ``./`` or ``../``.
    """
    from dulwich import errors, repo

    revision, _, path = argument.partition(":")
    try:
        with repo.Repo.discover(".") as repository:
            tree = _Tree(repository, revision)
            try:
                entry = tree.find(_from_root(path, repository.path), argument)
            except PackError as error:
                if error.hint is None and not path.startswith((".", "/")) and Path(path).exists():
                    error.hint = f'from the current folder it is "{revision}:./{path}"'
                raise
            place = place_of(argument, target)
            tree.write(entry, place)
            return place
    except errors.NotGitRepository as error:
        msg = f"{argument}: the current folder is in no Git repository"
        raise GeneratorError(msg) from error
    except (errors.ChecksumMismatch, errors.FileFormatException, zlib.error) as error:
        msg = f"{argument}: the repository is damaged: {error}"
        raise GeneratorError(msg) from error


def _from_root(path: str, repository: str) -> str:
    """The path as one from the root of the repository's work tree."""
    if not path.startswith(("./", "../")) and path not in (".", ".."):
        return posixpath.normpath(path) if path else "."
    here = os.path.relpath(os.path.realpath("."), os.path.realpath(repository))
    return posixpath.normpath(posixpath.join(here, path))


def _commit(repository: repo.Repo, revision: str) -> objects.Commit:
    from dulwich import objectspec

    name, *steps = re.split(r"(?=[~^])", _COMMIT.sub("", revision), maxsplit=1)
    named = objectspec.parse_commit(repository, "HEAD" if name == "@" else name)
    found = objectspec.parse_object(repository, named.id + os.fsencode("".join(steps)))
    return objectspec.parse_commit(repository, found.id)


def _missing(repository: repo.Repo, revision: str) -> GeneratorError:
    """Why there is no such revision, and what to do about it."""
    msg = f'there is no revision "{revision}" in {repository.path}'
    if repository.get_shallow():
        hint = "the repository is shallow: git fetch --unshallow --tags brings what it lacks"
        return GeneratorError(msg, hint=hint)
    if not repository.refs.as_dict():
        return GeneratorError(msg, hint="there is no commit yet")
    # As they are called in full and in short: refs/heads/main, heads/main and main.
    full = [os.fsdecode(reference).split("/") for reference in repository.refs.allkeys()]
    known = {"/".join(parts[start:]) for parts in full for start in range(min(len(parts), 3))}
    hint = "a branch, a tag or a commit's hash, with ~N or ^ behind it for those before"
    name = re.split("[~^@]", revision)[0]
    return GeneratorError(msg, hint=suggest(name, sorted(known - {name}), otherwise=hint))


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file, a folder or a link at a path of the revision."""

    path: str
    mode: int
    id: objects.ObjectID


class _Tree:
    """All files of one revision."""

    def __init__(self, repository: repo.Repo, revision: str) -> None:
        self._store = repository.object_store
        self._revision = revision
        self._files = self._bytes = 0
        try:
            self._root = _commit(repository, revision).tree
        except (KeyError, ValueError, AssertionError) as error:
            raise _missing(repository, revision) from error

    def find(self, path: str, name: str, links: int = 0) -> _Entry:
        """The file or folder at a path, links followed."""
        if path.startswith(("../", "/")) or path == "..":
            msg = f"{name}: leads out of the repository, to {path}"
            raise PackError(msg)
        entry = _Entry(".", stat.S_IFDIR, self._root)
        parts = [part for part in path.split("/") if part not in ("", ".")]
        for position, part in enumerate(parts):
            entry = self._member(entry, part, name)
            if stat.S_IFMT(entry.mode) == _SUBMODULE:
                msg = f"{name}: {entry.path} is a submodule, and what is in it no part of this"
                hint = "compare with its own revisions, in its folder"
                raise PackError(msg, hint=hint)
            if stat.S_ISLNK(entry.mode):
                if links == _LINKS:
                    msg = f"{name}: too many links, one leading to the next"
                    raise PackError(msg)
                leads = os.fsdecode(self._data(entry))
                rest = parts[position + 1 :]
                path = posixpath.join(posixpath.dirname(entry.path), leads, *rest)
                return self.find(posixpath.normpath(path), name, links + 1)
        return entry

    def write(
        self, entry: _Entry, target: Path, above: frozenset[objects.ObjectID] = frozenset()
    ) -> None:
        """Write a file, or a folder with all that is in it."""
        if not stat.S_ISDIR(entry.mode):
            data = self._data(entry)
            self._count(entry, len(data), len(above))
            target.write_bytes(data)
            return
        self._count(entry, 0, len(above))
        if entry.id in above:
            msg = f"{self._revision}:{entry.path}: a link leads back to a folder above it"
            raise PackError(msg)
        target.mkdir()
        folder = self._folder(entry)
        is_pack = os.fsencode(pack.METADATA) in folder
        for item in folder.iteritems():
            part = os.fsdecode(item.path)
            if item.mode == _SUBMODULE or part in ("", ".", "..", ".git") or "/" in part:
                continue
            if is_pack and part == packfolder.SNAPSHOTS:  # of no use to what is rendered
                continue
            path = posixpath.normpath(posixpath.join(entry.path, part))
            member = _Entry(path, item.mode, item.sha)
            if stat.S_ISLNK(member.mode):
                member = self.find(path, f"{self._revision}:{path}")
            self.write(member, target / part, above | {entry.id})

    def _count(self, entry: _Entry, size: int, depth: int) -> None:
        self._files += 1
        self._bytes += size
        if self._files > _FILES or self._bytes > _BYTES or depth > _DEPTH:
            msg = f"{self._revision}:{entry.path}: there is too much to copy"
            raise PackError(msg, hint="name the folder of a pack, or a folder with packs in it")

    def _member(self, entry: _Entry, part: str, name: str) -> _Entry:
        try:
            mode, identifier = self._folder(entry)[os.fsencode(part)]
        except (KeyError, NotADirectoryError) as error:
            path = posixpath.normpath(posixpath.join(entry.path, part))
            msg = f"{name}: there is no {path} in {self._revision}"
            raise PackError(msg) from error
        return _Entry(posixpath.normpath(posixpath.join(entry.path, part)), mode, identifier)

    def _folder(self, entry: _Entry) -> objects.Tree:
        from dulwich import objects

        found = self._store[entry.id]
        if not isinstance(found, objects.Tree):
            raise NotADirectoryError(entry.path)
        return found

    def _data(self, entry: _Entry) -> bytes:
        try:
            return self._store[entry.id].as_raw_string()
        except KeyError as error:
            msg = (
                f"{self._revision}:{entry.path}: the repository does not have it, it may be shallow"
            )
            raise PackError(msg) from error
