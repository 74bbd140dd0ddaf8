"""A job as a client sent it -> its canonical definition and the typed plan that the engine runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from server.embedded import canonical, faults, records, validation


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A file that is rendered before its task starts."""

    text: str
    destination: str
    permissions: int
    uid: int | None
    gid: int | None
    left: str
    right: str
    as_environment: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A volume of the group inside a task."""

    volume: str
    destination: str
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task of a group."""

    name: str
    driver: str
    user: str
    hook: validation.Hook
    sidecar: bool
    leader: bool
    config: Mapping[str, records.Json]
    environment: Mapping[str, str]
    meta: Mapping[str, str]
    has_vault: bool
    templates: tuple[Template, ...]
    mounts: tuple[Mount, ...]
    cpu: int
    memory_mb: int
    reserved_memory_mb: int
    devices: Mapping[str, int]
    kill_timeout: int
    kill_signal: str
    log_files: int
    log_file_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A host volume that a group asks for."""

    source: str
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group: the tasks that one allocation runs."""

    name: str
    tasks: tuple[Task, ...]
    volumes: Mapping[str, Volume]
    shares_network: bool = False
    """Its tasks have one network for themselves: ``network { mode = "bridge" }``."""


def canonicalize(body: object, name: str | None = None) -> dict[str, records.Json]:
    """Check a job's JSON; return its canonical definition or raise what Nomad would answer.

    ``name`` is the id in the request's path, if there is one.
    """
    if not isinstance(body, dict):
        raise faults.RequestFault(400, "Job must be specified")
    if body.get("ID") in (None, ""):
        raise faults.RequestFault(400, "Job ID hasn't been provided")
    if name is not None and name != body["ID"]:
        raise faults.RequestFault(400, "Job ID does not match name")
    definition = canonical.complete(body)
    definition["Name"] = definition["Name"] or definition["ID"]
    _inherit(body, definition)
    problems = validation.validate(definition)
    if problems:
        raise faults.RequestFault(500, faults.multierror(problems))
    return definition


def plan(definition: Mapping[str, records.Json], group_name: str) -> Group:
    """Turn a group of a canonical job into what the engine runs."""
    group = next(each for each in definition["TaskGroups"] if each["Name"] == group_name)
    volumes = group["Volumes"] or {}
    return Group(
        name=group["Name"],
        tasks=tuple(_plan_task(definition, group, task) for task in group["Tasks"]),
        volumes={
            name: Volume(source=volume["Source"], read_only=volume["ReadOnly"])
            for name, volume in volumes.items()
        },
        shares_network=bool(group["Networks"]),
    )


def _plan_task(
    definition: Mapping[str, records.Json],
    group: Mapping[str, records.Json],
    task: Mapping[str, records.Json],
) -> Task:
    lifecycle = task["Lifecycle"]
    return Task(
        name=task["Name"],
        driver=task["Driver"],
        user=task["User"],
        hook=lifecycle["Hook"] if lifecycle else "main",
        sidecar=bool(lifecycle and lifecycle["Sidecar"]),
        leader=task["Leader"],
        config=task["Config"] or {},
        environment=task["Env"] or {},
        meta={**(definition["Meta"] or {}), **(group["Meta"] or {}), **(task["Meta"] or {})},
        has_vault=bool(task["Vault"]),
        templates=tuple(_plan_template(template) for template in task["Templates"] or ()),
        mounts=tuple(
            Mount(
                volume=mount["Volume"],
                destination=mount["Destination"],
                read_only=mount["ReadOnly"],
            )
            for mount in task["VolumeMounts"] or ()
        ),
        cpu=task["Resources"]["CPU"],
        memory_mb=task["Resources"]["MemoryMaxMB"] or task["Resources"]["MemoryMB"],
        reserved_memory_mb=task["Resources"]["MemoryMB"],
        devices={each["Name"]: each["Count"] for each in task["Resources"]["Devices"] or ()},
        kill_timeout=task["KillTimeout"],
        kill_signal=task["KillSignal"],
        log_files=task["LogConfig"]["MaxFiles"],
        log_file_mb=task["LogConfig"]["MaxFileSizeMB"],
    )


def _plan_template(template: Mapping[str, records.Json]) -> Template:
    return Template(
        text=template["EmbeddedTmpl"],
        destination=template["DestPath"],
        permissions=int(template["Perms"], 8),
        uid=template["Uid"],
        gid=template["Gid"],
        left=template["LeftDelim"],
        right=template["RightDelim"],
        as_environment=template["Envvars"],
    )


def _inherit(body: Mapping[str, records.Json], definition: dict[str, records.Json]) -> None:
    """Merge each task's restart block into its group's, as api TaskGroup.Canonicalize."""
    groups = definition["TaskGroups"] or ()
    for raw_group, group in zip(body.get("TaskGroups") or (), groups, strict=True):
        policy = group["RestartPolicy"]
        tasks = group["Tasks"] or ()
        for raw_task, task in zip(raw_group.get("Tasks") or (), tasks, strict=True):
            given = raw_task.get("RestartPolicy") or {}
            own = task["RestartPolicy"] or {}
            task["RestartPolicy"] = {
                key: value if given.get(key) is None else own[key] for key, value in policy.items()
            }
        for name, volume in (group["Volumes"] or {}).items():
            volume["Name"] = volume["Name"] or name
