"""The logs of builds that really failed are read as each case expects."""

from __future__ import annotations

import pytest

from server import failures
from tests.failures import kept, reading
from tests.failures.cases import CASES
from tests.failures.collection import Case

NAMES = [case.name for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_failed_build_is_read_as_it_failed(case: Case) -> None:
    assert reading.differences(case, kept.read(case)) == []


def test_each_log_is_of_its_case_as_it_stands_and_none_is_of_another() -> None:
    assert [case.name for case in CASES if not kept.is_current(case)] == []
    assert {path.stem for path in kept.LOGS.iterdir()} == set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


def test_every_family_has_a_case() -> None:
    words = {family.word for family in failures.FAMILIES}
    assert words - {case.family for case in CASES} == set()
