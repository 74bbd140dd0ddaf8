"""What is wrong with a canonical job: Nomad's own checks, and what the engine has not.

The order of the checks and the texts of errors are Nomad's (structs.Job.Validate and what it calls).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Literal, get_args

from server.embedded import container_config, faults, records

Hook = Literal["main", "prestart", "poststart", "poststop"]


def validate(definition: Mapping[str, records.Json]) -> list[str]:
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
    problems += _validate_group_names(groups)
    for group in groups:
        inner = _validate_group(group)
        if inner:
            problems.append(
                f"Task group {group['Name']} validation failed: {faults.multierror(inner)}"
            )
    if not 1 <= definition["Priority"] <= 100:
        problems.append("job priority must be between [1, 100]")
    if definition["NodePool"] not in ("default", "all") and not problems:
        problems.append(
            f'job "{definition["ID"]}" is in nonexistent node pool "{definition["NodePool"]}"'
        )
    return problems


def _validate_group_names(groups: Sequence[Mapping[str, records.Json]]) -> list[str]:
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, group in enumerate(groups, start=1):
        name = group["Name"]
        if not name:
            problems.append(f"Job task group {number} missing name")
        elif name in seen:
            problems.append(f"Job task group {number} redefines '{name}' from group {seen[name]}")
        seen.setdefault(name, number)
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
    problems += _validate_restart(group["RestartPolicy"])
    disk_mb = group["EphemeralDisk"]["SizeMB"]
    if disk_mb < 10:
        problems.append(f"minimum DiskMB value is 10; got {disk_mb}")
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
    problems += _validate_resources(task["Resources"])
    problems += _validate_logs(task["LogConfig"], group["EphemeralDisk"]["SizeMB"])
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


def _validate_resources(resources: Mapping[str, records.Json]) -> list[str]:
    """Check a task's resources; Nomad lists the minima as one problem of its own."""
    minima = {"CPU": 1, "MemoryMB": 10}
    too_small = [
        f"minimum {name} value is {minimum}; got {resources[name]}"
        for name, minimum in minima.items()
        if resources[name] < minimum
    ]
    problems = [faults.multierror(too_small)] if too_small else []
    if resources["MemoryMaxMB"] and resources["MemoryMaxMB"] < resources["MemoryMB"]:
        problems.append(
            f"MemoryMaxMB value ({resources['MemoryMaxMB']}) should be larger than MemoryMB value "
            f"({resources['MemoryMB']})"
        )
    return [faults.multierror(problems)] if problems else []


def _validate_logs(logs: Mapping[str, records.Json], disk_mb: int) -> list[str]:
    problems = []
    if logs["MaxFiles"] < 1:
        problems.append(f"minimum number of files is 1; got {logs['MaxFiles']}")
    if logs["MaxFileSizeMB"] < 1:
        problems.append(f"minimum file size is 1MB; got {logs['MaxFileSizeMB']}")
    usage = logs["MaxFiles"] * logs["MaxFileSizeMB"]
    if disk_mb <= usage:
        problems.append(
            f"log storage ({usage} MB) must be less than requested disk capacity ({disk_mb} MB)"
        )
    return [faults.multierror(problems)] if problems else []


def _validate_restart(policy: Mapping[str, records.Json]) -> list[str]:
    mode, attempts = policy["Mode"], policy["Attempts"]
    problems = []
    if mode not in ("delay", "fail"):
        problems.append(f'Unsupported restart mode: "{mode}"')
    if attempts == 0 and mode != "fail":
        problems.append(f'Restart policy "{mode}" with {attempts} attempts is ambiguous')
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


def refuse_unsupported(definition: Mapping[str, records.Json], *, has_vault: bool) -> None:
    """Refuse what Nomad has and the engine has not, by name."""
    if definition["Type"] != "batch":
        text = f'Job.Type: the embedded engine runs batch jobs only, not "{definition["Type"]}"'
        raise faults.RequestFault(400, text)
    if definition["Namespace"] != records.NAMESPACE:
        text = f'job "{definition["ID"]}" is in nonexistent namespace "{definition["Namespace"]}"'
        raise faults.RequestFault(500, faults.multierror([text]))
    tasks = [task for group in definition["TaskGroups"] for task in group["Tasks"]]
    if not has_vault and any(task["Vault"] for task in tasks):
        text = 'Vault "default" not enabled but used in the job'
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
    for number, network in enumerate(group["Networks"] or ()):
        wrong[f"Networks[{number}].Mode"] = (
            number > 0 or network.get("Mode") != "bridge",
            "a group has at most one network, of mode bridge",
        )
    for number, task in enumerate(group["Tasks"]):
        place = f"Tasks[{number}]"
        wrong[f"{place}.RestartPolicy"] = (
            task["RestartPolicy"]["Attempts"] != 0 or task["RestartPolicy"]["Mode"] != "fail",
            'nothing is restarted; set attempts = 0 and mode = "fail"',
        )
        block = task["Vault"]
        wrong[f"{place}.Vault"] = (
            bool(block) and (block["Env"] or not block["DisableFile"]),
            "there is no token to hand out; set env = false and disable_file = true",
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
