"""A cursor says in few characters how far was read, and is believed only if it was made here for this build."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server import logs
from server.errors import InvalidRequest
from server.logs import cursor as cursors
from server.logs.cursor import Cursor
from server.logs.files import Position
from server.record import ALL_PHASES

BUILD = "01kb9x3m4v0000000000000009"
STREAMS = st.integers(0, 2 * 82 - 1)
POSITIONS = st.builds(Position, st.integers(0, 9999), st.integers(0, 2**33))


@st.composite
def any_cursors(draw: st.DrawFn) -> Cursor:
    phase = draw(st.sampled_from([None, *ALL_PHASES]))
    begun = draw(st.dictionaries(STREAMS, POSITIONS, max_size=cursors.OPEN_LIMIT))
    done = draw(st.frozensets(STREAMS)) - begun.keys()
    return Cursor(
        phase=phase,
        attempt=draw(st.integers(1, 99)) if phase else 0,
        placement=draw(st.sampled_from(["", "0badcafe", "00000000"])),
        done=done,
        begun=begun,
        left=draw(st.one_of(st.none(), st.integers(0, 60_000))),
        ended=draw(st.booleans()),
    )


@given(any_cursors())
def test_a_cursor_comes_back_as_it_was(cursor: Cursor) -> None:
    text = cursors.encode_cursor(cursor, BUILD)
    assert len(text) <= cursors.CURSOR_LIMIT
    assert cursors.decode_cursor(text, BUILD) == cursor


def test_the_fullest_cursor_is_short_enough() -> None:
    begun = {163 - number: Position(9999, 2**33) for number in range(cursors.OPEN_LIMIT)}
    done = frozenset(range(150))
    full = Cursor(
        phase="test", attempt=99, placement="ffffffff", done=done, begun=begun, left=10**6
    )
    assert len(cursors.encode_cursor(full, BUILD)) <= cursors.CURSOR_LIMIT


def test_the_beginning_has_a_word_for_it() -> None:
    assert cursors.decode_cursor(logs.START, BUILD) == Cursor()


@given(any_cursors(), st.integers(0, 199), st.sampled_from("Aa0-_ ü="))
def test_a_mistyped_or_cut_cursor_is_told(cursor: Cursor, place: int, letter: str) -> None:
    text = cursors.encode_cursor(cursor, BUILD)
    place %= len(text)
    for wrong in (text[:place], text[:place] + letter + text[place + 1 :]):
        try:
            found = cursors.decode_cursor(wrong, BUILD)
        except InvalidRequest as error:
            assert "cursor" in error.message
        else:
            # The last letter has bits that mean nothing.
            assert found == cursor


@given(st.text(max_size=250))
def test_any_text_is_a_cursor_or_a_wrong_one(text: str) -> None:
    try:
        cursors.decode_cursor(text, BUILD)
    except InvalidRequest as error:
        assert logs.START in str(error)


@given(st.binary(max_size=140))
@example(b"\x01\x05\x01\x00")  # a phase that there is not
@example(b"\x01\x07\x01\x00")
def test_whoever_makes_cursors_of_their_own_gets_nothing_but_a_refusal(data: bytes) -> None:
    signed = data + cursors._check(data, BUILD)
    text = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    try:
        cursor = cursors.decode_cursor(text, BUILD)
    except InvalidRequest:
        return
    assert cursors.decode_cursor(cursors.encode_cursor(cursor, BUILD), BUILD) == cursor


def test_the_cursor_of_one_build_is_none_of_another() -> None:
    text = cursors.encode_cursor(Cursor(phase="build", attempt=1), BUILD)
    with pytest.raises(InvalidRequest, match="none of this build"):
        cursors.decode_cursor(text, BUILD.replace("9", "8"))
