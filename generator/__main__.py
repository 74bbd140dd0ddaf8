"""``packgen``: render packs and parse job files on the command line. Only here is anything printed.

Exit codes: 0 done, 1 the pack, the job or a value is wrong, 2 the command line is wrong. What a
command needs is imported when it runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from generator.errors import GeneratorError

MAIN_HELP = """Turn Nomad Packs into jobs without the nomad-pack and nomad programs.

\b
packgen list                    the packs that come with this program
packgen render ./my-pack        the files of a pack, as nomad-pack renders them
packgen render build --variant gpu -f my.hcl --format json | nomad job run -json -
packgen parse my.nomad.hcl      a job file as the JSON of Nomad's API
"""

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

PARSE_HELP = """Print the job in FILE (- for standard input) as the JSON that Nomad's API takes.

It is what POST /v1/jobs/parse answers, without nulls and with sorted keys: always the same bytes
for the same job.

\b
packgen parse my.nomad.hcl | nomad job run -json -
packgen render ./my-pack | packgen parse -
"""


@click.group(
    help=MAIN_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def main() -> None:
    """The program's front: its commands do the work."""


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        msg = f'missing = in KV pair: "{text}"'
        raise click.BadParameter(msg)
    return name, value


def _pairs(
    _context: click.Context, _option: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    """``K=V`` texts as a mapping; of two with the same name the later counts."""
    return dict(_pair(text) for text in texts)


def _paths(_context: click.Context, _option: click.Parameter, texts: tuple[str, ...]) -> list[str]:
    """Each text may hold several paths with commas between them, as nomad-pack's option does."""
    return [path for text in texts for path in text.split(",")]


@main.command(help=RENDER_HELP)
@click.argument("pack")
@click.option(
    "-f", "--var-file", "var_files", metavar="FILE", multiple=True, callback=_paths,
    help="File with values, NAME = VALUE, as HCL (.hcl) or JSON (.json). May be repeated. As in"
    " nomad-pack 0.4 several files count in the order of their paths, not of the command line.",
)  # fmt: skip
@click.option(
    "--var", "arguments", metavar="NAME=VALUE", multiple=True, callback=_pairs,
    help="Value of one variable. A string or number stands as it is, all else is an HCL"
    """ expression: --var 'ports=[80, 443]'. May be repeated.""",
)  # fmt: skip
@click.option(
    "--variant", metavar="NAME",
    help="Variant of the pack: the file variants/NAME.hcl in its folder, weaker than every -f.",
)  # fmt: skip
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
@click.option(
    "--allow-unset-vars", is_flag=True, envvar="NOMAD_PACK_ALLOW_UNSET_VARS",
    help="A variable without default may stay without value; it renders as nothing.",
)  # fmt: skip
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
) -> None:
    """Values in, rendered files out."""
    if form == "json" and render_output_template:
        msg = "--render-output-template goes with --format hcl only"
        raise click.UsageError(msg)
    with _reported():
        from generator import pipeline, registry

        rendering = pipeline.render(
            registry.open_pack(pack),
            auxiliary=not skip_aux_files and form == "hcl",
            outputs=render_output_template,
            formatted=not no_format and form == "hcl",
            environment=os.environ,
            variant=variant,
            var_files=var_files,
            arguments=arguments,
            allow_unset=allow_unset_vars,
        )
        results = dict(rendering.files)
        if rendering.outputs is not None:
            results["outputs.tpl"] = rendering.outputs
        if form == "json":
            results = dict(_as_json(rendering.jobs))
    if folder is not None:
        _write(results, folder)
    elif len(results) == 1:
        _print(*results.values())
    elif form == "json":
        names = ", ".join(results) or "none"
        _fail(f"{pack}: --format json prints exactly one job, the pack renders: {names}\n"
              "hint: with --to-dir DIR each job is written to a file of its own")  # fmt: skip
    else:
        _print(*(f"{name}:\n\n{text}\n" for name, text in results.items()))


@main.command(help=PARSE_HELP)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--var", "arguments", metavar="NAME=VALUE", multiple=True, callback=_pairs,
    help="Value of one variable of the job file. May be repeated.",
)  # fmt: skip
def parse(file: str, arguments: dict[str, str]) -> None:
    """A job file in, JSON out."""
    with _reported():
        from generator import jobspec

        name = "standard input" if file == "-" else file
        _print(jobspec.encode(jobspec.parse(_read(file), name, arguments)))


@main.command("list")
def list_packs() -> None:
    """Print the packs that come with this program, with their variants."""
    with _reported():
        from generator import registry

        for name in registry.names():
            found = registry.find(name)
            click.echo(f"{name}: {found.metadata.description}")
            if variants := registry.variants(found):
                click.echo(f"    variants: {', '.join(variants)}")


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """Show what is wrong with the input, and end with 1."""
    try:
        yield
    except (GeneratorError, OSError) as error:
        _fail(str(error))


def _as_json(jobs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The job files as what Nomad's API takes, by their names there."""
    from generator import jobspec, pipeline

    for name, text in jobs.items():
        stem = name.removesuffix(pipeline.JOB_SUFFIX)
        yield f"{stem}.json", jobspec.encode(jobspec.parse(text, name))


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = f"{file}: not UTF-8 text at byte {error.start}"
        raise GeneratorError(msg) from error


def _print(*texts: str) -> None:
    """Texts as they are, as UTF-8 whatever the locale is."""
    for text in texts:
        click.echo(text.encode(), nl=False)


def _write(results: Mapping[str, str], folder: Path) -> None:
    with _reported():
        for name, text in results.items():
            if ".." in Path(name).parts or Path(name).is_absolute():
                msg = f"{name}: the pack's name leads out of the folder"
                raise GeneratorError(msg)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            click.echo(path)


def _fail(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main(prog_name="packgen")
