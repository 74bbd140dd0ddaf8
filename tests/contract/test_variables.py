"""Nomad Variables: check-and-set, lists, limits."""

from __future__ import annotations

import pytest

from tests.contract.api import Nomad, unique


@pytest.fixture
def path(nomad: Nomad) -> str:
    del nomad
    return f"tests/{unique('var')}"


def test_a_variable_is_written_and_read(nomad: Nomad, path: str) -> None:
    written = nomad.put(f"/v1/var/{path}", {"Items": {"key": "välue"}})
    assert written.status == 200
    assert written.json["CreateIndex"] == written.json["ModifyIndex"] == written.index
    found = nomad.get(f"/v1/var/{path}")
    assert found.json == written.json
    assert found.index == written.index
    assert set(found.json) == {
        "CreateIndex", "CreateTime", "Items", "ModifyIndex", "ModifyTime", "Namespace", "Path",
    }  # fmt: skip


def test_an_absent_variable_is_not_found(nomad: Nomad, path: str) -> None:
    answer = nomad.get(f"/v1/var/{path}")
    assert (answer.status, answer.text) == (404, "variable not found")


def test_only_one_of_two_creations_succeeds(nomad: Nomad, path: str) -> None:
    first = nomad.put(f"/v1/var/{path}?cas=0", {"Items": {"by": "first"}})
    second = nomad.put(f"/v1/var/{path}?cas=0", {"Items": {"by": "second"}})
    assert (first.status, second.status) == (200, 409)
    assert second.json == first.json


def test_a_change_needs_the_right_index(nomad: Nomad, path: str) -> None:
    first = nomad.put(f"/v1/var/{path}", {"Items": {"n": "1"}}).json
    stale = nomad.put(f"/v1/var/{path}?cas=1", {"Items": {"n": "2"}})
    assert (stale.status, stale.json["Items"]) == (409, {"n": "1"})
    done = nomad.put(f"/v1/var/{path}?cas={first['ModifyIndex']}", {"Items": {"n": "2"}}).json
    assert done["CreateIndex"] == first["CreateIndex"]
    assert done["ModifyIndex"] > first["ModifyIndex"]


def test_a_change_of_an_absent_variable_conflicts_with_nothing(nomad: Nomad, path: str) -> None:
    answer = nomad.put(f"/v1/var/{path}?cas=5", {"Items": {"n": "1"}})
    assert answer.status == 409
    assert answer.json == {
        "CreateIndex": 0, "CreateTime": 0, "ModifyIndex": 0, "ModifyTime": 0,
        "Namespace": "default", "Path": path,
    }  # fmt: skip


def test_a_deletion_is_checked_too(nomad: Nomad, path: str) -> None:
    index = nomad.put(f"/v1/var/{path}", {"Items": {"n": "1"}}).json["ModifyIndex"]
    assert nomad.delete(f"/v1/var/{path}?cas=0").status == 409
    assert nomad.delete(f"/v1/var/{path}?cas={index}").status == 204
    assert nomad.get(f"/v1/var/{path}").status == 404
    assert nomad.delete(f"/v1/var/{path}").status == 204


def test_a_list_shows_what_begins_with_the_prefix_without_items(nomad: Nomad, path: str) -> None:
    for name in ("b", "a"):
        nomad.put(f"/v1/var/{path}/{name}", {"Items": {"n": "1"}})
    found = nomad.get(f"/v1/vars?prefix={path}/").json
    assert [each["Path"] for each in found] == [f"{path}/a", f"{path}/b"]
    assert all("Items" not in each for each in found)


def test_a_list_comes_in_pages(nomad: Nomad, path: str) -> None:
    for name in ("a", "b", "c"):
        nomad.put(f"/v1/var/{path}/{name}", {"Items": {"n": "1"}})
    first = nomad.get(f"/v1/vars?prefix={path}/&per_page=2")
    token = first.headers["x-nomad-nexttoken"]
    assert token == f"default.{path}/c"
    rest = nomad.get(f"/v1/vars?prefix={path}/&per_page=2&next_token={token}")
    assert [each["Path"] for each in rest.json] == [f"{path}/c"]
    assert "x-nomad-nexttoken" not in rest.headers


@pytest.mark.parametrize(
    ("place", "raw", "text"),
    [
        ("a/b", "", "Request body is empty"),
        ("a/b", "x", "invalid character 'x' looking for beginning of value"),
        ("a/b", "{}", "variable missing required Items object"),
        ("a/b", '{"Items": {}}', "variable missing required Items object"),
        (
            "a/b",
            '{"Items": {"a": 3}}',
            "json: cannot unmarshal number into Go struct field VariableDecrypted.Items "
            "of type string",
        ),
        ("a@b", '{"Items": {"a": "b"}}', 'RPC Error:: 400,invalid path "a@b"'),
        (
            "nomad/own",
            '{"Items": {"a": "b"}}',
            'RPC Error:: 400,only paths at "nomad/jobs" or "nomad/job-templates" and below are '
            'valid paths under the top-level "nomad" directory',
        ),
        (
            "a/b?cas=x",
            '{"Items": {"a": "b"}}',
            'can not parse cas: strconv.ParseUint: parsing "x": invalid syntax',
        ),
    ],
)
def test_a_wrong_write_is_answered_in_nomads_words(
    nomad: Nomad, place: str, raw: str, text: str
) -> None:
    answer = nomad.call("PUT", f"/v1/var/{place}", raw=raw.encode())
    assert (answer.status, answer.text) == (400, text)


def test_a_variable_holds_64_kib_and_not_a_byte_more(nomad: Nomad, path: str) -> None:
    fits = {"Items": {"k": "x" * (65536 - 1)}}
    assert nomad.put(f"/v1/var/{path}", fits).status == 200
    answer = nomad.put(f"/v1/var/{path}", {"Items": {"k": "x" * 65536}})
    assert (answer.status, answer.text) == (
        400,
        "RPC Error:: 400,variables are limited to 64KiB in total size",
    )


def test_a_path_with_an_empty_part_is_redirected(nomad: Nomad) -> None:
    answer = nomad.put("/v1/var/a//b", {"Items": {"a": "b"}})
    assert (answer.status, answer.headers["location"]) == (307, "/v1/var/a/b")
