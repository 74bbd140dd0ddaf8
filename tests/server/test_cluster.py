from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from server import cluster
from tests import samples


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        ("pending", False),
        ("running", False),
        ("complete", True),
        ("failed", True),
        ("lost", True),
        ("unknown", False),
        ("invented later", False),
    ],
)
def test_an_allocation_has_ended_only_when_nomad_will_not_change_it(
    status: str, ended: bool
) -> None:
    assert samples.make_allocation(status).ended is ended


def test_an_allocation_that_no_client_has_seen_has_no_tasks() -> None:
    assert samples.make_allocation("pending").tasks == ()


def test_the_last_exit_counts() -> None:
    state = samples.task(samples.terminated(1), samples.STARTED, samples.terminated(0))
    assert samples.make_allocation("complete", x=state).tasks[0].exit_code == 0


MAIN_DEAD = samples.event("Main Tasks Dead", "Main tasks in the group died")


@pytest.mark.parametrize(
    ("test", "service", "well"),
    [
        ([samples.terminated(0)], [MAIN_DEAD, samples.KILLING, samples.terminated(137)], True),
        ([samples.terminated(0)], [MAIN_DEAD, samples.KILLING, samples.terminated(0)], True),
        # Stopped by somebody: the service was not waited for, or the test was not.
        ([samples.terminated(0)], [samples.KILLING, samples.terminated(137)], False),
        (
            [samples.KILLING, samples.terminated(0)],
            [MAIN_DEAD, samples.KILLING, samples.terminated(137)],
            False,
        ),
    ],
)
def test_a_sidecar_that_is_ended_after_the_main_tasks_does_not_count(
    test: list[dict[str, Any]], service: list[dict[str, Any]], well: bool
) -> None:
    tasks: dict[str, Any] = {
        "test-1": samples.task(samples.STARTED, *test),
        "service-db": samples.task(samples.STARTED, *service, samples.KILLED),
    }
    allocation = samples.make_allocation("complete", **tasks)
    assert (allocation.ended_well, allocation.stopped) == (well, not well)


@pytest.mark.parametrize(
    ("events", "exit_code", "out_of_memory"),
    [
        ([], None, False),
        ([samples.STARTED], None, False),
        ([samples.terminated(137, out_of_memory=True)], 137, True),
        ([samples.event("Terminated", "x", {})], None, False),
    ],
)
def test_exit_code_and_memory_are_read_from_events(
    events: list[dict[str, Any]], exit_code: int | None, out_of_memory: bool
) -> None:
    state = samples.make_allocation("failed", x=samples.task(*events)).tasks[0]
    assert (state.exit_code, state.out_of_memory) == (exit_code, out_of_memory)


def metrics(**changes: Any) -> dict[str, Any]:
    return {
        "NodesEvaluated": 2,
        "NodesInPool": 2,
        "ConstraintFiltered": None,
        "DimensionExhausted": None,
    } | changes


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (metrics(DimensionExhausted={"memory": 2}), "of 2 nodes were ruled out: 2 short of memory"),
        (
            metrics(ConstraintFiltered={"missing devices": 1}, DimensionExhausted={"cpu": 1}),
            "of 2 nodes were ruled out: 1 by missing devices, 1 short of cpu",
        ),
        (metrics(NodesEvaluated=0, NodesInPool=0), "no node of 0 is eligible"),
    ],
)
def test_a_shortage_says_what_ruled_the_nodes_out(found: dict[str, Any], text: str) -> None:
    evaluations: list[Any] = [
        {
            "JobID": "j",
            "CreateIndex": 1,
            "FailedTGAllocs": {"g": metrics(DimensionExhausted={"disk": 1})},
        },
        {"JobID": "j", "CreateIndex": 2, "FailedTGAllocs": {"g": found}},
        {"JobID": "j-2", "CreateIndex": 3, "FailedTGAllocs": {"g": metrics()}},
    ]
    shortage = cluster.read_evaluations("j", evaluations).shortage
    assert str(shortage) == text


@pytest.mark.parametrize(
    "evaluations", [[], [{"JobID": "j"}], [{"JobID": "j", "FailedTGAllocs": None}]]
)
def test_no_failed_placement_is_no_shortage(evaluations: list[Any]) -> None:
    evaluations = [{"JobID": "j", **each} for each in evaluations]
    assert cluster.read_evaluations("j", evaluations) == cluster.NO_EVALUATIONS


@pytest.mark.parametrize(
    ("triggers", "removed"),
    [
        ([], False),
        (["job-register"], False),
        (["job-register", "alloc-stop", "node-drain"], False),
        (["job-register", "job-deregister"], True),
    ],
)
def test_the_evaluations_of_a_job_tell_whether_somebody_removed_it(
    triggers: list[str], removed: bool
) -> None:
    found: list[Any] = [
        {"JobID": "j", "CreateIndex": 1, "TriggeredBy": trigger} for trigger in triggers
    ]
    found.append({"JobID": "j-2", "CreateIndex": 2, "TriggeredBy": "job-deregister"})
    assert cluster.read_evaluations("j", found).removed is removed


@pytest.mark.parametrize(
    ("data", "index"),
    [
        ({"ModifyIndex": 7}, 7),
        ({"ModifyIndex": 7, "JobSummary": None}, 7),
        ({"ModifyIndex": 7, "JobSummary": {"ModifyIndex": 9}}, 9),
        ({"ModifyIndex": 9, "JobSummary": {"ModifyIndex": 7}}, 9),
    ],
)
def test_a_listed_job_has_the_index_of_whatever_of_it_changed_last(
    data: dict[str, Any], index: int
) -> None:
    stub = cluster.read_job_stub({"ID": "j", "Status": "running"} | data)
    assert stub == cluster.JobStub(id="j", status="running", modify_index=index)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("", None),
        ("0001-01-01T00:00:00Z", None),
        ("2026-11-23T15:01:35.464364Z", datetime(2026, 11, 23, 15, 1, 35, 464364, UTC)),
        ("2026-11-23T15:01:49.055649383Z", datetime(2026, 11, 23, 15, 1, 49, 55649, UTC)),
        ("2026-11-23T15:01:34.6Z", datetime(2026, 11, 23, 15, 1, 34, 600000, UTC)),
        ("2026-11-23T16:01:34+01:00", datetime(2026, 11, 23, 15, 1, 34, tzinfo=UTC)),
    ],
)
def test_nomads_times_are_read_with_any_fraction(text: str, time: datetime | None) -> None:
    assert cluster.read_time(text) == time
