"""News of builds are fresh for a while, and as many are kept as are of use."""

from __future__ import annotations

from server import news


def test_news_are_fresh_for_a_while() -> None:
    now = [100.0]
    heard = news.News(lambda: now[0])
    assert not heard.heard_since("a", 2)
    heard.tell("a")
    now[0] += 2
    assert heard.heard_since("a", 2)
    assert not heard.heard_since("b", 2)
    now[0] += 0.1
    assert not heard.heard_since("a", 2)
    heard.tell("a")
    assert heard.heard_since("a", 2)


def test_old_news_make_room_for_new_ones() -> None:
    heard = news.News(lambda: 0.0)
    for number in range(10_001):
        heard.tell(f"build-{number}")
    assert not heard.heard_since("build-0", 1)
    assert heard.heard_since("build-1", 1)
    assert heard.heard_since("build-10000", 1)
