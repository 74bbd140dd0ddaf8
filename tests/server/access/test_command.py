"""``nomad-build token``: what it prints is what the service takes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from server import __main__ as cli
from server.access import tokens


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli.main, ["token", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def test_what_is_printed_is_an_entry_to_paste_and_the_token_that_it_is_of() -> None:
    output = run("--name", "ci", "--owner", "team-a", "--scope", "write", "--rate", "60/minute")
    (token,) = re.findall(r"^nbs_\S+$", output, re.MULTILINE)
    entry = output[output.index("  - name") :]
    (found,) = tokens.read_entries("tokens:\n" + entry)
    assert found.hash == tokens.digest(token)
    assert (found.name, found.owner, found.scopes) == ("ci", "team-a", ("read", "write"))
    assert token not in entry


@pytest.mark.parametrize(
    ("given", "scopes"),
    [
        ([], ("read", "write")),
        (["--scope", "read"], ("read",)),
        (["--scope", "write"], ("read", "write")),
        (["--scope", "admin"], ("read", "write", "admin")),
    ],
)
def test_each_token_is_another_and_holds_the_scopes_below_its_own(
    given: list[str], scopes: tuple[str, ...]
) -> None:
    made = [json.loads(run("--name", "x", *given, "--json")) for _ in range(2)]
    assert made[0]["token"] != made[1]["token"]
    for each in made:
        (entry,) = tokens.read_entries(json.dumps({"tokens": [each["entry"]]}))
        assert entry.scopes == scopes
        assert entry.hash == tokens.digest(each["token"])


def test_a_token_may_end_after_days_or_at_a_time() -> None:
    ends = {
        text: json.loads(run("--name", "x", "--expires", text, "--json"))
        for text in ("90d", "2030-01-01T00:00:00Z")
    }
    (entry,) = tokens.read_entries(json.dumps({"tokens": [ends["90d"]["entry"]]}))
    assert entry.expires is not None
    assert abs(entry.expires - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    assert ends["2030-01-01T00:00:00Z"]["entry"]["expires"] == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "--name"),
        (["--name", "a b"], "--name is not a name"),
        (["--name", "a", "--owner", "a/b"], "--owner is not the name of an owner"),
        (["--name", "a", "--scope", "all"], "'all' is not one of"),
        (["--name", "a", "--owner", "b", "--scope", "admin"], "leave owner or admin out"),
        (["--name", "a", "--expires", "tomorrow"], "--expires is not a time"),
        (["--name", "a", "--rate", "fast"], "--rate is not a rate"),
    ],
)
def test_what_would_not_be_taken_is_told_and_no_token_made(arguments: list[str], text: str) -> None:
    result = CliRunner().invoke(cli.main, ["token", *arguments])
    assert result.exit_code == 2
    assert text in result.output
    assert "nbs_" not in result.output


def test_its_help_shows_how_it_is_called() -> None:
    assert "nomad-build token --name ci --owner team-a" in run("--help")


def test_a_service_does_not_start_with_a_file_that_it_cannot_use(tmp_path: Path) -> None:
    path = tmp_path / "tokens.yaml"
    path.write_text("tokens: [{name: ci, hash: x, scopes: [write]}]")
    result = subprocess.run(
        [sys.executable, "-m", "server", "serve", "--port", "0"],
        env=os.environ | {"NOMAD_ADDR": "http://127.0.0.1:9", "NOMAD_BUILD_TOKENS_FILE": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1
    assert "tokens[0] (ci): hash: is not sha256:" in result.stderr
    assert "Traceback" not in result.stderr
