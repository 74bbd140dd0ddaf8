"""Where and how often allocations run: api/constraint.go, api/tasks.go, api/jobs.go, api/scaling.go."""

from __future__ import annotations

from generator.jobspec.schema import fields
from generator.jobspec.schema.fields import Form, Kind, many, once, optional, plain

CONSTRAINT = fields.table(
    optional("attribute", "LTarget", Kind.TEXT),
    optional("value", "RTarget", Kind.TEXT),
    optional("operator", "Operand", Kind.TEXT),
    optional("distinct_property", "distinct_property", Kind.TEXT),
    optional("distinct_hosts", "distinct_hosts", Kind.FLAG),
    optional("regexp", "regexp", Kind.TEXT),
    optional("version", "version", Kind.TEXT),
    optional("semver", "semver", Kind.TEXT),
    optional("set_contains", "set_contains", Kind.TEXT),
    optional("set_contains_all", "set_contains_all", Kind.TEXT),
    optional("set_contains_any", "set_contains_any", Kind.TEXT),
    optional("is_set", "is_set", Kind.TEXT),
    optional("is_not_set", "is_not_set", Kind.TEXT),
    form=Form.CONSTRAINT,
)

AFFINITY = fields.table(
    optional("attribute", "LTarget", Kind.TEXT),
    optional("value", "RTarget", Kind.TEXT),
    optional("operator", "Operand", Kind.TEXT),
    optional("weight", "Weight", Kind.NUMBER),
    optional("version", "version", Kind.TEXT),
    optional("semver", "semver", Kind.TEXT),
    optional("regexp", "regexp", Kind.TEXT),
    optional("set_contains", "set_contains", Kind.TEXT),
    optional("set_contains_all", "set_contains_all", Kind.TEXT),
    optional("set_contains_any", "set_contains_any", Kind.TEXT),
    form=Form.AFFINITY,
)

SPREAD = fields.table(
    plain("attribute", "Attribute", Kind.TEXT),
    optional("weight", "Weight", Kind.INT8),
    many(
        "target",
        "SpreadTarget",
        fields.table(plain("percent", "Percent", Kind.UINT8)),
        label="Value",
    ),
)

UPDATE = fields.table(
    optional("stagger", "Stagger", Kind.DURATION),
    optional("max_parallel", "MaxParallel", Kind.INT),
    optional("health_check", "HealthCheck", Kind.TEXT),
    optional("min_healthy_time", "MinHealthyTime", Kind.DURATION),
    optional("healthy_deadline", "HealthyDeadline", Kind.DURATION),
    optional("progress_deadline", "ProgressDeadline", Kind.DURATION),
    optional("canary", "Canary", Kind.INT),
    optional("auto_revert", "AutoRevert", Kind.FLAG),
    optional("auto_promote", "AutoPromote", Kind.FLAG),
)

MIGRATE = fields.table(
    optional("max_parallel", "MaxParallel", Kind.INT),
    optional("health_check", "HealthCheck", Kind.TEXT),
    optional("min_healthy_time", "MinHealthyTime", Kind.DURATION),
    optional("healthy_deadline", "HealthyDeadline", Kind.DURATION),
)

RESTART = fields.table(
    optional("interval", "Interval", Kind.DURATION),
    optional("attempts", "Attempts", Kind.INT),
    optional("delay", "Delay", Kind.DURATION),
    optional("mode", "Mode", Kind.TEXT),
    optional("render_templates", "RenderTemplates", Kind.FLAG),
)

RESCHEDULE = fields.table(
    optional("attempts", "Attempts", Kind.INT),
    optional("interval", "Interval", Kind.DURATION),
    optional("delay", "Delay", Kind.DURATION),
    optional("delay_function", "DelayFunction", Kind.TEXT),
    optional("max_delay", "MaxDelay", Kind.DURATION),
    optional("unlimited", "Unlimited", Kind.FLAG),
)

DISCONNECT = fields.table(
    optional("lost_after", "LostAfter", Kind.DURATION),
    optional("stop_on_client_after", "StopOnClientAfter", Kind.DURATION),
    optional("replace", "Replace", Kind.FLAG),
    optional("reconcile", "Reconcile", Kind.TEXT),
)

EPHEMERAL_DISK = fields.table(
    optional("sticky", "Sticky", Kind.FLAG),
    optional("migrate", "Migrate", Kind.FLAG),
    optional("size", "SizeMB", Kind.INT),
)

VOLUME = fields.table(
    plain("type", "Type", Kind.TEXT),
    plain("source", "Source", Kind.TEXT),
    plain("read_only", "ReadOnly", Kind.FLAG),
    plain("sticky", "Sticky", Kind.FLAG),
    plain("access_mode", "AccessMode", Kind.TEXT),
    plain("attachment_mode", "AttachmentMode", Kind.TEXT),
    plain("per_alloc", "PerAlloc", Kind.FLAG),
    once(
        "mount_options",
        "MountOptions",
        fields.table(
            plain("fs_type", "FSType", Kind.TEXT),
            optional("mount_flags", "MountFlags", Kind.TEXTS),
        ),
    ),
)

SCALING = fields.table(
    optional("min", "Min", Kind.INT),
    optional("max", "Max", Kind.INT),
    optional("enabled", "Enabled", Kind.FLAG),
    plain("type", "Type", Kind.TEXT),
    once("policy", "Policy", fields.FREE),
    constants={"ID": "", "Namespace": "", "CreateIndex": 0, "ModifyIndex": 0},
)
