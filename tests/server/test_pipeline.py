from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import cluster, config, pipeline, record
from tests import samples

SETTINGS = config.read_config(
    {
        "NOMAD_BUILD_QUEUE_TIMEOUT": "100",
        "NOMAD_BUILD_SOURCE_TIMEOUT": "30",
        "NOMAD_BUILD_BUILD_TIMEOUT": "300",
        "NOMAD_BUILD_TEST_TIMEOUT": "60",
        "NOMAD_BUILD_PUBLISH_TIMEOUT": "40",
        "NOMAD_BUILD_SECRET_TIMEOUT": "20",
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
) -> pipeline.Observation:
    return pipeline.Observation(job, allocation, shortage)


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
    step = decide(samples.make_running("test"), observe(allocation))
    assert isinstance(step, pipeline.Abandon)
    assert (step.failure.reason, step.failure.phase) == ("killed", "test")
    assert "stopped in Nomad" in step.failure.message


@pytest.mark.parametrize("status", ["failed", "lost"])
def test_a_failed_allocation_is_diagnosed(status: str) -> None:
    allocation = samples.make_allocation(status, build=samples.failed(1))
    step = decide(samples.make_running("build"), observe(allocation))
    assert step == pipeline.Diagnose("build", allocation)


def test_a_node_that_is_unheard_of_may_come_back_within_the_phases_time() -> None:
    allocation = samples.make_allocation("unknown", build=samples.running())
    build = samples.make_running("build")
    assert decide(build, observe(allocation)) == pipeline.Wait(
        samples.NOW + timedelta(seconds=30 + 300 + 100 + 60)
    )
    assert decide(build, observe(allocation), 490) == pipeline.Diagnose("build", allocation)


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


def test_a_job_that_nobody_takes_waits_for_the_queue_timeout_then_says_why() -> None:
    build = samples.make_running("build")
    seen = observe(job=JOB, shortage=SHORTAGE)
    assert decide(build, seen, 99) == pipeline.Wait(samples.NOW + timedelta(seconds=100))
    step = decide(build, seen, 100)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "placement_failed"
    assert "missing devices" in step.failure.message


def test_a_job_that_finds_all_nodes_full_ends_as_queue_timeout() -> None:
    busy = cluster.Shortage(
        nodes_evaluated=3, nodes_in_pool=3, filtered={"missing devices": 1}, exhausted={"cpu": 2}
    )
    step = decide(samples.make_running("build"), observe(job=JOB, shortage=busy), 100)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "queue_timeout"
    assert "2 short of cpu" in step.failure.message


def test_a_job_that_waits_without_a_known_shortage_ends_as_queue_timeout() -> None:
    step = decide(samples.make_running("build"), observe(job=JOB), 100)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "queue_timeout"


@pytest.mark.parametrize(("job", "word"), [(None, "removed"), (STOPPED, "stopped")])
def test_a_job_that_an_operator_took_away_ends_the_build(
    job: cluster.Job | None, word: str
) -> None:
    step = decide(samples.make_running("test"), observe(job=job))
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "killed"
    assert word in step.failure.message


def test_a_secret_that_is_missing_is_waited_for_only_shortly() -> None:
    allocation = samples.make_allocation(
        "pending", source=samples.pending(samples.SETUP, MISSING), build=samples.pending()
    )
    build = samples.make_running("build")
    assert decide(build, observe(allocation), 24) == pipeline.Wait(
        samples.NOW + timedelta(seconds=25)
    )
    step = decide(build, observe(allocation), 25)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "secret_unavailable"
    assert step.failure.task == "source"
    assert "vault.read(secret/data/git)" in step.failure.message


def test_what_is_published_when_a_kill_comes_is_published() -> None:
    build = samples.make_running("publish", kill_requested_at=samples.NOW)
    published = samples.make_allocation("complete", publish=samples.succeeded())
    assert decide(build, observe(published)) == pipeline.Advance("publish", published)


@pytest.mark.parametrize("status", ["pending", "running", "failed", "complete"])
def test_a_kill_while_tags_are_moved_does_not_claim_that_nothing_was_published(status: str) -> None:
    build = samples.make_running("publish", kill_requested_at=samples.NOW)
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
    observe, _ALLOCATIONS, st.sampled_from([None, JOB, STOPPED]), st.sampled_from([None, SHORTAGE])
)
_RECORDS = st.builds(
    lambda status, registered, killed, tests: samples.make_record(
        status=status,
        request=samples.make_request(testCommands=tests),
        kill_requested_at=samples.NOW if killed else None,
    ).with_phase(
        {status: phase for phase, status in record.RUNNING.items()}.get(status, "build"),
        registered_at=samples.NOW if registered else None,
    ),
    st.sampled_from(["PENDING", "BUILDING", "TESTING", "PUBLISHING", "SUCCEEDED", "FAILED"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from([[], ["true"]]),
)
_TIMES = st.integers(0, 10_000)


@given(_RECORDS, _OBSERVATIONS, _TIMES)
def test_every_state_has_a_step_and_every_wait_a_deadline(
    build: record.Record, seen: pipeline.Observation, after: int
) -> None:
    step = decide(build, seen, after)
    if build.ended:
        assert step == pipeline.Finish()
    elif build.kill_requested_at is not None and not isinstance(step, pipeline.Advance):
        assert isinstance(step, pipeline.Abandon)
        assert step.failure.reason == "killed"
    match step:
        case pipeline.Wait(until):
            assert samples.NOW + timedelta(seconds=after) < until
            # A phase cannot outlast its time and the queue's, whatever Nomad shows.
            assert until <= samples.NOW + timedelta(seconds=490)
        case pipeline.Finish():
            assert build.ended
        case pipeline.Advance(phase, allocation):
            assert phase == build.phase
            assert all(task.exit_code == 0 for task in allocation.tasks)
            assert allocation.tasks
            assert build.kill_requested_at is None or phase == "publish"
        case pipeline.Register(phase) | pipeline.Diagnose(phase, _):
            assert phase == build.phase
        case pipeline.Abandon(failure, _):
            assert failure.phase == build.phase
            assert failure.message
            assert failure.hint


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
