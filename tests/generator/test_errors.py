"""How errors are shown: what a pack from a stranger holds steers no terminal."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from generator import errors
from generator.commands import program

PackWriter = Callable[..., Path]
ESCAPE = "\x1b]0;title\x07\x9b31m\u202e"


def test_an_error_shows_control_characters_and_steers_no_terminal(tmp_path: Path) -> None:
    file = tmp_path / "job.nomad"
    file.write_text(f'job "x" {{\n\ta = "{ESCAPE}" $\n}}\n')

    result = CliRunner().invoke(program.main, ["parse", str(file)], prog_name="packgen")

    first, line, caret, *_ = result.stderr.split("\n")
    assert first.startswith(f"{file}:2:{len(ESCAPE) + 9}: ")
    assert line == '  \ta = "\\x1b]0;title\\x07\\x9b31m\\u202e" $'
    assert caret == "  \t" + " " * (line.index("$") - 3) + "^"


@pytest.mark.parametrize("words", [["list"], ["check"], ["diff", "."], ["snapshot"]])
def test_no_command_prints_what_a_pack_would_tell_the_terminal(
    write_pack: PackWriter, words: list[str]
) -> None:
    escape = "".join(character for character in ESCAPE if character not in "\n")
    about = 'app {\n  url = ""\n}\npack {\n  name = "x"\n  version = "1"\n  description = "%s"\n}\n'
    folder = write_pack(
        {
            "metadata.hcl": about % escape,
            "cases/one.hcl": f'"{escape}" = 1\n',
            "templates/x.nomad.tpl": f'job "{escape}" {{ [[ fail "{escape}" ]] }}\n',
        }
    )

    result = CliRunner().invoke(program.main, [*words, str(folder)], prog_name="packgen")

    assert not set(result.output) & set("\x1b\x07\x9b\u202e")


@given(st.text())
def test_nothing_but_lines_and_tabs_is_left_of_control_characters(text: str) -> None:
    shown = errors.printable(text)

    assert not [
        each for each in shown if unicodedata.category(each)[0] == "C" and each not in "\n\t"
    ]
    assert errors.printable(shown) == shown


@given(st.text(alphabet=string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", "")))
def test_text_that_can_be_shown_stays_as_it_is(text: str) -> None:
    assert errors.printable(text) == text


def test_of_a_line_with_nothing_on_it_only_the_place_is_told() -> None:
    error = errors.GeneratorError(
        "something is missing", errors.Position("f", 2, 1), source="a\n\n"
    )

    assert str(error) == "f:2:1: something is missing"
