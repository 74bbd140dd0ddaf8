"""The commands of the service: ``nomad-build serve``, ``stdio``, ``engine``, ``demo``, ``validate`` and ``schema``.

What a command needs is imported when it runs: ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from typing import BinaryIO, ClassVar, Literal

import click

import server
from server import errors

_LOG_FORMAT = click.option(
    "--log-format",
    default="auto",
    show_default=True,
    type=click.Choice(("auto", "json", "text")),
    help="A JSON object a line, or text; auto: text on a terminal.",
)
_LEVELS = ("debug", "info", "warning", "error")
# What calls have left once the service is told to stop: one that its client never finishes would hold it
# for good, and Nomad kills what has not ended after 5 s.
_LAST_SECONDS = 1


class _LazyGroup(click.Group):
    """A group whose larger commands live in modules of their own, imported when they are used."""

    modules: ClassVar = {"engine": "server.embedded.command", "demo": "server.demo"}
    summaries: ClassVar = {
        "engine": "Run a small Nomad with docker tasks on this machine.",
        "demo": "Build, test, publish and run a hello-world image on this machine.",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.modules})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(self.modules[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing what they need."""
        rows = []
        for name in self.list_commands(ctx):
            known = super().get_command(ctx, name)
            summary = known.get_short_help_str(70) if known else self.summaries[name]
            rows.append((name, summary))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(server.__version__)
def main() -> None:
    """Build, test and publish container images with Buildah on HashiCorp Nomad.

    The service is configured by environment variables: NOMAD_ADDR, NOMAD_TOKEN, NOMAD_NAMESPACE and
    the TLS variables as Nomad's own clients read them, and NOMAD_BUILD_… (see docs/operations.md).

    \b
    On one machine, without a cluster:
      nomad-build engine --port 4646 &     a small Nomad that runs tasks with docker
      nomad-build serve --port 8080        the service on top of it

    \b
    As a local MCP server of a coding agent:
      NOMAD_ADDR=https://nomad.example.com:4646 nomad-build stdio

    \b
    For whoever writes a build file for a repository:
      nomad-build validate .nomad-build.yaml
    """  # noqa: D301 (click's mark for text to leave as it is)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on.",
)
@click.option("--log-level", default="info", show_default=True, type=click.Choice(_LEVELS))
@_LOG_FORMAT
def serve(host: str, port: int, log_level: str, log_format: str) -> None:
    """Serve MCP at /mcp and plain HTTP at /mcp/TOOL, /health, /ready and /metrics, until stopped.

    Any number of these may run on one Nomad: each may be stopped at any moment, another goes on.
    """
    import uvicorn

    from server import app, config, logbook

    logbook.configure(log_level, _form(log_format), sys.stderr)
    with _show_config_errors():
        settings = config.read_config(os.environ)
    with app.run(app.assemble(settings)) as service:
        web = app.create_app(service, settings, host)
        uvicorn.run(
            web,
            host=host,
            port=port,
            log_level=log_level,
            log_config=None,
            timeout_graceful_shutdown=_LAST_SECONDS,
        )


@main.command()
@click.option("--log-level", default="warning", show_default=True, type=click.Choice(_LEVELS))
@_LOG_FORMAT
def stdio(log_level: str, log_format: str) -> None:
    """Serve one MCP client over standard input and output; logs go to standard error."""
    import anyio

    from server import app, config, logbook

    logbook.configure(log_level, _form(log_format), sys.stderr)
    with _show_config_errors():
        settings = config.read_config(os.environ)
    anyio.run(app.serve_stdio, settings)


@main.command()
@click.argument("file", type=click.File("rb"))
def validate(file: BinaryIO) -> None:
    """Check the build file FILE of a repository, - for standard input.

    Prints OK and what would be built, or a line for each problem and ends with 1. Neither Nomad nor a network is
    needed: whether secrets, images and registries are there shows when the file is built.

    \b
    Problems are told as editors and reviewers read them, with line, column and field:
      .nomad-build.yaml:3:12: imageTags[0]: input should be a valid string; …

    \b
    A build file has fields of submitJob, as in:
      registryURL: registry.example.com:5000/team
      imageTags: ["{git_short_sha}", latest]
      testCommands:
        - my-program --version

    All fields are in docs/build-file.md and in the schema that "nomad-build schema" prints.
    """  # noqa: D301
    from server import buildfile

    content = file.read(buildfile.SIZE_LIMIT + 1)
    name = getattr(file, "name", "<stdin>")
    try:
        lines = buildfile.summarize(buildfile.parse(content))
    except buildfile.BuildFileError as error:
        for problem in error.problems:
            print(f"{name}:{problem}")
        sys.exit(1)
    print(f"{name}: OK")
    for line in lines:
        print(f"  {line}")


@main.command()
def schema() -> None:
    """Print the JSON Schema of a build file (draft 2020-12), for editors and other checkers.

    \b
    Editors with a YAML language server take it from the file's first line:
      # yaml-language-server: $schema=nomad-build.schema.json
    """  # noqa: D301
    from server import buildfile

    print(buildfile.render_schema(), end="")


@contextlib.contextmanager
def _show_config_errors() -> Iterator[None]:
    try:
        yield
    except errors.ConfigError as error:
        raise click.ClickException(str(error)) from error


def _form(log_format: str) -> Literal["json", "text"]:
    """Choose text for people: whoever reads a terminal."""
    if log_format == "auto":
        return "text" if sys.stderr.isatty() else "json"
    return "json" if log_format == "json" else "text"


if __name__ == "__main__":
    main(prog_name="nomad-build")
