"""``packgen list``: the packs that come with the program."""

from __future__ import annotations

import click

from generator.commands import terminal


@click.command(short_help="the packs that come with this program")
def list_packs() -> None:
    """Print the packs that come with this program, with their variants."""
    with terminal.reported():
        from generator import registry

        for name in registry.names():
            found = registry.find(name)
            click.echo(f"{name}: {found.metadata.description}")
            if variants := registry.variants(found):
                click.echo(f"    variants: {', '.join(variants)}")
