"""Replicas that know of each other and divide the builds, on an embedded engine."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import app, cluster, nomad, reconciler, replicas
from server.replicas import BEAT_SECONDS, GONE_SECONDS, Replicas
from tests.waiting import wait_for
from tests.worlds import World, assert_complete, submit, wait_for_end, wait_for_status

IDS = [f"{number:026d}" for number in range(300)]


class Time:
    """The seconds that a test lets pass."""

    now = 0.0

    def read(self) -> float:
        return self.now


@pytest.fixture
def client(world: World) -> Iterator[nomad.Nomad]:
    with world.connect() as connected:
        yield connected


@pytest.fixture
def time() -> Time:
    return Time()


def start(client: nomad.Nomad, time: Time, *names: str) -> list[Replicas]:
    made = [Replicas(client, name, time.read) for name in names]
    for _ in range(2):
        for each in made:
            each.beat()
    # The first has seen what the others have written last.
    made[0].beat()
    return made


def test_one_replica_alone_looks_after_all_builds(client: nomad.Nomad, time: Time) -> None:
    alone = Replicas(client, "a", time.read)
    assert all(map(alone.owns, IDS))
    alone.beat()
    assert alone.alive == ("a",)
    assert all(map(alone.owns, IDS))


def test_each_build_has_one_replica_to_look_after_it(client: nomad.Nomad, time: Time) -> None:
    made = start(client, time, "a", "b", "c")
    assert {each.alive for each in made} == {("a", "b", "c")}
    for build_id in IDS:
        assert sum(each.owns(build_id) for each in made) == 1
    for each in made:
        assert 60 < sum(map(each.owns, IDS)) < 140


def test_a_replica_that_comes_takes_only_its_own_share(client: nomad.Nomad, time: Time) -> None:
    a, b = start(client, time, "a", "b")
    before = {build_id: a.owns(build_id) for build_id in IDS}
    c = Replicas(client, "c", time.read)
    assert not c.beat() or c.alive == ("a", "b", "c")
    assert a.beat()
    assert b.beat()
    for build_id in IDS:
        assert c.owns(build_id) or a.owns(build_id) == before[build_id]


def test_a_replica_that_leaves_is_gone_at_once(client: nomad.Nomad, time: Time) -> None:
    a, b = start(client, time, "a", "b")
    b.leave()
    assert a.beat()
    assert a.alive == ("a",)
    assert not a.beat()


def test_a_replica_that_dies_is_gone_after_a_while_and_another_that_beats_is_not(
    client: nomad.Nomad, time: Time
) -> None:
    a, b, _ = start(client, time, "a", "b", "dead")
    while time.now + BEAT_SECONDS < GONE_SECONDS:
        time.now += BEAT_SECONDS
        for each in (b, a):
            each.beat()
        assert a.alive == ("a", "b", "dead")
    time.now += BEAT_SECONDS
    b.beat()
    assert a.beat()
    assert a.alive == ("a", "b")


def test_a_replica_that_slept_is_there_again_when_it_wakes(client: nomad.Nomad, time: Time) -> None:
    a, b = start(client, time, "a", "b")
    time.now += GONE_SECONDS
    a.beat()
    assert "b" not in a.alive
    b.beat()
    assert a.beat()
    assert "b" in a.alive


def test_what_dead_replicas_have_left_is_removed(client: nomad.Nomad, time: Time) -> None:
    a, _ = start(client, time, "a", "dead")
    time.now += replicas._FORGOTTEN_SECONDS + 1
    a.beat()
    paths = [stub.path for stub in client.list_variables("nomad-build/replicas/")]
    assert paths == ["nomad-build/replicas/a"]


def test_a_replica_whose_variable_another_has_removed_writes_it_anew(
    client: nomad.Nomad, time: Time
) -> None:
    a, b = start(client, time, "a", "b")
    client.delete_variable("nomad-build/replicas/b")
    for _ in range(2):
        b.beat()
    a.beat()
    assert a.alive == ("a", "b")


@given(st.lists(st.text(), min_size=1, unique=True), st.text())
def test_the_share_of_a_build_depends_on_nothing_but_names(names: list[str], build_id: str) -> None:
    def owner(alive: list[str]) -> str:
        return max(alive, key=lambda each: replicas._weight(each, build_id))

    assert owner(names) == owner(sorted(names, reverse=True))
    for gone in names:
        rest = [each for each in names if each != gone]
        if rest and owner(names) != gone:
            assert owner(rest) == owner(names)


class Counting(nomad.Nomad):
    """A Nomad that notes whose allocations are read."""

    made: ClassVar[list[Counting]] = []

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.reads: list[str] = []
        self.made.append(self)

    def read_allocation(self, job_id: str) -> cluster.Allocation | None:
        self.reads.append(job_id)
        return super().read_allocation(job_id)


def knows_of_all(service: app.Service) -> bool:
    return b"nomad_build_replicas 4.0" in service.metrics.render("")[0]


def test_several_replicas_do_not_all_read_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(Counting, "made", [])
    gate = world.hold("test")
    made = [app.assemble(world.configure(), nomad=Counting) for _ in range(4)]
    with contextlib.ExitStack() as stack:
        for service in made:
            stack.enter_context(app.run(service))
        for service in made:
            wait_for(functools.partial(knows_of_all, service), "each to know of all")
        build_id = submit(made[0].builds)
        wait_for_status(made[0].builds, build_id, "TESTING")
        gate.open()
        assert_complete(world, wait_for_end(made[0].builds, build_id))
        readers = [client for client in Counting.made if client.reads]
    # The one that looks after it, and the one that has taken it in.
    assert 1 <= len(readers) <= 2
