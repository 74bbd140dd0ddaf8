from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import record, request
from tests import samples

_FAILURE = record.Failure(
    phase="test", task="test", reason="test_failed", exit_code=3, message="m", hint="h"
)


def make_full() -> record.Record:
    build = samples.make_record(
        status="FAILED",
        ended_at=samples.NOW + timedelta(minutes=1, microseconds=1),
        digest=samples.DIGEST,
        commit=samples.COMMIT,
        failure=_FAILURE,
        kill=record.Kill(at=samples.NOW, by="me", why="ünï"),
        delivery=record.Delivery(id="d", event="build.failed", next_attempt_at=samples.NOW),
    )
    return build.with_phase(
        "test",
        registered_at=samples.NOW,
        started_at=samples.NOW,
        allocation="a",
        node="n",
        tasks={"test": record.TaskRecord(started_at=samples.NOW, exit_code=3)},
        log_tail="ünï\x1b[0m\n\x00\u2028",
    )


@pytest.mark.parametrize("build", [samples.make_record(), make_full()])
def test_a_record_is_read_as_it_was_written(build: record.Record) -> None:
    assert record.Record.model_validate_json(build.model_dump_json(exclude_none=True)) == build


OLDER = sorted((Path(__file__).parent / "records").glob("*.json"))


def test_of_each_older_version_there_is_a_record_of_each_status() -> None:
    names = {path.stem for path in OLDER}
    statuses = [status.lower() for status in get_args(record.Status)]
    assert names == {f"{version}-{status}" for version in (1, 2) for status in statuses}
    assert record.SCHEMA_VERSION == 3


@pytest.mark.parametrize("path", OLDER, ids=lambda path: path.stem)
def test_a_record_of_an_older_version_is_read_and_written_as_a_new_one(path: Path) -> None:
    written = json.loads(path.read_text(encoding="utf-8"))
    build = record.Record.model_validate_json(path.read_text(encoding="utf-8"))
    assert build.status == path.stem.partition("-")[2].upper()
    assert build.schema_version == record.SCHEMA_VERSION
    again = json.loads(build.model_dump_json(exclude_none=True))
    assert written["request"].pop("gpu") == "off"
    asked_at = written.pop("kill_requested_at", None)
    assert (build.kill.at if build.kill else None) == (
        datetime.fromisoformat(asked_at) if asked_at else None
    )
    assert_holds(again, {**written, "schema_version": record.SCHEMA_VERSION})


@pytest.mark.parametrize("path", OLDER, ids=lambda path: path.stem)
def test_a_request_that_an_older_version_has_taken_is_the_same_when_it_is_repeated(
    path: Path,
) -> None:
    build = record.Record.model_validate_json(path.read_text(encoding="utf-8"))
    assert build.request == samples.make_request()


def assert_holds(found: Any, wanted: Any) -> None:
    """Nothing of what was written is lost or changed; newer fields may have come."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            assert_holds(found[name], value)
    else:
        assert found == wanted


def test_the_jobs_of_later_attempts_have_names_of_their_own() -> None:
    build = samples.make_running("publish")
    assert build.job_of("publish") == f"publish-{build.id}"
    third = build.with_phase("publish", attempt=3)
    assert third.job_of("publish") == f"publish-{build.id}-3"
    assert record.build_of(third.job_of("publish")) == build.id
    assert third.job_of("test") == f"test-{build.id}"


@given(
    st.text(), st.lists(st.text(min_size=1).filter(lambda text: "\0" not in text and text.strip()))
)
def test_any_text_of_a_request_or_log_survives_the_record(tail: str, commands: list[str]) -> None:
    build = samples.make_record(request=samples.make_request(testCommands=commands[:64]))
    build = build.with_phase("build", log_tail=tail)
    assert record.Record.model_validate_json(build.model_dump_json()) == build


def test_fields_of_a_newer_writer_of_the_same_schema_are_left_out() -> None:
    build = make_full()
    data: dict[str, Any] = json.loads(build.model_dump_json())
    for part in (data, data["request"], data["test"], data["failure"]):
        part["invented_later"] = {"a": [1]}
    assert record.Record.model_validate_json(json.dumps(data)) == build


def test_what_is_no_record_is_not_read_as_one() -> None:
    for text in ("{}", "[]", "", '{"id": "x"}'):
        with pytest.raises(pydantic.ValidationError):
            record.Record.model_validate_json(text)


def test_a_record_never_changes_but_is_replaced() -> None:
    build = samples.make_record()
    changed = build.with_phase("test", node="n")
    assert (build.test.node, changed.test.node) == ("", "n")
    with pytest.raises(pydantic.ValidationError):
        build.status = "FAILED"


@pytest.mark.parametrize(
    ("commands", "phases"),
    [(["true"], ("build", "test", "publish")), ([], ("build", "publish"))],
)
def test_without_test_commands_there_is_no_test_phase(
    commands: list[str], phases: tuple[record.Phase, ...]
) -> None:
    build = samples.make_record(request=samples.make_request(testCommands=commands))
    assert build.phases == phases
    following = [build.after(phase) for phase in phases]
    assert following == [*phases[1:], None]


@pytest.mark.parametrize(
    ("status", "phase", "ended"),
    [
        ("PENDING", "build", False),
        ("BUILDING", "build", False),
        ("TESTING", "test", False),
        ("PUBLISHING", "publish", False),
        ("SUCCEEDED", "publish", True),
        ("FAILED", "test", True),
    ],
)
def test_the_status_says_in_which_phase_a_build_is(
    status: record.Status, phase: record.Phase, ended: bool
) -> None:
    failure = _FAILURE if status == "FAILED" else None
    build = samples.make_record(status=status, failure=failure)
    assert (build.phase, build.ended) == (phase, ended)


def test_without_tags_the_image_is_tagged_with_the_builds_id() -> None:
    build = samples.make_record(request=samples.make_request(imageTags=[]))
    assert build.images == (f"registry.cluster:5000/bdtemp/bd:{samples.BUILD_ID}",)


def test_staging_is_a_repository_of_its_own() -> None:
    # Deleting a manifest removes all its tags in that repository: nobody else's may be there.
    build = samples.make_record()
    assert build.staging_image == (
        f"registry.cluster:5000/bdtemp/bd-staging-{samples.BUILD_ID}:staged"
    )
    other = samples.make_record(id="01kb9x3m4v0000000000000001")
    assert other.staging_image != build.staging_image


def test_the_longest_names_still_fit_into_a_registry() -> None:
    name = "a" * (200 - len("registry.cluster:5000/bdtemp/"))
    build = samples.make_record(request=samples.make_request(imageName=name))
    assert len(build.staging_image.removesuffix(":staged")) <= 255


def test_no_secret_has_a_place_in_a_request() -> None:
    names = set(request.BuildRequest.model_fields)
    assert not {name for name in names if "password" in name or "token" in name}
