"""Clients that listen are told of changes of builds, whichever replica made them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, types
from mcp.client.subscriptions import ListenNotSupportedError
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import ResourceUpdated

from server import builds, calls, protocol, record
from server.callers import Caller
from server.errors import NomadUnreachable
from server.protocol import subscriptions
from tests import clients
from tests.worlds import World, submit, wait_for_end, wait_for_status

pytestmark = pytest.mark.anyio

CALLERS = {
    "ann": Caller(name="ann", owner="claude-test", scopes=frozenset({"read", "write"})),
    "ben": Caller(name="ben", owner="ben", scopes=frozenset({"read", "write"})),
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds are looked at more often than they need be."""
    monkeypatch.setattr(subscriptions, "_PAUSE", 0.02)


@contextlib.asynccontextmanager
async def connect(
    running: builds.Builds,
) -> AsyncIterator[tuple[Client, subscriptions.Subscriptions]]:
    """Connect in memory; the second is what the server knows of who listens."""
    server = protocol.create_server(calls.Toolbox(running))
    live, made = server.lifespan, []

    @contextlib.asynccontextmanager
    async def remember(
        of: Server[subscriptions.Subscriptions],
    ) -> AsyncIterator[subscriptions.Subscriptions]:
        async with live(of) as each:
            made.append(each)
            yield each

    server.lifespan = remember
    async with Client(server, mode="auto") as client:
        yield client, made[0]


async def test_a_change_that_another_replica_makes_is_told(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running, world.rest() as other:
        job_id = submit(running)
        wait_for_status(running, job_id, "BUILDING")
        uri = f"build://{job_id}"
        with clients.listen(other, world.configure()) as address, anyio.fail_after(30):
            async with (
                clients.reach(address) as client,
                client.listen(resource_subscriptions=[uri]) as heard,
            ):
                gate.open()
                status = ""
                async for event in heard:
                    assert event == ResourceUpdated(uri)
                    status = running.read(job_id).status
                    if status == "SUCCEEDED":
                        break
    assert status == "SUCCEEDED"


async def test_a_log_is_told_of_with_its_build(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        job_id = submit(running)
        wait_for_status(running, job_id, "BUILDING")
        uris = [f"build://{job_id}/logs/test", f"build://{job_id}"]
        async with connect(running) as (client, _):
            with anyio.fail_after(30):
                async with client.listen(resource_subscriptions=uris) as heard:
                    gate.open()
                    told = set()
                    async for event in heard:
                        assert isinstance(event, ResourceUpdated)
                        told.add(event.uri)
                        if told == set(uris):
                            break


async def test_nothing_is_looked_at_that_nobody_listens_to(world: World) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        first, second = submit(running), submit(running, imageTags=["other"])
        async with connect(running) as (client, known), anyio.create_task_group() as group:
            assert known.watched == frozenset()
            async with client.listen(resource_subscriptions=[f"build://{first}"]):
                assert known.watched == {first}
                both = [f"build://{first}/logs/build", f"build://{second}"]
                async with client.listen(resource_subscriptions=both):
                    assert known.watched == {first, second}
                with anyio.fail_after(20):
                    while known.watched != {first}:
                        await anyio.sleep(0.01)
            with anyio.fail_after(20):
                while known.watched:
                    await anyio.sleep(0.01)
            group.cancel_scope.cancel()
        gate.open()


@pytest.mark.parametrize(
    "wanted",
    [
        {"tools_list_changed": True},
        {"resource_subscriptions": ["build://01kb9x3m4v0000000000000000"]},
        {"resource_subscriptions": ["nomad-build://packs"]},
    ],
)
async def test_who_listens_to_no_build_and_goes_takes_no_news_from_others(
    world: World, wanted: dict[str, Any]
) -> None:
    gate = world.hold("build")
    with world.serve() as running:
        uri = f"build://{submit(running)}"
        async with connect(running) as (client, known):
            async with client.listen(**wanted):
                assert known.watched == frozenset()
            with anyio.fail_after(60):
                async with client.listen(resource_subscriptions=[uri]) as heard:
                    gate.open()
                    assert await anext(aiter(heard)) == ResourceUpdated(uri)


async def test_who_would_listen_while_nomad_is_away_is_told_so(world: World) -> None:
    world.hold("build")
    with world.run() as running:
        uri = f"build://{submit(running.builds)}"
        async with connect(running.builds) as (client, _):
            world.engine.stop()
            with pytest.raises(MCPError, match="Nomad"):
                async with client.listen(resource_subscriptions=[uri]):
                    pass


async def test_a_build_that_is_removed_is_told_of_once_more(world: World) -> None:
    with world.run() as running:
        job_id = submit(running.builds)
        wait_for_end(running.builds, job_id)
        uri = f"build://{job_id}"
        async with connect(running.builds) as (client, _):
            with anyio.fail_after(30):
                async with client.listen(resource_subscriptions=[uri]) as heard:
                    running.nomad.delete_variable(f"nomad-build/builds/{job_id}")
                    assert await anext(aiter(heard)) == ResourceUpdated(uri)


async def test_a_build_that_the_caller_may_not_see_is_not_listened_to(world: World) -> None:
    gate = world.hold("build")
    with world.run() as running, clients.listen(running, world.configure(), CALLERS) as address:
        uri = f"build://{submit(running.builds)}"
        wanted = [uri, "build://01kb9x3m4v0000000000000000", "nomad-build://packs"]
        for name, honored in (
            ("ann", [uri, "nomad-build://packs"]),
            ("ben", ["nomad-build://packs"]),
        ):
            async with (
                clients.reach(address, name=name) as client,
                client.listen(resource_subscriptions=wanted) as heard,
            ):
                assert heard.honored.resource_subscriptions == honored
        gate.open()


@pytest.mark.parametrize("error", [NomadUnreachable("no answer"), RuntimeError("a fault")])
async def test_what_cannot_be_read_for_a_while_ends_no_subscription(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    gate, refusals = world.hold("build"), [0]
    with world.serve() as running:
        read = running.read

        def refuse(build_id: str, owner: str | None = None) -> record.Record:
            if refusals[0]:
                refusals[0] -= 1
                raise error
            return read(build_id, owner)

        monkeypatch.setattr(running, "read", refuse)
        job_id = submit(running)
        wait_for_status(running, job_id, "BUILDING")
        uri = f"build://{job_id}"
        async with connect(running) as (client, _):
            with anyio.fail_after(30):
                async with client.listen(resource_subscriptions=[uri]) as heard:
                    refusals[0] = 3
                    while refusals[0]:
                        await anyio.sleep(0.01)
                    gate.open()
                    assert await anext(aiter(heard)) == ResourceUpdated(uri)


async def test_no_more_is_listened_to_than_can_be_looked_at(calm_world: World) -> None:
    wanted = [f"build://x{each}" for each in range(101)]
    with calm_world.observe() as seen:
        async with connect(seen) as (client, _):
            with pytest.raises(MCPError, match="at most 100") as refused:
                async with client.listen(resource_subscriptions=wanted):
                    pass
    assert refused.value.code == types.INVALID_PARAMS


async def test_whoever_wants_to_be_told_of_tasks_has_to_know_them(calm_world: World) -> None:
    wanted = types.SubscriptionFilter.model_validate({"taskIds": ["x"]})
    request = types.SubscriptionsListenRequest(
        params=types.SubscriptionsListenRequestParams(notifications=wanted)
    )
    with calm_world.observe() as seen:
        async with connect(seen) as (client, _):
            with pytest.raises(MCPError) as refused:
                await client.session.send_request(request, types.SubscriptionsListenResult)
    assert refused.value.code == -32021


async def test_clients_of_older_revisions_are_told_that_they_cannot_listen(
    calm_world: World,
) -> None:
    subscribe = types.SubscribeRequest(params=types.SubscribeRequestParams(uri="build://x"))
    with calm_world.observe() as seen:
        async with clients.connect(seen, "legacy") as client:
            assert client.server_capabilities.resources is not None
            assert not client.server_capabilities.resources.subscribe
            with pytest.raises(ListenNotSupportedError):
                async with client.listen(resource_subscriptions=["build://x"]):
                    pass
            with pytest.raises(MCPError) as refused:
                await client.session.send_request(subscribe, types.EmptyResult)
    assert refused.value.code == types.METHOD_NOT_FOUND
