"""``nomad-build validate`` and ``nomad-build schema``, as whoever writes a build file uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server import __main__ as cli
from server import buildfile


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(cli.main, arguments, input=given)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".nomad-build.yaml"


def test_a_file_that_is_right_is_ok_and_shows_what_would_be_built(file: Path) -> None:
    file.write_text(
        "registryURL: r.io/team\n"
        "imageName: shop\n"
        "imageTags: [v1, '{git_sha}']\n"
        "dockerfilePath: api/Dockerfile\n"
        "contextPath: api\n"
        "target: release\n"
        "platform: linux/arm64\n"
        "testCommands: [a, [b, c]]\n"
        "testEntryPoint: true\n"
        "services: [{name: db, image: postgres:16}]\n"
        "publishTo: [{registryURL: s.io, imageTags: [x]}]\n"
    )

    result = run("validate", str(file))

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"{file}: OK",
        "  build    api/Dockerfile, in api, up to stage release, for linux/arm64",
        "  test     2 commands, the entry point, beside db",
        "  publish  r.io/team/shop: v1, {git_sha}; s.io/shop: x",
    ]


def test_what_the_request_has_to_say_beside_the_file_is_told(file: Path) -> None:
    file.write_text("buildSecrets: {npm: nomad:a#b}\ncaCertificates: ''\n")

    result = run("validate", str(file))

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"{file}: OK",
        "  build    Dockerfile, with 1 secret",
        "  test     nothing",
        "  publish  <registryURL>/<name of the repository>: {job_id}",
        "  request  has to give registryURL, and buildFile, without which the file is then not read",
        "  request  has to trust the file (trustBuildFile), or give these: buildSecrets",
    ]


def test_every_problem_is_told_with_file_line_and_column_and_ends_with_1(file: Path) -> None:
    file.write_text("registryURL: r.io\nimageTags: [1.10]\ntestCommand: []\n")

    result = run("validate", str(file))

    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"{file}:2:13: imageTags[0]: input should be a valid string; YAML reads 1.10 as a number: put it in quotes",
        f"{file}:3:1: testCommand: no such field: did you mean testCommands?",
    ]


def test_fields_that_do_not_fit_together_end_with_1(file: Path) -> None:
    file.write_text("services: [{name: db, image: x}]\n")

    result = run("validate", str(file))

    assert result.exit_code == 1
    assert result.output == (
        f"{file}:1:1: services are of no use without testCommands or testEntryPoint\n"
    )


def test_standard_input_is_read_for_a_dash_and_no_further_than_a_file_may_be() -> None:
    assert run("validate", "-", given=b"target: a\n").output.startswith("<stdin>: OK\n")
    result = run("validate", "-", given=b"#" * 10_000_000)
    assert (result.exit_code, result.output) == (1, "<stdin>:1:1: the file has more than 65536 bytes\n")  # fmt: skip


def test_a_file_that_is_not_there_is_told() -> None:
    result = run("validate", "nowhere.yaml")
    assert result.exit_code == 2
    assert "nowhere.yaml" in result.output


def test_the_schema_is_printed_as_it_is_published() -> None:
    result = run("schema")
    assert result.exit_code == 0
    assert json.loads(result.output) == buildfile.make_schema()


def test_neither_needs_a_service_or_its_settings(file: Path) -> None:
    file.write_text("target: a\n")
    wrong = {"NOMAD_ADDR": "nowhere", "NOMAD_BUILD_NOPE": "x"}
    for command in (["validate", str(file)], ["schema"]):
        ran = subprocess.run(
            [sys.executable, "-m", "server", *command],
            env=os.environ | wrong,
            capture_output=True,
            timeout=60,
        )
        assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["validate", "schema"])
def test_help_teaches_by_an_example(command: str) -> None:
    output = run(command, "--help").output
    assert {"validate": "registryURL:", "schema": "$schema="}[command] in output
