"""``nomad-build completion``: what shells need to complete commands, options and the ids of builds."""

from __future__ import annotations

import os
from typing import Any

import click
from click import shell_completion

VARIABLE = "_NOMAD_BUILD_COMPLETE"
SHELLS = ("bash", "zsh", "fish")

_WHERE = {
    "bash": 'eval "$(nomad-build completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(nomad-build completion zsh)" in ~/.zshrc, after compinit',
    "fish": "nomad-build completion fish > ~/.config/fish/completions/nomad-build.fish",
}
_SECONDS = 2.0  # whoever pressed a key waits for this
_SHOWN = 50


def complete_builds(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[shell_completion.CompletionItem]:
    """Return the newest builds whose ids begin so; none when the service does not answer at once."""
    from server.cli import connection, exits

    url = context.params.get("url") or os.environ.get(connection.URL_VARIABLE)
    try:
        token = connection.read_token(context.params.get("token_file"))
        address = connection.check_url(url or connection.DEFAULT_URL)
        service = connection.Connection(address, token, attempts=1)
        answer = service.call("getHistory", {"limit": _SHOWN}, seconds=_SECONDS)
    except (OSError, ValueError, exits.Failure):
        return []
    return [
        shell_completion.CompletionItem(build["jobID"], help=_describe(build))
        for build in answer.get("builds", ())
        if str(build.get("jobID", "")).startswith(incomplete)
    ]


def _describe(build: dict[str, Any]) -> str:
    return " ".join(str(build[key]) for key in ("status", "repoURL", "gitRef") if build.get(key))


@click.command(
    epilog="\b\nLet your shell run it:\n"
    + "\n".join(f"  {shell:<5} {_WHERE[shell]}" for shell in SHELLS)
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the script by which a SHELL completes commands, options and the ids of builds."""
    kind = shell_completion.get_completion_class(shell)
    assert kind is not None
    program = context.find_root().command
    click.echo(kind(program, {}, "nomad-build", VARIABLE).source())
