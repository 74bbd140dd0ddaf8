"""``packgen list``: the packs that come with the program, or those below a folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.commands import terminal
from generator.errors import GeneratorError

if TYPE_CHECKING:  # what reads packs is imported when it begins
    from generator import pack

LIST_HELP = """Print the packs below FOLDER, or those that come with this program, with their variants.

A registry is a folder of packs. What PACK is called in the other commands stands first; a folder
that is no sound pack is told on standard error, and ends the program with 1.

\b
packgen list
packgen list ./my-registry
"""


@click.command(help=LIST_HELP, short_help="the packs that come with this program, or of a folder")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def list_packs(folder: Path | None) -> None:
    """A folder in, the packs in it out."""
    with terminal.reported():
        from generator import pack, registry

        if folder is None:
            for name in registry.names():
                _show(name, registry.find(name))
            return
        failed = False
        for path in registry.packs_below(folder):
            try:
                _show(str(path), pack.load(path))
            except GeneratorError as error:
                failed = True
                click.echo(str(error), err=True)
    sys.exit(failed)


def _show(name: str, found: pack.Pack) -> None:
    from generator import registry

    described = found.metadata.description.strip()
    click.echo(f"{name}: {described}" if described else name)
    if variants := registry.variants(found):
        click.echo(f"    variants: {', '.join(variants)}")
