"""docs/tools.md says what there is beyond tools: what can be read, prompts, tasks and what is completed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mcp import types

from server.protocol import documents, subscriptions, taskstates, uris
from tests import clients
from tests.docs.pages import rows, section
from tests.worlds import World

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def named(argument: types.PromptArgument) -> str:
    return argument.name if argument.required else f"{argument.name}?"


async def test_all_that_clients_are_shown_is_documented(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.engine, world.observe() as seen:
        async with clients.connect(seen, "auto") as client:
            templates = (await client.list_resource_templates()).resource_templates
            prompts = (await client.list_prompts()).prompts
            capabilities = client.server_capabilities
    addresses = {each.uri_template for each in templates} | {uris.REQUEST_SCHEMA, uris.PACKS}
    assert set(rows("tools.md", "What can be read")) == addresses
    assert rows("tools.md", "Prompts") == {
        prompt.name: ", ".join(f"`{named(each)}`" for each in prompt.arguments or ())
        for prompt in prompts
    }
    assert [f"`{each}`" in section("tools.md", "Tasks") for each in capabilities.extensions or ()]
    assert capabilities.completions is not None


def test_every_document_has_one_of_the_addresses() -> None:
    known = set(rows("tools.md", "What can be read"))
    for uri in documents.documents():
        assert uri in known or re.sub(r"packs/.*", "packs/{name}", uri) in known


def test_the_figures_are_the_codes() -> None:
    text = section("tools.md", "Beyond tools")
    assert f"at most {subscriptions.ADDRESSES} addresses" in text
    shortest, longest = (
        pause // 1000 for pause in (taskstates.POLLING[0][1], taskstates.POLLING_LATER)
    )
    assert re.search(rf"from {shortest} to {longest}\s+seconds", text)
