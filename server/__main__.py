"""The command ``nomad-build``: ``serve`` and what else runs the service, and what people and scripts do with one.

What a command needs is imported when it runs: ``--help`` answers at once.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import click

import server
from server import errors
from server.cli import exits

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
# How long a connection is kept on which nobody asks anything. Load balancers keep theirs for a minute: to close one
# while a request is sent on it looks as if the service had failed.
_IDLE_SECONDS = 75
# A thread that renders a job gives way to those that answer after so long; Python's own 5 ms add up to what a caller
# notices, as an answer takes several turns.
_SWITCH_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A command of a module of its own: where it is, and what the list of commands says of it."""

    module: str
    name: str
    summary: str


_ELSEWHERE = {
    "cleanup": _Elsewhere("server.cli.builds", "cleanup", "Remove what ended builds left behind."),
    "completion": _Elsewhere(
        "server.cli.completion", "command", "Print the script for a shell's completion."
    ),
    "config": _Elsewhere(
        "server.cli.configuring", "command", "Write the configuration of an MCP client."
    ),
    "demo": _Elsewhere(
        "server.demo", "demo", "Build, test, publish and run a hello-world image on this machine."
    ),
    "doctor": _Elsewhere(
        "server.cli.doctor", "command", "Check what builds need, and say what to mend."
    ),
    "engine": _Elsewhere(
        "server.embedded.command", "engine", "Run a small Nomad with docker tasks on this machine."
    ),
    "history": _Elsewhere("server.cli.builds", "history", "List the builds that are known."),
    "kill": _Elsewhere("server.cli.builds", "kill", "Stop a build."),
    "logs": _Elsewhere("server.cli.builds", "logs", "Show the logs of a build, also as they grow."),
    "status": _Elsewhere("server.cli.builds", "status", "Show what is known of a build."),
    "submit": _Elsewhere("server.cli.submit", "command", "Submit a build."),
    "token": _Elsewhere(
        "server.access.command", "token", "Make a token for callers of the service."
    ),
    "watch": _Elsewhere("server.cli.builds", "watch", "Show what a build does until it has ended."),
}
_SECTIONS = {
    "Builds": ("submit", "status", "logs", "watch", "kill", "cleanup", "history"),
    "Setting up": ("doctor", "config", "completion"),
    "Build files": ("validate", "schema"),
    "Running the service": ("serve", "stdio", "token", "engine", "demo"),
}
# What runs until it is stopped has no result that could be lost.
_LASTING = ("serve", "stdio", "engine", "demo")


class _LazyGroup(click.Group):
    """A group whose larger commands live in modules of their own, imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        where = _ELSEWHERE[cmd_name]
        command = getattr(importlib.import_module(where.module), where.name)
        assert isinstance(command, click.Command)
        return command

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the command line; for some options that already writes what there is to say."""
        with exits.writing():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with exits.writing():
            return super().invoke(ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one whose result would be lost is not even begun."""
        name, command, rest = super().resolve_command(ctx, args)
        if sys.stdout is None and name not in _LASTING:
            msg = "what there is to say cannot be written: standard output is closed"
            raise exits.NotWritten(msg)
        return name, command, rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing what they need."""
        for section, names in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, self._summarize(ctx, name)) for name in names])

    def _summarize(self, ctx: click.Context, name: str) -> str:
        if name in _ELSEWHERE:
            return _ELSEWHERE[name].summary
        known = super().get_command(ctx, name)
        return known.get_short_help_str(70) if known else ""


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"\b\nExit codes:\n{exits.describe()}",
)
@click.version_option(server.__version__)
def main() -> None:
    """Build, test and publish container images with Buildah on HashiCorp Nomad.

    \b
    With a service that runs somewhere, from the working copy of a repository:
      export NOMAD_BUILD_URL=http://nomad-build.example.com:8080
      nomad-build submit --registry registry.example.com/team --tag latest --watch

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

    The service is configured by environment variables: NOMAD_ADDR, NOMAD_TOKEN, NOMAD_NAMESPACE and
    the TLS variables as Nomad's own clients read them, and NOMAD_BUILD_… (see docs/operations.md).
    Who speaks to one sets NOMAD_BUILD_URL and NOMAD_BUILD_TOKEN (see docs/cli.md).
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

    \b
    Who may call is said by environment variables (docs/security.md); without them, whoever reaches the port:
      NOMAD_BUILD_TOKENS_FILE    bearer tokens, made by "nomad-build token"
      NOMAD_BUILD_OIDC_ISSUER    and NOMAD_BUILD_OIDC_AUDIENCE: tokens of an OpenID provider
      NOMAD_BUILD_RATE           how often each may call, as 600/minute
      NOMAD_BUILD_READ_ONLY      true: nothing can be changed
    """  # noqa: D301
    import uvicorn

    from server import app, config, logbook

    logbook.configure(log_level, _form(log_format), sys.stderr)
    sys.setswitchinterval(_SWITCH_SECONDS)
    with _show_config_errors():
        settings = config.read_config(os.environ)
    with _show_config_errors(), app.run(app.assemble(settings)) as service:
        web = app.create_app(service, settings, host)
        uvicorn.run(
            web,
            host=host,
            port=port,
            log_level=log_level,
            log_config=None,
            # By itself uvicorn believes whoever is on this machine.
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", ""),
            timeout_keep_alive=_IDLE_SECONDS,
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
    # A task that is cancelled for Ctrl-C would wait for the thread that reads standard input, and so for the client.
    # Replicas may end at any moment: this does it as SIGTERM does.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
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
