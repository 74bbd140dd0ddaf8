"""``nomad-build config``: this service in the configuration of an MCP client, shown or written."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from server.cli import clients, connection, editing, options, screen

_NOMAD_TOKEN = "NOMAD_TOKEN"
# What else sets the service up, beside its own variables.
NOMAD_VARIABLES = (
    *("NOMAD_ADDR", "NOMAD_NAMESPACE", "NOMAD_REGION", "NOMAD_CACERT", "NOMAD_CAPATH"),
    *("NOMAD_CLIENT_CERT", "NOMAD_CLIENT_KEY", "NOMAD_TLS_SERVER_NAME", "NOMAD_SKIP_VERIFY"),
)
_PREFIX = "NOMAD_BUILD_"
_OF_CLIENTS = (connection.URL_VARIABLE, connection.TOKEN_VARIABLE)


@click.command(cls=options.Command)
@click.argument("client", type=click.Choice(tuple(clients.CLIENTS)))
@options.url_option
@click.option(
    "--stdio", is_flag=True, help="Have the client start the service itself, for NOMAD_ADDR."
)
@click.option(
    "--token-env",
    metavar="NAME",
    help="Environment variable in which the client finds the token, such as NOMAD_BUILD_TOKEN. Over HTTP.",
)
@click.option("--name", default="nomad-build", show_default=True, help="Name of the entry.")
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The client's file; the one it looks for here (Codex: at home) when left out.",
)
@click.option("--write", is_flag=True, help="Write the file; without, only the change is shown.")
@options.json_option
def command(
    client: str,
    url: str,
    stdio: bool,
    token_env: str | None,
    name: str,
    file: Path | None,
    write: bool,
    as_json: bool,
) -> None:
    """Show what makes this service known to an MCP client, and with --write do it.

    All else in the client's file stays as it is. A token is never written: only the name of the variable that holds it.

    \b
    CLIENT  file
    claude  .mcp.json of the project (Claude Code)
    cursor  .cursor/mcp.json of the project
    vscode  .vscode/mcp.json of the project; VS Code asks for the token once
    codex   ~/.codex/config.toml
    """  # noqa: D301
    if stdio and token_env:
        msg = "--token-env is for HTTP: with --stdio nobody has to say who they are"
        raise click.UsageError(msg)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
        msg = f"--name {name!r} has other than letters, digits, '_' and '-'"
        raise click.UsageError(msg)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", token_env or "X"):
        msg = f"--token-env {token_env!r} has other than letters, digits and '_'"
        raise click.UsageError(msg)
    shown = screen.open_screen(as_json=as_json)
    known = clients.CLIENTS[client]
    wanted = clients.Wanted(
        name=name,
        url="" if stdio else f"{connection.check_url(url)}/mcp",
        token_variable=token_env or "",
        environment=_settings(os.environ) if stdio else {},
        nomad_token=bool(os.environ.get(_NOMAD_TOKEN)),
    )
    where = file or _find(known)
    entry = known.entry(wanted)
    before = _read(where)
    try:
        after = clients.edit(client, before, wanted)
    except editing.NotEditable as error:
        alone = clients.edit(client, "", wanted)
        msg = f"{where} is left as it is: {error}. Put this into it by hand:\n\n{alone}"
        raise click.UsageError(msg) from error
    changed = after != before
    if write and changed:
        _write(where, after)
    if as_json:
        shown.show_json(
            {
                "client": client,
                "file": str(where),
                "entry": entry,
                "changed": changed,
                "written": write and changed,
            }
        )
        return
    _show_change(shown, where, before, after)
    _explain(shown, client, wanted, where, write=write, changed=changed)


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what sets the service up; clients hand what they start not all of their own environment."""
    return {
        name: value
        for name, value in environment.items()
        if value
        and (name in NOMAD_VARIABLES or name.startswith(_PREFIX))
        and name not in _OF_CLIENTS
    }


def _find(client: clients.Client) -> Path:
    try:
        return client.file(os.environ)
    except RuntimeError as error:
        msg = (
            f"the file of {client.title} is looked for at home, and that is not known: give --file"
        )
        raise click.UsageError(msg) from error


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{file} cannot be read: {error}"
        raise click.UsageError(msg) from error


def _write(file: Path, text: str) -> None:
    """Exchange a file's content in one go, keeping who may read it; links stay links.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        _exchange(file.resolve(), text)
    except (OSError, RuntimeError) as error:
        msg = f"{file} cannot be written: {error}"
        raise click.UsageError(msg) from error


def _exchange(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = target.stat().st_mode & 0o7777 if target.exists() else None
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    scratch = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as opened:
            opened.write(text)
        scratch.chmod(0o666 & ~_umask() if mode is None else mode)
        scratch.replace(target)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _show_change(shown: screen.Screen, file: Path, before: str, after: str) -> None:
    old = str(file) if before else os.devnull
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), old, str(file), lineterm=""
    )
    for line in lines:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        shown.line(line, style)


def _explain(
    shown: screen.Screen,
    client: str,
    wanted: clients.Wanted,
    file: Path,
    *,
    write: bool,
    changed: bool,
) -> None:
    title = clients.CLIENTS[client].title
    if not changed:
        shown.note(f"{file} has it already.")
    elif write:
        shown.note(f"{file} is written; start {title} anew to have it read.")
    else:
        shown.note(f"Nothing is written yet: add --write, or put it into {file} by hand.")
        if client == "claude":
            shown.note(f"Or: {clients.claude_command(wanted)}")
    if wanted.token_variable and client != "vscode":
        shown.note(
            f"{title} finds the token in {wanted.token_variable}: export it before you start it."
        )
    if not wanted.url and shutil.which("nomad-build") is None:
        shown.warn(f"nomad-build is not on PATH, where {title} has to find it")
    if not wanted.url and not wanted.environment.get("NOMAD_ADDR"):
        shown.warn(
            "NOMAD_ADDR is not set: the service will look for Nomad at http://127.0.0.1:4646"
        )
