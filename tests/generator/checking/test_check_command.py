"""``packgen check``: what it takes, what it prints in which form, and how it ends."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from generator import limits
from generator.checking import rules
from generator.commands import program as cli
from tests.generator.conftest import PackWriter

METADATA = """app { url = "" }
pack {
  name        = "demo"
  description = "a pack for tests"
  version     = "1"
}
"""
VARIABLES = """variable "image" {
  description = "the image"
  type        = string
  default     = "redis:7"
}
"""
JOB = """job "demo" {
  group "g" {
    task "t" {
      driver = "docker"

      config {
        image = [[ var "image" . | quote ]]
      }
    }
  }
}
"""
CLEAN = {"metadata.hcl": METADATA, "variables.hcl": VARIABLES, "templates/demo.nomad.tpl": JOB}
MISSPELT = JOB.replace('"image" .', '"imge" . | default "redis:7"')
WRONG = {**CLEAN, "templates/demo.nomad.tpl": MISSPELT}
DOUBTFUL = {**CLEAN, "variables.hcl": VARIABLES.replace("redis:7", "redis:latest")}

# What the specification of SARIF 2.1.0 asks of the parts that we write.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF: dict[str, Any] = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "items": {
                                            "required": ["id"],
                                            "properties": {
                                                "shortDescription": TEXT,
                                                "fullDescription": TEXT,
                                                "help": TEXT,
                                                "defaultConfiguration": {
                                                    "properties": {"level": LEVEL}
                                                },
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "required": ["message", "ruleId", "ruleIndex", "level", "locations"],
                            "properties": {
                                "message": TEXT,
                                "level": LEVEL,
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "suppressions": {
                                    "items": {
                                        "required": ["kind"],
                                        "properties": {"kind": {"enum": ["inSource", "external"]}},
                                    }
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def packgen(*arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(
        cli.main, [str(argument) for argument in arguments], input=stdin, prog_name="packgen"
    )


def test_a_pack_without_findings_ends_with_0(write_pack: PackWriter) -> None:
    result = packgen("check", write_pack(CLEAN), "--strict")

    assert (result.exit_code, result.stdout) == (0, "0 errors, 0 warnings, 0 notes\n")


def test_a_finding_is_shown_with_its_line_and_a_caret_and_ends_with_1(
    write_pack: PackWriter,
) -> None:
    folder = write_pack(WRONG)

    result = packgen("check", folder, "--disable", "unused-variable")

    place, line, caret, hint, summary = result.stdout.splitlines()
    template = folder / "templates/demo.nomad.tpl"
    assert place == (
        f'{template}:7:24: error: the variable "imge" is not declared in variables.hcl, and renders'
        " as nothing [undeclared-variable]"
    )
    assert caret.index("^") == line.index('"imge"')
    assert hint == 'hint: did you mean "image"?'
    assert summary == "1 error, 0 warnings, 0 notes"
    assert result.exit_code == 1


def test_a_warning_fails_only_a_strict_check(write_pack: PackWriter) -> None:
    folder = write_pack(DOUBTFUL)

    assert packgen("check", folder).exit_code == 0
    assert packgen("check", folder, "--strict").exit_code == 1
    assert packgen("check", folder, "--strict", "--disable", "floating-tag").exit_code == 0
    assert packgen("check", folder, "--strict", "--rule", "unused-variable").exit_code == 0


def test_packs_below_a_folder_and_several_arguments_are_checked_one_after_the_other(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    one = write_pack(WRONG, name="all/one")
    two = write_pack(WRONG, name="all/two")
    rule = ("--rule", "undeclared-variable")

    together = packgen("check", tmp_path / "all", *rule).stdout
    apart = packgen("check", two, one, *rule).stdout

    places = [line.split(":")[0] for line in together.splitlines() if ": error: " in line]
    assert places == [str(pack / "templates/demo.nomad.tpl") for pack in (one, two)]
    assert apart.index(str(two)) < apart.index(str(one))


def test_a_shipped_pack_is_known_by_its_name() -> None:
    assert packgen("check", "build", "--strict").exit_code == 0


def test_a_job_file_and_standard_input_are_checked_with_values_for_its_variables(
    tmp_path: Path,
) -> None:
    text = 'variable "n" {}\n' + JOB.replace('[[ var "image" . | quote ]]', '"redis:${var.n}"')
    file = tmp_path / "demo.nomad.hcl"
    file.write_text(text)

    moving = packgen("check", file, "--var", "n=latest")
    fixed = packgen("check", "-", "--var", "n=7", stdin=text)
    missing = packgen("check", "-", stdin=text)

    assert f"{file}:8:" in moving.stdout
    assert "[floating-tag]" in moving.stdout
    assert fixed.exit_code == 0
    assert "standard input:1:" in missing.stdout
    assert missing.exit_code == 1


def test_values_of_the_command_line_are_tried_over_the_packs_own(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack(CLEAN)
    values = tmp_path / "my.hcl"
    values.write_text('image = "redis:latest"\nimge = 1\n')

    by_argument = packgen("check", folder, "--var", "image=redis")
    by_file = packgen("check", folder, "-f", values)

    assert 'the image "redis" has no tag' in by_argument.stdout
    assert f"{values}:2:1: error: the pack declares no variable" in by_file.stdout


def test_json_holds_what_a_program_needs(write_pack: PackWriter) -> None:
    ignored = VARIABLES.replace("variable", "# packgen:ignore unused-variable: soon\nvariable", 1)
    folder = write_pack({**WRONG, "variables.hcl": ignored})

    document = json.loads(packgen("check", folder, "--format", "json").stdout)

    first = document["findings"][0]
    assert first == {
        "rule": "undeclared-variable",
        "severity": "error",
        "file": str(folder / "templates/demo.nomad.tpl"),
        "line": 7,
        "column": 24,
        "message": 'the variable "imge" is not declared in variables.hcl, and renders as nothing',
        "hint": 'did you mean "image"?',
    }
    assert [(each["rule"], each["reason"]) for each in document["silenced"]] == [
        ("unused-variable", "soon")
    ]
    assert document["summary"]["errors"] == 1


def test_sarif_is_as_its_specification_has_it(
    write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored = VARIABLES.replace("variable", "# packgen:ignore unused-variable: soon\nvariable", 1)
    folder = write_pack({**WRONG, "variables.hcl": ignored}, name="with space")
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "out.sarif"

    result = packgen("check", folder, "--format", "sarif", "-o", file)
    document = json.loads(file.read_text())

    assert (result.exit_code, result.stdout) == (1, "")
    jsonschema.validate(document, SARIF)
    run = document["runs"][0]
    described = {rule["id"]: rule["help"]["text"] for rule in run["tool"]["driver"]["rules"]}
    assert described == {name: rule.help for name, rule in rules.RULES.items()}
    for each in run["results"]:
        assert run["tool"]["driver"]["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "with%20space/templates/demo.nomad.tpl",
        "uriBaseId": "%SRCROOT%",
    }
    assert place["region"]["startLine"] == 7
    assert place["region"]["startColumn"] == 24
    silenced = [each for each in run["results"] if "suppressions" in each]
    assert [each["suppressions"][0]["justification"] for each in silenced] == ["soon"]


def test_a_fingerprint_stays_when_lines_are_added_above(write_pack: PackWriter) -> None:
    def fingerprints(text: str) -> list[object]:
        folder = write_pack({**CLEAN, "templates/demo.nomad.tpl": text})
        document = json.loads(packgen("check", folder, "--format", "sarif").stdout)
        return [each["partialFingerprints"] for each in document["runs"][0]["results"]]

    twice = MISSPELT + '# [[ var "imge" . ]]\n' * 2
    found = fingerprints(twice)

    assert len(found) == len({json.dumps(each) for each in found})
    assert fingerprints(f"\n\n{twice}") == found


def test_what_a_pack_holds_does_not_steer_the_terminal(write_pack: PackWriter) -> None:
    folder = write_pack({**CLEAN, "templates/demo.nomad.tpl": '\x1b[31m[[ var "\x1b]0;x\x07" . ]]'})

    shown = packgen("check", folder).stdout

    assert "\x1b" not in shown
    assert "\\x1b]0;x\\x07" in shown


def test_nothing_is_shown_of_a_dependency_that_lies_out_of_the_work_tree(
    write_pack: PackWriter,
) -> None:
    other = write_pack(
        {**CLEAN, "variables.hcl": 'variable "x" { default = "s3cret" + }'}, name="other"
    )
    metadata = CLEAN["metadata.hcl"] + 'dependency "../../../other" {\n  alias = "x"\n}\n'
    folder = write_pack({**CLEAN, "metadata.hcl": metadata, "../.git/HEAD": ""}, name="tree/demo")
    (folder / "deps").mkdir()
    assert (folder / "deps/../../../other").samefile(other)

    found = packgen("check", folder)

    assert found.exit_code == 1
    assert "[unreadable-pack]" in found.stdout
    assert "s3cret" not in found.stdout


def test_a_file_that_is_too_large_is_a_finding_among_others(write_pack: PackWriter) -> None:
    large = "name = 1\n" + "#" * limits.MAX_FILE
    folder = write_pack(
        {**CLEAN, "cases/large.hcl": large, "templates/demo.nomad.tpl": MISSPELT}, name="one"
    )
    other = write_pack({**CLEAN, "variables.hcl": large}, name="two")

    shown = packgen("check", folder, other)

    assert shown.exit_code == 1
    assert "[undeclared-variable]" in shown.stdout
    assert "cases/large.hcl: larger than" in shown.stdout
    assert "two/variables.hcl: larger than" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'TARGET...'"),
        (["nowhere"], "nowhere: no such file or directory"),
        (["EMPTY"], "there is no pack in this folder"),
        (["build", "--rule", "unused-varable"], 'did you mean "unused-variable"?'),
        (["build", "--disable", "x"], "There is no rule 'x'"),
        (["build", "--format", "yaml"], "'yaml' is not one of"),
        (["build", "--var", "x"], "missing = in KV pair"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    given = [str(tmp_path) if each == "EMPTY" else each for each in arguments]

    result = packgen("check", *given)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_part_of_a_pack_is_refused_with_what_to_name(
    write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pack(CLEAN)
    monkeypatch.chdir(folder.parent)

    for part in ("templates/demo.nomad.tpl", "metadata.hcl", "variables.hcl"):
        for given, known in ((folder / part, folder), (f"{folder.name}/{part}", folder.name)):
            result = packgen("check", given)

            assert result.exit_code == 2
            assert result.stderr.endswith(f"as a whole: packgen check {known}\n")


def test_a_job_may_come_through_a_pipe_of_the_shell() -> None:
    reading, writing = os.pipe()
    os.write(writing, b'job "a" {\n}\n')
    os.close(writing)

    result = packgen("check", f"/dev/fd/{reading}")
    os.close(reading)

    assert result.exit_code == 1
    assert "empty-job" in result.stdout


def test_the_rules_are_listed_in_a_line_each_and_one_at_length() -> None:
    listed = packgen("check", "--list-rules").stdout
    one = packgen("check", "--list-rules", "--rule", "old-syntax").stdout
    as_json = json.loads(packgen("check", "--list-rules", "--format", "json").stdout)

    assert [line.split()[0] for line in listed.splitlines()] == list(rules.RULES)
    assert rules.RULES["old-syntax"].help in one
    assert [each["name"] for each in as_json] == list(rules.RULES)


def test_help_teaches_by_examples_that_work(write_pack: PackWriter) -> None:
    shown = packgen("check", "--help").stdout

    assert "packgen:ignore" in shown
    assert "exit code" in shown
    assert "packgen check packs --format sarif -o packs.sarif" in shown


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_folder_whose_name_is_no_text_is_checked_like_any_other(
    write_pack: PackWriter, form: str
) -> None:
    folder = write_pack(WRONG, name="a\udcffb")

    result = packgen("check", folder, "--format", form)

    assert result.exit_code == 1
    assert "undeclared-variable" in result.stdout


def test_a_report_that_cannot_be_written_ends_with_1(tmp_path: Path) -> None:
    for arguments in (["build"], ["--list-rules"]):
        result = packgen("check", *arguments, "-o", tmp_path / "no" / "file")

        assert result.exit_code == 1
        assert "No such file or directory" in result.stderr
