"""A real Nomad server, and what it says when a job is to be registered."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from server.lab import ports, process

_DEADLINE = 60.0
# What an operator can provide: no mistake of the job's.
_OF_THE_CLUSTER = re.compile(
    r"nonexistent namespace|nonexistent node pool|Vault \".*\" not enabled"
)


@dataclass(frozen=True, slots=True)
class Agent:
    """A running server, by the address of its HTTP API."""

    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def refusal(self, text: str, variables: str = "") -> str:
        """Why the server does not take a job file, empty if it does."""
        request = {"JobHCL": text, "Canonicalize": False, "Variables": variables}
        answer = self._post("jobs/parse", request)
        if not answer.ok:
            return answer.text
        return self.refusal_of_job(answer.json())

    def refusal_of_job(self, job: dict[str, Any]) -> str:
        """Why the server does not take a job of the API, empty if it does."""
        try:
            answer = self._post("validate/job", {"Job": job})
        except requests.ConnectionError:
            return "the server failed while it looked at the job"
        if not answer.ok:
            return answer.text
        found = answer.json()["ValidationErrors"] or []
        return "\n".join(each for each in found if not _OF_THE_CLUSTER.search(each))

    def warnings(self, text: str) -> str:
        """What the server warns of in a job file that it takes."""
        parsed = self._post("jobs/parse", {"JobHCL": text, "Canonicalize": False})
        answer = self._post("validate/job", {"Job": parsed.json()})
        return str(answer.json()["Warnings"])

    def _post(self, path: str, body: dict[str, Any]) -> requests.Response:
        return self.session.post(f"{self.address}/v1/{path}", json=body, timeout=30)


@contextlib.contextmanager
def run(folder: Path) -> Iterator[Agent]:
    """Run a server with its own ports and data below a folder."""
    http, rpc, serf = ports.free(), ports.free(), ports.free()
    loopback = ports.LOOPBACK
    configuration = {
        "bind_addr": loopback,
        "advertise": {"http": loopback, "rpc": f"{loopback}:{rpc}", "serf": f"{loopback}:{serf}"},
        "ports": {"http": http, "rpc": rpc, "serf": serf},
        "data_dir": str(folder / "data"),
        "disable_update_check": True,
        "server": {"enabled": True, "bootstrap_expect": 1},
        "limits": {"http_max_conns_per_client": 0},
    }
    file = folder / "agent.json"
    file.write_text(json.dumps(configuration))
    agent = Agent(f"http://{loopback}:{http}")
    started = process.start(
        "nomad",
        ["nomad", "agent", f"-config={file}"],
        folder=folder,
        ready=lambda: _has_leader(agent),
        deadline=_DEADLINE,
        environment={},
    )
    try:
        yield agent
    finally:
        started.stop(deadline=30)


def _has_leader(agent: Agent) -> bool:
    # Until there is a leader, namespaces cannot be looked up.
    try:
        answer = agent.session.get(f"{agent.address}/v1/namespaces", timeout=5)
    except requests.ConnectionError:
        return False
    return answer.ok
