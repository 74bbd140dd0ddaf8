"""What stands around a place in HCL: the same however the text is cut, and as HCL's scanner has it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checking import surroundings
from generator.checking.surroundings import Mode
from generator.hcl import scanner

PIECES = st.sampled_from([*'"${}%\\\n#a =[]()', "<<E\n", "\nE\n"])
TEXT = st.lists(PIECES, max_size=30).map("".join)


@pytest.mark.parametrize(
    ("text", "mode", "shell"),
    [
        ("a = ", Mode.CODE, False),
        ('a = "b', Mode.STRING, False),
        ('a = "b\\"', Mode.STRING, False),
        ('a = "b$${', Mode.STRING, False),
        ('a = "${b["c"]}', Mode.STRING, False),
        ('a = "${b[', Mode.CODE, False),
        ('a = "b"', Mode.CODE, False),
        ("# a", Mode.COMMENT, False),
        ("# a\n", Mode.CODE, False),
        ('/* "', Mode.BLOCK_COMMENT, False),
        ('/* " */', Mode.CODE, False),
        ("a = <<EOF\nb", Mode.HEREDOC, False),
        ("a = <<-EOF\nb\n  EOF\n", Mode.CODE, False),
        ("a = <<EOF\nb EOF\n", Mode.HEREDOC, False),
        ("a = <<EOF\n${b", Mode.CODE, False),
        ("a = <<EOF\n#!/usr/bin/env bash\nb ", Mode.HEREDOC, True),
        ("a = <<EOF\n#!/usr/bin/python3\nb ", Mode.HEREDOC, False),
        ('command = "/bin/sh"\nargs = ["-c", "', Mode.STRING, True),
        ('command = "bash"\nargs = [\n"-ec",\n<<EOF\nls ', Mode.HEREDOC, True),
        ('entrypoint = ["sh", "-c", "', Mode.STRING, True),
        ('command = "redis"\nargs = ["-c", "', Mode.STRING, False),
        ('command = "sh"\nargs = ["-x", "', Mode.STRING, False),
        ('task "a" {\ncommand = "sh"\n}\ntask "b" {\nargs = ["-c", "', Mode.STRING, False),
    ],
)
def test_the_kind_of_a_place(text: str, mode: Mode, shell: bool) -> None:
    state = surroundings.read(surroundings.START, text)

    assert state.mode is mode
    assert state.is_shell is shell


def test_branches_meet_where_they_leave_the_same_place() -> None:
    start = surroundings.read(surroundings.START, 'a = "')
    one, other = (surroundings.read(start, text) for text in ("b", "${c}"))

    joined = surroundings.join(one, other)

    assert joined is not None
    assert joined.mode is Mode.STRING
    assert surroundings.join(one, surroundings.read(start, 'b"')) is None
    assert surroundings.join(one, None) is None


@settings(max_examples=200)
@given(st.lists(TEXT, max_size=4))
def test_text_may_come_in_any_pieces_cut_at_line_ends(pieces: list[str]) -> None:
    lines = [f"{piece}\n" for piece in pieces]
    state = surroundings.START
    for line in lines:
        state = surroundings.read(state, line)

    assert state == surroundings.read(surroundings.START, "".join(lines))


@settings(max_examples=300)
@given(TEXT)
def test_a_place_is_in_a_string_where_the_scanner_says_so(text: str) -> None:
    tokens = scanner.scan(text)
    if any(token.kind is scanner.INVALID for token in tokens) or "'" in text:
        return
    opened = closed = 0
    for token in tokens:
        opened += token.kind in (scanner.OPEN_QUOTE, scanner.OPEN_HEREDOC)
        closed += token.kind in (scanner.CLOSE_QUOTE, scanner.CLOSE_HEREDOC)
    state = surroundings.read(surroundings.START, text)
    around = 0
    outer: surroundings.State | None = state
    while outer is not None:
        around += outer.mode in (Mode.STRING, Mode.HEREDOC)
        outer = outer.outer

    balanced = _is_balanced(tokens)
    assert not balanced or around == opened - closed


def _is_balanced(tokens: list[scanner.Token]) -> bool:
    """Whether no bracket is closed that was not opened: there the two may go apart."""
    pairs = {"}": "{", "]": "[", ")": "("}
    opened: list[str] = []
    for token in tokens:
        if token.kind in ("{", "[", "("):
            opened.append(token.kind)
        elif token.kind in (scanner.INTERPOLATION, scanner.DIRECTIVE):
            opened.append("${")
        elif token.kind in (*pairs, scanner.SEQUENCE_END):
            wanted = pairs.get(token.kind, "${")
            if not opened or opened.pop() != wanted:
                return False
        elif token.kind == scanner.QUOTED_NEWLINE:
            return False
    return True
