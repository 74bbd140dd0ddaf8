"""Services and their checks, and what Consul's service mesh adds to them."""

from __future__ import annotations

import pydantic

from generator.checking.job import models
from generator.checking.job.models import Duration, Model


class CheckRestart(Model):
    limit: int = 0
    grace: Duration = models.SECOND
    ignore_warnings: bool = False


class Check(Model):
    name: str = ""
    type: str = ""
    command: str = ""
    path: str = ""
    port_label: str = ""
    expose: bool = False
    address_mode: str = ""
    interval: Duration = 0
    timeout: Duration = 0
    initial_status: str = ""
    notes: str = ""
    tls_server_name: str = pydantic.Field("", alias="TLSServerName")
    method: str = ""
    task_name: str = ""
    success_before_passing: int = 0
    failures_before_critical: int = 0
    failures_before_warning: int = 0
    on_update: str
    check_restart: CheckRestart | None = None

    @property
    def needs_port(self) -> bool:
        return self.type in ("grpc", "http", "tcp")


class MeshGateway(Model):
    mode: str = ""


class Upstream(Model):
    destination_name: str = ""
    local_bind_port: int = 0
    local_bind_address: str = ""
    local_bind_socket_path: str = ""
    mesh_gateway: MeshGateway | None = None


class TransparentProxy(Model):
    uid: str = pydantic.Field("", alias="UID")
    exclude_inbound_ports: tuple[str, ...] = ()
    exclude_outbound_cidrs: tuple[str, ...] = pydantic.Field((), alias="ExcludeOutboundCIDRs")
    exclude_uids: tuple[str, ...] = pydantic.Field((), alias="ExcludeUIDs")
    no_dns: bool = pydantic.Field(default=False, alias="NoDNS")


class Proxy(Model):
    upstreams: tuple[Upstream, ...] = ()
    transparent_proxy: TransparentProxy | None = None


class SidecarService(Model):
    proxy: Proxy | None = None


class BindAddress(Model):
    address: str = ""
    port: int = 0


class GatewayProxy(Model):
    connect_timeout: Duration | None = None
    envoy_dns_discovery_type: str = pydantic.Field("", alias="EnvoyDNSDiscoveryType")
    envoy_gateway_bind_addresses: dict[str, BindAddress] = pydantic.Field(default_factory=dict)


class IngressService(Model):
    name: str = ""
    hosts: tuple[str, ...] = ()


class Listener(Model):
    port: int = 0
    protocol: str = ""
    services: tuple[IngressService, ...] = ()


class Ingress(Model):
    listeners: tuple[Listener, ...] = ()


class LinkedService(Model):
    name: str = ""
    ca_file: str = pydantic.Field("", alias="CAFile")
    cert_file: str = ""
    key_file: str = ""
    sni: str = pydantic.Field("", alias="SNI")


class Terminating(Model):
    services: tuple[LinkedService, ...] = ()


class Mesh(Model):
    pass


class Gateway(Model):
    proxy: GatewayProxy | None = None
    ingress: Ingress | None = None
    terminating: Terminating | None = None
    mesh: Mesh | None = None


class Connect(Model):
    native: bool = False
    sidecar_service: SidecarService | None = None
    gateway: Gateway | None = None


class Service(Model):
    name: str
    port_label: str = ""
    address_mode: str = ""
    address: str = ""
    on_update: str
    provider: str
    cluster: str = ""
    kind: str = ""
    task_name: str = ""
    checks: tuple[Check, ...] = ()
    connect: Connect | None = None
    identity: models.Identity | None = None

    @property
    def sidecar(self) -> SidecarService | None:
        return self.connect.sidecar_service if self.connect else None
