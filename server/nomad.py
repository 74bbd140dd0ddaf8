"""The adapter to Nomad's HTTP API over python-nomad: the calls we need, our data in, our errors out.

One client and its few pooled connections serve the whole process: Nomad refuses an address that opens more
than a hundred. Nothing outside this module sees python-nomad or requests.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nomad
import nomad.api.exceptions
import requests

from server import cluster, transport
from server.config import Config
from server.errors import NomadConflict, NomadError, NomadNotFound, NomadUnreachable

_TIMEOUT = 10  # seconds; Nomad answers our calls from memory
_HEARTBEAT_TIMEOUT = 35  # seconds; the event stream has a heartbeat each 10 s
# What a Nomad without leader or with a broken connection to it says with status 500. Not "rpc error":
# an agent that passes calls on puts it before whatever the leader has refused (helper/pool/pool.go).
_TRANSIENT = (
    "no cluster leader",
    "leadership lost",
    "failed to get conn",
    "connection refused",
    "connection reset",
    "broken pipe",
    "i/o timeout",
    "rpc error: eof",
    "no path to region",
)
_JOB_EXISTS = "enforcing job modify index 0: job already exists"
# Bodies in messages are cut: the first lines say what is wrong.
_MESSAGE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Variable:
    """A Nomad Variable: its items, and the index that a check-and-set has to name."""

    path: str
    items: Mapping[str, str]
    modify_index: int


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a job, allocation or evaluation; which one is all that we need of it."""

    topic: str
    job_id: str
    index: int


class Nomad:
    """Nomad as the service uses it. Safe for use by several threads.

    Every method may raise ``NomadUnreachable`` (worth trying again) or ``NomadError`` (refused).
    """

    def __init__(self, config: Config) -> None:
        self._session = transport.open_session(config)
        self._client = nomad.Nomad(
            address=config.nomad_address,
            token=config.nomad_token.get_secret_value() or None,
            namespace=config.nomad_namespace or None,
            region=config.nomad_region or None,
            verify=transport.verification(config),
            cert=transport.certificate(config),
            timeout=_TIMEOUT,
            session=self._session,
        )
        self._address = config.nomad_address
        # python-nomad names the namespace by itself, but not to variables and events.
        self._namespace = config.nomad_namespace or None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    # Jobs and what became of them

    def register_job(self, job: Mapping[str, Any]) -> bool:
        """Register a job unless one with its id is there; tell whether it was new."""
        body = {"Job": job, "EnforceIndex": True, "JobModifyIndex": 0}
        try:
            with self._errors():
                self._client.jobs.register_job(body)
        except NomadConflict:
            return False
        return True

    def read_job(self, job_id: str) -> cluster.Job | None:
        """Read a job; None if there is none."""
        try:
            with self._errors():
                return cluster.read_job(self._client.job.get_job(job_id))
        except NomadNotFound:
            return None

    def read_allocation(self, job_id: str) -> cluster.Allocation | None:
        """Read the newest allocation of a job, None while it has none."""
        with self._errors():
            found = self._client.job.get_allocations(job_id)
            allocations = [cluster.read_allocation(each) for each in found]
            return max(allocations, key=lambda each: each.create_index, default=None)

    def read_shortage(self, job_id: str) -> cluster.Shortage | None:
        """Read why a job could not be placed, None if nothing says so."""
        with self._errors():
            return cluster.read_shortage(self._client.job.get_evaluations(job_id))

    def stop_job(self, job_id: str, *, purge: bool = False) -> None:
        """Stop a job; one that is not there counts as stopped."""
        with contextlib.suppress(NomadNotFound), self._errors():
            self._client.job.deregister_job(job_id, purge=purge)

    def list_job_ids(self, prefix: str) -> tuple[str, ...]:
        """List the ids of the jobs that begin with a prefix."""
        with self._errors():
            return tuple(each["ID"] for each in self._client.jobs.get_jobs(prefix=prefix))

    # What tasks leave behind

    def read_file(self, allocation_id: str, path: str, limit: int) -> str | None:
        """Read the first ``limit`` bytes of a regular file of an allocation's folder; None if there is none (any more).

        Asking for its size comes first: of a file that is not there Nomad sends the error as its content, with
        status 200 (command/agent/fs_endpoint.go, fsStreamImpl).
        """
        try:
            with self._errors():
                files = self._client.client
                found = files.stat.request(
                    allocation_id, params={"path": path}, method="get"
                ).json()
                if not found["FileMode"].startswith("-"):
                    return None
                part = {"path": path, "offset": 0, "limit": limit}
                content = files.read_at.request(allocation_id, params=part, method="get").content
                size = min(found["Size"], limit)
        except NomadNotFound:
            return None
        if len(content) != size:
            msg = f"of {path} came {len(content)} bytes instead of {size}"
            raise NomadUnreachable(msg)
        return str(content.decode("utf-8", "replace"))

    def read_log(self, allocation_id: str, task: str, stream: str, tail: int) -> bytes:
        """Read the last ``tail`` bytes of a task's ``stdout`` or ``stderr``; empty if there is none."""
        params = {"task": task, "type": stream, "plain": "true", "origin": "end", "offset": tail}
        try:
            with self._errors():
                answer = self._client.client.stream_logs.request(
                    allocation_id, params=params, method="get"
                )
        except NomadNotFound:
            return b""
        return bytes(answer.content)

    # The cluster

    def list_nodes(self) -> tuple[cluster.Node, ...]:
        """Read all client nodes that are up."""
        with self._errors():
            found = [
                each["ID"] for each in self._client.nodes.get_nodes() if each["Status"] == "ready"
            ]
            return tuple(cluster.read_node(self._client.node.get_node(each)) for each in found)

    def read_leader(self) -> str:
        """Return the address of the leading server: that there is one means that Nomad works."""
        with self._errors():
            leader = self._client.status.leader.get_leader()
        if not isinstance(leader, str) or not leader:
            msg = f"Nomad at {self._address} has no leader"
            raise NomadUnreachable(msg)
        return leader

    def follow_events(self) -> Iterator[Event]:
        """Yield changes of jobs, allocations and evaluations from now on, until the connection ends.

        An event is a hint only: Nomad keeps few of them and drops the rest silently.
        """
        params = {"topic": ["Job", "Allocation", "Evaluation"], "namespace": self._namespace}
        with (
            self._errors(),
            self._client.event.stream.request(
                params=params, method="get", stream=True, timeout=_HEARTBEAT_TIMEOUT
            ) as answer,
        ):
            for line in answer.iter_lines(chunk_size=None):
                if line and line != b"{}":
                    yield from _read_events(json.loads(line))

    # Variables

    def read_variable(self, path: str) -> Variable | None:
        """Read a variable; None if there is none."""
        try:
            with self._errors():
                found = self._client.variable.get_variable(path, self._namespace)
                return Variable(path, found["Items"], found["ModifyIndex"])
        except NomadNotFound:
            return None

    def write_variable(self, path: str, items: Mapping[str, str], expected_index: int) -> int:
        """Write a variable if it is still at an index (0: not there); return its new index.

        Raises:
            NomadConflict: somebody else has written it.
        """
        body = {"Path": path, "Items": dict(items)}
        with self._errors():
            written = self._client.variable.create_variable(
                path, body, self._namespace, cas=expected_index
            )
            return int(written["ModifyIndex"])

    def delete_variable(self, path: str) -> None:
        """Remove a variable; one that is not there counts as removed."""
        with contextlib.suppress(NomadNotFound), self._errors():
            self._client.variable.delete_variable(path, self._namespace)

    def list_variables(self, prefix: str) -> tuple[str, ...]:
        """List the paths of the variables that begin with a prefix."""
        with self._errors():
            found = self._client.variables.get_variables(prefix, self._namespace)
            return tuple(each["Path"] for each in found)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what python-nomad and requests raise into our errors."""
        try:
            yield
        except nomad.api.exceptions.BaseNomadException as error:
            raise self._translate(error) from error
        except (OSError, json.JSONDecodeError) as error:  # requests' errors are OSErrors
            message = f"the connection to Nomad at {self._address} broke: {_cut(str(error))}"
            raise NomadUnreachable(message) from error
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            # Whatever stands at that address did not give the data that Nomad gives.
            message = f"what answers at {self._address} is not Nomad: {type(error).__name__}"
            raise NomadUnreachable(message) from error

    def _translate(self, error: nomad.api.exceptions.BaseNomadException) -> NomadError:
        response = error.nomad_resp
        if not isinstance(response, requests.Response):
            return NomadUnreachable(
                f"Nomad at {self._address} does not answer: {_cut(str(response))}"
            )
        body = _cut(response.text.strip())
        message = f"Nomad answered {response.status_code}: {body}"
        lower = body.lower()
        if response.status_code == requests.codes.conflict or _JOB_EXISTS in lower:
            return NomadConflict(message)
        if "no path to node" in lower:
            return NomadUnreachable(message)
        if response.status_code == requests.codes.not_found or "unknown allocation" in lower:
            return NomadNotFound(message)
        if "no such file or directory" in lower or "not started yet" in lower:
            return NomadNotFound(message)
        transient = response.status_code >= 500 and any(each in lower for each in _TRANSIENT)
        if transient or response.status_code in (429, 502, 503, 504):
            return NomadUnreachable(message)
        return NomadError(message)


def _cut(text: str) -> str:
    return text if len(text) <= _MESSAGE_LIMIT else f"{text[:_MESSAGE_LIMIT]}…"


def _read_events(frame: Mapping[str, Any]) -> Iterator[Event]:
    for event in frame.get("Events") or ():
        payload: Mapping[str, Any] = event.get("Payload") or {}
        match event.get("Topic"):
            case "Job":
                job_id = event.get("Key", "")
            case "Allocation":
                job_id = (payload.get("Allocation") or {}).get("JobID", "")
            case "Evaluation":
                job_id = (payload.get("Evaluation") or {}).get("JobID", "")
            case _:
                continue
        yield Event(topic=event["Topic"], job_id=job_id, index=event.get("Index", 0))
