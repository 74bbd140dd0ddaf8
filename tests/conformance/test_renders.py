"""Every recorded render of the real nomad-pack: our command line has to give the same files.

How the expected files were made, and what is in them, is told in README.md beside this file.
"""

from __future__ import annotations

import re
from pathlib import Path

import click.testing
import pytest

from generator.commands import program as cli

HERE = Path(__file__).parent
CASES = sorted(path.name for path in (HERE / "cases").iterdir())
ERRORS = sorted(path.name for path in (HERE / "errors").iterdir())

# Mistakes on the command line are told in click's words, and end with 2 as its do.
OUR_WORDS = {
    "hello--second-argument": "Got unexpected extra argument (another)",
    "hello--unknown-flag": "No such option '--no-such-flag'",
}
USAGE_ERROR = "! Error Parsing Args Or Flags"

# Packs that read the environment, or files that are not theirs: nomad-pack always may.
IMPURE = {"files", "sprig_data"}

# What nomad-pack says before the error itself: what it was doing, and Go's own positions.
PREFIXES = re.compile(
    r"^(?:failed to [^:]+: |metadata\.hcl:[\d,-]+: |template: [^ ]+: |stat [^:]+: "
    r'|invalid argument "[^"]*" for "--var" flag: )+'
)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def pack_argument(case: Path) -> str:
    name = case.name.split("--")[0]
    return f"./{name}" if (case / name).exists() else f"../../packs/{name}"


def packgen(case: Path, *more: str) -> click.testing.Result:
    """Run ``packgen render`` for a case, in this process, with the case's environment."""
    arguments = lines(case / "args")
    if case.name.split("--")[0] in IMPURE:
        arguments.append("--allow-impure")
    environment: dict[str, str | None] = {
        **dict(line.split("=", 1) for line in lines(case / "environ")),
        "TZ": "UTC",
    }
    return click.testing.CliRunner().invoke(
        cli.main, ["render", pack_argument(case), *arguments, *more], env=environment
    )


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_recorded_cases_are_there() -> None:
    assert len(CASES) >= 70
    assert len(ERRORS) >= 109
    assert len(PLACES) >= 82


@pytest.mark.parametrize("name", CASES)
def test_formatted_files_are_those_of_nomad_pack(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = HERE / "cases" / name
    monkeypatch.chdir(case)

    result = packgen(case, f"--to-dir={tmp_path}")

    assert result.exit_code == 0, result.output
    assert files_below(tmp_path) == files_below(case / "expected")


@pytest.mark.parametrize("name", CASES)
def test_unformatted_files_are_those_of_nomad_pack(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = HERE / "cases" / name
    monkeypatch.chdir(case)

    result = packgen(case, f"--to-dir={tmp_path}", "--no-format")

    unformatted = case / "expected-noformat"
    assert result.exit_code == 0, result.output
    assert files_below(tmp_path) == files_below(
        unformatted if unformatted.exists() else case / "expected"
    )


@pytest.mark.parametrize("name", CASES)
def test_several_files_are_printed_as_by_nomad_pack_and_a_single_one_bare(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = HERE / "cases" / name
    monkeypatch.chdir(case)

    result = packgen(case)

    recorded = (case / "stdout").read_bytes()
    printed = result.stdout_bytes
    if len(files_below(case / "expected")) == 1:
        label, _, _ = recorded.partition(b"\n")
        printed = label + b"\n\n" + printed + b"\n"
    assert printed == recorded


@pytest.mark.parametrize("name", ERRORS)
def test_what_nomad_pack_refuses_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = HERE / "errors" / name
    monkeypatch.chdir(case)

    result = packgen(case)

    wrong_usage = USAGE_ERROR in (case / "stdout").read_text()
    assert result.exit_code == (2 if wrong_usage else 1), result.output
    assert result.stdout == ""
    assert result.stderr != ""
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("name", ERRORS)
def test_a_refusal_says_what_nomad_pack_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = HERE / "errors" / name
    monkeypatch.chdir(case)

    result = packgen(case)

    recorded = (case / "stdout").read_text()
    texts = re.findall(r"^!   Error: (.*)$", recorded, re.MULTILINE)
    wanted = {PREFIXES.sub("", text, count=1).split("; ", 1)[-1] for text in texts}
    if name in OUR_WORDS:
        wanted = {OUR_WORDS[name]}
    assert any(text in result.stderr for text in wanted), f"{wanted} not in:\n{result.stderr}"


def recorded_place(name: str) -> str | None:
    """Where nomad-pack says that a mistake is: ``file:line:column``, or without the column.

    Go counts the columns of templates from 0, we count all from 1.
    """
    recorded = (HERE / "errors" / name / "stdout").read_text()
    if place := re.search(r"HCL Range: (?:.*/)?([^/\n]+):(\d+),(\d+)-", recorded):
        return f"{place[1]}:{place[2]}:{place[3]}: "
    if place := re.search(r"Filename: (\S+)\n! +Position: (\d+),(\d+)\n", recorded):
        return f"{place[1]}:{place[2]}:{int(place[3]) + 1}: "
    if place := re.search(r"Error: template: (\S+:\d+:) ", recorded):
        return place[1]
    return None


PLACES = {name: place for name in ERRORS if (place := recorded_place(name))}


@pytest.mark.parametrize("name", PLACES)
def test_a_refusal_is_at_the_place_that_nomad_pack_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = HERE / "errors" / name
    monkeypatch.chdir(case)

    result = packgen(case)

    assert PLACES[name] in result.stderr
