"""Allocations that Nomad stops by itself and places anew: stopped by an operator, or off a drained node."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.api import Json, Nomad, find_event, job, task, unique

LONG = {"run_for": "1h"}
NOBODY = "00000000-0000-0000-0000-000000000000"


def running(allocation: Json) -> bool:
    return bool(allocation["ClientStatus"] == "running")


def start(nomad: Nomad, *tasks: Json) -> Json:
    job_id = unique("replaced")
    nomad.register(job(job_id, *(tasks or (task("t", LONG),))))
    return nomad.allocation(job_id, running)


def replacement_of(nomad: Nomad, allocation: Json) -> Json:
    return nomad.allocation(
        allocation["JobID"], lambda each: each["ID"] != allocation["ID"] and running(each)
    )


@pytest.fixture
def node_id(nomad: Nomad) -> Iterator[str]:
    """The node, which takes jobs again when the test is over."""
    (node,) = nomad.get("/v1/nodes").json
    yield node["ID"]
    nomad.put(f"/v1/node/{node['ID']}/eligibility", {"Eligibility": "eligible"})


def test_a_stopped_allocation_is_replaced_at_once(nomad: Nomad) -> None:
    first = start(nomad)
    stopped = nomad.put(f"/v1/allocation/{first['ID']}/stop", {})
    assert stopped.status == 200
    assert set(stopped.json) == {"EvalID", "Index"}
    assert stopped.json["Index"] == stopped.index
    second = replacement_of(nomad, first)
    evaluation = nomad.get(f"/v1/evaluation/{stopped.json['EvalID']}").json
    assert (evaluation["TriggeredBy"], evaluation["Type"]) == ("alloc-stop", "batch")
    assert second["JobVersion"] == first["JobVersion"]
    assert nomad.get(f"/v1/allocation/{second['ID']}").json["PreviousAllocation"] == first["ID"]
    old = nomad.get(f"/v1/allocation/{first['ID']}").json
    assert old["NextAllocation"] == second["ID"]
    assert (old["DesiredStatus"], old["DesiredDescription"]) == ("stop", "alloc is being migrated")
    assert old["DesiredTransition"] == {
        "ForceReschedule": None, "Migrate": True, "NoShutdownDelay": False, "Reschedule": None,
    }  # fmt: skip
    nomad.delete(f"/v1/job/{first['JobID']}?purge=true")


def test_a_batch_allocation_that_is_moved_counts_as_failed(nomad: Nomad) -> None:
    first = start(nomad, task("t", LONG), task("quick", {"run_for": "10ms"}))
    nomad.allocation(first["JobID"], lambda each: each["TaskStates"]["quick"]["State"] == "dead")
    nomad.put(f"/v1/allocation/{first['ID']}/stop", {})
    ended = nomad.allocation(
        first["JobID"],
        lambda each: each["ID"] == first["ID"] and each["TaskStates"]["t"]["State"] == "dead",
    )
    assert (ended["ClientStatus"], ended["ClientDescription"]) == ("failed", "Failed tasks")
    assert [ended["TaskStates"][name]["Failed"] for name in ("t", "quick")] == [True, False]
    killing = find_event(ended, "t", "Killing")
    assert killing["Details"] == {"kill_timeout": "5s", "fails_task": "true"}
    nomad.delete(f"/v1/job/{first['JobID']}?purge=true")


def test_what_ended_by_itself_is_not_replaced(nomad: Nomad) -> None:
    job_id = unique("ended")
    nomad.register(job(job_id, task("t", {"run_for": "10ms"})))
    ended = nomad.ended(job_id)
    stopped = nomad.put(f"/v1/allocation/{ended['ID']}/stop", {}).json
    nomad.until(f"/v1/evaluation/{stopped['EvalID']}", lambda each: each["Status"] == "complete")
    (still,) = nomad.get(f"/v1/job/{job_id}/allocations").json
    assert (still["DesiredStatus"], still["ClientStatus"]) == ("run", "complete")
    assert nomad.get(f"/v1/job/{job_id}").json["Status"] == "dead"


@pytest.mark.parametrize(
    ("allocation_id", "status", "text"),
    [
        (NOBODY, 404, "allocation not found"),
        ("x", 500, "alloc lookup failed: index error: UUID must be 36 characters"),
    ],
)
def test_stopping_no_allocation_is_answered_in_nomads_words(
    nomad: Nomad, allocation_id: str, status: int, text: str
) -> None:
    answer = nomad.put(f"/v1/allocation/{allocation_id}/stop", {})
    assert (answer.status, answer.text) == (status, text)


def test_a_drained_nodes_batch_jobs_wait_until_it_takes_jobs_again(
    nomad: Nomad, node_id: str
) -> None:
    first = start(nomad)
    job_id = first["JobID"]
    drain = nomad.put(f"/v1/node/{node_id}/drain", {"DrainSpec": {"Deadline": -1}})
    assert (drain.status, drain.json["NodeModifyIndex"]) == (200, drain.index)
    old = nomad.allocation(job_id, lambda each: each["ClientStatus"] == "failed")
    assert (old["DesiredStatus"], old["DesiredDescription"]) == ("stop", "alloc is being migrated")
    assert old["DesiredTransition"]["Migrate"] is True
    blocked = nomad.evaluation(job_id, "blocked")
    metrics = blocked["FailedTGAllocs"]["main"]
    assert (metrics["NodesEvaluated"], metrics["NodesInPool"], metrics["NodesAvailable"]) == (
        0,
        0,
        {},
    )
    cause = nomad.get(f"/v1/evaluation/{blocked['PreviousEval']}").json
    assert cause["TriggeredBy"] == "node-drain"
    nomad.until(f"/v1/job/{job_id}", lambda each: each["Status"] == "pending")
    newcomer = unique("newcomer")
    nomad.register(job(newcomer, task("t", {"run_for": "10ms"})))
    nomad.evaluation(newcomer, "blocked")
    found = nomad.until(
        f"/v1/node/{node_id}", lambda each: each["LastDrain"]["Status"] == "complete"
    )
    assert (found["Status"], found["SchedulingEligibility"]) == ("ready", "ineligible")

    undrained = nomad.put(f"/v1/node/{node_id}/eligibility", {"Eligibility": "eligible"})
    assert (undrained.status, undrained.json["Index"]) == (200, undrained.index)
    second = replacement_of(nomad, old)
    assert nomad.get(f"/v1/allocation/{old['ID']}").json.get("NextAllocation", "") == ""
    assert second["JobVersion"] == 0
    assert nomad.ended(newcomer)["ClientStatus"] == "complete"
    nomad.delete(f"/v1/job/{job_id}?purge=true")


def test_a_nodes_eligibility_is_one_of_two(nomad: Nomad, node_id: str) -> None:
    answer = nomad.put(f"/v1/node/{node_id}/eligibility", {"Eligibility": "perhaps"})
    assert (answer.status, answer.text) == (500, 'invalid scheduling eligibility "perhaps"')
    same = nomad.put(f"/v1/node/{node_id}/eligibility", {"Eligibility": "eligible"})
    assert same.json == {"EvalCreateIndex": 0, "EvalIDs": None, "Index": 0, "NodeModifyIndex": 0}
