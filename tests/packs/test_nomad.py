"""Every case with the real programs: they render and read the packs exactly as we do."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click.testing
import pytest
import requests

import generator
from generator.commands import program as cli
from server.lab import nomad
from tests import nulls

Job = dict[str, Any]


def run(*command: str | Path, **environment: str) -> bytes:
    """The output of a program that has to succeed, free of this process's Nomad settings."""
    ours = {name: text for name, text in os.environ.items() if not name.startswith("NOMAD_")}
    completed = subprocess.run(command, env=ours | environment, capture_output=True)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


@pytest.mark.nomad_pack
def test_the_program_prints_what_nomad_pack_prints(
    pack: str, feature: Path, variant_file: Path | None
) -> None:
    # In the order of their paths, in which nomad-pack takes them: the variant's is the weaker one.
    files = [file for file in (variant_file, feature) if file is not None]
    folder = generator.find_pack(pack).folder
    options = [*(f"--var-file={file}" for file in files), "--render-output-template"]
    theirs = run("nomad-pack", "render", folder, *options)

    ours = click.testing.CliRunner().invoke(cli.main, ["render", str(folder), *options])

    assert ours.exit_code == 0, ours.output
    assert ours.stdout_bytes == theirs


@pytest.mark.nomad_pack
def test_nomad_pack_lays_the_job_out_as_we_do(
    pack: str, feature: Path, variant_file: Path | None
) -> None:
    files = [file for file in (variant_file, feature) if file is not None]
    found = generator.find_pack(pack)
    options = [*(f"--var-file={file}" for file in files), "--no-format"]
    theirs = run("nomad-pack", "render", found.folder, *options)

    ours = generator.render(found, var_files=files, formatted=False)

    ((name, text),) = ours.files.items()
    assert theirs.decode() == f"{name}:\n\n{text}\n"


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Nomad, with the namespace and the node pool that cases ask for."""
    started = nomad.start(tmp_path_factory.mktemp("nomad"), volumes={})
    for path, name in (("namespace", "builds"), ("node/pool", "builders")):
        made = requests.put(f"{started.address}/v1/{path}/{name}", json={"Name": name}, timeout=10)
        assert made.ok, made.text
    yield started.address
    started.stop()


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
    assert nulls.without_nulls(answer.json()) == job


@pytest.mark.nomad
def test_nomad_finds_every_job_valid(printed: bytes, agent: str) -> None:
    # An agent without Vault refuses whatever wants it, as it should: here the rest of the job counts.
    without_vault = json.loads(printed)
    for task in without_vault["TaskGroups"][0]["Tasks"]:
        task.pop("Vault", None)

    answer = requests.post(f"{agent}/v1/validate/job", json={"Job": without_vault}, timeout=10)

    assert answer.ok, answer.text
    assert answer.json() == {
        "DriverConfigValidated": True,
        "Error": "",
        "ValidationErrors": None,
        "Warnings": "",
    }
