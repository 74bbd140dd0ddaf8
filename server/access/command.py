"""``nomad-build token``: a new token, and what of it goes into the service's file."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pydantic
import yaml

from server.access import scopes, tokens
from server.callers import Scope

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")


@click.command("token")
@click.option("--name", required=True, help="What the audit log calls who has it.")
@click.option("--owner", help="The only owner whose builds it is for; all without.")
@click.option(
    "--scope",
    default="write",
    show_default=True,
    type=click.Choice(scopes.ORDER),
    help="read: look; write: also submit, kill, clean up; admin: also clean up after everybody.",
)
@click.option(
    "--expires", help="When it ends: a time as 2027-01-31T00:00:00Z, or days from now as 90d."
)
@click.option(
    "--rate", help="How often it may be used, as 60/minute; the service's own rate without."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: token and entry.")
def token(
    name: str,
    owner: str | None,
    scope: Scope,
    expires: str | None,
    rate: str | None,
    as_json: bool,
) -> None:
    """Make a token for the service, and the entry of the file that NOMAD_BUILD_TOKENS_FILE names.

    The token itself is shown here and nowhere else; the file has its hash. A service that runs reads the changed file
    within seconds.

    \b
      nomad-build token --name ci --owner team-a --scope write --expires 90d
    """  # noqa: D301 (click's mark for text to leave as it is)
    made = tokens.mint()
    given = {
        "name": name,
        "hash": tokens.digest(made),
        "owner": owner,
        "scopes": list(scopes.up_to(scope)),
        "expires": _read_end(expires),
        "rate": rate,
    }
    entry = {field: value for field, value in given.items() if value is not None}
    try:
        tokens.Entry.model_validate(entry)
    except pydantic.ValidationError as error:
        raise click.UsageError(_describe(error)) from error
    if as_json:
        click.echo(json.dumps({"token": made, "entry": entry}, indent=2))
        return
    click.echo("The token, for whoever calls (it is shown only this once):\n")
    click.echo(f"{made}\n")
    click.echo("Its entry below tokens: in the file that NOMAD_BUILD_TOKENS_FILE names:\n")
    click.echo(_indent(entry), nl=False)


def _read_end(text: str | None) -> str | None:
    match = _DAYS.fullmatch(text or "")
    if match is None:
        return text
    end = datetime.now(UTC) + timedelta(days=int(match[1]))
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


def _describe(error: pydantic.ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False, include_context=False)
    texts = [(each["loc"], each["msg"].removeprefix("Value error, ")) for each in found]
    return "; ".join(f"--{path[0]} {text}" if path else text for path, text in texts)


def _indent(entry: dict[str, Any]) -> str:
    text = yaml.safe_dump([entry], sort_keys=False, default_flow_style=None)
    return "".join(f"  {line}\n" for line in text.splitlines())
