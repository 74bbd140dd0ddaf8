"""The job's JSON as tables: every field of Nomad 1.10's API, its default, and whether the engine has it.

One walk over the tables checks an untrusted job and fills in what Nomad's Canonicalize fills in. A field
that Nomad does not know is an error too: Nomad would drop it silently, and with it what was meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from server.embedded import durations, faults, records

ScalarType = Literal["string", "int", "bool", "duration"]
_GO_TYPES: dict[ScalarType, str] = {
    "string": "string",
    "int": "int",
    "bool": "bool",
    "duration": "time.Duration",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value; None as default means that null is what Nomad answers."""

    type: ScalarType
    default: str | int | bool | None


@dataclass(frozen=True, slots=True)
class Strings:
    """A list of strings."""

    default: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StringMap:
    """A map of strings."""


@dataclass(frozen=True, slots=True)
class Free:
    """Any object: a driver's config."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A field that the engine does not support: only its empty or default value may be given."""

    default: records.Json = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A field that the server sets, whatever the client sent."""


@dataclass(frozen=True, slots=True)
class Nested:
    """An object; filled in with its defaults when absent if ``always``."""

    fields: Mapping[str, Field]
    name: str
    always: bool = False


@dataclass(frozen=True, slots=True)
class Many:
    """A list of objects."""

    item: Nested


@dataclass(frozen=True, slots=True)
class Named:
    """A map of names to objects."""

    item: Nested


Field = Scalar | Strings | StringMap | Free | Absent | Assigned | Nested | Many | Named

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
        "Constraints": Absent(),
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
        "Vault": Absent(),
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
        "Networks": Absent(),
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
        "Stop": Assigned(),
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
_INPUT_ONLY = frozenset({"ConsulToken", "VaultToken", "Reschedule", "Migrate"})
"""Fields of the request that a job never answers with."""


def canonicalize(value: object, field: Nested, path: tuple[str, ...]) -> dict[str, records.Json]:
    """Check one object against its table and fill in what is absent."""
    if not isinstance(value, dict):
        raise _mismatch(value, "object", path, field.name)
    unknown = sorted(set(value) - set(field.fields))
    if unknown:
        place = ".".join((*path, unknown[0]))
        raise faults.RequestFault(400, f"{place}: no such field in a job of Nomad 1.10")
    result: dict[str, records.Json] = {}
    for key, kind in field.fields.items():
        if isinstance(kind, Assigned):
            continue
        filled = _fill(value.get(key), kind, (*path, key), field.name)
        if not (len(path) == 1 and key in _INPUT_ONLY):
            result[key] = filled
    if field is JOB:
        result["Stable"] = False
    return result


def _fill(value: object, field: Field, path: tuple[str, ...], owner: str) -> records.Json:
    match field:
        case Scalar():
            return _fill_scalar(value, field, path, owner)
        case Strings():
            return _fill_strings(value, field, path, owner)
        case StringMap():
            return _fill_string_map(value, path, owner)
        case Free():
            if value is not None and not isinstance(value, dict):
                raise _mismatch(value, "map[string]interface {}", path, owner)
            return value
        case Absent():
            return _refuse(value, field, path)
        case Assigned():
            return None
        case Nested():
            if value is None and not field.always:
                return None
            return canonicalize({} if value is None else value, field, path)
        case Many():
            return _fill_many(value, field, path, owner)
        case Named():
            return _fill_named(value, field, path, owner)
        case _:
            assert_never(field)


def _fill_scalar(value: object, field: Scalar, path: tuple[str, ...], owner: str) -> records.Json:
    if value is None:
        return field.default
    wanted = {"string": str, "int": int, "bool": bool, "duration": int}[field.type]
    if field.type == "duration" and isinstance(value, str):
        try:
            return durations.parse_go(value)
        except ValueError as error:
            raise faults.RequestFault(400, str(error)) from error
    if isinstance(value, float) and value.is_integer() and wanted is int:
        return int(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
        raise _mismatch(value, _GO_TYPES[field.type], path, owner)
    return value


def _fill_strings(value: object, field: Strings, path: tuple[str, ...], owner: str) -> records.Json:
    if value is None or value == []:
        return None if field.default is None else list(field.default)
    if not isinstance(value, list):
        raise _mismatch(value, "[]string", path, owner)
    for item in value:
        if not isinstance(item, str):
            raise _mismatch(item, "string", path, owner)
    return value


def _fill_string_map(value: object, path: tuple[str, ...], owner: str) -> records.Json:
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise _mismatch(value, "map[string]string", path, owner)
    for item in value.values():
        if not isinstance(item, str):
            raise _mismatch(item, "string", path, owner)
    return value


def _fill_many(value: object, field: Many, path: tuple[str, ...], owner: str) -> records.Json:
    if value is None or value == []:
        return None
    if not isinstance(value, list):
        raise _mismatch(value, f"[]*api.{field.item.name}", path, owner)
    *head, last = path
    return [
        canonicalize(item, field.item, (*head, f"{last}[{number}]"))
        for number, item in enumerate(value)
    ]


def _fill_named(value: object, field: Named, path: tuple[str, ...], owner: str) -> records.Json:
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise _mismatch(value, f"map[string]*api.{field.item.name}", path, owner)
    *head, last = path
    return {
        name: canonicalize(item, field.item, (*head, f"{last}[{name}]"))
        for name, item in value.items()
    }


def _refuse(value: object, field: Absent, path: tuple[str, ...]) -> records.Json:
    """Accept an unsupported field only where it says nothing."""
    if value in (None, "", 0, [], {}) or value == field.default:
        return field.default
    if path[-1] == "Vault":
        text = faults.multierror(['Vault "default" not enabled but used in the job'])
        raise faults.RequestFault(500, text)
    text = f"{'.'.join(path)}: the embedded engine does not support this part of a job"
    raise faults.RequestFault(400, text)


def _mismatch(value: object, wanted: str, path: tuple[str, ...], owner: str) -> faults.RequestFault:
    """Word a type error as encoding/json does."""
    kinds = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
    kind = kinds.get(type(value), "object")
    place = ".".join(part.partition("[")[0] for part in path)
    text = f"json: cannot unmarshal {kind} into Go struct field {owner}.{place} of type {wanted}"
    return faults.RequestFault(400, text)
