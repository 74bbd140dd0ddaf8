"""What the suite calls wrong: each of the things that may never be is found when it is there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults import book, judgement, ledger

ONE = "01kb9x3m4v0000000000000001"
TWO = "01kb9x3m4v0000000000000002"
DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


def accepted(build_id: str, scenario: str = "succeeds", number: int = 1) -> book.Build:
    build = book.make_build(number, scenario, "app")
    build.id, build.began, build.accepted = build_id, number, number + 0.5
    build.end = {"status": "SUCCEEDED", "digest": DIGEST, "phases": {}}
    return build


def ran(build: book.Build, phase: str, digest: str = DIGEST, **changes: Any) -> list[ledger.Entry]:
    job = f"{phase}-{build.id}"
    task = ledger.MAIN_TASKS.get(phase, phase)
    common: dict[str, Any] = {"job": job, "task": task, "allocation": f"alloc-{job}"} | changes
    published = [
        ledger.Entry(kind="published", digest=digest, name=name, **common)
        for name in (book.names(build) if phase == "publish" else [])
    ]
    return [
        ledger.Entry(kind="launched", digest=digest, **common),
        *published,
        ledger.Entry(kind="ended", **common),
    ]


def all_phases(build: book.Build) -> list[ledger.Entry]:
    return [*ran(build, "build"), *ran(build, "test"), *ran(build, "publish")]


def test_a_build_that_went_as_it_should_is_right() -> None:
    build = accepted(ONE)
    verdict = judgement.judge([build], all_phases(build))
    assert verdict.good
    assert verdict.right == 1


def test_a_build_without_an_end_is_lost() -> None:
    build = accepted(ONE)
    build.end = {}
    verdict = judgement.judge([build], all_phases(build))
    assert verdict.lost
    assert not verdict.good
    assert verdict.right == 0


@pytest.mark.parametrize(
    "end",
    [
        {"status": "FAILED", "failure": {"phase": "test", "reason": "test_failed", "message": ""}},
        {"status": "SUCCEEDED", "digest": OTHER},
        {"status": "SUCCEEDED"},
    ],
)
def test_another_end_than_the_scenarios_is_wrong(end: dict[str, Any]) -> None:
    build = accepted(ONE)
    build.end = end
    verdict = judgement.judge([build], all_phases(build))
    assert verdict.wrong
    assert verdict.right == 0


def test_a_failure_for_another_reason_is_wrong() -> None:
    build = accepted(ONE, "test-fails")
    build.end = {"status": "FAILED", "failure": {"phase": "test", "reason": "timeout"}}
    assert judgement.judge([build], ran(build, "build")).wrong
    build.end["failure"]["reason"] = "test_failed"
    assert judgement.judge([build], ran(build, "build")).good


def test_a_failed_build_that_has_published_is_wrong() -> None:
    build = accepted(ONE, "push-denied")
    build.end = {"status": "FAILED", "failure": {"phase": "publish", "reason": "push_denied"}}
    assert judgement.judge([build], all_phases(build)).wrong


def test_a_phase_that_ran_in_two_allocations_is_found() -> None:
    build = accepted(ONE)
    again = ran(build, "test", allocation="another")
    assert judgement.judge([build], [*all_phases(build), *again]).repeated == [
        f"test-{ONE} ran more than once"
    ]


def test_a_second_attempt_to_publish_is_a_job_of_its_own() -> None:
    build = accepted(ONE)
    again = ran(build, "publish", job=f"publish-{ONE}-2", allocation="another")
    assert judgement.judge([build], [*all_phases(build), *again]).good


@pytest.mark.parametrize(
    "tested",
    [
        [],
        [{"digest": OTHER}],
        [{"exit_code": 1}],
    ],
)
def test_an_image_that_no_test_ended_well_in_is_found(tested: list[dict[str, Any]]) -> None:
    build = accepted(ONE)
    entries = ran(build, "build")
    for changes in tested:
        entries += ran(build, "test", **changes)
    entries += ran(build, "publish")
    assert judgement.judge([build], entries).untested


def test_a_test_that_ends_after_publishing_is_too_late() -> None:
    build = accepted(ONE)
    entries = [*ran(build, "build"), *ran(build, "publish"), *ran(build, "test")]
    assert judgement.judge([build], entries).untested


def test_without_test_commands_the_image_that_was_built_may_be_published() -> None:
    build = accepted(ONE, "untested")
    assert judgement.judge([build], [*ran(build, "build"), *ran(build, "publish")]).good


def test_an_older_build_that_publishes_after_a_newer_one_is_found() -> None:
    older, newer = accepted(ONE, number=1), accepted(TWO, number=2)
    older.request["imageTags"] = newer.request["imageTags"] = ["latest"]
    right = [*all_phases(older), *all_phases(newer)]
    assert judgement.judge([older, newer], right).good
    wrong = [*all_phases(newer), *all_phases(older)]
    assert len(judgement.judge([older, newer], wrong).overtaken) == 1


@pytest.mark.parametrize(("planned", "built", "overtakes"), [(1.5, 1.8, 1), (3.0, 3.5, 0)])
def test_a_build_with_a_file_has_its_place_from_when_that_was_read(
    planned: float, built: float, overtakes: int
) -> None:
    planner, other = accepted(ONE, "file", number=1), accepted(TWO, number=2)
    planner.request["imageTags"] = other.request["imageTags"] = ["latest"]
    entries = [
        *ran(planner, "plan", at=planned),
        *all_phases(other),
        *ran(planner, "build", at=built),
        *ran(planner, "test"),
        *ran(planner, "publish"),
    ]
    assert len(judgement.judge([planner, other], entries).overtaken) == overtakes


def test_of_two_requests_at_the_same_time_none_is_older() -> None:
    one, other = accepted(ONE, number=1), accepted(TWO, number=2)
    one.request["imageTags"] = other.request["imageTags"] = ["latest"]
    other.began = 1.2
    assert judgement.judge([one, other], [*all_phases(other), *all_phases(one)]).good


def test_a_build_that_nobody_was_told_of_is_found() -> None:
    build, stranger = accepted(ONE), accepted(TWO)
    assert judgement.judge([build], [*all_phases(build), *ran(stranger, "build")]).doubled


def test_what_removes_a_staged_image_may_run_again() -> None:
    build = accepted(ONE)
    again = [*ran(build, "cleanup"), *ran(build, "cleanup", allocation="another")]
    assert judgement.judge([build], [*all_phases(build), *again]).good


def test_a_job_that_nomad_had_to_place_again_is_no_second_registration() -> None:
    build = accepted(ONE)
    again = ran(build, "test", allocation="another")
    verdict = judgement.judge([build], [*all_phases(build), *again], moved={f"test-{ONE}"})
    assert verdict.good


def test_a_lost_node_excuses_only_who_ran_when_it_was_lost() -> None:
    build = accepted(ONE)
    build.ended = 9.0
    build.end = {"status": "FAILED", "failure": {"phase": "build", "reason": "node_lost"}}

    def outage(since: float, until: float, reason: str = "node_lost") -> book.Outage:
        return book.Outage(since=since, until=until, reasons=frozenset({reason}))

    assert judgement.judge([build], [], outages=[outage(3.0, 5.0)]).right == 1
    assert judgement.judge([build], [], outages=[outage(0.1, 0.5), outage(10.0, 12.0)]).wrong
    assert judgement.judge([build], [], outages=[outage(3.0, 5.0, "image_pull")]).wrong


@pytest.mark.parametrize(("wish", "right"), [("supersede", 1), ("queue", 0)])
def test_a_build_gives_way_only_to_one_that_wishes_it(wish: str, right: int) -> None:
    older, newer = accepted(ONE, number=1), accepted(TWO, number=2)
    newer.request["onConflict"] = wish
    older.end = {"status": "FAILED", "failure": {"phase": "build", "reason": "superseded"}}
    assert judgement.judge([older, newer], all_phases(newer)).right == 1 + right


@pytest.mark.parametrize(("wish", "right"), [("reject", 1), ("queue", 0)])
def test_only_who_wished_to_be_refused_may_be_refused(wish: str, right: int) -> None:
    older, newer = accepted(ONE, number=1), accepted(TWO, number=2)
    newer.request["onConflict"] = wish
    newer.id, newer.refused, newer.end = "", 2.5, {"status": "REFUSED"}
    assert judgement.judge([older, newer], all_phases(older)).right == 1 + right
