"""Jobs that cannot be placed: a blocked evaluation that says why."""

from __future__ import annotations

import pytest

from tests.contract.api import Json, Nomad, job, task, unique
from tests.contract.conftest import VOLUME

RUN = {"run_for": "10ms"}


def wanting(**resources: Json) -> Json:
    return task("t", RUN) | {"Resources": {"CPU": 20, "MemoryMB": 32, **resources}}


CASES: dict[str, tuple[Json, Json]] = {
    "a job constraint": (
        job("", task("t", RUN), Constraints=[
            {"LTarget": "${attr.kernel.name}", "RTarget": "windows", "Operand": "="}]),
        {"ConstraintFiltered": {"${attr.kernel.name} = windows": 1}, "NodesFiltered": 1},
    ),
    "a task constraint": (
        job("", task("t", RUN, Constraints=[
            {"LTarget": "${attr.nomad.version}", "RTarget": ">= 99", "Operand": "version"}])),
        {"ConstraintFiltered": {"${attr.nomad.version} version >= 99": 1}, "NodesFiltered": 1},
    ),
    "memory": (
        job("", wanting(MemoryMB=9_999_999)),
        {"DimensionExhausted": {"memory": 1}, "NodesExhausted": 1},
    ),
    "cpu": (
        job("", wanting(CPU=9_999_999)),
        {"DimensionExhausted": {"cpu": 1}, "NodesExhausted": 1},
    ),
    "a device": (
        job("", wanting(Devices=[{"Name": "nvidia/gpu", "Count": 1}])),
        {"ConstraintFiltered": {"missing devices": 1}, "NodesFiltered": 1},
    ),
    "a driver": (
        job("", task("t", {}, driver="no_such_driver")),
        {"ConstraintFiltered": {"missing drivers": 1}, "NodesFiltered": 1},
    ),
    "a host volume": (
        job("", task("t", RUN), group={
            "Volumes": {"v": {"Name": "v", "Type": "host", "Source": "no-such-volume"}}}),
        {"ConstraintFiltered": {"missing compatible host volumes": 1}, "NodesFiltered": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("lacking", CASES)
def test_what_is_lacking_is_named(nomad: Nomad, lacking: str) -> None:
    definition, expected = CASES[lacking]
    job_id = unique("lacking")
    nomad.register(definition | {"ID": job_id})
    blocked = nomad.evaluation(job_id, "blocked")
    metrics = blocked["FailedTGAllocs"]["main"]
    assert {key: metrics[key] for key in expected} == expected
    assert (metrics["NodesEvaluated"], metrics["NodesInPool"]) == (1, 1)
    assert blocked["StatusDescription"] == "created to place remaining allocations"
    assert blocked["TriggeredBy"] == "queued-allocs"
    assert nomad.get(f"/v1/job/{job_id}").json["Status"] == "pending"
    assert nomad.get(f"/v1/job/{job_id}/allocations").json == []


def test_the_registrations_evaluation_points_at_the_blocked_one(nomad: Nomad) -> None:
    job_id = unique("lacking")
    definition, _ = CASES["memory"]
    registered = nomad.register(definition | {"ID": job_id})
    blocked = nomad.evaluation(job_id, "blocked")
    nomad.evaluation(job_id, "complete")
    first = nomad.get(f"/v1/evaluation/{registered['EvalID']}").json
    assert first["BlockedEval"] == blocked["ID"]
    assert blocked["PreviousEval"] == first["ID"]
    assert first["QueuedAllocations"] == {"main": 1}
    shortage = first["FailedTGAllocs"]["main"]["ResourcesExhausted"]["t"]
    assert shortage["MemoryMB"] == 9_999_999


def test_in_another_datacenter_there_is_no_node(nomad: Nomad) -> None:
    job_id = unique("elsewhere")
    nomad.register(job(job_id, task("t", RUN), Datacenters=["far"]))
    metrics = nomad.evaluation(job_id, "blocked")["FailedTGAllocs"]["main"]
    assert (metrics["NodesEvaluated"], metrics["NodesAvailable"]) == (0, {})


def test_stopping_cancels_the_wait(nomad: Nomad) -> None:
    job_id = unique("waiting")
    nomad.register(job(job_id, task("t", RUN), Datacenters=["far"]))
    nomad.evaluation(job_id, "blocked")
    stop = nomad.delete(f"/v1/job/{job_id}").json
    canceled = nomad.evaluation(job_id, "canceled")
    assert canceled["StatusDescription"] == f'evaluation "{stop["EvalID"]}" successful'
    assert nomad.get(f"/v1/job/{job_id}").json["Status"] == "dead"


def test_a_job_that_fits_meets_its_constraints(nomad: Nomad) -> None:
    job_id = unique("fits")
    constraints = [
        {"LTarget": "${attr.kernel.name}", "RTarget": "linux", "Operand": "="},
        {"LTarget": "${attr.nomad.version}", "RTarget": ">= 1.7.0, < 9", "Operand": "version"},
        {"LTarget": "${attr.kernel.name}", "RTarget": "lin.*", "Operand": "regexp"},
        {"LTarget": "${attr.no.such.thing}", "RTarget": "", "Operand": "is_not_set"},
    ]
    volumes = {"v": {"Name": "v", "Type": "host", "Source": VOLUME}}
    nomad.register(job(job_id, task("t", RUN), Constraints=constraints, group={"Volumes": volumes}))
    assert nomad.ended(job_id)["ClientStatus"] == "complete"
