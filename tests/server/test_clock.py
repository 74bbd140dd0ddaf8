from __future__ import annotations

import email.utils
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import Clock
from tests import samples
from tests.worlds import World

QUICK = timedelta(seconds=0.01)


class Machine:
    """A machine whose clock a test sets."""

    def __init__(self) -> None:
        self.time = samples.NOW

    def read(self) -> datetime:
        return self.time


def header(time: datetime) -> str:
    return email.utils.format_datetime(time, usegmt=True)


def test_without_word_of_nomad_it_is_the_machines_time() -> None:
    assert Clock(Machine().read).now() == samples.NOW


@pytest.mark.parametrize("seconds", [-90_000, -60, -3, 3, 60, 90_000])
def test_a_clock_that_is_wrong_is_set_right(seconds: int) -> None:
    machine = Machine()
    clock = Clock(machine.read)
    true = samples.NOW + timedelta(seconds=seconds)
    clock.observe(header(true), QUICK)
    assert abs(clock.now() - true) <= timedelta(seconds=1)
    machine.time += timedelta(hours=1)
    assert abs(clock.now() - true - timedelta(hours=1)) <= timedelta(seconds=1)


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_what_whole_seconds_cannot_tell_is_no_difference(seconds: int) -> None:
    clock = Clock(Machine().read)
    clock.observe(header(samples.NOW + timedelta(seconds=seconds)), QUICK)
    assert clock.now() == samples.NOW
    assert clock.offset == timedelta()


def test_a_machine_whose_clock_was_set_is_believed_again() -> None:
    machine = Machine()
    clock = Clock(machine.read)
    true = samples.NOW + timedelta(minutes=5)
    clock.observe(header(true), QUICK)
    machine.time = true
    clock.observe(header(true), QUICK)
    assert clock.offset == timedelta()


@pytest.mark.parametrize("date", [None, "", "yesterday", "Sun, 99 Nov 2026 25:00:00 GMT"])
def test_what_is_no_date_is_not_believed(date: str | None) -> None:
    clock = Clock(Machine().read)
    clock.observe(date, QUICK)
    assert clock.now() == samples.NOW


def test_a_slow_answer_tells_of_another_time() -> None:
    clock = Clock(Machine().read)
    clock.observe(header(samples.NOW + timedelta(minutes=5)), timedelta(seconds=3))
    assert clock.now() == samples.NOW


@given(st.text())
def test_whatever_stands_in_a_header_the_clock_goes_on(date: str) -> None:
    clock = Clock(Machine().read)
    clock.observe(date, QUICK)
    assert clock.now().tzinfo is UTC


def test_two_replicas_whose_machines_disagree_tell_the_same_time(world: World) -> None:
    def machine() -> datetime:
        return datetime.now(UTC) - timedelta(minutes=7)

    with world.rest() as right, world.rest(machine_clock=machine) as wrong:
        for each in (right, wrong):
            each.builds.check_nomad()
        assert abs(right.nomad.clock.now() - wrong.nomad.clock.now()) < timedelta(seconds=3)
        build = wrong.builds.submit(samples.make_request())
        assert abs(build.created_at - datetime.now(UTC)) < timedelta(seconds=3)
