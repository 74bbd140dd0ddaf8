"""Every field of a request with its share of the hostile texts: refused, or a value and nothing else in any job.

Every field with every text takes minutes: ``python -m tests.hostile`` does that, and writes the page's table.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.hostile import cases, fields, judge, payloads, table
from tests.hostile.judge import Tally

PLACES = [place.name for place in fields.places()]
OPEN = [place.name for place in fields.places() if not place.closed]
_SHARES = 12
_ROW = re.compile(r"^\| `(.+)` \| (\d+) \| (\d+) \|", re.MULTILINE)


@functools.cache
def tallies() -> Mapping[str, Tally]:
    """What became of each place's share of the texts; once for all tests of a process."""
    return judge.judge(payloads.TEXTS, _SHARES)


def test_every_place_for_a_text_is_attacked() -> None:
    assert set(cases.CASES) == set(OPEN)


def test_every_text_is_tried_in_places_that_take_free_text() -> None:
    assert {PLACES.index(name) % _SHARES for name in OPEN} == set(range(_SHARES))


def test_no_payload_says_the_canary_by_itself() -> None:
    assert [each.name for each in payloads.PAYLOADS if payloads.CANARY in each.text] == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PLACES)
def test_a_hostile_text_is_refused_or_stays_a_value(name: str) -> None:
    assert tallies()[name].faults == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", OPEN)
def test_a_value_reaches_the_jobs_where_it_belongs_there(name: str) -> None:
    assert tallies()[name].travelled == cases.CASES[name].travels


@pytest.mark.timeout(600)
def test_the_page_has_the_counts_of_these_texts_and_places_and_no_fault() -> None:
    (page,) = table.pages()
    shown = table.shown(page)
    rows = {name: (int(refused), int(taken)) for name, refused, taken in _ROW.findall(shown)}
    assert list(rows) == list(cases.CASES)
    for name, (refused, taken) in rows.items():
        tally = tallies()[name]
        assert refused + taken == len(cases.CASES[name].dresses) * len(payloads.TEXTS), name
        assert refused >= tally.refused, name
        assert taken >= tally.carried, name
    assert "Faults: 0." in shown


@pytest.mark.timeout(600)
def test_nothing_was_executed() -> None:
    tallies()
    assert not Path("/tmp", payloads.MARKER).exists()
    assert not Path(payloads.MARKER).exists()
