"""A build's logs as server-sent events, over real HTTP."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Any

import httpx2
import pytest

from server import app, logs
from server.access import tokens
from server.embedded import scripted
from server.http import following
from tests.logtexts import last_word
from tests.server.access.serving import bearer, entry, listen, write
from tests.waiting import wait_for
from tests.worlds import World, submit, wait_for_end


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event as a client reads it."""

    kind: str
    id: str
    data: dict[str, Any]


def read_events(answer: httpx2.Response) -> Iterator[Event]:
    """Read a stream as a browser does."""
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif not line and "data" in fields:
            yield Event(fields["event"], fields["id"], json.loads(fields["data"]))
            fields = {}


def follow(client: httpx2.Client, build_id: str, last: str = "", **query: str) -> Iterator[Event]:
    headers = {"Last-Event-ID": last} if last else {}
    url = f"/v1/builds/{build_id}/logs/follow"
    with client.stream("GET", url, params=query, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield from read_events(answer)


@pytest.fixture
def service(world: World) -> Iterator[app.Service]:
    for phase, task in (("build", "source"), ("build", ""), ("test", ""), ("publish", "")):
        name = task or {"build": "build", "test": "test-1", "publish": "publish"}[phase]
        world.let(phase, task, stdout=f"{name} says ünï\n{last_word(name)}")
    with world.run() as running:
        yield running


@pytest.fixture
def client(world: World, service: app.Service) -> Iterator[httpx2.Client]:
    with (
        listen(service, world.configure()) as address,
        httpx2.Client(base_url=address, timeout=30) as made,
    ):
        yield made


def test_a_build_is_followed_from_its_beginning_to_its_end(
    client: httpx2.Client, service: app.Service
) -> None:
    build_id = submit(service.builds)
    events = list(follow(client, build_id))
    assert [each.kind for each in events] == [
        *("phase", "line", "line", "line", "line"),
        *("phase", "line", "line", "phase", "line", "line", "end"),
    ]
    assert events[0].data == {"phase": "build", "attempt": 1}
    assert events[1].data == {"phase": "build", "task": "source", "text": "source says ünï"}
    assert events[-1].data == {"status": "SUCCEEDED"}
    assert all(0 < len(each.id) <= logs.CURSOR_LIMIT for each in events)
    # As a browser does it: with the header, though the address still says where it began at first.
    again = list(follow(client, build_id, events[5].id, cursor="start"))
    assert again == events[6:]
    assert list(follow(client, build_id, cursor=events[5].id)) == events[6:]
    assert list(follow(client, build_id, phase="test"))[:-1] == events[5:8]


def test_who_asks_for_the_headers_alone_does_not_wait_for_the_builds_end(
    world: World, client: httpx2.Client, service: app.Service
) -> None:
    gate = world.hold("build")
    build_id = submit(service.builds)
    answer = client.head(f"/v1/builds/{build_id}/logs/follow")
    assert not service.builds.read(build_id).ended
    gate.open()
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
    missing = client.head("/v1/builds/01kb9x3m4v0000000000000000/logs/follow")
    assert missing.status_code == 404


def test_to_whoever_has_had_the_end_nothing_is_left_to_say(
    client: httpx2.Client, service: app.Service
) -> None:
    build_id = submit(service.builds)
    *_, end = follow(client, build_id)
    answer = client.get(f"/v1/builds/{build_id}/logs/follow", headers={"Last-Event-ID": end.id})
    assert (answer.status_code, answer.content) == (204, b"")


def test_lines_come_as_they_are_said_and_comments_where_none_are(
    world: World, client: httpx2.Client, service: app.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_KEEP_ALIVE", 0.2)
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    build_id = submit(service.builds)
    with client.stream("GET", f"/v1/builds/{build_id}/logs/follow") as answer:
        lines = answer.iter_lines()
        for wanted in ('"source says ünï"', ": ping"):
            assert any(wanted in line for line in lines)
        voice.say("plötzlich\n".encode())
        assert any('"plötzlich"' in line for line in lines)
        gate.open()
        assert any('"SUCCEEDED"' in line for line in lines)


def test_a_client_that_goes_away_ends_the_work_for_it(
    world: World, client: httpx2.Client, service: app.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = world.hold("build")
    build_id = submit(service.builds)
    ended = threading.Event()
    follow_logs = service.builds.follow_logs

    def watched(*arguments: Any, **options: Any) -> logs.Followed:
        try:
            yield from follow_logs(*arguments, **options)
        finally:
            ended.set()

    monkeypatch.setattr(service.builds, "follow_logs", watched)
    events = follow(client, build_id)
    assert next(events).kind == "phase"
    assert not ended.is_set()
    events.close()  # type: ignore[attr-defined]
    assert ended.wait(20)
    gate.open()
    wait_for_end(service.builds, build_id)


def test_a_client_that_takes_nothing_is_given_up_without_a_traceback(
    world: World,
    client: httpx2.Client,
    service: app.Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(following, "_SEND_TIMEOUT", 0.5)
    world.let("build", stdout=("y" * 30_000 + "\n") * 700)
    build_id = submit(service.builds)
    wait_for_end(service.builds, build_id)
    path = f"/v1/builds/{build_id}/logs/follow"
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {client.base_url.netloc.decode()}\r\n\r\n".encode()
        )
        wait_for(lambda: "given up" in caplog.text, "the client to be given up")
        sleep(0.5)  # what the server has to say of it
    assert f"{path}: the client takes no events and is given up" in caplog.messages
    assert not any(each.exc_info for each in caplog.records)


def test_long_lines_are_not_read_ahead_by_the_hundred(
    client: httpx2.Client, service: app.Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_id = submit(service.builds)
    wait_for_end(service.builds, build_id)
    cursor = logs.Cursor()
    line = logs.Line(cursor=cursor, phase="build", task="build", text="x" * 30_000)
    read = 0
    batches: list[int] = []

    def follow_logs(*_: Any, **__: Any) -> logs.Followed:
        nonlocal read
        for _number in range(30):
            read += 1
            yield line
        yield logs.Ended(cursor=cursor, status="SUCCEEDED")

    describe = following._describe

    def described(event: logs.Event, build_id: str) -> Any:
        batches.append(read)
        return describe(event, build_id)

    monkeypatch.setattr(service.builds, "follow_logs", follow_logs)
    monkeypatch.setattr(following, "_describe", described)
    assert len(list(follow(client, build_id))) == 31
    assert sorted(set(batches)) == [9, 18, 27, 30]


@pytest.mark.parametrize(
    ("path", "code", "text"),
    [
        ("{id}/logs/follow?cursor=nonsense", 400, "cursor"),
        ("{id}/logs/follow?phase=deploy", 400, "phase"),
        ("{id}/logs/follow?jobID=x", 400, "jobID"),
        ("{id}/logs/follow?seconds=1", 400, "seconds"),
        ("{id}/logs/follow?owner=stranger", 404, "no build"),
        ("nope/logs/follow", 404, "no build"),
    ],
)
def test_what_is_wrong_is_told_before_the_stream_begins(
    client: httpx2.Client, service: app.Service, path: str, code: int, text: str
) -> None:
    build_id = submit(service.builds)
    answer = client.get("/v1/builds/" + path.format(id=build_id))
    assert answer.status_code == code
    assert text in answer.json()["error"]
    assert answer.json()["code"] == code


def test_whoever_takes_no_events_is_told_so(client: httpx2.Client, service: app.Service) -> None:
    build_id = submit(service.builds)
    url = f"/v1/builds/{build_id}/logs/follow"
    answer = client.get(url, headers={"Accept": "application/json"})
    assert answer.status_code == 406
    assert "text/event-stream" in answer.json()["error"]


def test_a_token_follows_its_owners_builds_alone(world: World, tmp_path: Path) -> None:
    mine, other = tokens.mint(), tokens.mint()
    path = write(
        tmp_path / "tokens",
        entry("mine", mine, owner="claude-test"),
        entry("other", other, owner="other"),
    )
    given = world.configure(TOKENS_FILE=str(path))
    with (
        world.run() as service,
        listen(service, given) as address,
        httpx2.Client(base_url=address, timeout=30) as client,
    ):
        build_id = submit(service.builds)
        wait_for_end(service.builds, build_id)
        url = f"/v1/builds/{build_id}/logs/follow"
        assert client.get(url).status_code == 401
        assert client.get(url, headers=bearer(other)).status_code == 404
        named = client.get(url, headers=bearer(other), params={"owner": "claude-test"})
        assert named.status_code == 403
        with client.stream("GET", url, headers=bearer(mine)) as answer:
            assert [each.kind for each in read_events(answer)][-1] == "end"


def test_many_follow_the_same_build_at_once_and_each_gets_all(
    world: World, client: httpx2.Client, service: app.Service
) -> None:
    voice = scripted.Voice()
    gate = world.hold("build", stdout="", voice=voice)
    build_id = submit(service.builds)
    found: dict[int, list[dict[str, Any]]] = {}

    def read(number: int) -> None:
        found[number] = [each.data for each in follow(client, build_id)]

    threads = [threading.Thread(target=read, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    words = [f"word {number}" for number in range(300)]
    for word in words:
        voice.say(f"{word}\n".encode())
    gate.open()
    for thread in threads:
        thread.join()
    for events in found.values():
        assert [each["text"] for each in events if each.get("task") == "build"] == words
        assert events == found[0]
    assert len(found) == 10
    wait_for(lambda: service.builds.read(build_id).ended, "the build to have ended")
