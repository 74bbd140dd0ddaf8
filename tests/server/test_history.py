"""getHistory lists builds, the newest first, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from server import history
from server.builds import Builds
from server.callers import Caller
from server.errors import InvalidRequest, PermissionDenied
from server.glances import HistoryAnswer
from server.history import Wanted
from tests import calling
from tests.worlds import World, submit, wait_for_end


def look(running: Builds, caller: Caller = calling.ANYONE, **arguments: Any) -> HistoryAnswer:
    answer = calling.call(running, "getHistory", arguments, caller)
    assert isinstance(answer, HistoryAnswer)
    return answer


def ids(answer: HistoryAnswer) -> list[str]:
    return [each.job_id for each in answer.builds]


def test_builds_are_listed_from_the_newest_page_by_page(world: World) -> None:
    with world.observe() as running:
        submitted = [submit(running, imageTags=[f"t{number}"]) for number in range(5)]
        first = look(running, limit=2)
        second = look(running, limit=2, cursor=first.next_cursor)
        newer = submit(running, imageTags=["newer"])
        last = look(running, limit=2, cursor=second.next_cursor)
        assert [*ids(first), *ids(second), *ids(last)] == submitted[::-1]
        assert last.next_cursor is None
        assert ids(look(running, limit=1)) == [newer]


def test_builds_are_found_by_what_is_known_of_them(world: World) -> None:
    world.fail("build", "step_failed")
    with world.serve() as running:
        failed = submit(running)
        wait_for_end(running, failed)
    with world.observe() as running:
        waiting = submit(running, owner="ann", repoURL="https://git.example.com/team/Shop.git")
        assert ids(look(running, status="FAILED")) == [failed]
        assert ids(look(running, finished=False)) == [waiting]
        assert ids(look(running, finished=True)) == [failed]
        assert ids(look(running, owner="ann")) == [waiting]
        assert ids(look(running, repository="team/shop")) == [waiting]
        assert ids(look(running, repository="bdtemp/bd:te")) == [failed]
        assert ids(look(running, repository="nothing of the kind")) == []
        (build,) = look(running, status="FAILED").builds
        assert build.reason == "step_failed"
        assert build.model_dump(by_alias=True)["repoURL"].startswith("https://")


def test_a_change_of_a_build_shows_at_once_on_every_replica(world: World) -> None:
    with world.observe() as one, world.observe() as other:
        build_id = submit(one)
        assert look(one).builds[0].status == look(other).builds[0].status == "PENDING"
        one.kill(build_id)
        with world.serve() as driving:
            wait_for_end(driving, build_id)
        assert look(one).builds[0].reason == look(other).builds[0].reason == "killed"


def test_a_caller_with_an_owner_sees_its_own_builds(world: World) -> None:
    ann = Caller(name="ann's agent", owner="ann")
    with world.observe() as running:
        submit(running)
        own = submit(running, owner="ann")
        assert ids(look(running, ann)) == ids(look(running, ann, owner="ann")) == [own]
        with pytest.raises(PermissionDenied):
            look(running, ann, owner="claude-test")


def test_where_owners_are_required_nobody_lists_the_builds_of_all(world: World) -> None:
    with world.rest(REQUIRE_OWNER="true") as idle:
        with pytest.raises(InvalidRequest, match="owner is missing"):
            look(idle.builds)
        assert ids(look(idle.builds, owner="ann")) == []


def test_a_page_looks_at_so_many_records_and_goes_on_from_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "_READ", 3)
    with world.observe() as running:
        oldest = submit(running, owner="ann")
        for number in range(4):
            submit(running, imageTags=[f"t{number}"])
        page = running.list_builds(Wanted(owner="ann"), 10)
        assert page.builds == ()
        assert [
            each.id for each in running.list_builds(Wanted(owner="ann"), 10, page.cursor).builds
        ] == [oldest]


@pytest.mark.parametrize(
    "arguments",
    [{"cursor": "x"}, {"cursor": "1" * 20}, {"limit": 0}, {"limit": 101}, {"state": "FAILED"}],
)
def test_what_cannot_be_asked_for_is_refused(calm_world: World, arguments: dict[str, Any]) -> None:
    with calm_world.observe() as running, pytest.raises(InvalidRequest):
        look(running, **arguments)
