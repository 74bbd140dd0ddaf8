"""``nomad-build engine``: the embedded engine alone, for any Nomad client to look at."""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
from pathlib import Path

import click

from server.embedded import config as configs
from server.embedded import engine as engines


def _parse_volumes(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, configs.HostVolume]:
    """Read NAME=PATH pairs."""
    volumes = {}
    for value in values:
        name, separator, path = value.partition("=")
        if not (name and separator and Path(path).is_dir()):
            msg = f"{value!r} is not NAME=PATH with the path of a folder that exists"
            raise click.BadParameter(msg, context, parameter)
        volumes[name] = configs.HostVolume(path=Path(path).resolve())
    return volumes


def _parse_devices(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, int]:
    """Read NAME=COUNT pairs."""
    devices = {}
    for value in values:
        name, separator, count = value.partition("=")
        if not (name and separator and count.isdigit()):
            msg = f"{value!r} is not NAME=COUNT, such as nvidia/gpu=1"
            raise click.BadParameter(msg, context, parameter)
        devices[name] = int(count)
    return devices


@click.command("engine")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=4646, show_default=True, help="Port to listen on; 0 picks one.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where allocations live on disk; a temporary folder by default.",
)
@click.option(
    "--host-volume",
    "volumes",
    multiple=True,
    metavar="NAME=PATH",
    callback=_parse_volumes,
    help="A folder that jobs may mount by name; its owner stays as it is. May be repeated.",
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="NAME=COUNT",
    callback=_parse_devices,
    help="A device that jobs may ask for, such as nvidia/gpu=1. May be repeated.",
)
@click.option("--datacenter", default="dc1", show_default=True, help="The node's datacenter.")
@click.option(
    "--vault-secrets",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A JSON file of secrets that stands in for Vault; without it jobs that use Vault are refused.",
)
@click.option("--container-cli", help="The docker or podman command; found on PATH by default.")
@click.option(
    "--infra-image",
    default=configs.DEFAULT_INFRA_IMAGE,
    show_default=True,
    help="Image that holds the network of a group with a bridge network.",
)
def engine(
    host: str,
    port: int,
    data_dir: Path | None,
    volumes: dict[str, configs.HostVolume],
    devices: dict[str, int],
    datacenter: str,
    vault_secrets: Path | None,
    container_cli: str | None,
    infra_image: str,
) -> None:
    """Run the embedded engine: Nomad's HTTP API and docker tasks on this machine.

    State is kept in memory; when the engine stops, its tasks and containers are gone.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    with tempfile.TemporaryDirectory(prefix="nomad-engine-") as folder:
        running = engines.Engine(
            configs.Config(
                host=host,
                port=port,
                data_dir=data_dir or Path(folder),
                datacenter=datacenter,
                host_volumes=volumes,
                devices=devices,
                container_cli=container_cli,
                infra_image=infra_image,
                vault_secrets=vault_secrets,
            )
        )
        try:
            address = running.start()
        except (OSError, RuntimeError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"The embedded engine answers at {address}")
        click.echo(f"  export NOMAD_ADDR={address}")
        click.echo(f"  curl {address}/v1/jobs        curl -N {address}/v1/event/stream")
        click.echo("  nomad job status              nomad alloc logs ALLOC TASK")
        click.echo("Ctrl-C stops it and removes its containers.")
        try:
            _wait_for_signal()
        finally:
            running.stop()


def _wait_for_signal() -> None:
    """Wait until the process is told to end."""
    told = threading.Event()
    previous = {
        number: signal.signal(number, lambda *_: told.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        told.wait()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
