"""A Nomad whose node can be lost and come back, of each kind: the engine's own, or a client process that is stopped."""

from __future__ import annotations

import json
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import requests

from server.embedded import config, engine
from server.lab import loopback, nomad, ports, process
from tests.contract.api import Nomad

_DEADLINE = 60.0
_NO_DRIVERS = "docker,exec,java,qemu,raw_exec"
_ABSENT = "env_aws,env_gce,env_azure,env_digitalocean,consul,vault"


class Cluster(ABC):
    """A Nomad with one node."""

    nomad: Nomad

    @abstractmethod
    def lose_node(self, *, dead: bool = False) -> None:
        """Let the node's client fall silent while its tasks go on; or, on a real one, end it."""

    @abstractmethod
    def return_node(self) -> None:
        """Let it be heard again."""

    @abstractmethod
    def stop(self) -> None:
        """End all of it."""

    def node(self) -> dict[str, object]:
        """The node as it is listed."""
        (found,) = self.nomad.get("/v1/nodes").json
        return dict(found)

    def await_status(self, *wanted: str) -> None:
        """Wait until the node has one of these statuses."""
        index = 0
        node_id = self.node()["ID"]
        while True:
            answer = self.nomad.get(f"/v1/node/{node_id}?index={index}&wait=20s")
            if answer.json["Status"] in wanted:
                return
            assert answer.index > index, f"the node stays {answer.json['Status']}"
            index = answer.index


class Embedded(Cluster):
    """The engine."""

    def __init__(self, folder: Path) -> None:
        self._engine = engine.Engine(config.Config(data_dir=folder))
        self.nomad = Nomad(self._engine.start())

    def lose_node(self, *, dead: bool = False) -> None:
        """Let the client fall silent; where its tasks are no processes, dead is as silent."""
        del dead
        self._engine.lose_node()

    def return_node(self) -> None:
        """Let it be heard again."""
        self._engine.return_node()

    def stop(self) -> None:
        """Stop the engine."""
        self.nomad.close()
        self._engine.stop()


class Real(Cluster):
    """A server and a client, each a process; the server gives a silent client two seconds or so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stopped = False
        rpc = ports.free()
        server = {
            "enabled": True,
            "bootstrap_expect": 1,
            "heartbeat_grace": "1s",
            "min_heartbeat_ttl": "1s",
        }
        client = {
            "enabled": True,
            "servers": [f"{ports.LOOPBACK}:{rpc}"],
            "options": {"fingerprint.denylist": _ABSENT, "driver.denylist": _NO_DRIVERS},
            "gc_disk_usage_threshold": 99,
            "gc_inode_usage_threshold": 99,
        }
        address = self._configure("server", rpc, {"server": server})
        self._configure("client", ports.free(), {"client": client})
        self.nomad = Nomad(address)
        self._server = self._start("server", lambda: _answers(f"{address}/v1/status/leader"))
        self._client = self._start("client", self._has_ready_node)

    def lose_node(self, *, dead: bool = False) -> None:
        """Stop the client's process, or kill it."""
        if dead:
            self._client.kill()
        else:
            os.kill(self._client.pid, signal.SIGSTOP)
            self._stopped = True
        self.await_status("down", "disconnected")

    def return_node(self) -> None:
        """Let the client's process go on, or start it again."""
        self._go_on()
        if not self._client.alive():
            self._client = self._start("client", self._has_ready_node)
        self.await_status("ready")

    def stop(self) -> None:
        """End both processes."""
        self.nomad.close()
        self._go_on()
        self._client.stop(deadline=30)
        self._server.stop(deadline=30)
        nomad.unmount_below(self._folder)

    def _go_on(self) -> None:
        if self._stopped:
            os.kill(self._client.pid, signal.SIGCONT)
            self._stopped = False

    def _configure(self, name: str, rpc: int, part: dict[str, object]) -> str:
        """Write an agent's configuration; return its address."""
        http = ports.free()
        (self._folder / name).mkdir()
        body = {
            "bind_addr": ports.LOOPBACK,
            "advertise": dict.fromkeys(("http", "rpc", "serf"), ports.LOOPBACK),
            "data_dir": str(self._folder / name / "data"),
            "ports": {"http": http, "rpc": rpc, "serf": ports.free()},
            "disable_update_check": True,
            **part,
        }
        (self._folder / name / "agent.json").write_text(json.dumps(body))
        return f"http://{ports.LOOPBACK}:{http}"

    def _start(self, name: str, ready: Callable[[], bool]) -> process.Process:
        folder = self._folder / name
        return process.start(
            "nomad",
            ["nomad", "agent", f"-config={folder / 'agent.json'}"],
            folder=folder,
            ready=ready,
            deadline=_DEADLINE,
        )

    def _has_ready_node(self) -> bool:
        found = self.nomad.get("/v1/nodes")
        return found.status == 200 and any(each["Status"] == "ready" for each in found.json)


def _answers(url: str) -> bool:
    try:
        answer = loopback.ask("GET", url)
    except requests.RequestException:
        return False
    return answer.ok and answer.text not in ("", '""')
