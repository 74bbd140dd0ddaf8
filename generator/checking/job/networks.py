"""Networks of a group and of its tasks: ports that collide or do not exist.

Mirrors TaskGroup.validateNetworks in Nomad's structs.go.
"""

from __future__ import annotations

import re

from generator.checking.job import job_models, models, places, rules
from generator.checking.job.problems import Path, Problems, problem

_MAX_PORT = 65535
_DOMAIN_LIMIT = 256
_LABEL_LIMIT = 63
_PIECE = re.compile(r"\\(?:[0-9]{3}|.)?|\.|[^\\.]+", re.ASCII | re.DOTALL)
_QUALIFIED = re.compile(r"(?<!\\)(?:\\\\)*\.\Z")


def check_networks(group: job_models.Group, path: Path) -> Problems:
    """Each label and each static port stands once, in the networks of a group and its tasks."""
    labels: set[str] = set()
    static: dict[tuple[str, int], str] = {}
    arguments: set[str] = set()
    for index, network in enumerate(group.networks):
        at = (*path, "Networks", index)
        for port in network.ports:
            where = (*at, places.PORTS, port.label)
            yield from _check_label(port, labels, where)
            labels.add(port.label)
            yield from _check_static(port, static, where, ignorable=True)
            yield from _check_mapping(port, network, where)
        yield from _check_settings(network, arguments, at)
    for number, task in enumerate(group.tasks):
        for index, network in enumerate(task.resources.networks):
            at = (*path, "Tasks", number, "Resources", "Networks", index)
            for port in network.ports:
                where = (*at, places.PORTS, port.label)
                yield from _check_label(port, labels, where)
                yield from _check_static(port, static, where, ignorable=False)


def _check_label(port: models.Port, labels: set[str], path: Path) -> Problems:
    if port.label in labels:
        msg = f'the port "{port.label}" stands in the group twice'
        yield problem(rules.DUPLICATE, path, msg)


def _check_static(
    port: models.Port, static: dict[tuple[str, int], str], path: Path, *, ignorable: bool
) -> Problems:
    if port.value == 0:
        return
    key = (port.host_network or "default", port.value)
    if key in static:
        if not (ignorable and port.ignore_collision):
            msg = f'the static port {port.value} is also that of "{static[key]}"'
            yield problem(rules.NETWORK, path, msg)
    elif port.value > _MAX_PORT:
        msg = f"the static port {port.value} is above {_MAX_PORT}"
        yield problem(rules.NETWORK, (*path, "Value"), msg)
    else:
        static[key] = port.label


def _check_mapping(port: models.Port, network: models.Network, path: Path) -> Problems:
    if not -1 <= port.to <= _MAX_PORT:
        msg = f'the port "{port.label}" cannot be mapped to {port.to}'
        yield problem(rules.NETWORK, (*path, "To"), msg)
    if port.ignore_collision and network.mode not in ("", "host"):
        msg = f'collisions cannot be ignored in network mode "{network.mode}"'
        yield problem(rules.NETWORK, (*path, "IgnoreCollision"), msg)


def _check_settings(network: models.Network, arguments: set[str], path: Path) -> Problems:
    rule = rules.NETWORK
    for name, value in (network.cni.args if network.cni else {}).items():
        at = (*path, "CNI", "Args", name)
        if name in arguments:
            yield problem(rule, at, f'the CNI argument "{name}" stands in the group twice')
        arguments.add(name)
        if ";" in name or ";" in value:
            msg = f'a semicolon stands in the CNI argument "{name}"'
            yield problem(rule, at, msg)
    host = network.hostname
    if host and "${" not in host and not is_domain_name(host):
        msg = f'the hostname "{host}" is no DNS name'
        yield problem(rule, (*path, "Hostname"), msg)


def is_domain_name(name: str) -> bool:
    """Whether each label is there and short enough, as miekg/dns's IsDomainName has it.

    A backslash takes what follows with it, or three digits: together they count as one character.
    """
    if not name or (name.startswith(".") and name != "."):
        return False
    sizes = [0]
    escapes = 0
    data = name.encode().decode("latin-1")  # a character for each byte, as labels are counted
    for piece in _PIECE.findall(data if _QUALIFIED.search(data) else f"{data}."):
        escapes = escapes + 1 if piece[0] == "\\" else 0
        if piece == ".":
            sizes.append(0)
        else:
            sizes[-1] += 1 if escapes else len(piece)
    # What follows the last dot is no label; an odd number of escapes there is refused.
    labels = sizes[:-1]
    if name == ".":
        return True
    short = all(0 < size <= _LABEL_LIMIT for size in labels)
    return short and sum(labels) + len(labels) <= _DOMAIN_LIMIT and escapes % 2 == 0


def port_labels(group: job_models.Group) -> set[str]:
    """The ports that services of the group's tasks can refer to: those of its first network."""
    return {port.label for network in group.networks[:1] for port in network.ports}
