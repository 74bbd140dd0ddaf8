"""The MCP clients that are known: where their configuration is, and what the entry of this service looks like. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.cli import editing

_INPUT = "nomad-build-token"
_NOMAD_TOKEN = "NOMAD_TOKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the entry is to say: the address over HTTP, or none for standard input and output.

    ``token_variable`` names the environment variable with the token; ``environment`` is what a started service gets.
    """

    name: str
    url: str
    token_variable: str
    environment: Mapping[str, str]
    nomad_token: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An MCP client: where its file is, where in it servers stand, and what an entry looks like."""

    title: str
    file: Callable[[Mapping[str, str]], Path]
    path: tuple[str, ...]
    entry: Callable[[Wanted], dict[str, Any]]
    edit: Callable[[str, tuple[str, ...], Any], str] = editing.put_json
    reference: str = ""


def _stdio(wanted: Wanted, reference: str) -> dict[str, Any]:
    variables = dict(wanted.environment)
    if wanted.nomad_token:
        variables[_NOMAD_TOKEN] = reference.format(_NOMAD_TOKEN)
    entry: dict[str, Any] = {"command": "nomad-build", "args": ["stdio"]}
    return entry | ({"env": variables} if variables else {})


def _headers(wanted: Wanted, reference: str) -> dict[str, Any]:
    if not wanted.token_variable:
        return {}
    token = reference.format(wanted.token_variable)
    return {"headers": {"Authorization": f"Bearer {token}"}}


def _claude_entry(wanted: Wanted) -> dict[str, Any]:
    if not wanted.url:
        return _stdio(wanted, "${{{}}}")
    return {"type": "http", "url": wanted.url, **_headers(wanted, "${{{}}}")}


def _cursor_entry(wanted: Wanted) -> dict[str, Any]:
    if not wanted.url:
        return _stdio(wanted, "${{env:{}}}")
    return {"url": wanted.url, **_headers(wanted, "${{env:{}}}")}


def _vscode_entry(wanted: Wanted) -> dict[str, Any]:
    if not wanted.url:
        return {"type": "stdio", **_stdio(wanted, "${{env:{}}}")}
    # VS Code asks for the token once and keeps it in the system's keyring; it need not be in any environment.
    return {"type": "http", "url": wanted.url, **_headers(wanted, f"${{{{input:{_INPUT}}}}}")}


def _codex_entry(wanted: Wanted) -> dict[str, Any]:
    if not wanted.url:
        entry = _stdio(
            Wanted(
                name=wanted.name,
                url="",
                token_variable="",
                environment=wanted.environment,
                nomad_token=False,
            ),
            "",
        )
        # Codex hands a server no more of its own environment than it is told to.
        return entry | ({"env_vars": [_NOMAD_TOKEN]} if wanted.nomad_token else {})
    token = {"bearer_token_env_var": wanted.token_variable} if wanted.token_variable else {}
    return {"url": wanted.url, **token}


CLIENTS: dict[str, Client] = {
    "claude": Client(
        title="Claude Code",
        file=lambda environment: Path(".mcp.json"),
        path=("mcpServers",),
        entry=_claude_entry,
    ),
    "cursor": Client(
        title="Cursor",
        file=lambda environment: Path(".cursor", "mcp.json"),
        path=("mcpServers",),
        entry=_cursor_entry,
    ),
    "vscode": Client(
        title="VS Code",
        file=lambda environment: Path(".vscode", "mcp.json"),
        path=("servers",),
        entry=_vscode_entry,
    ),
    "codex": Client(
        title="Codex",
        file=lambda environment: Path(
            environment.get("CODEX_HOME") or Path.home() / ".codex", "config.toml"
        ),
        path=("mcp_servers",),
        entry=_codex_entry,
        edit=editing.put_toml,
    ),
}


def edit(client: str, text: str, wanted: Wanted) -> str:
    """Return the client's configuration with the entry in it.

    Raises:
        NotEditable: the file's text cannot be added to; the message says why.
    """
    known = CLIENTS[client]
    edited = known.edit(text, (*known.path, wanted.name), known.entry(wanted))
    if client == "vscode" and wanted.url and wanted.token_variable:
        edited = _add_input(edited)
    return edited


def _add_input(text: str) -> str:
    """Have VS Code ask for the token, if it does not already."""
    inputs = editing.get_json(text, ("inputs",))
    if inputs is None:
        inputs = []
    if not isinstance(inputs, list):
        msg = "inputs in it is no list"
        raise editing.NotEditable(msg)
    if any(isinstance(each, dict) and each.get("id") == _INPUT for each in inputs):
        return text
    asked = {
        "type": "promptString",
        "id": _INPUT,
        "description": "Token of the Nomad Build Service",
        "password": True,
    }
    return editing.put_json(text, ("inputs",), [*inputs, asked])


def claude_command(wanted: Wanted) -> str:
    """Return the command of Claude Code that does the same."""
    entry = _claude_entry(wanted)
    words = ["claude", "mcp", "add", "--scope", "project"]
    if wanted.url:
        words += ["--transport", "http", wanted.name, wanted.url]
        for name, value in entry.get("headers", {}).items():
            words += ["--header", f"{name}: {value}"]
        return shlex.join(words)
    # The name comes first: --env takes whatever follows it for another variable.
    words.append(wanted.name)
    for name, value in entry.get("env", {}).items():
        words += ["--env", f"{name}={value}"]
    return shlex.join([*words, "--", entry["command"], *entry["args"]])
