"""Builds of the build pack, each with a store of the test's own, and what they made."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from server.lab import gitserver
from tests.e2e.ground import Ground
from tests.e2e.jobs import PackJob

_TIMEOUT = 10.0


class PackBuild(PackJob):
    """A job of the build pack; its image goes to a repository of its own."""

    def __init__(
        self,
        ground: Ground,
        repo_url: str,
        variant: str = "cpu-cache",
        task: str = "",
        **values: Any,
    ) -> None:
        """Register the build of a repository's Dockerfile."""
        self.build_id = f"b{uuid.uuid4().hex[:10]}"
        self._ground = ground
        self._repository = f"pack/{self.build_id}"
        registry = ground.lab.registry.address
        given = {
            "build_id": self.build_id,
            "repo_url": repo_url,
            "git_protocols": ["http", "https", "ssh"],
            "staging_image": f"{registry}/{self._repository}:staged",
            "insecure_registries": [registry],
            "builder_image": ground.lab.images.builder,
            "source_image": ground.lab.images.source,
        }
        super().__init__(ground.lab, "build", given | values, variant, task)

    @property
    def digest(self) -> str:
        """The digest that the build has left."""
        return self.result("digest").strip()

    def manifest(self) -> dict[str, Any]:
        """The manifest of what was built."""
        return self._ground.lab.registry.manifest(self._repository, self.digest)

    def image(self) -> dict[str, Any]:
        """The configuration of what was built, as it is in the registry."""
        digest = self.manifest()["config"]["digest"]
        registry = self._ground.lab.registry.address
        url = f"http://{registry}/v2/{self._repository}/blobs/{digest}"
        return dict(requests.get(url, timeout=_TIMEOUT).json())


def repository(ground: Ground, files: Mapping[str, gitserver.Entry], **options: Any) -> str:
    """The address of a new repository; ``{base}`` in its Dockerfiles is the lab's base image."""
    filled = {
        name: entry.replace("{base}", ground.lab.base_image) if isinstance(entry, str) else entry
        for name, entry in files.items()
    }
    return ground.lab.git.create(f"pack-{uuid.uuid4().hex[:10]}", filled, **options).url


def build(ground: Ground, dockerfile: str, **values: Any) -> PackBuild:
    """Register the build of a repository that has nothing but a Dockerfile."""
    return PackBuild(ground, repository(ground, {"Dockerfile": dockerfile}), **values)


def keep_secret(ground: Ground, **fields: str) -> str:
    """Keep a secret where every job may read it, and return the reference to it."""
    path = f"nomad/jobs/secret-{uuid.uuid4().hex[:10]}"
    # A Nomad Variable for all jobs is "nomad/jobs" alone; without ACLs any will do.
    address = f"{ground.lab.nomad_address}/v1/var/{path}"
    answer = requests.put(address, json={"Path": path, "Items": fields}, timeout=_TIMEOUT)
    assert answer.ok, answer.text
    return f"nomad:{path}"


def log_of_steps(job: PackJob) -> str:
    """What the build task has logged, as UTF-8."""
    return job.log("build").encode("latin-1", "replace").decode("utf-8", "replace")


def fresh_scope() -> str:
    """The name of a trust domain that has no store yet."""
    return f"scope-{uuid.uuid4().hex[:10]}"


def scope_folder(ground: Ground, scope: str) -> Path:
    """Where a trust domain's store is on this machine."""
    return ground.lab.cache / scope
