"""Command line of the lab, for the Makefile: `python -m server.lab COMMAND`."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from server.lab import docker, images, lab, service_image
from server.lab.errors import LabError
from server.lab.recipes import BUILDER

_FOLDER = click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=None,
    help="Where the lab keeps its state; by default in the user's cache.",
)


@click.group(help=__doc__)
def main() -> None:
    """Group of the commands below."""


@main.command()
@click.option("--engine", default="embedded", help="embedded, nomad, or the address of a Nomad.")
@click.option("--hub/--no-hub", default=False, help="Allow images from public registries.")
@_FOLDER
def up(engine: str, hub: bool, folder: Path | None) -> None:
    """Start a lab, leave its processes running, and print the service's variables."""
    with lab.Lab(engine=engine, hub=hub, folder=folder, keep=True) as started:
        for name, text in started.environment().items():
            print(f"export {name}={text}")


@main.command()
@_FOLDER
def down(folder: Path | None) -> None:
    """Stop what labs of the folder left running."""
    for name in lab.stop_left_running(folder):
        print(f"stopped {name}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@_FOLDER
def run(command: Sequence[str], folder: Path | None) -> None:
    """Run a command with a container engine and the lab's images at hand; stop the engine if it was started."""
    where = folder or lab.default_folder()
    engine = docker.ensure(where / "docker")
    try:
        images.ensure(BUILDER, where / "images")
        images.ensure_busybox(where / "images")
        done = subprocess.run(command, check=False)
    finally:
        engine.stop()
    sys.exit(done.returncode)


@main.command("service-image")
@click.option("--tag", required=True, help="Name of the image.")
@click.option("--base", default="", help="Image to base it on.")
@_FOLDER
def service(tag: str, base: str, folder: Path | None) -> None:
    """Build the service's own image."""
    where = folder or lab.default_folder()
    engine = docker.ensure(where / "docker")
    try:
        used = service_image.build(where / "images", tag=tag, base=base)
    finally:
        engine.stop()
    print(f"{tag} (on {used})")


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="lab: %(message)s", stream=sys.stderr)
    try:
        main()
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        sys.exit(1)
