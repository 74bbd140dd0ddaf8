"""What Nomad does about a changed job, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from generator.comparison import effects
from generator.comparison.effects import Effect, Fate, GroupEffect, JobEffect
from generator.comparison.text import Kind, Line

# So many reasons are named, the rest is counted.
_NAMED = 6


def show(effect: JobEffect) -> Iterator[Line]:
    """One line for the job or for each of its groups."""
    match effect.fate:
        case Fate.SAME:
            yield Line("Nomad: nothing to do, the two mean the same")
        case Fate.REFUSED:
            yield Line(f"Nomad: refuses it. {effect.reason}; stop the job before", Kind.REMOVED)
        case Fate.ANOTHER:
            yield Line(f"Nomad: starts another job; {effect.reason}", Kind.CHANGED)
        case Fate.LATER:
            yield Line("Nomad: what is launched or dispatched from then on is the new job")
        case Fate.UPDATED:
            for group in effect.groups:
                yield _of_group(group)
            if effect.reruns:
                yield Line("Nomad: what has ended of this batch job runs again")
        case _:
            assert_never(effect.fate)


def _of_group(group: GroupEffect) -> Line:
    old, new = group.count
    count = f", count {old} → {new}" if old != new else ""
    start = f"Nomad: group {group.name}"
    match group.effect:
        case Effect.NONE:
            return Line(f"{start} is not touched")
        case Effect.STARTED:
            return Line(f"{start} is new and is started{count}", Kind.ADDED)
        case Effect.STOPPED:
            return Line(f"{start} is stopped{count}", Kind.REMOVED)
        case Effect.REPLACED:
            return Line(
                f"{start} is replaced, its tasks restart{count}: {_reasons(group)}", Kind.CHANGED
            )
        case Effect.IN_PLACE:
            moves = ", unless its node no longer fits" if group.moves else ""
            return Line(f"{start} is updated in place, its tasks run on{moves}{count}")
        case _:
            assert_never(group.effect)


def _reasons(group: GroupEffect) -> str:
    named = ", ".join(group.reasons[:_NAMED])
    more = len(group.reasons) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def as_json(effect: JobEffect) -> dict[str, object]:
    """The same for programs."""
    return {
        "fate": effect.fate.name.lower(),
        "reason": effect.reason,
        "reruns": effect.reruns,
        "groups": [_group_as_json(group) for group in effect.groups],
    }


def _group_as_json(group: effects.GroupEffect) -> dict[str, object]:
    return {
        "name": group.name,
        "effect": group.effect.name.lower(),
        "reasons": list(group.reasons),
        "tasks": list(group.tasks),
        "unless_node_fits_no_longer": group.moves,
        "count": list(group.count),
    }
