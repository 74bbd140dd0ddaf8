"""The event stream and blocking queries."""

from __future__ import annotations

import time

from tests.contract.api import Json, Nomad, job, task, unique

QUICK = {"run_for": "10ms"}


def follow_job(nomad: Nomad, job_id: str, config: Json, query: str = "") -> list[Json]:
    """Collect the events of a job, from its registration until it is dead."""
    found: list[Json] = []
    with nomad.events(query or f"topic=*:{job_id}") as frames:
        assert next(frames) == {}
        nomad.register(job(job_id, task("t", config)))
        for frame in frames:
            for event in frame.get("Events", ()):
                assert event["Index"] == frame["Index"]
                found.append(event)
            last = found[-1]["Payload"].get("Job", {}) if found else {}
            if last.get("Status") == "dead":
                return found
    return found


def test_a_run_is_told_in_this_order(nomad: Nomad) -> None:
    found = follow_job(nomad, unique("events"), QUICK)
    told = [(event["Topic"], event["Type"]) for event in found]
    # How many steps of the client are told together is a matter of time.
    steps = [each for each in told if each != ("Allocation", "AllocationUpdated")]
    assert steps == [
        ("Job", "JobRegistered"),
        ("Evaluation", "JobRegistered"),
        ("Evaluation", "PlanResult"),
        ("Allocation", "PlanResult"),
        ("Job", "PlanResult"),
        ("Evaluation", "EvaluationUpdated"),
        ("Job", "AllocationUpdated"),
    ]
    assert ("Allocation", "AllocationUpdated") in told
    indexes = [event["Index"] for event in found]
    assert indexes == sorted(indexes)


def test_events_have_these_fields(nomad: Nomad) -> None:
    job_id = unique("events")
    found = follow_job(nomad, job_id, QUICK)
    by_topic = {event["Topic"]: event for event in found}
    for event in found:
        assert set(event) == {
            "FilterKeys", "Index", "Key", "Namespace", "Payload", "Topic", "Type",
        }  # fmt: skip
        assert event["Namespace"] == "default"
    assert (by_topic["Job"]["Key"], by_topic["Job"]["FilterKeys"]) == (job_id, None)
    allocation = by_topic["Allocation"]
    assert allocation["FilterKeys"] == [job_id, ""]
    assert allocation["Key"] == allocation["Payload"]["Allocation"]["ID"]
    assert "Job" not in allocation["Payload"]["Allocation"]
    assert by_topic["Evaluation"]["FilterKeys"] == [job_id, ""]
    assert by_topic["Evaluation"]["Key"] == by_topic["Evaluation"]["Payload"]["Evaluation"]["ID"]


def test_a_stop_is_told_with_the_jobs_end(nomad: Nomad) -> None:
    job_id = unique("events")
    with nomad.events(f"topic=*:{job_id}") as frames:
        nomad.register(job(job_id, task("t", {"run_for": "1h"})))
        nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
        nomad.delete(f"/v1/job/{job_id}")
        told: list[tuple[str, str]] = []
        for frame in frames:
            events = frame.get("Events", ())
            told += [(event["Topic"], event["Type"]) for event in events]
            if any(e["Payload"].get("Job", {}).get("Status") == "dead" for e in events):
                break
    stop = told[told.index(("Job", "JobDeregistered")) :]
    assert stop == [
        ("Job", "JobDeregistered"),
        ("Evaluation", "JobDeregistered"),
        ("Evaluation", "PlanResult"),
        ("Allocation", "PlanResult"),
        ("Job", "PlanResult"),
        ("Evaluation", "EvaluationUpdated"),
        ("Job", "EvaluationUpdated"),
    ]


def test_topics_filter(nomad: Nomad) -> None:
    job_id = unique("events")
    found = follow_job(nomad, job_id, QUICK, query=f"topic=Job:{job_id}")
    assert {event["Topic"] for event in found} == {"Job"}


def test_a_stream_from_an_index_begins_with_that_index(nomad: Nomad) -> None:
    job_id = unique("events")
    index = follow_job(nomad, job_id, QUICK)[0]["Index"]
    with nomad.events(f"topic=Job:{job_id}&index={index}") as frames:
        first = next(frame for frame in frames if frame)
    assert first["Index"] == index


def test_what_was_buffered_is_told_again(nomad: Nomad) -> None:
    job_id = unique("events")
    found = follow_job(nomad, job_id, QUICK)
    with nomad.events(f"topic=*:{job_id}") as frames:
        first = next(frame for frame in frames if frame)
    assert first["Index"] == found[0]["Index"]


def test_wrong_parameters_are_answered_in_nomads_words(nomad: Nomad) -> None:
    for query, text in (
        (
            "topic=Job:a:b",
            "Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: "
            "Job:a:b",
        ),
        ("index=abc", 'Unable to parse index: strconv.Atoi: parsing "abc": invalid syntax'),
    ):
        answer = nomad.get(f"/v1/event/stream?{query}")
        assert (answer.status, answer.text) == (400, text)
    for query, text in (("index=abc", "Invalid index"), ("index=1&wait=x", "Invalid wait time")):
        answer = nomad.get(f"/v1/jobs?{query}")
        assert (answer.status, answer.text) == (400, text)


def test_a_blocking_query_answers_when_something_changed(nomad: Nomad) -> None:
    job_id = unique("blocking")
    nomad.register(job(job_id, task("t", {"run_for": "300ms"})))
    index = nomad.get(f"/v1/job/{job_id}").index
    answer = nomad.get(f"/v1/job/{job_id}?index={index}&wait=20s")
    assert answer.index > index


def test_a_blocking_query_gives_up_after_its_time(nomad: Nomad) -> None:
    job_id = unique("blocking")
    nomad.register(job(job_id, task("t", {"run_for": "1h"})))
    nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    index = nomad.get(f"/v1/job/{job_id}").index
    before = time.monotonic()
    answer = nomad.get(f"/v1/job/{job_id}?index={index}&wait=300ms")
    assert answer.index == index
    assert 0.25 < time.monotonic() - before < 5
    nomad.delete(f"/v1/job/{job_id}?purge=true")
