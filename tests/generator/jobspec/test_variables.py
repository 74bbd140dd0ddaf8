"""Variables and locals of a job file: who wins, what is converted, and what is refused."""

from __future__ import annotations

import pytest

from generator import jobspec
from generator.errors import GeneratorError, JobspecError

DECLARED = """
variable "count" {
  type    = number
  default = 1

  validation {
    condition     = var.count < 10
    error_message = "Keep it below ten."
  }
}

variable "tags" {
  type    = list(string)
  default = []
}

variable "name" {}

locals {
  twice = "${local.once}${local.once}"
  once  = var.name
}

job "x" {
  datacenters = var.tags
  region      = local.twice
  priority    = var.count
}
"""


def test_arguments_are_read_by_the_variables_type() -> None:
    given = {"count": "5", "tags": '["a", 1]', "name": "[bare]"}

    job = jobspec.parse(DECLARED, "x", given)

    assert job["Priority"] == 5
    assert job["Datacenters"] == ["a", "1"]
    assert job["Region"] == "[bare][bare]"


def test_argument_wins_over_definition_and_definition_over_default() -> None:
    definitions = 'count = 2\nname = "from text"\nignored = true\n'

    first = jobspec.parse(DECLARED, "x", definitions=definitions)
    second = jobspec.parse(DECLARED, "x", {"count": "3"}, definitions=definitions)

    assert (first["Priority"], second["Priority"]) == (2, 3)


def test_definitions_may_be_json() -> None:
    job = jobspec.parse(DECLARED, "x", definitions='{"name": "${not}", "tags": ["t"]}')

    assert job["Region"] == "${not}${not}"
    assert job["Datacenters"] == ["t"]


def test_broken_rule_is_told_in_the_words_of_its_author() -> None:
    with pytest.raises(JobspecError, match=r"Keep it below ten\."):
        jobspec.parse(DECLARED, "x", {"count": "10", "name": "n"})


def test_variable_without_any_value_is_refused() -> None:
    with pytest.raises(JobspecError, match='Unset variable "name"'):
        jobspec.parse(DECLARED, "x")


def test_argument_for_an_unknown_variable_is_refused_with_a_near_miss() -> None:
    with pytest.raises(JobspecError, match='Did you mean "count"'):
        jobspec.parse(DECLARED, "x", {"cuont": "1", "name": "n"})


def test_value_that_does_not_convert_is_refused() -> None:
    with pytest.raises(JobspecError, match="a number is required"):
        jobspec.parse(DECLARED, "x", {"count": "many", "name": "n"})


def test_locals_in_a_circle_are_refused() -> None:
    text = 'locals {\n  a = local.b\n  b = local.a\n}\njob "x" {}\n'

    with pytest.raises(GeneratorError, match="does not have an attribute"):
        jobspec.parse(text, "x")


def test_local_may_hold_all_locals_that_were_known_before_it() -> None:
    text = 'locals {\n  a = 1\n  all = local\n}\njob "x" {\n  meta = local.all\n}\n'

    assert jobspec.parse(text, "x")["Meta"] == {"a": "1"}


@pytest.mark.parametrize(
    ("condition", "message", "problem"),
    [
        ("var.a == null ? null : null", '"Wrong."', "must return either true or false, not null"),
        ("[var.a]", '"Wrong."', "Invalid validation condition result value: bool required"),
        ("true", '"Wrong."', "must refer to var.a in order to test"),
        ("var.b", '"Wrong."', "can only refer to the variable itself"),
        ("[for b in [1] : b] == var", '"Wrong."', "can only refer to the variable itself"),
        ("var.a == 1", '""', "An empty string is not a valid nor useful error message"),
        ("var.a == 1", '"wrong."', "must be at least one full sentence"),
    ],
)
def test_rule_that_means_nothing_is_refused(condition: str, message: str, problem: str) -> None:
    text = (
        'variable "a" {\n  default = 1\n  validation {\n'
        f"    condition     = {condition}\n    error_message = {message}\n"
        '  }\n}\njob "x" {}\n'
    )

    with pytest.raises(GeneratorError) as caught:
        jobspec.parse(text, "x")

    assert problem in caught.value.message


def test_rule_may_use_names_of_its_own() -> None:
    text = (
        'variable "a" {\n  default = [1, 2]\n  validation {\n'
        "    condition     = [for each in var.a : each if each > 0] == var.a\n"
        '    error_message = "Only positive numbers."\n'
        '  }\n}\njob "x" {\n  priority = var.a[1]\n}\n'
    )

    assert jobspec.parse(text, "x")["Priority"] == 2
