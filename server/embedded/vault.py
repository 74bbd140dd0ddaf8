"""Secrets of a file in the place of a Vault: what templates read by their function ``secret``.

The file is a JSON object of paths, and for each an object of fields, as version 2 of Vault's KV engine holds them:

    {"secret/data/team/git": {"username": "robot", "password": "…"}}

It is read again for each template, so that a secret may be written while a task waits for it. There are no roles and no
policies: every task with a ``vault`` block may read all of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from server.embedded import records

SECONDS_BETWEEN_LOOKS = 1.0
"""A task that waits for a secret looks so often; consul-template begins at a quarter of a second and slows down."""


class FileOfSecrets:
    """The secrets in one file."""

    def __init__(self, path: Path) -> None:
        """Look at the file once, so that a wrong one is found at the start: ValueError."""
        self._path = path
        self._read()

    def find(self, path: str) -> Mapping[str, records.Json] | None:
        """Return a secret as Vault's API answers it, or None; ValueError where the file went bad.

        As in consul-template the ``data`` behind the mount may be left out (shimKVv2Path).
        """
        secrets = self._read()
        mount, _, rest = path.strip("/").partition("/")
        for name in (path.strip("/"), f"{mount}/data/{rest}"):
            if name in secrets:
                return {"Data": {"data": secrets[name], "metadata": {}}}
        return None

    def _read(self) -> dict[str, dict[str, records.Json]]:
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            msg = f"{self._path}: {error}"
            raise ValueError(msg) from error
        if not isinstance(read, dict) or not all(isinstance(each, dict) for each in read.values()):
            msg = f"{self._path}: not a JSON object with an object of fields for each path"
            raise ValueError(msg)
        return read
