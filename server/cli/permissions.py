"""What a token's ACL policies let it do, held against what the service needs. Pure."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

JOBS = ("list-jobs", "read-job", "submit-job", "read-logs", "read-fs")
VARIABLES = ("read", "write", "list", "destroy")
# What a record's path looks like: a rule has to cover these.
_RECORDS = "nomad-build/builds/x"


def find_missing(
    policies: Iterable[Mapping[str, Any]], namespace: str, volume: str
) -> tuple[list[str], list[str]]:
    """Return what no policy allows: what no build works without, and what only some need.

    A policy is what Nomad gives as ``RulesJSON``, in which ``policy = "write"`` stands as the capabilities it means.
    """
    rules = list(policies)
    spaces = [each for policy in rules for each in policy.get("Namespaces") or ()]
    best = _closest(spaces, "Name", namespace)
    granted = _capabilities(best)
    missing = [f'"{each}" in namespace {namespace}' for each in JOBS if each not in granted]
    paths = [path for each in best for path in (each.get("Variables") or {}).get("Paths") or ()]
    known = _capabilities(_closest(paths, "PathSpec", _RECORDS))
    missing += [
        f'"{each}" of variables nomad-build/*'
        for each in VARIABLES
        if each not in known and not (each == "list" and known & {"read", "write"})
    ]
    if not any((policy.get("Node") or {}).get("Policy") in ("read", "write") for policy in rules):
        missing.append('node { policy = "read" }')
    volumes = [each for policy in rules for each in policy.get("HostVolumes") or ()]
    mountable = _capabilities(_closest(volumes, "Name", volume))
    optional = (
        [] if "mount-readwrite" in mountable else [f'host_volume "{volume}" {{ policy = "write" }}']
    )
    return missing, optional


def _capabilities(rules: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return what some rules allow together; a denial goes before all."""
    granted: set[str] = set()
    for rule in rules:
        granted |= set(rule.get("Capabilities") or ())
        if rule.get("Policy") == "write":
            granted |= {"mount-readwrite"}
    return set() if "deny" in granted else granted


def _closest(rules: Sequence[Mapping[str, Any]], key: str, name: str) -> list[Mapping[str, Any]]:
    """Return the rules that hold for a name: those that name it, else the nearest glob (Nomad's findClosestGlob)."""
    exact = [each for each in rules if each.get(key) == name]
    if exact:
        return exact
    globs = [each for each in rules if fnmatch.fnmatchcase(name, str(each.get(key, "")))]
    if not globs:
        return []
    nearest = max(len(str(each[key]).replace("*", "")) for each in globs)
    return [each for each in globs if len(str(each[key]).replace("*", "")) == nearest]
