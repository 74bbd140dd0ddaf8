"""The command of docs/operations.md that keeps a webhook's key, run as it stands on a real Nomad."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import requests

from server.lab import nomad as agents

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.docker
@pytest.mark.nomad
def test_a_webhooks_key_is_kept_where_the_service_reads_it(tmp_path: Path) -> None:
    (command,) = re.findall(r"^(nomad var put .*)$", PAGE.read_text(), re.MULTILINE)
    agent = agents.start(tmp_path, volumes={})
    try:
        environment = os.environ | {"NOMAD_ADDR": agent.address}
        subprocess.run(["sh", "-c", command], env=environment, check=True, capture_output=True)
        answer = requests.get(f"{agent.address}/v1/var/nomad-build/webhooks/ci", timeout=10)
        assert re.fullmatch(r"[0-9a-f]{64}", answer.json()["Items"]["secret"])
    finally:
        agent.stop()
