"""Logs and files of allocations."""

from __future__ import annotations

import base64
import json

import pytest

from tests.contract.api import Json, Nomad, job, task, unique

TEXT = "one\ntwo\nthree\n"


@pytest.fixture(scope="module")
def allocation(nomad: Nomad) -> Json:
    """An allocation that has said something and ended."""
    job_id = unique("files")
    nomad.register(job(job_id, task("t", {"run_for": "300ms", "stdout_string": TEXT})))
    return nomad.ended(job_id)


def logs(allocation: Json, query: str) -> str:
    return f"/v1/client/fs/logs/{allocation['ID']}?{query}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", TEXT),
        ("&offset=4", "two\nthree\n"),
        ("&offset=400", ""),
        ("&origin=end&offset=6", "three\n"),
        ("&origin=end&offset=400", TEXT),
        ("&origin=end", TEXT),
    ],
)
def test_output_is_read_from_an_offset(
    nomad: Nomad, allocation: Json, query: str, expected: str
) -> None:
    answer = nomad.get(logs(allocation, f"task=t&type=stdout&plain=true{query}"))
    assert (answer.status, answer.text) == (200, expected)
    assert answer.headers["content-type"] == "text/plain"


def test_the_other_stream_is_empty(nomad: Nomad, allocation: Json) -> None:
    assert nomad.get(logs(allocation, "task=t&type=stderr&plain=true")).text == ""


def test_output_comes_in_frames_when_not_plain(nomad: Nomad, allocation: Json) -> None:
    answer = nomad.get(logs(allocation, "task=t&type=stdout"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "Data": base64.b64encode(TEXT.encode()).decode(),
        "File": "alloc/logs/t.stdout.0",
        "Offset": len(TEXT),
    }


def test_following_goes_on_with_heartbeats(nomad: Nomad, allocation: Json) -> None:
    with nomad.stream(logs(allocation, "task=t&type=stdout&follow=true")) as answer:
        received = b""
        for chunk in answer.iter_content(chunk_size=None):
            received += chunk
            if received.endswith(b"{}"):
                break
    decoder = json.JSONDecoder()
    frame, end = decoder.raw_decode(received.decode())
    assert base64.b64decode(frame["Data"]).decode() == TEXT
    assert set(received.decode()[end:]) == {"{", "}"}


def test_following_shows_output_as_it_comes(nomad: Nomad) -> None:
    job_id = unique("follow")
    config = {
        "run_for": "2s",
        "stdout_string": "tick\n",
        "stdout_repeat": 3,
        "stdout_repeat_duration": "200ms",
    }
    nomad.register(job(job_id, task("t", config)))
    running = nomad.allocation(job_id, lambda each: each["ClientStatus"] != "pending")
    with nomad.stream(logs(running, "task=t&type=stdout&follow=true&plain=true")) as answer:
        received = b""
        for chunk in answer.iter_content(chunk_size=None):
            received += chunk
            if received.count(b"tick\n") == 4:
                break
    assert received == b"tick\n" * 4


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "must provide task name"),
        ("type=stdout", "must provide task name"),
        ("task=t", "must provide log type (stdout/stderr)"),
        ("task=t&type=x", "must provide log type (stdout/stderr)"),
        ("task=x&type=stdout", 'unknown task name "x"'),
        ("task=t&type=stdout&origin=x", "origin must be start or end"),
        (
            "task=t&type=stdout&offset=x",
            'error parsing offset: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            "task=t&type=stdout&follow=x",
            'failed to parse follow field to boolean: strconv.ParseBool: parsing "x": '
            "invalid syntax",
        ),
    ],
)
def test_wrong_parameters_are_answered_in_nomads_words(
    nomad: Nomad, allocation: Json, query: str, text: str
) -> None:
    answer = nomad.get(logs(allocation, query))
    assert (answer.status, answer.text) == (400, text)


def test_an_unknown_allocation_has_no_logs(nomad: Nomad) -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    answer = nomad.get(f"/v1/client/fs/logs/{nothing}?task=t&type=stdout")
    assert (answer.status, answer.text) == (404, f'Unknown allocation "{nothing}"')


def fs(allocation: Json, verb: str, path: str) -> str:
    return f"/v1/client/fs/{verb}/{allocation['ID']}?path={path}"


def test_folders_are_listed(nomad: Nomad, allocation: Json) -> None:
    top = nomad.get(fs(allocation, "ls", "/")).json
    assert [(each["Name"], each["IsDir"]) for each in top] == [("alloc", True), ("t", True)]
    shared = nomad.get(fs(allocation, "ls", "alloc")).json
    assert [each["Name"] for each in shared] == ["data", "logs", "tmp"]
    assert {each["FileMode"] for each in shared} == {"drwxrwxrwx"}
    assert nomad.get(fs(allocation, "ls", "absent")).status == 404


def test_a_file_is_described(nomad: Nomad, allocation: Json) -> None:
    found = nomad.get(fs(allocation, "stat", "alloc/logs/t.stdout.0")).json
    assert (found["Name"], found["Size"], found["IsDir"]) == ("t.stdout.0", len(TEXT), False)
    assert found["FileMode"] == "-rw-r--r--"
    absent = nomad.get(fs(allocation, "stat", "alloc/absent"))
    assert absent.status == 404
    assert absent.text.endswith("no such file or directory")
    assert nomad.get(fs(allocation, "stat", "")).status == 400


def test_a_file_is_read_whole_or_in_part(nomad: Nomad, allocation: Json) -> None:
    path = "alloc/logs/t.stdout.0"
    assert nomad.get(fs(allocation, "cat", path)).text == TEXT
    assert nomad.get(fs(allocation, "readat", path) + "&offset=4&limit=3").text == "two"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "must provide a file name"),
        ("alloc/absent", "no such file or directory"),
        ("alloc", 'file "alloc" is a directory'),
        ("../../outside", "Path escapes the alloc directory"),
    ],
)
def test_errors_of_reading_come_with_status_200(
    nomad: Nomad, allocation: Json, path: str, text: str
) -> None:
    # It is so in Nomad 1.10; whoever has to know whether a file is there asks stat.
    answer = nomad.get(fs(allocation, "cat", path))
    assert answer.status == 200
    assert answer.text.endswith(text)
