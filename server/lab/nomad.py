"""A real Nomad agent on loopback, server and client in one (``nomad agent -dev``), with its own ports and data folder.

Its docker plugin allows no privileged containers, as an operator's should; the host volume for Buildah's store is a
folder that belongs to uid 1000. Groups with a bridge network need the CNI plugins on this machine, and the image of
``images.ensure_pause``, which holds the network of such a group.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from server.lab import errors, loopback, ports, process, recipes

_START_DEADLINE = 60.0
_QUICK = 5.0

# Fingerprinters that ask services which are not here, and would only wait for them.
_ABSENT = ("env_aws", "env_gce", "env_azure", "env_digitalocean", "consul")

# Where the CNI project's own instructions, Debian and Fedora put the plugins. Nomad's own default is the first.
_CNI_FOLDERS = (Path("/opt/cni/bin"), Path("/usr/lib/cni"), Path("/usr/libexec/cni"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NomadAgent:
    """A running agent and the address of its HTTP API."""

    address: str
    process: process.Process
    data: Path
    token: str
    """The token that may do everything, where the agent asks for one."""

    def stop(self) -> None:
        """Stop the agent; a development agent takes its jobs with it."""
        self.process.stop(deadline=30)
        unmount_below(self.data)


def start(
    folder: Path,
    *,
    volumes: dict[str, Path],
    vault: str = "",
    acl: bool = False,
    deadline: float = _START_DEADLINE,
) -> NomadAgent:
    """Start an agent (or take the one that runs in ``folder``) and wait until its node can run docker tasks.

    ``volumes`` are the node's host volumes, name and folder; ``vault`` is the address of the server that its tasks get
    secrets from; with ``acl`` it obeys only who has a token.
    """
    data = folder / "data"
    found = process.find("nomad", folder)
    if found is not None:
        address, token = ((folder / name).read_text() for name in ("address", "token"))
        return NomadAgent(address=address, process=found, data=data, token=token)
    data.mkdir(parents=True, exist_ok=True)
    http, rpc, serf = ports.remembered(folder / "port"), ports.free(), ports.free()
    configuration = folder / "agent.json"
    configuration.write_text(
        json.dumps(
            _configuration({"http": http, "rpc": rpc, "serf": serf}, volumes, vault=bool(vault))
            | _vault_configuration(vault)
            | {"acl": {"enabled": acl}},
            indent=2,
        )
    )
    address = f"http://{ports.LOOPBACK}:{http}"
    (folder / "address").write_text(address)
    started = process.start(
        "nomad",
        ["nomad", "agent", "-dev", f"-config={configuration}", f"-data-dir={data}"],
        folder=folder,
        ready=lambda: _has_leader(address),
        deadline=deadline,
        environment=_environment(),
    )
    agent = NomadAgent(
        address=address, process=started, data=data, token=_bootstrap(address) if acl else ""
    )
    token_file = folder / "token"
    token_file.touch(mode=0o600)
    token_file.write_text(agent.token)
    try:
        process.wait_until(
            lambda: _can_run_docker(agent, set(volumes), vault=bool(vault)),
            deadline=deadline,
            waiting_for="waiting for nomad's node",
            alive=started.alive,
            explain=lambda: f"its log ({started.log}) ends with:\n{started.log_tail()}",
        )
    except BaseException:
        agent.stop()
        raise
    return agent


def _has_leader(address: str) -> bool:
    try:
        return loopback.ask("GET", f"{address}/v1/status/leader").json() not in ("", None)
    except (requests.RequestException, ValueError):
        return False


def _bootstrap(address: str) -> str:
    """Make the first token, which may do everything."""
    answer = loopback.ask("POST", f"{address}/v1/acl/bootstrap")
    if not answer.ok:
        msg = f"no token could be made: {answer.text}"
        raise errors.LabError(msg)
    return str(answer.json()["SecretID"])


def _configuration(
    agent_ports: dict[str, int], volumes: dict[str, Path], *, vault: bool
) -> dict[str, object]:
    absent = _ABSENT if vault else (*_ABSENT, "vault")
    return {
        "bind_addr": ports.LOOPBACK,
        "ports": agent_ports,
        "log_level": "INFO",
        "disable_update_check": True,
        "leave_on_terminate": True,
        "client": {
            "cni_path": str(find_cni_plugins() or _CNI_FOLDERS[0]),
            "options": {"fingerprint.denylist": ",".join(absent)},
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
                    "infra_image": recipes.PAUSE,
                }
            }
        },
    }


def find_cni_plugins() -> Path | None:
    """The folder with the plugins that a bridge network takes, if this machine has one."""
    return next((folder for folder in _CNI_FOLDERS if (folder / "bridge").exists()), None)


def _vault_configuration(address: str) -> dict[str, object]:
    """What an operator writes into the agents' configuration, as docs/security.md says."""
    if not address:
        return {}
    return {
        "vault": {
            "enabled": True,
            "address": address,
            "jwt_auth_backend_path": "jwt-nomad",
            "default_identity": {"aud": ["vault.io"], "ttl": "1h"},
        }
    }


def _environment() -> dict[str, str]:
    """Ours without what would lead the agent to other services or to another agent."""
    unwanted = ("AWS_", "NOMAD_", "VAULT_", "CONSUL_")
    return {name: text for name, text in os.environ.items() if not name.startswith(unwanted)}


def _can_run_docker(agent: NomadAgent, volumes: set[str], *, vault: bool) -> bool:
    try:
        nodes = _get(f"{agent.address}/v1/nodes", agent.token)
        if not nodes:
            return False
        node = _get(f"{agent.address}/v1/node/{nodes[0]['ID']}", agent.token)
    except (requests.RequestException, errors.LabError):
        return False
    docker = (node.get("Drivers") or {}).get("docker") or {}
    return (
        node["Status"] == "ready"
        and docker.get("Healthy") is True
        and volumes <= set(node.get("HostVolumes") or {})
        and (not vault or "vault.version" in (node.get("Attributes") or {}))
    )


def _get(url: str, token: str) -> Any:
    answer = loopback.ask("GET", url, headers={"X-Nomad-Token": token} if token else None)
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
