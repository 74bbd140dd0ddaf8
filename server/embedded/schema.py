"""The job's JSON as tables: every field of Nomad 1.10's API, its default, and whether the engine has it."""

from __future__ import annotations

from dataclasses import replace

from server.embedded.fields import (
    Absent,
    Assigned,
    Free,
    Many,
    Named,
    Nested,
    Scalar,
    StringMap,
    Strings,
)

SECOND = 1_000_000_000

_CONSTRAINT = Nested(
    {
        "LTarget": Scalar("string", ""),
        "RTarget": Scalar("string", ""),
        "Operand": Scalar("string", "="),
    },
    "Constraint",
)
_AFFINITY = Nested(
    {
        "LTarget": Scalar("string", ""),
        "RTarget": Scalar("string", ""),
        "Operand": Scalar("string", "="),
        "Weight": Scalar("int", 50),
    },
    "Affinity",
)
_RESTART = Nested(
    {
        "Attempts": Scalar("int", 3),
        "Delay": Scalar("duration", 15 * SECOND),
        "Interval": Scalar("duration", 86400 * SECOND),
        "Mode": Scalar("string", "fail"),
        "RenderTemplates": Absent(False),
    },
    "RestartPolicy",
    always=True,
)
_RESCHEDULE = Nested(
    {
        "Attempts": Scalar("int", 1),
        "Delay": Scalar("duration", 5 * SECOND),
        "DelayFunction": Scalar("string", "constant"),
        "Interval": Scalar("duration", 86400 * SECOND),
        "MaxDelay": Scalar("duration", 0),
        "Unlimited": Scalar("bool", False),
    },
    "ReschedulePolicy",
    always=True,
)
_DISCONNECT = Nested(
    {
        "LostAfter": Scalar("duration", 0),
        "Reconcile": Scalar("string", "best_score"),
        "Replace": Scalar("bool", True),
        "StopOnClientAfter": Scalar("duration", None),
    },
    "DisconnectStrategy",
)
_EPHEMERAL_DISK = Nested(
    {
        "Migrate": Scalar("bool", False),
        "SizeMB": Scalar("int", 300),
        "Sticky": Scalar("bool", False),
    },
    "EphemeralDisk",
    always=True,
)
_VOLUME = Nested(
    {
        "Name": Scalar("string", ""),
        "Type": Scalar("string", "host"),
        "Source": Scalar("string", ""),
        "ReadOnly": Scalar("bool", False),
        "Sticky": Absent(False),
        "AccessMode": Scalar("string", ""),
        "AttachmentMode": Scalar("string", ""),
        "MountOptions": Absent(),
        "PerAlloc": Absent(False),
    },
    "VolumeRequest",
)
_VOLUME_MOUNT = Nested(
    {
        "Volume": Scalar("string", ""),
        "Destination": Scalar("string", ""),
        "ReadOnly": Scalar("bool", False),
        "PropagationMode": Scalar("string", "private"),
        "SELinuxLabel": Absent(""),
    },
    "VolumeMount",
)
_DEVICE = Nested(
    {
        "Name": Scalar("string", ""),
        "Count": Scalar("int", 1),
        "Constraints": Many(_CONSTRAINT),
        "Affinities": Absent(),
    },
    "RequestedDevice",
)
_RESOURCES = Nested(
    {
        "CPU": Scalar("int", 100),
        "Cores": Absent(0),
        "MemoryMB": Scalar("int", 300),
        "MemoryMaxMB": Scalar("int", 0),
        "DiskMB": Absent(0),
        "Networks": Absent(),
        "Devices": Many(_DEVICE),
        "NUMA": Absent(),
        "SecretsMB": Absent(0),
        "IOPS": Absent(0),
    },
    "Resources",
    always=True,
)
_TEMPLATE = Nested(
    {
        "SourcePath": Absent(""),
        "DestPath": Scalar("string", ""),
        "EmbeddedTmpl": Scalar("string", ""),
        "ChangeMode": Scalar("string", "restart"),
        "ChangeScript": Absent(),
        "ChangeSignal": Absent(""),
        "Once": Scalar("bool", False),
        "Splay": Scalar("duration", 5 * SECOND),
        "Perms": Scalar("string", "0644"),
        "Uid": Scalar("int", None),
        "Gid": Scalar("int", None),
        "LeftDelim": Scalar("string", "{{"),
        "RightDelim": Scalar("string", "}}"),
        "Envvars": Scalar("bool", False),
        "VaultGrace": Absent(0),
        "Wait": Absent(),
        "ErrMissingKey": Absent(False),
    },
    "Template",
)
_LIFECYCLE = Nested(
    {"Hook": Scalar("string", ""), "Sidecar": Scalar("bool", False)}, "TaskLifecycle"
)
_LOGS = Nested(
    {
        "MaxFiles": Scalar("int", 10),
        "MaxFileSizeMB": Scalar("int", 10),
        "Enabled": Assigned(),
        "Disabled": Absent(False),
    },
    "LogConfig",
    always=True,
)
DEFAULT_IDENTITY = {
    "Audience": ["nomadproject.io"],
    "ChangeMode": "",
    "ChangeSignal": "",
    "Env": False,
    "File": False,
    "Filepath": "",
    "Name": "default",
    "ServiceName": "",
    "TTL": 0,
}
_VAULT = Nested(
    {
        "Role": Scalar("string", ""),
        "Policies": Absent(),
        "Namespace": Absent(""),
        "Cluster": Scalar("string", "default"),
        "Env": Scalar("bool", True),
        "DisableFile": Scalar("bool", False),
        "ChangeMode": Scalar("string", "restart"),
        "ChangeSignal": Scalar("string", ""),
        "AllowTokenExpiration": Scalar("bool", False),
    },
    "Vault",
)
_TASK = Nested(
    {
        "Name": Scalar("string", ""),
        "Driver": Scalar("string", ""),
        "User": Scalar("string", ""),
        "Lifecycle": _LIFECYCLE,
        "Config": Free(),
        "Constraints": Many(_CONSTRAINT),
        "Affinities": Many(_AFFINITY),
        "Env": StringMap(),
        "Services": Absent(),
        "Resources": _RESOURCES,
        "RestartPolicy": replace(_RESTART, always=False),
        "Meta": StringMap(),
        "KillTimeout": Scalar("duration", 5 * SECOND),
        "LogConfig": _LOGS,
        "Artifacts": Absent(),
        "Vault": _VAULT,
        "Consul": Absent(),
        "Templates": Many(_TEMPLATE),
        "DispatchPayload": Absent(),
        "VolumeMounts": Many(_VOLUME_MOUNT),
        "CSIPluginConfig": Absent(),
        "Leader": Scalar("bool", False),
        "ShutdownDelay": Absent(0),
        "KillSignal": Scalar("string", ""),
        "Kind": Absent(""),
        "ScalingPolicies": Absent(),
        "Identity": Absent(DEFAULT_IDENTITY),
        "Identities": Absent(),
        "Actions": Absent(),
        "Schedule": Absent(),
    },
    "Task",
)
_NETWORK = Nested(
    {
        "Mode": Scalar("string", ""),
        "Device": Absent(""),
        "CIDR": Absent(""),
        "IP": Absent(""),
        "DNS": Absent(),
        "Hostname": Absent(""),
        "MBits": Absent(0),
        "ReservedPorts": Absent(),
        "DynamicPorts": Absent(),
        "CNI": Absent(),
    },
    "NetworkResource",
    sparse=True,
)
_GROUP = Nested(
    {
        "Name": Scalar("string", ""),
        "Count": Scalar("int", 1),
        "Constraints": Many(_CONSTRAINT),
        "Affinities": Many(_AFFINITY),
        "Tasks": Many(_TASK),
        "Spreads": Absent(),
        "Volumes": Named(_VOLUME),
        "RestartPolicy": _RESTART,
        "Disconnect": _DISCONNECT,
        "ReschedulePolicy": _RESCHEDULE,
        "EphemeralDisk": _EPHEMERAL_DISK,
        "Update": Absent(),
        "Migrate": Absent(),
        "Networks": Many(_NETWORK),
        "Meta": StringMap(),
        "Services": Absent(),
        "ShutdownDelay": Absent(),
        "StopAfterClientDisconnect": Absent(),
        "MaxClientDisconnect": Absent(),
        "Scaling": Absent(),
        "Consul": Absent(),
        "PreventRescheduleOnLost": Absent(False),
    },
    "TaskGroup",
)
_NO_UPDATE = {
    "AutoPromote": False,
    "AutoRevert": False,
    "Canary": 0,
    "HealthCheck": "",
    "HealthyDeadline": 0,
    "MaxParallel": 0,
    "MinHealthyTime": 0,
    "ProgressDeadline": 0,
    "Stagger": 0,
}
JOB = Nested(
    {
        "Region": Scalar("string", "global"),
        "Namespace": Scalar("string", "default"),
        "ID": Scalar("string", ""),
        "Name": Scalar("string", ""),
        "Type": Scalar("string", "service"),
        "Priority": Scalar("int", 50),
        "AllAtOnce": Absent(False),
        "Datacenters": Strings(("*",)),
        "NodePool": Scalar("string", "default"),
        "Constraints": Many(_CONSTRAINT),
        "Affinities": Many(_AFFINITY),
        "TaskGroups": Many(_GROUP),
        "Update": Absent(_NO_UPDATE),
        "Multiregion": Absent(),
        "Spreads": Absent(),
        "Periodic": Absent(),
        "ParameterizedJob": Absent(),
        "Reschedule": Absent(),
        "Migrate": Absent(),
        "Meta": StringMap(),
        "UI": Free(),
        "ParentID": Absent(""),
        "Payload": Absent(),
        "ConsulNamespace": Absent(""),
        "VaultNamespace": Absent(""),
        "DispatchIdempotencyToken": Absent(""),
        "Dispatched": Absent(False),
        "NomadTokenID": Absent(""),
        "VersionTag": Absent(),
        "Stable": Assigned(),
        "Stop": Scalar("bool", False),
        "Status": Assigned(),
        "StatusDescription": Assigned(),
        "Version": Assigned(),
        "SubmitTime": Assigned(),
        "CreateIndex": Assigned(),
        "ModifyIndex": Assigned(),
        "JobModifyIndex": Assigned(),
        "ConsulToken": Absent(),
        "VaultToken": Absent(),
    },
    "Job",
)
