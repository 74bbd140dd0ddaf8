"""What tests let go wrong: the node is lost, drained, a job vanishes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.embedded import config, drivers, engine
from server.embedded.scripted import Gate, Outcome, Script
from tests.contract.api import Json, Nomad, event_types, job, task


@pytest.fixture
def running(tmp_path: Path, script: Script) -> Iterator[engine.Engine]:
    """An engine on which tests can lay hands."""
    with engine.Engine(config.Config(data_dir=tmp_path / "data"), script) as started:
        yield started


@pytest.fixture
def nomad(running: engine.Engine) -> Iterator[Nomad]:
    """Its client."""
    client = Nomad(running.address)
    yield client
    client.close()


def docker(**fields: Json) -> Json:
    return task("t", {"image": "any/image:1"}, driver="docker", **fields)


def is_running(allocation: Json) -> bool:
    return bool(allocation["ClientStatus"] == "running")


def test_a_scripted_task_goes_on_while_its_node_is_lost(
    running: engine.Engine, nomad: Nomad, script: Script
) -> None:
    gate = Gate()
    script.set("*", "t", Outcome(gate=gate, exit_code=2, stdout="late\n"))
    nomad.register(job("lost", docker()))
    first = nomad.allocation("lost", is_running)
    running.lose_node()
    unknown = nomad.get(f"/v1/allocation/{first['ID']}")
    assert unknown.json["ClientStatus"] == "unknown"
    gate.open()
    index = unknown.json["ModifyIndex"]
    silent = nomad.get(f"/v1/allocation/{first['ID']}?index={index}&wait=300ms")
    assert silent.json["ClientStatus"] == "unknown"
    running.return_node()
    ended = nomad.allocation("lost", lambda each: each["ClientStatus"] == "failed")
    assert event_types(ended, "t")[-3:] == ["Terminated", "Not Restarting", "Reconnected"]
    assert nomad.logs(first["ID"], "t") == "late\n"


def test_following_a_lost_nodes_output_ends(
    running: engine.Engine, nomad: Nomad, script: Script
) -> None:
    script.set("*", "t", Outcome(gate=Gate(), stdout="one\n"))
    nomad.register(job("followed", docker()))
    allocation_id = nomad.allocation("followed", is_running)["ID"]
    path = f"/v1/client/fs/logs/{allocation_id}?task=t&type=stdout&follow=true&plain=true"
    with nomad.stream(path) as answer:
        chunks = answer.iter_content(chunk_size=None)
        assert next(chunks) == b"one\n"
        running.lose_node()
        assert list(chunks) == []


def test_a_job_purged_while_its_node_is_lost_is_killed_when_it_is_back(
    running: engine.Engine, nomad: Nomad, script: Script, tmp_path: Path
) -> None:
    script.set("*", "t", Outcome(gate=Gate()))
    nomad.register(job("purged", docker()))
    first = nomad.allocation("purged", is_running)
    running.lose_node()
    nomad.delete("/v1/job/purged?purge=true")
    assert nomad.get(f"/v1/allocation/{first['ID']}").status == 404
    assert (tmp_path / "data" / "alloc" / first["ID"]).exists()
    running.return_node()
    running.stop()
    assert not (tmp_path / "data" / "alloc" / first["ID"]).exists()


def test_a_drained_nodes_job_is_placed_when_the_node_takes_jobs_again(
    running: engine.Engine, nomad: Nomad, script: Script
) -> None:
    gate = Gate()
    script.set("*", "t", Outcome(gate=gate))
    nomad.register(job("moved", docker()))
    first = nomad.allocation("moved", is_running)
    running.drain_node()
    nomad.allocation("moved", lambda each: each["ClientStatus"] == "failed")
    assert nomad.evaluation("moved", "blocked")
    gate.open()
    running.undrain_node()
    second = nomad.allocation("moved", lambda each: each["ClientStatus"] == "complete")
    assert second["ID"] != first["ID"]
    assert nomad.get("/v1/job/moved").json["Status"] == "dead"


@pytest.mark.parametrize("state", ["running", "ended", "waiting", "lost"])
def test_nothing_is_left_of_a_job_that_vanished(
    running: engine.Engine, nomad: Nomad, script: Script, state: str
) -> None:
    if state != "ended":
        script.set("*", "t", Outcome(gate=Gate()))
    far = {"Datacenters": ["far"]} if state == "waiting" else {}
    nomad.register(job("gone", docker(), **far))
    if state == "waiting":
        nomad.evaluation("gone", "blocked")
    elif state == "ended":
        nomad.ended("gone")
    else:
        nomad.allocation("gone", is_running)
    allocations = nomad.get("/v1/job/gone/allocations").json
    if state == "lost":
        running.lose_node()
    running.vanish("gone")
    for path in ("", "/summary"):
        assert nomad.get(f"/v1/job/gone{path}").status == 404
    for path in ("/allocations", "/evaluations"):
        assert nomad.get(f"/v1/job/gone{path}").json == []
    for each in allocations:
        assert nomad.get(f"/v1/allocation/{each['ID']}").status == 404
    assert nomad.get("/v1/jobs").json == []
    nomad.register(job("gone", docker(), **far))
    assert nomad.get("/v1/job/gone").json["Version"] == 0


def test_who_waits_for_a_job_that_vanishes_is_told(
    running: engine.Engine, nomad: Nomad, script: Script
) -> None:
    script.set("*", "t", Outcome(gate=Gate()))
    nomad.register(job("gone", docker()))
    nomad.allocation("gone", is_running)
    index = nomad.get("/v1/job/gone/allocations").index
    running.vanish("gone")
    answer = nomad.get(f"/v1/job/gone/allocations?index={index}&wait=20s")
    assert (answer.json, answer.index > index) == ([], True)


def test_an_engine_that_does_not_run_can_not_fail(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="does not run"):
        engine.Engine(config.Config(data_dir=tmp_path)).lose_node()


def test_hundreds_of_jobs_fit_a_node_that_is_large_enough(tmp_path: Path) -> None:
    gate, seen = Gate(), set[str]()

    def look(launch: drivers.Launch) -> Outcome:
        seen.add(launch.allocation.job.id)
        return Outcome(gate=gate, stdout=f"{launch.allocation.job.id}\n")

    names = [f"many-{number}" for number in range(300)]
    settings = config.Config(
        data_dir=tmp_path,
        cpu_mhz=300 * 20,
        memory_mb=300 * 300,
        disk_mb=300 * 300,
        kept_allocations=301,
    )
    with engine.Engine(settings, Script({("many-*", "t"): look})) as started:
        nomad = Nomad(started.address)
        for name in [*names, "many-more"]:
            nomad.register(job(name, docker() | {"Resources": {"CPU": 20, "MemoryMB": 300}}))
        allocations = {name: nomad.allocation(name, is_running)["ID"] for name in names}
        blocked = nomad.evaluation("many-more", "blocked")
        assert blocked["FailedTGAllocs"]["main"]["DimensionExhausted"] == {"cpu": 1}
        gate.open()
        assert nomad.ended("many-more")["ClientStatus"] == "complete"
        for name in names[::50]:
            assert nomad.ended(name)["ClientStatus"] == "complete"
            assert nomad.logs(allocations[name], "t") == f"{name}\n"
        nomad.close()
    assert seen == {*names, "many-more"}
