"""One pack folder -> a frozen Pack: metadata, variable declarations, templates, dependencies.

Files are told apart by name as in nomad-pack's loader (internal/pkg/loader/loader.go), and the
dependencies found as in its manager (internal/pkg/manager/manager.go). Nothing is rendered here.
"""

from __future__ import annotations

import functools
import os
import pathlib
from collections.abc import Iterator, Mapping

from generator import declarations, diskcache, metadata, packfolder, plainform, reading, records
from generator.errors import GeneratorError, PackError, Position, suggest

METADATA = "metadata.hcl"
VARIABLES = "variables.hcl"
OUTPUTS = "outputs.tpl"
DEPENDENCIES = "deps"

_MOST_PACKS = 200
_OWN_DATA = "_self"
_NOT_THERE = "no such file or directory"


@records.record
class File:
    """A text of the pack; the name is relative to the pack's folder, with slashes."""

    name: str
    text: str


@records.record(kw_only=True, eq=False)
class Pack:
    """A pack as it was on disk when it was loaded.

    ``path`` is its folder, absolute, ``called`` the same as who loaded it wrote it, for messages;
    ``key`` is what its parent calls it, and for a pack without parent its alias or name.
    ``templates`` holds the templates of jobs and all helpers; ``auxiliary`` other files to render.
    """

    path: str
    called: str
    key: str
    metadata: metadata.Metadata
    declarations: Mapping[str, declarations.Declaration]
    templates: tuple[File, ...]
    auxiliary: tuple[File, ...]
    outputs: File | None
    dependencies: tuple[Pack, ...]

    @property
    def folder(self) -> pathlib.Path:
        """The pack's folder; to render it is not asked for, as pathlib takes long to import."""
        return pathlib.Path(self.path)

    def place(self, name: str) -> str:
        """A file of the pack as messages call it."""
        return packfolder.join(self.called, name)

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Pack]]:
        """Yield the pack and all below it, each with the keys that lead to it from here."""
        yield path, self
        for dependency in self.dependencies:
            yield from dependency.walk((*path, dependency.key))


def load(
    folder: str | os.PathLike[str],
    *,
    anywhere: bool = False,
    cache: diskcache.DiskCache | None = None,
) -> Pack:
    """Read a pack and, where enabled, its dependencies from ``deps/``.

    ``anywhere`` lets links and dependencies lead wherever they do (see ``packfolder``); a ``cache``
    keeps what its HCL files say for other processes.
    """
    limit = None if anywhere else packfolder.limit_of(folder)
    return _Loader(limit, cache).load(_written(os.fspath(folder)), None)


def files(
    folder: str | os.PathLike[str], *, anywhere: bool = False
) -> Iterator[tuple[str, pathlib.Path]]:
    """All files below a pack's folder, links followed, by name: what ``load`` looks at."""
    explorer = packfolder.Explorer(None if anywhere else packfolder.limit_of(folder))
    for name, path in explorer.files(_written(os.fspath(folder))):
        yield name, pathlib.Path(path)


def _written(folder: str) -> str:
    """A path without what says nothing, as pathlib writes it."""
    root = "" if os.path.isabs(folder) else "."
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    return "/".join(["", *parts] if not root else parts) or root or "/"


class _Loader:
    """Loads one pack with all below it; links and labels must not make that endless."""

    def __init__(self, limit: str | None, cache: diskcache.DiskCache | None) -> None:
        self.cache = cache
        self.explorer = packfolder.Explorer(limit)
        self.above: list[str] = []
        self.loaded = 0

    def load(self, folder: str, key: str | None) -> Pack:
        """The pack in the folder, called as the key if it has one."""
        self._check(folder)
        found = dict(self.explorer.files(folder))
        about = self._metadata(folder, found)
        declared = self._declarations(folder, found)
        names = list(found)
        return Pack(
            path=os.path.abspath(folder),  # as filepath.Abs: links stay links
            called=folder,
            key=about.key if key is None else key,
            metadata=about,
            declarations=declared,
            templates=tuple(_read(name, found[name]) for name in names if _is_template(name)),
            auxiliary=tuple(_read(name, found[name]) for name in names if _is_auxiliary(name)),
            outputs=_read(OUTPUTS, found[OUTPUTS]) if OUTPUTS in found else None,
            dependencies=self._dependencies(folder, about),
        )

    def _metadata(self, folder: str, found: Mapping[str, str]) -> metadata.Metadata:
        if METADATA not in found:
            raise _no_pack(folder)
        text, file = _read(METADATA, found[METADATA]).text, packfolder.join(folder, METADATA)
        key = ("metadata", text, file)
        return _form().recall(self.cache, key, lambda: metadata.parse(text, file))

    def _declarations(
        self, folder: str, found: Mapping[str, str]
    ) -> dict[str, declarations.Declaration]:
        if VARIABLES not in found:
            msg = f"{folder}: root variable file is required"
            raise PackError(msg, hint="add a variables.hcl; it may be empty")
        text, file = _read(VARIABLES, found[VARIABLES]).text, packfolder.join(folder, VARIABLES)
        key = ("declarations", text, file)
        return _form().recall(self.cache, key, lambda: declarations.parse(text, file))

    def _check(self, folder: str) -> None:
        if not os.path.isdir(folder):
            exists = pathlib.Path(folder).exists()  # fails where it must not be known
            problem = "unable to load non-directory pack" if exists else _NOT_THERE
            msg = f"{folder}: {problem}"
            raise PackError(msg, hint="a pack is a folder with a metadata.hcl")
        packfolder.check_below(folder, self.explorer.limit)
        if not os.path.lexists(
            packfolder.join(folder, METADATA)
        ):  # what else lies in it may be a whole system
            raise _no_pack(folder)
        self.loaded += 1
        if self.loaded > _MOST_PACKS:
            msg = f"{folder}: the pack has more than {_MOST_PACKS} dependencies"
            raise PackError(msg)

    def _dependencies(self, folder: str, about: metadata.Metadata) -> tuple[Pack, ...]:
        real = os.path.realpath(folder)
        if real in self.above:
            msg = f"{folder}: the pack is a dependency of itself"
            raise PackError(msg)
        self.above.append(real)
        enabled = (dependency for dependency in about.dependencies if dependency.enabled)
        loaded = tuple(self._dependency(folder, dependency) for dependency in enabled)
        self.above.pop()
        return loaded

    def _dependency(self, parent: str, dependency: metadata.Dependency) -> Pack:
        if dependency.key == _OWN_DATA:
            msg = f'a dependency cannot be called "{_OWN_DATA}"'
            hint = "templates find the pack's own variables there; give it another alias"
            raise PackError(msg, dependency.position, source=_metadata_text(parent), hint=hint)
        folder = os.path.normpath(os.path.join(parent, DEPENDENCIES, dependency.label))
        if not os.path.exists(folder) and not pathlib.Path(folder).exists():
            raise _absent(parent, folder, dependency)
        try:
            return self.load(folder, dependency.key)
        except GeneratorError as error:
            error.hint = error.hint or f'{dependency.position} names "{dependency.label}"'
            raise


def _absent(parent: str, folder: str, dependency: metadata.Dependency) -> PackError:
    msg = f"{folder}: {_NOT_THERE}"
    vendored = (
        path.name for path in pathlib.Path(parent, DEPENDENCIES).glob("*/") if path.is_dir()
    )
    way_out = (
        f"nomad-pack deps vendor fetches it from {dependency.source}"
        if dependency.source
        else f'a dependency lies in {DEPENDENCIES}/, in the folder that its label names; "enabled = false" turns it off'
    )
    hint = suggest(dependency.label, vendored, way_out)
    return PackError(msg, dependency.position, source=_metadata_text(parent), hint=hint)


@functools.lru_cache(maxsize=1)
def _form() -> plainform.PlainForm:
    """How what the HCL files say is kept."""
    from generator.hcl import plainvalues

    known = (metadata.Metadata, metadata.Dependency, metadata.Integration, Position)
    return plainform.PlainForm(
        (*known, declarations.Declaration, *plainvalues.CLASSES), plainvalues.PARTS
    )


def _metadata_text(folder: str) -> str:
    return _read(METADATA, packfolder.join(folder, METADATA)).text


def _is_template(name: str) -> bool:
    """Whether the file is a job's template or a helper; helpers of dependencies count here too."""
    if name in (METADATA, VARIABLES, OUTPUTS):
        return False
    is_job = name.startswith("templates/") and name.endswith(".nomad.tpl")
    return is_job or "templates/_" in name


def _is_auxiliary(name: str) -> bool:
    return name.startswith("templates/") and name.endswith(".tpl") and not _is_template(name)


def _no_pack(folder: str) -> PackError:
    msg = f"{folder}: metadata.hcl file not found"
    return PackError(msg, hint="a pack is a folder with metadata.hcl and variables.hcl")


def _read(name: str, path: str) -> File:
    try:
        text = reading.strip_mark(reading.read_bytes(path).decode())
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text at byte {error.start}"
        raise PackError(msg) from error
    except OSError as error:
        msg = f"failed to read {path}: {error.strerror}"
        raise PackError(msg) from error
    return File(name, text)
