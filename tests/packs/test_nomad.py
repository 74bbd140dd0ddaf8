"""Every case with the real programs: they render and read the packs exactly as we do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import generator
from server.lab import nomad

Job = dict[str, Any]


def run(*command: str | Path, **environment: str) -> bytes:
    """The output of a program that has to succeed, free of this process's Nomad settings."""
    ours = {name: text for name, text in os.environ.items() if not name.startswith("NOMAD_")}
    completed = subprocess.run(command, env=ours | environment, capture_output=True)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


@pytest.mark.nomad_pack
@pytest.mark.parametrize("formatted", [True, False], ids=["formatted", "as-it-is"])
def test_nomad_pack_renders_what_we_render(
    pack: str, feature: Path, variant_file: Path | None, formatted: bool
) -> None:
    files = [file for file in (variant_file, feature) if file is not None]
    found = generator.find_pack(pack)

    options = [*(f"--var-file={file}" for file in files), *([] if formatted else ["--no-format"])]
    theirs = run("nomad-pack", "render", found.folder, *options)

    ours = generator.render(found, var_files=files, formatted=formatted)
    ((name, text),) = ours.files.items()
    assert theirs.decode() == f"{name}:\n\n{text}\n"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Nomad."""
    started = nomad.start(tmp_path_factory.mktemp("nomad"), volumes={})
    yield started.address
    started.stop()


def without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: without_nulls(member) for key, member in value.items() if member is not None
            }
        case list():
            return [without_nulls(member) for member in value if member is not None]
        case _:
            return value


@pytest.mark.nomad
def test_nomad_reads_the_job_that_we_print(
    pack: str, feature: Path, variant_file: Path | None, job: Job, agent: str
) -> None:
    files = [file for file in (variant_file, feature) if file is not None]
    (text,) = generator.render(generator.find_pack(pack), var_files=files).jobs.values()

    answer = requests.post(
        f"{agent}/v1/jobs/parse", json={"JobHCL": text, "Canonicalize": False}, timeout=10
    )

    assert answer.ok, answer.text
    assert without_nulls(answer.json()) == job


@pytest.mark.nomad
def test_nomad_finds_every_job_valid(job: Job, printed: bytes, tmp_path: Path, agent: str) -> None:
    # An agent without Vault refuses whatever wants it, as it should: here the rest of the job counts.
    without_vault = json.loads(printed)
    for task in without_vault["TaskGroups"][0]["Tasks"]:
        task.pop("Vault", None)
    file = tmp_path / "job.json"
    file.write_text(json.dumps(without_vault))

    output = run("nomad", "job", "validate", "-json", file, NOMAD_ADDR=agent)

    assert b"Job validation successful" in output
