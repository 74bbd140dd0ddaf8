"""What the commands that speak to a service have in common: how it is found, and how the answer is written."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from server.cli import completion, connection, exits, screen


class Command(click.Command):
    """A command whose failures and interruptions end with the exit codes that are documented."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(err=True)
            ctx.exit(exits.INTERRUPTED)
        except exits.Failure as failure:
            failure.as_json = bool(ctx.params.get("as_json"))
            raise


def _check_url(context: click.Context, parameter: click.Parameter, value: str) -> str:
    try:
        return connection.check_url(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, parameter) from error


url_option = click.option(
    "--url",
    envvar=connection.URL_VARIABLE,
    default=connection.DEFAULT_URL,
    show_default=True,
    show_envvar=True,
    callback=_check_url,
    help="Address of the service.",
)
token_option = click.option(
    "--token-file",
    metavar="FILE",
    help=f"File with the token to show to the service; {connection.TOKEN_VARIABLE} without.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Write the service's answer as it is."
)


# The id of a build, which a shell can complete.
job_argument = click.argument("job_id", metavar="ID", shell_complete=completion.complete_builds)
optional_job_argument = click.argument(
    "job_id", metavar="[ID]", required=False, shell_complete=completion.complete_builds
)


def connect(url: str, token_file: str | None, shown: screen.Screen) -> connection.Connection:
    """Return the connection to a service.

    Raises:
        UsageError: the token cannot be read.
    """
    try:
        token = connection.read_token(token_file)
    except (OSError, ValueError) as error:
        msg = f"the token cannot be used: {error}"
        raise click.UsageError(msg) from error
    if token and connection.is_exposed(url):
        shown.warn(f"{url} is not encrypted: whoever is on the way can read the token")
    return connection.Connection(url, token)


def connected(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of whoever speaks to a service, and it a ``service`` and a ``shown`` to use."""

    @functools.wraps(function)
    def run(*, url: str, token_file: str | None, as_json: bool, **given: Any) -> Any:
        shown = screen.open_screen(as_json=as_json)
        return function(service=connect(url, token_file, shown), shown=shown, **given)

    for option in (json_option, token_option, url_option):
        run = option(run)
    return run
