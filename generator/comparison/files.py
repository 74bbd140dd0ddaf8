"""Two sets of rendered files -> the files that differ: jobs by their structure, all else as text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from generator.comparison import effects, structure, text, verdicts
from generator.jobspec import tree

# So many lines of a file that is on one side only are shown.
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OnOneSide:
    """A file that only the old or only the new side has; ``job`` where it is one."""

    name: str
    content: str
    added: bool
    job: tree.Object | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedJob:
    """A job that is another now: what changed at which path, and what Nomad does about it."""

    name: str
    differences: tuple[structure.Difference, ...]
    effect: effects.JobEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedText:
    """Any other file whose text is another."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameContent:
    """A file that says the same in other bytes; ``what`` is all that differs."""

    name: str
    what: str


FileDifference: TypeAlias = OnOneSide | ChangedJob | ChangedText | SameContent


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
    value = read_json(content) if name.endswith(".json") else None
    return value if isinstance(value, dict) and "TaskGroups" in value else None


def read_json(content: str) -> tree.Json:
    """The value of a JSON text, None for what is no JSON, or nested deeper than any job."""
    try:
        value: tree.Json = json.loads(content, parse_constant=_refuse)
        json.dumps(value)
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(constant: str) -> tree.Json:
    """Take no NaN and no Infinity: Python knows them, JSON does not."""
    raise ValueError(constant)


def show(found: FileDifference) -> Iterator[text.Line]:
    """One file's difference, below the file's name."""
    match found:
        case OnOneSide(job=job, added=added):
            state = "new file" if added else "no longer rendered"
            yield text.Line(f"{found.name}: {state}", text.Kind.HEADING)
            if job is None:
                sides = ("", found.content) if added else (found.content, "")
                for line in _first(text.show_texts(*sides)):
                    yield line.indented()
        case ChangedJob():
            yield text.Line(found.name, text.Kind.HEADING)
            for line in verdicts.show(found.effect):
                yield line.indented()
            for line in text.show_job(found.differences):
                yield line.indented()
        case ChangedText():
            yield text.Line(found.name, text.Kind.HEADING)
            for line in text.show_texts(found.old, found.new):
                yield line.indented()
        case SameContent():
            yield text.Line(f"{found.name}: the same, but for {found.what}", text.Kind.HEADING)
        case _:
            assert_never(found)


def _first(lines: Iterator[text.Line]) -> Iterator[text.Line]:
    """The beginning of a text that is on one side only."""
    shown = [line for line in lines if line.kind is not text.Kind.HEADING]
    yield from shown[:_SHOWN]
    if len(shown) > _SHOWN:
        yield text.Line(f"and {len(shown) - _SHOWN} lines more")


def as_json(found: FileDifference) -> dict[str, object]:
    """The same for programs: paths with old and new values, a text's change as a unified diff."""
    match found:
        case OnOneSide():
            return {"file": found.name, "change": "added" if found.added else "removed"}
        case ChangedJob():
            return {
                "file": found.name,
                "change": "job",
                "effect": verdicts.as_json(found.effect),
                "differences": [structure.as_json(each) for each in found.differences],
            }
        case ChangedText():
            lines = [line.text for line in text.show_texts(found.old, found.new)]
            return {"file": found.name, "change": "text", "diff": lines}
        case SameContent():
            return {"file": found.name, "change": "layout", "differs": found.what}
        case _:
            assert_never(found)


def _changed(name: str, old: str, new: str) -> FileDifference:
    if old.replace("\r\n", "\n") == new.replace("\r\n", "\n"):
        ends = ("LF", "CRLF") if new.count("\r\n") > old.count("\r\n") else ("CRLF", "LF")
        return SameContent(name=name, what=f"the ends of lines: {ends[0]} before, {ends[1]} now")
    before, after = read_job(name, old), read_job(name, new)
    if before is None or after is None:
        return ChangedText(name=name, old=old, new=new)
    if _canonical(before) == _canonical(after):
        return SameContent(name=name, what="how the JSON is laid out")
    if before == after:  # as Python has it, to which 1, 1.0 and true are one
        return ChangedText(name=name, old=old, new=new)
    try:
        found = tuple(structure.differences(before, after))
        return ChangedJob(name=name, differences=found, effect=effects.of(before, after))
    except RecursionError:  # no job of Nomad's is that deep
        return ChangedText(name=name, old=old, new=new)


def _canonical(value: tree.Json) -> str:
    return json.dumps(value, sort_keys=True)
