"""Declared variables: names, types, defaults, and what is refused."""

from __future__ import annotations

import pytest

from generator import declarations
from generator.errors import GeneratorError, HclError


def declare(kind: str, default: str) -> str:
    return f'variable "x" {{\n  type = {kind}\n  default = {default}\n}}\n'


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        ("string", "5", "5"),
        ("number", '"5"', 5),
        ("number", "1.0", 1),
        ("bool", '"true"', True),
        ("list(number)", '["1", 2]', [1, 2]),
        ("set(string)", '["b", "a", "b"]', ["a", "b"]),
        ("map(string)", "{ a = 1 }", {"a": "1"}),
        ("object({ a = string })", '{ a = "x", b = "dropped" }', {"a": "x"}),
        ("object({ a = string })", "{}", {}),
        ('object({ a = optional(string, "d") })', "{}", {"a": "d"}),
        ("any", '["a", true]', ["a", True]),
        ("string", "null", None),
    ],
)
def test_a_default_becomes_one_of_the_declared_type(kind: str, default: str, value: object) -> None:
    assert declarations.parse(declare(kind, default), "v")["x"].default == value


def test_of_two_declarations_of_one_name_the_later_counts() -> None:
    text = declare("string", '"first"') + declare("string", '"second"')

    assert declarations.parse(text, "v")["x"].default == "second"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('variable "1x" {}', "v:1:1: .*Name must start with a letter or underscore"),
        ("variable {}", r"All variable blocks must have 1 labels \(name\)"),
        ('variable "x" {\n description = true\n}', "expected to be of type string, got bool"),
        ('variable "x" {\n sensitive = true\n}', 'v:2:2: .*An argument named "sensitive"'),
        ('variable "x" {\n validation {\n }\n}', 'Blocks of type "validation" are not expected'),
        ("locals {}", 'Blocks of type "locals" are not expected here.'),
        (declare("number", '"many"'), "v:3:13: .*type constraint: a number is required."),
        (declare("text", "1"), 'The keyword "text" is not a valid type specification.'),
        (declare("string", "upper(1)"), "Functions may not be called here."),
        (declare("string", "other"), "Variables may not be used here."),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        declarations.parse(text, "v")


def test_a_type_that_is_nearly_one_is_refused_with_the_one_that_is_meant() -> None:
    with pytest.raises(HclError) as caught:
        declarations.parse('variable "x" {\n  type = numbre\n}\n', "variables.hcl")

    assert caught.value.hint == 'did you mean "number"?'
