"""In which order builds are looked at: news first, nothing waits for ever, no build is there twice."""

from __future__ import annotations

from datetime import timedelta

from server.workqueue import WorkQueue


def take(queue: WorkQueue, count: int) -> list[str | None]:
    """Take so many builds, as workers would that hold them for a while."""
    return [queue.take() for _ in range(count)]


def test_a_build_waits_only_once() -> None:
    queue = WorkQueue()
    for name in ("a", "b", "a"):
        queue.put(name)
    queue.put_patient("a")
    assert take(queue, 2) == ["a", "b"]
    queue.done("a")
    queue.put("c")
    assert queue.take() == "c"


def test_news_of_a_build_that_is_looked_at_is_kept() -> None:
    for put in (WorkQueue.put, WorkQueue.put_patient):
        queue = WorkQueue()
        queue.put("a")
        assert queue.take() == "a"
        put(queue, "a")
        queue.done("a", timedelta(hours=1))
        assert queue.take() == "a"


def test_news_go_before_builds_that_can_wait() -> None:
    queue = WorkQueue()
    queue.put_patient("patient")
    queue.put("news")
    assert take(queue, 2) == ["news", "patient"]


def test_a_build_that_can_wait_does_not_after_news_of_it() -> None:
    queue = WorkQueue()
    queue.put_patient("a")
    queue.put_patient("b")
    queue.put("b")
    assert take(queue, 2) == ["b", "a"]


def test_however_much_news_there_is_builds_that_can_wait_have_their_turn() -> None:
    queue = WorkQueue()
    queue.put_patient("patient")
    for number in range(10):
        queue.put(f"news-{number}")
    assert "patient" in take(queue, 4)
