"""``packgen render``: a pack and values in, rendered files out."""

from __future__ import annotations

import click

from generator.commands import options, rendering

RENDER_HELP = """Render PACK: the folder of a pack, or the name of one that `packgen list` shows.

Values for its variables come, each stronger than those before it, from the defaults in
variables.hcl, the environment (NOMAD_PACK_VAR_name=value), the variant, the files and --var. A
variable of a dependency is called child.name.

A single result is printed bare, so that it can be piped on. Of several, `hcl` prints each below
its name, as nomad-pack does, and `json` and `yaml` ask for --to-dir.

What is costly to find out anew (compiled templates, what HCL files say; never results) is kept in
the user's cache folder for the next time: in packgen below $XDG_CACHE_HOME or ~/.cache, or in
$PACKGEN_CACHE_DIR; with PACKGEN_CACHE_DIR=off, nowhere.

As PACK, - is standard input: an archive (tar, plain or compressed) with one pack in it, or else
the template of a single job, whose variables are those that --var gives.

\b
packgen render ./my-pack --var 'datacenters=["dc1"]' > my.nomad.hcl
packgen render build --variant cpu -f my.hcl --format json | nomad job run -json -
packgen render ./my-pack --format json --to-dir jobs
git archive v1.2.0 packs/my-pack | packgen render - -f my.hcl
echo 'job "[[ var "name" . ]]" {}' | packgen render - --var name=demo
"""


@click.command(help=RENDER_HELP, short_help="the files of a pack, as nomad-pack renders them")
@click.argument("pack")
@options.var_files
@options.arguments(options.PACK_ARGUMENTS)
@options.variant
@click.option(
    "--format", "form", type=click.Choice(rendering.FORMS), default=rendering.HCL,
    show_default=True,
    help="hcl: what the templates give. json: the job for Nomad's API. yaml: the same for people.",
)  # fmt: skip
@click.option(
    "-o", "--to-dir", "folder", metavar="DIR", type=click.Path(file_okay=False),
    help="Write each result to a file below DIR, over an older one, and print the files' names."
    " All are written, or none.",
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
    folder: str | None,
    no_format: bool,
    skip_aux_files: bool,
    render_output_template: bool,
    allow_unset_vars: bool,
    allow_impure: bool,
) -> None:
    """Values in, rendered files out."""
    if form != rendering.HCL and render_output_template:
        msg = "--render-output-template goes with --format hcl only"
        raise click.UsageError(msg)
    rendering.run(
        rendering.Request(
            pack=pack,
            var_files=var_files,
            arguments=arguments,
            variant=variant,
            form=form,
            folder=folder,
            formatted=not no_format,
            auxiliary=not skip_aux_files,
            outputs=render_output_template,
            allow_unset=allow_unset_vars,
            allow_impure=allow_impure,
        )
    )
