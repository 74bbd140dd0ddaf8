from __future__ import annotations

import pytest

import generator
from server import cluster, variants
from server.errors import NotPossible
from tests import samples


def node(*, ready: bool = True, volumes: tuple[str, ...] = ()) -> cluster.Node:
    return cluster.Node(id="n", name="worker-1", ready=ready, host_volumes=frozenset(volumes))


WITH_CACHE = node(volumes=("buildah-cache", "other"))


@pytest.mark.parametrize(
    ("cache", "gpu", "nodes", "variant"),
    [
        ("auto", "off", (), "cpu"),
        ("auto", "off", (node(),), "cpu"),
        ("auto", "off", (node(volumes=("other",)),), "cpu"),
        ("auto", "off", (node(), WITH_CACHE), "cpu-cache"),
        ("auto", "off", (node(ready=False, volumes=("buildah-cache",)),), "cpu"),
        ("auto", "on", (WITH_CACHE,), "gpu-cache"),
        ("auto", "on", (), "gpu"),
        ("on", "off", (WITH_CACHE,), "cpu-cache"),
        ("on", "on", (WITH_CACHE,), "gpu-cache"),
        ("off", "off", (WITH_CACHE,), "cpu"),
        ("off", "on", (WITH_CACHE,), "gpu"),
    ],
)
def test_the_variant_follows_the_request_and_the_cluster(
    cache: str, gpu: str, nodes: tuple[cluster.Node, ...], variant: str
) -> None:
    request = samples.make_request(cache=cache, gpu=gpu)
    assert variants.choose_variant(request, nodes, "buildah-cache") == variant


@pytest.mark.parametrize("nodes", [(), (node(),), (node(ready=False, volumes=("buildah-cache",)),)])
def test_a_cache_that_is_demanded_and_nowhere_is_refused_with_a_way_out(
    nodes: tuple[cluster.Node, ...],
) -> None:
    with pytest.raises(NotPossible, match="buildah-cache") as caught:
        variants.choose_variant(samples.make_request(cache="on"), nodes, "buildah-cache")
    assert "auto" in caught.value.next_step


@pytest.mark.parametrize("variant", ["cpu", "cpu-cache", "gpu", "gpu-cache"])
def test_every_variant_is_one_that_the_packs_have(variant: str) -> None:
    assert variant in generator.pack_variants(generator.find_pack("build"))
    assert variants.of_test(variant) in generator.pack_variants(generator.find_pack("test"))
