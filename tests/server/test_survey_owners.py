"""Builds that change hands between replicas, and those that are left to whoever has begun them."""

from __future__ import annotations

from datetime import UTC, datetime

from server.admission import ADMITTED, Entry
from server.cluster import JobStub
from server.survey import Survey

BUILD = "01kb9x3m4v0000000000000001"
ENTRY = Entry(
    build_id=BUILD, create_index=3, modify_index=3, created_at=datetime(2026, 1, 1, tzinfo=UTC)
)
JOB = JobStub(id=f"build-{BUILD}", status="running", modify_index=5)


def take(survey: Survey, *, owned: bool) -> list[str]:
    return survey.take([ENTRY], {BUILD: ADMITTED}, [JOB], {BUILD: owned})


def test_who_takes_a_build_over_looks_at_it_once_though_nothing_has_happened() -> None:
    survey = Survey()
    assert take(survey, owned=False) == []
    assert take(survey, owned=True) == [BUILD]
    assert take(survey, owned=True) == []


def test_who_gives_a_build_away_leaves_it_alone() -> None:
    survey = Survey()
    assert take(survey, owned=True) == [BUILD]
    assert take(survey, owned=False) == []


def test_a_build_that_has_begun_is_left_to_whoever_looks_after_it() -> None:
    survey = Survey()
    assert survey.promote({BUILD: ADMITTED}, begun={BUILD}) == []


def test_a_build_with_a_living_job_is_left_to_whoever_looks_after_it() -> None:
    survey = Survey()
    take(survey, owned=False)
    assert survey.promote({BUILD: ADMITTED}) == []
