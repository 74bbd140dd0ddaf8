"""The docker driver: a task in a container, by the ``docker`` or ``podman`` command of this machine.

What it does and how it words failures follows Nomad's drivers/docker; privileged containers and host
paths are refused as an agent with the default plugin options refuses them.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from server.embedded import (
    commands,
    container,
    container_config,
    drivers,
    faults,
    networks,
    options,
    start_watch,
    task_events,
)
from server.embedded import config as configs

LOG = logging.getLogger(__name__)
ALLOC_LABEL = "com.hashicorp.nomad.alloc_id"
ENGINE_LABEL = "nomad-build.engine"


async def find(config: configs.Config) -> DockerDriver | None:
    """Return a driver for this machine's container engine, if there is one that answers."""
    wanted = [config.container_cli] if config.container_cli else ["docker", "podman"]
    for name in wanted:
        path = shutil.which(name)
        if path is None:
            continue
        template = "{{.Server.Version}}" if "docker" in Path(path).name else "{{.Client.Version}}"
        answer = await commands.run(path, "version", "--format", template)
        if answer.code == 0:
            owner = hashlib.sha256(str(config.data_dir.resolve()).encode()).hexdigest()[:16]
            return DockerDriver(path, answer.text.strip(), owner, config.infra_image)
        LOG.warning("%s does not answer: %s", path, answer.error_line)
    return None


class NoEngine:
    """Stands in where there is no container engine: scripted tasks run, others say what is missing."""

    in_container = True
    attributes: Mapping[str, str] = MappingProxyType({})

    async def start(self, launch: drivers.Launch) -> drivers.Running:
        """Refuse."""
        msg = f"no container engine answers, and no script speaks of task {launch.task.name}"
        raise faults.DriverFault(msg)

    async def release(self, allocation_id: str) -> None:
        """Nothing was started."""


class DockerDriver:
    """Runs tasks in containers."""

    in_container = True

    def __init__(self, cli: str, version: str, owner: str, infra_image: str) -> None:
        self.attributes: Mapping[str, str] = {
            "driver.docker.version": version,
            "driver.docker.os_type": "linux",
        }
        self._cli = cli
        self._owner = owner
        self._watch = start_watch.StartWatch(cli, f"{ENGINE_LABEL}={owner}")
        self._networks = networks.Networks(cli, infra_image)

    async def open(self) -> None:
        """Get ready to run tasks."""
        await self.remove_leftovers()
        self._watch.open()

    async def close(self) -> None:
        """Leave nothing behind."""
        await self.remove_leftovers()
        await self._watch.close()

    async def start(self, launch: drivers.Launch) -> drivers.Running:
        """Get the image, make the container, start it."""
        settings = container_config.read(launch.config)
        image_id = await self._get_image(settings, launch)
        labels = {ALLOC_LABEL: launch.allocation.id, ENGINE_LABEL: self._owner}
        marks = [f"--label={key}={value}" for key, value in labels.items()]
        network = None
        if launch.group.shares_network and not settings.network_mode:
            network = await self._networks.join(launch.allocation.id, marks)
            networks.write_hosts(launch.directory.hosts, network, settings.extra_hosts)
        arguments, passed = options.build(settings, launch, image_id, network)
        name = f"{launch.task.name}-{launch.allocation.id}"
        try:
            created = await commands.run(
                self._cli, "create", f"--name={name}", *marks, *arguments, environment=passed
            )
            if created.code != 0:
                msg = f"failed to create container: {created.error_line}"
                raise faults.DriverFault(msg)
            container_id = created.text.strip().splitlines()[-1]
            started = container.Container(self._cli, container_id, launch)
            with self._watch.expect(container_id) as told:
                await started.start(told)
        except BaseException:
            # Cancelled or refused: by its name it is found even when the command was cut short.
            await asyncio.shield(self._remove(name))
            raise
        return started

    async def release(self, allocation_id: str) -> None:
        """Remove the network that an allocation's tasks shared."""
        await self._networks.leave(allocation_id)

    async def remove_leftovers(self) -> None:
        """Remove what an engine on this data directory left behind, such as one that was killed."""
        listed = await commands.run(
            self._cli, "ps", "--all", "--quiet", "--filter", f"label={ENGINE_LABEL}={self._owner}"
        )
        found = listed.text.split()
        if found:
            LOG.warning("removing %d containers that nobody attends to", len(found))
            await self._remove(*found)

    async def _remove(self, *containers: str) -> None:
        await commands.run(self._cli, "rm", "--force", "--volumes", *containers)

    async def _get_image(self, settings: container_config.Settings, launch: drivers.Launch) -> str:
        """Return the image's id; pull it when it is absent, tagged latest, or wanted anew."""
        if not settings.force_pull and _tag(settings.image) != "latest":
            image_id = await self._find_image(settings.image)
            if image_id:
                return image_id
        launch.emit(task_events.driver_message("Downloading image", {"image": settings.image}))
        prefix = f"Failed to pull `{settings.image}`: "
        with _login(settings) as login:
            try:
                pulled = await asyncio.wait_for(
                    commands.run(self._cli, *login, "pull", settings.image),
                    settings.image_pull_seconds,
                )
            except TimeoutError as error:
                msg = f"{prefix}context deadline exceeded"
                raise faults.DriverFault(msg) from error
        if pulled.code != 0:
            raise faults.DriverFault(prefix + pulled.error_line)
        image_id = await self._find_image(settings.image)
        if not image_id:
            msg = f"{prefix}the image is not there after the pull"
            raise faults.DriverFault(msg)
        return image_id

    async def _find_image(self, image: str) -> str:
        found = await commands.run(self._cli, "image", "inspect", "--format", "{{.Id}}", image)
        return found.text.strip() if found.code == 0 else ""


def _tag(image: str) -> str:
    """Return an image's tag; one with a digest has none, one without a tag is latest."""
    if "@" in image:
        return ""
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag or "latest"


@contextlib.contextmanager
def _login(settings: container_config.Settings) -> Iterator[Sequence[str]]:
    """Make the CLI's options that log in with the task's credentials, kept only as long."""
    if settings.auth is None:
        yield ()
        return
    token = base64.b64encode(f"{settings.auth.username}:{settings.auth.password}".encode()).decode()
    server = settings.auth.server or settings.image.partition("/")[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({"auths": {server: {"auth": token}}}, file)
        yield ("--config", folder)
