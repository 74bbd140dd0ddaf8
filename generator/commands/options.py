"""The options that several commands have: where the values of variables come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from generator.commands import rendering

Command = TypeVar("Command", bound=Callable[..., object])


def _pairs(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    try:
        return rendering.split_pairs(texts)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def _paths(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> list[str]:
    return rendering.split_paths(texts)


def arguments(text: str) -> Callable[[Command], Command]:
    """``--var NAME=VALUE``, which may be repeated; the help is the command's own."""
    return click.option(
        "--var", "arguments", metavar="NAME=VALUE", multiple=True, callback=_pairs, help=text
    )


PACK_ARGUMENTS = (
    "Value of one variable. A string or number stands as it is, all else is an HCL"
    " expression: --var 'ports=[80, 443]'. May be repeated."
)

var_files = click.option(
    "-f", "--var-file", "var_files", metavar="FILE", multiple=True, callback=_paths,
    help="File with values, NAME = VALUE, as HCL (.hcl) or JSON (.json). May be repeated. As in"
    " nomad-pack 0.4 several files count in the order of their paths, not of the command line.",
)  # fmt: skip
variant = click.option(
    "--variant", metavar="NAME",
    help="Variant of the pack: the file variants/NAME.hcl in its folder, weaker than every -f.",
)  # fmt: skip
allow_unset = click.option(
    "--allow-unset-vars", is_flag=True, envvar="NOMAD_PACK_ALLOW_UNSET_VARS",
    help="A variable without default may stay without value; it renders as nothing.",
)  # fmt: skip
allow_impure = click.option(
    "--allow-impure", is_flag=True,
    help="Templates may ask for the time, random values, the environment and addresses of hosts,"
    " and read files outside of the pack: two renders may then differ.",
)  # fmt: skip


def _refuse_old_parser(_context: click.Context, _option: click.Parameter, given: bool) -> None:
    if given:
        msg = (
            "the old template syntax is not rendered here. To migrate a pack, write"
            ' [[ var "x" . ]] for [[ .my.x ]] or [[ .PACK.x ]], [[ var "x" .child ]] for a'
            ' variable of a dependency, and [[ meta "pack.name" . ]] for'
            " [[ .nomad_pack.pack.name ]]"
        )
        raise click.BadParameter(msg)


def from_nomad_pack(command: Command) -> Command:
    """Options of ``nomad-pack render`` that change nothing here: its command lines work as they are."""
    for add in (
        click.option(
            "--parser-v1", is_flag=True, expose_value=False, callback=_refuse_old_parser,
            help="As nomad-pack's; refused, with what to write instead of the old syntax.",
        ),
        click.option(
            "-y", "--auto-approve", is_flag=True, expose_value=False,
            help="As nomad-pack's; nothing is asked here anyway.",
        ),
        click.option(
            "--ignore-missing-vars", is_flag=True, expose_value=False,
            help="As nomad-pack's, where it changes nothing either: a value for a variable that"
            " the pack does not declare is an error.",
        ),
        click.option(
            "--name", metavar="TEXT", expose_value=False,
            help="As nomad-pack's, the name of a deployment: it takes no part in rendering.",
        ),
    ):  # fmt: skip
        command = add(command)
    return command
