"""An image that waits in staging, and what a test of the publish pack does with it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tarfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from server.cluster import read_time
from server.lab import Lab, docker, images, registry
from server.lab.credentials import Credentials
from tests.e2e.jobs import PackJob

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass(slots=True)
class Staged:
    """An image in the staging repository of a build, in a registry that a test may break."""

    lab: Lab
    registry: registry.Registry
    build_id: str
    digest: str
    tags: tuple[str, ...] = ("latest", "v1")

    @property
    def repository(self) -> str:
        return f"team/{self.build_id}"

    @property
    def staging(self) -> str:
        return f"{self.repository}-staging-{self.build_id}"

    def _given(self) -> dict[str, Any]:
        address = self.registry.address
        return {
            "build_id": self.build_id,
            "staging_image": f"{address}/{self.staging}:{self.build_id}",
            "insecure_registries": [address],
            "copy_image": self.lab.images.copy,
        }

    def publish(self, attempt: int = 1, **changes: Any) -> PackJob:
        """Register a publish job."""
        values = {
            "attempt": attempt,
            "digest": self.digest,
            "image": f"{self.registry.address}/{self.repository}",
            "tags": list(self.tags),
        }
        return PackJob(self.lab, "publish", self._given() | values | changes)

    def clean_up(self, **changes: Any) -> PackJob:
        """Register a cleanup job."""
        return PackJob(self.lab, "cleanup", self._given() | changes)

    def digests(self) -> dict[str, str | None]:
        return {tag: self.registry.digest(self.repository, tag) for tag in self.tags}

    def move(self, tag: str) -> str:
        """Have a tag stand for another image, as somebody else might; return that one's digest."""
        manifest = json.dumps(self.registry.manifest(self.repository, self.digest), indent=1)
        return put_manifest(self.registry, self.repository, tag, manifest, MANIFEST)

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Have the registry take connections, and never answer."""
        with unanswering(self.registry):
            yield


@contextlib.contextmanager
def unanswering(where: registry.Registry) -> Iterator[None]:
    """Have a registry take connections, and never answer."""
    os.kill(where.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(where.process.pid, signal.SIGCONT)


def put_manifest(
    where: registry.Registry, repository: str, reference: str, text: str, kind: str
) -> str:
    """Write a manifest as it is, and return its digest."""
    answer = requests.put(
        f"http://{where.address}/v2/{repository}/manifests/{reference}",
        data=text.encode(),
        headers={"Content-Type": kind},
        timeout=10,
    )
    assert answer.ok, answer.text
    return answer.headers["Docker-Content-Digest"]


def new_build_id() -> str:
    """An id of the test's own."""
    return f"p{uuid.uuid4().hex[:10]}"


def stage(
    lab: Lab, where: registry.Registry, build_id: str, *tags: str, image: str = images.BUSYBOX
) -> Staged:
    """Push an image, the tiny one unless another is named, to where a build would have it wait."""
    staged = Staged(lab, where, build_id, "", tags or ("latest", "v1"))
    name = f"{where.address}/{staged.staging}:{build_id}"
    docker.tag(image, name)
    docker.push(name)
    docker.remove(name)
    digest = where.digest(staged.staging, build_id)
    assert digest is not None
    staged.digest = digest
    return staged


def writes_since(staged: Staged, position: int) -> list[str]:
    """The manifests that were written to the registry or deleted since then."""
    return [
        f"{each.method} {each.path}"
        for each in staged.registry.access_log(since=position)
        if each.method in ("PUT", "DELETE") and "/manifests/" in each.path
    ]


def keep_secret(lab: Lab, path: str, secret: Credentials) -> str:
    """Put credentials into a Nomad Variable, and return the reference to it."""
    answer = requests.put(
        f"{lab.nomad_address}/v1/var/{path}",
        json={"Path": path, "Items": {"username": secret.user, "password": secret.password}},
        timeout=10,
    )
    assert answer.ok, answer.text
    return f"nomad:{path}"


@contextlib.contextmanager
def large_image_of(folder: Path) -> Iterator[str]:
    """An image with 200 MB that no compression makes less, as long as the context lasts."""
    name, size = "nomad-build/large:local", 201_000_000
    content, archive = folder / "content", folder / "root.tar"
    with content.open("wb") as file:
        for _ in range(0, size, 1_000_000):
            file.write(os.urandom(1_000_000))
    with tarfile.open(archive, "w") as tar:
        tar.add(content, "content")
    content.unlink()
    docker.import_archive(archive, name, ['CMD ["true"]'])
    try:
        yield name
    finally:
        docker.remove(name)


def task_seconds(job: PackJob) -> float:
    """How long the pack's task ran, by Nomad's own times."""
    state = job.wait()
    started, finished = read_time(state["StartedAt"]), read_time(state["FinishedAt"])
    assert started is not None
    assert finished is not None
    return (finished - started).total_seconds()
