"""Whatever an agent gives a tool, it gets an answer, or a text that says what is wrong: in either era of the protocol.

What no client could send, such as halves of surrogate pairs, the random requests have.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio.from_thread
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp import Client, types

from server import calls, protocol, tools
from tests import samples
from tests.api.stand import Stand, serve

Call = Callable[[str, dict[str, Any]], types.CallToolResult]

_TEXT = st.text(max_size=20)
_ODD = st.sampled_from(["", "\0", "\u2028", "../..", "x" * 3000, "true", "5", "NaN"])
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    _TEXT,
    _ODD,
    st.just(10**300),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXT, inner, max_size=3)),
    max_leaves=6,
)
_NAMES = sorted(
    {
        spelled
        for tool in tools.TOOLS.values()
        for name, field in tool.arguments.model_fields.items()
        for spelled in (name, field.alias or name)
    }
    | {"jobConfig", "job_config", "nope"}
)
_ARGUMENTS = st.dictionaries(st.one_of(st.sampled_from(_NAMES), _TEXT), _VALUES, max_size=5)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with serve(tmp_path_factory.mktemp("stand")) as made:
        yield made


@pytest.fixture(scope="module", params=["legacy", "auto"])
def call(request: pytest.FixtureRequest, stand: Stand) -> Iterator[Call]:
    """Call a tool as a client does that stays connected."""

    @contextlib.asynccontextmanager
    async def connect() -> AsyncIterator[Client]:
        async with Client(
            protocol.create_server(calls.Toolbox(stand.builds)), mode=request.param
        ) as client:
            yield client

    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(connect()) as client,
    ):
        yield lambda name, arguments: portal.call(client.call_tool, name, arguments)


def assert_told(result: types.CallToolResult) -> None:
    """There is one text: an answer, or what is wrong and what to do next."""
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    assert content.text
    if result.is_error:
        assert result.structured_content is None
        assert len(content.text) < 8192
        assert ". " in content.text
    elif result.structured_content is not None:
        assert json.loads(content.text) == result.structured_content


@settings(max_examples=150, deadline=None, derandomize=True)
@given(name=st.sampled_from(list(tools.TOOLS)), arguments=_ARGUMENTS)
def test_any_arguments_are_answered(
    call: Call, stand: Stand, name: str, arguments: dict[str, Any]
) -> None:
    assert_told(call(name, arguments))
    assert stand.faults() == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(name=st.sampled_from(list(tools.TOOLS)), arguments=_ARGUMENTS)
def test_arguments_beside_good_ones_are_answered(
    call: Call, stand: Stand, name: str, arguments: dict[str, Any]
) -> None:
    good = samples.FIELDS if name == "submitJob" else {"jobID": stand.build_id}
    assert_told(call(name, {**good, **arguments}))
    assert stand.faults() == []
