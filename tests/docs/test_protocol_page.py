"""The page on the protocol says what was measured; the Inspector's commands on it are run by tests/interop."""

from __future__ import annotations

import json
import re

import pytest

from tests.docs.pages import DOCS, ROOT, rows, section
from tests.interop import conformance, outcomes, page


@pytest.mark.parametrize("suite", conformance.SUITES, ids=lambda suite: suite.name)
def test_the_table_of_each_suite_is_what_is_recorded(suite: conformance.Suite) -> None:
    assert page.render(suite) in section("protocol.md", f"{suite.name}: ")
    assert set(rows("protocol.md", f"{suite.name}: ")) == set(outcomes.read()[suite.name])


def test_what_is_not_run_is_there_with_the_reason() -> None:
    assert page.render_rest() in section("protocol.md", "Not run")


def test_the_page_names_the_versions_that_are_installed() -> None:
    manifest = json.loads((ROOT / "tests" / "interop" / "package.json").read_text())
    locked = {version.rpartition("@")[2] for version in manifest["dependencies"].values()}
    named = re.findall(
        r"@modelcontextprotocol/\w+(?:@|` )(\d[\w.-]*)", (DOCS / "protocol.md").read_text()
    )
    assert set(named) == locked


def test_the_lock_file_has_a_hash_of_each_package_and_no_address() -> None:
    lock = json.loads((ROOT / "tests" / "interop" / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 100
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
