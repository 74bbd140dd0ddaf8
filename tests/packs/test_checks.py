"""The packs pass their own check, warnings included: what is doubtful is silenced with a reason."""

from __future__ import annotations

import pytest

from generator import registry
from generator.checking import packs


@pytest.mark.parametrize("name", registry.names())
def test_a_check_of_the_pack_finds_nothing(name: str) -> None:
    outcome = packs.check_pack(registry.PACKS / name)

    assert [f"{each.position}: {each.message}" for each in outcome.findings] == []
