"""One side of a comparison, as a user names it: packs, a job file, or files that were rendered.

A pack's folder or name, a folder with packs in it, a job file, a folder of rendered files (as
snapshots/ is), and any of these at a Git revision: ``REV:PATH``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from generator import jobspec, packfolder, reading, registry
from generator.comparison import files, registered
from generator.errors import GeneratorError, HclError, JobspecError, PackError

# What the one pack of a side, and the one case of a side without cases, is called.
ONLY = ""
JOB = "job.json"
_JOB_SUFFIXES = (".nomad", ".hcl", ".json")
_MOST_FILES = 10_000

Texts: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Files:
    """Files that were rendered: their texts by name, for each case."""

    cases: Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class JobFile:
    """One job, as the JSON of Nomad's API; ``registered`` says that a cluster has given it."""

    text: str
    registered: bool


@dataclass(frozen=True, slots=True)
class Packs:
    """Folders of packs, by the packs' places below the folder that was named."""

    folders: Mapping[str, Path]


Side: TypeAlias = Files | JobFile | Packs


def read(argument: str, scratch: Path) -> Side:
    """What the argument names; a revision is copied to the scratch folder, which is to be new."""
    path = Path(argument)
    if not path.exists():
        if argument in registry.names():
            return Packs({ONLY: registry.PACKS / argument})
        if ":" not in argument:
            msg = f"{argument}: no such file or directory"
            hint = "a pack's folder or name, a job file, a folder of rendered files, or REV:PATH"
            raise GeneratorError(msg, hint=hint)
        from generator.snapshots import revisions

        scratch.mkdir()
        path = revisions.copy(argument, scratch)
    if path.is_file():
        return _job_file(path, argument)
    try:
        folders = registry.packs_below(path)
    except PackError:
        return Files(_files(path))
    return Packs({folder.relative_to(path).as_posix().strip("."): folder for folder in folders})


def name_as_given(message: str, argument: str, scratch: Path) -> str:
    """A message in which the files of a side are called as the user called the side."""
    if scratch.is_dir():
        from generator.snapshots import revisions

        return message.replace(str(revisions.place_of(argument, scratch)), argument.rstrip("/"))
    if argument in registry.names() and not Path(argument).exists():
        return message
    given = Path(argument)
    return message.replace(f"{given.absolute()}/", "" if given == Path() else f"{given}/")


def _job_file(path: Path, name: str) -> JobFile:
    if path.suffix not in _JOB_SUFFIXES:
        msg = f"{name}: a job file's name ends with {', '.join(_JOB_SUFFIXES)}"
        raise GeneratorError(msg)
    return read_job(reading.decode(reading.read_bytes(path), name), name)


def read_job(text: str, name: str) -> JobFile:
    """The job in a text: HCL, JSON in HCL's way, or JSON as Nomad's API has it."""
    if _is_api_job(text):
        job = jobspec.parse_api_job(text, name)
        return JobFile(jobspec.encode(job), registered.is_registered(job))
    return JobFile(jobspec.encode(jobspec.parse(text, name)), registered=False)


def _is_api_job(text: str) -> bool:
    """Whether JSON holds a job as Nomad's API has it, bare or as its member ``Job``: else it is HCL's."""
    value = files.read_json(text)
    job = value.get("Job", value) if isinstance(value, dict) else None
    return isinstance(job, dict) and "TaskGroups" in job


def _files(folder: Path) -> dict[str, Texts]:
    """The files below a folder; each folder in it is a case, job files become what they mean."""
    limit = packfolder.limit_of(folder)
    found: dict[str, dict[str, str]] = {}
    for path in sorted(_below(folder)):
        place = path.relative_to(folder)
        if not path.is_file() or any(part.startswith(".") for part in place.parts):
            continue
        packfolder.check_below(path, limit)
        case, name = (
            (place.parts[0], place.parts[1:]) if len(place.parts) > 1 else (ONLY, place.parts)
        )
        shown, text = _text(path, "/".join(name))
        found.setdefault(case, {})[shown] = text
    if not found:
        msg = f"{folder}: there is no file in this folder"
        raise GeneratorError(msg)
    return dict(found)


def _below(folder: Path) -> Iterator[Path]:
    for count, path in enumerate(folder.rglob("*")):
        if count == _MOST_FILES:
            msg = f"{folder}: more than {_MOST_FILES} files and folders are not compared"
            raise GeneratorError(msg)
        yield path


def _text(path: Path, name: str) -> tuple[str, str]:
    text = reading.read_bytes(path).decode(errors="surrogateescape")
    if path.suffix == ".nomad" or path.name.endswith(".nomad.hcl"):
        try:
            job = jobspec.encode(jobspec.parse(text, name))
        except (HclError, JobspecError):
            return name, text
        return f"{name.partition('.nomad')[0]}.json", job
    return name, text
