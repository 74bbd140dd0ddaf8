"""``packgen check``: packs and job files in, findings out."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.commands import options, terminal

if TYPE_CHECKING:
    from generator import choices, template
    from generator.checking.packs import Outcome

CHECK_HELP = """Check packs and job files without a cluster: what is wrong in them, and what is doubtful.

Each TARGET is the folder of a pack, a folder with packs somewhere below it, the name of a pack that
`packgen list` shows, or a job file (.nomad, .hcl or .json; - for standard input). A pack is checked
as it stands, and the jobs are that it renders with its defaults, with each of variants/*.hcl and with
each case of cases/*.hcl; -f, --var and --variant stand over all of these.

A finding has a rule. In place it is silenced by a comment with a reason, on its own line or on the
line before:

\b
    # packgen:ignore floating-tag: the mirror pins it
    [[- /* packgen:ignore unescaped-in-string: checked by a pattern above */]]

The exit code is 0 without findings of the level error, 1 with some, 2 for a wrong command line.
With --strict warnings count as errors do.

\b
packgen check ./my-pack                        one pack
packgen check packs                            all packs below a folder
packgen check my.nomad.hcl --var count=3       a job file
packgen check packs --strict --disable floating-tag
packgen check packs --format sarif -o packs.sarif
packgen check --list-rules                     what is looked for
packgen check --list-rules --rule old-syntax   one rule at length
"""


@click.command(help=CHECK_HELP, short_help="what is wrong in packs and job files")
@click.argument("targets", metavar="TARGET...", nargs=-1)
@options.var_files
@options.arguments(options.PACK_ARGUMENTS)
@options.variant
@options.allow_unset
@options.allow_impure
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "sarif"]), default="text",
    show_default=True, help="text: for people. json: the findings. sarif: for code hosts.",
)  # fmt: skip
@click.option(
    "-o", "--output", "output", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report to FILE.",
)  # fmt: skip
@click.option(
    "--rule", "chosen", metavar="NAME", multiple=True, help="Apply only this rule. May be repeated."
)
@click.option(
    "--disable",
    "disabled",
    metavar="NAME",
    multiple=True,
    help="Leave out this rule. May be repeated.",
)
@click.option("--strict", is_flag=True, help="Warnings fail the check too.")
@click.option("--list-rules", is_flag=True, help="Print the rules, and check nothing.")
def check(
    *,
    targets: tuple[str, ...],
    var_files: list[str],
    arguments: dict[str, str],
    variant: str | None,
    allow_unset_vars: bool,
    allow_impure: bool,
    form: str,
    output: Path | None,
    chosen: tuple[str, ...],
    disabled: tuple[str, ...],
    strict: bool,
    list_rules: bool,
) -> None:
    """Packs and job files in, findings out."""
    from generator.checking import report, rules, sarif

    names = _names(chosen, disabled)
    if list_rules:
        listed = {name: rule for name, rule in rules.RULES.items() if name in names}
        text = (
            report.rules_as_text(listed, long=bool(chosen))
            if form == "text"
            else report.rules_as_json(listed)
        )
        with terminal.reported():
            _deliver(text, output)
        return
    if not targets:
        msg = "Missing argument 'TARGET...'."
        raise click.UsageError(msg)
    overrides = _overrides(var_files, arguments, variant)
    if allow_unset_vars:
        overrides["allow_unset"] = True
    if allow_impure:
        overrides["impure"] = _outside()
    with terminal.reported():
        outcomes = [
            outcome for target in targets for outcome in _check(target, overrides, arguments, names)
        ]
        match form:
            case "json":
                text = report.as_json(outcomes)
            case "sarif":
                text = sarif.render(outcomes, rules.RULES, Path.cwd())
            case _:
                text = report.as_text(outcomes)
        _deliver(text, output)
    if report.fails(outcomes, strict=strict):
        raise click.exceptions.Exit(1)


def _names(chosen: Collection[str], disabled: Collection[str]) -> set[str]:
    """The rules to apply."""
    from generator import errors
    from generator.checking import rules

    for name in (*chosen, *disabled):
        if name not in rules.RULES:
            hint = errors.suggest(name, rules.RULES) or "packgen check --list-rules shows all"
            msg = f"There is no rule '{name}': {hint}"
            raise click.UsageError(msg)
    return set(chosen or rules.RULES) - set(disabled)


def _overrides(
    var_files: list[str], arguments: dict[str, str], variant: str | None
) -> choices.Overrides:
    """What the command line and the environment give to every render, if they give anything."""
    from generator import choices, variables

    overrides = choices.Overrides()
    if any(name.startswith(variables.ENVIRONMENT_PREFIX) for name in os.environ):
        overrides["environment"] = os.environ
    if var_files:
        overrides["var_files"] = var_files
    if arguments:
        overrides["arguments"] = arguments
    if variant:
        overrides["variant"] = variant
    return overrides


def _outside() -> template.Impurities:
    from generator.commands import outside

    return outside.open_up()


def _check(
    target: str, overrides: choices.Overrides, arguments: dict[str, str], names: set[str]
) -> Iterator[Outcome]:
    """The findings on all that an argument names."""
    from generator import registry
    from generator.checking import packs
    from generator.errors import PackError

    path = Path(target)
    _refuse_part(path)
    if target == terminal.STANDARD_INPUT or (path.exists() and not path.is_dir()):
        name = "standard input" if target == terminal.STANDARD_INPUT else target
        text = terminal.read(target)
        yield packs.check_job(text, name, arguments=arguments, names=names)
        return
    if not path.exists() and target in registry.names():
        path = registry.PACKS / target
    try:
        folders = registry.packs_below(path)
    except PackError as error:
        hint = f" ({error.hint})" if error.hint else ""
        msg = f"{error.message}{hint}"
        raise click.UsageError(msg) from error
    for folder in folders:
        yield packs.check_pack(folder, overrides=overrides, names=names)


def _refuse_part(path: Path) -> None:
    """Tell whoever names a file of a pack, which is no job, what to name."""
    from generator import pack

    parts = (pack.METADATA, pack.VARIABLES)
    if not path.is_file() or not (path.name in parts or path.suffix == ".tpl"):
        return
    for folder in path.absolute().parents:
        if (folder / pack.METADATA).is_file():
            shown = os.path.relpath(folder) if not path.is_absolute() else str(folder)
            msg = f"{path} is a part of a pack, which is checked as a whole: packgen check {shown}"
            raise click.UsageError(msg)
    if path.suffix == ".tpl":
        msg = f"{path} is a template, which is checked as a part of its pack"
        raise click.UsageError(msg)


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        terminal.print_texts(text)
    else:
        output.write_bytes(text.encode())
