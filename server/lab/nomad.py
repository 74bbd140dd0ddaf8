"""A real Nomad agent on loopback, server and client in one (``nomad agent -dev``), with its own ports and data folder.

Its docker plugin allows no privileged containers, as an operator's should; the host volume for Buildah's store is a
folder that belongs to uid 1000.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from server.lab import errors, loopback, ports, process

_START_DEADLINE = 60.0
_QUICK = 5.0

# Fingerprinters that ask services which are not here, and would only wait for them.
_ABSENT = "env_aws,env_gce,env_azure,env_digitalocean,consul,vault"


@dataclass(frozen=True, slots=True, kw_only=True)
class NomadAgent:
    """A running agent and the address of its HTTP API."""

    address: str
    process: process.Process
    data: Path

    def stop(self) -> None:
        """Stop the agent; a development agent takes its jobs with it."""
        self.process.stop(deadline=30)
        unmount_below(self.data)


def start(
    folder: Path, *, volumes: dict[str, Path], deadline: float = _START_DEADLINE
) -> NomadAgent:
    """Start an agent (or take the one that runs in ``folder``) and wait until its node can run docker tasks.

    ``volumes`` are the node's host volumes, name and folder.
    """
    data = folder / "data"
    found = process.find("nomad", folder)
    if found is not None:
        address = (folder / "address").read_text()
        return NomadAgent(address=address, process=found, data=data)
    data.mkdir(parents=True, exist_ok=True)
    http, rpc, serf = ports.remembered(folder / "port"), ports.free(), ports.free()
    configuration = folder / "agent.json"
    configuration.write_text(
        json.dumps(_configuration({"http": http, "rpc": rpc, "serf": serf}, volumes), indent=2)
    )
    address = f"http://{ports.LOOPBACK}:{http}"
    (folder / "address").write_text(address)
    started = process.start(
        "nomad",
        ["nomad", "agent", "-dev", f"-config={configuration}", f"-data-dir={data}"],
        folder=folder,
        ready=lambda: _can_run_docker(address, set(volumes)),
        deadline=deadline,
        environment=_environment(),
    )
    return NomadAgent(address=address, process=started, data=data)


def _configuration(agent_ports: dict[str, int], volumes: dict[str, Path]) -> dict[str, object]:
    return {
        "bind_addr": ports.LOOPBACK,
        "ports": agent_ports,
        "log_level": "INFO",
        "disable_update_check": True,
        "leave_on_terminate": True,
        "client": {
            "options": {"fingerprint.denylist": _ABSENT},
            # The machine's disk may be fuller than Nomad likes; logs have to stay until they are read.
            "gc_disk_usage_threshold": 99,
            "gc_inode_usage_threshold": 99,
            "gc_max_allocs": 500,
            "host_volume": {
                name: {"path": str(path), "read_only": False} for name, path in volumes.items()
            },
        },
        "plugin": {
            "docker": {
                "config": {
                    "allow_privileged": False,
                    "volumes": {"enabled": True},
                    "gc": {"image": False},
                }
            }
        },
    }


def _environment() -> dict[str, str]:
    """Ours without what would lead the agent to other services or to another agent."""
    unwanted = ("AWS_", "NOMAD_", "VAULT_", "CONSUL_")
    return {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}


def _can_run_docker(address: str, volumes: set[str]) -> bool:
    try:
        nodes = _get(f"{address}/v1/nodes")
        if not nodes:
            return False
        node = _get(f"{address}/v1/node/{nodes[0]['ID']}")
    except (requests.RequestException, errors.LabError):
        return False
    docker = (node.get("Drivers") or {}).get("docker") or {}
    return (
        node["Status"] == "ready"
        and docker.get("Healthy") is True
        and volumes <= set(node.get("HostVolumes") or {})
    )


def _get(url: str) -> Any:
    answer = loopback.ask("GET", url)
    if not answer.ok:
        msg = f"{url}: {answer.status_code}"
        raise errors.LabError(msg)
    return answer.json()


def unmount_below(folder: Path) -> None:
    """Release the secrets folders that a killed agent left mounted, so that the data folder can be removed."""
    for line in reversed(Path("/proc/mounts").read_text().splitlines()):
        # Spaces in paths are written as octal escapes there (proc_pid_mounts(5)).
        target = line.split(" ")[1].encode().decode("unicode_escape")
        if Path(target).is_relative_to(folder):
            process.run("umount", "--lazy", target, deadline=_QUICK)
