from __future__ import annotations

from server.admission import ADMITTED, Entry, Verdict
from server.cluster import JobStub
from server.survey import Survey
from tests import samples

ID = samples.BUILD_ID
OTHER = "01kb9x3m4v0000000000000001"
WAITS = Verdict(position=1, obstacle="limit")


def entry(build_id: str = ID, index: int = 5) -> Entry:
    return Entry(build_id=build_id, create_index=1, modify_index=index, created_at=samples.NOW)


def job(build_id: str = ID, index: int = 7, kind: str = "build") -> JobStub:
    return JobStub(id=f"{kind}-{build_id}", status="running", modify_index=index)


def take(
    survey: Survey,
    *entries: Entry,
    jobs: tuple[JobStub, ...] = (),
    owned: bool = True,
    verdict: Verdict = ADMITTED,
) -> list[str]:
    ids = [each.build_id for each in entries]
    return survey.take(entries, dict.fromkeys(ids, verdict), jobs, dict.fromkeys(ids, owned))


def test_ones_own_build_is_looked_at_when_it_is_new_and_when_anything_of_it_has_changed() -> None:
    survey = Survey()
    assert take(survey, entry(), jobs=(job(),)) == [ID]
    assert take(survey, entry(), jobs=(job(),)) == []
    assert take(survey, entry(), jobs=(job(index=8),)) == [ID]
    assert take(survey, entry(index=9), jobs=(job(index=8),)) == [ID]
    assert take(survey, entry(index=9), jobs=(job(index=8),)) == []


def test_ones_own_build_without_a_living_job_is_looked_at_each_time() -> None:
    survey = Survey()
    for _ in range(3):
        assert take(survey, entry()) == [ID]


def test_a_build_that_waits_for_its_turn_costs_nothing() -> None:
    survey = Survey()
    take(survey, entry(), verdict=WAITS)
    assert take(survey, entry(), verdict=WAITS) == []
    assert take(survey, entry(index=6), verdict=WAITS) == [ID]


def test_anothers_build_is_looked_at_only_when_it_seems_forgotten() -> None:
    survey = Survey()
    assert take(survey, entry(), jobs=(job(),), owned=False) == []
    # Its job has ended: whoever looks after it may be at it just now.
    assert take(survey, entry(), owned=False) == []
    assert take(survey, entry(), owned=False) == [ID]
    assert take(survey, entry(index=6), owned=False) == []


def test_of_several_jobs_of_a_build_the_newest_change_counts() -> None:
    survey = Survey()
    take(survey, entry(), jobs=(job(), job(index=9, kind="publish")))
    assert take(survey, entry(), jobs=(job(index=8), job(index=9, kind="publish"))) == []


def test_jobs_of_others_and_builds_that_are_gone_do_not_matter() -> None:
    survey = Survey()
    strange = JobStub(id="build-web", status="running", modify_index=3)
    assert take(survey, entry(), jobs=(job(), strange, job(OTHER))) == [ID]
    assert take(survey) == []
    # A build that comes back, as after a lost marker, is new again.
    assert take(survey, entry(), jobs=(job(),)) == [ID]


def test_whose_turn_has_come_is_told_once() -> None:
    survey = Survey()
    assert survey.promote({ID: ADMITTED, OTHER: WAITS}) == [ID]
    assert survey.promote({ID: ADMITTED, OTHER: WAITS}) == []
    assert survey.promote({OTHER: ADMITTED}) == [OTHER]
