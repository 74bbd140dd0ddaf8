"""What a token may do, read from policies as Nomad gives them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from server.cli import permissions

# As Nomad 1.10.5 gives the policy of docs/security.md in RulesJSON.
RULES: dict[str, Any] = {
    "Namespaces": [
        {
            "Name": "default",
            "Policy": "",
            "Capabilities": ["list-jobs", "read-job", "submit-job", "read-logs", "read-fs"],
            "Variables": {
                "Paths": [
                    {
                        "PathSpec": "nomad-build/*",
                        "Capabilities": ["read", "write", "list", "destroy"],
                    }
                ]
            },
        }
    ],
    "Node": {"Policy": "read"},
    "HostVolumes": [
        {
            "Name": "buildah-cache",
            "Policy": "write",
            "Capabilities": ["mount-readonly", "mount-readwrite"],
        }
    ],
}


def find(*rules: dict[str, Any], namespace: str = "default") -> tuple[list[str], list[str]]:
    return permissions.find_missing(rules, namespace, "buildah-cache")


def test_the_page_s_policy_lacks_nothing() -> None:
    assert find(RULES) == ([], [])


def test_no_policy_lacks_all() -> None:
    missing, optional = find()
    assert len(missing) == len(permissions.JOBS) + len(permissions.VARIABLES) + 1
    assert optional == ['host_volume "buildah-cache" { policy = "write" }']


@pytest.mark.parametrize("capability", permissions.JOBS)
def test_each_capability_is_missed_by_its_name(capability: str) -> None:
    rules = copy.deepcopy(RULES)
    rules["Namespaces"][0]["Capabilities"].remove(capability)
    assert find(rules) == ([f'"{capability}" in namespace default'], [])


def test_another_namespace_s_rules_do_not_count_and_globs_do() -> None:
    missing, _ = find(RULES, namespace="builds")
    assert '"submit-job" in namespace builds' in missing
    rules = copy.deepcopy(RULES)
    rules["Namespaces"][0]["Name"] = "build*"
    assert find(rules, namespace="builds") == ([], [])


def test_the_rule_that_names_it_goes_before_a_glob_and_the_nearer_glob_before_another() -> None:
    wide = copy.deepcopy(RULES)
    wide["Namespaces"][0]["Name"] = "*"
    narrow = {"Namespaces": [{"Name": "build*", "Capabilities": ["list-jobs"]}]}
    assert find(wide, narrow, namespace="default") == ([], [])
    assert len(find(wide, narrow, namespace="builds")[0]) > 4


def test_a_denial_goes_before_all() -> None:
    deny = {"Namespaces": [{"Name": "default", "Capabilities": ["deny"]}]}
    missing, _ = find(RULES, deny)
    assert '"submit-job" in namespace default' in missing


def test_policies_add_up() -> None:
    nodes = {"Node": RULES["Node"], "HostVolumes": RULES["HostVolumes"]}
    assert find({"Namespaces": RULES["Namespaces"]}, nodes) == ([], [])
