"""The command ``packgen``: what it prints where, what it writes, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.commands import program as cli

PackWriter = Callable[..., Path]

JOB = 'job "[[ var "name" . ]]" {\ngroup "g" {\n}\n}\n'
NAME = 'variable "name" {\n  default = "demo"\n}\n'


def packgen(*arguments: str | Path, stdin: str = "") -> Result:
    return CliRunner().invoke(
        cli.main, [str(argument) for argument in arguments], input=stdin, prog_name="packgen"
    )


@pytest.fixture
def one_job(write_pack: PackWriter) -> Path:
    return write_pack({"variables.hcl": NAME, "templates/x.nomad.tpl": JOB})


@pytest.fixture
def two_jobs(write_pack: PackWriter) -> Path:
    return write_pack(
        {
            "variables.hcl": NAME,
            "templates/x.nomad.tpl": JOB,
            "templates/y.nomad.tpl": JOB,
            "templates/y.conf.tpl": "conf",
        },
        name="two",
    )


def test_a_single_result_is_printed_bare_and_formatted(one_job: Path) -> None:
    result = packgen("render", one_job)

    assert result.exit_code == 0
    assert result.stdout == 'job "demo" {\n  group "g" {\n  }\n}\n'
    assert result.stderr == ""


def test_the_layout_of_the_template_can_be_kept(one_job: Path) -> None:
    assert packgen("render", one_job, "--no-format").stdout == JOB.replace(
        '[[ var "name" . ]]', "demo"
    )


def test_several_results_are_printed_with_their_names(two_jobs: Path) -> None:
    result = packgen("render", two_jobs, "--no-format", "--var", "name=n")

    job = JOB.replace('[[ var "name" . ]]', "n")
    assert result.stdout == (f"two/x.nomad:\n\n{job}\ntwo/y.conf:\n\nconf\ntwo/y.nomad:\n\n{job}\n")


def test_json_of_a_single_job_is_printed_alone(one_job: Path) -> None:
    result = packgen("render", one_job, "--format", "json")

    assert json.loads(result.stdout)["ID"] == "demo"
    assert result.stdout.endswith("}\n")


def test_json_of_several_jobs_asks_for_a_folder(two_jobs: Path) -> None:
    result = packgen("render", two_jobs, "--format=json")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert "two/x.json, two/y.json" in result.stderr
    assert "--to-dir" in result.stderr


def test_results_are_written_below_a_folder_over_older_ones(two_jobs: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    packgen("render", two_jobs, "-o", out, "--var", "name=first")
    result = packgen("render", two_jobs, "-o", out, "--var", "name=second")

    assert result.stdout == f"{out}/two/x.nomad\n{out}/two/y.conf\n{out}/two/y.nomad\n"
    assert 'job "second" {' in (out / "two" / "x.nomad").read_text()
    assert (out / "two" / "y.conf").read_text() == "conf"


def test_json_of_several_jobs_is_written_to_a_file_each(two_jobs: Path, tmp_path: Path) -> None:
    result = packgen("render", two_jobs, "--format", "json", "--to-dir", tmp_path / "out")

    assert result.exit_code == 0
    assert [json.loads(Path(line).read_text())["ID"] for line in result.stdout.splitlines()] == [
        "demo",
        "demo",
    ]
    assert not (tmp_path / "out" / "two" / "y.conf").exists()


def test_no_file_is_written_outside_the_folder(write_pack: PackWriter, tmp_path: Path) -> None:
    folder = write_pack(
        {
            "metadata.hcl": 'app { url = "" }\npack {\n name = "../escaped"\n version = ""\n}\n',
            "templates/x.nomad.tpl": "x",
        }
    )

    packgen("render", folder, "--to-dir", tmp_path / "out")

    assert (tmp_path / "out" / "escaped" / "x.nomad").read_text() == "x"
    assert not (tmp_path / "escaped").exists()


def test_values_come_from_environment_variant_files_and_arguments(
    write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = "".join(f'variable "{name}" {{}}\n' for name in "abcd")
    folder = write_pack(
        {
            "variables.hcl": declared,
            "variants/v.hcl": 'b = "variant"\nc = "variant"\nd = "variant"',
            "templates/x.txt.tpl": "".join(f'[[ var "{name}" . ]] ' for name in "abcd"),
        }
    )
    first, second = tmp_path / "1.hcl", tmp_path / "2.hcl"
    first.write_text('c = "first"\nd = "first"')
    second.write_text('d = "second"')
    monkeypatch.setenv("NOMAD_PACK_VAR_a", "environment")
    monkeypatch.setenv("NOMAD_PACK_VAR_b", "environment")

    files = packgen("render", folder, "--variant", "v", "-f", f"{second},{first}")
    argument = packgen("render", folder, "--variant=v", "-f", first, "--var", "d=x=y")

    assert files.stdout == "environment variant first second "
    assert argument.stdout == "environment variant first x=y "


def test_unset_variables_can_be_allowed(write_pack: PackWriter) -> None:
    folder = write_pack(
        {"variables.hcl": 'variable "a" {}', "templates/x.txt.tpl": '<[[ var "a" . ]]>'}
    )

    refused = packgen("render", folder)

    assert refused.exit_code == 1
    assert refused.stderr.startswith('missing required variable: "a"\nhint: ')
    assert packgen("render", folder, "--allow-unset-vars").stdout == "<>"


def test_auxiliary_files_and_outputs_are_chosen_by_options(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "templates/x.nomad.tpl": "x",
            "templates/x.conf.tpl": "conf",
            "outputs.tpl": "outputs",
        }
    )

    result = packgen("render", folder, "--skip-aux-files", "--render-output-template")

    assert result.stdout == "demo/x.nomad:\n\nx\noutputs.tpl:\n\noutputs\n"


def test_an_error_of_the_input_shows_the_place_and_ends_with_1(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/x.nomad.tpl": 'one\n  [[ fail "oh no" ]]\n'})

    result = packgen("render", folder)

    assert result.exit_code == 1
    assert result.stdout == ""
    place, line, caret = result.stderr.splitlines()[:3]
    assert place.startswith(f"{folder}/templates/x.nomad.tpl:2:6: ")
    assert place.endswith("oh no")
    assert line == '    [[ fail "oh no" ]]'
    assert caret.index("^") == line.index("fail")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--var", "name"], 'missing = in KV pair: "name"'),
        (["--format", "xml"], "'xml' is not one of 'hcl', 'json', 'yaml'"),
        (["--format", "json", "--render-output-template"], "goes with --format hcl only"),
        (["another"], "Got unexpected extra argument"),
        (["--nope"], "No such option"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    one_job: Path, arguments: list[str], message: str
) -> None:
    result = packgen("render", one_job, *arguments)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


def test_a_shipped_pack_is_found_by_name_and_a_folder_that_is_a_pack_comes_first(
    write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "cleanup").mkdir()
    monkeypatch.chdir(tmp_path)
    shipped = packgen("render", "cleanup")
    write_pack({"templates/x.txt.tpl": "mine"}, name="cleanup")

    assert 'missing required variable: "build_id"' in shipped.stderr
    assert packgen("render", "cleanup").stdout == "mine"


def test_a_pack_that_is_nowhere_is_an_error(tmp_path: Path) -> None:
    result = packgen("render", tmp_path / "nowhere")

    assert result.exit_code == 1
    assert "nowhere: no such file or directory" in result.stderr


def test_the_shipped_packs_are_listed_with_their_variants() -> None:
    result = packgen("list")

    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        "build",
        "    variants",
        "cleanup",
        "plan",
        "prune",
        "publish",
        "test",
        "    variants",
    ]
    assert "cpu, cpu-cache, gpu, gpu-cache" in result.stdout


def test_a_job_file_is_parsed_from_a_file_and_from_standard_input(
    tmp_path: Path, one_job: Path
) -> None:
    text = packgen("render", one_job).stdout
    file = tmp_path / "x.nomad.hcl"
    file.write_text(text)

    from_file = packgen("parse", file)
    from_pipe = packgen("parse", "-", stdin=text)

    assert json.loads(from_file.stdout)["ID"] == "demo"
    assert from_file.stdout == from_pipe.stdout
    assert from_file.stdout == packgen("render", one_job, "--format", "json").stdout


def test_variables_of_a_job_file_are_given_as_arguments(tmp_path: Path) -> None:
    file = tmp_path / "x.nomad.hcl"
    file.write_text('variable "n" {}\njob "x" {\n  group "g" {\n    count = var.n\n  }\n}\n')

    result = packgen("parse", file, "--var", "n=3")

    assert json.loads(result.stdout)["TaskGroups"][0]["Count"] == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [(b'job "x" {', ":1:9: "), (b"\xff", "not UTF-8 text at byte 0")],
)
def test_a_wrong_job_file_is_an_error_with_its_place(
    tmp_path: Path, text: bytes, message: str
) -> None:
    file = tmp_path / "x.nomad.hcl"
    file.write_bytes(text)

    result = packgen("parse", file)

    assert result.exit_code == 1
    assert result.stderr.startswith(str(file))
    assert message in result.stderr


def test_text_is_printed_as_utf8_whatever_the_locale(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/x.txt.tpl": "ünïcødé ☃\r\n"})

    result = subprocess.run(
        [sys.executable, "-m", "generator", "render", folder],
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        capture_output=True,
        check=True,
    )

    assert result.stdout == "ünïcødé ☃\r\n".encode()


def test_options_of_nomad_pack_that_change_nothing_are_taken(one_job: Path) -> None:
    plain = packgen("render", one_job)

    given = packgen("render", one_job, "--name=web", "--ignore-missing-vars", "-y")

    assert given.exit_code == 0
    assert given.stdout == plain.stdout


def test_the_old_parser_is_refused_with_what_to_write_instead(one_job: Path) -> None:
    result = packgen("render", one_job, "--parser-v1")

    assert result.exit_code == 2
    assert '[[ var "x" . ]] for [[ .my.x ]]' in result.stderr


def test_links_of_a_pack_lead_out_only_with_leave(
    one_job: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("secret")
    (one_job / "templates" / "x.nomad.tpl").unlink()
    (one_job / "templates" / "x.nomad.tpl").symlink_to(secret)

    refused = packgen("render", one_job)

    assert refused.exit_code == 1
    assert "leads out of" in refused.stderr
    assert "--allow-impure" in refused.stderr
    assert packgen("render", one_job, "--allow-impure").stdout == "secret"


def test_bytes_that_are_no_text_come_out_as_they_went_in(
    one_job: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOMAD_PACK_VAR_name", os.fsdecode(b"d\xff"))

    printed = packgen("render", one_job)
    packgen("render", one_job, "--to-dir", tmp_path / "out")

    assert printed.stdout_bytes == b'job "d\xff" {\n  group "g" {\n  }\n}\n'
    assert (tmp_path / "out/demo/x.nomad").read_bytes() == printed.stdout_bytes


def test_the_packs_of_a_folder_are_listed_and_what_is_wrong_with_one_is_told(
    one_job: Path, two_jobs: Path
) -> None:
    (two_jobs / "variants").mkdir()
    (two_jobs / "variants" / "gpu.hcl").touch()
    registry = one_job.parent

    listed = packgen("list", registry)

    assert listed.exit_code == 0, listed.stderr
    assert listed.stdout == f"{one_job}\n{two_jobs}\n    variants: gpu\n"

    (one_job / "variables.hcl").unlink()
    incomplete = packgen("list", registry)
    assert incomplete.exit_code == 1
    assert incomplete.stdout == f"{two_jobs}\n    variants: gpu\n"
    assert f"{one_job}: root variable file is required" in incomplete.stderr


def test_a_folder_without_packs_cannot_be_listed(tmp_path: Path) -> None:
    result = packgen("list", tmp_path)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no pack in this folder" in result.stderr


def test_nothing_is_said_when_nobody_reads_the_output_any_more() -> None:
    read, write = os.pipe()
    os.close(read)

    with os.fdopen(write, "wb") as output:
        ended = subprocess.run(
            [sys.executable, "-m", "generator", "list"], stdout=output, stderr=subprocess.PIPE
        )

    assert ended.stderr == b""


@pytest.mark.parametrize(("form", "priority"), [("json", '"Priority": 0'), ("yaml", "Priority: 0")])
def test_a_zero_with_a_minus_is_a_plain_zero_in_a_job(
    tmp_path: Path, form: str, priority: str
) -> None:
    file = tmp_path / "x.nomad.hcl"
    file.write_text('job "x" {\n  priority = -0\n  meta = { a = -0 }\n}\n')

    result = packgen("parse", file, "--format", form)

    assert result.exit_code == 0
    assert priority in result.stdout
    assert '"-0"' in result.stdout


def test_the_version_is_told_with_those_of_the_real_programs() -> None:
    result = CliRunner().invoke(cli.main, ["--version"], prog_name="packgen")

    assert result.exit_code == 0
    version = metadata.version("nomad-build-service")
    assert result.stdout == f"packgen {version}, as nomad-pack 0.4.2 and Nomad 1.10 to 2.0\n"
