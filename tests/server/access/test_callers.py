"""Two owners with tokens, by each door: what one has is not there for the other; and what a scope lets do."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError

from server.access import tokens
from tests import samples
from tests.server.access.doors import Agent, Door, Plain, Rest, connect
from tests.server.access.serving import Provider, entry, listen, write
from tests.worlds import World

ALICE, BOB, READER, ADMIN = (tokens.mint() for _ in range(4))
FIELDS = {name: value for name, value in samples.FIELDS.items() if name != "owner"}
CALLS: dict[str, dict[str, Any]] = {
    "getStatus": {},
    "waitJob": {"seconds": 1},
    "getLogs": {"phase": "build"},
    "killJob": {},
    "cleanup": {"dryRun": True},
}
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def address(calm_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = write(
        tmp_path_factory.mktemp("tokens") / "t",
        entry("alice-ci", ALICE, owner="alice"),
        entry("bob-ci", BOB, owner="bob"),
        entry("reader", READER, scopes=["read"]),
        entry("admin", ADMIN, scopes=["read", "write", "admin"]),
    )
    given = calm_world.configure(TOKENS_FILE=str(path))
    with calm_world.rest() as service, listen(service, given) as made:
        yield made


@pytest.fixture(params=["plain", "rest", "legacy", "auto"])
def door(request: pytest.FixtureRequest, address: str) -> Door:
    match request.param:
        case "plain":
            return Plain(address)
        case "rest":
            return Rest(address)
        case era:
            return Agent(address, era)


async def submit(door: Door, token: str, **more: Any) -> str:
    answer = await door.call(token, "submitJob", FIELDS | more)
    assert isinstance(answer, dict), answer
    return str(answer["jobID"])


async def test_a_token_fills_in_its_owner(door: Door) -> None:
    for more in ({}, {"owner": "alice"}):
        job = {"jobID": await submit(door, ALICE, **more)}
        answer = await door.call(ALICE, "getStatus", job)
        assert isinstance(answer, dict)
        # Whoever may see all finds it below the owner's name.
        seen = await door.call(READER, "getStatus", job | {"owner": "alice"})
        assert isinstance(seen, dict)
        assert "no build has the id" in str(
            await door.call(READER, "getStatus", job | {"owner": "bob"})
        )


@pytest.mark.parametrize("tool", CALLS)
async def test_another_owners_build_is_not_there_whether_or_not_an_owner_is_named(
    door: Door, tool: str
) -> None:
    job = {"jobID": await submit(door, ALICE)} | CALLS[tool]
    hidden = await door.call(BOB, tool, job)
    assert "no build has the id" in str(hidden)
    assert str(await door.call(BOB, tool, job | {"owner": "bob"})) == str(hidden)
    named = await door.call(BOB, tool, job | {"owner": "alice"})
    assert "may act for owner bob only" in str(named)
    assert isinstance(named, str)


async def test_the_history_is_ones_own(door: Door) -> None:
    job_id = await submit(door, ALICE)
    for owner in ({}, {"owner": "alice"}):
        mine = await door.call(ALICE, "getHistory", {"limit": 3} | owner)
        assert isinstance(mine, dict)
        assert mine["builds"][0]["jobID"] == job_id
    for owner in ({}, {"owner": "bob"}):
        his = await door.call(BOB, "getHistory", owner)
        assert isinstance(his, dict)
        assert job_id not in str(his)
    assert "may act for owner bob only" in str(
        await door.call(BOB, "getHistory", {"owner": "alice"})
    )


async def test_a_log_is_followed_by_its_owner_alone(address: str) -> None:
    door = Rest(address)
    job = {"jobID": await submit(door, ALICE)}
    assert str(await door.call(BOB, "follow", job)).startswith("404 no build has the id")
    assert str(await door.call(BOB, "follow", job | {"owner": "bob"})).startswith("404 ")
    assert str(await door.call(BOB, "follow", job | {"owner": "alice"})).startswith("403 ")


async def test_nobody_submits_for_another_owner(door: Door) -> None:
    refused = await door.call(BOB, "submitJob", FIELDS | {"owner": "alice"})
    assert "may act for owner bob only" in str(refused)
    wrapped = await door.call(BOB, "submitJob", {"jobConfig": FIELDS | {"owner": "alice"}})
    assert "may act for owner bob only" in str(wrapped)


async def test_who_may_read_changes_nothing(door: Door) -> None:
    job = {"jobID": await submit(door, ALICE)}
    for tool, arguments in (("submitJob", samples.FIELDS), ("killJob", job), ("cleanup", job)):
        refused = await door.call(READER, tool, arguments)
        assert f"reader may not call {tool}: its token lacks the scope write" in str(refused)
    answer = await door.call(READER, "getStatus", job)
    assert isinstance(answer, dict)
    assert answer["status"] == "PENDING"


@pytest.mark.parametrize("kind", [Plain, functools.partial(Agent, era="auto")])
async def test_only_an_admin_cleans_up_after_everybody(
    address: str, kind: Callable[[str], Door]
) -> None:
    door = kind(address)
    everything = {"all": True, "dryRun": True}
    assert "lacks the scope write" in str(await door.call(READER, "cleanup", everything))
    refused = await door.call(ALICE, "cleanup", everything)
    assert "lacks the scope admin" in str(refused)
    assert isinstance(await door.call(ADMIN, "cleanup", everything), dict)


@pytest.mark.parametrize("tool", ["submitJob", "cleanup"])
async def test_what_is_not_allowed_is_403_over_plain_http(address: str, tool: str) -> None:
    answer = await Plain(address).call(READER, tool, {"all": True})
    assert str(answer).startswith("403 ")


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_a_provider_s_token_has_its_owner_over_mcp(
    calm_world: World, provider: Provider, era: str
) -> None:
    given = calm_world.configure(**provider.configure())
    with calm_world.rest() as service, listen(service, given) as address:
        agent = Agent(address, era)
        job = {"jobID": await submit(agent, provider.sign(sub="alice"))}
        assert isinstance(await agent.call(provider.sign(sub="alice"), "getStatus", job), dict)
        hidden = await agent.call(provider.sign(sub="bob"), "getStatus", job)
        assert "no build has the id" in str(hidden)
        refused = await agent.call(provider.sign(scope="read"), "killJob", job)
        assert "oidc:alice may not call killJob" in str(refused)


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_a_client_without_a_good_token_does_not_connect(address: str, era: str) -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        async with connect(address, tokens.mint(), era):
            pass
    assert caught.value.subgroup(MCPError) is not None


@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_a_read_only_service_shows_and_runs_nothing_that_changes(
    calm_world: World, tmp_path: Path, era: str
) -> None:
    path = write(tmp_path / "t", entry("admin", ADMIN, scopes=["read", "write", "admin"]))
    given = calm_world.configure(TOKENS_FILE=str(path), READ_ONLY="true")
    with calm_world.rest() as service, listen(service, given) as address:
        async with connect(address, ADMIN, era) as client:
            listed = (await client.list_tools()).tools
        assert {tool.name for tool in listed} >= {"getStatus", "getLogs"}
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)
        for door in (Plain(address), Agent(address, era)):
            refused = await door.call(ADMIN, "submitJob", samples.FIELDS)
            assert "submitJob cannot be called: this service is read-only" in str(refused)
