"""Whatever names and values a client sends, it is told what is wrong with them: nothing breaks inside."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import anyio.from_thread
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp import Client, MCPError, types

from tests import clients
from tests.clients import KnowingTasks
from tests.worlds import World

# Of what is asked: nothing like it is there, or it is asked for wrongly.
_TOLD = {types.INVALID_PARAMS, types.METHOD_NOT_FOUND, -32002, -32021}

_URIS = st.one_of(
    st.text(),
    st.from_regex(r"(build|nomad-build)://[^\n]{0,40}(/logs/[^\n]{0,10})?", fullmatch=True),
)
_WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["fix_failing_build", "write_dockerfile", "jobID", "owner", "variant", "id", "phase"]
    ),
)
_REQUESTS: st.SearchStrategy[tuple[str, dict[str, Any]]] = st.one_of(
    st.tuples(st.just("resources/read"), st.fixed_dictionaries({"uri": _URIS})),
    st.tuples(
        st.just("prompts/get"),
        st.fixed_dictionaries(
            {"name": _WORDS}, optional={"arguments": st.dictionaries(_WORDS, st.text())}
        ),
    ),
    st.tuples(
        st.just("completion/complete"),
        st.fixed_dictionaries(
            {
                "ref": st.one_of(
                    st.fixed_dictionaries({"type": st.just("ref/prompt"), "name": _WORDS}),
                    st.fixed_dictionaries({"type": st.just("ref/resource"), "uri": _URIS}),
                ),
                "argument": st.fixed_dictionaries({"name": _WORDS, "value": st.text()}),
            }
        ),
    ),
    st.tuples(
        st.sampled_from(["tasks/get", "tasks/cancel", "tasks/update"]),
        st.fixed_dictionaries({"taskId": st.text()}),
    ),
)


class AnyRequest(types.Request[dict[str, Any], str]):
    """A request of any method."""

    method: str
    params: dict[str, Any]


@pytest.fixture(scope="module", params=clients.ERAS)
def ask(request: pytest.FixtureRequest, calm_world: World) -> Iterator[Any]:
    """What sends a request, by one client for all of them."""
    with (
        calm_world.observe() as seen,
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(
            clients.connect(seen, request.param, extensions=[KnowingTasks()])
        ) as client,
    ):
        yield lambda method, params: portal.call(send, client, method, params)


async def send(client: Client, method: str, params: dict[str, Any]) -> None:
    await client.session.send_request(
        AnyRequest(method=method, params=params), clients.AnyResult, 20
    )


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=_REQUESTS)
def test_nothing_that_a_client_sends_breaks_anything_inside(
    ask: Any, caplog: pytest.LogCaptureFixture, asked: tuple[str, dict[str, Any]]
) -> None:
    try:
        ask(*asked)
    except MCPError as told:
        assert told.code in _TOLD, told
    assert [entry for entry in caplog.records if entry.levelno >= logging.ERROR] == []
