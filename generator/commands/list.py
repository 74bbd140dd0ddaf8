"""``packgen list``: the packs that come with the program, or those below a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator import errors
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
packgen list ./my-registry --format json
"""


@click.command(help=LIST_HELP, short_help="the packs that come with this program, or of a folder")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="text: for people. json: name, version, description, folder, variants and variables.",
)  # fmt: skip
def list_packs(folder: Path | None, form: str) -> None:
    """A folder in, the packs in it out."""
    with terminal.reported():
        from generator import pack, registry

        failed = False
        found: dict[str, pack.Pack] = {}
        if folder is None:
            found = {name: registry.find(name) for name in registry.names()}
        else:
            for path in registry.packs_below(folder):
                try:
                    found[str(path)] = pack.load(path)
                except GeneratorError as error:
                    failed = True
                    click.echo(str(error), err=True)
        if form == "json":
            described = [_describe(each) for each in found.values()]
            terminal.print_texts(json.dumps(described, indent=2) + "\n")
        else:
            listed = "".join(_line(name, each) for name, each in found.items())
            terminal.print_texts(errors.printable(listed))
    sys.exit(failed)


def _line(name: str, found: pack.Pack) -> str:
    from generator import registry

    described = found.metadata.description.strip()
    line = f"{name}: {described}\n" if described else f"{name}\n"
    if variants := registry.variants(found):
        line += f"    variants: {', '.join(variants)}\n"
    return line


def _describe(found: pack.Pack) -> dict[str, object]:
    from generator import registry

    return {
        "name": found.metadata.name,
        "version": found.metadata.version,
        "description": found.metadata.description.strip(),
        "folder": str(found.folder),
        "variants": list(registry.variants(found)),
        "variables": list(found.declarations),
    }
