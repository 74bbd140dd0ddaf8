"""Job files in JSON: the same job as from HCL's native syntax."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies

from generator import jobspec
from generator.errors import GeneratorError, HclError, JobspecError, Position
from generator.hcl import cursor, jsonsyntax

JSON = """
{
  "variable": {"ports": {"type": "map(number)", "default": {"web": 80, "admin": 81}}},
  "locals": {"image": "app:${length}"},
  "job": {"x": {"group": {"g": {
    "network": {"dynamic": {"port": {
      "for_each": "${var.ports}", "iterator": "p", "labels": ["${p.key}"],
      "content": {"to": "${p.value}"}
    }}},
    "task": {"t": {
      "config": {"image": "${local.image}", "labels": {"a": "b"}, "mounts": [{"k": 1}]},
      "env": {"ID": "${NOMAD_ALLOC_ID}"},
      "template": [{"data": "one", "destination": "1"}, {"data": "two", "destination": "2"}]
    }}
  }}}}
}
"""

NATIVE = """
variable "ports" {
  type    = map(number)
  default = { web = 80, admin = 81 }
}

locals {
  image = "app:${length}"
}

job "x" {
  group "g" {
    network {
      dynamic "port" {
        for_each = var.ports
        iterator = p
        labels   = [p.key]
        content {
          to = p.value
        }
      }
    }
    task "t" {
      config {
        image  = local.image
        labels = ({ a = "b" })
        mounts = [{ k = 1 }]
      }
      env {
        ID = "${NOMAD_ALLOC_ID}"
      }
      template {
        data        = "one"
        destination = "1"
      }
      template {
        data        = "two"
        destination = "2"
      }
    }
  }
}
"""


def test_json_and_native_syntax_describe_the_same_job() -> None:
    text = JSON.strip()

    assert jobspec.parse(text, "x.json") == jobspec.parse(NATIVE, "x.hcl")


def test_unknown_property_is_refused_at_its_place() -> None:
    with pytest.raises(JobspecError) as caught:
        jobspec.parse('{"job": {"x": {\n  "kind": 1}}}', "x.json")

    assert str(caught.value.position) == "x.json:2:3"


def test_bad_expression_in_a_string_is_told_at_its_place() -> None:
    with pytest.raises(GeneratorError) as caught:
        jobspec.parse('{"job": {"x": {\n  "region": "a${var.none}"}}}', "x.json")

    assert caught.value.position is not None
    assert (caught.value.position.line, caught.value.position.column) == (2, 20)


@pytest.mark.parametrize(
    "text",
    ["{", '{"a" 1}', '{"a": }', '{"a": 1,}', '{"a": [1,]}', '{"a": 01}', '{"a": "\\q"}', "{} x"],
)
def test_text_that_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(HclError):
        jobspec.parse(text, "x.json")


@given(
    strategies.recursive(
        strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
        lambda inner: (
            strategies.lists(inner, max_size=4)
            | strategies.dictionaries(strategies.text(), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_as_the_library_reads_it(value: object) -> None:
    source = cursor.read_source(json.dumps(value, indent=1), "x.json")

    assert _plain(jsonsyntax.read_json(source)) == value


def _plain(value: jsonsyntax.Value) -> object:
    match value:
        case jsonsyntax.Scalar(number=str() as number):
            return json.loads(number)
        case jsonsyntax.Scalar() | jsonsyntax.Text():
            return value.value
        case jsonsyntax.Array():
            return [_plain(item) for item in value.items]
        case jsonsyntax.Object():
            return {member.name.value: _plain(member.value) for member in value.members}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"job": 5}', "Either a JSON object or JSON array of objects is required"),
        ('{"job": [5]}', "A JSON object is required here"),
        ('{"job": {"x": 5}}', "Either a JSON object or a JSON array is required"),
        ('{"job": {"x": {"dynamic": {"grp": {}}}}}', 'named "grp"'),
        ('{"variable": {"a": {"type": 5}}, "job": {"x": {}}}', "A JSON string is required here"),
        ('{"job": {"x": {"priority": 1e999999}}}', "Invalid JSON number"),
        ('{"job": ' + "[" * 200 + "]" * 200 + "}", "Nested too deeply"),
        ('{"job": {"x": {"region": x}}}', '"x" is not a valid JSON keyword'),
        ('{"job": {"x": {"region": "a\nb"}}}', "Invalid JSON string"),
        ('{"job": {"x": {5: 1}}}', "property name must be a string"),
    ],
)
def test_json_that_is_no_job_is_refused(text: str, problem: str) -> None:
    with pytest.raises(GeneratorError) as caught:
        jobspec.parse(text, "x.json")

    assert problem in caught.value.message


def test_null_stands_for_no_block() -> None:
    assert jobspec.parse('{"job": {"x": {"update": null}}}', "x.json") == {
        "Dispatched": False,
        "ID": "x",
        "Name": "x",
    }


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"job": {"x": {\n  "region": "a ${upper(} b"\n}}}', 2, 24),
        ('{"job": {"x": {\n  "region": "${"\n}}}', 2, 16),
        ('{"variable": {"a": {\n  "type": "list("\n}}, "job": {"x": {}}}', 2, 17),
    ],
)
def test_mistake_in_a_string_is_at_its_place_in_the_file(text: str, line: int, column: int) -> None:
    with pytest.raises(HclError) as caught:
        jobspec.parse(text, "x.json")

    assert caught.value.position == Position("x.json", line, column)
