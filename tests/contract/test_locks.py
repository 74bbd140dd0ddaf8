"""Locks on Nomad Variables: who holds one, who may write, what happens when nobody renews."""

from __future__ import annotations

import time

import pytest

from tests.contract.api import Answer, Json, Nomad, unique

HELD = "attempting to modify locked variable"
NOT_HELD = "variable doesn't hold a lock"
NO_ID = "1 error occurred:\n\t* missing lock ID\n\n"
TOO_SHORT = "1 error occurred:\n\t* TTL must be between 10 seconds and 24 hours\n\n"
NEGATIVE = "\t* Lock delay and TTL must be positive\n"


@pytest.fixture
def path(nomad: Nomad) -> str:
    del nomad
    return f"/v1/var/tests/{unique('lock')}"


def acquire(nomad: Nomad, path: str, lock: Json = None, items: Json = None) -> Answer:
    return nomad.put(f"{path}?lock-acquire", {"Lock": lock, "Items": items})


def assert_hidden_conflict(answer: Answer, path: str) -> None:
    """The answer to whoever has not the lock shows nothing of the variable."""
    assert answer.status == 409
    assert answer.json == {
        "CreateIndex": 0, "CreateTime": 0, "ModifyIndex": 0, "ModifyTime": 0,
        "Namespace": "default", "Path": path.removeprefix("/v1/var/"),
    }  # fmt: skip


def test_acquiring_creates_the_variable_and_answers_the_locks_id(nomad: Nomad, path: str) -> None:
    done = acquire(nomad, path, {"TTL": "20s", "LockDelay": "1s"}, {"by": "one"})
    assert done.status == 200
    lock = done.json["Lock"]
    assert (lock["TTL"], lock["LockDelay"], len(lock["ID"])) == ("20s", "1s", 36)
    assert done.json["Items"] == {"by": "one"}
    assert done.json["CreateIndex"] == done.json["ModifyIndex"] == done.index
    found = nomad.get(path).json
    assert (found["Lock"], found["Items"]) == (lock, {"by": "one"})
    (listed,) = nomad.get(f"/v1/vars?prefix={found['Path']}").json
    assert listed["Lock"] == lock


def test_a_lock_needs_no_items_and_has_default_times(nomad: Nomad, path: str) -> None:
    done = acquire(nomad, path)
    assert (done.json["Lock"]["TTL"], done.json["Lock"]["LockDelay"]) == ("15s", "15s")
    assert "Items" not in done.json
    assert "Items" not in nomad.get(path).json


def test_acquiring_a_free_variable_overwrites_its_items(nomad: Nomad, path: str) -> None:
    nomad.put(path, {"Items": {"n": "1"}})
    acquire(nomad, path)
    assert "Items" not in nomad.get(path).json


def test_a_held_lock_can_not_be_acquired_by_another(nomad: Nomad, path: str) -> None:
    first = acquire(nomad, path, items={"by": "first"})
    assert_hidden_conflict(acquire(nomad, path, items={"by": "second"}), path)
    assert_hidden_conflict(acquire(nomad, path, {"ID": "invented"}), path)
    assert nomad.get(path).json == first.json


def test_its_holder_may_acquire_it_again(nomad: Nomad, path: str) -> None:
    lock = acquire(nomad, path, items={"n": "1"}).json["Lock"]
    again = acquire(nomad, path, {"ID": lock["ID"]}, {"n": "2"})
    assert (again.status, again.json["Lock"]["ID"], again.json["Items"]) == (
        200,
        lock["ID"],
        {"n": "2"},
    )


def test_only_the_holder_writes_to_a_locked_variable(nomad: Nomad, path: str) -> None:
    lock = acquire(nomad, path, {"TTL": "20s"}, {"n": "1"}).json["Lock"]
    index = nomad.get(path).json["ModifyIndex"]
    assert_hidden_conflict(nomad.put(path, {"Items": {"n": "2"}}), path)
    assert_hidden_conflict(nomad.put(f"{path}?cas={index}", {"Items": {"n": "2"}}), path)
    mine = {"Items": {"n": "2"}, "Lock": {"ID": lock["ID"]}}
    written = nomad.put(path, mine)
    assert (written.status, written.json["Items"]) == (200, {"n": "2"})
    assert written.json["Lock"]["TTL"] == "15s"  # The times that are shown become the defaults.
    index = written.json["ModifyIndex"]
    assert nomad.put(f"{path}?cas={index}", mine | {"Items": {"n": "3"}}).status == 200
    stale = nomad.put(f"{path}?cas={index}", mine)
    assert (stale.status, stale.json["Items"]) == (409, {"n": "3"})


def test_a_locked_variable_is_not_deleted(nomad: Nomad, path: str) -> None:
    index = acquire(nomad, path, items={"n": "1"}).index
    assert_hidden_conflict(nomad.delete(path), path)
    assert_hidden_conflict(nomad.delete(f"{path}?cas={index}"), path)
    assert nomad.get(path).status == 200


def test_renewing_writes_nothing(nomad: Nomad, path: str) -> None:
    held = acquire(nomad, path, items={"n": "1"})
    renewed = nomad.put(f"{path}?lock-renew", {"Lock": {"ID": held.json["Lock"]["ID"]}})
    assert renewed.status == 200
    assert renewed.json == {key: held.json[key] for key in held.json if key != "Items"}
    assert nomad.get(path).json == held.json


def test_releasing_leaves_the_items_and_frees_the_lock(nomad: Nomad, path: str) -> None:
    held = acquire(nomad, path, items={"n": "1"}).json
    released = nomad.put(f"{path}?lock-release", {"Lock": {"ID": held["Lock"]["ID"]}})
    assert released.status == 200
    assert released.json["ModifyIndex"] == released.index > held["ModifyIndex"]
    assert not {"Items", "Lock"} & set(released.json)
    found = nomad.get(path).json
    assert (found["Items"], found["ModifyTime"]) == ({"n": "1"}, held["ModifyTime"])
    assert acquire(nomad, path).json["Lock"]["ID"] != held["Lock"]["ID"]


def test_another_releases_nothing(nomad: Nomad, path: str) -> None:
    held = acquire(nomad, path)
    assert_hidden_conflict(nomad.put(f"{path}?lock-release", {"Lock": {"ID": "other"}}), path)
    assert nomad.get(path).json == held.json


@pytest.mark.parametrize(
    ("query", "lock", "status", "text"),
    [
        ("lock-renew", None, 500, NO_ID),
        ("lock-renew", {"ID": "other"}, 409, HELD),
        ("lock-release", None, 400, "RPC Error:: 400,missing lock information"),
        ("lock-acquire&cas=0", None, 400, "CAS can't be used with lock operations"),
        ("lock-acquire&lock-renew", None, 400, "multiple lock operations"),
        ("lock-acquire&lock-renew&lock-release", None, 400, "multiple lock operations"),
    ],
)
def test_a_wrong_operation_on_a_held_lock_is_answered_in_nomads_words(
    nomad: Nomad, path: str, query: str, lock: Json, status: int, text: str
) -> None:
    acquire(nomad, path)
    answer = nomad.put(f"{path}?{query}", {"Lock": lock})
    assert (answer.status, answer.text) == (status, text)


def test_a_release_takes_no_items(nomad: Nomad, path: str) -> None:
    lock = acquire(nomad, path).json["Lock"]
    answer = nomad.put(f"{path}?lock-release", {"Lock": lock, "Items": {"n": "1"}})
    text = "RPC Error:: 400,lock release operation doesn't take variable items"
    assert (answer.status, answer.text) == (400, text)


def test_without_a_lock_nothing_is_renewed_or_released(nomad: Nomad, path: str) -> None:
    mine = {"Lock": {"ID": "mine"}}
    for query, status in (("lock-renew", 404), ("lock-release", 500)):
        absent = nomad.put(f"{path}?{query}", mine)
        assert (absent.status, absent.text) == (status, "variable doesn't exist")
    nomad.put(path, {"Items": {"n": "1"}})
    for query, status in (("lock-renew", 409), ("lock-release", 500)):
        free = nomad.put(f"{path}?{query}", mine)
        assert (free.status, free.text) == (status, NOT_HELD)


@pytest.mark.parametrize(
    ("lock", "text"),
    [
        ({"TTL": "9s"}, f"RPC Error:: 400,{TOO_SHORT}"),
        ({"TTL": "25h"}, f"RPC Error:: 400,{TOO_SHORT}"),
        ({"LockDelay": "-1s"}, f"RPC Error:: 400,1 error occurred:\n{NEGATIVE}\n"),
        (
            {"TTL": "-1s"},
            f"RPC Error:: 400,2 errors occurred:\n{NEGATIVE}"
            "\t* TTL must be between 10 seconds and 24 hours\n\n",
        ),
        ({"TTL": "soon"}, 'time: invalid duration "soon"'),
        (
            3,
            "json: cannot unmarshal number into Go struct field "
            "VariableDecrypted.VariableMetadata.Lock of type struct { TTL interface {}; "
            "LockDelay interface {}; *structs.Alias }",
        ),
    ],
)
def test_a_wrong_lock_is_answered_in_nomads_words(
    nomad: Nomad, path: str, lock: Json, text: str
) -> None:
    answer = acquire(nomad, path, lock)
    assert (answer.status, answer.text) == (400, text)
    assert nomad.get(path).status == 404


def test_times_may_be_nanoseconds(nomad: Nomad, path: str) -> None:
    lock = acquire(nomad, path, {"TTL": 20_000_000_000, "LockDelay": 1}).json["Lock"]
    assert (lock["TTL"], lock["LockDelay"]) == ("20s", "1ns")


def test_a_plain_write_defines_no_lock(nomad: Nomad, path: str) -> None:
    answer = nomad.put(path, {"Items": {"n": "1"}, "Lock": {"TTL": "20s"}})
    text = "RPC Error:: 400,RPC Error:: 400,variable should not contain lock definition"
    assert (answer.status, answer.text) == (400, text)


def test_a_lock_that_was_never_acquired_is_not_renewed(nomad: Nomad, path: str) -> None:
    # A plain write may carry an id; it locks the variable, but nothing counts its time.
    written = nomad.put(path, {"Items": {"n": "1"}, "Lock": {"ID": "mine"}})
    assert written.json["Lock"] == {"ID": "mine", "TTL": "15s", "LockDelay": "15s"}
    renewed = nomad.put(f"{path}?lock-renew", {"Lock": {"ID": "mine"}})
    assert (renewed.status, renewed.text) == (409, HELD)


def test_a_lock_that_nobody_renews_goes_after_twice_its_ttl_and_its_delay(
    nomad: Nomad, path: str
) -> None:
    kept, left = f"{path}/kept", f"{path}/left"
    locks = {
        each: acquire(nomad, each, {"TTL": "10s", "LockDelay": "2s"}, {"n": "1"}).json["Lock"]
        for each in (kept, left)
    }
    began = time.monotonic()
    time.sleep(18)  # The shortest TTL that Nomad takes is what makes this test long.
    assert nomad.put(f"{kept}?lock-renew", {"Lock": locks[kept]}).status == 200
    index = nomad.get(left).index
    assert_hidden_conflict(acquire(nomad, left), left)
    time.sleep(max(0.0, began + 20.8 - time.monotonic()))
    late = nomad.put(f"{left}?lock-renew", {"Lock": locks[left]})
    assert (late.status, late.text) == (409, HELD)  # Its delay goes on.
    freed = nomad.get(f"{left}?index={index}&wait=10s")
    assert 21.5 < time.monotonic() - began < 25
    assert ("Lock" not in freed.json, freed.json["Items"]) == (True, {"n": "1"})
    assert acquire(nomad, left).status == 200
    assert nomad.get(kept).json["Lock"]["ID"] == locks[kept]["ID"]
