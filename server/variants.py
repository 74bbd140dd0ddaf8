"""Which variant of the packs a build takes: what was asked for, held against what the cluster has. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from server import cluster
from server.errors import NotPossible
from server.request import BuildRequest


def choose_variant(request: BuildRequest, nodes: Iterable[cluster.Node], cache_volume: str) -> str:
    """Return the name of the build pack's variant: ``cpu``, ``cpu-cache``, ``gpu`` or ``gpu-cache``.

    Raises:
        NotPossible: the cache is demanded and no node has its volume.
    """
    processor = "gpu" if request.gpu == "on" else "cpu"
    if request.cache == "off":
        return processor
    there = any(node.ready and cache_volume in node.host_volumes for node in nodes)
    if there:
        return f"{processor}-cache"
    if request.cache == "on":
        msg = f"no node that is ready has the host volume {cache_volume}"
        raise NotPossible(
            msg, next_step="Submit with cache auto or off, or have an operator add it"
        )
    return processor


def of_test(variant: str) -> str:
    """Return the test pack's variant that goes with a variant of the build pack."""
    return variant.removesuffix("-cache")
