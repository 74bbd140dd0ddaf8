"""``packgen parse``: a job file in, the JSON of Nomad's API out."""

from __future__ import annotations

import click

from generator.commands import options, terminal

PARSE_HELP = """Print the job in FILE (- for standard input) as the JSON that Nomad's API takes.

It is what POST /v1/jobs/parse answers, without nulls and with sorted keys: always the same bytes
for the same job.

\b
packgen parse my.nomad.hcl | nomad job run -json -
packgen render ./my-pack | packgen parse -
"""


@click.command(help=PARSE_HELP, short_help="a job file as the JSON that Nomad's API takes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@options.arguments("Value of one variable of the job file. May be repeated.")
def parse(file: str, arguments: dict[str, str]) -> None:
    """A job file in, JSON out."""
    with terminal.reported():
        from generator import jobspec

        name = "standard input" if file == terminal.STANDARD_INPUT else file
        terminal.print_texts(jobspec.encode(jobspec.parse(terminal.read(file), name, arguments)))
