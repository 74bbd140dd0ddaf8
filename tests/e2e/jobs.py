"""A single job of a pack on the lab's Nomad, by plain HTTP and without the service."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

import generator
from server.lab import Lab
from tests.waiting import wait_for

_TIMEOUT = 10.0
_ENDED = ("complete", "failed")


class PackJob:
    """A job that a pack gives, registered on the lab's Nomad."""

    def __init__(
        self, lab: Lab, pack: str, values: dict[str, Any], variant: str = "", task: str = ""
    ) -> None:
        """Render and register the job; its end is that of the task with the pack's name, or of another."""
        self._address = lab.nomad_address
        self.task = task or ("test-1" if pack == "test" else pack)
        job: dict[str, Any] = generator.render_job(
            generator.find_pack(pack),
            variant=variant or None,
            values={"network_mode": "host"} | values,
        )
        self.id: str = job["ID"]
        answer = requests.post(f"{self._address}/v1/jobs", json={"Job": job}, timeout=_TIMEOUT)
        assert answer.ok, answer.text

    def allocation(self) -> dict[str, Any]:
        """The job's only allocation; nothing as long as there is none."""
        found = self._ask(f"/v1/job/{self.id}/allocations").json()
        assert len(found) <= 1
        return dict(found[0]) if found else {}

    def wait(self, seconds: float = 120.0) -> dict[str, Any]:
        """Wait until the job has ended, and return the state of the pack's task."""

        def ended() -> dict[str, Any]:
            found = self.allocation()
            return found if found.get("ClientStatus") in _ENDED else {}

        state: dict[str, Any] = wait_for(ended, f"{self.id} ends", seconds)["TaskStates"][self.task]
        return state

    def succeed(self) -> None:
        """Wait for the end, which has to be a good one."""
        state = self.wait()
        assert not state["Failed"], self.log()
        # A task that comes after one that failed has not.
        found = self.allocation()
        logs = [f"{task}: {self.log(task)}" for task in found["TaskStates"]]
        assert found["ClientStatus"] == "complete", "\n".join(logs)

    def fail(self) -> tuple[str, str]:
        """Wait for the end, which has to be a bad one, and return the reason's word and sentence."""
        state = self.wait()
        assert state["Failed"], self.log()
        word, _, sentence = self.result("reason").partition("\n")
        return word, sentence.strip()

    def exit_code(self) -> int:
        """The exit code of the pack's task, which has ended."""
        events = self.wait()["Events"]
        return int(next(each["ExitCode"] for each in events if each["Type"] == "Terminated"))

    def result(self, name: str) -> str:
        """A file that the script has left for the service; empty if there is none."""
        path = {"path": f"alloc/data/{name}"}
        answer = self._ask(f"/v1/client/fs/cat/{self.allocation()['ID']}", path, missing=True)
        return answer.text if answer.ok else ""

    def has_left(self, name: str) -> bool:
        """Whether there is such a file among those that the scripts have left."""
        path = {"path": "alloc/data"}
        listed = self._ask(f"/v1/client/fs/ls/{self.allocation()['ID']}", path).json()
        return any(each["Name"] == name for each in listed)

    def log(self, task: str = "") -> str:
        """What a task has written, the pack's own unless another is named."""
        found = self.allocation()
        if not found:
            return ""
        wanted = {"task": task or self.task, "type": "stdout", "plain": "true"}
        answer = self._ask(f"/v1/client/fs/logs/{found['ID']}", wanted, missing=True)
        return answer.text if answer.ok else ""

    def wait_for_log(self, text: str, task: str = "", seconds: float = 60.0) -> None:
        """Wait until a task has written something."""
        what = f"{self.id} says {text!r}"
        wait_for(lambda: text in self.log(task), what, seconds)

    def stop(self) -> float:
        """Stop the job as an operator would, and return how many seconds it took to end."""
        began = time.monotonic()
        answer = requests.delete(f"{self._address}/v1/job/{self.id}", timeout=_TIMEOUT)
        assert answer.ok, answer.text
        self.wait(30)
        return time.monotonic() - began

    def _ask(
        self, path: str, query: Mapping[str, str] | None = None, *, missing: bool = False
    ) -> requests.Response:
        answer = requests.get(f"{self._address}{path}", params=query, timeout=_TIMEOUT)
        assert answer.ok or missing, answer.text
        return answer
