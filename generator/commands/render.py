"""``packgen render``: a pack and values in, rendered files out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.commands import options, terminal

if TYPE_CHECKING:  # what a render needs is imported when it begins
    from generator import template

RENDER_HELP = """Render PACK: the folder of a pack, or the name of one that `packgen list` shows.

Values for its variables come, each stronger than those before it, from the defaults in
variables.hcl, the environment (NOMAD_PACK_VAR_name=value), the variant, the files and --var. A
variable of a dependency is called child.name.

A single result is printed bare, so that it can be piped on. Of several, `hcl` prints each below
its name, as nomad-pack does, and `json` asks for --to-dir.

\b
packgen render ./my-pack --var 'datacenters=["dc1"]' > my.nomad.hcl
packgen render build --variant cpu -f my.hcl --format json | nomad job run -json -
packgen render ./my-pack --format json --to-dir jobs
"""


@click.command(help=RENDER_HELP, short_help="the files of a pack, as nomad-pack renders them")
@click.argument("pack")
@options.var_files
@options.arguments(options.PACK_ARGUMENTS)
@options.variant
@click.option(
    "--format", "form", type=click.Choice(["hcl", "json"]), default="hcl", show_default=True,
    help="hcl: what the templates give. json: the job for Nomad's API.",
)  # fmt: skip
@click.option(
    "-o", "--to-dir", "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Write each result to a file below DIR, over an older one, and print the files' names.",
)  # fmt: skip
@click.option("--no-format", is_flag=True, help="Leave the HCL as the templates lay it out.")
@click.option(
    "--skip-aux-files", is_flag=True, help="Render no files of templates/ but those of jobs."
)
@click.option("--render-output-template", is_flag=True, help="Render outputs.tpl too.")
@options.allow_unset
@options.allow_impure
@options.from_nomad_pack
def render(
    *,
    pack: str,
    var_files: list[str],
    arguments: dict[str, str],
    variant: str | None,
    form: str,
    folder: Path | None,
    no_format: bool,
    skip_aux_files: bool,
    render_output_template: bool,
    allow_unset_vars: bool,
    allow_impure: bool,
) -> None:
    """Values in, rendered files out."""
    if form == "json" and render_output_template:
        msg = "--render-output-template goes with --format hcl only"
        raise click.UsageError(msg)
    with terminal.reported():
        from generator import pipeline, registry
        from generator.commands import caching

        rendering = pipeline.render(
            registry.open_pack(pack, anywhere=allow_impure),
            auxiliary=not skip_aux_files and form == "hcl",
            outputs=render_output_template,
            formatted=not no_format and form == "hcl",
            environment=os.environ,
            impure=_outside() if allow_impure else None,
            variant=variant,
            var_files=var_files,
            arguments=arguments,
            allow_unset=allow_unset_vars,
            cache=caching.open_cache(os.environ),
        )
        results = dict(rendering.files)
        if rendering.outputs is not None:
            results["outputs.tpl"] = rendering.outputs
        if form == "json":
            results = dict(_as_json(rendering.jobs, allow_impure=allow_impure))
    if folder is not None:
        terminal.write(results, folder)
    elif len(results) == 1:
        terminal.print_texts(*results.values())
    elif form == "json":
        names = ", ".join(results) or "none"
        terminal.fail(f"{pack}: --format json prints exactly one job, the pack renders: {names}\n"
              "hint: with --to-dir DIR each job is written to a file of its own")  # fmt: skip
    else:
        terminal.print_texts(*(f"{name}:\n\n{text}\n" for name, text in results.items()))


def _outside() -> template.Impurities:
    from generator.commands import outside

    return outside.open_up()


def _as_json(jobs: Mapping[str, str], *, allow_impure: bool) -> Iterator[tuple[str, str]]:
    """The job files as what Nomad's API takes, by their names there."""
    from generator import jobspec, pipeline

    for name, text in jobs.items():
        stem = name.removesuffix(pipeline.JOB_SUFFIX)
        job = jobspec.parse(text, name, allow_impure=allow_impure)
        yield f"{stem}.json", jobspec.encode(job)
