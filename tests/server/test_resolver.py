from __future__ import annotations

import ipaddress
import threading
import time
from collections import Counter

from server import resolver
from server.destinations import Address
from server.resolver import Resolver

ADDRESS = ipaddress.ip_address("192.0.2.1")


class Names:
    """A resolver that counts, and answers for a name only once its event, if it has one, is set."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.held: dict[str, threading.Event] = {}

    def __call__(self, name: str) -> tuple[Address, ...]:
        self.asked[name] += 1
        if name in self.held:
            self.held[name].wait(30)
        return (ADDRESS,)


def test_the_system_knows_where_localhost_is() -> None:
    found = Resolver().resolve("localhost")
    assert found
    assert all(address.is_loopback for address in found)


def test_a_name_that_cannot_be_one_has_no_address() -> None:
    assert resolver.look_up("a" * 300) == ()


def test_an_answer_is_remembered_for_its_lifetime() -> None:
    names = Names()
    remembering, forgetting = Resolver(names), Resolver(names, lifetime=0)
    for _ in range(3):
        assert remembering.resolve("a") == (ADDRESS,)
        assert forgetting.resolve("b") == (ADDRESS,)
    assert names.asked == {"a": 1, "b": 3}


def test_only_so_many_answers_are_remembered() -> None:
    names = Names()
    asked = Resolver(names, size=2)
    for name in ("a", "b", "c", "b", "c", "a"):
        asked.resolve(name)
    assert names.asked == {"a": 2, "b": 1, "c": 1}


def test_a_lookup_that_takes_too_long_is_no_answer_until_it_has_come() -> None:
    names = Names()
    names.held["slow"] = threading.Event()
    asked = Resolver(names, seconds=0.05)
    started = time.monotonic()
    assert asked.resolve("slow") == ()
    assert time.monotonic() - started < 10
    names.held["slow"].set()
    patient = Resolver(names, seconds=30)
    assert patient.resolve("slow") == (ADDRESS,)


def test_lookups_that_hang_leave_no_more_threads_than_there_are_places() -> None:
    names = Names()
    hold = threading.Event()
    names.held = {f"slow-{number}": hold for number in range(10)}
    asked = Resolver(names, seconds=0.05, slots=2)
    assert {asked.resolve(name) for name in names.held} == {()}
    assert sum(names.asked.values()) == 2
    hold.set()
    assert Resolver(names, seconds=30).resolve("free") == (ADDRESS,)
