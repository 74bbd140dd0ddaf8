"""When an issuer is asked for its keys, and who waits for the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import jwt
import pytest

from server.access import keys
from server.errors import IssuerSilent
from tests.server.access.serving import RSA_KEY
from tests.waiting import wait_for


class Source:
    """Keys that a test exchanges or takes away, and a clock that it puts forward."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.names: tuple[str, ...] | None = ("one",)
        self.fetched = 0
        self.before_fetch: Callable[[], None] = lambda: None
        self.ring = keys.KeyRing(self.fetch, lambda: self.now)

    def fetch(self) -> dict[str, jwt.PyJWK]:
        self.fetched += 1
        self.before_fetch()
        if self.names is None:
            msg = "the connection was refused"
            raise jwt.PyJWKClientConnectionError(msg)
        public = jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True)
        return {name: jwt.PyJWK(public | {"kid": name}) for name in self.names}


def test_keys_are_fetched_once_for_many_tokens() -> None:
    source = Source()
    assert not source.ring.has("one")
    for _ in range(5):
        assert source.ring.find("one") is not None
        assert source.ring.has("one")
    assert source.fetched == 1


def test_a_new_key_is_fetched_when_it_is_met_and_a_removed_one_is_forgotten() -> None:
    source = Source()
    source.ring.find("one")
    source.names = ("two",)
    source.now += keys.FLOOR
    assert source.ring.find("two") is not None
    assert source.ring.find("one") is None


def test_unknown_keys_have_the_issuer_asked_no_more_often_than_every_so_often() -> None:
    source = Source()
    source.ring.find("one")
    for number in range(100):
        assert source.ring.find(f"unknown-{number}") is None
    assert source.fetched == 1
    source.now += keys.FLOOR
    for number in range(100):
        assert source.ring.find(f"unknown-{number}") is None
    assert source.fetched == 2


def test_a_key_is_looked_at_again_after_its_time() -> None:
    source = Source()
    source.ring.find("one")
    source.names = ("two",)
    source.now += keys.LIFESPAN
    assert source.ring.find("one") is None
    assert source.fetched == 2


def test_a_silent_issuer_is_borne_for_an_hour_and_not_asked_with_every_call() -> None:
    source = Source()
    source.ring.find("one")
    source.names = None
    source.now += keys.LIFESPAN
    for _ in range(50):
        assert source.ring.find("one") is not None
    assert source.fetched == 2
    with pytest.raises(IssuerSilent):
        source.ring.find("two")
    source.now += 3600
    with pytest.raises(IssuerSilent):
        source.ring.find("one")
    source.names = ("one",)
    source.now += keys.FLOOR
    assert source.ring.find("one") is not None


def test_while_one_waits_for_the_issuer_others_go_on_with_the_keys_that_are_known() -> None:
    source = Source()
    source.ring.find("one")
    asked, answered = threading.Event(), threading.Event()

    def wait() -> None:
        asked.set()
        assert answered.wait(20)

    source.before_fetch = wait
    source.now += keys.LIFESPAN
    found: list[jwt.PyJWK | None] = []
    waiting = threading.Thread(target=lambda: found.append(source.ring.find("one")))
    waiting.start()
    assert asked.wait(20)
    assert source.ring.find("one") is not None
    assert not found
    answered.set()
    waiting.join()
    assert found != [None]
    assert source.fetched == 2


class Stuck(Source):
    """A source that has told its keys once and now does not answer, with keys that want a look."""

    def __init__(self) -> None:
        super().__init__()
        self.ring.find("one")
        self.answered = threading.Event()
        self.before_fetch = self.wait
        self.now += keys.LIFESPAN

    def wait(self) -> None:
        assert self.answered.wait(60)


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    made = Stuck()
    yield made
    made.answered.set()


def test_made_up_keys_keep_nobody_waiting_whose_key_is_known(stuck: Stuck) -> None:
    def ask(number: int) -> None:
        with pytest.raises(IssuerSilent):
            stuck.ring.find(f"unknown-{number}")

    asking = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for each in asking:
        each.start()
    wait_for(lambda: stuck.fetched == 2, "the fetch")
    for _ in range(5):
        assert not stuck.ring.waits("one")
        assert stuck.ring.find("one") is not None
        stuck.now += keys.FLOOR
    assert all(each.is_alive() for each in asking)
    assert stuck.fetched == 2
    stuck.names = None
    stuck.answered.set()
    for each in asking:
        each.join(60)
        assert not each.is_alive()


def test_whoever_begins_a_fetch_that_takes_long_goes_on_with_the_key_that_is_known(
    stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_GLANCE", 0.1)
    assert stuck.ring.waits("one")
    assert stuck.ring.find("one") is not None
    assert not stuck.ring.waits("one")


def test_nobody_waits_for_a_fetch_without_end(
    stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "_WAIT", 0.1)
    for _ in range(2):
        with pytest.raises(IssuerSilent):
            stuck.ring.find("two")
    assert not stuck.answered.is_set()


def test_who_may_not_wait_does_not(stuck: Stuck) -> None:
    with pytest.raises(IssuerSilent):
        stuck.ring.find("two", may_wait=False)
    assert stuck.ring.find("one", may_wait=False) is not None
    wait_for(lambda: stuck.fetched == 2, "the fetch")


def test_the_pause_between_two_fetches_begins_when_the_first_one_ends() -> None:
    source = Source()
    source.names = None

    def take_a_minute() -> None:
        source.now += 60

    source.before_fetch = take_a_minute
    for _ in range(5):
        with pytest.raises(IssuerSilent):
            source.ring.find("one")
    assert source.fetched == 1
    source.now += keys.FLOOR
    with pytest.raises(IssuerSilent):
        source.ring.find("one")
    assert source.fetched == 2


def test_whatever_goes_wrong_with_a_fetch_is_the_issuers_silence() -> None:
    source = Source()

    def fail() -> None:
        msg = "whatever"
        raise LookupError(msg)

    source.before_fetch = fail
    with pytest.raises(IssuerSilent):
        source.ring.find("one")
