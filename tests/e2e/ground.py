"""What an end-to-end test stands on: a lab, a service, and a client that speaks plain HTTP."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.lab import Lab, Repository, loopback, service

HELLO = {
    "hello.sh": "#!/bin/sh\necho Hello, world\n",
    "Broken": "FROM {base}\nRUN echo 'this step is broken' && exit 7\n",
    "Dockerfile": 'FROM {base}\nCOPY --chmod=0755 hello.sh /usr/local/bin/hello\nCMD ["hello"]\n',
}
_DEADLINE = 120.0


@dataclass(slots=True)
class Ground:
    """A lab and a service on it; ``hello`` is a repository that builds."""

    lab: Lab
    folder: Path
    hello: Repository
    service: service.Service

    def kill_service(self) -> None:
        """Kill the service as hard as can be, and start another."""
        self.service.process.kill()
        self.service = service.start(self.folder, self.lab.environment())

    @contextlib.contextmanager
    def configured(self, **variables: str) -> Iterator[None]:
        """Have the service run with other variables for a while; names are without NOMAD_BUILD_."""
        given = {f"NOMAD_BUILD_{name}": value for name, value in variables.items()}
        self.service.stop()
        self.service = service.start(self.folder, self.lab.environment() | given)
        try:
            yield
        finally:
            self.service.stop()
            self.service = service.start(self.folder, self.lab.environment())

    def request(self, **changes: Any) -> dict[str, Any]:
        """Return a request that succeeds, but for the changes."""
        return {
            "owner": "e2e",
            "repoURL": self.hello.url,
            "gitRef": "main",
            "registryURL": f"{self.lab.registry.address}/e2e",
            "imageTags": ["latest", "v1"],
            "testCommands": ["hello | grep 'Hello, world'"],
        } | changes

    def call(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a tool over plain HTTP."""
        url = f"{self.service.address}/mcp/{tool}"
        answer = loopback.ask("POST", url, body=arguments, seconds=30)
        assert answer.ok, answer.text
        return dict(answer.json())

    def build(self, **changes: Any) -> dict[str, Any]:
        """Submit a build and return its status once it has ended."""
        return self.wait(self.call("submitJob", {"jobConfig": self.request(**changes)})["jobID"])

    def wait(self, job_id: str, seconds: float = _DEADLINE) -> dict[str, Any]:
        """Return a build's status once it has ended."""
        build: dict[str, Any] = {}

        def has_ended() -> bool:
            build.update(self.call("getStatus", {"jobID": job_id}))
            return build["status"] in ("SUCCEEDED", "FAILED")

        self.wait_for(has_ended, f"build {job_id} ends", seconds)
        return build

    def wait_for(
        self, condition: Callable[[], object], what: str, seconds: float = _DEADLINE
    ) -> None:
        """Wait until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                pytest.fail(f"not within {seconds} s: {what}")
            time.sleep(0.05)

    def staged(self, build: dict[str, Any], image: str = "e2e/hello-world") -> list[str]:
        """Return the tags that are left in a build's staging repository."""
        return self.lab.registry.tags(f"{image}-staging-{build['jobID']}")
