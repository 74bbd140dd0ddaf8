"""Consul's gateways: the ``gateway`` block of a service's ``connect``, api/consul.go."""

from __future__ import annotations

from generator.jobspec.schema import fields
from generator.jobspec.schema.fields import Kind, by_label, many, once, optional, plain

_TLS = fields.table(
    plain("enabled", "Enabled", Kind.FLAG),
    plain("tls_min_version", "TLSMinVersion", Kind.TEXT),
    plain("tls_max_version", "TLSMaxVersion", Kind.TEXT),
    optional("cipher_suites", "CipherSuites", Kind.TEXTS),
    once(
        "sds",
        "SDS",
        fields.table(
            plain("cluster_name", "ClusterName", Kind.TEXT),
            plain("cert_resource", "CertResource", Kind.TEXT),
        ),
    ),
)

_HEADERS = fields.table(
    once("add", "Add", fields.TEXT_MAP),
    once("set", "Set", fields.TEXT_MAP),
    optional("remove", "Remove", Kind.TEXTS),
)

_PROXY = fields.table(
    optional("connect_timeout", "ConnectTimeout", Kind.DURATION),
    plain("envoy_gateway_bind_tagged_addresses", "EnvoyGatewayBindTaggedAddresses", Kind.FLAG),
    plain("envoy_gateway_no_default_bind", "EnvoyGatewayNoDefaultBind", Kind.FLAG),
    plain("envoy_dns_discovery_type", "EnvoyDNSDiscoveryType", Kind.TEXT),
    by_label(
        "envoy_gateway_bind_addresses",
        "EnvoyGatewayBindAddresses",
        fields.table(plain("address", "Address", Kind.TEXT), plain("port", "Port", Kind.INT)),
        label="Name",
    ),
    once("config", "Config", fields.FREE),
)

_INGRESS = fields.table(
    once("tls", "TLS", _TLS),
    many(
        "listener",
        "Listeners",
        fields.table(
            plain("port", "Port", Kind.INT),
            plain("protocol", "Protocol", Kind.TEXT),
            many(
                "service",
                "Services",
                fields.table(
                    plain("name", "Name", Kind.TEXT),
                    optional("hosts", "Hosts", Kind.TEXTS),
                    once("tls", "TLS", _TLS),
                    once("request_headers", "RequestHeaders", _HEADERS),
                    once("response_headers", "ResponseHeaders", _HEADERS),
                    optional("max_connections", "MaxConnections", Kind.UINT32),
                    optional("max_pending_requests", "MaxPendingRequests", Kind.UINT32),
                    optional("max_concurrent_requests", "MaxConcurrentRequests", Kind.UINT32),
                ),
            ),
        ),
    ),
)

_TERMINATING = fields.table(
    many(
        "service",
        "Services",
        fields.table(
            plain("name", "Name", Kind.TEXT),
            plain("ca_file", "CAFile", Kind.TEXT),
            plain("cert_file", "CertFile", Kind.TEXT),
            plain("key_file", "KeyFile", Kind.TEXT),
            plain("sni", "SNI", Kind.TEXT),
        ),
    ),
)

GATEWAY = fields.table(
    once("proxy", "Proxy", _PROXY),
    once("ingress", "Ingress", _INGRESS),
    once("terminating", "Terminating", _TERMINATING),
    once("mesh", "Mesh", fields.table()),
)
