"""Registering, reading, stopping and purging jobs."""

from __future__ import annotations

import pytest

from tests.contract.api import Json, Nomad, job, task, unique

QUICK = {"run_for": "10ms"}
LONG = {"run_for": "1h"}
FIELDS_OF_A_JOB = [
    "Affinities", "AllAtOnce", "Constraints", "ConsulNamespace", "CreateIndex", "Datacenters",
    "DispatchIdempotencyToken", "Dispatched", "ID", "JobModifyIndex", "Meta", "ModifyIndex",
    "Multiregion", "Name", "Namespace", "NodePool", "NomadTokenID", "ParameterizedJob",
    "ParentID", "Payload", "Periodic", "Priority", "Region", "Spreads", "Stable", "Status",
    "StatusDescription", "Stop", "SubmitTime", "TaskGroups", "Type", "UI", "Update",
    "VaultNamespace", "Version", "VersionTag",
]  # fmt: skip
FIELDS_OF_A_GROUP = [
    "Affinities", "Constraints", "Consul", "Count", "Disconnect", "EphemeralDisk",
    "MaxClientDisconnect", "Meta", "Migrate", "Name", "Networks", "PreventRescheduleOnLost",
    "ReschedulePolicy", "RestartPolicy", "Scaling", "Services", "ShutdownDelay", "Spreads",
    "StopAfterClientDisconnect", "Tasks", "Update", "Volumes",
]  # fmt: skip
FIELDS_OF_A_TASK = [
    "Actions", "Affinities", "Artifacts", "CSIPluginConfig", "Config", "Constraints", "Consul",
    "DispatchPayload", "Driver", "Env", "Identities", "Identity", "KillSignal", "KillTimeout",
    "Kind", "Leader", "Lifecycle", "LogConfig", "Meta", "Name", "Resources", "RestartPolicy",
    "ScalingPolicies", "Schedule", "Services", "ShutdownDelay", "Templates", "User", "Vault",
    "VolumeMounts",
]  # fmt: skip
FIELDS_OF_A_STUB = [
    "CreateIndex", "Datacenters", "ID", "JobModifyIndex", "JobSummary", "ModifyIndex",
    "Multiregion", "Name", "Namespace", "NodePool", "ParameterizedJob", "ParentID", "Periodic",
    "Priority", "Status", "StatusDescription", "Stop", "SubmitTime", "Type",
]  # fmt: skip


def register_one(nomad: Nomad, config: Json = QUICK) -> str:
    job_id = unique("job")
    nomad.register(job(job_id, task("t", config)))
    return job_id


def test_a_registration_answers_with_evaluation_and_index(nomad: Nomad) -> None:
    answer = nomad.put("/v1/jobs", {"Job": job(unique("job"), task("t", QUICK))})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["Index"] == answer.index == answer.json["JobModifyIndex"]
    assert answer.json["EvalCreateIndex"] == answer.index
    assert set(answer.json) == {
        "EvalCreateIndex", "EvalID", "Index", "JobModifyIndex", "KnownLeader", "LastContact",
        "NextToken", "Warnings",
    }  # fmt: skip


def test_a_second_registration_with_index_zero_is_refused(nomad: Nomad) -> None:
    body = {"Job": job(unique("job"), task("t", QUICK)), "EnforceIndex": True, "JobModifyIndex": 0}
    assert nomad.put("/v1/jobs", body).status == 200
    again = nomad.put("/v1/jobs", body)
    assert (again.status, again.text) == (
        500,
        "Enforcing job modify index 0: job already exists",
    )


def test_an_enforced_index_must_be_the_jobs(nomad: Nomad) -> None:
    job_id = unique("job")
    body = {"Job": job(job_id, task("t", QUICK)), "EnforceIndex": True, "JobModifyIndex": 7}
    absent = nomad.put("/v1/jobs", body)
    assert (absent.status, absent.text) == (
        500,
        "Enforcing job modify index 7: job does not exist",
    )
    index = nomad.register(body["Job"])["JobModifyIndex"]
    wrong = nomad.put("/v1/jobs", body)
    assert wrong.status == 500
    assert wrong.text == (
        f"Enforcing job modify index 7: job exists with conflicting job modify index: {index}"
    )
    assert nomad.put("/v1/jobs", body | {"JobModifyIndex": index}).status == 200


def test_a_job_is_answered_with_all_fields_of_the_api(nomad: Nomad) -> None:
    found = nomad.get(f"/v1/job/{register_one(nomad)}").json
    group = found["TaskGroups"][0]
    assert sorted(found) == FIELDS_OF_A_JOB
    assert sorted(group) == FIELDS_OF_A_GROUP
    assert sorted(group["Tasks"][0]) == FIELDS_OF_A_TASK


def test_defaults_are_filled_in(nomad: Nomad) -> None:
    found = nomad.get(f"/v1/job/{register_one(nomad)}").json
    assert (found["Name"], found["Priority"], found["Region"]) == (found["ID"], 50, "global")
    group = found["TaskGroups"][0]
    assert group["EphemeralDisk"] == {"Migrate": False, "SizeMB": 300, "Sticky": False}
    assert group["RestartPolicy"] == group["Tasks"][0]["RestartPolicy"]
    assert group["Tasks"][0]["LogConfig"] == {
        "Disabled": False,
        "MaxFileSizeMB": 10,
        "MaxFiles": 10,
    }
    assert group["Tasks"][0]["KillTimeout"] == 5_000_000_000


def test_an_unknown_job_is_not_found(nomad: Nomad) -> None:
    for path in ("", "/summary"):
        answer = nomad.get(f"/v1/job/{unique('absent')}{path}")
        assert (answer.status, answer.text) == (404, "job not found")
        assert answer.index > 0
    for path in ("/allocations", "/evaluations"):
        assert nomad.get(f"/v1/job/{unique('absent')}{path}").json == []


def test_jobs_are_listed_by_prefix_with_meta_when_asked(nomad: Nomad) -> None:
    job_id = unique("listed")
    nomad.register(job(job_id, task("t", QUICK), Meta={"colour": "blue"}))
    (stub,) = nomad.get(f"/v1/jobs?prefix={job_id}").json
    assert sorted(stub) == FIELDS_OF_A_STUB
    (stub,) = nomad.get(f"/v1/jobs?prefix={job_id}&meta=true").json
    assert stub["Meta"] == {"colour": "blue"}
    assert nomad.get(f"/v1/jobs?prefix={unique('nothing')}").json == []


def test_a_summary_counts_allocations(nomad: Nomad) -> None:
    job_id = register_one(nomad)
    nomad.ended(job_id)
    summary = nomad.get(f"/v1/job/{job_id}/summary").json["Summary"]
    assert summary["main"] == {
        "Complete": 1, "Failed": 0, "Lost": 0, "Queued": 0, "Running": 0, "Starting": 0,
        "Unknown": 0,
    }  # fmt: skip


def test_a_job_that_ran_is_dead_but_not_stopped(nomad: Nomad) -> None:
    job_id = register_one(nomad)
    nomad.ended(job_id)
    found = nomad.get(f"/v1/job/{job_id}").json
    assert (found["Status"], found["Stop"], found["Version"]) == ("dead", False, 0)


def test_stopping_kills_and_keeps_what_is_known(nomad: Nomad) -> None:
    job_id = register_one(nomad, LONG)
    nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    answer = nomad.delete(f"/v1/job/{job_id}")
    assert answer.status == 200
    assert answer.json["EvalID"]
    allocation = nomad.ended(job_id)
    assert allocation["DesiredStatus"] == "stop"
    assert allocation["DesiredDescription"] == "alloc not needed due to job update"
    assert allocation["ClientStatus"] == "complete"
    found = nomad.get(f"/v1/job/{job_id}").json
    assert (found["Status"], found["Stop"], found["Version"]) == ("dead", True, 1)


def test_a_job_that_is_registered_as_stopped_only_takes_its_name(nomad: Nomad) -> None:
    name = unique("stopped")
    stopped = job(name, task("main", {"run_for": "1ms"}), Stop=True)
    nomad.register(stopped, EnforceIndex=True, JobModifyIndex=0)
    nomad.evaluation(name, "complete")
    found = nomad.get(f"/v1/job/{name}").json
    assert (found["Status"], found["Stop"]) == ("dead", True)
    assert nomad.get(f"/v1/job/{name}/allocations").json == []
    again = {"Job": stopped | {"Stop": False}, "EnforceIndex": True, "JobModifyIndex": 0}
    assert "job already exists" in nomad.put("/v1/jobs", again).text


def test_purging_removes_the_job_and_its_allocations_at_once(nomad: Nomad) -> None:
    job_id = register_one(nomad, LONG)
    allocation = nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    assert nomad.delete(f"/v1/job/{job_id}?purge=true").status == 200
    assert nomad.get(f"/v1/job/{job_id}").status == 404
    assert nomad.get(f"/v1/job/{job_id}/allocations").json == []
    assert nomad.get(f"/v1/allocation/{allocation['ID']}").text == "alloc not found"


def test_stopping_an_unknown_job_changes_nothing(nomad: Nomad) -> None:
    answer = nomad.delete(f"/v1/job/{unique('absent')}")
    assert answer.status == 200
    assert (answer.json["EvalID"], answer.json["Index"]) == ("", 0)


def test_the_same_job_again_is_no_new_version_and_runs_nothing(nomad: Nomad) -> None:
    job_id = unique("job")
    first = nomad.register(job(job_id, task("t", QUICK)))
    nomad.ended(job_id)
    second = nomad.register(job(job_id, task("t", QUICK)))
    assert second["JobModifyIndex"] == first["JobModifyIndex"]
    nomad.evaluation(job_id, "complete")
    assert len(nomad.get(f"/v1/job/{job_id}/allocations").json) == 1


def test_a_changed_job_runs_again_as_a_new_version(nomad: Nomad) -> None:
    job_id = unique("job")
    nomad.register(job(job_id, task("t", QUICK)))
    nomad.ended(job_id)
    nomad.register(job(job_id, task("t", {"run_for": "20ms"})))
    allocation = nomad.allocation(
        job_id, lambda each: each["JobVersion"] == 1 and each["ClientStatus"] == "complete"
    )
    assert allocation["Name"] == f"{job_id}.main[0]"
    assert nomad.get(f"/v1/job/{job_id}").json["Version"] == 1


def test_evaluations_of_a_job_include_those_of_jobs_that_begin_with_its_name(nomad: Nomad) -> None:
    # Nomad looks them up by prefix (state_store.go EvalsByJob), so a client has to compare JobID.
    short = unique("job")
    nomad.register(job(short, task("t", QUICK)))
    nomad.register(job(f"{short}-more", task("t", QUICK)))
    found = nomad.get(f"/v1/job/{short}/evaluations").json
    assert {each["JobID"] for each in found} == {short, f"{short}-more"}


def test_a_complete_evaluation_has_these_fields(nomad: Nomad) -> None:
    evaluation = nomad.evaluation(register_one(nomad), "complete")
    assert set(evaluation) == {
        "CreateIndex", "CreateTime", "ID", "JobID", "JobModifyIndex", "ModifyIndex", "ModifyTime",
        "Namespace", "Priority", "QueuedAllocations", "SnapshotIndex", "Status", "TriggeredBy",
        "Type",
    }  # fmt: skip
    same = nomad.get(f"/v1/evaluation/{evaluation['ID']}")
    assert same.json == evaluation
    assert len(nomad.get(f"/v1/evaluation/{evaluation['ID']}/allocations").json) == 1


GROUP = {"Name": "g", "Count": 1, "Tasks": [task("t", QUICK)]}


@pytest.mark.parametrize(
    ("raw", "status", "text"),
    [
        ("", 400, "Request body is empty"),
        ("{}", 400, "Job must be specified"),
        (
            "[]",
            400,
            "json: cannot unmarshal array into Go value of type api.JobRegisterRequest",
        ),
        ("nojson", 400, "invalid character 'o' in literal null (expecting 'u')"),
        ('{"Job": {}}', 400, "Job ID hasn't been provided"),
        (
            '{"Job": {"ID": 3}}',
            400,
            "json: cannot unmarshal number into Go struct field Job.Job.ID of type string",
        ),
        (
            '{"Job": {"ID": "a", "Type": "batch", "TaskGroups": []}}',
            500,
            "1 error occurred:\n\t* Missing job task groups\n\n",
        ),
        (
            '{"Job": {"ID": "a", "Type": "batch", "TaskGroups": [{"Count": 1, "Tasks": [{}]}]}}',
            500,
            "2 errors occurred:\n\t* Job task group 1 missing name\n\t* Task group  validation "
            "failed: 3 errors occurred:\n\t* Missing task group name\n\t* Task 1 missing name\n\t* "
            "Task  validation failed: 2 errors occurred:\n\t* Missing task name\n\t* Missing task "
            "driver\n\n\n\n\n\n",
        ),
    ],
)
def test_a_wrong_body_is_answered_in_nomads_words(
    nomad: Nomad, raw: str, status: int, text: str
) -> None:
    answer = nomad.call("PUT", "/v1/jobs", raw=raw.encode())
    assert (answer.status, answer.text) == (status, text)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"ID": "a b"}, "1 error occurred:\n\t* Job ID contains a space\n\n"),
        ({"Type": "odd"}, '1 error occurred:\n\t* Invalid job type: "odd"\n\n'),
        (
            {"Priority": 500},
            "1 error occurred:\n\t* job priority must be between [1, 100]\n\n",
        ),
        ({"Region": "mars"}, "No path to region"),
        (
            {"TaskGroups": [GROUP | {"RestartPolicy": {"Attempts": 0, "Mode": "odd"}}]},
            "1 error occurred:\n\t* Task group g validation failed: 2 errors occurred:\n\t* "
            'Unsupported restart mode: "odd"\n\t* Restart policy "odd" with 0 attempts is '
            "ambiguous\n\n\n\n",
        ),
        (
            {"TaskGroups": [GROUP | {"EphemeralDisk": {"SizeMB": 5}}]},
            "1 error occurred:\n\t* Task group g validation failed: 2 errors occurred:\n\t* minimum "
            "DiskMB value is 10; got 5\n\t* Task t validation failed: 1 error occurred:\n\t* 1 error "
            "occurred:\n\t* log storage (100 MB) must be less than requested disk capacity (5 MB)"
            "\n\n\n\n\n\n\n\n",
        ),
        (
            {"TaskGroups": [GROUP | {"Tasks": [
                task("t", QUICK) | {"Resources": {"CPU": 0, "MemoryMB": 5}}]}]},
            "1 error occurred:\n\t* Task group g validation failed: 1 error occurred:\n\t* Task t "
            "validation failed: 1 error occurred:\n\t* 1 error occurred:\n\t* 2 errors occurred:"
            "\n\t* minimum CPU value is 1; got 0\n\t* minimum MemoryMB value is 10; got 5"
            "\n\n\n\n\n\n\n\n\n\n",
        ),
        (
            {"TaskGroups": [GROUP | {"Tasks": [task("t", QUICK, Vault={"Role": "r"})]}]},
            '1 error occurred:\n\t* Vault "default" not enabled but used in the job\n\n',
        ),
        (
            {"TaskGroups": [GROUP | {"Tasks": [task("t", QUICK, Templates=[{
                "EmbeddedTmpl": "x", "DestPath": "../../../x", "ChangeMode": "noop"}])]}]},
            "1 error occurred:\n\t* Task group g validation failed: 1 error occurred:\n\t* Task t "
            "validation failed: 1 error occurred:\n\t* Template 1 validation failed: 1 error "
            "occurred:\n\t* destination escapes allocation directory\n\n\n\n\n\n\n\n",
        ),
    ],
)  # fmt: skip
def test_a_wrong_job_is_answered_in_nomads_words(nomad: Nomad, change: Json, text: str) -> None:
    answer = nomad.put("/v1/jobs", {"Job": job("wrong", task("t", QUICK)) | change})
    assert (answer.status, answer.text) == (500, text)


def test_a_job_must_have_the_name_in_the_path(nomad: Nomad) -> None:
    answer = nomad.put("/v1/job/other", {"Job": job("one", task("t", QUICK))})
    assert (answer.status, answer.text) == (400, "Job ID does not match name")


def test_an_unknown_method_is_refused(nomad: Nomad) -> None:
    answer = nomad.call("PATCH", "/v1/job/any")
    assert (answer.status, answer.text) == (405, "Invalid method")
    assert nomad.get("/v1/no-such-thing").status == 404
