"""What a client that knows nothing reads first: the jobs that live with their numbers, the variables."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest

from tests.contract.api import Json, Nomad, job, task, unique

LIVING = quote('Status != "dead"')
NUMBERS = ("Queued", "Complete", "Failed", "Running", "Starting", "Lost", "Unknown")


def counted(**numbers: int) -> dict[str, int]:
    return dict.fromkeys(NUMBERS, 0) | numbers


def stub(nomad: Nomad, job_id: str) -> Json:
    (found,) = nomad.get(f"/v1/jobs?prefix={job_id}").json
    return found


def test_dead_jobs_can_be_left_out_of_a_list_by_prefix(nomad: Nomad) -> None:
    prefix = unique("listed")
    nomad.register(job(f"{prefix}-ended", task("t", {"run_for": "10ms"})))
    nomad.register(job(f"{prefix}-living", task("t", {"run_for": "1h"})))
    nomad.register(job(f"{prefix}-waiting", task("t", {"run_for": "1h"}), Datacenters=["far"]))
    nomad.ended(f"{prefix}-ended")
    nomad.evaluation(f"{prefix}-waiting", "blocked")
    found = nomad.get(f"/v1/jobs?prefix={prefix}&filter={LIVING}").json
    assert [(each["ID"], each["Status"]) for each in found] == [
        (f"{prefix}-living", "running"),
        (f"{prefix}-waiting", "pending"),
    ]
    assert len(nomad.get(f"/v1/jobs?prefix={prefix}").json) == 3
    for name in ("living", "waiting"):
        nomad.delete(f"/v1/job/{prefix}-{name}?purge=true")


def test_a_list_of_living_jobs_is_waited_for_until_one_of_them_changes(nomad: Nomad) -> None:
    job_id = unique("listed")
    nomad.register(job(job_id, task("t", {"run_for": "300ms"})))
    query = f"/v1/jobs?prefix={job_id}&filter={LIVING}"
    answer = nomad.get(query)
    index, deadline = answer.index, time.monotonic() + 20
    while answer.json and time.monotonic() < deadline:
        answer = nomad.get(f"{query}&index={answer.index}&wait=5s")
    assert (answer.json, answer.index > index) == ([], True)


def test_a_filter_that_can_not_be_understood_is_refused(nomad: Nomad) -> None:
    answer = nomad.get(f"/v1/jobs?filter={quote('Status !=')}")
    assert answer.status in (400, 501)
    assert "filter" in answer.text


def test_the_numbers_of_a_job_tell_how_far_it_is(nomad: Nomad) -> None:
    job_id = unique("numbers")
    nomad.register(job(job_id, task("t", {"run_for": "1h"})))
    nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    running = stub(nomad, job_id)
    assert running["JobSummary"]["Summary"] == {"main": counted(Running=1)}
    assert running["JobSummary"]["CreateIndex"] == running["CreateIndex"]
    nomad.delete(f"/v1/job/{job_id}")
    nomad.ended(job_id)
    ended = stub(nomad, job_id)
    assert ended["JobSummary"]["Summary"] == {"main": counted(Complete=1)}
    assert ended["JobSummary"]["ModifyIndex"] > running["JobSummary"]["ModifyIndex"]
    assert ended["JobSummary"]["CreateIndex"] == running["JobSummary"]["CreateIndex"]
    same = nomad.get(f"/v1/job/{job_id}/summary")
    assert same.json == ended["JobSummary"]
    assert same.index == same.json["ModifyIndex"]


def test_the_numbers_have_a_new_index_only_when_one_of_them_changed(nomad: Nomad) -> None:
    job_id = unique("numbers")
    nomad.register(job(job_id, task("t", {"run_for": "10ms"}), task("u", {"run_for": "1h"})))
    nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    before = stub(nomad, job_id)["JobSummary"]
    nomad.allocation(job_id, lambda each: each["TaskStates"]["t"]["State"] == "dead")
    assert stub(nomad, job_id)["JobSummary"] == before
    nomad.delete(f"/v1/job/{job_id}?purge=true")


@pytest.mark.parametrize(
    ("config", "expected"),
    [({"exit_code": 1}, counted(Failed=1)), ({"start_error": "no"}, counted(Failed=1))],
)
def test_failed_allocations_are_counted_as_such(nomad: Nomad, config: Json, expected: Json) -> None:
    job_id = unique("numbers")
    nomad.register(job(job_id, task("t", config)))
    nomad.ended(job_id)
    assert stub(nomad, job_id)["JobSummary"]["Summary"] == {"main": expected}


def test_each_group_that_waits_is_queued(nomad: Nomad) -> None:
    job_id = unique("numbers")
    definition = job(job_id, task("t", {"run_for": "1h"}))
    (group,) = definition["TaskGroups"]
    big = task("t", {}) | {"Resources": {"CPU": 20, "MemoryMB": 9_999_999}}
    definition["TaskGroups"] = [group, group | {"Name": "big", "Tasks": [big]}]
    nomad.register(definition)
    nomad.evaluation(job_id, "blocked")
    nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    nomad.evaluation(job_id, "complete")
    assert stub(nomad, job_id)["JobSummary"]["Summary"] == {
        "main": counted(Running=1),
        "big": counted(Queued=1),
    }
    nomad.delete(f"/v1/job/{job_id}?purge=true")


def test_a_list_of_variables_tells_when_each_was_made_and_changed(nomad: Nomad) -> None:
    path = f"tests/{unique('listed')}"
    before = time.time_ns()
    written = {
        name: nomad.put(f"/v1/var/{path}/{name}", {"Items": {"n": "1"}}).json for name in "ba"
    }
    changed = nomad.put(f"/v1/var/{path}/a", {"Items": {"n": "2"}}).json
    answer = nomad.get(f"/v1/vars?prefix={path}/")
    a, b = answer.json
    assert set(a) == {
        "CreateIndex", "CreateTime", "ModifyIndex", "ModifyTime", "Namespace", "Path",
    }  # fmt: skip
    assert (a["Path"], b["Path"]) == (f"{path}/a", f"{path}/b")
    assert a["CreateIndex"] == written["a"]["CreateIndex"] < changed["ModifyIndex"]
    assert a["ModifyIndex"] == changed["ModifyIndex"] == answer.index
    assert before <= b["CreateTime"] == b["ModifyTime"] < a["ModifyTime"] <= time.time_ns()
    assert a["CreateTime"] == written["a"]["CreateTime"]


def test_pages_of_variables_follow_one_another_to_the_end(nomad: Nomad) -> None:
    path = f"tests/{unique('pages')}"
    names = [f"{path}/{number:02}" for number in range(7)]
    for name in reversed(names):
        nomad.put(f"/v1/var/{name}", {"Items": {"n": "1"}})
    found: list[str] = []
    token, pages = "", 0
    while token or not pages:
        answer = nomad.get(f"/v1/vars?prefix={path}/&per_page=3&next_token={token}")
        found += [each["Path"] for each in answer.json]
        token, pages = answer.headers.get("x-nomad-nexttoken", ""), pages + 1
    assert (found, pages) == (names, 3)


def test_a_list_of_variables_is_waited_for(nomad: Nomad) -> None:
    path = f"tests/{unique('waited')}"
    nomad.put(f"/v1/var/{path}/a", {"Items": {"n": "1"}})
    index = nomad.get(f"/v1/vars?prefix={path}/").index
    nomad.delete(f"/v1/var/{path}/a")
    answer = nomad.get(f"/v1/vars?prefix={path}/&index={index}&wait=20s")
    assert (answer.json, answer.index > index) == ([], True)


def test_deleting_what_is_not_there_is_checked_too(nomad: Nomad) -> None:
    path = f"tests/{unique('absent')}"
    assert nomad.delete(f"/v1/var/{path}?cas=0").status == 204
    conflict = nomad.delete(f"/v1/var/{path}?cas=7")
    assert (conflict.status, conflict.json["ModifyIndex"]) == (409, 0)
    assert nomad.delete(f"/v1/var/{path}?cas=x").status == 400


def test_a_deletion_with_an_old_index_answers_what_is_there(nomad: Nomad) -> None:
    path = f"tests/{unique('deleted')}"
    first = nomad.put(f"/v1/var/{path}", {"Items": {"n": "1"}}).json
    second = nomad.put(f"/v1/var/{path}", {"Items": {"n": "2"}}).json
    refused = nomad.delete(f"/v1/var/{path}?cas={first['ModifyIndex']}")
    assert (refused.status, refused.json) == (409, second)
    done = nomad.delete(f"/v1/var/{path}?cas={second['ModifyIndex']}")
    assert (done.status, done.index > second["ModifyIndex"]) == (204, True)
