"""The proxy before a real engine: what it passes on, and what each fault does to a call and to its effect."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from tests.faults import dice, proxies, proxy
from tests.faults.dice import CALM, Dice, Fault, Rates
from tests.waiting import wait_for

# Headers that tell of the moment or of the connection.
_FLEETING = {"date", "connection"}


@contextlib.contextmanager
def opened(
    engine: str, rates: Rates = CALM, boundary: proxy.Boundary = proxy.ignore
) -> Iterator[tuple[str, Dice]]:
    parts = urlsplit(engine)
    faults = Dice("a seed", rates)
    target = (parts.hostname or "", parts.port or 0)
    with proxies.Proxies() as running:
        yield running.open(proxy.Proxy("replica-0", target, faults, boundary)), faults


def only(fault: Fault, likely: float = 1.0) -> Rates:
    return Rates(**dict.fromkeys(_RATES, 0.0) | {fault.name.lower(): likely})


_RATES = [fault.name.lower() for fault in Fault]


def write(address: str, path: str) -> requests.Response:
    body = {"Path": path, "Items": {"text": "ünï" * 50}}
    return requests.put(f"{address}/v1/var/{path}", json=body, params={"cas": 0}, timeout=10)


def exists(engine: str, path: str) -> bool:
    return requests.get(f"{engine}/v1/var/{path}", timeout=10).status_code == 200


def new_path() -> str:
    return f"proxied/{uuid.uuid4().hex}"


@pytest.mark.parametrize(
    "path",
    ["/v1/jobs", "/v1/nodes", "/v1/vars?prefix=seen", "/v1/var/seen", "/v1/var/absent", "/x"],
)
def test_an_undisturbed_answer_is_the_one_that_nomad_gave(engine: str, path: str) -> None:
    write(engine, "seen")
    direct = requests.get(engine + path, timeout=10)
    with opened(engine) as (address, _):
        passed = requests.get(address + path, timeout=10)
    assert (passed.status_code, passed.content) == (direct.status_code, direct.content)
    for name in {*passed.headers, *direct.headers}:
        if name.lower() not in _FLEETING:
            assert passed.headers.get(name) == direct.headers.get(name)


def test_a_write_arrives_as_it_was_sent(engine: str) -> None:
    path = new_path()
    with opened(engine) as (address, _):
        assert write(address, path).ok
        assert write(address, path).status_code == 409
    kept = requests.get(f"{engine}/v1/var/{path}", timeout=10).json()
    assert kept["Items"] == {"text": "ünï" * 50}


def test_one_connection_carries_call_after_call(engine: str) -> None:
    with opened(engine) as (address, _), requests.Session() as session:
        for _ in range(50):
            assert session.get(f"{address}/v1/status/leader", timeout=10).ok


@pytest.mark.parametrize(
    ("fault", "status", "done"),
    [
        (Fault.REFUSE, 500, False),
        (Fault.REFUSE_LATE, 500, True),
        (Fault.THROTTLE, 429, False),
    ],
)
def test_a_call_is_refused_with_or_without_its_effect(
    engine: str, fault: Fault, status: int, done: bool
) -> None:
    path = new_path()
    with opened(engine, only(fault)) as (address, faults):
        answer = write(address, path)
    assert answer.status_code == status
    assert answer.text in (*dice.REFUSALS, *dice.LATE_REFUSALS, dice.THROTTLED)
    assert exists(engine, path) == done
    assert faults.counts == {fault: 1}


@pytest.mark.parametrize(("fault", "done"), [(Fault.CUT_BEFORE, False), (Fault.CUT_AFTER, True)])
def test_a_connection_is_cut_before_or_after_the_effect(
    engine: str, fault: Fault, done: bool
) -> None:
    path = new_path()
    with opened(engine, only(fault)) as (address, faults):
        with pytest.raises(requests.ConnectionError):
            write(address, path)
        assert exists(engine, path) == done
    assert faults.counts == {fault: 1}


def test_a_truncated_body_breaks_off_or_claims_to_be_whole(engine: str) -> None:
    broken = 0
    with opened(engine, only(Fault.TRUNCATE)) as (address, faults):
        for _ in range(20):
            try:
                answer = requests.get(f"{address}/v1/nodes", timeout=10)
            except requests.RequestException:
                broken += 1
            else:
                with pytest.raises(json.JSONDecodeError):
                    json.loads(answer.content)
    assert 0 < broken < 20
    assert faults.counts == {Fault.TRUNCATE: 20}


def test_a_delayed_answer_is_late_and_whole(engine: str) -> None:
    with opened(engine, only(Fault.DELAY)) as (address, _):
        begin = time.monotonic()
        assert requests.get(f"{address}/v1/status/leader", timeout=10).ok
        assert time.monotonic() - begin >= 0.05


def follow(address: str, engine: str, count: int) -> list[str]:
    """Return the indexes of a stream's events while variables are written, until it ends or there are so many."""
    seen: list[str] = []
    with (
        requests.get(
            f"{address}/v1/event/stream",
            params={"topic": "Node", "index": "0"},
            stream=True,
            timeout=5,
        ) as answer,
        contextlib.suppress(requests.RequestException),
    ):
        for line in answer.iter_lines(chunk_size=None):
            if line and line != b"{}":
                seen.append(json.loads(line)["Index"])
            if len(seen) >= count:
                break
    return seen


def test_the_event_stream_comes_line_by_line(engine: str) -> None:
    direct = follow(engine, engine, 1)
    with opened(engine) as (address, _):
        assert follow(address, engine, 1) == direct


def test_an_event_is_repeated(engine: str) -> None:
    with opened(engine, only(Fault.REPEAT_EVENT)) as (address, faults):
        seen = follow(address, engine, 2)
    assert seen[0] == seen[1]
    assert faults.counts[Fault.REPEAT_EVENT] >= 1


def test_a_stream_is_cut_at_an_event(engine: str) -> None:
    with opened(engine, only(Fault.CUT_STREAM)) as (address, faults):
        assert follow(address, engine, 1) == []
    assert faults.counts == {Fault.CUT_STREAM: 1}


def test_an_event_is_dropped(engine: str) -> None:
    with (
        opened(engine, only(Fault.DROP_EVENT)) as (address, faults),
        requests.get(
            f"{address}/v1/event/stream", params={"topic": "Node"}, stream=True, timeout=5
        ) as answer,
    ):
        assert answer.ok
        wait_for(lambda: faults.counts[Fault.DROP_EVENT], "an event to be dropped")
        assert next(answer.iter_lines(chunk_size=None)) == b"{}"


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
def test_a_boundary_ends_the_caller_before_or_after_its_change(
    engine: str, when: proxy.When, done: bool
) -> None:
    path = new_path()
    passed: list[tuple[str, str, str]] = []

    def boundary(call: proxy.Call, at: proxy.When) -> bool:
        passed.append((call.replica, call.method, at))
        return at == when

    with opened(engine, boundary=boundary) as (address, _):
        assert requests.get(f"{address}/v1/jobs", timeout=10).ok
        with pytest.raises(requests.ConnectionError):
            write(address, path)
    assert exists(engine, path) == done
    both: list[proxy.When] = ["before", "after"] if done else ["before"]
    assert passed == [("replica-0", "PUT", at) for at in both]


def test_a_write_is_done_although_its_caller_is_gone(engine: str) -> None:
    path = new_path()
    with opened(engine, only(Fault.DELAY)) as (address, _):
        with pytest.raises(requests.Timeout):
            requests.put(
                f"{address}/v1/var/{path}", json={"Path": path, "Items": {"a": "b"}}, timeout=0.01
            )
        wait_for(lambda: exists(engine, path), "the write")


def test_the_same_seed_disturbs_the_same_calls() -> None:
    one, other = Dice("seed", Rates()), Dice("seed", Rates())
    chosen = [one.for_call() for _ in range(1000)]
    assert chosen == [other.for_call() for _ in range(1000)]
    assert {*chosen} >= {None, Fault.REFUSE, Fault.CUT_AFTER, Fault.TRUNCATE}
