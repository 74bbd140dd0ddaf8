"""A real Nomad agent: a node that runs docker tasks, with the host volume for Buildah's store."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from server.lab import Lab, process

pytestmark = [
    pytest.mark.docker,
    pytest.mark.nomad,
    pytest.mark.usefixtures("builder", "busybox"),
]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, busybox: str) -> Iterator[Lab]:
    with Lab(engine="nomad", folder=tmp_path_factory.mktemp("lab")) as started:
        yield started


def ask(here: Lab, path: str, body: object = None) -> Any:
    method = "GET" if body is None else "PUT"
    answer = requests.request(method, f"{here.nomad_address}{path}", json=body, timeout=10)
    answer.raise_for_status()
    return answer.json()


def run(here: Lab, name: str, config: dict[str, object], script: str) -> dict[str, Any]:
    """Run one docker task to its end and give its allocation."""
    task = {
        "Name": "main",
        "Driver": "docker",
        "User": "build",
        "Config": {"command": "bash", "args": ["-c", script], "force_pull": False, **config},
        "Resources": {"CPU": 100, "MemoryMB": 128},
        "VolumeMounts": [{"Volume": "cache", "Destination": "/cache"}],
        "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
    }
    group = {
        "Name": "main",
        "Tasks": [task],
        "Volumes": {"cache": {"Type": "host", "Source": "buildah-cache"}},
        "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
        "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
    }
    job = {"ID": name, "Type": "batch", "Datacenters": ["*"], "TaskGroups": [group]}
    ask(here, "/v1/jobs", {"Job": job})
    ended: list[dict[str, Any]] = []

    def has_ended() -> bool:
        allocations = ask(here, f"/v1/job/{name}/allocations")
        ended.extend(one for one in allocations if one["ClientStatus"] in {"complete", "failed"})
        return bool(ended)

    process.wait_until(has_ended, deadline=60, waiting_for=f"the end of {name}")
    return ended[0]


def test_a_task_as_build_writes_to_the_host_volume(here: Lab) -> None:
    config: dict[str, object] = {"image": here.images.builder, "cap_drop": ["all"]}

    ended = run(here, "writes", config, "id -u > /cache/who")

    assert ended["ClientStatus"] == "complete", ended["TaskStates"]
    assert (here.cache / "who").read_text() == "1000\n"


def test_a_privileged_container_is_refused(here: Lab) -> None:
    config: dict[str, object] = {"image": here.images.builder, "privileged": True}

    ended = run(here, "privileged", config, "true")

    assert ended["ClientStatus"] == "failed"
    events = ended["TaskStates"]["main"]["Events"]
    assert any("privileged mode is disabled" in event["DisplayMessage"] for event in events)


def test_the_agent_listens_on_loopback_only(here: Lab) -> None:
    configuration = ask(here, "/v1/agent/self")["config"]

    assert here.nomad_address.startswith("http://127.0.0.1:")
    assert configuration["BindAddr"] == "127.0.0.1"


def test_an_agent_that_was_stopped_leaves_nothing_mounted(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("lab")
    with Lab(engine="nomad", folder=folder) as here:
        run(here, "short", {"image": here.images.builder}, "true")
        agent = process.find("nomad", folder / "nomad")
        assert agent is not None

    assert not agent.alive()
    assert str(folder) not in Path("/proc/mounts").read_text()
