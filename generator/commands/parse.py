"""``packgen parse``: a job file in, the job of Nomad's API out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from generator.commands import options, terminal

if TYPE_CHECKING:  # what a command needs is imported when it runs
    from generator.jobspec import tree

PARSE_HELP = """Print the job in FILE (- for standard input) as what Nomad's API takes.

It is what POST /v1/jobs/parse answers, without nulls and with sorted keys: always the same bytes
for the same job. FILE is HCL, or JSON in HCL's way; with --json it is a job as the API has it.

Values for variables come, each stronger than those before it, from their defaults, the environment
(NOMAD_VAR_name=value), the files in the order given, and --var.

\b
packgen parse my.nomad.hcl | nomad job run -json -
packgen parse my.nomad.hcl --var-file prod.hcl --var count=3 --format yaml
packgen render ./my-pack | packgen parse -
nomad job inspect my-job | packgen parse --json -
"""


@click.command(help=PARSE_HELP, short_help="a job file as the JSON that Nomad's API takes")
@click.argument("file", type=click.Path(exists=True, allow_dash=True))
@click.option(
    "-f", "--var-file", "var_files", metavar="FILE", multiple=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="File with values, NAME = VALUE, as HCL or JSON. May be repeated; the last one wins.",
)  # fmt: skip
@options.arguments(
    "Value of one variable of the job file. A string or number stands as it is, all else is an HCL"
    " expression: --var 'ports=[80, 443]'. May be repeated."
)
@click.option(
    "--json", "is_api_job", is_flag=True,
    help="FILE is JSON of Nomad's API, bare or below Job, as `nomad job run -json` takes it.",
)  # fmt: skip
@click.option(
    "--format", "form", type=click.Choice(["json", "yaml"]), default="json", show_default=True,
    help="json: for Nomad. yaml: for people.",
)  # fmt: skip
@click.option(
    "--allow-impure", is_flag=True,
    help="The job file may call uuidv4 and bcrypt, and read files, as `nomad job run` lets it: two"
    " runs may then give different jobs.",
)  # fmt: skip
def parse(
    *,
    file: str,
    var_files: tuple[str, ...],
    arguments: dict[str, str],
    is_api_job: bool,
    form: str,
    allow_impure: bool,
) -> None:
    """A job file in, the job out."""
    if os.path.isdir(file):  # noqa: PTH112 - pathlib is not needed otherwise
        msg = f"{file} is a folder; the jobs of a pack are printed by: packgen render {file} --format json"
        raise click.UsageError(msg)
    if file.endswith(".tpl"):
        msg = f"{file} is a template; the jobs of its pack are printed by: packgen render PACK --format json"
        raise click.UsageError(msg)
    if is_api_job and (var_files or arguments):
        msg = "a job of the API has no variables: --json goes without --var and --var-file"
        raise click.UsageError(msg)
    if [file, *var_files].count(terminal.STANDARD_INPUT) > 1:
        msg = "standard input can be read only once"
        raise click.UsageError(msg)
    with terminal.reported():
        from generator import jobspec

        job: tree.Object
        if is_api_job:
            job = jobspec.parse_api_job(terminal.read(file), _name(file))
        else:
            job = jobspec.parse(
                terminal.read(file),
                _name(file),
                arguments,
                environment=os.environ,
                var_files=[(_name(each), terminal.read(each)) for each in var_files],
                allow_files=allow_impure,
            )
        encode = jobspec.encode_yaml if form == "yaml" else jobspec.encode
        terminal.print_texts(encode(job))


def _name(file: str) -> str:
    return "standard input" if file == terminal.STANDARD_INPUT else file
