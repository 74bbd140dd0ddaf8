"""The vocabulary of the schema tables: what a block of a job file may hold and what the API calls it.

A ``Schema`` mirrors one struct of Nomad's ``api`` package (1.10.5): each ``Attribute`` and ``Nested`` is
one field with an ``hcl`` tag, ``field`` is the field's name, which is also its name in JSON.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from generator import records
from generator.jobspec import tree

LABEL = "name"
"""What every label is called in messages, and the field of one that the API has no field for."""


class Kind(enum.Enum):
    """What an attribute's value is converted to: the Go type of the struct's field."""

    TEXT = enum.auto()
    FLAG = enum.auto()
    DURATION = enum.auto()
    NUMBER = enum.auto()
    INT = enum.auto()
    INT8 = enum.auto()
    UINT8 = enum.auto()
    UINT16 = enum.auto()
    UINT32 = enum.auto()
    UINT64 = enum.auto()
    TEXTS = enum.auto()
    PORTS = enum.auto()
    TEXT_MAP = enum.auto()
    CONSTANT = enum.auto()
    """Any value that refers to nothing: a variable's ``default``."""
    TYPE = enum.auto()
    """No value at all but a type: a variable's ``type``."""
    CONDITION = enum.auto()
    """Kept as it is written, for later: a validation's ``condition``."""


class Form(enum.Enum):
    """How a body is read; all but STRUCT hold no table, or need one more rule than their table."""

    STRUCT = enum.auto()
    CONSTRAINT = enum.auto()
    AFFINITY = enum.auto()
    GROUP = enum.auto()
    TASK = enum.auto()
    TEXT_MAP = enum.auto()
    """Any names, each with a string: ``env``, ``meta``."""
    TEXTS_MAP = enum.auto()
    """Any names, each with a list of strings: a check's ``header``."""
    CONSTANTS = enum.auto()
    """Any names, each with a value that refers to nothing: ``variables``."""
    FREE = enum.auto()
    """Any names and values, blocks too: a driver's ``config``."""


class Repeat(enum.Enum):
    """How often a block may stand in its parent, and what then becomes of it."""

    ONCE = enum.auto()
    LIST = enum.auto()
    LAST = enum.auto()
    """Many, of which the last counts, as a group's ``vault`` (jobspec2/hcl_conversions.go)."""
    BY_LABEL = enum.auto()
    """Many, which become a map from the label."""


@records.record(kw_only=True)
class Attribute:
    """An argument; ``unset`` is what the API shows where it is not given, None for nothing at all."""

    name: str
    field: str
    kind: Kind
    unset: tree.Json = None
    nullable: bool = True
    required: bool = False


@records.record(kw_only=True, eq=False)
class Schema:
    """One block's table: arguments and nested blocks by name, and fields no one can write.

    ``preset`` is what the API shows of an empty block.
    """

    form: Form = Form.STRUCT
    attributes: Mapping[str, Attribute] = records.field(default_factory=dict)
    blocks: Mapping[str, Nested] = records.field(default_factory=dict)
    required: tuple[str, ...] = ()
    preset: Mapping[str, tree.Json] = records.field(default_factory=dict)


@records.record(kw_only=True, eq=False)
class Nested:
    """A block inside a block.

    ``label`` is the field that takes the block's one label. An ``assignable`` block may also be
    written as an argument with a map (decodeAsAttribute in jobspec2/hcl_conversions.go). Of a
    ``lenient`` block Nomad takes what it understands and forgets what else is wrong (decodeTaskGroup).
    """

    name: str
    field: str
    schema: Schema
    repeat: Repeat
    label: str | None = None
    assignable: bool = False
    lenient: bool = False


TEXT_MAP = Schema(form=Form.TEXT_MAP)
TEXTS_MAP = Schema(form=Form.TEXTS_MAP)
FREE = Schema(form=Form.FREE)
CONSTANTS = Schema(form=Form.CONSTANTS)

_ZERO: Mapping[Kind, tree.Json] = {
    Kind.TEXT: "",
    Kind.FLAG: False,
    Kind.DURATION: 0,
    Kind.INT: 0,
    Kind.UINT8: 0,
    Kind.UINT16: 0,
}


def table(
    *fields: Attribute | Nested,
    form: Form = Form.STRUCT,
    constants: Mapping[str, tree.Json] | None = None,
) -> Schema:
    """A schema of these fields; ``constants`` are zero values that only the server changes."""
    attributes = {each.name: each for each in fields if isinstance(each, Attribute)}
    preset = {each.field: each.unset for each in attributes.values() if each.unset is not None}
    return Schema(
        form=form,
        attributes=attributes,
        blocks={each.name: each for each in fields if isinstance(each, Nested)},
        required=tuple(each.name for each in attributes.values() if each.required),
        preset=preset | dict(constants or {}),
    )


def optional(name: str, field: str, kind: Kind) -> Attribute:
    """A pointer, slice or map in Go: absent from the API when it is not given, or null."""
    return Attribute(name=name, field=field, kind=kind)


def plain(name: str, field: str, kind: Kind) -> Attribute:
    """A bare Go value: its zero value stands in the API when it is not given; null is an error."""
    return Attribute(name=name, field=field, kind=kind, unset=_ZERO[kind], nullable=False)


def required(name: str, field: str, kind: Kind = Kind.TEXT) -> Attribute:
    """An argument that has to be given."""
    return Attribute(
        name=name, field=field, kind=kind, unset=_ZERO.get(kind), nullable=False, required=True
    )


def once(name: str, field: str, schema: Schema, *, assignable: bool = False) -> Nested:
    """A block that may stand once."""
    return Nested(name=name, field=field, schema=schema, repeat=Repeat.ONCE, assignable=assignable)


def many(
    name: str, field: str, schema: Schema, *, label: str | None = None, lenient: bool = False
) -> Nested:
    """A block that may stand any number of times: a list in the API."""
    return Nested(
        name=name,
        field=field,
        schema=schema,
        repeat=Repeat.LIST,
        label=label,
        lenient=lenient,
    )


def by_label(name: str, field: str, schema: Schema, *, label: str) -> Nested:
    """A labelled block that may stand any number of times: a map from its label in the API."""
    return Nested(name=name, field=field, schema=schema, repeat=Repeat.BY_LABEL, label=label)


def last(name: str, field: str, schema: Schema) -> Nested:
    """A lenient block that may stand any number of times, and only the last one counts."""
    return Nested(name=name, field=field, schema=schema, repeat=Repeat.LAST, lenient=True)
