"""The container to work in by hand: the builder image, as confined as a build's task, always running."""

from __future__ import annotations

import subprocess
import uuid

from tests.e2e.ground import Ground

_CAPABILITIES = ("setuid", "setgid", "sys_chroot")
_STORE = "/cache/by-hand"
_BUILDAH = ("buildah", "--root", f"{_STORE}/storage", "--runroot", "/tmp/run")


class Container:
    """A running container with a store of its own on the lab's cache volume; a context manager."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._name = f"by-hand-{uuid.uuid4().hex[:8]}"

    def __enter__(self) -> Container:
        """Start it."""
        options = ["--user", "build", "--network", "host", "--cap-drop", "all"]
        for capability in _CAPABILITIES:
            options += ["--cap-add", capability]
        options += ["--security-opt", "seccomp=unconfined"]
        options += ["--volume", f"{self._ground.lab.cache}:/cache"]
        for variable in (
            "BUILDAH_ISOLATION=chroot",
            f"TMPDIR={_STORE}/tmp",
            f"XDG_DATA_HOME={_STORE}/data",
        ):
            options += ["--env", variable]
        docker(
            *("run", "--detach", "--name", self._name),
            *(*options, self._ground.lab.images.builder, "sleep", "3600"),
        )
        self.run("mkdir", "-p", f"{_STORE}/tmp", f"{_STORE}/data")
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it; what it has in the store stays."""
        docker("rm", "--force", self._name)

    def run(self, *command: str) -> None:
        """Run a command."""
        docker("exec", self._name, *command)

    def clone(self, url: str, folder: str) -> None:
        """Fetch the newest commit of a repository."""
        self.run("git", "clone", "--quiet", "--depth=1", url, folder)

    def build(self, image: str, folder: str) -> None:
        """Build what a folder holds."""
        options = ("--quiet", "--layers", "--tls-verify=false", "--tag", image)
        self.run(*_BUILDAH, "build", *options, folder)

    def push(self, image: str) -> None:
        """Push an image under its own name."""
        self.run(*_BUILDAH, "push", "--quiet", "--tls-verify=false", image, f"docker://{image}")


def docker(*arguments: str) -> None:
    """Run docker, which has to succeed."""
    subprocess.run(["docker", *arguments], check=True, capture_output=True)
