"""Everything a build needs on one machine: container engine, images, registry, Git server and a Nomad to run jobs.

    with Lab(engine="embedded") as lab:
        repository = lab.git.create("hello-world", {"Dockerfile": f"FROM {lab.base_image}"})
        variables = {**os.environ, **lab.environment()}

State lies in a folder (by default in the user's cache), so that a second run finds images, the registry's content,
Buildah's store and the same ports again. A lab stops only what it started, and nothing if it is told to keep it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from server.lab import docker, engine, errors, images, nomad, process, registry
from server.lab import vault as vaults
from server.lab.gitserver import GitServer

CACHE_VOLUME = "buildah-cache"
BUILD_UID = 1000

# Parts that run as processes, in the order in which they are stopped, and where each keeps its pid file.
_PARTS = (
    ("engine", "engine"),
    ("nomad", "nomad"),
    *((program, "vault") for program in vaults.PROGRAMS),
    ("docker-registry", "registry"),
    ("dockerd", "docker"),
)


def default_folder() -> Path:
    """Where a lab keeps its state unless told otherwise."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "nomad-build", "lab")


class Lab:
    """One machine's laboratory; a context manager.

    ``engine`` is who runs the jobs: ``embedded`` (our own engine, started here), ``nomad`` (a real agent, started
    here), or the address of a Nomad whose client runs on this machine. ``hub`` allows images from public
    registries; a variable such as NOMAD_BUILD_BUILDER_IMAGE names another image to use. ``vault`` has tasks get
    secrets from Vault, which the embedded engine reads from a file; ``acl`` has a real agent obey only who has a
    token. ``keep`` leaves the processes running at the end, for the next lab of the same folder;
    ``stop_left_running`` ends them.
    """

    registry: registry.Registry
    """Where images go; ``registry.address`` is the host part of their names."""

    git: GitServer
    """Where sources come from; ``git.create(name, files)`` makes a repository."""

    nomad_address: str
    """Base address of the Nomad API that runs the jobs."""

    images: images.PhaseImages
    """The images that the phases run in."""

    base_image: str
    """A tiny image with a shell, in the lab's registry, to build from."""

    cache: Path
    """The folder of the host volume ``buildah-cache``; a Nomad given by its address has its own."""

    nomad_token: str
    """The token that may do everything on a Nomad with ACLs; empty without."""

    vault: vaults.Vault | vaults.SecretsFile | None
    """Where tasks get secrets, for a lab that was asked for it: ``vault.put(path, fields)``."""

    def __init__(
        self,
        *,
        engine: str = "embedded",
        folder: Path | None = None,
        hub: bool = False,
        vault: bool = False,
        acl: bool = False,
        keep: bool = False,
    ) -> None:
        """Describe the lab; entering the context starts it."""
        self._engine = engine
        self._folder = folder or default_folder()
        self._hub = hub
        self._wants_vault = vault
        self._acl = acl
        self._keep = keep
        self._exits = contextlib.ExitStack()

    def __enter__(self) -> Lab:
        """Start what is not running, part by part; a part that fails takes the earlier ones down again."""
        with contextlib.ExitStack() as started:
            started.enter_context(_exclusive(self._folder))
            self._start(started)
            self._exits = started.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what this lab started."""
        self._exits.close()

    def environment(self) -> dict[str, str]:
        """The variables that make a server use this lab, to be laid over the process's own.

        Tasks share the machine's network, because that is where the loopback servers are.
        """
        return {
            "NOMAD_ADDR": self.nomad_address,
            **{name: getattr(self.images, phase) for phase, name in images.VARIABLES.items()},
            "NOMAD_BUILD_INSECURE_REGISTRIES": self.registry.address,
            "NOMAD_BUILD_GIT_PROTOCOLS": "http,https,ssh",
            # This lab's servers are on loopback, where requests may not lead by themselves.
            "NOMAD_BUILD_GIT_HOSTS": "127.0.0.1,localhost",
            "NOMAD_BUILD_REGISTRY_HOSTS": "127.0.0.1,localhost",
            "NOMAD_BUILD_NETWORK_MODE": "host",
        }

    def _start(self, started: contextlib.ExitStack) -> None:
        container_engine = docker.ensure(self._folder / "docker")
        if container_engine.started is not None and not self._keep:
            started.callback(container_engine.stop)
        self.images = images.phase_images(self._folder / "images", hub=self._hub, wanted=os.environ)
        self.registry = registry.start(self._folder / "registry")
        if self._ours(self.registry.process):
            started.callback(self.registry.stop)
        self.base_image = self._push_base_image()
        images.ensure_pause(self._folder / "images")
        self.git = started.enter_context(GitServer(self._folder / "git"))
        self.cache = self._prepare_cache()
        self._start_nomad(started)

    def _start_nomad(self, started: contextlib.ExitStack) -> None:
        volumes = {CACHE_VOLUME: self.cache}
        self.vault, self.nomad_token = None, ""
        match self._engine:
            case "embedded":
                secrets = vaults.prepare_file(self._folder / "vault") if self._wants_vault else None
                self.vault = secrets
                self.nomad_address, running = engine.start(
                    self._folder / "engine",
                    volumes=volumes,
                    secrets=None if secrets is None else secrets.path,
                )
                if self._ours(running):
                    started.callback(running.stop)
            case "nomad":
                server = self._start_vault(started) if self._wants_vault else None
                self.vault = server
                agent = nomad.start(
                    self._folder / "nomad",
                    volumes=volumes,
                    vault="" if server is None else server.address,
                    acl=self._acl,
                )
                self.nomad_address, self.nomad_token = agent.address, agent.token
                if self._ours(agent.process):
                    started.callback(agent.stop)
            case address:
                self.nomad_address = address

    def _start_vault(self, started: contextlib.ExitStack) -> vaults.Vault:
        server = vaults.start(self._folder / "vault")
        # Its token is in this process alone: whatever is kept, it is of no use to the next lab.
        started.callback(server.stop)
        return server

    def _ours(self, part: process.Process) -> bool:
        """Whether the part is to be stopped at the end."""
        return not (part.adopted or self._keep)

    def _push_base_image(self) -> str:
        name = "library/busybox"
        image = f"{self.registry.address}/{name}:latest"
        local = images.ensure_busybox(self._folder / "images")
        if self.registry.digest(name, "latest") is None:
            docker.tag(local, image)
            docker.push(image)
            docker.remove(image)
        return image

    def _prepare_cache(self) -> Path:
        """The folder for Buildah's store, which has to belong to the user that builds."""
        cache = self._folder / CACHE_VOLUME
        cache.mkdir(exist_ok=True)
        if cache.stat().st_uid != BUILD_UID:
            # By a container, so that it also works for a user who may use docker but is not root.
            docker.run(
                images.BUSYBOX,
                "chown",
                f"{BUILD_UID}:{BUILD_UID}",
                "/cache",
                options=("--volume", f"{cache}:/cache"),
            )
        return cache


def stop_left_running(folder: Path | None = None) -> list[str]:
    """Stop what labs of the folder left running; the names of the parts that were stopped."""
    where = folder or default_folder()
    stopped = []
    for name, part in _PARTS:
        left = process.find(name, where / part)
        if left is not None:
            left.stop(deadline=30)
            stopped.append(name)
    nomad.unmount_below(where)
    return stopped


@contextlib.contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            msg = f"another lab uses {folder}: wait for it to end, or give this one a folder of its own"
            raise errors.NotReady(msg) from taken
        yield
