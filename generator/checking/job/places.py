"""Where in a job file each part of the job is written, by its path in the API's job.

Walks the file's syntax tree along the schema tables, as jobspec.decode does, and moves what
jobspec.normalize moves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from generator import errors
from generator.checking.job import problems
from generator.hcl import nodes, scopes
from generator.jobspec import conversions, dynblock
from generator.jobspec.schema import fields, job
from generator.jobspec.schema.fields import Form, Kind, Repeat

Path = problems.Path

PORTS = "Ports"
"""What stands in a path for both lists of a network's ports."""

_PORTS = ("DynamicPorts", "ReservedPorts")
_CONSTRAINT = ("LTarget", "RTarget", "Operand", "Weight")
# Where a group's part is inherited from: what the job calls it.
_INHERITED = {"Update": "Update", "ReschedulePolicy": "Reschedule", "Migrate": "Migrate"}
_FREE = (Form.FREE, Form.TEXT_MAP, Form.TEXTS_MAP, Form.CONSTANTS)


@dataclass(frozen=True, slots=True)
class Places:
    """The offsets of the parts in the text, by path; the job's own is that of its block."""

    offsets: Mapping[Path, int]
    repeated: tuple[Path, ...]
    """Blocks that take the place of others before them, since they have the same label."""

    def find(self, path: Path) -> int:
        """Where the part at a path is written, or else what it would stand in."""
        best: Path = ()
        most = -1
        for candidate, inside in _candidates(path):
            known = candidate
            while known not in self.offsets:
                known = known[:-1]
            if known == candidate:
                return self.offsets[candidate]
            if len(known) - inside > most:
                best, most = known, len(known) - inside
        return self.offsets[best]


def _candidates(path: Path) -> Iterator[tuple[Path, int]]:
    """Paths at which a part may be written, the nearest first, and how long what it stands in is."""
    match path:
        case ("TaskGroups", _, str() as part, *rest) if part in _INHERITED:
            yield path, 2
            yield (_INHERITED[part], *rest), 0
        case ("TaskGroups", group, "Tasks", _, ("Vault" | "RestartPolicy") as part, *rest):
            yield path, 4
            yield ("TaskGroups", group, part, *rest), 2
            yield (part, *rest), 0
        case _:
            yield path, 0


@dataclass(frozen=True, slots=True)
class _Walk:
    offsets: dict[Path, int] = field(default_factory=dict)
    repeated: list[Path] = field(default_factory=list)

    def body(self, body: nodes.Body, schema: fields.Schema, scope: scopes.Scope, at: Path) -> None:
        if schema.form in _FREE:
            self.free(body, at)
            return
        found: dict[str, list[dynblock.Occurrence]] = {}
        for item in body.items:
            if isinstance(item, nodes.Attribute):
                self.attribute(item, schema, at)
                continue
            for occurrence in dynblock.expand(item, schema, scope):
                found.setdefault(occurrence.block.type, []).append(occurrence)
        for name, occurrences in found.items():
            nested = schema.blocks[name]
            if nested.repeat is Repeat.LAST:
                # Of a group's vault blocks only the last counts, and mistakes in it do not.
                with contextlib.suppress(errors.GeneratorError):
                    self.block(occurrences[-1], nested, at, 0)
                continue
            for count, occurrence in enumerate(occurrences):
                self.block(occurrence, nested, at, count)

    def attribute(self, item: nodes.Attribute, schema: fields.Schema, at: Path) -> None:
        known = schema.attributes.get(item.name) or schema.blocks.get(item.name)
        name = known.field if known else item.name
        self.value(item.start, item.expression, (*at, name))
        if schema.form in (Form.CONSTRAINT, Form.AFFINITY) and name not in _CONSTRAINT:
            # The operator with its value in one: ``regexp = "…"``.
            self.offsets[*at, "Operand"] = self.offsets[*at, "RTarget"] = item.start

    def block(
        self, occurrence: dynblock.Occurrence, nested: fields.Nested, at: Path, count: int
    ) -> None:
        block = occurrence.block
        field = PORTS if nested.field in _PORTS else nested.field
        path = (*at, field, *_key(occurrence, nested, count))
        if nested.repeat is Repeat.BY_LABEL and path in self.offsets:
            self.repeated.append(path)
        self.offsets[path] = block.start
        self.offsets.setdefault((*at, field), block.start)
        if nested.label is not None:
            self.offsets[(*path, nested.label)] = block.label_nodes[0].start
        self.body(block.body, nested.schema, occurrence.scope, path)

    def value(self, start: int, expression: nodes.Expression, at: Path) -> None:
        """A value, and what a literal list or map holds."""
        self.offsets[at] = start
        match expression:
            case nodes.Tuple(items=items):
                for index, item in enumerate(items):
                    self.value(item.start, item, (*at, index))
            case nodes.Object(items=items):
                for entry in items:
                    if isinstance(entry.key, nodes.Literal):
                        self.value(entry.start, entry.value, (*at, str(entry.key.value)))
            case _:
                pass

    def free(self, body: nodes.Body, at: Path) -> None:
        """A body without a table: its blocks are lists of maps, as is a map for an argument."""
        counts: dict[str, int] = {}
        for item in body.items:
            if isinstance(item, nodes.Attribute):
                self.value(item.start, item.expression, (*at, item.name))
                if isinstance(item.expression, nodes.Object):
                    self.value(item.start, item.expression, (*at, item.name, 0))
                continue
            count = counts.get(item.type, 0)
            counts[item.type] = count + 1
            path: Path = (*at, item.type)
            self.offsets.setdefault(path, item.start)
            path = (*path, count)
            self.offsets[path] = item.start
            for label in item.labels:
                path = (*path, label, 0)
                self.offsets[path] = item.start
            self.free(item.body, path)


def _key(occurrence: dynblock.Occurrence, nested: fields.Nested, count: int) -> Path:
    if nested.field in _PORTS or nested.repeat is Repeat.BY_LABEL:
        return (occurrence.block.labels[0],)
    if nested.name == "identity" and nested.repeat is Repeat.LIST:
        return (_name(occurrence),)
    return (count,) if nested.repeat is Repeat.LIST else ()


def _name(occurrence: dynblock.Occurrence) -> str:
    """What an identity is called; the one without a name is the default one."""
    for attribute in occurrence.block.body.attributes:
        if attribute.name == "name":
            found = conversions.decode_expression(attribute.expression, Kind.TEXT, occurrence.scope)
            return str(found or "default")
    return "default"


def find_places(block: nodes.Block, scope: scopes.Scope) -> Places:
    """The places of the parts of a job, one that can be decoded."""
    walk = _Walk()
    walk.offsets[()] = block.start
    for label in block.label_nodes:
        walk.offsets["ID",] = walk.offsets["Name",] = label.start
    walk.body(block.body, job.JOB, scope, ())
    alone = sum(path[:1] == ("Tasks",) and len(path) == 2 for path in walk.offsets)
    offsets = {_moved(path, alone): offset for path, offset in walk.offsets.items()}
    for index in range(alone):
        offsets["TaskGroups", index] = offsets["TaskGroups", index, "Tasks", 0]
    return Places(offsets, tuple(_moved(path, alone) for path in walk.repeated))


def _moved(path: Path, alone: int) -> Path:
    """Each of the tasks right below the job has a group of its own, before the others."""
    match path:
        case ("Tasks", index, *rest):
            return ("TaskGroups", index, "Tasks", 0, *rest)
        case ("TaskGroups", int() as index, *rest):
            return ("TaskGroups", index + alone, *rest)
        case _:
            return path
