"""What docs/tools.md says of plain HTTP is what the service has, and its commands work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import httpx2
import pytest

from server.http import examples, openapi, resources
from tests.api.stand import serve
from tests.docs.pages import rows, section


def test_every_address_of_builds_is_documented_with_its_tool_and_nothing_else() -> None:
    documented = rows("tools.md", "Plain HTTP")
    called = {f"{each.method} {each.path}": each.tool for each in resources.OPERATIONS}
    # What follows is no call of a tool: its answer has no end of its own.
    assert documented == called | {f"GET {resources.BUILD}/logs/follow": ""}


def test_every_code_that_plain_http_answers_is_documented() -> None:
    lines = re.findall(r"^\| ([0-9, ]+) \|", section("tools.md", "Errors"), flags=re.MULTILINE)
    documented = {code for line in lines for code in line.split(", ")}
    operations: list[dict[str, Any]] = [
        operation
        for methods in openapi.create_document()["paths"].values()
        for operation in methods.values()
    ]
    answered = {code for each in operations for code in each["responses"] if code >= "400"}
    # What no operation answers: methods that it does not have.
    assert documented == answered | {"405"}


@pytest.mark.timeout(60)
def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    (block,) = re.findall(
        r"^```\n(.*?)^```$", section("tools.md", "Plain HTTP"), re.DOTALL | re.MULTILINE
    )
    with serve(tmp_path) as stand, httpx2.Client(base_url=stand.address, timeout=20) as client:
        for command in block.splitlines():
            _, *words = shlex.split(command.replace(examples.JOB_ID, stand.build_id))
            target = words[-1].removeprefix("http://HOST")
            assert target.startswith("/v1/builds")
            answer = client.request("POST" if "POST" in words else "GET", target)
            assert answer.status_code == 200, answer.text
