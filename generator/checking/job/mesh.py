"""Consul's service mesh: sidecars, native services, gateways and exposed checks.

Mirrors the ``Validate`` methods of Nomad's services.go and connect.go, and its hooks on registration
(job_endpoint_hook_connect.go, job_endpoint_hook_expose_check.go, job_endpoint_hook_consul_ce.go).
"""

from __future__ import annotations

import ipaddress
import re

from generator.checking.job import gateways, job_models, rules, service_models, task_models
from generator.checking.job.problems import Path, Problem, Problems, problem

_UINT16 = 1 << 16
_EXPOSABLE = ("grpc", "http")
_NUMBER = re.compile(r"[0-9]+", re.ASCII)


def brings_task(group: job_models.Group) -> bool:
    """Whether a service adds the task of a proxy to the group."""
    return bool(group.networks) and any(
        service.connect and (service.connect.sidecar_service or service.connect.gateway)
        for service in group.services
    )


def is_newer(modes: list[str]) -> bool:
    """Whether a group has the one network of a kind that newer versions of Nomad take, too."""
    return len(modes) == 1 and modes[0].startswith("cni/")


def newer_mode(path: Path) -> Problem:
    msg = "the mesh in a network of a CNI plugin needs Nomad 1.11 or newer"
    return problem(rules.NEWER, path, msg)


def is_native(task: task_models.Task, group: job_models.Group) -> bool:
    """Whether a native service makes the task its own, which then has a kind of its own."""
    return bool(group.networks) and any(
        service.connect
        and service.connect.native
        and not service.connect.sidecar_service
        and service.task_name in ("", task.name)
        for service in group.services
    )


def check_group(group: job_models.Group, path: Path) -> Problems:
    """What the mesh wants of a group and its services."""
    for index, service in enumerate(group.services):
        at = (*path, "Services", index)
        if service.connect is not None and service.provider == "consul":
            yield from _check_connect(service, service.connect, group, at)
        yield from _check_exposed(service, group, at)
    yield from _check_upstreams(group, path)
    for number, task in enumerate(group.tasks):
        for index, service in enumerate(task.services):
            if any(check.expose for check in service.checks):
                at = (*path, "Tasks", number, "Services", index)
                msg = "only checks of a group's services can be exposed"
                yield problem(rules.MESH, at, msg)
    if group.consul and group.consul.cluster not in ("", "default"):
        msg = f'the Consul cluster "{group.consul.cluster}" needs Nomad Enterprise'
        yield problem(rules.ENTERPRISE, (*path, "Consul", "Cluster"), msg)


def _check_connect(
    service: service_models.Service,
    connect: service_models.Connect,
    group: job_models.Group,
    path: Path,
) -> Problems:
    rule = rules.MESH
    at = (*path, "Connect")
    kinds = (connect.native, connect.sidecar_service is not None, connect.gateway is not None)
    if sum(kinds) != 1:
        msg = "a connect block is native, or has a sidecar_service, or is a gateway"
        yield problem(rule, at, msg)
    if connect.sidecar_service is not None:
        yield from _check_sidecar(service, group, at)
    elif connect.native:
        yield from _check_native(service, group, path)
    elif connect.gateway is not None:
        yield from gateways.check_gateway(connect.gateway, service, group, (*at, "Gateway"))


def _check_sidecar(
    service: service_models.Service, group: job_models.Group, path: Path
) -> Problems:
    rule = rules.MESH
    modes = [network.mode for network in group.networks]
    if is_newer(modes):
        yield newer_mode(path)
    elif modes != ["bridge"]:
        has = ", ".join(f'"{mode or "host"}"' for mode in modes) or "none"
        msg = f"a sidecar needs exactly one network, in bridge mode; the group has {has}"
        yield problem(rule, path, msg, 'add network { mode = "bridge" } to the group')
    for name in (service.name, group.name):
        if name != name.lower():
            msg = f'Consul wants lower case in the names of a service and its group, not "{name}"'
            yield problem(rule, path, msg)
    proxy = service.sidecar.proxy if service.sidecar else None
    if proxy and proxy.transparent_proxy:
        at = (*path, "SidecarService", "Proxy", "TransparentProxy")
        yield from _check_transparent(proxy.transparent_proxy, group, at)


def _check_transparent(
    proxy: service_models.TransparentProxy, group: job_models.Group, path: Path
) -> Problems:
    rule = rules.MESH
    for index, text in enumerate(proxy.exclude_outbound_cidrs):
        if not _is_prefix(text):
            msg = f'"{text}" is no network such as 10.0.0.0/8'
            yield problem(rule, (*path, "ExcludeOutboundCIDRs", index), msg)
    if proxy.uid and not _is_uint16(proxy.uid):
        yield problem(rule, (*path, "UID"), f'"{proxy.uid}" is no user ID below 65536')
    for index, text in enumerate(proxy.exclude_uids):
        if not _is_uint16(text):
            msg = f'"{text}" is no user ID below 65536'
            yield problem(rule, (*path, "ExcludeUIDs", index), msg)
    if not proxy.no_dns and any(
        network.dns and (network.dns.servers or network.dns.searches or network.dns.options)
        for network in group.networks
    ):
        msg = "a transparent proxy and dns settings of the network exclude each other"
        yield problem(rule, path, msg, "set no_dns = true")
    static = {port.label for network in group.networks for port in network.reserved_ports}
    for index, text in enumerate(proxy.exclude_inbound_ports):
        if text not in static and not _is_uint16(text):
            msg = f'"{text}" is no port number and no static port of the group'
            yield problem(rule, (*path, "ExcludeInboundPorts", index), msg)
    if sum(service.connect is not None for service in group.services) > 1:
        msg = "with a transparent proxy there can be only one connect block in the group"
        yield problem(rule, path, msg)


def _is_prefix(text: str) -> bool:
    """Whether Go's netip.ParsePrefix reads it."""
    address, slash, bits = text.rpartition("/")
    if not slash or not re.fullmatch("0|[1-9][0-9]{0,2}", bits, re.ASCII) or "%" in address:
        return False
    try:
        return int(bits) <= ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        return False


def _is_uint16(text: str) -> bool:
    digits = text.lstrip("0") or "0"
    return bool(_NUMBER.fullmatch(text)) and len(digits) <= 5 and int(digits) < _UINT16


def _check_native(service: service_models.Service, group: job_models.Group, path: Path) -> Problems:
    rule = rules.MESH
    if not service.task_name:
        if len(group.tasks) != 1 or not group.networks:
            msg = f'the native service "{service.name}" has to say which task it is'
            yield problem(rule, path, msg, 'add task = "…"')
    elif service.task_name not in {task.name for task in group.tasks}:
        msg = f'the group has no task "{service.task_name}"'
        yield problem(rule, (*path, "TaskName"), msg)
    if not service.port_label:
        yield problem(rule, path, f'the native service "{service.name}" needs a port')


def _check_exposed(
    service: service_models.Service, group: job_models.Group, path: Path
) -> Problems:
    for index, check in enumerate(service.checks):
        if not check.expose or service.provider != "consul":
            continue
        at = (*path, "Checks", index)
        if service.sidecar is None:
            yield problem(rules.MESH, at, "only checks of a service with a sidecar can be exposed")
        modes = [network.mode for network in group.networks]
        if modes != ["bridge"] and not is_newer(modes):
            msg = "to expose a check takes exactly one network, in bridge mode"
            yield problem(rules.MESH, at, msg)
        elif service.sidecar and check.path.startswith("/") and check.type.lower() in _EXPOSABLE:
            yield from _check_exposed_port(service, group, path)


def _check_exposed_port(
    service: service_models.Service, group: job_models.Group, path: Path
) -> Problems:
    """The proxy has to know the port that the service listens on in the group's network."""
    label = service.port_label
    static = {port.label for port in group.networks[0].reserved_ports}
    if label not in static and not (_NUMBER.fullmatch(label) and int(label) > 0):
        msg = f'the port "{label}" of a service with an exposed check is not known beforehand'
        hint = "give the port that the service listens on as a number"
        yield problem(rules.MESH, (*path, "PortLabel"), msg, hint)


def _check_upstreams(group: job_models.Group, path: Path) -> Problems:
    """Each upstream is bound to an address of its own."""
    seen: set[str] = set()
    for index, service in enumerate(group.services):
        if service.sidecar is None or service.sidecar.proxy is None:
            continue
        proxy = (*path, "Services", index, "Connect", "SidecarService", "Proxy")
        for number, upstream in enumerate(service.sidecar.proxy.upstreams):
            address = upstream.local_bind_socket_path or (
                f"{upstream.local_bind_address}:{upstream.local_bind_port}"
            )
            if address in seen:
                msg = (
                    f'the upstream "{upstream.destination_name}" is bound to {address} like another'
                )
                yield problem(rules.MESH, (*proxy, "Upstreams", number), msg)
            seen.add(address)
