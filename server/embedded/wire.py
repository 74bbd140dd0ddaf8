"""Records -> the JSON of Nomad's API, with every field that Nomad 1.10 answers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from server.embedded import records, resources

_EVENT_FIELDS: dict[str, str | int | bool] = {
    "DiskLimit": 0,
    "DownloadError": "",
    "DriverError": "",
    "DriverMessage": "",
    "ExitCode": 0,
    "FailedSibling": "",
    "FailsTask": False,
    "GenericSource": "",
    "KillError": "",
    "KillReason": "",
    "KillTimeout": 0,
    "Message": "",
    "RestartReason": "",
    "SetupError": "",
    "Signal": 0,
    "StartDelay": 0,
    "TaskSignal": "",
    "TaskSignalReason": "",
    "ValidationError": "",
    "VaultError": "",
}


_NO_NETWORK = {"Address": "", "AddressIPv6": "", "DNS": None, "InterfaceName": ""}


def timestamp(nanoseconds: int | None) -> str | None:
    """Format a time as Go's RFC 3339 with nanoseconds."""
    if nanoseconds is None:
        return None
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    text = datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{text}{digits}Z"


def task_event(event: records.TaskEvent) -> dict[str, records.Json]:
    """Encode one line of a task's history."""
    return {
        **_EVENT_FIELDS,
        **event.fields,
        "Type": event.type,
        "Time": event.time,
        "DisplayMessage": event.display_message,
        "Details": dict(event.details),
    }


def task_state(state: records.TaskState) -> dict[str, records.Json]:
    """Encode how far a task came."""
    return {
        "State": state.state,
        "Failed": state.failed,
        "Restarts": 0,
        "LastRestart": None,
        "Paused": "",
        "StartedAt": timestamp(state.started_at),
        "FinishedAt": timestamp(state.finished_at),
        "Events": [task_event(event) for event in state.events],
    }


def job(record: records.Job) -> dict[str, records.Json]:
    """Encode a job as GET /v1/job answers it."""
    return {
        **record.definition,
        "ID": record.id,
        "Stop": record.stop,
        "Status": record.status,
        "StatusDescription": "",
        "Version": record.version,
        "SubmitTime": record.submit_time,
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
        "JobModifyIndex": record.job_modify_index,
    }


def job_summary(
    record: records.Job, allocations: Iterable[records.Allocation], queued: bool
) -> dict[str, records.Json]:
    """Count a job's allocations by group and client status."""
    groups = {
        group["Name"]: dict.fromkeys(
            ("Queued", "Complete", "Failed", "Running", "Starting", "Lost", "Unknown"), 0
        )
        for group in record.definition["TaskGroups"]
    }
    states = {
        "pending": "Starting",
        "running": "Running",
        "complete": "Complete",
        "failed": "Failed",
    }
    for allocation in allocations:
        if allocation.group in groups:
            groups[allocation.group][states[allocation.client_status]] += 1
    if queued:
        for group in groups.values():
            group["Queued"] = 1
    return {
        "JobID": record.id,
        "Namespace": records.NAMESPACE,
        "Summary": groups,
        "Children": {"Pending": 0, "Running": 0, "Dead": 0},
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
    }


def job_stub(
    record: records.Job, summary: dict[str, records.Json], with_meta: bool
) -> dict[str, records.Json]:
    """Encode a job as one line of GET /v1/jobs."""
    definition = record.definition
    stub: dict[str, records.Json] = {
        key: definition[key]
        for key in ("Datacenters", "Multiregion", "Name", "Namespace", "NodePool", "ParentID",
                    "Priority", "Type")
    }  # fmt: skip
    stub |= {
        "ID": record.id,
        "JobSummary": summary,
        "ParameterizedJob": False,
        "Periodic": False,
        "Status": record.status,
        "StatusDescription": "",
        "Stop": record.stop,
        "SubmitTime": record.submit_time,
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
        "JobModifyIndex": record.job_modify_index,
    }
    if with_meta:
        stub["Meta"] = definition["Meta"]
    return stub


def evaluation(record: records.Evaluation) -> dict[str, records.Json]:
    """Encode an evaluation; what is empty is left out, as Nomad does."""
    full: dict[str, records.Json] = {
        "ID": record.id,
        "Namespace": records.NAMESPACE,
        "JobID": record.job_id,
        "JobModifyIndex": record.job_modify_index,
        "Type": record.type,
        "TriggeredBy": record.triggered_by,
        "Priority": record.priority,
        "Status": record.status,
        "StatusDescription": record.status_description,
        "PreviousEval": record.previous_eval,
        "BlockedEval": record.blocked_eval,
        "SnapshotIndex": record.snapshot_index,
        "QueuedAllocations": dict(record.queued),
        "FailedTGAllocs": dict(record.failed_groups),
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
        "CreateTime": record.create_time,
        "ModifyTime": record.modify_time,
    }
    if record.class_eligible is not None:
        full["ClassEligibility"] = {resources.NODE_CLASS: record.class_eligible}
    return {key: value for key, value in full.items() if value not in ("", 0, {})}


def allocation(record: records.Allocation, *, with_job: bool) -> dict[str, records.Json]:
    """Encode an allocation; events carry it without its job."""
    group = resources.find_group(record.job.definition, record.group)
    encoded = _allocation_head(record) | resources.allocated(group)
    encoded |= {
        "AllocModifyIndex": record.alloc_modify_index,
        "Metrics": record.metrics,
    }
    if record.desired_description:
        encoded["DesiredDescription"] = record.desired_description
    if record.client_description:
        encoded["ClientDescription"] = record.client_description
    if record.task_states is not None:
        encoded["TaskStates"] = _task_states(record)
        encoded["NetworkStatus"] = dict(_NO_NETWORK)
    if with_job:
        encoded["Job"] = job(record.job)
    return encoded


def allocation_stub(
    record: records.Allocation, *, with_states: bool, with_resources: bool
) -> dict[str, records.Json]:
    """Encode an allocation as one line of a list."""
    encoded = _allocation_head(record) | {
        "ClientDescription": record.client_description,
        "DeploymentStatus": None,
        "DesiredDescription": record.desired_description,
        "DesiredTransition": {
            "ForceReschedule": None,
            "Migrate": None,
            "NoShutdownDelay": None,
            "Reschedule": None,
        },
        "FollowupEvalID": "",
        "JobType": record.job.definition["Type"],
        "JobVersion": record.job.version,
        "NextAllocation": "",
        "PreemptedAllocations": None,
        "PreemptedByAllocation": "",
        "RescheduleTracker": None,
        "TaskStates": _task_states(record) if with_states else None,
    }
    if with_resources:
        group = resources.find_group(record.job.definition, record.group)
        encoded["AllocatedResources"] = resources.allocated(group)["AllocatedResources"]
    return encoded


def _allocation_head(record: records.Allocation) -> dict[str, records.Json]:
    return {
        "ID": record.id,
        "Name": record.name,
        "Namespace": records.NAMESPACE,
        "JobID": record.job.id,
        "TaskGroup": record.group,
        "EvalID": record.eval_id,
        "NodeID": record.node_id,
        "NodeName": record.node_name,
        "DesiredStatus": record.desired_status,
        "ClientStatus": record.client_status,
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
        "CreateTime": record.create_time,
        "ModifyTime": record.modify_time,
    }


def _task_states(record: records.Allocation) -> dict[str, records.Json] | None:
    if record.task_states is None:
        return None
    return {name: task_state(state) for name, state in record.task_states.items()}


def variable(record: records.Variable, *, with_items: bool = True) -> dict[str, records.Json]:
    """Encode a variable, or what a list shows of it."""
    encoded: dict[str, records.Json] = {
        "Namespace": records.NAMESPACE,
        "Path": record.path,
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
        "CreateTime": record.create_time,
        "ModifyTime": record.modify_time,
    }
    if with_items:
        encoded["Items"] = dict(record.items)
    return encoded
