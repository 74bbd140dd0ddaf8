"""All the ways in which a phase's job can go wrong: the reason that each ends with, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from server import cluster, diagnosis, pipeline, record
from tests import samples
from tests.server.test_pipeline import JOB, MISSING, SETTINGS, SHORTAGE, STOPPED, decide, observe

BUSY = cluster.Shortage(
    nodes_evaluated=3, nodes_in_pool=3, filtered={"missing devices": 1}, exhausted={"cpu": 2}
)
NOBODY = cluster.Shortage(nodes_evaluated=0, nodes_in_pool=0, filtered={}, exhausted={})
STOPPED_TASK = samples.task(samples.STARTED, samples.KILLING, samples.terminated(0), samples.KILLED)


DRAINED_TASK = samples.task(
    samples.STARTED, samples.KILLING, samples.terminated(143), samples.KILLED, failed=True
)


def allocate(status: str, changed: float = 0, **tasks: Any) -> cluster.Allocation:
    made = samples.make_allocation(status, **tasks)
    return replace(made, modified_at=samples.NOW + timedelta(seconds=changed))


REPLACED = allocate("complete", 10, build=STOPPED_TASK)
DRAINED = allocate("failed", 10, desired="stop", build=DRAINED_TASK)
UNKNOWN = allocate("unknown", 10, build=samples.running())


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is seen, when the phase is given up for it (None: at once), and what is then said."""

    seen: pipeline.Observation
    after: int | None = None
    reason: record.Reason
    words: str
    note: str = ""


CASES = {
    "placed nowhere, as no node fits": Case(
        seen=observe(job=JOB, shortage=SHORTAGE),
        after=100,
        reason="placement_failed",
        words="of 2 nodes were ruled out: 2 by missing devices",
        note="2 by missing devices",
    ),
    "placed nowhere, as there is no node": Case(
        seen=observe(job=JOB, shortage=NOBODY),
        after=100,
        reason="placement_failed",
        words="no node of 0 is eligible",
        note="no node of 0",
    ),
    "placed nowhere, as all nodes are full": Case(
        seen=observe(job=JOB, shortage=BUSY),
        after=100,
        reason="queue_timeout",
        words="1 by missing devices, 2 short of cpu",
        note="2 short of cpu",
    ),
    "placed nowhere, and Nomad does not say why": Case(
        seen=observe(job=JOB), after=100, reason="queue_timeout", words="within 100 s"
    ),
    "image not pulled": Case(
        seen=observe(
            allocate(
                "failed", build=samples.not_started("Driver Failure", "Failed to pull `x`: no")
            )
        ),
        reason="image_pull",
        words="Failed to pull",
    ),
    "task not started": Case(
        seen=observe(
            allocate("failed", build=samples.not_started("Setup Failure", "failed to mount volume"))
        ),
        reason="start_failed",
        words="failed to mount volume",
    ),
    "exit code": Case(
        seen=observe(allocate("failed", build=samples.failed(3))),
        reason="step_failed",
        words="exit code 3",
    ),
    "out of memory": Case(
        seen=observe(allocate("failed", build=samples.failed(137, out_of_memory=True))),
        reason="out_of_memory",
        words="memory",
    ),
    "ended by its script's timeout": Case(
        seen=observe(allocate("failed", build=samples.failed(124))),
        reason="timeout",
        words="did not end in time",
    ),
    "never ends": Case(
        seen=observe(allocate("running", build=samples.running())),
        after=490,
        reason="timeout",
        words="did not end in time and was stopped",
    ),
    "never starts": Case(
        seen=observe(allocate("pending", build=samples.pending())),
        after=490,
        reason="timeout",
        words="did not end in time and was stopped",
    ),
    "node lost": Case(
        seen=observe(allocate("lost", build=samples.running())),
        reason="node_lost",
        words="worker-1 was lost in the build phase",
    ),
    "node unheard of": Case(
        seen=observe(UNKNOWN),
        after=60,
        reason="node_lost",
        words="worker-1 was lost",
        note="worker-1 does not answer",
    ),
    "node drained, and no other takes the job": Case(
        seen=observe(DRAINED, JOB, SHORTAGE),
        after=110,
        reason="node_lost",
        words="as when a node is drained, and no node took the job within 100 s: of 2 nodes",
        note="another is to be placed: of 2 nodes were ruled out",
    ),
    "allocation stopped, and no node takes the job": Case(
        seen=observe(REPLACED, JOB, SHORTAGE),
        after=110,
        reason="node_lost",
        words="no node took the job within 100 s: of 2 nodes",
        note="another is to be placed",
    ),
    "failed while the node was being drained": Case(
        seen=observe(allocate("failed", desired="stop", build=samples.failed(3)), JOB),
        reason="step_failed",
        words="exit code 3",
    ),
    "killed by Nomad itself, with nobody having stopped it": Case(
        seen=observe(allocate("failed", build=DRAINED_TASK)),
        reason="step_failed",
        words="exit code 143",
    ),
    "job stopped while it waits": Case(
        seen=observe(job=STOPPED), reason="killed", words="was stopped in Nomad"
    ),
    "job stopped while it runs": Case(
        seen=observe(REPLACED, STOPPED), reason="killed", words="was stopped in Nomad"
    ),
    "job purged while it waits": Case(
        seen=observe(removed=True), reason="killed", words="was removed from Nomad"
    ),
    "job purged while it runs": Case(
        seen=observe(REPLACED, removed=True), reason="killed", words="was removed from Nomad"
    ),
    "job collected before its end was seen": Case(
        seen=observe(), reason="result_lost", words="forgot the job"
    ),
    "secret missing": Case(
        seen=observe(allocate("pending", build=samples.pending(MISSING), source=samples.pending())),
        after=25,
        reason="secret_unavailable",
        words="vault.read(secret/data/git)",
        note="vault.read(secret/data/git)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_way_to_go_wrong_has_its_reason_and_its_time(name: str) -> None:
    case, build = CASES[name], samples.make_running("build")
    if case.after is not None:
        before = decide(build, case.seen, case.after - 1)
        assert isinstance(before, pipeline.Wait)
        assert before.until == samples.NOW + timedelta(seconds=case.after)
        assert case.note in before.note
        assert bool(case.note) == bool(before.note)
    step = decide(build, case.seen, case.after or 1)
    match step:
        case pipeline.Diagnose(phase, allocation):
            failure = diagnosis.diagnose(phase, allocation)
        case pipeline.Abandon(failure, _):
            pass
        case _:
            pytest.fail(f"it goes on: {step}")
    assert (failure.phase, failure.reason) == ("build", case.reason)
    assert case.words in failure.message
    assert failure.hint


def test_what_was_stopped_for_its_time_is_told_so_although_that_could_not_be_written_down() -> None:
    late = 490
    for phase in ("build", "test", "publish"):
        stopped = allocate("complete", late, **{phase: STOPPED_TASK})
        step = decide(samples.make_running(phase), observe(stopped, STOPPED), late)
        assert isinstance(step, pipeline.Abandon)
        assert (step.failure.phase, step.failure.reason) == (phase, "timeout")
    step = decide(samples.make_running("build"), observe(job=STOPPED, shortage=SHORTAGE), 100)
    assert isinstance(step, pipeline.Abandon)
    assert step.failure.reason == "placement_failed"


CLAIMS: list[tuple[record.Phase, record.Reason]] = [
    ("build", "push_denied"),
    ("build", "registry_unreachable"),
    ("build", "disk_full"),
    ("publish", "push_denied"),
    ("publish", "registry_unreachable"),
    ("publish", "publish_incomplete"),
]


@pytest.mark.parametrize(("phase", "reason"), CLAIMS)
def test_what_only_the_script_can_know_is_believed(
    phase: record.Phase, reason: record.Reason
) -> None:
    tasks: dict[str, Any] = {phase: samples.failed(1)}
    allocation = allocate("failed", **tasks)
    step = decide(samples.make_running(phase), observe(allocation))
    assert step == pipeline.Diagnose(phase, allocation)
    failure = diagnosis.diagnose(phase, allocation, f"{reason}\nthe script's sentence")
    assert (failure.reason, failure.message) == (reason, "the script's sentence")


def test_a_registry_that_dies_half_way_is_tried_again() -> None:
    build = samples.make_running("publish")
    failure = diagnosis.explain("publish", "publish_incomplete", "1 of 2 tags")
    retry = pipeline.after_failure(build, failure, SETTINGS, samples.NOW)
    assert retry == pipeline.Retry(samples.NOW + timedelta(seconds=5))
