"""Requests become builds: once each, within the limits, and in the order in which they came."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from server import app, nomad, record, steps, store
from server.errors import InvalidRequest, LimitReached, NomadUnreachable, NotPossible
from tests import samples
from tests.waiting import wait_for
from tests.worlds import (
    World,
    assert_complete,
    put_away,
    submit,
    wait_for_end,
    wait_for_status,
)


def live(world: World) -> list[str]:
    with world.connect() as client:
        return [entry.build_id for entry in store.Store(client).list_live()]


# The same request again


def test_the_same_request_id_is_the_same_build_on_every_replica(world: World) -> None:
    with world.observe() as one, world.observe() as other:
        first = submit(one, requestID="x")
        assert submit(one, requestID="x") == first
        assert submit(other, requestID="x") == first
        assert live(world) == [first]
        assert len(first) == 26
        assert record.build_of(record.job_id("build", first)) == first


def test_a_request_id_is_its_owners_own(world: World) -> None:
    with world.observe() as seen:
        assert submit(seen, requestID="x") != submit(seen, requestID="x", owner="you")
        assert submit(seen, requestID="x") != submit(seen, requestID="y")
        assert submit(seen) != submit(seen)


def test_a_request_id_with_other_fields_is_a_mistake(world: World) -> None:
    with world.observe() as seen:
        first = submit(seen, requestID="x")
        with pytest.raises(InvalidRequest, match=first) as caught:
            submit(seen, requestID="x", gitRef="other")
        assert "id of its own" in caught.value.next_step


def test_a_request_that_is_repeated_after_its_end_is_still_the_same_build(world: World) -> None:
    with world.serve() as running:
        first = submit(running, requestID="x")
        ended = wait_for_end(running, first)
        assert running.submit(samples.make_request(requestID="x")) == ended
        put_away(world, first)
        assert world.count_launches(first)["build"] == 1


def test_a_request_that_is_sent_by_many_at_once_is_one_build(world: World) -> None:
    ids: list[str] = []
    with world.observe() as one, world.observe() as other:
        threads = [
            threading.Thread(target=lambda seen=seen: ids.append(submit(seen, requestID="x")))
            for seen in (one, other) * 4
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert len(ids) == 8
    assert live(world) == [ids[0]]
    assert set(ids) == {ids[0]}


class Dying(nomad.Nomad):
    """A Nomad that the service loses between two writes, or whose answer is lost; it counts its writes."""

    writes = 0
    dies_before = 0
    loses_answer_of = 0

    def write_variable(self, path: str, items: Any, expected_index: int) -> int:
        self.writes += 1
        if self.writes == self.dies_before:
            raise NomadUnreachable(path)
        index = super().write_variable(path, items, expected_index)
        if self.writes == self.loses_answer_of:
            raise NomadUnreachable(path)
        return index


def test_a_replica_that_dies_between_marker_and_record_has_the_request_repeated(
    world: World,
) -> None:
    dying = app.assemble(world.configure(), nomad=type("", (Dying,), {"dies_before": 2}))
    request = samples.make_request(requestID="x")
    with pytest.raises(NomadUnreachable):
        dying.builds.submit(request)
    dying.nomad.close()
    announced = live(world)
    assert len(announced) == 1
    with world.serve() as running:
        build = running.submit(request)
        assert [build.id] == announced
        assert_complete(world, wait_for_end(running, build.id))


def test_a_request_that_is_repeated_after_its_announcement_was_given_up_becomes_a_build(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "ANNOUNCEMENT_SECONDS", 0.1)
    dying = app.assemble(world.configure(), nomad=type("", (Dying,), {"dies_before": 2}))
    with pytest.raises(NomadUnreachable):
        submit(dying.builds, requestID="x")
    dying.nomad.close()
    (announced,) = live(world)
    with world.serve() as running:
        put_away(world, announced)
        assert submit(running, requestID="x") == announced
        assert_complete(world, wait_for_end(running, announced))


def test_a_lost_answer_to_the_record_loses_nothing(world: World) -> None:
    losing = app.assemble(world.configure(), nomad=type("", (Dying,), {"loses_answer_of": 2}))
    build = losing.builds.submit(samples.make_request())
    losing.nomad.close()
    assert live(world) == [build.id]
    with world.observe() as seen:
        assert seen.read(build.id) == build


# Builds of the same image


def test_builds_of_one_tag_run_one_after_the_other_in_the_order_they_came(world: World) -> None:
    gate = world.hold("publish")
    with world.serve() as running, world.serve() as other:
        first, second, third = (submit(each) for each in (running, other, running))
        wait_for_status(running, first, "PUBLISHING")
        place = running.find_place(running.read(third))
        assert place is not None
        assert (place.verdict.position, place.verdict.blockers) == (2, (first, second))
        assert running.read(second).status == "PENDING"
        assert world.count_launches(second) == {}
        gate.open()
        builds = [wait_for_end(running, each) for each in (first, second, third)]
    for older, newer in itertools.pairwise(builds):
        assert_complete(world, newer)
        assert older.ended_at is not None
        assert newer.build.registered_at is not None
        assert older.ended_at <= newer.build.registered_at


def test_builds_of_other_tags_do_not_wait(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        ids = [submit(running, imageTags=tags) for tags in (["a", "b"], ["c"], ["b", "c"])]
        for build_id in ids[:2]:
            wait_for_status(running, build_id, "BUILDING")
        place = running.find_place(running.read(ids[2]))
        assert place is not None
        assert place.verdict.blockers == tuple(ids[:2])
        gate.open()
        assert wait_for_end(running, ids[2]).status == "SUCCEEDED"


def test_who_supersedes_ends_the_older_build_and_takes_its_place(world: World) -> None:
    world.hold("build")
    with world.serve() as running:
        older = submit(running)
        wait_for(lambda: world.count_launches(older).get("build"), "the older build to run")
        world.let("build")
        newer = submit(running, onConflict="supersede")
        ended = wait_for_end(running, older)
        assert ended.failure is not None
        assert ended.failure.reason == "superseded"
        assert newer in ended.failure.message
        assert ended.kill is not None
        assert ended.kill.superseded_by == newer
        assert_complete(world, wait_for_end(running, newer))
        assert "publish" not in world.count_launches(older)


def test_nobody_supersedes_another_owners_build(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        older = submit(running)
        wait_for(lambda: world.count_launches(older).get("build"), "the older build to run")
        newer = submit(running, onConflict="supersede", owner="mallory")
        place = running.find_place(running.read(newer))
        assert place is not None
        assert place.verdict.blockers == (older,)
        gate.open()
        first, second = wait_for_end(running, older), wait_for_end(running, newer)
        assert (first.status, first.kill) == ("SUCCEEDED", None)
        assert second.status == "SUCCEEDED"


def test_who_wants_no_conflict_is_refused_and_leaves_nothing(world: World) -> None:
    with world.observe() as seen:
        older = submit(seen)
        with pytest.raises(NotPossible, match=older) as caught:
            submit(seen, onConflict="reject")
        assert "queue or supersede" in caught.value.next_step
        assert live(world) == [older]
        submit(seen, onConflict="reject", imageTags=["other"])


def test_a_refused_request_can_be_repeated_once_the_way_is_free(world: World) -> None:
    with world.observe() as seen:
        older = submit(seen)
        with pytest.raises(NotPossible):
            submit(seen, onConflict="reject", requestID="x")
        with world.serve() as running:
            wait_for_end(running, older)
            put_away(world, older)
        assert submit(seen, onConflict="reject", requestID="x")


# Limits


@pytest.mark.parametrize(
    ("setting", "owners", "words"),
    [("MAX_QUEUED", "abcd", "in all"), ("MAX_QUEUED_PER_OWNER", "aaaa", "of owner a")],
)
def test_more_than_may_wait_are_refused_with_what_to_wait_for(
    world: World, setting: str, owners: str, words: str
) -> None:
    with world.rest(None, **{"MAX_BUILDS": "1", setting: "2"}) as idle:
        for owner in owners[:3]:
            submit(idle.builds, owner=owner, imageTags=[])
        with pytest.raises(LimitReached, match=f"2 builds {words} wait already") as caught:
            submit(idle.builds, owner=owners[3], imageTags=[])
        assert caught.value.retry_after > 0
        assert "getStatus" in caught.value.next_step
        assert len(live(world)) == 3
        if setting == "MAX_QUEUED_PER_OWNER":
            submit(idle.builds, owner="another", imageTags=[])


def test_no_more_builds_run_than_may_and_all_have_their_turn(world: World) -> None:
    gate = world.hold("build")
    settings = {"MAX_BUILDS": "3", "MAX_BUILDS_PER_OWNER": "2"}
    with world.serve(**settings) as running, world.serve(**settings) as other:
        mine = [submit(each, imageTags=[]) for each in (running, other, running)]
        yours = [submit(other, owner="you", imageTags=[]) for _ in range(2)]
        for build_id in (*mine[:2], yours[0]):
            wait_for_status(running, build_id, "BUILDING")
        places = [running.find_place(running.read(each)) for each in (mine[2], yours[1])]
        assert [place and place.verdict.obstacle for place in places] == ["owner_limit", "limit"]
        assert world.count_launches(mine[2]) == world.count_launches(yours[1]) == {}
        gate.open()
        for build_id in mine + yours:
            assert_complete(world, wait_for_end(running, build_id, 30))


def test_a_build_whose_turn_does_not_come_in_time_says_so(world: World) -> None:
    world.hold("build")
    with world.serve(TURN_TIMEOUT="1") as running:
        first = submit(running)
        second = wait_for_end(running, submit(running))
        assert second.failure is not None
        assert second.failure.reason == "queue_timeout"
        assert first in second.failure.message
        assert running.read(first).status == "BUILDING"


# Webhooks


@pytest.mark.parametrize("url", ["http://127.0.0.1/x", "http://10.0.0.7/x", "http://localhost/x"])
def test_a_webhook_may_not_lead_inside(world: World, url: str) -> None:
    with world.observe() as seen, pytest.raises(InvalidRequest, match="webhookURL"):
        submit(seen, webhookURL=url)
    assert live(world) == []
