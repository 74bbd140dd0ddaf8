from __future__ import annotations

from datetime import timedelta
from typing import Any

import jsonschema
import pytest

from server import answers, descriptions, diagnosis, record, tools, validation
from server.admission import Verdict
from server.builds import Place
from server.errors import InvalidRequest
from server.housekeeping import Removal
from tests import samples


def show(model: Any) -> dict[str, Any]:
    """Return what goes over the wire."""
    content: dict[str, Any] = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    return content


def fail(phase: record.Phase = "build", **changes: Any) -> record.Record:
    failure = diagnosis.explain(
        phase, "step_failed", "task build ended with exit code 3", task="build", exit_code=3
    )
    build = samples.make_running(phase, failure=failure.model_copy(update=changes))
    build = build.model_copy(update={"status": "FAILED", "ended_at": samples.NOW})
    tail = "\n".join(f"line {number}" for number in range(100))
    return build.with_phase(phase, log_tail=tail, node="worker-1")


def test_a_failed_builds_answer_alone_says_what_to_mend() -> None:
    failure = show(descriptions.describe_build(fail()))["failure"]
    assert failure["phase"] == "build"
    assert failure["task"] == "build"
    assert failure["exitCode"] == 3
    assert failure["reason"] == "step_failed"
    assert failure["message"] == "task build ended with exit code 3"
    assert "Dockerfile" in failure["hint"]
    assert failure["logTail"].splitlines()[-1] == "line 99"
    assert len(failure["logTail"].splitlines()) == 40


def test_a_failed_builds_answer_is_small_however_long_the_lines() -> None:
    build = fail().with_phase("build", log_tail="x" * 60_000)
    assert len(descriptions.describe_build(build).model_dump_json()) < 16_000


def test_a_failure_is_also_one_line() -> None:
    answer = descriptions.describe_build(fail())
    assert answer.error == "step_failed: task build ended with exit code 3"
    assert "getLogs" in answer.next_step
    assert ".." not in answer.next_step


def test_a_succeeded_build_names_what_can_be_pulled() -> None:
    build = samples.make_running("publish", digest=samples.DIGEST, commit=samples.COMMIT)
    build = build.model_copy(update={"status": "SUCCEEDED", "ended_at": samples.NOW})
    answer = show(descriptions.describe_build(build))
    assert answer["images"] == ["registry.cluster:5000/bdtemp/bd:test"]
    assert (answer["digest"], answer["commit"]) == (samples.DIGEST, samples.COMMIT)
    assert "failure" not in answer
    assert "error" not in answer


@pytest.mark.parametrize("status", ["PENDING", "BUILDING", "TESTING", "PUBLISHING"])
def test_an_unfinished_build_names_no_image_and_says_how_to_go_on(status: record.Status) -> None:
    answer = show(descriptions.describe_build(samples.make_record(status=status)))
    assert answer["images"] == []
    assert "waitJob" in answer["nextStep"]


def test_a_phase_says_when_and_where_it_ran() -> None:
    build = samples.make_running("build").with_phase(
        "build",
        started_at=samples.NOW,
        ended_at=samples.NOW + timedelta(seconds=12.345),
        node="worker-1",
    )
    phases = show(descriptions.describe_build(build))["phases"]
    assert list(phases) == ["build"]
    assert phases["build"]["seconds"] == 12.35 or phases["build"]["seconds"] == 12.34
    assert phases["build"]["node"] == "worker-1"


PLACE = Place(
    verdict=Verdict(position=3, obstacle="same_image", blockers=("older",)), deadline=samples.NOW
)
REMOVALS = (
    Removal(kind="job", name="build-x", why="w"),
    Removal(kind="job", name="test-x", why="w"),
    Removal(kind="record", name="x", why="old", build_id="x", index=7),
)


def make_eventful() -> record.Record:
    """Return a build that was killed between two attempts to publish, and whose webhook waits."""
    build = fail("publish").model_copy(
        update={
            "kill": record.Kill(at=samples.NOW, by="me", why="typo"),
            "delivery": record.Delivery(
                id="d",
                event="build.failed",
                attempts=2,
                next_attempt_at=samples.NOW,
                last_error="no answer",
            ),
        }
    )
    task = record.TaskRecord(
        started_at=samples.NOW, ended_at=samples.NOW + timedelta(seconds=2), exit_code=0
    )
    build = build.with_phase("build", registered_at=samples.NOW, tasks={"source": task})
    return build.with_phase(
        "publish",
        registered_at=None,
        attempt=2,
        retry_at=samples.NOW,
        last_error="registry_unreachable: no",
        waiting="for room",
    )


def test_the_place_in_the_queue_says_what_a_build_waits_for() -> None:
    queue = show(descriptions.describe_build(samples.make_record(), PLACE))["queue"]
    assert queue == {
        "position": 3,
        "reason": "an older build publishes to the same tag: older",
        "waitingFor": ["older"],
        "deadline": "2026-11-23T12:00:00Z",
    }
    assert "queue" not in show(descriptions.describe_build(samples.make_record()))


def test_a_kill_says_who_when_and_why() -> None:
    killed = show(descriptions.describe_build(make_eventful()))["killed"]
    assert killed == {"at": "2026-11-23T12:00:00Z", "by": "me", "why": "typo"}


def test_a_webhook_says_how_far_it_has_come() -> None:
    webhook = show(descriptions.describe_build(make_eventful()))["webhook"]
    assert webhook["deliveryID"] == "d"
    assert (webhook["attempts"], webhook["lastError"]) == (2, "no answer")
    assert webhook["nextAttemptAt"]
    assert "deliveredAt" not in webhook


def test_a_phase_that_is_tried_again_says_when_and_why() -> None:
    phase = show(descriptions.describe_build(make_eventful()))["phases"]["publish"]
    assert (phase["attempt"], phase["retryAt"]) == (2, "2026-11-23T12:00:00Z")
    assert phase["lastError"] == "registry_unreachable: no"
    assert phase["waiting"] == "for room"


def test_each_task_says_how_long_it_took() -> None:
    tasks = show(descriptions.describe_build(make_eventful()))["phases"]["build"]["tasks"]
    assert tasks["source"]["seconds"] == 2.0
    assert tasks["source"]["exitCode"] == 0


@pytest.mark.parametrize(("dry_run", "verb"), [(True, "would be"), (False, "was removed")])
def test_a_cleanup_lists_what_goes_and_counts_it(dry_run: bool, verb: str) -> None:
    answer = show(descriptions.describe_cleanup(REMOVALS, dry_run=dry_run))
    assert answer["dryRun"] is dry_run
    assert answer["cleanedJobs"] == ["build-x", "test-x"]
    assert answer["removed"][2] == {"kind": "record", "name": "x", "why": "old"}
    assert answer["message"].startswith(f"2 x job, 1 x record {verb}")
    assert "nothing" in descriptions.describe_cleanup((), dry_run=dry_run).message


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        ("getStatus", descriptions.describe_build(samples.make_record())),
        ("getStatus", descriptions.describe_build(fail())),
        ("getStatus", descriptions.describe_build(fail(task="", exit_code=None))),
        ("submitJob", descriptions.describe_submitted(samples.make_record())),
        (
            "getLogs",
            answers.LogsAnswer(job_id="x", status="PENDING", logs={"build": ["a"], "test": []}),
        ),
        ("killJob", answers.KillAnswer(job_id="x", success=True, status="FAILED", message="m")),
        ("cleanup", descriptions.describe_cleanup(REMOVALS, dry_run=True)),
        ("getStatus", descriptions.describe_build(make_eventful(), PLACE)),
        ("submitJob", descriptions.describe_submitted(samples.make_record(), PLACE)),
    ],
)
def test_every_answer_keeps_to_the_schema_that_the_tool_shows(tool: str, answer: Any) -> None:
    shown = tools.TOOLS[tool]
    assert isinstance(answer, shown.answer)
    schema = shown.answer.model_json_schema(by_alias=True, mode="serialization")
    jsonschema.validate(show(answer), schema)


@pytest.mark.parametrize(
    ("model", "arguments", "problem"),
    [
        (answers.JobReference, {}, "jobID is missing"),
        (answers.JobReference, {"jobID": ""}, "jobID"),
        (answers.JobReference, {"jobID": "../x"}, "jobID"),
        (answers.JobReference, {"jobID": "a\n"}, "jobID"),
        (answers.JobReference, {"jobID": 7}, "jobID"),
        (answers.JobReference, {"jobID": "a" * 65}, "jobID"),
        (answers.JobReference, {"jobId": "a"}, "jobId is unknown: did you mean jobID?"),
        (answers.LogsArguments, {"jobID": "a", "phase": "deploy"}, "phase"),
        (answers.LogsArguments, {"jobID": "a", "lines": 0}, "lines"),
        (answers.LogsArguments, {"jobID": "a", "lines": 10**9}, "lines"),
        (answers.LogsArguments, {"jobID": "a", "lines": "many"}, "lines"),
        (answers.CleanupArguments, {}, "give either jobID, or all as true"),
        (answers.CleanupArguments, {"jobID": "a", "all": True}, "give either"),
        (answers.CleanupArguments, {"all": "perhaps"}, "all"),
        (
            answers.CleanupArguments,
            {"all": True, "dryrun": True},
            "dryrun is unknown",
        ),
        (answers.KillArguments, {"jobID": "a", "by": "a\nb"}, "by"),
        (answers.KillArguments, {"jobID": "a", "why": "x" * 201}, "why"),
    ],
)
def test_wrong_arguments_are_told_in_a_sentence(model: Any, arguments: Any, problem: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        validation.validate(model, arguments)
    assert caught.value.problems[0].startswith(problem) or problem in caught.value.problems
    assert caught.value.next_step


@pytest.mark.parametrize("spelled", ["jobID", "job_id"])
def test_arguments_are_taken_in_both_spellings(spelled: str) -> None:
    assert validation.validate(answers.JobReference, {spelled: "abc"}).job_id == "abc"
