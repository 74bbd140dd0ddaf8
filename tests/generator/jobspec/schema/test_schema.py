"""The tables say of every block and argument what the structs of Nomad 2.0.5's API say.

``structs.json`` was printed by ``record.go``, from the ``hcl`` tags by which Nomad itself decodes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest

from generator.jobspec.schema import fields, job
from generator.jobspec.schema.fields import Form, Kind, Repeat


class Field(TypedDict, total=False):
    """A field of a struct; ``struct`` is what a block's type is called."""

    name: str
    kind: str
    field: str
    type: str
    struct: str


STRUCTS: dict[str, list[Field]] = json.loads(
    Path(__file__).with_name("structs.json").read_text(encoding="utf-8")
)

KINDS = {
    "string": Kind.TEXT,
    "api.CSIPluginType": Kind.TEXT,
    "bool": Kind.FLAG,
    "time.Duration": Kind.DURATION,
    "int": Kind.INT,
    "int64": Kind.INT,
    "int8": Kind.INT8,
    "uint8": Kind.UINT8,
    "uint16": Kind.UINT16,
    "uint32": Kind.UINT32,
    "uint64": Kind.UINT64,
    "[]string": Kind.TEXTS,
    "[]uint16": Kind.PORTS,
    "map[string]string": Kind.TEXT_MAP,
}
FORMS = {
    "map[string]string": Form.TEXT_MAP,
    "map[string][]string": Form.TEXTS_MAP,
    "map[string]interface {}": Form.FREE,
}

# Nomad decodes these by hand (jobspec2/hcl_conversions.go), so that their tags count for nothing.
BY_HAND = {"Constraint", "Affinity"}
# What the decoders of job, group and task take besides the fields of their structs.
BESIDES = {"Job": {"vault", "secret", "task"}, "TaskGroup": {"vault", "secret"}}
LABELLED_BY_HAND = {("Task", "scaling")}


def walk(
    struct: str, schema: fields.Schema, seen: frozenset[str]
) -> Iterator[tuple[str, fields.Schema]]:
    """Each struct below one, with its table."""
    yield struct, schema
    for field in STRUCTS[struct]:
        below = field.get("struct", "")
        if below in STRUCTS and below not in seen and field["name"] in schema.blocks:
            yield from walk(below, schema.blocks[field["name"]].schema, seen | {below})


PAIRS = {name: schema for name, schema in walk("Job", job.JOB, frozenset()) if name not in BY_HAND}


def test_every_struct_has_a_table() -> None:
    assert PAIRS.keys() | BY_HAND == STRUCTS.keys()


@pytest.mark.parametrize("struct", PAIRS)
def test_table_has_the_names_of_its_struct_and_no_others(struct: str) -> None:
    schema = PAIRS[struct]
    names = {field["name"] for field in STRUCTS[struct] if field["kind"] != "label"}

    assert {*schema.attributes, *schema.blocks} == names | BESIDES.get(struct, set())


@pytest.mark.parametrize("struct", PAIRS)
def test_arguments_are_of_their_fields_types(struct: str) -> None:
    for field in STRUCTS[struct]:
        if field["kind"] not in ("attr", "optional"):
            continue
        given = PAIRS[struct].attributes[field["name"]]
        go_type = field["type"]
        pointer = go_type.startswith("*")
        assert given.field == field["field"]
        assert given.kind is KINDS[go_type.removeprefix("*")]
        assert given.nullable == (pointer or go_type.startswith(("[]", "map[")))
        assert given.required == (field["kind"] == "attr" and not pointer)


@pytest.mark.parametrize("struct", PAIRS)
def test_blocks_stand_as_often_as_their_fields_hold(struct: str) -> None:
    for field in STRUCTS[struct]:
        if field["kind"] != "block":
            continue
        given = PAIRS[struct].blocks[field["name"]]
        go_type = field["type"]
        below = STRUCTS.get(field["struct"], [])
        labels = [each["field"] for each in below if each["kind"] == "label"]
        once = Repeat.BY_LABEL if go_type.startswith("map[string]*") else Repeat.ONCE
        assert given.field == field["field"]
        assert given.repeat is (Repeat.LIST if go_type.startswith("[]") else once)
        if (struct, field["name"]) not in LABELLED_BY_HAND:
            assert given.label == (labels[0] if labels else None)
        if field["struct"] not in STRUCTS:
            assert given.schema.form is FORMS[field["struct"]]
