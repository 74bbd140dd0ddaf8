"""The adapter to Nomad's HTTP API over python-nomad: the calls we need, our data in, our errors out."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server import cluster, nodes
from server.clock import Clock
from server.config import Config
from server.errors import NomadConflict, NomadNotFound, NomadUnreachable
from server.metrics import Metrics
from server.nomad.variables import Variables

_HEARTBEAT_TIMEOUT = 35  # seconds; the event stream has a heartbeat each 10 s
# The topics that are asked for, and which field of each names the job: of a job's event its own, else its payload's.
_TOPICS = {"Job": "Key", "Allocation": "JobID", "Evaluation": "JobID"}


@dataclass(frozen=True, slots=True)
class File:
    """A regular file of an allocation's folder, and how many bytes it has."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a job, allocation or evaluation; ``time`` is when, in nanoseconds since 1970, where it is told.

    ``routine`` says that it only tells of a job that goes on as it should.
    """

    topic: str
    job_id: str
    index: int
    time: int = 0
    routine: bool = False


class Nomad(Variables):
    """Nomad as the service uses it. Safe for use by several threads.

    Every method may raise ``NomadUnreachable`` (worth trying again) or ``NomadError`` (refused).
    """

    def __init__(
        self, config: Config, metrics: Metrics | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(config, metrics, clock)
        self._nodes: tuple[nodes.Node, ...] = ()  # with what was asked of each

    # Jobs and what became of them

    def register_job(self, job: Mapping[str, Any]) -> bool:
        """Register a job unless one with its id is there; tell whether it was new."""
        body = {"Job": job, "EnforceIndex": True, "JobModifyIndex": 0}
        try:
            with self._call("register_job"):
                self._client.jobs.register_job(body)
        except NomadConflict:
            return False
        return True

    def read_job(self, job_id: str) -> cluster.Job | None:
        """Read a job; None if there is none."""
        try:
            with self._call("read_job"):
                return cluster.read_job(self._client.job.get_job(job_id))
        except NomadNotFound:
            return None

    def read_allocation(self, job_id: str) -> cluster.Allocation | None:
        """Read the allocation of a job that counts, None while it has none."""
        with self._call("read_allocation"):
            found = self._client.job.get_allocations(job_id)
            return cluster.choose_allocation(cluster.read_allocation(each) for each in found)

    def list_allocations(self, job_id: str) -> tuple[cluster.Allocation, ...]:
        """List all allocations that Nomad still knows of a job, the oldest first."""
        with self._call("list_allocations"):
            found = map(cluster.read_allocation, self._client.job.get_allocations(job_id))
            return tuple(sorted(found, key=lambda each: each.create_index))

    def read_evaluations(self, job_id: str) -> cluster.Evaluations:
        """Read what the evaluations of a job say, also of one that is gone."""
        with self._call("read_evaluations"):
            return cluster.read_evaluations(job_id, self._client.job.get_evaluations(job_id))

    def stop_job(self, job_id: str, *, purge: bool = False) -> None:
        """Stop a job; one that is not there counts as stopped."""
        with contextlib.suppress(NomadNotFound), self._call("stop_job"):
            self._client.job.deregister_job(job_id, purge=purge)

    def list_jobs(self, prefix: str, *, alive: bool = False) -> tuple[cluster.JobStub, ...]:
        """List the jobs whose ids begin with a prefix: all that Nomad still knows, or only those that may still run."""
        with self._call("list_jobs"):
            found = self._client.jobs.get_jobs(
                prefix=prefix, filter_='Status != "dead"' if alive else None
            )
            return tuple(cluster.read_job_stub(each) for each in found)

    # What tasks leave behind

    def read_file(self, allocation_id: str, path: str, limit: int) -> bytes | None:
        """Read the first ``limit`` bytes of a regular file of an allocation's folder; None if there is none (any more).

        Asking for its size comes first: of a file that is not there Nomad sends the error as its content, with
        status 200 (command/agent/fs_endpoint.go, fsStreamImpl).
        """
        try:
            with self._call("read_file"):
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
        return bytes(content)

    def list_files(self, allocation_id: str, folder: str) -> tuple[File, ...] | None:
        """List the regular files of a folder of an allocation; None while there is none, or when it is collected.

        What a task has put there in a file's place, a link or a pipe, is left out.
        """
        try:
            with self._call("list_files"):
                found = self._client.client.ls.request(
                    allocation_id, params={"path": folder}, method="get"
                ).json()
                return tuple(
                    File(each["Name"], each["Size"])
                    for each in found
                    if each["FileMode"].startswith("-")
                )
        except NomadNotFound:
            return None

    def read_part(self, allocation_id: str, path: str, offset: int, size: int) -> bytes:
        """Read so many bytes of a file, from ``offset`` on, that a list has shown to be there.

        Raises:
            NomadUnreachable: they are not: the file was removed or replaced since, which another list shows.
        """
        part = {"path": path, "offset": offset, "limit": size}
        with self._call("read_part"):
            answer = self._client.client.read_at.request(allocation_id, params=part, method="get")
        content = bytes(answer.content)
        if len(content) != size:
            # The text of an error, too, would come with status 200 (see read_file).
            msg = f"of {path} came {len(content)} bytes instead of {size}"
            raise NomadUnreachable(msg)
        return content

    def read_log(self, allocation_id: str, task: str, stream: str, tail: int) -> bytes:
        """Read the last ``tail`` bytes of a task's ``stdout`` or ``stderr``; empty if there is none."""
        params = {"task": task, "type": stream, "plain": "true", "origin": "end", "offset": tail}
        try:
            with self._call("read_log"):
                answer = self._client.client.stream_logs.request(
                    allocation_id, params=params, method="get"
                )
        except NomadNotFound:
            return b""
        return bytes(answer.content)

    # The cluster

    def list_nodes(self, *, bridge: bool = False) -> tuple[nodes.Node, ...]:
        """Read all client nodes, in one call, also those that are down: they may come back.

        ``bridge`` asks in addition whether they can give jobs a network of their own. That costs a call for each
        node that has changed since it was asked for the last time, and is remembered.
        """
        with self._call("list_nodes"):
            answer = self._client.nodes.get_nodes(resources=True)
            found = tuple(nodes.read_node(each) for each in answer)
        if not bridge:
            return found
        known = {node.id: node for node in self._nodes}
        self._nodes = tuple(self._with_bridge(node, known.get(node.id)) for node in found)
        return self._nodes

    def _with_bridge(self, node: nodes.Node, known: nodes.Node | None) -> nodes.Node:
        if known is not None and known.modify_index == node.modify_index:
            return known
        try:
            with self._call("read_node"):
                answer = self._client.node.get_node(node.id)
        except NomadNotFound:  # gone since the list was made
            return node
        return dataclasses.replace(node, bridge=nodes.read_bridge(answer))

    def read_leader(self) -> str:
        """Return the address of the leading server: that there is one means that Nomad works."""
        with self._call("read_leader"):
            leader = self._client.status.leader.get_leader()
        if not isinstance(leader, str) or not leader:
            msg = f"Nomad at {self._address} has no leader"
            raise NomadUnreachable(msg)
        return leader

    def follow_events(self) -> Iterator[Event]:
        """Yield changes of jobs, allocations and evaluations from now on, until the connection ends.

        An event is a hint only: Nomad keeps few of them and drops the rest silently.
        """
        params = {"topic": [*_TOPICS], "namespace": self._namespace}
        with (
            self._call("follow_events"),
            self._client.event.stream.request(
                params=params, method="get", stream=True, timeout=_HEARTBEAT_TIMEOUT
            ) as answer,
        ):
            for line in answer.iter_lines(chunk_size=None):
                if line and line != b"{}":
                    yield from _read_events(json.loads(line))


def _read_events(frame: Mapping[str, Any]) -> Iterator[Event]:
    for event in frame.get("Events") or ():
        topic = event.get("Topic")
        if topic not in _TOPICS:
            continue
        data: Mapping[str, Any] = (event.get("Payload") or {}).get(topic) or {}
        yield Event(
            topic=topic,
            job_id=(event if topic == "Job" else data).get(_TOPICS[topic], ""),
            index=event.get("Index", 0),
            time=0 if topic == "Job" else data.get("ModifyTime", 0),
            routine=cluster.is_routine(topic, event.get("Type", ""), data),
        )
