"""The three levels of a job file: job, group and task (api/jobs.go, api/tasks.go)."""

from __future__ import annotations

from generator.jobspec.schema import fields, network, placement, service, task_parts
from generator.jobspec.schema.fields import Form, Kind, by_label, last, many, once, optional, plain

_META = once("meta", "Meta", fields.TEXT_MAP, assignable=True)

TASK = fields.table(
    plain("driver", "Driver", Kind.TEXT),
    plain("user", "User", Kind.TEXT),
    once("lifecycle", "Lifecycle", task_parts.LIFECYCLE),
    once("config", "Config", fields.FREE),
    many("constraint", "Constraints", placement.CONSTRAINT),
    many("affinity", "Affinities", placement.AFFINITY),
    once("env", "Env", fields.TEXT_MAP, assignable=True),
    many("service", "Services", service.SERVICE),
    once("resources", "Resources", network.RESOURCES),
    once("restart", "RestartPolicy", placement.RESTART),
    _META,
    optional("kill_timeout", "KillTimeout", Kind.DURATION),
    once("logs", "LogConfig", task_parts.LOGS),
    many("artifact", "Artifacts", task_parts.ARTIFACT),
    once("vault", "Vault", task_parts.VAULT),
    once("consul", "Consul", task_parts.CONSUL),
    many("template", "Templates", task_parts.TEMPLATE),
    once(
        "dispatch_payload",
        "DispatchPayload",
        fields.table(plain("file", "File", Kind.TEXT)),
    ),
    many("volume_mount", "VolumeMounts", task_parts.VOLUME_MOUNT),
    once("csi_plugin", "CSIPluginConfig", task_parts.CSI_PLUGIN),
    plain("leader", "Leader", Kind.FLAG),
    plain("shutdown_delay", "ShutdownDelay", Kind.DURATION),
    plain("kill_signal", "KillSignal", Kind.TEXT),
    plain("kind", "Kind", Kind.TEXT),
    many("scaling", "ScalingPolicies", placement.SCALING, label=fields.LABEL),
    many("identity", "Identities", task_parts.IDENTITY),
    many("action", "Actions", task_parts.ACTION, label="Name"),
    once("schedule", "Schedule", task_parts.SCHEDULE),
    many("secret", "Secrets", task_parts.SECRET, label="Name"),
    form=Form.TASK,
)

_GROUP = fields.table(
    optional("count", "Count", Kind.INT),
    many("constraint", "Constraints", placement.CONSTRAINT),
    many("affinity", "Affinities", placement.AFFINITY),
    many("task", "Tasks", TASK, label="Name"),
    many("spread", "Spreads", placement.SPREAD),
    by_label("volume", "Volumes", placement.VOLUME, label="Name"),
    once("restart", "RestartPolicy", placement.RESTART),
    once("disconnect", "Disconnect", placement.DISCONNECT),
    once("reschedule", "ReschedulePolicy", placement.RESCHEDULE),
    once("ephemeral_disk", "EphemeralDisk", placement.EPHEMERAL_DISK),
    once("update", "Update", placement.UPDATE),
    once("migrate", "Migrate", placement.MIGRATE),
    many("network", "Networks", network.NETWORK),
    _META,
    many("service", "Services", service.SERVICE),
    optional("shutdown_delay", "ShutdownDelay", Kind.DURATION),
    optional("max_run_duration", "MaxRunDuration", Kind.DURATION),
    optional("stop_after_client_disconnect", "StopAfterClientDisconnect", Kind.DURATION),
    optional("max_client_disconnect", "MaxClientDisconnect", Kind.DURATION),
    once("scaling", "Scaling", placement.SCALING),
    once("consul", "Consul", task_parts.CONSUL),
    optional("prevent_reschedule_on_lost", "PreventRescheduleOnLost", Kind.FLAG),
    last("vault", "Vault", task_parts.VAULT),
    many("secret", "Secrets", task_parts.SECRET, label="Name", lenient=True),
    form=Form.GROUP,
)

_MULTIREGION = fields.table(
    once(
        "strategy",
        "Strategy",
        fields.table(
            optional("max_parallel", "MaxParallel", Kind.INT),
            optional("on_failure", "OnFailure", Kind.TEXT),
        ),
    ),
    many(
        "region",
        "Regions",
        fields.table(
            optional("count", "Count", Kind.INT),
            optional("datacenters", "Datacenters", Kind.TEXTS),
            plain("node_pool", "NodePool", Kind.TEXT),
            once("meta", "Meta", fields.TEXT_MAP),
        ),
        label="Name",
    ),
)

_PERIODIC = fields.table(
    optional("enabled", "Enabled", Kind.FLAG),
    optional("cron", "Spec", Kind.TEXT),
    optional("crons", "Specs", Kind.TEXTS),
    optional("prohibit_overlap", "ProhibitOverlap", Kind.FLAG),
    optional("time_zone", "TimeZone", Kind.TEXT),
)

_PARAMETERIZED = fields.table(
    plain("payload", "Payload", Kind.TEXT),
    optional("meta_required", "MetaRequired", Kind.TEXTS),
    optional("meta_optional", "MetaOptional", Kind.TEXTS),
)

_UI = fields.table(
    plain("description", "Description", Kind.TEXT),
    many(
        "link",
        "Links",
        fields.table(plain("label", "Label", Kind.TEXT), plain("url", "URL", Kind.TEXT)),
    ),
)

# `vault`, `secret` and `task` have no field in the API's job: normalize.py moves them to where they count.
JOB = fields.table(
    optional("region", "Region", Kind.TEXT),
    optional("namespace", "Namespace", Kind.TEXT),
    optional("id", "ID", Kind.TEXT),
    optional("name", "Name", Kind.TEXT),
    optional("type", "Type", Kind.TEXT),
    optional("priority", "Priority", Kind.INT),
    optional("all_at_once", "AllAtOnce", Kind.FLAG),
    optional("datacenters", "Datacenters", Kind.TEXTS),
    optional("node_pool", "NodePool", Kind.TEXT),
    many("constraint", "Constraints", placement.CONSTRAINT),
    many("affinity", "Affinities", placement.AFFINITY),
    many("group", "TaskGroups", _GROUP, label="Name"),
    once("update", "Update", placement.UPDATE),
    once("multiregion", "Multiregion", _MULTIREGION),
    many("spread", "Spreads", placement.SPREAD),
    once("periodic", "Periodic", _PERIODIC),
    once("parameterized", "ParameterizedJob", _PARAMETERIZED),
    once("reschedule", "Reschedule", placement.RESCHEDULE),
    once("migrate", "Migrate", placement.MIGRATE),
    _META,
    once("ui", "UI", _UI),
    once("vault", "Vault", task_parts.VAULT),
    many("secret", "Secrets", task_parts.SECRET, label="Name"),
    many("task", "Tasks", TASK, label="Name"),
    constants={"Dispatched": False},
)
