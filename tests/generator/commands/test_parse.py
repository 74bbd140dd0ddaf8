"""``packgen parse``: where values come from, what is read, what is printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click.testing
import pytest
from hypothesis import given, strategies

from generator import jobspec
from generator.commands import program as cli

JOB = """
variable "region" {
  default = "default"
}
variable "zones" {
  type    = list(string)
  default = []
}
job "x" {
  region      = var.region
  datacenters = var.zones
}
"""

Run: TypeAlias = Callable[..., click.testing.Result]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with a job file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.hcl").write_text(JOB)
    (tmp_path / "web.nomad.tpl").write_text('job "[[ 1 ]]" {}')
    return tmp_path


def run(*arguments: str, given: str = "", **environment: str) -> click.testing.Result:
    return click.testing.CliRunner().invoke(
        cli.main, ["parse", *arguments], input=given, env=environment
    )


def printed(result: click.testing.Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_values_come_from_environment_files_and_arguments_in_this_order(folder: Path) -> None:
    (folder / "a.hcl").write_text('region = "a"\nzones = ["a"]\n')
    (folder / "b.json").write_text('{"region": "b"}')
    environment = {"NOMAD_VAR_region": "env", "NOMAD_VAR_zones": '["env"]', "NOMAD_VAR_x": "none"}
    files = ("--var-file", "a.hcl", "-f", "b.json")

    default = printed(run("job.hcl"))
    from_environment = printed(run("job.hcl", **environment))
    from_files = printed(run("job.hcl", *files, **environment))
    from_arguments = printed(run("job.hcl", *files, "--var", "region=[c]", **environment))

    assert default["Region"] == "default"
    assert (from_environment["Region"], from_environment["Datacenters"]) == ("env", ["env"])
    assert (from_files["Region"], from_files["Datacenters"]) == ("b", ["a"])
    assert from_arguments["Region"] == "[c]"


def test_last_of_several_files_wins(folder: Path) -> None:
    (folder / "a.hcl").write_text('region = "a"\n')
    (folder / "b.hcl").write_text('region = "b"\n')

    assert printed(run("job.hcl", "-f", "b.hcl", "-f", "a.hcl"))["Region"] == "a"


@pytest.mark.usefixtures("folder")
def test_job_and_file_may_come_from_standard_input() -> None:
    assert printed(run("-", given=JOB))["Region"] == "default"
    assert printed(run("job.hcl", "-f", "-", given='region = "piped"'))["Region"] == "piped"


def test_name_that_no_variable_has_is_refused_in_a_file_with_its_place(folder: Path) -> None:
    (folder / "a.hcl").write_text('\n  regoin = "a"\n')

    result = run("job.hcl", "-f", "a.hcl")

    assert result.exit_code == 1
    assert 'a.hcl:2:3: Undefined variable; A "regoin" variable was set' in result.stderr
    assert 'Did you mean "region"?' in result.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("source", "place"), [("--var", "from arguments"), ("environment", "from env")]
)
def test_value_of_the_wrong_type_names_its_source(source: str, place: str) -> None:
    result = (
        run("job.hcl", "--var", "zones={")
        if source == "--var"
        else run("job.hcl", NOMAD_VAR_zones="{")
    )

    assert result.exit_code == 1
    assert f"<value for var.zones {place}>:1:" in result.stderr


def test_json_of_the_api_is_read_with_an_option_bare_or_below_job(folder: Path) -> None:
    bare = {"id": "x", "TASKGROUPS": [{"Name": "g", "Count": None, "Unknown": 1}]}
    (folder / "bare.json").write_text(json.dumps(bare))
    (folder / "below.json").write_text(json.dumps({"Job": bare}))

    expected = {"ID": "x", "Dispatched": False, "TaskGroups": [{"Name": "g"}]}
    assert printed(run("--json", "bare.json")) == expected
    assert printed(run("--json", "below.json")) == expected


def test_json_of_the_api_without_the_option_is_refused_with_the_option_s_name(folder: Path) -> None:
    (folder / "job.json").write_text('{"Job": {"ID": "x"}}')

    result = run("job.json")

    assert result.exit_code == 1
    assert "--json" in result.stderr


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--json", "job.hcl", "--var", "a=b"), "has no variables"),
        (("-", "-f", "-"), "standard input can be read only once"),
        (("absent.hcl",), "does not exist"),
        ((".",), "packgen render . --format json"),
        (("web.nomad.tpl",), "packgen render PACK --format json"),
    ],
)
def test_command_line_that_makes_no_sense_is_refused(
    arguments: tuple[str, ...], problem: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert problem in result.stderr


@pytest.mark.usefixtures("folder")
def test_random_functions_need_the_option() -> None:
    text = 'job "x" {\n  id = uuidv4()\n}\n'

    refused, allowed = run("-", given=text), run("-", "--allow-impure", given=text)

    assert refused.exit_code == 1
    assert "--allow-impure" in refused.stderr
    assert len(printed(allowed)["ID"]) == 36


def test_yaml_is_the_same_job(folder: Path) -> None:
    import yaml

    (folder / "job.hcl").write_text(
        'job "x" {\n  meta = { on = "no", text = "a\\nb: c\\n", "é" = "0x1F" }\n}\n'
    )

    result = run("job.hcl", "--format", "yaml")

    assert yaml.safe_load(result.stdout) == printed(run("job.hcl"))
    assert "    text: |\n" in result.stdout or "  text: |\n" in result.stdout


@given(strategies.dictionaries(strategies.text(), strategies.text()))
def test_any_text_is_the_same_in_yaml(texts: dict[str, str]) -> None:
    import yaml

    assert yaml.safe_load(jobspec.encode_yaml({"Meta": {**texts}})) == {"Meta": texts}
