"""Two sets of rendered files -> the files that differ: jobs by their structure, all else as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from generator.comparison import structure, text
from generator.jobspec import tree


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOneSide:
    """A file that only the old or only the new side has; ``job`` where it is one."""

    name: str
    content: str
    added: bool
    job: tree.Object | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedJob:
    """A job that is another now; both are as Nomad's API takes them."""

    name: str
    old: tree.Object
    new: tree.Object

    @property
    def differences(self) -> list[structure.Difference]:
        """What changed at which path."""
        return list(structure.differences(self.old, self.new))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedText:
    """Any other file whose text is another; so is a job's of which only the layout is."""

    name: str
    old: str
    new: str


FileDifference: TypeAlias = OnOneSide | ChangedJob | ChangedText


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[FileDifference]:
    """The files that differ, by name."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before is not None and after is not None:
            yield _changed(name, before, after)
        elif after is not None:
            yield OnOneSide(name=name, content=after, added=True, job=read_job(name, after))
        elif before is not None:
            yield OnOneSide(name=name, content=before, added=False, job=read_job(name, before))


def read_job(name: str, content: str) -> tree.Object | None:
    """The job in a file with JSON, None if that is not what it holds."""
    if not name.endswith(".json"):
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "TaskGroups" in value else None


def show(found: FileDifference) -> Iterator[text.Line]:
    """One file's difference, below the file's name."""
    match found:
        case OnOneSide(added=True):
            yield text.Line(f"{found.name}: new file", text.Kind.HEADING)
        case OnOneSide():
            yield text.Line(f"{found.name}: no longer rendered", text.Kind.HEADING)
        case ChangedJob():
            yield text.Line(found.name, text.Kind.HEADING)
            for line in text.show_job(found.differences):
                yield line.indented()
        case ChangedText():
            yield text.Line(found.name, text.Kind.HEADING)
            for line in text.show_texts(found.old, found.new):
                yield line.indented()
        case _:
            assert_never(found)


def _changed(name: str, old: str, new: str) -> FileDifference:
    before, after = read_job(name, old), read_job(name, new)
    if before is None or after is None or before == after:
        return ChangedText(name=name, old=old, new=new)
    return ChangedJob(name=name, old=before, new=after)
