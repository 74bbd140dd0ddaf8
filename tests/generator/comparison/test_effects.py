"""What Nomad does about a changed job, where that needs no Nomad to be told."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings, strategies

from generator import jobspec
from generator.comparison import effects, text, verdicts
from generator.comparison.effects import Effect, Fate

Job = dict[str, Any]

MESH = """
job "mesh" {
  group "api" {
    network { mode = "bridge" }
    service {
      name = "api"
      port = "9001"
      connect {
        sidecar_service {
          tags = ["a"]
        }
      }
    }
    consul { namespace = "one" }
    task "api" {
      driver = "docker"
      vault { role = "api" }
    }
  }
}
"""


def mesh() -> Job:
    return jobspec.parse(MESH, "mesh.nomad.hcl")


def effect_of(change: Job, *path: str | int) -> effects.GroupEffect:
    """What becomes of the group when what lies at the path gets other members."""
    job = mesh()
    place: Any = job["TaskGroups"][0]
    for step in path:
        place = place[step]
    place.update(change)
    (group,) = effects.of(mesh(), job).groups
    return group


def test_equal_jobs_are_left_alone() -> None:
    assert effects.of(mesh(), mesh()).fate is Fate.SAME


def test_a_sidecar_s_tags_are_updated_in_place_and_its_port_is_not() -> None:
    sidecar = ("Services", 0, "Connect", "SidecarService")

    assert effect_of({"Tags": ["b"]}, *sidecar).effect is Effect.IN_PLACE
    assert effect_of({"Port": "x"}, *sidecar).reasons == ("Connect of service api",)


def test_a_service_that_leaves_or_enters_the_mesh_gets_or_loses_a_task() -> None:
    assert effect_of({"Connect": None}, "Services", 0).effect is Effect.REPLACED
    assert effect_of({"Connect": {"Native": True}}, "Services", 0).effect is Effect.REPLACED
    assert effect_of({"Name": "other"}, "Services", 0).effect is Effect.REPLACED


def test_the_port_of_a_service_counts_in_the_mesh() -> None:
    assert effect_of({"PortLabel": "9002"}, "Services", 0).reasons == ("Connect of service api",)


def test_another_namespace_of_consul_replaces_and_a_named_default_cluster_does_not() -> None:
    assert effect_of({"Namespace": "two"}, "Consul").reasons == ("Consul.Namespace",)
    job = mesh()
    job["TaskGroups"][0]["Consul"]["Cluster"] = "default"
    assert effects.of(mesh(), job).fate is Fate.SAME


def test_vault_s_role_replaces_and_its_defaults_do_not() -> None:
    assert effect_of({"Role": "other"}, "Tasks", 0, "Vault").reasons == ("Vault of task api",)
    job = mesh()
    job["TaskGroups"][0]["Tasks"][0]["Vault"] |= {"Env": True, "ChangeSignal": "sighup"}
    assert effects.of(mesh(), job).fate is Fate.SAME


def test_a_changed_constraint_may_move_what_is_else_updated_in_place() -> None:
    constraint = {"LTarget": "${node.class}", "RTarget": "big", "Operand": "="}

    found = effect_of({"Constraints": [constraint]}, "Tasks", 0)

    assert (found.effect, found.moves, found.tasks) == (Effect.IN_PLACE, True, ("api",))


def test_another_name_or_place_is_another_job() -> None:
    for change in ({"ID": "other"}, {"Namespace": "other"}, {"Region": "eu"}):
        assert effects.of(mesh(), mesh() | change).fate is Fate.ANOTHER


def test_every_fate_is_told_in_a_line() -> None:
    changes: list[Job] = [
        {}, {"Priority": 60}, {"ID": "other"}, {"Type": "batch"}, {"TaskGroups": []},
    ]  # fmt: skip
    told = [text.join(verdicts.show(effects.of(mesh(), mesh() | each))) for each in changes]

    assert [line.partition("Nomad: ")[2] for line in told] == [
        "nothing to do, the two mean the same\n",
        "group api is updated in place, its tasks run on\n",
        "starts another job; its ID is another: the old job runs on until it is stopped\n",
        'refuses it. Nomad does not update a job from type "service" to "batch"; stop the job before\n',
        "group api is stopped, count 1 → 0\n",
    ]


def test_many_reasons_are_counted() -> None:
    job = copy.deepcopy(mesh())
    job["TaskGroups"][0]["Tasks"][0] |= {
        "User": "x", "Driver": "podman", "Env": {"A": "1"}, "Config": {"image": "x"},
        "Resources": {"CPU": 7, "MemoryMB": 8, "Cores": 3},
    }  # fmt: skip

    (line,) = verdicts.show(effects.of(mesh(), job))

    assert line.text.endswith(" and 1 more")


json_values = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(max_size=3),
    lambda inner: strategies.lists(inner, max_size=2)
    | strategies.dictionaries(
        strategies.sampled_from(
            ["Name", "Type", "Tasks", "Services", "Connect", "SidecarTask", "Resources", "Vault",
             "Networks", "DynamicPorts", "Templates", "Artifacts", "Scaling", "Periodic", "Checks",
             "Identities", "Devices", "RestartPolicy", "Count", "ChangeMode", "Meta", "Update"]
        ), inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)  # a busy machine is no mistake
@given(old=json_values, new=json_values)
def test_whatever_json_calls_itself_a_job_has_an_effect(old: Any, new: Any) -> None:
    before, after = {"ID": "x", "TaskGroups": [old]}, {"ID": "x", "TaskGroups": [new], "Type": old}

    for pair in ((before, after), (after, before), (before, before)):
        assert list(verdicts.show(effects.of(*pair))) is not None
        verdicts.as_json(effects.of(*pair))
