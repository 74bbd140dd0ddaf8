"""What can be read over the protocol, and what is said of it to whoever looks around."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from mcp import Client, MCPError, types

import generator
from server.callers import Caller
from server.protocol import documents, uris
from tests import clients, samples
from tests.clients import ERAS
from tests.worlds import World

pytestmark = pytest.mark.anyio

CALLERS = {
    "ann": Caller(name="ann", owner="claude-test", scopes=frozenset({"read", "write"})),
    "ben": Caller(name="ben", owner="ben", scopes=frozenset({"read", "write"})),
    "writer": Caller(name="writer", scopes=frozenset({"write"})),
}


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def fetch(client: Client, uri: str) -> types.TextResourceContents:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, types.TextResourceContents)
    assert content.uri == uri
    return content


async def list_uris(client: Client) -> list[str]:
    return [each.uri for each in (await client.list_resources()).resources]


async def test_a_build_is_read_as_getstatus_answers_it(world: World, era: str) -> None:
    world.fail("test", "test_failed\nthe command ended with exit code 7", exit_code=7)
    with world.serve() as running:
        async with clients.connect(running, era) as client:
            answer = await clients.build(client)
            content = await fetch(client, f"build://{answer['jobID']}")
    assert content.mime_type == "application/json"
    read = json.loads(content.text)
    assert read["failure"]["reason"] == "test_failed"
    assert read == answer


async def test_a_phases_log_is_read_as_text(world: World, era: str) -> None:
    with world.serve() as running:
        async with clients.connect(running, era) as client:
            job_id = (await clients.build(client))["jobID"]
            content = await fetch(client, f"build://{job_id}/logs/test")
    assert content.mime_type == "text/plain"
    assert "test-1 says ünï" in content.text.splitlines()
    assert "build says" not in content.text


@pytest.mark.parametrize(
    "uri",
    [
        "build://01kb9x3m4v0000000000000000",
        "build://01kb9x3m4v0000000000000000/logs/build",
        "build://../logs/build",
        "build://x/logs/deploy",
        "build://",
        "nomad-build://packs/nope",
        "nomad-build://packs/../server",
        "nomad-build://schema/answer",
        "file:///etc/passwd",
        "",
    ],
)
async def test_an_unknown_address_is_told_as_each_revision_has_it(
    calm_world: World, era: str, uri: str
) -> None:
    with calm_world.observe() as seen:
        async with clients.connect(seen, era) as client:
            with pytest.raises(MCPError) as refused:
                await client.read_resource(uri)
    assert refused.value.code == (-32002 if era == "legacy" else -32602)
    assert refused.value.data == {"uri": uri}


async def test_the_list_has_the_newest_builds_that_the_caller_may_see(
    world: World, era: str
) -> None:
    static = list(documents.documents())
    with world.run() as running, clients.listen(running, world.configure(), CALLERS) as address:
        async with clients.reach(address, era, "ann") as client:
            job_ids = [await clients.submit(client, imageTags=[f"v{each}"]) for each in range(2)]
            (*_, second, first) = (await client.list_resources()).resources
            assert await list_uris(client) == [
                *static,
                *(f"build://{each}" for each in reversed(job_ids)),
            ]
        async with clients.reach(address, era, "ben") as client:
            assert await list_uris(client) == static
            with pytest.raises(MCPError, match="no build has the id"):
                await client.read_resource(f"build://{job_ids[0]}")
        async with clients.reach(address, era, "writer") as client:
            assert await list_uris(client) == static
            with pytest.raises(MCPError, match="lacks the scope read"):
                await client.read_resource(f"build://{job_ids[0]}/logs/build")
    assert (second.name, first.name) == (job_ids[1], job_ids[0])
    assert "https://github.com/geraldthewes/bd main" in (first.title or "")


async def test_what_is_listed_can_be_read(calm_world: World, era: str) -> None:
    with calm_world.observe() as seen:
        async with clients.connect(seen, era) as client:
            await clients.submit(client, imageTags=[f"listed-{era}"])
            for each in (await client.list_resources()).resources:
                content = await fetch(client, each.uri)
                assert content.mime_type == each.mime_type
                assert each.size in (None, len(content.text.encode()))
                assert each.description


async def test_the_templates_say_what_to_fill_in(calm_world: World, era: str) -> None:
    with calm_world.observe() as seen:
        async with clients.connect(seen, era) as client:
            listed = (await client.list_resource_templates()).resource_templates
    assert [each.uri_template for each in listed] == [
        "build://{id}",
        "build://{id}/logs/{phase}",
        "nomad-build://packs/{name}",
    ]
    assert all(each.description and each.mime_type for each in listed)


def test_the_schema_of_a_request_takes_what_the_service_takes() -> None:
    schema = json.loads(documents.documents()[uris.REQUEST_SCHEMA].text)
    check = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert check.is_valid(samples.FIELDS)
    assert not check.is_valid(samples.FIELDS | {"imageTag": ["x"]})
    assert not check.is_valid(samples.FIELDS | {"imageTags": 7})
    assert set(schema["required"]) == {"owner", "repoURL"}
    service = {"name": "db", "image": "postgres:16", "port": 5432}
    assert check.is_valid(samples.FIELDS | {"services": [service]})
    assert not check.is_valid(samples.FIELDS | {"services": [service | {"port": 70_000}]})


def test_each_pack_is_described_in_its_authors_words() -> None:
    assert generator.pack_names()
    for name in generator.pack_names():
        text = documents.documents()[uris.pack_uri(name)].text
        assert text.startswith(f"# {name}\n")
        assert f"nomad-build://packs/{name}" in documents.documents()[uris.PACKS].text


async def test_clients_need_not_ask_again_for_what_stays(calm_world: World) -> None:
    with calm_world.observe() as seen:
        async with clients.connect(seen, "auto") as client:
            job_id = await clients.submit(client, imageTags=["cached"])
            lasting: list[Any] = [
                await client.list_tools(),
                await client.list_prompts(),
                await client.list_resource_templates(),
                await client.read_resource(uris.REQUEST_SCHEMA),
            ]
            for result in lasting:
                assert (result.ttl_ms, result.cache_scope) == (300_000, "public")
            build = await client.read_resource(f"build://{job_id}")
            assert (build.ttl_ms, build.cache_scope) == (0, "private")
            listed = await client.list_resources()
            assert listed.cache_scope == "private"


async def test_a_nomad_that_is_down_is_no_empty_list(world: World, era: str) -> None:
    with world.observe() as seen:
        world.engine.stop()
        async with clients.connect(seen, era) as client:
            with pytest.raises(MCPError, match="try again") as refused:
                await client.list_resources()
            assert refused.value.code == types.INTERNAL_ERROR
            assert (await fetch(client, uris.PACKS)).text


async def test_where_each_call_has_to_name_an_owner_no_builds_are_listed(world: World) -> None:
    with world.serve(REQUIRE_OWNER="true") as running:
        async with clients.connect(running, "auto") as client:
            job_id = await clients.submit(client)
            assert f"build://{job_id}" not in await list_uris(client)
            with pytest.raises(MCPError, match="owner is missing"):
                await client.read_resource(f"build://{job_id}")
