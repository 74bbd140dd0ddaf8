"""A job -> the job as Nomad keeps it: what is not given filled in, what says nothing left out.

As api/jobs.go, tasks.go, services.go and resources.go (``Canonicalize``), so far as two jobs that
mean the same become equal: what a job gives explicitly, and another leaves to Nomad's defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from generator.golang import quoting
from generator.jobspec import tree

Defaults = Mapping[str, tree.Json]

_SECOND = 1_000_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE

# Maps whose members are a user's own, and mean something even if empty.
_FREE = frozenset(
    ("Config", "Env", "Meta", "CanaryMeta", "GetterOptions", "GetterHeaders", "Header", "Options")
)
# Numbers that mean something else than their absence.
_ZEROS = frozenset(("Uid", "Gid"))

_JOB: Defaults = {
    "Namespace": "default", "Priority": 50, "Region": "global", "NodePool": "default",
    "Type": "service", "Datacenters": ["*"],
}  # fmt: skip
_UPDATE: Defaults = {
    "Stagger": 30 * _SECOND, "MaxParallel": 1, "HealthCheck": "checks",
    "MinHealthyTime": 10 * _SECOND, "HealthyDeadline": 5 * _MINUTE, "ProgressDeadline": 10 * _MINUTE,
}  # fmt: skip
_MIGRATE: Defaults = {
    "MaxParallel": 1, "HealthCheck": "checks", "MinHealthyTime": 10 * _SECOND,
    "HealthyDeadline": 5 * _MINUTE,
}  # fmt: skip
_RESCHEDULE: Mapping[str, Defaults] = {
    "service": {
        "Delay": 30 * _SECOND, "DelayFunction": "exponential", "MaxDelay": _HOUR, "Unlimited": True,
    },
    "batch": {
        "Attempts": 1, "Interval": 24 * _HOUR, "Delay": 5 * _SECOND, "DelayFunction": "constant",
    },
}  # fmt: skip
_SERVICE_RESTART: Defaults = {
    "Delay": 15 * _SECOND, "Attempts": 2, "Interval": 30 * _MINUTE, "Mode": "fail",
}  # fmt: skip
_BATCH_RESTART: Defaults = {**_SERVICE_RESTART, "Attempts": 3, "Interval": 24 * _HOUR}
_PERIODIC: Defaults = {"Enabled": True, "SpecType": "cron", "TimeZone": "UTC"}
_DISCONNECT: Defaults = {"Replace": True, "Reconcile": "best_score"}
_TASK: Defaults = {"KillTimeout": 5 * _SECOND, "User": ""}
_LOGS: Defaults = {"MaxFiles": 10, "MaxFileSizeMB": 10}
_TEMPLATE: Defaults = {
    "ChangeMode": "restart", "Splay": 5 * _SECOND, "Perms": "0644", "LeftDelim": "{{",
    "RightDelim": "}}",
}  # fmt: skip
_VAULT: Defaults = {
    "Env": True, "Cluster": "default", "ChangeMode": "restart", "ChangeSignal": "SIGHUP",
}  # fmt: skip
_SERVICE: Defaults = {
    "AddressMode": "auto", "OnUpdate": "require_healthy", "Provider": "consul",
    "Cluster": "default",
}  # fmt: skip
_IDENTITY: Defaults = {"Name": "default"}
_AUDIENCE: tree.Json = ["nomadproject.io"]


def fill(job: tree.Object) -> tree.Object:
    """The job as Nomad keeps it, as far as that can be told without asking one."""
    filled = _given(job, {**_JOB, "Name": job.get("ID")})
    if not filled.get("Datacenters"):
        filled["Datacenters"] = ["*"]
    if periodic := _object(filled.get("Periodic")):
        filled["Periodic"] = _filled(periodic, _PERIODIC)
    if parameterized := _object(filled.get("ParameterizedJob")):
        filled["ParameterizedJob"] = _filled(parameterized, {"Payload": "optional"})
    filled["TaskGroups"] = [_group(filled, group) for group in _objects(filled.get("TaskGroups"))]
    _weigh(filled)
    # A group has them all, merged with what is its own.
    inherited = ("Update", "Reschedule", "Migrate", "ConsulNamespace", "VaultNamespace")
    return _pruned({key: each for key, each in filled.items() if key not in inherited})


def _group(job: tree.Object, group: tree.Object) -> tree.Object:
    kind = str(job["Type"])
    scaling = _object(group.get("Scaling")) or {}
    filled = _filled(group, {"Count": scaling.get("Min", 1)})
    filled["EphemeralDisk"] = _filled(group.get("EphemeralDisk"), {"SizeMB": 300})
    if scaling:
        defaults = {"Enabled": True, "Min": filled["Count"], "Type": "horizontal"}
        filled["Scaling"] = _filled(scaling, defaults)
    if kind == "service" or job.get("Update") or group.get("Update"):
        filled["Update"] = _filled(group.get("Update"), _filled(job.get("Update"), _UPDATE))
    if kind != "system" or job.get("Reschedule") or group.get("ReschedulePolicy"):
        defaults = _filled(job.get("Reschedule"), _RESCHEDULE.get(kind, {}))
        filled["ReschedulePolicy"] = _filled(group.get("ReschedulePolicy"), defaults)
    if kind == "service" or job.get("Migrate") or group.get("Migrate"):
        filled["Migrate"] = _filled(group.get("Migrate"), _filled(job.get("Migrate"), _MIGRATE))
    restart = _SERVICE_RESTART if kind in ("service", "system") else _BATCH_RESTART
    filled["RestartPolicy"] = _filled(group.get("RestartPolicy"), restart)
    if disconnect := _object(group.get("Disconnect")):
        filled["Disconnect"] = _filled(disconnect, _DISCONNECT)
    if consul := _object(group.get("Consul")):
        defaults = {"Cluster": "default", "Namespace": job.get("ConsulNamespace")}
        filled["Consul"] = _given(consul, defaults)
    filled["Networks"] = [_network(each) for each in _objects(group.get("Networks"))]
    filled["Services"] = [_service(each, job, group) for each in _objects(group.get("Services"))]
    filled["Tasks"] = [_task(job, filled, task) for task in _objects(group.get("Tasks"))]
    _weigh(filled)
    return filled


def _task(job: tree.Object, group: tree.Object, task: tree.Object) -> tree.Object:
    filled = _filled(task, _TASK)
    filled["Resources"] = _resources(_object(task.get("Resources")) or {})
    filled["LogConfig"] = _filled(task.get("LogConfig"), _LOGS)
    filled["RestartPolicy"] = _filled(
        task.get("RestartPolicy"), _object(group.get("RestartPolicy")) or {}
    )
    filled["Artifacts"] = [_artifact(each) for each in _objects(task.get("Artifacts"))]
    filled["Templates"] = [_template(each) for each in _objects(task.get("Templates"))]
    filled["VolumeMounts"] = [
        _filled(each, {"PropagationMode": "private"}) for each in _objects(task.get("VolumeMounts"))
    ]
    filled["Services"] = [
        _service(each, job, group, task) for each in _objects(task.get("Services"))
    ]
    if (vault := _object(task.get("Vault"))) is not None:
        full = _given(vault, {**_VAULT, "Namespace": job.get("VaultNamespace")})
        filled["Vault"] = full | {"ChangeSignal": str(full["ChangeSignal"]).upper()}
    if (consul := _object(task.get("Consul"))) is not None:
        filled["Consul"] = _given(consul, {"Cluster": "default"})
    _identify(filled)
    _weigh(filled)
    return filled


def _resources(resources: tree.Object) -> tree.Object:
    filled = _filled(resources, {"CPU": 0 if resources.get("Cores") else 100, "MemoryMB": 300})
    filled["Networks"] = [_network(each) for each in _objects(resources.get("Networks"))]
    filled["Devices"] = [
        _weigh(_filled(each, {"Count": 1})) for each in _objects(resources.get("Devices"))
    ]
    return filled


def _network(network: tree.Object) -> tree.Object:
    filled = dict(network)
    for kind in ("ReservedPorts", "DynamicPorts"):
        filled[kind] = [
            _given(port, {"HostNetwork": "default"}) for port in _objects(network.get(kind))
        ]
    return filled


def _artifact(artifact: tree.Object) -> tree.Object:
    filled = _filled(artifact, {"GetterMode": "any"})
    if filled["GetterMode"] == "file":
        name = str(artifact.get("GetterSource")).rstrip("/").rpartition("/")[2]
        return _filled(filled, {"RelativeDest": f"local/{name}"})
    return _filled(filled, {"RelativeDest": "local/"})


def _template(template: tree.Object) -> tree.Object:
    filled = _filled(template, _TEMPLATE)
    signal = "SIGHUP" if filled["ChangeMode"] == "signal" else ""
    filled["ChangeSignal"] = str(filled.get("ChangeSignal", signal)).upper()
    if script := _object(template.get("ChangeScript")):
        filled["ChangeScript"] = _filled(script, {"Timeout": 5 * _SECOND})
    return filled


def _service(service: tree.Object, *owners: tree.Object) -> tree.Object:
    name = "-".join(str(owner.get("Name")) for owner in owners)
    filled = _given(service, {**_SERVICE, "Name": name})
    inherited: tree.Object = {
        "OnUpdate": filled["OnUpdate"],
        "CheckRestart": service.get("CheckRestart"),
        "Name": f"service: {quoting.quote(str(filled['Name']))} check",
    }
    filled["Checks"] = [_given(check, inherited) for check in _objects(service.get("Checks"))]
    connect = _object(service.get("Connect"))
    sidecar = _object((connect or {}).get("SidecarTask"))
    if connect is not None and sidecar is not None:
        full = _filled(sidecar, _TASK) | {
            "Resources": _resources(_object(sidecar.get("Resources")) or {}),
            "LogConfig": _filled(sidecar.get("LogConfig"), _LOGS),
        }
        filled["Connect"] = connect | {"SidecarTask": full}
    return filled


def _identify(task: tree.Object) -> None:
    """Put the default identity apart from the others (structs.Task.Canonicalize)."""
    others = []
    for identity in _objects(task.get("Identities")):
        if identity.get("Name", "default") in ("default", ""):
            task["Identity"] = identity
        else:
            others.append(identity)
    task["Identities"] = list(others)
    task["Identity"] = _given(task.get("Identity"), _IDENTITY) | {"Audience": _AUDIENCE}


def _weigh(owner: tree.Object) -> tree.Object:
    for kind in ("Affinities", "Spreads"):
        owner[kind] = [_filled(each, {"Weight": 50}) for each in _objects(owner.get(kind))]
    return owner


def _filled(value: tree.Json, defaults: Defaults) -> tree.Object:
    given = _object(value) or {}
    return {**defaults, **{name: each for name, each in given.items() if each is not None}}


def _given(value: tree.Json, defaults: Defaults) -> tree.Object:
    """The same where an empty text says as much as its absence: what is no pointer in Go."""
    given = _object(value) or {}
    return _filled({name: each for name, each in given.items() if each != ""}, defaults)


def _object(value: tree.Json) -> tree.Object | None:
    return value if isinstance(value, dict) else None


def _objects(value: tree.Json) -> Iterator[tree.Object]:
    return (
        (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
    )


def _pruned(value: tree.Object) -> tree.Object:
    """Without members that say what their absence says."""
    pruned: tree.Object = {}
    for name, each in value.items():
        kept = each if name in _FREE else _part(each)
        if name in _ZEROS or not _is_nothing(kept):
            pruned[name] = kept
    return pruned


def _part(value: tree.Json) -> tree.Json:
    if isinstance(value, dict):
        return _pruned(value)
    if isinstance(value, list):
        return [_part(each) for each in value]
    return value


def _is_nothing(value: tree.Json) -> bool:
    return value is None or value is False or value in ("", 0, [], {})
