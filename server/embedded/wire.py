"""Records -> the JSON of Nomad's API, with every field that Nomad 1.10 answers."""

from __future__ import annotations

import datetime

from server.embedded import durations, records, resources

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


def job_summary(record: records.Summary, job_id: str) -> dict[str, records.Json]:
    """Encode the numbers of a job's allocations, by group."""
    return {
        "JobID": job_id,
        "Namespace": records.NAMESPACE,
        "Summary": record.groups,
        "Children": {"Pending": 0, "Running": 0, "Dead": 0},
        "CreateIndex": record.create_index,
        "ModifyIndex": record.modify_index,
    }


def job_stub(
    record: records.Job, summary: records.Summary, with_meta: bool
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
        "JobSummary": job_summary(summary, record.id),
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
        "NodeID": record.node_id,
        "NodeModifyIndex": record.node_modify_index,
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
    if record.previous_id:
        encoded["PreviousAllocation"] = record.previous_id
    if record.next_id:
        encoded["NextAllocation"] = record.next_id
    if record.migrate:
        encoded["DesiredTransition"] = _transition(record)
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
        "DesiredTransition": _transition(record),
        "FollowupEvalID": "",
        "JobType": record.job.definition["Type"],
        "JobVersion": record.job.version,
        "NextAllocation": record.next_id,
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


def _transition(record: records.Allocation) -> dict[str, records.Json]:
    return {
        "ForceReschedule": None,
        "Migrate": record.migrate or None,
        "NoShutdownDelay": record.no_shutdown_delay,
        "Reschedule": None,
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
    if record.lock is not None:
        encoded["Lock"] = {
            "ID": record.lock.id,
            "TTL": durations.format_go(record.lock.ttl) if record.lock.ttl else "",
            "LockDelay": durations.format_go(record.lock.delay) if record.lock.delay else "",
        }
    if with_items and record.items:
        encoded["Items"] = dict(record.items)
    return encoded
