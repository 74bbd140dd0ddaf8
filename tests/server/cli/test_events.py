"""Reading server-sent events, in whatever pieces they come, and going on when a stream breaks."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from server.cli import connection, events, exits
from tests.serving import serving

STREAM = (
    ": a comment\r\n\r\n"
    'event: phase\r\nid: 1\r\ndata: {"phase": "build"}\r\n\r\n'
    'event: line\nid: 2\ndata: {"text": "ünï"}\n\n'
    "event: line\rid: 3\rdata: first\rdata: second\r\r"
    ":\n\n"
    "event: end\nid: 4\ndata:\n\n"
    "event: line\nid: 5\ndata: it was cut"
).encode()
EVENTS = [
    events.Event("phase", '{"phase": "build"}', "1"),
    events.Event("line", '{"text": "ünï"}', "2"),
    events.Event("line", "first\nsecond", "3"),
    events.Event("end", "", "4"),
]


def cut(stream: bytes, places: list[int]) -> Iterator[bytes]:
    for begin, end in itertools.pairwise([0, *sorted(places), len(stream)]):
        yield stream[begin:end]


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_events_are_the_same_in_whatever_pieces_they_come(places: list[int]) -> None:
    assert list(events.parse(cut(STREAM, places))) == EVENTS


def test_events_are_the_same_when_every_byte_comes_alone() -> None:
    assert list(events.parse(cut(STREAM, list(range(len(STREAM)))))) == EVENTS


def test_data_that_is_no_object_is_a_text() -> None:
    assert events.Event("line", '"x"', "").data == {"text": "x"}
    assert events.Event("end", "", "").data == {}


@pytest.mark.parametrize("text", ["not json", "[" * 100_000])
def test_data_that_is_no_json_is_not_the_service_s(text: str) -> None:
    with pytest.raises(exits.Stranger, match="is not the service"):
        _ = events.Event("line", text, "").data


class Breaking:
    """A service whose streams break after so many lines each; None ends with the build."""

    def __init__(self, *breaks: int | None, refusals: int = 0) -> None:
        self.breaks = list(breaks)
        self.refusals = refusals
        self.asked: list[str] = []

    @contextlib.contextmanager
    def serve(self) -> Iterator[connection.Connection]:
        route = Route("/v1/builds/{job_id}/logs/follow", self._follow)
        with serving(Starlette(routes=[route])) as address:
            yield connection.Connection(address, attempts=1)

    async def _follow(self, request: Request) -> Response:
        self.asked.append(request.headers.get("last-event-id", ""))
        if request.path_params["job_id"] == "nobody":
            return JSONResponse({"error": "no build has the id", "code": 404}, 404)
        if self.refusals and (len(self.asked) > 1 or not self.breaks):
            self.refusals -= 1
            return JSONResponse({"error": "Nomad is away", "code": 503}, 503)
        return StreamingResponse(
            self._lines(int(self.asked[-1] or 0), self.breaks.pop(0)),
            media_type="text/event-stream",
        )

    async def _lines(self, after: int, lines: int | None) -> AsyncIterator[str]:
        for number in range(after + 1, 11 if lines is None else after + lines + 1):
            yield f'event: line\nid: {number}\ndata: {{"text": "line {number}"}}\n\n'
        if lines is None:
            yield 'event: end\nid: 11\ndata: {"status": "SUCCEEDED"}\n\n'
        else:
            # As it breaks off in the middle of an event, this line was never told.
            yield "event: line\nid: 99\ndata: ha"


def follow(service: connection.Connection, job_id: str = "x", **options: float) -> list[str]:
    waited: list[float] = []
    follower = events.Follower(
        connection=service, job_id=job_id, sleep=waited.append, patience=options.get("patience", 9)
    )
    found = list(follower.events())
    assert found[-1].name == "end"
    return [each.data["text"] for each in found[:-1]]


def test_each_line_comes_once_however_often_the_stream_breaks() -> None:
    broken = Breaking(3, 0, 4, 2, None, refusals=2)
    with broken.serve() as service:
        assert follow(service) == [f"line {number}" for number in range(1, 11)]
    assert broken.asked == ["", "3", "3", "3", "3", "7", "9"]


def test_a_build_that_nobody_knows_is_not_followed_again_and_again() -> None:
    broken = Breaking()
    with broken.serve() as service, pytest.raises(exits.NotFound):
        follow(service, "nobody")
    assert broken.asked == [""]


def test_a_service_that_stays_away_is_given_up() -> None:
    broken = Breaking(refusals=1)
    with broken.serve() as service, pytest.raises(exits.Unreachable, match="Nomad is away"):
        follow(service, patience=0.0)


def test_streams_that_say_nothing_are_given_up() -> None:
    broken = Breaking(*[0] * 100)
    with broken.serve() as service, pytest.raises(exits.Unreachable, match="before the build did"):
        follow(service, patience=0.0)


def test_what_is_no_stream_is_told() -> None:
    async def answer(request: Request) -> Response:
        return JSONResponse({"logs": {}})

    web = Starlette(routes=[Route("/v1/builds/{job_id}/logs/follow", answer)])
    with serving(web) as address, pytest.raises(exits.Stranger, match="follows no logs"):
        follow(connection.Connection(address))
