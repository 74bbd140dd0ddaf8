"""waitJob returns when a phase has ended, and says in between how far the build is."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, cast

import anyio
import pytest

from server import calls, record
from server.builds import Builds
from server.callers import ANYONE
from server.errors import BuildNotFound, InvalidRequest
from server.glances import WaitAnswer, WaitArguments
from server.tools import waiting
from tests import calling, samples
from tests.worlds import World, submit, wait_for_status

STEPS = "STEP 1/3: FROM base\nSTEP 2/3: RUN make\nmaking\n"


def wait(running: Builds, build_id: str, seconds: int = 45, **more: Any) -> WaitAnswer:
    answer = calling.call(running, "waitJob", {"jobID": build_id, "seconds": seconds, **more})
    assert isinstance(answer, WaitAnswer)
    return answer


def test_waiting_returns_when_the_build_has_ended(world: World) -> None:
    gate = world.hold("publish")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "PUBLISHING")
        gate.open()
        answer = wait(running, build_id)
    assert answer.finished
    assert answer.status == "SUCCEEDED"
    assert answer.images == ("registry.cluster:5000/bdtemp/bd:test",)
    assert answer.digest


def test_waiting_returns_when_a_phase_has_ended(world: World) -> None:
    gate, tests = world.hold("build"), world.hold("test")
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "BUILDING")
        gate.open()
        answer = wait(running, build_id)
        tests.open()
    assert not answer.finished
    assert answer.status == "TESTING"
    assert "waitJob" in answer.next_step


def test_that_a_build_begins_is_no_news_worth_a_call(world: World) -> None:
    gate = world.hold("build", stdout=STEPS)
    with world.serve() as running:
        answer = wait(running, submit(running), seconds=2)
        gate.open()
    assert answer.status == "BUILDING"


class Looks:
    """Builds as a wait sees them, look by look; the last one stays."""

    def __init__(self, *statuses: record.Status) -> None:
        self.left = [samples.make_record(status=status) for status in statuses]

    def read(self, build_id: str, owner: str | None) -> record.Record:
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]

    def heard_of(self, build_id: str, seconds: float) -> bool:
        return True

    def find_step(self, build: record.Record) -> str:
        return ""

    def find_place(self, build: record.Record) -> None:
        return None

    def now(self) -> datetime:
        return samples.NOW


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (("PENDING", "BUILDING", "TESTING", "PUBLISHING"), "TESTING"),
        (("PENDING", "BUILDING", "BUILDING", "FAILED"), "FAILED"),
        # What happens between two looks is seen by nobody.
        (("PENDING", "TESTING", "PUBLISHING"), "TESTING"),
        (("BUILDING", "TESTING", "PUBLISHING"), "TESTING"),
    ],
)
def test_a_wait_from_before_the_beginning_on_returns_when_a_phase_ends(
    seen: tuple[record.Status, ...], told: record.Status
) -> None:
    looks = cast(Builds, Looks(*seen))
    given = WaitArguments(job_id=samples.BUILD_ID, seconds=45)
    answers = [each for each in waiting.wait(looks, given, None) if isinstance(each, WaitAnswer)]
    assert [answer.status for answer in answers] == [told]


def test_the_time_is_over_and_the_step_of_the_dockerfile_is_told(world: World) -> None:
    gate = world.hold("build", stdout=STEPS)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "BUILDING")
        world.wait_for_log(running, build_id, "making")
        answer = wait(running, build_id, seconds=0)
        status = calling.call(running, "getStatus", {"jobID": build_id}).model_dump()
        gate.open()
    assert answer.step == status["step"] == "STEP 2/3: RUN make"
    assert not answer.finished
    assert len(json.dumps(answer.model_dump(mode="json", exclude_none=True))) < 300


def test_a_failed_build_says_why_in_the_answer_that_it_has_ended(world: World) -> None:
    world.fail("build", "step_failed")
    with world.serve() as running:
        answer = wait(running, submit(running))
    assert answer.status == "FAILED"
    assert answer.failure is not None
    assert answer.failure.reason == "step_failed"
    assert "oh no" in answer.failure.log_tail


def test_progress_is_told_while_it_lasts(world: World) -> None:
    gate = world.hold("build", stdout=STEPS)
    told: list[tuple[float, str]] = []

    async def report(seconds: float, message: str) -> None:
        told.append((seconds, message))
        gate.open()

    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, "BUILDING")
        world.wait_for_log(running, build_id, "making")
        toolbox = calls.Toolbox(running)
        anyio.run(
            lambda: calls.call(toolbox, "waitJob", {"jobID": build_id}, ANYONE, report),
            backend="asyncio",
        )
    assert told[0][1] == "BUILDING STEP 2/3: RUN make"


def test_a_build_that_waits_for_its_turn_says_what_for(world: World) -> None:
    gate = world.hold("build")
    with world.serve(MAX_BUILDS="1") as running:
        first = submit(running, imageTags=["a"])
        wait_for_status(running, first, "BUILDING")
        second = submit(running, imageTags=["b"])
        answer = wait(running, second, seconds=0)
        gate.open()
    assert answer.status == "PENDING"
    assert answer.queue is not None
    assert answer.queue.position >= 1


def test_waiting_for_another_owners_build_finds_none(world: World) -> None:
    with world.observe() as running:
        build_id = submit(running)
        with pytest.raises(BuildNotFound):
            wait(running, build_id, owner="mallory")


@pytest.mark.parametrize("seconds", [-1, 46, 1e9])
def test_nobody_waits_longer_than_clients_do(world: World, seconds: int) -> None:
    with world.observe() as running, pytest.raises(InvalidRequest, match="seconds"):
        wait(running, "01k00000000000000000000000", seconds=seconds)
