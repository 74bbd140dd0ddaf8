"""A service of one command's own, with the embedded engine under it: builds on this machine, without a cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import uvicorn

from server import app, config, errors, logbook
from server.cli.connection import Connection
from server.cli.exits import Unreachable
from server.cli.screen import Screen
from server.embedded import config as engine_config
from server.embedded import engine
from server.lab import LabError, docker, images

_BUILD_UID = 1000
# Settings for a service that others reach: who they are, and how often and by which name they may call.
_OF_DOORS = (
    "NOMAD_BUILD_ALLOWED_HOSTS",
    "NOMAD_BUILD_OIDC_",
    "NOMAD_BUILD_OPEN_METRICS",
    "NOMAD_BUILD_PUBLIC_URL",
    "NOMAD_BUILD_RATE",
    "NOMAD_BUILD_READ_ONLY",
    "NOMAD_BUILD_TOKENS_FILE",
)
_START_SECONDS = 30.0
# How long calls may still take once the command has what it wanted.
_LAST_SECONDS = 1


def default_folder(environment: Mapping[str, str]) -> Path:
    """Where the engine keeps what builds leave between commands: layers, logs, allocations."""
    cache = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache, "nomad-build", "local")


@contextlib.contextmanager
def serve(shown: Screen, environment: Mapping[str, str] = os.environ) -> Iterator[Connection]:
    """Run engine and service as long as the context lasts.

    Raises:
        Unreachable: one of them cannot be started; the message says why.
    """
    folder = _make_folder(environment)
    shown.note(f"Building on this machine; layers, logs and allocations are in {folder}")
    with _logging(folder / "service.log"), contextlib.ExitStack() as parts:
        try:
            address = _start_engine(parts, folder, shown)
            settings = _configure(folder, environment, address)
            url = _start_service(parts, settings)
        except (OSError, RuntimeError, ValueError, LabError, errors.ServiceError) as error:
            msg = f"no service can be run on this machine: {error}"
            raise Unreachable(msg, f"Its log is {folder / 'service.log'}") from error
        yield Connection(url)


def _make_folder(environment: Mapping[str, str]) -> Path:
    try:
        folder = default_folder(environment)
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        msg = f"no service can be run on this machine: {error}"
        raise Unreachable(msg, "Give a folder for what it keeps with XDG_CACHE_HOME") from error
    return folder


@contextlib.contextmanager
def _logging(file: Path) -> Iterator[None]:
    """Have all that engine and service log in a file: the terminal is the build's."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    with file.open("a", encoding="utf-8") as log:
        logbook.configure("info", "text", log)
        try:
            yield
        finally:
            root.handlers[:] = before
            root.setLevel(level)


def _start_engine(parts: contextlib.ExitStack, folder: Path, shown: Screen) -> str:
    if not docker.running():
        msg = "no docker answers here"
        raise OSError(msg)
    cache = _prepare_cache(folder / "buildah-cache")
    if cache is None:
        shown.warn("layers are not kept: only root can give their folder to the user that builds")
    volumes = {} if cache is None else {"buildah-cache": engine_config.HostVolume(path=cache)}
    running = engine.Engine(engine_config.Config(data_dir=folder / "engine", host_volumes=volumes))
    running.start()
    parts.callback(running.stop)
    return running.address


def _prepare_cache(folder: Path) -> Path | None:
    """Return the folder for Buildah's store, which has to belong to the user that builds; None if it cannot."""
    folder.mkdir(exist_ok=True)
    if folder.stat().st_uid != _BUILD_UID:
        try:
            os.chown(folder, _BUILD_UID, _BUILD_UID)
        except PermissionError:
            return None
    return folder


def _configure(folder: Path, environment: Mapping[str, str], address: str) -> config.Config:
    """Read the service's settings; those of a Nomad elsewhere are not meant for the engine here."""
    ours = {name: value for name, value in environment.items() if not name.startswith("NOMAD_")}
    ours |= {
        name: value
        for name, value in environment.items()
        if name.startswith("NOMAD_BUILD_") and not name.startswith(_OF_DOORS)
    }
    found = images.phase_images(folder / "images", hub=True, wanted=environment)
    named = {name: str(getattr(found, phase)) for phase, name in images.VARIABLES.items()}
    return config.read_config(ours | named | {"NOMAD_ADDR": address})


def _start_service(parts: contextlib.ExitStack, settings: config.Config) -> str:
    """Start the service on a port of its own; return its address."""
    running = parts.enter_context(app.run(app.assemble(settings)))
    server = uvicorn.Server(
        uvicorn.Config(
            app.create_app(running, settings),
            log_config=None,
            ws="none",
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
    )
    listening = parts.enter_context(socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join()

    parts.callback(stop)
    return f"http://127.0.0.1:{listening.getsockname()[1]}"
