"""What the service states of an image: who made it from what, and nothing that is secret or changes with an attempt."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import provenance, record
from server.config import read_config
from tests import samples

PINNED = "quay.io/buildah/stable:v1.41@sha256:" + "cd" * 32
CONFIG = read_config(
    {"NOMAD_BUILD_BUILDER_IMAGE": PINNED, "NOMAD_BUILD_SOURCE_IMAGE": "quay.io/git:1"}
)


def built(**request: Any) -> record.Record:
    """The record of a build whose image is staged."""
    build = samples.make_record(
        request=samples.make_request(**request), digest=samples.DIGEST, commit=samples.COMMIT
    )
    return build.with_phase(
        "build",
        registered_at=samples.NOW,
        started_at=samples.NOW + timedelta(seconds=1.5),
        ended_at=samples.NOW + timedelta(seconds=61),
    )


def state(build: record.Record) -> dict[str, Any]:
    text = provenance.write_statement(build, CONFIG, pack_version="0.1.0")
    statement: dict[str, Any] = json.loads(text)
    return statement


def test_a_statement_is_about_the_image_by_its_digest() -> None:
    statement = state(built())
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    assert statement["subject"] == [
        {"name": "registry.cluster:5000/bdtemp/bd", "digest": {"sha256": "ab" * 32}}
    ]


def test_it_names_the_commit_the_images_and_the_pack_that_made_it() -> None:
    predicate = state(built())["predicate"]
    assert predicate["buildDefinition"]["resolvedDependencies"] == [
        {
            "uri": "git+https://github.com/geraldthewes/bd@main",
            "digest": {"gitCommit": samples.COMMIT},
        },
        {"uri": "docker://quay.io/git:1"},
        {"uri": "docker://quay.io/buildah/stable:v1.41", "digest": {"sha256": "cd" * 32}},
    ]
    assert predicate["buildDefinition"]["internalParameters"] == {
        "pack": {"name": "build", "version": "0.1.0"},
        "variant": "cpu",
        "storageDriver": "overlay",
    }
    assert predicate["runDetails"] == {
        "builder": {
            "id": provenance.PROJECT,
            "version": {"nomad-build-pack": "0.1.0"},
            "builderDependencies": [
                {"uri": "docker://quay.io/buildah/stable:v1.41", "digest": {"sha256": "cd" * 32}}
            ],
        },
        "metadata": {
            "invocationId": f"build-{samples.BUILD_ID}",
            "startedOn": "2026-11-23T12:00:01Z",
            "finishedOn": "2026-11-23T12:01:01Z",
        },
    }


def test_a_repository_that_is_spoken_to_by_ssh_becomes_an_address_too() -> None:
    definition = state(built(repoURL="git@github.com:org/app.git"))["predicate"]["buildDefinition"]
    source = definition["resolvedDependencies"][0]
    assert source["uri"] == "git+ssh://git@github.com/org/app.git@main"


def test_parameters_are_what_was_asked_for_without_who_asked_and_whom_to_tell() -> None:
    asked = {
        "gitCredentialsPath": "nomad:nomad/jobs/git",
        "requestID": "again",
        "onConflict": "reject",
        "webhookURL": "https://hooks.example.com/x?token=guess",
        "webhookHeaders": {"X-Team": "a"},
        "webhookSecretPath": "nomad-build/webhooks/team",
    }
    found = state(built(**asked))["predicate"]["buildDefinition"]["externalParameters"]
    assert found == {
        "repoURL": "https://github.com/geraldthewes/bd",
        "gitRef": "main",
        "imageTags": ["test"],
        "registryURL": "registry.cluster:5000/bdtemp",
        "testCommands": ["echo test"],
        "gitCredentialsPath": "nomad:nomad/jobs/git",  # a reference, never what is there
    }


@given(attempt=st.integers(2, 5), seconds=st.integers(0, 10_000))
def test_a_later_attempt_to_publish_states_the_same_byte_for_byte(
    attempt: int, seconds: int
) -> None:
    first = built()
    later = first.with_phase(
        "publish", attempt=attempt, registered_at=samples.NOW + timedelta(seconds=seconds)
    ).model_copy(update={"status": "PUBLISHING"})
    texts = {
        provenance.write_statement(each, CONFIG, pack_version="0.1.0") for each in (first, later)
    }
    assert len(texts) == 1


@given(command=st.text(min_size=1).filter(lambda text: "\0" not in text and bool(text.strip())))
def test_any_text_comes_back_out_of_the_json(command: str) -> None:
    found = state(built(testCommands=[command]))["predicate"]["buildDefinition"]
    assert found["externalParameters"]["testCommands"] == [command]


def test_there_is_nothing_to_state_before_there_is_an_image() -> None:
    with pytest.raises(ValueError, match="has no image yet"):
        provenance.write_statement(samples.make_record(), CONFIG, pack_version="0.1.0")
