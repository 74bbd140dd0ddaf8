"""What hypothesis makes up, in all places of a request at once: refused, or a value and nothing else in any job."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.hostile import cases, judge, payloads
from tests.hostile.judge import Harmless, Tally

_TEXTS = st.lists(
    st.sampled_from(payloads.SIGNS) | st.text(min_size=1, max_size=5), min_size=1, max_size=8
).map("".join)
_WORLDS = len(cases.worlds())


@functools.cache
def harmless(number: int) -> Harmless:
    return Harmless(cases.worlds()[number])


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(_WORLDS))
@settings(
    max_examples=10,
    phases=set(Phase) - {Phase.explain},  # which tells nothing more here, and takes minutes
    deadline=None,  # the first render reads and compiles the templates
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_any_text_is_refused_or_stays_a_value(number: int, data: st.DataObject) -> None:
    known = harmless(number)
    turn = {}
    for slot in known.world.slots:
        text = data.draw(_TEXTS, slot.name)
        tally = Tally()
        for worn in judge.wear(known, slot, [text], tally):
            turn[slot.name] = worn
        assert tally.faults == []

    assert list(judge.compare(known, turn)) == []
