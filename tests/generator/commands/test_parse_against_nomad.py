"""Variables of a job file from all sources: ``packgen parse`` and ``nomad job run`` take the same."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import click.testing
import pytest

from generator.commands import parse
from tests import nulls

pytestmark = pytest.mark.nomad

JOB = """
variable "text" {
  default = "default"
}
variable "number" {
  type    = number
  default = 1
}
variable "list" {
  type    = list(string)
  default = []
}
variable "object" {
  type    = object({ a = string, b = number })
  default = { a = "x", b = 1 }
}
variable "untyped" {}

job "x" {
  meta = {
    text    = var.text
    number  = "${var.number}"
    list    = jsonencode(var.list)
    object  = jsonencode(var.object)
    untyped = jsonencode(var.untyped)
  }
}
"""
FILES = {
    "a.hcl": 'text = "file"\nlist = ["f"]\nuntyped = { a = 1 }\n',
    "b.json": '{"text": "json ${x}", "number": "5", "untyped": [1, "a"]}',
    "marked.hcl": '\ufefftext = "after a byte order mark"\n',
    "absent.hcl": "absent = 1\n",
    "reference.hcl": "text = var.number\n",
    "block.hcl": "text {}\n",
}
GIVEN = ("-var", "untyped=u")
CASES: list[tuple[tuple[str, ...], dict[str, str]]] = [
    ((), {}),
    (GIVEN, {}),
    (("-var-file=a.hcl",), {}),
    (("-var-file=a.hcl", "-var-file=b.json"), {}),
    (("-var-file=b.json", "-var-file=a.hcl"), {}),
    (("-var-file=a.hcl", "-var-file=b.json", "-var-file=a.hcl"), {}),
    ((*GIVEN, "-var-file=marked.hcl"), {}),
    ((*GIVEN, "-var-file=absent.hcl"), {}),
    ((*GIVEN, "-var-file=reference.hcl"), {}),
    ((*GIVEN, "-var-file=block.hcl"), {}),
    ((*GIVEN, "-var", "number=1e2"), {}),
    ((*GIVEN, "-var", "number= 5"), {}),
    ((*GIVEN, "-var", 'list=["a", 1] # two'), {}),
    ((*GIVEN, "-var", "list=a"), {}),
    ((*GIVEN, "-var", 'object={ a = "q", b = "2", c = 3 }'), {}),
    ((*GIVEN, "-var", "text=a=b", "-var", "text= ${c} "), {}),
    ((*GIVEN, "-var", "absent=1"), {}),
    (("-var", "untyped=[1, 2]"), {}),
    (("-var-file=a.hcl",), {"NOMAD_VAR_text": "env", "NOMAD_VAR_number": "9"}),
    ((), {"NOMAD_VAR_untyped": "[1]", "NOMAD_VAR_list": '["e"]', "NOMAD_VAR_absent": "x"}),
    (GIVEN, {"NOMAD_VAR_number": "many"}),
    ((*GIVEN, "-var", "text="), {"NOMAD_VAR_text": "env"}),
]


@pytest.mark.parametrize(("arguments", "environment"), CASES)
def test_values_are_those_of_nomad_job_run(
    arguments: tuple[str, ...],
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"job.hcl": JOB, **FILES}.items():
        (tmp_path / name).write_text(text)

    assert ours(arguments, environment) == theirs(arguments, environment)


def ours(arguments: tuple[str, ...], environment: dict[str, str]) -> object:
    """The job that we print, None if we refuse it."""
    spelled = [f"-{text}" if text.startswith("-var") else text for text in arguments]
    result = click.testing.CliRunner().invoke(
        parse.parse, [*spelled, "job.hcl"], env=dict(environment)
    )
    assert result.exit_code in (0, 1), result.output
    return json.loads(result.stdout) if result.exit_code == 0 else None


def theirs(arguments: tuple[str, ...], environment: dict[str, str]) -> object:
    """The job that Nomad would send, None if it refuses it; with -output it asks no server."""
    answer = subprocess.run(
        ["nomad", "job", "run", "-output", *arguments, "job.hcl"],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )
    return nulls.without_nulls(json.loads(answer.stdout)["Job"]) if answer.returncode == 0 else None
