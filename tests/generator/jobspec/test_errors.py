"""What is refused: nothing unknown is ever ignored, and the error says where and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies

from generator import jobspec
from generator.errors import GeneratorError, JobspecError


def refuse(text: str) -> GeneratorError:
    with pytest.raises(GeneratorError) as caught:
        jobspec.parse(text, "x.nomad.hcl")
    return caught.value


def test_unknown_argument_is_refused_with_its_place_and_a_near_miss() -> None:
    error = refuse('job "x" {\n  prioritty = 5\n}\n')

    assert isinstance(error, JobspecError)
    assert str(error) == (
        'x.nomad.hcl:2:3: Unsupported argument; An argument named "prioritty" is not expected here. '
        'Did you mean "priority"?'
        "\n    prioritty = 5"
        "\n    ^"
    )


def test_unknown_block_is_refused_with_a_near_miss() -> None:
    error = refuse('job "x" {\n  group "g" {\n    tsk "t" {}\n  }\n}\n')

    assert str(error.position) == "x.nomad.hcl:3:5"
    assert error.message.endswith('Did you mean "task"?')


def test_block_written_as_an_argument_says_how_to_write_it() -> None:
    error = refuse('job "x" {\n  group "g" {\n    restart = { attempts = 1 }\n  }\n}\n')

    assert error.message.endswith('Did you mean to define a block of type "restart"?')


def test_argument_written_as_a_block_says_how_to_write_it() -> None:
    error = refuse('job "x" {\n  datacenters {}\n}\n')

    assert error.message.endswith("use the equals sign to assign it a value.")


@pytest.mark.parametrize(
    "block",
    [
        "consul { namespac = 1 }",
        "restart { attempt = 1 }",
        "network { prot {} }",
        "constraint { equal = 1 }",
        "affinity { wait = 1 }",
        'volume "v" { sauce = 1 }',
        "service { check { pat = 1 } }",
        "scaling { maximum = 1 }",
        'dynamic "service" { for_all = [] }',
    ],
)
def test_unknown_names_are_refused_wherever_there_is_a_table(block: str) -> None:
    error = refuse(f'job "x" {{\n  group "g" {{\n    {_spread(block)}\n  }}\n}}\n')

    assert "is not expected here" in error.message or "are not expected here" in error.message


def _spread(block: str) -> str:
    """One-line blocks may hold one argument only: put every brace on a line of its own."""
    return block.replace("{ ", "{\n").replace(" }", "\n}")


def test_value_of_the_wrong_type_is_an_error_of_the_job() -> None:
    error = refuse('job "x" {\n  priority = "high"\n}\n')

    assert isinstance(error, JobspecError)
    assert error.message == "Unsuitable value type; Unsuitable value: a number is required"
    assert error.position is not None
    assert error.position.line == 2


def test_undeclared_variable_is_an_error_and_not_a_runtime_reference() -> None:
    error = refuse('job "x" {\n  region = var.nowhere\n}\n')

    assert error.position is not None
    assert error.position.line == 2


CORPUS = sorted((Path(__file__).parents[2] / "conformance" / "jobspec").glob("*.nomad.hcl"))
assert CORPUS, "no recorded jobs found"


@given(
    path=strategies.sampled_from(CORPUS),
    place=strategies.floats(0, 1, exclude_max=True),
    length=strategies.integers(0, 20),
    inserted=strategies.sampled_from(["", "{", "}", '"', "[", "null", "= 1", "${", "var", "\n"]),
)
def test_damaged_job_file_is_read_or_refused_and_nothing_else(
    path: Path, place: float, length: int, inserted: str
) -> None:
    text = path.read_bytes().decode()
    start = int(place * len(text))
    damaged = text[:start] + inserted + text[start + length :]

    try:
        job = jobspec.parse(damaged, "x.nomad.hcl")
    except GeneratorError as error:
        assert error.message
    else:
        assert "ID" in job


@pytest.mark.parametrize("depth", [90, 5000])
def test_deeply_nested_config_is_read_or_refused(depth: int) -> None:
    config = "a {\n" * depth + "}\n" * depth
    text = f'job "x" {{\n group "g" {{\n task "t" {{\n config {{\n{config}}}\n}}\n}}\n}}\n'

    if depth < 100:
        assert jobspec.parse(text, "x")["ID"] == "x"
    else:
        assert "deeply" in refuse(text).message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            'job "x" {\n  task "t" {\n    network {}\n  }\n}\n',
            "network belongs into: group, resources",
        ),
        ('job "x" {\n  cpu = 1\n}\n', "cpu belongs into: resources"),
        ('job "x" {\n  region = tostring(5)\n}\n', "write convert(value, string)"),
        (
            'variable "image" {\n  default = "a"\n}\njob "x" {\n  region = var.imag\n}\n',
            "did you mean var.image?",
        ),
        (
            'variable "image" {\n  default = "a"\n}\njob "x" {\n  region = local.image\n}\n',
            "did you mean var.image?",
        ),
        (
            'locals {\n  a = local.b\n  b = local.a\n}\njob "x" {}\n',
            "these locals refer to each other, or to one that fails: b, a",
        ),
    ],
)
def test_mistake_gets_a_hint_at_what_is_meant(text: str, hint: str) -> None:
    assert refuse(text).hint == hint
