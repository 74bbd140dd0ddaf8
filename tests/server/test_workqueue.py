from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from server import workqueue
from server.workqueue import WorkQueue
from tests.waiting import wait_for


@pytest.fixture
def queue() -> Iterator[WorkQueue]:
    made = WorkQueue()
    yield made
    made.close()


class Taker:
    """Takes one build after the other in a thread, without giving any back."""

    def __init__(self, queue: WorkQueue) -> None:
        self.taken: list[str | None] = []
        self._queue = queue
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def _take(self) -> None:
        while (build_id := self._queue.take()) is not None:
            self.taken.append(build_id)
        self.taken.append(None)


def test_builds_come_in_the_order_of_the_hints_and_once_each(queue: WorkQueue) -> None:
    for build_id in ("b", "a", "b", "c", "a"):
        queue.put(build_id)
    assert [queue.take() for _ in range(3)] == ["b", "a", "c"]


def test_a_build_is_held_by_one_worker_and_a_hint_meanwhile_is_kept(queue: WorkQueue) -> None:
    queue.put("a")
    assert queue.take() == "a"
    queue.put("a")
    queue.put("a")
    queue.put("b")
    assert queue.take() == "b"
    queue.done("a")
    queue.put("c")
    assert [queue.take(), queue.take()] == ["a", "c"]


def test_a_build_that_is_done_comes_again_at_its_time(queue: WorkQueue) -> None:
    queue.put("a")
    queue.take()
    queue.done("a", timedelta(seconds=0.02))
    assert queue.take() == "a"


def test_a_time_that_is_over_is_now(queue: WorkQueue) -> None:
    queue.put("a")
    queue.take()
    queue.done("a", timedelta(seconds=-5))
    assert queue.take() == "a"


def test_a_later_word_of_when_to_come_again_replaces_the_earlier(queue: WorkQueue) -> None:
    queue.put("a")
    queue.take()
    queue.done("a", timedelta(seconds=0.02))
    queue.put("a")
    queue.take()
    queue.done("a", timedelta(hours=1))
    taker = Taker(queue)
    queue.put("b")
    wait_for(lambda: taker.taken, "the other build")
    # Only b has come by now, although a's first time is over: b was put in when nothing else was ready.
    taker.thread.join(0.1)
    assert taker.taken == ["b"]


def test_a_new_timer_wakes_a_worker_that_waits_for_a_later_one(queue: WorkQueue) -> None:
    for build_id in ("a", "b"):
        queue.put(build_id)
        queue.take()
    queue.done("a", timedelta(hours=1))
    taker = Taker(queue)
    queue.done("b", timedelta(seconds=0.01))
    wait_for(lambda: taker.taken == ["b"], "the earlier timer")


def test_attempts_are_counted_until_one_goes_well(
    queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workqueue, "RETRY_DELAYS", (0.001, 0.002))
    counts = []
    queue.put("a")
    for _ in range(4):
        assert queue.take() == "a"
        counts.append(queue.retry("a"))
    assert counts == [1, 2, 3, 4]
    assert queue.take() == "a"
    queue.done("a")
    queue.put("a")
    assert queue.take() == "a"
    assert queue.retry("a") == 1


def test_a_failed_attempt_waits_even_if_there_was_a_hint_meanwhile(
    queue: WorkQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    # While Nomad is down hints would make of the pauses a busy loop.
    monkeypatch.setattr(workqueue, "RETRY_DELAYS", (3600.0,))
    queue.put("a")
    queue.take()
    queue.put("a")
    queue.retry("a")
    queue.put("b")
    assert queue.take() == "b"
    taker = Taker(queue)
    taker.thread.join(0.1)
    assert taker.taken == []


def test_closing_lets_all_workers_go(queue: WorkQueue) -> None:
    takers = [Taker(queue) for _ in range(3)]
    queue.close()
    for taker in takers:
        taker.thread.join(5)
        assert taker.taken == [None]
