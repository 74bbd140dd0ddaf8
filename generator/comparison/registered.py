"""A job as a cluster gives it, ``nomad job inspect`` -> what of it a job file may have said.

A cluster adds members that say how the job fares, constraints that follow from what the job uses, and
the tasks and ports of the service mesh (nomad/job_endpoint_hooks.go, job_endpoint_hook_connect.go).
"""

from __future__ import annotations

from generator.comparison import canonical
from generator.jobspec import tree

_MARKS = frozenset(("JobModifyIndex", "SubmitTime"))
_MEMBERS = _MARKS | frozenset(
    ("ConsulToken", "CreateIndex", "DispatchIdempotencyToken", "ModifyIndex", "NomadTokenID",
     "ParentID", "Stable", "Status", "StatusDescription", "Stop", "VaultToken", "Version",
     "VersionTag")
)  # fmt: skip

_PLUGINS = ("bridge", "firewall", "host-local", "loopback", "portmap")
_IMPLIED = frozenset(
    (
        ("${attr.vault.version}", "semver", ">= 0.6.1"),
        ("${attr.consul.version}", "semver", ">= 1.8.0"),
        ("${attr.nomad.service_discovery}", "=", "true"),
        ("${attr.nomad.version}", "semver", ">= 1.4.0"),
        ("${attr.nomad.version}", "semver", ">= 1.6.3-dev"),
        ("${attr.nomad.version}", "semver", ">= 1.8.0-dev"),
        ("${attr.kernel.name}", "=", "linux"),
        ("${attr.plugins.cni.version.consul-cni}", "semver", ">= 1.4.2"),
        *((f"${{attr.plugins.cni.version.{name}}}", "semver", ">= 0.4.0") for name in _PLUGINS),
    )
)
_MESH = ("connect-proxy", "connect-ingress", "connect-terminating", "connect-mesh")


def is_registered(job: tree.Object) -> bool:
    """Whether a cluster has given the job."""
    return job.keys() >= _MARKS


def reduce(job: tree.Object) -> tree.Object:
    """The job with all of Nomad's defaults, and without what a cluster adds."""
    filled = {key: each for key, each in canonical.fill(job).items() if key not in _MEMBERS}
    filled["TaskGroups"] = [_reduced(group) for group in _objects(filled, "TaskGroups")]
    return filled


def _reduced(group: tree.Object) -> tree.Object:
    kept = dict(group)
    for kind, is_added in (("Constraints", _is_implied), ("Tasks", _is_of_mesh)):
        kept[kind] = [each for each in _objects(group, kind) if not is_added(each)]
    kept["Networks"] = [
        network | {"DynamicPorts": [each for each in ports if not _is_port_of_mesh(each)]}
        if (ports := _objects(network, "DynamicPorts"))
        else network
        for network in _objects(group, "Networks")
    ]
    return {key: each for key, each in kept.items() if each != []}


def _objects(owner: tree.Object, kind: str) -> list[tree.Object]:
    found = owner.get(kind)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _is_implied(constraint: tree.Object) -> bool:
    said = tuple(constraint.get(member) for member in ("LTarget", "Operand", "RTarget"))
    return said in _IMPLIED


def _is_of_mesh(task: tree.Object) -> bool:
    return str(task.get("Kind")).startswith(_MESH)


def _is_port_of_mesh(port: tree.Object) -> bool:
    return str(port.get("Label")).startswith(_MESH)
