"""An allocation's directories on disk, and looking at them: list, stat, read, never outside.

The layout is Nomad's (client/allocdir): ``alloc/{data,logs,tmp}`` shared by the tasks, and
``<task>/{local,secrets,tmp}``, all open to any user, below a folder that only the engine's user enters.
"""

from __future__ import annotations

import mimetypes
import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from server.embedded import faults, records, validation, wire

OPEN = 0o777


@dataclass(frozen=True, slots=True)
class TaskDirectory:
    """The folders of one task."""

    root: Path
    shared: Path

    @property
    def local(self) -> Path:
        """The task's own folder, /local in a container."""
        return self.root / "local"

    @property
    def hosts(self) -> Path:
        """The /etc/hosts of all tasks of an allocation whose tasks share a network."""
        return self.shared.parent / "hosts"

    @property
    def secrets(self) -> Path:
        """Files that no API shows, /secrets in a container."""
        return self.root / "secrets"

    def build(self) -> None:
        """Make the folders."""
        _make(self.root)
        for folder in (self.local, self.secrets, self.root / "tmp"):
            _make(folder)


@dataclass(frozen=True, slots=True)
class AllocationDirectory:
    """The folder of one allocation."""

    root: Path

    @property
    def shared(self) -> Path:
        """What all tasks share, /alloc in a container."""
        return self.root / "alloc"

    @property
    def logs(self) -> Path:
        """Where the tasks' output goes."""
        return self.shared / "logs"

    def task(self, name: str) -> TaskDirectory:
        """Return one task's folders."""
        return TaskDirectory(self.root / name, self.shared)

    def build(self) -> None:
        """Make the shared folders."""
        _make(self.root)
        _make(self.shared)
        for name in ("data", "logs", "tmp"):
            _make(self.shared / name)

    def remove(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def drop_secrets(self) -> None:
        """Remove the secrets of all tasks: nothing runs any more that could need them."""
        if self.root.exists():
            for folder in self.root.iterdir():
                shutil.rmtree(folder / "secrets", ignore_errors=True)

    def locate(self, path: str) -> Path:
        """Turn a path of the API into one on disk; refuse what leads out or into secrets."""
        relative = path.lstrip("/")
        target = Path(os.path.normpath(self.root / relative))
        if validation.escapes(path) or not target.is_relative_to(self.root):
            raise faults.RequestFault(500, "Path escapes the alloc directory")
        real = target.resolve()
        if not real.is_relative_to(self.root.resolve()):
            raise faults.RequestFault(500, "Path escapes the alloc directory")
        inside = real.relative_to(self.root.resolve()).parts
        if len(inside) > 2 and inside[1] == "secrets":
            raise faults.RequestFault(500, f"Reading secret file prohibited: {relative}")
        return target

    def entries(self, path: str) -> list[dict[str, records.Json]]:
        """List a folder."""
        folder = self.locate(path)
        try:
            found = sorted(folder.iterdir())
        except FileNotFoundError as error:
            text = f"open {folder}: no such file or directory"
            raise faults.RequestFault(404, text) from error
        except NotADirectoryError as error:
            raise faults.RequestFault(500, f"open {folder}: not a directory") from error
        return [_describe(each) for each in found]

    def describe(self, path: str) -> dict[str, records.Json]:
        """Describe one file, its type included."""
        target = self.locate(path)
        if not target.exists():
            raise faults.RequestFault(404, f"stat {target}: no such file or directory")
        described = _describe(target)
        # What a task has left may be a pipe: opening it would hold up the whole engine.
        if target.is_file():
            described["ContentType"] = _content_type(target)
        return described

    def open_file(self, path: str) -> Path:
        """Return a file to be read."""
        target = self.locate(path)
        if not target.exists():
            raise faults.RequestFault(404, f"stat {target}: no such file or directory")
        if target.is_dir():
            raise faults.RequestFault(400, f'file "{path}" is a directory')
        if not target.is_file():
            raise faults.RequestFault(400, f'file "{path}" is not a regular file')
        return target


def _make(folder: Path) -> None:
    """Make a folder that any user of any container may write to, whatever the umask."""
    folder.mkdir(exist_ok=True)
    folder.chmod(OPEN)


def _describe(path: Path) -> dict[str, records.Json]:
    found = path.lstat()
    return {
        "Name": path.name,
        "IsDir": stat.S_ISDIR(found.st_mode),
        "Size": found.st_size,
        "FileMode": _go_mode(found.st_mode),
        "ModTime": wire.timestamp(found.st_mtime_ns),
    }


def _go_mode(mode: int) -> str:
    """Write a file mode as Go's FileMode does: every kind a letter, then nine permissions."""
    kinds = {
        stat.S_IFDIR: "d",
        stat.S_IFLNK: "L",
        stat.S_IFIFO: "p",
        stat.S_IFSOCK: "S",
        stat.S_IFBLK: "D",
        stat.S_IFCHR: "Dc",
    }
    letters = kinds.get(stat.S_IFMT(mode), "")
    for bit, letter in ((stat.S_ISUID, "u"), (stat.S_ISGID, "g"), (stat.S_ISVTX, "t")):
        letters += letter if mode & bit else ""
    permissions = "".join(
        letter if mode & (1 << (8 - place)) else "-" for place, letter in enumerate("rwxrwxrwx")
    )
    return f"{letters or '-'}{permissions}"


def _content_type(path: Path) -> str:
    """Guess a file's type by its name, else by whether it is text."""
    guessed = mimetypes.guess_type(path.name)[0]
    if guessed is not None:
        return f"{guessed}; charset=utf-8" if guessed.startswith("text/") else guessed
    with path.open("rb") as file:
        head = file.read(512)
    return "application/octet-stream" if b"\0" in head else "text/plain; charset=utf-8"
