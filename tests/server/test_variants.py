from __future__ import annotations

import dataclasses

import pytest

import generator
from server import config, variants
from server.errors import NotPossible
from server.nodes import Node
from server.placement import Constraint, Gpus, Needs
from server.variants import Choice, Demand
from tests import samples

NODE = samples.make_node(volumes=())
WITH_CACHE = samples.make_node(volumes=("buildah-cache", "other"))
DOWN = samples.make_node(Status="down")
GPU = samples.make_devices("T4", 1, memory={"Int": 15109, "Unit": "MiB"})
WITH_GPU = samples.make_node(volumes=(), devices=[GPU], runtimes="nvidia,runc")
WITH_BOTH = samples.make_node(devices=[GPU], runtimes="nvidia,runc")
LARGE = Constraint(attribute="memory", operator=">=", value="20 GiB")
PHASES = (
    Needs(phase="build", cpu=1000, memory=2048),
    Needs(phase="test", cpu=500, memory=1024),
    Needs(phase="publish", cpu=200, memory=256),
)


def choose(
    *nodes: Node,
    cache: variants.Switch = "auto",
    gpu: variants.Switch = "auto",
    count: int = 0,
    constraints: tuple[Constraint, ...] = (),
    phases: tuple[Needs, ...] = PHASES,
    refuse: str = "known",
) -> Choice:
    if variants.wants_gpu(gpu, count, constraints):
        gpus = Gpus(count=max(count, 1), constraints=constraints)
        phases = tuple(
            each
            if each.phase == "publish"
            else dataclasses.replace(each, gpus=(gpus,), runtimes=frozenset({"nvidia"}))
            for each in phases
        )
    demand = Demand(
        cache=cache, gpu=gpu, gpu_count=count, gpu_constraints=constraints, phases=phases
    )
    settings = config.read_config({"NOMAD_BUILD_REFUSE_UNPLACEABLE": refuse})
    return variants.choose_variant(demand, nodes, settings)


@pytest.mark.parametrize(
    ("cache", "gpu", "count", "nodes", "variant"),
    [
        ("auto", "off", 0, (), "cpu"),
        ("auto", "off", 0, (NODE,), "cpu"),
        ("auto", "off", 0, (samples.make_node(volumes=("other",)),), "cpu"),
        ("auto", "off", 0, (NODE, WITH_CACHE), "cpu-cache"),
        ("auto", "off", 0, (DOWN, NODE), "cpu"),
        ("auto", "auto", 0, (WITH_BOTH,), "cpu-cache"),
        ("auto", "auto", 1, (WITH_BOTH,), "gpu-cache"),
        ("auto", "auto", 1, (WITH_GPU, WITH_CACHE), "gpu"),
        ("auto", "on", 0, (WITH_BOTH,), "gpu-cache"),
        ("auto", "on", 0, (), "gpu"),
        ("auto", "off", 1, (WITH_BOTH,), "cpu-cache"),
        ("on", "off", 0, (WITH_CACHE,), "cpu-cache"),
        ("on", "off", 0, (DOWN,), "cpu-cache"),
        ("on", "off", 0, (), "cpu-cache"),
        ("on", "on", 0, (WITH_BOTH,), "gpu-cache"),
        ("off", "off", 0, (WITH_CACHE,), "cpu"),
        ("off", "on", 0, (WITH_BOTH,), "gpu"),
    ],
)
def test_the_variant_follows_the_request_and_the_cluster(
    cache: variants.Switch,
    gpu: variants.Switch,
    count: int,
    nodes: tuple[Node, ...],
    variant: str,
) -> None:
    assert choose(*nodes, cache=cache, gpu=gpu, count=count).variant == variant


@pytest.mark.parametrize(
    ("choice", "why"),
    [
        (
            choose(NODE, WITH_CACHE),
            "cache is on because 1 node that is ready and can take the build has the host volume "
            "buildah-cache; gpu is off because no GPU is asked for",
        ),
        (
            choose(WITH_BOTH, WITH_BOTH, count=1),
            "cache is on because 2 nodes that are ready and can take the build have the host volume "
            "buildah-cache; gpu is on because 1 GPU is asked for",
        ),
        (
            choose(WITH_GPU, cache="off", gpu="on", count=1),
            "cache is off as asked for; gpu is on as asked for, with 1 GPU",
        ),
        (
            choose(NODE, gpu="off"),
            "cache is off because no node that is ready and can take the build has the host volume "
            "buildah-cache; gpu is off as asked for",
        ),
    ],
)
def test_the_choice_says_why(choice: Choice, why: str) -> None:
    assert choice.why == why


def test_a_cache_on_a_node_that_cannot_take_the_build_is_of_no_use() -> None:
    small = samples.make_node(MemoryMB=1024)
    assert choose(small, NODE).variant == "cpu"


@pytest.mark.parametrize("node", [NODE, samples.make_node(MemoryMB=1024)])
def test_a_cache_that_is_demanded_and_nowhere_is_refused_with_a_way_out(node: Node) -> None:
    large = samples.make_node(volumes=(), MemoryMB=65536)
    with pytest.raises(NotPossible, match="buildah-cache: of 2 nodes") as caught:
        choose(node, large, cache="on")
    assert "auto" in caught.value.next_step


@pytest.mark.parametrize(
    ("phase", "problem"),
    [
        ("build", "no node can ever take the build phase: .* 64000 MiB of memory for builds"),
        ("test", "no node can ever take the test phase: .* 64000 MiB of memory for tests"),
        ("publish", "no node can ever take the publish phase: .* 64000 MiB of memory for publ"),
    ],
)
def test_a_phase_that_fits_on_no_node_is_refused_with_the_reason(phase: str, problem: str) -> None:
    phases = tuple(
        Needs(phase=each.phase, memory=64000) if each.phase == phase else each for each in PHASES
    )
    with pytest.raises(NotPossible, match=problem):
        choose(NODE, WITH_CACHE, phases=phases)


def test_graphics_processors_that_no_node_has_are_refused() -> None:
    with pytest.raises(NotPossible, match="2 lack the 1 GPU with memory >= 20 GiB"):
        choose(WITH_BOTH, WITH_GPU, constraints=(LARGE,))
    with pytest.raises(NotPossible, match="no docker runtime nvidia"):
        choose(samples.make_node(devices=[GPU], runtimes="runc"), gpu="on")


def test_a_cluster_without_nodes_is_waited_for_unless_the_operator_says_otherwise() -> None:
    assert choose().variant == "cpu"
    with pytest.raises(NotPossible, match="knows no node"):
        choose(refuse="always")


def test_where_nodes_come_as_they_are_needed_nothing_is_refused() -> None:
    large = (Needs(phase="build", memory=64000),)
    assert choose(NODE, phases=large, refuse="never").variant == "cpu"
    assert choose(NODE, cache="on", gpu="on", count=8, refuse="never").variant == "gpu-cache"


@pytest.mark.parametrize("variant", ["cpu", "cpu-cache", "gpu", "gpu-cache"])
def test_every_variant_is_one_that_the_packs_have(variant: str) -> None:
    assert variant in generator.pack_variants(generator.find_pack("build"))
    assert variants.of_test(variant) in generator.pack_variants(generator.find_pack("test"))
