"""Two JSON values -> the smallest parts in which they differ, each with its path.

Lists of objects are compared by what people call their members, not by place: tasks by name, ports
by label, templates by destination. What has moved, but not changed, is one difference: the order.
"""

from __future__ import annotations

import difflib
import enum
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from generator.jobspec import tree

Objects: TypeAlias = "list[dict[str, tree.Json]]"


class Absent(enum.Enum):
    """What stands on the side where a value is not."""

    ABSENT = enum.auto()


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Field:
    """The member of an object."""

    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """The member of a list, by what it is called or by its number, counted from 0."""

    key: str | int


Step: TypeAlias = Field | Member
Path: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A value that is another, or is on one side only.

    With ``reordered`` the two are the names of a list's members in their order, the rest being equal.
    """

    path: Path
    old: tree.Json | Absent
    new: tree.Json | Absent
    reordered: bool = False


# What members of lists are called, the first that all of them have, each another.
_KEYS = ("Name", "Label", "DestPath", "Destination", "Volume", "GetterSource", "DestinationName")


def differences(
    old: tree.Json | Absent, new: tree.Json | Absent, path: Path = ()
) -> Iterator[Difference]:
    """How the second value differs from the first."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from differences(
                old.get(name, ABSENT), new.get(name, ABSENT), (*path, Field(name))
            )
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif not _same(old, new):
        yield Difference(path=path, old=old, new=new)


def show_path(path: Path) -> str:
    """A path as people read it: ``TaskGroups[web].Tasks[server].Env.PORT``."""
    parts = [f"[{step.key}]" if isinstance(step, Member) else f".{_quoted(step.name)}"
             for step in path]  # fmt: skip
    return "".join(parts).removeprefix(".")


def as_json(each: Difference) -> dict[str, object]:
    """A difference for programs; a side that has nothing there has no member either."""
    result: dict[str, object] = {"path": show_path(each.path)}
    if not isinstance(each.old, Absent):
        result["old"] = each.old
    if not isinstance(each.new, Absent):
        result["new"] = each.new
    return result | ({"reordered": True} if each.reordered else {})


def _quoted(name: str) -> str:
    plain = name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False)


def _same(old: tree.Json | Absent, new: tree.Json | Absent) -> bool:
    """Whether two values are equal; to Python ``True`` and ``1`` are, to JSON they are not."""
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _of_lists(
    old: Sequence[tree.Json], new: Sequence[tree.Json], path: Path
) -> Iterator[Difference]:
    members = [member for member in (*old, *new) if isinstance(member, dict)]
    if not members or len(members) < len(old) + len(new):
        if _dumped(old) != _dumped(new):
            yield Difference(path=path, old=list(old), new=list(new))
        return
    before = [member for member in old if isinstance(member, dict)]
    after = [member for member in new if isinstance(member, dict)]
    for key in _KEYS:
        named, renamed = _by_name(before, key), _by_name(after, key)
        if named is not None and renamed is not None:
            yield from _of_named(named, renamed, path)
            return
    yield from _of_numbered(before, after, path)


def _by_name(members: Objects, key: str) -> dict[str, tree.Json] | None:
    """The members by their names, if each has one of its own."""
    named: dict[str, tree.Json] = {}
    for member in members:
        name = member.get(key)
        if not isinstance(name, str) or name in named:
            return None
        named[name] = member
    return named


def _of_named(
    old: Mapping[str, tree.Json], new: Mapping[str, tree.Json], path: Path
) -> Iterator[Difference]:
    for name in [*old, *(name for name in new if name not in old)]:
        yield from differences(old.get(name, ABSENT), new.get(name, ABSENT), (*path, Member(name)))
    before: list[tree.Json] = [name for name in old if name in new]
    after: list[tree.Json] = [name for name in new if name in old]
    if before != after:
        yield Difference(path=path, old=before, new=after, reordered=True)


def _of_numbered(old: Objects, new: Objects, path: Path) -> Iterator[Difference]:
    """Members without names: equal ones are passed over, the others compared as they stand."""
    before, after = [_dumped(member) for member in old], [_dumped(member) for member in new]
    matcher = difflib.SequenceMatcher(a=before, b=after)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for offset in range(max(end - start, new_end - new_start)):
            number, new_number = start + offset, new_start + offset
            removed = new_number >= new_end
            yield from differences(
                old[number] if number < end else ABSENT,
                ABSENT if removed else new[new_number],
                (*path, Member(number if removed else new_number)),
            )


def _dumped(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
