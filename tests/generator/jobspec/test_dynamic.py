"""`dynamic` blocks: what they become, and which of them mean nothing."""

from __future__ import annotations

import json

import pytest

from generator import jobspec
from generator.errors import JobspecError


def ports(dynamic: str) -> list[tuple[object, object]]:
    """The labels and targets of a group's ports."""
    text = f'job "x" {{\n  group "g" {{\n    network {{\n{dynamic}\n    }}\n  }}\n}}\n'
    job = json.loads(jobspec.encode(jobspec.parse(text, "x")))
    [network] = job["TaskGroups"][0]["Networks"]
    return [(port["Label"], port["To"]) for port in network.get("DynamicPorts", [])]


@pytest.mark.parametrize(
    ("for_each", "expected"),
    [
        ('["b", "a"]', [("0-b", 0), ("1-a", 0)]),
        ('{ b = "x", a = "y" }', [("a-y", 0), ("b-x", 0)]),
        ('convert(["b", "a", "b"], set(string))', [("a-a", 0), ("b-b", 0)]),
        ("[]", []),
    ],
)
def test_every_element_becomes_a_block(for_each: str, expected: list[object]) -> None:
    found = ports(
        f'dynamic "port" {{\n for_each = {for_each}\n labels = ["${{port.key}}-${{port.value}}"]\n'
        " content {}\n}"
    )

    assert found == expected


def test_blocks_stand_where_their_dynamic_block_stood() -> None:
    found = ports(
        'port "first" {}\n'
        'dynamic "port" {\n for_each = [80]\n iterator = it\n labels = ["made"]\n'
        " content {\n to = it.value\n }\n}\n"
        'port "last" {}'
    )

    assert found == [("first", 0), ("made", 80), ("last", 0)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('labels = ["a"]\n content {}', 'The argument "for_each" is required'),
        ("for_each = [1]\n content {}", 'The argument "labels" is required'),
        ('for_each = [1]\n labels = ["a"]', "Missing dynamic content block"),
        ('for_each = [1]\n labels = ["a"]\n content {}\n content {}', "Extraneous dynamic content"),
        ('for_each = [1]\n labels = ["a"]\n contents {}', 'Did you mean "content"'),
        ('for_each = [1]\n labels = ["a"]\n label = 1\n content {}', 'Did you mean "labels"'),
        ('for_each = [1]\n labels = ["a", "b"]\n content {}', "Extraneous dynamic block label"),
        ("for_each = [1]\n labels = []\n content {}", "Insufficient dynamic block labels"),
        ('for_each = [1]\n labels = "a"\n content {}', "A static list expression is required"),
        ("for_each = [1]\n labels = [null]\n content {}", "Cannot use a null value as a dynamic"),
        ('for_each = [1]\n iterator = "a"\n labels = ["a"]\n content {}', "single variable name"),
        ('for_each = null\n labels = ["a"]\n content {}', "Cannot use a null value in for_each"),
        ('for_each = "ab"\n labels = ["a"]\n content {}', "Cannot use a string value in for_each"),
    ],
)
def test_dynamic_block_that_means_nothing_is_refused(body: str, problem: str) -> None:
    with pytest.raises(JobspecError) as caught:
        ports(f'dynamic "port" {{\n {body}\n}}')

    assert problem in caught.value.message
    assert caught.value.position is not None
