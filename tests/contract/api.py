"""A small client of Nomad's HTTP API for tests: it sees statuses, texts and headers as they are."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

Json = Any
WAIT_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with."""

    status: int
    text: str
    content: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Json:
        """The body as JSON."""
        return json.loads(self.text)

    @property
    def index(self) -> int:
        """The index of the answer."""
        return int(self.headers["x-nomad-index"])


class Nomad:
    """Talks to one Nomad, and waits on it by its own means: indexes and events."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def call(
        self, method: str, path: str, body: Json = None, *, raw: bytes | None = None
    ) -> Answer:
        """Send one request; the body as JSON, or raw."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        answer = self._session.request(
            method, self.address + path, data=data, timeout=WAIT_SECONDS, allow_redirects=False
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, answer.content.decode(), answer.content, headers)

    def get(self, path: str) -> Answer:
        """GET."""
        return self.call("GET", path)

    def put(self, path: str, body: Json) -> Answer:
        """PUT."""
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Answer:
        """DELETE."""
        return self.call("DELETE", path)

    def register(self, job: Json, **options: Json) -> Json:
        """Register a job that must be accepted."""
        answer = self.put("/v1/jobs", {"Job": job, **options})
        assert answer.status == 200, answer.text
        return answer.json

    def allocation(self, job_id: str, until: Callable[[Json], bool]) -> Json:
        """Wait, by blocking queries, until the job's allocation is as wanted."""
        index = 0
        last: Json = None
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            answer = self.get(f"/v1/job/{job_id}/allocations?index={index}&wait=5s")
            index = answer.index
            for last in answer.json:
                if until(last):
                    return last
        msg = f"the allocation of {job_id} did not come as far as wanted: {last}"
        raise AssertionError(msg)

    def until(self, path: str, wanted: Callable[[Json], bool]) -> Json:
        """Wait, by blocking queries, until what a path answers is as wanted."""
        index = 0
        last: Json = None
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            answer = self.get(f"{path}?index={index}&wait=5s")
            index, last = answer.index, answer.json
            if wanted(last):
                return last
        msg = f"{path} did not become as wanted: {last}"
        raise AssertionError(msg)

    def ended(self, job_id: str) -> Json:
        """Wait until all tasks of the job's allocation are dead."""
        return self.allocation(job_id, all_dead)

    def evaluation(self, job_id: str, status: str) -> Json:
        """Wait until the job has an evaluation of this status."""
        index = 0
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            answer = self.get(f"/v1/job/{job_id}/evaluations?index={index}&wait=2s")
            index = answer.index
            for each in answer.json:
                if each["Status"] == status and each["JobID"] == job_id:
                    return each
        msg = f"no evaluation of {job_id} became {status}"
        raise AssertionError(msg)

    def logs(self, allocation_id: str, task: str, stream: str = "stdout") -> str:
        """Read all output of a task."""
        path = f"/v1/client/fs/logs/{allocation_id}?task={task}&type={stream}&plain=true"
        return self.get(path).text

    @contextmanager
    def stream(self, path: str) -> Iterator[requests.Response]:
        """Open a stream that goes on until the block ends."""
        with self._session.get(self.address + path, stream=True, timeout=WAIT_SECONDS) as answer:
            yield answer

    @contextmanager
    def events(self, query: str) -> Iterator[Iterator[Json]]:
        """Open the event stream; yield its frames as JSON."""
        with self.stream(f"/v1/event/stream?{query}") as answer:
            assert answer.status_code == 200, answer.text
            lines = answer.iter_lines(chunk_size=None)
            yield (json.loads(line) for line in lines if line)


def all_dead(allocation: Json) -> bool:
    """Tell whether no task of an allocation will run any more."""
    states = allocation["TaskStates"] or {}
    return bool(states) and all(state["State"] == "dead" for state in states.values())


def unique(prefix: str) -> str:
    """Make a name that no other test has, nor is the beginning of another's."""
    return f"{prefix}-{uuid.uuid4().hex[:10]}"


def task(name: str, config: Json, driver: str = "mock_driver", **fields: Json) -> Json:
    """Build a task that needs little."""
    return {
        "Name": name,
        "Driver": driver,
        "Config": config,
        "Resources": {"CPU": 20, "MemoryMB": 32},
        **fields,
    }


def job(job_id: str, *tasks: Json, group: Json = None, **fields: Json) -> Json:
    """Build a batch job of one group that neither restarts nor reschedules."""
    return {
        "ID": job_id,
        "Type": "batch",
        "Datacenters": ["*"],
        "TaskGroups": [
            {
                "Name": "main",
                "Count": 1,
                "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
                "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
                "Disconnect": {"Replace": False},
                "Tasks": list(tasks),
                **(group or {}),
            }
        ],
        **fields,
    }


def event_types(allocation: Json, task_name: str) -> list[str]:
    """Return the types of a task's events, in order."""
    return [event["Type"] for event in allocation["TaskStates"][task_name]["Events"]]


def find_event(allocation: Json, task_name: str, kind: str) -> Json:
    """Return a task's event of one type."""
    events = allocation["TaskStates"][task_name]["Events"]
    return next(event for event in events if event["Type"] == kind)
