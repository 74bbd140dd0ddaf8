"""Examining the Nomad that runs the builds: is it there, what may the token do, what have the nodes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import requests

from server import clock, config, nodes, transport
from server.cli import findings, permissions
from server.cli.connection import explain
from server.cli.findings import Finding

_SECONDS = 10
_OLDEST = (1, 10)
_SKEW = timedelta(seconds=5)
_NODES_ASKED = 50  # each costs a call
_POLICY = "the policy in docs/security.md allows what is needed"


class Unanswered(Exception):
    """Nomad did not answer, or not so; ``status`` is the HTTP status, 0 without any."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class Nomad:
    """Nomad's API, asked as the service would."""

    def __init__(self, settings: config.Config) -> None:
        self._settings = settings
        self._session = transport.open_session(settings)
        token = settings.nomad_token.get_secret_value()
        if token:
            self._session.headers["X-Nomad-Token"] = token
        self.clock = clock.Clock()

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def ask(self, path: str, **parameters: str) -> Any:
        """Return what Nomad answers to a GET.

        Raises:
            Unanswered: it is not there, or refuses.
        """
        given = {
            "namespace": self._settings.nomad_namespace,
            "region": self._settings.nomad_region,
            **parameters,
        }
        try:
            answer = self._session.get(
                f"{self._settings.nomad_address}/v1/{path}",
                params={name: value for name, value in given.items() if value},
                timeout=_SECONDS,
                verify=transport.verification(self._settings),
                cert=transport.certificate(self._settings) or None,
            )
        except requests.RequestException as error:
            raise Unanswered(explain(error)) from error
        self.clock.observe(answer.headers.get("Date"), answer.elapsed)
        if not answer.ok:
            raise Unanswered(" ".join(answer.text.split())[:300], answer.status_code)
        try:
            return answer.json()
        except ValueError as error:
            msg = "what answers is not Nomad"
            raise Unanswered(msg, answer.status_code) from error


def examine(settings: config.Config) -> Iterator[Finding]:
    """Examine Nomad and its nodes; the rest is left out where Nomad does not answer."""
    with contextlib.closing(Nomad(settings)) as nomad:
        try:
            leader = nomad.ask("status/leader")
        except Unanswered as error:
            yield findings.fail(
                "nomad",
                f"Nomad at {settings.nomad_address} does not answer: {error}",
                "Set NOMAD_ADDR, and for https NOMAD_CACERT",
            )
            return
        if not leader:
            yield findings.fail(
                "nomad",
                f"Nomad at {settings.nomad_address} has no leader",
                "Look at its servers: nomad operator raft list-peers",
            )
            return
        yield findings.ok("nomad", f"{settings.nomad_address}, led by {leader}")
        yield _check_clock(nomad)
        yield _check_token(nomad, settings)
        yield from _check_nodes(nomad, settings)


def _check_clock(nomad: Nomad) -> Finding:
    offset = nomad.clock.offset
    if abs(offset) < _SKEW:
        return findings.ok("clock", "this machine's clock and Nomad's agree")
    way = "behind" if offset > timedelta() else "ahead of"
    return findings.warn(
        "clock",
        f"this machine's clock is {abs(offset.total_seconds()):.0f} s {way} Nomad's",
        "Deadlines go by Nomad's, but times in logs are wrong: have NTP keep both right",
    )


def _check_token(nomad: Nomad, settings: config.Config) -> Finding:
    try:
        token = nomad.ask("acl/token/self")
    except Unanswered as error:
        if "ACL support disabled" in str(error) or error.status in (404, 501):
            return findings.ok("token", "Nomad has no ACLs: nothing has to be allowed")
        return findings.fail(
            "token", f"NOMAD_TOKEN is refused: {error}", f"Make a token; {_POLICY}"
        )
    if token.get("Type") == "management":
        return findings.warn(
            "token",
            "NOMAD_TOKEN is a management token, which may do far more than the service needs",
            f"Make one of its own: {_POLICY}",
        )
    try:
        rules = [_read_rules(nomad, name) for name in _policy_names(nomad, token)]
    except Unanswered as error:
        return findings.warn("token", f"what NOMAD_TOKEN may do cannot be read: {error}")
    missing, optional = permissions.find_missing(
        rules, settings.nomad_namespace or "default", settings.cache_volume
    )
    who = "NOMAD_TOKEN" if settings.nomad_token.get_secret_value() else "who has no NOMAD_TOKEN"
    if missing:
        mend = (
            f"Add it: {_POLICY}" if who == "NOMAD_TOKEN" else f"Make a token and set it: {_POLICY}"
        )
        return findings.fail("token", f"{who} lacks {'; '.join(missing)}", mend)
    if optional:
        return findings.warn(
            "token",
            f"{who} lacks {'; '.join(optional)}: builds with a layer cache are refused",
            f"Add it: {_POLICY}",
        )
    return findings.ok("token", f"{who} may do what the service does")


def _read_rules(nomad: Nomad, policy: str) -> Mapping[str, Any]:
    """Return what a policy allows: nothing if it does not exist, as for whoever has no token."""
    try:
        found = nomad.ask(f"acl/policy/{policy}")
    except Unanswered as error:
        if error.status == requests.codes.not_found:
            return {}
        raise
    return found.get("RulesJSON") or {}


def _policy_names(nomad: Nomad, token: dict[str, Any]) -> list[str]:
    names = set(token.get("Policies") or ())
    for role in token.get("Roles") or ():
        found = nomad.ask(f"acl/role/{role['ID']}")
        names |= {each["Name"] for each in found.get("Policies") or ()}
    return sorted(names)


def _check_nodes(nomad: Nomad, settings: config.Config) -> Iterator[Finding]:
    try:
        listed = nomad.ask("nodes", resources="true")
        known = [(each, nodes.read_node(each)) for each in listed]
    except Unanswered as error:
        yield findings.fail("nodes", f"they cannot be listed: {error}", f"For a token {_POLICY}")
        return
    fit = [(stub, node) for stub, node in known if node.ready and _is_meant(node, settings)]
    if not fit:
        yield findings.fail(
            "nodes",
            f"of {len(known)} nodes none is ready in {_describe_place(settings)}",
            "See nomad node status; NOMAD_BUILD_DATACENTERS and NOMAD_BUILD_NODE_POOL choose nodes",
        )
        return
    yield findings.ok("nodes", f"{len(fit)} of {len(known)} ready in {_describe_place(settings)}")
    yield _check_versions([stub for stub, _ in fit])
    yield _check_docker([node for _, node in fit])
    able = [node for _, node in fit if node.docker]
    yield _check_volume(able, settings)
    yield from _check_attributes(nomad, able)


def _is_meant(node: nodes.Node, settings: config.Config) -> bool:
    inside = any(
        re.fullmatch(re.escape(each).replace(r"\*", ".*"), node.datacenter)
        for each in settings.datacenters
    )
    return inside and settings.node_pool in ("", "all", node.pool)


def _describe_place(settings: config.Config) -> str:
    pool = f", node pool {settings.node_pool}" if settings.node_pool else ""
    return f"datacenters {', '.join(settings.datacenters)}{pool}"


def _check_versions(stubs: list[dict[str, Any]]) -> Finding:
    versions = sorted({str(each.get("Version", "")) for each in stubs})
    old = [
        str(each.get("Name"))
        for each in stubs
        if tuple(int(part) for part in re.findall(r"\d+", str(each.get("Version")))[:2]) < _OLDEST
    ]
    if old:
        return findings.fail(
            "version",
            f"older than 1.10: {findings.name_some(old)}",
            "Upgrade Nomad to 1.10 or later: jobs use what older ones do not know",
        )
    return findings.ok("version", f"Nomad {', '.join(versions)} on {_count(len(stubs))}")


def _check_docker(fit: list[nodes.Node]) -> Finding:
    without = [node.name for node in fit if not node.docker]
    if len(without) == len(fit):
        return findings.fail(
            "docker",
            "on no node is the docker driver healthy",
            "See nomad node status -verbose NODE; docker has to run where builds do",
        )
    if without:
        return findings.warn(
            "docker",
            f"the docker driver is not healthy on {findings.name_some(without)}",
            "No build goes there: see nomad node status -verbose NODE",
        )
    return findings.ok("docker", f"the docker driver is healthy on {_count(len(fit))}")


def _check_volume(able: list[nodes.Node], settings: config.Config) -> Finding:
    volume = settings.cache_volume
    having = [node.name for node in able if volume in node.host_volumes]
    mend = "Add it to the client's configuration, owned by uid 1000: see docs/operations.md"
    if not having:
        return findings.warn(
            "cache", f"no node has the host volume {volume}: no build keeps layers", mend
        )
    without = [node.name for node in able if volume not in node.host_volumes]
    if without:
        said = f"the host volume {volume} is on {findings.name_some(having)}, not on {findings.name_some(without)}"
        return findings.warn("cache", said, mend)
    return findings.ok("cache", f"the host volume {volume} is on {findings.name_some(having)}")


def _check_attributes(nomad: Nomad, able: list[nodes.Node]) -> Iterator[Finding]:
    """Check what only a node itself tells: networks of jobs' own, and Vault."""
    without, vaults = [], []
    for node in able[:_NODES_ASKED]:
        try:
            details = nomad.ask(f"node/{node.id}")
        except Unanswered as error:
            yield findings.warn("network", f"node {node.name} does not tell of itself: {error}")
            return
        if not nodes.read_bridge(details):
            without.append(node.name)
        if "vault.version" in (details.get("Attributes") or {}):
            vaults.append(node.name)
    if without:
        yield findings.warn(
            "network",
            f"without the CNI plugins, so that tests with services cannot run: {findings.name_some(without)}",
            "Install them, in /opt/cni/bin or where cni_path says: see docs/operations.md",
        )
    elif able:
        yield findings.ok("network", "tests can have services beside them on every node")
    if vaults:
        yield findings.ok("vault", f"secrets vault:… can be read on {findings.name_some(vaults)}")
    else:
        yield findings.ok("vault", "no node has Vault: secrets are nomad:… only")


def _count(number: int) -> str:
    return "1 node" if number == 1 else f"{number} nodes"
