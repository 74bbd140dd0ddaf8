"""The container engine: find a running dockerd, or start one, and ask it for the few things the lab needs.

Only what was started here is stopped here.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from server.lab import errors, process

_LOG = logging.getLogger(__name__)

_START_DEADLINE = 60.0
_QUICK = 30.0
_TRANSFER = 600.0


@dataclass(frozen=True, slots=True)
class Engine:
    """A container engine that answers; ``started`` is the daemon if this lab started it."""

    started: process.Process | None

    def stop(self) -> None:
        """Stop the daemon if it is ours."""
        if self.started is not None:
            self.started.stop(deadline=30)


def running() -> bool:
    """Whether an engine answers to the ``docker`` command."""
    try:
        process.run("docker", "info", "--format", "{{.ServerVersion}}", deadline=_QUICK)
    except errors.ProgramMissing:
        raise
    except errors.LabError:
        return False
    return True


def ensure(folder: Path, *, options: Iterable[str] = ()) -> Engine:
    """A running engine: the one that answers already, or else a new dockerd, started with further ``options``."""
    if running():
        return Engine(started=None)
    if os.geteuid() != 0:
        msg = (
            "no container engine answers and only root can start one: start docker, or run as root"
        )
        raise errors.NotReady(msg)
    _LOG.info("starting a container engine")
    command = [
        "dockerd",
        "--storage-driver=overlay2",
        f"--pidfile={folder / 'docker.pid'}",
        *options,
    ]
    return Engine(
        process.start("dockerd", command, folder=folder, ready=running, deadline=_START_DEADLINE)
    )


def labels(image: str) -> dict[str, str] | None:
    """The labels of a local image, or None when the image is not here."""
    try:
        said = process.run(
            "docker",
            "image",
            "inspect",
            "--format",
            "{{json .Config.Labels}}",
            image,
            deadline=_QUICK,
        )
    except errors.CommandFailed:
        return None
    return {str(name): str(text) for name, text in (json.loads(said) or {}).items()}


def present(image: str) -> bool:
    """Whether the image is in the engine's store."""
    return labels(image) is not None


def pull(image: str, *, deadline: float = _TRANSFER) -> None:
    """Fetch an image from its registry."""
    process.run("docker", "pull", "--quiet", image, deadline=deadline)


def push(image: str) -> None:
    """Send an image to the registry in its name."""
    process.run("docker", "push", image, deadline=_TRANSFER)


def tag(image: str, name: str) -> None:
    """Give an image a further name."""
    process.run("docker", "tag", image, name, deadline=_QUICK)


def remove(*images: str) -> None:
    """Take names off images, and the images with their last name."""
    process.run("docker", "image", "rm", "--force", *images, deadline=_QUICK)


def import_archive(archive: Path, name: str, changes: Iterable[str]) -> None:
    """Make an image of one layer from a root filesystem's tar archive."""
    options = [option for change in changes for option in ("--change", change)]
    process.run("docker", "import", *options, str(archive), name, deadline=_TRANSFER)


def derive(image: str, name: str, changes: Iterable[str]) -> None:
    """Make an image that differs from another one in its settings only."""
    options = [option for change in changes for option in ("--change", change)]
    container = process.run("docker", "create", image, deadline=_QUICK).strip()
    try:
        process.run("docker", "commit", *options, container, name, deadline=_TRANSFER)
    finally:
        process.run("docker", "rm", container, deadline=_QUICK)


def run(image: str, *command: str, options: Iterable[str] = (), deadline: float = _TRANSFER) -> str:
    """Run a command (or the image's own) in a throw-away container and give its output."""
    return process.run("docker", "run", "--rm", *options, image, *command, deadline=deadline)
