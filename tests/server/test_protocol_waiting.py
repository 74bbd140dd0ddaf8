"""Waiting over the protocol: how far a build has come, and who stops waiting stops nothing else."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from server.tools import waiting
from tests import clients
from tests.clients import ERAS
from tests.worlds import World, wait_for_end

pytestmark = pytest.mark.anyio

STEPS = "STEP 1/3: FROM base\nSTEP 2/3: RUN make\nmaking\n"
STEP = "BUILDING STEP 2/3: RUN make"


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def given_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """News come often; the event is set when nobody looks at the build any more."""
    monkeypatch.setattr(waiting, "_NEWS_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "_PAUSE", 0.05)
    over = threading.Event()
    wait = waiting.wait

    def watch(*arguments: Any) -> Iterator[Any]:
        try:
            yield from wait(*arguments)
        finally:
            over.set()

    monkeypatch.setattr(waiting, "wait", watch)
    yield over


class News:
    """What a client is told while it waits: ``enough`` is told with so many messages, and one that has the text."""

    def __init__(self, enough: int, text: str = "") -> None:
        self.progress: list[float] = []
        self.messages: list[str] = []
        self.enough = anyio.Event()
        self._enough = enough
        self._text = text

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        assert total is None
        self.progress.append(progress)
        self.messages.append(message or "")
        heard = any(self._text in each for each in self.messages)
        if heard and len(self.progress) >= self._enough:
            self.enough.set()


@pytest.mark.parametrize("over", ["http", "memory"])
async def test_who_waits_is_told_how_far_the_build_has_come(
    world: World, era: str, over: str, given_up: threading.Event
) -> None:
    gate, news = world.hold("build", stdout=STEPS), News(4, "STEP 2/3")
    with world.run() as running, clients.listen(running, world.configure()) as address:
        connecting = (
            clients.reach(address, era) if over == "http" else clients.connect(running.builds, era)
        )
        async with connecting as client, anyio.create_task_group() as group:
            job_id = await clients.submit(client)

            async def open_in_time() -> None:
                with anyio.fail_after(30):
                    await news.enough.wait()
                    # A busy machine takes longer to write a log than four news take to come.
                    while STEP not in news.messages:
                        await anyio.sleep(0.01)
                gate.open()

            group.start_soon(open_in_time)
            result = await client.call_tool("waitJob", {"jobID": job_id}, progress_callback=news)
            answer = clients.read(result)
    assert answer["status"] in ("TESTING", "PUBLISHING", "SUCCEEDED")
    assert sorted(set(news.progress)) == news.progress
    assert given_up.is_set()


@pytest.mark.parametrize("how", ["cancels the call", "goes away"])
async def test_who_stops_waiting_stops_nothing_else(
    world: World, era: str, how: str, given_up: threading.Event
) -> None:
    gate, news = world.hold("build", stdout=STEPS), News(2)
    with world.run() as running, clients.listen(running, world.configure()) as address:
        with anyio.fail_after(30):
            async with clients.reach(address, era) as client:
                job_id = await clients.submit(client)
                async with anyio.create_task_group() as group:

                    async def wait() -> None:
                        await client.call_tool("waitJob", {"jobID": job_id}, progress_callback=news)

                    group.start_soon(wait)
                    await news.enough.wait()
                    group.cancel_scope.cancel()
                if how == "cancels the call":
                    # The client itself is still there, and may go on.
                    answer = await client.call_tool("getStatus", {"jobID": job_id})
                    assert clients.read(answer)["status"] == "BUILDING"
            while not given_up.is_set():
                gc.collect()  # what was interrupted hangs together in a circle
                await anyio.sleep(0.01)
            assert running.builds.read(job_id).kill is None
            gate.open()
            assert wait_for_end(running.builds, job_id).status == "SUCCEEDED"
