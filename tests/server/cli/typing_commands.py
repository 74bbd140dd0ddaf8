"""Typing commands, as a person or a script does, against a service over HTTP."""

from __future__ import annotations

import os
from collections.abc import Mapping

from click.testing import CliRunner, Result

from server import __main__ as program

# What this machine has set must not lead a test elsewhere.
CLEAN: dict[str, str | None] = {
    name: None for name in os.environ if name.startswith(("NOMAD", "FORCE_COLOR", "NO_COLOR"))
}


def run(
    *arguments: str,
    url: str = "",
    text: str | bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> Result:
    """Run a command; ``url`` is where the service is, ``text`` what comes over standard input."""
    given = CLEAN | dict(environment or {}) | ({"NOMAD_BUILD_URL": url} if url else {})
    return CliRunner().invoke(
        program.main, list(arguments), input=text, env=given, prog_name="nomad-build"
    )


def read_id(result: Result) -> str:
    """Return the id that submit has written."""
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()
