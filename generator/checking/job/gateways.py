"""Gateways of Consul's service mesh.

Mirrors ConsulGateway.Validate and those below it in Nomad's services.go.
"""

from __future__ import annotations

from generator.checking.job import job_models, rules, service_models
from generator.checking.job.problems import Path, Problems, one_of, problem

_DISCOVERY = ("", "STRICT_DNS", "LOGICAL_DNS")
_PROTOCOLS = ("tcp", "http", "http2", "grpc")


def check_gateway(
    gateway: service_models.Gateway,
    service: service_models.Service,
    group: job_models.Group,
    path: Path,
) -> Problems:
    """Exactly one kind of gateway, in one network."""
    rule = rules.MESH
    kinds = (gateway.ingress, gateway.terminating, gateway.mesh)
    if sum(kind is not None for kind in kinds) != 1:
        yield problem(rule, path, "a gateway is exactly one of ingress, terminating and mesh")
    modes = [network.mode for network in group.networks]
    if len(modes) == 1 and modes[0].startswith("cni/"):
        msg = "a gateway in a network of a CNI plugin needs Nomad 1.11 or newer"
        yield problem(rules.NEWER, path, msg)
    elif len(modes) != 1 or modes[0] not in ("bridge", "host"):
        msg = "a gateway needs exactly one network, in bridge or host mode"
        yield problem(rule, path, msg, 'add network { mode = "bridge" } to the group')
    if gateway.proxy is not None:
        yield from _check_proxy(gateway.proxy, (*path, "Proxy"))
    if gateway.ingress is not None:
        yield from _check_ingress(gateway.ingress, (*path, "Ingress"))
    if gateway.terminating is not None:
        yield from _check_terminating(gateway.terminating, (*path, "Terminating"))
    if gateway.mesh is not None and group.networks and not service.port_label:
        yield problem(rule, path, "the service of a mesh gateway needs a port")


def _check_proxy(proxy: service_models.GatewayProxy, path: Path) -> Problems:
    rule = rules.MESH
    if proxy.envoy_dns_discovery_type not in _DISCOVERY:
        msg = f'there is no envoy_dns_discovery_type "{proxy.envoy_dns_discovery_type}"'
        hint = one_of(proxy.envoy_dns_discovery_type, _DISCOVERY)
        yield problem(rule, (*path, "EnvoyDNSDiscoveryType"), msg, hint)
    for name, bound in proxy.envoy_gateway_bind_addresses.items():
        at = (*path, "EnvoyGatewayBindAddresses", name)
        if not bound.address:
            yield problem(rule, at, f'the bind address "{name}" has no address')
        if bound.port <= 0 and bound.port != -1:
            yield problem(rule, at, f'the bind address "{name}" has no port')


def _check_ingress(ingress: service_models.Ingress, path: Path) -> Problems:
    rule = rules.MESH
    if not ingress.listeners:
        yield problem(rule, path, "an ingress gateway needs a listener")
    for index, listener in enumerate(ingress.listeners):
        at = (*path, "Listeners", index)
        if listener.port <= 0:
            yield problem(rule, at, "a listener needs a port")
        protocol = listener.protocol or "tcp"
        if protocol not in _PROTOCOLS:
            msg = f'there is no protocol "{protocol}" for listeners'
            yield problem(rule, (*at, "Protocol"), msg, one_of(protocol, _PROTOCOLS))
        if not listener.services:
            yield problem(rule, at, "a listener needs a service")
        for number, service in enumerate(listener.services):
            yield from _check_listened(service, protocol, (*at, "Services", number))


def _check_listened(service: service_models.IngressService, protocol: str, path: Path) -> Problems:
    rule = rules.MESH
    if not service.name:
        yield problem(rule, path, "a listener's service needs a name")
    if protocol == "tcp" and service.name == "*":
        yield problem(rule, (*path, "Name"), 'the name "*" does not go with the protocol tcp')
    if service.hosts and (protocol == "tcp" or service.name == "*"):
        msg = 'hosts go neither with the protocol tcp nor with the name "*"'
        yield problem(rule, (*path, "Hosts"), msg)


def _check_terminating(terminating: service_models.Terminating, path: Path) -> Problems:
    rule = rules.MESH
    if not terminating.services:
        yield problem(rule, path, "a terminating gateway needs a service")
    for index, service in enumerate(terminating.services):
        at = (*path, "Services", index)
        if not service.name:
            yield problem(rule, at, "a linked service needs a name")
        if not service.ca_file and (service.cert_file or service.key_file or service.sni):
            yield problem(rule, at, "a linked service with TLS needs a ca_file")
        if bool(service.cert_file) != bool(service.key_file):
            yield problem(rule, at, "cert_file and key_file of a linked service go together")
