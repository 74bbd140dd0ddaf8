"""What clients ask about the node, the agent and the cluster."""

from __future__ import annotations

from pathlib import Path

from server import nodes
from tests.contract.api import Nomad
from tests.contract.conftest import VOLUME


def test_the_node_is_listed_with_drivers_and_host_volumes(nomad: Nomad, volume: Path) -> None:
    answer = nomad.get("/v1/nodes")
    (node,) = answer.json
    assert answer.index > 0
    assert (node["Status"], node["SchedulingEligibility"], node["Drain"]) == (
        "ready",
        "eligible",
        False,
    )
    assert node["Version"] == "1.10.5"
    assert node["Drivers"]["docker"]["Healthy"] is True
    assert node["HostVolumes"][VOLUME] == {
        "ID": "",
        "Name": VOLUME,
        "Path": str(volume),
        "ReadOnly": False,
    }
    assert set(node) == {
        "Address", "CreateIndex", "Datacenter", "Drain", "Drivers", "HostVolumes", "ID",
        "LastDrain", "ModifyIndex", "Name", "NodeClass", "NodePool", "SchedulingEligibility",
        "Status", "StatusDescription", "Version",
    }  # fmt: skip


def test_the_list_may_have_resources(nomad: Nomad) -> None:
    (node,) = nomad.get("/v1/nodes?resources=true").json
    assert node["NodeResources"]["Memory"]["MemoryMB"] > 0
    assert node["NodeResources"]["Cpu"]["CpuShares"] > 0


def test_the_service_reads_all_that_placing_depends_on_from_the_list(
    nomad: Nomad, volume: Path
) -> None:
    (data,) = nomad.get("/v1/nodes?resources=true").json
    node = nodes.read_node(data)
    assert node.ready
    assert node.docker
    assert node.host_volumes == {VOLUME}
    assert (node.datacenter, node.pool, node.devices) == ("dc1", "default", ())
    whole = nomad.get(f"/v1/node/{node.id}").json
    assert node.memory == whole["NodeResources"]["Memory"]["MemoryMB"]
    assert str(node.cpu) == whole["Attributes"]["cpu.usablecompute"]
    assert node.disk > 0
    told = "plugins.cni.version.bridge" in whole["Attributes"]
    assert nodes.read_bridge(whole) is told


def test_the_node_is_read_by_its_id(nomad: Nomad) -> None:
    (stub,) = nomad.get("/v1/nodes").json
    node = nomad.get(f"/v1/node/{stub['ID']}").json
    assert node["Name"] == stub["Name"]
    assert node["Attributes"]["kernel.name"] == "linux"
    assert node["Attributes"]["driver.docker"] == "1"
    assert node["HTTPAddr"] == nomad.address.removeprefix("http://")
    assert set(node) == {
        "Attributes", "CSIControllerPlugins", "CSINodePlugins", "CgroupParent", "ComputedClass",
        "CreateIndex", "Datacenter", "Drain", "DrainStrategy", "Drivers", "Events",
        "GCVolumesOnNodeGC", "HTTPAddr", "HostNetworks", "HostVolumes", "ID",
        "LastAllocUpdateIndex", "LastDrain", "LastMissedHeartbeatIndex", "Links", "Meta",
        "ModifyIndex", "Name", "NodeClass", "NodeMaxAllocs", "NodePool", "NodeResources",
        "Reserved", "ReservedResources", "Resources", "SchedulingEligibility", "SecretID",
        "Status", "StatusDescription", "StatusUpdatedAt", "TLSEnabled",
    }  # fmt: skip


def test_the_agent_tells_who_it_is(nomad: Nomad) -> None:
    assert nomad.get("/v1/status/leader").json.startswith("127.0.0.1:")
    assert nomad.get("/v1/status/peers").json == [nomad.get("/v1/status/leader").json]
    assert nomad.get("/v1/regions").json == ["global"]
    assert nomad.get("/v1/agent/health").json == {
        "client": {"message": "ok", "ok": True},
        "server": {"message": "ok", "ok": True},
    }
    agent = nomad.get("/v1/agent/self").json
    assert agent["config"]["Version"]["Version"] == "1.10.5"
    assert agent["config"]["Region"] == "global"
    assert agent["member"]["Status"] == "alive"
    assert [each["Name"] for each in nomad.get("/v1/namespaces").json] == ["default"]


def test_search_finds_by_the_beginning(nomad: Nomad) -> None:
    (node,) = nomad.get("/v1/nodes").json
    answer = nomad.put("/v1/search", {"Prefix": node["ID"][:8], "Context": "nodes"})
    assert answer.json["Matches"] == {"nodes": [node["ID"]]}


def test_json_is_indented_when_asked_for(nomad: Nomad) -> None:
    answer = nomad.get("/v1/regions?pretty")
    assert answer.text.startswith('[\n    "global"')
