"""The packs without the service: an operator runs them with nomad-pack and the variant files."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

import generator
from tests.e2e.ground import Ground

pytestmark = [
    pytest.mark.docker,
    pytest.mark.nomad,
    pytest.mark.nomad_pack,
    pytest.mark.timeout(300),
    # nomad-pack has Nomad parse the job, which the embedded engine leaves to the generator.
    pytest.mark.parametrize("ground", ["nomad"], indirect=True),
]


class Operator:
    """Runs packs on the ground's Nomad and looks at what became of their jobs."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        self.ground = ground
        self.folder = folder
        self.build_id = f"hand{uuid.uuid4().hex[:8]}"

    def run(self, pack: str, values: Mapping[str, object], variant: str | None = None) -> str:
        """Run a pack to its job's end; return the id of the allocation."""
        file = self.folder / f"{pack}.hcl"
        given = {"build_id": self.build_id, "network_mode": "host"} | dict(values)
        file.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items()))
        folder = generator.find_pack(pack).folder
        command = ["nomad-pack", "run", str(folder), "-f", str(file)]
        if variant:
            command += ["-f", str(folder / "variants" / f"{variant}.hcl")]
        environment = {**os.environ, "NOMAD_ADDR": self.ground.lab.nomad_address}
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        self.ground.wait_for(lambda: self._ended(pack), f"the job of {pack} ends")
        allocation = self._allocations(pack)[0]
        assert allocation["ClientStatus"] == "complete", allocation["TaskStates"]
        return str(allocation["ID"])

    def read(self, allocation: str, path: str) -> str:
        """Return a file that a task has left."""
        address = f"{self.ground.lab.nomad_address}/v1/client/fs/cat/{allocation}"
        return requests.get(address, params={"path": path}, timeout=10).text.strip()

    def _ended(self, pack: str) -> bool:
        found = self._allocations(pack)
        return bool(found) and found[0]["ClientStatus"] in ("complete", "failed")

    def _allocations(self, pack: str) -> list[dict[str, Any]]:
        address = f"{self.ground.lab.nomad_address}/v1/job/{pack}-{self.build_id}/allocations"
        return list(requests.get(address, timeout=10).json())


def test_an_operator_builds_tests_and_publishes_with_nomad_pack(
    ground: Ground, tmp_path: Path
) -> None:
    operator = Operator(ground, tmp_path)
    registry = ground.lab.registry
    repository = f"by-hand/hello-staging-{operator.build_id}"
    staging = {
        "staging_image": f"{registry.address}/{repository}:staged",
        "insecure_registries": [registry.address],
    }
    built = operator.run(
        "build",
        staging
        | {
            "repo_url": ground.hello.url,
            "git_ref": "main",
            "git_protocols": ["http"],
            "builder_image": ground.lab.images.builder,
            "source_image": ground.lab.images.source,
        },
        "cpu-cache",
    )
    digest = operator.read(built, "alloc/data/digest")
    assert operator.read(built, "alloc/data/commit") == ground.hello.commit
    assert registry.digest(repository, "staged") == digest

    image = f"{registry.address}/{repository}@{digest}"
    operator.run("test", {"image": image, "commands": ["hello | grep Hello"]}, "cpu")

    copy = staging | {"copy_image": ground.lab.images.copy}
    target = {"image": f"{registry.address}/by-hand/hello", "tags": ["1.0", "latest"]}
    operator.run("publish", copy | target | {"digest": digest})
    assert registry.digest("by-hand/hello", "1.0") == digest
    assert registry.digest("by-hand/hello", "latest") == digest
    assert registry.tags(repository) == []

    operator.run("cleanup", copy)
