"""The life of tasks and allocations, with Nomad's mock_driver: order, events, statuses, kills."""

from __future__ import annotations

import pytest

from tests.contract.api import Json, Nomad, event_types, find_event, job, task, unique

BEGIN = ["Received", "Task Setup", "Started"]
SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def given_up(nomad: Nomad) -> dict[str, str]:
    """Jobs of tasks that never start, registered at once: Nomad takes four seconds to end each."""
    jobs = {}
    for problem, config in (
        ("start", {"start_error": "cannot start"}),
        ("key", {"no_such_key": 1}),
    ):
        jobs[problem] = unique("run")
        nomad.register(job(jobs[problem], task("t", config)))
    return jobs


def run(nomad: Nomad, *tasks: Json) -> Json:
    job_id = unique("run")
    nomad.register(job(job_id, *tasks))
    return nomad.ended(job_id)


def status(allocation: Json) -> tuple[str, str]:
    return allocation["ClientStatus"], allocation["ClientDescription"]


def test_a_task_that_succeeds_completes_the_allocation(nomad: Nomad) -> None:
    allocation = run(nomad, task("t", {"run_for": "10ms"}))
    assert status(allocation) == ("complete", "All tasks have completed")
    state = allocation["TaskStates"]["t"]
    assert event_types(allocation, "t") == [*BEGIN, "Terminated"]
    assert (state["State"], state["Failed"], state["Restarts"]) == ("dead", False, 0)
    assert state["StartedAt"] < state["FinishedAt"]
    ended = state["Events"][-1]
    assert ended["Details"] == {"exit_code": "0", "oom_killed": "false", "signal": "0"}
    assert ended["DisplayMessage"] == "Exit Code: 0"


def test_a_task_that_fails_fails_the_allocation(nomad: Nomad) -> None:
    allocation = run(nomad, task("t", {"run_for": "10ms", "exit_code": 7}))
    assert status(allocation) == ("failed", "Failed tasks")
    assert event_types(allocation, "t") == [*BEGIN, "Terminated", "Not Restarting"]
    ended = find_event(allocation, "t", "Terminated")
    assert ended["Details"]["exit_code"] == "7"
    assert (ended["ExitCode"], ended["DisplayMessage"]) == (7, "Exit Code: 7")
    last = allocation["TaskStates"]["t"]["Events"][-1]
    assert last["DisplayMessage"] == "Policy allows no restarts"
    assert last["Details"] == {"fails_task": "true", "restart_reason": "Policy allows no restarts"}


def test_signal_and_message_are_told(nomad: Nomad) -> None:
    config = {"run_for": "10ms", "exit_signal": 9, "exit_err_msg": 'so "it" was'}
    ended = find_event(run(nomad, task("t", config)), "t", "Terminated")
    assert ended["Details"]["signal"] == "9"
    assert ended["Details"]["exit_message"] == 'so "it" was'
    assert ended["DisplayMessage"] == ('Exit Code: 0, Signal: 9, Exit Message: "so \\"it\\" was"')


def test_an_event_has_these_fields(nomad: Nomad) -> None:
    allocation = run(nomad, task("t", {"run_for": "10ms"}))
    assert set(allocation["TaskStates"]["t"]["Events"][0]) == {
        "Details", "DiskLimit", "DisplayMessage", "DownloadError", "DriverError", "DriverMessage",
        "ExitCode", "FailedSibling", "FailsTask", "GenericSource", "KillError", "KillReason",
        "KillTimeout", "Message", "RestartReason", "SetupError", "Signal", "StartDelay",
        "TaskSignal", "TaskSignalReason", "Time", "Type", "ValidationError", "VaultError",
    }  # fmt: skip


def test_a_task_that_cannot_start_is_a_driver_failure(
    nomad: Nomad, given_up: dict[str, str]
) -> None:
    allocation = nomad.ended(given_up["start"])
    assert event_types(allocation, "t") == [
        "Received", "Task Setup", "Driver Failure", "Not Restarting",
    ]  # fmt: skip
    failure = find_event(allocation, "t", "Driver Failure")
    assert failure["DisplayMessage"] == failure["DriverError"] == "cannot start"
    assert failure["Details"] == {"driver_error": "cannot start"}
    assert allocation["TaskStates"]["t"]["StartedAt"] is None


def test_a_config_that_the_driver_does_not_know_fails_validation(
    nomad: Nomad, given_up: dict[str, str]
) -> None:
    allocation = nomad.ended(given_up["key"])
    failure = find_event(allocation, "t", "Failed Validation")
    assert failure["DisplayMessage"] == (
        "2 errors occurred:\n\t* failed to parse config: \n\t* Invalid label: No argument or block "
        'type is named "no_such_key".\n\n'
    )
    assert status(allocation) == ("failed", "Failed tasks")


def test_prestart_tasks_run_before_main_tasks(nomad: Nomad) -> None:
    allocation = run(
        nomad,
        task("main", {"run_for": "10ms"}),
        task("first", {"run_for": "50ms"}, Lifecycle={"Hook": "prestart"}),
    )
    states = allocation["TaskStates"]
    assert states["first"]["FinishedAt"] <= states["main"]["StartedAt"]


def test_a_failed_prestart_task_keeps_main_tasks_from_starting_but_poststop_runs(
    nomad: Nomad,
) -> None:
    allocation = run(
        nomad,
        task("first", {"run_for": "10ms", "exit_code": 1}, Lifecycle={"Hook": "prestart"}),
        task("main", {"run_for": "10ms"}),
        task("last", {"run_for": "10ms"}, Lifecycle={"Hook": "poststop"}),
    )
    assert status(allocation) == ("failed", "Failed tasks")
    assert event_types(allocation, "main") == ["Received", "Sibling Task Failed", "Killing"]
    assert find_event(allocation, "main", "Sibling Task Failed")["Details"] == {
        "failed_sibling": "first"
    }
    main = allocation["TaskStates"]["main"]
    assert (main["State"], main["Failed"], main["StartedAt"]) == ("dead", False, None)
    assert event_types(allocation, "last") == [*BEGIN, "Terminated"]


def test_a_failed_task_kills_its_sibling(nomad: Nomad) -> None:
    allocation = run(
        nomad,
        task("bad", {"run_for": "300ms", "exit_code": 1}),
        task("good", {"run_for": "1h"}),
    )
    assert event_types(allocation, "good") == [
        *BEGIN, "Sibling Task Failed", "Killing", "Terminated", "Killed",
    ]  # fmt: skip
    assert allocation["TaskStates"]["good"]["Failed"] is False
    assert allocation["TaskStates"]["bad"]["Failed"] is True


def test_a_dead_leader_takes_the_others_with_it(nomad: Nomad) -> None:
    allocation = run(
        nomad,
        task("leader", {"run_for": "300ms"}, Leader=True),
        task("other", {"run_for": "1h"}),
    )
    assert status(allocation) == ("complete", "All tasks have completed")
    assert event_types(allocation, "other") == [
        *BEGIN, "Leader Task Dead", "Killing", "Terminated", "Killed",
    ]  # fmt: skip


def test_sidecars_end_with_the_main_tasks(nomad: Nomad) -> None:
    allocation = run(
        nomad,
        task("main", {"run_for": "300ms"}),
        task("side", {"run_for": "1h"}, Lifecycle={"Hook": "prestart", "Sidecar": True}),
        task("late", {"run_for": "10ms"}, Lifecycle={"Hook": "poststart"}),
    )
    assert status(allocation) == ("complete", "All tasks have completed")
    assert event_types(allocation, "side") == [
        *BEGIN, "Main Tasks Dead", "Killing", "Terminated", "Killed",
    ]  # fmt: skip
    states = allocation["TaskStates"]
    assert states["side"]["StartedAt"] <= states["main"]["StartedAt"]
    assert states["main"]["StartedAt"] <= states["late"]["StartedAt"]


def test_a_kill_names_the_time_it_gives(nomad: Nomad) -> None:
    job_id = unique("kill")
    nomad.register(job(job_id, task("t", {"run_for": "1h"}, KillTimeout=3 * SECOND)))
    nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    nomad.delete(f"/v1/job/{job_id}")
    killing = find_event(nomad.ended(job_id), "t", "Killing")
    assert killing["DisplayMessage"] == "Sent interrupt. Waiting 3s before force killing"
    assert (killing["KillTimeout"], killing["Details"]) == (3 * SECOND, {"kill_timeout": "3s"})


def test_an_allocation_has_these_fields(nomad: Nomad) -> None:
    stub = run(nomad, task("t", {"run_for": "10ms"}))
    assert set(stub) == {
        "ClientDescription", "ClientStatus", "CreateIndex", "CreateTime", "DeploymentStatus",
        "DesiredDescription", "DesiredStatus", "DesiredTransition", "EvalID", "FollowupEvalID",
        "ID", "JobID", "JobType", "JobVersion", "ModifyIndex", "ModifyTime", "Name", "Namespace",
        "NextAllocation", "NodeID", "NodeName", "PreemptedAllocations", "PreemptedByAllocation",
        "RescheduleTracker", "TaskGroup", "TaskStates",
    }  # fmt: skip
    full = nomad.get(f"/v1/allocation/{stub['ID']}").json
    # Nomad signs identities with a key; the engine gives none.
    assert set(full) - {"SigningKeyID"} == {
        "AllocModifyIndex", "AllocatedResources", "ClientDescription", "ClientStatus",
        "CreateIndex", "CreateTime", "DesiredStatus", "EvalID", "ID", "Job", "JobID", "Metrics",
        "ModifyIndex", "ModifyTime", "Name", "Namespace", "NetworkStatus", "NodeID", "NodeName",
        "Resources", "SharedResources", "TaskGroup", "TaskResources", "TaskStates",
    }  # fmt: skip
    assert full["TaskStates"] == stub["TaskStates"]
    assert full["Resources"]["MemoryMB"] == 32


def test_allocations_are_found_by_the_beginning_of_their_id(nomad: Nomad) -> None:
    stub = run(nomad, task("t", {"run_for": "10ms"}))
    found = nomad.get(f"/v1/allocations?prefix={stub['ID'][:8]}").json
    assert [each["ID"] for each in found] == [stub["ID"]]
    bare = nomad.get(f"/v1/allocations?prefix={stub['ID'][:8]}&task_states=false").json
    assert bare[0]["TaskStates"] is None
    odd = nomad.get("/v1/allocations?prefix=abc")
    assert odd.status == 500
    assert odd.text == (
        "alloc lookup failed: index error: Input (without hyphens) must be even length"
    )


def test_ids_that_are_none_and_ids_of_nothing_are_told_apart(nomad: Nomad) -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    assert nomad.get("/v1/allocation/short").status == 500
    for path, text in (
        (f"/v1/allocation/{nothing}", "alloc not found"),
        (f"/v1/evaluation/{nothing}", "eval not found"),
        (f"/v1/node/{nothing}", "node not found"),
    ):
        answer = nomad.get(path)
        assert (answer.status, answer.text) == (404, text)
