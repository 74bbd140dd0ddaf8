"""An agent's fixed strategies stay within what they may cost; minutes are seconds here, and so are the waits."""

from __future__ import annotations

import pytest

from tests.agents import economy


@pytest.mark.parametrize("fails", [False, True])
def test_a_build_of_twenty_times_a_wait_costs_few_calls_and_bytes(fails: bool) -> None:
    bill = economy.play(20 / 60, fails=fails, seconds=1)
    assert bill.calls <= economy.CALLS_LIMIT
    assert bill.read <= economy.BYTES_LIMIT
    assert bill.cause <= economy.CAUSE_LIMIT
    if fails:
        failure = bill.answers[-1]["failure"]
        assert failure["reason"] == "step_failed"
        assert failure["step"]["line"] == 5
        assert "Unable to locate package" in failure["logTail"]
