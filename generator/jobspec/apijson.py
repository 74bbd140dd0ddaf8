"""A job in the JSON of Nomad's API, as ``nomad job run -json`` takes it, to the job without nulls.

Mirrors encoding/json with the structs of Nomad's ``api`` package: names count in any case, those
that no struct has are dropped, a value of another type is an error. Only zero values are filled in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from generator.errors import JobspecError
from generator.hcl import cursor, jsonsyntax, nodes
from generator.jobspec import problems, tree
from generator.jobspec.schema import fields, job, placement, service, task_parts
from generator.jobspec.schema.fields import Form, Kind, Repeat, optional, plain

_GROUP = job.JOB.blocks["group"].schema
_PROXY = service.SERVICE.blocks["connect"].schema.blocks["sidecar_service"].schema.blocks["proxy"]
_EXPOSE = _PROXY.schema.blocks["expose"].schema

# Blocks of job files that are no fields of the API's structs: normalize.py moves what is in them.
_MOVED: Mapping[fields.Schema, frozenset[str]] = {
    job.JOB: frozenset(("vault", "secret", "task")),
    _GROUP: frozenset(("vault", "secret")),
}


def _scalars(**kinds: Kind) -> dict[str, fields.Attribute]:
    return {name: optional(name, name, kind) for name, kind in kinds.items()}


# Fields that no job file can set, by the names that they have in the API.
_BESIDES: Mapping[fields.Schema, Mapping[str, fields.Attribute | fields.Nested]] = {
    job.JOB: _scalars(
        Stop=Kind.FLAG, ParentID=Kind.TEXT, Dispatched=Kind.FLAG, Payload=Kind.TEXT,
        DispatchIdempotencyToken=Kind.TEXT, ConsulNamespace=Kind.TEXT, VaultNamespace=Kind.TEXT,
        NomadTokenID=Kind.TEXT, Status=Kind.TEXT, StatusDescription=Kind.TEXT, Stable=Kind.FLAG,
        Version=Kind.UINT64, SubmitTime=Kind.INT, CreateIndex=Kind.UINT64,
        ModifyIndex=Kind.UINT64, JobModifyIndex=Kind.UINT64,
    ) | {
        "VersionTag": fields.once("", "VersionTag", fields.table(
            plain("Name", "Name", Kind.TEXT), plain("Description", "Description", Kind.TEXT),
            plain("TaggedTime", "TaggedTime", Kind.INT),
        )),
    },
    job.JOB.blocks["periodic"].schema: _scalars(SpecType=Kind.TEXT),
    placement.SCALING: _scalars(
        ID=Kind.TEXT, Namespace=Kind.TEXT, Target=Kind.TEXT_MAP,
        CreateIndex=Kind.UINT64, ModifyIndex=Kind.UINT64,
    ),
    job.TASK: {"Identity": fields.once("", "Identity", task_parts.IDENTITY)},
    _PROXY.schema: {"ExposeConfig": fields.once("", "ExposeConfig", _EXPOSE)},
    _EXPOSE: {"Path": fields.many("", "Path", _EXPOSE.blocks["path"].schema)},
}  # fmt: skip

_BOUNDS: Mapping[Kind, tuple[int, int]] = {
    Kind.DURATION: (-(2**63), 2**63 - 1),
    Kind.INT: (-(2**63), 2**63 - 1),
    Kind.NUMBER: (-(2**7), 2**7 - 1),  # only an affinity's weight, which job files give as any
    Kind.INT8: (-(2**7), 2**7 - 1),
    Kind.UINT8: (0, 2**8 - 1),
    Kind.UINT16: (0, 2**16 - 1),
    Kind.UINT32: (0, 2**32 - 1),
    Kind.UINT64: (0, 2**64 - 1),
    Kind.PORTS: (0, 2**16 - 1),
}


def parse_api_job(text: str, name: str) -> tree.Object:
    """The job that the text is, or that it holds as ``Job``; ``name`` is what errors call it."""
    source = cursor.read_source(text, name)
    value = jsonsyntax.read_json(source)
    reader = _Reader(source)
    for member in reader.members(value):
        if member.name.value.lower() == "job" and not _is_null(member.value):
            value = member.value
    return reader.read_struct(value, job.JOB, label=None)


class _Reader:
    """Values of one text to fields, by the tables."""

    __slots__ = ("source",)

    def __init__(self, source: nodes.Source) -> None:
        self.source = source

    def read_struct(
        self, value: jsonsyntax.Value, schema: fields.Schema, *, label: str | None
    ) -> tree.Object:
        """A struct's fields; ``label`` is one more, that a block's label sets in a job file."""
        result = _zeros(schema)
        known = _fields(schema)
        if label is not None:
            known[label.lower()] = optional(label, label, Kind.TEXT)
            if schema is not _GROUP:  # whose name is a pointer in Go, and of all others a string
                result[label] = ""
        for member in self.members(value):
            field = known.get(member.name.value.lower())
            if field is None or _is_null(member.value):
                continue
            if isinstance(field, fields.Attribute):
                given = self._read_scalar(member.value, field.kind)
            else:
                given = self._read_nested(member.value, field)
            before = result.get(field.field)
            if isinstance(given, dict) and isinstance(before, dict):
                given = before | given  # Go decodes into what is there already
            result[field.field] = given
        return result

    def _read_nested(self, value: jsonsyntax.Value, nested: fields.Nested) -> tree.Json:
        match nested.repeat:
            case Repeat.LIST:
                return [self._read_block(item, nested) for item in self._items(value)]
            case Repeat.BY_LABEL:
                return {
                    member.name.value: self._read_block(member.value, nested)
                    for member in self.members(value)
                    if not _is_null(member.value)
                }
            case Repeat.ONCE | Repeat.LAST:
                return self._read_block(value, nested)

    def _read_block(self, value: jsonsyntax.Value, nested: fields.Nested) -> tree.Json:
        match nested.schema.form:
            case Form.TEXT_MAP:
                return self._read_scalar(value, Kind.TEXT_MAP)
            case Form.TEXTS_MAP:
                return {
                    member.name.value: self._read_scalar(member.value, Kind.TEXTS)
                    for member in self.members(value)
                    if not _is_null(member.value)
                }
            case Form.FREE | Form.CONSTANTS:
                return {
                    member.name.value: self._read_free(member.value)
                    for member in self.members(value)
                    if not _is_null(member.value)
                }
            case Form.STRUCT | Form.GROUP | Form.TASK | Form.CONSTRAINT | Form.AFFINITY:
                # A task's scaling policy has a label that is no field.
                label = None if nested.label == fields.LABEL else nested.label
                return self.read_struct(value, nested.schema, label=label)

    def _read_scalar(self, value: jsonsyntax.Value, kind: Kind) -> tree.Json:
        match kind, value:
            case Kind.TEXT, jsonsyntax.Text(value=text):
                return text
            case Kind.FLAG, jsonsyntax.Scalar(value=bool(flag)):
                return flag
            case Kind.TEXTS, jsonsyntax.Array(items=items):
                return [self._read_text(item) for item in items]
            case Kind.TEXT_MAP, jsonsyntax.Object(members=members):
                return {each.name.value: self._read_text(each.value) for each in members}
            case Kind.PORTS, jsonsyntax.Array(items=items):
                return [self._read_whole(item, kind) for item in items]
            case _ if kind in _BOUNDS and kind is not Kind.PORTS:
                return self._read_whole(value, kind)
            case _:
                raise self._wrong(value, _WANTED[kind])

    def _read_text(self, value: jsonsyntax.Value) -> tree.Json:
        return "" if _is_null(value) else self._read_scalar(value, Kind.TEXT)

    def _read_whole(self, value: jsonsyntax.Value, kind: Kind) -> int:
        low, high = _BOUNDS[kind]
        digits = (value.number or "") if isinstance(value, jsonsyntax.Scalar) else ""
        is_whole = digits.removeprefix("-").isdigit() and len(digits) <= _LONGEST
        if not is_whole or not low <= int(digits) <= high:
            raise self._wrong(value, f"a whole number between {low} and {high}")
        return int(digits)

    def _read_free(self, value: jsonsyntax.Value) -> tree.Json:
        """A value of a driver's config: numbers are Go's float64, nulls are dropped."""
        match value:
            case jsonsyntax.Text(value=text):
                return text
            case jsonsyntax.Scalar(number=str(digits)):
                number = float(digits)
                if math.isinf(number):
                    raise self._wrong(value, "a number that 64 bits can hold")
                return int(number) if number.is_integer() and abs(number) < _EXACT else number
            case jsonsyntax.Scalar():
                return value.value
            case jsonsyntax.Array(items=items):
                return [self._read_free(item) for item in items if not _is_null(item)]
            case jsonsyntax.Object(members=members):
                return {
                    each.name.value: self._read_free(each.value)
                    for each in members
                    if not _is_null(each.value)
                }

    def members(self, value: jsonsyntax.Value) -> tuple[jsonsyntax.Member, ...]:
        if not isinstance(value, jsonsyntax.Object):
            raise self._wrong(value, "an object")
        return value.members

    def _items(self, value: jsonsyntax.Value) -> list[jsonsyntax.Value]:
        if not isinstance(value, jsonsyntax.Array):
            raise self._wrong(value, "a list")
        return [item for item in value.items if not _is_null(item)]

    def _wrong(self, value: jsonsyntax.Value, wanted: str) -> JobspecError:
        found = self.source.text[value.start : value.end]
        shown = found if len(found) <= _SHOWN else f"{found[:_SHOWN]}…"
        message = f"Incorrect JSON value type; {wanted} is required here, not {shown}"
        return problems.problem(self.source, value.start, message)


_SHOWN = 40
_LONGEST = 20  # digits of an integer of 64 bits, and its sign
_EXACT = 2**53
_WANTED: Mapping[Kind, str] = {
    Kind.TEXT: "a string",
    Kind.FLAG: "true or false",
    Kind.TEXTS: "a list of strings",
    Kind.PORTS: "a list of numbers",
    Kind.TEXT_MAP: "an object of strings",
}


def _fields(schema: fields.Schema) -> dict[str, fields.Attribute | fields.Nested]:
    """The fields of a struct by their names in lower case."""
    by_hand = schema.form in (Form.CONSTRAINT, Form.AFFINITY)
    known: dict[str, fields.Attribute | fields.Nested] = {
        each.field.lower(): each
        for each in schema.attributes.values()
        if not (by_hand and each.field == each.name)  # a shorthand, and no field
    }
    moved = _MOVED.get(schema, frozenset())
    known |= {each.field.lower(): each for each in schema.blocks.values() if each.name not in moved}
    return known | {name.lower(): each for name, each in _BESIDES.get(schema, {}).items()}


def _zeros(schema: fields.Schema) -> tree.Object:
    """What a struct shows that is not set."""
    if schema.form in (Form.CONSTRAINT, Form.AFFINITY):
        return {"LTarget": "", "RTarget": "", "Operand": ""}
    return dict(schema.preset)


def _is_null(value: jsonsyntax.Value) -> bool:
    return isinstance(value, jsonsyntax.Scalar) and value.value is None and value.number is None
