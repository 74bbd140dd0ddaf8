"""Any text is taken or refused in our words: the fuzzer's targets on what hypothesis makes up."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import measure, seeds, targets

_PIECES = st.sampled_from(seeds.words()) | st.text(max_size=8)
_TEXTS = st.lists(_PIECES, max_size=30).map("".join)


@pytest.mark.parametrize("target", [name for name in targets.TARGETS if name != "program"])
@settings(max_examples=30)
@given(text=_TEXTS)
def test_any_text_is_taken_or_refused(target: str, text: str) -> None:
    assert _problem(target, text) is None


@pytest.mark.parametrize("target", ["template", "expression", "job", "json"])
@settings(max_examples=30)
@given(data=st.data())
def test_a_text_with_pieces_of_others_in_it_is_taken_or_refused(
    target: str, data: st.DataObject
) -> None:
    known = list(seeds.read(target))
    text = data.draw(st.sampled_from(known)).decode(errors="replace")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))

    assert _problem(target, text[:start] + data.draw(_TEXTS) + text[end:]) is None


def _problem(target: str, text: str) -> str | None:
    """What is wrong; the memory of a process that runs other tests too is not looked at."""
    found = measure.judge(target, text.encode(errors="replace"))
    return None if found and found.endswith("MB of memory") else found
