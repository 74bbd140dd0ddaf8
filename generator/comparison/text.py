"""Differences as lines for people: what changed at which path, old and new; long texts as a diff.

A line that begins with ``-`` is gone, with ``+`` is new, with ``~`` is changed. Whoever prints may
colour lines by ``kind``.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence

from generator import errors
from generator.comparison import structure
from generator.comparison.structure import Absent, Difference, Field, Member, Path
from generator.golang import durations
from generator.jobspec import tree

INDENT = "  "
CONTEXT = 3

# A value on one line up to so many characters; above it is shown in lines of its own.
_SHORT = 100

# Members that are nanoseconds in the API, and are read as a job file writes them: "1m30s".
DURATIONS = frozenset(
    ("ConnectTimeout", "Delay", "Grace", "HealthTimeout", "HealthyDeadline", "Interval", "KillTimeout",
     "LostAfter", "MaxClientDisconnect", "MaxDelay", "MaxRunDuration", "MinHealthyTime",
     "ProgressDeadline", "ShutdownDelay", "Splay", "Stagger", "StopAfterClientDisconnect",
     "StopOnClientAfter", "TTL", "Timeout", "VaultGrace")
)  # fmt: skip
_WAITING = "Wait"  # has two more, Min and Max, which elsewhere are numbers
# What is below these is the user's own.
_FREE = frozenset(("Config", "Env", "Meta"))

# Of what differs alike, so many are named; the rest is counted.
_NAMED = 4


class Kind(enum.Enum):
    """What a line is about."""

    HEADING = enum.auto()
    REMOVED = enum.auto()
    ADDED = enum.auto()
    CHANGED = enum.auto()
    PLAIN = enum.auto()


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A line of text, without its end."""

    text: str
    kind: Kind = Kind.PLAIN

    def indented(self) -> Line:
        return Line(f"{INDENT}{self.text}" if self.text else "", self.kind)


def join(lines: Iterable[Line]) -> str:
    """The lines as one text without colours; nothing of it can steer a terminal."""
    return "".join(f"{printable(line.text)}\n" for line in lines)


def printable(text: str) -> str:
    """A line in which nothing can steer a terminal, or end it."""
    return errors.printable(text, keep="\t")


def show_names(names: Sequence[str]) -> str:
    """Names in a line: the first of them, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def show_job(found: Iterable[Difference]) -> Iterator[Line]:
    """The differences of two jobs, below the job, each group and each task that they are in."""
    for place, members in itertools.groupby(
        sorted(found, key=lambda each: _place(each.path)), key=lambda each: _place(each.path)
    ):
        yield Line(_heading(place), Kind.HEADING)
        for each in members:
            for line in show(each, each.path[2 * len(place) :]):
                yield line.indented()


def show(each: Difference, path: Path) -> Iterator[Line]:
    """One difference; ``path`` is what of its path is not yet said."""
    name = structure.show_path(path)
    each = _readable(each)
    if each.reordered:
        before, after = (json.dumps(names, ensure_ascii=False) for names in (each.old, each.new))
        yield Line(f"~ {name}: order {before} → {after}", Kind.CHANGED)
    elif not isinstance(each.old, Absent) and not isinstance(each.new, Absent):
        yield from _changed(name, each.old, each.new)
    elif not isinstance(each.new, Absent):
        yield from _one_sided("+", name, each.new, Kind.ADDED)
    elif not isinstance(each.old, Absent):
        yield from _one_sided("-", name, each.old, Kind.REMOVED)


def _readable(each: Difference) -> Difference:
    """The difference with durations as people write them, and objects without what says nothing."""
    fields = [step.name for step in each.path if isinstance(step, Field)]
    if each.reordered or _FREE.intersection(fields):
        return each
    owner, name = (["", "", *fields])[-2:]
    old, new = (
        value if isinstance(value, Absent) else _spelt(value, name, owner)
        for value in (each.old, each.new)
    )
    if isinstance(old, dict):
        old = _without_nothing(old)
    if isinstance(new, dict):
        new = _without_nothing(new)
    return dataclasses.replace(each, old=old, new=new)


def _spelt(value: tree.Json, name: str, owner: str) -> tree.Json:
    if isinstance(value, dict):
        return {
            key: part if key in _FREE else _spelt(part, key, name) for key, part in value.items()
        }
    if isinstance(value, list):
        return [_spelt(part, "", name) for part in value]
    is_duration = name in DURATIONS or owner == _WAITING
    if is_duration and isinstance(value, int) and not isinstance(value, bool):
        return durations.write(value)
    return value


def _without_nothing(value: dict[str, tree.Json]) -> dict[str, tree.Json]:
    """An object without empty texts and lists; zeros, false and empty blocks may say something."""
    kept: dict[str, tree.Json] = {}
    for key, part in value.items():
        if isinstance(part, dict) and key not in _FREE:
            part = _without_nothing(part)
        elif isinstance(part, list):
            part = [_without_nothing(each) if isinstance(each, dict) else each for each in part]
        if part is not None and part not in ("", []):
            kept[key] = part
    return kept


def show_texts(old: str, new: str) -> Iterator[Line]:
    """Two texts as a unified diff, without headers."""
    before, after = _split(old), _split(new)
    hunks = difflib.unified_diff(before, after, n=CONTEXT, lineterm="")
    kinds = {"-": Kind.REMOVED, "+": Kind.ADDED, "@": Kind.HEADING}
    for line in itertools.islice(hunks, 2, None):
        yield Line(line, kinds.get(line[0], Kind.PLAIN))


def _split(text: str) -> list[str]:
    """A text's lines; that its last line has no end is shown as Git does it."""
    if not text:
        return []
    lines = text.removesuffix("\n").split("\n")
    return lines if text.endswith("\n") else [*lines, "\\ No newline at end of file"]


def _place(path: Path) -> tuple[str, ...]:
    """The group and the task that a path leads into, so far as it does."""
    names: list[str] = []
    for position, wanted in enumerate(("TaskGroups", "Tasks")):
        field, member = path[2 * position : 2 * position + 1], path[2 * position + 1 :]
        if field != (Field(wanted),) or not member or not isinstance(member[0], Member):
            break
        names.append(str(member[0].key))
    return tuple(names)


def _heading(place: tuple[str, ...]) -> str:
    match place:
        case (group, task):
            return f"group {group}, task {task}"
        case (group,):
            return f"group {group}"
        case _:
            return "job"


def _one_sided(sign: str, name: str, value: tree.Json, kind: Kind) -> Iterator[Line]:
    if (short := _short(value)) is not None:
        yield Line(f"{sign} {name}: {short}" if name else f"{sign} {short}", kind)
        return
    yield Line(f"{sign} {name}:" if name else f"{sign} the whole of it:", kind)
    for line in _lines(value):
        yield Line(f"{INDENT}{sign}{line}", kind)


def _changed(name: str, old: tree.Json, new: tree.Json) -> Iterator[Line]:
    before, after = _short(old), _short(new)
    if before is not None and after is not None:
        yield Line(f"~ {name}: {before} → {after}", Kind.CHANGED)
        return
    yield Line(f"~ {name}:", Kind.CHANGED)
    for line in show_texts("\n".join([*_lines(old), ""]), "\n".join([*_lines(new), ""])):
        yield line.indented()


def _short(value: tree.Json) -> str | None:
    """A value on one line, None for one that is too long, or a text of several lines."""
    if isinstance(value, str) and "\n" in value.rstrip("\n"):
        return None
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _SHORT else None


def _lines(value: tree.Json) -> list[str]:
    """A value in lines: a text in its own, all else as JSON."""
    if isinstance(value, str) and "\n" in value:
        return value.split("\n")
    return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2).split("\n")
