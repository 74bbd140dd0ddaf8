"""Services, their checks and Consul's service mesh: api/services.go, api/consul.go."""

from __future__ import annotations

from generator.jobspec.schema import fields, gateway, network, task_parts
from generator.jobspec.schema.fields import Kind, many, once, optional, plain

_CHECK_RESTART = fields.table(
    plain("limit", "Limit", Kind.INT),
    optional("grace", "Grace", Kind.DURATION),
    plain("ignore_warnings", "IgnoreWarnings", Kind.FLAG),
)

_CHECK = fields.table(
    plain("name", "Name", Kind.TEXT),
    plain("type", "Type", Kind.TEXT),
    plain("command", "Command", Kind.TEXT),
    optional("args", "Args", Kind.TEXTS),
    plain("path", "Path", Kind.TEXT),
    plain("protocol", "Protocol", Kind.TEXT),
    plain("port", "PortLabel", Kind.TEXT),
    plain("expose", "Expose", Kind.FLAG),
    plain("address_mode", "AddressMode", Kind.TEXT),
    plain("advertise", "Advertise", Kind.TEXT),
    plain("interval", "Interval", Kind.DURATION),
    plain("timeout", "Timeout", Kind.DURATION),
    plain("initial_status", "InitialStatus", Kind.TEXT),
    plain("notes", "Notes", Kind.TEXT),
    plain("tls_server_name", "TLSServerName", Kind.TEXT),
    plain("tls_skip_verify", "TLSSkipVerify", Kind.FLAG),
    once("header", "Header", fields.TEXTS_MAP),
    plain("method", "Method", Kind.TEXT),
    once("check_restart", "CheckRestart", _CHECK_RESTART),
    plain("grpc_service", "GRPCService", Kind.TEXT),
    plain("grpc_use_tls", "GRPCUseTLS", Kind.FLAG),
    plain("task", "TaskName", Kind.TEXT),
    plain("success_before_passing", "SuccessBeforePassing", Kind.INT),
    plain("failures_before_critical", "FailuresBeforeCritical", Kind.INT),
    plain("failures_before_warning", "FailuresBeforeWarning", Kind.INT),
    plain("body", "Body", Kind.TEXT),
    plain("on_update", "OnUpdate", Kind.TEXT),
)

_UPSTREAM = fields.table(
    plain("destination_name", "DestinationName", Kind.TEXT),
    plain("destination_namespace", "DestinationNamespace", Kind.TEXT),
    plain("destination_peer", "DestinationPeer", Kind.TEXT),
    plain("destination_partition", "DestinationPartition", Kind.TEXT),
    plain("destination_type", "DestinationType", Kind.TEXT),
    plain("local_bind_port", "LocalBindPort", Kind.INT),
    plain("datacenter", "Datacenter", Kind.TEXT),
    plain("local_bind_address", "LocalBindAddress", Kind.TEXT),
    plain("local_bind_socket_path", "LocalBindSocketPath", Kind.TEXT),
    plain("local_bind_socket_mode", "LocalBindSocketMode", Kind.TEXT),
    once("mesh_gateway", "MeshGateway", fields.table(plain("mode", "Mode", Kind.TEXT))),
    once("config", "Config", fields.FREE),
)

_TRANSPARENT_PROXY = fields.table(
    plain("uid", "UID", Kind.TEXT),
    plain("outbound_port", "OutboundPort", Kind.UINT16),
    optional("exclude_inbound_ports", "ExcludeInboundPorts", Kind.TEXTS),
    optional("exclude_outbound_ports", "ExcludeOutboundPorts", Kind.PORTS),
    optional("exclude_outbound_cidrs", "ExcludeOutboundCIDRs", Kind.TEXTS),
    optional("exclude_uids", "ExcludeUIDs", Kind.TEXTS),
    plain("no_dns", "NoDNS", Kind.FLAG),
)

_EXPOSE = fields.table(
    many(
        "path",
        "Paths",
        fields.table(
            plain("path", "Path", Kind.TEXT),
            plain("protocol", "Protocol", Kind.TEXT),
            plain("local_path_port", "LocalPathPort", Kind.INT),
            plain("listener_port", "ListenerPort", Kind.TEXT),
        ),
    ),
)

_SIDECAR_SERVICE = fields.table(
    optional("tags", "Tags", Kind.TEXTS),
    plain("port", "Port", Kind.TEXT),
    plain("disable_default_tcp_check", "DisableDefaultTCPCheck", Kind.FLAG),
    once("meta", "Meta", fields.TEXT_MAP),
    once(
        "proxy",
        "Proxy",
        fields.table(
            plain("local_service_address", "LocalServiceAddress", Kind.TEXT),
            plain("local_service_port", "LocalServicePort", Kind.INT),
            once("expose", "Expose", _EXPOSE),
            many("upstreams", "Upstreams", _UPSTREAM),
            once("transparent_proxy", "TransparentProxy", _TRANSPARENT_PROXY),
            once("config", "Config", fields.FREE),
        ),
    ),
)

_SIDECAR_TASK = fields.table(
    plain("name", "Name", Kind.TEXT),
    plain("driver", "Driver", Kind.TEXT),
    plain("user", "User", Kind.TEXT),
    once("config", "Config", fields.FREE),
    once("env", "Env", fields.TEXT_MAP),
    once("resources", "Resources", network.RESOURCES),
    once("meta", "Meta", fields.TEXT_MAP),
    optional("kill_timeout", "KillTimeout", Kind.DURATION),
    once("logs", "LogConfig", task_parts.LOGS),
    optional("shutdown_delay", "ShutdownDelay", Kind.DURATION),
    plain("kill_signal", "KillSignal", Kind.TEXT),
    many("volume_mount", "VolumeMounts", task_parts.VOLUME_MOUNT),
    many("identity", "Identities", task_parts.IDENTITY),
)

_CONNECT = fields.table(
    plain("native", "Native", Kind.FLAG),
    once("gateway", "Gateway", gateway.GATEWAY),
    once("sidecar_service", "SidecarService", _SIDECAR_SERVICE),
    once("sidecar_task", "SidecarTask", _SIDECAR_TASK),
)

SERVICE = fields.table(
    plain("name", "Name", Kind.TEXT),
    optional("tags", "Tags", Kind.TEXTS),
    optional("canary_tags", "CanaryTags", Kind.TEXTS),
    plain("enable_tag_override", "EnableTagOverride", Kind.FLAG),
    plain("port", "PortLabel", Kind.TEXT),
    plain("address_mode", "AddressMode", Kind.TEXT),
    plain("address", "Address", Kind.TEXT),
    many("check", "Checks", _CHECK),
    once("check_restart", "CheckRestart", _CHECK_RESTART),
    once("connect", "Connect", _CONNECT),
    once("meta", "Meta", fields.TEXT_MAP),
    once("canary_meta", "CanaryMeta", fields.TEXT_MAP),
    once("tagged_addresses", "TaggedAddresses", fields.TEXT_MAP),
    plain("task", "TaskName", Kind.TEXT),
    plain("on_update", "OnUpdate", Kind.TEXT),
    once("identity", "Identity", task_parts.IDENTITY),
    once(
        "weights",
        "Weights",
        fields.table(plain("passing", "Passing", Kind.INT), plain("warning", "Warning", Kind.INT)),
    ),
    plain("provider", "Provider", Kind.TEXT),
    plain("cluster", "Cluster", Kind.TEXT),
    plain("kind", "Kind", Kind.TEXT),
)
