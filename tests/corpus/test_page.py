"""The page with the table is of the corpus as it is now."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.cases import CASES

_PAGE = Path(__file__).parents[2] / "docs" / "corpus.md"


def test_the_page_has_a_row_for_each_case_as_it_is_described_and_no_other() -> None:
    rows = [line.split(" | ") for line in _PAGE.read_text().splitlines() if line.startswith("| ")]
    shown = [(name.removeprefix("| "), about) for name, about, *_ in rows[2:]]
    assert shown == [(each.name, each.about.replace("|", "\\|")) for each in CASES]


def test_the_page_shows_no_difference() -> None:
    assert "**differs**" not in _PAGE.read_text()
