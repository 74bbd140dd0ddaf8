"""Scripts: a test says what docker tasks do."""

from __future__ import annotations

import pytest

from server.embedded import drivers
from server.embedded.scripted import Gate, Outcome, Script
from tests.contract.api import Json, Nomad, event_types, find_event, job, task, unique


def docker(name: str, **fields: Json) -> Json:
    return task(name, {"image": "any/image:1"}, driver="docker", **fields)


def test_a_script_decides_by_job_and_task(nomad: Nomad, script: Script) -> None:
    script.set("build-*", "image", Outcome(exit_code=3, stdout="STEP 1\n", stderr="oh\n"))
    nomad.register(
        job("build-1", docker("source", Lifecycle={"Hook": "prestart"}), docker("image"))
    )
    nomad.register(job("test-1", docker("image")))
    built = nomad.ended("build-1")
    assert built["ClientStatus"] == "failed"
    assert built["TaskStates"]["source"]["Failed"] is False
    assert nomad.logs(built["ID"], "image") == "STEP 1\n"
    assert nomad.logs(built["ID"], "image", "stderr") == "oh\n"
    assert nomad.ended("test-1")["ClientStatus"] == "complete"


def test_a_script_writes_the_files_that_a_task_would_leave(nomad: Nomad, script: Script) -> None:
    files = {"alloc/data/result.json": b'{"digest": "sha256:0"}', "local/own": b"x"}
    script.set("*", "t", Outcome(files=files))
    nomad.register(job("files", docker("t")))
    allocation = nomad.ended("files")
    fs = f"/v1/client/fs/cat/{allocation['ID']}?path="
    assert nomad.get(f"{fs}alloc/data/result.json").json == {"digest": "sha256:0"}
    assert nomad.get(f"{fs}t/local/own").text == "x"


def test_a_script_may_look_at_the_task(nomad: Nomad, script: Script) -> None:
    def echo(launch: drivers.Launch) -> Outcome:
        rendered = (launch.directory.local / "x").read_text()
        return Outcome(stdout=f"{launch.config['image']} {launch.environment['A']} {rendered}")

    script.set("*", "t", echo)
    template = {"EmbeddedTmpl": '{{ env "A" }}', "DestPath": "local/x", "ChangeMode": "noop"}
    nomad.register(job("look", docker("t", Env={"A": "${NOMAD_TASK_DIR}"}, Templates=[template])))
    allocation = nomad.ended("look")
    assert nomad.logs(allocation["ID"], "t") == "any/image:1 /local /local"


def test_a_gate_holds_a_task_until_it_is_opened(nomad: Nomad, script: Script) -> None:
    gate = Gate()
    script.set("*", "t", Outcome(gate=gate, exit_code=1))
    nomad.register(job("held", docker("t")))
    nomad.allocation("held", lambda each: each["ClientStatus"] == "running")
    gate.open()
    assert nomad.ended("held")["ClientStatus"] == "failed"


def test_an_open_gate_holds_nobody(nomad: Nomad, script: Script) -> None:
    gate = Gate()
    gate.open()
    script.set("*", "t", Outcome(gate=gate))
    nomad.register(job("free", docker("t")))
    assert nomad.ended("free")["ClientStatus"] == "complete"


def test_a_script_may_fail_the_start(nomad: Nomad, script: Script) -> None:
    script.set("*", "t", Outcome(start_error="Failed to pull `any/image:1`: no such host"))
    nomad.register(job("nostart", docker("t")))
    failure = find_event(nomad.ended("nostart"), "t", "Driver Failure")
    assert failure["DriverError"].startswith("Failed to pull")


@pytest.mark.parametrize("signal", ["", "SIGINT"])
def test_a_scripted_task_is_killed_like_any_other(
    nomad: Nomad, script: Script, signal: str
) -> None:
    script.set("*", "t", Outcome(gate=Gate(), kill_seconds=0.05))
    nomad.register(job("killed", docker("t", KillSignal=signal)))
    nomad.allocation("killed", lambda each: each["ClientStatus"] == "running")
    nomad.delete("/v1/job/killed")
    allocation = nomad.ended("killed")
    assert event_types(allocation, "t")[-3:] == ["Killing", "Terminated", "Killed"]
    assert allocation["ClientStatus"] == "complete"


def test_a_task_can_be_killed_while_it_is_still_being_started(nomad: Nomad, script: Script) -> None:
    script.set("*", "t", Outcome(start_seconds=3600))
    job_id = unique("starting")
    nomad.register(job(job_id, docker("t")))
    nomad.allocation(job_id, lambda each: "Task Setup" in event_types(each, "t"))
    nomad.delete(f"/v1/job/{job_id}")
    allocation = nomad.ended(job_id)
    assert event_types(allocation, "t") == ["Received", "Task Setup", "Killing"]


def test_the_rule_added_last_wins(nomad: Nomad, script: Script) -> None:
    script.set("*", "t", Outcome(exit_code=1))
    script.set("last", "*", Outcome(exit_code=2))
    nomad.register(job("last", docker("t")))
    assert find_event(nomad.ended("last"), "t", "Terminated")["ExitCode"] == 2
