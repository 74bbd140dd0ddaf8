"""The audit log: a JSON line for each call that changes something, or would have."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from server import logbook
from server.access import tokens
from server.callers import ANYONE
from server.errors import ServiceError
from tests import calling, samples
from tests.docs.pages import section
from tests.server.access.doors import Agent
from tests.server.access.serving import bearer, entry, listen, write
from tests.waiting import wait_for
from tests.worlds import World

ALICE, READER = tokens.mint(), tokens.mint()
HIDDEN = "hunter2-hunter2"


class Lines(io.StringIO):
    """What is logged, as JSON."""

    def read_audit(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in lines if line["logger"] == "server.audit"]

    def wait(self, count: int) -> list[dict[str, Any]]:
        wait_for(lambda: len(self.read_audit()) >= count, "the lines")
        found = self.read_audit()
        assert len(found) == count, found
        return found


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The log of a service that only logs errors."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    made = Lines()
    logbook.configure("error", "json", made)
    yield made
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)


@pytest.fixture
def address(calm_world: World, tmp_path: Path) -> Iterator[str]:
    path = write(
        tmp_path / "t",
        entry("alice-ci", ALICE, owner="alice"),
        entry("reader", READER, scopes=["read"], rate="3/hour"),
    )
    given = calm_world.configure(TOKENS_FILE=str(path))
    with calm_world.rest() as service, listen(service, given) as made:
        yield made


def test_a_change_is_written_down_with_who_what_and_whence(lines: Lines, address: str) -> None:
    fields = {name: value for name, value in samples.FIELDS.items() if name != "owner"}
    headers = bearer(ALICE) | {"X-Request-ID": "r-1"}
    answer = httpx2.post(f"{address}/mcp/submitJob", json=fields, headers=headers).json()
    (line,) = lines.wait(1)
    (example,) = re.findall(
        r"^```json\n(.*)\n```$", section("operations.md", "The audit log"), re.M
    )
    assert set(json.loads(example)) == set(line)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "server.audit",
        "event": "audit",
        "build": answer["jobID"],
        "phase": None,
        "tool": "submitJob",
        "caller": "alice-ci",
        "owner": "alice",
        "outcome": "done",
        "client": "127.0.0.1",
        "request": "r-1",
    }


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("era", ["legacy", "auto"])
async def test_a_change_by_an_agent_is_written_down_as_well(
    lines: Lines, address: str, era: str, anyio_backend: str
) -> None:
    await Agent(address, era).call(ALICE, "killJob", {"jobID": samples.BUILD_ID})
    (line,) = lines.wait(1)
    assert (line["tool"], line["caller"], line["owner"]) == ("killJob", "alice-ci", "alice")
    assert (line["build"], line["outcome"]) == (samples.BUILD_ID, "BuildNotFound")
    assert line["client"] == "127.0.0.1"
    assert line["request"]


def test_reading_is_not_written_down(lines: Lines, address: str) -> None:
    for tool in ("getStatus", "getLogs"):
        httpx2.post(f"{address}/mcp/{tool}", json={"jobID": "x"}, headers=bearer(ALICE))
    httpx2.get(f"{address}/metrics")
    httpx2.post(f"{address}/mcp/killJob", json={"jobID": "x"}, headers=bearer(ALICE))
    (line,) = lines.wait(1)
    assert line["tool"] == "killJob"


def test_what_is_refused_is_written_down_with_the_reason(lines: Lines, address: str) -> None:
    def post(path: str, headers: dict[str, str]) -> int:
        return httpx2.post(address + path, json={}, headers=headers).status_code

    evil = {"Origin": "https://evil.example.com"}
    assert post("/mcp/killJob", {}) == 401
    assert post("/mcp/killJob", bearer(tokens.mint())) == 401
    assert post(f"/mcp/killJob?access_token={ALICE}", {}) == 400
    assert post("/mcp/killJob", bearer(ALICE) | evil) == 403
    assert post("/mcp/killJob", bearer(ALICE)) == 400
    assert [post("/mcp/killJob", bearer(READER)) for _ in range(4)] == [403] * 3 + [429]
    found = lines.wait(9)
    assert [(line["outcome"], line["caller"]) for line in found] == [
        ("Unauthenticated", None),
        ("Unauthenticated", None),
        ("InvalidRequest", None),
        ("ForeignOrigin", "alice-ci"),
        ("InvalidRequest", "alice-ci"),
        ("PermissionDenied", "reader"),
        ("PermissionDenied", "reader"),
        ("PermissionDenied", "reader"),
        ("LimitReached", "reader"),
    ]
    for line in (*found[:4], found[8]):
        assert (line["method"], line["path"]) == ("POST", "/mcp/killJob")
    assert all(line["client"] == "127.0.0.1" and line["request"] for line in found)
    assert ALICE not in lines.getvalue()


BUILD = f"/v1/builds/{samples.BUILD_ID}"
JSON = {"Content-Type": "application/json"}
UNREAD: dict[str, tuple[str, dict[str, str], bytes, int, str]] = {
    "no JSON": ("/mcp/submitJob", JSON, b"{", 400, "InvalidRequest"),
    "another type": ("/v1/builds", {"Content-Type": "text/plain"}, b"{}", 415, "Refused"),
    "too large": ("/v1/builds", JSON, b" " * (1024 * 1024 + 1), 413, "Refused"),
    "twice": ("/mcp/killJob", JSON, b'{"jobID": "x", "jobID": "y"}', 400, "InvalidRequest"),
    "what the path says": (f"{BUILD}/kill", JSON, b'{"jobID": "x"}', 400, "InvalidRequest"),
    "in the address": (f"{BUILD}/cleanup?dryRun=true", JSON, b"{}", 400, "InvalidRequest"),
    "another answer": (f"{BUILD}/kill", JSON | {"Accept": "text/html"}, b"{}", 406, "Refused"),
    "another host": (f"{BUILD}/kill", JSON | {"Host": "evil"}, b"{}", 421, "ForeignHost"),
}


@pytest.mark.parametrize("case", UNREAD.values(), ids=UNREAD.keys())
def test_what_comes_to_no_tool_is_written_down_if_it_would_have_changed_something(
    lines: Lines, address: str, case: tuple[str, dict[str, str], bytes, int, str]
) -> None:
    path, headers, body, code, outcome = case
    answer = httpx2.post(address + path, content=body, headers=bearer(ALICE) | headers)
    assert answer.status_code == code
    (line,) = lines.wait(1)
    assert (line["caller"], line["outcome"]) == ("alice-ci", outcome)
    assert (line["method"], line["path"]) == ("POST", path.split("?")[0])
    assert line["client"] == "127.0.0.1"


def test_what_comes_to_no_tool_that_changes_something_is_not_written_down(
    lines: Lines, address: str
) -> None:
    for tool in ("getStatus", "nope"):
        answer = httpx2.post(f"{address}/mcp/{tool}", content=b"{", headers=bearer(ALICE) | JSON)
        assert answer.status_code == 400
    httpx2.post(f"{address}/mcp/killJob", content=b"{", headers=bearer(ALICE) | JSON)
    (line,) = lines.wait(1)
    assert line["path"] == "/mcp/killJob"


@pytest.mark.parametrize(
    "arguments",
    [
        {"jobID": HIDDEN, "owner": f"{HIDDEN}/x"},
        {"owner": {"x": HIDDEN}, "why": HIDDEN},
        {"jobConfig": {"owner": f"/{HIDDEN}", "buildArgs": {"PASSWORD": HIDDEN}}},
        [HIDDEN],
        HIDDEN,
    ],
)
@pytest.mark.parametrize("tool", ["submitJob", "killJob", "cleanup"])
def test_nothing_given_is_written_down_that_could_be_a_secret(
    calm_world: World, lines: Lines, tool: str, arguments: object
) -> None:
    with calm_world.observe() as seen, pytest.raises(ServiceError):
        calling.call(seen, tool, arguments, ANYONE)
    (line,) = lines.wait(1)
    assert (line["caller"], line["tool"], line["owner"]) == ("anyone", tool, None)
    assert HIDDEN not in lines.getvalue()


def test_the_owner_that_an_operator_names_is_written_down(calm_world: World, lines: Lines) -> None:
    with calm_world.observe() as seen:
        calling.call(seen, "submitJob", {"jobConfig": samples.FIELDS})
    (line,) = lines.wait(1)
    assert (line["caller"], line["owner"]) == ("anyone", samples.FIELDS["owner"])
    assert "client" not in line


def test_the_lines_have_a_logger_of_their_own(
    calm_world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with calm_world.observe() as seen, pytest.raises(ServiceError):
        calling.call(seen, "killJob", {})
    assert {record.name for record in caplog.records} == {"server.audit"}
