"""Static tokens: what their file may say, and how it is read again."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.access import tokens
from server.callers import Caller
from server.errors import ConfigError, Unauthenticated
from tests.docs.pages import DOCS
from tests.server.access.serving import entry, write

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TOKEN = tokens.mint()
OTHER = tokens.mint()


class Clock:
    """A clock that goes on when it is told to."""

    seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def read(*entries: Any) -> tuple[tokens.Entry, ...]:
    return tokens.read_entries(json.dumps({"tokens": entries}))


def test_a_minted_token_has_32_random_bytes_behind_its_prefix() -> None:
    minted = {tokens.mint() for _ in range(100)}
    assert len(minted) == 100
    assert all(token.startswith("nbs_") and len(token) == 4 + 43 for token in minted)


def test_what_is_kept_of_a_token_is_what_sha256sum_says() -> None:
    wanted = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert tokens.digest("abc") == wanted


def test_an_entry_says_who_calls_and_no_scope_holds_another() -> None:
    (found,) = read(entry("ci", TOKEN, owner="team-a", scopes=["write"], rate="60/minute"))
    assert found.caller == Caller(name="ci", owner="team-a", scopes=frozenset({"write"}))
    assert found.rate == "60/minute"


def test_yaml_and_json_say_the_same() -> None:
    given = entry("ci", TOKEN, owner="a", scopes=["read"], expires="2027-01-31T00:00:00Z")
    assert tokens.read_entries(yaml.safe_dump({"tokens": [given]})) == read(given)
    assert read(entry("ci", TOKEN, owner=None))[0].owner is None


def test_the_file_that_operators_are_shown_can_be_used() -> None:
    page = (DOCS / "operations.md").read_text()
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [each.name for each in tokens.read_entries(example)] == ["ci", "dashboard"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"hash": TOKEN}, r"tokens\[1\] \(ci\): hash: is not sha256:"),
        ({"hash": "sha256:" + "A" * 64}, "hash: is not sha256:"),
        ({"name": "a b"}, r"tokens\[1\]: name: is not a name"),
        ({"name": "oidc:alice"}, "name: is not a name"),
        ({"scopes": []}, "scopes: .*at least 1"),
        ({"scopes": ["wirte"]}, r"scopes\.0: input should be 'read', 'write' or 'admin'"),
        ({"scopes": "write"}, "scopes: "),
        ({"owner": "a/b"}, "owner: is not the name of an owner"),
        ({"owner": ""}, "owner: is not the name of an owner"),
        ({"owner": ["a", "b"]}, "owner: "),
        ({"owner": "a", "scopes": ["admin"]}, "leave owner or admin out"),
        ({"expires": "2027-01-31"}, "expires: is not a time with its zone"),
        ({"expires": "2027-01-31T00:00:00"}, "expires: is not a time with its zone"),
        ({"expires": "2027-02-31T00:00:00Z"}, "expires: "),
        ({"rate": "60"}, "rate: is not a rate"),
        ({"rate": "0/minute"}, "rate: is not a rate"),
        ({"expire": "2027-01-31T00:00:00Z"}, "expire: extra"),
        ({"token": TOKEN}, "token: extra"),
        ({"name": "first"}, "two entries have the name first"),
        ({"hash": tokens.digest(OTHER)}, "two entries have the hash"),
    ],
)
def test_a_wrong_entry_is_told_with_its_place_and_field(fields: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=f"(?i){text}") as caught:
        read(entry("first", OTHER), entry("ci", TOKEN) | fields)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("missing", ["name", "hash", "scopes"])
def test_an_entry_without_what_it_needs_is_told(missing: str) -> None:
    given = entry("ci", TOKEN)
    del given[missing]
    with pytest.raises(ValueError, match=f"{missing}: Field required"):
        read(given)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "tokens: x", "token: []", "tokens: []\nmore: 1", "{", "tokens: [\x00]", "a: b: c"],
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"tokens|YAML|line \d|special characters|mapping"):
        tokens.read_entries(text)


def test_a_field_that_stands_there_twice_is_told_with_its_line() -> None:
    text = (
        f"tokens:\n- name: a\n  hash: {tokens.digest(TOKEN)}\n  scopes: [read]\n  scopes: [admin]\n"
    )
    with pytest.raises(ValueError, match="line 5: a field stands there twice"):
        tokens.read_entries(text)


def test_a_token_that_was_pasted_in_place_of_yaml_is_not_repeated() -> None:
    with pytest.raises(ValueError, match="line") as caught:
        tokens.read_entries(f"tokens: [{{name: {TOKEN}: x")
    assert TOKEN not in str(caught.value)


def test_only_the_whole_token_finds_its_entry(tmp_path: Path) -> None:
    file = tokens.TokenFile(write(tmp_path / "t", entry("a", OTHER), entry("b", TOKEN)))
    found = file.find(TOKEN, NOW)
    assert found is not None
    assert found.name == "b"
    for wrong in (TOKEN[:-1], TOKEN + "x", TOKEN.lower(), tokens.digest(TOKEN), "", "ü" * 40):
        assert file.find(wrong, NOW) is None


def test_a_token_that_could_be_guessed_is_not_good_though_its_hash_is_listed(
    tmp_path: Path,
) -> None:
    file = tokens.TokenFile(write(tmp_path / "t", entry("a", "hunter2"), entry("b", "x" * 32)))
    assert file.find("hunter2", NOW) is None
    assert file.find("x" * 32, NOW) is not None


def test_a_token_is_good_until_it_expires(tmp_path: Path) -> None:
    given = entry("a", TOKEN, expires="2026-11-23T14:00:00+02:00")
    file = tokens.TokenFile(write(tmp_path / "t", given))
    assert file.find(TOKEN, NOW.replace(hour=11, minute=59)) is not None
    with pytest.raises(Unauthenticated, match="token a expired at 2026-11-23T12:00:00"):
        file.find(TOKEN, NOW)


def test_a_file_that_cannot_be_used_at_the_start_is_an_error_of_the_configuration(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t"
    with pytest.raises(ConfigError, match="NOMAD_BUILD_TOKENS_FILE"):
        tokens.TokenFile(path)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="NOMAD_BUILD_TOKENS_FILE"):
        tokens.TokenFile(path)
    path.write_text("tokens: [{name: a}]")
    with pytest.raises(ConfigError, match=r"tokens\[0\] \(a\): hash: Field required"):
        tokens.TokenFile(path)


def test_a_changed_file_is_read_again_but_not_looked_at_all_the_time(tmp_path: Path) -> None:
    clock = Clock()
    file = tokens.TokenFile(write(tmp_path / "t", entry("a", TOKEN)), clock)
    write(tmp_path / "t", entry("b", OTHER))
    assert not file.due
    clock.seconds += tokens.CHECK_SECONDS
    assert file.due
    file.refresh()
    assert not file.due
    assert file.find(TOKEN, NOW) is None
    assert file.find(OTHER, NOW) is not None


def test_a_file_that_is_written_in_place_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "t", entry("a", TOKEN), entry("b", OTHER))
    file = tokens.TokenFile(path)
    path.write_text(json.dumps({"tokens": [entry("b", OTHER)]}))
    file.refresh()
    assert file.find(TOKEN, NOW) is None


def test_a_broken_or_missing_file_leaves_all_as_it_was_and_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(tmp_path / "t", entry("a", TOKEN))
    file = tokens.TokenFile(path)
    for breaking in (lambda: path.write_text("tokens: [{"), path.unlink):
        caplog.clear()
        breaking()
        for _ in range(3):
            file.refresh()
            assert file.find(TOKEN, NOW) is not None
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        assert str(path) in caplog.text
    write(path, entry("b", OTHER))
    file.refresh()
    assert file.find(TOKEN, NOW) is None
