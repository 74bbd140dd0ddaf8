"""hclwrite.Format: the renders of nomad-pack with and without it, and what holds for any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.hcl import formatter

CASES = Path(__file__).parents[2] / "conformance" / "cases"
PLAIN = sorted(CASES.glob("*/expected-noformat/**/*.nomad"))

PIECES = st.sampled_from(
    [
        *("a", "b-c", "é", "1", '"', "${", "%{", "}", "~}", "{\n", "}\n", "\n", "\r\n", "  ", "\t"),
        *(
            "# c\n",
            "// d\n",
            "/* e */",
            "<<E\n",
            "<<-E\n",
            "\nE\n",
            " = ",
            "==",
            "[",
            "]",
            "(",
            ")",
        ),
        *(",", ".", "-", "!", "?", ":", "in", "$", "\\", "\u0301", "😀"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))


def test_there_are_renders_to_compare() -> None:
    assert len(PLAIN) >= 20


@pytest.mark.parametrize("plain", PLAIN, ids=lambda path: "/".join(path.parts[-4:]))
def test_render_formatted_is_what_nomad_pack_formats(plain: Path) -> None:
    case = next(folder for folder in plain.parents if folder.name == "expected-noformat")
    formatted = case.with_name("expected") / plain.relative_to(case)

    result = formatter.format_source(plain.read_bytes().decode())

    assert result == formatted.read_bytes().decode()


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_formatted_and_keeps_all_but_its_spaces(text: str) -> None:
    formatted = formatter.format_source(text)

    def squeezed(given: str) -> str:
        return given.removeprefix("\ufeff").replace(" ", "").replace("\t", "")

    assert squeezed(formatted) == squeezed(text)


@pytest.mark.parametrize("plain", PLAIN, ids=lambda path: "/".join(path.parts[-4:]))
def test_formatted_text_stays_as_it_is(plain: Path) -> None:
    once = formatter.format_source(plain.read_bytes().decode())

    assert formatter.format_source(once) == once


def test_assignments_and_comments_are_aligned_in_columns_of_characters() -> None:
    text = 'é = 1 # one\nlonger = "x" // two\n\nalone=2\n'

    assert formatter.format_source(text) == 'é      = 1   # one\nlonger = "x" // two\n\nalone = 2\n'


def test_a_line_indents_what_follows_by_one_step_however_much_it_opens() -> None:
    assert formatter.format_source("a = [{\nb = 1\n}]\n") == "a = [{\n  b = 1\n}]\n"


def test_the_inside_of_a_heredoc_is_left_alone() -> None:
    text = "a = <<EOT\n   x  =  1\n\tEOT\nb = 2\n"

    assert formatter.format_source(text) == "a = <<EOT\n   x  =  1\n\tEOT\nb = 2\n"
