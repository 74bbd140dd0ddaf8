"""The commands of ``packgen`` as click knows them.

A command's module is imported when it is asked for, so that each starts with what it needs.
"""

from __future__ import annotations

import importlib

import click

MAIN_HELP = """Turn Nomad Packs into jobs without the nomad-pack and nomad programs.

\b
packgen list                    the packs that come with this program
packgen render ./my-pack        the files of a pack, as nomad-pack renders them
packgen render build --variant gpu -f my.hcl --format json | nomad job run -json -
packgen parse my.nomad.hcl      a job file as the JSON of Nomad's API
packgen check ./my-pack         what is wrong in a pack, and what is doubtful
packgen snapshot ./my-pack      whether its cases render what their snapshots say
packgen diff HEAD:web ./web     what a change does to jobs, and which tasks restart
"""

# Commands in the order in which --help shows them: module and name of the function there.
COMMANDS = {
    "render": "render",
    "parse": "parse",
    "check": "check",
    "snapshot": "snapshot",
    "diff": "diff",
    "list": "list_packs",
}


class Commands(click.Group):
    """The commands of the table, each imported when it is wanted."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"generator.commands.{name}")
        command: click.Command = getattr(module, COMMANDS[name])
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; of a name that is none, tell the ones that are near."""
        if args and args[0] not in COMMANDS:
            context.fail(_unknown(args[0]))
        return super().resolve_command(context, args)


def _unknown(name: str) -> str:
    from generator import errors

    hint = errors.suggest(name, COMMANDS, f"the commands are {', '.join(COMMANDS)}")
    return f"No such command '{name}': {hint}"


def _print_version(context: click.Context, _option: click.Parameter, given: bool) -> None:
    if not given:
        return
    from importlib import metadata

    try:
        version = metadata.version("nomad-build-service")
    except metadata.PackageNotFoundError:
        version = "of an unknown version"  # run from its folder, without being installed
    click.echo(f"packgen {version}, as nomad-pack 0.4.2 and Nomad 1.10 to 2.0")
    context.exit()


@click.group(
    cls=Commands,
    help=MAIN_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version, and those of the programs that this one does as.",
)  # fmt: skip
def main() -> None:
    """The program's front: its commands do the work."""
