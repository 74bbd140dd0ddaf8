"""Logs of real builds, followed while they are written, are what getLogs says in the end."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import requests

from tests.e2e.ground import Ground

TICKS = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo {name} $i ünï; sleep 0.1; done"


def follow(ground: Ground, job_id: str, cursor: str = "", **query: str) -> Iterator[dict[str, Any]]:
    """Follow a build as a browser does; each event with its kind and id beside its data."""
    url = f"{ground.service.address}/v1/builds/{job_id}/logs/follow"
    headers = {"Last-Event-ID": cursor} if cursor else {}
    with requests.Session() as session:
        session.trust_env = False
        with session.get(url, params=query, headers=headers, stream=True, timeout=60) as answer:
            assert answer.status_code == 200, answer.text
            fields: dict[str, str] = {}
            for line in answer.iter_lines(chunk_size=None):
                name, _, value = line.decode().partition(": ")
                if value:
                    fields[name] = value
                elif "data" in fields:
                    data = json.loads(fields["data"])
                    yield {"kind": fields["event"], "id": fields["id"]} | data
                    fields = {}


def read_whole(ground: Ground, job_id: str, phase: str, task: str) -> list[str]:
    """Page through a task's log with getLogs."""
    lines: list[str] = []
    asked = {"jobID": job_id, "phase": phase, "task": task, "cursor": "start"}
    while True:
        page = ground.call("getLogs", asked)
        lines += page["logs"][phase][1:]
        if not page["more"]:
            return lines
        asked["cursor"] = page["cursor"]


def test_a_build_that_is_followed_over_broken_connections_and_a_dead_replica_is_told_whole(
    ground: Ground,
) -> None:
    commands = [TICKS.format(name=name) for name in ("one", "two", "three")]
    asked = ground.request(testCommands=commands)
    job_id = ground.call("submitJob", {"jobConfig": asked})["jobID"]
    told: list[dict[str, Any]] = []
    connections = 0
    while not told or told[-1]["kind"] != "end":
        connections += 1
        cursor = told[-1]["id"] if told else ""
        told += itertools.islice(follow(ground, job_id, cursor), 7)
        if connections == 6:
            ground.kill_service()
    assert ground.wait(job_id)["status"] == told[-1]["status"] == "SUCCEEDED"
    phases = [each["phase"] for each in told if each["kind"] == "phase"]
    assert phases == ["build", "test", "publish"]
    assert {each["kind"] for each in told} == {"phase", "line", "end"}
    tasks = {(each["phase"], each["task"]) for each in told if each["kind"] == "line"}
    assert tasks == {
        *(("build", task) for task in ("source", "build")),
        *(("test", f"test-{number}") for number in (1, 2, 3)),
        ("publish", "publish"),
    }
    for phase, task in tasks:
        lines = [
            each["text"] for each in told if (each.get("phase"), each.get("task")) == (phase, task)
        ]
        assert lines == read_whole(ground, job_id, phase, task)
        assert lines[-1] == f"nomad-build: {task} ended with exit code 0"
    one = [each["text"] for each in told if each.get("task") == "test-1"]
    assert [text for text in one if text.startswith("one ")] == [
        f"one {number} ünï" for number in range(1, 16)
    ]
    assert sort(follow(ground, job_id, told[3]["id"])) == sort(told[4:])


def sort(events: Any) -> list[str]:
    """Return events without their cursors, in an order that tasks side by side have, too."""
    return sorted(json.dumps({**each, "id": ""}, sort_keys=True) for each in events)


def test_a_flood_is_followed_over_files_to_the_last_byte_that_nomad_has_of_it(
    ground: Ground,
) -> None:
    line = "a line that is as long as those of a compiler are " * 20
    flood = f"yes '{line}' | head -c 12000000; echo; exit 3"
    asked = ground.request(testCommands=[flood])
    job_id = ground.call("submitJob", {"jobConfig": asked})["jobID"]
    lines = [
        each["text"] for each in follow(ground, job_id, task="test-1") if each["kind"] == "line"
    ]
    page = ground.call("getLogs", {"jobID": job_id, "phase": "test", "lines": 1})
    (part,) = page["tasks"]
    # Of so much at once a real Nomad now and then loses the end; what it has is told.
    assert part["totalBytes"] == sum(len(text) + 1 for text in lines) > 1_000_000
    assert lines.count(line) > len(lines) * 0.99
