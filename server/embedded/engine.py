"""An engine as one thing that is started and stopped; it runs its event loop in a thread of its own.

So a test or a command starts it in-process, and talks to it as to any Nomad: by its address. What no client
can ask of a Nomad, a test asks of the engine: that its node is lost, that a job vanishes.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import shutil
import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import uvicorn

from server.embedded import (
    client,
    containers,
    control,
    drivers,
    fingerprint,
    garbage,
    link,
    locks,
    scripted,
    state,
    task,
    vault,
    workload,
)
from server.embedded import config as configs
from server.embedded.api import answers, application

LOG = logging.getLogger(__name__)
START_SECONDS = 30.0
STOP_SECONDS = 60.0
# Nomad leaves it to its clients to close connections: one closed here would lose the request that is just sent on it.
_IDLE_SECONDS = 24 * 3600
Value = TypeVar("Value")


class Engine:
    """One engine. ``script`` says what docker tasks do; those it does not name are really run."""

    def __init__(self, config: configs.Config, script: scripted.Script | None = None) -> None:
        self.config = config
        self._secrets: vault.FileOfSecrets | None = None
        self._script = script
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        self._parts: answers.Parts | None = None
        self._address = ""

    @property
    def address(self) -> str:
        """The address that clients use, such as http://127.0.0.1:4646."""
        return self._address

    def start(self) -> str:
        """Start the engine; return its address once it answers."""
        if self.config.vault_secrets is not None:
            self._secrets = vault.FileOfSecrets(self.config.vault_secrets)
        listening = _listen(self.config.host, self.config.port)
        host, port = listening.getsockname()[:2]
        self._address = f"http://{host}:{port}"
        self._thread = threading.Thread(
            target=self._run, args=(listening,), name="embedded-engine", daemon=True
        )
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            msg = "the embedded engine did not start in time"
            raise RuntimeError(msg)
        if self._failure is not None:
            self._thread.join()
            msg = f"the embedded engine did not start: {self._failure}"
            raise RuntimeError(msg) from self._failure
        return self._address

    def stop(self) -> None:
        """Kill all tasks, remove their containers and stop answering."""
        if self._thread is None or not self._thread.is_alive():
            return
        if self._loop is not None and self._server is not None:
            self._loop.call_soon_threadsafe(setattr, self._server, "should_exit", True)
        self._thread.join(STOP_SECONDS)

    def lose_node(self) -> None:
        """Let the node's client fall silent: the servers hear nothing of it, but its tasks go on."""

        def lose(parts: answers.Parts) -> None:
            parts.link.cut()
            parts.control.lose_node()

        self._do(lose)

    def return_node(self) -> None:
        """Let the client be heard of again, and tell how its allocations fared."""
        self._do(lambda parts: parts.link.restore(parts.control.find_node()))

    def drain_node(self) -> None:
        """Drain the node with a deadline that is over, as ``nomad node drain -enable -force``."""
        self._do(lambda parts: parts.control.drain_node())

    def undrain_node(self) -> None:
        """Let jobs be placed on the node again, as ``nomad node eligibility -enable``."""
        self._do(lambda parts: parts.control.set_eligible(True))

    def vanish(self, job_id: str) -> None:
        """Forget a job at once with all that is known of it, and kill its tasks."""
        self._do(lambda parts: garbage.vanish(parts.store, parts.link, job_id))

    def _do(self, action: Callable[[answers.Parts], Value]) -> Value:
        """Do something in the engine's thread, and wait until it is done."""
        parts, loop = self._parts, self._loop
        if parts is None or loop is None:
            msg = "the embedded engine does not run"
            raise RuntimeError(msg)

        async def act() -> Value:
            return action(parts)

        return asyncio.run_coroutine_threadsafe(act(), loop).result(STOP_SECONDS)

    def __enter__(self) -> Engine:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self, listening: socket.socket) -> None:
        try:
            with _locked(self.config.data_dir):
                asyncio.run(self._serve(listening))
        except Exception as error:  # The thread's top level: whoever started it must hear of it.
            if self._ready.is_set():
                LOG.exception("the embedded engine failed")
            self._failure = error
        finally:
            listening.close()
            self._ready.set()

    async def _serve(self, listening: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        store = state.State()
        docker = await containers.find(self.config)
        if docker is not None:
            await docker.open()
        known = self._name_drivers(docker)
        root = self.config.data_dir.resolve() / "alloc"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(exist_ok=True, mode=0o700)
        reader = workload.Workload(store, self._secrets)
        surroundings = task.Surroundings(store.current_node, dict(known), reader)
        line = link.Link()
        servers = control.Control(store, line, has_vault=self._secrets is not None)
        allocations = client.Client(root, surroundings, line.report, self.config.kept_allocations)
        line.attach(servers, allocations)
        held = locks.Locks(store)
        node = await fingerprint.measure(self.config, self._address, str(uuid.uuid4()), known)
        with store.transaction("NodeRegistration") as transaction:
            transaction.put_node(node)
        self._parts = answers.Parts(store, servers, allocations, line, held, self.config)
        self._server = _Server(self._parts, self._ready)
        try:
            await self._server.serve(sockets=[listening])
        finally:
            self._parts = None
            store.close()
            held.close()
            await allocations.close()
            if docker is not None:
                await docker.close()

    def _name_drivers(self, docker: containers.DockerDriver | None) -> Mapping[str, drivers.Driver]:
        """Return the drivers of this machine; docker only where its CLI answers or is scripted."""
        known: dict[str, drivers.Driver] = {"mock_driver": scripted.MockDriver()}
        if self._script is not None:
            known["docker"] = scripted.ScriptedDriver(self._script, docker or containers.NoEngine())
        elif docker is not None:
            known["docker"] = docker
        return known


class _Server(uvicorn.Server):
    """Uvicorn, telling when it listens."""

    def __init__(self, parts: answers.Parts, ready: threading.Event) -> None:
        super().__init__(
            uvicorn.Config(
                application.create_app(parts),
                log_level="warning",
                access_log=False,
                log_config=None,
                lifespan="off",
                ws="none",
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=2,
            )
        )
        self._ready = ready
        self._store = parts.store

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let streams and waiting queries go first, so that no connection is cut off."""
        self._store.close()
        await super().shutdown(sockets)


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """Hold a data directory: a second engine would remove the first one's containers."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "engine.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"another engine uses {data_dir}"
            raise RuntimeError(msg) from error
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, for asyncio switches off Nagle's algorithm only on sockets that say that they are TCP.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        msg = f"cannot listen on {host}:{port}: {error.strerror}"
        raise OSError(msg) from error
    return listening
