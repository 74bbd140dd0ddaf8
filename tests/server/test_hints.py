"""Which of Nomad's events lead to a look at a build."""

from __future__ import annotations

from typing import Any

import pytest

from server import cluster
from server.hints import Hints
from server.nomad import Event

BUILD = "01kb9x3m4v0000000000000001"
MISSING = {"Type": "Template", "DisplayMessage": "Missing: nomad.var.block(secret@default.global)"}


def allocation(status: str, *, desired: str = "run", events: tuple[Any, ...] = ()) -> Any:
    states = {"build": {"State": "pending", "Events": list(events)}}
    return {"ClientStatus": status, "DesiredStatus": desired, "TaskStates": states}


def heard(topic: str, *, routine: bool, job: str = f"build-{BUILD}") -> Event:
    return Event(topic=topic, job_id=job, index=1, routine=routine)


@pytest.mark.parametrize(
    ("topic", "kind", "data"),
    [
        ("Job", "JobRegistered", {}),
        ("Job", "PlanResult", {}),
        ("Job", "AllocationUpdated", {}),
        ("Allocation", "PlanResult", allocation("pending")),
        ("Allocation", "AllocationUpdated", allocation("running")),
        ("Evaluation", "JobRegistered", {"Status": "pending", "TriggeredBy": "job-register"}),
        ("Evaluation", "EvaluationUpdated", {"Status": "complete", "TriggeredBy": "job-register"}),
    ],
)
def test_a_job_that_goes_on_is_routine(topic: str, kind: str, data: Any) -> None:
    assert cluster.is_routine(topic, kind, data)


@pytest.mark.parametrize(
    ("topic", "kind", "data"),
    [
        ("Job", "JobDeregistered", {}),
        ("Job", "JobBatchDeregistered", {}),
        ("Job", "", {}),
        *(
            ("Allocation", "AllocationUpdated", allocation(status))
            for status in ("complete", "failed", "lost", "unknown", "new to us")
        ),
        ("Allocation", "PlanResult", allocation("running", desired="stop")),
        ("Allocation", "PlanResult", allocation("running", desired="evict")),
        ("Allocation", "AllocationUpdated", allocation("pending", events=(MISSING,))),
        ("Allocation", "AllocationUpdated", {}),
        ("Evaluation", "EvaluationUpdated", {"Status": "blocked"}),
        ("Evaluation", "EvaluationUpdated", {"Status": "failed"}),
        (
            "Evaluation",
            "EvaluationUpdated",
            {"Status": "complete", "FailedTGAllocs": {"build": {"NodesEvaluated": 1}}},
        ),
        (
            "Evaluation",
            "JobDeregistered",
            {"Status": "pending", "TriggeredBy": "job-deregister"},
        ),
        ("Evaluation", "EvaluationUpdated", {}),
        ("Node", "NodeEvent", {}),
    ],
)
def test_whatever_else_happens_is_not_routine(topic: str, kind: str, data: Any) -> None:
    assert not cluster.is_routine(topic, kind, data)


def test_routine_is_no_news() -> None:
    hints = Hints()
    for topic in ("Job", "Evaluation", "Allocation"):
        assert not hints.are_news(BUILD, heard(topic, routine=True))


def test_after_trouble_the_next_allocation_is_news_once() -> None:
    hints = Hints()
    assert hints.are_news(BUILD, heard("Evaluation", routine=False))
    assert not hints.are_news(BUILD, heard("Evaluation", routine=True))
    assert hints.are_news(BUILD, heard("Allocation", routine=True))
    assert not hints.are_news(BUILD, heard("Allocation", routine=True))


def test_the_end_of_one_phase_is_no_trouble_of_the_next() -> None:
    hints = Hints()
    assert hints.are_news(BUILD, heard("Allocation", routine=False))
    assert not hints.are_news(BUILD, heard("Allocation", routine=True, job=f"test-{BUILD}"))


def test_builds_that_are_put_away_are_forgotten() -> None:
    hints = Hints()
    assert hints.are_news(BUILD, heard("Evaluation", routine=False))
    assert hints.begun() == {BUILD}
    hints.keep(())
    assert hints.begun() == frozenset()
    assert not hints.are_news(BUILD, heard("Allocation", routine=True))


def test_a_build_has_begun_with_the_first_word_of_a_job_of_it() -> None:
    hints = Hints()
    hints.are_news(BUILD, heard("Job", routine=True))
    assert hints.begun() == {BUILD}


def test_a_build_whose_file_was_read_has_not_begun() -> None:
    hints = Hints()
    hints.are_news(BUILD, heard("Allocation", routine=False, job=f"plan-{BUILD}"))
    assert hints.begun() == frozenset()
    hints.are_news(BUILD, heard("Job", routine=True))
    assert hints.begun() == {BUILD}
