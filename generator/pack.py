"""One pack folder -> a frozen Pack: metadata, variable declarations, templates, dependencies.

Files are told apart by name as in nomad-pack's loader (internal/pkg/loader/loader.go), and the
dependencies found as in its manager (internal/pkg/manager/manager.go). Nothing is rendered here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from generator import declarations, metadata, packfolder, records
from generator.errors import GeneratorError, PackError

METADATA = "metadata.hcl"
VARIABLES = "variables.hcl"
OUTPUTS = "outputs.tpl"


@records.record
class File:
    """A text of the pack; the name is relative to the pack's folder, with slashes."""

    name: str
    text: str


@records.record(kw_only=True, eq=False)
class Pack:
    """A pack as it was on disk when it was loaded.

    ``key`` is what its parent calls it, and for a pack without parent its alias or name.
    ``templates`` holds the templates of jobs and all helpers; ``auxiliary`` other files to render.
    """

    folder: Path
    key: str
    metadata: metadata.Metadata
    declarations: Mapping[str, declarations.Declaration]
    templates: tuple[File, ...]
    auxiliary: tuple[File, ...]
    outputs: File | None
    dependencies: tuple[Pack, ...]

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Pack]]:
        """Yield the pack and all below it, each with the keys that lead to it from here."""
        yield path, self
        for dependency in self.dependencies:
            yield from dependency.walk((*path, dependency.key))


def load(folder: Path, *, anywhere: bool = False) -> Pack:
    """Read a pack and, where enabled, its dependencies from ``deps/``.

    ``anywhere`` lets links and dependencies lead wherever they do (see ``packfolder``).
    """
    return _load(folder, None, None if anywhere else packfolder.limit_of(folder))


def files(folder: Path, *, anywhere: bool = False) -> Iterator[tuple[str, Path]]:
    """All files below a pack's folder, links followed, by name: what ``load`` looks at."""
    return packfolder.files(folder, None if anywhere else packfolder.limit_of(folder))


def _load(folder: Path, key: str | None, limit: Path | None) -> Pack:
    if not folder.is_dir():
        problem = (
            "unable to load non-directory pack" if folder.exists() else "no such file or directory"
        )
        msg = f"{folder}: {problem}"
        raise PackError(msg, hint="a pack is a folder with a metadata.hcl")
    packfolder.check_below(folder, limit)
    found = dict(packfolder.files(folder, limit))
    about = _metadata(folder, found)
    declared = _declarations(folder, found)
    names = list(found)
    return Pack(
        folder=Path(os.path.abspath(folder)),  # noqa: PTH100 - as filepath.Abs: links stay links
        key=about.key if key is None else key,
        metadata=about,
        declarations=declared,
        templates=tuple(_read(name, found[name]) for name in names if _is_template(name)),
        auxiliary=tuple(_read(name, found[name]) for name in names if _is_auxiliary(name)),
        outputs=_read(OUTPUTS, found[OUTPUTS]) if OUTPUTS in found else None,
        dependencies=tuple(
            _dependency(folder, dependency, limit)
            for dependency in about.dependencies
            if dependency.enabled
        ),
    )


def _metadata(folder: Path, found: Mapping[str, Path]) -> metadata.Metadata:
    if METADATA not in found:
        msg = f"{folder}: metadata.hcl file not found"
        raise PackError(msg, hint="a pack is a folder with metadata.hcl and variables.hcl")
    return metadata.parse(_read(METADATA, found[METADATA]).text, str(folder / METADATA))


def _declarations(folder: Path, found: Mapping[str, Path]) -> dict[str, declarations.Declaration]:
    if VARIABLES not in found:
        msg = f"{folder}: root variable file is required"
        raise PackError(msg, hint="add a variables.hcl; it may be empty")
    return declarations.parse(_read(VARIABLES, found[VARIABLES]).text, str(folder / VARIABLES))


def _dependency(parent: Path, dependency: metadata.Dependency, limit: Path | None) -> Pack:
    folder = Path(os.path.normpath(parent / "deps" / dependency.label))
    try:
        return _load(folder, dependency.key, limit)
    except GeneratorError as error:
        error.hint = (
            error.hint or f'{parent / METADATA} names it as dependency "{dependency.label}"'
        )
        raise


def _is_template(name: str) -> bool:
    """Whether the file is a job's template or a helper; helpers of dependencies count here too."""
    if name in (METADATA, VARIABLES, OUTPUTS):
        return False
    is_job = name.startswith("templates/") and name.endswith(".nomad.tpl")
    return is_job or "templates/_" in name


def _is_auxiliary(name: str) -> bool:
    return name.startswith("templates/") and name.endswith(".tpl") and not _is_template(name)


def _read(name: str, path: Path) -> File:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{path}: not UTF-8 text at byte {error.start}"
        raise PackError(msg) from error
    except OSError as error:
        msg = f"failed to read {path}: {error.strerror}"
        raise PackError(msg) from error
    return File(name, text)
