"""A job as a client sent it -> its canonical definition and the typed plan that the engine runs.

The order of checks and the texts of errors are Nomad's (structs.Job.Validate); what the engine cannot
do is refused here, by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, get_args

from server.embedded import container_config, faults, records, schema

Hook = Literal["main", "prestart", "poststart", "poststop"]


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
    error_on_missing_key: bool


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
    hook: Hook
    sidecar: bool
    leader: bool
    config: Mapping[str, records.Json]
    environment: Mapping[str, str]
    meta: Mapping[str, str]
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
    definition = schema.canonicalize(body, schema.JOB, ("Job",))
    definition["Name"] = definition["Name"] or definition["ID"]
    _inherit(body, definition)
    problems = _validate(definition)
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
        error_on_missing_key=template["ErrMissingKey"],
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


def _validate(definition: Mapping[str, records.Json]) -> list[str]:
    """List what is wrong with a job, as structs.Job.Validate."""
    problems: list[str] = []
    if " " in definition["ID"]:
        problems.append("Job ID contains a space")
    elif "\0" in definition["ID"]:
        problems.append("Job ID contains a null character")
    if definition["Type"] not in ("service", "batch", "system", "sysbatch"):
        problems.append(f'Invalid job type: "{definition["Type"]}"')
    groups = definition["TaskGroups"] or []
    if "" in definition["Datacenters"]:
        problems.append("Job datacenter must be non-empty string")
    if not groups:
        problems.append("Missing job task groups")
    seen: dict[str, int] = {}
    for number, group in enumerate(groups, start=1):
        name = group["Name"]
        if not name:
            problems.append(f"Job task group {number} missing name")
        elif name in seen:
            problems.append(f"Job task group {number} redefines '{name}' from group {seen[name]}")
        seen.setdefault(name, number)
    for group in groups:
        inner = _validate_group(group)
        if inner:
            problems.append(
                f"Task group {group['Name']} validation failed: {faults.multierror(inner)}"
            )
    if definition["NodePool"] not in ("default", "all") and not problems:
        problems.append(
            f'job "{definition["ID"]}" is in nonexistent node pool "{definition["NodePool"]}"'
        )
    return problems


def _validate_group(group: Mapping[str, records.Json]) -> list[str]:
    problems: list[str] = []
    if not group["Name"]:
        problems.append("Missing task group name")
    if group["Count"] < 0:
        problems.append("Task group count can't be negative")
    tasks = group["Tasks"] or []
    if not tasks:
        problems.append("Missing tasks for task group")
    seen: dict[str, int] = {}
    for number, task in enumerate(tasks, start=1):
        if not task["Name"]:
            problems.append(f"Task {number} missing name")
        elif task["Name"] in seen:
            problems.append(
                f"Task {number} redefines '{task['Name']}' from task {seen[task['Name']]}"
            )
        seen.setdefault(task["Name"], number)
    if sum(task["Leader"] for task in tasks) > 1:
        problems.append("Only one task may be marked as leader")
    for task in tasks:
        inner = _validate_task(group, task)
        if inner:
            problems.append(f"Task {task['Name']} validation failed: {faults.multierror(inner)}")
    return problems


def _validate_task(
    group: Mapping[str, records.Json], task: Mapping[str, records.Json]
) -> list[str]:
    problems: list[str] = []
    if not task["Name"]:
        problems.append("Missing task name")
    if "/" in task["Name"] or "\\" in task["Name"]:
        problems.append("Task name cannot include slashes")
    if not task["Driver"]:
        problems.append("Missing task driver")
    if task["KillTimeout"] < 0:
        problems.append("KillTimeout must be a positive value")
    problems += _validate_templates(task["Templates"] or ())
    for number, mount in enumerate(task["VolumeMounts"] or ()):
        if mount["Volume"] not in (group["Volumes"] or {}):
            problems.append(
                f"Volume Mount ({number}) references undefined volume {mount['Volume']}"
            )
    lifecycle = task["Lifecycle"]
    if lifecycle is not None and lifecycle["Hook"] not in get_args(Hook)[1:]:
        problem = (
            f"Invalid hook: {lifecycle['Hook']}"
            if lifecycle["Hook"]
            else "no lifecycle hook provided"
        )
        problems.append(problem)
    if lifecycle is not None and task["Leader"]:
        problems.append(
            f"only main tasks can be marked as leader: lifecycle hook is set to {lifecycle['Hook']}"
        )
    return problems


def _validate_templates(templates: Sequence[Mapping[str, records.Json]]) -> list[str]:
    problems: list[str] = []
    destinations: dict[str, int] = {}
    for number, template in enumerate(templates, start=1):
        inner: list[str] = []
        if not template["EmbeddedTmpl"]:
            inner.append("Must specify a source path or have an embedded template")
        if not template["DestPath"]:
            inner.append("Must specify a destination for the template")
        elif escapes(template["DestPath"]):
            inner.append("destination escapes allocation directory")
        if template["ChangeMode"] not in ("noop", "restart", "signal", "script"):
            inner.append("Invalid change mode; must be one of: [noop signal script restart]")
        if not template["Perms"].isdigit() or set(template["Perms"]) - set("01234567"):
            inner.append(
                f'Failed to parse "{template["Perms"]}" as octal: '
                f'strconv.ParseUint: parsing "{template["Perms"]}": invalid syntax'
            )
        if inner:
            problems.append(f"Template {number} validation failed: {faults.multierror(inner)}")
        other = destinations.setdefault(template["DestPath"], number)
        if other != number:
            problems.append(f"Template {number} has same destination as {other}")
    return problems


def escapes(path: str) -> bool:
    """Tell whether a path below a task's directory leaves the allocation's, as EscapesAllocDir."""
    depth = 1
    for part in PurePosixPath(path.lstrip("/")).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return False


def refuse_unsupported(definition: Mapping[str, records.Json]) -> None:
    """Refuse what Nomad has and the engine has not, by name."""
    if definition["Type"] != "batch":
        text = f'Job.Type: the embedded engine runs batch jobs only, not "{definition["Type"]}"'
        raise faults.RequestFault(400, text)
    if definition["Namespace"] != records.NAMESPACE:
        text = f'job "{definition["ID"]}" is in nonexistent namespace "{definition["Namespace"]}"'
        raise faults.RequestFault(500, faults.multierror([text]))
    for number, group in enumerate(definition["TaskGroups"]):
        _refuse_in_group(group, f"Job.TaskGroups[{number}]")


def _refuse_in_group(group: Mapping[str, records.Json], path: str) -> None:
    wrong = {
        "Count": (group["Count"] != 1, "count must be 1"),
        "ReschedulePolicy": (
            group["ReschedulePolicy"]["Attempts"] != 0 or group["ReschedulePolicy"]["Unlimited"],
            "nothing is rescheduled; set attempts = 0 and unlimited = false",
        ),
        "EphemeralDisk": (
            group["EphemeralDisk"]["Migrate"] or group["EphemeralDisk"]["Sticky"],
            "data is never migrated; leave migrate and sticky out",
        ),
    }
    for name, volume in (group["Volumes"] or {}).items():
        wrong[f"Volumes[{name}].Type"] = (
            volume["Type"] != "host",
            "only host volumes are supported",
        )
    for number, task in enumerate(group["Tasks"]):
        place = f"Tasks[{number}]"
        wrong[f"{place}.RestartPolicy"] = (
            task["RestartPolicy"]["Attempts"] != 0 or task["RestartPolicy"]["Mode"] != "fail",
            'nothing is restarted; set attempts = 0 and mode = "fail"',
        )
        if task["Driver"] == "docker":
            for key in container_config.unsupported(task["Config"] or {}):
                wrong[f"{place}.Config.{key}"] = (True, "this key of the docker driver is missing")
        for index, template in enumerate(task["Templates"] or ()):
            wrong[f"{place}.Templates[{index}].ChangeMode"] = (
                template["ChangeMode"] != "noop" and not template["Once"],
                'templates are rendered once; set change_mode = "noop"',
            )
    for place, (is_wrong, reason) in wrong.items():
        if is_wrong:
            raise faults.RequestFault(400, f"{path}.{place}: the embedded engine: {reason}")
