from __future__ import annotations

from typing import Any

import pytest

from server import config, jobs, nodes, placement
from server.nodes import Node
from server.placement import Constraint, Gpus, Needs
from tests import samples

T4 = samples.make_devices("T4", 2, memory={"Int": 15109, "Unit": "MiB"})
A100 = samples.make_devices("A100", 1, memory={"Int": 40536, "Unit": "MiB"})
BUILD = Needs(phase="build", cpu=1000, memory=2048, disk=10240)
NVIDIA = {"runtimes": "nvidia,runc"}


def obstacle(needs: Needs, *found: Node) -> str | None:
    return placement.find_obstacle(needs, found)


def test_one_node_with_room_is_enough() -> None:
    assert obstacle(BUILD, samples.make_node(MemoryMB=1), samples.make_node()) is None


def test_a_node_that_is_away_may_come_back() -> None:
    away = [samples.make_node(Status="down"), samples.make_node(eligibility="ineligible")]
    for node in away:
        assert not node.ready
        assert obstacle(BUILD, node) is None


def test_nothing_is_said_of_a_cluster_without_nodes() -> None:
    assert obstacle(BUILD) is None


def test_each_node_is_counted_by_what_it_lacks() -> None:
    needs = Needs(phase="build", memory=64000)
    found = (
        samples.make_node(MemoryMB=16000),
        samples.make_node(MemoryMB=32256),
        samples.make_node(MemoryMB=128000, docker=False),
    )
    assert obstacle(needs, *found) == (
        "of 3 nodes: 1 has no docker driver, "
        "2 have less than 64000 MiB of memory for builds (the largest has 32000)"
    )


@pytest.mark.parametrize(
    ("needs", "node", "text"),
    [
        (
            {"datacenters": ("dc1", "eu-*")},
            {"Datacenter": "us-1"},
            "1 is in no datacenter of dc1, eu-*",
        ),
        ({"node_pool": "gpu"}, {}, "1 is not in the node pool gpu"),
        ({}, {"NodePool": "gpu"}, "1 is not in the node pool default"),
        ({"volumes": frozenset({"cache"})}, {}, "1 has no host volume cache"),
        (
            {"volumes": frozenset({"read-only"})},
            {},
            "1 has no host volume read-only",
        ),
        ({"cpu": 5000}, {}, "1 has less than 5000 MHz of CPU for tests (it has 3500)"),
        ({"memory": 8000}, {}, "1 has less than 8000 MiB of memory for tests (it has 7936)"),
        ({"disk": 50000}, {}, "1 has less than 50000 MiB of disk for tests (it has 49900)"),
        ({"bridge": True}, {"bridge": False}, "1 has no CNI plugins for the network of tests"),
        (
            {"gpus": (Gpus(count=1),)},
            {},
            "1 lacks the 1 GPU that tests ask for",
        ),
        (
            {"gpus": (Gpus(count=3),)},
            {"devices": [T4, A100]},
            "1 lacks the 3 GPUs that tests ask for",
        ),
        (
            {"runtimes": frozenset({"nvidia"})},
            {"runtimes": "runc"},
            "1 has no docker runtime nvidia",
        ),
    ],
)
def test_what_a_node_lacks_is_said_in_words(
    needs: dict[str, Any], node: dict[str, Any], text: str
) -> None:
    assert obstacle(Needs(phase="test", **needs), samples.make_node(**node)) == f"of 1 node: {text}"


@pytest.mark.parametrize(
    ("needs", "node"),
    [
        ({"datacenters": ("dc1", "eu-*")}, {"Datacenter": "eu-west"}),
        ({"datacenters": ("*",)}, {"Datacenter": "anywhere"}),
        ({"node_pool": "gpu"}, {"NodePool": "gpu"}),
        ({"node_pool": "all"}, {"NodePool": "gpu"}),
        ({"volumes": frozenset({"buildah-cache"})}, {}),
        ({"cpu": 3500, "memory": 7936, "disk": 49900}, {}),
        ({"bridge": True}, {"bridge": True}),
        ({"bridge": True}, {"bridge": None}),
        ({"runtimes": frozenset({"nvidia"})}, NVIDIA),
        ({"runtimes": frozenset({"nvidia"})}, {"runtimes": None}),
        ({"gpus": (Gpus(count=2), Gpus(count=1))}, {"devices": [A100, T4]}),
        ({"gpus": (Gpus(count=1), Gpus(count=1), Gpus(count=1))}, {"devices": [T4, A100]}),
    ],
)
def test_a_node_that_has_all_of_it_is_no_obstacle(
    needs: dict[str, Any], node: dict[str, Any]
) -> None:
    assert obstacle(Needs(phase="test", **needs), samples.make_node(**node)) is None


@pytest.mark.parametrize(
    ("count", "constraints", "found"),
    [
        (1, [("memory", ">=", "20 GiB")], True),
        (1, [("${device.attr.memory}", ">=", "20 GiB")], True),
        (1, [("memory", ">=", "40 GiB")], False),
        (2, [("memory", ">=", "20 GiB")], False),
        (2, [("memory", ">=", "12 GiB")], True),
        (1, [("memory", ">=", "12 GiB"), ("device.model", "=", "T4")], True),
        (1, [("memory", ">=", "20 GiB"), ("${device.model}", "=", "T4")], False),
        (1, [("device.vendor", "!=", "nvidia")], False),
        (1, [("absent", "=", "1")], False),
        (1, [("absent", "!=", "1")], True),
        (1, [("driver_version", "version", ">= 535")], True),
        (1, [("device.ids", "set_contains", "GPU-1")], True),
    ],
)
def test_graphics_processors_are_held_against_their_constraints(
    count: int, constraints: list[tuple[str, str, str]], found: bool
) -> None:
    wanted = Gpus(
        count=count,
        constraints=tuple(
            Constraint(attribute=name, operator=operator, value=value)
            for name, operator, value in constraints
        ),
    )
    node = samples.make_node(devices=[T4, A100])
    needs = Needs(phase="test", gpus=(wanted,))
    assert placement.can_take(node, needs) is found


def test_a_device_that_is_not_healthy_does_not_count() -> None:
    broken = samples.make_devices("T4", 2, healthy=1)
    assert obstacle(Needs(phase="test", gpus=(Gpus(count=2),)), samples.make_node(devices=[broken]))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpu", True),
        ("nvidia/gpu", True),
        ("nvidia/gpu/T4", True),
        ("nvidia/gpu/A100", False),
        ("amd/gpu", False),
        ("fpga", False),
        ("nvidia", False),
    ],
)
def test_a_device_is_named_by_type_vendor_and_model(name: str, found: bool) -> None:
    needs = Needs(phase="test", gpus=(Gpus(name=name, count=1),))
    assert placement.can_take(samples.make_node(devices=[T4]), needs) is found


@pytest.mark.parametrize(
    ("attribute", "key"),
    [
        ("memory", "device.attr.memory"),
        ("model", "device.model"),
        ("ids", "device.ids"),
        ("device.attr.model", "device.attr.model"),
        ("${device.attr.memory}", "device.attr.memory"),
    ],
)
def test_an_attribute_has_its_full_name_in_jobs(attribute: str, key: str) -> None:
    assert Constraint(attribute=attribute, operator="=", value="1").key == key


def test_tasks_side_by_side_have_a_device_each() -> None:
    needs = Needs(phase="test", gpus=(Gpus(count=1),) * 3)
    assert obstacle(needs, samples.make_node(devices=[T4])) == (
        "of 1 node: 1 lacks the 1 GPU for each of 3 tasks that tests ask for"
    )


def test_constraints_are_shown_as_they_were_asked_for() -> None:
    needs = Needs(
        phase="test",
        gpus=(
            Gpus(
                count=2,
                constraints=(Constraint(attribute="memory", operator=">=", value="20 GiB"),),
            ),
        ),
    )
    assert "2 GPUs with memory >= 20 GiB" in str(obstacle(needs, samples.make_node()))


# What jobs need


def test_the_needs_of_the_packs_jobs_are_what_nomad_would_count() -> None:
    settings = config.read_config({"NOMAD_BUILD_DATACENTERS": "dc7", "NOMAD_BUILD_NODE_POOL": "x"})
    build = samples.make_record(variant="gpu-cache", digest=samples.DIGEST)

    needs = placement.read_needs("build", jobs.render_job("build", build, settings))

    assert needs.datacenters == ("dc7",)
    assert needs.node_pool == "x"
    assert needs.volumes == {"buildah-cache"}
    assert [gpus.count for gpus in needs.gpus] == [1]
    assert needs.runtimes == {"nvidia"}
    # The source task runs before the other, and takes none of its room.
    assert (needs.cpu, needs.memory, needs.disk) == (1000, 2048, 10240)
    plain = samples.make_record(variant="cpu", digest=samples.DIGEST)
    for phase in ("test", "publish"):
        found = placement.read_needs(phase, jobs.render_job(phase, plain, settings))
        assert not (found.volumes or found.gpus or found.runtimes)


def make_task(cpu: int, hook: str = "", *, sidecar: bool = False) -> dict[str, Any]:
    lifecycle = {"Hook": hook, "Sidecar": sidecar} if hook else None
    return {"Name": "t", "Lifecycle": lifecycle, "Resources": {"CPU": cpu, "MemoryMB": 10 * cpu}}


@pytest.mark.parametrize(
    ("tasks", "cpu"),
    [
        ([make_task(10), make_task(20)], 30),
        ([make_task(10), make_task(50, "prestart")], 50),
        ([make_task(10), make_task(50, "prestart", sidecar=True)], 60),
        ([make_task(10), make_task(50, "poststart")], 60),
        ([make_task(10), make_task(50, "poststop"), make_task(20, "prestart", sidecar=True)], 70),
    ],
)
def test_tasks_that_run_one_after_the_other_share_their_room(
    tasks: list[dict[str, Any]], cpu: int
) -> None:
    job = {"TaskGroups": [{"Tasks": tasks, "Networks": [{"Mode": "bridge"}]}]}
    needs = placement.read_needs("test", job)
    assert (needs.cpu, needs.memory, needs.bridge) == (cpu, 10 * cpu, True)


def test_a_job_that_says_nothing_has_nomads_defaults() -> None:
    needs = placement.read_needs("test", {"TaskGroups": [{"Tasks": [{"Name": "t"}]}]})
    assert (needs.cpu, needs.memory, needs.disk) == (100, 300, 300)
    assert needs.datacenters == ("*",)


def test_the_constraints_of_a_jobs_device_are_read() -> None:
    constraint = {"LTarget": "${device.attr.memory}", "Operand": ">=", "RTarget": "20 GiB"}
    device = {"Name": "nvidia/gpu", "Count": 2, "Constraints": [constraint]}
    task = {"Name": "t", "Resources": {"Devices": [device]}}
    needs = placement.read_needs("test", {"TaskGroups": [{"Tasks": [task]}]})
    assert [str(gpus) for gpus in needs.gpus] == ["2 GPUs with memory >= 20 GiB"]


def test_whether_jobs_can_have_a_network_is_read_from_the_node_itself() -> None:
    assert nodes.read_bridge({"Attributes": {"plugins.cni.version.bridge": "v1.6.1"}})
    assert not nodes.read_bridge({"Attributes": {"plugins.cni.version.loopback": "v1.6.1"}})
    assert not nodes.read_bridge({})
