from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import admission, cluster, config, pipeline, record
from server.admission import Verdict
from tests import samples

SETTINGS = config.read_config(
    {
        "NOMAD_BUILD_QUEUE_TIMEOUT": "100",
        "NOMAD_BUILD_SOURCE_TIMEOUT": "30",
        "NOMAD_BUILD_BUILD_TIMEOUT": "300",
        "NOMAD_BUILD_TEST_TIMEOUT": "60",
        "NOMAD_BUILD_PUBLISH_TIMEOUT": "40",
        "NOMAD_BUILD_SECRET_TIMEOUT": "20",
        "NOMAD_BUILD_NODE_TIMEOUT": "50",
        "NOMAD_BUILD_TURN_TIMEOUT": "1000",
        "NOMAD_BUILD_TOTAL_TIMEOUT": "800",
    }
)
JOB = cluster.Job(id="job", status="pending", stopped=False)
STOPPED = cluster.Job(id="job", status="dead", stopped=True)
SHORTAGE = cluster.Shortage(
    nodes_evaluated=2, nodes_in_pool=2, filtered={"missing devices": 2}, exhausted={}
)
MISSING = samples.event("Template", "Missing: vault.read(secret/data/git)", after=5)


def decide(build: record.Record, seen: pipeline.Observation, after: float = 1) -> pipeline.Step:
    return pipeline.next_step(build, seen, SETTINGS, samples.NOW + timedelta(seconds=after))


def observe(
    allocation: cluster.Allocation | None = None,
    job: cluster.Job | None = None,
    shortage: cluster.Shortage | None = None,
    *,
    removed: bool = False,
) -> pipeline.Observation:
    evaluations = cluster.Evaluations(shortage=shortage, removed=removed)
    return pipeline.Observation(job=job, allocation=allocation, evaluations=evaluations)


NOTHING = observe()
SUCCEEDED = samples.make_allocation(
    "complete", source=samples.succeeded(), build=samples.succeeded()
)


def test_a_new_build_registers_its_first_job() -> None:
    assert decide(samples.make_record(), NOTHING) == pipeline.Register("build")


def test_a_build_between_two_phases_registers_the_next_job() -> None:
    build = samples.make_record(status="TESTING")
    assert decide(build, NOTHING) == pipeline.Register("test")


@pytest.mark.parametrize("phase", record.PHASES)
def test_a_phase_whose_tasks_all_ended_well_lets_the_build_advance(phase: record.Phase) -> None:
    step = decide(samples.make_running(phase), observe(SUCCEEDED))
    assert step == pipeline.Advance(phase, SUCCEEDED)


@pytest.mark.parametrize(
    "tasks",
    [
        {},
        {"test": samples.pending()},
        {"test": samples.task(samples.RECEIVED, samples.KILLING, started="")},
        {"test": samples.task(samples.RECEIVED, started="")},
        {
            "test": samples.task(
                samples.RECEIVED,
                samples.STARTED,
                samples.KILLING,
                samples.terminated(0),
                samples.KILLED,
            )
        },
        {"test": samples.task(samples.STARTED, samples.terminated(137), samples.KILLED)},
        {"source": samples.succeeded(), "build": samples.task(samples.RECEIVED, started="")},
    ],
)
def test_only_tasks_that_ran_to_a_good_end_let_the_build_advance(tasks: dict[str, Any]) -> None:
    # Nomad calls an allocation "complete" as well when it was stopped from outside.
    allocation = samples.make_allocation("complete", **tasks)
    step = decide(samples.make_running("test"), observe(allocation, STOPPED))
    assert isinstance(step, pipeline.Abandon)
    assert (step.failure.reason, step.failure.phase) == ("killed", "test")
    assert "stopped in Nomad" in step.failure.message


def test_a_failed_allocation_is_diagnosed() -> None:
    allocation = samples.make_allocation("failed", build=samples.failed(1))
    step = decide(samples.make_running("build"), observe(allocation))
    assert step == pipeline.Diagnose("build", allocation)


@pytest.mark.parametrize(("phase", "seconds"), [("build", 490), ("test", 220), ("publish", 200)])
def test_a_running_phase_has_a_deadline(phase: record.Phase, seconds: int) -> None:
    allocation = samples.make_allocation("running", task=samples.running())
    build = samples.make_running(phase)
    deadline = samples.NOW + timedelta(seconds=seconds)
    assert decide(build, observe(allocation), seconds - 1) == pipeline.Wait(deadline)
    step = decide(build, observe(allocation), seconds)
    assert isinstance(step, pipeline.Abandon)
    assert (step.failure.reason, step.failure.phase) == ("timeout", phase)
    assert step.allocation == allocation


BEHIND = Verdict(position=2, obstacle="same_image", blockers=("older",))
FULL = Verdict(position=7, obstacle="limit")


@pytest.mark.parametrize("verdict", [BEHIND, FULL])
def test_a_build_waits_for_its_turn_until_its_deadline_and_then_says_for_what(
    verdict: Verdict,
) -> None:
    seen = pipeline.Observation(verdict=verdict)
    until = samples.NOW + timedelta(seconds=1000)
    assert decide(samples.make_record(), seen, 999) == pipeline.Wait(until)
    step = decide(samples.make_record(), seen, 1000)
    assert isinstance(step, pipeline.Abandon)
    assert (step.failure.reason, step.failure.phase) == ("queue_timeout", "build")
    assert pipeline.describe(verdict) in step.failure.message


def test_a_build_that_has_begun_asks_for_no_turn_any_more() -> None:
    build = samples.make_running("build").model_copy(update={"status": "TESTING"})
    assert decide(build, pipeline.Observation(verdict=FULL)) == pipeline.Register("test")


def test_who_supersedes_asks_the_builds_in_its_way_to_make_room_and_waits_like_others() -> None:
    build = samples.make_record(request=samples.make_request(onConflict="supersede"))
    until = samples.NOW + timedelta(seconds=1000)
    seen = pipeline.Observation(verdict=BEHIND)
    assert decide(build, seen) == pipeline.Supersede(("older",), until)
    assert decide(build, pipeline.Observation(verdict=FULL)) == pipeline.Wait(until)
    assert isinstance(decide(build, seen, 1000), pipeline.Abandon)


def test_an_attempt_begins_at_its_time() -> None:
    at = samples.NOW + timedelta(seconds=15)
    build = samples.make_record(status="PUBLISHING").with_phase("publish", attempt=2, retry_at=at)
    assert decide(build, NOTHING, 14) == pipeline.Wait(at)
    assert decide(build, NOTHING, 15) == pipeline.Register("publish")


def fail(phase: record.Phase, reason: record.Reason) -> record.Failure:
    return record.Failure(phase=phase, reason=reason, message="x")


@pytest.mark.parametrize("reason", get_args(record.Reason))
def test_only_publishing_is_tried_again_and_only_where_that_may_help(reason: record.Reason) -> None:
    final = ("push_denied", "secret_unavailable", "killed", "superseded", "placement_failed")
    for phase in record.PHASES:
        build = samples.make_running(phase)
        retry = pipeline.after_failure(build, fail(phase, reason), SETTINGS, samples.NOW)
        assert (retry is not None) == (phase == "publish" and reason not in final)


def test_the_pauses_between_attempts_grow_and_their_number_ends() -> None:
    pauses = []
    for attempt in range(1, 6):
        build = samples.make_running("publish").with_phase("publish", attempt=attempt)
        failure = fail("publish", "registry_unreachable")
        retry = pipeline.after_failure(build, failure, SETTINGS, samples.NOW)
        pauses.append(retry and (retry.at - samples.NOW).total_seconds())
    assert pauses == [5, 15, 45, 135, None]


def test_no_attempt_begins_after_the_whole_builds_time() -> None:
    failure = fail("publish", "registry_unreachable")
    for seconds, again in ((790, True), (795, False)):
        now = samples.NOW + timedelta(seconds=seconds)
        retry = pipeline.after_failure(samples.make_running("publish"), failure, SETTINGS, now)
        assert (retry is not None) == again


def test_no_phase_goes_on_after_the_whole_builds_time() -> None:
    build = samples.make_running("build").model_copy(update={"status": "TESTING"})
    build = build.with_phase("test", registered_at=samples.NOW + timedelta(seconds=700))
    allocation = samples.make_allocation("running", test=samples.running())
    until = samples.NOW + timedelta(seconds=800)
    assert decide(build, observe(allocation), 799) == pipeline.Wait(until)
    step = decide(build, observe(allocation), 800)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "timeout"
    assert "more than 800 s" in step.failure.message


def test_a_kill_says_who_wanted_it_when_and_why() -> None:
    kill = record.Kill(at=samples.NOW, by="me", why="typo")
    step = decide(samples.make_running("build", kill=kill), NOTHING)
    assert isinstance(step, pipeline.Abandon)
    assert "by me at 2026-11-23T12:00:00Z (typo)" in step.failure.message


def test_a_superseded_build_names_the_one_that_took_its_place() -> None:
    kill = record.Kill(at=samples.NOW, by="build newer", superseded_by="newer")
    step = decide(samples.make_running("build", kill=kill), NOTHING)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "superseded"
    assert "newer" in step.failure.message


def test_what_is_published_when_a_kill_comes_is_published() -> None:
    build = samples.make_running("publish", kill=record.Kill(at=samples.NOW, by="me"))
    published = samples.make_allocation("complete", publish=samples.succeeded())
    assert decide(build, observe(published)) == pipeline.Advance("publish", published)


@pytest.mark.parametrize("status", ["pending", "running", "failed", "complete"])
def test_a_kill_while_tags_are_moved_does_not_claim_that_nothing_was_published(status: str) -> None:
    build = samples.make_running("publish", kill=record.Kill(at=samples.NOW, by="me"))
    stopped = samples.task(samples.STARTED, samples.KILLING, samples.terminated(0), samples.KILLED)
    allocation = samples.make_allocation(status, publish=stopped)
    step = decide(build, observe(allocation))
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "killed"
    assert "publishing may have begun" in step.failure.message


_KINDS: dict[str, Any] = {
    "ended well": samples.succeeded(),
    "failed": samples.failed(1),
    "out of memory": samples.failed(137, out_of_memory=True),
    "not started": samples.not_started("Driver Failure", "Failed to pull `x`: no"),
    "running": samples.running(),
    "pending": samples.pending(),
    "missing": samples.pending(MISSING),
    "killed": samples.task(samples.RECEIVED, samples.KILLING, samples.KILLED),
    "silent": samples.task(),
}
_ALLOCATIONS = st.one_of(
    st.none(),
    st.builds(
        lambda status, tasks: samples.make_allocation(status, **tasks),
        st.sampled_from(["pending", "running", "complete", "failed", "lost", "unknown", "odd"]),
        st.dictionaries(
            st.sampled_from(["source", "build"]), st.sampled_from(list(_KINDS.values()))
        ),
    ),
)
_OBSERVATIONS = st.builds(
    lambda seen, verdict: replace(seen, verdict=verdict),
    st.builds(
        observe,
        _ALLOCATIONS,
        st.sampled_from([None, JOB, STOPPED]),
        st.sampled_from([None, SHORTAGE]),
        removed=st.booleans(),
    ),
    st.sampled_from([admission.ADMITTED, BEHIND, FULL]),
)


@st.composite
def _records(draw: st.DrawFn) -> record.Record:
    """Draw a record as the driver leaves it: what comes before a phase has begun and ended."""
    commands = draw(st.sampled_from([[], ["true"]]))
    build = samples.make_record(
        status=draw(st.sampled_from(get_args(record.Status))),
        request=samples.make_request(
            testCommands=commands,
            onConflict=draw(st.sampled_from(["queue", "supersede", "reject"])),
        ),
        kill=record.Kill(at=samples.NOW, by="me") if draw(st.booleans()) else None,
    )
    if build.status not in ("PENDING", "BUILDING"):
        build = build.with_phase("build", registered_at=samples.NOW, ended_at=samples.NOW)
    if build.status == "PENDING" or not draw(st.booleans()):
        retry_at = samples.NOW + timedelta(seconds=draw(st.integers(0, 300)))
        again = {"attempt": 2, "retry_at": retry_at} if build.phase == "publish" else {}
        return build.with_phase(build.phase, **again) if draw(st.booleans()) else build
    return build.with_phase(build.phase, registered_at=samples.NOW)


_RECORDS = _records()
_TIMES = st.integers(0, 10_000)


@given(_RECORDS, _OBSERVATIONS, _TIMES)
def test_every_state_has_a_step_and_every_wait_a_deadline(
    build: record.Record, seen: pipeline.Observation, after: int
) -> None:
    step = decide(build, seen, after)
    if build.ended:
        assert step == pipeline.Finish()
    elif build.kill is not None and not isinstance(step, pipeline.Advance):
        assert isinstance(step, pipeline.Abandon)
        assert step.failure.reason == "killed"
    match step:
        case pipeline.Wait(until, _) | pipeline.Supersede(_, until):
            assert samples.NOW + timedelta(seconds=after) < until
            # Nothing outlasts the whole build's time, nor the wait for a turn its own, whatever Nomad shows.
            limit = 800 if build.started_at is not None else 1000
            assert until <= samples.NOW + timedelta(seconds=limit)
        case pipeline.Finish():
            assert build.ended
        case pipeline.Advance(phase, allocation):
            assert phase == build.phase
            assert all(task.exit_code == 0 for task in allocation.tasks)
            assert allocation.tasks
            assert build.kill is None or phase == "publish"
        case pipeline.Register(phase):
            assert phase == build.phase
            assert build.started_at is not None or seen.verdict.admitted
        case pipeline.Diagnose(phase, _):
            assert phase == build.phase
        case pipeline.Abandon(failure, _):
            assert failure.phase == build.phase
            assert failure.message
            assert failure.hint
    if isinstance(step, pipeline.Supersede):
        assert build.request.on_conflict == "supersede"
        assert build.started_at is None


@given(_RECORDS, _OBSERVATIONS, _TIMES)
def test_the_same_is_decided_again_when_a_step_was_interrupted(
    build: record.Record, seen: pipeline.Observation, after: int
) -> None:
    assert decide(build, seen, after) == decide(build, seen, after)


@given(_OBSERVATIONS, _TIMES, st.sampled_from(record.PHASES))
def test_no_phase_begins_after_one_that_failed(
    seen: pipeline.Observation, after: int, phase: record.Phase
) -> None:
    failure = record.Failure(phase=phase, reason="internal", message="x")
    build = samples.make_record(status="FAILED", failure=failure)
    assert decide(build, seen, after) == pipeline.Finish()
