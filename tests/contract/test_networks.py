"""Groups with a network of their own: tasks that find one another on loopback, sidecars beside them."""

from __future__ import annotations

import subprocess

import pytest

from tests import waiting
from tests.contract.api import Json, Nomad, event_types, find_event, job, task, unique

pytestmark = pytest.mark.docker
BRIDGE = {"Networks": [{"Mode": "bridge"}]}
SIDECAR = {"Hook": "prestart", "Sidecar": True}
HOSTS = {"extra_hosts": ["db:127.0.0.1", "cache:127.0.0.1"]}


def shell(name: str, image: str, script: str, config: Json = None, **fields: Json) -> Json:
    settings = {"image": image, "command": "sh", "args": ["-c", script], **(config or {})}
    return task(name, settings, driver="docker", **fields)


def database(image: str, **config: Json) -> Json:
    """A sidecar that answers whoever asks at port 5432."""
    script = "trap 'exit 0' TERM; while :; do echo hello | nc -l -p 5432 & wait; done"
    return shell("db", image, script, {**HOSTS, **config}, Lifecycle=SIDECAR)


ASK = "until nc db 5432; do sleep 0.1; done; sleep 0.3"


def run(nomad: Nomad, *tasks: Json, group: Json = None) -> Json:
    job_id = unique("network")
    nomad.register(job(job_id, *tasks, group=BRIDGE if group is None else group))
    return nomad.ended(job_id)


def test_tasks_of_a_bridge_network_reach_one_another_by_name(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, database(image), shell("t", image, ASK, HOSTS))
    assert allocation["ClientStatus"] == "complete", allocation["TaskStates"]
    assert nomad.logs(allocation["ID"], "t") == "hello\n"


def test_all_tasks_of_a_bridge_network_read_the_same_hosts(nomad: Nomad, image: str) -> None:
    script = "cat /etc/hosts; hostname; sleep 0.3"
    allocation = run(nomad, shell("a", image, script, HOSTS), shell("b", image, script, HOSTS))
    first, second = (nomad.logs(allocation["ID"], name) for name in ("a", "b"))
    assert first == second
    assert "\n127.0.0.1 db\n127.0.0.1 cache\n" in first
    *lines, hostname = first.splitlines()
    assert f" {hostname}" in lines[12]


def test_a_task_may_stay_out_of_its_groups_network(nomad: Nomad, image: str) -> None:
    alone = shell("t", image, "ls /sys/class/net; sleep 0.3", {"network_mode": "none"})
    beside = shell("b", image, "ls /sys/class/net; sleep 0.3")
    allocation = run(nomad, alone, beside)
    assert nomad.logs(allocation["ID"], "t") == "lo\n"
    assert nomad.logs(allocation["ID"], "b").split() == ["eth0", "lo"]


def test_groups_do_not_share_their_networks(nomad: Nomad, image: str) -> None:
    listening = unique("network")
    serving = "nc -l -p 5432 & touch /alloc/data/up; sleep 600"
    nomad.register(job(listening, shell("t", image, serving, KillTimeout=0), group=BRIDGE))
    nomad.allocation(listening, lambda each: each["ClientStatus"] == "running")
    allocation = run(nomad, shell("t", image, "nc 127.0.0.1 5432 || echo nobody; sleep 0.3"))
    assert nomad.logs(allocation["ID"], "t") == "nobody\n"
    nomad.delete(f"/v1/job/{listening}?purge=true")


def test_a_sidecar_ends_with_the_main_tasks_and_fails_nothing(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, database(image), shell("t", image, ASK, HOSTS))
    state = allocation["TaskStates"]["db"]
    assert (state["Failed"], allocation["ClientStatus"]) == (False, "complete")
    kinds = event_types(allocation, "db")
    assert kinds[-4:] == ["Main Tasks Dead", "Killing", "Terminated", "Killed"]


def test_a_sidecar_that_ends_by_itself_fails_the_others_whatever_its_exit_code(
    nomad: Nomad, image: str
) -> None:
    ending = shell("db", image, "sleep 1", Lifecycle=SIDECAR)
    waiting = shell("t", image, "exec sleep 60", KillTimeout=0)
    allocation = run(nomad, ending, waiting)
    assert allocation["ClientStatus"] == "failed"
    assert find_event(allocation, "db", "Terminated")["Details"]["exit_code"] == "0"
    assert event_types(allocation, "db")[-1] == "Not Restarting"
    assert find_event(allocation, "t", "Sibling Task Failed")["FailedSibling"] == "db"


def test_nothing_is_left_of_a_network(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, shell("t", image, "true"))
    nomad.until(
        f"/v1/allocation/{allocation['ID']}", lambda each: each["ClientStatus"] == "complete"
    )
    holder = f"name=nomad_init_{allocation['ID']}"

    def gone() -> bool:
        listed = ["docker", "ps", "--all", "--quiet", "--filter", holder]
        return not subprocess.run(listed, capture_output=True, check=True).stdout

    waiting.wait_for(gone, "the end of the container that held the network")


def test_a_job_answers_its_network_as_it_was_given(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, shell("t", image, "true"))
    (group,) = nomad.get(f"/v1/job/{allocation['JobID']}").json["TaskGroups"]
    assert group["Networks"] == [{"Mode": "bridge"}]
