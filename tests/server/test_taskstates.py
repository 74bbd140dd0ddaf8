"""What a build is as a task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server import answers
from server.protocol import taskstates
from tests import samples


def make(**changes: Any) -> answers.BuildAnswer:
    values: dict[str, Any] = {
        "job_id": samples.BUILD_ID,
        "status": "BUILDING",
        "owner": "me",
        "variant": "cpu",
        "created_at": samples.NOW,
        "phases": {},
        "next_step": "Wait",
    }
    return answers.BuildAnswer(**values | changes)


def make_killed(by: str) -> answers.BuildAnswer:
    return make(status="FAILED", killed=answers.KilledAnswer(at=samples.NOW, by=by))


@pytest.mark.parametrize(
    ("build", "status"),
    [
        (make(status="PENDING"), "working"),
        (make(status="PUBLISHING"), "working"),
        (make(status="SUCCEEDED"), "completed"),
        (make(status="FAILED"), "completed"),
        (make_killed("killJob"), "completed"),
        (make_killed("tasks/cancel"), "cancelled"),
        # It was asked for, and the build goes on until its task has ended, or even to its good end.
        (make_killed("tasks/cancel").model_copy(update={"status": "TESTING"}), "working"),
        (make_killed("tasks/cancel").model_copy(update={"status": "SUCCEEDED"}), "completed"),
    ],
)
def test_a_task_has_the_status_that_its_build_stands_for(
    build: answers.BuildAnswer, status: str
) -> None:
    task = taskstates.describe(build, keep_days=1)
    assert task["status"] == status
    assert ("result" in task) == (status == "completed")
    assert "error" not in task


def test_a_result_is_no_error_whatever_became_of_the_build() -> None:
    task = taskstates.describe(make(status="FAILED"), keep_days=1)
    assert not task["result"]["isError"]
    assert task["result"]["structuredContent"]["status"] == "FAILED"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "BUILDING"),
        ({"step": "STEP 2/3: RUN make"}, "BUILDING: STEP 2/3: RUN make"),
        ({"status": "FAILED", "error": "timeout: too long"}, "FAILED: timeout: too long"),
        (
            {
                "status": "PENDING",
                "queue": answers.QueueAnswer(
                    position=2, reason="2 builds are before it", deadline=samples.NOW
                ),
            },
            "PENDING: 2 builds are before it",
        ),
        (
            {"phases": {"build": answers.PhaseAnswer(waiting="no node has room")}},
            "BUILDING: no node has room",
        ),
    ],
)
def test_the_message_says_what_a_person_wants_to_know(
    changes: dict[str, Any], message: str
) -> None:
    assert taskstates.seed(make(**changes), 1)["statusMessage"] == message


@pytest.mark.parametrize(
    ("age", "pause"),
    [(None, 2000), (0, 2000), (29, 2000), (30, 5000), (299, 5000), (300, 10_000), (7200, 10_000)],
)
def test_the_older_a_build_the_less_often_it_need_be_asked_for(
    age: float | None, pause: int
) -> None:
    assert taskstates.seed(make(elapsed_seconds=age), 1)["pollIntervalMs"] == pause


def test_times_are_of_the_form_that_the_protocol_wants() -> None:
    later = samples.NOW + timedelta(seconds=1.5)
    phases = {
        "build": answers.PhaseAnswer(
            registered_at=samples.NOW, tasks={"build": answers.TaskAnswer(started_at=later)}
        )
    }
    task = taskstates.seed(make(phases=phases), keep_days=2)
    assert task["createdAt"] == "2026-11-23T12:00:00.000Z"
    assert task["lastUpdatedAt"] == "2026-11-23T12:00:01.500Z"
    assert task["ttlMs"] == 2 * 86_400_000
