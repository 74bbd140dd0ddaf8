"""A node whose client is not heard of any more: what the servers say meanwhile, and when it comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract import losing
from tests.contract.api import Json, event_types, job, task, unique

LONG = {"run_for": "1h", "stdout_string": "hello\n"}
SHORT = {"run_for": "8s"}
REPLACED = {"Disconnect": {"Replace": True}}
PATIENT = {"Disconnect": {"Replace": False, "LostAfter": 3_600_000_000_000}}
UNKNOWN = "alloc is unknown since its node is disconnected"
LOST = "alloc is lost since its node is down"


@pytest.fixture(scope="module", params=["embedded", pytest.param("nomad", marks=pytest.mark.nomad)])
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[losing.Cluster]:
    """A Nomad of each kind whose node can be lost."""
    folder = tmp_path_factory.mktemp(f"losing-{request.param}")
    found = losing.Real(folder) if request.param == "nomad" else losing.Embedded(folder)
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def jobs(cluster: losing.Cluster) -> Iterator[list[str]]:
    """The jobs of a test, which are purged when it is over; the node is back then."""
    known: list[str] = []
    yield known
    cluster.return_node()
    for job_id in known:
        cluster.nomad.delete(f"/v1/job/{job_id}?purge=true")


def running(allocation: Json) -> bool:
    return bool(allocation["ClientStatus"] == "running")


def begin(
    cluster: losing.Cluster, jobs: list[str], config: Json, group: Json = None, **fields: Json
) -> Json:
    job_id = unique("lost")
    jobs.append(job_id)
    cluster.nomad.register(job(job_id, task("t", config), group=group, **fields))
    return cluster.nomad.allocation(job_id, lambda each: each["TaskStates"] is not None)


def begin_running(cluster: losing.Cluster, jobs: list[str], config: Json, **options: Json) -> Json:
    job_id = begin(cluster, jobs, config, **options)["JobID"]
    return cluster.nomad.allocation(job_id, running)


def await_status(cluster: losing.Cluster, allocation: Json, status: str) -> Json:
    return cluster.nomad.allocation(
        allocation["JobID"],
        lambda each: each["ID"] == allocation["ID"] and each["ClientStatus"] == status,
    )


def await_numbers(cluster: losing.Cluster, job_id: str, **wanted: int) -> None:
    """Wait until these are the numbers of a job that are not 0."""

    def told(answer: Json) -> bool:
        numbers = answer["Summary"]["main"]
        return {name: count for name, count in numbers.items() if count} == wanted

    cluster.nomad.until(f"/v1/job/{job_id}/summary", told)


def await_job(cluster: losing.Cluster, job_id: str, status: str) -> None:
    cluster.nomad.until(f"/v1/job/{job_id}", lambda each: each["Status"] == status)


def test_a_job_that_is_not_to_be_replaced_is_unknown_and_goes_on(
    cluster: losing.Cluster, jobs: list[str]
) -> None:
    first = begin_running(cluster, jobs, LONG)
    job_id = first["JobID"]
    cluster.lose_node()
    node = cluster.node()
    assert (node["Status"], node["SchedulingEligibility"]) == ("down", "eligible")
    unknown = await_status(cluster, first, "unknown")
    assert unknown["ClientDescription"] == UNKNOWN
    assert (unknown["DesiredStatus"], unknown["DesiredDescription"]) == ("run", "")
    assert unknown["TaskStates"]["t"]["State"] == "running"
    # In spite of replace = false another one waits to be placed, unless there is lost_after.
    blocked = cluster.nomad.evaluation(job_id, "blocked")
    assert blocked["FailedTGAllocs"]["main"]["NodesInPool"] == 0
    cause = cluster.nomad.get(f"/v1/evaluation/{blocked['PreviousEval']}").json
    assert (cause["TriggeredBy"], cause["NodeID"]) == ("node-update", node["ID"])
    cluster.nomad.evaluation(job_id, "complete")
    await_numbers(cluster, job_id, Queued=1, Unknown=1)
    await_job(cluster, job_id, "running")

    cluster.return_node()
    back = await_status(cluster, first, "running")
    assert back["ClientDescription"] == "Tasks are running"
    assert event_types(back, "t")[-2:] == ["Started", "Reconnected"]
    await_numbers(cluster, job_id, Running=1)
    assert len(cluster.nomad.get(f"/v1/job/{job_id}/allocations").json) == 1


def test_a_job_with_time_to_come_back_has_nothing_waiting(
    cluster: losing.Cluster, jobs: list[str]
) -> None:
    first = begin_running(cluster, jobs, LONG, group=PATIENT)
    cluster.lose_node()
    assert cluster.node()["Status"] == "disconnected"
    assert await_status(cluster, first, "unknown")["ClientDescription"] == UNKNOWN
    evaluations = cluster.nomad.get(f"/v1/job/{first['JobID']}/evaluations").json
    assert "blocked" not in [each["Status"] for each in evaluations]
    cluster.return_node()
    await_status(cluster, first, "running")
    assert len(cluster.nomad.get(f"/v1/job/{first['JobID']}/allocations").json) == 1


def test_what_ended_meanwhile_is_told_when_the_node_is_back(
    cluster: losing.Cluster, jobs: list[str]
) -> None:
    good = begin_running(cluster, jobs, SHORT)
    bad = begin_running(cluster, jobs, SHORT | {"exit_code": 3})
    cluster.lose_node()
    await_status(cluster, good, "unknown")
    await_status(cluster, bad, "unknown")
    cluster.return_node()
    assert await_status(cluster, good, "complete")["TaskStates"]["t"]["Failed"] is False
    assert await_status(cluster, bad, "failed")["TaskStates"]["t"]["Failed"] is True
    for each in (good, bad):
        cluster.nomad.evaluation(each["JobID"], "complete")
        assert len(cluster.nomad.get(f"/v1/job/{each['JobID']}/allocations").json) == 1


def test_a_job_that_may_be_replaced_is_lost_and_placed_anew(
    cluster: losing.Cluster, jobs: list[str]
) -> None:
    first = begin_running(cluster, jobs, LONG, group=REPLACED)
    cluster.lose_node()
    lost = await_status(cluster, first, "lost")
    assert (lost["DesiredStatus"], lost["DesiredDescription"]) == ("stop", LOST)
    job_id = first["JobID"]
    cluster.nomad.evaluation(job_id, "blocked")
    await_numbers(cluster, job_id, Queued=1, Lost=1)
    await_job(cluster, job_id, "pending")
    cluster.return_node()
    cluster.nomad.allocation(job_id, lambda each: each["ID"] != first["ID"] and running(each))
    # The client is told to stop the old one, and then reports how it ended.
    await_status(cluster, first, "complete")


def test_what_had_not_started_is_lost(cluster: losing.Cluster, jobs: list[str]) -> None:
    first = begin(cluster, jobs, LONG | {"start_block_for": "1h"})
    cluster.lose_node()
    lost = await_status(cluster, first, "lost")
    assert (lost["DesiredStatus"], lost["DesiredDescription"]) == ("stop", LOST)
    cluster.nomad.evaluation(first["JobID"], "blocked")


def test_what_had_ended_stays_as_it_is(cluster: losing.Cluster, jobs: list[str]) -> None:
    first = begin(cluster, jobs, {"run_for": "10ms"})
    await_status(cluster, first, "complete")
    cluster.lose_node()
    (still,) = cluster.nomad.get(f"/v1/job/{first['JobID']}/allocations").json
    assert (still["ClientStatus"], still["DesiredStatus"]) == ("complete", "run")


def test_a_job_stopped_meanwhile_is_dead_and_its_tasks_end_later(
    cluster: losing.Cluster, jobs: list[str]
) -> None:
    first = begin_running(cluster, jobs, LONG)
    cluster.lose_node()
    await_status(cluster, first, "unknown")
    cluster.nomad.delete(f"/v1/job/{first['JobID']}")
    stopped = cluster.nomad.allocation(first["JobID"], lambda each: each["DesiredStatus"] == "stop")
    assert stopped["DesiredDescription"] == "alloc not needed due to job update"
    assert stopped["ClientStatus"] == "unknown"
    await_job(cluster, first["JobID"], "dead")
    cluster.return_node()
    await_status(cluster, first, "complete")


def test_a_job_registered_meanwhile_waits_for_the_node(
    cluster: losing.Cluster, jobs: list[str]
) -> None:
    cluster.lose_node()
    job_id = unique("lost")
    jobs.append(job_id)
    cluster.nomad.register(job(job_id, task("t", {"run_for": "10ms"})))
    metrics = cluster.nomad.evaluation(job_id, "blocked")["FailedTGAllocs"]["main"]
    assert (metrics["NodesEvaluated"], metrics["NodesAvailable"]) == (0, {})
    cluster.return_node()
    assert cluster.nomad.ended(job_id)["ClientStatus"] == "complete"


def test_of_a_dead_clients_files_nothing_is_read(cluster: losing.Cluster, jobs: list[str]) -> None:
    first = begin_running(cluster, jobs, LONG)
    cluster.lose_node(dead=True)
    fs, alloc = "/v1/client/fs", first["ID"]
    for path, status in (
        (f"{fs}/logs/{alloc}?task=t&type=stdout&plain=true", 404),
        (f"{fs}/logs/{alloc}?task=t&type=stdout", 404),
        (f"{fs}/logs/{alloc}?task=other&type=stdout", 404),
        (f"{fs}/ls/{alloc}?path=/", 404),
        (f"{fs}/stat/{alloc}?path=alloc/logs/t.stdout.0", 404),
        (f"{fs}/cat/{alloc}?path=alloc/logs/t.stdout.0", 200),
        (f"{fs}/readat/{alloc}?path=alloc/logs/t.stdout.0&offset=0&limit=1", 200),
    ):
        answer = cluster.nomad.get(path)
        assert (path, answer.status, answer.text) == (path, status, "No path to node")
    cluster.return_node()
    await_status(cluster, first, "running")
    assert cluster.nomad.logs(alloc, "t") == "hello\n"
