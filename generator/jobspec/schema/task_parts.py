"""The blocks that a task holds, and some of them a sidecar task, a service or a group: api/tasks.go."""

from __future__ import annotations

from generator.jobspec.schema import fields
from generator.jobspec.schema.fields import Kind, once, optional, plain, required

LOGS = fields.table(
    optional("max_files", "MaxFiles", Kind.INT),
    optional("max_file_size", "MaxFileSizeMB", Kind.INT),
    optional("enabled", "Enabled", Kind.FLAG),
    optional("disabled", "Disabled", Kind.FLAG),
)

VOLUME_MOUNT = fields.table(
    optional("volume", "Volume", Kind.TEXT),
    optional("destination", "Destination", Kind.TEXT),
    optional("read_only", "ReadOnly", Kind.FLAG),
    optional("propagation_mode", "PropagationMode", Kind.TEXT),
    optional("selinux_label", "SELinuxLabel", Kind.TEXT),
)

IDENTITY = fields.table(
    plain("name", "Name", Kind.TEXT),
    optional("aud", "Audience", Kind.TEXTS),
    plain("change_mode", "ChangeMode", Kind.TEXT),
    plain("change_signal", "ChangeSignal", Kind.TEXT),
    plain("env", "Env", Kind.FLAG),
    plain("file", "File", Kind.FLAG),
    plain("filepath", "Filepath", Kind.TEXT),
    plain("service_name", "ServiceName", Kind.TEXT),
    plain("ttl", "TTL", Kind.DURATION),
    optional("extra_claims", "ExtraClaims", Kind.TEXTS),
)

VAULT = fields.table(
    optional("policies", "Policies", Kind.TEXTS),
    plain("role", "Role", Kind.TEXT),
    optional("namespace", "Namespace", Kind.TEXT),
    plain("cluster", "Cluster", Kind.TEXT),
    optional("env", "Env", Kind.FLAG),
    optional("disable_file", "DisableFile", Kind.FLAG),
    optional("change_mode", "ChangeMode", Kind.TEXT),
    optional("change_signal", "ChangeSignal", Kind.TEXT),
    optional("allow_token_expiration", "AllowTokenExpiration", Kind.FLAG),
)

SECRET = fields.table(
    plain("provider", "Provider", Kind.TEXT),
    plain("path", "Path", Kind.TEXT),
    once("config", "Config", fields.FREE),
    once("env", "Env", fields.TEXT_MAP),
)

CONSUL = fields.table(
    plain("namespace", "Namespace", Kind.TEXT),
    plain("cluster", "Cluster", Kind.TEXT),
    plain("partition", "Partition", Kind.TEXT),
)

LIFECYCLE = fields.table(required("hook", "Hook"), plain("sidecar", "Sidecar", Kind.FLAG))

ARTIFACT = fields.table(
    optional("source", "GetterSource", Kind.TEXT),
    optional("mode", "GetterMode", Kind.TEXT),
    optional("insecure", "GetterInsecure", Kind.FLAG),
    optional("destination", "RelativeDest", Kind.TEXT),
    plain("chown", "Chown", Kind.FLAG),
    once("options", "GetterOptions", fields.TEXT_MAP),
    once("headers", "GetterHeaders", fields.TEXT_MAP),
)

TEMPLATE = fields.table(
    optional("source", "SourcePath", Kind.TEXT),
    optional("destination", "DestPath", Kind.TEXT),
    optional("data", "EmbeddedTmpl", Kind.TEXT),
    optional("change_mode", "ChangeMode", Kind.TEXT),
    optional("change_signal", "ChangeSignal", Kind.TEXT),
    optional("once", "Once", Kind.FLAG),
    optional("splay", "Splay", Kind.DURATION),
    optional("perms", "Perms", Kind.TEXT),
    optional("uid", "Uid", Kind.INT),
    optional("gid", "Gid", Kind.INT),
    optional("left_delimiter", "LeftDelim", Kind.TEXT),
    optional("right_delimiter", "RightDelim", Kind.TEXT),
    optional("env", "Envvars", Kind.FLAG),
    optional("vault_grace", "VaultGrace", Kind.DURATION),
    optional("error_on_missing_key", "ErrMissingKey", Kind.FLAG),
    once(
        "change_script",
        "ChangeScript",
        fields.table(
            optional("command", "Command", Kind.TEXT),
            optional("args", "Args", Kind.TEXTS),
            optional("timeout", "Timeout", Kind.DURATION),
            optional("fail_on_error", "FailOnError", Kind.FLAG),
            optional("run_on_first_render", "RunOnFirstRender", Kind.FLAG),
        ),
    ),
    once(
        "wait",
        "Wait",
        fields.table(
            optional("min", "Min", Kind.DURATION),
            optional("max", "Max", Kind.DURATION),
        ),
    ),
)

CSI_PLUGIN = fields.table(
    plain("id", "ID", Kind.TEXT),
    plain("type", "Type", Kind.TEXT),
    plain("mount_dir", "MountDir", Kind.TEXT),
    plain("stage_publish_base_dir", "StagePublishBaseDir", Kind.TEXT),
    plain("health_timeout", "HealthTimeout", Kind.DURATION),
)

ACTION = fields.table(
    required("command", "Command"),
    optional("args", "Args", Kind.TEXTS),
)

SCHEDULE = fields.table(
    once(
        "cron",
        "Cron",
        fields.table(
            plain("start", "Start", Kind.TEXT),
            plain("end", "End", Kind.TEXT),
            plain("timezone", "Timezone", Kind.TEXT),
        ),
    ),
)
