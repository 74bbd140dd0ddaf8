"""Where a name belongs: the blocks whose tables have it. For errors only."""

from __future__ import annotations

from collections.abc import Iterator

from generator.jobspec.schema import fields, file

_MOST = 4


def of(name: str) -> list[str]:
    """The types of the blocks that may hold an argument or a block of this name; a few at most."""
    return list(dict.fromkeys(_holders(file.FILE, "a job file", name, set())))[:_MOST]


def _holders(
    schema: fields.Schema, kind: str, name: str, seen: set[fields.Schema]
) -> Iterator[str]:
    if name in schema.attributes or name in schema.blocks:
        yield kind
    if schema not in seen:
        seen.add(schema)
        for nested in schema.blocks.values():
            yield from _holders(nested.schema, nested.name, name, seen)
