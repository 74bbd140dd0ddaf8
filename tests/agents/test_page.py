"""The transcripts of docs/agents.md are what a client sees."""

from __future__ import annotations

import re

from tests.agents import economy, transcripts
from tests.agents.__main__ import PAGE


def read_part(mark: str) -> str:
    """Return what stands between a page's markers."""
    (found,) = re.findall(rf"<!-- {mark} -->\n(.*?)<!-- /{mark} -->", PAGE.read_text(), re.DOTALL)
    return str(found)


def test_the_transcripts_of_the_page_are_what_a_client_sees() -> None:
    recorded = transcripts.record()
    assert recorded.keys() == {"clients", "success", "failure", "rest"}
    for mark, text in recorded.items():
        assert read_part(mark) == text


def test_what_the_page_says_of_the_costs_is_within_the_limits() -> None:
    rows = [
        [int(digits) for cell in line.split("|")[2:] if (digits := re.sub(r"\D", "", cell))]
        for line in read_part("economy").splitlines()[2:]
    ]
    assert len(rows) == 2 * len(economy.MINUTES)
    for minutes, calls, read, _, *cause in rows:
        assert minutes in economy.MINUTES
        assert calls <= economy.CALLS_LIMIT
        assert read <= economy.BYTES_LIMIT
        assert all(each <= economy.CAUSE_LIMIT for each in cause)
