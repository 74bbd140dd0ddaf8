"""Putting a request together from a file and the command line."""

from __future__ import annotations

from typing import Any

import pytest

from server.cli import fields


@pytest.mark.parametrize(
    "text",
    [
        '{"repoURL": "u", "imageTags": ["a"]}',
        '{"jobConfig": {"repoURL": "u", "imageTags": ["a"]}}',
        "repoURL: u\nimageTags: [a]\n",
        "job_config:\n  repoURL: u\n  imageTags:\n    - a\n",
    ],
)
def test_a_file_is_json_or_yaml_with_or_without_its_wrapper(text: str) -> None:
    assert fields.read_file(text) == {"repoURL": "u", "imageTags": ["a"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "just text",
        "a: b: c",
        "1: 2",
        "when: 2026-01-01",
        "a: !!python/object:os.system",
        "a: .nan",
    ],
)
def test_a_file_that_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(fields.FieldsError, match=r"neither JSON nor YAML|not a mapping"):
        fields.read_file(text)


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("gpuCount=1", ["gpuCount"], 1),
        ("sbom=spdx", ["sbom"], "spdx"),
        ("provenance=true", ["provenance"], True),
        ('imageTags=["1", "2"]', ["imageTags"], ["1", "2"]),
        ("target=", ["target"], ""),
        ('target="7"', ["target"], "7"),
        ("buildResources.memory=2048", ["buildResources", "memory"], 2048),
        ("buildArgs.A=x=y", ["buildArgs", "A"], "x=y"),
    ],
)
def test_a_setting_is_json_or_else_a_text(text: str, path: list[str], value: Any) -> None:
    assert fields.read_setting(text) == (path, value)


@pytest.mark.parametrize("text", ["gpuCount", "=1", "a..b=1", "tags=[1,", 'x={"a"}', 'y="open'])
def test_a_setting_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(fields.FieldsError):
        fields.read_setting(text)


def test_what_is_given_wins_over_the_file_however_that_spells_it() -> None:
    request = {"repo_url": "old", "imageTags": ["a"], "owner": "me"}
    assert fields.override(request, {"repoURL": "new", "imageTags": ("b",)}) == {
        "owner": "me",
        "repoURL": "new",
        "imageTags": ("b",),
    }


def test_a_part_of_a_field_is_set_beside_what_is_there() -> None:
    request = {"build_resources": {"cpu": 100}, "owner": "me"}
    changed = fields.set_part(request, ["buildResources", "memory"], 5)
    assert changed == {"build_resources": {"cpu": 100, "memory": 5}, "owner": "me"}
    assert request == {"build_resources": {"cpu": 100}, "owner": "me"}
    with pytest.raises(fields.FieldsError, match="owner has no parts"):
        fields.set_part(request, ["owner", "name"], 1)


def test_pairs_need_a_name() -> None:
    assert fields.read_pairs(["A=1", "B="], "--build-arg") == {"A": "1", "B": ""}
    with pytest.raises(fields.FieldsError, match=r"--build-arg 'A' is not NAME=VALUE"):
        fields.read_pairs(["A"], "--build-arg")
