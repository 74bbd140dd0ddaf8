"""Which variant of the packs a build takes: what was asked for, held against what the cluster has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from server import placement
from server.config import Config
from server.errors import NotPossible
from server.nodes import Node
from server.placement import Constraint, Gpus, Needs

Switch = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a request asks for.

    ``phases`` is what each of its jobs needs, with graphics processors where ``wants_gpu`` says so, and without cache.
    """

    cache: Switch
    gpu: Switch
    gpu_count: int = 0
    gpu_constraints: tuple[Constraint, ...] = ()
    phases: tuple[Needs, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant of the build pack, ``cpu``, ``cpu-cache``, ``gpu`` or ``gpu-cache``, and why, in one sentence."""

    variant: str
    why: str


def choose_variant(demand: Demand, nodes: Sequence[Node], config: Config) -> Choice:
    """Choose what fits the request and the cluster.

    Raises:
        NotPossible: none of the nodes can ever take one of the jobs, or there is none and that is refused.
    """
    if not nodes and config.refuse_unplaceable == "always":
        msg = "Nomad knows no node that could take the build"
        raise NotPossible(msg, next_step="Have an operator add a client node, then submit again")
    judged = () if config.refuse_unplaceable == "never" else nodes
    for each in demand.phases:
        _require_place(each, judged)
    cache, why_cache = _choose_cache(demand.cache, demand.phases, nodes, config.cache_volume)
    if cache:
        for each in demand.phases:
            if each.phase == "build":
                _require_volume(each, judged, config.cache_volume)
    gpu = wants_gpu(demand.gpu, demand.gpu_count, demand.gpu_constraints)
    variant = ("gpu" if gpu else "cpu") + ("-cache" if cache else "")
    return Choice(variant, f"{why_cache}; {_explain_gpu(demand)}")


def wants_gpu(gpu: Switch, count: int, constraints: Sequence[object]) -> bool:
    """Tell whether a build runs on graphics processors: the cluster has no say in it, only in where."""
    return gpu == "on" or (gpu == "auto" and bool(count or constraints))


def _explain_gpu(demand: Demand) -> str:
    gpus = Gpus(count=max(demand.gpu_count, 1), constraints=demand.gpu_constraints)
    match demand.gpu:
        case "on":
            return f"gpu is on as asked for, with {gpus}"
        case "off":
            return "gpu is off as asked for"
        case "auto" if demand.gpu_count or demand.gpu_constraints:
            return f"gpu is on because {gpus} {'is' if gpus.count == 1 else 'are'} asked for"
        case "auto":
            return "gpu is off because no GPU is asked for"


def _choose_cache(
    wanted: Switch, phases: Sequence[Needs], nodes: Sequence[Node], volume: str
) -> tuple[bool, str]:
    """Take the cache by itself only where a build can go now: a volume on a node that is away is of no use."""
    if wanted != "auto":
        return wanted == "on", f"cache is {wanted} as asked for"
    builds = [placement.with_volume(each, volume) for each in phases if each.phase == "build"]
    count = sum(
        node.ready and all(placement.can_take(node, each) for each in builds) for node in nodes
    )
    who = "node that is ready and can take the build has"
    if not count:
        return False, f"cache is off because no {who} the host volume {volume}"
    if count > 1:
        who = "nodes that are ready and can take the build have"
    return True, f"cache is on because {count} {who} the host volume {volume}"


def _require_place(needs: Needs, nodes: Sequence[Node]) -> None:
    obstacle = placement.find_obstacle(needs, nodes)
    if obstacle is not None:
        msg = f"no node can ever take the {needs.phase} phase: {obstacle}"
        next_step = "Ask for less, or have an operator add a node that has it"
        raise NotPossible(msg, next_step=next_step)


def _require_volume(needs: Needs, nodes: Sequence[Node], volume: str) -> None:
    obstacle = placement.find_obstacle(placement.with_volume(needs, volume), nodes)
    if obstacle is not None:
        msg = f"no node that can take the build has the host volume {volume}: {obstacle}"
        next_step = "Submit with cache auto or off, or have an operator add the volume"
        raise NotPossible(msg, next_step=next_step)


def of_test(variant: str) -> str:
    """Return the test pack's variant that goes with a variant of the build pack."""
    return variant.removesuffix("-cache")
