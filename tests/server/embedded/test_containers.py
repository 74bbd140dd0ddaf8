"""What the engine does with real containers beyond what it shares with Nomad: it leaves none behind."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.embedded import config, engine
from server.lab import docker, images, recipes
from tests.contract.api import Json, Nomad, job, task, unique

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("images")
    container_engine = docker.ensure(folder / "docker")
    try:
        images.ensure_pause(folder)
        yield images.ensure_busybox(folder)
    finally:
        container_engine.stop()


def containers_of(allocation_id: str) -> list[str]:
    """List the containers that carry an allocation's id."""
    label = f"label=com.hashicorp.nomad.alloc_id={allocation_id}"
    listed = subprocess.run(
        ["docker", "ps", "--all", "--filter", label, "--format", "{{.Names}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return listed.stdout.split()


def shell(image: str, script: str, **fields: Json) -> Json:
    config = {"image": image, "command": "sh", "args": ["-c", script]}
    return task("t", config, driver="docker", **fields)


def run(nomad: Nomad, definition: Json) -> Json:
    nomad.register(definition)
    return nomad.allocation(definition["ID"], lambda each: each["ClientStatus"] == "running")


def test_a_container_is_named_after_its_task_and_allocation_and_removed(
    tmp_path: Path, image: str
) -> None:
    with engine.Engine(config.Config(data_dir=tmp_path)) as running:
        nomad = Nomad(running.address)
        allocation = run(nomad, job(unique("c"), shell(image, "sleep 60")))
        assert containers_of(allocation["ID"]) == [f"t-{allocation['ID']}"]
        nomad.delete(f"/v1/job/{allocation['JobID']}?purge=true")
        nomad.close()
    assert containers_of(allocation["ID"]) == []


def test_stopping_the_engine_removes_its_containers(tmp_path: Path, image: str) -> None:
    running = engine.Engine(config.Config(data_dir=tmp_path))
    nomad = Nomad(running.start())
    allocation = run(nomad, job(unique("c"), shell(image, "sleep 60", KillTimeout=0)))
    running.stop()
    nomad.close()
    assert containers_of(allocation["ID"]) == []


def test_an_engine_removes_what_a_killed_one_on_its_directory_left(
    tmp_path: Path, image: str
) -> None:
    label = "com.hashicorp.nomad.alloc_id=left"
    with engine.Engine(config.Config(data_dir=tmp_path)) as running:
        nomad = Nomad(running.address)
        allocation = run(nomad, job(unique("c"), shell(image, "sleep 60")))
        name = containers_of(allocation["ID"])[0]
        inspected = subprocess.run(
            ["docker", "inspect", "--format", "{{json .Config.Labels}}", name],
            capture_output=True,
            text=True,
            check=True,
        )
        nomad.close()
    owner = json.loads(inspected.stdout)["nomad-build.engine"]
    orphan = subprocess.run(
        ["docker", "create", "--label", label, "--label", f"nomad-build.engine={owner}", image],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    with engine.Engine(config.Config(data_dir=tmp_path)):
        assert containers_of("left") == [], orphan


def test_values_of_the_environment_are_not_on_any_command_line(tmp_path: Path, image: str) -> None:
    fake = tmp_path / "docker"
    log = tmp_path / "arguments"
    fake.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {log}\nexec docker "$@"\n')
    fake.chmod(0o755)
    settings = config.Config(data_dir=tmp_path / "data", container_cli=str(fake))
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        job_id = unique("c")
        script = 'echo "$TOKEN|$PATH"; sleep 0.3'
        environment = {"TOKEN": "s3cret value", "PATH": "/bin"}
        nomad.register(job(job_id, shell(image, script, Env=environment)))
        allocation = nomad.ended(job_id)
        assert nomad.logs(allocation["ID"], "t") == "s3cret value|/bin\n"
        nomad.close()
    assert "--env=TOKEN" in log.read_text()
    assert "s3cret" not in log.read_text()


def test_no_output_is_lost_however_short_or_long(tmp_path: Path, image: str) -> None:
    with engine.Engine(config.Config(data_dir=tmp_path)) as running:
        nomad = Nomad(running.address)
        nomad.register(job("short", shell(image, "printf out; printf err >&2")))
        nomad.register(job("long", shell(image, "yes | head -c 25000000; printf end")))
        short, long = nomad.ended("short"), nomad.ended("long")
        assert nomad.logs(short["ID"], "t") == "out"
        assert nomad.logs(short["ID"], "t", "stderr") == "err"
        text = nomad.logs(long["ID"], "t")
        assert (len(text), text[-3:]) == (25_000_003, "end")
        listed = nomad.get(f"/v1/client/fs/ls/{long['ID']}?path=alloc/logs").json
        files = {each["Name"]: each["Size"] for each in listed}
        assert files["t.stdout.0"] == files["t.stdout.1"] == 10 * 1024 * 1024
        nomad.close()


def test_a_start_is_noticed_without_the_container_engines_events(
    tmp_path: Path, image: str
) -> None:
    fake = tmp_path / "docker"
    fake.write_text('#!/bin/sh\n[ "$1" = events ] && exit 1\nexec docker "$@"\n')
    fake.chmod(0o755)
    settings = config.Config(data_dir=tmp_path / "data", container_cli=str(fake))
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        allocation = run(nomad, job(unique("c"), shell(image, "sleep 60", KillTimeout=0)))
        assert allocation["TaskStates"]["t"]["StartedAt"] is not None
        nomad.delete(f"/v1/job/{allocation['JobID']}")
        assert nomad.ended(allocation["JobID"])["ClientStatus"] == "complete"
        nomad.close()


def test_a_pull_is_given_up_when_the_task_is_killed(tmp_path: Path, image: str) -> None:
    fake = tmp_path / "docker"
    fake.write_text('#!/bin/sh\n[ "$1" = pull ] && exec sleep 3600\nexec docker "$@"\n')
    fake.chmod(0o755)
    settings = config.Config(data_dir=tmp_path / "data", container_cli=str(fake))
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        job_id = unique("c")
        nomad.register(job(job_id, shell("127.0.0.1:1/never:1", "true")))
        nomad.allocation(
            job_id,
            lambda each: any(
                event["Type"] == "Driver" for event in each["TaskStates"]["t"]["Events"]
            ),
        )
        nomad.delete(f"/v1/job/{job_id}")
        allocation = nomad.ended(job_id)
        assert allocation["ClientStatus"] == "complete"
        assert allocation["TaskStates"]["t"]["StartedAt"] is None
        nomad.close()


def test_a_slow_pull_ends_with_its_timeout(tmp_path: Path, image: str) -> None:
    fake = tmp_path / "docker"
    fake.write_text('#!/bin/sh\n[ "$1" = pull ] && exec sleep 3600\nexec docker "$@"\n')
    fake.chmod(0o755)
    settings = config.Config(data_dir=tmp_path / "data", container_cli=str(fake))
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        job_id = unique("c")
        slow = {"image": "127.0.0.1:1/never:1", "image_pull_timeout": "200ms"}
        nomad.register(job(job_id, task("t", slow, driver="docker")))
        events = nomad.ended(job_id)["TaskStates"]["t"]["Events"]
        failure = next(event for event in events if event["Type"] == "Driver Failure")
        assert failure["DriverError"] == (
            "Failed to pull `127.0.0.1:1/never:1`: context deadline exceeded"
        )
        nomad.close()


def test_a_container_engine_that_goes_away_fails_the_task_not_the_engine(tmp_path: Path) -> None:
    fake = tmp_path / "docker"
    fake.write_text('#!/bin/sh\nexec docker "$@"\n')
    fake.chmod(0o755)
    settings = config.Config(data_dir=tmp_path / "data", container_cli=str(fake))
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        fake.rename(tmp_path / "gone")
        nomad.register(job("gone", task("t", {"image": "any/image:1"}, driver="docker")))
        allocation = nomad.ended("gone")
        assert allocation["ClientStatus"] == "failed"
        events = allocation["TaskStates"]["t"]["Events"]
        assert any("No such file or directory" in event["DriverError"] for event in events)
        (tmp_path / "gone").rename(fake)
        nomad.close()


def test_a_network_without_an_image_to_hold_it_fails_the_task(tmp_path: Path, image: str) -> None:
    settings = config.Config(data_dir=tmp_path, infra_image="127.0.0.1:1/no/pause:1")
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        bridge = {"Networks": [{"Mode": "bridge"}]}
        nomad.register(job("bridge", shell(image, "true"), group=bridge))
        events = nomad.ended("bridge")["TaskStates"]["t"]["Events"]
        failure = next(event for event in events if event["Type"] == "Driver Failure")
        assert failure["DriverError"].startswith("Failed to pull `127.0.0.1:1/no/pause:1`: ")
        nomad.close()


def test_stopping_the_engine_removes_the_networks_of_its_groups(tmp_path: Path, image: str) -> None:
    settings = config.Config(data_dir=tmp_path, infra_image=recipes.PAUSE)
    with engine.Engine(settings) as running:
        nomad = Nomad(running.address)
        bridge = {"Networks": [{"Mode": "bridge"}]}
        waiting = shell(image, "sleep 60", KillTimeout=0)
        allocation = run(nomad, job(unique("c"), waiting, group=bridge))
        names = set(containers_of(allocation["ID"]))
        assert names == {f"t-{allocation['ID']}", f"nomad_init_{allocation['ID']}"}
        nomad.close()
    assert containers_of(allocation["ID"]) == []
