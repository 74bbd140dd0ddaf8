"""Where findings are: in the job file, or in the template that its text came from."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator
from generator import pipeline
from generator.checking import job
from generator.checking.findings import Finding

ROOT = Path(__file__).parents[4]
RECORDED = sorted((ROOT / "tests" / "conformance" / "jobspec").glob("**/*.nomad.hcl"))

JOB = """job "demo" {
  [[ template "update" . ]]
  group "main" {
    [[- range var "ports" . ]]
    network {
      port "[[ . ]]" { static = 80 }
    }
    [[- end ]]
    task "web" {
      driver = "docker"
      config {
        image = [[ var "image" . | quote ]]
      }
    }
  }
}
"""
HELPER = """[[ define "update" ]]update {
    auto_promote = true
  }[[ end ]]
"""
VARIABLES = """
variable "image" { default = "nginx:latest" }
variable "ports" { default = ["a", "b"] }
"""

PackWriter = Callable[..., Path]


def check_pack(folder: Path) -> list[Finding]:
    traced = pipeline.render_traced(generator.load_pack(folder))
    ((name, text),) = traced.jobs.items()
    return job.check(text, name, source_map=traced.sources[name])


def test_a_finding_is_where_the_template_has_what_it_is_about(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "templates/demo.nomad.tpl": JOB,
            "templates/_update.tpl": HELPER,
            "variables.hcl": VARIABLES,
        }
    )

    found = {each.rule: each.position for each in check_pack(folder)}

    templates = folder / "templates"
    assert {rule: str(position) for rule, position in found.items()} == {
        "update-policy": f"{templates}/_update.tpl:2:5",
        "network-ports": f"{templates}/demo.nomad.tpl:6:7",
        "floating-tag": f"{templates}/demo.nomad.tpl:12:9",
    }


def test_text_that_is_no_job_is_found_where_the_template_has_it(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/demo.nomad.tpl": 'job "a" {\n\n  [[ `grup "g"` ]] {}\n}\n'})

    (found,) = check_pack(folder)

    assert found.rule == "job-syntax"
    assert str(found.position) == f"{folder}/templates/demo.nomad.tpl:3:6"
    assert "grup" in found.message


def test_findings_stand_in_the_order_of_the_file() -> None:
    text = (
        'job "a b" {\n  priority = 500\n  type = "cron"\n'
        '  group "g" {\n    task "t" {\n      user = "root"\n    }\n  }\n}\n'
    )

    lines = [found.position.line for found in job.check(text, "a.hcl")]

    assert lines == [1, 2, 3, 5, 6]


def test_a_job_in_json_is_checked_like_any_other() -> None:
    text = '{"job": {"a": {"group": {"g": {"count": -1,\n "task": {"t": {"driver": "exec", "user": "root"}}}}}}}'

    found = [(each.rule, str(each.position)) for each in job.check(text, "a.json")]

    assert ("job-settings", "a.json:1:32") in found
    assert ("root-user", "a.json:2:35") in found


def test_what_is_inherited_is_found_where_it_is_written() -> None:
    text = (
        'job "a" {\n  update {\n    stagger = "0s"\n  }\n  vault {\n    change_mode = "x"\n  }\n'
        '  group "g" {\n    task "t" {\n      driver = "podman"\n    }\n  }\n}\n'
    )

    found = [(each.rule, each.position.line) for each in job.check(text, "a.hcl")]

    assert found == [("update-policy", 3), ("identity-settings", 6)]


def test_a_task_right_below_the_job_is_in_a_group_of_its_own() -> None:
    text = 'job "a" {\n  group "g" {\n    task "t" { driver = "podman" }\n  }\n  task "alone" {\n  }\n}\n'

    found = [(each.rule, str(each.position)) for each in job.check(text, "a.hcl")]

    assert found == [("task-settings", "a.hcl:5:3")]


def test_blocks_that_a_dynamic_block_makes_are_found_there() -> None:
    text = (
        'job "a" {\n  group "g" {\n    network {\n      dynamic "port" {\n'
        '        for_each = ["a", "b"]\n        labels   = [port.value]\n        content {\n'
        "          static = 80\n        }\n      }\n    }\n"
        '    task "t" { driver = "podman" }\n  }\n}\n'
    )

    (found,) = job.check(text, "a.hcl")

    assert (found.rule, found.position.line) == ("network-ports", 4)


def test_values_of_the_files_own_variables_can_be_given() -> None:
    text = 'variable "driver" {}\njob "a" {\n  group "g" {\n    task "t" { driver = var.driver }\n  }\n}\n'

    assert [found.rule for found in job.check(text, "a.hcl")] == ["job-syntax"]
    assert job.check(text, "a.hcl", arguments={"driver": "podman"}) == []
    assert job.check(text, "a.hcl", definitions='driver = "podman"') == []


@pytest.mark.parametrize("file", RECORDED, ids=lambda path: path.name)
def test_each_finding_lies_in_the_text(file: Path) -> None:
    text = file.read_bytes().decode()
    lines = text.split("\n")

    for found in job.check(text, "a.hcl"):
        assert 1 <= found.position.line <= len(lines)
        assert 1 <= found.position.column <= len(lines[found.position.line - 1]) + 1


@given(seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_no_text_makes_a_check_fail(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(RECORDED).read_bytes().decode()
    for _ in range(chance.choice((1, 2, 5))):
        start = chance.randrange(len(text) + 1)
        other = chance.choice(RECORDED).read_bytes().decode()
        cut = chance.randrange(len(other) + 1)
        inserted = chance.choice(("", "{", "}", '"', "\n", "${", other[cut : cut + 30]))
        text = text[:start] + inserted + text[start + chance.choice((0, 1, 20)) :]

    assert isinstance(job.check(text, "a.hcl"), list)
