"""Starting, stopping and configuring an engine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.embedded import command, config, engine
from server.embedded.scripted import Gate, Outcome, Script
from tests.contract.api import Nomad, event_types, job, task
from tests.server.embedded.conftest import Start


def test_an_engine_picks_a_port_and_tells_its_address(start: Start) -> None:
    nomad = start()
    assert nomad.address.startswith("http://127.0.0.1:")
    assert nomad.get("/v1/status/leader").json == nomad.address.removeprefix("http://")


def test_a_port_that_is_taken_is_an_error(start: Start, tmp_path: Path) -> None:
    port = int(start().address.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        engine.Engine(config.Config(data_dir=tmp_path / "other", port=port)).start()


def test_two_engines_do_not_share_a_data_directory(start: Start, tmp_path: Path) -> None:
    start()
    with pytest.raises(RuntimeError, match="another engine uses"):
        engine.Engine(config.Config(data_dir=tmp_path / "data")).start()


def test_stopping_ends_tasks_streams_and_waiting_queries(tmp_path: Path) -> None:
    script = Script({("*", "*"): Outcome(gate=Gate())})
    running = engine.Engine(config.Config(data_dir=tmp_path), script)
    nomad = Nomad(running.start())
    nomad.register(job("held", task("t", {"image": "x"}, driver="docker", KillTimeout=0)))
    index = nomad.allocation("held", lambda each: each["ClientStatus"] == "running")["ModifyIndex"]
    frames: list[bytes] = []
    listening = threading.Event()

    def listen() -> None:
        other = Nomad(nomad.address)
        with other.stream("/v1/event/stream?topic=Job:held") as answer:
            listening.set()
            frames.extend(answer.iter_lines())
        other.close()

    def wait() -> None:
        other = Nomad(nomad.address)
        assert other.get(f"/v1/job/held/allocations?index={index}&wait=60s").status == 200
        other.close()

    threads = [threading.Thread(target=each) for each in (listen, wait)]
    for thread in threads:
        thread.start()
    assert listening.wait(10)
    running.stop()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert frames
    nomad.close()


def test_what_does_not_fit_waits_for_room(start: Start, script: Script) -> None:
    gate = Gate()
    script.set("first", "*", Outcome(gate=gate))
    nomad = start(memory_mb=1000)
    big = {"Resources": {"CPU": 10, "MemoryMB": 800}}
    nomad.register(job("first", task("t", {"image": "x"}, driver="docker") | big))
    nomad.register(job("second", task("t", {"image": "x"}, driver="docker") | big))
    blocked = nomad.evaluation("second", "blocked")
    assert blocked["FailedTGAllocs"]["main"]["DimensionExhausted"] == {"memory": 1}
    gate.open()
    assert nomad.ended("second")["ClientStatus"] == "complete"
    assert nomad.get(f"/v1/evaluation/{blocked['ID']}").json["Status"] == "complete"


def test_prestart_and_main_tasks_need_room_one_after_the_other(start: Start) -> None:
    nomad = start(memory_mb=1000)
    big = {"Resources": {"CPU": 10, "MemoryMB": 800}}
    before = task("before", {"run_for": "10ms"}, Lifecycle={"Hook": "prestart"}) | big
    nomad.register(job("fits", before, task("t", {"run_for": "10ms"}) | big))
    assert nomad.ended("fits")["ClientStatus"] == "complete"


@pytest.mark.parametrize("wanted", ["nvidia/gpu", "gpu", "nvidia/gpu/t4"])
def test_configured_devices_can_be_asked_for(start: Start, wanted: str) -> None:
    nomad = start(devices={"nvidia/gpu/t4": 1})
    resources = {"CPU": 10, "MemoryMB": 10, "Devices": [{"Name": wanted, "Count": 1}]}
    nomad.register(job("gpu", task("t", {"run_for": "10ms"}) | {"Resources": resources}))
    assert nomad.ended("gpu")["ClientStatus"] == "complete"
    resources["Devices"] = [{"Name": wanted, "Count": 2}]
    nomad.register(job("gpus", task("t", {"run_for": "10ms"}) | {"Resources": resources}))
    assert nomad.evaluation("gpus", "blocked")["FailedTGAllocs"]


@pytest.mark.parametrize(
    ("target", "operand", "value", "fits"),
    [
        ("${device.model}", "=", "t4", True),
        ("${device.model}", "regexp", "^a100", False),
        ("${device.vendor}", "!=", "amd", True),
        ("${device.attr.memory}", ">=", "16 GiB", False),
        ("${device.attr.memory}", "is_not_set", "", True),
    ],
)
def test_a_device_has_to_be_as_a_job_demands(
    start: Start, target: str, operand: str, value: str, fits: bool
) -> None:
    nomad = start(devices={"nvidia/gpu/t4": 1})
    demand = {"LTarget": target, "Operand": operand, "RTarget": value}
    device = {"Name": "nvidia/gpu", "Count": 1, "Constraints": [demand]}
    resources = {"CPU": 10, "MemoryMB": 10, "Devices": [device]}
    nomad.register(job("gpu", task("t", {"run_for": "10ms"}) | {"Resources": resources}))
    if fits:
        assert nomad.ended("gpu")["ClientStatus"] == "complete"
        return
    (metrics,) = nomad.evaluation("gpu", "blocked")["FailedTGAllocs"].values()
    assert metrics["ConstraintFiltered"] == {"missing devices": 1}


def test_a_read_only_host_volume_is_for_readers(start: Start, tmp_path: Path) -> None:
    volume = config.HostVolume(path=tmp_path, read_only=True)
    nomad = start(host_volumes={"v": volume})
    request = {"Name": "v", "Type": "host", "Source": "v"}
    run = task("t", {"run_for": "10ms"})
    nomad.register(job("writer", run, group={"Volumes": {"v": request}}))
    assert nomad.evaluation("writer", "blocked")
    nomad.register(job("reader", run, group={"Volumes": {"v": request | {"ReadOnly": True}}}))
    assert nomad.ended("reader")["ClientStatus"] == "complete"


def test_garbage_collection_forgets_what_is_dead(start: Start, tmp_path: Path) -> None:
    nomad = start()
    nomad.register(job("done", task("t", {"run_for": "10ms"})))
    nomad.register(job("going", task("t", {"run_for": "1h"})))
    allocation = nomad.ended("done")
    nomad.allocation("going", lambda each: each["ClientStatus"] == "running")
    nomad.allocation("done", lambda _: nomad.get("/v1/job/done").json["Status"] == "dead")
    assert nomad.call("PUT", "/v1/system/gc").status == 200
    assert [each["ID"] for each in nomad.get("/v1/jobs").json] == ["going"]
    assert nomad.get(f"/v1/allocation/{allocation['ID']}").status == 404


def test_only_so_many_finished_allocations_keep_their_logs(start: Start) -> None:
    nomad = start(kept_allocations=1)
    ended = []
    for name in ("a", "b"):
        nomad.register(job(name, task("t", {"run_for": "10ms", "stdout_string": name})))
        ended.append(nomad.ended(name)["ID"])
    assert nomad.logs(ended[1], "t") == "b"
    path = f"/v1/client/fs/logs/{ended[0]}?task=t&type=stdout"
    assert nomad.get(path).text == f'Unknown allocation "{ended[0]}"'
    assert nomad.get(f"/v1/allocation/{ended[0]}").status == 200


def test_an_allocation_without_a_place_on_disk_fails(start: Start, tmp_path: Path) -> None:
    nomad = start()
    (tmp_path / "data" / "alloc").rmdir()
    (tmp_path / "data" / "alloc").write_text("in the way")
    nomad.register(job("homeless", task("t", {"run_for": "10ms"})))
    allocation = nomad.ended("homeless")
    assert allocation["ClientStatus"] == "failed"
    assert event_types(allocation, "t") == [
        "Received",
        "Task Setup",
        "Setup Failure",
        "Not Restarting",
    ]


def test_other_users_cannot_enter_the_allocations(start: Start, tmp_path: Path) -> None:
    start()
    assert (tmp_path / "data" / "alloc").stat().st_mode & 0o777 == 0o700


def test_the_command_runs_an_engine_until_it_is_told_to_end(tmp_path: Path) -> None:
    arguments = ["engine", "--port", "0", "--data-dir", str(tmp_path / "data")]
    arguments += ["--host-volume", f"cache={tmp_path}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        cwd=Path(__file__).parents[3],
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        nomad = Nomad(line.split()[-1])
        (node,) = nomad.get("/v1/nodes").json
        assert node["HostVolumes"]["cache"]["Path"] == str(tmp_path)
        nomad.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--host-volume", "nothing"],
        ["--host-volume", "x=/no/such/folder"],
        ["--device", "x=y"],
    ],
)
def test_wrong_options_are_usage_errors(arguments: list[str]) -> None:
    result = CliRunner().invoke(command.engine, arguments)
    assert result.exit_code == 2
    assert "is not NAME=" in result.output
