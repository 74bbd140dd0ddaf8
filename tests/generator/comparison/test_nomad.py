"""What Nomad would do about a changed job: a real one plans it, and we say the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from generator import jobspec
from generator.comparison import effects, registered
from generator.comparison.effects import Effect, Fate
from server.lab import nomad
from tests import waiting

Job = dict[str, Any]

BASE = """
job "base" {
  meta { owner = "a" }
  group "web" {
    network {
      mode = "host"
      port "http" {}
      port "admin" { static = 18999 }
    }
    service {
      name = "web"
      port = "http"
      provider = "nomad"
    }
    ephemeral_disk { size = 200 }
    restart { attempts = 5 }
    task "server" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["3600"]
      }
      env { A = "1" }
      meta { m = "1" }
      template {
        data        = "one"
        destination = "local/one"
        change_mode = "noop"
      }
      resources {
        cpu    = 20
        memory = 20
      }
    }
  }
}
"""

GROUP: tuple[str | int, ...] = ("TaskGroups", 0)
TASK = (*GROUP, "Tasks", 0)
NETWORK = (*GROUP, "Networks", 0)
SERVICE = (*GROUP, "Services", 0)
TEMPLATE = (*TASK, "Templates", 0)
OTHER_TEMPLATE = {"EmbeddedTmpl": "two", "DestPath": "local/two"}
CONSTRAINT = {"LTarget": "${attr.kernel.name}", "RTarget": "linux", "Operand": "="}
CHECK = {"Type": "tcp", "Interval": 10_000_000_000, "Timeout": 2_000_000_000}
SECOND = 1_000_000_000

# Where a job is changed, and to what.
CHANGES: list[tuple[tuple[str | int, ...], object]] = [
    # Nothing but what Nomad would have filled in.
    (("Priority",), 50),
    (("Type",), "service"),
    (("NodePool",), "default"),
    (("Datacenters",), ["*"]),
    (("Meta", "owner"), "a"),
    ((*GROUP, "Count"), 1),
    ((*GROUP, "EphemeralDisk", "Sticky"), False),
    ((*GROUP, "RestartPolicy", "Mode"), "fail"),
    ((*GROUP, "RestartPolicy", "RenderTemplates"), False),
    ((*GROUP, "ReschedulePolicy"), {"Delay": 30 * SECOND}),
    ((*GROUP, "Update"), {"MaxParallel": 1}),
    ((*GROUP, "Migrate"), {"MaxParallel": 1}),
    (("Update",), {"MaxParallel": 1}),
    ((*TASK, "KillTimeout"), 5 * SECOND),
    ((*TASK, "User"), ""),
    ((*TASK, "LogConfig"), {"MaxFiles": 10}),
    ((*TASK, "Resources", "MemoryMaxMB"), 0),
    ((*TASK, "Identity"), {"Name": "default"}),
    ((*TEMPLATE, "Perms"), "0644"),
    ((*TEMPLATE, "LeftDelim"), "{{"),
    ((*TEMPLATE, "Splay"), 5 * SECOND),
    ((*SERVICE, "AddressMode"), "auto"),
    ((*SERVICE, "Cluster"), "default"),
    ((*NETWORK, "DynamicPorts", 0, "HostNetwork"), "default"),
    # What running tasks do not notice.
    (("Priority",), 60),
    (("Meta", "another"), ""),
    (("AllAtOnce",), True),
    (("Constraints",), [CONSTRAINT]),
    (("Affinities",), [CONSTRAINT | {"Weight": 10}]),
    (("Datacenters",), ["dc1"]),
    ((*GROUP, "Constraints"), [CONSTRAINT]),
    ((*GROUP, "Spreads"), [{"Attribute": "${node.datacenter}"}]),
    ((*GROUP, "RestartPolicy", "Attempts"), 6),
    ((*GROUP, "ReschedulePolicy"), {"Delay": 31 * SECOND}),
    ((*GROUP, "Update"), {"MaxParallel": 2}),
    ((*GROUP, "ShutdownDelay"), SECOND),
    ((*GROUP, "Scaling"), {"Min": 1, "Max": 3, "Enabled": False}),
    ((*SERVICE, "Tags"), ["t"]),
    ((*SERVICE, "PortLabel"), "admin"),
    ((*SERVICE, "Name"), "web2"),
    ((*SERVICE, "Checks"), [CHECK]),
    ((*TASK, "KillTimeout"), 6 * SECOND),
    ((*TASK, "KillSignal"), "SIGINT"),
    ((*TASK, "Leader"), True),
    ((*TASK, "ShutdownDelay"), SECOND),
    ((*TASK, "LogConfig"), {"MaxFiles": 3}),
    ((*TASK, "Constraints"), [CONSTRAINT]),
    ((*TASK, "RestartPolicy"), {"Attempts": 9}),
    ((*TASK, "Services"), [{"Name": "in-task", "Provider": "nomad"}]),
    # What cannot be changed while a task runs.
    (("Meta", "owner"), "b"),
    ((*GROUP, "Meta"), {"g": "1"}),
    ((*TASK, "Meta", "m"), "2"),
    ((*GROUP, "EphemeralDisk", "SizeMB"), 201),
    ((*GROUP, "EphemeralDisk"), None),
    ((*GROUP, "EphemeralDisk", "Sticky"), True),
    ((*GROUP, "RestartPolicy", "RenderTemplates"), True),
    ((*GROUP, "Networks"), None),
    ((*NETWORK, "Mode"), ""),
    ((*NETWORK, "Hostname"), "h"),
    ((*NETWORK, "DNS"), {"Servers": ["127.0.0.1"]}),
    ((*NETWORK, "DynamicPorts", 0, "To"), 80),
    ((*NETWORK, "DynamicPorts", 0, "Label"), "web"),
    ((*NETWORK, "ReservedPorts", 0, "Value"), 18998),
    ((*NETWORK, "ReservedPorts"), None),
    ((*TASK, "Name"), "other"),
    ((*TASK, "Config", "args"), ["3601"]),
    ((*TASK, "Config", "command"), "/usr/bin/sleep"),
    ((*TASK, "Env", "A"), "2"),
    ((*TASK, "Env", "B"), ""),
    ((*TASK, "Env"), None),
    ((*TASK, "User"), "root"),
    ((*TASK, "Artifacts"), [{"GetterSource": "http://127.0.0.1:9/x"}]),
    ((*TEMPLATE, "EmbeddedTmpl"), "another"),
    ((*TEMPLATE, "Perms"), "0600"),
    ((*TEMPLATE, "Uid"), 0),
    ((*TEMPLATE, "Splay"), 0),
    ((*TEMPLATE, "ChangeMode"), "restart"),
    ((*TEMPLATE, "Envvars"), True),
    ((*TASK, "Templates"), None),
    ((*TASK, "Templates"), [OTHER_TEMPLATE]),
    ((*TASK, "Resources", "CPU"), 21),
    ((*TASK, "Resources", "MemoryMB"), 21),
    ((*TASK, "Resources", "MemoryMaxMB"), 40),
    ((*TASK, "Resources", "SecretsMB"), 2),
    ((*TASK, "LogConfig"), {"Disabled": True}),
    ((*TASK, "Identity"), {"Name": "default", "Env": True}),
    ((*TASK, "Identities"), [{"Name": "vault", "Audience": ["x"]}]),
    ((*TASK, "RestartPolicy"), {"RenderTemplates": True}),
]

# What Nomad calls each of the effects on the one allocation that there is.
ANNOTATIONS = {
    Effect.NONE: "Ignore",
    Effect.IN_PLACE: "InPlaceUpdate",
    Effect.REPLACED: "DestructiveUpdate",
}


def base() -> Job:
    return jobspec.parse(BASE, "base.nomad.hcl")


def changed(path: tuple[str | int, ...], value: object) -> Job:
    """The job with one part set, or removed for None."""
    job = copy.deepcopy(base())
    place: Any = job
    for step in path[:-1]:
        place = place.setdefault(step, {}) if isinstance(step, str) else place[step]
    place[path[-1]] = value
    return job


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Nomad that runs the base job."""
    started = nomad.start(tmp_path_factory.mktemp("nomad"), volumes={})
    address = started.address
    try:
        answer = requests.put(f"{address}/v1/jobs", json={"Job": base()}, timeout=10)
        assert answer.ok, answer.text
        waiting.wait_for(lambda: states(address, "base") == ["running"], "the job to run", 60)
        yield address
    finally:
        started.stop()


def states(address: str, job: str) -> list[str]:
    """The states of a job's allocations."""
    allocations = requests.get(f"{address}/v1/job/{job}/allocations", timeout=10).json()
    return [each["ClientStatus"] for each in allocations]


def plan(address: str, job: Job) -> requests.Response:
    return requests.put(f"{address}/v1/job/base/plan", json={"Job": job, "Diff": False}, timeout=10)


@pytest.mark.nomad
@pytest.mark.parametrize(("path", "value"), CHANGES, ids=str)
def test_a_change_has_the_effect_that_nomad_plans(
    path: tuple[str | int, ...], value: object, agent: str
) -> None:
    job = changed(path, value)

    answer = plan(agent, job)

    assert answer.ok, answer.text
    planned = answer.json()["Annotations"]["DesiredTGUpdates"]["web"]
    found = effects.of(base(), job)
    (group,) = found.groups or (effects.GroupEffect(name="web", effect=Effect.NONE),)
    assert {name for name, count in planned.items() if count} == {ANNOTATIONS[group.effect]}, found


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every member in a job that is a text, a number or a flag, by its path."""
    match value:
        case dict():
            for name, member in value.items():
                yield from leaves(member, (*path, name))
        case list():
            for number, member in enumerate(value):
                yield from leaves(member, (*path, number))
        case _:
            yield path


@pytest.mark.nomad
def test_whatever_is_left_out_has_the_effect_that_nomad_plans(agent: str) -> None:
    compared, differing = 0, []
    for path in leaves(base()):
        job = changed(path, None)
        if not isinstance(path[-1], str) or not (answer := plan(agent, job)).ok:
            continue  # nothing that a job could do without
        planned = answer.json()["Annotations"]["DesiredTGUpdates"].get("web", {})
        found = effects.of(base(), job)
        (group,) = found.groups or (effects.GroupEffect(name="web", effect=Effect.NONE),)
        compared += 1
        expected = {ANNOTATIONS[group.effect]}
        if group.moves:  # the node may not fit any more: the agent's knows no Consul
            expected.add(ANNOTATIONS[Effect.REPLACED])
        if not {name for name, count in planned.items() if count} <= expected:
            differing.append((path, planned, found))

    assert differing == []
    assert compared > 40


@pytest.mark.nomad
def test_groups_come_go_and_grow_as_nomad_plans(agent: str) -> None:
    job = base()
    (web,) = job["TaskGroups"]
    new = copy.deepcopy(web) | {"Name": "new", "Networks": [], "Services": []}
    job["TaskGroups"] = [web | {"Count": 2}, new]
    gone = base() | {"TaskGroups": [new]}

    grown, removed = (
        plan(agent, each).json()["Annotations"]["DesiredTGUpdates"] for each in (job, gone)
    )

    assert (grown["web"]["InPlaceUpdate"], grown["web"]["Place"], grown["new"]["Place"]) == (
        1,
        1,
        1,
    )
    assert [(each.name, each.effect, each.count) for each in effects.of(base(), job).groups] == [
        ("web", Effect.IN_PLACE, (1, 2)), ("new", Effect.STARTED, (0, 1)),
    ]  # fmt: skip
    assert (removed["web"]["Stop"], removed["new"]["Place"]) == (1, 1)
    assert [(each.name, each.effect) for each in effects.of(base(), gone).groups] == [
        ("web", Effect.STOPPED), ("new", Effect.STARTED),
    ]  # fmt: skip


@pytest.mark.nomad
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Type": "batch"}, 'update job from type "service" to "batch"'),
        ({"Type": "batch", "Periodic": {"Spec": "* * * * *"}}, "update job from type"),
        ({"Type": "system"}, 'update job from type "service" to "system"'),
    ],
)
def test_what_nomad_refuses_is_said_to_be_refused(change: Job, said: str, agent: str) -> None:
    job = base() | change
    if change["Type"] == "system":
        job["TaskGroups"][0].pop("Count", None)

    answer = requests.put(f"{agent}/v1/jobs", json={"Job": job}, timeout=10)
    found = effects.of(base(), job)

    assert answer.status_code == 500
    assert f"cannot {said}" in answer.text
    assert found.fate is Fate.REFUSED
    assert said in found.reason.replace("a job", "job")


@pytest.mark.nomad
@pytest.mark.parametrize("kind", ["Periodic", "ParameterizedJob"])
def test_a_job_becomes_neither_periodic_nor_parameterized(kind: str, agent: str) -> None:
    plain = base() | {"ID": "batch", "Name": "batch", "Type": "batch"}
    plain["TaskGroups"][0]["Networks"][0].pop("ReservedPorts")
    job = plain | {kind: {"Spec": "0 0 1 1 *"} if kind == "Periodic" else {"Payload": "optional"}}
    assert requests.put(f"{agent}/v1/jobs", json={"Job": plain}, timeout=10).ok

    answer = requests.put(f"{agent}/v1/jobs", json={"Job": job}, timeout=10)

    assert answer.status_code == 500
    assert f"to being {kind.removesuffix('Job').lower()}" in answer.text
    assert effects.of(plain, job).fate is Fate.REFUSED
    assert effects.of(job, job | {"Priority": 60}).fate is Fate.LATER


@pytest.mark.nomad
def test_what_has_ended_of_a_batch_job_runs_again(agent: str) -> None:
    ended = base() | {"ID": "ended", "Name": "ended", "Type": "batch"}
    (group,) = ended["TaskGroups"]
    group |= {"Networks": [], "Services": []}
    group["Tasks"][0]["Config"] = {"command": "/bin/true"}
    assert requests.put(f"{agent}/v1/jobs", json={"Job": ended}, timeout=10).ok
    waiting.wait_for(lambda: states(agent, "ended") == ["complete"], "the job to end", 60)
    job = ended | {"Priority": 60}

    answer = requests.put(
        f"{agent}/v1/job/ended/plan", json={"Job": job, "Diff": False}, timeout=10
    )

    assert answer.json()["Annotations"]["DesiredTGUpdates"]["web"]["Place"] == 1
    assert effects.of(ended, job).reruns


BRIDGED = """job "bridged" {
  type = "batch"
  periodic {
    crons = ["0 3 * * *"]
  }
  group "web" {
    network {
      mode = "bridge"
      port "http" {}
    }
    service {
      port     = "http"
      provider = "nomad"
      check {
        type     = "http"
        path     = "/"
        interval = "10s"
        timeout  = "2s"
      }
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/true"
      }
      template {
        data        = "{{ range nomadService \\"x\\" }}{{ .Address }}{{ end }}"
        destination = "local/x"
      }
    }
  }
}
"""


@pytest.mark.nomad
@pytest.mark.parametrize("text", [BASE, BRIDGED], ids=["base", "bridged"])
def test_a_job_that_nomad_gives_is_the_one_that_it_was_given(text: str, agent: str) -> None:
    job = jobspec.parse(text, "given.nomad.hcl")
    name = str(job["ID"])
    assert requests.put(f"{agent}/v1/jobs", json={"Job": job}, timeout=10).ok

    answer = requests.get(f"{agent}/v1/job/{name}", timeout=10)
    given = jobspec.parse_api_job(answer.text, "given.json")

    assert registered.is_registered(given)
    assert not registered.is_registered(job)
    assert given != job
    assert registered.reduce(given) == registered.reduce(job)
